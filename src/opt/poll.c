/* poll.c: where compiled code looks whether it was asked to stop. */
#include "opt/opt.h"

void opt_poll(Fn *fn)
{
    if (fn->recursive) {
        uint32_t at = 0;
        while (ir_ins(fn, fn->blk.at[0].ins.at[at])->op == IR_PHI)
            at++;
        ir_insert(fn, 0, at, IR_STACK_CHECK, ty(TY_NONE), NULL, 0);
    }
}
