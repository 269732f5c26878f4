/* opt.h: passes on the typed IR, in the order of opt_run(). One pass, one file, one function; what a pass needs,
 * keeps and breaks stands above it. Each asks ops for their properties (ir_op[].effect), not for names. */
#pragma once
#include "ir/ir.h"

typedef enum Target { TARGET_CPU, TARGET_PARALLEL, TARGET_GPU } Target;

/* All passes for one function. Afterwards no op of LEVEL_NEST is left, and references are counted. */
void opt_run(Fn *fn, Target target);

void opt_dce(Fn *fn);                   /* dce.c: values without use, unreachable blocks */
void opt_parallel(Fn *fn, Target t);    /* parallel.c: nest → loops (cpu), chunks (parallel), kernels (gpu) */
void opt_poll(Fn *fn);                  /* poll.c: innermost counted loops strip-mined; polls; stack checks */
void opt_memory(Fn *fn);                /* memory.c: RETAIN, RELEASE, cleanups */
