/* host.c: what the machine we run on has, asked once: as an x86-64 level of the psABI and the features beyond it. LLVM reads the list
 * of features for every target machine and again for many a pass: a hundred of them, most of which the machine has not, are a tenth of
 * a process's first compilation. What is not there is not named: a level says only what was found, whatever the processor's name
 * promises (a hypervisor may hide some of it); the name decides on tuning alone ("tune-cpu").
 * NUMJIT_CPU_FEATURES: put behind what the machine has, such as "-avx512f". */
#include <llvm-c/TargetMachine.h>
#include <stdio.h>
#include <stdlib.h>
#include "lower/target.h"

typedef struct Level { const char *name; uint32_t vector_nbytes; const char *feature[16]; } Level;

/* Each also has what those below it have. */
static const Level level[] = {
    { "x86-64-v4", 64, { "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl" } },
    { "x86-64-v3", 32, { "avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "xsave" } },
    { "x86-64-v2", 0, { "cx16", "sahf", "popcnt", "crc32", "sse3", "ssse3", "sse4.1", "sse4.2" } },
    { "x86-64", 0, { "64bit", "cmov", "cx8", "fxsr", "mmx", "sse", "sse2" } },
};

/* The last word on it counts: features are "+a,-b,..." */
static bool has(const char *features, const char *name, size_t n)
{
    bool yes = false;
    for (const char *p = features; p; p = strchr(p, ','), p = p ? p + 1 : NULL)
        if (*p && !strncmp(p + 1, name, n) && (!p[1 + n] || p[1 + n] == ','))
            yes = *p == '+';
    return yes;
}

static bool has_all(const char *features, const Level *from)
{
    for (; from < level + countof(level); from++)
        for (const char *const *f = from->feature; f < from->feature + countof(from->feature) && *f; f++)
            if (!has(features, *f, strlen(*f)))
                return false;
    return true;
}

static bool is_below(const Level *from, const char *name, size_t n)
{
    for (; from < level + countof(level); from++)
        for (const char *const *f = from->feature; f < from->feature + countof(from->feature) && *f; f++)
            if (strlen(*f) == n && !strncmp(*f, name, n))
                return true;
    return false;
}

/* Those of all that are there and that the level has not, then what the user asked for. */
static char *beyond(const Level *from, const char *all, const char *asked)
{
    char *out = malloc(strlen(all) + strlen(asked) + 2);
    size_t at = 0;
    for (const char *p = all; out && *p; p += *p == ',') {
        size_t n = strcspn(p, ",");
        if (*p == '+' && !is_below(from, p + 1, n - 1))
            at += (size_t)sprintf(out + at, "%s%.*s", at ? "," : "", (int)n, p);
        p += n;
    }
    if (out)
        sprintf(out + at, "%s%s", at && *asked ? "," : "", asked);
    return out;
}

bool host_ask(Host *h)
{
    const char *asked = getenv("NUMJIT_CPU_FEATURES");
    char *all = LLVMGetHostCPUFeatures();
    if (!asked)
        asked = "";
    char features[strlen(all) + strlen(asked) + 2];
    sprintf(features, "%s,%s", all, asked);
    const Level *found = level;
    while (found < level + countof(level) - 1 && !has_all(features, found))
        found++;
    h->level = found->name;
    h->vector_nbytes = found->vector_nbytes;
    h->features = beyond(found, all, asked);
    LLVMDisposeMessage(all);
    h->triple = LLVMGetDefaultTargetTriple();
    h->name = LLVMGetHostCPUName();
    return h->features != NULL;
}

void host_forget(Host *h)
{
    free(h->features);
    LLVMDisposeMessage(h->triple);
    LLVMDisposeMessage(h->name);
}

LLVMTargetMachineRef host_machine(const Host *h, const char *cpu, const char *features, LLVMCodeGenOptLevel opt, const char **error)
{
    char *why = NULL;
    LLVMTargetRef t;
    LLVMTargetMachineRef tm = NULL;
    if (LLVMGetTargetFromTriple(h->triple, &t, &why))
        *error = "LLVM does not know this machine";
    else if (!(tm = LLVMCreateTargetMachine(t, h->triple, cpu, features, opt, LLVMRelocPIC, LLVMCodeModelSmall)))
        *error = "LLVM cannot make a target machine";
    LLVMDisposeMessage(why);
    return tm;
}

void host_tune(const Host *h, LLVMModuleRef module)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        if (!LLVMIsDeclaration(f))
            LLVMAddTargetDependentFunctionAttr(f, "tune-cpu", h->name);
}
