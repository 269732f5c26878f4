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
#include <time.h>

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

/* Held while LLVM works, without the GIL: a fork waits for it, so that LLVM is whole in the child. Not of a module:
 * fork is the process's. */
static struct { pthread_mutex_t lock; bool prepared; } llvm = { .lock = PTHREAD_MUTEX_INITIALIZER };

void codegen_lock(void) { pthread_mutex_lock(&llvm.lock); }
void codegen_unlock(void) { pthread_mutex_unlock(&llvm.lock); }

static void fork_prepare(void) { pthread_mutex_lock(&llvm.lock); }
static void fork_parent(void) { pthread_mutex_unlock(&llvm.lock); }
static void fork_child(void) { pthread_mutex_init(&llvm.lock, NULL); }

/* The compile lock; false with an exception. In a forked child whoever held it is gone, with what it was making. */
static bool lock(Driver *d)
{
    if (d->owner != getpid()) {
        pthread_mutex_init(&d->lock, NULL);
        d->busy = false;
        d->apart = d->remarks = NULL;
        driver_drop_pending(d);
        d->owner = getpid();
    }
    if (d->busy && pthread_equal(d->holder, pthread_self())) {
        PyErr_SetString(PyExc_RuntimeError, "a compilation cannot wait for another one that it began");
        return false;
    }
    Py_BEGIN_ALLOW_THREADS
    pthread_mutex_lock(&d->lock);
    Py_END_ALLOW_THREADS
    d->holder = pthread_self();
    return d->busy = true;
}

static void unlock(Driver *d)
{
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
    uint32_t known = d->pending.n;
    bool was = i->complete;
    jmp_buf here;
    i->unit.catch_ = &here;
    if (setjmp(here))
        fail_as(i, root);
    driver_prepare(d, i->func, &i->unit);
    i->complete = infer_pass(i) == PASS_DONE;
    i->callee_seen = callee_growth(i);
    return i->growth != before || d->pending.n > known || i->complete != was;
}

/* Callees first, again while something grows. */
static void to_fixed_point(Driver *d, Unit *root)
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
}

/* Functions that return only what another of them returns never do: they raise, or run until the stack is used up. False:
 * there are none. Where one of them turns out to return, its type grows. */
