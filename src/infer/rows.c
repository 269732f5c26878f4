/* rows.c: a callable → its row of np.def, found among what the rows' paths name in the modules that are imported. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdio.h>

#include "infer/infer.h"

/* The module of that name, or the class: numpy.ndarray, builtins.float. */
static PyObject *module_or_class(char *path)
{
    PyObject *m = PyImport_ImportModule(path);
    char *dot = strrchr(path, '.');
    if (m || !dot || !PyErr_ExceptionMatches(PyExc_ModuleNotFoundError))
        return m;
    PyErr_Clear();
    *dot = 0;
    PyObject *outer = PyImport_ImportModule(path), *c = outer ? PyObject_GetAttrString(outer, dot + 1) : NULL;
    Py_XDECREF(outer);
    return c;
}

void *resolve_path(const char *path)
{
    const char *dot = strrchr(path, '.');
    char module[128];
    snprintf(module, sizeof module, "%.*s", (int)(dot - path), path);
    PyObject *m = module_or_class(module), *o = m ? PyObject_GetAttrString(m, dot + 1) : NULL;
    Py_XDECREF(m);
    return o;
}

/* The module of row k if it was imported, else NULL: what is not imported has no functions that anybody could name, and
 * importing all of NumPy would cost more than a compilation. had: the module of the row before it. */
static PyObject *module_of(uint32_t k, const char **name, PyObject *had)
{
    const char *path = np_func[k].path, *dot = strrchr(path, '.');
    size_t n = (size_t)(dot - path);
    if (*name && !strncmp(*name, path, n + 1) && !strchr(*name + n + 1, '.'))
        return had;
    PyObject *text = PyUnicode_FromStringAndSize(path, (Py_ssize_t)n), *m = text ? PyImport_GetModule(text) : NULL;
    if (m) {
        Py_DECREF(m);
        m = PyImport_Import(text);              /* waits for one that another thread is importing */
    }
    Py_XDECREF(text);
    Py_XDECREF(had);
    *name = path;
    return m;
}

/* A row that this NumPy or CPython does not have is no error. */
static int add_row(PyObject *table, uint32_t k, PyObject *module)
{
    PyObject *o = PyObject_GetAttrString(module, strrchr(np_func[k].path, '.') + 1);
    if (!o && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        return 0;
    }
    PyObject *n = o ? PyLong_FromLong(k) : NULL;
    int rc = n ? PyDict_Contains(table, o) : -1;        /* of two names of one function messages say the first */
    if (rc == 0)
        rc = PyDict_SetItem(table, o, n);
    Py_XDECREF(o);
    Py_XDECREF(n);
    return rc < 0 ? -1 : 0;
}

/* A module that is not there yet: asked for again when a callable has no row. */
static int add_missing(PyObject *missing, uint32_t k)
{
    const char *path = np_func[k].path;
    PyObject *text = PyUnicode_FromStringAndSize(path, strrchr(path, '.') - path);
    int rc = text ? PyDict_SetItem(missing, text, Py_None) : -1;
    Py_XDECREF(text);
    return rc;
}

/* (dict callable → row number, dict of the modules that are not imported), in _core's own namespace, so that no state of ours is
 * global. NULL with an exception. */
static PyObject *make_tables(PyObject *core)
{
    PyObject *table = PyDict_New(), *missing = PyDict_New(), *module = NULL;
    PyObject *both = table && missing ? PyTuple_Pack(2, table, missing) : NULL;
    const char *name = NULL;
    int rc = both ? 0 : -1;
    for (uint32_t k = 0; k < np_nfunc && rc == 0; k++) {
        module = module_of(k, &name, module);
        rc = PyErr_Occurred() ? -1 : module ? add_row(table, k, module) : add_missing(missing, k);
    }
    if (rc < 0 || PyObject_SetAttrString(core, "_rows", both) < 0)
        Py_CLEAR(both);
    Py_XDECREF(module);
    Py_XDECREF(table);
    Py_XDECREF(missing);
    return both;
}

static bool any_imported(PyObject *missing)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(missing, &at, &name, &value)) {
        PyObject *m = PyImport_GetModule(name);
        Py_XDECREF(m);
        if (m)
            return true;
    }
    return false;
}

/* again: if modules were imported since. NULL: there is nothing new, or an exception. */
static PyObject *tables(bool again)
{
    PyObject *core = PyImport_ImportModule("numjit._core"), *both = core ? PyObject_GetAttrString(core, "_rows") : NULL;
    if (core && !both && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        both = make_tables(core);
    } else if (both && again) {
        bool more = any_imported(PyTuple_GetItem(both, 1));
        Py_DECREF(both);
        both = more ? make_tables(core) : NULL;
    }
    Py_XDECREF(core);
    return both;
}

/* A borrowed reference: the table keeps it. */
static PyObject *look_up(void *callable, bool again)
{
    PyObject *both = tables(again), *n = both ? PyDict_GetItemWithError(PyTuple_GetItem(both, 0), callable) : NULL;
    Py_XDECREF(both);
    if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_TypeError))
        PyErr_Clear();                                  /* an unhashable callable has no row */
    return n;
}

const NpRow *resolve_row(Unit *u, void *callable)
{
    PyObject *n = look_up(callable, false);
    if (!n && !PyErr_Occurred())
        n = look_up(callable, true);
    if (PyErr_Occurred())
        fail_py(u);
    return n ? &np_func[PyLong_AsLong(n)] : NULL;
}
