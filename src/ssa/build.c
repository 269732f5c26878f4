/* build.c: basic blocks over Bc[] → untyped SSA. Local slots and the value stack are one array of values, the state.
 * Where ways meet, every slot gets a phi; the needless ones are taken out at the end. */
#include <Python.h>
#include "ssa/ssa.h"

typedef struct BlkState {
    Ref *in, *out;              /* the state at its start and end: locals, then the stack */
    uint32_t nin, nout;
    uint64_t caught_in, caught_out;
    bool phis;                  /* in[] are phis of this block */
} BlkState;

typedef struct Named { Ref v; const char *name; } Named;

typedef struct Build {
    Unit *u;
    const Cfg *cfg;
    const Code *code;
    Fn *fn;
    const SsaOptions *opt;
    const int32_t *cell;        /* slots of fn->cell */
    BlkState *at;               /* by Cfg block */
    BlkId shift;                /* Fn block = Cfg block + shift: 1 with an entry block of its own */
    VEC(Ref) state;
    uint64_t caught;            /* which entries of the stack are what a handler caught: the copy that POP_EXCEPT takes */
    VEC(Named) named;
    Fold fold;                  /* of a comprehension: then local 0, once loaded, is what is accumulated */
    Ref accumulated, constant;  /* parameters: what is accumulated first, what PY_FOLD has as third operand */
    uint32_t fold_blk;          /* the block that has the comprehension's values */
    uint32_t nloop;
    Ref unbound;                /* of block 0 */
    Ref *by;                    /* while finishing: what stands for a value, itself if nothing else */
} Build;

/* ---- values ---- */

static void push(Build *b, Ref v) { vec_push(b->u->arena, &b->state, v); }
static Ref pop(Build *b)
{
    if (b->state.n <= b->code->nlocal)
        nj_bug(b->u, "ssa: the stack of %s is empty", b->code->name);
    return b->state.at[--b->state.n];
}
/* The stack entry at a depth, 1 is the top. What only clears up after exceptions may reach below the bottom. */
static Ref *entry(Build *b, int32_t depth)
{
    if (b->state.n < b->code->nlocal + (uint32_t)depth)
        return &b->unbound;
    return &b->state.at[b->state.n - (uint32_t)depth];
}

static const char *text_of(Build *b, const void *str)
{
    Py_ssize_t n;
    const char *s = PyUnicode_AsUTF8AndSize((PyObject *)str, &n);
    if (!s)
        fail_py(b->u);
    return arena_strdup(b->u->arena, s);
}

static Ref emit(Build *b, IrOp op, const Ref *arg, uint32_t n) { return ir_emit(b->fn, op, NULL, arg, n); }
static Ref emit_str(Build *b, IrOp op, const Ref *arg, uint32_t n, const char *s) { return ir_emit_ptr(b->fn, op, NULL, arg, n, s); }
static Ref constant(Build *b, const void *object) { return ir_emit_ptr(b->fn, IR_PY_CONST, NULL, NULL, 0, object); }
static Ref none(Build *b) { return constant(b, Py_None); }

/* Pops n values, the operands in the order they were pushed, and emits op. */
static Ref take(Build *b, IrOp op, uint32_t n, int64_t imm)
{
    if (b->state.n < b->code->nlocal + n)
        nj_bug(b->u, "ssa: %s takes %u values that are not on the stack of %s", ir_op[op].name, n, b->code->name);
    b->state.n -= n;
    return ir_emit_imm(b->fn, op, NULL, b->state.at + b->state.n, n, imm);
}
static void op(Build *b, IrOp op, uint32_t n, int64_t imm) { push(b, take(b, op, n, imm)); }
static Ref intrinsic(Build *b, const char *name, const Ref *arg, uint32_t n) { return emit_str(b, IR_PY_INTRINSIC, arg, n, name); }

static Ref truth(Build *b, Ref v)
{
    IrOp o = ir_ins(b->fn, v)->op;
    return o == IR_PY_TRUTH || o == IR_PY_MORE || o == IR_PY_IS || o == IR_PY_MATCHES ? v : emit(b, IR_PY_TRUTH, &v, 1);
}
static Ref is_none(Build *b, Ref v) { return ir_emit_imm(b->fn, IR_PY_IS, NULL, (Ref[]){ v, none(b) }, 2, 0); }

/* ---- locals ---- */

static int32_t local_index(const Code *c, const char *name)
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
        names_stored(u, decode(u, (void *)bc->object), &theirs, &deeper);
        for (uint32_t k = 0; k < theirs.n; k++) {
            add_name(u, inner, theirs.at[k]);
            if (is_free_of(c, (uint32_t)local_index(c, theirs.at[k])))
                add_name(u, own, theirs.at[k]);
        }
    }
}

