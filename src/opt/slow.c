/* slow.c: the slow turns of a loop that is cut into strips: a copy of the loop that has its checks, from a turn that is not
 * foreseen to the next that is.
 *
 *     slow:   LATER, with what the header's phis are; again, with what they have become
 *
 *     head:   phis; the header's ops, for this turn; every 32nd turn a poll; then the copy of the body; its ways back lead to latch
 *     latch:  is idx < n, and not foreseen? head : done         done: what the phis have become
 *
 * That is a function of its own, which has no code before it is needed (LATER): most never are. Where that cannot be, since a
 * handler of this function would look at the turn's values, what is carried is counted, or the turn uses places of this frame,
 * and where a call would take longer than the turn (of a small body that begins with an index that wraps, or a tiny one), the copy stands in slow itself, is of
 * one turn, and its ways back lead to again. Then it is cold, and its handlers are copies of the loop's.
 * The copy is made of the loop as it was, before its checks are dropped: so errors, wrapped indices and what was stored
 * before are as in Python. */
#include "opt/strip.h"

enum { SLOW_POLL = 31, SMALL = 12, SMALL_USED = 32 };

typedef struct Slow {
    Strip *s;
    Fn *fn, *to;                /* s->fn and s->into */
    BlkId *copy;                /* by BlkId of the body; of the header: where the ways back lead */
    Ref *next;                  /* by Ref: header's phis → phis there */
    uint32_t nphi;              /* the header's first ops */
} Slow;

Ref strip_mapped(const void *strip, Ref v)
{
    const Strip *s = strip;
    return v.i < s->nvalue && !ref_is_none(s->copy[v.i]) ? s->copy[v.i] : v;
}

/* A constant is made anew, anything else is a parameter. */
Ref strip_outside(Strip *s, Ref v)
{
    const Ins *in = ir_ins(s->fn, v);
    if (s->into == s->fn)
        return v;
    if (in->op == IR_CONST || in->op == IR_UNDEF)
        return ir_emit_imm(s->into, in->op, in->ty, NULL, 0, in->imm.i);
    for (uint32_t k = 0; k < s->brought.n; k++)
        if (ref_eq(s->brought.at[k], v))
            return s->into->param[k];
    vec_push(s->fn->unit->arena, &s->brought, v);
    return ir_param(s->into, in->ty);
}

static Ref mapped(Strip *s, Ref v)
{
    return v.i < s->nvalue && !ref_is_none(s->copy[v.i]) ? s->copy[v.i] : strip_outside(s, v);
}

static void set_pos(Slow *w, uint32_t pos) { w->to->cur_pos = w->to == w->fn ? pos : ir_pos(w->to, w->fn->pos.at[pos]); }

/* ---- in a function of its own? ---- */

static bool uses_frame(const Strip *s, BlkId b)
{
    const Blk *blk = &s->fn->blk.at[b];
    for (uint32_t j = 0; j < blk->ins.n; j++) {
        const Ins *in = ir_ins(s->fn, blk->ins.at[j]);
        for (uint32_t k = 0; k < in->nargs; k++)
            if (!strip_inside(s, ir_ins(s->fn, ir_args(s->fn, in)[k])->blk) && opt_in_frame(s->fn, ir_args(s->fn, in)[k]))
                return true;
    }
    return false;
}

/* Does it begin with an index that wraps, as a[i - 1] does? Any other slow turn is rare. */
static bool begins_slow(const Strip *s)
{
    int64_t x;
    for (uint32_t k = 0; k < s->test.n; k++)
        if (strip_begins(s, &s->test.at[k], &x) && x < 0)
            return true;
    return false;
}

bool strip_moves(const Strip *s)
{
    const Fn *fn = s->fn;
    const Blk *h = &fn->blk.at[s->l->header];
    for (uint32_t k = 0; ir_ins(fn, h->ins.at[k])->op == IR_PHI; k++)
        if (k == NITEM_MAX || ty_holds_array(ir_ty(fn, h->ins.at[k])))      /* it returns them as a tuple */
            return false;
    for (uint32_t k = 0; k < s->body.n; k++) {
        BlkId b = s->body.at[k], handler = fn->blk.at[b].handler;
        if ((handler != BLK_NONE && !strip_inside(s, handler)) || uses_frame(s, b))
            return false;
    }
    return s->landing == BLK_NONE;
}

