/* index.c: a[...] and a[...] = ...: integers, slices, Ellipsis and newaxis. An index made of integers alone is a LOAD or
 * STORE; any other is a VIEW of the same data. Every integer is wrapped and checked once, as the user wrote it. */
#include "np/np.h"

enum { KEY_MAX = 2 * NDIM_MAX };

static Ref i64_add(Fn *fn, Ref a, Ref b) { return ir_bin(fn, IR_ADD, a, b); }
static Ref i64_sub(Fn *fn, Ref a, Ref b) { return ir_bin(fn, IR_SUB, a, b); }
static Ref i64_mul(Fn *fn, Ref a, Ref b) { return ir_bin(fn, IR_MUL, a, b); }

Ref index_wrap(Fn *fn, Ref i, Ref extent, uint32_t axis)
{
    bool unsigned_ = ty_is_unsigned(ir_ty(fn, i));
    Ref written = ir_cast(fn, i, ty(TY_I64)), at = written;
    int64_t c;
    if (!unsigned_ && !(ir_is_int(fn, written, &c) && c >= 0))
        at = ir_select(fn, ir_cmp(fn, IR_LT, written, ir_i64(fn, 0)), i64_add(fn, written, extent), written);
    if (fn->opt.boundscheck) {
        Ref arg[3] = { written, ir_i64(fn, axis), extent };
        ir_check(fn, ir_cmp(fn, IR_ULT, at, extent), DIAG_INDEX, arg, 3);
    }
    return at;
}

/* A part of a slice as int64; REF_NONE where it is None. */
static Ref slice_part(Fn *fn, Ref slice, uint32_t k)
{
    Ref x = ir_item(fn, slice, k);
    Ty t = ir_ty(fn, x);
    if (t->kind == TY_NONE)
        return REF_NONE;
    if (!ty_is_int(t) && !ty_is_bool(t))
        fail(fn->unit, np_pos(fn), DIAG_CAST, ty_name(t), "an index");
    return ir_cast(fn, x, ty(TY_I64));
}

/* A bound of a slice, or absent, brought into low .. high. */
static Ref slice_bound(Fn *fn, Ref x, Ref absent, Ref n, Ref low, Ref high)
{
    if (ref_is_none(x))
        return absent;
    Ref zero = ir_i64(fn, 0);
    x = ir_select(fn, ir_cmp(fn, IR_LT, x, zero), i64_add(fn, x, n), x);
    x = ir_select(fn, ir_cmp(fn, IR_LT, x, low), low, x);
    return ir_select(fn, ir_cmp(fn, IR_GT, x, high), high, x);
}

Ref index_slice(Fn *fn, Ref slice, Ref extent, Ref *start, Ref *step)
{
    Ref from = slice_part(fn, slice, 0), to = slice_part(fn, slice, 1), by = slice_part(fn, slice, 2);
    Ref zero = ir_i64(fn, 0), one = ir_i64(fn, 1), minus = ir_i64(fn, -1);
    if (ref_is_none(by))
        by = one;
    int64_t c;
    bool known = ir_is_int(fn, by, &c);
    if (known && c == 0)
        fail(fn->unit, np_pos(fn), DIAG_SLICE_STEP);
    if (!known)
        ir_check(fn, ir_cmp(fn, IR_NE, by, zero), DIAG_SLICE_STEP, NULL, 0);
    Ref up = known ? ir_bool(fn, c > 0) : ir_cmp(fn, IR_GT, by, zero);
    if (known && c == 1 && ref_is_none(from) && ref_is_none(to)) {
        *start = zero;
        *step = by;
        return extent;
    }
    Ref low = ir_select(fn, up, zero, minus);
    Ref high = ir_select(fn, up, extent, i64_sub(fn, extent, one));
    from = slice_bound(fn, from, ir_select(fn, up, zero, i64_sub(fn, extent, one)), extent, low, high);
    to = slice_bound(fn, to, ir_select(fn, up, extent, minus), extent, low, high);
    Ref span = ir_select(fn, up, i64_sub(fn, to, from), i64_sub(fn, from, to));
    Ref width = ir_select(fn, up, by, ir_un(fn, IR_NEG, by));
    Ref n = span;
    if (!(known && (c == 1 || c == -1)))
        n = ir_bin(fn, IR_DIV, i64_sub(fn, i64_add(fn, span, width), one), width);
    *start = from;
    *step = by;
    return ir_select(fn, ir_cmp(fn, IR_GT, span, zero), n, zero);
}

/* What one subscript selects. */
typedef struct Plan {
    bool scalar;                /* integers for every axis: index[] */
    Ref index[NDIM_MAX];
    Ref view;
} Plan;

static _Noreturn void bad_key(Fn *fn, Ref array, Ref key)
{
    fail(fn->unit, np_pos(fn), DIAG_NOT_INDEXABLE, ty_name(ir_ty(fn, array)), ty_name(ir_ty(fn, key)));
}

static uint32_t key_list(Fn *fn, Ref array, Ref key, Ref *item)
{
    Ty t = ir_ty(fn, key);
    if (t->kind != TY_TUPLE) {
        item[0] = key;
        return 1;
    }
    if (t->nitem > KEY_MAX)
        bad_key(fn, array, key);
    for (uint32_t k = 0; k < t->nitem; k++)
        item[k] = ir_item(fn, key, k);
    return t->nitem;
}

