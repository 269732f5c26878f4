"""Functions and methods of ranges, slices, tuples; hash, type, getattr; match on sequences."""
import functools
from collections import namedtuple

import numpy as np
import pytest
from differential import same

Pair = namedtuple("Pair", "x y", defaults=[7])


def ranges(a, b, c):
    r = range(a, b, c)
    q, z = r[1:], r[::-1]
    s = 0
    for i in q:
        s = s * 10 + i
    for i in z:
        s = s * 10 + i
    return s, q == range(a + c, b, c), r.count(3), r.index(a + c), len(r[1:100:2])


def find(n, x):
    return range(n).index(x)


def indices(n, i, j, k):
    return slice(i, j, k).indices(n), slice(None, j).indices(n), slice(i, None, k).indices(n)


def orders(t):
    return (sorted(t), sorted(t, reverse=True), sorted(t, key=lambda x: -x), list(t), list(range(3)), sorted(range(4, 0, -1)),
            sorted(t, key=lambda x: x % 2), sorted(t, key=lambda x: x % 2, reverse=True))


def keys(t):
    return min(t, key=lambda x: x * x), max(t, key=abs)


def defaults(n):
    return max((i for i in range(n)), default=-1), min(range(n), default=2), max((), default=3), max([i for i in range(n)], default=-2)


def types(x):
    return type(x)(3), type(x)(2) + x, type(x) == int, type(x) is float


def attributes(a):
    return getattr(a, "ndim"), getattr(a, "missing", 7), hasattr(a, "size"), hasattr(a, "missing")


def named(p):
    return p._replace(x=10), Pair(1), Pair(y=2, x=3), p._fields


def reduced(a):
    return (functools.reduce(lambda x, y: x * 2 + y, a, 1), functools.reduce(lambda x, y: x * 2 + y, a))


def matched(p):
    match p:
        case (0, 0):
            return 1
        case (0, y):
            return 2 + y
        case (x, 0):
            return 3 + x
        case (x, y):
            return 4
        case [x, *r]:
            return x + len(r)
        case _:
            return 5


def test_ranges_and_slices():
    same(ranges, 0, 10, 3)
    same(ranges, 10, -3, -2)
    same(find, 3, 5)
    same(find, 3, 2)
    for i in (-9, -3, 0, 2, 9):
        for k in (-2, 1, 3):
            same(indices, 5, i, 4 - i, k)


def test_orders():
    for t in [(3, 1, 2), (2, 1), (5, 3, 4, 1, 2, 3)]:
        same(orders, t)
        same(keys, t)
    same(keys, (3, -5, 2))
    same(defaults, 0)
    same(defaults, 3)


@pytest.mark.parametrize("x", [0, 1, -1, -2, 2**61 - 1, 2**61, -(2**61), -(2**63), True, 0.0, -0.0, 0.5, -2.5, 1e300, 1e-310, 0.1,
                               float("inf"), float("-inf"), 1 + 2j, -0.5j, (), (1, 2), (1.5, (2, 3)), np.uint64(2**63 + 5)])
def test_hash(x):
    same(lambda v: hash(v), x)


def test_types_and_attributes():
    same(types, 5)
    same(types, 2.5)
    same(attributes, np.arange(6))
    same(named, Pair(1, 2))
    same(reduced, (1, 2, 3))
    same(lambda x: (x.numerator, x.denominator), 7)
    for x, n in [(1250, -2), (15, -1), (25, -1), (-15, -1), (7, 2), (2**62, -18), (1, -30)]:
        same(lambda x, n: round(x, n), x, n)


def test_match():
    for p in [(0, 0), (0, 5), (5, 0), (3, 4), (3, 4, 5), 3]:
        same(matched, p)


@pytest.mark.parametrize("text", ["np.array(range(n))", "np.sum(range(n), -1)", "x + range(5)", "range(0, 10, 2) * x", "x[range(n, 0, -1)]", "np.sqrt(range(n))",
                                  "np.array([range(n), range(n)])", "np.interp(1.5, range(n), range(n))", "np.concatenate((range(n), x))",
                                  "np.take(x, range(-1, -3, -1))", "np.array(range(3), np.float32)"])
def test_ranges_are_array_likes(text):
    space = {"np": np}
    exec("def f(x, n):\n    return " + text, space)
    same(space["f"], np.arange(5) * 3, 4)


def neighbours(a, kind):
    around = (a[:-2], a[1:-1], a[2:])
    return sum([v == kind for v in around]), sum(v * 2 for v in around), sum([v.sum() for v in around], 0.5)


def test_sums_of_arrays():
    same(neighbours, np.array([1, 2, 2, 3, 2]), 2)
    same(neighbours, np.ones((4, 3)), 1.0)
