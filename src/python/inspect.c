/* inspect.c: attributes and methods of a Dispatcher. */
#include "python/dispatcher.h"

static PyObject *get_function(PyObject *self, void *unused) { return Py_NewRef(((Dispatcher *)self)->function); }

static PyObject *get_of_function(PyObject *self, void *name)
{
    return PyObject_GetAttrString(((Dispatcher *)self)->function, name);
}

/* What was assigned (functools.update_wrapper does), or the function's. */
static PyObject *get_assigned(PyObject *self, void *name)
{
    PyObject *v = PyDict_GetItemString(((Dispatcher *)self)->dict, name);
    if (v != NULL)
        return Py_NewRef(v);
    return strcmp(name, "__wrapped__") ? get_of_function(self, name) : get_function(self, NULL);
}

static int assign(PyObject *self, PyObject *value, void *name)
{
    PyObject *dict = ((Dispatcher *)self)->dict;
    return value != NULL ? PyDict_SetItemString(dict, name, value) : PyDict_DelItemString(dict, name);
}

static PyObject *get_options(PyObject *self, void *unused) { return Py_NewRef(((Dispatcher *)self)->options); }
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

/* One as numjit.types spells it: a new reference. */
static PyObject *signature_object(Dispatcher *d, PyObject *types, const Spec *s)
{
    PyObject *names = arg_names(d, s), *args = names != NULL ? PyList_New(0) : NULL, *r = NULL;
    for (uint32_t k = 0; args != NULL && k < d->nslot; k++) {
        PyObject *t = PyObject_CallMethod(types, "Type", "O", PyTuple_GetItem(names, k));
        if (t == NULL || PyList_Append(args, t) < 0)
            Py_CLEAR(args);
        Py_XDECREF(t);
    }
    PyObject *ret = args != NULL ? PyObject_CallMethod(types, "Type", "s", ty_name(s->entry->instance->ret)) : NULL;
    if (ret != NULL)
        r = PyObject_CallMethod(types, "Signature", "OO", ret, args);
    Py_XDECREF(ret);
    Py_XDECREF(args);
    Py_XDECREF(names);
    return r;
}

static PyObject *get_nopython(PyObject *self, void *unused)
{
    Dispatcher *d = (Dispatcher *)self;
    PyObject *types = PyImport_ImportModule("numjit.types"), *list = types != NULL ? PyList_New(0) : NULL;
    for (uint32_t k = 0; list != NULL && k < d->nspec; k++) {
        PyObject *s = signature_object(d, types, &d->spec[k]);
        if (s == NULL || PyList_Append(list, s) < 0)
            Py_CLEAR(list);
        Py_XDECREF(s);
    }
    Py_XDECREF(types);
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
    x = PyLong_FromUnsignedLongLong(d->calls);
    if (dict != NULL && x != NULL)
        PyDict_SetItemString(dict, "calls", x);
    Py_XDECREF(x);
    x = PyLong_FromLong((long)d->nspec);
    if (dict != NULL && x != NULL)
        PyDict_SetItemString(dict, "specializations", x);
    Py_XDECREF(x);
    return dict;
}

static PyObject *method_compile(PyObject *self, PyObject *signature)
{
    return signature_compile((Dispatcher *)self, signature) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *method_recompile(PyObject *self, PyObject *unused)
{
    return dispatcher_recompile((Dispatcher *)self) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *method_disable(PyObject *self, PyObject *args, PyObject *kw)
{
    static char *names[] = { "val", NULL };
    int val = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "|p:disable_compile", names, &val))
        return NULL;
    ((Dispatcher *)self)->closed = val;
    return Py_NewRef(Py_None);
}

static PyObject *method_declare(PyObject *self, PyObject *signatures)
{
    return signature_declare((Dispatcher *)self, signatures) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *method_interpret(PyObject *self, PyObject *unused)
{
    dispatcher_interpret((Dispatcher *)self);
    return Py_NewRef(Py_None);
}

static PyObject *dump_of(Dispatcher *d, const Ty *key, const char *stage)
{
    return driver_dump(d->state->driver, d->func, key, d->nslot, stage);
}

static PyObject *dumps(Dispatcher *d, const char *stage)
{
    PyObject *dict = PyDict_New();
    for (uint32_t k = 0; dict != NULL && k < d->nspec; k++) {
        PyObject *t = arg_names(d, &d->spec[k]);
        PyObject *text = dump_of(d, d->spec[k].arg, stage);
        if (t == NULL || text == NULL || PyDict_SetItem(dict, t, text) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(t);
        Py_XDECREF(text);
    }
    return dict;
}

/* Of one signature a str, of all a dict. */
static PyObject *inspect(PyObject *self, PyObject *args, PyObject *kw, const char *stage)
{
    static char *names[] = { "signature", NULL };
    Dispatcher *d = (Dispatcher *)self;
    PyObject *signature = Py_None;
    Ty key[256], ret;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "|O", names, &signature))
        return NULL;
    if (signature == Py_None)
        return dumps(d, stage);
    return signature_parse(d, signature, key, &ret) < 0 ? NULL : dump_of(d, key, stage);
}

