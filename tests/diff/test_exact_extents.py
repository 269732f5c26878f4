"""shapes="exact": small matrices whose extents are in their types, in calls of compiled functions and in numpy.linalg."""
import numpy as np
import pytest

from differential import same
from numjit import njit

RNG = np.random.default_rng(7)
DTYPES = ("f8", "f4", "c16", "c8", "i8")


def matrix(shape, dtype):
    x = RNG.random(shape) * 8 - 4
    return (x + 1j * RNG.random(shape)).astype(dtype) if dtype[0] == "c" else x.astype(dtype)


def close(got, want, dtype):
    assert np.shape(got) == np.shape(want) and (np.ndim(got) == 0 or got.dtype == want.dtype)
    assert np.allclose(got, want, rtol=1e-3 if dtype in ("f4", "c8") else 1e-9)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 9])
def test_linalg(n, dtype):
    solve, inv, det = (njit(shapes="exact")(f) for f in (lambda a, b: np.linalg.solve(a, b), lambda a: np.linalg.inv(a),
                                                         lambda a: np.linalg.det(a)))
    for order in "CF":
        a = np.asarray(matrix((n, n), dtype), order=order)
        if n > 0 and np.linalg.det(a) == 0:
            a += np.eye(n, dtype=dtype) * 9
        kept = a.copy()
        for b in (matrix((n,), dtype), matrix((n, 2), dtype), matrix((n, 3), "f8")):
            close(solve(a, b), np.linalg.solve(a, b), dtype)
        close(inv(a), np.linalg.inv(a), dtype)
        close(det(a), np.linalg.det(a), dtype)
        assert np.array_equal(a, kept)


def test_rows_change_places():
    a = np.array([[0.0, 2, 1], [1, 0, 0], [3, 0, 1]])
    b = np.array([1.0, 2, 3])
    for f in (lambda a, b: np.linalg.solve(a, b), lambda a, b: np.linalg.inv(a) @ b, lambda a, b: np.linalg.det(a)):
        assert np.allclose(njit(shapes="exact")(f)(a, b), f(a, b))


def test_errors_are_those_of_numpy():
    solve, inv, det = (njit(shapes="exact")(f) for f in (lambda a, b: np.linalg.solve(a, b), lambda a: np.linalg.inv(a),
                                                         lambda a: np.linalg.det(a)))
    singular = np.array([[1.0, 2], [2, 4]])
    assert det(singular) == 0
    for f, args in ((solve, (singular, np.ones(2))), (inv, (singular,)), (inv, (np.ones((2, 3)),)), (solve, (np.eye(3), np.ones(2))),
                    (solve, (np.eye(3), np.ones((2, 3))))):
        with pytest.raises((np.linalg.LinAlgError, ValueError)) as want:
            f.py_func(*args)
        with pytest.raises(want.type) as got:
            f(*args)
        assert str(got.value) == str(want.value)
    assert np.isnan(det(np.full((2, 2), np.nan)))


@njit(shapes="exact")
def product(a, b, out):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            s = 0.0
            for k in range(a.shape[1]):
                s += a[i, k] * b[k, j]
            out[i, j] = s


@njit(shapes="exact")
def total(a):
    s = 0.0
    for x in a.flat:
        s += x
    return s


def test_extents_go_along_into_compiled_functions():
    @njit
    def local(x):
        a, b, c = np.full((2, 3), x), np.ones((3, 2)), np.zeros((2, 2))
        product(a, b, c)
        return c.sum() + total(a[:, 1:]) + total(b.T)
    assert local(2.0) == 24 + 8 + 6


def test_rows_of_a_stack():
    @njit(shapes="exact")
    def many(a, b, c):
        for i in range(len(a)):
            product(a[i], b[i], c[i])
    a, b, c = RNG.random((3, 2, 2)), RNG.random((3, 2, 2)), np.zeros((3, 2, 2))
    many(a, b, c)
    assert np.allclose(c, a @ b)


def test_given_to_a_function_that_keeps_nothing():
    @njit
    def f(x):
        a, b = np.full((2, 2), x), np.zeros(2)
        product(a, a, a)
        for k in range(2):
            b[k] = total(a[k])
        return b.sum()
    same(f.py_func, 3.0)


def test_sorts():
    a = np.array([[3.0, 1.0, 2.0], [0.5, np.nan, -1.0], [7.0, 7.0, -0.0]])
    for f in (lambda a: np.sort(a[:, 0]), lambda a: np.sort(a), lambda a: np.argsort(a, axis=0), lambda a: np.sort(a, axis=None), lambda a: np.median(a[0])):
        assert np.array_equal(njit(shapes="exact")(f)(a), f(a), equal_nan=True)


def test_recursion_on_smaller_and_smaller_arrays():
    @njit(shapes="exact")
    def first(a):
        return a[0] + first(a[1:]) if a.size > 1 else a[0]
    assert first(np.arange(6.0)) == 15
    assert first(np.arange(40.0)) == 780


def test_recursion_on_larger_and_larger_arrays():
    @njit(shapes="exact")
    def grow(a, n):
        if n == 0:
            return a.size
        b = np.zeros(a.size + 1)
        return grow(b, n - 1)
    assert grow(np.zeros(2), 30) == 32


@pytest.mark.parametrize("shape", [(0,), (1,), (7,), (8,), (100,), (129,), (3, 3), (4, 32), (5, 30)])
def test_sums_have_the_bits_of_any_shape(shape):
    for f in (lambda a: a.sum(), lambda a: (a * a + 1).sum(), lambda a: a.T.sum(), lambda a: a.mean() if a.size else a.sum(),
              lambda a: a.sum(axis=0), lambda a: (a[..., ::-1] * 2).sum()):
        for order in "CF":
            a = np.asarray(RNG.random(shape) * 10.0 ** RNG.integers(-3, 4, shape), order=order)
            assert np.array_equal(njit(shapes="exact")(f)(a), njit(f)(a))


