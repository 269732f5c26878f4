/* compile.c: code object + argument types → Entry: the whole pipeline on one page.
 *
 *     decode → ssa_cfg → ssa_build → infer_pass (to a fixed point over all instances) → opt_run → codegen → Entry
 *
 * In:  a Func and the types of its arguments.   Out: an Entry, or a Python exception.
 * Holds: all state hangs on the Driver. One compilation at a time (the compile lock); the GIL is held in the
 * front end, which resolves the user's globals, and released around code generation and while waiting for the lock. */
#include "driver.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LOCK_WAIT_NS = 50 * 1000 * 1000 };   /* then signals' handlers run */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Types hold the objects they name, but for Dispatchers, which are forgotten as they die (func_free). */
static void keep_object(void *object)
{
    if (!dispatcher_func(object))
        Py_INCREF((PyObject *)object);
}

Driver *driver_new(void *module_state, const char *codegen_path)
{
    Driver *d = PyMem_Calloc(1, sizeof *d);
    MemoryCatch memory;
    if (!d)
        return NULL;
    memory_begin(&memory);
    if (setjmp(memory.at) == 0) {
        d->types = types_new(keep_object);
        d->arena = arena_new();
        d->codegen_path = arena_strdup(d->arena, codegen_path);
    }
    memory_end(&memory);
    if (!d->codegen_path) {
        driver_free(d);
        return NULL;
    }
    pthread_mutex_init(&d->lock, NULL);
    d->owner = getpid();
    d->dump = stage_env();
    return d;
}

Types *driver_types(Driver *d) { return d->types; }
const CompileStats *driver_stats(const Driver *d) { return &d->stats; }
int64_t driver_later(const Driver *d) { return (int64_t)d->nlater; }

/* Held while LLVM works, without the GIL: a fork waits for it, so that LLVM is whole in the child; so does the end of the process,
 * which takes LLVM's globals apart, and lets no thread begin that is there still. Not of a module: both are the process's. It
 * knows its holder, who may be the one to end the process (an error that LLVM does not survive). */
static const pthread_mutex_t unlocked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static struct { pthread_mutex_t lock; bool prepared; } llvm = { .lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP };

void codegen_lock(void) { pthread_mutex_lock(&llvm.lock); }
void codegen_unlock(void) { pthread_mutex_unlock(&llvm.lock); }

static void fork_prepare(void) { pthread_mutex_lock(&llvm.lock); }
static void fork_parent(void) { pthread_mutex_unlock(&llvm.lock); }
static void fork_child(void) { llvm.lock = unlocked; }

/* A compilation inside of the one under way: its instances are not done. No address is odd. */
static bool enter(Driver *d)
{
    Work *outer = malloc(sizeof *outer);
    if (!outer) {
        PyErr_NoMemory();
        return false;
    }
    *outer = d->work;
    d->work = (Work){ .apart = (const void *)(2 * ++d->ninside + 1), .outer = outer };
    return true;
}

static void leave(Driver *d)
{
    Work *outer = d->work.outer;
    d->work = *outer;
    free(outer);
}

static bool is_mine(const Driver *d) { return d->busy && pthread_equal(d->holder, pthread_self()); }

/* In a forked child whoever held the lock is gone, with what it was making; unless that is who forked. */
static void forget_parent(Driver *d)
{
    d->owner = getpid();
    if (is_mine(d))
        return;
    pthread_mutex_init(&d->lock, NULL);
    for (d->busy = false; d->work.outer; leave(d))
        driver_drop_pending(d);
    driver_drop_pending(d);
    d->work.apart = d->work.remarks = NULL;
    d->work.making = NULL;
}

/* For a while. */
static bool wait_for_lock(Driver *d)
{
    struct timespec t;
    int rc;
    Py_BEGIN_ALLOW_THREADS
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += LOCK_WAIT_NS;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    rc = pthread_mutex_timedlock(&d->lock, &t);
    Py_END_ALLOW_THREADS
    return rc == 0;
}