/* A function that is itself made when it is needed is needed for such turns, mostly: they stand in it (rows of 10 that wrap: 0.75 of the
 * time, and one compilation). */
static bool stands_alone(const Strip *s)
{
    uint32_t size = 0;
    for (uint32_t k = 0; k < s->body.n; k++)
        size += s->fn->blk.at[s->body.at[k]].ins.n;
    return !s->fn->later && size > (begins_slow(s) ? SMALL_USED : SMALL) && strip_moves(s);
}

/* The function, the start of its loop. */
static void begin_alone(Slow *w, BlkId slow)
{
    Strip *s = w->s;
    Fn *fn = w->fn, *to = w->to = s->into = ir_fn(fn->unit, fn->name, fn->code);
    to->opt = fn->opt;
    to->later = true;
    to->form = FORM_OURS;
    BlkId head = ir_block(to, 0);
    to->blk.at[head].plain = to->blk.at[head].streams = true;
    ir_jump(to, head);
    ir_at(fn, slow);
    for (uint32_t k = 0; k < w->nphi; k++) {
        Ref v = fn->blk.at[s->l->header].ins.at[k];
        set_pos(w, ir_ins(fn, v)->pos);
        Ref phi = s->copy[v.i] = ir_phi(to, head, ir_ty(fn, v));
        ir_add_arg(to, phi, strip_outside(s, s->check.n ? strip_phi(fn, slow, v, s->start[v.i]) : v));
    }
    ir_at(to, head);
}

/* After the last turn, in `to`. */
static void close_loop(Slow *w, BlkId latch)
{
    Strip *s = w->s;
    Fn *to = w->to;
    BlkId head = 1, done = ir_block(to, latch);
    Ty *type = arena_new_n(to->unit->arena, Ty, w->nphi);
    Ref *item = arena_new_n(to->unit->arena, Ref, w->nphi), limit;
    ir_at(to, latch);
    Ref idx = ir_retype(to, w->next[s->l->idx.i], ty(TY_I64)), n = ir_retype(to, strip_outside(s, s->l->n), ty(TY_I64));
    Ref slow = ir_un(to, IR_NOT, strip_foresee(s, idx, &limit));
    loop_branch(to, ir_bin(to, IR_AND, slow, ir_cmp(to, IR_LT, idx, n)), head, done);
    loop_pred(to, head, latch);
    loop_pred(to, done, latch);
    for (uint32_t k = 0; k < w->nphi; k++) {
        Ref v = w->fn->blk.at[s->l->header].ins.at[k];
        item[k] = w->next[v.i];
        type[k] = ir_ty(to, item[k]);
        ir_add_arg(to, s->copy[v.i], item[k]);
    }
    ir_at(to, done);
    to->ret = w->nphi == 1 ? type[0] : ty_tuple(to->unit->types, type, w->nphi);
    ir_return(to, w->nphi == 1 ? item[0] : ir_tuple(to, to->ret, item, w->nphi));
}

/* slow: the call, and what the header's phis have become. */
static void call_it(Slow *w, BlkId slow)
{
    Strip *s = w->s;
    Fn *fn = w->fn;
    Ref *arg = arena_new_n(fn->unit->arena, Ref, s->brought.n + 1);
    ir_at(fn, slow);
    arg[0] = ir_i64(fn, 0);
    memcpy(arg + 1, s->brought.at, s->brought.n * sizeof *arg);
    Ref r = ir_emit_ptr(fn, IR_LATER, w->to->ret, arg, s->brought.n + 1, w->to);
    for (uint32_t k = 0; k < w->nphi; k++)
        ir_add_arg(fn, s->after[fn->blk.at[s->l->header].ins.at[k].i], w->nphi == 1 ? r : ir_item(fn, r, k));
    loop_jump(fn, s->again);
    loop_pred(fn, s->again, slow);
    ir_mark_new(fn, s->brought.at, s->brought.n, w->to, 0);
    vec_push(fn->unit->arena, &fn->chunks, w->to);
}

