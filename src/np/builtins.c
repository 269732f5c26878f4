/* builtins.c: Python's built-in functions, the module operator, NumPy's scalar constructors, attributes of scalars. */
#include <Python.h>
#include "np/np_build.h"
#include "runtime/runtime.h"

static Ref pyint(Fn *fn, Ref x) { return ir_cast(fn, x, ty(TY_PYINT)); }
static bool is_number(Ty t) { return ty_is_scalar(t) && t->kind != TY_PTR; }
static bool int_like(Ty t) { return ty_is_int(t) || ty_is_bool(t); }
static bool absent(Fn *fn, Ref x) { return ref_is_none(x) || ir_ty(fn, x)->kind == TY_NONE; }

static _Noreturn void bad_arg(Fn *fn, const NpRow *row, const char *expected, Ref x)
{
    fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, row->path, "the argument", expected, ty_name(ir_ty(fn, x)));
}

static Ref value_of(Fn *fn, Ref x)
{
    Ty t = ir_ty(fn, x);
    return t->kind == TY_OPTIONAL ? np_convert(fn, x, t->elem) : x;
}

static Ref aggregate(Fn *fn, TyKind kind, const Ref *x, uint32_t n)
{
    Ty *item = arena_new_n(fn->unit->arena, Ty, n + 1);
    for (uint32_t k = 0; k < n; k++)
        item[k] = ir_ty(fn, x[k]);
    return ir_tuple(fn, ty_aggregate(fn->unit->types, kind, item, n, NULL), x, n);
}

static Ref *items_of(Fn *fn, Ref tuple, uint32_t *n)
{
    *n = ir_ty(fn, tuple)->nitem;
    Ref *x = arena_new_n(fn->unit->arena, Ref, *n + 2);
    for (uint32_t k = 0; k < *n; k++)
        x[k] = ir_item(fn, tuple, k);
    return x;
}

/* numbers ---------------------------------------------------------------------------------------------------- */

Ref bi_abs(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = value_of(fn, arg[0]);
    Ty t = ir_ty(fn, x);
    if (ty_is_array(t))
        return ew_apply(fn, ufunc_row(UF_ABSOLUTE), &x, 1, REF_NONE, NULL);
    if (!is_number(t))
        bad_arg(fn, row, "a number", x);
    return arith_abs(fn, int_like(t) ? scalar_unary(fn, UN_POS, x) : x);
}

Ref bi_bool(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    return ref_is_none(arg[0]) ? ir_bool(fn, false) : np_truth(fn, arg[0]);
}

static Ref one_element(Fn *fn, const NpRow *row, Ref x)
{
    Ref index[NDIM_MAX];
    Ty t = ir_ty(fn, x = value_of(fn, x));
    if (is_number(t))
        return x;
    if (!ty_is_array(t))
        bad_arg(fn, row, "a number", x);
    Ref text = ir_i64(fn, (int64_t)(intptr_t)"only one-element arrays can be converted to Python scalars");
    ir_check(fn, ir_cmp(fn, IR_EQ, ir_nelem(fn, x), ir_i64(fn, 1)), DIAG_VALUE, &text, 1);
    for (uint32_t k = 0; k < t->ndim; k++)
        index[k] = ir_i64(fn, 0);
    return ir_load(fn, x, index);
}

static void check_finite(Fn *fn, Ref x)
{
    Ref inf = ir_float(fn, ir_ty(fn, x), __builtin_inf());
    ir_check(fn, ir_cmp(fn, IR_EQ, x, x), DIAG_FLOAT_TO_INT_NAN, NULL, 0);
    ir_check(fn, ir_cmp(fn, IR_NE, ir_math1(fn, MATH_FABS, x), inf), DIAG_FLOAT_TO_INT_INF, NULL, 0);
}

Ref bi_int(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    if (ref_is_none(arg[0]))
        return ir_int(fn, ty(TY_PYINT), 0);
    Ref x = one_element(fn, row, arg[0]);
    if (ty_is_complex(ir_ty(fn, x)) || !ref_is_none(arg[1]))
        bad_arg(fn, row, "a real number", x);
    if (ir_ty(fn, x)->kind == TY_F16)
        x = ir_cast(fn, x, ty(TY_F32));
    if (ty_is_float(ir_ty(fn, x)))
        check_finite(fn, x);
    return pyint(fn, x);
}

