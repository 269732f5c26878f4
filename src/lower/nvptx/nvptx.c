/* nvptx.c: the target of NVIDIA GPUs. Floating-point functions: LLVM's intrinsic where the row has one, else libdevice's,
 * which jit/libdevice.c links in. What leaves with an error leaves a GpuError, if it is the first to do so. */
#include <llvm-c/Target.h>
#include <stdio.h>
#include "lower/target.h"

enum { PTX_KERNEL = 71 };                 /* the calling convention */

static LLVMTargetMachineRef machine(const CodegenJob *job, const Host *host, LLVMCodeGenOptLevel level, const char **error)
{
    (void)host;
    static const char triple[] = "nvptx64-nvidia-cuda";
    char cpu[16], *why = NULL;
    LLVMTargetRef t;
    LLVMTargetMachineRef tm = NULL;
    snprintf(cpu, sizeof cpu, "sm_%d", job->gpu->cc);
    if (LLVMGetTargetFromTriple(triple, &t, &why))
        *error = "LLVM has no NVPTX";
    else if (!(tm = LLVMCreateTargetMachine(t, triple, cpu, "", level, LLVMRelocDefault, LLVMCodeModelDefault)))
        *error = "LLVM cannot make a target machine";
    LLVMDisposeMessage(why);
    return tm;
}

static LLVMValueRef sreg(Lower *lo, const char *name)
{
    LLVMTypeRef ft = LLVMFunctionType(lo->i32, NULL, 0, false);
    char full[64];
    snprintf(full, sizeof full, "llvm.nvvm.read.ptx.sreg.%s.x", name);
    unsigned id = LLVMLookupIntrinsicID(full, strlen(full));
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(lo->module, id, NULL, 0);
    return LLVMBuildZExt(lo->b, LLVMBuildCall2(lo->b, ft, f, NULL, 0, ""), lo->i64, "");
}

/* Along x. The products fit: a grid has fewer than 2^31 blocks of at most 2^10 threads. */
static LLVMValueRef thread(Lower *lo, int64_t which)
{
    LLVMValueRef n = LLVMBuildNSWMul(lo->b, sreg(lo, which ? "nctaid" : "ctaid"), sreg(lo, "ntid"), "");
    return which ? n : LLVMBuildNSWAdd(lo->b, n, sreg(lo, "tid"), "");
}

/* The error word goes from 0 to 1 once in a launch: who sees that writes the rest of the record. */
static void claim(Lower *lo, const Ins *in)
{
    const Pos *p = in->pos < lo->fn->pos.n ? &lo->fn->pos.at[in->pos] : NULL;
    unsigned scope = LLVMGetSyncScopeID(lo->context, "device", 6);
    LLVMValueRef r = LLVMBuildAtomicCmpXchgSyncScope(lo->b, lower_field(lo, offsetof(GpuError, error)), lower_i32(lo, 0),
        lower_i32(lo, ERROR_DIAG), LLVMAtomicOrderingMonotonic, LLVMAtomicOrderingMonotonic, scope);
    LLVMBasicBlockRef first = lower_block_cold(lo, "first"), late = lower_block_cold(lo, "late");
    LLVMBuildCondBr(lo->b, LLVMBuildExtractValue(lo->b, r, 1, ""), first, late);
    LLVMPositionBuilderAtEnd(lo->b, late);
    lower_exit(lo, in);
    LLVMPositionBuilderAtEnd(lo->b, first);
    LLVMBuildStore(lo->b, lower_i32(lo, p ? p->line : 0), lower_field(lo, offsetof(GpuError, line)));
    LLVMBuildStore(lo->b, thread(lo, 0), lower_field(lo, offsetof(GpuError, thread)));
}

/* floating-point functions ------------------------------------------------------------------------------------ */

