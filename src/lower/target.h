/* target.h: what the files of lower/ share, and what a target must give.
 *
 * A Ref is an array of LLVM values, one a part (ty_parts). bool is i1 in registers and i8 in memory; complex is two
 * floats. Blocks are lowered in reverse postorder, so a value is there before its uses, but for phis: those are filled
 * at the end. Code that leaves the function goes through lower_exit(). */
#pragma once
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/TargetMachine.h>
#include "lower/lower.h"

typedef struct Target Target;
/* What all functions of a job together need. SOME: one has a loop. REDUCE: an innermost one does more than go along rows (Blk.streams).
 * SCALARS: neighbouring scalars may be worth a vector (the body of a nest is one already). ENDS: Blk.ends. */
typedef enum LoopUse { LOOPS_NONE, LOOPS_SOME = 1, LOOPS_REDUCE = 2, LOOPS_SCALARS = 4, LOOPS_ALL = 7, LOOPS_ENDS = 8, LOOPS_MANY = 16 } LoopUse;
typedef struct SiteScope { const Site *site; LLVMMetadataRef scope; } SiteScope;
typedef struct ScopeList { Ref as; bool made; LLVMValueRef own, others; } ScopeList;     /* alias scopes, or whose: arrays.c */
typedef struct Constants { const void *from; LLVMValueRef global; } Constants;      /* a global array's elements in the module */
typedef struct Exit { uint32_t cleanup; BlkId handler; bool again; LLVMBasicBlockRef block; LLVMValueRef pos; } Exit;

/* Vector functions: our own, and a library (cpu/sleef.c), opened when the first MATH in a loop is lowered. */
typedef struct VectorLib {
    const RtSymbol *own;                /* rt_vmath */
    bool asked;
    void *so;                           /* NULL: there is none, or the machine has no instructions for it */
    uint32_t nbytes;                    /* of the widest vectors */
    bool mvec_asked;
    void *mvec;                         /* libmvec, once a fastmath function asked for it; NULL: none */
} VectorLib;

/* The machine we run on (cpu/host.c). Code is made for a level and features, and tuned for the processor of that name. */
typedef struct Host {
    const char *level;                  /* "x86-64-v3" */
    char *triple, *name, *features;     /* features: "+gfni,+sha", those beyond the level */
    uint32_t vector_nbytes;             /* of the widest vectors that our vector functions use; 0: none */
} Host;

typedef struct Lower {
    CodegenJob *job;
    const Target *target;
    const RtRow *rt;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef b;
    LLVMTypeRef i1, i8, i16, i32, i64, f16, f32, f64, ptr, void_;
    LLVMMetadataRef unlikely;           /* branch weights: the first way is rare */
    LLVMDIBuilderRef debug;             /* NULL: no line tables */
    const Host *host;                   /* NULL: another machine's code */
    VectorLib *vectors;
    VEC(LLVMValueRef) vector_form;      /* declared for the vectorizer */
    LoopUse loops;                      /* of all functions: lower_loop_use() */
    bool *repeated;                     /* job->fn[k] is called in a loop */
    LLVMValueRef *function;             /* of job->fn[k] */
    LLVMTypeRef *function_type;
    const Fn *bare;                     /* the root, where it is its own entry, for nobody else calls it; or NULL */
    VEC(SiteScope) sites;
    VEC(Constants) constants;
    /* the function being lowered */
    const CodegenFn *cf;
    const Fn *fn;
    LLVMValueRef self, call, result;
    LLVMValueRef **value;               /* of each Ref */
    LLVMBasicBlockRef *block, *tail;    /* of each Blk: where it begins and where it ends */
    BlkId handler;              /* of the block that is lowered */
    bool in_loop;               /* that block runs in a loop, of this function or of a caller */
    BlkId loop;                 /* the header of its loop, if that is apart (Blk), or BLK_NONE */
    VEC(Exit) exits;
    LLVMBasicBlockRef failed;           /* NULL: no exit leaves it yet */
    ScopeList *scope_list;              /* by Ref of a NEW; 0: of what comes from the caller */
    VEC(Ref) scoped;                    /* the NEWs that have scopes */
    LLVMMetadataRef scope;
    LLVMMetadataRef *loop_id;   /* !llvm.loop of each header that has one */
    bool *outer;                /* by header: it has loops inside */
    bool *waits;                /* by header: its turns wait for one another */
    uint32_t pos;
} Lower;

