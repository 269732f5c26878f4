/* region.c: where nests stand whose operands were broadcast together, with the checks before them, and what is used behind that. */
#include "opt/usual.h"

enum { SAME_MAX = 64, TRIES = 8, DEPTH = 8, LOOK_BACK = 256 };

/* regions -------------------------------------------------------------------------------------------------- */

static bool may_stand_in_it(const Ins *in)
{
    switch (in->op) {
    case IR_NEST: return !(((const Nest *)in->imm.p)->flags & NEST_PRANGE);
    case IR_CHECK: case IR_NEW: case IR_INDEX: case IR_LOAD: case IR_NOP: return true;
    default: return ir_op[in->op].effect == EFF_PURE && in->op != IR_PHI;
    }
}

Ref region_same(const Region *x, Ref v)
{
    for (uint32_t k = 0; k < x->same.n; k++)
        if (ref_eq(x->same.at[k].v, v))
            return x->same.at[k].as;
    return REF_NONE;
}

bool region_has(const Usual *u, const Region *x, Ref v)
{
    return v.i < u->nvalue && ir_ins(u->fn, v)->blk == u->b && u->place[v.i] >= x->from && u->place[v.i] <= x->to;
}

/* Can v be computed where the region begins? */
static bool is_there(const Usual *u, const Region *x, Ref v, uint32_t depth)
{
    const Ins *in = ir_ins(u->fn, v);
    if (!region_has(u, x, v))
        return in->blk != u->b || u->place[v.i] < x->from;
    if (depth == 0 || ir_op[in->op].effect != EFF_PURE || in->op == IR_DIV || in->op == IR_REM)
        return false;
    for (uint32_t k = 0; k < in->nargs; k++)
        if (!is_there(u, x, ir_args(u->fn, in)[k], depth - 1))
            return false;
    return true;
}

/* The joint extent of two others? */
static bool is_joint(const Usual *u, const Region *x, Ref v)
{
    const Ins *in = ir_ins(u->fn, v), *one = in->op == IR_SELECT ? ir_ins(u->fn, in->arg[0]) : in;
    int64_t c;
    return region_has(u, x, v) && in->op == IR_SELECT && one->op == IR_EQ && (ir_is_int(u->fn, one->arg[0], &c) || ir_is_int(u->fn, one->arg[1], &c)) && c == 1;
}

/* All extents that are as `as` now are as `by`. */
static void unite(Region *x, Ref as, Ref by)
{
    for (uint32_t k = 0; k < x->same.n; k++)
        if (ref_eq(x->same.at[k].as, as))
            x->same.at[k].as = by;
}

/* v, or what it is made of, is the same extent as *as (none: nothing is yet). False: that cannot be, or *late is not there in time. */
static bool add_same(const Usual *u, Region *x, Ref v, Ref *as, Ref *late)
{
    const Ins *in = ir_ins(u->fn, v);
    int64_t c, d;
    if (is_joint(u, x, v))
        return add_same(u, x, in->arg[1], as, late) && add_same(u, x, in->arg[2], as, late);
    if (!is_there(u, x, v, DEPTH)) {
        *late = v;
        return false;
    }
    Ref was = region_same(x, v);
    if (ref_is_none(was)) {
        if (x->same.n == SAME_MAX)
            return false;
        vec_push(u->fn->unit->arena, &x->same, ((Same){ v, was = v }));
    }
    if (ref_is_none(*as) || ref_eq(*as, was)) {
        *as = was;
        return true;
    }
    bool one = ir_is_int(u->fn, *as, &c), two = ir_is_int(u->fn, was, &d);
    if (one && two && c != d)
        return false;
    unite(x, one ? was : *as, one ? *as : was);
    *as = one ? *as : was;
    return true;
}

uint32_t nest_ntests(const Fn *fn, const Ins *in)
{
    uint32_t n = 0;
    for (uint32_t k = 0; in->op == IR_NEST && k < in->nargs; k++)
        n += nest_is_test(fn, ir_args(fn, in)[k]);
    return n;
}

/* The tests of a nest are true. */
static bool add_tests(const Usual *u, Region *x, const Ins *nest, Ref *late)
{
    for (uint32_t k = 0; k < nest->nargs; k++) {
        Ref v = ir_args(u->fn, nest)[k], as = REF_NONE;
        if (!nest_is_test(u->fn, v))
            continue;
        const Ins *test = ir_ins(u->fn, ir_arg(u->fn, v, 0));
        if (!add_same(u, x, test->arg[0], &as, late) || !add_same(u, x, test->arg[1], &as, late))
            return false;
    }
    return true;
}

