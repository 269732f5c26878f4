/* version.c: copies of a nest for what only the call can tell, chosen before its loops.
 *
 * Memory: what a nest stores to may overlap what it reads elsewhere (`a[1:] += a[:-1]`): then those are copied first.
 * Shapes and strides: an index times 0 or 1 (np/elementwise.c) and an array of order A keep LLVM from plain loads, so
 *     flat    nothing is stretched, all arrays are of the same order: one axis
 *     rows    along the inner axis nothing is stretched, and order A has neighbours side by side
 *     column  like rows, but for one operand, which is stretched along the inner axis
 *     hoisted like rows, with what is stretched along an outer axis and costs much computed before (opt/hoist.c)
 *     turned  all arrays of order A lie the other way round: the first axis innermost
 *     any     as it was built: small and scalar where the others serve all usual calls (NEST_COLD), as is a copy for overlap
 * The first of them stands in the function; the others are functions of their own, compiled when a call first needs them
 * (LATER): most never are. Not so on a GPU. A kernel cannot make a copy: on a GPU an overlap is an error.
 * In a flat nest a contiguous array is indexed past the end of its first row into the others. */
#include "opt/opt.h"

/* One of the copies, and when it is taken; cond none: always. axis: along it nothing but `stretched` is; -1: along none.
 * APART: with copies of what is shared; WHOLE: no test finds a stretch; BUILT: as it was built. */
typedef enum Captures { PLAIN, WHOLE, BUILT, APART } Captures;
typedef struct Way { Ref cond; LoopForm form; Captures with; int axis; uint32_t stretched; const bool *shared; bool hoists; } Way;

typedef struct Version {
    Fn *fn;
    TargetId target;
    Ref r;                      /* the NEST */
    const Nest *nest;
    const Ref *arg;
    uint32_t inner;             /* the axis of the innermost loop */
    bool f;
    int8_t *axis_of;            /* of a capture: the axis whose index it multiplies, or -1 */
    VEC(Ref) access;            /* LOADs and STOREs of the body */
    bool flat;                  /* may be one axis where nothing is stretched */
    bool columns;               /* few enough may be stretched along the inner axis for a copy each */
    Ref all, row, side_by_side; /* conditions; none: true. row: of the inner axis, strides and stretches */
    Ref *side;                  /* of a capture: its array with a constant inner stride, or none */
    Hoist hoist;                /* looked at in the function where the nest is */
    Fn *top;                    /* the function that fn is, or is a body in */
    VEC(Way) way;               /* the copies, the first choice first */
} Version;

static const Ins *capture_of(const Version *v, Ref body_value, uint32_t *k)
{
    const Ins *in = ir_ins(v->nest->body, body_value);
    if (in->op != IR_PARAM || in->imm.i < v->nest->ndim)
        return NULL;
    *k = (uint32_t)in->imm.i - v->nest->ndim;
    return ir_ins(v->fn, v->arg[in->imm.i]);
}

static int index_axis(const Version *v, Ref i) { return nest_axis(v->fn, v->nest, v->arg, i); }

/* memory --------------------------------------------------------------------------------------------------- */

static Ref or(Fn *fn, Ref a, Ref b) { return ref_is_none(a) ? b : ir_bin(fn, IR_OR, a, b); }
static Ref and(Fn *fn, Ref a, Ref b) { return ref_is_none(a) ? b : ir_bin(fn, IR_AND, a, b); }

/* Are the elements of x and y with the same indices the same memory? First comes what is one value for all views of one size. */
static Ref same_elements(Fn *fn, Ref x, Ref y)
{
    Ty t = ir_ty(fn, x), u = ir_ty(fn, y);
    if (t->ndim != u->ndim || t->elem != u->elem)
        return ir_bool(fn, false);
    Ref r = REF_NONE;
    for (uint32_t k = 0; k < t->ndim; k++) {
        r = and(fn, r, ir_cmp(fn, IR_EQ, ir_extent(fn, x, k), ir_extent(fn, y, k)));
        r = and(fn, r, ir_cmp(fn, IR_EQ, ir_stride(fn, x, k), ir_stride(fn, y, k)));
    }
    return and(fn, r, ir_cmp(fn, IR_EQ, ir_bitcast(fn, ir_data(fn, x), ty(TY_I64)), ir_bitcast(fn, ir_data(fn, y), ty(TY_I64))));
}

