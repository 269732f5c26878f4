/* reduce.c: the engine of reductions (reduce.h): axes, the order of the walk, nests, what is returned. */
#include "np/reduce.h"
#include <math.h>
#include <stdlib.h>

enum { BUFFER = 8192 };         /* elements that NumPy casts, or copies to lie in a row, at a time */

static bool absent(Fn *fn, Ref x) { return ref_is_none(x) || ir_ty(fn, x)->kind == TY_NONE; }

Fn *level_fn(Fn *fn, Level *l) { return l ? l->nb.body : fn; }
static Ref level_use(Level *l, Ref v) { return l ? nest_use(&l->nb, level_use(l->up, v)) : v; }

bool reduce_flag(Fn *fn, Ref x, const char *name, bool without)
{
    int64_t c;
    if (absent(fn, x))
        return without;
    if (!ir_is_int(fn, x, &c))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, name, "must be a constant");
    return c != 0;
}

/* ---- axes ---- */

static _Noreturn void bad_axis(Fn *fn, Ref axis)
{
    fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, "a reduction", "axis", "an int or a tuple of constant ints", ty_name(ir_ty(fn, axis)));
}

uint32_t reduce_axis(Fn *fn, Ref axis, uint32_t nd)
{
    int64_t c, most = nd > 0 ? nd : 1;      /* a 0-d array has an axis 0 here, as in NumPy */
    if (!ir_is_int(fn, axis, &c))
        bad_axis(fn, axis);
    if (c < -most || c >= most)
        fail(fn->unit, np_pos(fn), DIAG_AXIS, (long)c, (long)nd);
    return (uint32_t)(c < 0 ? c + most : c);
}

Ref reduce_axis_last(Fn *fn, Ref a, Ref axis)
{
    Ty t = ir_ty(fn, a);
    uint32_t nd = t->ndim;
    if (!ty_is_int(ir_ty(fn, axis)))
        bad_axis(fn, axis);
    Ref k = ir_cast(fn, axis, ty(TY_I64)), n = ir_i64(fn, nd), arg[] = { k, n };
    Ref low = ir_cmp(fn, IR_GE, k, ir_i64(fn, -(int64_t)nd)), ok = ir_bin(fn, IR_AND, low, ir_cmp(fn, IR_LT, k, n));
    ir_check(fn, ok, DIAG_AXIS, arg, 2);
    k = ir_select(fn, ir_cmp(fn, IR_LT, k, ir_i64(fn, 0)), ir_bin(fn, IR_ADD, k, n), k);
    Ref extent[NDIM_MAX], stride[NDIM_MAX], last_e = ir_extent(fn, a, 0), last_s = ir_stride(fn, a, 0);
    for (uint32_t p = 0; p + 1 < nd; p++) {
        Ref before = ir_cmp(fn, IR_LT, ir_i64(fn, p), k), here = ir_cmp(fn, IR_EQ, ir_i64(fn, p + 1), k);
        extent[p] = ir_select(fn, before, ir_extent(fn, a, p), ir_extent(fn, a, p + 1));
        stride[p] = ir_select(fn, before, ir_stride(fn, a, p), ir_stride(fn, a, p + 1));
        last_e = ir_select(fn, here, ir_extent(fn, a, p + 1), last_e);
        last_s = ir_select(fn, here, ir_stride(fn, a, p + 1), last_s);
    }
    extent[nd - 1] = last_e;
    stride[nd - 1] = last_s;
    return ir_view(fn, ty_array(fn->unit->types, t->elem, nd, ORDER_A, t->readonly, NULL), a, ir_data(fn, a), extent, stride, NULL);
}

static void find_axes(Reduce *r, Ref axis)
{
    Fn *fn = r->fn;
    uint32_t nd = ir_ty(fn, r->array)->ndim;
    bool all = absent(fn, axis);
    for (uint32_t k = 0; k < NDIM_MAX; k++)
        r->reduced[k] = all && k < nd;
    if (all)
        return;
    Ty t = ir_ty(fn, axis);
    if (t->kind == TY_TUPLE) {
        for (uint32_t k = 0; k < t->nitem; k++) {
            uint32_t a = reduce_axis(fn, ir_item(fn, axis, k), nd);
            if (r->reduced[a])
                fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, r->name, "duplicate value in 'axis'");
            r->reduced[a] = true;
        }
    } else if (ty_is_int(t) && nd > 0 && !ir_is_const(fn, axis)) {
        r->array = reduce_axis_last(fn, r->array, axis);
        r->reduced[nd - 1] = true;
    } else {
        r->reduced[reduce_axis(fn, axis, nd)] = true;
    }
    if (nd == 0)
        r->reduced[0] = false;
}

