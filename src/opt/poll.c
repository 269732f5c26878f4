/* poll.c: where compiled code looks whether it was asked to stop.
 *
 * An innermost counted loop is cut into strips, so that its body stays free of tests and LLVM can vectorise it:
 *
 *     outer: idx' = phi(0, idx)           header, phis copied          inner: idx = phi(idx', idx + 1)
 *            limit = min(idx' + 4096, n)                                      idx < limit ? body : after
 *     after: idx < n ? poll, outer : exit
 *
 * Other loops poll on their way back: where they are counted, every 32nd time, else every 1024th. */
#include "opt/opt.h"

enum { STRIP = 4096, OUTER_MASK = 31, OTHER_MASK = 1023 };

/* A counted loop: idx = phi(c >= 0 ..., idx + 1 ...), left by its header where idx < n is false. */
typedef struct Loop { BlkId header; Ref idx, n, cond; bool counted, plain /* its header may run twice */, innermost; } Loop;

static bool inside(const Fn *fn, BlkId b, BlkId header)
{
    return b == header || ir_dominates(fn, header, b);
}

static bool is_step(Fn *fn, Ref next, Ref idx)
{
    Ins *in = ir_ins(fn, next);
    int64_t c;
    if (in->op != IR_ADD)
        return false;
    Ref *arg = ir_args(fn, in);
    return (ref_eq(arg[0], idx) && ir_is_int(fn, arg[1], &c) && c == 1) ||
           (ref_eq(arg[1], idx) && ir_is_int(fn, arg[0], &c) && c == 1);
}

static void look(Fn *fn, Loop *l)
{
    Blk *h = &fn->blk.at[l->header];
    Ins *last = ir_ins(fn, h->ins.at[h->ins.n - 1]);
    if (last->op != IR_BRANCH)
        return;
    l->cond = ir_args(fn, last)[0];
    Ins *cond = ir_ins(fn, l->cond);
    if (cond->op != IR_LT || cond->blk != l->header)
        return;
    l->idx = ir_args(fn, cond)[0];
    l->n = ir_args(fn, cond)[1];
    Ins *idx = ir_ins(fn, l->idx);
    BlkId def = ir_ins(fn, l->n)->blk;
    if (idx->op != IR_PHI || idx->blk != l->header || ty_bits(idx->ty) != 64 || ty_is_unsigned(idx->ty))
        return;
    if (def != BLK_NONE && (def == l->header || !ir_dominates(fn, def, l->header)))
        return;
    for (uint32_t e = 0; e < h->pred.n; e++) {
        Ref x = ir_args(fn, idx)[e];
        int64_t c;
        if (inside(fn, h->pred.at[e], l->header) ? !is_step(fn, x, l->idx) : !(ir_is_int(fn, x, &c) && c >= 0))
            return;
    }
    l->counted = true;
    l->plain = h->succ[0] != h->succ[1] && h->succ[0] != l->header;
    for (uint32_t k = 0; k < h->ins.n - 1; k++)
        l->plain &= ir_op[ir_ins(fn, h->ins.at[k])->op].effect <= EFF_READ;
}

static BlkId new_block(Fn *fn, BlkId idom, BlkId like)
{
    BlkId b = ir_block(fn, idom);
    ir_protect(fn, b, fn->blk.at[like].handler);
    return b;
}

/* Ends fn->cur; the predecessors of to are the caller's affair. */
static void to(Fn *fn, BlkId b)
{
    ir_emit(fn, IR_JUMP, ty(TY_NONE), NULL, 0);
    fn->blk.at[fn->cur].nsucc = 1;
    fn->blk.at[fn->cur].succ[0] = b;
}

static void either(Fn *fn, Ref cond, BlkId yes, BlkId no)
{
    ir_emit(fn, IR_BRANCH, ty(TY_NONE), &cond, 1);
    Blk *b = &fn->blk.at[fn->cur];
    b->nsucc = 2;
    b->succ[0] = yes;
    b->succ[1] = no;
}

static void came_from(Fn *fn, BlkId b, BlkId pred) { vec_push(fn->unit->arena, &fn->blk.at[b].pred, pred); }

