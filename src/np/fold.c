/* fold.c: what the consumer of a comprehension does with each value: the step from what is accumulated to the next.
 *
 * The comprehension's code is compiled with that step where it yields or appends (ssa/build.c emits PY_FOLD), so no
 * list is made. An array whose size is known is what each step is given, and the position is accumulated; one of
 * unknown length or row size is accumulated as (position, rows, extents of a row, buffer) and its buffer doubles. Buffers
 * have one dimension. */
#include "np/np_build.h"

static Ref i64(Fn *fn, int64_t v) { return ir_i64(fn, v); }
static Ref add(Fn *fn, Ref a, Ref b) { return ir_bin(fn, IR_ADD, a, b); }

/* The larger one of a uint64 and another int is no less than the uint64, so one it is; the smaller one is an int. */
static Ty best_type(Ty x, Ty y, bool max)
{
    Ty t = promote_scalar(x, y);
    return max && ty_is_int(t) && (x->kind == TY_U64 || y->kind == TY_U64) ? ty(TY_U64) : t;
}

Ref np_best(Fn *fn, Ref a, Ref b, bool max)
{
    a = np_value_of(fn, a), b = np_value_of(fn, b);
    Ty x = ir_ty(fn, a), y = ir_ty(fn, b);
    Ref better = np_truth(fn, np_compare(fn, max ? CMP_GT : CMP_LT, b, a));
    Ty t = np_is_number(x) && np_is_number(y) && x != y ? best_type(x, y, max) : promote_join(fn->unit->types, x, y);
    if (!t)
        fail(fn->unit, np_pos(fn), DIAG_COMPARE, max ? ">" : "<", ty_name(y), ty_name(x));
    return ir_select(fn, better, np_convert(fn, b, t), np_convert(fn, a, t));
}

/* acc: None, or an optional that has a value once there was one. */
static Ref best(Fn *fn, Ref acc, Ref v, bool max)
{
    v = np_value_of(fn, v);
    if (ir_ty(fn, acc)->kind == TY_NONE)
        return ir_some(fn, ty_optional(fn->unit->types, ir_ty(fn, v)), v);
    IrIf s = ir_if(fn, ir_has(fn, acc));
    Ref r = np_best(fn, ir_unwrap(fn, acc), v, max);
    ir_else(fn, &s);
    r = ir_endif(fn, &s, r, np_convert(fn, v, ir_ty(fn, r)));
    return ir_some(fn, ty_optional(fn->unit->types, ir_ty(fn, r)), r);
}

/* arrays --------------------------------------------------------------------------------------------------- */

enum { AT_POSITION, AT_ROWS, AT_EXTENT };

/* One value of the comprehension: a number (nd 0), or a row: its dtype; extent -1: known when the program runs. */
typedef struct Row { Ty dtype; uint32_t nd; int64_t extent[NDIM_MAX]; bool moving; } Row;

static bool row_of(Fn *fn, Ty t, Row *r)
{
    Ty inner;
    uint32_t nd = r->nd;
    if (np_is_number(t)) {
        r->dtype = r->dtype ? promote_array(r->dtype, t) : t;
        return r->dtype != NULL;
    }
    if (nd >= NDIM_MAX - 1)
        return false;
    if (ty_is_array(t)) {
        for (uint32_t k = 0; k < t->ndim; k++)
            r->extent[r->nd++] = -1;
        r->moving = true;
        r->dtype = t->elem;
        return r->nd < NDIM_MAX;
    }
    if (t->kind == TY_COMPREHENSION) {
        r->extent[r->nd++] = -1;
        r->moving = true;
        inner = infer_fold_type(fn, t);
        return inner->kind == TY_UNBOUND ? (r->dtype = ty(TY_F64), true) : row_of(fn, inner, r);
    }
    if (!ty_is_items(t) || t->nitem == 0)
        return false;
    for (uint32_t k = 0; k < t->nitem; k++) {
        Row item = { .dtype = r->dtype, .nd = nd + 1 };
        memcpy(item.extent, r->extent, sizeof item.extent);
        item.extent[nd] = t->nitem;
        if (!row_of(fn, t->item[k], &item) || (k > 0 && (item.nd != r->nd || memcmp(item.extent, r->extent, item.nd * sizeof(int64_t)))))
            return false;
        item.moving |= r->moving;
        *r = item;
        if (k + 1 < t->nitem)
            r->nd = item.nd;
    }
    return true;
}

