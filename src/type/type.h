/* type.h: kind, dtype, ndim, order → one interned Ty for equal types, compared as pointers.
 *
 * Types live as long as the module and never change, so any thread may read one without a lock; making one
 * takes the table's lock. The code generator's shared object has its own copy of the scalar rows: there,
 * compare ->kind and never make a type. Python's int, float and complex are types of their own (PYINT ...):
 * weak in array expressions (NEP 50), 64-bit values in scalar arithmetic. */
#pragma once
#include "base/base.h"

typedef enum TyClass {
    CLASS_NONE, CLASS_BOOL, CLASS_INT, CLASS_UINT, CLASS_FLOAT, CLASS_COMPLEX,
    CLASS_WEAK_INT, CLASS_WEAK_FLOAT, CLASS_WEAK_COMPLEX
} TyClass;

/* The machine value that one part of a value is. In slots and results a part takes 8 bytes. */
typedef enum Part { PART_I1, PART_I8, PART_I16, PART_I32, PART_I64, PART_F16, PART_F32, PART_F64, PART_PTR } Part;

typedef enum TyKind {
#define TYPE(id, ...) TY_##id,
#include "type/type.def"
#undef TYPE
    TY_SCALAR_MAX,
    TY_NONE = TY_SCALAR_MAX,    /* None: no parts */
    TY_UNBOUND,                 /* a local with no value: no parts */
    TY_NEVER,                   /* what a function returns that never does (it raises): no parts. No value has this type */
    TY_ELLIPSIS,
    TY_OPTIONAL,                /* elem or None: I1 (has a value), parts of elem */
    TY_MAYBE,                   /* elem or unbound: I1 (has a value), parts of elem */
    TY_ARRAY,                   /* elem = dtype */
    /* aggregates: parts of their items one after another; ir TUPLE makes one, ITEM takes it apart */
    TY_TUPLE,                   /* object: the namedtuple class, or NULL */
    TY_LIST,                    /* a list display: a list that nothing changes, so its items are known when compiling */
    TY_NUMBERS,                 /* a list of numbers of one type that nothing changes: an array of them, DTYPE of one (np/numbers.c) */
    TY_SLICE,                   /* start, stop, step: each an integer type or NONE */
    TY_RANGE,                   /* start, stop, step: PYINT each */
    TY_ENUMERATE,               /* iterable, start */
    TY_ZIP,                     /* iterables */
    TY_REVERSED,                /* sequence */
    TY_FLAT,                    /* array: a.flat */
    TY_FLAGS,                   /* array: a.flags */
    TY_NDENUMERATE,             /* array */
    TY_NDINDEX,                 /* extents: int64 each */
    TY_NDITER,                  /* arrays */
    TY_MAP, TY_FILTER,          /* function, iterables */
    TY_ITERATOR,                /* iterable, how many values were taken of it: an int64 array of no axes, which next() changes */
    TY_COMPREHENSION,           /* function (CLOSURE), its first iterable: one call consumes it, infer/comprehension.c */
    TY_METHOD,                  /* receiver; object: method name (const char *, copied by the table); a bound method not yet called */
    TY_CLOSURE,                 /* captured values; object: the number of the inner function, Func.number */
    TY_CHOICE,                  /* which of the next ones (int64; 1: the first), then callables of different types */
    TY_FORMAT,                  /* values that a text is made of; object: how, a str (np/format.c) */
    TY_EXCEPTION,               /* constructor arguments; object: the class */
    /* constants: no parts, what they are is in object (a PyObject* that the table owns) */
    TY_FUNC,                    /* a callable: builtin, ufunc, class, Dispatcher */
    TY_MODULE,
    TY_DTYPE,                   /* elem: the scalar type. object: the class or dtype it was written as */
    TY_LITERAL,                 /* elem: bool, int or str; object: the value. Only the type of an Instance's parameter (numjit/lib) */
    TY_OMITTED,                 /* elem: its type; object: the default that a parameter of an Instance always has there */
    TY_CONST,                   /* any other Python object that only compile-time code looks at */
    TY_STR,                     /* PyObject* (borrowed, lives as long as the call), UTF-8 bytes, nbytes: PTR PTR I64 */
    TY_ITER,                    /* the index of a `for` over item[0]: I64 */
    TY_KIND_MAX
} TyKind;

typedef enum Order { ORDER_A, ORDER_C, ORDER_F } Order;     /* A: any strides. 1-d contiguous and 0-d are C */
enum { NDIM_MAX = 32, NITEM_MAX = 1000, TY_DEPTH_MAX = 16 };

typedef struct Type Type;
typedef const Type *Ty;
struct Type {
    uint8_t kind;               /* TyKind */
    uint8_t cls;                /* TyClass, scalars only */
    uint8_t ndim, order;        /* arrays */
    bool readonly;              /* arrays */
    uint8_t depth;              /* nesting, for the widening limit */
    uint16_t nbytes;            /* of an array element; 0: cannot be one */
    uint32_t nparts;
    uint32_t nitem;
    Ty elem;
    const Ty *item;
    const int64_t *extent;      /* arrays with fixed extents: ndim of them; else NULL */
    void *object;
    const char *name;           /* as messages and dumps show it: array(float64, 2d, C), int, tuple(int, float) */
    uint32_t id;                /* in order of making */
};

extern const Type ty_row[TY_ELLIPSIS + 1];                 /* scalars, NONE, UNBOUND, ELLIPSIS */
static inline Ty ty(TyKind kind) { return &ty_row[kind]; }

typedef struct Types Types;
/* keep: called once for each PyObject a new type holds (all `object`s but those of METHOD and CLOSURE), so that the caller can
 * own a reference. */
