/* ops.c: one untyped op with typed operands → its typed value, by the builders of np/ and resolve. */
#include <math.h>
#include "infer/pass.h"
#include "runtime/runtime.h"

/* The PY_ITER that a loop's state comes from. */
static Ref origin(Infer *in, Ref state)
{
    for (uint32_t n = 0; n < in->src->ins.n; n++) {
        const Ins *i = ir_ins(in->src, state);
        if (i->op == IR_PY_ITER)
            return state;
        if (i->op != IR_PY_STEP && i->op != IR_PHI)
            break;
        state = ir_args(in->src, i)[0];
    }
    fail(in->unit, infer_here(in), DIAG_OPCODE, "an iterator that is not made by a for loop");
}

static Ref make_slice(Infer *in, const Ref *a)
{
    Ty item[3];
    for (int k = 0; k < 3; k++)
        item[k] = ir_ty(in->fn, a[k]);
    return ir_tuple(in->fn, ty_aggregate(in->unit->types, TY_SLICE, item, 3, NULL), a, 3);
}

static Ref bound(Infer *in, Ref v, DiagId unbound, const char *name)
{
    Fn *fn = in->fn;
    Ty t = ir_ty(fn, v);
    Ref s = ir_int(fn, ty(TY_I64), (int64_t)(intptr_t)name);
    if (t->kind == TY_UNBOUND) {
        ir_fail(fn, unbound, &s, 1);
        return REF_NONE;
    }
    if (t->kind != TY_MAYBE)
        return v;
    ir_check(fn, ir_has(fn, v), unbound, &s, 1);
    return ir_unwrap(fn, v);
}

/* The items of a sequence whose length is known. count: as PY_UNPACK has it. */
static Ref unpack_items(Infer *in, Ref seq, uint32_t before, uint32_t after, bool star)
{
    uint32_t have = ir_ty(in->fn, seq)->nitem, want = before + after;
    if (have >= want && star)
        return items_unpack_star(in->fn, seq, before, after);
    if (have == want)
        return seq;
    DiagId row = star ? DIAG_UNPACK_STAR : have < want ? DIAG_UNPACK_SHORT : DIAG_UNPACK_LONG;
    fail(in->unit, infer_here(in), row, (long)want, (long)have);
}

/* before..., *rest, after... of a list of numbers */
static Ref unpack_numbers(Infer *in, Ref seq, uint32_t before, uint32_t after)
{
    Fn *fn = in->fn;
    Ref have = np_iter_count(fn, seq), want = ir_i64(fn, before + after), *item = arena_new_n(in->unit->arena, Ref, before + after + 1);
    Ref behind = ir_bin(fn, IR_SUB, have, ir_i64(fn, after)), bound[3] = { ir_i64(fn, before), behind, ir_none(fn) };
    infer_not_too_many(in, "the number of values to unpack", before + after + 1);
    ir_check(fn, ir_cmp(fn, IR_GE, have, want), DIAG_UNPACK_STAR, (Ref[]){ want, have }, 2);
    for (uint32_t k = 0; k < before; k++)
        item[k] = np_iter_value(fn, seq, ir_i64(fn, k));
    item[before] = np_getitem(fn, seq, make_slice(in, bound));
    for (uint32_t k = 0; k < after; k++)
        item[before + 1 + k] = np_iter_value(fn, seq, ir_bin(fn, IR_ADD, behind, ir_i64(fn, k)));
    return np_aggregate(fn, TY_TUPLE, item, before + after + 1);
}

