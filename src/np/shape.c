/* shape.c: attributes of arrays, the same data in another shape. */
#include "np/np_build.h"
#include "runtime/runtime.h"

static Ref pyint(Fn *fn, Ref x) { return ir_cast(fn, x, ty(TY_PYINT)); }

Ref shape_view(Fn *fn, Ref array, const Ref *extent, uint32_t ndim, Order order)
{
    Ty t = ir_ty(fn, array), vt = ty_array(fn->unit->types, t->elem, ndim, ndim < 2 ? ORDER_C : order, t->readonly, NULL);
    ViewMap map = { .start = { ir_i64(fn, 0) } };
    Ref step = ir_i64(fn, 1);
    bool vector = t->ndim == 1 && order == ORDER_C;
    for (uint32_t k = ndim; vector && k-- > 0; step = ir_bin(fn, IR_MUL, step, extent[k]))
        map.step[k] = step;
    return ir_view_object(fn, vt, array, ir_data(fn, array), extent, NULL, vector ? &map : NULL);
}

/* As NumPy shows it: 0 in a new array without elements. */
static Ref stride_shown(Fn *fn, Ref array, uint32_t k)
{
    Ref stride = ir_stride(fn, array, k), zero = ir_i64(fn, 0);
    return ty_has_strides(ir_ty(fn, array)) ? stride : ir_select(fn, ir_cmp(fn, IR_EQ, ir_nelem(fn, array), zero), zero, stride);
}

/* data 0: shape, 1: strides */
static Ref int_tuple(Fn *fn, Ref array, bool strides)
{
    uint32_t nd = ir_ty(fn, array)->ndim;
    Ref item[NDIM_MAX];
    Ty t[NDIM_MAX];
    for (uint32_t k = 0; k < nd; k++) {
        item[k] = pyint(fn, strides ? stride_shown(fn, array, k) : ir_extent(fn, array, k));
        t[k] = ty(TY_PYINT);
    }
    return ir_tuple(fn, ty_tuple(fn->unit->types, t, nd), item, nd);
}

Ref shape_part(Fn *fn, Ref vector, Ref from, const Ref *extent, uint32_t ndim)
{
    Ty t = ir_ty(fn, vector), part = ty_array(fn->unit->types, t->elem, ndim, ORDER_C, t->readonly, NULL);
    Ref nbytes = ir_bin(fn, IR_MUL, from, ir_i64(fn, t->elem->nbytes));
    return ir_view(fn, part, vector, ir_offset(fn, ir_data(fn, vector), nbytes), extent, NULL, NULL);
}

Ref attr_shape(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    if (np_is_number(ir_ty(fn, arg[0])))
        return np_aggregate(fn, TY_TUPLE, NULL, 0);
    return int_tuple(fn, ew_as_array(fn, arg[0]), row->data == 1);
}

/* data: 'd' ndim, 's' size, 'i' itemsize, 'n' nbytes */
Ref attr_number(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]);
    if (n > 1 && !np_absent(fn, arg[1]))        /* np.size(a, axis) */
        return pyint(fn, ir_extent(fn, a, axes_one(fn, arg[1], ir_ty(fn, a)->ndim)));
    Ty t = ir_ty(fn, a);
    Ref item = ir_i64(fn, t->elem->nbytes);
    switch (row->data) {
    case 'd': return ir_int(fn, ty(TY_PYINT), t->ndim);
    case 's': return pyint(fn, ir_nelem(fn, a));
    case 'i': return pyint(fn, item);
    default: return pyint(fn, ir_bin(fn, IR_MUL, ir_nelem(fn, a), item));
    }
}

Ref attr_dtype(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]);
    return infer_dtype_value(fn, ty_is_array(t) ? t->elem : t);
}

Ref attr_flat(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]);
    return ir_tuple(fn, ty_aggregate(fn->unit->types, TY_FLAT, &t, 1, NULL), arg, 1);
}

/* A TUPLE of a single tuple or of None is what is inside. */
Ref np_open_rest(Fn *fn, Ref x)
{
    if (ref_is_none(x) || !ty_is_items(ir_ty(fn, x)) || ir_ty(fn, x)->nitem != 1)
        return x;
    Ref in = ir_item(fn, x, 0);
    return ty_is_items(ir_ty(fn, in)) || ir_ty(fn, in)->kind == TY_NONE ? in : x;
}

/* data 0: real, 1: imag */
Ref attr_real(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]);
    Ty t = ir_ty(fn, a);
    if (!ty_is_complex(t->elem))
        return row->data ? create_like(fn, a, NULL, true) : a;
    Strided s = strided_of(fn, a);
    s.ptr = ir_offset(fn, s.ptr, ir_i64(fn, row->data ? t->elem->nbytes / 2 : 0));
    return strided_view(fn, &s, ty_real(t->elem), ORDER_A, false);
}

