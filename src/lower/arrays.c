/* arrays.c: arrays {owner, data, extents, strides} and memory → LLVM. The strides of orders C and F are computed. */
#include <stdio.h>
#include "lower/target.h"

enum { OWNER, DATA, SHAPE };
enum { CONSTANTS_MAX = 4096 };   /* bytes of an array of constants that stand in the module too */

LLVMValueRef lower_extent(Lower *lo, Ty t, LLVMValueRef *part, uint32_t axis)
{
    return t->extent ? lower_i64(lo, t->extent[axis]) : part[SHAPE + axis];
}

static LLVMValueRef mul(Lower *lo, LLVMValueRef x, LLVMValueRef y)
{
    return LLVMBuildNSWMul(lo->b, x, y, "");
}

LLVMValueRef lower_stride(Lower *lo, Ty t, LLVMValueRef *part, uint32_t axis)
{
    if (t->order == ORDER_A)
        return part[SHAPE + (t->extent ? 0 : t->ndim) + axis];
    LLVMValueRef stride = lower_i64(lo, t->elem->nbytes);
    if (t->order == ORDER_C)
        for (uint32_t k = t->ndim; --k > axis; )
            stride = mul(lo, stride, lower_extent(lo, t, part, k));
    else
        for (uint32_t k = 0; k < axis; k++)
            stride = mul(lo, stride, lower_extent(lo, t, part, k));
    return stride;
}

static LLVMValueRef *convert_array(Lower *lo, Ty from, Ty to, LLVMValueRef *x)
{
    LLVMValueRef *v = lower_new(lo, to);
    uint32_t n = SHAPE;
    v[OWNER] = x[OWNER], v[DATA] = x[DATA];
    for (uint32_t k = 0; k < to->ndim && !to->extent; k++)
        v[n++] = lower_extent(lo, from, x, k);
    for (uint32_t k = 0; k < to->ndim && to->order == ORDER_A; k++)
        v[n++] = lower_stride(lo, from, x, k);
    return v;
}

LLVMValueRef *lower_convert(Lower *lo, Ty from, Ty to, LLVMValueRef *x)
{
    if (from == to)
        return x;
    if (from->kind == TY_ARRAY && to->kind == TY_ARRAY && from->ndim == to->ndim)
        return convert_array(lo, from, to, x);
    LLVMValueRef *v = lower_new(lo, to);
    if ((from->kind == TY_OPTIONAL || from->kind == TY_MAYBE) && (to->kind == TY_OPTIONAL || to->kind == TY_MAYBE)) {
        LLVMValueRef *e = lower_convert(lo, from->elem, to->elem, x + 1);
        v[0] = x[0];
        for (uint32_t k = 1; k < to->nparts; k++)
            v[k] = e[k - 1];
        return v;
    }
    if (ty_is_aggregate(from) && ty_is_aggregate(to) && from->nitem == to->nitem) {
        uint32_t a = 0, n = 0;
        for (uint32_t k = 0; k < from->nitem; a += from->item[k++]->nparts) {
            LLVMValueRef *e = lower_convert(lo, from->item[k], to->item[k], x + a);
            for (uint32_t p = 0; p < to->item[k]->nparts; p++)
                v[n++] = e[p];
        }
        return v;
    }
    if (from->nparts != to->nparts) {
        lower_bug(lo, "%s as %s", ty_name(from), ty_name(to));
        return v;
    }
    uint8_t part[to->nparts + 1];
    ty_parts(to, part);
    for (uint32_t k = 0; k < to->nparts; k++) {
        LLVMTypeRef type = lower_part_type(lo, part[k]);
        v[k] = LLVMTypeOf(x[k]) == type ? x[k]
             : type == lo->ptr || LLVMTypeOf(x[k]) == lo->ptr ? lower_coerce(lo, x[k], type)
             : LLVMBuildBitCast(lo->b, x[k], type, "");
    }
    return v;
}

