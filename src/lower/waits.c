/* waits.c: loops whose turns wait for one another, so that written out several times they are not faster, but cost the compiler a
 * fifth more: a sum of floats, which are added one after another (4 cycles each, while the rest of a turn takes two), or what goes
 * to places that data say: it waits for these, and what is read may be what the turn before has written.
 *
 * A chain that begins anew in each turn of the loop around (a dot product) makes no one wait: the processor is at the next turn
 * before this one is done. */
#include "lower/target.h"

enum { OPS_MOST = 48, OPS_A_CYCLE = 2, DEEP = 4 };

typedef struct Turn {
    VEC(Ref) op;
    uint32_t nop;               /* those that take time */
} Turn;

typedef struct Waits {
    const Fn *fn;
    Turn *turn;                 /* by header: the ops of a turn, in their order; of inner loops none */
    uint32_t *place;            /* by Ref: where it stands there */
} Waits;

/* Cycles until its result is there, roughly. */
static uint32_t latency(const Fn *fn, const Ins *in)
{
    if (in->op == IR_PHI)
        return 0;
    if (in->op == IR_LOAD)
        return 5;
    if (in->op == IR_MATH)
        return 18;
    Ty t = in->nargs ? ir_ty(fn, ir_args(fn, in)[0]) : in->ty;
    if (!t || !(ty_is_float(t) || ty_is_complex(t)))
        return in->op == IR_MUL ? 3 : 1;
    bool free = in->flags & INS_ANY_ORDER || fn->opt.fastmath & FAST_REASSOC;
    return in->op == IR_DIV ? 13 : in->op == IR_SELECT || free ? 1 : 4;
}

/* How many cycles after `from` the op `to` of the same turn is done, and one more; 0: it does not depend on it. */
static uint32_t cycles(const Waits *w, const Turn *t, Ref from, Ref to)
{
    uint32_t after[OPS_MOST] = { 0 };
    for (uint32_t k = 0; k < t->op.n; k++) {
        const Ins *in = ir_ins(w->fn, t->op.at[k]);
        const Ref *arg = ir_args(w->fn, in);
        bool depends = false;
        uint32_t most = 0;
        for (uint32_t j = 0; j < in->nargs; j++) {
            uint32_t p = w->place[arg[j].i];
            bool here = p < k && ref_eq(t->op.at[p], arg[j]);
            depends |= ref_eq(arg[j], from) || (here && after[p]);
            most = here && after[p] > most ? after[p] : most;
        }
        if (depends && !ref_eq(t->op.at[k], from))
            after[k] = (most ? most : 1) + latency(w->fn, in);
        if (ref_eq(t->op.at[k], to))
            return after[k];
    }
    return 0;
}

static bool is_back(const Fn *fn, BlkId h, BlkId pred) { return pred == h || ir_dominates(fn, h, pred); }

/* Do the turns of the loop of h follow one another? Not so strips of one loop, which it rarely has several of. */
static bool has_turns(const Fn *fn, BlkId h)
{
    const Blk *b = &fn->blk.at[h];
    bool found = false;
    for (uint32_t e = 0; e < b->pred.n; e++)
        found |= is_back(fn, h, b->pred.at[e]) && !fn->blk.at[b->pred.at[e]].cold;
    return found;
}

/* Is v, which comes into a loop, what the turns of a loop around it carry on? */
static bool is_carried(const Fn *fn, Ref v, uint32_t depth)
{
    const Ins *in = ir_ins(fn, v);
    if (in->op != IR_PHI || depth == 0)
        return false;
    const Blk *b = &fn->blk.at[in->blk];
    if (b->is_header && has_turns(fn, in->blk))
        return true;
    bool found = false;
    for (uint32_t e = 0; e < in->nargs && !found; e++)
        found = !(b->is_header && is_back(fn, in->blk, b->pred.at[e]))
                && (fn->blk.at[b->pred.at[e]].loop == BLK_NONE || is_carried(fn, ir_args(fn, in)[e], depth - 1));
    return found;
}

/* Does the loop of h carry phi in a chain that is as long as a turn? */
static bool is_chain(const Waits *w, BlkId h, Ref phi)
{
    const Fn *fn = w->fn;
    const Blk *b = &fn->blk.at[h];
    uint32_t longest = 0;
    for (uint32_t e = 0; e < b->pred.n; e++) {
        Ref x = ir_arg(fn, phi, e);
        if (is_back(fn, h, b->pred.at[e])) {
            uint32_t n = cycles(w, &w->turn[h], phi, x);
            longest = n > longest ? n : longest;
        } else if (fn->blk.at[b->pred.at[e]].loop != BLK_NONE && !is_carried(fn, x, DEEP)) {
            return false;
        }
    }
    return longest > 1 && (longest - 1) * OPS_A_CYCLE >= w->turn[h].nop;
}

/* Does the op of a turn, one that is checked or a place that is written, depend on what is read in it? */
static bool depends_on_data(const Waits *w, const Turn *t, uint32_t op)
{
    const Ins *in = ir_ins(w->fn, t->op.at[op]);
    uint32_t first = in->op == IR_STORE ? 2 : 0, last = in->op == IR_STORE ? in->nargs : in->op == IR_INDEX || in->op == IR_CHECK;
    bool found = false;
    for (uint32_t j = first; j < last; j++)
        for (uint32_t m = 0; m < op && !found; m++) {
            Ref v = t->op.at[m], x = ir_args(w->fn, in)[j];
            found = ir_ins(w->fn, v)->op == IR_LOAD && (ref_eq(v, x) || cycles(w, t, v, x));
        }
    return found;
}

static bool goes_where_data_say(const Waits *w, const Turn *t)
{
    bool found = false;
    for (uint32_t k = 0; k < t->op.n && !found; k++)
        found = depends_on_data(w, t, k);
    return found;
}

static void collect(Waits *w, Arena *a, BlkId b)
{
    const Blk *blk = &w->fn->blk.at[b];
    for (uint32_t k = 0; k < blk->ins.n && blk->loop != BLK_NONE && !blk->cold; k++) {
        Turn *t = &w->turn[blk->loop];
        IrOp op = ir_ins(w->fn, blk->ins.at[k])->op;
        w->place[blk->ins.at[k].i] = t->op.n;
        if (t->op.n <= OPS_MOST)
            vec_push(a, &t->op, blk->ins.at[k]);
        t->nop += op != IR_PHI && op != IR_JUMP && op != IR_BRANCH && op != IR_BITCAST && op != IR_EXTENT;
    }
}

bool *lower_waiting_loops(Arena *a, const Fn *fn)
{
    Waits w = { fn, arena_new_n(a, Turn, fn->blk.n), arena_new_n(a, uint32_t, fn->ins.n) };
    bool *waits = arena_new_n(a, bool, fn->blk.n);
    uint32_t n;
    const BlkId *order = ir_rpo((Fn *)fn, &n);
    for (uint32_t k = 0; k < n; k++)
        collect(&w, a, order[k]);
    for (BlkId h = 0; h < fn->blk.n; h++) {
        const Blk *b = &fn->blk.at[h];
        const Turn *t = &w.turn[h];
        if (!b->is_header || t->op.n > OPS_MOST)
            continue;
        waits[h] = goes_where_data_say(&w, t);
        for (uint32_t k = 0; k < b->ins.n && ir_ins(fn, b->ins.at[k])->op == IR_PHI && !waits[h]; k++)
            waits[h] = is_chain(&w, h, b->ins.at[k]);
    }
    return waits;
}
