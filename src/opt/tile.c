/* tile.c: blocks of two axes, where the arrays of a nest lie across each other in memory (`a + b.T`, order C with F).
 *
 *     for i: for j: f(i, j)   →   for I by 64: for J by 64: for i in I .. I + 64: for j in J .. J + 64: f(i, j)
 *
 * The inner loop runs along memory for some arrays; along another it takes one element of a cache line. In a block the rest of
 * the line is used before it is gone. With order C and F it is known here; with order A strides are compared by the call,
 * and a block is then the whole axis or 64. */
#include "opt/opt.h"

enum { TILE = 64 };

typedef struct Tiling {
    NestLoops *l;
    uint32_t inner;             /* the axis of the innermost loop */
    bool fixed[NDIM_MAX];       /* blocks in any case */
    Ref cond[NDIM_MAX];         /* blocks where this is true; none: never */
} Tiling;

/* The axis that an index runs along, from wherever (chunks.c), if stretched; -1: none, or several. */
static int axis_of(const Nest *nest, Ref i)
{
    const Ins *in = ir_ins(nest->body, i);
    if (in->op == IR_PARAM)
        return in->imm.i < nest->ndim ? (int)in->imm.i : -1;
    if (in->op != IR_ADD && in->op != IR_MUL)
        return -1;
    int a = axis_of(nest, in->arg[0]), b = axis_of(nest, in->arg[1]);
    return a < 0 ? b : b < 0 ? a : -1;
}

static Ref absolute(Fn *fn, Ref x) { return ir_select(fn, ir_cmp(fn, IR_LT, x, ir_i64(fn, 0)), ir_un(fn, IR_NEG, x), x); }

/* Is axis d one block as a whole? */
static bool is_short(const Tiling *t, uint32_t d)
{
    int64_t n;
    return ir_is_int(t->l->fn, t->l->arg[d], &n) && n <= TILE;
}

/* The array, whose axis `fast` has the shorter steps, runs along q there. The lines that a short inner loop takes elements of are
 * still there when it comes again. */
static void conflict(Tiling *t, int q, Ref cond)
{
    Fn *fn = t->l->fn;
    if (is_short(t, t->inner))
        return;
    if (ref_is_none(cond)) {
        t->fixed[q] |= !is_short(t, (uint32_t)q);
        t->fixed[t->inner] = true;
        return;
    }
    for (uint32_t k = 0; k < 2; k++) {
        Ref *c = &t->cond[k ? t->inner : (uint32_t)q];
        *c = ref_is_none(*c) ? cond : ir_bin(fn, IR_OR, *c, cond);
    }
}

static void look_at(Tiling *t, const Ins *access)
{
    Fn *fn = t->l->fn;
    const Nest *nest = t->l->nest;
    const Ref *arg = ir_args(nest->body, access), *index = arg + (access->op == IR_STORE ? 2 : 1);
    const Ins *array = ir_ins(nest->body, arg[0]);
    Ty type = array->ty;
    uint32_t across = NDIM_MAX, fast = type->order == ORDER_F ? 0 : type->ndim - 1u;
    if (type->ndim < 2 || array->op != IR_PARAM || array->imm.i < nest->ndim)
        return;
    Ref x = t->l->arg[array->imm.i];
    for (uint32_t k = 0; k < type->ndim; k++)
        if (axis_of(nest, index[k]) == (int)t->inner)
            across = k;
    if (across == NDIM_MAX)
        return;
    int64_t c;
    Ref step = ir_stride(fn, x, across);
    for (uint32_t k = 0; k < type->ndim; k++) {
        int q = axis_of(nest, index[k]);
        if (q < 0 || q == (int)t->inner)
            continue;
        if (type->order != ORDER_A && k == fast)
            conflict(t, q, REF_NONE);
        else if (type->order == ORDER_A && !ir_is_int(fn, step, &c))
            conflict(t, q, ir_cmp(fn, IR_LT, absolute(fn, ir_stride(fn, x, k)), absolute(fn, step)));
    }
}

