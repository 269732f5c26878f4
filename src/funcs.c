/* funcs.c: Funcs and Instances: how they are made, found and freed. driver.h says who owns them. */
#include "driver.h"

/* A Unit's own Dispatcher is not pinned: it would never die. */
void unit_pin(Unit *u, void *object)
{
    if (object == u->self)
        return;
    Py_INCREF((PyObject *)object);
    vec_push(u->arena, &u->pins, object);
}

Unit unit_make(Driver *d, void *code, void *self)
{
    return (Unit){ .arena = arena_new(), .types = d->types, .driver = d, .code = code, .self = self,
                   .python = (uint32_t)(Py_Version >> 16), .remarks = d->work.remarks };
}

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

/* self: the Dispatcher it belongs to, or NULL. */
static Func *func_of_code(Driver *d, PyObject *code, void *self)
{
    Unit u = unit_make(d, code, self);
    Func *f = arena_new_of(u.arena, Func);
    f->unit = u;
    f->code = Py_NewRef(code);
    f->number = ++d->nfunc;
    PyObject *name = PyObject_GetAttrString(code, "co_name");
    const char *text = name ? PyUnicode_AsUTF8AndSize(name, NULL) : NULL;
    f->name = arena_strdup(u.arena, text ? text : "?");
    Py_XDECREF(name);
    PyErr_Clear();
    vec_push(d->arena, &d->funcs, f);
    return f;
}

static Func *new_func(Driver *d, PyObject *function, void *dispatcher, const FnOptions *opt)
{
    PyObject *code = PyObject_GetAttrString(function, "__code__");
    if (!code)
        return NULL;
    Func *f = func_of_code(d, code, dispatcher);
    Py_DECREF(code);
    f->function = Py_NewRef((PyObject *)function);
    f->globals = attr_or_null(function, "__globals__");
    f->builtins = attr_or_null(function, "__builtins__");
    f->closure = attr_or_null(function, "__closure__");
    f->defaults = attr_or_null(function, "__defaults__");
    f->kwdefaults = attr_or_null(function, "__kwdefaults__");
    f->opt = *opt;
    f->prelude = dispatcher == NULL;
    return f;
}

Func *driver_func(Driver *d, void *function, void *dispatcher, const FnOptions *opt)
{
    MemoryCatch memory;
    Func *volatile f = NULL;
    memory_begin(&memory);
    if (setjmp(memory.at))
        PyErr_NoMemory();
    else
        f = new_func(d, function, dispatcher, opt);
    memory_end(&memory);
    return f;
}

bool driver_declare(Func *f, const Ty *arg, uint32_t narg, Ty ret)
{
    MemoryCatch memory;
    volatile bool ok = false;
    memory_begin(&memory);
    if (setjmp(memory.at) == 0) {
        Ty *copy = arena_new_n(f->unit.arena, Ty, narg + 1);
        memcpy(copy, arg, narg * sizeof *arg);
        vec_push(f->unit.arena, &f->declared, ((Signature){ copy, ret }));
        ok = true;
    } else {
        PyErr_NoMemory();
    }
    memory_end(&memory);
    return ok;
}

bool driver_local(Func *f, const char *name, Ty x)
{
    MemoryCatch memory;
    volatile bool ok = false;
    memory_begin(&memory);
    if (setjmp(memory.at) == 0) {
        vec_push(f->unit.arena, &f->local, ((TypedLocal){ arena_strdup(f->unit.arena, name), x }));
        ok = true;
    } else {
        PyErr_NoMemory();
    }
    memory_end(&memory);
    return ok;
}

bool driver_is_declared(const Func *f) { return f->declared.n > 0; }

/* dtypes: of arrays these alone are asked for. */
static const Ty *choose(const Func *f, const Ty *given, uint32_t n, bool dtypes)
{
    const Ty *best = NULL;
    int least = INT32_MAX;
    for (uint32_t s = 0; s < f->declared.n; s++) {
        int sum = 0;
        for (uint32_t k = 0; k < n && sum >= 0; k++) {
            Ty want = f->declared.at[s].arg[k];
            int one = promote_distance(given[k], dtypes && ty_is_array(want) ? want->elem : want);
            sum = one < 0 ? -1 : sum + one;
        }
        if (sum >= 0 && sum < least) {
            least = sum;
            best = f->declared.at[s].arg;
        }
    }
    return best;
}

const Ty *driver_choose(const Func *f, const Ty *arg, uint32_t narg) { return choose(f, arg, narg, false); }
const Ty *driver_choose_dtypes(const Func *f, const Ty *dtype, uint32_t narg) { return choose(f, dtype, narg, true); }

bool driver_vectorize(Func *f, const Vectorized *v)
{
    MemoryCatch memory;
    volatile bool ok = false;
    memory_begin(&memory);
    if (setjmp(memory.at) == 0) {
        Vectorized *copy = arena_new_of(f->unit.arena, Vectorized);
        *copy = *v;
        copy->layout = v->layout ? arena_strdup(f->unit.arena, v->layout) : NULL;
        f->vectorized = copy;
        ok = true;
    } else {
        PyErr_NoMemory();
    }
    memory_end(&memory);
    return ok;
}

