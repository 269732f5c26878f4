"""Inner functions and the locals they share with the function around them."""
import numpy as np
import pytest
from differential import same

import numjit


def counter(n):
    count = 0
    total = 0.5

    def bump(k):
        nonlocal count, total
        count += k
        total = total * 2
        return count - 1
    last = -1
    for i in range(n):
        last = bump(i)
        if i == 3:
            count = 100
    return count, total, last


@pytest.mark.parametrize("n", [0, 1, 6])
def test_nonlocal(n):
    same(counter, n)


def later(x):
    k = 1

    def f(v):
        return v + k
    a = f(x)
    k = 10
    b = f(x)
    for k in range(3):
        b += f(x) * k
    return a, b


def test_variable_changes_before_the_call():
    same(later, 5)


def through(x):
    total = 0

    def add(v):
        nonlocal total
        total += v

    def twice(v):
        add(v)
        add(v)
        return total
    a = twice(x)
    add(1)
    return a, total, twice(x)


def middle(x):
    total = 0

    def outer(v):
        def inner(w):
            nonlocal total
            total += w
            return total
        return inner(v) + inner(v + 1)
    return outer(x), total


def test_deeper():
    same(middle, 4)


def recursive(n):
    def fact(k):
        return 1 if k < 2 else k * fact(k - 1)
    return fact(n)


def test_inner_recursion():
    same(recursive, 6)


def escapes(n):
    count = 0

    def bump(k):
        nonlocal count
        count += k
        return count
    return helper(bump, n), count


@numjit.njit
def helper(f, n):
    return f(n)


def test_nonlocal_from_elsewhere_is_refused():
    with pytest.raises(numjit.errors.UnsupportedError, match="nonlocal"):
        numjit.njit(escapes)(1)


def test_nonlocal_of_the_interpreter_is_refused():
    count = 0

    def bump():
        nonlocal count
        count += 1
    with pytest.raises(numjit.errors.UnsupportedError, match="nonlocal"):
        numjit.njit(bump)()


def test_shared_by_two():
    with pytest.raises(numjit.errors.UnsupportedError, match="nonlocal"):
        numjit.njit(through)(3)


# What an inner function sees when another one calls it: variables as they are then, not as they were when it was made.

def through_another(n):
    c = 1.0

    def g(x):
        return x * c

    def h(x, f=g):
        return g(x) + f(x)
    k = lambda x: h(x) + 1      # noqa: E731
    c = 2.0
    a = h(n), k(n), g(*(n,)), max(3, 1, key=g), [g(i) for i in (1, 2)], sum(g(i) for i in range(n)), np.array([g(i) for i in range(n)])
    c = 3.0
    return a, k(n), list(map(g, (1, 2))), helper(g, n)


def of_a_loop(n):
    s = 0
    for i in range(n):
        def g(x):
            return x + i

        def h(x):
            return g(x) * 2
        s += h(1)
    i = 100
    return s + h(1)


def hidden(n):
    c = n

    def g():
        return c

    def h():
        c = 50

        def k():
            return c
        return g() + k()
    return h()


def each_other(n):
    k = 1

    def a(x):
        return k if x <= 0 else b(x - 1) + 1

    def b(x):
        return a(x - 1) * 2 + c(x)

    def c(x):
        return x if x < 2 else a(x - 3) + z
    z = 5
    r = a(n)
    k = 3
    return r, b(n), [a(i) for i in range(3)], max(range(4), key=b)


def stars(n):
    c = 0

    def f(a, b, d=1):
        nonlocal c
        c += a * d
        return c + b
    t = (1, 2)
    x = f(*t, d=n)
    c += 100
    return x, f(*t), f(*t[:1], b=n, d=2), f(*(), b=1, a=n), c, np.full(*t[1:], fill_value=n, dtype="f4")


def in_a_tuple(n):
    a, calls = n, 0

    def g():
        return a

    def h():
        return a * 100

    def changed(q):
        nonlocal a
        a += 7
        return q
    both = (g, h)
    a = n * 10
    r = [k() for k in both], sum(k() for k in (h, g)), [[k() + j for k in both] for j in (1, 2)], [k() for k, j in zip(both, range(2))]
    calls += 1
    a += calls
    return r, sum([k() for k in changed(both)]), [g() for j in changed((1, 2))], max([k() for k in both if k() > a])


@pytest.mark.parametrize("function", [through_another, of_a_loop, hidden, each_other, stars, in_a_tuple])
def test_variables_as_they_are(function):
    def plain(f, n):
        return f(n)
    global helper
    compiled, helper = helper, plain
    try:
        wanted = function(4)
    finally:
        helper = compiled
    assert repr(numjit.njit(function)(4)) == repr(wanted)


def test_keywords_after_a_star():
    def f(t, n):
        return max(*t, key=lambda x: -x, **{"default": n})
    with pytest.raises(numjit.UnsupportedError, match="dict"):
        numjit.njit(f)((1, 2), 3)
