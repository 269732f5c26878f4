/* split.c: phis of tuples → phis of their items, so that a counter in a tuple is a counter, and an array in one is not counted in
 * each turn of a loop.
 *
 * Behind the phis of its block a TUPLE of the new ones stands for the old phi; ITEMs of a TUPLE become its operands. */
#include "opt/opt.h"

enum { SPLIT_ITEMS = 32 };                          /* longer tuples stay whole */

static bool splits(const Ins *in)
{
    return in->op == IR_PHI && ty_is_aggregate(in->ty) && in->ty->nitem > 0 && in->ty->nitem <= SPLIT_ITEMS;
}

static bool is_unit(Ty x) { return x->kind == TY_NONE || ty_is_constant(x); }

/* Item k of what phi has from its e-th predecessor, there. */
static Ref item_on_edge(Fn *fn, BlkId b, Ref phi, uint32_t e, uint32_t k)
{
    Ref v = ir_arg(fn, phi, e);
    const Ins *in = ir_ins(fn, v);
    if (in->op == IR_TUPLE)
        return ir_args(fn, in)[k];
    if (in->op == IR_UNDEF)
        return ir_undef(fn, in->ty->item[k]);
    Blk *p = &fn->blk.at[fn->blk.at[b].pred.at[e]];
    Ty type = in->ty->item[k];
    Ref item = ir_insert(fn, fn->blk.at[b].pred.at[e], p->ins.n - 1, IR_ITEM, type, &v, 1);
    ir_ins(fn, item)->imm.i = k;
    return item;
}

static void split(Fn *fn, BlkId b, Ref phi)
{
    Ty t = ir_ty(fn, phi);
    Ref item[SPLIT_ITEMS];
    uint32_t nphi = 0, nedge = ir_ins(fn, phi)->nargs;
    fn->cur_pos = ir_ins(fn, phi)->pos;
    for (uint32_t k = 0; k < t->nitem; k++) {
        item[k] = is_unit(t->item[k]) ? ir_constant(fn, t->item[k], NULL) : ir_phi(fn, b, t->item[k]);
        for (uint32_t e = 0; !is_unit(t->item[k]) && e < nedge; e++)
            ir_add_arg(fn, item[k], item_on_edge(fn, b, phi, e, k));
    }
    while (ir_ins(fn, fn->blk.at[b].ins.at[nphi])->op == IR_PHI)
        nphi++;
    ir_replace(fn, phi, ir_insert(fn, b, nphi, IR_TUPLE, t, item, t->nitem));
}

/* An ITEM of a TUPLE is what was put there. Operands come before, but around a loop: so again while something changes. */
static void fold_items(Fn *fn)
{
    Ref *by = arena_new_n(fn->unit->arena, Ref, fn->ins.n);
    for (uint32_t v = 1; v < fn->ins.n; v++) {
        const Ins *in = &fn->ins.at[v];
        const Ins *of = in->op == IR_ITEM ? ir_ins(fn, in->arg[0]) : NULL;
        by[v] = of && of->op == IR_TUPLE ? ir_args(fn, of)[in->imm.i] : (Ref){ v };
    }
    for (uint32_t v = 1; v < fn->ins.n; v++) {
        Ref *arg = ir_args(fn, &fn->ins.at[v]);
        for (uint32_t k = 0; k < fn->ins.at[v].nargs; k++)
            while (!ref_eq(by[arg[k].i], arg[k]))
                arg[k] = by[arg[k].i];
    }
}

/* needs: nothing.  keeps: dominators, loops.  breaks: uses; leaves what has no use to opt_dce. */
void opt_split(Fn *fn)
{
    bool any = false, changed = true;
    while (changed) {
        changed = false;
        for (BlkId b = 0; b < fn->blk.n; b++)
            for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
                Ref phi = fn->blk.at[b].ins.at[k];
                if (!splits(ir_ins(fn, phi)))
                    continue;
                split(fn, b, phi);
                *ir_ins(fn, phi) = (Ins){ .op = IR_NOP, .blk = b, .ty = ty(TY_NONE) };
                memmove(&fn->blk.at[b].ins.at[k], &fn->blk.at[b].ins.at[k + 1], (--fn->blk.at[b].ins.n - k) * sizeof(Ref));
                k--;
                changed = any = true;
            }
        if (changed)
            fold_items(fn);
    }
    if (any)
        fn->have &= ~(uint32_t)HAVE_USES;
}