static int64_t row_size(const Row *r)
{
    int64_t n = 1;
    for (uint32_t k = 0; k < r->nd; k++)
        n *= r->extent[k];
    return n;
}

static Ref room(Fn *fn, Ref buffer, Ref pos, Ref need)
{
    Ref end = add(fn, pos, need), have = ir_extent(fn, buffer, 0);
    IrIf s = ir_if(fn, ir_cmp(fn, IR_GT, end, have));
    Ref n = ir_bin(fn, IR_MUL, end, i64(fn, 2)), bigger = ir_new(fn, ir_ty(fn, buffer), &n, false);
    ew_assign(fn, shape_part(fn, bigger, i64(fn, 0), &pos, 1), shape_part(fn, buffer, i64(fn, 0), &pos, 1));
    ir_else(fn, &s);
    return ir_endif(fn, &s, bigger, buffer);
}

/* The numbers of a row that is a tuple, in C order. */
static uint32_t store_leaves(Fn *fn, Ref buffer, Ref pos, Ref v, uint32_t done)
{
    if (!ty_is_items(ir_ty(fn, v))) {
        Ref at = add(fn, pos, i64(fn, done));
        ir_store(fn, buffer, ir_cast(fn, v, ir_ty(fn, buffer)->elem), &at);
        return done + 1;
    }
    for (uint32_t k = 0; k < ir_ty(fn, v)->nitem; k++)
        done = store_leaves(fn, buffer, pos, ir_item(fn, v, k), done);
    return done;
}

/* A row that is an array: as long as the ones before it. */
static Ref store_array(Fn *fn, Ref *part, Ref *buffer, Ref a)
{
    Ref extent[NDIM_MAX], n = ir_nelem(fn, a);
    Ref text = ir_i64(fn, (int64_t)(intptr_t)"setting an array element with a sequence. The requested array has an inhomogeneous shape");
    for (uint32_t k = 0; k < ir_ty(fn, a)->ndim; k++) {
        Ref *had = &part[AT_EXTENT + k];
        extent[k] = ir_extent(fn, a, k);
        Ref ok = ir_bin(fn, IR_OR, ir_cmp(fn, IR_LT, *had, i64(fn, 0)), ir_cmp(fn, IR_EQ, *had, extent[k]));
        ir_check(fn, ok, DIAG_VALUE, &text, 1);
        *had = extent[k];
    }
    *buffer = room(fn, *buffer, part[AT_POSITION], n);
    ew_assign(fn, shape_part(fn, *buffer, part[AT_POSITION], extent, ir_ty(fn, a)->ndim), a);
    return n;
}

/* array: to fill; none: the last part of what is accumulated, which grows. */
static Ref into_array(Fn *fn, Ref acc, Ref v, Ref array)
{
    uint32_t n;
    Ref *part = np_items(fn, acc, &n), size;
    Ty t = ir_ty(fn, v);
    Row r = { 0 };
    bool grow = ref_is_none(array);
    Ref *buffer = grow ? &part[n - 1] : &array;
    if (!row_of(fn, t, &r))
        fail(fn->unit, np_pos(fn), DIAG_CAST, ty_name(t), "a row of an array");
    if (r.moving) {
        size = store_array(fn, part, buffer, ew_as_array(fn, v));
    } else {
        size = i64(fn, row_size(&r));
        if (grow)
            *buffer = room(fn, *buffer, part[AT_POSITION], size);
        store_leaves(fn, *buffer, part[AT_POSITION], v, 0);
    }
    part[AT_POSITION] = add(fn, part[AT_POSITION], size);
    part[AT_ROWS] = add(fn, part[AT_ROWS], i64(fn, 1));
    return np_aggregate(fn, TY_TUPLE, part, n);
}

