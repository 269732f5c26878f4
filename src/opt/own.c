/* own.c: whether each iteration of a loop changes elements of an array that no other one does.
 *
 * All changes are seen in one array, the root of the views. Along an axis of it that tells iterations apart, each change is at
 * step * idx and something that all iterations have in common, or in a slice that begins there. All of an iteration's changes are then
 * in an interval that moves on by step, and those of two do not meet if it is no longer than that. What comes around makes them meet
 * again: an index below 0, when the run of all intervals is longer than the axis; a factor that is 0. That is decided where the
 * loop begins. */
#include "opt/own.h"
#include "opt/facts.h"

enum { DEPTH = 12, STEP_MOST = 1 << 20 };

static bool is_inside(const Own *o, Ref v)
{
    BlkId b = ir_ins(o->fn, v)->blk;
    return b != BLK_NONE && ir_dominates(o->fn, o->entry, b);
}

/* forms ---------------------------------------------------------------------------------------------------------- */

static int64_t sum(int64_t a, int64_t b, int64_t times) { return (int64_t)((uint64_t)a + (uint64_t)b * (uint64_t)times); }

static bool add_term(Form *f, Ref at, int64_t c)
{
    for (uint32_t k = 0; k < f->n; k++)
        if (ref_eq(f->term[k].at, at)) {
            f->term[k].c = sum(f->term[k].c, c, 1);
            if (f->term[k].c == 0)
                f->term[k] = f->term[--f->n];
            return true;
        }
    if (c == 0)
        return true;
    if (f->n == FORM_TERMS)
        return false;
    f->term[f->n].at = at;
    f->term[f->n++].c = c;
    return true;
}

/* f += times * g. false: that is no form. */
static bool add(Form *f, const Form *g, int64_t times)
{
    if (f->step != 0 && g->step != 0 && !ref_eq(f->times, g->times))
        return false;
    f->times = f->step != 0 ? f->times : g->times;
    f->step = sum(f->step, g->step, times);
    f->k = sum(f->k, g->k, times);
    bool ok = true;
    for (uint32_t k = 0; k < g->n && ok; k++)
        ok = add_term(f, g->term[k].at, sum(0, g->term[k].c, times));
    f->times = f->step != 0 ? f->times : REF_NONE;
    return ok;
}

static bool is_number(const Form *f) { return f->n == 0 && f->step == 0; }

/* Can bring() have it where the loop begins? */
static bool is_common(const Own *o, Ref v)
{
    const Ins *in = ir_ins(o->fn, v);
    return !is_inside(o, v) || (in->op == IR_EXTENT && !is_inside(o, in->arg[0]));
}

static Ref bring(const Own *o, Ref v)
{
    const Ins *in = ir_ins(o->fn, v);
    return ir_cast(o->fn, is_inside(o, v) ? ir_extent(o->fn, in->arg[0], (uint32_t)in->imm.i) : v, ty(TY_I64));
}

static bool form_of(const Own *o, Ref v, uint32_t depth, Form *f);

/* (k + step * idx) * (c * m), or a product with a number. */
static bool form_of_product(const Own *o, const Ins *in, uint32_t depth, Form *f)
{
    Form x, y;
    if (!form_of(o, in->arg[0], depth, &x) || !form_of(o, in->arg[1], depth, &y))
        return false;
    bool right = is_number(&y);
    if (right || is_number(&x)) {
        *f = (Form){ .times = REF_NONE };
        return add(f, right ? &x : &y, right ? y.k : x.k);
    }
    if (x.step == 0) {
        Form swapped = x;
        x = y, y = swapped;
    }
    bool one = y.step == 0 && y.n == 1 && y.k == 0;
    if (x.n > 0 || !ref_is_none(x.times) || !one)
        return false;
    *f = (Form){ .step = sum(0, x.step, y.term[0].c), .times = y.term[0].at };
    return add_term(f, y.term[0].at, sum(0, x.k, y.term[0].c));
}

