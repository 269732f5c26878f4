"""Indices in loops: checks that are proved away or foreseen leave results, errors and what was stored before as they were."""
import numpy as np
import pytest
from differential import same
from numjit import njit


def shifted(a, out, n, d):
    for i in range(n):
        out[i] = a[i + d] * 2
    return n


def mirrored(a, out, n, d):
    for i in range(n):
        out[i] = a[d - i] + 1
    return n


def strided(a, out, n, s, d):
    total = 0.0
    for i in range(n):
        total += a[i * s + d]
        out[i] = total
    return total


def down(a, n, low):
    total = 0.0
    for i in range(n - 1, low - 1, -1):
        total = total * 0.5 + a[i]
    return total


def scatter(a, idx, out):
    for i in range(len(idx)):
        out[idx[i]] += a[i]
    return out.sum()


def guarded(a, out):
    n, m = a.shape
    for i in range(n):
        for j in range(m):
            s = a[i, j]
            if i > 0:
                s += a[i - 1, j]
            if j + 1 < m:
                s += a[i, j + 1]
            out[i, j] = s
    return out[-1, -1]


def rows(a, x, i, n):
    s = 0.0
    for j in range(n):
        s += a[i, j] * x[j]
    return s


def two_loops(a, n):
    i = 0
    s = 0.0
    while i < n:
        j = i
        while j > 0 and a[j - 1] > a[j]:
            a[j - 1], a[j] = a[j], a[j - 1]
            j -= 1
        s += a[i]
        i += 1
    return s


def leaves(a, n, stop):
    for i in range(n):
        a[i] += 1
        if a[i] > stop:
            return i
        if a[i] == -5:
            break
    return -1


def carried(a, n):
    x, y = 0.0, 1.0
    for i in range(n):
        x, y = y, x + a[i - 1]
    return x, y


def last_index(a, n):
    i = -7
    for i in range(n):
        a[i] = i
    return i


N = [0, 1, 5, 10, 11, 4096, 9000]


@pytest.mark.parametrize("n", N)
@pytest.mark.parametrize("d", [-12, -10, -1, 0, 4, 2**62, -2**62])
def test_shifted(n, d):
    for size in (10, 9000):
        same(shifted, np.arange(float(size)), np.zeros(max(n, 1)), n, d)
        same(mirrored, np.arange(float(size)), np.zeros(max(n, 1)), n, d)


@pytest.mark.parametrize("s", [0, 1, -1, 2, -3, 2**48, -2**49])
@pytest.mark.parametrize("n", N)
def test_strided(n, s):
    for d in (-1, 0, 3, 8999):
        same(strided, np.arange(9000.0), np.zeros(9000), n, s, d)


@pytest.mark.parametrize("low", [-11, -10, -1, 0, 3])
def test_down(low):
    for n in N:
        same(down, np.arange(10.0), n, low)


@pytest.mark.parametrize("idx", [[], [0, 1, 1], [-1, -3, 2], [0, 3], [1, -4], [2**62, 0], [-2**63]])
def test_scatter(idx):
    same(scatter, np.ones(8), np.array(idx, np.int64), np.zeros(3))
    same(scatter, np.ones(8), np.array(idx, np.int64).astype(np.int8), np.zeros(3))


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (1, 5), (5, 1), (4, 6)])
def test_guarded(shape):
    a = np.arange(float(shape[0] * shape[1])).reshape(shape)
    same(guarded, a, np.zeros((6, 6)))
    same(guarded, a, np.zeros((2, 2)))


def test_rows():
    a = np.arange(12.0).reshape(3, 4)
    for i in (-4, -3, -1, 0, 2, 3):
        for n in (0, 3, 4, 5):
            same(rows, a, np.ones(4), i, n)


def test_other_loops():
    for n in (0, 5, 6, 7):
        same(two_loops, np.array([5.0, 3, 9, 1, 2, 2]), n)
        same(leaves, np.array([5.0, 3, -6, 1, 2, 2]), n, 100.0)
        same(leaves, np.array([5.0, 3, 9, 1, 2, 2]), n, 8.0)
        same(carried, np.array([5.0, 3, 9, 1, 2, 2]), n)
        same(last_index, np.array([5.0, 3, 9, 1, 2, 2]), n)
    same(carried, np.arange(9000.0), 9000)


def periodic(a, out, n, k):
    for i in range(n):
        out[i] = a[(i + k) % n] + a[(i - 1) % n] + a[(i + 1 + n) % n]
    return out[n - 1]


def halves(a, low, high):
    s = 0.0
    while low < high:
        middle = (low + high) // 2
        s += a[middle] + a[middle % len(a)]
        low = middle + 1
    return s


def bins(x, out):
    for i in range(len(x)):
        out[int(x[i])] += 1
    return out.sum()


@pytest.mark.parametrize("n", [1, 2, 7, 8, 5000])
def test_periodic(n):
    for k in (-9, -1, 0, 3, 2**40):
        for size in (n, max(n - 1, 1), n + 1):
            same(periodic, np.arange(float(size)), np.zeros(n), n, k)


def test_halves():
    for low, high in ((0, 8), (-8, 8), (-20, 8), (0, 30), (3, 3)):
        same(halves, np.arange(8.0), low, high)


