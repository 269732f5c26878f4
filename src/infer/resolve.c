/* resolve.c: names → values. A global, a free variable, an attribute of a module, any Python object → a typed constant;
 * a callable with arguments → a row of np.def, another compiled function, an exception, a namedtuple.
 *
 * The one stage after decode that looks at Python objects. Globals are constants from the time of compilation. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_25_API_VERSION
#define NPY_TARGET_VERSION NPY_1_25_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL numjit_ARRAY_API
#define NO_IMPORT_ARRAY
#include <numpy/arrayobject.h>

#include <stdio.h>

#include "infer/infer.h"

void unit_pin(Unit *u, void *object);

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

static Ref const_tuple(Fn *fn, PyObject *o, const char *what, PyObject *cls)
{
    Py_ssize_t n = PyTuple_Size(o);
    if (n > NITEM_MAX)
        fail(fn->unit, np_pos(fn), DIAG_TOO_LARGE, "this tuple", "1000 items");
    Ref *item = arena_new_n(fn->unit->arena, Ref, n + 1);
    Ty *t = arena_new_n(fn->unit->arena, Ty, n + 1);
    for (Py_ssize_t k = 0; k < n; k++) {
        item[k] = resolve_object(fn, PyTuple_GetItem(o, k), what);
        t[k] = ir_ty(fn, item[k]);
    }
    return ir_tuple(fn, ty_aggregate(fn->unit->types, TY_TUPLE, t, (uint32_t)n, cls), item, (uint32_t)n);
}

static Ref const_array(Fn *fn, PyObject *o, Ty t)
{
    PyArrayObject *a = (PyArrayObject *)o;
    Ty ro = ty_array(fn->unit->types, t->elem, t->ndim, t->order, true, NULL);
    uint64_t *part = arena_new_n(fn->unit->arena, uint64_t, ro->nparts);
    uint32_t p = 0;
    part[p++] = (uint64_t)(uintptr_t)o | 1;
    part[p++] = (uint64_t)(uintptr_t)PyArray_DATA(a);
    for (int k = 0; k < ro->ndim; k++)
        part[p++] = (uint64_t)PyArray_DIM(a, k);
    for (int k = 0; k < ro->ndim && ty_has_strides(ro); k++)
        part[p++] = (uint64_t)PyArray_STRIDE(a, k);
    unit_pin(fn->unit, o);
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
    if (PyLong_CheckExact(o))
        return const_int(fn, o);
    if (PyFloat_CheckExact(o))
        return ir_float(fn, ty(TY_PYFLOAT), PyFloat_AsDouble(o));
    if (PyComplex_CheckExact(o))
        return ir_complex(fn, ty(TY_PYCOMPLEX), ir_float(fn, ty(TY_PYFLOAT), PyComplex_RealAsDouble(o)),
                          ir_float(fn, ty(TY_PYFLOAT), PyComplex_ImagAsDouble(o)));
    if (PyUnicode_CheckExact(o))
        return const_str(fn, o);
    if (PyTuple_CheckExact(o))
        return const_tuple(fn, o, what, NULL);
    const char *why = "";
    Ty t = key_typeof(types, o, true, &why);
    if (!t)
        fail(fn->unit, np_pos(fn), DIAG_NOT_COMPILABLE, what, why);
    unit_pin(fn->unit, o);
    if (t->kind == TY_TUPLE)
        return const_tuple(fn, o, what, t->object);
    if (ty_is_array(t))
        return const_array(fn, o, t);
    if (ty_is_scalar(t))
        return const_npscalar(fn, o, t);
    return ir_constant(fn, t, NULL);
}

/* names ---------------------------------------------------------------------------------------------------- */

static PyObject *dict_get(PyObject *d, const char *name)
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

