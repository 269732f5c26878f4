/* join.c: arrays put together along an axis, and taken apart. Joining is one new array and a nest an operand, which
 * writes its slice; the parts of a split are views. */
#include "np/np_build.h"

typedef struct Join { Ref *x; uint32_t n; Ref out; Ty dtype; Ref casting; } Join;       /* arrays; arguments, none where absent */

/* A tuple or list of arrays, or an array: its items along axis 0 must then be known in number. */
static Join operands(Fn *fn, const NpRow *row, Ref arg)
{
    Join j = { 0 };
    if (!np_iter_values(fn, arg, NITEM_MAX, &j.x, &j.n))
        np_bad_arg(fn, row, "a tuple or a list of arrays", arg);
    if (j.n == 0)
        fail(fn->unit, np_pos(fn), DIAG_NO_ARRAYS, row->path + strlen("numpy."));
    for (uint32_t k = 0; k < j.n; k++)
        j.x[k] = ew_as_array(fn, j.x[k]);
    return j;
}

static Ty joined_dtype(Fn *fn, const Join *j)
{
    Ty t = ir_ty(fn, j->x[0])->elem;
    for (uint32_t k = 1; k < j->n && t; k++)
        t = promote_array(t, ir_ty(fn, j->x[k])->elem);
    return t;
}

static void same_ndim(Fn *fn, const Join *j)
{
    uint32_t nd = ir_ty(fn, j->x[0])->ndim;
    if (nd == 0)
        fail(fn->unit, np_pos(fn), DIAG_JOIN_0D);
    for (uint32_t k = 1; k < j->n; k++)
        if (ir_ty(fn, j->x[k])->ndim != nd)
            fail(fn->unit, np_pos(fn), DIAG_JOIN_NDIM, (int)nd, (int)k, (int)ir_ty(fn, j->x[k])->ndim);
}

/* The extents of the result; the others than axis must agree. */
static void joined_extents(Fn *fn, const Join *j, uint32_t axis, Ref *extent)
{
    for (uint32_t a = 0; a < ir_ty(fn, j->x[0])->ndim; a++)
        extent[a] = ir_extent(fn, j->x[0], a);
    for (uint32_t k = 1; k < j->n; k++)
        for (uint32_t a = 0; a < ir_ty(fn, j->x[0])->ndim; a++) {
            Ref e = ir_extent(fn, j->x[k], a), arg[4] = { ir_i64(fn, a), extent[a], ir_i64(fn, k), e };
            if (a == axis)
                extent[a] = ir_bin(fn, IR_ADD, extent[a], e);
            else if (!ref_eq(e, extent[a]))
                ir_check(fn, ir_cmp(fn, IR_EQ, e, extent[a]), DIAG_JOIN_EXTENT, arg, 4);
        }
}

/* C, unless all of them are F. */
static Order joined_order(Fn *fn, const Join *j)
{
    for (uint32_t k = 0; k < j->n; k++)
        if (ir_ty(fn, j->x[k])->order != ORDER_F)
            return ORDER_C;
    return ORDER_F;
}

static Ref check_out(Fn *fn, Ref out, const Ref *extent, uint32_t nd)
{
    Ref ok = ir_bool(fn, ty_is_array(ir_ty(fn, out)) && ir_ty(fn, out)->ndim == nd);
    for (uint32_t k = 0; k < nd && ir_ty(fn, out)->ndim == nd; k++)
        ok = ir_bin(fn, IR_AND, ok, ir_cmp(fn, IR_EQ, ir_extent(fn, out, k), extent[k]));
    ir_check(fn, ok, DIAG_JOIN_OUT, NULL, 0);
    return out;
}

/* x[0], x[1] ... one behind the other along axis. */
static Ref join(Fn *fn, const Join *j, uint32_t axis)
{
    Ref extent[NDIM_MAX], at = ir_i64(fn, 0), out = j->out;
    uint32_t nd = ir_ty(fn, j->x[0])->ndim;
    joined_extents(fn, j, axis, extent);
    if (ref_is_none(out))
        out = ir_new(fn, ty_array(fn->unit->types, j->dtype ? j->dtype : joined_dtype(fn, j), nd, joined_order(fn, j), false, NULL), extent, false);
    else
        out = check_out(fn, out, extent, nd);
    Ty t = ir_ty(fn, out);
    for (uint32_t k = 0; k < j->n; k++)
        ew_check_cast(fn, j->casting, "same_kind", ir_ty(fn, j->x[k]), t->elem);
    bool plain = (t->order == ORDER_C && axis == 0) || (t->order == ORDER_F && axis == nd - 1);
    for (uint32_t k = 0; k < j->n; k++) {
        Strided s = strided_of(fn, out);
        s.ptr = ir_offset(fn, s.ptr, ir_bin(fn, IR_MUL, at, s.stride[axis]));
        s.extent[axis] = ir_extent(fn, j->x[k], axis);
        at = ir_bin(fn, IR_ADD, at, s.extent[axis]);
        ew_assign(fn, strided_view(fn, &s, t->elem, plain ? t->order : ORDER_A, false), j->x[k]);
    }
    return out;
}

