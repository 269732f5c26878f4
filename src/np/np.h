/* np.h: what Python's operators and each function we know mean, by type: typed values in, typed IR out.
 *
 * There is one function for typing and building: a builder gets operands whose types are known, appends typed IR to
 * fn->cur, and returns the result, whose type is the type. infer calls it again when a phi's type has grown, on a
 * fresh Fn. A builder that has no meaning for its operands calls fail() with fn's position. Builders are
 * reached through np.def only; operators through the functions below, which choose by kind of operand. */
#pragma once
#include "ir/ir.h"

typedef struct NpRow NpRow;
/* arg: one a parameter of the row's signature, REF_NONE where it was not given; for `*rest` in the signature the
 * last one is a TUPLE. */
typedef Ref (*NpBuild)(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n);
struct NpRow {
    const char *path;           /* "numpy.sin", "math.sqrt", "builtins.abs"; ATTR and METHOD: the name */
    const char *signature;      /* of a row of numjit/lib (build NULL): the module the function of this name stands in; else
                                    "x", "a, axis=None, out=None", "*args", "start, stop=, /": as in Python; an absent one is REF_NONE */
    NpBuild build;
    int64_t data;               /* for the builder: a MathId, an operator, ... */
    uint32_t kind;              /* NP_FUNC; ATTR, METHOD: NP_OF_x, the receivers it stands for */
};
/* Receivers of attributes and methods. */
enum { NP_FUNC = 0, NP_OF_ARRAY = 1, NP_OF_SCALAR = 2, NP_OF_TUPLE = 4, NP_OF_DTYPE = 8, NP_OF_STR = 16, NP_OF_RANGE = 32,
       NP_OF_SLICE = 64, NP_OF_LIST = 128, NP_OF_FLAGS = 256, NP_OF_FLAT = 512, NP_OF_NUMBERS = 1024, NP_OF_UFUNC = 1 << 20 };
extern const NpRow np_func[];
extern const uint32_t np_nfunc;
/* NULL where there is none. receiver: of an attribute or method. */
const NpRow *np_find_attr(Ty receiver, const char *name);
const NpRow *np_find_method(Ty receiver, const char *name);
const NpRow *np_find_setter(Ty receiver, const char *name);
/* Binds positional and keyword arguments to row->signature, then builds. names: of the last nnames arguments.
 * receiver of a method: the first argument. Fails with DIAG_CALL and the reason. */
Ref np_call(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n, const char *const *names, uint32_t nnames);

/* The position of what is being built: &fn->pos.at[fn->cur_pos], for fail(). */
static inline const Pos *np_pos(const Fn *fn) { return &fn->pos.at[fn->cur_pos]; }

/* operators.c: by kinds of operands → the files below */
Ref np_binary(Fn *fn, BinOp op, Ref a, Ref b, bool inplace);
Ref np_unary(Fn *fn, UnOp op, Ref a);
Ref np_compare(Fn *fn, CmpOp op, Ref a, Ref b);
Ref np_is(Fn *fn, Ref a, Ref b);                            /* → bool, often constant */
Ref np_in(Fn *fn, Ref item, Ref container);
Ref np_truth(Fn *fn, Ref a);                                /* → bool */
Ref np_len(Fn *fn, Ref a);                                  /* PYINT */
Ref np_getitem(Fn *fn, Ref object, Ref key);
void np_setitem(Fn *fn, Ref object, Ref key, Ref value);
void np_set_attr(Fn *fn, Ref object, const char *name, Ref value);     /* object.name = value */
Ref np_attr_of(Fn *fn, Ref object, const char *name);       /* not modules: resolve.c; METHOD value for a method */
/* convert.c */
Ref np_int_fits(Fn *fn, Ref int64, Ty t);                   /* → bool: is it a value of the integer type t? */
void np_check_int(Fn *fn, Ref x, Ty t);                     /* OverflowError where x, or an item of it, is a Python int that is none */
/* A value as another type: an assignment, a phi operand, a return. Fails with DIAG_CAST. */
Ref np_convert(Fn *fn, Ref a, Ty to);
enum { RANGE_PARALLEL = 1 };            /* imm of a TUPLE of type RANGE: a prange */
/* Iteration by index: how many, and which is the i-th (i int64, in range). iterable.c */
bool np_is_iterable(Ty x);
Ref np_iter_start(Fn *fn, Ref source);                      /* what PY_ITER does: source with its length fixed; checks zip, range step */
Ref np_iter_count(Fn *fn, Ref source);
Ref np_iter_value(Fn *fn, Ref source, Ref i);
/* A known number of values, where a loop over them would have no one type (a heterogeneous tuple and the like), or any. */
bool np_iter_static(Ty source, bool any, uint32_t *n);
/* A known number of values, at most max, into x; false where it is not known. */
bool np_iter_values(Fn *fn, Ref source, uint32_t max, Ref **x, uint32_t *n);