static uint32_t kept_axes(const Reduce *r, uint32_t *axis)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < ir_ty(r->fn, r->array)->ndim; k++)
        if (!r->reduced[k])
            axis[n++] = k;
    return n;
}

/* ---- the order of the walk ---- */

Ref reduce_absolute(Fn *fn, Ref x) { return ir_select(fn, ir_cmp(fn, IR_LT, x, ir_i64(fn, 0)), ir_un(fn, IR_NEG, x), x); }

static void swap_if(Fn *fn, Ref c, Ref *x, Ref *y)
{
    Ref a = *x, b = *y;
    *x = ir_select(fn, c, b, a);
    *y = ir_select(fn, c, a, b);
}

/* An array of order A as NumPy walks all of it: axes by falling stride, and one axis where neighbours collapse.
 * All of this is done at run time on extents and strides; the outer axes of what collapsed have extent 1. */
static Ref in_memory_order(Fn *fn, Ref a)
{
    Ty t = ir_ty(fn, a);
    uint32_t nd = t->ndim;
    Ref e[NDIM_MAX], s[NDIM_MAX], one = ir_i64(fn, 1);
    for (uint32_t k = 0; k < nd; k++) {
        e[k] = ir_extent(fn, a, k);
        s[k] = ir_stride(fn, a, k);
    }
    for (uint32_t end = nd; end > 1; end--)
        for (uint32_t k = 0; k + 1 < end; k++) {
            Ref rising = ir_cmp(fn, IR_LT, reduce_absolute(fn, s[k]), reduce_absolute(fn, s[k + 1]));
            swap_if(fn, rising, &e[k], &e[k + 1]);
            swap_if(fn, rising, &s[k], &s[k + 1]);
        }
    for (uint32_t pass = 1, k = nd - 2; pass < nd; pass++) {      /* the innermost takes the one outside of it in */
        Ref single = ir_cmp(fn, IR_EQ, e[k + 1], one);          /* an inner axis of 1: the outer one takes its place */
        s[k + 1] = ir_select(fn, single, s[k], s[k + 1]);
        Ref fits = ir_bin(fn, IR_OR, ir_cmp(fn, IR_EQ, s[k], ir_bin(fn, IR_MUL, e[k + 1], s[k + 1])), ir_cmp(fn, IR_EQ, e[k], one));
        fits = ir_bin(fn, IR_OR, fits, single);
        Ref both = ir_bin(fn, IR_MUL, e[k], e[k + 1]);
        swap_if(fn, fits, &both, &e[k + 1]);
        for (uint32_t d = k; d-- > 0; ) {                       /* the axes outside move in */
            swap_if(fn, fits, &e[d], &e[d + 1]);
            swap_if(fn, fits, &s[d], &s[d + 1]);
        }
        e[0] = ir_select(fn, fits, one, e[0]);
    }
    return ir_view(fn, ty_array(fn->unit->types, t->elem, nd, ORDER_A, t->readonly, NULL), a, ir_data(fn, a), e, s, NULL);
}

/* How many elements of such an array NumPy has one step apart, where the order of its axes is known; f: the first is innermost. */
static Ref row_of(Fn *fn, Ref a, bool f)
{
    uint32_t nd = ir_ty(fn, a)->ndim;
    Ref row = ir_i64(fn, 1), step = row, open = ir_bool(fn, true);
    for (uint32_t j = 0; j < nd; j++) {
        uint32_t k = f ? j : nd - 1 - j;
        Ref e = ir_extent(fn, a, k), s = ir_stride(fn, a, k), single = ir_cmp(fn, IR_EQ, row, ir_i64(fn, 1));
        Ref fits = ir_bin(fn, IR_OR, single, ir_cmp(fn, IR_EQ, s, ir_bin(fn, IR_MUL, row, step)));
        fits = ir_bin(fn, IR_OR, fits, ir_cmp(fn, IR_EQ, e, ir_i64(fn, 1)));
        step = ir_select(fn, single, s, step);
        open = ir_bin(fn, IR_AND, open, fits);
        row = ir_select(fn, open, ir_bin(fn, IR_MUL, row, e), row);
    }
    return row;
}

