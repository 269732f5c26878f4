/* tuple.c: tuples and list displays: values whose items are known when compiling. A list display is a list that
 * nothing changes; what would change one is refused here. */
#include "np/np_build.h"
#include "runtime/runtime.h"

Ref np_kept(Fn *fn, Ref v)
{
    uint8_t op = ir_ins(fn, v)->op;
    bool in_frame = op == IR_CATCH || op == IR_HOLD || op == IR_PARAM;
    return in_frame && ir_ty(fn, v)->kind == TY_CAUGHT ? ir_rt(fn, RT_KEEP, ty(TY_CAUGHT), &v, 1) : v;
}

Ref np_aggregate(Fn *fn, TyKind kind, const Ref *x, uint32_t n)
{
    Ty *item = arena_new_n(fn->unit->arena, Ty, n + 1);
    if (n > NITEM_MAX)
        fail(fn->unit, np_pos(fn), DIAG_TOO_LARGE, kind == TY_LIST ? "list" : "tuple", "1000 items");
    Ref *kept = arena_new_n(fn->unit->arena, Ref, n + 1);
    for (uint32_t k = 0; k < n; k++)
        item[k] = ir_ty(fn, kept[k] = np_kept(fn, x[k]));
    return ir_tuple(fn, ty_aggregate(fn->unit->types, kind, item, n, NULL), kept, n);
}

Ref *np_items(Fn *fn, Ref aggregate, uint32_t *n)
{
    *n = ir_ty(fn, aggregate)->nitem;
    Ref *x = arena_new_n(fn->unit->arena, Ref, *n + 2);
    for (uint32_t k = 0; k < *n; k++)
        x[k] = ir_item(fn, aggregate, k);
    return x;
}

static const char *word(Fn *fn, Ref items) { return ir_ty(fn, items)->kind == TY_LIST ? "list" : "tuple"; }

/* operators ---------------------------------------------------------------------------------------------- */

Ref items_concat(Fn *fn, Ref a, Ref b)
{
    uint32_t n, m;
    Ref *x = np_items(fn, a, &n), *y = np_items(fn, b, &m), *all = arena_new_n(fn->unit->arena, Ref, n + m + 1);
    memcpy(all, x, n * sizeof *x);
    memcpy(all + n, y, m * sizeof *y);
    return np_aggregate(fn, (TyKind)ir_ty(fn, a)->kind, all, n + m);
}

Ref items_repeat(Fn *fn, Ref t, int64_t times)
{
    uint32_t n;
    Ref *x = np_items(fn, t, &n);
    int64_t total = times < 0 ? 0 : times > NITEM_MAX ? NITEM_MAX + 1 : times * n;
    if (total > NITEM_MAX)
        fail(fn->unit, np_pos(fn), DIAG_TOO_LARGE, word(fn, t), "1000 items");
    Ref *all = arena_new_n(fn->unit->arena, Ref, total + 1);
    for (int64_t k = 0; k < total; k++)
        all[k] = x[k % n];
    return np_aggregate(fn, (TyKind)ir_ty(fn, t)->kind, all, (uint32_t)total);
}

static Ref same_item(Fn *fn, Ref a, Ref b) { return np_truth(fn, np_compare(fn, CMP_EQ, a, b)); }

static Ref equal(Fn *fn, Ref a, Ref b)
{
    uint32_t n = ir_ty(fn, a)->nitem;
    Ref r = ir_bool(fn, n == ir_ty(fn, b)->nitem);
    for (uint32_t k = 0; k < n && n == ir_ty(fn, b)->nitem; k++)
        r = ir_bin(fn, IR_AND, r, same_item(fn, ir_item(fn, a, k), ir_item(fn, b, k)));
    return r;
}

