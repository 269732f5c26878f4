"""Lists of numbers whose length is known when the program runs, and that nothing changes."""
import gc
import tracemalloc

import numpy as np
import pytest
from differential import outcome, same

import numjit

A = np.array([3.0, 1.0, -0.0, 2.5, 0.0, 1.0])
I = np.array([5, -1, 3, 3, 0])


def indexed(a, n):
    x = [v * 2 for v in a]
    return x[0], x[-1], x[n], [i for i in range(n + 3)][n], [v + 1 for v in a][1]


def sliced(a, n):
    x = [i * i for i in range(n + 2)]
    return x, x[1:], x[::-1], x[n:], x[:-1:2], x[5:1]


def asked(a, n):
    x = [i - 2 for i in range(n)]
    return len(x), bool(x), 1 if x else 2, 0 in x, 9 in x, sum(x), sum(x, 2), any(x), all(x), isinstance(x, list), type(x) is list


def extremes(a, n):
    x = [i for i in range(n)]
    return min(x, default=-1), max(x, default=-2), max([v for v in a]), min(list(a)), sorted(x, reverse=True)


def walked(a, n):
    x, total = [v > 0 for v in a], 0
    for k, v in enumerate(x):
        total += k * v
    for v, w in zip(x, reversed(x)):
        total += v and w
    return x, total, [v for v in x if v], [k for k, v in enumerate(x) if v], sum(1 for v in x if not v)


def made(a, n):
    return list(range(n)), list(range(n, -4, -2)), list(a), list(a[::-2]), list(a.flat), tuple(list(a[:2]) == [a[0], a[1]] for _ in (1, 2))


def in_order(a, n):
    x = sorted(a, key=lambda v: (v - 1) ** 2), sorted(list(range(n)), key=lambda k: k % 2, reverse=True)
    return x, sorted(a), sorted(a, reverse=True), sorted(range(n, -n, -1)), sorted([v * v for v in a])[:2], sorted(list(a))[0]


def compared(a, n):
    x, y = [i for i in range(n)], list(range(n))
    return x == y, x != y, x == y[1:], x == [0, 1, 2], [0, 1, 2] != x, x == []


def joined(a, n):
    x = [i for i in range(n)]
    return x + x[1:], x + [7], [7, 8] + x, x + [], [0] * n, n * [1.5], x * 2, [1, 2] * n, x * -n


def in_numpy(a, n):
    x = [i + 1 for i in range(len(a))]
    return np.array(x), np.sum(x), np.mean(x), a + x, a[[k for k in range(n)]], np.asarray(x, np.float32), np.sqrt(x), np.array([x, x]), np.append(x, 1)


def unpacked(a, n):
    x, y, z = [i for i in range(n)]
    return x, y, z


def starred(a, n):
    x, *y = [i for i in range(n)]
    *u, v = list(a)
    p, *q, r = a.tolist()
    return x, y, u, v, p, q, r


def searched(a, n):
    x = [i % 2 for i in range(n)]
    return x.count(1), x.index(1), x.index(0, 1), x.copy()


def one_of(a, n):
    x = [v for v in a]
    if n > 2:
        x = [v for v in a if v > 0]
    return x


def nothing_yet(a, n):
    x = None
    if n > 2:
        x = [i for i in range(n)]
    return x


def from_arrays(a, n):
    x, y = a.tolist(), np.stack((a, a + 1)).tolist()
    return x, y, y[1], y[0][n], len(y), len(y[0]), [len(v) for v in y], [v[0] for v in y], y[::-1], y == y[:], y[0] == y[1], a[0].tolist(), a[:0].tolist()


def mapped(a, n):
    x = list(map(lambda v: v * 2, a))
    return x, list(map(abs, range(-n, n))), sorted(map(lambda v, w: w - v, a, range(n))), list(map(float, x))


def lengths(a, n):
    x = [1, 2] if n > 0 else [3]
    y = []
    for i in range(n):
        y = y + [i * 0.5]
    z = [] if n else [k for k in range(3)]
    return x, y, z, len(x), [4] if n else list(range(0))