Ref bi_float(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    if (ref_is_none(arg[0]))
        return ir_float(fn, ty(TY_PYFLOAT), 0);
    Ref x = value_of(fn, arg[0]);
    if (ir_ty(fn, x)->kind == TY_STR && ir_ins(fn, x)->op == IR_CONST) {
        PyObject *f = PyFloat_FromString((PyObject *)(uintptr_t)((const uint64_t *)ir_ins(fn, x)->imm.p)[0]);
        if (!f)
            fail_py(fn->unit);
        double d = PyFloat_AsDouble(f);
        Py_DECREF(f);
        return ir_float(fn, ty(TY_PYFLOAT), d);
    }
    x = one_element(fn, row, x);
    if (ty_is_complex(ir_ty(fn, x)))
        bad_arg(fn, row, "a real number", x);
    return ir_cast(fn, x, ty(TY_PYFLOAT));
}

/* complex(re, im): im may itself be complex */
Ref bi_complex(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty z = ty(TY_PYCOMPLEX);
    Ref re = ref_is_none(arg[0]) ? ir_zero(fn, z) : ir_cast(fn, one_element(fn, row, arg[0]), z);
    if (ref_is_none(arg[1]))
        return re;
    Ref im = ir_cast(fn, one_element(fn, row, arg[1]), z);
    return ir_complex(fn, z, ir_bin(fn, IR_SUB, ir_real(fn, re), ir_imag(fn, im)), ir_bin(fn, IR_ADD, ir_imag(fn, re), ir_real(fn, im)));
}

/* numpy.int32(x) ...: data: TyKind. Of an array: astype. */
Ref bi_cast(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty to = ty((TyKind)row->data);
    if (ref_is_none(arg[0]))
        return ir_zero(fn, to);
    Ref x = value_of(fn, arg[0]);
    Ty t = ir_ty(fn, x);
    if (ty_is_array(t) || t->kind == TY_TUPLE)
        return ew_astype(fn, ew_as_array(fn, x), to, ORDER_A);
    if (!is_number(t) || (ty_is_complex(t) && !ty_is_complex(to)))
        bad_arg(fn, row, "a number", x);
    return ir_cast(fn, x, to);
}

Ref bi_round(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = value_of(fn, arg[0]);
    Ty t = ir_ty(fn, x);
    if (!is_number(t) || ty_is_complex(t))
        bad_arg(fn, row, "a real number", x);
    bool whole = absent(fn, arg[1]);
    if (int_like(t)) {
        int64_t k;
        if (!whole && (!ir_is_int(fn, arg[1], &k) || k < 0))
            bad_arg(fn, row, "a float where digits are given", x);
        return scalar_unary(fn, UN_POS, x);
    }
    if (t->kind == TY_F16)
        x = ir_cast(fn, x, ty(TY_F32));
    if (whole) {
        check_finite(fn, x);
        return pyint(fn, ir_math1(fn, MATH_RINT, x));
    }
    Ref a[2] = { ir_cast(fn, x, ty(TY_F64)), np_convert(fn, arg[1], ty(TY_I64)) };
    return ir_cast(fn, ir_rt(fn, RT_ROUND_DIGITS, ty(TY_F64), a, 2), t);
}

Ref bi_pow(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    if (!absent(fn, arg[2]))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "a modulus is not supported");
    return np_binary(fn, BIN_POW, arg[0], arg[1], false);
}

Ref bi_divmod(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref pair[2] = { np_binary(fn, BIN_FLOORDIV, arg[0], arg[1], false), np_binary(fn, BIN_MOD, arg[0], arg[1], false) };
    return aggregate(fn, TY_TUPLE, pair, 2);
}

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

/* iterables -------------------------------------------------------------------------------------------------- */

Ref bi_len(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return np_len(fn, arg[0]); }

