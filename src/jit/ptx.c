/* ptx.c: a job for a GPU: typed IR → module, with what it calls of libdevice → passes → PTX text. */
#include <llvm-c/Error.h>
#include <llvm-c/Target.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include "jit/jit.h"

typedef struct Complaint { char text[300]; } Complaint;

/* LLVM reports some things it cannot do as an error diagnostic, and goes on with wrong code. */
static void on_diagnostic(LLVMDiagnosticInfoRef info, void *context)
{
    Complaint *c = context;
    if (LLVMGetDiagInfoSeverity(info) != LLVMDSError || c->text[0])
        return;
    char *text = LLVMGetDiagInfoDescription(info);
    snprintf(c->text, sizeof c->text, "LLVM: %s", text);
    LLVMDisposeMessage(text);
}

static bool run_passes(CodegenJob *job, LLVMModuleRef module, LLVMTargetMachineRef tm)
{
    LLVMPassBuilderOptionsRef o = LLVMCreatePassBuilderOptions();
    LLVMErrorRef e = LLVMRunPasses(module, job->gpu->optimise ? "default<O3>" LOOP_REDUCE : "default<O1>" LOOP_REDUCE, tm, o);
    LLVMDisposePassBuilderOptions(o);
    if (e)
        job->error = passes_error(job->arena, e);
    return !e;
}

/* Nothing on a GPU would define it. */
static bool is_closed(CodegenJob *job, LLVMModuleRef module)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        if (LLVMIsDeclaration(f) && !LLVMGetIntrinsicID(f) && LLVMGetFirstUse(f)) {
            size_t n;
            Text t = { .arena = job->arena };
            text_printf(&t, "the kernel calls %s", LLVMGetValueName2(f, &n));
            job->error = text_str(&t);
            return false;
        }
    return true;
}

static bool emit(CodegenJob *job, LLVMModuleRef module, LLVMTargetMachineRef tm)
{
    LLVMMemoryBufferRef text = NULL;
    char *why = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(tm, module, LLVMAssemblyFile, &why, &text)) {
        job->error = arena_strdup(job->arena, why ? why : "LLVM gives no PTX");
        LLVMDisposeMessage(why);
        return false;
    }
    size_t n = LLVMGetBufferSize(text);
    char *copy = arena_alloc(job->arena, n + 1);
    memcpy(copy, LLVMGetBufferStart(text), n);
    LLVMDisposeMemoryBuffer(text);
    job->assembly = copy;
    return true;
}

bool ptx_compile(Codegen *cg, CodegenJob *job, LLVMContextRef context)
{
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    Complaint complaint = { "" };
    LLVMContextSetDiagnosticHandler(context, on_diagnostic, &complaint);
    LLVMTargetMachineRef tm = target_nvptx.machine(job, NULL, LLVMCodeGenLevelAggressive, &job->error);
    LLVMModuleRef module = NULL;
    double t = seconds(), now;
    bool ok = tm && lower_job(job, &target_nvptx, cg->rt, context, tm, NULL, NULL, lower_loop_use(job), &module) && verify_module(job, module)
              && libdevice_link(cg, job, module);
    now = seconds(), job->seconds_lower = now - t, t = now;
    ok = ok && run_passes(job, module, tm) && is_closed(job, module);
    now = seconds(), job->seconds_passes = now - t, t = now;
    if (ok && (job->flags & CODEGEN_WANT_LLVM)) {
        char *text = LLVMPrintModuleToString(module);
        job->llvm = arena_strdup(job->arena, text);
        LLVMDisposeMessage(text);
    }
    ok = ok && emit(job, module, tm);
    job->seconds_emit = seconds() - t;
    if (module)
        LLVMDisposeModule(module);
    if (tm)
        LLVMDisposeTargetMachine(tm);
    if (complaint.text[0] && !job->error)
        job->error = arena_strdup(job->arena, complaint.text);
    return !job->error;
}
