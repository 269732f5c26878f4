/* iterable.c: iteration by index: how many values a source has, and which is the i-th. */
#include "np/np_build.h"

bool np_is_iterable(Ty x)
{
    switch (x->kind) {
    case TY_ARRAY: return x->ndim > 0;
    case TY_ENUMERATE:
    case TY_REVERSED: return np_is_iterable(x->item[0]);
    case TY_ZIP:
        for (uint32_t k = 0; k < x->nitem; k++)
            if (!np_is_iterable(x->item[k]))
                return false;
        return true;
    case TY_MAP:
        return true;
    default: return ty_is_sequence(x) || x->kind == TY_FLAT || x->kind == TY_NDENUMERATE || x->kind == TY_NDINDEX || x->kind == TY_NDITER;
    }
}

static _Noreturn void fail_iterable(Fn *fn, Ref x) { fail(fn->unit, np_pos(fn), DIAG_NOT_ITERABLE, ty_name(ir_ty(fn, x))); }

/* Arrays keep their length while they are iterated, and range() and zip() have checked theirs when made. */
Ref np_iter_start(Fn *fn, Ref source)
{
    if (ir_ty(fn, source)->kind == TY_FUNC || ir_ty(fn, source)->kind == TY_CONST || ir_ty(fn, source)->kind == TY_STR)
        source = infer_constant_items(fn, source);          /* an enum */
    if (ir_ty(fn, source)->kind == TY_COMPREHENSION)
        source = infer_list_of(fn, source);
    if (!np_is_iterable(ir_ty(fn, source)))
        fail_iterable(fn, source);
    return source;
}

static Ref i64(Fn *fn, Ref x) { return ir_cast(fn, x, ty(TY_I64)); }

/* How many steps lead from lo to below hi; step > 0. Up to 2^64 - 1: a number without sign. *more: are they more than int64
 * counts? None: never. */
static Ref count_up(Fn *fn, Ref lo, Ref hi, Ref step, Ref *more)
{
    Ty u = ty(TY_U64);
    Ref zero = ir_i64(fn, 0), span = ir_bin(fn, IR_SUB, hi, lo), n = span;
    int64_t k;
    if (!ir_is_int(fn, step, &k) || k != 1) {
        Ref whole = ir_bin(fn, IR_DIV, ir_retype(fn, ir_bin(fn, IR_SUB, span, ir_i64(fn, 1)), u), ir_retype(fn, step, u));
        n = ir_bin(fn, IR_ADD, ir_retype(fn, whole, ty(TY_I64)), ir_i64(fn, 1));
    }
    *more = ir_is_int(fn, lo, &k) && k >= 0 ? REF_NONE : ir_cmp(fn, IR_LT, ir_bin(fn, IR_AND, lo, n), zero);
    return n;
}

/* The number of values: *some: is there one?  *more: more than int64 counts? (where there is one) */
static Ref range_values(Fn *fn, Ref r, Ref *some, Ref *more)
{
    Ref start = i64(fn, ir_item(fn, r, 0)), stop = i64(fn, ir_item(fn, r, 1)), step = i64(fn, ir_item(fn, r, 2));
    int64_t k;
    bool known = ir_is_int(fn, step, &k);
    Ref up = known ? REF_NONE : ir_cmp(fn, IR_GT, step, ir_i64(fn, 0)), lo = start, hi = stop;
    if (!known) {
        lo = ir_select(fn, up, start, stop), hi = ir_select(fn, up, stop, start);
        step = ir_select(fn, up, step, ir_un(fn, IR_NEG, step));
    } else if (k < 0) {
        lo = stop, hi = start, step = ir_un(fn, IR_NEG, step);
    }
    Ref n = count_up(fn, lo, hi, step, more);
    *some = ir_cmp(fn, IR_LT, lo, hi);
    return n;
}

/* Of more values a loop sees as many as int64 counts: no one waits for the next. */
static Ref range_count(Fn *fn, Ref r)
{
    Ref some, more, n = range_values(fn, r, &some, &more);
    if (!ref_is_none(more))
        n = ir_select(fn, more, ir_i64(fn, INT64_MAX), n);
    return ir_select(fn, some, n, ir_i64(fn, 0));
}

Ref np_range_bits(Fn *fn, Ref r)
{
    Ref some, more, n = range_values(fn, r, &some, &more);
    return ir_select(fn, some, n, ir_i64(fn, 0));
}

Ref np_range_len(Fn *fn, Ref r)
{
    Ref some, more, n = range_values(fn, r, &some, &more);
    if (!ref_is_none(more)) {
        Ref text = ir_i64(fn, (int64_t)(intptr_t)"Python int too large to convert to C ssize_t");
        ir_check(fn, ir_un(fn, IR_NOT, ir_bin(fn, IR_AND, some, more)), DIAG_OVERFLOW, &text, 1);
    }
    return ir_select(fn, some, n, ir_i64(fn, 0));
}