void lower_count(Lower *lo, RtId id, Ty t, LLVMValueRef *part)
{
    if (t->kind == TY_ARRAY) {
        lower_rt(lo, id, part, 1);
    } else if (t->kind == TY_OPTIONAL || t->kind == TY_MAYBE) {
        lower_count(lo, id, t->elem, part + 1);
    } else if (ty_is_aggregate(t)) {
        for (uint32_t k = 0; k < t->nitem; part += t->item[k++]->nparts)
            lower_count(lo, id, t->item[k], part);
    }
}

/* v, but LLVM does not know it. */
static LLVMValueRef unknown(Lower *lo, LLVMValueRef v)
{
    LLVMTypeRef type = LLVMTypeOf(v), ft = LLVMFunctionType(type, &type, 1, false);
    LLVMValueRef f = LLVMGetInlineAsm(ft, "", 0, "=r,0", 4, true, false, LLVMInlineAsmDialectATT, false);
    return LLVMBuildCall2(lo->b, ft, f, &v, 1, "");
}

/* Address of an element. Orders C and F index by elements (the indices are in range, so nothing wraps). */
static LLVMValueRef element(Lower *lo, Ty t, LLVMValueRef data, LLVMValueRef *part, const Ref *index, bool apart)
{
    data = apart ? unknown(lo, data) : data;
    if (t->ndim == 0)
        return data;
    LLVMValueRef at = NULL;
    if (t->order == ORDER_A) {
        for (uint32_t k = 0; k < t->ndim; k++) {
            LLVMValueRef i = lo->value[index[k].i][0], step = mul(lo, apart ? unknown(lo, i) : i, lower_stride(lo, t, part, k));
            at = at ? LLVMBuildNSWAdd(lo->b, at, step, "") : step;
        }
        return LLVMBuildInBoundsGEP2(lo->b, lo->i8, data, &at, 1, "");
    }
    LLVMTypeRef unit = LLVMArrayType2(lo->i8, t->elem->nbytes);
    if (!ty_is_complex(t->elem) && !ty_is_bool(t->elem))
        unit = lower_part_type(lo, ty_part(t->elem));
    for (uint32_t k = 0; k < t->ndim; k++) {
        uint32_t axis = t->order == ORDER_C ? k : t->ndim - 1 - k;
        LLVMValueRef i = lo->value[index[axis].i][0], row = at ? mul(lo, at, lower_extent(lo, t, part, axis)) : NULL;
        i = apart ? unknown(lo, i) : i;
        if (row && k == t->ndim - 1 && !(lo->loops & LOOPS_REDUCE))     /* a loop along the row finds its address made */
            data = LLVMBuildInBoundsGEP2(lo->b, unit, data, &row, 1, ""), at = i;
        else
            at = row ? LLVMBuildNSWAdd(lo->b, row, i, "") : i;
    }
    return LLVMBuildInBoundsGEP2(lo->b, unit, data, &at, 1, "");
}

/* Where the elements of an array of constants are in the module, so that LLVM knows them where it learns the index; NULL: not there. */
static LLVMValueRef constants(Lower *lo, const Ins *array)
{
    uint64_t nbytes = ir_frozen_nbytes(array);
    Ty elem = array->ty->elem;
    if (nbytes == 0 || nbytes > CONSTANTS_MAX)
        return NULL;
    const void *from = (const void *)(uintptr_t)((const uint64_t *)array->imm.p)[1];
    for (uint32_t k = 0; k < lo->constants.n; k++)
        if (lo->constants.at[k].from == from)
            return lo->constants.at[k].global;
    LLVMTypeRef unit = ty_is_bool(elem) ? lo->i8 : lower_part_type(lo, ty_part(ty_is_complex(elem) ? ty_real(elem) : elem));
    LLVMValueRef data = LLVMConstDataArray(unit, from, nbytes), global = LLVMAddGlobal(lo->module, LLVMTypeOf(data), "constants");
    LLVMSetInitializer(global, data);
    LLVMSetGlobalConstant(global, true);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetAlignment(global, 16);
    vec_push(lo->job->arena, &lo->constants, ((Constants){ from, global }));
    return global;
}

