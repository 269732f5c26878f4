/* linalg.c: products of vectors, matrices and stacks of them, by NumPy's own inner loop of matmul (BLAS where NumPy has
 * it), called without Python; but of vectors that are computed where they are read, a nest. An operand is a stack: `batch`, an array of one element a matrix, and the extents and strides
 * of the matrix itself; a missing core axis is one of extent 1. */
#include "np/np_build.h"
#include "runtime/runtime.h"

enum { UNROLL_MAX = 216, WRITTEN_OUT = 8, GIL_WORK = 1 << 16 };

typedef struct Stack { Ref batch, extent[2], stride[2]; } Stack;

static bool absent(Fn *fn, Ref x) { return ref_is_none(x) || ir_ty(fn, x)->kind == TY_NONE; }

/* A view of a's data with these axes; order A. */
static Ref strided(Fn *fn, Ref a, const Ref *extent, const Ref *stride, uint32_t nd)
{
    Ty t = ir_ty(fn, a), vt = ty_array(fn->unit->types, t->elem, nd, nd ? ORDER_A : ORDER_C, t->readonly, NULL);
    return ir_view(fn, vt, a, ir_data(fn, a), extent, nd ? stride : NULL, NULL);
}

static void axes_of(Fn *fn, Ref a, Ref *extent, Ref *stride)
{
    for (uint32_t k = 0; k < ir_ty(fn, a)->ndim; k++) {
        extent[k] = ir_extent(fn, a, k);
        stride[k] = ir_stride(fn, a, k);
    }
}

/* The last axes of a as its matrix; ncore 1: a vector, which is a row or a column. */
static Stack stack_of(Fn *fn, Ref a, uint32_t ncore, bool column)
{
    Ref extent[NDIM_MAX], stride[NDIM_MAX], one = ir_i64(fn, 1), zero = ir_i64(fn, 0);
    uint32_t nbatch = ir_ty(fn, a)->ndim - ncore;
    axes_of(fn, a, extent, stride);
    Stack s = { .batch = strided(fn, a, extent, stride, nbatch), .extent = { one, one }, .stride = { zero, zero } };
    for (uint32_t k = 0; k < ncore; k++) {
        uint32_t at = ncore == 2 ? k : !column;
        s.extent[at] = extent[nbatch + k];
        s.stride[at] = stride[nbatch + k];
    }
    return s;
}

static Ref matrix(Fn *fn, Ref owner, Ref data, const Ref *extent, const Ref *stride)
{
    Ty t = ir_ty(fn, owner);
    return ir_view(fn, ty_array(fn->unit->types, t->elem, 2, ORDER_A, t->readonly, NULL), owner, data, extent, stride, NULL);
}

/* c = a @ b of matrices whose extents are small constants: every element written out. */
static bool unrolled(Fn *fn, Ref a, Ref b, Ref c)
{
    int64_t m, k, p;
    if (!ir_is_int(fn, ir_extent(fn, c, 0), &m) || !ir_is_int(fn, ir_extent(fn, c, 1), &p)
        || !ir_is_int(fn, ir_extent(fn, a, 1), &k) || k == 0 || m * k * p > UNROLL_MAX || m * p > UNROLL_MAX)
        return false;
    Ty t = ir_ty(fn, c)->elem;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < p; j++) {
            Ref sum = REF_NONE;
            for (int64_t l = 0; l < k; l++) {
                Ref ai[2] = { ir_i64(fn, i), ir_i64(fn, l) }, bi[2] = { ir_i64(fn, l), ir_i64(fn, j) };
                Ref x[2] = { ir_load(fn, a, ai), ir_load(fn, b, bi) };
                Ref prod = ufunc_kernel(fn, ufunc_of_binop(BIN_MUL), x, t), pair[2] = { sum, prod };
                sum = l == 0 ? prod : ufunc_kernel(fn, ufunc_of_binop(BIN_ADD), pair, t);
            }
            ir_store(fn, c, sum, (Ref[]){ ir_i64(fn, i), ir_i64(fn, j) });
        }
    return true;
}

