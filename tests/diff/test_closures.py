"""Inner functions and the locals they share with the function around them."""
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
