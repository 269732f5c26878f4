/* pairsum.c: the sum of a run of contiguous floats, the leaf of a pairwise sum, in NumPy's order of additions:
 * fewer than 8 one after another from -0.0, else 8 sums side by side, joined ((0+1)+(2+3))+((4+5)+(6+7)), then the
 * rest one after another. Of complex numbers the 8 are 4 real and 4 imaginary parts. Written with vectors of 8,
 * so that nothing is left to the vectoriser; LLVM cuts them to the machine's width. The rest is so short that
 * its loop is not unrolled. */
#include "lower/target.h"

enum { LANES = 8 };

typedef struct Run {
    Lower *lo;
    Ty ty;
    uint32_t parts;             /* 1, or 2 of a complex */
    LLVMTypeRef part, lanes;
    LLVMValueRef ptr, n;        /* n counts parts */
} Run;

static LLVMValueRef load(const Run *r, LLVMTypeRef type, LLVMValueRef i)
{
    LLVMValueRef at = LLVMBuildInBoundsGEP2(r->lo->b, r->part, r->ptr, &i, 1, "");
    LLVMValueRef v = LLVMBuildLoad2(r->lo->b, type, at, "");
    LLVMSetAlignment(v, ty_bits(r->ty) / 8);
    return v;
}

static LLVMValueRef add(const Run *r, LLVMValueRef x, LLVMValueRef y) { return LLVMBuildFAdd(r->lo->b, x, y, ""); }

/* The lanes of v that stand in pick, as a vector of n. */
static LLVMValueRef pick(const Run *r, LLVMValueRef v, const uint32_t *pick, uint32_t n)
{
    LLVMValueRef mask[LANES];
    for (uint32_t k = 0; k < n; k++)
        mask[k] = lower_i32(r->lo, (int32_t)pick[k]);
    return LLVMBuildShuffleVector(r->lo->b, v, LLVMGetUndef(LLVMTypeOf(v)), LLVMConstVector(mask, n), "");
}

static void join_lanes(const Run *r, LLVMValueRef v, LLVMValueRef *sum)
{
    static const uint32_t left[2][4] = { { 0, 2, 4, 6 }, { 0, 1, 4, 5 } }, right[2][4] = { { 1, 3, 5, 7 }, { 2, 3, 6, 7 } };
    static const uint32_t left2[2][2] = { { 0, 2 }, { 0, 1 } }, right2[2][2] = { { 1, 3 }, { 2, 3 } };
    uint32_t c = r->parts - 1;
    v = add(r, pick(r, v, left[c], 4), pick(r, v, right[c], 4));
    v = add(r, pick(r, v, left2[c], 2), pick(r, v, right2[c], 2));
    for (uint32_t k = 0; k < 2; k++)
        sum[k] = LLVMBuildExtractElement(r->lo->b, v, lower_i32(r->lo, (int32_t)k), "");
    if (!c)
        sum[0] = add(r, sum[0], sum[1]);
}

static LLVMBasicBlockRef after(const Run *r) { return lower_block_after(r->lo, "pairsum"); }

static void incoming(LLVMValueRef phi, LLVMValueRef v, LLVMBasicBlockRef from) { LLVMAddIncoming(phi, &v, &from, 1); }

/* 8 sums of the first n - n % 8 parts; leaves the builder behind them. */
static void sum_lanes(const Run *r, LLVMValueRef whole, LLVMValueRef *sum)
{
    Lower *lo = r->lo;
    LLVMBasicBlockRef from = LLVMGetInsertBlock(lo->b);
    LLVMValueRef first = load(r, r->lanes, lower_i64(lo, 0));
    LLVMBasicBlockRef head = after(r);
    LLVMBuildBr(lo->b, head);
    LLVMPositionBuilderAtEnd(lo->b, head);
    LLVMBasicBlockRef body = after(r);
    LLVMPositionBuilderAtEnd(lo->b, body);
    LLVMBasicBlockRef done = after(r);
    LLVMPositionBuilderAtEnd(lo->b, head);
    LLVMValueRef i = LLVMBuildPhi(lo->b, lo->i64, ""), acc = LLVMBuildPhi(lo->b, r->lanes, "");
    incoming(i, lower_i64(lo, LANES), from);
    incoming(acc, first, from);
    LLVMBuildCondBr(lo->b, LLVMBuildICmp(lo->b, LLVMIntULT, i, whole, ""), body, done);
    LLVMPositionBuilderAtEnd(lo->b, body);
    LLVMValueRef next = add(r, acc, load(r, r->lanes, i));
    incoming(i, LLVMBuildNUWAdd(lo->b, i, lower_i64(lo, LANES), ""), body);
    incoming(acc, next, body);
    LLVMBuildBr(lo->b, head);
    LLVMPositionBuilderAtEnd(lo->b, done);
    join_lanes(r, acc, sum);
}

