/* pass.h: the state of one pass over a function, and what the files that make it share. */
#pragma once
#include "infer/infer.h"

typedef struct Asked { Ref e; Ty classes; uint32_t blk; } Asked;      /* `except classes`, at the end of that untyped block */

typedef struct Infer {
    Instance *inst;
    Func *func;
    Fn *src, *fn;
    Unit *unit;
    Ref *val;                   /* typed value of each untyped one; none: bottom */
    uint32_t *made;             /* by untyped value that is a view: the one whose op made that object */
    Ref *source, *count;        /* of PY_ITER: what is iterated, how many */
    BlkId *entry, *exit;        /* typed blocks of each untyped one; BLK_NONE: not reached, not ended */
    VEC(Unroll) unroll;         /* loops over values of different types, met in this pass */
    VEC(Asked) asked;
    bool grew, unknown;
    bool failed, not_yet;
    Diag first;
    uint32_t at_blk, at_ins;
    BlkId start;                /* of the untyped block at_blk: where its first op goes */
    bool begun;                 /* at_blk's protection is built */
} Infer;

static inline Ref infer_get(Infer *in, Ref r) { return in->val[r.i]; }
/* The same for what goes where objects are told apart. */
static inline Ref infer_object(Infer *in, Ref r)
{
    return ref_is_none(in->val[r.i]) ? REF_NONE : ir_view_which(in->fn, in->val[r.i], in->made[r.i]);
}

/* n parameters, values or variables fit in an array of NITEM_MAX, or the compilation fails. instance.c */
void infer_not_too_many(Infer *in, const char *of, uint32_t n);
static inline const Pos *infer_here(Infer *in) { return &in->fn->pos.at[in->fn->cur_pos]; }

/* ops.c: the typed value of the untyped instruction i, which is r; a: its operands, all known. */
Ref infer_op(Infer *in, Ref r, const Ins *i, const Ref *a);
/* except.c: is the exception e of one of these classes? */
Ref infer_matches(Infer *in, Ref e, Ref classes);
void infer_asked(Infer *in, Ref e, Ty classes);             /* noted for e.args */
Ref infer_caught_args(Infer *in, Ref e);
/* A raise, which ends the block. */
void infer_raise(Infer *in, const Ins *i, const Ref *a);
