/* merge.c: two nests → one: the body of the producer where the consumer, or a nest in its body, loads what it stores (fuse.c).
 * A value that is loaded or computed once for an index is not made again for it. */
#include "opt/fuse.h"

/* Loads while a body is copied: one of t is p's value, and each is made once for an index. */
typedef struct Put { BlkId b; Ref array, at[NDIM_MAX], value; } Put;
typedef VEC(Put) Puts;
typedef struct Copy {
    NestBuild *nb;
    Fn *fn;
    const Nest *nest;           /* whose body is copied */
    const Ref *arg;             /* its operands: of fn, or of the body of outer->nest */
    const struct Copy *outer;   /* the copy in which this nest stands; NULL: it is of fn */
    const struct Copy *up;      /* the copy in which nb is built; NULL: in fn */
    Ref p, store, t, c;         /* inlining p, which stores t, into c */
    Puts *put;
    const Place *place;         /* copying p: the element of t that is wanted; NULL: that at p's own indices */
} Copy;

/* The operands of an instruction as they are now: views that the merge makes in fn move its operands. */
static const Ref *operands(const Fn *fn, Ref r)
{
    const Ins *in = ir_ins(fn, r);
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in->nargs + 1);
    memcpy(arg, ir_args(fn, in), in->nargs * sizeof(Ref));
    return arg;
}

/* The value of fn that an array of the body is, or is a view of; none: it is made in c. */
static Ref source(const Copy *x, Ref array)
{
    const Fn *body = x->nest->body;
    while (ir_ins(body, array)->op == IR_VIEW)
        array = ir_arg(body, array, 0);
    const Ins *in = ir_ins(body, array);
    if (in->op != IR_PARAM || in->imm.i < x->nest->ndim)
        return REF_NONE;
    return x->outer ? source(x->outer, x->arg[in->imm.i]) : x->arg[in->imm.i];
}

static Ref use(const Copy *x, Ref v) { return nest_use(x->nb, x->up ? use(x->up, v) : v); }

/* of a value of fn: is it t or a view of it? */
static bool is_of_t(const Copy *x, Ref array)
{
    return !ref_is_none(x->t) && !ref_is_none(array) && ref_eq(fuse_whole(x->fn, array), x->t);
}

static Ref *values(const Copy *x, const Ref *index)
{
    uint32_t nd = x->nest->ndim;
    Ref *value = arena_new_n(x->fn->unit->arena, Ref, nd + x->nest->ncapture + 1);
    memcpy(value, index, nd * sizeof(Ref));
    for (uint32_t k = nd; k < nd + x->nest->ncapture; k++)
        value[k] = is_of_t(x, x->arg[k]) ? ir_undef(x->nb->body, ir_ty(x->fn, x->arg[k])) : use(x, x->arg[k]);
    return value;
}

static Ref load(void *context, Ref access, const Ref *arg);

/* p's value for an element of t: its body, at t's indices. */
static Ref producer(const Copy *c, const Place *place)
{
    Copy x = *c;
    x.nest = fuse_nest_of(x.fn, x.p);
    x.arg = operands(x.fn, x.p);
    x.outer = NULL;
    bool own = ref_eq(place->v, x.t);
    x.place = own ? NULL : place;
    Ref at[NDIM_MAX];
    for (uint32_t k = 0; !own && k < x.nest->ndim; k++) {
        at[k] = use(&x, place->map.start[k]);
        for (uint32_t j = 0; j < ir_ty(x.fn, place->v)->ndim; j++)
            if (place->map.axis[j] == (int)k)
                at[k] = ir_bin(x.nb->body, IR_ADD, at[k], ir_bin(x.nb->body, IR_MUL, place->index[j], use(&x, place->map.step[j])));
    }
    NestEdit edit = { .load = load, .context = &x, .skip = x.store };
    nest_body(x.nb->body, x.nest->body, values(&x, own ? place->index : at), BLK_NONE, &edit);
    return edit.skipped;
}

/* The value for a load of `from` (a value of fn; none: of the body) at index of array in nb->body: made once for an index. */
static Ref loaded(const Copy *x, Ref from, Ref array, const Ref *index)
{
    Fn *body = x->nb->body;
    Puts *put = x->put;
    Put new = { .b = body->cur, .array = from };
    for (uint32_t d = 0; d < ir_ty(body, array)->ndim; d++)
        new.at[d] = x->place ? index[d] : nest_index(x->nb, index[d]);
    for (uint32_t k = 0; k < put->n; k++)
        if (put->at[k].b == new.b && ref_eq(put->at[k].array, from) && !memcmp(put->at[k].at, new.at, sizeof new.at))
            return put->at[k].value;
    if (is_of_t(x, from)) {
        Place place = { .v = from, .index = new.at };
        fuse_map(x->fn, from, &place.map);
        new.value = producer(x, &place);
    } else {
        new.value = ir_load(body, array, new.at);
    }
    vec_push(x->fn->unit->arena, put, new);
    return new.value;
}

