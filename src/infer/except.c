/* except.c: raising and catching: exceptions, the classes of handlers. */
#include "infer/pass.h"
#include "runtime/runtime.h"

static Ref make_exception(Infer *in, Ref x)
{
    Ty t = ir_ty(in->fn, x);
    if (t->kind == TY_EXCEPTION)
        return x;
    if (t->kind == TY_FUNC && resolve_is_exception(t->object))
        return ir_tuple(in->fn, ty_aggregate(in->unit->types, TY_EXCEPTION, NULL, 0, t->object), NULL, 0);
    fail(in->unit, infer_here(in), DIAG_CONSTRUCT, "raise", ty_name(t));
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

void infer_raise(Infer *in, const Ins *i, const Ref *a)
{
    if (i->op == IR_PY_RERAISE) {
        need_caught(in, a[0]);
        ir_emit(in->fn, IR_RERAISE, ty(TY_NONE), a, 1);
    } else if (i->nargs == 0) {
        fail(in->unit, infer_here(in), DIAG_OPCODE, "raise without an exception being handled");
    } else {
        raise_linked(in, a);
    }
}
