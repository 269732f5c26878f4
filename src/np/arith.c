/* arith.c: pieces of arithmetic that Python's scalars and NumPy's kernels share. Operands have one type; nothing raises. */
#include "np/np_build.h"
#include "runtime/runtime.h"
#include <math.h>

static Ref lit(Fn *fn, Ty t, int64_t v)
{
    return ty_is_float(t) ? ir_float(fn, t, (double)v) : ir_int(fn, t, v);
}

static Ref both(Fn *fn, Ref a, Ref b) { return ir_bin(fn, IR_AND, a, b); }
static Ref negative(Fn *fn, Ref a) { return ir_cmp(fn, IR_LT, a, lit(fn, ir_ty(fn, a), 0)); }

/* A divisor that DIV may have: 1 where b is 0, or -1 (then the caller negates). *minus_one: where b is -1. */
static Ref safe_divisor(Fn *fn, Ref b, Ref *zero, Ref *minus_one)
{
    Ty t = ir_ty(fn, b);
    Ref one = ir_int(fn, t, 1);
    *zero = ir_cmp(fn, IR_EQ, b, ir_int(fn, t, 0));
    *minus_one = ty_is_unsigned(t) ? ir_bool(fn, false) : ir_cmp(fn, IR_EQ, b, ir_int(fn, t, -1));
    return ir_select(fn, ir_bin(fn, IR_OR, *zero, *minus_one), one, b);
}

/* b is 1, 2, 4 ...: a shift and a mask, which are floored too. */
static bool is_power_of_two(Fn *fn, Ref b, int64_t *value)
{
    return ir_is_int(fn, b, value) && *value > 0 && (*value & (*value - 1)) == 0;
}

/* a / d and what is left. No machine divides vectors of integers; in array expressions a quotient of floats with enough bits,
 * which rounds to a whole number only if it is one, is cut to it. */
static Ref truncated(Fn *fn, Ref a, Ref d, Ref *rest)
{
    Ty t = ir_ty(fn, a), f = ty(ty_bits(t) <= 16 ? TY_F32 : TY_F64);
    if (!fn->parent || ty_bits(t) > 32 || ir_is_const(fn, d)) {
        Ref q = ir_bin(fn, IR_DIV, a, d);
        *rest = ir_bin(fn, IR_REM, a, d);
        return q;
    }
    Ref q = ir_cast(fn, ir_bin(fn, IR_DIV, ir_cast(fn, a, f), ir_cast(fn, d, f)), t);
    *rest = ir_bin(fn, IR_SUB, a, ir_bin(fn, IR_MUL, q, d));
    return q;
}

static Ref int_divmod(Fn *fn, Ref a, Ref b, Ref *mod)
{
    Ref is_zero, is_minus;
    Ty t = ir_ty(fn, a);
    int64_t n;
    if (is_power_of_two(fn, b, &n)) {
        *mod = ir_bin(fn, IR_AND, a, ir_int(fn, t, n - 1));
        return ir_bin(fn, IR_SHR, a, ir_int(fn, t, __builtin_ctzll((uint64_t)n)));
    }
    Ref zero = ir_int(fn, t, 0), d = safe_divisor(fn, b, &is_zero, &is_minus);
    Ref r, q = truncated(fn, a, d, &r);
    if (!ty_is_unsigned(t)) {
        Ref fix = both(fn, ir_cmp(fn, IR_NE, r, zero), negative(fn, ir_bin(fn, IR_XOR, r, b)));
        q = ir_select(fn, fix, ir_bin(fn, IR_SUB, q, ir_int(fn, t, 1)), q);
        r = ir_select(fn, fix, ir_bin(fn, IR_ADD, r, b), r);
        q = ir_select(fn, is_minus, ir_un(fn, IR_NEG, a), q);
    }
    *mod = r;
    return ir_select(fn, is_zero, zero, q);
}

