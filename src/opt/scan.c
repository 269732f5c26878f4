/* scan.c: a nest whose one store is of what its reduction has come to (NEST_SCAN: np.cumsum).
 *
 * Each addition waits for the one before it, which leaves time for a few other operations. Where the contributions are dearer than
 * that they are computed by a loop of their own, which LLVM vectorises, a block at a time, to where the results go:
 *
 *     for each element:  acc += x;  out[i] = acc
 *     for each block:    for its elements: out[i] = x;   for its elements: acc += out[i];  out[i] = acc */
#include "opt/opt.h"

enum { DEAR = 16 };             /* operations of the body */

static uint32_t cost_of(const NestLoops *l)
{
    const Fn *body = l->nest->body;
    uint32_t cost = 0;
    for (uint32_t k = 0; k < body->blk.at[0].ins.n; k++) {
        Ref r = body->blk.at[0].ins.at[k];
        IrOp op = ir_ins(body, r)->op;
        if (l->block && block_has(l->block, r))
            continue;
        cost += op == IR_MATH ? DEAR : op == IR_DIV || op == IR_REM ? DEAR / 2 : 1;
    }
    return cost;
}

void scan_look(Scan *s, const NestLoops *l)
{
    const Nest *nest = l->nest;
    const Blk *b = &nest->body->blk.at[0];
    *s = (Scan){ .l = l };
    for (uint32_t k = 0; nest->flags & NEST_SCAN && k < b->ins.n; k++)
        if (ir_ins(nest->body, b->ins.at[k])->op == IR_STORE)
            s->store = b->ins.at[k];
    assert(!(nest->flags & NEST_SCAN) || !ref_is_none(s->store));       /* as a plain nest it would store what is contributed */
    if (ref_is_none(s->store))
        return;
    s->blocks = l->target < TARGET_GPU && cost_of(l) > DEAR;
    for (uint32_t k = 2; k < ir_ins(nest->body, s->store)->nargs; k++)
        s->blocks &= nest_is_number(nest, ir_arg(nest->body, s->store, k));
}

void scan_begin(Scan *s, Ref *acc, const Ref *index, Ref size)
{
    memcpy(s->first, index, s->l->nest->ndim * sizeof *index);
    s->size = size;
    s->before = acc[0];
}

/* acc with x, which contributes first where all indices are 0: nothing leaves every complex factor as it is. */
static Ref combined(const Scan *s, Ref acc, Ref x, const Ref *index)
{
    Fn *fn = s->l->fn;
    RedOp op = s->l->nest->red[0].op;
    Ref both = ir_combine(fn, op, acc, x);
    bool any = op != RED_MUL || !ty_is_complex(ir_ty(fn, x));
    Ref first = ir_bool(fn, true);
    for (uint32_t d = 0; !any && d < s->l->nest->ndim; d++)
        first = ir_bin(fn, IR_AND, first, ir_cmp(fn, IR_EQ, index[d], ir_i64(fn, 0)));
    return any ? both : ir_select(fn, first, x, both);
}

typedef struct Stored { uint32_t n; Ref arg[2 + NDIM_MAX]; bool made; } Stored;

static bool note_store(void *context, Ref store, const Ref *arg)
{
    Stored *s = context;
    (void)store;
    memcpy(s->arg, arg, s->n * sizeof *arg);
    return !s->made;
}

void scan_clone(Scan *s, const Ref *index, Ref place, const Ref *acc, Ref *next)
{
    Stored stored = { .n = ir_ins(s->l->nest->body, s->store)->nargs, .made = s->blocks };
    NestEdit edit = { .store = note_store, .context = &stored };
    Ref x = nest_clone_edited(s->l, index, place, &edit);
    *next = acc[0];
    if (s->blocks)
        return;
    *next = combined(s, acc[0], x, index);
    ir_store(s->l->fn, stored.arg[0], *next, stored.arg + 2);
}

void scan_end(Scan *s, Ref *next)
{
    if (!s->blocks)
        return;
    Fn *fn = s->l->fn;
    const Nest *nest = s->l->nest;
    IrLoop l = ir_loop(fn, s->size, &s->before, 1);
    fn->blk.at[l.header].brief = true;
    const Ref *arg = ir_args(nest->body, ir_ins(nest->body, s->store));
    Ref index[NDIM_MAX], at[NDIM_MAX], out = s->l->arg[ir_ins(nest->body, arg[0])->imm.i];
    uint32_t inner = s->l->axis[nest->ndim - 1];
    memcpy(index, s->first, nest->ndim * sizeof *index);
    index[inner] = ir_bin(fn, IR_ADD, index[inner], l.index);
    for (uint32_t k = 0; k < ir_ty(fn, out)->ndim; k++)
        at[k] = nest_number(s->l, arg[2 + k], index);
    *next = combined(s, l.carried[0], ir_load(fn, out, at), index);
    ir_store(fn, out, *next, at);
    ir_endloop(fn, &l, next);
    *next = l.carried[0];
}