/* fn->cell, changed, stored: nothing where no inner function is made and none of our own variables is another's. */
static void find_cells(Build *b)
{
    const Code *c = b->code;
    Names cell = { 0 }, own = { 0 }, inner = { 0 };
    PyObject *cells = PyObject_GetAttrString((PyObject *)c->object, "co_cellvars");
    if (!cells)
        fail_py(b->u);
    for (Py_ssize_t k = 0; k < PyTuple_Size(cells); k++)
        add_name(b->u, &cell, text_of(b, PyTuple_GetItem(cells, k)));
    Py_DECREF(cells);
    for (uint32_t k = c->nlocal - c->nfree; k < c->nlocal; k++)
        add_name(b->u, &cell, c->local[k]);
    if (cell.n == 0)
        return;
    names_stored(b->u, c, &own, &inner);
    int32_t *slot = arena_new_n(b->u->arena, int32_t, cell.n);
    for (uint32_t k = 0; k < cell.n; k++)
        slot[k] = local_index(c, cell.at[k]);
    b->cell = slot;
    b->fn->cell = cell.at, b->fn->ncell = cell.n;
    b->fn->changed = inner.at, b->fn->nchanged = inner.n;
    b->fn->stored = own.at, b->fn->nstored = own.n;
}

static void name_value(Build *b, Ref v, int32_t local)
{
    vec_push(b->u->arena, &b->named, ((Named){ v, b->code->local[local] }));
}
static bool is_free(const Build *b, int32_t local) { return (uint32_t)local >= b->code->nlocal - b->code->nfree; }

/* The local's value, checked; finish() takes out the checks of what is certainly bound. */
static Ref bound(Build *b, int32_t local)
{
    Ref *slot = &b->state.at[local];
    IrOp o = ir_ins(b->fn, *slot)->op;
    if (o == IR_PHI || o == IR_PY_UNBOUND || o == IR_PY_FREE || o == IR_PY_PICK)
        *slot = emit_str(b, IR_PY_BOUND, slot, 1, b->code->local[local]);
    return *slot;
}
/* v as the local's type, if the user gave it one. */
static Ref as_local(Build *b, Ref v, int32_t local)
{
    for (uint32_t k = 0; k < b->opt->ntyped; k++)
        if (!strcmp(b->opt->typed[k], b->code->local[local]))
            return ir_emit_imm(b->fn, IR_PY_LOCAL, NULL, &v, 1, k);
    return v;
}
static void store(Build *b, int32_t local)
{
    Ref v = as_local(b, pop(b), local);
    b->state.at[local] = v;
    name_value(b, v, local);
}
static void delete(Build *b, int32_t local)
{
    if (is_free(b, local))
        intrinsic(b, "DELETE_DEREF", NULL, 0);
    bound(b, local);
    b->state.at[local] = emit(b, IR_PY_UNBOUND, NULL, 0);
}
static void load_clear(Build *b, int32_t local)
{
    push(b, b->state.at[local]);
    b->state.at[local] = emit(b, IR_PY_UNBOUND, NULL, 0);
}

/* ---- ops with a shape of their own ---- */

