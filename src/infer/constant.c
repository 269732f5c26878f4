/* constant.c: what is known while compiling: a dtype by any of its spellings, attributes of dtypes, and NumPy's functions
 * of types (finfo, result_type ...), which are called then and there. In: typed values. Out: typed constants. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_25_API_VERSION
#define NPY_TARGET_VERSION NPY_1_25_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL numjit_ARRAY_API
#define NO_IMPORT_ARRAY
#include <numpy/arrayobject.h>

#include "infer/infer.h"

static PyObject *dtype_object(Ty t) { return (PyObject *)PyArray_DescrFromType(ty_to_npy(t)); }

/* A new reference to what a number is to a function of types: itself where it is known, else 0 of Python's own types. */
static PyObject *number_object(Fn *fn, Ref x)
{
    Ty t = ir_ty(fn, x);
    int64_t i = 0;
    double d = 0;
    if (!ty_is_weak(t) && !ty_is_bool(t))
        return dtype_object(t);
    if (ty_is_complex(t))
        return PyComplex_FromDoubles(0, 0);
    if (ty_is_float(t))
        return PyFloat_FromDouble(ir_is_float(fn, x, &d) ? d : 0);
    if (!ir_is_int(fn, x, &i) && ty_is_bool(t))
        return dtype_object(t);
    return ty_is_bool(t) ? PyBool_FromLong(i != 0) : PyLong_FromLongLong(i);
}

static PyObject *object_of(Fn *fn, Ref x);

static PyObject *tuple_object(Fn *fn, Ref x)
{
    uint32_t n = ir_ty(fn, x)->nitem;
    PyObject *t = PyTuple_New(n);
    for (uint32_t k = 0; t && k < n; k++) {
        PyObject *o = object_of(fn, ir_item(fn, x, k));
        if (!o || PyTuple_SetItem(t, k, o) < 0)
            Py_CLEAR(t);
    }
    return t;
}

/* A new reference to the object that x stands for (an array: its dtype), or NULL with an exception. */
static PyObject *object_of(Fn *fn, Ref x)
{
    Ty t = ir_ty(fn, x);
    if (t->kind == TY_NONE)
        return Py_NewRef(Py_None);
    if (t->kind == TY_STR && ir_ins(fn, x)->op == IR_CONST)
        return Py_NewRef((PyObject *)(uintptr_t)((const uint64_t *)ir_ins(fn, x)->imm.p)[0]);
    if (t->kind == TY_DTYPE || t->kind == TY_FUNC || t->kind == TY_CONST)
        return Py_NewRef((PyObject *)t->object);
    if (ty_is_array(t))
        return dtype_object(t->elem);
    if ((ty_is_scalar(t) && t->kind != TY_PTR))
        return number_object(fn, x);
    if (ty_is_items(t) || t->kind == TY_SLICE) {
        PyObject *items = tuple_object(fn, x);
        if (!items || ty_is_items(t))
            return items;
        PyObject *s = PySlice_New(PyTuple_GetItem(items, 0), PyTuple_GetItem(items, 1), PyTuple_GetItem(items, 2));
        Py_DECREF(items);
        return s;
    }
    PyErr_Format(PyExc_TypeError, "%s is not known when compiling", ty_name(t));
    return NULL;
}

/* The exception that CPython has set, as a message about the call of `what`. */
static _Noreturn void fail_message(Fn *fn, const char *what)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyObject *s = value ? PyObject_Str(value) : NULL;
    const char *text = s ? PyUnicode_AsUTF8AndSize(s, NULL) : NULL;
    if (s)
        unit_pin(fn->unit, s);
    Py_XDECREF(s);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    PyErr_Clear();
    fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, what, text ? text : "the call fails");
}

Ty infer_dtype(Fn *fn, Ref x)
{
    Ty t = ir_ty(fn, x);
    if (t->kind == TY_DTYPE)
        return t->elem;
    PyObject *o = t->kind == TY_STR || t->kind == TY_FUNC ? object_of(fn, x) : NULL;
    PyArray_Descr *d = NULL;
    if (o && !PyArray_DescrConverter(o, &d))
        PyErr_Clear();
    Ty found = d && PyArray_ISNBO(d->byteorder) ? ty_of_npy(d->type_num) : NULL;
    Py_XDECREF(o);
    Py_XDECREF((PyObject *)d);
    return found;
}

