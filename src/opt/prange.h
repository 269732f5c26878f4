/* prange.h: what the files of opt_prange() share of a loop over prange: prange.c decides, carried.c knows what is carried around it,
 * outline.c makes the nest. */
#pragma once
#include "opt/own.h"

typedef struct Carried { Ref phi; RedOp op; Ty ty /* of the reduction; phi is a MAYBE of it if it was unbound before */; } Carried;

typedef struct Prange {
    Fn *fn;
    Loop loop;
    BlkId entry;                /* of the body */
    VEC(BlkId) region;          /* its blocks, in reverse postorder */
    Carried carried[8];
    uint32_t ncarried;
    Accumulated sums;
    BlkId landing;              /* of the handler around the loop; BLK_NONE */
    TargetId target;
    bool *part;                 /* of what carries the sum that is looked at */
    RemarkId why;               /* it stays a loop */
    Ref carrier;                /* what it carries, if that is why */
} Prange;

bool prange_has(const Prange *p, BlkId b);              /* is b in the region? */

/* The op of a reduction; OP_NONE: there is none yet, OP_WRONG: it is no reduction. */
enum { OP_NONE = -1, OP_WRONG = -2 };

/* carried.c */
/* RED_MIN or RED_MAX that `a` is where cmp is true, else b (a and b what it compares); OP_WRONG: neither. */
int prange_order(const Fn *fn, Ref cmp, Ref a, Ref b);
bool prange_carried(Prange *p);         /* sets carried; false: one is no reduction, and why and carrier say which */
Ref prange_left_by(const Fn *fn, Ref phi, uint32_t e);  /* what iterations leave in phi by the e-th way; none: it may stay unbound */

/* outline.c */
void prange_outline(Prange *p);         /* the loop, of which all is known → NEST. breaks: everything */
