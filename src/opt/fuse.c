/* fuse.c: nests → fewer nests. A temporary that one nest stores and another loads is never made.
 *
 *     t = new n; nest (i < n) { t[i] = f(i) }; ...; nest (j < m) { ... t[x] ... }   →   nest (j < m) { ... f(x) ... }
 *
 * t has no other use. The body of the producer stands where the consumer loads, once for each index, so operands
 * that are stretched at run time need nothing special. Loads of a nest see memory as it was before it, so between the
 * two nests nothing may write what the producer reads; then what the consumer stores does not matter. Errors keep their
 * order, since a producer that may fail is not moved. A producer with several consumers fuses when these have become
 * one nest: nests over equal extents that read the same array, or of which one reads what the other stores, are joined.
 * Where the producer has fewer axes than the consumer, it is computed again for each: only if it is cheap. */
#include "opt/opt.h"

enum { CHEAP = 4 };             /* operations that may be done again for a row */

typedef VEC(Ref) Refs;
typedef struct Fuse {
    Fn *fn;
    BlkId b;
    Refs *user;                 /* of a value: the instructions that use it */
} Fuse;

static const Nest *nest_of(const Fn *fn, Ref r)
{
    const Ins *in = ir_ins(fn, r);
    return in->op == IR_NEST ? in->imm.p : NULL;
}

/* The parent's value of an array that an access of the body goes to; none: an array of the body itself. */
static Ref array_of(const Fn *fn, Ref nest_ref, Ref access)
{
    const Nest *nest = nest_of(fn, nest_ref);
    const Fn *body = nest->body;
    Ref x = ir_arg(body, access, 0);
    while (ir_ins(body, x)->op == IR_VIEW)
        x = ir_arg(body, x, 0);
    const Ins *in = ir_ins(body, x);
    return in->op == IR_PARAM && in->imm.i >= nest->ndim ? ir_arg(fn, nest_ref, (uint32_t)in->imm.i) : REF_NONE;
}

/* May this nest be moved and taken apart? Its body only loads, computes, and stores to what it captured. */
static bool is_simple(const Fn *fn, Ref r)
{
    const Nest *nest = nest_of(fn, r);
    if (!nest || nest->flags & (NEST_ORDERED | NEST_PRANGE) || nest->ndim == 0)
        return false;
    const Fn *body = nest->body;
    for (BlkId b = 0; b < body->blk.n; b++) {
        if (body->blk.at[b].handler != BLK_NONE)
            return false;
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            Ref v = body->blk.at[b].ins.at[k];
            const Ins *in = ir_ins(body, v);
            bool fails, last = k + 1 == body->blk.at[b].ins.n;
            IrEffect e = opt_effect(in, &fails);
            if (in->op == IR_STORE || in->op == IR_LOAD) {
                if (ref_is_none(array_of(fn, r, v)))
                    return false;
            } else if (fails || in->op == IR_PEEK || (e > EFF_READ && !last)) {
                return false;
            }
        }
    }
    return true;
}

/* Calls visit for each access of the nest: the array in the parent, and whether it is stored to. */
typedef bool (*Visit)(Fuse *f, Ref array, bool store, Ref other);

static bool each_access(Fuse *f, Ref nest_ref, Visit ok, Ref other)
{
    const Fn *body = nest_of(f->fn, nest_ref)->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            Ref v = body->blk.at[b].ins.at[k];
            uint8_t op = ir_ins(body, v)->op;
            if ((op == IR_LOAD || op == IR_STORE) && !ok(f, array_of(f->fn, nest_ref, v), op == IR_STORE, other))
                return false;
        }
    return true;
}

static bool stores_only_new(Fuse *f, Ref array, bool store, Ref other)
{
    (void)other;
    return !store || ir_ins(f->fn, array)->op == IR_NEW;
}

static bool stores_nothing(Fuse *f, Ref array, bool store, Ref other)
{
    (void)f, (void)array, (void)other;
    return !store;
}

