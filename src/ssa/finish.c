/* finish.c: what is needless goes: phis that stand for one value, checks of locals that are certainly bound, pure ops that
 * nothing uses. Then the names of values and the calls whose result one use takes are noted. */
#include "ssa/state.h"

static void fill_phis(Build *b)
{
    for (uint32_t i = 0; i < b->cfg->nblk; i++) {
        BlkState *s = &b->at[i];
        for (uint32_t k = 0; s->phis && k < s->nin; k++) {
            const Ins *in = ir_ins(b->fn, s->in[k]);
            if (in->op != IR_PHI || in->blk != i + b->shift)
                continue;
            for (uint32_t p = 0; p < b->fn->blk.at[i + b->shift].pred.n; p++) {
                BlkId from = b->fn->blk.at[i + b->shift].pred.at[p];
                if (from >= b->shift)
                    ir_add_arg(b->fn, s->in[k], ssa_from_pred(b, i, from - b->shift, k));
            }
        }
    }
}

static Ref standing_for(const Build *b, Ref v)
{
    while (!ref_eq(b->by[v.i], v))
        v = b->by[v.i] = b->by[b->by[v.i].i];
    return v;
}

/* Is this PICK a local as a call left it? */
static bool is_cell_after(const Fn *fn, const Ins *in)
{
    return in->imm.i > 0 && ir_ins(fn, in->arg[0])->op == IR_PY_CALL_IN;
}

/* maybe[v]: v is a local that may be unbound. */
static bool *find_unbound(Build *b)
{
    Fn *fn = b->fn;
    bool *maybe = arena_new_n(b->u->arena, bool, fn->ins.n), changed = true;
    while (changed) {
        changed = false;
        for (uint32_t v = 1; v < fn->ins.n; v++) {
            const Ins *in = &fn->ins.at[v];
            bool m = in->op == IR_PY_UNBOUND || in->op == IR_PY_FREE || (in->op == IR_PY_PICK && is_cell_after(fn, in));
            for (uint32_t k = 0; in->op == IR_PHI && k < in->nargs; k++)
                m |= maybe[ir_args(fn, in)[k].i];
            changed |= m != maybe[v];
            maybe[v] = m;
        }
    }
    return maybe;
}

static void drop_checks(Build *b)
{
    bool *maybe = find_unbound(b);
    for (uint32_t v = 1; v < b->fn->ins.n; v++) {
        const Ins *in = &b->fn->ins.at[v];
        if ((in->op == IR_PY_BOUND || in->op == IR_PY_BOUND_FREE) && !maybe[in->arg[0].i])
            b->by[v] = in->arg[0];
    }
}

/* The one value that phi v stands for, or v. */
static Ref only_operand(const Build *b, uint32_t v)
{
    const Ins *in = &b->fn->ins.at[v];
    Ref self = { v }, one = self;
    for (uint32_t k = 0; k < in->nargs; k++) {
        Ref a = standing_for(b, ir_args(b->fn, in)[k]);
        if (ref_eq(a, self) || ref_eq(a, one))
            continue;
        if (!ref_eq(one, self))
            return self;
        one = a;
    }
    return one;
}

static void drop_phis(Build *b)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t v = 1; v < b->fn->ins.n; v++) {
            if (b->fn->ins.at[v].op != IR_PHI || b->by[v].i != v)
                continue;
            b->by[v] = only_operand(b, v);
            changed |= b->by[v].i != v;
        }
    }
    for (uint32_t v = 1; v < b->fn->ins.n; v++)
        for (uint32_t k = 0; k < b->fn->ins.at[v].nargs; k++) {
            Ref *a = &ir_args(b->fn, &b->fn->ins.at[v])[k];
            *a = standing_for(b, *a);
        }
}

/* Ops that stay though nothing uses them: a global has to exist, a handler shows what it caught. */
static bool stays(IrOp o) { return ir_op[o].effect != EFF_PURE || o == IR_PY_GLOBAL || o == IR_PY_CAUGHT; }

static bool *find_live(Build *b)
{
    Fn *fn = b->fn;
    Refs work = { 0 };
    bool *live = arena_new_n(b->u->arena, bool, fn->ins.n);
    for (uint32_t v = 1; v < fn->ins.n; v++)
        if (b->by[v].i == v && stays(fn->ins.at[v].op))
            vec_push(b->u->arena, &work, (Ref){ v });
    while (work.n > 0) {
        Ref v = work.at[--work.n];
        if (ref_is_none(v) || live[v.i])
            continue;
        live[v.i] = true;
        for (uint32_t k = 0; k < ir_ins(fn, v)->nargs; k++)
            vec_push(b->u->arena, &work, ir_arg(fn, v, k));
    }
    return live;
}

