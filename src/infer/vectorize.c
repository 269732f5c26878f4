/* vectorize.c: the functions of @vectorize and @guvectorize: their calls in compiled code, and the inner loops that NumPy
 * calls (numjit/lib/ufuncs.py).
 *
 * A function of elements is a ufunc like NumPy's own, with the function for its kernel (np/ufunc.c). One of arrays runs once
 * for each place of its operands' leading axes, which are broadcast, on views of the core axes. An operand is a `batch`, an array of
 * those leading axes, with the extents and strides of the core. */
#include "infer/infer.h"
#include "np/np_build.h"

static_assert((int)VECTORIZED_OPERANDS <= (int)UFUNC_OPERANDS, "a user's ufunc is applied as NumPy's are");

typedef struct Operand {
    Ref batch;                  /* or a scalar */
    uint32_t ncore;
    Ref extent[VECTORIZED_CORE], stride[VECTORIZED_CORE];
    Ty want;                    /* the parameter's type where a signature says it, or NULL */
    bool view;                  /* passed as an array, of one element where there are no core axes */
} Operand;

static Types *types_of(Fn *fn) { return fn->unit->types; }
static Ty dtype_of(Fn *fn, Ref x) { Ty t = ir_ty(fn, x); return ty_is_array(t) ? t->elem : ty_strong(t); }

bool infer_user_types(Fn *fn, Func *f, const Ty *in, uint32_t n, Ty *loop_in, Ty *out)
{
    for (uint32_t k = 0; k < n; k++)
        loop_in[k] = in[k];
    if (driver_is_declared(f)) {
        const Ty *want = driver_choose(f, in, n);
        if (!want)
            return false;
        memcpy(loop_in, want, n * sizeof *want);
    }
    promote_operands(loop_in, n);
    *out = infer_return_type(fn, f, loop_in, n);
    if ((*out)->kind == TY_NEVER)
        *out = ty(TY_F64);      /* it raises for every element */
    if (ty_is_scalar(*out))
        return true;
    Text why = { .arena = fn->unit->arena };
    text_printf(&why, "a function of vectorize returns one number, not %s", ty_name(*out));
    fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, f->name, text_str(&why));
}

Ref infer_number(Fn *fn, Ref r, Ty t) { return ir_ty(fn, r)->kind == TY_NONE ? ir_zero(fn, t) : ir_cast(fn, r, t); }

/* operands ---------------------------------------------------------------------------------------------------------- */

static Ref strided(Fn *fn, Ref a, Ref data, const Ref *extent, const Ref *stride, uint32_t nd)
{
    Ty t = ir_ty(fn, a), vt = ty_array(types_of(fn), t->elem, nd, nd ? ORDER_A : ORDER_C, t->readonly, NULL);
    return ir_view(fn, vt, a, data, extent, nd ? stride : NULL, NULL);
}

static Operand operand_of(Fn *fn, Ref a, uint32_t ncore)
{
    Operand o = { .batch = a, .ncore = ncore };
    Ref extent[NDIM_MAX], stride[NDIM_MAX];
    Ty t = ir_ty(fn, a);
    if (!ty_is_array(t))
        return o;
    uint32_t nbatch = t->ndim - ncore;
    for (uint32_t k = 0; k < t->ndim; k++) {
        extent[k] = ir_extent(fn, a, k);
        stride[k] = ir_stride(fn, a, k);
    }
    o.batch = strided(fn, a, ir_data(fn, a), extent, stride, nbatch);
    memcpy(o.extent, extent + nbatch, ncore * sizeof(Ref));
    memcpy(o.stride, stride + nbatch, ncore * sizeof(Ref));
    return o;
}