/* From here with nothing, from lanes with sums of the first parts: adds the rest. */
static void sum_rest(const Run *r, LLVMBasicBlockRef few, LLVMBasicBlockRef many, LLVMValueRef whole, LLVMValueRef *sum)
{
    Lower *lo = r->lo;
    LLVMBasicBlockRef head = LLVMGetInsertBlock(lo->b), body = after(r);
    LLVMPositionBuilderAtEnd(lo->b, body);
    LLVMBasicBlockRef done = after(r);
    LLVMPositionBuilderAtEnd(lo->b, head);
    LLVMValueRef i = LLVMBuildPhi(lo->b, lo->i64, ""), acc[2], next[2];
    incoming(i, lower_i64(lo, 0), few);
    incoming(i, whole, many);
    for (uint32_t k = 0; k < r->parts; k++) {
        acc[k] = LLVMBuildPhi(lo->b, r->part, "");
        incoming(acc[k], LLVMConstReal(r->part, -0.0), few);
        incoming(acc[k], sum[k], many);
    }
    LLVMBuildCondBr(lo->b, LLVMBuildICmp(lo->b, LLVMIntULT, i, r->n, ""), body, done);
    LLVMPositionBuilderAtEnd(lo->b, body);
    for (uint32_t k = 0; k < r->parts; k++)
        next[k] = add(r, acc[k], load(r, r->part, LLVMBuildNUWAdd(lo->b, i, lower_i64(lo, k), "")));
    incoming(i, LLVMBuildNUWAdd(lo->b, i, lower_i64(lo, r->parts), ""), body);
    for (uint32_t k = 0; k < r->parts; k++)
        incoming(acc[k], next[k], body);
    lower_written_once(lo, LLVMBuildBr(lo->b, head));
    LLVMPositionBuilderAtEnd(lo->b, done);
    memcpy(sum, acc, r->parts * sizeof *sum);
}

LLVMValueRef *lower_pairsum(Lower *lo, const Ins *in, LLVMValueRef ptr, LLVMValueRef n)
{
    Run r = { lo, in->ty, in->ty->nparts, lower_part_type(lo, ty_part(in->ty)), NULL, ptr, n };
    r.lanes = LLVMVectorType(r.part, LANES);
    if (r.parts == 2)
        r.n = LLVMBuildShl(lo->b, n, lower_i64(lo, 1), "");
    LLVMBasicBlockRef start = LLVMGetInsertBlock(lo->b), many = after(&r);
    LLVMPositionBuilderAtEnd(lo->b, many);
    LLVMBasicBlockRef rest = after(&r);
    LLVMPositionBuilderAtEnd(lo->b, start);
    LLVMValueRef whole = LLVMBuildAnd(lo->b, r.n, lower_i64(lo, -LANES), "");
    LLVMBuildCondBr(lo->b, LLVMBuildICmp(lo->b, LLVMIntEQ, whole, lower_i64(lo, 0), ""), rest, many);
    LLVMPositionBuilderAtEnd(lo->b, many);
    LLVMValueRef sum[2], *v = lower_new(lo, in->ty);
    sum_lanes(&r, whole, sum);
    LLVMBasicBlockRef end = LLVMGetInsertBlock(lo->b);
    LLVMBuildBr(lo->b, rest);
    LLVMPositionBuilderAtEnd(lo->b, rest);
    sum_rest(&r, start, end, whole, sum);
    memcpy(v, sum, r.parts * sizeof *v);
    return v;
}
