/* tools.c: what profilers and debuggers learn of our code, when asked for.
 *
 * perf: NUMJIT_PERF=1 appends each function to /tmp/perf-PID.map, under its Python name.
 * gdb: NUMJIT_GDB=1 registers each object, with its line tables, by gdb's JIT interface. */
#include <elf.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "jit/jit.h"

/* An object file in memory, as LLVM writes it. */
typedef struct Elf { const char *at; const Elf64_Ehdr *head; const Elf64_Shdr *section; } Elf;

static Elf elf_of(const void *bytes)
{
    const Elf64_Ehdr *head = bytes;
    return (Elf){ bytes, head, (const Elf64_Shdr *)((const char *)bytes + head->e_shoff) };
}

typedef struct Symbols { const Elf64_Sym *at; size_t n; const char *names; } Symbols;

static Symbols symbols_of(Elf e)
{
    for (int k = 0; k < e.head->e_shnum; k++)
        if (e.section[k].sh_type == SHT_SYMTAB)
            return (Symbols){ (const Elf64_Sym *)(e.at + e.section[k].sh_offset), e.section[k].sh_size / sizeof(Elf64_Sym),
                              e.at + e.section[e.section[k].sh_link].sh_offset };
    return (Symbols){ 0 };
}

static const Elf64_Sym *find_symbol(Symbols s, const char *name)
{
    for (size_t k = 0; k < s.n; k++)
        if (!strcmp(s.names + s.at[k].st_name, name))
            return &s.at[k];
    return NULL;
}

/* The Python name for a symbol: that of the function it was made of. */
static const CodegenFn *fn_of(const CodegenJob *job, const char *symbol)
{
    for (uint32_t k = 0; k < job->nfn; k++) {
        size_t n = strlen(job->fn[k].symbol);
        if (!strncmp(symbol, job->fn[k].symbol, n) && (symbol[n] == 0 || symbol[n] == '.'))
            return &job->fn[k];
    }
    return NULL;
}

/* A forked child has a map of its own. */
static FILE *perf_map(Codegen *cg)
{
    if (cg->perf && cg->perf_pid != getpid()) {
        fclose(cg->perf);
        cg->perf = NULL;
    }
    if (!cg->perf) {
        char path[64];
        snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
        cg->perf = fopen(path, "a");
        cg->perf_pid = getpid();
    }
    return cg->perf;
}

static void tell_perf(Codegen *cg, const CodegenJob *job, Elf e, const Elf64_Sym *entry, uintptr_t address)
{
    Symbols s = symbols_of(e);
    FILE *map = perf_map(cg);
    if (!map)
        return;
    for (size_t k = 0; k < s.n; k++) {
        const Elf64_Sym *x = &s.at[k];
        const CodegenFn *cf = fn_of(job, s.names + x->st_name);
        if (ELF64_ST_TYPE(x->st_info) != STT_FUNC || x->st_shndx != entry->st_shndx || !cf)
            continue;
        fprintf(map, "%lx %lx %s (%s:%d)\n", (unsigned long)(address + x->st_value - entry->st_value),
                (unsigned long)x->st_size, cf->name, cf->filename ? cf->filename : "?", cf->first_line);
    }
    fflush(map);
}

/* gdb's JIT interface: it reads these names, and stops in the function. LLVM has them; nothing else of ours uses them. */
typedef struct JitEntry { struct JitEntry *next, *prev; const char *file; uint64_t nbytes; } JitEntry;
extern struct { uint32_t version, action; JitEntry *relevant, *first; } __jit_debug_descriptor;
extern void __jit_debug_register_code(void);

static pthread_mutex_t gdb_lock = PTHREAD_MUTEX_INITIALIZER;

static void tell_gdb(uint32_t action, JitEntry *entry)
{
    __jit_debug_descriptor.action = action;
    __jit_debug_descriptor.relevant = entry;
    __jit_debug_register_code();
}

/* The object with the address of its code in it. */
static JitEntry *register_object(Elf e, size_t nbytes, const Elf64_Sym *entry, uintptr_t address)
{
    JitEntry *x = malloc(sizeof *x + nbytes);
    if (!x)
        return NULL;
    char *copy = memcpy(x + 1, e.at, nbytes);
    ((Elf64_Shdr *)(copy + e.head->e_shoff))[entry->st_shndx].sh_addr = address - entry->st_value;
    *x = (JitEntry){ .file = copy, .nbytes = nbytes };
    pthread_mutex_lock(&gdb_lock);
    x->next = __jit_debug_descriptor.first;
    if (x->next)
        x->next->prev = x;
    __jit_debug_descriptor.first = x;
    tell_gdb(1, x);
    pthread_mutex_unlock(&gdb_lock);
    return x;
}

void tools_forget(void *debug)
{
    JitEntry *x = debug;
    if (!x)
        return;
    pthread_mutex_lock(&gdb_lock);
    *(x->prev ? &x->prev->next : &__jit_debug_descriptor.first) = x->next;
    if (x->next)
        x->next->prev = x->prev;
    tell_gdb(2, x);
    pthread_mutex_unlock(&gdb_lock);
    free(x);
}

void *tools_tell(Codegen *cg, const CodegenJob *job, const void *object, size_t nbytes, const char *entry, uintptr_t address)
{
    Elf e = elf_of(object);
    const Elf64_Sym *x = find_symbol(symbols_of(e), entry);
    if (!x)
        return NULL;
    if (cg->tools & TOOL_PERF)
        tell_perf(cg, job, e, x, address);
    return cg->tools & TOOL_GDB ? register_object(e, nbytes, x, address) : NULL;
}

static bool asked(const char *name)
{
    const char *s = getenv(name);
    return s && *s && strcmp(s, "0");
}

uint32_t tools_asked(void) { return (asked("NUMJIT_PERF") ? TOOL_PERF : 0u) | (asked("NUMJIT_GDB") ? TOOL_GDB : 0u); }
