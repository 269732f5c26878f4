/* decode.c: CPython code object → Bc[].
 *
 * In: co_code and its tables. Three walks: (1) each instruction becomes Bc by the rule of its row in pyNNN.def; targets
 * are code units, depths count CPython's stack entries. (2) A forward walk over the stack's shape, which says of each
 * entry whether it is ours: NULLs and the instruction offset that some handlers get are not. It turns the depths of
 * COPY, LIST_APPEND and handlers and the count of CALL into ours. (3) What is dropped or unreachable goes, targets
 * become indices.
 * Holds after: every Bc is reachable (nothing follows REFUSED and MATCH_OTHER), and no depth counts a NULL. */
#define Py_LIMITED_API 0x030b0000
#include <Python.h>
#include "decode/decode.h"
#include "ir/ir.h"

#ifndef NUMJIT_VERSION
#define NUMJIT_VERSION ""
#endif

const char *const bc_name[BC_MAX] = {
#define BC(op, text) [BC_##op] = #op,
#include "decode/bc.def"
#undef BC
};

/* How an opcode becomes Bc. arg: what stands in the instruction. */
typedef enum Rule {
    RULE_UNKNOWN,
    RULE_DROP,          /* nothing */
    RULE_PLAIN,         /* op operand, no arg */
    RULE_ARG,           /* op operand, arg as it is */
    RULE_WORD,          /* op operand, object: the opcode's name */
    RULE_CONST,         /* object: constant arg */
    RULE_NAME,          /* object: name arg */
    RULE_NULL_NAME,     /* object: name arg >> 1; a NULL before the value if arg & 1 */
    RULE_METHOD,        /* object: name arg; two entries, of which one is ours */
    RULE_LOAD_CHECK,    /* local arg, which may be unbound */
    RULE_DEREF,         /* local arg or, from the first free variable on, FREE; only reading is possible there */
    RULE_UNARY,         /* operator operand */
    RULE_BINARY_OP,     /* operator arg; in place from BIN_MAX on */
    RULE_JUMP_FORWARD,  /* to arg units after the next instruction */
    RULE_JUMP_BACK,     /* to arg units before it */
    RULE_CALL,          /* arg arguments above two entries, one of which may be NULL */
    RULE_KW_NAMES,      /* constant arg is the object of the next CALL */
    RULE_CALL_EX,       /* arg & 1: a dict of keywords is there */
    RULE_FUNCTION,      /* the constant before it is its object */
    RULE_FORMAT_VALUE,  /* arg & 3: conversion, arg & 4: a spec is there */
    RULE_UNPACK_EX,     /* arg & 255 before, arg >> 8 after */
    RULE_DICT_MERGE,    /* arg2 = 1 */
    RULE_EXTENDED_ARG,  /* the next instruction's arg has arg << 8 */
} Rule;

typedef struct Row { const char *name; uint8_t ncaches, rule, operand; } Row;
#define OP(number, name, ncaches, rule, operand) [number] = { #name, ncaches, RULE_##rule, operand },
static const Row py311[256] = {
#include "decode/py311.def"
};
#undef OP

/* A version of CPython: one line here and one .def. */
static const struct { unsigned long version; const Row *row; } tables[] = {
    { 0x030b, py311 },
};

typedef struct Handler { uint32_t start, end, target, depth; bool lasti; } Handler;
typedef struct Shape { int32_t n; bool *ours; } Shape;      /* n = -1: not reached */