static PyObject *method_llvm(PyObject *self, PyObject *args, PyObject *kw) { return inspect(self, args, kw, "llvm"); }
static PyObject *method_asm(PyObject *self, PyObject *args, PyObject *kw) { return inspect(self, args, kw, "asm"); }

/* file: None is sys.stdout. Takes the text. */
static PyObject *print_text(PyObject *text, PyObject *file)
{
    PyObject *out = file != Py_None ? file : PySys_GetObject("stdout");
    bool ok = text != NULL && (out == NULL || out == Py_None || PyFile_WriteObject(text, out, Py_PRINT_RAW) >= 0);
    Py_XDECREF(text);
    return ok ? Py_NewRef(Py_None) : NULL;
}

/* Numba's: prints. pretty and style are about a page of HTML there, and say nothing here. */
static PyObject *method_types(PyObject *self, PyObject *args, PyObject *kw)
{
    static char *names[] = { "file", "signature", "pretty", "style", NULL };
    Dispatcher *d = (Dispatcher *)self;
    PyObject *file = Py_None, *signature = Py_None, *pretty, *style, *all = NULL;
    Ty key[256], ret;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "|OOOO:inspect_types", names, &file, &signature, &pretty, &style)
        || (signature != Py_None && signature_parse(d, signature, key, &ret) < 0))
        return NULL;
    if (signature != Py_None)
        return print_text(dump_of(d, key, "ir"), file);
    all = PyUnicode_FromString("");
    for (uint32_t k = 0; all != NULL && k < d->nspec; k++)
        PyUnicode_AppendAndDel(&all, dump_of(d, d->spec[k].arg, "ir"));
    return print_text(all, file);
}

static PyObject *method_dump(PyObject *self, PyObject *args)
{
    Dispatcher *d = (Dispatcher *)self;
    const char *stage;
    PyObject *types = Py_None;
    Ty key[256], ret;
    if (!PyArg_ParseTuple(args, "s|O", &stage, &types))
        return NULL;
    if (types != Py_None) {
        if (signature_parse(d, types, key, &ret) < 0)
            return NULL;
    } else if (d->nspec > 0)
        memcpy(key, d->spec[d->last].arg, d->nslot * sizeof *key);
    else if (d->nslot > 0 && strcmp(stage, "bc") != 0 && strcmp(stage, "cfg") != 0 && strcmp(stage, "ssa") != 0)
        return PyErr_Format(PyExc_ValueError, "call the function first, or give the types of its arguments");
    return driver_dump(d->state->driver, d->func, key, d->nslot, stage);
}

static PyObject *explain_one(Dispatcher *d, const Ty *key)
{
    return driver_explain(d->state->driver, d->func, key, d->nslot, d->target);
}

/* Of the types that were called with so far, one section after another. */
static PyObject *explain_all(Dispatcher *d)
{
    PyObject *all = PyUnicode_FromString("");
    if (d->nspec == 0 && d->nslot > 0)
        PyErr_Format(PyExc_ValueError, "call the function first, or give the types of its arguments");
    for (uint32_t k = 0; all != NULL && !PyErr_Occurred() && (k < d->nspec || (k == 0 && d->nslot == 0)); k++) {
        PyObject *text = explain_one(d, d->nspec > 0 ? d->spec[k].arg : NULL);
        PyUnicode_AppendAndDel(&all, text);
    }
    if (PyErr_Occurred())
        Py_CLEAR(all);
    return all;
}

static PyObject *method_explain(PyObject *self, PyObject *args, PyObject *kw)
{
    static char *names[] = { "signature", NULL };
    Dispatcher *d = (Dispatcher *)self;
    PyObject *signature = Py_None;
    Ty key[256], ret;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "|O:explain", names, &signature))
        return NULL;
    if (signature == Py_None)
        return explain_all(d);
    return signature_parse(d, signature, key, &ret) < 0 ? NULL : explain_one(d, key);
}

/* Numba's: prints. Its level says how much; here all is said. */
static PyObject *method_diagnostics(PyObject *self, PyObject *args, PyObject *kw)
{
    static char *names[] = { "signature", "level", NULL };
    Dispatcher *d = (Dispatcher *)self;
    PyObject *signature = Py_None;
    int level = 1;
    Ty key[256], ret;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "|Oi:parallel_diagnostics", names, &signature, &level)
        || (signature != Py_None && signature_parse(d, signature, key, &ret) < 0))
        return NULL;
    return print_text(signature == Py_None ? explain_all(d) : explain_one(d, key), Py_None);
}

