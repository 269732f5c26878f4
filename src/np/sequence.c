/* sequence.c: built-in functions that make or consume iterables. */
#include <Python.h>
#include "np/np_build.h"
#include "runtime/runtime.h"

enum { SHORT = 16 };            /* so many values are worth no loop */

Ref bi_len(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    bool list = ir_ty(fn, arg[0])->kind == TY_COMPREHENSION && !infer_is_generator(fn, ir_ty(fn, arg[0]));
    return list ? infer_fold(fn, arg[0], FOLD_COUNT, ir_int(fn, ty(TY_PYINT), 0)) : np_len(fn, arg[0]);
}

static Ref range_bound(Fn *fn, const NpRow *row, Ref x)
{
    x = np_value_of(fn, x);
    if (!np_is_intlike(ir_ty(fn, x)))
        np_bad_arg(fn, row, "an int", x);
    return np_pyint(fn, x);
}

Ref bi_range(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    bool one = ref_is_none(arg[1]);
    Ref x[3] = { one ? ir_int(fn, ty(TY_PYINT), 0) : range_bound(fn, row, arg[0]), range_bound(fn, row, arg[one ? 0 : 1]),
                 ref_is_none(arg[2]) ? ir_int(fn, ty(TY_PYINT), 1) : range_bound(fn, row, arg[2]) };
    ir_check(fn, ir_cmp(fn, IR_NE, x[2], ir_int(fn, ty(TY_PYINT), 0)), DIAG_RANGE_STEP, NULL, 0);
    Ref r = np_aggregate(fn, TY_RANGE, x, 3);
    if (row->data == 0)
        return r;
    return ir_emit_imm(fn, IR_TUPLE, ir_ty(fn, r), x, 3, RANGE_PARALLEL);     /* another value than the plain range */
}

Ref bi_enumerate(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x[2] = { np_iter_start(fn, arg[0]), ref_is_none(arg[1]) ? ir_int(fn, ty(TY_PYINT), 0) : range_bound(fn, row, arg[1]) };
    return np_aggregate(fn, TY_ENUMERATE, x, 2);
}

Ref bi_zip(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m;
    Ref *x = np_items(fn, arg[0], &m);
    for (uint32_t k = 0; k < m; k++)
        x[k] = np_iter_start(fn, x[k]);
    return np_aggregate(fn, TY_ZIP, x, m);
}

Ref bi_map(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m;
    Ref *x = np_items(fn, arg[1], &m);
    memmove(x + 1, x, m * sizeof *x);
    x[0] = arg[0];
    return np_aggregate(fn, TY_MAP, x, m + 1);
}

Ref bi_reversed(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x = np_iter_start(fn, arg[0]);
    return np_aggregate(fn, TY_REVERSED, &x, 1);
}

/* A generator or list comprehension. */
static bool is_comp(Fn *fn, Ref x) { return ir_ty(fn, x)->kind == TY_COMPREHENSION; }

Ref bi_tuple(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref *x = NULL, source = arg[0];
    uint32_t m = 0;
    if (!ref_is_none(source) && is_comp(fn, source))
        source = infer_list_of(fn, source);
    if (!ref_is_none(source) && !np_iter_values(fn, source, NITEM_MAX, &x, &m))
        np_bad_arg(fn, row, "of a length known when compiling", arg[0]);
    return np_aggregate(fn, TY_TUPLE, x, m);
}

Ty np_loop_number(Ty t)
{
    switch (t->kind) {
    case TY_RANGE: return ty(TY_PYINT);
    case TY_NUMBERS: return t->item[0]->ndim == 1 ? numbers_item(t) : NULL;
    case TY_ARRAY: return t->ndim == 1 ? t->elem : NULL;
    case TY_FLAT: return t->item[0]->elem;
    case TY_REVERSED: return np_loop_number(t->item[0]);
    case TY_LIST:
    case TY_TUPLE: return t->nitem && np_is_number(t->item[0]) ? t->item[0] : NULL;
    default: return NULL;
    }
}

/* A comprehension that is written out, of arrays, say: the sum's type is another after each. */
static bool adds_up(Fn *fn, Ref x)
{
    uint32_t n;
    Ty t = ir_ty(fn, x);
    return is_comp(fn, x) && np_iter_static(ir_ty(fn, ir_item(fn, x, 1)), true, &n) && infer_one_each(fn, t)
        && !np_is_number(infer_fold_type(fn, t));
}

/* What a sum of these values begins with: 0 is one of uint64's where they are, since an int with a uint64 is an int. */
static Ref sum_start(Fn *fn, Ref start, Ty value)
{
    int64_t k;
    if (ref_is_none(start))
        start = ir_int(fn, ty(TY_PYINT), 0);
    return value && value->kind == TY_U64 && ir_is_int(fn, start, &k) && k == 0 ? ir_int(fn, value, 0) : start;
}

Ref bi_sum(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref *x;
    uint32_t m;
    Ref given = adds_up(fn, arg[0]) ? infer_list_of(fn, arg[0]) : arg[0];
    if (is_comp(fn, given))
        return infer_fold(fn, given, FOLD_SUM, sum_start(fn, arg[1], infer_fold_type(fn, ir_ty(fn, given))));
    if (np_iter_values(fn, given, SHORT, &x, &m)) {
        Ref acc = sum_start(fn, arg[1], m ? ir_ty(fn, x[0]) : NULL);
        for (uint32_t k = 0; k < m; k++)
            acc = np_binary(fn, BIN_ADD, acc, x[k], false);
        return acc;
    }
    Ref source = np_iter_start(fn, arg[0]);
    Ty value = np_loop_number(ir_ty(fn, source));
    Ref acc = sum_start(fn, arg[1], value);
    if (!value || !np_is_number(ir_ty(fn, acc)))
        np_bad_arg(fn, row, "an iterable of numbers", arg[0]);
    Ty t = promote_scalar(ir_ty(fn, acc), value);
    acc = ir_cast(fn, acc, t = ty_is_bool(t) ? ty(TY_PYINT) : t);
    IrLoop l = ir_loop(fn, np_iter_count(fn, source), &acc, 1);
    Ref next = ir_cast(fn, scalar_binary(fn, BIN_ADD, l.carried[0], np_iter_value(fn, source, l.index)), t);
    ir_endloop(fn, &l, &next);
    return l.carried[0];
}

