/* scalar.c: constants, arithmetic, comparisons and conversions of scalars, folded where the operands are known.
 * Floats are folded only where the result is what the machine gives, NaN and -0 included. */
#include "ir/ir.h"
#include <math.h>

/* ---- constants ------------------------------------------------------------------------------------------ */

/* v as a value of an integer type: sign- or zero-extended. */
static int64_t canon(Ty type, uint64_t v)
{
    uint32_t bits = ty_bits(type);
    if (bits >= 64)
        return (int64_t)v;
    v &= (UINT64_C(1) << bits) - 1;
    if (!ty_is_unsigned(type) && v >> (bits - 1))
        v |= ~UINT64_C(0) << bits;
    return (int64_t)v;
}

Ref ir_int(Fn *fn, Ty type, int64_t v)
{
    if (!ty_is_int(type) && !ty_is_bool(type))
        nj_bug(fn->unit, "ir_int of %s", ty_name(type));
    int64_t x = ty_is_bool(type) ? v != 0 : canon(type, (uint64_t)v);
    return ir_emit_imm(fn, IR_CONST, type, NULL, 0, x);
}

Ref ir_float(Fn *fn, Ty type, double v)
{
    if (!ty_is_float(type))
        nj_bug(fn->unit, "ir_float of %s", ty_name(type));
    int64_t bits;
    v = type->kind == TY_F32 ? (double)(float)v : v;
    memcpy(&bits, &v, sizeof bits);
    return ir_emit_imm(fn, IR_CONST, type, NULL, 0, bits);
}

Ref ir_i64(Fn *fn, int64_t v) { return ir_int(fn, ty(TY_I64), v); }
Ref ir_bool(Fn *fn, bool v) { return ir_int(fn, ty(TY_BOOL), v); }
Ref ir_none(Fn *fn) { return ir_constant(fn, ty(TY_NONE), NULL); }
Ref ir_constant(Fn *fn, Ty type, const void *p) { return ir_emit_ptr(fn, IR_CONST, type, NULL, 0, p); }
Ref ir_undef(Fn *fn, Ty type) { return ir_emit(fn, IR_UNDEF, type, NULL, 0); }

Ref ir_zero(Fn *fn, Ty type)
{
    if (ty_is_complex(type)) {
        Ref zero = ir_float(fn, ty_real(type), 0);
        return ir_complex(fn, type, zero, zero);
    }
    if (ty_is_float(type))
        return ir_float(fn, type, 0);
    if (type->kind == TY_PTR)
        return ir_undef(fn, type);
    return ir_int(fn, type, 0);
}

bool ir_is_int(const Fn *fn, Ref r, int64_t *v)
{
    const Ins *in = ir_ins(fn, r);
    if (in->op != IR_CONST || !in->ty || !(ty_is_int(in->ty) || ty_is_bool(in->ty)))
        return false;
    if (v)
        *v = in->imm.i;
    return true;
}

bool ir_is_float(const Fn *fn, Ref r, double *v)
{
    const Ins *in = ir_ins(fn, r);
    if (in->op != IR_CONST || !in->ty || !ty_is_float(in->ty))
        return false;
    if (v)
        *v = in->imm.d;
    return true;
}

bool ir_is_const(const Fn *fn, Ref r) { return ir_ins(fn, r)->op == IR_CONST; }

/* ---- scalars -------------------------------------------------------------------------------------------- */

static bool fold_int(Ty type, IrOp op, int64_t a, int64_t b, int64_t *out)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    bool uns = ty_is_unsigned(type);
    uint32_t bits = ty_bits(type);
    switch (op) {
    case IR_ADD: x += y; break;
    case IR_SUB: x -= y; break;
    case IR_MUL: x *= y; break;
    case IR_AND: x &= y; break;
    case IR_OR: x |= y; break;
    case IR_XOR: x ^= y; break;
    case IR_DIV: case IR_REM:
        if (b == 0 || (!uns && b == -1 && a == canon(type, UINT64_C(1) << (bits - 1))))
            return false;
        if (uns)
            x = op == IR_DIV ? x / y : x % y;
        else
            x = (uint64_t)(op == IR_DIV ? a / b : a % b);
        break;
    case IR_SHL: case IR_SHR:
        if (y >= bits)
            return false;
        x = op == IR_SHL ? x << y : uns ? x >> y : (uint64_t)(a >> y);
        break;
    default: return false;
    }
    *out = canon(type, x);
    return true;
}

