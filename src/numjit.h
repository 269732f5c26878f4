/* numjit.h: map of the program.
 *
 *     code object → decode → ssa → infer → ir → opt → lower → jit → Entry;   a call: dispatcher → Entry → result
 *
 *   base/     memory, text, messages of a compilation                        (no state)
 *   type/     Ty: interned types; promotion                                  (no state but the table made by types_new)
 *   ir/       Fn, Blk, Ins, Nest: SSA, untyped and typed; checker, dump      (no state)
 *   decode/   code object → Bc[]                   decode()
 *   ssa/      Bc[] → blocks → untyped SSA          ssa_cfg(), ssa_build()
 *   np/       what operators and functions mean    np_binary() ..., rows of np.def
 *   infer/    untyped SSA + argument types → typed IR   infer_pass()
 *   opt/      typed IR → typed IR                  opt_run()
 *   runtime/  what compiled code calls             rt.def
 *   lower/, jit/   typed IR → native code; a shared object of its own   numjit_codegen()
 *   compile.c      the pipeline on one page, the compile lock;  funcs.c: functions and their instances;
 *                  show.c: PTX, explanations, dumps
 *   python/   dispatcher, boxing, exceptions, the module
 */
#pragma once
#include "ir/ir.h"
#include "decode/decode.h"
#include "runtime/runtime.h"
#include "opt/opt.h"
#include "lower/lower.h"

struct _object;                 /* PyObject */
typedef struct Signature { const Ty *arg; Ty ret; } Signature;      /* ret NULL: as it comes */
/* What @vectorize (general: @guvectorize) says of a function: operand k has ncore[k] core dimensions, their names by number in
 * dim[k]. A general one writes its results into its last nout parameters; another returns its one result. */
enum { VECTORIZED_OPERANDS = 32, VECTORIZED_CORE = 8 };
typedef struct Vectorized {
    uint32_t nin, nout;
    bool general;
    uint8_t ncore[VECTORIZED_OPERANDS], dim[VECTORIZED_OPERANDS][VECTORIZED_CORE];
    const char *layout;         /* "(n),(n)->()"; NULL where it is not general */
} Vectorized;
typedef struct TypedLocal { const char *name; Ty ty; } TypedLocal;

/* A Python function as the compiler sees it. Made once for each function that is decorated, of numjit/lib, or
 * defined inside another (then code only); driver.h says how long it lives. The untyped SSA is made on first use. */
typedef struct Func {
    void *function;             /* PyFunctionObject* (owned), NULL for an inner function */
    void *code, *globals, *builtins, *closure, *defaults, *kwdefaults;   /* PyObject*, owned by Func; may be NULL */
    const char *name;           /* co_qualname for messages is in Code */
    uint32_t part;              /* of the code object: Code.parts; 0: all of it */
    Fold fold;                  /* a comprehension compiled as a fold */
    bool prelude;               /* of numjit/lib: errors show the caller's position */
    bool exact;                 /* shapes="exact": callers in compiled code too tell it the extents they know */
    FnOptions opt;
    Unit unit;                  /* owns the arena of what follows */
    Code *decoded;
    Fn *ssa;
    struct Instance *instances; /* one a tuple of argument types */
    struct Func *outer;         /* of an inner function: its globals and closure stand there */
    struct Func *inner, *next;  /* the functions defined in it; the next one of the same outer */
    uintptr_t number;           /* the object of its closures' types: never given twice */
    VEC(Signature) declared;    /* when signatures were given: these and no others are compiled */
    const Vectorized *vectorized;       /* NULL: a plain function */
    VEC(TypedLocal) local;      /* locals={"x": float32}: what is assigned to x is converted */
} Func;

/* A function with argument types: what CALL names. The typed IR stays, so that callers get a copy of their own. */
typedef struct Instance {
    Func *func;
    Ty *arg;                    /* one a parameter of the code object */
    uint32_t narg;
    Ty ret;                     /* NULL while nothing is known of it */
    Ty want;                    /* the type asked for by a signature: what is returned is converted. Or NULL */
    Fn *fn;                     /* of the last pass of infer */
    FnInfo info;
    TargetId target;
    uint8_t fastmath;           /* FAST_ bits: the function's; of the prelude's the caller's */
    uint64_t growth, ret_growth;    /* count what grew: phis and ret; ret alone */
    uint64_t callee_seen;       /* the ret_growth of what it calls, at its last pass */
    bool complete, optimised, recursive;
    bool inlined;               /* what it calls is inlined where it is small */
    const Fn *body;             /* NULL, or what callers inline: fn before it was optimised */
    Site site;                  /* what their positions say of it */
    Unit unit;
    Fn *ssa;                    /* func->ssa, or SSA of its own with loops unrolled for these types */
    const struct Cfg *cfg;      /* of ssa, where it is its own */
    Ty *phi;                    /* types of the untyped phis found so far, by Ref */
    VEC(struct Instance *) asked;   /* whose return types it looked at */
    VEC(struct Instance *) calls;   /* what fn calls */
    const struct Instance *asked_by;    /* the first caller, and where it calls */
    Pos asked_at;
    uint32_t visit;
    const void *apart;          /* NULL, or the dump or explanation that it was made for: no one else finds it */
    struct Instance *next;
} Instance;

