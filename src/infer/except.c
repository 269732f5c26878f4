/* except.c: raising and catching: exceptions, the classes of handlers. */
#include <Python.h>
#include "infer/pass.h"
#include "runtime/runtime.h"

static Ref make_exception(Infer *in, Ref x)
{
    Ty t = ir_ty(in->fn, x);
    if (t->kind == TY_EXCEPTION)
        return x;
    if (t->kind == TY_FUNC && resolve_is_exception(t->object))
        return ir_tuple(in->fn, ty_aggregate(in->unit->types, TY_EXCEPTION, NULL, 0, t->object), NULL, 0);
    fail(in->unit, infer_here(in), DIAG_RAISE_OTHER);
}

/* Only in bytecode that CPython did not make is it something else. */
static void need_caught(Infer *in, Ref e)
{
    if (ir_ty(in->fn, e)->kind != TY_CAUGHT)
        fail(in->unit, infer_here(in), DIAG_NOT_COMPILABLE, ty_name(ir_ty(in->fn, e)), "it is used as an exception");
}

/* Is the exception e of one of these classes? */
Ref infer_matches(Infer *in, Ref e, Ref classes)
{
    Fn *fn = in->fn;
    Ty t = ir_ty(fn, classes);
    if (t->kind == TY_TUPLE) {
        Ref any = ir_bool(fn, false);
        for (uint32_t k = 0; k < t->nitem; k++)
            any = ir_bin(fn, IR_OR, any, infer_matches(in, e, ir_item(fn, classes, k)));
        return any;
    }
    if (t->kind != TY_FUNC || !resolve_is_exception(t->object))
        fail(in->unit, infer_here(in), DIAG_CONSTRUCT, "except", "catching classes that do not inherit from BaseException");
    need_caught(in, e);
    Ref class_ = ir_int(fn, ty(TY_I64), (int64_t)(intptr_t)t->object);
    return ir_rt(fn, RT_MATCHES, ty(TY_BOOL), (Ref[]){ e, class_ }, 2);
}

/* The cause of a raise, as what a handler caught. */
static Ref as_caught(Infer *in, Ref x)
{
    if (ir_ty(in->fn, x)->kind == TY_CAUGHT)
        return x;
    Ref e = make_exception(in, x);
    return ir_emit(in->fn, IR_HOLD, ty(TY_CAUGHT), &e, 1);
}

/* a: the exception, its cause, what is handled here. */
static void raise_linked(Infer *in, const Ref *a)
{
    Fn *fn = in->fn;
    bool again = ir_ty(fn, a[0])->kind == TY_CAUGHT;
    Ref arg[3] = { again ? a[0] : make_exception(in, a[0]) };
    uint32_t n = 1, link = again ? LINK_NAMED : 0;
    if (!ref_is_none(a[2]) && ir_ty(fn, a[2])->kind == TY_CAUGHT && !ref_eq(a[2], a[0]))
        arg[n++] = a[2], link |= LINK_CONTEXT;
    if (!ref_is_none(a[1]) && ir_ty(fn, a[1])->kind == TY_NONE)
        link |= LINK_NO_CAUSE;
    else if (!ref_is_none(a[1]))
        arg[n++] = as_caught(in, a[1]), link |= LINK_CAUSE;
    ir_emit_imm(fn, again ? IR_RERAISE : IR_RAISE, ty(TY_NONE), arg, n, link);
}

/* An exception that was saved, or None. Where it can only be None, nothing stands behind the check. */
static Ref saved(Infer *in, Ref x)
{
    Fn *fn = in->fn;
    int kind = ir_ty(fn, x)->kind;
    if (kind != TY_OPTIONAL && kind != TY_NONE)
        return x;
    ir_check(fn, kind == TY_OPTIONAL ? ir_has(fn, x) : ir_bool(fn, false), DIAG_RAISE_OTHER, NULL, 0);
    if (kind == TY_OPTIONAL)
        return ir_unwrap(fn, x);
    ir_emit(fn, IR_UNREACHABLE, ty(TY_NONE), NULL, 0);
    return REF_NONE;
}

void infer_raise(Infer *in, const Ins *i, const Ref *a)
{
    if (i->op == IR_PY_RERAISE) {
        need_caught(in, a[0]);
        ir_emit(in->fn, IR_RERAISE, ty(TY_NONE), a, 1);
    } else if (i->nargs == 0) {
        fail(in->unit, infer_here(in), DIAG_OPCODE, "raise without an exception being handled");
    } else {
        Ref e = saved(in, a[0]);
        if (!ref_is_none(e))
            raise_linked(in, (Ref[]){ e, a[1], a[2] });
    }
}

