/* fuse.c: nests → fewer nests. A temporary that one nest stores and another loads is never made.
 *
 *     t = new n; nest (i < n) { t[i] = f(i) }; ...; nest (j < m) { ... t[x] ... }   →   nest (j < m) { ... f(x) ... }
 *
 * t has no other use. The body of the producer stands where the consumer loads, once for each index, so operands
 * that are stretched at run time need nothing special. Loads of a nest see memory as it was before it, so between the
 * two nests nothing may write what the producer reads; then what the consumer stores does not matter. Errors keep their
 * order, since a producer that may fail is not moved. A producer with several consumers fuses when these have become
 * one nest: nests over equal extents that read the same array, or of which one reads what the other stores, are joined.
 * Where the producer has fewer axes than the consumer, it is computed again for each: only if it is cheap.
 * A consumer that keeps an order, may fail, or loads in a nest of its body (a reduction along some axes) has the producer
 * where it loads, if what it stores is apart from what the producer reads. */
#include "opt/fuse.h"

enum { CHEAP = 4 };             /* operations that may be done again for a row */
enum { LONG = 128 };            /* instructions of a body: a merge copies both, so that of a longer one is the last of its round */

/* The one STORE of p, to t at p's own indices; none: it is not so simple. */
static Ref the_store(const Fn *fn, Ref p, Ref t)
{
    const Nest *nest = fuse_nest_of(fn, p);
    const Fn *body = nest->body;
    Ref store = REF_NONE;
    if (nest->nred > 0 || body->blk.n > 1 || ir_ty(fn, t)->ndim != nest->ndim)
        return REF_NONE;
    for (uint32_t k = 0; k < body->blk.at[0].ins.n; k++) {
        Ref v = body->blk.at[0].ins.at[k];
        if (ir_ins(body, v)->op != IR_STORE)
            continue;
        if (!ref_is_none(store) || !ref_eq(fuse_array_of(fn, p, v), t) || !fuse_at_own_indices(nest, v))
            return REF_NONE;
        store = v;
    }
    return store;
}

/* So little work that it may be done again: a few operations on at most two loads. */
static bool is_cheap(const Fn *fn, Ref p)
{
    const Fn *body = fuse_nest_of(fn, p)->body;
    uint32_t cost = 0, loads = 0;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(body, body->blk.at[b].ins.at[k]);
            bool dear = in->op == IR_MATH || in->op == IR_DIV || in->op == IR_REM || in->op == IR_RT || in->op == IR_PHI;
            loads += in->op == IR_LOAD;
            cost += dear ? CHEAP + 1 : in->ty->kind != TY_I64 && in->op != IR_LOAD && in->op != IR_STORE && in->op != IR_RETURN;
        }
    return cost <= CHEAP && loads <= 2;
}

static bool is_of(const Fn *fn, Ref array, Ref t) { return !ref_is_none(array) && ref_eq(fuse_whole(fn, array), t); }

/* Does the access of nest r stand still along an axis outside of one that it runs along? Then what it loads would be computed again for
 * each row; what is fixed in the innermost loops is computed before them. */
static bool loads_again(const Fn *fn, Ref r, Ref access)
{
    const Nest *nest = fuse_nest_of(fn, r);
    const Ref *arg = ir_args(fn, ir_ins(fn, r));
    uint32_t nd = nest->ndim;
    bool along[NDIM_MAX] = { false }, inside = false, f = nest_walks_f(fn, nest, arg, TARGET_CPU);
    int64_t one;
    for (uint32_t k = 1; k < ir_ins(nest->body, access)->nargs; k++) {
        int axis = nest_axis(fn, nest, arg, ir_arg(nest->body, access, k));
        if (axis >= 0)
            along[axis] = true;
    }
    for (uint32_t k = 0; k < nd; k++) {         /* innermost first */
        uint32_t d = f ? k : nd - 1 - k;
        if (inside && !along[d] && !(ir_is_int(fn, arg[d], &one) && one == 1))
            return true;
        inside |= along[d];
    }
    return false;
}