def typed(a, n):
    return [v == 1 for v in a], [v * 1j for v in a], [np.float32(v) for v in a], [np.uint8(i) for i in range(n)], ([i for i in range(n)], a)


def of_lists(a, n):
    return [[i * j for j in range(n)] for i in (1, 2)], [0 for _ in range(0)], [i for i in range(n) if i > 10]


FUNCTIONS = [indexed, sliced, asked, extremes, walked, made, in_order, compared, joined, in_numpy, unpacked, starred, searched, one_of, nothing_yet, mapped, lengths, from_arrays,
             typed, of_lists]


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("n", [0, 1, 3])
def test_same(f, n):
    with np.errstate(all="ignore"):
        for a in A, I, A.astype("f4"), A[::-2]:
            same(f, a, n)
        same(f, A, n, jit=numjit.njit(parallel=True))


def test_signs_and_order():
    got = numjit.njit(lambda a: sorted(a))(A)
    assert [str(x) for x in got] == [str(float(x)) for x in sorted(A)]
    got = numjit.njit(lambda a: sorted(a, reverse=True))(A)
    assert [str(x) for x in got] == [str(float(x)) for x in sorted(A, reverse=True)]


def test_elements_stay_weak():
    def f(a, n):
        x = [i for i in range(n)]
        return a * x[1], a + sum(x)
    same(f, np.ones(2, np.float32), 3)
    same(f, np.ones(2, np.int8), 3)


