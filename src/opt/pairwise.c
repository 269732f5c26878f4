/* pairwise.c: a nest that sums floats, as a tree whose shape depends on the number of elements alone.
 *
 * The elements, in the order of the nest's axes, are cut in halves (the first rounded down to a multiple of 8 floats) until
 * a piece has at most 128 floats. A piece is evaluated into a buffer, by a loop that LLVM vectorises like any other,
 * whatever the body is, and PAIRSUM adds it up; a single contiguous array needs no buffer. These are NumPy's additions in
 * NumPy's order, so the bits are NumPy's. Pieces do not end where a row does: a run of indices goes on in the next row.
 * Where NumPy reads through a buffer (NEST_BLOCKS), the tree is over each block of about 8,192 and blocks follow each
 * other.
 *
 *     head: n > 128 ? (push n - n/2; n /= 2; head) : leaf
 *     leaf: value = the sum of the next n; up
 *     up:   nothing pushed ? done : top is a right half ? (value += left of top; pop; up) : (top is its right half; head)
 *
 * Of a nest that picks elements (NEST_PICK) the tree is over those, whose number is known: a leaf goes on until it has picked enough.
 * Other reductions of the same nest are kept beside, in order. Variables live in SCRATCH memory, which LLVM turns
 * into registers. A right half of 0 elements marks one that has begun. */
#include "opt/opt.h"

enum { LEAF = 128, DEPTH = 64, STEP = 64 /* elements looked at at once for some to pick */ };

typedef struct Tree {
    const NestLoops *l;
    Fn *fn;
    int64_t leaf;               /* elements of a leaf */
    Ref n, depth, filled, right;
    Ref at[NDIM_MAX];           /* where the next element is: by axis of the nest; at[0] alone where it is read directly */
    Ref value[NRED_MAX], left[NRED_MAX], buffer[NRED_MAX];
    Ref data;                   /* REF_NONE, or where the elements lie one behind another */
    Places places;
} Tree;

static bool is_sum(const Nest *nest, uint32_t k)
{
    Ty t = nest->red[k].ty;
    return nest->red[k].op == RED_ADD && (ty_is_float(t) || ty_is_complex(t)) && t->kind != TY_F16;
}

bool pairwise_wanted(const NestLoops *l)
{
    const Nest *nest = l->nest;
    uint32_t not = (nest->flags & NEST_PICK ? 0 : NEST_ORDERED) | NEST_PRANGE | NEST_FREE;
    if (l->target >= TARGET_GPU || nest->ndim == 0 || nest->flags & not || l->fn->opt.fastmath & FAST_REASSOC)
        return false;
    for (uint32_t k = 0; k < nest->nred; k++)
        if (is_sum(nest, k))
            return true;
    return false;
}

/* ---- memory of the frame ---- */

static uint32_t nbytes(Ty t) { return (ty_bits(t) + 7) / 8 * t->nparts; }

static Ref scratch(Fn *fn, Ty t, int64_t n)
{
    return ir_emit_imm(fn, IR_SCRATCH, ty(TY_PTR), NULL, 0, n * nbytes(t));
}

static Ref peek(Fn *fn, Ref p, Ty t) { return ir_emit(fn, IR_PEEK, t, &p, 1); }
static Ref peek_int(Fn *fn, Ref p) { return peek(fn, p, ty(TY_I64)); }

static void poke(Fn *fn, Ref p, Ref v)
{
    Ref arg[] = { p, v };
    ir_emit(fn, IR_POKE, ty(TY_NONE), arg, 2);
}

static Ref variable(Fn *fn, Ref init)
{
    Ref p = scratch(fn, ir_ty(fn, init), 1);
    poke(fn, p, init);
    return p;
}

static Ref element(Fn *fn, Ref p, Ty t, Ref k)
{
    return ir_offset(fn, p, ir_bin(fn, IR_MUL, k, ir_i64(fn, nbytes(t))));
}

static BlkId block(const Tree *t, BlkId idom)
{
    BlkId b = ir_block(t->fn, idom);
    ir_protect(t->fn, b, t->l->handler);
    return b;
}

static Ref minimum(Fn *fn, Ref a, Ref b) { return ir_select(fn, ir_cmp(fn, IR_LT, a, b), a, b); }

/* ---- leaves ---- */

