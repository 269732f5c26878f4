/* slow.c: the slow turn of a loop that is cut into strips: one turn in a copy of the body that has its checks, entered where a turn
 * is not foreseen.
 *
 *     slow:  the header's ops, for this turn; every 32nd turn a poll; then the copy of the body; its ways back lead to again
 *
 * The copy is made of the loop as it was, before its checks are dropped: so errors, wrapped indices and what was stored
 * before are as in Python. It is cold, its handlers are copies of the
 * loop's, and the loop's phis get its values by again alone. */
#include "opt/strip.h"

enum { SLOW_POLL = 31 };

Ref strip_mapped(const void *strip, Ref v)
{
    const Strip *s = strip;
    return v.i < s->nvalue && !ref_is_none(s->copy[v.i]) ? s->copy[v.i] : v;
}

static void copy_ins(Strip *s, Ref v)
{
    Fn *fn = s->fn;
    Ins in = *ir_ins(fn, v);
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = strip_mapped(s, ir_args(fn, ir_ins(fn, v))[k]);
    fn->cur_pos = in.pos;
    s->copy[v.i] = ir_emit_imm(fn, in.op, in.ty, arg, in.nargs, in.imm.i);
    if (in.op == IR_LOAD || in.op == IR_STORE)
        ir_ins(fn, s->copy[v.i])->flags |= INS_APART;
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

/* A poll in every 32nd slow turn. */
static void slow_poll(Strip *s, BlkId body)
{
    Fn *fn = s->fn;
    BlkId here = fn->cur, poll = ir_block(fn, here), go = ir_block(fn, here);
    land(s, poll, s->landing);
    Ref mask = ir_i64(fn, SLOW_POLL), idx = ir_retype(fn, strip_mapped(s, s->l->idx), ty(TY_I64));
    fn->blk.at[poll].cold = true;
    loop_branch(fn, ir_cmp(fn, IR_EQ, ir_bin(fn, IR_AND, idx, mask), mask), poll, go);
    loop_pred(fn, poll, here);
    loop_pred(fn, go, here);
    ir_at(fn, poll);
    ir_emit(fn, IR_POLL, ty(TY_NONE), NULL, 0);
    loop_jump(fn, go);
    loop_pred(fn, go, poll);
    ir_at(fn, go);
    loop_jump(fn, body);
    loop_pred(fn, body, go);
}

/* The handler of the copy of b; predecessors of what is inside come later. */
static void copy_handler(Strip *s, BlkId b, const BlkId *to)
{
    Fn *fn = s->fn;
    BlkId handler = fn->blk.at[b].handler;
    if (handler == BLK_NONE || b == s->l->header)
        return;
    if (strip_inside(s, handler))
        fn->blk.at[to[b]].handler = to[handler];
    else
        land(s, to[b], handler);
}

void strip_slow_turn(Strip *s, BlkId slow)
{
    Fn *fn = s->fn;
    Arena *a = fn->unit->arena;
    BlkId h = s->l->header, *to = arena_new_n(a, BlkId, fn->blk.n);
    uint32_t nbody = s->body.n, n;
    const BlkId *order = ir_rpo(fn, &n);
    for (uint32_t k = 0; k < nbody; k++) {
        BlkId b = s->body.at[k];
        to[b] = b == h ? s->again : ir_block(fn, slow);
        fn->blk.at[to[b]].cold |= b != h;
        fn->blk.at[to[b]].plain |= b != h && fn->blk.at[b].is_header;
    }
    ir_at(fn, slow);
    for (uint32_t k = 0; k < fn->blk.at[h].ins.n - 1; k++) {
        Ref v = fn->blk.at[h].ins.at[k];
        if (ir_ins(fn, v)->op != IR_PHI)
            copy_ins(s, v);
        else if (s->check.n)            /* from more, and from ahead_scan() */
            s->copy[v.i] = strip_phi(fn, slow, v, s->start[v.i]);
    }
    BlkId first = fn->blk.at[h].succ[0];
    slow_poll(s, to[first]);
    BlkId entry = fn->cur;
    for (uint32_t k = 0; k < n; k++) {
        BlkId b = order[k];
        if (!strip_inside(s, b) || b == h)
            continue;
        fn->blk.at[to[b]].idom = fn->blk.at[b].idom == h ? entry : to[fn->blk.at[b].idom];
        ir_at(fn, to[b]);
        for (uint32_t j = 0; j < fn->blk.at[b].ins.n; j++) {
            Ref v = fn->blk.at[b].ins.at[j];
            if (ir_ins(fn, v)->op == IR_PHI)
                s->copy[v.i] = ir_phi(fn, to[b], ir_ty(fn, v));
            else
                copy_ins(s, v);
        }
        Blk *c = &fn->blk.at[to[b]];
        c->nsucc = fn->blk.at[b].nsucc;
        for (uint32_t j = 0; j < c->nsucc; j++)
            c->succ[j] = to[fn->blk.at[b].succ[j]];
    }
    for (uint32_t k = 0; k < nbody; k++) {      /* edges, and the operands of phis */
        BlkId b = s->body.at[k];
        copy_handler(s, b, to);
        uint32_t from = b == h;                 /* the header's first predecessor is outer */
        for (uint32_t e = from; e < fn->blk.at[b].pred.n; e++)
            if (fn->blk.at[b].pred.at[e] != h)
                loop_pred(fn, to[b], to[fn->blk.at[b].pred.at[e]]);
        for (uint32_t j = 0; j < fn->blk.at[b].ins.n; j++) {
            Ref v = fn->blk.at[b].ins.at[j];
            for (uint32_t e = from; ir_ins(fn, v)->op == IR_PHI && e < fn->blk.at[b].pred.n; e++)
                ir_add_arg(fn, b == h ? s->after[v.i] : s->copy[v.i], strip_mapped(s, ir_args(fn, ir_ins(fn, v))[e]));
        }
    }
}
