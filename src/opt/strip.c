/* strip.c: an innermost counted loop → strips of a length that delays no poll, with a body that LLVM can vectorise.
 *
 *     pre:   the first limit                          what is known of its start is known before the loops around it
 *     outer: phis: idx', limit; header                header: idx = phi(idx', idx + 1); idx < limit ? body : after
 *     after: idx < n ? more : exit                    more (rare): the next limit; is it foreseen? go : slow
 *     go:    a poll, if a whole strip follows; again   slow: one turn with all checks; again, with the next idx for a limit
 *     again: outer
 *
 * A limit is min(idx + 4096, n, high), and every check of an index that is affine in idx succeeds for idx .. limit - 1
 * without a wrap; where that is not so even for idx, it is idx, and the strip is empty. So the body has none of them, and a loop
 * of few turns costs two comparisons more than without strips. For steps of 1 and -1 that is a range of idx, low .. high;
 * for other steps the two ends of the strip are tested. A turn that is not foreseen runs in a copy of the body that has its
 * checks; so errors, wrapped indices and what was stored before are as in Python. Loops that can be left from inside keep
 * their checks. Checks of data are made for a strip ahead where that lets LLVM vectorise (ahead.c). */
#include "opt/strip.h"

enum { STRIP = 4096, SLOW_POLL = 31, BODY_MAX = 1500, LARGE = 62, STEP_LARGE = 49 };

static Ty int64(void) { return ty(TY_I64); }

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

