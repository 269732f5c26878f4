/* foresee.c: which checks of a strip's turns can be foreseen, and for how many turns.
 *
 * (Where a loop that is one strip begins with an index below 0, that is foreseen too: Test.wraps.)
 * A check is foreseen if its index is affine in idx and its extent is fixed in the loop. It then succeeds for idx .. limit
 * - 1, without a wrap, for the limit that strip_foresee() gives: for steps of 1 and -1 as far as the extent, or down to 0;
 * for other steps the two ends of the strip are tested, and a step that is too large fails the test. A loop that can be
 * left from inside keeps its checks: nothing of it is foreseen. */
#include "opt/strip.h"

/* BODY_MAX: its copy is rarely compiled, but a loop that keeps hundreds of checks takes seconds: LLVM asks each for the number of turns. */
enum { BODY_MAX = 12000, STEP_LARGE = 44 };
static_assert((INT64_C(1) << STEP_LARGE) <= (INT64_C(1) << 61) / STRIP_LONG, "the turns of a strip, step by step, do not go around");

bool strip_inside(const Strip *s, BlkId b) { return b < s->nblk && s->inside[b]; }

/* ---- what is affine in idx ---- */

bool strip_evaluates(IrOp op)
{
    return ir_op[op].effect == EFF_PURE && op != IR_PHI && op != IR_DIV && op != IR_REM && op != IR_NOP;
}

static bool fixed(const Strip *s, Ref v, uint32_t depth)
{
    const Ins *in = ir_ins(s->fn, v);
    if (!strip_inside(s, in->blk))
        return true;
    if (depth == 0 || !strip_evaluates(in->op))
        return false;
    for (uint32_t k = 0; k < in->nargs; k++)
        if (!fixed(s, ir_args(s->fn, in)[k], depth - 1))
            return false;
    return true;
}

static bool same_width(const Strip *s, const Ins *in)
{
    Ty from = ir_ty(s->fn, in->arg[0]);
    return (in->op == IR_CAST || in->op == IR_BITCAST) && ty_is_int(from) && ty_bits(from) == 64;
}

/* v = step * idx + something fixed? */
bool strip_affine(const Strip *s, Ref v, uint32_t depth, int64_t *step, Ref *factor)
{
    const Ins *in = ir_ins(s->fn, v);
    Ref a = in->arg[0], b = in->arg[1], fa = REF_NONE, fb = REF_NONE;
    int64_t x, y;
    *step = 0;
    *factor = REF_NONE;
    if (ref_eq(v, s->l->idx)) {
        *step = 1;
        return true;
    }
    if (fixed(s, v, 8))
        return true;
    if (depth == 0 || !strip_evaluates(in->op) || !in->ty || !ty_is_int(in->ty) || ty_bits(in->ty) != 64)
        return false;
    if (same_width(s, in))
        return strip_affine(s, a, depth - 1, step, factor);
    if (in->nargs != 2 || !strip_affine(s, a, depth - 1, &x, &fa) || !strip_affine(s, b, depth - 1, &y, &fb))
        return false;
    switch (in->op) {
    case IR_ADD: case IR_SUB:
        if ((!ref_is_none(fa) && y) || (!ref_is_none(fb) && x))
            return false;
        *factor = ref_is_none(fa) ? fb : fa;
        y = in->op == IR_SUB ? -y : y;
        return !__builtin_add_overflow(x, y, step);
    case IR_MUL: {
        if (x != 0 && y != 0)
            return false;
        Ref other = x ? b : a, f = x ? fa : fb;
        int64_t times = x ? x : y, c;
        if (ir_is_int(s->fn, other, &c)) {
            *factor = f;
            return !__builtin_mul_overflow(times, c, step) && (ref_is_none(f) || *step == 1 || *step == -1);
        }
        *factor = other;
        *step = times;
        return ref_is_none(f) && (times == 1 || times == -1);
    }
    default:
        return false;
    }
}

/* v with x for idx, in into->cur. */
static Ref at(Strip *s, Ref v, Ref x)
{
    Fn *fn = s->into;
    if (ref_eq(v, s->l->idx))
        return ir_retype(fn, x, ir_ty(s->fn, v));
    Ins in = *ir_ins(s->fn, v);
    if (!strip_inside(s, in.blk))
        return strip_outside(s, v);
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = at(s, ir_arg(s->fn, v, k), x);
    if (in.op == IR_ADD || in.op == IR_SUB || in.op == IR_MUL)
        return ir_bin(fn, in.op, arg[0], arg[1]);
    if (in.op == IR_BITCAST || in.op == IR_CAST)
        return ir_cast(fn, arg[0], in.ty);
    return ir_emit_imm(fn, in.op, in.ty, arg, in.nargs, in.imm.i);
}

