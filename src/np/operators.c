/* operators.c: Python's operators by kinds of operands, and conversions between types. */
#include <Python.h>
#include "np/np_build.h"
#include "runtime/runtime.h"

static Ref i64(Fn *fn, Ref x) { return ir_cast(fn, x, ty(TY_I64)); }
static bool wraps(Ty t) { return t->kind == TY_OPTIONAL; }

/* An optional's value, with the check. */
static Ref present(Fn *fn, Ref a, const char *what)
{
    if (!wraps(ir_ty(fn, a)))
        return a;
    Ref text = ir_i64(fn, (int64_t)(intptr_t)what);
    ir_check(fn, ir_has(fn, a), DIAG_NONE_VALUE, &text, 1);
    return ir_unwrap(fn, a);
}

/* a dtype or a Python number: what ew_apply takes next to an array */
static bool array_like(Ty t) { return ty_is_array(t) || (ty_is_scalar(t) && t->kind != TY_PTR) || ty_is_sequence(t); }

static Ref call_path(Fn *fn, const char *path, const Ref *arg, uint32_t n)
{
    for (uint32_t k = 0; k < np_nfunc; k++)
        if (strcmp(np_func[k].path, path) == 0)
            return np_call(fn, &np_func[k], arg, n, NULL, 0);
    fail(fn->unit, np_pos(fn), DIAG_UNKNOWN_FUNC, path);
}

/* strings ------------------------------------------------------------------------------------------------ */

static PyObject *const_str(Fn *fn, Ref a)
{
    Ins *in = ir_ins(fn, a);
    return in->op == IR_CONST && in->ty->kind == TY_STR ? (PyObject *)(uintptr_t)((const uint64_t *)in->imm.p)[0] : NULL;
}

static Ref str_compare(Fn *fn, CmpOp op, Ref a, Ref b)
{
    PyObject *x = const_str(fn, a), *y = const_str(fn, b);
    Ref pair[2] = { a, b }, zero = ir_i64(fn, 0);
    Ref order = x && y ? ir_i64(fn, PyUnicode_Compare(x, y)) : REF_NONE;
    if (ref_is_none(order) && (op == CMP_EQ || op == CMP_NE)) {
        Ref same = ir_rt(fn, RT_STR_EQ, ty(TY_BOOL), pair, 2);
        return op == CMP_EQ ? same : ir_un(fn, IR_NOT, same);
    }
    if (ref_is_none(order))
        order = ir_rt(fn, RT_STR_CMP, ty(TY_I64), pair, 2);
    return arith_compare(fn, op, order, zero);
}

/* binary, unary, comparison ------------------------------------------------------------------------------- */

/* What `**` is instead for arrays of bool and complex numbers, where other dtypes get the same numbers either way; or NULL. */
static const UfuncRow *constant_power(Fn *fn, Ref a, Ref b)
{
    Ty t = ir_ty(fn, a);
    int64_t k;
    double e;
    bool whole = ir_ty(fn, b)->kind == TY_PYINT && ir_is_int(fn, b, &k);
    if (!ty_is_array(t) || !(whole || (ir_ty(fn, b)->kind == TY_PYFLOAT && ir_is_float(fn, b, &e))))
        return NULL;
    if (ty_is_bool(t->elem))
        return whole && k == 2 ? ufunc_row(UF_SQUARE) : NULL;
    if (!ty_is_complex(t->elem))
        return NULL;
    if (!whole)
        return e == 0.5 ? ufunc_row(UF_SQRT) : NULL;
    return k == 2 ? ufunc_row(UF_SQUARE) : k == -1 ? ufunc_row(UF_RECIPROCAL) : NULL;
}

static Ref binary_array(Fn *fn, BinOp op, Ref a, Ref b, bool inplace)
{
    Ref x[3] = { a, b, a };
    if (op == BIN_MATMUL)
        return call_path(fn, "numpy.matmul", x, inplace ? 3 : 2);
    Ref out = inplace && ty_is_array(ir_ty(fn, a)) ? a : REF_NONE;
    const UfuncRow *power = op == BIN_POW ? constant_power(fn, a, b) : NULL;
    return power ? ew_apply(fn, power, x, 1, out, NULL) : ew_apply(fn, ufunc_of_binop(op), x, 2, out, NULL);
}

