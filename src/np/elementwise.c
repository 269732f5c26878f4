/* elementwise.c: operations on whole arrays, each one NEST. Operands are broadcast to a joint shape. A nest reads what
 * was there before it: opt/version.c copies what source and target share, as NumPy does. */
#include "np/np_build.h"
#include "runtime/runtime.h"

static bool is_array(Fn *fn, Ref x) { return ty_is_array(ir_ty(fn, x)); }
static bool is_one(Fn *fn, Ref x) { int64_t c; return ir_is_int(fn, x, &c) && c == 1; }

/* The operands of a message: ndim and extents; a shape that finds no room is left out. */
static void push_shape(Fn *fn, Ref array, Ref *arg, uint32_t *n)
{
    uint32_t nd = ir_ty(fn, array)->ndim;
    if (*n + 1 + nd > CALL_OPERANDS)
        return;
    arg[(*n)++] = ir_i64(fn, nd);
    for (uint32_t k = 0; k < nd; k++)
        arg[(*n)++] = ir_extent(fn, array, k);
}

/* May axes of e and f elements be broadcast together? */
static Ref fits(Fn *fn, Ref e, Ref f)
{
    Ref e1 = ir_cmp(fn, IR_EQ, e, ir_i64(fn, 1)), f1 = ir_cmp(fn, IR_EQ, f, ir_i64(fn, 1)), one = ir_bin(fn, IR_OR, e1, f1);
    return ir_bin(fn, IR_OR, ir_cmp(fn, IR_EQ, e, f), one);
}

enum { LOOKED_BACK = 16 };              /* long expressions would ask again and again */

/* Is e the joint extent of *x and *y (joint_extent), found on every way here? */
static bool is_joint(Fn *fn, Ref e, Ref *x, Ref *y)
{
    uint32_t low = 0, high = fn->joint.n;
    while (low < high) {
        uint32_t k = (low + high) / 2;
        if (fn->joint.at[k].extent.i < e.i)
            low = k + 1;
        else
            high = k;
    }
    if (low == fn->joint.n || !ref_eq(fn->joint.at[low].extent, e))
        return false;
    *x = fn->joint.at[low].e, *y = fn->joint.at[low].f;
    return ir_was_run(fn, fn->joint.at[low].at) || ir_was_checked(fn, fits(fn, *x, *y));
}

/* Is f 1, e, or made of extents of which e is made? Then it is stretched to e. tries: how far we look. */
static bool covers(Fn *fn, Ref e, Ref f, uint32_t *tries)
{
    Ref x, y;
    if (ref_eq(e, f) || is_one(fn, f))
        return true;
    if (*tries == 0)
        return false;
    --*tries;
    return (is_joint(fn, e, &x, &y) && (covers(fn, x, f, tries) || covers(fn, y, f, tries)))
        || (is_joint(fn, f, &x, &y) && covers(fn, e, x, tries) && covers(fn, e, y, tries));
}

static bool is_made_of(Fn *fn, Ref e, Ref f) { return covers(fn, e, f, &(uint32_t){ 64 }); }

/* The joint extent of e and f that was made on the way here, in another order; none. The check alone is not enough: an assignment
 * makes the same one, without a joint extent. */
static Ref known_joint(Fn *fn, Ref e, Ref f)
{
    for (uint32_t k = fn->joint.n; k-- > 0 && k + LOOKED_BACK >= fn->joint.n; ) {
        Ref j = fn->joint.at[k].extent, x, y;
        if (ir_stands(fn, j) && is_joint(fn, j, &x, &y) && is_made_of(fn, j, e) && is_made_of(fn, j, f)
            && (is_made_of(fn, e, x) || is_made_of(fn, f, x)) && (is_made_of(fn, e, y) || is_made_of(fn, f, y)))
            return j;
    }
    return REF_NONE;
}

/* Do e and f fit because two extents do that they are parts of? b fits c where a * b fits c. */
static bool fit_surely(Fn *fn, Ref e, Ref f)
{
    for (uint32_t k = fn->joint.n; k-- > 0 && k + LOOKED_BACK >= fn->joint.n; ) {
        Ref j = fn->joint.at[k].extent, x, y;
        if (ir_stands(fn, j) && is_joint(fn, j, &x, &y)
            && ((is_made_of(fn, x, e) && is_made_of(fn, y, f)) || (is_made_of(fn, x, f) && is_made_of(fn, y, e))))
            return true;
    }
    return false;
}

