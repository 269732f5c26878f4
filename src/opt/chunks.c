/* chunks.c: nests → parallel regions. The iterations of a nest's outer axis are cut into chunks, a Fn of its own each of which
 * runs the same nest on its part; PARALLEL runs them. Only for the parallel target.
 *
 * How the range is cut depends on its length and on what the body costs alone (rt_chunks, rt_chunk_start), so results do not
 * depend on the number of threads. A chunk leaves what it reduced in an array, by its number; these are combined in pairs,
 * which for a sum of floats along one axis is NumPy's tree. An array that all iterations add to (Nest.sum) is one of its own in
 * each chunk, which begins with the identity; they are combined in the same pairs. */
#include "opt/opt.h"
#include "runtime/runtime.h"
#include <math.h>

enum { HEAVY = 1 << 15, SUM_COST_MAX = 100 };
#define OWN_ONE_CHUNK (INT64_C(1) << 40)        /* rt_chunks() makes one chunk where each would have so many elements of its own */

typedef struct Region {
    Fn *fn, *chunk;
    const Nest *nest;
    const Ref *arg;             /* of the NEST: extents, captures, initial values */
    uint32_t axis;              /* which is cut */
    Ref n, nchunk;
    Ref partial[countof(((Nest *)0)->red)];
    Ref own[NSUM_MAX], nown[NSUM_MAX];  /* of Nest.sum: the chunks' arrays, one after another; elements of one */
    VEC(Ref) captured;          /* values of fn; in the chunk: parameters, from 1 on */
} Region;

/* What one iteration of a body costs, in instructions; loops and calls: much. */
static int64_t cost_of(Fn *body)
{
    int64_t cost = 0;
    ir_need(body, HAVE_DOM | HAVE_LOOPS);
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(body, body->blk.at[b].ins.at[k]);
            if (in->op == IR_CALL || in->op == IR_LATER || in->op == IR_NEST || in->op == IR_RT || body->blk.at[b].is_header)
                return HEAVY;
            cost += in->op == IR_MATH ? 10 : 1;
        }
    return cost;
}

/* Parameters of the chunk for a value of the function: constants are remade. */
static Ref use(Region *r, Ref v)
{
    const Ins *in = ir_ins(r->fn, v);
    if (in->op == IR_CONST || in->op == IR_UNDEF)
        return ir_emit_imm(r->chunk, in->op, in->ty, NULL, 0, in->imm.i);
    for (uint32_t k = 0; k < r->captured.n; k++)
        if (ref_eq(r->captured.at[k], v))
            return r->chunk->param[1 + k];
    vec_push(r->fn->unit->arena, &r->captured, v);
    return ir_param(r->chunk, ir_ty(r->fn, v));
}

static bool sums_floats(const Nest *nest)
{
    for (uint32_t k = 0; k < nest->nred; k++)
        if (nest->red[k].op == RED_ADD && !ty_is_int(nest->red[k].ty))
            return true;
    return false;
}

/* The array of fn that the s-th of Nest.sum is. */
static Ref summed(const Region *r, uint32_t s) { return r->arg[r->nest->ndim + r->nest->sum[s].capture]; }

static void count_chunks(Region *r)
{
    Fn *fn = r->fn;
    int64_t cost = cost_of(r->nest->body);
    if (sums_floats(r->nest) && cost > SUM_COST_MAX)
        cost = SUM_COST_MAX;            /* a leaf of NumPy's tree, 128 elements, is never cut */
    Ref work = ir_i64(fn, cost), own = ir_i64(fn, 0);
    for (uint32_t d = 0; d < r->nest->ndim; d++)
        if (d != r->axis)
            work = ir_bin(fn, IR_MUL, work, r->arg[d]);
    for (uint32_t s = 0; s < r->nest->nsum; s++)
        own = ir_bin(fn, IR_ADD, own, r->nown[s] = ir_nelem(fn, summed(r, s)));
    if (r->nest->own > 0)
        own = ir_select(fn, r->arg[r->nest->ndim + r->nest->own - 1], own, ir_i64(fn, OWN_ONE_CHUNK));
    Ref arg[] = { r->n, work, own };
    r->nchunk = ir_rt(fn, RT_CHUNKS, ty(TY_I64), arg, 3);
}

static bool is_summed(const Nest *nest, uint32_t capture, uint32_t *s)
{
    for (*s = 0; *s < nest->nsum; ++*s)
        if (nest->sum[*s].capture == capture)
            return true;
    return false;
}