static void join_args(Fn *fn, Join *j, Ref out, Ref dtype, Ref casting)
{
    j->out = np_absent(fn, out) ? REF_NONE : out;
    j->dtype = create_dtype(fn, dtype, NULL);
    j->casting = casting;
}

/* arrays, axis=0, out=None, dtype=None, casting= */
Ref join_concatenate(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Join j = operands(fn, row, arg[0]);
    bool flat = !ref_is_none(arg[1]) && ir_ty(fn, arg[1])->kind == TY_NONE;
    for (uint32_t k = 0; k < j.n && flat; k++) {
        Ref all = ir_nelem(fn, j.x[k]);
        j.x[k] = shape_reshape(fn, j.x[k], &all, 1);
    }
    same_ndim(fn, &j);
    uint32_t axis = flat || ref_is_none(arg[1]) ? 0 : axes_one(fn, arg[1], ir_ty(fn, j.x[0])->ndim);
    join_args(fn, &j, arg[2], arg[3], arg[4]);
    return join(fn, &j, axis);
}

static void same_shape(Fn *fn, const Join *j, DiagId why)
{
    for (uint32_t k = 1; k < j->n; k++) {
        Ref ok = ir_bool(fn, ir_ty(fn, j->x[k])->ndim == ir_ty(fn, j->x[0])->ndim);
        for (uint32_t a = 0; a < ir_ty(fn, j->x[k])->ndim && a < ir_ty(fn, j->x[0])->ndim; a++)
            ok = ir_bin(fn, IR_AND, ok, ir_cmp(fn, IR_EQ, ir_extent(fn, j->x[0], a), ir_extent(fn, j->x[k], a)));
        ir_check(fn, ok, why, NULL, 0);
    }
}

static Ref stack(Fn *fn, Join *j, uint32_t axis, DiagId why)
{
    same_shape(fn, j, why);
    for (uint32_t k = 0; k < j->n; k++)
        j->x[k] = axes_expand(fn, j->x[k], &axis, 1);
    same_ndim(fn, j);
    return join(fn, j, axis);
}

Ref join_new_axis(Fn *fn, Ref *x, uint32_t n, DiagId why) { return stack(fn, &(Join){ .x = x, .n = n }, 0, why); }

/* arrays, axis=0, out=None, dtype=None, casting= */
Ref join_stack(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Join j = operands(fn, row, arg[0]);
    uint32_t nd = ir_ty(fn, j.x[0])->ndim, axis = np_absent(fn, arg[1]) ? 0 : axes_one(fn, arg[1], nd + 1);
    join_args(fn, &j, arg[2], arg[3], arg[4]);
    return stack(fn, &j, axis, DIAG_STACK_SHAPE);
}

/* arrays, dtype=None, casting=; data: 'h', 'v', 'd', 'c' column_stack */
Ref join_along(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    static const uint32_t behind = 1;
    Join j = operands(fn, row, arg[0]);
    for (uint32_t k = 0; k < j.n; k++) {
        j.x[k] = axes_atleast(fn, j.x[k], row->data == 'v' ? 2 : row->data == 'd' ? 3 : 1);
        if (row->data == 'c' && ir_ty(fn, j.x[k])->ndim == 1)
            j.x[k] = axes_expand(fn, j.x[k], &behind, 1);
    }
    same_ndim(fn, &j);
    bool vectors = ir_ty(fn, j.x[0])->ndim == 1;
    uint32_t axis = row->data == 'v' || (row->data == 'h' && vectors) ? 0 : row->data == 'd' ? 2 : 1;
    join_args(fn, &j, REF_NONE, n > 1 ? arg[1] : REF_NONE, n > 2 ? arg[2] : REF_NONE);
    return join(fn, &j, axis);
}

