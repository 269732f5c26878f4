/* rules.c: walk 1 of decode.c: each instruction becomes Bc by the rule of its row in pyNNN.def. Targets are code
 * units, depths count CPython's stack entries, NULLs are pushed and popped. */
#define Py_LIMITED_API 0x030b0000
#include <Python.h>
#include "decode/state.h"

/* How an opcode becomes Bc. arg: what stands in the instruction; op: the rule's operand. */
typedef enum Rule {
    RULE_UNKNOWN,
    RULE_DROP,          /* nothing */
    RULE_PLAIN,         /* op, no arg */
    RULE_ARG,           /* op, arg as it is */
    RULE_WORD,          /* op, object: the opcode's name */
    RULE_POPS,          /* operand times POP */
    RULE_CONST,         /* object: constant arg, one with slices in it made by SLICE and TUPLE */
    RULE_SMALL_INT,     /* object: the int arg */
    RULE_COMMON_CONST,  /* object: common_const[arg] */
    RULE_RETURN_CONST,  /* CONST of constant arg, then op */
    RULE_NAME,          /* object: name arg */
    RULE_NAME_FLAGS,    /* object: name arg >> 2 */
    RULE_NULL_NAME,     /* object: name arg >> 1; a NULL before the value if arg & 1 */
    RULE_NAME_NULL,     /* likewise, the NULL after the value */
    RULE_METHOD,        /* object: name arg; two entries, of which one is ours */
    RULE_LOAD,          /* local arg; of a cell: the cell itself */
    RULE_TWO_LOCALS,    /* locals arg >> 4, arg & 15 */
    RULE_STORE_LOAD,    /* STORE of arg >> 4, LOAD of arg & 15 */
    RULE_DEREF,         /* local arg or, from the first free variable on, FREE; only reading is possible there */
    RULE_UNARY,         /* operator operand */
    RULE_BINARY_OP,     /* operator arg, the first half in this order of BinOp, then in place; then the subscript */
    RULE_COMPARE,       /* operator arg >> operand; bit 4 below a shift of 5: the result becomes a bool */
    RULE_SLICED,        /* SLICE of two, then op */
    RULE_JUMP_FORWARD,  /* to arg units after the next instruction */
    RULE_JUMP_BACK,     /* to arg units before it */
    RULE_FOR,           /* likewise forward; at the end CPython leaves operand entries: the iterator and a value */
    RULE_ITER_NULL,     /* the iterator and a NULL above it; arg: a flag of coroutines */
    RULE_CALL,          /* arg arguments above two entries, one of which may be NULL */
    RULE_CALL_KW,       /* likewise, the constant before it is its names */
    RULE_KW_NAMES,      /* constant arg is the object of the next CALL */
    RULE_CALL_EX,       /* arg & 1: a dict of keywords is there */
    RULE_CALL_EX_NULL,  /* a dict of keywords or NULL is there */
    RULE_INTRINSIC,     /* a function of one argument: number arg of CPython's list */
    RULE_FUNCTION,      /* the constant before it is its object */
    RULE_FUNCTION_ATTRIBUTE, /* flag arg of the FUNCTION before it */
    RULE_FORMAT_VALUE,  /* arg & 3: conversion, arg & 4: a spec is there */
    RULE_CONVERT,       /* conversion arg, formatted as it is */
    RULE_FORMAT_SIMPLE, /* nothing after CONVERT, which has made a str */
    RULE_FORMAT_SPEC,   /* a spec is there */
    RULE_UNPACK_EX,     /* arg & 255 before, arg >> 8 after */
    RULE_DICT_MERGE,    /* arg2 = 1 */
    RULE_EXTENDED_ARG,  /* the next instruction's arg has arg << 8 */
} Rule;

#define OP(number, name, ncaches, rule, operand) [number] = { #name, ncaches, RULE_##rule, operand },
static const Row py311[256] = {
#include "decode/py311.def"
};
static const Row py312[256] = {
#include "decode/py312.def"
};
static const Row py313[256] = {
#include "decode/py313.def"
};
static const Row py314[256] = {
#include "decode/py314.def"
};
static const Row py315[256] = {
#include "decode/py315.def"
};
#undef OP

/* A version of CPython: one line here and one .def. */
static const struct { unsigned long version; const Row *row; } tables[] = {
    { 0x030b, py311 },
    { 0x030c, py312 },
    { 0x030d, py313 },
    { 0x030e, py314 },
    { 0x030f, py315 },
};