static void look_test(Strip *s, Ref r)
{
    const Ins *in = ir_ins(s->fn, r);
    Test t = { .op = r };
    if (in->op == IR_INDEX) {
        t.index = in->arg[0], t.extent = in->arg[1];
    } else if (in->op == IR_CHECK && in->imm.i == DIAG_INDEX) {
        const Ins *ok = ir_ins(s->fn, ir_args(s->fn, in)[0]);
        if (ok->op != IR_ULT)
            return;
        t.index = ok->arg[0], t.extent = ok->arg[1];
    } else {
        return;
    }
    if (fixed(s, t.extent, 8) && strip_affine(s, t.index, 8, &t.step, &t.factor)
        && (ref_is_none(t.factor) || fixed(s, t.factor, 8)))
        vec_push(s->fn->unit->arena, &s->test, t);
}

static bool foreseen(const Strip *s, Ref v)
{
    for (uint32_t k = 0; k < s->test.n; k++)
        if (ref_eq(s->test.at[k].op, v))
            return true;
    return false;
}

static bool ahead(const Strip *s, Ref v)
{
    for (uint32_t k = 0; k < s->check.n; k++)
        if (ref_eq(s->check.at[k], v))
            return true;
    return false;
}

/* What becomes of each check of the loop. */
static void remark_checks(const Strip *s)
{
    const Fn *fn = s->fn;
    for (uint32_t b = 0; b < s->body.n && fn->unit->remarks; b++) {
        const Blk *blk = &fn->blk.at[s->body.at[b]];
        for (uint32_t k = 0; k < blk->ins.n && !blk->cold; k++) {
            const Ins *in = ir_ins(fn, blk->ins.at[k]);
            if (foreseen(s, blk->ins.at[k]))
                remark(fn, in->pos, 0, REMARK_CHECK_STRIP);
            else if (ahead(s, blk->ins.at[k]))
                remark(fn, in->pos, 0, REMARK_CHECK_AHEAD, diag_row[in->imm.i].exception);
            else
                remark_check(fn, in, s->closed);
        }
    }
}

/* Can a copy of a block have a handler like that? */
static bool may_copy(const Strip *s, BlkId handler)
{
    return handler == BLK_NONE || strip_inside(s, handler) || landing_copies(s->fn, handler);
}

/* The loop's blocks, and the tests in them. False: its checks stay. */
bool strip_look(Strip *s)
{
    Fn *fn = s->fn;
    uint32_t size = 0;
    bool closed = may_copy(s, s->landing);
    for (BlkId b = 0; b < fn->blk.n; b++) {
        if (!strip_inside(s, b))
            continue;
        const Blk *blk = &fn->blk.at[b];
        vec_push(fn->unit->arena, &s->body, b);
        size += blk->ins.n;
        closed &= may_copy(s, blk->handler) && (b == s->l->header || blk->nsucc > 0);
        for (uint32_t k = 0; k < blk->nsucc && b != s->l->header; k++)
            closed &= strip_inside(s, blk->succ[k]);
        for (uint32_t k = 0; k < blk->ins.n; k++) {
            look_test(s, blk->ins.at[k]);
            const Ins *in = ir_ins(fn, blk->ins.at[k]);         /* what owns arrays is left where it is */
            closed &= (in->op != IR_NEW || in->flags & INS_FRAME) && in->op != IR_RETAIN && in->op != IR_RELEASE;
        }
    }
    s->closed = closed && size <= BODY_MAX;
    if (!s->closed)
        s->test.n = 0;
    else
        ahead_look(s);
    remark_checks(s);
    return s->test.n + s->check.n > 0;
}

/* What v is in the first turn, if that is known. */
static bool at_first(const Strip *s, Ref v, uint32_t depth, int64_t *x)
{
    const Ins *in = ir_ins(s->fn, v);
    int64_t y;
    if (ref_eq(v, s->l->idx))
        return ir_is_int(s->fn, s->first, x);
    if (ir_is_int(s->fn, v, x))
        return true;
    if (depth > 0 && in->op == IR_BITCAST)
        return at_first(s, in->arg[0], depth - 1, x);
    if (depth == 0 || (in->op != IR_ADD && in->op != IR_SUB) || !at_first(s, in->arg[0], depth - 1, x) || !at_first(s, in->arg[1], depth - 1, &y))
        return false;
    *x = in->op == IR_ADD ? *x + y : *x - y;
    return true;
}

bool strip_begins(const Strip *s, const Test *t, int64_t *x) { return at_first(s, t->index, 4, x); }

/* ---- the limit ---- */

static Ref both(Fn *fn, Ref a, Ref b) { return ir_bin(fn, IR_AND, a, b); }
static Ref smaller(Fn *fn, Ref a, Ref b) { return ir_select(fn, ir_cmp(fn, IR_LT, a, b), a, b); }