Ref np_binary(Fn *fn, BinOp op, Ref a, Ref b, bool inplace)
{
    a = present(fn, a, "unsupported operand: a number is needed");
    b = present(fn, b, "unsupported operand: a number is needed");
    Ty x = ir_ty(fn, a), y = ir_ty(fn, b);
    int64_t times;
    if (ty_is_scalar(x) && ty_is_scalar(y) && x->kind != TY_PTR && y->kind != TY_PTR)
        return scalar_binary(fn, op, a, b);
    if ((ty_is_array(x) || ty_is_array(y)) && array_like(x) && array_like(y))
        return binary_array(fn, op, a, b, inplace);
    if (inplace && ty_is_list(x))
        items_refuse_change(fn);
    if (op == BIN_ADD && np_is_text(x) && np_is_text(y))
        return np_join_text(fn, (Ref[]){ a, b }, 2);
    if (op == BIN_MOD && np_text(fn, a))
        return np_percent(fn, np_text(fn, a), b);
    if (op == BIN_ADD && ty_is_items(x) && x->kind == y->kind)
        return items_concat(fn, a, b);
    if (op == BIN_MUL && ty_is_items(x) && ir_is_int(fn, b, &times))
        return items_repeat(fn, a, times);
    if (op == BIN_MUL && ty_is_items(y) && ir_is_int(fn, a, &times))
        return items_repeat(fn, b, times);
    if (op == BIN_ADD && ty_is_list(x) && ty_is_list(y))
        return numbers_concat(fn, a, b);
    if (op == BIN_MUL && ty_is_list(x) && np_is_intlike(y))
        return numbers_repeat(fn, a, b);
    if (op == BIN_MUL && ty_is_list(y) && np_is_intlike(x))
        return numbers_repeat(fn, b, a);
    fail(fn->unit, np_pos(fn), DIAG_BINARY, bin_name[op], ty_name(x), ty_name(y));
}

Ref np_unary(Fn *fn, UnOp op, Ref a)
{
    if (op == UN_NOT)
        return ir_un(fn, IR_NOT, np_truth(fn, a));
    a = present(fn, a, "bad operand type for unary operator: a number is needed");
    Ty t = ir_ty(fn, a);
    if (ty_is_scalar(t) && t->kind != TY_PTR)
        return scalar_unary(fn, op, a);
    if (ty_is_array(t))
        return ew_apply(fn, ufunc_of_unop(op), &a, 1, REF_NONE, NULL);
    fail(fn->unit, np_pos(fn), DIAG_UNARY, un_name[op], ty_name(t));
}

/* == of an optional: None equals only None. */
static Ref compare_optional(Fn *fn, CmpOp op, Ref a, Ref b)
{
    Ref ha = wraps(ir_ty(fn, a)) ? ir_has(fn, a) : ir_bool(fn, ir_ty(fn, a)->kind != TY_NONE);
    Ref hb = wraps(ir_ty(fn, b)) ? ir_has(fn, b) : ir_bool(fn, ir_ty(fn, b)->kind != TY_NONE);
    Ref both = ir_bin(fn, IR_AND, ha, hb), neither = ir_cmp(fn, IR_EQ, ha, hb);
    Ref same = neither;
    if (ir_ty(fn, a)->kind != TY_NONE && ir_ty(fn, b)->kind != TY_NONE) {
        Ref x = wraps(ir_ty(fn, a)) ? ir_unwrap(fn, a) : a, y = wraps(ir_ty(fn, b)) ? ir_unwrap(fn, b) : b;
        same = ir_select(fn, both, np_truth(fn, np_compare(fn, CMP_EQ, x, y)), neither);
    }
    return op == CMP_EQ ? same : ir_un(fn, IR_NOT, same);
}

