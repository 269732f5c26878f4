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

/* A nest on its way to loops: what the loop forms share. */
typedef struct NestLoops {
    Fn *fn;
    Nest *nest;
    const Ref *arg;             /* of the NEST: extents, captures, initial values */
    uint32_t axis[NDIM_MAX];    /* outermost first */
    BlkId handler;
} NestLoops;
Ref nest_clone(const NestLoops *l, const Ref *index);           /* parallel.c: the body for these indices; what it yields */
bool pairwise_wanted(const NestLoops *l);                       /* pairwise.c: has it a sum of floats? */
void pairwise_loops(const NestLoops *l, Ref *result);           /* one a reduction */
