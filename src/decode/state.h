/* state.h: what the walks of decode.c share. Include Python.h before it. */
#pragma once
#include "decode/decode.h"
#include "ir/ir.h"

/* How a version of CPython spells an opcode: a row of pyNNN.def. rule: rules.c. */
typedef struct Row { const char *name; uint8_t ncaches, rule, operand; } Row;
typedef struct Handler { uint32_t start, end, target, depth; bool lasti; } Handler;
typedef struct Shape { int32_t n; bool *ours; } Shape;      /* n = -1: not reached */

typedef struct Decode {
    Unit *u;
    Code *code;
    const Row *row;
    PyObject *consts, *names;
    bool *cell;                 /* by local: it is a cell or a free variable */
    uint32_t nunit;
    Pos *pos;                   /* of each unit */
    VEC(Bc) bc;
    VEC(uint32_t) unit;         /* of each Bc */
    uint32_t *bc_at;            /* unit → index of its first Bc */
    VEC(Handler) handlers;
    VEC(uint32_t) work;         /* Bc whose shape is new */
    Shape *shape;               /* before each Bc */
    bool *drop;
} Decode;

/* A new reference → one pinned on the Unit; NULL: fails with CPython's exception. */
PyObject *decode_keep(Unit *u, PyObject *value);
/* An attribute of the code object. */
PyObject *decode_attr(Decode *d, const char *name);
/* Of co_consts or co_names; at: the unit that asks. */
PyObject *decode_item(Decode *d, PyObject *tuple, uint32_t i, uint32_t at);
/* The code object is not as CPython makes them: fails with DIAG_BYTECODE at that unit. */
_Noreturn void decode_malformed(Decode *d, uint32_t unit, const char *why);
/* An index into the locals, or that. */
int32_t decode_local(Decode *d, uint32_t unit, int32_t local);
/* rules.c: the table of the running version (or DIAG_VERSION), and walk 1. */
const Row *decode_version(Unit *u);
void decode_units(Decode *d);
/* valid.c: fails with DIAG_BYTECODE where walk 1 gave what CPython's compiler never makes. */
void decode_valid(Decode *d);
/* shape.c: walks 2 and 3. */
void decode_shapes(Decode *d);
void decode_compact(Decode *d);
/* outline.c: comprehensions in the code become functions, c->parts. */
void decode_outline(Unit *u, Code *c);
