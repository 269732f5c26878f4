"""Sums of floats in loops: terms come in vectors, and are added one by one in the order of the turns, so the bits are CPython's."""
import math

import numpy as np
import pytest

from numjit import njit

LENGTHS = [*range(1, 40), 63, 64, 65, 1023, 1024, 1025, 4097]


def roots(x, y):
    t = 0.0
    for i in range(len(x)):
        t += math.sqrt(abs(x[i])) * y[i] - x[i] * x[i] * x[i] + 3 * y[i]
    return t


def two_sums(x, y):
    t = x[0]
    s = y[0]
    for i in range(1, len(x)):
        a = x[i]
        b = y[i]
        t = a * b + a * a * a - b * b * b + a * a * b * b - a * 3 + b * 4 + t
        s += a * a * a * a + b * b * b * b * b - a * b * a * b
    return t + 1j * s


def divisions(x, y):
    t = 0.0
    for i in range(len(x)):
        t += x[i] / y[i] / (1 + abs(x[i])) + 3
    return t


def on_two_ways(x, y):
    t = 0.0
    for i in range(len(x)):
        if x[i] > 0.3:
            t += math.sqrt(x[i]) * y[i] + x[i] * x[i] * x[i] * x[i] * x[i]
        else:
            t += y[i] * y[i] * y[i] - math.sqrt(abs(y[i]))
    return t


def complex_terms(x, y):
    t = 0j
    for i in range(len(x)):
        z = complex(x[i], y[i])
        t += z * z * z * z + z * 2
    return t


def signs_of_zero(x, y):
    t = -0.0
    for i in range(len(x)):
        t += math.sqrt(abs(x[i])) * (y[i] - y[i]) * -1.0
    return t


def bits(z):
    return [math.nan if x != x else math.copysign(1, x) * (abs(x) + 1) if x == 0 else x for x in (complex(z).real, complex(z).imag)]


@pytest.mark.parametrize("f", [roots, two_sums, divisions, on_two_ways, complex_terms, signs_of_zero])
def test_order_is_kept(f):
    g = njit(f)
    rng = np.random.default_rng(4)
    for n in LENGTHS:
        x, y = rng.standard_normal((2, n)) * 10.0 ** rng.integers(-30, 30, (2, n))
        x, y = (x, y) if n % 3 else (np.repeat(x, 2)[::2], y[::-1])
        assert repr(bits(g(x, y))) == repr(bits(f(x.tolist(), y.tolist()))), n
    if f is not complex_terms:
        x[3], y[5] = np.inf, np.nan
        assert repr(bits(g(x[:5], y[:5]))) == repr(bits(f(x[:5].tolist(), y[:5].tolist())))
        assert repr(bits(g(x, y))) == repr(bits(f(x.tolist(), y.tolist())))


def test_divisor_zero_late():
    g = njit(divisions)
    x, y = np.ones((2, 3000))
    y[2500] = 0
    with pytest.raises(ZeroDivisionError):
        g(x, y)


def test_powers_of_one_exponent():
    """One value per argument, wherever it stands and whether vectors compute it or not."""
    def total(x, n):
        t = 0.0
        for i in range(len(x)):
            t += x[i] ** n[i]
        return t

    g = njit(total)
    x = np.random.default_rng(1).random(100) + 0.5
    n = np.arange(100) - 50
    t = 0.0                                     # sum() of floats compensates from CPython 3.12 on
    for k in range(100):
        assert g(x[:k], n[:k]) == t
        t += g(x[k:k + 1], n[k:k + 1])
