"""Functions that only raise: what calls them has the type of its other ways."""
import numpy as np
import pytest

import numjit
from differential import same


@numjit.njit
def fail(x):
    raise ValueError("no")


def one_way(x):
    y = fail(x) if x > 0 else 3.0
    return y + 1


def caught(x):
    try:
        a = fail(x)
    except ValueError:
        return 5
    return a + 2


def in_loop(a):
    s = 0
    for k in range(a.size):
        if a[k] < 0:
            s += fail(k)
        s += k
    return s


def alone(a):
    fail(1)


def in_display(a):
    return [fail(v) for v in (1, 2)]


def in_comprehension(a):
    return np.array([fail(v) for v in a])


def cleans_up(a):
    try:
        fail(1)
    finally:
        a[0] = 4


def test_a_call_that_never_returns():
    same(one_way, 1)
    same(one_way, -1)
    same(caught, 1)
    same(in_loop, np.ones(3))
    same(in_loop, -np.ones(3))
    for f in (alone, in_display, in_comprehension, cleans_up):
        same(f, np.zeros(2))


@numjit.njit
def down(n):
    if n < 0:
        raise ValueError("end")
    return back(n - 1)


@numjit.njit
def back(n):
    return down(n - 1)


@numjit.njit
def endless(n):
    return endless(n + 1)


@numjit.njit
def by_a_generator(n):
    return sum(by_a_generator(k) for k in range(n)) + 1


def test_recursions_that_never_return():
    with pytest.raises(ValueError, match="end"):
        down(10)
    with pytest.raises(RecursionError):
        endless(0)
    assert by_a_generator(4) == by_a_generator.py_func(4) == 16


def unbound_sum(a):
    for i in numjit.prange(a.size):
        s += i          # noqa: F821
    return s            # noqa: F821


def every_iteration(a):
    s, t = 0, a * 0
    for i in numjit.prange(a.size):
        s += fail(i)
        t += fail(i)
        a[i] = 7
    return s, t


def inner_iterations(a):
    s = 0
    for i in numjit.prange(a.size):
        for j in numjit.prange(3):
            s += fail(i)
    return s


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("f", [unbound_sum, every_iteration, inner_iterations], ids=lambda f: f.__name__)
def test_iterations_that_only_raise(f, parallel):
    for n in (0, 3):
        same(f, np.arange(n), jit=numjit.njit(parallel=parallel))
