/* checks.c: indices that are known to be in range lose their check, those known not to be negative their wrap.
 *
 * A walk down the dominator tree carries facts (facts.c): what branches and checks on the way said.
 *
 *     for i in range(n): a[i]         i - 0 >= 0 (bounds), n - i - 1 >= 0 (the loop's branch): no check, no wrap
 *
 * Comparisons that are settled so also settle the selects that ask them. */
#include "opt/facts.h"

enum { INDEX_MAX = 32, WAY_MAX = 12, KEPT_MAX = 8, RING_MAX = 3 };
typedef VEC(BlkId) Children;
typedef struct Checks {
    Fn *fn;
    Ranges *r;
    Facts f;
    VEC(Ref) index;             /* INDEX ops that stand here */
    Children *child;            /* of a block in the dominator tree */
    bool changed;
} Checks;

/* ---- what a loop keeps ---- */

/* What the branches say on the way into block to by its predecessor from, as far up as it is not known already. */
static void learn_way(Checks *c, BlkId from, BlkId to)
{
    Fn *fn = c->fn;
    BlkId top = fn->blk.at[to].idom;
    for (uint32_t steps = 0; steps < WAY_MAX; steps++) {
        const Blk *p = &fn->blk.at[from];
        Ref last = p->ins.at[p->ins.n - 1];
        if (ir_ins(fn, last)->op == IR_BRANCH && (p->succ[0] == to) != (p->succ[1] == to))
            facts_learn(&c->f, ir_arg(fn, last, 0), p->succ[0] == to);
        if (from == top || p->is_header)
            return;
        to = p->pred.n == 1 ? from : BLK_NONE;
        from = p->pred.n == 1 ? p->pred.at[0] : p->idom;
    }
}

/* x with by in the place of a term. */
static bool replaced(const Lin *x, Ref term, const Lin *by, Lin *out)
{
    Lin one = { .n = 1, .c = { 1 }, .at = { term } };
    for (uint32_t k = 0; k < x->n; k++)
        if (ref_eq(x->at[k], term)) {
            *out = *x;
            return lin_add(out, &one, -x->c[k]) && lin_add(out, by, x->c[k]);
        }
    return false;
}

static bool is_phi_of(const Checks *c, BlkId h, Ref v)
{
    const Ins *in = ir_ins(c->fn, v);
    return in->op == IR_PHI && in->blk == h;
}

/* Does x mean one thing in the header of a turn: phis of the header, and what is the same in all turns? */
static bool has_meaning(const Checks *c, BlkId h, const Lin *x)
{
    for (uint32_t k = 0; k < x->n; k++) {
        BlkId b = ir_ins(c->fn, x->at[k])->blk;
        if (b != BLK_NONE && loop_has(c->fn, h, b) && !is_phi_of(c, h, x->at[k]))
            return false;
    }
    return true;
}

/* x with what the phis of h take from edge e. */
static bool on_edge(Checks *c, BlkId h, uint32_t e, const Lin *x, Lin *out)
{
    *out = (Lin){ .k = x->k };
    for (uint32_t k = 0; k < x->n; k++) {
        Lin term = is_phi_of(c, h, x->at[k]) ? lin_of(c->r, ir_arg(c->fn, x->at[k], e)) : (Lin){ .n = 1, .c = { 1 }, .at = { x->at[k] } };
        if (!lin_add(out, &term, x->c[k]))
            return false;
    }
    return true;
}

/* Is x >= 0 on every way into the loop, and after a turn if it was before? */
static bool kept(Checks *c, BlkId h, const Lin *x)
{
    uint32_t nfact = c->f.fact.n;
    bool ok = has_meaning(c, h, x);
    for (uint32_t e = 0; ok && e < c->fn->blk.at[h].pred.n; e++) {
        BlkId p = c->fn->blk.at[h].pred.at[e];
        Lin goal;
        if (loop_has(c->fn, h, p))
            facts_add(&c->f, *x);
        learn_way(c, p, h);
        ok = on_edge(c, h, e, x, &goal) && facts_hold(&c->f, &goal, 2);
        c->f.fact.n = nfact;
    }
    return ok;
}

