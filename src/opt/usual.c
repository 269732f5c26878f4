/* usual.c: nests whose operands were broadcast together, for the usual call, in which nothing is stretched.
 *
 *     check fits(a, b); n = a == 1 ? b : a; r = new n; nest (i < n) { r[i] = x[i * (a == n)] + y[i * (b == n)] }
 *
 *     →   a == b? r = new a; nest (i < a) { r[i] = x[i] + y[i] } : r = LATER: all of that as it was
 *
 * One comparison an extent takes the place of checks, joint extents and tests, and what LLVM gets is half of it. A region is a stretch of
 * one block, from the first check to the last nest that has tests of those extents. What is used behind it is what one of the
 * two copies gives. */
#include "opt/usual.h"

/* the usual call ------------------------------------------------------------------------------------------- */

static Ref now(const Usual *u, Ref v) { return v.i < u->nvalue && !ref_is_none(u->map[v.i]) ? u->map[v.i] : v; }

static Ref *operands(const Usual *u, Ref r)
{
    const Ins *in = ir_ins(u->fn, r);
    Ref *arg = arena_new_n(u->fn->unit->arena, Ref, in->nargs + 1);
    for (uint32_t k = 0; k < in->nargs; k++)
        arg[k] = now(u, ir_args(u->fn, in)[k]);
    return arg;
}

/* Captures that are constants now are no captures: indices times 1. arg: of the nest. */
static void know_captures(const Fn *fn, const Nest *nest, const Ref *arg)
{
    Fn *body = nest->body;
    bool any = false;
    for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++) {
        int64_t c;
        if (ir_ty(fn, arg[k])->kind != TY_I64 || !ir_is_int(fn, arg[k], &c))
            continue;
        ir_replace(body, body->param[k], ir_i64(body, c));
        any = true;
    }
    if (any)
        ir_fold(body);
    for (BlkId b = 0; any && b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(body, body->blk.at[b].ins.at[k]);
            if (in->op == IR_NEST)
                know_captures(body, in->imm.p, ir_args(body, in));
        }
}

/* The extent of v, an array, that is the same as another one; none: it is not. */
static Ref known_extent(const Usual *u, const Region *x, Ref v, uint32_t d)
{
    for (uint32_t k = 0; k < x->same.n; k++)
        if (ir_is_extent(u->fn, x->same.at[k].v, v, d))
            return now(u, x->same.at[k].as);
    return REF_NONE;
}

/* The array v with the extents that are known: those of the nest. */
static Ref with_extents(const Usual *u, const Region *x, Ref v)
{
    Fn *fn = u->fn;
    Ref a = now(u, v), extent[NDIM_MAX], stride[NDIM_MAX];
    Ty t = ir_ty(fn, v);
    bool other = false;
    if (!ty_is_array(t) || t->extent || ir_ins(fn, a)->op == IR_NEW)
        return a;
    for (uint32_t d = 0; d < t->ndim; d++) {
        extent[d] = known_extent(u, x, v, d);
        bool known = !ref_is_none(extent[d]) && !ir_is_extent(fn, extent[d], a, d);
        extent[d] = known ? extent[d] : ir_extent(fn, a, d);
        other |= known;
    }
    if (!other)
        return a;
    for (uint32_t d = 0; d < t->ndim; d++)
        stride[d] = ir_stride(fn, a, d);
    ViewMap map = ir_whole_map(fn, t->ndim);
    return ir_view(fn, t, a, ir_data(fn, a), extent, stride, &map);
}

/* r of the region, once more; x: in the usual call, or NULL. */
static void make_here(Usual *u, const Region *x, Ref r)
{
    Fn *fn = u->fn;
    Ins in = *ir_ins(fn, r);
    Ref *arg = operands(u, r);
    fn->cur_pos = in.pos;
    if (in.op == IR_CHECK && ir_is_const(fn, arg[0]) && ir_ins(fn, arg[0])->imm.i)
        return;
    if (x && in.op == IR_NEST) {
        const Nest *nest = in.imm.p;
        for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++)
            arg[k] = with_extents(u, x, ir_arg(fn, r, k));
        know_captures(fn, nest, arg);
    }
    u->map[r.i] = ir_remake(fn, &in, arg);
}

