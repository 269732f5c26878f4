/* options.c: what stands behind @njit(...): rows of options. A dict of them → the Dispatcher's and the function's. */
#include "python/dispatcher.h"

/* What the options are read into. */
typedef struct Options { FnOptions fn; bool nogil, exact, unused; } Options;

/* An option: how its value is read, and where that goes. None stands for what is so without it. */
typedef struct Option {
    const char *name;
    int (*read)(const char *name, PyObject *x, void *out);      /* -1 with an exception */
    size_t at;                                                  /* in Options */
} Option;

/* A bool, or an int that stands for one. */
static int read_bool(const char *name, PyObject *x, void *out)
{
    if (!PyLong_Check(x)) {
        PyErr_Format(PyExc_TypeError, "%s must be True or False, not %R", name, x);
        return -1;
    }
    *(bool *)out = PyObject_IsTrue(x) > 0;
    return 0;
}

/* Which of two words it is; -1 with a ValueError. */
static int read_word(const char *name, PyObject *x, const char *first, const char *second)
{
    for (int k = 0; k < 2 && PyUnicode_Check(x); k++)
        if (PyUnicode_CompareWithASCIIString(x, k ? second : first) == 0)
            return k;
    PyErr_Format(PyExc_ValueError, "%s must be '%s' or '%s', not %R", name, first, second, x);
    return -1;
}

static int read_either(const char *name, PyObject *x, const char *first, const char *second, void *out)
{
    int which = read_word(name, x, first, second);
    *(bool *)out = which > 0;
    return which < 0 ? -1 : 0;
}

static int read_error_model(const char *name, PyObject *x, void *out) { return read_either(name, x, "python", "numpy", out); }
static int read_shapes(const char *name, PyObject *x, void *out) { return read_either(name, x, "any", "exact", out); }

/* A bool, or a dict of the parts that are on: all of them or none here. target="parallel" may have said it. */
static int read_parallel(const char *name, PyObject *x, void *out)
{
    PyObject *key, *on;
    bool yes = false;
    if (!PyDict_Check(x) && read_bool(name, x, &yes) < 0)
        return -1;
    for (Py_ssize_t at = 0; PyDict_Check(x) && PyDict_Next(x, &at, &key, &on); )
        yes |= PyObject_IsTrue(on) > 0;
    *(bool *)out |= yes;
    return PyErr_Occurred() ? -1 : 0;
}

static int read_target(const char *name, PyObject *x, void *out)
{
    bool cpu = PyUnicode_Check(x) && PyUnicode_CompareWithASCIIString(x, "cpu") == 0;
    bool parallel = PyUnicode_Check(x) && PyUnicode_CompareWithASCIIString(x, "parallel") == 0;
    *(bool *)out |= parallel;
    return cpu || parallel ? 0 : raise_unsupported("%s %R is not supported", name, x);
}

static const struct { const char *name; uint8_t bit; } fast_row[] = {
    { "nnan", FAST_NNAN }, { "ninf", FAST_NINF }, { "nsz", FAST_NSZ }, { "arcp", FAST_ARCP },
    { "contract", FAST_CONTRACT }, { "afn", FAST_AFN }, { "reassoc", FAST_REASSOC }, { "fast", FAST_ALL } };

/* The bit of a flag's name; -1 with a ValueError. */
static int fast_flag(PyObject *name)
{
    for (size_t k = 0; k < countof(fast_row) && PyUnicode_Check(name); k++)
        if (PyUnicode_CompareWithASCIIString(name, fast_row[k].name) == 0)
            return fast_row[k].bit;
    PyErr_Format(PyExc_ValueError, "fastmath: %R is not one of nnan, ninf, nsz, arcp, contract, afn, reassoc, fast", name);
    return -1;
}