/* A target: how the machine is made, how it computes floating-point functions, what else it has of its own. */
struct Target {
    const char *name;
    LLVMTargetMachineRef (*machine)(const CodegenJob *job, const Host *host, LLVMCodeGenOptLevel level, const char **error);
    LLVMValueRef (*math)(Lower *lo, const MathRow *row, LLVMTypeRef type, LLVMValueRef *arg);
    LLVMValueRef (*trunc)(Lower *lo, LLVMValueRef x);   /* IR_TRUNC */
    /* float32 or float64 → int32 or int64 (to), in loops of vectors too; nan and what does not fit give the least value. */
    LLVMValueRef (*truncate)(Lower *lo, LLVMValueRef x, LLVMTypeRef to);
    void (*entries)(Lower *lo);                         /* what the functions are called through from outside */
    LLVMValueRef (*thread)(Lower *lo, int64_t which);   /* IR_THREAD. NULL: it has no such op */
    void (*claim)(Lower *lo, const Ins *in);            /* before an error is recorded: goes on only if this thread is the first. Or NULL */
    bool polls, unwinds;
    bool slots;                         /* what is called from outside takes its parameters from slots: Lower.bare */
    bool returns;                       /* small results are returned beside the status: lower_returns() */
};
extern const Target target_cpu, target_nvptx;

/* lower.c */
bool lower_job(CodegenJob *job, const Target *target, const RtRow *rt, LLVMContextRef context, LLVMTargetMachineRef tm,
               const Host *host, VectorLib *vectors, LoopUse loops, LLVMModuleRef *module);     /* false: job->error */
void lower_bug(Lower *lo, const char *format, ...) __attribute__((format(printf, 2, 3)));   /* the first one stays in job->error */
LLVMBasicBlockRef lower_block_after(Lower *lo, const char *name);       /* behind the current one */
LLVMBasicBlockRef lower_block_cold(Lower *lo, const char *name);        /* at the end */
void lower_branch_rare(Lower *lo, LLVMValueRef rare, LLVMBasicBlockRef yes, LLVMBasicBlockRef no);
void lower_exit(Lower *lo, const Ins *in);                              /* ends the block: an error is recorded in the Call */
void lower_exit_if(Lower *lo, const Ins *in, LLVMValueRef status);      /* goes on where status is 0 */
void lower_diag(Lower *lo, const Ins *in, DiagId id, LLVMValueRef *operand, uint32_t n);   /* records it and leaves */
void lower_wrapper_lines(Lower *lo, uint32_t which, LLVMValueRef f);   /* f wraps fn[which]: without, what is inlined into f loses its lines */
LLVMValueRef lower_alloca(Lower *lo, LLVMTypeRef type, uint32_t n);     /* in the entry block */
LLVMValueRef lower_field(Lower *lo, size_t offset);                     /* address of a field of the Call */
void lower_attribute(Lower *lo, LLVMValueRef f, LLVMAttributeIndex at, const char *name, uint64_t v);

/* Is fn's result returned in registers, {status, part ...}? Else it goes to the memory that the last parameter points to. */
bool lower_returns(const Lower *lo, const Fn *fn);
/* The function through which one is called: name and type are the caller's, the body calls job->fn[which]. */
LLVMValueRef lower_entry(Lower *lo, uint32_t which, const char *suffix, bool chunk);
LLVMValueRef lower_chunk_entry(Lower *lo, uint32_t which);              /* ChunkFn of the chunk job->fn[which] */

/* loops.c: the loops of the Fns */
LoopUse lower_loop_use(const CodegenJob *job);
void lower_find_repeated(Lower *lo);                                    /* Lower.repeated */
LLVMMetadataRef lower_loop_id(Lower *lo, BlkId header);                 /* lower.c: its !llvm.loop; NULL: it has none */
void lower_written_once(Lower *lo, LLVMValueRef br);                    /* lower.c: the loop with br for its way back is not unrolled */
bool *lower_outer_loops(Arena *a, const Fn *fn);                        /* by header: has it loops inside? */
bool *lower_waiting_loops(Arena *a, const Fn *fn);                      /* waits.c: by header: do its turns wait for one another? */

