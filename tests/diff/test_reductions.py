"""Reductions: NumPy's values to the bit, its dtypes, axes, errors."""
import warnings

import numpy as np
import pytest
from differential import same

import numjit

RNG = np.random.RandomState(0)


def wide(*shape, dtype=np.float64):
    """Numbers of very different size, so that the order of additions shows."""
    return (RNG.standard_normal(shape) * 10.0 ** RNG.randint(-6, 7, shape)).astype(dtype)


def layouts(a):
    yield a
    if a.ndim > 1:
        yield np.asfortranarray(a)
        yield a.T
        yield a.T[::2]
        yield a[:, ::2]
    yield a[::-1]
    yield a[::3]
    yield a[..., ::-1]
    yield a[..., 1:]


def the_sum(a):
    return np.sum(a)


def the_mean(a):
    return a.mean()


def the_var(a):
    return np.var(a), a.std()


FAST = {f: numjit.njit(f) for f in (the_sum, the_mean, the_var)}


def differ(want, got):
    """A float32 comes back as a float."""
    if isinstance(want, tuple):
        return any(map(differ, want, got))
    return not np.isnan(want).any() and want.tobytes() != np.asarray(got, want.dtype).tobytes()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["f8", "f4", "c16", "c8", "f2"])
def test_sums_have_numpys_bits(dtype):
    sizes = [*range(40), 63, 64, 65, 71, 127, 128, 129, 135, 136, 137, 255, 257, 1000, 2999, 8193, 30001]
    wrong = []
    for n in sizes:
        for k, a in enumerate(layouts((wide(n) / (1e4 if dtype == "f2" else 1)).astype(dtype))):
            for f, fast in FAST.items():
                if differ(f(a), fast(a)):
                    wrong.append((f.__name__, n, k))
    assert not wrong, wrong[:10]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("shape", [(37, 53), (100, 100), (3, 1000), (300, 2), (1, 77), (77, 1), (0, 5), (5, 0), (123, 457)])
def test_matrices_have_numpys_bits(shape):
    wrong = []
    for k, a in enumerate(layouts(wide(*shape))):
        for f, fast in FAST.items():
            if differ(f(a), fast(a)):
                wrong.append((f.__name__, k, a.shape, a.strides, f(a), fast(a)))
    assert not wrong, wrong[:10]


def test_cubes_have_numpys_bits():
    a, fast = wide(20, 30, 40), FAST[the_sum]
    for b in (a, a[:, ::2], a[::2, :, 1:], a.transpose(1, 0, 2), a.transpose(2, 0, 1), np.asfortranarray(a), a[:, :1], a[:1, ::3, :]):
        assert the_sum(b) == fast(b), (b.shape, b.strides)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, (0, 2), (1, 2), (0, 1), (2, 0, 1), ()])
@pytest.mark.parametrize("order", "CF")
def test_axes_have_numpys_bits(axis, order):
    a = np.asarray(wide(9, 31, 57), order=order)

    def f(a):
        return a.sum(axis=axis), a.mean(axis=axis), np.var(a, axis=axis), np.max(a, axis=axis), np.any(a, axis=axis)

    for want, got in zip(f(a), numjit.njit(f)(a)):
        assert np.asarray(want).tobytes() == np.asarray(got).tobytes() and np.shape(want) == np.shape(got)


def everything(a):
    return (np.sum(a), np.prod(a), np.mean(a), np.any(a), np.all(a), np.count_nonzero(a),
            np.sum(a, axis=0), np.prod(a, axis=0), np.mean(a, axis=0), np.any(a, axis=0), np.all(a, axis=0), np.count_nonzero(a, axis=0))