Ref shape_fits(Fn *fn, const Ref *extent, uint32_t nd)
{
    Ref one = ir_i64(fn, 1), r = ir_float(fn, ty(TY_F64), 1);
    for (uint32_t k = 0; k < nd; k++) {
        Ref factor = ir_select(fn, ir_cmp(fn, IR_LT, extent[k], one), one, extent[k]);
        r = ir_bin(fn, IR_MUL, r, ir_cast(fn, factor, ty(TY_F64)));
    }
    return ir_cmp(fn, IR_LT, r, ir_float(fn, ty(TY_F64), 0x1p62));
}

/* The extents asked for, -1 worked out; fails where they do not hold as many elements as a. */
static void reshape_extents(Fn *fn, Ref a, const Ref *given, uint32_t nd, Ref *extent)
{
    Ref arg[NDIM_MAX + 2], one = ir_i64(fn, 1), zero = ir_i64(fn, 0), known = one, total = ir_nelem(fn, a);
    Ref product = one, nneg = zero;
    if (nd == 1 && ref_eq(given[0], total)) {
        extent[0] = total;
        return;
    }
    arg[0] = total;
    arg[1] = ir_i64(fn, nd);
    for (uint32_t k = 0; k < nd; k++) {
        extent[k] = ir_cast(fn, given[k], ty(TY_I64));
        arg[k + 2] = extent[k];
        Ref neg = ir_cmp(fn, IR_LT, extent[k], zero);
        nneg = ir_bin(fn, IR_ADD, nneg, ir_select(fn, neg, one, zero));
        known = ir_bin(fn, IR_MUL, known, ir_select(fn, neg, one, extent[k]));
    }
    Ref nothing = ir_cmp(fn, IR_EQ, known, zero), rest = ir_bin(fn, IR_DIV, total, ir_select(fn, nothing, one, known));
    Ref fits = shape_fits(fn, extent, nd);
    Ref any_rest = ir_bin(fn, IR_AND, nothing, ir_cmp(fn, IR_EQ, nneg, one));
    for (uint32_t k = 0; k < nd; k++) {
        extent[k] = ir_select(fn, ir_cmp(fn, IR_LT, extent[k], zero), rest, extent[k]);
        product = ir_bin(fn, IR_MUL, product, extent[k]);
    }
    ir_check(fn, ir_cmp(fn, IR_LE, nneg, one), DIAG_ONE_UNKNOWN, NULL, 0);
    ir_check(fn, ir_cmp(fn, IR_EQ, product, total), DIAG_RESHAPE, arg, nd + 2);
    ir_check(fn, fits, DIAG_RESHAPE, arg, nd + 2);
    ir_check(fn, ir_un(fn, IR_NOT, any_rest), DIAG_RESHAPE, arg, nd + 2);
}

Ref shape_reshape(Fn *fn, Ref a, const Ref *given, uint32_t nd)
{
    Ty t = ir_ty(fn, a);
    Ref extent[NDIM_MAX];
    reshape_extents(fn, a, given, nd, extent);
    if (t->order == ORDER_C || t->ndim == 0)
        return shape_view(fn, a, extent, nd, ORDER_C);
    if (t->order == ORDER_F)
        return shape_view(fn, ew_copy(fn, a, ORDER_C), extent, nd, ORDER_C);
    IrIf s = ir_if(fn, attr_contiguous(fn, a, false));
    Ref view = shape_view(fn, a, extent, nd, ORDER_C);
    ir_else(fn, &s);
    Ref copied = shape_view(fn, ew_copy(fn, a, ORDER_C), extent, nd, ORDER_C);
    if (t->readonly)
        copied = ir_retype(fn, copied, ir_ty(fn, view));
    return ir_endif(fn, &s, view, copied);
}

static void poke_all(Fn *fn, Ref to, const Ref *x, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++) {
        Ref arg[2] = { ir_offset(fn, to, ir_i64(fn, 8 * k)), x[k] };
        ir_emit(fn, IR_POKE, ty(TY_NONE), arg, 2);
    }
}

