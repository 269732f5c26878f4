/* call.c: a callable with arguments → a row of np.def, a compiled function, a closure, an exception, a namedtuple. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "infer/infer.h"

static bool is_function(PyObject *o)
{
    PyObject *code = PyObject_GetAttrString(o, "__code__");
    PyErr_Clear();
    Py_XDECREF(code);
    return code != NULL;
}

static PyObject *text_attr(PyObject *o, const char *name)
{
    PyObject *s = PyObject_GetAttrString(o, name);
    if (s && !PyUnicode_Check(s))
        Py_CLEAR(s);
    PyErr_Clear();
    return s;
}

/* A class, function or method with its module; of what functools makes of one, and of an object without a name, the class. */
static const char *callable_name(Fn *fn, PyObject *o)
{
    PyObject *cls = (PyObject *)Py_TYPE(o), *n = text_attr(o, "__qualname__"), *m = text_attr(cls, "__module__");
    bool named = n && !(m && PyUnicode_CompareWithASCIIString(m, "functools") == 0);
    Py_XDECREF(n);
    Py_XDECREF(m);
    n = text_attr(named ? o : cls, "__qualname__"), m = text_attr(named ? o : cls, "__module__");
    PyObject *self = m || !PyCFunction_Check(o) ? NULL : PyCFunction_GetSelf(o);                /* random.random, datetime.now */
    if (self)
        m = text_attr(PyType_Check(self) ? self : (PyObject *)Py_TYPE(self), "__module__");
    Text t = { .arena = fn->unit->arena };
    const char *module = m ? PyUnicode_AsUTF8AndSize(m, NULL) : NULL, *name = n ? PyUnicode_AsUTF8AndSize(n, NULL) : NULL;
    if (module && strcmp(module, "builtins"))
        text_printf(&t, "%s.", module);
    text_printf(&t, "%s%s", name ? name : "this object", named ? "" : " object");
    Py_XDECREF(n);
    Py_XDECREF(m);
    PyErr_Clear();
    return text_str(&t);
}

static _Noreturn void bad_call(Fn *fn, const char *name, const char *format, ...)
{
    Text t = { .arena = fn->unit->arena };
    va_list ap;
    va_start(ap, format);
    text_printf(&t, "%s() ", name);
    text_vprintf(&t, format, ap);
    va_end(ap);
    fail(fn->unit, np_pos(fn), DIAG_ARG_COUNT, text_str(&t));
}

/* The arguments of a call; names: of the last nnames. */
typedef struct Args { const Ref *arg; uint32_t n; const char *const *name; uint32_t nname; } Args;

static Args args_of(Fn *fn, const Ref *arg, uint32_t n, PyObject *names)
{
    uint32_t nname = names ? (uint32_t)PyTuple_Size(names) : 0;
    const char **name = arena_new_n(fn->unit->arena, const char *, nname + 1);
    for (uint32_t k = 0; k < nname; k++)
        name[k] = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(names, k), NULL);
    return (Args){ arg, n, name, nname };
}

static int param_index(const Code *c, const char *name)
{
    for (uint32_t k = 0; k < c->nargs + c->nkwonly; k++)
        if (!strcmp(c->local[k], name))
            return (int)k;
    return -1;
}

/* Does the function look at that parameter, or say by `del` that nothing depends on it? */
static bool is_read(const Code *c, uint32_t local)
{
    for (uint32_t k = 0; k < c->nbc; k++) {
        uint8_t op = c->bc[k].op;
        if ((op == BC_LOAD || op == BC_LOAD_CELL || op == BC_DELETE) && c->bc[k].arg == (int32_t)local)
            return true;
    }
    return false;
}

static bool same_constant(Fn *fn, Ref a, Ref b)
{
    int64_t x, y;
    const char *s = np_text(fn, a), *t = np_text(fn, b);
    return ir_ty(fn, a) == ir_ty(fn, b) && (ir_ty(fn, a)->kind == TY_NONE || (s && t && !strcmp(s, t))
        || (ir_is_int(fn, a, &x) && ir_is_int(fn, b, &y) && x == y));
}