/* A write to `other`: does the access see it? */
static bool not_written(Fuse *f, Ref array, bool store, Ref other) { (void)store; return ir_apart(f->fn, array, other); }
/* A read of `other` */
static bool not_stored(Fuse *f, Ref array, bool store, Ref other) { return !store || ir_apart(f->fn, array, other); }

/* An access of the nest that stands between: `other` is the nest that would move over it. */
static bool access_moves(Fuse *f, Ref array, bool store, Ref other)
{
    return each_access(f, other, store ? not_written : not_stored, array);
}

/* May nest p, which stores to new arrays only, move down over instruction x? */
static bool moves_over(Fuse *f, Ref p, Ref x)
{
    Fn *fn = f->fn;
    const Ins *in = ir_ins(fn, x);
    bool fails;
    IrEffect e = opt_effect(in, &fails);
    for (uint32_t k = 0; k < in->nargs; k++)
        if (ref_eq(ir_args(fn, in)[k], p))
            return false;
    switch (in->op) {
    case IR_NEW: case IR_CHECK: case IR_NOP: return true;
    case IR_LOAD: return each_access(f, p, not_stored, ir_args(fn, in)[0]);
    case IR_STORE: return each_access(f, p, not_written, ir_args(fn, in)[0]);
    case IR_NEST: return is_simple(fn, x) && each_access(f, x, access_moves, p);
    default: return e == EFF_PURE;
    }
}

static uint32_t place(const Fuse *f, Ref r)
{
    const Blk *b = &f->fn->blk.at[f->b];
    uint32_t k = 0;
    while (!ref_eq(b->ins.at[k], r))
        k++;
    return k;
}

/* May p move down to just before c? */
static bool moves_to(Fuse *f, Ref p, Ref c)
{
    uint32_t from = place(f, p), to = place(f, c);
    for (uint32_t k = from + 1; k < to; k++)
        if (!moves_over(f, p, f->fn->blk.at[f->b].ins.at[k]))
            return false;
    return from < to;
}

static void find_users(Fuse *f)
{
    Fn *fn = f->fn;
    f->user = arena_new_n(fn->unit->arena, Refs, fn->ins.n);
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            Ref r = fn->blk.at[b].ins.at[k];
            const Ins *in = ir_ins(fn, r);
            for (uint32_t j = 0; j < in->nargs; j++)
                vec_push(fn->unit->arena, &f->user[ir_args(fn, in)[j].i], r);
        }
}

static bool names(const Fn *fn, Ref nest_ref, Ref array, bool store)
{
    const Fn *body = nest_of(fn, nest_ref)->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            Ref v = body->blk.at[b].ins.at[k];
            if (ir_ins(body, v)->op == (store ? IR_STORE : IR_LOAD) && ref_eq(array_of(fn, nest_ref, v), array))
                return true;
        }
    return false;
}

/* Is this access of the body at the nest's own indices, of a whole captured array? */
static bool at_own_indices(const Nest *nest, Ref access)
{
    const Fn *body = nest->body;
    const Ins *in = ir_ins(body, access);
    const Ref *arg = ir_args(body, in);
    uint32_t first = in->op == IR_STORE ? 2 : 1;
    if (ir_ins(body, arg[0])->op != IR_PARAM || in->nargs - first != nest->ndim)
        return false;
    for (uint32_t d = 0; d < nest->ndim; d++)
        if (!ref_eq(arg[first + d], body->param[d]))
            return false;
    return true;
}

/* The one STORE of p, to t at p's own indices; none: it is not so simple. */
static Ref the_store(const Fn *fn, Ref p, Ref t)
{
    const Nest *nest = nest_of(fn, p);
    const Fn *body = nest->body;
    Ref store = REF_NONE;
    if (nest->nred > 0 || body->blk.n > 1 || ir_ty(fn, t)->ndim != nest->ndim)
        return REF_NONE;
    for (uint32_t k = 0; k < body->blk.at[0].ins.n; k++) {
        Ref v = body->blk.at[0].ins.at[k];
        if (ir_ins(body, v)->op != IR_STORE)
            continue;
        if (!ref_is_none(store) || !ref_eq(array_of(fn, p, v), t) || !at_own_indices(nest, v))
            return REF_NONE;
        store = v;
    }
    return store;
}