static void slice(Build *b, const Bc *bc)
{
    if (bc->arg == 2)
        push(b, none(b));
    op(b, IR_PY_SLICE, 3, 0);
}
/* A comprehension is called on an iterator: it makes that itself. False: this is none. */
static bool pass_iterable(Build *b)
{
    Ref *it = entry(b, 1);
    if (ir_ins(b->fn, *entry(b, 2))->op != IR_PY_FUNCTION || ir_ins(b->fn, *it)->op != IR_PY_ITER)
        return false;
    *it = ir_arg(b->fn, *it, 0);
    return true;
}
static void iterate(Build *b)
{
    if (ir_ins(b->fn, *entry(b, 1))->op != IR_PY_ITER)      /* an iterator is its own */
        op(b, IR_PY_ITER, 1, 0);
}
/* The one load of a comprehension's parameter. */
static void load_iterable(Build *b)
{
    push(b, emit(b, IR_PY_ITER, &b->state.at[0], 1));
    b->state.at[0] = b->fold ? b->accumulated : b->unbound;
}
static void fold_value(Build *b)
{
    Ref arg[3] = { b->state.at[0], pop(b), b->constant };
    b->state.at[0] = ir_emit_imm(b->fn, IR_PY_FOLD, NULL, arg, 3, b->fold);
}
/* A call that may reach inner functions: they get the locals they share with us as they are now, and may change them. */
static void call_in(Build *b, const Bc *bc)
{
    uint32_t n = (uint32_t)bc->arg, ncell = b->fn->ncell;
    Ref *arg = arena_new_n(b->u->arena, Ref, n + ncell + 1);
    for (uint32_t k = n; k > 0; k--)
        arg[ncell + k] = pop(b);
    arg[0] = pop(b);
    for (uint32_t k = 0; k < ncell; k++)
        arg[1 + k] = b->state.at[b->cell[k]];
    Ref r = ir_emit_ptr(b->fn, IR_PY_CALL_IN, NULL, arg, n + ncell + 1, bc->object);
    for (uint32_t k = 0; k < b->fn->nchanged; k++) {
        int32_t local = local_index(b->code, b->fn->changed[k]);
        Ref v = ir_emit_imm(b->fn, IR_PY_PICK, NULL, &r, 1, 1 + k);
        b->state.at[local] = v;
        name_value(b, v, local);
    }
    push(b, ir_emit_imm(b->fn, IR_PY_PICK, NULL, &r, 1, 0));
}
static void call(Build *b, const Bc *bc)
{
    bool comprehension = bc->arg == 1 && pass_iterable(b);
    if (b->fn->ncell > 0 && !comprehension) {
        call_in(b, bc);
        return;
    }
    Ref r = take(b, IR_PY_CALL, (uint32_t)bc->arg + 1, 0);
    ir_ins(b->fn, r)->imm.p = bc->object;
    push(b, r);
}
static void call_ex(Build *b, const Bc *bc)
{
    Ref kw = bc->arg2 ? pop(b) : REF_NONE, args = pop(b), f = pop(b);
    push(b, emit(b, IR_PY_CALL_EX, (Ref[]){ f, args, kw }, 3));
}
static void compare(Build *b, const Bc *bc)
{
    op(b, IR_PY_COMPARE, 2, bc->arg);
    if (bc->arg2)
        op(b, IR_PY_TRUTH, 1, 0);
}
static void set_attr(Build *b, const Bc *bc)
{
    Ref obj = pop(b), value = pop(b);
    emit_str(b, IR_PY_SET_ATTR, (Ref[]){ obj, value }, 2, text_of(b, bc->object));
}
static void set_item(Build *b)
{
    Ref key = pop(b), obj = pop(b), value = pop(b);
    emit(b, IR_PY_SET_ITEM, (Ref[]){ obj, key, value }, 3);
}
static void format(Build *b, const Bc *bc)
{
    Ref spec = bc->arg2 ? pop(b) : REF_NONE, v = pop(b);
    push(b, ir_emit_imm(b->fn, IR_PY_FORMAT, NULL, (Ref[]){ v, spec }, 2, bc->arg));
}
/* What is added to becomes a new value: where it stands on the stack, it is replaced. */
static void add_to(Build *b, const Bc *bc)
{
    Ref arg[3];
    uint32_t n = bc->op == BC_DICT_ADD ? 2 : 1;
    for (uint32_t k = n; k > 0; k--)
        arg[k] = pop(b);
    arg[0] = *entry(b, bc->arg);
    *entry(b, bc->arg) = ir_emit_imm(b->fn, IR_PY_ADD_TO, NULL, arg, n + 1, bc->op);
}
static void list_to_tuple(Build *b)
{
    Ref list = pop(b), type = constant(b, &PyTuple_Type);
    push(b, emit(b, IR_PY_CALL, (Ref[]){ type, list }, 2));
}
static void unpack(Build *b, const Bc *bc)
{
    bool star = bc->op == BC_UNPACK_STAR;
    int64_t n = star ? bc->arg + 1 + bc->arg2 : bc->arg;
    Ref u = take(b, IR_PY_UNPACK, 1, star ? bc->arg | (int64_t)bc->arg2 << 8 | 1 << 24 : bc->arg);
    while (n-- > 0)
        push(b, ir_emit_imm(b->fn, IR_PY_PICK, NULL, &u, 1, n));
}
/* The items of a tuple that is made here or constant, or nothing known: false. */
typedef VEC(Ref) Refs;
static bool tuple_items(Build *b, Ref tuple, Refs *out)
{
    Ins in = *ir_ins(b->fn, tuple);
    if (in.op == IR_PY_TUPLE) {
        for (uint32_t k = 0; k < in.nargs; k++)
            vec_push(b->u->arena, out, ir_arg(b->fn, tuple, k));
        return true;
    }
    if (in.op != IR_PY_CONST || !PyTuple_Check((PyObject *)in.imm.p))
        return false;
    for (Py_ssize_t k = 0; k < PyTuple_Size((PyObject *)in.imm.p); k++)
        vec_push(b->u->arena, out, constant(b, PyTuple_GetItem((PyObject *)in.imm.p, k)));
    return true;
}
static void dict_const_keys(Build *b, const Bc *bc)
{
    Refs keys = { 0 }, pairs = { 0 };
    uint32_t n = (uint32_t)bc->arg;
    if (!tuple_items(b, pop(b), &keys) || keys.n != n)
        nj_bug(b->u, "ssa: the keys of a dict in %s are not constant", b->code->name);
    for (uint32_t k = 0; k < n; k++) {
        vec_push(b->u->arena, &pairs, keys.at[k]);
        vec_push(b->u->arena, &pairs, *entry(b, (int32_t)(n - k)));
    }
    b->state.n -= n;
    push(b, emit(b, IR_PY_DICT, pairs.at, pairs.n));
}
enum { HAS_DEFAULTS = 1, HAS_KWDEFAULTS = 2, HAS_ANNOTATIONS = 4, HAS_CLOSURE = 8, HAS_ANNOTATE = 16 };
static void function(Build *b, const Bc *bc)
{
    Refs arg = { 0 };
    if (bc->arg & HAS_CLOSURE && !tuple_items(b, pop(b), &arg))
        nj_bug(b->u, "ssa: the closure of a function in %s is not a tuple of cells", b->code->name);
    if (bc->arg & HAS_ANNOTATE)
        pop(b);
    if (bc->arg & HAS_ANNOTATIONS)
        pop(b);
    if (bc->arg & HAS_KWDEFAULTS) {
        Ref kw = pop(b);
        intrinsic(b, "defaults of keyword-only parameters of an inner function", &kw, 1);
    }
    Ref defaults = bc->arg & HAS_DEFAULTS ? pop(b) : REF_NONE;
    if (!ref_is_none(defaults) && !tuple_items(b, defaults, &arg))
        vec_push(b->u->arena, &arg, defaults);
    push(b, ir_emit_ptr(b->fn, IR_PY_FUNCTION, NULL, arg.at, arg.n, b->opt->inner(b->opt->func, (void *)bc->object)));
}
/* Of the entry of the stack at an index of the state, in Build.caught. */
static uint64_t stack_bit(const Build *b, uint32_t at)
{
    uint32_t k = at - b->code->nlocal;
    return k < 64 ? 1ull << k : 0;
}

