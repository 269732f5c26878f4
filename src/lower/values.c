/* values.c: parts, constants, arithmetic, casts, aggregates → LLVM values. */
#include "lower/target.h"

LLVMTypeRef lower_part_type(Lower *lo, Part part)
{
    switch (part) {
    case PART_I1: return lo->i1;
    case PART_I8: return lo->i8;
    case PART_I16: return lo->i16;
    case PART_I32: return lo->i32;
    case PART_I64: return lo->i64;
    case PART_F16: return lo->f16;
    case PART_F32: return lo->f32;
    case PART_F64: return lo->f64;
    case PART_PTR: return lo->ptr;
    }
    return lo->i64;
}

LLVMValueRef *lower_new(Lower *lo, Ty ty)
{
    return arena_new_n(lo->job->arena, LLVMValueRef, ty->nparts + 1);
}

LLVMValueRef lower_i64(Lower *lo, int64_t v) { return LLVMConstInt(lo->i64, (uint64_t)v, true); }
LLVMValueRef lower_i32(Lower *lo, int32_t v) { return LLVMConstInt(lo->i32, (uint64_t)(int64_t)v, true); }

LLVMValueRef lower_host(Lower *lo, const void *p)
{
    return p ? LLVMConstIntToPtr(lower_i64(lo, (int64_t)(intptr_t)p), lo->ptr) : LLVMConstNull(lo->ptr);
}

LLVMValueRef lower_at(Lower *lo, LLVMValueRef ptr, LLVMValueRef nbytes)
{
    return LLVMBuildGEP2(lo->b, lo->i8, ptr, &nbytes, 1, "");
}

LLVMValueRef lower_at_const(Lower *lo, LLVMValueRef ptr, size_t nbytes)
{
    return nbytes ? lower_at(lo, ptr, lower_i64(lo, (int64_t)nbytes)) : ptr;
}

LLVMValueRef lower_coerce(Lower *lo, LLVMValueRef v, LLVMTypeRef to)
{
    LLVMTypeRef from = LLVMTypeOf(v);
    if (from == to)
        return v;
    LLVMTypeKind f = LLVMGetTypeKind(from), t = LLVMGetTypeKind(to);
    if (f == LLVMIntegerTypeKind && t == LLVMIntegerTypeKind)
        return LLVMBuildIntCast2(lo->b, v, to, from != lo->i1, "");
    if (f == LLVMPointerTypeKind && t == LLVMIntegerTypeKind)
        return LLVMBuildPtrToInt(lo->b, v, to, "");
    if (f == LLVMIntegerTypeKind && t == LLVMPointerTypeKind)
        return LLVMBuildIntToPtr(lo->b, v, to, "");
    if (f != LLVMIntegerTypeKind && f != LLVMPointerTypeKind && t != LLVMIntegerTypeKind && t != LLVMPointerTypeKind)
        return LLVMBuildFPCast(lo->b, v, to, "");
    return LLVMBuildBitCast(lo->b, v, to, "");
}

LLVMValueRef lower_to_slot(Lower *lo, LLVMValueRef v)
{
    LLVMTypeRef t = LLVMTypeOf(v);
    if (t == lo->ptr)
        return LLVMBuildPtrToInt(lo->b, v, lo->i64, "");
    if (t == lo->f16)
        v = LLVMBuildBitCast(lo->b, v, lo->i16, "");
    else if (t == lo->f32)
        v = LLVMBuildBitCast(lo->b, v, lo->i32, "");
    else if (t == lo->f64)
        v = LLVMBuildBitCast(lo->b, v, lo->i64, "");
    return LLVMTypeOf(v) == lo->i64 ? v : LLVMBuildZExt(lo->b, v, lo->i64, "");
}

LLVMValueRef lower_slot_load(Lower *lo, LLVMValueRef slot, uint32_t k, Part part)
{
    LLVMValueRef at = lower_at_const(lo, slot, (size_t)k * 8);
    if (part == PART_I1) {
        LLVMValueRef v = LLVMBuildLoad2(lo->b, lo->i8, at, "");
        return LLVMBuildICmp(lo->b, LLVMIntNE, v, LLVMConstNull(lo->i8), "");
    }
    return LLVMBuildLoad2(lo->b, lower_part_type(lo, part), at, "");
}

/* Pointers, doubles and int64 are stored as they are, so that they are forwarded after inlining. */
LLVMValueRef lower_slot_store(Lower *lo, LLVMValueRef slot, uint32_t k, LLVMValueRef v)
{
    LLVMTypeRef t = LLVMTypeOf(v);
    if (t != lo->ptr && t != lo->f64)
        v = lower_to_slot(lo, v);
    return LLVMBuildStore(lo->b, v, lower_at_const(lo, slot, (size_t)k * 8));
}