/* The core of o at the nest's index, as the parameter takes it; body: of the nest, or fn itself where there are no axes. */
static Ref operand_at(NestBuild *nb, Fn *body, const Operand *o)
{
    Ref batch = nb ? nest_use(nb, o->batch) : o->batch, extent[VECTORIZED_CORE], stride[VECTORIZED_CORE];
    Ty t = ir_ty(body, batch);
    if (!ty_is_array(t))
        return ir_cast(body, batch, o->want ? o->want : ty_strong(t));
    if (!o->view) {
        Ref x = ir_load(body, batch, nb ? nb->index : NULL);
        return o->want ? ir_cast(body, x, o->want) : x;
    }
    Ref at = ir_i64(body, 0);
    for (uint32_t k = 0; nb && k < nb->nest->ndim; k++)
        at = ir_bin(body, IR_ADD, at, ir_bin(body, IR_MUL, nb->index[k], ir_stride(body, batch, k)));
    for (uint32_t k = 0; k < o->ncore; k++) {
        extent[k] = nb ? nest_use(nb, o->extent[k]) : o->extent[k];
        stride[k] = nb ? nest_use(nb, o->stride[k]) : o->stride[k];
    }
    if (o->ncore == 0) {
        extent[0] = ir_i64(body, 1);
        stride[0] = ir_i64(body, t->elem->nbytes);
    }
    return strided(body, batch, ir_offset(body, ir_data(body, batch), at), extent, stride, o->ncore ? o->ncore : 1);
}

/* Calls f at every place of the batches, whose extents are equal: for a function of elements the last operand is its result. */
static void run(Fn *fn, Func *f, const Operand *o, uint32_t n, const Ref *extent, uint32_t nd, uint32_t flags)
{
    NestBuild nb;
    bool general = f->vectorized->general;
    uint32_t npass = general ? n : n - 1;
    Ref value[VECTORIZED_OPERANDS];
    if (nd > 0)
        nb = nest_begin(fn, extent, nd, flags);
    Fn *body = nd > 0 ? nb.body : fn;
    for (uint32_t k = 0; k < npass; k++)
        value[k] = operand_at(nd > 0 ? &nb : NULL, body, &o[k]);
    Ref r = infer_call_complete(body, f, value, npass);
    if (general && ir_ty(body, r)->kind != TY_NONE)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, f->name, "a function of guvectorize writes its results and returns nothing");
    if (!general)
        ir_store(body, nd > 0 ? nest_use(&nb, o[npass].batch) : o[npass].batch,
                 infer_number(body, r, ir_ty(fn, o[npass].batch)->elem), nd > 0 ? nb.index : NULL);
    if (nd > 0)
        nest_end(&nb, NULL, 0);
}

/* What each operand is passed as: by the signature of these dtypes, else arrays but for inputs without core axes. */
static void choose_views(Fn *fn, Func *f, Operand *o, const Ty *dtype, uint32_t n)
{
    const Vectorized *v = f->vectorized;
    const Ty *want = driver_is_declared(f) ? driver_choose_dtypes(f, dtype, v->nin) : NULL;
    if (driver_is_declared(f) && !want)
        fail(fn->unit, np_pos(fn), DIAG_CALL, f->name, ty_name(dtype[0]), "no signature given to its decorator takes them");
    for (uint32_t k = 0; k < n; k++) {
        o[k].view = want && v->general ? ty_is_array(want[k]) : o[k].ncore > 0 || (v->general && k >= v->nin);
        o[k].want = want && k < v->nin && !o[k].view ? want[k] : NULL;
    }
}

/* the inner loop ---------------------------------------------------------------------------------------------------- */

/* Do the elements of x and out meet but for the same one? NumPy reduces by a loop whose first operand is its result. */
static Ref tangled(Fn *fn, Ref x, Ref out)
{
    Ref to = ir_bitcast(fn, ir_data(fn, out), ty(TY_I64)), from = ir_bitcast(fn, ir_data(fn, x), ty(TY_I64));
    Ref step = ir_stride(fn, out, 0), same = ir_bin(fn, IR_AND, ir_cmp(fn, IR_EQ, to, from), ir_cmp(fn, IR_EQ, step, ir_stride(fn, x, 0)));
    same = ir_bin(fn, IR_AND, same, ir_cmp(fn, IR_NE, step, ir_i64(fn, 0)));
    return ir_bin(fn, IR_AND, ir_meets(fn, x, out), ir_un(fn, IR_NOT, same));
}

