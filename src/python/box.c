/* box.c: Python object ↔ the parts of a value, 8 bytes each. */
#include "python/python.h"


/* Unboxing ------------------------------------------------------------------------------------------------ */

static void put_float(Ty x, double d, uint64_t *slot)
{
    Part p = ty_part(x);
    *slot = 0;
    if (p == PART_F32) {
        float f = (float)d;
        memcpy(slot, &f, sizeof f);
    } else if (p == PART_F16) {
        _Float16 h = (_Float16)d;
        memcpy(slot, &h, sizeof h);
    } else
        memcpy(slot, &d, sizeof d);
}

static double get_float(Ty x, const uint64_t *slot)
{
    Part p = ty_part(x);
    if (p == PART_F32) {
        float f;
        memcpy(&f, slot, sizeof f);
        return (double)f;
    }
    if (p == PART_F16) {
        _Float16 h;
        memcpy(&h, slot, sizeof h);
        return (double)h;
    }
    double d;
    memcpy(&d, slot, sizeof d);
    return d;
}

static int unbox_int(PyObject *o, Ty x, uint64_t *slot)
{
    if (PyLong_CheckExact(o) && x->kind != TY_U64) {
        *slot = (uint64_t)PyLong_AsLongLong(o);
        return *slot == UINT64_MAX && PyErr_Occurred() ? -1 : 0;
    }
    PyObject *i = PyNumber_Index(o);
    if (i == NULL)
        return -1;
    *slot = x->kind == TY_U64 ? PyLong_AsUnsignedLongLong(i) : (uint64_t)PyLong_AsLongLong(i);
    Py_DECREF(i);
    return *slot == UINT64_MAX && PyErr_Occurred() ? -1 : 0;
}

/* NumPy's complex64 is no complex, and its float() warns: complex() of it does not. */
static int unbox_complex(PyObject *o, Ty x, uint64_t *slot)
{
    PyObject *z = PyComplex_Check(o) ? Py_NewRef(o) : PyObject_CallFunctionObjArgs((PyObject *)&PyComplex_Type, o, NULL);
    if (z == NULL)
        return -1;
    put_float(x, PyComplex_RealAsDouble(z), slot);
    put_float(x, PyComplex_ImagAsDouble(z), slot + 1);
    Py_DECREF(z);
    return 0;
}

static int unbox_scalar(PyObject *o, Ty x, uint64_t *slot)
{
    if (ty_is_bool(x)) {
        int b = PyObject_IsTrue(o);
        *slot = b > 0;
        return b < 0 ? -1 : 0;
    }
    if (ty_is_int(x))
        return unbox_int(o, x, slot);
    if (ty_is_float(x)) {
        double d = PyFloat_AsDouble(o);
        put_float(x, d, slot);
        return d == -1.0 && PyErr_Occurred() ? -1 : 0;
    }
    return unbox_complex(o, x, slot);
}

static int unbox_array(PyObject *o, Ty x, uint64_t *slot)
{
    if (!PyArray_Check(o) || PyArray_NDIM((PyArrayObject *)o) != x->ndim) {
        raise_typing("the argument must be %s", ty_name(x));
        return -1;
    }
    PyArrayObject *a = (PyArrayObject *)o;
    const npy_intp *shape = PyArray_DIMS(a), *stride = PyArray_STRIDES(a);
    *slot++ = (uintptr_t)o | OWNER_OBJECT;
    *slot++ = (uintptr_t)PyArray_DATA(a);
    for (uint32_t k = 0; k < x->ndim; k++) {
        if (x->extent == NULL)
            *slot++ = (uint64_t)shape[k];
        else if (x->extent[k] != shape[k]) {
            raise_typing("the argument must be %s: axis %u has %zd elements", ty_name(x), k, (Py_ssize_t)shape[k]);
            return -1;
        }
    }
    if (ty_has_strides(x))
        for (uint32_t k = 0; k < x->ndim; k++)
            *slot++ = (uint64_t)stride[k];
    return 0;
}

/* The attributes of a slice or range. */
static int unbox_attributes(PyObject *o, Ty x, uint64_t *slot)
{
    static const char *const name[] = { "start", "stop", "step" };
    for (uint32_t k = 0; k < 3; k++) {
        PyObject *a = PyObject_GetAttrString(o, name[k]);
        int rc = a != NULL ? unbox(a, x->item[k], slot) : -1;
        Py_XDECREF(a);
        if (rc < 0)
            return -1;
        slot += x->item[k]->nparts;
    }
    return 0;
}

