/* compile.c: code object + argument types → Entry: the whole pipeline on one page.
 *
 *     decode → ssa_cfg → ssa_build → infer_pass (to a fixed point over all instances) → opt_run → codegen → Entry
 *
 * In:  a Func and the types of its arguments.   Out: an Entry, or a Python exception.
 * Holds: all state hangs on the Driver. One compilation at a time (the compile lock); the GIL is held in the
 * front end, which resolves the user's globals, and released around code generation and while waiting for the lock. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "infer/infer.h"
#include "ssa/ssa.h"

struct Driver {
    Types *types;
    char *codegen_path;
    const CodegenApi *api;
    Codegen *codegen;
    pthread_mutex_t lock;
    pid_t owner;                        /* of the lock's state: a forked child begins with a free lock */
    VEC(Func *) funcs;
    Arena *arena;
    VEC(Instance *) pending;            /* of the compilation under way: instances without a complete type */
    CompileStats stats;
    uint64_t nsymbol;
    Unit *unit;                         /* of the compilation under way */
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void keep_object(void *object) { Py_INCREF((PyObject *)object); }

void unit_pin(Unit *u, void *object)
{
    Py_INCREF((PyObject *)object);
    vec_push(u->arena, &u->pins, object);
}

static Unit unit_make(Driver *d, void *code)
{
    return (Unit){ .arena = arena_new(), .types = d->types, .driver = d, .code = code,
                   .python = (uint32_t)(Py_Version >> 16) };
}

Driver *driver_new(void *module_state, const char *codegen_path)
{
    Driver *d = PyMem_Calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->types = types_new(keep_object);
    d->arena = arena_new();
    d->codegen_path = arena_strdup(d->arena, codegen_path);
    pthread_mutex_init(&d->lock, NULL);
    d->owner = getpid();
    return d;
}

Types *driver_types(Driver *d) { return d->types; }
const CompileStats *driver_stats(const Driver *d) { return &d->stats; }

static void lock(Driver *d)
{
    if (d->owner != getpid()) {         /* forked: whoever held the lock is gone, and so may be LLVM's state */
        bool held = pthread_mutex_trylock(&d->lock) != 0;
        pthread_mutex_init(&d->lock, NULL);
        if (held)
            d->codegen = NULL;
        d->owner = getpid();
    }
    Py_BEGIN_ALLOW_THREADS
    pthread_mutex_lock(&d->lock);
    Py_END_ALLOW_THREADS
}

static void unlock(Driver *d) { pthread_mutex_unlock(&d->lock); }

/* functions ------------------------------------------------------------------------------------------------ */

static PyObject *attr_or_null(PyObject *o, const char *name)
{
    PyObject *v = PyObject_GetAttrString(o, name);
    if (!v || v == Py_None) {
        Py_XDECREF(v);
        PyErr_Clear();
        return NULL;
    }
    return v;
}

static Func *func_of_code(Driver *d, PyObject *code)
{
    Func *f = arena_new_of(d->arena, Func);
    f->code = Py_NewRef(code);
    f->unit = unit_make(d, code);
    PyObject *name = PyObject_GetAttrString(code, "co_name");
    f->name = name ? arena_strdup(d->arena, PyUnicode_AsUTF8AndSize(name, NULL)) : "?";
    Py_XDECREF(name);
    vec_push(d->arena, &d->funcs, f);
    return f;
}

Func *driver_func(Driver *d, void *function, const FnOptions *opt, bool prelude)
{
    PyObject *code = PyObject_GetAttrString(function, "__code__");
    if (!code)
        return NULL;
    Func *f = func_of_code(d, code);
    Py_DECREF(code);
    f->function = Py_NewRef((PyObject *)function);
    f->globals = attr_or_null(function, "__globals__");
    f->builtins = attr_or_null(function, "__builtins__");
    f->closure = attr_or_null(function, "__closure__");
    f->defaults = attr_or_null(function, "__defaults__");
    f->kwdefaults = attr_or_null(function, "__kwdefaults__");
    f->opt = *opt;
    f->prelude = prelude;
    return f;
}

void driver_declare(Func *f, const Ty *arg, uint32_t narg, Ty ret)
{
    Ty *copy = arena_new_n(f->unit.arena, Ty, narg + 1);
    memcpy(copy, arg, narg * sizeof *arg);
    vec_push(f->unit.arena, &f->declared, ((Signature){ copy, ret }));
}