/* Is it worth to compute p's elements where c loads them, as t, and not once for all rows of c? */
static bool worth(const Fn *fn, Ref p, Ref c, Ref t)
{
    const Fn *body = fuse_nest_of(fn, c)->body;
    if (is_cheap(fn, p))
        return true;
    if (fuse_nest_of(fn, p)->ndim < fuse_nest_of(fn, c)->ndim)
        return false;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            Ref v = body->blk.at[b].ins.at[k];
            if (ir_ins(body, v)->op == IR_LOAD && is_of(fn, fuse_array_of(fn, c, v), t) && loads_again(fn, c, v))
                return false;
        }
    return true;
}
static bool stores_only_new(Fuse *f, Ref array, bool store, Ref other)
{
    (void)other;
    return !store || ir_ins(f->fn, array)->op == IR_NEW;
}

/* The nests that use an array, or views of it made for them; false: something else does. */
static bool nests_of(Fuse *f, Ref v, Refs *out)
{
    Fn *fn = f->fn;
    for (uint32_t k = 0; k < f->user[v.i].n; k++) {
        Ref u = f->user[v.i].at[k];
        const Ins *in = ir_ins(fn, u);
        bool address = in->op == IR_DATA || in->op == IR_OFFSET, of_array = ty_is_array(ir_ty(fn, v));
        if (in->op == IR_NEST && of_array && in->blk == f->b)
            vec_push(fn->unit->arena, out, u);
        else if (!(address || in->op == IR_VIEW) || !nests_of(f, u, out))
            return false;
    }
    return true;
}

/* none: not nests alone use t */
Ref fuse_producer_of(Fuse *f, Ref t, Ref c, bool *shared)
{
    Fn *fn = f->fn;
    Refs user = { 0 };
    Ref p = REF_NONE;
    *shared = false;
    if (!nests_of(f, t, &user))
        return REF_NONE;
    for (uint32_t k = 0; k < user.n; k++) {
        Ref u = user.at[k];
        bool makes = fuse_reaches(fn, u, t, true);
        if (makes && !ref_is_none(p) && !ref_eq(u, p))
            return REF_NONE;
        if (makes)
            p = u;
        else
            *shared |= !ref_eq(u, c);
    }
    return p;
}

/* Does the nest, or one in its body, store to t? */
static bool stores_to(const Reader *r, Ref t)
{
    const Fn *body = r->nest->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(body, body->blk.at[b].ins.at[k]);
            Reader inner = { r->fn, in->imm.p, ir_args(body, in), r };
            if (in->op == IR_NEST ? stores_to(&inner, t) : in->op == IR_STORE && is_of(r->fn, fuse_value_of(r, inner.arg[0]), t))
                return true;
        }
    return false;
}

/* Is this all that the nest and those in its body do: compute, check, store where p does not read, and load t, in all its
 * axes (depth: of the nests around)? So it may be ordered, and fail: p's elements are then computed where it loads them. */
static bool reads_only(Fuse *f, const Reader *r, Ref p, Ref t, uint32_t depth, uint32_t *loads)
{
    const Fn *body = r->nest->body;
    if (body->blk.n > 1 || body->blk.at[0].handler != BLK_NONE)
        return false;
    depth += r->nest->ndim;
    for (uint32_t k = 0; k < body->blk.at[0].ins.n; k++) {
        Ref v = body->blk.at[0].ins.at[k];
        const Ins *in = ir_ins(body, v);
        const Ref *arg = ir_args(body, in);
        bool fails, last = k + 1 == body->blk.at[0].ins.n;
        if (in->op == IR_NEST) {
            Reader inner = { r->fn, in->imm.p, arg, r };
            if (!reads_only(f, &inner, p, t, depth, loads))
                return false;
            continue;
        }
        for (uint32_t j = 0; j < in->nargs; j++)
            if (is_of(f->fn, fuse_value_of(r, arg[j]), t) && (in->op != IR_LOAD || j > 0 || ir_ty(f->fn, t)->ndim < depth || (*loads)++ > 0))
                return false;
        if (in->op == IR_STORE && (ref_is_none(fuse_value_of(r, arg[0])) || !fuse_each_access(f, p, fuse_not_written, fuse_value_of(r, arg[0]))))
            return false;
        if (in->op != IR_STORE && !last && opt_effect(in, &fails) > EFF_RAISE)
            return false;
    }
    return true;
}