@pytest.mark.parametrize("last", [0.0, 3.9, -1.5, -4.0, -4.5, 4.0, float("nan"), float("inf"), -float("inf")])
def test_bins(last):
    same(bins, np.array([0.5, 1.0, last, 2.0]), np.zeros(4, np.int64))


def insertion(a, start):
    for i in range(start, len(a)):
        x = a[i]
        j = i - 1
        while j >= 0 and a[j] > x:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = x
    return a


def whiles(a, i, n, step):
    s = 0.0
    while i < n:
        s = s * 0.5 + a[i]
        if s > 1e9:
            i += 2
            continue
        i += step
    return s, i


def both_ends(a, i, j):
    while i <= j:
        a[i], a[j] = a[j], a[i]
        i += 1
        j -= 1
    return a


def walk(a, i, n):
    s = 0.0
    for k in range(n):
        s += a[i]
        if a[i] > 3:
            i -= 2
        else:
            i += 3
    return s


def test_while_loops():
    a = np.array([5.0, 3, 9, 1, 2, 2, 8])
    for start in (-9, -2, 0, 1, 5, 9):
        same(insertion, a, start)
        for n in (0, 3, 7, 8, 20):
            same(whiles, a, start, n, 1)
            same(whiles, a, start, n, 3)
            same(both_ends, a, start, n)
            same(walk, a, start, n)


def bounded_by_data(a, d):
    i = 0
    k = 0
    s = 0.0
    while k < len(d):
        t = int(d[k])
        s += a[t - i]
        if i >= t:
            break
        i += 1
        k += 1
    return s


def two_ends(a, n):
    i = 0
    s = 0.0
    while True:
        s += a[n - i]
        if i >= n:
            return s
        i += 1
        n -= 1


def gcds(a, n):
    s = 0
    for i in range(len(a)):
        x = int(a[i])
        y = n
        while y:
            x, y = y, x % y
        s = s * 31 + x
    return s


def gcds_of_turns(n):
    s = 0
    for i in range(1, n):
        x = i
        y = n - i
        while y > 0:
            x, y = y, x % y
        s = s * 7 + x
    return s & 0xFFFF


def test_what_a_turn_says_is_not_said_of_the_next():
    same(bounded_by_data, np.arange(10.0), np.array([5, 0, 3], np.uint8))
    same(bounded_by_data, np.arange(10.0), np.array([5, 4, 9, 200], np.uint8))
    for n in range(8):
        same(two_ends, np.arange(10.0), n)


def test_remainders_of_remainders():
    for n in (1, 12, -12, 0, 7):
        same(gcds, np.array([3, -4, 0, 18, -18, 5]), n)
    for n in (0, 1, 9, 16):
        same(gcds_of_turns, n)


def blur(a, out, edge):
    for i in range(edge, a.shape[0] - edge):
        for j in range(edge, a.shape[1] - edge):
            s = 0.0
            for di in range(-1, 2):
                for dj in range(-1, 2):
                    s += a[i + di, j + dj]
            out[i, j] = s
    return out


def higher(a, out):
    n, m = a.shape
    for i in range(n):
        for j in range(m):
            c = 0
            for k in range(4):
                for d in range(-1, 2, 2):
                    x = j + d * k
                    if x < m and a[i, x] > a[i, j]:
                        c += 1
                if c > 2:
                    break
            out[i, j] = c
    return out


def test_short_loops_inside():
    a = np.random.default_rng(1).integers(0, 50, (6, 9)) * 1.0
    for edge in (0, 1, 2):
        for shape in ((6, 9), (6, 7), (4, 9), (0, 0)):
            same(blur, a, np.zeros(shape), edge)
    same(blur, a.T, np.zeros((9, 6)), 1)
    for shape in ((6, 9), (6, 5), (2, 9)):
        same(higher, a, np.zeros(shape, np.int64))
    same(higher, np.zeros((3, 5000)), np.zeros((3, 5000), np.int64))


def leaps(a, step, n):
    s = 0.0
    i = 0
    while i < n:
        s += a[i] + a[i - 1]
        i += max(1, step[i])
    return s, i


def wanders(a, step, n):
    s = 0.0
    i = turns = 0
    while i < n and turns < 9:
        s += a[i]
        i += step[turns]
        turns += 1
    return s, i


def runs(a):
    n = i = longest = 0
    while i < len(a):
        j = i
        while j < len(a) and a[j] == a[i]:
            j += 1
        longest = max(longest, j - i)
        n += 1
        i = j
    return n, longest


def test_large_steps():
    a = np.arange(20.0)
    for step in ([1] * 20, [5] * 20, [0, -3] * 10, [2**62] * 20, [2**63 - 1] * 20, [7, 1, -(2**63)] * 7):
        for n in (0, 1, 19, 20, 21, 2**63 - 1):
            if n <= 20 or max(step) < 2**62:            # beyond, i comes around
                same(leaps, a, np.array(step), n)
            same(wanders, a, np.array([x % 1000 - 30 for x in step]), n)
    for x in ([], [1], [1, 1, 2], [3, 3, 3, 3], [1, 2, 3, 3]):
        same(runs, np.array(x, np.int64))
    comes_around = np.array([2**63 - 1] * 20)
    for n in (1, 20, 2**62):
        got, want = njit(leaps)(a, comes_around, n), leaps(a, comes_around, n)
        assert got == want
    with pytest.raises(IndexError):
        njit(leaps)(a, np.array([1, 2**63 - 1] * 10), 2**63 - 1)
