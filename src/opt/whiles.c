/* whiles.c: `while i < n: ... i += 1` → a counted loop, as those over range.
 *
 *     if i < n:  do: ...; i' = i + 1  while i' < n            as CPython compiles it
 *     if i < n:  header: k = phi(0, k + 1); k < n - i ? body : exit         body: i + k for i; ...; to header
 *
 * The test at the end of a turn moves to the start of the next one: the first turn's comes out true, because the way in is a
 * branch on it (or both are constants). An i that begins with a constant that is not negative counts itself. What is used
 * behind the loop are phis of the header, with the values of the last turn. Loops in a `try`, and such that can also
 * `continue`, stay as they are. */
#include "opt/opt.h"

enum { UP_MAX = 8 };

typedef struct While {
    Fn *fn;
    BlkId h, latch, from, exit;         /* from: where it is entered from */
    Ref idx, init, next, n;
    uint32_t nvalue;                    /* there were so many when its values were renamed */
} While;

/* ---- is it one? ---- */

static bool is_one_more(const Fn *fn, Ref next, Ref idx)
{
    const Ins *in = ir_ins(fn, next);
    int64_t c;
    return in->op == IR_ADD && ((ref_eq(in->arg[0], idx) && ir_is_int(fn, in->arg[1], &c) && c == 1)
                                || (ref_eq(in->arg[1], idx) && ir_is_int(fn, in->arg[0], &c) && c == 1));
}

/* Does c say a < b? */
static bool says_less(const Fn *fn, Ref c, Ref *a, Ref *b)
{
    const Ins *in = ir_ins(fn, c);
    bool turned = in->op == IR_GT;
    if ((in->op != IR_LT && !turned) || ty_bits(ir_ty(fn, in->arg[0])) != 64 || !ty_is_int(ir_ty(fn, in->arg[0]))
        || ty_is_unsigned(ir_ty(fn, in->arg[0])))
        return false;
    *a = in->arg[turned], *b = in->arg[!turned];
    return true;
}

/* Is the loop entered only where init < n? */
static bool is_guarded(const While *w)
{
    const Fn *fn = w->fn;
    int64_t i, n;
    Ref a, b;
    if (ir_is_int(fn, w->init, &i) && ir_is_int(fn, w->n, &n))
        return i < n;
    BlkId to = w->h, from = w->from;
    for (uint32_t k = 0; k < UP_MAX; k++) {
        const Blk *blk = &fn->blk.at[from];
        const Ins *last = ir_ins(fn, blk->ins.at[blk->ins.n - 1]);
        if (last->op == IR_BRANCH && blk->succ[0] == to && blk->succ[1] != to && says_less(fn, last->arg[0], &a, &b)
            && ref_eq(a, w->init) && ref_eq(b, w->n))
            return true;
        if (blk->pred.n != 1)
            return false;
        to = from, from = blk->pred.at[0];
    }
    return false;
}

static bool has_handler(Fn *fn, const bool *in)
{
    bool any = false;
    for (BlkId b = 0; b < fn->blk.n; b++)
        any |= in[b] && fn->blk.at[b].handler != BLK_NONE;
    return any;
}

/* The phi of the header that counts to next, and what it begins with. */
static bool find_index(While *w, uint32_t entry)
{
    Fn *fn = w->fn;
    const Blk *h = &fn->blk.at[w->h];
    for (uint32_t k = 0; k < h->ins.n && ir_ins(fn, h->ins.at[k])->op == IR_PHI; k++) {
        Ref phi = h->ins.at[k];
        if (!ref_eq(ir_arg(fn, phi, !entry), w->next) || !is_one_more(fn, w->next, phi))
            continue;
        w->idx = phi;
        w->init = ir_arg(fn, phi, entry);
        return true;
    }
    return false;
}

