/* outline.c: list comprehensions that CPython 3.12 and later write into the function itself are functions again, as they were in
 * 3.11 and as generator expressions are: what follows knows one form of a comprehension.
 *
 * In: Bc[] with     [ITER] LOAD_CLEAR v1..vn  SWAP n+1  LIST 0  SWAP 2  [ITER]  FOR → end  body ..  end: what restores v1..vn
 * Out: there        LOAD_CELL of what the body reads  TUPLE  FUNCTION  SWAP 2  [ITER]  CALL 1
 * and a Code of its own for  LIST 0  LOAD .0  FOR → end  body ..  end: RETURN.
 * Its own are v1..vn and what it assigns (:=) and nothing else in the function touches. One that stores to other locals stays as
 * it is. Inner ones come later in the code and go first. */
#define Py_LIMITED_API 0x030b0000
#include <Python.h>
#include "decode/state.h"

typedef struct Region {
    uint32_t first, nown;       /* its LOAD_CLEARs: the variables that are its own */
    uint32_t list, loop, end;   /* LIST; FOR and where it ends */
    uint32_t taken;             /* the STORE or POP that takes the list among what restores the variables; 0: none */
    uint32_t after;             /* what comes behind these */
    bool iterates;              /* ITER stands right before FOR */
} Region;

static bool is_op(const Code *c, uint32_t i, BcOp op, int32_t arg) { return i < c->nbc && c->bc[i].op == op && c->bc[i].arg == arg; }
static bool of_local(BcOp op) { return op == BC_LOAD || op == BC_LOAD_CLEAR || op == BC_LOAD_CELL || op == BC_STORE || op == BC_DELETE; }

/* A variable that stands nowhere but in the comprehension, which assigns to it. */
static bool is_private(const Code *c, const Region *r, int32_t local)
{
    uint32_t nparam = c->nargs + c->nkwonly + c->varargs + c->varkw;
    bool stored = false;
    for (uint32_t i = 0; i < c->nbc; i++) {
        const Bc *b = &c->bc[i];
        if (!of_local(b->op) || b->arg != local)
            continue;
        if (i <= r->loop || i >= r->end || b->op == BC_LOAD_CELL)
            return false;
        stored |= b->op == BC_STORE;
    }
    return stored && (uint32_t)local >= nparam && (uint32_t)local < c->ncell_first;
}

static bool is_own(const Code *c, const Region *r, int32_t local)
{
    for (uint32_t k = 0; k < r->nown; k++)
        if (c->bc[r->first + k].arg == local)
            return true;
    return is_private(c, r, local);
}

/* The body goes nowhere else, and changes no variables but its own. */
static bool is_closed(const Code *c, const Region *r)
{
    for (uint32_t i = r->loop + 1; i < r->end; i++) {
        const Bc *b = &c->bc[i];
        bool leaves = bc_jumps(b->op) ? b->arg < (int32_t)r->loop || b->arg >= (int32_t)r->end
                                      : !bc_falls_through(b->op) || b->op == BC_YIELD;
        bool changes = (b->op == BC_STORE || b->op == BC_DELETE) && !is_own(c, r, b->arg);
        if (leaves || changes || (b->handler >= 0 && b->handler != c->bc[r->list].handler))
            return false;
    }
    return true;
}

/* Inside an `except` what restores the variables after an error stands right behind the loop, and a jump over it. */
static uint32_t behind_handler(const Code *c, const Region *r, uint32_t i)
{
    if (i >= c->nbc || c->bc[i].op != BC_JUMP || c->bc[r->list].handler != (int32_t)i + 1 || c->bc[i].arg <= (int32_t)i + 1)
        return i;
    uint32_t to = (uint32_t)c->bc[i].arg;
    for (uint32_t k = i + 1; k < to; k++)
        if (bc_jumps(c->bc[k].op) || bc_falls_through(c->bc[k].op) != (k + 1 < to))
            return i;
    return to;
}

/* Follows the stack from the end of the loop until each variable has its old value again: CPython mixes the list's own STORE in.
 * The stack holds the numbers of variables and, as nown, the list. */
