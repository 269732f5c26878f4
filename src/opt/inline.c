/* inline.c: calls of small functions → what they do, before nests are fused: so an expression is one pass over memory however many
 * functions it is written in, and a body of a nest that calls can still be merged and turned into vectors.
 *
 * A function is small without loops, handlers and calls of itself, and with at most so many instructions, those of its
 * nests counted, and without those that the call's constant operands decide against: LLVM inlines the others that it likes.
 * One that gives a small array of constant extents may have loops, which will be written out: inside the caller that array
 * needs no memory but the frame's. A position in it becomes one of the caller's that says which function it is of and where
 * that was called (Pos.site); tracebacks and debuggers show both. What is inlined into a function of numjit/lib, which has
 * no frame, is of numjit/lib too. */
#include "opt/opt.h"
#include "ir/remark.h"

enum { NEST_MAX = 250, SCALAR_MAX = 50, GROWTH_MAX = 3000 };

static uint32_t size_of(const Fn *fn, bool *nests)
{
    uint32_t n = 0;
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            n++;
            if (in->op == IR_NEST) {
                *nests = true;
                n += size_of(((const Nest *)in->imm.p)->body, nests);
            }
        }
    return n;
}

/* Is there one way out, and what it gives a new array that a frame has room for? */
static bool gives_small(const Fn *fn)
{
    uint32_t nsmall = 0, nother = 0;
    for (BlkId b = 0; b < fn->blk.n; b++) {
        const Ins *last = ir_ins(fn, fn->blk.at[b].ins.at[fn->blk.at[b].ins.n - 1]);
        const Ins *in = last->op == IR_RETURN && last->nargs == 1 ? ir_ins(fn, ir_args(fn, last)[0]) : last;
        bool small = in->op == IR_NEW && opt_fits_frame(fn, in);
        nsmall += small;
        nother += last->op == IR_RETURN && !small;
    }
    return nsmall == 1 && nother == 0;
}

/* Nothing that is caught, a way that returns, no loops. */
static bool is_plain(Fn *fn, bool loops)
{
    bool returns = false;
    ir_need(fn, HAVE_DOM | HAVE_LOOPS);
    for (BlkId b = 0; b < fn->blk.n; b++) {
        const Blk *blk = &fn->blk.at[b];
        if ((blk->is_header && !loops) || blk->handler != BLK_NONE)
            return false;
        returns |= ir_ins(fn, blk->ins.at[blk->ins.n - 1])->op == IR_RETURN;
    }
    return returns;
}

static bool is_small(const Fn *fn)
{
    bool nests = false;
    uint32_t n = size_of(fn, &nests);
    return n <= (nests || gives_small(fn) ? NEST_MAX : SCALAR_MAX);
}

bool opt_may_inline(Fn *fn)
{
    bool nests = false;
    return size_of(fn, &nests) <= NEST_MAX && !fn->recursive && is_plain(fn, gives_small(fn));
}

/* Positions of a callee → the caller's. */
typedef struct Move { Arena *arena; Pos call; const Site *root; VEC(const Site *) from, to; } Move;

/* The same chain of calls, begun with the one that is inlined; one for all positions that share it. */
static const Site *move_site(Move *m, const Site *s)
{
    if (!s)
        return m->root;
    for (uint32_t k = 0; k < m->from.n; k++)
        if (m->from.at[k] == s)
            return m->to.at[k];
    Site *new = arena_new_of(m->arena, Site);
    *new = *s;
    new->call.site = move_site(m, s->call.site);
    vec_push(m->arena, &m->from, s);
    vec_push(m->arena, &m->to, new);
    return new;
}

static void move_positions(Move *m, Fn *copy)
{
    for (uint32_t k = 0; k < copy->pos.n; k++)
        if (m->root && copy->pos.at[k].line > 0)
            copy->pos.at[k].site = move_site(m, copy->pos.at[k].site);
        else
            copy->pos.at[k] = m->call;
    for (BlkId b = 0; b < copy->blk.n; b++)
        for (uint32_t k = 0; k < copy->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(copy, copy->blk.at[b].ins.at[k]);
            if (in->op == IR_NEST)
                move_positions(m, ((const Nest *)in->imm.p)->body);
        }
}

