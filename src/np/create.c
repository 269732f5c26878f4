/* create.c: new arrays: empty, zeros, ones, full, arange, eye, array and their kin. */
#include "np/np_build.h"
#include "runtime/runtime.h"

/* The text of a constant string argument, or NULL. */
const char *np_text(Fn *fn, Ref x)
{
    if (ref_is_none(x) || ir_ty(fn, x)->kind != TY_STR || ir_ins(fn, x)->op != IR_CONST)
        return NULL;
    const uint64_t *part = ir_ins(fn, x)->imm.p;        /* object, bytes, nbytes */
    const char *s = (const char *)(uintptr_t)part[1];
    return strlen(s) == part[2] ? s : NULL;              /* with a NUL inside it is no text of C: a value like others */
}

Ty create_dtype(Fn *fn, Ref dtype, Ty without)
{
    if (np_absent(fn, dtype))
        return without;
    Ty t = infer_dtype(fn, dtype);
    const char *s = np_text(fn, dtype);
    if (!t || !ty_is_scalar(t))
        fail(fn->unit, np_pos(fn), DIAG_DTYPE, s ? s : ty_name(ir_ty(fn, dtype)));
    return ty_strong(t);
}

/* An order= argument: C where it is absent; keep: what A and K stand for. */
Order create_order(Fn *fn, Ref x, Order keep)
{
    if (np_absent(fn, x))
        return keep;
    const char *s = np_text(fn, x);
    if (s && (*s == 'C' || *s == 'F') && !s[1])
        return *s == 'C' ? ORDER_C : ORDER_F;
    if (s && (*s == 'A' || *s == 'K') && !s[1])
        return keep;
    fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "order", "must be one of 'C', 'F', 'A', 'K', and constant");
}

static Ref extent_of(Fn *fn, Ref x)
{
    if (!ty_is_int(ir_ty(fn, x)) && !ty_is_bool(ir_ty(fn, x)))
        fail(fn->unit, np_pos(fn), DIAG_CAST, ty_name(ir_ty(fn, x)), "a shape");
    Ref e = ir_cast(fn, x, ty(TY_I64));
    ir_check(fn, ir_cmp(fn, IR_GE, e, ir_i64(fn, 0)), DIAG_NEGATIVE_DIM, NULL, 0);
    return e;
}

uint32_t create_extents(Fn *fn, Ref shape, Ref *extent)
{
    Ty t = ir_ty(fn, shape);
    if (!ty_is_items(t)) {
        extent[0] = extent_of(fn, shape);
        return 1;
    }
    axes_need(fn, t->nitem, "the shape");
    for (uint32_t k = 0; k < t->nitem; k++)
        extent[k] = extent_of(fn, ir_item(fn, shape, k));
    return t->nitem;
}

/* An array that only its shape is wanted of is never made: that it could not be is said here. */
static void check_size(Fn *fn, Ty dtype, const Ref *extent, uint32_t nd)
{
    Ref nbytes = ir_float(fn, ty(TY_F64), dtype->nbytes), arg[NDIM_MAX + 3];
    double known;
    for (uint32_t k = 0; k < nd; k++)
        nbytes = ir_bin(fn, IR_MUL, nbytes, ir_cast(fn, arg[k + 2] = extent[k], ty(TY_F64)));
    if (ir_is_float(fn, nbytes, &known) && known < RT_BIG)
        return;
    ir_check(fn, ir_cmp(fn, IR_LT, nbytes, ir_float(fn, ty(TY_F64), 0x1p63)), DIAG_TOO_BIG, NULL, 0);
    arg[0] = ir_cast(fn, nbytes, ty(TY_I64));
    arg[1] = ir_i64(fn, nd);
    arg[nd + 2] = ir_i64(fn, (int64_t)(intptr_t)dtype->name);
    ir_check(fn, ir_rt(fn, RT_HAS_ROOM, ty(TY_BOOL), &nbytes, 1), DIAG_ARRAY_MEMORY, arg, nd + 3);
}

static Ref new_array(Fn *fn, Ty dtype, const Ref *extent, uint32_t nd, Order order, bool zeroed)
{
    check_size(fn, dtype, extent, nd);
    if (order == ORDER_A || nd < 2)
        order = ORDER_C;
    return ir_new(fn, ty_array(fn->unit->types, dtype, nd, order, false, NULL), extent, zeroed);
}