static Ref unpack(Infer *in, Ref seq, int64_t count)
{
    Fn *fn = in->fn;
    bool star = count >> 24;
    uint32_t n = star ? count & 0xff : (uint32_t)count, after = star ? count >> 8 & 0xffff : 0, known;
    Ref item[NITEM_MAX], *x;
    if (ty_is_items(ir_ty(fn, seq)))
        return unpack_items(in, seq, n, after, star);
    if (!np_is_iterable(ir_ty(fn, seq)))
        fail(in->unit, infer_here(in), DIAG_NOT_ITERABLE, ty_name(ir_ty(fn, seq)));
    if (star && ir_ty(fn, seq)->kind == TY_NUMBERS)
        return unpack_numbers(in, seq, n, after);
    if (star && !np_iter_values(fn, seq, NITEM_MAX, &x, &known))
        fail(in->unit, infer_here(in), DIAG_LIST_LENGTH);
    if (star)
        return unpack_items(in, np_aggregate(fn, TY_TUPLE, x, known), n, after, true);
    infer_not_too_many(in, "the number of values to unpack", n);
    Ref source = np_iter_start(fn, seq), have = np_iter_count(fn, source), want = ir_i64(fn, n);
    ir_check(fn, ir_cmp(fn, IR_GE, have, want), DIAG_UNPACK_SHORT, (Ref[]){ want, have }, 2);
    ir_check(fn, ir_cmp(fn, IR_LE, have, want), DIAG_UNPACK_MORE, &want, 1);
    for (uint32_t k = 0; k < n; k++)
        item[k] = np_iter_value(fn, source, ir_i64(fn, k));
    return np_aggregate(fn, TY_TUPLE, item, n);
}

/* Fails: what the name of an operation, ours or CPython's, means in a program. */
static _Noreturn void refuse(Infer *in, const char *name)
{
    static const char *const words[][2] = {
        { "DICT", "a dict" }, { "DICT_ADD", "a dict comprehension" }, { "SET", "a set" }, { "SET_ADD", "a set comprehension" },
        { "STRING", "an f-string" }, { "FORMAT", "an f-string" }, { "DEL_ITEM", "del of an item" },
        { "STORE_GLOBAL", "assigning to a global variable" }, { "DELETE_GLOBAL", "del of a global variable" },
        { "DELETE_ATTR", "del of an attribute" }, { "DELETE_DEREF", "del of a variable that an inner function uses" },
        { "LOAD_BUILD_CLASS", "a class statement" }, { "BEFORE_WITH", "with" }, { "BEFORE_ASYNC_WITH", "async with" },
        { "LOAD_SPECIAL", "with" }, { "GET_AWAITABLE", "await" }, { "GET_YIELD_FROM_ITER", "yield from" }, { "IMPORT_STAR", "import *" },
    };
    for (uint32_t k = 0; k < countof(words); k++)
        if (!strcmp(words[k][0], name))
            name = words[k][1];
    fail(in->unit, infer_here(in), DIAG_OPCODE, name);
}

/* A list display with one more value, or those of an iterable. */
static Ref add_to(Infer *in, Ref list, Ref value, BcOp op)
{
    uint32_t n = 1;
    Ref *x = &value;
    if ((op != BC_LIST_APPEND && op != BC_LIST_EXTEND) || ir_ty(in->fn, list)->kind != TY_LIST)
        refuse(in, bc_name[op]);
    if (op == BC_LIST_EXTEND && !np_iter_values(in->fn, value, NITEM_MAX, &x, &n))
        fail(in->unit, infer_here(in), DIAG_LIST_LENGTH);
    return items_concat(in->fn, list, np_aggregate(in->fn, TY_LIST, x, n));
}

static Ref iter_start(Infer *in, Ref r, Ref x)
{
    Ty t = ir_ty(in->fn, x);
    if (t->kind == TY_ITERATOR) {                       /* it counts for itself */
        in->source[r.i] = x;
        return ir_i64(in->fn, 0);
    }
    in->source[r.i] = np_iter_start(in->fn, x);
    in->count[r.i] = np_iter_count(in->fn, in->source[r.i]);
    return ir_i64(in->fn, 0);
}

/* Is a loop over a tuple written out whatever its items? A list display grows in each iteration of a comprehension, and what
 * a function of numjit/lib makes of a shape or a tuple of arrays may have another type each time. */
static bool writes_out(const Infer *in)
{
    return in->func->prelude || (in->func->decoded->comprehension && (!in->func->fold || in->func->fold == FOLD_LIST));
}

static bool is_prange(const Fn *fn, Ref source)
{
    const Ins *in = ir_ins(fn, source);
    return in->op == IR_TUPLE && in->ty->kind == TY_RANGE && in->imm.i == RANGE_PARALLEL;
}

