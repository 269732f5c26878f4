/* resolve.c: names → values. A global, a free variable, an attribute of a module, any Python object → a typed constant.
 * Globals are constants from the time of compilation. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_25_API_VERSION
#define NPY_TARGET_VERSION NPY_1_25_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL numjit_ARRAY_API
#define NO_IMPORT_ARRAY
#include <numpy/arrayobject.h>

#include "infer/infer.h"

enum { LIST_DEEP = 3 };         /* lists of lists that are constants */
enum { FROZEN_MAX = 1 << 20 };  /* bytes of a global array whose elements are constants; those of larger ones are read where they are */

/* objects → constants -------------------------------------------------------------------------------------- */

static Ref const_int(Fn *fn, PyObject *o)
{
    int over;
    long long v = PyLong_AsLongLongAndOverflow(o, &over);
    if (!over)
        return ir_int(fn, ty(TY_PYINT), v);
    if (over > 0) {
        unsigned long long w = PyLong_AsUnsignedLongLong(o);
        if (!PyErr_Occurred())
            return ir_int(fn, ty(TY_U64), (int64_t)w);
        PyErr_Clear();
    }
    fail(fn->unit, np_pos(fn), DIAG_TOO_LARGE, "this integer", "64 bits");
}

static Ref const_str(Fn *fn, PyObject *o)
{
    Py_ssize_t n;
    const char *s = PyUnicode_AsUTF8AndSize(o, &n);
    if (!s)
        fail_py(fn->unit);
    uint64_t *part = arena_new_n(fn->unit->arena, uint64_t, 3);
    part[0] = (uint64_t)(uintptr_t)o;
    part[1] = (uint64_t)(uintptr_t)s;
    part[2] = (uint64_t)n;
    unit_pin(fn->unit, o);
    return ir_constant(fn, ty_str(fn->unit->types), part);
}

static Ref const_items(Fn *fn, PyObject *o, TyKind kind, const char *what, PyObject *cls)
{
    Py_ssize_t n = PyTuple_Size(o);
    Ref *item = arena_new_n(fn->unit->arena, Ref, n + 1);
    Ty *t = arena_new_n(fn->unit->arena, Ty, n + 1);
    for (Py_ssize_t k = 0; k < n; k++) {
        item[k] = resolve_object(fn, PyTuple_GetItem(o, k), what);
        t[k] = ir_ty(fn, item[k]);
    }
    return ir_tuple(fn, ty_aggregate(fn->unit->types, kind, t, (uint32_t)n, cls), item, (uint32_t)n);
}

static bool may_be_list(PyObject *o, uint32_t depth)
{
    Py_ssize_t n = PyList_CheckExact(o) ? PyList_Size(o) : 0, k = 0;
    while (k < n && depth > 0 && may_be_list(PyList_GetItem(o, k), depth - 1))
        k++;
    return k == n && n <= NITEM_MAX;
}

/* Its items are those of the time of compilation. */
static Ref const_list(Fn *fn, PyObject *o, const char *what)
{
    PyObject *items = PyList_AsTuple(o);
    if (!items)
        fail_py(fn->unit);
    unit_pin(fn->unit, items);
    Py_DECREF(items);
    return const_items(fn, items, TY_LIST, what, NULL);
}

/* The array that compiled code has for the global array o: what it is now. A big one is not copied. */
static PyArrayObject *as_it_is(Fn *fn, PyObject *o)
{
    Unit *u = fn->unit;
    if (PyArray_NBYTES((PyArrayObject *)o) > FROZEN_MAX)
        return (PyArrayObject *)o;
    for (uint32_t k = 0; k < u->frozen.n; k += 2)
        if (u->frozen.at[k] == o)
            return u->frozen.at[k + 1];
    PyArrayObject *copy = (PyArrayObject *)PyArray_NewCopy((PyArrayObject *)o, NPY_KEEPORDER);
    if (!copy)
        fail_py(u);
    PyArray_CLEARFLAGS(copy, NPY_ARRAY_WRITEABLE);
    unit_pin(u, copy);
    unit_pin(u, o);                     /* no other object has its address meanwhile */
    Py_DECREF(copy);
    vec_push(u->arena, &u->frozen, o);
    vec_push(u->arena, &u->frozen, copy);
    return copy;
}