static void emit(Decode *d, uint32_t unit, BcOp op, int32_t arg, int32_t arg2, const void *object)
{
    Bc b = { .op = (uint8_t)op, .arg = arg, .arg2 = arg2, .object = object, .pos = d->pos[unit], .handler = -1 };
    vec_push(d->u->arena, &d->bc, b);
    vec_push(d->u->arena, &d->unit, unit);
}

static void emit_word(Decode *d, uint32_t unit, BcOp op, const char *word)
{
    emit(d, unit, op, 0, 0, decode_keep(d->u, PyUnicode_FromString(word)));
}

static void emit_deref(Decode *d, uint32_t unit, const Row *row, int32_t arg)
{
    if (arg >= (int32_t)d->code->ncell_first && row->operand == BC_DELETE)
        emit_word(d, unit, BC_REFUSED, row->name);
    else
        emit(d, unit, row->operand, arg, 0, NULL);
}

/* The object of the CONST just before, which goes. */
static const void *take_const(Decode *d, uint32_t unit)
{
    if (d->bc.n == 0 || d->bc.at[d->bc.n - 1].op != BC_CONST)
        decode_malformed(d, unit, "an instruction without the constant before it");
    d->unit.n--;
    return d->bc.at[--d->bc.n].object;
}

/* LOAD of a local. CPython 3.13 and later load a cell itself as a local; its content comes by LOAD_DEREF. */
static void emit_local(Decode *d, uint32_t unit, BcOp op, int32_t local)
{
    bool cell = d->cell[decode_local(d, unit, local)];
    emit(d, unit, op == BC_LOAD && cell ? BC_LOAD_CELL : op, local, 0, NULL);
}

static void emit_binary(Decode *d, uint32_t unit, int32_t arg)
{
    if (arg < 0 || arg > 2 * BIN_MAX)
        decode_malformed(d, unit, "an operator without a meaning");
    if (arg == 2 * BIN_MAX)
        emit(d, unit, BC_ITEM, 0, 0, NULL);
    else
        emit(d, unit, arg < BIN_MAX ? BC_BINARY : BC_INPLACE, arg % BIN_MAX, 0, NULL);
}

static bool has_slice(PyObject *value)
{
    if (PyObject_TypeCheck(value, &PySlice_Type))
        return true;
    if (!PyTuple_Check(value))
        return false;
    for (Py_ssize_t i = 0; i < PyTuple_Size(value); i++)
        if (has_slice(PyTuple_GetItem(value, i)))
            return true;
    return false;
}

/* A constant. One with slices, since 3.14, is made as before it: from numbers. */
static void emit_const(Decode *d, uint32_t unit, PyObject *value)
{
    static const char *const part[] = { "start", "stop", "step" };
    if (!has_slice(value)) {
        emit(d, unit, BC_CONST, 0, 0, value);
    } else if (PyTuple_Check(value)) {
        for (Py_ssize_t i = 0; i < PyTuple_Size(value); i++)
            emit_const(d, unit, PyTuple_GetItem(value, i));
        emit(d, unit, BC_TUPLE, (int32_t)PyTuple_Size(value), 0, NULL);
    } else {
        PyObject *step = decode_keep(d->u, PyObject_GetAttrString(value, "step"));
        int32_t n = step == Py_None ? 2 : 3;
        for (int32_t k = 0; k < n; k++)
            emit(d, unit, BC_CONST, 0, 0, decode_keep(d->u, PyObject_GetAttrString(value, part[k])));
        emit(d, unit, BC_SLICE, n, 0, NULL);
    }
}

/* LOAD_COMMON_CONSTANT's list; before it there was LOAD_ASSERTION_ERROR, whose arg is 0. */
static void emit_common_const(Decode *d, uint32_t unit, int32_t arg)
{
    static const char *const expression[] = { "AssertionError", "NotImplementedError", "tuple", "all", "any", "list", "set",
                                              "None", "''", "True", "False", "-1" };
    if (arg < 0 || arg >= (int32_t)countof(expression))
        fail(d->u, &d->pos[unit], DIAG_OPCODE, "an unknown constant of this version of CPython");
    PyObject *builtins = decode_keep(d->u, PyImport_ImportModule("builtins"));
    PyObject *eval = decode_keep(d->u, PyObject_GetAttrString(builtins, "eval"));
    emit(d, unit, BC_CONST, 0, 0, decode_keep(d->u, PyObject_CallFunction(eval, "s{}", expression[arg])));
}

/* `f(x for x in a)` is a loop of its own since 3.14 where f is any, all or tuple, behind a test that it is, and else the
 * call. We take the call: COPY, CONST, IS, JUMP_IF_FALSE to it become a JUMP. */
