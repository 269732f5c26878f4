/* folds.c: which of two loads becomes part of the instruction that uses both. The x86 backend takes the second one. Strength reduction
 * has left one of them at an address of its own and the other at a base and an index (the turns that are left, say): an instruction
 * that computes and loads from base and index is two again, where a load alone is one and an address of its own costs nothing (a
 * convolution: 0.86 of the time). So the second operand becomes the one without an index. */
#include "jit/jit.h"

static bool commutes(LLVMValueRef v)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(v);
    return op == LLVMFMul || op == LLVMFAdd || op == LLVMAdd || op == LLVMMul;
}

/* Can it be part of its only use? */
static bool folds(LLVMValueRef v, LLVMBasicBlockRef at)
{
    return LLVMIsALoadInst(v) && LLVMGetInstructionParent(v) == at && !LLVMGetNextUse(LLVMGetFirstUse(v));
}

/* Does the address have an index that this block computes? */
static bool is_indexed(LLVMValueRef load, LLVMBasicBlockRef at)
{
    LLVMValueRef v = LLVMGetOperand(load, 0);
    for (; LLVMIsAGetElementPtrInst(v); v = LLVMGetOperand(v, 0))
        for (int k = 1; k < LLVMGetNumOperands(v); k++)
            if (!LLVMIsAConstantInt(LLVMGetOperand(v, k)))
                return LLVMGetInstructionParent(v) == at;
    return false;
}

static void choose(LLVMValueRef v, LLVMBasicBlockRef at)
{
    LLVMValueRef first = LLVMGetOperand(v, 0), second = LLVMGetOperand(v, 1);
    if (folds(first, at) && folds(second, at) && is_indexed(second, at) && !is_indexed(first, at)) {
        LLVMSetOperand(v, 0, second);
        LLVMSetOperand(v, 1, first);
    }
}

void folds_choose(LLVMModuleRef module)
{
    for (LLVMValueRef fn = LLVMGetFirstFunction(module); fn; fn = LLVMGetNextFunction(fn))
        for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(fn); b; b = LLVMGetNextBasicBlock(b))
            for (LLVMValueRef v = LLVMGetFirstInstruction(b); v; v = LLVMGetNextInstruction(v))
                if (commutes(v))
                    choose(v, b);
}
