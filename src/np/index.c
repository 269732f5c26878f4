/* index.c: a[...] and a[...] = ...: integers, slices, Ellipsis and newaxis. An index made of integers alone is a LOAD or
 * STORE; any other is a VIEW of the same data; arrays among the keys go on to fancy.c. Every integer is wrapped and
 * checked once, as the user wrote it. */
#include "np/np_build.h"

static Ref i64_add(Fn *fn, Ref a, Ref b) { return ir_bin(fn, IR_ADD, a, b); }
static Ref i64_sub(Fn *fn, Ref a, Ref b) { return ir_bin(fn, IR_SUB, a, b); }
static Ref i64_mul(Fn *fn, Ref a, Ref b) { return ir_bin(fn, IR_MUL, a, b); }

/* As int64. What was made one of a float is made so again, by the instruction for one number, which an index is. */
static Ref int64_of(Fn *fn, Ref x)
{
    const Ins *in = ir_ins(fn, x);
    if (in->op == IR_CAST && in->ty->kind == TY_I64 && ty_is_float(ir_ty(fn, ir_arg(fn, x, 0))))
        return ir_trunc(fn, ir_arg(fn, x, 0));
    return ir_cast(fn, x, ty(TY_I64));
}

Ref index_int64(Fn *fn, Ref x)
{
    Ref i = int64_of(fn, x);
    return ir_ty(fn, x)->kind == TY_U64 ? ir_select(fn, ir_cmp(fn, IR_LT, i, ir_i64(fn, 0)), ir_i64(fn, INT64_MAX), i) : i;
}

