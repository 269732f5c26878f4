/* memory.c: arrays of NumPy's that own memory of ours. An array names the functions by which its memory comes and goes (NEP 49), so a
 * result that nothing else shows needs neither a copy nor an object that holds the block. What is here lives as long as the process,
 * since arrays outlive the module. */
#include "python/python.h"

static Buffer *buffer_of(void *data) { return (Buffer *)data - 1; }

static void *block_malloc(void *unused, size_t n)
{
    Buffer *b = rt_block_new((int64_t)n, false);
    return b != NULL ? rt_data(b) : NULL;
}

static void *block_calloc(void *unused, size_t n, size_t size)
{
    Buffer *b = size == 0 || n <= PTRDIFF_MAX / size ? rt_block_new((int64_t)(n * size), true) : NULL;
    return b != NULL ? rt_data(b) : NULL;
}

static void block_free(void *unused, void *data, size_t n)
{
    if (data != NULL)
        rt_block_free(buffer_of(data));
}

static void *block_realloc(void *unused, void *data, size_t n)
{
    void *made = block_malloc(NULL, n);
    if (made != NULL && data != NULL) {
        size_t had = buffer_of(data)->nbytes;
        memcpy(made, data, had < n ? had : n);
        block_free(NULL, data, had);
    }
    return made;
}

static PyDataMem_Handler handler = { "numjit", 1, { NULL, block_malloc, block_calloc, block_realloc, block_free } };
static PyObject *capsule;

int memory_init(void)
{
    if (capsule == NULL)
        capsule = PyCapsule_New(&handler, "mem_handler", NULL);
    return capsule != NULL ? 0 : -1;
}

void memory_give(PyArrayObject *a)
{
    PyArrayObject_fields *fields = (PyArrayObject_fields *)a;
    fields->mem_handler = Py_NewRef(capsule);
    fields->flags |= NPY_ARRAY_OWNDATA;
}
