/* infer.c: one pass of typing by building.
 *
 * In:  inst->func->ssa (untyped), inst->arg, the types of phis found by earlier passes (inst->phi).
 * Out: inst->fn, inst->ret, inst->phi, inst->calls.
 * Holds: a type in inst->phi and inst->ret only grows, so passes end. A value that is bottom has no Ref; an op with
 * such an operand is skipped. An op that fails leaves bottom too: its message counts only when nothing can grow. */
#include "infer/infer.h"

#include "runtime/runtime.h"

typedef struct Infer {
    Instance *inst;
    Func *func;
    Fn *src, *fn;
    Unit *unit;
    Ref *val;                   /* typed value of each untyped one; none: bottom */
    Ref *source, *count;        /* of PY_ITER: what is iterated, how many */
    BlkId *entry, *exit;        /* typed blocks of each untyped one; BLK_NONE: not reached, not ended */
    VEC(Unroll) unroll;         /* loops over values of different types, met in this pass */
    bool grew, unknown;
    bool failed, not_yet;
    Diag first;
    uint32_t at_blk, at_ins;
    BlkId start;                /* of the untyped block at_blk: where its first op goes */
    bool begun;                 /* at_blk's protection is built */
} Infer;

static Ref get(Infer *in, Ref r) { return in->val[r.i]; }

static const Pos *here(Infer *in) { return &in->fn->pos.at[in->fn->cur_pos]; }

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
    if (!joined && had->kind == TY_LIST && now->kind == TY_LIST)
        fail(in->unit, here(in), DIAG_LIST_LENGTH);
    if (!joined)
        fail(in->unit, here(in), DIAG_UNIFY, phi_name(in, phi), ty_name(had), ty_name(now));
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
        Ref v = get(in, ir_arg(in->src, phi, p));
        out[k] = REF_NONE;
        if (ref_is_none(v)) {
            in->unknown = true;
            continue;
        }
        grow_phi(in, phi, v, in->entry[to] != BLK_NONE && !ref_is_none(in->val[phi.i]));
        Ty want = in->inst->phi[phi.i];
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
    if (inst->want)
        v = np_convert(in->fn, v, inst->want);
    Ty now = ir_ty(in->fn, v), had = inst->ret;
    Ty joined = had ? promote_join(in->unit->types, had, now) : now;
    if (!joined)
        fail(in->unit, here(in), DIAG_UNIFY_RETURN, ty_name(had), ty_name(now));
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

/* calls ---------------------------------------------------------------------------------------------------- */

/* Arguments of a function with signatures: converted to the one that fits best. */
static void as_declared(Infer *in, Func *f, Ref *value, Ty *types, uint32_t n)
{
    const Ty *want = driver_choose(f, types, n);
    Text given = { .arena = in->unit->arena };
    for (uint32_t k = 0; k < n && !want; k++)
        text_printf(&given, "%s%s", k ? ", " : "", ty_name(types[k]));
    if (!want)
        fail(in->unit, here(in), DIAG_CALL, f->name, text_str(&given), "no signature given to its decorator takes them");
    for (uint32_t k = 0; k < n; k++) {
        value[k] = np_convert(in->fn, value[k], want[k]);
        types[k] = want[k];
    }
}

static Ref call_func(Infer *in, Func *f, const Ref *arg, uint32_t n)
{
    Ty types[NITEM_MAX];
    Ref value[NITEM_MAX];
    for (uint32_t k = 0; k < n; k++) {
        types[k] = f->prelude ? resolve_literal(in->fn, arg[k]) : ir_ty(in->fn, arg[k]);
        value[k] = types[k]->kind == TY_LITERAL ? ir_constant(in->fn, types[k], NULL) : arg[k];
    }
    if (driver_is_declared(f))
        as_declared(in, f, value, types, n);
    Instance *callee = driver_instance(in->unit->driver, f, types, n, NULL, in->inst->target);
    if (!callee->asked_by) {
        callee->asked_by = in->inst;
        callee->asked_at = *here(in);
    }
    vec_push(in->unit->arena, &in->inst->calls, callee);
    if (!callee->ret) {
        in->unknown = true;
        return REF_NONE;
    }
    return ir_call(in->fn, callee, callee->ret, value, n);
}

