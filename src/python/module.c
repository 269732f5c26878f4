/* module.c: numjit._core: its state and its functions. */
#define _GNU_SOURCE
#define NUMJIT_IMPORTS_ARRAY
#include "python/dispatcher.h"
#include <dlfcn.h>
#include <stdlib.h>

/* Beside ourselves. NULL: no such path. */
static const char *codegen_path(char *out, size_t n)
{
    Dl_info info;
    if (dladdr((void *)codegen_path, &info) == 0 || info.dli_fname == NULL)
        return NULL;
    const char *slash = strrchr(info.dli_fname, '/');
    int length = slash != NULL ? (int)(slash - info.dli_fname) : 1;
    snprintf(out, n, "%.*s/_codegen.so", length, slash != NULL ? info.dli_fname : ".");
    return out;
}

static PyObject *module_typeof(PyObject *module, PyObject *object)
{
    State *s = PyModule_GetState(module);
    Ty x = key_of(s, object);
    return x != NULL ? PyUnicode_FromString(ty_name(x)) : NULL;
}

static PyObject *module_stats(PyObject *module, PyObject *unused)
{
    State *s = PyModule_GetState(module);
    const CompileStats *c = driver_stats(s->driver);
    return Py_BuildValue("{sLsLsLsLsLs{sdsdsdsdsdsd}}", "live_allocations", (long long)rt_live_allocations(),
        "calls", (long long)dispatcher_calls(s),
        "compilations", (long long)c->compilations, "compiled_later", (long long)driver_later(s->driver), "interpreted_calls", (long long)s->interpreted_calls, "seconds",
        "front_end", c->seconds[0], "opt", c->seconds[1], "lower", c->seconds[2], "passes", c->seconds[3],
        "emit", c->seconds[4], "link", c->seconds[5]);
}

static PyObject *module_memory(PyObject *module, PyObject *args)
{
    int reset = 0;
    if (!PyArg_ParseTuple(args, "|p:memory_stats", &reset))
        return NULL;
    MemoryStats m = rt_memory_stats();
    if (reset)
        rt_memory_peak_reset();
    return Py_BuildValue("{sLsLsLsL}", "used_bytes", (long long)m.used, "peak_bytes", (long long)m.peak,
                         "pool_bytes", (long long)m.kept, "pool_limit", (long long)m.limit);
}

static PyObject *module_pool_limit(PyObject *module, PyObject *nbytes)
{
    long long n = PyLong_AsLongLong(nbytes);
    if (n == -1 && PyErr_Occurred())
        return NULL;
    if (n < 0)
        return PyErr_Format(PyExc_ValueError, "the limit is a number of bytes, not %lld", n);
    rt_memory_limit(n);
    return Py_NewRef(Py_None);
}

static PyObject *module_pool_free(PyObject *module, PyObject *unused)
{
    rt_memory_free();
    return Py_NewRef(Py_None);
}

static PyObject *module_dump(PyObject *module, PyObject *args, PyObject *kw)
{
    PyObject *f, *types = Py_None;
    const char *stage = "ir";
    if (!PyArg_ParseTupleAndKeywords(args, kw, "O|sO:dump", (char *[]){ "f", "stage", "types", NULL }, &f, &stage, &types))
        return NULL;
    if (!is_dispatcher(f))
        return PyErr_Format(PyExc_TypeError, "dump() needs a compiled function, not %R", f);
    return PyObject_CallMethod(f, "_dump", "sO", stage, types);
}

static PyObject *module_threads(PyObject *m, PyObject *unused) { return PyLong_FromLongLong(rt_threads()); }
static PyObject *module_pool_size(PyObject *m, PyObject *unused) { return PyLong_FromLongLong(rt_threads_most()); }

static PyObject *module_thread_id(PyObject *m, PyObject *unused) { return PyLong_FromLongLong(rt_thread_id()); }

static PyObject *module_chunk_size(PyObject *m, PyObject *size)
{
    long long n = PyLong_AsLongLong(size);
    if (n == -1 && PyErr_Occurred())
        return NULL;
    if (n < 0)
        return PyErr_Format(PyExc_ValueError, "the size of chunks must be 0 or more");
    return PyLong_FromLongLong(rt_chunk_size(n));
}

static PyObject *module_set_threads(PyObject *m, PyObject *count)
{
    int overflow;
    long long n = PyLong_AsLongLongAndOverflow(count, &overflow);
    if (n == -1 && PyErr_Occurred())
        return NULL;
    if (overflow || !rt_threads_set(n))
        return PyErr_Format(PyExc_ValueError, "the number of threads must be between 1 and %lld", (long long)rt_threads_most());
    return Py_NewRef(Py_None);
}

static PyObject *module_end(PyObject *m, PyObject *unused)
{
    rt_end();
    return Py_NewRef(Py_None);
}

/* Among the last things before the interpreter ends: what was registered before is called after, and finalizers are, too. */
static int tell_of_end(PyObject *module)
{
    PyObject *m = PyImport_ImportModule("atexit"), *end = m != NULL ? PyObject_GetAttrString(module, "_end") : NULL;
    PyObject *r = end != NULL ? PyObject_CallMethod(m, "register", "O", end) : NULL;
    Py_XDECREF(r);
    Py_XDECREF(end);
    Py_XDECREF(m);
    return r != NULL ? 0 : -1;
}

