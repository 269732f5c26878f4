"""What numjit raises of its own. Errors of a program are CPython's exceptions."""


class NumbaError(Exception):
    """The root: the names are Numba's."""


class InternalError(NumbaError):
    """A bug of numjit."""


class UnsupportedError(NumbaError, NotImplementedError):
    """Python that numjit does not compile."""


class TypingError(NumbaError, TypeError):
    """The types in a function do not go together."""


LoweringError = InternalError
UnsupportedBytecodeError = UnsupportedError


class NumbaWarning(Warning):
    """Never given by numjit: for programs that filter Numba's."""


class NumbaPerformanceWarning(NumbaWarning):
    """Never given: `f.explain()` says what is slow."""
