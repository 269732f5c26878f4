/* decode.h: CPython code object → Bc[], one instruction set for every version of CPython.
 *
 * All that differs between versions is in this folder: pyNNN.def, one a version, all built in, the running one chosen at
 * load; an unknown version is refused. Only co_code is read. What leaves has no caches, no pair opcodes, no NULLs on the
 * stack: a call is (callable, arguments, names), a method call is a call of an attribute, the state of an iterator is one
 * stack entry, targets are indices into Bc[]. Every Bc is reachable: nothing follows REFUSED and MATCH_OTHER; a list
 * comprehension is a function. The instruction offset that CPython pushes for some handlers is no stack entry either. */
#pragma once
#include "base/base.h"

/* What an instruction does to the stack: see bc.def. */
typedef enum BcOp {
#define BC(op, text) BC_##op,
#include "decode/bc.def"
#undef BC
    BC_MAX
} BcOp;
extern const char *const bc_name[BC_MAX];
static inline bool bc_falls_through(BcOp op)
{
    return op != BC_JUMP && op != BC_RETURN && op != BC_RAISE && op != BC_RERAISE && op != BC_REFUSED && op != BC_MATCH_OTHER;
}
static inline bool bc_jumps(BcOp op) { return op == BC_FOR || (op >= BC_JUMP && op <= BC_JUMP_IF_FALSE_OR_POP); }

typedef struct Bc {
    uint8_t op;                 /* BcOp */
    int32_t arg;                /* count, index, operator, or target (index in Bc[]) */
    int32_t arg2;
    const void *object;         /* PyObject*: constant, name, tuple of keyword names. Borrowed from the code object, or pinned on the Unit */
    Pos pos;
    int32_t handler;            /* index of the Bc that its exception handler begins with; -1: none */
    int32_t handler_depth;      /* stack entries (ours) that stay for it */
} Bc;

typedef struct Code {
    void *object;               /* PyCodeObject* */
    const char *name, *qualname, *filename;
    int32_t first_line;
    uint32_t nbc;
    Bc *bc;
    uint32_t nlocal;            /* locals, cells and free variables share one index space: 0 .. nlocal-1 */
    const char **local;         /* their names */
    uint32_t ncell_first;       /* nlocal - nfree: free variables are nlocal-nfree .. nlocal-1 */
    uint32_t nfree;
    uint32_t nargs, nkwonly;    /* positional parameters, keyword-only ones; then *args, then **kwargs */
    bool varargs, varkw, generator, coroutine;
    bool comprehension;         /* its one parameter is an iterator: ".0" */
    bool outlined;              /* CPython runs it in the frame of the function around it: outline.c */
    VEC(struct Code *) parts;   /* comprehensions taken out of it: outline.c. FUNCTION's arg2: the number of one, from 1 */
} Code;

/* Fails with DIAG_VERSION, DIAG_OPCODE and, for bytecode that somebody changed (code.replace), DIAG_BYTECODE: whatever the
 * bytes are, what comes out holds. Needs the GIL. */
Code *decode(Unit *u, void *code_object);
/* Number `part` of its parts; 0: itself. */
Code *decode_part(Unit *u, void *code_object, uint32_t part);
void decode_print(Text *out, const Code *c);
/* The line table alone: position of each code unit. lines.c */
Pos *decode_positions(Unit *u, void *code_object, uint32_t *n);
