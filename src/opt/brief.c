/* brief.c: loops that are certainly short: they do not poll, and with arrays of fixed extents they are unrolled.
 *
 * In: the loops of a Fn.   Out: Blk.brief and Blk.unroll of their headers.
 * Short are counted loops with a small bound, others that take a number from bound to bound, and loops that use up its bits (where LLVM sees no poll it knows how to count
 * bits: 0.04 of the time).
 * That 4 - i is at most 4 where i counts up from 0 is range.c's to know. */
#include "opt/opt.h"
#include "opt/range.h"

enum { BOUND_MAX = 1 << 20, BRIEF_MAX = 4096, UNROLL_TRIPS = 16, BITS = 64, UNROLL_INS = 6000 };

typedef struct Short {
    Fn *fn;
    uint32_t nloop;
    BlkId *header;
    bool **member;              /* [loop][block] */
    int32_t *parent;            /* the loop around it, or -1 */
    int64_t *trips;             /* at most; -1: not known */
} Short;

static uint32_t size_of(const Short *s, uint32_t l)
{
    uint32_t n = 0;
    for (BlkId b = 0; b < s->fn->blk.n; b++)
        n += s->member[l][b];
    return n;
}

/* What v is, whatever type it is taken for. */
static Ref same_bits(const Fn *fn, Ref v)
{
    while (ir_ins(fn, v)->op == IR_BITCAST)
        v = ir_arg(fn, v, 0);
    return v;
}

static bool is_one_of(const Fn *fn, IrOp op, Ref v, Ref a, Ref *other)
{
    const Ins *in = ir_ins(fn, same_bits(fn, v));
    for (uint32_t k = 0; k < 2 && in->op == op; k++)
        if (ref_eq(same_bits(fn, in->arg[k]), a)) {
            *other = same_bits(fn, in->arg[1 - k]);
            return true;
        }
    return false;
}

/* x & (x - 1), or x - (x & -x), also with ^ */
static bool drops_a_bit(const Fn *fn, Ref y, Ref x)
{
    Ref less, low, minus;
    int64_t one;
    if (is_one_of(fn, IR_AND, y, x, &less)) {
        const Ins *in = ir_ins(fn, less);
        return (in->op == IR_SUB || in->op == IR_ADD) && ref_eq(same_bits(fn, in->arg[0]), x) && ir_is_int(fn, in->arg[1], &one)
               && one == (in->op == IR_SUB ? 1 : -1);
    }
    bool minuend = is_one_of(fn, IR_SUB, y, x, &low) && ref_eq(same_bits(fn, ir_arg(fn, y, 0)), x);
    return (minuend || is_one_of(fn, IR_XOR, y, x, &low)) && is_one_of(fn, IR_AND, low, x, &minus) && ir_ins(fn, minus)->op == IR_NEG
           && ref_eq(same_bits(fn, ir_arg(fn, minus, 0)), x);
}

static bool halves(const Fn *fn, Ref y, Ref x)
{
    const Ins *in = ir_ins(fn, y);
    int64_t c;
    return (in->op == IR_SHR || in->op == IR_DIV) && ref_eq(same_bits(fn, in->arg[0]), x) && ir_is_int(fn, in->arg[1], &c)
           && c >= (in->op == IR_SHR ? 1 : 2);
}

/* Does block b go on to its first successor only where v is not 0, *above: or is more than 0? */
static bool asks(const Fn *fn, BlkId b, Ref v, bool *above)
{
    Ref last = fn->blk.at[b].ins.at[fn->blk.at[b].ins.n - 1];
    if (ir_ins(fn, last)->op != IR_BRANCH)
        return false;
    const Ins *test = ir_ins(fn, ir_arg(fn, last, 0));
    int64_t c;
    *above = test->op == IR_GT || ty_is_unsigned(ir_ty(fn, v));
    return (test->op == IR_NE || test->op == IR_GT) && ref_eq(same_bits(fn, test->arg[0]), v) && ir_is_int(fn, test->arg[1], &c) && c == 0;
}

/* Does a turn begin only where x is not 0, which y is for the next turn? It is asked at the loop's end (CPython 3.11; before a jump
 * back: 3.12, 3.13) or at its beginning. latch: the one block that leads back to h. */
static bool goes_on(Fn *fn, BlkId latch, BlkId h, Ref x, Ref y, bool *above)
{
    const Blk *end = &fn->blk.at[latch], *begin = &fn->blk.at[h];
    BlkId back = h;
    if (end->ins.n == 1 && end->pred.n == 1) {
        back = latch;
        latch = end->pred.at[0];
        end = &fn->blk.at[latch];
    }
    if (end->nsucc == 2 && end->succ[0] == back && end->succ[1] != back && asks(fn, latch, y, above))
        return true;
    if (begin->nsucc != 2 || !asks(fn, h, x, above))
        return false;
    const bool *inside = loop_members(fn, h);
    return inside[begin->succ[0]] && !inside[begin->succ[1]];
}

