/* ops.c: instructions: what each takes from the state and puts there. */
#include <Python.h>
#include "ssa/state.h"

const char *ssa_text(Build *b, const void *str)
{
    Py_ssize_t n;
    const char *s = PyUnicode_AsUTF8AndSize((PyObject *)str, &n);
    if (!s)
        fail_py(b->u);
    return arena_strdup(b->u->arena, s);
}

Ref ssa_none(Build *b) { return constant(b, Py_None); }

static void slice(Build *b, const Bc *bc)
{
    if (bc->arg == 2)
        push(b, ssa_none(b));
    op(b, IR_PY_SLICE, 3, 0);
}
/* A comprehension is called on an iterator (since 3.15 a generator on what is iterated): it makes that itself. False: this is
 * none. */
static bool pass_iterable(Build *b)
{
    Ref *it = entry(b, 1);
    bool ours = false;
    for (uint32_t k = 0; k < b->comprehensions.n; k++)
        ours |= ref_eq(b->comprehensions.at[k], *entry(b, 2));
    if (ours && ir_ins(b->fn, *it)->op == IR_PY_ITER)
        *it = ir_arg(b->fn, *it, 0);
    return ours;
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
static Ref call_in(Build *b, const Bc *bc)
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
        int32_t local = ssa_local_index(b->code, b->fn->changed[k]);
        Ref v = ir_emit_imm(b->fn, IR_PY_PICK, NULL, &r, 1, 1 + k);
        b->state.at[local] = v;
        name_value(b, v, local);
    }
    push(b, ir_emit_imm(b->fn, IR_PY_PICK, NULL, &r, 1, 0));
    return r;
}
static Ref call(Build *b, const Bc *bc)
{
    bool comprehension = bc->arg == 1 && pass_iterable(b);
    if (b->fn->ncell > 0 && !comprehension)
        return call_in(b, bc);
    for (uint32_t k = 0; k < b->fn->ncell; k++)
        push(b, b->state.at[b->cell[k]]);
    Ref r = take(b, IR_PY_CALL, (uint32_t)bc->arg + 1 + b->fn->ncell, 0);
    ir_ins(b->fn, r)->imm.p = bc->object;
    push(b, r);
    return r;
}
/* The values of a dict of keywords stand on the stack in its place. Its keys, a tuple; how many: *n. NULL: it is no display
 * with constant keys, and infer refuses what made it. */
static const void *keywords(Build *b, Ref dict, int32_t *n)
{
    Ins in = *ir_ins(b->fn, dict);
    if (in.op != IR_PY_DICT)
        return NULL;
    PyObject *names = PyTuple_New(in.nargs / 2);
    if (!names)
        fail_py(b->u);
    unit_pin(b->u, names);
    Py_DECREF(names);
    for (uint32_t k = 0; k < in.nargs; k += 2) {
        Ins key = *ir_ins(b->fn, ir_arg(b->fn, dict, k));
        if (key.op != IR_PY_CONST || !PyUnicode_Check((PyObject *)key.imm.p))
            return NULL;
        PyTuple_SetItem(names, k / 2, Py_NewRef((PyObject *)key.imm.p));
    }
    for (uint32_t k = 1; k < in.nargs; k += 2, ++*n)
        push(b, ir_arg(b->fn, dict, k));
    *ir_ins(b->fn, dict) = (Ins){ .op = IR_NOP, .blk = in.blk, .pos = in.pos };
    return names;
}
static void call_ex(Build *b, const Bc *bc)
{
    Bc as = *bc;
    as.arg = 1, as.object = NULL;
    Ref kw = bc->arg2 ? pop(b) : REF_NONE;
    if (!ref_is_none(kw))
        as.object = keywords(b, kw, &as.arg);
    Ref r = call(b, &as);
    ir_ins(b->fn, r)->flags |= INS_STARRED;
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
    emit_str(b, IR_PY_SET_ATTR, (Ref[]){ obj, value }, 2, ssa_text(b, bc->object));
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
        malformed(b, "the keys of a dict are not constant");
    for (uint32_t k = 0; k < n; k++) {
        vec_push(b->u->arena, &pairs, keys.at[k]);
        vec_push(b->u->arena, &pairs, *entry(b, (int32_t)(n - k)));
    }
    b->state.n -= n;
    push(b, emit(b, IR_PY_DICT, pairs.at, pairs.n));
}
enum { HAS_DEFAULTS = 1, HAS_KWDEFAULTS = 2, HAS_ANNOTATIONS = 4, HAS_CLOSURE = 8, HAS_ANNOTATE = 16 };
static uint32_t number_of_free(Build *b, const void *code)
{
    PyObject *names = PyObject_GetAttrString((PyObject *)code, "co_freevars");
    if (!names)
        fail_py(b->u);
    uint32_t n = (uint32_t)PyTuple_Size(names);
    Py_DECREF(names);
    return n;
}

/* Its one parameter is ".0". */
static bool is_comprehension(Build *b, const void *code)
{
    PyObject *names = PyObject_GetAttrString((PyObject *)code, "co_varnames");
    if (!names)
        fail_py(b->u);
    bool yes = PyTuple_Size(names) > 0 && PyUnicode_CompareWithASCIIString(PyTuple_GetItem(names, 0), ".0") == 0;
    Py_DECREF(names);
    return yes;
}