LLVMValueRef lower_intrinsic(Lower *lo, const char *name, LLVMTypeRef type, LLVMValueRef *arg, uint32_t n)
{
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(lo->module, id, &type, 1);
    LLVMTypeRef ft = LLVMIntrinsicGetType(lo->context, id, &type, 1);
    return LLVMBuildCall2(lo->b, ft, f, arg, n, "");
}

LLVMValueRef lower_hidden(Lower *lo, LLVMValueRef v)
{
    LLVMTypeRef t = LLVMTypeOf(v), bits = t == lo->f16 ? lo->i16 : t == lo->f32 ? lo->i32 : t == lo->f64 ? lo->i64 : t;
    LLVMValueRef hidden = lower_intrinsic(lo, "llvm.expect", bits, (LLVMValueRef[]){ lower_coerce(lo, v, bits), LLVMConstNull(bits) }, 2);
    return lower_coerce(lo, hidden, t);
}

static LLVMValueRef fast(Lower *lo, LLVMValueRef v)
{
    uint8_t m = lo->fn->opt.fastmath;
    if (m && LLVMIsAInstruction(v) && LLVMCanValueUseFastMathFlags(v))
        LLVMSetFastMathFlags(v, (m & FAST_NNAN ? LLVMFastMathNoNaNs : 0) | (m & FAST_NINF ? LLVMFastMathNoInfs : 0)
            | (m & FAST_NSZ ? LLVMFastMathNoSignedZeros : 0) | (m & FAST_ARCP ? LLVMFastMathAllowReciprocal : 0)
            | (m & FAST_CONTRACT ? LLVMFastMathAllowContract : 0) | (m & FAST_AFN ? LLVMFastMathApproxFunc : 0)
            | (m & FAST_REASSOC ? LLVMFastMathAllowReassoc : 0));
    return v;
}

static LLVMValueRef *constant(Lower *lo, const Ins *in)
{
    Ty t = in->ty;
    LLVMValueRef *v = lower_new(lo, t);
    uint8_t part[t->nparts + 1];
    ty_parts(t, part);
    if (in->op == IR_UNDEF || ty_is_complex(t)) {
        for (uint32_t k = 0; k < t->nparts; k++)
            v[k] = LLVMConstNull(lower_part_type(lo, part[k]));
        if (in->op == IR_CONST && in->imm.i)
            lower_bug(lo, "a complex constant");
    } else if (t->kind == TY_PTR) {
        v[0] = lower_host(lo, in->imm.p);
    } else if (ty_is_scalar(t)) {
        LLVMTypeRef type = lower_part_type(lo, part[0]);
        v[0] = ty_is_float(t) ? LLVMConstReal(type, in->imm.d)
             : LLVMConstInt(type, ty_is_bool(t) ? in->imm.i != 0 : (uint64_t)in->imm.i, true);
    } else {
        const uint64_t *slot = in->imm.p;           /* arrays, strings: their parts, in memory */
        for (uint32_t k = 0; k < t->nparts; k++)
            v[k] = part[k] == PART_PTR ? lower_host(lo, (const void *)(uintptr_t)slot[k]) : lower_i64(lo, (int64_t)slot[k]);
    }
    return v;
}

static LLVMValueRef remainder_of(Lower *lo, Ty t, LLVMValueRef x, LLVMValueRef y)
{
    return lo->target->math(lo, &math_row[MATH_FMOD], lower_part_type(lo, ty_part(t)), (LLVMValueRef[]){ x, y });
}

static LLVMValueRef binary(Lower *lo, IrOp op, Ty t, LLVMValueRef x, LLVMValueRef y)
{
    LLVMBuilderRef b = lo->b;
    bool f = ty_is_float(t), u = ty_is_unsigned(t);
    switch (op) {
    case IR_ADD: return f ? LLVMBuildFAdd(b, x, y, "") : LLVMBuildAdd(b, x, y, "");
    case IR_SUB: return f ? LLVMBuildFSub(b, x, y, "") : LLVMBuildSub(b, x, y, "");
    case IR_MUL: return f ? LLVMBuildFMul(b, x, y, "") : LLVMBuildMul(b, x, y, "");
    case IR_DIV: return f ? LLVMBuildFDiv(b, x, y, "") : u ? LLVMBuildUDiv(b, x, y, "") : LLVMBuildSDiv(b, x, y, "");
    case IR_REM: return f ? remainder_of(lo, t, x, y) : u ? LLVMBuildURem(b, x, y, "") : LLVMBuildSRem(b, x, y, "");
    case IR_AND: return LLVMBuildAnd(b, x, y, "");
    case IR_OR:  return LLVMBuildOr(b, x, y, "");
    case IR_XOR: return LLVMBuildXor(b, x, y, "");
    case IR_SHL: return LLVMBuildShl(b, x, y, "");
    default:     return u ? LLVMBuildLShr(b, x, y, "") : LLVMBuildAShr(b, x, y, "");
    }
}