/* v with x for idx, in fn->cur. */
static Ref at(Strip *s, Ref v, Ref x)
{
    Fn *fn = s->fn;
    if (ref_eq(v, s->l->idx))
        return ir_retype(fn, x, ir_ty(fn, v));
    Ins in = *ir_ins(fn, v);
    if (!strip_inside(s, in.blk))
        return v;
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = at(s, ir_args(fn, ir_ins(fn, v))[k], x);
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
static bool look(Strip *s)
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

/* ---- the blocks around it ---- */

/* The header's phis take what comes from outside through phis of outer. */
static void move_phi(Strip *s, Ref phi, const bool *back, uint32_t npred)
{
    Fn *fn = s->fn;
    Ty t = ir_ty(fn, phi);
    Ref *old = arena_new_n(fn->unit->arena, Ref, npred + 1), *fresh = arena_new_n(fn->unit->arena, Ref, npred + 1);
    memcpy(old, ir_args(fn, ir_ins(fn, phi)), npred * sizeof(Ref));
    fn->cur_pos = ir_ins(fn, phi)->pos;
    Ref first = ir_phi(fn, s->pre, t), start = ir_phi(fn, s->outer, t), next = ir_phi(fn, s->again, t);
    uint32_t n = 0;
    fresh[n++] = start;
    for (uint32_t e = 0; e < npred; e++)
        if (back[e])
            fresh[n++] = old[e];
        else
            ir_add_arg(fn, first, old[e]);
    ir_add_arg(fn, start, first);
    ir_add_arg(fn, start, next);
    ir_add_arg(fn, next, phi);
    Ins *in = ir_ins(fn, phi);
    memcpy(in->nargs > 3 && n <= 3 ? in->arg : ir_args(fn, in), fresh, n * sizeof(Ref));
    in->nargs = (uint16_t)n;
    s->start[phi.i] = start;
    s->after[phi.i] = next;
    if (ref_eq(phi, s->l->idx)) {
        bool one = ir_ins(fn, first)->nargs == 1;
        s->first = one ? ir_arg(fn, first, 0) : first;
    }
}

static void move_edges(Strip *s)
{
    Fn *fn = s->fn;
    BlkId h = s->l->header;
    Blk old = fn->blk.at[h];
    bool *back = arena_new_n(fn->unit->arena, bool, old.pred.n + 1);
    for (uint32_t e = 0; e < old.pred.n; e++)
        back[e] = loop_has(fn, h, old.pred.at[e]);
    for (uint32_t k = 0; ir_ins(fn, old.ins.at[k])->op == IR_PHI; k++)
        move_phi(s, old.ins.at[k], back, old.pred.n);
    memset(&fn->blk.at[h].pred, 0, sizeof old.pred);
    loop_pred(fn, h, s->outer);
    loop_pred(fn, s->outer, s->pre);
    loop_pred(fn, s->outer, s->again);
    for (uint32_t e = 0; e < old.pred.n; e++) {
        BlkId p = old.pred.at[e];
        loop_pred(fn, back[e] ? h : s->pre, p);
        for (uint32_t k = 0; k < fn->blk.at[p].nsucc && !back[e]; k++)
            if (fn->blk.at[p].succ[k] == h)
                fn->blk.at[p].succ[k] = s->pre;
    }
}

/* ---- what is foreseen ---- */

static Ref both(Fn *fn, Ref a, Ref b) { return ir_bin(fn, IR_AND, a, b); }
static Ref larger(Fn *fn, Ref a, Ref b) { return ir_select(fn, ir_cmp(fn, IR_LT, a, b), b, a); }
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

/* Narrows low .. high to where a test with step 1 or -1 succeeds, or says what must hold for one without a step. */
static void narrow(Strip *s, const Test *t, Ref *low, Ref *high, Ref *ok)
{
    Fn *fn = s->fn;
    Ref zero = ir_i64(fn, 0), one = ir_i64(fn, 1), base = at(s, t->index, zero), extent = at(s, t->extent, zero);
    if (t->step == 0) {
        *ok = both(fn, *ok, ir_cmp(fn, IR_ULT, base, extent));
        return;
    }
    *ok = both(fn, *ok, moderate(fn, base, LARGE));
    if (t->step == 1) {                         /* 0 <= base + idx < extent */
        *low = larger(fn, *low, ir_bin(fn, IR_SUB, zero, base));
        *high = smaller(fn, *high, ir_bin(fn, IR_SUB, extent, base));
    } else {                                    /* 0 <= base - idx < extent */
        *low = larger(fn, *low, ir_bin(fn, IR_ADD, ir_bin(fn, IR_SUB, base, extent), one));
        *high = smaller(fn, *high, ir_bin(fn, IR_ADD, base, one));
    }
}

static bool by_range(const Test *t) { return ref_is_none(t->factor) && t->step >= -1 && t->step <= 1; }

/* Any other step: it succeeds at both ends and does not jump far between. */
static Ref ends_hold(Strip *s, const Test *t, Ref idx, Ref last)
{
    Fn *fn = s->fn;
    Ref extent = at(s, t->extent, idx), step = ref_is_none(t->factor) ? ir_i64(fn, t->step) : ir_retype(fn, at(s, t->factor, idx), int64());
    Ref ok = both(fn, moderate(fn, step, STEP_LARGE), ir_cmp(fn, IR_ULT, at(s, t->index, idx), extent));
    return both(fn, ok, ir_cmp(fn, IR_ULT, at(s, t->index, last), extent));
}

static Ref phi_of_two(Fn *fn, BlkId b, Ref x, Ref y)
{
    Ref phi = ir_phi(fn, b, ir_ty(fn, x));
    ir_add_arg(fn, phi, x);
    ir_add_arg(fn, phi, y);
    return phi;
}

static Ref strip_length(const Strip *s) { return ir_i64(s->fn, s->check.n ? AHEAD : STRIP); }

/* Is a strip that begins at idx foreseen, and then its limit; in fn->cur. */
static Ref foresee(Strip *s, Ref idx, Ref *limit)
{
    Fn *fn = s->fn;
    Ref low = ir_i64(fn, 0), high = ir_retype(fn, s->l->n, int64()), ok = s->apart, strip = strip_length(s);
    for (uint32_t k = 0; k < s->test.n; k++)
        if (by_range(&s->test.at[k]))
            narrow(s, &s->test.at[k], &low, &high, &ok);
    high = larger(fn, high, ir_i64(fn, 0));     /* so that high - idx does not wrap */
    Ref more = ir_cmp(fn, IR_LT, strip, ir_bin(fn, IR_SUB, high, idx));
    *limit = ir_select(fn, more, ir_bin(fn, IR_ADD, idx, strip), high);
    if (s->test.n + s->check.n == 0)
        return ok;
    Ref last = ir_bin(fn, IR_SUB, *limit, ir_i64(fn, 1));
    for (uint32_t k = 0; k < s->test.n; k++)
        if (!by_range(&s->test.at[k]))
            ok = both(fn, ok, ends_hold(s, &s->test.at[k], idx, last));
    return both(fn, ok, both(fn, ir_cmp(fn, IR_LE, low, idx), ir_cmp(fn, IR_LT, idx, high)));
}

/* The limit of the first strip; ends pre. A branch and no select: the first turn need not wait for what is tested. */
static Ref first_limit(Strip *s)
{
    Fn *fn = s->fn;
    ir_at(fn, s->pre);
    Ref limit, first = ir_retype(fn, s->first, int64());
    s->apart = ahead_apart(s);
    Ref ok = foresee(s, first, &limit);
    int64_t known;
    if (ir_is_int(fn, ok, &known)) {            /* without tests, or where the first turn is known to wrap */
        limit = ir_retype(fn, known ? limit : first, ir_ty(fn, s->l->idx));
        loop_jump(fn, s->outer);
        return limit;
    }
    BlkId fine = loop_block(fn, s->pre, s->pre), rare = loop_block(fn, s->pre, s->pre), both = loop_block(fn, s->pre, s->pre);
    fn->blk.at[rare].cold = true;
    loop_branch(fn, ok, fine, rare);
    loop_pred(fn, fine, s->pre);
    loop_pred(fn, rare, s->pre);
    loop_pred(fn, both, fine);
    loop_pred(fn, both, rare);
    ir_at(fn, fine);
    limit = ir_retype(fn, limit, ir_ty(fn, s->l->idx));
    loop_jump(fn, both);
    ir_at(fn, rare);
    first = ir_retype(fn, first, ir_ty(fn, s->l->idx));
    loop_jump(fn, both);
    ir_at(fn, both);
    limit = phi_of_two(fn, both, limit, first);
    loop_jump(fn, s->outer);
    fn->blk.at[s->outer].pred.at[0] = both;
    return limit;
}

static BlkId poll_block(Strip *s, BlkId idom)
{
    BlkId b = ir_block(s->fn, idom);
    ir_protect(s->fn, b, s->landing);
    return b;
}

/* A poll before a whole strip: a few turns between slow ones are no reason to look. Without slow turns it is always a whole one. */
static void poll_strip(Strip *s, Ref limit, Ref idx, bool slow)
{
    Fn *fn = s->fn;
    BlkId go = s->go, poll = slow ? poll_block(s, go) : go, on = slow ? loop_block(fn, go, go) : go;
    ir_at(fn, go);
    if (slow) {
        fn->blk.at[poll].cold = fn->blk.at[on].cold = true;
        loop_branch(fn, ir_cmp(fn, IR_EQ, ir_bin(fn, IR_SUB, limit, idx), strip_length(s)), poll, on);
        loop_pred(fn, poll, go);
        loop_pred(fn, on, go);
        loop_pred(fn, on, poll);
        ir_at(fn, poll);
    }
    ir_emit(fn, IR_POLL, ty(TY_NONE), NULL, 0);
    if (slow)
        loop_jump(fn, on);
    s->go = on;
    ir_at(fn, on);
}

/* What stands behind a strip when turns are left. The limit of the next one, of those that go takes. */
static Ref next_limit(Strip *s, BlkId more, BlkId slow)
{
    Fn *fn = s->fn;
    fn->blk.at[more].cold = fn->blk.at[s->go].cold = fn->blk.at[s->again].cold = true;
    ir_at(fn, more);
    Ref limit, idx = ir_retype(fn, s->l->idx, int64());
    Ref ok = foresee(s, idx, &limit);
    loop_pred(fn, s->go, more);
    if (slow != BLK_NONE) {
        loop_branch(fn, ok, s->go, slow);
        loop_pred(fn, slow, more);
    } else {
        loop_jump(fn, s->go);
    }
    poll_strip(s, limit, idx, slow != BLK_NONE);
    limit = ir_retype(fn, limit, ir_ty(fn, s->l->idx));
    loop_jump(fn, s->again);
    return limit;
}

/* ---- the slow turn ---- */

static Ref mapped(const void *strip, Ref v)
{
    const Strip *s = strip;
    return v.i < s->nvalue && !ref_is_none(s->copy[v.i]) ? s->copy[v.i] : v;
}

static void copy_ins(Strip *s, Ref v)
{
    Fn *fn = s->fn;
    Ins in = *ir_ins(fn, v);
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = mapped(s, ir_args(fn, ir_ins(fn, v))[k]);
    fn->cur_pos = in.pos;
    s->copy[v.i] = ir_emit_imm(fn, in.op, in.ty, arg, in.nargs, in.imm.i);
    if (in.op == IR_LOAD || in.op == IR_STORE)
        ir_ins(fn, s->copy[v.i])->flags |= INS_APART;
}

/* Block b of the slow turn gets a handler like that of the loop. */
static void land(Strip *s, BlkId b, BlkId landing)
{
    if (landing == BLK_NONE)
        return;
    BlkId copy = landing_copy(s->fn, landing, s->fn->blk.at[b].idom, mapped, s);
    vec_push(s->fn->unit->arena, &s->landed, copy);
    ir_protect(s->fn, b, copy);
}

/* A poll in every 32nd slow turn. */
static void slow_poll(Strip *s, BlkId body)
{
    Fn *fn = s->fn;
    BlkId here = fn->cur, poll = ir_block(fn, here), go = ir_block(fn, here);
    land(s, poll, s->landing);
    Ref mask = ir_i64(fn, SLOW_POLL), idx = ir_retype(fn, mapped(s, s->l->idx), int64());
    fn->blk.at[poll].cold = true;
    loop_branch(fn, ir_cmp(fn, IR_EQ, ir_bin(fn, IR_AND, idx, mask), mask), poll, go);
    loop_pred(fn, poll, here);
    loop_pred(fn, go, here);
    ir_at(fn, poll);
    ir_emit(fn, IR_POLL, ty(TY_NONE), NULL, 0);
    loop_jump(fn, go);
    loop_pred(fn, go, poll);
    ir_at(fn, go);
    loop_jump(fn, body);
    loop_pred(fn, body, go);
}

/* The handler of the copy of b; predecessors of what is inside come later. */
static void copy_handler(Strip *s, BlkId b, const BlkId *to)
{
    Fn *fn = s->fn;
    BlkId handler = fn->blk.at[b].handler;
    if (handler == BLK_NONE || b == s->l->header)
        return;
    if (strip_inside(s, handler))
        fn->blk.at[to[b]].handler = to[handler];
    else
        land(s, to[b], handler);
}

static void slow_turn(Strip *s, BlkId slow)
{
    Fn *fn = s->fn;
    Arena *a = fn->unit->arena;
    BlkId h = s->l->header, *to = arena_new_n(a, BlkId, fn->blk.n);
    uint32_t nbody = s->body.n, n;
    const BlkId *order = ir_rpo(fn, &n);
    for (uint32_t k = 0; k < nbody; k++) {
        BlkId b = s->body.at[k];
        to[b] = b == h ? s->again : ir_block(fn, slow);
        fn->blk.at[to[b]].cold |= b != h;
        fn->blk.at[to[b]].plain |= b != h && fn->blk.at[b].is_header;
    }
    ir_at(fn, slow);
    for (uint32_t k = 0; k < fn->blk.at[h].ins.n - 1; k++) {
        Ref v = fn->blk.at[h].ins.at[k];
        if (ir_ins(fn, v)->op != IR_PHI)
            copy_ins(s, v);
        else if (s->check.n)            /* from more, and from ahead_scan() */
            s->copy[v.i] = phi_of_two(fn, slow, v, s->start[v.i]);
    }
    BlkId first = fn->blk.at[h].succ[0];
    slow_poll(s, to[first]);
    BlkId entry = fn->cur;
    for (uint32_t k = 0; k < n; k++) {
        BlkId b = order[k];
        if (!strip_inside(s, b) || b == h)
            continue;
        fn->blk.at[to[b]].idom = fn->blk.at[b].idom == h ? entry : to[fn->blk.at[b].idom];
        ir_at(fn, to[b]);
        for (uint32_t j = 0; j < fn->blk.at[b].ins.n; j++) {
            Ref v = fn->blk.at[b].ins.at[j];
            if (ir_ins(fn, v)->op == IR_PHI)
                s->copy[v.i] = ir_phi(fn, to[b], ir_ty(fn, v));
            else
                copy_ins(s, v);
        }
        Blk *c = &fn->blk.at[to[b]];
        c->nsucc = fn->blk.at[b].nsucc;
        for (uint32_t j = 0; j < c->nsucc; j++)
            c->succ[j] = to[fn->blk.at[b].succ[j]];
    }
    for (uint32_t k = 0; k < nbody; k++) {      /* edges, and the operands of phis */
        BlkId b = s->body.at[k];
        copy_handler(s, b, to);
        uint32_t from = b == h;                 /* the header's first predecessor is outer */
        for (uint32_t e = from; e < fn->blk.at[b].pred.n; e++)
            if (fn->blk.at[b].pred.at[e] != h)
                loop_pred(fn, to[b], to[fn->blk.at[b].pred.at[e]]);
        for (uint32_t j = 0; j < fn->blk.at[b].ins.n; j++) {
            Ref v = fn->blk.at[b].ins.at[j];
            for (uint32_t e = from; ir_ins(fn, v)->op == IR_PHI && e < fn->blk.at[b].pred.n; e++)
                ir_add_arg(fn, b == h ? s->after[v.i] : s->copy[v.i], mapped(s, ir_args(fn, ir_ins(fn, v))[e]));
        }
    }
}

/* The fast body has what was tested as it was written. */
static void drop(Fn *fn, Ref op)
{
    Ins *in = ir_ins(fn, op);
    Blk *b = &fn->blk.at[in->blk];
    uint32_t n = 0;
    for (uint32_t j = 0; j < b->ins.n; j++)
        if (!ref_eq(b->ins.at[j], op))
            b->ins.at[n++] = b->ins.at[j];
    b->ins.n = n;
    *in = (Ins){ .op = IR_NOP, .blk = BLK_NONE, .ty = in->ty };
}

static void drop_tests(Strip *s)
{
    Fn *fn = s->fn;
    for (uint32_t k = 0; k < s->test.n; k++) {
        const Test *t = &s->test.at[k];
        bool index = ir_ins(fn, t->op)->op == IR_INDEX;
        drop(fn, t->op);
        if (index)
            ir_replace(fn, t->op, t->index);
        for (uint32_t j = k + 1; j < s->test.n && index; j++)
            if (ref_eq(s->test.at[j].index, t->op))
                s->test.at[j].index = t->index;
    }
    for (uint32_t k = 0; k < s->check.n; k++)
        drop(fn, s->check.at[k]);
}

/* Leaves the loop's header by limit, and looks behind it whether that was the end. */
static void close_strip(Strip *s, Ref limit, BlkId more)
{
    Fn *fn = s->fn;
    BlkId h = s->l->header, exit = fn->blk.at[h].succ[1], after = loop_block(fn, h, h);
    uint32_t end = fn->blk.at[h].ins.n - 1;
    fn->cur_pos = ir_ins(fn, s->l->cond)->pos;
    Ref go = ir_insert(fn, h, end, IR_LT, ty(TY_BOOL), (Ref[]){ s->l->idx, limit }, 2);
    ir_args(fn, ir_ins(fn, fn->blk.at[h].ins.at[end + 1]))[0] = go;
    fn->blk.at[h].succ[1] = after;
    for (uint32_t e = 0; e < fn->blk.at[exit].pred.n; e++)
        if (fn->blk.at[exit].pred.at[e] == h)
            fn->blk.at[exit].pred.at[e] = after;
    loop_pred(fn, after, h);
    loop_pred(fn, more, after);
    ir_at(fn, after);
    loop_branch(fn, s->l->cond, more, exit);
}

/* limit, a phi of outer: that of the first strip, those that go takes, and behind a slow turn the next idx. */
static void join_limits(Strip *s, Ref limit, Ref first, Ref next)
{
    Fn *fn = s->fn;
    Ref again = ir_phi(fn, s->again, ir_ty(fn, limit)), idx = s->after[s->l->idx.i];
    ir_add_arg(fn, limit, first);
    ir_add_arg(fn, limit, again);
    ir_add_arg(fn, again, next);
    for (uint32_t e = 1; e < ir_ins(fn, idx)->nargs; e++)
        ir_add_arg(fn, again, ir_arg(fn, idx, e));
    ir_at(fn, s->again);
    loop_jump(fn, s->outer);
}

void loop_strip(Fn *fn, const Loop *l)
{
    Strip s = { .fn = fn, .l = l, .nvalue = fn->ins.n };
    BlkId h = l->header, slow = BLK_NONE;
    s.copy = arena_new_n(fn->unit->arena, Ref, fn->ins.n);
    s.start = arena_new_n(fn->unit->arena, Ref, fn->ins.n);
    s.after = arena_new_n(fn->unit->arena, Ref, fn->ins.n);
    s.nblk = fn->blk.n;
    s.inside = loop_members(fn, h);
    BlkId turn = loop_turn(fn, h);
    s.landing = turn != BLK_NONE ? fn->blk.at[turn].handler : fn->blk.at[h].handler;
    if (turn != BLK_NONE)
        loop_drop_turn(fn, turn);
    bool tests = look(&s);
    s.pre = loop_block(fn, fn->blk.at[h].idom, h);
    s.outer = loop_block(fn, s.pre, h);
    s.again = loop_block(fn, s.outer, h);
    fn->blk.at[h].idom = s.outer;
    BlkId more = loop_block(fn, h, h);
    s.go = tests ? loop_block(fn, more, h) : poll_block(&s, more);
    if (tests) {
        slow = loop_block(fn, s.check.n ? s.outer : more, h);
        fn->blk.at[slow].cold = true;
    }
    move_edges(&s);
    fn->cur_pos = ir_ins(fn, l->cond)->pos;
    Ref first = first_limit(&s), next = next_limit(&s, more, slow), limit = ir_phi(fn, s.outer, ir_ty(fn, l->idx));
    loop_pred(fn, s.again, s.go);
    ir_at(fn, s.outer);
    if (s.check.n)
        ahead_scan(&s, limit, slow);
    else
        loop_jump(fn, h);
    if (tests) {
        slow_turn(&s, slow);
        drop_tests(&s);
    }
    join_limits(&s, limit, first, next);
    close_strip(&s, limit, more);
    if (s.landed.n > 0)
        opt_repair(fn, &(Redefined){ s.landed.at, s.landed.n, s.inside, s.nblk, mapped, &s });
}