Ref create_like(Fn *fn, Ref proto, Ty dtype, bool zeroed)
{
    Ref a = ew_as_array(fn, proto), extent[NDIM_MAX];
    Ty t = ir_ty(fn, a);
    for (uint32_t k = 0; k < t->ndim; k++)
        extent[k] = ir_extent(fn, a, k);
    Order order = t->order == ORDER_A || t->ndim < 2 ? ORDER_C : (Order)t->order;
    return ir_new(fn, ty_array(fn->unit->types, dtype ? dtype : t->elem, t->ndim, order, false, NULL), extent, zeroed);
}

/* data: 0 empty, 1 zeros, 2 ones */
Ref create_zeros(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref extent[NDIM_MAX];
    uint32_t nd = create_extents(fn, arg[0], extent);
    Ty dtype = create_dtype(fn, arg[1], ty(TY_F64));
    Ref a = new_array(fn, dtype, extent, nd, create_order(fn, arg[2], ORDER_C), row->data == 1);
    if (row->data == 2)
        ew_fill(fn, a, ir_int(fn, ty(TY_I64), 1));
    return a;
}

/* prototype, dtype, order, shape= → an array of that kind, not filled */
static Ref like_arg(Fn *fn, Ref proto, Ref dtype, Ref order, Ref shape, bool zeroed)
{
    Ref a = ew_as_array(fn, proto), extent[NDIM_MAX];
    Ty t = ir_ty(fn, a);
    uint32_t nd = t->ndim;
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = ir_extent(fn, a, k);
    if (!np_absent(fn, shape))
        nd = create_extents(fn, shape, extent);
    Order o = create_order(fn, order, t->order == ORDER_F && nd == t->ndim ? ORDER_F : ORDER_C);
    return new_array(fn, create_dtype(fn, dtype, t->elem), extent, nd, o, zeroed);
}

/* prototype, dtype, order, subok, shape */
Ref create_zeros_like(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = like_arg(fn, arg[0], arg[1], arg[2], arg[4], row->data == 1);
    if (row->data == 2)
        ew_fill(fn, a, ir_int(fn, ty(TY_I64), 1));
    return a;
}

Ref create_full(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref extent[NDIM_MAX], value = arg[1];
    uint32_t nd = create_extents(fn, arg[0], extent);
    if (ty_is_sequence(ir_ty(fn, value)))
        value = ew_as_array(fn, value);
    Ty vt = ir_ty(fn, value), dtype = create_dtype(fn, arg[2], ty_strong(ty_is_array(vt) ? vt->elem : vt));
    if (!ty_is_scalar(dtype))
        fail(fn->unit, np_pos(fn), DIAG_CAST, ty_name(vt), "array");
    Ref a = new_array(fn, dtype, extent, nd, create_order(fn, arg[3], ORDER_C), false);
    ew_assign(fn, a, value);
    return a;
}

/* a, fill_value, dtype, order, subok, shape */
Ref create_full_like(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = like_arg(fn, arg[0], arg[2], arg[3], arg[5], false);
    ew_assign(fn, a, ty_is_sequence(ir_ty(fn, arg[1])) ? ew_as_array(fn, arg[1]) : arg[1]);    /* numbers of a list wrap */
    return a;
}

static void need_real(Fn *fn, const char *what, Ref x)
{
    Ty t = ir_ty(fn, x);
    if (!ty_is_int(t) && !ty_is_float(t) && !ty_is_bool(t))
        fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, what, "an argument", "a real number", ty_name(t));
}

typedef struct Arange {
    Ref number[3];              /* from, to, by as they were given */
    Ty t[3];                    /* their types */
    Ref from, to, by;           /* float64 or int64; then what is counted in */
    Ref next, count;
    bool real;
} Arange;

/* a op b, float64, of numbers that NumPy computes with in type t. */
static Ref rounded(Fn *fn, IrOp op, Ref a, Ref b, Ty t)
{
    Ref x = ir_bin(fn, op, a, b);
    return ty_is_float(t) ? ir_cast(fn, ir_cast(fn, x, ty_strong(t)), ir_ty(fn, x)) : x;
}

