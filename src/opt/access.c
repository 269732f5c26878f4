/* access.c: what nests load and store, and so what a nest may move over: see fuse.c. */
#include "opt/fuse.h"

const Nest *fuse_nest_of(const Fn *fn, Ref r)
{
    const Ins *in = ir_ins(fn, r);
    return in->op == IR_NEST ? in->imm.p : NULL;
}

/* The parent's value of an array that an access of the body goes to; none: an array of the body itself. */
Ref fuse_array_of(const Fn *fn, Ref nest_ref, Ref access)
{
    const Nest *nest = fuse_nest_of(fn, nest_ref);
    const Fn *body = nest->body;
    Ref x = ir_arg(body, access, 0);
    while (ir_ins(body, x)->op == IR_VIEW)
        x = ir_arg(body, x, 0);
    const Ins *in = ir_ins(body, x);
    return in->op == IR_PARAM && in->imm.i >= nest->ndim ? ir_arg(fn, nest_ref, (uint32_t)in->imm.i) : REF_NONE;
}

Ref fuse_whole(const Fn *fn, Ref array)
{
    while (ir_ins(fn, array)->op == IR_VIEW)
        array = ir_arg(fn, array, 0);
    return array;
}

bool fuse_map(Fn *fn, Ref array, ViewMap *map)
{
    if (ir_ins(fn, array)->op == IR_VIEW)
        return ir_view_map(fn, array, map);
    *map = ir_whole_map(fn, ir_ty(fn, array)->ndim);
    return true;
}

/* May this nest be moved and taken apart? Its body only loads, computes, and stores to what it captured. */
bool fuse_is_simple(const Fn *fn, Ref r)
{
    const Nest *nest = fuse_nest_of(fn, r);
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
                if (ref_is_none(fuse_array_of(fn, r, v)))
                    return false;
            } else if (fails || in->op == IR_PEEK || (e > EFF_READ && !last)) {
                return false;
            }
        }
    }
    return true;
}

bool fuse_each_access(Fuse *f, Ref nest_ref, Visit ok, Ref other)
{
    const Fn *body = fuse_nest_of(f->fn, nest_ref)->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            Ref v = body->blk.at[b].ins.at[k];
            uint8_t op = ir_ins(body, v)->op;
            if ((op == IR_LOAD || op == IR_STORE) && !ok(f, fuse_array_of(f->fn, nest_ref, v), op == IR_STORE, other))
                return false;
        }
    return true;
}

/* A write to `other`: does the access see it? */
bool fuse_not_written(Fuse *f, Ref array, bool store, Ref other) { (void)store; return ir_apart(f->fn, array, other); }
/* A read of `other` */
bool fuse_not_stored(Fuse *f, Ref array, bool store, Ref other) { return !store || ir_apart(f->fn, array, other); }

Ref fuse_value_of(const Reader *r, Ref v)
{
    const Ins *in = ir_ins(r->nest->body, v);
    if (in->op != IR_PARAM || in->imm.i < r->nest->ndim)
        return REF_NONE;
    return r->outer ? fuse_value_of(r->outer, r->arg[in->imm.i]) : r->arg[in->imm.i];
}

/* May p move over an access of a nest that stands between, which may be one in a body? */
static bool moves_over_access(Fuse *f, Ref p, const Reader *r, const Ins *access)
{
    const Fn *body = r->nest->body;
    Ref x = ir_args(body, access)[0];
    while (ir_ins(body, x)->op == IR_VIEW)
        x = ir_arg(body, x, 0);
    if (ir_ins(body, x)->op == IR_NEW)
        return true;
    Ref array = fuse_value_of(r, x);
    return !ref_is_none(array) && fuse_each_access(f, p, access->op == IR_STORE ? fuse_not_written : fuse_not_stored, array);
}

/* May p move over a nest of any sort: one that computes, checks, loads and stores, as those in its body do? */
static bool moves_over_nest(Fuse *f, Ref p, const Reader *r)
{
    const Fn *body = r->nest->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(body, body->blk.at[b].ins.at[k]);
            Reader inner = { r->fn, in->imm.p, ir_args(body, in), r };
            bool access = in->op == IR_LOAD || in->op == IR_STORE, nest = in->op == IR_NEST, fails;
            bool ends = in->op == IR_RETURN || in->op == IR_JUMP || in->op == IR_BRANCH;
            if (access ? !moves_over_access(f, p, r, in) : nest ? !moves_over_nest(f, p, &inner)
                       : in->op == IR_PEEK || (!ends && opt_effect(in, &fails) > EFF_RAISE))
                return false;
        }
    return true;
}