/* Values of kinds that have nothing in common. */
static Ref compare_unlike(Fn *fn, CmpOp op, Ref a, Ref b)
{
    Ty x = ir_ty(fn, a), y = ir_ty(fn, b);
    if (op != CMP_EQ && op != CMP_NE)
        fail(fn->unit, np_pos(fn), DIAG_COMPARE, cmp_name[op], ty_name(x), ty_name(y));
    if (x->kind == TY_CHOICE || y->kind == TY_CHOICE)
        return op == CMP_EQ ? np_choice_is(fn, a, b) : ir_un(fn, IR_NOT, np_choice_is(fn, a, b));
    if (x->kind == TY_CONST && y->kind == TY_CONST)
        return op == CMP_EQ ? infer_constant_equal(fn, a, b) : ir_un(fn, IR_NOT, infer_constant_equal(fn, a, b));
    bool same = x == y && x->nparts == 0;
    Ty p = x->kind == TY_DTYPE || y->kind == TY_DTYPE ? infer_dtype(fn, a) : NULL, q = p ? infer_dtype(fn, b) : NULL;
    if (p && q)
        same = ty_strong(p) == ty_strong(q);
    return ir_bool(fn, same == (op == CMP_EQ));
}

/* Ranges are equal where their values are. */
static Ref range_compare(Fn *fn, CmpOp op, Ref a, Ref b)
{
    if (op != CMP_EQ && op != CMP_NE)
        fail(fn->unit, np_pos(fn), DIAG_COMPARE, cmp_name[op], "range", "range");
    Ref n = np_range_bits(fn, a), zero = ir_i64(fn, 0), one = ir_i64(fn, 1);
    Ref same = ir_cmp(fn, IR_EQ, n, np_range_bits(fn, b)), differs[2];
    for (uint32_t k = 0; k < 2; k++)                    /* start, then step */
        differs[k] = ir_cmp(fn, IR_NE, i64(fn, ir_item(fn, a, 2 * k)), i64(fn, ir_item(fn, b, 2 * k)));
    Ref first = ir_bin(fn, IR_AND, differs[0], ir_cmp(fn, IR_NE, n, zero)), many = ir_cmp(fn, IR_ULT, one, n);
    Ref step = ir_bin(fn, IR_AND, differs[1], many);
    same = ir_bin(fn, IR_AND, same, ir_un(fn, IR_NOT, ir_bin(fn, IR_OR, first, step)));
    return op == CMP_EQ ? same : ir_un(fn, IR_NOT, same);
}

Ref np_compare(Fn *fn, CmpOp op, Ref a, Ref b)
{
    if ((wraps(ir_ty(fn, a)) || wraps(ir_ty(fn, b))) && (op == CMP_EQ || op == CMP_NE))
        return compare_optional(fn, op, a, b);
    a = present(fn, a, "comparison: a value is needed");
    b = present(fn, b, "comparison: a value is needed");
    Ty x = ir_ty(fn, a), y = ir_ty(fn, b);
    if (ty_is_scalar(x) && ty_is_scalar(y) && x->kind != TY_PTR && y->kind != TY_PTR)
        return scalar_compare(fn, op, a, b);
    if ((ty_is_array(x) || ty_is_array(y)) && array_like(x) && array_like(y)) {
        Ref pair[2] = { a, b };
        return ew_apply(fn, ufunc_of_cmp(op), pair, 2, REF_NONE, NULL);
    }
    if (ty_is_items(x) && x->kind == y->kind)
        return items_compare(fn, op, a, b);
    if (x->kind == TY_STR && y->kind == TY_STR)
        return str_compare(fn, op, a, b);
    if (x->kind == TY_RANGE && y->kind == TY_RANGE)
        return range_compare(fn, op, a, b);
    if (ty_is_list(x) && ty_is_list(y) && (op == CMP_EQ || op == CMP_NE))
        return op == CMP_EQ ? numbers_equal(fn, a, b) : ir_un(fn, IR_NOT, numbers_equal(fn, a, b));
    return compare_unlike(fn, op, a, b);
}

