/* dispatcher.c: Dispatcher, what @njit makes of a function: binds arguments, finds or compiles the specialization,
 * calls it. A vectorcall type from a spec; the limited API of 3.11 has no names for that, so we give the flag. */
#include "python/python.h"
#include <stdlib.h>

typedef PyObject *(*VectorCall)(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames);

typedef struct Spec { Ty *arg; Entry *entry; } Spec;

typedef struct Dispatcher {
    PyObject_HEAD
    VectorCall vectorcall;
    PyObject *function, *name, *dict, *weakrefs, *module;
    PyObject *param;            /* names of the parameters: tuple */
    PyObject *defaults, *kwdefaults;    /* of the function, or NULL */
    State *state;
    Func *func;
    uint32_t npos, nkwonly;     /* named parameters: positional ones come first */
    uint32_t nslot;             /* arguments of the compiled function: all parameters, *args as one */
    bool varargs, varkw, nogil;
    bool closed;                /* signatures were given: no others are compiled */
    Target target;
    uint32_t flags;
    uint32_t nspec;
    Spec *spec;
} Dispatcher;

enum { FLAG_VECTORCALL = 1UL << 11 };

static void dispatcher_dealloc(PyObject *self);

/* Our type has no address of its own in a module with state: we know it by its slot. */
bool is_dispatcher(PyObject *o)
{
    PyTypeObject *t = Py_TYPE(o);
    return (PyType_GetFlags(t) & Py_TPFLAGS_HEAPTYPE) != 0
        && PyType_GetSlot(t, Py_tp_dealloc) == (void *)dispatcher_dealloc;
}

Func *dispatcher_func(void *object) { return is_dispatcher(object) ? ((Dispatcher *)object)->func : NULL; }

/* Binding --------------------------------------------------------------------------------------------------- */

static const char *name_of(Dispatcher *d)
{
    const char *s = PyUnicode_AsUTF8AndSize(d->name, NULL);
    return s != NULL ? s : "?";
}

/* 'a', 'b', and 'c' as CPython lists missing ones. */
static PyObject *raise_missing(Dispatcher *d, PyObject *const *bound, uint32_t from, uint32_t to, const char *kind)
{
    char text[800];
    size_t at = 0;
    uint32_t n = 0, seen = 0;
    text[0] = 0;
    for (uint32_t k = from; k < to; k++)
        n += bound[k] == NULL;
    for (uint32_t k = from; k < to; k++) {
        if (bound[k] != NULL || at > sizeof text - 200)
            continue;
        const char *s = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(d->param, k), NULL);
        const char *sep = seen == 0 ? "" : n == 2 ? " and " : seen == n - 1 ? ", and " : ", ";
        at += (size_t)snprintf(text + at, 150, "%s'%s'", sep, s);
        seen++;
    }
    return PyErr_Format(PyExc_TypeError, "%s() missing %d required %s argument%s: %s", name_of(d), (int)n, kind,
        n == 1 ? "" : "s", text);
}

static PyObject *raise_too_many(Dispatcher *d, Py_ssize_t given)
{
    Py_ssize_t ndefault = d->defaults != NULL ? PyTuple_Size(d->defaults) : 0;
    if (ndefault > 0)
        return PyErr_Format(PyExc_TypeError, "%s() takes from %d to %d positional arguments but %zd were given",
            name_of(d), (int)(d->npos - ndefault), (int)d->npos, given);
    return PyErr_Format(PyExc_TypeError, "%s() takes %d positional argument%s but %zd %s given", name_of(d),
        (int)d->npos, d->npos == 1 ? "" : "s", given, given == 1 ? "was" : "were");
}

