/* move.c: a view of what a nest stores as views of what it loads: t = a * b; t[1:] → a[1:] * b[1:].
 *
 * So the loops of a nest that reads t through a view look like those of one that reads a and b through it, and what is known
 * about strides and stretched axes serves them too. */
#include "opt/fuse.h"

/* How a load of p's body is indexed along an axis of its array: by axis k of p times tests (stretch.c), or by a value of fn. */
typedef struct Index { int k; Ref at, test[MOVED_TESTS]; uint32_t ntest; } Index;

static bool collect_tests(const Fn *fn, Ref p, Ref i, Index *x)
{
    const Nest *nest = fuse_nest_of(fn, p);
    const Ins *in = ir_ins(nest->body, i);
    const Ref *arg = ir_args(fn, ir_ins(fn, p));
    if (in->op == IR_PARAM)
        return true;
    uint32_t k = nest_is_stretch(fn, nest, arg, in->arg[1]);
    if (x->ntest == MOVED_TESTS)
        return false;
    x->test[x->ntest++] = arg[ir_ins(nest->body, in->arg[k])->imm.i];
    return collect_tests(fn, p, in->arg[1 - k], x);
}

static bool look_at_index(Fn *fn, Ref p, Ref i, Index *x)
{
    const Nest *nest = fuse_nest_of(fn, p);
    const Ins *in = ir_ins(nest->body, i);
    const Ref *arg = ir_args(fn, ir_ins(fn, p));
    x->ntest = 0;
    x->k = nest_axis(fn, nest, arg, i);
    if (x->k >= 0)
        return collect_tests(fn, p, i, x);
    x->at = in->op == IR_CONST ? ir_i64(fn, in->imm.i) : in->op == IR_PARAM ? arg[in->imm.i] : REF_NONE;
    return !ref_is_none(x->at);
}

/* Each axis of p along one axis of the array at most. */
static bool look_at_indices(Fn *fn, Ref p, Ref access, uint32_t nd, Index *x)
{
    const Fn *body = fuse_nest_of(fn, p)->body;
    bool seen[NDIM_MAX] = { false };
    for (uint32_t a = 0; a < nd; a++) {
        if (!look_at_index(fn, p, ir_arg(body, access, 1 + a), &x[a]) || (x[a].k >= 0 && seen[x[a].k]))
            return false;
        if (x[a].k >= 0)
            seen[x[a].k] = true;
    }
    return true;
}

static bool is_number(const Fn *fn, Ref r, int64_t n) { int64_t c; return ir_is_int(fn, r, &c) && c == n; }

/* Does axis j of the view run along all of axis k of t, and nothing else along it? */
static bool is_whole(Fn *fn, Ref t, const Place *place, uint32_t j)
{
    int k = place->map.axis[j];
    uint32_t n = 0;
    for (uint32_t l = 0; l < ir_ty(fn, place->v)->ndim; l++)
        n += place->map.axis[l] == k;
    return n == 1 && is_number(fn, place->map.start[k], 0) && is_number(fn, place->map.step[j], 1)
        && ref_eq(ir_extent(fn, place->v, j), ir_extent(fn, t, (uint32_t)k));
}

/* The extent of the moved view along axis a of x: all of it; that of the view of t; 1 where x is stretched. */
static Ref moved_extent(Fn *fn, const Place *place, uint32_t j, const Index *x, Ref array, uint32_t a, bool whole)
{
    if (whole)
        return ir_extent(fn, array, a);
    Ref n = ir_extent(fn, place->v, j);
    for (uint32_t k = 0; k < x->ntest; k++)
        n = ir_select(fn, ir_arg(fn, x->test[k], 0), n, ir_i64(fn, 1));
    return n;
}

/* Do these strides follow from the extents, as the IR knows them? */
static bool follows(Fn *fn, Ty elem, uint32_t nd, const Ref *extent, const Ref *stride, bool f)
{
    Ref s = ir_i64(fn, elem->nbytes);
    for (uint32_t j = 0; j < nd; j++) {
        uint32_t k = f ? j : nd - 1 - j;
        if (!ref_eq(stride[k], s))
            return false;
        s = ir_bin(fn, IR_MUL, s, extent[k]);
    }
    return true;
}

bool fuse_move(Fn *fn, Ref p, Ref access, Ref t, const Place *place, Moved *out)
{
    Ref array = fuse_array_of(fn, p, access), extent[NDIM_MAX], stride[NDIM_MAX];
    const Fn *body = fuse_nest_of(fn, p)->body;
    Ty type = ir_ty(fn, array);
    Index x[NDIM_MAX];
    ViewMap map;
    if (ir_ins(body, ir_arg(body, access, 0))->op != IR_PARAM || !look_at_indices(fn, p, access, type->ndim, x))
        return false;
    Ref ptr = ir_data(fn, array);
    for (uint32_t a = 0; a < type->ndim; a++) {
        map.start[a] = x[a].k >= 0 ? place->map.start[x[a].k] : x[a].at;
        for (uint32_t k = 0; k < x[a].ntest; k++)
            map.start[a] = ir_bin(fn, IR_MUL, map.start[a], x[a].test[k]);
        ptr = ir_offset(fn, ptr, ir_bin(fn, IR_MUL, map.start[a], ir_stride(fn, array, a)));
    }
    out->nd = 0;
    for (uint32_t j = 0; j < ir_ty(fn, place->v)->ndim; j++)
        for (uint32_t a = 0; a < type->ndim; a++) {
            if (x[a].k < 0 || x[a].k != place->map.axis[j])
                continue;
            uint32_t l = out->nd++;
            out->whole[l] = is_whole(fn, t, place, j);
            out->axis[l] = j;
            out->ntest[l] = x[a].ntest;
            memcpy(out->test[l], x[a].test, sizeof x[a].test);
            extent[l] = moved_extent(fn, place, j, &x[a], array, a, out->whole[l]);
            stride[l] = ir_bin(fn, IR_MUL, ir_stride(fn, array, a), place->map.step[j]);
            map.axis[l] = (int)a;
            map.step[l] = place->map.step[j];
        }
    bool c = follows(fn, type->elem, out->nd, extent, stride, false), f = !c && follows(fn, type->elem, out->nd, extent, stride, true);
    Ty to = ty_array(fn->unit->types, type->elem, out->nd, c ? ORDER_C : f ? ORDER_F : ORDER_A, type->readonly, NULL);
    out->array = ir_view(fn, to, array, ptr, extent, c || f ? NULL : stride, &map);
    return true;
}