/* The same of two of the numbers, whose values as float64 or int64 are x and y: uint64, where that is their type. */
static Ref of_numbers(Fn *fn, const Arange *r, IrOp op, uint32_t a, uint32_t b, Ref x, Ref y)
{
    Ty t = promote_array(r->t[a], r->t[b]);
    if (t->kind != TY_U64)
        return rounded(fn, op, x, y, t);
    for (uint32_t k = 0; k < 3; k++)
        if ((k == a || k == b) && r->t[k]->kind == TY_PYINT)
            ir_check(fn, np_int_fits(fn, ir_cast(fn, r->number[k], ty(TY_I64)), t), DIAG_MAX_SIZE, NULL, 0);
    return ir_bin(fn, op, ir_cast(fn, r->number[a], t), ir_cast(fn, r->number[b], t));
}

static void arange_count(Fn *fn, Arange *r)
{
    Ref zero = ir_zero(fn, ir_ty(fn, r->by)), x[3] = { r->from, r->to, r->by };
    ir_check(fn, ir_cmp(fn, IR_NE, r->by, zero), DIAG_ZERO_DIVISION, NULL, 0);
    r->next = of_numbers(fn, r, IR_ADD, 0, 2, r->from, r->by);
    if (r->real) {
        Ref span = ir_cast(fn, of_numbers(fn, r, IR_SUB, 1, 0, r->to, r->from), ty(TY_F64));
        Ty diff = promote_array(r->t[0], r->t[1]);
        Ref q = ir_math1(fn, MATH_CEIL, rounded(fn, IR_DIV, span, r->by, promote_array(diff, r->t[2])));
        ir_check(fn, ir_cmp(fn, IR_EQ, q, q), DIAG_ARANGE_NAN, NULL, 0);
        ir_check(fn, ir_cmp(fn, IR_LT, q, ir_float(fn, ty(TY_F64), 9e18)), DIAG_MAX_SIZE, NULL, 0);
        r->count = ir_cast(fn, ir_select(fn, ir_cmp(fn, IR_GT, q, zero), q, zero), ty(TY_I64));
        return;
    }
    for (uint32_t k = 0; k < 3; k++)
        x[k] = np_pyint(fn, x[k]);
    r->count = np_range_bits(fn, np_aggregate(fn, TY_RANGE, x, 3));
    ir_check(fn, ir_cmp(fn, IR_GE, r->count, zero), DIAG_MAX_SIZE, NULL, 0);
}

/* x, the first of so many values, as int64: dtype must hold it. */
static Ref whole_value(Fn *fn, Ref given, Ref count, int64_t many, Ty dtype)
{
    Ref x = ir_cast(fn, given, ty(TY_I64)), fewer = ir_cmp(fn, IR_LT, count, ir_i64(fn, many));
    Ref arg[2] = { x, ir_i64(fn, (int64_t)(intptr_t)dtype->name) };
    if (ir_ty(fn, given)->kind == TY_U64) {
        if (dtype->kind == TY_U64)
            return x;
        Ref words = ir_i64(fn, (int64_t)(intptr_t)"Python int too large to convert to C long");
        ir_check(fn, ir_bin(fn, IR_OR, fewer, np_int_fits(fn, x, ir_ty(fn, given))), DIAG_OVERFLOW, &words, 1);
    }
    if (dtype->kind != TY_I64 && fn->opt.boundscheck)
        ir_check(fn, ir_bin(fn, IR_OR, fewer, np_int_fits(fn, x, dtype)), DIAG_INT_RANGE, arg, 2);
    return x;
}

/* NumPy puts the first two values into the array, and goes on from these in its dtype: 0, 0, 0 ... for arange(-0.5, 2, dtype=int). */
static void arange_steps(Fn *fn, Arange *r, Ty dtype)
{
    if (ty_is_int(dtype)) {
        r->from = whole_value(fn, r->t[0]->kind == TY_U64 ? r->number[0] : r->from, r->count, 1, dtype);
        r->next = whole_value(fn, r->next, r->count, 2, dtype);
    }
    Ty work = ty_is_complex(dtype) ? ty_real(dtype) : dtype->kind == TY_F16 ? ty(TY_F32) : dtype;
    r->from = ir_cast(fn, ir_cast(fn, r->from, dtype), work);
    r->next = ir_cast(fn, ir_cast(fn, r->next, dtype), work);
    r->by = ir_bin(fn, IR_SUB, r->next, r->from);
}

