/* outline.c: the region of a loop over prange → the body of a nest, and the nest in the place of the loop.
 *
 *     header: NEST, whose results are what is carried; exit
 *     body:   the region, a block for a block; its ways back to the header return the contributions
 *
 * A carried value begins in the body as the identity of its op or, if that has none, as what it was before the loop. Values
 * from outside become captures, but for the addresses of arrays that are accumulated in (accumulate.c): the body computes
 * its own. Handlers in the region go with it; the one around the loop protects the NEST. */
#include "opt/prange.h"

typedef struct Move {
    Prange *p;
    NestBuild nb;
    Ref *map;                   /* of the region's values, the index, the sums */
    BlkId *to;
} Move;

static Ref moved(Move *m, Ref r)
{
    const Ins *in = ir_ins(m->p->fn, r);
    if (!ref_is_none(m->map[r.i]))
        return m->map[r.i];
    if (prange_has(m->p, in->blk))
        nj_bug(m->p->fn->unit, "prange: v%u is used before it is there", r.i);
    return m->map[r.i] = nest_use(&m->nb, r);
}

static Ref first_value(Move *m, const Carried *c)
{
    Fn *fn = m->p->fn, *body = m->nb.body;
    const Blk *h = &fn->blk.at[m->p->loop.header];
    Ref one = c->op == RED_LAST ? ir_zero(body, c->ty) : ir_identity(body, c->op, c->ty);
    for (uint32_t e = 0; ref_is_none(one) && e < h->pred.n; e++)
        if (!prange_has(m->p, h->pred.at[e]))
            one = moved(m, ir_arg(fn, c->phi, e));
    return one;
}

/* The way from b back to the header: a return of the contributions. */
static void contribute(Move *m, BlkId from)
{
    Fn *fn = m->p->fn, *body = m->nb.body;
    const Blk *h = &fn->blk.at[m->p->loop.header];
    Ref item[8];
    uint32_t e = 0, n = m->p->ncarried;
    while (h->pred.at[e] != from)
        e++;
    for (uint32_t k = 0; k < n; k++)
        item[k] = moved(m, prange_left_by(fn, m->p->carried[k].phi, e));
    ir_return(body, n == 0 ? REF_NONE : n == 1 ? item[0] : ir_tuple(body, body->ret, item, n));
}

static void move_terminator(Move *m, BlkId b, const Ins *in)
{
    Fn *fn = m->p->fn, *body = m->nb.body;
    const Blk *from = &fn->blk.at[b];
    BlkId h = m->p->loop.header, way[2];
    if (from->nsucc == 1 && from->succ[0] == h) {
        contribute(m, b);
        return;
    }
    for (uint32_t s = 0; s < from->nsucc; s++)
        way[s] = from->succ[s] == h ? ir_block(body, body->cur) : m->to[from->succ[s]];
    Ref arg[3];
    for (uint32_t k = 0; k < in->nargs && k < 3; k++)
        arg[k] = moved(m, ir_args(fn, in)[k]);
    if (in->op == IR_JUMP)
        ir_jump(body, way[0]);
    else
        ir_branch(body, arg[0], way[0], way[1]);
    for (uint32_t s = 0; s < from->nsucc; s++)
        if (from->succ[s] == h) {
            ir_at(body, way[s]);
            contribute(m, b);
        }
}

static void move_op(Move *m, Ref r)
{
    Fn *fn = m->p->fn, *body = m->nb.body;
    Ins in = *ir_ins(fn, r);
    body->cur_pos = ir_pos(body, fn->pos.at[in.pos]);
    if (in.op == IR_PHI) {
        if (in.flags & INS_PRANGE)
            remark(fn, in.pos, 0, REMARK_SERIAL_INSIDE);
        m->map[r.i] = ir_phi(body, body->cur, in.ty);
        return;
    }
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = ref_is_none(ir_args(fn, &in)[k]) ? REF_NONE : moved(m, ir_args(fn, &in)[k]);
    m->map[r.i] = ir_emit_imm(body, in.op, in.ty, arg, in.nargs, in.imm.i);
    ir_ins(body, m->map[r.i])->flags = in.flags;
}

