/* dce.c: values that nothing needs, and blocks that nothing reaches, go. */
#include "opt/opt.h"
#include "runtime/runtime.h"

IrEffect opt_effect(const Ins *in, bool *fails)
{
    if (in->op == IR_RT) {
        *fails = rt_row[in->imm.i].fails;
        return rt_row[in->imm.i].effect;
    }
    IrEffect e = ir_op[in->op].effect;
    *fails = e == EFF_RAISE || in->op == IR_CALL || in->op == IR_LATER || in->op == IR_NEST || in->op == IR_RAISE
          || in->op == IR_FAIL;
    return e;
}

bool opt_fails(const Ins *in)
{
    bool fails;
    opt_effect(in, &fails);
    return (fails && !(in->flags & INS_FRAME)) || in->op == IR_RERAISE || in->op == IR_PARALLEL || in->op == IR_POLL || in->op == IR_STACK_CHECK;
}

static bool must_stay(const Ins *in)
{
    bool fails;
    IrEffect e = opt_effect(in, &fails);
    return in->op != IR_NEW && (e > EFF_READ || (in->op == IR_RT && fails));
}

typedef struct Live { Fn *fn; bool *live; VEC(Ref) work, store; } Live;

static void keep(Live *l, Ref r)
{
    if (l->live[r.i])
        return;
    l->live[r.i] = true;
    vec_push(l->fn->unit->arena, &l->work, r);
}

static void keep_operands(Live *l)
{
    while (l->work.n > 0) {
        Ins *in = ir_ins(l->fn, l->work.at[--l->work.n]);
        for (uint32_t k = 0; k < in->nargs; k++)
            keep(l, ir_args(l->fn, in)[k]);
    }
}

/* Stores to new arrays that are needed; these may make others needed. */
static void keep_stores(Live *l)
{
    bool some;
    do {
        some = false;
        for (uint32_t k = 0; k < l->store.n; k++) {
            Ref r = l->store.at[k];
            if (l->live[r.i] || !l->live[ir_arg(l->fn, r, 0).i])
                continue;
            keep(l, r);
            some = true;
        }
        keep_operands(l);
    } while (some);
}

/* Marks what instructions that must stay need, and drops the rest; a cycle of phis dies too, and an array that is only
 * stored to, element by element.
 * needs: nothing.  keeps: dominators, loops.  breaks: uses. */
void opt_dce(Fn *fn)
{
    ir_remove_unreachable(fn);
    Live l = { .fn = fn, .live = arena_new_n(fn->unit->arena, bool, fn->ins.n) };
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            Ref r = fn->blk.at[b].ins.at[k];
            Ins *in = ir_ins(fn, r);
            if (!must_stay(in))
                continue;
            if (in->op == IR_STORE && ir_ins(fn, ir_args(fn, in)[0])->op == IR_NEW) {
                vec_push(fn->unit->arena, &l.store, r);
                continue;
            }
            keep(&l, r);
            if (in->op == IR_NEST)
                opt_dce(((Nest *)in->imm.p)->body);
        }
    keep_operands(&l);
    keep_stores(&l);
    for (BlkId b = 0; b < fn->blk.n; b++) {
        Blk *blk = &fn->blk.at[b];
        uint32_t n = 0;
        for (uint32_t k = 0; k < blk->ins.n; k++) {
            Ref r = blk->ins.at[k];
            if (l.live[r.i]) {
                blk->ins.at[n++] = r;
            } else {
                Ins *in = ir_ins(fn, r);
                in->op = IR_NOP;
                in->nargs = 0;
            }
        }
        blk->ins.n = n;
    }
    fn->have &= ~(uint32_t)HAVE_USES;
    fn->known = NULL;                   /* its values may be gone */
}