/* An index of the body that does not change in the nest: its value outside; else none. */
static Ref fixed_index(const NestLoops *l, Ref r)
{
    const Ins *in = ir_ins(l->nest->body, r);
    if (in->op == IR_PARAM && in->imm.i >= l->nest->ndim)
        return l->arg[in->imm.i];
    return in->op == IR_CONST ? ir_i64(l->fn, in->imm.i) : REF_NONE;
}

/* Does the body store nothing: is its value all there is of it? */
static bool only_yields(const Fn *body, const Blk *b)
{
    for (uint32_t k = 0; k + 1 < b->ins.n; k++)
        if (ir_op[ir_ins(body, b->ins.at[k])->op].effect > EFF_READ)
            return false;
    return true;
}

/* Where the elements begin, if the body is just the element of an array, the nest's axes are the innermost ones of
 * its memory, in their order and whole, and the others stand still; else none. */
static Ref read_directly(const NestLoops *l)
{
    Fn *fn = l->fn;
    const Fn *body = l->nest->body;
    uint32_t nd = l->nest->ndim;
    const Blk *b = &body->blk.at[0];
    const Ins *last = ir_ins(body, b->ins.at[b->ins.n - 1]);
    if (l->nest->nred != 1 || last->op != IR_RETURN || !only_yields(body, b))
        return REF_NONE;
    const Ins *load = ir_ins(body, ir_args(body, last)[0]), *p;
    if (load->op != IR_LOAD || (p = ir_ins(body, ir_args(body, load)[0]))->op != IR_PARAM || p->ty->order == ORDER_A)
        return REF_NONE;
    Ty t = p->ty;
    const Ref *index = ir_args(body, load) + 1;
    Ref array = l->arg[p->imm.i], at = ir_data(fn, array);
    for (uint32_t k = 0; k < t->ndim; k++) {        /* k: outermost first */
        uint32_t axis = t->order == ORDER_C ? k : t->ndim - 1 - k;
        if (k + nd < t->ndim) {
            Ref i = fixed_index(l, index[axis]);
            if (ref_is_none(i))
                return REF_NONE;
            at = ir_offset(fn, at, ir_bin(fn, IR_MUL, i, ir_stride(fn, array, axis)));
            continue;
        }
        uint32_t d = l->axis[k + nd - t->ndim];
        if (!ref_eq(index[axis], body->param[d]))
            return REF_NONE;
        if (k + nd > t->ndim && !ref_eq(ir_extent(fn, array, axis), l->arg[d]))
            return REF_NONE;
    }
    return t->ndim >= nd ? at : REF_NONE;
}

static void peek_all(Tree *t, Ref *value)
{
    for (uint32_t k = 0; k < t->l->nest->nred; k++)
        value[k] = peek(t->fn, t->value[k], t->l->nest->red[k].ty);
}

static void poke_all(Tree *t, const Ref *value)
{
    for (uint32_t k = 0; k < t->l->nest->nred; k++)
        poke(t->fn, t->value[k], value[k]);
}

static bool picks(const Tree *t) { return t->l->nest->flags & NEST_PICK; }

/* An element contributes x; a sum's goes to its buffer, where it stays if it is picked. */
static void contribute(Tree *t, Ref place, Ref run_place, const Ref *x)
{
    Fn *fn = t->fn;
    const Nest *nest = t->l->nest;
    Ref acc[NRED_MAX], next[NRED_MAX], picked = REF_NONE;
    peek_all(t, acc);
    ir_combine_all(fn, nest, acc, x, next);
    if (picks(t)) {
        place = peek_int(fn, t->filled);
        picked = ir_cmp(fn, IR_NE, x[0], ir_i64(fn, 0));
        poke(fn, t->filled, ir_bin(fn, IR_ADD, place, x[0]));
    }
    places_keep(&t->places, run_place, x, next);
    for (uint32_t k = 0; k < nest->nred; k++)
        if (is_sum(nest, k))
            poke(fn, element(fn, t->buffer[k], nest->red[k].ty, place), x[k]);
        else
            poke(fn, t->value[k], k > 0 && picks(t) ? ir_select(fn, picked, next[k], acc[k]) : next[k]);
}

