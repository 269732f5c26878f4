/* link.c: module → object → address, through ORC: one LLJIT, a resource tracker a job. */
#include <llvm-c/Error.h>
#include <llvm-c/Object.h>
#include <llvm-c/Orc.h>
#include <stdlib.h>
#include <unistd.h>
#include "jit/jit.h"

/* What LLVM's code asks for by itself: conversions of half, and memory. */
extern char __truncdfhf2[], __truncsfhf2[], __extendhfsf2[];
static const RtSymbol builtin[] = {
    { "__truncdfhf2", __truncdfhf2 }, { "__truncsfhf2", __truncsfhf2 }, { "__extendhfsf2", __extendhfsf2 },
    { "memcpy", (void *)memcpy }, { "memmove", (void *)memmove }, { "memset", (void *)memset }, { "memcmp", (void *)memcmp },
    { 0 }
};

typedef struct Pairs { LLVMOrcLLJITRef jit; LLVMOrcCSymbolMapPair *at; uint32_t n, cap; bool full /* and there is no memory */; } Pairs;

static bool has_room(Pairs *p)
{
    uint32_t cap = p->cap ? 2 * p->cap : 512;
    if (p->n < p->cap)
        return true;
    LLVMOrcCSymbolMapPair *more = realloc(p->at, cap * sizeof *more);
    if (more)
        p->at = more, p->cap = cap;
    p->full |= !more;
    return more != NULL;
}

/* The first of a name wins. */
static void add(void *pairs, const char *name, void *address)
{
    Pairs *p = pairs;
    if (!name || !address || !has_room(p))
        return;
    LLVMOrcSymbolStringPoolEntryRef s = LLVMOrcLLJITMangleAndIntern(p->jit, name);
    for (uint32_t k = 0; k < p->n; k++)
        if (p->at[k].Name == s) {
            LLVMOrcReleaseSymbolStringPoolEntry(s);
            return;
        }
    p->at[p->n].Name = s;
    p->at[p->n].Sym.Address = (LLVMOrcExecutorAddress)(uintptr_t)address;
    p->at[p->n].Sym.Flags.GenericFlags = LLVMJITSymbolGenericFlagsExported | LLVMJITSymbolGenericFlagsCallable;
    p->at[p->n++].Sym.Flags.TargetFlags = 0;
}

static bool failed(LLVMErrorRef e, const char **error, const char *what)
{
    if (e) {
        LLVMConsumeError(e);
        *error = what;
    }
    return e != NULL;
}

/* Ends the pairs. */
static bool pairs_define(Pairs *p, const char **error)
{
    LLVMErrorRef e = NULL;
    if (p->full)
        for (uint32_t k = 0; k < p->n; k++)
            LLVMOrcReleaseSymbolStringPoolEntry(p->at[k].Name);
    else
        e = LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(p->jit), LLVMOrcAbsoluteSymbols(p->at, p->n));
    free(p->at);
    if (p->full)
        *error = "out of memory";
    return !p->full && !failed(e, error, "LLVM does not take the runtime's symbols");
}

/* The functions of the vector libraries, each once it is open. */
static bool link_vectors(Codegen *cg, const char **error)
{
    bool sleef = cg->vectors.so && !cg->vectors_linked, mvec = cg->vectors.mvec && !cg->mvec_linked;
    Pairs p = { .jit = cg->jit };
    if (!sleef && !mvec)
        return true;
    if (sleef)
        sleef_symbols(&cg->vectors, add, &p);
    if (mvec)
        mvec_symbols(&cg->vectors, add, &p);
    bool ok = pairs_define(&p, error);
    cg->vectors_linked |= sleef && ok;
    cg->mvec_linked |= mvec && ok;
    return ok;
}

/* It gets objects only, so the machine it asks for its data layout may be any. Left to itself it makes two of all that the host has. */
static bool open_jit(Codegen *cg, const char **error)
{
    LLVMTargetMachineRef tm = host_machine(&cg->host, "x86-64", "", LLVMCodeGenLevelNone, error);
    if (!tm)
        return false;
    LLVMOrcLLJITBuilderRef builder = LLVMOrcCreateLLJITBuilder();       /* taken below, as is the machine */
    LLVMOrcLLJITBuilderSetJITTargetMachineBuilder(builder, LLVMOrcJITTargetMachineBuilderCreateFromTargetMachine(tm));
    return !failed(LLVMOrcCreateLLJIT(&cg->jit, builder), error, "LLVM cannot make a JIT");
}