/* Candidates: that it is never negative; what the branches of a turn say of the phi's next value, said of the phi; that it never
 * passes its start. */
static void learn_phi(Checks *c, BlkId h, Ref phi)
{
    Lin self = lin_of(c->r, phi), found[KEPT_MAX] = { self };
    uint32_t nfact = c->f.fact.n, n = !facts_prove_sign(&c->f, phi, 1, 0);
    for (uint32_t e = 0; e < c->fn->blk.at[h].pred.n; e++) {
        BlkId p = c->fn->blk.at[h].pred.at[e];
        Lin value = lin_of(c->r, ir_arg(c->fn, phi, e)), x;
        if (!loop_has(c->fn, h, p)) {
            for (int64_t way = -1; way <= 1 && n < KEPT_MAX; way += 2) {
                found[n] = (Lin){ 0 };
                n += lin_add(&found[n], &self, way) && lin_add(&found[n], &value, -way);
            }
            continue;
        }
        /* value = term + k: where it stands term, say phi - k */
        Ref term = value.n == 1 && value.c[0] == 1 ? value.at[0] : REF_NONE;
        Lin back = self;
        back.k -= value.k;
        learn_way(c, p, h);
        for (uint32_t k = nfact; k < c->f.fact.n && n < KEPT_MAX; k++)
            if (replaced(&c->f.fact.at[k], term, &back, &x))
                found[n++] = x;
        c->f.fact.n = nfact;
    }
    for (uint32_t k = 0; k < n; k++)
        if (kept(c, h, &found[k]))
            facts_add(&c->f, found[k]);
}

/* Backwards and forwards, since what one phi keeps may rest on another. */
static void learn_loop(Checks *c, BlkId h)
{
    const Blk *b = &c->fn->blk.at[h];
    Loop l = loop_look(c->fn, h);
    uint32_t nphi = 0, nfact = c->f.fact.n;
    while (b->is_header && nphi < b->ins.n && ir_ins(c->fn, b->ins.at[nphi])->op == IR_PHI)
        nphi++;
    for (uint32_t k = 0; k < 2 * nphi && (k < nphi || c->f.fact.n > nfact); k++) {
        Ref phi = b->ins.at[k < nphi ? nphi - 1 - k : k - nphi];
        if (range_is_i64(ir_ty(c->fn, phi)) && !(l.counted && ref_eq(l.idx, phi)))
            learn_phi(c, h, phi);
    }
}

/* ---- what follows ---- */

/* 1: true, 0: false, -1: not known here */
static int settled(Checks *c, Ref cond)
{
    cond = ranges_real(c->r, cond);
    const Ins *in = ir_ins(c->fn, cond);
    int64_t v;
    if (ir_is_int(c->fn, cond, &v))
        return v != 0;
    Ref a = in->arg[0], b = in->arg[1];
    if ((in->op == IR_AND || in->op == IR_OR) && ty_is_bool(in->ty)) {
        int x = settled(c, a), y = settled(c, b), strong = in->op == IR_OR;
        return x == strong || y == strong ? strong : x < 0 || y < 0 ? -1 : !strong;
    }
    if (in->op < IR_EQ || in->op > IR_ULT || !range_is_i64(ir_ty(c->fn, a)))
        return -1;
    if (in->op == IR_EQ || in->op == IR_NE)
        return facts_prove(&c->f, a, b, -1) || facts_prove(&c->f, b, a, -1) ? in->op == IR_NE : -1;
    if (in->op == IR_ULT)
        return facts_prove_sign(&c->f, a, 1, 0) && facts_prove(&c->f, b, a, -1) ? 1 : -1;
    if (in->op == IR_GT || in->op == IR_LE)
        a = in->arg[1], b = in->arg[0];         /* now: a < b, or not a < b */
    bool straight = in->op == IR_LT || in->op == IR_GT;
    return facts_prove(&c->f, b, a, -1) ? straight : facts_prove(&c->f, a, b, 0) ? !straight : -1;
}