/* The capture that a LOAD or STORE of the body is of, or UINT32_MAX. */
static uint32_t array_of(const Version *v, Ref access)
{
    const Fn *body = v->nest->body;
    Ref x = ir_arg(body, access, 0);
    uint32_t k = 0;
    while (ir_ins(body, x)->op == IR_VIEW)
        x = ir_arg(body, x, 0);
    return capture_of(v, x, &k) ? k : UINT32_MAX;
}

/* The arrays that must be copied when they overlap what the nest stores: shared[k]. The condition, or none. It says nothing of the
 * code behind it: LLVM's passes, which look at all pairs of what such conditions consist of, see no parts (a stencil: a sixth of
 * compiling it). */
static Ref overlap(Version *v, bool *shared)
{
    Fn *fn = v->fn;
    const Nest *nest = v->nest;
    Ref hit = REF_NONE;
    bool *tested = arena_new_n(fn->unit->arena, bool, nest->ncapture * nest->ncapture + 1);
    for (uint32_t s = 0; s < v->access.n; s++) {
        uint32_t k = array_of(v, v->access.at[s]);
        if (ir_ins(nest->body, v->access.at[s])->op != IR_STORE || k == UINT32_MAX)
            continue;
        Ref to = v->arg[nest->ndim + k];
        for (uint32_t l = 0; l < v->access.n; l++) {
            uint32_t j = array_of(v, v->access.at[l]);
            if (ir_ins(nest->body, v->access.at[l])->op != IR_LOAD || j == UINT32_MAX || j == k || tested[k * nest->ncapture + j])
                continue;
            tested[k * nest->ncapture + j] = true;
            Ref from = v->arg[nest->ndim + j];
            if (ir_ty(fn, from)->kind != TY_ARRAY || ir_apart(fn, from, to))
                continue;
            Ref h = ir_bin(fn, IR_AND, ir_meets(fn, from, to), ir_un(fn, IR_NOT, same_elements(fn, from, to)));
            hit = or(fn, hit, ir_hide(fn, h));
            shared[j] = true;
        }
    }
    return hit;
}

/* A new array with the elements of x, of its type. */
static Ref copy(Fn *fn, Ref x)
{
    Ty t = ir_ty(fn, x), c = ty_array(fn->unit->types, t->elem, t->ndim, t->order == ORDER_F ? ORDER_F : ORDER_C, false, NULL);
    Ref extent[NDIM_MAX];
    for (uint32_t k = 0; k < t->ndim; k++)
        extent[k] = ir_extent(fn, x, k);
    Ref to = ir_new(fn, c, extent, false);
    if (t->ndim == 0) {
        ir_store(fn, to, ir_load(fn, x, NULL), NULL);
        return ir_retype(fn, to, t);
    }
    NestBuild nb = nest_begin(fn, extent, t->ndim, NEST_APART);
    ir_store(nb.body, nest_use(&nb, to), ir_load(nb.body, nest_use(&nb, x), nb.index), nb.index);
    nest_end(&nb, NULL, 0);
    return ir_retype(fn, to, t);
}

/* copies --------------------------------------------------------------------------------------------------- */

