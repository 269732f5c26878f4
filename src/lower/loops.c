/* loops.c: what runs again and again: the blocks of loops, and the functions that are called from such blocks. A function
 * called both ways counts as repeated. And which loops have loops inside. */
#include "lower/target.h"

enum { MANY_LOOPS = 40 };

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

/* Can these be lanes: two stores into one array, places of the frame, complex numbers, two floats that a loop carries? */
static bool has_scalars(const Fn *fn, const Blk *b)
{
    Ref stored = REF_NONE;
    Ty carried = NULL;
    for (uint32_t k = 0; k < b->ins.n; k++) {
        const Ins *in = ir_ins(fn, b->ins.at[k]);
        Ref array = in->op == IR_STORE ? ir_args(fn, in)[0] : REF_NONE;
        if ((in->ty && ty_is_complex(in->ty)) || (in->op == IR_NEW && in->flags & INS_FRAME) || (!ref_is_none(array) && ref_eq(array, stored)))
            return true;
        stored = ref_is_none(array) ? stored : array;
        bool counts = in->op == IR_PHI && b->is_header && ty_is_float(in->ty);
        if (counts && in->ty == carried)
            return true;
        carried = counts ? in->ty : carried;
    }
    return false;
}

/* The loops that lowering makes of one op. */
static uint32_t count_pairsums(const Fn *fn, const Blk *b)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < b->ins.n; k++)
        n += ir_ins(fn, b->ins.at[k])->op == IR_PAIRSUM;
    return n;
}

/* A recursion is a loop too. nloop: counts them. */
static LoopUse loops_of(Arena *a, const Fn *fn, uint32_t *nloop)
{
    LoopUse use = fn->recursive ? LOOPS_ALL : LOOPS_NONE;
    const bool *outer = lower_outer_loops(a, fn);
    for (BlkId b = 0; b < fn->blk.n; b++) {
        const Blk *blk = &fn->blk.at[b];
        bool inner = blk->is_header && !outer[b], nest = blk->loop != BLK_NONE && fn->blk.at[blk->loop].apart;
        use |= blk->is_header ? LOOPS_SOME : 0;
        *nloop += blk->is_header + count_pairsums(fn, blk);
        use |= blk->is_header && blk->ends ? LOOPS_ENDS : 0;
        use |= inner && (!blk->streams || blk->strewn) ? LOOPS_REDUCE : 0;
        use |= (inner && ((blk->brief && !blk->streams) || blk->unroll)) || (!nest && has_scalars(fn, blk)) ? LOOPS_SCALARS : 0;
    }
    return use & LOOPS_SOME ? use : LOOPS_NONE;
}

LoopUse lower_loop_use(const CodegenJob *job)
{
    LoopUse all = LOOPS_NONE;
    uint32_t nloop = 0;
    for (uint32_t k = 0; k < job->nfn; k++) {
        if (job->fn[k].later)
            continue;
        ir_need((Fn *)job->fn[k].fn, HAVE_DOM | HAVE_LOOPS);
        all |= loops_of(job->arena, job->fn[k].fn, &nloop);
    }
    return nloop > MANY_LOOPS ? all | LOOPS_MANY : all;
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
