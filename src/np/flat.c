/* flat.c: the elements of an array by their number in C order: a.flat[...], put, place, putmask. Values that are too few
 * begin again, as in NumPy. */
#include "np/np_build.h"

static Ref flatten(Fn *fn, Ref a)
{
    Ref all = ir_nelem(fn, a);
    return ir_ty(fn, a)->ndim == 1 ? a : shape_reshape(fn, a, &all, 1);
}

Ref flat_index(Fn *fn, Ref key, Ref n)
{
    Ref given = index_int64(fn, key), arg[2] = { given, n };
    Ref i = ir_select(fn, ir_cmp(fn, IR_LT, given, ir_i64(fn, 0)), ir_bin(fn, IR_ADD, given, n), given);
    ir_check(fn, ir_cmp(fn, IR_ULT, i, n), DIAG_FLAT_INDEX, arg, 2);
    return i;
}

Ref flat_get(Fn *fn, Ref array, Ref key)
{
    Ref got = index_get(fn, flatten(fn, array), key);
    bool view = ty_is_array(ir_ty(fn, got)) && ir_ins(fn, got)->op == IR_VIEW;
    return view ? ew_copy(fn, got, ORDER_C) : got;
}

/* What a scatter writes: a[number[k]] = value[k], or value[number[k]]. */
typedef struct Scatter { Ref array, number, value, nvalue; bool by_number; } Scatter;

/* Every number is checked before the first write. */
static void check_numbers(Fn *fn, Ref number, Ref size)
{
    Ref n = ir_extent(fn, number, 0);
    NestBuild nb = nest_begin(fn, &n, 1, 0);
    index_wrap(nb.body, ir_load(nb.body, nest_use(&nb, number), nb.index), nest_use(&nb, size), 0);
    nest_end(&nb, NULL, 0);
}

static void scatter(Fn *fn, const Scatter *s)
{
    Ref zero = ir_i64(fn, 0), index[NDIM_MAX], n = ir_extent(fn, s->number, 0), size = ir_nelem(fn, s->array);
    n = ir_select(fn, ir_cmp(fn, IR_EQ, s->nvalue, zero), zero, n);     /* nothing to write */
    NestBuild nb = nest_begin(fn, &n, 1, NEST_ORDERED);
    Fn *body = nb.body;
    body->opt.boundscheck = false;
    Ref i = index_wrap(body, ir_load(body, nest_use(&nb, s->number), nb.index), nest_use(&nb, size), 0);
    Ref k = ir_bin(body, IR_REM, s->by_number ? i : nb.index[0], nest_use(&nb, s->nvalue));
    Ref x = ir_load(body, nest_use(&nb, s->value), &k), to = nest_use(&nb, s->array);
    np_unravel(body, i, to, index);
    ir_store(body, to, ir_cast(body, x, ir_ty(fn, s->array)->elem), index);
    nest_end(&nb, NULL, 0);
}

static void flat_put(Fn *fn, Ref array, Ref number, Ref value, bool by_number, bool in_range)
{
    np_check_int(fn, value, ir_ty(fn, array)->elem);
    Scatter s = { .array = array, .number = ew_apart(fn, number, array), .by_number = by_number };
    s.value = ew_apart(fn, flatten(fn, ew_as_array(fn, value)), array);
    s.nvalue = ir_extent(fn, s.value, 0);
    if (!in_range && fn->opt.boundscheck)
        check_numbers(fn, s.number, ir_nelem(fn, array));
    scatter(fn, &s);
}

static Ref range_of(Fn *fn, Ref n)
{
    Ref a = ir_new(fn, ty_array(fn->unit->types, ty(TY_I64), 1, ORDER_C, false, NULL), &n, false);
    NestBuild nb = nest_begin(fn, &n, 1, 0);
    ir_store(nb.body, nest_use(&nb, a), nb.index[0], nb.index);
    nest_end(&nb, NULL, 0);
    return a;
}

