/* picked.c: what reads the elements that a nest picks (NEST_PICK) is done where they are picked: no array is made of them.
 *
 *     t = new n; pick (i < m) { t[] = a[i], if mask[i] };  s = nest (j < n) { t[j] * t[j] }
 *     →   s = nest (i < m) { mask[i] ? a[i] * a[i] : nothing }
 *
 * It is computed for elements that are not picked too, so it must be cheap. What only reduces, in any order, is a nest like any other
 * then. A sum of floats in NumPy's order picks for its tree (opt/pairwise.c), and what is stored goes to where it is picked to. */
#include "opt/fuse.h"

typedef struct Pick {
    Fuse *f;
    Fn *fn;
    Ref p, c;                   /* the nest that picks, and the one that reads */
    const Nest *from, *to;
    NestBuild nb;
    struct { Ref array, value; } put[NRED_MAX];     /* what p would store */
    uint32_t nput;
} Pick;

/* The nest that stores t and picks, if only it and c use t; none. */
static Ref picker_of(Fuse *f, Ref t, Ref c)
{
    bool shared;
    if (ref_is_none(t) || ir_ins(f->fn, t)->op != IR_NEW || ir_ty(f->fn, t)->ndim != 1)
        return REF_NONE;
    Ref p = fuse_producer_of(f, t, c, &shared);
    return !ref_is_none(p) && !shared && fuse_nest_of(f->fn, p)->flags & NEST_PICK ? p : REF_NONE;
}

static bool is_dear(const Ins *in)
{
    return in->op == IR_RT || in->op == IR_REM || in->op == IR_PHI || (in->op == IR_MATH && !math_row[in->imm.i].intrinsic)
           || (in->op == IR_DIV && !ty_is_float(in->ty));
}

/* Does the instruction use the index of the 1-d nest for anything but to name a place? */
static bool uses_index(const Nest *nest, const Ins *in)
{
    bool load = in->op == IR_LOAD, store = in->op == IR_STORE;
    for (uint32_t k = 0; k < in->nargs; k++)
        if (!(load && k > 0) && !(store && k > 1) && ref_eq(ir_args(nest->body, in)[k], nest->body->param[0]))
            return true;
    return false;
}

/* Does c, besides cheap computing, only load what one nest picks, and store to new arrays, at its own index? That nest, or none. */
static Ref all_picked(Fuse *f, Ref c)
{
    const Nest *nest = fuse_nest_of(f->fn, c);
    const Blk *b = &nest->body->blk.at[0];
    Ref p = REF_NONE;
    for (uint32_t k = 0; k < b->ins.n; k++) {
        Ref v = b->ins.at[k];
        const Ins *in = ir_ins(nest->body, v);
        bool load = in->op == IR_LOAD, store = in->op == IR_STORE;
        if (is_dear(in) || uses_index(nest, in) || ((load || store) && !fuse_at_own_indices(nest, v)))
            return REF_NONE;
        Ref array = load || store ? fuse_array_of(f->fn, c, v) : REF_NONE, by = load ? picker_of(f, array, c) : REF_NONE;
        if (store && ir_ins(f->fn, array)->op != IR_NEW)
            return REF_NONE;
        if (load && (ref_is_none(by) || (!ref_is_none(p) && !ref_eq(by, p))))
            return REF_NONE;
        p = load ? by : p;
    }
    return p;
}

/* Has it a sum (op RED_ADD), or a product (RED_MUL), of floats, which is made in the order of the elements? */
static bool in_order(const Fn *fn, const Nest *nest, RedOp op)
{
    bool free = nest->flags & NEST_FREE || fn->opt.fastmath & FAST_REASSOC, some = false;
    for (uint32_t k = 0; k < nest->nred && !free; k++)
        some |= nest->red[k].op == op && !ty_is_int(nest->red[k].ty);
    return some;
}

static bool reduces_so(const Nest *nest)
{
    for (uint32_t k = 0; k < nest->nred; k++)
        if (nest->red[k].op == RED_PLACE || nest->red[k].op == RED_LAST)
            return false;
    return true;
}

/* Does p store what c does not load? */
static bool stores_more(const Pick *x)
{
    const Fn *body = x->from->body;
    for (uint32_t k = 0; k < body->blk.at[0].ins.n; k++) {
        Ref v = body->blk.at[0].ins.at[k];
        if (ir_ins(body, v)->op == IR_STORE && !fuse_names(x->fn, x->c, fuse_array_of(x->fn, x->p, v), false))
            return true;
    }
    return false;
}

static bool put(void *context, Ref store, const Ref *arg)
{
    Pick *x = context;
    Ref array = fuse_array_of(x->fn, x->p, store);
    if (!fuse_names(x->fn, x->c, array, false))
        return false;
    x->put[x->nput].array = array;
    x->put[x->nput++].value = arg[1];
    return true;
}

static Ref take(void *context, Ref load, const Ref *arg)
{
    Pick *x = context;
    (void)arg;
    Ref array = fuse_array_of(x->fn, x->c, load), value = REF_NONE;
    for (uint32_t k = 0; k < x->nput; k++)
        if (ref_eq(x->put[k].array, array))
            value = x->put[k].value;
    return value;
}

