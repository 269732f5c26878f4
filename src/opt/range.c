/* range.c: bounds of integers, and linear forms.
 *
 * A phi of a loop is first taken to stay between its starting values and what 2^60 steps can make of them; that holds
 * if one turn adds no more than STEP_MAX. (Every loop polls, so 2^56 turns take months, whatever LLVM makes of them.) An extent is
 * below 2^62. So i + k of two counters does not wrap, and what cannot wrap is a sum in mathematics too. */
#include "opt/range.h"

enum { STEP_MAX = 16, DEPTH_MAX = 64, WORK_MAX = 50000, WAY_MAX = 6 };
static const int64_t REACH = INT64_C(1) << 60, EXTENT_MAX = INT64_C(1) << 62;
static const Range everything = { INT64_MIN, INT64_MAX };

struct Ranges {
    Fn *fn;
    uint32_t nvalue, depth, work;
    Range *at;
    uint8_t *known;
    Ref *to;                    /* forwarded; REF_NONE: itself */
    VEC(uint32_t) trail;        /* what was found, in order: an assumption that fails takes back what rests on it */
};

Ranges *ranges_new(Fn *fn)
{
    Arena *a = fn->unit->arena;
    Ranges *r = arena_new_of(a, Ranges);
    r->fn = fn;
    r->nvalue = fn->ins.n;
    r->at = arena_new_n(a, Range, fn->ins.n);
    r->known = arena_new_n(a, uint8_t, fn->ins.n);
    r->to = arena_new_n(a, Ref, fn->ins.n);
    return r;
}

void ranges_forward(Ranges *r, Ref from, Ref to)
{
    if (from.i < r->nvalue)
        r->to[from.i] = to;
}

Ref ranges_real(const Ranges *r, Ref v)
{
    while (v.i < r->nvalue && !ref_is_none(r->to[v.i]))
        v = r->to[v.i];
    return v;
}

bool range_is_i64(Ty t) { return t && ty_is_int(t) && ty_bits(t) == 64 && !ty_is_unsigned(t); }

static Range type_range(Ty t)
{
    if (!t || !(ty_is_int(t) || ty_is_bool(t)) || ty_bits(t) >= 64)
        return everything;
    int64_t top = INT64_C(1) << (ty_bits(t) - 1);
    if (ty_is_bool(t))
        return (Range){ 0, 1 };
    return ty_is_unsigned(t) ? (Range){ 0, 2 * top - 1 } : (Range){ -top, top - 1 };
}

static Range join(Range a, Range b)
{
    return (Range){ a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi };
}

static Range meet(Range a, Range b)
{
    return (Range){ a.lo > b.lo ? a.lo : b.lo, a.hi < b.hi ? a.hi : b.hi };
}

static bool within(Range a, Range b) { return a.lo >= b.lo && a.hi <= b.hi; }

static Range times(Range a, Range b)
{
    int64_t p[4];
    if (__builtin_mul_overflow(a.lo, b.lo, &p[0]) || __builtin_mul_overflow(a.lo, b.hi, &p[1])
        || __builtin_mul_overflow(a.hi, b.lo, &p[2]) || __builtin_mul_overflow(a.hi, b.hi, &p[3]))
        return everything;
    Range r = { p[0], p[0] };
    for (int k = 1; k < 4; k++)
        r = join(r, (Range){ p[k], p[k] });
    return r;
}

/* All ones up to the highest bit of x. */
static int64_t ones(int64_t x)
{
    return x <= 0 ? 0 : (int64_t)(UINT64_MAX >> __builtin_clzll((uint64_t)x));
}

