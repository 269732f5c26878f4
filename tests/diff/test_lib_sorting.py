"""numjit/lib/sorting.py and sets.py: as plain Python, compiled, and NumPy's own agree."""
import itertools

import numpy as np
import pytest

from differential import equal, same
from numjit import njit
from numjit.lib import sets, sorting

R = np.random.default_rng(7)
NAN = np.array([2.0, np.nan, -1.0, np.inf, -0.0, np.nan, -np.inf, 0.0])
VECTORS = [np.array([3, 1, 2, 1, 0], t) for t in ("i1", "u1", "i8", "u8", "f4", "f8")] + [
    NAN, NAN.astype("f4"), np.zeros(0), np.array([7]), np.arange(9)[::-2], R.integers(-50, 50, 200), R.random(100),
    np.array([True, False, True]), np.array([2 + 1j, 1, 2 - 1j, 1j])]
ARRAYS = [R.random((3, 4, 5)), np.asfortranarray(R.random((4, 3))), R.random((6, 8))[::-2, ::3], np.zeros((0, 3)), np.zeros((3, 0))]


def three(plain, numpys, *args):
    """The prelude's function as Python and compiled, and NumPy's."""
    want = numpys(*args)
    assert equal(want, plain(*args))
    assert equal(want, njit(numpys)(*args)), args


@pytest.mark.parametrize("a", VECTORS, ids=lambda a: f"{a.dtype}-{a.size}")
def test_vectors(a):
    three(sorting.sort, lambda a: np.sort(a), a)
    three(lambda a: sorting.argsort(a, kind="stable"), lambda a: np.argsort(a, kind="stable"), a)
    three(sorting.argsort, lambda a: np.argsort(a), a)
    three(sets.unique, lambda a: np.unique(a), a)


@pytest.mark.parametrize("a", ARRAYS, ids=lambda a: str(a.shape))
@pytest.mark.parametrize("f", [lambda a: np.sort(a, 0), lambda a: np.sort(a), lambda a: np.sort(a, axis=None),
                               lambda a: np.argsort(a, 0), lambda a: a.argsort(-1), lambda a: np.argsort(a, None)])
def test_axes(f, a):
    same(f, a)


def test_in_place():
    def f(a):
        a.sort()
        return a[:1]

    def g(a):
        a.sort(axis=0)
    for a in VECTORS + ARRAYS:
        if a.shape[0]:
            same(f, a)
        if a.ndim > 1:
            same(g, a)
    b = R.random(10)
    view = b[::-2]
    njit(f)(view)
    assert np.array_equal(view, np.sort(view))


def test_read_only():
    a = R.random(5)
    a.flags.writeable = False
    same(lambda a: np.sort(a), a)
    with pytest.raises(Exception, match="read-only|readonly"):
        njit(lambda a: a.sort())(a)


@pytest.mark.parametrize("side", ["left", "right"])
def test_searchsorted(side):
    left = side == "left"
    f = (lambda a, v: np.searchsorted(a, v)) if left else (lambda a, v: np.searchsorted(a, v, side="right"))
    for a, v in itertools.product([np.array([1, 3, 3, 5]), np.array([1.0, 3, np.nan]), np.zeros(0)],
                                  [3, 0, 9, 2.5, np.nan, NAN, np.array([[1, 3], [5, 7]])]):
        same(f, a, v)
    same(lambda a, v: np.searchsorted(a, v, sorter=np.argsort(a)), np.array([5, 1, 3]), 2)


def test_partition():
    same(lambda a: np.partition(a, 2)[2], VECTORS[2])
    with pytest.raises(ValueError, match="kth.* out of bounds"):
        njit(lambda a: np.partition(a, 5))(VECTORS[2])


def test_digitize():
    for bins in (np.array([0.0, 1, 1, 4]), np.array([4.0, 1, 0]), np.array([1.0, 5, 2])):
        same(lambda x, b: np.digitize(x, b), NAN, bins)
        same(lambda x, b: np.digitize(x, b, right=True), NAN, bins)