/* A matrix of one row or column as a vector. */
static Ref vector(Fn *fn, Ref a, uint32_t axis)
{
    Ref extent = ir_extent(fn, a, axis), stride = ir_stride(fn, a, axis);
    return strided(fn, a, &extent, &stride, 1);
}

/* A row times a column: what NumPy's loop of matmul would call for it. */
static bool dotted(Fn *fn, Ref a, Ref b, Ref c)
{
    int64_t m, p;
    void *dot = rt_find_dot(ty_to_npy(ir_ty(fn, c)->elem));
    if (!dot || !ir_is_int(fn, ir_extent(fn, c, 0), &m) || !ir_is_int(fn, ir_extent(fn, c, 1), &p) || m != 1 || p != 1)
        return false;
    Ref arg[4] = { ir_i64(fn, (int64_t)(intptr_t)dot), vector(fn, a, 1), vector(fn, b, 0), vector(fn, c, 1) };
    ir_rt(fn, RT_DOT, ty(TY_NONE), arg, 4);
    return true;
}

static void product(Fn *fn, Ref a, Ref b, Ref c)
{
    if (unrolled(fn, a, b, c) || dotted(fn, a, b, c))
        return;
    void *loop, *data;
    int type = ty_to_npy(ir_ty(fn, c)->elem), types[3] = { type, type, type };
    if (!rt_find_loop("matmul", types, 3, &loop, &data))
        fail(fn->unit, np_pos(fn), DIAG_CALL, "matmul", ty_name(ir_ty(fn, c)), "NumPy has no loop for this dtype");
    Ref arg[5] = { ir_i64(fn, (int64_t)(intptr_t)loop), ir_i64(fn, (int64_t)(intptr_t)data), a, b, c };
    ir_rt(fn, RT_MATMUL, ty(TY_NONE), arg, 5);
}

/* Inside the nest: the matrix of s at the nest's index. */
static Ref matrix_at(NestBuild *nb, const Stack *s)
{
    Fn *fn = nb->body;
    Ref batch = nest_use(nb, s->batch), at = ir_i64(fn, 0), extent[2], stride[2];
    for (uint32_t k = 0; k < nb->nest->ndim; k++)
        at = ir_bin(fn, IR_ADD, at, ir_bin(fn, IR_MUL, nb->index[k], ir_stride(fn, batch, k)));
    for (int k = 0; k < 2; k++) {
        extent[k] = nest_use(nb, s->extent[k]);
        stride[k] = nest_use(nb, s->stride[k]);
    }
    return matrix(fn, batch, ir_offset(fn, ir_data(fn, batch), at), extent, stride);
}

/* c = a @ b for every matrix of the stacks, whose batches have equal extents. */
static void product_stack(Fn *fn, const Stack *a, const Stack *b, const Stack *c)
{
    uint32_t nd = ir_ty(fn, c->batch)->ndim;
    Ref work = ir_bin(fn, IR_MUL, ir_bin(fn, IR_MUL, c->extent[0], c->extent[1]), a->extent[1]);
    IrIf big = ir_if(fn, ir_cmp(fn, IR_GT, work, ir_i64(fn, GIL_WORK)));
    ir_emit(fn, IR_POLL, ty(TY_NONE), NULL, 0);
    ir_else(fn, &big);
    ir_endif(fn, &big, REF_NONE, REF_NONE);
    if (nd == 0) {
        product(fn, matrix(fn, a->batch, ir_data(fn, a->batch), a->extent, a->stride),
                matrix(fn, b->batch, ir_data(fn, b->batch), b->extent, b->stride),
                matrix(fn, c->batch, ir_data(fn, c->batch), c->extent, c->stride));
        return;
    }
    Ref extent[NDIM_MAX];
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = ir_extent(fn, c->batch, k);
    NestBuild nb = nest_begin(fn, extent, nd, 0);
    product(nb.body, matrix_at(&nb, a), matrix_at(&nb, b), matrix_at(&nb, c));
    nest_end(&nb, NULL, 0);
}

