/* ahead.c: checks of data, such as of a divisor, made for a strip before it runs, so that LLVM can vectorise the strip.
 *
 *     outer: ahead                    ahead: i, good; i < limit ? step : done
 *     done:  good ? header : slow     step:  good' = good and every check for i; ahead
 *
 * A check is made ahead if it is made in every turn and depends on idx, on what is fixed in the loop, and on elements that no
 * store of the loop changes before their turn, and that are there whether other checks hold or not. Where a check fails the
 * strip's turns run with their checks. It is done for loops that LLVM will vectorise then: they store or add up, call nothing, and
 * carry no other float from turn to turn. */
#include "opt/strip.h"

enum { DEPTH = 12, SLICE_MAX = 40 };

static const Test *test_of(const Strip *s, Ref v)
{
    for (uint32_t k = 0; k < s->test.n; k++)
        if (ref_eq(s->test.at[k].op, v))
            return &s->test.at[k];
    return NULL;
}

/* The index as it was written, when the INDEX that v is was foreseen. */
static Ref written(const Strip *s, Ref v)
{
    const Test *t = ir_ins(s->fn, v)->op == IR_INDEX ? test_of(s, v) : NULL;
    return t ? written(s, t->index) : v;
}

static bool every_turn(const Strip *s, BlkId b)
{
    const Blk *h = &s->fn->blk.at[s->l->header];
    for (uint32_t e = 0; e < h->pred.n; e++)
        if (loop_has(s->fn, s->l->header, h->pred.at[e]) && !ir_dominates(s->fn, b, h->pred.at[e]))
            return false;
    return true;
}

/* Does it say something of integers where it is true, so that opt/checks.c may have proved an index with it? */
static bool teaches(const Fn *fn, Ref cond)
{
    const Ins *in = ir_ins(fn, cond);
    if (in->op == IR_NOT)
        return teaches(fn, in->arg[0]);
    if (in->op == IR_AND || in->op == IR_OR)
        return teaches(fn, in->arg[0]) || teaches(fn, in->arg[1]);
    return in->op >= IR_EQ && in->op <= IR_ULT && in->op != IR_NE && ty_is_int(ir_ty(fn, in->arg[0]));
}

/* May the load be in range only because of a check of data in its turn, which fails in other turns? */
static bool rests_on_check(const Strip *s, Ref load)
{
    const Fn *fn = s->fn;
    bool foreseen = true;
    for (uint32_t k = 1; k < ir_ins(fn, load)->nargs; k++)
        foreseen &= test_of(s, ir_arg(fn, load, k)) != NULL;
    for (uint32_t b = 0; b < s->body.n && !foreseen; b++) {
        const Blk *blk = &fn->blk.at[s->body.at[b]];
        for (uint32_t k = 0; k < blk->ins.n && !ref_eq(blk->ins.at[k], load); k++) {
            Ref v = blk->ins.at[k];
            if (ir_ins(fn, v)->op == IR_CHECK && !test_of(s, v) && teaches(fn, ir_arg(fn, v, 0))
                && ir_dominates(fn, s->body.at[b], ir_ins(fn, load)->blk))
                return true;
        }
    }
    return false;
}

/* Can v be computed for a turn to come? Notes what it loads. */
static bool known_ahead(Strip *s, Ref v, uint32_t depth, uint32_t *budget)
{
    const Ins *in = ir_ins(s->fn, v);
    if (!strip_inside(s, in->blk) || ref_eq(v, s->l->idx))
        return true;
    if (depth == 0 || *budget == 0)
        return false;
    --*budget;
    bool load = in->op == IR_LOAD;
    if (in->op == IR_INDEX)
        return test_of(s, v) && known_ahead(s, test_of(s, v)->index, depth - 1, budget);
    if (load ? !every_turn(s, in->blk) || strip_inside(s, ir_ins(s->fn, ir_arg(s->fn, v, 0))->blk) || rests_on_check(s, v)
             : !(strip_evaluates(in->op) || (in->op == IR_DIV && ty_is_float(in->ty))))
        return false;
    if (in->op == IR_MATH && !math_row[in->imm.i].intrinsic)
        return false;
    for (uint32_t k = load; k < in->nargs; k++)
        if (!known_ahead(s, ir_arg(s->fn, v, k), depth - 1, budget))
            return false;
    if (load)
        vec_push(s->fn->unit->arena, &s->load, v);
    return true;
}

