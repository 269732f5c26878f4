/* copy.c: a Fn → another one with the same instructions under the same Refs, in the arena of a Unit; and its instructions made once
 * more, where their operands are known better by now. Facts are not copied. */
#include "ir/ir.h"

static void *copied(Arena *a, const void *from, uint32_t n, size_t nbytes)
{
    void *to = arena_alloc(a, (n + 1) * nbytes);
    if (n > 0)
        memcpy(to, from, n * nbytes);
    return to;
}

#define COPY(vec) ((vec).at = copied(a, (vec).at, (vec).n, sizeof *(vec).at), (vec).cap = (vec).n)

static void copy_nests(Fn *fn)
{
    for (uint32_t v = 1; v < fn->ins.n; v++) {
        if (fn->ins.at[v].op != IR_NEST)
            continue;
        Nest *nest = arena_new_of(fn->unit->arena, Nest);
        *nest = *(const Nest *)fn->ins.at[v].imm.p;
        nest->body = ir_copy(fn->unit, nest->body);
        nest->body->parent = fn;
        fn->ins.at[v].imm.p = nest;
    }
}

Fn *ir_copy(Unit *u, const Fn *fn)
{
    Arena *a = u->arena;
    Fn *c = arena_new_of(a, Fn);
    *c = *fn;
    c->unit = u;
    COPY(c->ins);
    COPY(c->blk);
    COPY(c->operand);
    COPY(c->pos);
    for (BlkId b = 0; b < c->blk.n; b++) {
        COPY(c->blk.at[b].ins);
        COPY(c->blk.at[b].pred);
    }
    c->param = copied(a, fn->param, fn->nparam, sizeof *fn->param);
    c->have = 0;
    c->settled = false;
    c->nuse = NULL;
    c->known = NULL;
    c->infer = NULL;
    copy_nests(c);
    return c;
}

/* An INDEX, but where it is known and in range. */
static Ref remake_index(Fn *fn, const Ins *in, const Ref *arg)
{
    int64_t i, n;
    if (ir_is_int(fn, arg[0], &i) && ir_is_int(fn, arg[1], &n) && i >= -n && i < n)
        return ir_i64(fn, i < 0 ? i + n : i);
    return ir_emit_imm(fn, IR_INDEX, in->ty, arg, 2, in->imm.i);
}

Ref ir_remake(Fn *fn, const Ins *in, const Ref *arg)
{
    if (in->flags == 0 && in->op >= IR_EQ && in->op <= IR_ULT)
        return ir_cmp(fn, in->op, arg[0], arg[1]);
    switch (in->flags ? IR_NOP : in->op) {
    case IR_ADD: case IR_SUB: case IR_MUL: case IR_AND: case IR_OR: case IR_XOR:
        return ir_bin(fn, in->op, arg[0], arg[1]);
    case IR_SELECT: return ir_select(fn, arg[0], arg[1], arg[2]);
    case IR_NEG: case IR_NOT: return ir_un(fn, in->op, arg[0]);
    case IR_HIDE: return ir_hide(fn, arg[0]);
    case IR_CAST: return ir_cast(fn, arg[0], in->ty);
    case IR_BITCAST: return ir_bitcast(fn, arg[0], in->ty);
    case IR_INDEX: return remake_index(fn, in, arg);
    case IR_EXTENT: return ir_extent(fn, arg[0], (uint32_t)in->imm.i);
    case IR_STRIDE: return ir_stride(fn, arg[0], (uint32_t)in->imm.i);
    case IR_DATA: return ir_data(fn, arg[0]);
    case IR_LOAD: return ir_load(fn, arg[0], arg + 1);
    case IR_VIEW: return ir_view_again(fn, in, arg);
    case IR_ITEM: return ir_item(fn, arg[0], (uint32_t)in->imm.i);
    default: break;
    }
    Ref r = ir_emit_imm(fn, in->op, in->ty, arg, in->nargs, in->imm.i);
    ir_ins(fn, r)->flags = in->flags;
    return r;
}

/* The block's instructions once more; map: of old values. Phis and what ends the block stay as they are. */
static void fold_block(Fn *fn, BlkId b, Ref *map)
{
    Arena *a = fn->unit->arena;
    VEC(Ref) had = { .at = fn->blk.at[b].ins.at, .n = fn->blk.at[b].ins.n };
    memset(&fn->blk.at[b].ins, 0, sizeof fn->blk.at[b].ins);
    ir_at(fn, b);
    for (uint32_t k = 0; k < had.n; k++) {
        Ref r = had.at[k];
        Ins in = *ir_ins(fn, r);
        Ref *arg = arena_new_n(a, Ref, in.nargs + 1), *from = ir_args(fn, ir_ins(fn, r));
        for (uint32_t m = 0; m < in.nargs; m++)
            arg[m] = map[from[m].i].i ? map[from[m].i] : from[m];
        bool yes = in.op == IR_CHECK && ir_is_const(fn, arg[0]) && ir_ins(fn, arg[0])->imm.i;
        if (in.op == IR_PHI || k + 1 == had.n) {
            if (in.op != IR_PHI)
                memcpy(from, arg, in.nargs * sizeof(Ref));
            vec_push(a, &fn->blk.at[b].ins, r);
            continue;
        }
        fn->cur_pos = in.pos;
        map[r.i] = yes ? r : ir_remake(fn, &in, arg);
        *ir_ins(fn, r) = (Ins){ .op = IR_NOP, .blk = BLK_NONE, .ty = in.ty };
    }
}

void ir_fold(Fn *fn)
{
    uint32_t n, nins = fn->ins.n;
    ir_remove_unreachable(fn);
    fn->have = 0;
    fn->known = NULL;
    ir_need(fn, HAVE_DOM);
    Ref *map = arena_new_n(fn->unit->arena, Ref, nins);
    const BlkId *rpo = ir_rpo(fn, &n);
    for (uint32_t k = 0; k < n; k++)
        fold_block(fn, rpo[k], map);
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t j = 0; j < fn->blk.at[rpo[k]].ins.n; j++) {
            Ins *in = ir_ins(fn, fn->blk.at[rpo[k]].ins.at[j]);
            for (uint32_t m = 0; in->op == IR_PHI && m < in->nargs; m++) {
                Ref *x = &ir_args(fn, in)[m];
                if (x->i < nins && map[x->i].i)
                    *x = map[x->i];
            }
        }
}
