"""Offsets, starts and steps at the ends of int64."""
import numpy as np
import pytest
from differential import same

MOST, LEAST = 2**63 - 1, -2**63


def corners(a, k):
    return np.eye(3, 4, k), np.tri(3, 4, k), np.tril(a, k), np.triu(a, k)


def diagonals(a, k):
    return np.diagonal(a, k), np.trace(a, k), a.diagonal(k), np.diag(a, k)


@pytest.mark.parametrize("k", [0, 1, -2, 3, -3, 100, -100, 2**62, -2**62, MOST, LEAST + 2**20])
def test_corners(k):
    same(corners, np.arange(12.0).reshape(3, 4), k)


@pytest.mark.parametrize("k", [0, 1, -2, 3, -3, 100, -100])
def test_diagonals(k):
    same(diagonals, np.arange(12.0).reshape(3, 4), k)


def test_far_diagonals():           # NumPy's offset is a C int
    import numjit
    for k in (2**62, -2**62, MOST, LEAST, LEAST + 1):
        for x in numjit.njit(diagonals)(np.arange(12.0).reshape(3, 4), k):
            assert np.size(x) == 0 or x == 0


def arange(a, b, c):
    return np.arange(a, b, c)


def arange_uint8(a, b, c):
    return np.arange(a, b, c, dtype=np.uint8)


@pytest.mark.parametrize("f", [arange, arange_uint8])
@pytest.mark.parametrize("parts", [(LEAST, MOST, 2**60), (MOST, LEAST, -2**60), (LEAST, MOST, 2**62), (MOST - 5, MOST, 1),
                                   (LEAST, LEAST + 5, 1), (MOST, LEAST, LEAST), (0, 5, MOST), (5, 0, LEAST), (LEAST, 0, 2**62),
                                   (0, LEAST, -2**62), (5, 0, -1), (3, 3, 1), (300, 0, 1), (0, 5, 300), (250, 260, 3)])
def test_arange(f, parts):
    same(f, *parts)
