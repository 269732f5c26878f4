/* axes.c: the same elements with their axes in another order, direction or number: views. An axis= must be a constant,
 * because the type of the result depends on it. */
#include "np/np_build.h"

/* pieces -------------------------------------------------------------------------------------------------- */

Strided strided_of(Fn *fn, Ref array)
{
    Strided s = { .array = array, .ptr = ir_data(fn, array), .nd = ir_ty(fn, array)->ndim };
    for (uint32_t k = 0; k < s.nd; k++) {
        s.extent[k] = ir_extent(fn, array, k);
        s.stride[k] = ir_stride(fn, array, k);
    }
    return s;
}

static Strided strided_mapped(Fn *fn, Ref array)
{
    Strided s = strided_of(fn, array);
    s.mapped = true;
    s.map = ir_whole_map(fn, s.nd);
    return s;
}

Ref strided_view(Fn *fn, const Strided *s, Ty elem, Order order, bool readonly)
{
    Order o = s->nd == 0 ? ORDER_C : order;
    Ty vt = ty_array(fn->unit->types, elem, s->nd, o, readonly || ir_ty(fn, s->array)->readonly, NULL);
    return ir_view_object(fn, vt, s->array, s->ptr, s->extent, o == ORDER_A ? s->stride : NULL, s->mapped ? &s->map : NULL);
}

static Ref any_strides(Fn *fn, const Strided *s, bool readonly)
{
    return strided_view(fn, s, ir_ty(fn, s->array)->elem, ORDER_A, readonly);
}

void axes_need(Fn *fn, uint32_t nd, const char *of)
{
    if (nd > NDIM_MAX)
        fail(fn->unit, np_pos(fn), DIAG_TOO_LARGE, of, "32 dimensions");
}

/* Moves the start of axis k by i elements. */
static void strided_skip(Fn *fn, Strided *s, uint32_t k, Ref i) { s->ptr = ir_offset(fn, s->ptr, ir_bin(fn, IR_MUL, i, s->stride[k])); }

/* of a whole axis */
static void strided_flip(Fn *fn, Strided *s, uint32_t k)
{
    Ref last = ir_bin(fn, IR_SUB, s->extent[k], ir_i64(fn, 1));
    strided_skip(fn, s, k, last);
    s->stride[k] = ir_un(fn, IR_NEG, s->stride[k]);
    s->map.start[k] = last;
    s->map.step[k] = ir_i64(fn, -1);
}

/* of: which argument it is, in messages; or NULL. In numjit/lib it is not the user's. */
static uint32_t one_axis(Fn *fn, Ref axis, uint32_t nd, const char *of)
{
    int64_t c;
    of = fn->code ? of : NULL;
    if (!ir_is_int(fn, axis, &c))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "axis", "must be a constant integer");
    bool inside = c >= -(int64_t)nd && c < nd;
    if (!inside && of)
        fail(fn->unit, np_pos(fn), DIAG_AXIS_OF, of, (long)c, (long)nd);
    if (!inside)
        fail(fn->unit, np_pos(fn), DIAG_AXIS, (long)c, (long)nd);
    return (uint32_t)(c < 0 ? c + nd : c);
}

uint32_t axes_one(Fn *fn, Ref axis, uint32_t nd) { return one_axis(fn, axis, nd, NULL); }

static uint32_t some_axes(Fn *fn, Ref x, uint32_t nd, uint32_t *axis, const char *of)
{
    bool many = ty_is_items(ir_ty(fn, x));
    uint32_t n = many ? ir_ty(fn, x)->nitem : 1;
    axes_need(fn, n, "the result");
    for (uint32_t k = 0; k < n; k++) {
        axis[k] = one_axis(fn, many ? ir_item(fn, x, k) : x, nd, of);
        for (uint32_t j = 0; j < k; j++)
            if (axis[j] == axis[k])
                fail(fn->unit, np_pos(fn), DIAG_REPEATED_AXIS, of ? of : "transpose");
    }
    return n;
}

/* An axis or a tuple of different ones → axis[]; how many. */
static uint32_t axes_some(Fn *fn, Ref x, uint32_t nd, uint32_t *axis) { return some_axes(fn, x, nd, axis, NULL); }