static uint32_t part_nbytes(Ty scalar)
{
    uint32_t bits = ty_bits(scalar);
    return scalar->kind == TY_PTR ? 8 : bits < 8 ? 1 : bits / 8;
}

/* Memory of a NEW is no other NEW's and not the caller's: LLVM learns it from scopes, one a NEW, so that loops that fill
 * one need no tests. A value that may be a NEW or something else (a phi, a result) says nothing. */
static Ref root_of(const Fn *fn, Ref x)
{
    const Ins *in = ir_ins(fn, x);
    while (in->op == IR_VIEW || in->op == IR_ITEM || in->op == IR_UNWRAP)
        in = ir_ins(fn, x = ir_args(fn, in)[0]);
    return x;
}

static LLVMMetadataRef scope_of(Lower *lo, Ref r)
{
    char name[64];
    int n = snprintf(name, sizeof name, "new%u", r.i);
    LLVMMetadataRef domain = LLVMMDStringInContext2(lo->context, lo->cf->symbol, strlen(lo->cf->symbol));
    domain = LLVMMDNodeInContext2(lo->context, &domain, 1);
    LLVMMetadataRef pair[] = { LLVMMDStringInContext2(lo->context, name, (size_t)n), domain };
    return LLVMMDNodeInContext2(lo->context, pair, 2);
}

/* The first NEWs have a scope each: LLVM hashes a list of them for each access (1,000 of them: 4.5 s of 4.9). Those that are one array
 * behind a phi of new ones share that's. */
enum { SCOPES_MOST = 64 };

static void share_scope(Lower *lo, Ref phi)
{
    const Ins *in = ir_ins(lo->fn, phi);
    for (uint32_t k = 0; in->op == IR_PHI && in->flags & INS_NEW && k < in->nargs; k++)
        lo->scope_list[ir_args(lo->fn, in)[k].i].as = phi;
}

static void find_scopes(Lower *lo)
{
    const Fn *fn = lo->fn;
    lo->scope_list = arena_new_n(lo->job->arena, ScopeList, fn->ins.n);
    lo->scoped.n = 0;
    for (uint32_t v = 1; v < fn->ins.n; v++)
        share_scope(lo, (Ref){ v });
    for (uint32_t v = 1; v < fn->ins.n && lo->scoped.n < SCOPES_MOST; v++)
        if (ir_is_new(fn, (Ref){ v }) && ref_is_none(lo->scope_list[v].as))
            vec_push(lo->job->arena, &lo->scoped, ((Ref){ v }));
}

/* The scope of r alone, or of all NEWs but r. */
static LLVMValueRef scopes(Lower *lo, Ref r, bool others)
{
    LLVMMetadataRef list[SCOPES_MOST];
    uint32_t n = 0;
    for (uint32_t k = 0; k < lo->scoped.n; k++)
        if (ref_eq(lo->scoped.at[k], r) != others)
            list[n++] = scope_of(lo, lo->scoped.at[k]);
    return n ? LLVMMetadataAsValue(lo->context, LLVMMDNodeInContext2(lo->context, list, n)) : NULL;
}