@pytest.mark.parametrize("dtype", ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("shape", [(3,), (1,), (2, 3), (2, 3, 2)])
def test_every_dtype(dtype, shape):
    a = (np.arange(np.prod(shape)).reshape(shape) % 3).astype(dtype)
    want, got = everything(a), numjit.njit(everything)(a)
    for w, g in zip(want, got):
        assert np.ndim(w) == 0 or w.dtype == g.dtype, (w, g)
        assert np.array_equal(w, g), (w, g)


def extremes(a):
    return a.min(), a.max(), a.min(axis=0), a.max(axis=0)


@pytest.mark.parametrize("values", [[[1.0, np.nan, 3], [2, 5, np.nan]], [[np.inf, -np.inf]], [[-0.0, 1.0]], [[np.nan]], [[5]],
                                    [[1 + 1j, 1 - 1j], [2, 0]], [[1, complex(0, np.nan)], [3, 2]], [[True, False]]])
def test_extremes(values):
    same(extremes, np.array(values))
    same(extremes, np.asfortranarray(np.array(values)))


@pytest.mark.parametrize("dtype", ["i1", "i8", "u1", "u8"])
def test_extremes_of_extremes(dtype):
    i = np.iinfo(dtype)
    same(extremes, np.array([[i.max, i.min], [i.max, i.max]], dtype))
    same(lambda a: (np.sum(a), np.sum(a, axis=1), np.ptp(a)), np.array([[i.max, i.min], [i.max, i.max]], dtype))


@pytest.mark.parametrize("call", [lambda a: a.min(), lambda a: np.max(a), lambda a: a.max(axis=0), lambda a: a.max(axis=1),
                                  lambda a: np.ptp(a), lambda a: a.sum(), lambda a: a.sum(axis=1), lambda a: a.prod(axis=0)])
def test_of_nothing(call):
    for shape in ((0, 3), (3, 0), (0, 0)):
        same(call, np.zeros(shape))


def test_axis_at_run_time():
    def f(a, k):
        return a.sum(axis=k), a.max(k), np.mean(a, axis=k, keepdims=True)

    a = wide(3, 4, 5)
    for k in (0, 1, 2, -1, -2, -3):
        same(f, a, k)
        same(f, np.asfortranarray(a), k)
        same(f, a[::-1, ::2], k)
    for k in (3, -4):
        same(f, a, k)
    same(f, a[0, 0], 0)
    same(f, a[0, 0], 1)


def test_axis_errors():
    a = np.zeros((2, 3))
    for call in (lambda: numjit.njit(lambda a: np.sum(a, axis=2))(a), lambda: numjit.njit(lambda a: a.max((0, 5)))(a)):
        with pytest.raises(np.exceptions.AxisError, match="axis . is out of bounds for array of dimension 2"):
            call()


def test_arguments():
    a = np.arange(12.0).reshape(3, 4)
    mask = a % 5 > 1
    same(lambda a: (np.sum(a, initial=10), np.max(a, initial=7.5), np.min(a, initial=-1, axis=0), np.prod(a, axis=1, initial=2)), a)
    same(lambda a: (np.sum(a, keepdims=True), a.max(axis=0, keepdims=True), a.mean(axis=(0, 1), keepdims=True)), a)
    same(lambda a, m: (np.sum(a, where=m), np.mean(a, where=m), np.mean(a, axis=0, where=m), np.max(a, axis=1, where=m, initial=0),
                       np.any(a, where=m), np.var(a, where=m), np.sum(a, axis=0, where=m[0])), a, mask)
    same(lambda a: (a.sum(dtype=np.float32), a.sum(axis=0, dtype=np.int64), a.mean(dtype=np.int32), np.sum(a, dtype=np.complex128)), a)
    same(lambda a: (np.var(a, ddof=1), np.std(a, axis=0, ddof=1), np.var(a, axis=1, correction=2), np.var(a, ddof=0.5),
                    np.var(a, ddof=20)), a)
    same(lambda a: np.var(a, axis=1, mean=a.mean(axis=1, keepdims=True)), a)
    for x in (a, a + 1j * a.T.reshape(3, 4)):       # a complex dtype asked for is the result's, too
        same(lambda a: (np.var(a, dtype=np.complex64), a.std(axis=0, dtype=np.complex128), np.std(a, axis=1, dtype=np.complex64)), x)


def test_out():
    def f(a, out, low):
        np.sum(a, axis=1, out=out)
        return np.min(a, axis=0, out=low)

    a = np.arange(12.0).reshape(3, 4)
    same(f, a, np.zeros(3), np.zeros(4, np.int64))
    same(f, a, np.zeros(6)[::2], np.zeros(4))
    with pytest.raises(ValueError, match="wrong number of dimensions: Found 2 but expected 1"):
        numjit.njit(lambda a, out: np.sum(a, axis=0, out=out))(a, a)


def test_scalars_and_tuples():
    same(lambda x: (np.sum(x), np.mean(x), np.max(x), np.any(x)), 5)
    same(lambda: (np.sum((1, 2, 3)), np.max((1, 2.5)), np.mean((1, 2))))
    same(lambda a: (a.sum(), a.mean(), a.max(), a.sum(axis=0), a.var()), np.array(5.0))


def test_reductions_of_expressions():
    same(lambda a, b: (np.sum(a * b), (a - b).mean(axis=0), (a > b).sum(), np.all(a == a), (a + b).max(axis=1)), wide(20, 30), wide(20, 30))


def test_nested_reductions_in_loops():
    def f(a):
        total = 0.0
        for i in range(a.shape[0]):
            total += a[i].sum() * a[:, i].max()
        return total

    same(f, wide(40, 40))


def places(a):
    return a.argmin(), a.argmax(), np.argmin(a, axis=0), np.argmax(a, axis=-1)


@pytest.mark.parametrize("values", [[1.0, np.nan, 3, np.nan], [3, 1, 1, 5, 5], [[1.0, np.nan], [np.nan, 0]], [[2, 1, 1], [1, 5, 5]], [[True, False]],
                                    [-0.0, 0.0], [np.inf, np.inf], [1 + 1j, 1 - 1j, 1 - 1j], [1, complex(2, np.nan), np.nan]])
def test_places(values):
    same(places, np.array(values))
    same(places, np.asfortranarray(np.array(values)))


def test_places_of_many():
    fast = numjit.njit(places)
    for a in (wide(5000), np.arange(5000.0), -np.arange(5000), wide(30, 2000), wide(2000, 3), RNG.randint(0, 9, (70, 80)),
              RNG.randint(0, 3, (5, 6, 7))):
        for b in layouts(a):
            assert all(map(np.array_equal, places(b), fast(b))), (b.shape, b.strides)
    same(lambda a: (a.argmax(axis=1), np.argmin(a, axis=1, keepdims=True), np.argmax(a, keepdims=True)), wide(4, 5, 6))


@pytest.mark.parametrize("call", [lambda a: a.argmin(), lambda a: np.argmax(a, axis=0), lambda a: np.argmax(a, axis=1)])
def test_places_in_nothing(call):
    same(call, np.zeros((0, 3)))
    same(call, np.zeros((3, 0)))


def scans(a):
    return np.cumsum(a), np.cumprod(a), np.cumsum(a, axis=0), a.cumprod(axis=-1), a.cumsum(axis=None)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["?", "i1", "u2", "i8", "f2", "f4", "f8", "c16"])
