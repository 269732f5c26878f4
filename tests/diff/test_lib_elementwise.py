"""numjit/lib/elementwise.py and products.py beside NumPy."""
import itertools

import numpy as np
import pytest

from differential import same
from numjit import njit

X = np.array([1.5, -0.25, 0.0, -0.0, np.nan, np.inf, -np.inf, -7.0])
M = np.array([[1, -2, 3], [0, 5, -6]])
Z = np.array([1 + 2j, 3, -1j, complex(np.nan, 1)])


@pytest.mark.parametrize("f", [
    lambda x: np.divmod(x, 2), lambda x: np.modf(x), lambda x: np.fix(x), lambda x: np.isposinf(x), lambda x: np.isneginf(x),
    lambda x: np.iscomplex(x), lambda x: np.isreal(x), lambda x: np.real(x), lambda x: np.angle(x),
    lambda x: np.nan_to_num(x), lambda x: np.nan_to_num(x, nan=1.0, posinf=2.0, neginf=3.0),
    lambda x: np.isclose(x, 1.5), lambda x: np.isclose(x, x, equal_nan=True), lambda x: np.allclose(x, x)], ids=range(14))
def test_of_each(f):
    for x in (X, X[::-2], X.reshape(2, 4).T, X[:0], M):
        same(f, x)


