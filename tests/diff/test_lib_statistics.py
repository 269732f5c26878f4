"""numjit/lib/statistics.py, nans.py and calculus.py beside NumPy, and as plain Python."""
import re
import warnings

import numpy as np
import pytest

from differential import outcome, same
from numjit import njit
from numjit.lib import calculus, nans, statistics

R = np.random.default_rng(11)
V, W = R.random(11), R.random(11)
M = R.random((3, 8))
NAN = np.array([[1.0, np.nan, 3, -np.inf], [np.nan, np.nan, 2, 0.5], [4, np.nan, 1, 0]])
DATA = [V, np.array([4, 1, 3, 2]), np.array([1, 5, 2], "f4"), np.array([3.0, np.nan, 1]), np.zeros(0), np.arange(10.0)[::-3], M,
        np.asfortranarray(M)]


def near(want, got):
    if isinstance(want, tuple):
        return isinstance(got, tuple) and len(want) == len(got) and all(map(near, want, got))
    if isinstance(want, np.floating) and isinstance(got, (float, np.floating)):     # compiled code gives a float
        return np.allclose(want, got, rtol=1e-4 if want.dtype.itemsize <= 4 else 1e-10, equal_nan=True)
    if isinstance(want, (np.ndarray, np.generic)):
        want, got = np.asarray(want), np.asarray(got)
        rtol = 1e-4 if want.dtype.itemsize <= 4 else 1e-10
        return want.dtype == got.dtype and want.shape == got.shape and np.allclose(want, got, rtol=rtol, atol=1e-12, equal_nan=True)
    return type(want) is type(got) and want == got


def agree(f, *args, text=True):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want = outcome(lambda: f(*args))
    got = outcome(lambda: njit(f)(*args))
    assert want[0] == got[0], (want, got)
    if want[0] == "raised":
        assert want[1][0] is got[1][0] and (not text or want[1][1] == got[1][1]), (want, got)
    else:
        assert near(want[1], got[1]), (want, got)


def plain(mine, numpys, *args, **kw):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert near(np.asarray(numpys(*args, **kw)), np.asarray(mine(*args, **kw)))


@pytest.mark.parametrize("f", [
    lambda a: np.nansum(a), lambda a: np.nanprod(a), lambda a: np.nanmean(a), lambda a: np.nanvar(a), lambda a: np.nanstd(a, ddof=1),
    lambda a: np.nanmin(a), lambda a: np.nanmax(a), lambda a: np.nancumsum(a), lambda a: np.nancumprod(a), lambda a: np.nanmedian(a),
    lambda a: np.nansum(a, axis=0), lambda a: np.nanmean(a, axis=-1), lambda a: np.nanmin(a, axis=0), lambda a: np.nanvar(a, axis=0)],
    ids=range(14))
def test_without_nan(f):
    for a in [NAN, NAN.astype("f4"), np.array([np.nan]), np.array([[3, 1], [2, 7]]), NAN[:, 0], NAN[::-1].T, M]:
        agree(f, a)
    for a in (np.zeros(0), ):
        agree(f, a, text=False)


def test_nan_axes():
    for axis in (0, 1):
        plain(nans.nanmedian, np.nanmedian, NAN, axis)
        plain(nans.nanquantile, np.nanquantile, NAN, np.array([0.1, 0.5]), axis)
    agree(lambda a: np.nanmedian(a, axis=0), NAN)
    agree(lambda a: np.nanpercentile(a, 30, axis=1, keepdims=True), NAN)
    agree(lambda a: np.nanargmin(a, axis=0), M)
    agree(lambda a: np.nanargmax(a), NAN)
    agree(lambda a: np.nanargmin(a, axis=0), NAN)


@pytest.mark.parametrize("f", [lambda a: np.median(a), lambda a: np.percentile(a, 30), lambda a: np.quantile(a, np.array([0.0, 0.25, 1]))])
def test_order_statistics(f):
    for a in DATA:
        if a.size:
            agree(f, a)


def test_axes_of_order_statistics():
    for a in (M, M.T, np.asfortranarray(M), R.random((2, 3, 4))):
        agree(lambda a: np.median(a, axis=0), a)
        agree(lambda a: np.percentile(a, (5, 50), axis=1), a)
        agree(lambda a: np.quantile(a, 0.3, axis=-1, keepdims=True), a)


@pytest.mark.parametrize("method", ["inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen",
                                    "weibull", "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest"])
def test_methods(method):
    for a in (V, np.array([4, 1, 3, 2])):
        for q in (0.0, 0.3, 0.5, 0.75, 1.0):
            plain(statistics.quantile, np.quantile, a, q, method=method)
    source = f"lambda a, q: np.quantile(a, q, method={method!r})"
    agree(eval(source, {"np": np}), V, 0.3)


def test_quantile_errors():
    agree(lambda a, q: np.quantile(a, q), V, 1.5)
    agree(lambda a, q: np.percentile(a, q), V, -1.0)