/* Gives operands with the same core dimension the same extent, and all the first one's length. */
static void join_extents(Fn *fn, const Vectorized *v, Operand *o, uint32_t n)
{
    Ref size[VECTORIZED_OPERANDS * VECTORIZED_CORE] = { 0 }, length = ir_extent(fn, o[0].batch, 0);
    for (uint32_t k = 0; k < n; k++) {
        Ref stride = ir_stride(fn, o[k].batch, 0);
        o[k].batch = strided(fn, o[k].batch, ir_data(fn, o[k].batch), &length, &stride, 1);
        for (uint32_t j = 0; j < o[k].ncore; j++) {
            Ref *e = &size[v->dim[k][j]];
            *e = ref_is_none(*e) ? o[k].extent[j] : *e;
            o[k].extent[j] = *e;
        }
    }
}

/* run_loop(f, *operands): arrays of equal length, then core axes. In order where an input meets a result. */
Ref vectorize_loop(Fn *fn, const NpRow *row, const Ref *arg, uint32_t narg)
{
    Func *f = dispatcher_func(ir_ty(fn, arg[0])->object);
    const Vectorized *v = f->vectorized;
    uint32_t n;
    Ref *x = np_items(fn, arg[1], &n), length = ir_extent(fn, x[0], 0), hit = ir_bool(fn, false);
    Operand o[VECTORIZED_OPERANDS];
    Ty dtype[VECTORIZED_OPERANDS];
    for (uint32_t k = 0; k < n; k++) {
        o[k] = operand_of(fn, x[k], v->ncore[k]);
        dtype[k] = dtype_of(fn, x[k]);
    }
    join_extents(fn, v, o, n);
    choose_views(fn, f, o, dtype, n);
    if (v->general) {
        run(fn, f, o, n, &length, 1, NEST_PRANGE | NEST_APART);
        return ir_none(fn);
    }
    for (uint32_t k = 0; k < v->nin; k++)
        hit = ir_bin(fn, IR_OR, hit, tangled(fn, o[k].batch, o[v->nin].batch));
    IrIf s = ir_if(fn, hit);
    run(fn, f, o, n, &length, 1, NEST_ORDERED);
    ir_else(fn, &s);
    run(fn, f, o, n, &length, 1, NEST_DISJOINT);
    ir_endif(fn, &s, REF_NONE, REF_NONE);
    return ir_none(fn);
}

/* calls in compiled code -------------------------------------------------------------------------------------------- */

static Ref call_elements(Fn *fn, Func *f, const Ref *arg, uint32_t n, Ref out)
{
    bool arrays = !np_absent(fn, out);
    for (uint32_t k = 0; k < n; k++)
        arrays |= ty_is_array(ir_ty(fn, arg[k]));
    return arrays ? ew_apply(fn, ufunc_of_func(fn, f, f->name, n), arg, n, out, NULL) : infer_call_func(fn, f, arg, n);
}

/* The operand as an array of the dtype that the signature wants, with enough axes. */
static Ref as_operand(Fn *fn, Func *f, Ref x, uint32_t k, Ty want)
{
    uint32_t ncore = f->vectorized->ncore[k];
    Ty elem = want && ty_is_array(want) ? want->elem : want;
    if (!ty_is_array(ir_ty(fn, x)) && (ncore > 0 || (want && ty_is_array(want))))
        x = ew_as_array(fn, x);
    Ty t = ir_ty(fn, x);
    if (ty_is_array(t) && t->ndim < ncore)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, f->name, "an operand does not have enough dimensions for its core");
    return elem && ty_is_array(t) && t->elem != elem ? ew_astype(fn, x, elem, ORDER_A) : x;
}

