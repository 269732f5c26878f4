/* whole.c: a loop in a loop, which is nearly always one strip, and foreseen. It stands as it was written, without checks: LLVM sees
 * that it begins at 0 and what is the same each time it is entered (k-means: 0.7 of the time).
 *
 *     pre:   is all of it foreseen? header : rare       header: idx = phi(0, idx + 1); idx < n ? body : after
 *     rare:  and if it may be long? poll : rest         rest:   LATER: the loop with its checks; after
 *     poll:  a poll; header                             after:  phis: what the header's have become, on either way
 *
 * The rest is a function of its own, which has no code before it is needed, and is cut into strips itself. */
#include "opt/strip.h"

typedef struct Whole {
    Strip *s;
    Fn *fn, *rest;
    uint32_t edge, nphi;        /* by which predecessor the header is entered; its first ops */
    BlkId *copy;                /* by BlkId of the body: in rest */
    bool *wanted;               /* by Ref: a header's phi that is used behind the loop */
} Whole;

/* ---- may it stand so? ---- */

static bool enters_once(Whole *w)
{
    const Fn *fn = w->fn;
    BlkId h = w->s->l->header;
    const Blk *b = &fn->blk.at[h];
    uint32_t n = 0;
    for (uint32_t e = 0; e < b->pred.n; e++)
        if (!strip_inside(w->s, b->pred.at[e]))
            w->edge = e, n++;
    int64_t first;
    return n == 1 && fn->blk.at[b->pred.at[w->edge]].loop != BLK_NONE && ir_is_int(fn, ir_arg(fn, w->s->l->idx, w->edge), &first);
}

/* Only phis of the header are used behind the loop. Sets wanted. */
static bool leaves_phis(Whole *w)
{
    const Fn *fn = w->fn;
    BlkId h = w->s->l->header;
    for (BlkId b = 0; b < w->s->nblk; b++)
        for (uint32_t j = 0; !strip_inside(w->s, b) && j < fn->blk.at[b].ins.n; j++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[j]);
            for (uint32_t k = 0; k < in->nargs; k++) {
                const Ins *from = ir_ins(fn, ir_args(fn, in)[k]);
                if (from->blk == h && from->op != IR_PHI)
                    return false;
                w->wanted[ir_args(fn, in)[k].i] |= from->blk == h;
            }
        }
    return true;
}

/* ---- the rest ---- */

static Ref there(Whole *w, Ref v)
{
    Strip *s = w->s;
    return v.i < s->nvalue && !ref_is_none(s->copy[v.i]) ? s->copy[v.i] : strip_outside(s, v);
}