/* F32 too: a double of two floats' sum, product, quotient rounds to the same float as the exact one. */
static bool fold_float(Ty type, IrOp op, double a, double b, double *out)
{
    double x;
    switch (op) {
    case IR_ADD: x = a + b; break;
    case IR_SUB: x = a - b; break;
    case IR_MUL: x = a * b; break;
    case IR_DIV: x = a / b; break;
    default: return false;
    }
    *out = type->kind == TY_F32 ? (double)(float)x : x;
    return !isnan(x) && type->kind != TY_F16;   /* which NaN is the machine's choice */
}

/* x op c for integers, where it is x or a constant; REF_NONE: it is not. */
static Ref fold_right(Fn *fn, IrOp op, Ref a, int64_t c)
{
    Ty type = ir_ty(fn, a);
    int64_t ones = ty_is_bool(type) ? 1 : canon(type, ~UINT64_C(0));
    switch (op) {
    case IR_ADD: case IR_SUB: case IR_XOR: case IR_SHL: case IR_SHR:
        return c == 0 ? a : REF_NONE;
    case IR_OR:
        return c == 0 ? a : c == ones ? ir_int(fn, type, c) : REF_NONE;
    case IR_AND:
        return c == ones ? a : c == 0 ? ir_int(fn, type, 0) : REF_NONE;
    case IR_MUL:
        return c == 1 ? a : c == 0 ? ir_int(fn, type, 0) : REF_NONE;
    case IR_DIV:
        return c == 1 ? a : REF_NONE;
    case IR_REM:
        return c == 1 ? ir_int(fn, type, 0) : REF_NONE;
    default:
        return REF_NONE;
    }
}

static bool commutes(IrOp op)
{
    return op == IR_ADD || op == IR_MUL || op == IR_AND || op == IR_OR || op == IR_XOR || op == IR_EQ || op == IR_NE;
}

/* Integers: constants to the right, the older value to the left. */
static void order_args(const Fn *fn, IrOp op, Ref *a, Ref *b)
{
    bool ca = ir_is_const(fn, *a), cb = ir_is_const(fn, *b);
    if (commutes(op) && (ca != cb ? ca : a->i > b->i)) {
        Ref t = *a;
        *a = *b;
        *b = t;
    }
}

/* Is v in 0 .. mask, by its form? */
static bool is_below(const Fn *fn, Ref v, int64_t mask)
{
    const Ins *in = ir_ins(fn, v);
    int64_t c;
    if (ir_is_int(fn, v, &c) || (in->op == IR_AND && ir_is_int(fn, in->arg[1], &c)))
        return c >= 0 && c <= mask;
    if (in->op == IR_BITCAST)
        return ir_ty(fn, in->arg[0])->kind < TY_SCALAR_MAX && is_below(fn, in->arg[0], mask);
    Ty from = in->op == IR_CAST ? ir_ty(fn, in->arg[0]) : NULL;
    return from && ty_is_unsigned(from) && ty_bits(from) < 64 && (INT64_C(1) << ty_bits(from)) - 1 <= mask;
}

/* a & mask, a mask of low bits: it goes past what is below it anyway. What is computed from it (an index) waits for one op less, and
 * LLVM, which would compute (x ^ byte) & 255 with bytes, is not tempted: those cost more (a CRC: 0.88 of the time). */
static Ref fold_mask(Fn *fn, Ref a, int64_t mask)
{
    if (mask <= 0 || (mask & (mask + 1)) != 0)
        return REF_NONE;
    if (is_below(fn, a, mask))
        return a;
    Ins in = *ir_ins(fn, a);
    for (uint32_t k = 0; k < 2 && (in.op == IR_XOR || in.op == IR_OR); k++)
        if (is_below(fn, in.arg[k], mask))
            return ir_bin(fn, in.op, ir_bin(fn, IR_AND, in.arg[1 - k], ir_int(fn, in.ty, mask)), in.arg[k]);
    return REF_NONE;
}

