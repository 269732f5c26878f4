/* einsum.c: numpy.einsum: one nest over the labels of the result, in it one that adds up over the other labels. A product of two
 * matrices, or of a matrix and a vector, is BLAS's. In: constant subscripts "ij,jk->ik". */
#include "np/np_build.h"

enum { OPERANDS = 8, ELLIPSIS = 128 };      /* labels from ELLIPSIS on are the axes that '...' stands for, the last one highest */

typedef struct Subscripts {
    uint8_t label[OPERANDS + 1][NDIM_MAX];  /* the result's last */
    uint32_t nlabel[OPERANDS + 1], n;
    Ref x[OPERANDS], extent[256];
    uint8_t sum[NDIM_MAX];                  /* labels that the result does not have */
    uint32_t nsum;
} Subscripts;

static _Noreturn void bad(Fn *fn, const char *why) { fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "numpy.einsum", why); }

/* Reads the labels of one operand up to ',' or '-' or the end. rest: how many axes '...' stands for. */
static const char *read_labels(Fn *fn, const char *s, uint8_t *label, uint32_t *n, uint32_t rest)
{
    for (*n = 0; *s && *s != ',' && *s != '-'; s++) {
        if (*n + rest >= NDIM_MAX)
            bad(fn, "too many subscripts");
        if (!strncmp(s, "...", 3)) {
            for (uint32_t k = 0; k < rest; k++)
                label[(*n)++] = (uint8_t)(ELLIPSIS + 64 - rest + k);
            s += 2;
        } else if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z')) {
            label[(*n)++] = (uint8_t)*s;
        } else if (*s != ' ') {
            bad(fn, "invalid subscript in einstein sum subscripts string, subscripts must be letters");
        }
    }
    return s;
}

static uint32_t count(const Subscripts *e, uint32_t operand, uint8_t label)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < e->nlabel[operand]; k++)
        n += e->label[operand][k] == label;
    return n;
}

static uint32_t count_inputs(const Subscripts *e, uint8_t label)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < e->n; k++)
        n += count(e, k, label);
    return n;
}

/* Without "->" the result has the axes of '...', then the labels that stand once, in the alphabet's order. */
static void implicit_result(Subscripts *e)
{
    uint32_t *n = &e->nlabel[e->n];
    for (uint32_t l = ELLIPSIS; l < 256; l++)
        if (count_inputs(e, (uint8_t)l) > 0)
            e->label[e->n][(*n)++] = (uint8_t)l;
    for (uint32_t l = 'A'; l <= 'z'; l++)
        if (count_inputs(e, (uint8_t)l) == 1)
            e->label[e->n][(*n)++] = (uint8_t)l;
}

static void take_extents(Fn *fn, Subscripts *e)
{
    Ref one = ir_i64(fn, 1);
    for (uint32_t k = 0; k < e->n; k++)
        for (uint32_t a = 0; a < e->nlabel[k]; a++) {
            Ref *known = &e->extent[e->label[k][a]], got = ir_extent(fn, e->x[k], a);
            int64_t c;
            if (ref_is_none(*known) || (ir_is_int(fn, *known, &c) && c == 1)) {
                *known = got;
                continue;
            }
            Ref grows = ir_cmp(fn, IR_EQ, *known, one), ok = ir_bin(fn, IR_OR, ir_cmp(fn, IR_EQ, got, *known),
                                                                   ir_bin(fn, IR_OR, grows, ir_cmp(fn, IR_EQ, got, one)));
            ir_check(fn, ok, DIAG_BROADCAST, (Ref[]){ one, *known, one, got }, 4);
            *known = ir_select(fn, grows, got, *known);
        }
}

static void parse(Fn *fn, Subscripts *e, const char *s)
{
    uint32_t most = 0;
    for (uint32_t k = 0; k < e->n; k++) {
        uint32_t nd = ir_ty(fn, e->x[k])->ndim, named;
        read_labels(fn, s, e->label[k], &named, 0);
        s = read_labels(fn, s, e->label[k], &e->nlabel[k], named < nd ? nd - named : 0);
        if (e->nlabel[k] != nd)
            bad(fn, "an operand has more or fewer axes than its subscripts");
        most = nd - named > most ? nd - named : most;
        if (k + 1 < e->n && *s++ != ',')
            bad(fn, "fewer operands in the subscripts string than arguments");
    }
    if (*s == ',')
        bad(fn, "more operands in the subscripts string than arguments");
    if (!strncmp(s, "->", 2))
        s = read_labels(fn, s + 2, e->label[e->n], &e->nlabel[e->n], most);
    else
        implicit_result(e);
    for (uint32_t k = 0; k < e->nlabel[e->n]; k++)
        if (count_inputs(e, e->label[e->n][k]) == 0 || count(e, e->n, e->label[e->n][k]) != 1)
            bad(fn, "the result has a subscript twice, or one that no operand has");
    for (uint32_t l = 0; l < 256; l++)
        if (count_inputs(e, (uint8_t)l) > 0 && count(e, e->n, (uint8_t)l) == 0)
            e->sum[e->nsum++] = (uint8_t)l;
    take_extents(fn, e);
}

