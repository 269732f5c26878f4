/* omitted.c: what stands for an argument that a call leaves to its default: an object that says so, and whose type says which value
 * that is. So a function called without it is compiled for that value, as for a global. */
#include "python/dispatcher.h"

typedef struct Omitted { PyObject_HEAD Ty type; } Omitted;

static void omitted_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyType_Slot slots[] = { { Py_tp_dealloc, omitted_dealloc }, { 0, NULL } };
static PyType_Spec spec = {
    .name = "numjit._core.Omitted",
    .basicsize = sizeof(Omitted),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};

PyObject *omitted_type_new(PyObject *module) { return PyType_FromModuleAndSpec(module, &spec, NULL); }

Ty omitted_type(const State *s, PyObject *o)
{
    return (PyObject *)Py_TYPE(o) == s->omitted_type ? ((Omitted *)o)->type : NULL;
}

PyObject *omitted_new(State *s, PyObject *value)
{
    Ty x = key_omitted(s->types, value);
    if (x == NULL)
        return PyErr_Occurred() ? NULL : Py_NewRef(value);
    PyTypeObject *type = (PyTypeObject *)s->omitted_type;
    allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Omitted *o = (Omitted *)alloc(type, 0);
    if (o != NULL)
        o->type = x;
    return (PyObject *)o;
}