static void set_scopes(Lower *lo, LLVMValueRef access, Ref array)
{
    if (ref_is_none(array))
        return;
    if (lo->loop != BLK_NONE)
        LLVMSetMetadata(access, LLVMGetMDKindIDInContext(lo->context, "llvm.mem.parallel_loop_access", 29),
                        LLVMMetadataAsValue(lo->context, lower_loop_id(lo, lo->loop)));
    Ref r = root_of(lo->fn, array);
    uint8_t op = ir_ins(lo->fn, r)->op;
    bool new = ir_is_new(lo->fn, r);
    if (!new && op != IR_PARAM && op != IR_CONST)
        return;
    if (!lo->scope_list)
        find_scopes(lo);
    r = ref_is_none(lo->scope_list[r.i].as) ? r : lo->scope_list[r.i].as;
    ScopeList *l = &lo->scope_list[new ? r.i : 0];
    if (!l->made)
        *l = (ScopeList){ REF_NONE, true, new ? scopes(lo, r, false) : NULL, scopes(lo, new ? r : REF_NONE, true) };
    if (l->own)
        LLVMSetMetadata(access, LLVMGetMDKindIDInContext(lo->context, "alias.scope", 11), l->own);
    if (l->others)
        LLVMSetMetadata(access, LLVMGetMDKindIDInContext(lo->context, "noalias", 7), l->others);
}

/* Values in memory: scalars as NumPy has them, all others 8 bytes a part. array: whose element it is, or none. */
static LLVMValueRef *load(Lower *lo, Ty t, LLVMValueRef at, Ref array)
{
    LLVMValueRef *v = lower_new(lo, t);
    uint8_t part[t->nparts + 1];
    ty_parts(t, part);
    for (uint32_t k = 0; k < t->nparts; k++)
        if (!ty_is_scalar(t)) {
            v[k] = lower_slot_load(lo, at, k, part[k]);
        } else if (ty_is_bool(t)) {
            LLVMValueRef x = LLVMBuildLoad2(lo->b, lo->i8, at, "");
            set_scopes(lo, x, array);
            v[k] = LLVMBuildICmp(lo->b, LLVMIntNE, x, LLVMConstNull(lo->i8), "");
        } else
            set_scopes(lo, v[k] = LLVMBuildLoad2(lo->b, lower_part_type(lo, part[k]), lower_at_const(lo, at, k * part_nbytes(t)), ""), array);
    return v;
}

static void store(Lower *lo, Ty t, LLVMValueRef at, LLVMValueRef *v, Ref array)
{
    for (uint32_t k = 0; k < t->nparts; k++)
        if (!ty_is_scalar(t))
            lower_slot_store(lo, at, k, v[k]);
        else if (ty_is_bool(t))
            set_scopes(lo, LLVMBuildStore(lo->b, LLVMBuildZExt(lo->b, v[k], lo->i8, ""), at), array);
        else
            set_scopes(lo, LLVMBuildStore(lo->b, v[k], lower_at_const(lo, at, k * part_nbytes(t))), array);
}

/* The strides of a new array of any order are those of order C. */
static void dense_strides(Lower *lo, Ty t, LLVMValueRef *v)
{
    if (t->order != ORDER_A)
        return;
    struct Type c = *t;
    c.order = ORDER_C;
    for (uint32_t k = 0; k < t->ndim; k++)
        v[SHAPE + (t->extent ? 0 : t->ndim) + k] = lower_stride(lo, &c, v, k);
}

/* NEW in the frame: the same place each time; the entry's stack has an alignment of 16. */
static LLVMValueRef *new_in_frame(Lower *lo, const Ins *in, const Ref *arg)
{
    Ty t = in->ty;
    LLVMValueRef *v = lower_new(lo, t);
    uint32_t n = t->elem->nbytes;
    for (uint32_t k = 0; k < t->ndim; k++) {
        n *= (uint32_t)ir_ins(lo->fn, arg[k])->imm.i;
        if (!t->extent)
            v[SHAPE + k] = lo->value[arg[k].i][0];
    }
    v[OWNER] = LLVMConstNull(lo->ptr);
    v[DATA] = lower_alloca(lo, lo->i8, n ? n : 1);
    LLVMSetAlignment(v[DATA], 16);
    if (in->imm.i && n)
        LLVMBuildMemSet(lo->b, v[DATA], LLVMConstNull(lo->i8), lower_i64(lo, n), 16);
    dense_strides(lo, t, v);
    return v;
}

