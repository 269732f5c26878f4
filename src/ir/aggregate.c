/* aggregate.c: values with parts: complex numbers, tuples, optionals, arrays. Taking a part of what is made here gives the
 * part again. */
#include "ir/ir.h"

/* ---- complex, aggregates, optionals ---------------------------------------------------------------------- */

Ref ir_complex(Fn *fn, Ty type, Ref re, Ref im)
{
    return ir_emit(fn, IR_COMPLEX, type, (Ref[]){ re, im }, 2);
}

static Ref complex_part(Fn *fn, IrOp op, Ref z, uint32_t k)
{
    const Ins *in = ir_ins(fn, z);
    if (in->op == IR_COMPLEX)
        return in->arg[k];
    if (in->op == IR_UNDEF)
        return ir_float(fn, ty_real(in->ty), 0);
    return ir_emit(fn, op, ty_real(in->ty), &z, 1);
}

Ref ir_real(Fn *fn, Ref z) { return complex_part(fn, IR_REAL, z, 0); }
Ref ir_imag(Fn *fn, Ref z) { return complex_part(fn, IR_IMAG, z, 1); }

Ref ir_tuple(Fn *fn, Ty aggregate, const Ref *item, uint32_t n)
{
    assert(n == aggregate->nitem);
    return ir_emit(fn, IR_TUPLE, aggregate, item, n);
}

static bool is_unit_type(Ty x) { return x->kind == TY_NONE || ty_is_constant(x); }

Ref ir_item(Fn *fn, Ref aggregate, uint32_t k)
{
    const Ins *in = ir_ins(fn, aggregate);
    if (k >= in->ty->nitem)
        nj_bug(fn->unit, "item %u of %s", k, ty_name(in->ty));
    Ty type = in->ty->item[k];
    if (in->op == IR_TUPLE)
        return ir_args(fn, in)[k];
    if (is_unit_type(type))
        return ir_constant(fn, type, NULL);
    if (in->op == IR_UNDEF)
        return ir_undef(fn, type);
    return ir_emit_imm(fn, IR_ITEM, type, &aggregate, 1, k);
}

Ref ir_some(Fn *fn, Ty optional, Ref value)
{
    return ir_emit(fn, IR_SOME, optional, &value, 1);
}

Ref ir_nothing(Fn *fn, Ty optional) { return ir_undef(fn, optional); }

Ref ir_has(Fn *fn, Ref optional)
{
    const Ins *in = ir_ins(fn, optional);
    if (in->op == IR_SOME || in->op == IR_UNDEF)
        return ir_bool(fn, in->op == IR_SOME);
    return ir_emit(fn, IR_HAS, ty(TY_BOOL), &optional, 1);
}

Ref ir_unwrap(Fn *fn, Ref optional)
{
    const Ins *in = ir_ins(fn, optional);
    Ty type = in->ty->elem;
    if (in->op == IR_SOME)
        return in->arg[0];
    if (is_unit_type(type))
        return ir_constant(fn, type, NULL);
    if (in->op == IR_UNDEF)
        return ir_undef(fn, type);
    return ir_emit(fn, IR_UNWRAP, type, &optional, 1);
}

/* ---- arrays --------------------------------------------------------------------------------------------- */

Ref ir_new(Fn *fn, Ty array, const Ref *extent, bool zeroed)
{
    return ir_emit_imm(fn, IR_NEW, array, extent, array->ndim, zeroed);
}

Ref ir_extent(Fn *fn, Ref array, uint32_t axis)
{
    const Ins *in = ir_ins(fn, array);
    assert(ty_is_array(in->ty) && axis < in->ty->ndim);
    if (in->ty->extent)
        return ir_i64(fn, in->ty->extent[axis]);
    if (in->op == IR_NEW)
        return ir_args(fn, in)[axis];
    if (in->op == IR_VIEW)
        return ir_args(fn, in)[2 + axis];
    if (in->op == IR_CONST)             /* owner, data, extents ... */
        return ir_i64(fn, ((const int64_t *)in->imm.p)[2 + axis]);
    return ir_emit_imm(fn, IR_EXTENT, ty(TY_I64), &array, 1, axis);
}

bool ir_is_extent(const Fn *fn, Ref n, Ref x, uint32_t d)
{
    const Ins *in = ir_ins(fn, n), *array = ir_ins(fn, x);
    int64_t c;
    if (array->ty->extent)
        return ir_is_int(fn, n, &c) && c == array->ty->extent[d];
    if (array->op == IR_NEW || array->op == IR_VIEW)
        return ref_eq(ir_args(fn, array)[array->op == IR_NEW ? d : 2 + d], n);
    return in->op == IR_EXTENT && ref_eq(in->arg[0], x) && in->imm.i == d;
}