/* The nest again, with other captures; FORM_FLAT: on one axis; FORM_TURNED: the last axis outermost; hoist: or NULL. */
static Ref make(const Version *v, const Way *w, const Ref *capture, const Hoist *hoist)
{
    Fn *fn = v->fn;
    const Nest *nest = v->nest;
    uint32_t nd = nest->ndim;
    bool flat = w->form == FORM_FLAT, turned = w->form == FORM_TURNED;
    uint32_t flags = (nest->flags & ~(uint32_t)(NEST_LATER | NEST_STRETCHED)) | NEST_APART | (w->form == FORM_RARE ? NEST_COLD : 0);
    Ref extent[NDIM_MAX], n = ir_i64(fn, 1), *value = arena_new_n(fn->unit->arena, Ref, nd + nest->ncapture + 1);
    for (uint32_t d = 0; d < nd; d++) {
        extent[turned ? nd - 1 - d : d] = v->arg[d];
        n = ir_bin(fn, IR_MUL, n, v->arg[d]);
    }
    NestBuild nb = nest_begin(fn, flat ? &n : extent, flat ? 1 : nd, flags);
    nb.nest->form = w->form;
    nb.blocks = nest_blocks(nest, v->arg);
    for (uint32_t d = 0; d < nd; d++)
        value[d] = !flat ? nb.index[turned ? nd - 1 - d : d] : d == v->inner ? nb.index[0] : ir_i64(nb.body, 0);
    for (uint32_t k = 0; k < nest->ncapture; k++)
        value[nd + k] = nest_use(&nb, capture[k]);
    NestEdit edit = { .known = hoist ? hoist_known(hoist, &nb) : NULL };
    Ref yield = nest_body(nb.body, nest->body, value, BLK_NONE, &edit), item[countof(nest->red)];
    for (uint32_t k = 0; k < nest->nred; k++) {
        item[k] = nest->nred == 1 ? yield : ir_item(nb.body, yield, k);
        nest_reduce(&nb, nest->red[k].op, nest->red[k].ty, v->arg[nd + nest->ncapture + k]);
    }
    return nest_end(&nb, item, nest->nred);
}

enum { COLUMNS_MAX = 4 };
#define NOTHING UINT32_MAX

/* The captures where nothing but one is stretched (axis: along this one only, or -1), and neighbours are side by side. */
static const Ref *plain(const Version *v, int axis, uint32_t stretched)
{
    const Nest *nest = v->nest;
    Ref *c = arena_new_n(v->fn->unit->arena, Ref, nest->ncapture + 1);
    for (uint32_t k = 0; k < nest->ncapture; k++) {
        c[k] = v->arg[nest->ndim + k];
        if (v->axis_of[k] >= 0 && (axis < 0 || axis == v->axis_of[k]))
            c[k] = ir_i64(v->fn, k != stretched);
        else if (!ref_is_none(v->side[k]))
            c[k] = v->side[k];
    }
    return c;
}

static void look_at_stride(Version *v, const Ins *access);

static bool is_inner(const Version *v, uint32_t k) { return v->axis_of[k] == (int)v->inner; }
static Ref not_stretched(const Version *v, uint32_t k) { return ir_arg(v->fn, v->arg[v->nest->ndim + k], 0); }

/* Of the stretches along the inner axis just the k-th is one. */
static Ref one_stretched(const Version *v, uint32_t k)
{
    Ref cond = ref_is_none(v->side_by_side) ? ir_bool(v->fn, true) : v->side_by_side;
    for (uint32_t j = 0; j < v->nest->ncapture; j++)
        if (is_inner(v, j))
            cond = ir_bin(v->fn, IR_AND, cond, j == k ? ir_un(v->fn, IR_NOT, not_stretched(v, j)) : not_stretched(v, j));
    return cond;
}

/* Is the nest as it was built for rare calls only? Where strides are not known from the types, slices are usual. */
static bool any_is_cold(const Version *v)
{
    return ref_is_none(v->side_by_side) && !(ref_is_none(v->row) && ref_is_none(v->all));
}

static const Ref *captures(const Version *v, const Way *w)
{
    const Nest *nest = v->nest;
    if (w->with == PLAIN)
        return plain(v, w->axis, w->stretched);
    Ref *c = arena_new_n(v->fn->unit->arena, Ref, nest->ncapture + 1);
    for (uint32_t k = 0; k < nest->ncapture; k++) {
        Ref x = v->arg[nest->ndim + k];
        c[k] = w->with == WHOLE && nest_is_test(v->fn, x) ? ir_i64(v->fn, 1) : w->with == APART && w->shared[k] ? copy(v->fn, x) : x;
    }
    return c;
}

static Ref make_way(const Version *v, const Way *w)
{
    const Ref *c = captures(v, w);
    Hoist hoist = v->hoist;
    hoist.fn = v->fn;
    hoist.arg = v->arg;
    if (w->hoists)
        hoist_make(&hoist, c);
    return make(v, w, c, w->hoists ? &hoist : NULL);
}

