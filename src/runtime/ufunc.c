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
#include <math.h>
#include <stdio.h>
#include <string.h>
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
    bool found = false, is_ufunc = o && rt_is_ufunc(o);       /* the user may have put something else there */
    const PyUFuncObject *u = (PyUFuncObject *)o;
    for (int k = 0; is_ufunc && !found && (int)n == u->nargs && k < u->ntypes; k++)
        if ((found = same_types(u, k, types, n))) {
            *loop = (void *)u->functions[k];
            *data = (void *)u->data[k];
        }
    Py_XDECREF(o);                                      /* numpy keeps it, and so the loop */
    return found;
}

/* ---- loops of functions ---- */

typedef union Libm { void *p; double (*d1)(double), (*d2)(double, double); float (*f1)(float), (*f2)(float, float); } Libm;
enum { PROBES = 1024 };

static Libm libm_function(const char *cname, bool is_f32)
{
    char name[32];
    snprintf(name, sizeof name, "%s%s", cname, is_f32 ? "f" : "");
    for (const RtSymbol *s = rt_libm; s->name; s++)
        if (!strcmp(s->name, name))
            return (Libm){ s->address };
    return (Libm){ NULL };
}

static double libm_value(Libm f, uint32_t nin, bool is_f32, double x, double y)
{
    if (is_f32)
        return nin == 1 ? f.f1((float)x) : f.f2((float)x, (float)y);
    return nin == 1 ? f.d1(x) : f.d2(x, y);
}

static double place_get(const void *p, bool is_f32, int k) { return is_f32 ? ((const float *)p)[k] : ((const double *)p)[k]; }

static void place_set(void *p, bool is_f32, int k, double x)
{
    if (is_f32)
        ((float *)p)[k] = (float)x;
    else
        ((double *)p)[k] = x;
}

/* Within 4 ulp: libm's cbrt is not better. */
static bool is_near(double x, double want, bool is_f32)
{
    double up = is_f32 ? nextafterf((float)want, INFINITY) : nextafter(want, INFINITY);
    return fabs(x - want) <= 4 * (up - want);
}

/* What is known of a loop, by address; one compilation at a time asks (the compile lock). */
typedef struct Tried { void *loop; bool is_vector; } Tried;
static struct { Tried at[64]; uint32_t n; } tried;

/* NumPy's loop is libm's function for each element where NumPy has no vector code for this machine; then their values are
 * equal. Vector code differs from it in the last bit now and then, and never by much. */
static bool is_vector_loop(void *loop, void *data, Libm f, uint32_t nin, bool is_f32)
{
    double x[PROBES], y[PROBES], r[PROBES];
    for (int k = 0; k < PROBES; k++) {
        place_set(x, is_f32, k, (k < PROBES / 2 ? 0 : 1) + (k + 0.5) / PROBES);
        place_set(y, is_f32, k, 3 - (k + 0.5) / PROBES);
    }
    rt_call_block((int64_t)(intptr_t)loop, (int64_t)(intptr_t)data, PROBES, is_f32 ? 4 : 8, (char *)x, nin == 1 ? (char *)r : (char *)y, (char *)r);
    bool differs = false;
    for (int k = 0; k < PROBES; k++) {
        double want = libm_value(f, nin, is_f32, place_get(x, is_f32, k), place_get(y, is_f32, k)), got = place_get(r, is_f32, k);
        if (isnan(want) ? !isnan(got) : !is_near(got, want, is_f32))
            return false;
        differs |= !isnan(want) && got != want;
    }
    return differs;
}

bool rt_find_vector_loop(const char *name, const char *cname, uint32_t nin, bool is_f32, void **loop, void **data)
{
    int type = is_f32 ? NPY_FLOAT : NPY_DOUBLE, types[3] = { type, type, type };
    Libm f = libm_function(cname, is_f32);
    if (!f.p || !rt_find_loop(name, types, nin + 1, loop, data))
        return false;
    for (uint32_t k = 0; k < tried.n; k++)
        if (tried.at[k].loop == *loop)
            return tried.at[k].is_vector;
    bool yes = is_vector_loop(*loop, *data, f, nin, is_f32);
    if (tried.n < countof(tried.at))
        tried.at[tried.n++] = (Tried){ *loop, yes };
    return yes;
}

void rt_call_block(int64_t loop, int64_t data, int64_t n, int64_t nbytes, char *a, char *b, char *c)
{
    char *args[3] = { a, b, c };
    npy_intp dims[1] = { n }, steps[3] = { nbytes, nbytes, nbytes };
    ((PyUFuncGenericFunction)(intptr_t)loop)(args, dims, steps, (void *)(intptr_t)data);
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

void *rt_find_dot(int type)
{
    PyArray_Descr *d = PyArray_DescrFromType(type);
    void *found = (void *)PyDataType_GetArrFuncs(d)->dotfunc;
    Py_DECREF(d);                                       /* NumPy's own dtypes live for ever */
    return found;
}

void rt_dot(int64_t dot, void *owner_a, char *a, int64_t n, int64_t as, void *owner_b, char *b, int64_t n_, int64_t bs,
            void *owner_c, char *c, int64_t one, int64_t cs)
{
    (void)owner_a, (void)owner_b, (void)owner_c, (void)n_, (void)one, (void)cs;
    ((PyArray_DotFunc *)(intptr_t)dot)(a, as, b, bs, c, n, NULL);
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
