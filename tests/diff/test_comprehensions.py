"""Generator expressions and list comprehensions that one call consumes: no list is made."""
import numpy as np
import pytest
from differential import same

from numjit import njit
from numjit.errors import UnsupportedError


def sums(a, k):
    return (float(sum(x * x for x in a)), float(sum(x * k for x in a if x > 1)), float(sum([x + k for x in a])),
            sum(i * j for i in range(k) for j in range(i) if j % 2), sum((1 for x in a), 10))


def truths(a):
    return any(x > 2 for x in a), all(x > 2 for x in a), any([x > 2 for x in a]), all([x >= 0 for x in a])


def extremes(n):
    return max(i * (n - i) for i in range(n)), min([-i for i in range(n)])


def counted(a):
    return len([x for x in a if x > 1]), len([x for x in a])


def stops(a):
    return any(1 // int(x) > 0 for x in a)


def does_not_stop(a):
    return any([1 // int(x) > 0 for x in a])


def squares(n):
    return np.array([i * i for i in range(n)]), np.array([i * 0.5 for i in range(n) if i % 2])


def rows(n, m, a):
    return (np.array([[i * m + j for j in range(m)] for i in range(n)]), np.array([(i, 2.5 * i) for i in range(n)]),
            np.array([r * 2 for r in a]), np.array([[i, [j, 2][1]] for i in range(n) for j in range(i)]))


def ragged(n):
    return np.array([[j for j in range(i)] for i in range(n)])


def as_argument(a):
    return float(np.sum([x * x for x in a])), float(np.mean([float(x) for x in a]))


def static(t):
    return tuple(x * 2 for x in t), [x + 1 for x in t], [[x * y for x in t] for y in t], [x for x in t if True]


def of_types(t):
    return any(isinstance(x, str) for x in t), sum(x for x in t if not isinstance(x, str))


def in_a_loop(n):
    s = 0
    for k in range(n):
        s += sum(i * k for i in range(k)) + np.array([i for i in range(k) if i % 2]).size
    return s


@njit
def recursive(n):
    return 1 if n < 2 else sum(recursive(n - k) for k in (1, 2))


def by_name(n):
    g = (i * i for i in range(n))
    return sum(g)


def kept(n):
    return [i for i in range(n)]


def twice(n):
    g = (i for i in range(n))
    return sum(g) + sum(g)


def test_folds():
    for n in (0, 1, 5, 100):
        same(sums, np.arange(n), 3)
        same(sums, np.arange(n) * 0.5, 7)
        same(truths, np.arange(n))
        same(counted, np.arange(n))
        same(extremes, n)
        same(by_name, n)
        same(in_a_loop, n)
    same(stops, np.array([1, 0]))
    same(does_not_stop, np.array([1, 0]))
    same(static, (1, 2.5))
    same(of_types, (1, 2, "a"))
    same(of_types, (1, 2.5))


def test_arrays():
    for n in (2, 7, 1000):
        same(squares, n)
    assert [a.shape for a in njit(squares)(0)] == [(0,), (0,)]        # the dtype is that of the values there would be
    same(rows, 2, 3, np.arange(6.0).reshape(2, 3))
    same(rows, 5, 1, np.arange(6)[::-2].reshape(1, 3))
    same(as_argument, np.arange(3))
    with pytest.raises(ValueError, match="inhomogeneous"):
        njit(ragged)(3)


def test_recursion():
    assert recursive(10) == 89


def test_kept_ones():
    same(kept, 3)
    with pytest.raises(UnsupportedError):
        njit(twice)(3)


def walrus_array(a):
    return np.array([y + half for x in a if (y := 2 * x) > 3 and (half := x / 2) > 1])


def walrus_any(a):
    return any((y := x * x) > 10 and y % 2 == 0 for x in a), sum(z for x in a if (z := x + 1) > 2)


def test_assignments_that_only_the_comprehension_reads():
    same(walrus_array, np.arange(6.0))
    same(walrus_any, np.arange(6))


def walrus_read(a):
    found = any((y := x) > 3 for x in a)
    return y if found else -1


def test_assignments_that_are_read_outside():
    with pytest.raises(UnsupportedError, match="read outside"):
        njit(walrus_read)(np.arange(6))


def unbound_in_generator(n):
    if n:
        v = 1
    return all(v < x for x in range(3))


def unbound_in_list(n):
    if n:
        v = 1
    return np.array([v + x for x in range(3)])


def unbound_in_lambda(n):
    if n:
        v = 1
    f = lambda: v
    return f()


@pytest.mark.parametrize("function", [unbound_in_generator, unbound_in_list, unbound_in_lambda])
def test_variables_of_the_function_around_that_are_unbound(function):
    same(function, 0)
    same(function, 1)