/* The body of one of the two; what it returns. Arrays that are no longer made are not captured. */
static Ref body_of(Pick *x, Ref r, const Nest *nest, const Ref *index, NestEdit *edit)
{
    Ref *value = arena_new_n(x->fn->unit->arena, Ref, nest->ndim + nest->ncapture + 1);
    memcpy(value, index, nest->ndim * sizeof(Ref));
    for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++) {
        Ref v = ir_arg(x->fn, r, k);
        bool gone = ty_is_array(ir_ty(x->fn, v)) && fuse_names(x->fn, x->c, v, false);
        value[k] = gone ? ir_undef(x->nb.body, ir_ty(x->fn, v)) : nest_use(&x->nb, v);
    }
    return nest_body(x->nb.body, nest->body, value, BLK_NONE, edit);
}

/* What the k-th reduction of c begins with, hidden from LLVM: of max(acc, picked ? x : -inf) it would make
 * picked ? max(acc, x) : acc, which it cannot vectorise. */
static Ref hidden_start(Pick *x, uint32_t k)
{
    return ir_hide(x->nb.body, nest_use(&x->nb, ir_arg(x->fn, x->c, x->to->ndim + x->to->ncapture + k)));
}

/* What an element contributes where only picked ones should: where it is not, what changes nothing. */
static Ref if_picked(Pick *x, uint32_t k, Ref picked, Ref value)
{
    Ref nothing = ir_identity(x->nb.body, x->to->red[k].op, x->to->red[k].ty);
    if (ref_is_none(nothing))       /* an extreme: what it begins with may come again */
        nothing = hidden_start(x, k);
    return ir_select(x->nb.body, picked, value, nothing);
}

static uint32_t reductions(Pick *x, Ref r, const Nest *nest, Ref yield, Ref *item, uint32_t n)
{
    for (uint32_t k = 0; k < nest->nred; k++) {
        item[n++] = nest->nred == 1 ? yield : ir_item(x->nb.body, yield, k);
        nest_reduce(&x->nb, nest->red[k].op, nest->red[k].ty, ir_arg(x->fn, r, nest->ndim + nest->ncapture + k));
    }
    return n;
}

static void merge(Pick *x)
{
    Fn *fn = x->fn;
    bool picks = stores_more(x) || fuse_stores(fn, x->c) || in_order(fn, x->to, RED_ADD) || in_order(fn, x->to, RED_MUL);
    Ref extent[NDIM_MAX], item[2 * NRED_MAX], zero;
    memcpy(extent, ir_args(fn, ir_ins(fn, x->p)), x->from->ndim * sizeof(Ref));
    FuseRest rest = fuse_open(x->f, x->c);
    x->nb = nest_begin(fn, extent, x->from->ndim, picks ? x->from->flags : x->to->flags);
    x->nb.blocks = picks ? nest_blocks(x->from, ir_args(fn, ir_ins(fn, x->p))) : REF_NONE;
    NestEdit puts = { .store = put, .context = x }, takes = { .load = take, .context = x };
    Ref yield = body_of(x, x->p, x->from, x->nb.index, &puts);
    uint32_t n = picks ? reductions(x, x->p, x->from, yield, item, 0) : 0, own = n;
    Ref picked = ir_cmp(x->nb.body, IR_NE, x->from->nred == 1 ? yield : ir_item(x->nb.body, yield, 0), ir_i64(x->nb.body, 0));
    zero = ir_i64(x->nb.body, 0);
    yield = body_of(x, x->c, x->to, &zero, &takes);
    n = reductions(x, x->c, x->to, yield, item, n);
    for (uint32_t k = 0; !picks && k < n; k++)
        item[k] = if_picked(x, k, picked, item[k]);
    Ref r = nest_end(&x->nb, item, n);
    remark(fn, ir_ins(fn, x->p)->pos, ir_ins(fn, x->c)->pos, REMARK_FUSED);
    if (x->to->nred > 0)
        ir_replace(fn, x->c, fuse_result(fn, r, x->to, own));
    fuse_close(x->f, &rest);
    fuse_drop(x->f, x->p);
    fuse_drop(x->f, x->c);
    fuse_find_users(x->f);
}

/* Merges c into the nest that picks what c reads. */
bool fuse_picked(Fuse *f, Ref c)
{
    Fn *fn = f->fn;
    const Nest *to = fuse_nest_of(fn, c);
    if (to->ndim != 1 || to->body->blk.n > 1 || to->flags & NEST_BLOCKS || !fuse_is_simple(fn, c) || !reduces_so(to))
        return false;
    Pick x = { .f = f, .fn = fn, .c = c, .p = all_picked(f, c), .to = to };
    if (ref_is_none(x.p) || f->user[x.p.i].n > 0)
        return false;
    x.from = fuse_nest_of(fn, x.p);
    if (!ref_eq(ir_arg(fn, c, 0), nest_blocks(x.from, ir_args(fn, ir_ins(fn, x.p)))) || x.from->body->blk.n > 1
        || x.from->nred > 1 || to->nred >= NRED_MAX || ((fuse_stores(fn, c) || stores_more(&x)) && in_order(fn, to, RED_ADD)) || !fuse_moves_to(f, x.p, c))
        return false;
    merge(&x);
    return true;
}