/* Bounds and divisors are checked, or not, where the IR was built: these options matter no more. */
static bool same_options(const FnOptions *a, const FnOptions *b)
{
    return a->fastmath == b->fastmath && a->parallel == b->parallel && a->debug == b->debug;
}

static bool fits(const Fn *fn, const Ins *call, const Fn *callee)
{
    if (call->nargs != callee->nparam || call->ty != callee->ret || !same_options(&fn->opt, &callee->opt))
        return false;
    for (uint32_t k = 0; k < call->nargs; k++)
        if (ir_ty(fn, ir_args(fn, call)[k]) != ir_ty(callee, callee->param[k]))
            return false;
    return true;
}

static bool is_number(const Ins *in) { return in->op == IR_CONST && ty_is_scalar(in->ty); }

/* The callee as this call needs it: where operands are constants, without what they decide. NULL: that is not small. */
static Fn *as_called(Fn *fn, const Ins *call, const Fn *callee)
{
    uint32_t nknown = 0;
    for (uint32_t k = 0; k < call->nargs; k++)
        nknown += is_number(ir_ins(fn, ir_args(fn, call)[k]));
    if (nknown == 0)
        return is_small(callee) ? ir_copy(fn->unit, callee) : NULL;
    Fn *copy = ir_copy(fn->unit, callee);
    for (uint32_t k = 0; k < call->nargs; k++) {
        const Ins *x = ir_ins(fn, ir_args(fn, call)[k]);
        if (is_number(x))
            ir_replace(copy, copy->param[k], ir_emit_imm(copy, IR_CONST, x->ty, NULL, 0, x->imm.i));
    }
    for (bool more = true; more; ) {
        ir_fold(copy);
        if ((more = ir_decide(copy)))
            ir_straighten(copy);
    }
    return is_small(copy) && is_plain(copy, true) ? copy : NULL;
}

static void replace(Fn *fn, BlkId b, uint32_t at, Fn *copy, const Site *site)
{
    Ref r = fn->blk.at[b].ins.at[at];
    Ins in = *ir_ins(fn, r);
    Pos call = fn->pos.at[in.pos];
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    memcpy(arg, ir_args(fn, ir_ins(fn, r)), in.nargs * sizeof(Ref));
    if (site)
        remark(fn, in.pos, 0, REMARK_INLINED);
    Site *root = site ? arena_new_of(fn->unit->arena, Site) : NULL;
    if (root) {
        *root = *site;
        root->call = call;
    }
    move_positions(&(Move){ .arena = fn->unit->arena, .call = call, .root = root }, copy);
    BlkId handler = fn->blk.at[b].handler, rest = nest_split(fn, b, at);
    fn->known = NULL;
    ir_at(fn, b);
    Ref result = nest_body(fn, copy, arg, handler, NULL);
    fn->cur_pos = in.pos;
    ir_replace(fn, r, ref_is_none(result) ? ir_none(fn) : result);
    ir_jump(fn, rest);
    fn->blk.at[rest].idom = fn->cur;
    *ir_ins(fn, r) = (Ins){ .op = IR_NOP, .blk = BLK_NONE, .ty = in.ty };
}

/* needs: nothing.  breaks: everything. */
void opt_inline(Fn *fn, const Fn *(*body_of)(const struct Instance *callee, const Site **site))
{
    bool any = false, nests = false;
    uint32_t room = size_of(fn, &nests) + GROWTH_MAX;
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            Ins in = *ir_ins(fn, fn->blk.at[b].ins.at[k]);
            const Site *site = NULL;
            if (in.op == IR_NEST)
                opt_inline(((const Nest *)in.imm.p)->body, body_of);
            const Fn *callee = in.op == IR_CALL ? body_of(in.imm.p, &site) : NULL;
            Fn *copy = callee && fits(fn, &in, callee) && fn->ins.n <= room ? as_called(fn, &in, callee) : NULL;
            if (!copy)
                continue;
            replace(fn, b, k, copy, site);
            any = true;
            break;                      /* what stood behind it is in a block behind this one */
        }
    if (!any)
        return;
    fn->have = 0;
    ir_straighten(fn);
    ir_fold(fn);
}
