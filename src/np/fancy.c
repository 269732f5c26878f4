/* fancy.c: subscripts with arrays among the keys: NumPy's advanced indexing.
 *
 * The slices, integers and newaxes make a view first, in which each index array has a whole axis to itself; the arrays
 * are broadcast together, and one nest moves the elements. Their joint axes stand where the first of them stood, or in
 * front when a slice, an Ellipsis or a newaxis stands between two of them. A mask is its nonzero() indices, but for the
 * common a[mask]: there it is read where it is. Before a write every index is checked, so an error leaves the array as
 * it was. */
#include "np/np_build.h"

static bool is_array(Fn *fn, Ref x) { return ty_is_array(ir_ty(fn, x)); }

static uint32_t extents_of(Fn *fn, Ref array, Ref *extent)
{
    uint32_t nd = ir_ty(fn, array)->ndim;
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = ir_extent(fn, array, k);
    return nd;
}

static Ref new_array(Fn *fn, Ty dtype, const Ref *extent, uint32_t nd)
{
    return ir_new(fn, ty_array(fn->unit->types, dtype, nd, ORDER_C, false, NULL), extent, false);
}

/* loops in index order that carry a count ------------------------------------------------------------------ */

typedef struct Pass { uint32_t nd; IrLoop loop[NDIM_MAX]; Ref index[NDIM_MAX], count; } Pass;

static Pass pass_begin(Fn *fn, const Ref *extent, uint32_t nd)
{
    Pass p = { .nd = nd, .count = ir_i64(fn, 0) };
    for (uint32_t k = 0; k < nd; k++) {
        p.loop[k] = ir_loop(fn, extent[k], &p.count, 1);
        p.index[k] = p.loop[k].index;
        p.count = p.loop[k].carried[0];
    }
    return p;
}

static void pass_end(Fn *fn, Pass *p, Ref count)
{
    for (uint32_t k = p->nd; k-- > 0; ) {
        ir_endloop(fn, &p->loop[k], &count);
        count = p->loop[k].carried[0];
    }
}

/* masks --------------------------------------------------------------------------------------------------- */

static Ref true_at(Fn *fn, Ref array, const Ref *index) { return scalar_truth(fn, ir_load(fn, array, index)); }

/* extent: the array's, by whatever name. */
static Ref fancy_count(Fn *fn, Ref array, const Ref *extent)
{
    uint32_t nd = ir_ty(fn, array)->ndim;
    if (nd == 0)
        return ir_cast(fn, true_at(fn, array, NULL), ty(TY_I64));
    NestBuild nb = nest_begin(fn, extent, nd, 0);
    nest_reduce(&nb, RED_ADD, ty(TY_I64), ir_i64(fn, 0));
    Ref one = ir_cast(nb.body, true_at(nb.body, nest_use(&nb, array), nb.index), ty(TY_I64));
    return nest_end(&nb, &one, 1);
}

/* A nest that picks elements, n in all; what it stores may name any place. */
static NestBuild pick_begin(Fn *fn, const Ref *extent, uint32_t nd, Ref n)
{
    NestBuild nb = nest_begin(fn, extent, nd, NEST_ORDERED | NEST_PICK);
    nest_reduce(&nb, RED_ADD, ty(TY_I64), ir_i64(fn, 0));
    nb.blocks = n;
    return nb;
}

static void pick_store(NestBuild *nb, Ref out, Ref value)
{
    Ref place = ir_i64(nb->body, 0);
    ir_store(nb->body, nest_use(nb, out), value, &place);
}

static void pick_end(NestBuild *nb, Ref picked)
{
    Ref one = ir_cast(nb->body, picked, ty(TY_I64));
    nest_end(nb, &one, 1);
}