Ref create_arange(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    bool one = np_absent(fn, arg[1]);
    Arange r = { .number = { one ? ir_int(fn, ty(TY_PYINT), 0) : arg[0], arg[one ? 0 : 1],
                             np_absent(fn, arg[2]) ? ir_int(fn, ty(TY_PYINT), 1) : arg[2] } };
    Ty t = ty(TY_I64);
    for (uint32_t k = 0; k < 3; k++) {
        need_real(fn, "arange", r.number[k]);
        r.t[k] = ir_ty(fn, r.number[k]);
        t = promote_array(t, r.t[k]);
    }
    r.real = ty_is_float(t);
    Ty dtype = create_dtype(fn, arg[3], t);
    r.from = ir_cast(fn, r.number[0], t), r.to = ir_cast(fn, r.number[1], t), r.by = ir_cast(fn, r.number[2], t);
    arange_count(fn, &r);
    if ((r.real || dtype != t) && !ty_is_bool(dtype))
        arange_steps(fn, &r, dtype);
    Ref a = new_array(fn, dtype, &r.count, 1, ORDER_C, false);
    NestBuild nb = nest_begin(fn, &r.count, 1, 0);
    Ref i = ir_cast(nb.body, nb.index[0], ir_ty(fn, r.from));
    Ref v = ir_bin(nb.body, IR_ADD, nest_use(&nb, r.from), ir_bin(nb.body, IR_MUL, i, nest_use(&nb, r.by)));
    if (r.real && dtype != t && !ty_is_int(dtype) && !ty_is_bool(dtype))   /* the difference is rounded */
        v = ir_select(nb.body, ir_cmp(nb.body, IR_EQ, nb.index[0], ir_i64(nb.body, 1)), nest_use(&nb, r.next), v);
    ir_store(nb.body, nest_use(&nb, a), ir_cast(nb.body, v, dtype), nb.index);
    nest_end(&nb, NULL, 0);
    return a;
}

/* N, M, k, dtype; data 1: identity(n, dtype) */
Ref create_eye(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref extent[2] = { extent_of(fn, arg[0]) }, k = ir_i64(fn, 0);
    extent[1] = extent[0];
    Ty dtype = create_dtype(fn, arg[row->data ? 1 : 3], ty(TY_F64));
    if (!row->data && !np_absent(fn, arg[1]))
        extent[1] = extent_of(fn, arg[1]);
    if (!row->data && !np_absent(fn, arg[2]))
        k = ir_cast(fn, arg[2], ty(TY_I64));
    Ref a = new_array(fn, dtype, extent, 2, ORDER_C, false);
    NestBuild nb = nest_begin(fn, extent, 2, 0);
    Ref on = ir_cmp(nb.body, IR_EQ, ir_bin(nb.body, IR_ADD, nb.index[0], nest_use(&nb, k)), nb.index[1]);
    ir_store(nb.body, nest_use(&nb, a), ir_cast(nb.body, on, dtype), nb.index);
    nest_end(&nb, NULL, 0);
    return a;
}

typedef enum Copy { COPY_ALWAYS, COPY_NEEDED, COPY_NEVER } Copy;

static Copy copy_arg(Fn *fn, Ref x, Copy without)
{
    int64_t c;
    if (ref_is_none(x))
        return without;
    if (ir_ty(fn, x)->kind == TY_NONE)
        return COPY_NEEDED;
    if (!ir_is_int(fn, x, &c))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "copy", "must be a constant");
    return c ? COPY_ALWAYS : COPY_NEVER;
}

/* The array seen as of that order, where its strides say so when it runs; else a copy. */
static Ref in_order(Fn *fn, Ref a, Ty dtype, Order order)
{
    Ty t = ir_ty(fn, a);
    if (dtype != t->elem || t->order != ORDER_A)
        return ew_astype(fn, a, dtype, order);
    Ty to = ty_array(fn->unit->types, t->elem, t->ndim, t->ndim < 2 ? ORDER_C : order, t->readonly, NULL);
    IrIf s = ir_if(fn, attr_contiguous(fn, a, order == ORDER_F));
    Strided had = strided_of(fn, a);
    Ref view = strided_view(fn, &had, t->elem, to->order, false);
    ir_else(fn, &s);
    Ref copied = np_convert(fn, ew_astype(fn, a, dtype, order), to);
    return ir_endif(fn, &s, view, copied);
}