static void forward(Checks *c, Ref from, Ref to)
{
    ranges_forward(c->r, from, to);
    c->changed = true;
}

/* max and min of two that are known in order, and selects whose condition is settled. */
static void look_select(Checks *c, Ref v)
{
    const Ins *in = ir_ins(c->fn, v);
    Ref cond = ranges_real(c->r, in->arg[0]), yes = ranges_real(c->r, in->arg[1]), no = ranges_real(c->r, in->arg[2]);
    int known = settled(c, cond);
    if (known >= 0) {
        forward(c, v, known ? yes : no);
        return;
    }
    const Ins *cmp = ir_ins(c->fn, cond);
    if (cmp->op < IR_LT || cmp->op > IR_GE || !range_is_i64(in->ty))
        return;
    Ref a = ranges_real(c->r, cmp->arg[0]), b = ranges_real(c->r, cmp->arg[1]);
    if (!(ref_eq(a, yes) && ref_eq(b, no)) && !(ref_eq(a, no) && ref_eq(b, yes)))
        return;
    bool least = (cmp->op <= IR_LE) == ref_eq(a, yes);
    if (facts_prove(&c->f, a, b, 0))
        forward(c, v, least ? b : a);
    else if (facts_prove(&c->f, b, a, 0))
        forward(c, v, least ? a : b);
}

/* An INDEX whose way is known becomes what it says, behind a check where one is left. Returns how many ops are new. */
static uint32_t look_index(Checks *c, BlkId b, uint32_t at)
{
    Ref v = c->fn->blk.at[b].ins.at[at], i = ranges_real(c->r, ir_arg(c->fn, v, 0)), n = ranges_real(c->r, ir_arg(c->fn, v, 1));
    facts_add(&c->f, lin_of(c->r, n));               /* an extent */
    for (uint32_t k = c->index.n, tries = INDEX_MAX; k-- > 0 && tries-- > 0; ) {
        Ref old = c->index.at[k];
        if (ref_eq(ranges_real(c->r, ir_arg(c->fn, old, 0)), i) && ref_eq(ranges_real(c->r, ir_arg(c->fn, old, 1)), n)) {
            forward(c, v, old);
            return 0;
        }
    }
    Lin sign = lin_of(c->r, i), room;
    bool natural = facts_hold_by_cases(&c->f, &sign), negative = !natural && facts_prove_sign(&c->f, i, -1, -1);
    if (!natural && !negative) {
        vec_push(c->fn->unit->arena, &c->index, v);
        facts_learn_difference(&c->f, n, v, -1);
        return 0;
    }
    uint32_t new = 0;
    Ref w = i, arg[2] = { i, n };
    if (negative)
        w = ir_insert(c->fn, b, at + new++, IR_ADD, ty(TY_I64), arg, 2);
    if (negative ? !facts_prove_sign(&c->f, w, 1, 0) : !(facts_difference(&c->f, n, i, -1, &room) && facts_hold_by_cases(&c->f, &room))) {
        arg[0] = w;
        Ref ok = ir_insert(c->fn, b, at + new++, IR_ULT, ty(TY_BOOL), arg, 2);
        Ref axis = ir_i64(c->fn, ir_ins(c->fn, v)->imm.i), all[4] = { ok, i, axis, n };
        Ref check = ir_insert(c->fn, b, at + new++, IR_CHECK, ty(TY_NONE), all, 4);
        ir_ins(c->fn, check)->imm.i = DIAG_INDEX;
        facts_add(&c->f, lin_of(c->r, w));
        facts_learn_difference(&c->f, n, w, -1);
    }
    forward(c, v, w);
    return new;
}

