/* nest.c: building a NEST: a loop over several axes whose body is a Fn of its own.
 *
 * Constants, and what is put together from values (tuples, complex numbers), are remade in the body; any other
 * value of the parent becomes a parameter of the body, once. */
#include "ir/ir.h"

NestBuild nest_begin(Fn *parent, const Ref *extent, uint32_t ndim, uint32_t flags)
{
    Unit *u = parent->unit;
    NestBuild n = { .parent = parent, .body = ir_fn(u, parent->name, parent->code), .nest = arena_new_of(u->arena, Nest) };
    assert(ndim <= NDIM_MAX);
    n.nest->ndim = ndim;
    n.nest->flags = flags;
    n.nest->body = n.body;
    n.body->parent = parent;
    n.body->opt = parent->opt;
    n.body->infer = parent->infer;
    n.body->cur_pos = ir_pos(n.body, parent->pos.at[parent->cur_pos]);
    for (uint32_t k = 0; k < ndim; k++) {
        n.extent[k] = extent[k];
        n.index[k] = ir_param(n.body, ty(TY_I64));
    }
    return n;
}

static Ref capture(NestBuild *n, Ref v)
{
    for (uint32_t k = 0; k < n->captured.n; k++)
        if (ref_eq(n->captured.at[k], v))
            return n->body->param[n->nest->ndim + k];
    vec_push(n->parent->unit->arena, &n->captured, v);
    return ir_param(n->body, ir_ty(n->parent, v));
}

Ref nest_use(NestBuild *n, Ref v)
{
    const Ins *in = ir_ins(n->parent, v);
    Ty type = in->ty;
    VEC(Ref) arg = { 0 };
    switch (in->op) {
    case IR_CONST: case IR_UNDEF:
        return ir_emit_imm(n->body, in->op, type, NULL, 0, in->imm.i);
    case IR_COMPLEX: case IR_TUPLE: case IR_SOME:
        for (uint32_t k = 0; k < in->nargs; k++) {
            Ref x = nest_use(n, ir_args(n->parent, in)[k]);
            vec_push(n->parent->unit->arena, &arg, x);
        }
        return ir_emit(n->body, in->op, type, arg.at, arg.n);
    default:
        if (type->kind == TY_NONE || ty_is_constant(type))
            return ir_constant(n->body, type, NULL);
        return capture(n, v);
    }
}

void nest_reduce(NestBuild *n, RedOp op, Ty type, Ref init)
{
    uint32_t k = n->nest->nred++;
    assert(k < countof(n->init) && ir_ty(n->parent, init) == type);
    n->nest->red[k].op = op;
    n->nest->red[k].ty = type;
    n->init[k] = init;
}

/* What the body returns, or the NEST is worth: nothing, one value, or a tuple. */
static Ty result_type(const NestBuild *n)
{
    Ty item[countof(n->init)];
    if (n->nest->nred == 0)
        return ty(TY_NONE);
    for (uint32_t k = 0; k < n->nest->nred; k++)
        item[k] = n->nest->red[k].ty;
    return n->nest->nred == 1 ? item[0] : ty_tuple(n->parent->unit->types, item, n->nest->nred);
}

Ref nest_close(NestBuild *n)
{
    Nest *nest = n->nest;
    Arena *a = n->parent->unit->arena;
    Ty type = result_type(n);
    VEC(Ref) arg = { 0 };
    n->body->ret = type;
    nest->ncapture = n->captured.n;
    for (uint32_t k = 0; k < nest->ndim; k++)
        vec_push(a, &arg, n->extent[k]);
    for (uint32_t k = 0; k < n->captured.n; k++)
        vec_push(a, &arg, n->captured.at[k]);
    for (uint32_t k = 0; k < nest->nred; k++)
        vec_push(a, &arg, n->init[k]);
    nest->flags = ref_is_none(n->blocks) ? nest->flags & ~(uint32_t)NEST_BLOCKS : nest->flags | NEST_BLOCKS;
    if (!ref_is_none(n->blocks))
        vec_push(a, &arg, n->blocks);
    return ir_emit_ptr(n->parent, IR_NEST, type, arg.at, arg.n, nest);
}

Ref nest_end(NestBuild *n, const Ref *yield, uint32_t nyield)
{
    if (nyield != n->nest->nred)
        nj_bug(n->parent->unit, "a nest of %u reductions yields %u", n->nest->nred, nyield);
    if (!ir_ended(n->body))
        ir_return(n->body, nyield == 0 ? REF_NONE : nyield == 1 ? yield[0] : ir_tuple(n->body, result_type(n), yield, nyield));
    return nest_close(n);
}

static Ref complex_product(Fn *fn, Ty t, Ref x, Ref y)
{
    Ref a = ir_real(fn, x), b = ir_imag(fn, x), c = ir_real(fn, y), d = ir_imag(fn, y);
    return ir_complex(fn, t, ir_bin(fn, IR_SUB, ir_bin(fn, IR_MUL, a, c), ir_bin(fn, IR_MUL, b, d)),
                      ir_bin(fn, IR_ADD, ir_bin(fn, IR_MUL, a, d), ir_bin(fn, IR_MUL, b, c)));
}