static Ref const_array(Fn *fn, PyObject *o, Ty t)
{
    PyArrayObject *a = as_it_is(fn, o);
    Ty ro = ty_array(fn->unit->types, t->elem, t->ndim, t->order, true, NULL);
    uint64_t *part = arena_new_n(fn->unit->arena, uint64_t, ro->nparts + 1);
    uint32_t p = 0;
    part[p++] = (uint64_t)(uintptr_t)a | OWNER_OBJECT;
    part[p++] = (uint64_t)(uintptr_t)PyArray_DATA(a);
    for (int k = 0; k < ro->ndim; k++)
        part[p++] = (uint64_t)PyArray_DIM(a, k);
    for (int k = 0; k < ro->ndim && ty_has_strides(ro); k++)
        part[p++] = (uint64_t)PyArray_STRIDE(a, k);
    part[p] = (PyObject *)a == o ? 0 : (uint64_t)PyArray_NBYTES(a);
    unit_pin(fn->unit, a);
    return ir_constant(fn, ro, part);
}

static Ref const_npscalar(Fn *fn, PyObject *o, Ty t)
{
    char raw[16];
    PyArray_ScalarAsCtype(o, raw);
    switch (t->kind) {
    case TY_BOOL: return ir_bool(fn, raw[0] != 0);
    case TY_I8: return ir_int(fn, t, *(int8_t *)raw);
    case TY_I16: return ir_int(fn, t, *(int16_t *)raw);
    case TY_I32: return ir_int(fn, t, *(int32_t *)raw);
    case TY_U8: return ir_int(fn, t, *(uint8_t *)raw);
    case TY_U16: return ir_int(fn, t, *(uint16_t *)raw);
    case TY_U32: return ir_int(fn, t, *(uint32_t *)raw);
    case TY_I64: case TY_U64: return ir_int(fn, t, *(int64_t *)raw);
    case TY_F16: return ir_float(fn, t, PyFloat_AsDouble(o));
    case TY_F32: return ir_float(fn, t, *(float *)raw);
    case TY_F64: return ir_float(fn, t, *(double *)raw);
    case TY_C64: return ir_complex(fn, t, ir_float(fn, ty(TY_F32), ((float *)raw)[0]), ir_float(fn, ty(TY_F32), ((float *)raw)[1]));
    case TY_C128: return ir_complex(fn, t, ir_float(fn, ty(TY_F64), ((double *)raw)[0]), ir_float(fn, ty(TY_F64), ((double *)raw)[1]));
    default: fail(fn->unit, np_pos(fn), DIAG_NOT_COMPILABLE, ty_name(t), "not as a constant");
    }
}

Ref resolve_object(Fn *fn, void *object, const char *what)
{
    PyObject *o = object;
    Types *types = fn->unit->types;
    if (o == Py_None)
        return ir_none(fn);
    if (o == Py_True || o == Py_False)
        return ir_bool(fn, o == Py_True);
    if (o == Py_Ellipsis)
        return ir_constant(fn, ty(TY_ELLIPSIS), NULL);
    bool numpy = PyArray_IsScalar(o, Generic);          /* np.float64 is a float too */
    if (PyLong_Check(o) && !numpy)
        return const_int(fn, o);
    if (PyFloat_Check(o) && !numpy)
        return ir_float(fn, ty(TY_PYFLOAT), PyFloat_AsDouble(o));
    if (PyComplex_Check(o) && !numpy)
        return ir_complex(fn, ty(TY_PYCOMPLEX), ir_float(fn, ty(TY_PYFLOAT), PyComplex_RealAsDouble(o)),
                          ir_float(fn, ty(TY_PYFLOAT), PyComplex_ImagAsDouble(o)));
    if (PyUnicode_Check(o) && !numpy)
        return const_str(fn, o);
    const char *why = "";
    Ty t = key_typeof(types, o, true, &why);
    if (!t)
        fail(fn->unit, np_pos(fn), DIAG_NOT_COMPILABLE, what, why);
    unit_pin(fn->unit, o);
    if (t->kind == TY_TUPLE)
        return const_items(fn, o, TY_TUPLE, what, t->object);
    if (t->kind == TY_CONST && PyList_CheckExact(o) && may_be_list(o, LIST_DEEP))
        return const_list(fn, o, what);
    if (ty_is_array(t))
        return const_array(fn, o, t);
    if (ty_is_scalar(t))
        return const_npscalar(fn, o, t);
    return ir_constant(fn, t, NULL);
}

