/* loops.c: compiled inner loops as a NumPy ufunc, so that casting, broadcasting, out=, where=, reduce and all else are NumPy's.
 *
 * A table is an object: the ufunc holds it as long as NumPy may call the loops. It owns the Entry of one loop, the rest are
 * those of the table before it, which it holds. */
#define NUMJIT_UFUNC_API
#include "python/vectorize.h"
#include <numpy/ufuncobject.h>
#include <stdlib.h>

typedef struct Table {
    PyObject_HEAD
    PyObject *dispatcher, *before;
    State *state;
    UfuncLoop *own;
    uint32_t n;
    UfuncLoop **loop;
    PyUFuncGenericFunction *function;
    void **data;
    char *type, *name, *doc, *layout;
} Table;

/* Running ---------------------------------------------------------------------------------------------------------- */

/* The parts of arrays of the operands: owner, data, extents, strides. */
static void put_operands(const UfuncLoop *l, char **args, const npy_intp *dims, const npy_intp *steps, uint64_t *slot)
{
    const Vectorized *v = l->v;
    uint32_t n = v->nin + v->nout, step = n;
    for (uint32_t k = 0; k < n; k++) {
        *slot++ = 0;
        *slot++ = (uint64_t)(uintptr_t)args[k];
        *slot++ = (uint64_t)dims[0];
        for (uint32_t j = 0; j < v->ncore[k]; j++)
            *slot++ = (uint64_t)dims[1 + v->dim[k][j]];
        *slot++ = (uint64_t)steps[k];
        for (uint32_t j = 0; j < v->ncore[k]; j++)
            *slot++ = (uint64_t)steps[step++];
    }
}

static void call_loop(char **args, const npy_intp *dims, const npy_intp *steps, void *data)
{
    const UfuncLoop *l = data;
    uint64_t slot[l->entry->nslot + 1];
    if (dims[0] == 0)
        return;
    put_operands(l, args, dims, steps, slot);
    PyGILState_STATE gil = PyGILState_Ensure();
    if (!PyErr_Occurred()) {            /* an earlier part of the arrays failed: NumPy looks when all are done */
        Call c;
        rt_call_begin(&c);
        if (unlikely(l->entry->call(&c, slot) != STATUS_OK || c.raised != NULL)) {
            rt_gil_take(&c);
            raise_call(&c);
        }
        rt_call_end(&c);
    }
    PyGILState_Release(gil);
}

/* The table -------------------------------------------------------------------------------------------------------- */