/* So little work that it may be done again: a few operations on at most two loads. */
static bool is_cheap(const Fn *fn, Ref p)
{
    const Fn *body = nest_of(fn, p)->body;
    uint32_t cost = 0, loads = 0;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(body, body->blk.at[b].ins.at[k]);
            bool dear = in->op == IR_MATH || in->op == IR_DIV || in->op == IR_REM || in->op == IR_RT || in->op == IR_PHI;
            loads += in->op == IR_LOAD;
            cost += dear ? CHEAP + 1 : in->ty->kind != TY_I64 && in->op != IR_LOAD && in->op != IR_STORE && in->op != IR_RETURN;
        }
    return cost <= CHEAP && loads <= 2;
}

/* Is it worth to compute p's elements where c loads them, and not once for a row of c? */
static bool worth(const Fn *fn, Ref p, Ref c)
{
    return nest_of(fn, p)->ndim >= nest_of(fn, c)->ndim || is_cheap(fn, p);
}

/* ---- the fused nest ---- */

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
} Copy;

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

static Ref *values(const Copy *x, const Ref *index)
{
    uint32_t nd = x->nest->ndim;
    Ref *value = arena_new_n(x->fn->unit->arena, Ref, nd + x->nest->ncapture + 1);
    memcpy(value, index, nd * sizeof(Ref));
    for (uint32_t k = nd; k < nd + x->nest->ncapture; k++)
        value[k] = ref_eq(x->arg[k], x->t) ? ir_undef(x->nb->body, ir_ty(x->fn, x->arg[k])) : use(x, x->arg[k]);
    return value;
}

static Ref load(void *context, Ref access, const Ref *arg);

static Ref producer(const Copy *c, const Ref *index)
{
    Copy x = *c;
    x.nest = nest_of(x.fn, x.p);
    x.arg = ir_args(x.fn, ir_ins(x.fn, x.p));
    x.outer = NULL;
    NestEdit edit = { .load = load, .context = &x, .skip = x.store };
    nest_body(x.nb->body, x.nest->body, values(&x, index), BLK_NONE, &edit);
    return edit.skipped;
}