int unbox(PyObject *o, Ty x, uint64_t *slot)
{
    if (x->kind < TY_PTR)
        return unbox_scalar(o, x, slot);
    switch (x->kind) {
    case TY_ARRAY:
        return unbox_array(o, x, slot);
    case TY_OPTIONAL:
    case TY_MAYBE:
        memset(slot, 0, x->nparts * sizeof *slot);
        slot[0] = o != Py_None;
        return o != Py_None ? unbox(o, x->elem, slot + 1) : 0;
    case TY_TUPLE:
        if (!PyTuple_Check(o) || PyTuple_Size(o) != (Py_ssize_t)x->nitem) {
            raise_typing("the argument must be %s", ty_name(x));
            return -1;
        }
        for (uint32_t k = 0; k < x->nitem; k++) {
            if (unbox(PyTuple_GetItem(o, k), x->item[k], slot) < 0)
                return -1;
            slot += x->item[k]->nparts;
        }
        return 0;
    case TY_SLICE:
    case TY_RANGE:
        return unbox_attributes(o, x, slot);
    case TY_NUMBERS:
        if (list_array(o) != NULL)
            return unbox_array(list_array(o), x->item[0], slot);
        break;
    case TY_STR: {
        Py_ssize_t nbytes = 0;
        const char *text = PyUnicode_AsUTF8AndSize(o, &nbytes);
        slot[0] = (uintptr_t)o;
        slot[1] = (uintptr_t)text;
        slot[2] = (uint64_t)nbytes;
        return text == NULL ? -1 : 0;
    }
    }
    if (x->nparts == 0)
        return 0;
    raise_typing("%s cannot be an argument", ty_name(x));
    return -1;
}

/* Boxing -------------------------------------------------------------------------------------------------- */

static PyObject *box_scalar(Ty x, const uint64_t *slot)
{
    uint32_t shift = ty_is_complex(x) ? 0 : 64 - ty_bits(x);
    switch ((TyClass)x->cls) {
    case CLASS_BOOL:
        return PyBool_FromLong((long)(*slot & 1));
    case CLASS_INT:
    case CLASS_WEAK_INT:
        return PyLong_FromLongLong((int64_t)(*slot << shift) >> shift);
    case CLASS_UINT:
        return PyLong_FromUnsignedLongLong(*slot << shift >> shift);
    case CLASS_FLOAT:
    case CLASS_WEAK_FLOAT:
        return PyFloat_FromDouble(get_float(x, slot));
    default:
        return PyComplex_FromDoubles(get_float(x, slot), get_float(x, slot + 1));
    }
}

static void buffer_done(PyObject *capsule) { rt_release(PyCapsule_GetPointer(capsule, NULL)); }

/* Does o show just this memory? Then it is the result itself. */
static bool is_same_array(PyArrayObject *a, Ty x, void *data, const npy_intp *shape, const npy_intp *stride)
{
    if (!PyArray_Check((PyObject *)a) || PyArray_DATA(a) != data || PyArray_NDIM(a) != x->ndim
        || (PyArray_TYPE(a) != ty_to_npy(x->elem) && ty_of_npy(PyArray_TYPE(a)) != x->elem)
        || PyArray_ISWRITEABLE(a) == x->readonly)
        return false;
    for (int k = 0; k < x->ndim; k++)
        if (PyArray_DIMS(a)[k] != shape[k] || (shape[k] > 1 && PyArray_STRIDES(a)[k] != stride[k] && PyArray_SIZE(a) > 0))
            return false;
    return true;
}

enum { MOVED = 1024 };                  /* bytes: to move no more costs less than an object that holds the buffer */

static int64_t nbytes_of(Ty x, const int64_t *shape)
{
    int64_t n = x->elem->nbytes;
    for (uint32_t k = 0; k < x->ndim; k++)
        n *= shape[k];
    return n;
}

