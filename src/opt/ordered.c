/* ordered.c: sums of floats in the order of their turns.
 *
 * LLVM keeps that order where it makes vectors of such a loop (jit.c, ordered): vectors compute what is added, and their lanes are
 * added one by one. An addition waits for the one before, four cycles, in which a core computes what eight others take; so this pays
 * only where what is added is more than that (terms of a polynomial: 0.4 of the time; products of two elements: nothing is gained,
 * and a loop of few turns loses its way to the vectors and back). */
#include "opt/strip.h"

/* In additions of floats: by when vectors pay; a division, with its check that is then made ahead; a root; a call. */
enum { DEAR = 12, DIVISION = 8, ROOT = 12, CALL = 40 };

bool strip_sums(const Strip *s, Ref phi)
{
    const Ins *in = ir_ins(s->fn, phi);
    if (!ty_is_float(in->ty) && !ty_is_complex(in->ty))
        return false;
    for (uint32_t e = 0; e < in->nargs; e++) {
        Ref next = ir_args(s->fn, in)[e];
        const Ins *sum = ir_ins(s->fn, next);
        bool adds = sum->op == IR_ADD && (ref_eq(ir_arg(s->fn, next, 0), phi) || ref_eq(ir_arg(s->fn, next, 1), phi));
        if (strip_inside(s, sum->blk) && !adds)
            return false;
    }
    return true;
}

static uint32_t cost_of(const Ins *in)
{
    bool computes = in->ty && (ty_is_float(in->ty) || ty_is_complex(in->ty));
    switch (in->op) {
    case IR_CALL: return CALL;
    case IR_MATH: return !math_row[in->imm.i].intrinsic ? CALL : in->imm.i == MATH_SQRT ? ROOT : 1;
    case IR_DIV:  return computes ? DIVISION : 0;
    case IR_ADD: case IR_SUB: case IR_MUL: return computes;
    default: return 0;
    }
}

bool strip_waits(const Strip *s)
{
    const Fn *fn = s->fn;
    uint32_t cost = 0;
    bool sums = false;
    for (uint32_t b = 0; b < s->body.n; b++) {
        const Blk *blk = &fn->blk.at[s->body.at[b]];
        for (uint32_t k = 0; k < blk->ins.n; k++) {
            const Ins *in = ir_ins(fn, blk->ins.at[k]);
            sums |= in->op == IR_PHI && in->blk == s->l->header && strip_sums(s, blk->ins.at[k]);
            cost += cost_of(in);
        }
    }
    return sums && cost < DEAR && !(fn->opt.fastmath & FAST_REASSOC);
}
