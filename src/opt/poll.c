/* poll.c: where compiled code looks whether it was asked to stop.
 *
 * Innermost counted loops are cut into strips (strip.c) and poll between them. Other loops poll on their way back (in a `try`: as
 * a turn begins): where they are counted, every 32nd time, else every 1024th; where what they call may take long (long.c), every 8th. Functions in a call cycle poll when they are
 * entered, after the first 256 entries of a call. */
#include "opt/opt.h"

enum { OUTER_TURNS = 32 /* a power of 2 */, OTHER_TURNS = 1024, LONG_TURNS = 8 /* a power of 2 */, DEEP = 3, TWICE_MOST = 2 };

/* The protected block that each turn of the loop of header h begins with, or BLK_NONE: its handler is that of the polls. */
static BlkId start_of_turn(Fn *fn, BlkId h)
{
    BlkId turn = loop_turn(fn, h);
    return turn == BLK_NONE ? loop_test(fn, h) : fn->blk.at[turn].handler != BLK_NONE ? turn : BLK_NONE;
}

/* Puts blocks on the e-th edge into a block: a test, which is fn->cur, a poll where it is true, and on. */
typedef struct PollEdge { BlkId test, poll, on; } PollEdge;
static PollEdge poll_edge(Fn *fn, BlkId to, uint32_t e, BlkId handler)
{
    BlkId p = fn->blk.at[to].pred.at[e];
    PollEdge x = { .test = ir_block(fn, p) };
    x.poll = ir_block(fn, x.test);
    x.on = ir_block(fn, x.test);
    fn->blk.at[x.poll].cold = true;
    ir_protect(fn, x.poll, handler);
    for (uint32_t s = 0; s < fn->blk.at[p].nsucc; s++)
        if (fn->blk.at[p].succ[s] == to) {
            fn->blk.at[p].succ[s] = x.test;
            break;
        }
    loop_pred(fn, x.test, p);
    loop_pred(fn, x.poll, x.test);
    loop_pred(fn, x.on, x.test);
    loop_pred(fn, x.on, x.poll);
    ir_at(fn, x.poll);
    ir_emit(fn, IR_POLL, ty(TY_NONE), NULL, 0);
    loop_jump(fn, x.on);
    ir_at(fn, x.on);
    loop_jump(fn, to);
    fn->blk.at[to].pred.at[e] = x.on;
    ir_at(fn, x.test);
    return x;
}

/* Polls when the index is this far in so many turns. */
static void poll_by_index(Fn *fn, const PollEdge *x, Ref idx, int64_t turns, int64_t when)
{
    Ref low = ir_bin(fn, IR_AND, ir_retype(fn, idx, ty(TY_I64)), ir_i64(fn, turns - 1));
    loop_branch(fn, ir_cmp(fn, IR_EQ, low, ir_i64(fn, when)), x->poll, x->on);
}

/* Polls when a counter has run down; what it is then. */
static Ref poll_by_count(Fn *fn, const PollEdge *x, Ref count, int64_t turns)
{
    Ref left = ir_bin(fn, IR_SUB, count, ir_i64(fn, 1)), next = ir_phi(fn, x->on, ty(TY_I64));
    loop_branch(fn, ir_cmp(fn, IR_EQ, left, ir_i64(fn, 0)), x->poll, x->on);
    ir_add_arg(fn, next, left);
    ir_add_arg(fn, next, ir_i64(fn, turns));
    return next;
}

static void remark_loop(const Fn *fn, const Loop *l)
{
    for (BlkId b = 0; b < fn->blk.n && fn->unit->remarks; b++)
        for (uint32_t k = 0; l->innermost && fn->blk.at[b].loop == l->header && !fn->blk.at[b].cold && k < fn->blk.at[b].ins.n; k++)
            remark_check(fn, ir_ins(fn, fn->blk.at[b].ins.at[k]), l->counted);
}

/* On the ways back, or at the start of a turn where there is a handler: that sees the values of that place. */
static void poll_turns(Fn *fn, const Loop *l)
{
    BlkId h = l->header, turn = start_of_turn(fn, h);
    uint32_t npred = fn->blk.at[h].pred.n;
    int64_t turns = fn->blk.at[h].is_long ? LONG_TURNS : l->counted ? OUTER_TURNS : OTHER_TURNS;
    bool *back = arena_new_n(fn->unit->arena, bool, npred + 1);
    for (uint32_t e = 0; e < npred; e++)
        back[e] = loop_has(fn, h, fn->blk.at[h].pred.at[e]);
    fn->cur_pos = ir_ins(fn, fn->blk.at[h].ins.at[fn->blk.at[h].ins.n - 1])->pos;
    Ref count = l->counted ? REF_NONE : ir_phi(fn, h, ty(TY_I64)), next = REF_NONE;
    if (turn != BLK_NONE) {
        PollEdge x = poll_edge(fn, turn, 0, fn->blk.at[turn].handler);
        if (l->counted)
            poll_by_index(fn, &x, l->idx, turns, turns - 1);
        else
            next = poll_by_count(fn, &x, count, turns);
    }
    for (uint32_t e = 0; e < npred; e++) {
        if (back[e] && turn == BLK_NONE) {
            PollEdge x = poll_edge(fn, h, e, fn->blk.at[h].handler);
            if (l->counted)
                poll_by_index(fn, &x, ir_arg(fn, l->idx, e), turns, 0);
            else
                next = poll_by_count(fn, &x, count, turns);
        }
        if (!l->counted)
            ir_add_arg(fn, count, back[e] ? next : ir_i64(fn, turns));
    }
}