/* Core dimension j of operand k is as long as those before it that have its name: *size, or none yet. */
static void check_core(Fn *fn, const char *name, const char *layout, const Operand *o, uint32_t k, uint32_t j, Ref *size)
{
    Ref got = o[k].extent[j];
    if (ref_is_none(*size))
        *size = got;
    Ref text[] = { ir_i64(fn, (int64_t)(intptr_t)name), ir_i64(fn, k), ir_i64(fn, j), ir_i64(fn, (int64_t)(intptr_t)layout), got, *size };
    ir_check(fn, ir_cmp(fn, IR_EQ, got, *size), DIAG_CORE_SIZE, text, 6);
}

static void check_cores(Fn *fn, Func *f, const Operand *o, uint32_t n, Ref *size)
{
    const Vectorized *v = f->vectorized;
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t j = 0; j < o[k].ncore; j++)
            check_core(fn, f->name, v->layout, o, k, j, &size[v->dim[k][j]]);
}

/* A new result: the joint leading axes, then its core. */
static Ref new_result(Fn *fn, Func *f, uint32_t k, Ty dtype, const Ref *extent, uint32_t nd, const Ref *size)
{
    const Vectorized *v = f->vectorized;
    Ref all[NDIM_MAX];
    axes_need(fn, nd + v->ncore[k], "the result");
    memcpy(all, extent, nd * sizeof(Ref));
    for (uint32_t j = 0; j < v->ncore[k]; j++) {
        all[nd + j] = size[v->dim[k][j]];
        if (ref_is_none(all[nd + j]))
            fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, f->name, "the result has a core dimension that no operand has: give the result");
    }
    return ir_new(fn, ty_array(types_of(fn), dtype, nd + v->ncore[k], ORDER_C, false, NULL), all, false);
}

static Ref results(Fn *fn, const Ref *out, uint32_t n)
{
    Ref x[VECTORIZED_OPERANDS];
    Ty t[VECTORIZED_OPERANDS];
    for (uint32_t k = 0; k < n; k++) {
        x[k] = ir_ty(fn, out[k])->ndim == 0 ? ir_load(fn, out[k], NULL) : out[k];
        t[k] = ir_ty(fn, x[k]);
    }
    return n == 0 ? ir_none(fn) : n == 1 ? x[0] : ir_tuple(fn, ty_tuple(types_of(fn), t, n), x, n);
}

/* given: operands and, if n is that of all, results. */
static Ref call_general(Fn *fn, Func *f, const Ref *given, uint32_t n)
{
    const Vectorized *v = f->vectorized;
    uint32_t all = v->nin + v->nout;
    Operand o[VECTORIZED_OPERANDS];
    Ty dtype[VECTORIZED_OPERANDS], joint = NULL;
    Ref x[VECTORIZED_OPERANDS], batch[VECTORIZED_OPERANDS], extent[NDIM_MAX], size[VECTORIZED_OPERANDS * VECTORIZED_CORE] = { 0 };
    for (uint32_t k = 0; k < n; k++) {
        Ty t = ir_ty(fn, given[k]);
        dtype[k] = ty_is_array(t) ? t->elem : t;
        joint = !joint ? dtype[k] : ty_is_scalar(joint) && ty_is_scalar(dtype[k]) ? promote_array(joint, dtype[k]) : joint;
    }
    const Ty *want = driver_is_declared(f) ? driver_choose_dtypes(f, dtype, v->nin) : NULL;
    for (uint32_t k = 0; k < n; k++) {
        x[k] = k < v->nin ? as_operand(fn, f, given[k], k, want ? want[k] : NULL) : given[k];
        o[k] = operand_of(fn, x[k], v->ncore[k]);
        batch[k] = o[k].batch;
    }
    check_cores(fn, f, o, n, size);
    uint32_t nd = ew_broadcast(fn, batch, n, extent);
    for (uint32_t k = n; k < all; k++) {
        dtype[k] = want ? want[k]->elem : ty_strong(joint);
        x[k] = new_result(fn, f, k, dtype[k], extent, nd, size);
        o[k] = operand_of(fn, x[k], v->ncore[k]);
    }
    for (uint32_t k = 0; k < all; k++)
        if (ty_is_array(ir_ty(fn, o[k].batch)))
            o[k].batch = ew_broadcast_to(fn, o[k].batch, extent, nd, DIAG_BROADCAST_OUT);
    choose_views(fn, f, o, dtype, all);
    run(fn, f, o, all, extent, nd, NEST_PRANGE | NEST_APART);
    return results(fn, x + v->nin, v->nout);
}

