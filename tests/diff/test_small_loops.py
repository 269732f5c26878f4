"""Small loops that are not counted: two or four turns of them are written out (opt/turns.c)."""
import numpy as np
import pytest

from differential import same


def digits(n):
    s = turns = 0
    while n:
        s += n & 1
        n >>= 1
        turns += 1
    return s, turns, n


def collatz(k):
    steps = top = 0
    while k != 1:
        k = k // 2 if k % 2 == 0 else 3 * k + 1
        top = max(top, k)
        steps += 1
    return steps, top


def swaps(n):
    a, b, c = 0, 1, 2
    while n > 0:
        a, b, c = b, c, a + b
        n -= 1
    return a, b, c


def leaves(n, stop):
    k, last = 0, -1
    while True:
        if k == stop:
            break
        last = k
        k += 1
        if k >= n:
            return k, last, True
    return k, last, False


def otherwise(n, stop):
    k = 0
    while k < n:
        if k * k == stop:
            found = k
            break
        k += 1
    else:
        found = -1
    return found, k


def root(x):
    y, e = x, 1.0
    while e > 1e-12:
        z = 0.5 * (y + x / y)
        e, y = abs(z - y), z
    return y, e


def search(a, x):
    low, high = 0, len(a)
    while low < high:
        middle = (low + high) // 2
        if a[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low


def follow(a, k, n):
    s = 0
    while n != 0:
        s += k
        k = a[k]
        n -= 1
    return s, k


def marks(a, k):
    while a[k] >= 0:
        a[k] = -a[k] - 1
        k = (k + 3) % len(a)
    return a, k


def nested(n):
    s = i = 0
    while i < n:
        j = i
        while j & 3 != 3:
            j += 1
            if j == 6:
                continue
            s += j
        i = j + 1
        s ^= i
    return s, i, j if n > 0 else 0


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 8, 13, 2047, 4096, 5000])
def test_turns(n):
    same(digits, n)
    same(collatz, n + 1)
    same(swaps, min(n, 80))
    same(nested, n)
    for stop in (-1, 0, 1, 2, 3, 4, n - 1, n, n + 1):
        same(leaves, n, stop)
        same(otherwise, n, stop)
    if n:
        same(root, float(n))


def test_arrays():
    a = np.sort(np.random.default_rng(1).integers(0, 50, 37))
    for x in range(-1, 52):
        same(search, a, x)
        same(search, a[:0], x)
    ring = np.array([3, 0, 1, 2, 9, -1])
    for k in (0, 1, 4, 5, -6, 6):
        for n in (0, 1, 2, 3, 4, 5, 9):
            same(follow, ring, k, n)        # IndexError in one turn or another
    for k in range(-7, 8):
        same(marks, np.arange(7), k)
