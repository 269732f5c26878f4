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

#include <fenv.h>
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

/* A weak type goes with any of its kind or a higher one. */
static bool takes(Ty from, int type_num)
{
    Ty to = ty_of_npy(type_num);
    if (!to)
        return false;
    if (!ty_is_weak(from))
        return PyArray_CanCastSafely(ty_to_npy(from), type_num);
    return ty_is_complex(to) || (ty_is_float(to) && !ty_is_complex(from)) || (ty_is_int(to) && ty_is_int(from));
}

static bool is_exact(Ty from, int type_num) { return ty_is_weak(from) ? takes(from, type_num) : ty_of_npy(type_num) == from; }

static bool fill_loop(const PyUFuncObject *u, int k, bool exact, const Ty *in, RtUfunc *out)
{
    const char *type = u->types + k * u->nargs;
    for (int j = 0; j < u->nargs; j++)
        if (j < u->nin ? !(exact ? is_exact : takes)(in[j], type[j]) : !ty_of_npy(type[j]))
            return false;
    for (int j = 0; j < u->nargs; j++)
        out->type[j] = ty_of_npy(type[j]);
    out->loop = (void *)u->functions[k];
    out->data = u->data ? (void *)u->data[k] : NULL;
    return true;
}

/* false: more operands or core dimensions than we take. */
static bool fill_layout(const PyUFuncObject *u, RtUfunc *out)
{
    *out = (RtUfunc){ .name = u->name, .layout = u->core_enabled ? u->core_signature : NULL, .nin = (uint32_t)u->nin,
                      .nout = (uint32_t)u->nout };
    if (u->nargs > RT_OPERANDS)
        return false;
    if (!u->core_enabled)
        return true;
    out->ndim = (uint32_t)u->core_num_dim_ix;
    for (uint32_t k = 0; k < out->ndim && k < countof(out->size); k++)
        out->size[k] = u->core_dim_flags[k] & UFUNC_CORE_DIM_SIZE_INFERRED ? -1 : u->core_dim_sizes[k];
    for (int k = 0; k < u->nargs; k++) {
        out->ncore[k] = (uint8_t)u->core_num_dims[k];
        for (int j = 0; j < u->core_num_dims[k] && j < RT_CORE; j++)
            out->dim[k][j] = (uint8_t)u->core_dim_ixs[u->core_offsets[k] + j];
        if (u->core_num_dims[k] > RT_CORE)
            return false;
    }
    return out->ndim <= countof(out->size);
}

bool rt_is_ufunc(void *object)
{
    PyObject *o = object;
    PyObject *numpy = PyImport_ImportModule("numpy"), *type = numpy ? PyObject_GetAttrString(numpy, "ufunc") : NULL;
    bool yes = type && (PyObject *)Py_TYPE(o) == type;
    Py_XDECREF(type);
    Py_XDECREF(numpy);
    PyErr_Clear();
    return yes;
}

int rt_find_ufunc(void *object, const Ty *in, uint32_t nin, RtUfunc *out)
{
    const PyUFuncObject *u = object;
    if (!rt_is_ufunc(object))
        return 0;
    if (!fill_layout(u, out) || nin < out->nin)
        return -1;
    for (int k = 0; k < 2 * u->ntypes; k++)         /* first those of just these types */
        if (u->functions[k % u->ntypes] && fill_loop(u, k % u->ntypes, k < u->ntypes, in, out))
            return 1;
    return -1;
}

bool rt_call_loop(int64_t loop, int64_t data, int64_t *table, char *a, char *b, char *c, char *d, char *e, char *f,
                  char *g, char *h)
{
    char *args[RT_OPERANDS] = { a, b, c, d, e, f, g, h };
    npy_intp *dims = (npy_intp *)table + 1, *steps = dims + table[0];
    feclearexcept(FE_INVALID);
    ((PyUFuncGenericFunction)(intptr_t)loop)(args, dims, steps, (void *)(intptr_t)data);
    return fetestexcept(FE_INVALID) != 0;
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