/* Operand k with its axes in the order of these labels; none: it has others. */
static Ref in_order(Fn *fn, const Subscripts *e, uint32_t k, const uint8_t *label, uint32_t n)
{
    int axis[NDIM_MAX];
    Ref extent[NDIM_MAX];
    bool same = true, whole = true;
    if (e->nlabel[k] != n)
        return REF_NONE;
    for (uint32_t j = 0; j < n; j++) {
        if (count(e, k, label[j]) != 1)
            return REF_NONE;
        for (uint32_t a = 0; a < n; a++)
            if (e->label[k][a] == label[j])
                axis[j] = (int)a;
        same &= axis[j] == (int)j;
        extent[j] = e->extent[label[j]];
        whole &= ref_eq(extent[j], ir_extent(fn, e->x[k], (uint32_t)axis[j]));
    }
    Ref x = same ? e->x[k] : axes_view(fn, e->x[k], axis, n);
    return whole ? x : ew_broadcast_to(fn, x, extent, n, DIAG_BROADCAST);
}

/* A product of two matrices, of stacks of them, or of a matrix and a vector, in some order of its labels: by matmul. None: it is
 * something else. */
static Ref as_matmul(Fn *fn, const Subscripts *e)
{
    const uint8_t *to = e->label[2];
    uint32_t n = e->nlabel[2], nbatch = 0;
    uint8_t a[NDIM_MAX + 2], b[NDIM_MAX + 2], s = e->sum[0];
    if (e->n != 2 || e->nsum != 1)
        return REF_NONE;
    while (nbatch < n && count(e, 0, to[nbatch]) == 1 && count(e, 1, to[nbatch]) == 1)
        nbatch++;
    uint32_t rest = n - nbatch, first = rest > 0 && count(e, 0, to[nbatch]) == 0;
    if (rest > 2 || rest == 0 || (rest == 1 && nbatch > 0) || nbatch + 2 > NDIM_MAX)
        return REF_NONE;
    memcpy(a, to, nbatch);
    memcpy(b, to, nbatch);
    a[nbatch] = to[nbatch], a[nbatch + 1] = s;
    b[nbatch] = s, b[nbatch + 1] = rest == 2 ? to[nbatch + 1] : 0;
    Ref arg[3] = { in_order(fn, e, first, a, nbatch + 2), in_order(fn, e, !first, b, nbatch + rest), REF_NONE };
    return ref_is_none(arg[0]) || ref_is_none(arg[1]) ? REF_NONE : linalg_matmul(fn, NULL, arg, 3);
}

/* What stands for operands, extents and indices in one function: the user's, or a nest's body. */
typedef struct Level {
    Ref x[OPERANDS], test[OPERANDS][NDIM_MAX];      /* test: 0 where the axis is stretched, else 1; none: it never is */
    Ref extent[256], index[256];                    /* of each label */
} Level;

static Ref use_or_none(NestBuild *nb, Ref v) { return ref_is_none(v) ? v : nest_use(nb, v); }

/* The same in the body of a nest. */
static Level *inside(NestBuild *nb, const Subscripts *e, const Level *up)
{
    Level *l = arena_new_of(nb->body->unit->arena, Level);
    for (uint32_t k = 0; k < e->n; k++) {
        l->x[k] = nest_use(nb, up->x[k]);
        for (uint32_t a = 0; a < e->nlabel[k]; a++)
            l->test[k][a] = use_or_none(nb, up->test[k][a]);
    }
    for (uint32_t c = 0; c < 256; c++) {
        l->extent[c] = use_or_none(nb, up->extent[c]);
        l->index[c] = use_or_none(nb, up->index[c]);
    }
    return l;
}

static Level *outermost(Fn *fn, const Subscripts *e)
{
    Level *l = arena_new_of(fn->unit->arena, Level);
    memcpy(l->x, e->x, sizeof l->x);
    memcpy(l->extent, e->extent, sizeof l->extent);
    for (uint32_t k = 0; k < e->n; k++)
        for (uint32_t a = 0; a < e->nlabel[k]; a++) {
            Ref size = ir_extent(fn, e->x[k], a), all = e->extent[e->label[k][a]];
            l->test[k][a] = ref_eq(size, all) ? REF_NONE : ir_cast(fn, ir_cmp(fn, IR_EQ, size, all), ty(TY_I64));
        }
    return l;
}

