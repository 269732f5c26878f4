/* take.c: what take.h looks at, and what it leaves: arguments that are not numbers or arrays of CPython's and NumPy's usual making. */
#include "python/take.h"
#include <stdlib.h>

static int take_any(State *s, PyObject *o, Ty x, uint64_t *slot)
{
    if (PyList_CheckExact(o))           /* dispatcher.c passes something else on */
        return OTHER;
    Ty key = key_of(s, o);
    return key == NULL ? FAILED : key != x ? OTHER : unbox(o, x, slot) < 0 ? FAILED : TAKEN;
}

/* Another class, another dtype, or a dtype that is not NumPy's one object for it. */
int take_array_other(State *s, PyObject *o, Ty x, uint64_t *slot)
{
    Ty key = key_array(s, o);
    if (unlikely(key == NULL))
        return take_any(s, o, x, slot);
    if (key != x && (x->extent == NULL || key->elem != x->elem || key->ndim != x->ndim || key->order != x->order
                     || key->readonly != x->readonly))
        return OTHER;
    return take_parts((PyArrayObject *)o, x, slot);
}

static int take_tuple(State *s, PyObject *o, const Take *t, uint64_t *slot)
{
    if (PyTuple_Size(o) != (Py_ssize_t)t->type->nitem)
        return OTHER;
    for (uint32_t k = 0; k < t->type->nitem; k++) {
        const Take *item = &t->item[k];
        int what = take(s, PyTuple_GetItem(o, k), item, slot);
        if (what != TAKEN)
            return what;
        slot += item->nparts;
    }
    return TAKEN;
}

int take_rare(State *s, PyObject *o, const Take *t, uint64_t *slot)
{
    switch ((TakeKind)t->kind) {
    case TAKE_BOOL:
        if (o != Py_True && o != Py_False)
            break;
        *slot = o == Py_True;
        return TAKEN;
    case TAKE_COMPLEX:
        if (!PyComplex_CheckExact(o))
            return OTHER;
        memcpy(slot, &(double){ PyComplex_RealAsDouble(o) }, sizeof(double));
        memcpy(slot + 1, &(double){ PyComplex_ImagAsDouble(o) }, sizeof(double));
        return TAKEN;
    case TAKE_SCALAR:
        if (t->converts && (t->type->kind == TY_F64 ? take_float(o, slot) : take_int(o, slot)) == TAKEN)
            return TAKEN;
        if ((const void *)Py_TYPE(o) != t->known)
            break;
        *slot = 0;                      /* PyArrayScalar_VAL, whose header needs the full API: the value stands behind the object's head */
        memcpy(slot, (const PyObject *)o + 1, t->type->nbytes);
        return TAKEN;
    case TAKE_STR:
        if (!PyUnicode_CheckExact(o))
            return OTHER;
        return unbox(o, t->type, slot) < 0 ? FAILED : TAKEN;
    case TAKE_SAME:
        if ((const void *)o == t->known)
            return TAKEN;
        break;
    case TAKE_OMITTED:
        return omitted_type(s, o) == t->type ? TAKEN : OTHER;
    case TAKE_TUPLE:
        if ((const void *)Py_TYPE(o) == t->known)
            return take_tuple(s, o, t, slot);
        break;
    default:
        break;
    }
    return take_any(s, o, t->type, slot);
}

/* ---- made ready ---- */

static TakeKind kind_of(Ty x)
{
    switch (x->kind) {
    case TY_PYINT: return TAKE_INT;
    case TY_PYFLOAT: return TAKE_FLOAT;
    case TY_PYCOMPLEX: return TAKE_COMPLEX;
    case TY_BOOL: return TAKE_BOOL;
    case TY_ARRAY: return TAKE_ARRAY;
    case TY_STR: return TAKE_STR;
    case TY_TUPLE: return TAKE_TUPLE;
    case TY_NONE: case TY_FUNC: case TY_DTYPE: case TY_CONST: return TAKE_SAME;
    case TY_OMITTED: return TAKE_OMITTED;
    default: return ty_is_scalar(x) && !ty_is_complex(x) ? TAKE_SCALAR : TAKE_ANY;
    }
}

/* The one object of NumPy's own dtype: it is never freed. */
static const void *known_dtype(Ty elem)
{
    PyArray_Descr *d = PyArray_DescrFromType(ty_to_npy(elem));
    Py_XDECREF((PyObject *)d);
    return d;
}

/* C is asked for before F; where any order will do, for none. */
static void flags_of(Take *t)
{
    const Order order = (Order)t->type->order;
    t->mask = NPY_ARRAY_ALIGNED | NPY_ARRAY_WRITEABLE | NPY_ARRAY_C_CONTIGUOUS | (order != ORDER_C ? NPY_ARRAY_F_CONTIGUOUS : 0);
    if (t->converts)
        t->mask &= ~(NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_F_CONTIGUOUS);
    t->flags = NPY_ARRAY_ALIGNED | (t->type->readonly ? 0 : NPY_ARRAY_WRITEABLE)
             | (order == ORDER_C ? NPY_ARRAY_C_CONTIGUOUS : order == ORDER_F ? NPY_ARRAY_F_CONTIGUOUS : 0);
}

static uint32_t count(Ty x)
{
    uint32_t n = 1;
    for (uint32_t k = 0; x->kind == TY_TUPLE && k < x->nitem; k++)
        n += count(x->item[k]);
    return n;
}

/* room: where those of the items go; the place behind them comes back. */
static Take *ready(Take *t, Ty x, bool only, Take *room)
{
    *t = (Take){ .kind = kind_of(x), .nparts = x->nparts, .type = x };
    t->converts = only && (x->kind == TY_F64 || x->kind == TY_I64 || (x->kind == TY_ARRAY && x->order == ORDER_A));
    switch ((TakeKind)t->kind) {
    case TAKE_ARRAY:
        t->known = known_dtype(x->elem);
        flags_of(t);
        break;
    case TAKE_SCALAR: {
        PyObject *class = PyArray_TypeObjectFromType(ty_to_npy(x));
        t->known = class;
        Py_XDECREF(class);              /* static */
        break;
    }
    case TAKE_SAME:
        t->known = x->kind == TY_NONE ? Py_None : x->object;
        break;
    case TAKE_TUPLE:
        t->known = x->object != NULL ? x->object : (void *)&PyTuple_Type;
        t->item = room;
        room += x->nitem;
        for (uint32_t k = 0; k < x->nitem; k++)
            room = ready(&t->item[k], x->item[k], only, room);
        break;
    default:
        break;
    }
    return room;
}

Take *take_new(const Ty *type, uint32_t n, bool only)
{
    uint32_t all = 0;
    for (uint32_t k = 0; k < n; k++)
        all += count(type[k]);
    Take *t = malloc((all + 1) * sizeof *t), *room = t + n;
    if (t == NULL)
        PyErr_NoMemory();
    for (uint32_t k = 0; t != NULL && k < n; k++)
        room = ready(&t[k], type[k], only, room);
    return t;
}