/* A parameter that a function of numjit/lib has, but does not read, is one of NumPy's that is not compiled: only its default is right. */
static void refuse_ignored(Fn *fn, Func *f, uint32_t k, Ref given)
{
    const Code *c = f->decoded;
    uint32_t ndflt = f->defaults ? (uint32_t)PyTuple_Size(f->defaults) : 0;
    PyObject *d = k >= c->nargs && f->kwdefaults ? resolve_key(f->kwdefaults, c->local[k]) : NULL;
    if (k < c->nargs && k + ndflt >= c->nargs)
        d = PyTuple_GetItem(f->defaults, k + ndflt - c->nargs);
    Text t = { .arena = fn->unit->arena };
    text_printf(&t, "%s= is not compiled", c->local[k]);
    if (d && !is_read(c, k) && !same_constant(fn, given, resolve_object(fn, d, c->local[k])))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, f->name, text_str(&t));
}

/* What stands for a parameter that is left to its default. */
static Ref omitted(Fn *fn, const Func *f, PyObject *value, const char *name)
{
    Ty t = f->prelude ? NULL : key_omitted(fn->unit->types, value);
    if (PyErr_Occurred())
        fail_py(fn->unit);
    return t ? ir_constant(fn, t, NULL) : resolve_object(fn, value, name);
}

/* Fills out[] (one a parameter of the code object) from a call's arguments. */
static void bind(Fn *fn, Func *f, Args a, const Ref *dflt, uint32_t ndflt, Ref *out)
{
    const Code *c = f->decoded;
    const Ref *arg = a.arg;
    uint32_t npos = a.n - a.nname;
    if (npos > c->nargs && !c->varargs)
        bad_call(fn, f->name, "takes %u positional argument%s but %u were given", c->nargs, c->nargs == 1 ? "" : "s", npos);
    for (uint32_t k = 0; k < npos && k < c->nargs; k++)
        out[k] = arg[k];
    if (c->varargs) {
        uint32_t extra = npos > c->nargs ? npos - c->nargs : 0;
        out[c->nargs + c->nkwonly] = np_aggregate(fn, TY_TUPLE, arg + c->nargs, extra);
    }
    for (uint32_t k = 0; k < a.nname; k++) {
        int at = param_index(c, a.name[k]);
        if (at < 0)
            bad_call(fn, f->name, "got an unexpected keyword argument '%s'", a.name[k]);
        if (!ref_is_none(out[at]))
            bad_call(fn, f->name, "got multiple values for argument '%s'", a.name[k]);
        out[at] = arg[npos + k];
    }
    for (uint32_t k = 0; f->prelude && k < c->nargs + c->nkwonly; k++)
        if (!ref_is_none(out[k]))
            refuse_ignored(fn, f, k, out[k]);
    PyObject *defaults = f->defaults, *kwdefaults = f->kwdefaults;
    if (!dflt && defaults)
        ndflt = (uint32_t)PyTuple_Size(defaults);
    for (uint32_t k = 0; k < c->nargs + c->nkwonly; k++) {
        if (!ref_is_none(out[k]))
            continue;
        PyObject *kw = k >= c->nargs && kwdefaults ? resolve_key(kwdefaults, c->local[k]) : NULL;
        if (kw)
            out[k] = omitted(fn, f, kw, c->local[k]);
        else if (k < c->nargs && k + ndflt >= c->nargs)
            out[k] = dflt ? dflt[k + ndflt - c->nargs]
                          : omitted(fn, f, PyTuple_GetItem(defaults, k + ndflt - c->nargs), c->local[k]);
        else
            bad_call(fn, f->name, "missing 1 required %s argument: '%s'", k < c->nargs ? "positional" : "keyword-only", c->local[k]);
    }
}

static Ref call_python(Fn *fn, Func *f, const Ref *free_, uint32_t nfree, const Ref *dflt, uint32_t ndflt, Args a)
{
    driver_prepare(fn->unit->driver, f, fn->unit);
    const Code *c = f->decoded;
    if (c->varkw)
        fail(fn->unit, np_pos(fn), DIAG_CONSTRUCT, f->name, "**kwargs");
    uint32_t total = nfree + c->nargs + c->nkwonly + c->varargs;
    Ref *all = arena_new_n(fn->unit->arena, Ref, total + 1);
    for (uint32_t k = 0; k < nfree; k++)
        all[k] = free_[k];
    bind(fn, f, a, dflt, ndflt, all + nfree);
    return infer_call_func(fn, f, all, total);
}