/* v, an integer; others than those of 64 bits come around elsewhere. */
static bool form_of(const Own *o, Ref v, uint32_t depth, Form *f)
{
    const Ins *in = ir_ins(o->fn, v);
    Form x;
    *f = (Form){ .times = REF_NONE };
    if (ref_eq(v, o->idx)) {
        f->step = 1;
        return true;
    }
    if (!in->ty || !ty_is_int(in->ty) || depth == 0)
        return false;
    if (ir_is_int(o->fn, v, &f->k))
        return true;
    bool whole = ty_bits(in->ty) == 64;
    if (whole && (in->op == IR_ADD || in->op == IR_SUB) && form_of(o, in->arg[0], depth - 1, f)
        && form_of(o, in->arg[1], depth - 1, &x) && add(f, &x, in->op == IR_ADD ? 1 : -1))
        return true;
    if (whole && in->op == IR_MUL && form_of_product(o, in, depth - 1, f))
        return true;
    if (whole && (in->op == IR_CAST || in->op == IR_BITCAST) && form_of(o, in->arg[0], depth - 1, f))
        return true;
    *f = (Form){ .term = { { 1, v } }, .n = 1, .times = REF_NONE };
    return is_common(o, v);
}

static Ref multiple(Fn *fn, Ref v, int64_t c) { return ir_bin(fn, IR_MUL, v, ir_i64(fn, c)); }

/* changes -------------------------------------------------------------------------------------------------------- */

/* select(a < 0, a + n, a), of an index that is not checked. */
static bool is_wrap(const Fn *fn, const Ins *select)
{
    const Ins *cmp = ir_ins(fn, select->arg[0]), *plus = ir_ins(fn, select->arg[1]);
    Ref a = select->arg[2];
    int64_t zero;
    return cmp->op == IR_LT && ref_eq(cmp->arg[0], a) && ir_is_int(fn, cmp->arg[1], &zero) && zero == 0 && plus->op == IR_ADD
        && (ref_eq(plus->arg[0], a) || ref_eq(plus->arg[1], a));
}

/* A bound of a slice along axis d as it was written: what is cut off at the ends makes the slice shorter alone. One below 0 is a matter
 * of OwnAxis.wraps. */
static Ref as_written(const Own *o, Ref v, uint32_t d)
{
    for (;;) {
        const Ins *in = ir_ins(o->fn, v), *cmp = in->op == IR_SELECT ? ir_ins(o->fn, in->arg[0]) : NULL;
        int64_t zero;
        if (!cmp || cmp->nargs != 2 || !ref_eq(cmp->arg[0], in->arg[2]))
            return v;
        bool above = cmp->op == IR_GT && ref_eq(cmp->arg[1], in->arg[1]) && ir_is_extent(o->fn, in->arg[1], o->root, d);
        bool below = cmp->op == IR_LT && ir_is_int(o->fn, cmp->arg[1], &zero) && zero == 0 && ir_is_int(o->fn, in->arg[1], &zero) && zero == 0;
        if (!above && !below && !is_wrap(o->fn, in))
            return v;
        v = in->arg[2];
    }
}

/* Of a slice, whose bounds come around if they are below 0. */
static bool is_width(const Form *f, bool number) { return f->step == 0 && f->k >= 0 && f->k <= STEP_MOST && (!number || f->n == 0); }

