/* numbers.c: lists of numbers of one type, as many as the run makes: what a comprehension, list() or sorted() gives where no
 * length is known when compiling. Like a list display it is a list that nothing changes, so a vector holds it, which nobody
 * else has; an array of more axes holds lists of equally long lists (an argument, a.tolist()). In: an iterable of numbers.
 * Out: TY_NUMBERS: the array, and a DTYPE that says what its items are. */
#include "np/np_build.h"

/* vector: in C order, of ty_strong(item); nothing may write to it. */
Ref numbers_of(Fn *fn, Ref vector, Ty item)
{
    Ref pair[2] = { vector, ir_constant(fn, ty_constant(fn->unit->types, TY_DTYPE, item, NULL), NULL) };
    return np_aggregate(fn, TY_NUMBERS, pair, 2);
}

Ref numbers_vector(Fn *fn, Ref list) { return ir_item(fn, list, 0); }

Ty numbers_item(Ty list) { return list->item[1]->elem; }

static uint32_t levels(Ty list) { return list->item[0]->ndim; }

Ref numbers_at(Fn *fn, Ref list, Ref i)
{
    if (levels(ir_ty(fn, list)) > 1)
        return numbers_of(fn, index_get(fn, numbers_vector(fn, list), i), numbers_item(ir_ty(fn, list)));
    return ir_retype(fn, ir_load(fn, numbers_vector(fn, list), &i), numbers_item(ir_ty(fn, list)));
}

Ref numbers_get(Fn *fn, Ref list, Ref key)
{
    Ty k = ir_ty(fn, key), item = numbers_item(ir_ty(fn, list));
    Ref vector = numbers_vector(fn, list);
    if (k->kind == TY_SLICE)
        return numbers_of(fn, ew_copy(fn, index_get(fn, vector, key), ORDER_C), item);
    if (!np_is_intlike(k))
        fail(fn->unit, np_pos(fn), DIAG_NOT_INDEXABLE, "list", ty_name(k));
    return numbers_at(fn, list, np_sequence_index(fn, key, ir_extent(fn, vector, 0), "list"));
}

/* The type of the items of such a list: of the values of a loop over t, which are numbers; or NULL. */
static Ty item_of(Fn *fn, Ref source)
{
    Ty t = ir_ty(fn, source), value = t->kind == TY_COMPREHENSION ? infer_fold_type(fn, t) : np_loop_number(t);
    if (!value)
        return NULL;
    return value->kind == TY_UNBOUND ? ty(TY_F64) : np_is_number(value) ? value : NULL;    /* UNBOUND: there is none */
}

static Ref looped(Fn *fn, Ref source, Ty item)
{
    Ref count = np_iter_count(fn, source);
    Ref vector = ir_new(fn, ty_array(fn->unit->types, ty_strong(item), 1, ORDER_C, false, NULL), &count, false);
    IrLoop l = ir_loop(fn, count, NULL, 0);
    ir_store(fn, vector, ir_retype(fn, np_iter_value(fn, source, l.index), ty_strong(item)), &l.index);
    ir_endloop(fn, &l, NULL);
    return vector;
}

/* Of a map(), whose values' type the first one shows. */
static Ref mapped(Fn *fn, Ref source)
{
    Ref count = np_iter_count(fn, source), zero = ir_i64(fn, 0), one = ir_i64(fn, 1);
    IrIf s = ir_if(fn, ir_cmp(fn, IR_GT, count, zero));
    Ref first = np_iter_value(fn, source, zero);
    Ty item = ir_ty(fn, first);
    if (!np_is_number(item))
        fail(fn->unit, np_pos(fn), DIAG_LIST_LENGTH);
    Ty t = ty_array(fn->unit->types, ty_strong(item), 1, ORDER_C, false, NULL);
    Ref vector = ir_new(fn, t, &count, false);
    ir_store(fn, vector, ir_retype(fn, first, ty_strong(item)), &zero);
    IrLoop l = ir_loop(fn, ir_bin(fn, IR_SUB, count, one), NULL, 0);
    Ref at = ir_bin(fn, IR_ADD, l.index, one);
    ir_store(fn, vector, ir_retype(fn, np_iter_value(fn, source, at), ty_strong(item)), &at);
    ir_endloop(fn, &l, NULL);
    ir_else(fn, &s);
    return numbers_of(fn, ir_endif(fn, &s, vector, ir_new(fn, t, &zero, false)), item);
}

Ref numbers_of_iterable(Fn *fn, Ref source)
{
    if (ir_ty(fn, source)->kind == TY_MAP)
        return mapped(fn, source);
    Ty item = item_of(fn, source), t = ir_ty(fn, source);
    if (!item)
        return REF_NONE;
    if (t->kind == TY_COMPREHENSION)
        return numbers_of(fn, np_array_of(fn, source), item);
    return numbers_of(fn, ty_is_array(t) ? ew_copy(fn, source, ORDER_C) : looped(fn, source, item), item);
}

Ref numbers_as(Fn *fn, Ref list, Ty to)
{
    Ty t = ir_ty(fn, list), item = numbers_item(to);
    if (t->kind == TY_NUMBERS)
        return numbers_of(fn, numbers_vector(fn, list), item);
    if (t->nitem > 0)
        return numbers_of(fn, looped(fn, list, item), item);
    Ref none = ir_i64(fn, 0);
    return numbers_of(fn, ir_new(fn, to->item[0], &none, false), item);
}