/* A way in a function of its own. */
static Apart later(const Version *v, const Way *way)
{
    uint32_t n = v->nest->ndim + v->nest->ncapture + v->nest->nred + !!(v->nest->flags & NEST_BLOCKS);
    Apart part = apart_begin(v->fn);
    Version w = *v;
    w.fn = part.to;
    Ref *mine = arena_new_n(v->fn->unit->arena, Ref, n + 1);
    for (uint32_t k = 0; k < n; k++)
        mine[k] = apart_bring(&part, v->arg[k]);
    w.arg = mine;
    w.all = w.row = w.side_by_side = REF_NONE;
    w.side = arena_new_n(v->fn->unit->arena, Ref, v->nest->ncapture + 1);
    for (uint32_t k = 0; k < w.access.n && way->with == PLAIN; k++)
        look_at_stride(&w, ir_ins(v->nest->body, w.access.at[k]));
    apart_end(&part, make_way(&w, way), v->top);
    return part;
}

/* The ways from the first-th on are one call: of the one whose condition is true. */
static Ref ways_apart(const Version *v, uint32_t first)
{
    Fn *fn = v->fn, *list = NULL, **end = &list;
    Apart part = { 0 };
    Ref which = ir_i64(fn, (int64_t)(v->way.n - 1 - first));
    for (uint32_t k = v->way.n - 1; k-- > first; )
        which = ir_select(fn, v->way.at[k].cond, ir_i64(fn, (int64_t)(k - first)), which);
    for (uint32_t k = first; k < v->way.n; k++, end = &(*end)->also) {
        part = later(v, &v->way.at[k]);
        *end = part.to;
    }
    return apart_call(&part, which, list);
}

/* hit: what is stored overlaps what is read, or none. */
static Ref choose(Version *v, Ref hit)
{
    Fn *fn = v->fn;
    Ref cond = v->way.at[0].cond;
    if (!ref_is_none(hit))
        cond = and(fn, cond, ir_un(fn, IR_NOT, hit));
    if (ref_is_none(cond))
        return make_way(v, &v->way.at[0]);
    if (v->nest->flags & NEST_LATER) {
        v->way.at[0].cond = cond;
        return ways_apart(v, 0);
    }
    IrIf s = ir_if(fn, cond);
    Ref a = make_way(v, &v->way.at[0]);
    ir_else(fn, &s);
    fn->blk.at[fn->cur].cold = v->target < TARGET_GPU;
    Ref b = v->target < TARGET_GPU ? ways_apart(v, 1) : make_way(v, &v->way.at[v->way.n - 1]);
    bool none = ir_ty(fn, a)->kind == TY_NONE;
    return ir_endif(fn, &s, none ? REF_NONE : a, none ? REF_NONE : b);
}

static void add_way(Version *v, Way w)
{
    bool never = v->nest->flags & NEST_STRETCHED && !ref_is_none(v->all) && ref_eq(w.cond, v->all);
    if (!never)
        vec_push(v->fn->unit->arena, &v->way, w);
}