Ref np_is(Fn *fn, Ref a, Ref b)
{
    Ty x = ir_ty(fn, a), y = ir_ty(fn, b);
    if (x->kind == TY_NONE && wraps(y))
        return ir_un(fn, IR_NOT, ir_has(fn, b));
    if (y->kind == TY_NONE && wraps(x))
        return ir_un(fn, IR_NOT, ir_has(fn, a));
    if (ty_is_bool(x) && ty_is_bool(y))
        return ir_cmp(fn, IR_EQ, a, b);
    if (ty_is_array(x) && ty_is_array(y))
        return ir_bool(fn, ref_eq(a, b));
    if (x->kind == TY_CHOICE || y->kind == TY_CHOICE)
        return np_choice_is(fn, a, b);
    if (ty_is_scalar(x) && x == y)
        return scalar_compare(fn, CMP_EQ, a, b);
    if (x->kind == TY_STR && y->kind == TY_STR)
        return str_compare(fn, CMP_EQ, a, b);
    return ir_bool(fn, ref_eq(a, b) || (x == y && x->nparts == 0 && x->kind != TY_LIST));
}

/* in ------------------------------------------------------------------------------------------------------ */

/* x - start, or start - x where the step is negative, is a number without sign: up to 2^64 - 1. */
static Ref in_range(Fn *fn, Ref item, Ref r)
{
    Ty u = ty(TY_U64);
    Ref x = i64(fn, item), start = i64(fn, ir_item(fn, r, 0)), stop = i64(fn, ir_item(fn, r, 1)), step = i64(fn, ir_item(fn, r, 2));
    Ref zero = ir_i64(fn, 0), up = ir_cmp(fn, IR_GT, step, zero);
    Ref lo = ir_select(fn, up, start, x), hi = ir_select(fn, up, x, start);
    Ref inside = ir_bin(fn, IR_AND, ir_cmp(fn, IR_LE, lo, hi), ir_select(fn, up, ir_cmp(fn, IR_LT, x, stop), ir_cmp(fn, IR_LT, stop, x)));
    Ref by = ir_select(fn, up, step, ir_un(fn, IR_NEG, step));
    Ref m = ir_bin(fn, IR_REM, ir_retype(fn, ir_bin(fn, IR_SUB, hi, lo), u), ir_retype(fn, by, u));
    return ir_bin(fn, IR_AND, inside, ir_cmp(fn, IR_EQ, ir_retype(fn, m, ty(TY_I64)), zero));
}

static Ref in_loop(Fn *fn, Ref item, Ref source)
{
    Ref init = ir_bool(fn, false), flat = source;
    if (ty_is_array(ir_ty(fn, source))) {
        Ty t = ir_ty(fn, source);
        flat = ir_tuple(fn, ty_aggregate(fn->unit->types, TY_FLAT, &t, 1, NULL), &source, 1);
    }
    IrLoop l = ir_loop(fn, np_iter_count(fn, flat), &init, 1);
    Ref same = np_truth(fn, np_compare(fn, CMP_EQ, np_iter_value(fn, flat, l.index), item));
    Ref next = ir_bin(fn, IR_OR, l.carried[0], same);
    ir_endloop(fn, &l, &next);
    return l.carried[0];
}

static bool str_contains(Fn *fn, PyObject *text, PyObject *part)
{
    int found = PyUnicode_Contains(text, part);
    if (found < 0)
        fail_py(fn->unit);
    return found;
}

Ref np_in(Fn *fn, Ref item, Ref c)
{
    if (ir_ty(fn, c)->kind == TY_FUNC || ir_ty(fn, c)->kind == TY_CONST)
        c = infer_constant_items(fn, c);                    /* a set, an enum */
    Ty t = ir_ty(fn, c);
    if (ty_is_items(t))
        return items_contain(fn, c, item);
    Ty x = ir_ty(fn, item);
    if (t->kind == TY_STR && const_str(fn, c) && x->kind == TY_STR && const_str(fn, item))
        return ir_bool(fn, str_contains(fn, const_str(fn, c), const_str(fn, item)));
    if (t->kind == TY_RANGE && (ty_is_int(x) || ty_is_bool(x)))
        return in_range(fn, item, c);
    if (np_is_iterable(t))
        return in_loop(fn, item, c);
    fail(fn->unit, np_pos(fn), DIAG_NOT_ITERABLE, ty_name(t));
}

