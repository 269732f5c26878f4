/* np_build.h: the builders that rows of np.def name, and what files of np/ share. Made from the rows. */
#pragma once
#include "np/np.h"

#define LIB(...)
#define SETTER(receiver, name, build, data) Ref build(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n);
#define LIB_METHOD(...)
#define FUNC(path, signature, build, data) Ref build(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n);
#define ATTR(receiver, name, build, data) Ref build(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n);
#define METHOD(receiver, name, signature, build, data) Ref build(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n);
#include "np/np.def"
#undef FUNC
#undef ATTR
#undef METHOD
#undef LIB
#undef SETTER
#undef LIB_METHOD

/* ufunc.def: the index of a row; np.def rows are made from it too. */
typedef enum UfuncId {
#define UFUNC(id, name, ...) UF_##id,
#define KERNEL(id, ...) UF_##id,
#include "np/ufunc.def"
#undef KERNEL
#undef UFUNC
    UF_MAX
} UfuncId;
const UfuncRow *ufunc_row(UfuncId id);
Ref build_ufunc(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n);   /* data: UfuncId; x..., out, dtype, where */

/* Kinds of operands and arguments. */
static inline bool np_is_number(Ty t) { return ty_is_scalar(t) && t->kind != TY_PTR; }
static inline bool np_is_intlike(Ty t) { return ty_is_int(t) || ty_is_bool(t); }
/* What a nest may compute where it is read: a new array, or a view of one. */
static inline bool np_is_made_here(Fn *fn, Ref a)
{
    while (ir_ins(fn, a)->op == IR_VIEW)
        a = ir_arg(fn, a, 0);
    return ir_ins(fn, a)->op == IR_NEW;
}
static inline bool np_absent(Fn *fn, Ref x) { return ref_is_none(x) || ir_ty(fn, x)->kind == TY_NONE; }
static inline Ref np_pyint(Fn *fn, Ref x) { return ir_cast(fn, x, ty(TY_PYINT)); }
Ref np_python_number(Fn *fn, Ref x);                     /* as item() gives it: int, float, complex */
Ref np_whole(Fn *fn, Ref x);                               /* a float truncated: an int; errors for nan and infinity */
Ref np_value_of(Fn *fn, Ref x);                             /* an optional's value, with the check */
void np_need_writable(Fn *fn, Ref array, const char *what);         /* what: NumPy's word for it there */
_Noreturn void np_bad_arg(Fn *fn, const NpRow *row, const char *expected, Ref x);

/* tuple.c: tuples and list displays, and aggregates of any kind */
Ref *np_items(Fn *fn, Ref aggregate, uint32_t *n);
Ref np_sequence_index(Fn *fn, Ref key, Ref n, const char *what);     /* a negative position counts from the end; IndexError outside */
Ref items_repeat(Fn *fn, Ref t, int64_t times);
Ref items_compare(Fn *fn, CmpOp op, Ref a, Ref b);
Ref items_contain(Fn *fn, Ref t, Ref item);
Ref items_get(Fn *fn, Ref t, Ref key);
Ref np_best(Fn *fn, Ref a, Ref b, bool max);               /* Python's min, max of two: fold.c */
_Noreturn void items_refuse_change(Fn *fn);

Ref nditer_value(Fn *fn, Ref iter, Ref i);                  /* nditer.c: the i-th step of an NDITER */
Ref range_slice(Fn *fn, Ref r, Ref slice);                  /* range.c */
Ref range_array(Fn *fn, Ref r);                             /* a new vector of its numbers */
Ref np_range_len(Fn *fn, Ref r);                            /* iterable.c: how many values; OverflowError where int64 does not count them */
Ref np_range_bits(Fn *fn, Ref r);                           /* likewise, any number: an uint64 in an int64 */

/* arith.c: pieces of arithmetic that scalar.c and ufunc.c share; operands of one type, no exceptions */
Ref arith_floordiv(Fn *fn, Ref a, Ref b);                   /* ints: x // 0 = 0; floats as CPython and NumPy */
Ref arith_mod(Fn *fn, Ref a, Ref b);                        /* the sign of b; ints: x % 0 = 0 */
Ref arith_rem_int(Fn *fn, Ref a, Ref b);                   /* C's %, ints of one type; 0 where b is 0 */
Ref arith_shift(Fn *fn, bool left, Ref a, Ref count);       /* any count: past the width 0 or -1 */
Ref arith_compare(Fn *fn, CmpOp op, Ref a, Ref b);          /* one type, or int64 with uint64 (exact) */
Ref arith_complex(Fn *fn, BinOp op, Ref a, Ref b, bool numpy);  /* + - * / ** */
Ref arith_pow_const(Fn *fn, Ref x, int64_t k);              /* x**k by multiplications; any scalar; k >= 0 */
bool arith_pow_is_short(const Fn *fn, double e);                         /* a constant exponent that multiplications and roots replace */
Ref arith_pow_float(Fn *fn, Ref x, double e);               /* then: x**e of a float, rounded once */
Ref arith_pow_int(Fn *fn, Ref a, Ref b);                    /* ints of one type */
Ref arith_cfun(Fn *fn, int id, Ref z);                      /* id: RtComplex */
Ref arith_abs(Fn *fn, Ref a);                               /* a complex: its real type */
Ref arith_lcm(Fn *fn, Ref a, Ref b);                        /* the same; it may wrap */
Ref arith_gcd(Fn *fn, Ref a, Ref b);                        /* of two integers: int64 with the bits of the uint64 */
Ref arith_min(Fn *fn, Ref a, Ref b, bool max);              /* Python's: b if b < a else a */

