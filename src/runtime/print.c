/* print.c: print() of compiled code, and numbers out of strings. Takes the GIL. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "runtime/functions.h"

/* Writes str(x) to sys.stdout. Takes over x; the GIL is held. */
static Status write_object(Call *c, PyObject *x)
{
    PyObject *out = PySys_GetObject("stdout");
    int rc = -1;
    if (x != NULL && (out == NULL || out == Py_None))
        rc = 0;
    else if (x != NULL) {
        Py_INCREF(out);
        rc = PyFile_WriteObject(x, out, Py_PRINT_RAW);
        Py_DECREF(out);
    }
    Py_XDECREF(x);
    Status s = rc == 0 ? STATUS_OK : rt_fail_py(c);
    rt_gil_give(c);
    return s;
}

Status rt_print_int(Call *c, int64_t x)
{
    rt_gil_take(c);
    return write_object(c, PyLong_FromLongLong(x));
}

Status rt_print_uint(Call *c, int64_t x)
{
    rt_gil_take(c);
    return write_object(c, PyLong_FromUnsignedLongLong((uint64_t)x));
}

Status rt_print_float(Call *c, double x)
{
    rt_gil_take(c);
    return write_object(c, PyFloat_FromDouble(x));
}

Status rt_print_bool(Call *c, bool x)
{
    rt_gil_take(c);
    return write_object(c, PyBool_FromLong(x));
}

Status rt_print_complex(Call *c, double re, double im)
{
    rt_gil_take(c);
    return write_object(c, PyComplex_FromDoubles(re, im));
}

Status rt_print_str(Call *c, void *object, const char *bytes, int64_t nbytes)
{
    rt_gil_take(c);
    return write_object(c, PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)nbytes, "surrogatepass"));
}

Status rt_print_value(Call *c, const Type *type, const uint64_t *part)
{
    rt_gil_take(c);
    return write_object(c, rt_box(type, part));
}

/* The array that is printed is a copy, since nobody is said to own the data. */
Status rt_print_array(Call *c, const Type *type, const void *data, const uint64_t *layout, bool quoted)
{
    uint64_t part[2 + 2 * NDIM_MAX] = { 0, (uint64_t)(uintptr_t)data };
    memcpy(part + 2, layout, 2u * type->ndim * sizeof *layout);
    rt_gil_take(c);
    PyObject *x = rt_box(type, part), *text = x != NULL && quoted ? PyObject_Repr(x) : Py_XNewRef(x);
    Py_XDECREF(x);
    return write_object(c, text);
}

/* Ends what the GIL was taken for: stores nothing itself. */
static Status parsed(Call *c, bool ok)
{
    Status s = ok ? STATUS_OK : rt_fail_py(c);
    rt_gil_give(c);
    return s;
}

Status rt_float_from_str(Call *c, void *object, const char *bytes, int64_t nbytes, double *out)
{
    rt_gil_take(c);
    PyObject *s = PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)nbytes, "surrogatepass");
    PyObject *x = s != NULL ? PyFloat_FromString(s) : NULL;
    *out = x != NULL ? PyFloat_AsDouble(x) : 0;
    Py_XDECREF(s);
    Py_XDECREF(x);
    return parsed(c, x != NULL);
}

Status rt_int_from_str(Call *c, void *object, const char *bytes, int64_t nbytes, int64_t base, int64_t *out)
{
    rt_gil_take(c);
    PyObject *s = PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)nbytes, "surrogatepass");
    PyObject *x = s != NULL ? PyObject_CallFunction((PyObject *)&PyLong_Type, "OL", s, (long long)base) : NULL;
    *out = x != NULL ? (int64_t)PyLong_AsLongLong(x) : 0;
    bool ok = x != NULL && !(*out == -1 && PyErr_Occurred());       /* an int here has 64 bits */
    Py_XDECREF(s);
    Py_XDECREF(x);
    return parsed(c, ok);
}

Status rt_complex_from_str(Call *c, void *object, const char *bytes, int64_t nbytes, double *part)
{
    rt_gil_take(c);
    PyObject *s = PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)nbytes, "surrogatepass");
    PyObject *x = s != NULL ? PyObject_CallFunctionObjArgs((PyObject *)&PyComplex_Type, s, NULL) : NULL;
    part[0] = x != NULL ? PyComplex_RealAsDouble(x) : 0;
    part[1] = x != NULL ? PyComplex_ImagAsDouble(x) : 0;
    Py_XDECREF(s);
    Py_XDECREF(x);
    return parsed(c, x != NULL);
}

Status rt_str_hash(Call *c, void *object, const char *bytes, int64_t nbytes, int64_t *out)
{
    rt_gil_take(c);
    PyObject *s = PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)nbytes, "surrogatepass");
    *out = s != NULL ? (int64_t)PyObject_Hash(s) : -1;
    Py_XDECREF(s);
    return parsed(c, *out != -1);
}

/* Bytes that begin a character. */
int64_t rt_str_len(const void *x, const char *bytes, int64_t nbytes)
{
    int64_t n = 0;
    for (int64_t k = 0; k < nbytes; k++)
        n += ((unsigned char)bytes[k] & 0xC0) != 0x80;
    return n;
}

int64_t rt_str_first(const void *x, const char *bytes, int64_t nbytes)
{
    unsigned char b = (unsigned char)bytes[0];
    int more = b < 0x80 ? 0 : b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
    int64_t c = more == 0 ? b : b & (0x3F >> more);
    for (int k = 1; k <= more && k < nbytes; k++)
        c = c << 6 | (bytes[k] & 0x3F);
    return c;
}
