/* ufunc.c: NumPy's ufuncs on one element: which loop runs for which dtypes, and what it computes. Nothing raises. */
#include "np/np_build.h"
#include "runtime/runtime.h"
#include <math.h>

typedef enum LoopTypes { T_ARITH, T_NOBOOL, T_BOOL_I8, T_REAL_I8, T_DIVIDE, T_F64, T_ABS, T_FLOAT, T_FLOATC, T_ROUND, T_COMPARE, T_PRED,
                     T_FLOAT_PRED, T_BITS, T_INT, T_SHIFT, T_LDEXP, T_WHERE, T_USER } LoopTypes;
typedef Ref (*Kernel)(Fn *fn, const UfuncRow *u, const Ref *x);
struct UfuncRow { const char *name; uint32_t nin; LoopTypes types; Kernel kernel; int data; struct Func *func; };

/* types ------------------------------------------------------------------------------------------------- */

static bool int_like(Ty t) { return ty_is_int(t) || ty_is_bool(t); }

static Ty common(const UfuncRow *u, const Ty *in)
{
    Ty t = in[0];
    for (uint32_t k = 1; k < u->nin && t; k++)
        t = promote_array(t, in[k]);
    return t ? ty_strong(t) : NULL;
}

/* The float type in which an integer is computed: NumPy takes float16 for 8 bits. */
static Ty float_for(Ty t)
{
    if (!int_like(t))
        return t;
    uint32_t bits = ty_bits(t);
    return ty(bits <= 8 ? TY_F16 : bits <= 16 ? TY_F32 : TY_F64);
}

static bool all(const UfuncRow *u, Ty in, Ty result, Ty *loop_in, Ty *out)
{
    for (uint32_t k = 0; k < u->nin; k++)
        loop_in[k] = in;
    *out = result;
    return true;
}

/* int64 with uint64 compares exactly, without a common type. */
static bool compare_types(const UfuncRow *u, const Ty *in, Ty t, Ty *loop_in, Ty *out)
{
    if (int_like(in[0]) && int_like(in[1]) && ty_is_float(t)) {
        for (uint32_t k = 0; k < 2; k++)
            loop_in[k] = in[k]->kind == TY_U64 ? in[k] : ty(TY_I64);
        *out = ty(TY_BOOL);
        return true;
    }
    for (uint32_t k = 0; k < 2; k++)        /* any int of Python's compares exactly, by the narrow type where it fits */
        if (in[k]->kind == TY_PYINT && in[1 - k] == t && ty_is_int(t) && t->kind != TY_I64) {
            loop_in[k] = in[k], loop_in[1 - k] = t;
            *out = ty(TY_BOOL);
            return true;
        }
    return all(u, t, ty(TY_BOOL), loop_in, out);
}

/* t: the operands' common type. NumPy takes the first loop that each integer alone fits: float16 for uint8 with int8. */
static bool float_types(const UfuncRow *u, const Ty *in, Ty t, Ty result, Ty *loop_in, Ty *out)
{
    Ty f = float_for(t);
    bool narrow = u->nin == 2 && int_like(in[0]) && int_like(in[1]) && !ty_is_weak(in[0]) && !ty_is_weak(in[1]);
    if (narrow)
        f = promote_array(float_for(in[0]), float_for(in[1]));
    return all(u, f, result ? result : f, loop_in, out);
}

static bool pred_types(const UfuncRow *u, const Ty *in, Ty *loop_in, Ty *out)
{
    for (uint32_t k = 0; k < u->nin; k++)
        loop_in[k] = ty_strong(in[k]);
    *out = ty(TY_BOOL);
    return true;
}