static bool guards_call(const Decode *d)
{
    const Bc *b = d->bc.n < 3 ? NULL : &d->bc.at[d->bc.n - 3];
    return b && b[0].op == BC_COPY && b[1].op == BC_CONST && PyCallable_Check((PyObject *)b[1].object) &&
           b[2].op == BC_IS;
}

static int32_t target(Decode *d, uint32_t unit, int64_t to)
{
    if (to < 0 || to >= d->nunit)
        decode_malformed(d, unit, "a jump out of the code");
    return (int32_t)to;
}

static void emit_jump(Decode *d, uint32_t unit, BcOp op, int64_t to)
{
    if (op == BC_JUMP_IF_FALSE && guards_call(d)) {
        d->bc.n -= 3;
        d->unit.n -= 3;
        op = BC_JUMP;
    }
    emit(d, unit, op, target(d, unit, to), 0, NULL);
}

static void emit_intrinsic(Decode *d, uint32_t unit, const Row *row, int32_t arg)
{
    enum { STOPITERATION_ERROR = 3, UNARY_POSITIVE = 5, LIST_TO_TUPLE = 6 };
    if (arg == UNARY_POSITIVE)
        emit(d, unit, BC_UNARY, UN_POS, 0, NULL);
    else if (arg == LIST_TO_TUPLE)
        emit(d, unit, BC_LIST_TO_TUPLE, 0, 0, NULL);
    else if (arg != STOPITERATION_ERROR)        /* of generators, whose driver turned it into an error before 3.12 */
        emit_word(d, unit, BC_REFUSED, row->name);
}

static void emit_function_attribute(Decode *d, uint32_t unit, int32_t flag)
{
    if (d->bc.n == 0 || d->bc.at[d->bc.n - 1].op != BC_FUNCTION)
        decode_malformed(d, unit, "SET_FUNCTION_ATTRIBUTE without its function");
    d->bc.at[d->bc.n - 1].arg |= flag;
}

/* The instruction just before made a str by CONVERT. */
static bool converted(const Decode *d, uint32_t unit)
{
    uint32_t n = d->bc.n;
    return n > 0 && d->unit.at[n - 1] + 1 == unit && d->bc.at[n - 1].op == BC_FORMAT && d->bc.at[n - 1].arg;
}

/* The rules that give Bc with a name, a constant or a local. */
static void emit_object(Decode *d, const Row *row, uint32_t unit, int32_t arg)
{
    BcOp op = row->operand;
    bool null = (row->rule == RULE_NULL_NAME || row->rule == RULE_NAME_NULL) && arg & 1;
    switch ((Rule)row->rule) {
    case RULE_CONST: emit_const(d, unit, decode_item(d, d->consts, (uint32_t)arg, unit)); break;
    case RULE_SMALL_INT: emit(d, unit, op, 0, 0, decode_keep(d->u, PyLong_FromLong(arg))); break;
    case RULE_COMMON_CONST: emit_common_const(d, unit, arg); break;
    case RULE_RETURN_CONST:
        emit_const(d, unit, decode_item(d, d->consts, (uint32_t)arg, unit));
        emit(d, unit, op, 0, 0, NULL);
        break;
    case RULE_NAME: emit(d, unit, op, 0, 0, decode_item(d, d->names, (uint32_t)arg, unit)); break;
    case RULE_NAME_FLAGS: emit(d, unit, op, 0, 0, decode_item(d, d->names, (uint32_t)arg >> 2, unit)); break;
    case RULE_NULL_NAME: case RULE_NAME_NULL:
        if (null && row->rule == RULE_NULL_NAME)
            emit(d, unit, BC_PUSH_NULL, 0, 0, NULL);
        emit(d, unit, op, 0, 0, decode_item(d, d->names, (uint32_t)arg >> 1, unit));
        if (null && row->rule == RULE_NAME_NULL)
            emit(d, unit, BC_PUSH_NULL, 0, 0, NULL);
        break;
    case RULE_METHOD:
        emit(d, unit, op, 0, 0, decode_item(d, d->names, (uint32_t)arg, unit));
        emit(d, unit, BC_PUSH_NULL, 0, 0, NULL);
        break;
    case RULE_LOAD: emit_local(d, unit, op, arg); break;
    case RULE_TWO_LOCALS:
        emit_local(d, unit, op, arg >> 4);
        emit_local(d, unit, op, arg & 15);
        break;
    case RULE_STORE_LOAD:
        emit_local(d, unit, BC_STORE, arg >> 4);
        emit_local(d, unit, BC_LOAD, arg & 15);
        break;
    case RULE_DEREF: emit_deref(d, unit, row, arg); break;
    default: nj_bug(d->u, "decode: %s has no rule", row->name);
    }
}

