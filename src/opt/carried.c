/* carried.c: what a loop over prange carries around, as reductions.
 *
 * Each phi of the header but the index is carried. If no iteration reads it, what the last one leaves is its value afterwards
 * (RED_LAST). Otherwise all that is computed from it (part) is computed by one op, on every way, and goes nowhere but back to the phi;
 * comparisons with it do no more than choose between it and what takes its place. Anything else is no reduction. */
#include "opt/prange.h"

/* reductions ----------------------------------------------------------------------------------------------------- */

int prange_order(const Fn *fn, Ref cmp, Ref a, Ref b)
{
    const Ins *in = ir_ins(fn, cmp);
    bool less = in->op == IR_LT || in->op == IR_LE;
    if (!(less || in->op == IR_GT || in->op == IR_GE))
        return OP_WRONG;
    bool straight = ref_eq(in->arg[0], a) && ref_eq(in->arg[1], b), crossed = ref_eq(in->arg[0], b) && ref_eq(in->arg[1], a);
    return straight == crossed ? OP_WRONG : less == straight ? RED_MIN : RED_MAX;
}

static bool is_nan_test(const Ins *cmp) { return cmp->op == IR_NE && ref_eq(cmp->arg[0], cmp->arg[1]); }

/* select(x < acc, x, acc) and its likes; select(x != x, x, of that), as in np.maximum. */
static int select_op(const Prange *p, const Ref *arg)
{
    const Ins *cmp = ir_ins(p->fn, arg[0]);
    bool yes = p->part[arg[1].i], no = p->part[arg[2].i];
    if (is_nan_test(cmp) && ref_eq(cmp->arg[0], arg[1]) && no)
        return OP_NONE;
    if (yes && no)
        return p->part[arg[0].i] ? OP_WRONG : OP_NONE;
    return yes == no ? OP_WRONG : prange_order(p->fn, arg[0], arg[1], arg[2]);
}

/* `if x > acc: acc = x`: a phi of acc and of x, which comes from a block that the comparison leads to; `if c: acc = True`. */
static int phi_op(const Prange *p, const Ins *in)
{
    const Fn *fn = p->fn;
    const Ref *arg = ir_args(fn, in);
    const Blk *b = &fn->blk.at[in->blk];
    uint32_t nparts = 0;
    for (uint32_t m = 0; m < in->nargs; m++)
        nparts += p->part[arg[m].i];
    if (nparts == in->nargs)
        return OP_NONE;
    if (in->nargs != 2 || nparts != 1)
        return OP_WRONG;
    uint32_t k = p->part[arg[0].i];             /* where x comes from */
    int64_t c;
    if (ty_is_bool(in->ty) && ir_is_int(fn, arg[k], &c))
        return c ? RED_OR : RED_AND;
    const Blk *way = &fn->blk.at[b->pred.at[k]];
    if (way->pred.n != 1 || way->pred.at[0] != b->pred.at[1 - k])
        return OP_WRONG;
    const Blk *from = &fn->blk.at[b->pred.at[1 - k]];
    const Ins *branch = ir_ins(fn, from->ins.at[from->ins.n - 1]);
    bool then = &fn->blk.at[from->succ[0]] == way;
    Ref chosen[3] = { branch->arg[0], arg[then ? k : 1 - k], arg[then ? 1 - k : k] };
    return branch->op == IR_BRANCH ? select_op(p, chosen) : OP_WRONG;
}

/* What a part of a complex number was before something was added to it; none: something else was done. */
static Ref before_sum(const Prange *p, Ref v)
{
    for (;;) {
        const Ins *in = ir_ins(p->fn, v);
        if (in->op != IR_ADD && in->op != IR_SUB)
            return in->op == IR_REAL || in->op == IR_IMAG ? v : REF_NONE;
        v = p->part[in->arg[0].i] ? in->arg[0] : in->arg[1];
    }
}

/* Complex numbers are added part by part. */
static int complex_op(const Prange *p, const Ref *arg)
{
    Ref re = before_sum(p, arg[0]), im = before_sum(p, arg[1]);
    bool sum = !ref_is_none(re) && !ref_is_none(im) && ir_ins(p->fn, re)->op == IR_REAL && ir_ins(p->fn, im)->op == IR_IMAG
        && ref_eq(ir_arg(p->fn, re, 0), ir_arg(p->fn, im, 0)) && p->part[ir_arg(p->fn, re, 0).i];
    return sum ? RED_ADD : OP_WRONG;
}

