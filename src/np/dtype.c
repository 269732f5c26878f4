/* dtype.c: dtypes as values, functions of types, and the same bits as another dtype. */
#include "np/np_build.h"

/* data 1: one TUPLE of arguments */
Ref dtype_call(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    if (row->data == 0)
        return infer_constant_call(fn, row->path, arg, n);
    uint32_t m;
    Ref *item = np_items(fn, arg[0], &m);
    return infer_constant_call(fn, row->path, item, m);
}

/* Of an array its dtype, of a number the least dtype that holds it: a constant. */
Ref dtype_least(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]);
    return ty_is_array(t) && t->ndim > 0 ? infer_dtype_value(fn, t->elem) : dtype_call(fn, row, arg, n);
}

/* data: 's' a scalar? 'r', 'c': of real, complex elements? */
Ref dtype_is(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]);
    if (row->data == 's')
        return ir_bool(fn, np_is_number(t) || t->kind == TY_STR);
    if (!np_is_number(t))
        t = ir_ty(fn, ew_as_array(fn, arg[0]))->elem;
    return ir_bool(fn, ty_is_complex(t) == (row->data == 'c'));
}

Ref dtype_size(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    return ir_int(fn, ty(TY_PYINT), ty_strong(ir_ty(fn, arg[0]))->nbytes);
}

/* Any cast that NumPy's default casting="unsafe" makes. */
Ref dtype_astype(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]), to = create_dtype(fn, arg[1], ty(TY_F64));
    return ir_cast(fn, ty_is_complex(t) && !ty_is_complex(to) ? ir_real(fn, arg[0]) : arg[0], to);
}

static Ref view_scalar(Fn *fn, Ref x, Ty to)
{
    Ty t = ir_ty(fn, x);
    if (ty_is_weak(t))
        fail(fn->unit, np_pos(fn), DIAG_NO_METHOD, ty_name(t), "view");
    if (t->nbytes != to->nbytes || ty_is_complex(t) != ty_is_complex(to) || ty_is_bool(t) != ty_is_bool(to))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "view", "a scalar can be seen only as a dtype of the same size and number of parts");
    return ty_part(t) == ty_part(to) ? ir_retype(fn, x, to) : ir_bitcast(fn, x, to);
}

static void check_text(Fn *fn, Ref ok, const char *text)
{
    Ref t = ir_i64(fn, (int64_t)(intptr_t)text);
    ir_check(fn, ok, DIAG_VALUE, &t, 1);
}

/* The last axis has another number of elements: it must be contiguous, and hold a whole number of them. */
static void view_resized(Fn *fn, Strided *s, uint32_t had, uint32_t nbytes)
{
    Ref *extent = &s->extent[s->nd - 1], *stride = &s->stride[s->nd - 1], want = ir_i64(fn, nbytes), have = ir_i64(fn, had);
    Ref total = ir_bin(fn, IR_MUL, *extent, have);
    check_text(fn, ir_cmp(fn, IR_EQ, *stride, have), "To change to a dtype of a different size, the last axis must be contiguous");
    if (nbytes > had)
        check_text(fn, ir_cmp(fn, IR_EQ, ir_bin(fn, IR_REM, total, want), ir_i64(fn, 0)),
                   "When changing to a larger dtype, its size must be a divisor of the total size in bytes of the last axis of the array.");
    *extent = ir_bin(fn, IR_DIV, total, want);
    *stride = want;
}

Ref dtype_view(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]), to = create_dtype(fn, arg[1], NULL);
    if (!ty_is_array(t))
        return to ? view_scalar(fn, arg[0], to) : arg[0];
    if (!to) {
        int axis[NDIM_MAX];
        for (int k = 0; k < t->ndim; k++)
            axis[k] = k;
        return axes_view(fn, arg[0], axis, t->ndim);
    }
    Strided s = strided_of(fn, arg[0]);
    bool resized = to->nbytes != t->elem->nbytes;
    if (resized && s.nd == 0)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "view", "Changing the dtype of a 0d array is only supported if the itemsize is unchanged");
    if (resized)
        view_resized(fn, &s, t->elem->nbytes, to->nbytes);
    return strided_view(fn, &s, to, resized && t->order == ORDER_F ? ORDER_A : t->order, false);
}
