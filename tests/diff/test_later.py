"""Copies of nests that are compiled when a call first needs them."""
import os
import sys
import threading

import numpy as np
import pytest

import numjit
from differential import compiled_later, same
from numjit import njit

SQUARE = np.arange(1.0, 17).reshape(4, 4)


def product(a, b):
    return a * b + 1.0


def test_usual_calls_need_one_copy():
    assert compiled_later(lambda: njit(product)(SQUARE, SQUARE)) == 0
    assert compiled_later(lambda: njit(product)(SQUARE[:, ::2], SQUARE[:, ::2])) == 1


def test_each_once():
    """What is done where something is stretched, which chooses, and then what it chooses."""
    f = njit(product)
    f(SQUARE, SQUARE)
    more = 2
    for operands in [(SQUARE[:1], SQUARE), (SQUARE, SQUARE[:, :1].copy()), (SQUARE[:1, :1].copy(), SQUARE)]:
        assert compiled_later(lambda: np.testing.assert_array_equal(f(*operands), product(*operands))) == more
        assert compiled_later(lambda: f(*operands)) == 0
        more = 1


def test_overlap():
    def add_before(a, b):
        a[1:] += b[:-1] * 2
        return a.sum()
    def shared(a):
        return add_before(a, a)
    f = njit(add_before)
    x, y = np.arange(10.0), np.arange(10.0)
    assert compiled_later(lambda: f(x.copy(), y)) == 0
    assert compiled_later(lambda: f(x, x)) == 1
    add_before(y, y)
    np.testing.assert_array_equal(x, y)


def test_reductions():
    def several(a, b):
        return (a * b).max(), (a + b).min(), np.sum(a - b)
    for b in (SQUARE, SQUARE[:1], SQUARE[:, :1], SQUARE[::2, ::-1][:1], SQUARE[:1, :1]):
        same(several, SQUARE, b)


def test_order_and_types():
    def mixed(a, b, c):
        return (a + b * c, a.sum(axis=0) + b.sum(axis=1))
    for dtype in ("f4", "i2", "c16", "?"):
        a = SQUARE.astype(dtype)
        for x in (a, a.T, a[::-1], a[:, ::-1]):
            same(mixed, x, a[:, ::-1], x[:1])


def test_in_loops_and_bodies():
    def rows(a, out):
        for i in numjit.prange(a.shape[0]):
            out[i] = a[i] * a[:1] [0] + a[i, ::-1]
        return out
    for parallel in (False, True):
        for a in (SQUARE, SQUARE.T, SQUARE[::-1, ::-1]):
            np.testing.assert_array_equal(njit(parallel=parallel)(rows)(a, np.zeros((4, 4))), rows(a, np.zeros((4, 4))))


def test_errors_have_their_line():
    def power(a, b):
        x = a ** b
        return x
    ints = np.ones((3, 4), int)
    f = njit(power)
    f(ints, ints)
    with pytest.raises(ValueError) as caught:
        f(ints[:, ::2], np.full((3, 1), -1))
    at = caught.traceback[-1]
    assert (at.name, at.lineno) == ("power", power.__code__.co_firstlineno)
    assert [t.name for t in caught.traceback].count("power") == 1


def test_caught_where_it_is_called():
    def power(a, b):
        try:
            return (a ** b).sum()
        except ValueError:
            return -1
    ints = np.arange(12).reshape(3, 4)
    for b in (np.ones((3, 4), int), np.full((3, 4), -1), np.full((1, 4), -1), np.full((3, 1), -1), ints[:, ::-1]):
        same(power, ints, b)


def test_many_threads_at_once():
    f, wrong = njit(product), []
    f(SQUARE, SQUARE)
    start = threading.Barrier(8)
    def work(k):
        start.wait()
        for b in (SQUARE[:1], SQUARE[:, :1], SQUARE[:, ::-1], SQUARE[::-1]):
            if not np.array_equal(f(SQUARE, b), product(SQUARE, b)):
                wrong.append(k)
    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_deep_in_recursion():
    @njit
    def down(n, a, b):
        if n == 0:
            return (a * b).sum()
        return down(n - 1, a, b)
    down(1, SQUARE, SQUARE)
    limit = threading.stack_size(512 * 1024)
    got = []
    try:
        t = threading.Thread(target=lambda: got.append(down(140, SQUARE, SQUARE[:1])))
        t.start()
        t.join()
    finally:
        threading.stack_size(limit)
    assert got == [(SQUARE * SQUARE[:1]).sum()]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_after_a_fork():
    f = njit(product)
    f(SQUARE, SQUARE)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(f(SQUARE, SQUARE[:, :1]), product(SQUARE, SQUARE[:, :1])) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_code_goes_with_its_function():
    live = numjit.runtime_stats()["live_allocations"]
    for _ in range(20):
        f = njit(lambda a, b: a - b)
        f(SQUARE, SQUARE[:, :1])
        del f
    assert numjit.runtime_stats()["live_allocations"] == live
