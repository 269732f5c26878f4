"""Integers past int64: as indices and bounds of slices; in the source."""
import numpy as np
import pytest
from differential import same

import numjit

X = np.arange(5.0)


def sliced(x, i):
    return x[i:], x[:i], x[::i], x[i::2]


@pytest.mark.parametrize("i", [np.uint64(2), np.uint64(5), np.uint64(2**63), np.uint64(2**64 - 1), 2**63], ids=str)
def test_bounds(i):
    same(sliced, X, i)
    for f in lambda x, i: x[i], lambda x, i: x.flat[i], lambda x, i: (1, 2, 3)[i]:
        if i < 3:
            same(f, X, i)
        else:
            with pytest.raises((IndexError, OverflowError)):
                numjit.njit(f)(X, i)


def test_constant_index():
    same(lambda x: x[True << 63], X)
    same(lambda x: x[9223372036854775807], X)


def test_literals():
    for f in lambda x: 2**64, lambda x: 2**70, lambda x: x + 10**40, lambda x: 1 << 64, lambda x: (-3)**65 * x:
        with pytest.raises(numjit.TypingError, match="64 bits"):
            numjit.njit(f)(X)
    same(lambda x: (2**63 - 1, -2**63, 2**64 - 1, 1**200, (-1)**201, 0**200, 3**40), X)


def test_int_of_uint64():
    same(lambda u: (int(u), float(int(u)), int(u) >> 1, int(u) > 0, abs(int(u))), np.uint64(2**63 + 5))


def best(u, i):
    return max(u, i), min(u, i), max(i, u), max(u, i, 7), min(i, u, 7)


def compared(u, i):
    return u < i, u <= i, u > i, u >= i, u == i, u != i, i < u


@pytest.mark.parametrize("u", [2**64 - 1, 2**63, 5, np.uint64(2**64 - 1)], ids=str)
@pytest.mark.parametrize("i", [3, -3, -2**63, 2**63 - 1, 2**64 - 1, True, np.uint8(200), np.int8(-1)], ids=str)
def test_with_other_integers(u, i):
    u, i = int(u), int(i) if i is not True else i
    f, g = numjit.njit(best), numjit.njit(compared)
    assert f(u, i) == best(u, i)
    assert g(u, i) == compared(u, i)
    same(lambda u, i: (u / i, i / u, u / 3, 3 / u), u, i)


def test_in_lists():
    same(lambda x: ([v / 2 for v in x], max(x[0], 5)), [2**63, 2**64 - 1])