/* What the extent n of a slice which begins at start does not exceed: a number, or else something that all iterations have in common. */
static bool width_of(const Own *o, Ref n, Ref start, uint32_t d, bool number, uint32_t depth, Form *width)
{
    const Ins *in = ir_ins(o->fn, n);
    Form from;
    if (depth == 0)
        return false;
    if (form_of(o, n, DEPTH, width) && is_width(width, number))
        return true;
    if (in->op == IR_SUB && ref_eq(in->arg[1], start))
        return form_of(o, as_written(o, in->arg[0], d), DEPTH, width) && form_of(o, as_written(o, start, d), DEPTH, &from)
            && add(width, &from, -1) && is_width(width, number);
    if (in->op != IR_SELECT)
        return false;
    const Ins *cmp = ir_ins(o->fn, in->arg[0]);
    Ref a = in->arg[1], b = in->arg[2];
    int64_t zero;
    if (cmp->op != IR_GT)
        return false;
    if (ref_eq(cmp->arg[0], a) && ref_eq(cmp->arg[1], b) && ir_is_int(o->fn, b, &zero) && zero == 0)   /* max(a, 0) */
        return width_of(o, a, start, d, number, depth - 1, width);
    bool least = (ref_eq(cmp->arg[0], a) && ref_eq(cmp->arg[1], b)) || (ref_eq(cmp->arg[0], b) && ref_eq(cmp->arg[1], a));
    return least && ref_eq(cmp->arg[0], b)                                                              /* min(a, b) */
        && (width_of(o, a, start, d, number, depth - 1, width) || width_of(o, b, start, d, number, depth - 1, width));
}

static bool is_same(const Form *a, const Form *b)
{
    Form x = *a;
    return add(&x, b, -1) && is_number(&x) && x.k == 0;
}

static bool is_length(const Form *f) { return f->step == 0 && f->k > -STEP_MOST && f->k <= STEP_MOST && (f->n > 0 || f->k >= 0); }

/* A change at base + first ... base + first + width - 1. */
static void see(OwnAxis *x, const Form *base, const Form *first, const Form *width, bool wraps, Ref ext)
{
    Form from = *first, more = *width;
    more.k = 0;
    int64_t n = width->k + (width->n == 0 && width->k == 0);        /* one at least, of those that have nothing more */
    if (!x->any)
        *x = (OwnAxis){ .base = *base, .first = *first, .more = more, .hi = n - 1, .ext = ext, .lost = x->lost };
    bool ok = add(&from, &x->first, -1) && is_number(&from) && is_same(base, &x->base) && first->step != 0 && is_length(width)
        && (more.n == 0 || x->more.n == 0 || is_same(&more, &x->more)) && from.k > -STEP_MOST && from.k < STEP_MOST;
    x->lost |= !ok;
    if (!ok)
        return;
    if (x->more.n == 0)
        x->more = more;
    int64_t end = from.k + n - 1;
    x->lo = from.k < x->lo ? from.k : x->lo;
    x->hi = end > x->hi ? end : x->hi;
    x->wraps |= wraps;
    x->mixed |= ref_is_none(ext) || ref_is_none(x->ext) || !ref_eq(ext, x->ext);
    x->any = true;
}

/* What is added to an index that was checked, as the start of a view is; v is then the index. */
static void take_start(const Own *o, Ref *v, Form *base)
{
    for (uint32_t k = 0; k < 2; k++) {
        const Ins *in = ir_ins(o->fn, *v);
        Form x;
        if (in->op == IR_ADD && ir_ins(o->fn, in->arg[1 - k])->op == IR_INDEX && form_of(o, in->arg[k], DEPTH, &x) && x.step == 0 && add(base, &x, 1))
            *v = in->arg[1 - k];
    }
}

/* Do the conditions on the way to block b say that v is not below 0? */
static bool is_guarded(const Own *o, Ref v, BlkId b)
{
    Facts f = { .fn = o->fn, .r = o->ranges };
    for (; b != o->entry; b = o->fn->blk.at[b].idom) {
        const Blk *blk = &o->fn->blk.at[b], *from = &o->fn->blk.at[blk->pred.at[0]];
        const Ins *last = ir_ins(o->fn, from->ins.at[from->ins.n - 1]);
        if (blk->pred.n == 1 && last->op == IR_BRANCH)
            facts_learn(&f, last->arg[0], from->succ[0] == b);
    }
    return facts_prove_sign(&f, v, 1, 0);
}