/* Native code for an Instance: what a dispatcher calls. */
typedef struct Entry {
    Instance *instance;
    Status (*call)(Call *c, uint64_t *slot);
    void *code;
    uint32_t nslot;             /* the larger of the parts of parameters and result */
    double seconds[6];          /* stages: front end, opt, lower, passes, emit, link */
    const char *llvm, *assembly;    /* NULL unless asked for */
    struct LaterCode *later;    /* its parts that are compiled when they are first called */
    struct Arena *arena;        /* of these, and of the texts */
} Entry;

/* The compiler of one module: compile.c. All functions need the GIL; the compile lock is inside. */
typedef struct Driver Driver;
Driver *driver_new(void *module_state, const char *codegen_path);
void driver_free(Driver *d);
Types *driver_types(Driver *d);
/* function: a PyFunctionObject. dispatcher: its owner, which frees it; NULL: a function of numjit/lib. NULL with an
 * exception set when it is none. */
Func *driver_func(Driver *d, void *function, void *dispatcher, const FnOptions *opt);
void func_free(Driver *d, Func *f);         /* after its Entries */
int func_visit(const Func *f, int (*visit)(struct _object *, void *), void *arg);     /* what it owns, for the garbage collector */
/* Before the first compilation: a signature the function is compiled for, and only for those; the type of a local. */
bool driver_declare(Func *f, const Ty *arg, uint32_t narg, Ty ret);     /* false with an exception */
bool driver_local(Func *f, const char *name, Ty x);
bool driver_is_declared(const Func *f);
/* Of the declared signatures the one that arguments of these types fit best, or NULL. */
const Ty *driver_choose(const Func *f, const Ty *arg, uint32_t narg);
/* The same by the dtypes of the first narg operands alone; a parameter of arrays takes their dtype. */
const Ty *driver_choose_dtypes(const Func *f, const Ty *dtype, uint32_t narg);
bool driver_vectorize(Func *f, const Vectorized *v);        /* before the first compilation; false with an exception */
/* What f returns for arguments of these types: NULL with an exception. */
Ty driver_returns(Driver *d, Func *f, const Ty *arg, uint32_t narg);
/* Compiles a function of numjit/lib, as driver_compile does. The Entry must die before the functions it was given. */
Entry *driver_compile_lib(Driver *d, const char *module, const char *name, const Ty *arg, uint32_t narg, TargetId target);
/* Compiles; NULL with a Python exception set. ret: the result type asked for by a signature, or NULL. flags: CODEGEN_. */
Entry *driver_compile(Driver *d, Func *f, const Ty *arg, uint32_t narg, Ty ret, TargetId target, uint32_t flags);
/* PTX for a function: kernels, or (device) a function for kernels of others. gpu: its options. A new str; *result: what it
 * returns. NULL with a Python exception. */
void *driver_ptx(Driver *d, Func *f, const Ty *arg, uint32_t narg, Ty ret, bool device, GpuJob gpu, Ty *result);
void entry_free(Driver *d, Entry *e);
/* What became of f: text for the user, a new str; or NULL with an exception. Compiles it anew, to be thrown away. */
void *driver_explain(Driver *d, Func *f, const Ty *arg, uint32_t narg, TargetId target);
void *driver_explain_lib(Driver *d, const char *module, const char *name, const Ty *arg, uint32_t narg, TargetId target);
/* Prints what passes and LLVM remarked on these instances, the root first. Fails u where a signal's handler raises. python/explain.c */
void explain_print(Unit *u, Text *out, const Remarks *remarks, Instance *const *all, uint32_t n);
/* Text of a stage ("bc" "cfg" "ssa" "ir" "nest" "opt" "llvm" "asm"): a new reference to a str, or NULL with an exception. */
void *driver_dump(Driver *d, Func *f, const Ty *arg, uint32_t narg, const char *stage);
/* Is this object a Dispatcher? Its Func, or NULL. python/dispatcher.c. */
Func *dispatcher_func(void *object);
/* Is it what @vectorize made? The Dispatcher behind it, or NULL. python/vectorize.c. */
void *vectorized_dispatcher(void *object);
/* The type of a Python object as an argument (or as a constant of a global: constant = true: then functions, modules,
 * dtypes, strings are constants too). NULL with *why when it has none. python/key.c */
Ty key_typeof(Types *t, void *object, bool constant, const char **why);
/* The type of a parameter that a call leaves to its default o: NULL where that is an argument like any other. key.c */
Ty key_omitted(Types *t, void *o);
/* The names of a class of namedtuples: a new reference to a tuple of str, or NULL, without an exception, where it is none. key.c */
struct _object *key_fields(struct _object *cls);
/* Raises d as its exception, with the user's line and a caret under the expression. python/raise.c */
void raise_diag(const Diag *d);

typedef struct CompileStats { int64_t compilations; double seconds[6]; } CompileStats;
int64_t driver_later(const Driver *d);           /* parts of functions compiled when they were first called */
const CompileStats *driver_stats(const Driver *d);