static bool find_restored(Unit *u, const Code *c, Region *r)
{
    uint32_t n = r->nown, left = n, size = n + 1, i = behind_handler(c, r, r->end);
    uint32_t *stack = arena_new_n(u->arena, uint32_t, n + 1);
    for (uint32_t k = 0; k <= n; k++)
        stack[k] = k == n ? n : k == 0 ? n - 1 : k - 1;
    for (; left > 0; i++) {
        const Bc *b = i < c->nbc ? &c->bc[i] : NULL;
        if (b && b->op == BC_SWAP && (uint32_t)b->arg <= size) {
            uint32_t top = stack[size - 1], *other = &stack[size - (uint32_t)b->arg];
            stack[size - 1] = *other;
            *other = top;
        } else if (b && size > 0 && (b->op == BC_STORE || b->op == BC_POP)) {
            uint32_t what = stack[--size];
            if (what != n && (b->op == BC_POP || b->arg != c->bc[r->first + what].arg))
                return false;
            if (what == n)
                r->taken = i;
            else
                left--;
        } else {
            return false;
        }
    }
    r->after = i;
    return i < c->nbc;
}

static bool find_region(Unit *u, const Code *c, uint32_t first, Region *r)
{
    *r = (Region){ .first = first };
    if (c->bc[first].op != BC_LOAD_CLEAR || (first > 0 && c->bc[first - 1].op == BC_LOAD_CLEAR))
        return false;
    while (first + r->nown < c->nbc && c->bc[first + r->nown].op == BC_LOAD_CLEAR)
        r->nown++;
    uint32_t at = first + r->nown;
    r->list = at + 1;
    r->iterates = at + 3 < c->nbc && c->bc[at + 3].op == BC_ITER;
    r->loop = at + 3 + r->iterates;
    if (!is_op(c, at, BC_SWAP, (int32_t)r->nown + 1) || !is_op(c, at + 1, BC_LIST, 0) || !is_op(c, at + 2, BC_SWAP, 2) ||
        r->loop >= c->nbc || c->bc[r->loop].op != BC_FOR || c->bc[r->loop].arg <= (int32_t)r->loop)
        return false;
    r->end = (uint32_t)c->bc[r->loop].arg;
    return is_closed(c, r) && find_restored(u, c, r);
}

/* Those that the body touches: the private ones, then all that are left. */
static void add_locals(const Code *c, const Region *r, Code *in, int32_t *map, bool private_only)
{
    for (uint32_t i = r->loop; i < r->end; i++) {
        const Bc *b = &c->bc[i];
        if (!of_local(b->op) || map[b->arg] != 0 || (private_only && !is_private(c, r, b->arg)))
            continue;
        map[b->arg] = (int32_t)in->nlocal;
        in->local[in->nlocal++] = c->local[b->arg];
    }
}

/* The locals of the comprehension: ".0", its own, then what else it reads, which are free variables. map: by the function's
 * locals. */
static int32_t *map_locals(Unit *u, const Code *c, const Region *r, Code *in)
{
    int32_t *map = arena_new_n(u->arena, int32_t, c->nlocal + 1);
    in->local = arena_new_n(u->arena, const char *, c->nlocal + 1 + r->nown);
    in->nlocal = 0;
    in->local[in->nlocal++] = ".0";
    for (uint32_t k = 0; k < r->nown; k++) {
        int32_t local = c->bc[r->first + k].arg;
        map[local] = (int32_t)in->nlocal;
        in->local[in->nlocal++] = c->local[local];
    }
    add_locals(c, r, in, map, true);
    in->ncell_first = in->nlocal;
    add_locals(c, r, in, map, false);
    in->nfree = in->nlocal - in->ncell_first;
    return map;
}

static Code *comprehension_of(Unit *u, const Code *c, const Region *r, int32_t **map)
{
    Code *in = arena_new_of(u->arena, Code);
    uint32_t n = r->end - r->loop;
    *in = (Code){ .object = c->object, .name = "<listcomp>", .qualname = c->qualname, .filename = c->filename, .nargs = 1,
                  .first_line = c->first_line, .comprehension = true, .outlined = true };
    *map = map_locals(u, c, r, in);
    in->nbc = n + 3;
    in->bc = arena_new_n(u->arena, Bc, in->nbc);
    in->bc[0] = c->bc[r->list];
    in->bc[1] = (Bc){ .op = BC_LOAD, .pos = c->bc[r->loop].pos };
    memcpy(in->bc + 2, c->bc + r->loop, n * sizeof(Bc));
    in->bc[n + 2] = (Bc){ .op = BC_RETURN, .pos = c->bc[r->list].pos };
    for (Bc *b = in->bc; b < in->bc + in->nbc; b++) {
        b->handler = -1;
        b->handler_depth = 0;
        if (bc_jumps(b->op))
            b->arg += 2 - (int32_t)r->loop;
        else if (of_local(b->op) && b != in->bc + 1)
            b->arg = (*map)[b->arg];
    }
    return in;
}

