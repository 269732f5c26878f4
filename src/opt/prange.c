/* prange.c: the loops over numjit.prange → nests of one axis. Only for the parallel target; elsewhere they stay loops.
 *
 * The blocks of the loop become the body, a way back to the header its return. A value carried around must be a reduction:
 * acc = acc op x, on every way (through branches and inner loops too) with one op, or `if x > acc: acc = x`; in the body it begins as the identity of op,
 * what it is worth at the end is the iteration's contribution. A loop that carries anything else stays a loop: right, on
 * one core. A way out of the loop other than its end, or a raise, is an error of the user. */
#include "opt/opt.h"

typedef struct Carried { Ref phi; RedOp op; Ty ty /* of the reduction; phi is a MAYBE of it if it was unbound before */; } Carried;

typedef struct Prange {
    Fn *fn;
    Loop loop;
    BlkId entry;                /* of the body */
    VEC(BlkId) region;          /* its blocks, in reverse postorder */
    Carried carried[8];
    uint32_t ncarried;
    Accumulator sum[NSUM_MAX];
    uint32_t nsum;
    BlkId landing;              /* of the handler around the loop; BLK_NONE */
    TargetId target;
    bool *part;                 /* of what carries the sum that is looked at */
    RemarkId why;               /* it stays a loop */
    Ref carrier;                /* what it carries, if that is why */
} Prange;

static bool in_region(const Prange *p, BlkId b) { return b != BLK_NONE && ir_dominates(p->fn, p->entry, b); }

/* reductions ----------------------------------------------------------------------------------------------------- */

enum { OP_NONE = -1, OP_WRONG = -2 };

static int order_of(const Ins *cmp)
{
    return cmp->op == IR_LT || cmp->op == IR_LE ? RED_MIN : cmp->op == IR_GT || cmp->op == IR_GE ? RED_MAX : OP_WRONG;
}

static bool is_nan_test(const Ins *cmp) { return cmp->op == IR_NE && ref_eq(cmp->arg[0], cmp->arg[1]); }

/* select(x < acc, x, acc) and its likes; select(x != x, x, of that), as in np.maximum. */
static int select_op(const Prange *p, const Ref *arg)
{
    const Ins *cmp = ir_ins(p->fn, arg[0]);
    bool yes = p->part[arg[1].i], no = p->part[arg[2].i];
    if (is_nan_test(cmp) && ref_eq(cmp->arg[0], arg[1]) && no)
        return OP_NONE;
    if (yes && no)
        return p->part[arg[0].i] ? OP_WRONG : OP_NONE;
    int op = order_of(cmp);
    if (op == OP_WRONG || yes == no)
        return OP_WRONG;
    const Ref *side = ir_args(p->fn, cmp);
    Ref x = yes ? arg[2] : arg[1], acc = yes ? arg[1] : arg[2];
    bool straight = ref_eq(side[0], arg[1]) && ref_eq(side[1], arg[2]);
    bool crossed = ref_eq(side[0], arg[2]) && ref_eq(side[1], arg[1]);
    if (!p->part[acc.i] || p->part[x.i] || !(straight || crossed))
        return OP_WRONG;
    return straight ? op : op == RED_MIN ? RED_MAX : RED_MIN;
}

/* `if x > acc: acc = x`: a phi of acc and of x, which comes from a block that the comparison leads to; `if c: acc = True`. */
static int phi_op(const Prange *p, const Ins *in)
{
    const Fn *fn = p->fn;
    const Ref *arg = ir_args(fn, in);
    const Blk *b = &fn->blk.at[in->blk];
    uint32_t nparts = 0;
    for (uint32_t m = 0; m < in->nargs; m++)
        nparts += p->part[arg[m].i];
    if (nparts == in->nargs)
        return OP_NONE;
    if (in->nargs != 2 || nparts != 1)
        return OP_WRONG;
    uint32_t k = p->part[arg[0].i];             /* where x comes from */
    int64_t c;
    if (ty_is_bool(in->ty) && ir_is_int(fn, arg[k], &c))
        return c ? RED_OR : RED_AND;
    const Blk *way = &fn->blk.at[b->pred.at[k]];
    if (way->pred.n != 1 || way->pred.at[0] != b->pred.at[1 - k])
        return OP_WRONG;
    const Blk *from = &fn->blk.at[b->pred.at[1 - k]];
    const Ins *branch = ir_ins(fn, from->ins.at[from->ins.n - 1]);
    bool then = &fn->blk.at[from->succ[0]] == way;
    Ref chosen[3] = { branch->arg[0], arg[then ? k : 1 - k], arg[then ? 1 - k : k] };
    return branch->op == IR_BRANCH ? select_op(p, chosen) : OP_WRONG;
}

