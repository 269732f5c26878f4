"""Long recursions answer signals; short ones are as they were."""
import signal

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
