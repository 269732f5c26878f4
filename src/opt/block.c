/* block.c: functions that NumPy's own loops compute fastest (math.def) are computed for a block of the innermost axis at a time.
 *
 *     for each block:  for its elements: operands of the first calls → buffers;  NumPy's loops on those;
 *                      (again for calls whose operands need the results of these)
 *                      for its elements: the body, in which the results are read from the buffers
 *
 * In:  a nest about to become loops.   Out: stages, emitted before the loop over a block, and what the body knows then.
 * A call can be computed ahead if it is made for every element, and its operands follow from what is fixed in the nest and from
 * elements that the nest has not stored to. An operand that lies in memory one element behind another is read there, and the
 * last result is written where it belongs if that is all the body does. Every nest of a function does it alike, whatever its
 * strides and lengths are: an argument has one value. Buffers share one piece of the frame: nests do not run inside each
 * other's bodies here. */
#include "opt/opt.h"
#include "runtime/runtime.h"

/* MEMORY: bytes; FEW: elements of the smallest block; MOST, MANY: with and without buffers at most; LITTLE: a constant extent below it
 * is no loop. Calls need two buffers each at most: the memory has that many. */
enum { MEMORY = 32768, SLOT = 8, FEW = 64, MOST = 1024, MANY = 2048, LITTLE = 16, DEPTH = 6, NO_BUFFER = -1 };
enum { BUFFERS_MAX = MEMORY / SLOT / FEW, CALLS_MAX = BUFFERS_MAX / 2 };

typedef struct BlockCall {
    Ref math;
    uint32_t level;             /* how many calls before it its operands go through */
    void *loop, *data;
    Ref lies[2];                /* a LOAD of elements that lie one behind another; none: the operand goes through a buffer */
} BlockCall;

struct Blocks {
    const NestLoops *l;
    Fn *fn, *body;
    uint32_t inner, nbuffer, nlevel;
    VEC(BlockCall) call;
    int32_t *buffer;            /* by Ref of the body: where its values are */
    uint32_t *level;            /* by Ref: from which level on it can be computed */
    uint8_t *state;             /* by Ref: 0 not looked at, 1 fixed or pure, 2 no */
    bool *early;                /* by Ref: a LOAD that may be made before everything else */
    bool *seen;                 /* by Ref: by keep_dear() */
    int8_t *fixed;              /* by Ref: is_fixed(), 0 not known, 1 yes, -1 no */
    bool *written;              /* by Ref: its buffer has been written */
    Ref straight;               /* the STORE that the last call makes */
    Ref at[NDIM_MAX], place;    /* the first element of the block; the one that is computed now, counted from it */
    int64_t size;
};

/* ---- what can be computed ahead ---- */

static const Ins *body_ins(const Blocks *x, Ref r) { return ir_ins(x->body, r); }

static bool is_pure(const Ins *in) { return ir_op[in->op].effect == EFF_PURE && in->op != IR_PHI && in->op != IR_NOP; }

/* Sets level[r]. */
static bool can_be_ahead(Blocks *x, Ref r)
{
    const Ins *in = body_ins(x, r);
    if (x->state[r.i] == 0) {
        bool fine = in->blk == BLK_NONE || (in->blk == 0 && (in->op == IR_LOAD ? x->early[r.i] : is_pure(in)));
        for (uint32_t k = 0; fine && k < in->nargs; k++) {
            Ref a = ir_arg(x->body, r, k);
            fine = can_be_ahead(x, a);
            if (x->level[a.i] > x->level[r.i])
                x->level[r.i] = x->level[a.i];
        }
        x->state[r.i] = fine ? 1 : 2;
    }
    return x->state[r.i] == 1;
}

