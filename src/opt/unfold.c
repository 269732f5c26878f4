/* unfold.c: a nest over all elements of a new array in one row (`(a * b).ravel()`) becomes one over the array's own axes, so that
 * what makes the array can be computed where it is read.
 *
 *     t = new n m; nest (i < n, j < m) { t[i, j] = f(i, j) };  v = t as n * m; nest (k < n * m) { r[k] = g(v[k]) }
 *     →   ...;  w = r as n m; nest (i < n, j < m) { w[i, j] = g(t[i, j]) }
 *
 * Where all arrays lie in one row, opt/version.c makes it one axis again. */
#include "opt/fuse.h"

typedef struct Unfold {
    Fn *fn;
    Ref c, t;
    const Nest *nest;
    NestBuild nb;
} Unfold;

/* Is n the product of the extents that the new array was made with? */
static bool is_product(const Fn *fn, Ref n, Ref t)
{
    for (uint32_t k = ir_ty(fn, t)->ndim; k-- > 1; ) {
        const Ins *in = ir_ins(fn, n);
        if (in->op != IR_MUL || !(ref_eq(in->arg[0], ir_arg(fn, t, k)) || ref_eq(in->arg[1], ir_arg(fn, t, k))))
            return false;
        n = in->arg[ref_eq(in->arg[1], ir_arg(fn, t, k)) ? 0 : 1];
    }
    return ref_eq(n, ir_arg(fn, t, 0));
}

/* The new array of which v is all elements in one row; none: it is not. */
static Ref row_of(const Fn *fn, Ref v)
{
    const Ins *in = ir_ins(fn, v);
    if (in->op != IR_VIEW || in->ty->ndim != 1 || in->ty->order != ORDER_C)
        return REF_NONE;
    Ref t = ir_args(fn, in)[0], data = ir_args(fn, in)[1];
    const Ins *made = ir_ins(fn, t), *from = ir_ins(fn, data);
    bool whole = made->op == IR_NEW && made->ty->ndim > 0 && (made->ty->order == ORDER_C || made->ty->ndim == 1) && from->op == IR_DATA
                 && ref_eq(from->arg[0], t) && made->ty->elem == in->ty->elem;
    return whole && is_product(fn, ir_args(fn, in)[2], t) ? t : REF_NONE;
}

/* May the array of c, which it loads or stores at its own index, have t's axes? */
static bool may_have_axes(const Unfold *u, Ref array)
{
    Ty t = ir_ty(u->fn, array);
    return ty_is_array(t) && t->ndim == 1 && t->order == ORDER_C && ir_is_extent(u->fn, ir_arg(u->fn, u->c, 0), array, 0);
}

static bool unfolds(const Unfold *u)
{
    const Fn *body = u->nest->body;
    const Blk *b = &body->blk.at[0];
    if (u->nest->ndim != 1 || body->blk.n > 1 || b->handler != BLK_NONE || u->nest->flags & (NEST_PRANGE | NEST_PICK)
        || (u->nest->flags & NEST_ORDERED && !(u->nest->flags & NEST_SCAN)))
        return false;
    for (uint32_t k = 0; k < b->ins.n; k++) {
        Ref v = b->ins.at[k];
        const Ins *in = ir_ins(body, v);
        bool access = in->op == IR_LOAD || in->op == IR_STORE, fails;
        if (access && (!fuse_at_own_indices(u->nest, v) || !may_have_axes(u, fuse_array_of(u->fn, u->c, v))))
            return false;
        if (!access && in->op != IR_RETURN && (in->op == IR_NEST || opt_effect(in, &fails) > EFF_PURE))
            return false;
        for (uint32_t j = 0; j < in->nargs; j++) {
            Ref x = ir_args(body, in)[j];
            bool place = access && (j == 0 || j == (in->op == IR_STORE ? 2 : 1));
            if (!place && (ref_eq(x, body->param[0]) || ty_is_array(ir_ty(body, x))))
                return false;
        }
    }
    return true;
}

static bool same_extents(const Fn *fn, Ref x, Ref y)
{
    if (ir_ty(fn, x)->ndim != ir_ty(fn, y)->ndim)
        return false;
    for (uint32_t k = 0; k < ir_ty(fn, x)->ndim; k++)
        if (!ref_eq(ir_arg(fn, x, k), ir_arg(fn, y, k)))
            return false;
    return true;
}