static Ref range_bound(Fn *fn, const NpRow *row, Ref x)
{
    x = value_of(fn, x);
    if (!int_like(ir_ty(fn, x)))
        bad_arg(fn, row, "an int", x);
    return pyint(fn, x);
}

Ref bi_range(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    bool one = ref_is_none(arg[1]);
    Ref x[3] = { one ? ir_int(fn, ty(TY_PYINT), 0) : range_bound(fn, row, arg[0]), range_bound(fn, row, arg[one ? 0 : 1]),
                 ref_is_none(arg[2]) ? ir_int(fn, ty(TY_PYINT), 1) : range_bound(fn, row, arg[2]) };
    ir_check(fn, ir_cmp(fn, IR_NE, x[2], ir_int(fn, ty(TY_PYINT), 0)), DIAG_RANGE_STEP, NULL, 0);
    return aggregate(fn, TY_RANGE, x, 3);
}

Ref bi_enumerate(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x[2] = { np_iter_start(fn, arg[0]), ref_is_none(arg[1]) ? ir_int(fn, ty(TY_PYINT), 0) : range_bound(fn, row, arg[1]) };
    return aggregate(fn, TY_ENUMERATE, x, 2);
}

Ref bi_zip(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m;
    Ref *x = items_of(fn, arg[0], &m);
    for (uint32_t k = 0; k < m; k++)
        x[k] = np_iter_start(fn, x[k]);
    return aggregate(fn, TY_ZIP, x, m);
}

Ref bi_map(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m;
    Ref *x = items_of(fn, arg[1], &m);
    memmove(x + 1, x, m * sizeof *x);
    x[0] = arg[0];
    return aggregate(fn, TY_MAP, x, m + 1);
}

Ref bi_reversed(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = np_iter_start(fn, arg[0]);
    return aggregate(fn, TY_REVERSED, &x, 1);
}

/* A known number of values → Ref[]; false where it is not known. */
static bool values_of(Fn *fn, Ref source, Ref **x, uint32_t *n)
{
    Ty t = ir_ty(fn, source);
    int64_t count;
    if (t->kind != TY_TUPLE && !np_iter_static(t, n)) {
        if (!np_is_iterable(t) || !ir_is_int(fn, np_iter_count(fn, source), &count) || count > 16)
            return false;
        *n = (uint32_t)count;
    } else if (t->kind == TY_TUPLE) {
        *n = t->nitem;
    }
    *x = arena_new_n(fn->unit->arena, Ref, *n + 1);
    for (uint32_t k = 0; k < *n; k++)
        (*x)[k] = np_iter_value_at(fn, source, k);
    return true;
}

Ref bi_tuple(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref *x = NULL;
    uint32_t m = 0;
    if (!ref_is_none(arg[0]) && !values_of(fn, arg[0], &x, &m))
        bad_arg(fn, row, "of a length known when compiling", arg[0]);
    return aggregate(fn, TY_TUPLE, x, m);
}

/* The type of the values of a loop over t; NULL: not a scalar. */
static Ty scalar_value(Ty t)
{
    switch (t->kind) {
    case TY_RANGE: return ty(TY_PYINT);
    case TY_ARRAY: return t->ndim == 1 ? t->elem : NULL;
    case TY_FLAT: return t->item[0]->elem;
    case TY_REVERSED: return scalar_value(t->item[0]);
    case TY_TUPLE: return t->nitem && is_number(t->item[0]) ? t->item[0] : NULL;
    default: return NULL;
    }
}

Ref bi_sum(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref acc = ref_is_none(arg[1]) ? ir_int(fn, ty(TY_PYINT), 0) : arg[1], *x;
    uint32_t m;
    if (values_of(fn, arg[0], &x, &m)) {
        for (uint32_t k = 0; k < m; k++)
            acc = np_binary(fn, BIN_ADD, acc, x[k], false);
        return acc;
    }
    Ref source = np_iter_start(fn, arg[0]);
    Ty value = scalar_value(ir_ty(fn, source));
    if (!value || !is_number(ir_ty(fn, acc)))
        bad_arg(fn, row, "an iterable of numbers", arg[0]);
    Ty t = promote_scalar(ir_ty(fn, acc), value);
    acc = ir_cast(fn, acc, t = ty_is_bool(t) ? ty(TY_PYINT) : t);
    IrLoop l = ir_loop(fn, np_iter_count(fn, source), &acc, 1);
    Ref next = ir_cast(fn, scalar_binary(fn, BIN_ADD, l.carried[0], np_iter_value(fn, source, l.index)), t);
    ir_endloop(fn, &l, &next);
    return l.carried[0];
}

