/* poll.c: where compiled code looks whether it was asked to stop.
 *
 * Innermost counted loops are cut into strips (strip.c) and poll between them. Other loops poll on their way back:
 * where they are counted, every 32nd time, else every 1024th. */
#include "opt/opt.h"

enum { OUTER_MASK = 31, OTHER_MASK = 1023 };

/* A poll on the e-th edge into the header, taken where (count & mask) == mask. */
static BlkId poll_edge(Fn *fn, BlkId h, uint32_t e, Ref count, int64_t mask)
{
    BlkId p = fn->blk.at[h].pred.at[e];
    BlkId test = loop_block(fn, p, p), poll = loop_block(fn, test, p), back = loop_block(fn, test, p);
    fn->blk.at[poll].cold = true;
    for (uint32_t s = 0; s < fn->blk.at[p].nsucc; s++)
        if (fn->blk.at[p].succ[s] == h) {
            fn->blk.at[p].succ[s] = test;
            break;
        }
    Ty t = ir_ty(fn, count);
    Ref m = ir_int(fn, t, mask), and[2] = { count, m };
    loop_pred(fn, test, p);
    ir_at(fn, test);
    Ref low = ir_emit(fn, IR_AND, t, and, 2), eq[2] = { low, m };
    loop_branch(fn, ir_emit(fn, IR_EQ, ty(TY_BOOL), eq, 2), poll, back);
    loop_pred(fn, poll, test);
    ir_at(fn, poll);
    ir_emit(fn, IR_POLL, ty(TY_NONE), NULL, 0);
    loop_jump(fn, back);
    loop_pred(fn, back, test);
    loop_pred(fn, back, poll);
    ir_at(fn, back);
    loop_jump(fn, h);
    fn->blk.at[h].pred.at[e] = back;
    return test;
}

static void poll_back_edges(Fn *fn, const Loop *l)
{
    BlkId h = l->header;
    uint32_t npred = fn->blk.at[h].pred.n;
    bool *back = arena_new_n(fn->unit->arena, bool, npred + 1);
    for (uint32_t e = 0; e < npred; e++)
        back[e] = loop_has(fn, h, fn->blk.at[h].pred.at[e]);
    fn->cur_pos = ir_ins(fn, fn->blk.at[h].ins.at[fn->blk.at[h].ins.n - 1])->pos;
    Ref count = l->idx;
    if (!l->counted)
        count = ir_phi(fn, h, ty(TY_I64));
    for (uint32_t e = 0; e < npred; e++) {
        if (!back[e]) {
            if (!l->counted)
                ir_add_arg(fn, count, ir_i64(fn, 0));
            continue;
        }
        BlkId test = poll_edge(fn, h, e, count, l->counted ? OUTER_MASK : OTHER_MASK);
        if (!l->counted) {
            Ref add[2] = { count, ir_i64(fn, 1) };
            ir_add_arg(fn, count, ir_insert(fn, test, 0, IR_ADD, ty(TY_I64), add, 2));
        }
    }
}

/* needs: dominators, loops.  breaks: everything. */
void opt_poll(Fn *fn)
{
    Arena *a = fn->unit->arena;
    ir_remove_unreachable(fn);
    fn->have = 0;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
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
    if (fn->recursive) {
        uint32_t at = 0;
        while (ir_ins(fn, fn->blk.at[0].ins.at[at])->op == IR_PHI)
            at++;
        ir_insert(fn, 0, at, IR_STACK_CHECK, ty(TY_NONE), NULL, 0);
    }
    fn->have = 0;
    ir_need(fn, HAVE_DOM);
}
