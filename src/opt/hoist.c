/* hoist.c: what costs much and stands still along an outer axis is computed once for all rows.
 *
 *     nest (i < n, j < m) { ... exp(x[i * (1 == n), j]) ... }   →   t = new 1, m; nest (j < m) { t[0, j] = exp(x[0, j]) };
 *                                                                   nest (i < n, j < m) { ... t[0, j] ... }
 *
 * Whether an operand is stretched along an axis is for the call to tell, so opt/version.c makes this copy of a nest beside the others.
 * What stands still along the innermost axes is computed before their loops as it is. What the types tell, fuse.c has kept apart. */
#include "opt/opt.h"

enum { DEAR = 16, TESTS_MAX = 64 };

/* What a value of the body depends on: axes, by bit; captured tests of stretches, by bit; and how many operations it takes. */
typedef struct Depends { uint32_t axes; uint64_t tests; uint32_t cost; } Depends;

typedef struct Look {
    const Hoist *h;
    const Fn *body;
    Depends *of;                /* by Ref of the body */
    uint32_t axes_of_test[TESTS_MAX];
} Look;

static uint32_t cost_of(const Ins *in)
{
    if (in->op == IR_MATH)
        return math_row[in->imm.i].intrinsic ? 2 : DEAR;
    return in->op == IR_DIV || in->op == IR_REM ? 4 : 1;
}

/* The captured tests in a product that is an index. */
static uint64_t tests_of(const Look *l, Ref i)
{
    const Ins *in = ir_ins(l->body, i);
    if (in->op == IR_MUL)
        return tests_of(l, in->arg[0]) | tests_of(l, in->arg[1]);
    uint64_t k = (uint64_t)in->imm.i - l->h->nest->ndim;
    return nest_is_stretch(l->h->fn, l->h->nest, l->h->arg, i) ? UINT64_C(1) << k : 0;
}

static Depends look_at(Look *l, Ref r)
{
    const Hoist *h = l->h;
    const Ins *in = ir_ins(l->body, r);
    Depends d = { 0 };
    int axis = in->op == IR_MUL ? nest_axis(h->fn, h->nest, h->arg, r) : -1;
    if (axis >= 0) {
        d.tests = tests_of(l, r);
        for (uint32_t k = 0; k < TESTS_MAX; k++)
            l->axes_of_test[k] |= (uint32_t)(d.tests >> k & 1) << axis;
        return d;
    }
    bool plain = in->op == IR_LOAD ? ir_ins(l->body, ir_arg(l->body, r, 0))->op == IR_PARAM : ir_op[in->op].effect == EFF_PURE && in->op != IR_PHI;
    if (!plain)
        return (Depends){ .axes = UINT32_MAX };
    for (uint32_t k = 0; k < in->nargs; k++) {
        Depends x = l->of[ir_arg(l->body, r, k).i];
        d.axes |= x.axes;
        d.tests |= x.tests;
        d.cost += x.cost;
    }
    d.cost += ty_is_int(in->ty) ? 0 : cost_of(in);
    return d;
}

static uint32_t tested_axes(const Look *l, uint64_t tests)
{
    uint32_t axes = 0;
    for (uint32_t k = 0; k < TESTS_MAX; k++)
        if (tests >> k & 1)
            axes |= l->axes_of_test[k];
    return axes;
}

/* Is it worth a loop of its own where it does not change along an outer axis, and may it not? */
static bool is_root(const Look *l, Ref r)
{
    Depends d = l->of[r.i];
    uint32_t inner = UINT32_C(1) << l->h->inner, tested = tested_axes(l, d.tests);
    Ty t = ir_ty(l->body, r);
    return d.cost >= DEAR && (ty_is_float(t) || ty_is_complex(t)) && (d.axes | tested) & inner && tested & ~d.axes & ~inner;
}

static Ref test(const Hoist *h, uint32_t k) { return ir_arg(h->fn, h->arg[h->nest->ndim + k], 0); }

/* May it stand still along axis d, outside of the innermost? */
static bool outer(const Hoist *h, uint32_t root, uint32_t d) { return d != h->inner && h->tests[root][d] && !(h->axes[root] >> d & 1); }

/* Is an extent of the nest the joint one of extents that the tests are of? Then one of these finds no stretch. */
static bool is_joint(const Hoist *h, uint64_t tests, Ref n, uint32_t depth)
{
    const Ins *in = ir_ins(h->fn, n);
    for (uint32_t k = 0; depth > 0 && k < h->nest->ncapture; k++)
        if (tests >> k & 1 && (ref_eq(ir_arg(h->fn, test(h, k), 0), n) || ref_eq(ir_arg(h->fn, test(h, k), 1), n)))
            return true;
    return in->op == IR_SELECT && depth < 8 && is_joint(h, tests, in->arg[1], depth + 1) && is_joint(h, tests, in->arg[2], depth + 1);
}

