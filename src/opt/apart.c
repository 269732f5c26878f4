/* apart.c: a part of a function that becomes a function of its own, which has no code before it is first called (IR_LATER). Its
 * parameters are the values that it needs from where it is called. */
#include "opt/opt.h"

Apart apart_begin(Fn *from)
{
    Fn *to = ir_fn(from->unit, from->name, from->code);
    to->opt = from->opt;
    to->later = true;
    to->cur_pos = ir_pos(to, from->pos.at[from->cur_pos]);
    return (Apart){ .from = from, .to = to };
}

/* Is the pointer a way into an array, in steps of bytes? */
static bool points_into_array(const Fn *fn, Ref pointer)
{
    while (ir_ins(fn, pointer)->op == IR_OFFSET)
        pointer = ir_arg(fn, pointer, 0);
    return ir_ins(fn, pointer)->op == IR_DATA;
}

/* The same operation on what its operands are there. */
static Ref bring_again(Apart *p, Ref r)
{
    Ins in = *ir_ins(p->from, r);
    Ref *arg = arena_new_n(p->from->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = apart_bring(p, ir_arg(p->from, r, k));
    return ir_emit_imm(p->to, in.op, in.ty, arg, in.nargs, in.imm.i);
}

/* Constants are made anew, and so is what other passes look through: extents, tests of what is stretched, and views, for those of
 * one array have strides and a base in common. */
Ref apart_bring(Apart *p, Ref r)
{
    const Fn *fn = p->from;
    const Ins *in = ir_ins(fn, r);
    if (in->op == IR_CONST || in->op == IR_UNDEF)
        return ir_emit_imm(p->to, in->op, in->ty, NULL, 0, in->imm.i);
    if (in->op == IR_EXTENT) {
        int64_t axis = in->imm.i;
        return ir_extent(p->to, apart_bring(p, in->arg[0]), (uint32_t)axis);
    }
    if (nest_is_test(fn, r)) {
        const Ins *test = ir_ins(fn, in->arg[0]);
        Ref a = test->arg[0], b = test->arg[1];
        a = apart_bring(p, a), b = apart_bring(p, b);
        return ir_cast(p->to, ir_cmp(p->to, IR_EQ, a, b), ty(TY_I64));
    }
    if (in->op == IR_DATA || in->op == IR_OFFSET ? points_into_array(fn, r) : in->op == IR_VIEW && points_into_array(fn, ir_arg(fn, r, 1)))
        return bring_again(p, r);
    for (uint32_t k = 0; k < p->brought.n; k++)
        if (ref_eq(p->brought.at[k], r))
            return p->to->param[k];
    vec_push(fn->unit->arena, &p->brought, r);
    return ir_param(p->to, in->ty);
}

void apart_end(Apart *p, Ref result, Fn *top)
{
    p->to->ret = ref_is_none(result) ? ty(TY_NONE) : ir_ty(p->to, result);
    ir_return(p->to, p->to->ret->kind == TY_NONE ? REF_NONE : result);
    vec_push(p->from->unit->arena, &top->chunks, p->to);
    ir_mark_new(p->from, p->brought.at, p->brought.n, p->to, 0);
}

Ref apart_call(const Apart *p, Ref which, const Fn *first)
{
    Fn *fn = p->from;
    Ref *arg = arena_new_n(fn->unit->arena, Ref, p->brought.n + 1);
    arg[0] = which;
    for (uint32_t k = 0; k < p->brought.n; k++)
        arg[k + 1] = p->brought.at[k];
    return ir_emit_ptr(fn, IR_LATER, first->ret, arg, p->brought.n + 1, first);
}