void fancy_nonzero(Fn *fn, Ref array, Ref *index)
{
    Ref extent[NDIM_MAX] = { REF_NONE };
    uint32_t nd = extents_of(fn, array, extent);
    Ref n = fancy_count(fn, array, extent);
    for (uint32_t k = 0; k < nd; k++)
        index[k] = new_array(fn, ty(TY_I64), &n, 1);
    NestBuild nb = pick_begin(fn, extent, nd, n);
    for (uint32_t k = 0; k < nd; k++)
        pick_store(&nb, index[k], nb.index[k]);
    pick_end(&nb, true_at(nb.body, nest_use(&nb, array), nb.index));
}

/* The mask has the extents of the array's axes from `axis` on. */
static void check_mask(Fn *fn, Ref array, Ref mask, uint32_t axis)
{
    for (uint32_t k = 0; k < ir_ty(fn, mask)->ndim; k++) {
        Ref have = ir_extent(fn, array, axis + k), got = ir_extent(fn, mask, k), arg[3] = { ir_i64(fn, axis + k), have, got };
        if (!ref_eq(have, got))
            ir_check(fn, ir_cmp(fn, IR_EQ, have, got), DIAG_MASK_SHAPE, arg, 3);
    }
}

/* a[mask] and nothing else: the mask, or none. */
static Ref whole_mask(const Keys *keys) { return keys->n == 1 && keys->at[0].kind == KEY_MASK ? keys->at[0].x : REF_NONE; }

static Ref mask_get(Fn *fn, Ref array, Ref mask)
{
    Ref extent[NDIM_MAX];
    check_mask(fn, array, mask, 0);
    uint32_t nd = extents_of(fn, array, extent);
    Ref n = fancy_count(fn, mask, extent), out = new_array(fn, ir_ty(fn, array)->elem, &n, 1);
    NestBuild nb = pick_begin(fn, extent, nd, n);
    pick_store(&nb, out, ir_load(nb.body, nest_use(&nb, array), nb.index));
    pick_end(&nb, ir_load(nb.body, nest_use(&nb, mask), nb.index));
    return out;
}

/* array[mask] = values, one after another; a single one goes everywhere. */
static void mask_set_array(Fn *fn, Ref array, Ref mask, Ref value)
{
    Ref extent[NDIM_MAX], len = ir_extent(fn, value, 0), zero = ir_i64(fn, 0);
    uint32_t nd = extents_of(fn, array, extent);
    Ref n = fancy_count(fn, mask, extent);
    Ref single = ir_cmp(fn, IR_EQ, len, ir_i64(fn, 1)), arg[2] = { len, n };
    ir_check(fn, ir_bin(fn, IR_OR, single, ir_cmp(fn, IR_EQ, len, n)), DIAG_MASK_VALUES, arg, 2);
    Pass p = pass_begin(fn, extent, nd);
    IrIf s = ir_if(fn, ir_load(fn, mask, p.index));
    Ref at = ir_select(fn, single, zero, p.count);
    ir_store(fn, array, ir_cast(fn, ir_load(fn, value, &at), ir_ty(fn, array)->elem), p.index);
    Ref next = ir_bin(fn, IR_ADD, p.count, ir_i64(fn, 1));
    ir_else(fn, &s);
    pass_end(fn, &p, ir_endif(fn, &s, next, p.count));
}

/* view[..., mask, ...] = scalar, the mask's axes from `axis` on: one nest, whose inner axes skip with the mask. */
static void mask_fill(Fn *fn, Ref view, Ref mask, uint32_t axis, Ref value)
{
    Ref extent[NDIM_MAX];
    uint32_t nd = extents_of(fn, view, extent);
    value = ir_cast(fn, value, ir_ty(fn, view)->elem);
    NestBuild nb = nest_begin(fn, extent, nd, 0);
    IrIf s = ir_if(nb.body, ir_load(nb.body, nest_use(&nb, mask), nb.index + axis));
    ir_store(nb.body, nest_use(&nb, view), nest_use(&nb, value), nb.index);
    ir_else(nb.body, &s);
    ir_endif(nb.body, &s, REF_NONE, REF_NONE);
    nest_end(&nb, NULL, 0);
}

