/* reread.c: `x[k[i]] = x[k[i]] + v`: what is read or tested again, with nothing written in between, is what it was. LLVM
 * does the same later; here, so that prange.c sees which element is read and which is written. */
#include "opt/opt.h"

static bool same(const Fn *fn, Ref a, Ref b)
{
    const Ins *x = ir_ins(fn, a), *y = ir_ins(fn, b);
    if (x->op != y->op || x->ty != y->ty || x->nargs != y->nargs || x->imm.i != y->imm.i || x->flags != y->flags)
        return false;
    for (uint32_t k = 0; k < x->nargs; k++)
        if (!ref_eq(ir_args(fn, x)[k], ir_args(fn, y)[k]))
            return false;
    return true;
}

static bool is_again(const Ins *in)
{
    bool own = in->op == IR_NEW || in->op == IR_SCRATCH || in->op == IR_PHI || in->op == IR_NOP;
    return in->op == IR_INDEX || (!own && ir_op[in->op].effect <= EFF_READ);
}

static bool ends(const Ins *in) { return in->op == IR_JUMP || in->op == IR_BRANCH; }

static bool writes(const Fn *fn, BlkId b)
{
    bool fails;
    for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
        const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
        if (!ends(in) && opt_effect(in, &fails) > EFF_RAISE)
            return true;
    }
    return false;
}

enum { BETWEEN = 16 };

/* May a block on a way from `from`, which dominates b, to b write? */
static bool writes_between(const Fn *fn, BlkId from, BlkId b)
{
    BlkId seen[BETWEEN] = { b };
    uint32_t n = 1;
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t e = 0; e < fn->blk.at[seen[k]].pred.n; e++) {
            BlkId p = fn->blk.at[seen[k]].pred.at[e];
            bool known = p == from;
            if (p == b && writes(fn, b))        /* around a loop */
                return true;
            for (uint32_t m = 0; m < n; m++)
                known |= seen[m] == p;
            if (known)
                continue;
            if (n == BETWEEN || writes(fn, p))
                return true;
            seen[n++] = p;
        }
    return false;
}

/* The equal instruction before place k of block b, or in a block that dominates it; none. */
static Ref before(const Fn *fn, BlkId b, uint32_t k)
{
    Ref r = fn->blk.at[b].ins.at[k];
    bool reads = ir_op[ir_ins(fn, r)->op].effect == EFF_READ, fails;
    for (uint32_t depth = 0; depth < BETWEEN; depth++) {
        while (k-- > 0) {
            Ref x = fn->blk.at[b].ins.at[k];
            if (same(fn, x, r))
                return x;
            if (reads && !ends(ir_ins(fn, x)) && opt_effect(ir_ins(fn, x), &fails) > EFF_RAISE)
                return REF_NONE;
        }
        BlkId up = fn->blk.at[b].idom;
        if (up == BLK_NONE || fn->blk.at[b].handler != fn->blk.at[up].handler || (reads && writes_between(fn, up, b)))
            break;
        b = up;
        k = fn->blk.at[b].ins.n;
    }
    return REF_NONE;
}

/* needs: dominators. */
void opt_reread(Fn *fn, BlkId block)
{
    Blk *b = &fn->blk.at[block];
    uint32_t n = 0;
    for (uint32_t k = 0; k < b->ins.n; k++) {
        Ref r = b->ins.at[n] = b->ins.at[k], had = is_again(ir_ins(fn, r)) ? before(fn, block, n) : REF_NONE;
        n++;
        if (ref_is_none(had))
            continue;
        ir_replace(fn, r, had);
        *ir_ins(fn, r) = (Ins){ .op = IR_NOP, .blk = BLK_NONE, .ty = ir_ty(fn, r) };
        n--;
    }
    b->ins.n = n;
}