static bool is_value(Ty t) { return t->kind == TY_LITERAL || t->kind == TY_OMITTED; }

static bool is_literal(Ty t)
{
    return is_value(t) || (ty_is_items(t) && !t->object && t->nitem > 0 && is_literal(t->item[0]));
}

/* A tuple or list display of literals, or its own type: all items are literals, or none counts as one. */
static Ty literal_items(Fn *fn, Ref value)
{
    enum { ITEMS = 8 };
    Ty t = ir_ty(fn, value), item[ITEMS];
    if (!ty_is_items(t) || t->object || t->nitem == 0 || t->nitem > ITEMS)
        return t;
    for (uint32_t k = 0; k < t->nitem; k++) {
        item[k] = resolve_literal(fn, ir_arg(fn, value, k));
        if (!is_literal(item[k]))
            return t;
    }
    return ty_aggregate(fn->unit->types, (TyKind)t->kind, item, t->nitem, NULL);
}

Ref resolve_literal_value(Fn *fn, Ty literal, Ref otherwise)
{
    if (!is_literal(literal))
        return otherwise;
    if (is_value(literal))
        return ir_constant(fn, literal, NULL);
    Ref *item = arena_new_n(fn->unit->arena, Ref, literal->nitem);
    for (uint32_t k = 0; k < literal->nitem; k++)
        item[k] = resolve_literal_value(fn, literal->item[k], REF_NONE);
    return ir_tuple(fn, literal, item, literal->nitem);
}

static Ref literal_object(Fn *fn, Ty t)
{
    if (is_value(t))
        return resolve_object(fn, t->object, "argument");
    Ref *item = arena_new_n(fn->unit->arena, Ref, t->nitem);
    Ty *type = arena_new_n(fn->unit->arena, Ty, t->nitem);
    for (uint32_t k = 0; k < t->nitem; k++) {
        item[k] = literal_object(fn, t->item[k]);
        type[k] = ir_ty(fn, item[k]);
    }
    return ir_tuple(fn, ty_aggregate(fn->unit->types, (TyKind)t->kind, type, t->nitem, NULL), item, t->nitem);
}

Ref resolve_literal_param(Fn *fn, Ref param)
{
    Ty t = ir_ty(fn, param);
    return is_literal(t) ? literal_object(fn, t) : param;
}

/* Interned objects only: the type is known by its address. */
Ty resolve_literal(Fn *fn, Ref value)
{
    const Ins *in = ir_ins(fn, value);
    PyObject *o = NULL;
    if (in->op == IR_TUPLE)
        return literal_items(fn, value);
    if (in->op != IR_CONST)
        return in->ty;
    if (in->ty->kind == TY_BOOL)
        o = Py_NewRef(in->imm.i ? Py_True : Py_False);
    else if (in->ty->kind == TY_PYINT && in->imm.i >= -5 && in->imm.i <= 256)
        o = PyLong_FromLongLong(in->imm.i);
    else if (in->ty->kind == TY_STR && ((const uint64_t *)in->imm.p)[2] <= 32) {
        o = Py_NewRef((PyObject *)(uintptr_t)((const uint64_t *)in->imm.p)[0]);
        PyUnicode_InternInPlace(&o);
    }
    if (!o)
        return in->ty;
    unit_pin(fn->unit, o);
    Py_DECREF(o);
    return ty_constant(fn->unit->types, TY_LITERAL, in->ty, o);
}

