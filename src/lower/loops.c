/* loops.c: what runs again and again: the blocks of loops, and the functions that are called from such blocks. A function
 * called both ways counts as repeated. And which loops have loops inside. */
#include "lower/target.h"

/* Marks what fn[which] calls in a loop. false: nothing new */
static bool mark_callees(Lower *lo, uint32_t which)
{
    const Fn *fn = lo->job->fn[which].fn;
    bool found = false;
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n && (lo->repeated[which] || fn->blk.at[b].loop != BLK_NONE); k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            if (in->op != IR_CALL && in->op != IR_PARALLEL && in->op != IR_LATER)
                continue;
            uint32_t to = lower_callee(lo->job, in);
            if (to < lo->job->nfn && !lo->repeated[to])
                found = lo->repeated[to] = true;
        }
    return found;
}

/* A recursion is a loop too. */
static LoopUse loops_of(Arena *a, const Fn *fn)
{
    LoopUse use = fn->recursive ? LOOPS_ALL : LOOPS_NONE;
    const bool *outer = lower_outer_loops(a, fn);
    for (BlkId b = 0; b < fn->blk.n; b++)
        if (fn->blk.at[b].is_header && use != LOOPS_ALL)
            use = outer[b] || (fn->blk.at[b].streams && !fn->blk.at[b].strewn) ? LOOPS_STREAMS : LOOPS_ALL;
    return use;
}

LoopUse lower_loop_use(const CodegenJob *job)
{
    LoopUse all = LOOPS_NONE;
    for (uint32_t k = 0; k < job->nfn; k++) {
        if (job->fn[k].later)
            continue;
        ir_need((Fn *)job->fn[k].fn, HAVE_DOM | HAVE_LOOPS);
        LoopUse use = loops_of(job->arena, job->fn[k].fn);
        all = use > all ? use : all;
    }
    return all;
}

void lower_find_repeated(Lower *lo)
{
    const CodegenJob *job = lo->job;
    lo->repeated = arena_new_n(job->arena, bool, job->nfn);
    for (bool changed = lo->loops != LOOPS_NONE; changed; ) {
        changed = false;
        for (uint32_t k = 0; k < job->nfn; k++)
            changed |= mark_callees(lo, k);
    }
}

/* By header: is there a loop in its loop? An inner loop is entered from the loop around it. */
bool *lower_outer_loops(Arena *a, const Fn *fn)
{
    bool *outer = arena_new_n(a, bool, fn->blk.n);
    for (BlkId h = 0; h < fn->blk.n; h++) {
        const Blk *inner = &fn->blk.at[h];
        for (uint32_t e = 0; inner->is_header && e < inner->pred.n; e++) {
            BlkId around = fn->blk.at[inner->pred.at[e]].loop;
            if (around != BLK_NONE && !ir_dominates(fn, h, around))
                outer[around] = true;
        }
    }
    return outer;
}