/* The array with t's axes. */
static Ref with_axes(Unfold *u, Ref array)
{
    Fn *fn = u->fn;
    Ref extent[NDIM_MAX];
    uint32_t nd = ir_ty(fn, u->t)->ndim;
    Ty t = ir_ty(fn, array);
    Ref of = row_of(fn, array);
    if (!ref_is_none(of) && same_extents(fn, of, u->t))
        return of;
    if (nd == 1)
        return array;
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = ir_arg(fn, u->t, k);
    return ir_view(fn, ty_array(fn->unit->types, t->elem, nd, ORDER_C, t->readonly, NULL), array, ir_data(fn, array), extent, NULL, NULL);
}

static Ref load(void *context, Ref access, const Ref *arg)
{
    Unfold *u = context;
    (void)access;
    return ir_load(u->nb.body, arg[0], u->nb.index);
}

/* A scan stores to one row: opt/scan.c. */
static bool store(void *context, Ref access, const Ref *arg)
{
    Unfold *u = context;
    (void)access;
    if (u->nest->flags & NEST_SCAN)
        return false;
    ir_store(u->nb.body, arg[0], arg[1], u->nb.index);
    return true;
}

static Ref number(Unfold *u, const Ref *extent)
{
    Ref at = u->nb.index[0];
    for (uint32_t k = 1; k < u->nb.nest->ndim; k++)
        at = ir_bin(u->nb.body, IR_ADD, ir_bin(u->nb.body, IR_MUL, at, nest_use(&u->nb, extent[k])), u->nb.index[k]);
    return at;
}

static void make(Fuse *f, Unfold *u)
{
    Fn *fn = u->fn;
    const Nest *nest = u->nest;
    uint32_t nd = ir_ty(fn, u->t)->ndim;
    Ref extent[NDIM_MAX], item[NRED_MAX], *value = arena_new_n(fn->unit->arena, Ref, nest->ncapture + 2);
    FuseRest rest = fuse_open(f, u->c);
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = ir_arg(fn, u->t, k);
    for (uint32_t k = 1; k <= nest->ncapture; k++) {
        Ref x = ir_arg(fn, u->c, k);
        bool scanned = nest->flags & NEST_SCAN && fuse_names(fn, u->c, x, true);
        value[k] = ty_is_array(ir_ty(fn, x)) && !scanned && may_have_axes(u, x) ? with_axes(u, x) : x;
    }
    u->nb = nest_begin(fn, extent, nd, nest->flags);
    u->nb.blocks = nest_blocks(nest, ir_args(fn, ir_ins(fn, u->c)));
    for (uint32_t k = 1; k <= nest->ncapture; k++)
        value[k] = nest_use(&u->nb, value[k]);
    value[0] = nest->flags & NEST_SCAN ? number(u, extent) : ir_i64(u->nb.body, 0);
    NestEdit edit = { .load = load, .store = store, .context = u };
    Ref yield = nest_body(u->nb.body, nest->body, value, BLK_NONE, &edit);
    for (uint32_t k = 0; k < nest->nred; k++) {
        item[k] = nest->nred == 1 ? yield : ir_item(u->nb.body, yield, k);
        nest_reduce(&u->nb, nest->red[k].op, nest->red[k].ty, ir_arg(fn, u->c, 1 + nest->ncapture + k));
    }
    Ref r = nest_end(&u->nb, item, nest->nred);
    if (nest->nred > 0)
        ir_replace(fn, u->c, r);
    fuse_close(f, &rest);
    fuse_drop(f, u->c);
    fuse_find_users(f);
}

/* c reads a row of a new array that may then be computed where it is read. */
bool fuse_unfold(Fuse *f, Ref c)
{
    Unfold u = { .fn = f->fn, .c = c, .nest = fuse_nest_of(f->fn, c) };
    bool shared = true;
    for (uint32_t k = 1; u.nest->ndim == 1 && k <= u.nest->ncapture && shared; k++) {
        u.t = row_of(f->fn, ir_arg(f->fn, c, k));
        Ref p = ref_is_none(u.t) ? u.t : fuse_producer_of(f, u.t, c, &shared);
        shared |= ref_is_none(p) || !fuse_is_simple(f->fn, p) || fuse_nest_of(f->fn, p)->nred > 0 || !fuse_moves_to(f, p, c);
    }
    if (shared || !unfolds(&u))
        return false;
    make(f, &u);
    return true;
}
