/* bind.c: the arguments of a call → one object a parameter, as CPython binds them, with its messages. */
#include "python/dispatcher.h"

/* 'a', 'b', and 'c' as CPython lists missing ones. */
static PyObject *raise_missing(Dispatcher *d, PyObject *const *bound, uint32_t from, uint32_t to, const char *kind)
{
    char text[800];
    size_t at = 0;
    uint32_t n = 0, seen = 0;
    text[0] = 0;
    for (uint32_t k = from; k < to; k++)
        n += bound[k] == NULL;
    for (uint32_t k = from; k < to; k++) {
        if (bound[k] != NULL || at > sizeof text - 200)
            continue;
        const char *s = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(d->param, k), NULL);
        const char *sep = seen == 0 ? "" : n == 2 ? " and " : seen == n - 1 ? ", and " : ", ";
        at += (size_t)snprintf(text + at, 150, "%s'%s'", sep, s);
        seen++;
    }
    return PyErr_Format(PyExc_TypeError, "%s() missing %d required %s argument%s: %s", dispatcher_name(d), (int)n, kind,
        n == 1 ? "" : "s", text);
}

static PyObject *raise_too_many(Dispatcher *d, Py_ssize_t given)
{
    uint32_t ndefault = 0;
    for (uint32_t k = 0; k < d->npos; k++)
        ndefault += d->dflt[k] != NULL;
    if (ndefault > 0)
        return PyErr_Format(PyExc_TypeError, "%s() takes from %d to %d positional arguments but %zd were given",
            dispatcher_name(d), (int)(d->npos - ndefault), (int)d->npos, given);
    return PyErr_Format(PyExc_TypeError, "%s() takes %d positional argument%s but %zd %s given", dispatcher_name(d),
        (int)d->npos, d->npos == 1 ? "" : "s", given, given == 1 ? "was" : "were");
}

static int bind_keyword(Dispatcher *d, PyObject **bound, PyObject *name, PyObject *value)
{
    for (uint32_t k = 0; k < d->npos + d->nkwonly; k++) {
        PyObject *p = PyTuple_GetItem(d->param, k);
        if (p != name && PyUnicode_Compare(p, name) != 0)
            continue;
        if (bound[k] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'", dispatcher_name(d), name);
            return -1;
        }
        bound[k] = value;
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", dispatcher_name(d), name);
    return -1;
}

/* What stands for a parameter that the call leaves out: where there are signatures, the value, for it becomes what they say. NULL: nothing does. */
static PyObject *left_out(const Dispatcher *d, uint32_t k)
{
    PyObject *o = d->dflt[k];
    Ty x = o != NULL && d->func != NULL && driver_is_declared(d->func) ? omitted_type(d->state, o) : NULL;
    return x != NULL ? x->object : o;
}

PyObject *bind_and_call(Dispatcher *d, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    PyObject *bound[d->nslot + 1], *rest = NULL, *result = NULL;
    memset(bound, 0, sizeof bound);
    uint32_t named = d->npos + d->nkwonly;
    Py_ssize_t npos = n < d->npos ? n : d->npos;
    if (d->varkw)
        return PyErr_Format(PyExc_TypeError, "%s(): **kwargs are not supported", dispatcher_name(d));
    if (n > d->npos && !d->varargs)
        return raise_too_many(d, n);
    for (Py_ssize_t k = 0; k < npos; k++)
        bound[k] = args[k];
    for (Py_ssize_t k = 0; kwnames != NULL && k < PyTuple_Size(kwnames); k++)
        if (bind_keyword(d, bound, PyTuple_GetItem(kwnames, k), args[n + k]) < 0)
            return NULL;
    bool missing = false, missing_kw = false;
    for (uint32_t k = 0; k < named; k++) {
        if (bound[k] != NULL)
            continue;
        bound[k] = left_out(d, k);
        if (bound[k] == NULL)
            *(k < d->npos ? &missing : &missing_kw) = true;
    }
    if (missing)
        return raise_missing(d, bound, 0, d->npos, "positional");
    if (missing_kw)
        return raise_missing(d, bound, d->npos, named, "keyword-only");
    if (d->varargs) {
        rest = PyTuple_New(n - npos);
        if (rest == NULL)
            return NULL;
        for (Py_ssize_t k = npos; k < n; k++)
            PyTuple_SetItem(rest, k - npos, Py_NewRef(args[k]));
        bound[named] = rest;
    }
    result = dispatcher_call_bound(d, bound);
    Py_XDECREF(rest);
    return result;
}