static void sweep(Build *b)
{
    Fn *fn = b->fn;
    bool *live = find_live(b);
    for (uint32_t i = 0; i < fn->blk.n; i++) {
        Blk *blk = &fn->blk.at[i];
        uint32_t n = 0;
        for (uint32_t k = 0; k < blk->ins.n; k++) {
            Ins *in = ir_ins(fn, blk->ins.at[k]);
            if (live[blk->ins.at[k].i])
                blk->ins.at[n++] = blk->ins.at[k];
            else
                *in = (Ins){ .op = IR_NOP, .blk = in->blk, .pos = in->pos };
        }
        blk->ins.n = n;
    }
}

static void keep_names(Build *b)
{
    Fn *fn = b->fn;
    fn->nlocal_name = fn->ins.n;
    fn->local_name = arena_new_n(b->u->arena, const char *, fn->ins.n);
    for (uint32_t k = 0; k < b->named.n; k++) {
        Ref v = standing_for(b, b->named.at[k].v);
        if (!ref_is_none(v) && !fn->local_name[v.i])
            fn->local_name[v.i] = b->named.at[k].name;
    }
}

/* Marks calls whose result the next call or fold in the block takes, and no one else: a comprehension is run there. */
static void mark_consumed(Build *b)
{
    Fn *fn = b->fn;
    uint32_t *nuse = arena_new_n(b->u->arena, uint32_t, fn->ins.n);
    for (uint32_t i = 0; i < fn->blk.n; i++)
        for (uint32_t k = 0; k < fn->blk.at[i].ins.n; k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[i].ins.at[k]);
            for (uint32_t j = 0; j < in->nargs; j++)
                nuse[ir_args(fn, in)[j].i]++;
        }
    for (uint32_t i = 0; i < fn->blk.n; i++) {
        Ref last = REF_NONE;
        for (uint32_t k = 0; k < fn->blk.at[i].ins.n; k++) {
            Ref v = fn->blk.at[i].ins.at[k];
            const Ins *in = ir_ins(fn, v);
            bool takes = in->op == IR_PY_CALL || in->op == IR_PY_CALL_IN || in->op == IR_PY_FOLD;
            uint32_t end = in->op == IR_PY_CALL && fn->ncell > 0 ? 2 : in->nargs;      /* then it is a comprehension's */
            for (uint32_t j = in->op == IR_PY_CALL_IN ? 1 + fn->ncell : 1; takes && j < end; j++)
                if (!ref_is_none(last) && ref_eq(ir_args(fn, in)[j], last) && nuse[last.i] == 1)
                    ir_ins(fn, last)->flags |= INS_CONSUMED;
            if (ir_op[in->op].effect == EFF_WRITE)
                last = in->op == IR_PY_CALL ? v : REF_NONE;
        }
    }
}

static bool reaches_only_past(const Build *b, uint32_t from, uint32_t past)
{
    while (from != UINT32_MAX && from > past)
        from = b->cfg->blk[from].idom;
    return from == past;
}

/* Does each iteration of the one loop give one value? */
static bool one_each(const Build *b)
{
    uint32_t at = b->fold_blk, header = at == UINT32_MAX ? at : b->cfg->blk[at].loop_header;
    if (header == UINT32_MAX || b->nloop != 1)
        return false;
    for (uint32_t k = 0; k < b->cfg->blk[header].pred.n; k++) {
        uint32_t p = b->cfg->blk[header].pred.at[k];
        if (b->cfg->blk[p].loop_header == header && !reaches_only_past(b, p, at))
            return false;
    }
    return true;
}

void ssa_finish(Build *b)
{
    fill_phis(b);
    b->by = arena_new_n(b->u->arena, Ref, b->fn->ins.n);
    for (uint32_t v = 0; v < b->fn->ins.n; v++)
        b->by[v] = (Ref){ v };
    drop_checks(b);
    drop_phis(b);
    sweep(b);
    mark_consumed(b);
    keep_names(b);
    b->fn->one_each = one_each(b);
}
