/* strewn.c: loops whose vectors would be put together and taken apart element by element.
 *
 * Where an access moves by a step that only the run knows (along a column, every p-th flag of a sieve), its lanes are loaded and
 * stored one by one, at addresses computed in vectors and taken out of them again. That pays only where much is computed between, or where
 * what each turn waits for is the one before (a transposition: 0.7 of the time without, the column sums of bytes the same). Steps
 * that are known are left to LLVM, which loads what lies between as well; so are places that data say. */
#include "opt/strip.h"

enum { MOST = 4 };                      /* additions and products of floats for each such access */

/* Does the address move by more than a constant from turn to turn? */
static bool is_strewn(const Strip *s, const Ins *in)
{
    const Ref *arg = ir_args(s->fn, in);
    Ty array = ir_ty(s->fn, arg[0]);
    uint32_t first = in->op == IR_STORE ? 2 : 1, n = in->nargs - first;
    if (!ty_is_array(array) || array->extent)
        return false;
    for (uint32_t k = 0; k < n; k++) {
        Ref index = arg[first + k], factor;
        int64_t step;
        while (ir_ins(s->fn, index)->op == IR_INDEX)
            index = ir_arg(s->fn, index, 0);
        if (!strip_affine(s, index, 8, &step, &factor))
            return false;
        bool along = array->order == ORDER_C ? k == n - 1 : array->order == ORDER_F && k == 0;
        if (step != 0 && (!along || !ref_is_none(factor)))
            return true;
    }
    return false;
}

bool strip_strewn(const Strip *s)
{
    const Fn *fn = s->fn;
    uint32_t nstrewn = 0, nfloat = 0;
    bool bytes = false, stores = false;
    for (uint32_t b = 0; b < s->body.n; b++) {
        const Blk *blk = &fn->blk.at[s->body.at[b]];
        for (uint32_t k = 0; k < blk->ins.n; k++) {
            const Ins *in = ir_ins(fn, blk->ins.at[k]);
            if (in->op == IR_MATH || in->op == IR_DIV || in->op == IR_CALL)
                return false;
            nfloat += in->ty && ty_is_float(in->ty) && (in->op == IR_ADD || in->op == IR_SUB || in->op == IR_MUL);
            stores |= in->op == IR_STORE;
            if ((in->op != IR_LOAD && in->op != IR_STORE) || !is_strewn(s, in))
                continue;
            nstrewn++;
            bytes |= ty_bits(ir_ty(fn, ir_args(fn, in)[0])->elem) == 8;
        }
    }
    return nstrewn > 0 && nfloat <= MOST * nstrewn && (stores || bytes);
}

/* Loops that are not cut into strips. */
void loop_look_strewn(Fn *fn, const Loop *l)
{
    Strip s = { .fn = fn, .l = l, .nblk = fn->blk.n, .inside = loop_members(fn, l->header) };
    for (BlkId b = 0; b < s.nblk; b++) {
        if (s.inside[b] && b != l->header && fn->blk.at[b].is_header)
            return;
        if (s.inside[b])
            vec_push(fn->unit->arena, &s.body, b);
    }
    fn->blk.at[l->header].strewn = strip_strewn(&s);
}
