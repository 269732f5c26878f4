"""The line from end to end: loops, arrays, errors, recursion, calls."""
import numpy as np
import pytest
from differential import same

import numjit
from numjit import njit


def sum2d(a):
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j]
    return total


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def fill(a, n):
    for i in range(n):
        a[i] = i * 2 + 1
    return a[-1]


def divide(x, y):
    return x // y, x % y, x / y


@pytest.mark.parametrize("order", "CF")
def test_sum2d(order):
    same(sum2d, np.asarray(np.arange(12.0).reshape(3, 4), order=order))
    same(sum2d, np.arange(24.0).reshape(4, 6)[::2, ::3])


def test_while():
    for n in (1, 27, 97):
        same(collatz, n)


def test_store_and_index_error():
    same(fill, np.zeros(5), 5)
    same(fill, np.zeros(5), 6)


def test_division():
    for x, y in ((7, 2), (-7, 2), (7, -2), (7, 0), (7.5, 2.0), (7.5, 0.0)):
        same(divide, x, y)


def test_recursion():
    @njit
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)
    assert fib(20) == 6765


def test_typing_error_is_short():
    def f(x, s):
        return x + s
    with pytest.raises(TypeError) as error:
        njit(f)(1, "a")
    text = str(error.value)
    assert len(text.splitlines()) <= 8 and "x + s" in text and "^" in text


def test_returned_array_is_the_argument():
    a = np.ones(3)
    assert njit(lambda x: x)(a) is a


def test_local_that_may_be_unbound():
    def f(n):
        if n > 2:
            x = n * 2
        return x
    same(f, 3)
    same(f, 1)


def count_up(n):
    i = total = 0
    while i < n:
        total += i
        i += 1
    return total, i


def count_up_below_the_test(n):
    i = total = 0
    while True:
        if not (i < n):
            break
        total += i
        i += 1
    return total, i


def test_while_with_the_test_at_the_top():
    """CPython 3.14 tests once, as in the second; 3.11 to 3.13 the first once before the loop and once at its end."""
    for n in (0, 1, 10, 5000):
        same(count_up, n)
        same(count_up_below_the_test, n)


def with_defaults(a, b=2, *rest, c=3.5, d=None):
    return a, b, rest, c, d


def test_default_and_keyword_arguments():
    f = njit(with_defaults)
    assert f(1, d=1) == (1, 2, (), 3.5, 1) and f(1) == (1, 2, (), 3.5, None)
    assert f(1, 2, 3, 4, c=1.0, d=2) == (1, 2, (3, 4), 1.0, 2)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'a'"):
        f()
