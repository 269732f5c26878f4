"""Arithmetic of Python's complex numbers with its real ones: signs of zeros, infinities, nan. From CPython 3.14 on the real one
has no imaginary part there."""
import itertools
import math
import operator

import pytest

import numjit

PARTS = [0.0, -0.0, 1.5, -2.0, math.inf, -math.inf, math.nan]
REALS = [*PARTS, 3, 0, -7, True, False]
COMPLEX = [complex(*p) for p in itertools.product(PARTS, repeat=2)]


def outcome(f, *args):
    try:
        z = f(*args)
        return [math.nan if x != x else (x, math.copysign(1, x)) for x in (z.real, z.imag)]
    except ZeroDivisionError as error:
        return str(error)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("op", "+-*/")
def test_with_a_real_number(op, first):
    want = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}[op]
    f = numjit.njit({"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b}[op])
    for x, z in itertools.product(REALS, COMPLEX):
        if op == "/" and first and math.isinf(abs(z)) and not (math.isfinite(z.real) or math.isfinite(z.imag)):
            continue                # 3.14 gives 0 for some of these
        a = (x, z) if first else (z, x)
        assert str(outcome(f, *a)) == str(outcome(want, *a)), a
