/* array.c: references to the memory of arrays; overlap. Never touches Python. */
#include "runtime/functions.h"
#include <stdatomic.h>

void rt_retain(void *owner)
{
    Buffer *b = rt_buffer((uintptr_t)owner);
    if (b != NULL)
        atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
}

void rt_release(void *owner)
{
    Buffer *b = rt_buffer((uintptr_t)owner);
    if (b == NULL)
        return;
    if (!rt_is_last(b) && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
        return;
    rt_block_free(b);
}

void rt_drop(const Type *x, const uint64_t *part)
{
    if (x->kind == TY_ARRAY)
        rt_release((void *)(uintptr_t)part[0]);
    else if (ty_is_optional(x)) {
        if (part[0] & 1)
            rt_drop(x->elem, part + 1);
    } else if (ty_is_aggregate(x))
        for (uint32_t k = 0; k < x->nitem; part += x->item[k++]->nparts)
            rt_drop(x->item[k], part);
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

/* Takes in further axes until there are `need` elements or more: how many there are. */
static int64_t cover(const int64_t *extent, int64_t *end, int64_t nd, int64_t have, int64_t need)
{
    while (have < need && *end < nd)
        have *= extent[(*end)++];
    return have;
}

/* Old and new axes are taken in runs of the same number of elements; a run is one axis in memory, or there is no view. */
bool rt_reshape(int64_t nd, const int64_t *had, int64_t new_nd, int64_t *want)
{
    int64_t extent[NDIM_MAX], stride[NDIM_MAX], n = 0, i = 0, j = 0, total = 1;
    int64_t *new_stride = want + new_nd;
    for (int64_t k = 0; k < nd; k++) {              /* axes of one element say nothing */
        total *= had[k];
        if (had[k] != 1) {
            extent[n] = had[k];
            stride[n++] = had[nd + k];
        }
    }
    if (total == 0)
        return false;
    while (i < n && j < new_nd) {
        int64_t i_end = i + 1, j_end = j + 1, a = extent[i], b = want[j];
        while (a != b) {
            a = cover(extent, &i_end, n, a, b);
            b = cover(want, &j_end, new_nd, b, a);
        }
        for (int64_t k = i; k + 1 < i_end; k++)
            if (stride[k] != extent[k + 1] * stride[k + 1])
                return false;
        new_stride[j_end - 1] = stride[i_end - 1];
        for (int64_t k = j_end - 1; k > j; k--)
            new_stride[k - 1] = new_stride[k] * want[k];
        i = i_end;
        j = j_end;
    }
    for (; j < new_nd; j++)                         /* of one element each */
        new_stride[j] = 0;
    return true;
}