static Infer *infer_of(Fn *fn)
{
    while (fn->parent)
        fn = fn->parent;
    return (Infer *)fn->infer;
}

_Noreturn void infer_not_yet(Fn *fn)
{
    infer_of(fn)->not_yet = true;
    longjmp(*fn->unit->catch_, 1);
}

Ty infer_return_type(Fn *fn, Func *f, const Ty *arg, uint32_t n)
{
    Infer *in = infer_of(fn);
    Instance *i = driver_instance(fn->unit->driver, f, arg, n, NULL, in->inst->target);
    vec_push(in->unit->arena, &in->inst->asked, i);
    if (!i->complete)
        infer_not_yet(fn);
    return i->ret;
}

Ref infer_call(Fn *fn, Ref callee, const Ref *arg, uint32_t n)
{
    Infer *in = infer_of(fn);
    return resolve_call(fn, in->func, callee, arg, n, NULL);
}

Ref infer_call_complete(Fn *fn, Func *f, const Ref *arg, uint32_t n)
{
    Infer *in = infer_of(fn);
    Ref r = infer_call_func(fn, f, arg, n);
    if (ref_is_none(r) || !in->inst->calls.at[in->inst->calls.n - 1]->complete)
        infer_not_yet(fn);
    return r;
}

Ref infer_call_func(Fn *fn, Func *f, const Ref *arg, uint32_t n)
{
    Infer *in = infer_of(fn);
    Fn *had = in->fn;
    in->fn = fn;
    Ref r = call_func(in, f, arg, n);
    in->fn = had;
    return r;
}

/* one op --------------------------------------------------------------------------------------------------- */

static Ref origin(Infer *in, Ref state)
{
    for (;;) {
        const Ins *i = ir_ins(in->src, state);
        if (i->op == IR_PY_ITER)
            return state;
        if (i->op != IR_PY_STEP && i->op != IR_PHI)
            fail(in->unit, here(in), DIAG_OPCODE, "an iterator that is not made by a for loop");
        state = ir_args(in->src, i)[0];
    }
}

static Ref make_slice(Infer *in, const Ref *a)
{
    Ty item[3];
    for (int k = 0; k < 3; k++)
        item[k] = ir_ty(in->fn, a[k]);
    return ir_tuple(in->fn, ty_aggregate(in->unit->types, TY_SLICE, item, 3, NULL), a, 3);
}

static Ref bound(Infer *in, Ref v, const char *name)
{
    Fn *fn = in->fn;
    Ty t = ir_ty(fn, v);
    Ref s = ir_int(fn, ty(TY_I64), (int64_t)(intptr_t)name);
    if (t->kind == TY_UNBOUND) {
        ir_fail(fn, DIAG_UNBOUND, &s, 1);
        return REF_NONE;
    }
    if (t->kind != TY_MAYBE)
        return v;
    ir_check(fn, ir_has(fn, v), DIAG_UNBOUND, &s, 1);
    return ir_unwrap(fn, v);
}

/* The items of a sequence whose length is known. count: as PY_UNPACK has it. */
static Ref unpack_items(Infer *in, Ref seq, uint32_t before, uint32_t after, bool star)
{
    uint32_t have = ir_ty(in->fn, seq)->nitem, want = before + after;
    if (have >= want && star)
        return items_unpack_star(in->fn, seq, before, after);
    if (have == want)
        return seq;
    DiagId row = star ? DIAG_UNPACK_STAR : have < want ? DIAG_UNPACK_SHORT : DIAG_UNPACK_LONG;
    fail(in->unit, here(in), row, (long)want, (long)have);
}

