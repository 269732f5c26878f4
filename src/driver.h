/* driver.h: the state behind numjit.h's Driver, which compile.c (the pipeline) and funcs.c (Funcs and Instances, made, found
 * and freed) share.
 *
 * Who owns what: a Dispatcher owns its Func, a Func its inner functions and its Instances, an Instance its Unit with the
 * IR and the objects pinned there. What an Instance calls it has pinned, the functions among its argument types
 * too, so native code made of several Instances outlives none of them. The Funcs of numjit/lib live as long as the
 * Driver; those of their Instances that take a function go with that function. */
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <pthread.h>

#include "infer/infer.h"
#include "ssa/ssa.h"

typedef VEC(Instance *) Instances;

/* What a compilation under way has. The front end may run Python code (a finalizer, a signal's handler, a module's __getattr__); what
 * that compiles is a compilation of its own inside of this one, and sees nothing of it. */
typedef struct Work {
    Instances pending;                  /* made by it */
    double seconds_opt;
    Remarks *remarks;                   /* if it is explained */
    const void *apart;                  /* Instance.apart of those it makes and finds */
    Arena *making;                      /* what belongs to its Entry; NULL */
    struct Work *outer;                 /* the one that it is inside of, or NULL */
} Work;

struct Driver {
    Types *types;
    char *codegen_path;
    const CodegenApi *api;
    Codegen *codegen;
    pthread_mutex_t lock;
    pid_t owner;                        /* of the lock's state: a forked child begins with a free lock */
    pthread_t holder;                   /* of the lock, while busy */
    bool busy;
    uintptr_t ninside;                  /* compilations inside of others there ever were */
    VEC(Func *) funcs;                  /* all */
    uintptr_t nfunc;                    /* how many there ever were */
    Arena *arena;
    Work work;
    CompileStats stats;
    uint64_t nsymbol;
    _Atomic(uint64_t) nlater;           /* later parts that were compiled */
    uint32_t dump;                      /* NUMJIT_DUMP: bits of stages */
};

/* dump.c: the stages that can be seen */
typedef enum Stage { STAGE_BC, STAGE_CFG, STAGE_SSA, STAGE_IR, STAGE_NEST, STAGE_OPT, STAGE_LLVM, STAGE_ASM, STAGE_MAX } Stage;
Stage stage_find(const char *name, size_t n);               /* STAGE_MAX: there is none */
uint32_t stage_env(void);                                   /* bits of NUMJIT_DUMP=ir,opt */
/* f before it has types, or fn, made of it. */
void stage_print(Text *out, Stage s, Unit *u, Func *f, const Fn *fn);
/* The same to stderr, where NUMJIT_DUMP has the stage. */
void dump_while(Driver *d, Stage s, Func *f, const Fn *fn);
void dump_text_while(Driver *d, Stage s, const Func *f, const char *text);

/* One thing that is asked of the compiler. */
typedef struct Request {
    Func *f;
    const char *module, *name;          /* of numjit/lib, where f is found by them */
    const Ty *arg;
    uint32_t narg;
    Ty ret;
    TargetId target;
    uint32_t flags;
    Stage stage;
    GpuJob gpu;
    Entry *entry;
    PyObject *text;
} Request;

/* compile.c. The compile lock, which its holder may take again; false with an exception. */
bool driver_lock(Driver *d);
void driver_unlock(Driver *d);
/* Runs step(d, u, context) with a Unit that lasts as long as that; false with an exception. Needs the lock. */
bool driver_guarded(Driver *d, void *code, void (*step)(Driver *, Unit *, void *), void *context);
/* What steps are made of. Types and optimises f for arg and all that it calls: in out, the root first. */
void driver_front_end(Driver *d, Unit *u, Func *f, const Ty *arg, uint32_t narg, Ty ret, TargetId target, bool optimise, Instances *out);
void driver_nests(Instance *i, Unit *root);                 /* of one that is typed only: its array operations fused */
void driver_open_codegen(Driver *d, Unit *u);
void driver_run_codegen(Driver *d, Unit *u, CodegenJob *job);

/* compile.c: the lock of the code generator. Whoever has it wants no other lock, nor the GIL. */
void codegen_lock(void);
void codegen_unlock(void);

/* job.c: the functions of a job; everything: what is `later` too, as one of them. */
typedef VEC(CodegenFn) CodegenFns;
typedef struct LaterCode LaterCode;
CodegenFn job_fn(Driver *d, const Instance *i, const Fn *fn, Arena *a);
CodegenFns job_fns(Driver *d, const Instances *all, Arena *a, bool everything);
/* Those of fns that are `later` get what they will be compiled from, in d->work.making. */
LaterCode *job_later(Driver *d, CodegenFns *fns, const Instances *all, uint32_t flags);
void job_later_free(Driver *d, LaterCode *first);
/* compile.c: which of these fn calls, itself or through others. */
void driver_called(const Fn *fn, const Instances *all, bool *wanted);

/* funcs.c */
Unit unit_make(Driver *d, void *code, void *self);
void unit_drop(Unit *u);
/* The instance for just this target; driver_instance: for what a caller on a target calls. */
Instance *driver_root(Driver *d, Func *f, const Ty *arg, uint32_t narg, Ty ret, TargetId target, uint8_t fastmath);
/* Instances of the compilation under way are unlinked and freed: nothing else names them. */
void driver_drop_pending(Driver *d);
