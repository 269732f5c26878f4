/* protect.c: handlers protect only what can fail, so that a loop inside `try` is the loop that it is outside.
 *
 *     header: phis; jump test          test: i < n ? body : exit      which a handler protects: before
 *     header: phis; i < n ? turn : exit          turn: POLL; jump body      turn alone is protected: after
 *
 * The POLL of turn does nothing: it says where an exception (Ctrl-C) lands that leaves the polls of this loop, until opt/poll.c
 * has made those. Landing blocks that bring the same values to a handler become one, so that blocks in line with one
 * another become one block too, and nests of several statements can be fused. */
#include "opt/opt.h"

static bool can_fail(const Fn *fn, BlkId b)
{
    for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++)
        if (opt_fails(ir_ins(fn, fn->blk.at[b].ins.at[k])))
            return true;
    return false;
}

BlkId loop_test(Fn *fn, BlkId h)
{
    const Blk *b = &fn->blk.at[h];
    BlkId t = b->nsucc == 1 && b->is_header && b->handler == BLK_NONE ? b->succ[0] : BLK_NONE;
    BlkId landing = t != BLK_NONE && fn->blk.at[t].pred.n == 1 ? fn->blk.at[t].handler : BLK_NONE;
    return landing != BLK_NONE && !loop_members(fn, h)[landing] ? t : BLK_NONE;
}

BlkId loop_turn(const Fn *fn, BlkId h)
{
    for (uint32_t k = 0; k < fn->blk.at[h].nsucc; k++) {
        const Blk *t = &fn->blk.at[fn->blk.at[h].succ[k]];
        const Ins *first = t->pred.n == 1 ? ir_ins(fn, t->ins.at[0]) : NULL;
        if (first && first->op == IR_POLL && first->imm.i == POLL_TURN)
            return fn->blk.at[h].succ[k];
    }
    return BLK_NONE;
}

void loop_drop_turn(Fn *fn, BlkId turn)
{
    Blk *t = &fn->blk.at[turn];
    *ir_ins(fn, t->ins.at[0]) = (Ins){ .op = IR_NOP, .blk = BLK_NONE, .ty = ty(TY_NONE) };
    memmove(&t->ins.at[0], &t->ins.at[1], --t->ins.n * sizeof(Ref));
    if (!can_fail(fn, turn))
        ir_unprotect(fn, turn);
}

/* Blocks that cannot fail. What a loop's polls need is kept: the handler of its header, or of what follows that. */
static void drop_handlers(Fn *fn)
{
    bool *keep = arena_new_n(fn->unit->arena, bool, fn->blk.n);
    for (BlkId b = 0; b < fn->blk.n; b++) {
        BlkId t = loop_test(fn, b);
        if (t != BLK_NONE)
            keep[t] = true;
    }
    for (BlkId b = 0; b < fn->blk.n; b++)
        if (fn->blk.at[b].handler != BLK_NONE && !keep[b] && !fn->blk.at[b].is_header && !can_fail(fn, b))
            ir_unprotect(fn, b);
}

static void change_pred(Fn *fn, BlkId b, BlkId from, BlkId to)
{
    for (uint32_t e = 0; e < fn->blk.at[b].pred.n; e++)
        if (fn->blk.at[b].pred.at[e] == from)
            fn->blk.at[b].pred.at[e] = to;
}

/* What stands in t, which cannot fail and ends with the test of the loop, moves to header h; t becomes the start of a turn. */
static void make_turn(Fn *fn, BlkId h, BlkId t)
{
    Blk *head = &fn->blk.at[h], *turn = &fn->blk.at[t];
    const bool *in = loop_members(fn, h);
    if (turn->nsucc != 2 || in[turn->succ[0]] == in[turn->succ[1]])
        return;
    uint32_t stay = in[turn->succ[0]] ? 0 : 1;
    BlkId body = turn->succ[stay], exit = turn->succ[1 - stay];
    *ir_ins(fn, head->ins.at[--head->ins.n]) = (Ins){ .op = IR_NOP, .blk = BLK_NONE, .ty = ty(TY_NONE) };
    for (uint32_t k = 0; k < turn->ins.n; k++) {
        ir_ins(fn, turn->ins.at[k])->blk = h;
        vec_push(fn->unit->arena, &head->ins, turn->ins.at[k]);
    }
    head->nsucc = 2;
    head->succ[stay] = t;
    head->succ[1 - stay] = exit;
    change_pred(fn, exit, t, h);
    turn->ins.n = turn->nsucc = 0;
    fn->cur_pos = ir_ins(fn, head->ins.at[head->ins.n - 1])->pos;
    ir_at(fn, t);
    ir_emit_imm(fn, IR_POLL, ty(TY_NONE), NULL, 0, POLL_TURN);
    loop_jump(fn, body);
    fn->have = 0;
}

/* ---- landing blocks ---- */

