"""Integers out of floats, tests of ranges, and masks."""
import math

import numpy as np
import pytest

import numjit
from differential import same

FLOATS = [0.0, -0.0, 0.5, 1.5, 2.5, -2.5, -0.99, 1e15 + 0.5, 9e18, -(2.0**63), math.nan, math.inf, -math.inf, 5e-324]


def whole(x):
    return int(x)


def nearest(x):
    return round(x)


def not_a_number(n):
    x = 0.0
    for _ in range(n):
        x = math.nan
    return int(x)


def counts(a, n):
    bins = np.zeros(n, np.int64)
    for x in a:
        k = int(x * n)
        if k >= 0 and k < n:
            bins[k] += 1
    return bins


def inside(a, i, j):
    n, m = a.shape
    return a[i, j] if 0 <= i < n and 0 <= j < m else -1


def look_up(data, table):
    c = 0xFFFFFFFF
    for x in data:
        c = table[(c ^ int(x)) & 0xFF] ^ (c >> 8)
    return c


def masks(bytes_, n):
    x, y = int(bytes_[0]), int(bytes_[1])
    return (n ^ x) & 255, (n | x) & 255, (x ^ y) & 255, (n ^ x) & 127, (n ^ (y & 7)) & 7, (n ^ x) & 65535, (n ^ x) & 254, (n ^ -1) & 255


@pytest.mark.parametrize("x", FLOATS, ids=str)
@pytest.mark.parametrize("of", [float, np.float64, np.float32, np.float16])
def test_whole_numbers(x, of):
    with np.errstate(all="ignore"):
        x = of(x)
    same(whole, x)
    same(nearest, x)


@pytest.mark.parametrize("x", [2.0**63, 1e300, -1e300, np.float32(1e30)])
def test_what_int64_does_not_hold(x):
    assert numjit.njit(whole)(x) == -(2**63)


def test_a_nan_that_the_optimiser_finds():
    same(not_a_number, 0)
    same(not_a_number, 3)


@pytest.mark.parametrize("bad", [0.3, -3.0, 7.0, math.nan, math.inf, -1e300])
def test_counts(bad):
    a = np.linspace(-0.2, 1.2, 50)
    a[31] = bad
    with np.errstate(all="ignore"):
        same(counts, a, 7)
        same(counts, a, 0)


def test_ranges():
    a = np.arange(12).reshape(3, 4)
    for i in (-4, -1, 0, 2, 3, 2**62):
        for j in (-1, 0, 3, 4, -(2**63)):
            same(inside, a, i, j)
            same(inside, a[:0], i, j)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i8"])
def test_masks(dtype):
    rng = np.random.default_rng(3)
    table = rng.integers(0, 2**32, 256)
    same(look_up, rng.integers(0, 100, 300).astype(dtype), table)
    same(look_up, rng.integers(0, 100, 300).astype(dtype), table[:99])
    for x, y, n in ((200, 100, 12345), (0, 255, -1), (77, 78, -(2**63)), (1, 2, 2**40 + 3)):
        same(masks, np.array([x, y], np.uint8), n)


def ring(a, k):
    n, s = a.size, 0
    for i in range(n):
        s += a[(i + 1) % n] * 3 + a[(i - 1) % n] * 5 + a[(i + k) % n] * 7 + a[(n - i) % n] * 11 + a[(2 * n - 1 - i) % n] * 13
    return s


def remainders(n, m):
    out = np.zeros(8, np.int64)
    for i in range(n):
        out[0] += (i - n) % n
        out[1] += (i + i) % n
        out[2] += (i + 2 * n) % n
        out[3] += (-i) % n
        out[4] += (i + i + i) % n
        out[5] += (i - 1 + n) % n
        out[6] += (i + 1 + n) % n
        if 0 <= m < n:
            out[7] += (m + i) % n + (m - i) % n + (i - m) % n
    return out


def near_remainders(n, m):
    s = 0
    if n > 0 and m > 0 and m <= n:
        s += m % n
    if m < n and n > 0 and m > -n:
        s ^= m % n
    return s


def test_rings():
    """Remainders of what is near its divisor: a subtraction (opt/checks.c)."""
    for n in range(7):
        for k in (-3, 0, 1, 2, 5, 100):
            same(ring, np.arange(n) + 1, k)
            same(remainders, n, k)
    for n in (-(2**63), -3, -1, 0, 1, 2, 5, 2**61, 2**63 - 1):
        for m in (-(2**63), -5, -2, -1, 0, 1, 2, 4, 5, 2**61):
            same(near_remainders, n, m)
