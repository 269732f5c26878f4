/* parallel.c: nests → loops. On the CPU each nest becomes nested counted loops in its parent: one loop an axis, the last
 * axis innermost (F arrays: the first), the body's blocks cloned inside, reductions carried around. */
#include "opt/opt.h"

/* Moves what stands behind position at of block b into a new block, which it returns. b is left without terminator. */
BlkId nest_split(Fn *fn, BlkId b, uint32_t at)
{
    BlkId rest = ir_block(fn, b);
    Blk *from = &fn->blk.at[b], *to = &fn->blk.at[rest];
    for (uint32_t k = at + 1; k < from->ins.n; k++) {
        Ref r = from->ins.at[k];
        ir_ins(fn, r)->blk = rest;
        vec_push(fn->unit->arena, &to->ins, r);
    }
    from->ins.n = at;
    ir_move_succ(fn, b, rest);
    ir_protect(fn, rest, from->handler);
    to->cold = from->cold;
    for (BlkId k = 0; k < fn->blk.n; k++)
        if (k != rest && k != b && fn->blk.at[k].idom == b)
            fn->blk.at[k].idom = rest;
    return rest;
}

/* Is a step along the first axis of the array the short one? arg: of the nest. In order A where the strides of a view say so. */
static bool lies_f(const Fn *fn, const Nest *nest, const Ref *arg, Ref array)
{
    const Ins *in = ir_ins(nest->body, array);
    Ty t = in->ty;
    int64_t step;
    if (t->order != ORDER_A || t->ndim < 2 || in->op != IR_PARAM || in->imm.i < nest->ndim)
        return t->order == ORDER_F;
    const Ins *view = ir_ins(fn, arg[in->imm.i]);
    const Ref *stride = ir_args(fn, view) + 2 + t->ndim;
    return view->op == IR_VIEW && view->ty->order == ORDER_A && ir_is_int(fn, stride[0], &step) && !ir_is_int(fn, stride[t->ndim - 1], &step);
}

/* Does the first array that the body stores to (or else any that it loads from) lie so? */
static bool prefers_f(const Fn *fn, const Nest *nest, const Ref *arg)
{
    const Fn *body = nest->body;
    bool f = false;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(body, body->blk.at[b].ins.at[k]);
            if (in->op != IR_STORE && in->op != IR_LOAD)
                continue;
            bool lies = lies_f(fn, nest, arg, ir_args(body, in)[0]);
            if (in->op == IR_STORE)
                return lies;
            f |= lies;
        }
    return f;
}

/* A sum of floats is made in the order of its axes. */
bool nest_walks_f(const Fn *fn, const Nest *nest, const Ref *arg, TargetId target)
{
    NestLoops l = { .fn = (Fn *)fn, .nest = (Nest *)nest, .target = target };
    return nest->ndim > 1 && !(nest->flags & NEST_ORDERED) && !pairwise_wanted(&l) && prefers_f(fn, nest, arg);
}

Ref nest_clone(const NestLoops *l, const Ref *index, Ref place)
{
    NestEdit edit = { 0 };
    return nest_clone_edited(l, index, place, &edit);
}

Ref nest_clone_edited(const NestLoops *l, const Ref *index, Ref place, NestEdit *edit)
{
    uint32_t nd = l->nest->ndim, n = l->nest->ncapture;
    Ref *value = arena_new_n(l->fn->unit->arena, Ref, nd + n + 1);
    memcpy(value, index, nd * sizeof(Ref));
    memcpy(value + nd, l->arg + nd, n * sizeof(Ref));
    edit->known = l->block ? block_known(l->block, place) : NULL;
    return nest_body(l->fn, l->nest->body, value, l->handler, edit);
}

/* May the rest of the body's runs be left out? */
static bool only_reads(const Fn *body)
{
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            IrOp op = ir_ins(body, body->blk.at[b].ins.at[k])->op;
            if (ir_op[op].effect > EFF_READ && op != IR_RETURN && op != IR_JUMP && op != IR_BRANCH)
                return false;
        }
    return true;
}

enum { EARLY = 4096 };

/* The innermost loop of an any() or all() as two: over blocks, and over a block, which is empty once the result is
 * known. So the inner one has no way out and vectorises. */