Ref ir_stride(Fn *fn, Ref array, uint32_t axis)
{
    const Ins *in = ir_ins(fn, array);
    Ty type = in->ty;
    assert(ty_is_array(type) && axis < type->ndim);
    if (type->order == ORDER_A && in->op == IR_VIEW)
        return ir_args(fn, in)[2 + type->ndim + axis];
    if (type->order == ORDER_A)
        return ir_emit_imm(fn, IR_STRIDE, ty(TY_I64), &array, 1, axis);
    Ref stride = ir_i64(fn, type->elem->nbytes);
    if (type->order == ORDER_C)
        for (uint32_t k = type->ndim; k-- > axis + 1; )
            stride = ir_bin(fn, IR_MUL, stride, ir_extent(fn, array, k));
    else
        for (uint32_t k = 0; k < axis; k++)
            stride = ir_bin(fn, IR_MUL, stride, ir_extent(fn, array, k));
    return stride;
}

Ref ir_data(Fn *fn, Ref array)
{
    const Ins *in = ir_ins(fn, array);
    if (in->op == IR_VIEW)
        return ir_args(fn, in)[1];
    return ir_emit(fn, IR_DATA, ty(TY_PTR), &array, 1);
}

Ref ir_nelem(Fn *fn, Ref array)
{
    Ref n = ir_i64(fn, 1);
    for (uint32_t k = 0; k < ir_ty(fn, array)->ndim; k++)
        n = ir_bin(fn, IR_MUL, n, ir_extent(fn, array, k));
    return n;
}

Ref ir_offset(Fn *fn, Ref ptr, Ref nbytes)
{
    int64_t v;
    if (ir_is_int(fn, nbytes, &v) && v == 0)
        return ptr;
    return ir_emit(fn, IR_OFFSET, ty(TY_PTR), (Ref[]){ ptr, nbytes }, 2);
}

static uint32_t view_nargs(Ty t) { return 2u + t->ndim * (t->order == ORDER_A ? 2u : 1u); }

ViewMap ir_whole_map(Fn *fn, uint32_t ndim)
{
    ViewMap map;
    for (uint32_t k = 0; k < ndim; k++) {
        map.start[k] = ir_i64(fn, 0);
        map.step[k] = ir_i64(fn, 1);
        map.axis[k] = (int)k;
    }
    return map;
}

/* arg: the operands, of fn */
static bool view_map(Fn *fn, const Ins *in, const Ref *arg, ViewMap *map)
{
    uint32_t nbase = ir_ty(fn, arg[0])->ndim, n = view_nargs(in->ty);
    if (in->nargs != n + nbase + 2 * in->ty->ndim)
        return false;
    for (uint32_t k = 0; k < nbase; k++)
        map->start[k] = arg[n++];
    for (uint32_t j = 0; j < in->ty->ndim; j++) {
        map->axis[j] = (int)ir_ins(fn, arg[n++])->imm.i;
        map->step[j] = arg[n++];
    }
    return true;
}

bool ir_view_map(Fn *fn, Ref view, ViewMap *map)
{
    const Ins *in = ir_ins(fn, view);
    return view_map(fn, in, ir_args(fn, in), map);
}

/* map, relative to a view that is itself at `outer`: relative to what that is of. */
static void compose(Fn *fn, ViewMap *map, uint32_t nview, const ViewMap *outer, uint32_t nbase, uint32_t nd)
{
    ViewMap all = *map;
    memcpy(all.start, outer->start, nbase * sizeof(Ref));
    for (uint32_t j = 0; j < nview; j++)
        if (outer->axis[j] >= 0) {
            Ref *start = &all.start[outer->axis[j]];
            *start = ir_bin(fn, IR_ADD, *start, ir_bin(fn, IR_MUL, map->start[j], outer->step[j]));
        }
    for (uint32_t l = 0; l < nd; l++) {
        int j = map->axis[l];
        all.axis[l] = j < 0 ? -1 : outer->axis[j];
        all.step[l] = j < 0 ? map->step[l] : ir_bin(fn, IR_MUL, map->step[l], outer->step[j]);
    }
    *map = all;
}

/* object: is it another one than the base? */
static Ref view(Fn *fn, Ty array, Ref base, Ref ptr, const Ref *extent, const Ref *stride, const ViewMap *map, int64_t object)
{
    Ref arg[2 + 5 * NDIM_MAX];
    uint32_t n = 0;
    ViewMap all, outer;
    if (map)
        all = *map;
    for (; ir_ins(fn, base)->op == IR_VIEW; base = ir_arg(fn, base, 0)) {
        object = object ? object : ir_ins(fn, base)->imm.i;
        if (map && ir_view_map(fn, base, &outer))
            compose(fn, &all, ir_ty(fn, base)->ndim, &outer, ir_ty(fn, ir_arg(fn, base, 0))->ndim, array->ndim);
        else
            map = NULL;
    }
    arg[n++] = base;
    arg[n++] = ptr;
    for (uint32_t k = 0; k < array->ndim; k++)
        arg[n++] = extent[k];
    for (uint32_t k = 0; array->order == ORDER_A && k < array->ndim; k++)
        arg[n++] = stride[k];
    for (uint32_t k = 0; map && k < ir_ty(fn, base)->ndim; k++)
        arg[n++] = all.start[k];
    for (uint32_t k = 0; map && k < array->ndim; k++) {
        arg[n++] = ir_i64(fn, all.axis[k]);
        arg[n++] = all.step[k];
    }
    return ir_emit_imm(fn, IR_VIEW, array, arg, n, object);
}

