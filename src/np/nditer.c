/* nditer.c: np.nditer: the elements of arrays that are broadcast together, each as an array without axes, in the order in
 * which they lie in memory. An NDITER value holds the arrays with axes and directions as they are iterated: C order. */
#include "np/np_build.h"

/* The operands over one space. */
typedef struct Iter { Fn *fn; uint32_t n, nd; Strided *s; bool *readonly; } Iter;

static Ref magnitude(Fn *fn, Ref x) { return ir_select(fn, ir_cmp(fn, IR_LT, x, ir_i64(fn, 0)), ir_un(fn, IR_NEG, x), x); }

/* Does axis j belong outside of axis i, which is outside of it now?  NumPy's rule: an operand that moves along both says so; where
 * two disagree they stay. */
static Ref belongs_outside(Iter *it, uint32_t i, uint32_t j)
{
    Fn *fn = it->fn;
    Ref swap = ir_bool(fn, false), keep = ir_bool(fn, false), zero = ir_i64(fn, 0);
    for (uint32_t k = 0; k < it->n; k++) {
        Ref a = magnitude(fn, it->s[k].stride[i]), b = magnitude(fn, it->s[k].stride[j]);
        Ref both = ir_bin(fn, IR_AND, ir_cmp(fn, IR_NE, a, zero), ir_cmp(fn, IR_NE, b, zero));
        swap = ir_bin(fn, IR_OR, swap, ir_bin(fn, IR_AND, both, ir_cmp(fn, IR_LT, a, b)));
        keep = ir_bin(fn, IR_OR, keep, ir_bin(fn, IR_AND, both, ir_cmp(fn, IR_GE, a, b)));
    }
    return ir_bin(fn, IR_AND, swap, ir_un(fn, IR_NOT, keep));
}

static void exchange(Fn *fn, Ref when, Ref *x, Ref *y)
{
    Ref a = ir_select(fn, when, *y, *x), b = ir_select(fn, when, *x, *y);
    *x = a;
    *y = b;
}

/* Bubble sort: the axis with the smallest steps becomes the innermost. */
static void sort_axes(Iter *it)
{
    for (uint32_t end = it->nd; end > 1; end--)
        for (uint32_t i = 0; i + 1 < end; i++) {
            Ref when = belongs_outside(it, i, i + 1);
            for (uint32_t k = 0; k < it->n; k++) {
                exchange(it->fn, when, &it->s[k].extent[i], &it->s[k].extent[i + 1]);
                exchange(it->fn, when, &it->s[k].stride[i], &it->s[k].stride[i + 1]);
            }
        }
}

/* Axes along which no operand goes up and one goes down are walked the other way. */
static void turn_axes(Iter *it)
{
    Fn *fn = it->fn;
    Ref zero = ir_i64(fn, 0);
    for (uint32_t j = 0; j < it->nd; j++) {
        Ref up = ir_bool(fn, false), down = up;
        for (uint32_t k = 0; k < it->n; k++) {
            up = ir_bin(fn, IR_OR, up, ir_cmp(fn, IR_GT, it->s[k].stride[j], zero));
            down = ir_bin(fn, IR_OR, down, ir_cmp(fn, IR_LT, it->s[k].stride[j], zero));
        }
        Ref turn = ir_bin(fn, IR_AND, down, ir_un(fn, IR_NOT, up));
        for (uint32_t k = 0; k < it->n; k++) {
            Strided *s = &it->s[k];
            Ref last = ir_bin(fn, IR_MUL, ir_bin(fn, IR_SUB, s->extent[j], ir_i64(fn, 1)), s->stride[j]);
            s->ptr = ir_offset(fn, s->ptr, ir_select(fn, turn, last, zero));
            s->stride[j] = ir_select(fn, turn, ir_un(fn, IR_NEG, s->stride[j]), s->stride[j]);
        }
    }
}

/* order= other than K: F is C with the axes the other way round. */
static void reverse_axes(Iter *it)
{
    for (uint32_t k = 0; k < it->n; k++)
        for (uint32_t i = 0, j = it->nd; i + 1 < j--; i++) {
            Strided *s = &it->s[k];
            Ref e = s->extent[i], t = s->stride[i];
            s->extent[i] = s->extent[j], s->stride[i] = s->stride[j];
            s->extent[j] = e, s->stride[j] = t;
        }
}

static const char *const bad_flags = "op_flags are compiled where they are constant: [\"readonly\"], [\"readwrite\"] or [\"writeonly\"], one list or one for each operand";

