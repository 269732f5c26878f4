/* strip.h: what the files of loop_strip() share of the loop that is cut into strips: strip.c makes the blocks around it, foresee.c
 * knows which checks can be foreseen, ahead.c makes checks of data ahead, slow.c the turns that keep their checks. */
#pragma once
#include "opt/opt.h"

/* The length of a strip; of one whose checks are made ahead: its data stay in the cache; of a loop that polls once, before it (whole.c). */
enum { STRIP = 4096, AHEAD = 1024, STRIP_LONG = 1 << 17 };

typedef struct Test { Ref op, index, extent; int64_t step; Ref factor /* step is a value times +-1 */; bool wraps /* it begins below 0 */; } Test;
typedef struct Strip {
    Fn *fn;
    const Loop *l;
    Fn *into;                   /* what is emitted goes there: fn, or the slow turns' own function */
    VEC(Ref) brought;           /* its parameters, as fn knows them */
    BlkId pre, outer, go, again;
    Ref first;                  /* idx in pre */
    Ref *copy;                  /* by Ref: a slow turn's values, in into */
    Ref *start, *after;         /* by Ref: header's phis → outer's, again's */
    uint32_t nvalue;
    uint32_t nblk;              /* at first */
    bool *inside;               /* by BlkId below nblk: in the loop, or in a brief loop in it */
    VEC(BlkId) body;
    VEC(Test) test;
    VEC(Ref) check;             /* checks of data that are made ahead */
    VEC(Ref) load;              /* what they load */
    bool closed;                /* nothing leaves it from inside */
    BlkId landing;              /* of its polls; BLK_NONE */
    VEC(BlkId) landed;          /* copies of landing blocks, for a slow turn in fn */
    Ref apart;                  /* no store of the loop changes that; known in pre */
} Strip;

/* strip.c */
Ref strip_phi(Fn *fn, BlkId b, Ref x, Ref y);

/* foresee.c */
bool strip_inside(const Strip *s, BlkId b);
bool strip_evaluates(IrOp op);          /* pure, and never a trap */
bool strip_affine(const Strip *s, Ref v, uint32_t depth, int64_t *step, Ref *factor);      /* v = step * idx + something fixed? */
bool strip_look(Strip *s);              /* sets body, test, check and load; false: its checks stay */
bool strip_begins(const Strip *s, const Test *t, int64_t *x);    /* what the index is in the first turn, if that is known */
Ref strip_length(const Strip *s);       /* of a whole one */
Ref strip_is_whole(Strip *s, Ref first, int64_t most);  /* is the loop, from first to n, foreseen, and of no more turns? in fn->cur */
Ref strip_foresee(Strip *s, Ref idx, Ref *limit);       /* is a strip that begins at idx foreseen, and then its limit; in into->cur */

/* strewn.c */
bool strip_strewn(const Strip *s);      /* Blk.strewn of its header; needs body */
bool strip_streams(const Strip *s);     /* Blk.streams */

/* ordered.c */
bool strip_sums(const Strip *s, Ref phi);       /* is that phi of the header a sum of floats, each turn adding to it once? */
bool strip_waits(const Strip *s);       /* Blk.waits of its header; needs body */

/* ahead.c */
void ahead_look(Strip *s);              /* check and load; needs test */
Ref ahead_apart(Strip *s);              /* in fn->cur */
void ahead_scan(Strip *s, Ref limit, BlkId slow);       /* ends outer */

/* whole.c: a loop in a loop is left as it is, without its checks; false: it has to be cut. Drops nothing */
bool strip_whole(Strip *s);

/* slow.c */
bool strip_moves(const Strip *s);                       /* can a copy of the loop be a function of its own? */
void strip_share_chunks(Strip *s, const Ins *in);       /* what in runs apart may run apart from s->into */
Ref strip_outside(Strip *s, Ref v);                     /* what v of before the loop is in s->into */
void strip_slow_turns(Strip *s, BlkId slow);            /* fills slow, joins again; sets copy and landed */
Ref strip_mapped(const void *strip, Ref v);             /* what v is in a slow turn in fn */