Ref ir_view_again(Fn *fn, const Ins *in, const Ref *arg)
{
    ViewMap map;
    bool mapped = view_map(fn, in, arg, &map);
    return view(fn, in->ty, arg[0], arg[1], arg + 2, arg + 2 + in->ty->ndim, mapped ? &map : NULL, in->imm.i);
}

Ref ir_view(Fn *fn, Ty array, Ref base, Ref ptr, const Ref *extent, const Ref *stride, const ViewMap *map)
{
    return view(fn, array, base, ptr, extent, stride, map, 0);
}

Ref ir_view_object(Fn *fn, Ty array, Ref base, Ref ptr, const Ref *extent, const Ref *stride, const ViewMap *map)
{
    fn->nobject++;
    return view(fn, array, base, ptr, extent, stride, map, 1);
}

bool ir_is_object(const Fn *fn, Ref v) { return ir_ins(fn, v)->op == IR_VIEW && ir_ins(fn, v)->imm.i > 0; }

Ref ir_view_which(Fn *fn, Ref v, uint32_t which)
{
    Ins in = *ir_ins(fn, v);
    if (in.op != IR_VIEW || in.imm.i != 1)
        return v;
    Ref *arg = arena_new_n(fn->unit->arena, Ref, in.nargs + 1);
    memcpy(arg, ir_args(fn, ir_ins(fn, v)), in.nargs * sizeof(Ref));
    return ir_emit_imm(fn, IR_VIEW, in.ty, arg, in.nargs, 2 + which % 0xffff);
}

/* Where the element of an array of constants is, or NULL: it is not known while compiling. */
static const char *constant_element(Fn *fn, Ref array, const Ref *index)
{
    const Ins *in = ir_ins(fn, array);
    Ty t = in->ty;
    if (ir_frozen_nbytes(in) == 0)
        return NULL;
    const char *at = (const char *)(uintptr_t)((const uint64_t *)in->imm.p)[1];
    for (uint32_t k = 0; k < t->ndim; k++) {
        int64_t i, n, stride;
        if (!ir_is_int(fn, index[k], &i) || !ir_is_int(fn, ir_extent(fn, array, k), &n) || i < 0 || i >= n
            || !ir_is_int(fn, ir_stride(fn, array, k), &stride))
            return NULL;
        at += i * stride;
    }
    return at;
}

static Ref constant_float(Fn *fn, Ty type, const char *at)
{
    float f;
    double d;
    if (type->kind == TY_F64)
        return memcpy(&d, at, sizeof d), ir_float(fn, type, d);
    return memcpy(&f, at, sizeof f), ir_float(fn, type, (double)f);
}

/* The number at `at`; none: of a type whose bits the constant would not keep. */
static Ref constant_number(Fn *fn, Ty type, const char *at)
{
    int64_t v = 0;
    if (type->kind == TY_F64 || type->kind == TY_F32)
        return constant_float(fn, type, at);
    if (ty_is_complex(type))
        return ir_complex(fn, type, constant_float(fn, ty_real(type), at), constant_float(fn, ty_real(type), at + type->nbytes / 2));
    if (!ty_is_int(type) && !ty_is_bool(type))
        return REF_NONE;
    memcpy(&v, at, type->nbytes);       /* little-endian, as all machines that we compile for */
    return ir_int(fn, type, v);
}

Ref ir_load(Fn *fn, Ref array, const Ref *index)
{
    const char *known = constant_element(fn, array, index);
    Ref number = known ? constant_number(fn, ir_ty(fn, array)->elem, known) : REF_NONE;
    if (!ref_is_none(number))
        return number;
    Ref arg[1 + NDIM_MAX] = { array };
    Ty type = ir_ty(fn, array);
    for (uint32_t k = 0; k < type->ndim; k++)
        arg[1 + k] = index[k];
    return ir_emit(fn, IR_LOAD, type->elem, arg, 1u + type->ndim);
}

void ir_store(Fn *fn, Ref array, Ref value, const Ref *index)
{
    Ref arg[2 + NDIM_MAX] = { array, value };
    Ty type = ir_ty(fn, array);
    assert(ir_ty(fn, value) == type->elem);
    for (uint32_t k = 0; k < type->ndim; k++)
        arg[2 + k] = index[k];
    ir_emit(fn, IR_STORE, ty(TY_NONE), arg, 2u + type->ndim);
}