/* The result type that f's signature with these argument types asks for, or NULL. */
static Ty declared_ret(const Func *f, const Ty *arg, uint32_t narg)
{
    for (uint32_t s = 0; s < f->declared.n; s++)
        if (!memcmp(f->declared.at[s].arg, arg, narg * sizeof *arg))
            return f->declared.at[s].ret;
    return NULL;
}

/* The function that outer makes of a code object, or its comprehension f compiled as a fold: made once. */
static Func *inner_of(Driver *d, Func *outer, void *code, uint32_t part, Fold fold)
{
    for (Func *f = outer->inner; f; f = f->next)
        if (f->code == code && f->part == part && f->fold == fold)
            return f;
    Func *f = func_of_code(d, code, outer->unit.self);
    f->outer = outer;
    f->opt = outer->opt;
    f->prelude = outer->prelude;
    f->part = part;
    f->fold = fold;
    f->next = outer->inner;
    outer->inner = f;
    return f;
}

static Func *inner_func(Func *outer, void *code, uint32_t part) { return inner_of(outer->unit.driver, outer, code, part, 0); }

Func *driver_fold(Driver *d, Func *f, Fold fold) { return inner_of(d, f->outer, f->code, f->part, fold); }

Func *driver_inner(Driver *d, void *number)
{
    for (uint32_t k = 0; k < d->funcs.n; k++)
        if (d->funcs.at[k]->number == (uintptr_t)number)
            return d->funcs.at[k];
    return NULL;
}

