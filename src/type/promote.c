/* promote.c: the type that two types give: in array expressions, in arithmetic, where branches of
 * a program join. No state; only promote_join makes types. */
#include "type/type.h"

static Ty wider(Ty a, Ty b)
{
    return a->kind > b->kind ? a : b;   /* within a class, type.def goes by width */
}

/* 0 bool, 1 integer, 2 float, 3 complex */
static int rank(Ty x)
{
    return ty_is_complex(x) ? 3 : ty_is_float(x) ? 2 : ty_is_int(x) ? 1 : 0;
}

/* The smallest float that NumPy takes for values of x. */
static Ty float_for(Ty x)
{
    if (ty_is_float(x))
        return x;
    if (ty_is_complex(x))
        return ty_real(x);
    return ty(ty_bits(x) <= 8 ? TY_F16 : ty_bits(x) == 16 ? TY_F32 : TY_F64);
}

static Ty promote_ints(Ty a, Ty b)
{
    if (a->cls == b->cls)
        return wider(a, b);
    Ty u = a->cls == CLASS_UINT ? a : b, i = a->cls == CLASS_UINT ? b : a;
    if (ty_bits(i) > ty_bits(u))
        return i;
    switch (ty_bits(u)) {
    case 8: return ty(TY_I16);
    case 16: return ty(TY_I32);
    case 32: return ty(TY_I64);
    default: return ty(TY_F64);
    }
}

/* NumPy's table, strong types only. */
static Ty promote_strong(Ty a, Ty b)
{
    if (a == b || ty_is_bool(b))
        return a;
    if (ty_is_bool(a))
        return b;
    if (rank(a) < 2 && rank(b) < 2)
        return promote_ints(a, b);
    Ty f = wider(float_for(a), float_for(b));
    return rank(a) == 3 || rank(b) == 3 ? ty_complex_of(f) : f;
}

/* NEP 50: the dtype decides, the weak one only lifts it to its class. */
static Ty promote_weak(Ty weak, Ty strong)
{
    if (rank(weak) <= rank(strong))
        return strong;
    if (rank(weak) == 3)
        return ty_is_float(strong) ? ty_complex_of(strong) : ty(TY_C128);
    return ty_strong(weak);
}

Ty promote_array(Ty a, Ty b)
{
    if (!ty_is_scalar(a) || !ty_is_scalar(b))
        return NULL;
    if (ty_is_weak(a) && ty_is_weak(b))
        return wider(a, b);
    if (ty_is_weak(a))
        return promote_weak(a, b);
    if (ty_is_weak(b))
        return promote_weak(b, a);
    return promote_strong(a, b);
}

/* The float that x counts as in Python's arithmetic: integers and Python's floats are float64. */
static Ty scalar_float(Ty x)
{
    Ty f = ty_is_complex(x) ? ty_real(x) : x;
    return f->kind == TY_F16 || f->kind == TY_F32 ? f : ty(TY_F64);
}

void promote_operands(Ty *x, uint32_t n)
{
    Ty strong = NULL;
    for (uint32_t k = 0; k < n; k++)
        if (!ty_is_weak(x[k]))
            strong = strong ? promote_array(strong, x[k]) : x[k];
    for (uint32_t k = 0; k < n; k++) {
        Ty t = ty_is_weak(x[k]) && strong ? promote_array(x[k], strong) : NULL;
        x[k] = ty_strong(t ? t : x[k]);
    }
}

Ty promote_scalar(Ty a, Ty b)
{
    if (!ty_is_scalar(a) || !ty_is_scalar(b))
        return NULL;
    if (ty_is_weak(a) && ty_is_weak(b))
        return wider(a, b);
    if (rank(a) < 2 && rank(b) < 2)
        return ty(a->cls == CLASS_UINT && b->cls == CLASS_UINT ? TY_U64 : TY_I64);
    Ty f = wider(scalar_float(a), scalar_float(b));
    return rank(a) == 3 || rank(b) == 3 ? ty_complex_of(f) : f;
}

/* joins ------------------------------------------------------------------------------------------ */

static Ty join_scalars(Ty a, Ty b)
{
    if (ty_is_weak(a) && ty_is_weak(b))
        return wider(a, b);
    if (ty_is_bool(a) || ty_is_bool(b))
        return ty_is_bool(a) ? b : a;
    Ty x = promote_strong(ty_strong(a), ty_strong(b));
    return rank(a) == 1 && rank(b) == 1 && ty_is_float(x) ? ty(TY_I64) : x;    /* uint64 with int */
}