/* truth, length ------------------------------------------------------------------------------------------- */

static Ref array_truth(Fn *fn, Ref a)
{
    Ref index[NDIM_MAX], one = ir_i64(fn, 1), n = ir_nelem(fn, a);
    Ref text = ir_i64(fn, (int64_t)(intptr_t)"The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()");
    ir_check(fn, ir_cmp(fn, IR_EQ, n, one), DIAG_VALUE, &text, 1);
    for (uint32_t k = 0; k < ir_ty(fn, a)->ndim; k++)
        index[k] = ir_i64(fn, 0);
    return scalar_truth(fn, ir_load(fn, a, index));
}

static Ref optional_truth(Fn *fn, Ref a)
{
    IrIf s = ir_if(fn, ir_has(fn, a));
    Ref yes = np_truth(fn, ir_unwrap(fn, a));
    ir_else(fn, &s);
    return ir_endif(fn, &s, yes, ir_bool(fn, false));
}

/* Its parts: no object, no bytes. */
static Ref empty_str(Fn *fn, Ty t)
{
    uint64_t *part = arena_new_n(fn->unit->arena, uint64_t, 3);
    part[1] = (uint64_t)(uintptr_t)"";
    return ir_constant(fn, t, part);
}

Ref np_truth(Fn *fn, Ref a)
{
    Ty t = ir_ty(fn, a);
    switch (t->kind) {
    case TY_NONE: return ir_bool(fn, false);
    case TY_OPTIONAL: return optional_truth(fn, a);
    case TY_TUPLE:
    case TY_LIST: return ir_bool(fn, t->nitem > 0);
    case TY_ARRAY: return array_truth(fn, a);
    case TY_CONST: return infer_constant_truth(fn, a);
    case TY_RANGE: return ir_cmp(fn, IR_NE, np_range_bits(fn, a), ir_i64(fn, 0));
    case TY_NUMBERS: return ir_cmp(fn, IR_NE, np_iter_count(fn, a), ir_i64(fn, 0));
    case TY_STR: return ir_un(fn, IR_NOT, str_compare(fn, CMP_EQ, a, empty_str(fn, t)));
    default: return ty_is_scalar(t) && t->kind != TY_PTR ? scalar_truth(fn, a) : ir_bool(fn, true);
    }
}

Ref np_len(Fn *fn, Ref a)
{
    a = present(fn, a, "object of type 'NoneType' has no len()");
    if (ir_ty(fn, a)->kind == TY_FUNC || ir_ty(fn, a)->kind == TY_CONST)
        a = infer_constant_items(fn, a);
    Ty t = ir_ty(fn, a);
    PyObject *s = t->kind == TY_STR ? const_str(fn, a) : NULL;
    if (s)
        return ir_int(fn, ty(TY_PYINT), PyUnicode_GetLength(s));
    if (t->kind == TY_STR)
        return ir_rt(fn, RT_STR_LEN, ty(TY_PYINT), &a, 1);
    bool sized = ty_is_sequence(t) || t->kind == TY_FLAT || (ty_is_array(t) && t->ndim > 0);
    if (!sized)
        fail(fn->unit, np_pos(fn), ty_is_array(t) ? DIAG_UNSIZED : DIAG_NO_LEN, ty_name(t));
    return ir_cast(fn, t->kind == TY_RANGE ? np_range_len(fn, a) : np_iter_count(fn, a), ty(TY_PYINT));
}

/* items ---------------------------------------------------------------------------------------------------- */

