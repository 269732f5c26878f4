/* range.c: slices and methods of ranges. */
#include "np/np_build.h"

static Ref part(Fn *fn, Ref r, uint32_t k) { return ir_cast(fn, ir_item(fn, r, k), ty(TY_I64)); }

/* r[a:b:c]: equal to Python's; its stop is the one that ends it just so. */
Ref range_slice(Fn *fn, Ref r, Ref slice)
{
    Ref from, step, n = index_slice(fn, slice, np_range_len(fn, r), &from, &step);
    Ref by = part(fn, r, 2), each = ir_bin(fn, IR_MUL, step, by);
    Ref first = ir_bin(fn, IR_ADD, part(fn, r, 0), ir_bin(fn, IR_MUL, from, by));
    Ref x[3] = { np_pyint(fn, first), np_pyint(fn, ir_bin(fn, IR_ADD, first, ir_bin(fn, IR_MUL, n, each))), np_pyint(fn, each) };
    return np_aggregate(fn, TY_RANGE, x, 3);
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