static Ref loop_op(Infer *in, const Ins *i, Ref state)
{
    Ref it = origin(in, ir_args(in->src, i)[0]);
    if (ref_is_none(in->source[it.i]))
        return REF_NONE;
    if (ir_ty(in->fn, state) != ty(TY_I64))
        fail(in->unit, infer_here(in), DIAG_OPCODE, "an iterator that something else took");
    uint32_t n;
    bool counts = ir_ty(in->fn, in->source[it.i])->kind == TY_ITERATOR;
    if (counts && i->op == IR_PY_MORE)
        return np_iterator_more(in->fn, in->source[it.i]);
    if (counts && i->op == IR_PY_VALUE)
        return np_iterator_take(in->fn, in->source[it.i]);
    if (i->op == IR_PY_MORE && np_iter_static(ir_ty(in->fn, in->source[it.i]), writes_out(in), &n)) {
        vec_push(in->unit->arena, &in->unroll, ((Unroll){ (uint32_t)i->imm.i, n }));
        return REF_NONE;
    }
    switch (i->op) {
    case IR_PY_MORE:
        if (ir_ins(in->fn, state)->op == IR_PHI && is_prange(in->fn, in->source[it.i]))
            ir_ins(in->fn, state)->flags |= INS_PRANGE;
        return ir_cmp(in->fn, IR_LT, state, in->count[it.i]);
    case IR_PY_VALUE: return np_iter_value(in->fn, in->source[it.i], state);
    default: return ir_bin(in->fn, IR_ADD, state, ir_i64(in->fn, 1));
    }
}

/* The operands, as objects that can be told apart. */
static Ref *objects(Infer *in, const Ins *i)
{
    Ref *x = arena_new_n(in->unit->arena, Ref, i->nargs + 1);
    for (uint32_t k = 0; k < i->nargs; k++)
        x[k] = infer_object(in, ir_args(in->src, i)[k]);
    return x;
}

/* Each list display is a list of its own: their numbers keep equal ones apart. */
static Ref display(Infer *in, Ref r, const Ref *a, uint32_t n)
{
    Ref *kept = arena_new_n(in->unit->arena, Ref, n + 1);
    for (uint32_t k = 0; k < n; k++)
        kept[k] = np_kept(in->fn, a[k]);
    Ref list = np_aggregate(in->fn, TY_LIST, kept, n);
    return ir_emit_imm(in->fn, IR_TUPLE, ir_ty(in->fn, list), kept, n, r.i);
}

static Ref closure(Infer *in, const Ins *i, const Ref *a)
{
    Ty item[NITEM_MAX];
    Ref kept[NITEM_MAX];
    uint32_t n = i->nargs - in->src->ncell;
    Ref *cell = arena_new_n(in->unit->arena, Ref, in->src->ncell + 1);
    memcpy(cell, a + n, in->src->ncell * sizeof *cell);
    infer_not_too_many(in, "the number of free variables and defaults", n);
    for (uint32_t k = 0; k < n; k++)
        item[k] = ir_ty(in->fn, kept[k] = np_kept(in->fn, resolve_current(in->fn, in->func, a[k], cell)));
    const Func *f = i->imm.p;
    return ir_tuple(in->fn, ty_aggregate(in->unit->types, TY_CLOSURE, item, n, (void *)f->number), kept, n);
}

/* The arguments of a call, which follow `first` others. */
static const Ref *given(Infer *in, const Ins *i, const Ref *a, uint32_t first, uint32_t *n)
{
    a += first, *n = i->nargs - first;
    if (!(i->flags & INS_STARRED))
        return a;
    Ty t = ir_ty(in->fn, a[0]);
    if (t->kind != TY_TUPLE)
        fail(in->unit, infer_here(in), DIAG_CONSTRUCT, "a call with *", "the argument must be a tuple");
    Ref *x = arena_new_n(in->unit->arena, Ref, t->nitem + *n);
    for (uint32_t k = 0; k < t->nitem; k++)
        x[k] = ir_item(in->fn, a[0], k);
    memcpy(x + t->nitem, a + 1, (*n - 1) * sizeof *x);
    *n += t->nitem - 1;
    return x;
}