/* What a part of a complex number was before something was added to it; none: something else was done. */
static Ref before_sum(const Prange *p, Ref v)
{
    for (;;) {
        const Ins *in = ir_ins(p->fn, v);
        if (in->op != IR_ADD && in->op != IR_SUB)
            return in->op == IR_REAL || in->op == IR_IMAG ? v : REF_NONE;
        v = p->part[in->arg[0].i] ? in->arg[0] : in->arg[1];
    }
}

/* Complex numbers are added part by part. */
static int complex_op(const Prange *p, const Ref *arg)
{
    Ref re = before_sum(p, arg[0]), im = before_sum(p, arg[1]);
    bool sum = !ref_is_none(re) && !ref_is_none(im) && ir_ins(p->fn, re)->op == IR_REAL && ir_ins(p->fn, im)->op == IR_IMAG
        && ref_eq(ir_arg(p->fn, re, 0), ir_arg(p->fn, im, 0)) && p->part[ir_arg(p->fn, re, 0).i];
    return sum ? RED_ADD : OP_WRONG;
}

/* What an op with a part of the sum among its operands does to it. */
static int op_of(const Prange *p, const Ins *in)
{
    const Ref *arg = ir_args(p->fn, in);
    bool a = in->nargs > 0 && p->part[arg[0].i], b = in->nargs > 1 && p->part[arg[1].i];
    switch (in->op) {
    case IR_PHI: return phi_op(p, in);
    case IR_ADD: return a != b ? RED_ADD : OP_WRONG;
    case IR_SUB: return a && !b ? RED_ADD : OP_WRONG;
    case IR_MUL: return a != b ? RED_MUL : OP_WRONG;
    case IR_DIV: return a && !b && ty_is_float(in->ty) ? RED_MUL : OP_WRONG;
    case IR_AND: return a != b ? RED_AND : OP_WRONG;
    case IR_OR: return a != b ? RED_OR : OP_WRONG;
    case IR_XOR: return a != b ? RED_XOR : OP_WRONG;
    case IR_SELECT: return select_op(p, arg);
    case IR_MATH: return a == b || in->nargs != 2 ? OP_WRONG : in->imm.i == MATH_MINIMUM ? RED_MIN : in->imm.i == MATH_MAXIMUM ? RED_MAX : OP_WRONG;
    case IR_COMPLEX: return complex_op(p, arg);
    case IR_REAL: case IR_IMAG: return OP_NONE;
    case IR_LT: case IR_LE: case IR_GT: case IR_GE: return a != b ? OP_NONE : OP_WRONG;
    case IR_NE: return is_nan_test(in) ? OP_NONE : OP_WRONG;
    default: return OP_WRONG;
    }
}

static bool uses_part(const Prange *p, const Ins *in)
{
    for (uint32_t k = 0; k < in->nargs; k++)
        if (p->part[ir_args(p->fn, in)[k].i])
            return true;
    return false;
}