/* The ways of a nest of plain accesses: flat, rows, a column for each capture, any. Behind one that is always taken there is none. */
static void find_ways(Version *v)
{
    int inner = (int)v->inner;
    bool two = v->nest->ndim > 1, cold = any_is_cold(v);
    int64_t surely = 0;
    Ref turned = v->f || v->target >= TARGET_GPU ? REF_NONE : nest_turned(v->fn, v->nest, v->arg);
    if (!ref_is_none(turned) && ir_is_int(v->fn, turned, &surely) && surely) {      /* all steps are known */
        add_way(v, (Way){ REF_NONE, FORM_TURNED, BUILT, -1, NOTHING, NULL, false });
        return;
    }
    v->hoist = (Hoist){ .fn = v->fn, .nest = v->nest, .arg = v->arg, .inner = v->inner };
    Ref still = v->target < TARGET_GPU ? hoist_look(&v->hoist) : REF_NONE;
    if (v->flat)
        add_way(v, (Way){ v->all, FORM_FLAT, PLAIN, -1, NOTHING, NULL, false });
    if (!ref_is_none(still) && v->flat)
        add_way(v, (Way){ and(v->fn, v->row, still), FORM_ROWS, PLAIN, inner, NOTHING, NULL, true });
    if (!(v->flat && two && (ref_is_none(v->row) || ref_eq(v->row, v->all)))) {
        Ref moves = ref_is_none(still) ? v->row : and(v->fn, v->row, ir_un(v->fn, IR_NOT, still));
        add_way(v, (Way){ moves, FORM_ROWS, PLAIN, inner, NOTHING, NULL, false });
    }
    if (!ref_is_none(still) && !v->flat)
        add_way(v, (Way){ and(v->fn, v->row, still), FORM_ROWS, PLAIN, inner, NOTHING, NULL, true });
    for (uint32_t k = 0; k < v->nest->ncapture && v->columns; k++)
        if (is_inner(v, k))
            add_way(v, (Way){ one_stretched(v, k), FORM_COLUMN, PLAIN, inner, k, NULL, false });
    if (!ref_is_none(turned))
        add_way(v, (Way){ turned, FORM_TURNED, BUILT, -1, NOTHING, NULL, false });
    add_way(v, (Way){ REF_NONE, cold ? FORM_RARE : FORM_ANY, BUILT, -1, NOTHING, NULL, false });
    for (uint32_t k = 0; k < v->way.n; k++)
        if (ref_is_none(v->way.at[k].cond))
            v->way.n = k + 1;
}

/* looking -------------------------------------------------------------------------------------------------- */

/* Is x, of the layout of the nest, indexed by just its axes, which are all of x? Then one axis will do for it. */
static bool may_flatten(const Version *v, const Ins *access)
{
    const Fn *body = v->nest->body;
    const Ref *arg = ir_args(body, access);
    uint32_t first = access->op == IR_STORE ? 2 : 1, k;
    Ty t = ir_ty(body, arg[0]);
    if (t->ndim != v->nest->ndim || (t->ndim > 1 && t->order != (v->f ? ORDER_F : ORDER_C)) || !capture_of(v, arg[0], &k))
        return false;
    Ref x = v->arg[v->nest->ndim + k];
    uint32_t outer = v->f ? t->ndim - 1 : 0;
    for (uint32_t d = 0; d < t->ndim; d++) {
        if (index_axis(v, arg[first + d]) != (int)d)
            return false;
        bool stretches = ir_ins(body, arg[first + d])->op != IR_PARAM;
        if (d != outer && !stretches && !ir_is_extent(v->fn, v->arg[d], x, d))
            return false;
    }
    return true;
}

/* An array of order A whose neighbours along the inner axis may stand side by side. */
static void look_at_stride(Version *v, const Ins *access)
{
    Fn *fn = v->fn;
    const Fn *body = v->nest->body;
    const Ref *arg = ir_args(body, access);
    uint32_t k, first = access->op == IR_STORE ? 2 : 1;
    Ty t = ir_ty(body, arg[0]);
    if (t->order != ORDER_A || t->ndim == 0 || !capture_of(v, arg[0], &k) || !ref_is_none(v->side[k]))
        return;
    Ref x = v->arg[v->nest->ndim + k], extent[NDIM_MAX], stride[NDIM_MAX], item = ir_i64(fn, t->elem->nbytes);
    for (uint32_t d = 0; d < t->ndim; d++) {
        extent[d] = ir_extent(fn, x, d);
        stride[d] = ir_stride(fn, x, d);
    }
    for (uint32_t d = 0; d < t->ndim; d++) {
        int64_t c;
        if (index_axis(v, arg[first + d]) != (int)v->inner || ir_is_int(fn, stride[d], &c))
            continue;
        Ref near = ir_cmp(fn, IR_EQ, stride[d], item);
        v->row = and(fn, v->row, near);
        v->side_by_side = and(fn, v->side_by_side, near);
        stride[d] = item;
        v->side[k] = ir_view(fn, t, x, ir_data(fn, x), extent, stride, NULL);
        return;
    }
}

