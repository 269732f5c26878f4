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


REAL = [(-0.5, 3, 1), (-1.5, 3, 1), (1, 10, 0.5), (10, 1, -1.7), (0, 1, 0.1), (5.9, 0, -0.3), (3, 3.5, 1), (250.5, 260, 1), (0, 10, 3), (300.5, 1, 1)]


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.int8, np.float32, np.float16, np.complex64, np.float64])
def test_arange_goes_on_in_its_dtype(dtype):
    for parts in REAL + [(-0.09902667541586241, 0.9215465104827569, 0.14171691258092603)]:   # the second is no sum of float32
        same(lambda a, b, c: np.arange(a, b, c, dtype), *parts)


def test_arange_of_scalars():
    def f(a, b, c):
        return np.arange(a, b, c), np.arange(b), np.arange(a, b)
    for t in np.uint8, np.int32, np.float32, np.float16, np.int64:
        same(f, t(1), t(10), t(3))
        same(f, t(1), 10, 0.75)
    same(arange, np.float32(0.1), np.float32(0.9), np.float32(0.1))
    for wrong in np.int64(-1), -1.0:
        same(arange_uint8, wrong, 3, 1)


ENDS = [LEAST, LEAST + 1, -3, 0, 5, MOST - 1, MOST]


@pytest.mark.parametrize("step", [LEAST, -2, -1, 1, 3, MOST])
def test_in_range(step):
    def f(x, a, b, c):
        return x in range(a, b, c)
    for a in ENDS:
        for b in ENDS:
            for x in ENDS:
                same(f, x, a, b, step)


def test_items_are_python_numbers():
    def f(a, x, small):
        return a + x.item(), small + x.item(), a * a.item(0), small * a.item(0)
    for x in np.int64(5), np.array(2.5), np.float64(1e-3), np.array([7]), np.bool_(True):
        same(f, np.array([0.5, 2], "f4"), x, np.array([0.1], "f2"))
