/* build.c: basic blocks over Bc[] → untyped SSA. Local slots and the value stack are one array of values, the state.
 * Where ways meet, a slot gets a phi unless all ways bring one value; the needless ones are taken out at the end. */
#include <Python.h>
#include "ssa/state.h"

/* ---- jumps: the Cfg's successors stand in the order true, false ---- */

static BlkId to(Build *b, const CfgBlk *blk, uint32_t k) { return blk->succ.at[k] + b->shift; }
static void branch(Build *b, const CfgBlk *blk, Ref cond) { ir_branch(b->fn, cond, to(b, blk, 0), to(b, blk, 1)); }

/* any() and all() of a generator end with the value that decides. */
static bool ends_early(const Build *b) { return b->code->generator && (b->fold == FOLD_ANY || b->fold == FOLD_ALL); }

static Ref goes_on(Build *b, const CfgBlk *blk)
{
    Ref more = blk->ways == FOR_BOTH ? ir_emit_imm(b->fn, IR_PY_MORE, NULL, entry(b, 1), 1, blk - b->cfg->blk) : constant(b, Py_True);
    b->nloop++;
    if (!ends_early(b))
        return truth(b, more);
    Ref open = b->state.at[0];
    if (b->fold == FOLD_ANY)
        open = ir_emit_imm(b->fn, IR_PY_UNARY, NULL, &open, 1, UN_NOT);
    return truth(b, ir_emit_imm(b->fn, IR_PY_BINARY, NULL, (Ref[]){ more, open }, 2, BIN_AND));
}

static void jump_if(Build *b, const CfgBlk *blk, const Bc *bc)
{
    switch (bc->op) {
    case BC_FOR: branch(b, blk, goes_on(b, blk)); break;
    case BC_JUMP_IF_NONE: case BC_JUMP_IF_NOT_NONE: branch(b, blk, is_none(b, pop(b))); break;
    case BC_JUMP_IF_TRUE_OR_POP: case BC_JUMP_IF_FALSE_OR_POP: branch(b, blk, truth(b, *entry(b, 1))); break;
    default: branch(b, blk, truth(b, pop(b)));
    }
}

/* How many entries fewer there are on the stack after the k-th way out of blk than at its end. */
static uint32_t popped_on(const Build *b, const CfgBlk *blk, uint32_t k)
{
    switch (b->code->bc[blk->last].op) {
    case BC_FOR: return k == 1 || blk->ways == FOR_ENDS;
    case BC_JUMP_IF_TRUE_OR_POP: return k == 1;
    case BC_JUMP_IF_FALSE_OR_POP: return k == 0;
    default: return 0;
    }
}

/* ---- blocks ---- */

static Ref *snapshot(Build *b)
{
    Ref *r = arena_new_n(b->u->arena, Ref, b->state.n + 1);
    if (b->state.n > 0)
        memcpy(r, b->state.at, b->state.n * sizeof *r);
    return r;
}

Ref ssa_from_pred(const Build *b, uint32_t i, uint32_t p, uint32_t k)
{
    const BlkState *s = &b->at[p];
    bool start = b->cfg->blk[p].handler == (int32_t)i;
    uint32_t n = start ? s->nin : s->nout;
    return k < n ? (start ? s->in : s->out)[k] : b->unbound;
}

static uint32_t done_pred(const Build *b, uint32_t i)
{
    const CfgBlk *blk = &b->cfg->blk[i];
    for (uint32_t k = 0; k < blk->pred.n; k++)
        if (b->at[blk->pred.at[k]].out)
            return blk->pred.at[k];
    malformed(b, "only a handler leads to a block of a loop");
}

/* The length of the state at the start of block i, from a predecessor that is done: one comes before it. */
static uint32_t length_at(const Build *b, uint32_t i)
{
    const CfgBlk *blk = &b->cfg->blk[i];
    if (blk->is_handler)
        return b->code->nlocal + (uint32_t)b->cfg->blk[blk->guarded.at[0]].handler_depth;
    uint32_t p = done_pred(b, i);
    return b->at[p].nout - popped_on(b, &b->cfg->blk[p], b->cfg->blk[p].succ.at[0] == i ? 0 : 1);
}