/* A view whose axis k is axis from[k] of a; -1: a new one. The axes left out have one element. */
Ref axes_view(Fn *fn, Ref a, const int *from, uint32_t nd)
{
    Strided had = strided_mapped(fn, a), s = { .array = a, .ptr = had.ptr, .nd = nd, .mapped = true, .map = had.map };
    Ty t = ir_ty(fn, a);
    bool up = true, down = true;
    axes_need(fn, nd, "the result");
    for (uint32_t k = 0, last = 0, n = 0; k < nd; k++) {
        s.map.axis[k] = from[k];
        s.map.step[k] = ir_i64(fn, 1);
        s.extent[k] = from[k] < 0 ? ir_i64(fn, 1) : had.extent[from[k]];
        s.stride[k] = from[k] < 0 ? ir_i64(fn, 0) : had.stride[from[k]];
        if (from[k] < 0)
            continue;
        up &= n == 0 || (uint32_t)from[k] > last;
        down &= n == 0 || (uint32_t)from[k] < last;
        last = (uint32_t)from[k];
        n++;
    }
    Order turned = t->order == ORDER_C ? ORDER_F : t->order == ORDER_F ? ORDER_C : ORDER_A;
    Order order = up ? t->order : down ? turned : ORDER_A;
    return strided_view(fn, &s, t->elem, nd < 2 && order == ORDER_F ? ORDER_C : order, false);
}

/* All axes the other way round: C order is F order there. */
Ref axes_turned(Fn *fn, Ref a)
{
    uint32_t nd = ir_ty(fn, a)->ndim;
    int from[NDIM_MAX];
    for (uint32_t k = 0; k < nd; k++)
        from[k] = (int)(nd - 1 - k);
    return axes_view(fn, a, from, nd);
}

static bool contains(const uint32_t *axis, uint32_t n, uint32_t k)
{
    for (uint32_t j = 0; j < n; j++)
        if (axis[j] == k)
            return true;
    return false;
}

/* axes known only when it runs -------------------------------------------------------------------------------- */

/* A run-time axis as 0 .. nd-1; AxisError. */
static Ref axis_of_call(Fn *fn, Ref axis, uint32_t nd, const char *name)
{
    if (!np_is_intlike(ir_ty(fn, axis)))
        fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, name, "it", "an int", ty_name(ir_ty(fn, axis)));
    Ref i = ir_cast(fn, axis, ty(TY_I64)), n = ir_i64(fn, nd), arg[3] = { ir_i64(fn, (int64_t)(intptr_t)name), i, n }, zero = ir_i64(fn, 0);
    Ref ok = ir_bin(fn, IR_AND, ir_cmp(fn, IR_GE, i, ir_un(fn, IR_NEG, n)), ir_cmp(fn, IR_LT, i, n));
    ir_check(fn, ok, DIAG_AXIS_OF, arg, 3);
    return ir_select(fn, ir_cmp(fn, IR_LT, i, zero), ir_bin(fn, IR_ADD, i, n), i);
}

static Ref pick(Fn *fn, const Ref *x, uint32_t n, Ref i)
{
    Ref r = x[n - 1];
    for (uint32_t k = n - 1; k-- > 0; )
        r = ir_select(fn, ir_cmp(fn, IR_EQ, i, ir_i64(fn, k)), x[k], r);
    return r;
}

/* The view whose axis k is axis from[k] of a. */
static Ref permuted(Fn *fn, Ref a, const Ref *from)
{
    Strided had = strided_of(fn, a), s = had;
    for (uint32_t k = 0; k < had.nd; k++) {
        s.extent[k] = pick(fn, had.extent, had.nd, from[k]);
        s.stride[k] = pick(fn, had.stride, had.nd, from[k]);
    }
    return any_strides(fn, &s, false);
}

