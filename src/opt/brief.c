/* brief.c: counted loops that are certainly short: they do not poll, and with arrays of fixed extents they are unrolled.
 *
 * In: the loops of a Fn.   Out: Blk.brief and Blk.unroll of their headers.
 * That 4 - i is at most 4 where i counts up from 0 is range.c's to know. */
#include "opt/opt.h"
#include "opt/range.h"

enum { BOUND_MAX = 1 << 20, BRIEF_MAX = 4096, UNROLL_TRIPS = 16, UNROLL_INS = 6000 };

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
        s->trips[l] = -1;
        if (!counted.counted)
            continue;
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
    if (s->trips[l] < 0)
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
    find_loops(&s);
    bool fixed = has_fixed_extents(fn);
    for (uint32_t l = 0; l < s.nloop; l++) {
        Blk *h = &fn->blk.at[s.header[l]];
        h->brief |= work(&s, l, false) < BRIEF_MAX;
        h->unroll = fixed && s.trips[l] >= 0 && s.trips[l] <= UNROLL_TRIPS && nest_is_small(&s, l);
    }
}