/* Of all loops, or of those that do not poll. */
static void drop_turns(Fn *fn, bool all)
{
    for (BlkId h = 0; h < fn->blk.n; h++)
        if ((all || fn->blk.at[h].brief) && fn->blk.at[h].ins.n > 0 && loop_turn(fn, h) != BLK_NONE)
            loop_drop_turn(fn, loop_turn(fn, h));
}

uint32_t loop_depth(const Fn *fn, BlkId h)
{
    uint32_t n = 0;
    while ((h = loop_around(fn, h)) != BLK_NONE)
        n++;
    return n;
}

/* The inner loops of a deep nest have few turns, as those over the neighbours of a pixel, or its colours: unrolled four times what
 * they cost is the way in and out (a convolution in seven loops: 0.6 of the time). */
static void find_deep(Fn *fn)
{
    for (BlkId h = 0; h < fn->blk.n; h++) {
        Blk *b = &fn->blk.at[h];
        b->deep = b->is_header && b->form == FORM_WRITTEN && loop_depth(fn, h) >= DEEP;
    }
}

typedef VEC(Loop) Loops;

/* The loops that poll; innermost: those that no other of them is entered from. */
static Loops find_loops(Fn *fn)
{
    Arena *a = fn->unit->arena;
    Loops loops = { 0 };
    uint32_t *number = arena_new_n(a, uint32_t, fn->blk.n);         /* by header, + 1 */
    for (BlkId b = 0; b < fn->blk.n; b++)
        if (fn->blk.at[b].is_header && fn->blk.at[b].ins.n > 0) {
            Loop l = loop_look(fn, b);
            if (fn->blk.at[b].brief) {
                if (l.counted)
                    loop_look_strewn(fn, &l);
                else
                    fn->blk.at[b].streams = loop_streams(fn, b);
                continue;
            }
            l.innermost = !fn->blk.at[b].heavy && !fn->blk.at[b].is_long;
            vec_push(a, &loops, l);
            number[b] = loops.n;
        }
    for (uint32_t k = 0; k < loops.n; k++) {
        const Blk *h = &fn->blk.at[loops.at[k].header];
        for (uint32_t e = 0; e < h->pred.n; e++) {
            BlkId around = fn->blk.at[h->pred.at[e]].loop;
            if (around != BLK_NONE && around != loops.at[k].header && number[around])
                loops.at[number[around] - 1].innermost = false;
        }
    }
    return loops;
}

static bool is_for_strips(const Fn *fn, const Loop *l)
{
    const Blk *h = &fn->blk.at[l->header];
    BlkId body = h->succ[0], exit = h->nsucc > 1 ? h->succ[1] : body;
    bool strips = l->counted && l->plain && l->innermost && exit != body;
    for (uint32_t e = 0; strips && e < h->pred.n; e++)
        strips = h->pred.at[e] != exit;
    return strips;
}

static void poll_loop(Fn *fn, Loop *l)
{
    fn->have = 0;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    bool innermost = l->innermost;
    *l = loop_look(fn, l->header);      /* what was done to another loop may have changed its values */
    l->innermost = innermost;
    if (is_for_strips(fn, l)) {
        loop_strip(fn, l);
        return;
    }
    remark_loop(fn, l);
    for (uint32_t k = 0; k < TWICE_MOST && l->innermost && !l->counted && loop_twice(fn, l); )
        k++;
    poll_turns(fn, l);
}

static void poll_entry(Fn *fn)
{
    uint32_t at = 0;
    while (ir_ins(fn, fn->blk.at[0].ins.at[at])->op == IR_PHI)
        at++;
    ir_insert(fn, 0, at, IR_STACK_CHECK, ty(TY_NONE), NULL, 0);
    ir_ins(fn, ir_insert(fn, 0, at + 1, IR_POLL, ty(TY_NONE), NULL, 0))->imm.i = POLL_ENTRY;
}

/* needs: dominators, loops.  breaks: everything. */
void opt_poll(Fn *fn)
{
    ir_remove_unreachable(fn);
    fn->have = 0;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    for (BlkId b = 0, n = fn->blk.n; b < n; b++)
        if (fn->blk.at[b].is_header && fn->blk.at[b].ins.n > 0)
            loop_join(fn, b);
    fn->have = 0;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    find_deep(fn);
    drop_turns(fn, false);
    Loops loops = find_loops(fn);
    for (uint32_t k = 0; k < loops.n; k++)
        poll_loop(fn, &loops.at[k]);
    drop_turns(fn, true);
    if (fn->recursive)
        poll_entry(fn);
    fn->have = 0;
    ir_remove_unreachable(fn);          /* landing blocks of loops that do not poll */
    ir_need(fn, HAVE_DOM);
}