static Ty join_arrays(Types *t, Ty a, Ty b)
{
    if (a->elem != b->elem || a->ndim != b->ndim)
        return NULL;
    Order order = a->order == b->order ? (Order)a->order : ORDER_A;
    const int64_t *extent = ty_same_extent(a, b) ? a->extent : NULL;
    return ty_array(t, a->elem, a->ndim, order, a->readonly || b->readonly, extent);
}

static Ty join_aggregates(Types *t, Ty a, Ty b)
{
    Ty item[NITEM_MAX];
    if (a->nitem != b->nitem || a->object != b->object)
        return NULL;
    for (uint32_t k = 0; k < a->nitem; k++) {
        item[k] = promote_join(t, a->item[k], b->item[k]);
        if (!item[k])
            return NULL;
        if (a->kind == TY_SLICE && !ty_is_scalar(item[k]) && item[k]->kind != TY_NONE)
            return NULL;                /* int with None: a slice's bound is one or the other */
    }
    return ty_aggregate(t, (TyKind)a->kind, item, a->nitem, a->object);
}

/* One function, or one way to make a text, with other values. */
static bool joins_itself(Ty a, Ty b)
{
    return (a->kind == TY_CLOSURE || a->kind == TY_FORMAT) && a->kind == b->kind && a->object == b->object && a->nitem == b->nitem;
}

/* Adds callable x to those of a choice, which stand in the order they were made in. */
static bool add_callable(Types *t, Ty *item, uint32_t *n, Ty x)
{
    uint32_t k = 1;
    for (; k < *n; k++)
        if (item[k] == x)
            return true;
        else if (joins_itself(x, item[k])) {
            Ty one = join_aggregates(t, item[k], x);
            if (one || x->kind == TY_CLOSURE)
                return (item[k] = one) != NULL;
        }
    if (*n == NITEM_MAX)
        return false;
    for (; k > 1 && item[k - 1]->id > x->id; k--)
        item[k] = item[k - 1];
    item[k] = x;
    ++*n;
    return true;
}

/* So with texts. */
static Ty join_callables(Types *t, Ty a, Ty b)
{
    Ty item[NITEM_MAX] = { ty(TY_I64) }, one = joins_itself(a, b) ? join_aggregates(t, a, b) : NULL;
    Ty const side[2] = { a, b };
    uint32_t n = 1;
    if (one)
        return one;
    for (int s = 0; s < 2; s++)
        for (uint32_t k = 0; k < (side[s]->kind == TY_CHOICE ? side[s]->nitem - 1 : 1); k++)
            if (!add_callable(t, item, &n, side[s]->kind == TY_CHOICE ? side[s]->item[1 + k] : side[s]))
                return NULL;
    return ty_aggregate(t, TY_CHOICE, item, n, NULL);
}

/* What is inside, for a type of this kind; x for others; NULL for the empty value itself. */
static Ty inside(Ty x, TyKind kind, TyKind empty)
{
    return x->kind == kind ? x->elem : x->kind == empty ? NULL : x;
}

/* The join of the elements, where one of the two may be the empty value. */
static Ty join_inside(Types *t, Ty a, Ty b, TyKind kind, TyKind empty)
{
    Ty x = inside(a, kind, empty), y = inside(b, kind, empty);
    return !x ? y : !y ? x : promote_join(t, x, y);
}

static bool either(Ty a, Ty b, TyKind kind, TyKind empty)
{
    return a->kind == kind || b->kind == kind || a->kind == empty || b->kind == empty;
}

static bool is_text(Ty x)
{
    bool choice = x->kind == TY_CHOICE;
    for (uint32_t k = 1; choice && k < x->nitem; k++)
        choice = is_text(x->item[k]);
    return choice || x->kind == TY_STR || x->kind == TY_FORMAT;
}

/* A constant object, such as a member of an enum, or one of several. */
static bool is_object(Ty x)
{
    bool choice = x->kind == TY_CHOICE;
    for (uint32_t k = 1; choice && k < x->nitem; k++)
        choice = is_object(x->item[k]);
    return choice || x->kind == TY_CONST;
}

