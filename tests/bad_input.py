"""Bad input to the decorator and to compiled functions: signatures that make no sense, objects that are no numbers, options of
the wrong type. Each must give a clear exception or a result; never a crash, an InternalError or a SystemError.

    python bad_input.py 1000 seed       prints each case before it runs, so that the last line names a crash
"""
import array
import decimal
import enum
import fractions
import math
import random
import sys
import types

import numpy as np

import numjit

TOKENS = ["f8", "int64", "i4", "float64", "c16", "bool", "void", "none", "str", "(", ")", "[", "]", ":", "::1", "::2", ",", ", ", " ",
          "optional(", "tuple(", "tuple", "UniTuple", "*", "->", "1", "-1", "é", "\0", "\n", "f8[:]", "f8[:, ::1]", "f8(f8)",
          "list(", "Array(", "'", "%s%n", "f8[3, 3]", "f8[:" + ", :" * 40 + "]", "tuple(" * 50, "9" * 30]


class Color(enum.Enum):
    RED = 1


class Sub(np.ndarray):
    pass


class Liar:
    """Its methods raise or lie."""
    shape = property(lambda self: 1 / 0)

    def __array__(self, *_, **__):
        raise RuntimeError("no")

    def __index__(self):
        return "no"

    def __float__(self):
        raise RuntimeError("no")

    def __eq__(self, other):
        raise RuntimeError("no")

    def __hash__(self):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")


class Int(int):
    pass


def own_list():
    x = [1]
    x.append(x)
    return x


def nested(depth):
    x = ()
    for _ in range(depth):
        x = (x, 1)
    return x


def misaligned():
    return np.frombuffer(bytes(17), np.uint8)[1:].view("f8")


OBJECTS = [
    lambda: None, object, Liar, lambda: int, lambda: math, lambda: len, lambda: (lambda x: x), lambda: Ellipsis, lambda: NotImplemented,
    lambda: 2**63, lambda: 2**64, lambda: 2**200, lambda: -2**63, lambda: -2**63 - 1, lambda: Int(3), lambda: True, lambda: 1.5, lambda: 1j,
    lambda: float("nan"), lambda: "text", lambda: "", lambda: "\udc80", lambda: "a\0b", lambda: "é" * 1000, lambda: b"bytes", lambda: bytearray(3),
    lambda: memoryview(b"abc"), lambda: array.array("d", [1.0]), lambda: [], lambda: [1, "a"], lambda: [[1], [2.0]], own_list, lambda: {},
    lambda: {1: "a"}, lambda: set(), lambda: {1}, lambda: iter([1]), lambda: (i for i in range(3)), lambda: range(10), lambda: range(2**70),
    lambda: slice(1, None, 2), lambda: (), lambda: (1, 2.5), lambda: (1, "a", None), lambda: nested(10), lambda: nested(100),
    lambda: tuple(range(1001)), lambda: Color.RED, lambda: decimal.Decimal(1), lambda: fractions.Fraction(1, 3),
    lambda: np.float16(1), lambda: np.longdouble(1), lambda: np.clongdouble(1), lambda: np.datetime64("2020-01-01"), lambda: np.timedelta64(1, "s"),
    lambda: np.str_("a"), lambda: np.bytes_(b"a"), lambda: np.void(b"abc"), lambda: np.float64, lambda: np.dtype("f8"), lambda: np.sin, lambda: np,
    lambda: np.array(1.0), lambda: np.zeros(0), lambda: np.zeros((2, 0, 3)), lambda: np.zeros((1,) * 33), lambda: np.array(["a", "bc"]),
    lambda: np.array([object(), 1], object), lambda: np.zeros(2, "f8,i4"), lambda: np.zeros(2, "M8[s]"), lambda: np.zeros(2, "f2"),
    lambda: np.zeros(2, np.longdouble), lambda: np.zeros(2, ">f8"), misaligned, lambda: np.zeros(3).view(Sub), lambda: np.ma.array([1.0, 2.0]),
    lambda: np.broadcast_to(np.zeros(1), (3, 4)), lambda: np.zeros(4)[::-1], lambda: np.zeros((3, 4), order="F"), lambda: np.zeros(3, "V5"),
    lambda: np.recarray(2, "f8,i4"), lambda: types.SimpleNamespace(a=1), lambda: numjit.njit(lambda x: x),
    lambda: np.lib.stride_tricks.as_strided(np.zeros(1), (5,), (0,)),
]
FUNCTIONS = [lambda x: x, lambda x: x + 1, lambda x: x[0], lambda x: len(x), lambda x: x(1), lambda x: x.shape, lambda x: x == x, lambda x: -x,
             lambda x: (x, x), lambda x: [i for i in x][0], lambda x: 1 if x else 2, lambda x: x.a, lambda x: x is None, lambda x: str(x),
             lambda x: x * 2.5, lambda x: x[1:], lambda x: x in (1, 2), lambda x: np.sum(x), lambda x: np.sin(x), lambda x: int(x),
             lambda x: print(end="") if x is x else x, lambda x: isinstance(x, int), lambda x: min(x), lambda x: x @ x, lambda x: x ** x]