/* The one extent that v is made of, in the usual call; none: of several. */
static Ref made_of(const Usual *u, const Region *x, Ref v)
{
    if (!is_joint(u, x, v))
        return region_same(x, v);
    Ref a = made_of(u, x, ir_ins(u->fn, v)->arg[1]), b = made_of(u, x, ir_ins(u->fn, v)->arg[2]);
    return ref_eq(a, b) ? a : REF_NONE;
}

/* Is the condition true in the usual call? */
static bool holds(const Usual *u, const Region *x, Ref cond)
{
    const Ins *in = ir_ins(u->fn, cond);
    int64_t c;
    if (ir_is_int(u->fn, cond, &c))
        return c != 0;
    if (in->op == IR_EQ && ir_ty(u->fn, in->arg[0])->kind == TY_I64) {
        Ref a = made_of(u, x, in->arg[0]), b = made_of(u, x, in->arg[1]);
        return !ref_is_none(a) && ref_eq(a, b);
    }
    if (in->op == IR_OR)
        return holds(u, x, in->arg[0]) || holds(u, x, in->arg[1]);
    return in->op == IR_AND && holds(u, x, in->arg[0]) && holds(u, x, in->arg[1]);
}

/* Does a test of the nest compare v? */
static bool tests(const Fn *fn, const Ins *nest, Ref v)
{
    for (uint32_t k = 0; k < nest->nargs; k++) {
        Ref t = ir_args(fn, nest)[k];
        if (nest_is_test(fn, t) && (ref_eq(ir_arg(fn, ir_arg(fn, t, 0), 0), v) || ref_eq(ir_arg(fn, ir_arg(fn, t, 0), 1), v)))
            return true;
    }
    return false;
}

/* The place of the first of the pure ops right before this one, from `first` on: joint extents stand before their check. */
static uint32_t before(const Usual *u, uint32_t first, uint32_t at)
{
    const Blk *blk = &u->fn->blk.at[u->b];
    while (at > first && ir_op[ir_ins(u->fn, blk->ins.at[at - 1])->op].effect == EFF_PURE)
        at--;
    return at;
}

/* Would what begins with the check at this place be a region? late: what is there too late for that, if anything. */
static bool begins_at(Usual *u, Region *x, uint32_t first, uint32_t at, Ref *late)
{
    const Ins *check = ir_ins(u->fn, u->fn->blk.at[u->b].ins.at[at]), *nest = ir_ins(u->fn, u->fn->blk.at[u->b].ins.at[x->to]);
    x->from = before(u, first, at);
    x->same.n = 0;
    *late = REF_NONE;
    if (!add_tests(u, x, nest, late) || !holds(u, x, ir_args(u->fn, check)[0]))
        return false;
    x->known = true;
    for (uint32_t k = 0; k < x->same.n; k++)
        x->known &= tests(u->fn, nest, x->same.at[k].v);
    return true;
}

static void begin_region(Usual *u, uint32_t first, uint32_t nest)
{
    const Blk *blk = &u->fn->blk.at[u->b];
    Region x = { .b = u->b, .to = nest };
    uint32_t tries = 0;
    first = nest - first > LOOK_BACK ? nest - LOOK_BACK : first;
    for (uint32_t k = first; k < nest && tries < TRIES; k++) {
        Ref late;
        if (ir_ins(u->fn, blk->ins.at[k])->op != IR_CHECK)
            continue;
        tries++;
        if (begins_at(u, &x, first, k, &late)) {
            vec_push(u->fn->unit->arena, &u->all, x);
            return;
        }
        if (!ref_is_none(late))
            k = first = u->place[late.i];
    }
}

/* Is all that this nest tests known in x? Then that goes on to there. */
static bool goes_on(Usual *u, Region *x, uint32_t nest)
{
    Region y = *x;
    Ref late;
    y.to = nest;
    memset(&y.same, 0, sizeof y.same);
    for (uint32_t k = 0; k < x->same.n; k++)
        vec_push(u->fn->unit->arena, &y.same, x->same.at[k]);
    if (!add_tests(u, &y, ir_ins(u->fn, u->fn->blk.at[u->b].ins.at[nest]), &late) || y.same.n != x->same.n)
        return false;
    for (uint32_t k = 0; k < x->same.n; k++)
        if (!ref_eq(x->same.at[k].as, y.same.at[k].as))
            return false;
    x->to = nest;
    x->known = false;
    return true;
}