static Ref load(void *context, Ref access, const Ref *arg)
{
    const Copy *x = context;
    Fn *body = x->nb->body;
    Puts *put = x->put;
    Ref array = source(x, ir_arg(x->nest->body, access, 0));
    uint32_t nd = ir_ty(body, arg[0])->ndim;
    bool of_t = ref_eq(array, x->t);
    if (!of_t && (x->outer || names(x->fn, x->c, array, true) || ir_ins(body, arg[0])->op != IR_PARAM))
        return REF_NONE;
    Put new = { .b = body->cur, .array = array };
    for (uint32_t d = 0; d < nd; d++)
        new.at[d] = nest_index(x->nb, arg[1 + d]);
    for (uint32_t k = 0; k < put->n; k++)
        if (put->at[k].b == new.b && ref_eq(put->at[k].array, array) && !memcmp(put->at[k].at, new.at, sizeof new.at))
            return put->at[k].value;
    new.value = of_t ? producer(x, new.at) : ir_load(body, arg[0], new.at);
    vec_push(x->fn->unit->arena, put, new);
    return new.value;
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
    Copy y = *x;
    y.nb = &nb, y.nest = nest, y.arg = ir_args(x->nest->body, ir_ins(x->nest->body, r)), y.outer = y.up = x, y.put = &put;
    Ref *value = arena_new_n(x->fn->unit->arena, Ref, nd + nest->ncapture + 1), item[countof(nest->red)];
    memcpy(value, nb.index, nd * sizeof(Ref));
    for (uint32_t k = nd; k < nd + nest->ncapture; k++) {
        bool of_t = ref_eq(source(x, y.arg[k]), x->t);
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

static void stored(void *context, Ref access, const Ref *arg)
{
    const Copy *x = context;
    uint32_t nd = ir_ty(x->nb->body, arg[0])->ndim;
    Put new = { .b = x->nb->body->cur, .array = source(x, ir_arg(x->nest->body, access, 0)), .value = arg[1] };
    memcpy(new.at, arg + 2, nd * sizeof(Ref));
    vec_push(x->fn->unit->arena, x->put, new);
}

/* What fn->cur gets goes before instruction r of the block; what stood behind comes back with end_insert. Until then
 * it is in no block, so that what is built does not reuse a value of later. */
static Refs begin_insert(Fuse *f, Ref r)
{
    Blk *b = &f->fn->blk.at[f->b];
    Refs rest = { 0 };
    uint32_t from = place(f, r), n = b->ins.n;
    for (uint32_t k = from; k < n; k++) {
        ir_ins(f->fn, b->ins.at[k])->blk = f->fn->blk.n;
        vec_push(f->fn->unit->arena, &rest, b->ins.at[k]);
    }
    b->ins.n = from;
    f->fn->cur = f->b;
    f->fn->cur_pos = ir_ins(f->fn, r)->pos;
    return rest;
}

static void end_insert(Fuse *f, const Refs *rest)
{
    for (uint32_t k = 0; k < rest->n; k++) {
        ir_ins(f->fn, rest->at[k])->blk = f->b;
        vec_push(f->fn->unit->arena, &f->fn->blk.at[f->b].ins, rest->at[k]);
    }
}

static void drop(Fuse *f, Ref r)
{
    Blk *b = &f->fn->blk.at[f->b];
    uint32_t k = place(f, r);
    memmove(&b->ins.at[k], &b->ins.at[k + 1], (b->ins.n - 1 - k) * sizeof(Ref));
    b->ins.n--;
    Ins *in = ir_ins(f->fn, r);
    in->op = IR_NOP;
    in->nargs = 0;
    in->blk = BLK_NONE;
}

static uint32_t reductions(NestBuild *nb, const Fn *fn, Ref nest_ref, Ref yield, Ref *item, uint32_t n)
{
    const Nest *nest = nest_of(fn, nest_ref);
    for (uint32_t k = 0; k < nest->nred; k++) {
        item[n++] = nest->nred == 1 ? yield : ir_item(nb->body, yield, k);
        nest_reduce(nb, nest->red[k].op, nest->red[k].ty, ir_arg(fn, nest_ref, nest->ndim + nest->ncapture + k));
    }
    return n;
}

/* The value that stands for a nest whose reductions are from, from + 1 ... of the nest all. */
static Ref its_result(Fn *fn, Ref all, const Nest *nest, uint32_t from)
{
    if (ir_ty(fn, all) == nest->body->ret)
        return all;
    Ref item[countof(nest->red)];
    for (uint32_t k = 0; k < nest->nred; k++)
        item[k] = ir_item(fn, all, from + k);
    return nest->nred == 1 ? item[0] : ir_tuple(fn, nest->body->ret, item, nest->nred);
}

/* c, with p before it in each iteration (join), or with p's value for loads of t. keep_p: others load t too. */
static void fuse(Fuse *f, Ref p, Ref c, Ref t, Ref store, bool keep_p)
{
    Fn *fn = f->fn;
    const Nest *from = nest_of(fn, p), *to = nest_of(fn, c);
    Refs rest = begin_insert(f, c);
    Puts put = { 0 };
    bool join = ref_is_none(t);
    uint32_t flags = (to->flags | (join ? from->flags : 0)) & ~(uint32_t)NEST_APART, n = 0;
    NestBuild nb = nest_begin(fn, ir_args(fn, ir_ins(fn, c)), to->ndim, flags);
    Copy x = { .nb = &nb, .fn = fn, .nest = to, .arg = ir_args(fn, ir_ins(fn, c)), .p = p, .store = store, .t = t, .c = c, .put = &put };
    NestEdit edit = { .load = load, .nest = inner_nest, .context = &x };
    Ref item[2 * countof(to->red)];
    if (join) {
        Copy first = x;
        first.nest = from;
        first.arg = ir_args(fn, ir_ins(fn, p));
        first.c = p;
        NestEdit keep = { .load = load, .store = stored, .context = &first };
        Ref yield = nest_body(nb.body, from->body, values(&first, nb.index), BLK_NONE, &keep);
        n = reductions(&nb, fn, p, yield, item, n);
    }
    Ref yield = nest_body(nb.body, to->body, values(&x, nb.index), BLK_NONE, &edit);
    uint32_t second = n;
    n = reductions(&nb, fn, c, yield, item, n);
    Ref r = nest_end(&nb, item, n);
    remark(fn, ir_ins(fn, p)->pos, ir_ins(fn, c)->pos, join ? REMARK_JOINED : REMARK_FUSED);
    if (from->nred > 0)
        ir_replace(fn, p, its_result(fn, r, from, 0));
    if (to->nred > 0)
        ir_replace(fn, c, its_result(fn, r, to, second));
    end_insert(f, &rest);
    if (!keep_p)
        drop(f, p);
    drop(f, c);
    find_users(f);
}

/* ---- which ---- */

/* The nest that stores t, where nests are all that uses t; none. *shared: others than c load it. */
static Ref producer_of(Fuse *f, Ref t, Ref c, bool *shared)
{
    Fn *fn = f->fn;
    Refs *user = &f->user[t.i];
    Ref p = REF_NONE;
    *shared = false;
    for (uint32_t k = 0; k < user->n; k++) {
        Ref u = user->at[k];
        if (ir_ins(fn, u)->op != IR_NEST || ir_ins(fn, u)->blk != f->b)
            return REF_NONE;
        bool makes = names(fn, u, t, true);
        if (makes && !ref_is_none(p) && !ref_eq(u, p))
            return REF_NONE;
        if (makes)
            p = u;
        else
            *shared |= !ref_eq(u, c);
    }
    return p;
}

/* What is asked of a nest of any sort that reads t: c, or one in its body. */
typedef struct Reader {
    const Fn *fn;
    const Nest *nest;
    const Ref *arg;
    const struct Reader *outer; /* NULL: it is of fn */
} Reader;

/* The value of fn that v, of the body of r's nest, is; none: it is computed in the nest. */
static Ref read_value(const Reader *r, Ref v)
{
    const Ins *in = ir_ins(r->nest->body, v);
    if (in->op != IR_PARAM || in->imm.i < r->nest->ndim)
        return REF_NONE;
    return r->outer ? read_value(r->outer, r->arg[in->imm.i]) : r->arg[in->imm.i];
}

/* Is this all that the nest and those in its body do: compute, check, store where p does not read, and load t, in all its
 * axes (depth: of the nests around)? So it may be ordered, and fail: p's elements are then computed where it loads them. */
static bool reads_only(Fuse *f, const Reader *r, Ref p, Ref t, uint32_t depth, uint32_t *loads)
{
    const Fn *body = r->nest->body;
    if (body->blk.n > 1 || body->blk.at[0].handler != BLK_NONE)
        return false;
    depth += r->nest->ndim;
    for (uint32_t k = 0; k < body->blk.at[0].ins.n; k++) {
        Ref v = body->blk.at[0].ins.at[k];
        const Ins *in = ir_ins(body, v);
        const Ref *arg = ir_args(body, in);
        bool fails, last = k + 1 == body->blk.at[0].ins.n;
        if (in->op == IR_NEST) {
            Reader inner = { r->fn, in->imm.p, arg, r };
            if (!reads_only(f, &inner, p, t, depth, loads))
                return false;
            continue;
        }
        for (uint32_t j = 0; j < in->nargs; j++)
            if (ref_eq(read_value(r, arg[j]), t) && (in->op != IR_LOAD || j > 0 || ir_ty(f->fn, t)->ndim < depth || (*loads)++ > 0))
                return false;
        if (in->op == IR_STORE && (ref_is_none(read_value(r, arg[0])) || !each_access(f, p, not_written, read_value(r, arg[0]))))
            return false;
        if (in->op != IR_STORE && !last && opt_effect(in, &fails) > EFF_RAISE)
            return false;
    }
    return true;
}

/* A reduction along some axes, say: nests in the body of c, or an order that must be kept. */
static bool may_read(Fuse *f, Ref p, Ref c, Ref t)
{
    const Ins *in = ir_ins(f->fn, c);
    Reader r = { f->fn, in->imm.p, ir_args(f->fn, in), NULL };
    uint32_t loads = 0;
    return !(r.nest->flags & NEST_PRANGE) && reads_only(f, &r, p, t, 0, &loads) && loads == 1;
}

/* Does c use t for loads only? */
static bool only_loads(const Fn *fn, Ref c, Ref t)
{
    const Nest *nest = nest_of(fn, c);
    const Fn *body = nest->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(body, body->blk.at[b].ins.at[k]);
            for (uint32_t j = 0; j < in->nargs; j++) {
                const Ins *x = ir_ins(body, ir_args(body, in)[j]);
                if (x->op == IR_PARAM && x->imm.i >= nest->ndim && ref_eq(ir_arg(fn, c, (uint32_t)x->imm.i), t)
                    && (in->op != IR_LOAD || j > 0))
                    return false;
            }
        }
    return true;
}

/* Are all accesses of nest r to `array` along its own axes, if stretched? */
static bool all_along(const Fn *fn, Ref r, Ref array)
{
    const Nest *nest = nest_of(fn, r);
    const Fn *body = nest->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            Ref v = body->blk.at[b].ins.at[k];
            const Ins *in = ir_ins(body, v);
            uint32_t first = in->op == IR_STORE ? 2 : 1;
            if ((in->op != IR_LOAD && in->op != IR_STORE) || !ref_eq(array_of(fn, r, v), array))
                continue;
            if (ir_ins(body, ir_args(body, in)[0])->op != IR_PARAM || in->nargs - first != nest->ndim)
                return false;
            for (uint32_t d = 0; d < nest->ndim; d++)
                if (nest_axis(fn, nest, ir_args(fn, ir_ins(fn, r)), ir_args(body, in)[first + d]) != (int)d)
                    return false;
        }
    return true;
}