/* values.c: parts, scalars */
LLVMTypeRef lower_part_type(Lower *lo, Part part);
LLVMValueRef *lower_new(Lower *lo, Ty ty);                              /* room for the parts */
LLVMValueRef lower_i64(Lower *lo, int64_t v);
LLVMValueRef lower_i32(Lower *lo, int32_t v);
LLVMValueRef lower_host(Lower *lo, const void *p);
LLVMValueRef lower_at(Lower *lo, LLVMValueRef ptr, LLVMValueRef nbytes);
LLVMValueRef lower_at_const(Lower *lo, LLVMValueRef ptr, size_t nbytes);
LLVMValueRef lower_to_slot(Lower *lo, LLVMValueRef v);                  /* any part → i64 */
LLVMValueRef lower_slot_load(Lower *lo, LLVMValueRef slot, uint32_t k, Part part);
LLVMValueRef lower_slot_store(Lower *lo, LLVMValueRef slot, uint32_t k, LLVMValueRef v);
LLVMValueRef lower_coerce(Lower *lo, LLVMValueRef v, LLVMTypeRef to);   /* between integers, pointers and bit patterns */
LLVMValueRef lower_intrinsic(Lower *lo, const char *name, LLVMTypeRef type, LLVMValueRef *arg, uint32_t n);
LLVMValueRef lower_hidden(Lower *lo, LLVMValueRef v);                   /* a number of which LLVM's passes see nothing; HIDE */
bool lower_value(Lower *lo, const Ins *in, Ref r);                      /* false: not an op of this file */

/* arrays.c: arrays and memory */
LLVMValueRef lower_extent(Lower *lo, Ty ty, LLVMValueRef *part, uint32_t axis);
LLVMValueRef lower_stride(Lower *lo, Ty ty, LLVMValueRef *part, uint32_t axis);
LLVMValueRef *lower_convert(Lower *lo, Ty from, Ty to, LLVMValueRef *part);     /* the same value in the parts of another type */
void lower_count(Lower *lo, RtId id, Ty ty, LLVMValueRef *part);        /* RT_RETAIN or RT_RELEASE for each array in a value */
bool lower_array(Lower *lo, const Ins *in, Ref r);

/* pairsum.c */
LLVMValueRef *lower_pairsum(Lower *lo, const Ins *in, LLVMValueRef ptr, LLVMValueRef n);

/* calls.c */
LLVMValueRef lower_rt(Lower *lo, RtId id, LLVMValueRef *arg, uint32_t n);       /* declares and calls; C is added */
uint32_t lower_callee(const CodegenJob *job, const Ins *in);            /* of a CALL, PARALLEL or LATER: its place in fn[]; nfn: not there */
bool lower_call(Lower *lo, const Ins *in, Ref r);

/* cpu/host.c */
bool host_ask(Host *h);                 /* false: no memory */
void host_forget(Host *h);
LLVMTargetMachineRef host_machine(const Host *h, const char *cpu, const char *features, LLVMCodeGenOptLevel opt, const char **error);
void host_tune(const Host *h, LLVMModuleRef module);    /* its functions are for the processor of that name */

/* cpu/sleef.c */
LLVMValueRef sleef_call(Lower *lo, const MathRow *row, LLVMTypeRef type, LLVMValueRef *arg);    /* NULL: no such function */
bool sleef_open(Lower *lo);             /* is there a library? */
bool mvec_has(Lower *lo, const MathRow *row, LLVMTypeRef type);
bool mvec_name_forms(Lower *lo, const MathRow *row, LLVMTypeRef type, LLVMValueRef call);
void mvec_symbols(const VectorLib *lib, void (*see)(void *, const char *, void *), void *data);
void sleef_finish(Lower *lo);           /* the module is complete */
void sleef_settle(LLVMModuleRef module, const VectorLib *lib);         /* after the passes */
void sleef_symbols(const VectorLib *lib, void (*see)(void *, const char *, void *), void *data);    /* name and address of each */
void lower_pure(Lower *lo, LLVMValueRef f);                             /* cpu.c: it may be moved, copied and dropped */