/* Does the branch choose between the sum and what takes its place (phi_op), and nothing else? */
static bool branch_selects(const Prange *p, const Ins *branch)
{
    const Blk *from = &p->fn->blk.at[branch->blk];
    for (uint32_t s = 0; branch->op == IR_BRANCH && s < 2; s++) {
        const Blk *way = &p->fn->blk.at[from->succ[s]], *join = &p->fn->blk.at[from->succ[1 - s]];
        bool parts = way->ins.n == 1 && way->pred.n == 1 && way->nsucc == 1 && &p->fn->blk.at[way->succ[0]] == join;
        for (uint32_t k = 0; k < join->ins.n && ir_ins(p->fn, join->ins.at[k])->op == IR_PHI; k++)
            parts &= p->part[join->ins.at[k].i];
        if (parts)
            return true;
    }
    return false;
}

/* Is a comparison used by selects of the sum alone? */
static bool only_selects(const Prange *p, Ref cmp)
{
    for (uint32_t k = 0; k < p->region.n; k++) {
        const Blk *b = &p->fn->blk.at[p->region.at[k]];
        for (uint32_t j = 0; j < b->ins.n; j++) {
            const Ins *in = ir_ins(p->fn, b->ins.at[j]);
            for (uint32_t m = 0; m < in->nargs; m++)
                if (ref_eq(ir_args(p->fn, in)[m], cmp) && !(in->op == IR_SELECT && m == 0 && p->part[b->ins.at[j].i]) && !branch_selects(p, in))
                    return false;
        }
    }
    return true;
}

static bool is_compare(const Ins *in) { return (in->op >= IR_LT && in->op <= IR_GE) || is_nan_test(in); }

/* Marks what is computed from the sum, to a fixed point. */
static void mark_parts(Prange *p)
{
    for (bool more = true; more; ) {
        more = false;
        for (uint32_t k = 0; k < p->region.n; k++) {
            const Blk *b = &p->fn->blk.at[p->region.at[k]];
            for (uint32_t j = 0; j < b->ins.n; j++) {
                Ref r = b->ins.at[j];
                const Ins *in = ir_ins(p->fn, r);
                if (p->part[r.i] || in->op == IR_JUMP || is_compare(in) || !uses_part(p, in))
                    continue;
                p->part[r.i] = more = true;
            }
        }
    }
}

/* The op of the reduction that phi carries; OP_WRONG: it is none. */
static int reduction_op(Prange *p, Ref phi)
{
    Fn *fn = p->fn;
    int op = OP_NONE;
    memset(p->part, 0, fn->ins.n);
    p->part[phi.i] = true;
    mark_parts(p);
    for (uint32_t k = 0; k < p->region.n; k++) {
        const Blk *b = &fn->blk.at[p->region.at[k]];
        for (uint32_t j = 0; j < b->ins.n; j++) {
            Ref r = b->ins.at[j];
            const Ins *in = ir_ins(fn, r);
            if (!uses_part(p, in))
                continue;
            int now = op_of(p, in);
            if (now == OP_WRONG || (is_compare(in) && !only_selects(p, r)))
                return OP_WRONG;
            if (op != OP_NONE && now != OP_NONE && now != op)
                return OP_WRONG;
            op = now == OP_NONE ? op : now;
        }
    }
    const Blk *h = &fn->blk.at[p->loop.header];
    for (uint32_t j = 0; j < h->ins.n; j++) {           /* the header's own: its phis, the test */
        const Ins *in = ir_ins(fn, h->ins.at[j]);
        for (uint32_t e = 0; e < in->nargs; e++) {
            bool part = p->part[ir_args(fn, in)[e].i], back = in->op == IR_PHI && in_region(p, h->pred.at[e]);
            if (ref_eq(h->ins.at[j], phi) ? part != back : part)
                return OP_WRONG;
        }
    }
    return op == OP_NONE ? RED_ADD : op;
}

/* shape ---------------------------------------------------------------------------------------------------------- */

/* The value that iterations leave in phi by the e-th way; where it was unbound before, what it is bound to. None: it may stay unbound. */
static Ref left_by(const Fn *fn, Ref phi, uint32_t e)
{
    Ref v = ir_arg(fn, phi, e);
    if (ir_ty(fn, phi)->kind != TY_MAYBE)
        return v;
    return ir_ins(fn, v)->op == IR_SOME ? ir_arg(fn, v, 0) : REF_NONE;
}