/* The extent of axes of e and f elements that are broadcast together; *ok: and what is to be checked. Nothing to do where one was
 * made of the other: long expressions over few arrays would ask again and again. */
static Ref joint_extent(Fn *fn, Ref e, Ref f, Ref *ok)
{
    Ref known = is_made_of(fn, e, f) ? e : is_made_of(fn, f, e) ? f : known_joint(fn, e, f);
    if (!ref_is_none(known))
        return known;
    Ref one = fits(fn, e, f);
    if (!fit_surely(fn, e, f))
        *ok = ir_bin(fn, IR_AND, *ok, one);
    Ref joint = ir_select(fn, ir_cmp(fn, IR_EQ, e, ir_i64(fn, 1)), f, e);
    bool known_already = fn->joint.n > 0 && fn->joint.at[fn->joint.n - 1].extent.i >= joint.i;
    if (ir_ins(fn, joint)->op == IR_SELECT && !known_already)
        vec_push(fn->unit->arena, &fn->joint, ((Joint){ joint, e, f, fn->cur }));
    return joint;
}

uint32_t ew_broadcast(Fn *fn, const Ref *x, uint32_t n, Ref *extent) { return ew_broadcast_as(fn, x, n, extent, DIAG_BROADCAST); }

uint32_t ew_broadcast_as(Fn *fn, const Ref *x, uint32_t n, Ref *extent, DiagId why)
{
    uint32_t nd = 0;
    Ref arg[CALL_OPERANDS];
    uint32_t na = 0, narray = 0;
    for (uint32_t k = 0; k < n; k++)
        narray += is_array(fn, x[k]);
    for (uint32_t k = 0; k < n; k++) {
        if (!is_array(fn, x[k]) && narray > 1 && na < CALL_OPERANDS)
            arg[na++] = ir_i64(fn, 0);          /* of a message: () */
        if (!is_array(fn, x[k]))
            continue;
        push_shape(fn, x[k], arg, &na);
        if (ir_ty(fn, x[k])->ndim > nd)
            nd = ir_ty(fn, x[k])->ndim;
    }
    for (uint32_t j = 0; j < nd; j++)
        extent[j] = ir_i64(fn, 1);
    for (uint32_t k = 0; k < n; k++) {
        bool again = !is_array(fn, x[k]);       /* `a += b` has a twice */
        for (uint32_t j = 0; j < k; j++)
            again |= ref_eq(x[j], x[k]);
        if (again)
            continue;
        uint32_t xd = ir_ty(fn, x[k])->ndim;
        Ref ok = ir_bool(fn, true);
        for (uint32_t j = 0; j < xd; j++) {
            Ref *e = &extent[nd - xd + j];
            *e = joint_extent(fn, *e, ir_extent(fn, x[k], j), &ok);
        }
        ir_check(fn, ok, why, arg, na);
    }
    return nd;
}

/* The operands of a message: the array's shape from axis `from` on, then the other one. How many. */
static uint32_t push_shapes(Fn *fn, Ref array, uint32_t from, const Ref *extent, uint32_t ndim, Ref *arg)
{
    uint32_t n = 0, nd = ir_ty(fn, array)->ndim;
    arg[n++] = ir_i64(fn, nd - from);
    for (uint32_t j = from; j < nd; j++)
        arg[n++] = ir_extent(fn, array, j);
    arg[n++] = ir_i64(fn, ndim);
    for (uint32_t j = 0; j < ndim; j++)
        arg[n++] = extent[j];
    return n;
}

