/* grid.c: a nest inside a kernel → loops over what falls to a thread.
 *
 * Without reductions: iterations number t, t + nthreads, ... fall to thread t, so neighbours in memory go to neighbours in a warp.
 * With reductions, three steps, each in a kernel of its own. How they add up depends on the number of iterations alone:
 *
 *     0   lane l of LANES combines iterations l, l + LANES, ...       → partial[l]
 *     1   lane q of FEWER combines partial[q], partial[q + FEWER] ... → partial[LANES + q]
 *     2   one thread combines those with the initial value            → the slot */
#include "opt/opt.h"

enum { LANES = 1 << 16, FEWER = 1 << 8 };

Ref grid_thread(Fn *fn, int64_t which) { return ir_emit_imm(fn, IR_THREAD, ty(TY_I64), NULL, 0, which); }

static Ref address(Fn *fn, Ref work, Ref at)
{
    Ref arg[] = { work, at };
    return ir_emit(fn, IR_OFFSET, ty(TY_PTR), arg, 2);
}

static Ref load_at(Fn *fn, Ref work, Ref at, Ty t)
{
    Ref p = address(fn, work, at);
    return ir_emit(fn, IR_PEEK, t, &p, 1);
}

static void store_at(Fn *fn, Ref work, Ref at, Ref v)
{
    Ref arg[] = { address(fn, work, at), v };
    ir_emit(fn, IR_POKE, ty(TY_NONE), arg, 2);
}

/* Several values are one after another: a tuple in memory has 8 bytes a part, a complex number those of its floats. */
Ref grid_load(Fn *fn, Ref work, int64_t at, Ty t)
{
    if (!ty_is_aggregate(t))
        return load_at(fn, work, ir_i64(fn, at), t);
    Ref *item = arena_new_n(fn->unit->arena, Ref, t->nitem + 1);
    for (uint32_t k = 0; k < t->nitem; at += 8 * t->item[k++]->nparts)
        item[k] = grid_load(fn, work, at, t->item[k]);
    return ir_tuple(fn, t, item, t->nitem);
}

void grid_store(Fn *fn, Ref work, int64_t at, Ref v)
{
    Ty t = ir_ty(fn, v);
    if (!ty_is_aggregate(t))
        store_at(fn, work, ir_i64(fn, at), v);
    for (uint32_t k = 0; ty_is_aggregate(t) && k < t->nitem; at += 8 * t->item[k++]->nparts)
        grid_store(fn, work, at, ir_item(fn, v, k));
}

int64_t grid_nwork(const Nest *nest)
{
    int64_t n = 0;
    for (uint32_t k = 0; k < nest->nred; k++)
        n += (LANES + FEWER) * 8 * nest->red[k].ty->nparts;
    return n;
}

/* Where the partial value of reduction k and this lane is. */
static Ref partial(const Grid *g, uint32_t k, Ref lane)
{
    Fn *fn = g->loops.fn;
    const Nest *nest = g->loops.nest;
    int64_t at = g->partial;
    for (uint32_t j = 0; j < k; j++)
        at += (LANES + FEWER) * 8 * nest->red[j].ty->nparts;
    return ir_bin(fn, IR_ADD, ir_i64(fn, at), ir_bin(fn, IR_MUL, lane, ir_i64(fn, 8 * nest->red[k].ty->nparts)));
}

/* for (i = number of the thread; i < n; i += number of threads) */
static IrLoop grid_loop(Fn *fn, Ref n)
{
    Ref first = grid_thread(fn, 0);
    BlkId header = ir_block(fn, fn->cur);
    IrLoop l = { .header = header };
    l.body = ir_block(fn, header), l.exit = ir_block(fn, header);
    ir_jump(fn, header);
    l.index = ir_phi(fn, header, ty(TY_I64));
    ir_add_arg(fn, l.index, first);
    ir_at(fn, header);
    ir_branch(fn, ir_cmp(fn, IR_LT, l.index, n), l.body, l.exit);
    ir_at(fn, l.body);
    return l;
}

static void grid_endloop(Fn *fn, const IrLoop *l)
{
    if (!ir_ended(fn)) {
        Ref next = ir_bin(fn, IR_ADD, l->index, grid_thread(fn, 1));
        ir_jump(fn, l->header);
        ir_add_arg(fn, l->index, next);
    }
    ir_at(fn, l->exit);
}

static Ref total(const NestLoops *l)
{
    Ref n = ir_i64(l->fn, 1);
    for (uint32_t d = 0; d < l->nest->ndim; d++)
        n = ir_bin(l->fn, IR_MUL, n, l->arg[d]);
    return n;
}