/* in general ---------------------------------------------------------------------------------------------- */

/* An index array. axis: of the view; -1: none (a bool). of: of the array, for messages. in_range: made by nonzero(). */
typedef struct Pick { Ref index; int axis; uint32_t of; bool in_range; } Pick;
typedef struct Fancy {
    Ref view;
    Pick pick[NDIM_MAX];
    uint32_t npick;
    uint32_t first, njoint;             /* the result's axes of the index arrays */
    uint32_t nd;
    Ref extent[NDIM_MAX];               /* of the result */
    int from[NDIM_MAX];                 /* of each axis of the result: the view's; -1: joint */
    bool checked;                       /* by a nest of its own, ahead */
} Fancy;

static void add_pick(Fn *fn, Fancy *f, Ref index, int axis, uint32_t of, bool in_range)
{
    if (f->npick == NDIM_MAX)
        fail(fn->unit, np_pos(fn), DIAG_TOO_LARGE, "the subscript", "32 index arrays");
    f->pick[f->npick++] = (Pick){ index, axis, of, in_range };
}

static void add_mask(Fn *fn, Fancy *f, View *v, Key k)
{
    Ref index[NDIM_MAX];
    check_mask(fn, v->array, k.x, v->axis);
    fancy_nonzero(fn, k.x, index);
    for (uint32_t j = 0; j < ir_ty(fn, k.x)->ndim; j++) {
        add_pick(fn, f, index[j], (int)v->nd, v->axis, true);
        index_view_key(v, k, 0);
    }
}

/* True is an axis of one element, False of none. */
static void add_bool(Fn *fn, Fancy *f, Ref flag)
{
    Ref n = ir_cast(fn, flag, ty(TY_I64));
    add_pick(fn, f, ir_new(fn, ty_array(fn->unit->types, ty(TY_I64), 1, ORDER_C, false, NULL), &n, true), -1, 0, true);
}

static void add_key(Fn *fn, Fancy *f, View *v, Key k, uint32_t rest)
{
    if (k.kind == KEY_MASK) {
        add_mask(fn, f, v, k);
    } else if (k.kind == KEY_BOOL) {
        add_bool(fn, f, k.x);
    } else {
        if (k.kind == KEY_ARRAY)
            add_pick(fn, f, k.x, (int)v->nd, v->axis, false);
        index_view_key(v, k, rest);
    }
}

static bool advanced(Key k) { return k.kind == KEY_INT || k.kind >= KEY_ARRAY; }

/* The view and the picks; where the joint axes go. */
static void read_keys(Fn *fn, Fancy *f, Ref array, const Keys *keys)
{
    View v = index_view(fn, array);
    bool seen = false, gap = false, apart = false;
    for (uint32_t k = 0; k < keys->n; k++) {
        if (advanced(keys->at[k])) {
            f->first = seen ? f->first : v.nd;
            apart |= gap;
            seen = true;
        } else {
            gap |= seen;
        }
        add_key(fn, f, &v, keys->at[k], keys->rest);
    }
    if (apart)
        f->first = 0;
    f->view = index_view_end(&v);
}

static void add_axis(Fn *fn, Fancy *f, int from, Ref extent)
{
    axes_need(fn, f->nd + 1, "the result");
    f->from[f->nd] = from;
    f->extent[f->nd++] = extent;
}

static bool is_picked(const Fancy *f, int axis)
{
    for (uint32_t k = 0; k < f->npick; k++)
        if (f->pick[k].axis == axis)
            return true;
    return false;
}

/* The result's axes: the view's without those of the picks, and the joint ones. */
static void place_axes(Fn *fn, Fancy *f, const Ref *joint)
{
    int vd = ir_ty(fn, f->view)->ndim, axis = 0;
    for (uint32_t n = 0; n < f->first; axis++)
        if (!is_picked(f, axis)) {
            add_axis(fn, f, axis, ir_extent(fn, f->view, (uint32_t)axis));
            n++;
        }
    for (uint32_t k = 0; k < f->njoint; k++)
        add_axis(fn, f, -1, joint[k]);
    for (; axis < vd; axis++)
        if (!is_picked(f, axis))
            add_axis(fn, f, axis, ir_extent(fn, f->view, (uint32_t)axis));
}