static bool always_bound(const Prange *p, Ref phi)
{
    const Blk *h = &p->fn->blk.at[p->loop.header];
    for (uint32_t e = 0; e < h->pred.n; e++)
        if (in_region(p, h->pred.at[e]) && ref_is_none(left_by(p->fn, phi, e)))
            return false;
    return true;
}

/* Does no iteration read it? Then what it is worth afterwards is the last one's. */
static bool is_last(const Prange *p, Ref phi)
{
    for (uint32_t k = 0; k <= p->region.n; k++) {
        const Blk *b = &p->fn->blk.at[k < p->region.n ? p->region.at[k] : p->loop.header];
        for (uint32_t j = 0; j < b->ins.n; j++)
            for (uint32_t m = 0; m < ir_ins(p->fn, b->ins.at[j])->nargs; m++)
                if (ref_eq(ir_arg(p->fn, b->ins.at[j], m), phi))
                    return false;
    }
    return p->target == TARGET_PARALLEL && always_bound(p, phi);        /* a kernel's threads do not have neighbouring iterations */
}

static bool look_at_carried(Prange *p)
{
    const Blk *h = &p->fn->blk.at[p->loop.header];
    p->part = arena_new_n(p->fn->unit->arena, bool, p->fn->ins.n);
    for (uint32_t k = 0; k < h->ins.n; k++) {
        Ref r = h->ins.at[k];
        Ty t = ir_ty(p->fn, r);
        if (ir_ins(p->fn, r)->op != IR_PHI || ref_eq(r, p->loop.idx))
            continue;
        p->why = REMARK_SERIAL_CARRIED, p->carrier = r;
        bool last = is_last(p, r);
        Ty value = last && t->kind == TY_MAYBE ? t->elem : t;
        if (!ty_is_scalar(value) || value->kind == TY_PTR || p->ncarried == countof(p->carried))
            return false;
        int op = last ? RED_LAST : reduction_op(p, r);
        if (op == OP_WRONG)
            return false;
        p->carried[p->ncarried++] = (Carried){ r, (RedOp)op, value };
    }
    return true;
}

static void look_at_ways(Prange *p)
{
    Fn *fn = p->fn;
    for (uint32_t k = 0; k < p->region.n; k++) {
        const Blk *b = &fn->blk.at[p->region.at[k]];
        const Ins *last = ir_ins(fn, b->ins.at[b->ins.n - 1]);
        bool out = last->op == IR_RETURN;
        for (uint32_t s = 0; s < b->nsucc; s++)
            out |= b->succ[s] != p->loop.header && !in_region(p, b->succ[s]);
        if (out)
            fail(fn->unit, &fn->pos.at[last->pos], DIAG_CONSTRUCT, "break or return in a prange loop", "its iterations run side by side");
    }
}

/* A phi of the header that the loop does not change, as `acc += row` leaves of acc: it is what it begins as. */
static void drop_unchanged(Prange *p)
{
    Fn *fn = p->fn;
    Blk *h = &fn->blk.at[p->loop.header];
    uint32_t n = 0;
    for (uint32_t k = 0; k < h->ins.n; k++) {
        Ref r = h->ins.at[k], first = REF_NONE;
        bool same = ir_ins(fn, r)->op == IR_PHI;
        for (uint32_t e = 0; same && e < h->pred.n; e++) {
            Ref v = ir_arg(fn, r, e);
            same = ref_eq(v, r) || ref_is_none(first) || ref_eq(v, first);
            first = ref_eq(v, r) ? first : v;
        }
        if (same && ir_ty(fn, first) == ir_ty(fn, r)) {
            ir_replace(fn, r, first);
            *ir_ins(fn, r) = (Ins){ .op = IR_NOP, .blk = BLK_NONE, .ty = ir_ty(fn, r) };
        } else {
            h->ins.at[n++] = r;
        }
    }
    h->ins.n = n;
}