static Ref swap_in_call(Fn *fn, Ref a, Ref axis1, Ref axis2)
{
    uint32_t nd = ir_ty(fn, a)->ndim;
    Ref from[NDIM_MAX], i = axis_of_call(fn, axis1, nd, "axis1"), j = axis_of_call(fn, axis2, nd, "axis2");
    for (uint32_t k = 0; k < nd; k++) {
        Ref at = ir_i64(fn, k), other = ir_select(fn, ir_cmp(fn, IR_EQ, at, j), i, at);
        from[k] = ir_select(fn, ir_cmp(fn, IR_EQ, at, i), j, other);
    }
    return nd < 2 ? a : permuted(fn, a, from);
}

static Ref move_in_call(Fn *fn, Ref a, Ref source, Ref destination)
{
    uint32_t nd = ir_ty(fn, a)->ndim;
    Ref from[NDIM_MAX], one = ir_i64(fn, 1), zero = ir_i64(fn, 0);
    Ref s = axis_of_call(fn, source, nd, "source"), d = axis_of_call(fn, destination, nd, "destination");
    for (uint32_t k = 0; k < nd; k++) {         /* of the axes without s, the one at this place without d */
        Ref at = ir_i64(fn, k), rest = ir_bin(fn, IR_SUB, at, ir_select(fn, ir_cmp(fn, IR_GT, at, d), one, zero));
        rest = ir_bin(fn, IR_ADD, rest, ir_select(fn, ir_cmp(fn, IR_GE, rest, s), one, zero));
        from[k] = ir_select(fn, ir_cmp(fn, IR_EQ, at, d), s, rest);
    }
    return nd < 2 ? a : permuted(fn, a, from);
}

static bool known_int(Fn *fn, Ref x)
{
    int64_t c;
    return !np_is_intlike(ir_ty(fn, x)) || ir_is_int(fn, x, &c);
}

/* permutations -------------------------------------------------------------------------------------------- */

/* array, axes (a tuple, or the rest of the arguments): transpose(), T */
Ref axes_transpose(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]), axes = n > 1 ? np_open_rest(fn, arg[1]) : REF_NONE;
    uint32_t nd = ir_ty(fn, a)->ndim, axis[NDIM_MAX];
    bool empty = row->kind != NP_FUNC && n > 1 && ty_is_items(ir_ty(fn, arg[1])) && ir_ty(fn, arg[1])->nitem == 0, given = !empty && !np_absent(fn, axes);
    int from[NDIM_MAX];
    if (given && (ty_is_items(ir_ty(fn, axes)) ? ir_ty(fn, axes)->nitem : 1) != nd)
        fail(fn->unit, np_pos(fn), DIAG_AXES);
    if (given)
        axes_some(fn, axes, nd, axis);
    for (uint32_t k = 0; k < nd; k++)
        from[k] = (int)(given ? axis[k] : nd - 1 - k);
    return axes_view(fn, a, from, nd);
}

static void all_axes(int *from, uint32_t nd)
{
    for (uint32_t k = 0; k < nd; k++)
        from[k] = (int)k;
}

/* array, axis1, axis2; data 1: the last two (mT, matrix_transpose) */
Ref axes_swap(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]);
    uint32_t nd = ir_ty(fn, a)->ndim;
    int from[NDIM_MAX];
    if (row->data && nd < 2)
        fail(fn->unit, np_pos(fn), DIAG_MATRIX_TRANSPOSE, (int)nd);
    if (!row->data && !(known_int(fn, arg[1]) && known_int(fn, arg[2])))
        return swap_in_call(fn, a, arg[1], arg[2]);
    uint32_t i = row->data ? nd - 2 : one_axis(fn, arg[1], nd, "axis1"), j = row->data ? nd - 1 : one_axis(fn, arg[2], nd, "axis2");
    all_axes(from, nd);
    from[i] = (int)j;
    from[j] = (int)i;
    return axes_view(fn, a, from, nd);
}

/* a, source, destination */
Ref axes_move(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]);
    if (!(known_int(fn, arg[1]) && known_int(fn, arg[2])))
        return move_in_call(fn, a, arg[1], arg[2]);
    uint32_t nd = ir_ty(fn, a)->ndim, source[NDIM_MAX], to[NDIM_MAX], m = some_axes(fn, arg[1], nd, source, "source");
    int from[NDIM_MAX];
    if (some_axes(fn, arg[2], nd, to, "destination") != m)
        fail(fn->unit, np_pos(fn), DIAG_MOVE_AXES);
    for (uint32_t k = 0; k < m; k++)
        from[to[k]] = (int)source[k];
    for (uint32_t k = 0, next = 0; k < nd; k++) {
        if (contains(to, m, k))
            continue;
        while (contains(source, m, next))
            next++;
        from[k] = (int)next++;
    }
    return axes_view(fn, a, from, nd);
}