/* names ---------------------------------------------------------------------------------------------------- */

void *resolve_key(void *d, const char *name)
{
    PyObject *key = PyUnicode_FromString(name);
    PyObject *v = key && d ? PyDict_GetItemWithError(d, key) : NULL;
    Py_XDECREF(key);
    return v;
}

/* A name without a value yet: the function itself, which is compiled before its decorator is done, or an error. */
static Ref self_or_fail(Fn *fn, Func *f, const char *name)
{
    if (!f->function || strcmp(f->name, name))
        fail(fn->unit, np_pos(fn), DIAG_NO_NAME, name);
    return ir_constant(fn, ty_constant(fn->unit->types, TY_FUNC, NULL, f->function), NULL);
}

static Func *outermost(Func *f)
{
    while (f->outer)
        f = f->outer;
    return f;
}

static PyObject *find_global(Func *f, const char *name)
{
    f = outermost(f);
    PyObject *v = resolve_key(f->globals, name);
    return !v && f->builtins ? resolve_key(f->builtins, name) : v;
}

Ref resolve_global(Fn *fn, Func *f, const char *name)
{
    PyObject *v = find_global(f, name);
    if (!v) {
        PyErr_Clear();
        return self_or_fail(fn, f, name);
    }
    return resolve_object(fn, v, name);
}

Ref resolve_free(Fn *fn, Func *f, int64_t index)
{
    const Code *c = f->decoded;
    const char *name = c->local[c->nlocal - c->nfree + (uint32_t)index];
    PyObject *cell = f->closure ? PyTuple_GetItem(f->closure, index) : NULL;
    PyObject *v = cell ? PyObject_GetAttrString(cell, "cell_contents") : NULL;
    if (!v) {
        PyErr_Clear();
        return self_or_fail(fn, f, name);
    }
    unit_pin(fn->unit, v);
    Py_DECREF(v);
    return resolve_object(fn, v, name);
}

static _Noreturn void no_attribute(Fn *fn, Ty module, const char *name)
{
    PyObject *m = module->object;
    bool named = PyModule_Check(m) || PyType_Check(m);
    PyObject *n = PyObject_GetAttrString(named ? m : (PyObject *)Py_TYPE(m), "__name__");
    const char *s = n && PyUnicode_Check(n) ? PyUnicode_AsUTF8AndSize(n, NULL) : NULL;
    Text t = { .arena = fn->unit->arena };
    text_printf(&t, PyModule_Check(m) ? "module '%s'" : PyType_Check(m) ? "type object '%s'" : "'%s' object", s ? s : "?");
    Py_XDECREF(n);
    PyErr_Clear();
    fail(fn->unit, np_pos(fn), DIAG_NO_ATTR, text_str(&t), name);
}

Ref resolve_module_attr(Fn *fn, Ty module, const char *name)
{
    PyObject *m = module->object, *v = PyObject_GetAttrString(m, name);
    if (!v && !PyErr_ExceptionMatches(PyExc_AttributeError))
        fail_py(fn->unit);              /* a module's own __getattr__, as of one that imports what it is asked for */
    if (!v) {
        PyErr_Clear();
        no_attribute(fn, module, name);
    }
    unit_pin(fn->unit, v);
    Py_DECREF(v);
    return resolve_object(fn, v, name);
}