static Fancy fancy_plan(Fn *fn, Ref array, const Keys *keys)
{
    Fancy f = { 0 };
    Ref joint[NDIM_MAX], index[NDIM_MAX];
    read_keys(fn, &f, array, keys);
    for (uint32_t k = 0; k < f.npick; k++)
        index[k] = f.pick[k].index;
    f.njoint = ew_broadcast_as(fn, index, f.npick, joint, DIAG_INDEX_SHAPE);
    for (uint32_t k = 0; k < f.npick; k++)
        f.pick[k].index = ew_broadcast_to(fn, index[k], joint, f.njoint, DIAG_INDEX_SHAPE);
    place_axes(fn, &f, joint);
    return f;
}

/* Every index, before anything is written, or before axes in front repeat the check. */
static void check_picks(Fn *fn, Fancy *f)
{
    f->checked = true;
    if (!fn->opt.boundscheck)
        return;
    for (uint32_t k = 0; k < f->npick; k++) {
        const Pick *p = &f->pick[k];
        if (p->in_range)
            continue;
        NestBuild nb = nest_begin(fn, f->extent + f->first, f->njoint, 0);
        Ref i = ir_load(nb.body, nest_use(&nb, p->index), nb.index);
        index_wrap(nb.body, i, nest_use(&nb, ir_extent(fn, f->view, p->axis)), p->of);
        nest_end(&nb, NULL, 0);
    }
}

/* The places in the view that the joint indices name. */
static void picked_at(Fn *fn, const Fancy *f, NestBuild *nb, Ref *at)
{
    for (uint32_t k = 0; k < f->npick; k++) {
        const Pick *p = &f->pick[k];
        if (p->axis < 0)
            continue;
        Ref i = ir_load(nb->body, nest_use(nb, p->index), nb->index + f->first);
        at[p->axis] = p->in_range ? i : index_wrap(nb->body, i, nest_use(nb, ir_extent(fn, f->view, p->axis)), p->of);
    }
}

/* One element: view[at] = other[index], or the other way round. */
static void move(Fn *fn, Ref view, const Ref *at, Ref other, const Ref *index, bool set)
{
    if (!set)
        ir_store(fn, other, ir_load(fn, view, at), index);
    else
        ir_store(fn, view, ir_cast(fn, is_array(fn, other) ? ir_load(fn, other, index) : other, ir_ty(fn, view)->elem), at);
}

/* The axes behind the joint ones are a nest of their own, so that the indices are loaded and checked once. */
static void move_all(Fn *fn, const Fancy *f, Ref other, bool set)
{
    uint32_t outer = f->first + f->njoint, flags = set ? NEST_ORDERED : 0;     /* the last of equal indices wins */
    NestBuild nb = nest_begin(fn, f->extent, outer, flags);
    Ref at[NDIM_MAX] = { 0 }, index[NDIM_MAX], in_at[NDIM_MAX], extent[NDIM_MAX];
    nb.body->opt.boundscheck &= !f->checked;
    picked_at(fn, f, &nb, at);
    for (uint32_t k = 0; k < f->first; k++)
        at[f->from[k]] = nb.index[k];
    Ref view = nest_use(&nb, f->view), o = nest_use(&nb, other);
    if (f->nd == outer) {
        move(nb.body, view, at, o, nb.index, set);
    } else {
        for (uint32_t k = outer; k < f->nd; k++)
            extent[k - outer] = nest_use(&nb, f->extent[k]);
        NestBuild in = nest_begin(nb.body, extent, f->nd - outer, flags);
        for (uint32_t k = 0; k < ir_ty(fn, f->view)->ndim; k++)
            in_at[k] = ref_is_none(at[k]) ? REF_NONE : nest_use(&in, at[k]);
        for (uint32_t k = 0; k < f->nd; k++)
            index[k] = k < outer ? nest_use(&in, nb.index[k]) : in.index[k - outer];
        for (uint32_t k = outer; k < f->nd; k++)
            in_at[f->from[k]] = in.index[k - outer];
        move(in.body, nest_use(&in, view), in_at, nest_use(&in, o), index, set);
        nest_end(&in, NULL, 0);
    }
    nest_end(&nb, NULL, 0);
}

