/* mathlib.c: the modules math and cmath: nan or inf where CPython raises; ints accepted. */
#include "np/np_build.h"
#include "runtime/runtime.h"

static Ref number(Fn *fn, const NpRow *row, Ref x)
{
    Ty t = ir_ty(fn, x);
    if (t->kind == TY_OPTIONAL)
        x = np_convert(fn, x, t = t->elem);
    if (!ty_is_scalar(t) || t->kind == TY_PTR)
        np_bad_arg(fn, row, ty_is_array(t) ? "a number (NumPy's functions take arrays)" : "a number", x);
    return x;
}

/* A number as a float: float32 stays, anything else is Python's float. */
static Ref real(Fn *fn, const NpRow *row, Ref x)
{
    Ty t = ir_ty(fn, x = number(fn, row, x));
    if (ty_is_complex(t))
        fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, row->path, "the argument", "a real number", ty_name(t));
    return ir_cast(fn, x, ty(t->kind == TY_F32 ? TY_F32 : TY_PYFLOAT));
}

static void real2(Fn *fn, const NpRow *row, const Ref *arg, Ref *x)
{
    x[0] = real(fn, row, arg[0]);
    x[1] = real(fn, row, arg[1]);
    if (ir_ty(fn, x[0]) != ir_ty(fn, x[1])) {
        x[0] = ir_cast(fn, x[0], ty(TY_PYFLOAT));
        x[1] = ir_cast(fn, x[1], ty(TY_PYFLOAT));
    }
}

static Ref integer(Fn *fn, const NpRow *row, Ref x)
{
    Ty t = ir_ty(fn, x = number(fn, row, x));
    if (!ty_is_int(t) && !ty_is_bool(t))
        fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, row->path, "the argument", "an int", ty_name(t));
    return ir_cast(fn, x, ty(TY_PYINT));
}

static Ref pyint(Fn *fn, int64_t v) { return ir_int(fn, ty(TY_PYINT), v); }
static Ref real_like(Fn *fn, Ref x, double v) { return ir_float(fn, ir_ty(fn, x), v); }

static void check_value(Fn *fn, Ref ok, const char *message)
{
    Ref text = ir_i64(fn, (int64_t)(intptr_t)message);
    ir_check(fn, ok, DIAG_VALUE, &text, 1);
}

static Ref tuple_of(Fn *fn, const Ref *x, uint32_t n)
{
    Ty item[4];
    for (uint32_t k = 0; k < n; k++)
        item[k] = ir_ty(fn, x[k]);
    return ir_tuple(fn, ty_tuple(fn->unit->types, item, n), x, n);
}

/* reals ---------------------------------------------------------------------------------------------------- */

Ref math_fun1(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return ir_math1(fn, row->data, real(fn, row, arg[0])); }

Ref math_fun2(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x[2];
    real2(fn, row, arg, x);
    return ir_math2(fn, row->data, x[0], x[1]);
}

Ref math_fma(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x[3];
    for (int k = 0; k < 3; k++)
        x[k] = ir_cast(fn, real(fn, row, arg[k]), ty(TY_PYFLOAT));
    return ir_math(fn, MATH_FMA, x, 3);
}

Ref math_pow(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x[2];
    real2(fn, row, arg, x);
    return ir_math2(fn, MATH_POW, x[0], x[1]);
}

Ref math_log(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x[2] = { real(fn, row, arg[0]) };
    if (ref_is_none(arg[1]))
        return ir_math1(fn, MATH_LOG, x[0]);
    real2(fn, row, arg, x);
    return ir_bin(fn, IR_DIV, ir_math1(fn, MATH_LOG, x[0]), ir_math1(fn, MATH_LOG, x[1]));
}

Ref math_scale(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = real(fn, row, arg[0]);
    double f = row->data ? 180.0 / 3.14159265358979323846 : 3.14159265358979323846 / 180.0;
    return ir_bin(fn, IR_MUL, x, real_like(fn, x, f));
}

/* floor, ceil, trunc → int; data: MathId */
Ref math_round(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = number(fn, row, arg[0]);
    if (!ty_is_float(ir_ty(fn, x)))
        return integer(fn, row, x);
    return np_whole(fn, ir_math1(fn, row->data, real(fn, row, x)));
}