/* `raise` alone: what the innermost handler around it caught. */
static void raise(Build *b, const Bc *bc)
{
    if (bc->arg > 0) {
        take(b, IR_PY_RAISE, (uint32_t)bc->arg, 0);
        return;
    }
    uint32_t at = b->state.n;
    while (at > b->code->nlocal && !(b->caught & stack_bit(b, at - 1)))
        at--;
    if (at > b->code->nlocal)
        emit(b, IR_PY_RERAISE, &b->state.at[at - 1], 1);
    else
        take(b, IR_PY_RAISE, 0, 0);
}
static void import(Build *b, const Bc *bc)
{
    pop(b);
    pop(b);
    push(b, emit_str(b, IR_PY_IMPORT, NULL, 0, text_of(b, bc->object)));
}
static void match(Build *b, const char *name)
{
    push(b, intrinsic(b, name, entry(b, 1), 1));
}
static void refused(Build *b, const Bc *bc)
{
    intrinsic(b, bc->object ? text_of(b, bc->object) : "an unsupported construct", NULL, 0);
    emit(b, IR_UNREACHABLE, NULL, 0);
}

static void swap(Build *b, int32_t depth)
{
    Ref top = *entry(b, 1);
    *entry(b, 1) = *entry(b, depth);
    *entry(b, depth) = top;
}

/* ---- jumps: the Cfg's successors stand in the order true, false ---- */

static BlkId to(Build *b, const CfgBlk *blk, uint32_t k) { return blk->succ.at[k] + b->shift; }
static void branch(Build *b, const CfgBlk *blk, Ref cond) { ir_branch(b->fn, cond, to(b, blk, 0), to(b, blk, 1)); }

/* any() and all() of a generator end with the value that decides. */
static bool ends_early(const Build *b) { return b->code->generator && (b->fold == FOLD_ANY || b->fold == FOLD_ALL); }

static Ref goes_on(Build *b, const CfgBlk *blk)
{
    Ref more = blk->ways == FOR_BOTH ? ir_emit_imm(b->fn, IR_PY_MORE, NULL, entry(b, 1), 1, blk - b->cfg->blk) : constant(b, Py_True);
    b->nloop++;
    if (!ends_early(b))
        return truth(b, more);
    Ref open = b->state.at[0];
    if (b->fold == FOLD_ANY)
        open = ir_emit_imm(b->fn, IR_PY_UNARY, NULL, &open, 1, UN_NOT);
    return truth(b, ir_emit_imm(b->fn, IR_PY_BINARY, NULL, (Ref[]){ more, open }, 2, BIN_AND));
}

static void jump_if(Build *b, const CfgBlk *blk, const Bc *bc)
{
    switch (bc->op) {
    case BC_FOR: branch(b, blk, goes_on(b, blk)); break;
    case BC_JUMP_IF_NONE: case BC_JUMP_IF_NOT_NONE: branch(b, blk, is_none(b, pop(b))); break;
    case BC_JUMP_IF_TRUE_OR_POP: case BC_JUMP_IF_FALSE_OR_POP: branch(b, blk, truth(b, *entry(b, 1))); break;
    default: branch(b, blk, truth(b, pop(b)));
    }
}

/* How many entries fewer there are on the stack after the k-th way out of blk than at its end. */
static uint32_t popped_on(const Build *b, const CfgBlk *blk, uint32_t k)
{
    switch (b->code->bc[blk->last].op) {
    case BC_FOR: return k == 1 || blk->ways == FOR_ENDS;
    case BC_JUMP_IF_TRUE_OR_POP: return k == 1;
    case BC_JUMP_IF_FALSE_OR_POP: return k == 0;
    default: return 0;
    }
}

/* ---- one instruction ---- */

static void stack_op(Build *b, const Bc *bc)
{
    uint32_t n = (uint32_t)bc->arg;
    switch (bc->op) {
    case BC_BINARY: op(b, IR_PY_BINARY, 2, bc->arg); break;
    case BC_INPLACE: op(b, IR_PY_INPLACE, 2, bc->arg); break;
    case BC_UNARY: op(b, IR_PY_UNARY, 1, bc->arg); break;
    case BC_IS: op(b, IR_PY_IS, 2, bc->arg); break;
    case BC_IN: op(b, IR_PY_IN, 2, bc->arg); break;
    case BC_TRUTH: push(b, truth(b, pop(b))); break;
    case BC_ITEM: op(b, IR_PY_ITEM, 2, 0); break;
    case BC_DEL_ITEM: take(b, IR_PY_DEL_ITEM, 2, 0); break;
    case BC_TUPLE: op(b, IR_PY_TUPLE, n, 0); break;
    case BC_LIST: op(b, IR_PY_LIST, n, 0); break;
    case BC_SET: op(b, IR_PY_SET, n, 0); break;
    case BC_DICT: op(b, IR_PY_DICT, 2 * n, 0); break;
    case BC_STRING: op(b, IR_PY_STRING, n, 0); break;
    case BC_ITER: iterate(b); break;
    case BC_POP: pop(b); break;
    case BC_POP_EXCEPT: pop(b); b->caught &= ~stack_bit(b, b->state.n); break;
    case BC_COPY: push(b, *entry(b, bc->arg)); break;
    case BC_SWAP: swap(b, bc->arg); break;
    case BC_RERAISE: take(b, IR_PY_RERAISE, 1, 0); break;
    case BC_YIELD: push(b, intrinsic(b, "yield", (Ref[]){ pop(b) }, 1)); break;
    case BC_MATCH_SEQUENCE: match(b, "MATCH_SEQUENCE"); break;
    case BC_MATCH_MAPPING: match(b, "MATCH_MAPPING"); break;
    case BC_MATCH_LEN: match(b, "GET_LEN"); break;
    case BC_PUSH_NULL: break;
    default: nj_bug(b->u, "ssa: %s is not known", bc_name[bc->op]);
    }
}

