/* lines.c: co_linetable → the position of each code unit.  The format is PEP 657's location table:
 *
 *     entry   1 kkkk lll   kkkk: kind, lll: code units - 1; what follows depends on the kind
 *     0..9    one line, column kind * 8 + bits 4..6 of the next byte, width bits 0..3
 *     10..12  line + kind - 10, column byte, end column byte
 *     13      svarint line; no columns
 *     14      svarint line, varint lines to the end, varint column + 1, varint end column + 1 (0: none)
 *     15      no position
 * A varint is 6 bits a byte, low ones first, bit 6 set when more follow. A svarint has its sign in bit 0. */
#define Py_LIMITED_API 0x030b0000
#include <Python.h>
#include "decode/state.h"

typedef struct Reader { const uint8_t *at, *end; } Reader;

static uint32_t read_byte(Reader *r)
{
    return r->at < r->end ? *r->at++ : 0;
}

static uint32_t read_varint(Reader *r)
{
    uint32_t byte = read_byte(r), value = byte & 63;
    for (uint32_t shift = 6; byte & 64 && shift < 32; shift += 6) {
        byte = read_byte(r);
        value |= (byte & 63) << shift;
    }
    return value;
}

/* Sums of a table that somebody made may wrap. */
static int32_t read_svarint(Reader *r)
{
    uint32_t value = read_varint(r);
    return value & 1 ? -(int32_t)(value >> 1) : (int32_t)(value >> 1);
}

static Pos read_pos(Reader *r, uint32_t kind, int32_t *line)
{
    Pos p = { .col = -1, .end_col = -1 };
    if (kind == 15)
        return p;
    int32_t nlines = 0;
    if (kind < 10) {
        uint32_t byte = read_byte(r);
        p.col = (int32_t)(kind * 8 + (byte >> 4 & 7));
        p.end_col = p.col + (int32_t)(byte & 15);
    } else if (kind < 13) {
        *line = (int32_t)((uint32_t)*line + kind - 10);
        p.col = (int32_t)read_byte(r);
        p.end_col = (int32_t)read_byte(r);
    } else {
        *line = (int32_t)((uint32_t)*line + (uint32_t)read_svarint(r));
        if (kind == 14) {
            nlines = (int32_t)read_varint(r);
            p.col = (int32_t)read_varint(r) - 1;
            p.end_col = (int32_t)read_varint(r) - 1;
        }
    }
    p.line = *line;
    p.end_line = (int32_t)((uint32_t)*line + (uint32_t)nlines);
    return p;
}

static PyObject *attr(Unit *u, PyObject *object, const char *name) { return decode_keep(u, PyObject_GetAttrString(object, name)); }

Pos *decode_positions(Unit *u, void *code_object, uint32_t *n)
{
    PyObject *table = attr(u, code_object, "co_linetable");
    int32_t line = (int32_t)PyLong_AsLong(attr(u, code_object, "co_firstlineno"));
    *n = (uint32_t)PyBytes_Size(attr(u, code_object, "co_code")) / 2;
    Pos *pos = arena_new_n(u->arena, Pos, *n + 1);
    for (uint32_t i = 0; i <= *n; i++)
        pos[i] = (Pos){ .col = -1, .end_col = -1 };
    const uint8_t *bytes = (const uint8_t *)PyBytes_AsString(table);
    Reader r = { bytes, bytes + PyBytes_Size(table) };
    for (uint32_t unit = 0; r.at < r.end && unit < *n; ) {
        uint32_t head = read_byte(&r), count = (head & 7) + 1;
        Pos p = read_pos(&r, head >> 3 & 15, &line);
        for (; count > 0 && unit < *n; count--)
            pos[unit++] = p;
    }
    return pos;
}
