/* key.c: Python object → Ty. What a specialization is found by. */
#include "python/python.h"

/* An array whose class changes nothing of what arrays do: numpy.memmap. */
static bool is_memmap(PyObject *o)
{
    PyObject *name = PyArray_Check(o) ? PyType_GetName(Py_TYPE(o)) : NULL;
    PyObject *module = name != NULL ? PyObject_GetAttrString((PyObject *)Py_TYPE(o), "__module__") : NULL;
    bool yes = module != NULL && PyUnicode_Check(module) && PyUnicode_CompareWithASCIIString(name, "memmap") == 0
            && PyUnicode_CompareWithASCIIString(module, "numpy") == 0;
    Py_XDECREF(name);
    Py_XDECREF(module);
    PyErr_Clear();
    return yes;
}

/* One question for the type of an object. left: how many items of tuples it may look at still. */
typedef struct Asked { Types *types; bool constant; const char *why; uint32_t depth, left; } Asked;
enum { ITEMS_MAX = 1 << 16 };

static Ty typeof_any(Asked *q, PyObject *o);

static bool is_native(PyArrayObject *a) { return PyArray_ISNOTSWAPPED(a) && PyArray_ISALIGNED(a); }

static Order order_of(PyArrayObject *a)
{
    int flags = PyArray_FLAGS(a);
    return flags & NPY_ARRAY_C_CONTIGUOUS ? ORDER_C : flags & NPY_ARRAY_F_CONTIGUOUS ? ORDER_F : ORDER_A;
}

static Ty typeof_array(Asked *q, PyArrayObject *a)
{
    Ty dtype = ty_of_npy(PyArray_TYPE(a));
    if (dtype == NULL)
        q->why = "arrays of this dtype are not supported";
    else if (!is_native(a))
        q->why = "the array must be aligned and in native byte order";
    else if (PyArray_NDIM(a) > NDIM_MAX)
        q->why = "the array has too many dimensions";
    else
        return ty_array(q->types, dtype, (uint32_t)PyArray_NDIM(a), order_of(a), !PyArray_ISWRITEABLE(a), NULL);
    return NULL;
}

static bool has_attr(PyObject *o, const char *name) { return PyObject_HasAttrString(o, name); }

static bool are_names(PyObject *o)
{
    Py_ssize_t n = PyTuple_Check(o) ? PyTuple_Size(o) : -1, k = 0;
    while (k < n && PyUnicode_Check(PyTuple_GetItem(o, k)))
        k++;
    return k == n;
}

PyObject *key_fields(PyObject *cls)
{
    if (!PyType_Check(cls) || !PyType_IsSubtype((PyTypeObject *)cls, &PyTuple_Type) || cls == (PyObject *)&PyTuple_Type)
        return NULL;
    PyObject *fields = PyObject_GetAttrString(cls, "_fields");
    if (fields != NULL && !are_names(fields))
        Py_CLEAR(fields);
    PyErr_Clear();
    return fields;
}

static bool is_named(PyObject *tuple)
{
    PyObject *fields = key_fields((PyObject *)Py_TYPE(tuple));
    bool yes = fields != NULL && PyTuple_Size(fields) == PyTuple_Size(tuple);
    Py_XDECREF(fields);
    return yes;
}

static Ty typeof_tuple(Asked *q, PyObject *o)
{
    Py_ssize_t n = PyTuple_Size(o);
    Ty item[NITEM_MAX];
    if (n > NITEM_MAX || n > q->left || q->depth == TY_DEPTH_MAX) {
        q->why = "the tuple is too large";
        return NULL;
    }
    q->left -= (uint32_t)n;
    q->depth++;
    for (Py_ssize_t k = 0; k < n; k++)
        if ((item[k] = typeof_any(q, PyTuple_GetItem(o, k))) == NULL)
            return NULL;
    q->depth--;
    return ty_aggregate(q->types, TY_TUPLE, item, (uint32_t)n, is_named(o) ? (void *)Py_TYPE(o) : NULL);
}