Ref ew_broadcast_to(Fn *fn, Ref array, const Ref *extent, uint32_t ndim, DiagId why)
{
    Ty at = ir_ty(fn, array);
    uint32_t xd = at->ndim, skip = xd > ndim ? xd - ndim : 0;
    Ref arg[2 * NDIM_MAX + 2], one = ir_i64(fn, 1);
    uint32_t na = push_shapes(fn, array, 0, extent, ndim, arg);
    for (uint32_t j = 0; j < skip; j++) {
        ir_check(fn, ir_cmp(fn, IR_EQ, ir_extent(fn, array, j), one), why, arg, na);
        if (why == DIAG_BROADCAST_INTO)         /* an assignment takes the axes of 1 away first: NumPy's message has them no more */
            na = push_shapes(fn, array, j + 1, extent, ndim, arg);
    }
    Ref stride[NDIM_MAX];
    ViewMap map = ir_whole_map(fn, ndim > xd ? ndim : xd);
    bool same = xd == ndim;
    for (uint32_t j = 0; j < ndim; j++) {
        if (j + xd < ndim) {
            stride[j] = map.step[j] = ir_i64(fn, 0);
            map.axis[j] = -1;
            continue;
        }
        uint32_t axis = j + xd - ndim;
        Ref e = ir_extent(fn, array, axis);
        stride[j] = ir_stride(fn, array, axis);
        map.axis[j] = (int)axis;
        map.step[j] = one;
        if (ref_eq(e, extent[j]))
            continue;
        same = false;
        Ref e1 = ir_cmp(fn, IR_EQ, e, one);
        if (!is_made_of(fn, extent[j], e))
            ir_check(fn, ir_bin(fn, IR_OR, e1, ir_cmp(fn, IR_EQ, e, extent[j])), why, arg, na);
        stride[j] = ir_select(fn, e1, ir_i64(fn, 0), stride[j]);
        map.step[j] = ir_select(fn, e1, ir_i64(fn, 0), one);
    }
    if (same)
        return array;
    Ty vt = ty_array(fn->unit->types, at->elem, ndim, ORDER_A, at->readonly, NULL);
    if (ndim == 0)
        vt = ty_array(fn->unit->types, at->elem, 0, ORDER_C, at->readonly, NULL);
    return ir_view(fn, vt, array, ir_data(fn, array), extent, stride, &map);
}

/* One operation: target[i] = u(x...)[i]; u NULL: x[0][i]. */
typedef struct Job {
    const UfuncRow *u;
    Ref x[UFUNC_OPERANDS];
    uint32_t n, nd;
    Ty in[UFUNC_OPERANDS], result;
    Ref target, extent[NDIM_MAX];
    bool masked;                /* x[n] is a mask: where it is false the target keeps what it has */
} Job;

/* The index of operand x along its axis a: the nest's own, 0 where x is stretched. Where only the call can tell,
 * times 1 or 0: opt/version.c makes the copy of the loop in which nothing is stretched. */
static Ref job_index(NestBuild *nb, const Job *j, Ref x, uint32_t a)
{
    Fn *fn = nb->parent, *body = nb->body;
    uint32_t xd = ir_ty(fn, x)->ndim;
    if (xd > j->nd && a < xd - j->nd)
        return ir_i64(body, 0);
    uint32_t axis = a + j->nd - xd;
    Ref e = ir_extent(fn, x, a), to = j->extent[axis], i = nb->index[axis];
    if (ref_eq(e, to) || is_one(fn, to))
        return i;
    if (is_one(fn, e))
        return ir_i64(body, 0);
    return ir_bin(body, IR_MUL, i, nest_use(nb, ir_cast(fn, ir_cmp(fn, IR_EQ, e, to), ty(TY_I64))));
}

static Ref job_load(NestBuild *nb, const Job *j, uint32_t k)
{
    Fn *fn = nb->parent, *body = nb->body;
    Ref x = j->x[k], index[NDIM_MAX];
    if (!is_array(fn, x))
        return nest_use(nb, ir_cast(fn, x, j->in[k]));
    for (uint32_t a = 0; a < ir_ty(fn, x)->ndim; a++)
        index[a] = job_index(nb, j, x, a);
    return ir_cast(body, ir_load(body, nest_use(nb, x), index), j->in[k]);
}

/* What is stored, of the operands v. */
static Ref job_value(Fn *fn, const Job *j, const Ref *v, Ref target, const Ref *index)
{
    Ty t = ir_ty(fn, target)->elem;
    Ref r = ir_cast(fn, j->u ? ufunc_kernel(fn, j->u, v, j->result) : v[0], t);
    return j->masked ? ir_select(fn, v[j->n], r, ir_load(fn, target, index)) : r;
}