/* The body for a run of n elements along the innermost axis: into the buffers, from place `from` on. */
static void run(Tree *t, Ref from, Ref n)
{
    Fn *fn = t->fn;
    const Nest *nest = t->l->nest;
    uint32_t nd = nest->ndim, inner = t->l->axis[nd - 1];
    Ref index[NDIM_MAX], value[NRED_MAX], x[NRED_MAX];
    for (uint32_t d = 0; d < nd; d++)
        index[d] = peek_int(fn, t->at[d]);
    if (t->places.n > 0) {
        peek_all(t, value);
        places_begin(&t->places, value, index, n);
        poke_all(t, value);
    }
    Ref start = index[inner];
    if (t->l->block)
        block_stages(t->l->block, index, n);
    IrLoop loop = ir_loop(fn, n, NULL, 0);
    fn->blk.at[loop.header].brief = true;
    fn->blk.at[loop.header].form = nest->form;
    index[inner] = ir_bin(fn, IR_ADD, start, loop.index);
    Ref place = ir_bin(fn, IR_ADD, from, loop.index), yield = nest_clone(t->l, index, loop.index);
    for (uint32_t k = 0; k < nest->nred; k++)
        x[k] = nest->nred == 1 ? yield : ir_item(fn, yield, k);
    contribute(t, place, loop.index, x);
    ir_endloop(fn, &loop, NULL);
    if (t->places.n > 0) {
        peek_all(t, value);
        places_find(&t->places, value);
        poke_all(t, value);
    }
}

/* Moves on by n along the innermost axis, and at its end to the next row. */
static void advance(Tree *t, Ref n)
{
    Fn *fn = t->fn;
    const NestLoops *l = t->l;
    Ref zero = ir_i64(fn, 0), one = ir_i64(fn, 1), step = n;
    for (uint32_t d = l->nest->ndim; d-- > 0; ) {
        uint32_t axis = l->axis[d];
        Ref i = ir_bin(fn, IR_ADD, peek_int(fn, t->at[axis]), step);
        Ref end = d == 0 ? ir_bool(fn, false) : ir_cmp(fn, IR_EQ, i, l->arg[axis]);
        poke(fn, t->at[axis], ir_select(fn, end, zero, i));
        step = ir_select(fn, end, one, zero);
    }
}

/* Are fewer than n elements there, and does the nest have more? It has, but for a count that another thread's writes made wrong. */
static Ref goes_on(const Tree *t, Ref filled, Ref n)
{
    Fn *fn = t->fn;
    uint32_t outer = t->l->axis[0];
    Ref few = ir_cmp(fn, IR_LT, filled, n);
    return picks(t) ? ir_bin(fn, IR_AND, few, ir_cmp(fn, IR_LT, peek_int(fn, t->at[outer]), t->l->arg[outer])) : few;
}

/* Evaluates the next n elements, or picks them. */
static void fill(Tree *t, Ref n)
{
    Fn *fn = t->fn;
    const NestLoops *l = t->l;
    uint32_t nd = l->nest->ndim, inner = l->axis[nd - 1];
    if (nd == 1 && !picks(t)) {
        run(t, ir_i64(fn, 0), n);
        advance(t, n);
        return;
    }
    if (!picks(t))
        poke(fn, t->filled, ir_i64(fn, 0));
    BlkId head = block(t, fn->cur), body = block(t, head), done = block(t, head);
    fn->blk.at[head].brief = true;
    ir_jump(fn, head);
    ir_at(fn, head);
    Ref filled = peek_int(fn, t->filled);
    ir_branch(fn, goes_on(t, filled, n), body, done);
    ir_at(fn, body);
    Ref row = ir_bin(fn, IR_SUB, l->arg[inner], peek_int(fn, t->at[inner]));
    Ref part = minimum(fn, row, picks(t) ? ir_i64(fn, STEP) : ir_bin(fn, IR_SUB, n, filled));
    run(t, filled, part);
    advance(t, part);
    if (!picks(t))
        poke(fn, t->filled, ir_bin(fn, IR_ADD, filled, part));
    ir_jump(fn, head);
    ir_at(fn, done);
}

/* What was picked behind the n elements of a leaf is the next one's. */
static void keep_rest(Tree *t, Ref n)
{
    Fn *fn = t->fn;
    const Nest *nest = t->l->nest;
    IrLoop loop = ir_loop(fn, ir_i64(fn, STEP), NULL, 0);
    fn->blk.at[loop.header].brief = true;
    for (uint32_t k = 0; k < nest->nred; k++) {
        if (!is_sum(nest, k))
            continue;
        Ty type = nest->red[k].ty;
        Ref from = element(fn, t->buffer[k], type, ir_bin(fn, IR_ADD, n, loop.index));
        poke(fn, element(fn, t->buffer[k], type, loop.index), peek(fn, from, type));
    }
    ir_endloop(fn, &loop, NULL);
    poke(fn, t->filled, ir_bin(fn, IR_SUB, peek_int(fn, t->filled), n));
}

