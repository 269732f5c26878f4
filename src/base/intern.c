/* intern.c: bytes → one pointer for equal bytes: an open hash table in an arena. What it returns ends
 * with a NUL that is not counted, and lives as long as the arena. */
#include "base/base.h"

typedef struct Slot { const char *bytes; size_t n; uint64_t hash; } Slot;

struct Intern {
    Arena *arena;
    Slot *slot;
    size_t cap, n;              /* cap: a power of two */
};

static uint64_t hash_bytes(const char *bytes, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;   /* FNV-1a */
    for (size_t k = 0; k < n; k++)
        h = (h ^ (unsigned char)bytes[k]) * 0x100000001b3u;
    return h;
}

Intern *intern_new(Arena *a)
{
    Intern *t = arena_new_of(a, Intern);
    t->arena = a;
    t->cap = 64;
    t->slot = arena_new_n(a, Slot, t->cap);
    return t;
}

/* The slot that holds these bytes, or the free one where they go. */
static Slot *find_slot(const Intern *t, const char *bytes, size_t n, uint64_t hash)
{
    for (size_t k = hash & (t->cap - 1);; k = (k + 1) & (t->cap - 1)) {
        Slot *s = &t->slot[k];
        if (!s->bytes)
            return s;
        if (s->hash == hash && s->n == n && (n == 0 || memcmp(s->bytes, bytes, n) == 0))
            return s;
    }
}

static void grow_table(Intern *t)
{
    Slot *old = t->slot;
    size_t old_cap = t->cap;
    t->slot = arena_new_n(t->arena, Slot, 2 * old_cap);     /* may jump: the table is whole until then */
    t->cap = 2 * old_cap;
    for (size_t k = 0; k < old_cap; k++)
        if (old[k].bytes)
            *find_slot(t, old[k].bytes, old[k].n, old[k].hash) = old[k];
}

static const char *intern_bytes(Intern *t, const char *bytes, size_t n)
{
    uint64_t hash = hash_bytes(bytes, n);
    Slot *s = find_slot(t, bytes, n, hash);
    if (s->bytes)
        return s->bytes;
    char *copy = arena_alloc(t->arena, n + 1);
    if (n > 0)
        memcpy(copy, bytes, n);
    *s = (Slot){ copy, n, hash };
    if (++t->n * 4 > t->cap * 3)
        grow_table(t);
    return copy;
}

const char *intern_str(Intern *t, const char *s)
{
    return intern_bytes(t, s, strlen(s));
}