static bool look(While *w)
{
    Fn *fn = w->fn;
    const Blk *h = &fn->blk.at[w->h];
    if (h->pred.n != 2 || loop_has(fn, w->h, h->pred.at[0]) == loop_has(fn, w->h, h->pred.at[1]))
        return false;
    uint32_t entry = loop_has(fn, w->h, h->pred.at[0]);
    w->from = h->pred.at[entry], w->latch = h->pred.at[!entry];
    const Blk *latch = &fn->blk.at[w->latch];
    const Ins *last = ir_ins(fn, latch->ins.at[latch->ins.n - 1]);
    if (last->op != IR_BRANCH || latch->succ[0] != w->h || latch->succ[1] == w->h || !says_less(fn, last->arg[0], &w->next, &w->n))
        return false;
    const bool *in = loop_members(fn, w->h);
    BlkId def = ir_ins(fn, w->n)->blk;
    w->exit = latch->succ[1];
    return !in[w->exit] && (def == BLK_NONE || !in[def]) && find_index(w, entry) && is_guarded(w) && !has_handler(fn, in);
}

/* ---- the other loop ---- */

static uint32_t nphi(const Fn *fn, BlkId b)
{
    uint32_t n = 0;
    while (ir_ins(fn, fn->blk.at[b].ins.at[n])->op == IR_PHI)
        n++;
    return n;
}

/* An integer of the index's type. */
static Ref number(const While *w, int64_t i) { return ir_emit_imm(w->fn, IR_CONST, ir_ty(w->fn, w->idx), NULL, 0, i); }

static Ref before_end(const While *w, BlkId b, IrOp op, Ty type, Ref x, Ref y)
{
    return ir_insert(w->fn, b, w->fn->blk.at[b].ins.n - 1, op, type, (Ref[]){ x, y }, 2);
}

/* idx counts from 0, and stands in the loop for init + it. Its name behind the loop stays the old phi. */
static void count_from_zero(While *w, BlkId body)
{
    Fn *fn = w->fn;
    Ty t = ir_ty(fn, w->idx);
    Ref turns = before_end(w, w->from, IR_SUB, t, w->n, w->init);
    Ref wraps = before_end(w, w->from, IR_LT, ty(TY_BOOL), turns, number(w, 0));
    turns = ir_insert(fn, w->from, fn->blk.at[w->from].ins.n - 1, IR_SELECT, t, (Ref[]){ wraps, number(w, INT64_MAX), turns }, 3);
    fn->cur_pos = ir_ins(fn, w->idx)->pos;
    Ref k = ir_phi(fn, w->h, t), now = ir_insert(fn, body, 0, IR_ADD, t, (Ref[]){ w->init, k }, 2);
    const bool *in = loop_members(fn, w->h);
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t j = 0; in[b] && j < fn->blk.at[b].ins.n; j++) {
            Ref r = fn->blk.at[b].ins.at[j];
            for (uint32_t m = 0; !ref_eq(r, now) && m < ir_ins(fn, r)->nargs; m++)
                if (ref_eq(ir_arg(fn, r, m), w->idx))
                    ir_args(fn, ir_ins(fn, r))[m] = now;
        }
    Ref more = before_end(w, w->latch, IR_ADD, t, k, number(w, 1));
    for (uint32_t e = 0; e < 2; e++)
        ir_add_arg(fn, k, fn->blk.at[w->h].pred.at[e] == w->latch ? more : number(w, 0));
    w->idx = k;
    w->n = turns;
}

/* What v of the last turn is in the header: a phi of our own, since opt_repair() looks at all that were there. It has the first
 * value of one that is the same, if there is one, and then LLVM makes them one. */
