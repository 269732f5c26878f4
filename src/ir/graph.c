/* graph.c: facts about a Fn's graph: reverse postorder, dominators, loops, use counts; replacing and removing.
 *
 * The edges are Blk.succ and, for a block that has one, the edge to its handler. Dominators: Cooper, Harvey,
 * Kennedy, "A Simple, Fast Dominance Algorithm" (2001). */
#include "ir/ir.h"

/* Successor k of b: the handler first, then from the last to the first, so that in reverse postorder a loop's
 * body comes before what follows the loop. */
static BlkId edge(const Blk *b, uint32_t k)
{
    if (b->handler != BLK_NONE && k-- == 0)
        return b->handler;
    return k < b->nsucc ? b->succ[b->nsucc - 1 - k] : BLK_NONE;
}

const BlkId *ir_rpo(Fn *fn, uint32_t *n)
{
    Arena *a = fn->unit->arena;
    uint32_t nblk = fn->blk.n, depth = 0, at = nblk;
    BlkId *order = arena_new_n(a, BlkId, nblk + 1), *stack = arena_new_n(a, BlkId, nblk + 1);
    uint32_t *next = arena_new_n(a, uint32_t, nblk + 1);
    bool *seen = arena_new_n(a, bool, nblk + 1);
    stack[depth++] = 0;
    seen[0] = true;
    while (depth > 0) {
        BlkId b = stack[depth - 1], to = edge(&fn->blk.at[b], next[b]++);
        if (to == BLK_NONE) {
            order[--at] = b;
            depth--;
        } else if (!seen[to]) {
            seen[to] = true;
            stack[depth++] = to;
        }
    }
    *n = nblk - at;
    return order + at;
}

static BlkId intersect(const Fn *fn, const uint32_t *number, BlkId a, BlkId b)
{
    while (a != b) {
        while (number[a] > number[b])
            a = fn->blk.at[a].idom;
        while (number[b] > number[a])
            b = fn->blk.at[b].idom;
    }
    return a;
}

/* The edge to a handler leaves before the block that it protects has done anything. */
static BlkId find_idom(const Fn *fn, const uint32_t *number, BlkId of)
{
    const Blk *b = &fn->blk.at[of];
    BlkId idom = BLK_NONE;
    for (uint32_t k = 0; k < b->pred.n; k++) {
        BlkId p = b->pred.at[k];
        if (p != 0 && fn->blk.at[p].idom == BLK_NONE)
            continue;                   /* not yet, or unreachable */
        if (p != 0 && fn->blk.at[p].handler == of)
            p = fn->blk.at[p].idom;
        idom = idom == BLK_NONE ? p : intersect(fn, number, idom, p);
    }
    return idom;
}

static void compute_dominators(Fn *fn, const BlkId *order, uint32_t n)
{
    uint32_t *number = arena_new_n(fn->unit->arena, uint32_t, fn->blk.n);
    for (uint32_t b = 0; b < fn->blk.n; b++)
        fn->blk.at[b].idom = BLK_NONE;
    for (uint32_t k = 0; k < n; k++)
        number[order[k]] = k;
    for (bool changed = true; changed; ) {
        changed = false;
        for (uint32_t k = 1; k < n; k++) {
            BlkId *known = &fn->blk.at[order[k]].idom, idom = find_idom(fn, number, order[k]);
            changed |= idom != *known;
            *known = idom;
        }
    }
}

/* Does h dominate b? What comes before h in reverse postorder it does not: no walk up from there. */
static bool leads_to(const Fn *fn, const uint32_t *number, BlkId h, BlkId b)
{
    return number[b] >= number[h] && ir_dominates(fn, h, b);
}

/* Marks the loop of header h: what reaches back to it. */
static void mark_loop(Fn *fn, const uint32_t *number, BlkId h, BlkId *stack, uint32_t depth)
{
    fn->blk.at[h].loop = h;
    while (depth > 0) {
        Blk *b = &fn->blk.at[stack[--depth]];
        if (b->loop == h)
            continue;
        b->loop = h;
        for (uint32_t k = 0; k < b->pred.n; k++)
            if (fn->blk.at[b->pred.at[k]].loop != h && leads_to(fn, number, h, b->pred.at[k]))
                stack[depth++] = b->pred.at[k];
    }
}