/* operands ------------------------------------------------------------------------------------------------------ */

/* a and b as arrays of their joint dtype. */
static void operands(Fn *fn, const NpRow *row, const Ref *arg, Ref *a, Ref *b)
{
    *a = ew_as_array(fn, arg[0]);
    *b = ew_as_array(fn, arg[1]);
    Ty t = promote_array(ir_ty(fn, *a)->elem, ir_ty(fn, *b)->elem);
    if (!t)
        fail(fn->unit, np_pos(fn), DIAG_CALL, row->path, ty_name(ir_ty(fn, *b)), "the dtypes have no common one");
    if (ir_ty(fn, *a)->elem != t)
        *a = ew_astype(fn, *a, t, ORDER_A);
    if (ir_ty(fn, *b)->elem != t)
        *b = ew_astype(fn, *b, t, ORDER_A);
}

static Ref new_array(Fn *fn, Ty dtype, const Ref *extent, uint32_t nd)
{
    return ir_new(fn, ty_array(fn->unit->types, dtype, nd, ORDER_C, false, NULL), extent, false);
}

static Ref result(Fn *fn, Ref c, Ref out)
{
    if (!absent(fn, out)) {
        np_need_writable(fn, out, "output array");
        ew_assign(fn, out, c);
        return out;
    }
    return ir_ty(fn, c)->ndim == 0 ? ir_load(fn, c, NULL) : c;
}

static void check_matmul(Fn *fn, Ref a, Ref b)
{
    uint32_t na = ir_ty(fn, a)->ndim, nb = ir_ty(fn, b)->ndim;
    if (na == 0 || nb == 0)
        fail(fn->unit, np_pos(fn), DIAG_MATMUL_SCALAR, na != 0);
    Ref ka = ir_extent(fn, a, na - 1), kb = ir_extent(fn, b, nb == 1 ? 0 : nb - 2);
    ir_check(fn, ir_cmp(fn, IR_EQ, ka, kb), DIAG_MATMUL, (Ref[]){ kb, ka }, 2);
}

/* a @ b: the leading axes are broadcast. */
static Ref matmul(Fn *fn, Ref a, Ref b)
{
    check_matmul(fn, a, b);
    uint32_t na = ir_ty(fn, a)->ndim > 1 ? 2 : 1, nb = ir_ty(fn, b)->ndim > 1 ? 2 : 1;
    Stack sa = stack_of(fn, a, na, false), sb = stack_of(fn, b, nb, true);
    Ref extent[NDIM_MAX + 2], stride[NDIM_MAX], batch[2] = { sa.batch, sb.batch };
    uint32_t nd = ew_broadcast(fn, batch, 2, extent), n = nd;
    sa.batch = ew_broadcast_to(fn, sa.batch, extent, nd, DIAG_BROADCAST);
    sb.batch = ew_broadcast_to(fn, sb.batch, extent, nd, DIAG_BROADCAST);
    if (na == 2)
        extent[n++] = sa.extent[0];
    if (nb == 2)
        extent[n++] = sb.extent[1];
    Ref c = new_array(fn, ir_ty(fn, a)->elem, extent, n);
    axes_of(fn, c, extent, stride);
    Ref zero = ir_i64(fn, 0);
    Stack sc = { .batch = strided(fn, c, extent, stride, nd), .extent = { sa.extent[0], sb.extent[1] },
                 .stride = { na == 2 ? stride[nd] : zero, nb == 2 ? stride[n - 1] : zero } };
    product_stack(fn, &sa, &sb, &sc);
    return c;
}