def test_histograms():
    for a in (V, np.array([1, 2, 2, 5]), np.array([1.0, 1.0]), np.zeros(0), NAN[2][[0, 2]]):
        agree(lambda a: np.histogram(a), a)
        agree(lambda a: np.histogram(a, 3, (0.0, 1.0)), a)
        agree(lambda a: np.histogram(a, bins=np.array([0.0, 0.1, 0.5, 1.0])), a)
    agree(lambda a, w: np.histogram(a, 4, weights=w), V, W)
    agree(lambda a: np.histogram(a, 4, density=True), V)
    agree(lambda a, n: np.histogram(a, n), V, 0)
    agree(lambda a, w: np.histogram2d(a, w, bins=3), V, W)
    agree(lambda a: np.histogram(a, np.array([0.5, 0.1])), V)


def test_bincount():
    x = np.array([0, 1, 1, 5])
    for a in (x, x.astype("u1"), np.zeros(0, "i8")):
        agree(lambda a: np.bincount(a), a)
        agree(lambda a: np.bincount(a, minlength=8), a)
    agree(lambda a, w: np.bincount(a, w), x, V[:4])
    agree(lambda a, w: np.bincount(a, w), x, V[:3])
    agree(lambda a: np.bincount(a), np.array([1, -1]))


def test_averages():
    agree(lambda a: np.average(a), M)
    agree(lambda a, w: np.average(a, weights=w), V, W)
    agree(lambda a, w: np.average(a, weights=w, returned=True), V, W)
    agree(lambda a, w: np.average(a, axis=1, weights=w), M, W[:8])
    agree(lambda a, w: np.average(a, axis=0, weights=w), M, W[:3])
    agree(lambda a, w: np.average(a, weights=w), V, V * 0)
    agree(lambda a, w: np.average(a, weights=w), V, W[:3])


def test_covariances():
    for a in (M, V, np.arange(6).reshape(2, 3), M + 1j * M[::-1]):
        agree(lambda a: np.cov(a), a)
        agree(lambda a: np.corrcoef(a), a)
    agree(lambda a, b: np.cov(a, b, ddof=0), V, W)
    agree(lambda a: np.cov(a, rowvar=False, bias=True), M)
    agree(lambda a, w: np.cov(a, fweights=w), M, np.arange(1, 9))
    agree(lambda a, w: np.cov(a, aweights=w), M, np.arange(1, 9) * 0.5)


@pytest.mark.parametrize("f", [lambda a, b: np.convolve(a, b), lambda a, b: np.convolve(a, b, "same"), lambda a, b: np.convolve(a, b, "valid"),
                               lambda a, b: np.correlate(a, b), lambda a, b: np.correlate(a, b, "same"), lambda a, b: np.correlate(a, b, "full")])
def test_convolutions(f):
    x = [np.array([1.0, 2, 3, 4]), np.array([0.5, 1.0]), np.array([1, 2, 7]), np.array([1j, 2, 1 - 1j, 3, 4]), V[::-2], np.zeros(0)]
    for a in x:
        for b in x:
            agree(f, a, b)


def test_differences():
    for a in (M, V, np.array([1, 5, 2], "u1"), np.array([True, False, False]), M.T, np.zeros(0)):
        agree(lambda a: np.diff(a), a)
        agree(lambda a: np.diff(a, 2, 0), a)
        if a.dtype != bool:
            agree(lambda a: np.ediff1d(a), a)
    agree(lambda a: np.diff(a, prepend=0.0), M)
    agree(lambda a, b: np.diff(a, axis=0, append=b), M, M[:1])
    agree(lambda a, b: np.ediff1d(a, b, 9), V, W[:2])


def test_gradients():
    x = np.sort(W)
    for a in (V, V.astype("f4"), np.arange(11) ** 2):
        agree(lambda a: np.gradient(a), a)
        agree(lambda a: np.gradient(a, 2.0, edge_order=2), a)
        agree(lambda a, x: np.gradient(a, x), a, x)
        agree(lambda a, x: np.gradient(a, x, edge_order=2), a, x)
    agree(lambda a: np.gradient(a, axis=1), M)
    agree(lambda a: np.gradient(a), V[:1])
    for y, h in zip(njit(lambda a: np.gradient(a, 1.0, 2.0))(M), np.gradient(M, 1.0, 2.0)):
        assert near(y, h)


def test_integrals():
    for a in (V, M, np.array([1, 2, 4])):
        agree(lambda a: np.trapezoid(a), a)
        agree(lambda a: np.trapezoid(a, dx=0.5, axis=0), a)
    agree(lambda a, x: np.trapezoid(a, x), M, np.sort(W[:8]))


