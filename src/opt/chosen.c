/* chosen.c: an element of a small array at an index that data choose → a choice among all that it may be.
 *
 *     load a p j       →   select (p == 0) (load a 0 j) (select (p == 1) (load a 1 j) (load a 2 j))
 *     store a x p j    →   store a (select (p == r) x (load a r j)) r j   for r = 0, 1, 2
 *
 * Where all loops around are unrolled every other index becomes a constant, and with none left that is not, LLVM keeps the elements in
 * registers: the rows that pivoting swaps (a solve of 4 by 4: 0.5 of the time). Only for arrays that this call made and that nothing
 * else looks at, so that nobody sees the other elements stored. */
#include "opt/opt.h"
#include "opt/range.h"

enum { WAYS_MAX = 6, ELEMENTS_MAX = 36, DEEP = 8 };

/* The index of a loop that is unrolled. */
static bool is_counter(const Fn *fn, Ref r)
{
    const Ins *in = ir_ins(fn, r);
    if (in->op != IR_PHI || !fn->blk.at[in->blk].unroll)
        return false;
    Loop l = loop_look(fn, in->blk);
    return l.counted && ref_eq(l.idx, r);
}

/* Is it a constant once the loops are unrolled? */
static bool is_settled(const Fn *fn, Ref r, uint32_t depth)
{
    const Ins *in = ir_ins(fn, r);
    int64_t c;
    if (ir_is_int(fn, r, &c) || is_counter(fn, r))
        return true;
    if (depth == 0 || (in->op != IR_BITCAST && in->op != IR_CAST && in->op != IR_ADD && in->op != IR_SUB && in->op != IR_MUL))
        return false;
    for (uint32_t k = 0; k < in->nargs; k++)
        if (!is_settled(fn, ir_args(fn, in)[k], depth - 1))
            return false;
    return true;
}

static bool is_small(const Fn *fn, const Ins *in)
{
    int64_t n = 1, extent;
    if (in->op != IR_NEW || in->ty->elem->nparts != 1)
        return false;
    for (uint32_t k = 0; k < in->nargs; k++)
        if (!ir_is_int(fn, ir_args(fn, in)[k], &extent) || extent > ELEMENTS_MAX || (n *= extent) > ELEMENTS_MAX)
            return false;
    return true;
}

static bool only_looks(const Ins *in, uint32_t operand)
{
    return operand == 0 && (in->op == IR_LOAD || in->op == IR_STORE || in->op == IR_RETURN);
}

/* By Ref: small arrays that only loads and stores look at, or the caller. NULL: there are none. */
static const bool *small_arrays(Fn *fn)
{
    bool *small = arena_new_n(fn->unit->arena, bool, fn->ins.n), any = false;
    for (uint32_t r = 1; r < fn->ins.n; r++)
        any |= small[r] = is_small(fn, &fn->ins.at[r]);
    for (BlkId b = 0; any && b < fn->blk.n; b++)
        for (uint32_t j = 0; j < fn->blk.at[b].ins.n; j++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[j]);
            for (uint32_t k = 0; k < in->nargs; k++)
                small[ir_args(fn, in)[k].i] &= only_looks(in, k);
        }
    return any ? small : NULL;
}

/* What is known of a function. */
typedef struct Known {
    Fn *fn;
    const bool *small;
    Ranges *ranges;
    VEC(Ref) check;             /* CHECKs of `index < constant`, unsigned */
} Known;

static bool is_checked(const Known *k, Ref index, int64_t extent, BlkId b)
{
    const Fn *fn = k->fn;
    for (uint32_t c = 0; c < k->check.n; c++) {
        const Ins *check = ir_ins(fn, k->check.at[c]);
        const Ref *than = ir_args(fn, ir_ins(fn, ir_args(fn, check)[0]));
        int64_t most;
        bool passed = check->blk == b || (fn->blk.at[check->blk].handler == BLK_NONE && ir_dominates(fn, check->blk, b));
        if (passed && ref_eq(than[0], index) && ir_is_int(fn, than[1], &most) && most <= extent)
            return true;
    }
    return false;
}

/* Is it surely less than that? Loops over arrays that are one row in memory have indices that are not. */
static bool is_below(const Known *k, Ref index, int64_t extent, BlkId b)
{
    const Ins *in = ir_ins(k->fn, index);
    int64_t most;
    if (in->op == IR_INDEX)
        return ir_is_int(k->fn, ir_args(k->fn, in)[1], &most) && most <= extent;
    Range r = range_of(k->ranges, index);
    return (r.lo >= 0 && r.hi < extent) || is_checked(k, index, extent, b);
}

/* The axis of the one index that data choose, if it has few values; -1. index: the first of the operands that are. */
static int chosen_axis(const Known *known, Ref array, const Ref *index, BlkId b)
{
    const Fn *fn = known->fn;
    const Ins *new_ = ir_ins(fn, array);
    int axis = -1;
    int64_t extent = 0;
    for (uint32_t k = 0; k < new_->ty->ndim; k++)
        if (!is_settled(fn, index[k], DEEP)) {
            if (axis >= 0)
                return -1;
            axis = (int)k;
        }
    if (axis < 0 || !ir_is_int(fn, ir_args(fn, new_)[axis], &extent))
        return -1;
    return extent > 1 && extent <= WAYS_MAX && is_below(known, index[axis], extent, b) ? axis : -1;
}

