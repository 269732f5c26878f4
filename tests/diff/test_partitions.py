"""partition and argpartition: what stands at the places asked for, what is on which side, whatever order the values begin in."""
import numpy as np
import pytest

import numjit


@numjit.njit
def both(a, kth):
    return np.partition(a, kth), np.argpartition(a, kth)


@numjit.njit
def three(a):
    return np.partition(a, (3, -1, 7)), np.argpartition(a, (3, -1, 7))


@numjit.njit
def first_axis(a, kth):
    return np.partition(a, kth, axis=0), np.argpartition(a, kth, axis=0), np.partition(a, kth, axis=None)


def values(n):
    rng = np.random.default_rng(n)
    a = rng.normal(size=n) * 10
    yield from (a, np.round(a), np.full(n, 3.0), np.sort(a), np.sort(a)[::-1], np.where(rng.random(n) > 0.7, np.nan, a), np.where(a > 0, np.inf, a))


def check(a, parted, places, kths):
    want = np.sort(a)
    assert np.array_equal(np.sort(parted), want, equal_nan=a.dtype.kind == "f") and np.array_equal(np.sort(places), np.arange(a.size))
    for got in (parted, a[places]):
        rank = np.searchsorted(want, got)
        for k in kths:
            assert rank[k] == np.searchsorted(want, want[k])
            k %= a.size
            assert (rank[:k] <= rank[k]).all() and (rank[k:] >= rank[k]).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "u1", "?", "f2"])
def test_rows(dtype):
    for n in (1, 2, 24, 25, 26, 100, 1000, 5000):
        for a in values(n):
            a = a.astype(dtype)
            for k in {0, n // 2, n - 1, -1, n // 3}:
                check(a, *both(a, k), [k])
            if n > 8:
                check(a, *three(a), (3, -1, 7))


def test_axes_and_errors():
    a = np.random.default_rng(0).normal(size=(50, 40))
    parted, places, flat = first_axis(a, 7)
    assert np.array_equal(parted[7], np.sort(a, axis=0)[7]) and flat[7] == np.sort(a, axis=None)[7]
    assert np.array_equal(np.take_along_axis(a, places, 0)[7], np.sort(a, axis=0)[7])
    for bad in (5, -6):
        for f in (both, both.py_func):
            with pytest.raises(ValueError, match="out of bounds"):
                f(np.zeros(5), bad)