def test_scans(dtype):
    a = (RNG.randint(0, 5, (4, 5)) * 0.7).astype(dtype)
    fast = numjit.njit(scans)
    for b in layouts(a):
        for want, got in zip(scans(b), fast(b)):
            assert want.dtype == got.dtype and np.array_equal(want, got), (b.shape, b.strides)


def test_scans_of_few():
    for a in (np.zeros(0), np.array([-0.0, -0.0]), np.array(3.0), np.zeros((0, 3)), np.zeros((3, 0)), np.array([np.inf, np.nan, 1])):
        same(scans if a.ndim else lambda a: (np.cumsum(a), np.cumprod(a)), a)
    assert np.signbit(numjit.njit(lambda a: np.cumsum(a))(np.array([-0.0, -0.0]))).all()


def test_scan_arguments():
    def f(a, out):
        np.cumsum(a, axis=1, out=out)
        return np.cumsum(a, dtype=np.int32), np.cumprod(a, axis=1, dtype=np.complex64), np.cumulative_sum(a, axis=0)

    same(f, wide(3, 4), np.zeros((3, 4)))
    same(lambda a: (np.cumulative_sum(a[0], include_initial=True), np.cumulative_prod(a, axis=1, include_initial=True)), wide(3, 4))
    with pytest.raises(ValueError, match="axis.. argument is required"):
        numjit.njit(lambda a: np.cumulative_sum(a))(wide(3, 4))


