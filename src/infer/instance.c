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
        value[k] = np_convert(in->fn, resolve_literal_param(in->fn, value[k]), want[k]);
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

enum { EXACT_CALLS = 16 };              /* a function called with more extents than this takes any from then on */

static bool has_extents(const Instance *i)
{
    for (uint32_t k = 0; k < i->narg; k++)
        if (ty_is_array(i->arg[k]) && i->arg[k]->extent)
            return true;
    return false;
}

/* Is f compiled for the extents of its arguments? By its own option, or since what calls it is. */
static bool wants_extents(const Infer *in, const Func *f)
{
    uint32_t n = 0;
    if (!f->exact && !has_extents(in->inst))
        return false;
    for (const Instance *i = f->instances; i; i = i->next)
        n += has_extents(i);
    return n < EXACT_CALLS;
}

/* An array whose extents are all constants, with these in its type. */
static Ref with_extents(Infer *in, Ref a)
{
    Fn *fn = in->fn;
    Ty t = ir_ty(fn, a);
    int64_t n[NDIM_MAX];
    Ref extent[NDIM_MAX], stride[NDIM_MAX];
    if (!ty_is_array(t) || t->extent || t->ndim == 0)
        return a;
    for (uint32_t k = 0; k < t->ndim; k++)
        if (!ir_is_int(fn, extent[k] = ir_extent(fn, a, k), &n[k]))
            return a;
    for (uint32_t k = 0; k < t->ndim && t->order == ORDER_A; k++)
        stride[k] = ir_stride(fn, a, k);
    ViewMap map = ir_whole_map(fn, t->ndim);
    t = ty_array(in->unit->types, t->elem, t->ndim, (Order)t->order, t->readonly, n);
    return ir_view(fn, t, a, ir_data(fn, a), extent, stride, &map);
}

static Ref call_func(Infer *in, Func *f, const Ref *arg, uint32_t n)
{
    Ty types[NITEM_MAX];
    Ref value[NITEM_MAX];
    infer_not_too_many(in, "the number of parameters and free variables", n);
    bool exact = wants_extents(in, f);
    for (uint32_t k = 0; k < n; k++) {
        Ref given = f->prelude || f->fold != FOLD_NONE ? arg[k] : infer_list_given(in->fn, arg[k]);
        Ref a = exact ? with_extents(in, given) : given;
        types[k] = f->prelude ? resolve_literal(in->fn, a) : ir_ty(in->fn, a);
        value[k] = resolve_literal_value(in->fn, types[k], a);
    }
    if (driver_is_declared(f))
        as_declared(in, f, value, types, n);
    Instance *callee = driver_instance(in->unit->driver, f, types, n, NULL, in->inst->target, in->inst->fastmath);
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
    Instance *i = driver_instance(fn->unit->driver, f, arg, n, NULL, in->inst->target, in->inst->fastmath);
    vec_push(in->unit->arena, &in->inst->asked, i);
    if (!i->complete)
        infer_not_yet(fn);
    return i->ret;
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
