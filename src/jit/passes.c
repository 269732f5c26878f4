/* passes.c: LLVM module → optimised module. The pipelines are short: what of -O3 gains nothing on code for numbers is not in them. */
#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include "jit/jit.h"

#define IC "instcombine<no-verify-fixpoint>"
#define CFG "simplifycfg<bonus-inst-threshold=1;forward-switch-cond;switch-range-to-icmp;hoist-common-insts"

/* The root becomes part of its entry (lower.c); whether other functions do is for the inliner to say. */
#define INLINE "always-inline,"
#define LOOPS \
    "function<eager-inv>(sroa<modify-cfg>,early-cse<memssa>," CFG ">," IC ",jump-threading," \
    "correlated-propagation,reassociate,loop-mssa(loop-rotate,licm,simple-loop-unswitch),simplifycfg," IC "," \
    "loop(loop-idiom,indvars,loop-deletion,loop-unroll-full),sroa<modify-cfg>,gvn,aggressive-instcombine,constraint-elimination," \
    CFG ";sink-common-insts>,loop-vectorize,slp-vectorizer,vector-combine," IC ",loop-unroll<O2>,early-cse," \
    "loop-mssa(licm),simplifycfg)"

static const char one_function[] = INLINE LOOPS, functions[] = INLINE "cgscc(inline)," LOOPS;
static const char straight[] = INLINE "function(sroa,early-cse,simplifycfg,instcombine<no-verify-fixpoint>)";

const char *passes_error(Arena *a, LLVMErrorRef e)
{
    char *text = LLVMGetErrorMessage(e);
    const char *copy = arena_strdup(a, text);
    LLVMDisposeErrorMessage(text);
    return copy;
}

bool passes_run(CodegenJob *job, LLVMModuleRef module, LLVMTargetMachineRef tm, bool has_loop)
{
    const char *pipeline = job->flags & CODEGEN_O3 ? "default<O3>" : !has_loop ? straight : job->nfn > 1 ? functions : one_function;
    LLVMPassBuilderOptionsRef o = LLVMCreatePassBuilderOptions();
    LLVMPassBuilderOptionsSetSLPVectorization(o, true);
    LLVMErrorRef e = LLVMRunPasses(module, pipeline, tm, o);
    LLVMDisposePassBuilderOptions(o);
    if (e)
        job->error = passes_error(job->arena, e);
    return !e;
}
