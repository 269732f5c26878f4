/* state.h: the state of ssa_build, and what the files that make it share. */
#pragma once
#include "ssa/ssa.h"

typedef struct BlkState {
    Ref *in, *out;              /* the state at its start and end: locals, then the stack */
    uint32_t nin, nout;
    uint64_t caught_in, caught_out;
    bool phis;                  /* in[] are phis of this block */
} BlkState;

typedef VEC(Ref) Refs;
typedef struct Named { Ref v; const char *name; } Named;

typedef struct Build {
    Unit *u;
    const Cfg *cfg;
    const Code *code;
    Fn *fn;
    const SsaOptions *opt;
    const int32_t *cell;        /* slots of fn->cell */
    BlkState *at;               /* by Cfg block */
    BlkId shift;                /* Fn block = Cfg block + shift: 1 with an entry block of its own */
    VEC(Ref) state;
    uint64_t caught;            /* which entries of the stack are what a handler caught: the copy that POP_EXCEPT takes */
    VEC(Named) named;
    Fold fold;                  /* of a comprehension: then local 0, once loaded, is what is accumulated */
    Ref accumulated, constant;  /* parameters: what is accumulated first, what PY_FOLD has as third operand */
    Refs comprehensions;        /* the PY_FUNCTIONs of comprehensions */
    uint32_t fold_blk;          /* the block that has the comprehension's values */
    uint32_t nloop;
    Ref unbound;                /* of block 0 */
    Ref *by;                    /* while finishing: what stands for a value, itself if nothing else */
} Build;

/* ops.c: what one instruction does to the state. */
const char *ssa_text(Build *b, const void *str);            /* a str's characters, in the arena */
Ref ssa_none(Build *b);
Ref ssa_handled(const Build *b);                            /* what the innermost handler around here caught, or none */
void ssa_instruction(Build *b, const CfgBlk *blk, const Bc *bc);
/* locals.c */
int32_t ssa_local_index(const Code *c, const char *name);
void ssa_find_cells(Build *b);                              /* fn->cell, changed, stored */
Ref ssa_bound(Build *b, int32_t local);                     /* the local's value, checked; finish.c drops needless checks */
Ref ssa_as_local(Build *b, Ref v, int32_t local);           /* v as the local's type, if the user gave it one */
void ssa_store(Build *b, int32_t local);
void ssa_delete(Build *b, int32_t local);
void ssa_load_clear(Build *b, int32_t local);
/* build.c: what slot k has on the way from block p to block i (a handler: at p's start). */
Ref ssa_from_pred(const Build *b, uint32_t i, uint32_t p, uint32_t k);
/* finish.c: the last step: operands of phis, then needless phis and checks go. */
void ssa_finish(Build *b);

/* Bytecode that CPython never makes, at the instruction that is being built. */
_Noreturn static inline void malformed(const Build *b, const char *why)
{
    fail(b->u, b->fn->pos.n > 0 ? &b->fn->pos.at[b->fn->cur_pos] : NULL, DIAG_BYTECODE, b->code->name, why);
}

/* values: the state is the locals, then the stack */

static inline void push(Build *b, Ref v) { vec_push(b->u->arena, &b->state, v); }
static inline Ref pop(Build *b)
{
    if (b->state.n <= b->code->nlocal)
        malformed(b, "the stack is empty");
    return b->state.at[--b->state.n];
}
/* The stack entry at a depth, 1 is the top. What only clears up after exceptions may reach below the bottom. */
static inline Ref *entry(Build *b, int32_t depth)
{
    if (b->state.n < b->code->nlocal + (uint32_t)depth)
        return &b->unbound;
    return &b->state.at[b->state.n - (uint32_t)depth];
}

static inline Ref emit(Build *b, IrOp op, const Ref *arg, uint32_t n) { return ir_emit(b->fn, op, NULL, arg, n); }
static inline Ref emit_str(Build *b, IrOp op, const Ref *arg, uint32_t n, const char *s) { return ir_emit_ptr(b->fn, op, NULL, arg, n, s); }
static inline Ref constant(Build *b, const void *object) { return ir_emit_ptr(b->fn, IR_PY_CONST, NULL, NULL, 0, object); }

/* Pops n values, the operands in the order they were pushed, and emits op. */
static inline Ref take(Build *b, IrOp op, uint32_t n, int64_t imm)
{
    if (b->state.n < b->code->nlocal + n)
        malformed(b, "values are missing on the stack");
    b->state.n -= n;
    return ir_emit_imm(b->fn, op, NULL, b->state.at + b->state.n, n, imm);
}
static inline void op(Build *b, IrOp op, uint32_t n, int64_t imm) { push(b, take(b, op, n, imm)); }
static inline Ref intrinsic(Build *b, const char *name, const Ref *arg, uint32_t n) { return emit_str(b, IR_PY_INTRINSIC, arg, n, name); }
static inline Ref truth(Build *b, Ref v)
{
    IrOp o = ir_ins(b->fn, v)->op;
    return o == IR_PY_TRUTH || o == IR_PY_MORE || o == IR_PY_IS || o == IR_PY_MATCHES ? v : emit(b, IR_PY_TRUTH, &v, 1);
}
static inline Ref is_none(Build *b, Ref v) { return ir_emit_imm(b->fn, IR_PY_IS, NULL, (Ref[]){ v, ssa_none(b) }, 2, 0); }

static inline void name_value(Build *b, Ref v, int32_t local)
{
    vec_push(b->u->arena, &b->named, ((Named){ v, b->code->local[local] }));
}
static inline bool is_free(const Build *b, int32_t local) { return (uint32_t)local >= b->code->nlocal - b->code->nfree; }