/* The value of an optional that a sequence without values leaves empty. */
static Ref not_empty(Fn *fn, const NpRow *row, Ref x, Ref otherwise)
{
    Ref name = ir_i64(fn, (int64_t)(intptr_t)(row->data ? "max" : "min"));
    bool never = ir_ty(fn, x)->kind == TY_NONE;
    if (ref_is_none(otherwise)) {
        ir_check(fn, never ? ir_bool(fn, false) : ir_has(fn, x), DIAG_EMPTY_SEQ, &name, 1);
        return never ? ir_none(fn) : ir_unwrap(fn, x);
    }
    if (never)
        return otherwise;
    Ty t = promote_join(fn->unit->types, ir_ty(fn, x)->elem, ir_ty(fn, otherwise));
    if (!t)
        np_bad_arg(fn, row, "of one type with default", otherwise);
    return ir_select(fn, ir_has(fn, x), np_convert(fn, ir_unwrap(fn, x), t), np_convert(fn, otherwise, t));
}

static Ref min_loop(Fn *fn, const NpRow *row, Ref source, Ref otherwise)
{
    source = np_iter_start(fn, source);
    if (!np_loop_number(ir_ty(fn, source)))
        np_bad_arg(fn, row, "an iterable of numbers", source);
    Ref count = np_iter_count(fn, source), any = ir_cmp(fn, IR_GT, count, ir_i64(fn, 0)), best = REF_NONE;
    Ref name = ir_i64(fn, (int64_t)(intptr_t)(row->data ? "max" : "min"));
    if (ref_is_none(otherwise))
        ir_check(fn, any, DIAG_EMPTY_SEQ, &name, 1);
    IrIf s = ir_if(fn, any);
    Ref first = np_iter_value(fn, source, ir_i64(fn, 0));
    IrLoop l = ir_loop(fn, count, &first, 1);
    Ref next = arith_min(fn, l.carried[0], np_iter_value(fn, source, l.index), row->data);
    ir_endloop(fn, &l, &next);
    best = ir_some(fn, ty_optional(fn->unit->types, ir_ty(fn, l.carried[0])), l.carried[0]);
    ir_else(fn, &s);
    best = ir_endif(fn, &s, best, ir_nothing(fn, ir_ty(fn, best)));
    return ref_is_none(otherwise) ? ir_unwrap(fn, best) : not_empty(fn, row, best, otherwise);
}

/* One iterable: data 1: max */
static Ref min_of(Fn *fn, const NpRow *row, Ref source, Ref otherwise)
{
    uint32_t m;
    if (is_comp(fn, source))
        return not_empty(fn, row, infer_fold(fn, source, row->data ? FOLD_MAX : FOLD_MIN, ir_none(fn)), otherwise);
    if (!ty_is_items(ir_ty(fn, source)))
        return min_loop(fn, row, source, otherwise);
    Ref *x = np_items(fn, source, &m);
    if (m == 0 && ref_is_none(otherwise)) {
        Ref name = ir_i64(fn, (int64_t)(intptr_t)(row->data ? "max" : "min"));
        ir_fail(fn, DIAG_EMPTY_SEQ, &name, 1);
        return REF_NONE;
    }
    Ref r = m ? x[0] : otherwise;
    for (uint32_t k = 1; k < m; k++)
        r = np_best(fn, r, x[k], row->data);
    return r;
}

/* min, max(*args, key, default) */
Ref bi_min(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m = ir_ty(fn, arg[0])->nitem;
    if (m == 0)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "at least one argument is needed");
    Ref source = m == 1 ? ir_item(fn, arg[0], 0) : arg[0];
    if (np_absent(fn, arg[1]))
        return min_of(fn, row, source, m == 1 ? arg[2] : REF_NONE);
    if (!ref_is_none(arg[2]))
        np_bad_arg(fn, row, "without default where key is given", arg[2]);
    if (is_comp(fn, source))
        source = infer_list_of(fn, source);
    return infer_call_lib(fn, "sequences", row->data ? "max_key" : "min_key", (Ref[]){ source, arg[1] }, 2, NULL, 0);
}

/* all, any: data 1: any */
Ref bi_all(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref r = ir_bool(fn, !row->data), *x;
    IrOp op = row->data ? IR_OR : IR_AND;
    uint32_t m;
    if (is_comp(fn, arg[0]))
        return infer_fold(fn, arg[0], row->data ? FOLD_ANY : FOLD_ALL, r);
    if (np_iter_values(fn, arg[0], SHORT, &x, &m)) {
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
    return np_aggregate(fn, TY_SLICE, x, 3);
}

/* numpy.ndindex(*shape), numpy.ndenumerate(a) */
Ref bi_ndindex(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref extent[NDIM_MAX], shape = arg[0];
    if (ir_ty(fn, shape)->nitem == 1 && ty_is_items(ir_ty(fn, ir_item(fn, shape, 0))))
        shape = ir_item(fn, shape, 0);
    return np_aggregate(fn, TY_NDINDEX, extent, create_extents(fn, shape, extent));
}

Ref bi_ndenumerate(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]);
    return np_aggregate(fn, TY_NDENUMERATE, &a, 1);
}