Ref vectorize_call(Fn *fn, Func *f, const Ref *arg, uint32_t n, Ref out)
{
    const Vectorized *v = f->vectorized;
    uint32_t all = v->nin + v->nout;
    if (n != v->nin && n != all)
        return REF_NONE;
    if (!v->general)
        return call_elements(fn, f, arg, v->nin, n > v->nin ? arg[v->nin] : out);
    return call_general(fn, f, arg, n);
}

/* NumPy's loops ------------------------------------------------------------------------------------------------------- */

static Ref pointer(Fn *fn, Ref p, int64_t nbytes) { return ir_offset(fn, p, ir_i64(fn, nbytes)); }
static void poke(Fn *fn, Ref p, Ref x) { ir_emit(fn, IR_POKE, ty(TY_NONE), (Ref[]){ p, x }, 2); }

/* Memory of the frame that holds any scalar. */
static Ref cell(Fn *fn) { return ir_emit_imm(fn, IR_SCRATCH, ty(TY_PTR), NULL, 0, 16); }

/* The loop over the last of the leading axes, at the nest's index of the others; whether it met an invalid operation. */
static Ref call_loop(NestBuild *nb, Fn *body, const RtUfunc *u, const Operand *o, const Ref *size, Ref length, uint32_t nd)
{
    uint32_t n = u->nin + u->nout, ntable = 2 + u->ndim + n, at = 1;
    for (uint32_t k = 0; k < n; k++)
        ntable += o[k].ncore;
    Ref table = ir_emit_imm(body, IR_SCRATCH, ty(TY_PTR), NULL, 0, 8 * ntable), arg[3 + RT_OPERANDS];
    poke(body, table, ir_i64(body, 1 + u->ndim));
    poke(body, pointer(body, table, 8 * at++), nb ? nest_use(nb, length) : length);
    for (uint32_t k = 0; k < u->ndim; k++)
        poke(body, pointer(body, table, 8 * at++), nb ? nest_use(nb, size[k]) : size[k]);
    for (uint32_t k = 0; k < n; k++) {
        Ref batch = nb ? nest_use(nb, o[k].batch) : o[k].batch, p = batch, step = ir_i64(body, 0);
        if (ty_is_array(ir_ty(body, batch))) {
            p = ir_data(body, batch);
            for (uint32_t j = 0; j + 1 < nd; j++)
                p = ir_offset(body, p, ir_bin(body, IR_MUL, nb->index[j], ir_stride(body, batch, j)));
            step = nd > 0 ? ir_stride(body, batch, nd - 1) : step;
        }
        arg[3 + k] = p;
        poke(body, pointer(body, table, 8 * at++), step);
    }
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t j = 0; j < o[k].ncore; j++)
            poke(body, pointer(body, table, 8 * at++), nb ? nest_use(nb, o[k].stride[j]) : o[k].stride[j]);
    arg[0] = ir_i64(body, (int64_t)(intptr_t)u->loop);
    arg[1] = ir_i64(body, (int64_t)(intptr_t)u->data);
    arg[2] = table;
    for (uint32_t k = n; k < RT_OPERANDS; k++)
        arg[3 + k] = table;
    return ir_rt(body, RT_CALL_LOOP, ty(TY_BOOL), arg, 3 + RT_OPERANDS);
}