/* A reduction along some axes, say: nests in the body of c, or an order that must be kept. */
static bool may_read(Fuse *f, Ref p, Ref c, Ref t)
{
    const Ins *in = ir_ins(f->fn, c);
    Reader r = { f->fn, in->imm.p, ir_args(f->fn, in), NULL };
    uint32_t loads = 0;
    return !(r.nest->flags & NEST_PRANGE) && reads_only(f, &r, p, t, 0, &loads) && loads == 1;
}

/* Does c use t, and views of it, for loads only? */
static bool only_loads(const Fn *fn, Ref c, Ref t)
{
    const Nest *nest = fuse_nest_of(fn, c);
    const Fn *body = nest->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(body, body->blk.at[b].ins.at[k]);
            for (uint32_t j = 0; j < in->nargs; j++) {
                const Ins *x = ir_ins(body, ir_args(body, in)[j]);
                if (x->op == IR_PARAM && x->imm.i >= nest->ndim && is_of(fn, ir_arg(fn, c, (uint32_t)x->imm.i), t)
                    && (in->op != IR_LOAD || j > 0))
                    return false;
            }
        }
    return true;
}

/* So thousands of statements take time n log n, and memory too. */
static bool waits(Fuse *f, Ref nest_ref)
{
    const Fn *body = fuse_nest_of(f->fn, nest_ref)->body;
    bool now = nest_ref.i >= f->round && body->ins.n > LONG;
    f->waits |= now;
    return now;
}

/* What c captures of t: t, views of it; how many it loads. *mapped: where their elements are in t is known; *more: they may have
 * more elements than t. */
static uint32_t captures_of(Fuse *f, Ref c, Ref t, bool *mapped, bool *more)
{
    const Nest *nest = fuse_nest_of(f->fn, c);
    uint32_t n = 0;
    ViewMap map;
    *mapped = true;
    *more = false;
    for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++) {
        Ref v = ir_arg(f->fn, c, k);
        if (!is_of(f->fn, v, t))
            continue;
        n++;
        *mapped &= fuse_map(f->fn, v, &map);
        *more |= ir_ty(f->fn, v)->ndim > ir_ty(f->fn, t)->ndim;
    }
    return n;
}

/* Does c pick elements of t by data (t[kind])? Then it may read one any number of times. */
static bool picks(const Fn *fn, Ref c, Ref t)
{
    const Nest *nest = fuse_nest_of(fn, c);
    const Fn *body = nest->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            Ref v = body->blk.at[b].ins.at[k];
            const Ins *in = ir_ins(body, v);
            for (uint32_t d = 1; in->op == IR_LOAD && is_of(fn, fuse_array_of(fn, c, v), t) && d < in->nargs; d++) {
                Ref i = ir_args(body, in)[d];
                uint8_t op = ir_ins(body, i)->op;
                if (op != IR_CONST && op != IR_PARAM && nest_axis(fn, nest, ir_args(fn, ir_ins(fn, c)), i) < 0)
                    return true;
            }
        }
    return false;
}

/* Are all accesses of nest r to `array` along its own axes, if stretched? */
static bool all_along(const Fn *fn, Ref r, Ref array)
{
    const Nest *nest = fuse_nest_of(fn, r);
    const Fn *body = nest->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            Ref v = body->blk.at[b].ins.at[k];
            const Ins *in = ir_ins(body, v);
            uint32_t first = in->op == IR_STORE ? 2 : 1;
            if ((in->op != IR_LOAD && in->op != IR_STORE) || !ref_eq(fuse_array_of(fn, r, v), array))
                continue;
            if (ir_ins(body, ir_args(body, in)[0])->op != IR_PARAM || in->nargs - first != nest->ndim)
                return false;
            for (uint32_t d = 0; d < nest->ndim; d++)
                if (nest_axis(fn, nest, ir_args(fn, ir_ins(fn, r)), ir_args(body, in)[first + d]) != (int)d)
                    return false;
        }
    return true;
}

