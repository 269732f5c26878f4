/* dispatcher.h: the object that @njit makes of a function, and what the files about it share:
 * dispatcher.c its life and its calls, bind.c arguments → parameters, specialize.c types → Entry, signature.c types as
 * users write them, options.c what stands behind @njit(...), inspect.c its attributes and methods. */
#pragma once
#include "python/take.h"

typedef PyObject *(*VectorCall)(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames);

typedef struct Spec { Ty *arg; Take *take; Entry *entry; } Spec;     /* one of each for every slot */

/* Code from before a recompile(), or of one that failed (func may be NULL): calls and other functions may still run it. */
typedef struct Former { Func *func; Spec *spec; uint32_t nspec; struct Former *next; } Former;

typedef struct Dispatcher {
    PyObject_HEAD
    VectorCall vectorcall;
    PyObject *function, *name, *dict, *weakrefs, *module;
    PyObject *param;            /* names of the parameters: tuple */
    PyObject **dflt;            /* one a parameter: what stands for it where a call leaves it out; NULL: none does */
    PyObject *options;          /* dict: as the user gave them */
    PyObject *others;           /* dict target → Dispatcher of the same function: on(), or NULL */
    State *state;
    Func *func;
    uint32_t npos, nkwonly;     /* named parameters: positional ones come first */
    uint32_t nslot;             /* arguments of the compiled function: all parameters, *args as one */
    bool varargs, varkw, nogil;
    bool closed;                /* disable_compile() */
    bool exact;                 /* shapes="exact": the extents of arrays are part of the key */
    TargetId target;
    uint32_t flags;
    uint64_t calls;
    uint32_t nspec, last;       /* last: which one the last call took */
    uint32_t slots_max;         /* the largest Entry.nslot */
    Spec *spec;
    Former *former;
    struct Dispatcher *next, *prev;     /* State.dispatchers */
} Dispatcher;

static inline const char *dispatcher_name(Dispatcher *d)
{
    const char *s = PyUnicode_AsUTF8AndSize(d->name, NULL);
    return s != NULL ? s : "?";
}

/* dispatcher.c: calls of all Dispatchers there are or were */
int64_t dispatcher_calls(const State *s);
/* from now on calls run the function in Python; what is compiled can still call it compiled */
void dispatcher_interpret(Dispatcher *d);
bool dispatcher_interprets(const Dispatcher *d);
/* compiles all specializations anew, with globals as they are now; -1 with an exception, and all is as before */
int dispatcher_recompile(Dispatcher *d);
/* bound has one object a slot, borrowed */
PyObject *dispatcher_call_bound(Dispatcher *d, PyObject *const *bound);
/* bind.c: the long way: keywords, defaults, *args; then the call */
PyObject *bind_and_call(Dispatcher *d, PyObject *const *args, Py_ssize_t n, PyObject *kwnames);
/* specialize.c: the entry for just these types, or NULL */
Entry *specialize_find(const Dispatcher *d, const Ty *key);
/* the same, compiled if need be: key becomes the types that it takes. NULL with an exception */
Entry *specialize(Dispatcher *d, Ty *key);
Entry *specialize_compile(Dispatcher *d, const Ty *key, Ty ret);
/* signature.c: the argument types that a signature says, and that of the result (NULL: as it comes); -1 with an exception */
int signature_parse(Dispatcher *d, PyObject *signature, Ty *key, Ty *result);
/* compiles what a signature says; -1 with an exception */
int signature_compile(Dispatcher *d, PyObject *signature);
/* a sequence of signatures: these and no others from now on */
int signature_declare(Dispatcher *d, PyObject *signatures);
int signature_locals(Dispatcher *d, PyObject *locals);  /* {name: type} */
/* options.c: reads kw into d and opt; -1 with an exception */
int options_read(Dispatcher *d, PyObject *kw, FnOptions *opt);
/* inspect.c */
extern PyMethodDef inspect_methods[];
extern PyGetSetDef inspect_getset[];