static Ref run_numpy(Fn *fn, const RtUfunc *u, const Operand *o, const Ref *size, const Ref *extent, uint32_t nd)
{
    Ref length = nd > 0 ? extent[nd - 1] : ir_i64(fn, 1), no = ir_bool(fn, false);
    if (nd < 2)
        return call_loop(NULL, fn, u, o, size, length, nd);
    NestBuild nb = nest_begin(fn, extent, nd - 1, NEST_PRANGE | NEST_APART);
    nest_reduce(&nb, RED_OR, ty(TY_BOOL), no);
    Ref invalid = call_loop(&nb, nb.body, u, o, size, length, nd);
    return nest_end(&nb, &invalid, 1);
}

/* The results that were given; how many. */
static uint32_t given_results(Fn *fn, const RtUfunc *u, const Ref *arg, uint32_t n, Ref out, Ref *x)
{
    uint32_t given = n - u->nin;
    memcpy(x, arg + u->nin, given * sizeof *x);
    if (np_absent(fn, out))
        return given;
    if (ir_ty(fn, out)->kind != TY_TUPLE) {
        x[0] = out;
        return 1;
    }
    Ref *item = np_items(fn, out, &given);
    memcpy(x, item, (given > u->nout ? u->nout : given) * sizeof *x);
    return given;
}

/* An input as the loop takes it: a scalar in memory, or an array of its dtype. */
static Operand numpy_input(Fn *fn, const RtUfunc *u, Ref x, uint32_t k)
{
    if (u->ncore[k] > 0)
        x = ew_as_array(fn, x);
    Ty t = ir_ty(fn, x);
    if (ty_is_scalar(t)) {
        Ref c = cell(fn);
        poke(fn, c, ir_cast(fn, x, u->type[k]));
        return (Operand){ .batch = c };
    }
    if (!ty_is_array(t) || t->ndim < u->ncore[k])
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, u->name, "an operand does not have enough dimensions for its core");
    return operand_of(fn, t->elem != u->type[k] ? ew_astype(fn, x, u->type[k], ORDER_A) : x, u->ncore[k]);
}

static void check_sizes(Fn *fn, const RtUfunc *u, const Operand *o, uint32_t k, Ref *size)
{
    for (uint32_t j = 0; j < o[k].ncore; j++) {
        Ref *e = &size[u->dim[k][j]];
        if (ref_is_none(*e) && u->size[u->dim[k][j]] >= 0)
            *e = ir_i64(fn, u->size[u->dim[k][j]]);
        check_core(fn, u->name, u->layout, o, k, j, e);
    }
}

/* The result array, whose leading axes are the joint ones, or memory for one number. */
static Operand numpy_result(Fn *fn, const RtUfunc *u, uint32_t k, Ref *x, const Ref *extent, uint32_t nd, Ref *size)
{
    Ref all[NDIM_MAX];
    if (ref_is_none(*x) && nd + u->ncore[k] == 0)
        return (Operand){ .batch = cell(fn) };
    axes_need(fn, nd + u->ncore[k], "the result");
    memcpy(all, extent, nd * sizeof(Ref));
    for (uint32_t j = 0; j < u->ncore[k]; j++)
        all[nd + j] = size[u->dim[k][j]];
    for (uint32_t j = 0; ref_is_none(*x) && j < u->ncore[k]; j++)
        if (ref_is_none(all[nd + j]))
            fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, u->name, "the result has a core dimension that no operand has: give out=");
    if (ref_is_none(*x))
        *x = ir_new(fn, ty_array(types_of(fn), u->type[k], nd + u->ncore[k], ORDER_C, false, NULL), all, false);
    if (!ty_is_array(ir_ty(fn, *x)) || ir_ty(fn, *x)->elem != u->type[k] || ir_ty(fn, *x)->ndim != nd + u->ncore[k])
        fail(fn->unit, np_pos(fn), DIAG_CALL, u->name, ty_name(ir_ty(fn, *x)), "out= is not an array of the result's dtype and dimensions");
    return operand_of(fn, *x, u->ncore[k]);
}