/* The locals that a caller shares with inner functions: names and values. */
typedef struct Cells { const Fn *src; Ref *value; } Cells;

static Ref *cell_of(const Cells *cells, const char *name)
{
    for (uint32_t k = 0; cells && k < cells->src->ncell; k++)
        if (!strcmp(cells->src->cell[k], name))
            return &cells->value[k];
    return NULL;
}

/* Of those that the caller takes back after a call. */
static Ref *changed_cell(const Cells *cells, const char *name)
{
    for (uint32_t k = 0; cells && k < cells->src->nchanged; k++)
        if (!strcmp(cells->src->changed[k], name))
            return cell_of(cells, name);
    return NULL;
}

/* Do f and the inner function g see the same variables? g is made by f, beside f, or is f. */
static bool shares_scope(const Func *f, const Func *g)
{
    return g->outer == f || g == f || (f->outer && g->outer == f->outer);
}

static const char *free_name(const Func *g, uint32_t k) { return g->decoded->local[g->decoded->nlocal - g->decoded->nfree + k]; }

/* The k-th free variable of g as f, which calls it, sees it: one of its own, or of both, if f does not make g. NULL: it does not. */
static Ref *seen_variable(const Func *f, const Func *g, const Cells *cells, uint32_t k)
{
    const char *name = free_name(g, k);
    bool both = g->outer == f;
    for (uint32_t j = 0; !both && f->decoded && j < f->decoded->nfree; j++)
        both = !strcmp(free_name(f, j), name);
    return both && shares_scope(f, g) ? cell_of(cells, name) : NULL;
}

/* The inner functions that a value is made current for, from the inside out. */
typedef struct Within { const void *number; const struct Within *up; } Within;

static bool is_within(const Within *w, Ty closure)
{
    while (w && w->number != closure->object)
        w = w->up;
    return w != NULL;
}

static bool may_be_absent(Ty t) { return t->kind == TY_MAYBE || t->kind == TY_OPTIONAL; }

static bool has_closures(Ty t)
{
    bool any = t->kind == TY_CLOSURE || (may_be_absent(t) && has_closures(t->elem));
    for (uint32_t k = 0; !any && (ty_is_items(t) || t->kind == TY_CHOICE) && k < t->nitem; k++)
        any = has_closures(t->item[k]);
    return any;
}

/* x, where the closures in it have the variables that the caller f sees as they are now: what they were made with may have changed since.
 * One that leads back to a function that is called has no other functions: it gets them when it is called itself. */
static Ref current(Fn *fn, const Func *f, Ref x, const Cells *cells, const Within *within)
{
    Ty t = ir_ty(fn, x);
    if (!cells || !has_closures(t))
        return x;
    if (may_be_absent(t)) {
        Ref inside = ir_unwrap(fn, x), now = current(fn, f, inside, cells, within);
        Ty of = ir_ty(fn, now), to = t->kind == TY_MAYBE ? ty_maybe(fn->unit->types, of) : ty_optional(fn->unit->types, of);
        return ref_eq(now, inside) ? x : ir_select(fn, ir_has(fn, x), ir_some(fn, to, now), ir_nothing(fn, to));
    }
    Func *g = t->kind == TY_CLOSURE ? driver_inner(fn->unit->driver, t->object) : NULL;
    if (g)
        driver_prepare(fn->unit->driver, g, fn->unit);
    bool back = g && is_within(within, t), same = true;
    Within w = { t->object, within };
    Ref *item = arena_new_n(fn->unit->arena, Ref, t->nitem + 1);
    Ty *type = arena_new_n(fn->unit->arena, Ty, t->nitem + 1);
    for (uint32_t k = 0; k < t->nitem; k++) {
        Ref was = ir_item(fn, x, k), *now = g && k < g->decoded->nfree ? seen_variable(f, g, cells, k) : NULL;
        item[k] = now ? *now : was;
        if (back && has_closures(ir_ty(fn, item[k])))
            item[k] = ir_undef(fn, ty(TY_UNBOUND));
        item[k] = current(fn, f, item[k], cells, g ? &w : within);
        type[k] = ir_ty(fn, item[k]);
        same &= ref_eq(item[k], was);
    }
    return same ? x : ir_tuple(fn, ty_aggregate(fn->unit->types, (TyKind)t->kind, type, t->nitem, t->object), item, t->nitem);
}