static Ref smaller(Fn *fn, const NpRow *row, Ref a, Ref b)
{
    a = value_of(fn, a), b = value_of(fn, b);
    Ty x = ir_ty(fn, a), y = ir_ty(fn, b);
    Ref better = np_truth(fn, np_compare(fn, row->data ? CMP_GT : CMP_LT, b, a));
    Ty t = is_number(x) && is_number(y) && x != y ? promote_scalar(x, y) : promote_join(fn->unit->types, x, y);
    if (!t)
        bad_arg(fn, row, "of one type", b);
    return ir_select(fn, better, np_convert(fn, b, t), np_convert(fn, a, t));
}

static Ref min_loop(Fn *fn, const NpRow *row, Ref source)
{
    source = np_iter_start(fn, source);
    Ref count = np_iter_count(fn, source), name = ir_i64(fn, (int64_t)(intptr_t)(row->data ? "max" : "min"));
    ir_check(fn, ir_cmp(fn, IR_GT, count, ir_i64(fn, 0)), DIAG_EMPTY_SEQ, &name, 1);
    if (!scalar_value(ir_ty(fn, source)))
        bad_arg(fn, row, "an iterable of numbers", source);
    Ref first = np_iter_value(fn, source, ir_i64(fn, 0));
    IrLoop l = ir_loop(fn, count, &first, 1);
    Ref next = arith_min(fn, l.carried[0], np_iter_value(fn, source, l.index), row->data);
    ir_endloop(fn, &l, &next);
    return l.carried[0];
}

/* min, max(*args): data 1: max */
Ref bi_min(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m;
    Ref *x = items_of(fn, arg[0], &m);
    if (m == 0)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "at least one argument is needed");
    if (m == 1 && ir_ty(fn, x[0])->kind != TY_TUPLE)
        return min_loop(fn, row, x[0]);
    if (m == 1)
        x = items_of(fn, x[0], &m);
    if (m == 0)
        fail(fn->unit, np_pos(fn), DIAG_EMPTY_SEQ, row->data ? "max" : "min");
    Ref r = x[0];
    for (uint32_t k = 1; k < m; k++)
        r = smaller(fn, row, r, x[k]);
    return r;
}

/* all, any: data 1: any */
Ref bi_all(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref r = ir_bool(fn, !row->data), *x;
    IrOp op = row->data ? IR_OR : IR_AND;
    uint32_t m;
    if (values_of(fn, arg[0], &x, &m)) {
        for (uint32_t k = 0; k < m; k++)
            r = ir_bin(fn, op, r, np_truth(fn, x[k]));
        return r;
    }
    Ref source = np_iter_start(fn, arg[0]);
    IrLoop l = ir_loop(fn, np_iter_count(fn, source), &r, 1);
    Ref next = ir_bin(fn, op, l.carried[0], np_truth(fn, np_iter_value(fn, source, l.index)));
    ir_endloop(fn, &l, &next);
    return l.carried[0];
}

Ref bi_slice(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref none = ir_none(fn), x[3] = { arg[0], arg[1], arg[2] };
    if (ref_is_none(x[1])) {
        x[1] = x[0];
        x[0] = none;
    }
    x[2] = ref_is_none(x[2]) ? none : x[2];
    return aggregate(fn, TY_SLICE, x, 3);
}

/* print ------------------------------------------------------------------------------------------------------- */

static void print_str(Fn *fn, const char *s)
{
    if (!*s)
        return;
    uint64_t *part = arena_new_n(fn->unit->arena, uint64_t, 3);     /* no object, bytes, nbytes */
    part[1] = (uint64_t)(uintptr_t)arena_strdup(fn->unit->arena, s);
    part[2] = strlen(s);
    Ref x = ir_constant(fn, ty_str(fn->unit->types), part);
    ir_rt(fn, RT_PRINT_STR, ty(TY_NONE), &x, 1);
}