/* ---- e.args ----
 * Its type is that of the arguments of the raises that can be seen to come here: in the `try` and in the functions called there,
 * of classes that the handler asks for. Where there are none it is what the errors of compiled code have: a text. */

enum { CALLS_DEEP = 8 };
typedef struct Args {
    Infer *in;
    Ty classes;                 /* a class or a tuple of them; NULL: any */
    bool found;
    uint32_t n;
    Ty item[CALL_SLOTS];
} Args;

static bool asked_for(Ty classes, void *raised)
{
    if (!classes)
        return true;
    if (classes->kind != TY_TUPLE)      /* an OSError becomes one of its classes */
        return PyType_IsSubtype(raised, classes->object) || (raised == PyExc_OSError && PyType_IsSubtype(classes->object, raised));
    for (uint32_t k = 0; k < classes->nitem; k++)
        if (asked_for(classes->item[k], raised))
            return true;
    return false;
}

static void add_raise(Args *a, Ty x)
{
    Types *types = a->in->unit->types;
    if (x->kind != TY_EXCEPTION || !asked_for(a->classes, x->object))
        return;
    bool fits = x->nitem <= CALL_SLOTS && (!a->found || a->n == x->nitem);
    for (uint32_t k = 0; fits && k < x->nitem; k++) {
        if (ty_is_list(x->item[k]))
            fail(a->in->unit, infer_here(a->in), DIAG_CONSTRUCT, "args of an exception", "there is a list among them");
        Ty t = np_is_text(x->item[k]) ? ty_str(types) : x->item[k];     /* in the object it is a str */
        a->item[k] = a->found ? promote_join(types, a->item[k], t) : t;
        fits = a->item[k] != NULL;
    }
    if (!fits)
        fail(a->in->unit, infer_here(a->in), DIAG_CONSTRUCT, "args of an exception", "it is raised with arguments of different types");
    a->found = true;
    a->n = x->nitem;
}

static void raises_in(Args *a, const Fn *fn, BlkId landing, uint32_t deep)
{
    for (BlkId b = 0; fn && deep < CALLS_DEEP && b < fn->blk.n; b++)
        for (uint32_t k = 0; (landing == BLK_NONE || fn->blk.at[b].handler == landing) && k < fn->blk.at[b].ins.n; k++) {
            const Ins *i = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            if (i->op == IR_RAISE)
                add_raise(a, ir_ty(fn, ir_args(fn, i)[0]));
            else if (i->op == IR_CALL)
                raises_in(a, ((const Instance *)i->imm.p)->fn, BLK_NONE, deep + 1);
        }
}

void infer_asked(Infer *in, Ref e, Ty classes)
{
    vec_push(in->unit->arena, &in->asked, ((Asked){ e, classes, in->at_blk }));
}

/* The classes that the nearest test of e on the way here asked for, or NULL. */
static Ty asked_here(const Infer *in, Ref e)
{
    for (uint32_t k = in->asked.n; k-- > 0; ) {
        const Asked *t = &in->asked.at[k];
        BlkId yes = in->entry[in->src->blk.at[t->blk].succ[0]];
        if (ref_eq(t->e, e) && yes != BLK_NONE && ir_dominates(in->fn, yes, in->fn->cur))
            return t->classes;
    }
    return NULL;
}

Ref infer_caught_args(Infer *in, Ref e)
{
    Fn *fn = in->fn;
    if (ir_ins(fn, e)->op != IR_CATCH)
        fail(in->unit, infer_here(in), DIAG_CONSTRUCT, "args of an exception", "it is not the one that is handled here");
    Args a = { .in = in, .classes = asked_here(in, e) };
    const Blk *h = &fn->blk.at[ir_ins(fn, e)->blk];
    for (uint32_t p = 0; p < h->pred.n; p++)
        raises_in(&a, fn, h->pred.at[p], 0);
    if (!a.found && in->unknown)        /* of a call that is not built yet */
        infer_not_yet(fn);
    if (!a.found) {
        a.n = 1;
        a.item[0] = ty_str(in->unit->types);
    }
    Ty t = ty_tuple(in->unit->types, a.item, a.n);
    Ref frame = ir_emit_imm(fn, IR_SCRATCH, ty(TY_PTR), NULL, 0, 8 * (t->nparts + 1));
    Ref arg[3] = { e, ir_i64(fn, (int64_t)(intptr_t)t), frame };
    ir_rt(fn, RT_CAUGHT_ARGS, ty(TY_NONE), arg, 3);
    return ir_emit(fn, IR_PEEK, t, &frame, 1);
}