Types *types_new(void (*keep)(void *object));
void types_free(Types *t);
/* object dies: its type of that kind stands for nothing any more, and another object at its address gets a new one. */
void ty_forget(Types *t, TyKind kind, void *object);

Ty ty_array(Types *t, Ty dtype, uint32_t ndim, Order order, bool readonly, const int64_t *extent);
Ty ty_optional(Types *t, Ty elem);                          /* of an optional or NONE: itself */
Ty ty_maybe(Types *t, Ty elem);
Ty ty_aggregate(Types *t, TyKind kind, const Ty *item, uint32_t nitem, void *object);
Ty ty_tuple(Types *t, const Ty *item, uint32_t nitem);
Ty ty_constant(Types *t, TyKind kind, Ty elem, void *object);   /* FUNC MODULE DTYPE LITERAL CONST */
Ty ty_omitted(Types *t, Ty elem, void *object, const char *text);   /* text: the object in messages */
Ty ty_str(Types *t);
Ty ty_iter(Types *t, Ty source);

static inline bool ty_is_scalar(Ty x) { return x->kind < TY_PTR; }
static inline bool ty_is_weak(Ty x) { return x->cls >= CLASS_WEAK_INT; }
static inline bool ty_is_bool(Ty x) { return x->cls == CLASS_BOOL; }
/* integers of any width and signedness, Python's too; not bool */
static inline bool ty_is_int(Ty x) { return x->cls == CLASS_INT || x->cls == CLASS_UINT || x->cls == CLASS_WEAK_INT; }
static inline bool ty_is_unsigned(Ty x) { return x->cls == CLASS_UINT || x->cls == CLASS_BOOL; }
static inline bool ty_is_float(Ty x) { return x->cls == CLASS_FLOAT || x->cls == CLASS_WEAK_FLOAT; }
static inline bool ty_is_complex(Ty x) { return x->cls == CLASS_COMPLEX || x->cls == CLASS_WEAK_COMPLEX; }
static inline bool ty_is_optional(Ty x) { return x->kind == TY_OPTIONAL || x->kind == TY_MAYBE; }
static inline bool ty_is_array(Ty x) { return x->kind == TY_ARRAY; }
bool ty_holds_array(Ty x);                                  /* an array, or something with one in it; NULL: not */
static inline bool ty_is_aggregate(Ty x) { return x->kind >= TY_TUPLE && x->kind <= TY_EXCEPTION; }
/* a tuple or a list whose items are known when compiling */
static inline bool ty_is_items(Ty x) { return x->kind == TY_TUPLE || x->kind == TY_LIST; }
static inline bool ty_is_list(Ty x) { return x->kind == TY_LIST || x->kind == TY_NUMBERS; }
/* what NumPy takes as an array */
static inline bool ty_is_sequence(Ty x) { return ty_is_items(x) || x->kind == TY_NUMBERS || x->kind == TY_RANGE; }
static inline bool ty_is_callable(Ty x)
{
    return x->kind == TY_FUNC || x->kind == TY_CLOSURE || x->kind == TY_METHOD || x->kind == TY_CHOICE;
}
static inline bool ty_is_constant(Ty x) { return x->kind >= TY_FUNC && x->kind <= TY_CONST; }
static inline bool ty_has_strides(Ty x) { return x->kind == TY_ARRAY && x->order == ORDER_A; }

/* The machine parts of a value, in order; part has room for x->nparts.
 * array: owner PTR, data PTR, shape I64 x ndim (none when extents are fixed), strides I64 x ndim (order A only) */
void ty_parts(Ty x, uint8_t *part);
Part ty_part(Ty scalar);                                    /* of a scalar's first part */
uint32_t ty_bits(Ty scalar);                                /* 1, 8 ... 64; a complex: of one component */
Ty ty_strong(Ty x);                                         /* PYINT → I64, PYFLOAT → F64, PYCOMPLEX → C128; others: x */
Ty ty_real(Ty complex_);                                    /* C64 → F32, C128 → F64, PYCOMPLEX → PYFLOAT */
Ty ty_complex_of(Ty float_);
Ty ty_of_npy(int type_num);                                 /* NULL: not a type we have */
int ty_to_npy(Ty scalar);                                   /* weak ones as their strong twin */
bool ty_same_extent(Ty a, Ty b);                            /* of two arrays: both have none of their own, or the same */
const char *ty_name(Ty x);
/* spell.c: "f8[:, ::1]" or "int64" → Ty; NULL and *why when it is not a type. Numba's and NumPy's spellings. */
Ty ty_parse(Types *t, const char *spelling, const char **why);

/* promote.c: two Ty → the Ty that NumPy gives (NEP 50), or that two branches of a program join to. */
Ty promote_array(Ty a, Ty b);                               /* dtypes of an array expression; weak ones allowed */
void promote_operands(Ty *x, uint32_t n);                       /* dtypes of operands: Python's numbers take the others' (NEP 50) */
Ty promote_scalar(Ty a, Ty b);                              /* Python's arithmetic: ints at least 64 bits, u64+i64 = i64, f32+float = f64 */
/* A phi of a and b, or NULL where they do not join. int+float = float, C+F = A, None+T = optional, UNBOUND+T = maybe,
 * tuples item by item, bool+int = int, two callables = a choice of both. */
Ty promote_join(Types *t, Ty a, Ty b);
/* The type of the numbers in a list of such, or in a display; NONE: it is empty; NULL: they are no numbers of one type. */
Ty promote_list_item(Ty list);
/* How far a parameter of type to is from an argument of type from: 0 the same, more the less they fit, -1 not at all. */
int promote_distance(Ty from, Ty to);