/* What n, the turns of a loop from a to b, is where there are any: b - a of select(a < b, b - a, 0). */
static bool turns_of(const Own *o, Ref n, Form *f)
{
    const Ins *in = ir_ins(o->fn, n), *cmp = in->op == IR_SELECT ? ir_ins(o->fn, in->arg[0]) : NULL;
    Form a, b;
    int64_t zero;
    if (!cmp || cmp->op != IR_LT || !ir_is_int(o->fn, in->arg[2], &zero) || zero != 0)
        return form_of(o, n, DEPTH, f);
    return form_of(o, in->arg[1], DEPTH, f) && form_of(o, cmp->arg[0], DEPTH, &a) && form_of(o, cmp->arg[1], DEPTH, &b)
        && add(&b, &a, -1) && is_same(&b, f);
}

/* Does v count the turns of a loop inside, 0 to n - 1 in block b, and is n the same in all iterations? Only where the loop's own test
 * leads to b: `while j < n or more` runs on. */
static bool counts_turns(const Own *o, Ref v, BlkId b, Form *n)
{
    const Fn *fn = o->fn;
    BlkId h = ir_ins(fn, v)->blk;
    if (ir_ins(fn, v)->op != IR_PHI || !is_inside(o, v))
        return false;
    Loop l = loop_look(fn, h);
    BlkId body = fn->blk.at[h].succ[0];
    return l.counted && l.plain && ref_eq(l.idx, v) && fn->blk.at[body].pred.n == 1 && ir_dominates(fn, body, b) && turns_of(o, l.n, n);
}

/* Of v, which may be one plus a count of turns: the form of the rest, and how many turns there are. */
static bool form_of_turns(const Own *o, Ref v, BlkId b, uint32_t depth, Form *f, Form *width)
{
    const Ins *in = ir_ins(o->fn, ranges_same(o->ranges, v));
    *f = (Form){ .times = REF_NONE };
    if (counts_turns(o, ranges_same(o->ranges, v), b, width))
        return true;
    for (uint32_t k = 0; (in->op == IR_ADD || in->op == IR_SUB) && range_is_i64(in->ty) && depth > 0 && k < 2; k++) {
        Form x;
        if ((in->op == IR_ADD || k == 0) && form_of_turns(o, in->arg[k], b, depth - 1, f, width) && form_of(o, in->arg[1 - k], DEPTH, &x)
            && add(f, &x, in->op == IR_ADD ? 1 : -1))
            return true;
    }
    return false;
}

/* A change at the index v, as it was written, behind `start`. */
static void see_index(Own *o, OwnAxis *x, const Form *start, Ref v)
{
    Form base = *start;
    take_start(o, &v, &base);
    const Ins *in = ir_ins(o->fn, v);
    bool checked = in->op == IR_INDEX, wraps = checked || (in->op == IR_SELECT && is_wrap(o->fn, in));
    Ref ext = checked && is_common(o, in->arg[1]) ? in->arg[1] : REF_NONE;
    Form first;
    if (wraps)
        v = checked ? in->arg[0] : in->arg[2];
    wraps = wraps && !is_guarded(o, v, in->blk);
    Form width = { .k = 1, .times = REF_NONE };
    if (form_of(o, v, DEPTH, &first) || form_of_turns(o, v, in->blk, 3, &first, &width))
        see(x, &base, &first, &width, wraps, ext);
    else
        x->lost = true;
}

/* A change somewhere in a slice that begins at start and has n elements, along axis d. */
static void see_slice(Own *o, uint32_t d, Ref start, Ref n)
{
    Form first, width, none = { .times = REF_NONE };
    bool ok = form_of(o, as_written(o, start, d), DEPTH, &first)
        && (width_of(o, n, start, d, true, DEPTH, &width) || width_of(o, n, start, d, false, DEPTH, &width));
    if (ok)
        see(&o->axis[d], &none, &first, &width, true, REF_NONE);
    else
        o->axis[d].lost = true;
}

/* The array becomes the root, if there is none yet. */
static bool is_root(Own *o, Ref array)
{
    if (ref_is_none(o->root)) {
        o->root = array;
        o->ndim = ir_ty(o->fn, array)->ndim;
    }
    return ref_eq(o->root, array);
}