/* An array of a comprehension's values. */
Ref np_array_of(Fn *fn, Ref comp)
{
    Ty value = infer_fold_type(fn, ir_ty(fn, comp));
    Row r = { 0 };
    if (value->kind == TY_UNBOUND)
        r.dtype = ty(TY_F64);
    else if (!row_of(fn, value, &r))
        fail(fn->unit, np_pos(fn), DIAG_CAST, ty_name(value), "a number or a row of an array");
    bool grow = r.moving || !infer_one_each(fn, ir_ty(fn, comp));
    Ref size = i64(fn, 16), part[AT_EXTENT + NDIM_MAX + 1], extent[NDIM_MAX];
    uint32_t npart = AT_EXTENT + r.nd;
    if (!grow)
        size = ir_bin(fn, IR_MUL, np_iter_count(fn, ir_item(fn, comp, 1)), i64(fn, row_size(&r)));
    Ref buffer = ir_new(fn, ty_array(fn->unit->types, ty_strong(r.dtype), 1, ORDER_C, false, NULL), &size, false);
    part[AT_POSITION] = part[AT_ROWS] = i64(fn, 0);
    for (uint32_t k = 0; k < r.nd; k++)
        part[AT_EXTENT + k] = i64(fn, r.extent[k]);
    if (grow)
        part[npart++] = buffer;
    Ref acc = infer_fold_with(fn, comp, grow ? FOLD_GROW : FOLD_FILL, np_aggregate(fn, TY_TUPLE, part, npart), grow ? ir_none(fn) : buffer);
    if (grow)
        buffer = ir_item(fn, acc, npart - 1);
    else if (r.nd == 0)
        return buffer;
    extent[0] = ir_item(fn, acc, AT_ROWS);
    for (uint32_t k = 0; k < r.nd; k++) {
        Ref e = ir_item(fn, acc, AT_EXTENT + k);        /* -1 without a row */
        extent[1 + k] = ir_select(fn, ir_cmp(fn, IR_LT, e, i64(fn, 0)), i64(fn, 0), e);
    }
    return shape_part(fn, buffer, i64(fn, 0), extent, 1 + r.nd);
}

Ref np_fold(Fn *fn, Fold mode, Ref acc, Ref v, Ref constant)
{
    switch (mode) {
    case FOLD_SUM: return np_binary(fn, BIN_ADD, acc, v, false);
    case FOLD_ANY: return ir_bin(fn, IR_OR, acc, np_truth(fn, v));
    case FOLD_ALL: return ir_bin(fn, IR_AND, acc, np_truth(fn, v));
    case FOLD_MIN: return best(fn, acc, v, false);
    case FOLD_MAX: return best(fn, acc, v, true);
    case FOLD_COUNT: return ir_bin(fn, IR_ADD, acc, ir_int(fn, ir_ty(fn, acc), 1));
    case FOLD_LAST: return v;
    case FOLD_LIST:
        if (ir_ty(fn, v)->kind == TY_COMPREHENSION)
            v = infer_list_of(fn, v);
        if (ir_ty(fn, acc)->kind != TY_LIST)
            fail(fn->unit, np_pos(fn), DIAG_LIST_LENGTH);
        return items_concat(fn, acc, np_aggregate(fn, TY_LIST, &v, 1));
    case FOLD_FILL: return into_array(fn, acc, v, constant);
    case FOLD_GROW: return into_array(fn, acc, v, REF_NONE);
    default: nj_bug(fn->unit, "a fold without a mode");
    }
}
