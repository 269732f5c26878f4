/* kernels.c: a function with nests → kernels: chunks.c for a GPU.
 *
 * All threads of a kernel run the function's scalar code; a nest's iterations are dealt out among them (grid.c). What one part
 * writes and a later one reads needs a barrier over the grid, which is the end of a kernel. So each op has a stage, the number
 * of barriers before it on the longest way there, and kernel s is a copy of the function that ends where stage s does:
 *
 *     pure ops, checks        in every kernel, again
 *     a nest                  in the kernel of its stage; one with reductions takes GRID_STEPS of them
 *     loads, stores, calls    by one thread, once. What they give is a slot of the memory that kernels share; the same holds
 *                             for reductions. Later kernels read it there
 *
 * A function without nests is one kernel that every thread runs as it is. A kernel whose predecessor failed does nothing. */
#include "opt/opt.h"

typedef struct Kernels {
    Fn *fn, *k;                 /* the function; the kernel that is built */
    uint32_t now, last;         /* its stage; the last one */
    uint32_t nblk;              /* of a copy */
    uint32_t *in;               /* by block of a copy: where it begins: twice the stage, +1: something was stored in it */
    int64_t *slot, *partial;    /* by Ref of a copy: offsets in the shared memory */
    int64_t nwork;
    Ref work;
} Kernels;

typedef enum Role { ROLE_ALL, ROLE_STORE, ROLE_VALUE, ROLE_NEST } Role;

static const Nest *nest_of(const Ins *in) { return in->op == IR_NEST ? in->imm.p : NULL; }

/* Who runs it: all threads again and again; one; one, and others get its value; all of them a share. */
static Role role_of(const Ins *in)
{
    bool fails;
    if (in->op == IR_NEST && !(nest_of(in)->flags & NEST_ORDERED) && nest_of(in)->ndim > 0)
        return ROLE_NEST;
    switch (in->op) {
    case IR_CHECK: case IR_INDEX: case IR_FAIL: case IR_RAISE: case IR_JUMP: case IR_BRANCH: case IR_RETURN: case IR_UNREACHABLE:
    case IR_POLL: case IR_SCRATCH: case IR_NEW:
        return ROLE_ALL;
    default:
        if (opt_effect(in, &fails) == EFF_PURE)
            return ROLE_ALL;
        return in->ty->nparts > 0 ? ROLE_VALUE : ROLE_STORE;
    }
}

/* *at: where the op stands, then where what follows it stands. The stage it runs in. */
static uint32_t advance(const Ins *in, uint32_t *at)
{
    uint32_t when = *at / 2;
    switch (role_of(in)) {
    case ROLE_STORE:
        *at |= 1;
        break;
    case ROLE_VALUE:
        *at = 2 * (when + 1);
        break;
    case ROLE_NEST:
        when += *at % 2;
        *at = 2 * (when + (nest_of(in)->nred ? GRID_STEPS : 1));
        break;
    default:
        break;
    }
    return when;
}

/* what is where ---------------------------------------------------------------------------------------------- */

static void pass_on(Kernels *ks, BlkId b, uint32_t at, bool *changed)
{
    for (uint32_t s = 0; s < ks->k->blk.at[b].nsucc; s++) {
        uint32_t *to = &ks->in[ks->k->blk.at[b].succ[s]];
        *changed |= at > *to;
        *to = at > *to ? at : *to;
    }
}

/* The stages of blocks, to a fixed point: there is none where a loop has a barrier in it. */
static void find_stages(Kernels *ks)
{
    const Fn *k = ks->k;
    uint32_t most = 2 * (GRID_STEPS * k->ins.n + 1);
    bool changed = true;
    while (changed) {
        changed = false;
        for (BlkId b = 0; b < k->blk.n; b++) {
            uint32_t at = ks->in[b];
            for (uint32_t j = 0; j < k->blk.at[b].ins.n; j++) {
                const Ins *in = ir_ins(k, k->blk.at[b].ins.at[j]);
                advance(in, &at);
                if (at > most)
                    fail(k->unit, &k->pos.at[in->pos], DIAG_GPU, "a loop around array expressions, or one beside them that reads memory,");
            }
            pass_on(ks, b, at, &changed);
        }
    }
}