/* Is the handler around the loop blind to it? Nothing that is reached from where its exceptions land uses a value of the loop. */
static bool sees_nothing(const Prange *p)
{
    Fn *fn = p->fn;
    VEC(BlkId) work = { 0 };
    bool *reached = arena_new_n(fn->unit->arena, bool, fn->blk.n);
    vec_push(fn->unit->arena, &work, p->landing);
    while (work.n > 0) {
        BlkId b = work.at[--work.n];
        const Blk *blk = &fn->blk.at[b];
        if (reached[b] || b == p->loop.header)
            continue;
        reached[b] = true;
        for (uint32_t k = 0; k < blk->nsucc; k++)
            vec_push(fn->unit->arena, &work, blk->succ[k]);
        if (blk->handler != BLK_NONE)
            vec_push(fn->unit->arena, &work, blk->handler);
    }
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; reached[b] && k < fn->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            for (uint32_t m = 0; m < in->nargs; m++) {
                BlkId from = ir_ins(fn, ir_args(fn, in)[m])->blk;
                bool way = in->op != IR_PHI || reached[fn->blk.at[b].pred.at[m]];
                if (way && (from == p->loop.header || in_region(p, from)))
                    return false;
            }
        }
    return true;
}

/* A `try` in the body goes with it. One around the loop must have one landing block for all of it, and see nothing of it. */
static bool look_at_handlers(Prange *p)
{
    const Fn *fn = p->fn;
    p->landing = fn->blk.at[p->loop.header].handler;
    for (uint32_t k = 0; k < p->region.n; k++) {
        BlkId h = fn->blk.at[p->region.at[k]].handler;
        if (h == BLK_NONE)
            continue;
        if (in_region(p, h)) {
            for (uint32_t s = 0; s < fn->blk.at[h].nsucc; s++)
                if (!in_region(p, fn->blk.at[h].succ[s]))
                    return false;
        } else if (p->landing != BLK_NONE && p->landing != h) {
            return false;
        } else {
            p->landing = h;
        }
    }
    return p->landing == BLK_NONE || sees_nothing(p);
}

/* false: it stays a loop. */
static bool look(Prange *p)
{
    Fn *fn = p->fn;
    const Blk *h = &fn->blk.at[p->loop.header];
    p->entry = h->succ[0];
    p->why = REMARK_SERIAL_COUNT;
    if (!p->loop.counted || !p->loop.plain || fn->blk.at[p->entry].pred.n != 1)
        return false;
    uint32_t n;
    const BlkId *rpo = ir_rpo(fn, &n);
    for (uint32_t k = 0; k < n; k++)
        if (in_region(p, rpo[k]))
            vec_push(fn->unit->arena, &p->region, rpo[k]);
    p->why = REMARK_SERIAL_TRY;
    if (!look_at_handlers(p))
        return false;
    p->why = REMARK_SERIAL_COUNT;
    look_at_ways(p);
    drop_unchanged(p);
    for (uint32_t k = 0; k < p->region.n; k++)
        opt_reread(fn, p->region.at[k]);
    if (p->target == TARGET_PARALLEL)
        p->nsum = accumulate_look(fn, p->entry, p->loop.idx, p->sum, countof(p->sum));
    for (uint32_t k = 0; k < h->ins.n; k++) {           /* the start is 0: infer makes loops so */
        int64_t c;
        for (uint32_t e = 0; ref_eq(h->ins.at[k], p->loop.idx) && e < h->pred.n; e++)
            if (!in_region(p, h->pred.at[e]) && !(ir_is_int(fn, ir_arg(fn, p->loop.idx, e), &c) && c == 0))
                return false;
    }
    return look_at_carried(p);
}

/* the nest ------------------------------------------------------------------------------------------------------- */

typedef struct Move {
    Prange *p;
    NestBuild nb;
    Ref *map;                   /* of the region's values, the index, the sums */
    BlkId *to;
} Move;

static Ref moved(Move *m, Ref r)
{
    const Ins *in = ir_ins(m->p->fn, r);
    if (!ref_is_none(m->map[r.i]))
        return m->map[r.i];
    if (in_region(m->p, in->blk))
        nj_bug(m->p->fn->unit, "prange: v%u is used before it is there", r.i);
    return m->map[r.i] = nest_use(&m->nb, r);
}