bool ufunc_types(Fn *fn, const UfuncRow *u, const Ty *in, Ty *loop_in, Ty *out)
{
    for (uint32_t k = 0; k < u->nin; k++)
        if (in[k]->cls == CLASS_NONE)
            return false;
    if (u->types == T_USER)
        return infer_user_types(fn, u->func, in, u->nin, loop_in, out);
    Ty t = common(u, in);
    if (!t)
        return false;
    bool z = ty_is_complex(t), b = ty_is_bool(t);
    Ty wide = b ? ty(TY_I8) : t;
    switch (u->types) {
    case T_ARITH: return all(u, t, t, loop_in, out);
    case T_NOBOOL: return !b && all(u, t, t, loop_in, out);
    case T_BOOL_I8: return all(u, wide, wide, loop_in, out);
    case T_REAL_I8: return !z && all(u, wide, wide, loop_in, out);
    case T_DIVIDE: return int_like(t) ? all(u, ty(TY_F64), ty(TY_F64), loop_in, out) : all(u, t, t, loop_in, out);
    case T_F64: t = ty(z ? TY_C128 : TY_F64); return all(u, t, t, loop_in, out);
    case T_ABS: return all(u, t, z ? ty_real(t) : t, loop_in, out);
    case T_FLOAT: return !z && float_types(u, in, t, NULL, loop_in, out);
    case T_FLOATC: return float_types(u, in, t, NULL, loop_in, out);
    case T_ROUND: return !z && all(u, t, t, loop_in, out);
    case T_COMPARE: return compare_types(u, in, t, loop_in, out);
    case T_PRED: return pred_types(u, in, loop_in, out);
    case T_FLOAT_PRED: return !z && float_types(u, in, t, ty(TY_BOOL), loop_in, out);
    case T_BITS: return int_like(t) && all(u, t, t, loop_in, out);
    case T_INT: return ty_is_int(t) && all(u, t, t, loop_in, out);
    case T_SHIFT: return int_like(t) && all(u, wide, wide, loop_in, out);
    case T_WHERE:                           /* a condition, and two values */
        t = promote_array(in[1], in[2]);
        return t && all(u, ty_strong(t), ty_strong(t), loop_in, out) && (loop_in[0] = ty(TY_BOOL));
    case T_LDEXP:
        if (!int_like(in[1]) || ty_is_complex(in[0]))
            return false;
        loop_in[0] = *out = float_for(ty_strong(in[0]));
        loop_in[1] = ty(TY_I64);
        return true;
    default: return false;
    }
}

/* kernels: operands have the loop types; float16 only where half_type() says so ------------------------------------------------------ */

static Ref zero_of(Fn *fn, Ref x) { return ir_zero(fn, ir_ty(fn, x)); }
static Ref nan_of(Fn *fn, Ref x) { return ir_cmp(fn, IR_NE, x, x); }

static Ref k_arith(Fn *fn, const UfuncRow *u, const Ref *x)
{
    static const uint8_t op[BIN_MAX] = { [BIN_ADD] = IR_ADD, [BIN_SUB] = IR_SUB, [BIN_MUL] = IR_MUL, [BIN_TRUEDIV] = IR_DIV };
    Ty t = ir_ty(fn, x[0]);
    if (ty_is_complex(t))
        return arith_complex(fn, u->data, x[0], x[1], true);
    if (ty_is_bool(t))
        return ir_bin(fn, u->data == BIN_ADD ? IR_OR : IR_AND, x[0], x[1]);
    return ir_bin(fn, op[u->data], x[0], x[1]);
}

static Ref k_divmod(Fn *fn, const UfuncRow *u, const Ref *x)
{
    return u->data == BIN_MOD ? arith_mod(fn, x[0], x[1]) : arith_floordiv(fn, x[0], x[1]);
}

/* C's remainder, the sign of the dividend. */
static Ref k_fmod(Fn *fn, const UfuncRow *u, const Ref *x)
{
    Ty t = ir_ty(fn, x[0]);
    if (ty_is_float(t))
        return ir_bin(fn, IR_REM, x[0], x[1]);
    return arith_rem_int(fn, x[0], x[1]);
}

static bool constant_exponent(Fn *fn, Ref x, int64_t *k)
{
    double d;
    if (ir_is_float(fn, x, &d) && d >= 0 && d <= 64 && d == (double)(int64_t)d) {
        *k = (int64_t)d;
        return true;
    }
    return ir_is_int(fn, x, k) && *k >= 0 && *k <= 64;
}

/* z**k for 1, 2, 3: a power of any zero is 0. */
static Ref complex_product(Fn *fn, Ref z, int64_t k)
{
    Ref zero = ir_zero(fn, ty_real(ir_ty(fn, z)));
    Ref none = ir_bin(fn, IR_AND, ir_cmp(fn, IR_EQ, ir_real(fn, z), zero), ir_cmp(fn, IR_EQ, ir_imag(fn, z), zero));
    return ir_select(fn, none, ir_zero(fn, ir_ty(fn, z)), arith_pow_const(fn, z, k));
}