static Ref min_count(Fn *fn, Ref zip, uint32_t first)
{
    Ty t = ir_ty(fn, zip);
    Ref n = REF_NONE;
    for (uint32_t k = first; k < t->nitem; k++) {
        Ref m = np_iter_count(fn, ir_item(fn, zip, k));
        n = ref_is_none(n) ? m : ir_select(fn, ir_cmp(fn, IR_LT, m, n), m, n);
    }
    return ref_is_none(n) ? ir_i64(fn, 0) : n;
}

static Ref product(Fn *fn, Ref tuple)
{
    Ref n = ir_i64(fn, 1);
    for (uint32_t k = 0; k < ir_ty(fn, tuple)->nitem; k++)
        n = ir_bin(fn, IR_MUL, n, i64(fn, ir_item(fn, tuple, k)));
    return n;
}

Ref np_iter_count(Fn *fn, Ref s)
{
    Ty t = ir_ty(fn, s);
    switch (t->kind) {
    case TY_RANGE: return range_count(fn, s);
    case TY_LIST:
    case TY_TUPLE: return ir_i64(fn, t->nitem);
    case TY_ARRAY: return ir_extent(fn, s, 0);
    case TY_NUMBERS: return ir_extent(fn, numbers_vector(fn, s), 0);
    case TY_ENUMERATE:
    case TY_REVERSED: return np_iter_count(fn, ir_item(fn, s, 0));
    case TY_ZIP: return min_count(fn, s, 0);
    case TY_MAP: return min_count(fn, s, 1);
    case TY_FLAT:
    case TY_NDITER:
    case TY_NDENUMERATE: return ir_nelem(fn, ir_item(fn, s, 0));
    case TY_NDINDEX: return product(fn, s);
    default: fail_iterable(fn, s);
    }
}

/* Position i of an iteration in C order → one index an axis. */
static void unravel(Fn *fn, Ref i, const Ref *extent, uint32_t ndim, Ref *index)
{
    for (uint32_t k = ndim; k-- > 0; ) {
        if (k == 0) {
            index[0] = i;
            break;
        }
        Ref n = ir_select(fn, ir_cmp(fn, IR_EQ, extent[k], ir_i64(fn, 0)), ir_i64(fn, 1), extent[k]);
        index[k] = ir_bin(fn, IR_REM, i, n);
        i = ir_bin(fn, IR_DIV, i, n);
    }
}

void np_unravel(Fn *fn, Ref i, Ref array, Ref *index)
{
    Ref extent[NDIM_MAX];
    uint32_t ndim = ir_ty(fn, array)->ndim;
    for (uint32_t k = 0; k < ndim; k++)
        extent[k] = ir_extent(fn, array, k);
    unravel(fn, i, extent, ndim, index);
}

static Ref tuple_of(Fn *fn, const Ref *x, uint32_t n) { return np_aggregate(fn, TY_TUPLE, x, n); }

static Ref index_tuple(Fn *fn, const Ref *index, uint32_t n)
{
    Ref x[NDIM_MAX];
    for (uint32_t k = 0; k < n; k++)
        x[k] = ir_cast(fn, index[k], ty(TY_PYINT));
    return tuple_of(fn, x, n);
}

static Ref ndenumerate_value(Fn *fn, Ref array, Ref i)
{
    Ref index[NDIM_MAX];
    np_unravel(fn, i, array, index);
    Ref pair[2] = { index_tuple(fn, index, ir_ty(fn, array)->ndim), ir_load(fn, array, index) };
    return tuple_of(fn, pair, 2);
}

static Ref flat_value(Fn *fn, Ref array, Ref i)
{
    Ref index[NDIM_MAX];
    np_unravel(fn, i, array, index);
    return ir_load(fn, array, index);
}

static Ref ndindex_value(Fn *fn, Ref s, Ref i)
{
    Ref extent[NDIM_MAX] = { 0 }, index[NDIM_MAX];
    uint32_t n = ir_ty(fn, s)->nitem;
    for (uint32_t k = 0; k < n; k++)
        extent[k] = i64(fn, ir_item(fn, s, k));
    unravel(fn, i, extent, n, index);
    return index_tuple(fn, index, n);
}

static Ref range_value(Fn *fn, Ref r, Ref i)
{
    Ref start = i64(fn, ir_item(fn, r, 0)), step = i64(fn, ir_item(fn, r, 2));
    return ir_cast(fn, ir_bin(fn, IR_ADD, start, ir_bin(fn, IR_MUL, i, step)), ty(TY_PYINT));
}

/* A homogeneous tuple: a chain of selects. */
static Ref tuple_value(Fn *fn, Ref t, Ref i)
{
    uint32_t n = ir_ty(fn, t)->nitem;
    int64_t c;
    if (ir_is_int(fn, i, &c) && c >= 0 && c < n)
        return ir_item(fn, t, (uint32_t)c);
    if (n == 0)
        return ir_undef(fn, ty(TY_NONE));
    Ty type = ir_ty(fn, t)->item[0];
    for (uint32_t k = 1; k < n; k++)
        if (!(type = promote_join(fn->unit->types, type, ir_ty(fn, t)->item[k])))
            fail(fn->unit, np_pos(fn), DIAG_ITEM_CONST, ty_name(ir_ty(fn, t)));
    Ref r = np_convert(fn, ir_item(fn, t, n - 1), type);
    for (uint32_t k = n - 1; k-- > 0; )
        r = ir_select(fn, ir_cmp(fn, IR_EQ, i, ir_i64(fn, k)), np_convert(fn, ir_item(fn, t, k), type), r);
    return r;
}

