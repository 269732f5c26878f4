/* shape.c: walks 2 and 3 of decode.c. 2: a forward walk over the stack's shape, which says of each entry whether it is
 * ours: NULLs and the instruction offset that some handlers get are not. It turns depths and counts into ours.
 * 3: what is dropped or unreachable goes, targets become indices. */
#define Py_LIMITED_API 0x030b0000
#include <Python.h>
#include "decode/state.h"

static const Handler *handler_of(const Decode *d, uint32_t unit)
{
    for (uint32_t i = 0; i < d->handlers.n; i++)
        if (d->handlers.at[i].start <= unit && unit < d->handlers.at[i].end)
            return &d->handlers.at[i];
    return NULL;
}

typedef struct Effect { int32_t pop, push; } Effect;

/* CPython's entries, after rule 1: a CALL has callable and NULL below its arguments. */
static Effect effect(const Bc *b)
{
    switch ((BcOp)b->op) {
    case BC_CONST: case BC_LOAD: case BC_LOAD_CLEAR: case BC_GLOBAL: case BC_LOAD_CELL:
    case BC_PUSH_NULL: case BC_COPY: case BC_FOR:
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
    case BC_FUNCTION: return (Effect){ __builtin_popcount(b->arg & 31), 1 };
    case BC_RAISE: return (Effect){ b->arg, 0 };
    case BC_DELETE: case BC_SWAP: case BC_JUMP: case BC_MATCH_OTHER: case BC_REFUSED: return (Effect){ 0, 0 };
    case BC_MAX: break;
    }
    return (Effect){ 0, 0 };
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
    if (i >= d->bc.n)
        decode_malformed(d, d->nunit, "control leaves the code");
    Shape *old = &d->shape[i];
    if (old->n < 0) {
        old->n = s->n;
        old->ours = arena_new_n(d->u->arena, bool, s->n + 1);
        if (s->n > 0)
            memcpy(old->ours, s->ours, sizeof(bool) * (size_t)s->n);
        vec_push(d->u->arena, &d->work, i);
    } else if (old->n != s->n || (s->n > 0 && memcmp(old->ours, s->ours, (size_t)s->n) != 0)) {
        decode_malformed(d, d->unit.at[i], "two shapes of the stack meet");
    }
}

static void refuse(Decode *d, uint32_t i, const char *word)
{
    d->bc.at[i].op = BC_REFUSED;
    d->bc.at[i].object = decode_keep(d->u, PyUnicode_FromString(word));
}

/* Does Bc b, which takes the top n entries of s, find what it needs there: values that are ours? */
static bool finds(const Bc *b, const Shape *s, int32_t n)
{
    int32_t ours = count_ours(s, s->n - n, n), pair = s->n - n;
    switch ((BcOp)b->op) {
    case BC_POP: return true;
    case BC_FOR: return s->ours[s->n - 1] || (s->n > 1 && s->ours[s->n - 2]);     /* a NULL may stand above the iterator */
    case BC_CALL: return ours >= n - 1 && count_ours(s, pair + 2, n - 2) == n - 2;
    case BC_CALL_EX: return count_ours(s, pair, 2) == 1 && s->ours[pair + 2];
    default: return ours == n;
    }
}

static void swap(Decode *d, uint32_t i, Shape *s)
{
    Bc *b = &d->bc.at[i];
    int32_t top = s->n - 1, below = s->n - b->arg;
    if (below < 0)
        decode_malformed(d, d->unit.at[i], "SWAP below the stack");
    bool a = s->ours[below], z = s->ours[top];
    int32_t between = count_ours(s, below + 1, b->arg - 2);
    d->drop[i] = !(a && z);
    if (a != z && between > 0)
        refuse(d, i, "SWAP");
    s->ours[below] = z;
    s->ours[top] = a;
    b->arg = between + 2;
}

/* Depths and counts of Bc i become ours. s is the shape before it and becomes the one after it, on the way that
 * falls through. Each Bc comes here once. */