/* ---- in the loop's own ---- */

static void begin_here(Slow *w, BlkId slow)
{
    Strip *s = w->s;
    ir_at(w->fn, slow);
    for (uint32_t k = 0; k < w->nphi && s->check.n; k++) {      /* from more, and from ahead_scan() */
        Ref v = w->fn->blk.at[s->l->header].ins.at[k];
        s->copy[v.i] = strip_phi(w->fn, slow, v, s->start[v.i]);
    }
}

/* Block b of the slow turn gets a handler like that of the loop. */
static void land(Strip *s, BlkId b, BlkId landing)
{
    if (landing == BLK_NONE)
        return;
    BlkId copy = landing_copy(s->fn, landing, s->fn->blk.at[b].idom, strip_mapped, s);
    vec_push(s->fn->unit->arena, &s->landed, copy);
    ir_protect(s->fn, b, copy);
}

/* ---- the copy ---- */

/* A poll in every 32nd slow turn. */
static void slow_poll(Slow *w, BlkId body)
{
    Fn *to = w->to;
    BlkId here = to->cur, poll = ir_block(to, here), go = ir_block(to, here);
    land(w->s, poll, w->s->landing);
    Ref mask = ir_i64(to, SLOW_POLL), idx = ir_retype(to, mapped(w->s, w->s->l->idx), ty(TY_I64));
    to->blk.at[poll].cold = true;
    loop_branch(to, ir_cmp(to, IR_EQ, ir_bin(to, IR_AND, idx, mask), mask), poll, go);
    loop_pred(to, poll, here);
    loop_pred(to, go, here);
    ir_at(to, poll);
    ir_emit(to, IR_POLL, ty(TY_NONE), NULL, 0);
    loop_jump(to, go);
    loop_pred(to, go, poll);
    ir_at(to, go);
    loop_jump(to, body);
    loop_pred(to, body, go);
}

void strip_share_chunks(Strip *s, const Ins *in)
{
    if (s->into != s->fn && (in->op == IR_LATER || in->op == IR_PARALLEL))
        for (Fn *fn = (Fn *)in->imm.p; fn; fn = fn->also)
            vec_push(s->fn->unit->arena, &s->into->chunks, fn);
}

