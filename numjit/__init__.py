"""numjit: a just-in-time compiler for numerical Python, written in C."""
import contextlib

from . import errors, types
from ._core import (Dispatcher, _disable, _pool_size, dump, free_memory_pool, get_num_threads, memory_stats,
                    runtime_stats, set_memory_pool_limit,
                    get_thread_id, set_num_threads, set_parallel_chunksize)
from ._core import typeof as _typeof
from .ufuncs import guvectorize, vectorize
from .errors import *  # noqa: F403 - numjit.TypingError, as numba.TypingError

__version__ = "0.1.0"
__all__ = ["jit", "njit", "prange", "vectorize", "guvectorize", "typeof", "errors", "types", "dump", "runtime_stats", "config",
           "literally", "literal_unroll", "jit_module", "get_num_threads", "set_num_threads", "get_thread_id", "set_parallel_chunksize",
           "get_parallel_chunksize", "parallel_chunksize", "threading_layer", "memory_stats", "set_memory_pool_limit", "free_memory_pool"]


def prange(*args):
    """range(*args), whose loop may run its iterations side by side: with parallel=True, in chunks on the thread pool.

    A name that is assigned in the loop belongs to its iteration; sums, products, minima, maxima, and, or, xor over the
    iterations are combined in a tree that depends on the number of iterations alone.
    """
    return range(*args)


def typeof(val):
    """The type of a value as an argument of compiled functions.  Raises TypingError where it has none."""
    return types.Type(_typeof(val))


class config:
    """Settings of the process."""
    DISABLE_JIT = bool(_disable)
    NUMBA_NUM_THREADS = NUMJIT_NUM_THREADS = _pool_size()
    NUMBA_DEFAULT_NUM_THREADS = NUMBA_NUM_THREADS


def literally(obj):
    """obj: for programs written for Numba. What must be a constant in numjit is one where the call is compiled."""
    return obj


def literal_unroll(container):
    """container: for programs written for Numba. Loops over tuples of different types are written out without it."""
    return container


def jit_module(**options):
    """Decorates all functions of the calling module that are defined there so far with jit(**options)."""
    import inspect
    import sys
    names = sys._getframe(1).f_globals
    for name, value in list(names.items()):
        if inspect.isfunction(value) and value.__module__ == names.get("__name__"):
            names[name] = jit(value, **options)


def get_parallel_chunksize():
    """What set_parallel_chunksize() has set for this thread; 0: nothing."""
    size = set_parallel_chunksize(0)
    set_parallel_chunksize(size)
    return size


@contextlib.contextmanager
def parallel_chunksize(n):
    """In the with statement, regions are cut into chunks of at most n iterations: set_parallel_chunksize()."""
    before = set_parallel_chunksize(n)
    try:
        yield
    finally:
        set_parallel_chunksize(before)


def threading_layer():
    """The name of what runs parallel code: numjit has one pool of its own."""
    return "numjit"


def _in_python(dispatcher):
    """With jit off: a function, as with Numba, whose calls run in Python and are counted; it has a Dispatcher's attributes."""
    import functools

    @functools.wraps(dispatcher.py_func)
    def run(*args, **kwargs):
        return dispatcher(*args, **kwargs)
    dispatcher._interpret()
    for name in dir(dispatcher):
        if not name.startswith("_"):
            setattr(run, name, getattr(dispatcher, name))
    run._dispatcher = dispatcher
    return run


def _is_signature(x):
    return isinstance(x, (str, tuple, types.Type, types.Signature))


def jit(signature_or_function=None, **options):
    """Compiles a function when it is called: @jit, @jit(nogil=True), @jit("f8(f8)"), @jit([sig, sig]).

    Gives a Dispatcher, which compiles once for each combination of argument types; with signatures, for these, at once.
    Options: docs/guide.md. Raises TypeError for an unknown option, TypingError for a bad signature or, where
    signatures are given, for a function that does not compile.
    """
    first = signature_or_function
    signatures = None
    if isinstance(first, list):
        signatures = first
    elif _is_signature(first):
        signatures = [first]

    def decorate(function):
        function = getattr(function, "_dispatcher", function)
        if isinstance(function, Dispatcher):
            function = function.py_func
        if isinstance(function, (staticmethod, classmethod)):
            return type(function)(decorate(function.__func__))
        dispatcher = Dispatcher(function, **options)
        if config.DISABLE_JIT:
            return _in_python(dispatcher)
        if signatures:
            dispatcher._declare(signatures)
        return dispatcher

    if first is None or signatures is not None:
        return decorate
    return decorate(first)


def njit(signature_or_function=None, **options):
    """The same as jit, with the same options: there is no object mode."""
    return jit(signature_or_function, **options)


def _again(function, options):
    """What pickle makes of a function and its options."""
    return jit(**options)(function)


# Type objects by their names, as in Numba: numjit.int64, numjit.float64[:, ::1].
for _name, _type in vars(types).copy().items():
    if isinstance(_type, types.Type) and _name != "string":
        globals()[_name] = _type
del _name, _type
optional, from_dtype = types.optional, types.from_dtype


_LATER = frozenset("""carray cfunc DUFunc experimental extending farray gdb gdb_breakpoint gdb_init generated_jit jitclass objmode pycc
stencil typed""".split())


def __getattr__(name):
    if name in ("core", "cuda"):
        import importlib
        return importlib.import_module("numjit." + name)
    if name in _LATER:
        raise AttributeError(f"numjit has no {name} yet: of Numba's interface it is not supported so far")
    raise AttributeError(f"module 'numjit' has no attribute {name!r}")
