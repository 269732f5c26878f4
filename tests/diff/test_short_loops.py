"""Loops that are surely short do not poll: they use up the bits of a number, or take one from bound to bound."""
import numpy as np
import pytest

import numjit
from differential import same
from numjit import njit


def count(x):
    n = 0
    while x:
        x &= x - 1
        n += 1
    return n


def lowest(x):
    s = 0
    while x != 0:
        bit = x & -x
        s = s * 3 + bit
        x -= bit
    return s


def flipped(x):
    n = 0
    while x != 0:
        x ^= x & -x
        n += 1
    return n


def digits(x):
    s = 0
    while x > 0:
        s += x % 10
        x //= 10
    return s


def binary(x):
    n = 0
    while x > 0:
        n = n * 2 + (x & 1)
        x >>= 1
    return n


def all_counts(a):
    t = 0
    for x in a:
        while x:
            x &= x - 1
            t += 1
    return t


BITS = [count, lowest, flipped, digits, binary]


@pytest.mark.parametrize("f", BITS)
def test_values(f):
    for x in (0, 1, 2, 3, 10, 255, 2**40 + 12345, 2**62, 2**63 - 1):
        if f is not lowest or x < 2**20:
            same(f, x)
    assert "poll" not in numjit.dump(njit(f), "opt", ["i8"])


def test_negative():
    for x in (-1, -8, -(2**63)):
        assert njit(count)(x) == bin(x & (2**64 - 1)).count("1") == njit(flipped)(x)
        assert njit(digits)(x) == njit(binary)(x) == 0


def test_of_arrays():
    a = np.random.default_rng(3).integers(0, 2**62, 1000)
    same(all_counts, a)
    same(all_counts, a.astype(np.uint64) | np.uint64(1 << 63))
    same(all_counts, a.astype(np.uint8))


def test_others_poll():
    """x >> 1 never ends for a negative x, and x - 1 takes long."""
    def right(x):
        n = 0
        while x != 0:
            x >>= 1
            n += 1
        return n

    def down(x):
        while x:
            x -= 1
        return x
    for g in (right, down):
        assert "poll" in numjit.dump(njit(g), "opt", ["i8"])


def middle(a, w):
    """Insertion into nine places: m goes down from 8 at most."""
    total = 0
    for i in range(a.shape[0]):
        for k in range(9):
            v = a[i, k]
            m = k
            while m > 0 and w[m - 1] > v:
                w[m] = w[m - 1]
                m -= 1
            w[m] = v
        total += int(w[4])
    return total


def up(a, n):
    i = s = 0
    while i < n and a[i] >= 0:
        s += a[i]
        i += 3
        if s > 100:
            break
    return s, i


def test_from_bound_to_bound():
    a = np.random.default_rng(4).integers(0, 50, (30, 9))
    same(middle, a, np.zeros(9, np.int64))
    same(middle, a, np.zeros(8, np.int64))
    same(middle, a.astype(np.uint8), np.zeros(9, np.uint8))
    for n in (-1, 0, 1, 5, 9, 10, 2**62):
        same(up, a[0], n)
        same(up, -a[0], n)
        same(up, a[0] * 0, n)
