/* hash.c: hash() of numbers, texts and tuples of them, CPython's values. */
#include "np/np_build.h"
#include "runtime/runtime.h"

static Ref u64(Fn *fn, uint64_t v) { return ir_int(fn, ty(TY_U64), (int64_t)v); }

/* -1 means an error in CPython. */
static Ref not_minus_one(Fn *fn, Ref h)
{
    return ir_select(fn, ir_cmp(fn, IR_EQ, h, ir_i64(fn, -1)), ir_i64(fn, -2), h);
}

/* |x| modulo 2**61 - 1, with the sign of x. */
static Ref hash_int(Fn *fn, Ref x)
{
    bool u = ty_is_unsigned(ir_ty(fn, x));
    Ref v = ir_cast(fn, x, ty(u ? TY_U64 : TY_I64)), negative = u ? ir_bool(fn, false) : ir_cmp(fn, IR_LT, v, ir_i64(fn, 0));
    Ref size = u ? v : ir_cast(fn, ir_select(fn, negative, ir_un(fn, IR_NEG, v), v), ty(TY_U64));
    Ref h = ir_cast(fn, ir_bin(fn, IR_REM, size, u64(fn, (UINT64_C(1) << 61) - 1)), ty(TY_I64));
    return not_minus_one(fn, ir_select(fn, negative, ir_un(fn, IR_NEG, h), h));
}

static Ref hash_float(Fn *fn, Ref x)
{
    x = ir_cast(fn, x, ty(TY_F64));
    return ir_rt(fn, RT_HASH_FLOAT, ty(TY_I64), &x, 1);
}

static Ref hash_value(Fn *fn, const NpRow *row, Ref x);

/* CPython's tuplehash: lanes of xxHash. */
static Ref hash_tuple(Fn *fn, const NpRow *row, Ref t)
{
    static const uint64_t p1 = 11400714785074694791u, p2 = 14029467366897019727u, p5 = 2870177450012600261u;
    uint32_t n = ir_ty(fn, t)->nitem;
    Ref acc = u64(fn, p5);
    for (uint32_t k = 0; k < n; k++) {
        Ref lane = ir_cast(fn, hash_value(fn, row, ir_item(fn, t, k)), ty(TY_U64));
        acc = ir_bin(fn, IR_ADD, acc, ir_bin(fn, IR_MUL, lane, u64(fn, p2)));
        acc = ir_bin(fn, IR_OR, ir_bin(fn, IR_SHL, acc, u64(fn, 31)), ir_bin(fn, IR_SHR, acc, u64(fn, 33)));
        acc = ir_bin(fn, IR_MUL, acc, u64(fn, p1));
    }
    acc = ir_bin(fn, IR_ADD, acc, u64(fn, n ^ (p5 ^ 3527539u)));
    return ir_select(fn, ir_cmp(fn, IR_EQ, acc, u64(fn, UINT64_MAX)), ir_i64(fn, 1546275796), ir_cast(fn, acc, ty(TY_I64)));
}

static Ref hash_value(Fn *fn, const NpRow *row, Ref x)
{
    Ty t = ir_ty(fn, x = np_value_of(fn, x));
    if (np_is_intlike(t))
        return hash_int(fn, x);
    if (ty_is_float(t))
        return hash_float(fn, x);
    if (ty_is_complex(t)) {
        Ref im = ir_bin(fn, IR_MUL, hash_float(fn, ir_imag(fn, x)), ir_i64(fn, 1000003));
        return not_minus_one(fn, ir_bin(fn, IR_ADD, hash_float(fn, ir_real(fn, x)), im));
    }
    if (t->kind == TY_STR)
        return ir_rt(fn, RT_STR_HASH, ty(TY_I64), &x, 1);
    if (t->kind == TY_TUPLE)
        return hash_tuple(fn, row, x);
    np_bad_arg(fn, row, "a number, a str or a tuple of such", x);
}

Ref bi_hash(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return np_pyint(fn, hash_value(fn, row, arg[0])); }