/* Is the vector a new array, or one in a row, that a nest of this block makes: may it be computed where it is read? */
static bool is_computed(Fn *fn, Ref a)
{
    const Blk *b = &fn->blk.at[fn->cur];
    bool view = ir_ins(fn, a)->op == IR_VIEW;
    Ref t = view ? ir_arg(fn, a, 0) : a;
    if (ir_ins(fn, t)->op != IR_NEW || (view && (ir_ty(fn, a)->order != ORDER_C || !ref_eq(ir_nelem(fn, t), ir_extent(fn, a, 0)))))
        return false;
    for (uint32_t k = b->ins.n; k-- > 0 && !ref_eq(b->ins.at[k], t); ) {
        const Ins *in = ir_ins(fn, b->ins.at[k]);
        if (in->op != IR_NEST || ((const Nest *)in->imm.p)->flags & (NEST_ORDERED | NEST_PRANGE))
            continue;
        for (uint32_t j = 0; j < in->nargs; j++)
            if (ref_eq(ir_args(fn, in)[j], t))
                return true;
    }
    return false;
}

/* Is one of two vectors perhaps computed where it is read, and not made? Then their dot is no call of BLAS. */
static bool dots_in_nest(Fn *fn, Ref a, Ref b, Ref out)
{
    Ty t = ir_ty(fn, a)->elem;
    return ir_ty(fn, a)->ndim == 1 && ir_ty(fn, b)->ndim == 1 && !ty_is_bool(t) && t->kind != TY_F16 && absent(fn, out)
           && (is_computed(fn, a) || is_computed(fn, b));
}

/* In any order, as BLAS. */
static Ref dot_in_nest(Fn *fn, Ref a, Ref b)
{
    Ty t = ir_ty(fn, a)->elem;
    Ref n = ir_extent(fn, a, 0), x[2];
    NestBuild nb = nest_begin(fn, &n, 1, NEST_FREE);
    x[0] = ir_load(nb.body, nest_use(&nb, a), nb.index);
    x[1] = ir_load(nb.body, nest_use(&nb, b), nb.index);
    nest_reduce(&nb, RED_ADD, t, ir_zero(fn, t));
    Ref product = ufunc_kernel(nb.body, ufunc_of_binop(BIN_MUL), x, t);
    return nest_end(&nb, &product, 1);
}

Ref linalg_matmul(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a, b;
    operands(fn, row, arg, &a, &b);
    Ref out = n > 2 ? arg[2] : REF_NONE;
    if (!dots_in_nest(fn, a, b, out))
        return result(fn, matmul(fn, a, b), out);
    check_matmul(fn, a, b);
    return dot_in_nest(fn, a, b);
}

static Ref swap_last(Fn *fn, Ref a)
{
    Ref extent[NDIM_MAX], stride[NDIM_MAX];
    uint32_t nd = ir_ty(fn, a)->ndim;
    axes_of(fn, a, extent, stride);
    Ref e = extent[nd - 1], s = stride[nd - 1];
    extent[nd - 1] = extent[nd - 2];
    stride[nd - 1] = stride[nd - 2];
    extent[nd - 2] = e;
    stride[nd - 2] = s;
    return strided(fn, a, extent, stride, nd);
}

/* The batch of s among the axes of a joint one: at `from`, with stride 0 along the others. */
static Ref spread(Fn *fn, const Stack *s, const Ref *extent, uint32_t nd, uint32_t from)
{
    Ref stride[NDIM_MAX];
    for (uint32_t k = 0; k < nd; k++)
        stride[k] = k >= from && k - from < ir_ty(fn, s->batch)->ndim ? ir_stride(fn, s->batch, k - from) : ir_i64(fn, 0);
    return strided(fn, s->batch, extent, stride, nd);
}