bool landing_copies(const Fn *fn, BlkId landing)
{
    const Blk *b = &fn->blk.at[landing];
    bool plain = b->nsucc == 1;
    for (uint32_t k = 0; plain && k + 1 < b->ins.n; k++)
        plain = ir_op[ir_ins(fn, b->ins.at[k])->op].effect == EFF_PURE;
    return plain;
}

/* What v is in the copy: conversions to the handler's types are made anew. */
static Ref remade(Fn *fn, BlkId landing, LandingValue value, const void *context, Ref v)
{
    Ins in = *ir_ins(fn, v);
    if (in.blk != landing)
        return value(context, v);
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = remade(fn, landing, value, context, ir_arg(fn, v, k));
    return ir_emit_imm(fn, in.op, in.ty, arg, in.nargs, in.imm.i);
}

BlkId landing_copy(Fn *fn, BlkId landing, BlkId idom, LandingValue value, const void *context)
{
    BlkId to = fn->blk.at[landing].succ[0], here = fn->cur, new = loop_block(fn, idom, landing);
    uint32_t as = loop_edge(fn, to, landing);
    fn->blk.at[new].cold = true;
    ir_at(fn, new);
    loop_pred(fn, to, new);
    for (uint32_t k = 0; k < fn->blk.at[to].ins.n; k++) {
        Ref phi = fn->blk.at[to].ins.at[k];
        if (ir_ins(fn, phi)->op != IR_PHI)
            break;
        ir_add_arg(fn, phi, remade(fn, landing, value, context, ir_arg(fn, phi, as)));
    }
    loop_jump(fn, to);
    ir_at(fn, here);
    return new;
}

/* Two blocks with nothing but a jump to one place, where they bring the same? */
static bool same_landing(const Fn *fn, BlkId a, BlkId b)
{
    BlkId to = fn->blk.at[a].succ[0];
    if (fn->blk.at[b].succ[0] != to)
        return false;
    uint32_t ea = loop_edge(fn, to, a), eb = loop_edge(fn, to, b);
    for (uint32_t k = 0; k < fn->blk.at[to].ins.n; k++) {
        Ref phi = fn->blk.at[to].ins.at[k];
        if (ir_ins(fn, phi)->op != IR_PHI)
            break;
        if (!ref_eq(ir_arg(fn, phi, ea), ir_arg(fn, phi, eb)))
            return false;
    }
    return true;
}

/* One landing block for all that bring the same: where it stands, what it brings dominates what it is for. */
static void join_landings(Fn *fn)
{
    Arena *a = fn->unit->arena;
    VEC(BlkId) one = { 0 };
    BlkId *by = arena_new_n(a, BlkId, fn->blk.n);
    memset(by, 0xff, fn->blk.n * sizeof *by);
    for (BlkId b = 0, n = fn->blk.n; b < n; b++) {
        BlkId l = fn->blk.at[b].handler;
        if (l == BLK_NONE || fn->blk.at[l].ins.n != 1 || fn->blk.at[l].nsucc != 1)
            continue;
        for (uint32_t k = 0; k < one.n && by[l] == BLK_NONE; k++)
            if (one.at[k] == l || same_landing(fn, one.at[k], l))
                by[l] = one.at[k];
        if (by[l] == BLK_NONE) {
            by[l] = l;
            vec_push(a, &one, l);
        }
        if (by[l] == l)
            continue;
        ir_unprotect(fn, b);
        ir_protect(fn, b, by[l]);
    }
}

/* A block that cannot fail, behind one that is protected, may be protected with it. */
static void extend(Fn *fn)
{
    uint32_t n;
    const BlkId *order = ir_rpo(fn, &n);
    for (uint32_t k = 0; k < n; k++) {
        const Blk *b = &fn->blk.at[order[k]];
        BlkId s = b->nsucc == 1 ? b->succ[0] : BLK_NONE;
        bool landing = false;
        for (uint32_t e = 0; s != BLK_NONE && e < fn->blk.at[s].pred.n; e++)
            landing |= fn->blk.at[fn->blk.at[s].pred.at[e]].handler == s;
        if (s != BLK_NONE && !landing && fn->blk.at[s].pred.n == 1 && fn->blk.at[s].handler == BLK_NONE && !can_fail(fn, s)
            && loop_turn(fn, s) == BLK_NONE)
            ir_protect(fn, s, b->handler);
    }
}

static bool has_handlers(const Fn *fn)
{
    for (BlkId b = 0; b < fn->blk.n; b++)
        if (fn->blk.at[b].handler != BLK_NONE)
            return true;
    return false;
}

/* needs: nothing.  breaks: everything. */
void opt_protect(Fn *fn)
{
    if (!has_handlers(fn))
        return;
    ir_remove_unreachable(fn);
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    drop_handlers(fn);
    for (BlkId h = 0; h < fn->blk.n; h++) {
        ir_need(fn, HAVE_DOM | HAVE_LOOPS);
        BlkId t = loop_test(fn, h);
        if (t != BLK_NONE && !can_fail(fn, t))
            make_turn(fn, h, t);
    }
    join_landings(fn);
    extend(fn);
    fn->have = 0;
    ir_straighten(fn);
}
