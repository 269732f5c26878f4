/* scalar.c: Python's arithmetic on scalars: promote_scalar's types, CPython's exceptions. */
#include "np/np_build.h"
#include "runtime/runtime.h"

static Ref zero_like(Fn *fn, Ref a) { return ir_zero(fn, ir_ty(fn, a)); }

static void check_nonzero(Fn *fn, Ref b, DiagId id)
{
    if (fn->opt.numpy_division)
        return;
    ir_check(fn, arith_compare(fn, CMP_NE, b, zero_like(fn, b)), id, NULL, 0);
}

static _Noreturn void fail_binary(Fn *fn, BinOp op, Ref a, Ref b)
{
    fail(fn->unit, np_pos(fn), DIAG_BINARY, bin_name[op], ty_name(ir_ty(fn, a)), ty_name(ir_ty(fn, b)));
}

static bool int_like(Ty t) { return ty_is_int(t) || ty_is_bool(t); }

/* Arithmetic never happens on bool: True + True is 2. */
static Ty arithmetic_type(Ty x, Ty y)
{
    Ty t = promote_scalar(x, y);
    return ty_is_bool(t) ? ty(TY_PYINT) : t;
}

/* The type of / for operands whose promotion is t. */
static Ty divided(Ty t)
{
    if (t->cls == CLASS_WEAK_INT)
        return ty(TY_PYFLOAT);
    return int_like(t) ? ty(TY_F64) : t;
}

/* t: their promotion. Ints are divided as the numbers that they are: with int64, a uint64's promotion does not hold all of it. */
static Ref true_divide(Fn *fn, Ref a, Ref b, Ty t)
{
    Ref y = ir_cast(fn, b, t);
    if (ty_is_complex(t)) {
        check_nonzero(fn, y, DIAG_ZERO_COMPLEX_DIV);
        return arith_complex(fn, BIN_TRUEDIV, ir_cast(fn, a, t), y, false);
    }
    check_nonzero(fn, y, ty_is_float(t) ? DIAG_ZERO_FLOAT_DIV : DIAG_ZERO_DIVISION);
    Ty r = divided(t);
    return ir_bin(fn, IR_DIV, ir_cast(fn, a, r), ir_cast(fn, b, r));
}

static Ref floor_divide(Fn *fn, BinOp op, Ref a, Ref b)
{
    bool mod = op == BIN_MOD, real = ty_is_float(ir_ty(fn, a));
    DiagId ints = mod ? DIAG_ZERO_MODULO : DIAG_ZERO_INT_DIV, floats = mod ? DIAG_ZERO_FLOAT_MOD : DIAG_ZERO_FLOAT_FLOOR;
    check_nonzero(fn, b, real ? floats : ints);
    return mod ? arith_mod(fn, a, b) : arith_floordiv(fn, a, b);
}

void scalar_check_divmod(Fn *fn, Ref a, Ref b)
{
    Ty t = arithmetic_type(ir_ty(fn, a), ir_ty(fn, b));
    if (ty_is_float(t))
        check_nonzero(fn, ir_cast(fn, b, t), DIAG_ZERO_FLOAT_DIVMOD);
}

/* A constant exponent that multiplications replace. */
static bool small_exponent(Fn *fn, Ref b, int64_t *k)
{
    double d;
    if (ir_is_int(fn, b, k))
        return *k >= -4 && *k <= 64;
    if (!ir_is_float(fn, b, &d) || d != 2.0)
        return false;
    *k = 2;
    return true;
}

static Ref pow_ints(Fn *fn, Ref a, Ref b, Ty t)
{
    int64_t k;
    bool constant = ir_is_int(fn, b, &k);
    if (constant && k < 0) {
        Ty r = divided(t);
        ir_check(fn, ir_cmp(fn, IR_NE, a, zero_like(fn, a)), DIAG_ZERO_POWER, NULL, 0);
        return ir_math2(fn, MATH_POW, ir_cast(fn, a, r), ir_float(fn, r, (double)k));
    }
    if (constant && k <= 64)
        return arith_pow_const(fn, ir_cast(fn, a, t), k);
    Ref natural = ty_is_unsigned(ir_ty(fn, b)) ? ir_bool(fn, true) : ir_cmp(fn, IR_GE, b, zero_like(fn, b));
    ir_check(fn, ir_bin(fn, IR_OR, natural, ir_cmp(fn, IR_NE, a, zero_like(fn, a))), DIAG_ZERO_POWER, NULL, 0);
    return arith_pow_int(fn, ir_cast(fn, a, t), ir_ty(fn, b)->kind == TY_U64 ? b : ir_cast(fn, b, t));
}