static Ref unpack(Infer *in, Ref seq, int64_t count)
{
    Fn *fn = in->fn;
    bool star = count >> 24;
    uint32_t n = star ? count & 0xff : (uint32_t)count, after = star ? count >> 8 & 0xffff : 0, known;
    Ref item[NITEM_MAX], *x;
    if (ty_is_items(ir_ty(fn, seq)))
        return unpack_items(in, seq, n, after, star);
    if (!np_is_iterable(ir_ty(fn, seq)))
        fail(in->unit, here(in), DIAG_NOT_ITERABLE, ty_name(ir_ty(fn, seq)));
    if (star && !np_iter_values(fn, seq, NITEM_MAX, &x, &known))
        fail(in->unit, here(in), DIAG_LIST_LENGTH);
    if (star)
        return unpack_items(in, np_aggregate(fn, TY_TUPLE, x, known), n, after, true);
    Ref source = np_iter_start(fn, seq), have = np_iter_count(fn, source), want = ir_i64(fn, n);
    ir_check(fn, ir_cmp(fn, IR_GE, have, want), DIAG_UNPACK_SHORT, (Ref[]){ want, have }, 2);
    ir_check(fn, ir_cmp(fn, IR_LE, have, want), DIAG_UNPACK_MORE, &want, 1);
    for (uint32_t k = 0; k < n; k++)
        item[k] = np_iter_value(fn, source, ir_i64(fn, k));
    return np_aggregate(fn, TY_TUPLE, item, n);
}

/* A list display with one more value, or those of an iterable. */
static Ref add_to(Infer *in, Ref list, Ref value, BcOp op)
{
    uint32_t n = 1;
    Ref *x = &value;
    if ((op != BC_LIST_APPEND && op != BC_LIST_EXTEND) || ir_ty(in->fn, list)->kind != TY_LIST)
        fail(in->unit, here(in), DIAG_OPCODE, bc_name[op]);
    if (op == BC_LIST_EXTEND && !np_iter_values(in->fn, value, NITEM_MAX, &x, &n))
        fail(in->unit, here(in), DIAG_LIST_LENGTH);
    return items_concat(in->fn, list, np_aggregate(in->fn, TY_LIST, x, n));
}

static Ref iter_start(Infer *in, Ref r, Ref x)
{
    Ty t = ir_ty(in->fn, x);
    if (!np_is_iterable(t))
        fail(in->unit, here(in), DIAG_NOT_ITERABLE, ty_name(t));
    in->source[r.i] = np_iter_start(in->fn, x);
    in->count[r.i] = np_iter_count(in->fn, in->source[r.i]);
    return ir_i64(in->fn, 0);
}

/* A list display grows in each iteration of a comprehension: none may be a loop. */
static bool makes_list(const Infer *in)
{
    return in->func->decoded->comprehension && (!in->func->fold || in->func->fold == FOLD_LIST);
}

static bool is_prange(const Fn *fn, Ref source)
{
    const Ins *in = ir_ins(fn, source);
    return in->op == IR_TUPLE && in->ty->kind == TY_RANGE && in->imm.i == RANGE_PARALLEL;
}

static Ref loop_op(Infer *in, const Ins *i, Ref state)
{
    Ref it = origin(in, ir_args(in->src, i)[0]);
    if (ref_is_none(in->source[it.i]))
        return REF_NONE;
    uint32_t n;
    if (i->op == IR_PY_MORE && np_iter_static(ir_ty(in->fn, in->source[it.i]), makes_list(in), &n)) {
        vec_push(in->unit->arena, &in->unroll, ((Unroll){ (uint32_t)i->imm.i, n }));
        return REF_NONE;
    }
    switch (i->op) {
    case IR_PY_MORE:
        if (ir_ins(in->fn, state)->op == IR_PHI && is_prange(in->fn, in->source[it.i]))
            ir_ins(in->fn, state)->flags |= INS_PRANGE;
        return ir_cmp(in->fn, IR_LT, state, in->count[it.i]);
    case IR_PY_VALUE: return np_iter_value(in->fn, in->source[it.i], state);
    default: return ir_bin(in->fn, IR_ADD, state, ir_i64(in->fn, 1));
    }
}