/* v, an extent, where the region begins. */
static Ref compute_early(Usual *u, const Region *x, Ref v)
{
    if (!region_has(u, x, v) || !ref_is_none(u->map[v.i]))
        return now(u, v);
    Ins in = *ir_ins(u->fn, v);
    Ref *arg = arena_new_n(u->fn->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = compute_early(u, x, ir_arg(u->fn, v, k));
    return u->map[v.i] = ir_remake(u->fn, &in, arg);
}

/* Is it a usual call? */
static Ref is_usual(Usual *u, const Region *x)
{
    Ref all = ir_bool(u->fn, true);
    for (uint32_t k = 0; k < x->same.n; k++) {
        Ref v = compute_early(u, x, x->same.at[k].v), as = compute_early(u, x, x->same.at[k].as);
        all = ir_bin(u->fn, IR_AND, all, ir_cmp(u->fn, IR_EQ, v, as));
    }
    return all;
}

static void make_usual(Usual *u, const Region *x, const Refs *block)
{
    Arena *a = u->fn->unit->arena;
    Ref *was = arena_new_n(a, Ref, x->same.n), *as = arena_new_n(a, Ref, x->same.n);
    for (uint32_t k = 0; k < x->same.n; k++) {
        was[k] = u->map[x->same.at[k].v.i];
        as[k] = now(u, x->same.at[k].as);
    }
    for (uint32_t k = 0; k < x->same.n; k++)
        u->map[x->same.at[k].v.i] = as[k];
    for (uint32_t k = x->from; k <= x->to; k++)
        if (ref_is_none(region_same(x, block->at[k])))
            make_here(u, x, block->at[k]);
    for (uint32_t k = 0; k < x->same.n; k++)
        if (!region_has(u, x, x->same.at[k].v))
            u->map[x->same.at[k].v.i] = was[k];
}

/* any other call -------------------------------------------------------------------------------------------- */

/* The nest with a body of its own. */
static const Nest *nest_again(Fn *to, const Nest *nest, bool stretched)
{
    Nest *n = arena_new_of(to->unit->arena, Nest);
    *n = *nest;
    n->body = ir_copy(to->unit, nest->body);
    n->body->parent = to;
    n->flags |= NEST_LATER | (stretched ? NEST_STRETCHED : 0);
    return n;
}

static void make_there(Usual *u, const Region *x, Apart *part, Ref r)
{
    Fn *fn = u->fn, *to = part->to;
    Ins in = *ir_ins(fn, r);
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++) {
        Ref v = ir_arg(fn, r, k);
        arg[k] = region_has(u, x, v) ? u->there[v.i] : apart_bring(part, now(u, v));
    }
    to->cur_pos = ir_pos(to, fn->pos.at[in.pos]);
    if (in.op == IR_NEST)
        in.imm.p = nest_again(to, in.imm.p, x->known && nest_ntests(fn, ir_ins(fn, r)) > 0);
    u->there[r.i] = ir_remake(to, &in, arg);
}

/* The region in a function of its own; given: what it returns. */
static Apart make_apart(Usual *u, const Region *x, const Refs *block, const Refs *given)
{
    Apart part = apart_begin(u->fn);
    Arena *a = u->fn->unit->arena;
    Ty *type = arena_new_n(a, Ty, given->n + 1);
    Ref *item = arena_new_n(a, Ref, given->n + 1), all = REF_NONE;
    for (uint32_t k = x->from; k <= x->to; k++)
        make_there(u, x, &part, block->at[k]);
    for (uint32_t k = 0; k < given->n; k++) {
        item[k] = u->there[given->at[k].i];
        type[k] = ir_ty(part.to, item[k]);
    }
    if (given->n > 0)
        all = given->n == 1 ? item[0] : ir_tuple(part.to, ty_tuple(part.to->unit->types, type, given->n), item, given->n);
    apart_end(&part, all, u->top);
    return part;
}