/* Puts a contiguous array at the beginning of its buffer, so that it can own that: where nothing else shows the buffer, and little is to be moved. */
static inline bool begin_buffer(Ty x, const uint64_t *slot, const int64_t *shape)
{
    Buffer *b = rt_buffer(slot[0]);
    if (b == NULL || x->order == ORDER_A || !rt_is_last(b))
        return false;
    if (likely(slot[1] == (uintptr_t)rt_data(b)))
        return true;
    int64_t n = nbytes_of(x, shape);
    if (n <= MOVED)
        memmove(rt_data(b), (const void *)(uintptr_t)slot[1], (size_t)n);
    return n <= MOVED;
}

static PyObject *box_owner(Ty x, const uint64_t *slot, const int64_t *shape)
{
    Buffer *b = rt_buffer(slot[0]);
    int flags = (x->order == ORDER_F ? NPY_ARRAY_F_CONTIGUOUS : 0) | (x->readonly ? 0 : NPY_ARRAY_WRITEABLE);
    PyObject *a = PyArray_NewFromDescr(&PyArray_Type, PyArray_DescrFromType(ty_to_npy(x->elem)), x->ndim, (const npy_intp *)shape, NULL,
        rt_data(b), flags, NULL);
    if (likely(a != NULL))
        memory_give((PyArrayObject *)a);
    else
        rt_block_free(b);
    return a;
}

static void strides_of(Ty x, const uint64_t *slot, const int64_t *shape, npy_intp *stride)
{
    npy_intp step = x->elem->nbytes;
    const uint64_t *own = slot + 2 + (x->extent == NULL ? x->ndim : 0);
    for (int i = 0; i < x->ndim; i++) {
        int k = x->order == ORDER_F ? i : x->ndim - 1 - i;
        stride[k] = x->order == ORDER_A ? (npy_intp)own[k] : step;
        step *= shape[k];
    }
}

/* What NumPy is to hold while the array is there: a new reference; or NULL, with an exception if there is one to hold. Takes what is owned. */
static PyObject *base_of(uintptr_t owner, bool own)
{
    if (owner & OWNER_OBJECT)
        return Py_NewRef((PyObject *)(owner & ~OWNER_BITS));
    Buffer *b = rt_buffer(owner);
    if (b == NULL)
        return NULL;
    if (!own)
        rt_retain(b);
    PyObject *base = PyCapsule_New(b, NULL, buffer_done);
    if (base == NULL)
        rt_release(b);
    return base;
}

/* An array that shows memory which something else holds. */
static __attribute__((noinline)) PyObject *box_view(Ty x, const uint64_t *slot, const int64_t *shape, bool own)
{
    npy_intp stride[NDIM_MAX + 1];
    uintptr_t owner = slot[0];
    void *data = (void *)(uintptr_t)slot[1];
    strides_of(x, slot, shape, stride);
    PyObject *object = (PyObject *)(owner & ~OWNER_BITS);
    if ((owner & (OWNER_OBJECT | OWNER_VIEW)) == OWNER_OBJECT && is_same_array((PyArrayObject *)object, x, data, (const npy_intp *)shape, stride))
        return Py_NewRef(object);
    PyObject *base = base_of(owner, own);
    if (base == NULL && PyErr_Occurred())
        return NULL;
    PyObject *a = PyArray_NewFromDescr(&PyArray_Type, PyArray_DescrFromType(ty_to_npy(x->elem)), x->ndim, (const npy_intp *)shape,
        stride, data, x->readonly ? 0 : NPY_ARRAY_WRITEABLE, NULL);
    if (a == NULL) {
        Py_XDECREF(base);
        return NULL;
    }
    if (base == NULL) {         /* nobody owns the memory: a copy */
        PyObject *copy = PyArray_NewCopy((PyArrayObject *)a, NPY_KEEPORDER);
        Py_DECREF(a);
        return copy;
    }
    if (PyArray_SetBaseObject((PyArrayObject *)a, base) < 0)    /* takes base over */
        Py_CLEAR(a);
    return a;
}

static __attribute__((noinline)) PyObject *box_array(Ty x, const uint64_t *slot, bool own)     /* numbers need no registers kept */
{
    const int64_t *shape = x->extent != NULL ? x->extent : (const int64_t *)(slot + 2);
    return own && begin_buffer(x, slot, shape) ? box_owner(x, slot, shape) : box_view(x, slot, shape, own);
}

