/* check.c: what holds in a finished Fn (ir.h), tested one by one; and the facts it says are up to date are. A break is a bug of ours.
 * tests/check_rules.c breaks each rule once. */
#include "ir/ir.h"

typedef struct Check {
    Fn *fn;
    IrLevel level;
    const char *after;
    uint32_t *at;               /* by Ref: its place in its block */
    bool *listed;               /* by Ref: stands in a block */
} Check;

static _Noreturn void broken(const Check *c, Ref v, const char *what)
{
    const Ins *in = ir_ins(c->fn, v);
    nj_bug(c->fn->unit, "after %s, in %s, v%u (%s): %s", c->after, c->fn->name ? c->fn->name : "?", v.i,
           ir_op[in->op].name, what);
}

static _Noreturn void broken_block(const Check *c, BlkId b, const char *what)
{
    nj_bug(c->fn->unit, "after %s, in %s, b%u: %s", c->after, c->fn->name ? c->fn->name : "?", b, what);
}

static bool has_pred(const Blk *b, BlkId p)
{
    for (uint32_t k = 0; k < b->pred.n; k++)
        if (b->pred.at[k] == p)
            return true;
    return false;
}

static bool has_edge(const Fn *fn, BlkId from, BlkId to)
{
    const Blk *b = &fn->blk.at[from];
    return b->handler == to || (b->nsucc > 0 && b->succ[0] == to) || (b->nsucc > 1 && b->succ[1] == to);
}

static void check_edges(const Check *c, BlkId id)
{
    const Blk *b = &c->fn->blk.at[id];
    if (b->ins.n == 0)
        broken_block(c, id, "no terminator");
    const Ins *last = ir_ins(c->fn, b->ins.at[b->ins.n - 1]);
    if (b->nsucc != (last->op == IR_JUMP ? 1 : last->op == IR_BRANCH ? 2 : 0))
        broken_block(c, id, "number of successors");
    for (uint32_t k = 0; k < b->nsucc; k++)
        if (b->succ[k] >= c->fn->blk.n || !has_pred(&c->fn->blk.at[b->succ[k]], id))
            broken_block(c, id, "a successor does not know it");
    if (b->handler != BLK_NONE && (b->handler >= c->fn->blk.n || !has_pred(&c->fn->blk.at[b->handler], id)))
        broken_block(c, id, "its handler does not know it");
    for (uint32_t k = 0; k < b->pred.n; k++)
        if (b->pred.at[k] >= c->fn->blk.n || !has_edge(c->fn, b->pred.at[k], id))
            broken_block(c, id, "a predecessor does not go to it");
}

static void check_place(const Check *c, BlkId id)
{
    const Blk *b = &c->fn->blk.at[id];
    bool phis = true;
    for (uint32_t k = 0; k < b->ins.n; k++) {
        Ref v = b->ins.at[k];
        const Ins *in = ir_ins(c->fn, v);
        if (in->blk != id)
            broken(c, v, "stands in another block than it says");
        if (c->listed[v.i])
            broken(c, v, "stands twice");
        c->listed[v.i] = true;
        c->at[v.i] = k;
        if (in->op == IR_PHI && !phis)
            broken(c, v, "behind an op that is no phi");
        phis &= in->op == IR_PHI || in->op == IR_NOP;
        if (ir_is_terminator(in->op) != (k + 1 == b->ins.n))
            broken(c, v, "a terminator is the last of its block, and nothing else is");
        if (ir_op[in->op].level < c->level)
            broken(c, v, "past its level");
    }
}

/* Does v stand at the end of block b (of a handler's phi: at its start)? */
static bool stands_at(const Check *c, Ref v, BlkId b, bool start)
{
    const Ins *in = ir_ins(c->fn, v);
    if (in->blk == BLK_NONE || (in->blk == b && (!start || in->op == IR_PHI)))
        return true;
    return in->blk != b && ir_dominates(c->fn, in->blk, b);
}

