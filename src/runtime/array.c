/* array.c: memory of arrays: blocks with a count; overlap. Never touches Python. */
#include "runtime/functions.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { ALIGN = 64, HUGE_PAGE_FROM = 4 << 20 };
static _Atomic int64_t live;                                /* blocks not yet freed: runtime_stats() */

int64_t rt_live_allocations(void) { return atomic_load_explicit(&live, memory_order_relaxed); }

/* malloc's address stands in pad, the Buffer at the next multiple of 64. */
Status rt_alloc(Call *c, int64_t nbytes, bool zeroed, Buffer **out)
{
    *out = NULL;
    if (nbytes < 0 || nbytes > INT64_MAX - 4096)
        return rt_fail(c, DIAG_TOO_BIG, 0);
    size_t total = (size_t)nbytes + sizeof(Buffer) + ALIGN;
    char *raw = zeroed ? calloc(1, total) : malloc(total);
    if (raw == NULL)
        return rt_fail(c, DIAG_MEMORY, 1, nbytes);
    Buffer *b = (Buffer *)(((uintptr_t)raw + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1));
    if (unlikely(nbytes >= HUGE_PAGE_FROM)) {
        uintptr_t from = ((uintptr_t)raw + 4095) & ~(uintptr_t)4095;
        madvise((void *)from, total - 4096, MADV_HUGEPAGE);
    }
    atomic_init(&b->refs, 1);
    b->nbytes = (size_t)nbytes;
    b->object = NULL;
    memcpy(b->pad, &raw, sizeof raw);
    atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    *out = b;
    return STATUS_OK;
}

static bool is_counted(void *owner) { return owner != NULL && ((uintptr_t)owner & 1) == 0; }

void rt_retain(void *owner)
{
    if (is_counted(owner))
        atomic_fetch_add_explicit(&((Buffer *)owner)->refs, 1, memory_order_relaxed);
}

void rt_release(void *owner)
{
    if (!is_counted(owner))
        return;
    Buffer *b = owner;
    if (atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
        return;
    void *raw;
    memcpy(&raw, b->pad, sizeof raw);
    atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    free(raw);
}

void rt_copy_bytes(void *to, const void *from, int64_t nbytes)
{
    if (nbytes > 0)
        memmove(to, from, (size_t)nbytes);
}

/* First and one past the last byte an array may touch. shape: ndim extents, then ndim strides. false: no elements. */
static bool bounds(const char *data, const int64_t *shape, int64_t ndim, const char **low, const char **high)
{
    int64_t size = 16;          /* the largest itemsize; a stride that is smaller bounds it */
    *low = *high = data;
    for (int64_t k = 0; k < ndim; k++) {
        int64_t n = shape[k], stride = shape[ndim + k];
        if (n == 0)
            return false;
        if (stride < 0)
            *low += (n - 1) * stride;
        else
            *high += (n - 1) * stride;
        int64_t step = stride < 0 ? -stride : stride;
        if (n > 1 && step > 0 && step < size)
            size = step;
    }
    *high += size;
    return true;
}

bool rt_overlap(const char *a, const int64_t *shape_a, int64_t ndim_a,
                const char *b, const int64_t *shape_b, int64_t ndim_b)
{
    const char *low_a, *high_a, *low_b, *high_b;
    return bounds(a, shape_a, ndim_a, &low_a, &high_a) && bounds(b, shape_b, ndim_b, &low_b, &high_b)
        && low_a < high_b && low_b < high_a;
}