Ref index_wrap(Fn *fn, Ref i, Ref extent, uint32_t axis)
{
    bool natural = ty_is_unsigned(ir_ty(fn, i));
    Ref written = int64_of(fn, i), at = written;
    int64_t c = 0;
    bool known = ir_is_int(fn, written, &c);
    if (natural && known && c < 0) {
        Ref words = ir_i64(fn, (int64_t)(intptr_t)"Python int too large to convert to C long");
        ir_check(fn, ir_bool(fn, false), DIAG_OVERFLOW, &words, 1);
    }
    natural |= known && c >= 0;
    if (!natural && known)
        at = i64_add(fn, written, extent);
    else if (!natural && fn->opt.boundscheck)
        return ir_emit_imm(fn, IR_INDEX, ty(TY_I64), (Ref[]){ written, extent }, 2, axis);
    else if (!natural)
        at = ir_select(fn, ir_cmp(fn, IR_LT, written, ir_i64(fn, 0)), i64_add(fn, written, extent), written);
    if (fn->opt.boundscheck) {
        Ref arg[3] = { index_int64(fn, i), ir_i64(fn, axis), extent };
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
    return index_int64(fn, x);
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

/* from:to with constants, both counted from their end: max(extent - margins, 0) elements, so that a[2:], a[1:-1] and
 * a[:-2] have one extent. REF_NONE: it is none of these. */
static Ref slice_of_margins(Fn *fn, Ref from, Ref to, Ref extent, Ref *start)
{
    int64_t a = 0, b = 0;
    Ref zero = ir_i64(fn, 0);
    bool first = ref_is_none(from) || (ir_is_int(fn, from, &a) && a >= 0);
    bool second = ref_is_none(to) || (ir_is_int(fn, to, &b) && b < 0);
    if (!first || !second || a > INT32_MAX || b < -INT32_MAX)
        return REF_NONE;
    if (a > 0)
        *start = ir_select(fn, ir_cmp(fn, IR_GT, from, extent), extent, from);
    Ref n = i64_sub(fn, extent, ir_i64(fn, a - b));
    return a == b ? extent : ir_select(fn, ir_cmp(fn, IR_GT, n, zero), n, zero);
}

Ref index_slice(Fn *fn, Ref slice, Ref extent, Ref *start, Ref *step)
{
    Ref from = slice_part(fn, slice, 0), to = slice_part(fn, slice, 1), by = slice_part(fn, slice, 2);
    Ref zero = ir_i64(fn, 0), one = ir_i64(fn, 1), minus = ir_i64(fn, -1);
    if (ref_is_none(by))
        by = one;
    int64_t c;
    bool known = ir_is_int(fn, by, &c) && c != 0;
    if (!known)
        ir_check(fn, ir_cmp(fn, IR_NE, by, zero), DIAG_SLICE_STEP, NULL, 0);
    Ref up = known ? ir_bool(fn, c > 0) : ir_cmp(fn, IR_GT, by, zero);
    *start = zero;
    *step = by;
    Ref part = known && c == 1 ? slice_of_margins(fn, from, to, extent, start) : REF_NONE;
    if (!ref_is_none(part))
        return part;
    Ref low = ir_select(fn, up, zero, minus);
    Ref high = ir_select(fn, up, extent, i64_sub(fn, extent, one));
    from = slice_bound(fn, from, ir_select(fn, up, zero, i64_sub(fn, extent, one)), extent, low, high);
    to = slice_bound(fn, to, ir_select(fn, up, extent, minus), extent, low, high);
    Ref span = ir_select(fn, up, i64_sub(fn, to, from), i64_sub(fn, from, to));
    Ref width = ir_select(fn, up, by, ir_un(fn, IR_NEG, by));
    Ref n = span;
    if (!(known && (c == 1 || c == -1)))
        n = i64_add(fn, ir_bin(fn, IR_DIV, i64_sub(fn, span, one), width), one);       /* whatever the step is, no sum wraps */
    *start = from;
    return ir_select(fn, ir_cmp(fn, IR_GT, span, zero), n, zero);
}

/* keys ---------------------------------------------------------------------------------------------------- */

static _Noreturn void bad_key(Fn *fn, Ref array, Ref key)
{
    fail(fn->unit, np_pos(fn), DIAG_NOT_INDEXABLE, ty_name(ir_ty(fn, array)), ty_name(ir_ty(fn, key)));
}

static bool sequence(Ty t) { return ty_is_sequence(t) || ty_is_array(t); }

/* One item of a subscript. Sequences become arrays, 0-d arrays what is in them. */
static Key key_of(Fn *fn, Ref array, Ref whole, Ref x)
{
    if (sequence(ir_ty(fn, x)))
        x = ew_as_array(fn, x);
    Ty t = ir_ty(fn, x);
    if (ty_is_array(t) && t->ndim == 0) {
        x = ir_load(fn, x, NULL);
        t = ir_ty(fn, x);
    }
    if (ty_is_array(t)) {
        int64_t c;
        bool empty = ir_is_int(fn, ir_extent(fn, x, 0), &c) && c == 0;      /* a[[]] */
        if (ty_is_float(t->elem) && empty)
            x = create_like(fn, x, ty(TY_I64), false);
        else if (!ty_is_int(t->elem) && !ty_is_bool(t->elem))
            fail(fn->unit, np_pos(fn), DIAG_INDEX_DTYPE, ty_name(t));
        return (Key){ ty_is_bool(t->elem) ? KEY_MASK : KEY_ARRAY, x };
    }
    switch (t->kind) {
    case TY_SLICE: return (Key){ KEY_SLICE, x };
    case TY_ELLIPSIS: return (Key){ KEY_ELLIPSIS, x };
    case TY_NONE: return (Key){ KEY_NEW, x };
    case TY_BOOL: return (Key){ KEY_BOOL, x };
    default:
        if (!ty_is_int(t))
            bad_key(fn, array, whole);
        return (Key){ KEY_INT, x };
    }
}

/* How many axes of the array a key is for. */
static uint32_t key_axes(Fn *fn, Key k)
{
    switch (k.kind) {
    case KEY_MASK: return ir_ty(fn, k.x)->ndim;
    case KEY_INT: case KEY_SLICE: case KEY_ARRAY: return 1;
    default: return 0;
    }
}

static Keys index_keys(Fn *fn, Ref array, Ref key)
{
    Ty t = ir_ty(fn, key), at = ir_ty(fn, array);
    Keys keys = { 0 };
    uint32_t n = t->kind == TY_TUPLE ? t->nitem : 1, used = 0, nellipsis = 0;
    if (n >= KEY_MAX)
        bad_key(fn, array, key);
    for (uint32_t j = 0; j < n; j++) {
        Key k = key_of(fn, array, key, t->kind == TY_TUPLE ? ir_item(fn, key, j) : key);
        used += key_axes(fn, k);
        nellipsis += k.kind == KEY_ELLIPSIS;
        keys.nint += k.kind == KEY_INT;
        keys.narray += k.kind >= KEY_ARRAY;
        keys.at[keys.n++] = k;
    }
    if (nellipsis > 1)
        fail(fn->unit, np_pos(fn), DIAG_ELLIPSES);
    if (used > at->ndim)
        fail(fn->unit, np_pos(fn), DIAG_TOO_MANY_INDICES, (int)at->ndim, (int)used);
    if (nellipsis == 0 && used < at->ndim)
        keys.at[keys.n++] = (Key){ KEY_ELLIPSIS, REF_NONE };
    keys.rest = at->ndim - used;
    return keys;
}

/* views --------------------------------------------------------------------------------------------------- */

/* axis: of the array, along which the view's next one runs by steps of `step`; -1: a new one. */
static void view_axis(View *v, Ref extent, Ref stride, int axis, Ref step)
{
    axes_need(v->fn, v->nd + 1, "the result");
    v->map.axis[v->nd] = axis;
    v->map.step[v->nd] = step;
    v->extent[v->nd] = extent;
    v->stride[v->nd++] = stride;
}

/* The layout stays C with integers, one slice of step 1, then whole axes; F: the same from the right. */
static void view_slice(View *v, Ref slice)
{
    Fn *fn = v->fn;
    Ref size = ir_extent(fn, v->array, v->axis), stride = ir_stride(fn, v->array, v->axis);
    Ref start = ir_i64(fn, 0), by = ir_i64(fn, 1), len = size;
    if (!ref_is_none(slice))
        len = index_slice(fn, slice, size, &start, &by);
    int64_t c, s;
    bool unit = ir_is_int(fn, by, &c) && c == 1, whole = unit && ref_eq(len, size) && ir_is_int(fn, start, &s) && s == 0;
    v->c_ok &= unit && (whole || !v->c_open);
    v->c_open = true;
    v->f_ok &= unit && v->f_open;
    v->f_open &= whole;
    if (!whole)
        v->ptr = ir_offset(fn, v->ptr, i64_mul(fn, start, stride));
    v->map.start[v->axis] = start;
    view_axis(v, len, unit ? stride : i64_mul(fn, by, stride), (int)v->axis, by);
    v->axis++;
}

static void view_int(View *v, Ref x)
{
    Fn *fn = v->fn;
    Ref i = index_wrap(fn, x, ir_extent(fn, v->array, v->axis), v->axis);
    v->ptr = ir_offset(fn, v->ptr, i64_mul(fn, i, ir_stride(fn, v->array, v->axis)));
    v->map.start[v->axis] = i;
    v->c_ok &= !v->c_open;
    v->f_open = false;
    v->axis++;
}

View index_view(Fn *fn, Ref array)
{
    Ty at = ir_ty(fn, array);
    return (View){ .fn = fn, .array = array, .ptr = ir_data(fn, array), .c_ok = at->order == ORDER_C,
                   .f_ok = at->order == ORDER_F, .f_open = true };
}

void index_view_key(View *v, Key k, uint32_t rest)
{
    switch (k.kind) {
    case KEY_INT: view_int(v, k.x); break;
    case KEY_SLICE: view_slice(v, k.x); break;
    case KEY_NEW: view_axis(v, ir_i64(v->fn, 1), ir_i64(v->fn, 0), -1, ir_i64(v->fn, 0)); break;
    case KEY_ELLIPSIS:
        for (uint32_t j = 0; j < rest; j++)
            view_slice(v, REF_NONE);
        break;
    default: view_slice(v, REF_NONE);       /* fancy.c picks from the whole axis */
    }
}

Ref index_view_end(View *v)
{
    Ty at = ir_ty(v->fn, v->array);
    Order order = v->nd == 0 || v->c_ok ? ORDER_C : v->f_ok ? (v->nd == 1 ? ORDER_C : ORDER_F) : ORDER_A;
    Ty vt = ty_array(v->fn->unit->types, at->elem, v->nd, order, at->readonly, NULL);
    return ir_view_object(v->fn, vt, v->array, v->ptr, v->extent, order == ORDER_A ? v->stride : NULL, &v->map);
}

static Ref view_of(Fn *fn, Ref array, const Keys *keys)
{
    View v = index_view(fn, array);
    for (uint32_t k = 0; k < keys->n; k++)
        index_view_key(&v, keys->at[k], keys->rest);
    return index_view_end(&v);
}

/* get, set ------------------------------------------------------------------------------------------------ */

/* Integers for every axis, and nothing else: index[]. */
static bool element(Fn *fn, Ref array, const Keys *keys, Ref *index)
{
    if (keys->nint != keys->n || keys->rest > 0)
        return false;
    for (uint32_t k = 0; k < keys->n; k++)
        index[k] = index_wrap(fn, keys->at[k].x, ir_extent(fn, array, k), k);
    return true;
}

Ref index_get(Fn *fn, Ref array, Ref key)
{
    Keys keys = index_keys(fn, array, key);
    Ref index[KEY_MAX];
    if (keys.narray > 0)
        return fancy_get(fn, array, &keys);
    return element(fn, array, &keys, index) ? ir_load(fn, array, index) : view_of(fn, array, &keys);
}

/* The array itself where the view is all of it (a[:]). */
static Ref or_whole(Fn *fn, Ref array, Ref view)
{
    Ty t = ir_ty(fn, view);
    ViewMap map;
    bool whole = t == ir_ty(fn, array) && ir_view_map(fn, view, &map) && ref_eq(ir_arg(fn, view, 0), array);
    for (uint32_t k = 0; whole && k < t->ndim; k++) {
        int64_t start, step;
        whole = map.axis[k] == (int)k && ir_is_int(fn, map.start[k], &start) && start == 0 && ir_is_int(fn, map.step[k], &step) && step == 1
             && ref_eq(ir_extent(fn, view, k), ir_extent(fn, array, k));
    }
    return whole ? array : view;
}

void index_set(Fn *fn, Ref array, Ref key, Ref value)
{
    Ty at = ir_ty(fn, array);
    np_need_writable(fn, array, "assignment destination");
    Keys keys = index_keys(fn, array, key);
    Ref index[KEY_MAX];
    if (keys.narray > 0) {
        fancy_set(fn, array, &keys, value);
        return;
    }
    if (!element(fn, array, &keys, index)) {
        Ref view = view_of(fn, array, &keys);
        if (!ref_eq(view, value))                           /* a[:] += 1 */
            ew_assign(fn, or_whole(fn, array, view), value);
        return;
    }
    if (ty_is_array(ir_ty(fn, value)) && ir_ty(fn, value)->ndim == 0)
        value = ir_load(fn, value, NULL);
    Ty vt = ir_ty(fn, value);
    if (!ty_is_scalar(vt) || (ty_is_complex(vt) && !ty_is_complex(at->elem)))
        fail(fn->unit, np_pos(fn), DIAG_NO_SETITEM, ty_name(at), ty_name(ir_ty(fn, key)), ty_name(vt));
    np_check_int(fn, value, at->elem);
    ir_store(fn, array, ir_cast(fn, value, at->elem), index);
}