static void strip_mine(Fn *fn, const Loop *l)
{
    Arena *a = fn->unit->arena;
    BlkId h = l->header, exit = fn->blk.at[h].succ[1];
    BlkId outer = new_block(fn, fn->blk.at[h].idom, h), after = new_block(fn, h, h), poll = new_block(fn, after, h);
    uint32_t npred = fn->blk.at[h].pred.n, nphi = 0;
    BlkId *pred = arena_new_n(a, BlkId, npred + 1);
    bool *back = arena_new_n(a, bool, npred + 1);
    for (uint32_t e = 0; e < npred; e++) {
        pred[e] = fn->blk.at[h].pred.at[e];
        back[e] = inside(fn, pred[e], h);
    }
    /* the header's phis, and what they take over from outside through the outer header */
    Ref idx = REF_NONE;
    while (ir_ins(fn, fn->blk.at[h].ins.at[nphi])->op == IR_PHI)
        nphi++;
    for (uint32_t k = 0; k < nphi; k++) {
        Ref phi = fn->blk.at[h].ins.at[k];
        Ref *old = arena_new_n(a, Ref, npred + 1);
        memcpy(old, ir_args(fn, ir_ins(fn, phi)), npred * sizeof(Ref));
        Ref copy = ir_phi(fn, outer, ir_ty(fn, phi));
        Ins *in = ir_ins(fn, phi);
        ir_ins(fn, copy)->pos = in->pos;
        for (uint32_t e = 0; e < npred; e++)
            if (!back[e])
                ir_add_arg(fn, copy, old[e]);
        ir_add_arg(fn, copy, phi);
        uint32_t n = 0;
        Ref *arg = ir_args(fn, ir_ins(fn, phi));
        Ref *fresh = arena_new_n(a, Ref, npred + 1);
        fresh[n++] = copy;
        for (uint32_t e = 0; e < npred; e++)
            if (back[e])
                fresh[n++] = old[e];
        memcpy(arg, fresh, n * sizeof(Ref));
        if (ir_ins(fn, phi)->nargs > 3 && n <= 3)
            memcpy(ir_ins(fn, phi)->arg, fresh, n * sizeof(Ref));
        ir_ins(fn, phi)->nargs = (uint16_t)n;
        if (ref_eq(phi, l->idx))
            idx = copy;
    }
    fn->blk.at[h].pred.n = 0;
    came_from(fn, h, outer);
    for (uint32_t e = 0; e < npred; e++) {
        if (back[e]) {
            came_from(fn, h, pred[e]);
            continue;
        }
        came_from(fn, outer, pred[e]);
        Blk *p = &fn->blk.at[pred[e]];
        for (uint32_t s = 0; s < p->nsucc; s++)
            if (p->succ[s] == h)
                p->succ[s] = outer;
    }
    came_from(fn, outer, poll);
    fn->cur_pos = ir_ins(fn, l->cond)->pos;
    Ty t = ir_ty(fn, idx), boolean = ty(TY_BOOL);
    ir_at(fn, outer);
    Ref strip = ir_int(fn, t, STRIP), left[2] = { l->n, idx };
    Ref rest = ir_emit(fn, IR_SUB, t, left, 2), many[2] = { strip, rest }, sum[2] = { idx, strip };
    Ref more = ir_emit(fn, IR_LT, boolean, many, 2), end = ir_emit(fn, IR_ADD, t, sum, 2), pick[3] = { more, end, l->n };
    Ref limit = ir_emit(fn, IR_SELECT, t, pick, 3);
    to(fn, h);
    Ref lt[2] = { l->idx, limit };
    Ref go = ir_insert(fn, h, fn->blk.at[h].ins.n - 1, IR_LT, boolean, lt, 2);
    ir_args(fn, ir_ins(fn, fn->blk.at[h].ins.at[fn->blk.at[h].ins.n - 1]))[0] = go;
    fn->blk.at[h].succ[1] = after;
    for (uint32_t e = 0; e < fn->blk.at[exit].pred.n; e++)
        if (fn->blk.at[exit].pred.at[e] == h)
            fn->blk.at[exit].pred.at[e] = after;
    came_from(fn, after, h);
    came_from(fn, poll, after);
    ir_at(fn, after);
    either(fn, l->cond, poll, exit);
    ir_at(fn, poll);
    ir_emit(fn, IR_POLL, ty(TY_NONE), NULL, 0);
    to(fn, outer);
}