static Ref early_loops(const NestLoops *l, IrLoop *loop, Ref extent, Ref acc)
{
    Fn *fn = l->fn;
    Ref size = ir_i64(fn, EARLY), zero = ir_i64(fn, 0), blocks;
    blocks = ir_bin(fn, IR_DIV, ir_bin(fn, IR_ADD, extent, ir_i64(fn, EARLY - 1)), size);
    loop[0] = ir_loop(fn, blocks, &acc, 1);
    fn->blk.at[loop[0].header].heavy = true;
    Ref from = ir_bin(fn, IR_MUL, loop[0].index, size), left = ir_bin(fn, IR_SUB, extent, from), known = loop[0].carried[0];
    Ref n = ir_select(fn, ir_cmp(fn, IR_LT, left, size), left, size);
    bool any = l->nest->red[0].op == RED_ANY;
    loop[1] = ir_loop(fn, ir_select(fn, known, any ? zero : n, any ? n : zero), loop[0].carried, 1);
    fn->blk.at[loop[1].header].brief = true;
    return ir_bin(fn, IR_ADD, from, loop[1].index);
}

/* The loops of a nest, outermost first. */
typedef struct Loops {
    const NestLoops *l;
    IrLoop loop[2 * NDIM_MAX + 2];
    uint32_t n;
    Ref acc[countof(((Nest *)0)->red)];
    Ref place;                  /* of the innermost loop's element in its block (block.c, place.c) */
    Places places;
    Scan scan;
} Loops;

static Ref open_loop(Loops *s, Ref n)
{
    IrLoop *loop = &s->loop[s->n++];
    *loop = ir_loop(s->l->fn, n, s->acc, s->l->nest->nred);
    memcpy(s->acc, loop->carried, s->l->nest->nred * sizeof(Ref));
    return loop->index;
}

/* A loop over n in steps of size: where each begins. */
static Ref open_steps(Loops *s, Ref n, Ref size)
{
    Fn *fn = s->l->fn;
    Ref more = ir_bin(fn, IR_ADD, n, ir_bin(fn, IR_SUB, size, ir_i64(fn, 1)));
    return ir_bin(fn, IR_MUL, open_loop(s, ir_bin(fn, IR_DIV, more, size)), size);
}

static Ref least(Fn *fn, Ref a, Ref b) { return ir_select(fn, ir_cmp(fn, IR_LT, a, b), a, b); }

/* A loop over the blocks of an axis: where the block begins. */
static Ref open_tiles(Loops *s, uint32_t axis)
{
    Fn *fn = s->l->fn;
    Ref size = s->l->tile[axis], one = ir_i64(fn, 1);
    return open_steps(s, s->l->arg[axis], ir_select(fn, ir_cmp(fn, IR_GT, size, one), size, one));
}

/* The loop over n elements of an axis from `from` on; the innermost one in blocks, where functions are computed so. */
static void open_axis(Loops *s, uint32_t axis, Ref from, Ref n, Ref *index)
{
    Fn *fn = s->l->fn;
    Blocks *block = s->l->block;
    if (!(block || s->places.n > 0 || s->scan.blocks) || axis != s->l->axis[s->l->nest->ndim - 1]) {
        index[axis] = ir_bin(fn, IR_ADD, from, open_loop(s, n));
        return;
    }
    Ref most = block ? block_size(block) : ir_i64(fn, PLACE_BLOCK), done = open_steps(s, n, most);
    fn->blk.at[s->loop[s->n - 1].header].heavy = true;
    Ref size = least(fn, ir_bin(fn, IR_SUB, n, done), most);
    index[axis] = ir_bin(fn, IR_ADD, from, done);
    if (block)
        block_stages(block, index, size);
    places_begin(&s->places, s->acc, index, size);
    scan_begin(&s->scan, s->acc, index, size);
    s->place = open_loop(s, size);
    fn->blk.at[s->loop[s->n - 1].header].brief = true;
    index[axis] = ir_bin(fn, IR_ADD, index[axis], s->place);
}