/* What an op says of its result where the signs of its operands are known. */
static void learn_value(Checks *c, Ref v)
{
    const Ins *in = ir_ins(c->fn, v);
    if (in->nargs != 2 || in->op < IR_DIV || in->op > IR_XOR || !range_is_i64(in->ty))
        return;
    Ref a = in->arg[0], b = in->arg[1];
    bool natural = facts_prove_sign(&c->f, a, 1, 0), division = in->op == IR_DIV || in->op == IR_REM;
    if (division ? !facts_prove_sign(&c->f, b, 1, -1) : !natural || !facts_prove_sign(&c->f, b, 1, 0))
        return;
    Lin x = lin_of(c->r, v), size = { .k = -1 }, y = lin_of(c->r, b);
    if (natural)
        facts_add(&c->f, x);
    else if (in->op == IR_REM && lin_add(&size, &x, 1) && lin_add(&size, &y, 1))
        facts_add(&c->f, size);                      /* v + b - 1 >= 0 */
    if (in->op == IR_REM)
        facts_learn_difference(&c->f, b, v, -1);
    if (natural && division)
        facts_learn_difference(&c->f, a, v, 0);
}

/* times * b - a + k >= 0? */
static bool stays_below(Checks *c, Ref a, Ref b, int64_t times, int64_t k)
{
    Lin goal = { .k = k }, x = lin_of(c->r, a), y = lin_of(c->r, b);
    return lin_add(&goal, &y, times) && lin_add(&goal, &x, -1) && facts_hold(&c->f, &goal, 2);
}

/* r, which is from (natural: 0 or) -b to turns * b - 1, becomes what it is on a ring of b places, for v. At which end of a loop that
 * differs LLVM sees by a comparison of r. Returns how many ops are new. */
static uint32_t turn_around(Checks *c, BlkId blk, uint32_t at, Ref r, Ref b, bool natural, int64_t turns)
{
    Fn *fn = c->fn;
    Ref v = fn->blk.at[blk].ins.at[at], zero = ir_emit_imm(fn, IR_CONST, ir_ty(fn, v), NULL, 0, 0), now = r;
    Ty t = ir_ty(fn, v);
    bool end = turns == 2 && stays_below(c, r, b, 1, 0);
    uint32_t new = 0;
    if (!natural) {
        Ref below = ir_insert(fn, blk, at + new++, IR_LT, ty(TY_BOOL), (Ref[]){ r, zero }, 2);
        Ref up = ir_insert(fn, blk, at + new++, IR_ADD, t, (Ref[]){ r, b }, 2);
        now = ir_insert(fn, blk, at + new++, IR_SELECT, t, (Ref[]){ below, up, now }, 3);
    }
    if (end) {
        Ref over = ir_insert(fn, blk, at + new++, IR_EQ, ty(TY_BOOL), (Ref[]){ r, b }, 2);
        now = ir_insert(fn, blk, at + new++, IR_SELECT, t, (Ref[]){ over, zero, now }, 3);
    }
    for (int64_t k = 1; k < turns && !end; k++) {
        Ref less = ir_insert(fn, blk, at + new++, IR_LT, ty(TY_BOOL), (Ref[]){ now, b }, 2);
        Ref turned = ir_insert(fn, blk, at + new++, IR_SUB, t, (Ref[]){ now, b }, 2);
        now = ir_insert(fn, blk, at + new++, IR_SELECT, t, (Ref[]){ less, now, turned }, 3);
    }
    if (new > 0) {
        facts_add(&c->f, lin_of(c->r, now));
        facts_learn_difference(&c->f, b, now, -1);
        if (fn->blk.at[blk].loop != BLK_NONE)
            fn->blk.at[fn->blk.at[blk].loop].ends = true;
    }
    forward(c, v, now);
    return new;
}

/* How many times b a is below, if few times; 0: that is not known, or b is a constant or may be 0 or less. */
static int64_t near_ring(Checks *c, Ref a, Ref b)
{
    int64_t known, turns = 1;
    if (!range_is_i64(ir_ty(c->fn, a)) || ir_is_int(c->fn, b, &known) || !facts_prove_sign(&c->f, b, 1, -1))
        return 0;
    while (turns <= RING_MAX && !stays_below(c, a, b, turns, -1))
        turns++;
    return turns <= RING_MAX ? turns : 0;
}

