/* libdevice.c: finds NVIDIA's libdevice.10.bc and links what a module calls of it.
 *
 * It is read once a process. A module is parsed lazily, and its functions are made LinkOnceODR, so that the linker takes only
 * those that are called: 0.2 to 0.6 ms instead of 17. */
#include <llvm-c/BitReader.h>
#include <llvm-c/Linker.h>
#include <stdlib.h>
#include <unistd.h>
#include "jit/jit.h"

struct Libdevice { LLVMMemoryBufferRef bytes; };

static bool is_wanted(LLVMValueRef f)
{
    size_t n;
    const char *name = LLVMGetValueName2(f, &n);
    return LLVMIsDeclaration(f) && n > 5 && !memcmp(name, "__nv_", 5);
}

static bool any_wanted(LLVMModuleRef module)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        if (is_wanted(f))
            return true;
    return false;
}

/* In the toolkit whose root is this. */
static const char *in_toolkit(Arena *a, const char *root)
{
    Text path = { .arena = a };
    text_printf(&path, "%s/nvvm/libdevice/libdevice.10.bc", root);
    return access(text_str(&path), R_OK) == 0 ? text_str(&path) : NULL;
}

/* nvcc stands in the bin folder of its toolkit, maybe behind a link. */
static const char *beside_nvcc(Arena *a)
{
    const char *dirs = getenv("PATH"), *found = NULL;
    while (dirs && *dirs && !found) {
        size_t n = strcspn(dirs, ":");
        Text path = { .arena = a }, root = { .arena = a };
        text_printf(&path, "%.*s/nvcc", (int)n, dirs);
        char *real = realpath(text_str(&path), NULL);
        if (real) {
            text_printf(&root, "%.*s/..", (int)(strrchr(real, '/') - real), real);
            found = in_toolkit(a, text_str(&root));
        }
        free(real);
        dirs += n + (dirs[n] == ':');
    }
    return found;
}

static const char *find(Arena *a)
{
    static const char *const variable[] = { "CUDA_HOME", "CUDA_PATH", "CUDA_ROOT" }, *const root[] = { "/usr/local/cuda", "/usr/lib/cuda" };
    const char *found = NULL;
    for (uint32_t k = 0; k < countof(variable); k++)        /* what the user says counts: no other one is taken then */
        if (getenv(variable[k]) && *getenv(variable[k]))
            return in_toolkit(a, getenv(variable[k]));
    for (uint32_t k = 0; k < countof(root) && !found; k++)
        found = in_toolkit(a, root[k]);
    return found ? found : beside_nvcc(a);
}

static bool read_file(Codegen *cg, CodegenJob *job)
{
    const char *path = find(job->arena);
    char *why = NULL;
    if (cg->libdevice)
        return true;
    job->missing = true;
    if (!path) {
        job->error = "mathematical functions on a GPU need libdevice.10.bc of the CUDA toolkit: set CUDA_HOME to where it is installed";
        return false;
    }
    LLVMMemoryBufferRef bytes;
    if (LLVMCreateMemoryBufferWithContentsOfFile(path, &bytes, &why)) {
        job->error = arena_strdup(job->arena, why);
        LLVMDisposeMessage(why);
        return false;
    }
    cg->libdevice = calloc(1, sizeof *cg->libdevice);
    if (!cg->libdevice) {
        LLVMDisposeMemoryBuffer(bytes);
        job->error = "out of memory";
        return false;
    }
    cg->libdevice->bytes = bytes;
    job->missing = false;
    return true;
}

void libdevice_free(Codegen *cg)
{
    if (cg->libdevice)
        LLVMDisposeMemoryBuffer(cg->libdevice->bytes);
    free(cg->libdevice);
}

bool libdevice_link(Codegen *cg, CodegenJob *job, LLVMModuleRef module)
{
    if (!any_wanted(module))
        return true;
    if (!read_file(cg, job))
        return false;
    LLVMMemoryBufferRef all = cg->libdevice->bytes;
    LLVMMemoryBufferRef view = LLVMCreateMemoryBufferWithMemoryRange(LLVMGetBufferStart(all), LLVMGetBufferSize(all), "libdevice", false);
    LLVMModuleRef lib;
    if (LLVMGetBitcodeModuleInContext2(LLVMGetModuleContext(module), view, &lib)) {
        job->error = "libdevice.10.bc is not bitcode that LLVM reads";
        return false;
    }
    LLVMSetTarget(lib, LLVMGetTarget(module));
    LLVMSetModuleDataLayout(lib, LLVMGetModuleDataLayout(module));
    for (LLVMValueRef f = LLVMGetFirstFunction(lib); f; f = LLVMGetNextFunction(f))
        if (!LLVMIsDeclaration(f) && LLVMGetLinkage(f) == LLVMExternalLinkage)
            LLVMSetLinkage(f, LLVMLinkOnceODRLinkage);
    if (LLVMLinkModules2(module, lib)) {
        job->error = "libdevice does not link";
        return false;
    }
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        if (LLVMGetLinkage(f) == LLVMLinkOnceODRLinkage)
            LLVMSetLinkage(f, LLVMInternalLinkage);
    return true;
}