Ref infer_dtype_value(Fn *fn, Ty dtype)
{
    PyObject *o = dtype_object(dtype);
    Ty t = ty_constant(fn->unit->types, TY_DTYPE, ty_strong(dtype), o);
    Py_XDECREF(o);                      /* the type keeps one; NumPy's own dtypes live for ever */
    return ir_constant(fn, t, NULL);
}

/* The value of a call that returned o, whose reference is taken. */
static Ref constant_result(Fn *fn, PyObject *o, const char *what)
{
    if (!o)
        fail_message(fn, what);
    unit_pin(fn->unit, o);
    Py_DECREF(o);
    return resolve_object(fn, o, what);
}

/* Is it one value whenever the code runs? */
static bool is_known(Fn *fn, Ref x)
{
    Ty t = ir_ty(fn, x);
    bool known = t->nparts == 0 || ir_is_const(fn, x);
    for (uint32_t k = 0; (ty_is_items(t) || t->kind == TY_SLICE) && k < t->nitem; k++)
        known = (known || k == 0) && is_known(fn, ir_item(fn, x, k));
    return known;
}

Ref infer_constant_item(Fn *fn, Ref object, Ref key)
{
    Ty t = ir_ty(fn, object);
    if (t->kind == TY_CONST && PyList_Check((PyObject *)t->object) && !is_known(fn, key))
        fail(fn->unit, np_pos(fn), DIAG_NOT_COMPILABLE, "this list from outside the function",
             "it is too large, or holds what is not compiled: make it an array");
    if (!is_known(fn, object) || !is_known(fn, key))
        fail(fn->unit, np_pos(fn), DIAG_NOT_INDEXABLE, ty_name(t), ty_name(ir_ty(fn, key)));
    PyObject *o = object_of(fn, object), *k = o ? object_of(fn, key) : NULL, *item = k ? PyObject_GetItem(o, k) : NULL;
    Py_XDECREF(k);
    Py_XDECREF(o);
    return constant_result(fn, item, "item of a constant");
}

Ref infer_constant_items(Fn *fn, Ref x)
{
    PyObject *o = is_known(fn, x) ? object_of(fn, x) : NULL, *items = NULL;
    if (o && PyIter_Check(o) == 0 && PyObject_Size(o) >= 0)     /* an iterator would be used up */
        items = PySequence_Tuple(o);
    Py_XDECREF(o);
    PyErr_Clear();
    return items ? constant_result(fn, items, "items of a constant") : x;
}

Ref infer_constant_truth(Fn *fn, Ref object)
{
    int yes = PyObject_IsTrue(ir_ty(fn, object)->object);
    if (yes < 0)
        fail_message(fn, "truth of a constant");
    return ir_bool(fn, yes);
}

Ref infer_constant_equal(Fn *fn, Ref a, Ref b)
{
    int yes = PyObject_RichCompareBool(ir_ty(fn, a)->object, ir_ty(fn, b)->object, Py_EQ);
    if (yes < 0)
        fail_message(fn, "comparison of constants");
    return ir_bool(fn, yes);
}

Ref infer_constant_call(Fn *fn, const char *path, const Ref *arg, uint32_t n)
{
    while (n > 0 && ref_is_none(arg[n - 1]))
        n--;
    PyObject *f = resolve_path(path), *args = PyTuple_New(n), *result = NULL;
    for (uint32_t k = 0; args && k < n; k++) {
        PyObject *o = ref_is_none(arg[k]) ? Py_NewRef(Py_None) : object_of(fn, arg[k]);
        if (!o || PyTuple_SetItem(args, k, o) < 0)
            Py_CLEAR(args);
    }
    if (f && args)
        result = PyObject_Call(f, args, NULL);
    Py_XDECREF(f);
    Py_XDECREF(args);
    return constant_result(fn, result, path);
}