/* 0.0 to a negative power is inf and a negative base to a fraction nan, as in `math`'s functions. */
static Ref pow_floats(Fn *fn, Ref a, Ref b, Ref exponent)
{
    int64_t k;
    double e;
    bool whole = ir_is_int(fn, exponent, &k);
    if (whole && k >= 0 && k <= 3)
        return arith_pow_const(fn, a, k);
    if (whole || ir_is_float(fn, exponent, &e)) {
        e = whole ? (double)k : e;
        if (arith_pow_is_short(fn, e))
            return arith_pow_float(fn, a, e);
    }
    bool powi = int_like(ir_ty(fn, exponent)) && !whole && ir_ty(fn, a)->kind == TY_F64;
    return ir_math2(fn, powi ? MATH_POWI : MATH_POW, a, b);
}

static Ref power(Fn *fn, Ref a, Ref b)
{
    Ty t = promote_scalar(ir_ty(fn, a), ir_ty(fn, b));
    if (int_like(t))
        return pow_ints(fn, a, b, t);
    Ref x = ir_cast(fn, a, t), y = ir_cast(fn, b, t);
    if (!ty_is_complex(t))
        return pow_floats(fn, x, y, b);
    int64_t k;
    if (small_exponent(fn, b, &k) && k >= 0 && k <= 16)
        return arith_pow_const(fn, x, k);
    return arith_complex(fn, BIN_POW, x, y, false);
}

static Ref shift(Fn *fn, BinOp op, Ref a, Ref b)
{
    if (!ty_is_unsigned(ir_ty(fn, b)))
        ir_check(fn, ir_cmp(fn, IR_GE, b, zero_like(fn, b)), DIAG_SHIFT, NULL, 0);
    return arith_shift(fn, op == BIN_LSHIFT, a, b);
}

static Ref on_ints(Fn *fn, BinOp op, Ref a, Ref b)
{
    switch (op) {
    case BIN_AND: return ir_bin(fn, IR_AND, a, b);
    case BIN_OR: return ir_bin(fn, IR_OR, a, b);
    case BIN_XOR: return ir_bin(fn, IR_XOR, a, b);
    default: return shift(fn, op, a, b);
    }
}

static Ref on_one_type(Fn *fn, BinOp op, Ref a, Ref b)
{
    bool z = ty_is_complex(ir_ty(fn, a));
    switch (op) {
    case BIN_ADD: return z ? arith_complex(fn, op, a, b, false) : ir_bin(fn, IR_ADD, a, b);
    case BIN_SUB: return z ? arith_complex(fn, op, a, b, false) : ir_bin(fn, IR_SUB, a, b);
    case BIN_MUL: return z ? arith_complex(fn, op, a, b, false) : ir_bin(fn, IR_MUL, a, b);
    case BIN_FLOORDIV:
    case BIN_MOD:
        if (z)
            fail_binary(fn, op, a, b);
        return floor_divide(fn, op, a, b);
    default: return on_ints(fn, op, a, b);
    }
}

/* Is one of them Python's complex and the other one of its real numbers, which CPython 3.14 takes as it is, without an
 * imaginary part of 0? So signs of zeros stay, and what is infinite does not become nan. NumPy's scalars know nothing of it. */
static bool is_mixed(const Fn *fn, BinOp op, Ty x, Ty y)
{
    bool complex_ = ty_is_complex(x) != ty_is_complex(y), python = ty_is_weak(x) || ty_is_weak(y);
    bool numbers = (ty_is_weak(x) || ty_is_bool(x)) && (ty_is_weak(y) || ty_is_bool(y));
    return fn->unit->python >= 0x030e && complex_ && python && numbers
        && (op == BIN_ADD || op == BIN_SUB || op == BIN_MUL || op == BIN_TRUEDIV);
}

/* a / b by Smith's algorithm, a real */
static Ref real_by_complex(Fn *fn, Ref a, Ref b)
{
    Ref br = ir_real(fn, b), bi = ir_imag(fn, b), minus = ir_un(fn, IR_NEG, a);
    Ref wide = ir_cmp(fn, IR_GE, ir_math1(fn, MATH_FABS, br), ir_math1(fn, MATH_FABS, bi));
    Ref big = ir_select(fn, wide, br, bi), small = ir_select(fn, wide, bi, br), ratio = ir_bin(fn, IR_DIV, small, big);
    Ref denom = ir_bin(fn, IR_ADD, big, ir_bin(fn, IR_MUL, small, ratio));
    Ref re = ir_select(fn, wide, a, ir_bin(fn, IR_MUL, a, ratio)), im = ir_select(fn, wide, ir_bin(fn, IR_MUL, minus, ratio), minus);
    return ir_complex(fn, ir_ty(fn, b), ir_bin(fn, IR_DIV, re, denom), ir_bin(fn, IR_DIV, im, denom));
}