/* The array of chunk k in place of the s-th summed one, which has the type t; in f. */
static Ref own_array(Fn *f, Ref all, Ref k, Ref n, Ty t, const Ref *extent)
{
    Ty c = ty_array(f->unit->types, t->elem, t->ndim, t->order == ORDER_F ? ORDER_F : ORDER_C, false, NULL);
    Ref item = ir_i64(f, t->elem->nbytes), step = item, stride[NDIM_MAX];
    for (uint32_t j = 0; j < t->ndim; j++) {
        uint32_t d = c->order == ORDER_F ? j : t->ndim - 1 - j;
        stride[d] = step;
        step = ir_bin(f, IR_MUL, step, extent[d]);
    }
    Ref at = ir_offset(f, ir_data(f, all), ir_bin(f, IR_MUL, ir_bin(f, IR_MUL, k, n), item));
    return ir_retype(f, ir_view(f, c, all, at, extent, stride, NULL), t);
}

static void extents(Fn *f, Ref array, Ref *extent)
{
    for (uint32_t d = 0; d < ir_ty(f, array)->ndim; d++)
        extent[d] = ir_extent(f, array, d);
}

/* What a chunk's own array begins with. */
static Ref nothing_yet(Fn *f, RedOp op, Ty t)
{
    if (op != RED_MIN && op != RED_MAX)
        return ir_identity(f, op, t);
    bool most = op == RED_MIN;
    if (ty_is_float(t))
        return ir_float(f, t, most ? INFINITY : -INFINITY);
    uint32_t bits = 8 * t->nbytes;
    bool sign = !ty_is_unsigned(t);
    uint64_t all = UINT64_MAX >> (64 - bits);
    return ir_int(f, t, (int64_t)(most ? all >> sign : sign ? ~(all >> 1) : 0));
}

/* In the chunk: its own array for the s-th summed one, each element the identity. */
static Ref begin_sum(Region *r, uint32_t s)
{
    Fn *c = r->chunk;
    Ref all = use(r, r->own[s]), n = use(r, r->nown[s]), k = c->param[0], extent[NDIM_MAX];
    Ty t = ir_ty(r->fn, summed(r, s));
    NestBuild nb = nest_begin(c, &n, 1, NEST_APART);
    nb.nest->form = FORM_OURS;
    Ref at = ir_bin(nb.body, IR_ADD, ir_bin(nb.body, IR_MUL, nest_use(&nb, k), nest_use(&nb, n)), nb.index[0]);
    ir_store(nb.body, nest_use(&nb, all), nothing_yet(nb.body, r->nest->sum[s].op, t->elem), &at);
    nest_end(&nb, NULL, 0);
    for (uint32_t d = 0; d < t->ndim; d++)
        extent[d] = use(r, ir_extent(r->fn, summed(r, s), d));
    return own_array(c, all, k, n, t, extent);
}

/* The nest on [start, end) of its axis, inside the chunk. */
static Ref part_of_nest(Region *r, Ref start, Ref end)
{
    Fn *c = r->chunk;
    const Nest *nest = r->nest;
    uint32_t nd = nest->ndim, n = nest->ncapture, s;
    Ref extent[NDIM_MAX], item[countof(nest->red)];
    Ref *capture = arena_new_n(c->unit->arena, Ref, n + 1), *value = arena_new_n(c->unit->arena, Ref, nd + n + 1);
    for (uint32_t d = 0; d < nd; d++)
        extent[d] = d == r->axis ? ir_bin(c, IR_SUB, end, start) : use(r, r->arg[d]);
    for (uint32_t k = 0; k < n; k++)
        capture[k] = is_summed(nest, k, &s) ? begin_sum(r, s) : use(r, r->arg[nd + k]);
    NestBuild nb = nest_begin(c, extent, nd, nest->flags);
    nb.nest->form = nest->form;
    nb.blocks = nest->flags & NEST_BLOCKS ? use(r, nest_blocks(nest, r->arg)) : REF_NONE;
    for (uint32_t d = 0; d < nd; d++)
        value[d] = d == r->axis ? ir_bin(nb.body, IR_ADD, nb.index[d], nest_use(&nb, start)) : nb.index[d];
    for (uint32_t k = 0; k < n; k++)
        value[nd + k] = nest_use(&nb, capture[k]);
    Ref yield = nest_body(nb.body, nest->body, value, BLK_NONE, NULL);
    for (uint32_t k = 0; k < nest->nred; k++) {
        Ref init = ir_identity(c, nest->red[k].op, nest->red[k].ty);
        nest_reduce(&nb, nest->red[k].op, nest->red[k].ty, ref_is_none(init) ? use(r, r->arg[nd + n + k]) : init);
        item[k] = nest->nred == 1 ? yield : ir_item(nb.body, yield, k);
    }
    return nest_end(&nb, item, nest->nred);
}