/* A function that assigns to free variables returns them behind its result. */
static void return_(Build *b, Ref v)
{
    Refs all = { 0 };
    vec_push(b->u->arena, &all, v);
    for (uint32_t k = 0; k < b->fn->nstored; k++)
        vec_push(b->u->arena, &all, b->state.at[local_index(b->code, b->fn->stored[k])]);
    ir_return(b->fn, b->fn->nstored ? emit(b, IR_PY_TUPLE, all.at, all.n) : v);
}

static void return_value(Build *b)
{
    Ref v = pop(b);
    return_(b, b->fold ? b->state.at[0] : v);
}

/* What differs in a comprehension; false: nothing. */
static bool comprehension_op(Build *b, const CfgBlk *blk, const Bc *bc)
{
    if (b->code->comprehension && (bc->op == BC_LOAD || bc->op == BC_LOAD_CLEAR) && bc->arg == 0) {
        load_iterable(b);
        return true;
    }
    if (!b->code->comprehension || bc->op != (b->code->generator ? BC_YIELD : BC_LIST_APPEND))
        return false;
    b->fold_blk = (uint32_t)(blk - b->cfg->blk);
    if (!b->fold)
        return false;
    fold_value(b);
    if (bc->op == BC_YIELD)
        push(b, none(b));
    return true;
}

static void instruction(Build *b, const Bc *bc)
{
    switch (bc->op) {
    case BC_CONST: push(b, constant(b, bc->object)); break;
    case BC_LOAD: push(b, bound(b, bc->arg)); break;
    case BC_LOAD_CLEAR: load_clear(b, bc->arg); break;
    case BC_LOAD_CELL: push(b, b->state.at[bc->arg]); break;
    case BC_STORE: store(b, bc->arg); break;
    case BC_DELETE: delete(b, bc->arg); break;
    case BC_GLOBAL: push(b, emit_str(b, IR_PY_GLOBAL, NULL, 0, text_of(b, bc->object))); break;
    case BC_ATTR: push(b, emit_str(b, IR_PY_ATTR, (Ref[]){ pop(b) }, 1, text_of(b, bc->object))); break;
    case BC_IMPORT_FROM: push(b, emit_str(b, IR_PY_ATTR, entry(b, 1), 1, text_of(b, bc->object))); break;
    case BC_SET_ATTR: set_attr(b, bc); break;
    case BC_SET_ITEM: set_item(b); break;
    case BC_CALL: call(b, bc); break;
    case BC_CALL_EX: call_ex(b, bc); break;
    case BC_COMPARE: compare(b, bc); break;
    case BC_SLICE: slice(b, bc); break;
    case BC_DICT_CONST_KEYS: dict_const_keys(b, bc); break;
    case BC_LIST_APPEND: case BC_SET_ADD: case BC_DICT_ADD: case BC_LIST_EXTEND: case BC_SET_UPDATE: case BC_DICT_UPDATE:
        add_to(b, bc); break;
    case BC_LIST_TO_TUPLE: list_to_tuple(b); break;
    case BC_UNPACK: case BC_UNPACK_STAR: unpack(b, bc); break;
    case BC_FORMAT: format(b, bc); break;
    case BC_FUNCTION: function(b, bc); break;
    case BC_IMPORT: import(b, bc); break;
    case BC_RAISE: raise(b, bc); break;
    case BC_PUSH_EXC: b->caught |= stack_bit(b, b->state.n - 1); push(b, *entry(b, 1)); break;
    case BC_EXC_MATCH: { Ref c = pop(b); push(b, emit(b, IR_PY_MATCHES, (Ref[]){ *entry(b, 1), c }, 2)); break; }
    case BC_RETURN: return_value(b); break;
    case BC_REFUSED: case BC_MATCH_OTHER: refused(b, bc); break;
    default: stack_op(b, bc);
    }
}

/* ---- blocks ---- */

static Ref *snapshot(Build *b)
{
    Ref *r = arena_new_n(b->u->arena, Ref, b->state.n + 1);
    if (b->state.n > 0)
        memcpy(r, b->state.at, b->state.n * sizeof *r);
    return r;
}

