/* dispatcher.c: Dispatcher, what @njit makes of a function: its calls and its life. A vectorcall type from a spec; the
 * limited API of 3.11 has no names for that, so we give the flag. */
#include "python/dispatcher.h"
#include <stdlib.h>

enum { FLAG_VECTORCALL = 1UL << 11 };

static void dispatcher_dealloc(PyObject *self);

/* Our type has no address of its own in a module with state: we know it by its slot. */
bool is_dispatcher(PyObject *o)
{
    PyTypeObject *t = Py_TYPE(o);
    return (PyType_GetFlags(t) & Py_TPFLAGS_HEAPTYPE) != 0
        && PyType_GetSlot(t, Py_tp_dealloc) == (void *)dispatcher_dealloc;
}

/* The function holds it (numjit/__init__.py). */
PyObject *dispatcher_behind(PyObject *function)
{
    if (!PyCallable_Check(function) || !PyObject_HasAttrString(function, "__code__"))
        return NULL;
    PyObject *d = PyObject_GetAttrString(function, "_dispatcher");
    if (d == NULL)
        PyErr_Clear();
    bool found = d != NULL && is_dispatcher(d);
    Py_XDECREF(d);
    return found ? d : NULL;
}

Func *dispatcher_func(void *object) { return is_dispatcher(object) ? ((Dispatcher *)object)->func : NULL; }

/* Calling --------------------------------------------------------------------------------------------------- */

enum { SLOTS_USUAL = 40 };            /* of a call whose slots stand in the frame */

static inline __attribute__((always_inline)) int take_all(State *s, const Take *t, uint32_t n, PyObject *const *arg, uint64_t *slot)
{
    for (const Take *end = t + n; t < end; slot += t->nparts, t++) {
        int what = take(s, *arg++, t, slot);
        if (what != TAKEN)
            return what;
    }
    return TAKEN;
}

/* It failed, or the result may borrow from what the call holds. */
static __attribute__((noinline)) PyObject *finish(Call *c, const Entry *e, uint64_t *slot, bool ok)
{
    PyObject *result = NULL;
    rt_gil_take(c);
    if (ok && c->raised == NULL)
        result = box(e->instance->ret, slot, true);
    else if (ok) {
        rt_drop(e->instance->ret, slot);
        c->error = ERROR_NONE;
    }
    if (!ok || c->raised != NULL)
        raise_call(c);
    rt_call_end(c);
    return result;
}

static inline __attribute__((always_inline)) PyObject *run_inline(Dispatcher *d, const Entry *e, uint64_t *slot)
{
    Call c;
    d->calls++;
    rt_call_begin(&c);
    if (unlikely(d->nogil))
        rt_gil_release(&c);
    bool ok = e->call(&c, slot) == STATUS_OK;
    if (unlikely(!ok || c.held != NULL))
        return finish(&c, e, slot, ok);
    rt_call_end(&c);
    return box(e->instance->ret, slot, true);
}

static __attribute__((noinline)) PyObject *run(Dispatcher *d, const Entry *e, uint64_t *slot) { return run_inline(d, e, slot); }

/* Types that no specialization has: it is made, or that of a signature is found, whose types the arguments are converted to. */
static PyObject *call_new(Dispatcher *d, PyObject *const *arg)
{
    Ty key[d->nslot + 1];
    for (uint32_t k = 0; k < d->nslot; k++)
        if ((key[k] = d->exact ? key_exact(d->state, arg[k]) : key_of(d->state, arg[k])) == NULL)
            return NULL;
    const Entry *e = specialize(d, key);
    if (e == NULL)
        return NULL;
    uint64_t slot[e->nslot + 1], *at = slot;
    for (uint32_t k = 0; k < d->nslot; at += key[k++]->nparts)
        if (unbox(arg[k], key[k], at) < 0)
            return NULL;
    for (uint32_t k = 0; k < d->nspec; k++)
        if (d->spec[k].entry == e)
            d->last = k;
    return run(d, e, slot);
}

static PyObject *call_any(Dispatcher *d, PyObject *const *arg, bool all);