Ref np_getitem(Fn *fn, Ref object, Ref key)
{
    object = present(fn, object, "a sequence is needed");
    key = present(fn, key, "indices must be integers");
    if (ir_ty(fn, object)->kind == TY_ARRAY)
        return index_get(fn, object, key);
    Ty t = ir_ty(fn, object), k = ir_ty(fn, key);
    bool integer = np_is_intlike(k);
    const NpRow *row = t->kind == TY_CONST ? resolve_row(fn->unit, t->object) : NULL;
    if (row)                                    /* np.mgrid[...] */
        return np_call(fn, row, &key, 1, NULL, 0);
    if (t->kind == TY_CONST || t->kind == TY_FUNC || (t->kind == TY_STR && const_str(fn, object)))
        return infer_constant_item(fn, object, key);
    if (ty_is_items(t))
        return items_get(fn, object, key);
    if (t->kind == TY_NUMBERS)
        return numbers_get(fn, object, key);
    if (np_is_number(t) && !ty_is_weak(t) && k->kind == TY_TUPLE && k->nitem == 0)
        return object;
    if (t->kind == TY_RANGE && k->kind == TY_SLICE)
        return range_slice(fn, object, key);
    if (t->kind == TY_RANGE && integer)
        return np_iter_value(fn, object, np_sequence_index(fn, key, np_range_len(fn, object), "range object"));
    if (t->kind == TY_FLAT && integer)
        return np_iter_value(fn, object, flat_index(fn, key, np_iter_count(fn, object)));
    if (t->kind == TY_FLAT)
        return flat_get(fn, ir_item(fn, object, 0), key);
    if (t->kind == TY_FLAGS)
        return attr_flags_item(fn, object, key);
    fail(fn->unit, np_pos(fn), DIAG_NOT_INDEXABLE, ty_name(t), ty_name(k));
}

/* An optional that becomes an element: NumPy makes nan of None where it can. */
static Ref present_element(Fn *fn, Ref value, Ty elem)
{
    if (!wraps(ir_ty(fn, value)) || !ty_is_scalar(ir_ty(fn, value)->elem) || !ty_is_float(elem))
        return present(fn, value, "a number is needed");
    return ir_select(fn, ir_has(fn, value), ir_cast(fn, ir_unwrap(fn, value), elem), ir_float(fn, elem, __builtin_nan("")));
}

void np_setitem(Fn *fn, Ref object, Ref key, Ref value)
{
    object = present(fn, object, "an array is needed");
    key = present(fn, key, "indices must be integers");
    if (ty_is_array(ir_ty(fn, object)))
        value = present_element(fn, value, ir_ty(fn, object)->elem);
    Ty t = ir_ty(fn, object), k = ir_ty(fn, key);
    if (t->kind == TY_ARRAY)
        index_set(fn, object, key, value);
    else if (t->kind == TY_FLAT)
        flat_set(fn, ir_item(fn, object, 0), key, value);
    else if (ty_is_list(t))
        items_refuse_change(fn);
    else
        fail(fn->unit, np_pos(fn), DIAG_NO_SETITEM, ty_name(t), ty_name(k), ty_name(ir_ty(fn, value)));
}

void np_set_attr(Fn *fn, Ref object, const char *name, Ref value)
{
    Ref arg[2] = { np_value_of(fn, object), value };
    Ty t = ir_ty(fn, arg[0]);
    const NpRow *row = np_find_setter(t, name);
    if (!row)
        fail(fn->unit, np_pos(fn), DIAG_NO_SET_ATTR, ty_name(t), name);
    row->build(fn, row, arg, 2);
}

Ref np_attr_of(Fn *fn, Ref object, const char *name)
{
    object = present(fn, object, "an object with attributes is needed");
    Ty t = ir_ty(fn, object);
    const NpRow *row = np_find_attr(t, name);
    if (row)
        return row->build(fn, row, &object, 1);
    row = np_find_method(t, name);
    if (!row)
        fail(fn->unit, np_pos(fn), DIAG_NO_ATTR, ty_name(t), name);
    return ir_tuple(fn, ty_aggregate(fn->unit->types, TY_METHOD, &t, 1, (void *)row->path), &object, 1);
}