static Range of_op(IrOp op, Range a, Range b)
{
    Range r;
    bool natural = a.lo >= 0 && b.lo >= 0;
    if ((op == IR_DIV || op == IR_REM) && b.lo == 0 && b.hi > 0)
        b.lo = 1;               /* nothing is divided by 0 */
    switch (op) {
    case IR_ADD:
        return __builtin_add_overflow(a.lo, b.lo, &r.lo) || __builtin_add_overflow(a.hi, b.hi, &r.hi) ? everything : r;
    case IR_SUB:
        return __builtin_sub_overflow(a.lo, b.hi, &r.lo) || __builtin_sub_overflow(a.hi, b.lo, &r.hi) ? everything : r;
    case IR_MUL:
        return times(a, b);
    case IR_AND:
        return natural ? (Range){ 0, a.hi < b.hi ? a.hi : b.hi } : a.lo >= 0 ? (Range){ 0, a.hi }
             : b.lo >= 0 ? (Range){ 0, b.hi } : everything;
    case IR_OR: case IR_XOR:
        return natural ? (Range){ 0, ones(a.hi | b.hi) } : everything;
    case IR_SHR:
        return b.lo < 0 || b.hi > 63 ? everything
             : (Range){ a.lo < 0 ? a.lo >> b.lo : a.lo >> b.hi, a.hi < 0 ? a.hi >> b.hi : a.hi >> b.lo };
    case IR_SHL:
        return b.lo < 0 || b.hi > 61 ? everything : times(a, (Range){ INT64_C(1) << b.lo, INT64_C(1) << b.hi });
    case IR_DIV:
        return a.lo >= 0 && b.lo >= 1 ? (Range){ a.lo / b.hi, a.hi / b.lo } : everything;
    case IR_REM:
        return b.lo < 1 ? everything : a.lo >= 0 ? (Range){ 0, a.hi < b.hi - 1 ? a.hi : b.hi - 1 }
             : (Range){ 1 - b.hi, b.hi - 1 };
    default:
        return everything;
    }
}

static void learn(Ranges *r, Ref v, Range x)
{
    r->at[v.i] = x;
    r->known[v.i] = 1;
    vec_push(r->fn->unit->arena, &r->trail, v.i);
}

static void forget(Ranges *r, uint32_t from)
{
    while (r->trail.n > from)
        r->known[r->trail.at[--r->trail.n]] = 0;
}

static int64_t plus(int64_t a, int64_t b)
{
    int64_t s;
    return __builtin_add_overflow(a, b, &s) ? b > 0 ? INT64_MAX : INT64_MIN : s;
}

Ref ranges_same(const Ranges *r, Ref v)
{
    v = ranges_real(r, v);
    const Ins *in = ir_ins(r->fn, v);
    while ((in->op == IR_BITCAST || in->op == IR_CAST) && range_is_i64(in->ty) && range_is_i64(ir_ty(r->fn, in->arg[0])))
        in = ir_ins(r->fn, v = ranges_real(r, in->arg[0]));
    return v;
}

/* What a condition says of v: bounds are the other side's. */
static void narrow(Ranges *r, Ref cond, bool truth, Ref v, Range *x)
{
    static const uint8_t not[] = { IR_GE, IR_GT, IR_LE, IR_LT }, mirrored[] = { IR_GT, IR_GE, IR_LT, IR_LE };
    const Ins *in = ir_ins(r->fn, ranges_real(r, cond));
    if (in->op < IR_LT || in->op > IR_GE || !range_is_i64(ir_ty(r->fn, in->arg[0])))
        return;
    Ref a = ranges_same(r, in->arg[0]), b = ranges_same(r, in->arg[1]), other = ref_eq(a, v) ? in->arg[1] : in->arg[0];
    if (ref_eq(a, v) == ref_eq(b, v))
        return;
    IrOp op = truth ? in->op : not[in->op - IR_LT];
    op = ref_eq(a, v) ? op : mirrored[op - IR_LT];
    Range y = range_of(r, other);
    if (op == IR_LT || op == IR_LE)
        y = (Range){ INT64_MIN, op == IR_LT && y.hi > INT64_MIN ? y.hi - 1 : y.hi };
    else
        y = (Range){ op == IR_GT && y.lo < INT64_MAX ? y.lo + 1 : y.lo, INT64_MAX };
    *x = meet(*x, y);
}