static void check_operand(const Check *c, Ref v, Ref x, uint32_t k)
{
    const Fn *fn = c->fn;
    const Ins *in = ir_ins(fn, v);
    if (x.i >= fn->ins.n)
        broken(c, v, "an operand that is no value");
    if (ref_is_none(x)) {
        if (ir_op[in->op].level != LEVEL_PY)
            broken(c, v, "an operand is missing");
        return;
    }
    const Ins *def = ir_ins(fn, x);
    if (def->op == IR_NOP)
        broken(c, v, "an operand was removed");
    if (def->blk != BLK_NONE && !c->listed[x.i])
        broken(c, v, "an operand stands in no block");
    if (in->op == IR_PHI) {
        BlkId p = fn->blk.at[in->blk].pred.at[k];
        if (!stands_at(c, x, p, fn->blk.at[p].handler == in->blk))
            broken(c, v, "an operand does not dominate the predecessor's end");
    } else if (def->blk == in->blk ? c->at[x.i] >= c->at[v.i] : !stands_at(c, x, in->blk, false)) {
        broken(c, v, "an operand does not dominate it");
    }
}

static void need(const Check *c, Ref v, bool holds, const char *what)
{
    if (!holds)
        broken(c, v, what);
}

static Ty arg_ty(const Check *c, Ref v, uint32_t k) { return ir_ty(c->fn, ir_arg(c->fn, v, k)); }

static void need_ints(const Check *c, Ref v, uint32_t from, uint32_t to)
{
    for (uint32_t k = from; k < to; k++)
        need(c, v, arg_ty(c, v, k)->kind == TY_I64, "an operand must be int64");
}

static void check_array_op(const Check *c, Ref v)
{
    const Ins *in = ir_ins(c->fn, v);
    Ty type = in->op == IR_NEW || in->op == IR_VIEW ? in->ty : arg_ty(c, v, 0);
    need(c, v, ty_is_array(type), "an array");
    switch (in->op) {
    case IR_NEW:
        need(c, v, in->nargs == type->ndim && type->order != ORDER_A, "as many extents as axes, order C or F");
        need_ints(c, v, 0, in->nargs);
        break;
    case IR_VIEW:
        need(c, v, ty_is_array(arg_ty(c, v, 0)) && arg_ty(c, v, 1)->kind == TY_PTR, "an array and a pointer");
        uint32_t had = 2 + type->ndim * (type->order == ORDER_A ? 2 : 1), mapped = had + arg_ty(c, v, 0)->ndim + 2 * type->ndim;
        need(c, v, in->nargs == had || in->nargs == mapped, "as many extents and strides as axes, and all of the map or nothing");
        need_ints(c, v, 2, in->nargs);
        break;
    case IR_LOAD:
        need(c, v, in->nargs == 1 + type->ndim && in->ty == type->elem, "as many indices as axes, the dtype");
        need_ints(c, v, 1, in->nargs);
        break;
    case IR_STORE:
        need(c, v, in->nargs == 2 + type->ndim && arg_ty(c, v, 1) == type->elem, "as many indices as axes, the dtype");
        need_ints(c, v, 2, in->nargs);
        break;
    case IR_EXTENT: case IR_STRIDE:
        need(c, v, in->imm.i >= 0 && in->imm.i < type->ndim && in->ty->kind == TY_I64, "an axis; int64");
        break;
    default:
        break;
    }
}

static void check_aggregate_op(const Check *c, Ref v)
{
    const Ins *in = ir_ins(c->fn, v);
    if (in->op == IR_ITEM) {
        Ty type = arg_ty(c, v, 0);
        need(c, v, in->imm.i >= 0 && in->imm.i < type->nitem && in->ty == type->item[in->imm.i], "an item, its type");
        return;
    }
    need(c, v, in->nargs == in->ty->nitem, "as many operands as items");
    for (uint32_t k = 0; k < in->nargs; k++)
        need(c, v, arg_ty(c, v, k) == in->ty->item[k], "an operand has not its item's type");
}

static void check_nest(const Check *c, Ref v)
{
    const Ins *in = ir_ins(c->fn, v);
    const Nest *n = in->imm.p;
    need(c, v, in->nargs == n->ndim + n->ncapture + n->nred + !!(n->flags & NEST_BLOCKS), "extents, captures, initial values, blocks");
    need_ints(c, v, 0, n->ndim);
    need(c, v, n->body->nparam == n->ndim + n->ncapture, "the body's parameters");
    for (uint32_t k = 0; k < n->ncapture; k++)
        need(c, v, arg_ty(c, v, n->ndim + k) == ir_ty(n->body, n->body->param[n->ndim + k]), "a capture's type");
    for (uint32_t k = 0; k < n->nred; k++)
        need(c, v, arg_ty(c, v, n->ndim + n->ncapture + k) == n->red[k].ty, "an initial value's type");
    need(c, v, in->ty == n->body->ret, "its type is what the body returns");
    ir_check_fn(n->body, c->level, c->after);
}