/* format.c: texts made of values */
bool np_is_text(Ty t);
Ref np_join_text(Fn *fn, const Ref *piece, uint32_t n);
Ref np_format(Fn *fn, Ref value, int64_t conversion, Ref spec);     /* conversion: 0 or 's' 'r' 'a'; spec: a text or none */
Ref np_percent(Fn *fn, const char *template, Ref x);

const char *np_text(Fn *fn, Ref x);                         /* a constant string's bytes, or NULL */

/* tuple.c: tuples and list displays */
Ref np_aggregate(Fn *fn, TyKind kind, const Ref *x, uint32_t n);
Ref np_kept(Fn *fn, Ref v);     /* v for what outlives the handler: a caught exception not in the frame, but as long as the call */
Ref items_concat(Fn *fn, Ref a, Ref b);
Ref items_unpack_star(Fn *fn, Ref items, uint32_t before, uint32_t after);   /* a, *b, c = items → what each gets */

/* scalar.c: Python's arithmetic on scalars, its promotion and exceptions */
Ref scalar_binary(Fn *fn, BinOp op, Ref a, Ref b);
Ref scalar_unary(Fn *fn, UnOp op, Ref a);
Ref scalar_compare(Fn *fn, CmpOp op, Ref a, Ref b);
Ref scalar_truth(Fn *fn, Ref a);
void scalar_check_divmod(Fn *fn, Ref a, Ref b);             /* the error of divmod() where b is 0 */

/* ufunc.c: NumPy's kernels on one element: types resolved, no exceptions */
typedef struct UfuncRow UfuncRow;
enum { UFUNC_OPERANDS = 32 };         /* and a mask */
/* A user's function of elements as a ufunc: lives as long as fn's Unit. */
const UfuncRow *ufunc_of_func(Fn *fn, struct Func *f, const char *name, uint32_t nin);
/* The loop dtypes for operand dtypes in (weak allowed) → computing type of each operand and result. false: no loop. */
bool ufunc_types(Fn *fn, const UfuncRow *u, const Ty *in, Ty *loop_in, Ty *out);
Ref ufunc_kernel(Fn *fn, const UfuncRow *u, const Ref *x, Ty out);      /* x already have the loop types */
const UfuncRow *ufunc_of_binop(BinOp op);
const UfuncRow *ufunc_of_unop(UnOp op);
const UfuncRow *ufunc_of_cmp(CmpOp op);
const char *ufunc_name(const UfuncRow *u);

/* elementwise.c: operations on arrays as nests */
Ref ew_apply(Fn *fn, const UfuncRow *u, const Ref *x, uint32_t n, Ref out, Ty dtype);   /* arrays and scalars; out, dtype may be none */
/* where: a mask, false where the result is not written (0 in a new one); unsafe: out may be of a lower kind. */
Ref ew_apply_where(Fn *fn, const UfuncRow *u, const Ref *x, uint32_t n, Ref out, Ty dtype, Ref where, bool unsafe);
void ew_assign(Fn *fn, Ref target, Ref value);              /* target[...] = value, broadcast, cast; overlap as NumPy */
Ref ew_astype(Fn *fn, Ref array, Ty dtype, Order order);    /* a new array */
Ref ew_copy(Fn *fn, Ref array, Order order);
void ew_fill(Fn *fn, Ref array, Ref scalar);
Ref ew_as_array(Fn *fn, Ref x);                             /* a scalar: 0-d; a (nested) tuple or list: an array of it; an array: itself */
/* Extents of x and y broadcast together, with the check; ndim of both made equal from the left. */
uint32_t ew_broadcast(Fn *fn, const Ref *x, uint32_t n, Ref *extent);
Ref ew_broadcast_to(Fn *fn, Ref array, const Ref *extent, uint32_t ndim, DiagId why);   /* a view with stride 0 where stretched */

/* index.c: a[...] and a[...] = ... ; views */
Ref index_get(Fn *fn, Ref array, Ref key);
void index_set(Fn *fn, Ref array, Ref key, Ref value);
Ref index_int64(Fn *fn, Ref x);                             /* any integer; what only uint64 holds: past all ends */
Ref index_wrap(Fn *fn, Ref i, Ref extent, uint32_t axis);   /* any integer → int64 in range, or IndexError */
Ref index_slice(Fn *fn, Ref slice, Ref extent, Ref *start, Ref *step);  /* → the number of items */

