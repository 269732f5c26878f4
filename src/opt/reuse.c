/* reuse.c: a nest's new array that lies where one does that nobody needs any more.
 *
 *     e = exp(a); s = e.sum(); r = new n; nest (i < n) { r[i] = e[i] / s }   →   ... nest (i < n) { e[i] = e[i] / s }
 *
 * Both are new, of one type and the same extents; the nest reads e, then writes r, at its own indices, writes all of r, and
 * is the first that uses it and the last that uses e: so what may keep e (a call, a tuple, a phi, another block) leaves it
 * alone. */
#include "opt/fuse.h"

/* Does what the instruction gives hold the array, or an address in it? */
static bool holds(const Ins *in) { return in->ty && (ty_is_array(in->ty) || in->ty->kind == TY_PTR || !ty_is_scalar(in->ty)) && in->ty->kind != TY_NONE; }

/* Does nothing behind position `end` of the block at hand, and nothing in other blocks, use the memory of v? */
static bool ends_at(const Fuse *f, Ref v, uint32_t end)
{
    const Fn *fn = f->fn;
    for (uint32_t k = 0; k < f->user[v.i].n; k++) {
        Ref u = f->user[v.i].at[k];
        const Ins *in = ir_ins(fn, u);
        if (in->op == IR_EXTENT || in->op == IR_STRIDE)
            continue;
        bool derived = in->op == IR_VIEW || in->op == IR_DATA || in->op == IR_OFFSET;
        bool reads = in->op == IR_NEST || in->op == IR_LOAD || in->op == IR_RT || in->op == IR_PEEK;
        bool writes = (in->op == IR_STORE || in->op == IR_POKE) && ref_eq(ir_args(fn, in)[0], v);
        if (derived ? !ends_at(f, u, end) : !(reads || writes) || holds(in) || in->blk != f->b || fuse_place(f, u) > end)
            return false;
    }
    return true;
}

/* Is nest c, at position `at`, the first that uses r, which it makes? */
static bool begins_at(const Fuse *f, Ref r, uint32_t at)
{
    for (uint32_t k = 0; k < f->user[r.i].n; k++) {
        Ref u = f->user[r.i].at[k];
        if (ir_ins(f->fn, u)->blk == f->b && fuse_place(f, u) < at && ir_ins(f->fn, u)->op != IR_EXTENT)
            return false;
    }
    return true;
}

/* Are the extents of the array those of nest c? */
static bool spans(Fn *fn, Ref c, Ref array)
{
    const Nest *nest = fuse_nest_of(fn, c);
    if (ir_ty(fn, array)->ndim != nest->ndim)
        return false;
    for (uint32_t d = 0; d < nest->ndim; d++)
        if (!ir_is_extent(fn, ir_arg(fn, c, d), array, d))
            return false;
    return true;
}

/* Are all accesses of the array, views of it too, of one sort and at the nest's own indices? Is there one? */
static bool only(const Fuse *f, Ref c, Ref array, uint8_t op)
{
    const Nest *nest = fuse_nest_of(f->fn, c);
    const Fn *body = nest->body;
    uint32_t n = 0;
    for (uint32_t k = 0; k < body->blk.at[0].ins.n; k++) {
        Ref v = body->blk.at[0].ins.at[k];
        const Ins *in = ir_ins(body, v);
        if (in->op != IR_LOAD && in->op != IR_STORE)
            continue;
        Ref x = fuse_array_of(f->fn, c, v);
        if (!ref_eq(fuse_whole(f->fn, x), array))
            continue;
        if (in->op != op || !ref_eq(x, array) || !fuse_at_own_indices(nest, v))
            return false;
        n++;
    }
    return n > 0;
}

/* Is e's last load before r's first store? Nests that were joined may load another array behind it. */
static bool loads_first(const Fuse *f, Ref c, Ref e, Ref r)
{
    const Fn *body = fuse_nest_of(f->fn, c)->body;
    bool stored = false;
    for (uint32_t k = 0; k < body->blk.at[0].ins.n; k++) {
        Ref v = body->blk.at[0].ins.at[k];
        uint8_t op = ir_ins(body, v)->op;
        if (op == IR_STORE)
            stored |= ref_eq(fuse_array_of(f->fn, c, v), r);
        else if (op == IR_LOAD && stored && ref_eq(fuse_array_of(f->fn, c, v), e))
            return false;
    }
    return true;
}

static bool is_made(const Fuse *f, Ref c, Ref array)
{
    const Ins *in = ir_ins(f->fn, array);
    return in->op == IR_NEW && in->blk == f->b && spans(f->fn, c, array);
}

/* The operand of c that is an array which it reads and r may be; 0: none. */
static uint32_t to_reuse(Fuse *f, Ref c, Ref r)
{
    const Nest *nest = fuse_nest_of(f->fn, c);
    for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++) {
        Ref e = ir_arg(f->fn, c, k);
        if (is_made(f, c, e) && ir_ty(f->fn, e) == ir_ty(f->fn, r) && ends_at(f, e, fuse_place(f, c)) && only(f, c, e, IR_LOAD)
            && loads_first(f, c, e, r))
            return k;
    }
    return 0;
}

/* Is c the last that uses one of its operands? Mostly not, and the rest looks at all of its body for each operand. */
static bool ends_any(const Fuse *f, Ref c)
{
    const Nest *nest = fuse_nest_of(f->fn, c);
    uint32_t at = fuse_place(f, c);
    for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++)
        if (is_made(f, c, ir_arg(f->fn, c, k)) && ends_at(f, ir_arg(f->fn, c, k), at))
            return true;
    return false;
}

/* Operand k of c, an array of its own, becomes operand j. */
static void become(Fuse *f, Ref c, uint32_t k, uint32_t j)
{
    Fn *fn = f->fn, *body = fuse_nest_of(fn, c)->body;
    Ref r = ir_arg(fn, c, k), e = ir_arg(fn, c, j), none = ir_undef(fn, ir_ty(fn, r));
    remark(fn, ir_ins(fn, c)->pos, ir_ins(fn, e)->pos, REMARK_REUSED);
    ir_replace(body, body->param[k], body->param[j]);
    ir_args(fn, ir_ins(fn, c))[k] = none;
    ir_replace(fn, r, e);
    fuse_drop(f, r);
    fuse_find_users(f);
}

void fuse_reuse(Fuse *f, Ref c)
{
    Fn *fn = f->fn;
    const Nest *nest = fuse_nest_of(fn, c);
    if (nest->body->blk.n > 1 || !ends_any(f, c) || !fuse_is_simple(fn, c))
        return;
    for (uint32_t k = nest->ndim; k < nest->ndim + nest->ncapture; k++) {
        Ref r = ir_arg(fn, c, k);
        uint32_t j = is_made(f, c, r) && only(f, c, r, IR_STORE) && begins_at(f, r, fuse_place(f, c)) ? to_reuse(f, c, r) : 0;
        if (j > 0)
            become(f, c, k, j);
    }
}
