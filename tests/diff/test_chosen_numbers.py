"""Ways that only choose between numbers (opt/flat.c): elif, and, or, conditional expressions, in loops with continue and in try."""
import numpy as np
import pytest

from differential import same


def walk(n, seed):
    x = y = far = turns = 0
    for _ in range(n):
        seed = (1664525 * seed + 1013904223) & 0xFFFFFFFF
        way = seed >> 29
        if way == 0:
            x += 1
        elif way == 1:
            x -= 1
        elif way == 2:
            y, x = y + 1, x ^ 1
        elif way == 3:
            y -= 1
            turns += 1
        elif way == 4 and x > 3 or y < -2:
            turns ^= x
        elif way == 5:
            continue
        else:
            far = max(far, x * x + y * y)
    return x, y, far, turns


def sift(a):
    n = a.shape[0]
    for root in range(n):
        while 2 * root + 1 < n:
            child = 2 * root + 1
            if child + 1 < n and a[child] < a[child + 1]:
                child += 1
            if a[root] >= a[child]:
                break
            a[root], a[child] = a[child], a[root]
            root = child
    return a


def mixed(k, x):
    if k == 0:
        r = 1
    elif k == 1:
        r = x
    elif k == 2:
        r = k
    else:
        r = -1
    return r


def three(a, b, c):
    return 1 if a else 2 if b else 3 if c else 4


def caught(a, n):
    got = 0
    for k in range(n):
        try:
            v = int(a[k])
            if v == 1:
                got += 1
            elif v == 2:
                got -= 1
            elif v == 3:
                got ^= 5
            else:
                got += 100 // v
        except ZeroDivisionError:
            got += 1000
        except IndexError:
            return -got
    return got


def flags(a):
    first = last = -1
    seen = False
    for k, v in enumerate(a):
        if v > 3 and not seen:
            first, seen = k, True
        elif v < -3 or seen and v == 0:
            last, seen = k, not seen
    return first, last, seen


def test_walks():
    for n in (0, 1, 7, 5000):
        same(walk, n, 12345)


def test_sift():
    for n in (0, 1, 2, 3, 10, 200):
        same(sift, np.random.default_rng(n).random(n))


@pytest.mark.parametrize("k", range(-1, 4))
def test_mixed(k):
    same(mixed, k, 2.5)
    same(mixed, k, True)
    same(mixed, k, 2**62)
    same(three, k == 0, k, k > 2)


def test_handlers():
    a = np.array([1, 2, 3, 4, 0, 7, 1, 0, 3])
    for n in (0, 4, 9, 12):
        same(caught, a, n)


def test_flags():
    for seed in range(20):
        same(flags, np.random.default_rng(seed).integers(-5, 6, 30))
