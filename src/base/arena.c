/* arena.c: memory of a compilation: chunks that only grow and go in one call.
 *
 * Chunks come from calloc and are never reused, so what they hold is zero. When memory ends, an allocation
 * jumps to the thread's MemoryCatch. Under the address sanitizer a gap stands behind every block, and neither it nor a block
 * that moved when it grew may be touched. */
#include "base/base.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define FORBID(p, nbytes) __asan_poison_memory_region((p), (nbytes))
#define ALLOW(p, nbytes) __asan_unpoison_memory_region((p), (nbytes))
enum { GAP = 16 };
#else
#define FORBID(p, nbytes) ((void)0)
#define ALLOW(p, nbytes) ((void)0)
enum { GAP = 0 };
#endif

enum { CHUNK_MIN = 1 << 14, CHUNK_MAX = 1 << 20, ALIGN = 16 };

typedef struct Chunk Chunk;
struct Chunk {
    Chunk *next;
    size_t used, cap;           /* of the bytes after this header */
    size_t pad;
};
static_assert(sizeof(Chunk) % ALIGN == 0, "the bytes after a Chunk are aligned");

struct Arena {
    Chunk *chunk;               /* the one in use first */
    size_t next_cap;
};

static __thread MemoryCatch *innermost __attribute__((tls_model("initial-exec")));

void memory_begin(MemoryCatch *m)
{
    m->outer = innermost;
    innermost = m;
}

void memory_end(MemoryCatch *m) { innermost = m->outer; }

static _Noreturn void out_of_memory(size_t nbytes)
{
    if (innermost)
        longjmp(innermost->at, 1);
    fprintf(stderr, "numjit: out of memory (%zu bytes)\n", nbytes);
    abort();
}

_Noreturn void memory_again(void) { out_of_memory(0); }

bool memory_has_room(size_t nbytes)
{
    void *p = mmap(NULL, nbytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p != MAP_FAILED && munmap(p, nbytes) == 0;
}

static char *chunk_bytes(Chunk *c)
{
    return (char *)(c + 1);
}

static size_t round_up(size_t nbytes)
{
    if (nbytes > SIZE_MAX / 2)
        out_of_memory(nbytes);
    return nbytes == 0 ? ALIGN : (nbytes + GAP + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static Chunk *chunk_new(size_t cap)
{
    Chunk *c = calloc(1, sizeof *c + cap);
    if (!c)
        out_of_memory(cap);
    c->cap = cap;
    FORBID(chunk_bytes(c), cap);
    return c;
}

Arena *arena_new(void)
{
    Arena *a = calloc(1, sizeof *a);
    if (!a)
        out_of_memory(sizeof *a);
    a->next_cap = CHUNK_MIN;
    return a;
}

void arena_free(Arena *a)
{
    if (!a)
        return;
    for (Chunk *c = a->chunk, *next; c; c = next) {
        next = c->next;
        ALLOW(chunk_bytes(c), c->cap);
        free(c);
    }
    free(a);
}

/* A request that fills much of a chunk gets one of its own, behind the one in use. */
static void *alloc_large(Arena *a, size_t n)
{
    Chunk *c = chunk_new(n);
    c->used = n;
    if (a->chunk) {
        c->next = a->chunk->next;
        a->chunk->next = c;
    } else {
        a->chunk = c;
    }
    return chunk_bytes(c);
}

static void *alloc_rounded(Arena *a, size_t n)
{
    if (!a->chunk || a->chunk->cap - a->chunk->used < n) {
        if (n > a->next_cap / 2)
            return alloc_large(a, n);
        Chunk *c = chunk_new(a->next_cap);
        c->next = a->chunk;
        a->chunk = c;
        if (a->next_cap < CHUNK_MAX)
            a->next_cap *= 2;
    }
    void *p = chunk_bytes(a->chunk) + a->chunk->used;
    a->chunk->used += n;
    return p;
}

void *arena_alloc(Arena *a, size_t nbytes)
{
    void *p = alloc_rounded(a, round_up(nbytes));
    ALLOW(p, nbytes);
    return p;
}

/* The last block of the chunk in use grows in place; past old_nbytes it is untouched. */
static bool grow_in_place(Arena *a, void *old, size_t old_nbytes, size_t nbytes)
{
    Chunk *c = a->chunk;
    size_t was = round_up(old_nbytes), n = round_up(nbytes);
    if (!c || (uintptr_t)old + was != (uintptr_t)chunk_bytes(c) + c->used)
        return false;
    if (c->cap - c->used < n - was)
        return false;
    c->used += n - was;
    ALLOW(old, nbytes);
    return true;
}

void *arena_grow(Arena *a, void *old, size_t old_nbytes, size_t nbytes)
{
    if (old && nbytes <= old_nbytes)
        return old;
    if (old && old_nbytes > 0 && grow_in_place(a, old, old_nbytes, nbytes))
        return old;
    void *p = arena_alloc(a, nbytes);
    if (old && old_nbytes > 0)
        memcpy(p, old, old_nbytes);
    if (old)
        FORBID(old, old_nbytes);
    return p;
}

char *arena_strdup(Arena *a, const char *s)
{
    size_t n = strlen(s);
    char *p = arena_alloc(a, n + 1);
    memcpy(p, s, n);
    return p;
}

void *vec_slot(Arena *a, void **at, uint32_t *n, uint32_t *cap, size_t size)
{
    if (*n == *cap) {
        uint32_t more = *cap ? *cap * 2 : 8;
        assert(more > *cap);
        *at = arena_grow(a, *at, *cap * size, more * size);
        *cap = more;
    }
    return (char *)*at + size * (*n)++;
}
