/* jit.c: the door of the second shared object: a job's typed IR → module → passes → native code. */
#include <llvm-c/Analysis.h>
#include <llvm-c/Support.h>
#include <llvm-c/Target.h>
#include <stdlib.h>
#include <time.h>
#include "jit/jit.h"

static const RtRow *rt_rows;            /* what the core gave at the door; the same for all Codegens of the process */
static const RtSymbol *libm_rows, *vmath_rows;

double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void machine_forget(Machine *m)
{
    if (m->emitter)
        emitter_free(m->emitter);
    if (m->tm)
        LLVMDisposeTargetMachine(m->tm);
}

static void codegen_close(Codegen *cg)
{
    if (!cg)
        return;
    link_close(cg);
    libdevice_free(cg);
    machine_forget(&cg->fast);
    machine_forget(&cg->best);
    host_forget(&cg->host);
    free(cg->said);
    free(cg);
}

/* Where LLVM's own choice loses, and only its command line knows another. This LLVM is ours alone.
 *   merging: `a and b` stays two branches: code for numbers branches predictably (a histogram: 0.85 of the time);
 *   cmov: what was made a select stays one: data decides it (binary search: 0.65);
 *   max-count, partial-threshold: a small loop without vectors is unrolled four times, others less: more costs compile time and
 *     gains little; epilog: what is left of its turns comes last, so that a loop of few turns has one branch more, not two
 *     (scattered additions, 5 a loop: 0.65 of the time);
 *   multi-exit: loops with several checks of data are unrolled as others are (a bitonic sort: 0.65 of the time);
 *   threshold: that of -O3 for loops of known length: 3 by 3 neighbours must be gone before the vectorizer looks;
 *   hoist: whether rows overlap is asked of each row, for all of them together always do (Givens rotations: 0.5 of the time);
 *   versioning: no loop is copied for the case that a row has one element, which is never so;
 *   ordered: a sum of floats is no reason to make no vectors of what is added (opt/ordered.c);
 *   lsr: is a pass of ours, for it takes a third of the time and gains nothing where loops go along rows (passes.c);
 *   tail-merge: blocks that end alike are not looked for among more than 16 that go to one place: errors do, and each pair of
 *     them was compared (a function of 100 checks: a tenth of compiling it);
 *   huge-func: what prepares the selection of instructions looks again at blocks that it changed, not at all of them (300 checks
 *     of one array: 0.6 of the time, the same code);
 *   the last ones: what is left out finds hardly anything in loops over numbers, and costs a fiftieth of the time together
 *     (not so copyprop and postra-machine-sink: with either a pagerank takes 1.4 of the time). */
static void set_options(void)
{
    static const char *const option[] = { "numjit", "-x86-br-merging-base-cost=0", "-x86-cmov-converter=0", "-unroll-max-count=4",
                                          "-unroll-partial-threshold=60", "-unroll-runtime-epilog", "-unroll-runtime-multi-exit", "-unroll-threshold=300",
                                          "-hoist-runtime-checks=0",
                                          "-enable-mem-access-versioning=0", "-force-ordered-reductions", "-disable-lsr", "-tail-merge-threshold=16", "-cgpp-huge-func=0",
                                          "-disable-x86-domain-reassignment",
                                          "-disable-partial-libcall-inlining", "-disable-replace-with-vec-lib",
                                          "-disable-constant-hoisting", "-disable-postra-machine-licm", "-disable-x86-lea-opt",
                                          "-disable-early-ifcvt", "-disable-early-taildup" };
    LLVMParseCommandLineOptions(countof(option), option, NULL);
}

static Codegen *codegen_open(const char **error)
{
    static bool set;
    if (!set)
        set_options();
    set = true;
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    Codegen *cg = calloc(1, sizeof *cg);
    if (!cg) {
        *error = "out of memory";
        return NULL;
    }
    cg->rt = rt_rows, cg->libm = libm_rows, cg->vectors.own = vmath_rows;
    cg->tools = tools_asked();
    if (!host_ask(&cg->host))
        *error = "out of memory";
    else if (link_open(cg, error))
        return cg;
    codegen_close(cg);
    return NULL;
}