void driver_local(Func *f, const char *name, Ty x)
{
    vec_push(f->unit.arena, &f->local, ((TypedLocal){ arena_strdup(f->unit.arena, name), x }));
}

bool driver_is_declared(const Func *f) { return f->declared.n > 0; }

const Ty *driver_choose(const Func *f, const Ty *arg, uint32_t narg)
{
    const Ty *best = NULL;
    int least = INT32_MAX;
    for (uint32_t s = 0; s < f->declared.n; s++) {
        int sum = 0;
        for (uint32_t k = 0; k < narg && sum >= 0; k++) {
            int one = promote_distance(arg[k], f->declared.at[s].arg[k]);
            sum = one < 0 ? -1 : sum + one;
        }
        if (sum >= 0 && sum < least) {
            least = sum;
            best = f->declared.at[s].arg;
        }
    }
    return best;
}

/* The result type that f's signature with these argument types asks for, or NULL. */
static Ty declared_ret(const Func *f, const Ty *arg, uint32_t narg)
{
    for (uint32_t s = 0; s < f->declared.n; s++)
        if (!memcmp(f->declared.at[s].arg, arg, narg * sizeof *arg))
            return f->declared.at[s].ret;
    return NULL;
}

static Func *inner_func(Unit *u, void *code_object)
{
    Func *f = driver_inner(u->driver, code_object);
    if (!f) {
        f = func_of_code(u->driver, code_object);
        for (uint32_t k = 0; k < u->driver->funcs.n; k++)
            if (u->driver->funcs.at[k]->code == u->code)
                f->outer = u->driver->funcs.at[k];
        f->opt = f->outer->opt;
        f->prelude = f->outer->prelude;
    }
    return f;
}

Func *driver_inner(Driver *d, void *code)
{
    for (uint32_t k = 0; k < d->funcs.n; k++)
        if (d->funcs.at[k]->code == code && d->funcs.at[k]->outer && !d->funcs.at[k]->fold)
            return d->funcs.at[k];
    return NULL;
}

Func *driver_fold(Driver *d, Func *f, Fold fold)
{
    for (uint32_t k = 0; k < d->funcs.n; k++)
        if (d->funcs.at[k]->code == f->code && d->funcs.at[k]->fold == fold)
            return d->funcs.at[k];
    Func *made = func_of_code(d, f->code);
    made->outer = f->outer;
    made->opt = f->opt;
    made->prelude = f->prelude;
    made->fold = fold;
    return made;
}

Func *driver_lib_object(Driver *d, Unit *u, void *function)
{
    for (uint32_t k = 0; k < d->funcs.n; k++)
        if (d->funcs.at[k]->function == function && d->funcs.at[k]->prelude)
            return d->funcs.at[k];
    FnOptions opt = { .boundscheck = true };
    Func *made = driver_func(d, function, &opt, true);
    if (!made)
        fail_py(u);
    return made;
}

Func *driver_lib(Driver *d, Unit *u, const char *module, const char *name)
{
    Text path = { .arena = u->arena };
    text_printf(&path, "numjit.lib.%s", module);
    PyObject *m = PyImport_ImportModule(text_str(&path)), *f = m ? PyObject_GetAttrString(m, name) : NULL;
    Py_XDECREF(m);
    if (!f)
        fail_py(u);
    unit_pin(u, f);
    Py_DECREF(f);
    return driver_lib_object(d, u, f);
}

static Fn *build_ssa(Unit *u, const Func *f, const Cfg *cfg)
{
    const char **typed = arena_new_n(u->arena, const char *, f->local.n + 1);
    for (uint32_t k = 0; k < f->local.n; k++)
        typed[k] = f->local.at[k].name;
    return ssa_build(u, cfg, &(SsaOptions){ .typed = typed, .ntyped = f->local.n, .fold = f->fold, .inner = inner_func });
}

void driver_prepare(Driver *d, Func *f, Unit *caller)
{
    if (f->ssa)
        return;
    Unit *u = &f->unit;
    jmp_buf here;
    u->catch_ = &here;
    if (setjmp(here)) {
        caller->diag = u->diag;
        caller->py_error = u->py_error;
        longjmp(*caller->catch_, 1);
    }
    f->decoded = decode(u, f->code);
    f->ssa = build_ssa(u, f, ssa_cfg(u, f->decoded));
}

/* instances ------------------------------------------------------------------------------------------------ */