/* With something else in place of each list. */
static PyObject *call_with_lists(Dispatcher *d, PyObject *const *arg)
{
    PyObject *given[d->nslot + 1], *r = NULL;
    uint32_t n = 0;
    for (; n < d->nslot; n++)
        if ((given[n] = PyList_CheckExact(arg[n]) ? list_capsule(d->state, arg[n]) : Py_NewRef(arg[n])) == NULL)
            break;
    if (n == d->nslot)
        r = call_any(d, given, true);
    while (n > 0)
        Py_DECREF(given[--n]);
    return r;
}

/* The other specializations, or all: those behind the one of the last call come first. */
static __attribute__((noinline)) PyObject *call_any(Dispatcher *d, PyObject *const *arg, bool all)
{
    for (uint32_t k = 0; k < d->nslot; k++)
        if (unlikely(PyList_CheckExact(arg[k])))
            return call_with_lists(d, arg);
    uint64_t slot[d->slots_max + 1];
    uint32_t n = d->nspec;
    for (uint32_t tried = !all; tried < n; tried++) {
        uint32_t at = (d->last + tried) % n;
        int what = take_all(d->state, d->spec[at].take, d->nslot, arg, slot);
        if (what == OTHER)
            continue;
        if (what == FAILED)
            return NULL;
        d->last = at;
        return run(d, d->spec[at].entry, slot);
    }
    return call_new(d, arg);
}

/* Nearly all calls are of the types of the last one. Looking at an argument may run Python, which may make specializations. */
PyObject *dispatcher_call_bound(Dispatcher *d, PyObject *const *arg)
{
    uint64_t slot[SLOTS_USUAL];
    if (unlikely(d->nspec == 0 || d->slots_max > SLOTS_USUAL))
        return call_any(d, arg, true);
    const Spec last = d->spec[d->last];
    int what = take_all(d->state, last.take, d->nslot, arg, slot);
    if (likely(what == TAKEN))
        return run_inline(d, last.entry, slot);
    return what == OTHER ? call_any(d, arg, false) : NULL;
}

static inline Py_ssize_t count_of(size_t nargsf) { return (Py_ssize_t)(nargsf & ~((size_t)1 << (8 * sizeof(size_t) - 1))); }

static PyObject *dispatcher_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Dispatcher *d = (Dispatcher *)self;
    Py_ssize_t n = count_of(nargsf);
    if (likely((size_t)n == d->nslot && kwnames == NULL && d->nslot == d->npos && !d->varkw))
        return dispatcher_call_bound(d, args);
    return bind_and_call(d, args, n, kwnames);
}

/* Where jit is off: the call is the function's own. */
static PyObject *interpreted_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Dispatcher *d = (Dispatcher *)self;
    Py_ssize_t n = count_of(nargsf), nkw = kwnames != NULL ? PyTuple_Size(kwnames) : 0;
    PyObject *tuple = PyTuple_New(n), *kw = PyDict_New(), *r = NULL;
    for (Py_ssize_t k = 0; tuple != NULL && k < n; k++)
        PyTuple_SetItem(tuple, k, Py_NewRef(args[k]));
    for (Py_ssize_t k = 0; kw != NULL && k < nkw; k++)
        if (PyDict_SetItem(kw, PyTuple_GetItem(kwnames, k), args[n + k]) < 0)
            Py_CLEAR(kw);
    d->state->interpreted_calls++;
    if (tuple != NULL && kw != NULL)
        r = PyObject_Call(d->function, tuple, kw);
    Py_XDECREF(tuple);
    Py_XDECREF(kw);
    return r;
}

void dispatcher_interpret(Dispatcher *d) { d->vectorcall = interpreted_vectorcall; }
bool dispatcher_interprets(const Dispatcher *d) { return d->vectorcall == interpreted_vectorcall; }

/* tp_call: what super().__call__ and C code without vectorcall use. */
static PyObject *dispatcher_call(PyObject *self, PyObject *args, PyObject *kw)
{
    Py_ssize_t n = PyTuple_Size(args), nkw = kw != NULL ? PyDict_Size(kw) : 0, at = 0;
    PyObject *stack[512], *key, *value, *names = nkw > 0 ? PyTuple_New(nkw) : NULL;
    if (n + nkw > (Py_ssize_t)countof(stack)) {
        Py_XDECREF(names);
        return PyErr_Format(PyExc_TypeError, "too many arguments");
    }
    for (Py_ssize_t k = 0; k < n; k++)
        stack[k] = PyTuple_GetItem(args, k);
    for (Py_ssize_t k = 0; nkw > 0 && PyDict_Next(kw, &at, &key, &value); k++) {
        PyTuple_SetItem(names, k, Py_NewRef(key));
        stack[n + k] = value;
    }
    PyObject *r = ((Dispatcher *)self)->vectorcall(self, stack, (size_t)n, names);
    Py_XDECREF(names);
    return r;
}