/* CPython's float_divmod, which is NumPy's too. */
static Ref float_divmod(Fn *fn, Ref a, Ref b, Ref *mod)
{
    Ty t = ir_ty(fn, a);
    Ref zero = ir_float(fn, t, 0), one = ir_float(fn, t, 1);
    Ref m = ir_bin(fn, IR_REM, a, b), q = ir_bin(fn, IR_DIV, ir_bin(fn, IR_SUB, a, m), b);
    Ref nonzero = ir_cmp(fn, IR_NE, m, zero);
    Ref differ = ir_cmp(fn, IR_NE, negative(fn, b), negative(fn, m));
    Ref fix = both(fn, nonzero, differ);
    *mod = ir_select(fn, fix, ir_bin(fn, IR_ADD, m, b), ir_select(fn, nonzero, m, ir_math2(fn, MATH_COPYSIGN, zero, b)));
    q = ir_select(fn, fix, ir_bin(fn, IR_SUB, q, one), q);
    Ref down = ir_math1(fn, MATH_FLOOR, q);
    Ref up = ir_cmp(fn, IR_GT, ir_bin(fn, IR_SUB, q, down), ir_float(fn, t, 0.5));
    Ref rounded = ir_select(fn, up, ir_bin(fn, IR_ADD, down, one), down);
    Ref exact = ir_bin(fn, IR_DIV, a, b);
    Ref r = ir_select(fn, ir_cmp(fn, IR_NE, q, zero), rounded, ir_math2(fn, MATH_COPYSIGN, zero, exact));
    Ref by_zero = ir_cmp(fn, IR_EQ, b, zero);
    *mod = ir_select(fn, by_zero, m, *mod);
    return ir_select(fn, by_zero, exact, r);
}

Ref arith_floordiv(Fn *fn, Ref a, Ref b)
{
    Ref mod;
    return ty_is_float(ir_ty(fn, a)) ? float_divmod(fn, a, b, &mod) : int_divmod(fn, a, b, &mod);
}

Ref arith_mod(Fn *fn, Ref a, Ref b)
{
    Ref mod;
    if (ty_is_float(ir_ty(fn, a)))
        float_divmod(fn, a, b, &mod);
    else
        int_divmod(fn, a, b, &mod);
    return mod;
}

Ref arith_rem_int(Fn *fn, Ref a, Ref b)
{
    Ref is_zero, is_minus, r;
    truncated(fn, a, safe_divisor(fn, b, &is_zero, &is_minus), &r);
    return r;
}

Ref arith_shift(Fn *fn, bool left, Ref a, Ref count)
{
    Ty t = ir_ty(fn, a);
    Ref bits = ir_int(fn, t, ty_bits(t)), last = ir_int(fn, t, ty_bits(t) - 1);
    Ref in = ir_cmp(fn, IR_ULT, count, bits);
    if (!left && !ty_is_unsigned(t))
        return ir_bin(fn, IR_SHR, a, ir_select(fn, in, count, last));
    Ref r = ir_bin(fn, left ? IR_SHL : IR_SHR, a, ir_select(fn, in, count, ir_int(fn, t, 0)));
    return ir_select(fn, in, r, ir_int(fn, t, 0));
}

static const uint8_t cmp_op[CMP_MAX] = { IR_LT, IR_LE, IR_EQ, IR_NE, IR_GT, IR_GE };

/* a is signed, b is uint64 */
static Ref compare_mixed(Fn *fn, CmpOp op, Ref a, Ref b)
{
    Ref small = ir_cast(fn, a, ty(TY_U64));
    Ref below = ir_bool(fn, op == CMP_LT || op == CMP_LE || op == CMP_NE);
    return ir_select(fn, negative(fn, a), below, ir_cmp(fn, cmp_op[op], small, b));
}

static Ref compare_complex(Fn *fn, CmpOp op, Ref a, Ref b)
{
    Ref ar = ir_real(fn, a), br = ir_real(fn, b), ai = ir_imag(fn, a), bi = ir_imag(fn, b);
    if (op == CMP_EQ)
        return both(fn, ir_cmp(fn, IR_EQ, ar, br), ir_cmp(fn, IR_EQ, ai, bi));
    if (op == CMP_NE)
        return ir_bin(fn, IR_OR, ir_cmp(fn, IR_NE, ar, br), ir_cmp(fn, IR_NE, ai, bi));
    Ref tie = both(fn, ir_cmp(fn, IR_EQ, ar, br), ir_cmp(fn, cmp_op[op], ai, bi));
    IrOp strict = op == CMP_LT || op == CMP_LE ? IR_LT : IR_GT;
    Ref ordered = both(fn, ir_cmp(fn, IR_EQ, ai, ai), ir_cmp(fn, IR_EQ, bi, bi));
    return ir_bin(fn, IR_OR, both(fn, ir_cmp(fn, strict, ar, br), ordered), tie);
}