/* The results: x, or (none) numbers in memory. */
static Ref numpy_values(Fn *fn, const RtUfunc *u, const Ref *x, const Operand *o)
{
    Ref value[RT_OPERANDS];
    Ty type[RT_OPERANDS];
    for (uint32_t k = 0; k < u->nout; k++) {
        uint32_t at = u->nin + k;
        value[k] = ref_is_none(x[at]) ? ir_emit(fn, IR_PEEK, u->type[at], &o[at].batch, 1) : x[at];
        type[k] = ir_ty(fn, value[k]);
    }
    return u->nout == 1 ? value[0] : ir_tuple(fn, ty_tuple(types_of(fn), type, u->nout), value, u->nout);
}

/* The loop of the object for these arguments; NULL: it is no ufunc that takes them. */
static RtUfunc *find_numpy(Fn *fn, void *object, const Ref *arg, uint32_t n)
{
    RtUfunc *u = arena_new_of(fn->unit->arena, RtUfunc);
    Ty in[RT_OPERANDS];
    Text given = { .arena = fn->unit->arena };
    for (uint32_t k = 0; k < n && k < RT_OPERANDS; k++) {
        Ty t = ir_ty(fn, arg[k]);
        in[k] = ty_is_array(t) ? t->elem : t;
        text_printf(&given, "%s%s", k ? ", " : "", ty_name(t));
        if (!ty_is_scalar(in[k]))
            return NULL;
    }
    int found = n > RT_OPERANDS ? 0 : rt_find_ufunc(object, in, n, u);
    if (found < 0)
        fail(fn->unit, np_pos(fn), DIAG_CALL, u->name ? u->name : "ufunc", text_str(&given), "there is no loop for these dtypes");
    return found && n <= u->nin + u->nout ? u : NULL;
}

Ref vectorize_numpy(Fn *fn, void *object, const Ref *arg, uint32_t n, Ref out, const char *message)
{
    const RtUfunc *u = find_numpy(fn, object, arg, n);
    if (!u)
        return REF_NONE;
    Operand o[RT_OPERANDS];
    Ref x[RT_OPERANDS] = { 0 }, batch[RT_OPERANDS], extent[NDIM_MAX], size[RT_OPERANDS * RT_CORE] = { 0 };
    uint32_t all = u->nin + u->nout, ngiven = given_results(fn, u, arg, n, out, x + u->nin);
    for (uint32_t k = 0; k < u->nin; k++) {
        o[k] = numpy_input(fn, u, arg[k], k);
        check_sizes(fn, u, o, k, size);
        batch[k] = o[k].batch;
    }
    uint32_t nd = ew_broadcast(fn, batch, u->nin, extent);
    for (uint32_t k = u->nin; k < all; k++) {
        if (k < u->nin + ngiven && ngiven < u->nout)
            fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, u->name, "out= must have every result");
        o[k] = numpy_result(fn, u, k, &x[k], extent, nd, size);
        check_sizes(fn, u, o, k, size);
    }
    for (uint32_t k = 0; k < all; k++)
        if (ty_is_array(ir_ty(fn, o[k].batch)))
            o[k].batch = ew_broadcast_to(fn, o[k].batch, extent, nd, DIAG_BROADCAST_OUT);
    ir_emit(fn, IR_POLL, ty(TY_NONE), NULL, 0);
    Ref invalid = run_numpy(fn, u, o, size, extent, nd);
    if (message)
        ir_check(fn, ir_un(fn, IR_NOT, invalid), DIAG_LINALG, (Ref[]){ ir_i64(fn, (int64_t)(intptr_t)message) }, 1);
    return numpy_values(fn, u, x, o);
}

/* checked(message, ufunc, *args, out=): the ufunc's result, or LinAlgError(message). */
Ref vectorize_checked(Fn *fn, const NpRow *row, const Ref *arg, uint32_t narg)
{
    uint32_t n;
    Ref *x = np_items(fn, arg[2], &n), r = vectorize_numpy(fn, ir_ty(fn, arg[1])->object, x, n, arg[3], np_text(fn, arg[0]));
    if (ref_is_none(r))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "it needs a ufunc");
    return r;
}