/* a, axis, start=0 */
Ref axes_roll(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]);
    uint32_t nd = ir_ty(fn, a)->ndim, axis = axes_one(fn, arg[1], nd);
    int64_t start = 0;
    int from[NDIM_MAX];
    if (!np_absent(fn, arg[2]) && !ir_is_int(fn, arg[2], &start))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "start", "must be a constant integer");
    if (start < -(int64_t)nd || start > nd)
        fail(fn->unit, np_pos(fn), DIAG_AXIS, (long)start, (long)nd + 1);
    start += start < 0 ? nd : 0;
    start -= axis < start;
    for (uint32_t k = 0, next = 0; k < nd; k++) {
        next += next == axis;
        from[k] = (int)(k == start ? axis : next++);
    }
    return axes_view(fn, a, from, nd);
}

/* more and fewer axes ------------------------------------------------------------------------------------- */

Ref axes_expand(Fn *fn, Ref a, const uint32_t *axis, uint32_t n)
{
    uint32_t nd = ir_ty(fn, a)->ndim + n;
    int from[2 * NDIM_MAX];
    for (uint32_t k = 0, next = 0; k < nd; k++)
        from[k] = contains(axis, n, k) ? -1 : (int)next++;
    return axes_view(fn, a, from, nd);
}

/* a, axis */
Ref axes_expand_dims(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]);
    uint32_t axis[NDIM_MAX], m = ty_is_items(ir_ty(fn, arg[1])) ? ir_ty(fn, arg[1])->nitem : 1;
    axes_need(fn, ir_ty(fn, a)->ndim + m, "the result");
    return axes_expand(fn, a, axis, axes_some(fn, arg[1], ir_ty(fn, a)->ndim + m, axis));
}

/* Without axis=, those whose single element is known when compiling; that no other has just one is checked when running. */
static uint32_t single_axes(Fn *fn, Ref a, uint32_t *axis)
{
    uint32_t n = 0;
    int64_t c;
    for (uint32_t k = 0; k < ir_ty(fn, a)->ndim; k++) {
        Ref extent = ir_extent(fn, a, k);
        if (!ir_is_int(fn, extent, &c))
            ir_check(fn, ir_cmp(fn, IR_NE, extent, ir_i64(fn, 1)), DIAG_SQUEEZE_ONE, NULL, 0);
        else if (c == 1)
            axis[n++] = k;
    }
    return n;
}

/* a, axis=None */
Ref axes_squeeze(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]);
    uint32_t nd = ir_ty(fn, a)->ndim, axis[NDIM_MAX], left = 0;
    if (nd == 0 && !np_absent(fn, arg[1]) && !ty_is_items(ir_ty(fn, arg[1]))) {
        axes_one(fn, arg[1], 1);        /* NumPy takes it for a vector */
        return a;
    }
    uint32_t m = np_absent(fn, arg[1]) ? single_axes(fn, a, axis) : axes_some(fn, arg[1], nd, axis);
    int from[NDIM_MAX];
    for (uint32_t k = 0; k < m; k++)
        ir_check(fn, ir_cmp(fn, IR_EQ, ir_extent(fn, a, axis[k]), ir_i64(fn, 1)), DIAG_SQUEEZE, NULL, 0);
    if (m == 0)
        return a;
    for (uint32_t k = 0; k < nd; k++)
        if (!contains(axis, m, k))
            from[left++] = (int)k;
    return axes_view(fn, a, from, left);
}

Ref axes_atleast(Fn *fn, Ref x, uint32_t least)
{
    static const uint32_t front[3] = { 0, 1, 2 }, around[2] = { 0, 2 };
    Ref a = ew_as_array(fn, x);
    uint32_t nd = ir_ty(fn, a)->ndim;
    if (nd >= least)
        return a;
    if (least == 3 && nd == 2)
        return axes_expand(fn, a, front + 2, 1);
    return least == 3 && nd == 1 ? axes_expand(fn, a, around, 2) : axes_expand(fn, a, front, least - nd);
}

