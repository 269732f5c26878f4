/* passes.c: LLVM module → optimised module. The pipelines are short: what of -O3 gains nothing on code for numbers is not in them. */
#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include "jit/jit.h"

#define IC "instcombine<no-verify-fixpoint>"
#define CFG "simplifycfg<bonus-inst-threshold=1;forward-switch-cond;switch-range-to-icmp;hoist-common-insts"

/* The root becomes part of its entry (lower.c); whether other functions do is for the inliner to say. */
#define INLINE "always-inline,"

/* The passes for code with loops. None begins with instcombine: what it finds there it finds behind the first loop passes.
 * slp: what makes vectors of neighbouring scalars. reduce: what makes induction variables for addresses (set_options): before
 * unrolling, which copies what is left. */
#define LOOPS(slp, reduce) \
    "function<eager-inv>(sroa<modify-cfg>,early-cse<memssa>," CFG ">,jump-threading," \
    "correlated-propagation,reassociate,loop-mssa(loop-rotate,licm,simple-loop-unswitch),simplifycfg," IC "," \
    "loop(loop-idiom,indvars,loop-deletion,loop-unroll-full),instsimplify,sroa<modify-cfg>,gvn,aggressive-instcombine,constraint-elimination," \
    CFG ";sink-common-insts>,loop-vectorize," slp "vector-combine," IC "," reduce "loop-unroll<O2>,early-cse," \
    "loop-mssa(licm),simplifycfg)"

/* Loops that go along rows are vectors already, and their addresses are a base and an index. */
#define STREAMS LOOPS("", "")
#define ANY_LOOPS LOOPS("slp-vectorizer,", "loop(loop-reduce),")

/* For functions of a thousand lines and more: without the passes whose time grows with the square of a function (indvars, instcombine:
 * 1,000 divisions took 14 s). */
#define LARGE \
    "function<eager-inv>(sroa<modify-cfg>,early-cse<memssa>," CFG ">,jump-threading,loop-mssa(loop-rotate,licm),simplifycfg," \
    "sroa<modify-cfg>,gvn,loop-vectorize,early-cse,loop-mssa(licm),simplifycfg)"
enum { LARGE_NINS = 12000 };            /* of the typed IR */

#define FUNCTIONS "cgscc(inline),"

/* By LoopUse, for one function and for several. */
static const char *const pipeline[LOOPS_ALL + 1][2] = {
    [LOOPS_NONE] = { INLINE "function(sroa,early-cse,simplifycfg," IC ")", INLINE "function(sroa,early-cse,simplifycfg," IC ")" },
    [LOOPS_STREAMS] = { INLINE STREAMS, INLINE FUNCTIONS STREAMS },
    [LOOPS_ALL] = { INLINE ANY_LOOPS, INLINE FUNCTIONS ANY_LOOPS },
};

static const char *passes_for(const CodegenJob *job, LoopUse loops)
{
    uint32_t n = 0, most = 0;
    for (uint32_t k = 0; k < job->nfn; k++) {
        if (job->fn[k].later)
            continue;
        n++;
        most = job->fn[k].fn->ins.n > most ? job->fn[k].fn->ins.n : most;
    }
    return job->flags & CODEGEN_O3 ? "default<O3>" LOOP_REDUCE : most > LARGE_NINS ? INLINE LARGE : pipeline[loops][n > 1];
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
    LLVMPassBuilderOptionsRef o = LLVMCreatePassBuilderOptions();
    LLVMPassBuilderOptionsSetSLPVectorization(o, true);
    LLVMErrorRef e = LLVMRunPasses(module, passes_for(job, loops), tm, o);
    LLVMDisposePassBuilderOptions(o);
    if (e)
        job->error = passes_error(job->arena, e);
    return !e;
}
