/* vectorize.h: what @vectorize and @guvectorize make of a function. vectorize.c: the object; loops.c: the NumPy ufunc in it. */
#pragma once
#include "python/dispatcher.h"

/* One inner loop: the types of its operands, results last. */
typedef struct UfuncLoop {
    Ty type[VECTORIZED_OPERANDS];
    Entry *entry;
    const Vectorized *v;        /* of the function: lives as long as the Dispatcher */
} UfuncLoop;

typedef struct Ufunc {
    PyObject_HEAD
    VectorCall vectorcall;
    PyObject *dispatcher;       /* of the function */
    PyObject *ufunc;            /* numpy.ufunc with the loops there are; made again for each new one */
    PyObject *table;            /* what it is made of: loops.c */
    PyObject *dict, *weakrefs, *writable, *module;
    State *state;
    Vectorized v;
    int identity;
    bool frozen;                /* signatures were given: no loop is added by a call */
    TargetId target;
} Ufunc;

static inline uint32_t ufunc_noperand(const Ufunc *u) { return u->v.nin + u->v.nout; }

/* loops.c */
PyObject *loops_type_new(PyObject *module);
uint32_t loops_count(const Ufunc *u);
const UfuncLoop *loops_at(const Ufunc *u, uint32_t k);
PyObject *loops_explain(Ufunc *u);              /* of all loops: a new str */
/* Makes u->ufunc, with a loop more for operands of these dtypes (NULL: with none). sorted: before loops that its operands could be
 * cast to, so that exact types are found first. -1 with an exception */
int loops_add(Ufunc *u, const Ty *type, bool sorted);