/* The load of p's body for the element of t at x->place, of a view of what p reads; none: it is not at p's own axes. */
static Ref load_moved(const Copy *x, Ref access)
{
    Moved m;
    Ref index[NDIM_MAX];
    if (!fuse_move(x->fn, x->p, access, x->t, x->place, &m))
        return REF_NONE;
    for (uint32_t l = 0; l < m.nd; l++) {
        index[l] = x->place->index[m.axis[l]];
        for (uint32_t k = 0; k < m.ntest[l]; k++)
            index[l] = ir_bin(x->nb->body, IR_MUL, index[l], use(x, m.test[l][k]));
        if (m.whole[l])
            index[l] = nest_index(x->nb, index[l]);
    }
    return loaded(x, m.array, use(x, m.array), index);
}

static Ref load(void *context, Ref access, const Ref *arg)
{
    const Copy *x = context;
    Ref from = source(x, ir_arg(x->nest->body, access, 0)), moved;
    bool of_t = is_of_t(x, from);
    if (x->place && !ref_is_none(from) && !ref_is_none(moved = load_moved(x, access)))
        return moved;
    if (!of_t && (x->outer || fuse_names(x->fn, x->c, from, true) || ir_ins(x->nb->body, arg[0])->op != IR_PARAM))
        return REF_NONE;
    return loaded(x, from, arg[0], arg + 1);
}

/* A nest in the body of c that reads t: the same, with p's value there. */
static bool inner_nest(void *context, Ref r, const Ref *arg, Ref *result)
{
    const Copy *x = context;
    const Ins in = *ir_ins(x->nest->body, r);
    const Nest *nest = in.imm.p;
    uint32_t nd = nest->ndim;
    bool reads = false;
    Puts put = { 0 };
    NestBuild nb = nest_begin(x->nb->body, arg, nd, nest->flags);
    nb.blocks = nest_blocks(nest, arg);
    Copy y = *x;
    y.nb = &nb, y.nest = nest, y.arg = operands(x->nest->body, r), y.outer = y.up = x, y.put = &put;
    Ref *value = arena_new_n(x->fn->unit->arena, Ref, nd + nest->ncapture + 1), item[countof(nest->red)];
    memcpy(value, nb.index, nd * sizeof(Ref));
    for (uint32_t k = nd; k < nd + nest->ncapture; k++) {
        bool of_t = is_of_t(x, source(x, y.arg[k]));
        value[k] = of_t ? ir_undef(nb.body, ir_ty(x->nest->body, y.arg[k])) : nest_use(&nb, arg[k]);
        reads |= of_t;
    }
    if (!reads)
        return false;
    NestEdit edit = { .load = load, .nest = inner_nest, .context = &y };
    Ref yield = nest_body(nb.body, nest->body, value, BLK_NONE, &edit);
    for (uint32_t k = 0; k < nest->nred; k++) {
        item[k] = nest->nred == 1 ? yield : ir_item(nb.body, yield, k);
        nest_reduce(&nb, nest->red[k].op, nest->red[k].ty, arg[nd + nest->ncapture + k]);
    }
    *result = nest_end(&nb, item, nest->nred);
    return true;
}

static bool stored(void *context, Ref access, const Ref *arg)
{
    const Copy *x = context;
    uint32_t nd = ir_ty(x->nb->body, arg[0])->ndim;
    Put new = { .b = x->nb->body->cur, .array = source(x, ir_arg(x->nest->body, access, 0)), .value = arg[1] };
    memcpy(new.at, arg + 2, nd * sizeof(Ref));
    vec_push(x->fn->unit->arena, x->put, new);
    return false;
}

/* What stood behind comes back with fuse_close. Until then it is in no block, so that what is built does not reuse a value of later. */
FuseRest fuse_open(Fuse *f, Ref r)
{
    Blk *b = &f->fn->blk.at[f->b];
    Refs rest = { 0 };
    uint32_t from = fuse_place(f, r), n = b->ins.n;
    for (uint32_t k = from; k < n; k++) {
        ir_ins(f->fn, b->ins.at[k])->blk = f->fn->blk.n;
        vec_push(f->fn->unit->arena, &rest, b->ins.at[k]);
    }
    b->ins.n = from;
    f->fn->cur = f->b;
    f->fn->cur_pos = ir_ins(f->fn, r)->pos;
    return rest;
}

void fuse_close(Fuse *f, const FuseRest *rest)
{
    for (uint32_t k = 0; k < rest->n; k++) {
        ir_ins(f->fn, rest->at[k])->blk = f->b;
        vec_push(f->fn->unit->arena, &f->fn->blk.at[f->b].ins, rest->at[k]);
    }
}

