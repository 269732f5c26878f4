/* accumulate.c: arrays that all iterations of a prange loop add to: `acc += row`, `acc[:] += row`, `acc[kind[i]] += 1`, and
 * the same with other ops: `low[kind[i]] = min(low[kind[i]], v)`.
 *
 * Such an array comes from outside the loop, and what the loop does with its elements is x[j] = x[j] op value, with one op. Then
 * each chunk gets an array of its own (chunks.c), and these are combined as reductions are. An array of which an iteration changes
 * only elements that no other does (`out[i] += v`; own.c) stays what it is. */
#include "opt/prange.h"

typedef struct Look {
    Fn *fn;
    BlkId entry;                /* of the loop's body */
    Ref idx;
    Ranges *ranges;
    int op;                     /* of the array that is looked at */
    Own own;                    /* do two iterations change the same element of it? */
    bool escapes;               /* something else happens to it */
    bool *derived;              /* by Ref: it, views of it, their data */
} Look;

static bool is_inside(const Look *x, BlkId b) { return b != BLK_NONE && ir_dominates(x->fn, x->entry, b); }

static bool same_index(const Fn *fn, Ref a, Ref b)
{
    const Ins *x = ir_ins(fn, a), *y = ir_ins(fn, b);
    return ref_eq(a, b) || (x->op == IR_INDEX && y->op == IR_INDEX && ref_eq(x->arg[0], y->arg[0]) && ref_eq(x->arg[1], y->arg[1]));
}

static uint32_t uses_of(const Fn *fn, Ref v)
{
    uint32_t n = 0;
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            for (uint32_t m = 0; m < in->nargs; m++)
                n += ref_eq(ir_args(fn, in)[m], v);
        }
    return n;
}

/* v without a conversion between numbers of one sort that only its user sees. */
static Ref unconverted(const Fn *fn, Ref v)
{
    const Ins *in = ir_ins(fn, v);
    if (in->op != IR_CAST && in->op != IR_BITCAST)
        return v;
    Ty from = ir_ty(fn, in->arg[0]);
    bool alike = (ty_is_int(from) && ty_is_int(in->ty)) || (ty_is_float(from) && ty_is_float(in->ty));
    return alike && uses_of(fn, v) == 1 ? in->arg[0] : v;
}

/* The load of the element that `store` stores to, if that is what v is (of: in a complex number, this part of it); else none.
 * v has so many uses. */
static Ref its_load(const Fn *fn, Ref v, Ref store, IrOp of, uint32_t uses)
{
    v = unconverted(fn, v);
    if (of != IR_LOAD) {
        if (ir_ins(fn, v)->op != of || uses_of(fn, v) != 1)
            return REF_NONE;
        v = ir_arg(fn, v, 0);
    }
    const Ins *load = ir_ins(fn, v), *to = ir_ins(fn, store);
    if (load->op != IR_LOAD || uses_of(fn, v) != (of == IR_LOAD ? uses : 2) || !ref_eq(ir_args(fn, load)[0], ir_args(fn, to)[0]))
        return REF_NONE;
    for (uint32_t d = 1; d < load->nargs; d++)
        if (!same_index(fn, ir_args(fn, load)[d], ir_args(fn, to)[d + 1]))
            return REF_NONE;
    return v;
}

/* select(x != x, x, rest), as np.maximum has it for both operands: x; else none. */
static Ref nan_first(const Fn *fn, const Ins *select)
{
    const Ins *cmp = ir_ins(fn, select->arg[0]);
    bool nan = cmp->op == IR_NE && ref_eq(cmp->arg[0], cmp->arg[1]) && ref_eq(cmp->arg[0], select->arg[1]);
    return nan ? select->arg[1] : REF_NONE;
}

/* x[j] = select(x[j] < value, value, x[j]) and its likes: the load of x[j]; *op: RED_MIN, RED_MAX. */
static Ref load_of_select(const Fn *fn, const Ins *in, Ref store, int *op)
{
    Ref first[2] = { REF_NONE, REF_NONE };
    for (uint32_t k = 0; k < 2 && !ref_is_none(first[k] = nan_first(fn, in)); k++) {
        if (uses_of(fn, in->arg[2]) != 1 || ir_ins(fn, in->arg[2])->op != IR_SELECT)
            return REF_NONE;
        in = ir_ins(fn, in->arg[2]);
    }
    *op = uses_of(fn, in->arg[0]) == 1 ? prange_order(fn, in->arg[0], in->arg[1], in->arg[2]) : OP_WRONG;
    for (uint32_t k = 1; k < 3 && *op != OP_WRONG; k++) {
        uint32_t uses = 2 + 3 * (ref_eq(first[0], in->arg[k]) + ref_eq(first[1], in->arg[k]));
        Ref load = its_load(fn, in->arg[k], store, IR_LOAD, uses);
        if (!ref_is_none(load))
            return load;
    }
    return REF_NONE;
}