Ref resolve_global(Fn *fn, Func *f, const char *name)
{
    while (f->outer)
        f = f->outer;
    PyObject *v = dict_get(f->globals, name);
    if (!v && f->builtins)
        v = dict_get(f->builtins, name);
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

Ref resolve_module_attr(Fn *fn, Ty module, const char *name)
{
    PyObject *m = module->object, *v = PyObject_GetAttrString(m, name);
    if (!v) {
        PyErr_Clear();
        PyObject *n = PyObject_GetAttrString(m, "__name__");
        const char *s = n && PyUnicode_Check(n) ? PyUnicode_AsUTF8AndSize(n, NULL) : "?";
        Text t = { .arena = fn->unit->arena };
        text_printf(&t, module->kind == TY_MODULE ? "module '%s'" : "'%s'", s);
        Py_XDECREF(n);
        fail(fn->unit, np_pos(fn), DIAG_NO_ATTR, text_str(&t), name);
    }
    unit_pin(fn->unit, v);
    Py_DECREF(v);
    return resolve_object(fn, v, name);
}

Ref resolve_attr(Fn *fn, Ref object, const char *name)
{
    Ty t = ir_ty(fn, object);
    if (t->kind == TY_MODULE || t->kind == TY_FUNC || t->kind == TY_CONST || t->kind == TY_DTYPE)
        return resolve_module_attr(fn, t, name);
    if (t->kind == TY_TUPLE && t->object) {
        PyObject *fields = PyObject_GetAttrString(t->object, "_fields");
        for (uint32_t k = 0; fields && k < t->nitem; k++)
            if (PyUnicode_CompareWithASCIIString(PyTuple_GetItem(fields, k), name) == 0) {
                Py_DECREF(fields);
                return ir_item(fn, object, k);
            }
        Py_XDECREF(fields);
        PyErr_Clear();
        if (!strcmp(name, "_fields"))
            return resolve_module_attr(fn, t, name);
        if (!strcmp(name, "_replace"))
            return ir_tuple(fn, ty_aggregate(fn->unit->types, TY_METHOD, &t, 1, "_replace"), &object, 1);
    }
    return np_attr_of(fn, object, name);
}

Ref resolve_import(Fn *fn, const char *module)
{
    PyObject *m = PyImport_ImportModule(module);
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

/* rows of np.def by callable: found by importing what the path names, once ---------------------------------- */

/* The module of that name, or the class: numpy.ndarray, builtins.float. */
static PyObject *module_or_class(char *path)
{
    PyObject *m = PyImport_ImportModule(path);
    char *dot = strrchr(path, '.');
    if (m || !dot || !PyErr_ExceptionMatches(PyExc_ModuleNotFoundError))
        return m;
    PyErr_Clear();
    *dot = 0;
    PyObject *outer = PyImport_ImportModule(path), *c = outer ? PyObject_GetAttrString(outer, dot + 1) : NULL;
    Py_XDECREF(outer);
    return c;
}

void *resolve_path(const char *path)
{
    const char *dot = strrchr(path, '.');
    char module[128];
    snprintf(module, sizeof module, "%.*s", (int)(dot - path), path);
    PyObject *m = module_or_class(module), *o = m ? PyObject_GetAttrString(m, dot + 1) : NULL;
    Py_XDECREF(m);
    return o;
}

/* A row that this NumPy or CPython does not have is no error. */
static int add_row(PyObject *table, uint32_t k)
{
    PyObject *o = resolve_path(np_func[k].path);
    if (!o && (PyErr_ExceptionMatches(PyExc_AttributeError) || PyErr_ExceptionMatches(PyExc_ModuleNotFoundError))) {
        PyErr_Clear();
        return 0;
    }
    PyObject *n = o ? PyLong_FromLong(k) : NULL;
    int rc = n ? PyDict_SetItem(table, o, n) : -1;
    Py_XDECREF(o);
    Py_XDECREF(n);
    return rc;
}

/* The dict callable → row number: in the module's own namespace, so no state of ours is global. NULL with an exception. */
static PyObject *row_table(void)
{
    PyObject *core = PyImport_ImportModule("numjit._core");
    PyObject *table = core ? PyObject_GetAttrString(core, "_rows") : NULL;
    if (core && !table && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        table = PyDict_New();
        for (uint32_t k = 0; table && k < np_nfunc; k++)
            if (add_row(table, k) < 0)
                Py_CLEAR(table);
        if (table && PyObject_SetAttrString(core, "_rows", table) < 0)
            Py_CLEAR(table);
    }
    Py_XDECREF(core);
    return table;
}

const NpRow *resolve_row(Unit *u, void *callable)
{
    PyObject *table = row_table(), *n = table ? PyDict_GetItemWithError(table, callable) : NULL;
    if (!table)
        fail_py(u);
    Py_DECREF(table);                                   /* the module keeps it */
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_TypeError))
        fail_py(u);
    PyErr_Clear();                                      /* an unhashable callable has no row */
    return n ? &np_func[PyLong_AsLong(n)] : NULL;
}

