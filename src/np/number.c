/* number.c: the built-in functions of numbers, NumPy's scalar constructors, attributes and methods of scalars. */
#include <Python.h>
#include "np/np_build.h"
#include "runtime/runtime.h"

Ref bi_abs(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = np_value_of(fn, arg[0]);
    Ty t = ir_ty(fn, x);
    if (ty_is_array(t))
        return ew_apply(fn, ufunc_row(UF_ABSOLUTE), &x, 1, REF_NONE, NULL);
    if (!np_is_number(t))
        np_bad_arg(fn, row, "a number", x);
    return arith_abs(fn, np_is_intlike(t) ? scalar_unary(fn, UN_POS, x) : x);
}

Ref bi_bool(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    return ref_is_none(arg[0]) ? ir_bool(fn, false) : np_truth(fn, arg[0]);
}

static Ref one_element(Fn *fn, const NpRow *row, Ref x)
{
    Ref index[NDIM_MAX];
    Ty t = ir_ty(fn, x = np_value_of(fn, x));
    if (np_is_number(t))
        return x;
    if (!ty_is_array(t))
        np_bad_arg(fn, row, "a number", x);
    ir_check(fn, ir_cmp(fn, IR_EQ, ir_nelem(fn, x), ir_i64(fn, 1)), DIAG_ONE_ELEMENT, NULL, 0);
    for (uint32_t k = 0; k < t->ndim; k++)
        index[k] = ir_i64(fn, 0);
    return ir_load(fn, x, index);
}

/* Raises for nan and infinity. */
static void check_finite(Fn *fn, Ref x)
{
    Ref size = ir_math1(fn, MATH_FABS, x), inf = ir_float(fn, ir_ty(fn, x), __builtin_inf());
    ir_check(fn, ir_cmp(fn, IR_EQ, x, x), DIAG_FLOAT_TO_INT_NAN, NULL, 0);
    ir_check(fn, ir_cmp(fn, IR_NE, size, inf), DIAG_FLOAT_TO_INT_INF, NULL, 0);
}

/* All that is refused gives INT64_MIN: one comparison on the way, with a number that fits an instruction. */
Ref np_whole(Fn *fn, Ref x)
{
    Ref k = ir_trunc(fn, x);
    IrIf s = ir_if(fn, ir_cmp(fn, IR_LT, k, ir_i64(fn, INT32_MIN / 2)));
    fn->blk.at[fn->cur].cold = true;
    check_finite(fn, x);
    ir_else(fn, &s);
    ir_endif(fn, &s, REF_NONE, REF_NONE);
    return np_pyint(fn, k);
}

Ref bi_int(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    if (ref_is_none(arg[0]))
        return ir_int(fn, ty(TY_PYINT), 0);
    if (ir_ty(fn, arg[0])->kind == TY_STR) {
        Ref text[2] = { arg[0], np_absent(fn, arg[1]) ? ir_i64(fn, 10) : ir_cast(fn, arg[1], ty(TY_I64)) };
        return ir_rt(fn, RT_INT_FROM_STR, ty(TY_PYINT), text, 2);
    }
    Ref x = one_element(fn, row, arg[0]);
    if (ty_is_complex(ir_ty(fn, x)) || !ref_is_none(arg[1]))
        np_bad_arg(fn, row, "a real number", x);
    if (ir_ty(fn, x)->kind == TY_U64)
        return x;               /* int64 does not hold it */
    return ty_is_float(ir_ty(fn, x)) ? np_whole(fn, x) : np_pyint(fn, x);
}

Ref bi_float(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    if (ref_is_none(arg[0]))
        return ir_float(fn, ty(TY_PYFLOAT), 0);
    Ref x = np_value_of(fn, arg[0]);
    if (ir_ty(fn, x)->kind == TY_STR && ir_ins(fn, x)->op == IR_CONST) {
        PyObject *f = PyFloat_FromString((PyObject *)(uintptr_t)((const uint64_t *)ir_ins(fn, x)->imm.p)[0]);
        if (!f)
            fail_py(fn->unit);
        double d = PyFloat_AsDouble(f);
        Py_DECREF(f);
        return ir_float(fn, ty(TY_PYFLOAT), d);
    }
    if (ir_ty(fn, x)->kind == TY_STR)
        return ir_rt(fn, RT_FLOAT_FROM_STR, ty(TY_PYFLOAT), &x, 1);
    x = one_element(fn, row, x);
    if (ty_is_complex(ir_ty(fn, x)))
        np_bad_arg(fn, row, "a real number", x);
    return ir_cast(fn, x, ty(TY_PYFLOAT));
}

