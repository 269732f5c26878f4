/* poll.c: where compiled code looks whether it was asked to stop.
 *
 * Innermost counted loops are cut into strips (strip.c) and poll between them. Other loops poll on their way back:
 * where they are counted, every 32nd time, else every 1024th. Functions in a call cycle poll when they are
 * entered, after the first 256 entries of a call. */
#include "opt/opt.h"

enum { OUTER_TURNS = 32 /* a power of 2 */, OTHER_TURNS = 1024 };

/* Where an exception lands that leaves a poll of the loop of header h; it sees the values that h's phis have. BLK_NONE: outside,
 * from a handler too that protects itself, which no compiler makes. */
static BlkId landing_of(const Fn *fn, BlkId h)
{
    const Blk *b = &fn->blk.at[h];
    BlkId turn = loop_turn(fn, h), test = b->nsucc == 1 && fn->blk.at[b->succ[0]].pred.n == 1 ? b->succ[0] : BLK_NONE;
    BlkId from = b->handler != BLK_NONE ? h : turn != BLK_NONE ? turn : test;
    BlkId landing = from == BLK_NONE ? from : fn->blk.at[from].handler;
    return landing != BLK_NONE && landing_copies(fn, landing) && fn->blk.at[landing].succ[0] != h ? landing : BLK_NONE;
}

/* What a value is on the e-th edge into h. */
typedef struct Edge { const Fn *fn; BlkId h; uint32_t e; } Edge;
static Ref value_on(const void *edge, Ref v)
{
    const Edge *x = edge;
    const Ins *in = ir_ins(x->fn, v);
    return in->op == IR_PHI && in->blk == x->h ? ir_arg(x->fn, v, x->e) : v;
}

/* Puts blocks on the e-th edge into h: a test, a poll where it is true, and back. */
typedef struct PollEdge { BlkId test, poll, back; } PollEdge;
static PollEdge poll_edge(Fn *fn, BlkId h, uint32_t e)
{
    BlkId p = fn->blk.at[h].pred.at[e];
    PollEdge x = { .test = ir_block(fn, p) };
    x.poll = ir_block(fn, x.test);
    x.back = ir_block(fn, x.test);
    fn->blk.at[x.poll].cold = true;
    BlkId landing = landing_of(fn, h);
    if (landing != BLK_NONE)
        ir_protect(fn, x.poll, landing_copy(fn, landing, p, value_on, &(Edge){ fn, h, e }));
    for (uint32_t s = 0; s < fn->blk.at[p].nsucc; s++)
        if (fn->blk.at[p].succ[s] == h) {
            fn->blk.at[p].succ[s] = x.test;
            break;
        }
    loop_pred(fn, x.test, p);
    loop_pred(fn, x.poll, x.test);
    loop_pred(fn, x.back, x.test);
    loop_pred(fn, x.back, x.poll);
    ir_at(fn, x.poll);
    ir_emit(fn, IR_POLL, ty(TY_NONE), NULL, 0);
    loop_jump(fn, x.back);
    ir_at(fn, x.back);
    loop_jump(fn, h);
    fn->blk.at[h].pred.at[e] = x.back;
    ir_at(fn, x.test);
    return x;
}