static void job_nest(Fn *fn, const Job *j)
{
    uint32_t nload = j->n + j->masked;
    if (j->nd == 0) {
        Ref v[UFUNC_OPERANDS];
        for (uint32_t k = 0; k < nload; k++) {
            Ref zero[NDIM_MAX];
            for (uint32_t a = 0; a < NDIM_MAX; a++)
                zero[a] = ir_i64(fn, 0);
            v[k] = ir_cast(fn, is_array(fn, j->x[k]) ? ir_load(fn, j->x[k], zero) : j->x[k], j->in[k]);
        }
        ir_store(fn, j->target, job_value(fn, j, v, j->target, NULL), NULL);
        return;
    }
    NestBuild nb = nest_begin(fn, j->extent, j->nd, 0);
    Ref v[UFUNC_OPERANDS];
    for (uint32_t k = 0; k < nload; k++)
        v[k] = job_load(&nb, j, k);
    Ref target = nest_use(&nb, j->target);
    ir_store(nb.body, target, job_value(nb.body, j, v, target, nb.index), nb.index);
    nest_end(&nb, NULL, 0);
}

Ref ew_apart(Fn *fn, Ref x, Ref target)
{
    if (!is_array(fn, x) || ref_eq(x, target) || ir_apart(fn, x, target))
        return x;
    Ty t = ir_ty(fn, x), to = ty_array(fn->unit->types, t->elem, t->ndim, t->order, t->readonly, NULL);
    IrIf s = ir_if(fn, ir_meets(fn, x, target));
    Ref copied = np_convert(fn, ew_copy(fn, x, t->order == ORDER_F ? ORDER_F : ORDER_C), to);
    ir_else(fn, &s);
    Ref same = np_convert(fn, x, to);
    return ir_endif(fn, &s, copied, same);
}

/* The order of a new result: F where all operands with two axes or more are, so that memory is walked once in its order. */
static Order job_order(Fn *fn, const Job *j)
{
    bool f = false, c = false;
    for (uint32_t k = 0; k < j->n; k++) {
        uint32_t axes = 0;
        for (uint32_t a = 0; is_array(fn, j->x[k]) && a < ir_ty(fn, j->x[k])->ndim; a++)
            axes += !is_one(fn, ir_extent(fn, j->x[k], a));
        if (axes > 1)
            *(ir_ty(fn, j->x[k])->order == ORDER_F ? &f : &c) = true;
    }
    return f && !c ? ORDER_F : ORDER_C;
}

static int kind_rank(Ty t)
{
    return ty_is_complex(t) ? 4 : ty_is_float(t) ? 3 : ty_is_bool(t) ? 0 : ty_is_unsigned(t) ? 1 : 2;
}

static bool same_kind(Ty from, Ty to)
{
    return kind_rank(from) <= kind_rank(to) || (ty_is_weak(from) && promote_array(from, to) == to);
}

/* A casting= argument; without: the rule where it is absent. */
void ew_check_cast(Fn *fn, Ref casting, const char *without, Ty of, Ty to)
{
    Ty from = ty_is_array(of) ? of->elem : of;
    const char *rule = np_absent(fn, casting) ? without : np_text(fn, casting);
    bool same = ty_strong(from) == to || (ty_is_weak(from) && promote_array(from, to) == to), known = true, ok;
    if (rule && !strcmp(rule, "unsafe"))
        return;
    if (rule && !strcmp(rule, "same_kind"))
        ok = same_kind(from, to);
    else if (rule && !strcmp(rule, "safe"))
        ok = same || promote_array(from, to) == to;
    else {
        known = rule && (!strcmp(rule, "no") || !strcmp(rule, "equiv"));
        ok = same;
    }
    if (!known)
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "casting", "must be one of 'no', 'equiv', 'safe', 'same_kind', 'unsafe', and constant");
    if (!ok)
        fail(fn->unit, np_pos(fn), DIAG_CAST_RULE, from == of ? "scalar" : "array data", ty_name(ty_strong(from)), ty_name(to), rule);
}

