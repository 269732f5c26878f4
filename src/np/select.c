/* select.c: elements chosen by a condition or an index: where, clip, take, nonzero and their kin. Most are an access of
 * fancy.c, or one nest of elementwise.c. */
#include "np/np_build.h"

static Ref flat_of(Fn *fn, Ref a)
{
    Ref all = ir_nelem(fn, a);
    return ir_ty(fn, a)->ndim == 1 ? a : shape_reshape(fn, a, &all, 1);
}

static Ref full_slice(Fn *fn)
{
    Ref none = ir_none(fn), all[3] = { none, none, none };
    return np_aggregate(fn, TY_SLICE, all, 3);
}

/* The key that is i on an axis and everything on those before it. */
static Ref key_on(Fn *fn, uint32_t axis, Ref i)
{
    Ref key[NDIM_MAX];
    for (uint32_t k = 0; k < axis; k++)
        key[k] = full_slice(fn);
    key[axis] = i;
    return np_aggregate(fn, TY_TUPLE, key, axis + 1);
}

/* conditions ---------------------------------------------------------------------------------------------- */

static Ref nonzero_tuple(Fn *fn, Ref a)
{
    Ref index[NDIM_MAX];
    if (ir_ty(fn, a)->ndim == 0)
        fail(fn->unit, np_pos(fn), DIAG_NONZERO_0D);
    fancy_nonzero(fn, a, index);
    return np_aggregate(fn, TY_TUPLE, index, ir_ty(fn, a)->ndim);
}

/* a; data 'f': of the flat array, 'w': rows of indices */
Ref select_nonzero(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]);
    if (row->data == 'f')
        return ir_item(fn, nonzero_tuple(fn, flat_of(fn, a)), 0);
    uint32_t nd = ir_ty(fn, a)->ndim;
    Ref t = nonzero_tuple(fn, row->data == 'w' && nd == 0 ? flat_of(fn, a) : a);
    if (row->data == 0)
        return t;
    Ref first = ir_item(fn, t, 0), extent[2] = { ir_extent(fn, first, 0), ir_i64(fn, nd) };
    Ref out = ir_new(fn, ty_array(fn->unit->types, ty(TY_I64), 2, ORDER_C, false, NULL), extent, false);
    for (uint32_t k = 0; k < nd; k++)
        index_set(fn, out, key_on(fn, 1, ir_i64(fn, k)), ir_item(fn, t, k));
    return out;
}

/* condition, x, y */
Ref select_where(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    if (ref_is_none(arg[1]) != ref_is_none(arg[2]))
        fail(fn->unit, np_pos(fn), DIAG_WHERE);
    if (ref_is_none(arg[1]))
        return nonzero_tuple(fn, ew_as_array(fn, arg[0]));
    return ew_as_array(fn, ew_apply(fn, ufunc_row(UF_WHERE), arg, 3, REF_NONE, NULL));       /* of scalars: 0-d, as NumPy */
}

/* condlist, choicelist, default=0 */
Ref select_select(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t nc, nx;
    Ref *c, *x;
    if (!np_iter_values(fn, arg[0], NITEM_MAX, &c, &nc) || !np_iter_values(fn, arg[1], NITEM_MAX, &x, &nx))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "the number of choices must be known when compiling");
    if (nc != nx || nc == 0)
        fail(fn->unit, np_pos(fn), nc != nx ? DIAG_SELECT : DIAG_SELECT_EMPTY);
    Ref out = np_absent(fn, arg[2]) ? ir_int(fn, ty(TY_PYINT), 0) : arg[2];
    for (uint32_t k = nc; k-- > 0; ) {
        Ref three[3] = { c[k], x[k], out };
        out = ew_apply(fn, ufunc_row(UF_WHERE), three, 3, REF_NONE, NULL);
    }
    return out;
}

/* a, min=, max=, out= */
/* A bound past the end of the dtype is none: as NumPy, only one on its own side. */
static Ref clip_bound(Fn *fn, Ref x, Ty t, bool low)
{
    int bits = (int)ty_bits(t) - !ty_is_unsigned(t);
    if (ir_ty(fn, x)->kind != TY_PYINT || !ty_is_int(t) || (bits >= 63 && !(low && ty_is_unsigned(t))))
        return x;
    Ref end = ir_int(fn, ty(TY_PYINT), low ? (ty_is_unsigned(t) ? 0 : -(INT64_C(1) << bits)) : (INT64_C(1) << bits) - 1);
    return ir_select(fn, ir_cmp(fn, low ? IR_LT : IR_GT, x, end), end, x);
}