static Ref pair_value(Fn *fn, Ref e, Ref i, Ref value)
{
    Ref start = i64(fn, ir_item(fn, e, 1));
    Ref pair[2] = { ir_cast(fn, ir_bin(fn, IR_ADD, start, i), ty(TY_PYINT)), value };
    return tuple_of(fn, pair, 2);
}

/* The values of items first... of a zip or map at i; k: at a constant place of static ones. */
static Ref *each_value(Fn *fn, Ref s, uint32_t first, Ref i)
{
    uint32_t n = ir_ty(fn, s)->nitem;
    Ref *x = arena_new_n(fn->unit->arena, Ref, n + 1);
    for (uint32_t k = first; k < n; k++)
        x[k - first] = np_iter_value(fn, ir_item(fn, s, k), i);
    return x;
}

static Ref reversed_index(Fn *fn, Ref source, Ref i)
{
    Ref n = ir_ty(fn, source)->kind == TY_RANGE ? np_range_bits(fn, source) : np_iter_count(fn, source);
    return ir_bin(fn, IR_SUB, ir_bin(fn, IR_SUB, n, ir_i64(fn, 1)), i);
}

Ref np_iter_value(Fn *fn, Ref s, Ref i)
{
    Ty t = ir_ty(fn, s);
    switch (t->kind) {
    case TY_RANGE: return range_value(fn, s, i);
    case TY_LIST:
    case TY_TUPLE: return tuple_value(fn, s, i);
    case TY_NUMBERS: return numbers_at(fn, s, i);
    case TY_ARRAY: return t->ndim == 1 ? ir_load(fn, s, &i) : index_get(fn, s, i);
    case TY_ENUMERATE: return pair_value(fn, s, i, np_iter_value(fn, ir_item(fn, s, 0), i));
    case TY_REVERSED: return np_iter_value(fn, ir_item(fn, s, 0), reversed_index(fn, ir_item(fn, s, 0), i));
    case TY_ZIP: return tuple_of(fn, each_value(fn, s, 0, i), t->nitem);
    case TY_MAP: return infer_call(fn, ir_item(fn, s, 0), each_value(fn, s, 1, i), t->nitem - 1);
    case TY_FLAT: return flat_value(fn, ir_item(fn, s, 0), i);
    case TY_NDENUMERATE: return ndenumerate_value(fn, ir_item(fn, s, 0), i);
    case TY_NDINDEX: return ndindex_value(fn, s, i);
    case TY_NDITER: return nditer_value(fn, s, i);
    default: fail_iterable(fn, s);
    }
}

/* Only sources with a tuple whose items have no common type are static; every other one is a loop. */
static bool heterogeneous(Ty t)
{
    for (uint32_t k = 1; k < t->nitem; k++)
        if (t->item[k] != t->item[0])
            return true;
    return t->nitem == 0;
}

/* needed: is set where a loop would have no one type. */
static bool length_known(Ty t, uint32_t *n, bool *needed)
{
    uint32_t m;
    switch (t->kind) {
    case TY_LIST:
    case TY_TUPLE:
        *n = t->nitem;
        *needed |= heterogeneous(t);
        return true;
    case TY_ENUMERATE:
    case TY_REVERSED: return length_known(t->item[0], n, needed);
    case TY_ZIP:
    case TY_MAP:
        *n = UINT32_MAX;
        for (uint32_t k = t->kind == TY_MAP; k < t->nitem; k++) {
            if (!length_known(t->item[k], &m, needed))
                return false;
            *n = m < *n ? m : *n;
        }
        return *n != UINT32_MAX;
    default: return false;
    }
}

bool np_iter_static(Ty source, bool any, uint32_t *n)
{
    bool needed = any;
    return length_known(source, n, &needed) && needed;
}

static Ref np_iter_value_at(Fn *fn, Ref s, uint32_t k) { return np_iter_value(fn, s, ir_i64(fn, k)); }

bool np_iter_values(Fn *fn, Ref source, uint32_t max, Ref **x, uint32_t *n)
{
    Ty t = ir_ty(fn, source);
    bool needed = false;
    int64_t count;
    if (!length_known(t, n, &needed)) {
        if (!np_is_iterable(t) || !ir_is_int(fn, np_iter_count(fn, source), &count) || count > max)
            return false;
        *n = (uint32_t)count;
    }
    *x = arena_new_n(fn->unit->arena, Ref, *n + 1);
    for (uint32_t k = 0; k < *n; k++)
        (*x)[k] = np_iter_value_at(fn, source, k);
    return true;
}