/* A view of a new array, which a nest may compute where it is read, has its axes in an order that is known: that of memory, or (*f) the
 * other way round? */
static bool known_order(Fn *fn, Ref a, bool *f)
{
    ViewMap map;
    if (ir_ins(fn, a)->op != IR_VIEW || !ir_view_map(fn, a, &map))
        return false;
    const Ins *base = ir_ins(fn, ir_arg(fn, a, 0));
    bool up = true, down = true;
    for (uint32_t k = 0; k < ir_ty(fn, a)->ndim; k++) {
        if (map.axis[k] < 0)
            return false;
        up &= k == 0 || map.axis[k - 1] < map.axis[k];
        down &= k == 0 || map.axis[k - 1] > map.axis[k];
    }
    *f = base->ty->order == ORDER_F ? up && !down : down && !up;
    return base->op == IR_NEW && base->ty->order != ORDER_A && (up || down);
}

/* Does it matter in which order the elements are taken? */
static bool keeps_order(const Reduce *r)
{
    bool adds = r->op == RED_ADD || r->op == RED_MUL;
    return adds && !ty_is_int(r->work) && !ty_is_bool(r->work) && !(r->fn->opt.fastmath & FAST_REASSOC);
}

/* A sum of floats is made in the order of its nest's axes (opt/pairwise.c), other nests in the order of their arrays. */
static bool in_axes_order(const Reduce *r) { return r->op == RED_ADD && keeps_order(r); }

/* How many elements NumPy sums in nest l before it begins anew, all or whole rows that fit its buffer; none: all. */
static Ref blocks(const Reduce *r, const Level *l)
{
    Fn *fn = l->nb.parent;
    uint32_t nd = l->nb.nest->ndim;
    Ref total = ir_i64(fn, 1), one = total, full = ir_i64(fn, BUFFER);
    if (!(r->cast || r->strided) || !in_axes_order(r))
        return REF_NONE;
    for (uint32_t k = 0; k < nd; k++)
        total = ir_bin(fn, IR_MUL, total, l->nb.extent[k]);
    Ref row = ref_is_none(r->row) ? l->nb.extent[nd - 1] : level_use(l->up, r->row);
    Ref some = ir_select(fn, ir_cmp(fn, IR_GT, row, one), row, one);
    Ref rows = ir_select(fn, ir_cmp(fn, IR_GT, row, full), full, ir_bin(fn, IR_MUL, ir_bin(fn, IR_DIV, full, some), some));
    Ref most = ir_select(fn, ir_cmp(fn, IR_EQ, row, total), r->cast ? full : total, rows);
    return ref_eq(most, total) ? REF_NONE : most;
}

/* ---- elements ---- */

Ref reduce_element(const Reduce *r, Level *l, const Ref *index)
{
    return ir_load(level_fn(r->fn, l), level_use(l, r->array), index);
}

Ref reduce_kept(const Reduce *r, Level *l, Ref x, const Ref *index)
{
    uint32_t axis[NDIM_MAX], n = kept_axes(r, axis);
    Ref at[NDIM_MAX];
    for (uint32_t k = 0; k < n; k++)
        at[k] = index[axis[k]];
    return ty_is_array(ir_ty(r->fn, x)) ? ir_load(level_fn(r->fn, l), level_use(l, x), at) : level_use(l, x);
}

static Ref least(Fn *fn, Ty t, bool most)
{
    if (ty_is_complex(t)) {
        Ref part = least(fn, ty_real(t), most);
        return ir_complex(fn, t, part, part);
    }
    if (ty_is_float(t))
        return ir_float(fn, t, most ? INFINITY : -INFINITY);
    if (ty_is_bool(t))
        return ir_bool(fn, most);
    uint32_t bits = ty_bits(t);
    uint64_t top = UINT64_C(1) << (bits - 1);
    if (ty_is_unsigned(t))
        return ir_int(fn, t, most ? (int64_t)(top | (top - 1)) : 0);
    return ir_int(fn, t, most ? (int64_t)(top - 1) : (int64_t)(0 - top));
}

Ref reduce_identity(Fn *fn, RedOp op, Ty t)
{
    switch (op) {
    case RED_MUL: return ir_cast(fn, ir_i64(fn, 1), t);
    case RED_MIN: return least(fn, t, true);
    case RED_MAX: return least(fn, t, false);
    case RED_ALL: return ir_bool(fn, true);
    default: return ir_zero(fn, t);
    }
}