/* Slots, and the last stage. */
static void lay_out(Kernels *ks)
{
    const Fn *k = ks->k;
    for (BlkId b = 0; b < k->blk.n; b++) {
        uint32_t at = ks->in[b];
        for (uint32_t j = 0; j < k->blk.at[b].ins.n; j++) {
            Ref r = k->blk.at[b].ins.at[j];
            const Ins *in = ir_ins(k, r);
            Role role = role_of(in);
            uint32_t when = advance(in, &at);
            if (role == ROLE_ALL)
                continue;
            ks->slot[r.i] = ks->nwork;
            ks->nwork += 8 * in->ty->nparts;
            if (role == ROLE_NEST && nest_of(in)->nred) {
                ks->partial[r.i] = ks->nwork;
                ks->nwork += grid_nwork(nest_of(in));
                when += GRID_STEPS - 1;
            }
            ks->last = when > ks->last ? when : ks->last;
        }
    }
}

/* one kernel ------------------------------------------------------------------------------------------------- */

static Fn *copy_of(Fn *fn)
{
    Fn *k = ir_fn(fn->unit, fn->name, fn->code);
    Ref *value = arena_new_n(fn->unit->arena, Ref, fn->nparam + 1);
    k->opt = fn->opt;
    k->ret = ty(TY_NONE);
    for (uint32_t p = 0; p < fn->nparam; p++)
        value[p] = ir_param(k, ir_ty(fn, fn->param[p]));
    nest_body(k, fn, value, BLK_NONE, NULL);
    if (k->cur != BLK_NONE)
        ir_return(k, REF_NONE);
    return k;
}

/* Block b up to its at-th op is left open, and current; what stands behind that op is in the block that is returned. */
static BlkId open_at(Kernels *ks, BlkId b, uint32_t at)
{
    Ref r = ks->k->blk.at[b].ins.at[at];
    BlkId rest = nest_split(ks->k, b, at);
    ir_at(ks->k, b);
    ks->k->cur_pos = ir_ins(ks->k, r)->pos;
    return rest;
}

static void close_at(Kernels *ks, Ref r, Ref value, BlkId rest)
{
    Fn *k = ks->k;
    if (!ref_is_none(value))
        ir_replace(k, r, value);
    ir_jump(k, rest);
    k->blk.at[rest].idom = k->cur;
    *ir_ins(k, r) = (Ins){ .op = IR_NOP, .ty = ir_ty(k, r), .blk = BLK_NONE };
    k->have = 0;
}

/* The op, made by one thread; its value goes to its slot. */
static void once(Kernels *ks, Ref r)
{
    Fn *k = ks->k;
    Ins in = *ir_ins(k, r);
    Ref *arg = arena_new_n(k->unit->arena, Ref, in.nargs + 1);
    memcpy(arg, ir_args(k, ir_ins(k, r)), in.nargs * sizeof(Ref));
    IrIf s = ir_if(k, ir_cmp(k, IR_EQ, grid_thread(k, 0), ir_i64(k, 0)));
    Ref v = ir_emit_imm(k, in.op, in.ty, arg, in.nargs, in.imm.i);
    ir_ins(k, v)->flags = in.flags;
    if (in.ty->nparts > 0)
        grid_store(k, ks->work, ks->slot[r.i], v);
    ir_else(k, &s);
    ir_endif(k, &s, REF_NONE, REF_NONE);
}