/* dot of a with b, b of two axes or more: sums over a's last and b's last but one; every matrix of a with every one of b. */
static Ref dot_stacks(Fn *fn, Ref a, Ref b)
{
    uint32_t nda = ir_ty(fn, a)->ndim, ndb = ir_ty(fn, b)->ndim, ca = nda > 1 ? 2 : 1;
    Stack sa = stack_of(fn, a, ca, false), sb = stack_of(fn, b, 2, true);
    uint32_t ba = nda - ca, bb = ndb - 2, nd = ba + bb, n = 0;
    Ref extent[NDIM_MAX], stride[NDIM_MAX], batch[NDIM_MAX], step[NDIM_MAX], zero = ir_i64(fn, 0);
    axes_need(fn, nda + ndb - 2, "the result");
    for (uint32_t k = 0; k < nda - 1; k++)
        extent[n++] = ir_extent(fn, a, k);
    for (uint32_t k = 0; k < bb; k++)
        extent[n++] = ir_extent(fn, b, k);
    extent[n++] = sb.extent[1];
    Ref c = new_array(fn, ir_ty(fn, a)->elem, extent, n);
    axes_of(fn, c, extent, stride);
    for (uint32_t k = 0; k < nd; k++) {
        uint32_t at = k < ba ? k : k - ba + nda - 1;
        batch[k] = extent[at];
        step[k] = stride[at];
    }
    sa.batch = spread(fn, &sa, batch, nd, 0);
    sb.batch = spread(fn, &sb, batch, nd, ba);
    Stack sc = { .batch = strided(fn, c, batch, step, nd), .extent = { sa.extent[0], sb.extent[1] },
                 .stride = { ca == 2 ? stride[nda - 2] : zero, stride[n - 1] } };
    product_stack(fn, &sa, &sb, &sc);
    return c;
}

static void check_aligned(Fn *fn, Ref a, Ref b, uint32_t bdim)
{
    uint32_t na = ir_ty(fn, a)->ndim, nb = ir_ty(fn, b)->ndim, n = 0;
    Ref arg[2 * NDIM_MAX + 6], ka = ir_extent(fn, a, na - 1), kb = ir_extent(fn, b, bdim);
    arg[n++] = ir_i64(fn, na);
    for (uint32_t k = 0; k < na; k++)
        arg[n++] = ir_extent(fn, a, k);
    arg[n++] = ir_i64(fn, nb);
    for (uint32_t k = 0; k < nb; k++)
        arg[n++] = ir_extent(fn, b, k);
    arg[n++] = ka;
    arg[n++] = ir_i64(fn, na - 1);
    arg[n++] = kb;
    arg[n++] = ir_i64(fn, bdim);
    ir_check(fn, ir_cmp(fn, IR_EQ, ka, kb), DIAG_DOT, arg, n);
}

/* An operand of dot as NumPy gives it to BLAS: what lies backwards in memory, or is one element many times, is copied. It is not
 * for matmul, which sums in another order there. */
static Ref forward(Fn *fn, Ref a)
{
    Ty t = ir_ty(fn, a);
    if (t->order != ORDER_A || t->ndim == 0 || t->ndim > 2 || !(ty_is_float(t->elem) || ty_is_complex(t->elem)) || t->elem->kind == TY_F16)
        return a;
    Ref bad = ir_bool(fn, false), one = ir_i64(fn, 1);
    for (uint32_t k = 0; k < t->ndim; k++) {
        Ref many = ir_cmp(fn, IR_GT, ir_extent(fn, a, k), one), least = ir_select(fn, many, one, ir_i64(fn, 0));
        bad = ir_bin(fn, IR_OR, bad, ir_cmp(fn, IR_LT, ir_stride(fn, a, k), least));
    }
    IrIf s = ir_if(fn, bad);
    Ref copy = ir_retype(fn, ew_copy(fn, a, ORDER_C), t);
    ir_else(fn, &s);
    return ir_endif(fn, &s, copy, a);
}

