/* instance.c: calls of compiled functions: the instance for the arguments' types, its return type as far as it is known. */
#include "infer/pass.h"

/* Arguments of a function with signatures: converted to the one that fits best. */
static void as_declared(Infer *in, Func *f, Ref *value, Ty *types, uint32_t n)
{
    const Ty *want = driver_choose(f, types, n);
    Text given = { .arena = in->unit->arena };
    for (uint32_t k = 0; k < n && !want; k++)
        text_printf(&given, "%s%s", k ? ", " : "", ty_name(types[k]));
    if (!want)
        fail(in->unit, infer_here(in), DIAG_CALL, f->name, text_str(&given), "no signature given to its decorator takes them");
    for (uint32_t k = 0; k < n; k++) {
        value[k] = np_convert(in->fn, value[k], want[k]);
        types[k] = want[k];
    }
}

/* Behind a call that only raises: nobody comes here. A body of a nest ends with its last op, so there it is None. */
static Ref never(Infer *in)
{
    if (in->fn->parent)
        return ir_none(in->fn);
    ir_emit(in->fn, IR_UNREACHABLE, ty(TY_NONE), NULL, 0);
    return REF_NONE;
}

void infer_not_too_many(Infer *in, const char *of, uint32_t n)
{
    if (n > NITEM_MAX)
        fail(in->unit, infer_here(in), DIAG_TOO_LARGE, of, "1,000");
}

static Ref call_func(Infer *in, Func *f, const Ref *arg, uint32_t n)
{
    Ty types[NITEM_MAX];
    Ref value[NITEM_MAX];
    infer_not_too_many(in, "the number of parameters and free variables", n);
    for (uint32_t k = 0; k < n; k++) {
        types[k] = f->prelude ? resolve_literal(in->fn, arg[k]) : ir_ty(in->fn, arg[k]);
        value[k] = resolve_literal_value(in->fn, types[k], arg[k]);
    }
    if (driver_is_declared(f))
        as_declared(in, f, value, types, n);
    Instance *callee = driver_instance(in->unit->driver, f, types, n, NULL, in->inst->target);
    if (!callee->asked_by) {
        callee->asked_by = in->inst;
        callee->asked_at = *infer_here(in);
    }
    vec_push(in->unit->arena, &in->inst->calls, callee);
    if (!callee->ret) {
        in->unknown = true;
        return REF_NONE;
    }
    Ref r = ir_call(in->fn, callee, callee->ret, value, n);
    return callee->ret->kind == TY_NEVER ? never(in) : r;
}

static Infer *infer_of(Fn *fn)
{
    while (fn->parent)
        fn = fn->parent;
    return (Infer *)fn->infer;
}

_Noreturn void infer_not_yet(Fn *fn)
{
    infer_of(fn)->not_yet = true;
    longjmp(*fn->unit->catch_, 1);
}

Ty infer_return_type(Fn *fn, Func *f, const Ty *arg, uint32_t n)
{
    Infer *in = infer_of(fn);
    Instance *i = driver_instance(fn->unit->driver, f, arg, n, NULL, in->inst->target);
    vec_push(in->unit->arena, &in->inst->asked, i);
    if (!i->complete)
        infer_not_yet(fn);
    return i->ret->kind == TY_NEVER ? ty(TY_NONE) : i->ret;
}

Ref infer_call(Fn *fn, Ref callee, const Ref *arg, uint32_t n)
{
    Infer *in = infer_of(fn);
    Ref r = resolve_call(fn, in->func, callee, arg, n, NULL);
    if (!ref_is_none(r))
        return r;
    if (!ir_ended(fn))
        infer_not_yet(fn);
    return ir_none(fn);                 /* it never returns: the builder goes on where nobody comes */
}

Ref infer_call_complete(Fn *fn, Func *f, const Ref *arg, uint32_t n)
{
    Infer *in = infer_of(fn);
    Ref r = infer_call_func(fn, f, arg, n);
    if (ref_is_none(r) && ir_ended(fn))
        return ir_none(fn);
    if (ref_is_none(r) || !in->inst->calls.at[in->inst->calls.n - 1]->complete)
        infer_not_yet(fn);
    return r;
}

Ref infer_call_func(Fn *fn, Func *f, const Ref *arg, uint32_t n)
{
    Infer *in = infer_of(fn);
    Fn *had = in->fn;
    in->fn = fn;
    Ref r = call_func(in, f, arg, n);
    in->fn = had;
    return r;
}