/* By a thread that the end of the interpreter left without the GIL? True with an exception. */
static bool is_held_for_ever(void)
{
    PyObject *is = rt_ending() ? PySys_GetObject("is_finalizing") : NULL, *r = is ? PyObject_CallNoArgs(is) : NULL;
    bool yes = r && PyObject_IsTrue(r) == 1;
    Py_XDECREF(r);
    if (yes)
        PyErr_SetString(PyExc_RuntimeError, "a thread that the interpreter's end stopped was compiling");
    return yes || PyErr_Occurred();
}

bool driver_lock(Driver *d)
{
    do {
        if (d->owner != getpid())
            forget_parent(d);
        if (is_mine(d))
            return enter(d);
        if (wait_for_lock(d)) {
            d->holder = pthread_self();
            return d->busy = true;
        }
    } while (PyErr_CheckSignals() == 0 && !is_held_for_ever());
    return false;
}

void driver_unlock(Driver *d)
{
    if (d->work.outer) {
        leave(d);
        return;
    }
    d->busy = false;
    pthread_mutex_unlock(&d->lock);
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

/* What i failed with becomes the failure of root; in the prelude it stands at the user's line. */
static _Noreturn void fail_as(const Instance *i, Unit *root)
{
    root->diag = i->unit.diag;
    root->py_error = i->unit.py_error;
    for (const Instance *at = i; at->func->prelude && at->asked_by; at = at->asked_by) {
        root->diag.pos = at->asked_at;
        root->diag.code = at->asked_by->func->code;
    }
    longjmp(*root->catch_, 1);
}

/* One pass over i: did anything change that another pass would see? */
static bool pass_of(Driver *d, Instance *i, Unit *root)
{
    uint64_t before = i->growth;
    uint32_t known = d->work.pending.n;
    bool was = i->complete;
    jmp_buf here;
    i->unit.catch_ = &here;
    if (setjmp(here))
        fail_as(i, root);
    driver_prepare(d, i->func, &i->unit);
    i->complete = infer_pass(i) == PASS_DONE;
    i->callee_seen = callee_growth(i);
    return i->growth != before || d->work.pending.n > known || i->complete != was;
}

/* Callees first, those that a pass has found at once (else a chain of n functions takes n passes over each), again while something
 * grows. */
static void to_fixed_point(Driver *d, Unit *root)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t k = d->work.pending.n, known; k-- > 0; ) {
            Instance *i = d->work.pending.at[k];
            if (i->complete && callee_growth(i) == i->callee_seen)
                continue;
            known = d->work.pending.n;
            changed |= pass_of(d, i, root);
            if (d->work.pending.n > known)
                k = d->work.pending.n;
        }
    }
}

/* Functions that return only what another of them returns never do: they raise, or run until the stack is used up. False:
 * there are none. Where one of them turns out to return, its type grows. */
static bool never_return(Driver *d)
{
    bool any = false;
    for (uint32_t k = 0; k < d->work.pending.n; k++) {
        Instance *i = d->work.pending.at[k];
        if (i->ret)
            continue;
        i->ret = ty(TY_NEVER);
        i->ret_growth++;
        any = true;
    }
    return any;
}

/* Types of all pending instances; of the fixed points the least. */
static void solve(Driver *d, Unit *root)
{
    do
        to_fixed_point(d, root);
    while (never_return(d));
    for (uint32_t k = 0; k < d->work.pending.n; k++)
        if (!d->work.pending.at[k]->complete)
            fail(root, NULL, DIAG_NO_RETURN, d->work.pending.at[k]->func->name);
}

/* All instances that root reaches, root first; marks one or more of every call cycle. */
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
    *info = (FnInfo){ i->func->code, fn->pos.at, fn->pos.n, i->func->name, i->func->part > 0 };
    fn->info = info;
    for (uint32_t k = 0; k < fn->chunks.n; k++)
        describe(i, fn->chunks.at[k], arena_new_of(i->unit.arena, FnInfo));
}

