"""Ranges of more values than int64 counts."""
import itertools

import pytest
from differential import same

import numjit

MOST, LEAST = 2**63 - 1, -2**63
RANGES = [(5, LEAST, -1), (LEAST, MOST, 1), (MOST, LEAST, -1), (LEAST, MOST, 2), (LEAST, MOST, 3), (MOST, -1, -1),
          (MOST - 1, -1, -1), (-1, MOST, 1), (0, MOST, 1), (LEAST, 0, 1), (LEAST + 1, 0, 1), (LEAST, 0, 2), (5, 2, 1),
          (2, 5, -1), (LEAST, LEAST, 1), (MOST, LEAST, LEAST), (LEAST, MOST, MOST), (0, 10, 3)]


def first(a, b, c):
    n = total = 0
    for i in range(a, b, c):
        n += 1
        total ^= i
        if n >= 5:
            break
    return n, total


def last(a, b, c):
    n = total = 0
    for i in reversed(range(a, b, c)):
        n += 1
        total ^= i
        if n >= 5:
            break
    return n, total


def length(a, b, c):
    return len(range(a, b, c))


def truth(a, b, c):
    return not range(a, b, c), range(a, b, c) == range(0, 10, 3), range(a, b, c) == range(a, b, c)


@pytest.mark.parametrize("f", [first, last, length, truth])
def test_ranges(f):
    for r in RANGES:
        same(f, *r, jit=numjit.njit)


def down():
    total = 0
    for i in range(5, -2**63, -1):
        total += i
        if total < -100:
            break
    return total, i


def up():
    n = 0
    for i in range(-2**63, 2**63 - 1):
        n += 1
        if n > 100:
            break
    return n, i


@pytest.mark.parametrize("f", [down, up])
def test_constant_ranges(f):
    same(f)


def test_slices():
    """What int64 does not hold of a slice is no part of its values, or an OverflowError."""
    most, least = 2**63 - 1, -2**63

    def sliced(a, b, s, i, j, k):
        r = range(a, b, s)[i:j:k]
        n = len(r)
        return n, (r[0], r[-1], r[n // 2]) if n else (0, 0, 0), bool(r)
    f, refused = numjit.njit(sliced), 0
    for a, b, s in itertools.product((0, 5, most - 3, least, -7), (0, most, least, -3), (1, 3, -4, most, least, 2**62)):
        for i, j, k in ((None, None, None), (1, None, None), (None, None, -1), (None, -1, 2), (2, 9, 3), (5, 1, -2), (None, None, least)):
            try:
                got = f(a, b, s, i, j, k)
            except OverflowError:
                refused += 1
                continue
            assert got == sliced(a, b, s, i, j, k), (a, b, s, i, j, k)
    assert 0 < refused < 80