static Ref make_exception(Infer *in, Ref x)
{
    Ty t = ir_ty(in->fn, x);
    if (t->kind == TY_EXCEPTION)
        return x;
    if (t->kind == TY_FUNC && resolve_is_exception(t->object))
        return ir_tuple(in->fn, ty_aggregate(in->unit->types, TY_EXCEPTION, NULL, 0, t->object), NULL, 0);
    fail(in->unit, here(in), DIAG_CONSTRUCT, "raise", ty_name(t));
}

/* Is the exception e of one of these classes? */
static Ref matches(Infer *in, Ref e, Ref classes)
{
    Fn *fn = in->fn;
    Ty t = ir_ty(fn, classes);
    if (t->kind == TY_TUPLE) {
        Ref any = ir_bool(fn, false);
        for (uint32_t k = 0; k < t->nitem; k++)
            any = ir_bin(fn, IR_OR, any, matches(in, e, ir_item(fn, classes, k)));
        return any;
    }
    if (t->kind != TY_FUNC || !resolve_is_exception(t->object))
        fail(in->unit, here(in), DIAG_CONSTRUCT, "except", "catching classes that do not inherit from BaseException");
    Ref class_ = ir_int(fn, ty(TY_I64), (int64_t)(intptr_t)t->object);
    return ir_rt(fn, RT_MATCHES, ty(TY_BOOL), (Ref[]){ e, class_ }, 2);
}

static Ref closure(Infer *in, const Ins *i, const Ref *a)
{
    Ty item[NITEM_MAX];
    for (uint32_t k = 0; k < i->nargs; k++)
        item[k] = ir_ty(in->fn, a[k]);
    const Func *f = i->imm.p;
    return ir_tuple(in->fn, ty_aggregate(in->unit->types, TY_CLOSURE, item, i->nargs, (void *)f->number), a, i->nargs);
}

static Ref call_in(Infer *in, const Ins *i, const Ref *a)
{
    const Fn *src = in->src;
    Ref *cell = arena_new_n(in->unit->arena, Ref, src->ncell + 1), item[NITEM_MAX];
    memcpy(cell, a + 1, src->ncell * sizeof *cell);
    item[0] = resolve_call_in(in->fn, in->func, a[0], cell, a + 1 + src->ncell, i->nargs - 1u - src->ncell, (void *)i->imm.p);
    if (ref_is_none(item[0]))
        return REF_NONE;
    for (uint32_t k = 0; k < src->nchanged; k++)
        for (uint32_t c = 0; c < src->ncell; c++)
            if (!strcmp(src->changed[k], src->cell[c]))
                item[1 + k] = cell[c];
    return np_aggregate(in->fn, TY_TUPLE, item, 1 + src->nchanged);
}

static Ref negate_if(Fn *fn, Ref b, int64_t invert) { return invert ? ir_un(fn, IR_NOT, b) : b; }

/* match: what is a sequence, and how long. */
static Ref intrinsic(Infer *in, const Ins *i, const Ref *a)
{
    Ty t = i->nargs ? ir_ty(in->fn, a[0]) : NULL;
    if (!strcmp(i->imm.s, "MATCH_SEQUENCE"))
        return ir_bool(in->fn, ty_is_items(t) || t->kind == TY_RANGE);
    if (!strcmp(i->imm.s, "MATCH_MAPPING"))
        return ir_bool(in->fn, false);
    if (!strcmp(i->imm.s, "GET_LEN"))
        return np_len(in->fn, a[0]);
    fail(in->unit, here(in), DIAG_OPCODE, i->imm.s);
}