static LLVMValueRef libdevice(Lower *lo, const char *cname, LLVMTypeRef at, LLVMTypeRef *type, LLVMValueRef *arg, uint32_t n)
{
    char name[40];
    snprintf(name, sizeof name, "__nv_%s%s", cname, at == lo->f32 ? "f" : "");
    LLVMTypeRef ft = LLVMFunctionType(at, type, n, false);
    LLVMValueRef f = LLVMGetNamedFunction(lo->module, name);
    if (!f)
        f = LLVMAddFunction(lo->module, name, ft);
    return LLVMBuildCall2(lo->b, ft, f, arg, n, "");
}

static LLVMValueRef truncate_(Lower *lo, LLVMValueRef x, LLVMTypeRef to)
{
    LLVMTypeRef type = LLVMTypeOf(x);
    unsigned bits = LLVMGetIntTypeWidth(to);
    LLVMValueRef size = lower_intrinsic(lo, "llvm.fabs", type, &x, 1);
    LLVMValueRef fits = LLVMBuildFCmp(lo->b, LLVMRealOLT, size, LLVMConstReal(type, bits == 64 ? 0x1p63 : 0x1p31), "");
    return LLVMBuildSelect(lo->b, fits, LLVMBuildFPToSI(lo->b, x, to, ""), LLVMConstInt(to, 1ull << (bits - 1), false), "");
}

static LLVMValueRef trunc_(Lower *lo, LLVMValueRef x) { return truncate_(lo, x, lo->i64); }

/* The exponent comes as a whole float, and may be beyond any int. */
static LLVMValueRef exponent(Lower *lo, LLVMValueRef x, LLVMTypeRef at)
{
    LLVMValueRef low = LLVMConstReal(at, -10000), high = LLVMConstReal(at, 10000);
    x = LLVMBuildSelect(lo->b, LLVMBuildFCmp(lo->b, LLVMRealOLT, x, low, ""), low, x, "");
    x = LLVMBuildSelect(lo->b, LLVMBuildFCmp(lo->b, LLVMRealOGT, x, high, ""), high, x, "");
    return LLVMBuildFPToSI(lo->b, x, lo->i32, "");
}

static LLVMValueRef math(Lower *lo, const MathRow *row, LLVMTypeRef type, LLVMValueRef *arg)
{
    uint32_t n = (uint32_t)row->nargs;
    LLVMTypeRef at = type == lo->f16 ? lo->f32 : type, params[3] = { at, at, at };
    LLVMValueRef a[3], r;
    for (uint32_t k = 0; k < n; k++)
        a[k] = lower_coerce(lo, arg[k], at);
    if (row->intrinsic) {
        r = lower_intrinsic(lo, row->intrinsic, at, a, n);
    } else if (row == &math_row[MATH_LDEXP_F]) {
        a[1] = exponent(lo, a[1], at), params[1] = lo->i32;
        r = libdevice(lo, "ldexp", at, params, a, n);
    } else {
        r = libdevice(lo, row == &math_row[MATH_POWI] ? "pow" : row->cname, at, params, a, n);
    }
    return lower_coerce(lo, r, type);
}

/* entries ------------------------------------------------------------------------------------------------------ */

/* The parts of a function's parameters. */
typedef struct Params { LLVMTypeRef *type; bool *owner; uint32_t n; } Params;

static Params params_of(Lower *lo, const Fn *fn)
{
    uint32_t total = 0;
    for (uint32_t p = 0; p < fn->nparam; p++)
        total += ir_ty(fn, fn->param[p])->nparts;
    Params out = { arena_new_n(lo->job->arena, LLVMTypeRef, total + 1), arena_new_n(lo->job->arena, bool, total + 1), 0 };
    for (uint32_t p = 0; p < fn->nparam; p++) {
        Ty t = ir_ty(fn, fn->param[p]);
        uint8_t part[t->nparts + 1];
        ty_parts(t, part);
        for (uint32_t k = 0; k < t->nparts; k++) {
            out.owner[out.n] = t->kind == TY_ARRAY && k == 0;
            out.type[out.n++] = part[k] == PART_I1 ? lo->i8 : lower_part_type(lo, part[k]);
        }
    }
    return out;
}