static void copy_ins(Whole *w, Ref v)
{
    Fn *fn = w->fn, *to = w->rest;
    Ins in = *ir_ins(fn, v);
    to->cur_pos = ir_pos(to, fn->pos.at[in.pos]);
    if (in.op == IR_PHI) {
        w->s->copy[v.i] = ir_phi(to, to->cur, in.ty);
        return;
    }
    strip_share_chunks(w->s, &in);
    Ref *arg = arena_new_n(to->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = there(w, ir_arg(fn, v, k));
    Ref r = w->s->copy[v.i] = ir_emit_imm(to, in.op, in.ty, arg, in.nargs, in.imm.i);
    if (in.op == IR_LOAD || in.op == IR_STORE || in.op == IR_NEW || in.op == IR_MATH)
        ir_ins(to, r)->flags = in.flags;
}

static void copy_block(Whole *w, BlkId b, BlkId done)
{
    Fn *fn = w->fn, *to = w->rest;
    BlkId h = w->s->l->header, c = w->copy[b];
    const Blk from = fn->blk.at[b];
    to->blk.at[c].idom = b == h ? 0 : w->copy[from.idom];
    ir_at(to, c);
    for (uint32_t j = 0; j < from.ins.n; j++)
        copy_ins(w, fn->blk.at[b].ins.at[j]);
    Blk *x = &to->blk.at[c];
    x->cold = from.cold, x->plain = from.plain, x->brief = from.brief, x->apart = from.apart, x->unroll = from.unroll;
    x->streams = from.streams;
    x->nsucc = from.nsucc;
    for (uint32_t k = 0; k < from.nsucc; k++)
        x->succ[k] = strip_inside(w->s, from.succ[k]) ? w->copy[from.succ[k]] : done;
}

/* Predecessors, and the operands of phis; the header is entered from block 0, which is there already. */
static void copy_edges(Whole *w, BlkId b)
{
    Fn *fn = w->fn;
    BlkId h = w->s->l->header;
    for (uint32_t k = 0; b == h && k < w->nphi; k++) {
        Ref v = fn->blk.at[h].ins.at[k];
        ir_add_arg(w->rest, w->s->copy[v.i], strip_outside(w->s, ir_arg(fn, v, w->edge)));
    }
    for (uint32_t e = 0; e < fn->blk.at[b].pred.n; e++) {
        if (b == h && e == w->edge)
            continue;
        loop_pred(w->rest, w->copy[b], w->copy[fn->blk.at[b].pred.at[e]]);
        for (uint32_t j = 0; ir_ins(fn, fn->blk.at[b].ins.at[j])->op == IR_PHI; j++) {
            Ref v = fn->blk.at[b].ins.at[j];
            ir_add_arg(w->rest, w->s->copy[v.i], there(w, ir_arg(fn, v, e)));
        }
    }
}

static void return_phis(Whole *w)
{
    Fn *to = w->rest;
    Ty *type = arena_new_n(to->unit->arena, Ty, w->nphi);
    Ref *item = arena_new_n(to->unit->arena, Ref, w->nphi);
    for (uint32_t k = 0; k < w->nphi; k++) {
        item[k] = w->s->copy[w->fn->blk.at[w->s->l->header].ins.at[k].i];
        type[k] = ir_ty(to, item[k]);
    }
    to->ret = w->nphi == 1 ? type[0] : ty_tuple(to->unit->types, type, w->nphi);
    ir_return(to, w->nphi == 1 ? item[0] : ir_tuple(to, to->ret, item, w->nphi));
}

/* The loop as a function. Its own loop is no loop in a loop. */
static void make_rest(Whole *w)
{
    Strip *s = w->s;
    Fn *fn = w->fn, *to = w->rest = s->into = ir_fn(fn->unit, fn->name, fn->code);
    to->opt = fn->opt;
    to->later = true;
    to->form = FORM_OURS;
    uint32_t n;
    const BlkId *order = ir_rpo(fn, &n);
    for (uint32_t k = 0; k < n; k++)
        if (strip_inside(s, order[k]))
            w->copy[order[k]] = ir_block(to, 0);
    BlkId done = ir_block(to, w->copy[s->l->header]);
    ir_jump(to, w->copy[s->l->header]);
    for (uint32_t k = 0; k < n; k++)
        if (strip_inside(s, order[k]))
            copy_block(w, order[k], done);
    for (uint32_t k = 0; k < n; k++)
        if (strip_inside(s, order[k]))
            copy_edges(w, order[k]);
    loop_pred(to, done, w->copy[s->l->header]);
    ir_at(to, done);
    return_phis(w);
    s->into = fn;
}

/* ---- around the loop ---- */

static Ref call_rest(Whole *w)
{
    Strip *s = w->s;
    Ref *arg = arena_new_n(w->fn->unit->arena, Ref, s->brought.n + 1);
    arg[0] = ir_i64(w->fn, 0);
    memcpy(arg + 1, s->brought.at, s->brought.n * sizeof *arg);
    Ref r = ir_emit_ptr(w->fn, IR_LATER, w->rest->ret, arg, s->brought.n + 1, w->rest);
    ir_mark_new(w->fn, s->brought.at, s->brought.n, w->rest, 0);
    vec_push(w->fn->unit->arena, &w->fn->chunks, w->rest);
    return r;
}

/* Behind the loop v is by. */
static void replace_behind(Whole *w, Ref v, Ref by)
{
    Fn *fn = w->fn;
    for (BlkId b = 0; b < w->s->nblk; b++)
        for (uint32_t j = 0; !strip_inside(w->s, b) && j < fn->blk.at[b].ins.n; j++) {
            Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[j]);
            for (uint32_t k = 0; k < in->nargs; k++)
                if (ref_eq(ir_args(fn, in)[k], v))
                    ir_args(fn, in)[k] = by;
        }
}