/* The typed value of untyped instruction r; a: its operands, all known. */
static Ref build_op(Infer *in, Ref r, const Ins *i, const Ref *a)
{
    Fn *fn = in->fn;
    switch (i->op) {
    case IR_PY_CONST: return resolve_object(fn, (void *)i->imm.p, "constant");
    case IR_PY_GLOBAL: return resolve_global(fn, in->func, i->imm.s);
    case IR_PY_FREE: return in->func->outer ? fn->param[i->imm.i] : resolve_free(fn, in->func, i->imm.i);
    case IR_PY_UNBOUND: return ir_undef(fn, ty(TY_UNBOUND));
    case IR_PY_BOUND: return bound(in, a[0], i->imm.s);
    case IR_PY_LOCAL: return np_convert(fn, a[0], in->func->local.at[i->imm.i].ty);
    case IR_PY_ATTR: return resolve_attr(fn, a[0], i->imm.s);
    case IR_PY_CALL:
        if (infer_is_comprehension(fn, ir_ty(fn, a[0])))
            return infer_comprehension(fn, a[0], a[1], i->flags & INS_CONSUMED);
        return resolve_call(fn, in->func, a[0], a + 1, i->nargs - 1u, (void *)i->imm.p);
    case IR_PY_CALL_IN: return call_in(in, i, a);
    case IR_PY_CALL_EX: return resolve_call_ex(fn, in->func, a[0], a[1]);
    case IR_PY_BINARY: return np_binary(fn, (BinOp)i->imm.i, a[0], a[1], false);
    case IR_PY_INPLACE: return np_binary(fn, (BinOp)i->imm.i, a[0], a[1], true);
    case IR_PY_UNARY: return i->imm.i == UN_NOT ? ir_un(fn, IR_NOT, np_truth(fn, a[0])) : np_unary(fn, (UnOp)i->imm.i, a[0]);
    case IR_PY_COMPARE: return np_compare(fn, (CmpOp)i->imm.i, a[0], a[1]);
    case IR_PY_IS: return negate_if(fn, np_is(fn, a[0], a[1]), i->imm.i);
    case IR_PY_IN: return negate_if(fn, np_in(fn, a[0], a[1]), i->imm.i);
    case IR_PY_TRUTH: return np_truth(fn, a[0]);
    case IR_PY_ITEM: return np_getitem(fn, a[0], a[1]);
    case IR_PY_SET_ITEM: np_setitem(fn, a[0], a[1], a[2]); return REF_NONE;
    case IR_PY_SET_ATTR: np_set_attr(fn, a[0], i->imm.s, a[1]); return REF_NONE;
    case IR_PY_SLICE: return make_slice(in, a);
    case IR_PY_TUPLE: return np_aggregate(fn, TY_TUPLE, a, i->nargs);
    case IR_PY_LIST: return np_aggregate(fn, TY_LIST, a, i->nargs);
    case IR_PY_ADD_TO: return add_to(in, a[0], a[1], (BcOp)i->imm.i);
    case IR_PY_FOLD: return np_fold(fn, (Fold)i->imm.i, a[0], a[1], a[2]);
    case IR_PY_UNPACK: return unpack(in, a[0], i->imm.i);
    case IR_PY_PICK: return ir_item(fn, a[0], (uint32_t)i->imm.i);
    case IR_PY_ITER: return iter_start(in, r, a[0]);
    case IR_PY_MORE: case IR_PY_VALUE: case IR_PY_STEP: return loop_op(in, i, a[0]);
    case IR_PY_CAUGHT: return ir_emit(fn, IR_CATCH, ty(TY_CAUGHT), NULL, 0);
    case IR_PY_MATCHES: return matches(in, a[0], a[1]);
    case IR_PY_FUNCTION: return closure(in, i, a);
    case IR_PY_IMPORT: return resolve_import(fn, i->imm.s);
    case IR_PY_INTRINSIC: return intrinsic(in, i, a);
    default: fail(in->unit, here(in), DIAG_OPCODE, ir_op[i->op].name + 3);
    }
}

static bool is_statement(int op) { return op == IR_PY_SET_ITEM || op == IR_PY_SET_ATTR || op == IR_PY_DEL_ITEM; }