static Ref complex_of_text(Fn *fn, Ref text)
{
    Ref frame = ir_emit_imm(fn, IR_SCRATCH, ty(TY_PTR), NULL, 0, 16), arg[2] = { text, frame }, part[2];
    ir_rt(fn, RT_COMPLEX_FROM_STR, ty(TY_NONE), arg, 2);
    for (int k = 0; k < 2; k++) {
        Ref at = ir_offset(fn, frame, ir_i64(fn, 8 * k));
        part[k] = ir_cast(fn, ir_emit(fn, IR_PEEK, ty(TY_F64), &at, 1), ty(TY_PYFLOAT));
    }
    return ir_complex(fn, ty(TY_PYCOMPLEX), part[0], part[1]);
}

/* complex(re, im): im may itself be complex */
Ref bi_complex(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty z = ty(TY_PYCOMPLEX);
    if (!ref_is_none(arg[0]) && ref_is_none(arg[1]) && ir_ty(fn, arg[0])->kind == TY_STR)
        return complex_of_text(fn, arg[0]);
    Ref re = ref_is_none(arg[0]) ? ir_zero(fn, z) : ir_cast(fn, one_element(fn, row, arg[0]), z);
    if (ref_is_none(arg[1]))
        return re;
    Ref im = ir_cast(fn, one_element(fn, row, arg[1]), z);
    return ir_complex(fn, z, ir_bin(fn, IR_SUB, ir_real(fn, re), ir_imag(fn, im)), ir_bin(fn, IR_ADD, ir_imag(fn, re), ir_real(fn, im)));
}

/* numpy.int32(x) ...: data: TyKind. Of an array: astype. A cast wraps, as Numba's. */
Ref bi_cast(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty to = ty((TyKind)row->data);
    if (ref_is_none(arg[0]))
        return ir_zero(fn, to);
    Ref x = np_value_of(fn, arg[0]);
    Ty t = ir_ty(fn, x);
    if (ty_is_array(t) || ty_is_sequence(t)) {
        Ref a = ew_as_array(fn, x);
        return ir_ty(fn, a)->elem == to ? a : ew_astype(fn, a, to, ORDER_A);
    }
    if (!np_is_number(t) || (ty_is_complex(t) && !ty_is_complex(to) && !ty_is_bool(to)))
        np_bad_arg(fn, row, "a number", x);
    return ty_is_bool(to) ? scalar_truth(fn, x) : ir_cast(fn, x, to);
}

static Ref round_int(Fn *fn, Ref x, Ref digits)
{
    int64_t k;
    Ref arg[2] = { scalar_unary(fn, UN_POS, x), digits };
    return ir_is_int(fn, digits, &k) && k >= 0 ? arg[0] : infer_call_lib(fn, "sequences", "round_int", arg, 2, NULL, 0);
}

Ref bi_round(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = np_value_of(fn, arg[0]);
    Ty t = ir_ty(fn, x);
    if (!np_is_number(t) || ty_is_complex(t))
        np_bad_arg(fn, row, "a real number", x);
    bool whole = np_absent(fn, arg[1]);
    if (np_is_intlike(t))
        return whole ? scalar_unary(fn, UN_POS, x) : round_int(fn, x, arg[1]);
    if (t->kind == TY_F16)
        x = ir_cast(fn, x, ty(TY_F32));
    if (whole)
        return np_whole(fn, ir_math1(fn, MATH_RINT, x));
    Ref a[2] = { ir_cast(fn, x, ty(TY_F64)), np_convert(fn, arg[1], ty(TY_I64)) };
    return ir_cast(fn, ir_rt(fn, RT_ROUND_DIGITS, ty(TY_F64), a, 2), t);
}

Ref bi_pow(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x[3];
    if (np_absent(fn, arg[2]))
        return np_binary(fn, BIN_POW, arg[0], arg[1], false);
    for (int k = 0; k < 3; k++) {
        if (!np_is_intlike(ir_ty(fn, arg[k])))
            np_bad_arg(fn, row, "an int where there is a third one", arg[k]);
        x[k] = ir_cast(fn, arg[k], ty(TY_I64));
    }
    return np_pyint(fn, ir_rt(fn, RT_POW_MOD, ty(TY_I64), x, 3));
}