/* What a function that runs apart is given: from is its first parameter's operand. */
static void check_apart(const Check *c, Ref v, const Fn *to, uint32_t from)
{
    const Ins *in = ir_ins(c->fn, v);
    need_ints(c, v, 0, 1);
    need(c, v, in->nargs == from + to->nparam, "an operand a parameter of what runs apart");
    for (uint32_t k = from; k < in->nargs; k++)
        need(c, v, arg_ty(c, v, k) == ir_ty(to, to->param[k - from]), "an operand has not its parameter's type");
    need(c, v, in->op == IR_LATER ? in->ty == to->ret : to->ret->kind == TY_NONE, "its type is what runs apart returns");
}

/* Numbers, from numbers. */
static void check_scalar_op(const Check *c, Ref v, const Ins *in, Ty type, Ty a)
{
    switch (in->op) {
    case IR_NEG: case IR_NOT:
        need(c, v, a == type, "operand and result have one type");
        break;
    case IR_HIDE:
        need(c, v, a == type && ty_is_scalar(type), "operand and result are one scalar type");
        break;
    case IR_EQ: case IR_NE: case IR_LT: case IR_LE: case IR_GT: case IR_GE: case IR_ULT:
        need(c, v, a == arg_ty(c, v, 1) && type->kind == TY_BOOL, "operands of one type, a bool");
        break;
    case IR_CAST:
        need(c, v, ty_is_scalar(a) && ty_is_scalar(type) && !ty_is_complex(a) && !ty_is_complex(type), "real scalars");
        break;
    case IR_TRUNC:
        need(c, v, (a->kind == TY_F32 || ty_strong(a)->kind == TY_F64) && ty_is_int(type) && ty_bits(type) == 64, "a float, an int64");
        break;
    case IR_MATH:
        need(c, v, ty_is_float(type) && in->nargs == math_row[in->imm.i].nargs, "floats, as many as its row says");
        for (uint32_t k = 0; k < in->nargs; k++)
            need(c, v, arg_ty(c, v, k) == type, "operands and result have one type");
        break;
    case IR_COMPLEX:
        need(c, v, ty_is_complex(type) && a == ty_real(type) && arg_ty(c, v, 1) == a, "two floats of its precision");
        break;
    case IR_REAL: case IR_IMAG:
        need(c, v, ty_is_complex(a) && type == ty_real(a), "of a complex its float");
        break;
    default:
        need(c, v, a == type && arg_ty(c, v, 1) == type && ty_is_scalar(type), "operands and result have one type");
    }
}

/* Optionals, addresses, indices: values that are no plain numbers. */
static void check_other_value(const Check *c, Ref v, const Ins *in, Ty type, Ty a)
{
    switch (in->op) {
    case IR_SELECT:
        need(c, v, a->kind == TY_BOOL && arg_ty(c, v, 1) == type && arg_ty(c, v, 2) == type, "bool, two of one type");
        break;
    case IR_BITCAST:
        need(c, v, a->nparts == type->nparts, "as many parts");
        break;
    case IR_SOME:
        need(c, v, ty_is_optional(type) && type->elem == a, "an optional of the operand's type");
        break;
    case IR_HAS: case IR_UNWRAP:
        need(c, v, ty_is_optional(a) && type == (in->op == IR_HAS ? ty(TY_BOOL) : a->elem), "of an optional");
        break;
    case IR_OFFSET:
        need(c, v, a->kind == TY_PTR && arg_ty(c, v, 1)->kind == TY_I64, "pointer, int64");
        break;
    case IR_PEEK: case IR_POKE:
        need(c, v, a->kind == TY_PTR, "a pointer");
        break;
    case IR_INDEX:
        need_ints(c, v, 0, 2);
        need(c, v, type->kind == TY_I64, "an int64");
        break;
    default:
        break;
    }
}

/* What runs, and where it goes on. */
static void check_control(const Check *c, Ref v, const Ins *in, Ty type, Ty a)
{
    switch (in->op) {
    case IR_CHECK: case IR_BRANCH:
        need(c, v, in->nargs >= 1 && a->kind == TY_BOOL, "a bool");
        break;
    case IR_RETURN:
        need(c, v, !c->fn->ret || a == c->fn->ret, "not the type that the function returns");
        break;
    case IR_RAISE:
        need(c, v, a->kind == TY_EXCEPTION, "an exception");
        break;
    case IR_PHI:
        for (uint32_t k = 0; k < in->nargs; k++)
            need(c, v, arg_ty(c, v, k) == type, "an operand of another type");
        break;
    case IR_NEST:
        check_nest(c, v);
        break;
    case IR_PARALLEL:
        check_apart(c, v, in->imm.p, 0);
        break;
    case IR_LATER:
        for (const Fn *to = in->imm.p; to; to = to->also)
            check_apart(c, v, to, 1);
        break;
    default:
        break;
    }
}