/* A poll on the e-th edge into the header, taken where (count & mask) == mask. */
static BlkId poll_edge(Fn *fn, BlkId h, uint32_t e, Ref count, int64_t mask)
{
    BlkId p = fn->blk.at[h].pred.at[e];
    BlkId test = new_block(fn, p, p), poll = new_block(fn, test, p), back = new_block(fn, test, p);
    fn->blk.at[poll].cold = true;
    for (uint32_t s = 0; s < fn->blk.at[p].nsucc; s++)
        if (fn->blk.at[p].succ[s] == h) {
            fn->blk.at[p].succ[s] = test;
            break;
        }
    Ty t = ir_ty(fn, count);
    Ref m = ir_int(fn, t, mask), and[2] = { count, m };
    came_from(fn, test, p);
    ir_at(fn, test);
    Ref low = ir_emit(fn, IR_AND, t, and, 2), eq[2] = { low, m };
    either(fn, ir_emit(fn, IR_EQ, ty(TY_BOOL), eq, 2), poll, back);
    came_from(fn, poll, test);
    ir_at(fn, poll);
    ir_emit(fn, IR_POLL, ty(TY_NONE), NULL, 0);
    to(fn, back);
    came_from(fn, back, test);
    came_from(fn, back, poll);
    ir_at(fn, back);
    to(fn, h);
    fn->blk.at[h].pred.at[e] = back;
    return test;
}

static void poll_back_edges(Fn *fn, const Loop *l)
{
    BlkId h = l->header;
    uint32_t npred = fn->blk.at[h].pred.n;
    bool *back = arena_new_n(fn->unit->arena, bool, npred + 1);
    for (uint32_t e = 0; e < npred; e++)
        back[e] = inside(fn, fn->blk.at[h].pred.at[e], h);
    fn->cur_pos = ir_ins(fn, fn->blk.at[h].ins.at[fn->blk.at[h].ins.n - 1])->pos;
    Ref count = l->idx;
    if (!l->counted)
        count = ir_phi(fn, h, ty(TY_I64));
    for (uint32_t e = 0; e < npred; e++) {
        if (!back[e]) {
            if (!l->counted)
                ir_add_arg(fn, count, ir_i64(fn, 0));
            continue;
        }
        BlkId test = poll_edge(fn, h, e, count, l->counted ? OUTER_MASK : OTHER_MASK);
        if (!l->counted) {
            Ref add[2] = { count, ir_i64(fn, 1) };
            ir_add_arg(fn, count, ir_insert(fn, test, 0, IR_ADD, ty(TY_I64), add, 2));
        }
    }
}

/* needs: dominators, loops.  breaks: everything. */
void opt_poll(Fn *fn)
{
    Arena *a = fn->unit->arena;
    ir_remove_unreachable(fn);
    fn->have = 0;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    VEC(Loop) loop = { 0 };
    for (BlkId b = 0; b < fn->blk.n; b++)
        if (fn->blk.at[b].is_header && !fn->blk.at[b].brief && fn->blk.at[b].ins.n > 0) {
            Loop l = { .header = b, .innermost = true };
            look(fn, &l);
            vec_push(a, &loop, l);
        }
    for (uint32_t j = 0; j < loop.n; j++) {     /* an inner loop is entered from the loop around it */
        Blk *inner = &fn->blk.at[loop.at[j].header];
        for (uint32_t e = 0; e < inner->pred.n; e++)
            for (uint32_t k = 0; k < loop.n; k++)
                if (k != j && fn->blk.at[inner->pred.at[e]].loop == loop.at[k].header)
                    loop.at[k].innermost = false;
    }
    for (uint32_t k = 0; k < loop.n; k++) {
        int64_t c;
        Loop *l = &loop.at[k];
        if (l->counted && l->innermost && ir_is_int(fn, l->n, &c) && c < STRIP)
            continue;
        fn->have = 0;
        ir_need(fn, HAVE_DOM);
        BlkId body = fn->blk.at[l->header].succ[0], exit = fn->blk.at[l->header].nsucc > 1 ? fn->blk.at[l->header].succ[1] : body;
        bool strips = l->counted && l->plain && l->innermost && exit != body;
        for (uint32_t e = 0; strips && e < fn->blk.at[l->header].pred.n; e++)
            strips = fn->blk.at[l->header].pred.at[e] != exit;
        if (strips)
            strip_mine(fn, l);
        else
            poll_back_edges(fn, l);
    }
    if (fn->recursive) {
        uint32_t at = 0;
        while (ir_ins(fn, fn->blk.at[0].ins.at[at])->op == IR_PHI)
            at++;
        ir_insert(fn, 0, at, IR_STACK_CHECK, ty(TY_NONE), NULL, 0);
    }
    fn->have = 0;
    ir_need(fn, HAVE_DOM);
}