/* -2^bits <= v < 2^bits */
static Ref moderate(Fn *fn, Ref v, int bits)
{
    Ref half = ir_i64(fn, INT64_C(1) << bits);
    int64_t c;
    if (ir_is_int(fn, v, &c))
        return ir_bool(fn, c >= -(INT64_C(1) << bits) && c < INT64_C(1) << bits);
    return ir_cmp(fn, IR_ULT, ir_bin(fn, IR_ADD, v, half), ir_i64(fn, (int64_t)(UINT64_C(2) << bits)));
}

static bool by_range(const Test *t) { return ref_is_none(t->factor) && t->step >= -1 && t->step <= 1; }

/* A test with a step of 1 or -1, or without one: it succeeds in turn idx and those behind it where the result holds, for so many
 * turns as there is room for (without a step: for all). */
static Ref holds(Strip *s, const Test *t, Ref idx, Ref *room)
{
    Fn *fn = s->into;
    Ref index = at(s, t->index, idx), extent = at(s, t->extent, idx);
    Ref least = t->wraps ? ir_un(fn, IR_NEG, extent) : ir_i64(fn, 0);
    *room = t->step == 0 ? REF_NONE
            : t->step == 1 ? ir_bin(fn, IR_SUB, extent, index) : ir_bin(fn, IR_ADD, index, ir_i64(fn, 1));
    return t->step == 0 ? ir_cmp(fn, IR_ULT, index, extent)
           : t->step == 1 ? ir_cmp(fn, IR_LE, least, index) : ir_cmp(fn, IR_LT, index, extent);
}

/* Any other step: it succeeds at both ends and does not jump far between. */
static Ref ends_hold(Strip *s, const Test *t, Ref idx, Ref last)
{
    Fn *fn = s->into;
    Ref extent = at(s, t->extent, idx), step = ref_is_none(t->factor) ? ir_i64(fn, t->step) : ir_retype(fn, at(s, t->factor, idx), ty(TY_I64));
    Ref ok = both(fn, moderate(fn, step, STEP_LARGE), ir_cmp(fn, IR_ULT, at(s, t->index, idx), extent));
    return both(fn, ok, ir_cmp(fn, IR_ULT, at(s, t->index, last), extent));
}

Ref strip_length(const Strip *s) { return ir_i64(s->into, s->check.n ? AHEAD : STRIP); }

/* Turns that are left, in into->cur. */
static Ref turns(Strip *s, Ref idx)
{
    return ir_bin(s->into, IR_SUB, ir_retype(s->into, strip_outside(s, s->l->n), ty(TY_I64)), idx);
}

/* Is a strip that begins at idx, of which there is a turn, foreseen, and then its limit; in into->cur. What is computed depends on
 * idx, so that LLVM does not move it from here, where nobody waits for it, to before the loop. */
Ref strip_foresee(Strip *s, Ref idx, Ref *limit)
{
    Fn *fn = s->into;
    Ref ok = strip_outside(s, s->apart), count = smaller(fn, turns(s, idx), strip_length(s)), room;
    for (uint32_t k = 0; k < s->test.n; k++)
        if (by_range(&s->test.at[k])) {
            ok = both(fn, ok, holds(s, &s->test.at[k], idx, &room));
            count = ref_is_none(room) ? count : smaller(fn, count, room);
        }
    *limit = ir_bin(fn, IR_ADD, idx, count);
    if (s->test.n + s->check.n == 0)
        return ok;
    Ref last = ir_bin(fn, IR_SUB, *limit, ir_i64(fn, 1));
    for (uint32_t k = 0; k < s->test.n; k++)
        if (!by_range(&s->test.at[k]))
            ok = both(fn, ok, ends_hold(s, &s->test.at[k], idx, last));
    return both(fn, ok, ir_cmp(fn, IR_LT, ir_i64(fn, 0), count));
}

/* Is the whole loop, from its first turn on, one strip that is foreseen? In fn->cur. One without turns may be, too. */
Ref strip_is_whole(Strip *s, Ref first, int64_t most)
{
    Fn *fn = s->fn;
    Ref count = turns(s, first), ok = both(fn, s->apart, ir_cmp(fn, IR_LE, count, ir_i64(fn, most))), room;
    Ref last = ir_bin(fn, IR_SUB, ir_retype(fn, s->l->n, ty(TY_I64)), ir_i64(fn, 1));
    for (uint32_t k = 0; k < s->test.n; k++) {
        if (!by_range(&s->test.at[k])) {
            ok = both(fn, ok, ends_hold(s, &s->test.at[k], first, last));
            continue;
        }
        ok = both(fn, ok, holds(s, &s->test.at[k], first, &room));
        ok = ref_is_none(room) ? ok : both(fn, ok, ir_cmp(fn, IR_LE, count, room));
    }
    return ok;
}