static Ref bin_int(Fn *fn, IrOp op, Ref a, Ref b)
{
    Ty type = ir_ty(fn, a);
    int64_t x, y;
    order_args(fn, op, &a, &b);
    if (ir_is_int(fn, b, &y)) {
        if (ir_is_int(fn, a, &x) && fold_int(type, op, x, y, &x))
            return ir_int(fn, type, x);
        Ref known = fold_right(fn, op, a, y);
        if (ref_is_none(known) && op == IR_AND)
            known = fold_mask(fn, a, y);
        if (!ref_is_none(known))
            return known;
        const Ins *in = ir_ins(fn, a);
        Ref v = in->arg[0];                         /* a constant may move the instructions */
        if ((op == IR_ADD || op == IR_MUL) && in->op == op && ir_is_int(fn, in->arg[1], &x)
            && fold_int(type, op, x, y, &x))        /* (v + x) + y */
            return ir_bin(fn, op, v, ir_int(fn, type, x));
    }
    if (ref_eq(a, b) && (op == IR_AND || op == IR_OR))
        return a;
    if (ref_eq(a, b) && (op == IR_SUB || op == IR_XOR))
        return ir_int(fn, type, 0);
    return ir_emit(fn, op, type, (Ref[]){ a, b }, 2);
}

Ref ir_bin(Fn *fn, IrOp op, Ref a, Ref b)
{
    Ty type = ir_ty(fn, a);
    double x, y;
    assert(op >= IR_ADD && op <= IR_SHR && type == ir_ty(fn, b));
    if (ty_is_int(type) || ty_is_bool(type))
        return bin_int(fn, op, a, b);
    if (ir_is_float(fn, a, &x) && ir_is_float(fn, b, &y) && fold_float(type, op, x, y, &x))
        return ir_float(fn, type, x);
    return ir_emit(fn, op, type, (Ref[]){ a, b }, 2);
}

static bool fold_cmp_int(Ty type, IrOp op, int64_t a, int64_t b)
{
    uint32_t bits = ty_bits(type);
    uint64_t mask = bits >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << bits) - 1, x = (uint64_t)a & mask, y = (uint64_t)b & mask;
    bool less = op == IR_ULT || ty_is_unsigned(type) ? x < y : a < b;
    switch (op) {
    case IR_EQ: return a == b;
    case IR_NE: return a != b;
    case IR_LT: case IR_ULT: return less;
    case IR_LE: return less || a == b;
    case IR_GT: return !less && a != b;
    default: return !less;
    }
}

static bool fold_cmp_float(IrOp op, double a, double b)
{
    switch (op) {
    case IR_EQ: return a == b;
    case IR_NE: return a != b;
    case IR_LT: case IR_ULT: return a < b;
    case IR_LE: return a <= b;
    case IR_GT: return a > b;
    default: return a >= b;
    }
}

Ref ir_cmp(Fn *fn, IrOp op, Ref a, Ref b)
{
    Ty type = ir_ty(fn, a);
    int64_t i, j;
    double x, y;
    assert(op >= IR_EQ && op <= IR_ULT && type == ir_ty(fn, b));
    if (ty_is_int(type) || ty_is_bool(type)) {
        order_args(fn, op, &a, &b);
        if (ref_eq(a, b))
            return ir_bool(fn, op == IR_EQ || op == IR_LE || op == IR_GE);
        if (ir_is_int(fn, a, &i) && ir_is_int(fn, b, &j))
            return ir_bool(fn, fold_cmp_int(type, op, i, j));
    }
    if (ir_is_float(fn, a, &x) && ir_is_float(fn, b, &y))
        return ir_bool(fn, fold_cmp_float(op, x, y));
    return ir_emit(fn, op, ty(TY_BOOL), (Ref[]){ a, b }, 2);
}

Ref ir_un(Fn *fn, IrOp op, Ref a)
{
    const Ins *in = ir_ins(fn, a);
    Ty type = in->ty;
    int64_t i;
    double x;
    assert(op == IR_NEG || op == IR_NOT);
    if (ir_is_int(fn, a, &i))
        return ir_int(fn, type, canon(type, op == IR_NEG ? -(uint64_t)i : ~(uint64_t)i));
    if (op == IR_NEG && type->kind != TY_F16 && ir_is_float(fn, a, &x))
        return ir_float(fn, type, -x);
    if (in->op == op)
        return in->arg[0];
    return ir_emit(fn, op, type, &a, 1);
}