/* Phis have no operands yet. */
static void copy_ins(Slow *w, Ref v)
{
    Ins in = *ir_ins(w->fn, v);
    set_pos(w, in.pos);
    if (in.op == IR_PHI) {
        w->s->copy[v.i] = ir_phi(w->to, w->to->cur, in.ty);
        return;
    }
    strip_share_chunks(w->s, &in);
    Ref *arg = arena_new_n(w->to->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = mapped(w->s, ir_arg(w->fn, v, k));
    Ref r = w->s->copy[v.i] = ir_emit_imm(w->to, in.op, in.ty, arg, in.nargs, in.imm.i);
    if (in.op == IR_LOAD || in.op == IR_STORE || in.op == IR_NEW)       /* others may be values that were there */
        ir_ins(w->to, r)->flags = in.flags | (in.op == IR_NEW ? 0 : INS_APART);
}

static void make_blocks(Slow *w, BlkId ways_back)
{
    Strip *s = w->s;
    for (uint32_t k = 0; k < s->body.n; k++) {
        BlkId b = s->body.at[k], c = w->copy[b] = b == s->l->header ? ways_back : ir_block(w->to, 0);
        w->to->blk.at[c].cold |= w->to == w->fn && b != s->l->header;
        w->to->blk.at[c].plain |= b != s->l->header && w->fn->blk.at[b].is_header;
    }
}

/* The ops of the body, from where `to` is. */
static void copy_body(Slow *w)
{
    Fn *fn = w->fn, *to = w->to;
    BlkId h = w->s->l->header, entry = to->cur;
    uint32_t n;
    const BlkId *order = ir_rpo(fn, &n);
    for (uint32_t k = 0; k < n; k++) {
        BlkId b = order[k], c;
        if (!strip_inside(w->s, b) || b == h)       /* blocks made since have no copy */
            continue;
        c = w->copy[b];
        to->blk.at[c].idom = fn->blk.at[b].idom == h ? entry : w->copy[fn->blk.at[b].idom];
        ir_at(to, c);
        for (uint32_t j = 0; j < fn->blk.at[b].ins.n; j++)
            copy_ins(w, fn->blk.at[b].ins.at[j]);
        to->blk.at[c].nsucc = fn->blk.at[b].nsucc;
        for (uint32_t j = 0; j < fn->blk.at[b].nsucc; j++)
            to->blk.at[c].succ[j] = w->copy[fn->blk.at[b].succ[j]];
    }
}

/* The handler of the copy of b; predecessors of what is inside come later. */
static void copy_handler(Slow *w, BlkId b)
{
    BlkId handler = w->fn->blk.at[b].handler;
    if (handler == BLK_NONE || b == w->s->l->header)
        return;
    if (strip_inside(w->s, handler))
        w->to->blk.at[w->copy[b]].handler = w->copy[handler];
    else
        land(w->s, w->copy[b], handler);
}

/* Predecessors, and the operands of phis. */
static void copy_edges(Slow *w, BlkId b)
{
    Fn *fn = w->fn;
    BlkId h = w->s->l->header;
    uint32_t from = b == h;                     /* the header's first predecessor is outer */
    for (uint32_t e = from; e < fn->blk.at[b].pred.n; e++)
        if (fn->blk.at[b].pred.at[e] != h)
            loop_pred(w->to, w->copy[b], w->copy[fn->blk.at[b].pred.at[e]]);
    for (uint32_t j = 0; j < fn->blk.at[b].ins.n; j++) {
        Ref v = fn->blk.at[b].ins.at[j];
        for (uint32_t e = from; ir_ins(fn, v)->op == IR_PHI && e < fn->blk.at[b].pred.n; e++)
            ir_add_arg(w->to, b == h ? w->next[v.i] : w->s->copy[v.i], mapped(w->s, ir_arg(fn, v, e)));
    }
}

/* One turn; the ways back lead to that block. */
static void copy_turn(Slow *w, BlkId ways_back)
{
    Strip *s = w->s;
    make_blocks(w, ways_back);
    const Blk h = w->fn->blk.at[s->l->header];
    for (uint32_t k = w->nphi; k < h.ins.n - 1; k++)
        copy_ins(w, h.ins.at[k]);
    slow_poll(w, w->copy[h.succ[0]]);
    copy_body(w);
    for (uint32_t k = 0; k < s->body.n; k++) {
        copy_handler(w, s->body.at[k]);
        copy_edges(w, s->body.at[k]);
    }
}

/* A block where the ways back meet. */
static BlkId make_latch(Slow *w)
{
    BlkId latch = ir_block(w->to, w->to->cur);
    w->next = arena_new_n(w->to->unit->arena, Ref, w->s->nvalue);
    for (uint32_t k = 0; k < w->nphi; k++) {
        Ref v = w->fn->blk.at[w->s->l->header].ins.at[k];
        w->next[v.i] = ir_phi(w->to, latch, ir_ty(w->fn, v));
    }
    return latch;
}

void strip_slow_turns(Strip *s, BlkId slow)
{
    Fn *fn = s->fn;
    const Blk *h = &fn->blk.at[s->l->header];
    Slow w = { .s = s, .fn = fn, .to = fn, .copy = arena_new_n(fn->unit->arena, BlkId, fn->blk.n), .next = s->after };
    while (ir_ins(fn, h->ins.at[w.nphi])->op == IR_PHI)
        w.nphi++;
    if (!stands_alone(s)) {
        begin_here(&w, slow);
        copy_turn(&w, s->again);
        return;
    }
    begin_alone(&w, slow);
    BlkId latch = make_latch(&w);
    copy_turn(&w, latch);
    close_loop(&w, latch);
    s->into = fn;
    call_it(&w, slow);
}