static Ref as_array(Fn *fn, Ref x, Ref dtype_, Order order, Copy copy)
{
    bool given = ty_is_array(ir_ty(fn, x));
    Ref a = ew_as_array(fn, x);
    Ty t = ir_ty(fn, a), dtype = create_dtype(fn, dtype_, t->elem);
    if (ir_ty(fn, x)->kind == TY_COMPREHENSION && t->ndim == 1 && infer_fold_type(fn, ir_ty(fn, x))->kind == TY_PYINT)
        x = numbers_of(fn, a, ty(TY_PYINT));
    np_check_int(fn, x, dtype);
    bool fits = dtype == t->elem && (order == ORDER_A || t->order == order || (t->ndim < 2 && t->order == ORDER_C));
    if (fits && (!given || copy != COPY_ALWAYS))
        return a;
    if (copy == COPY_NEVER)
        fail(fn->unit, np_pos(fn), DIAG_NO_COPY);
    return copy == COPY_NEEDED && order != ORDER_A ? in_order(fn, a, dtype, order) : ew_astype(fn, a, dtype, order);
}

/* object, dtype, copy, order, subok, ndmin, like */
Ref create_array(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = as_array(fn, arg[0], arg[1], create_order(fn, arg[3], ORDER_A), copy_arg(fn, arg[2], COPY_ALWAYS));
    static const uint32_t front[NDIM_MAX] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                              22, 23, 24, 25, 26, 27, 28, 29, 30, 31 };
    int64_t least = 0, nd = ir_ty(fn, a)->ndim;
    if (!np_absent(fn, arg[5]) && (!ir_is_int(fn, arg[5], &least) || least > NDIM_MAX))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "ndmin", "must be a constant, at most 32");
    return least > nd ? axes_expand(fn, a, front, (uint32_t)(least - nd)) : a;
}

/* a, dtype, order, copy; data: 'a' asarray, 'c' ascontiguousarray, 'f' asfortranarray */
Ref create_asarray(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Order order = row->data == 'c' ? ORDER_C : row->data == 'f' ? ORDER_F : create_order(fn, arg[2], ORDER_A);
    Ref a = as_array(fn, arg[0], arg[1], order, row->data == 'a' ? copy_arg(fn, arg[3], COPY_NEEDED) : COPY_NEEDED);
    return row->data == 'a' ? a : axes_atleast(fn, a, 1);
}

/* a, dtype, requirements: the letters C and F; the others always hold, or (O) make a copy */
Ref create_require(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref one = arg[2], *x = &one;
    uint32_t m = np_absent(fn, arg[2]) ? 0 : 1;
    Order order = ORDER_A;
    Copy copy = COPY_NEEDED;
    if (m && ty_is_items(ir_ty(fn, one)))
        x = np_items(fn, one, &m);
    for (uint32_t k = 0; k < m; k++) {
        const char *s = np_text(fn, x[k]);
        if (!s || !strchr("CFOWA", *s))
            fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "requirements", "must be of 'C', 'F', 'A', 'W', 'O', and constant");
        order = *s == 'C' ? ORDER_C : *s == 'F' ? ORDER_F : order;
        if (*s == 'O' || (*s == 'W' && ty_is_array(ir_ty(fn, arg[0])) && ir_ty(fn, arg[0])->readonly))
            copy = COPY_ALWAYS;
    }
    return as_array(fn, arg[0], arg[1], order, copy);
}

/* array, dtype, order ...: astype(); data 1: copy() and np.copy: array, order; 2: np.astype: array, dtype, copy */
Ref create_astype(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]);
    Ty t = ir_ty(fn, a);
    Order keep = t->order == ORDER_F ? ORDER_F : ORDER_C;
    if (row->data == 1)
        return ew_copy(fn, a, np_absent(fn, arg[1]) && row->kind != NP_FUNC ? ORDER_C : create_order(fn, arg[1], keep));
    Ref order_ = row->data == 2 ? REF_NONE : arg[2];
    Order order = create_order(fn, order_, keep);
    Copy copy = copy_arg(fn, arg[row->data == 2 ? 2 : 5], COPY_ALWAYS);
    Ty dtype = create_dtype(fn, arg[1], ty(TY_F64));
    if (row->data == 0)
        ew_check_cast(fn, arg[3], "unsafe", t, dtype);
    bool same = dtype == t->elem && (order == t->order || np_absent(fn, order_));
    return copy != COPY_ALWAYS && same ? a : ew_astype(fn, a, dtype, order);
}