/* Is n the extent of x along axis d? */
static bool is_extent(const Fn *fn, Ref n, Ref x, uint32_t d)
{
    const Ins *in = ir_ins(fn, n), *array = ir_ins(fn, x);
    int64_t c;
    if (array->ty->extent)
        return ir_is_int(fn, n, &c) && c == array->ty->extent[d];
    if (array->op == IR_NEW || array->op == IR_VIEW)
        return ref_eq(ir_args(fn, array)[array->op == IR_NEW ? d : 2 + d], n);
    return in->op == IR_EXTENT && ref_eq(in->arg[0], x) && in->imm.i == d;
}

/* Is what p loads and c stores under one name the same element (Nest)? It has c's extents, so it is nowhere stretched. */
static bool same_elements(const Fn *fn, Ref p, Ref c, Ref t)
{
    const Nest *from = nest_of(fn, p), *to = nest_of(fn, c);
    for (uint32_t k = from->ndim; k < from->ndim + from->ncapture; k++) {
        Ref x = ir_arg(fn, p, k);
        if (!names(fn, c, x, true) || ref_eq(x, t))
            continue;
        if (!all_along(fn, p, x) || !all_along(fn, c, x) || !all_along(fn, c, t) || ir_ty(fn, x)->ndim != to->ndim)
            return false;
        for (uint32_t d = 0; d < to->ndim; d++)
            if (!is_extent(fn, ir_arg(fn, c, d), x, d))
                return false;
    }
    return true;
}