/* The object's life ------------------------------------------------------------------------------------------ */

static uint32_t int_attr(PyObject *o, const char *name)
{
    PyObject *x = PyObject_GetAttrString(o, name);
    long v = x != NULL ? PyLong_AsLong(x) : 0;
    Py_XDECREF(x);
    return (uint32_t)v;
}

/* Borrowed; NULL: there is none. */
static PyObject *default_of(const Dispatcher *d, uint32_t k, PyObject *defaults, PyObject *kwdefaults)
{
    Py_ssize_t n = PyTuple_Check(defaults) ? PyTuple_Size(defaults) : 0;
    if (k >= d->npos)
        return PyDict_Check(kwdefaults) ? PyDict_GetItemWithError(kwdefaults, PyTuple_GetItem(d->param, k)) : NULL;
    return k >= d->npos - n ? PyTuple_GetItem(defaults, k - (d->npos - n)) : NULL;
}

static int read_defaults(Dispatcher *d)
{
    PyObject *defaults = PyObject_GetAttrString(d->function, "__defaults__");
    PyObject *kwdefaults = defaults != NULL ? PyObject_GetAttrString(d->function, "__kwdefaults__") : NULL;
    d->dflt = calloc(d->npos + d->nkwonly + 1, sizeof *d->dflt);
    if (d->dflt == NULL)
        PyErr_NoMemory();
    for (uint32_t k = 0; k < d->npos + d->nkwonly && !PyErr_Occurred(); k++) {
        PyObject *value = default_of(d, k, defaults, kwdefaults);
        d->dflt[k] = value != NULL ? omitted_new(d->state, value) : NULL;
    }
    Py_XDECREF(defaults);
    Py_XDECREF(kwdefaults);
    return PyErr_Occurred() ? -1 : 0;
}

/* What binding needs to know of the function. */
static int read_function(Dispatcher *d)
{
    PyObject *code = PyObject_GetAttrString(d->function, "__code__"), *names = NULL;
    if (code == NULL)
        return -1;
    d->npos = int_attr(code, "co_argcount");
    d->nkwonly = int_attr(code, "co_kwonlyargcount");
    uint32_t flags = int_attr(code, "co_flags");
    d->varargs = (flags & 4) != 0;
    d->varkw = (flags & 8) != 0;
    d->nslot = d->npos + d->nkwonly + d->varargs;
    names = PyObject_GetAttrString(code, "co_varnames");
    d->param = names != NULL ? PyTuple_GetSlice(names, 0, d->npos + d->nkwonly) : NULL;
    d->name = PyObject_GetAttrString(d->function, "__qualname__");
    Py_DECREF(code);
    Py_XDECREF(names);
    if (!PyErr_Occurred() && d->nslot > 255)
        PyErr_SetString(PyExc_TypeError, "functions of more than 255 parameters are not supported");
    return PyErr_Occurred() ? -1 : read_defaults(d);
}

static void enlist(Dispatcher *d)
{
    d->next = d->state->dispatchers;
    if (d->next != NULL)
        d->next->prev = d;
    d->state->dispatchers = d;
}

static void unlist(Dispatcher *d)
{
    if (d->prev != NULL)
        d->prev->next = d->next;
    else
        d->state->dispatchers = d->next;
    if (d->next != NULL)
        d->next->prev = d->prev;
    d->state->calls_before += (int64_t)d->calls;
}

int64_t dispatcher_calls(const State *s)
{
    int64_t n = s->calls_before;
    for (const Dispatcher *d = s->dispatchers; d != NULL; d = d->next)
        n += (int64_t)d->calls;
    return n;
}