/* reshape(): a view wherever there are strides for one, as in NumPy, so that writes reach a; else a copy. */
static Ref reshape_or_copy(Fn *fn, Ref a, const Ref *given, uint32_t nd)
{
    Ty t = ir_ty(fn, a);
    Ref extent[NDIM_MAX], p[4] = { ir_i64(fn, t->ndim), REF_NONE, ir_i64(fn, nd), REF_NONE };
    if (t->order == ORDER_C || t->ndim == 0 || nd == 0)
        return shape_reshape(fn, a, given, nd);
    reshape_extents(fn, a, given, nd, extent);
    Strided s = strided_of(fn, a);
    for (uint32_t k = 1; k < 4; k += 2)
        p[k] = ir_emit_imm(fn, IR_SCRATCH, ty(TY_PTR), NULL, 0, 16 * NDIM_MAX);
    poke_all(fn, p[1], s.extent, t->ndim);
    poke_all(fn, ir_offset(fn, p[1], ir_i64(fn, 8 * t->ndim)), s.stride, t->ndim);
    poke_all(fn, p[3], extent, nd);
    IrIf in_place = ir_if(fn, ir_rt(fn, RT_RESHAPE, ty(TY_BOOL), p, 4));
    Strided v = { .array = a, .ptr = s.ptr, .nd = nd };
    for (uint32_t k = 0; k < nd; k++) {
        Ref at = ir_offset(fn, p[3], ir_i64(fn, 8 * (nd + k)));
        v.extent[k] = extent[k];
        v.stride[k] = ir_emit(fn, IR_PEEK, ty(TY_I64), &at, 1);
    }
    Ref view = strided_view(fn, &v, t->elem, ORDER_A, false);
    ir_else(fn, &in_place);
    Ref copied = np_convert(fn, shape_view(fn, ew_copy(fn, a, ORDER_C), extent, nd, ORDER_C), ir_ty(fn, view));
    return ir_endif(fn, &in_place, view, copied);
}

/* array, shape (an int, a tuple, or the rest of the arguments), order= */
Ref method_reshape(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]), shape = np_open_rest(fn, arg[1]), extent[NDIM_MAX];
    Ty t = ir_ty(fn, shape);
    uint32_t nd = ty_is_items(t) ? t->nitem : 1;
    bool f = create_order(fn, arg[2], ir_ty(fn, a)->order == ORDER_F ? ORDER_F : ORDER_C) == ORDER_F && !np_absent(fn, arg[2]);
    axes_need(fn, nd, "the shape");
    for (uint32_t k = 0; k < nd; k++) {
        Ref e = ty_is_items(t) ? ir_item(fn, shape, k) : shape;
        if (!ty_is_int(ir_ty(fn, e)))
            fail(fn->unit, np_pos(fn), DIAG_CAST, ty_name(t), "a shape");
        extent[f ? nd - 1 - k : k] = e;
    }
    return f ? axes_turned(fn, reshape_or_copy(fn, axes_turned(fn, a), extent, nd)) : reshape_or_copy(fn, a, extent, nd);
}

/* array, order=; data 0: ravel, 1: flatten */
Ref method_ravel(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]), all = ir_nelem(fn, a);
    if (create_order(fn, arg[1], ir_ty(fn, a)->order == ORDER_F ? ORDER_F : ORDER_C) == ORDER_F && !np_absent(fn, arg[1]))
        a = axes_turned(fn, a);
    if (row->data == 1)
        return shape_view(fn, ew_copy(fn, a, ORDER_C), &all, 1, ORDER_C);
    return shape_reshape(fn, a, &all, 1);
}

Ref method_fill(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    ew_fill(fn, arg[0], arg[1]);
    return ir_none(fn);
}

Ref method_item(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref key = np_open_rest(fn, arg[1]), zero[NDIM_MAX];
    Ty t = ir_ty(fn, key);
    if (ty_is_items(t) && t->nitem > 0) {
        Ref x = arg[0];
        if (t->nitem == 1 && np_is_intlike(t->item[0]) && ir_ty(fn, x)->ndim != 1) {
            np_unravel(fn, flat_index(fn, ir_item(fn, key, 0), ir_nelem(fn, x)), x, zero);
            return np_python_number(fn, ir_load(fn, x, zero));
        }
        x = index_get(fn, x, key);
        if (!ty_is_scalar(ir_ty(fn, x)))
            fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "item", "incorrect number of indices for array");
        return np_python_number(fn, x);
    }
    Ref one = ir_cmp(fn, IR_EQ, ir_nelem(fn, arg[0]), ir_i64(fn, 1));
    Ref what = ir_i64(fn, (int64_t)(intptr_t)"can only convert an array of size 1 to a Python scalar");
    ir_check(fn, one, DIAG_VALUE, &what, 1);
    for (uint32_t k = 0; k < NDIM_MAX; k++)
        zero[k] = ir_i64(fn, 0);
    return np_python_number(fn, ir_load(fn, arg[0], zero));
}