/* Counted: where idx + 1 is a multiple of 32. Otherwise a counter runs down. */
static void poll_back_edges(Fn *fn, const Loop *l)
{
    BlkId h = l->header;
    uint32_t npred = fn->blk.at[h].pred.n;
    for (BlkId b = 0; b < fn->blk.n && fn->unit->remarks; b++)
        for (uint32_t k = 0; l->innermost && fn->blk.at[b].loop == h && !fn->blk.at[b].cold && k < fn->blk.at[b].ins.n; k++)
            remark_check(fn, ir_ins(fn, fn->blk.at[b].ins.at[k]), l->counted);
    bool *back = arena_new_n(fn->unit->arena, bool, npred + 1);
    for (uint32_t e = 0; e < npred; e++)
        back[e] = loop_has(fn, h, fn->blk.at[h].pred.at[e]);
    fn->cur_pos = ir_ins(fn, fn->blk.at[h].ins.at[fn->blk.at[h].ins.n - 1])->pos;
    Ref full = ir_i64(fn, OTHER_TURNS), one = ir_i64(fn, 1), zero = ir_i64(fn, 0);
    Ref count = l->counted ? REF_NONE : ir_phi(fn, h, ty(TY_I64));
    for (uint32_t e = 0; e < npred; e++) {
        if (!back[e]) {
            if (!l->counted)
                ir_add_arg(fn, count, full);
            continue;
        }
        PollEdge x = poll_edge(fn, h, e);
        if (l->counted) {
            Ref idx = ir_retype(fn, ir_arg(fn, l->idx, e), ty(TY_I64));
            Ref low = ir_bin(fn, IR_AND, idx, ir_i64(fn, OUTER_TURNS - 1));
            loop_branch(fn, ir_cmp(fn, IR_EQ, low, zero), x.poll, x.back);
            continue;
        }
        Ref left = ir_bin(fn, IR_SUB, count, one), next = ir_phi(fn, x.back, ty(TY_I64));
        loop_branch(fn, ir_cmp(fn, IR_EQ, left, zero), x.poll, x.back);
        ir_add_arg(fn, next, left);
        ir_add_arg(fn, next, full);
        ir_add_arg(fn, count, next);
    }
}

/* Of all loops, or of those that do not poll. */
static void drop_turns(Fn *fn, bool all)
{
    for (BlkId h = 0; h < fn->blk.n; h++)
        if ((all || fn->blk.at[h].brief) && fn->blk.at[h].ins.n > 0 && loop_turn(fn, h) != BLK_NONE)
            loop_drop_turn(fn, loop_turn(fn, h));
}

/* needs: dominators, loops.  breaks: everything. */
void opt_poll(Fn *fn)
{
    Arena *a = fn->unit->arena;
    ir_remove_unreachable(fn);
    fn->have = 0;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    for (BlkId b = 0, n = fn->blk.n; b < n; b++)
        if (fn->blk.at[b].is_header && fn->blk.at[b].ins.n > 0)
            loop_join(fn, b);
    fn->have = 0;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    drop_turns(fn, false);
    VEC(Loop) loop = { 0 };
    for (BlkId b = 0; b < fn->blk.n; b++)
        if (fn->blk.at[b].is_header && !fn->blk.at[b].brief && fn->blk.at[b].ins.n > 0) {
            Loop l = loop_look(fn, b);
            l.innermost = true;
            vec_push(a, &loop, l);
        }
    for (uint32_t j = 0; j < loop.n; j++) {     /* an inner loop is entered from the loop around it */
        Blk *inner = &fn->blk.at[loop.at[j].header];
        for (uint32_t e = 0; e < inner->pred.n; e++)
            for (uint32_t k = 0; k < loop.n; k++)
                if (k != j && fn->blk.at[inner->pred.at[e]].loop == loop.at[k].header)
                    loop.at[k].innermost = false;
    }
    for (uint32_t k = 0; k < loop.n; k++) {
        Loop *l = &loop.at[k];
        fn->have = 0;
        ir_need(fn, HAVE_DOM);
        BlkId body = fn->blk.at[l->header].succ[0], exit = fn->blk.at[l->header].nsucc > 1 ? fn->blk.at[l->header].succ[1] : body;
        bool strips = l->counted && l->plain && l->innermost && exit != body;
        for (uint32_t e = 0; strips && e < fn->blk.at[l->header].pred.n; e++)
            strips = fn->blk.at[l->header].pred.at[e] != exit;
        if (strips)
            loop_strip(fn, l);
        else
            poll_back_edges(fn, l);
    }
    drop_turns(fn, true);
    if (fn->recursive) {
        uint32_t at = 0;
        while (ir_ins(fn, fn->blk.at[0].ins.at[at])->op == IR_PHI)
            at++;
        ir_insert(fn, 0, at, IR_STACK_CHECK, ty(TY_NONE), NULL, 0);
        ir_ins(fn, ir_insert(fn, 0, at + 1, IR_POLL, ty(TY_NONE), NULL, 0))->imm.i = POLL_ENTRY;
    }
    fn->have = 0;
    ir_remove_unreachable(fn);          /* landing blocks of loops that do not poll */
    ir_need(fn, HAVE_DOM);
}
