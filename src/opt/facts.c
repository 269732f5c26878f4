/* facts.c: what is known of integers at one place: linear forms that are >= 0 there.
 *
 * A question "is this form >= 0?" is answered from the bounds of its terms, or by taking away one or two facts. */
#include "opt/facts.h"

/* What is left when a fact is taken away is asked of the newest facts and of the first ones, which tell of arguments, alone: in a
 * long function there are thousands. */
enum { TRY_MAX = 24, NEWEST = 256, FIRST = 64 };

void facts_add(Facts *f, Lin x)
{
    if (x.n > 0)
        vec_push(f->fn->unit->arena, &f->fact, x);
}

bool facts_difference(Facts *f, Ref a, Ref b, int64_t k, Lin *out)
{
    Lin y = lin_of(f->r, b);
    *out = lin_of(f->r, a);
    return lin_add(out, &y, -1) && !__builtin_add_overflow(out->k, k, &out->k);
}

static bool helps(const Lin *goal, const Lin *fact)
{
    for (uint32_t k = 0; k < goal->n; k++)
        for (uint32_t j = 0; j < fact->n; j++)
            if (ref_eq(goal->at[k], fact->at[j]) && (goal->c[k] > 0) == (fact->c[j] > 0))
                return true;
    return false;
}

bool facts_hold(Facts *f, const Lin *goal, uint32_t depth)
{
    if (lin_range(f->r, goal).lo >= 0)
        return true;
    uint32_t tries = 0;
    for (uint32_t k = f->fact.n; depth > 0 && k-- > 0 && tries < TRY_MAX; ) {
        if (depth == 1 && k > FIRST && k + NEWEST < f->fact.n)
            k = FIRST;
        Lin rest = *goal;
        if (!helps(goal, &f->fact.at[k]) || !lin_add(&rest, &f->fact.at[k], -1))
            continue;
        tries++;
        if (facts_hold(f, &rest, depth - 1))
            return true;
    }
    return false;
}

bool facts_prove(Facts *f, Ref a, Ref b, int64_t k)
{
    Lin goal;
    return facts_difference(f, a, b, k, &goal) && facts_hold(f, &goal, 2);
}

bool facts_prove_sign(Facts *f, Ref a, int64_t times, int64_t k)
{
    Lin x = lin_of(f->r, a), goal = { .k = k };
    return lin_add(&goal, &x, times) && facts_hold(f, &goal, 2);
}

void facts_learn_difference(Facts *f, Ref a, Ref b, int64_t k)
{
    Lin x;
    if (facts_difference(f, a, b, k, &x))
        facts_add(f, x);
    Ref top = ranges_real(f->r, a);
    const Ins *in = ir_ins(f->fn, top);
    if (in->op != IR_SELECT || !range_is_i64(in->ty))
        return;
    for (uint32_t j = 1; j <= 2; j++) {         /* a is one of two; if it cannot be the other, it is this one */
        Lin other;
        if (facts_difference(f, b, in->arg[3 - j], -k - 1, &other) && facts_hold(f, &other, 1) && facts_difference(f, in->arg[j], b, k, &x))
            facts_add(f, x);
    }
}

static void learn_compare(Facts *f, IrOp op, Ref a, Ref b)
{
    switch (op) {
    case IR_LT: facts_learn_difference(f, b, a, -1); return;
    case IR_LE: facts_learn_difference(f, b, a, 0); return;
    case IR_GT: facts_learn_difference(f, a, b, -1); return;
    case IR_GE: facts_learn_difference(f, a, b, 0); return;
    case IR_EQ: facts_learn_difference(f, a, b, 0); facts_learn_difference(f, b, a, 0); return;
    default: return;
    }
}

static void learn_ult(Facts *f, Ref a, Ref b)
{
    if (!facts_prove_sign(f, b, 1, 0))
        return;
    facts_add(f, lin_of(f->r, a));
    facts_learn_difference(f, b, a, -1);
}

/* The sign of x ^ y, where that of one is known. */
static void learn_xor_sign(Facts *f, const Ins *xor, bool negative)
{
    for (int k = 0; k < 2; k++) {
        Lin other = lin_of(f->r, xor->arg[1 - k]), sign = { .k = negative ? -1 : 0 };
        if (facts_prove_sign(f, xor->arg[k], 1, 0) && lin_add(&sign, &other, negative ? -1 : 1))
            facts_add(f, sign);
    }
}

void facts_learn(Facts *f, Ref cond, bool truth)
{
    static const uint8_t not[] = { IR_NE, IR_EQ, IR_GE, IR_GT, IR_LE, IR_LT };
    const Ins *in = ir_ins(f->fn, ranges_real(f->r, cond));
    Ref a = in->arg[0], b = in->arg[1];
    if (in->op == IR_NOT) {
        facts_learn(f, a, !truth);
    } else if (in->op == (truth ? IR_AND : IR_OR) && ty_is_bool(in->ty)) {
        facts_learn(f, a, truth);
        facts_learn(f, b, truth);
    } else if (in->op >= IR_EQ && in->op <= IR_GE && range_is_i64(ir_ty(f->fn, a))) {
        const Ins *x = ir_ins(f->fn, ranges_real(f->r, a));
        int64_t zero;
        learn_compare(f, truth ? in->op : not[in->op - IR_EQ], a, b);
        if (in->op == IR_LT && x->op == IR_XOR && ir_is_int(f->fn, b, &zero) && zero == 0)
            learn_xor_sign(f, x, truth);
    } else if (in->op == IR_ULT && truth && range_is_i64(ir_ty(f->fn, a))) {
        learn_ult(f, a, b);
    }
}

/* Does the goal hold with the arm of a select in its place, where cond says that it is taken? */
static bool arm_holds(Facts *f, const Lin *goal, uint32_t term, Ref arm, Ref cond, bool truth)
{
    const Ins *in = ir_ins(f->fn, ranges_real(f->r, cond));
    if (in->op == (truth ? IR_OR : IR_AND) && ty_is_bool(in->ty))      /* one of two; either will do */
        return arm_holds(f, goal, term, arm, in->arg[0], truth) && arm_holds(f, goal, term, arm, in->arg[1], truth);
    uint32_t nfact = f->fact.n;
    Lin rest = *goal, x = lin_of(f->r, goal->at[term]), y = lin_of(f->r, arm);
    int64_t times = goal->c[term];
    bool ok = lin_add(&rest, &x, -times) && lin_add(&rest, &y, times);
    if (ok) {
        facts_learn(f, cond, truth);
        ok = facts_hold(f, &rest, 2);
    }
    f->fact.n = nfact;
    return ok;
}

bool facts_hold_by_cases(Facts *f, const Lin *goal)
{
    if (facts_hold(f, goal, 2))
        return true;
    for (uint32_t k = 0; k < goal->n; k++) {
        const Ins *in = ir_ins(f->fn, goal->at[k]);
        if (in->op == IR_SELECT && arm_holds(f, goal, k, in->arg[1], in->arg[0], true)
            && arm_holds(f, goal, k, in->arg[2], in->arg[0], false))
            return true;
    }
    return false;
}