/* Where the comprehension stood, the call of its function, number `part` of c. The region has room for it: a Bc for each
 * variable that the body reads, and more. */
static void write_call(Code *c, const Region *r, const Code *in, const int32_t *map, uint32_t part)
{
    Bc like = c->bc[r->first], end = c->bc[r->taken];
    like.arg2 = 0;
    uint32_t at = r->first;
    like.pos = c->bc[r->list].pos;
    for (uint32_t free_ = in->ncell_first; free_ < in->nlocal; free_++)
        for (uint32_t local = 0; local < c->nlocal; local++)
            if (map[local] == (int32_t)free_) {
                c->bc[at] = like;
                c->bc[at].op = BC_LOAD_CELL;
                c->bc[at++].arg = (int32_t)local;
            }
    const Bc call[] = { { .op = BC_TUPLE, .arg = (int32_t)in->nfree }, { .op = BC_FUNCTION, .arg = 8, .arg2 = (int32_t)part, .object = c->object },
                        { .op = BC_SWAP, .arg = 2 }, { .op = BC_ITER }, { .op = BC_CALL, .arg = 1 } };
    for (uint32_t k = 0; k < countof(call); k++) {
        if (call[k].op == BC_ITER && !r->iterates)
            continue;
        c->bc[at] = like;
        c->bc[at].op = call[k].op, c->bc[at].arg = call[k].arg, c->bc[at].arg2 = call[k].arg2, c->bc[at].object = call[k].object;
        at++;
    }
    if (r->taken)
        c->bc[at++] = end;
    for (; at < r->after; at++) {
        c->bc[at] = like;
        c->bc[at].op = BC_JUMP, c->bc[at].arg = (int32_t)r->after;
    }
}

/* A jump to what comes next. */
static bool is_needless(const Code *c, const bool *seen, uint32_t i)
{
    if (c->bc[i].op != BC_JUMP || c->bc[i].arg <= (int32_t)i)
        return false;
    for (int32_t k = (int32_t)i + 1; k < c->bc[i].arg; k++)
        if (seen[k])
            return false;
    return true;
}

/* What nothing leads to any more goes. */
static void drop_unreachable(Unit *u, Code *c)
{
    VEC(int32_t) work = { 0 };
    bool *seen = arena_new_n(u->arena, bool, c->nbc + 1);
    uint32_t *moved = arena_new_n(u->arena, uint32_t, c->nbc + 1), n = 0;
    vec_push(u->arena, &work, 0);
    while (work.n > 0) {
        int32_t i = work.at[--work.n];
        if (i < 0 || seen[i])
            continue;
        seen[i] = true;
        const Bc *b = &c->bc[i];
        vec_push(u->arena, &work, b->handler);
        if (bc_jumps(b->op))
            vec_push(u->arena, &work, b->arg);
        if (bc_falls_through(b->op))
            vec_push(u->arena, &work, i + 1);
    }
    for (uint32_t i = 0; i < c->nbc; i++) {
        moved[i] = n;
        if (seen[i] && !is_needless(c, seen, i))
            c->bc[n++] = c->bc[i];
    }
    c->nbc = n;
    for (Bc *b = c->bc; b < c->bc + n; b++) {
        if (bc_jumps(b->op))
            b->arg = (int32_t)moved[b->arg];
        if (b->handler >= 0)
            b->handler = (int32_t)moved[b->handler];
    }
}

void decode_outline(Unit *u, Code *c)
{
    Region r;
    for (uint32_t i = c->nbc; i-- > 0; ) {
        if (!find_region(u, c, i, &r))
            continue;
        int32_t *map;
        Code *in = comprehension_of(u, c, &r, &map);
        vec_push(u->arena, &c->parts, in);
        write_call(c, &r, in, map, c->parts.n);
    }
    if (c->parts.n > 0)
        drop_unreachable(u, c);
    for (uint32_t k = 0; k < c->parts.n; k++)
        drop_unreachable(u, c->parts.at[k]);
}