static void no_memory(Lower *lo, const Ins *in, const Ref *arg, LLVMValueRef nbytes)
{
    Ty t = in->ty;
    LLVMValueRef v[NDIM_MAX + 3] = { nbytes, lower_i64(lo, t->ndim) };
    for (uint32_t k = 0; k < t->ndim; k++)
        v[2 + k] = lo->value[arg[k].i][0];
    v[2 + t->ndim] = lower_i64(lo, (int64_t)(intptr_t)t->elem->name);
    lower_diag(lo, in, DIAG_ARRAY_MEMORY, v, t->ndim + 3);
}

/* NEW: the product of extents and itemsize, unsigned with overflow, then rt_alloc. */
static LLVMValueRef *new_array(Lower *lo, const Ins *in, const Ref *arg)
{
    Ty t = in->ty;
    LLVMValueRef nbytes = lower_i64(lo, t->elem->nbytes), over = LLVMConstNull(lo->i1);
    LLVMValueRef *v = lower_new(lo, t);
    for (uint32_t k = 0; k < t->ndim; k++) {
        LLVMValueRef n = lo->value[arg[k].i][0];
        LLVMValueRef r = lower_intrinsic(lo, "llvm.umul.with.overflow", lo->i64, (LLVMValueRef[]){ nbytes, n }, 2);
        nbytes = LLVMBuildExtractValue(lo->b, r, 0, "");
        over = LLVMBuildOr(lo->b, over, LLVMBuildExtractValue(lo->b, r, 1, ""), "");
        if (!t->extent)
            v[SHAPE + k] = n;
    }
    over = LLVMBuildOr(lo->b, over, LLVMBuildICmp(lo->b, LLVMIntSLT, nbytes, lower_i64(lo, 0), ""), "");
    if (!(LLVMIsConstant(over) && LLVMIsNull(over))) {
        LLVMBasicBlockRef bad = lower_block_cold(lo, "too_large"), fits = lower_block_after(lo, "");
        lower_branch_rare(lo, over, bad, fits);
        LLVMPositionBuilderAtEnd(lo->b, bad);
        lower_diag(lo, in, DIAG_TOO_BIG, NULL, 0);
        LLVMPositionBuilderAtEnd(lo->b, fits);
    }
    LLVMValueRef out = lower_alloca(lo, lo->ptr, 1);
    LLVMValueRef a[] = { nbytes, LLVMConstInt(lo->i1, in->imm.i != 0, false), out }, status = lower_rt(lo, RT_ALLOC, a, 3);
    LLVMBasicBlockRef none = lower_block_cold(lo, "no_memory"), ok = lower_block_after(lo, "");
    lower_branch_rare(lo, LLVMBuildICmp(lo->b, LLVMIntNE, status, LLVMConstNull(LLVMTypeOf(status)), ""), none, ok);
    LLVMPositionBuilderAtEnd(lo->b, none);
    no_memory(lo, in, arg, nbytes);
    LLVMPositionBuilderAtEnd(lo->b, ok);
    v[OWNER] = LLVMBuildLoad2(lo->b, lo->ptr, out, "");
    v[DATA] = lower_at_const(lo, v[OWNER], sizeof(Buffer));
    dense_strides(lo, t, v);
    return v;
}

/* The owner of an array that is another object than what owns its memory; a view of such a one is another again. */
static LLVMValueRef marked(Lower *lo, LLVMValueRef owner, uint64_t which)
{
    LLVMValueRef word = LLVMBuildOr(lo->b, LLVMBuildPtrToInt(lo->b, owner, lo->i64, ""), lower_i64(lo, OWNER_VIEW), "");
    word = LLVMBuildAdd(lo->b, word, lower_i64(lo, (int64_t)((which - 1) << OWNER_WHICH)), "");
    return LLVMBuildIntToPtr(lo->b, word, lo->ptr, "");
}