static bool is_new_view(const Fn *fn, Ref t)
{
    while (ir_ins(fn, t)->op == IR_VIEW)
        t = ir_arg(fn, t, 0);
    return ir_ins(fn, t)->op == IR_NEW;
}

/* May c have the value of its operand's producer p where it loads t?  REMARK_FUSED, or why not; REMARK_MAX: no one expects it. */
static RemarkId may_inline(Fuse *f, Ref c, Ref t, Ref *p, Ref *store, bool *shared)
{
    Fn *fn = f->fn;
    bool simple = is_simple(fn, c);
    if (!ty_is_array(ir_ty(fn, t)) || names(fn, c, t, true) || (simple && !names(fn, c, t, false)))
        return REMARK_MAX;
    if (ir_ins(fn, t)->op != IR_NEW)
        return ir_ins(fn, t)->op == IR_VIEW && is_new_view(fn, t) ? REMARK_VIEWED : REMARK_MAX;
    if (ref_is_none(*p = producer_of(f, t, c, shared)))
        return REMARK_ARRAY_KEPT;
    if (!is_simple(fn, *p))
        return REMARK_MAKER_ORDERED;
    if (ref_is_none(*store = the_store(fn, *p, t)))
        return REMARK_MAKER_MORE;
    if (!simple && !may_read(f, *p, c, t))
        return REMARK_READER_ORDERED;
    if (simple && (!only_loads(fn, c, t) || !same_elements(fn, *p, c, t)))
        return REMARK_OTHER_ELEMENTS;
    if (*shared ? !is_cheap(fn, *p) : simple && !worth(fn, *p, c))
        return REMARK_AGAIN;
    return moves_to(f, *p, c) ? REMARK_FUSED : REMARK_BETWEEN;
}