/* both ------------------------------------------------------------------------------------------------------ */

/* What both copies give. An extent of an array among that is the array's. */
static Refs given_by(const Usual *u, const Region *x, const Refs *block)
{
    Refs given = { 0 };
    for (uint32_t k = x->from; k <= x->to; k++) {
        Ref r = block->at[k];
        if (u->wanted[r.i] && !region_makes_again(u->fn, r) && ref_is_none(u->whose[r.i]))
            vec_push(u->fn->unit->arena, &given, r);
    }
    return given;
}

static Ref extent_of(const Usual *u, Ref e)
{
    uint32_t d = 0;
    while (!ref_eq(ir_arg(u->fn, u->whose[e.i], d), e))
        d++;
    return ir_extent(u->fn, u->map[u->whose[e.i].i], d);
}

/* Behind both copies: what of the region is used there. here, there: what they give. */
static void join(Usual *u, const Region *x, const Refs *block, const Refs *given, const Ref *here, const Ref *there)
{
    Fn *fn = u->fn;
    for (uint32_t k = x->from; k <= x->to; k++)
        u->map[block->at[k].i] = REF_NONE;
    for (uint32_t k = 0; k < given->n; k++) {
        Ref r = given->at[k], phi = ir_phi(fn, fn->cur, ir_ty(fn, r));
        ir_add_arg(fn, phi, here[k]);
        ir_add_arg(fn, phi, there[k]);
        if (ir_ins(fn, r)->op == IR_NEW)
            ir_ins(fn, phi)->flags |= INS_NEW;
        u->map[r.i] = phi;
    }
    for (uint32_t k = x->from; k <= x->to; k++) {
        Ref r = block->at[k];
        Ins in = *ir_ins(fn, r);
        fn->cur_pos = in.pos;
        if (u->wanted[r.i] && !ref_is_none(u->whose[r.i]))
            u->map[r.i] = extent_of(u, r);
        else if (u->wanted[r.i] && region_makes_again(fn, r))
            u->map[r.i] = ir_remake(fn, &in, operands(u, r));
    }
}

static void two_ways(Usual *u, const Region *x, const Refs *block, Ref usual)
{
    Fn *fn = u->fn;
    Arena *a = fn->unit->arena;
    Refs given = given_by(u, x, block);
    Ref *here = arena_new_n(a, Ref, given.n + 1), *there = arena_new_n(a, Ref, given.n + 1);
    Apart part = make_apart(u, x, block, &given);       /* before bodies change */
    IrIf s = ir_if(fn, usual);
    make_usual(u, x, block);
    for (uint32_t k = 0; k < given.n; k++)
        here[k] = u->map[given.at[k].i];
    fn->cur_pos = ir_ins(fn, block->at[x->from])->pos;
    ir_else(fn, &s);
    fn->blk.at[fn->cur].cold = true;
    Ref r = apart_call(&part, ir_i64(fn, 0), part.to);
    for (uint32_t k = 0; k < given.n; k++)
        there[k] = given.n == 1 ? r : ir_item(fn, r, k);
    ir_endif(fn, &s, REF_NONE, REF_NONE);
    join(u, x, block, &given, here, there);
}

static void make_region(Usual *u, const Region *x, const Refs *block)
{
    Fn *fn = u->fn;
    int64_t surely;
    fn->cur_pos = ir_ins(fn, block->at[x->from])->pos;
    Ref usual = is_usual(u, x);
    if (!ir_is_int(fn, usual, &surely))
        two_ways(u, x, block, usual);
    else if (surely)
        make_usual(u, x, block);
    else
        for (uint32_t k = x->from; k <= x->to; k++)
            make_here(u, NULL, block->at[k]);
    for (uint32_t k = x->from; k <= x->to; k++) {
        Ins *in = ir_ins(fn, block->at[k]);
        *in = (Ins){ .op = IR_NOP, .blk = BLK_NONE, .ty = in->ty };
    }
}