Ref bi_divmod(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    if (np_is_number(ir_ty(fn, arg[0])) && np_is_number(ir_ty(fn, arg[1])))
        scalar_check_divmod(fn, arg[0], arg[1]);
    Ref pair[2] = { np_binary(fn, BIN_FLOORDIV, arg[0], arg[1], false), np_binary(fn, BIN_MOD, arg[0], arg[1], false) };
    return np_aggregate(fn, TY_TUPLE, pair, 2);
}

/* attributes and methods ------------------------------------------------------------------------------------ */

/* data: 0 real, 1 imag, 2 conjugate */
Ref bi_part(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = arg[0];
    Ty t = ir_ty(fn, x);
    if (!ty_is_complex(t))
        return row->data == 1 ? ir_zero(fn, ty_is_bool(t) ? ty(TY_PYINT) : t) : ty_is_bool(t) ? np_pyint(fn, x) : x;
    if (row->data == 2)
        return ir_complex(fn, t, ir_real(fn, x), ir_un(fn, IR_NEG, ir_imag(fn, x)));
    return row->data ? ir_imag(fn, x) : ir_real(fn, x);
}

/* data: 0 numerator, 1 denominator of an int */
Ref bi_ratio(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]);
    if (!np_is_intlike(t))
        np_bad_arg(fn, row, "an int", arg[0]);
    return row->data == 1 ? ir_int(fn, ty(TY_PYINT), 1) : row->data == 2 && ty_is_int(t) ? arg[0] : scalar_unary(fn, UN_POS, arg[0]);
}

Ref bi_item_at(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return ir_item(fn, arg[0], (uint32_t)row->data); }
/* uint64 has values that int has not. */
Ref np_python_number(Fn *fn, Ref x)
{
    Ty t = ir_ty(fn, x);
    TyKind kind = ty_is_complex(t) ? TY_PYCOMPLEX : ty_is_float(t) ? TY_PYFLOAT : ty_is_int(t) && t->kind != TY_U64 ? TY_PYINT : t->kind;
    return ir_cast(fn, x, ty(kind));
}

Ref bi_item(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return np_python_number(fn, arg[0]); }
Ref bi_same(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return arg[0]; }
Ref bi_pyint(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return ir_int(fn, ty(TY_PYINT), row->data); }

Ref bi_is_integer(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = arg[0];
    if (!ty_is_float(ir_ty(fn, x)))
        return ir_bool(fn, !ty_is_complex(ir_ty(fn, x)));
    Ref d = ir_bin(fn, IR_SUB, x, ir_math1(fn, MATH_TRUNC, x));      /* inf - inf is nan */
    return ir_cmp(fn, IR_EQ, d, ir_float(fn, ir_ty(fn, x), 0));
}

static Ref magnitude(Fn *fn, const NpRow *row, Ref x)
{
    if (!np_is_intlike(ir_ty(fn, x)))
        np_bad_arg(fn, row, "an int", x);
    if (ty_is_unsigned(ir_ty(fn, x)))
        return ir_cast(fn, x, ty(TY_U64));
    return ir_cast(fn, arith_abs(fn, ir_cast(fn, x, ty(TY_I64))), ty(TY_U64));
}

static Ref u64(Fn *fn, uint64_t v) { return ir_int(fn, ty(TY_U64), (int64_t)v); }

static Ref popcount(Fn *fn, Ref x)
{
    static const uint64_t mask[] = { 0x5555555555555555, 0x3333333333333333, 0x0f0f0f0f0f0f0f0f };
    for (int k = 0; k < 3; k++) {
        Ref high = ir_bin(fn, IR_AND, ir_bin(fn, IR_SHR, x, u64(fn, 1u << k)), u64(fn, mask[k]));
        x = ir_bin(fn, IR_ADD, ir_bin(fn, IR_AND, x, u64(fn, mask[k])), high);
    }
    x = ir_bin(fn, IR_MUL, x, u64(fn, 0x0101010101010101));
    return np_pyint(fn, ir_bin(fn, IR_SHR, x, u64(fn, 56)));
}

/* data: 0 bit_count, 1 bit_length: the count of the bits below the highest and it */
Ref bi_bits(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = magnitude(fn, row, arg[0]);
    for (int k = 0; k < 6 && row->data; k++)
        x = ir_bin(fn, IR_OR, x, ir_bin(fn, IR_SHR, x, u64(fn, 1u << k)));
    return popcount(fn, x);
}
