/* own.h: does each iteration of a loop change elements of an array that no other one does? (own.c) */
#pragma once
#include "opt/range.h"

enum { FORM_TERMS = 4 };
/* k + c * at + ... + step * times * idx, as int64 comes around; at, times: the same in all iterations (times none: 1) */
typedef struct Form {
    int64_t k, step;
    struct { int64_t c; Ref at; } term[FORM_TERMS];
    uint32_t n;
    Ref times;
} Form;

/* What iterations change along one axis of the array: at base + first + lo ... base + first + hi + more, less than 0 being ext further. */
typedef struct OwnAxis {
    bool any, lost /* it tells no iterations apart */, wraps /* first + lo may be below 0 */, mixed /* not by ext alone */;
    Form base, first, more;     /* more: the same in all iterations, known where the loop begins; then not below 0 */
    int64_t lo, hi;
    Ref ext;
} OwnAxis;

typedef struct Own {
    Fn *fn;
    Ranges *ranges;
    BlkId entry;                /* of the loop's body */
    Ref idx, root;              /* root: the array that all is seen in, or none yet */
    uint32_t ndim;
    OwnAxis axis[NDIM_MAX];
} Own;

typedef enum OwnVerdict { OWN_NO, OWN_AT_ENTRY /* own_test() says */, OWN_YES } OwnVerdict;

Own own_begin(Fn *fn, Ranges *ranges, BlkId entry, Ref idx);
void own_element(Own *o, Ref array, const Ref *index);          /* a STORE there */
void own_whole(Own *o, Ref array);                              /* any of its elements */
OwnVerdict own_verdict(const Own *o);
Ref own_test(const Own *o, Ref n);      /* of a verdict AT_ENTRY, outside of the loop, which has n iterations: bool */

/* accumulate.c: arrays from outside that every iteration of the loop with this index adds to, with one op; of others those of which
 * the loop's beginning decides whether two iterations change one element. false: there are too many of them. */
typedef struct Accumulator { Ref array; RedOp op; } Accumulator;
typedef struct Accumulated { Accumulator sum[NSUM_MAX]; uint32_t n; VEC(Own) test; } Accumulated;
bool accumulate_look(Fn *fn, BlkId entry, Ref idx, Accumulated *out);
void accumulate_addresses(Fn *fn, BlkId entry, const Accumulated *sum, bool *marked);
