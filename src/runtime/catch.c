/* catch.c: what a handler of compiled code does with the error in its Call: takes it, matches it, puts it back.
 *
 * A class is found by name once (the rows of diag.def that are raised name classes of CPython), under the GIL; then
 * an exception of ours is caught without it. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "runtime/runtime.h"

/* The classes of diag.def, found on first use: owned by the process, and read without the GIL. */
static PyObject *_Atomic diag_class[DIAG_MAX];

void *rt_builtin(const char *name)
{
    PyObject *names = PyEval_GetBuiltins(), *x = names != NULL ? PyDict_GetItemString(names, name) : NULL;
    if (x != NULL && PyExceptionClass_Check(x))
        return Py_NewRef(x);
    PyObject *m = PyImport_ImportModule("builtins");
    x = m != NULL ? PyObject_GetAttrString(m, name) : NULL;
    Py_XDECREF(m);
    return x;
}

static PyObject *find_class(Call *c, int32_t diag)
{
    PyObject *class_ = atomic_load_explicit(&diag_class[diag], memory_order_acquire);
    if (likely(class_ != NULL))
        return class_;
    rt_gil_take(c);
    class_ = rt_builtin(diag_row[diag].exception);
    if (class_ == NULL) {
        PyErr_Clear();
        class_ = Py_NewRef(PyExc_Exception);
    }
    atomic_store_explicit(&diag_class[diag], class_, memory_order_release);
    rt_gil_give(c);
    return class_;
}

/* Takes over a reference, which lives until the call ends or something else is held for that place: of the exceptions that one handler
 * catches in a loop, or functions called there in the same place of the stack, the last one. */
static void hold(Call *c, const void *place, PyObject *object)
{
    PyObject *key = PyLong_FromVoidPtr((void *)place);
    if (c->held == NULL)
        c->held = PyDict_New();
    if (c->held == NULL || key == NULL || PyDict_SetItem(c->held, key, object) < 0)
        PyErr_Clear();                  /* it stays alive: better than freed */
    else
        Py_DECREF(object);
    Py_XDECREF(key);
}

/* The exception value, a new reference, becomes what x is. */
static void keep(Call *c, Caught *x, PyObject *value)
{
    hold(c, x, value);
    x->error = ERROR_PYTHON;
    x->python = value;
    x->class_ = Py_TYPE(value);
}

/* The exception that CPython has set, moved to what the Call holds. */
static void take_python(Call *c, Caught *out)
{
    rt_gil_take(c);
    rt_error_detach(c);
    PyObject *value = c->pending;
    c->pending = NULL;
    keep(c, out, value);
    rt_gil_give(c);
}

static PyObject *object_of(Call *c, Caught *x);
static void make_object(Call *c, Caught *x)
{
    rt_gil_take(c);
    object_of(c, x);
    rt_gil_give(c);
}

/* Does a value of that type own memory? Then the Call holds it as an object, as nobody says when a handler is done with it. */
static bool has_array(const Type *x)
{
    bool yes = ty_is_array(x) || (ty_is_optional(x) && has_array(x->elem));
    for (uint32_t k = 0; k < x->nitem && !yes; k++)
        yes = has_array(x->item[k]);
    return yes;
}

/* Does making an exception of the class nothing but keep the arguments? Any other constructor runs when its exception is caught, as
 * it may fail or say which class it is (OSError does by its errno). */
static bool is_plain(void *class_)
{
    static const int slot[] = { Py_tp_new, Py_tp_init };
    for (size_t k = 0; k < sizeof slot / sizeof *slot; k++)
        if (PyType_GetSlot(class_, slot[k]) != PyType_GetSlot((PyTypeObject *)PyExc_BaseException, slot[k]))
            return false;
    return true;
}

static void take_over(Call *c, Caught *out)
{
    out->error = c->error;
    out->diag = c->diag;
    out->noperand = c->noperand;
    out->exception = c->exception;
    out->nframe = c->nframe < CAUGHT_FRAMES ? c->nframe : CAUGHT_FRAMES;
    memcpy(out->frame, c->frame, out->nframe * sizeof *out->frame);
    switch ((ErrorKind)c->error) {
    case ERROR_RAISE: {
        const Type *x = c->exception;
        memcpy(out->slot, c->slot, x->nparts * sizeof *out->slot);
        out->class_ = x->object;
        if (has_array(x) || !is_plain(x->object))
            make_object(c, out);
        break;
    }
    case ERROR_DIAG:
        memcpy(out->operand, c->operand, (size_t)c->noperand * sizeof *out->operand);
        out->class_ = find_class(c, c->diag);
        break;
    case ERROR_STOPPED:
        out->class_ = PyExc_BaseException;
        break;
    default:
        take_python(c, out);
    }
    c->error = ERROR_NONE;
    c->interrupted = false;
    c->nframe = 0;
}

