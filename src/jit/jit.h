/* jit.h: the state behind the door: one LLJIT, target machines made once. */
#pragma once
#include <stdio.h>
#include <sys/types.h>
#include <llvm-c/Core.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/TargetMachine.h>
#include "jit/emit.h"
#include "lower/target.h"

enum { TOOL_PERF = 1, TOOL_GDB = 2 };

/* A target machine and what writes its object files: made when first wanted, 0.4 ms each. */
typedef struct Machine { LLVMTargetMachineRef tm; Emitter *emitter; } Machine;

struct Codegen {
    Host host;
    Machine fast, best;                 /* fast: no optimisation when selecting instructions, for code without loops */
    LLVMOrcLLJITRef jit;
    const RtRow *rt;
    const RtSymbol *libm;
    VectorLib vectors;
    bool vectors_linked, mvec_linked;   /* ORC knows their addresses */
    struct Libdevice *libdevice;        /* read once; NULL */
    uint32_t tools;                     /* TOOL_: who is told of new code */
    FILE *perf;                         /* /tmp/perf-PID.map of perf_pid, or NULL */
    pid_t perf_pid;
    char *said;                         /* what LLVM said in the job under way, a line a remark; or NULL */
    size_t nsaid;
    bool explains;                      /* that job asks for it */
};

/* Of this thread's time. */
double seconds(void);

/* passes.c: LLVM module → optimised module */
bool passes_run(CodegenJob *job, LLVMModuleRef module, LLVMTargetMachineRef tm, LoopUse loops);
#define LOOP_REDUCE ",function(loop(loop-reduce))"     /* induction variables for addresses: the end of a pipeline (jit.c, set_options) */
const char *passes_error(Arena *a, LLVMErrorRef e);

void folds_choose(LLVMModuleRef module);        /* folds.c: which of two loads becomes part of what uses both */

/* remarks.c: what LLVM says of the module's loops between the two becomes job->note, if the job asks for that. */
void remarks_begin(Codegen *cg, const CodegenJob *job, LLVMContextRef context);
void remarks_end(Codegen *cg, CodegenJob *job);

/* ptx.c: module → PTX. Makes the target machine of the job's compute capability. */
bool ptx_compile(Codegen *cg, CodegenJob *job, LLVMContextRef context);
bool verify_module(CodegenJob *job, LLVMModuleRef module);      /* jit.c */

/* libdevice.c: what the module calls of it is linked in, if it calls some. */
bool libdevice_link(Codegen *cg, CodegenJob *job, LLVMModuleRef module);
void libdevice_free(Codegen *cg);

/* link.c: module → address */
bool link_open(Codegen *cg, const char **error);
bool link_module(Codegen *cg, CodegenJob *job, LLVMModuleRef module, Machine *machine);
void link_release(Codegen *cg, void *code);
void link_close(Codegen *cg);

/* tools.c: who is asked for by the environment; tells them of an object whose entry has an address. What comes back goes to
 * tools_forget() before the code does. */
uint32_t tools_asked(void);
void *tools_tell(Codegen *cg, const CodegenJob *job, const void *object, size_t nbytes, const char *entry, uintptr_t address);
void tools_forget(void *debug);