/* Outer headers come first in reverse postorder, so inner ones overwrite. */
static void compute_loops(Fn *fn, const BlkId *order, uint32_t n)
{
    uint32_t nedge = 1;
    for (uint32_t b = 0; b < fn->blk.n; b++) {
        fn->blk.at[b].loop = BLK_NONE;
        fn->blk.at[b].is_header = false;
        nedge += fn->blk.at[b].pred.n;
    }
    BlkId *stack = arena_new_n(fn->unit->arena, BlkId, nedge);
    uint32_t *number = arena_new_n(fn->unit->arena, uint32_t, fn->blk.n);
    for (uint32_t k = 0; k < n; k++)
        number[order[k]] = k;
    for (uint32_t k = 0; k < n; k++) {
        Blk *h = &fn->blk.at[order[k]];
        uint32_t depth = 0;
        for (uint32_t p = 0; p < h->pred.n; p++)
            if (leads_to(fn, number, order[k], h->pred.at[p]))
                stack[depth++] = h->pred.at[p];
        if (depth == 0)
            continue;
        h->is_header = true;
        mark_loop(fn, number, order[k], stack, depth);
    }
}

static void count_uses(Fn *fn)
{
    fn->nuse = arena_new_n(fn->unit->arena, uint32_t, fn->ins.n);
    for (uint32_t b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            for (uint32_t j = 0; j < in->nargs; j++)
                fn->nuse[ir_args(fn, in)[j].i]++;
        }
}

void ir_need(Fn *fn, uint32_t have)
{
    uint32_t missing = have & ~fn->have, n;
    if (missing & HAVE_LOOPS)
        missing |= HAVE_DOM & ~fn->have;
    if (missing & (HAVE_DOM | HAVE_LOOPS)) {
        const BlkId *order = ir_rpo(fn, &n);
        if (missing & HAVE_DOM)
            compute_dominators(fn, order, n);
        if (missing & HAVE_LOOPS)
            compute_loops(fn, order, n);
    }
    if (missing & HAVE_USES)
        count_uses(fn);
    fn->have |= missing;
}

bool ir_dominates(const Fn *fn, BlkId a, BlkId b)
{
    while (b != a && b != BLK_NONE)
        b = fn->blk.at[b].idom;
    return b == a;
}

void ir_replace(Fn *fn, Ref old, Ref by)
{
    fn->have &= ~(uint32_t)HAVE_USES;
    for (uint32_t v = 1; v < fn->ins.n; v++) {
        Ref *arg = ir_args(fn, &fn->ins.at[v]);
        for (uint32_t k = 0; k < fn->ins.at[v].nargs; k++)
            if (ref_eq(arg[k], old))
                arg[k] = by;
    }
}

/* Takes predecessor k and the phis' operands for it out of b. */
static void remove_pred(Fn *fn, Blk *b, uint32_t k)
{
    b->pred.n--;
    memmove(&b->pred.at[k], &b->pred.at[k + 1], (b->pred.n - k) * sizeof(BlkId));
    for (uint32_t j = 0; j < b->ins.n; j++) {
        Ins *in = ir_ins(fn, b->ins.at[j]);
        if (in->op != IR_PHI || k >= in->nargs)
            continue;
        Ref *arg = ir_args(fn, in);
        memmove(&arg[k], &arg[k + 1], (in->nargs - k - 1u) * sizeof(Ref));
        if (--in->nargs == 3) {         /* three stand in the instruction itself */
            Ref three[3] = { arg[0], arg[1], arg[2] };
            memcpy(in->arg, three, sizeof three);
        }
    }
}

static void decide(Fn *fn, BlkId b, Ins *branch, bool yes)
{
    Blk *blk = &fn->blk.at[b], *other = &fn->blk.at[blk->succ[yes]];
    uint32_t k = other->pred.n;
    while (other->pred.at[--k] != b) { }
    remove_pred(fn, other, k);
    blk->succ[0] = blk->succ[!yes];
    blk->nsucc = 1;
    branch->op = IR_JUMP;
    branch->nargs = 0;
}

/* breaks: everything. Blocks may be unreachable then. */
bool ir_decide(Fn *fn)
{
    bool any = false;
    for (BlkId b = 0; b < fn->blk.n; b++) {
        const Blk *blk = &fn->blk.at[b];
        Ins *last = blk->ins.n > 0 ? ir_ins(fn, blk->ins.at[blk->ins.n - 1]) : NULL;
        int64_t yes;
        if (!last || last->op != IR_BRANCH || !ir_is_int(fn, last->arg[0], &yes))
            continue;
        decide(fn, b, last, yes != 0);
        any = true;
    }
    fn->have = any ? 0 : fn->have;
    return any;
}

static void clear_block(Fn *fn, Blk *b)
{
    for (uint32_t k = 0; k < b->ins.n; k++) {
        Ins *in = ir_ins(fn, b->ins.at[k]);
        *in = (Ins){ .op = IR_NOP, .blk = BLK_NONE, .ty = in->ty };
    }
}