static int table_traverse(PyObject *self, visitproc visit, void *arg)
{
    Table *t = (Table *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(t->dispatcher);
    Py_VISIT(t->before);
    return 0;
}

static void table_dealloc(PyObject *self)
{
    Table *t = (Table *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (t->own != NULL) {
        if (t->own->entry != NULL)
            entry_free(t->state->driver, t->own->entry);
        free(t->own);
    }
    void *const held[] = { t->loop, t->function, t->data, t->type, t->name, t->doc, t->layout };
    for (size_t k = 0; k < countof(held); k++)
        free(held[k]);
    Py_XDECREF(t->before);
    Py_XDECREF(t->dispatcher);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyType_Slot slots[] = { { Py_tp_dealloc, table_dealloc }, { Py_tp_traverse, table_traverse }, { 0, NULL } };
static PyType_Spec spec = {
    .name = "numjit._core.Loops",
    .basicsize = sizeof(Table),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};
PyObject *loops_type_new(PyObject *module) { return PyType_FromModuleAndSpec(module, &spec, NULL); }

uint32_t loops_count(const Ufunc *u) { return u->table != NULL ? ((Table *)u->table)->n : 0; }
const UfuncLoop *loops_at(const Ufunc *u, uint32_t k) { return ((Table *)u->table)->loop[k]; }

/* What the prelude's loop() takes: the function, and a tuple of arrays with any strides. */
static bool loop_key(Ufunc *u, const Ty *type, Ty *key)
{
    MemoryCatch memory;
    volatile bool ok = false;
    memory_begin(&memory);
    if (setjmp(memory.at) == 0) {
        Ty item[VECTORIZED_OPERANDS];
        for (uint32_t k = 0; k < ufunc_noperand(u); k++)
            item[k] = ty_array(u->state->types, type[k], 1 + u->v.ncore[k], ORDER_A, false, NULL);
        key[0] = ty_constant(u->state->types, TY_FUNC, NULL, u->dispatcher);
        key[1] = ty_tuple(u->state->types, item, ufunc_noperand(u));
        ok = true;
    } else {
        PyErr_NoMemory();
    }
    memory_end(&memory);
    return ok;
}

static UfuncLoop *compile_loop(Ufunc *u, const Ty *type)
{
    Ty key[2];
    Entry *e = loop_key(u, type, key) ? driver_compile_lib(u->state->driver, "ufuncs", "loop", key, 2, u->target) : NULL;
    UfuncLoop *l = e != NULL ? calloc(1, sizeof *l) : NULL;
    if (l == NULL) {
        if (e != NULL) {
            entry_free(u->state->driver, e);
            PyErr_NoMemory();
        }
        return NULL;
    }
    memcpy(l->type, type, ufunc_noperand(u) * sizeof *type);
    l->entry = e;
    l->v = ((Dispatcher *)u->dispatcher)->func->vectorized;
    return l;
}

PyObject *loops_explain(Ufunc *u)
{
    PyObject *all = PyUnicode_FromString("");
    if (loops_count(u) == 0)
        PyErr_SetString(PyExc_ValueError, "call the function first");
    for (uint32_t k = 0; all != NULL && !PyErr_Occurred() && k < loops_count(u); k++) {
        Ty key[2];
        PyObject *text = loop_key(u, loops_at(u, k)->type, key)
                             ? driver_explain_lib(u->state->driver, "ufuncs", "loop", key, 2, u->target) : NULL;
        PyUnicode_AppendAndDel(&all, text);
    }
    if (PyErr_Occurred())
        Py_CLEAR(all);
    return all;
}

/* NumPy's safe casts, of what a loop takes. */
static bool goes_before(const Ufunc *u, const UfuncLoop *l, const UfuncLoop *other)
{
    for (uint32_t k = 0; k < u->v.nin; k++)
        if (!PyArray_CanCastSafely(ty_to_npy(l->type[k]), ty_to_npy(other->type[k])))
            return false;
    return true;
}

static char *text_of(PyObject *dict, const char *name)
{
    PyObject *o = PyDict_GetItemString(dict, name);
    const char *s = o != NULL && PyUnicode_Check(o) ? PyUnicode_AsUTF8AndSize(o, NULL) : NULL;
    if (s == NULL)
        PyErr_Clear();                  /* half of a pair of surrogates: a ufunc may go without */
    return s != NULL ? strdup(s) : NULL;
}

/* Puts the loops of before and a new one into t. */
static bool fill(Ufunc *u, Table *t, const Table *before, bool sorted)
{
    uint32_t had = before != NULL ? before->n : 0, n = had + (t->own != NULL), at = had, nop = ufunc_noperand(u);
    t->loop = calloc(n + 1, sizeof *t->loop);
    t->function = calloc(n + 1, sizeof *t->function);
    t->data = calloc(n + 1, sizeof *t->data);
    t->type = calloc(n * nop + 1, 1);
    if (t->loop == NULL || t->function == NULL || t->data == NULL || t->type == NULL)
        return false;
    for (uint32_t k = 0; sorted && t->own != NULL && k < had && at == had; k++)
        if (goes_before(u, t->own, before->loop[k]))
            at = k;
    for (uint32_t k = 0; k < n; k++) {
        UfuncLoop *l = t->own != NULL && k == at ? t->own : before->loop[k - (t->own != NULL && k > at)];
        t->loop[k] = l;
        t->function[k] = (PyUFuncGenericFunction)call_loop;
        t->data[k] = l;
        for (uint32_t j = 0; j < nop; j++)
            t->type[k * nop + j] = (char)ty_to_npy(l->type[j]);
    }
    t->n = n;
    return true;
}

static Table *new_table(Ufunc *u, const Ty *type, bool sorted)
{
    PyTypeObject *cls = (PyTypeObject *)u->state->loops_type;
    allocfunc alloc = (allocfunc)PyType_GetSlot(cls, Py_tp_alloc);
    UfuncLoop *own = type != NULL ? compile_loop(u, type) : NULL;
    if (type != NULL && own == NULL)
        return NULL;
    Table *t = (Table *)alloc(cls, 0);
    if (t == NULL) {
        if (own != NULL)
            entry_free(u->state->driver, own->entry);
        free(own);
        return NULL;
    }
    t->own = own;
    t->state = u->state;
    t->dispatcher = Py_NewRef(u->dispatcher);
    t->before = Py_XNewRef(u->table);
    t->name = text_of(u->dict, "__name__");
    t->doc = text_of(u->dict, "__doc__");
    t->layout = u->v.layout != NULL ? strdup(u->v.layout) : NULL;
    if (!fill(u, t, (Table *)u->table, sorted)) {
        PyErr_NoMemory();
        Py_CLEAR(t);
    }
    return t;
}

/* Inputs that the function writes to. */
static int mark_writable(Ufunc *u, PyUFuncObject *f)
{
    for (Py_ssize_t k = 0; k < PyTuple_Size(u->writable); k++) {
        long at = PyLong_AsLong(PyTuple_GetItem(u->writable, k));
        if (at < 0 || at >= (long)u->v.nin) {
            PyErr_Format(PyExc_ValueError, "writable_args: there is no input %ld", at);
            return -1;
        }
        f->op_flags[at] = NPY_ITER_READWRITE | NPY_ITER_UPDATEIFCOPY | NPY_ITER_ALIGNED | NPY_ITER_NO_BROADCAST;
    }
    return 0;
}

int loops_add(Ufunc *u, const Ty *type, bool sorted)
{
    if (PyUFunc_ImportUFuncAPI() < 0)
        return -1;
    Table *t = new_table(u, type, sorted);
    if (t == NULL)
        return -1;
    PyObject *f = PyUFunc_FromFuncAndDataAndSignatureAndIdentity(t->function, t->data, t->type, (int)t->n, (int)u->v.nin,
        (int)u->v.nout, u->identity, t->name != NULL ? t->name : "?", t->doc, 0, t->layout, NULL);
    if (f == NULL || mark_writable(u, (PyUFuncObject *)f) < 0) {
        Py_XDECREF(f);
        Py_DECREF((PyObject *)t);
        return -1;
    }
    ((PyUFuncObject *)f)->obj = Py_NewRef((PyObject *)t);
    if (!PyObject_GC_IsTracked(f))      /* NumPy's own hold nothing */
        PyObject_GC_Track(f);
    PyObject *old = u->ufunc, *old_table = u->table;
    u->ufunc = f;
    u->table = (PyObject *)t;
    Py_XDECREF(old);
    Py_XDECREF(old_table);
    return 0;
}
