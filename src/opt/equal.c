/* equal.c: a nest that comes to what one before it came to: `a.mean()` and then `a.std()` add a up once.
 *
 * Both only load and reduce; between them nothing writes what they load. Values with equal operands are one value (ir.c), so equal
 * nests have the same operands, and bodies that are equal instruction by instruction. */
#include "opt/fuse.h"

static bool equal_operands(const Fn *fn, Ref p, Ref c)
{
    const Ins *x = ir_ins(fn, p), *y = ir_ins(fn, c);
    const Nest *a = x->imm.p, *b = y->imm.p;
    if (x->nargs != y->nargs || a->ndim != b->ndim || a->nred != b->nred || a->flags != b->flags || x->ty != y->ty)
        return false;
    for (uint32_t k = 0; k < x->nargs; k++)
        if (!ref_eq(ir_args(fn, x)[k], ir_args(fn, y)[k]))
            return false;
    for (uint32_t k = 0; k < a->nred; k++)
        if (a->red[k].op != b->red[k].op)
            return false;
    return true;
}

/* Is operand v of one body what w is of the other? to: of the values seen so far. */
static bool equal_values(const Fn *a, const Fn *b, const Ref *to, Ref v, Ref w)
{
    const Ins *x = ir_ins(a, v), *y = ir_ins(b, w);
    if (x->op == IR_PARAM || x->op == IR_CONST || x->op == IR_UNDEF)
        return x->op == y->op && x->ty == y->ty && x->imm.i == y->imm.i;
    return ref_eq(to[v.i], w);
}

static bool equal_bodies(const Fn *a, const Fn *b)
{
    const Blk *x = &a->blk.at[0], *y = &b->blk.at[0];
    if (a->blk.n > 1 || b->blk.n > 1 || x->ins.n != y->ins.n)
        return false;
    Ref *to = arena_new_n(a->unit->arena, Ref, a->ins.n);
    for (uint32_t k = 0; k < x->ins.n; k++) {
        const Ins *i = ir_ins(a, x->ins.at[k]), *j = ir_ins(b, y->ins.at[k]);
        if (i->op != j->op || i->ty != j->ty || i->nargs != j->nargs || i->imm.i != j->imm.i || i->flags != j->flags)
            return false;
        for (uint32_t m = 0; m < i->nargs; m++)
            if (!equal_values(a, b, to, ir_args(a, i)[m], ir_args(b, j)[m]))
                return false;
        to[x->ins.at[k].i] = y->ins.at[k];
    }
    return true;
}

/* Drops c if a nest before it has what it comes to. */
bool fuse_equal(Fuse *f, Ref c)
{
    Fn *fn = f->fn;
    const Blk *b = &fn->blk.at[f->b];
    if (fuse_nest_of(fn, c)->nred == 0 || !fuse_is_simple(fn, c) || fuse_stores(fn, c))
        return false;
    for (uint32_t k = fuse_place(f, c); k-- > 0; ) {
        Ref p = b->ins.at[k];
        if (!fuse_nest_of(fn, p) || !equal_operands(fn, p, c) || !fuse_is_simple(fn, p)
            || !equal_bodies(fuse_nest_of(fn, p)->body, fuse_nest_of(fn, c)->body) || !fuse_rises_to(f, c, p))
            continue;
        remark(fn, ir_ins(fn, c)->pos, ir_ins(fn, p)->pos, REMARK_EQUAL);
        ir_replace(fn, c, p);
        fuse_drop(f, c);
        fuse_find_users(f);
        return true;
    }
    return false;
}