/* What slot k has on the way from p to block i (a handler: at p's start). */
static Ref from_pred(const Build *b, uint32_t i, uint32_t p, uint32_t k)
{
    const BlkState *s = &b->at[p];
    bool start = b->cfg->blk[p].handler == (int32_t)i;
    uint32_t n = start ? s->nin : s->nout;
    return k < n ? (start ? s->in : s->out)[k] : b->unbound;
}

static uint32_t done_pred(const Build *b, uint32_t i)
{
    const CfgBlk *blk = &b->cfg->blk[i];
    for (uint32_t k = 0; k < blk->pred.n; k++)
        if (b->at[blk->pred.at[k]].out)
            return blk->pred.at[k];
    nj_bug(b->u, "ssa: no way leads to block %u of %s", i, b->code->name);
}

/* The length of the state at the start of block i, from a predecessor that is done: one comes before it. */
static uint32_t length_at(const Build *b, uint32_t i)
{
    const CfgBlk *blk = &b->cfg->blk[i];
    if (blk->is_handler)
        return b->code->nlocal + (uint32_t)b->cfg->blk[blk->guarded.at[0]].handler_depth;
    uint32_t p = done_pred(b, i);
    return b->at[p].nout - popped_on(b, &b->cfg->blk[p], b->cfg->blk[p].succ.at[0] == i ? 0 : 1);
}

static void enter(Build *b, uint32_t i)
{
    const CfgBlk *blk = &b->cfg->blk[i];
    uint32_t npred = blk->pred.n + blk->guarded.n;
    if (npred == 0)
        return;                                     /* the entry: the state stands */
    uint32_t n = length_at(b, i), only = blk->pred.n > 0 ? blk->pred.at[0] : blk->guarded.at[0];
    b->caught = blk->pred.n > 0 ? b->at[done_pred(b, i)].caught_out : b->at[only].caught_in;
    if (n - b->code->nlocal < 64)
        b->caught &= (1ull << (n - b->code->nlocal)) - 1;
    b->state.n = 0;
    for (uint32_t k = 0; k < n; k++)
        push(b, npred == 1 ? from_pred(b, i, only, k) : ir_phi(b->fn, i + b->shift, NULL));
    b->at[i].phis = npred > 1;
    for (uint32_t k = 0; b->at[i].phis && k < b->code->nlocal; k++)
        name_value(b, b->state.at[k], (int32_t)k);
}

/* The entry is entered from outside too: its phis have the parameters as the first operand. */
static void enter_loop_at_start(Build *b)
{
    Ref *start = snapshot(b);
    uint32_t n = b->state.n;
    b->state.n = 0;
    for (uint32_t k = 0; k < n; k++) {
        Ref phi = ir_phi(b->fn, b->shift, NULL);
        ir_add_arg(b->fn, phi, start[k]);
        push(b, phi);
    }
    b->at[0].phis = true;
}

static bool follows_for(const Build *b, uint32_t i)
{
    const CfgBlk *blk = &b->cfg->blk[i];
    if (blk->pred.n == 0)
        return false;
    const CfgBlk *p = &b->cfg->blk[blk->pred.at[0]];
    if (b->code->bc[p->last].op != BC_FOR || p->ways == FOR_ENDS || p->succ.at[0] != i)
        return false;
    if (blk->pred.n != 1)
        nj_bug(b->u, "ssa: a jump into the start of a loop's body in %s", b->code->name);
    return true;
}

static void next_value(Build *b)
{
    Ref s = pop(b), v = emit(b, IR_PY_VALUE, &s, 1);
    push(b, emit(b, IR_PY_STEP, &s, 1));
    push(b, v);
}

static void block(Build *b, uint32_t i)
{
    const CfgBlk *blk = &b->cfg->blk[i];
    const Bc *bc = b->code->bc;
    ir_at(b->fn, i + b->shift);
    b->fn->cur_pos = ir_pos(b->fn, bc[blk->first].pos);
    if (i == 0 && blk->pred.n > 0)
        enter_loop_at_start(b);
    else
        enter(b, i);
    b->at[i].in = snapshot(b);
    b->at[i].nin = b->state.n;
    b->at[i].caught_in = b->caught;
    if (follows_for(b, i))
        b->fn->cur_pos = ir_pos(b->fn, bc[b->cfg->blk[blk->pred.at[0]].last].pos), next_value(b);
    if (blk->is_handler)
        push(b, emit(b, IR_PY_CAUGHT, NULL, 0));
    for (uint32_t k = blk->first; k <= blk->last; k++) {
        b->fn->cur_pos = ir_pos(b->fn, bc[k].pos);
        if (k == blk->last && blk->succ.n == 2)
            jump_if(b, blk, &bc[k]);
        else if (bc[k].op != BC_JUMP && bc[k].op != BC_FOR)
            comprehension_op(b, blk, &bc[k]) ? (void)0 : instruction(b, &bc[k]);
    }
    if (blk->succ.n == 1)
        ir_jump(b->fn, to(b, blk, 0));
    b->at[i].out = snapshot(b);
    b->at[i].nout = b->state.n;
    b->at[i].caught_out = b->caught;
}

