/* options.c: what stands behind @njit(...). A dict of options → the Dispatcher's and the function's. */
#include "python/dispatcher.h"

static PyObject *option(PyObject *kw, const char *name)
{
    PyObject *x = kw != NULL ? PyDict_GetItemString(kw, name) : NULL;
    return x != Py_None ? x : NULL;
}

/* A bool, or an int that stands for one; otherwise: *out stays. -1 with a TypeError. */
static int option_bool(PyObject *kw, const char *name, bool *out)
{
    PyObject *x = option(kw, name);
    if (x == NULL)
        return 0;
    if (!PyLong_Check(x)) {
        PyErr_Format(PyExc_TypeError, "%s must be True or False, not %R", name, x);
        return -1;
    }
    *out = PyObject_IsTrue(x) > 0;
    return 0;
}

/* parallel: a bool, or a dict of the parts that are on: all of them or none here. */
static int option_parallel(PyObject *kw, bool *out)
{
    PyObject *x = option(kw, "parallel");
    if (x == NULL || !PyDict_Check(x))
        return option_bool(kw, "parallel", out);
    PyObject *key, *on;
    for (Py_ssize_t at = 0; PyDict_Next(x, &at, &key, &on); )
        *out |= PyObject_IsTrue(on) > 0;
    return PyErr_Occurred() ? -1 : 0;
}

/* The index of the option's text in word[], 0 where it is absent; -1 with a ValueError. */
static int option_word(PyObject *kw, const char *name, const char *const *word, int n)
{
    PyObject *x = option(kw, name);
    if (x == NULL)
        return 0;
    for (int k = 0; k < n && PyUnicode_Check(x); k++)
        if (PyUnicode_CompareWithASCIIString(x, word[k]) == 0)
            return k;
    PyErr_Format(PyExc_ValueError, "%s must be '%s' or '%s', not %R", name, word[0], word[1], x);
    return -1;
}

/* Options of Numba that change nothing here: only what could be meant is accepted. */
static int check_ignored(PyObject *kw)
{
    static const char *const flag[] = { "nopython", "cache", "forceinline", "forceobj", "looplift", "no_rewrites",
                                        "no_cpython_wrapper", "no_cfunc_wrapper" };
    static const char *const inlining[] = { "never", "always" };
    bool unused;
    PyObject *x = option(kw, "inline"), *locals = option(kw, "locals");
    for (size_t k = 0; k < countof(flag); k++)
        if (option_bool(kw, flag[k], &unused) < 0)
            return -1;
    if (locals != NULL && !PyDict_Check(locals)) {
        PyErr_Format(PyExc_TypeError, "locals must be a dict of names and types, not %R", locals);
        return -1;
    }
    return x != NULL && PyCallable_Check(x) ? 0 : option_word(kw, "inline", inlining, 2) < 0 ? -1 : 0;
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
static int option_fastmath(PyObject *kw, uint8_t *bits)
{
    PyObject *x = option(kw, "fastmath"), *name;
    *bits = 0;
    if (x == NULL)
        return 0;
    if (PyBool_Check(x) || PyLong_Check(x)) {
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

int options_read(Dispatcher *d, PyObject *kw, FnOptions *opt)
{
    static const char *const model[] = { "python", "numpy" }, *const shapes[] = { "any", "exact" };
    int numpy = option_word(kw, "error_model", model, 2), exact = option_word(kw, "shapes", shapes, 2);
    if (numpy < 0 || exact < 0 || option_fastmath(kw, &opt->fastmath) < 0)
        return -1;
    opt->numpy_division = numpy == 1;
    bool nogil = false;
    opt->boundscheck = true;
    if (option_bool(kw, "boundscheck", &opt->boundscheck) < 0 || option_bool(kw, "debug", &opt->debug) < 0
        || option_parallel(kw, &opt->parallel) < 0 || option_bool(kw, "nogil", &nogil) < 0 || check_ignored(kw) < 0)
        return -1;
    d->exact = exact == 1;
    d->nogil = nogil;
    d->target = opt->parallel ? TARGET_PARALLEL : TARGET_CPU;
    d->flags = opt->debug ? CODEGEN_DEBUG : 0;
    return PyErr_Occurred() ? -1 : 0;
}
