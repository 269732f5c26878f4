"""Types for signatures: int64, float64[:, ::1], float64(float64, int64)."""
import re as _re

_PYTHONS = {"int": "int64", "float": "float64", "complex": "complex128"}


def _machine(text):
    """A spelling with the types of Python's numbers as the machine's."""
    return _re.sub(r"\b(int|float|complex)\b", lambda m: _PYTHONS[m[0]], text)


class Type:
    """A type by its spelling. Indexed: an array of it. Called: a signature that returns it.

    Python's int, float and complex, which have types of their own (array expressions ask for them), equal int64, float64, complex128.
    """
    __slots__ = ("_numjit_spelling",)

    def __init__(self, spelling):
        self._numjit_spelling = spelling

    def __getitem__(self, index):
        axes = index if isinstance(index, tuple) else (index,)
        steps = [axis.step if isinstance(axis, slice) else 0 for axis in axes]
        text = []
        for axis in axes:
            if isinstance(axis, int) and not isinstance(axis, bool) and axis >= 0:
                text.append(str(axis))
                continue
            if not isinstance(axis, slice) or axis.start is not None or axis.stop is not None \
                    or axis.step not in (None, 1):
                raise TypeError("an array type is written float64[:, ::1], or float64[3, 3] with extents")
            text.append(":" if axis.step is None else "::1")
        if 0 in steps or steps.count(1) > 1 or 1 in steps[1:-1]:
            return Type(f"{self._numjit_spelling}[{', '.join(text)}]")
        layout = "C" if steps[-1] == 1 else "F" if steps[0] == 1 else "A"
        return Type(f"array({self._numjit_spelling}, {len(axes)}d, {layout})")

    def __call__(self, *args):
        if args and not all(isinstance(a, Type) for a in args):
            if len(args) == 1 and hasattr(_np, self._numjit_spelling):
                return getattr(_np, self._numjit_spelling)(args[0])
        return Signature(self, args)

    def __eq__(self, other):
        if not isinstance(other, (Type, str)):
            return NotImplemented
        return _machine(self._numjit_spelling) == _machine(other if isinstance(other, str) else other._numjit_spelling)

    def __hash__(self):
        return hash(_machine(self._numjit_spelling))

    def __repr__(self):
        return self._numjit_spelling

    def __reduce__(self):
        return Type, (self._numjit_spelling,)


class Signature:
    """Argument types and the type of the result."""
    __slots__ = ("return_type", "args")

    def __init__(self, return_type, args):
        self.return_type = return_type
        self.args = tuple(args)

    def __repr__(self):
        return f"{self.return_type}({', '.join(map(repr, self.args))})"


import numpy as _np  # noqa: E402

none = void = Type("none")
boolean = bool_ = b1 = Type("bool")
int8 = i1 = char = Type("int8")
int16 = i2 = short = Type("int16")
int32 = i4 = intc = int_c = Type("int32")
int64 = i8 = int_ = intp = ssize_t = long_ = longlong = Type("int64")
uint8 = u1 = uchar = byte = Type("uint8")
uint16 = u2 = ushort = Type("uint16")
uint32 = u4 = uintc = Type("uint32")
uint64 = u8 = uint = uintp = size_t = ulong = ulonglong = Type("uint64")
float16 = f2 = Type("float16")
float32 = f4 = float_ = Type("float32")
float64 = f8 = double = Type("float64")
complex64 = c8 = Type("complex64")
complex128 = c16 = Type("complex128")
unicode_type = string = Type("str")


def Array(dtype, ndim, layout, readonly=False):
    """The type of arrays of dtype with ndim axes (0 to 32) in layout "C", "F" or "A" (any).  Raises ValueError for another layout."""
    if layout not in ("C", "F", "A"):
        raise ValueError(f"layout must be 'C', 'F' or 'A', not {layout!r}")
    return Type(f"array({dtype!r}, {ndim}d, {layout if ndim > 1 or layout == 'A' and ndim == 1 else 'C'})")


def Tuple(items):
    """The type of tuples of just these types, one an item."""
    return Type(f"tuple({', '.join(map(repr, items))})")


def UniTuple(dtype, count):
    """The type of tuples of count items of one type."""
    return Tuple([dtype] * count)


def Optional(item):
    """The type of an item or None."""
    return Type(f"optional({item!r})")


optional = Optional


_CLASSES = {int: "int64", float: "float64", complex: "complex128", bool: "bool", type(None): "none", str: "str"}


def spelling(x):
    """The spelling of what a user may write for a type."""
    if isinstance(x, Type):
        return x._numjit_spelling
    if isinstance(x, str):
        return x.strip()
    if x is None:
        return "none"
    if isinstance(x, type) and x in _CLASSES:
        return _CLASSES[x]
    if isinstance(x, _np.dtype) or isinstance(x, type) and issubclass(x, _np.generic):
        return _np.dtype(x).name
    from .errors import TypingError
    raise TypingError(f"bad signature: {x!r} is not a type")


def from_dtype(dtype):
    """The type of a NumPy dtype's numbers."""
    t = Type(_np.dtype(dtype).name)
    if t not in globals().values():
        from .errors import UnsupportedError
        raise UnsupportedError(f"dtype {dtype!r} is not one that numjit compiles")
    return t


def _split(text):
    """The parts of text between the commas outside of any bracket."""
    parts, depth, start = [], 0, 0
    for k, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if c == "," and depth == 0:
            parts.append(text[start:k])
            start = k + 1
    parts.append(text[start:])
    return tuple(p.strip() for p in parts if p.strip())


def parse_signature(sig):
    """Any spelling of a signature → (type of the result or None, tuple of argument types)."""
    if isinstance(sig, Signature):
        return sig.return_type, sig.args
    if isinstance(sig, (tuple, list)):
        return None, tuple(sig)
    if isinstance(sig, str):
        text = sig.strip()
        if text.endswith(")") and "(" in text:
            depth = 0
            for k in range(len(text) - 1, -1, -1):
                depth += (text[k] == ")") - (text[k] == "(")
                if depth == 0:
                    break
            return text[:k].strip() or None, _split(text[k + 1:-1])
        return None, _split(text)
    return None, (sig,)


_LATER = frozenset("""deferred_type DictType ffi ffi_forced_object FunctionType ListType NamedTuple NPDatetime NPTimedelta Record
SetType""".split())


def __getattr__(name):
    if name == "bool":
        return boolean
    if name in _LATER:
        raise AttributeError(f"numjit.types has no {name} yet: of Numba's types it is not supported so far")
    raise AttributeError(f"module 'numjit.types' has no attribute {name!r}")
