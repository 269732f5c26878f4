/* alias.c: which arrays may share memory: what the IR tells, and the test for what only the call can tell. */
#include "ir/ir.h"

/* The value whose memory an array is part of. */
static Ref root(Fn *fn, Ref x)
{
    for (;;) {
        const Ins *in = ir_ins(fn, x);
        if (in->op != IR_VIEW && in->op != IR_ITEM && in->op != IR_UNWRAP)
            return x;
        x = ir_args(fn, in)[0];
    }
}

static bool from_caller(const Fn *fn, Ref r)
{
    IrOp op = ir_ins(fn, r)->op;
    return (op == IR_PARAM || op == IR_CONST) && !ir_is_new(fn, r);
}

bool ir_apart(Fn *fn, Ref a, Ref b)
{
    Ref ra = root(fn, a), rb = root(fn, b);
    bool x = ir_is_new(fn, ra), y = ir_is_new(fn, rb);
    if (ref_eq(ra, rb))
        return false;
    return (x && (y || from_caller(fn, rb))) || (y && from_caller(fn, ra));
}

void ir_mark_new(Fn *fn, const Ref *value, uint32_t n, Fn *to, uint32_t first)
{
    for (uint32_t k = 0; k < n; k++) {
        bool apart = ir_is_new(fn, value[k]);
        for (uint32_t j = 0; j < n && apart; j++)
            apart = j == k || (ty_is_scalar(ir_ty(fn, value[j])) && ir_ty(fn, value[j])->kind != TY_PTR) || ir_apart(fn, value[k], value[j]);
        if (apart)
            ir_ins(to, to->param[first + k])->flags |= INS_NEW;
    }
}

/* The addresses lo <= p < hi that the elements lie in. */
static void span(Fn *fn, Ref a, Ref *lo, Ref *hi)
{
    Ty t = ir_ty(fn, a);
    Ref zero = ir_i64(fn, 0), low = zero, high = ir_i64(fn, t->elem->nbytes);
    for (uint32_t k = 0; k < t->ndim; k++) {
        Ref d = ir_bin(fn, IR_MUL, ir_bin(fn, IR_SUB, ir_extent(fn, a, k), ir_i64(fn, 1)), ir_stride(fn, a, k));
        Ref neg = ir_cmp(fn, IR_LT, d, zero);
        low = ir_bin(fn, IR_ADD, low, ir_select(fn, neg, d, zero));
        high = ir_bin(fn, IR_ADD, high, ir_select(fn, neg, zero, d));
    }
    Ref p = ir_bitcast(fn, ir_data(fn, a), ty(TY_I64));
    *lo = ir_bin(fn, IR_ADD, p, low);
    *hi = ir_bin(fn, IR_ADD, p, high);
}

Ref ir_meets(Fn *fn, Ref a, Ref b)
{
    Ref alo, ahi, blo, bhi;
    span(fn, a, &alo, &ahi);
    span(fn, b, &blo, &bhi);
    return ir_bin(fn, IR_AND, ir_cmp(fn, IR_LT, blo, ahi), ir_cmp(fn, IR_LT, alo, bhi));
}
