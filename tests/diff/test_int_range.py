"""Python's ints where an integer dtype stands: stored, computed with, compared. Past its range: OverflowError, exact comparisons."""
import numpy as np
import pytest

from differential import same

NUMBERS = [0, 1, 127, 128, 255, 256, -1, -128, -129, 70000, -(2**40), 2**40]


def store(a, n):
    a[0] = n
    return a


def store_all(a, n):
    a[1:] = n
    return a


def masked(a, n):
    a[a > 2] = n
    return a


def loop(a, n):
    for i in range(a.size):
        a[i] = n + i
    return a


def constant(a, n):
    a[0] = 300
    return a


def add(a, n):
    return a + n


def maximum(a, n):
    return np.maximum(a, n)


def compared(a, n):
    return a == n, a != n, a < n, a <= n, n < a, n <= a, np.greater(a, n)


def constants(a, n):
    return a == 300, a < 300, a > -1, 300 >= a, a != -200


def made(a, n):
    return np.full(3, n, np.int16), np.array([[n, 1], [2, 3]], np.int16)


def clipped(a, n):
    return np.clip(a, n, 500), a.clip(max=n)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u4", "i4", "i8", "u8"])
@pytest.mark.parametrize("f", [store, store_all, masked, loop, constant, add, maximum, compared, constants, made], ids=lambda f: f.__name__)
def test_python_ints(f, dtype):
    for n in NUMBERS:
        if f in (store, loop) and dtype == "u8" and n < 0:
            continue                    # in the last NumPys one message, in others another
        same(f, np.arange(5).astype(dtype), n)


@pytest.mark.parametrize("n", [0, 2, -3, 100])
def test_clip(n):
    same(clipped, np.arange(5, dtype=np.int16), n)
    same(clipped, np.arange(-100, 100, 50, dtype=np.int8), n)