static bool same_map(const ViewMap *a, const ViewMap *b, uint32_t nd_whole, uint32_t nd)
{
    for (uint32_t k = 0; k < nd_whole; k++)
        if (!ref_eq(a->start[k], b->start[k]))
            return false;
    for (uint32_t j = 0; j < nd; j++)
        if (a->axis[j] != b->axis[j] || (a->axis[j] >= 0 && !ref_eq(a->step[j], b->step[j])))
            return false;
    return true;
}

/* Is the view like v, which is of something else, of x just s, where s and x are in the same memory? */
static bool views_alike(Fn *fn, Ref x, Ref s, Ref v)
{
    ViewMap of_x, of_s, of_v;
    uint32_t nd = ir_ty(fn, v)->ndim, whole = ir_ty(fn, fuse_whole(fn, x))->ndim;
    if (ir_ty(fn, s)->ndim != nd || !fuse_map(fn, x, &of_x) || !fuse_map(fn, s, &of_s) || !fuse_map(fn, v, &of_v))
        return false;
    if (ref_eq(x, fuse_whole(fn, x)))
        return same_map(&of_v, &of_s, whole, nd);
    ViewMap all = ir_whole_map(fn, nd);
    return ir_ty(fn, x)->ndim == nd && same_map(&of_v, &all, nd, nd) && same_map(&of_x, &of_s, whole, nd);
}

/* p loads x, c stores s, in the same memory, and loads v, which is t or a view of it: are x's and s's elements for one index of c the
 * same, where x is, or moves to, the same array (Nest)? Others would have to be copied first: not worth it if t is read in many ways,
 * a copy for each. */
static bool same_element(Fn *fn, Ref p, Ref c, Ref x, Ref s, Ref v, Ref t, bool many)
{
    const Nest *to = fuse_nest_of(fn, c);
    if (ref_eq(v, t) && !ref_eq(x, s))
        return !picks(fn, p, fuse_whole(fn, x));        /* an array of indices: elements that c may have stored already */
    if (!all_along(fn, p, x) || !all_along(fn, c, s) || !all_along(fn, c, v) || ir_ty(fn, s)->ndim != to->ndim
        || (many && !views_alike(fn, x, s, v)))
        return false;
    for (uint32_t d = 0; d < to->ndim; d++)         /* c's extents: nowhere stretched */
        if (!ir_is_extent(fn, ir_arg(fn, c, d), s, d))
            return false;
    return true;
}

/* p loads x, c stores s, in the same memory: is it the same element wherever c loads t? */
static bool each_load_same(Fn *fn, Ref p, Ref c, Ref x, Ref s, Ref t, bool many)
{
    const Nest *to = fuse_nest_of(fn, c);
    for (uint32_t l = to->ndim; l < to->ndim + to->ncapture; l++) {
        Ref v = ir_arg(fn, c, l);
        if (is_of(fn, v, t) && !same_element(fn, p, c, x, s, v, t, many))
            return false;
    }
    return true;
}

static bool same_elements(Fn *fn, Ref p, Ref c, Ref t, bool many)
{
    const Nest *from = fuse_nest_of(fn, p), *to = fuse_nest_of(fn, c);
    for (uint32_t k = from->ndim; k < from->ndim + from->ncapture; k++) {
        Ref x = ir_arg(fn, p, k), whole = fuse_whole(fn, x);
        for (uint32_t j = to->ndim; ty_is_array(ir_ty(fn, x)) && !ref_eq(x, t) && j < to->ndim + to->ncapture; j++) {
            Ref s = ir_arg(fn, c, j);
            if (is_of(fn, s, whole) && fuse_names(fn, c, s, true) && !each_load_same(fn, p, c, x, s, t, many))
                return false;
        }
    }
    return true;
}

/* May c have the value of its operand's producer p where it loads v, which is t or a view of it?  REMARK_FUSED, or why not;
 * REMARK_MAX: no one expects it. */
