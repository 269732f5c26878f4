/* lower.h: typed IR → LLVM, and from there (jit/) to native code: the door of the second shared object.
 *
 * _core opens it at the first compilation and sees one function, numjit_codegen(). lower/ and jit/ are dumb: the
 * decisions were taken before. They make no types (compare ->kind), hold all state in a Codegen, and never see Python.
 *
 * A compiled function is  Status name(Call *, parts of the parameters..., uint64_t *result)  with internal linkage; result
 * takes 8 bytes a part. The root also has an entry  Status name.entry(Call *, uint64_t *slot) : parameters' parts come in
 * slot[], the result's parts go to slot[]. CALL's imm.p leads to the callee's symbol through CodegenFn.instance. */
#pragma once
#include "ir/remark.h"
#include "runtime/runtime.h"

typedef struct Codegen Codegen;

typedef struct CodegenFn {
    const Fn *fn;
    const struct Instance *instance;    /* what CALL ops name it by */
    const FnInfo *info;                 /* NULL: errors in it get no frame of their own */
    const char *symbol;                 /* unique in the process; shown by perf and gdb under fn->name */
    const char *filename, *name;
    int32_t first_line;
    Later *const *later;                /* its code is made when it is first called: the table that LATER chooses from. NULL: here */
} CodegenFn;

/* What a kernel finds behind its error parameter: zero when it is launched. The first fields of a Call: where that has a poll
 * word and a stack limit, here are the line of the error and the number of the thread. Once error is not 0, kernels do nothing. */
typedef struct GpuError {
    int32_t line, error;        /* ErrorKind */
    int64_t thread;
    int32_t diag, noperand;
    int64_t operand[CALL_OPERANDS];
    const void *exception;
    uint64_t slot[CALL_SLOTS];
} GpuError;

/* A job for a GPU: its result is PTX. The first nkernel functions are kernels name, name_1, name_2 ...; without any, the first
 * function is exported under that name. A kernel's parameters: the parts of the function's, but for owners of arrays; the error
 * record; the shared memory (Fn.nwork), if it has some. */
typedef struct GpuJob {
    const char *name;
    uint32_t nkernel;
    int cc;                     /* 75 */
    bool ftz, lineinfo, debug, optimise;
} GpuJob;

/* LINES: with line tables, which cost a twentieth of compiling; only dumps, debuggers and EXPLAIN read them. EXPLAIN: what LLVM says
 * of its loops comes back in notes. The code is not to be run: its lines are not those of the source. */
enum { CODEGEN_WANT_LLVM = 1, CODEGEN_WANT_ASM = 2, CODEGEN_O3 = 4, CODEGEN_DEBUG = 8, CODEGEN_EXPLAIN = 16, CODEGEN_LINES = 32 };

/* One thing that LLVM did or did not do: about a loop (at: its header in job->fn[fn]), or about an instruction of the loop
 * whose note comes next (at: its position). */
typedef struct LoopNote { RemarkId id; uint32_t fn; bool loop; uint32_t at, width, times; const char *text; } LoopNote;

typedef struct CodegenJob {
    /* in */
    const CodegenFn *fn;                /* fn[0] is the root; then all that it calls, directly or not */
    uint32_t nfn;
    uint32_t flags;
    GpuJob *gpu;                        /* NULL: for this machine, to be run at once */
    Arena *arena;                       /* results' text */
    /* out */
    void *entry;                        /* Status (*)(Call *, uint64_t *) */
    void *code;                         /* give it to release() when the last user is gone */
    size_t code_nbytes;
    VEC(LoopNote) note;                 /* EXPLAIN */
    const char *llvm, *assembly;        /* when wanted: after the passes. gpu: assembly is the PTX */
    const char *error;                  /* NULL: it worked */
    bool no_memory;                     /* and that is why it did not */
    bool missing;                       /* the error is that something is not installed */
    double seconds_lower, seconds_passes, seconds_emit, seconds_link;
} CodegenJob;

typedef struct CodegenApi {
    uint32_t version;                   /* sizeof(CodegenJob) */
    Codegen *(*open)(const char **error);
    void (*close)(Codegen *);
    bool (*compile)(Codegen *, CodegenJob *);       /* any thread, one at a time (the compile lock) */
    void (*release)(Codegen *, void *code);
} CodegenApi;

/* rt: rt_row[RT_MAX] of the core with addresses; libm, vmath: rt_libm, rt_vmath. */
typedef const CodegenApi *(*CodegenDoor)(const RtRow *rt, const RtSymbol *libm, const RtSymbol *vmath);