static void print_value(Fn *fn, const NpRow *row, Ref x, bool quoted);

static void print_tuple(Fn *fn, const NpRow *row, Ref x)
{
    uint32_t n = ir_ty(fn, x)->nitem;
    print_str(fn, "(");
    for (uint32_t k = 0; k < n; k++) {
        print_str(fn, k ? ", " : "");
        print_value(fn, row, ir_item(fn, x, k), true);
    }
    print_str(fn, n == 1 ? ",)" : ")");
}

static void print_optional(Fn *fn, const NpRow *row, Ref x)
{
    IrIf s = ir_if(fn, ir_has(fn, x));
    print_value(fn, row, ir_unwrap(fn, x), false);
    ir_else(fn, &s);
    print_str(fn, "None");
    ir_endif(fn, &s, REF_NONE, REF_NONE);
}

static void print_number(Fn *fn, Ref x)
{
    Ty t = ir_ty(fn, x), none = ty(TY_NONE);
    if (ty_is_bool(t)) {
        ir_rt(fn, RT_PRINT_BOOL, none, &x, 1);
    } else if (ty_is_int(t)) {
        bool u = ty_is_unsigned(t);
        x = ir_cast(fn, x, ty(u ? TY_U64 : TY_I64));
        ir_rt(fn, u ? RT_PRINT_UINT : RT_PRINT_INT, none, &x, 1);
    } else if (ty_is_float(t)) {
        x = ir_cast(fn, x, ty(TY_F64));
        ir_rt(fn, RT_PRINT_FLOAT, none, &x, 1);
    } else {
        Ref part[2] = { ir_cast(fn, ir_real(fn, x), ty(TY_F64)), ir_cast(fn, ir_imag(fn, x), ty(TY_F64)) };
        ir_rt(fn, RT_PRINT_COMPLEX, none, part, 2);
    }
}

static void print_value(Fn *fn, const NpRow *row, Ref x, bool quoted)
{
    Ty t = ir_ty(fn, x);
    if (is_number(t))
        print_number(fn, x);
    else if (t->kind == TY_NONE)
        print_str(fn, "None");
    else if (t->kind == TY_TUPLE)
        print_tuple(fn, row, x);
    else if (t->kind == TY_OPTIONAL)
        print_optional(fn, row, x);
    else if (t->kind == TY_STR) {
        print_str(fn, quoted ? "'" : "");
        ir_rt(fn, RT_PRINT_STR, ty(TY_NONE), &x, 1);
        print_str(fn, quoted ? "'" : "");
    } else
        bad_arg(fn, row, "a number, a string or a tuple", x);
}

/* sep or end: the default where absent or None */
static void print_piece(Fn *fn, const NpRow *row, Ref s, const char *absent_text)
{
    if (absent(fn, s))
        print_str(fn, absent_text);
    else
        print_value(fn, row, s, false);
}

Ref bi_print(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m;
    Ref *x = items_of(fn, arg[0], &m);
    for (uint32_t k = 0; k < m; k++) {
        if (k)
            print_piece(fn, row, arg[1], " ");
        print_value(fn, row, x[k], false);
    }
    print_piece(fn, row, arg[2], "\n");
    return ir_none(fn);
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
    if (o == &PyUnicode_Type)
        return t->kind == TY_STR;
    if (o == &PyRange_Type)
        return t->kind == TY_RANGE;
    if (o == &PySlice_Type)
        return t->kind == TY_SLICE;
    if (o == Py_TYPE(Py_None))
        return t->kind == TY_NONE;
    if (cls->kind == TY_DTYPE)
        return is_number(t) && ty_strong(t) == ty_strong(cls->elem);
    PyObject *name = o ? PyObject_GetAttrString(o, "__name__") : NULL;
    const char *s = name && PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, NULL) : "";
    bool r = (!strcmp(s, "ndarray") && ty_is_array(t)) || (!strcmp(s, "object")) || (!strcmp(s, "integer") && ty_is_int(t) && !ty_is_weak(t))
        || (!strcmp(s, "floating") && t->cls == CLASS_FLOAT) || (!strcmp(s, "Integral") && int_like(t)) || (t->kind == TY_TUPLE && t->object == o)
        || (!strcmp(s, "number") && is_number(t) && !ty_is_bool(t)) || (!strcmp(s, "complexfloating") && t->cls == CLASS_COMPLEX);
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