static RemarkId may_inline(Fuse *f, Ref c, Ref v, Ref *p, Ref *store, bool *shared)
{
    Fn *fn = f->fn;
    bool simple = fuse_is_simple(fn, c), mapped, more;
    if (!ty_is_array(ir_ty(fn, v)) || ir_ins(fn, fuse_whole(fn, v))->op != IR_NEW)
        return REMARK_MAX;
    Ref t = fuse_whole(fn, v);
    Reader reader = { fn, fuse_nest_of(fn, c), ir_args(fn, ir_ins(fn, c)), NULL };
    if (fuse_reaches(fn, c, t, true) || (!simple && stores_to(&reader, t)) || (simple && !fuse_names(fn, c, v, false)))
        return REMARK_MAX;
    uint32_t n = captures_of(f, c, t, &mapped, &more);
    if (!mapped)
        return REMARK_VIEWED;
    if (ref_is_none(*p = fuse_producer_of(f, t, c, shared)))
        return REMARK_ARRAY_KEPT;
    if (waits(f, *p))
        return REMARK_MAX;
    if (!fuse_is_simple(fn, *p) || fuse_reaches(fn, *p, t, false))
        return REMARK_MAKER_ORDERED;
    if (ref_is_none(*store = the_store(fn, *p, t)))
        return REMARK_MAKER_MORE;
    if (!simple && !may_read(f, *p, c, t))
        return REMARK_READER_ORDERED;
    if (simple && (!only_loads(fn, c, t) || !same_elements(fn, *p, c, t, *shared || n > 1)))
        return REMARK_OTHER_ELEMENTS;
    if (*shared || n > 1 || more || picks(fn, c, t) ? !is_cheap(fn, *p) : simple && !worth(fn, *p, c, t))
        return REMARK_AGAIN;
    return fuse_moves_to(f, *p, c) ? REMARK_FUSED : REMARK_BETWEEN;
}

static bool inline_one(Fuse *f, Ref c)
{
    const Nest *nest = fuse_nest_of(f->fn, c);
    for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++) {
        Ref v = ir_arg(f->fn, c, k), p, store;
        bool shared;
        if (may_inline(f, c, v, &p, &store, &shared) == REMARK_FUSED) {
            fuse_merge(f, p, c, fuse_whole(f->fn, v), store, shared);
            return true;
        }
    }
    return false;
}

/* Why the arrays that nest c of the finished block reads are still there. */
static void remark_kept(Fuse *f, Ref c)
{
    const Nest *nest = fuse_nest_of(f->fn, c);
    for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++) {
        Ref t = ir_arg(f->fn, c, k), p, store;
        bool shared;
        RemarkId why = may_inline(f, c, t, &p, &store, &shared);
        if (why < REMARK_MAX)
            remark(f->fn, ir_ins(f->fn, c)->pos, ir_ins(f->fn, t)->pos, why);
    }
}

/* Do p's stores go to `array`, at its own indices, or to memory apart from it? */
static bool each_store_own(Fuse *f, Ref p, Ref array)
{
    const Nest *nest = fuse_nest_of(f->fn, p);
    const Fn *body = nest->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            Ref v = body->blk.at[b].ins.at[k], to;
            if (ir_ins(body, v)->op != IR_STORE)
                continue;
            to = fuse_array_of(f->fn, p, v);
            if (ref_eq(to, array) ? !fuse_at_own_indices(nest, v) : !ir_apart(f->fn, to, array))
                return false;
        }
    return true;
}

/* May the access of c, a nest that is done in one with p, be made while p goes on? */
static bool access_joins(Fuse *f, Ref p, Ref c, Ref access, bool *shared)
{
    Fn *fn = f->fn;
    Ref array = fuse_array_of(fn, c, access);
    bool store = ir_ins(fuse_nest_of(fn, c)->body, access)->op == IR_STORE;
    *shared |= !store && (fuse_names(fn, p, array, false) || fuse_names(fn, p, array, true));
    if (fuse_each_access(f, p, fuse_not_stored, array))
        return true;
    return !store && fuse_names(fn, p, array, true) && fuse_at_own_indices(fuse_nest_of(fn, c), access) && each_store_own(f, p, array);
}

