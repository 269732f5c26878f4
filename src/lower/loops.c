/* loops.c: what runs again and again: the blocks of loops, and the functions that are called from such blocks. A function
 * called both ways counts as repeated. */
#include "lower/target.h"

/* Marks what fn[which] calls in a loop. false: nothing new */
static bool mark_callees(Lower *lo, uint32_t which)
{
    const Fn *fn = lo->job->fn[which].fn;
    bool found = false;
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n && (lo->repeated[which] || fn->blk.at[b].loop != BLK_NONE); k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            if (in->op != IR_CALL && in->op != IR_PARALLEL)
                continue;
            uint32_t to = lower_callee(lo->job, in);
            if (to < lo->job->nfn && !lo->repeated[to])
                found = lo->repeated[to] = true;
        }
    return found;
}

void lower_find_loops(Lower *lo)
{
    const CodegenJob *job = lo->job;
    lo->repeated = arena_new_n(job->arena, bool, job->nfn);
    for (uint32_t k = 0; k < job->nfn; k++) {
        Fn *fn = (Fn *)job->fn[k].fn;
        ir_need(fn, HAVE_LOOPS);
        for (BlkId b = 0; b < fn->blk.n; b++)
            lo->has_loop |= fn->blk.at[b].is_header;
    }
    for (bool changed = lo->has_loop; changed; ) {
        changed = false;
        for (uint32_t k = 0; k < job->nfn; k++)
            changed |= mark_callees(lo, k);
    }
}
