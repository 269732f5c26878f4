/* builtins.c: the module operator, isinstance() and the like. */
#include <Python.h>
#include "np/np_build.h"
#include "runtime/runtime.h"

/* operator.*: data: BinOp | 64 in place; UnOp; CmpOp */
Ref bi_binary(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    return np_binary(fn, (BinOp)(row->data & 63), arg[0], arg[1], row->data >= 64);
}
Ref bi_unary(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return np_unary(fn, (UnOp)row->data, arg[0]); }
Ref bi_compare(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return np_compare(fn, (CmpOp)row->data, arg[0], arg[1]); }
Ref bi_getitem(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return np_getitem(fn, arg[0], arg[1]); }
Ref bi_contains(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return np_in(fn, arg[1], arg[0]); }

Ref bi_setitem(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    np_setitem(fn, arg[0], arg[1], arg[2]);
    return ir_none(fn);
}

Ref bi_is(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref r = np_is(fn, arg[0], arg[1]);
    return row->data ? ir_un(fn, IR_NOT, r) : r;
}

/* types ------------------------------------------------------------------------------------------------------- */

static bool is_a(Ty t, Ty cls)
{
    void *o = cls->object;
    if (o == &PyBool_Type)
        return ty_is_bool(t);
    if (o == &PyLong_Type)
        return t->cls == CLASS_WEAK_INT || t->kind == TY_I64 || ty_is_bool(t);
    if (o == &PyFloat_Type)
        return t->cls == CLASS_WEAK_FLOAT || t->kind == TY_F64;
    if (o == &PyComplex_Type)
        return t->cls == CLASS_WEAK_COMPLEX || t->kind == TY_C128;
    if (o == &PyTuple_Type)
        return t->kind == TY_TUPLE;
    if (o == &PyList_Type)
        return t->kind == TY_LIST;
    if (o == &PyUnicode_Type)
        return t->kind == TY_STR;
    if (o == &PyRange_Type)
        return t->kind == TY_RANGE;
    if (o == &PySlice_Type)
        return t->kind == TY_SLICE;
    if (o == Py_TYPE(Py_None))
        return t->kind == TY_NONE;
    if (cls->kind == TY_DTYPE)
        return np_is_number(t) && ty_strong(t) == ty_strong(cls->elem);
    PyObject *name = o ? PyObject_GetAttrString(o, "__name__") : NULL;
    const char *s = name && PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, NULL) : "";
    bool r = (!strcmp(s, "ndarray") && ty_is_array(t)) || (!strcmp(s, "object")) || (!strcmp(s, "integer") && ty_is_int(t) && !ty_is_weak(t))
        || (!strcmp(s, "floating") && t->cls == CLASS_FLOAT) || (!strcmp(s, "Integral") && np_is_intlike(t)) || (t->kind == TY_TUPLE && t->object == o)
        || (!strcmp(s, "number") && np_is_number(t) && !ty_is_bool(t)) || (!strcmp(s, "complexfloating") && t->cls == CLASS_COMPLEX);
    Py_XDECREF(name);
    PyErr_Clear();
    return r;
}

static bool is_any(Ty t, Ty cls)
{
    if (cls->kind != TY_TUPLE)
        return is_a(t, cls);
    for (uint32_t k = 0; k < cls->nitem; k++)
        if (is_any(t, cls->item[k]))
            return true;
    return false;
}

Ref bi_isinstance(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]), cls = ir_ty(fn, arg[1]);
    if (t->kind != TY_OPTIONAL)
        return ir_bool(fn, is_any(t, cls));
    return ir_select(fn, ir_has(fn, arg[0]), ir_bool(fn, is_any(t->elem, cls)), ir_bool(fn, is_any(ty(TY_NONE), cls)));
}

Ref bi_callable(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]);
    return ir_bool(fn, t->kind == TY_FUNC || t->kind == TY_DTYPE || t->kind == TY_CLOSURE || t->kind == TY_METHOD);
}