static Ref first_value(Move *m, const Carried *c)
{
    Fn *fn = m->p->fn, *body = m->nb.body;
    const Blk *h = &fn->blk.at[m->p->loop.header];
    Ref one = c->op == RED_LAST ? ir_zero(body, c->ty) : ir_identity(body, c->op, c->ty);
    for (uint32_t e = 0; ref_is_none(one) && e < h->pred.n; e++)
        if (!in_region(m->p, h->pred.at[e]))
            one = moved(m, ir_arg(fn, c->phi, e));
    return one;
}

/* The way from b back to the header: a return of the contributions. */
static void contribute(Move *m, BlkId from)
{
    Fn *fn = m->p->fn, *body = m->nb.body;
    const Blk *h = &fn->blk.at[m->p->loop.header];
    Ref item[8];
    uint32_t e = 0, n = m->p->ncarried;
    while (h->pred.at[e] != from)
        e++;
    for (uint32_t k = 0; k < n; k++)
        item[k] = moved(m, left_by(fn, m->p->carried[k].phi, e));
    ir_return(body, n == 0 ? REF_NONE : n == 1 ? item[0] : ir_tuple(body, body->ret, item, n));
}

static void move_terminator(Move *m, BlkId b, const Ins *in)
{
    Fn *fn = m->p->fn, *body = m->nb.body;
    const Blk *from = &fn->blk.at[b];
    BlkId h = m->p->loop.header, way[2];
    if (from->nsucc == 1 && from->succ[0] == h) {
        contribute(m, b);
        return;
    }
    for (uint32_t s = 0; s < from->nsucc; s++)
        way[s] = from->succ[s] == h ? ir_block(body, body->cur) : m->to[from->succ[s]];
    Ref arg[3];
    for (uint32_t k = 0; k < in->nargs && k < 3; k++)
        arg[k] = moved(m, ir_args(fn, in)[k]);
    if (in->op == IR_JUMP)
        ir_jump(body, way[0]);
    else
        ir_branch(body, arg[0], way[0], way[1]);
    for (uint32_t s = 0; s < from->nsucc; s++)
        if (from->succ[s] == h) {
            ir_at(body, way[s]);
            contribute(m, b);
        }
}

static void move_op(Move *m, Ref r)
{
    Fn *fn = m->p->fn, *body = m->nb.body;
    Ins in = *ir_ins(fn, r);
    body->cur_pos = ir_pos(body, fn->pos.at[in.pos]);
    if (in.op == IR_PHI) {
        if (in.flags & INS_PRANGE)
            remark(fn, in.pos, 0, REMARK_SERIAL_INSIDE);
        m->map[r.i] = ir_phi(body, body->cur, in.ty);
        return;
    }
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = ref_is_none(ir_args(fn, &in)[k]) ? REF_NONE : moved(m, ir_args(fn, &in)[k]);
    m->map[r.i] = ir_emit_imm(body, in.op, in.ty, arg, in.nargs, in.imm.i);
    ir_ins(body, m->map[r.i])->flags = in.flags;
}

/* Where the arrays are that the loop accumulates in, each chunk finds for its own. */
static void move_addresses(Move *m)
{
    Prange *p = m->p;
    Fn *fn = p->fn;
    uint32_t n;
    const BlkId *rpo = ir_rpo(fn, &n);
    bool *marked = arena_new_n(fn->unit->arena, bool, fn->ins.n);
    accumulate_addresses(fn, p->entry, p->sum, p->nsum, marked);
    ir_at(m->nb.body, 0);
    for (uint32_t b = 0; b < n; b++)
        for (uint32_t k = 0; !in_region(p, rpo[b]) && k < fn->blk.at[rpo[b]].ins.n; k++)
            if (marked[fn->blk.at[rpo[b]].ins.at[k].i])
                move_op(m, fn->blk.at[rpo[b]].ins.at[k]);
}

