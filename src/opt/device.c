/* device.c: what a GPU has not is refused here, with the user's line, so that lower/ meets nothing it cannot write:
 * memory of its own, the runtime, try, values that lie in the host's memory. */
#include "opt/opt.h"
#include "runtime/runtime.h"

/* A call of the runtime, in the user's words. */
static const char *runtime_name(int64_t id)
{
    switch (id) {
    case RT_PRINT_INT: case RT_PRINT_UINT: case RT_PRINT_FLOAT: case RT_PRINT_BOOL: case RT_PRINT_COMPLEX: case RT_PRINT_STR:
    case RT_PRINT_VALUE: case RT_PRINT_ARRAY:
        return "print()";
    case RT_STR_EQ: case RT_STR_CMP: case RT_FLOAT_FROM_STR: case RT_INT_FROM_STR:
    case RT_STR_LEN: case RT_STR_FIRST: case RT_STR_HASH: case RT_COMPLEX_FROM_STR:
        return "an operation on a str";
    case RT_POW_INT: return "a power of integers";
    case RT_DOT: case RT_MATMUL: return "a product of matrices";
    case RT_GCD: return "gcd";
    case RT_CPOW: case RT_CFUN: return "a function of complex numbers";
    case RT_FREXP: return "frexp";
    case RT_LDEXP: return "ldexp";
    case RT_ROUND_DIGITS: case RT_ROUND_DIGITS_NP: return "rounding to digits";
    case RT_HASH_FLOAT: return "hash()";
    case RT_OVERLAP: case RT_COPY_BYTES: case RT_RESHAPE: return "a copy of an array";
    default: return "what needs the runtime";
    }
}

/* NULL: a GPU has it. */
static const char *missing(const Fn *fn, const Ins *in)
{
    switch (in->op) {
    case IR_NEW:
        return "making an array (assign to one that is passed in: out[:] = ...)";
    case IR_CATCH: case IR_HOLD: case IR_RERAISE:
        return "try";
    case IR_RT:
        return runtime_name(in->imm.i);
    case IR_PARALLEL:
        return "a parallel region";
    default:
        break;
    }
    for (uint32_t k = 0; k < in->nargs; k++) {
        const Ins *x = ir_ins(fn, ir_args(fn, in)[k]);
        if (x->op == IR_CONST && x->ty->kind == TY_ARRAY)
            return "an array that is a global (pass it as an argument)";
        if (x->op == IR_CONST && x->ty->kind == TY_STR && in->op != IR_TUPLE && in->op != IR_RAISE)
            return "a str";
    }
    return NULL;
}

/* needs: nothing.  keeps: everything. */
void opt_device(Fn *fn)
{
    for (BlkId b = 0; b < fn->blk.n; b++)
        for (uint32_t k = 0; k < fn->blk.at[b].ins.n; k++) {
            const Ins *in = ir_ins(fn, fn->blk.at[b].ins.at[k]);
            const char *what = missing(fn, in);
            if (what)
                fail(fn->unit, &fn->pos.at[in->pos], DIAG_GPU, what);
        }
}
