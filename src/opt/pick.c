/* pick.c: a nest that takes some of its elements, one behind another (NEST_PICK: a[mask], np.nonzero).
 *
 *     for each element:  if (count < n) out[count] = x;  count += picked
 *
 * What is stored at the next free place stands there until a picked element takes it: no branch on the data. */
#include "opt/opt.h"

typedef struct Stored { Ref array, value; } Stored;
typedef struct Picked { Unit *u; VEC(Stored) store; } Picked;

static bool note_store(void *context, Ref store, const Ref *arg)
{
    Picked *p = context;
    (void)store;
    vec_push(p->u->arena, &p->store, ((Stored){ arg[0], arg[1] }));
    return true;
}

/* While not all are found: a count that another thread's writes made wrong does no harm. */
static void store_at(Fn *fn, const Picked *p, Ref count, Ref n)
{
    if (p->store.n == 0)
        return;
    IrIf s = ir_if(fn, ir_cmp(fn, IR_LT, count, n));
    for (uint32_t k = 0; k < p->store.n; k++)
        ir_store(fn, p->store.at[k].array, p->store.at[k].value, &count);
    ir_else(fn, &s);
    ir_endif(fn, &s, REF_NONE, REF_NONE);
}

void pick_clone(const NestLoops *l, const Ref *index, Ref place, const Ref *acc, Ref *next)
{
    Fn *fn = l->fn;
    const Nest *nest = l->nest;
    Picked p = { .u = fn->unit };
    NestEdit edit = { .store = note_store, .context = &p };
    Ref yield = nest_clone_edited(l, index, place, &edit), x[NRED_MAX];
    for (uint32_t k = 0; k < nest->nred; k++)
        x[k] = nest->nred == 1 ? yield : ir_item(fn, yield, k);
    store_at(fn, &p, acc[0], nest_blocks(nest, l->arg));
    ir_combine_all(fn, nest, acc, x, next);
    Ref picked = ir_cmp(fn, IR_NE, x[0], ir_i64(fn, 0));
    for (uint32_t k = 1; k < nest->nred; k++)
        next[k] = ir_select(fn, picked, next[k], acc[k]);
}