static Ref call(Infer *in, const Ins *i, const Ref *a)
{
    bool cells = i->nargs == 2 + in->src->ncell;
    if (infer_is_comprehension(in->fn, ir_ty(in->fn, a[0]))) {
        Ref *cell = arena_new_n(in->unit->arena, Ref, in->src->ncell + 1), arg[2];
        memcpy(cell, a + 2, in->src->ncell * sizeof *cell);
        for (uint32_t k = 0; k < 2; k++)
            arg[k] = resolve_current(in->fn, in->func, a[k], cell);
        return infer_comprehension(in->fn, arg[0], arg[1], i->flags & INS_CONSUMED);
    }
    uint32_t n;
    const Ref *arg = given(in, i, a, 1, &n);
    n -= cells ? in->src->ncell : 0;
    return resolve_call(in->fn, in->func, a[0], arg, n, (void *)i->imm.p);
}

static Ref call_in(Infer *in, const Ins *i, const Ref *a)
{
    const Fn *src = in->src;
    Ref *cell = arena_new_n(in->unit->arena, Ref, src->ncell + 1), item[NITEM_MAX];
    infer_not_too_many(in, "the number of variables that inner functions change", 1 + src->nchanged);
    memcpy(cell, a + 1, src->ncell * sizeof *cell);
    uint32_t n;
    const Ref *arg = given(in, i, a, 1 + src->ncell, &n);
    item[0] = resolve_call_in(in->fn, in->func, a[0], cell, arg, n, (void *)i->imm.p);
    if (ref_is_none(item[0]))
        return REF_NONE;
    for (uint32_t k = 0; k < src->nchanged; k++)
        for (uint32_t c = 0; c < src->ncell; c++)
            if (!strcmp(src->changed[k], src->cell[c]))
                item[1 + k] = cell[c];
    return np_aggregate(in->fn, TY_TUPLE, item, 1 + src->nchanged);
}

static Ref negate_if(Fn *fn, Ref b, int64_t invert) { return invert ? ir_un(fn, IR_NOT, b) : b; }

/* match: what is a sequence, and how long. */
static Ref intrinsic(Infer *in, const Ins *i, const Ref *a)
{
    Ty t = i->nargs ? ir_ty(in->fn, a[0]) : NULL;
    if (!strcmp(i->imm.s, "MATCH_SEQUENCE"))
        return ir_bool(in->fn, ty_is_items(t) || t->kind == TY_RANGE);
    if (!strcmp(i->imm.s, "MATCH_MAPPING"))
        return ir_bool(in->fn, false);
    if (!strcmp(i->imm.s, "GET_LEN"))
        return np_len(in->fn, a[0]);
    refuse(in, i->imm.s);
}

/* A constant of a class derived from a number's or str is its value in compiled code: its other attributes are the object's. */
static Ref attribute(Infer *in, const Ins *i, Ref a)
{
    Ty t = ir_ty(in->fn, a);
    if (t->kind == TY_CAUGHT && !strcmp(i->imm.s, "args"))
        return infer_caught_args(in, a);
    if (ir_is_const(in->fn, a) && !np_find_attr(t, i->imm.s) && !np_find_method(t, i->imm.s)) {
        const Ins *from = ir_ins(in->src, ir_args(in->src, i)[0]);
        Ref of = from->op == IR_PY_ATTR ? infer_get(in, from->arg[0]) : REF_NONE;
        Ty object = resolve_derived(in->fn, in->func, from, of);
        if (object)
            return resolve_module_attr(in->fn, object, i->imm.s);
    }
    return resolve_attr(in->fn, a, i->imm.s);
}

/* CPython computes most of what literals give as it compiles; of long powers it leaves that to the run. */
static Ref binary(Infer *in, const Ins *i, const Ref *a)
{
    int64_t x, y;
    const Ref *of = ir_args(in->src, i);
    if (i->imm.i == BIN_POW && ir_ins(in->src, of[0])->op == IR_PY_CONST && ir_ins(in->src, of[1])->op == IR_PY_CONST
        && ir_is_int(in->fn, a[0], &x) && ir_is_int(in->fn, a[1], &y) && log2(fabs((double)x)) * (double)y >= 64)
        fail(in->unit, infer_here(in), DIAG_TOO_LARGE, "this integer", "64 bits");
    return np_binary(in->fn, (BinOp)i->imm.i, a[0], a[1], false);
}

