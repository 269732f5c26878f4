"""Small arrays of constant extents stay in the frame; those that outlive their place (carried by a loop, returned, raised,
given away) are arrays in memory, and nothing is left behind."""
import numpy as np
import pytest

import numjit
from differential import same
from numjit import njit, prange


def carried(n):
    v = np.zeros(3)
    for i in range(n):
        w = np.empty(3)
        for k in range(3):
            w[k] = v[k] + i * k
        v = w
    return v.sum()


def two_turns(n):
    before = np.zeros(2)
    s = 0.0
    for i in range(n):
        now = np.zeros(2)
        now[i % 2] += i
        s += before[0] * now[1]
        before = now
    return s


def one_of_two(n):
    a = np.zeros(3)
    b = np.ones(3)
    if n > 2:
        return a
    return a + b


def chosen(n):
    a = np.zeros(3)
    b = np.ones(3)
    c = a if n > 2 else b
    c[0] = 7
    return a[0] * 10 + b[0]


def view_returned(n):
    a = np.arange(6.0).reshape(2, 3)
    return a[n]


def tuple_returned(n):
    a = np.full(3, n)
    return a, a[1:]


def tuple_inside(n):
    a, b = np.zeros(3), np.ones(2)
    t = (a, b)
    t[0][1] = n
    return t[0][1] + a[1] + t[1][0]


def transposed(n):
    b = np.zeros((3, 3))
    for i in range(3):
        b[i, i] = i * n
    c = b.T
    c[0, 1] = 5
    return b[1, 0], np.dot(b, b)[2, 2], (b[1:] * 2).sum(), b[:, 1].max()


def each_turn_anew(n):
    s = 0.0
    for i in range(n):
        a = np.zeros(4)
        a[i % 4] += i
        for x in a:
            s += x * x
        s += a.sum() + (a * 2).max()
    return s


def sorted_inside(a, b):
    t = np.empty(4)
    for i in range(4):
        t[i] = a * i % 3 - b
    t.sort()
    return t[0], t[3], np.median(t)


def none_at_all(n):
    a, b = np.empty((2, 0)), np.zeros(())
    b[()] = n
    return a.size, a.sum(), b[()]


def out_of_range(n):
    a = np.zeros(3)
    a[n] = 1
    return a[0]


def caught(n):
    a = np.zeros(3)
    try:
        a[0] = 4
        a[n] = 1
    except IndexError:
        return a[0] + 1
    return a[0]


def helped(n):
    a = np.zeros(3)
    fill(a, n)
    return a.sum()


def handed_back(n):
    a = np.zeros(3)
    b = itself(a, n)
    b[0] += 1
    return b


@njit
def fill(a, n):
    for i in range(a.size):
        a[i] = i * n


@njit
def itself(a, n):
    return itself(a, n - 1) if n > 0 else a


@pytest.mark.parametrize("f", [carried, two_turns, one_of_two, chosen, tuple_returned, tuple_inside, transposed, each_turn_anew,
                               none_at_all, caught, helped, handed_back])
def test_what_stays_and_what_goes(f):
    before = numjit.memory_stats()["used_bytes"]
    for n in (0, 1, 2, 5):
        same(f, n)
    assert numjit.memory_stats()["used_bytes"] == before


def test_others():
    same(view_returned, 1)
    same(sorted_inside, 4.0, 1.5)
    same(out_of_range, 3)
    same(out_of_range, -3)


def test_an_exception_owns_its_arrays():
    @njit
    def raising(n):
        a = np.zeros(3)
        a[0] = n
        if n > 2:
            raise ValueError(a)
        return a[0]
    before = numjit.memory_stats()["used_bytes"]
    for n in range(2, 20):
        try:
            assert raising(n) == n
        except ValueError as e:
            assert np.array_equal(e.args[0], [n, 0, 0])
            del e
    assert numjit.memory_stats()["used_bytes"] == before


def test_print(capfd):
    @njit
    def show(n):
        a = np.zeros(3)
        a[n] = 2
        print(a, (a, 1))
    show(1)
    assert capfd.readouterr().out == "[0. 2. 0.] (array([0., 2., 0.]), 1)\n"


def test_in_parallel_iterations():
    @njit(parallel=True)
    def f(n):
        out, weight = np.zeros(n), np.arange(3.0)
        for i in prange(n):
            a = np.zeros(3)
            for k in range(3):
                a[k] = i * weight[k]
            out[i] = a.sum()
        return out
    assert np.array_equal(f(10_000), 3.0 * np.arange(10_000))


def test_many_of_them_do_not_fill_the_stack():
    @njit
    def deep(n):
        a = np.zeros(100)
        a[n % 100] = n
        return a[n % 100] + (deep(n - 1) if n > 0 else 0)
    assert deep(900) == sum(range(901))
    with pytest.raises(RecursionError):
        deep(10**8)