/* A tuple or list that is being made: the items before k are in t. first: the parts of all. up: what it goes into. */
typedef struct Making { Ty x; PyObject *t; const uint64_t *first; uint32_t k; const struct Making *up; } Making;


/* The value `part` of type a among the first n items of t, or in them: borrowed, or NULL. */
static PyObject *find_item(Ty x, PyObject *t, const uint64_t *first, uint32_t n, Ty a, const uint64_t *part)
{
    for (uint32_t j = 0; j < n; first += x->item[j++]->nparts) {
        Ty y = x->item[j];
        PyObject *item = PyList_Check(t) ? PyList_GetItem(t, j) : PyTuple_GetItem(t, j);
        if (y == a && !memcmp(first, part, a->nparts * sizeof *part))
            return item;
        PyObject *inside = ty_is_items(y) ? find_item(y, item, first, y->nitem, a, part) : NULL;
        if (inside != NULL)
            return inside;
    }
    return NULL;
}

/* An array, or a tuple with one in it, that was made before is that object: a new reference, or NULL. */
static PyObject *same_item(const Making *m, Ty a, const uint64_t *slot, bool own)
{
    if (!(ty_is_array(a) ? slot[0] != 0 : a->kind == TY_TUPLE && ty_holds_array(a)))
        return NULL;
    for (; m != NULL; m = m->up) {
        PyObject *item = find_item(m->x, m->t, m->first, m->k, a, slot);
        if (item != NULL && own)
            rt_drop(a, slot);
        if (item != NULL)
            return Py_NewRef(item);
    }
    return NULL;
}

static PyObject *box_items(Ty x, const uint64_t *slot, bool own, const Making *up)
{
    Making m = { x, PyTuple_New(x->nitem), slot, 0, up };
    for (; m.k < x->nitem; slot += x->item[m.k++]->nparts) {
        Ty y = x->item[m.k];
        PyObject *item = m.t != NULL ? same_item(&m, y, slot, own) : NULL;
        if (item == NULL && m.t != NULL)
            item = ty_is_items(y) ? box_items(y, slot, own, &m) : box(y, slot, own);
        if (item == NULL) {
            if (own && m.t == NULL)
                rt_drop(y, slot);
            Py_CLEAR(m.t);
        } else
            PyTuple_SetItem(m.t, m.k, item);
    }
    PyObject *t = m.t;
    if (t == NULL || (x->kind == TY_TUPLE && x->object == NULL))
        return t;
    if (x->kind == TY_LIST) {
        PyObject *list = PySequence_List(t);
        Py_DECREF(t);
        return list;
    }
    PyObject *make = x->kind == TY_TUPLE ? x->object : (PyObject *)&PyRange_Type;
    PyObject *r = PyObject_Call(make, t, NULL);
    Py_DECREF(t);
    return r;
}

static PyObject *box_tuple(Ty x, const uint64_t *slot, bool own) { return box_items(x, slot, own, NULL); }

/* What NumPy writes with fewer digits, as its scalar: a new reference in place of o. */
static PyObject *short_number(Ty x, PyObject *o)
{
    if (o == NULL || (x->kind != TY_F16 && x->kind != TY_F32 && x->kind != TY_C64))
        return o;
    PyObject *dtype = (PyObject *)PyArray_DescrFromType(ty_to_npy(x));
    PyObject *scalar = dtype != NULL ? PyObject_CallMethod(dtype, "type", "O", o) : NULL;
    Py_XDECREF(dtype);
    Py_DECREF(o);
    return scalar;
}

/* The text that np/format.c made a recipe for. */
static PyObject *box_format(Ty x, const uint64_t *slot)
{
    PyObject *args = PyTuple_New(x->nitem), *recipe = x->object, *text = NULL;
    for (uint32_t k = 0; args != NULL && k < x->nitem; slot += x->item[k++]->nparts) {
        PyObject *item = short_number(x->item[k], box(x->item[k], slot, false));
        if (item == NULL)
            Py_CLEAR(args);
        else
            PyTuple_SetItem(args, k, item);
    }
    if (args != NULL && PyUnicode_ReadChar(recipe, 0) == 'C') {
        PyObject *values = PyTuple_GetSlice(args, 1, x->nitem);
        text = values != NULL ? PyObject_CallObject(PyTuple_GetItem(args, 0), values) : NULL;
        Py_XDECREF(values);
        Py_DECREF(args);
        return text;
    }
    PyObject *template = args != NULL ? PyUnicode_Substring(recipe, 1, PyUnicode_GetLength(recipe)) : NULL;
    if (template != NULL && PyUnicode_ReadChar(recipe, 0) == '%')
        text = PyUnicode_Format(template, args);
    else if (template != NULL) {
        PyObject *format = PyObject_GetAttrString(template, "format");
        text = format != NULL ? PyObject_CallObject(format, args) : NULL;
        Py_XDECREF(format);
    }
    Py_XDECREF(template);
    Py_XDECREF(args);
    return text;
}