static PyMethodDef functions[] = {
    { "typeof", module_typeof, METH_O, "typeof(object): the type numjit gives it as an argument." },
    { "set_num_threads", module_set_threads, METH_O,
      "set_num_threads(n): regions that this thread opens run on n threads, 1 to those of the pool." },
    { "get_num_threads", module_threads, METH_NOARGS, "On how many threads regions of this thread run." },
    { "get_thread_id", module_thread_id, METH_NOARGS, "Which thread of the pool this is; 0: none of them, or the one that called." },
    { "set_parallel_chunksize", module_chunk_size, METH_O,
      "set_parallel_chunksize(n): regions that this thread opens are cut into chunks of at most n iterations (1,024 chunks at most);\n0: as is best, from the work there is. Returns what it was." },
    { "_pool_size", module_pool_size, METH_NOARGS, "Threads of the pool: NUMJIT_NUM_THREADS, or the cores we may use." },
    { "_end", module_end, METH_NOARGS, "The interpreter ends: from now on regions run on the thread that opens them." },
    { "memory_stats", module_memory, METH_VARARGS,
      "memory_stats(reset_peak=False): bytes that arrays of compiled code take, the most there were, what the pool keeps." },
    { "set_memory_pool_limit", module_pool_limit, METH_O,
      "set_memory_pool_limit(nbytes): blocks that are free are kept for reuse up to so many bytes together." },
    { "free_memory_pool", module_pool_free, METH_NOARGS, "Gives the blocks that the pool keeps back to the system." },
    { "runtime_stats", module_stats, METH_NOARGS, "Counters of the process: a dict of compilations, compiled_later (parts of\n"
      "functions that a call was first to need), seconds spent compiling by stage (a dict), calls of compiled functions\n"
      "from Python, interpreted_calls (functions that ran in Python, jit being off), live_allocations (arrays\n"
      "in memory of ours that are held)." },
    { "dump", (PyCFunction)(void *)module_dump, METH_VARARGS | METH_KEYWORDS,
      "dump(f, stage='ir', types=None): the text of f after a stage: bc cfg ssa ir nest opt llvm asm. types: one per parameter, such as\n"
      "'f8[:,:]'; by default those of the last call. TypingError if f does not compile that far, ValueError for an unknown stage." },
    { NULL }
};

/* NumPy is of the main interpreter alone, and the pool and the ticker know one. CPython refuses a module without
 * Py_mod_multiple_interpreters (3.12) where the GIL is not shared; where it is, in the words that it has for that: */
static int refuse_subinterpreter(void)
{
    if (PyInterpreterState_GetID(PyInterpreterState_Get()) == 0)
        return 0;
    PyErr_SetString(PyExc_ImportError, "module numjit._core does not support loading in subinterpreters");
    return -1;
}

/* Dtypes are promoted as NumPy 2 does it; with an older NumPy results would differ from its own, and nothing would say so. */
static int refuse_old_numpy(void)
{
    if (PyArray_GetNDArrayCFeatureVersion() >= NPY_2_0_API_VERSION)
        return 0;
    PyObject *numpy = PyImport_ImportModule("numpy");
    PyObject *version = numpy != NULL ? PyObject_GetAttrString(numpy, "__version__") : NULL;
    if (version != NULL)
        PyErr_Format(PyExc_ImportError, "numjit needs NumPy 2.0 or newer, not %S", version);
    Py_XDECREF(version);
    Py_XDECREF(numpy);
    return -1;
}

static int module_exec(PyObject *module)
{
    State *s = PyModule_GetState(module);
    char path[4096];
    if (refuse_subinterpreter() < 0 || PyArray_ImportNumPyAPI() < 0 || refuse_old_numpy() < 0 || memory_init() < 0
        || tell_of_end(module) < 0)
        return -1;
    if (codegen_path(path, sizeof path) == NULL) {
        PyErr_SetString(PyExc_ImportError, "numjit does not find its own files");
        return -1;
    }
    s->driver = driver_new(s, path);
    if (s->driver == NULL) {
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return -1;
    }
    s->types = driver_types(s->driver);
    s->dispatcher_type = dispatcher_type_new(module);
    if (s->dispatcher_type == NULL || PyModule_AddObjectRef(module, "Dispatcher", s->dispatcher_type) < 0
        || (s->omitted_type = omitted_type_new(module)) == NULL || ufunc_types_add(module, s) < 0)
        return -1;
    const char *off = getenv("NUMJIT_DISABLE_JIT");
    return PyModule_AddIntConstant(module, "_disable", off != NULL && off[0] != 0 && strcmp(off, "0") != 0);
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    State *s = PyModule_GetState(module);
    if (s != NULL) {
        Py_VISIT(s->dispatcher_type);
        Py_VISIT(s->omitted_type);
        Py_VISIT(s->loops_type);
    }
    return 0;
}

static int module_clear(PyObject *module)
{
    State *s = PyModule_GetState(module);
    if (s != NULL) {
        Py_CLEAR(s->dispatcher_type);
        Py_CLEAR(s->omitted_type);
        Py_CLEAR(s->loops_type);
    }
    return 0;
}

static void module_free(void *module)
{
    State *s = PyModule_GetState(module);
    if (s != NULL && s->driver != NULL) {
        driver_free(s->driver);
        s->driver = NULL;
    }
}

static PyModuleDef_Slot slots[] = { { Py_mod_exec, module_exec }, { 0, NULL } };

static PyModuleDef def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "numjit._core",
    .m_doc = "The compiler and its runtime.",
    .m_size = sizeof(State),
    .m_methods = functions,
    .m_slots = slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__core(void) { return PyModuleDef_Init(&def); }