/* calls ---------------------------------------------------------------------------------------------------- */

static const char *callable_name(Fn *fn, PyObject *o)
{
    PyObject *n = PyObject_GetAttrString(o, "__name__"), *m = PyObject_GetAttrString(o, "__module__");
    Text t = { .arena = fn->unit->arena };
    if (m && PyUnicode_Check(m) && PyUnicode_CompareWithASCIIString(m, "builtins"))
        text_printf(&t, "%s.", PyUnicode_AsUTF8AndSize(m, NULL));
    text_printf(&t, "%s", n && PyUnicode_Check(n) ? PyUnicode_AsUTF8AndSize(n, NULL) : ty_name(key_typeof(fn->unit->types, o, true, &(const char *){ 0 })));
    Py_XDECREF(n);
    Py_XDECREF(m);
    PyErr_Clear();
    return text_str(&t);
}

static _Noreturn void bad_call(Fn *fn, const char *name, const char *format, ...)
{
    Text t = { .arena = fn->unit->arena };
    va_list ap;
    va_start(ap, format);
    text_printf(&t, "%s() ", name);
    text_vprintf(&t, format, ap);
    va_end(ap);
    fail(fn->unit, np_pos(fn), DIAG_ARG_COUNT, text_str(&t));
}

/* The arguments of a call; names: of the last nnames. */
typedef struct Args { const Ref *arg; uint32_t n; const char *const *name; uint32_t nname; } Args;

static Args args_of(Fn *fn, const Ref *arg, uint32_t n, PyObject *names)
{
    uint32_t nname = names ? (uint32_t)PyTuple_Size(names) : 0;
    const char **name = arena_new_n(fn->unit->arena, const char *, nname + 1);
    for (uint32_t k = 0; k < nname; k++)
        name[k] = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(names, k), NULL);
    return (Args){ arg, n, name, nname };
}

static int param_index(const Code *c, const char *name)
{
    for (uint32_t k = 0; k < c->nargs + c->nkwonly; k++)
        if (!strcmp(c->local[k], name))
            return (int)k;
    return -1;
}

/* Fills out[] (one a parameter of the code object) from a call's arguments. */
static void bind(Fn *fn, Func *f, Args a, const Ref *dflt, uint32_t ndflt, Ref *out)
{
    const Code *c = f->decoded;
    const Ref *arg = a.arg;
    uint32_t npos = a.n - a.nname;
    if (npos > c->nargs && !c->varargs)
        bad_call(fn, f->name, "takes %u positional argument%s but %u were given", c->nargs, c->nargs == 1 ? "" : "s", npos);
    for (uint32_t k = 0; k < npos && k < c->nargs; k++)
        out[k] = arg[k];
    if (c->varargs) {
        uint32_t extra = npos > c->nargs ? npos - c->nargs : 0;
        Ty *t = arena_new_n(fn->unit->arena, Ty, extra + 1);
        for (uint32_t k = 0; k < extra; k++)
            t[k] = ir_ty(fn, arg[c->nargs + k]);
        out[c->nargs + c->nkwonly] = ir_tuple(fn, ty_tuple(fn->unit->types, t, extra), arg + c->nargs, extra);
    }
    for (uint32_t k = 0; k < a.nname; k++) {
        int at = param_index(c, a.name[k]);
        if (at < 0)
            bad_call(fn, f->name, "got an unexpected keyword argument '%s'", a.name[k]);
        if (!ref_is_none(out[at]))
            bad_call(fn, f->name, "got multiple values for argument '%s'", a.name[k]);
        out[at] = arg[npos + k];
    }
    PyObject *defaults = f->defaults, *kwdefaults = f->kwdefaults;
    if (!dflt && defaults)
        ndflt = (uint32_t)PyTuple_Size(defaults);
    for (uint32_t k = 0; k < c->nargs + c->nkwonly; k++) {
        if (!ref_is_none(out[k]))
            continue;
        PyObject *kw = k >= c->nargs && kwdefaults ? dict_get(kwdefaults, c->local[k]) : NULL;
        if (kw)
            out[k] = resolve_object(fn, kw, c->local[k]);
        else if (k < c->nargs && k + ndflt >= c->nargs)
            out[k] = dflt ? dflt[k + ndflt - c->nargs]
                          : resolve_object(fn, PyTuple_GetItem(defaults, k + ndflt - c->nargs), c->local[k]);
        else
            bad_call(fn, f->name, "missing 1 required %s argument: '%s'", k < c->nargs ? "positional" : "keyword-only", c->local[k]);
    }
}