static Ref k_power(Fn *fn, const UfuncRow *u, const Ref *x)
{
    int64_t k;
    Ty t = ir_ty(fn, x[0]);
    double d;
    bool constant = constant_exponent(fn, ty_is_complex(t) ? ir_real(fn, x[1]) : x[1], &k);
    if (ty_is_complex(t) && constant)
        constant = ir_is_float(fn, ir_imag(fn, x[1]), &d) && d == 0;
    if (ir_is_float(fn, x[1], &d) && d == 0.5)
        return ir_math1(fn, MATH_SQRT, x[0]);
    if (ir_is_float(fn, x[1], &d) && arith_pow_is_short(fn, d) && (t->kind == TY_F64 || d == floor(d)))
        return arith_pow_float(fn, x[0], d);            /* roots of float32 would be taken in float64 */
    if (constant && ty_is_complex(t) && k >= 1 && k <= 3)
        return complex_product(fn, x[0], k);
    if (constant && (int_like(t) || k <= 2))
        return arith_pow_const(fn, x[0], k);
    if (int_like(t) && !ty_is_unsigned(t))
        ir_check(fn, ir_cmp(fn, IR_GE, x[1], zero_of(fn, x[1])), DIAG_NEGATIVE_POWER, NULL, 0);
    if (int_like(t))
        return arith_pow_int(fn, x[0], x[1]);
    if (ty_is_complex(t))
        return arith_complex(fn, BIN_POW, x[0], x[1], true);
    return ir_math2(fn, MATH_POW, x[0], x[1]);
}

static Ref k_negative(Fn *fn, const UfuncRow *u, const Ref *x)
{
    Ty t = ir_ty(fn, x[0]);
    if (!ty_is_complex(t))
        return ir_un(fn, IR_NEG, x[0]);
    return ir_complex(fn, t, ir_un(fn, IR_NEG, ir_real(fn, x[0])), ir_un(fn, IR_NEG, ir_imag(fn, x[0])));
}

static Ref k_positive(Fn *fn, const UfuncRow *u, const Ref *x) { return x[0]; }
static Ref k_abs(Fn *fn, const UfuncRow *u, const Ref *x) { return arith_abs(fn, x[0]); }

/* A part of z / |z|: of an infinite number what is infinite in it is +-1 and the rest 0. */
static Ref sign_part(Fn *fn, Ref x, Ref size, Ref inf, Ref one, Ref zero)
{
    Ref is_inf = ir_cmp(fn, IR_EQ, ir_math1(fn, MATH_FABS, x), inf);
    Ref edge = ir_select(fn, is_inf, ir_math2(fn, MATH_COPYSIGN, one, x), zero);
    return ir_select(fn, ir_cmp(fn, IR_EQ, size, inf), edge, ir_select(fn, ir_cmp(fn, IR_EQ, size, zero), zero, ir_bin(fn, IR_DIV, x, size)));
}

static Ref complex_sign(Fn *fn, Ref z)
{
    Ref re = ir_real(fn, z), im = ir_imag(fn, z), size = arith_abs(fn, z);
    Ty t = ir_ty(fn, size);
    Ref inf = ir_float(fn, t, __builtin_inf()), one = ir_float(fn, t, 1), zero = ir_float(fn, t, 0), none = ir_float(fn, t, __builtin_nan(""));
    Ref a = sign_part(fn, re, size, inf, one, zero), b = sign_part(fn, im, size, inf, one, zero);
    Ref both = ir_bin(fn, IR_AND, ir_cmp(fn, IR_EQ, ir_math1(fn, MATH_FABS, re), inf), ir_cmp(fn, IR_EQ, ir_math1(fn, MATH_FABS, im), inf));
    Ref bad = ir_bin(fn, IR_OR, both, nan_of(fn, size));
    return ir_complex(fn, ir_ty(fn, z), ir_select(fn, bad, none, a), ir_select(fn, bad, none, b));
}

static Ref k_sign(Fn *fn, const UfuncRow *u, const Ref *x)
{
    Ty t = ir_ty(fn, x[0]);
    if (ty_is_complex(t))
        return complex_sign(fn, x[0]);
    Ref zero = zero_of(fn, x[0]), one = ty_is_float(t) ? ir_float(fn, t, 1) : ir_int(fn, t, 1);
    Ref r = ir_select(fn, ir_cmp(fn, IR_GT, x[0], zero), one, zero);
    if (!ty_is_unsigned(t))
        r = ir_select(fn, ir_cmp(fn, IR_LT, x[0], zero), ir_un(fn, IR_NEG, one), r);
    return ty_is_float(t) ? ir_select(fn, nan_of(fn, x[0]), x[0], r) : r;
}