/* The operands broadcast with the target give the target's own shape. */
static void check_into(Fn *fn, Job *j)
{
    Ref extent[NDIM_MAX], arg[2 * NDIM_MAX + 2];
    j->x[j->n + j->masked] = j->target; /* after the operands, as in NumPy's message */
    uint32_t nd = ew_broadcast(fn, j->x, j->n + j->masked + 1, extent), na = 0;
    push_shape(fn, j->target, arg, &na);
    arg[na++] = ir_i64(fn, nd);
    for (uint32_t a = 0; a < nd; a++)
        arg[na++] = extent[a];
    if (nd > j->nd)
        ir_check(fn, ir_bool(fn, false), DIAG_BROADCAST_OUT, arg, na);
    for (uint32_t a = 0; a < nd && nd == j->nd; a++)
        ir_check(fn, ir_cmp(fn, IR_EQ, extent[a], j->extent[a]), DIAG_BROADCAST_OUT, arg, na);
}

Ref ew_apply(Fn *fn, const UfuncRow *u, const Ref *x, uint32_t n, Ref out, Ty dtype)
{
    return ew_apply_where(fn, u, x, n, out, dtype, REF_NONE, false);
}

/* The mask of where= as an operand more. */
static void add_mask(Fn *fn, Job *j, Ref where)
{
    Ref m = ty_is_sequence(ir_ty(fn, where)) ? ew_as_array(fn, where) : where;
    Ty t = ir_ty(fn, m), elem = ty_is_array(t) ? t->elem : t;
    if (!ty_is_bool(elem))
        fail(fn->unit, np_pos(fn), DIAG_WHERE_CAST, ty_name(elem));
    j->x[j->n] = ty_is_array(t) && t->ndim == 0 ? ir_load(fn, m, NULL) : m;
    j->in[j->n] = elem;
    j->masked = true;
}

/* A dtype= that operands are not cast to. */
static void check_inputs(Fn *fn, const Job *j, const Ty *given)
{
    for (uint32_t k = 0; k < j->n; k++) {
        Text which = { .arena = fn->unit->arena };
        if (j->n > 1)
            text_printf(&which, " %u", k);
        if (!same_kind(given[k], j->in[k]))
            fail(fn->unit, np_pos(fn), DIAG_CAST_IN, ufunc_name(j->u), text_str(&which), ty_name(ty_strong(given[k])), ty_name(j->in[k]));
    }
}

static _Noreturn void fail_loop(Fn *fn, const UfuncRow *u, const Ref *x, uint32_t n)
{
    Text t = { .arena = fn->unit->arena };
    for (uint32_t k = 0; k < n; k++)
        text_printf(&t, "%s%s", k ? ", " : "", ty_name(ir_ty(fn, x[k])));
    fail(fn->unit, np_pos(fn), DIAG_CALL, ufunc_name(u), text_str(&t), "there is no loop for these dtypes");
}

/* Which loop runs. dtype: what it is to give: the operands' own loop does, or the one for operands of that dtype. */
static void job_types(Fn *fn, Job *j, const Ty *given, Ty dtype, bool unsafe)
{
    Ty in[UFUNC_OPERANDS];
    for (uint32_t k = 0; k < j->n; k++)
        if (!ty_is_scalar(given[k]))
            fail_loop(fn, j->u, j->x, j->n);
    bool first = !dtype || (ufunc_types(fn, j->u, given, j->in, &j->result) && ty_strong(j->result) == dtype);
    for (uint32_t k = 0; k < j->n; k++)
        in[k] = first ? given[k] : dtype;
    if (j->u == ufunc_row(UF_SUBTRACT) && ty_is_bool(in[0]) && ty_is_bool(in[1]))
        fail(fn->unit, np_pos(fn), DIAG_BOOL_SUBTRACT);
    if (j->u == ufunc_row(UF_NEGATIVE) && ty_is_bool(in[0]))
        fail(fn->unit, np_pos(fn), DIAG_BOOL_NEGATIVE);
    if (!ufunc_types(fn, j->u, in, j->in, &j->result))
        fail_loop(fn, j->u, j->x, j->n);
    if (dtype && ty_strong(j->result) != dtype)
        fail(fn->unit, np_pos(fn), DIAG_NO_LOOP, ufunc_name(j->u));
    if (dtype && !unsafe)
        check_inputs(fn, j, given);
}

/* Operand k as the job has it: a scalar or an array; *given: what resolves the types. */
static void take_operand(Fn *fn, Job *j, uint32_t k, Ref x, Ty *given)
{
    x = np_value_of(fn, x);
    x = ty_is_sequence(ir_ty(fn, x)) ? ew_as_array(fn, x) : x;
    if (is_array(fn, x) && ir_ty(fn, x)->ndim == 0)
        x = ir_load(fn, x, NULL);
    Ty t = ir_ty(fn, x);
    j->x[k] = x;
    *given = ty_is_array(t) ? t->elem : t;
}

