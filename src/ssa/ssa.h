/* ssa.h: Bc[] → basic blocks → untyped SSA. The value stack and the local slots are gone afterwards.
 *
 * cfg.c needs Bc[], gives Blk[] in reverse postorder with predecessors, dominators, loops and exception edges; a
 * block never mixes two handlers. build.c (blocks), ops.c (instructions), locals.c and finish.c give a Fn at
 * LEVEL_PY: PARAM k is parameter k (then *args, **kwargs),
 * a `for` is PY_ITER; PHI of states; PY_MORE; BRANCH; PY_VALUE; PY_STEP. A local that may be read before it is
 * assigned goes through PY_BOUND, one that certainly is, does not. Phis that all have one operand (but
 * for themselves), and pure ops that nothing uses, are gone. Most are never made: where ways meet, for what differs; at the head
 * of a loop, for what the loop stores to.
 *
 * Exceptions: Blk.handler is where an op of the block that fails goes. A handler block has one predecessor entry for
 * each block it protects (these have no entry in succ); its phis take, of such a predecessor, the values at that
 * block's START: inside a protected range a block ends behind each store, so these are the values at the exception.
 * A handler that only cleans up and raises again to the caller (that of a comprehension) is dropped. PY_CAUGHT has what was being
 * handled there as its operand, if anything was. */
#pragma once
#include "decode/decode.h"
#include "ir/ir.h"

/* The ways out of a FOR: both, or, where unroll.c knows, one. */
typedef enum ForWays { FOR_BOTH, FOR_GOES_ON, FOR_ENDS } ForWays;

typedef struct CfgBlk {
    uint32_t first, last;       /* Bc indices, inclusive */
    VEC(uint32_t) pred, succ;   /* normal edges; succ[0] is taken when true (FOR: the body), succ[1] when false */
    VEC(uint32_t) guarded;      /* of a handler: the blocks it protects */
    int32_t handler;            /* block, or -1 */
    int32_t handler_depth;      /* stack entries that stay for the handler */
    bool is_handler;
    uint32_t idom, loop_header; /* UINT32_MAX: none; a header's loop is its own */
    bool is_header;
    VEC(uint32_t) stores;       /* of a header: the locals that Bc of its loop store to, each once */
    uint8_t ways;               /* ForWays of a block that ends with FOR; where it ends, succ is that way alone */
} CfgBlk;
typedef struct Cfg { const Code *code; CfgBlk *blk; uint32_t nblk; } Cfg;

Cfg *ssa_cfg(Unit *u, const Code *code);
/* Blocks with successors and handlers → the reachable ones as a Cfg. */
Cfg *ssa_cfg_link(Unit *u, const Code *code, CfgBlk *blk, uint32_t nblk);
bool ssa_dominates(const Cfg *cfg, uint32_t a, uint32_t b);
/* The loop of this header (PY_MORE's imm.i), which makes so many iterations, as so many copies of its body. unroll.c */
typedef struct Unroll { uint32_t header, times; } Unroll;
Cfg *ssa_unroll(Unit *u, const Cfg *cfg, const Unroll *loop, uint32_t n);
typedef struct SsaOptions {
    const char *const *typed;   /* locals whose values go through PY_LOCAL */
    uint32_t ntyped;
    Fold fold;                  /* of a comprehension: each value goes into an accumulated one, a second parameter and the result */
    struct Func *func;          /* whose SSA it is */
    const Code *outer;          /* of an inner function: the code that makes it; or NULL */
    struct Func *(*inner)(struct Func *func, void *code_object, uint32_t part);    /* the Func of an inner function (funcs.c) */
} SsaOptions;
Fn *ssa_build(Unit *u, const Cfg *cfg, const SsaOptions *opt);
void ssa_print_cfg(Text *out, const Cfg *cfg);
/* The name of the local that a value was last stored to, for messages; NULL. Fn.local_name is kept by ssa_build. */
const char *ssa_local_name(const Fn *fn, Ref v);
