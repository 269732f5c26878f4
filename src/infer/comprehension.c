/* comprehension.c: list comprehensions and generator expressions.
 *
 * Calling a comprehension's function on its first iterable gives a value (TY_COMPREHENSION: function, iterable) where one
 * call consumes it at once; that call runs the function compiled as a fold: what it yields or appends goes into an
 * accumulated value, a parameter and the result; its last parameter is what each step is given besides (an array to fill).
 * Any other list comprehension is a list display, which needs a known number of values. */
#include "infer/infer.h"

static Func *func_of(Fn *fn, Ty comp)
{
    Func *f = driver_inner(fn->unit->driver, comp->item[0]->object);
    driver_prepare(fn->unit->driver, f, fn->unit);
    return f;
}

static Func *fold_of(Fn *fn, Ty comp, Fold mode)
{
    Func *f = driver_fold(fn->unit->driver, func_of(fn, comp), mode);
    driver_prepare(fn->unit->driver, f, fn->unit);
    return f;
}

bool infer_is_comprehension(Fn *fn, Ty callee)
{
    if (callee->kind != TY_CLOSURE)
        return false;
    Func *f = driver_inner(fn->unit->driver, callee->object);
    driver_prepare(fn->unit->driver, f, fn->unit);
    return f->decoded->comprehension && (f->decoded->generator || !strcmp(f->decoded->name, "<listcomp>"));
}

Ref infer_comprehension(Fn *fn, Ref closure, Ref source, bool consumed)
{
    Ref pair[2] = { closure, np_iter_start(fn, source) };
    Ref comp = np_aggregate(fn, TY_COMPREHENSION, pair, 2);
    if (consumed)
        return comp;
    if (func_of(fn, ir_ty(fn, comp))->decoded->generator)
        fail(fn->unit, np_pos(fn), DIAG_CONSTRUCT, "a generator", "a generator expression is compiled where one call consumes it");
    return infer_list_of(fn, comp);
}

Ref infer_fold(Fn *fn, Ref comp, Fold mode, Ref init) { return infer_fold_with(fn, comp, mode, init, ir_none(fn)); }

Ref infer_fold_with(Fn *fn, Ref comp, Fold mode, Ref init, Ref constant)
{
    Ty t = ir_ty(fn, comp);
    Ref closure = ir_item(fn, comp, 0), *arg = arena_new_n(fn->unit->arena, Ref, t->item[0]->nitem + 4);
    uint32_t n = 0;
    while (n < t->item[0]->nitem) {
        arg[n] = ir_item(fn, closure, n);
        n++;
    }
    arg[n++] = ir_item(fn, comp, 1);
    arg[n++] = init;
    arg[n++] = constant;
    return infer_call_complete(fn, fold_of(fn, t, mode), arg, n);
}

/* A display where its loop is written out; else numbers in a vector. */
Ref infer_list_of(Fn *fn, Ref comp)
{
    uint32_t n;
    bool written_out = np_iter_static(ir_ty(fn, ir_item(fn, comp, 1)), true, &n);
    Ref numbers = written_out ? REF_NONE : numbers_of_iterable(fn, comp);
    return ref_is_none(numbers) ? infer_fold(fn, comp, FOLD_LIST, np_aggregate(fn, TY_LIST, NULL, 0)) : numbers;
}

Ref infer_list_given(Fn *fn, Ref x)
{
    uint32_t n;
    if (ir_ty(fn, x)->kind != TY_COMPREHENSION || infer_is_generator(fn, ir_ty(fn, x)))
        return x;
    if (np_iter_static(ir_ty(fn, ir_item(fn, x, 1)), true, &n))
        return infer_list_of(fn, x);
    Ref numbers = numbers_of_iterable(fn, x);
    return ref_is_none(numbers) ? x : numbers;
}

/* The last value: its type is that of all. */
Ty infer_fold_type(Fn *fn, Ty comp)
{
    uint32_t n = comp->item[0]->nitem;
    Ty *arg = arena_new_n(fn->unit->arena, Ty, n + 3);
    for (uint32_t k = 0; k < n; k++)
        arg[k] = comp->item[0]->item[k];
    arg[n] = comp->item[1];
    arg[n + 1] = ty(TY_UNBOUND);
    arg[n + 2] = ty(TY_NONE);
    Ty r = infer_return_type(fn, fold_of(fn, comp, FOLD_LAST), arg, n + 3);
    return r->kind == TY_MAYBE ? r->elem : r->kind == TY_NEVER ? ty(TY_NONE) : r;
}

bool infer_one_each(Fn *fn, Ty comp) { return func_of(fn, comp)->ssa->one_each; }
bool infer_is_generator(Fn *fn, Ty comp) { return func_of(fn, comp)->decoded->generator; }
