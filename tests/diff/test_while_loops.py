"""`while i < n: ... i += 1`: a loop over a range, for the compiler."""
import numpy as np
import pytest

import numjit
from differential import same


def total(a):
    s = 0.0
    i = 0
    n = a.shape[0]
    while i < n:
        s += a[i]
        i += 1
    return s, i


def left_early(a, k):
    s = 0.0
    i = k
    before = -1
    while i < len(a):
        if a[i] > 50:
            break
        s += a[i]
        before = i
        i += 1
    return s, i, before


def with_else(a, k):
    i = k
    x = y = 7.0
    while i < len(a):
        x = a[i] * 2
        y = x + 1
        if x > 5:
            y = y * 2
            break
        i += 1
    else:
        return -1.0, x, y, i
    return x, y, 0.5, i


def rate(a, out, k):
    i = k
    while i < len(a):
        old = a[i - k]
        out[i] = 0.0 if old == 0 else a[i] / old
        i += 1
    return out


def turns(first, end):
    i = first
    n = 0
    while i < end:
        n += 1
        if n > 1000:
            return n, i
        i += 1
    return n, i


def nested(a):
    i = t = 0
    while i < a.shape[0]:
        j = i
        while j < a.shape[1]:
            t += a[i, j] * j
            j += 1
        i += 1
    return t, i


def skips(a):
    i = s = 0
    while i < len(a):
        if a[i] == 3:
            i += 1
            continue
        s += i
        i += 1
    return s, i


def longer(a):
    i = 0
    n = len(a)
    while i < n:
        if a[i] == 2 and n > 4:
            n -= 1
        i += 1
    return i, n


def late(a):
    i = 0
    last = a[:0]
    while i < len(a):
        last = a[i:] * 2
        i += 1
    return last, i


def constants(a):
    i = 0
    while i < 4:
        a[i] += i
        i += 1
    return a, i


def at_least_once(a, n):
    i = 0
    while True:
        a[i] += 1
        i += 1
        if not i < n:
            break
    return a, i


@pytest.mark.parametrize("n", [0, 1, 3, 4, 5, 9, 5000])
def test_sizes(n):
    a = np.arange(float(n))
    for f in (total, skips, longer, late, constants):
        if n < 100 or f is not late:
            same(f, a)
    same(at_least_once, a, min(n, 3))
    same(nested, np.arange(n * 4).reshape(4, n))


@pytest.mark.parametrize("k", [0, 1, 2, 99, -3])
def test_starts(k):
    for scale in (0, 1, 9):
        a = np.arange(10.0) * scale - 4
        same(left_early, a, k)
        same(with_else, a, k)
        same(rate, a, np.ones(10), k)
        same(rate, a, np.ones(4), k)


@pytest.mark.parametrize("ends", [(0, 5), (5, 0), (-5, 5), (-2**63, -2**63 + 4), (-2**63, 2**63 - 1), (2**63 - 4, 2**63 - 1)])
def test_ends(ends):
    same(turns, *ends)


def test_nothing_is_checked_in_the_loop():
    text = numjit.dump(numjit.njit(rate), "opt", ("f8[::1]", "f8[::1]", "int"))
    body = next(b for b in text.split("\nb") if "div" in b)
    assert "check index" not in body and "ult" not in body
