"""Tuples and list displays: items that are known when compiling."""
import numpy as np
import pytest
from differential import same

from numjit import njit
from numjit.errors import UnsupportedError


def display(a, b):
    return [a, b, 3], [], [[a], [b, 2]]


def constant_display():
    return [1, 2, 3, 4]


def by_index(i, x):
    return [1, 2, x][i]


def operators(x):
    return (x in [1, 2, 3], len([x, x]), [x] + [1.5], [x] * 2, 2 * [x], [1, x] < [1, 3], [x, 2] == [3, 2], (x,) == [x],
            [1, 2, 3, x][1:3], [1, 2, x][::-1], [] == [x])


def star(x):
    a, *b, c = (x, 2, 3.5, 4)
    *d, e = [x]
    return a, b, c, d, e


def spread(t):
    return [*t, 5], (0, *t, 4)


def loop(n):
    s = 0
    for v in [1, 2, n]:
        s += v
    return s


def maybe(c):
    return [1] if c else None


def methods(t, x):
    return t.count(x), t.index(x), [1, x, x].count(x), [1, x].index(x)


def arrays(x):
    return np.array([[x, 2], [3, 4]]), np.zeros([2, 3]), np.sum([x, 1]), np.arange(3) + [1, 2, x]


def ranges(r):
    return r == range(0, 4), range(0) == range(3, 3), range(0, 3, 2) == range(0, 4, 2), range(1) != range(1, 2)


def append(x):
    out = []
    out.append(x)
    return out


def assign(x):
    out = [1, 2]
    out[0] = x
    return out


def lengths(c):
    x = [1]
    if c:
        x = [1, 2]
    return x


def test_displays():
    same(display, 1, 2.5)
    same(constant_display)
    same(operators, 3)
    same(star, 1)
    same(spread, (1, 2.5))
    same(loop, 7)
    same(maybe, True)
    same(maybe, False)
    same(methods, (1, 2, 3, 2), 2)
    same(arrays, 3)
    same(ranges, range(4))


@pytest.mark.parametrize("i", [0, 2, -1, -3, 3, -4])
def test_index(i):
    same(by_index, i, 5)


def test_missing():
    same(lambda t, x: t.index(x), (1, 2), 3)
    same(lambda t, x: t.index(x, 2), (1, 2), 2)


def test_two_lengths():
    same(lengths, 0)
    same(lengths, 1)


@pytest.mark.parametrize("function", [append, assign])
def test_changes_are_refused(function):
    with pytest.raises(UnsupportedError, match="lists .*not compiled yet"):
        njit(function)(1)