/* Where the arrays are that the loop accumulates in, each chunk finds for its own. */
static void move_addresses(Move *m)
{
    Prange *p = m->p;
    Fn *fn = p->fn;
    uint32_t n;
    const BlkId *rpo = ir_rpo(fn, &n);
    bool *marked = arena_new_n(fn->unit->arena, bool, fn->ins.n);
    accumulate_addresses(fn, p->entry, &p->sums, marked);
    ir_at(m->nb.body, 0);
    for (uint32_t b = 0; b < n; b++)
        for (uint32_t k = 0; !prange_has(p, rpo[b]) && k < fn->blk.at[rpo[b]].ins.n; k++)
            if (marked[fn->blk.at[rpo[b]].ins.at[k].i])
                move_op(m, fn->blk.at[rpo[b]].ins.at[k]);
}

static void fill_phis(Move *m, BlkId b)
{
    Fn *fn = m->p->fn, *body = m->nb.body;
    const Blk *from = &fn->blk.at[b], *to = &body->blk.at[m->to[b]];
    for (uint32_t j = 0; j < from->ins.n && ir_ins(fn, from->ins.at[j])->op == IR_PHI; j++)
        for (uint32_t e = 0; e < to->pred.n; e++)
            for (uint32_t k = 0; k < from->pred.n; k++)
                if (m->to[from->pred.at[k]] == to->pred.at[e])
                    ir_add_arg(body, m->map[from->ins.at[j].i], moved(m, ir_arg(fn, from->ins.at[j], k)));
}

static bool ends(const Ins *in) { return ir_is_terminator(in->op); }

/* Is the handler of this block in the body too? */
static bool is_inner(const Prange *p, BlkId b) { return prange_has(p, p->fn->blk.at[b].handler); }

static void move_body(Move *m)
{
    Prange *p = m->p;
    Fn *fn = p->fn, *body = m->nb.body;
    for (uint32_t k = 0; k < p->region.n; k++) {
        BlkId b = p->region.at[k];
        m->to[b] = k == 0 ? 0 : ir_block(body, m->to[fn->blk.at[b].idom]);
        body->blk.at[m->to[b]].cold = fn->blk.at[b].cold;
    }
    for (uint32_t k = 0; k < p->region.n; k++)
        if (is_inner(p, p->region.at[k]))
            ir_protect(body, m->to[p->region.at[k]], m->to[fn->blk.at[p->region.at[k]].handler]);
    move_addresses(m);
    for (uint32_t k = 0; k < p->region.n; k++) {
        BlkId b = p->region.at[k];
        ir_at(body, m->to[b]);
        for (uint32_t j = 0; j < fn->blk.at[b].ins.n; j++) {
            Ref r = fn->blk.at[b].ins.at[j];
            Ins in = *ir_ins(fn, r);
            if (in.op == IR_JUMP || in.op == IR_BRANCH)
                move_terminator(m, b, &in);
            else if (in.op != IR_POLL || in.imm.i != POLL_TURN || is_inner(p, b))
                move_op(m, r);
            if (ends(&in))
                break;
        }
    }
    for (uint32_t k = 0; k < p->region.n; k++)
        fill_phis(m, p->region.at[k]);
}

/* The captures that are accumulated in. */
static void note_sums(const Move *m, Ref value)
{
    const Prange *p = m->p;
    Nest *nest = m->nb.nest;
    for (uint32_t s = 0; s < p->sums.n; s++)
        for (uint32_t k = 0; k < nest->ncapture; k++)
            if (ref_eq(ir_arg(p->fn, value, nest->ndim + k), p->sums.sum[s].array)) {
                nest->sum[nest->nsum].capture = k;
                nest->sum[nest->nsum++].op = p->sums.sum[s].op;
            }
}

