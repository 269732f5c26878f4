"""Code for NVIDIA GPUs. Here: the text of it. Launching kernels is not here yet."""
from .. import errors, types
from .._core import Dispatcher

# What LLVM's names of architectures and PTX versions allow, and ptxas of CUDA 13 assembles.
_CAPABILITIES = frozenset([75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121])


def _capability(cc):
    if cc is None:
        return 75
    try:
        major, minor = cc
        number = 10 * major + minor
    except (TypeError, ValueError):
        raise TypeError(f"cc is a compute capability such as (7, 5), not {cc!r}") from None
    if number not in _CAPABILITIES:
        known = ", ".join(f"({n // 10}, {n % 10})" for n in sorted(_CAPABILITIES))
        raise errors.UnsupportedError(f"compute capability {cc!r} is not supported: {known}")
    return number


def is_available():
    """Can kernels be launched here?  False: not yet. Programs that ask take their way for the CPU."""
    return False


def compile_ptx(pyfunc, sig, debug=None, lineinfo=False, device=False, fastmath=False, cc=None, opt=None):
    """PTX for pyfunc: (text, type of the result).

    sig: the types of the arguments, as for @jit. cc: the compute capability, by default (7, 5).
    Array expressions, assignments, reductions and loops over prange are dealt out to the threads of the grid; where one
    needs what another writes, a further kernel begins: f, f_1, f_2 ... are launched in that order with the same arguments.
    A function with none of these is one kernel that every thread runs. device=True: a function for kernels to call, which may
    return a value. The head of the text says what the parameters are. Loads, stores and divisions are checked: the first
    error of a launch is in the error record, and later kernels do nothing.

    Raises UnsupportedError for what a GPU has not (new arrays, print, str), TypingError as @jit does, and UnsupportedError
    where mathematical functions need libdevice and no CUDA toolkit is installed.
    """
    if isinstance(pyfunc, Dispatcher):
        pyfunc = pyfunc.py_func
    function = Dispatcher(pyfunc, fastmath=fastmath)
    text, result = function._ptx(sig, _capability(cc), bool(device), bool(lineinfo), bool(debug), opt is None or bool(opt))
    return text, types.Type(result)


__all__ = ["compile_ptx"]