static PyObject *box_choice(Ty x, const uint64_t *slot, bool own)
{
    const uint64_t *at = slot + 1;
    for (uint32_t k = 1; k < slot[0]; k++)
        at += x->item[k]->nparts;
    return box(x->item[slot[0]], at, own);
}

static PyObject *box_numbers(Ty x, const uint64_t *slot, bool own)
{
    PyObject *vector = box(x->item[0], slot, own), *list = NULL;
    if (vector != NULL)
        list = PyObject_CallMethod(vector, "tolist", NULL);
    Py_XDECREF(vector);
    return list;
}

static PyObject *box_slice(Ty x, const uint64_t *slot)
{
    PyObject *t = box_tuple(&(Type){ .kind = TY_TUPLE, .nitem = 3, .item = x->item }, slot, false);
    if (t == NULL)
        return NULL;
    PyObject *s = PySlice_New(PyTuple_GetItem(t, 0), PyTuple_GetItem(t, 1), PyTuple_GetItem(t, 2));
    Py_DECREF(t);
    return s;
}

/* What is not usual; apart, so that box() saves no registers. */
static __attribute__((noinline)) PyObject *box_other(Ty x, const uint64_t *slot, bool own)
{
    switch (x->kind) {
    default:
        if (x->kind < TY_PTR)
            return box_scalar(x, slot);
        break;
    case TY_UNBOUND:
        return Py_NewRef(Py_None);
    case TY_ELLIPSIS:
        return Py_NewRef(Py_Ellipsis);
    case TY_OPTIONAL:
    case TY_MAYBE:
        return slot[0] & 1 ? box(x->elem, slot + 1, own) : Py_NewRef(Py_None);
    case TY_TUPLE:
    case TY_LIST:
    case TY_RANGE:
        return box_tuple(x, slot, own);
    case TY_SLICE:
        return box_slice(x, slot);
    case TY_NUMBERS:
        return box_numbers(x, slot, own);
    case TY_STR:
        if (slot[0] != 0)
            return Py_NewRef((PyObject *)(uintptr_t)slot[0]);
        return PyUnicode_DecodeUTF8((const char *)(uintptr_t)slot[1], (Py_ssize_t)slot[2], "surrogatepass");
    case TY_CHOICE:
        if (x->item[slot[0]]->kind == TY_STR || x->item[slot[0]]->kind == TY_FORMAT || x->item[slot[0]]->nparts == 0)
            return box_choice(x, slot, own);
        break;
    case TY_FORMAT: {
        PyObject *text = box_format(x, slot);
        if (own)
            rt_drop(x, slot);
        return text;
    }
    case TY_FUNC:
    case TY_MODULE:
    case TY_DTYPE:
    case TY_CONST:
        if (x->object != NULL)
            return Py_NewRef(x->object);
    }
    if (own)
        rt_drop(x, slot);
    raise_typing("%s cannot be returned to Python", ty_name(x));
    return NULL;
}

PyObject *box(Ty x, const uint64_t *slot, bool own)
{
    double d;
    switch (x->kind) {
    case TY_PYINT:
    case TY_I64:
        return PyLong_FromLongLong((int64_t)*slot);
    case TY_PYFLOAT:
    case TY_F64:
        memcpy(&d, slot, sizeof d);
        return PyFloat_FromDouble(d);
    case TY_ARRAY:
        return box_array(x, slot, own);
    case TY_NONE:
        return Py_NewRef(Py_None);
    default:
        return box_other(x, slot, own);
    }
}

int rt_unbox(void *object, const Type *x, uint64_t *part) { return unbox(object, x, part); }
void *rt_box(const Type *x, const uint64_t *part) { return box(x, part, false); }