Ref arith_compare(Fn *fn, CmpOp op, Ref a, Ref b)
{
    Ty x = ir_ty(fn, a), y = ir_ty(fn, b);
    if (ty_is_complex(x))
        return compare_complex(fn, op, a, b);
    if (x != y && y->kind == TY_U64)
        return compare_mixed(fn, op, a, b);
    if (x != y && x->kind == TY_U64)
        return compare_mixed(fn, cmp_mirrored[op], b, a);
    return ir_cmp(fn, cmp_op[op], a, b);
}

/* Smith's division. CPython divides by the denominator; NumPy multiplies with its inverse. */
static Ref smith(Fn *fn, Ref num, Ref denom, bool numpy)
{
    if (!numpy)
        return ir_bin(fn, IR_DIV, num, denom);
    return ir_bin(fn, IR_MUL, num, ir_bin(fn, IR_DIV, ir_float(fn, ir_ty(fn, denom), 1), denom));
}

static Ref complex_div(Fn *fn, Ref a, Ref b, bool numpy)
{
    Ref ar = ir_real(fn, a), ai = ir_imag(fn, a), br = ir_real(fn, b), bi = ir_imag(fn, b);
    Ref wide = ir_cmp(fn, IR_GE, ir_math1(fn, MATH_FABS, br), ir_math1(fn, MATH_FABS, bi));
    Ref big = ir_select(fn, wide, br, bi), small = ir_select(fn, wide, bi, br);
    Ref x = ir_select(fn, wide, ar, ai), y = ir_select(fn, wide, ai, ar);
    Ref ratio = ir_bin(fn, IR_DIV, small, big);
    Ref denom = ir_bin(fn, IR_ADD, big, ir_bin(fn, IR_MUL, small, ratio));
    Ref re = smith(fn, ir_bin(fn, IR_ADD, x, ir_bin(fn, IR_MUL, y, ratio)), denom, numpy);
    Ref yy = ir_bin(fn, IR_SUB, y, ir_bin(fn, IR_MUL, x, ratio));
    Ref yn = ir_bin(fn, IR_SUB, ir_bin(fn, IR_MUL, x, ratio), y);
    Ref im = smith(fn, ir_select(fn, wide, yy, yn), denom, numpy);
    if (numpy) {                    /* x / 0 is by component */
        Ref nought = ir_float(fn, ir_ty(fn, big), 0), zero = both(fn, ir_cmp(fn, IR_EQ, big, nought), ir_cmp(fn, IR_EQ, small, nought));
        Ref size = ir_math1(fn, MATH_FABS, big);
        re = ir_select(fn, zero, ir_bin(fn, IR_DIV, ar, size), re);
        im = ir_select(fn, zero, ir_bin(fn, IR_DIV, ai, size), im);
    }
    return ir_complex(fn, ir_ty(fn, a), re, im);
}

static Ref complex_mul(Fn *fn, Ref a, Ref b)
{
    Ref ar = ir_real(fn, a), ai = ir_imag(fn, a), br = ir_real(fn, b), bi = ir_imag(fn, b);
    Ref re = ir_bin(fn, IR_SUB, ir_bin(fn, IR_MUL, ar, br), ir_bin(fn, IR_MUL, ai, bi));
    Ref im = ir_bin(fn, IR_ADD, ir_bin(fn, IR_MUL, ar, bi), ir_bin(fn, IR_MUL, ai, br));
    return ir_complex(fn, ir_ty(fn, a), re, im);
}

/* A complex result of the runtime, one part a call; flags: with the number of the part. */
static Ref complex_rt(Fn *fn, int rt, Ref *x, uint32_t n, Ty t, int flags)
{
    Ref part[2];
    for (int k = 0; k < 2; k++) {
        x[n] = ir_i64(fn, k | flags);
        part[k] = ir_cast(fn, ir_rt(fn, rt, ty(TY_F64), x, n + 1), ty_real(t));
    }
    return ir_complex(fn, t, part[0], part[1]);
}

static Ref real64(Fn *fn, Ref z) { return ir_cast(fn, ir_real(fn, z), ty(TY_F64)); }
static Ref imag64(Fn *fn, Ref z) { return ir_cast(fn, ir_imag(fn, z), ty(TY_F64)); }

static Ref complex_pow(Fn *fn, Ref a, Ref b, bool numpy)
{
    Ref x[5] = { real64(fn, a), imag64(fn, a), real64(fn, b), imag64(fn, b) };
    return complex_rt(fn, RT_CPOW, x, 4, ir_ty(fn, a), numpy ? 2 : 0);
}

