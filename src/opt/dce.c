/* dce.c: values that nothing needs, and blocks that nothing reaches, go. */
#include "opt/opt.h"

enum {
#define RT(id, function, effect, fails, result, params) RT_##id,
#include "runtime/rt.def"
#undef RT
    RT_COUNT
};
static const struct { uint8_t effect, fails; } rt_effect[RT_COUNT] = {
#define RT(id, function, effect, fails, result, params) [RT_##id] = { EFF_##effect, fails },
#include "runtime/rt.def"
#undef RT
};

IrEffect opt_effect(const Ins *in, bool *fails)
{
    if (in->op == IR_RT) {
        *fails = rt_effect[in->imm.i].fails;
        return rt_effect[in->imm.i].effect;
    }
    IrEffect e = ir_op[in->op].effect;
    *fails = e == EFF_RAISE || in->op == IR_CALL || in->op == IR_CALL_INDIRECT || in->op == IR_NEST || in->op == IR_RAISE
          || in->op == IR_FAIL;
    return e;
}

static bool must_stay(const Ins *in)
{
    bool fails;
    IrEffect e = opt_effect(in, &fails);
    return in->op != IR_NEW && (e > EFF_READ || (in->op == IR_RT && fails));
}

/* Marks what instructions that must stay need, and drops the rest; a cycle of phis dies too.
 * needs: nothing.  keeps: dominators, loops.  breaks: uses. */
void opt_dce(Fn *fn)
{
    ir_remove_unreachable(fn);
    bool *live = arena_new_n(fn->unit->arena, bool, fn->ins.n);
    VEC(Ref) work = { 0 };
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            Ref r = fn->blk.at[b].ins.at[k];
            Ins *in = ir_ins(fn, r);
            if (!must_stay(in))
                continue;
            live[r.i] = true;
            vec_push(fn->unit->arena, &work, r);
            if (in->op == IR_NEST)
                opt_dce(((Nest *)in->imm.p)->body);
        }
    while (work.n > 0) {
        Ref r = work.at[--work.n];
        Ins *in = ir_ins(fn, r);
        Ref *arg = ir_args(fn, in);
        for (uint32_t k = 0; k < in->nargs; k++)
            if (!live[arg[k].i]) {
                live[arg[k].i] = true;
                vec_push(fn->unit->arena, &work, arg[k]);
            }
    }
    for (BlkId b = 0; b < fn->blk.n; b++) {
        Blk *blk = &fn->blk.at[b];
        uint32_t n = 0;
        for (uint32_t k = 0; k < blk->ins.n; k++) {
            Ref r = blk->ins.at[k];
            if (live[r.i]) {
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