/* May p and c, nests over the same extents, be one, and is it worth it? */
static bool may_join(Fuse *f, Ref p, Ref c)
{
    Fn *fn = f->fn;
    const Nest *from = fuse_nest_of(fn, p), *to = fuse_nest_of(fn, c);
    bool shared = false;
    if (from->ndim != to->ndim || from->nred + to->nred > countof(to->red))
        return false;
    if (from->body->blk.n > 1 || (from->nred > 0 && to->nred > 0
        && ((from->flags ^ to->flags) & NEST_FREE || !ref_eq(nest_blocks(from, ir_args(fn, ir_ins(fn, p))), nest_blocks(to, ir_args(fn, ir_ins(fn, c)))))))
        return false;
    for (uint32_t d = 0; d < to->ndim; d++)
        if (!ref_eq(ir_arg(fn, p, d), ir_arg(fn, c, d)))
            return false;
    for (uint32_t k = 0; k < ir_ins(fn, c)->nargs; k++)
        if (ref_eq(ir_arg(fn, c, k), p))
            return false;
    if (!fuse_is_simple(fn, p) || !fuse_is_simple(fn, c))
        return false;
    for (BlkId b = 0; b < to->body->blk.n; b++)
        for (uint32_t k = 0; k < to->body->blk.at[b].ins.n; k++) {
            Ref v = to->body->blk.at[b].ins.at[k];
            uint8_t op = ir_ins(to->body, v)->op;
            if ((op == IR_LOAD || op == IR_STORE) && !access_joins(f, p, c, v, &shared))
                return false;
        }
    return shared && fuse_each_access(f, p, stores_only_new, REF_NONE);
}

/* What one of several reductions came to is taken just before it is used, so that it does not stand between two nests. */
static void sink_items(Fuse *f)
{
    Fn *fn = f->fn;
    Blk *b = &fn->blk.at[f->b];
    for (uint32_t k = b->ins.n; k-- > 0; ) {
        Ref r = b->ins.at[k];
        const Ins *in = ir_ins(fn, r);
        if (in->op != IR_ITEM || !fuse_nest_of(fn, in->arg[0]))
            continue;
        uint32_t to = k + 1;
        for (bool used = false; to + 1 < b->ins.n; to++) {
            const Ins *next = ir_ins(fn, b->ins.at[to]);
            for (uint32_t j = 0; j < next->nargs; j++)
                used |= ref_eq(ir_args(fn, next)[j], r);
            if (used)
                break;
        }
        memmove(&b->ins.at[k], &b->ins.at[k + 1], (to - k - 1) * sizeof(Ref));
        b->ins.at[to - 1] = r;
    }
}

/* May p be done where c is, or, if they only reduce, c where p is (what uses p's sum may stand between them)? Then it is there. */
static bool may_meet(Fuse *f, Ref p, Ref c)
{
    Blk *b = &f->fn->blk.at[f->b];
    if (fuse_moves_to(f, p, c))
        return true;
    if (fuse_stores(f->fn, p) || fuse_stores(f->fn, c) || !fuse_rises_to(f, c, p))
        return false;
    uint32_t to = fuse_place(f, p) + 1, from = fuse_place(f, c);
    memmove(&b->ins.at[to + 1], &b->ins.at[to], (from - to) * sizeof(Ref));
    b->ins.at[to] = c;
    return true;
}

static bool join_one(Fuse *f, Ref c)
{
    const Blk *b = &f->fn->blk.at[f->b];
    for (uint32_t k = fuse_place(f, c); k-- > 0; ) {
        Ref p = b->ins.at[k];
        if (fuse_nest_of(f->fn, p) && !waits(f, p) && may_join(f, p, c) && may_meet(f, p, c)) {
            fuse_merge(f, p, c, REF_NONE, REF_NONE, false);
            return true;
        }
    }
    return false;
}