/* Marks the number that r is, a RED_PLACE's, and what it is computed from: in order C it is one axis' index where all axes are one. */
static void mark_number(const Version *v, Ref r, bool *mark)
{
    const Ins *in = ir_ins(v->nest->body, r);
    mark[r.i] = true;
    for (uint32_t k = 0; k < 2 && (in->op == IR_ADD || in->op == IR_MUL); k++)
        mark_number(v, in->arg[k], mark);
}

static bool *numbers(const Version *v)
{
    const Fn *body = v->nest->body;
    bool *mark = arena_new_n(v->fn->unit->arena, bool, body->ins.n + 1);
    for (uint32_t k = 1; !v->f && body->blk.n == 1 && k < v->nest->nred; k++)
        if (v->nest->red[k].op == RED_PLACE)
            mark_number(v, ir_arg(body, ir_arg(body, body->blk.at[0].ins.at[body->blk.at[0].ins.n - 1], 0), k), mark);
    return mark;
}

/* An index of the nest serves loads and stores only (through its stretches). */
static bool indices_only_index(const Version *v)
{
    const Fn *body = v->nest->body;
    const bool *number = numbers(v);
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t j = 0; j < body->blk.at[b].ins.n; j++) {
            const Ins *in = ir_ins(body, body->blk.at[b].ins.at[j]);
            bool access = in->op == IR_LOAD || in->op == IR_STORE;
            if (number[body->blk.at[b].ins.at[j].i] || (in->op == IR_MUL && index_axis(v, body->blk.at[b].ins.at[j]) >= 0))
                continue;
            for (uint32_t m = 0; m < in->nargs; m++)
                if ((!access || (in->op == IR_STORE && m == 1)) && index_axis(v, ir_args(body, in)[m]) >= 0
                    && !(in->op == IR_TUPLE && number[ir_args(body, in)[m].i]))
                    return false;
        }
    return true;
}

static void look(Version *v)
{
    Fn *fn = v->fn;
    const Fn *body = v->nest->body;
    Arena *a = fn->unit->arena;
    v->axis_of = arena_new_n(a, int8_t, v->nest->ncapture + 1);
    v->side = arena_new_n(a, Ref, v->nest->ncapture + 1);
    memset(v->axis_of, -1, v->nest->ncapture + 1);
    for (BlkId b = 0; b < body->blk.n; b++)
        for (uint32_t j = 0; j < body->blk.at[b].ins.n; j++) {
            Ref r = body->blk.at[b].ins.at[j];
            const Ins *in = ir_ins(body, r);
            uint32_t k;
            if (in->op == IR_LOAD || in->op == IR_STORE)
                vec_push(a, &v->access, r);
            int axis = in->op == IR_MUL ? index_axis(v, r) : -1;
            for (uint32_t m = 0; axis >= 0 && m < 2; m++)
                if (nest_is_stretch(fn, v->nest, v->arg, in->arg[m]) && capture_of(v, in->arg[m], &k))
                    v->axis_of[k] = (int8_t)axis;
        }
}

static void conditions(Version *v)
{
    Fn *fn = v->fn;
    const Nest *nest = v->nest;
    v->flat = nest->ndim > 1 && v->access.n > 0 && indices_only_index(v);
    for (uint32_t k = 0; k < v->access.n; k++)
        v->flat &= may_flatten(v, ir_ins(nest->body, v->access.at[k]));
    for (uint32_t k = 0; k < nest->ncapture; k++) {
        if (v->axis_of[k] < 0)
            continue;
        Ref c = ir_arg(fn, v->arg[nest->ndim + k], 0);
        v->all = and(fn, v->all, c);
        if (v->axis_of[k] == (int)v->inner)
            v->row = and(fn, v->row, c);
    }
    uint32_t n = 0;
    for (uint32_t k = 0; k < nest->ncapture; k++)
        n += is_inner(v, k);
    v->columns = nest->ndim > 1 && n <= COLUMNS_MAX;
    for (uint32_t k = 0; k < v->access.n; k++)
        look_at_stride(v, ir_ins(nest->body, v->access.at[k]));
}

/* One that keeps an order, or has nests in its body: a copy where nothing at all is stretched. Its tests; none: it has none. */
static Ref all_tests(const Version *v)
{
    Ref all = REF_NONE;
    for (uint32_t k = 0; k < v->nest->ncapture; k++)
        if (nest_is_test(v->fn, v->arg[v->nest->ndim + k]))
            all = and(v->fn, all, ir_arg(v->fn, v->arg[v->nest->ndim + k], 0));
    return all;
}