/* The k-th predecessor of a block, its exceptions included. */
static uint32_t pred_of(const CfgBlk *blk, uint32_t k) { return k < blk->pred.n ? blk->pred.at[k] : blk->guarded.at[k - blk->pred.n]; }
static bool is_done(const Build *b, uint32_t p) { return b->at[p].out != NULL; }

/* keeps[k]: every way back to header i leaves local k as it is. NULL: nothing is known, or i is no header. */
static const bool *kept_by_loop(Build *b, uint32_t i)
{
    const CfgBlk *blk = &b->cfg->blk[i];
    if (!blk->is_header || b->code->comprehension)
        return NULL;
    bool *keeps = arena_new_n(b->u->arena, bool, b->code->nlocal + 1);
    memset(keeps, true, b->code->nlocal);
    for (uint32_t k = 0; k < blk->stores.n; k++)
        keeps[blk->stores.at[k]] = false;
    for (uint32_t k = 0; k < b->fn->nchanged; k++)          /* by the calls in it */
        keeps[ssa_local_index(b->code, b->fn->changed[k])] = false;
    return keeps;
}

/* The one value that slot k has on all ways into block i; none: they differ, or a way back may change it. */
static Ref agreed(const Build *b, uint32_t i, uint32_t k, const bool *keeps)
{
    const CfgBlk *blk = &b->cfg->blk[i];
    Ref one = REF_NONE;
    for (uint32_t p = 0; p < blk->pred.n + blk->guarded.n; p++) {
        bool done = is_done(b, pred_of(blk, p));
        if (!done && (!keeps || k >= b->code->nlocal || !keeps[k]))
            return REF_NONE;
        Ref v = done ? ssa_from_pred(b, i, pred_of(blk, p), k) : one;
        if (!ref_is_none(one) && !ref_eq(v, one))
            return REF_NONE;
        one = v;
    }
    return one;
}

static void enter(Build *b, uint32_t i)
{
    const CfgBlk *blk = &b->cfg->blk[i];
    uint32_t npred = blk->pred.n + blk->guarded.n;
    if (npred == 0)
        return;                                     /* the entry: the state stands */
    uint32_t n = length_at(b, i), only = blk->pred.n > 0 ? blk->pred.at[0] : blk->guarded.at[0];
    b->caught = blk->pred.n > 0 ? b->at[done_pred(b, i)].caught_out : b->at[only].caught_in;
    if (n - b->code->nlocal < 64)
        b->caught &= (1ull << (n - b->code->nlocal)) - 1;
    const bool *keeps = kept_by_loop(b, i);
    b->state.n = 0;
    for (uint32_t k = 0; k < n; k++) {
        Ref v = agreed(b, i, k, keeps);
        push(b, ref_is_none(v) ? ir_phi(b->fn, i + b->shift, NULL) : v);
        if (ref_is_none(v) && k < b->code->nlocal)
            name_value(b, b->state.at[k], (int32_t)k);
    }
    b->at[i].phis = npred > 1;
}

/* The entry is entered from outside too: its phis have the parameters as the first operand. */
static void enter_loop_at_start(Build *b)
{
    Ref *start = snapshot(b);
    uint32_t n = b->state.n;
    b->state.n = 0;
    for (uint32_t k = 0; k < n; k++) {
        Ref phi = ir_phi(b->fn, b->shift, NULL);
        ir_add_arg(b->fn, phi, start[k]);
        push(b, phi);
    }
    b->at[0].phis = true;
}

static bool follows_for(const Build *b, uint32_t i)
{
    const CfgBlk *blk = &b->cfg->blk[i];
    if (blk->pred.n == 0)
        return false;
    const CfgBlk *p = &b->cfg->blk[blk->pred.at[0]];
    if (b->code->bc[p->last].op != BC_FOR || p->ways == FOR_ENDS || p->succ.at[0] != i)
        return false;
    if (blk->pred.n != 1)
        malformed(b, "a jump into the start of a loop's body");
    return true;
}

static void next_value(Build *b)
{
    Ref s = pop(b), v = emit(b, IR_PY_VALUE, &s, 1);
    push(b, emit(b, IR_PY_STEP, &s, 1));
    push(b, v);
}

