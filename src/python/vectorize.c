/* vectorize.c: Ufunc, what @vectorize and @guvectorize make of a function: a NumPy ufunc (loops.c) and, where no signatures were
 * given, the compilation of a loop for operands of new dtypes before NumPy is called. */
#include "python/vectorize.h"
#include <numpy/ufuncobject.h>

enum { FLAG_VECTORCALL = 1UL << 11 };

static void ufunc_dealloc(PyObject *self);

static bool is_ufunc(PyObject *o)
{
    PyTypeObject *t = Py_TYPE(o);
    return (PyType_GetFlags(t) & Py_TPFLAGS_HEAPTYPE) != 0 && PyType_GetSlot(t, Py_tp_dealloc) == (void *)ufunc_dealloc;
}

void *vectorized_dispatcher(void *object) { return is_ufunc(object) ? ((Ufunc *)object)->dispatcher : NULL; }

/* Operands → a loop for them ----------------------------------------------------------------------------------------- */

/* The dtype of an operand; weak for Python's own numbers. NULL with an exception. */
static Ty dtype_of(PyObject *o)
{
    if (PyLong_CheckExact(o))
        return ty(TY_PYINT);
    if (PyFloat_CheckExact(o))
        return ty(TY_PYFLOAT);
    if (PyComplex_CheckExact(o))
        return ty(TY_PYCOMPLEX);
    PyObject *a = PyArray_Check(o) ? Py_NewRef(o) : PyArray_FromAny(o, NULL, 0, 0, 0, NULL);
    Ty x = a != NULL ? ty_of_npy(PyArray_TYPE((PyArrayObject *)a)) : NULL;
    if (a != NULL && x == NULL)
        raise_typing("operands of this dtype are not supported");
    Py_XDECREF(a);
    return x;
}

static bool has_loop(const Ufunc *u, const Ty *type, uint32_t n)
{
    for (uint32_t l = 0; l < loops_count(u); l++)
        if (!memcmp(loops_at(u, l)->type, type, n * sizeof *type))
            return true;
    return false;
}

/* The results that the function has for inputs of these dtypes; false with an exception. */
static bool result_types(Ufunc *u, Ty *type, uint32_t given)
{
    Dispatcher *d = (Dispatcher *)u->dispatcher;
    if (!u->v.general) {
        type[u->v.nin] = driver_returns(u->state->driver, d->func, type, u->v.nin);
        if (type[u->v.nin] == NULL)
            return false;
        if (type[u->v.nin]->kind == TY_NEVER)           /* it raises for every element: any number will do */
            type[u->v.nin] = ty(TY_F64);
        if (ty_is_scalar(type[u->v.nin])) {
            type[u->v.nin] = ty_strong(type[u->v.nin]);
            return true;
        }
        raise_typing("%s(): a function of vectorize returns one number, not %s", dispatcher_name(d), ty_name(type[u->v.nin]));
        return false;
    }
    Ty joint = type[0];
    for (uint32_t k = 1; k < given && joint != NULL; k++)
        joint = promote_array(joint, type[k]);
    for (uint32_t k = given; k < ufunc_noperand(u); k++)
        type[k] = joint != NULL ? joint : ty(TY_F64);
    return true;
}

/* Sees to it that there is a loop for inputs (and as many results as are given) of these dtypes. */
static int ensure(Ufunc *u, PyObject *const *arg, uint32_t n)
{
    Ty type[VECTORIZED_OPERANDS];
    for (uint32_t k = 0; k < n; k++)
        if ((type[k] = dtype_of(arg[k])) == NULL)
            return -1;
    promote_operands(type, n);
    if (has_loop(u, type, n))
        return 0;
    return result_types(u, type, n) ? loops_add(u, type, true) : -1;
}

static PyObject *ufunc_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Ufunc *u = (Ufunc *)self;
    Py_ssize_t n = (Py_ssize_t)(nargsf & ~((size_t)1 << (8 * sizeof(size_t) - 1)));
    bool all = u->v.general && n == (Py_ssize_t)ufunc_noperand(u);
    if (!u->frozen && n >= (Py_ssize_t)u->v.nin && ensure(u, args, all ? ufunc_noperand(u) : u->v.nin) < 0)
        return NULL;
    PyObject *f = Py_NewRef(u->ufunc);          /* another thread may add a loop */
    PyObject *r = ((VectorCall)((PyUFuncObject *)f)->vectorcall)(f, args, (size_t)n, kwnames);
    Py_DECREF(f);
    return r;
}