/* PTX for a signature: (text, name of the result's type). */
static PyObject *method_ptx(PyObject *self, PyObject *args)
{
    Dispatcher *d = (Dispatcher *)self;
    PyObject *signature;
    int cc, device, lineinfo, debug, optimise;
    Ty key[256], ret, result;
    if (!PyArg_ParseTuple(args, "Oipppp", &signature, &cc, &device, &lineinfo, &debug, &optimise)
        || signature_parse(d, signature, key, &ret) < 0)
        return NULL;
    GpuJob gpu = { .cc = cc, .ftz = d->func->opt.fastmath == FAST_ALL, .lineinfo = lineinfo, .debug = debug, .optimise = optimise };
    PyObject *text = driver_ptx(d->state->driver, d->func, key, d->nslot, ret, device, gpu, &result);
    return text != NULL ? Py_BuildValue("Ns", text, ty_name(result)) : NULL;
}

/* What stands under the name of d's function, or NULL. */
static PyObject *found_by_name(Dispatcher *d, PyObject *qualname)
{
    PyObject *module = PyObject_GetAttrString(d->function, "__module__"), *found = NULL;
    const char *name = module != NULL && PyUnicode_Check(module) ? PyUnicode_AsUTF8AndSize(module, NULL) : NULL;
    PyObject *operator_ = name != NULL ? PyImport_ImportModule("operator") : NULL, *at = NULL, *get = NULL;
    if (operator_ != NULL && (at = PyImport_ImportModule(name)) != NULL
        && (get = PyObject_CallMethod(operator_, "attrgetter", "O", qualname)) != NULL)
        found = PyObject_CallFunctionObjArgs(get, at, NULL);
    Py_XDECREF(get);
    Py_XDECREF(at);
    Py_XDECREF(operator_);
    Py_XDECREF(module);
    PyErr_Clear();
    return found;
}

static const char *name_of_target(const Dispatcher *d) { return d->target == TARGET_PARALLEL ? "parallel" : "cpu"; }

/* Is d what on() gave of it? */
static bool is_other_of(PyObject *object, Dispatcher *d)
{
    PyObject *others = is_dispatcher(object) ? ((Dispatcher *)object)->others : NULL;
    return others != NULL && PyDict_GetItemString(others, name_of_target(d)) == (PyObject *)d;
}

/* By qualified name, as functions are pickled, or as what on() gave of the one there; where another object has that name, as its function and
 * options. */
static PyObject *method_reduce(PyObject *self, PyObject *unused)
{
    Dispatcher *d = (Dispatcher *)self;
    PyObject *qualname = PyObject_GetAttrString(d->function, "__qualname__"), *package = NULL, *make = NULL, *result = NULL;
    PyObject *found = qualname != NULL ? found_by_name(d, qualname) : NULL;
    if (found == self)
        result = Py_NewRef(qualname);
    else if (found != NULL && is_other_of(found, d) && (make = PyObject_GetAttrString(found, "on")) != NULL)
        result = Py_BuildValue("O(s)", make, name_of_target(d));
    else if (qualname != NULL && (package = PyImport_ImportModule("numjit")) != NULL
             && (make = PyObject_GetAttrString(package, "_again")) != NULL)
        result = Py_BuildValue("O(OO)", make, d->function, d->options);
    Py_XDECREF(make);
    Py_XDECREF(package);
    Py_XDECREF(found);
    Py_XDECREF(qualname);
    return result;
}

/* A copy is itself, as with functions. */
static PyObject *method_copy(PyObject *self, PyObject *unused) { return Py_NewRef(self); }

static PyObject *make_other(Dispatcher *d, PyObject *target, bool parallel)
{
    PyObject *options = PyDict_Copy(d->options), *other = NULL, *args = PyTuple_Pack(1, d->function);
    if (options != NULL && args != NULL && PyDict_SetItemString(options, "parallel", parallel ? Py_True : Py_False) == 0
        && PyDict_SetItemString(options, "target", target) == 0)
        other = PyObject_Call((PyObject *)Py_TYPE((PyObject *)d), args, options);
    if (other != NULL && dispatcher_interprets(d))
        dispatcher_interpret((Dispatcher *)other);
    if (other != NULL && PyDict_SetItem(d->others, target, other) < 0)
        Py_CLEAR(other);
    Py_XDECREF(options);
    Py_XDECREF(args);
    return other;
}