static Ref apply_into(Fn *fn, Job *j, Ref out, bool unsafe)
{
    Ty ot = ir_ty(fn, out);
    if (!ty_is_array(ot))
        fail(fn->unit, np_pos(fn), DIAG_CAST, ty_name(ot), "array");
    np_need_writable(fn, out, "output array");
    if (kind_rank(j->result) > kind_rank(ot->elem) && !unsafe)
        fail(fn->unit, np_pos(fn), DIAG_CAST_OUT, ufunc_name(j->u), ty_name(ty_strong(j->result)), ty_name(ot->elem));
    j->target = out;
    j->nd = ot->ndim;
    for (uint32_t a = 0; a < j->nd; a++)
        j->extent[a] = ir_extent(fn, out, a);
    check_into(fn, j);
    job_nest(fn, j);
    return out;
}

Ref ew_apply_where(Fn *fn, const UfuncRow *u, const Ref *x, uint32_t n, Ref out, Ty dtype, Ref where, bool unsafe)
{
    Job j = { .u = u, .n = n };
    Ty given[UFUNC_OPERANDS] = { 0 };
    assert(n < UFUNC_OPERANDS);
    bool into = !ref_is_none(out) && ir_ty(fn, out)->kind != TY_NONE, arrays = into;
    for (uint32_t k = 0; k < n; k++) {
        take_operand(fn, &j, k, x[k], &given[k]);
        arrays |= is_array(fn, j.x[k]);
    }
    job_types(fn, &j, given, dtype, unsafe);
    for (uint32_t k = 0; k < n && u != ufunc_row(UF_WHERE); k++)        /* which casts */
        np_check_int(fn, j.x[k], j.in[k]);
    if (!ref_is_none(where)) {
        add_mask(fn, &j, where);
        arrays |= is_array(fn, j.x[n]);
    }
    if (!arrays && !j.masked) {
        for (uint32_t k = 0; k < n; k++)
            j.x[k] = ir_cast(fn, j.x[k], j.in[k]);
        return ufunc_kernel(fn, u, j.x, j.result);
    }
    if (into)
        return apply_into(fn, &j, out, unsafe);
    j.nd = ew_broadcast(fn, j.x, n + j.masked, j.extent);
    Ty rt = ty_array(fn->unit->types, ty_strong(j.result), j.nd, job_order(fn, &j), false, NULL);
    j.target = ir_new(fn, rt, j.extent, j.masked);
    job_nest(fn, &j);
    return j.target;
}

void ew_assign(Fn *fn, Ref target, Ref value)
{
    Ty tt = ir_ty(fn, target);
    np_need_writable(fn, target, "assignment destination");
    if (ref_eq(target, value))
        return;
    np_check_int(fn, value, tt->elem);
    if (ty_is_sequence(ir_ty(fn, value)))
        value = ew_as_array(fn, value);
    if (is_array(fn, value) && ir_ty(fn, value)->ndim == 0)
        value = ir_load(fn, value, NULL);
    Ty vt = ir_ty(fn, value), ve = ty_is_array(vt) ? vt->elem : vt;
    if (!ty_is_scalar(ve) || (ty_is_complex(ve) && !ty_is_complex(tt->elem)))
        fail(fn->unit, np_pos(fn), DIAG_CAST, ty_name(vt), ty_name(tt));
    Job j = { .n = 1, .nd = tt->ndim, .target = target, .x = { value }, .in = { tt->elem }, .result = tt->elem };
    for (uint32_t a = 0; a < j.nd; a++)
        j.extent[a] = ir_extent(fn, target, a);
    if (ty_is_array(vt))
        ew_broadcast_to(fn, value, j.extent, j.nd, DIAG_BROADCAST_INTO);    /* the checks */
    job_nest(fn, &j);
}

void ew_fill(Fn *fn, Ref array, Ref scalar) { ew_assign(fn, array, scalar); }

