/* flat.c: `if` ... `elif` ... `else` that only choose between numbers → SELECTs, so that data that no one can predict costs
 * no wrong guesses.
 *
 *     p: branch c a b          p: a's ops; b's ops; x = select c xa xb; jump j
 *     a: ...; jump j     →     j: phi(..., p: x)
 *     b: ...; jump j
 *
 * LLVM does so where two ways meet, and not where more do, as behind `elif`: it makes a switch of those. From the innermost `if`
 * outwards; a way has a few ops on integers, and two values at most depend on it. (A random walk: 0.4 of the time.) */
#include "opt/opt.h"

enum { OPS_MAX = 10, SELECTS_MAX = 2, MEETING = 3 };

static bool is_whole(Ty t) { return t && ty_is_scalar(t) && (ty_is_int(t) || ty_is_bool(t)); }

static bool is_cheap(const Fn *fn, const Ins *in)
{
    if (ir_op[in->op].effect != EFF_PURE || in->op == IR_PHI || in->op == IR_MUL || in->op == IR_DIV || in->op == IR_REM || !is_whole(in->ty))
        return false;
    for (uint32_t k = 0; k < in->nargs; k++)
        if (!is_whole(ir_ty(fn, ir_args(fn, in)[k])))
            return false;
    return true;
}

/* The block that a way from p meets others in: itself, or behind ops that may be made always; BLK_NONE. Counts the ops. */
static BlkId meets_in(const Fn *fn, BlkId p, BlkId way, uint32_t *nops)
{
    const Blk *b = &fn->blk.at[way];
    if (b->pred.n > 1)
        return way;
    if (b->pred.at[0] != p || b->nsucc != 1 || b->cold || b->handler != fn->blk.at[p].handler || b->succ[0] == way
        || ir_ins(fn, b->ins.at[b->ins.n - 1])->op != IR_JUMP)
        return BLK_NONE;
    for (uint32_t k = 0; k + 1 < b->ins.n; k++) {
        const Ins *in = ir_ins(fn, b->ins.at[k]);
        if (!is_cheap(fn, in))
            return BLK_NONE;
        *nops += in->op != IR_BITCAST;
    }
    return b->succ[0];
}

/* Are at most so many values of j different on edges x and y, and all of them integers? */
static bool few_differ(const Fn *fn, const Blk *j, uint32_t x, uint32_t y)
{
    uint32_t n = 0;
    for (uint32_t k = 0; ir_ins(fn, j->ins.at[k])->op == IR_PHI; k++) {
        Ref phi = j->ins.at[k], a = ir_arg(fn, phi, x), b = ir_arg(fn, phi, y);
        if (ref_eq(a, b))
            continue;
        if (!is_whole(ir_ty(fn, phi)) || ir_ty(fn, a) != ir_ty(fn, phi) || ir_ty(fn, b) != ir_ty(fn, phi))
            return false;
        n++;
    }
    return n <= SELECTS_MAX;
}

static void move_ops(Fn *fn, BlkId from, BlkId to)
{
    Blk *b = &fn->blk.at[from];
    for (uint32_t k = 0; k + 1 < b->ins.n; k++) {
        vec_push(fn->unit->arena, &fn->blk.at[to].ins, b->ins.at[k]);
        ir_ins(fn, b->ins.at[k])->blk = to;
    }
    b->ins.at[0] = b->ins.at[b->ins.n - 1];
    b->ins.n = 1;
}

/* Edge y of j is no more, edge x comes from p with what they were where c is true or not. */
static void join_edges(Fn *fn, BlkId p, BlkId j, uint32_t x, uint32_t y, Ref c)
{
    Blk *b = &fn->blk.at[j];
    for (uint32_t k = 0; ir_ins(fn, b->ins.at[k])->op == IR_PHI; k++) {
        Ref phi = b->ins.at[k];
        Ref v = ir_select(fn, c, ir_arg(fn, phi, x), ir_arg(fn, phi, y));
        b = &fn->blk.at[j];
        Ref arg[b->pred.n];
        memcpy(arg, ir_args(fn, ir_ins(fn, phi)), sizeof arg);
        arg[x] = v, arg[y] = arg[b->pred.n - 1];
        ir_keep_args(fn, phi, arg, b->pred.n - 1);
    }
    b->pred.at[x] = p, b->pred.at[y] = b->pred.at[b->pred.n - 1];
    b->pred.n--;
}

static bool flatten(Fn *fn, BlkId p, const bool *many)
{
    Blk *b = &fn->blk.at[p];
    Ref last = b->ins.at[b->ins.n - 1];
    if (b->cold || b->nsucc != 2 || ir_ins(fn, last)->op != IR_BRANCH || b->succ[0] == b->succ[1])
        return false;
    BlkId yes = b->succ[0], no = b->succ[1];
    uint32_t nops = 0;
    BlkId j = meets_in(fn, p, yes, &nops);
    if (j == BLK_NONE || j == p || !many[j] || meets_in(fn, p, no, &nops) != j || nops > OPS_MAX)
        return false;
    uint32_t x = loop_edge(fn, j, yes == j ? p : yes), y = loop_edge(fn, j, no == j ? p : no);
    if (!few_differ(fn, &fn->blk.at[j], x, y))
        return false;
    Ref c = ir_arg(fn, last, 0);
    fn->cur_pos = ir_ins(fn, last)->pos;
    fn->known = NULL;
    b->ins.n--;
    if (yes != j)
        move_ops(fn, yes, p);
    if (no != j)
        move_ops(fn, no, p);
    ir_at(fn, p);
    join_edges(fn, p, j, x, y, c);
    loop_jump(fn, j);
    return true;
}

/* needs: nothing.  breaks: everything. */
void opt_flat(Fn *fn)
{
    uint32_t n;
    const BlkId *order = ir_rpo(fn, &n);
    bool *many = arena_new_n(fn->unit->arena, bool, fn->blk.n), any = false;
    for (BlkId b = 0; b < fn->blk.n; b++)
        many[b] = fn->blk.at[b].pred.n >= MEETING;
    for (uint32_t k = n; k-- > 0; )
        any |= flatten(fn, order[k], many);
    if (!any)
        return;
    fn->have = 0;
    fn->known = NULL;
    ir_straighten(fn);
}