static bool inline_one(Fuse *f, Ref c)
{
    const Nest *nest = nest_of(f->fn, c);
    for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++) {
        Ref t = ir_arg(f->fn, c, k), p, store;
        bool shared;
        if (may_inline(f, c, t, &p, &store, &shared) == REMARK_FUSED) {
            fuse(f, p, c, t, store, shared);
            return true;
        }
    }
    return false;
}

/* Why the arrays that nest c of the finished block reads are still there. */
static void remark_kept(Fuse *f, Ref c)
{
    const Nest *nest = nest_of(f->fn, c);
    for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++) {
        Ref t = ir_arg(f->fn, c, k), p, store;
        bool shared;
        RemarkId why = may_inline(f, c, t, &p, &store, &shared);
        if (why < REMARK_MAX)
            remark(f->fn, ir_ins(f->fn, c)->pos, ir_ins(f->fn, t)->pos, why);
    }
}

/* Do p's stores go to `array`, at its own indices, or to memory apart from it? */
static bool each_store_own(Fuse *f, Ref p, Ref array)
{
    const Nest *nest = nest_of(f->fn, p);
    const Fn *body = nest->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            Ref v = body->blk.at[b].ins.at[k], to;
            if (ir_ins(body, v)->op != IR_STORE)
                continue;
            to = array_of(f->fn, p, v);
            if (ref_eq(to, array) ? !at_own_indices(nest, v) : !ir_apart(f->fn, to, array))
                return false;
        }
    return true;
}

/* May the access of c, a nest that is done in one with p, be made while p goes on? */
static bool access_joins(Fuse *f, Ref p, Ref c, Ref access, bool *shared)
{
    Fn *fn = f->fn;
    Ref array = array_of(fn, c, access);
    bool store = ir_ins(nest_of(fn, c)->body, access)->op == IR_STORE;
    *shared |= !store && (names(fn, p, array, false) || names(fn, p, array, true));
    if (each_access(f, p, not_stored, array))
        return true;
    return !store && names(fn, p, array, true) && at_own_indices(nest_of(fn, c), access) && each_store_own(f, p, array);
}

