/* signature.c: types and signatures as users write them: "f8[:, ::1](f8, i8)", objects of numjit.types, dtypes, classes. */
#include "python/dispatcher.h"

/* Calls numjit.types.<name>(x). */
static PyObject *types_py(const char *name, PyObject *x)
{
    PyObject *m = PyImport_ImportModule("numjit.types");
    PyObject *r = m != NULL ? PyObject_CallMethod(m, name, "(O)", x) : NULL;
    Py_XDECREF(m);
    return r;
}

/* NULL: it is no type, or there is no memory (with an exception). */
static Ty parse(State *s, const char *text, const char **why)
{
    MemoryCatch memory;
    volatile Ty x = NULL;
    memory_begin(&memory);
    if (setjmp(memory.at) == 0)
        x = ty_parse(s->types, text, why);
    else
        PyErr_NoMemory();
    memory_end(&memory);
    return x;
}

/* One type: a spelling, an object of numjit.types, a dtype, a class. */
static Ty type_of_object(State *s, PyObject *o)
{
    const char *why = "not a type";
    PyObject *spelling = types_py("spelling", o);
    const char *text = spelling != NULL ? PyUnicode_AsUTF8AndSize(spelling, NULL) : NULL;
    Ty x = text != NULL ? parse(s, text, &why) : NULL;
    if (x == NULL && text != NULL && !PyErr_Occurred())
        raise_typing("bad signature: '%s': %s", text, why);
    Py_XDECREF(spelling);
    return x;
}

static int types_of_sequence(State *s, PyObject *sequence, Ty *out, uint32_t n)
{
    Py_ssize_t given = PySequence_Size(sequence);
    if (given != (Py_ssize_t)n) {
        if (!PyErr_Occurred())
            raise_typing("bad signature: %d type%s for a function of %u parameter%s", (int)given, given == 1 ? "" : "s",
                n, n == 1 ? "" : "s");
        return -1;
    }
    for (uint32_t k = 0; k < n; k++) {
        PyObject *o = PySequence_GetItem(sequence, k);
        out[k] = o != NULL ? type_of_object(s, o) : NULL;
        Py_XDECREF(o);
        if (out[k] == NULL)
            return -1;
    }
    return 0;
}

int signature_parse(Dispatcher *d, PyObject *signature, Ty *key, Ty *result)
{
    PyObject *pair = types_py("parse_signature", signature);    /* (type or None, tuple of types) */
    int rc = -1;
    *result = NULL;
    if (pair == NULL)
        return -1;
    PyObject *ret = PyTuple_GetItem(pair, 0), *args = PyTuple_GetItem(pair, 1);
    if (ret == NULL || args == NULL || types_of_sequence(d->state, args, key, d->nslot) < 0)
        goto out;
    if (ret != Py_None && (*result = type_of_object(d->state, ret)) == NULL)
        goto out;
    rc = 0;
out:
    Py_DECREF(pair);
    return rc;
}

int signature_compile(Dispatcher *d, PyObject *signature)
{
    Ty key[256], ret;
    if (signature_parse(d, signature, key, &ret) < 0)
        return -1;
    Entry *e = specialize_find(d, key);
    if (e != NULL && (ret == NULL || e->instance->ret == ret))
        return 0;
    return specialize_compile(d, key, ret) != NULL ? 0 : -1;
}

int signature_declare(Dispatcher *d, PyObject *signatures)
{
    Ty key[256], ret;
    Py_ssize_t n = PySequence_Size(signatures);
    for (Py_ssize_t k = 0; k < n; k++) {        /* all first: one may call the function with the types of another */
        PyObject *s = PySequence_GetItem(signatures, k);
        int rc = s != NULL ? signature_parse(d, s, key, &ret) : -1;
        Py_XDECREF(s);
        if (rc < 0)
            return -1;
        if (!driver_declare(d->func, key, d->nslot, ret))
            return -1;
    }
    for (Py_ssize_t k = 0; k < n; k++) {
        PyObject *s = PySequence_GetItem(signatures, k);
        int rc = s != NULL ? signature_compile(d, s) : -1;
        Py_XDECREF(s);
        if (rc < 0)
            return -1;
    }
    return n < 0 ? -1 : 0;
}

int signature_locals(Dispatcher *d, PyObject *locals)
{
    PyObject *name, *type;
    Py_ssize_t at = 0;
    if (locals == NULL || locals == Py_None)
        return 0;
    if (!PyDict_Check(locals)) {
        PyErr_SetString(PyExc_TypeError, "locals must be a dict of names and types");
        return -1;
    }
    while (PyDict_Next(locals, &at, &name, &type)) {
        const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, NULL) : NULL;
        Ty x = text != NULL ? type_of_object(d->state, type) : NULL;
        if (x == NULL) {
            if (!PyErr_Occurred())
                PyErr_Format(PyExc_TypeError, "locals: %R is not the name of a variable", name);
            return -1;
        }
        if (!driver_local(d->func, text, x))
            return -1;
    }
    return 0;
}
