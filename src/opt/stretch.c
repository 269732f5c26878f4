/* stretch.c: indices that are stretched. What is broadcast at run time is indexed by i * (e == n): e its own extent, n that of
 * the axis; e is n, or 1. The test is the parent's; the body gets it as a capture, 0 or 1. */
#include "opt/opt.h"

bool nest_is_test(const Fn *fn, Ref v)
{
    const Ins *in = ir_ins(fn, v);
    return in->op == IR_CAST && in->ty->kind == TY_I64 && ir_ins(fn, in->arg[0])->op == IR_EQ;
}

bool nest_is_stretch(const Fn *fn, const Nest *nest, const Ref *arg, Ref body_value)
{
    const Ins *p = ir_ins(nest->body, body_value);
    return p->op == IR_PARAM && p->imm.i >= nest->ndim && nest_is_test(fn, arg[p->imm.i]);
}

int nest_axis(const Fn *fn, const Nest *nest, const Ref *arg, Ref i)
{
    const Ins *in = ir_ins(nest->body, i);
    if (in->op == IR_PARAM)
        return in->imm.i < nest->ndim ? (int)in->imm.i : -1;
    if (in->op != IR_MUL)
        return -1;
    return nest_is_stretch(fn, nest, arg, in->arg[1]) ? nest_axis(fn, nest, arg, in->arg[0])
         : nest_is_stretch(fn, nest, arg, in->arg[0]) ? nest_axis(fn, nest, arg, in->arg[1]) : -1;
}

/* The parent's e == n that i is multiplied with, and by = i without it; none: it is no such product. */
static Ref test_of(const NestBuild *nb, Ref i, Ref *by)
{
    const Ins *in = ir_ins(nb->body, i);
    for (uint32_t k = 0; in->op == IR_MUL && k < 2; k++) {
        const Ins *p = ir_ins(nb->body, in->arg[k]);
        if (p->op != IR_PARAM || p->imm.i < nb->nest->ndim)
            continue;
        Ref v = nb->captured.at[p->imm.i - nb->nest->ndim];
        if (nest_is_test(nb->parent, v)) {
            *by = in->arg[1 - k];
            return ir_arg(nb->parent, v, 0);
        }
    }
    return REF_NONE;
}

/* (e == n) as 0 or 1, in the parent: one that is captured already, or a new one. */
static Ref test(const NestBuild *nb, Ref e, Ref n)
{
    Fn *fn = nb->parent;
    for (uint32_t k = 0; k < nb->captured.n; k++) {
        Ref v = nb->captured.at[k], cond = nest_is_test(fn, v) ? ir_arg(fn, v, 0) : REF_NONE;
        if (!ref_is_none(cond) && ref_eq(ir_arg(fn, cond, 0), e) && ref_eq(ir_arg(fn, cond, 1), n))
            return v;
    }
    return ir_cast(fn, ir_cmp(fn, IR_EQ, e, n), ty(TY_I64));
}

/* i * (m == n) * (e == m), where e was broadcast to m and m to n, is i * (e == n). */
Ref nest_index(NestBuild *nb, Ref i)
{
    Fn *fn = nb->parent;
    Ref by, inner, first = test_of(nb, i, &by), second = ref_is_none(first) ? first : test_of(nb, by, &inner);
    if (ref_is_none(second))
        return i;
    for (uint32_t k = 0; k < 4; k++)
        if (ref_eq(ir_arg(fn, first, k & 1), ir_arg(fn, second, k >> 1))) {
            Ref one = test(nb, ir_arg(fn, first, 1 - (k & 1)), ir_arg(fn, second, 1 - (k >> 1)));
            return nest_index(nb, ir_bin(nb->body, IR_MUL, inner, nest_use(nb, one)));
        }
    return i;
}