static Ref contribution(const Reduce *r, Level *l, const Ref *index)
{
    Fn *fn = level_fn(r->fn, l);
    Ref x = r->value(r, l, index);
    if (ref_is_none(r->mask))
        return x;
    return ir_select(fn, ir_load(fn, level_use(l, r->mask), index), x, reduce_identity(fn, r->op, r->work));
}

/* ---- nests ---- */

static void open_level(const Reduce *r, Level *l, Level *up, const uint32_t *axis, uint32_t n, uint32_t flags, Ref *index)
{
    Ref extent[NDIM_MAX] = { 0 };
    for (uint32_t k = 0; k < n; k++)
        extent[k] = level_use(up, ir_extent(r->fn, r->array, axis[k]));
    *l = (Level){ .nb = nest_begin(level_fn(r->fn, up), extent, n, flags), .up = up };
    for (uint32_t k = 0; k < n; k++)
        index[axis[k]] = l->nb.index[k];
}

/* All of the n given axes, inside of up, from init on. index: those of the axes outside, as values of up. */
static Ref run_inner(const Reduce *r, Level *up, const Ref *outside, const uint32_t *axis, uint32_t n, Ref init)
{
    Fn *fn = level_fn(r->fn, up);
    Level l;
    Ref index[NDIM_MAX];
    if (n == 0)
        return ir_combine(fn, r->op, init, contribution(r, up, outside));
    open_level(r, &l, up, axis, n, 0, index);
    l.nb.blocks = blocks(r, &l);
    for (uint32_t k = 0; k < ir_ty(r->fn, r->array)->ndim; k++) {
        bool own = false;
        for (uint32_t j = 0; j < n; j++)
            own |= axis[j] == k;
        if (!own)
            index[k] = nest_use(&l.nb, outside[k]);
    }
    nest_reduce(&l.nb, r->op, r->work, init);
    Ref x = contribution(r, &l, index);
    return nest_end(&l.nb, &x, 1);
}

static int ascending(const void *a, const void *b) { return (int)*(const uint32_t *)a - (int)*(const uint32_t *)b; }

/* Some axes into out, the walk in order C or F of the array. */
static void run_axes(const Reduce *r, Ref out, bool f)
{
    Fn *fn = r->fn;
    uint32_t nd = ir_ty(fn, r->array)->ndim, order[NDIM_MAX], nouter = nd, axis[NDIM_MAX];
    Ref index[NDIM_MAX], at[NDIM_MAX];
    Level l;
    for (uint32_t k = 0; k < nd; k++)
        order[k] = f ? nd - 1 - k : k;
    while (nouter > 0 && r->reduced[order[nouter - 1]])
        nouter--;
    uint32_t nkept = kept_axes(r, axis);
    bool rows = nouter > nkept;             /* reduced axes outside of kept ones */
    if (rows)
        ew_fill(fn, out, ir_cast(fn, r->init, r->store));
    else
        qsort(order, nouter, sizeof *order, ascending);
    open_level(r, &l, NULL, order, nouter, rows ? NEST_ORDERED : 0, index);
    Fn *body = l.nb.body;
    for (uint32_t k = 0; k < nkept; k++)
        at[k] = index[axis[k]];
    Ref to = level_use(&l, out), init = rows ? ir_cast(body, ir_load(body, to, at), r->work) : level_use(&l, r->init), v;
    if (!in_axes_order(r))
        qsort(order + nouter, nd - nouter, sizeof *order, ascending);
    if (rows && nouter < nd) {              /* a row's own reduction first */
        v = run_inner(r, &l, index, order + nouter, nd - nouter, reduce_identity(body, r->op, r->work));
        v = ir_combine(body, r->op, init, v);
    } else {
        v = run_inner(r, &l, index, order + nouter, nd - nouter, init);
    }
    ir_store(body, to, ir_cast(body, v, r->store), at);
    nest_end(&l.nb, NULL, 0);
}