/* Along axis d of the root, in a view of it. */
static void see_in_view(Own *o, uint32_t d, Ref view, const ViewMap *map, const Ref *index)
{
    OwnAxis *x = &o->axis[d];
    Form start, none = { .times = REF_NONE };
    int along = -1;
    int64_t step = 1;
    for (uint32_t j = 0; j < ir_ty(o->fn, view)->ndim; j++)
        if (map->axis[j] == (int)d) {
            x->lost |= along >= 0 || !(ir_is_int(o->fn, map->step[j], &step) && step == 1);
            along = (int)j;
        }
    if (along < 0)
        see_index(o, x, &none, map->start[d]);
    else if (index && form_of(o, map->start[d], DEPTH, &start) && start.step == 0)
        see_index(o, x, &start, index[along]);
    else
        see_slice(o, d, map->start[d], ir_extent(o->fn, view, (uint32_t)along));
}

/* Is each axis of the view along another one of its base? */
static bool keeps_axes(Fn *fn, Ref view)
{
    ViewMap map;
    bool ok = ir_view_map(fn, view, &map);
    for (uint32_t j = 0; ok && j < ir_ty(fn, view)->ndim; j++)
        for (uint32_t k = 0; k < j; k++)
            ok &= map.axis[j] < 0 || map.axis[j] != map.axis[k];
    return ok;
}

/* A change of elements: of that with this index, or (NULL) any. Nothing is emitted. */
static void see_change(Own *o, Ref array, const Ref *index)
{
    ViewMap map;
    bool is_view = ir_ins(o->fn, array)->op == IR_VIEW, view = is_view && (is_inside(o, array) || keeps_axes(o->fn, array));
    bool known = is_root(o, view ? ir_arg(o->fn, array, 0) : array)         /* reshaped before the loop, it is a root of its own */
        && (view ? ir_view_map(o->fn, array, &map) : index != NULL);
    Form none = { .times = REF_NONE };
    for (uint32_t d = 0; d < o->ndim; d++)
        if (!known)
            o->axis[d].lost = true;
        else if (view)
            see_in_view(o, d, array, &map, index);
        else
            see_index(o, &o->axis[d], &none, index[d]);
}

void own_element(Own *o, Ref array, const Ref *index) { see_change(o, array, index); }
void own_whole(Own *o, Ref array) { see_change(o, array, NULL); }

Own own_begin(Fn *fn, Ranges *ranges, BlkId entry, Ref idx)
{
    return (Own){ .fn = fn, .ranges = ranges, .entry = entry, .idx = idx, .root = REF_NONE };
}

/* verdicts ------------------------------------------------------------------------------------------------------- */

/* Is it surely not below 0? */
static bool is_natural(const Own *o, Ref v)
{
    const Ins *in = ir_ins(o->fn, v);
    if (in->op == IR_BITCAST || in->op == IR_CAST)
        return ty_is_int(ir_ty(o->fn, in->arg[0])) && is_natural(o, in->arg[0]);
    return in->op == IR_EXTENT;
}

static bool stays_natural(const Own *o, const OwnAxis *x)
{
    bool ok = ref_is_none(x->first.times) && x->first.step > 0 && x->first.k + x->lo >= 0 && x->first.k < STEP_MOST;
    for (uint32_t k = 0; k < x->first.n && ok; k++)
        ok = x->first.term[k].c > 0 && x->first.term[k].c < STEP_MOST && is_natural(o, x->first.term[k].at);
    return ok;
}

/* Is an interval with something more to it expected to be no longer than the step? Parts of `times` are; of a window and its hop, which
 * may be any numbers, it is not: then each chunk has a copy. */
static bool fits(const OwnAxis *x)
{
    int64_t step = x->first.step < 0 ? -x->first.step : x->first.step;
    return x->more.n == 0 || (x->more.n == 1 && ref_eq(x->more.term[0].at, x->first.times) && x->more.term[0].c <= step);
}

