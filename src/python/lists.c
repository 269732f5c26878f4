/* lists.c: a list of numbers as an argument. What is passed on in its place is a capsule with an array of its numbers, made when
 * the call begins and gone when it ends: compiled code takes it as a list that nothing changes (np/numbers.c). */
#include "python/python.h"
#include <stdlib.h>

static const char capsule_name[] = "numjit.list";
typedef struct Listed { PyObject *array; uint8_t item; /* TyKind */ } Listed;

static const Listed *listed(PyObject *o)
{
    return PyCapsule_IsValid(o, capsule_name) ? PyCapsule_GetPointer(o, capsule_name) : NULL;
}

static void listed_free(PyObject *capsule)
{
    Listed *l = PyCapsule_GetPointer(capsule, capsule_name);
    Py_DECREF(l->array);
    free(l);
}

/* Of a number; TY_NONE: it is none. */
static TyKind number_kind(State *s, PyObject *o)
{
    if (PyBool_Check(o))
        return TY_BOOL;
    if (PyFloat_CheckExact(o))
        return TY_PYFLOAT;
    const char *why;
    Ty x = key_typeof(s->types, o, false, &why);
    return x != NULL && x->kind < TY_PTR ? (TyKind)x->kind : TY_NONE;
}

/* The type of all numbers in the list, levels deep; TY_NONE: there is no such type. */
static TyKind item_kind(State *s, PyObject *list, int levels)
{
    TyKind all = TY_NONE;
    for (Py_ssize_t k = 0; k < PyList_Size(list); k++) {
        PyObject *o = PyList_GetItem(list, k);
        if (levels > 1 && !PyList_CheckExact(o))
            return TY_NONE;
        TyKind one = levels > 1 ? item_kind(s, o, levels - 1) : number_kind(s, o);
        if (one == TY_NONE || (k > 0 && one != all))
            return TY_NONE;
        all = one;
    }
    return all;
}

static PyObject *array_of(State *s, PyObject *list, TyKind *item)
{
    PyObject *a = PyArray_FROM_O(list);
    if (a == NULL || ty_of_npy(PyArray_TYPE((PyArrayObject *)a)) == NULL || PyArray_NDIM((PyArrayObject *)a) > NDIM_MAX
        || (*item = item_kind(s, list, PyArray_NDIM((PyArrayObject *)a))) == TY_NONE) {
        Py_XDECREF(a);
        if (!PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_ValueError))
            raise_typing("an argument of type list cannot be used in compiled code: it must hold numbers of one type (an empty one has "
                         "none), or lists with as many such each: pass an array");
        return NULL;
    }
    PyObject *c = PyArray_FROMANY(a, ty_to_npy(ty(*item)), 0, 0, NPY_ARRAY_CARRAY);
    Py_DECREF(a);
    return c;
}

PyObject *list_capsule(State *s, PyObject *list)
{
    TyKind item = TY_NONE;
    PyObject *a = array_of(s, list, &item);
    Listed *l = a != NULL ? malloc(sizeof *l) : NULL;
    if (l != NULL)
        *l = (Listed){ a, (uint8_t)item };
    PyObject *capsule = l != NULL ? PyCapsule_New(l, capsule_name, listed_free) : NULL;
    if (capsule == NULL) {
        Py_XDECREF(a);
        free(l);
        return a != NULL && l == NULL ? PyErr_NoMemory() : NULL;
    }
    return capsule;
}

Ty list_type(Types *t, PyObject *capsule)
{
    const Listed *l = listed(capsule);
    if (l == NULL)
        return NULL;
    Ty item = ty((TyKind)l->item);
    Ty part[2] = { ty_array(t, ty_strong(item), (uint32_t)PyArray_NDIM((PyArrayObject *)l->array), ORDER_C, false, NULL),
                   ty_constant(t, TY_DTYPE, item, NULL) };
    return ty_aggregate(t, TY_NUMBERS, part, 2, NULL);
}

PyObject *list_array(PyObject *capsule)
{
    const Listed *l = listed(capsule);
    return l != NULL ? l->array : NULL;
}
