/* rows.c: a callable → its row of np.def, found by importing what the row's path names, once a process. */
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

/* A row that this NumPy or CPython does not have is no error. */
static int add_row(PyObject *table, uint32_t k)
{
    PyObject *o = resolve_path(np_func[k].path);
    if (!o && (PyErr_ExceptionMatches(PyExc_AttributeError) || PyErr_ExceptionMatches(PyExc_ModuleNotFoundError))) {
        PyErr_Clear();
        return 0;
    }
    PyObject *n = o ? PyLong_FromLong(k) : NULL;
    int rc = n ? PyDict_SetItem(table, o, n) : -1;
    Py_XDECREF(o);
    Py_XDECREF(n);
    return rc;
}

/* The dict callable → row number: in the module's own namespace, so no state of ours is global. NULL with an exception. */
static PyObject *row_table(void)
{
    PyObject *core = PyImport_ImportModule("numjit._core");
    PyObject *table = core ? PyObject_GetAttrString(core, "_rows") : NULL;
    if (core && !table && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        table = PyDict_New();
        for (uint32_t k = 0; table && k < np_nfunc; k++)
            if (add_row(table, k) < 0)
                Py_CLEAR(table);
        if (table && PyObject_SetAttrString(core, "_rows", table) < 0)
            Py_CLEAR(table);
    }
    Py_XDECREF(core);
    return table;
}

const NpRow *resolve_row(Unit *u, void *callable)
{
    PyObject *table = row_table(), *n = table ? PyDict_GetItemWithError(table, callable) : NULL;
    if (!table)
        fail_py(u);
    Py_DECREF(table);                                   /* the module keeps it */
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_TypeError))
        fail_py(u);
    PyErr_Clear();                                      /* an unhashable callable has no row */
    return n ? &np_func[PyLong_AsLong(n)] : NULL;
}