/* if value > x[j]: x[j] = value, and its likes. */
static Ref load_of_branch(const Fn *fn, Ref store, int *op)
{
    const Blk *b = &fn->blk.at[ir_ins(fn, store)->blk];
    if (b->pred.n != 1 || b->ins.n != 2 || b->nsucc != 1)       /* this store, and on */
        return REF_NONE;
    const Blk *from = &fn->blk.at[b->pred.at[0]], *join = &fn->blk.at[b->succ[0]];
    if (from->nsucc != 2 || (&fn->blk.at[from->succ[0]] != join && &fn->blk.at[from->succ[1]] != join) || ir_ins(fn, join->ins.at[0])->op == IR_PHI)
        return REF_NONE;
    const Ins *branch = ir_ins(fn, from->ins.at[from->ins.n - 1]);
    if (branch->op != IR_BRANCH || uses_of(fn, branch->arg[0]) != 1 || ir_ins(fn, branch->arg[0])->nargs != 2)
        return REF_NONE;
    const Ins *cmp = ir_ins(fn, branch->arg[0]);
    Ref value = ir_arg(fn, store, 1), other = ref_eq(cmp->arg[0], value) ? cmp->arg[1] : cmp->arg[0];
    bool then = &fn->blk.at[from->succ[0]] == b;
    *op = then ? prange_order(fn, branch->arg[0], value, other) : prange_order(fn, branch->arg[0], other, value);
    return *op == OP_WRONG ? REF_NONE : its_load(fn, other, store, IR_LOAD, 1);
}

/* The load of a store x[j] = x[j] op value, where v is what is stored or (of) a part of it; none: it is something else. */
static Ref load_of_part(const Fn *fn, Ref v, Ref store, IrOp of, int *op)
{
    v = unconverted(fn, v);
    const Ins *in = ir_ins(fn, v);
    *op = OP_WRONG;
    switch (in->op) {
    case IR_ADD: case IR_SUB: *op = RED_ADD; break;
    case IR_MUL: *op = of == IR_LOAD ? RED_MUL : OP_WRONG; break;
    case IR_DIV: *op = of == IR_LOAD && ty_is_float(in->ty) ? RED_MUL : OP_WRONG; break;
    case IR_SELECT: return of == IR_LOAD ? load_of_select(fn, in, store, op) : REF_NONE;
    case IR_MATH: *op = in->imm.i == MATH_MINIMUM ? RED_MIN : in->imm.i == MATH_MAXIMUM ? RED_MAX : OP_WRONG; break;
    case IR_AND: *op = RED_AND; break;
    case IR_OR: *op = RED_OR; break;
    case IR_XOR: *op = RED_XOR; break;
    default: break;
    }
    if (*op == OP_WRONG || uses_of(fn, v) != 1 || ty_is_bool(in->ty))
        return REF_NONE;
    Ref load = its_load(fn, in->arg[0], store, of, 1);
    return ref_is_none(load) && in->op != IR_SUB && in->op != IR_DIV ? its_load(fn, in->arg[1], store, of, 1) : load;
}

/* The same of a whole store; *op: OP_WRONG where it is something else. Complex numbers are added part by part. */
static Ref load_of(const Fn *fn, Ref store, int *op)
{
    Ref v = ir_arg(fn, store, 1), load;
    const Ins *in = ir_ins(fn, v);
    if (in->op != IR_COMPLEX) {
        load = load_of_part(fn, v, store, IR_LOAD, op);
    } else {
        int other;
        load = load_of_part(fn, in->arg[0], store, IR_REAL, op);
        if (!ref_eq(load, load_of_part(fn, in->arg[1], store, IR_IMAG, &other)) || other != *op)
            load = REF_NONE;
    }
    if (ref_is_none(load))
        load = load_of_branch(fn, store, op);
    *op = ref_is_none(load) ? OP_WRONG : *op;
    return load;
}

static int op_of_store(const Fn *fn, Ref store)
{
    int op;
    load_of(fn, store, &op);
    return op;
}

static void see_op(Look *x, int op) { x->op = x->op == OP_NONE || x->op == op ? op : OP_WRONG; }