/* *arrays; data: the least number of dimensions */
Ref axes_atleast_all(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m;
    Ref *x = np_items(fn, arg[0], &m);
    for (uint32_t k = 0; k < m; k++)
        x[k] = axes_atleast(fn, x[k], (uint32_t)row->data);
    return m == 1 ? x[0] : np_aggregate(fn, TY_TUPLE, x, m);
}

/* direction ----------------------------------------------------------------------------------------------- */

/* m, axis=None; data: 'f' flip, 'u' flipud, 'l' fliplr */
Ref axes_flip(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Strided s = strided_mapped(fn, ew_as_array(fn, arg[0]));
    uint32_t axis[NDIM_MAX], m = s.nd, fixed = row->data == 'l';
    if (row->data != 'f' && s.nd <= fixed)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, fixed ? "Input must be >= 2-d." : "Input must be >= 1-d.");
    if (row->data != 'f')
        strided_flip(fn, &s, fixed);
    else if (!np_absent(fn, arg[1]))
        m = axes_some(fn, arg[1], s.nd, axis);
    for (uint32_t k = 0; k < m && row->data == 'f'; k++)
        strided_flip(fn, &s, np_absent(fn, arg[1]) ? k : axis[k]);
    return any_strides(fn, &s, false);
}

static void flip_where(Fn *fn, Strided *s, uint32_t k, Ref when)
{
    Strided f = *s;
    strided_flip(fn, &f, k);
    s->ptr = ir_select(fn, when, f.ptr, s->ptr);
    s->stride[k] = ir_select(fn, when, f.stride[k], s->stride[k]);
}

/* m, k=1, axes=(0, 1) */
/* Two constant axes that differ. */
static void check_rot90(Fn *fn, Ref axes, uint32_t nd)
{
    Ty t = ir_ty(fn, axes);
    int64_t i, j, n = nd;
    if (!ty_is_items(t) || t->nitem != 2)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "rot90", "len(axes) must be 2.");
    if (!ir_is_int(fn, ir_item(fn, axes, 0), &i) || !ir_is_int(fn, ir_item(fn, axes, 1), &j))
        return;
    if (i == j || i - j == n || j - i == n)
        fail(fn->unit, np_pos(fn), DIAG_AXES_DIFFER);
    if (i < -n || i >= n || j < -n || j >= n)
        fail(fn->unit, np_pos(fn), DIAG_AXES_RANGE, (long)i, (long)j, (long)n);
}

Ref axes_rot90(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Strided s = strided_of(fn, ew_as_array(fn, arg[0]));
    uint32_t axis[NDIM_MAX] = { 0, 1 };
    Ref k = np_absent(fn, arg[1]) ? ir_i64(fn, 1) : np_convert(fn, arg[1], ty(TY_I64)), one = ir_i64(fn, 1), two = ir_i64(fn, 2);
    if (!np_absent(fn, arg[2]))
        check_rot90(fn, arg[2], s.nd);
    if (s.nd < 2)
        fail(fn->unit, np_pos(fn), DIAG_AXES_DIFFER);
    if (!np_absent(fn, arg[2]))
        axes_some(fn, arg[2], s.nd, axis);
    k = ir_bin(fn, IR_AND, k, ir_i64(fn, 3));
    Ref odd = ir_cmp(fn, IR_EQ, ir_bin(fn, IR_AND, k, one), one);
    flip_where(fn, &s, axis[1], ir_bin(fn, IR_OR, ir_cmp(fn, IR_EQ, k, one), ir_cmp(fn, IR_EQ, k, two)));
    flip_where(fn, &s, axis[0], ir_cmp(fn, IR_GE, k, two));
    Strided turned = s;
    for (uint32_t j = 0; j < 2; j++) {
        s.extent[axis[j]] = ir_select(fn, odd, turned.extent[axis[1 - j]], turned.extent[axis[j]]);
        s.stride[axis[j]] = ir_select(fn, odd, turned.stride[axis[1 - j]], turned.stride[axis[j]]);
    }
    return any_strides(fn, &s, false);
}