/* a % b where a is known not to be far from 0 .. b - 1, as neighbours on a ring are: without a division. */
static uint32_t look_rem(Checks *c, BlkId blk, uint32_t at)
{
    Ref v = c->fn->blk.at[blk].ins.at[at], a = ranges_real(c->r, ir_arg(c->fn, v, 0)), b = ranges_real(c->r, ir_arg(c->fn, v, 1));
    int64_t turns = facts_prove_sign(&c->f, a, 1, 0) ? near_ring(c, a, b) : 0;
    return turns ? turn_around(c, blk, at, a, b, true, turns) : 0;
}

static bool is_op_of(const Checks *c, Ref v, IrOp op, Ref a, Ref b)
{
    const Ins *in = ir_ins(c->fn, ranges_real(c->r, v));
    if (in->op != op)
        return false;
    Ref x = ranges_real(c->r, in->arg[0]), y = ranges_real(c->r, in->arg[1]);
    return (ref_eq(x, a) && ref_eq(y, b)) || (ref_eq(x, b) && ref_eq(y, a));
}

/* Does cond say that rem and b differ in sign? */
static bool signs_differ(const Checks *c, Ref cond, Ref rem, Ref b)
{
    const Ins *in = ir_ins(c->fn, ranges_real(c->r, cond));
    int64_t zero;
    return in->op == IR_LT && is_op_of(c, in->arg[0], IR_XOR, rem, b) && ir_is_int(c->fn, in->arg[1], &zero) && zero == 0;
}

static bool is_not_zero(const Checks *c, Ref cond, Ref rem)
{
    const Ins *in = ir_ins(c->fn, ranges_real(c->r, cond));
    int64_t zero;
    return in->op == IR_NE && ref_eq(ranges_real(c->r, in->arg[0]), rem) && ir_is_int(c->fn, in->arg[1], &zero) && zero == 0;
}

static bool needs_fix(const Checks *c, const Ins *both, Ref rem, Ref b)
{
    return (is_not_zero(c, both->arg[0], rem) && signs_differ(c, both->arg[1], rem, b))
        || (is_not_zero(c, both->arg[1], rem) && signs_differ(c, both->arg[0], rem, b));
}

/* The same where a may be below 0: Python's a % b is the machine's remainder, and b more where that has not the sign of b. */
static uint32_t look_mod(Checks *c, BlkId blk, uint32_t at)
{
    const Ins *in = ir_ins(c->fn, c->fn->blk.at[blk].ins.at[at]), *cond = ir_ins(c->fn, ranges_real(c->r, in->arg[0]));
    Ref rem = ranges_real(c->r, in->arg[2]);
    if (ir_ins(c->fn, rem)->op != IR_REM || cond->op != IR_AND)
        return 0;
    Ref a = ranges_real(c->r, ir_arg(c->fn, rem, 0)), b = ranges_real(c->r, ir_arg(c->fn, rem, 1));
    Lin low = { 0 }, x, y;
    if (!is_op_of(c, in->arg[1], IR_ADD, rem, b) || !needs_fix(c, cond, rem, b))
        return 0;
    int64_t turns = near_ring(c, a, b);
    x = lin_of(c->r, a), y = lin_of(c->r, b);
    return turns && lin_add(&low, &x, 1) && lin_add(&low, &y, 1) && facts_hold(&c->f, &low, 2) ? turn_around(c, blk, at, a, b, false, turns) : 0;
}

static void mark_wraps(Checks *c, Ref v)
{
    Ins *in = ir_ins(c->fn, v);
    if ((in->op == IR_ADD || in->op == IR_SUB || in->op == IR_MUL) && range_is_i64(in->ty)) {
        Lin x = lin_of(c->r, v);
        if (x.n != 1 || !ref_eq(x.at[0], v))
            in->flags |= INS_NO_WRAP;
    }
}

