/* ssa.h: Bc[] → basic blocks → untyped SSA. The value stack and the local slots are gone afterwards.
 *
 * cfg.c needs Bc[], gives Blk[] in reverse postorder with predecessors, dominators, loops and exception edges; a
 * block never mixes two handlers. build.c gives a Fn at LEVEL_PY: PARAM k is parameter k (then *args, **kwargs),
 * a `for` is PY_ITER; PHI of states; PY_MORE; BRANCH; PY_VALUE; PY_STEP. A local that may be read before it is
 * assigned goes through PY_BOUND, one that certainly is, does not. Phis that all have one operand (but
 * for themselves), and pure ops that nothing uses, are gone.
 *
 * Exceptions: Blk.handler is where an op of the block that fails goes. A handler block has one predecessor entry for
 * each block it protects (these have no entry in succ); its phis take, of such a predecessor, the values at that
 * block's START: inside a protected range a block ends behind each store, so these are the values at the exception.
 * A handler that only cleans up and raises again to the caller (that of a comprehension) is dropped. */
#pragma once
#include "decode/decode.h"
#include "ir/ir.h"

typedef struct CfgBlk {
    uint32_t first, last;       /* Bc indices, inclusive */
    VEC(uint32_t) pred, succ;   /* normal edges; succ[0] is taken when true (FOR: the body), succ[1] when false */
    VEC(uint32_t) guarded;      /* of a handler: the blocks it protects */
    int32_t handler;            /* block, or -1 */
    int32_t handler_depth;      /* stack entries that stay for the handler */
    bool is_handler;
    uint32_t idom, loop_header; /* UINT32_MAX: none; a header's loop is its own */
    bool is_header;
} CfgBlk;
typedef struct Cfg { const Code *code; CfgBlk *blk; uint32_t nblk; } Cfg;

Cfg *ssa_cfg(Unit *u, const Code *code);
/* typed: locals whose values go through PY_LOCAL. inner: makes the Func of an inner function's code object (compile.c). */
Fn *ssa_build(Unit *u, const Cfg *cfg, const char *const *typed, uint32_t ntyped, struct Func *(*inner)(Unit *u, void *code_object));
void ssa_print_cfg(Text *out, const Cfg *cfg);
/* The name of the local that a value was last stored to, for messages; NULL. Fn.local_name is kept by ssa_build. */
const char *ssa_local_name(const Fn *fn, Ref v);