Ref infer_op(Infer *in, Ref r, const Ins *i, const Ref *a)
{
    Fn *fn = in->fn;
    switch (i->op) {
    case IR_PY_CONST: return resolve_object(fn, (void *)i->imm.p, "constant");
    case IR_PY_GLOBAL: return resolve_global(fn, in->func, i->imm.s);
    case IR_PY_FREE: return in->func->outer ? fn->param[i->imm.i] : resolve_free(fn, in->func, i->imm.i);
    case IR_PY_UNBOUND: return ir_undef(fn, ty(TY_UNBOUND));
    case IR_PY_BOUND: return bound(in, a[0], DIAG_UNBOUND, i->imm.s);
    case IR_PY_BOUND_FREE: return bound(in, a[0], DIAG_UNBOUND_FREE, i->imm.s);
    case IR_PY_LOCAL: return np_convert(fn, a[0], in->func->local.at[i->imm.i].ty);
    case IR_PY_ATTR: return attribute(in, i, a[0]);
    case IR_PY_CALL: return call(in, i, a);
    case IR_PY_CALL_IN: return call_in(in, i, a);
    case IR_PY_BINARY: return binary(in, i, a);
    case IR_PY_INPLACE: return np_binary(fn, (BinOp)i->imm.i, a[0], a[1], true);
    case IR_PY_UNARY: return i->imm.i == UN_NOT ? ir_un(fn, IR_NOT, np_truth(fn, a[0])) : np_unary(fn, (UnOp)i->imm.i, a[0]);
    case IR_PY_COMPARE: return np_compare(fn, (CmpOp)i->imm.i, a[0], a[1]);
    case IR_PY_IS: a = objects(in, i); return negate_if(fn, np_is(fn, a[0], a[1]), i->imm.i);
    case IR_PY_IN: return negate_if(fn, np_in(fn, a[0], a[1]), i->imm.i);
    case IR_PY_TRUTH: return np_truth(fn, a[0]);
    case IR_PY_ITEM: return np_getitem(fn, a[0], a[1]);
    case IR_PY_SET_ITEM: np_setitem(fn, a[0], a[1], a[2]); return REF_NONE;
    case IR_PY_SET_ATTR: np_set_attr(fn, a[0], i->imm.s, a[1]); return REF_NONE;
    case IR_PY_SLICE: return make_slice(in, a);
    case IR_PY_TUPLE: return np_aggregate(fn, TY_TUPLE, objects(in, i), i->nargs);
    case IR_PY_LIST: return display(in, r, objects(in, i), i->nargs);
    case IR_PY_ADD_TO: return add_to(in, a[0], a[1], (BcOp)i->imm.i);
    case IR_PY_FOLD: return np_fold(fn, (Fold)i->imm.i, a[0], a[1], a[2]);
    case IR_PY_UNPACK: return unpack(in, a[0], i->imm.i);
    case IR_PY_PICK: return ir_item(fn, a[0], (uint32_t)i->imm.i);
    case IR_PY_ITER: return iter_start(in, r, a[0]);
    case IR_PY_MORE: case IR_PY_VALUE: case IR_PY_STEP: return loop_op(in, i, a[0]);
    case IR_PY_CAUGHT: return ir_emit(fn, IR_CATCH, ty(TY_CAUGHT), a, i->nargs && ir_ty(fn, a[0])->kind == TY_CAUGHT);
    case IR_PY_MATCHES: infer_asked(in, a[0], ir_ty(fn, a[1])); return infer_matches(in, a[0], a[1]);
    case IR_PY_STRING: return np_join_text(fn, a, i->nargs);
    case IR_PY_FORMAT: return np_format(fn, a[0], i->imm.i, a[1]);
    case IR_PY_FUNCTION: return closure(in, i, a);
    case IR_PY_IMPORT: return resolve_import(fn, in->func, i->imm.s, a[0]);
    case IR_PY_INTRINSIC: return intrinsic(in, i, a);
    default: refuse(in, ir_op[i->op].name + 3);
    }
}