OPTIONS = ["nopython", "nogil", "boundscheck", "fastmath", "error_model", "cache", "locals", "inline", "parallel", "target", "shapes", "debug",
           "forceobj", "looplift", "wrong"]
VALUES = [True, False, None, 1, "x", "", "numpy", "python", "exact", "cpu", "always", {}, {"x": "f8"}, {"x": 3}, {1: 2}, [], {"reassoc"}, object()]
FINE = (TypeError, ValueError, IndexError, AttributeError, NameError, NotImplementedError, OverflowError, ZeroDivisionError, KeyError,
        RecursionError, MemoryError, UnicodeError)


def safe(x):
    try:
        return repr(x)[:60]
    except Exception:
        return type(x).__name__


def cases(rng):
    """Endless (what, call)."""
    while True:
        kind = rng.randrange(7)
        f = rng.choice(FUNCTIONS)
        number = FUNCTIONS.index(f)
        if kind == 0:
            text = "".join(rng.choice(TOKENS) for _ in range(rng.randrange(8)))
            yield f"signature {text!r}", lambda: numjit.njit(text)(lambda x: x)
        elif kind == 1:
            value = rng.choice(OBJECTS)()
            yield f"signature {safe(value)}", lambda: numjit.njit([value])(lambda x: x)
        elif kind == 2:
            options = {rng.choice(OPTIONS): rng.choice(VALUES) for _ in range(1 + rng.randrange(2))}
            yield f"options {options}", lambda: numjit.njit(**options)(lambda x: x + 1)(3)
        elif kind == 3:
            stage, text = rng.choice(["bc", "ssa", "opt", "asm", "soup", ""]), rng.choice(["f8", "soup", 3, None, (), [None], "("])
            yield f"dump {stage} {text!r}", lambda: numjit.dump(numjit.njit(lambda x: x), stage, text)
        elif kind == 4:
            value = rng.choice(OBJECTS)()
            yield f"typeof, jit of {safe(value)}", lambda: (numjit.njit(value)(3), numjit.typeof(value))
        else:
            value = rng.choice(OBJECTS)()
            yield f"function {number} of {safe(value)}", lambda: numjit.njit(f)(value)


def main(count, seed):
    bad = 0
    source = cases(random.Random(seed))
    for _ in range(count):
        what, call = next(source)
        print(what.encode("ascii", "backslashreplace").decode(), flush=True)
        try:
            with np.errstate(all="ignore"):
                call()
        except FINE as error:
            if type(error).__name__ == "InternalError" or not str(error):
                print(f"BAD {what!a}: {type(error).__name__}: {error}")
                bad += 1
        except Exception as error:
            if str(error) != "no":          # Liar's own
                print(f"BAD {what!a}: {type(error).__name__}: {error}")
                bad += 1
    return bad > 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
