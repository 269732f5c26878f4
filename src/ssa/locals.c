/* locals.c: local slots: reading, storing, deleting; which of them inner functions share. */
#include <Python.h>
#include "ssa/state.h"

int32_t ssa_local_index(const Code *c, const char *name)
{
    for (uint32_t k = c->nlocal; k-- > 0; )
        if (!strcmp(c->local[k], name))
            return (int32_t)k;
    return -1;
}
static bool is_free_of(const Code *c, uint32_t local) { return local >= c->nlocal - c->nfree; }

typedef VEC(const char *) Names;
static void add_name(Unit *u, Names *n, const char *name)
{
    for (uint32_t k = 0; k < n->n; k++)
        if (!strcmp(n->at[k], name))
            return;
    vec_push(u->arena, n, name);
}

/* The names that the inner functions of c assign to, of variables that are not their own. */
static void names_stored(Unit *u, const Code *c, Names *own, Names *inner)
{
    for (uint32_t i = 0; i < c->nbc; i++) {
        const Bc *bc = &c->bc[i];
        if ((bc->op == BC_STORE || bc->op == BC_DELETE) && is_free_of(c, (uint32_t)bc->arg))
            add_name(u, own, c->local[bc->arg]);
        if (bc->op != BC_FUNCTION)
            continue;
        Names theirs = { 0 }, deeper = { 0 };
        names_stored(u, decode_part(u, (void *)bc->object, (uint32_t)bc->arg2), &theirs, &deeper);
        for (uint32_t k = 0; k < theirs.n; k++) {
            add_name(u, inner, theirs.at[k]);
            if (is_free_of(c, (uint32_t)ssa_local_index(c, theirs.at[k])))
                add_name(u, own, theirs.at[k]);
        }
    }
}

static bool is_free_in(Unit *u, const Bc *function, const char *name)
{
    const Code *c = decode(u, (void *)function->object);
    int32_t at = ssa_local_index(c, name);
    return at >= 0 && is_free_of(c, (uint32_t)at);
}

/* Does anything but the comprehension c read that variable of outer? */
static bool is_read_outside(Unit *u, const Code *outer, const Code *c, const char *name)
{
    int32_t local = ssa_local_index(outer, name);
    if (local < 0 || is_free_of(outer, (uint32_t)local))
        return true;
    for (uint32_t i = 0; i < outer->nbc; i++) {
        const Bc *bc = &outer->bc[i];
        if ((bc->op == BC_LOAD || bc->op == BC_DELETE) && bc->arg == local)
            return true;
        if (bc->op == BC_FUNCTION && bc->object != c->object && is_free_in(u, bc, name))
            return true;
    }
    return false;
}

/* What a comprehension assigns (:=) and no one else reads is its own. */
static void drop_private(Build *b, Names *own)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < own->n; k++)
        if (is_read_outside(b->u, b->opt->outer, b->code, own->at[k]))
            own->at[n++] = own->at[k];
    own->n = n;
}

/* fn->cell, changed, stored: nothing where no inner function is made and none of our own variables is another's. */
void ssa_find_cells(Build *b)
{
    const Code *c = b->code;
    Names cell = { 0 }, own = { 0 }, inner = { 0 };
    PyObject *cells = PyObject_GetAttrString((PyObject *)c->object, "co_cellvars");
    if (!cells)
        fail_py(b->u);
    for (Py_ssize_t k = 0; k < PyTuple_Size(cells); k++)
        if (ssa_local_index(c, ssa_text(b, PyTuple_GetItem(cells, k))) >= 0)        /* c may be a part of the object */
            add_name(b->u, &cell, ssa_text(b, PyTuple_GetItem(cells, k)));
    Py_DECREF(cells);
    for (uint32_t k = c->nlocal - c->nfree; k < c->nlocal; k++)
        add_name(b->u, &cell, c->local[k]);
    if (cell.n == 0)
        return;
    names_stored(b->u, c, &own, &inner);
    if (c->comprehension && b->opt->outer)
        drop_private(b, &own);
    int32_t *slot = arena_new_n(b->u->arena, int32_t, cell.n);
    for (uint32_t k = 0; k < cell.n; k++)
        slot[k] = ssa_local_index(c, cell.at[k]);
    b->cell = slot;
    b->fn->cell = cell.at, b->fn->ncell = cell.n;
    b->fn->changed = inner.at, b->fn->nchanged = inner.n;
    b->fn->stored = own.at, b->fn->nstored = own.n;
}


/* The local's value, checked; ssa_finish() takes out the checks of what is certainly bound. */
Ref ssa_bound(Build *b, int32_t local)
{
    Ref *slot = &b->state.at[local];
    IrOp o = ir_ins(b->fn, *slot)->op;
    if (o == IR_PHI || o == IR_PY_UNBOUND || o == IR_PY_FREE || o == IR_PY_PICK)
        *slot = emit_str(b, is_free_of(b->code, (uint32_t)local) && !b->code->outlined ? IR_PY_BOUND_FREE : IR_PY_BOUND, slot, 1,
                         b->code->local[local]);
    return *slot;
}
/* v as the local's type, if the user gave it one. */
Ref ssa_as_local(Build *b, Ref v, int32_t local)
{
    for (uint32_t k = 0; k < b->opt->ntyped; k++)
        if (!strcmp(b->opt->typed[k], b->code->local[local]))
            return ir_emit_imm(b->fn, IR_PY_LOCAL, NULL, &v, 1, k);
    return v;
}
void ssa_store(Build *b, int32_t local)
{
    Ref v = ssa_as_local(b, pop(b), local);
    b->state.at[local] = v;
    name_value(b, v, local);
}
void ssa_delete(Build *b, int32_t local)
{
    if (is_free(b, local))
        intrinsic(b, "DELETE_DEREF", NULL, 0);
    ssa_bound(b, local);
    b->state.at[local] = emit(b, IR_PY_UNBOUND, NULL, 0);
}
void ssa_load_clear(Build *b, int32_t local)
{
    push(b, b->state.at[local]);
    b->state.at[local] = emit(b, IR_PY_UNBOUND, NULL, 0);
}
