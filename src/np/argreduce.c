/* argreduce.c: argmin, argmax: where the first of the least or greatest is; the first NaN goes before all.
 *
 * A reduction to the extreme with one to its place behind it (RED_PLACE). Where the axis is not the innermost in memory,
 * lanes would jump: there the best of all lanes, and their places, are kept in arrays. */
#include "np/reduce.h"

/* Over all of the nest's axes: the place of the first of the best elements of array, its number as `number` says. */
static Ref best_of(NestBuild *nb, const Reduce *r, Ref array, const Ref *index, Ref number)
{
    Fn *fn = nb->parent;
    Ty t = ir_ty(nb->body, array)->elem;
    nest_reduce(nb, r->op, t, reduce_identity(fn, r->op, t));
    nest_reduce(nb, RED_PLACE, ty(TY_I64), ir_i64(fn, 0));
    Ref yield[2] = { ir_load(nb->body, array, index), number };
    return ir_item(fn, nest_end(nb, yield, 2), 1);
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
    Ref length = nest_use(&nb, ir_extent(fn, r->array, axis)), array = nest_use(&nb, r->array);
    NestBuild lane = nest_begin(nb.body, &length, 1, 0);
    for (uint32_t k = 0; k < nd; k++)
        index[k] = k == axis ? lane.index[0] : nest_use(&lane, nb.index[k - (k > axis)]);
    Ref at = best_of(&lane, r, nest_use(&lane, array), index, lane.index[0]);
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

/* Elements are numbered in order C, whatever the order of memory is. */
static Ref in_all(const Reduce *r)
{
    Fn *fn = r->fn;
    uint32_t nd = ir_ty(fn, r->array)->ndim;
    Ref extent[NDIM_MAX];
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = ir_extent(fn, r->array, k);
    NestBuild nb = nest_begin(fn, extent, nd, 0);
    Ref number = nb.index[nd - 1], step = nest_use(&nb, extent[nd - 1]);
    for (uint32_t k = nd - 1; k-- > 0; step = ir_bin(nb.body, IR_MUL, step, nest_use(&nb, extent[k])))
        number = ir_bin(nb.body, IR_ADD, number, ir_bin(nb.body, IR_MUL, nb.index[k], step));
    return best_of(&nb, r, nest_use(&nb, r->array), nb.index, number);
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
    if (!np_absent(fn, a.out)) {
        np_need_writable(fn, a.out, "WRITEBACKIFCOPY base");
        ew_check_cast(fn, REF_NONE, "safe", ir_ty(fn, a.out), ty(TY_I64));
    }
    return reduce_end(&r, &a, at);
}