static void nests_seen(void *instance)
{
    Instance *i = instance;
    dump_while(i->unit.driver, STAGE_NEST, i->func, i->fn);
}

static const Fn *body_of(const Instance *callee, const Site **site)
{
    *site = callee->func->prelude ? NULL : &callee->site;
    return callee->body;
}

static const Fn *prelude_of(const Instance *callee, const Site **site)
{
    *site = NULL;
    return callee->func->prelude ? callee->body : NULL;
}

static void inline_into(Instance *i, Unit *root)
{
    jmp_buf here;
    i->unit.catch_ = &here;
    if (setjmp(here))
        fail_as(i, root);
    opt_inline(i->fn, i->func->prelude ? prelude_of : body_of);
    i->site = (Site){ .code = i->func->code, .name = i->func->name, .filename = i->func->decoded->filename,
                      .first_line = i->func->decoded->first_line };
    if (!i->recursive && opt_may_inline(i->fn))
        i->body = ir_copy(&i->unit, i->fn);
}

/* Callees first. A chain of calls is as deep here as it is long: no frame of this holds a jmp_buf. */
static void inline_calls(Instance *i, Unit *root)
{
    if (i->inlined)
        return;
    i->inlined = true;
    for (uint32_t k = 0; k < i->calls.n; k++)
        inline_calls(i->calls.at[k], root);
    if (!i->optimised && i->target < TARGET_GPU && !i->func->opt.debug)
        inline_into(i, root);
}

/* Those of out that fn, on its way to loops or there, still calls. */
void driver_called(const Fn *fn, const Instances *out, bool *wanted)
{
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            if (in->op == IR_NEST)
                driver_called(((const Nest *)in->imm.p)->body, out, wanted);
            for (uint32_t j = 0; in->op == IR_CALL && j < out->n; j++)
                if (out->at[j] == in->imm.p && !wanted[j]) {
                    wanted[j] = true;
                    driver_called(out->at[j]->fn, out, wanted);
                }
        }
    for (uint32_t k = 0; k < fn->chunks.n; k++)
        driver_called(fn->chunks.at[k], out, wanted);
}

/* What is inlined wherever it is called needs no code of its own. */
static void drop_inlined(Arena *a, Instances *out)
{
    bool *wanted = arena_new_n(a, bool, out->n);
    uint32_t n = 0;
    wanted[0] = true;
    driver_called(out->at[0]->fn, out, wanted);
    for (uint32_t k = 0; k < out->n; k++)
        if (wanted[k])
            out->at[n++] = out->at[k];
    out->n = n;
}

static Fn *fn_of(const Instance *callee) { return callee->fn; }

void driver_nests(Instance *i, Unit *root)
{
    inline_calls(i, root);
    opt_nests(i->fn, i->target, fn_of);
}

static void finish(Driver *d, Instance *i, Unit *root)
{
    if (i->optimised)
        return;
    jmp_buf here;
    i->unit.catch_ = &here;
    if (setjmp(here))
        fail_as(i, root);
    i->fn->recursive = i->recursive;
    dump_while(d, STAGE_IR, i->func, i->fn);
    opt_run(i->fn, i->target, fn_of, nests_seen, i);
    dump_while(d, STAGE_OPT, i->func, i->fn);
    describe(i, i->fn, &i->info);
    i->optimised = true;
}

/* code generation ------------------------------------------------------------------------------------------- */

enum { CODEGEN_ROOM = 160 << 20 };      /* bytes: of the second object, which is half of that, and of what it makes as it opens */
void driver_open_codegen(Driver *d, Unit *u)
{
    if (d->codegen)
        return;
    if (!memory_has_room(CODEGEN_ROOM))
        memory_again();
    void *so = dlopen(d->codegen_path, RTLD_NOW | RTLD_LOCAL);
    if (!llvm.prepared)         /* behind what LLVM has registered for the end, so that the lock is taken before */
        llvm.prepared = pthread_atfork(fork_prepare, fork_parent, fork_child) == 0 && atexit(codegen_lock) == 0;
    CodegenDoor door = so ? (CodegenDoor)dlsym(so, "numjit_codegen") : NULL;
    const char *error = door ? NULL : dlerror();
    if (door) {
        d->api = door(rt_row, rt_libm, rt_vmath);
        d->codegen = d->api->open(&error);
    }
    if (!d->codegen)
        fail(u, NULL, DIAG_INTERNAL, error ? error : "the code generator does not open");
}

