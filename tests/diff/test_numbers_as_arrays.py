"""Numbers and arrays without axes where arrays are expected, and what is asked of NumPy's numbers."""
import numpy as np
import pytest

from differential import outcome, same
from numjit import njit
from test_out_of_range import function

pytestmark = pytest.mark.filterwarnings("ignore")
NUMBERS = [np.float64(-2.5), np.float32(2.5), np.int8(-5), np.int64(7), np.uint64(2**63 + 5), np.complex128(1 - 2j)]
METHODS = """sum() prod() mean() min() max() any() all() var() std() argmin() argmax() cumsum() cumprod() reshape(1) reshape(-1)
ravel() flatten() copy() squeeze() transpose() repeat(2) argsort() compress([True]) sum(axis=0) max(axis=-1) var(ddof=1)
round() mean(dtype=np.float32)""".split()


@pytest.mark.parametrize("method", METHODS)
def test_methods_of_numbers(method):
    f = function(f"return a.{method}, v")
    for x in NUMBERS:
        same(f, x, 0)


CALLS = """np.argsort(a); a.argsort(); np.squeeze(a, axis=0); a.squeeze(-1); a.mean(axis=0); a.var(axis=-1); a.std(axis=0); a.sum(axis=0)
np.nanmean(a); np.nanmax(a); np.nanmin(a); np.nanvar(a); np.nanstd(a); np.nansum(a); np.nanargmax(a); np.take(a, 0, axis=0); np.take(a, [0], axis=-1)
np.kron(a, a); np.argpartition(a, 0); np.round(a, 1); np.median(a); np.transpose(a, ()); np.lexsort((a, a))""".replace("\n", ";").split(";")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("a", [np.array(3.5), np.array(np.nan), np.array(3)])
def test_arrays_without_axes(call, a):
    f = function(f"return {call.strip()}, v")
    kind, want = outcome(lambda: f(a, 0))
    if kind == "raised" and want[0] is np.exceptions.AxisError:         # the jit's names the line too
        with pytest.raises(want[0], match=want[1]):
            njit(f)(a, 0)
    else:
        same(f, a, 0)


ROWS = [np.array([3.0, 1, np.nan, np.nan, 1]), np.array([[1, 2], [1, 2], [0, 3]]), np.array([[1.0, np.nan], [1, np.nan], [0, 3]]),
        np.zeros((0, 2)), np.zeros((2, 0)), np.arange(12).reshape(2, 2, 3) % 2, np.asfortranarray(np.arange(6).reshape(3, 2) // 4)]


@pytest.mark.parametrize("asked", ["", ", return_index=True", ", return_inverse=True", ", return_counts=True", ", equal_nan=False",
                                   ", return_index=True, return_inverse=True, return_counts=True"])
def test_unique_along_axes(asked):
    for axis in (0, -1):
        f = function(f"return np.unique(a, axis={axis}{asked}), v")
        for a in ROWS:
            same(f, a, 0)


VALUES = """~np.isnan(a[0]), ~(a[0] > v), ~(a[0] == a[0]); np.reciprocal(np.array([0, 1, 2, -1])), np.reciprocal(np.array([0, 5], np.int32))
np.reciprocal(np.array([0, 1], np.int8)), np.reciprocal(np.array([0], np.uint64)), np.reciprocal(v); np.array([[]]), np.array([[], []])
np.lcm(np.int8(100), np.int8(99)), np.lcm(np.array([-128, 7], np.int8), np.int8(-128)), np.lcm(0, 0), np.lcm(2**62, 3)
np.tril(a), np.triu(a, 1), np.tril(a, -1); np.polyval(np.array([[1.0, 2], [3, 4]]), 2.0); np.partition(a[:0], 0)
np.apply_along_axis(np.sum, 0, np.zeros((0, 3))); np.lexsort((np.array([[2, 1], [1, 2]]), np.array([[1, 1], [1, 1]])))
np.lexsort((np.array([[2, 1], [1, 2]]), np.array([[1, 1], [0, 1]])), axis=0)""".replace("\n", ";").split(";")


@pytest.mark.parametrize("values", VALUES)
def test_values(values):
    same(function(f"return {values.strip()}"), np.array([1.0, np.nan, 3.0]), 0)


@pytest.mark.parametrize("call", ["np.gcd(a, a)", "np.lcm(a[0], True)"])
def test_no_gcd_of_bools(call):
    with pytest.raises(TypeError, match="no loop"):
        njit(function(f"return {call}, v"))(np.array([True]), 0)


@pytest.mark.parametrize("left", [(), (2,), (2, 1, 3), (0, 2)])
@pytest.mark.parametrize("right", [(), (3,), (2, 2), (1, 2, 2)])
def test_kron(left, right):
    a, b = np.ones(left, int) + 1, np.arange(np.prod(right, dtype=int)).reshape(right) * 1.5
    same(lambda a, b: np.kron(a, b), a, b)


DTYPES = """np.geomspace(a, b, 5); np.geomspace(a, b, 5, dtype=np.float32); np.linspace(a, b, 11); np.logspace(a, b, 5); np.vander(np.array([a, b]), 1)
np.histogram_bin_edges(np.array([a, b, a])); np.histogram(np.array([a, b, a])); np.histogram_bin_edges(np.array([a, b]), range=(0, 3))
np.vander(np.array([1 + 2j, complex(np.nan, 1)])), a""".replace("\n", ";").split(";")


@pytest.mark.parametrize("call", DTYPES)
def test_dtypes_of_spaced_values(call):
    f = function(f"return {call.strip()}".replace("return ", "b = v; return "))
    for kind in (np.float32, np.float64):
        same(f, kind(1), kind(20))