/* One operand's flags: may it be written? */
static bool writes(Fn *fn, const NpRow *row, Ref flags)
{
    uint32_t n = 1;
    Ref *x = ty_is_items(ir_ty(fn, flags)) ? np_items(fn, flags, &n) : &flags;
    bool w = false;
    for (uint32_t k = 0; k < n; k++) {
        const char *s = np_text(fn, x[k]);
        if (!s || (strcmp(s, "readonly") && strcmp(s, "readwrite") && strcmp(s, "writeonly")))
            fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, bad_flags);
        w |= strcmp(s, "readonly") != 0;
    }
    return w;
}

static void read_flags(Iter *it, const NpRow *row, Ref flags)
{
    Fn *fn = it->fn;
    bool given = !np_absent(fn, flags) && ty_is_items(ir_ty(fn, flags)) && ir_ty(fn, flags)->nitem > 0;
    bool each = given && ty_is_items(ir_ty(fn, ir_item(fn, flags, 0)));
    if (!np_absent(fn, flags) && (!given || (each && ir_ty(fn, flags)->nitem != it->n)))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, bad_flags);
    for (uint32_t k = 0; k < it->n; k++) {
        it->readonly[k] = !given || !writes(fn, row, each ? ir_item(fn, flags, k) : flags);
        if (!it->readonly[k])
            np_need_writable(fn, it->s[k].array, "operand array with iterator write flag set");
    }
}

/* One operand in C order is walked as it lies: nothing to find out when it runs. */
static bool in_c_order(const Iter *it, char order)
{
    Ty t = ir_ty(it->fn, it->s[0].array);
    return it->n == 1 && order != 'F' && t->order == ORDER_C;
}

/* op, flags=, op_flags=, op_dtypes=, order= */
Ref bi_nditer(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Iter it = { .fn = fn, .n = 1 };
    bool many = ty_is_items(ir_ty(fn, arg[0]));
    Ref one = arg[0], *x = many ? np_items(fn, one, &it.n) : &one, extent[NDIM_MAX];
    const char *order = np_absent(fn, arg[4]) ? "K" : np_text(fn, arg[4]);
    if (!order || !strchr("KCFA", *order) || it.n == 0)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, it.n ? "order must be one of 'C', 'F', 'A', 'K', and constant" : "at least one array is needed");
    if (!np_absent(fn, arg[1]) || !np_absent(fn, arg[3]))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "flags= and op_dtypes= are not compiled");
    it.s = arena_new_n(fn->unit->arena, Strided, it.n);
    it.readonly = arena_new_n(fn->unit->arena, bool, it.n);
    for (uint32_t k = 0; k < it.n; k++)
        x[k] = ew_as_array(fn, x[k]);
    it.nd = ew_broadcast(fn, x, it.n, extent);
    for (uint32_t k = 0; k < it.nd; k++) {
        Ref text = ir_i64(fn, (int64_t)(intptr_t)"Iteration of zero-sized operands is not enabled");
        ir_check(fn, ir_cmp(fn, IR_NE, extent[k], ir_i64(fn, 0)), DIAG_VALUE, &text, 1);
    }
    for (uint32_t k = 0; k < it.n; k++)
        it.s[k] = strided_of(fn, ew_broadcast_to(fn, x[k], extent, it.nd, DIAG_BROADCAST));
    read_flags(&it, row, arg[2]);
    bool c = in_c_order(&it, *order);
    if (!c && *order == 'F')
        reverse_axes(&it);
    if (!c && (*order == 'K' || *order == 'A')) {
        sort_axes(&it);
        turn_axes(&it);
    }
    for (uint32_t k = 0; k < it.n; k++)
        x[k] = strided_view(fn, &it.s[k], ir_ty(fn, it.s[k].array)->elem, c ? ORDER_C : ORDER_A, it.readonly[k]);
    return np_aggregate(fn, TY_NDITER, x, it.n);
}

/* What the i-th step gives: an array without axes, or a tuple of them. */
Ref nditer_value(Fn *fn, Ref iter, Ref i)
{
    uint32_t n = ir_ty(fn, iter)->nitem;
    Ref *x = arena_new_n(fn->unit->arena, Ref, n), index[NDIM_MAX];
    np_unravel(fn, i, ir_item(fn, iter, 0), index);
    for (uint32_t k = 0; k < n; k++) {
        Strided s = strided_of(fn, ir_item(fn, iter, k));
        for (uint32_t j = 0; j < s.nd; j++)
            s.ptr = ir_offset(fn, s.ptr, ir_bin(fn, IR_MUL, index[j], s.stride[j]));
        s.nd = 0;
        x[k] = strided_view(fn, &s, ir_ty(fn, s.array)->elem, ORDER_C, false);
    }
    return n == 1 ? x[0] : np_aggregate(fn, TY_TUPLE, x, n);
}
