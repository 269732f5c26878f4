"""Numbers at the ends of int64 as offsets, shifts and steps: what is computed with them does not wrap."""
import numpy as np
import pytest

from differential import same

GRID = np.arange(1.0, 13.0).reshape(3, 4)
FAR = [2**63 - 1, 5 - 2**63, 2**62, -2**62 - 1, 3, -4, 0]


def shifted(a, n):
    return np.roll(a, n), np.roll(a, n, axis=1)


def triangles(a, k):
    return np.tril(a, k), np.triu(a, k)


def ones_below(k):
    return np.tri(3, 4, k)


def sliced(a, start, stop, step):
    return a[start:stop:step]


def to_nan(x):
    return np.arange(0.0, 1.0, x), np.arange(0.0, x)


@pytest.mark.parametrize("n", FAR)
def test_offsets(n):
    same(shifted, GRID, n)
    same(triangles, GRID, n)
    same(ones_below, n)
    for m in FAR[:4]:
        same(sliced, GRID[0], n, m, 1)
        same(sliced, GRID[0], n, m, -2**63)
        same(sliced, GRID[0], n, m, 2**63 - 1)


def test_no_length():
    same(to_nan, float("nan"))