/* What an op with a part of the sum among its operands does to it. */
static int op_of(const Prange *p, const Ins *in)
{
    const Ref *arg = ir_args(p->fn, in);
    bool a = in->nargs > 0 && p->part[arg[0].i], b = in->nargs > 1 && p->part[arg[1].i];
    switch (in->op) {
    case IR_PHI: return phi_op(p, in);
    case IR_ADD: return a != b ? RED_ADD : OP_WRONG;
    case IR_SUB: return a && !b ? RED_ADD : OP_WRONG;
    case IR_MUL: return a != b ? RED_MUL : OP_WRONG;
    case IR_DIV: return a && !b && ty_is_float(in->ty) ? RED_MUL : OP_WRONG;
    case IR_AND: return a != b ? RED_AND : OP_WRONG;
    case IR_OR: return a != b ? RED_OR : OP_WRONG;
    case IR_XOR: return a != b ? RED_XOR : OP_WRONG;
    case IR_SELECT: return select_op(p, arg);
    case IR_MATH: return a == b || in->nargs != 2 ? OP_WRONG : in->imm.i == MATH_MINIMUM ? RED_MIN : in->imm.i == MATH_MAXIMUM ? RED_MAX : OP_WRONG;
    case IR_COMPLEX: return complex_op(p, arg);
    case IR_REAL: case IR_IMAG: return OP_NONE;
    case IR_LT: case IR_LE: case IR_GT: case IR_GE: return a != b ? OP_NONE : OP_WRONG;
    case IR_NE: return is_nan_test(in) ? OP_NONE : OP_WRONG;
    default: return OP_WRONG;
    }
}

static bool uses_part(const Prange *p, const Ins *in)
{
    for (uint32_t k = 0; k < in->nargs; k++)
        if (p->part[ir_args(p->fn, in)[k].i])
            return true;
    return false;
}

/* Does the branch choose between the sum and what takes its place (phi_op), and nothing else? */
static bool branch_selects(const Prange *p, const Ins *branch)
{
    const Blk *from = &p->fn->blk.at[branch->blk];
    for (uint32_t s = 0; branch->op == IR_BRANCH && s < 2; s++) {
        const Blk *way = &p->fn->blk.at[from->succ[s]], *join = &p->fn->blk.at[from->succ[1 - s]];
        bool parts = way->ins.n == 1 && way->pred.n == 1 && way->nsucc == 1 && &p->fn->blk.at[way->succ[0]] == join;
        for (uint32_t k = 0; k < join->ins.n && ir_ins(p->fn, join->ins.at[k])->op == IR_PHI; k++)
            parts &= p->part[join->ins.at[k].i];
        if (parts)
            return true;
    }
    return false;
}

/* Is a comparison used by selects of the sum alone? */
static bool only_selects(const Prange *p, Ref cmp)
{
    for (uint32_t k = 0; k < p->region.n; k++) {
        const Blk *b = &p->fn->blk.at[p->region.at[k]];
        for (uint32_t j = 0; j < b->ins.n; j++) {
            const Ins *in = ir_ins(p->fn, b->ins.at[j]);
            for (uint32_t m = 0; m < in->nargs; m++)
                if (ref_eq(ir_args(p->fn, in)[m], cmp) && !(in->op == IR_SELECT && m == 0 && p->part[b->ins.at[j].i]) && !branch_selects(p, in))
                    return false;
        }
    }
    return true;
}

static bool is_compare(const Ins *in) { return (in->op >= IR_LT && in->op <= IR_GE) || is_nan_test(in); }

/* Marks what is computed from the sum, to a fixed point. */
static void mark_parts(Prange *p)
{
    for (bool more = true; more; ) {
        more = false;
        for (uint32_t k = 0; k < p->region.n; k++) {
            const Blk *b = &p->fn->blk.at[p->region.at[k]];
            for (uint32_t j = 0; j < b->ins.n; j++) {
                Ref r = b->ins.at[j];
                const Ins *in = ir_ins(p->fn, r);
                if (p->part[r.i] || in->op == IR_JUMP || is_compare(in) || !uses_part(p, in))
                    continue;
                p->part[r.i] = more = true;
            }
        }
    }
}