/* data 0: dot, 1: inner (over the last axes of both) */
Ref linalg_dot(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a, b, out = n > 2 ? arg[2] : REF_NONE;
    operands(fn, row, arg, &a, &b);
    uint32_t na = ir_ty(fn, a)->ndim, nb = ir_ty(fn, b)->ndim;
    if (na == 0 || nb == 0) {
        Ref pair[2] = { a, b };
        return ew_apply(fn, ufunc_of_binop(BIN_MUL), pair, 2, out, NULL);
    }
    bool inner = row->data == 1 && nb > 1;
    bool in_nest = dots_in_nest(fn, a, b, out);
    if (!in_nest && na <= 2 && nb <= 2)
        a = forward(fn, a), b = forward(fn, b);
    check_aligned(fn, a, b, nb == 1 || inner ? nb - 1 : nb - 2);
    if (in_nest)
        return dot_in_nest(fn, a, b);
    if (inner)
        b = swap_last(fn, b);
    return result(fn, nb == 1 ? matmul(fn, a, b) : dot_stacks(fn, a, b), out);
}

static Ref conjugate(Fn *fn, Ref a)
{
    return ty_is_complex(ir_ty(fn, a)->elem) ? ew_as_array(fn, ew_apply(fn, ufunc_row(UF_CONJUGATE), &a, 1, REF_NONE, NULL)) : a;
}

/* conj(a) · b of the arrays seen as vectors. */
Ref linalg_vdot(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x[2];
    operands(fn, row, arg, &x[0], &x[1]);
    x[0] = conjugate(fn, x[0]);
    for (int k = 0; k < 2; k++) {
        Ref size = ir_nelem(fn, x[k]);
        x[k] = ir_ty(fn, x[k])->ndim == 1 ? x[k] : shape_reshape(fn, x[k], &size, 1);
    }
    ir_check(fn, ir_cmp(fn, IR_EQ, ir_extent(fn, x[0], 0), ir_extent(fn, x[1], 0)), DIAG_VDOT, NULL, 0);
    return result(fn, matmul(fn, x[0], x[1]), REF_NONE);
}

/* conj(a) · b along the last axis, the others broadcast. */
Ref linalg_vecdot(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a, b, extent[NDIM_MAX], stride[NDIM_MAX], one = ir_i64(fn, 1), zero = ir_i64(fn, 0);
    operands(fn, row, arg, &a, &b);
    uint32_t na = ir_ty(fn, a)->ndim, nb = ir_ty(fn, b)->ndim;
    if (na == 0 || nb == 0)
        fail(fn->unit, np_pos(fn), DIAG_MATMUL_SCALAR, na != 0);
    a = conjugate(fn, a);
    Ref ka = ir_extent(fn, a, na - 1), kb = ir_extent(fn, b, nb - 1);
    ir_check(fn, ir_cmp(fn, IR_EQ, ka, kb), DIAG_VECDOT, (Ref[]){ kb, ka }, 2);
    Stack sa = stack_of(fn, a, 1, false), sb = stack_of(fn, b, 1, true);
    Ref batch[2] = { sa.batch, sb.batch };
    uint32_t nd = ew_broadcast(fn, batch, 2, extent);
    sa.batch = ew_broadcast_to(fn, sa.batch, extent, nd, DIAG_BROADCAST);
    sb.batch = ew_broadcast_to(fn, sb.batch, extent, nd, DIAG_BROADCAST);
    Ref c = new_array(fn, ir_ty(fn, a)->elem, extent, nd);
    axes_of(fn, c, extent, stride);
    Stack sc = { .batch = strided(fn, c, extent, stride, nd), .extent = { one, one }, .stride = { zero, zero } };
    product_stack(fn, &sa, &sb, &sc);
    return result(fn, c, REF_NONE);
}

/* Is a one matrix whose extents are small constants? A constant itself. */
Ref linalg_written_out(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    int64_t extent[2];
    bool yes = ir_ty(fn, arg[0])->kind == TY_ARRAY && ir_ty(fn, arg[0])->ndim == 2;
    (void)row, (void)n;
    for (uint32_t k = 0; k < 2 && yes; k++)
        yes = ir_is_int(fn, ir_extent(fn, arg[0], k), &extent[k]) && extent[k] <= WRITTEN_OUT;
    return ir_bool(fn, yes);
}
