/* remarks.c: what the passes left of arrays and checks, for f.explain(). They ask the IR, and change nothing. */
#include "opt/opt.h"

/* What allocates: after fusion, before the copies of nests are made. again: fn runs in a loop around. */
void remark_arrays(Fn *fn, bool again)
{
    if (!fn->unit->remarks)
        return;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            bool each = again || fn->blk.at[b].loop != BLK_NONE;
            if (in->op == IR_NEST)
                remark_arrays(((const Nest *)in->imm.p)->body, true);
            if (in->op == IR_NEW && !(in->flags & INS_FRAME))
                remark(fn, in->pos, 0, each ? REMARK_ALLOCATES_EACH : REMARK_ALLOCATES, ty_name(in->ty));
        }
}

void remark_check(const Fn *fn, const Ins *in, bool closed)
{
    bool index = in->op == IR_INDEX || (in->op == IR_CHECK && in->imm.i == DIAG_INDEX);
    if (index)
        remark(fn, in->pos, 0, closed ? REMARK_CHECK_INDEX : REMARK_CHECK_LEFT);
    else if (in->op == IR_CHECK)
        remark(fn, in->pos, 0, strcmp(diag_row[in->imm.i].exception, "ZeroDivisionError") ? REMARK_CHECK_RAISES : REMARK_CHECK_DIVISOR,
               diag_row[in->imm.i].exception);
}

void remark_prange(const Fn *fn)
{
    for (uint32_t v = 1; fn->unit->remarks && v < fn->ins.n; v++)
        if (fn->ins.at[v].op == IR_PHI && fn->ins.at[v].flags & INS_PRANGE)
            remark(fn, fn->ins.at[v].pos, 0, REMARK_SERIAL_TARGET);
}
