/* passes.c: LLVM module → optimised module. The pipelines are short: what of -O3 gains nothing on code for numbers is not in them. */
#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include "jit/jit.h"

#define IC "instcombine<no-verify-fixpoint>"
#define CFG "simplifycfg<bonus-inst-threshold=1;forward-switch-cond;switch-range-to-icmp;hoist-common-insts"

/* A root that its job calls becomes part of its entry all the same (lower.c); what other functions become part of is for the inliner to say. */
#define INLINE "always-inline,"

/* The passes for code with loops. None begins with instcombine: what it finds there it finds behind the first loop passes.
 * The second instsimplify is for what simplifycfg just made selects of (a sum of counted bits, unless none is set: 0.4 of the time).
 * ends: the first turn is taken off where it differs, and then the last one. slp: what makes vectors of neighbouring scalars. reduce: what
 * makes induction variables for addresses (set_options): before unrolling, which copies what is left. unroll: that; not among many loops
 * (Lower's LOOPS_MANY), for what it asks of each grows with all others, and it takes half the time. */
#define LOOPS(ends, slp, reduce, unroll) \
    "function<eager-inv>(sroa<modify-cfg>,early-cse," CFG ">,jump-threading," \
    "correlated-propagation,reassociate,loop-mssa(loop-rotate,licm,simple-loop-unswitch),simplifycfg," IC "," \
    "loop(loop-idiom,indvars,loop-deletion,loop-unroll-full" ends "),instsimplify,sroa<modify-cfg>,gvn,aggressive-instcombine,constraint-elimination," \
    CFG ";sink-common-insts>,instsimplify,loop-vectorize," slp "vector-combine," IC "," reduce unroll \
    "loop-mssa(licm),simplifycfg)"

#define SLP "slp-vectorizer,"
#define REDUCE "loop(loop-reduce),"
#define ENDS ",loop-unroll-full"

/* For functions of a thousand lines and more: without the passes whose time grows with the square of a function (indvars, instcombine:
 * 1,000 divisions took 14 s). */
#define LARGE \
    "function<eager-inv>(sroa<modify-cfg>,early-cse<memssa>," CFG ">,jump-threading,loop-mssa(loop-rotate,licm),simplifycfg," \
    "sroa<modify-cfg>,gvn,loop-vectorize,early-cse,loop-mssa(licm),simplifycfg)"
enum { LARGE_NINS = 12000 };            /* of the typed IR */

#define FUNCTIONS INLINE "cgscc(inline),"
#define NO_LOOPS INLINE "function(sroa,early-cse,simplifycfg," IC ")"

#define UNROLL "loop-unroll<O2>,early-cse,"

/* By ends, by reduce, by slp, by unroll. */
#define BY_UNROLL(calls, ends, reduce, slp) { calls LOOPS(ends, slp, reduce, UNROLL), calls LOOPS(ends, slp, reduce, "") }
#define BY_SLP(calls, ends, reduce) { BY_UNROLL(calls, ends, reduce, ""), BY_UNROLL(calls, ends, reduce, SLP) }
#define BY_REDUCE(calls, ends) { BY_SLP(calls, ends, ""), BY_SLP(calls, ends, REDUCE) }
#define BY_ENDS(calls) { BY_REDUCE(calls, ""), BY_REDUCE(calls, ENDS) }
/* For one function and for several. */
static const char *const pipeline[2][2][2][2][2] = { BY_ENDS(INLINE), BY_ENDS(FUNCTIONS) };

static const char *passes_for(const CodegenJob *job, LoopUse loops)
{
    uint32_t n = 0, most = 0;
    for (uint32_t k = 0; k < job->nfn; k++) {
        if (job->fn[k].later)
            continue;
        n++;
        most = job->fn[k].fn->ins.n > most ? job->fn[k].fn->ins.n : most;
    }
    if (job->flags & CODEGEN_O3)
        return "default<O3>" LOOP_REDUCE;
    if (most > LARGE_NINS)
        return INLINE LARGE;
    return loops == LOOPS_NONE ? NO_LOOPS : pipeline[n > 1][!!(loops & LOOPS_ENDS)][!!(loops & LOOPS_REDUCE)][!!(loops & LOOPS_SCALARS)]
                                            [!!(loops & LOOPS_MANY)];
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
    else if (loops & LOOPS_REDUCE)
        folds_choose(module);
    return !e;
}
