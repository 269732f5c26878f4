/* show.c: what is asked of the compiler besides an Entry: PTX, an explanation, the text of a stage.
 *
 * In: a Func and the types of its arguments.   Out: a new str, or a Python exception. Explanations and dumps have Instances of their
 * own (Instance.apart), since passes change the IR in place. */
#include "driver.h"

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
    driver_front_end(d, u, o->f, o->arg, o->narg, o->ret, o->target, true, &all);
    driver_open_codegen(d, u);
    Instance *root = all.at[0];
    CodegenFns fns = gpu_fns(d, &all, u->arena, o->gpu.lineinfo || o->gpu.debug);
    o->gpu.name = ptx_name(u->arena, o->f->name);
    o->gpu.nkernel = root->fn->chunks.n;
    CodegenJob job = { .fn = fns.at, .nfn = fns.n, .gpu = &o->gpu, .arena = u->arena };
    driver_run_codegen(d, u, &job);
    o->text = PyUnicode_FromString(ptx_text(u, root, &job));
    o->ret = root->ret;
    d->work.pending.n = 0;
}

void *driver_ptx(Driver *d, Func *f, const Ty *arg, uint32_t narg, Ty ret, bool device, GpuJob gpu, Ty *result)
{
    Request o = { .f = f, .arg = arg, .narg = narg, .ret = ret, .target = device ? TARGET_DEVICE : TARGET_GPU, .gpu = gpu };
    if (!driver_lock(d))
        return NULL;
    driver_guarded(d, f->code, compile_ptx, &o);
    driver_unlock(d);
    *result = o.ret;
    return o.text;
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
    if (o->module)
        o->f = driver_lib(d, u, o->module, o->name);
    d->work.remarks = u->remarks = &remarks;
    driver_front_end(d, u, o->f, o->arg, o->narg, NULL, o->target, true, &all);
    driver_open_codegen(d, u);
    CodegenFns fns = job_fns(d, &all, u->arena, true);
    for (uint32_t k = 0; k < fns.n; k++)
        fns.at[k].filename = "-";
    CodegenJob job = { .fn = fns.at, .nfn = fns.n, .flags = CODEGEN_EXPLAIN, .arena = u->arena };
    driver_run_codegen(d, u, &job);
    take_notes(&remarks, &job);
    explain_print(u, &t, &remarks, all.at, all.n);
    o->text = PyUnicode_FromString(text_str(&t));
}

/* Runs step as driver_guarded() does, with Instances of its own that go when it ends: passes change the IR in place. */
static void run_apart(Driver *d, void (*step)(Driver *, Unit *, void *), Request *o)
{
    if (!driver_lock(d))
        return;
    d->work.apart = o;
    driver_guarded(d, o->f ? o->f->code : NULL, step, o);
    driver_drop_pending(d);
    d->work.apart = d->work.remarks = NULL;
    driver_unlock(d);
}

void *driver_explain(Driver *d, Func *f, const Ty *arg, uint32_t narg, TargetId target)
{
    Request o = { .f = f, .arg = arg, .narg = narg, .target = target };
    run_apart(d, explain, &o);
    return o.text;
}

void *driver_explain_lib(Driver *d, const char *module, const char *name, const Ty *arg, uint32_t narg, TargetId target)
{
    Request o = { .module = module, .name = name, .arg = arg, .narg = narg, .target = target };
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
        driver_front_end(d, u, o->f, o->arg, o->narg, NULL, TARGET_CPU, o->stage == STAGE_OPT, &all);
    if (o->stage == STAGE_NEST)
        driver_nests(all.at[0], u);
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
