/* argreduce.c: argmin, argmax: where the first of the least or greatest is; the first NaN goes before all.
 *
 * A lane, the elements along the axis, is read in blocks: the extreme of a block is an ordinary reduction, which
 * vectorises, and only a block with a better one is looked through for its place. Where the axis is not the
 * innermost in memory, lanes would jump: there the best of all lanes, and their places, are kept in arrays. */
#include "np/reduce.h"

enum { BLOCK = 1024 };

/* A lane: array at index, with index[axis] running. */
typedef struct Lane { Fn *fn; RedOp op; Ref array; const Ref *index; uint32_t axis; Ref n; } Lane;

static Ref is_nan(Fn *fn, Ref x)
{
    if (ty_is_complex(ir_ty(fn, x)))
        return ir_bin(fn, IR_OR, is_nan(fn, ir_real(fn, x)), is_nan(fn, ir_imag(fn, x)));
    return ir_cmp(fn, IR_NE, x, x);
}

static bool may_be_nan(Ty t) { return ty_is_float(t) || ty_is_complex(t); }

/* A nest over n elements of the lane from lo on; *x: the element in its body. */
static NestBuild over(const Lane *l, Ref lo, Ref n, Ref *x)
{
    Ref index[NDIM_MAX];
    NestBuild nb = nest_begin(l->fn, &n, 1, 0);
    for (uint32_t k = 0; k < ir_ty(l->fn, l->array)->ndim; k++)
        index[k] = k == l->axis ? ir_bin(nb.body, IR_ADD, nest_use(&nb, lo), nb.index[0]) : nest_use(&nb, l->index[k]);
    *x = ir_load(nb.body, nest_use(&nb, l->array), index);
    return nb;
}

static Ref extreme(const Lane *l, Ref lo, Ref n, Ref best)
{
    Ref x;
    NestBuild nb = over(l, lo, n, &x);
    nest_reduce(&nb, l->op, ir_ty(l->fn, best), best);
    return nest_end(&nb, &x, 1);
}

/* Where the first equal of m is; it is there. */
static Ref place(const Lane *l, Ref lo, Ref n, Ref m)
{
    Ref x, most = ir_i64(l->fn, INT64_MAX);
    NestBuild nb = over(l, lo, n, &x);
    Fn *body = nb.body;
    Ref here = nest_use(&nb, m), same = ir_cmp(body, IR_EQ, x, here);
    if (may_be_nan(ir_ty(body, x)))
        same = ir_bin(body, IR_OR, same, ir_bin(body, IR_AND, is_nan(body, x), is_nan(body, here)));
    nest_reduce(&nb, RED_MIN, ty(TY_I64), most);
    Ref at = ir_select(body, same, nb.index[0], nest_use(&nb, most));
    return ir_bin(l->fn, IR_ADD, lo, nest_end(&nb, &at, 1));
}

static Ref search(const Lane *l)
{
    Fn *fn = l->fn;
    Ref index[NDIM_MAX], zero = ir_i64(fn, 0), block = ir_i64(fn, BLOCK);
    memcpy(index, l->index, sizeof index);
    index[l->axis] = zero;
    Ref init[2] = { ir_load(fn, l->array, index), zero };
    Ref blocks = ir_bin(fn, IR_DIV, ir_bin(fn, IR_ADD, l->n, ir_i64(fn, BLOCK - 1)), block);
    IrLoop loop = ir_loop(fn, blocks, init, 2);
    Ref best = loop.carried[0], lo = ir_bin(fn, IR_MUL, loop.index, block), left = ir_bin(fn, IR_SUB, l->n, lo);
    Ref n = ir_select(fn, ir_cmp(fn, IR_LT, left, block), left, block), m = extreme(l, lo, n, best);
    IrIf s = ir_if(fn, ir_better(fn, l->op, best, m));
    Ref at = place(l, lo, n, m);
    ir_else(fn, &s);
    Ref next[2] = { m, ir_endif(fn, &s, at, loop.carried[1]) };
    ir_endloop(fn, &loop, next);
    return loop.carried[1];
}

/* Each lane by itself. */
static void by_lane(const Reduce *r, uint32_t axis, Ref out)
{
    Fn *fn = r->fn;
    uint32_t nd = ir_ty(fn, r->array)->ndim, n = 0;
    Ref extent[NDIM_MAX] = { 0 }, index[NDIM_MAX] = { 0 };
    for (uint32_t k = 0; k < nd; k++)
        if (k != axis)
            extent[n++] = ir_extent(fn, r->array, k);
    NestBuild nb = nest_begin(fn, extent, n, 0);
    for (uint32_t k = 0; k < nd; k++)
        if (k != axis)
            index[k] = nb.index[k - (k > axis)];
    Lane l = { nb.body, r->op, nest_use(&nb, r->array), index, axis, nest_use(&nb, ir_extent(fn, r->array, axis)) };
    Ref at = search(&l);
    ir_store(nb.body, nest_use(&nb, out), at, nb.index);
    nest_end(&nb, NULL, 0);
}