def test_interp():
    xp, fp = np.array([0.0, 1, 3, 6]), np.array([10.0, 20, -5, 8])
    x = np.array([[-1.0, 0, 0.5], [6, 7, np.nan]])
    agree(lambda x, xp, fp: np.interp(x, xp, fp), x, xp, fp)
    agree(lambda x, xp, fp: np.interp(x, xp, fp, left=-1.0, right=0), x, xp, fp)
    agree(lambda x, xp, fp: np.interp(x, xp, fp, period=5.0), x[0], xp, fp)
    agree(lambda x, xp, fp: np.interp(x, xp, fp), x[0], xp, fp * 1j)
    agree(lambda x, xp, fp: np.interp(x, xp, fp), x[0], np.arange(4), np.arange(4) * 2)
    for v in (0.25, 2, 99):
        agree(lambda x, xp, fp: float(np.interp(x, xp, fp)), v, xp, fp)
    agree(lambda x, xp, fp: np.interp(x, xp, fp), x, xp, fp[:2])
    agree(lambda x, xp, fp: np.interp(x, xp, fp), x, xp[:0], fp[:0])


def test_unwrap():
    for p in (np.array([0.0, 3, 6.5, 9, 0.5]), np.array([1, 2, 7]), M * 10):
        agree(lambda p: np.unwrap(p), p)
        plain(calculus.unwrap, np.unwrap, p)
    agree(lambda p: np.unwrap(p, period=4.0, discont=3.0), V * 9)


@pytest.mark.filterwarnings("ignore")
def test_median_of_no_elements():
    for shape, axis in ((0, 4), 0), ((3, 0), -1), ((0, 0), 1):
        same = njit(lambda a: np.median(a, axis=axis))(np.zeros(shape)), np.median(np.zeros(shape), axis=axis)
        np.testing.assert_array_equal(*same)


@pytest.mark.parametrize("a", DATA + [np.zeros((0, 3)), np.zeros((3, 0)), np.array([True, False, True])], ids=repr)
def test_median_of_an_axis(a):
    agree(lambda a: np.median(a, axis=0), a)
    agree(lambda a: np.median(a, axis=-1), a)
    agree(lambda a: np.median(a, axis=0, keepdims=True), a)
    assert not isinstance(njit(lambda a: np.median(a, axis=0))(V), np.ndarray)


def test_weights():
    far = np.array([2**62, -2**63, 2**63 - 1])
    for w in np.array([0, 1, 2]), np.array([1.0, 2, 3]), np.array([1, 2, 3], np.uint8):
        for x in far, np.array([1, 2, 3], "u1"), np.array([True, False, True]):
            close(lambda x, w: np.average(x, weights=w), x, w)
            close(lambda x, w: np.average(x, axis=0, weights=w), x, w)
    for n in 4, 5, 6:
        refused(lambda a, w: np.histogram(a, weights=w), np.arange(5.0), np.ones(n))
        refused(lambda a, w: np.histogram2d(a, w, 3), np.arange(5.0), np.arange(n * 1.0))
    close(lambda a, w: np.histogram(a, weights=w)[0], np.arange(6.0).reshape(2, 3), np.ones((2, 3)))


def close(f, *args):
    np.testing.assert_allclose(njit(f)(*args), f(*args), rtol=1e-13)


def refused(f, *args):
    try:
        f(*args)
    except ValueError as e:
        with pytest.raises(ValueError, match=re.escape(str(e))):
            njit(f)(*args)
    else:
        for one, other in zip(njit(f)(*args), f(*args)):
            np.testing.assert_array_equal(one, other)


def order_statistics(axis, keepdims):
    return [lambda x: np.median(x, axis=axis, keepdims=keepdims), lambda x: np.quantile(x, 0.3, axis=axis, keepdims=keepdims),
            lambda x: np.percentile(x, np.array([10, 50.0]), axis=axis, keepdims=keepdims),
            lambda x: np.nanmedian(x, axis=axis, keepdims=keepdims)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [(0, 1), (0,), (-1, 0), (2, 1), (0, 1, 2), 1, -1, None])
def test_order_statistics_along_axes(axis, keepdims):
    a = R.normal(size=(2, 3, 4))
    a[0, 1, 2] = np.nan
    for x in (a, (a[::-1, :, ::2] > 0).astype(np.int8)):
        for f in order_statistics(axis, keepdims):
            want, got = f(x), njit(f)(x)
            assert np.shape(want) == np.shape(got)
            np.testing.assert_allclose(got, want, rtol=1e-13)


@pytest.mark.filterwarnings("ignore")
def test_medians_of_nothing():
    same(lambda a: np.nanmedian(a, axis=0), np.zeros((0, 3), np.int8))
    same(lambda a: np.median(a, axis=(0, 1)), np.zeros((0, 3)))


def test_gradients_along_axes():
    a = R.normal(size=(3, 4))
    for f in (lambda a: np.gradient(a, axis=(0, 1)), lambda a: np.gradient(a, 2.0, 3.0, axis=(1, 0)), lambda a: np.gradient(a, 2.0, axis=(0,))):
        same(f, a)