/* Does it read nothing of an array: how many threads there are, how much memory? */
static bool reads_no_array(const Fn *fn, const Ins *in)
{
    for (uint32_t k = 0; k < in->nargs; k++) {
        Ty t = ir_ty(fn, ir_args(fn, in)[k]);
        if (ty_is_array(t) || t->kind == TY_PTR)
            return false;
    }
    return in->op == IR_RT;
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
    case IR_LOAD: return fuse_each_access(f, p, fuse_not_stored, ir_args(fn, in)[0]);
    case IR_STORE: return fuse_each_access(f, p, fuse_not_written, ir_args(fn, in)[0]);
    case IR_NEST: return moves_over_nest(f, p, &(Reader){ fn, in->imm.p, ir_args(fn, in), NULL });
    default: return e == EFF_PURE || (e == EFF_READ && !fails && reads_no_array(fn, in));
    }
}

uint32_t fuse_place(const Fuse *f, Ref r)
{
    const Blk *b = &f->fn->blk.at[f->b];
    uint32_t k = 0;
    while (!ref_eq(b->ins.at[k], r))
        k++;
    return k;
}

/* May p move down to just before c? */
bool fuse_moves_to(Fuse *f, Ref p, Ref c)
{
    uint32_t from = fuse_place(f, p), to = fuse_place(f, c);
    for (uint32_t k = from + 1; k < to; k++)
        if (!moves_over(f, p, f->fn->blk.at[f->b].ins.at[k]))
            return false;
    return from < to;
}

bool fuse_stores(const Fn *fn, Ref nest_ref)
{
    return ir_holds(fuse_nest_of(fn, nest_ref)->body, IR_STORE);
}

bool fuse_rises_to(Fuse *f, Ref c, Ref p)
{
    Fn *fn = f->fn;
    uint32_t from = fuse_place(f, p), to = fuse_place(f, c);
    for (uint32_t k = from + 1; k < to; k++) {
        Ref x = fn->blk.at[f->b].ins.at[k];
        for (uint32_t j = 0; j < ir_ins(fn, c)->nargs; j++)
            if (ref_eq(ir_arg(fn, c, j), x))
                return false;
        if (!moves_over(f, c, x))
            return false;
    }
    return from < to;
}

void fuse_find_users(Fuse *f)
{
    Fn *fn = f->fn;
    if (f->nuser < fn->ins.n) {
        Refs *old = f->user;
        f->user = arena_new_n(fn->unit->arena, Refs, 2 * fn->ins.n);
        if (old)
            memcpy(f->user, old, f->nuser * sizeof *old);
        f->nuser = 2 * fn->ins.n;
    }
    for (uint32_t v = 0; v < fn->ins.n; v++)
        f->user[v].n = 0;
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            Ref r = fn->blk.at[b].ins.at[k];
            const Ins *in = ir_ins(fn, r);
            for (uint32_t j = 0; j < in->nargs; j++)
                vec_push(fn->unit->arena, &f->user[ir_args(fn, in)[j].i], r);
        }
}

bool fuse_names(const Fn *fn, Ref nest_ref, Ref array, bool store)
{
    const Fn *body = fuse_nest_of(fn, nest_ref)->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            Ref v = body->blk.at[b].ins.at[k];
            if (ir_ins(body, v)->op == (store ? IR_STORE : IR_LOAD) && ref_eq(fuse_array_of(fn, nest_ref, v), array))
                return true;
        }
    return false;
}

bool fuse_reaches(const Fn *fn, Ref nest_ref, Ref whole, bool store)
{
    const Fn *body = fuse_nest_of(fn, nest_ref)->body;
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t k = 0; k < body->blk.at[b].ins.n; k++) {
            Ref v = body->blk.at[b].ins.at[k];
            if (ir_ins(body, v)->op != (store ? IR_STORE : IR_LOAD))
                continue;
            Ref array = fuse_array_of(fn, nest_ref, v);
            if (!ref_is_none(array) && ref_eq(fuse_whole(fn, array), whole))
                return true;
        }
    return false;
}

/* Is this access of the body at the nest's own indices, of a whole captured array? */
bool fuse_at_own_indices(const Nest *nest, Ref access)
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