/* Parameters, then locals that are unbound; free variables have their value from the closure. */
static void start(Build *b)
{
    const Code *c = b->code;
    uint32_t nparam = c->nargs + c->nkwonly + c->varargs + c->varkw;
    if (c->coroutine)
        fail(b->u, &(Pos){ c->first_line, c->first_line, -1, -1 }, DIAG_OPCODE, "async def");
    b->unbound = emit(b, IR_PY_UNBOUND, NULL, 0);
    for (uint32_t k = 0; k < c->nlocal; k++) {
        if (is_free(b, (int32_t)k))
            push(b, ir_emit_imm(b->fn, IR_PY_FREE, NULL, NULL, 0, k - (c->nlocal - c->nfree)));
        else
            push(b, k < nparam ? as_local(b, ir_param(b->fn, NULL), (int32_t)k) : b->unbound);
        if (k < nparam)
            name_value(b, b->state.at[k], (int32_t)k);
    }
    if (b->fold) {
        b->accumulated = ir_param(b->fn, NULL);
        b->constant = ir_param(b->fn, NULL);
    }
}

static void make_blocks(Build *b)
{
    const Cfg *cfg = b->cfg;
    for (uint32_t i = b->shift ? 0 : 1; i < cfg->nblk; i++)
        ir_block(b->fn, i == 0 ? 0 : cfg->blk[i].idom + b->shift);
    for (uint32_t i = 0; i < cfg->nblk; i++) {
        int32_t h = cfg->blk[i].handler;
        b->fn->blk.at[i + b->shift].handler = h < 0 ? BLK_NONE : (BlkId)h + b->shift;
        if (h >= 0)
            vec_push(b->u->arena, &b->fn->blk.at[(BlkId)h + b->shift].pred, i + b->shift);
    }
}

static void fill_phis(Build *b)
{
    for (uint32_t i = 0; i < b->cfg->nblk; i++) {
        BlkState *s = &b->at[i];
        for (uint32_t k = 0; s->phis && k < s->nin; k++)
            for (uint32_t p = 0; p < b->fn->blk.at[i + b->shift].pred.n; p++) {
                BlkId from = b->fn->blk.at[i + b->shift].pred.at[p];
                if (from >= b->shift)
                    ir_add_arg(b->fn, s->in[k], from_pred(b, i, from - b->shift, k));
            }
    }
}

/* ---- finishing: needless phis and checks ---- */

static Ref standing_for(const Build *b, Ref v)
{
    while (!ref_eq(b->by[v.i], v))
        v = b->by[v.i] = b->by[b->by[v.i].i];
    return v;
}

/* Is this PICK a local as a call left it? */
static bool is_cell_after(const Fn *fn, const Ins *in)
{
    return in->imm.i > 0 && ir_ins(fn, in->arg[0])->op == IR_PY_CALL_IN;
}

/* maybe[v]: v is a local that may be unbound. */
static bool *find_unbound(Build *b)
{
    Fn *fn = b->fn;
    bool *maybe = arena_new_n(b->u->arena, bool, fn->ins.n), changed = true;
    while (changed) {
        changed = false;
        for (uint32_t v = 1; v < fn->ins.n; v++) {
            const Ins *in = &fn->ins.at[v];
            bool m = in->op == IR_PY_UNBOUND || in->op == IR_PY_FREE || (in->op == IR_PY_PICK && is_cell_after(fn, in));
            for (uint32_t k = 0; in->op == IR_PHI && k < in->nargs; k++)
                m |= maybe[ir_args(fn, in)[k].i];
            changed |= m != maybe[v];
            maybe[v] = m;
        }
    }
    return maybe;
}

static void drop_checks(Build *b)
{
    bool *maybe = find_unbound(b);
    for (uint32_t v = 1; v < b->fn->ins.n; v++) {
        const Ins *in = &b->fn->ins.at[v];
        if (in->op == IR_PY_BOUND && !maybe[in->arg[0].i])
            b->by[v] = in->arg[0];
    }
}

/* The one value that phi v stands for, or v. */
static Ref only_operand(const Build *b, uint32_t v)
{
    const Ins *in = &b->fn->ins.at[v];
    Ref self = { v }, one = self;
    for (uint32_t k = 0; k < in->nargs; k++) {
        Ref a = standing_for(b, ir_args(b->fn, in)[k]);
        if (ref_eq(a, self) || ref_eq(a, one))
            continue;
        if (!ref_eq(one, self))
            return self;
        one = a;
    }
    return one;
}

static void drop_phis(Build *b)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t v = 1; v < b->fn->ins.n; v++) {
            if (b->fn->ins.at[v].op != IR_PHI || b->by[v].i != v)
                continue;
            b->by[v] = only_operand(b, v);
            changed |= b->by[v].i != v;
        }
    }
    for (uint32_t v = 1; v < b->fn->ins.n; v++)
        for (uint32_t k = 0; k < b->fn->ins.at[v].nargs; k++) {
            Ref *a = &ir_args(b->fn, &b->fn->ins.at[v])[k];
            *a = standing_for(b, *a);
        }
}

/* Ops that stay though nothing uses them: a global has to exist, a handler shows what it caught. */
static bool stays(IrOp o) { return ir_op[o].effect != EFF_PURE || o == IR_PY_GLOBAL || o == IR_PY_CAUGHT; }

