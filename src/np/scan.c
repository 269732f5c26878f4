/* scan.c: cumsum, cumprod and their new names: out[i] = out[i - 1] op a[i] along an axis, one after another as in NumPy.
 * Along the innermost axis of memory a lane carries its value; along another one, rows are added to rows. */
#include "np/reduce.h"

static bool absent(Fn *fn, Ref x) { return ref_is_none(x) || ir_ty(fn, x)->kind == TY_NONE; }

typedef struct Scan { Fn *fn; RedOp op; Ref array, out; uint32_t axis; bool initial; } Scan;

static Ref scanned(const Scan *s, Fn *fn, Ref first, Ref before, Ref x)
{
    return ir_select(fn, first, x, ir_combine(fn, s->op, before, x));
}

/* Where element i of the lane goes: one on where the initial value stands before. */
static Ref target(const Scan *s, Fn *fn, Ref i) { return s->initial ? ir_bin(fn, IR_ADD, i, ir_i64(fn, 1)) : i; }

/* One lane, of n elements: index of fn, with index[axis] free. */
static void lane(const Scan *s, Fn *fn, Ref array, Ref out, Ref *index, Ref n)
{
    Ty t = ir_ty(fn, out)->elem;
    NestBuild nb = nest_begin(fn, &n, 1, NEST_ORDERED | NEST_SCAN);
    Fn *body = nb.body;
    Ref at[NDIM_MAX];
    for (uint32_t k = 0; k < ir_ty(fn, array)->ndim; k++)
        at[k] = k == s->axis ? nb.index[0] : nest_use(&nb, index[k]);
    Ref x = ir_cast(body, ir_load(body, nest_use(&nb, array), at), t);
    at[s->axis] = target(s, body, nb.index[0]);
    ir_store(body, nest_use(&nb, out), x, at);
    nest_reduce(&nb, s->op, t, ir_identity(fn, s->op, t));
    nest_end(&nb, &x, 1);
}

static void by_lane(const Scan *s)
{
    Fn *fn = s->fn;
    uint32_t nd = ir_ty(fn, s->array)->ndim, n = 0;
    Ref extent[NDIM_MAX], index[NDIM_MAX] = { 0 }, length = ir_extent(fn, s->array, s->axis);
    if (nd == 1) {
        lane(s, fn, s->array, s->out, index, length);
        return;
    }
    for (uint32_t k = 0; k < nd; k++)
        if (k != s->axis)
            extent[n++] = ir_extent(fn, s->array, k);
    NestBuild nb = nest_begin(fn, extent, n, 0);
    for (uint32_t k = 0; k < nd; k++)
        if (k != s->axis)
            index[k] = nb.index[k - (k > s->axis)];
    lane(s, nb.body, nest_use(&nb, s->array), nest_use(&nb, s->out), index, nest_use(&nb, length));
    nest_end(&nb, NULL, 0);
}

static void by_row(const Scan *s)
{
    Fn *fn = s->fn;
    uint32_t nd = ir_ty(fn, s->array)->ndim;
    bool f = ir_ty(fn, s->array)->order == ORDER_F;
    Ref extent[NDIM_MAX], index[NDIM_MAX], at[NDIM_MAX];
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = ir_extent(fn, s->array, f ? nd - 1 - k : k);
    NestBuild nb = nest_begin(fn, extent, nd, NEST_ORDERED);
    Fn *body = nb.body;
    Ty t = ir_ty(fn, s->out)->elem;
    for (uint32_t k = 0; k < nd; k++)
        index[k] = at[k] = nb.index[f ? nd - 1 - k : k];
    Ref out = nest_use(&nb, s->out), i = index[s->axis], zero = ir_i64(body, 0), first = ir_cmp(body, IR_EQ, i, zero);
    Ref x = ir_cast(body, ir_load(body, nest_use(&nb, s->array), index), t);
    at[s->axis] = target(s, body, ir_select(body, first, zero, ir_bin(body, IR_SUB, i, ir_i64(body, 1))));
    Ref before = ir_load(body, out, at);
    at[s->axis] = target(s, body, i);
    ir_store(body, out, scanned(s, body, first, before, x), at);
    nest_end(&nb, NULL, 0);
}