/* < <= > >=: the first items that differ decide, else the lengths. */
static Ref ordered(Fn *fn, CmpOp op, Ref a, Ref b)
{
    uint32_t n = ir_ty(fn, a)->nitem, m = ir_ty(fn, b)->nitem, k = n < m ? n : m;
    bool end = op == CMP_LT ? n < m : op == CMP_LE ? n <= m : op == CMP_GT ? n > m : n >= m;
    Ref r = ir_bool(fn, end);
    while (k-- > 0) {
        Ref x = ir_item(fn, a, k), y = ir_item(fn, b, k);
        r = ir_select(fn, same_item(fn, x, y), r, np_truth(fn, np_compare(fn, op, x, y)));
    }
    return r;
}

Ref items_compare(Fn *fn, CmpOp op, Ref a, Ref b)
{
    if (op != CMP_EQ && op != CMP_NE)
        return ordered(fn, op, a, b);
    Ref r = equal(fn, a, b);
    return op == CMP_EQ ? r : ir_un(fn, IR_NOT, r);
}

Ref items_contain(Fn *fn, Ref t, Ref item)
{
    Ref r = ir_bool(fn, false);
    for (uint32_t k = 0; k < ir_ty(fn, t)->nitem; k++)
        r = ir_bin(fn, IR_OR, r, same_item(fn, item, ir_item(fn, t, k)));
    return r;
}

/* items by position ---------------------------------------------------------------------------------------- */

Ref np_sequence_index(Fn *fn, Ref key, Ref n, const char *what)
{
    Ref i = index_int64(fn, key), text = ir_i64(fn, (int64_t)(intptr_t)what);
    i = ir_select(fn, ir_cmp(fn, IR_LT, i, ir_i64(fn, 0)), ir_bin(fn, IR_ADD, i, n), i);
    ir_check(fn, ir_cmp(fn, IR_ULT, i, n), DIAG_SEQ_INDEX, &text, 1);
    return i;
}

/* A bound of a constant slice: false where it is not constant; None is absent. */
static bool slice_bound(Fn *fn, Ref s, uint32_t k, int64_t n, int64_t absent, int64_t low, int64_t high, int64_t *v)
{
    Ref x = ir_item(fn, s, k);
    *v = absent;
    if (ir_ty(fn, x)->kind == TY_NONE)
        return true;
    if (!ir_is_int(fn, x, v))
        return false;
    *v += *v < 0 ? n : 0;
    *v = *v < low ? low : *v > high ? high : *v;
    return true;
}

static Ref items_slice(Fn *fn, Ref t, Ref s)
{
    int64_t n = ir_ty(fn, t)->nitem, start, stop, step = 1;
    Ref st = ir_item(fn, s, 2);
    if (ir_ty(fn, st)->kind != TY_NONE && !ir_is_int(fn, st, &step))
        fail(fn->unit, np_pos(fn), DIAG_ITEM_CONST, word(fn, t));
    if (step == 0) {
        ir_fail(fn, DIAG_SLICE_STEP, NULL, 0);
        return REF_NONE;
    }
    bool up = step > 0;
    int64_t low = up ? 0 : -1, high = up ? n : n - 1;
    if (!slice_bound(fn, s, 0, n, up ? 0 : n - 1, low, high, &start) || !slice_bound(fn, s, 1, n, up ? n : -1, low, high, &stop))
        fail(fn->unit, np_pos(fn), DIAG_ITEM_CONST, word(fn, t));
    Ref *x = arena_new_n(fn->unit->arena, Ref, n + 1);
    uint32_t m = 0;
    for (int64_t k = start; up ? k < stop : k > stop; k += step)
        x[m++] = ir_item(fn, t, (uint32_t)k);
    return np_aggregate(fn, (TyKind)ir_ty(fn, t)->kind, x, m);
}

Ref items_get(Fn *fn, Ref t, Ref key)
{
    Ty k = ir_ty(fn, key);
    int64_t i, n = ir_ty(fn, t)->nitem;
    if (k->kind == TY_SLICE)
        return items_slice(fn, t, key);
    if (!np_is_intlike(k))
        fail(fn->unit, np_pos(fn), DIAG_NOT_INDEXABLE, ty_name(ir_ty(fn, t)), ty_name(k));
    if (!ir_is_int(fn, index_int64(fn, key), &i)) {
        Ref at = np_sequence_index(fn, key, ir_i64(fn, n), word(fn, t));
        return n ? np_iter_value(fn, t, at) : ir_none(fn);
    }
    i += i < 0 ? n : 0;
    if (i < 0 || i >= n) {
        Ref text = ir_int(fn, ty(TY_I64), (int64_t)(intptr_t)word(fn, t));
        ir_fail(fn, DIAG_SEQ_INDEX, &text, 1);
        return REF_NONE;
    }
    return ir_item(fn, t, (uint32_t)i);
}