/* shape.c, create.c */
Ref shape_view(Fn *fn, Ref array, const Ref *extent, uint32_t ndim, Order order);   /* contiguous data seen with another shape */
Ref shape_part(Fn *fn, Ref vector, Ref from, const Ref *extent, uint32_t ndim);     /* elements of a C vector from there, in C order */
Ref shape_reshape(Fn *fn, Ref array, const Ref *extent, uint32_t ndim);  /* -1 allowed; copies if it must */
Ref shape_fits(Fn *fn, const Ref *extent, uint32_t ndim);     /* bool: their product does not wrap; none and negative ones count as 1 */
Ref create_like(Fn *fn, Ref proto, Ty dtype, bool zeroed);
uint32_t create_extents(Fn *fn, Ref shape, Ref *extent);    /* an int or a tuple of ints → int64 extents, checked >= 0 */
Ty create_dtype(Fn *fn, Ref dtype, Ty absent);              /* the scalar type that a dtype argument names; strings too */

/* Comprehensions (values of type COMPREHENSION): infer/comprehension.c gives these to builders. */
Ref infer_fold(Fn *fn, Ref comp, Fold mode, Ref init);      /* what is accumulated at its end */
Ty infer_fold_type(Fn *fn, Ty comp);                        /* of its values; UNBOUND: it has none */
bool infer_one_each(Fn *fn, Ty comp);                       /* as many values as its iterable (item 1) has */
bool infer_is_generator(Fn *fn, Ty comp);
Ref infer_list_of(Fn *fn, Ref comp);                        /* a list display of its values */
Ref numbers_of_iterable(Fn *fn, Ref source);                /* numbers.c; also of a comprehension. None: its values are no numbers */
Ref infer_fold_with(Fn *fn, Ref comp, Fold mode, Ref init, Ref constant);   /* constant: what every step is given */
Ref np_fold(Fn *fn, Fold mode, Ref acc, Ref v, Ref constant);   /* fold.c: one step */
Ref np_array_of(Fn *fn, Ref comp);

/* resolve.c and rows.c give these: any Python object as a constant value; an attribute of any value; the row of a callable, or NULL. */
const NpRow *resolve_row(Unit *u, void *callable);
Ref resolve_object(Fn *fn, void *object, const char *what);
Ref resolve_attr(Fn *fn, Ref object, const char *name);

/* Are the two callables one? One of them is a CHOICE. convert.c */
Ref np_choice_is(Fn *fn, Ref a, Ref b);

/* Of an ITERATOR: has it a next value?  It, and the iterator past it. iterator.c */
Ref np_iterator_more(Fn *fn, Ref it);
Ref np_iterator_take(Fn *fn, Ref it);

/* Calls of other functions: instance.c gives this to builders (map, key functions, the prelude). */
Ref infer_call(Fn *fn, Ref callee, const Ref *arg, uint32_t n);     /* never none: leaves the op while the type is not known */
/* The function of numjit/lib/<module>.py; names: of the last nnames arguments. */
Ref infer_call_lib(Fn *fn, const char *module, const char *name, const Ref *arg, uint32_t n, const char *const *names,
                   uint32_t nnames);
/* vectorize.c of infer/: which types a user's function of elements takes for these dtypes, and what it returns; its call. */
Ref infer_number(Fn *fn, Ref r, Ty t);                      /* what such a call gave, as t; any number where it never returns */
bool infer_user_types(Fn *fn, struct Func *f, const Ty *in, uint32_t n, Ty *loop_in, Ty *out);
Ref infer_call_complete(Fn *fn, struct Func *f, const Ref *arg, uint32_t n);    /* the result has its final type */
Ref vectorize_loop(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n);
Ref vectorize_checked(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n);
/* constant.c: dtypes and functions of types, while compiling. */
Ty infer_dtype(Fn *fn, Ref x);                              /* the scalar type a dtype, class or string names; NULL: none */
Ref infer_dtype_value(Fn *fn, Ty dtype);                    /* np.dtype of it */
Ref infer_constant_item(Fn *fn, Ref object, Ref key);       /* of constant objects: what CPython says of them */
Ref infer_constant_items(Fn *fn, Ref object);               /* a tuple of them, or the object itself, which has none */
Ref infer_constant_truth(Fn *fn, Ref object);
Ref infer_constant_equal(Fn *fn, Ref a, Ref b);
Ref infer_constant_call(Fn *fn, const char *path, const Ref *arg, uint32_t n);   /* NumPy's own function, of constants; an array is its dtype */
