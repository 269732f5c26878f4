"""Arrays that come back twice are one object."""
import numpy as np
import pytest

import numjit


def given(a):
    return a, a.T, a


def made(a):
    b = a * 2
    return b, b, b.T


def counted(a):
    b = a * 2
    return b, (b, b), a + 1


@pytest.mark.parametrize("n", [0, 1, 5, 1000])
@pytest.mark.parametrize("f", [given, made, counted])
def test_identity(f, n):
    a = np.arange(float(2 * n)).reshape(2, n)
    for _ in range(3):
        want, got = f(a), numjit.njit(f)(a)
        assert [x is want[0] for x in want] == [x is got[0] for x in got]
        if f is counted:
            assert got[1][0] is got[1][1]


def nested(a):
    b = a * 2
    t = (b, 1)
    return t, (t, (b, [b])), a, (a, [t]), b.T


@pytest.mark.parametrize("n", [0, 1, 1000])
def test_nested(n):
    a = np.arange(float(2 * n)).reshape(2, n)
    for _ in range(3):
        t, (u, (b, (c,))), d, (e, (v,)), view = numjit.njit(nested)(a)
        assert t is u is v and t[0] is b is c and d is e is a and view is not b


VIEWS = [lambda a: (a, a[:]), lambda a: (a, a[...]), lambda a: (a, a.view()), lambda a: (a, a.ravel()), lambda a: (a, a.T),
         lambda a: (a, a.reshape(3)), lambda a: (a, np.swapaxes(a, 0, 0)), lambda a: (lambda v: (v, v, a))(a[:]),
         lambda a: (a, np.asarray(a)), lambda a: (a, a.real), lambda a: (a, np.atleast_1d(a)), lambda a: (a, a.squeeze())]


@pytest.mark.parametrize("f", VIEWS)
def test_views_are_objects(f):
    a = np.arange(3.0)
    want, got = f(a), numjit.njit(f)(a)
    assert [[x is y for y in want] for x in want] == [[x is y for y in got] for x in got]
    assert [x.base is a for x in want] == [x.base is a for x in got]
    g = numjit.njit(f)
    b = numjit.njit(lambda x: g(x + 1))(a)
    assert [[x is y for y in want] for x in want] == [[x is y for y in b] for x in b]
    assert all(np.array_equal(x, a + 1) for x in b)


def twice(a):
    return a[:], a[:]


def of_a_view(a):
    t = a[1:]
    u = t
    return t, u, t[:], [t[:], u], a[1:], np.asarray(t), t is u, t is t[:]


def each_way(a):
    return a.T, a.T, a.reshape(-1), a.reshape(-1), a.ravel(), a.view(), a[None], a[None], a[...]


def of_branches(a):
    b = a[:]
    c = b if len(a) > 2 else a[:]
    d = a[:] if len(a) > 2 else b
    return b, c, d


def in_a_loop(a):
    b = a * 2
    for i in range(2):
        c = b
        b = b[:]
    return b, c, b


@pytest.mark.parametrize("f", [twice, of_a_view, each_way, of_branches, in_a_loop])
def test_views_of_the_same(f):
    def same(x):
        x = [y for z in x for y in (z if isinstance(z, list) else [z])]
        return [[p is q for p in x] for q in x], [getattr(p, "base", None) is None for p in x], [np.asarray(p).tolist() for p in x]
    a = np.arange(4.0)
    assert same(f(a)) == same(numjit.njit(f)(a))
    g, h = numjit.njit(f), f
    assert same(numjit.njit(lambda x: g(x + 1))(a)) == same(h(a + 1))
