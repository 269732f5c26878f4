"""Signals are answered where no loop is long, but what it calls has loops again."""
import signal
import traceback

import numpy as np
import pytest

import numjit
from numjit import prange

N = 2000        # shorter than a strip


@numjit.njit
def add(n):
    s = 0.0
    for k in range(n):
        s += np.sqrt(k)
    return s


@numjit.njit
def add_all(n):
    s = 0.0
    for k in range(n):
        s += add(n)
    return s


@numjit.njit
def of_calls(n):
    s = 0.0
    for k in range(n):
        s += add_all(n)
    return s


@numjit.njit
def of_calls_while(n):
    k = 0
    while add_all(n - k % 3) >= 0.0 and k < n:
        k += 1
    return k


@numjit.njit
def sixty(x):
    for k in range(60):
        x = x * 0.9 + np.cos(x)
    return x


@numjit.njit
def sixty_times(x):
    for k in range(60):
        x = sixty(x)
    return x


@numjit.njit
def sixty_times_more(x):
    for k in range(60):
        x = sixty_times(x)
    return x


@numjit.njit
def of_constants(n):
    x = 0.0
    for k in range(n):
        x = sixty_times_more(x)
    return x


@numjit.njit(parallel=True)
def region(n):
    s = 0.0
    for k in prange(n * n):
        s += np.sqrt(k)
    return s


@numjit.njit(parallel=True)
def of_regions(n):
    s = 0.0
    for k in prange(n):
        s += region(n)
    return s


@pytest.mark.parametrize("f", [of_calls, of_calls_while, of_constants, of_regions])
def test_signals_reach_loops_of_calls(f):
    """Inside of the call, not when it has returned, seconds later."""
    def stop(number, frame):
        raise KeyboardInterrupt
    f(3)
    old = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt) as info:
            f(N)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert f.__name__ in [frame.name for frame in traceback.extract_tb(info.tb)]


def test_what_calls_of_loops_give():
    for n in (0, 1, 7, 8, 9, 40):
        one = sum(np.sqrt(k) for k in range(n))
        assert np.isclose(of_calls(n), n * n * one) and of_calls_while(n) == n
        assert np.isclose(of_regions(n), n * sum(np.sqrt(k) for k in range(n * n)))