/* The prelude and inner functions go with their caller; on a GPU everything does. */
static Target target_of(const Func *f, Target caller)
{
    if (caller == TARGET_GPU || f->prelude || f->outer)
        return caller;
    return f->opt.parallel ? TARGET_PARALLEL : TARGET_CPU;
}

Instance *driver_instance(Driver *d, Func *f, const Ty *arg, uint32_t narg, Ty ret, Target caller)
{
    Target target = target_of(f, caller);
    if (!ret)
        ret = declared_ret(f, arg, narg);
    for (Instance *i = f->instances; i; i = i->next)
        if (i->narg == narg && i->target == target && !memcmp(i->arg, arg, narg * sizeof *arg) && (!ret || i->want == ret))
            return i;
    Instance *i = arena_new_of(f->unit.arena, Instance);
    i->func = f;
    i->narg = narg;
    i->target = target;
    i->want = i->ret = ret;
    i->arg = arena_new_n(f->unit.arena, Ty, narg + 1);
    memcpy(i->arg, arg, narg * sizeof *arg);
    i->unit = unit_make(d, f->code);
    i->next = f->instances;
    f->instances = i;
    vec_push(d->arena, &d->pending, i);
    return i;
}

void driver_unroll(Instance *i, const Unroll *loop, uint32_t n)
{
    const Cfg *cfg = i->cfg ? i->cfg : ssa_cfg(&i->unit, i->func->decoded);
    i->cfg = ssa_unroll(&i->unit, cfg, loop, n);
    i->ssa = build_ssa(&i->unit, i->func, i->cfg);
    i->phi = NULL;
    i->growth++;
}

/* Removes what a failed compilation left without a complete type, so that the next one starts afresh. */
static void drop_pending(Driver *d)
{
    for (uint32_t k = 0; k < d->pending.n; k++) {
        Instance *i = d->pending.at[k], **at = &i->func->instances;
        while (*at && *at != i)
            at = &(*at)->next;
        if (*at && !i->complete)
            *at = i->next;
    }
    d->pending.n = 0;
}

/* The growth of what i calls, as a sum: types only grow, so it changes when one does. */
static uint64_t callee_growth(const Instance *i)
{
    uint64_t sum = 0;
    for (uint32_t c = 0; c < i->calls.n; c++)
        sum += i->calls.at[c]->ret_growth;
    for (uint32_t c = 0; c < i->asked.n; c++)
        sum += i->asked.at[c]->ret_growth;
    return sum;
}

/* One pass over i: did anything change that another pass would see? */
static bool pass_of(Driver *d, Instance *i, Unit *root)
{
    uint64_t before = i->growth;
    uint32_t known = d->pending.n;
    bool was = i->complete;
    jmp_buf here;
    i->unit.catch_ = &here;
    if (setjmp(here)) {
        root->diag = i->unit.diag;
        root->py_error = i->unit.py_error;
        for (const Instance *at = i; at->func->prelude && at->asked_by; at = at->asked_by) {
            root->diag.pos = at->asked_at;      /* the user's line, not one of numjit/lib */
            root->diag.code = at->asked_by->func->code;
        }
        longjmp(*root->catch_, 1);
    }
    driver_prepare(d, i->func, &i->unit);
    i->complete = infer_pass(i) == PASS_DONE;
    i->callee_seen = callee_growth(i);
    return i->growth != before || d->pending.n > known || i->complete != was;
}

/* Types of all pending instances, to a fixed point: callees first, again while something grows. */
static void solve(Driver *d, Unit *root)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t k = d->pending.n; k-- > 0; ) {
            Instance *i = d->pending.at[k];
            if (!i->complete || callee_growth(i) != i->callee_seen)
                changed |= pass_of(d, i, root);
        }
    }
    for (uint32_t k = 0; k < d->pending.n; k++)
        if (!d->pending.at[k]->complete)
            fail(root, NULL, DIAG_NO_RETURN, d->pending.at[k]->func->name);
}

/* All instances that root reaches, root first; marks the ones in call cycles. */
typedef VEC(Instance *) Instances;

static void reach(Arena *a, Instance *i, Instances *out, Instances *stack)
{
    for (uint32_t k = 0; k < stack->n; k++)
        if (stack->at[k] == i)
            for (uint32_t j = k; j < stack->n; j++)
                stack->at[j]->recursive = true;
    for (uint32_t k = 0; k < out->n; k++)
        if (out->at[k] == i)
            return;
    vec_push(a, out, i);
    vec_push(a, stack, i);
    for (uint32_t k = 0; k < i->calls.n; k++)
        reach(a, i->calls.at[k], out, stack);
    stack->n--;
}