/* How much r grows from one element of the innermost axis to the next, where that is known; else INT64_MIN. */
static int64_t slope(const Blocks *x, Ref r, uint32_t depth)
{
    const Ins *in = body_ins(x, r);
    int64_t c;
    if (in->op == IR_PARAM)
        return in->imm.i == x->inner;
    if (depth == 0)
        return INT64_MIN;
    if (in->op == IR_ADD || in->op == IR_SUB || in->op == IR_MUL) {
        int64_t a = slope(x, in->arg[0], depth - 1), b = slope(x, in->arg[1], depth - 1);
        if (a == INT64_MIN || b == INT64_MIN)
            return INT64_MIN;
        if (in->op != IR_MUL)
            return in->op == IR_ADD ? a + b : a - b;
        return a == 0 && b == 0 ? 0 : b == 0 && ir_is_int(x->body, in->arg[1], &c) ? a * c : INT64_MIN;
    }
    for (uint32_t k = 0; k < in->nargs; k++)
        if (slope(x, ir_arg(x->body, r, k), depth - 1) != 0)
            return INT64_MIN;
    return in->op == IR_LOAD ? INT64_MIN : 0;
}

/* Does the LOAD or STORE go through elements that lie one behind another? index: the first of its operands that is one. */
static bool lies_in_order(const Blocks *x, Ref access, uint32_t index)
{
    Ref array = ir_arg(x->body, access, 0), value = index == 1 ? access : ir_arg(x->body, access, 1);
    const Ins *p = body_ins(x, array);
    Ty t = p->ty;
    int64_t step = 0, stride, c;
    if (p->op != IR_PARAM || p->imm.i < x->l->nest->ndim || t->elem != ir_ty(x->body, value))
        return false;
    for (uint32_t k = 0; k < t->ndim; k++) {
        if ((c = slope(x, ir_arg(x->body, access, index + k), DEPTH)) == 0)
            continue;
        if (c == INT64_MIN || !ir_is_int(x->fn, ir_stride(x->fn, x->l->arg[p->imm.i], k), &stride))
            return false;
        step += c * stride;
    }
    return step == t->elem->nbytes;
}

/* Is what is captured as a certainly apart from what is captured as b? */
static bool are_apart(const Blocks *x, Ref a, Ref b)
{
    const Ins *p = body_ins(x, a), *q = body_ins(x, b);
    return p->op == IR_PARAM && q->op == IR_PARAM && ir_apart(x->fn, x->l->arg[p->imm.i], x->l->arg[q->imm.i]);
}

/* Does the first block store to this array in front of position end? ordered: does the body anywhere, to what may be it? */
static bool stores_to(const Blocks *x, Ref array, uint32_t end, bool ordered)
{
    for (BlkId b = 0; b < (ordered ? x->body->blk.n : 1); b++)
        for (uint32_t k = 0; k < (ordered ? x->body->blk.at[b].ins.n : end); k++) {
            Ref r = x->body->blk.at[b].ins.at[k], to;
            if (body_ins(x, r)->op != IR_STORE)
                continue;
            to = ir_arg(x->body, r, 0);
            if (ordered ? !are_apart(x, array, to) : ref_eq(array, to))
                return true;
        }
    return false;
}

/* Notes the loads that may be made early; false: the body has what may use the buffers itself. */
static bool look_at_loads(Blocks *x)
{
    bool checked = false, ordered = (x->l->nest->flags & (NEST_ORDERED | NEST_SCAN | NEST_PICK)) == NEST_ORDERED;
    for (BlkId b = 0; b < x->body->blk.n; b++)
        for (uint32_t k = 0; k < x->body->blk.at[b].ins.n; k++) {
            Ref r = x->body->blk.at[b].ins.at[k];
            const Ins *in = body_ins(x, r);
            if (in->op == IR_NEST || in->op == IR_PARALLEL || in->op == IR_SCRATCH)
                return false;
            checked |= in->op == IR_CHECK || in->op == IR_INDEX;
            if (b == 0 && in->op == IR_LOAD && !checked)
                x->early[r.i] = !stores_to(x, ir_args(x->body, in)[0], k, ordered);
        }
    return true;
}

