/* lower.h: typed IR → LLVM, and from there (jit/) to native code: the door of the second shared object.
 *
 * _core opens it at the first compilation and sees one function, numjit_codegen(). lower/ and jit/ are dumb: the
 * decisions were taken before. They make no types (compare ->kind), hold all state in a Codegen, and never see Python.
 *
 * A compiled function is  Status name(Call *, parts of the parameters..., uint64_t *result)  with internal linkage; result
 * takes 8 bytes a part. The root also has an entry  Status name.entry(Call *, uint64_t *slot) : parameters' parts come in
 * slot[], the result's parts go to slot[]. CALL's imm.p leads to the callee's symbol through CodegenFn.instance. */
#pragma once
#include "ir/ir.h"
#include "runtime/runtime.h"

typedef struct Codegen Codegen;

typedef struct CodegenFn {
    const Fn *fn;
    const struct Instance *instance;    /* what CALL ops name it by */
    const FnInfo *info;                 /* NULL: errors in it get no frame of their own */
    const char *symbol;                 /* unique in the process; shown by perf and gdb under fn->name */
    const char *filename, *name;
    int32_t first_line;
} CodegenFn;

enum { CODEGEN_WANT_LLVM = 1, CODEGEN_WANT_ASM = 2, CODEGEN_O3 = 4, CODEGEN_DEBUG = 8 };

typedef struct CodegenJob {
    /* in */
    const CodegenFn *fn;                /* fn[0] is the root; then all that it calls, directly or not */
    uint32_t nfn;
    uint32_t flags;
    Arena *arena;                       /* results' text */
    /* out */
    void *entry;                        /* Status (*)(Call *, uint64_t *) */
    void *code;                         /* give it to release() when the last user is gone */
    size_t code_nbytes;
    const char *llvm, *assembly;        /* when wanted: after the passes */
    const char *error;                  /* NULL: it worked */
    bool no_memory;                     /* and that is why it did not */
    double seconds_lower, seconds_passes, seconds_emit, seconds_link;
} CodegenJob;

typedef struct CodegenApi {
    uint32_t version;                   /* sizeof(CodegenJob) */
    Codegen *(*open)(const char **error);
    void (*close)(Codegen *);
    bool (*compile)(Codegen *, CodegenJob *);       /* any thread, one at a time (the compile lock) */
    void (*release)(Codegen *, void *code);
} CodegenApi;

/* rt: rt_row[RT_MAX] of the core with addresses; libm: rt_libm. */
typedef const CodegenApi *(*CodegenDoor)(const RtRow *rt, const RtSymbol *libm);
