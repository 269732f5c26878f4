/* infer.c: one pass of typing by building.
 *
 * In:  inst->func->ssa (untyped), inst->arg, the types of phis found by earlier passes (inst->phi).
 * Out: inst->fn, inst->ret, inst->phi, inst->calls.
 * Holds: a type in inst->phi and inst->ret only grows, so passes end. A value that is bottom has no Ref; an op with
 * such an operand is skipped. An op that fails leaves bottom too: its message counts only when nothing can grow. */
#include "infer/pass.h"
#include "runtime/runtime.h"

/* phis and edges ------------------------------------------------------------------------------------------- */

static const char *phi_name(Infer *in, Ref phi)
{
    const char *name = ssa_local_name(in->src, phi);
    return name ? name : "of this expression";
}

/* The type of phi, joined with what comes over an edge. */
static void grow_phi(Infer *in, Ref phi, Ref v, bool seen)
{
    Ty had = in->inst->phi[phi.i], now = ir_ty(in->fn, v);
    Ty joined = had ? promote_join(in->unit->types, had, now) : now;
    if (!joined && ty_is_list(had) && ty_is_list(now))
        fail(in->unit, infer_here(in), DIAG_LIST_LENGTH);
    if (!joined)
        fail(in->unit, infer_here(in), DIAG_UNIFY, phi_name(in, phi), ty_name(had), ty_name(now));
    if (joined != had && (seen || had))
        in->grew = true;
    in->inst->growth += joined != had;
    in->inst->phi[phi.i] = joined;
}

static uint32_t pred_index(const Blk *b, BlkId pred)
{
    for (uint32_t k = 0; k < b->pred.n; k++)
        if (b->pred.at[k] == pred)
            return k;
    return UINT32_MAX;
}

/* Operands of to's phis for the edge from → to, converted; emitted in the current block, before its terminator. */
static void edge_values(Infer *in, BlkId from, BlkId to, Ref *out)
{
    const Blk *t = &in->src->blk.at[to];
    uint32_t p = pred_index(t, from);
    for (uint32_t k = 0; k < t->ins.n; k++) {
        Ref phi = t->ins.at[k];
        if (ir_ins(in->src, phi)->op != IR_PHI)
            break;
        Ref v = infer_object(in, ir_arg(in->src, phi, p));
        out[k] = REF_NONE;
        if (ref_is_none(v)) {
            in->unknown = true;
            continue;
        }
        grow_phi(in, phi, v, in->entry[to] != BLK_NONE && !ref_is_none(in->val[phi.i]));
        Ty want = in->inst->phi[phi.i];
        v = np_kept(in->fn, v);                 /* its place in the frame is the next one's */
        if (ir_ty(in->fn, v) != want)
            v = np_convert(in->fn, v, want);
        out[k] = v;
    }
}

static BlkId typed_entry(Infer *in, BlkId b)
{
    if (in->entry[b] == BLK_NONE) {
        BlkId idom = in->src->blk.at[b].idom, from = idom == BLK_NONE ? BLK_NONE : in->exit[idom];
        if (from == BLK_NONE && idom != BLK_NONE)       /* a handler of idom, which is not at its end yet */
            from = in->entry[idom];
        in->entry[b] = ir_block(in->fn, from);
        const Blk *blk = &in->src->blk.at[b];
        for (uint32_t k = 0; k < blk->ins.n && ir_ins(in->src, blk->ins.at[k])->op == IR_PHI; k++)
            in->val[blk->ins.at[k].i] = REF_NONE;
    }
    return in->entry[b];
}

static uint32_t nphi(const Fn *fn, BlkId b)
{
    uint32_t n = 0;
    while (n < fn->blk.at[b].ins.n && ir_ins(fn, fn->blk.at[b].ins.at[n])->op == IR_PHI)
        n++;
    return n;
}

/* Phi operands over an edge that now exists. Phis are made on the first edge; each edge adds one operand to each. */
static void bind_edge(Infer *in, BlkId to, const Ref *v)
{
    const Blk *t = &in->src->blk.at[to];
    for (uint32_t k = 0, n = nphi(in->src, to); k < n; k++) {
        Ref phi = t->ins.at[k];
        Ty want = in->inst->phi[phi.i];
        if (!want)
            continue;
        if (ref_is_none(in->val[phi.i]))
            in->val[phi.i] = ir_phi(in->fn, in->entry[to], want);
        if (!ref_is_none(v[k]))
            ir_add_arg(in->fn, in->val[phi.i], v[k]);
    }
}

static void emit_jump(Infer *in, BlkId from, BlkId to)
{
    Ref *v = arena_new_n(in->unit->arena, Ref, nphi(in->src, to) + 1);
    edge_values(in, from, to, v);
    in->exit[from] = in->fn->cur;
    BlkId t = typed_entry(in, to);
    ir_jump(in->fn, t);
    bind_edge(in, to, v);
}

