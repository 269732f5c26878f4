/* sort.c: NumPy's own sorts: found while compiling (with the GIL), called by compiled code without it. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_25_API_VERSION
#define NPY_TARGET_VERSION NPY_1_25_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL numjit_ARRAY_API
#define NO_IMPORT_ARRAY
#include <numpy/arrayobject.h>

#include "runtime/functions.h"

void *rt_find_sort(int type, bool stable, bool places)
{
    PyArray_Descr *d = PyArray_DescrFromType(type);
    PyArray_ArrFuncs *f = PyDataType_GetArrFuncs(d);
    NPY_SORTKIND kind = stable ? NPY_STABLESORT : NPY_QUICKSORT;
    void *found = places ? (void *)f->argsort[kind] : (void *)f->sort[kind];
    Py_DECREF(d);                                       /* NumPy's own dtypes live for ever */
    return found;
}

static Status status_of(Call *c, int failed, int64_t nbytes)
{
    return failed ? rt_fail(c, DIAG_MEMORY, 1, nbytes) : STATUS_OK;
}

Status rt_sort_rows(Call *c, int64_t sort, int64_t nbytes, void *owner, char *a, int64_t rows, int64_t n)
{
    (void)owner;
    int failed = 0;
    for (int64_t k = 0; k < rows && !failed; k++)
        failed = ((PyArray_SortFunc *)(intptr_t)sort)(a + k * nbytes, n, NULL);
    return status_of(c, failed, nbytes);
}

Status rt_argsort_rows(Call *c, int64_t sort, int64_t nbytes, void *owner, char *a, int64_t rows, int64_t n,
                       void *owner_at, int64_t *at, int64_t rows_at, int64_t n_at)
{
    (void)owner, (void)owner_at, (void)rows_at, (void)n_at;
    int failed = 0;
    for (int64_t k = 0; k < rows && !failed; k++)
        failed = ((PyArray_ArgSortFunc *)(intptr_t)sort)(a + k * nbytes, (npy_intp *)at + k * n, n, NULL);
    return status_of(c, failed, nbytes);
}