static void add_call(Blocks *x, Ref r)
{
    const Ins *in = body_ins(x, r);
    const MathRow *row = &math_row[in->imm.i];
    BlockCall c = { .math = r };
    bool is_f32 = in->ty->kind == TY_F32, fine = in->flags & INS_ARRAY && (in->ty->kind == TY_F64 || is_f32) && row->where & in->ty->nbytes;
    for (uint32_t k = 0; k < in->nargs && fine; k++)
        fine = can_be_ahead(x, ir_arg(x->body, r, k));
    if (!fine || x->call.n == CALLS_MAX || !rt_find_vector_loop(row->numpy, row->cname, in->nargs, is_f32, &c.loop, &c.data))
        return;
    for (uint32_t k = 0; k < in->nargs; k++) {
        Ref a = ir_arg(x->body, r, k);
        if (x->level[a.i] > c.level)
            c.level = x->level[a.i];
        if (body_ins(x, a)->op == IR_LOAD && lies_in_order(x, a, 1))
            c.lies[k] = a;
    }
    if (c.level >= x->nlevel)
        x->nlevel = c.level + 1;
    x->level[r.i] = c.level + 1;
    x->state[r.i] = 1;
    vec_push(x->fn->unit->arena, &x->call, c);
}

/* The one thing that the body does, if it is to store the result of the last call. */
static Ref only_store(const Blocks *x)
{
    const Blk *b = &x->body->blk.at[0];
    Ref store = REF_NONE, last = x->call.at[x->call.n - 1].math;
    for (uint32_t k = 0; k < b->ins.n; k++) {
        const Ins *in = body_ins(x, b->ins.at[k]);
        if (ir_op[in->op].effect <= EFF_READ)
            continue;
        if (in->op == IR_STORE && ref_is_none(store))
            store = b->ins.at[k];
        else if (in->op != IR_RETURN)
            return REF_NONE;
    }
    if (x->body->blk.n > 1 || x->l->nest->nred > 0 || ref_is_none(store))
        return REF_NONE;
    return ref_eq(ir_arg(x->body, store, 1), last) && lies_in_order(x, store, 2) ? store : REF_NONE;
}

/* Is r the same for the whole innermost axis? Then one element is computed for a block (np.exp(column) * table). */
static bool is_fixed(const Blocks *x, Ref r)
{
    const Ins *in = body_ins(x, r);
    bool fixed = in->op != IR_PHI && !(in->op == IR_PARAM && in->imm.i == x->inner);
    if (x->fixed[r.i] == 0) {
        for (uint32_t k = 0; fixed && k < in->nargs; k++)
            fixed = is_fixed(x, ir_arg(x->body, r, k));
        x->fixed[r.i] = fixed ? 1 : -1;
    }
    return x->fixed[r.i] > 0;
}

/* Is the call made for one element of a block? */
static bool is_once(const Blocks *x, const BlockCall *c)
{
    bool straight = c == &x->call.at[x->call.n - 1] && !ref_is_none(x->straight);
    return !straight && is_fixed(x, c->math);
}

/* What a call for all elements reads is there for all: it counts as not fixed, and so does what is made from it. */
static void spread_operands(Blocks *x)
{
    for (bool more = true; more; ) {
        more = false;
        for (uint32_t c = 0; c < x->call.n; c++)
            for (uint32_t k = 0; !is_once(x, &x->call.at[c]) && k < body_ins(x, x->call.at[c].math)->nargs; k++) {
                Ref a = ir_arg(x->body, x->call.at[c].math, k);
                more |= is_fixed(x, a);
                x->fixed[a.i] = -1;
            }
        for (uint32_t r = 0; more && r < x->body->ins.n; r++)
            x->fixed[r] = x->fixed[r] < 0 ? -1 : 0;
    }
}

/* ---- buffers ---- */

static void give_buffer(Blocks *x, Ref r)
{
    if (x->buffer[r.i] == NO_BUFFER)
        x->buffer[r.i] = (int32_t)x->nbuffer++;
}

/* Dear to compute, and needed again. */
static bool is_worth_keeping(const Blocks *x, Ref r)
{
    const Ins *in = body_ins(x, r);
    return (in->op == IR_MATH || in->op == IR_DIV) && x->body->nuse[r.i] > 1;
}