static void share(Kernels *ks, Ref r, uint32_t step)
{
    Fn *k = ks->k;
    const Ins *in = ir_ins(k, r);
    Nest *nest = (Nest *)in->imm.p;
    Ref *arg = arena_new_n(k->unit->arena, Ref, in->nargs + 1);
    memcpy(arg, ir_args(k, in), in->nargs * sizeof(Ref));
    ir_remove_unreachable(nest->body);
    Grid g = { .loops = { .fn = k, .nest = nest, .arg = arg, .handler = BLK_NONE, .target = TARGET_GPU },
               .work = ks->work, .slot = ks->slot[r.i], .partial = ks->partial[r.i] };
    bool f = nest_walks_f(k, nest, arg, TARGET_GPU);
    for (uint32_t d = 0; d < nest->ndim; d++)
        g.loops.axis[d] = f ? nest->ndim - 1 - d : d;
    grid_nest(&g, step);
}

/* What kernel `now` does of r, which ran or will run from stage `when` on. */
static Ref play(Kernels *ks, Ref r, Role role, uint32_t when)
{
    Fn *k = ks->k;
    Ty t = ir_ty(k, r);
    uint32_t steps = role == ROLE_NEST && nest_of(ir_ins(k, r))->nred ? GRID_STEPS : 1;
    if (ks->now >= when + steps)
        return t->nparts > 0 ? grid_load(k, ks->work, ks->slot[r.i], t) : REF_NONE;
    if (role == ROLE_NEST)
        share(ks, r, ks->now - when);
    else
        once(ks, r);
    return REF_NONE;
}

/* One block of the copy, and what it is split into. */
static void rewrite(Kernels *ks, BlkId b)
{
    Fn *k = ks->k;
    uint32_t at = ks->in[b];
    for (uint32_t j = 0; j < k->blk.at[b].ins.n; j++) {
        Ref r = k->blk.at[b].ins.at[j];
        const Ins *in = ir_ins(k, r);
        Role role = role_of(in);
        uint32_t when = advance(in, &at);
        if (in->op == IR_PHI)
            continue;
        if (when > ks->now) {
            open_at(ks, b, j);
            ir_return(k, REF_NONE);
            return;
        }
        if (role == ROLE_ALL)
            continue;
        BlkId rest = open_at(ks, b, j);
        close_at(ks, r, play(ks, r, role, when), rest);
        b = rest, j = UINT32_MAX;
    }
}

static void build(Kernels *ks, uint32_t now)
{
    Fn *k = ks->k;
    ks->now = now;
    k->nwork = ks->nwork;
    ks->work = ks->nwork ? ir_param(k, ty(TY_PTR)) : REF_NONE;
    for (BlkId b = 0; b < ks->nblk; b++)
        rewrite(ks, b);
    ir_remove_unreachable(k);
    k->have = 0;
    vec_push(ks->fn->unit->arena, &ks->fn->chunks, k);
}

/* needs: nothing.  The kernels are in fn->chunks; what fn itself holds is of no use afterwards. */
void opt_kernels(Fn *fn)
{
    Arena *a = fn->unit->arena;
    if (fn->ret->kind != TY_NONE && fn->ret->kind != TY_NEVER)
        fail(fn->unit, NULL, DIAG_KERNEL_RETURN, ty_name(fn->ret));
    for (BlkId b = 0; b < fn->blk.n; b++)
        if (fn->blk.at[b].handler != BLK_NONE)
            fail(fn->unit, &fn->pos.at[ir_ins(fn, fn->blk.at[b].ins.at[0])->pos], DIAG_GPU, "try");
    ir_remove_unreachable(fn);
    Kernels ks = { .fn = fn, .k = copy_of(fn) };
    if (!ir_holds(fn, IR_NEST)) {
        vec_push(a, &fn->chunks, ks.k);
        return;
    }
    ks.nblk = ks.k->blk.n;
    ks.in = arena_new_n(a, uint32_t, ks.nblk);
    ks.slot = arena_new_n(a, int64_t, ks.k->ins.n);
    ks.partial = arena_new_n(a, int64_t, ks.k->ins.n);
    find_stages(&ks);
    lay_out(&ks);
    for (uint32_t s = 0; s <= ks.last; s++) {
        if (s > 0)
            ks.k = copy_of(fn);
        build(&ks, s);
    }
}
