/* statistics.c: sum, prod, min, max, any, all, count_nonzero, mean, var, std, ptp: what each element contributes, and
 * what is made of the result, as NumPy does it, to the bit: reduce.h walks. */
#include "np/reduce.h"

static bool absent(Fn *fn, Ref x) { return ref_is_none(x) || ir_ty(fn, x)->kind == TY_NONE; }

static Ty elem_of(Fn *fn, Ref a) { return ir_ty(fn, ew_as_array(fn, a))->elem; }

/* The element in the type that is summed, through r->data: what a dtype= names. */
static Ref cast_value(const Reduce *r, Level *l, const Ref *index)
{
    Fn *fn = level_fn(r->fn, l);
    return ir_cast(fn, ir_cast(fn, reduce_element(r, l, index), r->data), r->work);
}

static Ref truth_value(const Reduce *r, Level *l, const Ref *index)
{
    Fn *fn = level_fn(r->fn, l);
    return ir_cast(fn, scalar_truth(fn, reduce_element(r, l, index)), r->work);
}

/* ---- sum, prod ---- */

Ty reduce_sum_type(Ty t)
{
    if (ty_is_bool(t) || (ty_is_int(t) && !ty_is_unsigned(t)))
        return ty(TY_I64);
    return ty_is_int(t) ? ty(TY_U64) : t;
}

/* The sum of a, elements taken as t. Half floats are added up as floats. */
static Reduce sum_of(Fn *fn, const ReduceArgs *a, RedOp op, Ty t)
{
    bool half = t->kind == TY_F16 && op == RED_ADD;
    Reduce r = reduce_begin(fn, a, op == RED_ADD ? "add" : "multiply", op, half ? ty(TY_F32) : t);
    if (ty_is_bool(t))
        r.op = op == RED_ADD ? RED_ANY : RED_ALL;
    r.value = cast_value;
    r.data = r.store = t;
    if (ir_ty(fn, r.array)->elem != t)
        r.cast = true;
    return r;
}

Ref red_sum(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    ReduceArgs a = { .a = arg[0], .axis = arg[1], .out = arg[3], .keepdims = arg[4], .initial = arg[5], .where = arg[6] };
    Ty t = create_dtype(fn, arg[2], reduce_sum_type(elem_of(fn, a.a)));
    Reduce r = sum_of(fn, &a, (RedOp)row->data, t);
    return reduce_end(&r, &a, reduce_run(&r));
}

/* ---- min, max, any, all, count_nonzero ---- */

static Reduce pick_of(Fn *fn, const ReduceArgs *a, RedOp op)
{
    Ty t = elem_of(fn, a->a);
    Reduce r = reduce_begin(fn, a, op == RED_MIN ? "minimum" : "maximum", op, t);
    r.value = cast_value;
    r.data = t;
    if (absent(fn, a->initial))
        reduce_need(&r);
    return r;
}

Ref red_min(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    ReduceArgs a = { .a = arg[0], .axis = arg[1], .out = arg[2], .keepdims = arg[3], .initial = arg[4], .where = arg[5] };
    Reduce r = pick_of(fn, &a, (RedOp)row->data);
    return reduce_end(&r, &a, reduce_run(&r));
}

Ref red_any(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    ReduceArgs a = { .a = arg[0], .axis = arg[1], .out = arg[2], .keepdims = arg[3], .where = arg[4] };
    Reduce r = reduce_begin(fn, &a, row->data == RED_ANY ? "logical_or" : "logical_and", (RedOp)row->data, ty(TY_BOOL));
    r.value = truth_value;
    return reduce_end(&r, &a, reduce_run(&r));
}

Ref red_count_nonzero(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    ReduceArgs a = { .a = arg[0], .axis = arg[1], .keepdims = arg[2] };
    Reduce r = reduce_begin(fn, &a, "add", RED_ADD, ty(TY_I64));
    r.value = truth_value;
    return reduce_end(&r, &a, reduce_run(&r));
}