/* z `op` x, or x `op` z where x is first. */
static Ref complex_with_real(Fn *fn, BinOp op, Ref z, Ref x, bool first)
{
    Ref re = ir_real(fn, z), im = ir_imag(fn, z);
    Ty t = ir_ty(fn, z);
    x = ir_cast(fn, x, ty_real(t));
    switch (op) {
    case BIN_ADD: return ir_complex(fn, t, ir_bin(fn, IR_ADD, re, x), im);
    case BIN_SUB: return first ? ir_complex(fn, t, ir_bin(fn, IR_SUB, x, re), ir_un(fn, IR_NEG, im)) : ir_complex(fn, t, ir_bin(fn, IR_SUB, re, x), im);
    case BIN_MUL: return ir_complex(fn, t, ir_bin(fn, IR_MUL, re, x), ir_bin(fn, IR_MUL, im, x));
    default: break;
    }
    check_nonzero(fn, first ? z : x, DIAG_ZERO_COMPLEX_DIV);
    return first ? real_by_complex(fn, x, z) : ir_complex(fn, t, ir_bin(fn, IR_DIV, re, x), ir_bin(fn, IR_DIV, im, x));
}

Ref scalar_binary(Fn *fn, BinOp op, Ref a, Ref b)
{
    Ty x = ir_ty(fn, a), y = ir_ty(fn, b);
    bool bits = op == BIN_AND || op == BIN_OR || op == BIN_XOR;
    if (op == BIN_MATMUL || ((bits || op == BIN_LSHIFT || op == BIN_RSHIFT) && !(int_like(x) && int_like(y))))
        fail_binary(fn, op, a, b);
    if (bits && ty_is_bool(x) && ty_is_bool(y))
        return on_ints(fn, op, a, b);
    Ty t = arithmetic_type(x, y);
    if (is_mixed(fn, op, x, y))
        return ty_is_complex(x) ? complex_with_real(fn, op, a, b, false) : complex_with_real(fn, op, b, a, true);
    if (op == BIN_TRUEDIV)
        return true_divide(fn, a, b, t);
    if (op == BIN_POW)
        return power(fn, ty_is_bool(x) ? ir_cast(fn, a, ty(TY_PYINT)) : a, ty_is_bool(y) ? ir_cast(fn, b, ty(TY_PYINT)) : b);
    if (op == BIN_LSHIFT || op == BIN_RSHIFT)       /* the left operand alone says what is shifted */
        t = arithmetic_type(x, ty_is_unsigned(x) && !ty_is_bool(x) ? x : ty(TY_PYINT));
    return on_one_type(fn, op, ir_cast(fn, a, t), ir_cast(fn, b, t));
}

Ref scalar_unary(Fn *fn, UnOp op, Ref a)
{
    Ty t = ir_ty(fn, a);
    if (op == UN_NOT)
        return ir_un(fn, IR_NOT, scalar_truth(fn, a));
    if (op == UN_INVERT && ty_is_bool(t))           /* NumPy's and Numba's, not CPython's -2 */
        return ir_un(fn, IR_NOT, a);
    if (op == UN_INVERT && !int_like(t))
        fail(fn->unit, np_pos(fn), DIAG_UNARY, un_name[op], ty_name(t));
    Ty r = ty_is_complex(t) || ty_is_float(t) ? t : arithmetic_type(t, t);
    Ref x = ir_cast(fn, a, r);
    if (op == UN_POS)
        return x;
    if (op == UN_INVERT)
        return ir_un(fn, IR_NOT, x);
    if (ty_is_complex(r))
        return ir_complex(fn, r, ir_un(fn, IR_NEG, ir_real(fn, x)), ir_un(fn, IR_NEG, ir_imag(fn, x)));
    return ir_un(fn, IR_NEG, x);
}

Ref scalar_compare(Fn *fn, CmpOp op, Ref a, Ref b)
{
    Ty x = ir_ty(fn, a), y = ir_ty(fn, b);
    if (ty_is_complex(x) || ty_is_complex(y)) {
        if (op != CMP_EQ && op != CMP_NE)
            fail(fn->unit, np_pos(fn), DIAG_COMPARE, cmp_name[op], ty_name(x), ty_name(y));
    } else if (int_like(x) && int_like(y) && (x->kind == TY_U64) != (y->kind == TY_U64)) {
        Ty other = x->kind == TY_U64 ? y : x, wide = ty_is_unsigned(other) || ty_is_bool(other) ? ty(TY_U64) : ty(TY_I64);
        return arith_compare(fn, op, x->kind == TY_U64 ? a : ir_cast(fn, a, wide), y->kind == TY_U64 ? b : ir_cast(fn, b, wide));
    }
    Ty t = x == y ? x : promote_scalar(x, y);
    return arith_compare(fn, op, ir_cast(fn, a, t), ir_cast(fn, b, t));
}

Ref scalar_truth(Fn *fn, Ref a)
{
    Ty t = ir_ty(fn, a);
    return ty_is_bool(t) ? a : arith_compare(fn, CMP_NE, a, ir_zero(fn, t));
}
