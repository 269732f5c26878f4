/* order.c: list() and sorted(): of values whose number is known a display, of other numbers a list in a vector (numbers.c). */
#include "np/np_build.h"

enum { SORT_MAX = 32 };

/* The values of an iterable of known length; a comprehension is run. */
static Ref *known_values(Fn *fn, Ref source, uint32_t max, uint32_t *n)
{
    Ref *x;
    if (ir_ty(fn, source)->kind == TY_COMPREHENSION)
        source = infer_list_of(fn, source);
    if (!np_is_iterable(ir_ty(fn, source)))
        fail(fn->unit, np_pos(fn), DIAG_NOT_ITERABLE, ty_name(ir_ty(fn, source)));
    if (!np_iter_values(fn, source, max, &x, n))
        fail(fn->unit, np_pos(fn), DIAG_LIST_LENGTH);
    return x;
}

/* The values of an iterable whose number is known when it runs, where they are numbers; else none. */
static Ref numbers(Fn *fn, Ref source, uint32_t max)
{
    uint32_t m;
    Ref *x;
    if (ir_ty(fn, source)->kind == TY_COMPREHENSION)
        source = infer_list_of(fn, source);
    if (ir_ty(fn, source)->kind == TY_NUMBERS && !np_loop_number(ir_ty(fn, source)))
        fail(fn->unit, np_pos(fn), DIAG_LIST_LENGTH);
    if (ir_ty(fn, source)->kind == TY_NUMBERS)
        return source;
    source = np_iter_start(fn, source);
    return np_iter_values(fn, source, max, &x, &m) ? REF_NONE : numbers_of_iterable(fn, source);
}

Ref bi_list(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m = 0;
    Ref list = ref_is_none(arg[0]) ? REF_NONE : numbers(fn, arg[0], NITEM_MAX);
    if (!ref_is_none(list))
        return list;
    Ref *x = ref_is_none(arg[0]) ? NULL : known_values(fn, arg[0], NITEM_MAX, &m);
    return np_aggregate(fn, TY_LIST, x, m);
}

/* Exchanges x and y where not in order; equal ones stay, so the sort is stable. */
static void exchange(Fn *fn, Ref swap, Ref *x, Ref *y)
{
    Ref a = *x, b = *y;
    *x = ir_select(fn, swap, b, a);
    *y = ir_select(fn, swap, a, b);
}

/* list: of numbers; by NumPy's sorts. */
static Ref sorted_numbers(Fn *fn, Ref list, Ref key, Ref reverse)
{
    bool plain = np_absent(fn, key);
    Ref x[3] = { numbers_vector(fn, list), ref_is_none(reverse) ? ir_bool(fn, false) : reverse, key };
    Ref vector = infer_call_lib(fn, "sequences", plain ? "sorted_vector" : "sorted_by", x, plain ? 2 : 3, NULL, 0);
    return ref_is_none(vector) ? vector : numbers_of(fn, vector, numbers_item(ir_ty(fn, list)));
}

/* Neighbours are exchanged: all that is compared is known to the compiler. */
Ref bi_sorted(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m;
    int64_t down = 0;
    Ref list = numbers(fn, arg[0], SORT_MAX);
    if (!ref_is_none(list))
        return sorted_numbers(fn, list, arg[1], arg[2]);
    Ref *x = known_values(fn, arg[0], SORT_MAX, &m), *key = arena_new_n(fn->unit->arena, Ref, m + 1);
    if (!ref_is_none(arg[2]) && !ir_is_int(fn, arg[2], &down))
        np_bad_arg(fn, row, "a constant where it is reverse", arg[2]);
    for (uint32_t k = 0; k < m; k++) {
        if (ir_ty(fn, x[k]) != ir_ty(fn, x[0]))
            np_bad_arg(fn, row, "of values of one type", arg[0]);
        key[k] = np_absent(fn, arg[1]) ? x[k] : infer_call(fn, arg[1], &x[k], 1);
        if (ref_is_none(key[k]))
            return REF_NONE;
    }
    for (uint32_t end = m; end > 1; end--)
        for (uint32_t k = 0; k + 1 < end; k++) {
            Ref swap = np_truth(fn, np_compare(fn, down ? CMP_GT : CMP_LT, key[k + 1], key[k]));
            exchange(fn, swap, &x[k], &x[k + 1]);
            exchange(fn, swap, &key[k], &key[k + 1]);
        }
    return np_aggregate(fn, TY_LIST, x, m);
}