static int bind_keyword(Dispatcher *d, PyObject **bound, PyObject *name, PyObject *value)
{
    for (uint32_t k = 0; k < d->npos + d->nkwonly; k++) {
        PyObject *p = PyTuple_GetItem(d->param, k);
        if (p != name && PyUnicode_Compare(p, name) != 0)
            continue;
        if (bound[k] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'", name_of(d), name);
            return -1;
        }
        bound[k] = value;
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", name_of(d), name);
    return -1;
}

static PyObject *call_bound(Dispatcher *d, PyObject *const *arg);

/* The long way: keywords, defaults, *args. bound holds borrowed references. */
static PyObject *bind_and_call(Dispatcher *d, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    PyObject *bound[256] = { NULL }, *rest = NULL, *result = NULL;
    uint32_t named = d->npos + d->nkwonly;
    Py_ssize_t npos = n < d->npos ? n : d->npos;
    if (d->varkw)
        return PyErr_Format(PyExc_TypeError, "%s(): **kwargs are not supported", name_of(d));
    if (n > d->npos && !d->varargs)
        return raise_too_many(d, n);
    for (Py_ssize_t k = 0; k < npos; k++)
        bound[k] = args[k];
    for (Py_ssize_t k = 0; kwnames != NULL && k < PyTuple_Size(kwnames); k++)
        if (bind_keyword(d, bound, PyTuple_GetItem(kwnames, k), args[n + k]) < 0)
            return NULL;
    Py_ssize_t ndefault = d->defaults != NULL ? PyTuple_Size(d->defaults) : 0;
    bool missing = false, missing_kw = false;
    for (uint32_t k = 0; k < named; k++) {
        if (bound[k] != NULL)
            continue;
        if (k < d->npos && k >= d->npos - ndefault)
            bound[k] = PyTuple_GetItem(d->defaults, k - (d->npos - ndefault));
        else if (k >= d->npos && d->kwdefaults != NULL)
            bound[k] = PyDict_GetItemWithError(d->kwdefaults, PyTuple_GetItem(d->param, k));
        if (bound[k] == NULL)
            *(k < d->npos ? &missing : &missing_kw) = true;
    }
    if (missing)
        return raise_missing(d, bound, 0, d->npos, "positional");
    if (missing_kw)
        return raise_missing(d, bound, d->npos, named, "keyword-only");
    if (d->varargs) {
        rest = PyTuple_New(n - npos);
        if (rest == NULL)
            return NULL;
        for (Py_ssize_t k = npos; k < n; k++)
            PyTuple_SetItem(rest, k - npos, Py_NewRef(args[k]));
        bound[named] = rest;
    }
    result = call_bound(d, bound);
    Py_XDECREF(rest);
    return result;
}

/* Specializations ------------------------------------------------------------------------------------------- */

static Entry *find(Dispatcher *d, const Ty *key)
{
    for (uint32_t s = 0; s < d->nspec; s++) {
        const Ty *arg = d->spec[s].arg;
        uint32_t k = 0;
        while (k < d->nslot && arg[k] == key[k])
            k++;
        if (k == d->nslot)
            return d->spec[s].entry;
    }
    return NULL;
}

/* Can an argument of type from be unboxed as to? */
static bool can_take(Ty from, Ty to)
{
    if (from == to)
        return true;
    if (to->kind == TY_OPTIONAL)
        return from->kind == TY_NONE || can_take(from, to->elem);
    if (ty_is_array(from) && ty_is_array(to))
        return from->elem == to->elem && from->ndim == to->ndim && (to->order == ORDER_A || to->order == from->order)
            && (to->readonly || !from->readonly);
    if (from->kind == TY_TUPLE && to->kind == TY_TUPLE && from->nitem == to->nitem && from->object == to->object) {
        for (uint32_t k = 0; k < from->nitem; k++)
            if (!can_take(from->item[k], to->item[k]))
                return false;
        return true;
    }
    if (!ty_is_scalar(from) || !ty_is_scalar(to))
        return false;
    if (ty_is_float(from) && (ty_is_int(to) || ty_is_bool(to)))
        return false;
    if (ty_is_complex(from) && !ty_is_complex(to))
        return false;
    return true;
}

/* Of the signatures the user gave, the first that takes the arguments; ones without a change of kind first. */
static Entry *find_declared(Dispatcher *d, const Ty *key)
{
    for (int strict = 1; strict >= 0; strict--)
        for (uint32_t s = 0; s < d->nspec; s++) {
            const Ty *arg = d->spec[s].arg;
            uint32_t k = 0;
            while (k < d->nslot && can_take(key[k], arg[k])
                   && (!strict || !ty_is_scalar(key[k]) || ty_strong(key[k]) == arg[k]))
                k++;
            if (k == d->nslot)
                return d->spec[s].entry;
        }
    return NULL;
}

static Entry *compile_key(Dispatcher *d, const Ty *key, Ty ret)
{
    Entry *e = driver_compile(d->state->driver, d->func, key, d->nslot, ret, d->target, d->flags);
    if (e == NULL)
        return NULL;
    Entry *other = find(d, key);        /* another thread may have been faster */
    if (other != NULL && ret == NULL) {
        entry_free(d->state->driver, e);
        return other;
    }
    Spec *more = realloc(d->spec, (d->nspec + 1) * sizeof *more);
    if (more != NULL)
        d->spec = more;
    Ty *arg = malloc((d->nslot + 1) * sizeof *arg);
    if (more == NULL || arg == NULL) {
        free(arg);
        entry_free(d->state->driver, e);
        PyErr_NoMemory();
        return NULL;
    }
    memcpy(arg, key, d->nslot * sizeof *arg);
    d->spec[d->nspec++] = (Spec){ arg, e };
    return e;
}

static Entry *miss(Dispatcher *d, const Ty *key)
{
    if (!d->closed)
        return compile_key(d, key, NULL);
    Entry *e = find_declared(d, key);
    if (e == NULL) {
        char text[700];
        int at = 0;
        text[0] = 0;
        for (uint32_t k = 0; k < d->nslot && at < 500; k++)
            at += snprintf(text + at, 150, "%s%s", k > 0 ? ", " : "", ty_name(key[k]));
        raise_typing("%s(): no signature given to the decorator takes (%s)", name_of(d), text);
    }
    return e;
}

/* Calling --------------------------------------------------------------------------------------------------- */

static PyObject *run(Dispatcher *d, const Entry *e, PyObject *const *arg, const Ty *type)
{
    uint64_t slot[e->nslot + 1], *at = slot;
    Call c;
    for (uint32_t k = 0; k < d->nslot; k++) {
        if (unbox(arg[k], type[k], at) < 0)
            return NULL;
        at += type[k]->nparts;
    }
    rt_call_begin(&c);
    if (d->nogil)
        rt_gil_release(&c);
    if (likely(e->call(&c, slot) == STATUS_OK)) {
        rt_call_end(&c);
        return box(e->instance->ret, slot, true);
    }
    rt_gil_take(&c);
    raise_call(&c);
    rt_call_end(&c);
    return NULL;
}

static PyObject *call_bound(Dispatcher *d, PyObject *const *arg)
{
    Ty key[d->nslot + 1];
    for (uint32_t k = 0; k < d->nslot; k++)
        if ((key[k] = key_of(d->state, arg[k])) == NULL)
            return NULL;
    Entry *e = find(d, key);
    if (unlikely(e == NULL)) {
        e = miss(d, key);
        if (e == NULL)
            return NULL;
        for (uint32_t s = 0; s < d->nspec; s++)     /* the types that the entry takes */
            if (d->spec[s].entry == e)
                memcpy(key, d->spec[s].arg, d->nslot * sizeof *key);
    }
    return run(d, e, arg, key);
}

static PyObject *dispatcher_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Dispatcher *d = (Dispatcher *)self;
    Py_ssize_t n = (Py_ssize_t)(nargsf & ~((size_t)1 << (8 * sizeof(size_t) - 1)));
    if (likely((size_t)n == d->nslot && kwnames == NULL && d->nslot == d->npos && !d->varkw))
        return call_bound(d, args);
    return bind_and_call(d, args, n, kwnames);
}

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
    PyObject *r = dispatcher_vectorcall(self, stack, (size_t)n, names);
    Py_XDECREF(names);
    return r;
}