/* What the phi of h is after a turn, by its edge e: as the branches on the way there leave it. */
static Range of_turn(Ranges *r, Ref phi, BlkId h, uint32_t e)
{
    const Fn *fn = r->fn;
    Ref v = ir_arg(fn, phi, e), number = ranges_same(r, v);
    Range x = range_of(r, v);
    BlkId to = h, from = fn->blk.at[h].pred.at[e];
    for (uint32_t steps = 0; steps < WAY_MAX; steps++) {
        const Blk *p = &fn->blk.at[from];
        Ref last = p->ins.at[p->ins.n - 1];
        if (ir_ins(fn, last)->op == IR_BRANCH && p->succ[0] != p->succ[1])
            narrow(r, ir_arg(fn, last, 0), p->succ[0] == to, number, &x);
        if (from == h || p->pred.n != 1)
            break;
        to = from, from = p->pred.at[0];
    }
    return x;
}

/* Takes the phi to be x; does one turn of the loop keep it there, but for a step that is allowed to creep? */
static bool assume(Ranges *r, Ref phi, Range x, Range step)
{
    const Ins *in = ir_ins(r->fn, phi);
    const Blk *h = &r->fn->blk.at[in->blk];
    uint32_t mark = r->trail.n;
    learn(r, phi, x);
    Range allowed = { plus(x.lo, step.lo), plus(x.hi, step.hi) };
    for (uint32_t e = 0; e < h->pred.n; e++)
        if (loop_has(r->fn, in->blk, h->pred.at[e]) && !within(of_turn(r, phi, in->blk, e), allowed)) {
            forget(r, mark);
            return false;
        }
    return true;
}

/* A phi that is in range, as it is known by now, is one of its starting values or what a turn leaves: the tests on the way may say more. */
static Range narrowed(Ranges *r, Ref phi, Range start, uint32_t mark)
{
    BlkId h = ir_ins(r->fn, phi)->blk;
    Range x = start, old = r->at[phi.i];
    for (uint32_t e = 0; e < r->fn->blk.at[h].pred.n; e++)
        if (loop_has(r->fn, h, r->fn->blk.at[h].pred.at[e]))
            x = join(x, of_turn(r, phi, h, e));
    x = meet(x, old);
    if (x.lo == old.lo && x.hi == old.hi)
        return old;
    forget(r, mark);                            /* what is made of it may be less, too */
    learn(r, phi, x);
    return x;
}

static Range of_loop(Ranges *r, Ref phi, Ty t)
{
    const Ins *in = ir_ins(r->fn, phi);
    const Blk *h = &r->fn->blk.at[in->blk];
    Range start = { INT64_MAX, INT64_MIN };
    for (uint32_t e = 0; e < h->pred.n; e++)
        if (!loop_has(r->fn, in->blk, h->pred.at[e]))
            start = join(start, range_of(r, ir_args(r->fn, in)[e]));
    Loop l = loop_look(r->fn, in->blk);
    Range up = { start.lo, plus(start.hi, REACH) }, down = { plus(start.lo, -REACH), start.hi };
    if (l.counted && ref_eq(l.idx, phi)) {
        int64_t n = range_of(r, l.n).hi;
        up.hi = up.hi < n ? up.hi : n > start.hi ? n : start.hi;
    }
    uint32_t mark = r->trail.n;
    Range natural = { 0, start.hi };            /* a remainder: positive at first, then down to 0 */
    Range guarded = { start.lo, start.hi > EXTENT_MAX ? start.hi : EXTENT_MAX };        /* by large steps, as far as the loop's tests let it */
    if (assume(r, phi, start, (Range){ 0, 0 }) || (start.lo > 0 && assume(r, phi, natural, (Range){ 0, 0 })) || assume(r, phi, up, (Range){ 0, STEP_MAX })
        || assume(r, phi, down, (Range){ -STEP_MAX, 0 })
        || assume(r, phi, join(up, down), (Range){ -STEP_MAX, STEP_MAX })
        || (start.lo >= 0 && assume(r, phi, guarded, (Range){ 0, 0 })))
        return narrowed(r, phi, start, mark);
    return type_range(t);
}