/* The header and rest lead to after, that to the exit. */
static void join_ways(Whole *w, BlkId rest, BlkId after)
{
    Fn *fn = w->fn;
    BlkId h = w->s->l->header, exit = fn->blk.at[h].succ[1];
    fn->blk.at[exit].pred.at[loop_edge(fn, exit, h)] = after;
    fn->blk.at[h].succ[1] = after;
    ir_at(fn, rest);
    Ref r = call_rest(w);
    for (uint32_t k = 0; k < w->nphi; k++) {
        Ref v = fn->blk.at[h].ins.at[k];
        if (!w->wanted[v.i])
            continue;
        ir_at(fn, rest);
        Ref phi = ir_phi(fn, after, ir_ty(fn, v)), x = w->nphi == 1 ? r : ir_item(fn, r, k);
        replace_behind(w, v, phi);
        ir_add_arg(fn, phi, v);
        ir_add_arg(fn, phi, x);
    }
    loop_jump(fn, after);
    loop_pred(fn, after, h);
    loop_pred(fn, after, rest);
    ir_at(fn, after);
    loop_jump(fn, exit);
}

static void two_ways(Fn *fn, BlkId from, Ref cond, BlkId yes, BlkId no)
{
    ir_at(fn, from);
    loop_branch(fn, cond, yes, no);
    loop_pred(fn, yes, from);
    loop_pred(fn, no, from);
}

static void enter(Whole *w, BlkId pre, Ref ok, Ref first)
{
    Strip *s = w->s;
    Fn *fn = w->fn;
    BlkId h = s->l->header, from = fn->blk.at[h].pred.at[w->edge], rare = ir_block(fn, pre), poll = ir_block(fn, rare);
    BlkId rest = ir_block(fn, rare), join = ir_block(fn, pre), after = ir_block(fn, pre);
    fn->blk.at[rare].cold = fn->blk.at[poll].cold = fn->blk.at[rest].cold = true;
    for (uint32_t k = 0; k < fn->blk.at[from].nsucc; k++)
        if (fn->blk.at[from].succ[k] == h)
            fn->blk.at[from].succ[k] = pre;
    loop_pred(fn, pre, from);
    two_ways(fn, pre, ok, join, rare);
    ir_at(fn, rare);
    two_ways(fn, rare, strip_is_whole(s, first, STRIP_LONG), poll, rest);
    ir_at(fn, poll);
    ir_emit(fn, IR_POLL, ty(TY_NONE), NULL, 0);
    loop_jump(fn, join);
    loop_pred(fn, join, poll);
    ir_at(fn, join);
    loop_jump(fn, h);
    fn->blk.at[h].pred.at[w->edge] = join;
    fn->blk.at[h].idom = join;
    join_ways(w, rest, after);
}

/* Indices that begin below 0 and count up from there, as in a[i, j - 1]: they are foreseen with their wrap. */
static void mark_wraps(Strip *s, bool whole)
{
    int64_t first;
    for (uint32_t k = 0; k < s->test.n; k++) {
        Test *t = &s->test.at[k];
        t->wraps = whole && ir_ins(s->fn, t->op)->op == IR_INDEX && t->step == 1 && ref_is_none(t->factor)
                   && strip_begins(s, t, &first) && first < 0;
    }
}

bool strip_whole(Strip *s)
{
    Fn *fn = s->fn;
    Arena *a = fn->unit->arena;
    Whole w = { .s = s, .fn = fn };
    if (!s->closed || s->check.n > 0 || s->landing != BLK_NONE || !strip_moves(s) || !enters_once(&w))
        return false;
    w.wanted = arena_new_n(a, bool, fn->ins.n);
    if (!leaves_phis(&w))
        return false;
    BlkId h = s->l->header, pre = ir_block(fn, fn->blk.at[h].pred.at[w.edge]);
    fn->cur_pos = ir_ins(fn, s->l->cond)->pos;
    ir_at(fn, pre);
    s->apart = ir_bool(fn, true);
    s->first = ir_arg(fn, s->l->idx, w.edge);
    mark_wraps(s, true);
    Ref first = ir_retype(fn, s->first, ty(TY_I64)), ok = strip_is_whole(s, first, STRIP);
    if (ir_is_const(fn, ok)) {          /* no edge leads to pre: it is dropped with the dead blocks */
        mark_wraps(s, false);
        return false;
    }
    while (ir_ins(fn, fn->blk.at[h].ins.at[w.nphi])->op == IR_PHI)
        w.nphi++;
    w.copy = arena_new_n(a, BlkId, s->nblk);
    make_rest(&w);
    fn->cur_pos = ir_ins(fn, s->l->cond)->pos;
    enter(&w, pre, ok, first);
    struct Remarks *remarks = fn->unit->remarks;
    fn->unit->remarks = NULL;           /* what there is to say is said */
    opt_poll(w.rest);
    fn->unit->remarks = remarks;
    return true;
}