/* index.c: subscripts. A Keys has at most one Ellipsis, which stands for `rest` axes; KEY_ARRAY and what follows it are
 * NumPy's advanced indices. */
typedef enum KeyKind { KEY_INT, KEY_SLICE, KEY_NEW, KEY_ELLIPSIS, KEY_ARRAY, KEY_MASK, KEY_BOOL } KeyKind;
typedef struct Key { KeyKind kind; Ref x; } Key;
enum { KEY_MAX = 2 * NDIM_MAX + 1 };
typedef struct Keys { Key at[KEY_MAX]; uint32_t n, nint, narray, rest; } Keys;
/* A view of array, made key by key; axis: the next one of the array. */
typedef struct View {
    Fn *fn;
    Ref array, ptr, extent[NDIM_MAX], stride[NDIM_MAX];
    uint32_t nd, axis;
    bool c_ok, c_open, f_ok, f_open;
    ViewMap map;
} View;
View index_view(Fn *fn, Ref array);
void index_view_key(View *v, Key k, uint32_t rest);
Ref index_view_end(View *v);
/* fancy.c: keys with arrays among them */
Ref fancy_get(Fn *fn, Ref array, const Keys *keys);
void fancy_set(Fn *fn, Ref array, const Keys *keys, Ref value);
void fancy_nonzero(Fn *fn, Ref array, Ref *index);          /* one int64 array an axis */
void items_check_found(Fn *fn, Ref found, Ref value, bool list);       /* tuple.c: the error of index() */
/* numbers.c: lists of numbers whose length is known when the program runs */
Ref numbers_of(Fn *fn, Ref vector, Ty item);
Ref numbers_as(Fn *fn, Ref list, Ty to);                    /* of one of numbers or a display */
Ref numbers_vector(Fn *fn, Ref list);
Ty numbers_item(Ty list);
Ref numbers_at(Fn *fn, Ref list, Ref i);
Ref numbers_get(Fn *fn, Ref list, Ref key);
Ref numbers_equal(Fn *fn, Ref a, Ref b);                    /* of these and the next, a and b may be displays */
Ref numbers_concat(Fn *fn, Ref a, Ref b);
Ref numbers_repeat(Fn *fn, Ref list, Ref times);
Ty np_loop_number(Ty t);                                    /* sequence.c: the type of the values of a loop over t; NULL: not a scalar */
/* elementwise.c */
uint32_t ew_broadcast_as(Fn *fn, const Ref *x, uint32_t n, Ref *extent, DiagId why);
void ew_check_cast(Fn *fn, Ref casting, const char *without, Ty of, Ty to);
Ref ew_apart(Fn *fn, Ref x, Ref target);                    /* x, or a copy of it where it may lie in target's memory */

/* axes.c: views. A Strided is an array taken apart, to be changed and put together again. */
typedef struct Strided {
    Ref array, ptr, extent[2 * NDIM_MAX], stride[2 * NDIM_MAX];
    uint32_t nd;
    bool mapped;                /* map says where its elements are (ir.h) */
    ViewMap map;
} Strided;
Strided strided_of(Fn *fn, Ref array);                      /* not mapped */
Ref strided_view(Fn *fn, const Strided *s, Ty elem, Order order, bool readonly);     /* order C, F: the strides follow from the extents */
void axes_need(Fn *fn, uint32_t nd, const char *of);          /* fails where no array has so many axes */
uint32_t axes_one(Fn *fn, Ref axis, uint32_t nd);           /* a constant axis, negative ones too; AxisError */
Ref axes_view(Fn *fn, Ref a, const int *from, uint32_t nd);
Ref axes_turned(Fn *fn, Ref a);                             /* all axes the other way round */
Ref axes_expand(Fn *fn, Ref a, const uint32_t *axis, uint32_t n);    /* new axes of one element at these places of the result */
Ref axes_atleast(Fn *fn, Ref x, uint32_t least);
Ref np_open_rest(Fn *fn, Ref x);                            /* shape.c: a TUPLE of a single tuple or of None: what is inside */
void np_unravel(Fn *fn, Ref i, Ref array, Ref *index);      /* iterable.c: the i-th place in C order → one index an axis */
/* select.c, flat.c, attribute.c, create.c, join.c */
Ref np_index_mode(Fn *fn, const NpRow *row, Ref index, Ref mode, Ref extent);
Ref flat_index(Fn *fn, Ref key, Ref n);                     /* one of n elements, the last ones by negative numbers */
Ref flat_get(Fn *fn, Ref array, Ref key);                   /* array.flat[key] */
void flat_set(Fn *fn, Ref array, Ref key, Ref value);
Ref attr_flags_item(Fn *fn, Ref flags, Ref key);
Ref attr_contiguous(Fn *fn, Ref a, bool f);                 /* bool */
Order create_order(Fn *fn, Ref order, Order keep);           /* an order= argument; keep: what absent, A and K stand for */
Ref join_new_axis(Fn *fn, Ref *x, uint32_t n, DiagId why);   /* arrays of one shape, stacked; why: when they are not */