static Ref k_square(Fn *fn, const UfuncRow *u, const Ref *x) { return arith_pow_const(fn, x[0], 2); }

/* Smith's division of 1, as NumPy makes it. */
static Ref complex_reciprocal(Fn *fn, Ref z)
{
    Ref re = ir_real(fn, z), im = ir_imag(fn, z), one = ir_float(fn, ir_ty(fn, re), 1);
    Ref flat = ir_cmp(fn, IR_LE, ir_math1(fn, MATH_FABS, im), ir_math1(fn, MATH_FABS, re));
    Ref big = ir_select(fn, flat, re, im), small = ir_select(fn, flat, im, re), r = ir_bin(fn, IR_DIV, small, big);
    Ref d = ir_bin(fn, IR_ADD, big, ir_bin(fn, IR_MUL, small, r));
    Ref a = ir_select(fn, flat, one, r), b = ir_select(fn, flat, r, one);
    return ir_complex(fn, ir_ty(fn, z), ir_bin(fn, IR_DIV, a, d), ir_bin(fn, IR_DIV, ir_un(fn, IR_NEG, b), d));
}

static Ref k_reciprocal(Fn *fn, const UfuncRow *u, const Ref *x)
{
    Ty t = ir_ty(fn, x[0]);
    if (ty_is_complex(t))
        return complex_reciprocal(fn, x[0]);
    if (ty_is_float(t))
        return ir_bin(fn, IR_DIV, ir_float(fn, t, 1), x[0]);
    Ref one = ir_int(fn, t, 1), zero = ir_int(fn, t, 0), r = ir_select(fn, ir_cmp(fn, IR_EQ, x[0], one), one, zero);
    r = ir_select(fn, ir_cmp(fn, IR_EQ, x[0], zero), ir_cast(fn, ir_float(fn, ty(TY_F64), __builtin_inf()), t), r);
    return ty_is_unsigned(t) ? r : ir_select(fn, ir_cmp(fn, IR_EQ, x[0], ir_int(fn, t, -1)), x[0], r);
}

static Ref k_conj(Fn *fn, const UfuncRow *u, const Ref *x)
{
    Ty t = ir_ty(fn, x[0]);
    return ty_is_complex(t) ? ir_complex(fn, t, ir_real(fn, x[0]), ir_un(fn, IR_NEG, ir_imag(fn, x[0]))) : x[0];
}

static Ref k_heaviside(Fn *fn, const UfuncRow *u, const Ref *x)
{
    Ty t = ir_ty(fn, x[0]);
    Ref zero = ir_float(fn, t, 0), at_zero = ir_cmp(fn, IR_EQ, x[0], zero);
    Ref r = ir_select(fn, ir_cmp(fn, IR_LT, x[0], zero), zero, ir_float(fn, t, 1));
    return ir_select(fn, nan_of(fn, x[0]), x[0], ir_select(fn, at_zero, x[1], r));
}

static Ref k_gcd(Fn *fn, const UfuncRow *u, const Ref *x)
{
    Ty t = ir_ty(fn, x[0]);
    return ir_cast(fn, u->data ? arith_lcm(fn, x[0], x[1]) : arith_gcd(fn, x[0], x[1]), t);
}

/* The function of cmath for one of math. -1: none. */
static int complex_function(int math)
{
    static const struct { uint8_t math, z; } row[] = {
        { MATH_EXP, RT_C_EXP }, { MATH_LOG, RT_C_LOG }, { MATH_SQRT, RT_C_SQRT }, { MATH_SIN, RT_C_SIN }, { MATH_COS, RT_C_COS },
        { MATH_TAN, RT_C_TAN }, { MATH_ASIN, RT_C_ASIN }, { MATH_ACOS, RT_C_ACOS }, { MATH_ATAN, RT_C_ATAN }, { MATH_SINH, RT_C_SINH },
        { MATH_COSH, RT_C_COSH }, { MATH_TANH, RT_C_TANH }, { MATH_ASINH, RT_C_ASINH }, { MATH_ACOSH, RT_C_ACOSH },
        { MATH_ATANH, RT_C_ATANH }, { MATH_LOG10, RT_C_LOG10 },
    };
    for (uint32_t k = 0; k < countof(row); k++)
        if (row[k].math == math)
            return row[k].z;
    return -1;
}