static Ref minus(Fn *fn, Ref x, Ref y, Ty to) { return ir_bin(fn, IR_SUB, x, y); }

/* a, axis, out, keepdims */
Ref red_ptp(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    ReduceArgs a = { .a = ew_as_array(fn, arg[0]), .axis = arg[1], .out = arg[2], .keepdims = arg[3] };
    if (ty_is_bool(elem_of(fn, a.a)))
        fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, "ptp", "a", "numbers: numpy boolean subtract is not supported", "bool");
    Reduce high = pick_of(fn, &a, RED_MAX), low = pick_of(fn, &a, RED_MIN);
    return reduce_end(&high, &a, reduce_map(fn, reduce_run(&high), reduce_run(&low), high.store, minus));
}

/* ---- mean, var, std ---- */

/* x / n, to type `to`: NumPy divides by an int64, so floats as float64. */
static Ref divide(Fn *fn, Ref x, Ref n, Ty to)
{
    Ty t = ir_ty(fn, x);
    if (!ty_is_complex(t))
        return ir_cast(fn, ir_bin(fn, IR_DIV, ir_cast(fn, x, ty(TY_F64)), ir_cast(fn, n, ty(TY_F64))), to);
    Ty c = ty(TY_C128);
    return ir_cast(fn, arith_complex(fn, BIN_TRUEDIV, ir_cast(fn, x, c), ir_cast(fn, n, c), true), to);
}

/* Of an array of half floats NumPy rounds twice. */
static Ref divide_half(Fn *fn, Ref x, Ref n, Ty to) { return ir_cast(fn, divide(fn, x, n, ir_ty(fn, x)), to); }

/* A number has no axis, though sums and the like of one take 0 and -1, and so do means with where=. */
static void check_axis(Fn *fn, const ReduceArgs *a)
{
    if (ir_ty(fn, a->a)->ndim == 0 && absent(fn, a->where) && !absent(fn, a->axis) && !ty_is_items(ir_ty(fn, a->axis)))
        axes_one(fn, a->axis, 0);
}

Ref red_mean(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    ReduceArgs a = { .a = ew_as_array(fn, arg[0]), .axis = arg[1], .out = arg[3], .keepdims = arg[4], .where = arg[5] };
    check_axis(fn, &a);
    Ty elem = elem_of(fn, a.a), given = create_dtype(fn, arg[2], NULL);
    Ty result = given ? given : ty_is_float(elem) || ty_is_complex(elem) ? elem : ty(TY_F64);
    Ty t = !given && elem->kind == TY_F16 ? ty(TY_F32) : result;
    Reduce r = sum_of(fn, &a, RED_ADD, t);
    Ref sum = reduce_run(&r);
    return reduce_end(&r, &a, reduce_map(fn, sum, reduce_count(&r), result, ty_is_array(ir_ty(fn, sum)) ? divide_half : divide));
}

/* |x - mean|**2; r->data: the type of x - mean */
static Ref squared_value(const Reduce *r, Level *l, const Ref *index)
{
    Fn *fn = level_fn(r->fn, l);
    Ref x = ir_cast(fn, reduce_element(r, l, index), r->data), m = reduce_kept(r, l, r->other, index), d, y;
    if (!ty_is_complex(r->data)) {
        d = ir_bin(fn, IR_SUB, x, ir_cast(fn, m, r->data));
        return ir_cast(fn, ir_bin(fn, IR_MUL, d, d), r->work);
    }
    d = ir_bin(fn, IR_SUB, x, ir_cast(fn, m, r->data));
    x = ir_real(fn, d), y = ir_imag(fn, d);
    return ir_cast(fn, ir_bin(fn, IR_ADD, ir_bin(fn, IR_MUL, x, x), ir_bin(fn, IR_MUL, y, y)), r->work);
}

