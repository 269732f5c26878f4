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
        return ty_is_list(t);
    if (o == &PyUnicode_Type)
        return np_is_text(t);
    if (t->kind == TY_EXCEPTION && t->object && PyExceptionClass_Check(o))
        return PyType_IsSubtype(t->object, o);
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

/* Of what a handler caught. */
static Ref caught_is_any(Fn *fn, Ref e, Ty cls)
{
    Ref any = ir_bool(fn, false);
    for (uint32_t k = 0; cls->kind == TY_TUPLE && k < cls->nitem; k++)
        any = ir_bin(fn, IR_OR, any, caught_is_any(fn, e, cls->item[k]));
    if (cls->kind == TY_TUPLE || !cls->object || !PyExceptionClass_Check((PyObject *)cls->object))
        return any;
    Ref pair[2] = { e, ir_int(fn, ty(TY_I64), (int64_t)(intptr_t)cls->object) };
    return ir_rt(fn, RT_MATCHES, ty(TY_BOOL), pair, 2);
}

Ref bi_isinstance(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]), cls = ir_ty(fn, arg[1]);
    if (t->kind == TY_CAUGHT)
        return caught_is_any(fn, arg[0], cls);
    if (t->kind == TY_OPTIONAL && t->elem->kind == TY_CAUGHT) {
        IrIf s = ir_if(fn, ir_has(fn, arg[0]));
        Ref some = caught_is_any(fn, ir_unwrap(fn, arg[0]), cls);
        ir_else(fn, &s);
        return ir_endif(fn, &s, some, ir_bool(fn, is_any(ty(TY_NONE), cls)));
    }
    if (t->kind != TY_OPTIONAL)
        return ir_bool(fn, is_any(t, cls));
    return ir_select(fn, ir_has(fn, arg[0]), ir_bool(fn, is_any(t->elem, cls)), ir_bool(fn, is_any(ty(TY_NONE), cls)));
}

Ref bi_callable(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]);
    return ir_bool(fn, ty_is_callable(t) || t->kind == TY_DTYPE);
}

/* The class that type() gives: a new reference, or NULL. */
static PyObject *class_of(Ty t)
{
    void *known = t->kind == TY_PYINT ? &PyLong_Type : t->kind == TY_PYFLOAT ? &PyFloat_Type : t->kind == TY_PYCOMPLEX ? &PyComplex_Type
                : t->kind == TY_BOOL ? &PyBool_Type : t->kind == TY_STR ? &PyUnicode_Type : ty_is_list(t) ? &PyList_Type
                : t->kind == TY_TUPLE ? (t->object ? t->object : &PyTuple_Type) : t->kind == TY_RANGE ? &PyRange_Type
                : t->kind == TY_SLICE ? &PySlice_Type : t->kind == TY_NONE ? (void *)Py_TYPE(Py_None) : NULL;
    if (known)
        return Py_NewRef((PyObject *)known);
    if (!np_is_number(t) && !ty_is_array(t))
        return NULL;
    PyObject *numpy = PyImport_ImportModule("numpy");
    PyObject *cls = numpy ? PyObject_GetAttrString(numpy, ty_is_array(t) ? "ndarray" : ty_name(t)) : NULL;
    Py_XDECREF(numpy);
    return cls;
}

Ref bi_type(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    PyObject *cls = class_of(ir_ty(fn, arg[0]));
    if (PyErr_Occurred())
        fail_py(fn->unit);
    if (!cls)
        np_bad_arg(fn, row, "a number, a string, an array, a tuple or a list", arg[0]);
    unit_pin(fn->unit, cls);
    Py_DECREF(cls);
    return resolve_object(fn, cls, "type");
}

static const char *constant_name(Fn *fn, const NpRow *row, Ref name)
{
    const Ins *in = ir_ins(fn, name);
    if (in->op != IR_CONST || in->ty->kind != TY_STR)
        np_bad_arg(fn, row, "a constant string where it is a name", name);
    return (const char *)(uintptr_t)((const uint64_t *)in->imm.p)[1];
}

static bool has_attr(Ty t, const char *name)
{
    if (t->object && (ty_is_constant(t) || t->kind == TY_TUPLE) && PyObject_HasAttrString(t->object, name))
        return true;
    return np_find_attr(t, name) || np_find_method(t, name);
}

Ref bi_hasattr(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    return ir_bool(fn, has_attr(ir_ty(fn, arg[0]), constant_name(fn, row, arg[1])));
}

Ref bi_getattr(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    const char *name = constant_name(fn, row, arg[1]);
    bool missing = !ref_is_none(arg[2]) && !has_attr(ir_ty(fn, arg[0]), name);
    return missing ? arg[2] : resolve_attr(fn, arg[0], name);
}