def test_errors():
    for f in (lambda n: [i for i in range(n)][n], lambda n: [1 // (i - 2) for i in range(n)], lambda n: list(range(n))[-n - 1],
              lambda n: [i for i in range(n)].index(77), lambda n: max([i for i in range(0)]), lambda n: np.array([300 * i for i in range(n)], np.int8)):
        same(f, 5)


@numjit.njit
def inner(x):
    return sum(x) + x[0], [v + 1 for v in x]


def test_passed_on():
    def f(n):
        def shifted(x, by=2):
            return [v + by for v in x]
        try:
            return inner([i * 2 for i in range(n)]), shifted(list(range(n)))
        except IndexError:
            return (0, list(range(0))), [7 for _ in range(2)]
    for n in 0, 1, 4:
        want = (0, []), [7, 7]
        if n:
            x = list(range(n))
            want = (n * (n - 1), [2 * v + 1 for v in x]), [v + 2 for v in x]
        assert numjit.njit(f)(n) == want


def test_texts():
    def texts(x):
        y = [v * 2 for v in x]
        return str(x), f"{y!r:>12}", "%s" % (y,), str([v for v in x]), repr(list(x))

    def raised(x):
        y = [v * 2 for v in x]
        raise ValueError(f"bad {y}", y)

    def caught(x):
        try:
            y = [v * 2 for v in x]
            raise ValueError(f"bad {y}")
        except ValueError as e:
            return str(e)
    for f in texts, raised, caught:
        same(f, [1, 2])
        same(f, [1.5])

    def asked(x):
        try:
            raise ValueError([v for v in x])
        except ValueError as e:
            return e.args[0][0]
    with pytest.raises(numjit.UnsupportedError, match="a list among them"):
        numjit.njit(asked)([1])


def test_in_prange():
    @numjit.njit(parallel=True)
    def f(n):
        out = np.zeros(n)
        for i in numjit.prange(n):
            x = [j * i for j in range(i + 1)]
            out[i] = x[i] + len(x)
        return out
    assert np.array_equal(f(50), [i * i + i + 1.0 for i in range(50)])


@pytest.mark.parametrize("change", ["x.append(1)", "x[0] = 1", "x += [1]", "x.sort()", "x.pop()", "x.extend(x)", "x[1:] = x"])
def test_nothing_changes_them(change):
    names = {}
    exec(f"def f(n):\n    x = [i for i in range(n)]\n    {change}\n    return x\n", names)
    with pytest.raises(numjit.UnsupportedError, match="lists that change"):
        numjit.njit(names["f"])(3)


def test_printed(capfd):
    def f(n):
        x = [i * 2 for i in range(n)]
        print([i * 0.5 for i in range(n)], list(range(n)), f"{x} of {n}", end="!\n")      # printed after the last use of x
    f(3)
    want = capfd.readouterr().out
    numjit.njit(f)(3)
    assert capfd.readouterr().out == want


def test_memory():
    def f(n, bad):
        x = [i * 1.0 for i in range(n)]
        y = sorted(x, reverse=True) + x[1:]
        if bad:
            raise ValueError(f"{x[:9]}", x)
        return y
    g = numjit.njit(f)
    for bad in False, True:
        outcome(lambda: g(100_000, bad))
    gc.collect()
    tracemalloc.start()
    for _ in range(30):
        for bad in False, True:
            outcome(lambda: g(1000, bad))
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert grown < 200_000


def read(x):
    return sum(x), len(x), x[0], x[-1], max(x), sorted(x), x[::-1], 3 in x, [v + v for v in x], np.array(x), x


def rows(x):
    return len(x), x[1][0], x[-1], [v[0] for v in x], np.array(x), x


@pytest.mark.parametrize("x", [[3, 1, 2], [1.5, -0.0], [True, False], [np.float32(1), np.float32(3)], [np.int8(3)], [2**63, 2**63 + 1]], ids=str)
def test_arguments(x):
    f = numjit.njit(read)
    if x[0] != 2**63:
        same(read, x)
    assert f(list(x))[2:7] == read(x)[2:7] and f(list(x))[-1] == x


def test_arguments_among_others():
    same(rows, [[1, 2], [3, 4]])
    same(lambda x, y: [a + b for a, b in zip(x, y)], [1, 2], (3, 4))
    same(lambda a, i: a[i], A, [2, 0, -1])
    f = numjit.njit(lambda x, y: (x[0], len(y)))
    for x in [1, 2], [1.5], np.arange(3), (7, 8), [True]:
        for y in (1, 2), [4, 5, 6], np.zeros(4):
            assert f(x, y) == (x[0], len(y))
    assert len(f.signatures) == 15
    for x in [], [1, 2.5], ["a"], [None], [[1], [2, 3]], [(1, 2)], [2**70]:
        with pytest.raises(numjit.TypingError, match="numbers of one type"):
            f(x, x)
    with pytest.raises(numjit.UnsupportedError, match="lists that change"):
        numjit.njit(lambda x: x.append(1))([1])
    with pytest.raises(numjit.TypingError):
        numjit.njit("f8(f8[:])")(lambda x: x[0])([1.5])


def test_memory_of_arguments():
    f = numjit.njit(lambda x, y: (x[1:], x[y]))
    x = [1.5] * 1000
    f(x, 1)
    gc.collect()
    tracemalloc.start()
    for y in 1, 5000, np.zeros(1, int), "no", [0, 1], [0, 5000]:
        for _ in range(30):
            outcome(lambda: f(x, y))
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert grown < 200_000


def test_lists_deeper_than_arrays():
    deep = 1.0
    for _ in range(33):
        deep = [deep]
    with pytest.raises(numjit.TypingError, match="list"):
        numjit.njit(lambda x: len(x))(deep)


@pytest.mark.parametrize("times", [2**62, 2**62 + 1, 2**63 - 1])
def test_repeated_past_memory(times):
    f = numjit.njit(lambda x, n: x * n)
    with pytest.raises(MemoryError):
        f([1, 2, 3, 4], times)
    assert numjit.njit(lambda a, n: [v for v in a] * n)(np.zeros(0), times) == []


def by_keys(a, b):
    return (sorted(range(len(a)), key=lambda i: (b[i], -a[i])), sorted(a, key=lambda x: (x > 3, x), reverse=True),
            sorted(range(len(a)), key=lambda i: a[i]))


@pytest.mark.parametrize("n", [0, 1, 40])
def test_sorted_by_tuples(n):
    r = np.random.RandomState(n)
    same(by_keys, r.randint(-5, 5, n) * 1.0, r.randint(0, 3, n))


@pytest.mark.parametrize("function", [lambda a: list(map(str, a)), lambda a: list(map(lambda x: (x, x), a)), lambda a: sorted(map(lambda x: a, a))])
def test_mapped_to_no_numbers(function):
    with pytest.raises(numjit.UnsupportedError, match="lists whose length"):
        numjit.njit(function)(np.ones(3))
