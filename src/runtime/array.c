/* array.c: references to the memory of arrays; overlap. Never touches Python. */
#include "runtime/functions.h"
#include <stdatomic.h>

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
    rt_block_free(b);
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