def eliminate(a, b):
    n = a.shape[0]
    a, x = a.copy(), b.copy()
    for k in range(n):
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            for j in range(k, n):
                a[i, j] -= f * a[k, j]
            x[i] -= f * x[k]
    for i in range(n - 1, -1, -1):
        s = x[i]
        for j in range(i + 1, n):
            s -= a[i, j] * x[j]
        x[i] = s / a[i, i]
    return x


def eliminate_with_pivots(a, b):
    n = a.shape[0]
    a, x = a.copy(), b.copy()
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[p, k]):
                p = i
        for j in range(n):
            a[k, j], a[p, j] = a[p, j], a[k, j]
        x[k], x[p] = x[p], x[k]
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            for j in range(k, n):
                a[i, j] -= f * a[k, j]
            x[i] -= f * x[k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= a[i, j] * x[j]
        x[i] /= a[i, i]
    return x


@pytest.mark.parametrize("solve", [eliminate, eliminate_with_pivots])
def test_solvers_with_loops(solve):
    """Their result stands in the caller's frame, where nothing keeps it."""
    inner = njit(solve)

    def run(a, b, n, g):
        total, kept = np.zeros(b.shape[0]), b
        for k in range(n):
            b[0] += 0.5
            both = g(a, b) - g(a.T.copy(), b)
            total += both + g(a, kept)
            kept = g(a, kept)                       # lives on
        return total, kept, g(a, b)
    for n in (1, 2, 3, 4):
        a, b = matrix((n, n), "f8") + 9 * np.eye(n), matrix((n,), "f8")
        fast, plain = njit(shapes="exact")(lambda a, b, n: run_inner(a, b, n)), lambda a, b, n: run(a, b, n, solve)

        @njit
        def run_inner(a, b, n):
            total, kept = np.zeros(b.shape[0]), b
            for k in range(n):
                b[0] += 0.5
                both = inner(a, b) - inner(a.T.copy(), b)
                total += both + inner(a, kept)
                kept = inner(a, kept)
            return total, kept, inner(a, b)
        for got, want in zip(fast(a, b.copy(), 5), plain(a, b.copy(), 5)):
            assert np.allclose(got, want, rtol=1e-12, atol=0)


def test_errors_of_what_stands_in_the_caller():
    inner = njit(eliminate)

    @njit(shapes="exact")
    def f(a, b):
        return inner(a, b).sum() + 1
    with pytest.raises(ZeroDivisionError, match="division by zero") as e:
        f(np.ones((3, 3)), np.ones(3))
    frames = [(x.name, x.statement) for x in e.traceback][-2:]
    assert [name for name, _ in frames] == ["f", "eliminate"] and "f = a[i, k] / a[k, k]" in str(frames[1][1])


def pivoted(a, b):
    n = a.shape[0]
    m = a.copy()
    x = b.copy()
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(m[i, k]) > abs(m[p, k]):
                p = i
        if p != k:
            for j in range(n):
                m[k, j], m[p, j] = m[p, j], m[k, j]
            x[k], x[p] = x[p], x[k]
        for i in range(k + 1, n):
            f = m[i, k] / m[k, k]
            for j in range(k, n):
                m[i, j] -= f * m[k, j]
            x[i] -= f * x[k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= m[i, j] * x[j]
        x[i] /= m[i, i]
    return x


def counted(kind, weight):
    n = np.zeros((3, weight.shape[0]), weight.dtype)
    for k in range(kind.shape[0]):
        for j in range(weight.shape[0]):
            n[kind[k], j] += weight[j]
    return n


def moved(a, p, q):
    b = a.copy()
    for i in range(a.shape[0]):
        b[i] = a[i] + 1
    b[p], b[q] = b[q], b[p]
    s = 0.0
    for i in range(a.shape[0]):
        s += b[i] * (i + 1)
    try:
        b[p + q] = 7
    except IndexError:
        return s, b[0] - b[-1]
    return s, b[p]


def last_of(a, p):
    b = a * 2.0
    for i in range(3):
        p = (p * 5 + i) % a.shape[0]
        b[p, 1] += b[0, p] + b[p, p]
    return b.sum(), b[p]


def test_indices_that_data_choose():
    rng = np.random.default_rng(3)
    exact = lambda f: njit(f, shapes="exact")
    solve, count, move, last = exact(pivoted), exact(counted), exact(moved), exact(last_of)
    for n in range(1, 9):
        for _ in range(20):
            a, b = rng.normal(size=(n, n)), rng.normal(size=n)
            assert np.array_equal(solve(a, b), pivoted(a, b))
            kind = rng.integers(-3, 3, n)
            for dtype in ("i4", "f8", "c16", "u1"):
                w = np.arange(1, 3).astype(dtype)
                assert np.array_equal(count(kind, w), counted(kind, w))
            p, q = (int(x) for x in rng.integers(-n, n, 2))
            assert move(b, p, q) == moved(b, p, q)
    for n in (2, 3, 5, 6):
        a = rng.normal(size=(n, n))
        s, row = last(a, 3)
        t, want = last_of(a, 3)
        assert s == t and np.array_equal(row, want)
    for bad in (4, -5):
        with pytest.raises(IndexError, match=f"index {bad} is out of bounds for axis 0 with size 4"):
            move(np.arange(4.0), bad, 0)
    with pytest.raises(ZeroDivisionError):
        solve(np.zeros((3, 3)), np.ones(3))
