/* strip.c: an innermost counted loop → strips of a length that delays no poll, with a body that LLVM can vectorise.
 *
 *     pre:   the first limit: n, or idx               n: it is one strip, and foreseen
 *     outer: phis: idx', limit; header                header: idx = phi(idx', idx + 1); idx < limit ? body : after
 *     after: idx < n ? more : exit                    more (rare): the next limit; is it foreseen? go : slow
 *     go:    a poll, if a whole strip follows; again   slow: turns with all checks; again, with the next idx for a limit
 *     again: outer
 *
 * A limit is min(idx + 4096, n, high), and every check that is foreseen (foresee.c) succeeds for idx .. limit - 1; where that is
 * not so even for idx, it is idx, and the strip is empty. So the body has none of them. A loop that is one strip as a whole, and
 * foreseen, is told by a branch: its end waits for nothing but n. Turns that are not foreseen run in a copy of the body that has
 * its checks (slow.c).
 * Loops that can be left from inside keep their checks. Checks of data are made for a strip ahead where that lets LLVM
 * vectorise (ahead.c). */
#include "opt/strip.h"

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
    ir_keep_args(fn, phi, fresh, n);
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

/* ---- limits and polls ---- */

Ref strip_phi(Fn *fn, BlkId b, Ref x, Ref y)
{
    Ref phi = ir_phi(fn, b, ir_ty(fn, x));
    ir_add_arg(fn, phi, x);
    ir_add_arg(fn, phi, y);
    return phi;
}

/* The limit of the first strip; ends pre: n, if the whole loop is a strip and is foreseen; else the strip is empty, and what
 * stands behind it looks closer. A branch and no select, so that the end of a loop of few turns is known as soon as n is: where
 * it is predicted wrong, the time until then is lost. */
static Ref first_limit(Strip *s, bool tests)
{
    Fn *fn = s->fn;
    ir_at(fn, s->pre);
    Ref limit = s->l->n, first = ir_retype(fn, s->first, ty(TY_I64));
    s->apart = ahead_apart(s);
    int64_t known;
    bool whole = tests || !ir_is_int(fn, first, &known) || known != 0;         /* n - 0 does not overflow */
    Ref ok = whole ? strip_is_whole(s, first, s->check.n ? AHEAD : STRIP) : strip_foresee(s, first, &limit);
    if (ir_is_int(fn, ok, &known)) {            /* without tests; where n is a constant */
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
    loop_jump(fn, both);
    ir_at(fn, rare);
    first = ir_retype(fn, first, ir_ty(fn, s->l->idx));
    loop_jump(fn, both);
    ir_at(fn, both);
    limit = strip_phi(fn, both, limit, first);
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
    Ref limit, idx = ir_retype(fn, s->l->idx, ty(TY_I64));
    Ref ok = strip_foresee(s, idx, &limit);
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

/* ---- the loop ---- */

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

/* Where the loop begins with it, an index that counts up from below 0 becomes what it says: LLVM peels those turns off. */
static void wrap(Fn *fn, const Test *t)
{
    Ins *in = ir_ins(fn, t->op);
    BlkId b = in->blk;
    uint32_t at = 0;
    while (!ref_eq(fn->blk.at[b].ins.at[at], t->op))
        at++;
    fn->cur_pos = in->pos;
    Ref up = ir_insert(fn, b, at++, IR_ADD, ty(TY_I64), (Ref[]){ t->index, t->extent }, 2);
    Ref below = ir_insert(fn, b, at++, IR_LT, ty(TY_BOOL), (Ref[]){ t->index, ir_i64(fn, 0) }, 2);
    ir_replace(fn, t->op, ir_insert(fn, b, at, IR_SELECT, ty(TY_I64), (Ref[]){ below, up, t->index }, 3));
    drop(fn, t->op);
}

static void drop_tests(Strip *s)
{
    Fn *fn = s->fn;
    for (uint32_t k = 0; k < s->test.n; k++) {
        const Test *t = &s->test.at[k];
        bool index = ir_ins(fn, t->op)->op == IR_INDEX;
        if (t->wraps) {
            wrap(fn, t);
            fn->blk.at[s->l->header].ends = true;
            continue;
        }
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
    ir_replace_pred(fn, exit, h, after);
    loop_pred(fn, after, h);
    loop_pred(fn, more, after);
    fn->blk.at[after].ends_strip = true;
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

/* tests: are there checks that are foreseen? */
static void cut(Strip *s, bool tests)
{
    Fn *fn = s->fn;
    BlkId h = s->l->header, slow = BLK_NONE;
    s->pre = loop_block(fn, fn->blk.at[h].idom, h);
    s->outer = loop_block(fn, s->pre, h);
    s->again = loop_block(fn, s->outer, h);
    fn->blk.at[h].idom = s->outer;
    BlkId more = loop_block(fn, h, h);
    s->go = tests ? loop_block(fn, more, h) : poll_block(s, more);
    if (tests) {
        slow = loop_block(fn, s->check.n ? s->outer : more, h);
        fn->blk.at[slow].cold = true;
    }
    move_edges(s);
    fn->cur_pos = ir_ins(fn, s->l->cond)->pos;
    Ref first = first_limit(s, tests), next = next_limit(s, more, slow), limit = ir_phi(fn, s->outer, ir_ty(fn, s->l->idx));
    loop_pred(fn, s->again, s->go);
    ir_at(fn, s->outer);
    if (s->check.n)
        ahead_scan(s, limit, slow);
    else
        loop_jump(fn, h);
    if (tests) {
        strip_slow_turns(s, slow);
        drop_tests(s);
    }
    join_limits(s, limit, first, next);
    close_strip(s, limit, more);
    if (s->landed.n > 0)
        opt_repair(fn, &(Redefined){ s->landed.at, s->landed.n, s->inside, s->nblk, strip_mapped, s });
}

void loop_strip(Fn *fn, const Loop *l)
{
    Strip s = { .fn = fn, .into = fn, .l = l, .nvalue = fn->ins.n };
    BlkId h = l->header;
    s.copy = arena_new_n(fn->unit->arena, Ref, fn->ins.n);
    s.start = arena_new_n(fn->unit->arena, Ref, fn->ins.n);
    s.after = arena_new_n(fn->unit->arena, Ref, fn->ins.n);
    s.nblk = fn->blk.n;
    s.inside = loop_members(fn, h);
    BlkId turn = loop_turn(fn, h);
    s.landing = turn != BLK_NONE ? fn->blk.at[turn].handler : fn->blk.at[h].handler;
    if (turn != BLK_NONE)
        loop_drop_turn(fn, turn);
    bool tests = strip_look(&s);
    fn->blk.at[h].strewn = strip_strewn(&s);
    fn->blk.at[h].waits = strip_waits(&s);
    fn->blk.at[h].streams |= strip_streams(&s);
    if (strip_whole(&s))
        drop_tests(&s);
    else
        cut(&s, tests);
}
