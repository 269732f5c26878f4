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
#include "decode/state.h"

const char *const bc_name[BC_MAX] = {
#define BC(op, text) [BC_##op] = #op,
#include "decode/bc.def"
#undef BC
};

/* Python objects ---------------------------------------------------------------------------------------- */

PyObject *decode_keep(Unit *u, PyObject *value)
{
    if (!value)
        fail_py(u);
    unit_pin(u, value);
    Py_DECREF(value);
    return value;
}

PyObject *decode_attr(Decode *d, const char *name)
{
    return decode_keep(d->u, PyObject_GetAttrString(d->code->object, name));
}

static uint32_t attr_int(Decode *d, const char *name)
{
    return (uint32_t)PyLong_AsLong(decode_attr(d, name));
}

static const char *string(Unit *u, PyObject *s)             /* str → UTF-8 in the arena */
{
    PyObject *bytes = decode_keep(u, PyUnicode_AsEncodedString(s, "utf-8", "backslashreplace"));
    return arena_strdup(u->arena, PyBytes_AsString(bytes));
}

static const char *attr_str(Decode *d, const char *name)
{
    return string(d->u, decode_attr(d, name));
}


_Noreturn void decode_malformed(Decode *d, uint32_t unit, const char *why)
{
    fail(d->u, &d->pos[unit < d->nunit ? unit : d->nunit], DIAG_BYTECODE, d->code->name, why);
}

PyObject *decode_item(Decode *d, PyObject *tuple, uint32_t i, uint32_t at)
{
    if (i >= (size_t)PyTuple_Size(tuple))
        decode_malformed(d, at, "no constant or name has that number");
    return PyTuple_GetItem(tuple, i);
}

int32_t decode_local(Decode *d, uint32_t unit, int32_t local)
{
    if (local < 0 || (uint32_t)local >= d->code->nlocal)
        decode_malformed(d, unit, "no local has that number");
    return local;
}

static uint32_t find_local(const Code *c, const char *name)
{
    uint32_t i = 0;
    while (i < c->nlocal && strcmp(c->local[i], name) != 0)
        i++;
    return i;
}

/* The index space of localsplus: parameters and locals, cells that are neither, free variables. */
static void read_locals(Decode *d)
{
    Code *c = d->code;
    PyObject *vars = decode_attr(d, "co_varnames"), *cells = decode_attr(d, "co_cellvars"), *frees = decode_attr(d, "co_freevars");
    uint32_t nvar = (uint32_t)PyTuple_Size(vars), ncell = (uint32_t)PyTuple_Size(cells);
    c->nfree = (uint32_t)PyTuple_Size(frees);
    c->local = arena_new_n(d->u->arena, const char *, nvar + ncell + c->nfree + 1);
    d->cell = arena_new_n(d->u->arena, bool, nvar + ncell + c->nfree + 1);
    for (uint32_t i = 0; i < nvar; i++)
        c->local[c->nlocal++] = string(d->u, PyTuple_GetItem(vars, i));
    for (uint32_t i = 0; i < ncell; i++) {
        const char *name = string(d->u, PyTuple_GetItem(cells, i));
        uint32_t at = find_local(c, name);
        d->cell[at] = true;
        if (at == c->nlocal)
            c->local[c->nlocal++] = name;
    }
    c->ncell_first = c->nlocal;
    for (uint32_t i = 0; i < c->nfree; i++) {
        d->cell[c->nlocal] = true;
        c->local[c->nlocal++] = string(d->u, PyTuple_GetItem(frees, i));
    }
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
    PyObject *table = decode_attr(d, "co_exceptiontable");
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

Code *decode(Unit *u, void *code_object)
{
    Decode d = { .u = u, .code = arena_new_of(u->arena, Code), .row = decode_version(u) };
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
    d.consts = decode_attr(&d, "co_consts");
    d.names = decode_attr(&d, "co_names");
    read_locals(&d);
    c->comprehension = c->nargs == 1 && !strcmp(c->local[0], ".0");
    read_handlers(&d);
    uint32_t npos;
    d.pos = decode_positions(u, code_object, &npos);
    decode_units(&d);
    decode_valid(&d);
    decode_shapes(&d);
    decode_compact(&d);
    decode_outline(u, c);
    return c;
}

Code *decode_part(Unit *u, void *code_object, uint32_t part)
{
    Code *c = decode(u, code_object);
    return part > 0 ? c->parts.at[part - 1] : c;
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
    case BC_BINARY: text_printf(out, " %s", bin_name[b->arg]); break;
    case BC_INPLACE: text_printf(out, " %s=", bin_name[b->arg]); break;
    case BC_UNARY: text_printf(out, " %s", un_name[b->arg]); break;
    case BC_COMPARE: text_printf(out, " %s", cmp_name[b->arg]); break;
    default:
        if (bc_jumps(b->op))
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