/* What followed block b, of blocks below nblk, follows fn->cur. */
static void end_block(Fn *fn, BlkId b, const BlkId *succ, uint8_t nsucc, BlkId nblk)
{
    BlkId end = fn->cur;
    fn->blk.at[end].nsucc = nsucc;
    for (uint8_t j = 0; j < nsucc; j++) {
        fn->blk.at[end].succ[j] = succ[j];
        ir_replace_pred(fn, succ[j], b, end);
    }
    for (BlkId k = 0; k < nblk; k++)
        if (fn->blk.at[k].idom == b)
            fn->blk.at[k].idom = end;
}

/* The block with its regions, from the k-th on, made anew. → the number of the next block's first one */
static uint32_t make_block(Usual *u, uint32_t k)
{
    Fn *fn = u->fn;
    BlkId b = u->b = u->all.at[k].b, nblk = fn->blk.n, succ[2] = { fn->blk.at[b].succ[0], fn->blk.at[b].succ[1] };
    uint8_t nsucc = fn->blk.at[b].nsucc;
    bool cold = fn->blk.at[b].cold;
    Refs block = { .at = fn->blk.at[b].ins.at, .n = fn->blk.at[b].ins.n };
    memset(&fn->blk.at[b].ins, 0, sizeof fn->blk.at[b].ins);
    fn->blk.at[b].nsucc = 0;
    ir_at(fn, b);
    for (uint32_t j = 0; j < block.n; j++) {
        if (k < u->all.n && u->all.at[k].b == b && u->all.at[k].from == j) {
            make_region(u, &u->all.at[k], &block);
            fn->blk.at[fn->cur].cold = cold;
            j = u->all.at[k++].to;
            continue;
        }
        ir_ins(fn, block.at[j])->blk = fn->cur;
        vec_push(fn->unit->arena, &fn->blk.at[fn->cur].ins, block.at[j]);
    }
    end_block(fn, b, succ, nsucc, nblk);
    return k;
}

static void replace_all(const Usual *u)
{
    Fn *fn = u->fn;
    for (uint32_t v = 1; v < fn->ins.n; v++) {
        Ref *arg = ir_args(fn, &fn->ins.at[v]);
        for (uint32_t k = 0; k < fn->ins.at[v].nargs; k++)
            arg[k] = now(u, arg[k]);
    }
}

static bool any_tests(const Fn *fn)
{
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++)
            if (nest_ntests(fn, ir_ins(fn, fn->blk.at[b].ins.at[k])) > 0)
                return true;
    return false;
}

static void usual(Fn *fn, Fn *top)
{
    Arena *a = fn->unit->arena;
    uint32_t n = fn->ins.n;
    Usual u = { .fn = fn, .top = top, .nvalue = n, .place = arena_new_n(a, uint32_t, n), .region = arena_new_n(a, uint32_t, n),
                .wanted = arena_new_n(a, bool, n), .map = arena_new_n(a, Ref, n), .there = arena_new_n(a, Ref, n), .whose = arena_new_n(a, Ref, n) };
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++)
            u.place[fn->blk.at[b].ins.at[k].i] = k;
    region_find_all(&u);
    if (u.all.n == 0)
        return;
    ir_need(fn, HAVE_DOM);
    fn->known = NULL;
    for (uint32_t k = 0; k < u.all.n; )
        k = make_block(&u, k);
    replace_all(&u);
    fn->known = NULL;
    fn->have = 0;
}

static void usual_in(Fn *fn, Fn *top)
{
    if (any_tests(fn))
        usual(fn, top);
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            if (in->op == IR_NEST && ((const Nest *)in->imm.p)->flags & (NEST_ORDERED | NEST_PRANGE))
                usual_in(((const Nest *)in->imm.p)->body, top);
        }
}

/* needs: nothing.  breaks: everything. */
void opt_usual(Fn *fn) { usual_in(fn, fn); }
