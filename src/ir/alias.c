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

static bool from_caller(const Ins *in) { return in->op == IR_PARAM || in->op == IR_CONST; }

bool ir_apart(Fn *fn, Ref a, Ref b)
{
    Ref ra = root(fn, a), rb = root(fn, b);
    const Ins *x = ir_ins(fn, ra), *y = ir_ins(fn, rb);
    if (ref_eq(ra, rb))
        return false;
    return (x->op == IR_NEW && (y->op == IR_NEW || from_caller(y))) || (y->op == IR_NEW && from_caller(x));
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