Ref resolve_current(Fn *fn, Func *f, Ref x, Ref *cell)
{
    Cells cells = { f->ssa, cell };
    return current(fn, f, x, &cells, NULL);
}

/* What g assigned to outer variables, from the tuple that it returns. */
static Ref take_back(Fn *fn, const Func *g, Ref result, const Cells *cells)
{
    for (uint32_t k = 0; k < g->ssa->nstored; k++) {
        Ref *cell = changed_cell(cells, g->ssa->stored[k]);
        if (!cell || fn->blk.at[fn->cur].handler != BLK_NONE)
            fail(fn->unit, np_pos(fn), DIAG_CONSTRUCT, "nonlocal", cell ? "a call inside of try"
                 : "a call from where the variable is not seen");
        *cell = ir_item(fn, result, 1 + k);
    }
    return g->ssa->nstored ? ir_item(fn, result, 0) : result;
}

static Ref call_closure(Fn *fn, const Func *caller, Ref callee, Args a, const Cells *cells)
{
    Ty t = ir_ty(fn, callee);
    Func *f = driver_inner(fn->unit->driver, t->object);
    driver_prepare(fn->unit->driver, f, fn->unit);
    Ref *item = arena_new_n(fn->unit->arena, Ref, t->nitem + 1);
    Within within = { t->object, NULL };
    uint32_t nfree = f->decoded->nfree;
    for (uint32_t k = 0; k < t->nitem; k++) {
        Ref *now = k < nfree ? seen_variable(caller, f, cells, k) : NULL;
        item[k] = current(fn, caller, now ? *now : ir_item(fn, callee, k), cells, &within);
    }
    Ref r = call_python(fn, f, item, nfree, item + nfree, t->nitem - nfree, a);
    return ref_is_none(r) ? r : take_back(fn, f, r, cells);
}

/* The fields of a class of namedtuples, pinned; NULL: it is none. */
static PyObject *fields_of(Fn *fn, PyObject *cls)
{
    PyObject *fields = key_fields(cls);
    if (fields)
        unit_pin(fn->unit, fields);
    Py_XDECREF(fields);
    return fields;
}

static int field_index(PyObject *fields, const char *name)
{
    for (Py_ssize_t k = 0; k < PyTuple_Size(fields); k++)
        if (PyUnicode_CompareWithASCIIString(PyTuple_GetItem(fields, k), name) == 0)
            return (int)k;
    return -1;
}

/* item[k] where it is none: the field's default, if there is one. */
static void fill_fields(Fn *fn, PyObject *cls, PyObject *fields, Ref *item)
{
    PyObject *defaults = PyObject_GetAttrString(cls, "_field_defaults");
    if (defaults)
        unit_pin(fn->unit, defaults);
    Py_XDECREF(defaults);
    PyErr_Clear();                      /* a class that somebody wrote need not have it */
    for (Py_ssize_t k = 0; k < PyTuple_Size(fields); k++) {
        PyObject *v = ref_is_none(item[k]) && defaults && PyDict_Check(defaults) ? PyDict_GetItemWithError(defaults, PyTuple_GetItem(fields, k)) : NULL;
        if (v) {
            unit_pin(fn->unit, v);
            item[k] = resolve_object(fn, v, "a default");
        }
        if (ref_is_none(item[k]))
            bad_call(fn, callable_name(fn, cls), "missing 1 required positional argument: '%s'", PyUnicode_AsUTF8AndSize(PyTuple_GetItem(fields, k), NULL));
    }
}