/* The function as the compiler sees it, into d->func. */
static bool make_func(Dispatcher *d)
{
    FnOptions opt = { 0 };
    if (options_read(d, d->options, &opt) < 0 || (d->func = driver_func(d->state->driver, d->function, d, &opt)) == NULL)
        return false;
    d->func->exact = d->exact;
    return signature_locals(d, PyDict_GetItemString(d->options, "locals")) >= 0;
}

/* The code that calls run becomes what f holds, and f holds what it was. */
static void exchange(Dispatcher *d, Former *f)
{
    Former was = *f;
    *f = (Former){ d->func, d->spec, d->nspec, was.next };
    d->func = was.func;
    d->spec = was.spec;
    d->nspec = was.nspec;
    d->last = 0;
}

/* A function's code may be replaced: has it still the parameters that calls are matched with? 0, or -1 with an exception */
static int check_parameters(const Dispatcher *d)
{
    PyObject *code = PyObject_GetAttrString(d->function, "__code__"), *names = NULL, *param = NULL;
    if (code == NULL)
        return -1;
    uint32_t flags = int_attr(code, "co_flags");
    int same = int_attr(code, "co_argcount") == d->npos && int_attr(code, "co_kwonlyargcount") == d->nkwonly
               && ((flags & 4) != 0) == d->varargs && ((flags & 8) != 0) == d->varkw;
    if (same && (names = PyObject_GetAttrString(code, "co_varnames")) != NULL && (param = PyTuple_GetSlice(names, 0, d->npos + d->nkwonly)) != NULL)
        same = PyObject_RichCompareBool(param, d->param, Py_EQ);
    Py_DECREF(code);
    Py_XDECREF(names);
    Py_XDECREF(param);
    if (same == 0)
        PyErr_Format(PyExc_TypeError, "%U has other parameters than when it was decorated: decorate it again", d->name);
    return PyErr_Occurred() ? -1 : 0;
}

/* All that was declared and compiled, with the function as it is now. */
static bool compile_again(Dispatcher *d, const Former *f)
{
    if (check_parameters(d) < 0 || !make_func(d))
        return false;
    for (uint32_t k = 0; k < f->func->declared.n; k++)
        if (!driver_declare(d->func, f->func->declared.at[k].arg, d->nslot, f->func->declared.at[k].ret))
            return false;
    for (uint32_t k = 0; k < f->nspec; k++)
        if (specialize_compile(d, f->spec[k].arg, f->spec[k].entry->instance->want) == NULL)
            return false;
    return true;
}

int dispatcher_recompile(Dispatcher *d)
{
    Former *f = d->func != NULL ? calloc(1, sizeof *f) : NULL;
    if (f == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    f->next = d->former;
    d->former = f;
    exchange(d, f);
    if (compile_again(d, f))
        return 0;
    exchange(d, f);
    return -1;
}

static PyObject *dispatcher_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
    State *s = PyType_GetModuleState(type);
    PyObject *function;
    if (s == NULL || !PyArg_ParseTuple(args, "O:Dispatcher", &function))
        return NULL;
    if (!PyObject_HasAttrString(function, "__code__") || !PyCallable_Check(function) || is_dispatcher(function)
        || PyObject_HasAttrString(function, "__self__"))        /* a bound method would lose its object */
        return PyErr_Format(PyExc_TypeError, "numjit compiles Python functions, not %R", function);
    allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Dispatcher *d = (Dispatcher *)alloc(type, 0);
    if (d == NULL)
        return NULL;
    d->vectorcall = dispatcher_vectorcall;
    d->state = s;
    enlist(d);
    d->function = Py_NewRef(function);
    d->module = Py_XNewRef(PyType_GetModule(type));         /* the state must outlive us */
    d->options = kw != NULL ? PyDict_Copy(kw) : PyDict_New();
    if (d->options == NULL || read_function(d) < 0 || (d->dict = PyDict_New()) == NULL || !make_func(d)) {
        Py_DECREF((PyObject *)d);
        return NULL;
    }
    PyObject *own = PyObject_GetAttrString(function, "__dict__");
    if (own == NULL || PyDict_Update(d->dict, own) < 0)
        PyErr_Clear();
    Py_XDECREF(own);
    if (PyDict_DelItemString(d->dict, "__wrapped__") < 0)   /* what the function wraps; we wrap the function */
        PyErr_Clear();
    PyObject *where = PyObject_GetAttrString(function, "__module__");   /* the type's own would hide a getter */
    if (where == NULL || PyDict_SetItemString(d->dict, "__module__", where) < 0)
        PyErr_Clear();
    Py_XDECREF(where);
    return (PyObject *)d;
}