/* May p and c, nests over the same extents, be one, and is it worth it? */
static bool may_join(Fuse *f, Ref p, Ref c)
{
    Fn *fn = f->fn;
    const Nest *from = nest_of(fn, p), *to = nest_of(fn, c);
    bool shared = false;
    uint32_t sums = NEST_STRIDED | NEST_CAST;
    if (from->ndim != to->ndim || from->nred + to->nred > countof(to->red) || !is_simple(fn, p) || !is_simple(fn, c))
        return false;
    if (from->body->blk.n > 1 || (from->nred > 0 && to->nred > 0 && (from->flags & sums) != (to->flags & sums)))
        return false;
    for (uint32_t d = 0; d < to->ndim; d++)
        if (!ref_eq(ir_arg(fn, p, d), ir_arg(fn, c, d)))
            return false;
    for (uint32_t k = 0; k < ir_ins(fn, c)->nargs; k++)
        if (ref_eq(ir_arg(fn, c, k), p))
            return false;
    for (BlkId b = 0; b < to->body->blk.n; b++)
        for (uint32_t k = 0; k < to->body->blk.at[b].ins.n; k++) {
            Ref v = to->body->blk.at[b].ins.at[k];
            uint8_t op = ir_ins(to->body, v)->op;
            if ((op == IR_LOAD || op == IR_STORE) && !access_joins(f, p, c, v, &shared))
                return false;
        }
    return shared && each_access(f, p, stores_only_new, REF_NONE) && moves_to(f, p, c);
}

static bool join_one(Fuse *f, Ref c)
{
    const Blk *b = &f->fn->blk.at[f->b];
    for (uint32_t k = place(f, c); k-- > 0; )
        if (nest_of(f->fn, b->ins.at[k]) && may_join(f, b->ins.at[k], c)) {
            fuse(f, b->ins.at[k], c, REF_NONE, REF_NONE, false);
            return true;
        }
    return false;
}

/* Takes stores to arrays that nobody reads out of nest r. Was there one? */
static bool drop_stores(Fuse *f, Ref r)
{
    Fn *fn = f->fn;
    const Nest *nest = nest_of(fn, r);
    bool some = false;
    for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++) {
        Ref t = ir_arg(fn, r, k);
        if (ir_ins(fn, t)->op != IR_NEW || f->user[t.i].n != 1 || !is_simple(fn, r) || names(fn, r, t, false))
            continue;
        for (BlkId b = 0; b < nest->body->blk.n; b++) {
            Blk *blk = &nest->body->blk.at[b];
            uint32_t n = 0;
            for (uint32_t j = 0; j < blk->ins.n; j++)
                if (ir_ins(nest->body, blk->ins.at[j])->op != IR_STORE || !ref_eq(array_of(fn, r, blk->ins.at[j]), t))
                    blk->ins.at[n++] = blk->ins.at[j];
            blk->ins.n = n;
        }
        ir_args(fn, ir_ins(fn, r))[k] = ir_undef(fn, ir_ty(fn, t));
        find_users(f);
        some = true;
    }
    return some;
}

/* A nest without effect: nothing stored, nothing reduced. */
static bool is_idle(Fuse *f, Ref r)
{
    return is_simple(f->fn, r) && nest_of(f->fn, r)->nred == 0 && each_access(f, r, stores_nothing, REF_NONE);
}

static bool fuse_at(Fuse *f, Ref r)
{
    if (drop_stores(f, r) && is_idle(f, r)) {
        drop(f, r);
        find_users(f);
        return true;
    }
    return inline_one(f, r) || join_one(f, r);
}

/* needs: nothing.  keeps: blocks.  breaks: uses. */
void opt_fuse(Fn *fn)
{
    Fuse f = { .fn = fn };
    bool any = false;
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            const Nest *nest = nest_of(fn, fn->blk.at[b].ins.at[k]);
            any |= nest != NULL;
            if (nest)
                opt_fuse(nest->body);
        }
    if (!any)
        return;
    find_users(&f);
    for (f.b = 0; f.b < fn->blk.n; f.b++) {
        Blk *b = &fn->blk.at[f.b];
        for (uint32_t k = b->handler == BLK_NONE ? b->ins.n : 0; k-- > 0; )
            if (nest_of(fn, b->ins.at[k]) && fuse_at(&f, b->ins.at[k]))
                k = b->ins.n;           /* what was one nest's may be another's now */
        for (uint32_t k = 0; fn->unit->remarks && k < b->ins.n; k++)
            if (nest_of(fn, b->ins.at[k]))
                remark_kept(&f, b->ins.at[k]);
    }
    opt_dce(fn);
}