static void emit_branch(Infer *in, BlkId from, Ref cond)
{
    const Blk *b = &in->src->blk.at[from];
    int64_t known;
    if (ir_is_int(in->fn, cond, &known) || b->succ[0] == b->succ[1]) {
        emit_jump(in, from, b->succ[ir_is_int(in->fn, cond, &known) && known ? 0 : 1]);
        return;
    }
    Ref *v[2];
    for (int k = 0; k < 2; k++) {
        v[k] = arena_new_n(in->unit->arena, Ref, nphi(in->src, b->succ[k]) + 1);
        edge_values(in, from, b->succ[k], v[k]);
    }
    in->exit[from] = in->fn->cur;
    BlkId t[2] = { typed_entry(in, b->succ[0]), typed_entry(in, b->succ[1]) };
    ir_branch(in->fn, cond, t[0], t[1]);
    bind_edge(in, b->succ[0], v[0]);
    bind_edge(in, b->succ[1], v[1]);
}

/* The block for what b does, and the landing block where that goes when it fails: the values at b's start to the handler.
 * Sets in->start, even if it fails. */
static void protect(Infer *in, BlkId b)
{
    Fn *fn = in->fn;
    BlkId h = in->src->blk.at[b].handler, entry = in->entry[b];
    in->start = entry;
    ir_at(fn, entry);
    if (h == BLK_NONE)
        return;
    BlkId body = in->start = ir_block(fn, entry), landing = ir_block(fn, entry);
    ir_jump(fn, body);
    ir_protect(fn, body, landing);
    fn->blk.at[landing].cold = true;
    ir_at(fn, landing);
    Ref *v = arena_new_n(in->unit->arena, Ref, nphi(in->src, h) + 1);
    edge_values(in, b, h, v);
    ir_jump(fn, typed_entry(in, h));
    bind_edge(in, h, v);
    ir_at(fn, body);
}

static void emit_return(Infer *in, BlkId from, Ref v)
{
    Instance *inst = in->inst;
    v = np_kept(in->fn, v);                     /* its place in the frame goes with that */
    if (inst->want)
        v = np_convert(in->fn, v, inst->want);
    Ty now = ir_ty(in->fn, v), had = inst->ret && inst->ret->kind != TY_NEVER ? inst->ret : NULL;
    Ty joined = had ? promote_join(in->unit->types, had, now) : now;
    if (!joined)
        fail(in->unit, infer_here(in), DIAG_UNIFY_RETURN, ty_name(had), ty_name(now));
    if (joined != had && had)
        in->grew = true;
    inst->growth += joined != had;
    inst->ret_growth += joined != had;
    inst->ret = joined;
    if (now != joined)
        v = np_convert(in->fn, v, joined);
    in->exit[from] = in->fn->cur;
    ir_return(in->fn, v);
}

/* blocks --------------------------------------------------------------------------------------------------- */

static bool is_statement(int op) { return op == IR_PY_SET_ITEM || op == IR_PY_SET_ATTR || op == IR_PY_DEL_ITEM; }

static void build_terminator(Infer *in, BlkId b, const Ins *i, const Ref *a)
{
    switch (i->op) {
    case IR_JUMP: emit_jump(in, b, in->src->blk.at[b].succ[0]); break;
    case IR_BRANCH: emit_branch(in, b, a[0]); break;
    case IR_RETURN: emit_return(in, b, a[0]); break;
    case IR_PY_RAISE: case IR_PY_RERAISE: infer_raise(in, i, a); break;
    default: fail(in->unit, infer_here(in), DIAG_OPCODE, ir_op[i->op].name);
    }
}

/* The op whose object v is, which r gives: r itself, or that of the operand that it is. */
static uint32_t maker(const Infer *in, Ref r, const Ins *i, const Ref *a, Ref v, bool fresh)
{
    for (uint32_t k = 0; !fresh && k < i->nargs; k++)
        if (ref_eq(a[k], v))
            return in->made[ir_args(in->src, i)[k].i];
    return r.i;
}

static void one_op(Infer *in, BlkId b, Ref r)
{
    const Ins *i = ir_ins(in->src, r);
    if (i->op == IR_PHI || i->op == IR_NOP)
        return;
    in->fn->cur_pos = ir_pos(in->fn, in->src->pos.at[i->pos]);
    const Ref *from = ir_args(in->src, i);
    Ref few[4], *a = i->nargs <= 4 ? few : arena_new_n(in->unit->arena, Ref, i->nargs);
    for (uint32_t k = 0; k < i->nargs; k++) {
        a[k] = ref_is_none(from[k]) ? REF_NONE : infer_get(in, from[k]);
        if (ref_is_none(a[k]) && !ref_is_none(from[k])) {
            in->unknown = true;
            return;
        }
    }
    if (ir_is_terminator(i->op)) {
        build_terminator(in, b, i, a);
        return;
    }
    uint32_t nobject = in->fn->nobject;
    Ref v = infer_op(in, r, i, a);
    if (!ref_is_none(v) && ir_is_object(in->fn, v))
        in->made[r.i] = maker(in, r, i, a, v, in->fn->nobject > nobject);
    if (ref_is_none(v) && !is_statement(i->op) && !ir_ended(in->fn))
        in->unknown = true;
    in->val[r.i] = v;
}

