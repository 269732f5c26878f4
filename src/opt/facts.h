/* facts.h: what branches and checks on the way to a place say of integers there (facts.c). */
#pragma once
#include "opt/range.h"

/* Each form is >= 0. Whoever leaves a place makes fact.n again what it was before. */
typedef struct Facts { Fn *fn; Ranges *r; VEC(Lin) fact; } Facts;

void facts_add(Facts *f, Lin x);
/* a - b + k >= 0 from here on. What is above (or below) the larger of two, is above the one that may be it. */
void facts_learn_difference(Facts *f, Ref a, Ref b, int64_t k);
void facts_learn(Facts *f, Ref cond, bool truth);       /* the condition is that here */

bool facts_difference(Facts *f, Ref a, Ref b, int64_t k, Lin *out);     /* a - b + k */
bool facts_hold(Facts *f, const Lin *goal, uint32_t depth);     /* goal >= 0? depth: how many facts are taken away at most */
bool facts_hold_by_cases(Facts *f, const Lin *goal);            /* a term that is a select is tried both ways */
bool facts_prove(Facts *f, Ref a, Ref b, int64_t k);            /* a - b + k >= 0? */
bool facts_prove_sign(Facts *f, Ref a, int64_t times, int64_t k);       /* times * a + k >= 0? */