/* What the bounds alone say of a condition. 1: true, 0: false, -1: nothing */
static int truth(Ranges *r, Ref cond, uint32_t depth)
{
    const Ins *in = ir_ins(r->fn, cond = ranges_real(r, cond));
    int64_t v;
    if (ir_is_int(r->fn, cond, &v))
        return v != 0;
    if ((in->op == IR_AND || in->op == IR_OR) && ty_is_bool(in->ty) && depth > 0) {
        int a = truth(r, in->arg[0], depth - 1), b = truth(r, in->arg[1], depth - 1), strong = in->op == IR_OR;
        return a == strong || b == strong ? strong : a < 0 || b < 0 ? -1 : !strong;
    }
    if (in->op < IR_LT || in->op > IR_GE || !range_is_i64(ir_ty(r->fn, in->arg[0])))
        return -1;
    bool turned = in->op == IR_GT || in->op == IR_LE, straight = in->op == IR_LT || in->op == IR_GT;
    Range a = range_of(r, in->arg[turned]), b = range_of(r, in->arg[!turned]);      /* a < b, or not a < b */
    return a.hi < b.lo ? straight : a.lo >= b.hi ? !straight : -1;
}

static Range of_select(Ranges *r, const Ref *arg)
{
    Ref yes = ranges_real(r, arg[1]), no = ranges_real(r, arg[2]);
    int known = truth(r, arg[0], 4);
    if (known >= 0)
        return range_of(r, known ? yes : no);
    Range a = range_of(r, yes), b = range_of(r, no);
    const Ins *cond = ir_ins(r->fn, ranges_real(r, arg[0]));
    if (cond->op < IR_LT || cond->op > IR_GE || !range_is_i64(ir_ty(r->fn, cond->arg[0])))
        return join(a, b);
    Ref x = ranges_real(r, cond->arg[0]), y = ranges_real(r, cond->arg[1]);
    bool same = ref_eq(x, yes) && ref_eq(y, no), other = ref_eq(x, no) && ref_eq(y, yes);
    if (!same && !other)
        return join(a, b);
    bool least = (cond->op <= IR_LE) == same;           /* min: below both; max: above both */
    return least ? (Range){ a.lo < b.lo ? a.lo : b.lo, a.hi < b.hi ? a.hi : b.hi }
                 : (Range){ a.lo > b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi };
}

static Range find(Ranges *r, Ref v, const Ins *in)
{
    const Ref *arg = ir_args(r->fn, in);
    int64_t c;
    switch (in->op) {
    case IR_CONST:
        return ir_is_int(r->fn, v, &c) ? (Range){ c, c } : everything;
    case IR_EXTENT:
        return (Range){ 0, EXTENT_MAX };
    case IR_INDEX:
        return (Range){ 0, EXTENT_MAX - 1 };
    case IR_PHI: {
        if (r->fn->blk.at[in->blk].is_header)
            return of_loop(r, v, in->ty);
        Range x = { INT64_MAX, INT64_MIN };
        for (uint32_t k = 0; k < in->nargs; k++)
            x = join(x, range_of(r, ir_args(r->fn, ir_ins(r->fn, v))[k]));
        return x;
    }
    case IR_SELECT:
        return of_select(r, arg);
    case IR_CAST: case IR_BITCAST: {
        Ty from = ir_ty(r->fn, arg[0]);
        if (!ty_is_scalar(from) || !(ty_is_int(from) || ty_is_bool(from)) || (ty_is_unsigned(from) && ty_bits(from) == 64))
            return everything;
        return range_of(r, arg[0]);
    }
    default:
        return in->nargs == 2 && ir_op[in->op].effect == EFF_PURE ? of_op(in->op, range_of(r, arg[0]), range_of(r, arg[1]))
                                                                  : everything;
    }
}

Range range_of(Ranges *r, Ref v)
{
    v = ranges_real(r, v);
    const Ins *in = ir_ins(r->fn, v);
    Range t = type_range(in->ty);
    if (v.i >= r->nvalue || !in->ty || !(ty_is_int(in->ty) || ty_is_bool(in->ty))
        || (ty_is_unsigned(in->ty) && ty_bits(in->ty) == 64))
        return t;
    if (r->known[v.i])
        return r->at[v.i];
    if (r->depth > DEPTH_MAX || r->work++ > WORK_MAX)
        return t;
    r->depth++;
    Range x = find(r, v, in);
    r->depth--;
    if (!within(x, t) || x.lo > x.hi)       /* it may wrap */
        x = t;
    if (!r->known[v.i])
        learn(r, v, x);
    return r->at[v.i] = meet(x, r->at[v.i]);
}