static void block(Build *b, uint32_t i)
{
    const CfgBlk *blk = &b->cfg->blk[i];
    const Bc *bc = b->code->bc;
    ir_at(b->fn, i + b->shift);
    b->fn->cur_pos = ir_pos(b->fn, bc[blk->first].pos);
    if (i == 0 && blk->pred.n > 0)
        enter_loop_at_start(b);
    else
        enter(b, i);
    b->at[i].in = snapshot(b);
    b->at[i].nin = b->state.n;
    b->at[i].caught_in = b->caught;
    if (follows_for(b, i))
        b->fn->cur_pos = ir_pos(b->fn, bc[b->cfg->blk[blk->pred.at[0]].last].pos), next_value(b);
    if (blk->is_handler) {
        Ref handled = ssa_handled(b);
        push(b, emit(b, IR_PY_CAUGHT, &handled, !ref_is_none(handled)));
    }
    for (uint32_t k = blk->first; k <= blk->last; k++) {
        b->fn->cur_pos = ir_pos(b->fn, bc[k].pos);
        if (k == blk->last && blk->succ.n == 2)
            jump_if(b, blk, &bc[k]);
        else if (bc[k].op != BC_JUMP && bc[k].op != BC_FOR)
            ssa_instruction(b, blk, &bc[k]);
    }
    if (blk->succ.n == 1)
        ir_jump(b->fn, to(b, blk, 0));
    b->at[i].out = snapshot(b);
    b->at[i].nout = b->state.n;
    b->at[i].caught_out = b->caught;
}

/* Parameters, then locals that are unbound; free variables have their value from the closure. */
static void start(Build *b)
{
    const Code *c = b->code;
    uint32_t nparam = c->nargs + c->nkwonly + c->varargs + c->varkw;
    if (c->coroutine)
        fail(b->u, &(Pos){ .line = c->first_line, .end_line = c->first_line, .col = -1, .end_col = -1 }, DIAG_OPCODE, "async def");
    b->unbound = emit(b, IR_PY_UNBOUND, NULL, 0);
    for (uint32_t k = 0; k < c->nlocal; k++) {
        if (is_free(b, (int32_t)k))
            push(b, ir_emit_imm(b->fn, IR_PY_FREE, NULL, NULL, 0, k - (c->nlocal - c->nfree)));
        else
            push(b, k < nparam ? ssa_as_local(b, ir_param(b->fn, NULL), (int32_t)k) : b->unbound);
        if (k < nparam)
            name_value(b, b->state.at[k], (int32_t)k);
    }
    if (b->fold) {
        b->accumulated = ir_param(b->fn, NULL);
        b->constant = ir_param(b->fn, NULL);
    }
}

static void make_blocks(Build *b)
{
    const Cfg *cfg = b->cfg;
    for (uint32_t i = b->shift ? 0 : 1; i < cfg->nblk; i++)
        ir_block(b->fn, i == 0 ? 0 : cfg->blk[i].idom + b->shift);
    for (uint32_t i = 0; i < cfg->nblk; i++) {
        int32_t h = cfg->blk[i].handler;
        b->fn->blk.at[i + b->shift].handler = h < 0 ? BLK_NONE : (BlkId)h + b->shift;
        if (h >= 0)
            vec_push(b->u->arena, &b->fn->blk.at[(BlkId)h + b->shift].pred, i + b->shift);
    }
}

Fn *ssa_build(Unit *u, const Cfg *cfg, const SsaOptions *opt)
{
    Build b = { .u = u, .cfg = cfg, .code = cfg->code, .opt = opt, .fold = opt->fold, .fold_blk = UINT32_MAX };
    b.fn = ir_fn(u, cfg->code->name, cfg->code->object);
    b.at = arena_new_n(u->arena, BlkState, cfg->nblk);
    b.shift = cfg->blk[0].pred.n > 0 || cfg->blk[0].handler >= 0;
    ssa_find_cells(&b);
    make_blocks(&b);
    start(&b);
    if (b.shift)
        ir_jump(b.fn, 1);
    for (uint32_t i = 0; i < cfg->nblk; i++)
        block(&b, i);
    ssa_finish(&b);
    return b.fn;
}

const char *ssa_local_name(const Fn *fn, Ref v) { return v.i < fn->nlocal_name ? fn->local_name[v.i] : NULL; }