/* Whether iterations change elements of their own, where that is decided here, becomes a capture. */
static void note_tests(Move *m)
{
    Prange *p = m->p;
    Ref own = ir_bool(p->fn, true);
    int64_t surely;
    for (uint32_t k = 0; k < p->sums.test.n; k++)
        own = ir_bin(p->fn, IR_AND, own, own_test(&p->sums.test.at[k], p->loop.n));
    if (ir_is_int(p->fn, own, &surely) && surely)
        return;
    nest_use(&m->nb, ir_hide(p->fn, own));      /* a constant is no capture */
    m->nb.nest->own = m->nb.captured.n;
}

static bool was_unbound(const Prange *p, uint32_t k) { return ir_ty(p->fn, p->carried[k].phi) != p->carried[k].ty; }

/* What a name that was unbound before is bound to afterwards: the last value, if there was an iteration. */
static Ref if_it_ran(const Prange *p, Ref phi, Ref last, Ref before)
{
    Fn *fn = p->fn;
    IrIf s = ir_if(fn, ir_cmp(fn, IR_LT, ir_int(fn, ir_ty(fn, p->loop.n), 0), p->loop.n));
    Ref some = ir_some(fn, ir_ty(fn, phi), last);
    ir_else(fn, &s);
    return ir_endif(fn, &s, some, before);
}

/* The header: what it was but the test, the nest, the way on. */
static void rebuild_header(Move *m)
{
    Prange *p = m->p;
    Fn *fn = p->fn;
    Blk *h = &fn->blk.at[p->loop.header];
    BlkId exit = h->succ[1], before = BLK_NONE;
    Ref before_loop[8];
    for (uint32_t e = 0; e < h->pred.n; e++)
        if (!prange_has(p, h->pred.at[e])) {
            before = h->pred.at[e];
            for (uint32_t k = 0; k < p->ncarried; k++)
                before_loop[k] = ir_arg(fn, p->carried[k].phi, e);
        }
    h->ins.n = 0;
    h->pred.n = 1;
    h->pred.at[0] = before;
    h->nsucc = 0;
    ir_protect(fn, p->loop.header, p->landing);
    ir_at(fn, p->loop.header);
    for (uint32_t k = 0; k < p->ncarried; k++)
        nest_reduce(&m->nb, p->carried[k].op, p->carried[k].ty, was_unbound(p, k) ? ir_zero(fn, p->carried[k].ty) : before_loop[k]);
    note_tests(m);
    Ref value = nest_close(&m->nb);
    note_sums(m, value);
    for (uint32_t k = 0; k < p->ncarried; k++) {
        Ref x = p->ncarried == 1 ? value : ir_item(fn, value, k);
        ir_replace(fn, p->carried[k].phi, was_unbound(p, k) ? if_it_ran(p, p->carried[k].phi, x, before_loop[k]) : x);
    }
    loop_jump(fn, exit);
    ir_replace_pred(fn, exit, p->loop.header, fn->cur);
}

void prange_outline(Prange *p)
{
    Fn *fn = p->fn;
    Ty item[8];
    for (uint32_t k = 0; k < p->ncarried; k++)
        item[k] = p->carried[k].ty;
    Ty result = p->ncarried == 0 ? ty(TY_NONE) : p->ncarried == 1 ? item[0] : ty_tuple(fn->unit->types, item, p->ncarried);
    fn->cur_pos = ir_ins(fn, fn->blk.at[p->loop.header].ins.at[fn->blk.at[p->loop.header].ins.n - 1])->pos;
    Move m = { .p = p, .nb = nest_begin(fn, &p->loop.n, 1, NEST_PRANGE | NEST_APART) };
    m.nb.body->ret = result;
    m.map = arena_new_n(fn->unit->arena, Ref, fn->ins.n);
    m.to = arena_new_n(fn->unit->arena, BlkId, fn->blk.n);
    for (BlkId b = 0; b < fn->blk.n; b++)
        m.to[b] = BLK_NONE;
    m.map[p->loop.idx.i] = m.nb.index[0];
    for (uint32_t k = 0; k < p->ncarried; k++)
        m.map[p->carried[k].phi.i] = first_value(&m, &p->carried[k]);
    move_body(&m);
    rebuild_header(&m);
    ir_remove_unreachable(m.nb.body);
    ir_remove_unreachable(fn);
    fn->have = 0;
}
