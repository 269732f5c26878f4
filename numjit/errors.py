"""What numjit raises of its own. Errors of a program are CPython's exceptions."""


class NumbaError(Exception):
    """The root: the names are Numba's."""


class InternalError(NumbaError):
    """A bug of numjit."""


class UnsupportedError(NumbaError, NotImplementedError):
    """Python that numjit does not compile."""


class TypingError(NumbaError, TypeError):
    """The types in a function do not go together."""


class NumbaWarning(Warning):
    """Never given by numjit: for programs that filter Numba's."""


# Numba's other names, so that programs that catch or filter them run: numjit raises the four above, and gives no warnings.
LoweringError = CompilerError = IRError = VerificationError = InternalTargetMismatchError = InternalError
UnsupportedBytecodeError = ByteCodeSupportError = UnsupportedParforsError = UnsupportedRewriteError = UnsupportedError
ForbiddenConstruct = NumbaNotImplementedError = NonexistentTargetError = DeprecationError = UnsupportedError
NumbaTypeError = NumbaValueError = NumbaAttributeError = NumbaIndexError = NumbaKeyError = NumbaAssertionError = TypingError
NumbaRuntimeError = ConstantInferenceError = ForceLiteralArg = LiteralTypingError = RequireLiteralValue = TypingError
NotDefinedError = RedefinedError = UntypedAttributeError = TypingError
NumbaPerformanceWarning = NumbaDeprecationWarning = NumbaPendingDeprecationWarning = NumbaParallelSafetyWarning = NumbaWarning
NumbaTypeSafetyWarning = NumbaExperimentalFeatureWarning = NumbaInvalidConfigWarning = NumbaPedanticWarning = NumbaWarning
NumbaIRAssumptionWarning = NumbaDebugInfoWarning = NumbaSystemWarning = NumbaWarning