static int dispatcher_traverse(PyObject *self, visitproc visit, void *arg)
{
    Dispatcher *d = (Dispatcher *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(d->function);
    Py_VISIT(d->dict);
    Py_VISIT(d->others);
    for (uint32_t k = 0; d->dflt != NULL && k < d->npos + d->nkwonly; k++)
        Py_VISIT(d->dflt[k]);
    for (const Former *f = d->former; f != NULL; f = f->next) {
        int rc = f->func != NULL ? func_visit(f->func, visit, arg) : 0;
        if (rc != 0)
            return rc;
    }
    return d->func != NULL ? func_visit(d->func, visit, arg) : 0;
}

/* The native code, then what it was made of. */
static void free_code(Dispatcher *d, Func *f, Spec *spec, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++) {
        entry_free(d->state->driver, spec[k].entry);
        free(spec[k].arg);
        free(spec[k].take);
    }
    free(spec);
    if (f != NULL)
        func_free(d->state->driver, f);
}

static void free_all_code(Dispatcher *d)
{
    Former all = { d->func, d->spec, d->nspec, d->former };
    d->func = NULL;
    d->spec = NULL;
    d->nspec = 0;
    d->former = NULL;
    free_code(d, all.func, all.spec, all.nspec);
    for (Former *f = all.next, *next; f != NULL; f = next) {
        next = f->next;
        free_code(d, f->func, f->spec, f->nspec);
        free(f);
    }
}

static int dispatcher_clear(PyObject *self)
{
    Dispatcher *d = (Dispatcher *)self;
    free_all_code(d);
    Py_CLEAR(d->function);
    Py_CLEAR(d->dict);
    Py_CLEAR(d->others);
    for (uint32_t k = 0; d->dflt != NULL && k < d->npos + d->nkwonly; k++)
        Py_CLEAR(d->dflt[k]);
    return 0;
}

static void dispatcher_dealloc(PyObject *self)
{
    Dispatcher *d = (Dispatcher *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (d->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    dispatcher_clear(self);
    free(d->dflt);
    unlist(d);
    Py_XDECREF(d->name);
    Py_XDECREF(d->options);
    Py_XDECREF(d->param);
    Py_XDECREF(d->module);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyObject *dispatcher_get(PyObject *self, PyObject *object, PyObject *type)
{
    if (object == NULL || object == Py_None)
        return Py_NewRef(self);
    PyObject *m = PyImport_ImportModule("types");
    PyObject *bound = m != NULL ? PyObject_CallMethod(m, "MethodType", "OO", self, object) : NULL;
    Py_XDECREF(m);
    return bound;
}

static PyObject *dispatcher_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<numjit function %U>", ((Dispatcher *)self)->name);
}

static PyMemberDef members[] = {
    { "__vectorcalloffset__", T_PYSSIZET, offsetof(Dispatcher, vectorcall), READONLY, NULL },
    { "__dictoffset__", T_PYSSIZET, offsetof(Dispatcher, dict), READONLY, NULL },
    { "__weaklistoffset__", T_PYSSIZET, offsetof(Dispatcher, weakrefs), READONLY, NULL },
    { NULL }
};

static PyType_Slot slots[] = {
    { Py_tp_new, dispatcher_new },
    { Py_tp_dealloc, dispatcher_dealloc },
    { Py_tp_traverse, dispatcher_traverse },
    { Py_tp_clear, dispatcher_clear },
    { Py_tp_call, dispatcher_call },
    { Py_tp_descr_get, dispatcher_get },
    { Py_tp_repr, dispatcher_repr },
    { Py_tp_methods, inspect_methods },
    { Py_tp_getset, inspect_getset },
    { Py_tp_members, members },
    { 0, NULL }
};

static PyType_Spec spec = {
    .name = "numjit._core.Dispatcher",
    .basicsize = sizeof(Dispatcher),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | FLAG_VECTORCALL,
    .slots = slots,
};

PyObject *dispatcher_type_new(PyObject *module) { return PyType_FromModuleAndSpec(module, &spec, NULL); }