/* Types as users write them ---------------------------------------------------------------------------------- */

/* Calls numjit.types.<name>(x). */
static PyObject *types_py(const char *name, PyObject *x)
{
    PyObject *m = PyImport_ImportModule("numjit.types");
    PyObject *r = m != NULL ? PyObject_CallMethod(m, name, "O", x) : NULL;
    Py_XDECREF(m);
    return r;
}

/* One type: a spelling, an object of numjit.types, a dtype, a class. */
static Ty type_of_object(State *s, PyObject *o)
{
    const char *why = "not a type";
    PyObject *spelling = types_py("spelling", o);
    const char *text = spelling != NULL ? PyUnicode_AsUTF8AndSize(spelling, NULL) : NULL;
    Ty x = text != NULL ? ty_parse(s->types, text, &why) : NULL;
    if (x == NULL && text != NULL)
        raise_typing("bad signature: '%s': %s", text, why);
    Py_XDECREF(spelling);
    return x;
}

int types_of_sequence(State *s, PyObject *sequence, Ty *out, uint32_t n)
{
    if (PySequence_Size(sequence) != (Py_ssize_t)n) {
        if (!PyErr_Occurred())
            raise_typing("bad signature: %d types for a function of %u parameters", (int)PySequence_Size(sequence), n);
        return -1;
    }
    for (uint32_t k = 0; k < n; k++) {
        PyObject *o = PySequence_GetItem(sequence, k);
        out[k] = o != NULL ? type_of_object(s, o) : NULL;
        Py_XDECREF(o);
        if (out[k] == NULL)
            return -1;
    }
    return 0;
}

