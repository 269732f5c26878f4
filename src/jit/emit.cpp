/* emit.cpp: optimised module → object file. In C++, since LLVM's C interface makes the hundred passes of the code generator anew for
 * each module, which is a tenth of compiling a short function: here they are made once for each target machine. They hold nothing of
 * a module that is done. */
#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

extern "C" {
#include "jit/emit.h"
}

struct Emitter {
    llvm::TargetMachine *tm;
    llvm::SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream out;
    llvm::legacy::PassManager passes;
    explicit Emitter(llvm::TargetMachine *machine) : tm(machine), out(bytes) {}
};

Emitter *emitter_new(LLVMTargetMachineRef tm)
{
    Emitter *e = new Emitter(reinterpret_cast<llvm::TargetMachine *>(tm));
    if (!e->tm->addPassesToEmitFile(e->passes, e->out, nullptr, llvm::CodeGenFileType::ObjectFile))
        return e;
    delete e;
    return nullptr;
}

void emitter_free(Emitter *e)
{
    delete e;
}

LLVMMemoryBufferRef emitter_run(Emitter *e, LLVMModuleRef module)
{
    llvm::Module *m = llvm::unwrap(module);
    e->bytes.clear();
    m->setDataLayout(e->tm->createDataLayout());
    e->passes.run(*m);
    return LLVMCreateMemoryBufferWithMemoryRangeCopy(e->bytes.data(), e->bytes.size(), "object");
}