static PyObject *ufunc_call(PyObject *self, PyObject *args, PyObject *kw)
{
    Ufunc *u = (Ufunc *)self;
    PyObject *arg[VECTORIZED_OPERANDS];
    Py_ssize_t n = PyTuple_Size(args);
    bool all = u->v.general && n == (Py_ssize_t)ufunc_noperand(u);
    uint32_t want = all ? ufunc_noperand(u) : u->v.nin;
    for (uint32_t k = 0; k < want && k < (uint32_t)n; k++)
        arg[k] = PyTuple_GetItem(args, k);
    if (!u->frozen && n >= (Py_ssize_t)want && ensure(u, arg, want) < 0)
        return NULL;
    PyObject *f = Py_NewRef(u->ufunc);
    PyObject *r = PyObject_Call(f, args, kw);
    Py_DECREF(f);
    return r;
}

/* Methods: NumPy's, on the loop for these operands -------------------------------------------------------------------- */

/* first, second: which arguments are the operands of the function. */
static PyObject *method(PyObject *self, const char *name, PyObject *args, PyObject *kw, uint32_t first, uint32_t second)
{
    Ufunc *u = (Ufunc *)self;
    uint32_t n = (uint32_t)PyTuple_Size(args);
    bool known = n > first && (u->v.nin == 1 || (u->v.nin == 2 && n > second));     /* of more operands NumPy has none of these */
    if (!u->frozen && !u->v.general && known) {
        PyObject *arg[2] = { PyTuple_GetItem(args, first), u->v.nin > 1 ? PyTuple_GetItem(args, second) : NULL };
        if (ensure(u, arg, u->v.nin) < 0)
            return NULL;
    }
    PyObject *m = PyObject_GetAttrString(u->ufunc, name), *r = m != NULL ? PyObject_Call(m, args, kw) : NULL;
    Py_XDECREF(m);
    return r;
}

static PyObject *method_reduce(PyObject *s, PyObject *args, PyObject *kw) { return method(s, "reduce", args, kw, 0, 0); }
static PyObject *method_accumulate(PyObject *s, PyObject *args, PyObject *kw) { return method(s, "accumulate", args, kw, 0, 0); }
static PyObject *method_reduceat(PyObject *s, PyObject *args, PyObject *kw) { return method(s, "reduceat", args, kw, 0, 0); }
static PyObject *method_outer(PyObject *s, PyObject *args, PyObject *kw) { return method(s, "outer", args, kw, 0, 1); }
static PyObject *method_at(PyObject *s, PyObject *args, PyObject *kw) { return method(s, "at", args, kw, 0, 2); }

/* The dtypes of the operands in a signature; the result of a function of elements may be left out. */
static int signature_types(Ufunc *u, const Ty *key, Ty ret, Ty *type)
{
    for (uint32_t k = 0; k < ufunc_noperand(u); k++) {
        Ty x = k < u->v.nin || u->v.general ? key[k] : ret;
        if (x == NULL)
            return result_types(u, type, u->v.nin) ? 0 : -1;
        type[k] = ty_is_array(x) ? x->elem : ty_strong(x);
        uint32_t ndim = x->ndim, want = u->v.ncore[k] == 0 && ty_is_array(x) ? 1 : u->v.ncore[k];
        if (!ty_is_scalar(type[k]) || ndim != want || (u->v.general && k >= u->v.nin && !ty_is_array(x))) {
            raise_typing("bad signature: operand %u is %s%s%s", k, ty_name(x), u->v.general ? ", but the layout is " : "",
                u->v.general ? u->v.layout : "");
            return -1;
        }
    }
    return 0;
}

static int read_signature(Ufunc *u, PyObject *signature, Ty *type)
{
    Ty key[256], ret;
    Dispatcher *d = (Dispatcher *)u->dispatcher;
    if (signature_parse(d, signature, key, &ret) < 0)
        return -1;
    if (u->v.general)
        ret = NULL;
    else
        for (uint32_t k = 0; k < u->v.nin; k++)
            type[k] = ty_strong(key[k]);
    if (ret == ty(TY_NONE))
        ret = NULL;
    if (!u->v.general && ret == NULL)
        memcpy(type, key, u->v.nin * sizeof *key);
    if (signature_types(u, key, ret, type) < 0)
        return -1;
    return driver_declare(d->func, key, d->nslot, ret) ? 0 : -1;
}

static PyObject *method_declare(PyObject *self, PyObject *signatures)
{
    Ufunc *u = (Ufunc *)self;
    Py_ssize_t n = PySequence_Size(signatures);
    Ty (*type)[VECTORIZED_OPERANDS] = PyMem_Malloc((n < 1 ? 1 : (size_t)n) * sizeof *type);
    if (n < 0 || type == NULL) {
        PyMem_Free(type);
        return n < 0 ? NULL : PyErr_NoMemory();
    }
    bool ok = true;
    for (Py_ssize_t k = 0; k < n && ok; k++) {
        PyObject *s = PySequence_GetItem(signatures, k);
        ok = s != NULL && read_signature(u, s, type[k]) == 0;
        Py_XDECREF(s);
    }
    for (Py_ssize_t k = 0; k < n && ok; k++)
        ok = has_loop(u, type[k], u->v.nin) || loops_add(u, type[k], false) == 0;
    PyMem_Free(type);
    u->frozen = n > 0;
    return ok ? Py_NewRef(Py_None) : NULL;
}