static void find_regions(Usual *u)
{
    const Blk *blk = &u->fn->blk.at[u->b];
    uint32_t start = 0, before = u->all.n;
    for (uint32_t k = 0; k < blk->ins.n; k++) {
        const Ins *in = ir_ins(u->fn, blk->ins.at[k]);
        if (!may_stand_in_it(in))
            start = k + 1;
        else if (nest_ntests(u->fn, in) > 0) {
            Region *last = u->all.n > before ? &u->all.at[u->all.n - 1] : NULL;
            if (!last || last->from < start || !goes_on(u, last, k))
                begin_region(u, last && last->to >= start ? last->to + 1 : start, k);
        }
    }
}

/* what is used behind a region ------------------------------------------------------------------------------- */

/* Tests too: others look through them. */
bool region_makes_again(const Fn *fn, Ref v)
{
    const Ins *in = ir_ins(fn, v);
    return ir_op[in->op].effect == EFF_PURE && (!ty_is_scalar(in->ty) || in->ty->kind == TY_PTR || ty_is_bool(in->ty) || nest_is_test(fn, v)
                                                || in->op == IR_EXTENT || in->op == IR_STRIDE);
}

static void find_wanted(Usual *u)
{
    const Fn *fn = u->fn;
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t j = 0; j < fn->blk.at[b].ins.n; j++) {
            Ref r = fn->blk.at[b].ins.at[j];
            const Ins *in = ir_ins(fn, r);
            for (uint32_t k = 0; k < in->nargs; k++) {
                Ref v = ir_args(fn, in)[k];
                if (u->region[v.i] && u->region[v.i] != u->region[r.i])
                    u->wanted[v.i] = true;
            }
        }
}

/* What is made again wants its operands. */
static void want_operands(Usual *u, const Region *x)
{
    const Fn *fn = u->fn;
    for (uint32_t k = x->to + 1; k-- > x->from; ) {
        Ref r = fn->blk.at[x->b].ins.at[k];
        const Ins *in = ir_ins(fn, r);
        for (uint32_t j = 0; u->wanted[r.i] && j < in->nargs; j++) {
            Ref v = ir_args(fn, in)[j];
            if (u->region[v.i] != u->region[r.i])
                continue;
            if (region_makes_again(fn, r))
                u->wanted[v.i] = true;
            else if (in->op == IR_NEW)
                u->whose[v.i] = r;
        }
    }
}

static void number_region(Usual *u, uint32_t k, uint32_t number)
{
    for (uint32_t j = u->all.at[k].from; j <= u->all.at[k].to; j++)
        u->region[u->fn->blk.at[u->all.at[k].b].ins.at[j].i] = number;
}

/* Nothing in the frame may go into a function of its own, or come from there. */
static bool uses_frame(const Usual *u, const Region *x)
{
    const Fn *fn = u->fn;
    for (uint32_t k = x->from; k <= x->to; k++) {
        Ref r = fn->blk.at[x->b].ins.at[k];
        const Ins *in = ir_ins(fn, r);
        if (u->wanted[r.i] && in->op == IR_NEW && in->flags & INS_FRAME)
            return true;
        for (uint32_t j = 0; j < in->nargs; j++)
            if (u->region[ir_args(fn, in)[j].i] != u->region[r.i] && opt_in_frame(fn, ir_args(fn, in)[j]))
                return true;
    }
    return false;
}

void region_find_all(Usual *u)
{
    Fn *fn = u->fn;
    for (u->b = 0; u->b < fn->blk.n; u->b++)
        find_regions(u);
    for (uint32_t k = 0; k < u->all.n; k++)
        number_region(u, k, k + 1);
    find_wanted(u);
    uint32_t n = 0;
    for (uint32_t k = 0; k < u->all.n; k++) {
        want_operands(u, &u->all.at[k]);
        if (!uses_frame(u, &u->all.at[k]))
            u->all.at[n++] = u->all.at[k];
    }
    u->all.n = n;
}

