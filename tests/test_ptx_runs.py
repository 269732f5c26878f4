"""What kernels compute: their PTX as C (ptx_in_c.py) beside NumPy, on grids that do not fit the arrays."""
import numpy as np
import pytest

import ptx_in_c
import test_ptx as k
from numjit import cuda

pytestmark = [pytest.mark.not_sanitized, pytest.mark.skipif(ptx_in_c.CC is None, reason="needs a C compiler")]
GRIDS = [(1, 1), (1, 32), (3, 7), (40, 128)]


def spelling(x):
    if not isinstance(x, np.ndarray):
        return x.dtype.name
    axes = [":"] * x.ndim
    if x.flags.c_contiguous:
        axes[-1] = "::1"
    return f"{x.dtype.name}[{','.join(axes)}]"


def run(function, arguments, folder, blocks, threads):
    text, _ = cuda.compile_ptx(function, tuple(map(spelling, arguments)))
    contiguous = [isinstance(x, np.ndarray) and x.flags.c_contiguous for x in arguments]
    return ptx_in_c.launch(text, folder, arguments, contiguous, blocks, threads)


def copies(arguments):
    """Copies with the same strides."""
    out = []
    for x in arguments:
        if isinstance(x, np.ndarray) and x.base is not None:
            base = x.base.copy()
            offset = x.ctypes.data - x.base.ctypes.data
            out.append(np.ndarray(x.shape, x.dtype, base, offset, x.strides))
        else:
            out.append(x.copy())
    return out


def same(function, arguments, folder, grids=GRIDS, exact=True):
    expected = copies(arguments)
    with np.errstate(all="ignore"):
        function(*expected)
    for blocks, threads in grids:
        got = copies(arguments)
        assert run(function, got, folder, blocks, threads)[0] == 0
        for x, y in zip(got, expected):
            assert np.array_equal(x, y, equal_nan=True) if exact else np.allclose(x, y, rtol=1e-12, equal_nan=True)


def ramp(*shape, dtype=float):
    n = int(np.prod(shape))
    return ((np.arange(n) * 37 % 101 - 40) / (1 if np.dtype(dtype).kind == "i" else 8)).astype(dtype).reshape(shape)


@pytest.mark.parametrize("n", [0, 1, 5, 31, 32, 33, 1000])
def test_sizes(n, tmp_path):
    same(k.axpy, [np.zeros(n), ramp(n), ramp(n) + 1, np.float64(2.5)], tmp_path)


def test_broadcast_and_strides(tmp_path):
    same(k.axpy, [np.zeros(33), ramp(1), ramp(33), np.float64(2)], tmp_path)
    same(k.axpy, [np.zeros(66)[::2], ramp(99)[::-3], ramp(33), np.float64(2)], tmp_path)
    same(k.stretched, [np.zeros((5, 5)), ramp(5, 5), ramp(10)[::2]], tmp_path)
    same(k.stretched, [np.zeros((14, 7), np.float32)[::2], ramp(7, 7, dtype=np.float32), ramp(7, dtype=np.float32)], tmp_path)


@pytest.mark.parametrize("n", [1, 33, 1000, 70000])
def test_reductions(n, tmp_path):
    grids = [(3, 7), (40, 128)]
    same(k.dot, [np.zeros(1), ramp(n), ramp(n) + 1], tmp_path, grids)         # eighths: every order gives the same sum
    same(k.scaled, [np.zeros(n), ramp(n)], tmp_path, grids)
    same(k.chosen, [np.zeros(n), ramp(n) - 60], tmp_path, grids)
    same(k.chosen, [np.zeros(n), ramp(n) + 60], tmp_path, grids)


@pytest.mark.parametrize("shape", [(1,), (33,), (70000,), (30, 40), (7, 300)])
def test_places(shape, tmp_path):
    for a in (ramp(*shape), np.zeros(shape), np.where(ramp(*shape) > 5, np.nan, ramp(*shape)), ramp(*shape[::-1]).T):
        same(k.places, [np.zeros(2, np.int64), a], tmp_path, [(3, 7), (40, 128)])


def test_reduction_of_nothing(tmp_path):
    same(k.dot, [np.ones(1), np.zeros(0), np.zeros(0)], tmp_path)


def test_sums_do_not_depend_on_the_grid(tmp_path):
    a = np.random.default_rng(1).random(100_000)
    results = set()
    for blocks, threads in GRIDS:
        out = np.zeros(1)
        run(k.dot, [out, a, a], tmp_path, blocks, threads)
        results.add(out[0])
    assert len(results) == 1 and np.allclose(results.pop(), np.sum(a * a), rtol=1e-14)


def test_steps_see_what_those_before_wrote(tmp_path):
    same(k.two_steps, [np.zeros(50), ramp(50), np.zeros(50)], tmp_path)
    same(k.by_first, [np.zeros(3), ramp(50) + 1], tmp_path)


def test_loops(tmp_path):
    same(k.rows, [np.zeros(9), ramp(9, 13)], tmp_path)
    same(k.everywhere, [np.zeros(20), ramp(20)], tmp_path)
    same(k.squares, [np.zeros(20), ramp(20)], tmp_path)


def test_quotients(tmp_path):
    b = ramp(200, dtype=np.int64)
    b[b == 0] = 3
    same(k.quotients, [np.zeros(200, np.int64), np.arange(-100, 100), b], tmp_path)


def test_complex(tmp_path):
    same(k.complexes, [np.zeros(11, complex), ramp(11) + 1j * ramp(11)[::-1]], tmp_path)


def line_of(function, line):
    return function.__code__.co_firstlineno + line


def test_errors(tmp_path):
    a = ramp(100) + 1000
    a[57] = -1
    out = np.zeros(100)
    assert run(k.roots, [out, a], tmp_path, 2, 16) == (2, line_of(k.roots, 3), 57 % 32)
    assert run(k.axpy, [np.zeros(4), np.zeros(3), np.zeros(4), np.float64(1)], tmp_path, 1, 4) == (1, line_of(k.axpy, 1), 0)
    a = ramp(20)
    before = a.copy()
    assert run(k.shifted, [a], tmp_path, 2, 16)[:2] == (1, line_of(k.shifted, 1)) and np.array_equal(a, before)


def test_nothing_after_an_error(tmp_path):
    out = np.zeros(4)
    assert run(k.dot, [out, np.ones(3), np.ones(2)], tmp_path, 2, 16)[0] == 1 and not out.any()


def of_picked(a, m, out):
    out[0] = a[m].sum()
    out[1] = a[m].max(initial=-100.0)
    out[2] = np.count_nonzero(a[m] > 0)
    out[3] = np.dot(a * 2, a)


@pytest.mark.parametrize("n", [0, 1, 33, 1000])
def test_what_masks_pick(n, tmp_path):
    same(of_picked, [ramp(n), ramp(n) > 0.5, np.zeros(4)], tmp_path, exact=False)