static void build_terminator(Infer *in, BlkId b, const Ins *i, const Ref *a)
{
    switch (i->op) {
    case IR_JUMP: emit_jump(in, b, in->src->blk.at[b].succ[0]); break;
    case IR_BRANCH: emit_branch(in, b, a[0]); break;
    case IR_RETURN: emit_return(in, b, a[0]); break;
    case IR_PY_RAISE:
        if (i->nargs == 0)
            fail(in->unit, here(in), DIAG_OPCODE, "raise without an exception being handled");
        if (ir_ty(in->fn, a[0])->kind == TY_CAUGHT)
            ir_emit(in->fn, IR_RERAISE, ty(TY_NONE), a, 1);
        else
            ir_raise(in->fn, make_exception(in, a[0]));
        break;
    case IR_PY_RERAISE: ir_emit(in->fn, IR_RERAISE, ty(TY_NONE), a, 1); break;
    default: fail(in->unit, here(in), DIAG_OPCODE, ir_op[i->op].name);
    }
}

static bool is_terminator(int op)
{
    return (op >= IR_JUMP && op <= IR_UNREACHABLE) || op == IR_PY_RAISE || op == IR_PY_RERAISE;
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
        a[k] = ref_is_none(from[k]) ? REF_NONE : get(in, from[k]);
        if (ref_is_none(a[k]) && !ref_is_none(from[k])) {
            in->unknown = true;
            return;
        }
    }
    if (is_terminator(i->op)) {
        build_terminator(in, b, i, a);
        return;
    }
    Ref v = build_op(in, r, i, a);
    if (ref_is_none(v) && !is_statement(i->op) && !ir_ended(in->fn))
        in->unknown = true;
    in->val[r.i] = v;
}

static void params(Infer *in)
{
    Instance *inst = in->inst;
    uint32_t nfree = in->func->outer ? in->func->decoded->nfree : 0;
    for (uint32_t k = 0; k < inst->narg; k++) {
        Ref p = ir_param(in->fn, inst->arg[k]);
        if (inst->arg[k]->kind == TY_LITERAL)
            p = resolve_object(in->fn, inst->arg[k]->object, "argument");
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

PassResult infer_pass(Instance *inst)
{
    if (!inst->ssa)
        inst->ssa = inst->func->ssa;
    Fn *src = inst->ssa;
    Unit *u = &inst->unit;
    Infer in = { .inst = inst, .func = inst->func, .src = src, .unit = u };
    Infer *keep = arena_new_of(u->arena, Infer);
    *keep = in;
    in.fn = keep->fn = ir_fn(u, inst->func->name, inst->func->prelude ? NULL : inst->func->code);
    keep->fn->infer = keep;
    keep->fn->opt = inst->func->opt;
    u->code = inst->func->code;
    if (src->nstored && (!inst->func->outer || inst->func->decoded->comprehension))
        fail(u, NULL, DIAG_CONSTRUCT, inst->func->outer ? "an assignment in a comprehension" : "nonlocal",
             "the variable belongs to another function");
    keep->val = arena_new_n(u->arena, Ref, src->ins.n);
    keep->source = arena_new_n(u->arena, Ref, src->ins.n);
    keep->count = arena_new_n(u->arena, Ref, src->ins.n);
    keep->entry = arena_new_n(u->arena, BlkId, src->blk.n);
    keep->exit = arena_new_n(u->arena, BlkId, src->blk.n);
    for (uint32_t b = 0; b < src->blk.n; b++)
        keep->entry[b] = keep->exit[b] = BLK_NONE;
    keep->entry[0] = 0;
    if (!inst->phi)
        inst->phi = arena_new_n(u->arena, Ty, src->ins.n);
    inst->calls.n = inst->asked.n = 0;
    ir_need(src, HAVE_DOM);
    params(keep);
    uint32_t n;
    const BlkId *order = ir_rpo(src, &n);
    walk(keep, order, n);

    inst->fn = keep->fn;
    if (keep->unroll.n > 0) {
        driver_unroll(inst, keep->unroll.at, keep->unroll.n);
        return PASS_AGAIN;
    }
    if (keep->grew)
        return PASS_AGAIN;
    if (keep->failed) {
        u->diag = keep->first;
        longjmp(*u->catch_, 1);
    }
    if (keep->unknown)
        return PASS_AGAIN;
    if (!inst->ret) {                   /* no path returns: it always raises */
        inst->ret = ty(TY_NONE);
        inst->ret_growth++;
    }
    keep->fn->ret = inst->ret;
    return PASS_DONE;
}