/* A chunk of a parallel region has positions of its own. */
static void describe(Instance *i, Fn *fn, FnInfo *info)
{
    *info = (FnInfo){ i->func->code, fn->pos.at, fn->pos.n, i->func->name };
    fn->info = info;
    for (uint32_t k = 0; k < fn->chunks.n; k++)
        describe(i, fn->chunks.at[k], arena_new_of(i->unit.arena, FnInfo));
}

static void finish(Instance *i, Unit *root)
{
    if (i->optimised)
        return;
    jmp_buf here;
    i->unit.catch_ = &here;
    if (setjmp(here)) {
        root->diag = i->unit.diag;
        longjmp(*root->catch_, 1);
    }
    i->fn->recursive = i->recursive;
    opt_run(i->fn, i->target);
    describe(i, i->fn, &i->info);
    i->optimised = true;
}

/* code generation ------------------------------------------------------------------------------------------- */

static void open_codegen(Driver *d, Unit *u)
{
    if (d->codegen)
        return;
    void *so = dlopen(d->codegen_path, RTLD_NOW | RTLD_LOCAL);
    CodegenDoor door = so ? (CodegenDoor)dlsym(so, "numjit_codegen") : NULL;
    const char *error = door ? NULL : dlerror();
    if (door) {
        d->api = door(rt_row, rt_libm);
        d->codegen = d->api->open(&error);
    }
    if (!d->codegen)
        fail(u, NULL, DIAG_INTERNAL, error ? error : "the code generator does not open");
}

typedef VEC(CodegenFn) CodegenFns;

static CodegenFn codegen_fn(Driver *d, Instance *i, Fn *fn, Arena *a)
{
    Text symbol = { .arena = a };
    text_printf(&symbol, "%s.%llu", i->func->name, (unsigned long long)d->nsymbol++);
    return (CodegenFn){ .fn = fn, .instance = fn == i->fn ? i : NULL, .info = i->func->prelude ? NULL : fn->info,
                        .symbol = text_str(&symbol), .filename = i->func->decoded->filename, .name = i->func->name,
                        .first_line = i->func->decoded->first_line };
}

/* Appends fn and the chunks of its parallel regions. */
static void add_fn(Driver *d, Instance *i, Fn *fn, Arena *a, CodegenFns *out)
{
    CodegenFn cf = codegen_fn(d, i, fn, a);
    vec_push(a, out, cf);
    for (uint32_t k = 0; k < fn->chunks.n; k++)
        add_fn(d, i, fn->chunks.at[k], a, out);
}

static Entry *generate(Driver *d, Unit *u, const Instances *all, uint32_t flags, double start)
{
    open_codegen(d, u);
    CodegenFns fns = { 0 };
    for (uint32_t k = 0; k < all->n; k++)
        add_fn(d, all->at[k], all->at[k]->fn, u->arena, &fns);
    CodegenJob job = { .fn = fns.at, .nfn = fns.n, .flags = flags, .arena = u->arena };
    double front = now() - start;
    bool ok;
    Py_BEGIN_ALLOW_THREADS
    ok = d->api->compile(d->codegen, &job);
    Py_END_ALLOW_THREADS
    if (!ok)
        fail(u, NULL, DIAG_INTERNAL, job.error ? job.error : "code generation failed");
    Entry *e = PyMem_Calloc(1, sizeof *e);
    Instance *root = all->at[0];
    e->instance = root;
    e->call = (Status (*)(Call *, uint64_t *))job.entry;
    e->code = job.code;
    for (uint32_t k = 0; k < root->narg; k++)
        e->nslot += root->arg[k]->nparts;
    if (root->ret->nparts > e->nslot)
        e->nslot = root->ret->nparts;
    double s[6] = { front, 0, job.seconds_lower, job.seconds_passes, job.seconds_emit, job.seconds_link };
    d->stats.compilations++;
    for (int k = 0; k < 6; k++)
        d->stats.seconds[k] += e->seconds[k] = s[k];
    e->llvm = job.llvm ? arena_strdup(root->unit.arena, job.llvm) : NULL;
    e->assembly = job.assembly ? arena_strdup(root->unit.arena, job.assembly) : NULL;
    return e;
}

