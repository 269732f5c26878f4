/* random.c: the generator that numjit/lib/randoms.py is written with. */
#include "np/np_build.h"
#include "runtime/runtime.h"

/* data: RtId */
Ref random_next(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    (void)arg, (void)n;
    return ir_rt(fn, (int)row->data, ty(row->data == RT_RANDOM_BITS ? TY_I64 : TY_F64), NULL, 0);
}

Ref random_seed(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    (void)row, (void)n;
    Ref seed = np_convert(fn, arg[0], ty(TY_I64));
    ir_rt(fn, RT_RANDOM_SEED, ty(TY_NONE), &seed, 1);
    return ir_none(fn);
}