/* The numbers of a list, which may be a display of such of one type. */
static Ref as_numbers(Fn *fn, Ref list)
{
    Ty t = ir_ty(fn, list);
    if (t->kind == TY_NUMBERS && levels(t) == 1)
        return list;
    if (t->kind == TY_NUMBERS)
        fail(fn->unit, np_pos(fn), DIAG_LIST_LENGTH);
    for (uint32_t k = 0; k < t->nitem; k++)
        if (!np_is_number(t->item[k]) || t->item[k] != t->item[0])
            fail(fn->unit, np_pos(fn), DIAG_LIST_LENGTH);
    return t->nitem ? numbers_of_iterable(fn, list) : list;
}

Ref numbers_concat(Fn *fn, Ref a, Ref b)
{
    a = as_numbers(fn, a), b = as_numbers(fn, b);
    if (ir_ty(fn, a)->nitem == 0 || ir_ty(fn, b)->nitem == 0)
        return ir_ty(fn, a)->nitem == 0 ? b : a;
    Ty x = numbers_item(ir_ty(fn, a)), y = numbers_item(ir_ty(fn, b)), item = x == y ? x : ty_strong(x);
    if (ty_strong(x) != ty_strong(y))
        fail(fn->unit, np_pos(fn), DIAG_LIST_LENGTH);
    Ref from = numbers_vector(fn, a), then = numbers_vector(fn, b), n = ir_extent(fn, from, 0), m = ir_extent(fn, then, 0);
    Ref count = ir_bin(fn, IR_ADD, n, m), vector = ir_new(fn, ty_array(fn->unit->types, ty_strong(item), 1, ORDER_C, false, NULL), &count, false);
    ew_assign(fn, shape_part(fn, vector, ir_i64(fn, 0), &n, 1), from);
    ew_assign(fn, shape_part(fn, vector, n, &m, 1), then);
    return numbers_of(fn, vector, item);
}

Ref numbers_repeat(Fn *fn, Ref list, Ref times)
{
    Ref source = as_numbers(fn, list), zero = ir_i64(fn, 0), k = ir_cast(fn, times, ty(TY_I64));
    if (ir_ty(fn, source)->nitem == 0)
        return source;
    Ty item = numbers_item(ir_ty(fn, source));
    Ref n = np_iter_count(fn, source), any = ir_bin(fn, IR_AND, ir_cmp(fn, IR_GT, k, zero), ir_cmp(fn, IR_GT, n, zero));
    Ref extent[2] = { n, ir_select(fn, any, k, zero) }, most = ir_i64(fn, INT64_MAX), count = ir_bin(fn, IR_MUL, n, extent[1]);
    ir_check(fn, shape_fits(fn, extent, 2), DIAG_MEMORY, &most, 1);
    Ref vector = ir_new(fn, ty_array(fn->unit->types, ty_strong(item), 1, ORDER_C, false, NULL), &count, false);
    IrLoop l = ir_loop(fn, count, NULL, 0);
    Ref at = ir_bin(fn, IR_REM, l.index, n);
    ir_store(fn, vector, ir_load(fn, numbers_vector(fn, source), &at), &l.index);
    ir_endloop(fn, &l, NULL);
    return numbers_of(fn, vector, item);
}

Ref numbers_equal(Fn *fn, Ref a, Ref b)
{
    Ref n = np_iter_count(fn, a), init = ir_cmp(fn, IR_EQ, n, np_iter_count(fn, b)), zero = ir_i64(fn, 0);
    IrLoop l = ir_loop(fn, ir_select(fn, init, n, zero), &init, 1);
    Ref same = np_truth(fn, np_compare(fn, CMP_EQ, np_iter_value(fn, a, l.index), np_iter_value(fn, b, l.index)));
    Ref next = ir_bin(fn, IR_AND, l.carried[0], same);
    ir_endloop(fn, &l, &next);
    return l.carried[0];
}

/* list, value, start, stop */
Ref numbers_index(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x[4] = { arg[0], arg[1], ref_is_none(arg[2]) ? ir_int(fn, ty(TY_PYINT), 0) : arg[2], ref_is_none(arg[3]) ? ir_none(fn) : arg[3] };
    Ref at = infer_call_lib(fn, "sequences", "place_of", x, 4, NULL, 0);
    if (ref_is_none(at))
        return at;
    items_check_found(fn, ir_cmp(fn, IR_GE, at, ir_zero(fn, ir_ty(fn, at))), arg[1], true);
    return at;
}

/* array.tolist(), of a scalar item() */
Ref numbers_tolist(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]);
    if (!ty_is_array(t))
        return np_python_number(fn, arg[0]);
    if (t->ndim == 0)
        return np_python_number(fn, ir_load(fn, arg[0], NULL));
    Ty item = ir_ty(fn, np_python_number(fn, ir_zero(fn, t->elem)));
    return numbers_of(fn, ew_astype(fn, arg[0], ty_strong(item), ORDER_C), item);
}