void driver_run_codegen(Driver *d, Unit *u, CodegenJob *job)
{
    bool ok;
    Py_BEGIN_ALLOW_THREADS
    codegen_lock();
    ok = d->api->compile(d->codegen, job);
    codegen_unlock();
    Py_END_ALLOW_THREADS
    if (job->no_memory)
        memory_again();
    if (!ok)
        fail(u, NULL, job->missing ? DIAG_LIBDEVICE : DIAG_INTERNAL, job->error ? job->error : "code generation failed");
}

/* The slots of a call of it, on the caller's stack. */
enum { SLOTS_MAX = 1 << 14 };
static uint32_t slots_of(Unit *u, const Instance *i)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < i->narg; k++)
        n += i->arg[k]->nparts;
    if (n > SLOTS_MAX || i->ret->nparts > SLOTS_MAX)
        fail(u, NULL, DIAG_TOO_LARGE, n > SLOTS_MAX ? "what the arguments consist of" : "the result", "16384 numbers and pointers");
    return i->ret->nparts > n ? i->ret->nparts : n;
}

static Entry *generate(Driver *d, Unit *u, const Instances *all, uint32_t flags, double start)
{
    const Instance *root = all->at[0];
    uint32_t nslot = slots_of(u, root);
    driver_open_codegen(d, u);
    d->work.making = arena_new();
    CodegenFns fns = job_fns(d, all, d->work.making, false);
    LaterCode *later = job_later(d, &fns, all, flags);
    CodegenJob job = { .fn = fns.at, .nfn = fns.n, .arena = u->arena };
    job.flags = flags | (d->dump >> STAGE_LLVM & 1 ? CODEGEN_WANT_LLVM : 0) | (d->dump >> STAGE_ASM & 1 ? CODEGEN_WANT_ASM : 0);
    double front = now() - start - d->work.seconds_opt;
    Entry *e = arena_new_of(d->work.making, Entry);          /* before there is code that it must own */
    driver_run_codegen(d, u, &job);
    dump_text_while(d, STAGE_LLVM, root->func, job.llvm);
    dump_text_while(d, STAGE_ASM, root->func, job.assembly);
    e->instance = all->at[0];
    e->call = (Status (*)(Call *, uint64_t *))job.entry;
    e->code = job.code;
    e->later = later;
    e->arena = d->work.making;
    d->work.making = NULL;
    e->nslot = nslot;
    double s[6] = { front, d->work.seconds_opt, job.seconds_lower, job.seconds_passes, job.seconds_emit, job.seconds_link };
    d->stats.compilations++;
    for (int k = 0; k < 6; k++)
        d->stats.seconds[k] += e->seconds[k] = s[k];
    e->llvm = job.llvm ? arena_strdup(e->arena, job.llvm) : NULL;
    e->assembly = job.assembly ? arena_strdup(e->arena, job.assembly) : NULL;
    return e;
}

/* the pipeline ---------------------------------------------------------------------------------------------- */

/* Types and optimises f for arg and all that it calls: in out, the root first. */
void driver_front_end(Driver *d, Unit *u, Func *f, const Ty *arg, uint32_t narg, Ty ret, TargetId target, bool optimise, Instances *out)
{
    Instances stack = { 0 };
    driver_prepare(d, f, u);
    Instance *root = target >= TARGET_GPU ? driver_root(d, f, arg, narg, ret, target, f->opt.fastmath)
                                        : driver_instance(d, f, arg, narg, ret, target, f->opt.fastmath);
    solve(d, u);
    reach(u->arena, root, out, &stack);
    double t = now();
    if (optimise)
        inline_calls(root, u);
    drop_inlined(u->arena, out);
    for (uint32_t k = 0; optimise && k < out->n; k++)
        finish(d, out->at[k], u);
    d->work.seconds_opt = now() - t;
    for (uint32_t k = 0; k < d->work.pending.n; k++)
        d->work.pending.at[k]->asked_by = NULL;      /* it may die before */
}

