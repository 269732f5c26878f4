/* iterator.c: iter() and next(): an iterable with the number of values that were taken of it. That stands in an array, so all
 * who have the iterator see it move. */
#include "np/np_build.h"

Ref bi_iter(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    if (ir_ty(fn, arg[0])->kind == TY_ITERATOR)
        return arg[0];
    Ref x[2] = { np_iter_start(fn, arg[0]) };
    x[1] = ir_new(fn, ty_array(fn->unit->types, ty(TY_I64), 0, ORDER_C, false, NULL), NULL, true);
    return np_aggregate(fn, TY_ITERATOR, x, 2);
}

static Ref taken(Fn *fn, Ref it) { return ir_load(fn, ir_item(fn, it, 1), NULL); }

Ref np_iterator_more(Fn *fn, Ref it)
{
    return ir_cmp(fn, IR_LT, taken(fn, it), np_iter_count(fn, ir_item(fn, it, 0)));
}

Ref np_iterator_take(Fn *fn, Ref it)
{
    Ref i = taken(fn, it);
    ir_store(fn, ir_item(fn, it, 1), ir_bin(fn, IR_ADD, i, ir_i64(fn, 1)), NULL);
    return np_iter_value(fn, ir_item(fn, it, 0), i);
}

/* The next value or, at the end, otherwise: as one type. */
static Ref next_or(Fn *fn, Ref it, Ref otherwise)
{
    IrIf s = ir_if(fn, np_iterator_more(fn, it));
    Ref v = np_iterator_take(fn, it);
    Ty t = promote_join(fn->unit->types, ir_ty(fn, v), ir_ty(fn, otherwise));
    if (!t)
        fail(fn->unit, np_pos(fn), DIAG_UNIFY, "for the result of next()", ty_name(ir_ty(fn, v)), ty_name(ir_ty(fn, otherwise)));
    v = np_convert(fn, v, t);
    ir_else(fn, &s);
    otherwise = np_convert(fn, otherwise, t);
    return ir_endif(fn, &s, v, otherwise);
}

Ref bi_next(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    if (ir_ty(fn, arg[0])->kind != TY_ITERATOR)
        np_bad_arg(fn, row, "what iter() gives", arg[0]);
    if (!ref_is_none(arg[1]))
        return next_or(fn, arg[0], arg[1]);
    ir_check(fn, np_iterator_more(fn, arg[0]), DIAG_STOP, NULL, 0);
    return np_iterator_take(fn, arg[0]);
}