static void check_types(const Check *c, Ref v)
{
    const Ins *in = ir_ins(c->fn, v);
    Ty type = in->ty, a = in->nargs > 0 ? arg_ty(c, v, 0) : NULL;
    need(c, v, type != NULL, "no type");
    switch (in->op) {
    case IR_ADD: case IR_SUB: case IR_MUL: case IR_DIV: case IR_REM: case IR_AND: case IR_OR: case IR_XOR: case IR_SHL: case IR_SHR:
    case IR_NEG: case IR_NOT: case IR_HIDE: case IR_EQ: case IR_NE: case IR_LT: case IR_LE: case IR_GT: case IR_GE: case IR_ULT:
    case IR_CAST: case IR_TRUNC: case IR_MATH: case IR_COMPLEX: case IR_REAL: case IR_IMAG:
        check_scalar_op(c, v, in, type, a);
        break;
    case IR_TUPLE: case IR_ITEM:
        check_aggregate_op(c, v);
        break;
    case IR_NEW: case IR_VIEW: case IR_LOAD: case IR_STORE: case IR_EXTENT: case IR_STRIDE: case IR_DATA:
        check_array_op(c, v);
        break;
    default:
        check_other_value(c, v, in, type, a);
        check_control(c, v, in, type, a);
    }
}

static void check_ins(const Check *c, Ref v)
{
    const Ins *in = ir_ins(c->fn, v);
    const Ref *arg = ir_args(c->fn, in);
    if (in->op == IR_NOP)
        return;
    need(c, v, ir_op[in->op].nargs < 0 || in->nargs == ir_op[in->op].nargs, "number of operands");
    need(c, v, in->pos < c->fn->pos.n, "a position that is not there");
    if (in->op == IR_PHI)
        need(c, v, in->nargs == c->fn->blk.at[in->blk].pred.n, "one operand a predecessor");
    for (uint32_t k = 0; k < in->nargs; k++)
        check_operand(c, v, arg[k], k);
    if (c->level > LEVEL_PY)
        check_types(c, v);
}

/* Are the facts that fn->have says are up to date what they are when they are found anew? */
static void check_facts(const Check *c)
{
    Fn *fn = c->fn;
    Arena *a = fn->unit->arena;
    uint32_t had = fn->have, *nuse = fn->nuse;
    Blk *blk = arena_new_n(a, Blk, fn->blk.n);
    memcpy(blk, fn->blk.at, fn->blk.n * sizeof *blk);
    fn->have = 0;
    ir_need(fn, had | HAVE_DOM);
    for (BlkId b = 0; b < fn->blk.n; b++) {
        const Blk *now = &fn->blk.at[b];
        if (had & HAVE_DOM && now->idom != blk[b].idom)
            broken_block(c, b, "its dominator is not up to date");
        if (had & HAVE_LOOPS && (now->loop != blk[b].loop || now->is_header != blk[b].is_header))
            broken_block(c, b, "its loop is not up to date");
    }
    for (uint32_t v = 1; had & HAVE_USES && v < fn->ins.n; v++)
        if (nuse[v] != fn->nuse[v])
            broken(c, (Ref){ v }, "its uses are not up to date");
}

void ir_check_fn(Fn *fn, IrLevel level, const char *after)
{
    uint32_t n;
    Arena *a = fn->unit->arena;
    Check c = { .fn = fn, .level = level, .after = after };
    c.at = arena_new_n(a, uint32_t, fn->ins.n);
    c.listed = arena_new_n(a, bool, fn->ins.n);
    ir_rpo(fn, &n);
    if (n != fn->blk.n)
        nj_bug(fn->unit, "after %s, in %s: %u blocks cannot be reached", after, fn->name ? fn->name : "?", fn->blk.n - n);
    for (uint32_t b = 0; b < fn->blk.n; b++) {
        check_edges(&c, b);
        check_place(&c, b);
    }
    check_facts(&c);
    for (uint32_t b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++)
            check_ins(&c, fn->blk.at[b].ins.at[k]);
}