/* Is it in a loop that says its iterations do not meet in memory? They would, if one stored more than one element. */
static bool is_apart(const Fn *fn, BlkId b)
{
    for (BlkId h = fn->blk.at[b].loop; h != BLK_NONE; b = fn->blk.at[h].idom, h = b != BLK_NONE ? fn->blk.at[b].loop : BLK_NONE)
        if (fn->blk.at[h].apart)
            return true;
    return false;
}

/* One access on its way to several, which go before blk.ins.at[at]. */
typedef struct Access {
    Fn *fn;
    BlkId b;
    uint32_t at, n;             /* n: operands */
    Ref arg[2 + NDIM_MAX];
    uint32_t index;             /* operand: the index that data choose */
    Ref chosen;
    int64_t ways;
    uint8_t flags;
    Ty elem;
} Access;

static Ref put(Access *a, IrOp op, Ty t, const Ref *arg, uint32_t n)
{
    Ref r = ir_insert(a->fn, a->b, a->at++, op, t, arg, n);
    ir_ins(a->fn, r)->flags = op == IR_LOAD || op == IR_STORE ? a->flags : 0;
    return r;
}

static Ref is_way(Access *a, int64_t way) { return put(a, IR_EQ, ty(TY_BOOL), (Ref[]){ a->chosen, ir_i64(a->fn, way) }, 2); }

static Ref load_way(Access *a, int64_t way)
{
    Ref arg[2 + NDIM_MAX];
    uint32_t ndim = ir_ty(a->fn, a->arg[0])->ndim;
    arg[0] = a->arg[0];
    memcpy(arg + 1, a->arg + a->n - ndim, ndim * sizeof *arg);
    arg[1 + a->index - (a->n - ndim)] = ir_i64(a->fn, way);
    return put(a, IR_LOAD, a->elem, arg, 1 + ndim);
}

static Ref choose(Access *a)
{
    Ref x = load_way(a, a->ways - 1);
    for (int64_t way = a->ways - 1; way-- > 0; ) {
        Ref its = is_way(a, way), y = load_way(a, way);
        x = put(a, IR_SELECT, a->elem, (Ref[]){ its, y, x }, 3);
    }
    return x;
}

static void store_all(Access *a)
{
    Ref value = a->arg[1];
    for (int64_t way = 0; way < a->ways; way++) {
        Ref its = is_way(a, way), had = load_way(a, way);
        a->arg[1] = put(a, IR_SELECT, a->elem, (Ref[]){ its, value, had }, 3);
        a->arg[a->index] = ir_i64(a->fn, way);
        put(a, IR_STORE, ty(TY_NONE), a->arg, a->n);
    }
}

/* The access at blk.ins.at[at], if it is one of these. Where to go on. */
static uint32_t access_at(const Known *k, BlkId b, uint32_t at)
{
    Fn *fn = k->fn;
    Ref r = fn->blk.at[b].ins.at[at];
    const Ins *in = ir_ins(fn, r);
    uint32_t first = in->op == IR_LOAD ? 1 : 2;
    if ((in->op != IR_LOAD && in->op != IR_STORE) || !k->small[ir_args(fn, in)[0].i])
        return at + 1;
    Ref array = ir_args(fn, in)[0];
    int axis = chosen_axis(k, array, ir_args(fn, in) + first, b);
    if (axis < 0 || (first == 2 && is_apart(fn, b)))
        return at + 1;
    Access a = { .fn = fn, .b = b, .at = at, .n = in->nargs, .index = first + (uint32_t)axis, .flags = in->flags, .elem = ir_ty(fn, array)->elem };
    memcpy(a.arg, ir_args(fn, in), in->nargs * sizeof *a.arg);
    a.chosen = a.arg[a.index];
    ir_is_int(fn, ir_arg(fn, array, (uint32_t)axis), &a.ways);
    if (first == 1)
        ir_replace(fn, r, choose(&a));
    else
        store_all(&a);
    Blk *blk = &fn->blk.at[b];          /* it stands at a.at now */
    memmove(&blk->ins.at[a.at], &blk->ins.at[a.at + 1], (blk->ins.n-- - a.at - 1) * sizeof(Ref));
    ir_ins(fn, r)->op = IR_NOP;
    return a.at;
}

static bool unrolls(const Fn *fn)
{
    for (BlkId b = 0; b < fn->blk.n; b++)
        if (fn->blk.at[b].unroll)
            return true;
    return false;
}

static void find_checks(Known *k)
{
    Fn *fn = k->fn;
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t j = 0; j < fn->blk.at[b].ins.n; j++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[j]);
            if (in->op == IR_CHECK && ir_ins(fn, ir_args(fn, in)[0])->op == IR_ULT)
                vec_push(fn->unit->arena, &k->check, fn->blk.at[b].ins.at[j]);
        }
}

/* needs: Blk.unroll, dominators, loops.  keeps: all but uses and equal values. */
void opt_chosen(Fn *fn)
{
    Known k = { .fn = fn, .small = unrolls(fn) ? small_arrays(fn) : NULL };
    if (!k.small)
        return;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    k.ranges = ranges_new(fn);
    find_checks(&k);
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t at = 0; at < fn->blk.at[b].ins.n; )
            at = access_at(&k, b, at);
    fn->have &= ~(uint32_t)HAVE_USES;
    fn->known = NULL;
}