static void add_root(Hoist *h, const Look *l, Ref r)
{
    bool may = false;
    for (uint32_t k = 0; k < h->n; k++)
        if (ref_eq(h->root[k], r))
            return;
    if (h->n == countof(h->root))
        return;
    h->axes[h->n] = l->of[r.i].axes | UINT32_C(1) << h->inner;
    memset(h->tests[h->n], 0, sizeof h->tests[0]);
    for (uint32_t k = 0; k < TESTS_MAX; k++)
        for (uint32_t d = 0; d < h->nest->ndim; d++)
            if (l->of[r.i].tests >> k & 1 && l->axes_of_test[k] >> d & 1)
                h->tests[h->n][d] |= UINT64_C(1) << k;
    for (uint32_t d = 0; d < h->nest->ndim; d++) {
        if (is_joint(h, h->tests[h->n][d], h->arg[d], 0))
            h->axes[h->n] |= UINT32_C(1) << d;
        may |= outer(h, h->n, d);
    }
    h->root[h->n] = r;
    h->n += may;
}

/* Is it stretched along axis d? All that it is computed from is. */
static Ref stands_still(const Hoist *h, uint32_t root, uint32_t d)
{
    Fn *fn = h->fn;
    Ref still = ir_bool(fn, true);
    for (uint32_t k = 0; k < TESTS_MAX; k++)
        if (h->tests[root][d] >> k & 1)
            still = ir_bin(fn, IR_AND, still, ir_un(fn, IR_NOT, test(h, k)));
    return still;
}

Ref hoist_look(Hoist *h)
{
    const Fn *body = h->nest->body;
    Look l = { .h = h, .body = body };
    Ref any = REF_NONE;
    if (h->nest->ndim < 2 || h->nest->ncapture > TESTS_MAX || body->blk.n > 1)
        return any;
    l.of = arena_new_n(h->fn->unit->arena, Depends, body->ins.n);
    for (uint32_t d = 0; d < h->nest->ndim; d++)
        l.of[body->param[d].i].axes = UINT32_C(1) << d;
    for (uint32_t k = 0; k < body->blk.at[0].ins.n; k++) {
        Ref r = body->blk.at[0].ins.at[k];
        l.of[r.i] = look_at(&l, r);
        for (uint32_t j = 0; j < ir_ins(body, r)->nargs; j++) {
            Ref a = ir_arg(body, r, j);
            if (is_root(&l, a) && (l.of[r.i].axes != l.of[a.i].axes || l.of[r.i].tests != l.of[a.i].tests))
                add_root(h, &l, a);
        }
    }
    for (uint32_t k = 0; k < h->n; k++)
        for (uint32_t d = 0; d < h->nest->ndim; d++)
            if (outer(h, k, d))
                any = ref_is_none(any) ? stands_still(h, k, d) : ir_bin(h->fn, IR_OR, any, stands_still(h, k, d));
    return any;
}

/* The value of r of the body in nb, at nb's indices. */
static Ref again(const Hoist *h, NestBuild *nb, const Ref *capture, Ref r, Ref *made)
{
    const Ins in = *ir_ins(h->nest->body, r);
    if (!ref_is_none(made[r.i]))
        return made[r.i];
    if (in.op == IR_CONST || in.op == IR_UNDEF)
        return made[r.i] = ir_emit_imm(nb->body, in.op, in.ty, NULL, 0, in.imm.i);
    if (in.op == IR_PARAM)
        return made[r.i] = in.imm.i < h->nest->ndim ? nb->index[in.imm.i] : nest_use(nb, capture[in.imm.i - h->nest->ndim]);
    Ref *arg = arena_new_n(h->fn->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = again(h, nb, capture, ir_arg(h->nest->body, r, k), made);
    return made[r.i] = ir_remake(nb->body, &in, arg);
}

void hoist_make(Hoist *h, const Ref *capture)
{
    Fn *fn = h->fn;
    uint32_t nd = h->nest->ndim;
    Ref one = ir_i64(fn, 1), extent[NDIM_MAX];
    for (uint32_t k = 0; k < h->n; k++) {
        Ref *made = arena_new_n(fn->unit->arena, Ref, h->nest->body->ins.n);
        for (uint32_t d = 0; d < nd; d++)
            extent[d] = h->axes[k] >> d & 1 ? h->arg[d] : outer(h, k, d) ? ir_select(fn, stands_still(h, k, d), one, h->arg[d]) : one;
        Ty t = ty_array(fn->unit->types, ir_ty(h->nest->body, h->root[k]), nd, ORDER_C, false, NULL);
        h->array[k] = ir_new(fn, t, extent, false);
        NestBuild nb = nest_begin(fn, extent, nd, NEST_APART);
        nb.nest->form = FORM_ROWS;
        Ref to = nest_use(&nb, h->array[k]);
        ir_store(nb.body, to, again(h, &nb, capture, h->root[k], made), nb.index);
        nest_end(&nb, NULL, 0);
    }
}

const Ref *hoist_known(const Hoist *h, NestBuild *nb)
{
    Fn *fn = h->fn;
    const Fn *body = h->nest->body;
    Ref *known = arena_new_n(fn->unit->arena, Ref, body->ins.n), index[NDIM_MAX];
    for (uint32_t k = 0; k < h->n; k++) {
        for (uint32_t d = 0; d < h->nest->ndim; d++) {
            Ref moves = ir_cast(fn, ir_cmp(fn, IR_EQ, ir_extent(fn, h->array[k], d), h->arg[d]), ty(TY_I64));
            index[d] = h->axes[k] >> d & 1 ? nb->index[d] : ir_bin(nb->body, IR_MUL, nb->index[d], nest_use(nb, moves));
        }
        known[h->root[k].i] = ir_load(nb->body, nest_use(nb, h->array[k]), index);
    }
    return known;
}