/* What the body of a nest does with its parameter p: loads and stores of one op, or nothing but its extents. */
static void look_at_body(Look *x, const Fn *body, Ref p)
{
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            Ref r = body->blk.at[b].ins.at[k];
            const Ins *in = ir_ins(body, r);
            for (uint32_t m = 0; m < in->nargs; m++) {
                if (!ref_eq(ir_args(body, in)[m], p) || in->op == IR_EXTENT)
                    continue;
                if (in->op == IR_STORE && m == 0)
                    see_op(x, op_of_store(body, r));
                else if (in->op != IR_LOAD)
                    x->op = OP_WRONG;
            }
        }
}

/* Is it the load of a store that accumulates? */
static bool load_is_accounted(const Fn *fn, Ref load)
{
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            Ref store = fn->blk.at[b].ins.at[k];
            int op;
            if (ir_ins(fn, store)->op == IR_STORE && ref_eq(load_of(fn, store, &op), load))
                return true;
        }
    return false;
}

static void look_at_loads(Look *x, const Fn *fn, Ref array)
{
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            Ref r = fn->blk.at[b].ins.at[k];
            const Ins *in = ir_ins(fn, r);
            if (in->op == IR_LOAD && ref_eq(ir_args(fn, in)[0], array) && (fn != x->fn || is_inside(x, in->blk)) && !load_is_accounted(fn, r))
                x->op = OP_WRONG;
        }
}

static bool body_has(const Fn *body, Ref param, IrOp op)
{
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(body, body->blk.at[b].ins.at[k]);
            for (uint32_t m = 0; m < in->nargs; m++)
                if (ref_eq(ir_args(body, in)[m], param) && (in->op == op || in->op == IR_NEST))
                    return true;
        }
    return false;
}

/* What instruction r of the loop does with its operand m, which is the array or derived from it. */
static void look_at_use(Look *x, Ref r, uint32_t m)
{
    Fn *fn = x->fn;
    const Ins *in = ir_ins(fn, r);
    switch (in->op) {
    case IR_EXTENT: case IR_STRIDE: case IR_LOAD: return;
    case IR_DATA: case IR_OFFSET: case IR_VIEW:
        x->derived[r.i] = true;
        return;
    case IR_STORE:
        if (m == 0) {
            own_element(&x->own, ir_args(fn, in)[0], ir_args(fn, in) + 2);
            see_op(x, op_of_store(fn, r));
        } else {
            x->op = OP_WRONG;
            x->escapes = true;
        }
        return;
    case IR_NEST: {
        const Nest *nest = in->imm.p;
        if (m < nest->ndim || m >= nest->ndim + nest->ncapture) {
            x->op = OP_WRONG;
            x->escapes = true;
            return;
        }
        if (body_has(nest->body, nest->body->param[m], IR_STORE))
            own_whole(&x->own, ir_args(fn, in)[m]);
        look_at_body(x, nest->body, nest->body->param[m]);
        look_at_loads(x, nest->body, nest->body->param[m]);
        return;
    }
    default:
        x->op = OP_WRONG;
        x->escapes = true;
    }
}

static bool is_address(IrOp op) { return op == IR_DATA || op == IR_OFFSET || op == IR_VIEW; }

/* The op with which the loop accumulates in array a; OP_NONE, OP_WRONG: it does not, or not only. */
static int op_of(Look *x, Ref a)
{
    Fn *fn = x->fn;
    uint32_t n;
    const BlkId *rpo = ir_rpo(fn, &n);
    memset(x->derived, 0, fn->ins.n);
    x->derived[a.i] = true;
    x->op = OP_NONE;
    x->own = own_begin(fn, x->ranges, x->entry, x->idx);
    x->escapes = false;
    for (uint32_t b = 0; b < n; b++)
        for (uint32_t k = 0; k < fn->blk.at[rpo[b]].ins.n; k++) {
            Ref r = fn->blk.at[rpo[b]].ins.at[k];
            if (!is_inside(x, rpo[b]))
                x->derived[r.i] |= is_address(ir_ins(fn, r)->op) && x->derived[ir_arg(fn, r, 0).i];
            for (uint32_t m = 0; is_inside(x, rpo[b]) && m < ir_ins(fn, r)->nargs && !x->escapes; m++)
                if (x->derived[ir_arg(fn, r, m).i])
                    look_at_use(x, r, m);
        }
    for (uint32_t v = 1; v < fn->ins.n && x->op >= 0; v++)
        if (x->derived[v])
            look_at_loads(x, fn, (Ref){ v });
    return x->op >= 0 && own_verdict(&x->own) != OWN_NO ? OP_NONE : x->op;
}