void flat_set(Fn *fn, Ref array, Ref key, Ref value)
{
    Ty t = ir_ty(fn, array);
    Ref index[NDIM_MAX], n = ir_nelem(fn, array);
    np_need_writable(fn, array, "underlying array");
    if (np_is_intlike(ir_ty(fn, key))) {
        np_unravel(fn, flat_index(fn, key, n), array, index);
        if (ir_ty(fn, value)->kind == TY_PYINT && ty_is_int(t->elem) && fn->opt.boundscheck)
            ir_check(fn, np_int_fits(fn, ir_cast(fn, value, ty(TY_I64)), t->elem), DIAG_FLAT_ITEM, NULL, 0);
        ir_store(fn, array, np_convert(fn, value, t->elem), index);
        return;
    }
    flat_put(fn, array, flatten(fn, ew_as_array(fn, index_get(fn, range_of(fn, n), key))), value, false, true);
}

/* a.flat = value */
Ref flat_set_all(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    np_need_writable(fn, arg[0], "array");
    if (np_is_number(ir_ty(fn, arg[1])))
        ew_fill(fn, arg[0], arg[1]);
    else
        flat_put(fn, arg[0], range_of(fn, ir_nelem(fn, arg[0])), arg[1], false, true);
    return ir_none(fn);
}

static Ref target(Fn *fn, const NpRow *row, Ref a, const char *what)
{
    if (!ty_is_array(ir_ty(fn, a)))
        np_bad_arg(fn, row, "an array", a);
    np_need_writable(fn, a, what);
    return a;
}

/* a, ind, v, mode= */
Ref flat_put_indices(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    if (ty_is_array(ir_ty(fn, arg[1])))
        ew_check_cast(fn, REF_NONE, "safe", ir_ty(fn, arg[1]), ty(TY_I64));
    Ref a = target(fn, row, arg[0], "put: output array"), i = np_index_mode(fn, row, ew_as_array(fn, arg[1]), arg[3], ir_nelem(fn, a));
    flat_put(fn, a, flatten(fn, ew_as_array(fn, i)), arg[2], false, false);
    return ir_none(fn);
}

/* a, mask, values: one after another (place), or each at its own place (putmask, data 1) */
Ref flat_put_mask(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = target(fn, row, arg[0], row->data ? "putmask: output array" : "WRITEBACKIFCOPY base"), mask = flatten(fn, ew_as_array(fn, arg[1])), index[NDIM_MAX];
    Ref same = ir_cmp(fn, IR_EQ, ir_nelem(fn, a), ir_extent(fn, mask, 0));
    Ref text = ir_i64(fn, (int64_t)(intptr_t)(row->data ? "putmask: mask and data must be the same size" : "place: mask and data must be the same size"));
    ir_check(fn, same, DIAG_VALUE, &text, 1);
    if (ty_is_array(ir_ty(fn, arg[2])))
        ew_check_cast(fn, REF_NONE, "safe", ir_ty(fn, arg[2]), ir_ty(fn, a)->elem);
    fancy_nonzero(fn, mask, index);
    Ref zero = ir_i64(fn, 0), some = ir_cmp(fn, IR_NE, ir_nelem(fn, ew_as_array(fn, arg[2])), zero);
    Ref empty = ir_i64(fn, (int64_t)(intptr_t)"Cannot insert from an empty array!");
    if (!row->data)
        ir_check(fn, ir_bin(fn, IR_OR, some, ir_cmp(fn, IR_EQ, ir_extent(fn, index[0], 0), zero)), DIAG_VALUE, &empty, 1);
    flat_put(fn, a, index[0], arg[2], row->data == 1, true);
    return ir_none(fn);
}

Ref flat_copy(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    return shape_reshape(fn, ew_copy(fn, ir_item(fn, arg[0], 0), ORDER_C), (Ref[]){ ir_nelem(fn, ir_item(fn, arg[0], 0)) }, 1);
}
