/* range.c: slices and methods of ranges, and arrays of their numbers. */
#include "np/np_build.h"

static Ref part(Fn *fn, Ref r, uint32_t k) { return ir_cast(fn, ir_item(fn, r, k), ty(TY_I64)); }

static void check_int64(Fn *fn, Ref wrong)
{
    Ref words = ir_i64(fn, (int64_t)(intptr_t)"Python int too large to convert to C long");
    ir_check(fn, ir_un(fn, IR_NOT, wrong), DIAG_OVERFLOW, &words, 1);
}

/* step * by; where int64 does not hold it, and no two of the n values need it, 1 or -1. */
static Ref step_of(Fn *fn, Ref step, Ref by, Ref n)
{
    Ty f = ty(TY_F64);
    Ref size = ir_bin(fn, IR_MUL, ir_cast(fn, step, f), ir_cast(fn, by, f)), up = ir_cmp(fn, IR_GT, size, ir_float(fn, f, 0));
    Ref over = ir_cmp(fn, IR_GE, ir_math1(fn, MATH_FABS, size), ir_float(fn, f, 0x1p63));
    check_int64(fn, ir_bin(fn, IR_AND, over, ir_cmp(fn, IR_GT, n, ir_i64(fn, 1))));
    return ir_select(fn, over, ir_select(fn, up, ir_i64(fn, 1), ir_i64(fn, -1)), ir_bin(fn, IR_MUL, step, by));
}

/* Where n values from first on end: one step behind the last, or where that is no int64, right behind it. */
static Ref stop_of(Fn *fn, Ref first, Ref n, Ref each)
{
    Ref zero = ir_i64(fn, 0), one = ir_i64(fn, 1), up = ir_cmp(fn, IR_GT, each, zero);
    Ref last = ir_bin(fn, IR_ADD, first, ir_bin(fn, IR_MUL, ir_bin(fn, IR_SUB, n, one), each)), stop = ir_bin(fn, IR_ADD, last, each);
    Ref wraps = ir_select(fn, up, ir_cmp(fn, IR_LT, stop, last), ir_cmp(fn, IR_GT, stop, last));
    wraps = ir_bin(fn, IR_AND, wraps, ir_cmp(fn, IR_GT, n, zero));
    Ref end = ir_select(fn, up, ir_i64(fn, INT64_MAX), ir_i64(fn, INT64_MIN));
    check_int64(fn, ir_bin(fn, IR_AND, wraps, ir_cmp(fn, IR_EQ, last, end)));
    return ir_select(fn, wraps, ir_bin(fn, IR_ADD, last, ir_select(fn, up, one, ir_i64(fn, -1))), stop);
}

/* r[a:b:c]: of the same values as Python's; its stop is the one that ends it just so, if int64 holds that. */
Ref range_slice(Fn *fn, Ref r, Ref slice)
{
    Ref from, step, n = index_slice(fn, slice, np_range_len(fn, r), &from, &step), by = part(fn, r, 2);
    Ref each = step_of(fn, step, by, n), first = ir_bin(fn, IR_ADD, part(fn, r, 0), ir_bin(fn, IR_MUL, from, by));
    Ref x[3] = { np_pyint(fn, first), np_pyint(fn, stop_of(fn, first, n, each)), np_pyint(fn, each) };
    return np_aggregate(fn, TY_RANGE, x, 3);
}

Ref range_array(Fn *fn, Ref r)
{
    Ref n = np_range_len(fn, r), a = ir_new(fn, ty_array(fn->unit->types, ty(TY_I64), 1, ORDER_C, false, NULL), &n, false);
    NestBuild nb = nest_begin(fn, &n, 1, 0);
    Ref from = nest_use(&nb, part(fn, r, 0)), by = nest_use(&nb, part(fn, r, 2));
    Ref x = ir_bin(nb.body, IR_ADD, from, ir_bin(nb.body, IR_MUL, nb.index[0], by));
    ir_store(nb.body, nest_use(&nb, a), x, nb.index);
    nest_end(&nb, NULL, 0);
    return a;
}

Ref method_range_count(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    return np_pyint(fn, np_in(fn, arg[1], arg[0]));
}

Ref method_range_index(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    if (!np_is_intlike(ir_ty(fn, arg[1])))
        np_bad_arg(fn, row, "an int", arg[1]);
    Ref x = ir_cast(fn, arg[1], ty(TY_I64));
    ir_check(fn, np_in(fn, arg[1], arg[0]), DIAG_NOT_IN_RANGE, &x, 1);
    return np_pyint(fn, ir_bin(fn, IR_DIV, ir_bin(fn, IR_SUB, x, part(fn, arg[0], 0)), part(fn, arg[0], 2)));
}