/* Renumbers the blocks that stay; to[b] is b's new number or BLK_NONE. */
static void renumber(Fn *fn, const BlkId *to, uint32_t n)
{
    for (uint32_t b = 0; b < fn->blk.n; b++) {
        if (to[b] == BLK_NONE)
            continue;
        Blk *blk = &fn->blk.at[b];
        for (uint32_t k = 0; k < blk->ins.n; k++)
            ir_ins(fn, blk->ins.at[k])->blk = to[b];
        for (uint32_t k = 0; k < blk->pred.n; k++)
            blk->pred.at[k] = to[blk->pred.at[k]];
        for (uint32_t k = 0; k < blk->nsucc; k++)
            blk->succ[k] = to[blk->succ[k]];
        if (blk->handler != BLK_NONE)
            blk->handler = to[blk->handler];
        fn->blk.at[to[b]] = *blk;       /* to[b] <= b */
    }
    fn->blk.n = n;
    fn->cur = to[fn->cur] != BLK_NONE ? to[fn->cur] : 0;
}

/* keeps: dominators (they are computed again). breaks: block numbers, loops, uses. */
void ir_remove_unreachable(Fn *fn)
{
    uint32_t nreach, nblk = fn->blk.n, n = 0;
    const BlkId *order = ir_rpo(fn, &nreach);
    if (nreach == nblk)
        return;
    BlkId *to = arena_new_n(fn->unit->arena, BlkId, nblk);
    memset(to, 0xff, nblk * sizeof *to);
    for (uint32_t k = 0; k < nreach; k++)
        to[order[k]] = 0;
    for (uint32_t b = 0; b < nblk; b++) {
        if (to[b] == BLK_NONE) {
            clear_block(fn, &fn->blk.at[b]);
            continue;
        }
        to[b] = n++;
        for (uint32_t k = fn->blk.at[b].pred.n; k-- > 0; )
            if (to[fn->blk.at[b].pred.at[k]] == BLK_NONE)
                remove_pred(fn, &fn->blk.at[b], k);
    }
    renumber(fn, to, n);
    fn->have = 0;
    ir_need(fn, HAVE_DOM);
}

bool ir_holds(const Fn *fn, IrOp op)
{
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++)
            if (ir_ins(fn, fn->blk.at[b].ins.at[k])->op == op)
                return true;
    return false;
}

void ir_replace_pred(Fn *fn, BlkId b, BlkId old, BlkId by)
{
    Blk *blk = &fn->blk.at[b];
    for (uint32_t e = 0; e < blk->pred.n; e++)
        if (blk->pred.at[e] == old)
            blk->pred.at[e] = by;
}

void ir_move_succ(Fn *fn, BlkId from, BlkId to)
{
    Blk *a = &fn->blk.at[from], *b = &fn->blk.at[to];
    memcpy(b->succ, a->succ, sizeof b->succ);
    b->nsucc = a->nsucc;
    a->nsucc = 0;
    for (uint32_t k = 0; k < b->nsucc; k++)
        ir_replace_pred(fn, b->succ[k], from, to);
}

/* What stands in s goes behind b, which jumps there and nowhere else, and from where alone s is reached. */
static void append(Fn *fn, BlkId b, BlkId s)
{
    Blk *to = &fn->blk.at[b], *from = &fn->blk.at[s];
    ir_ins(fn, to->ins.at[--to->ins.n])->op = IR_NOP;
    for (uint32_t k = 0; k < from->ins.n; k++) {
        Ref r = from->ins.at[k];
        Ins *in = ir_ins(fn, r);
        if (in->op == IR_PHI) {
            ir_replace(fn, r, ir_args(fn, in)[0]);
            in->op = IR_NOP;
            in->nargs = 0;
            continue;
        }
        in->blk = b;
        vec_push(fn->unit->arena, &to->ins, r);
    }
    ir_move_succ(fn, s, b);
    ir_unprotect(fn, s);
    from->ins.n = 0;
    from->pred.n = 0;
}

/* keeps: nothing. The blocks that were appended are left empty and unreachable, and removed. Where an exception lands stays a
 * block of its own: opt/poll.c adds others like it. */
void ir_straighten(Fn *fn)
{
    ir_remove_unreachable(fn);
    bool *landing = arena_new_n(fn->unit->arena, bool, fn->blk.n + 1);
    for (BlkId b = 0; b < fn->blk.n; b++)
        if (fn->blk.at[b].handler != BLK_NONE)
            landing[fn->blk.at[b].handler] = true;
    for (BlkId b = 0; b < fn->blk.n; b++)
        while (!landing[b]) {
            const Blk *blk = &fn->blk.at[b];
            BlkId s = blk->nsucc == 1 ? blk->succ[0] : BLK_NONE;
            if (s == BLK_NONE || s == b || s == 0 || fn->blk.at[s].pred.n != 1
                || fn->blk.at[s].handler != blk->handler || ir_ins(fn, blk->ins.at[blk->ins.n - 1])->op != IR_JUMP)
                break;
            append(fn, b, s);
        }
    fn->have = 0;
    fn->known = NULL;
    ir_remove_unreachable(fn);
}