static bool *find_live(Build *b)
{
    Fn *fn = b->fn;
    Refs work = { 0 };
    bool *live = arena_new_n(b->u->arena, bool, fn->ins.n);
    for (uint32_t v = 1; v < fn->ins.n; v++)
        if (b->by[v].i == v && stays(fn->ins.at[v].op))
            vec_push(b->u->arena, &work, (Ref){ v });
    while (work.n > 0) {
        Ref v = work.at[--work.n];
        if (ref_is_none(v) || live[v.i])
            continue;
        live[v.i] = true;
        for (uint32_t k = 0; k < ir_ins(fn, v)->nargs; k++)
            vec_push(b->u->arena, &work, ir_arg(fn, v, k));
    }
    return live;
}

static void sweep(Build *b)
{
    Fn *fn = b->fn;
    bool *live = find_live(b);
    for (uint32_t i = 0; i < fn->blk.n; i++) {
        Blk *blk = &fn->blk.at[i];
        uint32_t n = 0;
        for (uint32_t k = 0; k < blk->ins.n; k++) {
            Ins *in = ir_ins(fn, blk->ins.at[k]);
            if (live[blk->ins.at[k].i])
                blk->ins.at[n++] = blk->ins.at[k];
            else
                *in = (Ins){ .op = IR_NOP, .blk = in->blk, .pos = in->pos };
        }
        blk->ins.n = n;
    }
}

static void keep_names(Build *b)
{
    Fn *fn = b->fn;
    fn->nlocal_name = fn->ins.n;
    fn->local_name = arena_new_n(b->u->arena, const char *, fn->ins.n);
    for (uint32_t k = 0; k < b->named.n; k++) {
        Ref v = standing_for(b, b->named.at[k].v);
        if (!ref_is_none(v) && !fn->local_name[v.i])
            fn->local_name[v.i] = b->named.at[k].name;
    }
}

/* Marks calls whose result the next call or fold in the block takes, and no one else: a comprehension is run there. */
static void mark_consumed(Build *b)
{
    Fn *fn = b->fn;
    uint32_t *nuse = arena_new_n(b->u->arena, uint32_t, fn->ins.n);
    for (uint32_t i = 0; i < fn->blk.n; i++)
        for (uint32_t k = 0; k < fn->blk.at[i].ins.n; k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[i].ins.at[k]);
            for (uint32_t j = 0; j < in->nargs; j++)
                nuse[ir_args(fn, in)[j].i]++;
        }
    for (uint32_t i = 0; i < fn->blk.n; i++) {
        Ref last = REF_NONE;
        for (uint32_t k = 0; k < fn->blk.at[i].ins.n; k++) {
            Ref v = fn->blk.at[i].ins.at[k];
            const Ins *in = ir_ins(fn, v);
            bool takes = in->op == IR_PY_CALL || in->op == IR_PY_CALL_IN || in->op == IR_PY_FOLD;
            for (uint32_t j = in->op == IR_PY_CALL_IN ? 1 + fn->ncell : 1; takes && j < in->nargs; j++)
                if (!ref_is_none(last) && ref_eq(ir_args(fn, in)[j], last) && nuse[last.i] == 1)
                    ir_ins(fn, last)->flags |= INS_CONSUMED;
            if (ir_op[in->op].effect == EFF_WRITE)
                last = in->op == IR_PY_CALL ? v : REF_NONE;
        }
    }
}

static bool reaches_only_past(const Build *b, uint32_t from, uint32_t past)
{
    while (from != UINT32_MAX && from > past)
        from = b->cfg->blk[from].idom;
    return from == past;
}

/* Does each iteration of the one loop give one value? */
static bool one_each(const Build *b)
{
    uint32_t at = b->fold_blk, header = at == UINT32_MAX ? at : b->cfg->blk[at].loop_header;
    if (header == UINT32_MAX || b->nloop != 1)
        return false;
    for (uint32_t k = 0; k < b->cfg->blk[header].pred.n; k++) {
        uint32_t p = b->cfg->blk[header].pred.at[k];
        if (b->cfg->blk[p].loop_header == header && !reaches_only_past(b, p, at))
            return false;
    }
    return true;
}

static void finish(Build *b)
{
    fill_phis(b);
    b->by = arena_new_n(b->u->arena, Ref, b->fn->ins.n);
    for (uint32_t v = 0; v < b->fn->ins.n; v++)
        b->by[v] = (Ref){ v };
    drop_checks(b);
    drop_phis(b);
    sweep(b);
    mark_consumed(b);
    keep_names(b);
    b->fn->one_each = one_each(b);
}

Fn *ssa_build(Unit *u, const Cfg *cfg, const SsaOptions *opt)
{
    Build b = { .u = u, .cfg = cfg, .code = cfg->code, .opt = opt, .fold = opt->fold, .fold_blk = UINT32_MAX };
    b.fn = ir_fn(u, cfg->code->name, cfg->code->object);
    b.at = arena_new_n(u->arena, BlkState, cfg->nblk);
    b.shift = cfg->blk[0].pred.n > 0 || cfg->blk[0].handler >= 0;
    find_cells(&b);
    make_blocks(&b);
    start(&b);
    if (b.shift)
        ir_jump(b.fn, 1);
    for (uint32_t i = 0; i < cfg->nblk; i++)
        block(&b, i);
    finish(&b);
    return b.fn;
}

const char *ssa_local_name(const Fn *fn, Ref v) { return v.i < fn->nlocal_name ? fn->local_name[v.i] : NULL; }