/* the pipeline ---------------------------------------------------------------------------------------------- */

/* Types and optimises f for arg and all that it calls: in out, the root first. */
static void front_end(Driver *d, Unit *u, Func *f, const Ty *arg, uint32_t narg, Ty ret, Target target, bool optimise, Instances *out)
{
    Instances stack = { 0 };
    driver_prepare(d, f, u);
    Instance *root = driver_instance(d, f, arg, narg, ret, target);
    solve(d, u);
    reach(u->arena, root, out, &stack);
    for (uint32_t k = 0; optimise && k < out->n; k++)
        finish(out->at[k], u);
    d->pending.n = 0;
}

static void raise_failure(Driver *d, Unit *u)
{
    drop_pending(d);
    if (!u->py_error)
        raise_diag(&u->diag);
}

static void unit_drop(Unit *u)
{
    for (uint32_t k = 0; k < u->pins.n; k++)
        Py_DECREF((PyObject *)u->pins.at[k]);
    arena_free(u->arena);
}

Entry *driver_compile(Driver *d, Func *f, const Ty *arg, uint32_t narg, Ty ret, Target target, uint32_t flags)
{
    lock(d);
    double start = now();
    Unit u = unit_make(d, f->code);
    Entry *volatile e = NULL;
    jmp_buf here;
    u.catch_ = &here;
    if (setjmp(here) == 0) {
        Instances all = { 0 };
        front_end(d, &u, f, arg, narg, ret, target, true, &all);
        e = generate(d, &u, &all, flags, start);
    } else {
        raise_failure(d, &u);
    }
    unit_drop(&u);
    unlock(d);
    return e;
}

void entry_free(Driver *d, Entry *e)
{
    if (e->code)
        d->api->release(d->codegen, e->code);
    PyMem_Free(e);
}

void driver_free(Driver *d)
{
    if (d->codegen)
        d->api->close(d->codegen);
    arena_free(d->arena);
    PyMem_Free(d);
}

static const char *dump_text(Driver *d, Unit *u, Func *f, const Ty *arg, uint32_t narg, const char *stage)
{
    Text t = { .arena = u->arena };
    driver_prepare(d, f, u);
    if (!strcmp(stage, "bc"))
        decode_print(&t, f->decoded);
    else if (!strcmp(stage, "cfg"))
        ssa_print_cfg(&t, ssa_cfg(u, f->decoded));
    else if (!strcmp(stage, "ssa"))
        ir_print(&t, f->ssa);
    else {
        Instances all = { 0 };
        bool whole = !strcmp(stage, "opt");
        Func copy = *f;                 /* passes change the IR in place: a dump has instances of its own */
        copy.instances = NULL;
        front_end(d, u, &copy, arg, narg, NULL, TARGET_CPU, whole, &all);
        if (!strcmp(stage, "nest"))
            opt_nests(all.at[0]->fn, TARGET_CPU);
        ir_print(&t, all.at[0]->fn);
    }
    return text_str(&t);
}

static bool is_stage(const char *name)
{
    static const char *const stage[] = { "bc", "cfg", "ssa", "ir", "nest", "opt", "llvm", "asm" };
    for (uint32_t k = 0; k < countof(stage); k++)
        if (!strcmp(name, stage[k]))
            return true;
    return false;
}

void *driver_dump(Driver *d, Func *f, const Ty *arg, uint32_t narg, const char *stage)
{
    if (!is_stage(stage))
        return PyErr_Format(PyExc_ValueError, "there is no stage '%s': bc cfg ssa ir nest opt llvm asm", stage);
    bool llvm = !strcmp(stage, "llvm");
    if (llvm || !strcmp(stage, "asm")) {
        Entry *e = driver_compile(d, f, arg, narg, NULL, TARGET_CPU, llvm ? CODEGEN_WANT_LLVM : CODEGEN_WANT_ASM);
        PyObject *text = e ? PyUnicode_FromString(llvm ? e->llvm : e->assembly) : NULL;
        if (e)
            entry_free(d, e);
        return text;
    }
    lock(d);
    Unit u = unit_make(d, f->code);
    PyObject *volatile text = NULL;
    jmp_buf here;
    u.catch_ = &here;
    if (setjmp(here) == 0)
        text = PyUnicode_FromString(dump_text(d, &u, f, arg, narg, stage));
    else
        raise_failure(d, &u);
    unit_drop(&u);
    unlock(d);
    return text;
}
