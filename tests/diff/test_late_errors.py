"""An error that constants make certain is raised where the program gets to it, not when it is compiled."""
import numpy as np
import pytest
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