Ref ew_astype(Fn *fn, Ref array, Ty dtype, Order order)
{
    Ty at = ir_ty(fn, array);
    Job j = { .n = 1, .nd = at->ndim, .x = { array }, .in = { dtype }, .result = dtype };
    for (uint32_t a = 0; a < j.nd; a++)
        j.extent[a] = ir_extent(fn, array, a);
    if (order == ORDER_A)
        order = at->order == ORDER_F ? ORDER_F : ORDER_C;
    if (at->ndim < 2)
        order = ORDER_C;
    j.target = ir_new(fn, ty_array(fn->unit->types, dtype, at->ndim, order, false, NULL), j.extent, false);
    job_nest(fn, &j);
    return j.target;
}

Ref ew_copy(Fn *fn, Ref array, Order order) { return ew_astype(fn, array, ir_ty(fn, array)->elem, order); }

/* The extents and the dtype of a nested tuple; false: ragged, or not of scalars. */
static bool tuple_shape(Ty t, int64_t *extent, uint32_t *nd, uint32_t depth, Ty *dtype)
{
    if (ty_is_scalar(t)) {
        if (*nd == UINT32_MAX)
            *nd = depth;
        *dtype = *dtype ? promote_array(*dtype, t) : t;
        return *nd == depth && *dtype;
    }
    if (!ty_is_items(t) || depth >= NDIM_MAX)
        return false;
    if (extent[depth] >= 0 && extent[depth] != t->nitem)
        return false;
    extent[depth] = t->nitem;
    for (uint32_t k = 0; k < t->nitem; k++)
        if (!tuple_shape(t->item[k], extent, nd, depth + 1, dtype))
            return false;
    return true;
}

static void tuple_store(Fn *fn, Ref array, Ref x, Ref *index, uint32_t depth)
{
    Ty t = ir_ty(fn, x);
    if (ty_is_scalar(t)) {
        np_check_int(fn, x, ir_ty(fn, array)->elem);
        ir_store(fn, array, ir_cast(fn, x, ir_ty(fn, array)->elem), index);
        return;
    }
    for (uint32_t k = 0; k < t->nitem; k++) {
        index[depth] = ir_i64(fn, k);
        tuple_store(fn, array, ir_item(fn, x, k), index, depth + 1);
    }
}

static bool holds_array(Ty t)
{
    for (uint32_t k = 0; ty_is_items(t) && k < t->nitem; k++)
        if (ty_is_array(t->item[k]) || (ty_is_sequence(t->item[k]) && !ty_is_items(t->item[k])) || holds_array(t->item[k]))
            return true;
    return false;
}

/* The items are arrays, or become one: they are stacked. */
static Ref stack_items(Fn *fn, Ref x)
{
    uint32_t n;
    Ref *item = np_items(fn, x, &n);
    for (uint32_t k = 0; k < n; k++)
        item[k] = ew_as_array(fn, item[k]);
    return join_new_axis(fn, item, n, DIAG_RAGGED);
}

Ref ew_as_array(Fn *fn, Ref x)
{
    Ty t = ir_ty(fn, x), dtype = NULL;
    if (ty_is_array(t))
        return x;
    if (t->kind == TY_COMPREHENSION)
        return np_array_of(fn, x);
    if (t->kind == TY_NUMBERS)
        return ew_copy(fn, numbers_vector(fn, x), ORDER_C);
    if (t->kind == TY_RANGE)
        return range_array(fn, x);
    if (holds_array(t))
        return stack_items(fn, x);
    int64_t size[NDIM_MAX + 1];
    for (uint32_t k = 0; k < countof(size); k++)
        size[k] = -1;
    uint32_t nd = UINT32_MAX;
    if (!tuple_shape(t, size, &nd, 0, &dtype))
        fail(fn->unit, np_pos(fn), DIAG_CAST, ty_name(t), "array");
    if (nd == UINT32_MAX)               /* no numbers */
        for (nd = 1, dtype = ty(TY_F64); nd < NDIM_MAX && size[nd] >= 0; )
            nd++;
    Ref extent[NDIM_MAX], index[NDIM_MAX];
    for (uint32_t k = 0; k < nd; k++)
        extent[k] = ir_i64(fn, size[k]);
    Ref a = ir_new(fn, ty_array(fn->unit->types, ty_strong(dtype), nd, ORDER_C, false, NULL), extent, false);
    tuple_store(fn, a, x, index, 0);
    return a;
}