Func *driver_lib_object(Driver *d, Unit *u, void *function)
{
    for (uint32_t k = 0; k < d->funcs.n; k++)
        if (d->funcs.at[k]->function == function && d->funcs.at[k]->prelude)
            return d->funcs.at[k];
    FnOptions opt = { .boundscheck = true };
    Func *made = driver_func(d, function, NULL, &opt);
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

static Fn *build_ssa(Unit *u, Func *f, const Cfg *cfg)
{
    const char **typed = arena_new_n(u->arena, const char *, f->local.n + 1);
    for (uint32_t k = 0; k < f->local.n; k++)
        typed[k] = f->local.at[k].name;
    return ssa_build(u, cfg, &(SsaOptions){ .typed = typed, .ntyped = f->local.n, .fold = f->fold, .func = f,
                                            .outer = f->outer ? f->outer->decoded : NULL, .inner = inner_func });
}

void driver_prepare(Driver *d, Func *f, Unit *caller)
{
    if (f->ssa)
        return;
    Unit *u = &f->unit;
    jmp_buf here, *outer = u->catch_;   /* of a compilation around this one, which came to f too */
    u->catch_ = &here;
    if (setjmp(here)) {
        u->catch_ = outer;
        caller->diag = u->diag;
        caller->py_error = u->py_error;
        longjmp(*caller->catch_, 1);
    }
    f->decoded = decode_part(u, f->code, f->part);
    f->ssa = build_ssa(u, f, ssa_cfg(u, f->decoded));
    for (Stage s = STAGE_BC; s <= STAGE_SSA; s++)
        dump_while(d, s, f, NULL);
    u->catch_ = outer;
}

/* instances ------------------------------------------------------------------------------------------------ */

/* The prelude and inner functions go with their caller; on a GPU everything does. */
static TargetId target_of(const Func *f, TargetId caller)
{
    if (caller >= TARGET_GPU)
        return TARGET_DEVICE;
    if (f->prelude || f->outer)
        return caller;
    return f->opt.parallel ? TARGET_PARALLEL : TARGET_CPU;
}

/* The Dispatcher that owns the function which x is the type of; NULL: x is none of ours. */
static void *owner_of(Driver *d, Ty x)
{
    const Func *f = x->kind == TY_CLOSURE ? driver_inner(d, x->object)
                  : x->kind == TY_FUNC && x->object ? dispatcher_func(x->object) : NULL;
    return f ? f->unit.self : NULL;
}

/* What functions an argument of type x leads to lives as long as u. */
static void pin_functions(Driver *d, Unit *u, Ty x)
{
    void *owner = owner_of(d, x);
    if (owner)
        unit_pin(u, owner);
    for (uint32_t k = 0; k < x->nitem; k++)
        pin_functions(d, u, x->item[k]);
    if (x->elem)
        pin_functions(d, u, x->elem);
}

static bool leads_to(Driver *d, Ty x, const void *owner)
{
    if (owner_of(d, x) == owner || (x->elem && leads_to(d, x->elem, owner)))
        return true;
    for (uint32_t k = 0; k < x->nitem; k++)
        if (leads_to(d, x->item[k], owner))
            return true;
    return false;
}

Instance *driver_instance(Driver *d, Func *f, const Ty *arg, uint32_t narg, Ty ret, TargetId caller, uint8_t fastmath)
{
    return driver_root(d, f, arg, narg, ret, target_of(f, caller), f->prelude ? fastmath : f->opt.fastmath);
}

Instance *driver_root(Driver *d, Func *f, const Ty *arg, uint32_t narg, Ty ret, TargetId target, uint8_t fastmath)
{
    if (!ret)
        ret = declared_ret(f, arg, narg);
    for (Instance *i = f->instances; i; i = i->next)
        if (i->narg == narg && i->target == target && i->fastmath == fastmath && i->apart == d->work.apart
            && !memcmp(i->arg, arg, narg * sizeof *arg) && (!ret || i->want == ret))
            return i;
    Unit u = unit_make(d, f->code, f->unit.self);
    Instance *i = arena_new_of(u.arena, Instance);
    i->unit = u;
    i->func = f;
    i->narg = narg;
    i->target = target;
    i->fastmath = fastmath;
    i->apart = d->work.apart;
    i->want = i->ret = ret;
    i->arg = arena_new_n(u.arena, Ty, narg + 1);
    if (narg > 0)
        memcpy(i->arg, arg, narg * sizeof *arg);
    for (uint32_t k = 0; k < narg && !f->prelude; k++)
        pin_functions(d, &i->unit, arg[k]);
    vec_push(d->arena, &d->work.pending, i);
    i->next = f->instances;
    f->instances = i;
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

/* the end ------------------------------------------------------------------------------------------------- */

void unit_drop(Unit *u)
{
    for (uint32_t k = 0; k < u->pins.n; k++)
        Py_DECREF((PyObject *)u->pins.at[k]);
    arena_free(u->arena);
}

static void instances_free(Instance *i)
{
    for (Instance *next; i; i = next) {
        next = i->next;
        Unit u = i->unit;               /* it is in its own arena */
        unit_drop(&u);
    }
}

static void unlink_instance(Instance *i)
{
    Instance **at = &i->func->instances;
    while (*at && *at != i)
        at = &(*at)->next;
    if (*at)
        *at = i->next;
}

void driver_drop_pending(Driver *d)
{
    Instance *dropped = NULL;
    for (uint32_t k = 0; k < d->work.pending.n; k++) {
        unlink_instance(d->work.pending.at[k]);
        d->work.pending.at[k]->next = dropped;
        dropped = d->work.pending.at[k];
    }
    d->work.pending.n = 0;
    instances_free(dropped);
}

/* Unlinks the instances of f that take a function of owner's. */
static Instance *take_out(Driver *d, Func *f, const void *owner)
{
    Instance *out = NULL;
    for (Instance **at = &f->instances; *at; ) {
        Instance *i = *at;
        bool its = false;
        for (uint32_t k = 0; k < i->narg; k++)
            its |= leads_to(d, i->arg[k], owner);
        if (!its) {
            at = &i->next;
            continue;
        }
        *at = i->next;
        i->next = out;
        out = i;
    }
    return out;
}

static void unlist(Driver *d, const Func *f)
{
    for (uint32_t k = 0; k < d->funcs.n; k++)
        if (d->funcs.at[k] == f) {
            d->funcs.at[k] = d->funcs.at[--d->funcs.n];
            return;
        }
}

/* f and its inner functions, which no one finds any more. */
static void free_all(Driver *d, Func *f)
{
    unlist(d, f);
    for (Func *g = f->inner, *next; g; g = next) {
        next = g->next;
        free_all(d, g);
    }
    instances_free(f->instances);
    Py_XDECREF((PyObject *)f->code);
    Py_XDECREF((PyObject *)f->function);
    Py_XDECREF((PyObject *)f->globals);
    Py_XDECREF((PyObject *)f->builtins);
    Py_XDECREF((PyObject *)f->closure);
    Py_XDECREF((PyObject *)f->defaults);
    Py_XDECREF((PyObject *)f->kwdefaults);
    Unit u = f->unit;                   /* it is in its own arena */
    unit_drop(&u);
}

void func_free(Driver *d, Func *f)
{
    for (uint32_t k = 0; k < d->funcs.n; k++)
        if (d->funcs.at[k]->prelude)
            instances_free(take_out(d, d->funcs.at[k], f->unit.self));
    ty_forget(d->types, TY_FUNC, f->unit.self);
    free_all(d, f);
}

static int visit_pins(const Unit *u, visitproc visit, void *arg)
{
    for (uint32_t k = 0; k < u->pins.n; k++)
        Py_VISIT((PyObject *)u->pins.at[k]);
    return 0;
}

int func_visit(const Func *f, int (*visit)(PyObject *, void *), void *arg)
{
    PyObject *const held[] = { f->code, f->function, f->globals, f->builtins, f->closure, f->defaults, f->kwdefaults };
    for (uint32_t k = 0; k < countof(held); k++)
        Py_VISIT(held[k]);
    int r = visit_pins(&f->unit, visit, arg);
    for (const Instance *i = f->instances; !r && i; i = i->next)
        r = visit_pins(&i->unit, visit, arg);
    for (const Func *g = f->inner; !r && g; g = g->next)
        r = func_visit(g, visit, arg);
    return r;
}
