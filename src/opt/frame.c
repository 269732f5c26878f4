/* frame.c: small arrays of constant extents that this call alone sees → memory of its frame, which LLVM takes apart.
 *
 * Of such a NEW there is one place a call of the function. So no other value may outlive the next run of it: what goes
 * into a phi does, and what is returned or raised, here or by a function that it is given to, may. Values computed from it
 * (views, addresses, tuples) do not: where they are used, they were computed after its last run. Its owner is NULL:
 * nobody counts it, and who keeps it after all (a value that is printed) copies it. */
#include "opt/opt.h"

enum { ARRAY_MAX = 1024, FRAME_MAX = 4096, RECURSIVE_MAX = 256 };      /* bytes */

typedef struct Frames {
    FnOf fn_of;
    int64_t left;
    bool places;                /* or it is only asked what gets out */
} Frames;

/* Which parameters of fn get out of it; what small arrays do not, stay. */
static const bool *keep_in(Fn *fn, Frames *f);

static void gets_out(const Fn *fn, bool *out, const Ins *in, uint32_t from)
{
    for (uint32_t k = from; k < in->nargs; k++)
        out[ir_args(fn, in)[k].i] = true;
}

static void look_nest(Fn *fn, bool *out, const Ins *in, Frames *f)
{
    const Nest *nest = in->imm.p;
    const bool *inside = keep_in(nest->body, f);
    for (uint32_t k = 0; k < nest->ndim + nest->ncapture; k++)
        out[ir_args(fn, in)[k].i] |= inside[nest->body->param[k].i];
    gets_out(fn, out, in, nest->ndim + nest->ncapture);
}

/* In a call cycle everything does. */
static const bool *params_out(Fn *fn, FnOf fn_of)
{
    if (fn->gets_out)
        return fn->gets_out;
    bool *param = arena_new_n(fn->unit->arena, bool, fn->nparam + 1);
    memset(param, true, fn->nparam);
    fn->gets_out = param;
    const bool *out = keep_in(fn, &(Frames){ .fn_of = fn_of });
    for (uint32_t k = 0; k < fn->nparam; k++)
        param[k] = out[fn->param[k].i];
    return param;
}

static void look_call(const Fn *fn, bool *out, const Ins *in, const Frames *f)
{
    Fn *callee = f->fn_of(in->imm.p);
    const bool *param = callee && callee->nparam == in->nargs ? params_out(callee, f->fn_of) : NULL;
    for (uint32_t k = 0; k < in->nargs; k++)
        out[ir_args(fn, in)[k].i] |= !param || param[k];
}

static bool is_number(Ty t) { return ty_is_scalar(t) && t->kind != TY_PTR; }

/* What is computed from operands gets out with them; numbers, what reads, and the runtime (rt.def) keep nothing. */
static void look(Fn *fn, bool *out, Ref r, Frames *f)
{
    const Ins *in = ir_ins(fn, r);
    if (in->op == IR_NEST)
        look_nest(fn, out, in, f);
    else if (in->op == IR_CALL)
        look_call(fn, out, in, f);
    else if (in->op == IR_STORE || in->op == IR_POKE)
        out[ir_args(fn, in)[1].i] = true;
    else if (ir_op[in->op].effect == EFF_PURE && out[r.i] && !is_number(in->ty))
        gets_out(fn, out, in, 0);
    else if (ir_op[in->op].effect == EFF_WRITE && in->op != IR_RT && in->op != IR_PARALLEL && in->op != IR_LATER)
        gets_out(fn, out, in, 0);
}

/* Bytes of a NEW, or -1: not known, or too many. */
static int64_t nbytes_of(const Fn *fn, const Ins *in)
{
    int64_t n = in->ty->elem->nbytes, extent;
    for (uint32_t k = 0; k < in->nargs; k++)
        if (!ir_is_int(fn, ir_args(fn, in)[k], &extent) || extent > ARRAY_MAX || (n *= extent) > ARRAY_MAX)
            return -1;
    return n;
}

bool opt_fits_frame(const Fn *fn, const Ins *in) { return nbytes_of(fn, in) >= 0; }

static void stay(const Fn *fn, Ins *in, Frames *f)
{
    int64_t n = nbytes_of(fn, in);
    if (n < 0 || n > f->left)
        return;
    f->left -= n;
    in->flags |= INS_FRAME;
}

/* Backwards, so that uses come first: but for phis, they follow what they use. */
static const bool *keep_in(Fn *fn, Frames *f)
{
    bool *out = arena_new_n(fn->unit->arena, bool, fn->ins.n);
    uint32_t n;
    const BlkId *rpo = ir_rpo(fn, &n);
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t j = 0; j < fn->blk.at[b].ins.n && ir_ins(fn, fn->blk.at[b].ins.at[j])->op == IR_PHI; j++)
            gets_out(fn, out, ir_ins(fn, fn->blk.at[b].ins.at[j]), 0);
    for (uint32_t k = n; k-- > 0; )
        for (uint32_t j = fn->blk.at[rpo[k]].ins.n; j-- > 0; ) {
            Ref r = fn->blk.at[rpo[k]].ins.at[j];
            look(fn, out, r, f);
            if (f->places && ir_ins(fn, r)->op == IR_NEW && !out[r.i])
                stay(fn, ir_ins(fn, r), f);
        }
    return out;
}

/* needs: nothing.  keeps: every analysis. */
void opt_frame(Fn *fn, FnOf fn_of)
{
    keep_in(fn, &(Frames){ .fn_of = fn_of, .left = fn->recursive ? RECURSIVE_MAX : FRAME_MAX, .places = true });
}

bool opt_in_frame(const Fn *fn, Ref v)
{
    const Ins *in = ir_ins(fn, v);
    if (in->op == IR_NEW)
        return in->flags & INS_FRAME;
    if (in->op == IR_PHI || !in->ty || !(ty_holds_array(in->ty) || in->ty->kind == TY_PTR))
        return false;
    for (uint32_t k = 0; k < in->nargs; k++)
        if (opt_in_frame(fn, ir_arg(fn, v, k)))
            return true;
    return false;
}