/* Nothing but checks keeps LLVM from vectorising? All indices are foreseen, so loads of every turn may be made ahead. */
static bool would_vectorise(const Strip *s, const Ins *in, Ref v, bool *gives)
{
    bool carried = in->op == IR_PHI && in->blk == s->l->header && (ty_is_float(in->ty) || ty_is_complex(in->ty));
    *gives |= in->op == IR_STORE || carried;
    switch (in->op) {
    case IR_INDEX: return test_of(s, v) != NULL;
    case IR_CHECK: return in->imm.i != DIAG_INDEX || test_of(s, v);
    case IR_MATH:  return math_row[in->imm.i].intrinsic || math_row[in->imm.i].sleef || math_row[in->imm.i].own;
    case IR_PHI:   return !carried || strip_sums(s, v);
    case IR_STORE: return true;
    case IR_DIV: case IR_REM: return ty_is_float(in->ty);       /* there are no vectors for others */
    default:       return ir_op[in->op].effect <= EFF_READ || in->op == IR_JUMP || in->op == IR_BRANCH;
    }
}

/* a[i] is loaded and stored in the same turn only. (A step that is a value may be 0: a[i * k].) */
static bool same_element(const Strip *s, Ref load, Ref store)
{
    Fn *fn = s->fn;
    bool moves = false;
    Ty t = ir_ty(fn, ir_arg(fn, load, 0));
    for (uint32_t d = 0; d < t->ndim; d++) {
        Ref i = written(s, ir_arg(fn, load, 1 + d)), factor;
        int64_t step;
        if (!ref_eq(i, written(s, ir_arg(fn, store, 2 + d))))
            return false;
        moves |= strip_affine(s, i, 8, &step, &factor) && step != 0 && ref_is_none(factor);
    }
    return moves;
}

/* Whether a store may change what is loaded ahead: 0 no, 1 that depends on their addresses, 2 yes. */
static int conflict(const Strip *s, Ref load, Ref store)
{
    Fn *fn = s->fn;
    Ref from = ir_arg(fn, load, 0), to = ir_arg(fn, store, 0);
    if (ref_eq(from, to))
        return same_element(s, load, store) ? 0 : 2;
    if (strip_inside(s, ir_ins(fn, to)->blk))
        return 2;
    return ir_apart(fn, from, to) ? 0 : 1;
}

typedef void (*SeeStore)(Strip *s, Ref load, Ref store, void *context);

static void each_conflict(Strip *s, SeeStore see, void *context)
{
    for (uint32_t b = 0; b < s->body.n; b++)
        for (uint32_t k = 0; k < s->fn->blk.at[s->body.at[b]].ins.n; k++) {
            Ref store = s->fn->blk.at[s->body.at[b]].ins.at[k];
            for (uint32_t l = 0; ir_ins(s->fn, store)->op == IR_STORE && l < s->load.n; l++)
                see(s, s->load.at[l], store, context);
        }
}

static void certain(Strip *s, Ref load, Ref store, void *any) { *(bool *)any |= conflict(s, load, store) == 2; }

static void meets(Strip *s, Ref load, Ref store, void *apart)
{
    if (conflict(s, load, store) == 1) {
        Ref meet = ir_meets(s->fn, ir_arg(s->fn, load, 0), ir_arg(s->fn, store, 0));
        *(Ref *)apart = ir_bin(s->fn, IR_AND, *(Ref *)apart, ir_un(s->fn, IR_NOT, meet));
    }
}