@pytest.mark.parametrize("f", [
    lambda a: np.unique(a, return_index=True), lambda a: np.unique(a, return_inverse=True),
    lambda a: np.unique(a, return_counts=True), lambda a: np.unique(a, equal_nan=False),
    lambda a: np.unique(a, return_index=True, return_inverse=True, return_counts=True)])
def test_unique_and_more(f):
    for a in [VECTORS[2], NAN, np.zeros(0), np.array([[3, 1], [1, 0]])]:
        same(f, a)


def test_unique_rows():
    for a in (np.array([[1, 2], [1, 2], [0, 5]]), R.integers(0, 2, (4, 2, 2))):
        same(lambda a: np.unique(a, axis=0), a)
        same(lambda a: np.unique(a, axis=1), a)


@pytest.mark.parametrize("f", [lambda a, b: np.isin(a, b), lambda a, b: np.isin(a, b, invert=True), lambda a, b: np.intersect1d(a, b),
                               lambda a, b: np.union1d(a, b), lambda a, b: np.setdiff1d(a, b), lambda a, b: np.setxor1d(a, b),
                               lambda a, b: np.intersect1d(a, b, return_indices=True)])
def test_two_sets(f):
    for a, b in itertools.permutations([np.array([1, 2, 3, 2]), np.array([2, 9, 3], "i2"), np.array([1.5, 2.0]), np.zeros(0, "i8"),
                                        np.array([[1, 2], [3, 4]])], 2):
        same(f, a, b)


def places(a, v):
    return [np.searchsorted(a, x) for x in (v[0], v[1], v[2], v[3], v[4])], [np.searchsorted(a, x, side="right") for x in (v[0], v[1], v[2], v[3], v[4])]


def test_places_of_single_values():
    v = np.array([-1.0, 2.0, 3.5, np.nan, np.inf])
    for n in range(9):
        same(places, np.sort(np.array([2.0, np.nan, 3.5, 2, -1, np.nan, 7, 2][:n])), v)
        same(places, np.arange(n), v)


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) >= "2.5.0.dev0", reason="NumPy 2.5 looks at other places than before")
def test_searchsorted_of_one_value_in_disorder():
    rng = np.random.default_rng(5)
    left, right = njit(lambda a, x: np.searchsorted(a, x)), njit(lambda a, x: np.searchsorted(a, x, side="right"))
    for n in range(9):
        for a in (rng.integers(0, 5, n), np.sort(rng.random(n)), np.array([np.nan if k > n // 2 else k for k in range(n)], float)):
            for x in (0, 2, 0.5, np.nan):
                assert left(a, x) == np.searchsorted(a, x) and right(a, x) == np.searchsorted(a, x, side="right"), (a, x)


def test_places_among_complex():
    parts = [0.0, 1.0, 2.0, np.nan, np.inf]
    z = np.sort(np.array([complex(a, b) for a in parts for b in parts]))
    reals = np.array([-1, 0, 1, 1, 2, np.inf, np.nan, np.nan])

    def places(a, v):
        return np.searchsorted(a, v), np.searchsorted(a, v, "right"), np.isin(v, a)
    for a, v in itertools.product([z, z[:0], z.astype("c8"), reals], [z, z[::2].astype("c8"), reals, reals.astype("f4")]):
        same(places, a, v)
    same(lambda x, bins: np.digitize(x, bins), z, reals)


def sorted_bytes(a):
    b = a.copy()
    b.sort()
    return np.sort(a), np.sort(a.reshape(2, -1), axis=0), np.sort(a.reshape(2, -1)), b, np.median(a), np.unique(a, return_counts=True), \
        np.unique(a, return_inverse=True)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.bool_])
def test_long_rows_of_bytes_are_counted(dtype):
    for n in (398, 402, 1000):
        same(sorted_bytes if dtype != np.bool_ else np_sort, R.integers(-128, 128, n).astype(dtype))


def np_sort(a):
    return np.sort(a), np.sort(a[::-1])
