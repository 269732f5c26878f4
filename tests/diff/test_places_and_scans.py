"""argmin, argmax, cumsum and cumprod of arrays and of expressions: every layout, ties, NaN, lengths around a block."""
import numpy as np
import pytest

import numjit


def greatest(a):
    return np.argmax(a), np.argmax(a + a), (a + a).argmin()


def along(a):
    return a.argmax(axis=-1), np.argmin(a + a, axis=-1), np.argmin(a + a, axis=0)


def with_others(a):
    t = a + a
    return t.argmax(), t.argmin(), t.max()


def scans(a):
    return np.cumsum(a), np.cumsum(a + a), np.cumprod(a - a * 2), np.cumsum(a + 1, axis=-1), np.cumsum(a + 1, axis=0)


def with_initial(a):
    return np.cumulative_sum(a + a, axis=-1, include_initial=True), np.cumulative_prod(a + a, axis=-1, include_initial=True)


def of_dear(a):
    return np.cumsum(np.sin(a) / (a * a + 2), axis=-1), np.argmax(np.sin(a) / (a * a + 2))


def values(dtype, n):
    """Ties, few ties, one value, rising; floats with NaN, infinities and -0.0."""
    rng = np.random.default_rng(n)
    for x in (rng.integers(0, 5, n), rng.integers(-100, 100, n), np.zeros(n), np.arange(n)):
        x = x.astype(dtype)
        if np.dtype(dtype).kind in "fc" and n > 6:
            yield x - x.dtype.type(np.inf)
            y = x.copy()
            y[3] = -0.0
            yield y
            y = y.copy()
            y[n // 2] = y[n // 3] = np.nan
            yield y
        yield x


def layouts(a):
    yield a
    yield np.asfortranarray(a)
    yield a[::-1]
    if a.ndim > 1:
        yield a[:, ::2]
        yield a.T[::-1]


def check(f, fast, a):
    with np.errstate(all="ignore"):
        want, got = f(a), fast(a)
    for w, g in zip(want, got):
        w, g = np.asarray(w), np.asarray(g)
        assert (w.dtype == g.dtype or not w.shape) and w.shape == g.shape and np.array_equal(w, g, equal_nan=w.dtype.kind in "fc"), (f.__name__, a)
        if w.dtype.kind in "fc":
            known = w == w
            assert np.array_equal(np.signbit(w.real[known]), np.signbit(g.real[known]))


@pytest.mark.parametrize("target", ["cpu", "parallel"])
@pytest.mark.parametrize("dtype", ["?", "b", "i8", "u8", "f4", "c16"])
def test_places_and_scans(dtype, target):
    fast = {f: numjit.jit(target=target)(f) for f in (greatest, along, with_others, scans, with_initial)}
    for shape in [(1,), (7,), (2500,), (3, 5), (2, 1500), (1030, 3), (3, 4, 5)]:
        for x in values(dtype, int(np.prod(shape))):
            for a in layouts(x.reshape(shape)):
                for f in (greatest, along) if dtype == "?" else fast:      # no `-` of bool
                    check(f, fast[f], a)


@pytest.mark.parametrize("shape", [(5,), (1023,), (1025,), (3, 1100), (1100, 3)])
def test_of_dear_expressions(shape):
    a = np.random.default_rng(1).random(shape)
    for x in layouts(a):
        want, got = of_dear(x), numjit.njit(of_dear)(x)
        assert np.allclose(want[0], got[0], rtol=1e-14) and want[1] == got[1]


def test_empty():
    f = numjit.njit(lambda a: np.cumsum(a * 2))
    assert f(np.ones(0)).shape == (0,)
    with pytest.raises(ValueError, match="argmax of an empty sequence"):
        numjit.njit(lambda a: np.argmax(a * 2))(np.ones(0))