static void look(Checks *c, BlkId b)
{
    for (uint32_t k = 0; k < c->fn->blk.at[b].ins.n; k++) {
        Ref v = c->fn->blk.at[b].ins.at[k];
        const Ins *in = ir_ins(c->fn, v);
        switch (in->op) {
        case IR_SELECT: {
            uint32_t new = look_mod(c, b, k);
            k += new;
            if (!new)
                look_select(c, v);
            break;
        }
        case IR_INDEX:
            k += look_index(c, b, k);
            break;
        case IR_REM:
            k += look_rem(c, b, k);
            learn_value(c, v);
            break;
        case IR_CHECK:
            if (settled(c, ir_arg(c->fn, v, 0)) == 1) {
                *ir_ins(c->fn, v) = (Ins){ .op = IR_NOP, .ty = ty(TY_NONE), .blk = b };
                c->changed = true;
            } else {
                facts_learn(&c->f, ir_arg(c->fn, v, 0), true);
            }
            break;
        default:
            mark_wraps(c, v);
            learn_value(c, v);
        }
    }
}

/* A block on the way down the tree: which of its children is next, and what is known at its start and at its end. */
typedef struct Step { BlkId b; uint32_t child, nfact, nindex, fact_end, index_end; } Step;
typedef VEC(Step) Steps;

static void enter(Checks *c, Steps *way, BlkId b)
{
    Step s = { .b = b, .nfact = c->f.fact.n, .nindex = c->index.n };
    learn_loop(c, b);
    look(c, b);
    s.fact_end = c->f.fact.n, s.index_end = c->index.n;
    vec_push(c->fn->unit->arena, way, s);
}

static void learn_branch(Checks *c, BlkId b, BlkId to)
{
    const Blk *blk = &c->fn->blk.at[b];
    Ref last = blk->ins.at[blk->ins.n - 1];
    if (ir_ins(c->fn, last)->op == IR_BRANCH && c->fn->blk.at[to].pred.n == 1 && (to == blk->succ[0]) != (to == blk->succ[1]))
        facts_learn(&c->f, ir_arg(c->fn, last, 0), to == blk->succ[0]);
}

/* Children first, then the handler among them, which sees only what held at the start. Trees are as deep as functions are long. */
static void walk(Checks *c)
{
    Steps way = { 0 };
    enter(c, &way, 0);
    while (way.n > 0) {
        Step *s = &way.at[way.n - 1];
        BlkId b = s->b, handler = c->fn->blk.at[b].handler;
        uint32_t n = c->child[b].n, k = s->child++;
        bool late = k >= n;
        c->f.fact.n = late ? s->nfact : s->fact_end, c->index.n = late ? s->nindex : s->index_end;
        if (k >= 2 * n) {
            way.n--;
            continue;
        }
        BlkId to = c->child[b].at[late ? k - n : k];
        if ((to == handler) != late)
            continue;
        if (!late)
            learn_branch(c, b, to);
        enter(c, &way, to);
    }
}

static void apply(Checks *c)
{
    Fn *fn = c->fn;
    for (BlkId b = 0; b < fn->blk.n; b++) {
        Blk *blk = &fn->blk.at[b];
        uint32_t n = 0;
        for (uint32_t k = 0; k < blk->ins.n; k++) {
            Ref v = blk->ins.at[k];
            Ins *in = ir_ins(fn, v);
            Ref *arg = ir_args(fn, in);
            for (uint32_t j = 0; j < in->nargs; j++)
                arg[j] = ranges_real(c->r, arg[j]);
            if (in->op != IR_NOP && ref_eq(ranges_real(c->r, v), v))
                blk->ins.at[n++] = v;
            else
                *in = (Ins){ .op = IR_NOP, .blk = BLK_NONE, .ty = in->ty };
        }
        blk->ins.n = n;
    }
    fn->known = NULL;
}

/* needs: nothing.  keeps: blocks, dominators, loops.  breaks: uses. */
void opt_checks(Fn *fn)
{
    ir_remove_unreachable(fn);
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    Checks c = { .fn = fn, .r = ranges_new(fn) };
    c.f = (Facts){ .fn = fn, .r = c.r };
    c.child = arena_new_n(fn->unit->arena, Children, fn->blk.n);
    uint32_t n;
    const BlkId *order = ir_rpo(fn, &n);
    for (uint32_t k = 1; k < n; k++)
        vec_push(fn->unit->arena, &c.child[fn->blk.at[order[k]].idom], order[k]);
    walk(&c);
    if (c.changed)
        apply(&c);
    fn->have &= ~(uint32_t)HAVE_USES;
}