static Ref last_value(const void *context, Ref v)
{
    const While *w = context;
    Fn *fn = w->fn;
    const Blk *h = &fn->blk.at[w->h];
    uint32_t back = h->pred.at[1] == w->latch;
    Ref first = ir_undef(fn, ir_ty(fn, v));
    for (uint32_t k = 0; k < nphi(fn, w->h); k++) {
        Ref phi = h->ins.at[k];
        if (!ref_eq(ir_arg(fn, phi, back), v))
            continue;
        if (phi.i >= w->nvalue)
            return phi;
        first = ir_arg(fn, phi, !back);
    }
    fn->cur_pos = ir_ins(fn, v)->pos;
    Ref phi = ir_phi(fn, w->h, ir_ty(fn, v));
    for (uint32_t e = 0; e < 2; e++)
        ir_add_arg(fn, phi, e == back ? v : first);
    return phi;
}

/* Behind the header, on the way to what stands behind the loop. */
static BlkId make_exit(While *w)
{
    Fn *fn = w->fn;
    BlkId out = ir_block(fn, w->h);
    ir_replace_pred(fn, w->exit, w->latch, out);
    ir_at(fn, out);
    loop_jump(fn, w->exit);
    return out;
}

/* What is used behind out of the loop's values. */
static void use_last_values(While *w, BlkId out)
{
    Fn *fn = w->fn;
    const bool *in = loop_members(fn, w->h);
    uint32_t e = loop_edge(fn, w->exit, out), n = nphi(fn, w->exit);
    Ref *phi = arena_new_n(fn->unit->arena, Ref, n + 1), *had = arena_new_n(fn->unit->arena, Ref, n + 1);
    for (uint32_t k = 0; k < n; k++)
        had[k] = ir_arg(fn, phi[k] = fn->blk.at[w->exit].ins.at[k], e);
    w->nvalue = fn->ins.n;
    opt_repair(fn, &(Redefined){ &out, 1, in, fn->blk.n, last_value, w });
    for (uint32_t k = 0; k < n; k++) {          /* unless a loop around them leads back here, and it is done */
        BlkId b = ir_ins(fn, had[k])->blk;
        if (b == BLK_NONE || !in[b] || !ref_eq(ir_arg(fn, phi[k], e), had[k]))
            continue;
        Ref now = last_value(w, had[k]);
        ir_args(fn, ir_ins(fn, phi[k]))[e] = now;
    }
}

static void turn(While *w)
{
    Fn *fn = w->fn;
    fn->known = NULL;
    uint32_t at = nphi(fn, w->h) - 1;
    Ref phi = fn->blk.at[w->h].ins.at[at];
    BlkId body = nest_split(fn, w->h, at), out;
    vec_push(fn->unit->arena, &fn->blk.at[w->h].ins, phi);
    w->latch = w->latch == w->h ? body : w->latch;
    out = make_exit(w);
    Blk *latch = &fn->blk.at[w->latch];
    Ins *last = ir_ins(fn, latch->ins.at[latch->ins.n - 1]);
    uint32_t pos = last->pos;
    fn->cur_pos = pos;
    last->op = IR_JUMP, last->nargs = 0;
    latch->nsucc = 1;
    ir_at(fn, w->h);
    loop_pred(fn, body, w->h);
    loop_pred(fn, out, w->h);
    int64_t first;
    fn->blk.at[w->h].nsucc = 1, fn->blk.at[w->h].succ[0] = body;       /* for now: members are found by it */
    fn->have = 0;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    if (!ir_is_int(fn, w->init, &first) || first < 0)
        count_from_zero(w, body);
    fn->cur_pos = pos;
    ir_at(fn, w->h);
    loop_branch(fn, ir_emit(fn, IR_LT, ty(TY_BOOL), (Ref[]){ w->idx, w->n }, 2), body, out);
    fn->have = 0;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    use_last_values(w, out);
    fn->known = NULL;
    fn->have = 0;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
}

/* needs: dominators, loops.  breaks: everything. */
void opt_whiles(Fn *fn)
{
    fn->have = 0;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    for (BlkId h = 0, n = fn->blk.n; h < n; h++) {
        While w = { .fn = fn, .h = h };
        if (fn->blk.at[h].is_header && look(&w))
            turn(&w);
    }
}