/* Sums that were proved not to wrap say so. */
static LLVMValueRef exact(const Ins *in, LLVMValueRef v)
{
    if (in->flags & INS_NO_WRAP && LLVMIsAInstruction(v))
        LLVMSetNSW(v, true);
    return v;
}

/* The sum of a reduction whose order is free. */
static LLVMValueRef any_order(const Ins *in, LLVMValueRef v)
{
    if (in->flags & INS_ANY_ORDER && LLVMIsAInstruction(v) && LLVMCanValueUseFastMathFlags(v))
        LLVMSetFastMathFlags(v, LLVMGetFastMathFlags(v) | LLVMFastMathAllowReassoc);
    return v;
}

static LLVMValueRef complex_binary(Lower *lo, IrOp op, LLVMValueRef *x, LLVMValueRef *y, uint32_t k)
{
    if (op != IR_ADD && op != IR_SUB)
        lower_bug(lo, "%s of complex numbers", ir_op[op].name);
    return op == IR_SUB ? LLVMBuildFSub(lo->b, x[k], y[k], "") : LLVMBuildFAdd(lo->b, x[k], y[k], "");
}

static LLVMValueRef compare(Lower *lo, IrOp op, Ty t, LLVMValueRef x, LLVMValueRef y)
{
    static const LLVMIntPredicate s[] = { LLVMIntEQ, LLVMIntNE, LLVMIntSLT, LLVMIntSLE, LLVMIntSGT, LLVMIntSGE, LLVMIntULT };
    static const LLVMIntPredicate u[] = { LLVMIntEQ, LLVMIntNE, LLVMIntULT, LLVMIntULE, LLVMIntUGT, LLVMIntUGE, LLVMIntULT };
    static const LLVMRealPredicate f[] = { LLVMRealOEQ, LLVMRealUNE, LLVMRealOLT, LLVMRealOLE, LLVMRealOGT, LLVMRealOGE, LLVMRealOLT };
    static_assert(IR_ULT - IR_EQ == 6, "the rows above");
    if (ty_is_float(t))
        return LLVMBuildFCmp(lo->b, f[op - IR_EQ], x, y, "");
    return LLVMBuildICmp(lo->b, (ty_is_unsigned(t) || t->kind == TY_PTR ? u : s)[op - IR_EQ], x, y, "");
}

static LLVMValueRef compare_parts(Lower *lo, IrOp op, Ty t, LLVMValueRef *x, LLVMValueRef *y)
{
    LLVMValueRef r = compare(lo, op, ty_is_complex(t) ? ty_real(t) : t, x[0], y[0]);
    if (!ty_is_complex(t))
        return r;
    LLVMValueRef im = compare(lo, op, ty_real(t), x[1], y[1]);
    return op == IR_NE ? LLVMBuildOr(lo->b, r, im, "") : LLVMBuildAnd(lo->b, r, im, "");
}

/* As compiled C does it, and so NumPy, whatever x is: int32 or int64 first, of which the lower bits. ir/scalar.c does it for constants. */
static LLVMValueRef float_to_int(Lower *lo, LLVMValueRef x, Ty to)
{
    if (LLVMTypeOf(x) == lo->f16)
        x = LLVMBuildFPCast(lo->b, x, lo->f32, "");
    uint32_t bits = ty_bits(to);
    bool uns = ty_is_unsigned(to);
    if (bits < 64)
        return LLVMBuildIntCast2(lo->b, lo->target->truncate(lo, x, uns && bits == 32 ? lo->i64 : lo->i32), lower_part_type(lo, ty_part(to)), true, "");
    if (!uns)
        return lo->target->truncate(lo, x, lo->i64);
    LLVMValueRef half = LLVMConstReal(LLVMTypeOf(x), 0x1p63), far = LLVMBuildFCmp(lo->b, LLVMRealOGE, x, half, "");
    LLVMValueRef rest = LLVMBuildSelect(lo->b, far, LLVMBuildFSub(lo->b, x, half, ""), x, "");
    LLVMValueRef top = LLVMBuildSelect(lo->b, far, lower_i64(lo, INT64_MIN), lower_i64(lo, 0), "");
    return LLVMBuildXor(lo->b, lo->target->truncate(lo, rest, lo->i64), top, "");
}

