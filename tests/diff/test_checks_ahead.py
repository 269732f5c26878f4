"""Loops whose checks of data are made a strip ahead: results, errors, and what was stored before one are Python's.
float(): an element of an array is a NumPy scalar in CPython, which does not raise."""
import math

import numpy as np
import pytest

import numjit
from differential import same


def ratio(a, b, out):
    for i in range(len(a)):
        out[i] = float(a[i]) / float(b[i])


def inverse(a):
    for i in range(len(a)):
        a[i] = 1.0 / float(a[i])


def follows(a):
    for i in range(len(a) - 1):
        a[i + 1] = 2.0 / float(a[i])


def rooted(a, b, out):
    for i in range(len(a)):
        d = math.sqrt(b[i]) * 0.5
        out[i] = math.exp(float(a[i]) / d) + float(a[i]) // float(b[i]) % 3.0


def whole(a, b, out):
    n = 0
    for i in range(len(a)):
        out[i] = int(a[i]) // int(b[i])
        n += int(out[i])
    return n


def first_only(a, out):
    for i in range(len(out)):
        out[0] = float(out[i]) / float(a[0])


def caught(a, b, out):
    try:
        for i in range(len(a)):
            out[i] = float(a[i]) / float(b[i])
    except ZeroDivisionError:
        return i
    return -1


SIZES = [0, 1, 7, 8, 33, 1023, 1024, 1025, 2500]


def data(n, zero=None, dtype="f8"):
    rng = np.random.default_rng(n)
    a, b = (rng.uniform(1, 2, n) * 100).astype(dtype), (rng.uniform(1, 9, n)).astype(dtype)
    if zero is not None and n:
        b[zero % n] = 0
    return a, b, np.zeros(n, dtype)


@pytest.mark.parametrize("zero", [None, 0, 1, 5, 1030, -1])
@pytest.mark.parametrize("n", SIZES)
def test_zero_divisors(n, zero):
    same(ratio, *data(n, zero))
    same(caught, *data(n, zero))
    same(whole, *data(n, zero, "i8"))
    same(whole, *data(n, zero, "i4"))
    same(inverse, data(n, zero)[1])
    same(follows, data(n, zero)[1])


@pytest.mark.parametrize("n", SIZES)
def test_memory_that_is_shared(n):
    """A store may change a divisor of a later turn: then nothing is foreseen."""
    a = np.random.default_rng(n).uniform(1, 2, n + 8)
    for shift in 0, 1, 3, 8:
        def run(f):
            x = a.copy()
            try:
                f(np.ones(n), x[:n], x[shift:shift + n])
            except ZeroDivisionError as e:
                return str(e), x
            return x
        np.testing.assert_array_equal(run(numjit.njit(ratio)), run(ratio))

    def zeros_ahead(b, out):
        for i in range(len(out)):
            out[i] = 1.0 / float(b[i]) - 1.0
    x, y = np.ones(n + 2), np.ones(n + 2)
    for f, z in (zeros_ahead, x), (numjit.njit(zeros_ahead), y):
        try:
            f(z[:n], z[2:])
        except ZeroDivisionError:
            z[0] = 77
    np.testing.assert_array_equal(x, y)


def test_an_element_that_does_not_move():
    a = np.array([2.0, 0.0])
    same(first_only, a, np.arange(1.0, 50.0))
    same(first_only, a[1:], np.arange(1.0, 50.0))
    x = np.full(3000, 0.5)
    same(first_only, x[:1], x[1:])


@pytest.mark.parametrize("zero", [None, 3, 2000])
def test_with_functions(zero):
    a, b, out = data(2500, zero)
    slow, fast = out.copy(), out.copy()
    errors = []
    for f, r in (rooted, slow), (numjit.njit(rooted), fast):
        try:
            f(a, b, r)
        except ZeroDivisionError as e:
            errors.append(str(e))
    assert len(errors) == (0 if zero is None else 2) and len(set(errors)) <= 1
    np.testing.assert_allclose(slow, fast, rtol=1e-14)


def test_only_under_a_condition():
    def f(a, b, out):
        for i in range(len(a)):
            if b[i] != 0.0:
                out[i] = float(a[i]) / float(b[i])
            else:
                out[i] = -1.0
    same(f, *data(2000, 1500))

    def g(a, b, out):
        for i in range(len(a)):
            if a[i] > 130.0:
                out[i] = float(a[i]) / float(b[i])
    same(g, *data(2000))
    same(g, *data(2000, 1500))


def test_a_step_of_nothing():
    def f(a, b, k):
        for i in range(len(b)):
            a[i * k] = float(b[i]) / float(a[i * k])
    b = np.ones(100)
    b[1] = 0.0
    for k in 0, 1:
        same(f, np.ones(100), b, k)


def test_in_range_by_another_check():
    def f(k, b, out):
        table = np.ones(8)
        for i in range(len(out)):
            bit = 1 << k[i]
            out[i] = float(b[i]) / float(table[min(k[i], 7)]) + bit
    k = np.arange(2000) % 8
    same(f, k.tolist(), *data(2000)[1:])            # a list: its shifts are Python's
    k[1500] = -10**15
    with pytest.raises(ValueError, match="negative shift count"):
        numjit.njit(f)(k, *data(2000)[1:])