Ty promote_list_item(Ty list)
{
    if (list->kind == TY_NUMBERS)
        return list->item[0]->ndim == 1 ? list->item[1]->elem : NULL;
    for (uint32_t k = 0; k < list->nitem; k++)
        if (!ty_is_scalar(list->item[k]) || list->item[k] != list->item[0])
            return NULL;
    return list->nitem ? list->item[0] : ty(TY_NONE);
}

/* Lists of other lengths. */
static Ty join_lists(Types *t, Ty a, Ty b)
{
    Ty x = promote_list_item(a), y = promote_list_item(b);
    if (!x || !y)
        return NULL;
    Ty item = x == y || y->kind == TY_NONE ? x : x->kind == TY_NONE ? y : ty_strong(x);
    if (item != x && item != y && ty_strong(y) != item)
        return NULL;
    Ty part[2] = { ty_array(t, ty_strong(item), 1, ORDER_C, false, NULL), ty_constant(t, TY_DTYPE, item, NULL) };
    return ty_aggregate(t, TY_NUMBERS, part, 2, NULL);
}

static Ty join(Types *t, Ty a, Ty b)
{
    if (either(a, b, TY_MAYBE, TY_UNBOUND)) {
        Ty x = join_inside(t, a, b, TY_MAYBE, TY_UNBOUND);
        return x ? ty_maybe(t, x) : NULL;
    }
    if (either(a, b, TY_OPTIONAL, TY_NONE)) {
        Ty x = join_inside(t, a, b, TY_OPTIONAL, TY_NONE);
        return x ? ty_optional(t, x) : NULL;
    }
    if (ty_is_scalar(a) && ty_is_scalar(b))
        return join_scalars(a, b);
    if ((ty_is_callable(a) && ty_is_callable(b)) || (is_text(a) && is_text(b)) || (is_object(a) && is_object(b)))
        return join_callables(t, a, b);
    if (ty_is_list(a) && ty_is_list(b) && (a->kind == TY_NUMBERS || b->kind == TY_NUMBERS || a->nitem != b->nitem))
        return join_lists(t, a, b);
    if (a->kind != b->kind)
        return NULL;
    if (ty_is_array(a))
        return join_arrays(t, a, b);
    if (ty_is_aggregate(a))
        return join_aggregates(t, a, b);
    if (a->kind == TY_ITER) {
        Ty source = promote_join(t, a->item[0], b->item[0]);
        return source ? ty_iter(t, source) : NULL;
    }
    return NULL;
}

Ty promote_join(Types *t, Ty a, Ty b)
{
    if (a == b)
        return a;
    Ty x = join(t, a, b);
    return x && x->depth <= TY_DEPTH_MAX ? x : NULL;
}

static int scalar_distance(Ty from, Ty to)
{
    int up = rank(to) - rank(from);
    if (up < 0)
        return -1;                      /* a float is never an integer by itself */
    bool narrower = ty_bits(to) < ty_bits(from) || (rank(to) == 1 && ty_is_unsigned(to) && !ty_is_unsigned(from));
    return (narrower ? 8 : 0) + 2 * up + (ty_bits(to) != ty_bits(from)) + (to->cls != ty_strong(from)->cls);
}

static int items_distance(Ty from, Ty to)
{
    int sum = 0;
    for (uint32_t k = 0; k < from->nitem; k++) {
        int one = promote_distance(from->item[k], to->item[k]);
        if (one < 0)
            return -1;
        sum += one;
    }
    return sum;
}

int promote_distance(Ty from, Ty to)
{
    if (from->kind == TY_OMITTED)
        from = from->elem;
    if (from == to || ty_strong(from) == to)
        return 0;
    if (to->kind == TY_OPTIONAL) {
        int inside = from->kind == TY_NONE ? 0 : promote_distance(from, to->elem);
        return inside < 0 ? -1 : inside + 1;
    }
    if (ty_is_scalar(from) && ty_is_scalar(to))
        return scalar_distance(from, to);
    if (from->kind != to->kind)
        return -1;
    if (ty_is_array(from))          /* extents are looked at when the argument is unboxed */
        return from->elem == to->elem && from->ndim == to->ndim && (!from->readonly || to->readonly)
            && (to->order == ORDER_A || to->order == from->order || (to->extent && from->ndim == 1))
            && (!from->extent || !to->extent || ty_same_extent(from, to))
             ? (to->order != from->order) + (to->readonly != from->readonly) + !to->extent : -1;
    if (from->kind == TY_TUPLE && from->nitem == to->nitem && from->object == to->object)
        return items_distance(from, to);
    return -1;
}
