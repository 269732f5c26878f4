"""An error that constants make certain is raised where the program gets to it, not when it is compiled."""
import math

import numpy as np
import pytest

import numjit
from differential import same


def slice_of_array(a, k):
    if k:
        return a[::0]
    return a


def slice_of_tuple(k):
    x = (1, 2.5)
    if k:
        return x[::0]
    return x


def item(k):
    x = (1, 2.5)
    return x[2] + k if k else 3.0


def item_always():
    return (1, 2)[7]


def item_of_nothing(k):
    x = ()
    return x[0] + k


def least_of_nothing(k):
    return min(()) if k else 3


@pytest.mark.parametrize("k", [0, 1])
def test_reached_or_not(k):
    same(slice_of_array, np.arange(3.0), k)
    same(slice_of_tuple, k)
    same(item, k)
    same(item_of_nothing, k)
    same(item_always)
    same(least_of_nothing, k)


def add(a, b):
    a += b
    return a


def plus(a, b):
    return a + b


@pytest.mark.parametrize("x, y", [((3,), (2,)), ((1,), (3,)), ((3,), (1,)), ((2, 3), (3,)), ((2, 3), (2,)), ((1, 3), (2, 3)),
                                  ((0,), (2,))])
def test_shapes_that_do_not_broadcast(x, y):
    same(add, np.ones(x), np.ones(y))
    same(plus, np.ones(x), np.ones(y))


def divided(a, b):
    return divmod(a, b)


def test_divmod_names_itself():
    for pair in ((1.0, 0.0), (1, 0), (1, 0.0), (True, 0.0), (7.5, -2.0), (-7, 2)):
        same(divided, *pair)


def power(a, b, m):
    return pow(a, b, m)


def test_pow_with_a_modulus():
    for x in ((3, 4, 5), (3, -1, 7), (2, -1, 4), (3, 4, 0), (-3, 5, 7), (3, 5, -7), (10, 10**18, 10**9 + 7), (0, 0, 1), (2, -3, 1),
              (2**62, 2**62, 2**62 - 1), (-1, 3, 2**63 - 1)):
        same(power, *x)


def shape_alone(n):
    return np.zeros((n, n)).shape


def size_alone(n):
    return np.empty(n, np.int8).size


def test_sizes_of_arrays_that_are_not_made():
    for n in (2**40, -1, 0, 3):
        same(shape_alone, n)
    for f, n in ((shape_alone, 2**22), (size_alone, 2**61)):
        with pytest.raises(MemoryError):
            numjit.njit(f)(n)


def lists():
    a = [1, 2]
    b, c = a, [1, 2]
    return a is b, a is c, a == c, a is not c, [] is not []


def test_each_display_is_a_list_of_its_own():
    same(lists)


def test_options_that_mean_nothing():
    for option, error in ((dict(inline="sometimes"), ValueError), (dict(boundscheck="q"), TypeError), (dict(nogil=3.5), TypeError),
                          (dict(parallel="yes"), TypeError), (dict(cache="a"), TypeError), (dict(locals=5), TypeError),
                          (dict(error_model="no"), ValueError), (dict(fastmath="xx"), ValueError)):
        with pytest.raises(error, match=next(iter(option))):
            numjit.njit(**option)(lists)
    numjit.njit(inline="always", boundscheck=None, parallel={"fusion": True}, nogil=True, cache=False)(lists)()


def ratio(x):
    return x.as_integer_ratio()


def test_ratios():
    for x in (0.5, -2.75, 3.0, -0.0, 1e18, 2.0**62, -2.0**63, 0.1, math.nan, math.inf, 7, -3, True):
        same(ratio, x)
    for x in (2.0**63, 1e300, 5e-324):
        with pytest.raises(OverflowError, match="64 bits"):
            numjit.njit(ratio)(x)
    same(lambda k: k.__index__(), 4)
