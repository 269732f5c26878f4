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

void infer_raise(Infer *in, const Ins *i, const Ref *a)
{
    if (i->op == IR_PY_RAISE && i->nargs == 0)
        fail(in->unit, infer_here(in), DIAG_OPCODE, "raise without an exception being handled");
    if (i->op == IR_PY_RERAISE)
        need_caught(in, a[0]);
    if (i->op == IR_PY_RERAISE || ir_ty(in->fn, a[0])->kind == TY_CAUGHT)
        ir_emit(in->fn, IR_RERAISE, ty(TY_NONE), a, 1);
    else
        ir_raise(in->fn, make_exception(in, a[0]));
}