/* ---- linear forms ---- */

static bool lin_term(Lin *a, Ref v, int64_t c)
{
    for (uint32_t k = 0; k < a->n; k++)
        if (ref_eq(a->at[k], v)) {
            if (__builtin_add_overflow(a->c[k], c, &a->c[k]))
                return false;
            if (a->c[k] == 0) {
                a->n--;
                a->c[k] = a->c[a->n];
                a->at[k] = a->at[a->n];
            }
            return true;
        }
    if (a->n == LIN_MAX)
        return false;
    a->at[a->n] = v;
    a->c[a->n++] = c;
    return true;
}

bool lin_add(Lin *a, const Lin *b, int64_t n)
{
    int64_t c;
    if (__builtin_mul_overflow(b->k, n, &c) || __builtin_add_overflow(a->k, c, &a->k))
        return false;
    for (uint32_t k = 0; k < b->n; k++)
        if (__builtin_mul_overflow(b->c[k], n, &c) || !lin_term(a, b->at[k], c))
            return false;
    return true;
}

static Lin lin_atom(Ref v) { return (Lin){ .n = 1, .c = { 1 }, .at = { v } }; }

static bool wraps(Ranges *r, IrOp op, Ref a, Ref b)
{
    Range x = of_op(op, range_of(r, a), range_of(r, b));
    return x.lo == INT64_MIN && x.hi == INT64_MAX;
}

static Lin lin_find(Ranges *r, Ref v, uint32_t depth)
{
    v = ranges_real(r, v);
    const Ins *in = ir_ins(r->fn, v);
    int64_t c;
    if (ir_is_int(r->fn, v, &c))
        return (Lin){ .k = c };
    if (depth == 0 || !range_is_i64(in->ty))
        return lin_atom(v);
    Ref arg[2] = { in->arg[0], in->arg[1] };
    if ((in->op == IR_CAST || in->op == IR_BITCAST) && range_is_i64(ir_ty(r->fn, arg[0])))
        return lin_find(r, arg[0], depth - 1);
    if ((in->op != IR_ADD && in->op != IR_SUB && in->op != IR_MUL) || wraps(r, in->op, arg[0], arg[1]))
        return lin_atom(v);
    Lin a = lin_find(r, arg[0], depth - 1), b = lin_find(r, arg[1], depth - 1), sum = { 0 };
    if (in->op == IR_MUL) {
        if (b.n == 0 && lin_add(&sum, &a, b.k))
            return sum;
    } else if (lin_add(&a, &b, in->op == IR_SUB ? -1 : 1)) {
        return a;
    }
    return lin_atom(v);
}

Lin lin_of(Ranges *r, Ref v) { return lin_find(r, v, 8); }

static int64_t scaled(int64_t a, int64_t c)
{
    int64_t p;
    return __builtin_mul_overflow(a, c, &p) ? (a < 0) == (c < 0) ? INT64_MAX : INT64_MIN : p;
}

/* The ends stand for infinity too. */
Range lin_range(Ranges *r, const Lin *a)
{
    Range sum = { a->k, a->k };
    for (uint32_t k = 0; k < a->n; k++) {
        Range x = range_of(r, a->at[k]);
        int64_t p = scaled(x.lo, a->c[k]), q = scaled(x.hi, a->c[k]);
        int64_t lo = p < q ? p : q, hi = p < q ? q : p;
        sum.lo = sum.lo == INT64_MIN || lo == INT64_MIN ? INT64_MIN : plus(sum.lo, lo);
        sum.hi = sum.hi == INT64_MAX || hi == INT64_MAX ? INT64_MAX : plus(sum.hi, hi);
    }
    return sum;
}
