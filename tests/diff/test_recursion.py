"""Long recursions answer signals; short ones are as they were."""
import signal

import numpy as np
import pytest

import numjit
from differential import same


@numjit.njit
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def test_signals_reach_a_recursion():
    def stop(number, frame):
        raise KeyboardInterrupt
    old = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            fib(70)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert fib(15) == 610


async def coroutine(x):
    return x


def test_coroutines_are_refused():
    with pytest.raises(numjit.errors.UnsupportedError, match="async def"):
        numjit.njit(coroutine)(1)


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


def test_many_entries():
    same(depth, 600)


def down(n, x):
    """What x grows to, returned through n frames: a result of each shape that a call may have."""
    if n == 0:
        return x
    return down(n - 1, x)


def down_pair(n, x, y):
    if n == 0:
        return x, y
    y, x = down_pair(n - 1, y, x)
    return x, y


def down_maybe(n, x):
    if n == 0:
        return None if x > 0 else x
    return down_maybe(n - 1, x)


def down_raises(n, d):
    if n == 0:
        return 1 // d
    return down_raises(n - 1, d) + 1


@pytest.mark.parametrize("x", [True, 7, -1, 2.5, float("nan"), 1 - 2j, np.float32(0.1), np.complex64(1j), np.int8(-3), np.uint8(200)])
def test_results(x):
    same(down, 5, x)
    same(down_pair, 5, x, 3)
    same(down_pair, 4, x, x)


def test_results_that_are_not_numbers():
    same(down, 5, np.arange(3.0))
    same(down, 5, (1, 2.0, (True, 4)))
    same(down_maybe, 5, 1.5)
    same(down_maybe, 5, -1.5)
    same(down_raises, 5, 2)
    same(down_raises, 5, 0)
