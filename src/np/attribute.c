/* attribute.c: .flags, and attributes that are assigned to. */
#include "np/np_build.h"

/* Is the data without gaps in C order, or (f) in F order? Axes of one element do not count; an empty array is both. */
Ref attr_contiguous(Fn *fn, Ref a, bool f)
{
    Ty t = ir_ty(fn, a);
    Ref empty = ir_bool(fn, false), ok = ir_bool(fn, true), want = ir_i64(fn, t->elem->nbytes);
    if (t->order == (f ? ORDER_F : ORDER_C) || (t->ndim < 2 && t->order != ORDER_A))
        return ok;
    for (uint32_t j = 0; j < t->ndim; j++) {
        uint32_t k = f ? j : t->ndim - 1 - j;
        Ref e = ir_extent(fn, a, k), one = ir_cmp(fn, IR_EQ, e, ir_i64(fn, 1));
        ok = ir_bin(fn, IR_AND, ok, ir_bin(fn, IR_OR, one, ir_cmp(fn, IR_EQ, ir_stride(fn, a, k), want)));
        empty = ir_bin(fn, IR_OR, empty, ir_cmp(fn, IR_EQ, e, ir_i64(fn, 0)));
        want = ir_bin(fn, IR_MUL, want, e);
    }
    return ir_bin(fn, IR_OR, ok, empty);
}

Ref attr_flags(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n) { return np_aggregate(fn, TY_FLAGS, arg, 1); }

/* data: 'C', 'F', 'W' writeable, 'A' aligned, 'N' F and not C, 'O' F or C */
Ref attr_flag(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ir_item(fn, arg[0], 0);
    if (row->data == 'W' || row->data == 'A')
        return ir_bool(fn, row->data == 'A' || !ir_ty(fn, a)->readonly);
    if (row->data == 'C' || row->data == 'F')
        return attr_contiguous(fn, a, row->data == 'F');
    Ref c = attr_contiguous(fn, a, false), f = attr_contiguous(fn, a, true);
    return row->data == 'O' ? ir_bin(fn, IR_OR, c, f) : ir_bin(fn, IR_AND, f, ir_un(fn, IR_NOT, c));
}

/* flags["C_CONTIGUOUS"]: the attribute of that name in small letters, or its first letter. */
Ref attr_flags_item(Fn *fn, Ref flags, Ref key)
{
    static const char *const small[][2] = { { "C", "c_contiguous" }, { "F", "f_contiguous" }, { "W", "writeable" }, { "A", "aligned" },
        { "C_CONTIGUOUS", "c_contiguous" }, { "CONTIGUOUS", "c_contiguous" }, { "F_CONTIGUOUS", "f_contiguous" },
        { "FORTRAN", "f_contiguous" }, { "WRITEABLE", "writeable" }, { "ALIGNED", "aligned" }, { "FNC", "fnc" }, { "FORC", "forc" } };
    const char *s = np_text(fn, key);
    for (uint32_t k = 0; s && k < countof(small); k++)
        if (!strcmp(s, small[k][0]))
            return np_attr_of(fn, flags, small[k][1]);
    fail(fn->unit, np_pos(fn), DIAG_NOT_INDEXABLE, ty_name(ir_ty(fn, flags)), s ? s : ty_name(ir_ty(fn, key)));
}

/* a.real = value; data 1: imag */
Ref attr_set_part(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ty t = ir_ty(fn, arg[0]);
    if (row->data && !ty_is_complex(t->elem))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, "imag", "the array does not have an imaginary part to set");
    ew_assign(fn, np_attr_of(fn, arg[0], row->path), arg[1]);
    return ir_none(fn);
}

/* What the type of an array says cannot be changed. */
Ref attr_fixed(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    static const char *const words[][3] = { { "shape", "shape", "reshape" }, { "resize", "the size", "np.resize" } };
    for (uint32_t k = 0; k < countof(words); k++)
        if (!strcmp(row->path, words[k][0]))
            fail(fn->unit, np_pos(fn), DIAG_SET_FIXED, words[k][1], words[k][2]);
    fail(fn->unit, np_pos(fn), DIAG_SET_FIXED, row->path, "view or astype");
}

Ref attr_conj(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    return ty_is_complex(ir_ty(fn, arg[0])->elem) ? ew_apply(fn, ufunc_row(UF_CONJUGATE), arg, 1, REF_NONE, NULL) : arg[0];
}

/* a, b; data 1: shares_memory, which is settled by the bounds where both have no gaps */
Ref attr_share(Fn *fn, const NpRow *row, const Ref *arg, uint32_t n)
{
    Ref a = ew_as_array(fn, arg[0]), b = ew_as_array(fn, arg[1]), zero = ir_i64(fn, 0);
    if (row->data && (ty_has_strides(ir_ty(fn, a)) || ty_has_strides(ir_ty(fn, b))))
        fail(fn->unit, np_pos(fn), DIAG_ARG_VALUE, row->path, "is compiled for contiguous arrays only: may_share_memory takes any");
    Ref some = ir_bin(fn, IR_AND, ir_cmp(fn, IR_NE, ir_nelem(fn, a), zero), ir_cmp(fn, IR_NE, ir_nelem(fn, b), zero));
    return ir_bin(fn, IR_AND, some, ir_meets(fn, a, b));
}