static void put_back(Call *c, const Caught *x)
{
    c->error = x->error;
    c->diag = x->diag;
    c->noperand = x->noperand;
    c->exception = x->exception;
    c->nframe = x->nframe;
    memcpy(c->frame, x->frame, x->nframe * sizeof *x->frame);
    if (x->error == ERROR_RAISE)
        memcpy(c->slot, x->slot, ((const Type *)x->exception)->nparts * sizeof *x->slot);
    else if (x->error == ERROR_DIAG)
        memcpy(c->operand, x->operand, (size_t)x->noperand * sizeof *x->operand);
    else if (x->error == ERROR_PYTHON) {
        rt_gil_take(c);
        PyErr_Restore(Py_NewRef(x->class_), Py_NewRef(x->python), PyException_GetTraceback(x->python));
        if (c->worker)
            rt_error_detach(c);
        rt_gil_give(c);
    }
}

void rt_hold(Caught *out, const void *exception, const uint64_t *slot)
{
    const Type *x = exception;
    *out = (Caught){ .error = ERROR_RAISE, .class_ = x->object, .exception = x };
    memcpy(out->slot, slot, x->nparts * sizeof *slot);
}

/* A signal's handler raised it: not what the user's code has caught. Takes over the reference. */
static void raise_later(Call *c, PyObject *raised)
{
    if (c->raised == NULL)
        c->raised = Py_NewRef(raised);
    Py_DECREF(raised);
    rt_poll_set(c, 1);
}

/* What was caught as an object, which x is from now on; borrowed. NULL: it is none of the user's, or there is no memory. */
static PyObject *object_of(Call *c, Caught *x)
{
    if (x == NULL || x->error == ERROR_STOPPED)
        return NULL;
    if (x->error != ERROR_PYTHON || x->nframe > 0) {
        if (x->error == ERROR_PYTHON)
            PyErr_Restore(Py_NewRef(x->class_), Py_NewRef(x->python), PyException_GetTraceback(x->python));
        void *raised;
        PyObject *value = rt_exception(x, &raised);
        if (raised != NULL)
            raise_later(c, raised);
        if (value == NULL) {
            PyErr_Clear();
            return NULL;
        }
        keep(c, x, value);
        x->nframe = 0;                  /* they are in its traceback */
    }
    return x->python;
}

/* e's context becomes before; where e stood among the contexts of that, the chain ends, as CPython does it. */
static void set_context(PyObject *e, PyObject *before)
{
    PyObject *x = before;               /* held by those that have it as context */
    for (PyObject *next; (next = PyException_GetContext(x)) != NULL; x = next) {
        Py_DECREF(next);
        if (next == e) {
            PyException_SetContext(x, NULL);
            break;
        }
    }
    PyException_SetContext(e, Py_NewRef(before));
}

/* Only objects have links, and x is to stay the same exception. */
void rt_reraise_as(Call *c, Caught *x, int64_t link)
{
    if (link & ~LINK_NAMED)
        make_object(c, x);
    put_back(c, x);
}

/* Only errors on their way out of handlers come here: they become objects, as only those have links. */
void rt_link(Call *c, Caught *context, Caught *cause, int64_t link)
{
    Caught now;
    const Type *made = cause != NULL && cause->error == ERROR_RAISE ? cause->exception : NULL;
    take_over(c, &now);
    rt_gil_take(c);
    PyObject *e = object_of(c, &now), *before = object_of(c, context), *because = object_of(c, cause);
    if (because != NULL && made != NULL && !PyType_IsSubtype(Py_TYPE(because), made->object)) {
        now = *cause;                   /* its constructor failed: that is what is raised */
        e = because, because = NULL;
    }
    if (e != NULL && before != NULL && before != e)
        set_context(e, before);
    if (e != NULL && (because != NULL || link & LINK_NO_CAUSE))
        PyException_SetCause(e, Py_XNewRef(because));
    rt_gil_give(c);
    put_back(c, &now);
}

