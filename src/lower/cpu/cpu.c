/* cpu.c: the target of the machine we run on. Floating-point functions: LLVM's intrinsic where the row has one,
 * else a plain call of the C name that the optimizer may move and drop. */
#include <llvm-c/Target.h>
#include "lower/target.h"

static LLVMTargetMachineRef machine(LLVMCodeGenOptLevel level, const char **error)
{
    char *triple = LLVMGetDefaultTargetTriple(), *cpu = LLVMGetHostCPUName(), *features = LLVMGetHostCPUFeatures(), *why = NULL;
    LLVMTargetRef t;
    LLVMTargetMachineRef tm = NULL;
    if (LLVMGetTargetFromTriple(triple, &t, &why))
        *error = "LLVM does not know this machine";
    else if (!(tm = LLVMCreateTargetMachine(t, triple, cpu, features, level, LLVMRelocPIC, LLVMCodeModelSmall)))
        *error = "LLVM cannot make a target machine";
    LLVMDisposeMessage(triple);
    LLVMDisposeMessage(cpu);
    LLVMDisposeMessage(features);
    LLVMDisposeMessage(why);
    return tm;
}

static void pure(Lower *lo, LLVMValueRef f)
{
    static const char *const name[] = { "nounwind", "willreturn", "memory" };
    for (uint32_t k = 0; k < countof(name); k++)
        LLVMAddAttributeAtIndex(f, LLVMAttributeFunctionIndex,
            LLVMCreateEnumAttribute(lo->context, LLVMGetEnumAttributeKindForName(name[k], strlen(name[k])), 0));
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
    char name[32];
    size_t len = strlen(row->cname);
    assert(len + 2 < sizeof name);
    memcpy(name, row->cname, len);
    name[len] = at == lo->f32 ? 'f' : 0;
    name[len + 1] = 0;
    LLVMTypeRef ft = LLVMFunctionType(at, params, n, false);
    LLVMValueRef f = LLVMGetNamedFunction(lo->module, name);
    if (!f)
        pure(lo, f = LLVMAddFunction(lo->module, name, ft));
    return lower_coerce(lo, LLVMBuildCall2(lo->b, ft, f, a, n, ""), type);
}

const Target target_cpu = { .name = "cpu", .machine = machine, .math = math };
