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

void opt_run(Fn *fn, Target target)
{
    opt_dce(fn);
    check(fn, LEVEL_NEST, "dce");
    opt_version(fn);
    check(fn, LEVEL_NEST, "version");
    opt_parallel(fn, target);
    check(fn, LEVEL_ANY, "parallel");
    opt_checks(fn);
    check(fn, LEVEL_ANY, "checks");
    opt_brief(fn);
    opt_poll(fn);
    check(fn, LEVEL_ANY, "poll");
    opt_dce(fn);
    check(fn, LEVEL_ANY, "dce after parallel");
    opt_memory(fn);
    check(fn, LEVEL_ANY, "memory");
}
