/* print.c: print(): pieces of text and values, each a call of the runtime. */
#include <Python.h>
#include "np/np_build.h"
#include "runtime/runtime.h"

static void print_str(Fn *fn, const char *s)
{
    if (!*s)
        return;
    uint64_t *part = arena_new_n(fn->unit->arena, uint64_t, 3);     /* no object, bytes, nbytes */
    part[1] = (uint64_t)(uintptr_t)arena_strdup(fn->unit->arena, s);
    part[2] = strlen(s);
    Ref x = ir_constant(fn, ty_str(fn->unit->types), part);
    ir_rt(fn, RT_PRINT_STR, ty(TY_NONE), &x, 1);
}

static void print_value(Fn *fn, const NpRow *row, Ref x, bool quoted);

/* NumPy writes it: extents and strides stand in the frame. */
static void print_array(Fn *fn, Ref a, bool quoted)
{
    Ty t = ir_ty(fn, a);
    Ref frame = ir_emit_imm(fn, IR_SCRATCH, ty(TY_PTR), NULL, 0, 16 * NDIM_MAX);
    for (uint32_t k = 0; k < 2u * t->ndim; k++) {
        Ref word = k < t->ndim ? ir_extent(fn, a, k) : ir_stride(fn, a, k - t->ndim);
        Ref poke[2] = { ir_offset(fn, frame, ir_i64(fn, 8 * k)), word };
        ir_emit(fn, IR_POKE, ty(TY_NONE), poke, 2);
    }
    Ty any = ty_array(fn->unit->types, t->elem, t->ndim, ORDER_A, true, NULL);
    Ref arg[4] = { ir_i64(fn, (int64_t)(intptr_t)any), ir_data(fn, a), frame, ir_bool(fn, quoted) };
    ir_rt(fn, RT_PRINT_ARRAY, ty(TY_NONE), arg, 4);
}

static void print_items(Fn *fn, const NpRow *row, Ref x)
{
    uint32_t n = ir_ty(fn, x)->nitem;
    bool list = ir_ty(fn, x)->kind == TY_LIST;
    print_str(fn, list ? "[" : "(");
    for (uint32_t k = 0; k < n; k++) {
        print_str(fn, k ? ", " : "");
        print_value(fn, row, ir_item(fn, x, k), true);
    }
    print_str(fn, list ? "]" : n == 1 ? ",)" : ")");
}

static void print_optional(Fn *fn, const NpRow *row, Ref x)
{
    IrIf s = ir_if(fn, ir_has(fn, x));
    print_value(fn, row, ir_unwrap(fn, x), false);
    ir_else(fn, &s);
    print_str(fn, "None");
    ir_endif(fn, &s, REF_NONE, REF_NONE);
}

static void print_text(Fn *fn, const NpRow *row, Ref x, bool quoted)
{
    if (!np_is_text(ir_ty(fn, x)) && ir_ty(fn, x)->kind != TY_NUMBERS)
        np_bad_arg(fn, row, "a number, a string, an array or a tuple", x);
    x = quoted && np_is_text(ir_ty(fn, x)) ? np_format(fn, x, 'r', REF_NONE) : x;
    Ref frame = ir_emit_imm(fn, IR_SCRATCH, ty(TY_PTR), NULL, 0, 8 * (ir_ty(fn, x)->nparts + 1)), poke[2] = { frame, x };
    ir_emit(fn, IR_POKE, ty(TY_NONE), poke, 2);
    Ref arg[2] = { ir_i64(fn, (int64_t)(intptr_t)ir_ty(fn, x)), frame };
    ir_rt(fn, RT_PRINT_VALUE, ty(TY_NONE), arg, 2);
}

static void print_number(Fn *fn, Ref x)
{
    Ty t = ir_ty(fn, x), none = ty(TY_NONE);
    if (t->kind == TY_F16 || t->kind == TY_F32 || t->kind == TY_C64) {      /* as many digits as it has */
        print_text(fn, NULL, np_format(fn, x, 's', REF_NONE), false);
    } else if (ty_is_bool(t)) {
        ir_rt(fn, RT_PRINT_BOOL, none, &x, 1);
    } else if (ty_is_int(t)) {
        bool u = ty_is_unsigned(t);
        x = ir_cast(fn, x, ty(u ? TY_U64 : TY_I64));
        ir_rt(fn, u ? RT_PRINT_UINT : RT_PRINT_INT, none, &x, 1);
    } else if (ty_is_float(t)) {
        x = ir_cast(fn, x, ty(TY_F64));
        ir_rt(fn, RT_PRINT_FLOAT, none, &x, 1);
    } else {
        Ref part[2] = { ir_cast(fn, ir_real(fn, x), ty(TY_F64)), ir_cast(fn, ir_imag(fn, x), ty(TY_F64)) };
        ir_rt(fn, RT_PRINT_COMPLEX, none, part, 2);
    }
}

static void print_value(Fn *fn, const NpRow *row, Ref x, bool quoted)
{
    if (ir_ty(fn, x)->kind == TY_CAUGHT)
        x = np_format(fn, x, quoted ? 'r' : 's', REF_NONE);
    Ty t = ir_ty(fn, x);
    if (np_is_number(t))
        print_number(fn, x);
    else if (ty_is_array(t))
        print_array(fn, x, quoted);
    else if (t->kind == TY_NONE)
        print_str(fn, "None");
    else if (ty_is_items(t))
        print_items(fn, row, x);
    else if (t->kind == TY_OPTIONAL)
        print_optional(fn, row, x);
    else if (t->kind == TY_FORMAT || t->kind == TY_CHOICE || t->kind == TY_NUMBERS)
        print_text(fn, row, x, quoted);
    else if (t->kind == TY_STR) {
        print_str(fn, quoted ? "'" : "");
        ir_rt(fn, RT_PRINT_STR, ty(TY_NONE), &x, 1);
        print_str(fn, quoted ? "'" : "");
    } else
        np_bad_arg(fn, row, "a number, a string, an array or a tuple", x);
}

/* sep or end: the default where absent or None */
static void print_piece(Fn *fn, const NpRow *row, Ref s, const char *absent_text)
{
    if (np_absent(fn, s))
        print_str(fn, absent_text);
    else
        print_value(fn, row, s, false);
}

Ref bi_print(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    uint32_t m;
    Ref *x = np_items(fn, arg[0], &m);
    for (uint32_t k = 0; k < m; k++) {
        if (k)
            print_piece(fn, row, arg[1], " ");
        print_value(fn, row, x[k], false);
    }
    print_piece(fn, row, arg[2], "\n");
    return ir_none(fn);
}