static Ref complex_scaled(Fn *fn, Ref z, double factor)
{
    Ref f = ir_cast(fn, ir_float(fn, ty(TY_F64), factor), ty_real(ir_ty(fn, z)));
    return ir_complex(fn, ir_ty(fn, z), ir_bin(fn, IR_MUL, ir_real(fn, z), f), ir_bin(fn, IR_MUL, ir_imag(fn, z), f));
}

/* log |z + 1| and its angle */
static Ref complex_log1p(Fn *fn, Ref z)
{
    Ref re = ir_real(fn, z), im = ir_imag(fn, z), one = ir_float(fn, ir_ty(fn, re), 1), more = ir_bin(fn, IR_ADD, re, one);
    return ir_complex(fn, ir_ty(fn, z), ir_math1(fn, MATH_LOG, ir_math2(fn, MATH_HYPOT, more, im)), ir_math2(fn, MATH_ATAN2, im, more));
}

/* e^x cos y - 1 = (e^x - 1) cos y - 2 sin(y/2)^2 */
static Ref complex_expm1(Fn *fn, Ref z)
{
    Ref re = ir_real(fn, z), im = ir_imag(fn, z);
    Ty t = ir_ty(fn, re);
    Ref a = ir_math1(fn, MATH_SIN, ir_bin(fn, IR_MUL, im, ir_float(fn, t, 0.5)));
    Ref first = ir_bin(fn, IR_MUL, ir_math1(fn, MATH_EXPM1, re), ir_math1(fn, MATH_COS, im));
    Ref second = ir_bin(fn, IR_MUL, ir_bin(fn, IR_MUL, ir_float(fn, t, 2), a), a);
    return ir_complex(fn, ir_ty(fn, z), ir_bin(fn, IR_SUB, first, second),
                      ir_bin(fn, IR_MUL, ir_math1(fn, MATH_EXP, re), ir_math1(fn, MATH_SIN, im)));
}

/* The float16 behind x on the way to y: one more or less, as an integer. */
static Ref half_after(Fn *fn, Ref x, Ref y)
{
    Ty t = ir_ty(fn, x);
    Ref zero = ir_float(fn, t, 0), one = ir_int(fn, ty(TY_I16), 1), bits = ir_bitcast(fn, x, ty(TY_I16));
    Ref grows = ir_cmp(fn, IR_EQ, ir_cmp(fn, IR_LT, x, y), ir_cmp(fn, IR_GT, x, zero));
    Ref r = ir_bitcast(fn, ir_bin(fn, IR_ADD, bits, ir_select(fn, grows, one, ir_int(fn, ty(TY_I16), -1))), t);
    Ref least = ir_math2(fn, MATH_COPYSIGN, ir_bitcast(fn, one, t), y);
    r = ir_select(fn, ir_cmp(fn, IR_EQ, x, zero), least, r);
    r = ir_select(fn, ir_cmp(fn, IR_EQ, x, y), y, r);
    return ir_select(fn, nan_of(fn, x), x, ir_select(fn, nan_of(fn, y), y, r));
}

static Ref next_after(Fn *fn, Ref x, Ref y)
{
    return ir_ty(fn, x)->kind == TY_F16 ? half_after(fn, x, y) : ir_math2(fn, MATH_NEXTAFTER, x, y);
}

static Ref k_nextafter(Fn *fn, const UfuncRow *u, const Ref *x) { return next_after(fn, x[0], x[1]); }

static Ref k_math(Fn *fn, const UfuncRow *u, const Ref *x)
{
    if (!ty_is_complex(ir_ty(fn, x[0])))
        return ir_math(fn, u->data, x, u->nin);
    if (u->data == MATH_LOG1P || u->data == MATH_EXPM1)
        return u->data == MATH_LOG1P ? complex_log1p(fn, x[0]) : complex_expm1(fn, x[0]);
    if (u->data == MATH_EXP2)
        return arith_cfun(fn, RT_C_EXP, complex_scaled(fn, x[0], 0.69314718055994530942));
    if (u->data == MATH_LOG2)
        return complex_scaled(fn, arith_cfun(fn, RT_C_LOG, x[0]), 1.44269504088896340736);
    return arith_cfun(fn, complex_function(u->data), x[0]);
}