static void put_initial(const Scan *s)
{
    Fn *fn = s->fn;
    Ty t = ir_ty(fn, s->out);
    uint32_t n = 0;
    Ref extent[NDIM_MAX], index[NDIM_MAX];
    for (uint32_t k = 0; k < t->ndim; k++)
        extent[k] = k == s->axis ? ir_i64(fn, 1) : ir_extent(fn, s->out, k);
    NestBuild nb = nest_begin(fn, extent, t->ndim, 0);
    for (uint32_t k = 0; k < t->ndim; k++, n++)
        index[k] = nb.index[k];
    ir_store(nb.body, nest_use(&nb, s->out), reduce_identity(nb.body, s->op, t->elem), index);
    nest_end(&nb, NULL, 0);
}

static Ref scan(Fn *fn, RedOp op, Ref a, uint32_t axis, Ty t, bool initial)
{
    Ty at = ir_ty(fn, a);
    uint32_t nd = at->ndim;
    Ref extent[NDIM_MAX], one = ir_i64(fn, 1);
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = ir_extent(fn, a, k);
    if (initial)
        extent[axis] = ir_bin(fn, IR_ADD, extent[axis], one);
    Order order = at->order == ORDER_F && nd > 1 ? ORDER_F : ORDER_C;
    Scan s = { fn, op, a, ir_new(fn, ty_array(fn->unit->types, t, nd, order, false, NULL), extent, false), axis, initial };
    if (initial)
        put_initial(&s);
    if (nd == 1 || axis == (order == ORDER_F ? 0 : nd - 1))
        by_lane(&s);
    else
        by_row(&s);
    return s.out;
}

/* All elements of a as one lane. */
static Ref scan_flat(Fn *fn, RedOp op, Ref a, Ty t)
{
    uint32_t nd = ir_ty(fn, a)->ndim;
    Ref extent[NDIM_MAX], n = ir_nelem(fn, a), out = ir_new(fn, ty_array(fn->unit->types, t, 1, ORDER_C, false, NULL), &n, false);
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = ir_extent(fn, a, k);
    NestBuild nb = nest_begin(fn, extent, nd, NEST_ORDERED | NEST_SCAN);
    Ref at = nb.index[0], x = ir_cast(nb.body, ir_load(nb.body, nest_use(&nb, a), nb.index), t);
    for (uint32_t k = 1; k < nd; k++)
        at = ir_bin(nb.body, IR_ADD, ir_bin(nb.body, IR_MUL, at, nest_use(&nb, extent[k])), nb.index[k]);
    ir_store(nb.body, nest_use(&nb, out), x, &at);
    nest_reduce(&nb, op, t, ir_identity(fn, op, t));
    nest_end(&nb, &x, 1);
    return out;
}

/* a, axis, dtype, out, include_initial; data: RED_ADD or RED_MUL, | 64: cumulative_sum and cumulative_prod */
Ref red_scan(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    ReduceArgs args = { .a = ew_as_array(fn, arg[0]), .axis = arg[1], .out = arg[3] };
    bool initial = row->data & 64 && reduce_flag(fn, arg[4], "include_initial", false);
    Ty elem = ir_ty(fn, args.a)->elem, t = create_dtype(fn, arg[2], reduce_sum_type(elem));
    uint32_t nd = ir_ty(fn, args.a)->ndim, axis = 0;
    Ref all = ir_nelem(fn, args.a), a = args.a;
    RedOp op = (RedOp)(row->data & 63);
    Reduce r = { .fn = fn, .name = row->data & 1 ? "multiply" : "add" };
    if (ty_is_bool(t))
        op = op == RED_ADD ? RED_ANY : RED_ALL;
    if (absent(fn, args.axis) && row->data & 64 && nd > 1)
        fail(fn->unit, np_pos(fn), DIAG_AXIS_NEEDED);
    if (absent(fn, args.axis) && nd > 1 && np_is_made_here(fn, a))
        return reduce_end(&r, &args, scan_flat(fn, op, a, t));      /* reshaped it would have to be made */
    if (absent(fn, args.axis) || nd == 0)
        a = nd == 1 ? a : shape_reshape(fn, a, &all, 1);
    else if (ir_is_const(fn, args.axis))
        axis = reduce_axis(fn, args.axis, nd);
    else if (nd > 1)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "axis must be a constant");
    else
        a = reduce_axis_last(fn, a, args.axis);
    return reduce_end(&r, &args, scan(fn, op, a, axis, t, initial));
}