/* The product of the operands' elements. */
static Ref product(Fn *fn, const Subscripts *e, const Level *l, Ty t)
{
    Ref p = REF_NONE, at[NDIM_MAX];
    for (uint32_t k = 0; k < e->n; k++) {
        for (uint32_t a = 0; a < e->nlabel[k]; a++) {
            Ref i = l->index[e->label[k][a]];
            at[a] = ref_is_none(l->test[k][a]) ? i : ir_bin(fn, IR_MUL, i, l->test[k][a]);
        }
        Ref v = ir_cast(fn, ir_load(fn, l->x[k], at), t), pair[2] = { p, v };
        p = ref_is_none(p) ? v : ufunc_kernel(fn, ufunc_of_binop(BIN_MUL), pair, t);
    }
    return p;
}

/* What belongs to one place of the result. */
static Ref element(Fn *fn, const Subscripts *e, const Level *up, Ty t)
{
    Ref range[NDIM_MAX];
    if (e->nsum == 0)
        return product(fn, e, up, t);
    for (uint32_t k = 0; k < e->nsum; k++)
        range[k] = up->extent[e->sum[k]];
    NestBuild nb = nest_begin(fn, range, e->nsum, NEST_FREE);        /* as NumPy's own loops */
    Level *l = inside(&nb, e, up);
    for (uint32_t k = 0; k < e->nsum; k++)
        l->index[e->sum[k]] = nb.index[k];
    nest_reduce(&nb, ty_is_bool(t) ? RED_ANY : RED_ADD, t, ir_zero(fn, t));
    Ref p = product(nb.body, e, l, t);
    return nest_end(&nb, &p, 1);
}

/* One operand of which nothing is summed is a view of it: its axes in another order, or those of one label as their diagonal. */
static Ref as_view(Fn *fn, const Subscripts *e, const Level *l)
{
    Ty t = ir_ty(fn, e->x[0]);
    uint32_t nd = e->nlabel[1];
    Ref extent[NDIM_MAX], stride[NDIM_MAX];
    for (uint32_t k = 0; k < nd; k++) {
        extent[k] = l->extent[e->label[1][k]];
        stride[k] = ir_i64(fn, 0);
        for (uint32_t a = 0; a < e->nlabel[0]; a++)
            if (e->label[0][a] == e->label[1][k])
                stride[k] = ir_bin(fn, IR_ADD, stride[k], ir_stride(fn, e->x[0], a));
    }
    return ir_view(fn, ty_array(fn->unit->types, t->elem, nd, ORDER_A, t->readonly, NULL), e->x[0], ir_data(fn, e->x[0]), extent, stride, NULL);
}

/* subscripts, *operands, out=, dtype=, order=, casting=, optimize= */
Ref linalg_einsum(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Subscripts *e = arena_new_of(fn->unit->arena, Subscripts);
    const char *text = np_text(fn, arg[0]);
    Ref *x = np_items(fn, arg[1], &e->n), extent[NDIM_MAX], out = arg[2];
    Ty t = NULL;
    if (!text || e->n == 0 || e->n > OPERANDS)
        bad(fn, "the subscripts must be a constant string, followed by one to eight operands");
    for (uint32_t k = 0; k < e->n; k++) {
        e->x[k] = ew_as_array(fn, x[k]);
        t = t ? promote_array(t, ir_ty(fn, e->x[k])->elem) : ir_ty(fn, e->x[k])->elem;
    }
    Ty natural = t;
    t = create_dtype(fn, arg[3], t);
    for (uint32_t k = 0; k < e->n; k++)
        ew_check_cast(fn, arg[5], "safe", ir_ty(fn, e->x[k]), t);
    parse(fn, e, text);
    uint32_t nd = e->nlabel[e->n];
    Order order = nd > 1 ? create_order(fn, arg[4], ORDER_C) : ORDER_C;
    Ref r = np_absent(fn, out) && t == natural && order == ORDER_C ? as_matmul(fn, e) : REF_NONE;
    if (!ref_is_none(r))
        return r;
    if (!np_absent(fn, out)) {
        np_need_writable(fn, out, "operand array with iterator write flag set");
        ew_assign(fn, out, ew_as_array(fn, linalg_einsum(fn, row, (Ref[]){ arg[0], arg[1], REF_NONE, arg[3], arg[4], arg[5], arg[6] }, n)));
        return out;
    }
    Level *l = outermost(fn, e);
    if (nd == 0)
        return element(fn, e, l, t);
    if (e->n == 1 && e->nsum == 0 && t == natural && ty_is_array(ir_ty(fn, x[0])))
        return as_view(fn, e, l);
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = e->extent[e->label[e->n][k]];
    Ref target = ir_new(fn, ty_array(fn->unit->types, t, nd, order, false, NULL), extent, false);
    NestBuild nb = nest_begin(fn, extent, nd, 0);
    l = inside(&nb, e, l);
    for (uint32_t k = 0; k < nd; k++)
        l->index[e->label[e->n][k]] = nb.index[k];
    ir_store(nb.body, nest_use(&nb, target), element(nb.body, e, l, t), nb.index);
    nest_end(&nb, NULL, 0);
    return target;
}