static Plan plan(Fn *fn, Ref array, Ref key)
{
    Plan p = { 0 };
    Ty at = ir_ty(fn, array);
    Ref item[KEY_MAX + 1];
    uint32_t n = key_list(fn, array, key, item), used = 0, nint = 0, nell = 0;
    for (uint32_t k = 0; k < n; k++) {
        Ty t = ir_ty(fn, item[k]);
        if (t->kind == TY_ARRAY && t->ndim == 0 && ty_is_int(t->elem)) {
            item[k] = ir_load(fn, item[k], NULL);
            t = ir_ty(fn, item[k]);
        }
        if (ty_is_int(t))
            used++, nint++;
        else if (t->kind == TY_SLICE)
            used++;
        else if (t->kind == TY_ELLIPSIS)
            nell++;
        else if (t->kind != TY_NONE)
            bad_key(fn, array, key);
    }
    if (nell > 1)
        bad_key(fn, array, key);
    if (used > at->ndim)
        fail(fn->unit, np_pos(fn), DIAG_TOO_MANY_INDICES, (int)at->ndim, (int)used);
    if (nint == at->ndim && nint == n) {
        p.scalar = true;
        for (uint32_t k = 0; k < n; k++)
            p.index[k] = index_wrap(fn, item[k], ir_extent(fn, array, k), k);
        return p;
    }
    if (nell == 0)
        item[n++] = REF_NONE;           /* an Ellipsis at the end */
    Ref ptr = ir_data(fn, array), extent[KEY_MAX + NDIM_MAX], stride[KEY_MAX + NDIM_MAX];
    uint32_t nd = 0, axis = 0;
    /* state of the layout: C: integers, one slice with step 1, then whole axes. F: the same from the right. */
    bool c_ok = at->order == ORDER_C, c_open = false, f_ok = at->order == ORDER_F, f_open = true;
    for (uint32_t k = 0; k < n; k++) {
        Ty t = ref_is_none(item[k]) ? ty(TY_ELLIPSIS) : ir_ty(fn, item[k]);
        if (t->kind == TY_NONE) {
            extent[nd] = ir_i64(fn, 1);
            stride[nd++] = ir_i64(fn, 0);
            continue;
        }
        uint32_t count = t->kind == TY_ELLIPSIS ? at->ndim - used : 1;
        for (uint32_t j = 0; j < count; j++, axis++) {
            Ref size = ir_extent(fn, array, axis), step = ir_stride(fn, array, axis);
            if (ty_is_int(t)) {
                Ref i = index_wrap(fn, item[k], size, axis);
                ptr = ir_offset(fn, ptr, i64_mul(fn, i, step));
                c_ok &= !c_open;
                f_open = false;
                continue;
            }
            Ref start = ir_i64(fn, 0), by = ir_i64(fn, 1), len = size;
            if (t->kind == TY_SLICE)
                len = index_slice(fn, item[k], size, &start, &by);
            int64_t c, s;
            bool unit = ir_is_int(fn, by, &c) && c == 1, whole = unit && ref_eq(len, size) && ir_is_int(fn, start, &s) && s == 0;
            c_ok &= unit && (whole || !c_open);
            c_open = true;
            f_ok &= unit && f_open;
            if (!whole)
                f_open = false;
            if (nd >= NDIM_MAX)
                bad_key(fn, array, key);
            if (!whole)
                ptr = ir_offset(fn, ptr, i64_mul(fn, start, step));
            extent[nd] = len;
            stride[nd++] = unit ? step : i64_mul(fn, by, step);
        }
    }
    if (nd > NDIM_MAX)
        bad_key(fn, array, key);
    Order order = nd == 0 || c_ok ? ORDER_C : f_ok ? (nd == 1 ? ORDER_C : ORDER_F) : ORDER_A;
    Ty vt = ty_array(fn->unit->types, at->elem, nd, order, at->readonly, NULL);
    p.view = ir_view(fn, vt, array, ptr, extent, order == ORDER_A ? stride : NULL);
    return p;
}

Ref index_get(Fn *fn, Ref array, Ref key)
{
    Plan p = plan(fn, array, key);
    return p.scalar ? ir_load(fn, array, p.index) : p.view;
}

void index_set(Fn *fn, Ref array, Ref key, Ref value)
{
    Ty at = ir_ty(fn, array);
    if (at->readonly)
        fail(fn->unit, np_pos(fn), DIAG_READONLY);
    Plan p = plan(fn, array, key);
    if (!p.scalar) {
        ew_assign(fn, p.view, value);
        return;
    }
    if (ty_is_array(ir_ty(fn, value)) && ir_ty(fn, value)->ndim == 0)
        value = ir_load(fn, value, NULL);
    Ty vt = ir_ty(fn, value);
    if (!ty_is_scalar(vt) || (ty_is_complex(vt) && !ty_is_complex(at->elem)))
        fail(fn->unit, np_pos(fn), DIAG_NO_SETITEM, ty_name(at), ty_name(ir_ty(fn, key)), ty_name(vt));
    ir_store(fn, array, ir_cast(fn, value, at->elem), p.index);
}