/* The body for iteration number i: its indices are the digits of i, the innermost axis the last one. */
static Ref iterate(const NestLoops *l, Ref i)
{
    Fn *fn = l->fn;
    Ref index[NDIM_MAX];
    for (uint32_t d = l->nest->ndim; d-- > 1; ) {
        Ref n = ir_cast(fn, l->arg[l->axis[d]], ty(TY_U64)), u = ir_cast(fn, i, ty(TY_U64));
        index[l->axis[d]] = ir_cast(fn, ir_bin(fn, IR_REM, u, n), ty(TY_I64));
        i = ir_cast(fn, ir_bin(fn, IR_DIV, u, n), ty(TY_I64));
    }
    index[l->axis[0]] = i;
    return nest_clone(l, index, REF_NONE);
}

static void to_lanes(const Grid *g)
{
    const NestLoops *l = &g->loops;
    const Nest *nest = l->nest;
    Fn *fn = l->fn;
    Ref init[NRED_MAX], x[NRED_MAX], next[NRED_MAX], lanes = ir_i64(fn, LANES), n = total(l);
    for (uint32_t k = 0; k < nest->nred; k++) {
        init[k] = ir_identity(fn, nest->red[k].op, nest->red[k].ty);
        if (ref_is_none(init[k]))           /* a minimum or maximum: twice does no harm */
            init[k] = l->arg[nest->ndim + nest->ncapture + k];
    }
    IrLoop lane = grid_loop(fn, lanes);
    Ref count = ir_bin(fn, IR_SUB, ir_bin(fn, IR_ADD, n, ir_i64(fn, LANES - 1)), lane.index);
    IrLoop turn = ir_loop(fn, ir_bin(fn, IR_DIV, count, lanes), init, nest->nred);
    Ref yield = iterate(l, ir_bin(fn, IR_ADD, lane.index, ir_bin(fn, IR_MUL, turn.index, lanes)));
    for (uint32_t k = 0; k < nest->nred; k++)
        x[k] = nest->nred == 1 ? yield : ir_item(fn, yield, k);
    ir_combine_all(fn, nest, turn.carried, x, next);
    ir_endloop(fn, &turn, next);
    for (uint32_t k = 0; k < nest->nred; k++)
        store_at(fn, g->work, partial(g, k, lane.index), turn.carried[k]);
    grid_endloop(fn, &lane);
}

/* init combined with n partial values: of lanes first, first + step, ... */
static void combine(const Grid *g, Ref first, int64_t step, int64_t n, const Ref *init, Ref *result)
{
    const Nest *nest = g->loops.nest;
    Fn *fn = g->loops.fn;
    Ref x[NRED_MAX], next[NRED_MAX];
    IrLoop turn = ir_loop(fn, ir_i64(fn, n), init, nest->nred);
    Ref lane = ir_bin(fn, IR_ADD, first, ir_bin(fn, IR_MUL, turn.index, ir_i64(fn, step)));
    for (uint32_t k = 0; k < nest->nred; k++)
        x[k] = load_at(fn, g->work, partial(g, k, lane), nest->red[k].ty);
    ir_combine_all(fn, nest, turn.carried, x, next);
    ir_endloop(fn, &turn, next);
    memcpy(result, turn.carried, nest->nred * sizeof *result);
}

static void to_fewer(const Grid *g)
{
    const Nest *nest = g->loops.nest;
    Fn *fn = g->loops.fn;
    Ref init[NRED_MAX], result[NRED_MAX];
    IrLoop lane = grid_loop(fn, ir_i64(fn, FEWER));
    for (uint32_t k = 0; k < nest->nred; k++)
        init[k] = load_at(fn, g->work, partial(g, k, lane.index), nest->red[k].ty);
    combine(g, ir_bin(fn, IR_ADD, lane.index, ir_i64(fn, FEWER)), FEWER, LANES / FEWER - 1, init, result);
    Ref at = ir_bin(fn, IR_ADD, lane.index, ir_i64(fn, LANES));
    for (uint32_t k = 0; k < nest->nred; k++)
        store_at(fn, g->work, partial(g, k, at), result[k]);
    grid_endloop(fn, &lane);
}

static void to_one(const Grid *g)
{
    const NestLoops *l = &g->loops;
    Fn *fn = l->fn;
    Ref result[NRED_MAX];
    int64_t at = g->slot;
    IrIf s = ir_if(fn, ir_cmp(fn, IR_EQ, grid_thread(fn, 0), ir_i64(fn, 0)));
    combine(g, ir_i64(fn, LANES), 1, FEWER, l->arg + l->nest->ndim + l->nest->ncapture, result);
    for (uint32_t k = 0; k < l->nest->nred; at += 8 * l->nest->red[k++].ty->nparts)
        grid_store(fn, g->work, at, result[k]);
    ir_else(fn, &s);
    ir_endif(fn, &s, REF_NONE, REF_NONE);
}

void grid_nest(const Grid *g, uint32_t step)
{
    Fn *fn = g->loops.fn;
    if (g->loops.nest->nred > 0) {
        (step == 0 ? to_lanes : step == 1 ? to_fewer : to_one)(g);
        return;
    }
    IrLoop l = grid_loop(fn, total(&g->loops));
    iterate(&g->loops, l.index);
    grid_endloop(fn, &l);
}
