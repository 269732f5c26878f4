/* strewn.c: how the addresses of a loop move.
 *
 * A loop that goes along rows, each access by one element a turn if at all or to places that data say, needs no strength reduction:
 * its addresses are a base and an index (Blk.streams).
 * Where an access moves by a step that only the run knows (along a column, every p-th flag of a sieve), vectors would be put
 * together and taken apart element by element: lanes loaded and stored one by one, at addresses computed in vectors and taken out
 * of them again. That pays only where much is computed between, or where what each turn waits for is the one before (0.7 of a
 * transposition's time without; column sums of bytes take the same). Steps that are known are left to LLVM, which loads what lies
 * between as well; so are places that data say, but for those of bytes and shorts (a table of grey values: 0.7 of the time). */
#include "opt/strip.h"

enum {
    MOST = 4,                           /* additions and products of floats for each such access */
    GATHERED = 32,                      /* no machine gathers elements of fewer bits */
};

/* From turn to turn: by one element at most; to where data say; by a constant; by what only the run knows. */
typedef enum Move { MOVE_ROW, MOVE_DATA, MOVE_CONSTANT, MOVE_ANY } Move;

/* Does the array's axis k go by so many bytes, as its type or the view that it is says? 0: only the run knows. */
static int64_t known_step(const Fn *fn, Ref array, uint32_t k)
{
    const Ins *in = ir_ins(fn, array);
    Ty t = in->ty;
    int64_t step = 0;
    if (t->order == ORDER_C ? k + 1 == t->ndim : t->order == ORDER_F && k == 0)
        return t->elem->nbytes;
    if (t->order == ORDER_A && in->op == IR_VIEW)
        ir_is_int(fn, ir_args(fn, in)[2 + t->ndim + k], &step);
    return step;
}

/* Is it a number from memory, that each turn reads? */
static bool from_data(const Strip *s, Ref v, uint32_t depth)
{
    const Ins *in = ir_ins(s->fn, v);
    if (depth == 0 || !strip_inside(s, in->blk) || in->op == IR_PHI)
        return false;
    if (in->op == IR_LOAD)
        return true;
    for (uint32_t k = 0; k < in->nargs; k++)
        if (from_data(s, ir_arg(s->fn, v, k), depth - 1))
            return true;
    return false;
}

static Move moves(const Strip *s, const Ins *in)
{
    const Ref *arg = ir_args(s->fn, in);
    Ty array = ir_ty(s->fn, arg[0]);
    uint32_t first = in->op == IR_STORE ? 2 : 1, n = in->nargs - first;
    Move move = MOVE_ROW;
    for (uint32_t k = 0; k < n && ty_is_array(array); k++) {
        Ref index = arg[first + k], factor;
        int64_t step;
        while (ir_ins(s->fn, index)->op == IR_INDEX)
            index = ir_arg(s->fn, index, 0);
        if (!strip_affine(s, index, 8, &step, &factor))
            return from_data(s, index, 8) ? MOVE_DATA : MOVE_ROW;
        int64_t by = known_step(s->fn, arg[0], k);
        if (step != 0 && (by == 0 || !ref_is_none(factor)))
            return array->extent ? MOVE_CONSTANT : MOVE_ANY;
        if (step != 0 && (step != 1 || by != array->elem->nbytes))
            move = MOVE_CONSTANT;
    }
    return move;
}

static bool is_access(const Ins *in) { return in->op == IR_LOAD || in->op == IR_STORE; }

/* Is it one of a row that the loops around choose anew again and again? A product for each row is late where rows are short (the nearest
 * of 16 centres: 1.09 of the time). */
static bool is_deep(const Fn *fn, const Ins *in, uint32_t depth)
{
    Ty array = ir_ty(fn, ir_args(fn, in)[0]);
    return ty_is_array(array) && array->ndim >= 2 && depth >= 2;
}

bool strip_streams(const Strip *s)
{
    uint32_t depth = loop_depth(s->fn, s->l->header);
    for (uint32_t b = 0; b < s->body.n; b++) {
        const Blk *blk = &s->fn->blk.at[s->body.at[b]];
        for (uint32_t k = 0; k < blk->ins.n; k++) {
            const Ins *in = ir_ins(s->fn, blk->ins.at[k]);
            if (is_access(in) && (moves(s, in) > MOVE_DATA || is_deep(s->fn, in, depth)))
                return false;
        }
    }
    return true;
}

/* Does it compute an address by a product that changes from turn to turn? */
static bool multiplies(const Fn *fn, const bool *inside, const Ins *in, uint32_t depth)
{
    const Ref *arg = ir_args(fn, in);
    if (in->op == IR_MUL)
        return ty_is_int(in->ty) && !ir_is_const(fn, arg[0]) && !ir_is_const(fn, arg[1]);
    Ty array = is_access(in) ? ir_ty(fn, arg[0]) : NULL;
    if (!array || !ty_is_array(array))
        return false;
    if (is_deep(fn, in, depth))
        return true;
    uint32_t first = in->op == IR_STORE ? 2 : 1, n = in->nargs - first;
    for (uint32_t k = 0; k < n; k++) {
        BlkId at = ir_ins(fn, arg[first + k])->blk;
        bool along = array->order == ORDER_C ? k == n - 1 : array->order == ORDER_F && k == 0;
        if (!along && at != BLK_NONE && inside[at])
            return true;
    }
    return false;
}

bool loop_streams(Fn *fn, BlkId h)
{
    const bool *inside = loop_members(fn, h);
    uint32_t depth = loop_depth(fn, h);
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; inside[b] && k < fn->blk.at[b].ins.n; k++)
            if (multiplies(fn, inside, ir_ins(fn, fn->blk.at[b].ins.at[k]), depth))
                return false;
    return true;
}

bool strip_strewn(const Strip *s)
{
    const Fn *fn = s->fn;
    uint32_t nstrewn = 0, nfloat = 0;
    bool bytes = false, stores = false;
    for (uint32_t b = 0; b < s->body.n; b++) {
        const Blk *blk = &fn->blk.at[s->body.at[b]];
        for (uint32_t k = 0; k < blk->ins.n; k++) {
            const Ins *in = ir_ins(fn, blk->ins.at[k]);
            if (in->op == IR_MATH || in->op == IR_DIV || in->op == IR_CALL)
                return false;
            nfloat += in->ty && ty_is_float(in->ty) && (in->op == IR_ADD || in->op == IR_SUB || in->op == IR_MUL);
            stores |= in->op == IR_STORE;
            Move move = is_access(in) ? moves(s, in) : MOVE_ROW;
            uint32_t bits = move == MOVE_ROW ? 0 : ty_bits(ir_ty(fn, ir_args(fn, in)[0])->elem);
            if (move != MOVE_ANY && !(move == MOVE_DATA && bits < GATHERED))
                continue;
            nstrewn++;
            bytes |= bits == 8;
        }
    }
    return nstrewn > 0 && nfloat <= MOST * nstrewn && (stores || bytes);
}

/* Loops that are not cut into strips. */
void loop_look_strewn(Fn *fn, const Loop *l)
{
    Strip s = { .fn = fn, .l = l, .nblk = fn->blk.n, .inside = loop_members(fn, l->header) };
    for (BlkId b = 0; b < s.nblk; b++) {
        if (s.inside[b] && b != l->header && fn->blk.at[b].is_header)
            return;
        if (s.inside[b])
            vec_push(fn->unit->arena, &s.body, b);
    }
    fn->blk.at[l->header].strewn = strip_strewn(&s);
    fn->blk.at[l->header].waits = strip_waits(&s);
}