static void open_tile(Loops *s, uint32_t axis, Ref from, Ref *index)
{
    Fn *fn = s->l->fn;
    open_axis(s, axis, from, least(fn, ir_bin(fn, IR_SUB, s->l->arg[axis], from), s->l->tile[axis]), index);
}

static bool is_tiled(const NestLoops *l, uint32_t axis) { return !ref_is_none(l->tile[axis]); }

/* Axes that are whole outside, then the blocks, then what is in a block. */
static void open_axes(Loops *s, Ref *index)
{
    const NestLoops *l = s->l;
    Ref from[NDIM_MAX];
    for (uint32_t d = 0; d < l->nest->ndim; d++)
        if (!is_tiled(l, l->axis[d]))
            open_axis(s, l->axis[d], ir_i64(l->fn, 0), l->arg[l->axis[d]], index);
    for (uint32_t d = 0; d < l->nest->ndim; d++)
        if (is_tiled(l, l->axis[d]))
            from[l->axis[d]] = open_tiles(s, l->axis[d]);
    for (uint32_t d = 0; d < l->nest->ndim; d++)
        if (is_tiled(l, l->axis[d]))
            open_tile(s, l->axis[d], from[l->axis[d]], index);
}

static void open_early(Loops *s, Ref *index)
{
    const NestLoops *l = s->l;
    uint32_t nd = l->nest->ndim, inner = l->axis[nd - 1];
    for (uint32_t d = 0; d + 1 < nd; d++)
        index[l->axis[d]] = open_loop(s, l->arg[l->axis[d]]);
    index[inner] = early_loops(l, &s->loop[s->n], l->arg[inner], s->acc[0]);
    s->n += 2;
    s->acc[0] = s->loop[s->n - 1].carried[0];
}

/* Does the innermost loop go along rows of arrays, and does nothing else? Not where it is known to take every second element. */
static bool along_rows(const NestLoops *l)
{
    Fn *fn = l->fn;
    const Nest *nest = l->nest;
    bool rows = nest->body->blk.n == 1 && nest->form >= FORM_FLAT && nest->form <= FORM_COLUMN;
    for (uint32_t k = 0; k < nest->ncapture && rows; k++) {
        Ref x = l->arg[nest->ndim + k];
        Ty t = ir_ty(fn, x);
        int64_t stride;
        for (uint32_t d = 0; t->kind == TY_ARRAY && t->order == ORDER_A && d < t->ndim; d++)
            rows &= !ir_is_int(fn, ir_stride(fn, x, d), &stride) || stride == t->elem->nbytes || stride == -t->elem->nbytes;
    }
    return rows;
}

/* Is the body but loads, values and stores? Then it is known of all that its innermost loop does with memory that its iterations do
 * not meet there (opt/version.c): LLVM need not test it. */
static bool is_straight(const Nest *nest)
{
    const Fn *body = nest->body;
    for (uint32_t k = 0; k < body->blk.at[0].ins.n; k++) {
        const Ins *in = ir_ins(body, body->blk.at[0].ins.at[k]);
        if (in->op != IR_STORE && in->op != IR_RETURN && ir_op[in->op].effect > EFF_READ)
            return false;
    }
    return body->blk.n == 1 && (nest->flags & NEST_SCAN || !(nest->flags & (NEST_ORDERED | NEST_PRANGE)));
}

/* The body in the innermost loop, and what the reductions come to. */
static void iteration(Loops *s, const Ref *index, Ref *next)
{
    Fn *fn = s->l->fn;
    const Nest *nest = s->l->nest;
    Ref x[NRED_MAX];
    if (!ref_is_none(s->scan.store)) {
        scan_clone(&s->scan, index, s->place, s->acc, next);
        return;
    }
    if (nest->flags & NEST_PICK) {
        pick_clone(s->l, index, s->place, s->acc, next);
        return;
    }
    Ref yield = nest_clone(s->l, index, s->place);
    for (uint32_t k = 0; k < nest->nred; k++)
        x[k] = nest->nred == 1 ? yield : ir_item(fn, yield, k);
    ir_combine_all(fn, nest, s->acc, x, next);
    for (uint32_t k = 0; nest->flags & NEST_FREE && k < nest->nred; k++)
        if (ir_ins(fn, next[k])->op == IR_ADD && !ty_is_int(nest->red[k].ty))
            ir_ins(fn, next[k])->flags |= INS_ANY_ORDER;
    places_keep(&s->places, s->place, x, next);
}