void fuse_drop(Fuse *f, Ref r)
{
    Blk *b = &f->fn->blk.at[f->b];
    uint32_t k = fuse_place(f, r);
    memmove(&b->ins.at[k], &b->ins.at[k + 1], (b->ins.n - 1 - k) * sizeof(Ref));
    b->ins.n--;
    Ins *in = ir_ins(f->fn, r);
    in->op = IR_NOP;
    in->nargs = 0;
    in->blk = BLK_NONE;
}

static uint32_t reductions(NestBuild *nb, const Fn *fn, Ref nest_ref, Ref yield, Ref *item, uint32_t n)
{
    const Nest *nest = fuse_nest_of(fn, nest_ref);
    for (uint32_t k = 0; k < nest->nred; k++) {
        item[n++] = nest->nred == 1 ? yield : ir_item(nb->body, yield, k);
        nest_reduce(nb, nest->red[k].op, nest->red[k].ty, ir_arg(fn, nest_ref, nest->ndim + nest->ncapture + k));
    }
    return n;
}

Ref fuse_result(Fn *fn, Ref all, const Nest *nest, uint32_t from)
{
    if (ir_ty(fn, all) == nest->body->ret)
        return all;
    Ref item[countof(nest->red)];
    for (uint32_t k = 0; k < nest->nred; k++)
        item[k] = ir_item(fn, all, from + k);
    return nest->nred == 1 ? item[0] : ir_tuple(fn, nest->body->ret, item, nest->nred);
}

/* What the body does not use, as it is no longer loaded or p's own indices only served loads, is not captured. */
static void forget_unused(Fn *fn, Ref nest_ref)
{
    const Nest *nest = fuse_nest_of(fn, nest_ref);
    Fn *body = nest->body;
    opt_dce(body);
    bool *used = arena_new_n(fn->unit->arena, bool, body->ins.n);
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(body, body->blk.at[b].ins.at[k]);
            for (uint32_t j = 0; j < in->nargs; j++)
                used[ir_args(body, in)[j].i] = true;
        }
    for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++) {
        Ref none = ir_undef(fn, ir_ty(body, body->param[k]));
        if (!used[body->param[k].i])
            ir_args(fn, ir_ins(fn, nest_ref))[k] = none;
    }
}

/* c, with p before it in each iteration (join), or with p's value for loads of t. keep_p: others load t too. */
void fuse_merge(Fuse *f, Ref p, Ref c, Ref t, Ref store, bool keep_p)
{
    Fn *fn = f->fn;
    const Nest *from = fuse_nest_of(fn, p), *to = fuse_nest_of(fn, c);
    FuseRest rest = fuse_open(f, c);
    Puts put = { 0 };
    bool join = ref_is_none(t);
    uint32_t flags = (to->flags | (join ? from->flags : 0)) & ~(uint32_t)NEST_APART, n = 0;
    NestBuild nb = nest_begin(fn, ir_args(fn, ir_ins(fn, c)), to->ndim, flags);
    nb.blocks = nest_blocks(to->nred > 0 || !join ? to : from, operands(fn, to->nred > 0 || !join ? c : p));
    Copy x = { .nb = &nb, .fn = fn, .nest = to, .arg = operands(fn, c), .p = p, .store = store, .t = t, .c = c, .put = &put };
    NestEdit edit = { .load = load, .nest = inner_nest, .context = &x };
    Ref item[2 * countof(to->red)];
    if (join) {
        Copy first = x;
        first.nest = from;
        first.arg = operands(fn, p);
        first.c = p;
        NestEdit keep = { .load = load, .store = stored, .context = &first };
        Ref yield = nest_body(nb.body, from->body, values(&first, nb.index), BLK_NONE, &keep);
        n = reductions(&nb, fn, p, yield, item, n);
    }
    Ref yield = nest_body(nb.body, to->body, values(&x, nb.index), BLK_NONE, &edit);
    uint32_t second = n;
    n = reductions(&nb, fn, c, yield, item, n);
    Ref r = nest_end(&nb, item, n);
    forget_unused(fn, r);
    remark(fn, ir_ins(fn, p)->pos, ir_ins(fn, c)->pos, join ? REMARK_JOINED : REMARK_FUSED);
    if (from->nred > 0)
        ir_replace(fn, p, fuse_result(fn, r, from, 0));
    if (to->nred > 0)
        ir_replace(fn, c, fuse_result(fn, r, to, second));
    fuse_close(f, &rest);
    f->kept = keep_p;
    if (!keep_p)
        fuse_drop(f, p);
    fuse_drop(f, c);
    fuse_find_users(f);
}