static LLVMValueRef *view(Lower *lo, const Ins *in, const Ref *arg)
{
    Ty t = in->ty, base = ir_ty(lo->fn, arg[0]);
    LLVMValueRef *v = lower_new(lo, t);
    uint32_t n = SHAPE, first = 2;
    v[OWNER] = base->kind == TY_ARRAY ? lo->value[arg[0].i][OWNER] : LLVMConstNull(lo->ptr);
    if (in->imm.i)
        v[OWNER] = marked(lo, v[OWNER], (uint64_t)in->imm.i);
    v[DATA] = lo->value[arg[1].i][0];
    for (uint32_t k = 0; k < t->ndim && !t->extent; k++)
        v[n++] = lo->value[arg[first + k].i][0];
    for (uint32_t k = 0; k < t->ndim && t->order == ORDER_A; k++)
        v[n++] = lo->value[arg[first + t->ndim + k].i][0];
    return v;
}

static LLVMValueRef *single(Lower *lo, Ty t, LLVMValueRef part)
{
    LLVMValueRef *v = lower_new(lo, t);
    v[0] = part;
    return v;
}

static LLVMValueRef scratch(Lower *lo, int64_t nbytes)
{
    LLVMValueRef p = lower_alloca(lo, lo->i8, (uint32_t)nbytes);
    LLVMSetAlignment(p, 64);
    return p;
}

static LLVMValueRef *load_element(Lower *lo, const Ins *in, const Ref *arg, Ty t, LLVMValueRef *x)
{
    LLVMValueRef known = constants(lo, ir_ins(lo->fn, arg[0]));
    LLVMValueRef at = element(lo, t, known ? known : x[DATA], x, arg + 1, in->flags & INS_APART);
    return lower_convert(lo, t->elem, in->ty, load(lo, t->elem, at, arg[0]));
}

/* What gives a value. */
static LLVMValueRef *array_value(Lower *lo, const Ins *in, const Ref *arg, Ty t, LLVMValueRef *x)
{
    switch (in->op) {
    case IR_NEW: return in->flags & INS_FRAME ? new_in_frame(lo, in, arg) : new_array(lo, in, arg);
    case IR_EXTENT: return single(lo, in->ty, lower_extent(lo, t, x, (uint32_t)in->imm.i));
    case IR_STRIDE: return single(lo, in->ty, lower_stride(lo, t, x, (uint32_t)in->imm.i));
    case IR_DATA: return single(lo, in->ty, x[DATA]);
    case IR_OFFSET: return single(lo, in->ty, lower_at(lo, x[0], lo->value[arg[1].i][0]));
    case IR_VIEW: return view(lo, in, arg);
    case IR_LOAD: return load_element(lo, in, arg, t, x);
    case IR_PEEK: return load(lo, in->ty, x[0], REF_NONE);
    case IR_SCRATCH: return single(lo, in->ty, scratch(lo, in->imm.i));
    case IR_PAIRSUM: return lower_pairsum(lo, in, x[0], lo->value[arg[1].i][0]);
    default: return NULL;
    }
}

bool lower_array(Lower *lo, const Ins *in, Ref r)
{
    const Ref *arg = ir_args(lo->fn, in);
    LLVMValueRef *x = in->nargs ? lo->value[arg[0].i] : NULL;
    Ty t = in->nargs ? ir_ty(lo->fn, arg[0]) : NULL;
    switch (in->op) {
    case IR_STORE:
        store(lo, t->elem, element(lo, t, x[DATA], x, arg + 2, in->flags & INS_APART), lo->value[arg[1].i], arg[0]);
        return true;
    case IR_POKE:
        store(lo, ir_ty(lo->fn, arg[1]), x[0], lo->value[arg[1].i], REF_NONE);
        return true;
    case IR_RETAIN: case IR_RELEASE:
        lower_count(lo, in->op == IR_RETAIN ? RT_RETAIN : RT_RELEASE, t, x);
        return true;
    default: {
        LLVMValueRef *v = array_value(lo, in, arg, t, x);
        if (v)
            lo->value[r.i] = v;
        return v != NULL;
    }
    }
}