static Ref run_whole(const Reduce *r)
{
    Fn *fn = r->fn;
    Reduce s = *r;
    Ty t = ir_ty(fn, r->array);
    uint32_t axis[NDIM_MAX];
    bool strided = t->order == ORDER_A && t->ndim > 1 && ref_is_none(r->mask), f = false, known = strided && known_order(fn, r->array, &f);
    s.strided = t->order == ORDER_A && !r->temporary;
    if (strided && !known) {
        s.array = in_memory_order(fn, r->array);
        s.row = ir_extent(fn, s.array, t->ndim - 1);
    } else if (strided) {
        s.row = row_of(fn, r->array, f);
    }
    if (in_axes_order(r) && t->ndim > 1 && ((known && f) || t->order == ORDER_F)) {
        s.array = axes_turned(fn, r->array);
        s.mask = ref_is_none(r->mask) ? r->mask : axes_turned(fn, r->mask);
    }
    for (uint32_t k = 0; k < t->ndim; k++)
        axis[k] = k;
    return ir_cast(fn, run_inner(&s, NULL, NULL, axis, t->ndim, r->init), r->store);
}

Ref reduce_run(const Reduce *r)
{
    Fn *fn = r->fn;
    Ty t = ir_ty(fn, r->array);
    uint32_t axis[NDIM_MAX], n = kept_axes(r, axis);
    if (n == 0)
        return run_whole(r);
    Ref extent[NDIM_MAX];
    for (uint32_t k = 0; k < n; k++)
        extent[k] = ir_extent(fn, r->array, axis[k]);
    Order order = t->order == ORDER_F && n > 1 ? ORDER_F : ORDER_C;
    Ref out = ir_new(fn, ty_array(fn->unit->types, r->store, n, order, false, NULL), extent, false);
    bool f = t->order == ORDER_F;
    if (t->order != ORDER_A || known_order(fn, r->array, &f)) {
        run_axes(r, out, f);
        return out;
    }
    Ref first = reduce_absolute(fn, ir_stride(fn, r->array, 0)), last = reduce_absolute(fn, ir_stride(fn, r->array, t->ndim - 1));
    IrIf s = ir_if(fn, ir_cmp(fn, IR_GE, first, last));
    run_axes(r, out, false);
    ir_else(fn, &s);
    run_axes(r, out, true);
    ir_endif(fn, &s, REF_NONE, REF_NONE);
    return out;
}

/* ---- before and after ---- */

Reduce reduce_begin(Fn *fn, const ReduceArgs *a, const char *name, RedOp op, Ty work)
{
    Reduce r = { .fn = fn, .name = name, .op = op, .work = work, .store = work, .array = ew_as_array(fn, a->a) };
    Ty t = ir_ty(fn, r.array);
    find_axes(&r, a->axis);
    bool given = !absent(fn, a->initial);
    if (!absent(fn, a->where)) {
        Ref extent[NDIM_MAX], mask = ew_as_array(fn, a->where);
        if (!ty_is_bool(ir_ty(fn, mask)->elem))
            fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, name, "where", "an array of bool", ty_name(ir_ty(fn, a->where)));
        if ((op == RED_MIN || op == RED_MAX) && !given)
            fail(fn->unit, np_pos(fn), DIAG_NO_IDENTITY, name);
        for (uint32_t k = 0; k < t->ndim; k++)
            extent[k] = ir_extent(fn, r.array, k);
        r.mask = ew_broadcast_to(fn, mask, extent, t->ndim, DIAG_BROADCAST);
    }
    if (given && !ty_is_scalar(ir_ty(fn, a->initial)))
        fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, name, "initial", "a scalar", ty_name(ir_ty(fn, a->initial)));
    if (given)
        np_check_int(fn, a->initial, work);
    r.init = given ? ir_cast(fn, a->initial, work) : reduce_identity(fn, op, work);
    return r;
}

/* How many elements go into each result. */
static Ref length(const Reduce *r)
{
    Fn *fn = r->fn;
    Ref n = ir_i64(fn, 1);
    for (uint32_t k = 0; k < ir_ty(fn, r->array)->ndim; k++)
        if (r->reduced[k])
            n = ir_bin(fn, IR_MUL, n, ir_extent(fn, r->array, k));
    return n;
}

void reduce_need(const Reduce *r)
{
    Fn *fn = r->fn;
    Ref what = ir_i64(fn, (int64_t)(intptr_t)r->name);
    ir_check(fn, ir_cmp(fn, IR_NE, length(r), ir_i64(fn, 0)), DIAG_EMPTY_REDUCE, &what, 1);
}

static Ref count_value(const Reduce *r, Level *l, const Ref *index) { return ir_i64(level_fn(r->fn, l), 1); }

Ref reduce_count(const Reduce *r)
{
    if (ref_is_none(r->mask))
        return length(r);
    Reduce c = *r;
    c.op = RED_ADD;
    c.work = c.store = ty(TY_I64);
    c.init = ir_i64(r->fn, 0);
    c.value = count_value;
    c.cast = false;
    return reduce_run(&c);
}