/* A loop more, for a signature. */
static PyObject *method_add(PyObject *self, PyObject *signature)
{
    Ufunc *u = (Ufunc *)self;
    Ty type[VECTORIZED_OPERANDS], key[256], ret;
    if (u->frozen)
        return PyErr_Format(PyExc_RuntimeError, "signatures were given to the decorator: no more can be added");
    if (signature_parse((Dispatcher *)u->dispatcher, signature, key, &ret) < 0)
        return NULL;
    for (uint32_t k = 0; k < u->v.nin; k++)
        type[k] = ty_strong(key[k]);
    if (signature_types(u, key, ret == ty(TY_NONE) ? NULL : ret, type) < 0)
        return NULL;
    return has_loop(u, type, u->v.nin) || loops_add(u, type, true) == 0 ? Py_NewRef(Py_None) : NULL;
}

static PyObject *method_pickle(PyObject *self, PyObject *unused)
{
    PyObject *m = PyImport_ImportModule("numjit.ufuncs");
    PyObject *r = m != NULL ? PyObject_CallMethod(m, "_reduce", "(O)", self) : NULL;
    Py_XDECREF(m);
    return r;
}

/* The object's life ------------------------------------------------------------------------------------------------ */

/* The core dimensions of each operand: a tuple of tuples of their numbers. */
static int read_cores(Vectorized *v, PyObject *cores)
{
    for (uint32_t k = 0; cores != Py_None && k < v->nin + v->nout; k++) {
        PyObject *one = PyTuple_GetItem(cores, k);
        Py_ssize_t n = one != NULL ? PyTuple_Size(one) : -1;
        if (n < 0 || n > VECTORIZED_CORE) {
            if (n > 0)
                PyErr_SetString(PyExc_ValueError, "an operand has too many core dimensions");
            return -1;
        }
        v->ncore[k] = (uint8_t)n;
        for (Py_ssize_t j = 0; j < n; j++)
            v->dim[k][j] = (uint8_t)PyLong_AsLong(PyTuple_GetItem(one, j));
    }
    return 0;
}

/* Ufunc(dispatcher, nin, nout, cores, layout, identity, parallel, writable, attributes) */
static PyObject *ufunc_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
    PyObject *dispatcher, *cores, *writable, *attributes;
    int nin, nout, identity, parallel;
    const char *layout;
    if (!PyArg_ParseTuple(args, "OiiOzipO!O!:Ufunc", &dispatcher, &nin, &nout, &cores, &layout, &identity, &parallel, &PyTuple_Type,
                          &writable, &PyDict_Type, &attributes))
        return NULL;
    if (nin > VECTORIZED_OPERANDS || nout > VECTORIZED_OPERANDS - nin)
        return PyErr_Format(PyExc_TypeError, "%R: ufuncs of more than %d operands and results are not supported", dispatcher, VECTORIZED_OPERANDS);
    if (!is_dispatcher(dispatcher) || nin < 1 || nout < 0
        || ((Dispatcher *)dispatcher)->nslot != (uint32_t)(nin + (layout != NULL ? nout : 0)))
        return PyErr_Format(PyExc_TypeError, "%R: the function does not have a parameter for each operand", dispatcher);
    Ufunc *u = (Ufunc *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (u == NULL)
        return NULL;
    u->vectorcall = ufunc_vectorcall;
    u->state = PyType_GetModuleState(type);
    u->module = Py_XNewRef(PyType_GetModule(type));
    u->dispatcher = Py_NewRef(dispatcher);
    u->writable = Py_NewRef(writable);
    u->dict = PyDict_Copy(attributes);
    u->identity = identity;
    u->target = parallel ? TARGET_PARALLEL : TARGET_CPU;
    Func *f = ((Dispatcher *)dispatcher)->func;
    u->v = (Vectorized){ .nin = (uint32_t)nin, .nout = (uint32_t)nout, .general = layout != NULL, .layout = layout };
    bool ok = u->dict != NULL && read_cores(&u->v, cores) == 0 && driver_vectorize(f, &u->v);
    if (ok)
        u->v.layout = f->vectorized->layout;
    if (!ok || loops_add(u, NULL, false) < 0)
        Py_CLEAR(u);
    return (PyObject *)u;
}