/* had: a namedtuple of the class that fields not named are taken from (_replace), or none. */
static Ref make_namedtuple(Fn *fn, PyObject *cls, PyObject *fields, Args a, Ref had)
{
    uint32_t want = (uint32_t)PyTuple_Size(fields), npos = a.n - a.nname;
    Ref *item = arena_new_n(fn->unit->arena, Ref, want + 1);
    Ty *t = arena_new_n(fn->unit->arena, Ty, want + 1);
    if (npos > (ref_is_none(had) ? want : 0))
        bad_call(fn, callable_name(fn, cls), "takes %u positional arguments but %u were given", ref_is_none(had) ? want : 0, npos);
    for (uint32_t k = 0; k < npos; k++)
        item[k] = a.arg[k];
    for (uint32_t k = 0; k < a.nname; k++) {
        int j = field_index(fields, a.name[k]);
        if (j < 0 || !ref_is_none(item[j]))
            bad_call(fn, callable_name(fn, cls), "got an unexpected keyword argument '%s'", a.name[k]);
        item[j] = a.arg[npos + k];
    }
    for (uint32_t k = 0; k < want && !ref_is_none(had); k++)
        item[k] = ref_is_none(item[k]) ? ir_item(fn, had, k) : item[k];
    fill_fields(fn, cls, fields, item);
    for (uint32_t k = 0; k < want; k++)
        t[k] = ir_ty(fn, item[k] = infer_list_given(fn, item[k]));
    return ir_tuple(fn, ty_aggregate(fn->unit->types, TY_TUPLE, t, want, cls), item, want);
}

static Ref make_exception(Fn *fn, PyObject *cls, Args a)
{
    Ty t[64];
    Ref item[64];
    if (a.n > 64)
        fail(fn->unit, np_pos(fn), DIAG_TOO_LARGE, "this exception", "64 arguments");
    for (uint32_t k = 0; k < a.n; k++)
        t[k] = ir_ty(fn, item[k] = infer_list_given(fn, a.arg[k]));
    return ir_tuple(fn, ty_aggregate(fn->unit->types, TY_EXCEPTION, t, a.n, cls), item, a.n);
}

/* What @vectorize made of f; its result may be given as out=. */
static Ref call_vectorized(Fn *fn, Func *f, Args a)
{
    bool out = a.nname == 1 && !strcmp(a.name[0], "out") && !f->vectorized->general;
    if (a.nname > out)
        bad_call(fn, f->name, "got an unexpected keyword argument '%s'", a.name[out]);
    Ref r = vectorize_call(fn, f, a.arg, a.n - a.nname, out ? a.arg[a.n - 1] : REF_NONE);
    if (ref_is_none(r) && a.n - a.nname != f->vectorized->nin && a.n - a.nname != f->vectorized->nin + f->vectorized->nout)
        bad_call(fn, f->name, "takes %u operands but %u were given", f->vectorized->nin, a.n - a.nname);
    return r;
}

static Ref call_object(Fn *fn, Func *f, PyObject *o, Args a)
{
    Func *g = o == f->function ? f : dispatcher_func(o);
    const NpRow *row = g ? NULL : resolve_row(fn->unit, o);
    if (row)
        return np_call(fn, row, a.arg, a.n, a.name, a.nname);
    if (!g && f->prelude && is_function(o))
        g = driver_lib_object(fn->unit->driver, fn->unit, o);
    if (g && g->vectorized)
        return call_vectorized(fn, g, a);
    if (g)
        return call_python(fn, g, NULL, 0, NULL, 0, a);
    if (resolve_is_exception(o))
        return make_exception(fn, o, a);
    PyObject *fields = fields_of(fn, o);
    if (fields)
        return make_namedtuple(fn, o, fields, a, REF_NONE);
    bool out = a.nname == 1 && !strcmp(a.name[0], "out");
    Ref r = a.nname > out ? REF_NONE : vectorize_numpy(fn, o, a.arg, a.n - a.nname, out ? a.arg[a.n - 1] : REF_NONE, NULL);
    if (!ref_is_none(r))
        return r;
    fail(fn->unit, np_pos(fn), is_function(o) ? DIAG_PLAIN_FUNC : DIAG_UNKNOWN_FUNC, callable_name(fn, o));
}