Ref reduce_map(Fn *fn, Ref x, Ref other, Ty to, ReduceMap *f)
{
    Ty t = ir_ty(fn, x);
    if (!ty_is_array(t))
        return f(fn, x, other, to);
    Ref extent[NDIM_MAX];
    for (uint32_t k = 0; k < t->ndim; k++)
        extent[k] = ir_extent(fn, x, k);
    Ref out = x;
    if (t->elem != to)
        out = ir_new(fn, ty_array(fn->unit->types, to, t->ndim, t->order, false, NULL), extent, false);
    NestBuild nb = nest_begin(fn, extent, t->ndim, 0);
    Ref y = ref_is_none(other) ? other : nest_use(&nb, other);
    if (!ref_is_none(y) && ty_is_array(ir_ty(nb.body, y)))
        y = ir_load(nb.body, y, nb.index);
    Ref v = f(nb.body, ir_load(nb.body, nest_use(&nb, x), nb.index), y, to);
    ir_store(nb.body, nest_use(&nb, out), v, nb.index);
    nest_end(&nb, NULL, 0);
    return out;
}

/* result with axes of 1 for the reduced ones. After reduce_axis_last the axis is known at run time only. */
static Ref keep_dims(const Reduce *r, const ReduceArgs *a, Ref result)
{
    Fn *fn = r->fn;
    Ty t = ir_ty(fn, result);
    Ref given = ew_as_array(fn, a->a), extent[NDIM_MAX], one = ir_i64(fn, 1), at = REF_NONE;
    uint32_t nd = ir_ty(fn, given)->ndim;
    if (!ty_is_array(t)) {
        Ref x = ir_new(fn, ty_array(fn->unit->types, ty_strong(t), 0, ORDER_C, false, NULL), NULL, false);
        ir_store(fn, x, ir_cast(fn, result, ty_strong(t)), NULL);
        result = x;
    }
    if (!absent(fn, a->axis) && ty_is_int(ir_ty(fn, a->axis)) && !ir_is_const(fn, a->axis)) {
        at = ir_cast(fn, a->axis, ty(TY_I64));
        at = ir_select(fn, ir_cmp(fn, IR_LT, at, ir_i64(fn, 0)), ir_bin(fn, IR_ADD, at, ir_i64(fn, nd)), at);
    }
    for (uint32_t k = 0; k < nd; k++) {
        Ref e = ir_extent(fn, given, k);
        extent[k] = !ref_is_none(at) ? ir_select(fn, ir_cmp(fn, IR_EQ, at, ir_i64(fn, k)), one, e) : r->reduced[k] ? one : e;
    }
    return shape_view(fn, result, extent, nd, ir_ty(fn, result)->order);
}

/* out= takes the result where it has just that shape. */
static Ref into(const Reduce *r, Ref out, Ref result)
{
    Fn *fn = r->fn;
    Ty ot = ir_ty(fn, out), t = ir_ty(fn, result);
    uint32_t nd = ty_is_array(t) ? t->ndim : 0;
    if (!ty_is_array(ot))
        fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, r->name, "out", "an array", ty_name(ot));
    np_need_writable(fn, out, "output array");
    if (ot->ndim != nd)
        fail(fn->unit, np_pos(fn), DIAG_OUT_NDIM, r->name, (int)ot->ndim, (int)nd);
    Ref same = ir_bool(fn, true), arg[2 * NDIM_MAX + 2];
    uint32_t n = 0;
    arg[n++] = ir_i64(fn, nd);
    for (uint32_t k = 0; k < nd; k++)
        arg[n++] = ir_extent(fn, out, k);
    arg[n++] = ir_i64(fn, nd);
    for (uint32_t k = 0; k < nd; k++) {
        arg[n++] = ir_extent(fn, result, k);
        same = ir_bin(fn, IR_AND, same, ir_cmp(fn, IR_EQ, arg[1 + k], ir_extent(fn, result, k)));
    }
    ir_check(fn, same, DIAG_BROADCAST, arg, n);
    ew_assign(fn, out, result);
    return out;
}

Ref reduce_end(const Reduce *r, const ReduceArgs *a, Ref result)
{
    if (reduce_flag(r->fn, a->keepdims, "keepdims", false))
        result = keep_dims(r, a, result);
    return absent(r->fn, a->out) ? result : into(r, a->out, result);
}
