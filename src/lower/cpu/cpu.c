/* cpu.c: the target of the machine we run on. Floating-point functions: LLVM's intrinsic where the row has one, in loops
 * SLEEF's (sleef.c), else a plain call of the C name that the optimizer may move and drop. */
#include "lower/target.h"

static LLVMTargetMachineRef machine(const CodegenJob *job, const Host *host, LLVMCodeGenOptLevel level, const char **error)
{
    (void)job;
    return host_machine(host, host->level, host->features, level, error);
}

void lower_pure(Lower *lo, LLVMValueRef f)
{
    static const char *const name[] = { "nounwind", "willreturn", "memory" };
    for (uint32_t k = 0; k < countof(name); k++)
        lower_attribute(lo, f, LLVMAttributeFunctionIndex, name[k], 0);
}

static LLVMValueRef math(Lower *lo, const MathRow *row, LLVMTypeRef type, LLVMValueRef *arg)
{
    uint32_t n = (uint32_t)row->nargs;
    if (row->intrinsic)
        return lower_intrinsic(lo, row->intrinsic, type, arg, n);
    LLVMTypeRef at = type == lo->f16 ? lo->f32 : type, params[3] = { at, at, at };
    LLVMValueRef a[3];
    for (uint32_t k = 0; k < n; k++)
        a[k] = lower_coerce(lo, arg[k], at);
    bool loose = lo->in_loop && lo->fn->opt.fastmath & FAST_AFN && sleef_open(lo) && mvec_has(lo, row, at);
    bool exact = row->own && row->ulp == 0;
    LLVMValueRef vector = (lo->in_loop || exact) && !loose ? sleef_call(lo, row, at, a) : NULL;
    if (vector)
        return lower_coerce(lo, vector, type);
    char name[32];
    size_t len = strlen(row->cname);
    assert(len + 2 < sizeof name);
    memcpy(name, row->cname, len);
    name[len] = at == lo->f32 ? 'f' : 0;
    name[len + 1] = 0;
    LLVMTypeRef ft = LLVMFunctionType(at, params, n, false);
    LLVMValueRef f = LLVMGetNamedFunction(lo->module, name);
    if (!f)
        lower_pure(lo, f = LLVMAddFunction(lo->module, name, ft));
    LLVMValueRef r = LLVMBuildCall2(lo->b, ft, f, a, n, "");
    if (loose)
        mvec_name_forms(lo, row, at, r);
    return lower_coerce(lo, r, type);
}

/* The instruction does what IR_TRUNC says, of which LLVM's own conversion leaves nan and the like open. */
static LLVMValueRef trunc_(Lower *lo, LLVMValueRef x)
{
    bool f32 = LLVMTypeOf(x) == lo->f32;
    const char *name = f32 ? "llvm.x86.sse.cvttss2si64" : "llvm.x86.sse2.cvttsd2si64";
    LLVMTypeRef vector = LLVMVectorType(LLVMTypeOf(x), f32 ? 4 : 2), type = LLVMFunctionType(lo->i64, &vector, 1, false);
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef v = LLVMBuildInsertElement(lo->b, LLVMGetPoison(vector), x, lower_i32(lo, 0), "");
    return LLVMBuildCall2(lo->b, type, LLVMGetIntrinsicDeclaration(lo->module, id, NULL, 0), &v, 1, "");
}

/* A 0 that LLVM does not know to be one. */
static LLVMValueRef some_zero(Lower *lo)
{
    LLVMValueRef zero = LLVMGetNamedGlobal(lo->module, "zero");
    if (!zero) {
        LLVMSetInitializer(zero = LLVMAddGlobal(lo->module, lo->i64, "zero"), lower_i64(lo, 0));
        LLVMSetLinkage(zero, LLVMInternalLinkage);
        LLVMSetExternallyInitialized(zero, true);
    }
    LLVMValueRef v = LLVMBuildLoad2(lo->b, lo->i64, zero, "");
    LLVMMetadataRef none = LLVMMDNodeInContext2(lo->context, NULL, 0);
    LLVMSetMetadata(v, LLVMGetMDKindIDInContext(lo->context, "invariant.load", 14), LLVMMetadataAsValue(lo->context, none));
    return v;
}

/* The instructions do it, scalar and of vectors. LLVM, which leaves open what becomes of nan and the like, must not compute it of
 * what it knows of x: so x is put together with a 0 on the way, which costs less than comparisons. */
static LLVMValueRef truncate_(Lower *lo, LLVMValueRef x, LLVMTypeRef to)
{
    bool f32 = LLVMTypeOf(x) == lo->f32;
    LLVMTypeRef bits = f32 ? lo->i32 : lo->i64;
    LLVMValueRef zero = some_zero(lo);
    zero = f32 ? LLVMBuildTrunc(lo->b, zero, bits, "") : zero;
    LLVMValueRef v = LLVMBuildXor(lo->b, LLVMBuildBitCast(lo->b, x, bits, ""), zero, "");
    v = LLVMBuildFPToSI(lo->b, LLVMBuildBitCast(lo->b, v, LLVMTypeOf(x), ""), to, "");
    return LLVMBuildFreeze(lo->b, v, "");
}

static void entries(Lower *lo)
{
    if (!lo->bare)
        lower_entry(lo, 0, ".entry", false);
    sleef_finish(lo);
}

const Target target_cpu = { .name = "cpu", .machine = machine, .math = math, .trunc = trunc_, .truncate = truncate_, .entries = entries, .polls = true, .unwinds = true,
                            .slots = true, .returns = true };