static Ref call_python(Fn *fn, Func *f, const Ref *free_, uint32_t nfree, const Ref *dflt, uint32_t ndflt, Args a)
{
    driver_prepare(fn->unit->driver, f, fn->unit);
    const Code *c = f->decoded;
    if (c->varkw)
        fail(fn->unit, np_pos(fn), DIAG_CONSTRUCT, f->name, "**kwargs");
    uint32_t total = nfree + c->nargs + c->nkwonly + c->varargs;
    Ref *all = arena_new_n(fn->unit->arena, Ref, total + 1);
    for (uint32_t k = 0; k < nfree; k++)
        all[k] = free_[k];
    bind(fn, f, a, dflt, ndflt, all + nfree);
    return infer_call_func(fn, f, all, total);
}

/* The locals that a caller shares with inner functions: names and values. */
typedef struct Cells { const Fn *src; Ref *value; } Cells;

static Ref *cell_of(const Cells *cells, const char *name)
{
    for (uint32_t k = 0; cells && k < cells->src->ncell; k++)
        if (!strcmp(cells->src->cell[k], name))
            return &cells->value[k];
    return NULL;
}

/* Of those that the caller takes back after a call. */
static Ref *changed_cell(const Cells *cells, const char *name)
{
    for (uint32_t k = 0; cells && k < cells->src->nchanged; k++)
        if (!strcmp(cells->src->changed[k], name))
            return cell_of(cells, name);
    return NULL;
}

/* Do f and the inner function g see the same variables? g is made by f, beside f, or is f. */
static bool shares_scope(const Func *f, const Func *g)
{
    return g->outer == f || g == f || (f->outer && g->outer == f->outer);
}

/* What g assigned to outer variables, from the tuple that it returns. */
static Ref take_back(Fn *fn, const Func *g, Ref result, const Cells *cells)
{
    for (uint32_t k = 0; k < g->ssa->nstored; k++) {
        Ref *cell = changed_cell(cells, g->ssa->stored[k]);
        if (!cell || fn->blk.at[fn->cur].handler != BLK_NONE)
            fail(fn->unit, np_pos(fn), DIAG_CONSTRUCT, "nonlocal", cell ? "a call inside of try"
                 : "a call from where the variable is not seen");
        *cell = ir_item(fn, result, 1 + k);
    }
    return g->ssa->nstored ? ir_item(fn, result, 0) : result;
}

static Ref call_closure(Fn *fn, const Func *caller, Ref callee, Args a, const Cells *cells)
{
    Ty t = ir_ty(fn, callee);
    Func *f = driver_inner(fn->unit->driver, t->object);
    driver_prepare(fn->unit->driver, f, fn->unit);
    Ref *item = arena_new_n(fn->unit->arena, Ref, t->nitem + 1);
    for (uint32_t k = 0; k < t->nitem; k++)
        item[k] = ir_item(fn, callee, k);
    uint32_t nfree = f->decoded->nfree;
    if (!shares_scope(caller, f))
        cells = NULL;
    for (uint32_t k = 0; k < nfree; k++) {
        Ref *now = cell_of(cells, f->decoded->local[f->decoded->nlocal - nfree + k]);
        if (now)
            item[k] = *now;
    }
    Ref r = call_python(fn, f, item, nfree, item + nfree, t->nitem - nfree, a);
    return ref_is_none(r) ? r : take_back(fn, f, r, cells);
}