static LLVMValueRef add_kernel(Lower *lo, uint32_t which, const Params *p, bool work)
{
    LLVMTypeRef *type = arena_new_n(lo->job->arena, LLVMTypeRef, p->n + 2);
    uint32_t n = 0;
    for (uint32_t k = 0; k < p->n - work; k++)
        if (!p->owner[k])
            type[n++] = p->type[k];
    type[n++] = lo->ptr;
    if (work)
        type[n++] = lo->ptr;
    Text name = { .arena = lo->job->arena };
    text_printf(&name, which ? "%s_%u" : "%s", lo->job->gpu->name, which);
    LLVMValueRef f = LLVMAddFunction(lo->module, text_str(&name), LLVMFunctionType(lo->void_, type, n, false));
    LLVMSetFunctionCallConv(f, PTX_KERNEL);
    lower_attribute(lo, f, LLVMAttributeFunctionIndex, "nounwind", 0);
    return f;
}

/* A kernel calls its function, unless one before it has failed. */
static void kernel(Lower *lo, uint32_t which)
{
    const Fn *fn = lo->job->fn[which].fn;
    Params p = params_of(lo, fn);
    bool work = fn->nwork > 0;
    LLVMValueRef f = add_kernel(lo, which, &p, work), *arg = arena_new_n(lo->job->arena, LLVMValueRef, p.n + 2);
    LLVMBasicBlockRef begin = LLVMAppendBasicBlockInContext(lo->context, f, ""), run, done;
    run = LLVMAppendBasicBlockInContext(lo->context, f, ""), done = LLVMAppendBasicBlockInContext(lo->context, f, "");
    lower_wrapper_lines(lo, which, f);
    LLVMPositionBuilderAtEnd(lo->b, begin);
    uint32_t n = 0;
    arg[0] = LLVMGetParam(f, LLVMCountParams(f) - 1 - work);
    LLVMValueRef error = LLVMBuildLoad2(lo->b, lo->i32, lower_at_const(lo, arg[0], offsetof(GpuError, error)), "");
    LLVMSetVolatile(error, true);
    LLVMBuildCondBr(lo->b, LLVMBuildICmp(lo->b, LLVMIntEQ, error, lower_i32(lo, 0), ""), run, done);
    LLVMPositionBuilderAtEnd(lo->b, run);
    LLVMTypeRef *want = arena_new_n(lo->job->arena, LLVMTypeRef, p.n + 2);
    LLVMGetParamTypes(lo->function_type[which], want);
    for (uint32_t k = 0; k < p.n; k++) {
        LLVMValueRef v = p.owner[k] ? LLVMConstNull(lo->ptr) : LLVMGetParam(f, work && k + 1 == p.n ? LLVMCountParams(f) - 1 : n++);
        arg[1 + k] = want[1 + k] == lo->i1 ? LLVMBuildICmp(lo->b, LLVMIntNE, v, LLVMConstNull(lo->i8), "") : v;
    }
    arg[1 + p.n] = LLVMConstNull(lo->ptr);
    LLVMBuildCall2(lo->b, lo->function_type[which], lo->function[which], arg, p.n + 2, "");
    LLVMBuildBr(lo->b, done);
    LLVMPositionBuilderAtEnd(lo->b, done);
    LLVMBuildRetVoid(lo->b);
}

static void entries(Lower *lo)
{
    const GpuJob *gpu = lo->job->gpu;
    for (uint32_t k = 0; k < gpu->nkernel; k++)
        kernel(lo, k);
    if (gpu->nkernel == 0) {
        LLVMSetValueName2(lo->function[0], gpu->name, strlen(gpu->name));
        LLVMSetLinkage(lo->function[0], LLVMExternalLinkage);
    }
    LLVMAddModuleFlag(lo->module, LLVMModuleFlagBehaviorOverride, "nvvm-reflect-ftz", 16,
                      LLVMValueAsMetadata(lower_i32(lo, gpu->ftz)));
}

const Target target_nvptx = { .name = "nvptx", .machine = machine, .math = math, .trunc = trunc_, .truncate = truncate_, .entries = entries, .thread = thread, .claim = claim };