static Machine *machine_for(Codegen *cg, CodegenJob *job, LoopUse loops)
{
    bool best = loops != LOOPS_NONE || (job->flags & CODEGEN_O3);
    Machine *m = best ? &cg->best : &cg->fast;
    if (!m->tm)
        m->tm = target_cpu.machine(job, &cg->host, best ? LLVMCodeGenLevelDefault : LLVMCodeGenLevelNone, &job->error);
    return m;
}

/* A hundredth of compiling, for what only a bug of ours can be: not in a release. */
bool verify_module(CodegenJob *job, LLVMModuleRef module)
{
#ifdef NDEBUG
    (void)job, (void)module;
    return true;
#endif
    char *why = NULL;
    bool bad = LLVMVerifyModule(module, LLVMReturnStatusAction, &why);
    if (bad) {
        char *ir = LLVMPrintModuleToString(module);
        Text t = { .arena = job->arena };
        text_printf(&t, "the LLVM verifier: %s", why);
        if (getenv("NUMJIT_LLVM"))
            text_printf(&t, "\n%s", ir);
        job->error = text_str(&t);
        LLVMDisposeMessage(ir);
    }
    LLVMDisposeMessage(why);
    return !bad;
}

static bool compile(Codegen *cg, CodegenJob *job, LLVMContextRef context)
{
    double t = seconds(), now;
    LLVMModuleRef module = NULL;
    LoopUse loops = lower_loop_use(job);
    Machine *machine = machine_for(cg, job, loops);
    LLVMTargetMachineRef tm = machine->tm;
    bool ok = tm && lower_job(job, &target_cpu, cg->rt, context, tm, &cg->host, &cg->vectors, loops, &module) && verify_module(job, module);
    now = seconds(), job->seconds_lower = now - t, t = now;
    ok = ok && passes_run(job, module, tm, loops);
    remarks_end(cg, job);
    if (ok)
        sleef_settle(module, &cg->vectors);
    now = seconds(), job->seconds_passes = now - t;
    if (ok && (job->flags & CODEGEN_WANT_LLVM)) {
        char *text = LLVMPrintModuleToString(module);
        job->llvm = arena_strdup(job->arena, text);
        LLVMDisposeMessage(text);
    }
    ok = ok && ((job->flags & CODEGEN_EXPLAIN) || link_module(cg, job, module, machine));
    if (module)
        LLVMDisposeModule(module);
    return ok;
}

/* Is there room for what LLVM may take? Where its memory ends, it ends the process. (Measured: 5 KiB an instruction.) */
enum { ROOM_LEAST = 6 << 20, ROOM_OF_INS = 10 << 10 };
static bool has_room(const CodegenJob *job)
{
    size_t nins = 0;
    for (uint32_t k = 0; k < job->nfn; k++)
        nins += job->fn[k].later ? 0 : job->fn[k].fn->ins.n;
    return memory_has_room(ROOM_LEAST + nins * ROOM_OF_INS);
}

static bool codegen_compile(Codegen *cg, CodegenJob *job)
{
    job->error = NULL, job->missing = false;
    job->no_memory = !has_room(job);
    if (job->no_memory)
        return false;
    if (cg->tools & TOOL_GDB || job->flags & (CODEGEN_WANT_LLVM | CODEGEN_WANT_ASM | CODEGEN_DEBUG | CODEGEN_EXPLAIN))
        job->flags |= CODEGEN_LINES;
    LLVMContextRef context = LLVMContextCreate();
    MemoryCatch memory;
    memory_begin(&memory);
    if (setjmp(memory.at)) {            /* LLVM was not on the stack; the module stays, and its context */
        memory_end(&memory);
        job->no_memory = true;
        return false;
    }
    remarks_begin(cg, job, context);
    bool ok = job->gpu ? ptx_compile(cg, job, context) : compile(cg, job, context);
    memory_end(&memory);
    LLVMContextDispose(context);
    return ok;
}

static void codegen_release(Codegen *cg, void *code)
{
    if (code)
        link_release(cg, code);
}

__attribute__((visibility("default"))) const CodegenApi *numjit_codegen(const RtRow *rt, const RtSymbol *libm, const RtSymbol *vmath)
{
    static const CodegenApi api = { sizeof(CodegenJob), codegen_open, codegen_close, codegen_compile, codegen_release };
    rt_rows = rt, libm_rows = libm, vmath_rows = vmath;
    return &api;
}