static bool is_namedtuple(PyObject *o)
{
    return PyType_Check(o) && PyObject_IsSubclass(o, (PyObject *)&PyTuple_Type) == 1 && PyObject_HasAttrString(o, "_fields");
}

static int field_index(PyObject *fields, const char *name)
{
    for (Py_ssize_t k = 0; k < PyTuple_Size(fields); k++)
        if (PyUnicode_CompareWithASCIIString(PyTuple_GetItem(fields, k), name) == 0)
            return (int)k;
    return -1;
}

/* item[k] where it is none: the field's default, if there is one. */
static void fill_fields(Fn *fn, PyObject *cls, PyObject *fields, Ref *item)
{
    PyObject *defaults = PyObject_GetAttrString(cls, "_field_defaults");
    for (Py_ssize_t k = 0; k < PyTuple_Size(fields); k++) {
        PyObject *v = ref_is_none(item[k]) && defaults ? PyDict_GetItemWithError(defaults, PyTuple_GetItem(fields, k)) : NULL;
        if (v) {
            unit_pin(fn->unit, v);
            item[k] = resolve_object(fn, v, "a default");
        }
        if (ref_is_none(item[k]))
            bad_call(fn, callable_name(fn, cls), "missing 1 required positional argument: '%s'", PyUnicode_AsUTF8AndSize(PyTuple_GetItem(fields, k), NULL));
    }
    Py_XDECREF(defaults);
}

/* had: a namedtuple of the class that fields not named are taken from (_replace), or none. */
static Ref make_namedtuple(Fn *fn, PyObject *cls, Args a, Ref had)
{
    PyObject *fields = PyObject_GetAttrString(cls, "_fields");
    if (!fields)
        fail_py(fn->unit);
    unit_pin(fn->unit, fields);
    Py_DECREF(fields);
    uint32_t want = (uint32_t)PyTuple_Size(fields), npos = a.n - a.nname;
    Ref *item = arena_new_n(fn->unit->arena, Ref, want + 1);
    Ty *t = arena_new_n(fn->unit->arena, Ty, want + 1);
    if (npos > (ref_is_none(had) ? want : 0))
        bad_call(fn, callable_name(fn, cls), "takes %u positional arguments but %u were given", ref_is_none(had) ? want : 0, npos);
    for (uint32_t k = 0; k < npos; k++)
        item[k] = a.arg[k];
    for (uint32_t k = 0; k < a.nname; k++) {
        int j = field_index(fields, a.name[k]);
        if (j < 0 || !ref_is_none(item[j]))
            bad_call(fn, callable_name(fn, cls), "got an unexpected keyword argument '%s'", a.name[k]);
        item[j] = a.arg[npos + k];
    }
    for (uint32_t k = 0; k < want && !ref_is_none(had); k++)
        item[k] = ref_is_none(item[k]) ? ir_item(fn, had, k) : item[k];
    fill_fields(fn, cls, fields, item);
    for (uint32_t k = 0; k < want; k++)
        t[k] = ir_ty(fn, item[k]);
    return ir_tuple(fn, ty_aggregate(fn->unit->types, TY_TUPLE, t, want, cls), item, want);
}

static Ref make_exception(Fn *fn, PyObject *cls, Args a)
{
    Ty t[64];
    if (a.n > 64)
        fail(fn->unit, np_pos(fn), DIAG_TOO_LARGE, "this exception", "64 arguments");
    for (uint32_t k = 0; k < a.n; k++)
        t[k] = ir_ty(fn, a.arg[k]);
    return ir_tuple(fn, ty_aggregate(fn->unit->types, TY_EXCEPTION, t, a.n, cls), a.arg, a.n);
}