static void function(Build *b, const Bc *bc)
{
    Refs arg = { 0 };
    if (bc->arg & HAS_CLOSURE && !tuple_items(b, pop(b), &arg))
        malformed(b, "a closure that is not a tuple of cells");
    if (bc->arg2 == 0 && arg.n != number_of_free(b, bc->object))
        malformed(b, "a closure without a cell for each free variable");
    if (bc->arg & HAS_ANNOTATE)
        pop(b);
    if (bc->arg & HAS_ANNOTATIONS)
        pop(b);
    if (bc->arg & HAS_KWDEFAULTS) {
        Ref kw = pop(b);
        *ir_ins(b->fn, kw) = (Ins){ .op = IR_NOP, .blk = ir_ins(b->fn, kw)->blk, .pos = ir_ins(b->fn, kw)->pos };
        kw = ssa_none(b);
        intrinsic(b, "defaults of keyword-only parameters of an inner function", &kw, 1);
    }
    Ref defaults = bc->arg & HAS_DEFAULTS ? pop(b) : REF_NONE;
    if (!ref_is_none(defaults) && !tuple_items(b, defaults, &arg))
        vec_push(b->u->arena, &arg, defaults);
    for (uint32_t k = 0; k < b->fn->ncell; k++)
        vec_push(b->u->arena, &arg, b->state.at[b->cell[k]]);
    push(b, ir_emit_ptr(b->fn, IR_PY_FUNCTION, NULL, arg.at, arg.n, b->opt->inner(b->opt->func, (void *)bc->object, (uint32_t)bc->arg2)));
    if (bc->arg2 > 0 || is_comprehension(b, bc->object))
        vec_push(b->u->arena, &b->comprehensions, *entry(b, 1));
}
/* Of the entry of the stack at an index of the state, in Build.caught. */
static uint64_t stack_bit(const Build *b, uint32_t at)
{
    uint32_t k = at - b->code->nlocal;
    return k < 64 ? 1ull << k : 0;
}

/* What the innermost handler around here caught, or none. */
Ref ssa_handled(const Build *b)
{
    uint32_t at = b->state.n;
    while (at > b->code->nlocal && !(b->caught & stack_bit(b, at - 1)))
        at--;
    return at > b->code->nlocal ? b->state.at[at - 1] : REF_NONE;
}
/* `raise` alone: what is handled here. */
static void raise(Build *b, const Bc *bc)
{
    Ref cause = bc->arg == 2 ? pop(b) : REF_NONE, caught = ssa_handled(b);
    if (bc->arg > 0)
        emit(b, IR_PY_RAISE, (Ref[]){ pop(b), cause, caught }, 3);
    else if (ref_is_none(caught))
        take(b, IR_PY_RAISE, 0, 0);
    else
        emit(b, IR_PY_RERAISE, &caught, 1);
}
static void import(Build *b, const Bc *bc)
{
    pop(b);
    Ref level = pop(b);
    push(b, emit_str(b, IR_PY_IMPORT, &level, 1, ssa_text(b, bc->object)));
}
static void match(Build *b, const char *name)
{
    push(b, intrinsic(b, name, entry(b, 1), 1));
}
static void refused(Build *b, const Bc *bc)
{
    intrinsic(b, bc->object ? ssa_text(b, bc->object) : "an unsupported construct", NULL, 0);
    emit(b, IR_UNREACHABLE, NULL, 0);
}

static void swap(Build *b, int32_t depth)
{
    Ref top = *entry(b, 1);
    *entry(b, 1) = *entry(b, depth);
    *entry(b, depth) = top;
    uint64_t high = stack_bit(b, b->state.n - 1), low = stack_bit(b, b->state.n - (uint32_t)depth);
    if (!(b->caught & high) != !(b->caught & low))
        b->caught ^= high | low;
}

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
        vec_push(b->u->arena, &all, b->state.at[ssa_local_index(b->code, b->fn->stored[k])]);
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
        push(b, ssa_none(b));
    return true;
}

static void instruction(Build *b, const Bc *bc)
{
    switch (bc->op) {
    case BC_CONST: push(b, constant(b, bc->object)); break;
    case BC_LOAD: push(b, ssa_bound(b, bc->arg)); break;
    case BC_LOAD_CLEAR: ssa_load_clear(b, bc->arg); break;
    case BC_LOAD_CELL: push(b, b->state.at[bc->arg]); break;
    case BC_STORE: ssa_store(b, bc->arg); break;
    case BC_DELETE: ssa_delete(b, bc->arg); break;
    case BC_GLOBAL: push(b, emit_str(b, IR_PY_GLOBAL, NULL, 0, ssa_text(b, bc->object))); break;
    case BC_ATTR: push(b, emit_str(b, IR_PY_ATTR, (Ref[]){ pop(b) }, 1, ssa_text(b, bc->object))); break;
    case BC_IMPORT_FROM: push(b, emit_str(b, IR_PY_ATTR, entry(b, 1), 1, ssa_text(b, bc->object))); break;
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

void ssa_instruction(Build *b, const CfgBlk *blk, const Bc *bc)
{
    if (!comprehension_op(b, blk, bc))
        instruction(b, bc);
}