Ty resolve_derived(Fn *fn, Func *f, const Ins *name, Ref of)
{
    PyObject *o = NULL;
    if (name->op == IR_PY_GLOBAL)
        o = Py_XNewRef(find_global(f, name->imm.s));
    else if (name->op == IR_PY_ATTR && ty_is_constant(ir_ty(fn, of)) && ir_ty(fn, of)->object)
        o = PyObject_GetAttrString(ir_ty(fn, of)->object, name->imm.s);
    bool exact = !o || PyLong_CheckExact(o) || PyFloat_CheckExact(o) || PyComplex_CheckExact(o) || PyUnicode_CheckExact(o);
    bool derived = !exact && (PyLong_Check(o) || PyFloat_Check(o) || PyComplex_Check(o) || PyUnicode_Check(o));
    if (derived)
        unit_pin(fn->unit, o);
    PyErr_Clear();
    Py_XDECREF(o);
    return derived ? ty_constant(fn->unit->types, TY_CONST, NULL, o) : NULL;
}

static bool is_ufunc(void *object)
{
    const Func *f = dispatcher_func(object);
    return f ? f->vectorized != NULL : rt_is_ufunc(object);
}

/* The attribute of whichever object it is. */
static Ref choice_attr(Fn *fn, Ref choice, const char *name)
{
    Ty t = ir_ty(fn, choice), type = NULL;
    Ref *x = arena_new_n(fn->unit->arena, Ref, t->nitem), r = REF_NONE;
    for (uint32_t k = 1; k < t->nitem; k++) {
        x[k] = resolve_attr(fn, ir_item(fn, choice, k), name);
        Ty now = ir_ty(fn, x[k]), had = type;
        if (!(type = had ? promote_join(fn->unit->types, had, now) : now))
            fail(fn->unit, np_pos(fn), DIAG_UNIFY, name, ty_name(had), ty_name(now));
    }
    for (uint32_t k = t->nitem; k-- > 1; ) {
        Ref its = ir_cmp(fn, IR_EQ, ir_item(fn, choice, 0), ir_i64(fn, k)), now = np_convert(fn, x[k], type);
        r = ref_is_none(r) ? now : ir_select(fn, its, now, r);
    }
    return r;
}

Ref resolve_attr(Fn *fn, Ref object, const char *name)
{
    Ty t = ir_ty(fn, object);
    if (t->kind == TY_CHOICE && t->item[1]->kind == TY_CONST)
        return choice_attr(fn, object, name);
    if (t->kind == TY_FUNC && is_ufunc(t->object) && np_find_method(t, name))
        return np_attr_of(fn, object, name);
    if (t->kind == TY_MODULE || t->kind == TY_FUNC || t->kind == TY_CONST || t->kind == TY_DTYPE)
        return resolve_module_attr(fn, t, name);
    if (t->kind == TY_TUPLE && t->object) {
        PyObject *fields = key_fields(t->object);
        uint32_t n = fields ? (uint32_t)PyTuple_Size(fields) : 0, k = 0;
        while (k < n && PyUnicode_CompareWithASCIIString(PyTuple_GetItem(fields, k), name) != 0)
            k++;
        Py_XDECREF(fields);
        if (k < n && k < t->nitem)
            return ir_item(fn, object, k);
        if (!strcmp(name, "_fields"))
            return resolve_module_attr(fn, t, name);
        if (!strcmp(name, "_replace"))
            return ir_tuple(fn, ty_aggregate(fn->unit->types, TY_METHOD, &t, 1, "_replace"), &object, 1);
    }
    return np_attr_of(fn, object, name);
}

/* level: of the package whose module `module` is of; 0: its name is whole. */
Ref resolve_import(Fn *fn, Func *f, const char *module, Ref level)
{
    int64_t up = 0;
    ir_is_int(fn, level, &up);
    PyObject *leaf = Py_BuildValue("(s)", "__name__");
    PyObject *m = leaf ? PyImport_ImportModuleLevel(module, outermost(f)->globals, NULL, leaf, (int)up) : NULL;
    Py_XDECREF(leaf);
    if (!m)
        fail_py(fn->unit);
    unit_pin(fn->unit, m);
    Py_DECREF(m);
    return resolve_object(fn, m, module);
}

bool resolve_is_exception(void *object)
{
    return PyType_Check((PyObject *)object) && PyObject_IsSubclass(object, PyExc_BaseException) == 1;
}