static LLVMValueRef cast_real(Lower *lo, Ty from, Ty to, LLVMValueRef v)
{
    LLVMTypeRef type = lower_part_type(lo, ty_part(to));
    bool f = ty_is_float(from);
    if (ty_is_bool(to)) {
        if (ty_is_bool(from))
            return v;
        LLVMValueRef zero = LLVMConstNull(LLVMTypeOf(v));
        return f ? LLVMBuildFCmp(lo->b, LLVMRealUNE, v, zero, "") : LLVMBuildICmp(lo->b, LLVMIntNE, v, zero, "");
    }
    if (f && ty_is_float(to))
        return LLVMTypeOf(v) == type ? v : LLVMBuildFPCast(lo->b, v, type, "");
    if (f)
        return float_to_int(lo, v, to);
    if (ty_is_float(to))
        return ty_is_unsigned(from) ? LLVMBuildUIToFP(lo->b, v, type, "") : LLVMBuildSIToFP(lo->b, v, type, "");
    if (from->kind == TY_PTR || to->kind == TY_PTR)
        return lower_coerce(lo, v, type);
    return LLVMBuildIntCast2(lo->b, v, type, !ty_is_unsigned(from), "");
}

static LLVMValueRef *cast(Lower *lo, Ty from, Ty to, LLVMValueRef *x)
{
    if (!ty_is_scalar(from) || !ty_is_scalar(to))
        return lower_convert(lo, from, to, x);
    LLVMValueRef *v = lower_new(lo, to);
    if (!ty_is_complex(to)) {
        v[0] = cast_real(lo, ty_is_complex(from) ? ty_real(from) : from, to, x[0]);
        if (ty_is_complex(from) && ty_is_bool(to))
            v[0] = LLVMBuildOr(lo->b, v[0], cast_real(lo, ty_real(from), to, x[1]), "");
        return v;
    }
    v[0] = cast_real(lo, ty_is_complex(from) ? ty_real(from) : from, ty_real(to), x[0]);
    v[1] = ty_is_complex(from) ? cast_real(lo, ty_real(from), ty_real(to), x[1]) : LLVMConstNull(LLVMTypeOf(v[0]));
    return v;
}

static LLVMValueRef *unary(Lower *lo, const Ins *in, LLVMValueRef *x)
{
    LLVMValueRef *v = lower_new(lo, in->ty);
    for (uint32_t k = 0; k < in->ty->nparts; k++)
        if (in->op == IR_NOT)
            v[k] = LLVMBuildNot(lo->b, x[k], "");
        else if (ty_is_float(in->ty) || ty_is_complex(in->ty))
            v[k] = fast(lo, LLVMBuildFNeg(lo->b, x[k], ""));
        else
            v[k] = LLVMBuildNeg(lo->b, x[k], "");
    return v;
}

static LLVMValueRef *aggregate(Lower *lo, const Ins *in, const Ref *arg)
{
    LLVMValueRef *v = lower_new(lo, in->ty);
    uint32_t n = 0;
    for (uint32_t k = 0; k < in->nargs; k++) {
        Ty t = ir_ty(lo->fn, arg[k]);
        LLVMValueRef *x = lo->value[arg[k].i];
        if (k < in->ty->nitem && in->ty->item[k] != t)
            x = lower_convert(lo, t, in->ty->item[k], x), t = in->ty->item[k];
        if (n + t->nparts > in->ty->nparts) {
            lower_bug(lo, "items of %s", ty_name(in->ty));
            break;
        }
        for (uint32_t p = 0; p < t->nparts; p++)
            v[n++] = x[p];
    }
    return v;
}

static LLVMValueRef *item(Lower *lo, const Ins *in, Ty t, LLVMValueRef *x)
{
    uint32_t n = 0;
    for (int64_t k = 0; k < in->imm.i; k++)
        n += t->item[k]->nparts;
    return lower_convert(lo, t->item[in->imm.i], in->ty, x + n);
}

static void arithmetic(Lower *lo, const Ins *in, LLVMValueRef *x, LLVMValueRef *y, LLVMValueRef *v)
{
    for (uint32_t k = 0; k < in->ty->nparts; k++)
        v[k] = any_order(in, fast(lo, ty_is_complex(in->ty) ? complex_binary(lo, in->op, x, y, k) : exact(in, binary(lo, in->op, in->ty, x[k], y[k]))));
}

