"""Functions as values: which one it is, is only known when the code runs."""
import math

import numpy as np
import pytest

import numjit
from differential import same


@numjit.njit
def double(x):
    return 2 * x


@numjit.njit
def half(x):
    return x / 2


@numjit.njit
def fail(x):
    raise ValueError("chosen")


@numjit.njit
def apply(f, x):
    return f(x)


@numjit.njit
def pick(k):
    if k == 0:
        return double
    return half


def by_condition(k, x):
    f = double if k == 0 else half
    return f(x)


def three_ways(k, x):
    f = math.sin
    if k == 1:
        f = math.cos
    elif k == 2:
        f = half
    return f(x) + apply(f, x)


def by_index(k, x):
    functions = (math.exp, double, half)
    return functions[k](x)


def in_a_loop(a):
    f = double
    total = 0.0
    for x in a:
        total += f(x)
        f = half if f is double else double
    return total


def returned(k, x):
    return pick(k)(x)


def one_raises(k, x):
    f = fail if k == 0 else double
    try:
        return f(x)
    except ValueError:
        return -1


def closures(k, x):
    y = x * 3

    def add(v):
        return v + y

    def times(v):
        return v * k
    f = add if k > 0 else times
    g = f
    return f(2), g is f, g is add, g == times, callable(f)


def lambdas(k, x):
    return ((lambda v: v + 1) if k == 1 else (lambda v: v - 1))(x) if k < 2 else (lambda v: v * 5)(x)


def methods(k, a):
    f = a.sum if k == 0 else a.max
    return f()


def maybe_none(k, x):
    f = None
    if k == 0:
        f = double
    elif k == 1:
        f = half
    if f is None:
        return -1.0
    return f(x)


def none_called(k, x):
    f = double if k == 0 else None
    return f(x)


def in_map(k, x):
    f = double if k == 0 else half
    return sum(map(f, (x, x + 1)))


@pytest.mark.parametrize("function", [by_condition, three_ways, by_index, returned, one_raises, closures, lambdas, maybe_none, none_called,
                                      in_map])
def test_chosen(function):
    for k in (0, 1, 2):
        same(function, k, 5)
        same(function, k, 2.5)


def test_chosen_in_a_loop():
    same(in_a_loop, np.arange(5.0))
    for k in (0, 1):
        same(methods, k, np.arange(5.0))
    with pytest.raises(IndexError):
        numjit.njit(by_index)(3, 1.0)


def test_a_choice_is_returned():
    f = numjit.njit(lambda k: double if k else half)
    assert f(1) is double and f(0) is half


def unlike(k):
    f = (lambda: 1) if k else (lambda: (1, 2))
    return f()


def test_results_without_a_common_type():
    with pytest.raises(numjit.TypingError, match="results of the functions that are called here"):
        numjit.njit(unlike)(1)