static Ref is_nan(Fn *fn, Ref x) { return ir_cmp(fn, IR_NE, x, x); }

Ref ir_better(Fn *fn, RedOp op, Ref acc, Ref x)
{
    IrOp less = op == RED_MIN ? IR_LT : IR_GT;
    Ty t = ir_ty(fn, acc);
    if (!ty_is_complex(t)) {
        Ref yes = ir_cmp(fn, less, x, acc);
        if (!ty_is_float(t))
            return yes;
        return ir_bin(fn, IR_OR, yes, ir_bin(fn, IR_AND, is_nan(fn, x), ir_cmp(fn, IR_EQ, acc, acc)));
    }
    Ref ar = ir_real(fn, acc), ai = ir_imag(fn, acc), xr = ir_real(fn, x), xi = ir_imag(fn, x);
    Ref tie = ir_bin(fn, IR_AND, ir_cmp(fn, IR_EQ, xr, ar), ir_cmp(fn, less, xi, ai));
    Ref yes = ir_bin(fn, IR_OR, ir_cmp(fn, less, xr, ar), tie);
    Ref there = ir_bin(fn, IR_OR, is_nan(fn, ar), is_nan(fn, ai)), nan = ir_bin(fn, IR_OR, is_nan(fn, xr), is_nan(fn, xi));
    return ir_bin(fn, IR_AND, ir_un(fn, IR_NOT, there), ir_bin(fn, IR_OR, yes, nan));
}

Ref ir_combine(Fn *fn, RedOp op, Ref acc, Ref x)
{
    Ty t = ir_ty(fn, acc);
    switch (op) {
    case RED_ADD:
        return ir_bin(fn, IR_ADD, acc, x);
    case RED_MUL:
        return ty_is_complex(t) ? complex_product(fn, t, acc, x) : ir_bin(fn, IR_MUL, acc, x);
    case RED_MIN: case RED_MAX:
        if (ty_is_float(t))
            return ir_math2(fn, op == RED_MIN ? MATH_MINIMUM : MATH_MAXIMUM, acc, x);
        return ir_select(fn, ir_better(fn, op, acc, x), x, acc);
    case RED_AND: case RED_ALL: return ir_bin(fn, IR_AND, acc, x);
    case RED_OR: case RED_ANY: return ir_bin(fn, IR_OR, acc, x);
    case RED_XOR: return ir_bin(fn, IR_XOR, acc, x);
    case RED_LAST: return x;
    default: nj_bug(fn->unit, "reduction %d", (int)op);
    }
}

static Ref has_nan(Fn *fn, Ref x)
{
    return ty_is_complex(ir_ty(fn, x)) ? ir_bin(fn, IR_OR, is_nan(fn, ir_real(fn, x)), is_nan(fn, ir_imag(fn, x))) : is_nan(fn, x);
}

Ref ir_same(Fn *fn, Ref a, Ref b)
{
    Ty t = ir_ty(fn, a);
    Ref same = ir_cmp(fn, IR_EQ, a, b);
    return ty_is_float(t) || ty_is_complex(t) ? ir_bin(fn, IR_OR, same, ir_bin(fn, IR_AND, has_nan(fn, a), has_nan(fn, b))) : same;
}

Ref ir_combine_place(Fn *fn, RedOp op, Ref best, Ref at, Ref x, Ref there)
{
    Ref tie = ir_bin(fn, IR_AND, ir_same(fn, best, x), ir_cmp(fn, IR_LT, there, at));
    return ir_select(fn, ir_bin(fn, IR_OR, ir_better(fn, op, best, x), tie), there, at);
}

void ir_combine_all(Fn *fn, const Nest *nest, const Ref *acc, const Ref *x, Ref *out)
{
    for (uint32_t k = 0; k < nest->nred; k++)
        out[k] = nest->red[k].op == RED_PLACE ? ir_combine_place(fn, nest->red[k - 1].op, acc[k - 1], acc[k], x[k - 1], x[k])
                                              : ir_combine(fn, nest->red[k].op, acc[k], x[k]);
}

Ref ir_identity(Fn *fn, RedOp op, Ty t)
{
    bool one = op == RED_MUL || op == RED_AND || op == RED_ALL;
    if (op == RED_MIN || op == RED_MAX || op == RED_LAST || op == RED_PLACE)
        return REF_NONE;
    if (ty_is_complex(t))
        return ir_complex(fn, t, ir_float(fn, ty_real(t), one ? 1.0 : -0.0), ir_float(fn, ty_real(t), one ? 0.0 : -0.0));
    if (ty_is_float(t))
        return ir_float(fn, t, one ? 1.0 : -0.0);
    if (ty_is_bool(t))
        return ir_bool(fn, one);
    return ir_int(fn, t, op == RED_AND || op == RED_ALL ? -1 : one);
}
