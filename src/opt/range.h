/* range.h: what is known of integers everywhere: their bounds, and how they are sums of others. */
#pragma once
#include "opt/opt.h"

typedef struct Range { int64_t lo, hi; } Range;
typedef struct Ranges Ranges;

/* k + c[0] * at[0] + ..., as mathematicians mean it: nothing wraps. */
enum { LIN_MAX = 4 };
typedef struct Lin { int64_t k, c[LIN_MAX]; Ref at[LIN_MAX]; uint32_t n; } Lin;

Ranges *ranges_new(Fn *fn);             /* needs: dominators, loops, as long as it is used */
void ranges_forward(Ranges *r, Ref from, Ref to);       /* from is about to be replaced by to */
Ref ranges_real(const Ranges *r, Ref v);                /* what v is replaced by */
Range range_of(Ranges *r, Ref v);
Ref ranges_same(const Ranges *r, Ref v);                /* what v is a cast of that changes no number of 64 bits */
bool range_is_i64(Ty t);                /* a signed integer of 64 bits */
Lin lin_of(Ranges *r, Ref v);
bool lin_add(Lin *a, const Lin *b, int64_t times);      /* false: too many terms, or too large */
Range lin_range(Ranges *r, const Lin *a);