/* A function declared with signatures has its own compiled when they are first called for. */
static PyObject *method_on(PyObject *self, PyObject *target)
{
    Dispatcher *d = (Dispatcher *)self;
    bool parallel = PyUnicode_Check(target) && PyUnicode_CompareWithASCIIString(target, "parallel") == 0;
    if (!parallel && !(PyUnicode_Check(target) && PyUnicode_CompareWithASCIIString(target, "cpu") == 0))
        return PyErr_Format(PyExc_ValueError, "on(): the target is 'cpu' or 'parallel', not %R", target);
    if (parallel == (d->target == TARGET_PARALLEL))
        return Py_NewRef(self);
    if (d->others == NULL && (d->others = PyDict_New()) == NULL)
        return NULL;
    PyObject *other = PyDict_GetItemWithError(d->others, target);
    if (other != NULL || PyErr_Occurred())
        return Py_XNewRef(other);
    return make_other(d, target, parallel);
}

PyMethodDef inspect_methods[] = {
    { "on", method_on, METH_O, "on(target): this function for the target \"cpu\" or \"parallel\"; made once." },
    { "compile", method_compile, METH_O, "compile(signature): compiles for these argument types." },
    { "recompile", method_recompile, METH_NOARGS,
      "recompile(): compiles all specializations anew, with global variables as they are now. Compiled callers keep the old code." },
    { "disable_compile", (PyCFunction)(void *)method_disable, METH_VARARGS | METH_KEYWORDS,
      "disable_compile(val=True): calls with types that nothing compiled takes raise TypingError; False: they are compiled again." },
    { "_declare", method_declare, METH_O, "Compiles a sequence of signatures, and no others later." },
    { "_interpret", method_interpret, METH_NOARGS, "Calls run the function in Python from now on." },
    { "_dump", method_dump, METH_VARARGS, "_dump(stage, types=None)" },
    { "explain", (PyCFunction)(void *)method_explain, METH_VARARGS | METH_KEYWORDS,
      "explain(signature=None): what the compiler did, line by line: what was fused, vectorized, checked, allocated, run on threads, "
      "or why not. For one signature, or for those called so far. A str." },
    { "parallel_diagnostics", (PyCFunction)(void *)method_diagnostics, METH_VARARGS | METH_KEYWORDS,
      "parallel_diagnostics(signature=None, level=1): prints what explain() gives." },
    { "_ptx", method_ptx, METH_VARARGS, "_ptx(signature, cc, device, lineinfo, debug, optimise): PTX and the result's type." },
    { "inspect_llvm", (PyCFunction)(void *)method_llvm, METH_VARARGS | METH_KEYWORDS,
      "inspect_llvm(signature=None): LLVM IR of a specialization, a str, or of each, a dict by signature." },
    { "inspect_asm", (PyCFunction)(void *)method_asm, METH_VARARGS | METH_KEYWORDS,
      "inspect_asm(signature=None): assembly of a specialization, a str, or of each, a dict by signature." },
    { "inspect_types", (PyCFunction)(void *)method_types, METH_VARARGS | METH_KEYWORDS,
      "inspect_types(file=None, signature=None, pretty=False, style='default'): prints the typed IR of each specialization, or of "
      "one, to file or sys.stdout. pretty and style are accepted and change nothing." },
    { "__reduce__", method_reduce, METH_NOARGS, NULL },
    { "__copy__", method_copy, METH_NOARGS, NULL },
    { "__deepcopy__", method_copy, METH_O, NULL },
    { NULL }
};

PyGetSetDef inspect_getset[] = {
    { "py_func", get_function, NULL, "The function in Python.", NULL },
    { "__wrapped__", get_assigned, assign, NULL, "__wrapped__" },
    { "__name__", get_assigned, assign, NULL, "__name__" },
    { "__qualname__", get_assigned, assign, NULL, "__qualname__" },
    { "__doc__", get_assigned, assign, NULL, "__doc__" },
    { "__defaults__", get_of_function, NULL, NULL, "__defaults__" },
    { "__kwdefaults__", get_of_function, NULL, NULL, "__kwdefaults__" },
    { "__annotations__", get_assigned, assign, NULL, "__annotations__" },
    { "__code__", get_of_function, NULL, NULL, "__code__" },
    { "__globals__", get_of_function, NULL, NULL, "__globals__" },
    { "__dict__", get_dict, NULL, NULL, NULL },
    { "signatures", get_signatures, NULL, "Argument types of the specializations.", NULL },
    { "nopython_signatures", get_nopython, NULL, "The specializations as types.Signature: args and return_type.", NULL },
    { "overloads", get_overloads, NULL, "Argument types → result type.", NULL },
    { "targetoptions", get_options, NULL, "The options given to the decorator.", NULL },
    { "stats", get_stats, NULL, "Seconds spent compiling, by stage.", NULL },
    { NULL }
};