/* Is x the exception `before`, raised again? Then it has passed the same places, and perhaps more. */
static bool is_again(const Caught *x, const Caught *before)
{
    uint32_t n = before->nframe < x->nframe ? before->nframe : x->nframe;
    if (x->error != before->error || memcmp(x->frame, before->frame, n * sizeof *x->frame))
        return false;
    if (x->error == ERROR_PYTHON)
        return x->python == before->python;
    if (x->error == ERROR_RAISE)
        return x->exception == before->exception && !memcmp(x->slot, before->slot, ((const Type *)x->exception)->nparts * sizeof *x->slot);
    return x->diag == before->diag && x->noperand == before->noperand
        && !memcmp(x->operand, before->operand, (size_t)x->noperand * sizeof *x->operand);
}

void rt_catch_in(Call *c, Caught *out, Caught *context)
{
    take_over(c, out);
    if (context == NULL || out->error == ERROR_STOPPED || is_again(out, context))
        return;
    rt_gil_take(c);
    PyObject *e = object_of(c, out), *before = object_of(c, context);
    PyObject *had = e != NULL ? PyException_GetContext(e) : NULL;
    if (e != NULL && before != NULL && before != e && had == NULL)
        set_context(e, before);
    Py_XDECREF(had);
    rt_gil_give(c);
}

/* As `except` does it: by the class's own bases. These never change for CPython's, so no GIL is needed. */
bool rt_matches(const Caught *x, void *class_)
{
    return PyType_IsSubtype(x->class_, class_);
}

const Caught *rt_keep(Call *c, const Caught *x)
{
    rt_gil_take(c);
    PyObject *copy = PyBytes_FromStringAndSize((const char *)x, (Py_ssize_t)(offsetof(Caught, frame) + x->nframe * sizeof *x->frame));
    PyObject *both = copy != NULL ? PyTuple_Pack(2, copy, x->error == ERROR_PYTHON ? (PyObject *)x->python : Py_None) : NULL;
    const Caught *kept = both != NULL ? (const Caught *)PyBytes_AsString(copy) : x;
    if (both == NULL)
        PyErr_Clear();
    else
        hold(c, kept, both);
    Py_XDECREF(copy);
    rt_gil_give(c);
    return kept;
}

/* Ends what the GIL was taken for. */
static Status done(Call *c, bool ok)
{
    Status s = ok ? STATUS_OK : rt_fail_py(c);
    rt_gil_give(c);
    return s;
}

Status rt_caught_text(Call *c, Caught *x, bool quoted, uint64_t *out)
{
    rt_gil_take(c);
    PyObject *e = object_of(c, x);
    PyObject *text = e == NULL ? PyUnicode_FromString("") : quoted ? PyObject_Repr(e) : PyObject_Str(e);
    if (text != NULL)
        hold(c, text, text);
    return done(c, text != NULL && rt_unbox(text, &(Type){ .kind = TY_STR }, out) == 0);
}

Status rt_caught_args(Call *c, Caught *x, int64_t type, uint64_t *out)
{
    const Type *want = (const Type *)(intptr_t)type;
    rt_gil_take(c);
    PyObject *e = object_of(c, x), *args = e != NULL ? PyObject_GetAttrString(e, "args") : PyTuple_New(0);
    if (args != NULL)
        hold(c, args, args);
    bool ok = args != NULL && rt_unbox(args, want, out) == 0;
    if (args != NULL && !ok)
        PyErr_Format(PyExc_TypeError, "the arguments of the exception are %R, not %s", args, want->name);
    return done(c, ok);
}

void rt_error_box(Call *c)
{
    Caught x;
    if (c->error != ERROR_RAISE || c->held == NULL)
        return;
    rt_gil_take(c);
    take_over(c, &x);
    if (object_of(c, &x) != NULL)
        put_back(c, &x);
    else
        rt_fail(c, DIAG_MEMORY, 1, (int64_t)sizeof x);
    rt_gil_give(c);
}

void rt_let_go(Call *c)
{
    if (c->held == NULL)
        return;
    rt_gil_take(c);
    Py_CLEAR(c->held);
    Py_CLEAR(c->raised);
    rt_gil_give(c);
}
