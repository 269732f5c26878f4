"""Powers of complex numbers, signs of zero parts too; results' dtypes of small integers and bools."""
import numpy as np
import pytest
from differential import same

import numjit

ZERO = 0.0
PARTS = [(1, 0), (1, -ZERO), (-1, 0), (-1, -ZERO), (0, 1), (0, -1), (-ZERO, 1), (-ZERO, -1), (2, 3), (-2, -3), (4, 0), (-4, 0),
         (-4, -ZERO), (0, 0), (-ZERO, 0), (0, -ZERO), (-ZERO, -ZERO)]
NUMBERS = np.array([complex(*p) for p in PARTS])
EXPONENTS = [-0.5, 0.5, 2, -1, -2, 3, 0, 1, 2.0, -1.0, 1j, 0.5 + 0j, 1.5, complex(2, 0), complex(0, 0), 100, -7]


def power(z, e):
    return np.power(z, e)


def scalar(z, e):
    return z ** e


def same_bits(f, z, e, tolerance=4e-15):
    with np.errstate(all="ignore"):
        want, got = np.asarray(f(z, e)), np.asarray(numjit.njit(f)(z, e))
    assert want.dtype == got.dtype and want.shape == got.shape
    for x, y in zip(want.ravel().view(float), got.ravel().view(float)):
        assert (x == y and np.signbit(x) == np.signbit(y)) or (x != x and y != y) or (x != 0 and abs(x - y) <= tolerance * max(abs(x), 1)), (e, want, got)


@pytest.mark.parametrize("e", EXPONENTS)
def test_power(e):
    same_bits(power, NUMBERS, e)
    for z in NUMBERS[:-4]:              # CPython raises for powers of 0, compiled code has nan
        same_bits(scalar, complex(z), e)


@pytest.mark.parametrize("e", ["2", "-1", "0.5", "-0.5", "3", "2.0", "-1.0", "1"])
def test_constant(e):
    names = {}
    exec(f"def f(z, _): return z ** {e}", names)
    same_bits(names["f"], NUMBERS, 0)


def narrow(a):
    return a ** 2, np.frexp(a), np.modf(a), np.angle(a), np.sinc(a)


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "i2", "i4", "i8", "f2", "f4", "f8"])
def test_narrow(dtype):
    a = np.array([1, 0, 3]).astype(dtype)
    for want, got in zip(narrow(a), numjit.njit(narrow)(a)):
        for x, y in zip(want if isinstance(want, tuple) else (want,), got if isinstance(got, tuple) else (got,)):
            assert x.dtype == y.dtype
            np.testing.assert_allclose(x, y, rtol=1e-3, atol=1e-3)


def count(a):
    return np.bincount(a)


def test_bincount_of_bools():
    same(count, np.array([True, False, True]))