/* Does an iteration LOAD from (STORE to) what derived[] is of? */
static bool iteration_has(const Look *x, IrOp op)
{
    for (uint32_t v = 1; v < x->fn->ins.n; v++) {
        const Ins *in = &x->fn->ins.at[v];
        const Ref *arg = ir_args(x->fn, in);
        if (!is_inside(x, in->blk))
            continue;
        if (in->op == op && x->derived[arg[0].i])
            return true;
        const Nest *nest = in->op == IR_NEST ? in->imm.p : NULL;
        for (uint32_t k = nest ? nest->ndim : 0; nest && k < nest->ndim + nest->ncapture; k++)
            if (x->derived[arg[k].i] && body_has(nest->body, nest->body->param[k], op))
                return true;
    }
    return false;
}

/* A view of another that is accumulated in goes with it. */
static uint32_t drop_views(const Fn *fn, Accumulator *sum, uint32_t n)
{
    uint32_t left = 0;
    for (uint32_t k = 0; k < n; k++) {
        bool view = false;
        for (Ref a = sum[k].array; ir_ins(fn, a)->op == IR_VIEW; ) {
            a = ir_arg(fn, a, 0);
            for (uint32_t j = 0; j < n; j++)
                view |= j != k && ref_eq(sum[j].array, a);
        }
        if (!view)
            sum[left++] = sum[k];
    }
    return left;
}

/* One array that the loop has from outside. */
static void look_at(Look *x, Ref a, Accumulated *out)
{
    int op = op_of(x, a);
    OwnVerdict own = own_verdict(&x->own);
    if (own == OWN_AT_ENTRY && !x->escapes)
        vec_push(x->fn->unit->arena, &out->test, x->own);
    if (op >= 0 && out->n < NSUM_MAX)
        out->sum[out->n] = (Accumulator){ a, (RedOp)op };
    else if (op == OP_WRONG && own == OWN_NO && iteration_has(x, IR_LOAD) && iteration_has(x, IR_STORE))
        remark(x->fn, ir_ins(x->fn, x->idx)->pos, ir_ins(x->fn, a)->pos, REMARK_SHARED);
    out->n += op >= 0;
}

bool accumulate_look(Fn *fn, BlkId entry, Ref idx, Accumulated *out)
{
    Look x = { .fn = fn, .entry = entry, .idx = idx, .ranges = ranges_new(fn), .derived = arena_new_n(fn->unit->arena, bool, fn->ins.n) };
    bool *seen = arena_new_n(fn->unit->arena, bool, fn->ins.n);
    uint32_t n;
    const BlkId *rpo = ir_rpo(fn, &n);
    for (uint32_t b = 0; b < n; b++)
        for (uint32_t k = 0; is_inside(&x, rpo[b]) && k < fn->blk.at[rpo[b]].ins.n; k++) {
            Ref r = fn->blk.at[rpo[b]].ins.at[k];
            for (uint32_t m = 0; m < ir_ins(fn, r)->nargs; m++) {
                Ref a = ir_arg(fn, r, m);
                if (seen[a.i] || ir_ty(fn, a) == NULL || ir_ty(fn, a)->kind != TY_ARRAY || is_inside(&x, ir_ins(fn, a)->blk))
                    continue;
                seen[a.i] = true;
                look_at(&x, a, out);
            }
        }
    if (out->n > NSUM_MAX)
        return false;
    out->n = drop_views(fn, out->sum, out->n);
    return true;
}

/* What is outside of the loop and lies before it, computed from where an accumulated array is, is marked: the chunks compute it again
 * from where theirs is. */
void accumulate_addresses(Fn *fn, BlkId entry, const Accumulated *sum, bool *marked)
{
    uint32_t n;
    const BlkId *rpo = ir_rpo(fn, &n);
    for (uint32_t b = 0; b < n; b++)
        for (uint32_t k = 0; rpo[b] != entry && ir_dominates(fn, rpo[b], entry) && k < fn->blk.at[rpo[b]].ins.n; k++) {
            Ref r = fn->blk.at[rpo[b]].ins.at[k];
            const Ins *in = ir_ins(fn, r);
            if (in->op == IR_PHI || ir_op[in->op].effect > EFF_PURE)
                continue;
            for (uint32_t s = 0; s < sum->n; s++)
                marked[r.i] |= (is_address(in->op) || in->op == IR_STRIDE) && ref_eq(ir_arg(fn, r, 0), sum->sum[s].array);
            for (uint32_t m = 0; m < in->nargs && in->op != IR_EXTENT; m++)
                marked[r.i] |= marked[ir_args(fn, in)[m].i];
        }
}
