/* sort.c: rows of a matrix sorted by NumPy's own sorts; the functions of numjit/lib/sorting.py are made of these. */
#include "np/np_build.h"
#include "runtime/runtime.h"

enum { GIL_WORK = 1 << 12 };

/* Where there is much to do the GIL goes first: NumPy's sort does not poll. */
static void poll_before(Fn *fn, Ref nelem)
{
    IrIf big = ir_if(fn, ir_cmp(fn, IR_GT, nelem, ir_i64(fn, GIL_WORK)));
    ir_emit(fn, IR_POLL, ty(TY_NONE), NULL, 0);
    ir_else(fn, &big);
    ir_endif(fn, &big, REF_NONE, REF_NONE);
}

/* As the runtime takes a matrix: with its extents. */
static Ref with_extents(Fn *fn, Ref matrix)
{
    Ty t = ir_ty(fn, matrix);
    return ir_retype(fn, matrix, ty_array(fn->unit->types, t->elem, 2, ORDER_C, t->readonly, NULL));
}

/* rows, a matrix in C order; places, one of int64 that holds 0, 1, 2 ... in each row, or none: the rows themselves are
 * sorted; stable. */
Ref sort_rows(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    (void)n;
    Ty t = ir_ty(fn, arg[0]);
    bool places = !np_absent(fn, arg[1]);
    int64_t stable = 0;
    if (!ty_is_array(t) || t->ndim != 2 || t->order != ORDER_C || !(ref_is_none(arg[2]) || ir_is_int(fn, arg[2], &stable)))
        np_bad_arg(fn, row, "a matrix in C order", arg[0]);
    np_need_writable(fn, arg[places], "sort array");
    void *sort = rt_find_sort(ty_to_npy(t->elem), stable != 0, places);
    if (!sort)
        fail(fn->unit, np_pos(fn), DIAG_CALL, "sort", ty_name(t->elem), "NumPy has no sort for this dtype");
    poll_before(fn, ir_nelem(fn, arg[0]));
    Ref nbytes = ir_bin(fn, IR_MUL, ir_extent(fn, arg[0], 1), ir_i64(fn, t->elem->nbytes));
    Ref x[4] = { ir_i64(fn, (int64_t)(intptr_t)sort), nbytes, with_extents(fn, arg[0]), places ? with_extents(fn, arg[1]) : REF_NONE };
    ir_rt(fn, places ? RT_ARGSORT_ROWS : RT_SORT_ROWS, ty(TY_NONE), x, places ? 4 : 3);
    return ir_none(fn);
}