/* data: 0 isnan, 1 isinf, 2 isfinite; math and cmath */
Ref math_test(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    static const uint8_t of[] = { UF_ISNAN, UF_ISINF, UF_ISFINITE };
    Ref x = number(fn, row, arg[0]);
    return ufunc_kernel(fn, ufunc_row(of[row->data]), &x, ty(TY_BOOL));
}

Ref math_signbit(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = real(fn, row, arg[0]);
    return ufunc_kernel(fn, ufunc_row(UF_SIGNBIT), &x, ty(TY_BOOL));
}

Ref math_frexp(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = ir_cast(fn, real(fn, row, arg[0]), ty(TY_F64));
    Ref first[2] = { x, ir_i64(fn, 0) }, second[2] = { x, ir_i64(fn, 1) };
    Ref pair[2] = { ir_cast(fn, ir_rt(fn, RT_FREXP, ty(TY_F64), first, 2), ty(TY_PYFLOAT)),
                    ir_cast(fn, ir_rt(fn, RT_FREXP, ty(TY_F64), second, 2), ty(TY_PYINT)) };
    return tuple_of(fn, pair, 2);
}

Ref math_modf(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = real(fn, row, arg[0]), whole = ir_math1(fn, MATH_TRUNC, x), zero = real_like(fn, x, 0);
    Ref infinite = ir_cmp(fn, IR_EQ, ir_math1(fn, MATH_FABS, x), real_like(fn, x, __builtin_inf()));
    Ref part = ir_select(fn, infinite, zero, ir_bin(fn, IR_SUB, x, whole));
    Ref pair[2] = { ir_math2(fn, MATH_COPYSIGN, part, x), whole };
    return tuple_of(fn, pair, 2);
}

Ref math_ldexp(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x[2] = { ir_cast(fn, real(fn, row, arg[0]), ty(TY_F64)), ir_cast(fn, integer(fn, row, arg[1]), ty(TY_I64)) };
    return ir_cast(fn, ir_rt(fn, RT_LDEXP, ty(TY_F64), x, 2), ty(TY_PYFLOAT));
}

Ref math_ulp(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = ir_math1(fn, MATH_FABS, real(fn, row, arg[0])), inf = real_like(fn, x, __builtin_inf());
    Ref up = ir_math2(fn, MATH_NEXTAFTER, x, inf), down = ir_math2(fn, MATH_NEXTAFTER, x, ir_un(fn, IR_NEG, inf));
    Ref at_top = ir_cmp(fn, IR_EQ, up, inf);
    Ref r = ir_select(fn, at_top, ir_bin(fn, IR_SUB, x, down), ir_bin(fn, IR_SUB, up, x));
    return ir_select(fn, ir_cmp(fn, IR_EQ, x, inf), inf, r);
}

Ref math_isclose(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x[2];
    real2(fn, row, arg, x);
    Ty t = ir_ty(fn, x[0]);
    Ref rel = ref_is_none(arg[2]) ? ir_float(fn, t, 1e-9) : ir_cast(fn, real(fn, row, arg[2]), t);
    Ref least = ref_is_none(arg[3]) ? ir_float(fn, t, 0) : ir_cast(fn, real(fn, row, arg[3]), t);
    Ref inf = ir_float(fn, t, __builtin_inf()), d = ir_math1(fn, MATH_FABS, ir_bin(fn, IR_SUB, x[0], x[1]));
    Ref size = arith_min(fn, ir_math1(fn, MATH_FABS, x[0]), ir_math1(fn, MATH_FABS, x[1]), true);
    Ref near = ir_cmp(fn, IR_LE, d, arith_min(fn, ir_bin(fn, IR_MUL, rel, size), least, true));
    near = ir_bin(fn, IR_AND, near, ir_cmp(fn, IR_LT, size, inf));
    return ir_bin(fn, IR_OR, near, ir_cmp(fn, IR_EQ, x[0], x[1]));
}