static Ref k_scale(Fn *fn, const UfuncRow *u, const Ref *x)
{
    double f = u->data ? 180.0 / 3.14159265358979323846 : 3.14159265358979323846 / 180.0;
    return ir_bin(fn, IR_MUL, x[0], ir_float(fn, ir_ty(fn, x[0]), f));
}

/* log(exp(a) + exp(b)), or to base 2 */
static Ref k_logaddexp(Fn *fn, const UfuncRow *u, const Ref *x)
{
    Ty t = ir_ty(fn, x[0]);
    bool two = u->data;
    Ref d = ir_bin(fn, IR_SUB, x[0], x[1]);
    Ref e = ir_math1(fn, two ? MATH_EXP2 : MATH_EXP, ir_un(fn, IR_NEG, arith_abs(fn, d)));
    Ref tail = ir_math1(fn, MATH_LOG1P, e);
    if (two)
        tail = ir_bin(fn, IR_MUL, tail, ir_float(fn, t, 1.44269504088896340736));
    Ref r = ir_bin(fn, IR_ADD, arith_min(fn, x[0], x[1], true), tail);
    Ref equal = ir_bin(fn, IR_ADD, x[0], ir_float(fn, t, two ? 1.0 : 0.69314718055994530942));
    r = ir_select(fn, nan_of(fn, d), d, r);
    return ir_select(fn, ir_cmp(fn, IR_EQ, x[0], x[1]), equal, r);
}

static Ref k_round(Fn *fn, const UfuncRow *u, const Ref *x)
{
    return ty_is_float(ir_ty(fn, x[0])) ? ir_math1(fn, u->data, x[0]) : x[0];
}

static Ref k_rint(Fn *fn, const UfuncRow *u, const Ref *x)
{
    Ty t = ir_ty(fn, x[0]);
    if (!ty_is_complex(t))
        return ir_math1(fn, MATH_RINT, x[0]);
    return ir_complex(fn, t, ir_math1(fn, MATH_RINT, ir_real(fn, x[0])), ir_math1(fn, MATH_RINT, ir_imag(fn, x[0])));
}

static Ref has_nan(Fn *fn, Ref x)
{
    if (ty_is_complex(ir_ty(fn, x)))
        return ir_bin(fn, IR_OR, nan_of(fn, ir_real(fn, x)), nan_of(fn, ir_imag(fn, x)));
    return nan_of(fn, x);
}

/* data: 1 the maximum, 2 a nan loses, 4 of equal ones (0.0 and -0.0) the first. Else of float32 and float64 it is the second, as of
 * x86's instruction and so of NumPy's loops. */
static Ref k_minmax(Fn *fn, const UfuncRow *u, const Ref *x)
{
    Ty t = ir_ty(fn, x[0]);
    bool first = u->data & (2 | 4) || ty_is_complex(t) || t->kind == TY_F16;
    CmpOp op = u->data & 1 ? first ? CMP_GE : CMP_GT : first ? CMP_LE : CMP_LT;
    Ref r = ir_select(fn, arith_compare(fn, op, x[0], x[1]), x[0], x[1]);
    if (int_like(t))
        return r;
    if (u->data & 2)
        return ir_select(fn, has_nan(fn, x[1]), x[0], ir_select(fn, has_nan(fn, x[0]), x[1], r));
    return ir_select(fn, has_nan(fn, x[0]), x[0], ir_select(fn, has_nan(fn, x[1]), x[1], r));
}

static Ref k_clip(Fn *fn, const UfuncRow *u, const Ref *x)
{
    UfuncRow most = *ufunc_row(UF_MAXIMUM), less = *ufunc_row(UF_MINIMUM);
    most.data |= 4, less.data |= 4;
    return k_minmax(fn, &less, (Ref[]){ k_minmax(fn, &most, x), x[2] });
}

static Ref k_where(Fn *fn, const UfuncRow *u, const Ref *x) { return ir_select(fn, x[0], x[1], x[2]); }

