"""Loops in loops stand as they were written where all their checks are foreseen; else they are called as functions of their own."""
import numpy as np
import pytest

from differential import compiled_later, same
from numjit import njit

A = np.arange(1.0, 61).reshape(5, 12)


def nearest(points, centres, labels):
    far = 0.0
    for i in range(points.shape[0]):
        low = 1e300
        for c in range(centres.shape[0]):
            d = 0.0
            for k in range(points.shape[1]):
                d += (points[i, k] - centres[c, k]) ** 2
            if d < low:
                low = d
                labels[i] = c
        far = max(far, low)
    return far


def test_whole():
    f = njit(nearest)
    labels = np.zeros(5, np.int64)
    assert compiled_later(lambda: f(A, A[:3] + 0.25, labels)) == 0
    for points, centres in ((A, A[2:]), (A[:, :0], A), (A[:0], A), (A, A[:0])):
        same(nearest, points, centres, labels)


def test_errors():
    same(nearest, A, A[:, :11].copy(), np.zeros(5, np.int64))
    same(nearest, A, A, np.zeros(4, np.int64))
    f = njit(nearest)
    with pytest.raises(IndexError, match="index 11 is out of bounds for axis 1 with size 11") as caught:
        f(A, A[:, :11].copy(), np.zeros(5, np.int64))
    ours = [t for t in caught.traceback if t.name == "nearest"]
    assert [t.lineno for t in ours] == [nearest.__code__.co_firstlineno + 6]


def fill(a, out, shift):
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[i, j] = a[i, j - shift] + i
    return out


def test_what_was_stored_before():
    for shift in (-3, -1, 0, 1, 5, 12, 13):
        same(fill, A, np.zeros_like(A), shift)


@pytest.mark.parametrize("n", [4095, 4096, 4097, 8192, 10000, 131072, 131073, 140000])
def test_long_rows(n):
    def sums(a, out):
        at = 0
        for i in range(a.shape[0]):
            s = 0
            for j in range(a.shape[1]):
                s += a[i, j] * (j + 1)
                at = j
            out[i] = s + at
        return at
    a, out, expected = np.arange(2 * n).reshape(2, n) % 7, np.zeros(2, np.int64), np.arange(1, n + 1)
    assert njit(sums)(a, out) == n - 1
    assert (out == a @ expected + n - 1).all()


def test_what_is_used_behind_it():
    def lengths(a, limit):
        total, last, n = 0.0, -1, 0
        for i in range(a.shape[0]):
            n = 0
            for j in range(a.shape[1]):
                if a[i, j] < limit:
                    n += 1
                last = j
            for j in range(n):              # as long as the loop before says
                total += a[i, j] * (last + 1)
            k = 0
            while k < n:
                for j in range(k, n):
                    total -= a[i, j]
                k += 3
        return total, last, n
    for limit in (0.0, 5.0, 30.0, 100.0):
        same(lengths, A, limit)
    same(lengths, A[:, :0], 3.0)


def test_rows_given_by_data():
    def product(indptr, indices, data, x, y):
        for i in range(indptr.size - 1):
            s = 0.0
            for k in range(indptr[i], indptr[i + 1]):
                s += data[k] * x[indices[k]]
            y[i] = s
        return y
    data, x, y = np.arange(8.0), np.arange(5.0), np.zeros(4)
    columns = np.array([0, 4, 1, 2, -1, 3, 0, 2])
    for rows in ([0, 2, 2, 5, 8], [0, 5, 2, 8, 3], [-3, 0, 2, 4, 8], [0, 2, 4, 6, 9], [0, 2, -2**63, 2**63 - 1, 0],
                 [2**63 - 1, -2**63, 0, 1, 2]):
        same(product, np.array(rows), columns, data, x, y)


def test_in_a_try():
    def careful(a, b):
        failed = 0
        for i in range(a.shape[0]):
            s = 0.0
            try:
                for j in range(a.shape[1]):
                    if b[i, j - 2] == 0.0:
                        raise ZeroDivisionError("none")
                    s += a[i, j] / b[i, j - 2]
            except ZeroDivisionError:
                failed += 1
            except IndexError:
                failed += 100
            a[i, 0] = s
        return failed
    zeros = A.copy()
    zeros[2, 3] = zeros[4, 10] = 0.0
    same(careful, A.copy(), A)
    same(careful, A.copy(), zeros)
    same(careful, A.copy(), A[:, :9].copy())


def test_brief_loops_inside():
    def convolve(a, out):
        for i in range(1, a.shape[0] - 1):
            for j in range(1, a.shape[1] - 1):
                s = 0.0
                for di in range(-1, 2):
                    for dj in range(-1, 2):
                        s += a[i + di, j + dj] * (di * 3 + dj)
                out[i, j] = s
        return out
    same(convolve, A, np.zeros_like(A))
    same(convolve, A, np.zeros((5, 11)))
    same(convolve, A, np.zeros((4, 12)))
    same(convolve, A[:1], np.zeros_like(A))


def test_indices_that_come_around():
    def far(a, n, step):
        s = 0.0
        for _ in range(2):
            for i in range(n):
                s += a[i * step]
        return s
    a = np.ones(100)
    same(far, a, 34, 3)
    for n, step in ((2**16 + 1, 2**48), (2**16 + 1, -2**48), (2**12 + 1, 2**52), (2**17, 2**47)):
        with pytest.raises(IndexError):
            njit(far)(a, n, step)


def before(a, out):
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[i, j] = a[i, j - 1] + 10 * a[i, j - 3] + a[i - 1, j - 2]
    return out


def running(a, out):
    for i in range(a.shape[0]):
        s = 0.0
        for j in range(a.shape[1]):
            s += a[i, j - 1] * a[i, j]
            out[i, j - 1] = s
    return out


def ring(a, out):
    n, m = a.shape
    for i in range(n):
        for j in range(m):
            out[i, j] = a[(i - 1) % n, j] + 10 * a[(i + 1) % n, j] + 100 * a[i, (j - 1) % m] + a[i, (j + 1) % m] + (j - 2) % m + (j + 2) % m
    return out


def neighbours(a, out):
    n, m = a.shape
    for i in range(n):
        for j in range(m):
            for di in range(-1, 2):
                for dj in range(-1, 2):
                    out[i, j] = out[i, j] * 3 + a[(i + di) % n, (j + dj) % m]
    return out


@pytest.mark.parametrize("f", [before, running, ring, neighbours])
def test_rows_that_begin_or_end_beyond(f):
    for n in (0, 1, 2, 3, 9):
        for m in (0, 1, 2, 3, 4, 19):
            a = np.arange(float(n * m)).reshape(n, m) % 7
            same(f, a, np.zeros((n, m)))
            same(f, np.asfortranarray(a), np.zeros((n, m)))


def test_a_row_that_begins_with_its_end_is_whole():
    f = njit(running)
    assert compiled_later(lambda: f(A, np.zeros_like(A))) == 0


def test_a_choice_that_is_no_remainder():
    def sums(n, also):
        s = 0
        for i in range(n):
            r = np.fmod(i - 1, n)
            s = s * 3 + np.where(also & ((r ^ n) < 0), r + n, r)
        return int(s)
    same(sums, 5, False)
    same(sums, 5, True)
