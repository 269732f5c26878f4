"""A number or None, where an element, an index or a ufunc's operand is wanted."""
import numpy as np
import pytest

from differential import outcome, same
from numjit import njit


@njit
def number(k):
    if k == 0:
        return 3
    if k == 1:
        return 1


def element(a, k):
    a[0] = number(k)
    return a


def elements(a, k):
    a[1:] = number(k)
    return a


def at(a, k):
    return a[number(k)]


def put_at(a, k):
    a[number(k)] = 7
    return a


def root(a, k):
    return np.sqrt(number(k)) + np.maximum(a, number(k))


def added(a, k):
    a[0] += number(k)
    return a


@pytest.mark.parametrize("f", [element, elements, at, put_at, root, added])
@pytest.mark.parametrize("dtype", ["f8", "i8", "u1", "f4"])
def test_there(f, dtype):
    for k in (0, 1):
        same(f, np.arange(5).astype(dtype), k)


def test_none():
    same(element, np.zeros(3), 2)
    same(elements, np.zeros(3, "f4"), 2)
    for f in (element, elements, at, put_at, root, added):
        a = np.arange(3)
        kind, error = outcome(lambda: njit(f)(a, 2))
        assert kind == "raised" and error[0] is TypeError and "NoneType" in error[1] and a.tolist() == [0, 1, 2]