/* a op x, where x is an int that a's type may not hold: then what the answer is depends on its sign alone. */
static Ref compare_weak(Fn *fn, CmpOp op, Ref a, Ref x)
{
    Ty t = ir_ty(fn, a);
    Ref wide = ir_cast(fn, x, ty(TY_I64)), zero = ir_i64(fn, 0), narrow = ir_cast(fn, wide, t);
    Ref fits = np_int_fits(fn, wide, t), other = ir_un(fn, IR_NOT, fits), is = arith_compare(fn, op, a, narrow);
    if (op == CMP_NE)
        return ir_bin(fn, IR_OR, other, is);
    is = ir_bin(fn, IR_AND, fits, is);
    if (op == CMP_EQ)
        return is;
    Ref beyond = ir_cmp(fn, op == CMP_LT || op == CMP_LE ? IR_GT : IR_LT, wide, zero);
    return ir_bin(fn, IR_OR, is, ir_bin(fn, IR_AND, other, beyond));
}

static Ref k_compare(Fn *fn, const UfuncRow *u, const Ref *x)
{
    bool first = ir_ty(fn, x[0])->kind == TY_PYINT, second = ir_ty(fn, x[1])->kind == TY_PYINT;
    if (first == second)
        return arith_compare(fn, u->data, x[0], x[1]);
    return second ? compare_weak(fn, u->data, x[0], x[1]) : compare_weak(fn, cmp_mirrored[u->data], x[1], x[0]);
}

static Ref k_logical(Fn *fn, const UfuncRow *u, const Ref *x)
{
    if (u->nin == 1)
        return ir_un(fn, IR_NOT, scalar_truth(fn, x[0]));
    return ir_bin(fn, u->data, scalar_truth(fn, x[0]), scalar_truth(fn, x[1]));
}

static Ref k_bitwise(Fn *fn, const UfuncRow *u, const Ref *x)
{
    return u->nin == 1 ? ir_un(fn, u->data, x[0]) : ir_bin(fn, u->data, x[0], x[1]);
}

static Ref k_shift(Fn *fn, const UfuncRow *u, const Ref *x) { return arith_shift(fn, u->data, x[0], x[1]); }

static Ref float_pred(Fn *fn, Ref x, int which)
{
    Ref size = ir_math1(fn, MATH_FABS, x), inf = ir_float(fn, ir_ty(fn, x), __builtin_inf());
    return which == 0 ? nan_of(fn, x) : ir_cmp(fn, which == 1 ? IR_EQ : IR_LT, size, inf);
}

/* which: 0 isnan, 1 isinf, 2 isfinite */
static Ref pred(Fn *fn, Ref x, int which)
{
    Ty t = ir_ty(fn, x);
    if (ty_is_float(t))
        return float_pred(fn, x, which);
    if (!ty_is_complex(t))
        return ir_bool(fn, which == 2);
    return ir_bin(fn, which == 2 ? IR_AND : IR_OR, float_pred(fn, ir_real(fn, x), which), float_pred(fn, ir_imag(fn, x), which));
}

static Ref k_isnan(Fn *fn, const UfuncRow *u, const Ref *x) { return pred(fn, x[0], 0); }
static Ref k_isinf(Fn *fn, const UfuncRow *u, const Ref *x) { return pred(fn, x[0], 1); }
static Ref k_isfinite(Fn *fn, const UfuncRow *u, const Ref *x) { return pred(fn, x[0], 2); }

static Ref k_signbit(Fn *fn, const UfuncRow *u, const Ref *x)
{
    Ty t = ir_ty(fn, x[0]);
    return ir_cmp(fn, IR_LT, ir_math2(fn, MATH_COPYSIGN, ir_float(fn, t, 1), x[0]), ir_float(fn, t, 0));
}

/* As NumPy's: of float16 never negative. */
static Ref k_spacing(Fn *fn, const UfuncRow *u, const Ref *x)
{
    bool half = ir_ty(fn, x[0])->kind == TY_F16;
    Ref inf = ir_float(fn, ir_ty(fn, x[0]), __builtin_inf()), plus = ir_bin(fn, IR_ADD, x[0], zero_of(fn, x[0]));    /* 0 of -0 */
    Ref away = half ? inf : ir_math2(fn, MATH_COPYSIGN, inf, plus), step = ir_bin(fn, IR_SUB, next_after(fn, x[0], away), x[0]);
    return half ? ir_bin(fn, IR_ADD, step, ir_bin(fn, IR_SUB, x[0], x[0])) : step;     /* nan of -inf */
}

static Ref k_ldexp(Fn *fn, const UfuncRow *u, const Ref *x)
{
    Ref a[2] = { ir_cast(fn, x[0], ty(TY_F64)), x[1] };
    return ir_cast(fn, ir_rt(fn, RT_LDEXP, ty(TY_F64), a, 2), ir_ty(fn, x[0]));
}