static void fill_phis(Move *m, BlkId b)
{
    Fn *fn = m->p->fn, *body = m->nb.body;
    const Blk *from = &fn->blk.at[b], *to = &body->blk.at[m->to[b]];
    for (uint32_t j = 0; j < from->ins.n && ir_ins(fn, from->ins.at[j])->op == IR_PHI; j++)
        for (uint32_t e = 0; e < to->pred.n; e++)
            for (uint32_t k = 0; k < from->pred.n; k++)
                if (m->to[from->pred.at[k]] == to->pred.at[e])
                    ir_add_arg(body, m->map[from->ins.at[j].i], moved(m, ir_arg(fn, from->ins.at[j], k)));
}

static bool ends(const Ins *in) { return ir_is_terminator(in->op); }

/* Is the handler of this block in the body too? */
static bool is_inner(const Prange *p, BlkId b) { return in_region(p, p->fn->blk.at[b].handler); }

static void move_body(Move *m)
{
    Prange *p = m->p;
    Fn *fn = p->fn, *body = m->nb.body;
    for (uint32_t k = 0; k < p->region.n; k++) {
        BlkId b = p->region.at[k];
        m->to[b] = k == 0 ? 0 : ir_block(body, m->to[fn->blk.at[b].idom]);
        body->blk.at[m->to[b]].cold = fn->blk.at[b].cold;
    }
    for (uint32_t k = 0; k < p->region.n; k++)
        if (is_inner(p, p->region.at[k]))
            ir_protect(body, m->to[p->region.at[k]], m->to[fn->blk.at[p->region.at[k]].handler]);
    move_addresses(m);
    for (uint32_t k = 0; k < p->region.n; k++) {
        BlkId b = p->region.at[k];
        ir_at(body, m->to[b]);
        for (uint32_t j = 0; j < fn->blk.at[b].ins.n; j++) {
            Ref r = fn->blk.at[b].ins.at[j];
            Ins in = *ir_ins(fn, r);
            if (in.op == IR_JUMP || in.op == IR_BRANCH)
                move_terminator(m, b, &in);
            else if (in.op != IR_POLL || in.imm.i != POLL_TURN || is_inner(p, b))
                move_op(m, r);
            if (ends(&in))
                break;
        }
    }
    for (uint32_t k = 0; k < p->region.n; k++)
        fill_phis(m, p->region.at[k]);
}

/* The captures that are accumulated in. */
static void note_sums(const Move *m, Ref value)
{
    const Prange *p = m->p;
    Nest *nest = m->nb.nest;
    for (uint32_t s = 0; s < p->nsum; s++)
        for (uint32_t k = 0; k < nest->ncapture; k++)
            if (ref_eq(ir_arg(p->fn, value, nest->ndim + k), p->sum[s].array)) {
                nest->sum[nest->nsum].capture = k;
                nest->sum[nest->nsum++].op = p->sum[s].op;
            }
}

static bool was_unbound(const Prange *p, uint32_t k) { return ir_ty(p->fn, p->carried[k].phi) != p->carried[k].ty; }

/* What a name that was unbound before is bound to afterwards: the last value, if there was an iteration. */
static Ref if_it_ran(const Prange *p, Ref phi, Ref last, Ref before)
{
    Fn *fn = p->fn;
    IrIf s = ir_if(fn, ir_cmp(fn, IR_LT, ir_int(fn, ir_ty(fn, p->loop.n), 0), p->loop.n));
    Ref some = ir_some(fn, ir_ty(fn, phi), last);
    ir_else(fn, &s);
    return ir_endif(fn, &s, some, before);
}