/* The message may lie in what is freed. */
static void raise_failure(Driver *d, Unit *u)
{
    if (!u->py_error)
        raise_diag(&u->diag);
    driver_drop_pending(d);
    if (d->work.making)
        arena_free(d->work.making);
    d->work.making = NULL;
}

/* Runs step(d, u, context) with a Unit that lasts as long as that; false with an exception. The one place that catches. */
bool driver_guarded(Driver *d, void *code, void (*step)(Driver *, Unit *, void *), void *context)
{
    Unit u = { 0 };
    MemoryCatch memory;
    jmp_buf here;
    volatile bool ok = false;
    memory_begin(&memory);
    if (setjmp(memory.at)) {
        PyErr_NoMemory();
        u.py_error = true;
    } else {
        u = unit_make(d, code, NULL);
        u.catch_ = &here;
        if (setjmp(here) == 0) {
            step(d, &u, context);
            ok = true;
        }
    }
    memory_end(&memory);
    if (!ok)
        raise_failure(d, &u);
    unit_drop(&u);
    return ok;
}

static void compile(Driver *d, Unit *u, void *context)
{
    Request *o = context;
    Instances all = { 0 };
    double start = now();
    driver_front_end(d, u, o->f, o->arg, o->narg, o->ret, o->target, true, &all);
    o->entry = generate(d, u, &all, o->flags, start);
    d->work.pending.n = 0;
}

static void locked(Driver *d, void *code, void (*step)(Driver *, Unit *, void *), Request *o)
{
    if (driver_lock(d)) {
        driver_guarded(d, code, step, o);
        driver_unlock(d);
    }
}

Entry *driver_compile(Driver *d, Func *f, const Ty *arg, uint32_t narg, Ty ret, TargetId target, uint32_t flags)
{
    Request o = { .f = f, .arg = arg, .narg = narg, .ret = ret, .target = target, .flags = flags };
    locked(d, f->code, compile, &o);
    return o.entry;
}

static void returns(Driver *d, Unit *u, void *context)
{
    Request *o = context;
    Instances all = { 0 };
    driver_front_end(d, u, o->f, o->arg, o->narg, NULL, TARGET_CPU, false, &all);
    o->ret = all.at[0]->ret;
    d->work.pending.n = 0;
}

Ty driver_returns(Driver *d, Func *f, const Ty *arg, uint32_t narg)
{
    Request o = { .f = f, .arg = arg, .narg = narg };
    locked(d, f->code, returns, &o);
    return o.ret;
}

static void compile_lib(Driver *d, Unit *u, void *context)
{
    Request *o = context;
    o->f = driver_lib(d, u, o->module, o->name);
    compile(d, u, o);
}

Entry *driver_compile_lib(Driver *d, const char *module, const char *name, const Ty *arg, uint32_t narg, TargetId target)
{
    Request o = { .module = module, .name = name, .arg = arg, .narg = narg, .target = target };
    locked(d, NULL, compile_lib, &o);
    return o.entry;
}

void entry_free(Driver *d, Entry *e)
{
    if (e->code)
        d->api->release(d->codegen, e->code);
    job_later_free(d, e->later);
    arena_free(e->arena);               /* e is there too */
}

void driver_free(Driver *d)
{
    while (d->funcs.n > 0) {
        Func *f = d->funcs.at[d->funcs.n - 1];
        while (f->outer)
            f = f->outer;
        func_free(d, f);
    }
    if (d->codegen)
        d->api->close(d->codegen);
    types_free(d->types);
    arena_free(d->arena);
    PyMem_Free(d);
}