/* Takes stores to arrays that nobody reads out of nest r. */
static void drop_stores(Fuse *f, Ref r)
{
    Fn *fn = f->fn;
    const Nest *nest = fuse_nest_of(fn, r);
    for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++) {
        Ref t = ir_arg(fn, r, k);
        if (ir_ins(fn, t)->op != IR_NEW || f->user[t.i].n != 1 || !fuse_is_simple(fn, r) || fuse_names(fn, r, t, false))
            continue;
        for (BlkId b = 0; b < nest->body->blk.n; b++) {
            Blk *blk = &nest->body->blk.at[b];
            uint32_t n = 0;
            for (uint32_t j = 0; j < blk->ins.n; j++)
                if (ir_ins(nest->body, blk->ins.at[j])->op != IR_STORE || !ref_eq(fuse_array_of(fn, r, blk->ins.at[j]), t))
                    blk->ins.at[n++] = blk->ins.at[j];
            blk->ins.n = n;
        }
        ir_args(fn, ir_ins(fn, r))[k] = ir_undef(fn, ir_ty(fn, t));
        fuse_find_users(f);
    }
}

/* Does nobody use the value, but for the extents of arrays that nobody uses? */
static bool is_unused(const Fuse *f, Ref r)
{
    for (uint32_t k = 0; k < f->user[r.i].n; k++)
        if (ir_ins(f->fn, f->user[r.i].at[k])->op != IR_NEW || f->user[f->user[r.i].at[k].i].n > 0)
            return false;
    return true;
}

/* Drops r if it is a nest without effect: nothing stored, nothing reduced that is used. */
static bool drop_idle(Fuse *f, Ref r)
{
    if (!fuse_is_simple(f->fn, r) || !is_unused(f, r) || fuse_stores(f->fn, r))
        return false;
    for (uint32_t k = 0; k < f->user[r.i].n; k++)
        if (ir_ins(f->fn, f->user[r.i].at[k])->op == IR_NEW)        /* not dropped already: an extent of two axes */
            fuse_drop(f, f->user[r.i].at[k]);
    fuse_drop(f, r);
    fuse_find_users(f);
    return true;
}

static bool fuse_at(Fuse *f, Ref r)
{
    drop_stores(f, r);
    return drop_idle(f, r) || fuse_equal(f, r) || inline_one(f, r) || fuse_picked(f, r) || fuse_unfold(f, r) || join_one(f, r);
}

/* Fuses what it can of the block at hand: from its end, what came of a nest once more, and all again while there is a change, since
 * what was one nest's may be another's now. A producer that is left goes to the last of those that may take it: from the end. */
static void fuse_block(Fuse *f)
{
    Fn *fn = f->fn;
    Blk *b = &fn->blk.at[f->b];
    bool change;
    do {
        f->round = fn->ins.n;
        f->waits = change = false;
        sink_items(f);
        for (uint32_t k = b->ins.n; k-- > 0; ) {
            uint32_t behind = b->ins.n - (k + 1);
            f->kept = false;
            if (!fuse_nest_of(fn, b->ins.at[k]) || waits(f, b->ins.at[k]) || !fuse_at(f, b->ins.at[k]))
                continue;
            sink_items(f);
            k = f->kept ? b->ins.n : b->ins.n - behind;
            change = true;
        }
    } while (change || f->waits);
    f->round = UINT32_MAX;
}

/* needs: nothing.  keeps: blocks.  breaks: uses. */
void opt_fuse(Fn *fn, bool last)
{
    Fuse f = { .fn = fn };
    bool any = false;
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            const Nest *nest = fuse_nest_of(fn, fn->blk.at[b].ins.at[k]);
            any |= nest != NULL;
            if (nest)
                opt_fuse(nest->body, last);
        }
    if (!any)
        return;
    fuse_find_users(&f);
    for (f.b = 0; f.b < fn->blk.n; f.b++) {
        const Blk *b = &fn->blk.at[f.b];
        fuse_block(&f);
        for (uint32_t k = 0; last && fn->unit->remarks && k < b->ins.n; k++)
            if (fuse_nest_of(fn, b->ins.at[k]))
                remark_kept(&f, b->ins.at[k]);
        for (uint32_t k = last ? b->ins.n : 0; k-- > 0; )
            if (fuse_nest_of(fn, b->ins.at[k]))
                fuse_reuse(&f, b->ins.at[k]);
    }
    opt_dce(fn);
}
