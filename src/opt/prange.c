/* prange.c: the loops over numjit.prange → nests of one axis. Only for the parallel target and for kernels; elsewhere they stay loops.
 *
 * The blocks of the loop become the body, a way back to the header its return (outline.c). A value carried around must be a
 * reduction (carried.c): acc = acc op x, on every way (through branches and inner loops too) with one op, or `if x > acc:
 * acc = x`; in the body it begins as the identity of op, what it is worth at the end is the iteration's contribution. A
 * loop that carries anything else stays a loop: right, on one core. A way out of the loop other than its end, or a raise,
 * is an error of the user. */
#include "opt/prange.h"

bool prange_has(const Prange *p, BlkId b) { return b != BLK_NONE && ir_dominates(p->fn, p->entry, b); }

static void look_at_ways(Prange *p)
{
    Fn *fn = p->fn;
    for (uint32_t k = 0; k < p->region.n; k++) {
        const Blk *b = &fn->blk.at[p->region.at[k]];
        const Ins *last = ir_ins(fn, b->ins.at[b->ins.n - 1]);
        bool out = last->op == IR_RETURN;
        for (uint32_t s = 0; s < b->nsucc; s++)
            out |= b->succ[s] != p->loop.header && !prange_has(p, b->succ[s]);
        if (out)
            fail(fn->unit, &fn->pos.at[last->pos], DIAG_CONSTRUCT, "break or return in a prange loop", "its iterations run side by side");
    }
}

/* A phi of the header that the loop does not change, as `acc += row` leaves of acc: it is what it begins as. */
static void drop_unchanged(Prange *p)
{
    Fn *fn = p->fn;
    Blk *h = &fn->blk.at[p->loop.header];
    uint32_t n = 0;
    for (uint32_t k = 0; k < h->ins.n; k++) {
        Ref r = h->ins.at[k], first = REF_NONE;
        bool same = ir_ins(fn, r)->op == IR_PHI;
        for (uint32_t e = 0; same && e < h->pred.n; e++) {
            Ref v = ir_arg(fn, r, e);
            same = ref_eq(v, r) || ref_is_none(first) || ref_eq(v, first);
            first = ref_eq(v, r) ? first : v;
        }
        if (same && ir_ty(fn, first) == ir_ty(fn, r)) {
            ir_replace(fn, r, first);
            *ir_ins(fn, r) = (Ins){ .op = IR_NOP, .blk = BLK_NONE, .ty = ir_ty(fn, r) };
        } else {
            h->ins.at[n++] = r;
        }
    }
    h->ins.n = n;
}

/* Is the handler around the loop blind to it? Nothing that is reached from where its exceptions land uses a value of the loop. */
static bool sees_nothing(const Prange *p)
{
    Fn *fn = p->fn;
    VEC(BlkId) work = { 0 };
    bool *reached = arena_new_n(fn->unit->arena, bool, fn->blk.n);
    vec_push(fn->unit->arena, &work, p->landing);
    while (work.n > 0) {
        BlkId b = work.at[--work.n];
        const Blk *blk = &fn->blk.at[b];
        if (reached[b] || b == p->loop.header)
            continue;
        reached[b] = true;
        for (uint32_t k = 0; k < blk->nsucc; k++)
            vec_push(fn->unit->arena, &work, blk->succ[k]);
        if (blk->handler != BLK_NONE)
            vec_push(fn->unit->arena, &work, blk->handler);
    }
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; reached[b] && k < fn->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            for (uint32_t m = 0; m < in->nargs; m++) {
                BlkId from = ir_ins(fn, ir_args(fn, in)[m])->blk;
                bool way = in->op != IR_PHI || reached[fn->blk.at[b].pred.at[m]];
                if (way && (from == p->loop.header || prange_has(p, from)))
                    return false;
            }
        }
    return true;
}