static Ty typeof_slice(Asked *q, PyObject *o)
{
    static const char *const name[] = { "start", "stop", "step" };
    Ty item[3];
    for (int k = 0; k < 3; k++) {
        PyObject *x = PyObject_GetAttrString(o, name[k]);
        bool fits = x != NULL && (x == Py_None || PyLong_CheckExact(x) || PyArray_IsScalar(x, Integer));
        if (!fits)
            q->why = "the parts of a slice must be integers or None";
        item[k] = fits ? typeof_any(q, x) : NULL;
        Py_XDECREF(x);
        if (item[k] == NULL)
            return NULL;
    }
    return ty_aggregate(q->types, TY_SLICE, item, 3, NULL);
}

/* np.float64 and np.dtype("f8"), and numjit.types.float64. NULL: none of these. */
static Ty dtype_of(Types *t, PyObject *o)
{
    if (PyArray_DescrCheck(o))
        return PyArray_ISNBO(((PyArray_Descr *)o)->byteorder) ? ty_of_npy(((PyArray_Descr *)o)->type_num) : NULL;
    if (PyType_Check(o) && PyType_IsSubtype((PyTypeObject *)o, &PyGenericArrType_Type)) {
        PyArray_Descr *d = PyArray_DescrFromTypeObject(o);
        Ty x = d != NULL ? ty_of_npy(d->type_num) : NULL;
        Py_XDECREF((PyObject *)d);
        PyErr_Clear();
        return x;
    }
    if (PyType_Check(o) || !has_attr(o, "_numjit_spelling"))
        return NULL;
    PyObject *s = PyObject_GetAttrString(o, "_numjit_spelling");
    const char *text = s != NULL ? PyUnicode_AsUTF8AndSize(s, NULL) : NULL, *why;
    Ty x = text != NULL ? ty_parse(t, text, &why) : NULL;
    Py_XDECREF(s);
    PyErr_Clear();
    return x != NULL && ty_is_scalar(x) ? x : NULL;
}

static Ty typeof_numpy_scalar(PyObject *o)
{
    PyArray_Descr *d = PyArray_DescrFromScalar(o);
    Ty x = d != NULL ? ty_of_npy(d->type_num) : NULL;
    Py_XDECREF((PyObject *)d);
    return x;
}

/* Python's int is int64; one from 2**63 up to 2**64 is uint64. */
static Ty typeof_int(PyObject *o, const char **why)
{
    int over;
    long long v = PyLong_AsLongLongAndOverflow(o, &over);
    if (likely(!over))
        return v == -1 && PyErr_Occurred() ? NULL : ty(TY_PYINT);
    if (over > 0 && PyLong_AsUnsignedLongLong(o) != (unsigned long long)-1)
        return ty(TY_U64);
    bool fits = over > 0 && !PyErr_Occurred();          /* 2**64 - 1 */
    PyErr_Clear();
    *why = "it does not fit in 64 bits";
    return fits ? ty(TY_U64) : NULL;
}

static bool is_enum_member(PyObject *o)
{
    PyObject *m = PyImport_ImportModule("enum"), *base = m != NULL ? PyObject_GetAttrString(m, "Enum") : NULL;
    bool yes = base != NULL && PyObject_IsInstance(o, base) == 1;
    Py_XDECREF(base);
    Py_XDECREF(m);
    PyErr_Clear();
    return yes;
}

/* Of a number; NULL without a reason: it is none. An object of a subclass is its value: members of IntEnum are ints. */
static Ty typeof_number(Asked *q, PyObject *o)
{
    if (PyBool_Check(o))
        return ty(TY_BOOL);
    if (PyLong_CheckExact(o))
        return typeof_int(o, &q->why);
    if (PyFloat_CheckExact(o))
        return ty(TY_PYFLOAT);
    if (PyComplex_CheckExact(o))
        return ty(TY_PYCOMPLEX);
    if (PyArray_IsScalar(o, Generic)) {
        Ty x = typeof_numpy_scalar(o);
        if (x == NULL)
            q->why = "NumPy scalars of this dtype are not supported";
        return x;
    }
    if (PyLong_Check(o))
        return typeof_int(o, &q->why);
    return PyFloat_Check(o) ? ty(TY_PYFLOAT) : PyComplex_Check(o) ? ty(TY_PYCOMPLEX) : NULL;
}