static void keep_dear(Blocks *x, Ref r)
{
    const Ins *in = body_ins(x, r);
    if (in->blk == BLK_NONE || x->seen[r.i])
        return;
    x->seen[r.i] = true;
    if (is_worth_keeping(x, r) && x->nbuffer < BUFFERS_MAX)
        give_buffer(x, r);
    for (uint32_t k = 0; k < in->nargs; k++)
        keep_dear(x, ir_arg(x->body, r, k));
}

/* A call's first operand shares the buffer of its result where nobody else needs it. What is dear gets what calls leave. */
static void give_buffers(Blocks *x)
{
    ir_need(x->body, HAVE_USES);
    for (uint32_t c = 0; c < x->call.n; c++) {
        const BlockCall *call = &x->call.at[c];
        give_buffer(x, call->math);
        for (uint32_t k = 1; k < body_ins(x, call->math)->nargs; k++)
            if (ref_is_none(call->lies[k]))
                give_buffer(x, ir_arg(x->body, call->math, k));
    }
    for (uint32_t c = 0; c < x->call.n; c++)
        for (uint32_t k = 0; k < body_ins(x, x->call.at[c].math)->nargs; k++)
            keep_dear(x, ir_arg(x->body, x->call.at[c].math, k));
}

static Ref buffer_at(const Blocks *x, int32_t number)
{
    return ir_offset(x->fn, *x->l->scratch, ir_i64(x->fn, number * x->size * SLOT));
}

static Ref buffer_element(const Blocks *x, int32_t number, Ty t)
{
    return ir_offset(x->fn, buffer_at(x, number), ir_bin(x->fn, IR_MUL, x->place, ir_i64(x->fn, t->nbytes)));
}

/* At the start of the function, so that all nests have it. */
static void make_memory(const Blocks *x)
{
    Fn *fn = x->fn;
    if (!ref_is_none(*x->l->scratch))
        return;
    Ref r = *x->l->scratch = ir_emit_imm(fn, IR_SCRATCH, ty(TY_PTR), NULL, 0, MEMORY);
    fn->blk.at[fn->cur].ins.n--;
    vec_push(fn->unit->arena, &fn->blk.at[0].ins, r);
    Ref *ins = fn->blk.at[0].ins.at;
    memmove(ins + 1, ins, (fn->blk.at[0].ins.n - 1) * sizeof(Ref));
    ins[0] = r;
    ir_ins(fn, r)->blk = 0;
}

Blocks *block_look(const NestLoops *l)
{
    const Nest *nest = l->nest;
    int64_t n;
    if (l->target >= TARGET_GPU || nest->ndim == 0 || nest->flags & NEST_PRANGE || l->fn->opt.fastmath & FAST_AFN)
        return NULL;
    Arena *a = l->fn->unit->arena;
    uint32_t nins = nest->body->ins.n;
    Blocks x = { .l = l, .fn = l->fn, .body = nest->body, .inner = l->axis[nest->ndim - 1], .size = MANY };
    if (ir_is_int(l->fn, l->arg[x.inner], &n) && n < LITTLE)
        return NULL;
    x.early = arena_new_n(a, bool, nins);
    x.state = arena_new_n(a, uint8_t, nins);
    x.seen = arena_new_n(a, bool, nins);
    x.fixed = arena_new_n(a, int8_t, nins);
    x.level = arena_new_n(a, uint32_t, nins);
    x.buffer = arena_new_n(a, int32_t, nins);
    for (uint32_t k = 0; k < nins; k++)
        x.buffer[k] = NO_BUFFER;
    if (!look_at_loads(&x))
        return NULL;
    const Blk *b = &x.body->blk.at[0];
    for (uint32_t k = 0; k < b->ins.n; k++)
        if (body_ins(&x, b->ins.at[k])->op == IR_MATH)
            add_call(&x, b->ins.at[k]);
    if (x.call.n == 0)
        return NULL;
    give_buffers(&x);
    x.straight = only_store(&x);
    spread_operands(&x);
    if (ref_is_none(x.straight) || x.nbuffer > 1 || ref_is_none(x.call.at[0].lies[0])) {
        x.size = MEMORY / SLOT / x.nbuffer & -FEW;
        x.size = x.size > MOST ? MOST : x.size;
    }
    make_memory(&x);
    Blocks *made = arena_new_of(a, Blocks);
    *made = x;
    return made;
}

