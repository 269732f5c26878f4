"""What is broadcast: the call in which nothing is stretched, and every other one (opt/usual.c)."""
import itertools

import numjit
import numpy as np
import pytest
from differential import equal, outcome

SHAPES = [(3, 4), (1, 4), (3, 1), (1, 1), (0, 4), (3, 0), (4,), (1,), (2, 4)]


def numbers(shape, k, order="C"):
    a = np.arange(1.0 + k, 1.0 + k + max(1, int(np.prod(shape))))[:int(np.prod(shape))].reshape(shape) / 4
    return np.asfortranarray(a) if order == "F" else a[..., ::-1] if order == "A" else a


def placed(x):
    """A copy with the same strides."""
    if x.flags.forc or x.size == 0:
        return x.copy(order="A")
    return x[..., ::-1].copy()[..., ::-1]


def same(f, g, *args):
    mine, its = [placed(x) for x in args], [placed(x) for x in args]
    want, got = outcome(lambda: f(*mine)), outcome(lambda: g(*its))
    assert want[0] == got[0] and (equal if want[0] == "value" else lambda x, y: x == y)(want[1], got[1]), (want, got)
    assert all(map(equal, mine, its))


def three(a, b, c):
    return a * b + c - a / b


def both_results(a, b, c):
    r = a * b
    s = r + c
    return r, s, r.shape, s.shape


def into(a, b, c):
    a[:] = b + c
    return a.sum()


def twice(a, b, c):
    a += b
    a *= c
    return a


def total(a, b, c):
    return (a * b + c).sum(), np.maximum(a, b).max()


def read_behind(a, b, c):
    r = a + b
    t = 0.0
    for i in range(r.shape[0]):
        for j in range(r.shape[1]):
            r[i, j] += r[i - 1, j] + c[0, 0]
            t += r[i, j]
    return r, t


def in_a_loop(a, b, c):
    x = a + b
    for k in range(3):
        x = x * c - b
        if k == 1:
            x = x + 1.0
    return x


def caught(a, b, c):
    x = a * 2.0
    try:
        x = a + b
        x = x * c
    except ValueError:
        return x, 1
    return x, 0


def chosen(a, b, c):
    return np.where(a > b, a, c), np.clip(a, 1.0, 2.0)


def with_views(a, b, c):
    return a[1:] + b[:-1] * c[1:], a.T + b.T


def alone(a, b):
    r = np.empty_like(a)
    r[:] = a * b
    return r + a, r


def scaled(a, b, c):
    n = a * b
    m = n.sum() + 1.0
    return n / m + c / m


@pytest.mark.parametrize("f", [three, both_results, into, twice, total, read_behind, in_a_loop, caught, chosen, with_views, scaled])
def test_three_operands(f):
    g = numjit.njit(f)
    for x, y, z in itertools.product(SHAPES[:6], SHAPES[:6], [(3, 4), (1, 4), (2, 4), (1, 1)]):
        same(f, g, numbers(x, 0), numbers(y, 3), numbers(z, 5))


@pytest.mark.parametrize("orders", ["CFC", "AAA", "FFF", "ACA"])
@pytest.mark.parametrize("f", [three, both_results, into, in_a_loop, with_views])
def test_orders(f, orders):
    g = numjit.njit(f)
    for x, y, z in itertools.product([(3, 4), (1, 4), (3, 1)], repeat=3):
        same(f, g, numbers(x, 0, orders[0]), numbers(y, 3, orders[1]), numbers(z, 5, orders[2]))


@pytest.mark.parametrize("f", [three, both_results, into, twice, in_a_loop, scaled])
def test_fewer_axes(f):
    g = numjit.njit(f)
    for x, y, z in itertools.product([(3, 4), (1, 4), (2, 4)], [(4,), (1,), (3,)], [(3, 4), (1, 1)]):
        same(f, g, numbers(x, 0), numbers(y, 3), numbers(z, 5))


@pytest.mark.parametrize("f", [three, both_results, into, total, in_a_loop, scaled])
def test_parallel(f):
    g = numjit.njit(parallel=True)(f)
    for x, y, z in itertools.product([(30, 40), (1, 40), (30, 1)], repeat=3):
        same(f, g, numbers(x, 0), numbers(y, 3), numbers(z, 5))


def test_what_overlaps():
    def f(a, b):
        a[1:] = a[:-1] + b[1:]
        return a
    g = numjit.njit(f)
    for shape in [(5,), (1,), (2,), (0,)]:
        same(f, g, numbers((5,), 0), numbers(shape, 1))
    a = numbers((5,), 0)
    b = a.copy()
    g(a, a)
    f(b, b)
    assert (a == b).all()


def test_many_results():
    def f(a, b, c, d):
        w = a + b
        x = c - d
        y = w * x
        z = x / w
        return w, x, y, z
    g = numjit.njit(f)
    for shapes in itertools.product([(3, 4), (1, 4)], repeat=4):
        same(f, g, *(numbers(s, k) for k, s in enumerate(shapes)))


def test_references_are_returned():
    import sys
    g = numjit.njit(both_results)
    a, b, c = numbers((3, 4), 0), numbers((3, 1), 1), numbers((3, 4), 2)
    new = numbers((3, 4), 3)
    for _ in range(3):
        for args in ((a, a, c), (a, b, c)):
            before = [sys.getrefcount(x) for x in args]
            r, s, *_ = g(*args)
            assert [sys.getrefcount(x) for x in args] == before
            assert sys.getrefcount(r) == sys.getrefcount(new)
            del r, s
    for _ in range(3):
        with pytest.raises(ValueError):
            g(a, b, numbers((2, 4), 0))


def test_an_extent_of_the_region_before():
    def f(b, c, d):
        s = np.sum(d - b)
        return c * s + b
    g = numjit.njit(f)
    for b, c, d in ((2, 1), 1, (1, 1)), ((2, 3), 3, (2, 3)), ((2, 3), 1, (1, 3)), ((0, 3), 3, (1, 1)):
        same(f, g, np.ones(b), np.full(c, 3.0), np.ones(d))