static int compile_signature(Dispatcher *d, PyObject *signature)
{
    PyObject *pair = types_py("parse_signature", signature), *ret, *args;   /* (type or None, tuple of types) */
    Ty key[256], result = NULL;
    int rc = -1;
    if (pair == NULL)
        return -1;
    if (!PyTuple_Check(pair) || PyTuple_Size(pair) != 2) {
        PyErr_SetString(PyExc_TypeError, "bad signature");
        goto out;
    }
    ret = PyTuple_GetItem(pair, 0);
    args = PyTuple_GetItem(pair, 1);
    if (types_of_sequence(d->state, args, key, d->nslot) < 0)
        goto out;
    if (ret != Py_None && (result = type_of_object(d->state, ret)) == NULL)
        goto out;
    rc = find(d, key) != NULL || compile_key(d, key, result) != NULL ? 0 : -1;
out:
    Py_DECREF(pair);
    return rc;
}

/* Options ---------------------------------------------------------------------------------------------------- */

static bool option_true(PyObject *kw, const char *name, bool otherwise)
{
    PyObject *x = kw != NULL ? PyDict_GetItemString(kw, name) : NULL;
    return x == NULL || x == Py_None ? otherwise : PyObject_IsTrue(x) > 0;
}

static uint8_t option_fastmath(PyObject *kw)
{
    static const struct { const char *name; uint8_t bit; } row[] = {
        { "nnan", FAST_NNAN }, { "ninf", FAST_NINF }, { "nsz", FAST_NSZ }, { "arcp", FAST_ARCP },
        { "contract", FAST_CONTRACT }, { "afn", FAST_AFN }, { "reassoc", FAST_REASSOC }, { "fast", FAST_ALL } };
    PyObject *x = kw != NULL ? PyDict_GetItemString(kw, "fastmath") : NULL;
    uint8_t bits = 0;
    if (x == NULL || x == Py_None)
        return 0;
    if (PyBool_Check(x) || PyLong_Check(x))
        return PyObject_IsTrue(x) > 0 ? FAST_ALL : 0;
    for (size_t k = 0; k < countof(row); k++) {
        PyObject *name = PyUnicode_FromString(row[k].name);
        bool same = PyUnicode_Check(x) ? PyUnicode_Compare(x, name) == 0 : PySequence_Contains(x, name) > 0;
        Py_DECREF(name);
        if (same)
            bits |= row[k].bit;
    }
    PyErr_Clear();
    return bits;
}