typedef struct Decode {
    Unit *u;
    Code *code;
    const Row *row;
    PyObject *consts, *names;
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

/* Python objects ---------------------------------------------------------------------------------------- */

static PyObject *keep(Unit *u, PyObject *value)             /* a new reference → a pinned one */
{
    if (!value)
        fail_py(u);
    unit_pin(u, value);
    Py_DECREF(value);
    return value;
}

static PyObject *attr(Decode *d, const char *name)
{
    return keep(d->u, PyObject_GetAttrString(d->code->object, name));
}

static uint32_t attr_int(Decode *d, const char *name)
{
    return (uint32_t)PyLong_AsLong(attr(d, name));
}

static const char *string(Unit *u, PyObject *s)             /* str → UTF-8 in the arena */
{
    PyObject *bytes = keep(u, PyUnicode_AsEncodedString(s, "utf-8", "backslashreplace"));
    return arena_strdup(u->arena, PyBytes_AsString(bytes));
}

static PyObject *item(Decode *d, PyObject *tuple, uint32_t i)
{
    PyObject *value = PyTuple_GetItem(tuple, i);
    if (!value)
        fail_py(d->u);
    return value;
}

static const char *attr_str(Decode *d, const char *name)
{
    return string(d->u, attr(d, name));
}

/* The index space of localsplus: parameters and locals, cells that are neither, free variables. */
static void read_locals(Decode *d)
{
    Code *c = d->code;
    PyObject *vars = attr(d, "co_varnames"), *cells = attr(d, "co_cellvars"), *frees = attr(d, "co_freevars");
    uint32_t nvar = (uint32_t)PyTuple_Size(vars), ncell = (uint32_t)PyTuple_Size(cells);
    c->nfree = (uint32_t)PyTuple_Size(frees);
    c->local = arena_new_n(d->u->arena, const char *, nvar + ncell + c->nfree + 1);
    for (uint32_t i = 0; i < nvar; i++)
        c->local[c->nlocal++] = string(d->u, item(d, vars, i));
    for (uint32_t i = 0; i < ncell; i++) {
        const char *name = string(d->u, item(d, cells, i));
        bool shared = false;
        for (uint32_t k = 0; k < nvar && !shared; k++)
            shared = strcmp(c->local[k], name) == 0;
        if (!shared)
            c->local[c->nlocal++] = name;
    }
    c->ncell_first = c->nlocal;
    for (uint32_t i = 0; i < c->nfree; i++)
        c->local[c->nlocal++] = string(d->u, item(d, frees, i));
}

/* co_exceptiontable: varints of 6 bits a byte, high ones first, bit 6: more follow, bit 7: an entry begins. */
static uint32_t table_varint(const uint8_t **at, const uint8_t *end)
{
    uint32_t value = 0;
    while (*at < end) {
        uint32_t byte = *(*at)++;
        value = value << 6 | (byte & 63);
        if (!(byte & 64))
            break;
    }
    return value;
}

static void read_handlers(Decode *d)
{
    PyObject *table = attr(d, "co_exceptiontable");
    const uint8_t *at = (const uint8_t *)PyBytes_AsString(table), *end = at + PyBytes_Size(table);
    while (at < end) {
        Handler h = { .start = table_varint(&at, end) };
        h.end = h.start + table_varint(&at, end);
        h.target = table_varint(&at, end);
        uint32_t depth = table_varint(&at, end);
        h.depth = depth >> 1;
        h.lasti = depth & 1;
        vec_push(d->u->arena, &d->handlers, h);
    }
}

static const Handler *handler_of(const Decode *d, uint32_t unit)
{
    for (uint32_t i = 0; i < d->handlers.n; i++)
        if (d->handlers.at[i].start <= unit && unit < d->handlers.at[i].end)
            return &d->handlers.at[i];
    return NULL;
}

/* 1: rules ----------------------------------------------------------------------------------------------- */

static void emit(Decode *d, uint32_t unit, BcOp op, int32_t arg, int32_t arg2, const void *object)
{
    Bc b = { .op = (uint8_t)op, .arg = arg, .arg2 = arg2, .object = object, .pos = d->pos[unit], .handler = -1 };
    vec_push(d->u->arena, &d->bc, b);
    vec_push(d->u->arena, &d->unit, unit);
}

static void emit_word(Decode *d, uint32_t unit, BcOp op, const char *word)
{
    emit(d, unit, op, 0, 0, keep(d->u, PyUnicode_FromString(word)));
}

static void emit_deref(Decode *d, uint32_t unit, const Row *row, int32_t arg)
{
    int32_t first_free = (int32_t)d->code->ncell_first;
    if (arg < first_free)
        emit(d, unit, row->operand, arg, row->operand == BC_LOAD, NULL);
    else if (row->operand == BC_LOAD)
        emit(d, unit, BC_FREE, arg - first_free, 0, NULL);
    else
        emit_word(d, unit, BC_REFUSED, row->name);
}

static void emit_function(Decode *d, uint32_t unit, int32_t arg)
{
    if (d->bc.n == 0 || d->bc.at[d->bc.n - 1].op != BC_CONST)
        nj_bug(d->u, "decode: MAKE_FUNCTION without its code object");
    const void *code = d->bc.at[d->bc.n - 1].object;
    d->bc.n--;
    d->unit.n--;
    emit(d, unit, BC_FUNCTION, arg, 0, code);
}

/* One instruction. next: the unit after it and its caches. names: of the next CALL. */
static void emit_row(Decode *d, const Row *row, uint32_t unit, int32_t arg, uint32_t next, const void **names)
{
    BcOp op = row->operand;
    switch ((Rule)row->rule) {
    case RULE_UNKNOWN: case RULE_EXTENDED_ARG: nj_bug(d->u, "decode: unknown opcode");
    case RULE_DROP: break;
    case RULE_PLAIN: emit(d, unit, op, 0, 0, NULL); break;
    case RULE_ARG: emit(d, unit, op, arg, 0, NULL); break;
    case RULE_WORD: emit_word(d, unit, op, row->name); break;
    case RULE_CONST: emit(d, unit, op, 0, 0, item(d, d->consts, (uint32_t)arg)); break;
    case RULE_NAME: emit(d, unit, op, 0, 0, item(d, d->names, (uint32_t)arg)); break;
    case RULE_NULL_NAME:
        if (arg & 1)
            emit(d, unit, BC_PUSH_NULL, 0, 0, NULL);
        emit(d, unit, op, 0, 0, item(d, d->names, (uint32_t)arg >> 1));
        break;
    case RULE_METHOD:
        emit(d, unit, op, 0, 0, item(d, d->names, (uint32_t)arg));
        emit(d, unit, BC_PUSH_NULL, 0, 0, NULL);
        break;
    case RULE_LOAD_CHECK: emit(d, unit, op, arg, 1, NULL); break;
    case RULE_DEREF: emit_deref(d, unit, row, arg); break;
    case RULE_UNARY: emit(d, unit, BC_UNARY, row->operand, 0, NULL); break;
    case RULE_BINARY_OP:
        emit(d, unit, arg < BIN_MAX ? BC_BINARY : BC_INPLACE, arg % BIN_MAX, 0, NULL);
        break;
    case RULE_JUMP_FORWARD: emit(d, unit, op, (int32_t)next + arg, 0, NULL); break;
    case RULE_JUMP_BACK: emit(d, unit, op, (int32_t)next - arg, 0, NULL); break;
    case RULE_CALL:
        emit(d, unit, op, arg, 0, *names);
        *names = NULL;
        break;
    case RULE_KW_NAMES: *names = item(d, d->consts, (uint32_t)arg); break;
    case RULE_CALL_EX: emit(d, unit, op, 0, arg & 1, NULL); break;
    case RULE_FUNCTION: emit_function(d, unit, arg); break;
    case RULE_FORMAT_VALUE: {
        static const char conversion[4] = { 0, 's', 'r', 'a' };
        emit(d, unit, op, conversion[arg & 3], (arg & 4) != 0, NULL);
        break;
    }
    case RULE_UNPACK_EX: emit(d, unit, op, arg & 255, arg >> 8, NULL); break;
    case RULE_DICT_MERGE: emit(d, unit, op, arg, 1, NULL); break;
    }
}

static void read_units(Decode *d)
{
    PyObject *code = attr(d, "co_code");
    const uint8_t *bytes = (const uint8_t *)PyBytes_AsString(code);
    d->nunit = (uint32_t)PyBytes_Size(code) / 2;
    d->bc_at = arena_new_n(d->u->arena, uint32_t, d->nunit + 1);
    const void *names = NULL;
    uint32_t extended = 0, next;
    for (uint32_t unit = 0; unit < d->nunit; unit = next) {
        const Row *row = &d->row[bytes[2 * unit]];
        uint32_t arg = extended << 8 | bytes[2 * unit + 1];
        next = unit + 1 + row->ncaches;
        for (uint32_t i = unit; i < next && i < d->nunit; i++)
            d->bc_at[i] = d->bc.n;
        extended = row->rule == RULE_EXTENDED_ARG ? arg : 0;
        if (row->rule == RULE_UNKNOWN)
            fail(d->u, &d->pos[unit], DIAG_OPCODE, "an unknown opcode of this version of CPython");
        if (row->rule != RULE_EXTENDED_ARG)
            emit_row(d, row, unit, (int32_t)arg, next, &names);
    }
    d->bc_at[d->nunit] = d->bc.n;
}

/* 2: the stack's shape ----------------------------------------------------------------------------------- */

typedef struct Effect { int32_t pop, push; } Effect;

/* CPython's entries, after rule 1: a CALL has callable and NULL below its arguments. */
static Effect effect(const Bc *b)
{
    switch ((BcOp)b->op) {
    case BC_CONST: case BC_LOAD: case BC_LOAD_CLEAR: case BC_GLOBAL: case BC_FREE: case BC_LOAD_CELL:
    case BC_ASSERTION_ERROR: case BC_PUSH_NULL: case BC_COPY: case BC_FOR:
        return (Effect){ 0, 1 };
    case BC_STORE: case BC_POP: case BC_RETURN: case BC_RERAISE: case BC_POP_EXCEPT: case BC_LIST_APPEND: case BC_SET_ADD:
    case BC_LIST_EXTEND: case BC_SET_UPDATE: case BC_DICT_UPDATE: case BC_JUMP_IF_TRUE: case BC_JUMP_IF_FALSE:
    case BC_JUMP_IF_NONE: case BC_JUMP_IF_NOT_NONE: case BC_JUMP_IF_TRUE_OR_POP: case BC_JUMP_IF_FALSE_OR_POP:
        return (Effect){ 1, 0 };
    case BC_ATTR: case BC_UNARY: case BC_TRUTH: case BC_LIST_TO_TUPLE: case BC_ITER: case BC_YIELD:
        return (Effect){ 1, 1 };
    case BC_BINARY: case BC_INPLACE: case BC_COMPARE: case BC_IS: case BC_IN: case BC_ITEM: case BC_IMPORT:
        return (Effect){ 2, 1 };
    case BC_EXC_MATCH: return (Effect){ 2, 2 };
    case BC_PUSH_EXC: case BC_IMPORT_FROM: case BC_MATCH_SEQUENCE: case BC_MATCH_MAPPING: case BC_MATCH_LEN:
        return (Effect){ 1, 2 };
    case BC_SET_ATTR: case BC_DEL_ITEM: case BC_DICT_ADD: return (Effect){ 2, 0 };
    case BC_SET_ITEM: return (Effect){ 3, 0 };
    case BC_CALL: return (Effect){ b->arg + 2, 1 };
    case BC_CALL_EX: return (Effect){ 3 + b->arg2, 1 };
    case BC_SLICE: case BC_TUPLE: case BC_LIST: case BC_SET: case BC_STRING: return (Effect){ b->arg, 1 };
    case BC_DICT: return (Effect){ 2 * b->arg, 1 };
    case BC_DICT_CONST_KEYS: return (Effect){ b->arg + 1, 1 };
    case BC_UNPACK: return (Effect){ 1, b->arg };
    case BC_UNPACK_STAR: return (Effect){ 1, b->arg + 1 + b->arg2 };
    case BC_FORMAT: return (Effect){ 1 + b->arg2, 1 };
    case BC_FUNCTION: return (Effect){ __builtin_popcount(b->arg & 15), 1 };
    case BC_RAISE: return (Effect){ b->arg, 0 };
    case BC_DELETE: case BC_SWAP: case BC_JUMP: case BC_MATCH_OTHER: case BC_REFUSED: return (Effect){ 0, 0 };
    case BC_MAX: break;
    }
    return (Effect){ 0, 0 };
}

static bool falls_through(BcOp op)
{
    return op != BC_JUMP && op != BC_RETURN && op != BC_RAISE && op != BC_RERAISE && op != BC_REFUSED && op != BC_MATCH_OTHER;
}

static bool is_jump(BcOp op)
{
    return op == BC_FOR || (op >= BC_JUMP && op <= BC_JUMP_IF_FALSE_OR_POP);
}

/* How many of the n entries from `from` on are ours. */
static int32_t count_ours(const Shape *s, int32_t from, int32_t n)
{
    int32_t count = 0;
    for (int32_t i = from; i < from + n; i++)
        count += s->ours[i];
    return count;
}

/* s flows into Bc i. */
static void flow_into(Decode *d, uint32_t i, const Shape *s)
{
    if (i >= d->bc.n || s->n < 0)
        nj_bug(d->u, "decode: control leaves the code of %s", d->code->name);
    Shape *old = &d->shape[i];
    if (old->n < 0) {
        old->n = s->n;
        old->ours = arena_new_n(d->u->arena, bool, s->n + 1);
        if (s->n > 0)
            memcpy(old->ours, s->ours, sizeof(bool) * (size_t)s->n);
        vec_push(d->u->arena, &d->work, i);
    } else if (old->n != s->n || (s->n > 0 && memcmp(old->ours, s->ours, (size_t)s->n) != 0)) {
        nj_bug(d->u, "decode: two shapes of the stack meet at Bc %u of %s", i, d->code->name);
    }
}

static void refuse(Decode *d, uint32_t i, const char *word)
{
    d->bc.at[i].op = BC_REFUSED;
    d->bc.at[i].object = keep(d->u, PyUnicode_FromString(word));
}

/* Depths and counts of Bc i become ours. s is the shape before it and becomes the one after it, on the way that
 * falls through. Each Bc comes here once. */
static void step(Decode *d, uint32_t i, Shape *s)
{
    Bc *b = &d->bc.at[i];
    Effect e = effect(b);
    int32_t top = s->n - 1, below = s->n - b->arg;
    if (e.pop > s->n)
        nj_bug(d->u, "decode: the stack is too short at Bc %u of %s", i, d->code->name);
    bool push = true;
    switch ((BcOp)b->op) {
    case BC_PUSH_NULL:
        push = false;
        d->drop[i] = true;
        break;
    case BC_POP:
        d->drop[i] = !s->ours[top];
        break;
    case BC_COPY:
        if (below < 0)
            nj_bug(d->u, "decode: COPY below the stack");
        push = s->ours[below];
        d->drop[i] = !push;
        b->arg = count_ours(s, below, b->arg);
        break;
    case BC_SWAP: {
        if (below < 0)
            nj_bug(d->u, "decode: SWAP below the stack");
        bool a = s->ours[below], z = s->ours[top];
        int32_t between = count_ours(s, below + 1, b->arg - 2);
        d->drop[i] = !(a && z);
        if (a != z && between > 0)
            refuse(d, i, "SWAP");
        s->ours[below] = z;
        s->ours[top] = a;
        b->arg = between + 2;
        break;
    }
    case BC_LIST_APPEND: case BC_SET_ADD: case BC_DICT_ADD: case BC_LIST_EXTEND: case BC_SET_UPDATE: case BC_DICT_UPDATE:
        if (below < e.pop)
            nj_bug(d->u, "decode: container below the stack");
        b->arg = count_ours(s, below - e.pop, b->arg);
        break;
    case BC_CALL:               /* the second entry may be an argument: decorators, comprehensions */
        b->arg = count_ours(s, s->n - e.pop, e.pop) - 1;
        break;
    default:
        break;
    }
    s->n -= e.pop;
    for (int32_t k = 0; k < e.push; k++)
        s->ours[s->n++] = push;
}

static void flow(Decode *d, uint32_t i, Shape *s)
{
    memcpy(s->ours, d->shape[i].ours, sizeof(bool) * (size_t)d->shape[i].n);
    s->n = d->shape[i].n;
    const Handler *h = handler_of(d, d->unit.at[i]);
    if (h && (int32_t)h->depth <= s->n) {
        Shape at = { 0, arena_new_n(d->u->arena, bool, h->depth + 2) };
        memcpy(at.ours, s->ours, sizeof(bool) * h->depth);
        at.n = (int32_t)h->depth;
        d->bc.at[i].handler = (int32_t)d->bc_at[h->target];
        d->bc.at[i].handler_depth = count_ours(s, 0, at.n);
        if (h->lasti)
            at.ours[at.n++] = false;
        at.ours[at.n++] = true;
        flow_into(d, d->bc_at[h->target], &at);
    }
    step(d, i, s);
    Bc *b = &d->bc.at[i];
    if (is_jump(b->op)) {
        Shape at = *s;
        b->arg = (int32_t)d->bc_at[b->arg];
        if (b->op == BC_FOR)
            at.n -= 2;
        if (b->op == BC_JUMP_IF_TRUE_OR_POP || b->op == BC_JUMP_IF_FALSE_OR_POP)
            at.n += 1;
        flow_into(d, (uint32_t)b->arg, &at);
    }
    if (falls_through(b->op))
        flow_into(d, i + 1, s);
}

static void flow_all(Decode *d)
{
    uint32_t n = d->bc.n;
    int32_t max = 4;
    for (uint32_t i = 0; i < d->bc.n; i++)
        max += effect(&d->bc.at[i]).push;
    d->drop = arena_new_n(d->u->arena, bool, n + 1);
    d->shape = arena_new_n(d->u->arena, Shape, n + 1);
    for (uint32_t i = 0; i < n; i++)
        d->shape[i].n = -1;
    Shape s = { 0, arena_new_n(d->u->arena, bool, max) };
    flow_into(d, 0, &s);
    while (d->work.n > 0)
        flow(d, d->work.at[--d->work.n], &s);
}

/* 3: what stays ------------------------------------------------------------------------------------------ */

static void compact(Decode *d)
{
    Code *c = d->code;
    uint32_t *moved = arena_new_n(d->u->arena, uint32_t, d->bc.n + 1);
    c->bc = arena_new_n(d->u->arena, Bc, d->bc.n + 1);
    for (uint32_t i = 0; i < d->bc.n; i++) {
        moved[i] = c->nbc;
        if (d->shape[i].n >= 0 && !d->drop[i])
            c->bc[c->nbc++] = d->bc.at[i];
    }
    for (Bc *b = c->bc; b < c->bc + c->nbc; b++) {
        if (is_jump(b->op))
            b->arg = (int32_t)moved[b->arg];
        if (b->handler >= 0)
            b->handler = (int32_t)moved[b->handler];
    }
}

static const Row *running_version(Unit *u)
{
    for (uint32_t i = 0; i < countof(tables); i++)
        if (tables[i].version == Py_Version >> 16)
            return tables[i].row;
    fail(u, NULL, DIAG_VERSION, Py_GetVersion(), NUMJIT_VERSION);
}

Code *decode(Unit *u, void *code_object)
{
    Decode d = { .u = u, .code = arena_new_of(u->arena, Code), .row = running_version(u) };
    Code *c = d.code;
    c->object = code_object;
    unit_pin(u, code_object);
    c->name = attr_str(&d, "co_name");
    c->qualname = attr_str(&d, "co_qualname");
    c->filename = attr_str(&d, "co_filename");
    c->first_line = (int32_t)attr_int(&d, "co_firstlineno");
    c->nargs = attr_int(&d, "co_argcount");
    c->nkwonly = attr_int(&d, "co_kwonlyargcount");
    uint32_t flags = attr_int(&d, "co_flags");
    c->varargs = flags & 0x4;
    c->varkw = flags & 0x8;
    c->generator = flags & 0x20;
    c->coroutine = flags & (0x80 | 0x100 | 0x200);          /* and asynchronous generators */
    d.consts = attr(&d, "co_consts");
    d.names = attr(&d, "co_names");
    read_locals(&d);
    read_handlers(&d);
    uint32_t npos;
    d.pos = decode_positions(u, code_object, &npos);
    read_units(&d);
    flow_all(&d);
    compact(&d);
    return c;
}

/* Dump --------------------------------------------------------------------------------------------------- */

static void print_object(Text *out, PyObject *object)
{
    PyObject *name = PyObject_GetAttrString(object, "co_qualname");    /* a code object's repr holds its address */
    if (!name)
        PyErr_Clear();
    PyObject *repr = name ? name : PyObject_Repr(object);
    PyObject *bytes = repr ? PyUnicode_AsEncodedString(repr, "utf-8", "backslashreplace") : NULL;
    if (bytes)
        text_printf(out, name ? " <code %s>" : " %s", PyBytes_AsString(bytes));
    else
        PyErr_Clear();
    Py_XDECREF(bytes);
    Py_XDECREF(repr);
}

static void print_bc(Text *out, const Code *c, uint32_t i)
{
    const Bc *b = &c->bc[i];
    text_printf(out, "%4u  %-20s", i, bc_name[b->op]);
    switch ((BcOp)b->op) {
    case BC_LOAD: case BC_LOAD_CLEAR: case BC_STORE: case BC_DELETE: case BC_LOAD_CELL:
        text_printf(out, " %s", c->local[b->arg]);
        break;
    case BC_FREE:
        text_printf(out, " %s", c->local[c->ncell_first + (uint32_t)b->arg]);
        break;
    case BC_BINARY: text_printf(out, " %s", bin_name[b->arg]); break;
    case BC_INPLACE: text_printf(out, " %s=", bin_name[b->arg]); break;
    case BC_UNARY: text_printf(out, " %s", un_name[b->arg]); break;
    case BC_COMPARE: text_printf(out, " %s", cmp_name[b->arg]); break;
    default:
        if (is_jump(b->op))
            text_printf(out, " -> %d", b->arg);
        else if (b->arg || (b->op == BC_CALL || b->op == BC_TUPLE || b->op == BC_LIST || b->op == BC_DICT))
            text_printf(out, " %d", b->arg);
    }
    if (b->arg2 && b->op != BC_LOAD)
        text_printf(out, ", %d", b->arg2);
    if (b->object)
        print_object(out, (PyObject *)b->object);
    text_printf(out, "  @%d:%d", b->pos.line, b->pos.col);
    if (b->handler >= 0)
        text_printf(out, "  handler %d/%d", b->handler, b->handler_depth);
    text_printf(out, "\n");
}

void decode_print(Text *out, const Code *c)
{
    text_printf(out, "code %s", c->qualname);
    for (uint32_t i = 0; i < c->nlocal; i++)
        text_printf(out, " %s%s", c->local[i], i >= c->ncell_first ? " (free)" : "");
    text_printf(out, "\n");
    for (uint32_t i = 0; i < c->nbc; i++)
        print_bc(out, c, i);
}