Ref arith_cfun(Fn *fn, int id, Ref z)
{
    Ref x[4] = { ir_i64(fn, id), real64(fn, z), imag64(fn, z) };
    return complex_rt(fn, RT_CFUN, x, 3, ir_ty(fn, z), 0);
}

Ref arith_complex(Fn *fn, BinOp op, Ref a, Ref b, bool numpy)
{
    Ty t = ir_ty(fn, a);
    switch (op) {
    case BIN_ADD:
    case BIN_SUB: {
        IrOp o = op == BIN_ADD ? IR_ADD : IR_SUB;
        Ref re = ir_bin(fn, o, ir_real(fn, a), ir_real(fn, b));
        return ir_complex(fn, t, re, ir_bin(fn, o, ir_imag(fn, a), ir_imag(fn, b)));
    }
    case BIN_MUL: return complex_mul(fn, a, b);
    case BIN_TRUEDIV: return complex_div(fn, a, b, numpy);
    default: return complex_pow(fn, a, b, numpy);
    }
}

static Ref multiply(Fn *fn, Ref a, Ref b)
{
    return ty_is_complex(ir_ty(fn, a)) ? complex_mul(fn, a, b) : ir_bin(fn, IR_MUL, a, b);
}

Ref arith_pow_const(Fn *fn, Ref x, int64_t k)
{
    Ref r = REF_NONE;
    for (; k > 0; k >>= 1) {
        if (k & 1)
            r = ref_is_none(r) ? x : multiply(fn, r, x);
        if (k > 1)
            x = multiply(fn, x, x);
    }
    if (!ref_is_none(r))
        return r;
    return ir_cast(fn, ir_int(fn, ty(TY_I64), 1), ir_ty(fn, x));
}

/* A number as high + low; low none: 0. */
typedef struct Pair { Ref high, low; } Pair;

static Ref fused(Fn *fn, Ref a, Ref b, Ref c) { return ir_math(fn, MATH_FMA, (Ref[]){ a, b, c }, 3); }

/* Lows are so small that their product is nothing. */
static Pair pair_times(Fn *fn, Pair a, Pair b)
{
    Ref h = ir_bin(fn, IR_MUL, a.high, b.high), low = fused(fn, a.high, b.high, ir_un(fn, IR_NEG, h));
    if (!ref_is_none(a.low))
        low = fused(fn, a.low, b.high, low);
    if (!ref_is_none(b.low))
        low = fused(fn, a.high, b.low, low);
    return (Pair){ h, low };
}

/* x^k for k >= 1 */
static Pair pair_power(Fn *fn, Pair x, int64_t k)
{
    Pair r = x;
    for (int bit = 62 - __builtin_clzll((uint64_t)k); bit >= 0; bit--) {
        r = pair_times(fn, r, r);
        if (k >> bit & 1)
            r = pair_times(fn, r, x);
    }
    return r;
}

static Pair pair_inverse(Fn *fn, Pair x)
{
    Ref one = ir_float(fn, ir_ty(fn, x.high), 1), q = ir_bin(fn, IR_DIV, one, x.high), minus = ir_un(fn, IR_NEG, q);
    Ref rest = fused(fn, minus, x.high, one);
    if (!ref_is_none(x.low))
        rest = fused(fn, minus, x.low, rest);
    return (Pair){ q, ir_bin(fn, IR_MUL, rest, q) };
}

/* The root of x as pow() has it: inf of -inf, 0 of -0. */
static Pair pair_root(Fn *fn, Ref x)
{
    Ty t = ir_ty(fn, x);
    Ref inf = ir_float(fn, t, __builtin_inf());
    x = ir_select(fn, ir_cmp(fn, IR_EQ, x, ir_float(fn, t, -__builtin_inf())), inf, x);
    Ref s = ir_bin(fn, IR_ADD, ir_math1(fn, MATH_SQRT, x), ir_float(fn, t, 0));
    Ref rest = fused(fn, ir_un(fn, IR_NEG, s), s, x);
    return (Pair){ s, ir_bin(fn, IR_MUL, rest, ir_bin(fn, IR_DIV, ir_float(fn, t, 0.5), s)) };
}

/* Their sum; where there is no low part (of inf, of -0), high. */
static Ref pair_value(Fn *fn, Pair p)
{
    Ref sum = ir_bin(fn, IR_ADD, p.high, p.low), zero = ir_float(fn, ir_ty(fn, sum), 0);
    return ir_select(fn, ir_cmp(fn, IR_GT, ir_math1(fn, MATH_FABS, sum), zero), sum, p.high);
}

