/* python.h: CPython's limited API and NumPy's, and what the files of python/ share. */
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdio.h>
#include <structmember.h>
#define NPY_NO_DEPRECATED_API NPY_1_25_API_VERSION
#define NPY_TARGET_VERSION NPY_1_25_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL numjit_ARRAY_API
#ifndef NUMJIT_IMPORTS_ARRAY
#define NO_IMPORT_ARRAY
#endif
#include <numpy/arrayobject.h>
#undef likely
#undef unlikely
#include "numjit.h"

enum { KEY_TYPE_NUMS = 24, KEY_NDIMS = 5 };

/* The module's state. */
typedef struct State {
    PyObject *dispatcher_type, *omitted_type, *loops_type;
    Driver *driver;
    Types *types;
    Ty array[KEY_TYPE_NUMS][KEY_NDIMS][6];      /* native arrays, by ORDER and readonly: filled on first use */
    int64_t interpreted_calls;
    int64_t calls_before;       /* of Dispatchers that are gone */
    struct Dispatcher *dispatchers;     /* all that live */
} State;

/* key.c: the type of a native array, where it is one and that type was met before; else NULL. */
static inline Ty key_array(State *s, PyObject *o)
{
    if (!PyArray_CheckExact(o))
        return NULL;
    PyArrayObject *a = (PyArrayObject *)o;
    int flags = PyArray_FLAGS(a), num = PyArray_TYPE(a), ndim = PyArray_NDIM(a);
    Order order = flags & NPY_ARRAY_C_CONTIGUOUS ? ORDER_C : flags & NPY_ARRAY_F_CONTIGUOUS ? ORDER_F : ORDER_A;
    if (num < 0 || num >= KEY_TYPE_NUMS || ndim >= KEY_NDIMS || !(flags & NPY_ARRAY_ALIGNED) || !PyArray_ISNOTSWAPPED(a))
        return NULL;
    return s->array[num][ndim][order * 2 + !(flags & NPY_ARRAY_WRITEABLE)];
}
/* The type of an argument; NULL with TypingError set. */
Ty key_of(State *s, PyObject *object);
Ty key_exact(State *s, PyObject *object);   /* an array's extents are part of its type */
Ty key_with_extents(State *s, Ty like, const int64_t *extent);     /* that array type with these extents; NULL: with any */
/* omitted.c: what stands for a default in a call; the type it has; NULL: o is an argument */
PyObject *omitted_type_new(PyObject *module);
PyObject *omitted_new(State *s, PyObject *value);           /* value itself where that is no constant; NULL with an exception */
Ty omitted_type(const State *s, PyObject *o);
/* box.c: the parts of an object whose type is known: -1 with an exception. They borrow from object. */
int unbox(PyObject *object, Ty x, uint64_t *slot);
/* A new reference, or NULL with an exception. own: the value's counted owners pass to the result, error or not. */
PyObject *box(Ty x, const uint64_t *slot, bool own);
/* memory.c: the array has the data of a Buffer with one reference, which is its own from now on; -1 with an exception */
int memory_init(void);
void memory_give(PyArrayObject *a);
/* lists.c: what a list is passed on as, a new reference; NULL with an exception where it holds no numbers of one type. */
PyObject *list_capsule(State *s, PyObject *list);
Ty list_type(Types *t, PyObject *capsule);      /* NULL: it is another object */
PyObject *list_array(PyObject *capsule);        /* borrowed; NULL: it is another object */
/* raise.c: raises what a Call holds, with a traceback entry for each of its frames; what a signal's handler raised meanwhile, in its place. */
void raise_call(Call *c);
/* the source line, "" when it is not known. *raised: what a signal's handler raised meanwhile, a new reference, if it was NULL */
void source_line(const char *file, int line, char *out, size_t n, PyObject **raised);
void raise_typing(const char *format, ...) __attribute__((format(printf, 1, 2)));
int raise_unsupported(const char *format, ...);     /* format: PyErr_Format's; gives -1 */
/* dispatcher.c */
PyObject *dispatcher_type_new(PyObject *module);
bool is_dispatcher(PyObject *object);
PyObject *dispatcher_behind(PyObject *function);        /* of a function that jit made while it is off; NULL. Borrowed */
/* vectorize.c: adds Ufunc to the module; -1 with an exception. */
int ufunc_types_add(PyObject *module, State *s);