static void leaf(Tree *t, Ref n)
{
    Fn *fn = t->fn;
    const Nest *nest = t->l->nest;
    Ref place = REF_NONE;
    if (ref_is_none(t->data))
        fill(t, n);
    else
        place = peek_int(fn, t->at[0]);
    for (uint32_t k = 0; k < nest->nred; k++) {
        if (!is_sum(nest, k))
            continue;
        Ref p = ref_is_none(t->data) ? t->buffer[k] : element(fn, t->data, nest->red[k].ty, place), arg[] = { p, n };
        poke(fn, t->value[k], ir_emit(fn, IR_PAIRSUM, nest->red[k].ty, arg, 2));
    }
    if (!ref_is_none(t->data))
        poke(fn, t->at[0], ir_bin(fn, IR_ADD, place, n));
    if (picks(t))
        keep_rest(t, n);
}

/* ---- the tree ---- */

/* n elements → those of the left half. */
static Ref half(const Tree *t, Ref n)
{
    Fn *fn = t->fn;
    Ref mask = ir_i64(fn, -8), one = ir_i64(fn, 1);
    return t->leaf == LEAF ? ir_bin(fn, IR_AND, ir_bin(fn, IR_SHR, n, one), mask)
                           : ir_bin(fn, IR_SHR, ir_bin(fn, IR_AND, n, mask), one);
}

static void push(Tree *t, Ref n)
{
    Fn *fn = t->fn;
    Ref depth = peek_int(fn, t->depth), left = half(t, n);
    poke(fn, element(fn, t->right, ty(TY_I64), depth), ir_bin(fn, IR_SUB, n, left));
    poke(fn, t->depth, ir_bin(fn, IR_ADD, depth, ir_i64(fn, 1)));
    poke(fn, t->n, left);
}

/* value[] → left[top], or left[top] + value[] → value[] */
static void keep(Tree *t, Ref top, bool join)
{
    Fn *fn = t->fn;
    const Nest *nest = t->l->nest;
    for (uint32_t k = 0; k < nest->nred; k++) {
        if (!is_sum(nest, k))
            continue;
        Ty type = nest->red[k].ty;
        Ref at = element(fn, t->left[k], type, top), v = peek(fn, t->value[k], type);
        if (join)
            poke(fn, t->value[k], ir_combine(fn, RED_ADD, peek(fn, at, type), v));
        else
            poke(fn, at, v);
    }
}

/* The sums of the next t->n elements → value[]. */
static void tree(Tree *t)
{
    Fn *fn = t->fn;
    BlkId head = block(t, fn->cur), down = block(t, head), bottom = block(t, head);
    ir_jump(fn, head);
    ir_at(fn, head);
    Ref n = peek_int(fn, t->n), zero = ir_i64(fn, 0);
    ir_branch(fn, ir_cmp(fn, IR_GT, n, ir_i64(fn, t->leaf)), down, bottom);
    ir_at(fn, down);
    push(t, n);
    ir_jump(fn, head);
    ir_at(fn, bottom);
    leaf(t, n);
    BlkId up = block(t, fn->cur), any = block(t, up), done = block(t, up), joined = block(t, any), next = block(t, any);
    fn->blk.at[up].brief = true;
    ir_jump(fn, up);
    ir_at(fn, up);
    Ref depth = peek_int(fn, t->depth);
    ir_branch(fn, ir_cmp(fn, IR_EQ, depth, zero), done, any);
    ir_at(fn, any);
    Ref top = ir_bin(fn, IR_SUB, depth, ir_i64(fn, 1)), at = element(fn, t->right, ty(TY_I64), top), rest = peek_int(fn, at);
    ir_branch(fn, ir_cmp(fn, IR_EQ, rest, zero), joined, next);
    ir_at(fn, joined);
    keep(t, top, true);
    poke(fn, t->depth, top);
    ir_jump(fn, up);
    ir_at(fn, next);
    keep(t, top, false);
    poke(fn, t->n, rest);
    poke(fn, at, zero);
    ir_jump(fn, head);
    ir_at(fn, done);
}