def test_gcd_of_all_of_an_integer_dtype():
    for dtype in "iu":
        for nbytes in "1248":
            limits = np.iinfo(dtype + nbytes)
            x = np.array([limits.min, limits.min + 1, 0, 6, limits.max // 3, limits.max - 1, limits.max], dtype + nbytes)
            same(lambda x, y: np.gcd(x, y), x, x[:, None])


@pytest.mark.parametrize("power", [0.5, 0.0, -0.5, -1.0, 1j, 1 + 1j])
def test_powers_of_complex_zero(power):
    same(lambda z, p: z ** p, np.array([0j, complex(-0.0, 0)]), power)


def test_of_complex():
    for f in (lambda z: np.angle(z), lambda z: np.iscomplex(z), lambda z: np.isreal(z), lambda z: (np.real(z), np.imag(z)),
              lambda z: np.nan_to_num(z)):
        same(f, Z)


def test_of_single_precision():
    for f in (lambda x: np.nan_to_num(x), lambda x: np.modf(x), lambda x: np.isclose(x, 1)):
        same(f, X.astype("f4"))


def test_in_place():
    def f(x):
        np.nan_to_num(x, copy=False)
    same(f, X)


def test_series():
    for f in (lambda x: np.sinc(x), lambda x: np.i0(x)):
        x = np.linspace(-30, 30, 13)
        assert np.allclose(njit(f)(x), f(x), rtol=1e-13, atol=1e-15)


def test_frexp():
    f = lambda x: np.frexp(x)
    for x in (X[:4], np.array([1e-310, 3.0, -1e300])):
        same(f, x)


def test_equality():
    a = [np.arange(3), np.arange(3.0), np.ones((2, 3)), np.array([1, np.nan]), np.zeros(0), np.arange(4)]
    for x, y in itertools.product(a, a):
        for f in (lambda x, y: np.array_equal(x, y), lambda x, y: np.array_equal(x, y, equal_nan=True), lambda x, y: np.array_equiv(x, y)):
            same(f, x, y)


def test_bits():
    for x in (np.arange(300, dtype="i8") - 5, np.array([0, 255], "u1"), np.array([-128, 127], "i1")):
        same(lambda x: np.bitwise_count(x), x)
    bits = np.array([[2, 0, 255], [7, 9, 128]], "u1")
    for f in (lambda b: np.unpackbits(b), lambda b: np.unpackbits(b, axis=1), lambda b: np.packbits(b, axis=0), lambda b: np.packbits(b),
              lambda b: np.packbits(b, bitorder="little"), lambda b: np.unpackbits(b, axis=0, count=5)):
        same(f, bits)


def test_flat_places():
    for i in (5, np.array([0, 3, 23]), np.array([[1], [7]])):
        same(lambda i: np.unravel_index(i, (2, 3, 4)), i)
        same(lambda i: np.unravel_index(i, (2, 3, 4), order="F"), i)
    same(lambda i, j: np.ravel_multi_index((i, j), (3, 4)), np.array([0, 2]), np.array([3, 1]))
    same(lambda i, j: np.ravel_multi_index((i, j), (3, 4), mode="clip"), np.array([0, 9]), np.array([-3, 1]))
    same(lambda i, j: np.ravel_multi_index((i, j), (3, 4), order="F"), 2, 1)
    with pytest.raises(ValueError, match="out of bounds"):
        njit(lambda i: np.unravel_index(i, (2, 3)))(6)


def test_piecewise():
    same(lambda x: np.piecewise(x, [x < 0, x >= 1], [-1, 1]), X)
    same(lambda x: np.piecewise(x, [x < 0], [-1.0, lambda v: v * 2]), X)


def test_along_axis():
    same(lambda a: np.apply_along_axis(np.sum, 0, a), M)
    same(lambda a: np.apply_along_axis(lambda v: v[::-1] * 2, 1, a), M)


def test_products():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(2, 3)[::-1] + 1
    same(lambda a, b: np.cross(a, b), a, b)
    same(lambda a, b: np.cross(a, b, axis=0), a.T.copy(), b.T.copy())
    same(lambda a, b: np.cross(a, b), a, b[0])
    same(lambda a, b: np.matvec(a, b), a, b[0])
    same(lambda a, b: np.vecmat(b, a), a.T.copy(), b[0])
    same(lambda a, b: np.tensordot(a, b, 1), a, b.T.copy())
    same(lambda p, x: np.polyval(p, x), np.array([2.0, -1, 3]), a)
    same(lambda p, x: np.polyval(p, x), np.array([2, -1, 3]), 4)


def test_scalar_item():
    same(lambda x: np.float64(x)[()] + 1, 2.0)


BYTES = np.array([200, 3, 255], np.uint8)


def test_reduceat_of_narrow_integers():
    for a in BYTES, np.array([True, True, True]), np.array([1, 2, 3], np.int16), np.array([1.5, 2, 3]), np.zeros(0), np.ones(1):
        same(lambda a: np.add.reduceat(a, [0, 1]), a)
        same(lambda a: np.multiply.reduceat(a, [0, 1]), a)
        same(lambda a: np.maximum.reduceat(a, [0, 1]), a)


def test_reduction_of_nothing():
    same(lambda a: np.logaddexp.reduce(a), np.zeros(0))
    same(lambda a: np.logaddexp2.reduce(a), np.zeros((0, 2)))
    same(lambda a: np.subtract.reduce(a), np.zeros(0))


def test_dtypes_that_numpy_refuses():
    for a in BYTES % 9, np.array([1, 0, 5]), np.array([True, False]), np.array([1.0, 2.0]), np.array([[1, 2]]), np.array([1j]):
        same(lambda a: np.packbits(a), a)
        same(lambda a: np.unpackbits(a), a)
    for a in BYTES % 9, np.array([1, 0, 5]), np.array([1.0, 2.0]), 3, 2.5:
        same(lambda a: np.unravel_index(a, (300,)), a)
        same(lambda a: np.ravel_multi_index((a, a), (9, 9)), a)
    same(lambda a: np.bincount(a), np.array([[1, 2]]))


def test_sort_complex_dtypes():
    for dtype in "?", "i1", "i4", "u2", "f2", "f4", "f8", "c8", "c16":
        same(lambda a: np.sort_complex(a), np.array([1, 0, 1], dtype))


def test_bools_and_narrow_integers_as_indices():
    a = np.array([5.0, 6, 7])
    for i in np.array([True, False, True, True]), np.array([[True], [False]]), True, np.array([2, 0], np.uint8):
        same(lambda a, i: (np.take(a, i), a.take(i, mode="wrap"), np.take(a, i, axis=0, mode="clip")), a, i)
    for i in np.array([0, 2, 1]), np.array([2, 0], np.uint8):
        same(lambda a, i: np.take_along_axis(a, i, 0), a, i)
        same(lambda a, i: np.put_along_axis(a, i, 9, 0), a, i)
    for i in np.array([True, False, True]), np.array([0.0, 1, 2]):
        with pytest.raises(IndexError, match="`indices` must be an integer array"):
            njit(lambda a, i: np.take_along_axis(a, i, 0))(a, i)
    for i in np.array([1], np.uint8), np.array([1, 2]), np.uint8(1):
        same(lambda a, i: np.insert(a, i, 9), a, i)
