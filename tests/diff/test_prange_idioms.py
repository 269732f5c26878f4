"""What Numba's manual says of prange, and what people write instead: reductions by every operator, by min and max, by a comparison, on
scalars, elements and arrays; that what is no reduction runs in order, and that explain() names what iterations may share."""
import numpy as np
import pytest

from numjit import njit, prange

N = 20_000
R = np.random.default_rng(0)
X, KIND = R.integers(1, 1000, N) * 1.0, R.integers(0, 7, N)


def divide(x):
    p, q = 1e300, 1.0
    for i in prange(len(x)):
        p /= 2.0 if i % 200 == 0 else 1.0
        q = q / (1.0 + (i == 5))
    return p, q


def greatest(x):
    a, b, c, d, e = -1.0, 1e9, -1.0, 1e9, -1.0
    for i in prange(len(x)):
        a = max(a, x[i])
        b = min(x[i], b)
        if x[i] > c:
            c = x[i]
        if d >= x[i]:
            d = x[i]
        e = np.maximum(e, x[i])
    return a, b, c, d, e


def greatest_with_nan(x):
    a = -1.0
    for i in prange(len(x)):
        a = np.maximum(a, np.nan if i == 777 else x[i])
    return a


def found(x):
    some, every = False, True
    for i in prange(len(x)):
        if x[i] == 7:
            some = True
        if x[i] < 1:
            every = False
    return some, every


def where_greatest(x):
    best, at = -1.0, -1
    for i in prange(len(x)):
        if x[i] > best:
            best = x[i]
            at = i
    return best, at


def seen_on_the_way(x, out):
    best = -1.0
    for i in prange(len(x)):
        new = 0.0
        if x[i] > best:
            best = x[i]
            new = 1.0
        out[i] = new
    return best, out


def written_out(x, kind):
    out = np.zeros(7)
    for i in prange(len(x)):
        out[kind[i]] = out[kind[i]] + x[i]
    return out


def by_kind(x, kind):
    high, low, top, bottom, nan = np.zeros(7), np.full(7, 1e9), np.full(7, -1), np.full(7, 1e9), np.zeros(7, np.float32)
    for i in prange(len(x)):
        high[kind[i]] = max(high[kind[i]], x[i])
        j = kind[i]
        low[j] = min(x[i], low[j])
        top[j] = np.maximum(top[j], i)
    for i in prange(len(x)):
        if x[i] < bottom[kind[i]]:
            bottom[kind[i]] = x[i]
        nan[kind[i]] = np.minimum(nan[kind[i]], np.float32(np.nan if i == 55 else -x[i]))
    return high, low, top, bottom, nan


def small_integers(x, kind):
    high, low = np.zeros(7, np.int8), np.full(7, 200, np.uint8)
    for i in prange(len(x)):
        high[kind[i]] = max(high[kind[i]], np.int8(i % 100 - 50))
        low[kind[i]] = min(low[kind[i]], np.uint8(i % 150 + 20))
    return high, low


def rows(x):
    acc, low, out, quotient, row = np.zeros(3), np.full(3, 9.0), np.zeros(3), np.ones(3), np.array([1.0, 2.0, -4.0])
    for i in prange(len(x)):
        acc[:] = np.maximum(acc, row * x[i])
        low[1:] = np.minimum(low[1:], row[1:] * x[i])
        np.maximum(out, row * x[i], out=out)
        quotient /= 2.0 if i % 100 == 0 else 1.0
    return acc, low, out, quotient


def new_rows(x):
    acc, row = np.zeros(3), np.arange(3.0)
    for i in prange(len(x)):
        acc = acc + row * x[i]
    return acc


def no_reduction(x):
    a, b = 0.5, 10**6
    for i in prange(len(x)):
        a = 0.5 * a + x[i]
        b = b // 2 if i % 9000 == 0 else b
    return a, b


def conditional_last(x):
    v = 0.0
    for i in prange(len(x)):
        if x[i] > 500:
            v = x[i]
    return v


def divisor(x, d):
    p = 1.0
    for i in prange(len(x)):
        p /= d
    return p


CASES = [(divide, X), (greatest, X), (greatest_with_nan, X), (found, X), (where_greatest, X), (seen_on_the_way, X, X * 0), (written_out, X, KIND),
         (by_kind, X, KIND), (small_integers, X, KIND), (rows, X), (new_rows, X), (no_reduction, X), (conditional_last, X), (divisor, X[:9], 2.0)]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c[0].__name__)
def test_as_in_python(case):
    f, *args = case
    with np.errstate(all="ignore"):
        want = f(*(np.copy(a) for a in args))
    fast = njit(f, parallel=True)
    for _ in range(3):
        got = fast(*(np.copy(a) if isinstance(a, np.ndarray) else a for a in args))
        for x, y in zip(got if isinstance(got, tuple) else (got,), want if isinstance(want, tuple) else (want,), strict=True):
            assert np.array_equal(x, y, equal_nan=np.asarray(x).dtype.kind == "f"), (x, y)


def explained(f, args):
    fast = njit(f, parallel=True)
    fast(*map(np.copy, args))
    return str(fast.explain())


@pytest.mark.parametrize("case, arrays", [((divide, X), 0), ((greatest, X), 0), ((greatest_with_nan, X), 0), ((found, X), 0), ((written_out, X, KIND), 1),
                                          ((by_kind, X, KIND), 5), ((small_integers, X, KIND), 2), ((rows, X), 4)], ids=lambda c: c[0].__name__ if isinstance(c, tuple) else "")
def test_on_all_threads(case, arrays):
    text = explained(case[0], case[1:])
    assert "runs on all threads" in text and "runs on one thread" not in text and "is chance" not in text
    assert text.count("copy of its own") == arrays


@pytest.mark.parametrize("case", [(where_greatest, X), (seen_on_the_way, X, X * 0), (no_reduction, X), (conditional_last, X), (new_rows, X)], ids=lambda c: c[0].__name__)
def test_in_order(case):
    assert "runs on one thread" in explained(case[0], case[1:])


def best_and_where(x, kind, best, at):
    for i in prange(len(x)):
        if x[i] > best[kind[i]]:
            best[kind[i]] = x[i]
            at[kind[i]] = i


def permuted(x, kind):
    for i in prange(len(x)):
        x[kind[i]] = x[kind[i]] ** 2


def only_written(x, kind):
    for i in prange(len(kind)):
        x[kind[i]] = i


def test_what_iterations_may_share_is_named():
    for f, args in ((best_and_where, (X, KIND, np.zeros(7), np.zeros(7, np.int64))), (permuted, (X, np.arange(N)))):
        assert "is chance" in explained(f, args)
    assert "is chance" not in explained(only_written, (X, KIND))


def test_division_by_zero():
    with pytest.raises(ZeroDivisionError):
        njit(divisor, parallel=True)(X, 0.0)