bool block_has(const Blocks *x, Ref r) { return x->buffer[r.i] != NO_BUFFER; }

Ref block_size(const Blocks *x) { return ir_i64(x->fn, x->size); }

/* ---- stages ---- */

/* r for the element at place. */
static Ref make(Blocks *x, Ref r, Ref *value)
{
    const Nest *nest = x->l->nest;
    Ins in = *body_ins(x, r);
    if (!ref_is_none(value[r.i]))
        return value[r.i];
    if (in.op == IR_PARAM && in.imm.i >= nest->ndim)
        return x->l->arg[in.imm.i];
    if (in.op == IR_PARAM)
        return in.imm.i == x->inner ? ir_bin(x->fn, IR_ADD, x->at[x->inner], x->place) : x->at[in.imm.i];
    Ref *arg = arena_new_n(x->fn->unit->arena, Ref, in.nargs + 1);
    for (uint32_t k = 0; k < in.nargs; k++)
        arg[k] = make(x, ir_arg(x->body, r, k), value);
    if (in.blk == BLK_NONE)
        return value[r.i] = ir_emit_imm(x->fn, in.op, in.ty, NULL, 0, in.imm.i);
    return value[r.i] = ir_remake(x->fn, &in, arg);
}

/* Where the first element of the block is of what the access goes through. */
static Ref address(Blocks *x, Ref access, uint32_t index)
{
    Fn *fn = x->fn;
    Ref array = x->l->arg[body_ins(x, ir_arg(x->body, access, 0))->imm.i], at = ir_data(fn, array);
    Ref *value = arena_new_n(fn->unit->arena, Ref, x->body->ins.n);
    x->place = ir_i64(fn, 0);
    for (uint32_t k = 0; k < ir_ty(fn, array)->ndim; k++)
        at = ir_offset(fn, at, ir_bin(fn, IR_MUL, make(x, ir_arg(x->body, access, index + k), value), ir_stride(fn, array, k)));
    return at;
}

static void poke(Fn *fn, Ref p, Ref v) { ir_emit(fn, IR_POKE, ty(TY_NONE), (Ref[]){ p, v }, 2); }

/* What earlier stages left in buffers, for the element at place. */
static Ref *read_buffers(Blocks *x)
{
    Ref *value = arena_new_n(x->fn->unit->arena, Ref, x->body->ins.n);
    for (uint32_t k = 1; k < x->body->ins.n; k++) {
        Ref r = { k }, p;
        if (!x->written[k] || body_ins(x, r)->blk == BLK_NONE)
            continue;
        Ref place = x->place;
        x->place = is_fixed(x, r) ? ir_i64(x->fn, 0) : place;
        p = buffer_element(x, x->buffer[k], ir_ty(x->body, r));
        x->place = place;
        value[k] = ir_emit(x->fn, IR_PEEK, ir_ty(x->body, r), &p, 1);
    }
    return value;
}

static bool is_written(const Blocks *x, Ref r) { return x->buffer[r.i] != NO_BUFFER && x->written[r.i]; }

/* The operand of a call of this level that a loop must put into a buffer; none: it is where the call can read it. */
static Ref missing(const Blocks *x, const BlockCall *c, uint32_t level, uint32_t k)
{
    if (c->level != level || (int)k >= body_ins(x, c->math)->nargs || !ref_is_none(c->lies[k]))
        return REF_NONE;
    Ref a = ir_arg(x->body, c->math, k);
    return is_written(x, a) ? REF_NONE : a;
}

static int32_t operand_buffer(const Blocks *x, const BlockCall *c, Ref a)
{
    return x->buffer[x->buffer[a.i] == NO_BUFFER ? c->math.i : a.i];
}

