/* place.c: where a minimum or maximum of a nest was found (RED_PLACE).
 *
 * A carried index keeps LLVM from vectorising a loop. So the innermost loop goes in blocks: a block is reduced like any
 * other loop, and only one whose best is better than all before it is looked through for its place. What was contributed is
 * kept in a buffer of the frame, or read again where it is just an element of an array.
 *
 *     for each block:  m = identity;  for its elements: buffer[j] = x;  m = max(m, x)
 *                      m better than best: at = the number at the first j with buffer[j] == m
 *                      best = max(best, m)
 *
 * Where blocks do not come in the order of their numbers (order F, turned, tiles) an equal one may have the lower number. */
#include "opt/opt.h"

static bool is_place(const Places *p, uint32_t k) { return p->l->nest->red[k].op == RED_PLACE; }

/* What the body, of one block, gives to reduction k. */
static Ref item_of(const Nest *nest, uint32_t k)
{
    const Blk *b = &nest->body->blk.at[0];
    return ir_arg(nest->body, ir_arg(nest->body, b->ins.at[b->ins.n - 1], 0), k);
}

/* Is it cheaper to read the contributions to k again than to keep them? */
static bool reads_again(const Places *p, uint32_t k)
{
    const Fn *body = p->l->nest->body;
    const Blk *b = &body->blk.at[0];
    for (uint32_t j = 0; j + 1 < b->ins.n; j++)
        if (ir_op[ir_ins(body, b->ins.at[j])->op].effect > EFF_READ)
            return false;
    return ir_ins(body, item_of(p->l->nest, k))->op == IR_LOAD;
}

/* Is r a sum of products of indices and what is fixed in the nest? */
bool nest_is_number(const Nest *nest, Ref r)
{
    const Ins *in = ir_ins(nest->body, r);
    return in->op == IR_CONST || in->op == IR_PARAM
        || ((in->op == IR_ADD || in->op == IR_MUL) && nest_is_number(nest, in->arg[0]) && nest_is_number(nest, in->arg[1]));
}

/* That number for other indices. */
Ref nest_number(const NestLoops *l, Ref r, const Ref *index)
{
    const Fn *body = l->nest->body;
    const Ins in = *ir_ins(body, r);
    if (in.op == IR_CONST)
        return ir_i64(l->fn, in.imm.i);
    if (in.op == IR_PARAM)
        return in.imm.i < l->nest->ndim ? index[in.imm.i] : l->arg[in.imm.i];
    Ref a = nest_number(l, in.arg[0], index), b = nest_number(l, in.arg[1], index);
    return ir_bin(l->fn, in.op, a, b);
}

void places_look(Places *p, const NestLoops *l)
{
    const Nest *nest = l->nest;
    *p = (Places){ .l = l, .in_order = nest->form != FORM_TURNED };
    if (l->target >= TARGET_GPU || nest->ndim == 0 || nest->body->blk.n > 1)
        return;
    for (uint32_t d = 0; d < nest->ndim; d++)
        p->in_order &= l->axis[d] == d && ref_is_none(l->tile[d]);
    for (uint32_t k = 1; k < nest->nred; k++) {
        if (!is_place(p, k))
            continue;
        Ty t = nest->red[k - 1].ty;
        if (!nest_is_number(nest, item_of(nest, k))) {
            p->n = 0;
            return;
        }
        p->n++;
        if (!reads_again(p, k - 1))
            p->buffer[k - 1] = ir_emit_imm(l->fn, IR_SCRATCH, ty(TY_PTR), NULL, 0, PLACE_BLOCK * t->nbytes);
    }
}

void places_begin(Places *p, Ref *acc, const Ref *index, Ref size)
{
    if (p->n == 0)
        return;
    const Nest *nest = p->l->nest;
    memcpy(p->before, acc, nest->nred * sizeof *acc);
    memcpy(p->first, index, nest->ndim * sizeof *index);
    p->size = size;
    for (uint32_t k = 1; k < nest->nred; k++)
        if (is_place(p, k))
            acc[k - 1] = p->l->arg[nest->ndim + nest->ncapture + k - 1];
}

static Ref element(const Places *p, uint32_t k, Ref place)
{
    Fn *fn = p->l->fn;
    return ir_offset(fn, p->buffer[k], ir_bin(fn, IR_MUL, place, ir_i64(fn, p->l->nest->red[k].ty->nbytes)));
}

void places_keep(Places *p, Ref place, const Ref *x, Ref *next)
{
    for (uint32_t k = 1; p->n > 0 && k < p->l->nest->nred; k++) {
        if (!is_place(p, k))
            continue;
        next[k] = p->before[k];
        if (ref_is_none(p->buffer[k - 1]))
            continue;
        Ref arg[] = { element(p, k - 1, place), x[k - 1] };
        ir_emit(p->l->fn, IR_POKE, ty(TY_NONE), arg, 2);
    }
}

/* The contribution to k at this place of the block. */
static Ref contributed(const Places *p, uint32_t k, Ref place)
{
    Fn *fn = p->l->fn;
    if (!ref_is_none(p->buffer[k])) {
        Ref at = element(p, k, place);
        return ir_emit(fn, IR_PEEK, p->l->nest->red[k].ty, &at, 1);
    }
    Ref index[NDIM_MAX];
    uint32_t inner = p->l->axis[p->l->nest->ndim - 1];
    memcpy(index, p->first, sizeof index);
    index[inner] = ir_bin(fn, IR_ADD, index[inner], place);
    return ir_item(fn, nest_clone(p->l, index, place), k);
}

/* The first place in the block where m was contributed to k; it is there. */
static Ref first_place(const Places *p, uint32_t k, Ref m)
{
    Fn *fn = p->l->fn;
    Ref most = ir_i64(fn, INT64_MAX);
    uint8_t form = fn->form;
    fn->form = FORM_OURS;
    IrLoop l = ir_loop(fn, p->size, &most, 1);
    fn->blk.at[l.header].brief = true;
    Ref here = ir_select(fn, ir_same(fn, contributed(p, k, l.index), m), l.index, most), next = ir_combine(fn, RED_MIN, l.carried[0], here);
    ir_endloop(fn, &l, &next);
    fn->form = form;
    return l.carried[0];
}

static Ref find(const Places *p, uint32_t k, Ref m)
{
    const NestLoops *l = p->l;
    Fn *fn = l->fn;
    RedOp op = l->nest->red[k - 1].op;
    Ref best = p->before[k - 1], at = p->before[k], look = ir_better(fn, op, best, m), index[NDIM_MAX];
    uint32_t inner = l->axis[l->nest->ndim - 1];
    if (!p->in_order)
        look = ir_bin(fn, IR_OR, look, ir_same(fn, best, m));
    IrIf s = ir_if(fn, look);
    Ref place = first_place(p, k - 1, m);
    memcpy(index, p->first, sizeof index);
    index[inner] = ir_bin(fn, IR_ADD, index[inner], place);
    Ref there = nest_number(l, item_of(l->nest, k), index);
    if (!p->in_order)
        there = ir_combine_place(fn, op, best, at, m, there);
    ir_else(fn, &s);
    return ir_endif(fn, &s, there, at);
}

void places_find(Places *p, Ref *next)
{
    for (uint32_t k = 1; p->n > 0 && k < p->l->nest->nred; k++)
        if (is_place(p, k)) {
            next[k] = find(p, k, next[k - 1]);
            next[k - 1] = ir_combine(p->l->fn, p->l->nest->red[k - 1].op, p->before[k - 1], next[k - 1]);
        }
}