/* The header: what it was but the test, the nest, the way on. */
static void rebuild_header(Move *m)
{
    Prange *p = m->p;
    Fn *fn = p->fn;
    Blk *h = &fn->blk.at[p->loop.header];
    BlkId exit = h->succ[1], before = BLK_NONE;
    Ref before_loop[8];
    for (uint32_t e = 0; e < h->pred.n; e++)
        if (!in_region(p, h->pred.at[e])) {
            before = h->pred.at[e];
            for (uint32_t k = 0; k < p->ncarried; k++)
                before_loop[k] = ir_arg(fn, p->carried[k].phi, e);
        }
    h->ins.n = 0;
    h->pred.n = 1;
    h->pred.at[0] = before;
    h->nsucc = 0;
    ir_protect(fn, p->loop.header, p->landing);
    ir_at(fn, p->loop.header);
    for (uint32_t k = 0; k < p->ncarried; k++)
        nest_reduce(&m->nb, p->carried[k].op, p->carried[k].ty, was_unbound(p, k) ? ir_zero(fn, p->carried[k].ty) : before_loop[k]);
    Ref value = nest_close(&m->nb);
    note_sums(m, value);
    for (uint32_t k = 0; k < p->ncarried; k++) {
        Ref x = p->ncarried == 1 ? value : ir_item(fn, value, k);
        ir_replace(fn, p->carried[k].phi, was_unbound(p, k) ? if_it_ran(p, p->carried[k].phi, x, before_loop[k]) : x);
    }
    loop_jump(fn, exit);
    for (uint32_t e = 0; e < fn->blk.at[exit].pred.n; e++)
        if (fn->blk.at[exit].pred.at[e] == p->loop.header)
            fn->blk.at[exit].pred.at[e] = fn->cur;
}

static void make_nest(Prange *p)
{
    Fn *fn = p->fn;
    Ty item[8];
    for (uint32_t k = 0; k < p->ncarried; k++)
        item[k] = p->carried[k].ty;
    Ty result = p->ncarried == 0 ? ty(TY_NONE) : p->ncarried == 1 ? item[0] : ty_tuple(fn->unit->types, item, p->ncarried);
    fn->cur_pos = ir_ins(fn, fn->blk.at[p->loop.header].ins.at[fn->blk.at[p->loop.header].ins.n - 1])->pos;
    Move m = { .p = p, .nb = nest_begin(fn, &p->loop.n, 1, NEST_PRANGE | NEST_APART) };
    m.nb.body->ret = result;
    m.map = arena_new_n(fn->unit->arena, Ref, fn->ins.n);
    m.to = arena_new_n(fn->unit->arena, BlkId, fn->blk.n);
    for (BlkId b = 0; b < fn->blk.n; b++)
        m.to[b] = BLK_NONE;
    m.map[p->loop.idx.i] = m.nb.index[0];
    for (uint32_t k = 0; k < p->ncarried; k++)
        m.map[p->carried[k].phi.i] = first_value(&m, &p->carried[k]);
    move_body(&m);
    rebuild_header(&m);
    ir_remove_unreachable(m.nb.body);
    ir_remove_unreachable(fn);
    fn->have = 0;
}

bool prange_any(const Fn *fn)
{
    for (uint32_t v = 1; v < fn->ins.n; v++)
        if (fn->ins.at[v].op == IR_PHI && fn->ins.at[v].flags & INS_PRANGE)
            return true;
    return false;
}

static Ref next_prange(Fn *fn)
{
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            if (in->op == IR_PHI && in->flags & INS_PRANGE) {
                in->flags &= (uint8_t)~INS_PRANGE;      /* looked at once */
                return fn->blk.at[b].ins.at[k];
            }
        }
    return REF_NONE;
}

/* needs: nothing.  breaks: everything. */
void opt_prange(Fn *fn, TargetId target)
{
    Ref phi;
    while (!ref_is_none(phi = next_prange(fn))) {
        ir_need(fn, HAVE_DOM | HAVE_LOOPS);
        Prange p = { .fn = fn, .target = target, .loop = loop_look(fn, ir_ins(fn, phi)->blk) };
        uint32_t at = ir_ins(fn, phi)->pos;
        if (look(&p) && ref_eq(p.loop.idx, phi))
            make_nest(&p);
        else
            remark(fn, at, 0, p.why, p.why == REMARK_SERIAL_CARRIED ? ty_name(ir_ty(fn, p.carrier)) : "");
    }
}