static OwnVerdict verdict(const Own *o, const OwnAxis *x)
{
    int64_t step = x->first.step;
    bool known = ref_is_none(x->first.times);
    if (x->lost || !x->any || step < -STEP_MOST || step > STEP_MOST || !fits(x) || (known && (step < 0 ? -step : step) <= x->hi - x->lo))
        return OWN_NO;
    return known && (!x->wraps || stays_natural(o, x)) ? OWN_YES : OWN_AT_ENTRY;
}

static const OwnAxis *best(const Own *o, OwnVerdict *v)
{
    const OwnAxis *found = NULL;
    *v = OWN_NO;
    for (uint32_t d = 0; d < o->ndim; d++)
        if (verdict(o, &o->axis[d]) > *v) {
            found = &o->axis[d];
            *v = verdict(o, found);
        }
    return found;
}

/* What is not changed at all is nobody's. */
OwnVerdict own_verdict(const Own *o)
{
    OwnVerdict v;
    best(o, &v);
    return ref_is_none(o->root) ? OWN_YES : v;
}

/* The value of f, which has no idx, where the loop begins. */
static Ref value_of(const Own *o, const Form *f)
{
    Ref v = ir_i64(o->fn, f->k);
    for (uint32_t k = 0; k < f->n; k++)
        v = ir_bin(o->fn, IR_ADD, v, multiple(o->fn, bring(o, f->term[k].at), f->term[k].c));
    return v;
}

/* Does the interval move on by its length at least, and not so far that int64 comes around? */
static Ref moves_on(const Own *o, const OwnAxis *x, Ref step, Ref n)
{
    Fn *fn = o->fn;
    Ref more = value_of(o, &x->more), no_less = ir_cmp(fn, IR_GE, more, ir_i64(fn, 0));
    Ref far = ir_select(fn, ir_cmp(fn, IR_LT, step, ir_i64(fn, 0)), ir_un(fn, IR_NEG, step), step);
    Ref way = ir_bin(fn, IR_MUL, ir_cast(fn, far, ty(TY_F64)), ir_cast(fn, n, ty(TY_F64)));
    Ref longer = ir_cmp(fn, IR_GT, ir_bin(fn, IR_SUB, far, more), ir_i64(fn, x->hi - x->lo));
    return ir_bin(fn, IR_AND, ir_bin(fn, IR_AND, no_less, longer), ir_cmp(fn, IR_LT, way, ir_float(fn, ty(TY_F64), 0x1p61)));
}

/* Is nothing below 0, or all of it no longer than the axis? */
static Ref stays_apart(const Own *o, const OwnAxis *x, Ref step, Ref n)
{
    Fn *fn = o->fn;
    Ref a = value_of(o, &x->first), run = ir_bin(fn, IR_MUL, step, ir_bin(fn, IR_SUB, n, ir_i64(fn, 1)));
    Ref b = ir_bin(fn, IR_ADD, a, run), down = ir_cmp(fn, IR_LT, run, ir_i64(fn, 0));
    Ref lo = ir_bin(fn, IR_ADD, ir_select(fn, down, b, a), ir_i64(fn, x->lo));
    Ref ok = ir_cmp(fn, IR_GE, lo, ir_i64(fn, 0));
    if (x->mixed)
        return ok;
    Ref all = ir_bin(fn, IR_ADD, ir_select(fn, down, ir_un(fn, IR_NEG, run), run), ir_bin(fn, IR_ADD, value_of(o, &x->more), ir_i64(fn, x->hi - x->lo)));
    return ir_bin(fn, IR_OR, ok, ir_cmp(fn, IR_LT, all, bring(o, x->ext)));
}

Ref own_test(const Own *o, Ref n)
{
    Fn *fn = o->fn;
    OwnVerdict v;
    const OwnAxis *x = best(o, &v);
    bool known = ref_is_none(x->first.times);
    Ref step = known ? ir_i64(fn, x->first.step) : multiple(fn, bring(o, x->first.times), x->first.step);
    Ref ok = known ? ir_bool(fn, true) : moves_on(o, x, step, n);
    return x->wraps ? ir_bin(fn, IR_AND, ok, stays_apart(o, x, step, n)) : ok;
}