static Ref k_user(Fn *fn, const UfuncRow *u, const Ref *x) { return infer_call_complete(fn, u->func, x, u->nin); }

/* table -------------------------------------------------------------------------------------------------- */

static const UfuncRow ufunc[] = {
#define KERNEL UFUNC
#define UFUNC(id, name, nin, types, kernel, data) [UF_##id] = { name, nin, T_##types, k_##kernel, data },
#include "np/ufunc.def"
#undef KERNEL
#undef UFUNC
};

const UfuncRow *ufunc_row(UfuncId id) { return &ufunc[id]; }
const char *ufunc_name(const UfuncRow *u) { return u->name; }

const UfuncRow *ufunc_of_func(Fn *fn, struct Func *f, const char *name, uint32_t nin)
{
    UfuncRow *u = arena_new_of(fn->unit->arena, UfuncRow);
    *u = (UfuncRow){ name, nin, T_USER, k_user, 0, f };
    return u;
}

/* What float16 is computed in: rounding to it from float32 is rounding once where float32 is exact or rounded once itself. */
static Ty half_type(const UfuncRow *u)
{
    if (u->kernel == k_nextafter || u->kernel == k_spacing || u->kernel == k_minmax)
        return ty(TY_F16);
    bool dear = (u->kernel == k_math && !math_row[u->data].intrinsic) || u->kernel == k_power || u->kernel == k_logaddexp;
    return ty(dear ? TY_F64 : TY_F32);
}

Ref ufunc_kernel(Fn *fn, const UfuncRow *u, const Ref *x, Ty out)
{
    Ref wide[3];
    if (u->types == T_USER)
        return infer_number(fn, u->kernel(fn, u, x), out);
    for (uint32_t k = 0; k < u->nin; k++)
        wide[k] = ir_ty(fn, x[k])->kind == TY_F16 ? ir_cast(fn, x[k], half_type(u)) : x[k];
    return ir_cast(fn, u->kernel(fn, u, wide), out);
}

const UfuncRow *ufunc_of_binop(BinOp op)
{
    static const int16_t row[BIN_MAX] = { UF_ADD, UF_BITWISE_AND, UF_FLOOR_DIVIDE, UF_LEFT_SHIFT, -1, UF_MULTIPLY, UF_REMAINDER,
        UF_BITWISE_OR, UF_POWER, UF_RIGHT_SHIFT, UF_SUBTRACT, UF_DIVIDE, UF_BITWISE_XOR };
    return row[op] < 0 ? NULL : &ufunc[row[op]];
}

const UfuncRow *ufunc_of_unop(UnOp op)
{
    static const uint8_t row[UN_MAX] = { UF_NEGATIVE, UF_POSITIVE, UF_INVERT, UF_LOGICAL_NOT };
    return &ufunc[row[op]];
}

const UfuncRow *ufunc_of_cmp(CmpOp op)
{
    static const uint8_t row[CMP_MAX] = { UF_LESS, UF_LESS_EQUAL, UF_EQUAL, UF_NOT_EQUAL, UF_GREATER, UF_GREATER_EQUAL };
    return &ufunc[row[op]];
}

Ref build_ufunc(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    const UfuncRow *u = &ufunc[row->data];
    Ref out = arg[u->nin], dtype = arg[u->nin + 1], where = arg[u->nin + 2], casting = arg[u->nin + 3];
    const char *rule = ref_is_none(casting) ? "same_kind" : np_text(fn, casting);
    if (!rule)
        np_bad_arg(fn, row, "a constant string for casting=", casting);
    if (!ref_is_none(out) && ir_ty(fn, out)->kind == TY_NONE)
        out = REF_NONE;
    if (!ref_is_none(out) && ir_ty(fn, out)->kind == TY_TUPLE)
        out = ir_item(fn, out, 0);
    Ref r = ew_apply_where(fn, u, arg, u->nin, out, np_absent(fn, dtype) ? NULL : create_dtype(fn, dtype, NULL), where,
                           !strcmp(rule, "unsafe"));
    Order order = create_order(fn, arg[u->nin + 4], ORDER_A);
    Ty t = ir_ty(fn, r);
    bool as_asked = order == ORDER_A || !ref_is_none(out) || !ty_is_array(t) || t->ndim < 2 || t->order == order;
    return as_asked ? r : ew_copy(fn, r, order);
}
