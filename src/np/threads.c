/* threads.c: the thread pool as compiled code sees it. */
#include "np/np_build.h"
#include "runtime/runtime.h"

/* row->data: the row of rt.def that says it. */
Ref threads_number(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    (void)arg, (void)n;
    return np_pyint(fn, ir_rt(fn, (int)row->data, ty(TY_I64), NULL, 0));
}

Ref threads_set(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref count = np_value_of(fn, arg[0]);
    (void)n;
    if (!ty_is_int(ir_ty(fn, count)))
        np_bad_arg(fn, row, "an integer", count);
    count = ir_cast(fn, count, ty(TY_I64));
    ir_rt(fn, RT_THREADS_SET, ty(TY_NONE), &count, 1);
    return ir_none(fn);
}