static int ufunc_traverse(PyObject *self, visitproc visit, void *arg)
{
    Ufunc *u = (Ufunc *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(u->dispatcher);
    Py_VISIT(u->ufunc);
    Py_VISIT(u->table);
    Py_VISIT(u->dict);
    return 0;
}

static int ufunc_clear(PyObject *self)
{
    Ufunc *u = (Ufunc *)self;
    Py_CLEAR(u->dict);
    return 0;
}

static void ufunc_dealloc(PyObject *self)
{
    Ufunc *u = (Ufunc *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (u->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    PyObject *const held[] = { u->dict, u->ufunc, u->table, u->writable, u->dispatcher, u->module };
    for (size_t k = 0; k < countof(held); k++)
        Py_XDECREF(held[k]);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

/* What it does not have of its own, the NumPy ufunc has: nin, types, identity ... */
static PyObject *ufunc_getattr(PyObject *self, PyObject *name)
{
    PyObject *x = PyObject_GenericGetAttr(self, name);
    if (x != NULL || !PyErr_ExceptionMatches(PyExc_AttributeError))
        return x;
    PyErr_Clear();
    return PyObject_GetAttr(((Ufunc *)self)->ufunc, name);
}

static PyObject *ufunc_repr(PyObject *self)
{
    PyObject *name = PyDict_GetItemString(((Ufunc *)self)->dict, "__name__");
    return PyUnicode_FromFormat("<numjit ufunc '%S'>", name != NULL ? name : Py_None);
}

static PyObject *get_ufunc(PyObject *self, void *unused) { return Py_NewRef(((Ufunc *)self)->ufunc); }
static PyObject *get_dispatcher(PyObject *self, void *unused) { return Py_NewRef(((Ufunc *)self)->dispatcher); }
static PyObject *get_dict(PyObject *self, void *unused) { return Py_NewRef(((Ufunc *)self)->dict); }

static PyGetSetDef getset[] = {
    { "ufunc", get_ufunc, NULL, "The numpy.ufunc, with the loops compiled so far.", NULL },
    { "_dispatcher", get_dispatcher, NULL, NULL, NULL },
    { "__dict__", get_dict, NULL, NULL, NULL },
    { NULL }
};

static PyObject *method_explain(PyObject *self, PyObject *unused) { return loops_explain((Ufunc *)self); }

#define WITH_KW(f) (PyCFunction)(void (*)(void))(f), METH_VARARGS | METH_KEYWORDS
static PyMethodDef methods[] = {
    { "reduce", WITH_KW(method_reduce), "numpy.ufunc.reduce." },
    { "accumulate", WITH_KW(method_accumulate), "numpy.ufunc.accumulate." },
    { "reduceat", WITH_KW(method_reduceat), "numpy.ufunc.reduceat." },
    { "outer", WITH_KW(method_outer), "numpy.ufunc.outer." },
    { "at", WITH_KW(method_at), "numpy.ufunc.at." },
    { "add", method_add, METH_O, "add(signature): compiles a loop for these dtypes." },
    { "explain", method_explain, METH_NOARGS, "explain(): what the compiler did with the loops compiled so far; see explain() of a jitted function." },
    { "_declare", method_declare, METH_O, "Compiles loops for a sequence of signatures, and no others later." },
    { "__reduce__", method_pickle, METH_NOARGS, NULL },
    { NULL }
};

static PyMemberDef members[] = {
    { "__vectorcalloffset__", T_PYSSIZET, offsetof(Ufunc, vectorcall), READONLY, NULL },
    { "__dictoffset__", T_PYSSIZET, offsetof(Ufunc, dict), READONLY, NULL },
    { "__weaklistoffset__", T_PYSSIZET, offsetof(Ufunc, weakrefs), READONLY, NULL },
    { NULL }
};

static PyType_Slot slots[] = {
    { Py_tp_new, ufunc_new },
    { Py_tp_dealloc, ufunc_dealloc },
    { Py_tp_traverse, ufunc_traverse },
    { Py_tp_clear, ufunc_clear },
    { Py_tp_call, ufunc_call },
    { Py_tp_getattro, ufunc_getattr },
    { Py_tp_repr, ufunc_repr },
    { Py_tp_methods, methods },
    { Py_tp_getset, getset },
    { Py_tp_members, members },
    { 0, NULL }
};

static PyType_Spec spec = {
    .name = "numjit._core.Ufunc",
    .basicsize = sizeof(Ufunc),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | FLAG_VECTORCALL,
    .slots = slots,
};

int ufunc_types_add(PyObject *module, State *s)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);
    s->loops_type = loops_type_new(module);
    int rc = type != NULL && s->loops_type != NULL ? PyModule_AddObjectRef(module, "Ufunc", type) : -1;
    Py_XDECREF(type);
    return rc;
}