static Ref least(Fn *fn, Ref a, Ref b) { return ir_select(fn, ir_cmp(fn, IR_LT, a, b), a, b); }
static Ref most(Fn *fn, Ref a, Ref b) { return ir_select(fn, ir_cmp(fn, IR_GT, a, b), a, b); }

/* The axes i and j of a become one, behind the others: the diagonal `offset` right of the main one. */
static Ref axes_diagonal_view(Fn *fn, Ref a, Ref offset, uint32_t i, uint32_t j, bool readonly)
{
    Strided s = strided_of(fn, a), d = { .array = a };
    offset = most(fn, offset, ir_i64(fn, -INT64_MAX));          /* which has a negative */
    Ref zero = ir_i64(fn, 0), right = most(fn, offset, zero), down = most(fn, ir_un(fn, IR_NEG, offset), zero);
    Ref len = least(fn, ir_bin(fn, IR_SUB, s.extent[i], down), ir_bin(fn, IR_SUB, s.extent[j], right));
    len = most(fn, len, zero);
    Ref start = ir_bin(fn, IR_ADD, ir_bin(fn, IR_MUL, down, s.stride[i]), ir_bin(fn, IR_MUL, right, s.stride[j]));
    d.ptr = ir_offset(fn, s.ptr, ir_select(fn, ir_cmp(fn, IR_GT, len, zero), start, zero));
    for (uint32_t k = 0; k < s.nd; k++) {
        if (k == i || k == j)
            continue;
        d.extent[d.nd] = s.extent[k];
        d.stride[d.nd++] = s.stride[k];
    }
    d.extent[d.nd] = len;
    d.stride[d.nd++] = ir_bin(fn, IR_ADD, s.stride[i], s.stride[j]);
    return any_strides(fn, &d, readonly);
}

/* a, offset=0, axis1=0, axis2=1 */
Ref axes_diagonal(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]), offset = np_absent(fn, arg[1]) ? ir_i64(fn, 0) : np_convert(fn, arg[1], ty(TY_I64));
    uint32_t nd = ir_ty(fn, a)->ndim;
    if (nd < 2)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "diagonal", "diag requires an array of at least two dimensions");
    uint32_t i = np_absent(fn, arg[2]) ? 0 : axes_one(fn, arg[2], nd), j = np_absent(fn, arg[3]) ? 1 : axes_one(fn, arg[3], nd);
    if (i == j)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "diagonal", "axis1 and axis2 cannot be the same");
    return axes_diagonal_view(fn, a, offset, i, j, true);
}

/* broadcasting -------------------------------------------------------------------------------------------- */

static Ref read_only(Fn *fn, Ref a)
{
    Ty t = ir_ty(fn, a);
    return ir_retype(fn, a, ty_array(fn->unit->types, t->elem, t->ndim, t->order, true, NULL));
}

/* array, shape */
Ref axes_broadcast_to(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]), extent[NDIM_MAX];
    uint32_t nd = create_extents(fn, arg[1], extent);
    if (ir_ty(fn, a)->ndim > nd)
        fail(fn->unit, np_pos(fn), DIAG_BROADCAST_NDIM);
    ir_check(fn, shape_fits(fn, extent, nd), DIAG_ITERATOR_SIZE, NULL, 0);
    return read_only(fn, ew_broadcast_to(fn, a, extent, nd, DIAG_BROADCAST_TO));
}

/* *args */
Ref axes_broadcast_arrays(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m;
    Ref *x = np_items(fn, arg[0], &m), extent[NDIM_MAX];
    for (uint32_t k = 0; k < m; k++)
        x[k] = ew_as_array(fn, x[k]);
    uint32_t nd = ew_broadcast_as(fn, x, m, extent, DIAG_BROADCAST_ALL);
    ir_check(fn, shape_fits(fn, extent, nd), DIAG_ITERATOR_SIZE, NULL, 0);
    for (uint32_t k = 0; k < m; k++)
        x[k] = ew_broadcast_to(fn, x[k], extent, nd, DIAG_BROADCAST_ALL);
    return np_aggregate(fn, TY_TUPLE, x, m);
}