static bool never_return(Driver *d)
{
    bool any = false;
    for (uint32_t k = 0; k < d->pending.n; k++) {
        Instance *i = d->pending.at[k];
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
    for (uint32_t k = 0; k < d->pending.n; k++)
        if (!d->pending.at[k]->complete)
            fail(root, NULL, DIAG_NO_RETURN, d->pending.at[k]->func->name);
}

/* All instances that root reaches, root first; marks the ones in call cycles. */
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

/* Callees first. */
static void inline_calls(Instance *i, Unit *root)
{
    if (i->inlined)
        return;
    i->inlined = true;
    for (uint32_t k = 0; k < i->calls.n; k++)
        inline_calls(i->calls.at[k], root);
    if (i->optimised || i->target >= TARGET_GPU || i->func->opt.debug)
        return;
    jmp_buf here;
    i->unit.catch_ = &here;
    if (setjmp(here))
        fail_as(i, root);
    opt_inline(i->fn, i->func->prelude ? prelude_of : body_of);
    i->site = (Site){ .code = i->func->code, .name = i->func->name, .filename = i->func->decoded->filename,
                      .first_line = i->func->decoded->first_line };
    if (!i->recursive && opt_is_small(i->fn))
        i->body = ir_copy(&i->unit, i->fn);
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

static void open_codegen(Driver *d, Unit *u)
{
    if (d->codegen)
        return;
    if (!llvm.prepared)
        llvm.prepared = pthread_atfork(fork_prepare, fork_parent, fork_child) == 0;
    void *so = dlopen(d->codegen_path, RTLD_NOW | RTLD_LOCAL);
    CodegenDoor door = so ? (CodegenDoor)dlsym(so, "numjit_codegen") : NULL;
    const char *error = door ? NULL : dlerror();
    if (door) {
        d->api = door(rt_row, rt_libm, rt_vmath);
        d->codegen = d->api->open(&error);
    }
    if (!d->codegen)
        fail(u, NULL, DIAG_INTERNAL, error ? error : "the code generator does not open");
}

static void run_codegen(Driver *d, Unit *u, CodegenJob *job)
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

static Entry *generate(Driver *d, Unit *u, const Instances *all, uint32_t flags, double start)
{
    open_codegen(d, u);
    d->making = arena_new();
    CodegenFns fns = job_fns(d, all, d->making, false);
    LaterCode *later = job_later(d, &fns, all, flags);
    CodegenJob job = { .fn = fns.at, .nfn = fns.n, .arena = u->arena };
    job.flags = flags | (d->dump >> STAGE_LLVM & 1 ? CODEGEN_WANT_LLVM : 0) | (d->dump >> STAGE_ASM & 1 ? CODEGEN_WANT_ASM : 0);
    double front = now() - start - d->seconds_opt;
    run_codegen(d, u, &job);
    Entry *e = PyMem_Calloc(1, sizeof *e);
    Instance *root = all->at[0];
    if (!e)
        memory_again();
    dump_text_while(d, STAGE_LLVM, root->func, job.llvm);
    dump_text_while(d, STAGE_ASM, root->func, job.assembly);
    e->instance = root;
    e->call = (Status (*)(Call *, uint64_t *))job.entry;
    e->code = job.code;
    e->later = later;
    e->arena = d->making;
    d->making = NULL;
    for (uint32_t k = 0; k < root->narg; k++)
        e->nslot += root->arg[k]->nparts;
    if (root->ret->nparts > e->nslot)
        e->nslot = root->ret->nparts;
    double s[6] = { front, d->seconds_opt, job.seconds_lower, job.seconds_passes, job.seconds_emit, job.seconds_link };
    d->stats.compilations++;
    for (int k = 0; k < 6; k++)
        d->stats.seconds[k] += e->seconds[k] = s[k];
    e->llvm = job.llvm ? arena_strdup(e->arena, job.llvm) : NULL;
    e->assembly = job.assembly ? arena_strdup(e->arena, job.assembly) : NULL;
    return e;
}

/* the pipeline ---------------------------------------------------------------------------------------------- */

/* Types and optimises f for arg and all that it calls: in out, the root first. */
static void front_end(Driver *d, Unit *u, Func *f, const Ty *arg, uint32_t narg, Ty ret, Target target, bool optimise, Instances *out)
{
    Instances stack = { 0 };
    driver_prepare(d, f, u);
    Instance *root = target >= TARGET_GPU ? driver_root(d, f, arg, narg, ret, target) : driver_instance(d, f, arg, narg, ret, target);
    solve(d, u);
    reach(u->arena, root, out, &stack);
    double t = now();
    if (optimise)
        inline_calls(root, u);
    drop_inlined(u->arena, out);
    for (uint32_t k = 0; optimise && k < out->n; k++)
        finish(d, out->at[k], u);
    d->seconds_opt = now() - t;
    for (uint32_t k = 0; k < d->pending.n; k++)
        d->pending.at[k]->asked_by = NULL;      /* it may die before */
}

/* The message may lie in what is freed. */
static void raise_failure(Driver *d, Unit *u)
{
    if (!u->py_error)
        raise_diag(&u->diag);
    driver_drop_pending(d);
    if (d->making)
        arena_free(d->making);
    d->making = NULL;
}

/* Runs step(d, u, context) with a Unit that lasts as long as that; false with an exception. The one place that catches. */
static bool guarded(Driver *d, void *code, void (*step)(Driver *, Unit *, void *), void *context)
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

typedef struct Request {
    Func *f;
    const char *module, *name;          /* of numjit/lib, where f is found by them */
    const Ty *arg;
    uint32_t narg;
    Ty ret;
    Target target;
    uint32_t flags;
    Stage stage;
    GpuJob gpu;
    Entry *entry;
    PyObject *text;
} Request;

static void compile(Driver *d, Unit *u, void *context)
{
    Request *o = context;
    Instances all = { 0 };
    double start = now();
    front_end(d, u, o->f, o->arg, o->narg, o->ret, o->target, true, &all);
    o->entry = generate(d, u, &all, o->flags, start);
    d->pending.n = 0;
}

Entry *driver_compile(Driver *d, Func *f, const Ty *arg, uint32_t narg, Ty ret, Target target, uint32_t flags)
{
    Request o = { .f = f, .arg = arg, .narg = narg, .ret = ret, .target = target, .flags = flags };
    if (!lock(d))
        return NULL;
    guarded(d, f->code, compile, &o);
    unlock(d);
    return o.entry;
}

static void returns(Driver *d, Unit *u, void *context)
{
    Request *o = context;
    Instances all = { 0 };
    front_end(d, u, o->f, o->arg, o->narg, NULL, TARGET_CPU, false, &all);
    o->ret = all.at[0]->ret;
    d->pending.n = 0;
}

Ty driver_returns(Driver *d, Func *f, const Ty *arg, uint32_t narg)
{
    Request o = { .f = f, .arg = arg, .narg = narg };
    if (!lock(d))
        return NULL;
    guarded(d, f->code, returns, &o);
    unlock(d);
    return o.ret;
}

static void compile_lib(Driver *d, Unit *u, void *context)
{
    Request *o = context;
    o->f = driver_lib(d, u, o->module, o->name);
    compile(d, u, o);
}

Entry *driver_compile_lib(Driver *d, const char *module, const char *name, const Ty *arg, uint32_t narg, Target target)
{
    Request o = { .module = module, .name = name, .arg = arg, .narg = narg, .target = target };
    if (!lock(d))
        return NULL;
    guarded(d, NULL, compile_lib, &o);
    unlock(d);
    return o.entry;
}

/* The functions of a job for a GPU: kernels or the function itself, then what they call. Errors have lines, and no frames. */
static CodegenFns gpu_fns(Driver *d, const Instances *all, Arena *a, bool lines)
{
    CodegenFns fns = { 0 };
    for (uint32_t k = 0; k < all->n; k++) {
        Fn *fn = all->at[k]->fn;
        for (uint32_t c = 0; c < fn->chunks.n; c++)
            vec_push(a, &fns, job_fn(d, all->at[k], fn->chunks.at[c], a));
        if (fn->chunks.n == 0)
            vec_push(a, &fns, job_fn(d, all->at[k], fn, a));
    }
    for (uint32_t k = 0; k < fns.n; k++) {
        fns.at[k].info = NULL;
        fns.at[k].filename = lines ? fns.at[k].filename : NULL;
    }
    return fns;
}

/* A name that PTX takes. */
static const char *ptx_name(Arena *a, const char *name)
{
    char *s = arena_strdup(a, name);
    for (char *c = s; *c; c++)
        if (!((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z')))
            *c = '_';
    return s;
}

/* What the caller of the kernels must know stands at the top of the text. */
static const char *ptx_text(Unit *u, const Instance *root, const CodegenJob *job)
{
    Text t = { .arena = u->arena };
    text_printf(&t, "// numjit: %s(", root->func->name);
    for (uint32_t k = 0; k < root->narg; k++)
        text_printf(&t, "%s%s", k ? ", " : "", ty_name(root->arg[k]));
    text_printf(&t, ") -> %s\n", ty_name(root->ret));
    if (job->gpu->nkernel > 0)
        text_printf(&t, "// kernels: %u, launched one after another on one-dimensional grids, with the same arguments\n"
                    "// arguments: an array as data, extents, strides (unless contiguous); an error record of %u bytes, zero%s\n",
                    job->gpu->nkernel, (unsigned)sizeof(GpuError), job->fn[0].fn->nwork ? "; shared memory" : "");
    if (job->gpu->nkernel > 0 && job->fn[0].fn->nwork > 0)
        text_printf(&t, "// shared memory: %lld bytes\n", (long long)job->fn[0].fn->nwork);
    text_printf(&t, "%s", job->assembly);
    return text_str(&t);
}

static void compile_ptx(Driver *d, Unit *u, void *context)
{
    Request *o = context;
    Instances all = { 0 };
    front_end(d, u, o->f, o->arg, o->narg, o->ret, o->target, true, &all);
    open_codegen(d, u);
    Instance *root = all.at[0];
    CodegenFns fns = gpu_fns(d, &all, u->arena, o->gpu.lineinfo || o->gpu.debug);
    o->gpu.name = ptx_name(u->arena, o->f->name);
    o->gpu.nkernel = root->fn->chunks.n;
    CodegenJob job = { .fn = fns.at, .nfn = fns.n, .gpu = &o->gpu, .arena = u->arena };
    run_codegen(d, u, &job);
    o->text = PyUnicode_FromString(ptx_text(u, root, &job));
    o->ret = root->ret;
    d->pending.n = 0;
}

void *driver_ptx(Driver *d, Func *f, const Ty *arg, uint32_t narg, Ty ret, bool device, GpuJob gpu, Ty *result)
{
    Request o = { .f = f, .arg = arg, .narg = narg, .ret = ret, .target = device ? TARGET_DEVICE : TARGET_GPU, .gpu = gpu };
    if (!lock(d))
        return NULL;
    guarded(d, f->code, compile_ptx, &o);
    unlock(d);
    *result = o.ret;
    return o.text;
}

void entry_free(Driver *d, Entry *e)
{
    if (e->code)
        d->api->release(d->codegen, e->code);
    job_later_free(d, e->later);
    arena_free(e->arena);
    PyMem_Free(e);
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

/* What LLVM said of loops becomes remarks; the reasons it gave for one stand before it. */
static void take_notes(Remarks *r, const CodegenJob *job)
{
    const LoopNote *why = NULL;
    for (uint32_t k = 0; k < job->note.n; k++) {
        const LoopNote *note = &job->note.at[k];
        const Fn *fn = job->fn[note->fn].fn;
        if (note->id > REMARK_SCALAR || !note->loop || note->at >= fn->blk.n) {
            why = why && why->id <= note->id ? why : note;
            continue;
        }
        const Blk *header = &fn->blk.at[note->at];
        uint32_t at = header->ins.n > 0 ? ir_ins(fn, header->ins.at[header->ins.n - 1])->pos : 0;
        if (note->id != REMARK_SCALAR)
            why = NULL;
        uint32_t place = why && !why->loop && why->fn == note->fn && why->at < fn->pos.n ? why->at : 0;
        if (why)
            remark(fn, at, place, why->id, why->text);
        else
            remark(fn, at, 0, note->id == REMARK_VECTOR && note->times > 1 ? REMARK_VECTORS : note->id, note->width, note->times);
        r->at.at[r->at.n - 1].form = header->form;
        why = NULL;
    }
}

static void explain(Driver *d, Unit *u, void *context)
{
    Request *o = context;
    Remarks remarks = { .arena = u->arena };
    Instances all = { 0 };
    Text t = { .arena = u->arena };
    d->remarks = u->remarks = &remarks;
    front_end(d, u, o->f, o->arg, o->narg, NULL, o->target, true, &all);
    open_codegen(d, u);
    CodegenFns fns = job_fns(d, &all, u->arena, true);
    for (uint32_t k = 0; k < fns.n; k++)
        fns.at[k].filename = "-";
    CodegenJob job = { .fn = fns.at, .nfn = fns.n, .flags = CODEGEN_EXPLAIN, .arena = u->arena };
    run_codegen(d, u, &job);
    take_notes(&remarks, &job);
    explain_print(&t, &remarks, all.at, all.n);
    o->text = PyUnicode_FromString(text_str(&t));
}

/* Runs step as guarded() does, with Instances of its own that go when it ends: passes change the IR in place. */
static void run_apart(Driver *d, void (*step)(Driver *, Unit *, void *), Request *o)
{
    if (!lock(d))
        return;
    d->apart = o;
    guarded(d, o->f->code, step, o);
    driver_drop_pending(d);
    d->apart = d->remarks = NULL;
    unlock(d);
}

void *driver_explain(Driver *d, Func *f, const Ty *arg, uint32_t narg, Target target)
{
    Request o = { .f = f, .arg = arg, .narg = narg, .target = target };
    run_apart(d, explain, &o);
    return o.text;
}

static void dump(Driver *d, Unit *u, void *context)
{
    Request *o = context;
    Text t = { .arena = u->arena };
    Instances all = { 0 };
    driver_prepare(d, o->f, u);
    if (o->stage >= STAGE_IR)
        front_end(d, u, o->f, o->arg, o->narg, NULL, TARGET_CPU, o->stage == STAGE_OPT, &all);
    if (o->stage == STAGE_NEST) {
        inline_calls(all.at[0], u);
        opt_nests(all.at[0]->fn, TARGET_CPU, fn_of);
    }
    stage_print(&t, o->stage, u, o->f, all.n > 0 ? all.at[0]->fn : NULL);
    o->text = PyUnicode_FromString(text_str(&t));
}

static PyObject *dump_native(Driver *d, Func *f, const Ty *arg, uint32_t narg, bool llvm)
{
    Entry *e = driver_compile(d, f, arg, narg, NULL, TARGET_CPU, llvm ? CODEGEN_WANT_LLVM : CODEGEN_WANT_ASM);
    PyObject *text = e ? PyUnicode_FromString(llvm ? e->llvm : e->assembly) : NULL;
    if (e)
        entry_free(d, e);
    return text;
}

void *driver_dump(Driver *d, Func *f, const Ty *arg, uint32_t narg, const char *stage)
{
    Request o = { .f = f, .arg = arg, .narg = narg, .stage = stage_find(stage, strlen(stage)) };
    if (o.stage == STAGE_MAX)
        return PyErr_Format(PyExc_ValueError, "there is no stage '%s': bc cfg ssa ir nest opt llvm asm", stage);
    if (o.stage >= STAGE_LLVM)
        return dump_native(d, f, arg, narg, o.stage == STAGE_LLVM);
    run_apart(d, dump, &o);
    return o.text;
}