/* Of what holds others, and of text. */
static Ty typeof_holder(Asked *q, PyObject *o)
{
    if (PyTuple_Check(o))
        return typeof_tuple(q, o);
    if (PyUnicode_Check(o))
        return ty_str(q->types);
    if (PySlice_Check(o))
        return typeof_slice(q, o);
    if (PyRange_Check(o)) {
        Ty item[3] = { ty(TY_PYINT), ty(TY_PYINT), ty(TY_PYINT) };
        return ty_aggregate(q->types, TY_RANGE, item, 3, NULL);
    }
    return list_type(q->types, o);
}

/* Of what its type says all about. */
static Ty typeof_constant(Asked *q, PyObject *o)
{
    if (is_dispatcher(o))
        return ty_constant(q->types, TY_FUNC, NULL, o);
    Ty dtype = dtype_of(q->types, o);
    if (dtype != NULL)
        return ty_constant(q->types, TY_DTYPE, dtype, o);
    if (vectorized_dispatcher(o) != NULL)
        return ty_constant(q->types, TY_FUNC, NULL, vectorized_dispatcher(o));
    if (q->constant && dispatcher_behind(o) != NULL)
        return ty_constant(q->types, TY_FUNC, NULL, dispatcher_behind(o));
    if (q->constant && PyModule_Check(o))
        return ty_constant(q->types, TY_MODULE, NULL, o);
    if ((q->constant && PyCallable_Check(o)) || PyType_Check(o) || PyCFunction_Check(o))
        return ty_constant(q->types, TY_FUNC, NULL, o);
    return q->constant || is_enum_member(o) ? ty_constant(q->types, TY_CONST, NULL, o) : NULL;
}

static const char *why_not(PyObject *o)
{
    return PyList_Check(o) ? "lists in tuples and of derived classes are not supported: pass a tuple or an array"
         : PyDict_Check(o) ? "dicts are not supported"
         : PyAnySet_Check(o) ? "sets are not supported"
         : PyCallable_Check(o) ? "decorate it with @njit to pass it to a compiled function"
         : "objects of this class are not supported";
}

static Ty typeof_any(Asked *q, PyObject *o)
{
    static Ty (*const way[])(Asked *, PyObject *) = { typeof_number, typeof_holder, typeof_constant };
    Ty x = NULL;
    if (o == Py_None)
        return ty(TY_NONE);
    if (o == Py_Ellipsis)
        return ty(TY_ELLIPSIS);
    if (PyArray_CheckExact(o) || is_memmap(o))
        return typeof_array(q, (PyArrayObject *)o);
    for (size_t k = 0; k < countof(way) && x == NULL && *q->why == 0; k++)
        x = way[k](q, o);
    if (x == NULL && *q->why == 0)
        q->why = why_not(o);
    return x;
}

Ty key_typeof(Types *t, void *object, bool constant, const char **why)
{
    MemoryCatch memory;
    volatile Ty x = NULL;
    Asked q = { .types = t, .constant = constant, .why = "", .left = ITEMS_MAX };
    memory_begin(&memory);
    if (setjmp(memory.at) == 0)
        x = typeof_any(&q, object);
    else
        PyErr_NoMemory();
    memory_end(&memory);
    *why = q.why;
    return x;
}

/* A number, a text, a tuple of such. */
static bool is_value(PyObject *o, uint32_t depth)
{
    bool tuple = PyTuple_CheckExact(o) && depth < TY_DEPTH_MAX;
    for (Py_ssize_t k = 0; tuple && k < PyTuple_Size(o); k++)
        tuple = is_value(PyTuple_GetItem(o, k), depth + 1);
    return tuple || PyBool_Check(o) || PyLong_CheckExact(o) || PyFloat_CheckExact(o) || PyComplex_CheckExact(o) || PyUnicode_CheckExact(o)
        || PyArray_IsScalar(o, Generic);
}

