/* loop.c: what a counted loop is, and the small change of building blocks around one. */
#include "opt/opt.h"

bool loop_has(const Fn *fn, BlkId header, BlkId b)
{
    return b == header || ir_dominates(fn, header, b);
}

bool *loop_members(Fn *fn, BlkId h)
{
    Arena *a = fn->unit->arena;
    VEC(BlkId) work = { 0 };
    bool *in = arena_new_n(a, bool, fn->blk.n);
    vec_push(a, &work, h);
    while (work.n > 0) {
        BlkId b = work.at[--work.n];
        in[b] = true;
        for (uint32_t e = 0; e < fn->blk.at[b].pred.n; e++) {
            BlkId p = fn->blk.at[b].pred.at[e];
            if (!in[p] && loop_has(fn, h, p))
                vec_push(a, &work, p);
        }
    }
    return in;
}

BlkId loop_around(const Fn *fn, BlkId h)
{
    for (uint32_t e = fn->blk.at[h].pred.n; e-- > 0; )
        if (!loop_has(fn, h, fn->blk.at[h].pred.at[e]))
            return fn->blk.at[fn->blk.at[h].pred.at[e]].loop;
    return BLK_NONE;
}

static bool is_step(const Fn *fn, Ref next, Ref idx)
{
    const Ins *in = ir_ins(fn, next);
    int64_t c;
    if (in->op != IR_ADD)
        return false;
    const Ref *arg = ir_args(fn, in);
    return (ref_eq(arg[0], idx) && ir_is_int(fn, arg[1], &c) && c == 1) ||
           (ref_eq(arg[1], idx) && ir_is_int(fn, arg[0], &c) && c == 1);
}

Loop loop_look(const Fn *fn, BlkId header)
{
    Loop l = { .header = header };
    const Blk *h = &fn->blk.at[header];
    const Ins *last = ir_ins(fn, h->ins.at[h->ins.n - 1]);
    if (last->op != IR_BRANCH)
        return l;
    l.cond = ir_args(fn, last)[0];
    const Ins *cond = ir_ins(fn, l.cond);
    if (cond->op != IR_LT || cond->blk != header)
        return l;
    l.idx = ir_args(fn, cond)[0];
    l.n = ir_args(fn, cond)[1];
    const Ins *idx = ir_ins(fn, l.idx);
    BlkId def = ir_ins(fn, l.n)->blk;
    if (idx->op != IR_PHI || idx->blk != header || ty_bits(idx->ty) != 64 || ty_is_unsigned(idx->ty))
        return l;
    if (def != BLK_NONE && (def == header || !ir_dominates(fn, def, header)))
        return l;
    for (uint32_t e = 0; e < h->pred.n; e++) {
        Ref x = ir_args(fn, idx)[e];
        int64_t c;
        if (loop_has(fn, header, h->pred.at[e]) ? !is_step(fn, x, l.idx) : !(ir_is_int(fn, x, &c) && c >= 0))
            return l;
    }
    l.counted = true;
    l.plain = h->succ[0] != h->succ[1] && h->succ[0] != header;
    for (uint32_t k = 0; k < h->ins.n - 1; k++)
        l.plain &= ir_op[ir_ins(fn, h->ins.at[k])->op].effect <= EFF_READ;
    return l;
}

/* Do all ways back bring one value of the index? Other phis may be joined. */
static bool may_join(const Fn *fn, BlkId h, const bool *back)
{
    Loop l = loop_look(fn, h);
    Ref next = REF_NONE;
    for (uint32_t e = 0; l.counted && e < fn->blk.at[h].pred.n; e++) {
        Ref x = ir_arg(fn, l.idx, e);
        if (back[e] && !ref_is_none(next) && !ref_eq(x, next))
            return false;
        next = back[e] ? x : next;
    }
    return true;
}

/* The value a header's phi has from all ways back, in latch. */
static Ref join_phi(Fn *fn, BlkId latch, Ref phi, const bool *back, uint32_t npred)
{
    Ref first = REF_NONE;
    bool one = true;
    for (uint32_t e = 0; e < npred; e++)
        if (back[e]) {
            first = ref_is_none(first) ? ir_arg(fn, phi, e) : first;
            one &= ref_eq(first, ir_arg(fn, phi, e));
        }
    if (one)
        return first;
    Ref v = ir_phi(fn, latch, ir_ty(fn, phi));
    for (uint32_t e = 0; e < npred; e++)
        if (back[e])
            ir_add_arg(fn, v, ir_arg(fn, phi, e));
    return v;
}

void loop_join(Fn *fn, BlkId h)
{
    Arena *a = fn->unit->arena;
    uint32_t npred = fn->blk.at[h].pred.n, nback = 0;
    bool *back = arena_new_n(a, bool, npred + 1);
    for (uint32_t e = 0; e < npred; e++)
        nback += back[e] = loop_has(fn, h, fn->blk.at[h].pred.at[e]);
    if (nback < 2 || !may_join(fn, h, back))
        return;
    BlkId latch = loop_block(fn, h, h);
    Blk old = fn->blk.at[h];
    Ref *arg = arena_new_n(a, Ref, npred + 1);
    for (uint32_t k = 0; ir_ins(fn, old.ins.at[k])->op == IR_PHI; k++) {
        uint32_t n = 0;
        fn->cur_pos = ir_ins(fn, old.ins.at[k])->pos;
        for (uint32_t e = 0; e < npred; e++)
            if (!back[e])
                arg[n++] = ir_arg(fn, old.ins.at[k], e);
        arg[n++] = join_phi(fn, latch, old.ins.at[k], back, npred);
        ir_keep_args(fn, old.ins.at[k], arg, n);
    }
    memset(&fn->blk.at[h].pred, 0, sizeof old.pred);
    for (uint32_t e = 0; e < npred; e++) {
        BlkId p = old.pred.at[e];
        loop_pred(fn, back[e] ? latch : h, p);
        for (uint32_t s = 0; s < fn->blk.at[p].nsucc && back[e]; s++)
            if (fn->blk.at[p].succ[s] == h) {
                fn->blk.at[p].succ[s] = latch;
                break;
            }
    }
    loop_pred(fn, h, latch);
    ir_at(fn, latch);
    loop_jump(fn, h);
}

BlkId loop_block(Fn *fn, BlkId idom, BlkId like)
{
    BlkId b = ir_block(fn, idom);
    ir_protect(fn, b, fn->blk.at[like].handler);
    return b;
}

void loop_jump(Fn *fn, BlkId to)
{
    ir_emit(fn, IR_JUMP, ty(TY_NONE), NULL, 0);
    fn->blk.at[fn->cur].nsucc = 1;
    fn->blk.at[fn->cur].succ[0] = to;
}

void loop_branch(Fn *fn, Ref cond, BlkId yes, BlkId no)
{
    ir_emit(fn, IR_BRANCH, ty(TY_NONE), &cond, 1);
    Blk *b = &fn->blk.at[fn->cur];
    b->nsucc = 2;
    b->succ[0] = yes;
    b->succ[1] = no;
}

uint32_t loop_edge(const Fn *fn, BlkId b, BlkId pred)
{
    uint32_t e = 0;
    while (fn->blk.at[b].pred.at[e] != pred)
        e++;
    return e;
}

void loop_pred(Fn *fn, BlkId b, BlkId pred) { vec_push(fn->unit->arena, &fn->blk.at[b].pred, pred); }