static void params(Infer *in)
{
    Instance *inst = in->inst;
    uint32_t nfree = in->func->outer ? in->func->decoded->nfree : 0;
    for (uint32_t k = 0; k < inst->narg; k++) {
        Ref p = resolve_literal_param(in->fn, ir_param(in->fn, inst->arg[k]));
        if (k >= nfree && k - nfree < in->src->nparam)
            in->val[in->src->param[k - nfree].i] = p;
    }
}

static void walk(Infer *in, const BlkId *order, uint32_t n)
{
    jmp_buf again, *outer = in->unit->catch_;
    if (setjmp(again)) {                /* the op at at_blk, at_ins failed: its value is bottom */
        if (in->unit->py_error) {
            in->unit->catch_ = outer;
            longjmp(*outer, 1);
        }
        if (!in->failed && !in->not_yet)
            in->first = in->unit->diag;
        in->failed |= !in->not_yet;
        in->unknown |= in->not_yet;
        in->not_yet = false;
        if (in->begun)
            in->at_ins++;
        else
            ir_at(in->fn, in->start);
        in->begun = true;
    }
    in->unit->catch_ = &again;
    for (; in->at_blk < n; in->at_blk++, in->at_ins = 0, in->begun = false) {
        BlkId b = order[in->at_blk];
        if (in->entry[b] == BLK_NONE)
            continue;
        if (!in->begun)
            protect(in, b);
        in->begun = true;
        for (; in->at_ins < in->src->blk.at[b].ins.n && !ir_ended(in->fn); in->at_ins++)
            one_op(in, b, in->src->blk.at[b].ins.at[in->at_ins]);
        if (in->exit[b] == BLK_NONE)
            in->exit[b] = in->fn->cur;
    }
    in->unit->catch_ = outer;
}

/* A pass over inst that has not begun, with a fresh Fn. */
static Infer *new_pass(Instance *inst)
{
    Unit *u = &inst->unit;
    const Fn *src = inst->ssa;
    Infer *in = arena_new_of(u->arena, Infer);
    *in = (Infer){ .inst = inst, .func = inst->func, .src = inst->ssa, .unit = u };
    in->fn = ir_fn(u, inst->func->name, inst->func->prelude ? NULL : inst->func->code);
    in->fn->infer = in;
    in->fn->opt = inst->func->opt;
    in->fn->opt.fastmath = inst->fastmath;
    in->val = arena_new_n(u->arena, Ref, src->ins.n);
    in->made = arena_new_n(u->arena, uint32_t, src->ins.n);
    in->source = arena_new_n(u->arena, Ref, src->ins.n);
    in->count = arena_new_n(u->arena, Ref, src->ins.n);
    in->entry = arena_new_n(u->arena, BlkId, src->blk.n);
    in->exit = arena_new_n(u->arena, BlkId, src->blk.n);
    for (uint32_t b = 0; b < src->blk.n; b++)
        in->entry[b] = in->exit[b] = BLK_NONE;
    in->entry[0] = 0;
    return in;
}

/* Variables that the function shares with others, in ways that are not compiled. */
static void check_shared(const Instance *inst, Unit *u)
{
    const Func *f = inst->func;
    if (inst->ssa->nstored && (!f->outer || f->decoded->comprehension))
        fail(u, NULL, DIAG_CONSTRUCT, f->outer ? "an assignment in a comprehension" : "nonlocal",
             f->outer ? "the variable is read outside of it" : "the variable belongs to another function");
}

/* What the pass has found. Nothing that grew may be left, nor anything unknown. */
static PassResult result_of(Infer *in)
{
    Instance *inst = in->inst;
    if (in->unroll.n > 0)
        driver_unroll(inst, in->unroll.at, in->unroll.n);
    if (in->unroll.n > 0 || in->grew)
        return PASS_AGAIN;
    if (in->failed) {
        in->unit->diag = in->first;
        longjmp(*in->unit->catch_, 1);
    }
    if (in->unknown)
        return PASS_AGAIN;
    if (!inst->ret) {                   /* no path returns: it always raises */
        inst->ret = ty(TY_NEVER);
        inst->ret_growth++;
    }
    in->fn->ret = inst->ret;
    return PASS_DONE;
}

PassResult infer_pass(Instance *inst)
{
    Unit *u = &inst->unit;
    uint32_t n;
    if (!inst->ssa)
        inst->ssa = inst->func->ssa;
    u->code = inst->func->code;
    check_shared(inst, u);
    Infer *in = new_pass(inst);
    if (!inst->phi)
        inst->phi = arena_new_n(u->arena, Ty, inst->ssa->ins.n);
    inst->calls.n = inst->asked.n = 0;
    ir_need(inst->ssa, HAVE_DOM);
    params(in);
    const BlkId *order = ir_rpo(inst->ssa, &n);
    walk(in, order, n);
    inst->fn = in->fn;
    return result_of(in);
}