Ty key_omitted(Types *t, void *o)
{
    const char *why;
    Ty of = is_value(o, 0) ? key_typeof(t, o, false, &why) : NULL;
    PyObject *text = of != NULL ? PyObject_ASCII(o) : NULL;
    const char *s = text != NULL ? PyUnicode_AsUTF8AndSize(text, NULL) : NULL;
    MemoryCatch memory;
    volatile Ty x = NULL;
    memory_begin(&memory);
    if (s == NULL)
        PyErr_Clear();
    else if (setjmp(memory.at) == 0)
        x = ty_omitted(t, of, o, s);
    else
        PyErr_NoMemory();
    memory_end(&memory);
    Py_XDECREF(text);
    return x;
}

static void raise_no_type(PyObject *o, const char *why)
{
    if (PyLong_Check(o)) {
        PyErr_Format(PyExc_OverflowError, "int argument too large for compiled code: %s", why);
        return;
    }
    PyObject *name = PyObject_GetAttrString((PyObject *)Py_TYPE(o), "__name__");
    PyObject *dtype = PyArray_CheckExact(o) ? PyObject_Str((PyObject *)PyArray_DESCR((PyArrayObject *)o)) : NULL;
    const char *text = name != NULL ? PyUnicode_AsUTF8AndSize(name, NULL) : NULL;
    const char *of = dtype != NULL ? PyUnicode_AsUTF8AndSize(dtype, NULL) : NULL;
    PyErr_Clear();
    raise_typing("an argument of type %s%s%.200s cannot be used in compiled code: %s", text != NULL ? text : "?",
        of != NULL ? " of " : "", of != NULL ? of : "", why);
    Py_XDECREF(name);
    Py_XDECREF(dtype);
}

Ty key_of(State *s, PyObject *o)
{
    const char *why = "";
    if (PyLong_CheckExact(o)) {
        Ty x = typeof_int(o, &why);
        if (unlikely(x == NULL) && !PyErr_Occurred())
            raise_no_type(o, why);
        return x;
    }
    if (PyFloat_CheckExact(o))
        return ty(TY_PYFLOAT);
    if (PyArray_CheckExact(o)) {
        PyArrayObject *a = (PyArrayObject *)o;
        int num = PyArray_TYPE(a), ndim = PyArray_NDIM(a);
        Ty x = key_array(s, o);
        if (x == NULL && num >= 0 && num < KEY_TYPE_NUMS && ndim < KEY_NDIMS && is_native(a))
            x = s->array[num][ndim][order_of(a) * 2 + !PyArray_ISWRITEABLE(a)] = key_typeof(s->types, o, false, &why);
        if (x != NULL)
            return x;           /* or the message is made below */
    }
    Ty x = omitted_type(s, o);
    if (x != NULL)
        return x;
    x = key_typeof(s->types, o, false, &why);
    if (x == NULL && !PyErr_Occurred())
        raise_no_type(o, why);
    return x;
}

Ty key_with_extents(State *s, Ty like, const int64_t *extent)
{
    MemoryCatch memory;
    volatile Ty x = NULL;
    memory_begin(&memory);
    if (setjmp(memory.at) == 0)
        x = ty_array(s->types, like->elem, like->ndim, (Order)like->order, like->readonly, extent);
    else
        PyErr_NoMemory();
    memory_end(&memory);
    return x;
}

Ty key_exact(State *s, PyObject *o)
{
    Ty x = key_of(s, o);
    if (x == NULL || !ty_is_array(x) || x->ndim == 0)
        return x;
    int64_t extent[NDIM_MAX];
    for (uint32_t k = 0; k < x->ndim; k++)
        extent[k] = PyArray_DIM((PyArrayObject *)o, (int)k);
    return key_with_extents(s, x, extent);
}