/* Loops with reductions carried around. */
static void plain_loops(NestLoops *l, Ref *next)
{
    Fn *fn = l->fn;
    const Nest *nest = l->nest;
    uint32_t nred = nest->nred;
    Loops s = { .l = l };
    Ref index[NDIM_MAX];
    if (nred > countof(s.loop[0].carried))
        nj_bug(fn->unit, "a nest with %u reductions", nred);
    memcpy(s.acc, l->arg + nest->ndim + nest->ncapture, nred * sizeof(Ref));
    if (nest->ndim > 0 && nred == 1 && (nest->red[0].op == RED_ANY || nest->red[0].op == RED_ALL) && only_reads(nest->body)) {
        l->block = NULL;
        open_early(&s, index);
    } else {
        nest_tiles(l);
        places_look(&s.places, l);
        scan_look(&s.scan, l);
        open_axes(&s, index);
    }
    if (s.n > 0)
        fn->blk.at[s.loop[s.n - 1].header].streams = along_rows(l);
    if (s.n > 0 && is_straight(nest))
        fn->blk.at[s.loop[s.n - 1].header].apart = true;
    iteration(&s, index, next);
    for (bool inner = true; s.n-- > 0; inner = false) {
        ir_endloop(fn, &s.loop[s.n], next);
        memcpy(next, s.loop[s.n].carried, nred * sizeof(Ref));
        if (inner) {
            places_find(&s.places, next);
            scan_end(&s.scan, next);
        }
    }
}

static void expand(Fn *fn, BlkId b, uint32_t at, TargetId target, Ref *scratch)
{
    Ref r = fn->blk.at[b].ins.at[at];
    Ins in = *ir_ins(fn, r);
    Nest *nest = (Nest *)in.imm.p;
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    memcpy(arg, ir_args(fn, ir_ins(fn, r)), in.nargs * sizeof(Ref));
    uint32_t nd = nest->ndim, nred = nest->nred;
    BlkId handler = fn->blk.at[b].handler, rest = nest_split(fn, b, at);
    ir_remove_unreachable(nest->body);
    ir_at(fn, b);
    fn->cur_pos = in.pos;
    bool f = nest_walks_f(fn, nest, arg, target);
    NestLoops l = { .fn = fn, .nest = nest, .arg = arg, .handler = handler, .target = target, .scratch = scratch };
    for (uint32_t d = 0; d < nd; d++)
        l.axis[d] = f ? nd - 1 - d : d;
    Ref next[countof(nest->red)];
    BlkId first = fn->blk.n;
    fn->form = nest->form;
    l.block = block_look(&l);
    if (pairwise_wanted(&l))
        pairwise_loops(&l, next);
    else
        plain_loops(&l, next);
    if (nred > 0)
        ir_replace(fn, r, nred == 1 ? next[0] : ir_tuple(fn, in.ty, next, nred));
    fn->form = FORM_WRITTEN;
    ir_jump(fn, rest);
    fn->blk.at[rest].idom = fn->cur;
    for (BlkId k = first; k < fn->blk.n; k++)
        ir_protect(fn, k, handler);
    for (BlkId k = first; k < fn->blk.n; k++)
        fn->blk.at[k].plain |= (nest->flags & NEST_COLD) != 0;
    ir_ins(fn, r)->op = IR_NOP;
    ir_ins(fn, r)->nargs = 0;
    ir_ins(fn, r)->blk = BLK_NONE;
    fn->have = 0;
}

/* needs: nothing.  breaks: everything. */
void opt_parallel(Fn *fn, TargetId target)
{
    Ref scratch = REF_NONE;
    for (BlkId b = 0; b < fn->blk.n; b++)       /* new blocks come behind, so nests inside nests are met too */
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++)
            if (ir_ins(fn, fn->blk.at[b].ins.at[k])->op == IR_NEST) {
                expand(fn, b, k, target, &scratch);
                break;
            }
    fn->have = 0;
}