static void start(Tree *t)
{
    Fn *fn = t->fn;
    const Nest *nest = t->l->nest;
    places_look(&t->places, t->l);
    t->data = read_directly(t->l);
    t->leaf = LEAF;
    for (uint32_t k = 0; k < nest->nred; k++)
        if (is_sum(nest, k) && ty_is_complex(nest->red[k].ty))
            t->leaf = LEAF / 2;
    t->depth = variable(fn, ir_i64(fn, 0));
    t->n = scratch(fn, ty(TY_I64), 1);
    t->filled = variable(fn, ir_i64(fn, 0));
    t->right = scratch(fn, ty(TY_I64), DEPTH);
    for (uint32_t d = 0; d < nest->ndim; d++)
        t->at[d] = variable(fn, ir_i64(fn, 0));
    for (uint32_t k = 0; k < nest->nred; k++) {
        Ty type = nest->red[k].ty;
        t->value[k] = variable(fn, t->l->arg[nest->ndim + nest->ncapture + k]);
        if (!is_sum(nest, k))
            continue;
        t->left[k] = scratch(fn, type, DEPTH);
        t->buffer[k] = ref_is_none(t->data) ? scratch(fn, type, picks(t) ? t->leaf + STEP : t->leaf) : REF_NONE;
    }
}

/* So few elements, and known to be so, that there is nothing to cut. */
static bool is_one_leaf(const Tree *t, Ref total)
{
    int64_t n;
    return ir_is_int(t->fn, total, &n) && n > 0 && n <= t->leaf;
}

/* A loop around the tree, where sums begin anew after so many elements; left: how many there are still. */
typedef struct Anew { BlkId head, done; Ref left; } Anew;

static Anew begin_anew(Tree *t, Ref total, Ref most)
{
    Fn *fn = t->fn;
    Anew a = { .left = variable(fn, total), .head = block(t, fn->cur) };
    BlkId body = block(t, a.head);
    a.done = block(t, a.head);
    ir_jump(fn, a.head);
    ir_at(fn, a.head);
    Ref n = peek_int(fn, a.left);
    ir_branch(fn, ir_cmp(fn, IR_GT, n, ir_i64(fn, 0)), body, a.done);
    ir_at(fn, body);
    n = minimum(fn, n, most);
    poke(fn, t->n, n);
    poke(fn, a.left, ir_bin(fn, IR_SUB, peek_int(fn, a.left), n));
    return a;
}

static void end_anew(Fn *fn, const Anew *a)
{
    ir_jump(fn, a->head);
    ir_at(fn, a->done);
}

void pairwise_loops(const NestLoops *l, Ref *result)
{
    Fn *fn = l->fn;
    const Nest *nest = l->nest;
    Tree t = { .l = l, .fn = fn };
    Ref sum[NRED_MAX], total = ir_i64(fn, 1);
    remark(fn, fn->cur_pos, 0, REMARK_PAIRWISE);
    fn->form = FORM_OURS;
    for (uint32_t d = 0; d < nest->ndim; d++)
        total = ir_bin(fn, IR_MUL, total, l->arg[d]);
    Ref most = nest_blocks(nest, l->arg);
    if (nest->flags & NEST_PICK)
        total = most, most = REF_NONE;
    start(&t);
    for (uint32_t k = 0; k < nest->nred; k++)
        sum[k] = is_sum(nest, k) ? variable(fn, l->arg[nest->ndim + nest->ncapture + k]) : t.value[k];
    bool one_leaf = is_one_leaf(&t, total), anew = !ref_is_none(most) && !one_leaf;
    Anew again = { 0 };
    if (anew)
        again = begin_anew(&t, total, most);
    else
        poke(fn, t.n, total);
    if (one_leaf)
        leaf(&t, total);
    else
        tree(&t);
    for (uint32_t k = 0; k < nest->nred; k++)
        if (is_sum(nest, k))
            poke(fn, sum[k], ir_combine(fn, RED_ADD, peek(fn, sum[k], nest->red[k].ty), peek(fn, t.value[k], nest->red[k].ty)));
    if (anew)
        end_anew(fn, &again);
    for (uint32_t k = 0; k < nest->nred; k++)
        result[k] = peek(fn, sum[k], nest->red[k].ty);
}