/* arr, values, axis=None */
Ref join_append(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref x[2] = { ew_as_array(fn, arg[0]), ew_as_array(fn, arg[1]) };
    Join j = { .x = x, .n = 2 };
    bool flat = np_absent(fn, arg[2]);
    for (uint32_t k = 0; k < 2 && flat; k++) {
        Ref all = ir_nelem(fn, x[k]);
        x[k] = shape_reshape(fn, x[k], &all, 1);
    }
    same_ndim(fn, &j);
    return join(fn, &j, flat ? 0 : axes_one(fn, arg[2], ir_ty(fn, x[0])->ndim));
}

/* splitting ----------------------------------------------------------------------------------------------- */

/* a[:, ..., start:stop] along axis. */
static Ref part(Fn *fn, Ref a, uint32_t axis, Ref start, Ref stop)
{
    Ref none = ir_none(fn), all[3] = { none, none, none }, some[3] = { start, stop, none }, key[NDIM_MAX];
    for (uint32_t k = 0; k <= axis; k++)
        key[k] = np_aggregate(fn, TY_SLICE, k == axis ? some : all, 3);
    return index_get(fn, a, np_aggregate(fn, TY_TUPLE, key, axis + 1));
}

/* At the indices: before the first, between, and behind the last. */
static Ref split_at(Fn *fn, Ref a, uint32_t axis, const Ref *at, uint32_t n)
{
    Ref *x = arena_new_n(fn->unit->arena, Ref, n + 1), from = ir_i64(fn, 0);
    for (uint32_t k = 0; k <= n; k++) {
        Ref to = k < n ? np_convert(fn, at[k], ty(TY_I64)) : ir_extent(fn, a, axis);
        x[k] = part(fn, a, axis, from, to);
        from = to;
    }
    return np_aggregate(fn, TY_LIST, x, n + 1);
}

/* Into n parts, the first ones one longer where they are not equal. */
static Ref split_into(Fn *fn, Ref a, uint32_t axis, int64_t n, bool equal)
{
    Ref *x = arena_new_n(fn->unit->arena, Ref, n), count = ir_i64(fn, n), len = ir_extent(fn, a, axis), from = ir_i64(fn, 0);
    Ref size = ir_bin(fn, IR_DIV, len, count), rest = ir_bin(fn, IR_REM, len, count);
    if (equal)
        ir_check(fn, ir_cmp(fn, IR_EQ, rest, ir_i64(fn, 0)), DIAG_SPLIT, NULL, 0);
    for (int64_t k = 0; k < n; k++) {
        Ref more = ir_cast(fn, ir_cmp(fn, IR_LT, ir_i64(fn, k), rest), ty(TY_I64));
        Ref to = ir_bin(fn, IR_ADD, from, equal ? size : ir_bin(fn, IR_ADD, size, more));
        x[k] = part(fn, a, axis, from, to);
        from = to;
    }
    return np_aggregate(fn, TY_LIST, x, (uint32_t)n);
}

/* ary, indices_or_sections, axis=0; data: 's' split, 'a' array_split, 'h', 'v', 'd' */
Ref join_split(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]), *at;
    uint32_t nd = ir_ty(fn, a)->ndim, axis = 0, nat;
    int64_t sections;
    if (nd < (row->data == 'v' ? 2u : row->data == 'd' ? 3u : 1u))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "the array has not enough dimensions");
    if (row->data == 's' || row->data == 'a')
        axis = np_absent(fn, arg[2]) ? 0 : axes_one(fn, arg[2], nd);
    else
        axis = row->data == 'd' ? 2 : row->data == 'h' && nd > 1;
    if (ir_is_int(fn, arg[1], &sections)) {
        if (sections <= 0 || sections > NITEM_MAX)
            fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "number sections must be larger than 0, and at most 1000");
        return split_into(fn, a, axis, sections, row->data != 'a');
    }
    if (!np_iter_values(fn, arg[1], NITEM_MAX - 1, &at, &nat))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "the number of parts must be known when compiling: a constant, a tuple or a list");
    return split_at(fn, a, axis, at, nat);
}

/* x, axis=0: the items along it, whose number must be known */
Ref join_unstack(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]), *x;
    uint32_t nd = ir_ty(fn, a)->ndim, axis = np_absent(fn, arg[1]) ? 0 : axes_one(fn, arg[1], nd), m;
    int from[NDIM_MAX] = { (int)axis };
    for (uint32_t k = 0, next = 1; k < nd; k++)
        if (k != axis)
            from[next++] = (int)k;
    if (!np_iter_values(fn, axes_view(fn, a, from, nd), NITEM_MAX, &x, &m))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "the number of parts must be known when compiling");
    return np_aggregate(fn, TY_TUPLE, x, m);
}