/* All lanes side by side, axes walked in the order of memory. */
static void by_row(const Reduce *r, uint32_t axis, Ref out, bool f)
{
    Fn *fn = r->fn;
    Ty t = ir_ty(fn, r->array);
    uint32_t nd = t->ndim, n = 0, m = 0;
    Ref extent[NDIM_MAX], all[NDIM_MAX], index[NDIM_MAX], at[NDIM_MAX];
    for (uint32_t k = 0; k < nd; k++) {
        all[k] = ir_extent(fn, r->array, f ? nd - 1 - k : k);
        if (k != axis)
            extent[n++] = ir_extent(fn, r->array, k);
    }
    Ref best = ir_new(fn, ty_array(fn->unit->types, t->elem, n, ir_ty(fn, out)->order, false, NULL), extent, false);
    NestBuild first = nest_begin(fn, extent, n, 0);
    for (uint32_t k = 0; k < nd; k++)
        index[k] = k == axis ? ir_i64(first.body, 0) : first.index[m++];
    ir_store(first.body, nest_use(&first, best), ir_load(first.body, nest_use(&first, r->array), index), first.index);
    ir_store(first.body, nest_use(&first, out), ir_i64(first.body, 0), first.index);
    nest_end(&first, NULL, 0);
    NestBuild nb = nest_begin(fn, all, nd, NEST_ORDERED);
    Fn *body = nb.body;
    for (uint32_t k = m = 0; k < nd; k++) {
        index[k] = nb.index[f ? nd - 1 - k : k];
        if (k != axis)
            at[m++] = index[k];
    }
    Ref top = nest_use(&nb, best), where = nest_use(&nb, out), x = ir_load(body, nest_use(&nb, r->array), index);
    Ref b = ir_load(body, top, at), is = ir_better(body, r->op, b, x);
    ir_store(body, where, ir_select(body, is, index[axis], ir_load(body, where, at)), at);
    ir_store(body, top, ir_select(body, is, x, b), at);
    nest_end(&nb, NULL, 0);
}

static Ref along(const Reduce *r, uint32_t axis)
{
    Fn *fn = r->fn;
    Ty t = ir_ty(fn, r->array);
    uint32_t nd = t->ndim, n = 0;
    Ref extent[NDIM_MAX];
    for (uint32_t k = 0; k < nd; k++)
        if (k != axis)
            extent[n++] = ir_extent(fn, r->array, k);
    Order order = t->order == ORDER_F && n > 1 ? ORDER_F : ORDER_C;
    Ref out = ir_new(fn, ty_array(fn->unit->types, ty(TY_I64), n, order, false, NULL), extent, false);
    bool f = t->order == ORDER_F;
    if (axis == (f ? 0 : nd - 1) && t->order != ORDER_A) {
        by_lane(r, axis, out);
        return out;
    }
    if (t->order != ORDER_A) {
        by_row(r, axis, out, f);
        return out;
    }
    Ref own = reduce_absolute(fn, ir_stride(fn, r->array, axis));
    Ref other = reduce_absolute(fn, ir_stride(fn, r->array, axis == nd - 1 ? nd - 2 : nd - 1));
    IrIf s = ir_if(fn, ir_cmp(fn, IR_LE, own, other));
    by_lane(r, axis, out);
    ir_else(fn, &s);
    by_row(r, axis, out, false);
    ir_endif(fn, &s, REF_NONE, REF_NONE);
    return out;
}

static Ref in_all(const Reduce *r)
{
    Fn *fn = r->fn;
    Ref all = ir_nelem(fn, r->array), index[NDIM_MAX] = { 0 };
    Ref flat = ir_ty(fn, r->array)->ndim == 1 ? r->array : shape_reshape(fn, r->array, &all, 1);
    Lane l = { fn, r->op, flat, index, 0, all };
    return search(&l);
}

/* a, axis, out, keepdims; data: RED_MIN or RED_MAX */
Ref red_arg(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    ReduceArgs a = { .a = ew_as_array(fn, arg[0]), .axis = arg[1], .out = arg[2], .keepdims = arg[3] };
    const char *name = row->data == RED_MIN ? "argmin" : "argmax";
    if (!ref_is_none(a.axis) && ir_ty(fn, a.axis)->kind == TY_TUPLE)
        fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, name, "axis", "an int", ty_name(ir_ty(fn, a.axis)));
    Reduce r = reduce_begin(fn, &a, name, (RedOp)row->data, ir_ty(fn, a.a)->elem);
    uint32_t nd = ir_ty(fn, r.array)->ndim, axis = nd, nred = 0;
    Ref length = ir_i64(fn, 1), what = ir_i64(fn, (int64_t)(intptr_t)name);
    for (uint32_t k = 0; k < nd; k++)
        if (r.reduced[k]) {
            axis = k;
            nred++;
            length = ir_bin(fn, IR_MUL, length, ir_extent(fn, r.array, k));
        }
    ir_check(fn, ir_cmp(fn, IR_GT, length, ir_i64(fn, 0)), DIAG_EMPTY_ARG, &what, 1);
    Ref at = nd == 0 ? ir_i64(fn, 0) : nred == nd ? in_all(&r) : along(&r, axis);
    return reduce_end(&r, &a, at);
}