static bool option_is(PyObject *kw, const char *name, const char *value)
{
    PyObject *x = kw != NULL ? PyDict_GetItemString(kw, name) : NULL;
    return x != NULL && PyUnicode_Check(x) && PyUnicode_CompareWithASCIIString(x, value) == 0;
}

/* The object's life ------------------------------------------------------------------------------------------ */

static uint32_t int_attr(PyObject *o, const char *name)
{
    PyObject *x = PyObject_GetAttrString(o, name);
    long v = x != NULL ? PyLong_AsLong(x) : 0;
    Py_XDECREF(x);
    return (uint32_t)v;
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
    d->defaults = PyObject_GetAttrString(d->function, "__defaults__");
    d->kwdefaults = PyObject_GetAttrString(d->function, "__kwdefaults__");
    if (d->defaults == Py_None)
        Py_CLEAR(d->defaults);
    if (d->kwdefaults == Py_None)
        Py_CLEAR(d->kwdefaults);
    Py_DECREF(code);
    Py_XDECREF(names);
    if (!PyErr_Occurred() && d->nslot > 255)
        PyErr_SetString(PyExc_TypeError, "functions of more than 255 parameters are not supported");
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *dispatcher_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
    State *s = PyType_GetModuleState(type);
    PyObject *function;
    if (s == NULL || !PyArg_ParseTuple(args, "O:Dispatcher", &function))
        return NULL;
    if (!PyObject_HasAttrString(function, "__code__") || !PyCallable_Check(function) || is_dispatcher(function))
        return PyErr_Format(PyExc_TypeError, "numjit compiles Python functions, not %R", function);
    allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Dispatcher *d = (Dispatcher *)alloc(type, 0);
    if (d == NULL)
        return NULL;
    FnOptions opt = {
        .boundscheck = option_true(kw, "boundscheck", true),
        .numpy_division = option_is(kw, "error_model", "numpy"),
        .debug = option_true(kw, "debug", false),
        .parallel = option_true(kw, "parallel", false),
        .fastmath = option_fastmath(kw),
    };
    d->vectorcall = dispatcher_vectorcall;
    d->state = s;
    d->function = Py_NewRef(function);
    d->module = Py_XNewRef(PyType_GetModule(type));         /* the state must outlive us */
    d->nogil = option_true(kw, "nogil", false);
    d->target = opt.parallel ? TARGET_PARALLEL : TARGET_CPU;
    d->flags = opt.debug ? CODEGEN_DEBUG : 0;
    if (read_function(d) < 0 || (d->dict = PyDict_New()) == NULL
        || (d->func = driver_func(s->driver, function, &opt, option_true(kw, "prelude", false))) == NULL) {
        Py_DECREF((PyObject *)d);
        return NULL;
    }
    PyObject *own = PyObject_GetAttrString(function, "__dict__");
    if (own == NULL || PyDict_Update(d->dict, own) < 0)
        PyErr_Clear();
    Py_XDECREF(own);
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
    Py_VISIT(d->defaults);
    Py_VISIT(d->kwdefaults);
    return 0;
}

