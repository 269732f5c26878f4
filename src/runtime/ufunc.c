/* ufunc.c: NumPy's own inner loops: found while compiling (with the GIL), called by compiled code without it. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_25_API_VERSION
#define NPY_TARGET_VERSION NPY_1_25_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL numjit_ARRAY_API
#define PY_UFUNC_UNIQUE_SYMBOL numjit_UFUNC_API
#define NO_IMPORT_ARRAY
#define NO_IMPORT_UFUNC
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>

#include "runtime/functions.h"

static bool same_types(const PyUFuncObject *u, int loop, const int *types, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++)
        if (!PyArray_EquivTypenums(u->types[loop * u->nargs + (int)k], types[k]))
            return false;
    return true;
}

bool rt_find_loop(const char *name, const int *types, uint32_t n, void **loop, void **data)
{
    PyObject *numpy = PyImport_ImportModule("numpy"), *o = numpy ? PyObject_GetAttrString(numpy, name) : NULL;
    PyErr_Clear();                                      /* a NumPy without it has no loop */
    Py_XDECREF(numpy);
    bool found = false;
    const PyUFuncObject *u = (PyUFuncObject *)o;
    for (int k = 0; o && !found && (int)n == u->nargs && k < u->ntypes; k++)
        if ((found = same_types(u, k, types, n))) {
            *loop = (void *)u->functions[k];
            *data = (void *)u->data[k];
        }
    Py_XDECREF(o);                                      /* numpy keeps it, and so the loop */
    return found;
}

void rt_matmul(int64_t loop, int64_t data, void *owner_a, char *a, int64_t m, int64_t k, int64_t am, int64_t ak,
               void *owner_b, char *b, int64_t k_, int64_t p, int64_t bk, int64_t bp,
               void *owner_c, char *c, int64_t m_, int64_t p_, int64_t cm, int64_t cp)
{
    (void)owner_a, (void)owner_b, (void)owner_c, (void)k_, (void)m_, (void)p_;
    char *args[3] = { a, b, c };
    npy_intp dims[4] = { 1, m, k, p }, steps[9] = { 0, 0, 0, am, ak, bk, bp, cm, cp };
    ((PyUFuncGenericFunction)(intptr_t)loop)(args, dims, steps, (void *)(intptr_t)data);
}
