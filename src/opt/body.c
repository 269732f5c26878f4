/* body.c: the body of a nest → instructions of the function that has the nest, or of another body: its blocks are made again there,
 * with values for its parameters, and what it returns is a value. An edit changes what becomes of single instructions. */
#include "opt/opt.h"

typedef struct Copy {
    Fn *fn, *body;
    NestEdit *edit;             /* NULL: everything as it is */
    Ref *map;                   /* by value of the body */
    BlkId *to;                  /* by block of the body */
    const BlkId *rpo;
    uint32_t nrpo, nret;
    BlkId end;                  /* where its returns lead, or the block of the only one */
    Ref result;                 /* none: it returns nothing */
} Copy;

/* Did edit do this instruction? */
static bool edit_access(NestEdit *edit, Ref r, const Ins *in, const Ref *arg, Ref *value)
{
    if (edit->known && !ref_is_none(edit->known[r.i])) {
        *value = edit->known[r.i];
        return true;
    }
    if (in->op == IR_LOAD)
        return edit->load && !ref_is_none(*value = edit->load(edit->context, r, arg));
    if (in->op == IR_NEST)
        return edit->nest && edit->nest(edit->context, r, arg, value);
    if (in->op != IR_STORE)
        return false;
    if (ref_eq(r, edit->skip)) {
        edit->skipped = arg[1];
        return true;
    }
    return edit->store && edit->store(edit->context, r, arg);
}

/* What stands in no block: value[] for parameters, and constants. */
static void copy_constants(Copy *x, const Ref *value)
{
    for (uint32_t k = 1; k < x->body->ins.n; k++) {
        Ins in = x->body->ins.at[k];
        if (in.op == IR_PARAM)
            x->map[k] = value[in.imm.i];
        else if (in.op == IR_CONST || in.op == IR_UNDEF)
            x->map[k] = ir_emit_imm(x->fn, in.op, in.ty, NULL, 0, in.imm.i);
    }
}

/* Where the first block goes: to the end of fn->cur, or behind it where it has a handler of its own. */
static BlkId first_block(Fn *fn, const Blk *first)
{
    BlkId here = fn->cur;
    if (first->handler == BLK_NONE)
        return here;
    BlkId b = ir_block(fn, here);
    ir_jump(fn, b);
    return b;
}

static void make_blocks(Copy *x, BlkId handler)
{
    Fn *fn = x->fn;
    for (uint32_t k = 0; k < x->nrpo; k++) {
        const Blk *b = &x->body->blk.at[x->rpo[k]];
        x->to[x->rpo[k]] = k == 0 ? first_block(fn, b) : ir_block(fn, x->to[b->idom]);
        fn->blk.at[x->to[x->rpo[k]]].cold |= b->cold;
        x->nret += ir_ins(x->body, b->ins.at[b->ins.n - 1])->op == IR_RETURN;
    }
    for (uint32_t k = 0; k < x->nrpo; k++) {    /* its own handlers have their predecessors with the others */
        BlkId own = x->body->blk.at[x->rpo[k]].handler;
        if (own == BLK_NONE)
            ir_protect(fn, x->to[x->rpo[k]], handler);
        else
            fn->blk.at[x->to[x->rpo[k]]].handler = x->to[own];
    }
    if (x->nret > 1) {
        x->end = ir_block(fn, x->to[x->rpo[0]]);
        ir_protect(fn, x->end, handler);
    }
}

static void copy_return(Copy *x, Ty ty, Ref value)
{
    bool none = ty->kind == TY_NONE;
    if (x->nret == 1) {
        x->end = x->fn->cur;
        x->result = none ? REF_NONE : value;
        return;
    }
    if (!none && ref_is_none(x->result))
        x->result = ir_phi(x->fn, x->end, ty);
    if (!none)
        ir_add_arg(x->fn, x->result, value);
    ir_jump(x->fn, x->end);
}

static void copy_ins(Copy *x, Ref r)
{
    Fn *fn = x->fn;
    Ins in = *ir_ins(x->body, r);
    const Ref *from = ir_args(x->body, ir_ins(x->body, r));
    fn->cur_pos = ir_pos(fn, x->body->pos.at[in.pos]);
    if (in.op == IR_PHI) {
        x->map[r.i] = ir_phi(fn, fn->cur, in.ty);
        return;
    }
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    for (uint32_t m = 0; m < in.nargs; m++)
        arg[m] = x->map[from[m].i];
    if (in.op == IR_RETURN)
        copy_return(x, ir_ty(x->body, from[0]), arg[0]);
    else if (!x->edit || !edit_access(x->edit, r, &in, arg, &x->map[r.i]))
        x->map[r.i] = ir_remake(fn, &in, arg);
}

static void copy_block(Copy *x, BlkId b)
{
    const Blk *from = &x->body->blk.at[b];
    ir_at(x->fn, x->to[b]);
    for (uint32_t k = 0; k < from->ins.n; k++)
        copy_ins(x, from->ins.at[k]);
    Blk *to = &x->fn->blk.at[x->to[b]];
    if (ir_ins(x->body, from->ins.at[from->ins.n - 1])->op != IR_RETURN) {
        to->nsucc = from->nsucc;
        for (uint32_t s = 0; s < from->nsucc; s++)
            to->succ[s] = x->to[from->succ[s]];
    }
    if (b != x->rpo[0])
        for (uint32_t p = 0; p < from->pred.n; p++)
            vec_push(x->fn->unit->arena, &to->pred, x->to[from->pred.at[p]]);
}

static void copy_phi_operands(Copy *x, BlkId b)
{
    for (uint32_t k = 0; k < x->body->blk.at[b].ins.n; k++) {
        Ref r = x->body->blk.at[b].ins.at[k];
        const Ins *in = ir_ins(x->body, r);
        if (in->op != IR_PHI)
            break;
        for (uint32_t m = 0; m < in->nargs; m++)
            ir_add_arg(x->fn, x->map[r.i], x->map[ir_args(x->body, in)[m].i]);
    }
}

/* Appends the body to fn->cur; value[]: of its parameters. Leaves fn->cur behind it; yield: what it returned, or none. */
Ref nest_body(Fn *fn, Fn *body, const Ref *value, BlkId handler, NestEdit *edit)
{
    Copy x = { .fn = fn, .body = body, .edit = edit, .end = BLK_NONE, .result = REF_NONE };
    x.map = arena_new_n(fn->unit->arena, Ref, body->ins.n);
    x.to = arena_new_n(fn->unit->arena, BlkId, body->blk.n);
    copy_constants(&x, value);
    x.rpo = ir_rpo(body, &x.nrpo);
    make_blocks(&x, handler);
    for (uint32_t k = 0; k < x.nrpo; k++)
        copy_block(&x, x.rpo[k]);
    for (uint32_t k = 0; k < x.nrpo; k++)
        copy_phi_operands(&x, x.rpo[k]);
    ir_at(fn, x.end);
    return x.result;
}