/* The loop before the calls of this level: their operands, and what is worth keeping of what they are made from. */
static void fill_buffers(Blocks *x, uint32_t level, Ref n)
{
    Fn *fn = x->fn;
    IrLoop loop = ir_loop(fn, n, NULL, 0);
    fn->blk.at[loop.header].brief = true;
    fn->blk.at[loop.header].form = FORM_OURS;
    x->place = loop.index;
    Ref *value = read_buffers(x), a;
    bool *had = arena_new_n(fn->unit->arena, bool, x->body->ins.n);
    for (uint32_t k = 1; k < x->body->ins.n; k++)
        had[k] = !ref_is_none(value[k]);
    for (uint32_t c = 0; c < x->call.n; c++)
        for (uint32_t k = 0; k < 2; k++)
            if (!ref_is_none(a = missing(x, &x->call.at[c], level, k))) {
                Ref v = make(x, a, value);
                poke(fn, buffer_element(x, operand_buffer(x, &x->call.at[c], a), ir_ty(fn, v)), v);
                had[a.i] = true;
                x->written[a.i] = x->buffer[a.i] != NO_BUFFER;
            }
    for (uint32_t k = 1; k < x->body->ins.n; k++)
        if (!had[k] && !ref_is_none(value[k]) && x->buffer[k] != NO_BUFFER) {
            poke(fn, buffer_element(x, x->buffer[k], ir_ty(fn, value[k])), value[k]);
            x->written[k] = true;
        }
    ir_endloop(fn, &loop, NULL);
}

static Ref operand(Blocks *x, const BlockCall *c, uint32_t k)
{
    if (!ref_is_none(c->lies[k]))
        return address(x, c->lies[k], 1);
    return buffer_at(x, operand_buffer(x, c, ir_arg(x->body, c->math, k)));
}

static void call(Blocks *x, const BlockCall *c, Ref n)
{
    Fn *fn = x->fn;
    bool last = c == &x->call.at[x->call.n - 1] && !ref_is_none(x->straight);
    if (is_once(x, c))
        n = ir_i64(fn, 1);
    Ref result = last ? address(x, x->straight, 2) : buffer_at(x, x->buffer[c->math.i]);
    Ref arg[] = { ir_i64(fn, (int64_t)(intptr_t)c->loop), ir_i64(fn, (int64_t)(intptr_t)c->data), n,
                  ir_i64(fn, ir_ty(x->body, c->math)->nbytes), operand(x, c, 0),
                  body_ins(x, c->math)->nargs > 1 ? operand(x, c, 1) : result, result };
    ir_rt(fn, RT_CALL_BLOCK, ty(TY_NONE), arg, countof(arg));
    x->written[c->math.i] = !last;
}

void block_stages(Blocks *x, const Ref *at, Ref n)
{
    memcpy(x->at, at, x->l->nest->ndim * sizeof(Ref));
    x->written = arena_new_n(x->fn->unit->arena, bool, x->body->ins.n);
    for (uint32_t level = 0; level < x->nlevel; level++) {
        bool any = false, fixed = ref_is_none(x->straight);
        for (uint32_t c = 0; c < x->call.n; c++)
            for (uint32_t k = 0; k < 2; k++) {
                Ref a = missing(x, &x->call.at[c], level, k);
                any |= !ref_is_none(a);
                fixed &= ref_is_none(a) || is_fixed(x, a);
            }
        if (any)
            fill_buffers(x, level, fixed ? ir_i64(x->fn, 1) : n);
        for (uint32_t c = 0; c < x->call.n; c++)
            if (x->call.at[c].level == level)
                call(x, &x->call.at[c], n);
    }
}

/* The STORE that was made already has a value too, and is not made again. */
const Ref *block_known(Blocks *x, Ref place)
{
    x->place = place;
    Ref *value = read_buffers(x);
    if (!ref_is_none(x->straight))
        value[x->straight.i] = place;
    return value;
}