Ref select_clip(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = np_is_number(ir_ty(fn, arg[0])) ? arg[0] : ew_as_array(fn, arg[0]), x[3] = { a, arg[1], arg[2] };
    bool low = !np_absent(fn, arg[1]), high = !np_absent(fn, arg[2]);
    Ty t = ir_ty(fn, a), e = ty_is_array(t) ? t->elem : t;
    for (int k = 1; k < 3; k++)
        x[k] = (k == 1 ? low : high) ? clip_bound(fn, x[k], e, k == 1) : x[k];
    UfuncId id = low && high ? UF_CLIP : low ? UF_MAXIMUM : high ? UF_MINIMUM : UF_POSITIVE;
    if (!low)
        x[1] = x[2];
    return ew_apply(fn, ufunc_row(id), x, 1 + low + high, np_absent(fn, arg[3]) ? REF_NONE : arg[3], NULL);
}

/* dst[...] = src where mask: one nest. */
static void assign_where(Fn *fn, Ref dst, Ref src, Ref mask)
{
    Ref extent[NDIM_MAX];
    uint32_t nd = ir_ty(fn, dst)->ndim;
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = ir_extent(fn, dst, k);
    np_check_int(fn, src, ir_ty(fn, dst)->elem);
    src = ew_apart(fn, ew_broadcast_to(fn, ew_as_array(fn, src), extent, nd, DIAG_BROADCAST_INTO), dst);
    mask = ew_apart(fn, ew_broadcast_to(fn, ew_as_array(fn, mask), extent, nd, DIAG_BROADCAST_INTO), dst);
    NestBuild nb = nest_begin(fn, extent, nd, 0);
    IrIf s = ir_if(nb.body, scalar_truth(nb.body, ir_load(nb.body, nest_use(&nb, mask), nb.index)));
    Ref x = ir_load(nb.body, nest_use(&nb, src), nb.index);
    ir_store(nb.body, nest_use(&nb, dst), ir_cast(nb.body, x, ir_ty(fn, dst)->elem), nb.index);
    ir_else(nb.body, &s);
    ir_endif(nb.body, &s, REF_NONE, REF_NONE);
    nest_end(&nb, NULL, 0);
}

static void need_writable(Fn *fn, const NpRow *row, Ref a, const char *what)
{
    if (!ty_is_array(ir_ty(fn, a)))
        np_bad_arg(fn, row, "an array", a);
    np_need_writable(fn, a, what);
}

/* dst, src, casting=, where= */
Ref select_copyto(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    need_writable(fn, row, arg[0], "assignment destination");
    Ref src = ty_is_scalar(ir_ty(fn, arg[1])) ? arg[1] : ew_as_array(fn, arg[1]);
    ew_check_cast(fn, arg[2], "same_kind", ir_ty(fn, src), ir_ty(fn, arg[0])->elem);
    if (ref_is_none(arg[3]))
        ew_assign(fn, arg[0], arg[1]);
    else if (ir_ty(fn, arg[0])->ndim == 0)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "where= needs an array of one dimension or more");
    else
        assign_where(fn, arg[0], arg[1], arg[3]);
    return ir_none(fn);
}

/* indices ------------------------------------------------------------------------------------------------- */

/* mode= of take and put: the indices brought into 0 .. n-1 */
Ref np_index_mode(Fn *fn, const NpRow *row, Ref index, Ref mode, Ref extent)
{
    const char *s = np_absent(fn, mode) ? "raise" : np_text(fn, mode);
    Ref n = np_pyint(fn, extent), zero = ir_int(fn, ty(TY_PYINT), 0), one = ir_int(fn, ty(TY_PYINT), 1);
    if (s && !strcmp(s, "raise"))
        return index;
    if (s && !strcmp(s, "wrap"))
        return np_binary(fn, BIN_MOD, index, n, false);
    if (!s || strcmp(s, "clip"))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "mode must be 'raise', 'wrap' or 'clip'");
    Ref x[3] = { index, zero, np_binary(fn, BIN_SUB, n, one, false) };
    return ew_apply(fn, ufunc_row(UF_CLIP), x, 3, REF_NONE, NULL);
}

/* a, indices, axis=None, out=None, mode= */
Ref select_take(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]), i = arg[1];
    bool flat = np_absent(fn, arg[2]);
    if (!flat && ir_ty(fn, a)->ndim == 0)
        a = flat_of(fn, a);
    uint32_t axis = flat ? 0 : axes_one(fn, arg[2], ir_ty(fn, a)->ndim);
    if (flat)
        a = flat_of(fn, a);
    if (ty_is_array(ir_ty(fn, i)))
        ew_check_cast(fn, REF_NONE, "same_kind", ir_ty(fn, i), ty(TY_I64));
    if (!np_is_intlike(ir_ty(fn, i)))
        i = ew_as_array(fn, i);
    else if (ty_is_bool(ir_ty(fn, i)))
        i = np_pyint(fn, i);
    if (ty_is_array(ir_ty(fn, i)) && ty_is_bool(ir_ty(fn, i)->elem))
        i = ew_astype(fn, i, ty(TY_I64), ORDER_C);          /* 0 and 1: no mask */
    i = np_index_mode(fn, row, i, arg[4], ir_extent(fn, a, axis));
    Ref got = index_get(fn, a, key_on(fn, axis, i));
    if (np_absent(fn, arg[3])) {
        bool view = ty_is_array(ir_ty(fn, got)) && !ty_is_array(ir_ty(fn, i));
        return view ? ew_copy(fn, got, ORDER_C) : got;
    }
    need_writable(fn, row, arg[3], "WRITEBACKIFCOPY base");
    ew_assign(fn, arg[3], got);
    return arg[3];
}