Ref fancy_get(Fn *fn, Ref array, const Keys *keys)
{
    Ref mask = whole_mask(keys);
    if (!ref_is_none(mask))
        return mask_get(fn, array, mask);
    Fancy f = fancy_plan(fn, array, keys);
    if (f.first > 0)
        check_picks(fn, &f);
    Ref out = new_array(fn, ir_ty(fn, array)->elem, f.extent, f.nd);
    move_all(fn, &f, out, false);
    return out;
}

/* One mask, no other index array, and a scalar: nothing is collected. */
static bool fill_masked(Fn *fn, Ref array, const Keys *keys, Ref value)
{
    View v = index_view(fn, array);
    Ref mask = REF_NONE;
    uint32_t axis = 0;
    for (uint32_t k = 0; k < keys->n; k++)
        if (keys->narray > 1 || keys->at[k].kind == KEY_ARRAY || keys->at[k].kind == KEY_BOOL)
            return false;
    for (uint32_t k = 0; k < keys->n; k++) {
        Key key = keys->at[k];
        if (key.kind != KEY_MASK) {
            index_view_key(&v, key, keys->rest);
            continue;
        }
        mask = key.x;
        axis = v.nd;
        check_mask(fn, array, mask, v.axis);
        for (uint32_t j = 0; j < ir_ty(fn, mask)->ndim; j++)
            index_view_key(&v, key, 0);
    }
    mask_fill(fn, index_view_end(&v), ew_apart(fn, mask, array), axis, value);
    return true;
}

static void set_masked(Fn *fn, Ref array, Ref mask, Ref value)
{
    if (ir_ty(fn, value)->ndim != 1)
        fail(fn->unit, np_pos(fn), DIAG_MASK_NDIM, (int)ir_ty(fn, value)->ndim);
    check_mask(fn, array, mask, 0);
    mask_set_array(fn, array, ew_apart(fn, mask, array), ew_apart(fn, value, array));
}

void fancy_set(Fn *fn, Ref array, const Keys *keys, Ref value)
{
    np_check_int(fn, value, ir_ty(fn, array)->elem);
    value = ty_is_scalar(ir_ty(fn, value)) ? value : ew_as_array(fn, value);
    if (is_array(fn, value) && ir_ty(fn, value)->ndim == 0)
        value = ir_load(fn, value, NULL);
    Ty at = ir_ty(fn, array), vt = ir_ty(fn, value), ve = ty_is_array(vt) ? vt->elem : vt;
    if (!ty_is_scalar(ve) || (ty_is_complex(ve) && !ty_is_complex(at->elem)))
        fail(fn->unit, np_pos(fn), DIAG_CAST, ty_name(vt), ty_name(at));
    if (!ty_is_array(vt) && fill_masked(fn, array, keys, value))
        return;
    if (!ref_is_none(whole_mask(keys))) {
        set_masked(fn, array, whole_mask(keys), value);
        return;
    }
    Fancy f = fancy_plan(fn, array, keys);
    for (uint32_t k = 0; k < f.npick; k++)
        f.pick[k].index = ew_apart(fn, f.pick[k].index, array);
    if (ty_is_array(vt))
        value = ew_apart(fn, ew_broadcast_to(fn, value, f.extent, f.nd, DIAG_INDEX_VALUE), array);
    check_picks(fn, &f);
    move_all(fn, &f, value, true);
}
