/* emit.h: what emit.cpp gives the C around it. */
#pragma once
#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>

/* Writes object files for one target machine, one after the other; out of memory while it runs leaves it in no state to go on. */
typedef struct Emitter Emitter;
Emitter *emitter_new(LLVMTargetMachineRef tm);                                  /* NULL: that machine has no objects */
LLVMMemoryBufferRef emitter_run(Emitter *e, LLVMModuleRef module);              /* changes the module */
void emitter_free(Emitter *e);
