/* type.c: the table that makes one Ty of equal types, their machine parts and names. */
#include "type/type.h"
#include <pthread.h>

/* NumPy's type numbers, where long has 64 bits. This folder includes neither Python.h nor NumPy. */
static_assert(sizeof(long) == 8, "NPY_INT64 is NPY_LONG");
enum {
    NPY_BOOL, NPY_INT8, NPY_UINT8, NPY_INT16, NPY_UINT16, NPY_INT32, NPY_UINT32,
    NPY_INT64, NPY_UINT64, NPY_LONGLONG, NPY_ULONGLONG,
    NPY_FLOAT, NPY_DOUBLE, NPY_CFLOAT = 14, NPY_CDOUBLE = 15, NPY_HALF = 23,
    NPY_NOTYPE = -1
};

const Type ty_row[TY_ELLIPSIS + 1] = {
#define TYPE(id_, name_, part, parts, bytes, npy, class) \
    [TY_##id_] = { .kind = TY_##id_, .cls = CLASS_##class, .nbytes = bytes, .nparts = parts, \
                   .name = name_, .id = TY_##id_ },
#include "type/type.def"
#undef TYPE
    [TY_NONE] = { .kind = TY_NONE, .name = "none", .id = TY_NONE },
    [TY_UNBOUND] = { .kind = TY_UNBOUND, .name = "unbound", .id = TY_UNBOUND },
    [TY_NEVER] = { .kind = TY_NEVER, .name = "never", .id = TY_NEVER },
    [TY_ELLIPSIS] = { .kind = TY_ELLIPSIS, .name = "ellipsis", .id = TY_ELLIPSIS },
};

static const struct { uint8_t part; int8_t npy; } scalar_row[TY_SCALAR_MAX] = {
#define TYPE(id, name, part, nparts, nbytes, npy, class) [TY_##id] = { PART_##part, npy },
#include "type/type.def"
#undef TYPE
};

/* the table -------------------------------------------------------------------------------------- */

typedef struct Slot { Ty ty; uint64_t hash; } Slot;

struct Types {
    pthread_mutex_t lock;
    Arena *arena;
    Intern *names;              /* of methods */
    Slot *slot;                 /* open hash table */
    uint32_t cap, n, next_id;   /* cap: a power of two */
    void (*keep)(void *object);
};

Types *types_new(void (*keep)(void *object))
{
    Arena *a = arena_new();
    Types *t = arena_new_of(a, Types);
    pthread_mutex_init(&t->lock, NULL);
    t->arena = a;
    t->names = intern_new(a);
    t->cap = 256;
    t->slot = arena_new_n(a, Slot, t->cap);
    t->next_id = TY_KIND_MAX;
    t->keep = keep;
    return t;
}

void types_free(Types *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    arena_free(t->arena);
}

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

static uint64_t hash_type(Ty x)
{
    uint64_t h = mix(x->kind, (uint64_t)x->ndim << 16 | (uint64_t)x->order << 8 | x->readonly);
    h = mix(mix(h, (uintptr_t)x->elem), (uintptr_t)x->object);
    for (uint32_t k = 0; k < x->nitem; k++)
        h = mix(h, (uintptr_t)x->item[k]);
    for (uint32_t k = 0; x->extent && k < x->ndim; k++)
        h = mix(h, (uint64_t)x->extent[k]);
    return h;
}

bool ty_holds_array(Ty t)
{
    if (!t)
        return false;
    if (t->kind == TY_ARRAY)
        return true;
    if (t->kind == TY_OPTIONAL || t->kind == TY_MAYBE)
        return ty_holds_array(t->elem);
    for (uint32_t k = 0; ty_is_aggregate(t) && k < t->nitem; k++)
        if (ty_holds_array(t->item[k]))
            return true;
    return false;
}

bool ty_same_extent(Ty a, Ty b)
{
    if (!a->extent || !b->extent)
        return a->extent == b->extent;
    return memcmp(a->extent, b->extent, sizeof *a->extent * a->ndim) == 0;
}

static bool same_type(Ty a, Ty b)
{
    if (a->kind != b->kind || a->ndim != b->ndim || a->order != b->order)
        return false;
    if (a->readonly != b->readonly || a->elem != b->elem || a->object != b->object
        || a->nitem != b->nitem || !ty_same_extent(a, b))
        return false;
    return a->nitem == 0 || memcmp(a->item, b->item, sizeof *a->item * a->nitem) == 0;
}

static Slot *find_slot(Types *t, Ty x, uint64_t hash)
{
    for (uint32_t k = (uint32_t)hash & (t->cap - 1);; k = (k + 1) & (t->cap - 1)) {
        Slot *s = &t->slot[k];
        if (!s->ty || (s->hash == hash && same_type(s->ty, x)))
            return s;
    }
}

static void grow_table(Types *t)
{
    Slot *old = t->slot;
    uint32_t old_cap = t->cap;
    t->slot = arena_new_n(t->arena, Slot, 2 * old_cap);     /* may jump: the table is whole until then */
    t->cap = 2 * old_cap;
    for (uint32_t k = 0; k < old_cap; k++)
        if (old[k].ty)
            *find_slot(t, old[k].ty, old[k].hash) = old[k];
}

static void name_array(Text *out, Ty x)
{
    text_printf(out, "%sarray(%s, ", x->readonly ? "readonly " : "", x->elem->name);
    if (!x->extent)
        text_printf(out, "%ud", x->ndim);
    for (uint32_t k = 0; x->extent && k < x->ndim; k++)
        text_printf(out, "%s%lld", k ? "x" : "", (long long)x->extent[k]);
    text_printf(out, ", %c)", "ACF"[x->order]);
}

/* Long ones are cut, for names of nested types double. */
static void name_items(Text *out, const char *what, Ty x)
{
    enum { NAME_MAX_NBYTES = 2000 };
    text_printf(out, "%s(", what);
    for (uint32_t k = 0; k < x->nitem; k++) {
        if (out->n > NAME_MAX_NBYTES) {
            text_printf(out, ", ...");
            break;
        }
        text_printf(out, "%s%s", k ? ", " : "", x->item[k]->name);
    }
    text_printf(out, ")");
}

static const char *aggregate_word(Ty x)
{
    switch (x->kind) {
    case TY_TUPLE: return x->object ? "namedtuple" : "tuple";
    case TY_LIST: return "list";
    case TY_SLICE: return "slice";
    case TY_RANGE: return "range";
    case TY_ENUMERATE: return "enumerate";
    case TY_ZIP: return "zip";
    case TY_REVERSED: return "reversed";
    case TY_FLAT: return "flatiter";
    case TY_FLAGS: return "flagsobj";
    case TY_NDENUMERATE: return "ndenumerate";
    case TY_NDINDEX: return "ndindex";
    case TY_NDITER: return "nditer";
    case TY_ITERATOR: return "iterator";
    case TY_MAP: return "map";
    case TY_FILTER: return "filter";
    case TY_EXCEPTION: return "exception";
    case TY_COMPREHENSION: return "comprehension";
    default: return "iterator";
    }
}

static const char *make_name(Types *t, Ty x)
{
    Text out = { .arena = t->arena };
    switch (x->kind) {
    case TY_OPTIONAL: text_printf(&out, "optional(%s)", x->elem->name); break;
    case TY_MAYBE: text_printf(&out, "maybe(%s)", x->elem->name); break;
    case TY_ARRAY: name_array(&out, x); break;
    case TY_FUNC: return "function";
    case TY_MODULE: return "module";
    case TY_LITERAL: return x->elem->name;
    case TY_OMITTED: text_printf(&out, "omitted(default=%s)", x->name); break;
    case TY_CONST: return "object";
    case TY_STR: case TY_FORMAT: return "str";
    case TY_RANGE: return "range";
    case TY_NUMBERS:
        for (uint32_t k = 0; k < x->item[0]->ndim; k++)
            text_printf(&out, "list of ");
        text_printf(&out, "%s", x->item[1]->elem->name);
        break;
    case TY_CLOSURE: case TY_CHOICE: return "function";
    case TY_METHOD: text_printf(&out, "method %s", (const char *)x->object); break;
    case TY_DTYPE: text_printf(&out, "dtype(%s)", x->elem ? x->elem->name : "?"); break;
    default: name_items(&out, aggregate_word(x), x);
    }
    return text_str(&out);
}

static uint32_t count_parts(Ty x)
{
    uint64_t n = x->kind == TY_OPTIONAL || x->kind == TY_MAYBE;
    switch (x->kind) {
    case TY_ARRAY:
        return 2u + (x->extent ? 0 : x->ndim) + (x->order == ORDER_A ? x->ndim : 0);
    case TY_STR:
        return 3;
    case TY_ITER:
        return 1;
    case TY_OPTIONAL: case TY_MAYBE:
        n += x->elem->nparts;
        break;
    default:
        for (uint32_t k = 0; k < x->nitem; k++)
            n += x->item[k]->nparts;
    }
    return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static uint8_t count_depth(Ty x)
{
    uint32_t depth = x->elem ? x->elem->depth + 1u : 0;
    for (uint32_t k = 0; k < x->nitem; k++)
        if (x->item[k]->depth + 1u > depth)
            depth = x->item[k]->depth + 1u;
    return depth < UINT8_MAX ? (uint8_t)depth : UINT8_MAX;
}

/* A new row like key, with arrays of its own. */
static Ty make_type(Types *t, Ty key)
{
    Type *x = arena_new_of(t->arena, Type);
    *x = *key;
    if (key->nitem > 0) {
        Ty *item = arena_new_n(t->arena, Ty, key->nitem);
        memcpy(item, key->item, sizeof *item * key->nitem);
        x->item = item;
    } else {
        x->item = NULL;
    }
    if (key->extent) {
        int64_t *extent = arena_new_n(t->arena, int64_t, key->ndim);
        memcpy(extent, key->extent, sizeof *extent * key->ndim);
        x->extent = extent;
    }
    x->nparts = count_parts(x);
    x->depth = count_depth(x);
    x->name = make_name(t, x);
    x->id = t->next_id++;
    if (x->object && x->kind != TY_METHOD && x->kind != TY_CLOSURE && t->keep)
        t->keep(x->object);
    return x;
}

static Ty find_or_make(Types *t, Ty key)
{
    Type method;
    if (key->kind == TY_METHOD) {   /* the caller's name may live in a compilation's arena */
        method = *key;
        method.object = (void *)intern_str(t->names, key->object);
        key = &method;
    }
    uint64_t hash = hash_type(key);
    Slot *s = find_slot(t, key, hash);
    Ty x = s->ty;
    if (!x) {
        x = make_type(t, key);
        *s = (Slot){ x, hash };
        if (++t->n * 4 > t->cap * 3)
            grow_table(t);
    }
    return x;
}

static Ty intern_type(Types *t, Ty key)
{
    MemoryCatch memory;
    pthread_mutex_lock(&t->lock);
    memory_begin(&memory);
    if (setjmp(memory.at)) {
        memory_end(&memory);
        pthread_mutex_unlock(&t->lock);
        memory_again();
    }
    Ty x = find_or_make(t, key);
    memory_end(&memory);
    pthread_mutex_unlock(&t->lock);
    return x;
}

void ty_forget(Types *t, TyKind kind, void *object)
{
    Type key = { .kind = (uint8_t)kind, .object = object };
    pthread_mutex_lock(&t->lock);
    Ty x = find_slot(t, &key, hash_type(&key))->ty;
    if (x)
        ((Type *)x)->object = NULL;
    pthread_mutex_unlock(&t->lock);
}

/* making ----------------------------------------------------------------------------------------- */

Ty ty_array(Types *t, Ty dtype, uint32_t ndim, Order order, bool readonly, const int64_t *extent)
{
    assert(dtype->nbytes > 0 && ndim <= NDIM_MAX);
    if (ndim == 0 || (ndim == 1 && order == ORDER_F))
        order = ORDER_C;
    return intern_type(t, &(Type){ .kind = TY_ARRAY, .elem = dtype, .ndim = (uint8_t)ndim,
                                   .order = (uint8_t)order, .readonly = readonly,
                                   .extent = ndim == 0 ? NULL : extent });
}

Ty ty_optional(Types *t, Ty elem)
{
    if (elem->kind == TY_OPTIONAL || elem->kind == TY_NONE)
        return elem;
    return intern_type(t, &(Type){ .kind = TY_OPTIONAL, .elem = elem });
}

Ty ty_maybe(Types *t, Ty elem)
{
    if (elem->kind == TY_MAYBE || elem->kind == TY_UNBOUND)
        return elem;
    return intern_type(t, &(Type){ .kind = TY_MAYBE, .elem = elem });
}

Ty ty_aggregate(Types *t, TyKind kind, const Ty *item, uint32_t nitem, void *object)
{
    assert(kind >= TY_TUPLE && kind <= TY_EXCEPTION && nitem <= NITEM_MAX);
    return intern_type(t, &(Type){ .kind = (uint8_t)kind, .item = item, .nitem = nitem,
                                   .object = object });
}

Ty ty_tuple(Types *t, const Ty *item, uint32_t nitem)
{
    return ty_aggregate(t, TY_TUPLE, item, nitem, NULL);
}

Ty ty_constant(Types *t, TyKind kind, Ty elem, void *object)
{
    assert(kind >= TY_FUNC && kind <= TY_CONST);
    return intern_type(t, &(Type){ .kind = (uint8_t)kind, .elem = elem, .object = object });
}

Ty ty_omitted(Types *t, Ty elem, void *object, const char *text)
{
    return intern_type(t, &(Type){ .kind = TY_OMITTED, .elem = elem, .object = object, .name = text });
}

Ty ty_str(Types *t)
{
    return intern_type(t, &(Type){ .kind = TY_STR });
}

Ty ty_iter(Types *t, Ty source)
{
    return intern_type(t, &(Type){ .kind = TY_ITER, .item = &source, .nitem = 1 });
}

/* reading ---------------------------------------------------------------------------------------- */

static uint8_t *put_parts(uint8_t *p, Part part, uint32_t n)
{
    memset(p, part, n);
    return p + n;
}

void ty_parts(Ty x, uint8_t *part)
{
    if (x->kind < TY_SCALAR_MAX) {
        put_parts(part, ty_part(x), x->nparts);
        return;
    }
    switch (x->kind) {
    case TY_ARRAY:
        part = put_parts(part, PART_PTR, 2);
        put_parts(part, PART_I64, x->nparts - 2);
        return;
    case TY_STR:
        part = put_parts(part, PART_PTR, 2);
        put_parts(part, PART_I64, 1);
        return;
    case TY_ITER:
        put_parts(part, PART_I64, 1);
        return;
    case TY_OPTIONAL:
    case TY_MAYBE:
        part = put_parts(part, PART_I1, 1);
        ty_parts(x->elem, part);
        return;
    default:
        for (uint32_t k = 0; k < x->nitem; k++) {
            ty_parts(x->item[k], part);
            part += x->item[k]->nparts;
        }
    }
}

Part ty_part(Ty scalar)
{
    assert(scalar->kind < TY_SCALAR_MAX);
    return (Part)scalar_row[scalar->kind].part;
}

uint32_t ty_bits(Ty scalar)
{
    switch (ty_part(scalar)) {
    case PART_I1: return 1;
    case PART_I8: return 8;
    case PART_I16: case PART_F16: return 16;
    case PART_I32: case PART_F32: return 32;
    default: return 64;
    }
}

Ty ty_strong(Ty x)
{
    switch (x->kind) {
    case TY_PYINT: return ty(TY_I64);
    case TY_PYFLOAT: return ty(TY_F64);
    case TY_PYCOMPLEX: return ty(TY_C128);
    default: return x;
    }
}

Ty ty_real(Ty complex_)
{
    switch (complex_->kind) {
    case TY_C64: return ty(TY_F32);
    case TY_C128: return ty(TY_F64);
    case TY_PYCOMPLEX: return ty(TY_PYFLOAT);
    default: return complex_;
    }
}

Ty ty_complex_of(Ty float_)
{
    switch (float_->kind) {
    case TY_F16: case TY_F32: case TY_C64: return ty(TY_C64);
    case TY_PYFLOAT: case TY_PYINT: case TY_PYCOMPLEX: return ty(TY_PYCOMPLEX);
    default: return ty(TY_C128);
    }
}

Ty ty_of_npy(int type_num)
{
    if (type_num == NPY_LONGLONG)
        return ty(TY_I64);
    if (type_num == NPY_ULONGLONG)
        return ty(TY_U64);
    for (int k = 0; k < TY_SCALAR_MAX; k++)
        if (scalar_row[k].npy == type_num && type_num >= 0)
            return ty((TyKind)k);
    return NULL;
}

int ty_to_npy(Ty scalar)
{
    scalar = ty_strong(scalar);
    return scalar->kind < TY_SCALAR_MAX ? scalar_row[scalar->kind].npy : NPY_NOTYPE;
}

const char *ty_name(Ty x)
{
    return x->name;
}