/* The square root, after: std. */
static Ref divide_root(Fn *fn, Ref x, Ref n, Ty to)
{
    Ref v = divide(fn, x, n, ty_is_complex(to) ? ty_real(to) : to);
    if (to->kind == TY_F16)
        v = ir_cast(fn, v, ty(TY_F32));
    return ir_cast(fn, ir_math1(fn, MATH_SQRT, v), to);
}

/* count - ddof, at least 0, as a float */
static Ref less_freedom(Fn *fn, Ref count, Ref ddof, Ty to)
{
    Ref n = ir_bin(fn, IR_SUB, ir_cast(fn, count, to), ir_cast(fn, ddof, to)), zero = ir_float(fn, to, 0);
    return ir_select(fn, ir_cmp(fn, IR_GT, n, zero), n, zero);
}

/* mean= has 1 for the reduced axes: an array of the kept ones. */
static Ref given_mean(const Reduce *r, Ref mean)
{
    Fn *fn = r->fn;
    Ty t = ir_ty(fn, mean);
    uint32_t nd = ir_ty(fn, r->array)->ndim, n = 0;
    if (!ty_is_array(t))
        return mean;
    if (t->ndim != nd)
        fail(fn->unit, np_pos(fn), DIAG_ARG_TYPE, r->name, "mean", "an array of as many dimensions as a", ty_name(t));
    Ref extent[NDIM_MAX], stride[NDIM_MAX];
    for (uint32_t k = 0; k < nd; k++)
        if (!r->reduced[k]) {
            extent[n] = ir_extent(fn, r->array, k);
            stride[n++] = ir_stride(fn, mean, k);
        }
    if (n == 0) {
        Ref zero[NDIM_MAX];
        for (uint32_t k = 0; k < nd; k++)
            zero[k] = ir_i64(fn, 0);
        return ir_load(fn, mean, zero);
    }
    return ir_view(fn, ty_array(fn->unit->types, t->elem, n, ORDER_A, t->readonly, NULL), mean, ir_data(fn, mean), extent, stride, NULL);
}

/* a, axis, dtype, out, ddof, keepdims, where, mean, correction; data 0: var, 1: std */
Ref red_var(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    ReduceArgs a = { .a = ew_as_array(fn, arg[0]), .axis = arg[1], .out = arg[3], .keepdims = arg[5], .where = arg[6] };
    check_axis(fn, &a);
    Ty elem = elem_of(fn, a.a), t = create_dtype(fn, arg[2], ty_is_float(elem) || ty_is_complex(elem) ? elem : ty(TY_F64));
    if (!ty_is_float(t) && !ty_is_complex(t))
        t = ty(TY_F64);
    Ref ddof = !absent(fn, arg[4]) ? arg[4] : !absent(fn, arg[8]) ? arg[8] : ir_i64(fn, 0);
    if (!absent(fn, arg[4]) && !absent(fn, arg[8]))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "ddof and correction can't be provided simultaneously.");
    Reduce sum = sum_of(fn, &a, RED_ADD, t), r = sum;
    Ref count = reduce_count(&sum);
    r.other = absent(fn, arg[7]) ? reduce_map(fn, reduce_run(&sum), count, t, divide) : given_mean(&sum, arg[7]);
    r.work = ty_is_complex(t) ? ty_real(t) : t->kind == TY_F16 ? ty(TY_F32) : t;
    r.store = ty_is_complex(t) ? ty_real(t) : t;
    r.init = ir_zero(fn, r.work);
    r.data = ty_is_complex(t) || ty_is_complex(elem) ? promote_array(elem, t) : t;
    r.value = squared_value;
    r.temporary = true;
    r.cast = false;
    if (ty_is_array(ir_ty(fn, count)))
        count = reduce_map(fn, count, ddof, ty(TY_F64), less_freedom);
    else
        count = less_freedom(fn, count, ddof, ty(TY_F64));
    Ty result = absent(fn, arg[2]) ? r.store : t;      /* a complex dtype asked for stays one */
    return reduce_end(&r, &a, reduce_map(fn, reduce_run(&r), count, result, row->data ? divide_root : divide));
}