static void build_chunk(Region *r)
{
    Fn *c = r->chunk = ir_fn(r->fn->unit, r->fn->name, r->fn->code);
    c->opt = r->fn->opt;
    c->ret = ty(TY_NONE);
    c->cur_pos = ir_pos(c, r->fn->pos.at[r->fn->cur_pos]);
    Ref k = ir_param(c, ty(TY_I64)), n = use(r, r->n), nchunk = use(r, r->nchunk);
    Ref at[] = { n, nchunk, k }, next[] = { n, nchunk, ir_bin(c, IR_ADD, k, ir_i64(c, 1)) };
    Ref result = part_of_nest(r, ir_rt(c, RT_CHUNK_START, ty(TY_I64), at, 3), ir_rt(c, RT_CHUNK_START, ty(TY_I64), next, 3));
    for (uint32_t j = 0; j < r->nest->nred; j++) {
        Ref x = r->nest->nred == 1 ? result : ir_item(c, result, j);
        ir_store(c, use(r, r->partial[j]), ir_cast(c, x, ty_strong(r->nest->red[j].ty)), &k);
    }
    ir_return(c, REF_NONE);
    ir_mark_new(r->fn, r->captured.at, r->captured.n, c, 1);
    vec_push(r->fn->unit->arena, &r->fn->chunks, c);
}

/* The left array op= the right one. */
static void combine_arrays(Region *r, uint32_t s, Ref left, Ref right)
{
    Fn *fn = r->fn;
    Ref n = r->nown[s], from[] = { ir_bin(fn, IR_MUL, left, n), ir_bin(fn, IR_MUL, right, n) }, at[2], x[2];
    NestBuild nb = nest_begin(fn, &n, 1, NEST_APART);
    nb.nest->form = FORM_OURS;
    Ref all = nest_use(&nb, r->own[s]);
    for (int k = 0; k < 2; k++) {
        at[k] = ir_bin(nb.body, IR_ADD, nest_use(&nb, from[k]), nb.index[0]);
        x[k] = ir_load(nb.body, all, &at[k]);
    }
    ir_store(nb.body, all, ir_combine(nb.body, r->nest->sum[s].op, x[0], x[1]), &at[0]);
    nest_end(&nb, NULL, 0);
}

/* The array that was summed in op= those of all chunks. */
static void end_sum(Region *r, uint32_t s)
{
    Fn *fn = r->fn;
    Ref to = summed(r, s), extent[NDIM_MAX];
    extents(fn, to, extent);
    Ref from = own_array(fn, r->own[s], ir_i64(fn, 0), r->nown[s], ir_ty(fn, to), extent);
    NestBuild nb = nest_begin(fn, extent, ir_ty(fn, to)->ndim, NEST_APART);
    nb.nest->form = FORM_OURS;
    Ref x = ir_load(nb.body, nest_use(&nb, to), nb.index), y = ir_load(nb.body, nest_use(&nb, from), nb.index);
    ir_store(nb.body, nest_use(&nb, to), ir_combine(nb.body, r->nest->sum[s].op, x, y), nb.index);
    nest_end(&nb, NULL, 0);
}

/* partial[0] = all of them: neighbours in pairs, then pairs of pairs ... */
static void combine_partials(Region *r)
{
    Fn *fn = r->fn;
    Ref one = ir_i64(fn, 1), two = ir_i64(fn, 2);
    Ref levels = ir_rt(fn, RT_CHUNK_LEVELS, ty(TY_I64), &r->nchunk, 1);
    IrLoop level = ir_loop(fn, levels, &one, 1);
    Ref width = level.carried[0], step = ir_bin(fn, IR_MUL, width, two);
    fn->form = FORM_OURS;
    IrLoop pair = ir_loop(fn, ir_bin(fn, IR_DIV, r->nchunk, step), NULL, 0);
    Ref left = ir_bin(fn, IR_MUL, pair.index, step), right = ir_bin(fn, IR_ADD, left, width);
    Ref x[NRED_MAX], y[NRED_MAX], both[NRED_MAX];
    for (uint32_t k = 0; k < r->nest->nred; k++)
        x[k] = ir_load(fn, r->partial[k], &left), y[k] = ir_load(fn, r->partial[k], &right);
    ir_combine_all(fn, r->nest, x, y, both);
    for (uint32_t k = 0; k < r->nest->nred; k++)
        ir_store(fn, r->partial[k], both[k], &left);
    for (uint32_t s = 0; s < r->nest->nsum; s++)
        combine_arrays(r, s, left, right);
    ir_endloop(fn, &pair, NULL);
    ir_endloop(fn, &level, &step);
    fn->form = FORM_WRITTEN;
}