static void step(Decode *d, uint32_t i, Shape *s)
{
    Bc *b = &d->bc.at[i];
    Effect e = effect(b);
    int32_t top = s->n - 1, below = s->n - b->arg;
    if (e.pop > s->n || (b->op == BC_FOR && s->n == 0) || !finds(b, s, e.pop))
        decode_malformed(d, d->unit.at[i], "values are missing on the stack");
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
            decode_malformed(d, d->unit.at[i], "COPY below the stack");
        push = s->ours[below];
        d->drop[i] = !push;
        b->arg = count_ours(s, below, b->arg);
        break;
    case BC_SWAP:
        swap(d, i, s);
        break;
    case BC_LIST_APPEND: case BC_SET_ADD: case BC_DICT_ADD: case BC_LIST_EXTEND: case BC_SET_UPDATE: case BC_DICT_UPDATE:
        if (below < e.pop || !s->ours[below - e.pop])
            decode_malformed(d, d->unit.at[i], "a container below the stack");
        b->arg = count_ours(s, below - e.pop, b->arg);
        break;
    case BC_CALL:               /* the second entry may be an argument: decorators, comprehensions */
        b->arg = count_ours(s, s->n - e.pop, e.pop) - 1;
        break;
    case BC_CALL_EX:            /* the dict of keywords may be a NULL */
        b->arg2 = b->arg2 && s->ours[top];
        break;
    default:
        break;
    }
    s->n -= e.pop;
    for (int32_t k = 0; k < e.push; k++)
        s->ours[s->n++] = push;
}

/* Bc i is protected by h. */
static void flow_into_handler(Decode *d, uint32_t i, const Handler *h)
{
    const Shape *before = &d->shape[i];
    if (h->target >= d->nunit)
        decode_malformed(d, d->unit.at[i], "a handler out of the code");
    Shape at = { (int32_t)h->depth, arena_new_n(d->u->arena, bool, h->depth + 2) };
    memcpy(at.ours, before->ours, sizeof(bool) * h->depth);
    d->bc.at[i].handler = (int32_t)d->bc_at[h->target];
    d->bc.at[i].handler_depth = count_ours(before, 0, at.n);
    if (h->lasti)
        at.ours[at.n++] = false;
    at.ours[at.n++] = true;
    flow_into(d, d->bc_at[h->target], &at);
}

/* s: the shape after jump b when it falls through. */
static void flow_into_target(Decode *d, Bc *b, const Shape *s)
{
    Shape at = { s->n, arena_new_n(d->u->arena, bool, s->n + 1) };
    memcpy(at.ours, s->ours, sizeof(bool) * (size_t)(s->n + 1));    /* and what b popped */
    b->arg = (int32_t)d->bc_at[b->arg];
    if (b->op == BC_FOR) {              /* what CPython leaves, END_FOR and POP_ITER pop: not ours */
        if (b->arg2 == 0)
            at.n -= 2;
        for (int32_t k = 1; k <= b->arg2; k++)
            at.ours[at.n - k] = false;
        b->arg2 = 0;
    }
    if (b->op == BC_JUMP_IF_TRUE_OR_POP || b->op == BC_JUMP_IF_FALSE_OR_POP)
        at.n += 1;
    flow_into(d, (uint32_t)b->arg, &at);
}

static void flow(Decode *d, uint32_t i, Shape *s)
{
    memcpy(s->ours, d->shape[i].ours, sizeof(bool) * (size_t)d->shape[i].n);
    s->n = d->shape[i].n;
    step(d, i, s);
    const Handler *h = handler_of(d, d->unit.at[i]);
    if (h && !d->drop[i] && (int32_t)h->depth <= d->shape[i].n)
        flow_into_handler(d, i, h);
    Bc *b = &d->bc.at[i];
    if (bc_jumps(b->op))
        flow_into_target(d, b, s);
    if (bc_falls_through(b->op))
        flow_into(d, i + 1, s);
}

void decode_shapes(Decode *d)
{
    uint32_t n = d->bc.n;
    int32_t max = 4;
    for (uint32_t i = 0; i < d->bc.n; i++)
        max += effect(&d->bc.at[i]).push + 2;         /* and a handler's two */
    d->drop = arena_new_n(d->u->arena, bool, n + 1);
    d->shape = arena_new_n(d->u->arena, Shape, n + 1);
    for (uint32_t i = 0; i < n; i++)
        d->shape[i].n = -1;
    Shape s = { 0, arena_new_n(d->u->arena, bool, max) };
    flow_into(d, 0, &s);
    while (d->work.n > 0)
        flow(d, d->work.at[--d->work.n], &s);
}

void decode_compact(Decode *d)
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
        if (bc_jumps(b->op))
            b->arg = (int32_t)moved[b->arg];
        if (b->handler >= 0)
            b->handler = (int32_t)moved[b->handler];
    }
}