/* hypot(*coordinates), dist(p, q): pairwise hypot avoids overflow */
Ref math_hypot(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m = ir_ty(fn, arg[0])->nitem;
    Ref r = m ? ir_math1(fn, MATH_FABS, real(fn, row, ir_item(fn, arg[0], 0))) : ir_float(fn, ty(TY_PYFLOAT), 0);
    for (uint32_t k = 1; k < m; k++) {
        Ref x[2], pair[2] = { k == 1 ? ir_item(fn, arg[0], 0) : r, ir_item(fn, arg[0], k) };
        real2(fn, row, pair, x);
        r = ir_math2(fn, MATH_HYPOT, x[0], x[1]);
    }
    return r;
}

Ref math_dist(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty p = ir_ty(fn, arg[0]), q = ir_ty(fn, arg[1]);
    if (!ty_is_items(p) || !ty_is_items(q) || p->nitem != q->nitem)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "both points must be tuples of one length");
    Ref r = ir_float(fn, ty(TY_PYFLOAT), 0);
    for (uint32_t k = 0; k < p->nitem; k++) {
        Ref d = np_binary(fn, BIN_SUB, ir_item(fn, arg[0], k), ir_item(fn, arg[1], k), false);
        d = ir_cast(fn, real(fn, row, d), ty(TY_PYFLOAT));
        r = k ? ir_math2(fn, MATH_HYPOT, r, d) : ir_math1(fn, MATH_FABS, d);
    }
    return r;
}

/* integers --------------------------------------------------------------------------------------------------- */

static Ref gcd(Fn *fn, Ref a, Ref b)
{
    return ir_cast(fn, arith_gcd(fn, a, b), ty(TY_PYINT));
}

static Ref lcm(Fn *fn, Ref a, Ref b)
{
    return arith_abs(fn, ir_bin(fn, IR_MUL, arith_floordiv(fn, a, gcd(fn, a, b)), b));
}

/* gcd(*ints), lcm(*ints): data 1 */
Ref math_gcd(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m = ir_ty(fn, arg[0])->nitem;
    Ref r = pyint(fn, row->data);
    for (uint32_t k = 0; k < m; k++) {
        Ref x = integer(fn, row, ir_item(fn, arg[0], k));
        r = m == 1 ? arith_abs(fn, x) : k == 0 ? x : row->data ? lcm(fn, r, x) : gcd(fn, r, x);
    }
    return r;
}

Ref math_factorial(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = integer(fn, row, arg[0]), one = pyint(fn, 1);
    check_value(fn, ir_cmp(fn, IR_GE, x, pyint(fn, 0)), "factorial() not defined for negative values");
    IrLoop l = ir_loop(fn, ir_cast(fn, x, ty(TY_I64)), &one, 1);
    Ref next = ir_bin(fn, IR_MUL, l.carried[0], ir_bin(fn, IR_ADD, ir_cast(fn, l.index, ty(TY_PYINT)), one));
    ir_endloop(fn, &l, &next);
    return l.carried[0];
}

/* floor(sqrt(n)): the float root is off by at most one */
Ref math_isqrt(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = integer(fn, row, arg[0]), one = pyint(fn, 1);
    check_value(fn, ir_cmp(fn, IR_GE, x, pyint(fn, 0)), "isqrt() argument must be nonnegative");
    Ref r = ir_cast(fn, ir_math1(fn, MATH_SQRT, ir_cast(fn, x, ty(TY_F64))), ty(TY_PYINT));
    r = arith_min(fn, r, pyint(fn, 3037000499), false);
    r = ir_select(fn, ir_cmp(fn, IR_GT, ir_bin(fn, IR_MUL, r, r), x), ir_bin(fn, IR_SUB, r, one), r);
    Ref up = arith_min(fn, ir_bin(fn, IR_ADD, r, one), pyint(fn, 3037000499), false);
    return ir_select(fn, ir_cmp(fn, IR_LE, ir_bin(fn, IR_MUL, up, up), x), up, r);
}