/* *shapes: each an int or a tuple */
Ref axes_broadcast_shapes(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m, nd;
    Ref *x = np_items(fn, arg[0], &m), extent[NDIM_MAX], nothing = ir_i64(fn, 0);
    for (uint32_t k = 0; k < m; k++) {          /* an array of each shape without elements: all strides are 0 */
        uint32_t d = create_extents(fn, x[k], extent);
        Ty one = ty_array(fn->unit->types, ty(TY_BOOL), 1, ORDER_C, false, NULL);
        Strided s = { .array = ir_new(fn, one, &nothing, false), .nd = d };
        s.ptr = ir_data(fn, s.array);
        for (uint32_t j = 0; j < d; j++) {
            s.extent[j] = extent[j];
            s.stride[j] = nothing;
        }
        x[k] = strided_view(fn, &s, ty(TY_BOOL), ORDER_A, false);
    }
    nd = ew_broadcast_as(fn, x, m, extent, DIAG_BROADCAST_ALL);
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = np_pyint(fn, extent[k]);
    return np_aggregate(fn, TY_TUPLE, extent, nd);
}

/* windows ------------------------------------------------------------------------------------------------- */

/* x, shape=None, strides=None, subok=, writeable= */
Ref axes_as_strided(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Strided s = strided_of(fn, ew_as_array(fn, arg[0]));
    int64_t writeable = 1;
    if (!np_absent(fn, arg[1]))
        s.nd = create_extents(fn, arg[1], s.extent);
    if (!np_absent(fn, arg[2])) {
        bool many = ty_is_items(ir_ty(fn, arg[2]));
        if ((many ? ir_ty(fn, arg[2])->nitem : 1) != s.nd)
            fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "as_strided", "strides and shape must have the same length");
        for (uint32_t k = 0; k < s.nd; k++)
            s.stride[k] = np_convert(fn, many ? ir_item(fn, arg[2], k) : arg[2], ty(TY_I64));
    }
    if (!np_absent(fn, arg[4]) && !ir_is_int(fn, arg[4], &writeable))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "writeable", "must be a constant");
    return any_strides(fn, &s, !writeable);
}

/* x, window_shape, axis=None */
Ref axes_windows(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Strided s = strided_mapped(fn, ew_as_array(fn, arg[0]));
    uint32_t axis[NDIM_MAX], m, nd = s.nd;
    Ref width[NDIM_MAX], one = ir_i64(fn, 1);
    bool many = ty_is_items(ir_ty(fn, arg[1]));
    uint32_t given = many ? ir_ty(fn, arg[1])->nitem : 1;
    for (m = 0; m < nd; m++)
        axis[m] = m;
    if (!np_absent(fn, arg[2]))
        m = axes_some(fn, arg[2], nd, axis);
    if (m != given)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "sliding_window_view", "window_shape must have one item for each axis");
    axes_need(fn, nd + m, "the result");
    for (uint32_t k = 0; k < m; k++) {
        width[k] = np_convert(fn, many ? ir_item(fn, arg[1], k) : arg[1], ty(TY_I64));
        Ref *e = &s.extent[axis[k]], text = ir_i64(fn, (int64_t)(intptr_t)"window_shape cannot contain negative values");
        ir_check(fn, ir_cmp(fn, IR_GE, width[k], ir_i64(fn, 0)), DIAG_VALUE, &text, 1);
        text = ir_i64(fn, (int64_t)(intptr_t)"window shape cannot be larger than input array shape");
        ir_check(fn, ir_cmp(fn, IR_LE, width[k], *e), DIAG_VALUE, &text, 1);
        *e = ir_bin(fn, IR_ADD, ir_bin(fn, IR_SUB, *e, width[k]), one);
        s.extent[nd + k] = width[k];
        s.stride[nd + k] = s.stride[axis[k]];
        s.map.axis[nd + k] = (int)axis[k];
        s.map.step[nd + k] = one;
    }
    s.nd = nd + m;
    return any_strides(fn, &s, true);
}
