"""Loops with large bodies, whose turns that are not foreseen are compiled when they are first needed."""
import threading

import numpy as np
import pytest

import numjit
from differential import compiled_later, same
from numjit import njit

A = np.arange(1.0, 41).reshape(4, 10)


def smooth(a, out, shift):
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            x = a[i, j - shift] * 2.0 + a[i - shift, j] * 3.0 - a[i, j] / 4.0
            y = x * x + a[i, j - shift] * a[i - shift, j - shift]
            out[i, j] = x - y * 0.5 + (x + 1.0) * (y - 1.0)
            total += x * y + a[i - shift, j] * 0.25 + (x - y) * (x + y) * 0.125
    return total


def test_wraps():
    for shift in (-1, 0, 1, 3, 10, 11):
        same(smooth, A, np.zeros_like(A), shift)
    f = njit(smooth)
    assert compiled_later(lambda: f(A, A.copy(), 0)) == 0
    assert compiled_later(lambda: f(A, A.copy(), 1)) == 1           # the inner loop with its checks and its slow turns
    assert compiled_later(lambda: f(A, A.copy(), 2)) == 0


def test_errors():
    for out in (np.zeros((4, 9)), np.zeros((3, 10)), np.zeros((0, 10)), np.zeros((4, 0))):
        same(smooth, A, out, 1)
    f = njit(smooth)
    with pytest.raises(IndexError) as caught:
        f(A, np.zeros((4, 9)), 0)
    ours = [t for t in caught.traceback if t.name == "smooth"]
    assert [t.lineno for t in ours] == [smooth.__code__.co_firstlineno + 5]


def test_what_is_carried():
    def scan(a, n):
        low, high, at, seen = a[0], -a[0], 0, False
        for i in range(n):
            x = a[i - 2] * 2.0 + a[i - 1]
            y = x * 0.5 - a[i] * a[i] + x * x
            if x < low:
                low, at = x, i
            elif y > high:
                high, seen = y, not seen
            high += x * 0.001 - y * 0.002 + (x - y) * 0.003
            low -= (x + y) * 0.004 + x * y * 0.0001
        return low, high, at, seen
    for n in (0, 1, 2, 3, 9, 40, 41):
        same(scan, A.ravel(), n)


@njit
def work(x, y):
    if y < 0:
        raise ValueError("negative")
    return x * y + x - y


def test_calls_in_it():
    def calls(a, out):
        for i in range(a.shape[0]):
            x = work(a[i - 1], a[i]) + a[i - 2] * a[i] - a[i - 1] * 3.0 + work(a[i], 2.0)
            y = x * 2.0 - a[i] * a[i - 1] + x * x - x / 3.0
            out[i] = x + y * 0.5 - (x - y) * (x + 1.0) + work(x * 0.0, 1.0)
        return out
    for a in (A.ravel(), -A.ravel(), A[:, 3], A.T[3]):
        same(calls, a, np.zeros(a.shape[0]))
        same(calls, a, np.zeros(a.shape[0] - 1))


def test_places_of_the_frame_and_handlers():
    def inside(a, out):
        acc = np.zeros(3)
        for i in range(a.shape[0]):
            x = a[i - 1] * 2.0 + a[i] - a[i - 2] * a[i] + a[i - 3]
            acc[0] += x
            acc[1] -= x * x - a[i] * 0.5 + x * 3.0 - a[i - 1] / 7.0
            acc[2] += acc[0] * 0.5 - acc[1] * 0.25
            out[i] = acc[2] + x
        return acc.sum()
    def caught(a, out):
        x = y = 0.0
        try:
            for i in range(a.shape[0]):
                x = a[i - 1] * 2.0 + a[i] - a[i - 2] * a[i] + a[i - 3]
                y += x * x - a[i] * 0.5 + x * 3.0 - a[i - 1] / 7.0
                out[i] = y * y - x + (x - y) * (x + y) * 0.125 - x * y * 0.5
        except IndexError:
            return x, y, -1
        return x, y, i
    for f in (inside, caught):
        for n in (40, 39, 1, 0):
            same(f, A.ravel(), np.zeros(n))


def test_parallel():
    def rows(a, out):
        for i in numjit.prange(a.shape[0]):
            for j in range(a.shape[1]):
                x = a[i, j - 1] * 2.0 + a[i - 1, j] * 3.0 - a[i, j] / 4.0
                y = x * x + a[i, j - 1] * a[i - 1, j - 1] + a[i, j - 2] * x - a[i - 1, j - 2]
                out[i, j] = x - y * 0.5 + (x + 1.0) * (y - 1.0)
        return out
    for out in (np.zeros((4, 10)), np.zeros((4, 9))):
        results = []
        for g in (rows, njit(parallel=True)(rows)):
            try:
                results.append(g(A, out.copy()).tolist())
            except IndexError as e:
                results.append(str(e))
        assert results[0] == results[1]


def test_many_threads_at_once():
    f, wrong, want = njit(smooth), [], np.zeros_like(A)
    total = smooth(A, want, 1)
    f(A, np.zeros_like(A), 0)
    start = threading.Barrier(8)
    def run():
        out = np.zeros_like(A)
        start.wait()
        if f(A, out, 1) != total or not np.array_equal(out, want):
            wrong.append(1)
    threads = [threading.Thread(target=run) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
