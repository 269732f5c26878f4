/* repair.c: values that are computed once more on another way → phis where the ways meet.
 *
 * In: landing blocks `from`, at whose ends each value v of the blocks in[] is value(context, v).   Out: what is reached from them
 * uses that, or a phi of it and v. Uses in the blocks in[] and in copies of them (from number nblk) are right already. The walk
 * back from a use is that of Braun and others, "Simple and Efficient Construction of SSA Form" (2013). */
#include "opt/opt.h"

typedef struct Repair {
    Fn *fn;
    const Redefined *r;
    Ref v;
    bool *from, *reached, *fix; /* by BlkId. fix: its uses are looked at */
    Ref *start;                 /* v at the start of a block, by BlkId; none: not known yet */
} Repair;

static Ref at_start(Repair *x, BlkId b);

static Ref at_end(Repair *x, BlkId b)
{
    if (x->from[b])
        return x->r->value(x->r->context, x->v);
    return b == ir_ins(x->fn, x->v)->blk ? x->v : at_start(x, b);
}

/* An exception leaves its block before that has done anything. */
static Ref on_edge(Repair *x, BlkId p, BlkId b) { return x->fn->blk.at[p].handler == b ? at_start(x, p) : at_end(x, p); }

/* A phi of one value, or of that and itself, is that. */
static Ref without_trivial(Repair *x, BlkId b, Ref phi)
{
    Fn *fn = x->fn;
    Ref one = REF_NONE;
    for (uint32_t k = 0; k < ir_ins(fn, phi)->nargs; k++) {
        Ref a = ir_arg(fn, phi, k);
        if (ref_eq(a, phi) || ref_eq(a, one))
            continue;
        if (!ref_is_none(one))
            return phi;
        one = a;
    }
    ir_replace(fn, phi, one);
    for (BlkId k = 0; k < fn->blk.n; k++)
        if (ref_eq(x->start[k], phi))
            x->start[k] = one;
    Blk *blk = &fn->blk.at[b];
    uint32_t n = 0;
    for (uint32_t k = 0; k < blk->ins.n; k++)
        if (!ref_eq(blk->ins.at[k], phi))
            blk->ins.at[n++] = blk->ins.at[k];
    blk->ins.n = n;
    *ir_ins(fn, phi) = (Ins){ .op = IR_NOP, .blk = BLK_NONE, .ty = ty(TY_NONE) };
    return one;
}

static Ref at_start(Repair *x, BlkId b)
{
    Fn *fn = x->fn;
    uint32_t npred = fn->blk.at[b].pred.n;
    if (!ref_is_none(x->start[b]))
        return x->start[b];
    if (npred == 0)
        return x->start[b] = ir_undef(fn, ir_ty(fn, x->v));
    if (npred == 1)
        return x->start[b] = on_edge(x, fn->blk.at[b].pred.at[0], b);
    fn->cur_pos = ir_ins(fn, x->v)->pos;
    Ref phi = x->start[b] = ir_phi(fn, b, ir_ty(fn, x->v));
    for (uint32_t e = 0; e < npred; e++)
        ir_add_arg(fn, phi, on_edge(x, fn->blk.at[b].pred.at[e], b));
    return x->start[b] = without_trivial(x, b, phi);
}

/* ---- what is to be done ---- */

static void mark_reached(Repair *x)
{
    Fn *fn = x->fn;
    VEC(BlkId) work = { 0 };
    for (uint32_t k = 0; k < x->r->nfrom; k++)
        vec_push(fn->unit->arena, &work, fn->blk.at[x->r->from[k]].succ[0]);
    while (work.n > 0) {
        BlkId b = work.at[--work.n];
        const Blk *blk = &fn->blk.at[b];
        if (x->reached[b])
            continue;
        x->reached[b] = true;
        for (uint32_t k = 0; k < blk->nsucc; k++)
            vec_push(fn->unit->arena, &work, blk->succ[k]);
        if (blk->handler != BLK_NONE)
            vec_push(fn->unit->arena, &work, blk->handler);
    }
}

static Ref itself(const void *unused, Ref v) { (void)unused; return v; }

/* A landing block has no phis: where it is for several blocks, each of them gets one of its own. */
static void share_no_landing(Fn *fn, const bool *reached, BlkId nblk)
{
    bool *taken = arena_new_n(fn->unit->arena, bool, nblk);
    for (BlkId b = 0; b < nblk; b++) {
        BlkId l = fn->blk.at[b].handler;
        if (l == BLK_NONE || l >= nblk || !reached[l])
            continue;
        if (taken[l] && landing_copies(fn, l)) {
            ir_unprotect(fn, b);
            ir_protect(fn, b, landing_copy(fn, l, fn->blk.at[b].idom, itself, NULL));
        }
        taken[l] = true;
    }
}

static bool is_inside(const Repair *x, Ref v)
{
    BlkId b = ir_ins(x->fn, v)->blk;
    return b != BLK_NONE && b < x->r->nblk && x->r->in[b];
}

/* The next value in turn, of the first n, that is used where it may be another one, or none. */
static Ref next_used(const Repair *x, bool *seen, uint32_t n)
{
    Fn *fn = x->fn;
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; x->fix[b] && k < fn->blk.at[b].ins.n; k++)
            for (uint32_t m = 0; m < ir_ins(fn, fn->blk.at[b].ins.at[k])->nargs; m++) {
                Ref v = ir_arg(fn, fn->blk.at[b].ins.at[k], m);
                if (v.i < n && !seen[v.i] && is_inside(x, v)) {
                    seen[v.i] = true;
                    return v;
                }
            }
    return REF_NONE;
}

static void replace_uses(Repair *x)
{
    Fn *fn = x->fn;
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; x->fix[b] && k < fn->blk.at[b].ins.n; k++) {
            Ref r = fn->blk.at[b].ins.at[k];
            for (uint32_t m = 0; m < ir_ins(fn, r)->nargs; m++) {
                bool phi = ir_ins(fn, r)->op == IR_PHI;
                if (!ref_eq(ir_arg(fn, r, m), x->v) || (phi && !x->reached[fn->blk.at[b].pred.at[m]]))
                    continue;
                Ref now = phi ? at_end(x, fn->blk.at[b].pred.at[m]) : at_start(x, b);
                ir_args(fn, ir_ins(fn, r))[m] = now;
            }
        }
}

void opt_repair(Fn *fn, const Redefined *r)
{
    Arena *a = fn->unit->arena;
    Repair x = { .fn = fn, .r = r };
    BlkId first = fn->blk.n;
    x.reached = arena_new_n(a, bool, first);
    mark_reached(&x);
    share_no_landing(fn, x.reached, first);
    x.reached = arena_new_n(a, bool, fn->blk.n);
    x.fix = arena_new_n(a, bool, fn->blk.n);
    x.from = arena_new_n(a, bool, fn->blk.n);
    mark_reached(&x);
    for (uint32_t k = 0; k < r->nfrom; k++)
        x.from[r->from[k]] = true;
    for (BlkId b = 0; b < fn->blk.n; b++)
        x.fix[b] = x.reached[b] && (b >= first || (b < r->nblk && !r->in[b]));
    bool *seen = arena_new_n(a, bool, fn->ins.n);
    uint32_t nvalue = fn->ins.n;
    for (;;) {
        x.v = next_used(&x, seen, nvalue);         /* the phis made meanwhile are right */
        if (ref_is_none(x.v))
            return;
        x.start = arena_new_n(a, Ref, fn->blk.n);
        replace_uses(&x);
    }
}
