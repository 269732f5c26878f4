/* turns.c: a small loop that is not counted → two of its turns written out, so that only every other turn looks whether it is asked to
 * stop (a Collatz sequence: 0.95 of the time).
 *
 *     h: ...; latch: jump h      →      h: ...; latch: jump h'      h': a copy of the loop; latch': jump h
 *
 * A copy leaves the loop by blocks of its own; what is used behind the loop gets phis there (repair.c). */
#include "opt/opt.h"

enum { INS_MOST = 16, BLK_MOST = 6 };

typedef struct Twice {
    Fn *fn;
    BlkId h, latch, nblk;
    const bool *in;             /* by BlkId: of the loop */
    BlkId *to;                  /* its blocks' copies */
    Ref *copy;                  /* by Ref below nvalue: what it is in the second turn; none: the same */
    uint32_t nvalue;
    VEC(BlkId) left;            /* the blocks by which the copy leaves */
} Twice;

static Ref second(const void *twice, Ref v)
{
    const Twice *t = twice;
    return v.i < t->nvalue && !ref_is_none(t->copy[v.i]) ? t->copy[v.i] : v;
}

/* A few ops, and no calls; one way back. Sets latch. */
static bool is_small(Twice *t)
{
    const Fn *fn = t->fn;
    uint32_t nins = 0, nblk = 0, nback = 0;
    for (BlkId b = 0; b < t->nblk; b++) {
        const Blk *blk = &fn->blk.at[b];
        if (!t->in[b])
            continue;
        nins += blk->ins.n, nblk++;
        if (blk->handler != BLK_NONE || blk->cold || nblk > BLK_MOST || nins > 2 * INS_MOST || (blk->nsucc == 2 && blk->succ[0] == blk->succ[1]))
            return false;
        for (uint32_t k = 0; k < blk->ins.n; k++) {
            const Ins *in = ir_ins(fn, blk->ins.at[k]);
            nins -= in->op == IR_PHI;
            if (ir_op[in->op].effect > EFF_READ && in->op != IR_JUMP && in->op != IR_BRANCH && in->op != IR_CHECK && in->op != IR_INDEX
                && in->op != IR_STORE)
                return false;
        }
        for (uint32_t k = 0; k < blk->nsucc; k++)
            if (blk->succ[k] == t->h)
                nback++, t->latch = b;
    }
    return nback == 1 && nins <= INS_MOST;
}

static void copy_block(Twice *t, BlkId b)
{
    Fn *fn = t->fn;
    ir_at(fn, t->to[b]);
    for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
        Ref v = fn->blk.at[b].ins.at[k];
        Ins in = *ir_ins(fn, v);
        if (in.op == IR_PHI) {
            t->copy[v.i] = ir_phi(fn, t->to[b], in.ty);
            continue;
        }
        Ref arg[in.nargs + 1];
        for (uint32_t j = 0; j < in.nargs; j++)
            arg[j] = second(t, ir_arg(fn, v, j));
        fn->cur_pos = in.pos;
        t->copy[v.i] = ir_emit_imm(fn, in.op, in.ty, arg, in.nargs, in.imm.i);
        ir_ins(fn, t->copy[v.i])->flags = in.flags;
    }
}

/* The copy of b leaves the loop for x, as b does. */
static BlkId leave(Twice *t, BlkId b, BlkId x)
{
    Fn *fn = t->fn;
    BlkId by = ir_block(fn, t->to[b]);
    uint32_t e = loop_edge(fn, x, b);
    loop_pred(fn, by, t->to[b]);
    loop_pred(fn, x, by);
    for (uint32_t k = 0; ir_ins(fn, fn->blk.at[x].ins.at[k])->op == IR_PHI; k++)
        ir_add_arg(fn, fn->blk.at[x].ins.at[k], second(t, ir_arg(fn, fn->blk.at[x].ins.at[k], e)));
    ir_at(fn, by);
    loop_jump(fn, x);
    vec_push(fn->unit->arena, &t->left, by);
    return by;
}

static void copy_edges(Twice *t, BlkId b)
{
    Fn *fn = t->fn;
    for (uint32_t e = 0; e < fn->blk.at[b].pred.n && b != t->h; e++)
        loop_pred(fn, t->to[b], t->to[fn->blk.at[b].pred.at[e]]);
    for (uint32_t k = 0; b != t->h && ir_ins(fn, fn->blk.at[b].ins.at[k])->op == IR_PHI; k++) {
        Ref phi = fn->blk.at[b].ins.at[k];
        for (uint32_t e = 0; e < fn->blk.at[b].pred.n; e++)
            ir_add_arg(fn, t->copy[phi.i], second(t, ir_arg(fn, phi, e)));
    }
    uint32_t nsucc = fn->blk.at[b].nsucc;
    for (uint32_t k = 0; k < nsucc; k++) {
        BlkId s = fn->blk.at[b].succ[k], to = s == t->h ? s : s < t->nblk && t->in[s] ? t->to[s] : leave(t, b, s);
        fn->blk.at[t->to[b]].succ[k] = to;
    }
    fn->blk.at[t->to[b]].nsucc = (uint8_t)nsucc;
}

/* The way back of the first turn leads to the second, and that one's to the header. */
static void close_turns(Twice *t)
{
    Fn *fn = t->fn;
    uint32_t e = loop_edge(fn, t->h, t->latch);
    for (uint32_t k = 0; ir_ins(fn, fn->blk.at[t->h].ins.at[k])->op == IR_PHI; k++) {
        Ref phi = fn->blk.at[t->h].ins.at[k], next = ir_arg(fn, phi, e);
        ir_add_arg(fn, t->copy[phi.i], next);
        ir_args(fn, ir_ins(fn, phi))[e] = second(t, next);
    }
    fn->blk.at[t->h].pred.at[e] = t->to[t->latch];
    for (uint32_t k = 0; k < fn->blk.at[t->latch].nsucc; k++)
        if (fn->blk.at[t->latch].succ[k] == t->h)
            fn->blk.at[t->latch].succ[k] = t->to[t->h];
    loop_pred(fn, t->to[t->h], t->latch);
}

bool loop_twice(Fn *fn, const Loop *l)
{
    Arena *a = fn->unit->arena;
    Twice t = { .fn = fn, .h = l->header, .nblk = fn->blk.n, .nvalue = fn->ins.n, .in = loop_members(fn, l->header) };
    if (!is_small(&t))
        return false;
    uint32_t n;
    const BlkId *order = ir_rpo(fn, &n);
    t.to = arena_new_n(a, BlkId, t.nblk), t.copy = arena_new_n(a, Ref, t.nvalue);
    fn->known = NULL;
    for (uint32_t k = 0; k < n; k++)
        if (t.in[order[k]])
            t.to[order[k]] = ir_block(fn, t.h);
    for (uint32_t k = 0; k < n; k++)
        if (t.in[order[k]])
            copy_block(&t, order[k]);
    for (uint32_t k = 0; k < n; k++)
        if (t.in[order[k]])
            copy_edges(&t, order[k]);
    close_turns(&t);
    opt_repair(fn, &(Redefined){ t.left.at, t.left.n, t.in, t.nblk, second, &t });
    fn->known = NULL;
    fn->have = 0;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    return true;
}