/* A `try` in the body goes with it. One around the loop must have one landing block for all of it, and see nothing of it. */
static bool look_at_handlers(Prange *p)
{
    const Fn *fn = p->fn;
    p->landing = fn->blk.at[p->loop.header].handler;
    for (uint32_t k = 0; k < p->region.n; k++) {
        BlkId h = fn->blk.at[p->region.at[k]].handler;
        if (h == BLK_NONE)
            continue;
        if (prange_has(p, h)) {
            for (uint32_t s = 0; s < fn->blk.at[h].nsucc; s++)
                if (!prange_has(p, fn->blk.at[h].succ[s]))
                    return false;
        } else if (p->landing != BLK_NONE && p->landing != h) {
            return false;
        } else {
            p->landing = h;
        }
    }
    return p->landing == BLK_NONE || sees_nothing(p);
}

/* false: it stays a loop. */
static bool look(Prange *p)
{
    Fn *fn = p->fn;
    const Blk *h = &fn->blk.at[p->loop.header];
    p->entry = h->succ[0];
    p->why = REMARK_SERIAL_COUNT;
    if (!p->loop.counted || !p->loop.plain || fn->blk.at[p->entry].pred.n != 1)
        return false;
    uint32_t n;
    const BlkId *rpo = ir_rpo(fn, &n);
    for (uint32_t k = 0; k < n; k++)
        if (prange_has(p, rpo[k]))
            vec_push(fn->unit->arena, &p->region, rpo[k]);
    p->why = REMARK_SERIAL_TRY;
    if (!look_at_handlers(p))
        return false;
    p->why = REMARK_SERIAL_COUNT;
    look_at_ways(p);
    drop_unchanged(p);
    for (uint32_t k = 0; k < p->region.n; k++)
        opt_reread(fn, p->region.at[k]);
    p->why = REMARK_SERIAL_SUMS;
    if (p->target == TARGET_PARALLEL && !accumulate_look(fn, p->entry, p->loop.idx, &p->sums))
        return false;
    p->why = REMARK_SERIAL_COUNT;
    for (uint32_t k = 0; k < h->ins.n; k++) {           /* the start is 0: infer makes loops so */
        int64_t c;
        for (uint32_t e = 0; ref_eq(h->ins.at[k], p->loop.idx) && e < h->pred.n; e++)
            if (!prange_has(p, h->pred.at[e]) && !(ir_is_int(fn, ir_arg(fn, p->loop.idx, e), &c) && c == 0))
                return false;
    }
    return prange_carried(p);
}

bool prange_any(const Fn *fn)
{
    for (uint32_t v = 1; v < fn->ins.n; v++)
        if (fn->ins.at[v].op == IR_PHI && fn->ins.at[v].flags & INS_PRANGE)
            return true;
    return false;
}

static Ref next_prange(Fn *fn)
{
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            if (in->op == IR_PHI && in->flags & INS_PRANGE) {
                in->flags &= (uint8_t)~INS_PRANGE;      /* looked at once */
                return fn->blk.at[b].ins.at[k];
            }
        }
    return REF_NONE;
}

/* needs: nothing.  breaks: everything. */
void opt_prange(Fn *fn, TargetId target)
{
    Ref phi;
    while (!ref_is_none(phi = next_prange(fn))) {
        ir_need(fn, HAVE_DOM | HAVE_LOOPS);
        loop_join(fn, ir_ins(fn, phi)->blk);        /* CPython 3.12 and later goes back from each way of an if */
        fn->have = 0;
        ir_need(fn, HAVE_DOM | HAVE_LOOPS);
        if (!fn->blk.at[ir_ins(fn, phi)->blk].is_header)    /* no iteration comes to its end: they all raise */
            continue;
        Prange p = { .fn = fn, .target = target, .loop = loop_look(fn, ir_ins(fn, phi)->blk) };
        uint32_t at = ir_ins(fn, phi)->pos;
        if (look(&p) && ref_eq(p.loop.idx, phi))
            prange_outline(&p);
        else
            remark(fn, at, 0, p.why, p.why == REMARK_SERIAL_CARRIED ? ty_name(ir_ty(fn, p.carrier)) : "");
    }
}