static bool is_function(PyObject *o)
{
    PyObject *code = PyObject_GetAttrString(o, "__code__");
    PyErr_Clear();
    Py_XDECREF(code);
    return code != NULL;
}

static Ref call_object(Fn *fn, Func *f, PyObject *o, Args a)
{
    Func *g = o == f->function ? f : dispatcher_func(o);
    const NpRow *row = g ? NULL : resolve_row(fn->unit, o);
    if (row)
        return np_call(fn, row, a.arg, a.n, a.name, a.nname);
    if (!g && f->prelude && is_function(o))
        g = driver_lib_object(fn->unit->driver, fn->unit, o);
    if (g)
        return call_python(fn, g, NULL, 0, NULL, 0, a);
    if (resolve_is_exception(o))
        return make_exception(fn, o, a);
    if (is_namedtuple(o))
        return make_namedtuple(fn, o, a, REF_NONE);
    fail(fn->unit, np_pos(fn), DIAG_UNKNOWN_FUNC, callable_name(fn, o));
}

static Ref call_method(Fn *fn, Ref method, Args a)
{
    Ref receiver = ir_item(fn, method, 0);
    const char *name = ir_ty(fn, method)->object;
    if (!strcmp(name, "_replace") && ir_ty(fn, receiver)->kind == TY_TUPLE && ir_ty(fn, receiver)->object)
        return make_namedtuple(fn, ir_ty(fn, receiver)->object, a, receiver);
    const NpRow *row = np_find_method(ir_ty(fn, receiver), name);
    if (!row)
        fail(fn->unit, np_pos(fn), DIAG_NO_METHOD, ty_name(ir_ty(fn, receiver)), name);
    Ref *all = arena_new_n(fn->unit->arena, Ref, a.n + 1);
    all[0] = receiver;
    memcpy(all + 1, a.arg, a.n * sizeof *a.arg);
    return np_call(fn, row, all, a.n + 1, a.name, a.nname);
}

Ref resolve_call(Fn *fn, Func *f, Ref callee, const Ref *arg, uint32_t n, void *names)
{
    Ty t = ir_ty(fn, callee);
    Args a = args_of(fn, arg, n, names);
    switch (t->kind) {
    case TY_FUNC: case TY_DTYPE: return call_object(fn, f, t->object, a);
    case TY_CLOSURE: return call_closure(fn, f, callee, a, NULL);
    case TY_METHOD: return call_method(fn, callee, a);
    default: fail(fn->unit, np_pos(fn), DIAG_NOT_CALLABLE, ty_name(t));
    }
}

Ref resolve_call_in(Fn *fn, Func *f, Ref callee, Ref *cell, const Ref *arg, uint32_t n, void *names)
{
    Cells cells = { f->ssa, cell };
    if (ir_ty(fn, callee)->kind != TY_CLOSURE)
        return resolve_call(fn, f, callee, arg, n, names);
    return call_closure(fn, f, callee, args_of(fn, arg, n, names), &cells);
}

Ref resolve_call_ex(Fn *fn, Func *f, Ref callee, Ref tuple)
{
    Ty t = ir_ty(fn, tuple);
    if (t->kind != TY_TUPLE)
        fail(fn->unit, np_pos(fn), DIAG_CONSTRUCT, "a call with *", "the argument must be a tuple");
    Ref *arg = arena_new_n(fn->unit->arena, Ref, t->nitem + 1);
    for (uint32_t k = 0; k < t->nitem; k++)
        arg[k] = ir_item(fn, tuple, k);
    return resolve_call(fn, f, callee, arg, t->nitem, NULL);
}

Ref infer_call_lib(Fn *fn, const char *module, const char *name, const Ref *arg, uint32_t n, const char *const *names,
                   uint32_t nnames)
{
    Func *f = driver_lib(fn->unit->driver, fn->unit, module, name);
    return call_python(fn, f, NULL, 0, NULL, 0, (Args){ arg, n, names, nnames });
}

/* Interned objects only: the type is known by its address. */
Ty resolve_literal(Fn *fn, Ref value)
{
    const Ins *in = ir_ins(fn, value);
    PyObject *o = NULL;
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