/* condition, a, axis=None, out=None; data 1: the array first (the method) */
Ref select_compress(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref condition = ew_as_array(fn, arg[row->data ? 1 : 0]), index[NDIM_MAX], text = ir_i64(fn, (int64_t)(intptr_t)"condition must be a 1-d array");
    ir_check(fn, ir_bool(fn, ir_ty(fn, condition)->ndim == 1), DIAG_VALUE, &text, 1);
    condition = flat_of(fn, condition);
    fancy_nonzero(fn, condition, index);
    Ref take[5] = { arg[row->data ? 0 : 1], index[0], arg[2], arg[3], REF_NONE };
    return select_take(fn, row, take, 5);
}

/* condition, arr */
Ref select_extract(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref index[NDIM_MAX], a = flat_of(fn, ew_as_array(fn, arg[1]));
    fancy_nonzero(fn, flat_of(fn, ew_as_array(fn, arg[0])), index);
    return index_get(fn, a, index[0]);
}

/* arange(n) with nd axes, all but one of a single element. */
static Ref range_along(Fn *fn, Ref n, uint32_t axis, uint32_t nd)
{
    Ref a = ir_new(fn, ty_array(fn->unit->types, ty(TY_I64), 1, ORDER_C, false, NULL), &n, false);
    int from[NDIM_MAX];
    NestBuild nb = nest_begin(fn, &n, 1, 0);
    ir_store(nb.body, nest_use(&nb, a), nb.index[0], nb.index);
    nest_end(&nb, NULL, 0);
    for (uint32_t k = 0; k < nd; k++)
        from[k] = k == axis ? 0 : -1;
    return axes_view(fn, a, from, nd);
}

/* arr, indices, axis: the array that is read or written, and the key */
static Ref along_key(Fn *fn, const NpRow *row, Ref *a, Ref i, Ref axis)
{
    Ref key[NDIM_MAX];
    i = ew_as_array(fn, i);
    if (np_absent(fn, axis))
        *a = flat_of(fn, *a);
    uint32_t nd = ir_ty(fn, *a)->ndim, along = np_absent(fn, axis) ? 0 : axes_one(fn, axis, nd);
    if (!ty_is_int(ir_ty(fn, i)->elem))
        fail(fn->unit, np_pos(fn), DIAG_ALONG_INTS);
    if (ir_ty(fn, i)->ndim != nd)
        fail(fn->unit, np_pos(fn), DIAG_ALONG_AXIS);
    for (uint32_t k = 0; k < nd; k++)
        key[k] = k == along ? i : range_along(fn, ir_extent(fn, *a, k), k, nd);
    return np_aggregate(fn, TY_TUPLE, key, nd);
}

Ref select_take_along(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]), last = ir_int(fn, ty(TY_PYINT), -1);
    Ref key = along_key(fn, row, &a, arg[1], ref_is_none(arg[2]) ? last : arg[2]);
    return index_get(fn, a, key);
}

/* arr, indices, values, axis */
Ref select_put_along(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = arg[0];
    need_writable(fn, row, a, "assignment destination");
    Ref key = along_key(fn, row, &a, arg[1], arg[3]);
    index_set(fn, a, key, arg[2]);
    return ir_none(fn);
}

/* *args: an open mesh of index arrays */
Ref select_ix(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m;
    Ref *x = np_items(fn, arg[0], &m), index[NDIM_MAX];
    int from[NDIM_MAX];
    for (uint32_t k = 0; k < m; k++) {
        x[k] = ew_as_array(fn, x[k]);
        if (ir_ty(fn, x[k])->ndim != 1 || m > NDIM_MAX)
            fail(fn->unit, np_pos(fn), DIAG_IX);
        if (ty_is_bool(ir_ty(fn, x[k])->elem)) {
            fancy_nonzero(fn, x[k], index);
            x[k] = index[0];
        }
        for (uint32_t j = 0; j < m; j++)
            from[j] = j == k ? 0 : -1;
        x[k] = axes_view(fn, x[k], from, m);
    }
    return np_aggregate(fn, TY_TUPLE, x, m);
}