/* attributes of scalars, ranges, slices ------------------------------------------------------------------------- */

/* data: 0 real, 1 imag, 2 conjugate */
Ref bi_part(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = arg[0];
    Ty t = ir_ty(fn, x);
    if (!ty_is_complex(t))
        return row->data == 1 ? ir_zero(fn, ty_is_bool(t) ? ty(TY_PYINT) : t) : ty_is_bool(t) ? pyint(fn, x) : x;
    if (row->data == 2)
        return ir_complex(fn, t, ir_real(fn, x), ir_un(fn, IR_NEG, ir_imag(fn, x)));
    return row->data ? ir_imag(fn, x) : ir_real(fn, x);
}

Ref bi_item_at(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return ir_item(fn, arg[0], (uint32_t)row->data); }
Ref bi_same(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return arg[0]; }
Ref bi_pyint(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return ir_int(fn, ty(TY_PYINT), row->data); }

Ref bi_is_integer(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = arg[0];
    if (!ty_is_float(ir_ty(fn, x)))
        return ir_bool(fn, !ty_is_complex(ir_ty(fn, x)));
    Ref d = ir_bin(fn, IR_SUB, x, ir_math1(fn, MATH_TRUNC, x));      /* inf - inf is nan */
    return ir_cmp(fn, IR_EQ, d, ir_float(fn, ir_ty(fn, x), 0));
}

static Ref magnitude(Fn *fn, const NpRow *row, Ref x)
{
    if (!int_like(ir_ty(fn, x)))
        bad_arg(fn, row, "an int", x);
    if (ty_is_unsigned(ir_ty(fn, x)))
        return ir_cast(fn, x, ty(TY_U64));
    return ir_cast(fn, arith_abs(fn, ir_cast(fn, x, ty(TY_I64))), ty(TY_U64));
}

static Ref u64(Fn *fn, uint64_t v) { return ir_int(fn, ty(TY_U64), (int64_t)v); }

static Ref popcount(Fn *fn, Ref x)
{
    static const uint64_t mask[] = { 0x5555555555555555, 0x3333333333333333, 0x0f0f0f0f0f0f0f0f };
    for (int k = 0; k < 3; k++) {
        Ref high = ir_bin(fn, IR_AND, ir_bin(fn, IR_SHR, x, u64(fn, 1u << k)), u64(fn, mask[k]));
        x = ir_bin(fn, IR_ADD, ir_bin(fn, IR_AND, x, u64(fn, mask[k])), high);
    }
    x = ir_bin(fn, IR_MUL, x, u64(fn, 0x0101010101010101));
    return pyint(fn, ir_bin(fn, IR_SHR, x, u64(fn, 56)));
}

/* data: 0 bit_count, 1 bit_length: the count of the bits below the highest and it */
Ref bi_bits(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = magnitude(fn, row, arg[0]);
    for (int k = 0; k < 6 && row->data; k++)
        x = ir_bin(fn, IR_OR, x, ir_bin(fn, IR_SHR, x, u64(fn, 1u << k)));
    return popcount(fn, x);
}

/* numpy.ndindex(*shape), numpy.ndenumerate(a) */
Ref bi_ndindex(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref extent[NDIM_MAX], shape = arg[0];
    if (ir_ty(fn, shape)->nitem == 1 && ir_ty(fn, ir_item(fn, shape, 0))->kind == TY_TUPLE)
        shape = ir_item(fn, shape, 0);
    return aggregate(fn, TY_NDINDEX, extent, create_extents(fn, shape, extent));
}

Ref bi_ndenumerate(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]);
    return aggregate(fn, TY_NDENUMERATE, &a, 1);
}