Ref ahead_apart(Strip *s)
{
    Ref apart = ir_bool(s->fn, true);
    if (s->check.n)
        each_conflict(s, meets, &apart);
    return apart;
}

void ahead_look(Strip *s)
{
    Fn *fn = s->fn;
    uint32_t budget = SLICE_MAX, wanted = 0;
    bool gives = false, fine = !strip_waits(s);
    for (uint32_t b = 0; b < s->body.n && fine; b++)
        for (uint32_t k = 0; k < fn->blk.at[s->body.at[b]].ins.n && fine; k++) {
            Ref v = fn->blk.at[s->body.at[b]].ins.at[k];
            const Ins *in = ir_ins(fn, v);
            fine = would_vectorise(s, in, v, &gives);
            if (in->op != IR_CHECK || test_of(s, v))
                continue;
            wanted++;
            if (every_turn(s, s->body.at[b]) && known_ahead(s, ir_arg(fn, v, 0), DEPTH, &budget))
                vec_push(fn->unit->arena, &s->check, v);
        }
    bool bad = !fine || !gives || wanted != s->check.n;
    if (!bad)
        each_conflict(s, certain, &bad);
    if (bad)
        s->check.n = 0;
}

/* v for turn i, in fn->cur; value: what was made, by Ref. */
static Ref make(Strip *s, Ref v, Ref i, Ref *value)
{
    Fn *fn = s->fn;
    Ins in = *ir_ins(fn, v);
    if (ref_eq(v, s->l->idx))
        return i;
    if (!strip_inside(s, in.blk))
        return v;
    if (!ref_is_none(value[v.i]))
        return value[v.i];
    if (in.op == IR_INDEX)
        return value[v.i] = make(s, test_of(s, v)->index, i, value);
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = make(s, ir_arg(fn, v, k), i, value);
    return value[v.i] = ir_emit_imm(fn, in.op, in.ty, arg, in.nargs, in.imm.i);
}

void ahead_scan(Strip *s, Ref limit, BlkId slow)
{
    Fn *fn = s->fn;
    BlkId h = s->l->header, outer = fn->cur, ahead = loop_block(fn, outer, h), step = loop_block(fn, ahead, h), done = loop_block(fn, ahead, h);
    fn->blk.at[ahead].form = FORM_OURS;
    fn->blk.at[ahead].streams = fn->blk.at[h].streams;
    loop_jump(fn, ahead);
    loop_pred(fn, ahead, outer);
    loop_pred(fn, ahead, step);
    loop_pred(fn, step, ahead);
    loop_pred(fn, done, ahead);
    loop_pred(fn, slow, done);
    fn->blk.at[h].pred.at[0] = done;            /* it was outer */
    fn->blk.at[h].idom = done;
    Ref i = ir_phi(fn, ahead, ir_ty(fn, s->l->idx)), good = ir_phi(fn, ahead, ty(TY_BOOL));
    ir_at(fn, ahead);
    loop_branch(fn, ir_cmp(fn, IR_LT, i, limit), step, done);
    ir_at(fn, step);
    Ref all = good, *value = arena_new_n(fn->unit->arena, Ref, s->nvalue);
    for (uint32_t k = 0; k < s->check.n; k++)
        all = ir_bin(fn, IR_AND, all, make(s, ir_arg(fn, s->check.at[k], 0), i, value));
    Ref next = ir_retype(fn, ir_bin(fn, IR_ADD, ir_retype(fn, i, ty(TY_I64)), ir_i64(fn, 1)), ir_ty(fn, i));
    loop_jump(fn, ahead);
    ir_add_arg(fn, i, s->start[s->l->idx.i]);
    ir_add_arg(fn, i, next);
    ir_add_arg(fn, good, ir_bool(fn, true));
    ir_add_arg(fn, good, all);
    ir_at(fn, done);
    loop_branch(fn, good, h, slow);
}