def test_any_and_all_of_many():
    """The walk stops in blocks once the result is known."""
    fast = numjit.njit(lambda a: (np.any(a), np.all(a == 0), np.any(a, axis=0).sum(), np.all(a == 0, axis=-1).sum()))
    for n in (1, 4095, 4096, 4097, 10000):
        for at in (None, 0, n // 2, n - 1):
            a = np.zeros((2, n))
            if at is not None:
                a[1, at] = np.nan
            one = at is not None
            assert fast(a) == (one, not one, one, 2 - one)
            assert fast(np.asfortranarray(a)) == (one, not one, one, 2 - one)


def slices_of_temporaries(a, i, j, s):
    t = a * 2
    u = (a + 1).T[j:, i::s]
    return (t[i:, j:].sum(axis=1), t[i:, j:].sum(axis=0), t[i::s, ::s].max(), u.sum(axis=0), u.sum(axis=1), u.min(), t[:, ::-1].max(axis=0),
            (a - 1)[i:, j:].sum(), (a - 2)[i::s, j:].mean(axis=(0, 1)))


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (40, 300), (300, 40), (130, 130)])
def test_slices_of_temporaries_have_numpys_bits(shape, order):
    fast = numjit.njit(slices_of_temporaries)
    for dtype in ("f8", "i4"):
        a = (np.random.default_rng(1).random(shape) * 9).astype(dtype, order=order)
        for i, j, s in [(0, 0, 1), (0, 0, 2)] + [(1, 2, 1), (2, 1, 3)] * (min(shape) > 2) + [(0, 0, -1)] * (dtype == "i4"):
            for want, got in zip(slices_of_temporaries(a, i, j, s), fast(a, i, j, s)):
                assert np.asarray(want).tobytes() == np.asarray(got, np.asarray(want).dtype).tobytes(), (i, j, s)


def of_two_orders(a, b, i, s):
    t = a * b
    return (t.sum(), (a - b).mean(), (b - a).var(), t[i:, i:].sum(), t[:, ::s].sum(), t.T[i:, ::s].mean(), t[:, :i].sum(), (a - b).astype(np.float32)[i:, s:].sum(),
            t.T[::s, i:].std(), round((a + b).sum(where=a > 0.5), 6), np.cumsum(t)[-1:].sum(), np.cumsum(t.T[i:, s:]).sum(), np.cumprod(a - b + 1.0).sum())


@pytest.mark.parametrize("orders", ["CC", "CF", "FC", "FF"])
@pytest.mark.parametrize("shape", [(3, 4), (20000, 1), (1, 20000), (9000, 2), (7, 5000), (5000, 7), (130, 131)])
def test_sums_of_two_orders_have_numpys_bits(shape, orders):
    fast = numjit.njit(of_two_orders)
    a, b = (np.random.default_rng(k).random(shape).copy(order) for k, order in enumerate(orders))
    for i, s in [(1, 2), (0, 1), (2, 3), (shape[1] + 1, 2)]:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            want = of_two_orders(a, b, i, s)
        for k, (w, g) in enumerate(zip(want, fast(a, b, i, s))):
            assert np.array_equal(w, g, equal_nan=True), (k, i, s)


def of_strided(a, b, c):
    c *= a
    return (a * b).sum(), (a - b).mean(), (a * b).max(), (a * 2 - b).var(), (a * b).min(), np.where(a > b, a, b).sum(), (a * b).argmax(), np.argmax((a > b) * 1.0), np.argmin(np.floor(a * 3 - b)), c.sum()


@pytest.mark.parametrize("shape", [(3, 4), (300, 70), (1, 50), (50, 1), (5, 7, 40), (40, 7, 5)])
def test_arrays_that_lie_any_way_have_numpys_bits(shape):
    """Of order A: the call finds out along which axis memory is walked."""
    def ways(k):
        wide = np.random.default_rng(k).random(tuple(2 * n for n in shape))
        cut = wide[tuple(slice(0, n) for n in shape)]
        yield from (cut, wide[(slice(None, None, 2),) * len(shape)], np.asfortranarray(wide)[(slice(None, None, 2),) * len(shape)], cut.copy("F")[..., ::-1][..., ::-1])
        yield wide.T.copy().T[tuple(slice(0, n) for n in shape)]
    fast = numjit.njit(of_strided)
    for p, (a, b) in enumerate(zip(ways(0), ways(1))):
        c, d = np.ones_like(a), np.ones_like(a)
        for k, (w, g) in enumerate(zip(of_strided(a, b, c), fast(a, b, d))):
            assert w == g, (p, k)
        assert np.array_equal(c, d)