static void select_(Lower *lo, const Ins *in, const Ref *arg, LLVMValueRef *v)
{
    LLVMValueRef c = lo->value[arg[0].i][0];
    LLVMValueRef *yes = lower_convert(lo, ir_ty(lo->fn, arg[1]), in->ty, lo->value[arg[1].i]);
    LLVMValueRef *no = lower_convert(lo, ir_ty(lo->fn, arg[2]), in->ty, lo->value[arg[2].i]);
    for (uint32_t k = 0; k < in->ty->nparts; k++)
        v[k] = yes[k] == no[k] ? yes[k] : LLVMBuildSelect(lo->b, c, yes[k], no[k], "");
}

static LLVMValueRef math(Lower *lo, const Ins *in, const Ref *arg)
{
    LLVMValueRef a[3];
    for (uint32_t k = 0; k < in->nargs && k < 3; k++)
        a[k] = lo->value[arg[k].i][0];
    return fast(lo, lo->target->math(lo, &math_row[in->imm.i], lower_part_type(lo, ty_part(in->ty)), a));
}

static LLVMValueRef thread(Lower *lo, const Ins *in)
{
    if (lo->target->thread)
        return lo->target->thread(lo, in->imm.i);
    lower_bug(lo, "the target has no threads");
    return LLVMConstNull(lo->i64);
}

/* An optional that is there: x behind a 1. */
static void some(Lower *lo, const Ins *in, LLVMValueRef *x, LLVMValueRef *v)
{
    v[0] = LLVMConstInt(lo->i1, 1, false);
    for (uint32_t k = 1; k < in->ty->nparts; k++)
        v[k] = x[k - 1];
}

/* Ops that fill the parts v of their result. */
static bool compute(Lower *lo, const Ins *in, const Ref *arg, LLVMValueRef *x, LLVMValueRef *y, LLVMValueRef *v)
{
    switch (in->op) {
    case IR_ADD: case IR_SUB: case IR_MUL: case IR_DIV: case IR_REM: case IR_AND: case IR_OR: case IR_XOR: case IR_SHL: case IR_SHR:
        arithmetic(lo, in, x, y, v);
        return true;
    case IR_EQ: case IR_NE: case IR_LT: case IR_LE: case IR_GT: case IR_GE: case IR_ULT:
        v[0] = fast(lo, compare_parts(lo, in->op, ir_ty(lo->fn, arg[0]), x, y));
        return true;
    case IR_SELECT: select_(lo, in, arg, v); return true;
    case IR_TRUNC: v[0] = lo->target->trunc(lo, x[0]); return true;
    case IR_MATH: v[0] = math(lo, in, arg); return true;
    case IR_THREAD: v[0] = thread(lo, in); return true;
    case IR_COMPLEX: v[0] = x[0], v[1] = y[0]; return true;
    case IR_REAL: case IR_IMAG: v[0] = x[in->op == IR_IMAG]; return true;
    case IR_SOME: some(lo, in, lower_convert(lo, ir_ty(lo->fn, arg[0]), in->ty->elem, x), v); return true;
    case IR_HAS: v[0] = x[0]; return true;
    case IR_HIDE:
        for (uint32_t k = 0; k < in->ty->nparts; k++)
            v[k] = lower_hidden(lo, x[k]);
        return true;
    default: return false;
    }
}

bool lower_value(Lower *lo, const Ins *in, Ref r)
{
    const Fn *fn = lo->fn;
    const Ref *arg = ir_args(fn, in);
    LLVMValueRef **value = lo->value, **out = &value[r.i];
    LLVMValueRef *x = in->nargs ? value[arg[0].i] : NULL, *y = in->nargs > 1 ? value[arg[1].i] : NULL, *v;
    switch (in->op) {
    case IR_NOP: return true;
    case IR_CONST: case IR_UNDEF: *out = constant(lo, in); return true;
    case IR_NEG: case IR_NOT: *out = unary(lo, in, x); return true;
    case IR_CAST: *out = cast(lo, ir_ty(fn, arg[0]), in->ty, x); return true;
    case IR_BITCAST: *out = lower_convert(lo, ir_ty(fn, arg[0]), in->ty, x); return true;
    case IR_TUPLE: *out = aggregate(lo, in, arg); return true;
    case IR_ITEM: *out = item(lo, in, ir_ty(fn, arg[0]), x); return true;
    case IR_UNWRAP: *out = lower_convert(lo, ir_ty(fn, arg[0])->elem, in->ty, x + 1); return true;
    default:
        if (!compute(lo, in, arg, x, y, v = lower_new(lo, in->ty)))
            return false;
        *out = v;
        return true;
    }
}
