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

#define FUNCTIONS "cgscc(inline),"

/* By LoopUse, for one function and for several. */
static const char *const pipeline[LOOPS_ALL + 1][2] = {
    [LOOPS_NONE] = { INLINE "function(sroa,early-cse,simplifycfg," IC ")", INLINE "function(sroa,early-cse,simplifycfg," IC ")" },
    [LOOPS_STREAMS] = { INLINE LOOPS, INLINE FUNCTIONS LOOPS },
    [LOOPS_ALL] = { INLINE LOOPS LOOP_REDUCE, INLINE FUNCTIONS LOOPS LOOP_REDUCE },
};

static uint32_t functions(const CodegenJob *job)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < job->nfn; k++)
        n += !job->fn[k].later;
    return n;
}

const char *passes_error(Arena *a, LLVMErrorRef e)
{
    char *text = LLVMGetErrorMessage(e);
    const char *copy = arena_strdup(a, text);
    LLVMDisposeErrorMessage(text);
    return copy;
}

bool passes_run(CodegenJob *job, LLVMModuleRef module, LLVMTargetMachineRef tm, LoopUse loops)
{
    const char *passes = job->flags & CODEGEN_O3 ? "default<O3>" LOOP_REDUCE : pipeline[loops][functions(job) > 1];
    LLVMPassBuilderOptionsRef o = LLVMCreatePassBuilderOptions();
    LLVMPassBuilderOptionsSetSLPVectorization(o, true);
    LLVMErrorRef e = LLVMRunPasses(module, passes, tm, o);
    LLVMDisposePassBuilderOptions(o);
    if (e)
        job->error = passes_error(job->arena, e);
    return !e;
}