static int dispatcher_clear(PyObject *self)
{
    Dispatcher *d = (Dispatcher *)self;
    Py_CLEAR(d->function);
    Py_CLEAR(d->dict);
    Py_CLEAR(d->defaults);
    Py_CLEAR(d->kwdefaults);
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
    for (uint32_t k = 0; k < d->nspec; k++) {
        entry_free(d->state->driver, d->spec[k].entry);
        free(d->spec[k].arg);
    }
    free(d->spec);
    Py_XDECREF(d->name);
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

/* Attributes and methods --------------------------------------------------------------------------------------- */

static PyObject *get_function(PyObject *self, void *unused) { return Py_NewRef(((Dispatcher *)self)->function); }

static PyObject *get_of_function(PyObject *self, void *name)
{
    return PyObject_GetAttrString(((Dispatcher *)self)->function, name);
}

static PyObject *get_dict(PyObject *self, void *unused) { return Py_NewRef(((Dispatcher *)self)->dict); }

static PyObject *arg_names(Dispatcher *d, const Spec *s)
{
    PyObject *t = PyTuple_New(d->nslot);
    for (uint32_t k = 0; t != NULL && k < d->nslot; k++)
        PyTuple_SetItem(t, k, PyUnicode_FromString(ty_name(s->arg[k])));
    return t;
}

static PyObject *get_signatures(PyObject *self, void *unused)
{
    Dispatcher *d = (Dispatcher *)self;
    PyObject *list = PyList_New(0);
    for (uint32_t k = 0; list != NULL && k < d->nspec; k++) {
        PyObject *t = arg_names(d, &d->spec[k]);
        if (t == NULL || PyList_Append(list, t) < 0)
            Py_CLEAR(list);
        Py_XDECREF(t);
    }
    return list;
}

static PyObject *get_overloads(PyObject *self, void *unused)
{
    Dispatcher *d = (Dispatcher *)self;
    PyObject *dict = PyDict_New();
    for (uint32_t k = 0; dict != NULL && k < d->nspec; k++) {
        PyObject *t = arg_names(d, &d->spec[k]);
        PyObject *ret = PyUnicode_FromString(ty_name(d->spec[k].entry->instance->ret));
        if (t == NULL || ret == NULL || PyDict_SetItem(dict, t, ret) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(t);
        Py_XDECREF(ret);
    }
    return dict;
}

static PyObject *get_stats(PyObject *self, void *unused)
{
    static const char *const stage[] = { "front_end", "opt", "lower", "passes", "emit", "link" };
    Dispatcher *d = (Dispatcher *)self;
    PyObject *dict = PyDict_New(), *x;
    double sum[6] = { 0 };
    for (uint32_t k = 0; k < d->nspec; k++)
        for (size_t i = 0; i < countof(sum); i++)
            sum[i] += d->spec[k].entry->seconds[i];
    for (size_t i = 0; dict != NULL && i < countof(sum); i++) {
        x = PyFloat_FromDouble(sum[i]);
        if (x == NULL || PyDict_SetItemString(dict, stage[i], x) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(x);
    }
    x = PyLong_FromLong((long)d->nspec);
    if (dict != NULL && x != NULL)
        PyDict_SetItemString(dict, "specializations", x);
    Py_XDECREF(x);
    return dict;
}

static PyObject *method_compile(PyObject *self, PyObject *signature)
{
    return compile_signature((Dispatcher *)self, signature) < 0 ? NULL : Py_NewRef(Py_None);
}

/* compile these signatures and no others */
static PyObject *method_declare(PyObject *self, PyObject *signatures)
{
    Dispatcher *d = (Dispatcher *)self;
    Py_ssize_t n = PySequence_Size(signatures);
    for (Py_ssize_t k = 0; k < n; k++) {
        PyObject *s = PySequence_GetItem(signatures, k);
        int rc = s != NULL ? compile_signature(d, s) : -1;
        Py_XDECREF(s);
        if (rc < 0)
            return NULL;
    }
    d->closed = n > 0;
    return n < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *inspect(PyObject *self, const char *stage)
{
    Dispatcher *d = (Dispatcher *)self;
    PyObject *dict = PyDict_New();
    for (uint32_t k = 0; dict != NULL && k < d->nspec; k++) {
        PyObject *t = arg_names(d, &d->spec[k]);
        PyObject *text = driver_dump(d->state->driver, d->func, d->spec[k].arg, d->nslot, stage);
        if (t == NULL || text == NULL || PyDict_SetItem(dict, t, text) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(t);
        Py_XDECREF(text);
    }
    return dict;
}

static PyObject *method_llvm(PyObject *self, PyObject *unused) { return inspect(self, "llvm"); }
static PyObject *method_asm(PyObject *self, PyObject *unused) { return inspect(self, "asm"); }
static PyObject *method_types(PyObject *self, PyObject *unused) { return inspect(self, "ir"); }

static PyObject *method_dump(PyObject *self, PyObject *args)
{
    Dispatcher *d = (Dispatcher *)self;
    const char *stage;
    PyObject *types = Py_None;
    Ty key[256];
    if (!PyArg_ParseTuple(args, "s|O", &stage, &types))
        return NULL;
    if (types != Py_None) {
        if (types_of_sequence(d->state, types, key, d->nslot) < 0)
            return NULL;
    } else if (d->nspec > 0)
        memcpy(key, d->spec[d->nspec - 1].arg, d->nslot * sizeof *key);
    else if (d->nslot > 0 && strcmp(stage, "bc") != 0 && strcmp(stage, "cfg") != 0 && strcmp(stage, "ssa") != 0)
        return PyErr_Format(PyExc_ValueError, "call the function first, or give the types of its arguments");
    return driver_dump(d->state->driver, d->func, key, d->nslot, stage);
}

/* By qualified name, as functions are pickled. */
static PyObject *method_reduce(PyObject *self, PyObject *unused)
{
    return PyObject_GetAttrString(((Dispatcher *)self)->function, "__qualname__");
}

static PyMethodDef methods[] = {
    { "compile", method_compile, METH_O, "compile(signature): compiles for these argument types." },
    { "_declare", method_declare, METH_O, "Compiles a sequence of signatures, and no others later." },
    { "_dump", method_dump, METH_VARARGS, "_dump(stage, types=None)" },
    { "inspect_llvm", method_llvm, METH_NOARGS, "LLVM IR of each specialization: a dict." },
    { "inspect_asm", method_asm, METH_NOARGS, "Assembly of each specialization: a dict." },
    { "inspect_types", method_types, METH_NOARGS, "Typed IR of each specialization: a dict." },
    { "__reduce__", method_reduce, METH_NOARGS, NULL },
    { NULL }
};

static PyGetSetDef getset[] = {
    { "py_func", get_function, NULL, "The function in Python.", NULL },
    { "__wrapped__", get_function, NULL, NULL, NULL },
    { "__name__", get_of_function, NULL, NULL, "__name__" },
    { "__qualname__", get_of_function, NULL, NULL, "__qualname__" },
    { "__doc__", get_of_function, NULL, NULL, "__doc__" },
    { "__defaults__", get_of_function, NULL, NULL, "__defaults__" },
    { "__kwdefaults__", get_of_function, NULL, NULL, "__kwdefaults__" },
    { "__annotations__", get_of_function, NULL, NULL, "__annotations__" },
    { "__code__", get_of_function, NULL, NULL, "__code__" },
    { "__globals__", get_of_function, NULL, NULL, "__globals__" },
    { "__dict__", get_dict, NULL, NULL, NULL },
    { "signatures", get_signatures, NULL, "Argument types of the specializations.", NULL },
    { "nopython_signatures", get_signatures, NULL, NULL, NULL },
    { "overloads", get_overloads, NULL, "Argument types → result type.", NULL },
    { "stats", get_stats, NULL, "Seconds spent compiling, by stage.", NULL },
    { NULL }
};

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
    { Py_tp_methods, methods },
    { Py_tp_getset, getset },
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