/* data: 0 perm(n, k=n), 1 comb(n, k) */
Ref math_comb(Fn *fn, const NpRow *row, const Ref *arg, uint32_t nargs)
{
    Ref n = integer(fn, row, arg[0]), zero = pyint(fn, 0), one = pyint(fn, 1);
    Ref k = ref_is_none(arg[1]) ? n : integer(fn, row, arg[1]);
    check_value(fn, ir_cmp(fn, IR_GE, n, zero), "n must be a non-negative integer");
    check_value(fn, ir_cmp(fn, IR_GE, k, zero), "k must be a non-negative integer");
    Ref none = ir_cmp(fn, IR_GT, k, n);
    if (row->data)
        k = arith_min(fn, k, ir_bin(fn, IR_SUB, n, k), false);
    k = ir_select(fn, none, zero, k);
    IrLoop l = ir_loop(fn, ir_cast(fn, k, ty(TY_I64)), &one, 1);
    Ref i = ir_cast(fn, l.index, ty(TY_PYINT));
    Ref next = ir_bin(fn, IR_MUL, l.carried[0], ir_bin(fn, IR_SUB, n, i));
    if (row->data)
        next = ir_bin(fn, IR_DIV, next, ir_bin(fn, IR_ADD, i, one));
    ir_endloop(fn, &l, &next);
    return ir_select(fn, none, zero, l.carried[0]);
}

/* math.prod of a tuple, or of another iterable of numbers. */
Ref math_prod(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref acc = ref_is_none(arg[1]) ? pyint(fn, 1) : number(fn, row, arg[1]), source = np_iter_start(fn, arg[0]);
    Ty s = ir_ty(fn, source);
    for (uint32_t k = 0; ty_is_items(s) && k < s->nitem; k++)
        acc = np_binary(fn, BIN_MUL, acc, ir_item(fn, source, k), false);
    if (ty_is_items(s))
        return acc;
    Ty value = np_loop_number(s);
    if (!value)
        fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, row->path, "the argument", "an iterable of numbers", ty_name(s));
    Ty t = promote_scalar(ir_ty(fn, acc), value);
    acc = ir_cast(fn, acc, t);
    IrLoop l = ir_loop(fn, np_iter_count(fn, source), &acc, 1);
    Ref next = ir_cast(fn, scalar_binary(fn, BIN_MUL, l.carried[0], np_iter_value(fn, source, l.index)), t);
    ir_endloop(fn, &l, &next);
    return l.carried[0];
}

/* cmath ------------------------------------------------------------------------------------------------------ */

static Ref complex_arg(Fn *fn, const NpRow *row, Ref x)
{
    Ty t = ir_ty(fn, x = number(fn, row, x));
    return ir_cast(fn, x, ty(t->kind == TY_C64 ? TY_C64 : TY_PYCOMPLEX));
}

/* data: RtComplex */
Ref cmath_fun(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return arith_cfun(fn, row->data, complex_arg(fn, row, arg[0])); }

Ref cmath_log(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref z = arith_cfun(fn, RT_C_LOG, complex_arg(fn, row, arg[0]));
    if (ref_is_none(arg[1]))
        return z;
    Ref base = ir_cast(fn, arith_cfun(fn, RT_C_LOG, complex_arg(fn, row, arg[1])), ir_ty(fn, z));
    return arith_complex(fn, BIN_TRUEDIV, z, base, false);
}

static Ref phase(Fn *fn, Ref z) { return ir_math2(fn, MATH_ATAN2, ir_imag(fn, z), ir_real(fn, z)); }

Ref cmath_phase(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return phase(fn, complex_arg(fn, row, arg[0])); }

Ref cmath_polar(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref z = complex_arg(fn, row, arg[0]), pair[2] = { arith_abs(fn, z), phase(fn, z) };
    return tuple_of(fn, pair, 2);
}

Ref cmath_rect(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref r = ir_cast(fn, real(fn, row, arg[0]), ty(TY_PYFLOAT)), phi = ir_cast(fn, real(fn, row, arg[1]), ty(TY_PYFLOAT));
    Ref re = ir_bin(fn, IR_MUL, r, ir_math1(fn, MATH_COS, phi)), im = ir_bin(fn, IR_MUL, r, ir_math1(fn, MATH_SIN, phi));
    return ir_complex(fn, ty(TY_PYCOMPLEX), re, im);
}
