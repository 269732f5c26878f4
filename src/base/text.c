/* text.c: printf pieces → one string in an arena. at[n] is NUL as soon as there is a piece. */
#include "base/base.h"
#include <stdio.h>

/* Room for nbytes more and the NUL. */
static void make_room(Text *t, size_t nbytes)
{
    size_t need = (size_t)t->n + nbytes + 1, cap = t->cap ? t->cap : 64;
    if (need <= t->cap)
        return;
    while (cap < need)
        cap *= 2;
    assert(cap <= UINT32_MAX);
    t->at = arena_grow(t->arena, t->at, t->cap, cap);
    t->cap = (uint32_t)cap;
}

void text_vprintf(Text *t, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    make_room(t, 0);
    size_t room = t->cap - t->n;
    int n = vsnprintf(t->at + t->n, room, format, args);
    assert(n >= 0);
    if (n >= 0 && (size_t)n >= room) {
        make_room(t, (size_t)n);
        vsnprintf(t->at + t->n, t->cap - t->n, format, again);
    }
    va_end(again);
    if (n > 0)
        t->n += (uint32_t)n;
}

void text_printf(Text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vprintf(t, format, args);
    va_end(args);
}

const char *text_str(Text *t)
{
    return t->at ? t->at : "";
}