/* The op of the reduction that phi carries; OP_WRONG: it is none. */
static int reduction_op(Prange *p, Ref phi)
{
    Fn *fn = p->fn;
    int op = OP_NONE;
    memset(p->part, 0, fn->ins.n);
    p->part[phi.i] = true;
    mark_parts(p);
    for (uint32_t k = 0; k < p->region.n; k++) {
        const Blk *b = &fn->blk.at[p->region.at[k]];
        for (uint32_t j = 0; j < b->ins.n; j++) {
            Ref r = b->ins.at[j];
            const Ins *in = ir_ins(fn, r);
            if (!uses_part(p, in))
                continue;
            int now = op_of(p, in);
            if (now == OP_WRONG || (is_compare(in) && !only_selects(p, r)))
                return OP_WRONG;
            if (op != OP_NONE && now != OP_NONE && now != op)
                return OP_WRONG;
            op = now == OP_NONE ? op : now;
        }
    }
    const Blk *h = &fn->blk.at[p->loop.header];
    for (uint32_t j = 0; j < h->ins.n; j++) {           /* the header's own: its phis, the test */
        const Ins *in = ir_ins(fn, h->ins.at[j]);
        for (uint32_t e = 0; e < in->nargs; e++) {
            bool part = p->part[ir_args(fn, in)[e].i], back = in->op == IR_PHI && prange_has(p, h->pred.at[e]);
            if (ref_eq(h->ins.at[j], phi) ? part != back : part)
                return OP_WRONG;
        }
    }
    return op == OP_NONE ? RED_ADD : op;
}

/* what is carried ------------------------------------------------------------------------------------------------ */

/* The value that iterations leave in phi by the e-th way; where it was unbound before, what it is bound to. None: it may stay unbound. */
Ref prange_left_by(const Fn *fn, Ref phi, uint32_t e)
{
    Ref v = ir_arg(fn, phi, e);
    if (ir_ty(fn, phi)->kind != TY_MAYBE)
        return v;
    return ir_ins(fn, v)->op == IR_SOME ? ir_arg(fn, v, 0) : REF_NONE;
}

static bool always_bound(const Prange *p, Ref phi)
{
    const Blk *h = &p->fn->blk.at[p->loop.header];
    for (uint32_t e = 0; e < h->pred.n; e++)
        if (prange_has(p, h->pred.at[e]) && ref_is_none(prange_left_by(p->fn, phi, e)))
            return false;
    return true;
}

/* Does no iteration read it? Then what it is worth afterwards is the last one's. */
static bool is_last(const Prange *p, Ref phi)
{
    for (uint32_t k = 0; k <= p->region.n; k++) {
        const Blk *b = &p->fn->blk.at[k < p->region.n ? p->region.at[k] : p->loop.header];
        for (uint32_t j = 0; j < b->ins.n; j++)
            for (uint32_t m = 0; m < ir_ins(p->fn, b->ins.at[j])->nargs; m++)
                if (ref_eq(ir_arg(p->fn, b->ins.at[j], m), phi))
                    return false;
    }
    return p->target == TARGET_PARALLEL && always_bound(p, phi);        /* a kernel's threads do not have neighbouring iterations */
}

bool prange_carried(Prange *p)
{
    const Blk *h = &p->fn->blk.at[p->loop.header];
    p->part = arena_new_n(p->fn->unit->arena, bool, p->fn->ins.n);
    for (uint32_t k = 0; k < h->ins.n; k++) {
        Ref r = h->ins.at[k];
        Ty t = ir_ty(p->fn, r);
        if (ir_ins(p->fn, r)->op != IR_PHI || ref_eq(r, p->loop.idx))
            continue;
        p->why = REMARK_SERIAL_CARRIED, p->carrier = r;
        bool last = is_last(p, r);
        Ty value = last && t->kind == TY_MAYBE ? t->elem : t;
        if (!ty_is_scalar(value) || value->kind == TY_PTR || p->ncarried == countof(p->carried))
            return false;
        int op = last ? RED_LAST : reduction_op(p, r);
        if (op == OP_WRONG)
            return false;
        p->carried[p->ncarried++] = (Carried){ r, (RedOp)op, value };
    }
    return true;
}
