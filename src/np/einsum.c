/* einsum.c: numpy.einsum: one nest over the labels of the result, in it one that adds up over the other labels. A product of two
 * matrices is BLAS's. In: constant subscripts "ij,jk->ik". */
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

/* A product of matrices in some order of its labels: by matmul. None: it is something else. */
static Ref as_matmul(Fn *fn, const Subscripts *e)
{
    if (e->n != 2 || e->nsum != 1 || e->nlabel[0] != 2 || e->nlabel[1] != 2 || e->nlabel[2] != 2)
        return REF_NONE;
    uint8_t s = e->sum[0], row = e->label[2][0];
    uint32_t first = count(e, 0, row) == 1 ? 0 : 1;
    const uint8_t *a = e->label[first], *b = e->label[!first];
    if (count(e, 0, s) != 1 || count(e, 1, s) != 1 || count(e, !first, row) != 0 || count(e, !first, e->label[2][1]) != 1)
        return REF_NONE;
    static const int swapped[] = { 1, 0 };
    Ref arg[3] = { a[1] == s ? e->x[first] : axes_view(fn, e->x[first], swapped, 2),
                   b[0] == s ? e->x[!first] : axes_view(fn, e->x[!first], swapped, 2), REF_NONE };
    return linalg_matmul(fn, NULL, arg, 3);
}

/* The product of the operands' elements; index[]: of each label. */
static Ref product(Fn *fn, const Subscripts *e, const Ref *operand, const Ref *extent, const Ref *index, Ty t)
{
    Ref p = REF_NONE, at[NDIM_MAX];
    for (uint32_t k = 0; k < e->n; k++) {
        for (uint32_t a = 0; a < e->nlabel[k]; a++) {
            uint8_t l = e->label[k][a];
            Ref size = ir_extent(fn, operand[k], a), same = ir_cmp(fn, IR_EQ, size, extent[l]);
            at[a] = ref_eq(size, extent[l]) ? index[l] : ir_bin(fn, IR_MUL, index[l], ir_cast(fn, same, ty(TY_I64)));
        }
        Ref v = ir_cast(fn, ir_load(fn, operand[k], at), t), pair[2] = { p, v };
        p = ref_is_none(p) ? v : ufunc_kernel(fn, ufunc_of_binop(BIN_MUL), pair, t);
    }
    return p;
}

/* What belongs to one place of the result: fn's values of the operands, extents and indices of labels. */
static Ref element(Fn *fn, const Subscripts *e, Ref *operand, Ref *extent, Ref *index, Ty t)
{
    Ref range[NDIM_MAX];
    if (e->nsum == 0)
        return product(fn, e, operand, extent, index, t);
    for (uint32_t k = 0; k < e->nsum; k++)
        range[k] = extent[e->sum[k]];
    NestBuild nb = nest_begin(fn, range, e->nsum, NEST_FREE);        /* as NumPy's own loops */
    Ref in[OPERANDS], size[256] = { 0 }, at[256] = { 0 };
    for (uint32_t k = 0; k < e->n; k++)
        in[k] = nest_use(&nb, operand[k]);
    for (uint32_t l = 0; l < 256; l++) {
        size[l] = ref_is_none(extent[l]) ? REF_NONE : nest_use(&nb, extent[l]);
        at[l] = ref_is_none(index[l]) ? REF_NONE : nest_use(&nb, index[l]);
    }
    for (uint32_t k = 0; k < e->nsum; k++)
        at[e->sum[k]] = nb.index[k];
    nest_reduce(&nb, ty_is_bool(t) ? RED_ANY : RED_ADD, t, ir_zero(fn, t));
    Ref p = product(nb.body, e, in, size, at, t);
    return nest_end(&nb, &p, 1);
}

/* einsum(subscripts, *operands, out=) */
Ref linalg_einsum(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Subscripts *e = arena_new_of(fn->unit->arena, Subscripts);
    const char *text = np_text(fn, arg[0]);
    Ref *x = np_items(fn, arg[1], &e->n), extent[NDIM_MAX], none[256] = { 0 }, out = arg[2];
    Ty t = NULL;
    if (!text || e->n == 0 || e->n > OPERANDS)
        bad(fn, "the subscripts must be a constant string, followed by one to eight operands");
    for (uint32_t k = 0; k < e->n; k++) {
        e->x[k] = ew_as_array(fn, x[k]);
        t = t ? promote_array(t, ir_ty(fn, e->x[k])->elem) : ir_ty(fn, e->x[k])->elem;
    }
    parse(fn, e, text);
    uint32_t nd = e->nlabel[e->n];
    Ref r = np_absent(fn, out) ? as_matmul(fn, e) : REF_NONE;
    if (!ref_is_none(r))
        return r;
    if (!np_absent(fn, out)) {
        np_need_writable(fn, out, "operand array with iterator write flag set");
        ew_assign(fn, out, ew_as_array(fn, linalg_einsum(fn, row, (Ref[]){ arg[0], arg[1], REF_NONE }, n)));
        return out;
    }
    if (nd == 0)
        return element(fn, e, e->x, e->extent, none, t);
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = e->extent[e->label[e->n][k]];
    Ref target = ir_new(fn, ty_array(fn->unit->types, t, nd, ORDER_C, false, NULL), extent, false);
    NestBuild nb = nest_begin(fn, extent, nd, 0);
    Ref in[OPERANDS], size[256] = { 0 }, at[256] = { 0 };
    for (uint32_t k = 0; k < e->n; k++)
        in[k] = nest_use(&nb, e->x[k]);
    for (uint32_t l = 0; l < 256; l++)
        size[l] = ref_is_none(e->extent[l]) ? REF_NONE : nest_use(&nb, e->extent[l]);
    for (uint32_t k = 0; k < nd; k++)
        at[e->label[e->n][k]] = nb.index[k];
    Ref v = element(nb.body, e, in, size, at, t);
    ir_store(nb.body, nest_use(&nb, target), v, nb.index);
    nest_end(&nb, NULL, 0);
    return target;
}
