/* opt.c: the passes in their order. */
#include "opt/opt.h"
#include <stdlib.h>

static void check(Fn *fn, IrLevel level, const char *after)
{
#ifdef NUMJIT_CHECKS
    ir_check_fn(fn, level, after);
#else
    (void)fn, (void)level, (void)after;
#endif
}

/* Nests to loops, and what loops need. */
static void make_loops(Fn *fn, TargetId target)
{
    opt_parallel(fn, target);
    check(fn, LEVEL_ANY, "parallel");
    opt_whiles(fn);
    check(fn, LEVEL_ANY, "whiles");
    opt_checks(fn);
    check(fn, LEVEL_ANY, "checks");
    opt_protect(fn);
    opt_flat(fn);
    check(fn, LEVEL_ANY, "flat");
    opt_brief(fn);
    opt_chosen(fn);
    if (target != TARGET_DEVICE)
        opt_poll(fn);
    check(fn, LEVEL_ANY, "poll");
}

static void settle(Fn *fn, TargetId target)
{
    if (fn->settled)
        return;
    fn->settled = true;
    for (uint32_t k = 0; k < fn->chunks.n; k++)         /* slow turns of the rest of a loop (whole.c) */
        settle(fn->chunks.at[k], target);
    opt_dce(fn);
    check(fn, LEVEL_ANY, "dce after parallel");
    if (target == TARGET_DEVICE)
        opt_device(fn);
    else
        opt_memory(fn);
    check(fn, LEVEL_ANY, "memory");
}

/* fn after what it runs apart; the slow turns of its loops (slow.c) become such. */
static void finish(Fn *fn, TargetId target)
{
    for (uint32_t k = 0, n = fn->chunks.n; k < n; k++)
        finish(fn->chunks.at[k], target);
    make_loops(fn, target);
    settle(fn, target);
}

void opt_nests(Fn *fn, TargetId target, FnOf fn_of)
{
    opt_split(fn);
    opt_dce(fn);
    opt_protect(fn);
    check(fn, LEVEL_NEST, "split, dce");
    if (target != TARGET_PARALLEL && target != TARGET_GPU) {
        remark_prange(fn);
    } else if (prange_any(fn)) {
        opt_fuse(fn, false);            /* acc[:] = np.maximum(acc, row) is one nest where it is looked at */
        opt_prange(fn, target);
    }
    check(fn, LEVEL_NEST, "prange");
    opt_fuse(fn, true);
    opt_frame(fn, fn_of);
    opt_long(fn, fn_of);
    remark_arrays(fn, false);
    check(fn, LEVEL_NEST, "fuse");
}

/* fn, and the rare calls of it that usual.c has set apart. */
static void version(Fn *fn, TargetId target)
{
    uint32_t n = fn->chunks.n;
    struct Remarks *remarks = fn->unit->remarks;
    opt_version(fn, target);
    check(fn, LEVEL_NEST, "version");
    fn->unit->remarks = NULL;           /* what there is to say is said */
    for (uint32_t k = 0; k < n; k++)
        version(fn->chunks.at[k], target);
    fn->unit->remarks = remarks;
}

static void make_chunks(Fn *fn)
{
    for (uint32_t k = 0, n = fn->chunks.n; k < n; k++)
        make_chunks(fn->chunks.at[k]);          /* what is done later */
    opt_chunks(fn);
}

void opt_run(Fn *fn, TargetId target, FnOf fn_of, void (*seen)(void *context), void *context)
{
    opt_nests(fn, target, fn_of);
    seen(context);
    if (target < TARGET_GPU)
        opt_usual(fn);
    check(fn, LEVEL_NEST, "usual");
    version(fn, target);
    if (target == TARGET_PARALLEL)
        make_chunks(fn);
    check(fn, LEVEL_NEST, "chunks");
    if (target == TARGET_GPU)
        opt_kernels(fn);
    for (uint32_t k = 0; k < fn->chunks.n && target == TARGET_GPU; k++)
        finish(fn->chunks.at[k], TARGET_DEVICE);
    if (target != TARGET_GPU)
        finish(fn, target);
}