static Ref call_method(Fn *fn, Ref method, Args a)
{
    Ref receiver = ir_item(fn, method, 0);
    const char *name = ir_ty(fn, method)->object;
    PyObject *cls = ir_ty(fn, receiver)->kind == TY_TUPLE ? ir_ty(fn, receiver)->object : NULL;
    PyObject *fields = cls && !strcmp(name, "_replace") ? fields_of(fn, cls) : NULL;
    if (fields)
        return make_namedtuple(fn, cls, fields, a, receiver);
    const NpRow *row = np_find_method(ir_ty(fn, receiver), name);
    if (!row)
        fail(fn->unit, np_pos(fn), DIAG_NO_METHOD, ty_name(ir_ty(fn, receiver)), name);
    Ref *all = arena_new_n(fn->unit->arena, Ref, a.n + 1);
    all[0] = receiver;
    memcpy(all + 1, a.arg, a.n * sizeof *a.arg);
    return np_call(fn, row, all, a.n + 1, a.name, a.nname);
}

/* One way of a choice: its block, where it ends, what it gives. */
typedef struct Way { BlkId end; Ref value; } Way;

/* A block that stands where fn->cur does. */
static BlkId block_here(Fn *fn, BlkId idom)
{
    BlkId b = ir_block(fn, idom);
    ir_protect(fn, b, fn->blk.at[fn->cur].handler);
    return b;
}

/* The call of the k-th callable in a block of its own; end BLK_NONE: it does not return. */
static Way call_way(Fn *fn, Func *f, Ref choice, uint32_t which, BlkId at, Args a, void *names, const Cells *cells)
{
    uint32_t ncell = cells ? cells->src->ncell : 0;
    Ref *cell = arena_new_n(fn->unit->arena, Ref, ncell + 1), *before = cells ? cells->value : cell;
    memcpy(cell, before, ncell * sizeof *cell);
    ir_at(fn, at);
    Ref callable = ir_item(fn, choice, which);
    Ref r = cells ? resolve_call_in(fn, f, callable, cell, a.arg, a.n, names) : resolve_call(fn, f, callable, a.arg, a.n, names);
    for (uint32_t k = 0; k < ncell; k++)
        if (!ref_eq(cell[k], before[k]))
            fail(fn->unit, np_pos(fn), DIAG_CONSTRUCT, "nonlocal", "the function is one of several");
    return (Way){ ir_ended(fn) ? BLK_NONE : fn->cur, r };
}

/* The type of what all ways give; NULL: no way returns, or (unknown) of one it is not known yet. */
static Ty type_of_ways(Fn *fn, const Way *way, uint32_t n, bool *unknown)
{
    Ty t = NULL;
    *unknown = false;
    for (uint32_t k = 0; k < n; k++) {
        if (way[k].end == BLK_NONE)
            continue;
        if ((*unknown = ref_is_none(way[k].value)))
            return NULL;
        Ty had = t, now = ir_ty(fn, way[k].value);
        t = had ? promote_join(fn->unit->types, had, now) : now;
        if (!t)
            fail(fn->unit, np_pos(fn), DIAG_UNIFY, "for the results of the functions that are called here", ty_name(had), ty_name(now));
    }
    return t;
}

/* The ways meet in join: their values as one of type t. */
static Ref join_ways(Fn *fn, const Way *way, uint32_t n, BlkId join, Ty t)
{
    Ref phi = ir_phi(fn, join, t);
    for (uint32_t k = 0; k < n; k++) {
        if (way[k].end == BLK_NONE)
            continue;
        ir_at(fn, way[k].end);
        Ref v = np_convert(fn, way[k].value, t);
        ir_jump(fn, join);
        ir_add_arg(fn, phi, v);
    }
    ir_at(fn, join);
    return phi;
}