bool link_open(Codegen *cg, const char **error)
{
    if (!open_jit(cg, error))
        return false;
    Pairs p = { .jit = cg->jit };
    for (uint32_t k = 0; k < RT_MAX; k++)
        add(&p, cg->rt[k].symbol, cg->rt[k].address);
    for (const RtSymbol *s = cg->libm; s && s->name; s++)
        add(&p, s->name, s->address);
    for (const RtSymbol *s = cg->vectors.own; s && s->name; s++)
        add(&p, s->name, s->address);
    for (const RtSymbol *s = builtin; s->name; s++)
        add(&p, s->name, s->address);
    return pairs_define(&p, error);
}

void link_close(Codegen *cg)
{
    if (cg->jit)
        LLVMConsumeError(LLVMOrcDisposeLLJIT(cg->jit));
    if (cg->perf)
        fclose(cg->perf);
}

static char *assembly(CodegenJob *job, LLVMModuleRef module, LLVMTargetMachineRef tm)
{
    LLVMModuleRef copy = LLVMCloneModule(module);       /* selecting instructions changes the module */
    LLVMMemoryBufferRef text = NULL;
    char *why = NULL, *result = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(tm, copy, LLVMAssemblyFile, &why, &text)) {
        job->error = arena_strdup(job->arena, why ? why : "LLVM gives no assembly");
        LLVMDisposeMessage(why);
    } else {
        size_t n = LLVMGetBufferSize(text);
        result = arena_alloc(job->arena, n + 1);
        memcpy(result, LLVMGetBufferStart(text), n);
        LLVMDisposeMemoryBuffer(text);
    }
    LLVMDisposeModule(copy);
    return result;
}

/* Module → object file. An emitter that memory ended in is not run again, nor freed. */
static LLVMMemoryBufferRef object_of(CodegenJob *job, LLVMModuleRef module, Machine *machine)
{
    Emitter *e = machine->emitter ? machine->emitter : emitter_new(machine->tm);
    machine->emitter = NULL;
    if (!e) {
        job->error = "LLVM gives no object";
        return NULL;
    }
    LLVMMemoryBufferRef object = emitter_run(e, module);
    machine->emitter = e;
    return object;
}

/* Code in memory: what CodegenJob.code is. */
typedef struct Linked { LLVMOrcResourceTrackerRef tracker; void *debug; } Linked;

static void remove_code(LLVMOrcResourceTrackerRef tracker)
{
    LLVMConsumeError(LLVMOrcResourceTrackerRemove(tracker));
    LLVMOrcReleaseResourceTracker(tracker);
}

bool link_module(Codegen *cg, CodegenJob *job, LLVMModuleRef module, Machine *machine)
{
    double t = seconds();
    if (!link_vectors(cg, &job->error))
        return false;
    if (job->flags & CODEGEN_WANT_ASM)
        job->assembly = assembly(job, module, machine->tm);
    LLVMMemoryBufferRef object = object_of(job, module, machine);
    if (!object)
        return false;
    job->code_nbytes = LLVMGetBufferSize(object);
    double now = seconds();
    job->seconds_emit = now - t;
    size_t nbytes = job->code_nbytes;
    const void *copy = cg->tools ? memcpy(arena_alloc(job->arena, nbytes), LLVMGetBufferStart(object), nbytes) : NULL;
    LLVMOrcResourceTrackerRef tracker = LLVMOrcJITDylibCreateResourceTracker(LLVMOrcLLJITGetMainJITDylib(cg->jit));
    LLVMErrorRef e = LLVMOrcLLJITAddObjectFileWithRT(cg->jit, tracker, object);
    LLVMOrcExecutorAddress address = 0;
    Text name = { .arena = job->arena };
    text_printf(&name, "%s.entry", job->fn[0].symbol);
    if (!e)
        e = LLVMOrcLLJITLookup(cg->jit, &address, text_str(&name));
    Linked *code = e ? NULL : calloc(1, sizeof *code);
    if (!code) {
        job->error = e ? passes_error(job->arena, e) : "out of memory";
        remove_code(tracker);
        return false;
    }
    job->seconds_link = seconds() - now;
    job->entry = (void *)(uintptr_t)address;
    *code = (Linked){ tracker, copy ? tools_tell(cg, job, copy, nbytes, text_str(&name), address) : NULL };
    job->code = code;
    return true;
}

void link_release(Codegen *cg, void *code)
{
    (void)cg;
    Linked *x = code;
    tools_forget(x->debug);
    remove_code(x->tracker);
    free(x);
}