Ref ir_hide(Fn *fn, Ref a)
{
    int64_t known;
    return ty_is_bool(ir_ty(fn, a)) && ir_is_int(fn, a, &known) ? a : ir_emit(fn, IR_HIDE, ir_ty(fn, a), &a, 1);
}

Ref ir_select(Fn *fn, Ref c, Ref a, Ref b)
{
    int64_t v, x, y;
    if (ref_eq(a, b))
        return a;
    if (ir_is_int(fn, c, &v))
        return v ? a : b;
    if (ty_is_bool(ir_ty(fn, a)) && ir_is_int(fn, a, &x) && ir_is_int(fn, b, &y) && x != y)
        return x ? c : ir_un(fn, IR_NOT, c);
    return ir_emit(fn, IR_SELECT, ir_ty(fn, a), (Ref[]){ c, a, b }, 3);
}

/* ---- conversions ---------------------------------------------------------------------------------------- */

static Ref cast_int_const(Fn *fn, Ty from, int64_t v, Ty to)
{
    bool uns = ty_is_unsigned(from);
    if (ty_is_bool(to) || ty_is_int(to))
        return ir_int(fn, to, v);
    if (to->kind == TY_F16 && (v > 2048 || v < -2048))
        return REF_NONE;
    if (to->kind == TY_F32)
        return ir_float(fn, to, uns ? (double)(float)(uint64_t)v : (double)(float)v);
    return ir_float(fn, to, uns ? (double)(uint64_t)v : (double)v);
}

/* As float_to_int in lower/values.c. */
static int64_t truncate(double v, uint32_t bits)
{
    return fabs(v) < ldexp(1, (int)bits - 1) ? (int64_t)v : bits == 64 ? INT64_MIN : INT32_MIN;
}

static int64_t float_to_int(double v, Ty to)
{
    uint32_t bits = ty_bits(to);
    bool uns = ty_is_unsigned(to);
    if (uns && bits == 64 && v >= 0x1p63)
        return truncate(v - 0x1p63, 64) ^ INT64_MIN;
    return truncate(v, bits == 64 || (uns && bits == 32) ? 64 : 32);
}

static Ref cast_float_const(Fn *fn, Ty from, double v, Ty to)
{
    if (from->kind == TY_F16 && trunc(v) != v)
        return REF_NONE;
    if (ty_is_bool(to))
        return ir_bool(fn, v != 0);
    if (ty_is_float(to)) {
        if (isnan(v) || (to->kind == TY_F16 && !(fabs(v) <= 2048 && trunc(v) == v)))
            return REF_NONE;
        return ir_float(fn, to, v);
    }
    return ir_int(fn, to, float_to_int(v, to));
}

static Ref cast_const(Fn *fn, Ref a, Ty to)
{
    Ty from = ir_ty(fn, a);
    int64_t i;
    double x;
    if (ir_is_int(fn, a, &i))
        return cast_int_const(fn, from, i, to);
    if (ir_is_float(fn, a, &x))
        return cast_float_const(fn, from, x, to);
    return REF_NONE;
}

Ref ir_trunc(Fn *fn, Ref a)
{
    if (ir_ty(fn, a)->kind == TY_F16)
        a = ir_cast(fn, a, ty(TY_F32));
    Ref known = cast_const(fn, a, ty(TY_I64));
    return !ref_is_none(known) ? known : ir_emit(fn, IR_TRUNC, ty(TY_I64), &a, 1);
}

static Ref cast_complex(Fn *fn, Ref a, Ty to)
{
    if (ty_is_complex(to)) {
        Ty part = ty_real(to);
        Ref re = ir_cast(fn, ir_real(fn, a), part);
        return ir_complex(fn, to, re, ir_cast(fn, ir_imag(fn, a), part));
    }
    if (ty_is_bool(to)) {
        Ref re = ir_cast(fn, ir_real(fn, a), to);
        return ir_bin(fn, IR_OR, re, ir_cast(fn, ir_imag(fn, a), to));
    }
    return ir_cast(fn, ir_real(fn, a), to);
}