static Ref results(Region *r, Ty type)
{
    Fn *fn = r->fn;
    Ref x[NRED_MAX], item[NRED_MAX], zero = ir_i64(fn, 0);
    uint32_t at = r->nest->ndim + r->nest->ncapture;
    if (r->nest->nred + r->nest->nsum > 0)
        combine_partials(r);
    for (uint32_t s = 0; s < r->nest->nsum; s++)
        end_sum(r, s);
    if (r->nest->nred == 0)
        return REF_NONE;
    for (uint32_t k = 0; k < r->nest->nred; k++)
        x[k] = ir_cast(fn, ir_load(fn, r->partial[k], &zero), r->nest->red[k].ty);
    ir_combine_all(fn, r->nest, r->arg + at, x, item);
    return r->nest->nred == 1 ? item[0] : ir_tuple(fn, type, item, r->nest->nred);
}

static void region(Fn *fn, BlkId b, uint32_t at)
{
    Ref nest = fn->blk.at[b].ins.at[at];
    Ins in = *ir_ins(fn, nest);
    Region r = { .fn = fn, .nest = in.imm.p };
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    memcpy(arg, ir_args(fn, ir_ins(fn, nest)), in.nargs * sizeof(Ref));
    r.arg = arg;
    ir_remove_unreachable(r.nest->body);
    r.axis = nest_walks_f(fn, r.nest, arg, TARGET_PARALLEL) ? r.nest->ndim - 1 : 0;
    r.n = arg[r.axis];
    BlkId handler = fn->blk.at[b].handler, rest = nest_split(fn, b, at), first = fn->blk.n;
    ir_at(fn, b);
    fn->cur_pos = in.pos;
    count_chunks(&r);
    remark(fn, in.pos, 0, r.nest->nred ? REMARK_PARALLEL_SUM : REMARK_PARALLEL);
    for (uint32_t k = 0; k < r.nest->nred; k++) {
        Ty t = ty_array(fn->unit->types, ty_strong(r.nest->red[k].ty), 1, ORDER_C, false, NULL);
        r.partial[k] = ir_new(fn, t, &r.nchunk, false);
    }
    for (uint32_t s = 0; s < r.nest->nsum; s++) {
        Ref n = ir_bin(fn, IR_MUL, r.nchunk, r.nown[s]);
        r.own[s] = ir_new(fn, ty_array(fn->unit->types, ir_ty(fn, summed(&r, s))->elem, 1, ORDER_C, false, NULL), &n, false);
        remark(fn, in.pos, ir_ins(fn, summed(&r, s))->pos, REMARK_SUMMED);
    }
    build_chunk(&r);
    Ref *captured = arena_new_n(fn->unit->arena, Ref, r.captured.n + 1);
    captured[0] = r.nchunk;
    memcpy(captured + 1, r.captured.at, r.captured.n * sizeof(Ref));
    ir_emit_ptr(fn, IR_PARALLEL, ty(TY_NONE), captured, r.captured.n + 1, r.chunk);
    Ref value = results(&r, in.ty);
    if (!ref_is_none(value))
        ir_replace(fn, nest, value);
    ir_jump(fn, rest);
    fn->blk.at[rest].idom = fn->cur;
    for (BlkId k = first; k < fn->blk.n; k++)
        ir_protect(fn, k, handler);
    ir_ins(fn, nest)->op = IR_NOP;
    ir_ins(fn, nest)->nargs = 0;
    ir_ins(fn, nest)->blk = BLK_NONE;
    fn->have = 0;
}

/* Cut are the nests of user code and of array expressions; what must run in order is not, nor what was made here. */
static bool may_cut(const Ins *in)
{
    const Nest *nest = in->imm.p;
    return in->op == IR_NEST && nest->ndim > 0 && !(nest->flags & NEST_ORDERED) && nest->form != FORM_OURS;
}

static bool keeps_order(const Ins *in) { return in->op == IR_NEST && ((const Nest *)in->imm.p)->flags & NEST_ORDERED; }

/* needs: nothing.  breaks: everything. */
void opt_chunks(Fn *fn)
{
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++)
            if (may_cut(ir_ins(fn, fn->blk.at[b].ins.at[k]))) {
                region(fn, b, k);
                break;
            } else if (keeps_order(ir_ins(fn, fn->blk.at[b].ins.at[k]))) {
                remark(fn, ir_ins(fn, fn->blk.at[b].ins.at[k])->pos, 0, REMARK_SERIAL_ARRAY);
            }
    fn->have = 0;
}