/* A bool, one flag, a set of flags, or a dict of flags and bools. */
static int read_fastmath(const char *option, PyObject *x, void *out)
{
    uint8_t *bits = out;
    PyObject *name;
    if (PyLong_Check(x)) {
        *bits = PyObject_IsTrue(x) > 0 ? FAST_ALL : 0;
        return 0;
    }
    if (PyUnicode_Check(x)) {
        int bit = fast_flag(x);
        *bits = (uint8_t)bit;
        return bit < 0 ? -1 : 0;
    }
    PyObject *it = PyObject_GetIter(x);
    while (it != NULL && (name = PyIter_Next(it)) != NULL) {
        PyObject *on = PyDict_Check(x) ? PyDict_GetItemWithError(x, name) : Py_True;
        int bit = fast_flag(name);
        Py_DECREF(name);
        if (bit < 0)
            break;
        *bits |= on != NULL && PyObject_IsTrue(on) > 0 ? (uint8_t)bit : 0;
    }
    Py_XDECREF(it);
    return PyErr_Occurred() ? -1 : 0;
}

/* The types themselves are read when the function is there: signature_locals(). */
static int read_locals(const char *name, PyObject *x, void *out)
{
    if (!PyDict_Check(x))
        PyErr_Format(PyExc_TypeError, "%s must be a dict of names and types, not %R", name, x);
    return PyDict_Check(x) ? 0 : -1;
}

/* Numba's options that change nothing here: only what could be meant is taken. */
static int read_any(const char *name, PyObject *x, void *out) { return 0; }
static int read_inline(const char *name, PyObject *x, void *out) { return PyCallable_Check(x) ? 0 : read_either(name, x, "never", "always", out); }

static int read_forceobj(const char *name, PyObject *x, void *out)
{
    bool on = false;
    return read_bool(name, x, &on) < 0 ? -1 : on ? raise_unsupported("%s: numjit has no object mode", name) : 0;
}

#define AT(field) offsetof(Options, field)
static const Option row[] = {
    { "boundscheck", read_bool, AT(fn.boundscheck) },
    { "debug", read_bool, AT(fn.debug) },
    { "error_model", read_error_model, AT(fn.numpy_division) },
    { "fastmath", read_fastmath, AT(fn.fastmath) },
    { "locals", read_locals, AT(unused) },
    { "nogil", read_bool, AT(nogil) },
    { "parallel", read_parallel, AT(fn.parallel) },
    { "shapes", read_shapes, AT(exact) },
    { "target", read_target, AT(fn.parallel) },
    { "cache", read_bool, AT(unused) },
    { "forceinline", read_bool, AT(unused) },
    { "forceobj", read_forceobj, AT(unused) },
    { "inline", read_inline, AT(unused) },
    { "looplift", read_bool, AT(unused) },
    { "no_cfunc_wrapper", read_bool, AT(unused) },
    { "no_cpython_wrapper", read_bool, AT(unused) },
    { "no_rewrites", read_bool, AT(unused) },
    { "nopython", read_bool, AT(unused) },
    { "pipeline_class", read_any, AT(unused) },
    { "target_backend", read_any, AT(unused) },
    { "_dbg_extend_lifetimes", read_any, AT(unused) },
    { "_dbg_optnone", read_any, AT(unused) },
    { "_nrt", read_any, AT(unused) },
};

static int read_one(PyObject *name, PyObject *x, Options *o)
{
    for (size_t k = 0; k < countof(row); k++)
        if (PyUnicode_CompareWithASCIIString(name, row[k].name) == 0)
            return x == Py_None ? 0 : row[k].read(row[k].name, x, (char *)o + row[k].at);
    PyErr_Format(PyExc_TypeError, "jit() got an unexpected option %R", name);
    return -1;
}

int options_read(Dispatcher *d, PyObject *kw, FnOptions *opt)
{
    Options o = { .fn.boundscheck = true };
    PyObject *name, *x;
    for (Py_ssize_t at = 0; kw != NULL && PyDict_Next(kw, &at, &name, &x); )
        if (read_one(name, x, &o) < 0)
            return -1;
    *opt = o.fn;
    d->exact = o.exact;
    d->nogil = o.nogil;
    d->target = opt->parallel ? TARGET_PARALLEL : TARGET_CPU;
    d->flags = opt->debug ? CODEGEN_DEBUG : 0;
    return 0;
}