Ref ir_cast(Fn *fn, Ref a, Ty to)
{
    Ty from = ir_ty(fn, a);
    if (from == to)
        return a;
    if (!ty_is_scalar(from) || !ty_is_scalar(to) || ty_strong(from) == ty_strong(to))
        return ir_retype(fn, a, to);
    if (ty_is_complex(from))
        return cast_complex(fn, a, to);
    if (ty_is_complex(to)) {
        Ty part = ty_real(to);
        Ref re = ir_cast(fn, a, part);
        return ir_complex(fn, to, re, ir_float(fn, part, 0));
    }
    Ref known = cast_const(fn, a, to);
    return !ref_is_none(known) ? known : ir_emit(fn, IR_CAST, to, &a, 1);
}

static Ref retype_array(Fn *fn, Ref a, Ty to)
{
    Ref extent[NDIM_MAX], stride[NDIM_MAX];
    ViewMap map = ir_whole_map(fn, to->ndim);
    for (uint32_t k = 0; k < to->ndim; k++) {
        extent[k] = ir_extent(fn, a, k);
        stride[k] = to->order == ORDER_A ? ir_stride(fn, a, k) : REF_NONE;
    }
    return ir_view(fn, to, a, ir_data(fn, a), extent, stride, &map);
}

static Ref retype_items(Fn *fn, Ref a, Ty to)
{
    VEC(Ref) item = { 0 };
    for (uint32_t k = 0; k < to->nitem; k++) {
        Ref x = ir_cast(fn, ir_item(fn, a, k), to->item[k]);
        vec_push(fn->unit->arena, &item, x);
    }
    return ir_tuple(fn, to, item.at, item.n);
}

/* Into an optional or maybe: of nothing, of another one, of a value. */
static Ref retype_optional(Fn *fn, Ref a, Ty to)
{
    Ty from = ir_ty(fn, a);
    if (from->kind == (to->kind == TY_OPTIONAL ? TY_NONE : TY_UNBOUND))
        return ir_nothing(fn, to);
    if (from->kind != to->kind)
        return ir_some(fn, to, ir_cast(fn, a, to->elem));
    Ref has = ir_has(fn, a), some = ir_some(fn, to, ir_cast(fn, ir_unwrap(fn, a), to->elem));
    return ir_select(fn, has, some, ir_nothing(fn, to));
}

Ref ir_retype(Fn *fn, Ref a, Ty to)
{
    const Ins *in = ir_ins(fn, a);
    Ty from = in->ty;
    if (from == to)
        return a;
    if (ty_is_optional(to))
        return retype_optional(fn, a, to);
    if (in->op == IR_UNDEF)
        return ir_undef(fn, to);
    if (ty_is_array(from) && ty_is_array(to) && from->ndim == to->ndim)
        return retype_array(fn, a, to);
    if (ty_is_complex(from) && ty_is_complex(to))
        return cast_complex(fn, a, to);
    if (ty_is_aggregate(from) && ty_is_aggregate(to) && from->nitem == to->nitem)
        return retype_items(fn, a, to);
    if (in->op == IR_CONST && from->nparts == to->nparts)
        return ir_emit_imm(fn, IR_CONST, to, NULL, 0, in->imm.i);
    if (from->nparts != to->nparts)
        nj_bug(fn->unit, "retype of %s to %s", ty_name(from), ty_name(to));
    return ir_bitcast(fn, a, to);
}

Ref ir_bitcast(Fn *fn, Ref a, Ty to)
{
    const Ins *in = ir_ins(fn, a);
    int64_t v;
    if (in->ty == to)
        return a;
    if (ir_is_int(fn, a, &v) && ty_is_int(to))
        return ir_int(fn, to, v);
    if (in->op == IR_BITCAST)
        return ir_bitcast(fn, in->arg[0], to);
    return ir_emit(fn, IR_BITCAST, to, &a, 1);
}

Ref ir_math(Fn *fn, MathId id, const Ref *arg, uint32_t n)
{
    assert((int)n == math_row[id].nargs);
    Ref r = ir_emit_imm(fn, IR_MATH, ir_ty(fn, arg[0]), arg, n, id);
    if (fn->parent && math_row[id].where)
        ir_ins(fn, r)->flags |= INS_ARRAY;
    return r;
}

Ref ir_math1(Fn *fn, MathId id, Ref a) { return ir_math(fn, id, &a, 1); }
Ref ir_math2(Fn *fn, MathId id, Ref a, Ref b) { return ir_math(fn, id, (Ref[]){ a, b }, 2); }
