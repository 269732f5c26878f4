/* convert.c: a value as another type: an assignment, a phi operand, a return. */
#include "np/np_build.h"

static bool scalars(Ty a, Ty b) { return ty_is_scalar(a) && ty_is_scalar(b) && a->kind != TY_PTR && b->kind != TY_PTR; }

static bool array_fits(Ty from, Ty to)
{
    if (from->elem != to->elem || from->ndim != to->ndim || (from->readonly && !to->readonly))
        return false;
    if (to->order != ORDER_A && to->order != from->order)
        return false;
    return !to->extent || (from->extent && memcmp(from->extent, to->extent, sizeof *to->extent * to->ndim) == 0);
}

static bool can_convert(Ty from, Ty to);

/* Where a callable stands in a choice; 0: it is not there. */
static uint32_t place_in(Ty choice, Ty x)
{
    for (uint32_t k = 1; k < choice->nitem; k++)
        if (choice->item[k] == x || ((x->kind == TY_CLOSURE || x->kind == TY_FORMAT) && choice->item[k]->kind == x->kind && can_convert(x, choice->item[k])))
            return k;
    return 0;
}

static bool choice_fits(Ty from, Ty to)
{
    if (from->kind != TY_CHOICE)
        return place_in(to, from) > 0;
    for (uint32_t k = 1; k < from->nitem; k++)
        if (!place_in(to, from->item[k]))
            return false;
    return true;
}

static bool can_convert(Ty from, Ty to)
{
    if (from == to)
        return true;
    if (scalars(from, to))
        return !ty_is_complex(from) || ty_is_complex(to);
    if (to->kind == TY_OPTIONAL)
        return from->kind == TY_NONE || can_convert(from->kind == TY_OPTIONAL ? from->elem : from, to->elem);
    if (to->kind == TY_MAYBE)
        return from->kind == TY_UNBOUND || can_convert(from->kind == TY_MAYBE ? from->elem : from, to->elem);
    if (to->kind == TY_CHOICE)
        return choice_fits(from, to);
    if (to->kind == TY_NUMBERS && ty_is_list(from)) {
        Ty item = promote_list_item(from);
        return item && (item->kind == TY_NONE || ty_strong(item) == ty_strong(numbers_item(to)));
    }
    if (from->kind == TY_OPTIONAL || from->kind != to->kind)
        return false;
    if (ty_is_array(to))
        return array_fits(from, to);
    if (!ty_is_aggregate(to) || from->nitem != to->nitem || (from->object != to->object && to->object))
        return false;
    for (uint32_t k = 0; k < to->nitem; k++)
        if (!can_convert(from->item[k], to->item[k]))
            return false;
    return true;
}

static Ref convert_array(Fn *fn, Ref a, Ty to)
{
    Ref extent[NDIM_MAX], stride[NDIM_MAX];
    if (ir_ty(fn, a)->nparts == to->nparts)
        return ir_retype(fn, a, to);
    for (uint32_t k = 0; k < to->ndim; k++) {
        extent[k] = ir_extent(fn, a, k);
        stride[k] = ir_stride(fn, a, k);
    }
    ViewMap map = ir_whole_map(fn, to->ndim);
    return ir_view(fn, to, a, ir_data(fn, a), extent, stride, &map);
}

static Ref convert_items(Fn *fn, Ref a, Ty to)
{
    Ref *x = arena_new_n(fn->unit->arena, Ref, to->nitem + 1);
    for (uint32_t k = 0; k < to->nitem; k++)
        x[k] = np_convert(fn, ir_item(fn, a, k), to->item[k]);
    return ir_tuple(fn, to, x, to->nitem);
}

/* A callable, or a choice of fewer, as one of those of to. */
static Ref convert_callable(Fn *fn, Ref a, Ty to)
{
    Ty from = ir_ty(fn, a);
    uint32_t n = from->kind == TY_CHOICE ? from->nitem : 2;
    Ref *x = arena_new_n(fn->unit->arena, Ref, to->nitem), tag = from->kind == TY_CHOICE ? ir_item(fn, a, 0) : REF_NONE;
    for (uint32_t k = 1; k < to->nitem; k++)
        x[k] = to->item[k]->nparts ? ir_undef(fn, to->item[k]) : ir_constant(fn, to->item[k], NULL);
    for (uint32_t k = 1; k < n; k++) {
        Ref item = from->kind == TY_CHOICE ? ir_item(fn, a, k) : a, was = ir_i64(fn, k);
        uint32_t at = place_in(to, ir_ty(fn, item));
        x[at] = np_convert(fn, item, to->item[at]);
        Ref now = ir_i64(fn, at);
        x[0] = ref_is_none(x[0]) ? now : ir_select(fn, ir_cmp(fn, IR_EQ, tag, was), now, x[0]);
    }
    return ir_tuple(fn, to, x, to->nitem);
}

