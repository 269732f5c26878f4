/* take.h: an argument of a call → its parts, where it is of the type that a specialization takes. What is usual is seen without
 * asking for its type: what to look at is written down once, when the specialization is made. Arguments are borrowed. */
#pragma once
#include "python/python.h"

enum { OTHER, TAKEN, FAILED };          /* what became of an argument: it is of another type, or there is an exception */

typedef enum TakeKind { TAKE_ANY, TAKE_INT, TAKE_FLOAT, TAKE_ARRAY, TAKE_BOOL, TAKE_COMPLEX, TAKE_SCALAR, TAKE_STR, TAKE_SAME, TAKE_OMITTED, TAKE_TUPLE } TakeKind;

typedef struct Take {
    uint16_t kind;
    bool converts;              /* SCALAR: int64 from int, float64 from float too; ARRAY: any order to strides */
    uint32_t nparts;
    Ty type;
    const void *known;          /* ARRAY: the dtype object; SCALAR, TUPLE: the class; SAME: the object itself. Borrowed: they live as the type does */
    int flags, mask;            /* ARRAY: those of mask are as in flags */
    struct Take *item;          /* TUPLE: type->nitem of them */
} Take;

/* One for each of n types: NULL with an exception. free() frees it with all that it leads to. only: no other types are taken, so arguments
 * are converted to these. */
Take *take_new(const Ty *type, uint32_t n, bool only);
int take_rare(State *s, PyObject *o, const Take *t, uint64_t *slot);
int take_array_other(State *s, PyObject *o, Ty x, uint64_t *slot);

static inline uint64_t *copy_axes(uint64_t *slot, const npy_intp *of, uint32_t n)
{
    if (n > 0)                          /* more than two are rare, and a loop alone becomes one of vectors */
        slot[0] = (uint64_t)of[0];
    if (n > 1)
        slot[1] = (uint64_t)of[1];
    for (uint32_t k = 2; k < n; k++)
        slot[k] = (uint64_t)of[k];
    return slot + n;
}

/* Extents of x's own must be those of the array. */
static inline int take_parts(PyArrayObject *a, Ty x, uint64_t *slot)
{
    const npy_intp *shape = PyArray_DIMS(a);
    slot[0] = (uintptr_t)a | 1;
    slot[1] = (uintptr_t)PyArray_DATA(a);
    slot += 2;
    if (unlikely(x->extent != NULL)) {
        for (uint32_t k = 0; k < x->ndim; k++)
            if (x->extent[k] != shape[k])
                return OTHER;
    } else
        slot = copy_axes(slot, shape, x->ndim);
    if (x->order == ORDER_A)
        copy_axes(slot, PyArray_STRIDES(a), x->ndim);
    return TAKEN;
}

static inline int take_array(State *s, PyObject *o, const Take *t, uint64_t *slot)
{
    PyArrayObject *a = (PyArrayObject *)o;
    if (likely(PyArray_CheckExact(o) && (const void *)PyArray_DESCR(a) == t->known && PyArray_NDIM(a) == t->type->ndim
               && (PyArray_FLAGS(a) & t->mask) == t->flags))
        return take_parts(a, t->type, slot);
    return take_array_other(s, o, t->type, slot);
}

static inline int take_int(PyObject *o, uint64_t *slot)
{
    int over;
    if (!PyLong_CheckExact(o))
        return OTHER;
    *slot = (uint64_t)PyLong_AsLongLongAndOverflow(o, &over);
    return over ? OTHER : TAKEN;
}

static inline int take_float(PyObject *o, uint64_t *slot)
{
    if (!PyFloat_CheckExact(o))
        return OTHER;
    double d = PyFloat_AsDouble(o);
    memcpy(slot, &d, sizeof d);
    return TAKEN;
}

static inline __attribute__((always_inline)) int take(State *s, PyObject *o, const Take *t, uint64_t *slot)
{
    switch (t->kind) {
    case TAKE_INT: return take_int(o, slot);
    case TAKE_FLOAT: return take_float(o, slot);
    case TAKE_ARRAY: return take_array(s, o, t, slot);
    default: return take_rare(s, o, t, slot);
    }
}