/* Calls, functions, and what is written into texts. names: of the next CALL. */
static void emit_call(Decode *d, const Row *row, uint32_t unit, int32_t arg, const void **names)
{
    static const char conversion[4] = { 0, 's', 'r', 'a' };
    BcOp op = row->operand;
    switch ((Rule)row->rule) {
    case RULE_CALL:
        emit(d, unit, op, arg, 0, *names);
        *names = NULL;
        break;
    case RULE_CALL_KW: emit(d, unit, op, arg, 0, take_const(d, unit)); break;
    case RULE_KW_NAMES: *names = decode_item(d, d->consts, (uint32_t)arg, unit); break;
    case RULE_CALL_EX: emit(d, unit, op, 0, arg & 1, NULL); break;
    case RULE_CALL_EX_NULL: emit(d, unit, op, 0, 1, NULL); break;
    case RULE_INTRINSIC: emit_intrinsic(d, unit, row, arg); break;
    case RULE_FUNCTION: emit(d, unit, op, arg, 0, take_const(d, unit)); break;
    case RULE_FUNCTION_ATTRIBUTE: emit_function_attribute(d, unit, arg); break;
    case RULE_FORMAT_VALUE: emit(d, unit, op, conversion[arg & 3], (arg & 4) != 0, NULL); break;
    case RULE_CONVERT: emit(d, unit, op, conversion[arg & 3], 0, NULL); break;
    case RULE_FORMAT_SIMPLE:
        if (!converted(d, unit))
            emit(d, unit, op, 0, 0, NULL);
        break;
    case RULE_FORMAT_SPEC: emit(d, unit, op, 0, 1, NULL); break;
    default: emit_object(d, row, unit, arg);
    }
}

/* One instruction. next: the unit after it and its caches. */
static void emit_row(Decode *d, const Row *row, uint32_t unit, int32_t arg, uint32_t next, const void **names)
{
    BcOp op = row->operand;
    switch ((Rule)row->rule) {
    case RULE_UNKNOWN: case RULE_EXTENDED_ARG: nj_bug(d->u, "decode: unknown opcode");
    case RULE_DROP: break;
    case RULE_PLAIN: emit(d, unit, op, 0, 0, NULL); break;
    case RULE_ARG: emit(d, unit, op, arg, 0, NULL); break;
    case RULE_WORD: emit_word(d, unit, op, row->name); break;
    case RULE_POPS:
        for (uint32_t k = 0; k < row->operand; k++)
            emit(d, unit, BC_POP, 0, 0, NULL);
        break;
    case RULE_UNARY: emit(d, unit, BC_UNARY, row->operand, 0, NULL); break;
    case RULE_BINARY_OP: emit_binary(d, unit, arg); break;
    case RULE_COMPARE: emit(d, unit, BC_COMPARE, arg >> row->operand, row->operand == 5 && arg & 16, NULL); break;
    case RULE_SLICED:
        emit(d, unit, BC_SLICE, 2, 0, NULL);
        emit(d, unit, op, 0, 0, NULL);
        break;
    case RULE_JUMP_FORWARD: emit_jump(d, unit, op, (int64_t)next + arg); break;
    case RULE_JUMP_BACK: emit_jump(d, unit, op, (int64_t)next - arg); break;
    case RULE_FOR: emit(d, unit, BC_FOR, target(d, unit, (int64_t)next + arg), row->operand, NULL); break;
    case RULE_ITER_NULL:
        if (arg != 0) {
            emit_word(d, unit, BC_REFUSED, row->name);
            break;
        }
        emit(d, unit, op, 0, 0, NULL);
        emit(d, unit, BC_PUSH_NULL, 0, 0, NULL);
        break;
    case RULE_UNPACK_EX: emit(d, unit, op, arg & 255, arg >> 8, NULL); break;
    case RULE_DICT_MERGE: emit(d, unit, op, arg, 1, NULL); break;
    default: emit_call(d, row, unit, arg, names);
    }
}

void decode_units(Decode *d)
{
    PyObject *code = decode_attr(d, "co_code");
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

const Row *decode_version(Unit *u)
{
    for (uint32_t i = 0; i < countof(tables); i++)
        if (tables[i].version == Py_Version >> 16)
            return tables[i].row;
    fail(u, NULL, DIAG_VERSION, Py_GetVersion());
}