Ref np_choice_is(Fn *fn, Ref a, Ref b)
{
    Ty x = ir_ty(fn, a), y = ir_ty(fn, b);
    if (x->kind != TY_CHOICE)
        return np_choice_is(fn, b, a);
    if (y->kind != TY_CHOICE)
        return ir_cmp(fn, IR_EQ, ir_item(fn, a, 0), ir_i64(fn, place_in(x, y)));
    Ty both = promote_join(fn->unit->types, x, y);
    if (!both)
        return ir_bool(fn, false);
    return ir_cmp(fn, IR_EQ, ir_item(fn, np_convert(fn, a, both), 0), ir_item(fn, np_convert(fn, b, both), 0));
}

/* Optional or maybe: absent stays absent. */
static Ref convert_wrapped(Fn *fn, Ref a, Ty to)
{
    Ty from = ir_ty(fn, a);
    if (from->kind != to->kind)
        return from->kind == TY_NONE || from->kind == TY_UNBOUND ? ir_nothing(fn, to) : ir_some(fn, to, np_convert(fn, a, to->elem));
    IrIf s = ir_if(fn, ir_has(fn, a));
    Ref some = ir_some(fn, to, np_convert(fn, ir_unwrap(fn, a), to->elem));
    ir_else(fn, &s);
    return ir_endif(fn, &s, some, ir_nothing(fn, to));
}

Ref np_convert(Fn *fn, Ref a, Ty to)
{
    Ty from = ir_ty(fn, a);
    if (from == to)
        return a;
    if (from->kind == TY_OPTIONAL && to->kind != TY_OPTIONAL && to->kind != TY_MAYBE) {
        Ref text = ir_i64(fn, (int64_t)(intptr_t)"a value is needed");
        ir_check(fn, ir_has(fn, a), DIAG_NONE_VALUE, &text, 1);
        return np_convert(fn, ir_unwrap(fn, a), to);
    }
    if (!can_convert(from, to))
        fail(fn->unit, np_pos(fn), DIAG_CAST, ty_name(from), ty_name(to));
    if (to->kind == TY_OPTIONAL && from->kind == TY_NONE)
        return ir_nothing(fn, to);
    if (to->kind == TY_OPTIONAL || to->kind == TY_MAYBE)
        return convert_wrapped(fn, a, to);
    if (scalars(from, to))
        return ir_cast(fn, a, to);
    if (to->kind == TY_CHOICE)
        return convert_callable(fn, a, to);
    if (to->kind == TY_NUMBERS)
        return numbers_as(fn, a, to);
    return ty_is_array(to) ? convert_array(fn, a, to) : convert_items(fn, a, to);
}

Ref np_int_fits(Fn *fn, Ref x, Ty t)
{
    if (t->kind == TY_U64)
        return ir_cmp(fn, IR_GE, x, ir_i64(fn, 0));
    return ir_cmp(fn, IR_EQ, ir_cast(fn, ir_cast(fn, x, t), ty(TY_I64)), x);
}

void np_check_int(Fn *fn, Ref x, Ty t)
{
    Ty of = ir_ty(fn, x);
    for (uint32_t k = 0; ty_is_items(of) && k < of->nitem; k++)
        np_check_int(fn, ir_item(fn, x, k), t);
    if (of->kind == TY_NUMBERS && of->item[0]->ndim == 1 && numbers_item(of)->kind == TY_PYINT && ty_is_int(t) && t->kind != TY_I64 && fn->opt.boundscheck) {
        IrLoop l = ir_loop(fn, np_iter_count(fn, x), NULL, 0);
        np_check_int(fn, numbers_at(fn, x, l.index), t);
        ir_endloop(fn, &l, NULL);
    }
    if (of->kind != TY_PYINT || !ty_is_int(t) || t->kind == TY_I64 || t->kind == TY_PYINT || !fn->opt.boundscheck)
        return;
    Ref wide = ir_cast(fn, x, ty(TY_I64)), arg[2] = { wide, ir_i64(fn, (int64_t)(intptr_t)t->name) };
    ir_check(fn, np_int_fits(fn, wide, t), DIAG_INT_RANGE, arg, 2);
}

void np_need_writable(Fn *fn, Ref array, const char *what)
{
    if (ir_ty(fn, array)->readonly)
        fail(fn->unit, np_pos(fn), DIAG_READONLY, what);
}

Ref np_value_of(Fn *fn, Ref x)
{
    Ty t = ir_ty(fn, x);
    return t->kind == TY_OPTIONAL ? np_convert(fn, x, t->elem) : x;
}