/* Does each turn leave a number of fewer bits, until none is left? */
static bool uses_up_bits(Fn *fn, Ranges *ranges, BlkId h)
{
    const Blk *b = &fn->blk.at[h];
    uint32_t back = b->pred.n == 2 && loop_has(fn, h, b->pred.at[1]);
    if (b->pred.n != 2 || !loop_has(fn, h, b->pred.at[back]) || loop_has(fn, h, b->pred.at[!back]))
        return false;
    for (uint32_t k = 0; ir_ins(fn, b->ins.at[k])->op == IR_PHI; k++) {
        Ref x = b->ins.at[k], y = same_bits(fn, ir_arg(fn, x, back));
        bool above;
        if (!ty_is_scalar(ir_ty(fn, x)) || !ty_is_int(ir_ty(fn, x)) || !goes_on(fn, b->pred.at[back], h, x, y, &above))
            continue;
        above |= range_of(ranges, x).lo >= 0;
        if (drops_a_bit(fn, y, x) || (above && halves(fn, y, x)))
            return true;
    }
    return false;
}

/* At most so many turns of a loop that is not counted: each takes a number further that stays between small bounds. -1: not known */
static int64_t turns_of(Fn *fn, Ranges *ranges, BlkId h)
{
    const Blk *b = &fn->blk.at[h];
    uint32_t back = b->pred.n == 2 && loop_has(fn, h, b->pred.at[1]);
    if (b->pred.n != 2 || !loop_has(fn, h, b->pred.at[back]) || loop_has(fn, h, b->pred.at[!back]))
        return -1;
    for (uint32_t k = 0; ir_ins(fn, b->ins.at[k])->op == IR_PHI; k++) {
        Ref x = b->ins.at[k], y = same_bits(fn, ir_arg(fn, x, back));
        const Ins *in = ir_ins(fn, y);
        int64_t step, n;
        if (!range_is_i64(ir_ty(fn, x)) || (in->op != IR_ADD && in->op != IR_SUB) || !ref_eq(same_bits(fn, in->arg[0]), x)
            || !ir_is_int(fn, in->arg[1], &step) || step == 0)
            continue;
        Range bounds = range_of(ranges, x);
        if (!__builtin_sub_overflow(bounds.hi, bounds.lo, &n) && n < BOUND_MAX)
            return n + 1;
    }
    return uses_up_bits(fn, ranges, h) ? BITS : -1;
}

static void find_loops(Short *s)
{
    Fn *fn = s->fn;
    Arena *a = fn->unit->arena;
    Ranges *ranges = ranges_new(fn);
    s->header = arena_new_n(a, BlkId, fn->blk.n);
    for (BlkId b = 0; b < fn->blk.n; b++)
        if (fn->blk.at[b].is_header)
            s->header[s->nloop++] = b;
    s->member = arena_new_n(a, bool *, s->nloop + 1);
    s->parent = arena_new_n(a, int32_t, s->nloop + 1);
    s->trips = arena_new_n(a, int64_t, s->nloop + 1);
    for (uint32_t l = 0; l < s->nloop; l++) {
        s->member[l] = loop_members(fn, s->header[l]);
        Loop counted = loop_look(fn, s->header[l]);
        if (!counted.counted) {
            s->trips[l] = turns_of(fn, ranges, s->header[l]);
            continue;
        }
        Range n = range_of(ranges, counted.n);
        s->trips[l] = n.hi >= BOUND_MAX ? -1 : n.hi < 0 ? 0 : n.hi;
    }
    for (uint32_t l = 0; l < s->nloop; l++) {
        s->parent[l] = -1;
        for (uint32_t p = 0; p < s->nloop; p++)
            if (p != l && s->member[p][s->header[l]]
                && (s->parent[l] < 0 || size_of(s, p) < size_of(s, (uint32_t)s->parent[l])))
                s->parent[l] = (int32_t)p;
    }
}

/* At most so many iterations (ins: instructions when unrolled) in all of loop l, for one entry; BOUND_MAX: more or not known. */
static int64_t work(const Short *s, uint32_t l, bool ins)
{
    int64_t once = 1;
    if (s->trips[l] < 0 || s->fn->blk.at[s->header[l]].is_long)
        return BOUND_MAX;
    for (BlkId b = 0; ins && b < s->fn->blk.n; b++)
        if (s->member[l][b])
            once += s->fn->blk.at[b].ins.n;
    for (uint32_t k = 0; k < s->nloop; k++)
        if (s->parent[k] == (int32_t)l)
            once += work(s, k, ins);
    int64_t all = once >= BOUND_MAX ? BOUND_MAX : once * s->trips[l];
    return all < BOUND_MAX ? all : BOUND_MAX;
}

static bool has_fixed_extents(const Fn *fn)
{
    for (uint32_t k = 0; k < fn->nparam; k++)
        if (ty_is_array(ir_ty(fn, fn->param[k])) && ir_ty(fn, fn->param[k])->extent)
            return true;
    return false;
}

static bool nest_is_small(const Short *s, uint32_t l)
{
    for (; ; l = (uint32_t)s->parent[l]) {
        if (s->trips[l] < 0 || s->trips[l] > UNROLL_TRIPS)
            return true;                /* what is around the short loops is no matter */
        if (work(s, l, true) > UNROLL_INS)
            return false;
        if (s->parent[l] < 0)
            return true;
    }
}

/* needs: dominators, loops.  keeps: everything. */
void opt_brief(Fn *fn)
{
    Short s = { .fn = fn };
    ir_remove_unreachable(fn);
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    loop_find_long(fn);
    find_loops(&s);
    bool fixed = has_fixed_extents(fn);
    for (uint32_t l = 0; l < s.nloop; l++) {
        Blk *h = &fn->blk.at[s.header[l]];
        h->brief |= work(&s, l, false) < BRIEF_MAX;
        h->unroll = fixed && s.trips[l] >= 0 && s.trips[l] <= UNROLL_TRIPS && nest_is_small(&s, l);
    }
}