bool arith_pow_is_short(const Fn *fn, double e)
{
    if (fn->opt.fastmath & FAST_REASSOC && e == floor(e))
        return fabs(e) <= 64;
    return e == floor(e) ? e >= -4 && e <= 16 : 2 * e == floor(2 * e) && e >= -2.5 && e <= 3.5;
}

/* Each product is rounded: fastmath asks for no more. */
static Ref fast_power(Fn *fn, Ref x, double e)
{
    if (e != floor(e))
        x = ir_math1(fn, MATH_SQRT, x);
    Ref p = arith_pow_const(fn, x, (int64_t)(e == floor(e) ? fabs(e) : fabs(2 * e)));
    return e < 0 ? ir_bin(fn, IR_DIV, ir_float(fn, ir_ty(fn, x), 1), p) : p;
}

Ref arith_pow_float(Fn *fn, Ref x, double e)
{
    Ty t = ir_ty(fn, x);
    if (e >= 0 && e <= 2 && e == floor(e))
        return arith_pow_const(fn, x, (int64_t)e);
    if (e == -1)
        return ir_bin(fn, IR_DIV, ir_float(fn, t, 1), x);
    if (e == 0.5)
        return pair_root(fn, x).high;
    if (fn->opt.fastmath & FAST_REASSOC)
        return fast_power(fn, x, e);
    if (t->kind != TY_F64)
        return ir_cast(fn, arith_pow_float(fn, ir_cast(fn, x, ty(TY_F64)), e), t);
    Pair p = { x, REF_NONE };
    if (e != floor(e))
        p = pair_root(fn, x);
    if (e < 0)
        p = pair_inverse(fn, p);
    return pair_value(fn, pair_power(fn, p, (int64_t)(e == floor(e) ? fabs(e) : fabs(2 * e))));
}

Ref arith_pow_int(Fn *fn, Ref a, Ref b)
{
    Ty t = ir_ty(fn, a);
    bool wide = ir_ty(fn, b)->kind == TY_U64;       /* then by half of it, which int64 holds */
    Ref n = wide ? arith_shift(fn, false, b, ir_int(fn, ty(TY_U64), 1)) : b;
    Ref x[2] = { ir_cast(fn, a, ty(TY_I64)), ir_cast(fn, n, ty(TY_I64)) };
    Ref p = ir_cast(fn, ir_rt(fn, RT_POW_INT, ty(TY_I64), x, 2), t);
    if (!wide)
        return p;
    Ref odd = ir_cast(fn, ir_bin(fn, IR_AND, b, ir_int(fn, ty(TY_U64), 1)), ty(TY_BOOL));
    return ir_bin(fn, IR_MUL, ir_bin(fn, IR_MUL, p, p), ir_select(fn, odd, a, ir_int(fn, t, 1)));
}

Ref arith_abs(Fn *fn, Ref a)
{
    Ty t = ir_ty(fn, a);
    if (ty_is_complex(t))
        return ir_math2(fn, MATH_HYPOT, ir_real(fn, a), ir_imag(fn, a));
    if (ty_is_float(t))
        return ir_math1(fn, MATH_FABS, a);
    return ty_is_unsigned(t) ? a : ir_select(fn, negative(fn, a), ir_un(fn, IR_NEG, a), a);
}

static Ref magnitude(Fn *fn, Ref a)
{
    return ir_cast(fn, arith_abs(fn, ir_cast(fn, a, ty(ty_is_unsigned(ir_ty(fn, a)) ? TY_U64 : TY_I64))), ty(TY_I64));
}

Ref arith_gcd(Fn *fn, Ref a, Ref b)
{
    Ref x[2] = { magnitude(fn, a), magnitude(fn, b) };
    return ir_rt(fn, RT_GCD, ty(TY_I64), x, 2);
}

Ref arith_lcm(Fn *fn, Ref a, Ref b)
{
    Ty u = ty(TY_U64);
    Ref g = ir_cast(fn, arith_gcd(fn, a, b), u), x = ir_cast(fn, magnitude(fn, a), u), y = ir_cast(fn, magnitude(fn, b), u);
    return ir_bin(fn, IR_MUL, arith_floordiv(fn, x, g), y);
}

Ref arith_min(Fn *fn, Ref a, Ref b, bool max)
{
    return ir_select(fn, arith_compare(fn, max ? CMP_GT : CMP_LT, b, a), b, a);
}