/* a, *b, c = items: a TUPLE of what the names get, the starred one a list. */
Ref items_unpack_star(Fn *fn, Ref t, uint32_t before, uint32_t after)
{
    uint32_t n;
    Ref *x = np_items(fn, t, &n), *out = arena_new_n(fn->unit->arena, Ref, before + after + 1);
    if (n < before + after)
        fail(fn->unit, np_pos(fn), DIAG_UNPACK_STAR, (long)(before + after), (long)n);
    for (uint32_t k = 0; k < before; k++)
        out[k] = x[k];
    out[before] = np_aggregate(fn, TY_LIST, x + before, n - before - after);
    for (uint32_t k = 0; k < after; k++)
        out[before + 1 + k] = x[n - after + k];
    return np_aggregate(fn, TY_TUPLE, out, before + after + 1);
}

/* methods -------------------------------------------------------------------------------------------------- */

Ref items_count(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref r = ir_i64(fn, 0);
    for (uint32_t k = 0; k < ir_ty(fn, arg[0])->nitem; k++)
        r = ir_bin(fn, IR_ADD, r, ir_cast(fn, same_item(fn, ir_item(fn, arg[0], k), arg[1]), ty(TY_I64)));
    return np_pyint(fn, r);
}

/* start, stop of index(): a negative one counts from the end. */
static Ref search_bound(Fn *fn, Ref x, int64_t n, int64_t absent)
{
    if (ref_is_none(x))
        return ir_i64(fn, absent);
    Ref i = np_convert(fn, x, ty(TY_I64)), zero = ir_i64(fn, 0), up = ir_bin(fn, IR_ADD, i, ir_i64(fn, n));
    Ref from_end = ir_select(fn, ir_cmp(fn, IR_LT, up, zero), zero, up);
    return ir_select(fn, ir_cmp(fn, IR_LT, i, zero), from_end, i);
}

void items_check_found(Fn *fn, Ref found, Ref value, bool list)
{
    if (list && ir_ty(fn, value)->kind == TY_PYINT) {
        ir_check(fn, found, DIAG_NOT_IN_LIST, &value, 1);
        return;
    }
    Ref text = ir_i64(fn, (int64_t)(intptr_t)(list ? "list.index(x): x not in list" : "tuple.index(x): x not in tuple"));
    ir_check(fn, found, DIAG_VALUE, &text, 1);
}

Ref items_index(Fn *fn, const NpRow *row, const Ref *arg, uint32_t nargs)
{
    uint32_t n;
    Ref *x = np_items(fn, arg[0], &n), found = ir_bool(fn, false), at = ir_i64(fn, 0);
    Ref start = search_bound(fn, arg[2], n, 0), stop = search_bound(fn, arg[3], n, n);
    for (uint32_t k = n; k-- > 0; ) {
        Ref i = ir_i64(fn, k), in = ir_bin(fn, IR_AND, ir_cmp(fn, IR_LE, start, i), ir_cmp(fn, IR_LT, i, stop));
        Ref hit = ir_bin(fn, IR_AND, in, same_item(fn, x[k], arg[1]));
        found = ir_bin(fn, IR_OR, hit, found);
        at = ir_select(fn, hit, i, at);
    }
    items_check_found(fn, found, arg[1], ir_ty(fn, arg[0])->kind == TY_LIST);
    return np_pyint(fn, at);
}

Ref items_copy(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return arg[0]; }

_Noreturn void items_refuse_change(Fn *fn) { fail(fn->unit, np_pos(fn), DIAG_LIST_CHANGES); }

Ref items_change(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { items_refuse_change(fn); }
