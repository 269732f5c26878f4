/* long.c: calls that may take long: a loop that makes them polls as one does that holds their loops itself.
 *
 * Else three functions that call each other in loops of 4,000 turns would not poll once: no loop is a strip long. Short is a
 * call whose loops have few turns in all, with those of what it calls, by constants. */
#include "opt/opt.h"
#include "runtime/runtime.h"

enum { SHORT_MAX = TURNS_LONG - 2 };

static uint32_t turns_of(Fn *fn, FnOf fn_of);

/* What NumPy and the pool are asked to do for whole arrays. */
static bool rt_is_long(int64_t id)
{
    return id == RT_SORT_ROWS || id == RT_ARGSORT_ROWS || id == RT_DOT || id == RT_MATMUL || id == RT_CALL_LOOP;
}

static bool is_long(const Ins *in)
{
    return in->op == IR_PARALLEL || (in->op == IR_CALL && in->flags & INS_LONG) || (in->op == IR_RT && rt_is_long(in->imm.i));
}

void loop_find_long(Fn *fn)
{
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; fn->blk.at[b].loop != BLK_NONE && k < fn->blk.at[b].ins.n; k++)
            if (is_long(ir_ins(fn, fn->blk.at[b].ins.at[k])))
                for (BlkId h = fn->blk.at[b].loop; h != BLK_NONE && !fn->blk.at[h].is_long; h = loop_around(fn, h))
                    fn->blk.at[h].is_long = true;
}

static uint32_t times(uint32_t a, int64_t b)
{
    return a == 0 || b == 0 ? 0 : b > SHORT_MAX || a * b > SHORT_MAX ? TURNS_LONG : (uint32_t)(a * b);
}

/* How often block b runs in one call, at most. */
static uint32_t runs(const Fn *fn, BlkId b)
{
    uint32_t n = 1;
    for (BlkId h = fn->blk.at[b].loop; h != BLK_NONE && n < TURNS_LONG; h = loop_around(fn, h)) {
        Loop l = loop_look(fn, h);
        int64_t trips;
        n = l.counted && ir_is_int(fn, l.n, &trips) ? times(n, trips < 0 ? 0 : trips < SHORT_MAX ? trips + 1 : TURNS_LONG) : TURNS_LONG;
    }
    return n;
}

static uint32_t turns_of_nest(const Fn *fn, const Ins *in, FnOf fn_of)
{
    const Nest *nest = in->imm.p;
    uint32_t n = 1 + turns_of(nest->body, fn_of);
    for (uint32_t k = 0; k < nest->ndim; k++) {
        int64_t extent;
        n = ir_is_int(fn, ir_args(fn, in)[k], &extent) ? times(n, extent) : TURNS_LONG;
    }
    return n;
}

static uint32_t turns_of_op(const Fn *fn, Ins *in, FnOf fn_of)
{
    if (in->op == IR_NEST)
        return turns_of_nest(fn, in, fn_of);
    if (in->op != IR_CALL)
        return is_long(in) ? TURNS_LONG : 0;
    Fn *callee = fn_of(in->imm.p);
    uint32_t n = callee ? 1 + turns_of(callee, fn_of) : TURNS_LONG;
    if (n >= TURNS_LONG)
        in->flags |= INS_LONG;
    return n;
}

/* Of its loops in one call, at most; TURNS_LONG: too many, or not known. In a call cycle nothing is. */
static uint32_t turns_of(Fn *fn, FnOf fn_of)
{
    if (fn->turns)
        return fn->turns == TURNS_LONG ? TURNS_LONG : fn->turns - 1u;
    fn->turns = TURNS_LONG;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    uint32_t all = 0;
    for (BlkId b = 0; b < fn->blk.n; b++) {
        uint32_t n = runs(fn, b), once = fn->blk.at[b].is_header;
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++)
            once += turns_of_op(fn, ir_ins(fn, fn->blk.at[b].ins.at[k]), fn_of);
        all += times(n, once);
        all = all < TURNS_LONG ? all : TURNS_LONG;
    }
    if (all <= SHORT_MAX)
        fn->turns = (uint8_t)(all + 1);
    return all <= SHORT_MAX ? all : TURNS_LONG;
}

/* needs: nothing.  keeps: everything but dominators and loops, which are up to date. */
void opt_long(Fn *fn, FnOf fn_of) { turns_of(fn, fn_of); }