/* Whichever of the callables it is: each has a call of its own, the last one where it is none before. */
static Ref call_choice(Fn *fn, Func *f, Ref choice, Args a, void *names, const Cells *cells)
{
    Ref tag = ir_item(fn, choice, 0);
    uint32_t n = ir_ty(fn, choice)->nitem - 1;
    Way *way = arena_new_n(fn->unit->arena, Way, n);
    BlkId join = block_here(fn, fn->cur);
    for (uint32_t k = 0; k < n; k++) {
        BlkId yes = block_here(fn, fn->cur), no = k + 1 < n ? block_here(fn, fn->cur) : yes;
        Ref its = ir_cmp(fn, IR_EQ, tag, ir_i64(fn, k + 1));
        if (no == yes)
            ir_jump(fn, yes);
        else
            ir_branch(fn, its, yes, no);
        way[k] = call_way(fn, f, choice, k + 1, yes, a, names, cells);
        ir_at(fn, no);
    }
    bool unknown;
    Ty t = type_of_ways(fn, way, n, &unknown);
    if (t)
        return join_ways(fn, way, n, join, t);
    ir_at(fn, join);                    /* nobody comes here */
    if (!unknown)
        ir_emit(fn, IR_UNREACHABLE, ty(TY_NONE), NULL, 0);
    return REF_NONE;
}

/* What a call of a dtype calls: of a type object of ours, numjit.float32, NumPy's class of that name. */
static PyObject *converter(Fn *fn, Ty dtype)
{
    if (!PyObject_HasAttrString(dtype->object, "_numjit_spelling"))
        return dtype->object;
    Text path = { .arena = fn->unit->arena };
    text_printf(&path, "numpy.%s%s", ty_name(dtype->elem), ty_is_bool(dtype->elem) ? "_" : "");
    PyObject *o = resolve_path(text_str(&path));
    if (!o)
        fail_py(fn->unit);
    unit_pin(fn->unit, o);
    Py_DECREF(o);
    return o;
}

/* A function where there may be none. */
static Ref present(Fn *fn, Ref callee)
{
    if (ir_ty(fn, callee)->kind != TY_OPTIONAL)
        return callee;
    ir_check(fn, ir_has(fn, callee), DIAG_NONE_CALLED, NULL, 0);
    return ir_unwrap(fn, callee);
}

Ref resolve_call(Fn *fn, Func *f, Ref callee, const Ref *arg, uint32_t n, void *names)
{
    Ty t = ir_ty(fn, callee = present(fn, callee));
    Args a = args_of(fn, arg, n, names);
    switch (t->kind) {
    case TY_FUNC: return call_object(fn, f, t->object, a);
    case TY_DTYPE: return call_object(fn, f, converter(fn, t), a);
    case TY_CLOSURE: return call_closure(fn, f, callee, a, NULL);
    case TY_METHOD: return call_method(fn, callee, a);
    case TY_CHOICE: return call_choice(fn, f, callee, a, names, NULL);
    default: fail(fn->unit, np_pos(fn), DIAG_NOT_CALLABLE, ty_name(t));
    }
}

Ref resolve_call_in(Fn *fn, Func *f, Ref callee, Ref *cell, const Ref *arg, uint32_t n, void *names)
{
    Cells cells = { f->ssa, cell };
    callee = present(fn, callee);
    Ref *given = arena_new_n(fn->unit->arena, Ref, n + 1);
    for (uint32_t k = 0; k < n; k++)
        given[k] = current(fn, f, arg[k], &cells, NULL);
    arg = given;
    if (ir_ty(fn, callee)->kind == TY_CHOICE)
        return call_choice(fn, f, callee, args_of(fn, arg, n, names), names, &cells);
    if (ir_ty(fn, callee)->kind != TY_CLOSURE)
        return resolve_call(fn, f, callee, arg, n, names);
    return call_closure(fn, f, callee, args_of(fn, arg, n, names), &cells);
}

Ref infer_call_lib(Fn *fn, const char *module, const char *name, const Ref *arg, uint32_t n, const char *const *names,
                   uint32_t nnames)
{
    Func *f = driver_lib(fn->unit->driver, fn->unit, module, name);
    return call_python(fn, f, NULL, 0, NULL, 0, (Args){ arg, n, names, nnames });
}