/* May iterations be made in another order: no error is told of, no rounding depends on it? */
static bool order_is_free(const Nest *nest)
{
    for (uint32_t k = 0; k < nest->nred; k++)
        if ((nest->red[k].op == RED_ADD || nest->red[k].op == RED_MUL) && !ty_is_int(nest->red[k].ty) && !(nest->flags & NEST_FREE))
            return false;
    for (BlkId b = 0; b < nest->body->blk.n; b++)
        for (uint32_t k = 0; k < nest->body->blk.at[b].ins.n; k++) {
            bool fails;
            opt_effect(ir_ins(nest->body, nest->body->blk.at[b].ins.at[k]), &fails);
            if (fails)
                return false;
        }
    return true;
}

/* Along which axes of its array the access runs along the first and the last axis of the nest. Both? */
static bool runs_along_both(const Fn *fn, const Nest *nest, const Ref *arg, const Ins *access, int *along)
{
    const Ref *of = ir_args(nest->body, access), *index = of + (access->op == IR_STORE ? 2 : 1);
    const Ins *array = ir_ins(nest->body, of[0]);
    along[0] = along[1] = -1;
    for (uint32_t k = 0; k < array->ty->ndim && array->op == IR_PARAM && array->imm.i >= nest->ndim; k++) {
        int axis = nest_axis(fn, nest, arg, index[k]);
        if (axis == 0 || axis == (int)nest->ndim - 1)
            along[axis > 0] = (int)k;
    }
    return along[0] >= 0 && along[1] >= 0;
}

static bool is_access(const Ins *in) { return in->op == IR_LOAD || in->op == IR_STORE; }

/* May the axes come in another order, and may that be better? */
static bool may_turn(const Fn *fn, const Nest *nest, const Ref *arg)
{
    const Blk *b = &nest->body->blk.at[0];
    bool fails;
    int along[2];
    if (nest->ndim < 2 || nest->body->blk.n > 1 || nest->flags & (NEST_ORDERED | NEST_PRANGE | NEST_BLOCKS))
        return false;
    for (uint32_t k = 0; k < b->ins.n; k++) {
        const Ins *in = ir_ins(nest->body, b->ins.at[k]);
        if (!is_access(in) && in->op != IR_RETURN && opt_effect(in, &fails) > EFF_READ)
            return false;
        if (is_access(in) && runs_along_both(fn, nest, arg, in, along) && ir_ty(nest->body, ir_args(nest->body, in)[0])->order != ORDER_A)
            return false;
    }
    return true;
}

Ref nest_turned(Fn *fn, const Nest *nest, const Ref *arg)
{
    const Blk *b = &nest->body->blk.at[0];
    Ref turned = REF_NONE;
    int along[2];
    if (!may_turn(fn, nest, arg))
        return turned;
    for (uint32_t k = 0; k < b->ins.n; k++) {
        const Ins *in = ir_ins(nest->body, b->ins.at[k]);
        if (!is_access(in) || !runs_along_both(fn, nest, arg, in, along))
            continue;
        Ref x = arg[ir_ins(nest->body, ir_args(nest->body, in)[0])->imm.i];
        Ref first = absolute(fn, ir_stride(fn, x, (uint32_t)along[0])), last = absolute(fn, ir_stride(fn, x, (uint32_t)along[1]));
        Ref shorter = ir_cmp(fn, IR_LT, first, last);
        turned = ref_is_none(turned) ? shorter : ir_bin(fn, IR_AND, turned, shorter);
    }
    return turned;
}

/* How many iterations of each axis are a block: l->tile[]; none: all. */
void nest_tiles(NestLoops *l)
{
    Fn *fn = l->fn;
    const Nest *nest = l->nest;
    if (nest->ndim < 2 || l->target >= TARGET_GPU || nest->flags & (NEST_ORDERED | NEST_PRANGE | NEST_COLD) || !order_is_free(nest))
        return;
    Tiling t = { .l = l, .inner = l->axis[nest->ndim - 1] };
    for (BlkId b = 0; b < nest->body->blk.n; b++)
        for (uint32_t k = 0; k < nest->body->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(nest->body, nest->body->blk.at[b].ins.at[k]);
            if (in->op == IR_LOAD || in->op == IR_STORE)
                look_at(&t, in);
        }
    for (uint32_t d = 0; d < nest->ndim; d++) {
        Ref size = ir_i64(fn, TILE);
        if (t.fixed[d])
            l->tile[d] = size;
        else if (!ref_is_none(t.cond[d]))
            l->tile[d] = ir_select(fn, t.cond[d], size, l->arg[d]);
    }
}