static bool has_tests(const Version *v)
{
    for (uint32_t k = 0; k < v->nest->ncapture; k++)
        if (nest_is_test(v->fn, v->arg[v->nest->ndim + k]))
            return true;
    return false;
}

/* The way with copies, where arrays overlap, is asked for after the first choice. */
static void add_copies(Version *v, Ref hit, const bool *shared)
{
    Way first = v->way.at[0];
    add_way(v, first);
    memmove(&v->way.at[1], &v->way.at[0], (v->way.n - 1) * sizeof(Way));
    v->way.at[0] = first;
    v->way.at[1] = (Way){ hit, FORM_RARE, APART, -1, NOTHING, shared, false };
    remark(v->fn, ir_ins(v->fn, v->r)->pos, 0, REMARK_OVERLAP);
}

static void version(Fn *fn, Fn *top, BlkId b, uint32_t at, TargetId target)
{
    Ref r = fn->blk.at[b].ins.at[at];
    Ins in = *ir_ins(fn, r);
    Nest *nest = (Nest *)in.imm.p;
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    memcpy(arg, ir_args(fn, ir_ins(fn, r)), in.nargs * sizeof(Ref));
    nest->flags |= NEST_APART;
    Version v = { .fn = fn, .top = top, .target = target, .r = r, .nest = nest, .arg = arg };
    bool ordered = nest->flags & NEST_ORDERED, whole = ordered || ir_holds(nest->body, IR_NEST);
    if (nest->flags & NEST_PRANGE || nest->ndim == 0 || (ordered && (target >= TARGET_GPU || !has_tests(&v))))
        return;
    ir_remove_unreachable(nest->body);
    v.f = nest_walks_f(fn, nest, arg, target);
    v.inner = v.f ? 0 : nest->ndim - 1;
    BlkId rest = nest_split(fn, b, at);
    ir_at(fn, b);
    fn->cur_pos = in.pos;
    look(&v);
    bool *shared = arena_new_n(fn->unit->arena, bool, nest->ncapture + 1);
    Ref hit = ordered || nest->flags & NEST_DISJOINT ? REF_NONE : overlap(&v, shared);
    if (!ref_is_none(hit) && target >= TARGET_GPU) {
        ir_check(fn, ir_un(fn, IR_NOT, hit), DIAG_OVERLAP_GPU, NULL, 0);
        hit = REF_NONE;
    }
    if (whole && has_tests(&v)) {
        v.all = all_tests(&v);
        add_way(&v, (Way){ v.all, FORM_ROWS, WHOLE, -1, NOTHING, NULL, false });
        add_way(&v, (Way){ REF_NONE, FORM_RARE, BUILT, -1, NOTHING, NULL, false });
    } else {
        conditions(&v);
        find_ways(&v);
    }
    if (!ref_is_none(hit))
        add_copies(&v, hit, shared);
    Ref result = choose(&v, hit);
    if (in.ty->kind != TY_NONE)
        ir_replace(fn, r, result);
    ir_jump(fn, rest);
    fn->blk.at[rest].idom = fn->cur;
    ir_ins(fn, r)->op = IR_NOP;
    ir_ins(fn, r)->nargs = 0;
    ir_ins(fn, r)->blk = BLK_NONE;
    fn->have = 0;
}

static void version_all(Fn *fn, Fn *top, TargetId target)
{
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            if (in->op == IR_NEST && ((const Nest *)in->imm.p)->flags & (NEST_ORDERED | NEST_PRANGE))
                version_all(((const Nest *)in->imm.p)->body, top, target);
            if (in->op == IR_NEST && !(((const Nest *)in->imm.p)->flags & NEST_APART))
                version(fn, top, b, k, target);
        }
    ir_remove_unreachable(fn);
    fn->have = 0;
}

/* needs: nothing.  breaks: everything.  Afterwards every nest is APART. */
void opt_version(Fn *fn, TargetId target) { version_all(fn, fn, target); }
