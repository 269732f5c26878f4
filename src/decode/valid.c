/* valid.c: what walk 1 gave is what CPython's compiler makes. code.replace() can put any bytes into a code object; after this
 * every argument is in its range, so that nothing later has to ask. The stack is walk 2's. */
#define Py_LIMITED_API 0x030b0000
#include <Python.h>
#include "decode/state.h"

enum { MAX_COUNT = 65535 };     /* of the entries that one instruction takes or gives */

static bool is_names(PyObject *o)
{
    if (!PyTuple_Check(o))
        return false;
    for (Py_ssize_t k = 0; k < PyTuple_Size(o); k++)
        if (!PyUnicode_Check(PyTuple_GetItem(o, k)))
            return false;
    return true;
}

static const char *check_range(int32_t x, int32_t first, int32_t last, const char *why)
{
    return x >= first && x <= last ? NULL : why;
}

/* NULL, or what is wrong with it. */
static const char *fault(const Decode *d, const Bc *b)
{
    PyObject *object = (PyObject *)b->object;
    switch ((BcOp)b->op) {
    case BC_LOAD: case BC_LOAD_CLEAR: case BC_STORE: case BC_DELETE: case BC_LOAD_CELL:
        return check_range(b->arg, 0, (int32_t)d->code->nlocal - 1, "no local has that number");
    case BC_COMPARE: return check_range(b->arg, 0, CMP_MAX - 1, "a comparison without a meaning");
    case BC_IS: case BC_IN: return check_range(b->arg, 0, 1, "a flag that is neither 0 nor 1");
    case BC_RAISE: return check_range(b->arg, 0, 2, "raise takes at most two values");
    case BC_SLICE: return check_range(b->arg, 2, 3, "a slice has two parts or three");
    case BC_SWAP: return check_range(b->arg, 2, MAX_COUNT, "a depth out of range");
    case BC_COPY: case BC_LIST_APPEND: case BC_SET_ADD: case BC_DICT_ADD: case BC_LIST_EXTEND: case BC_SET_UPDATE:
    case BC_DICT_UPDATE:
        return check_range(b->arg, 1, MAX_COUNT, "a depth out of range");
    case BC_TUPLE: case BC_LIST: case BC_SET: case BC_DICT: case BC_DICT_CONST_KEYS: case BC_STRING: case BC_UNPACK:
        return check_range(b->arg, 0, MAX_COUNT, "a count out of range");
    case BC_UNPACK_STAR: return check_range(b->arg2, 0, MAX_COUNT, "a count out of range");
    case BC_CALL:
        if (object && (!is_names(object) || PyTuple_Size(object) > b->arg))
            return "the names of a call's arguments are none";
        return check_range(b->arg, 0, MAX_COUNT, "a count out of range");
    case BC_FUNCTION: return Py_TYPE(object) == Py_TYPE(d->code->object) ? NULL : "a function without a code object";
    default: return NULL;
    }
}

void decode_valid(Decode *d)
{
    for (uint32_t i = 0; i < d->bc.n; i++) {
        const char *why = fault(d, &d->bc.at[i]);
        if (why)
            decode_malformed(d, d->unit.at[i], why);
    }
}
