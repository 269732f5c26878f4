"""Loops over prange that carry the last value of a name, or in which all iterations add to one array: parallel, and the same bits
on any number of threads."""
import os
import subprocess
import sys

import numpy as np
import pytest

from numjit import njit, prange

N = 40_000
R = np.random.default_rng(0)
M, V, KIND = R.integers(0, 100, (N, 5)) * 1.0, R.integers(0, 100, N) * 1.0, R.integers(0, 7, N)


def last(v):
    x, n = -1.0, 0
    for i in prange(len(v)):
        x = v[i] * 2
        n += 1
    return x, n


def last_of_several(v):
    x, y, b = -1.0, 5, False
    for i in prange(len(v)):
        x = v[i] * 2
        y = i
        b = x > 3
    return x, y, b


def last_that_is_conditional(v):
    x = -1
    for i in prange(len(v)):
        if v[i] > 50:
            x = i
    return x


def last_of_a_new_name(v):
    n = 0.0
    for i in prange(len(v)):
        x = v[i] * 2
        y = i
        n += 1
    return x, y, i, n


def complex_sum(v):
    s, t = 1j, 0j
    for i in prange(len(v)):
        s += v[i] * (2 + 1j)
        if i % 2:
            t -= v[i]
        else:
            t += 1j
    return s, t


def complex_swap(v):
    s = 1 + 0j
    for i in prange(len(v)):
        s = complex(s.imag + v[i], s.real)
    return s


def add_rows(m):
    acc = np.zeros(m.shape[1])
    for i in prange(m.shape[0]):
        acc += m[i]
    return acc


def add_rows_to_a_slice(m):
    acc = np.full(m.shape[1] + 2, 3.0)
    for i in prange(m.shape[0]):
        acc[1:-1] += m[i]
    return acc


def subtract_rows_everywhere(m):
    acc = np.ones((2, m.shape[1]))
    for i in prange(m.shape[0]):
        acc[:] -= m[i]
    return acc


def to_one_element(m):
    acc = np.array([1.0, 2.0, 3.0])
    for i in prange(m.shape[0]):
        acc[-1] += m[i, 0]
        acc[0] = m[i, 1] + acc[0]
    return acc


def count_kinds(kind, out):
    for i in prange(len(kind)):
        out[kind[i]] += 1
    return out


def sums_of_kinds(kind, m):
    out, n = np.zeros((7, m.shape[1])), np.zeros(7, np.int32)
    for i in prange(len(kind)):
        for j in range(m.shape[1]):
            out[kind[i], j] += m[i, j]
        n[kind[i]] += 1
    return out, n


def multiply_rows(m):
    acc = np.ones(m.shape[1])
    for i in prange(m.shape[0]):
        acc *= 1.0 - 2.0 * (m[i] > 50)
    return acc


def bits(kind):
    acc = np.zeros(3, np.int64)
    for i in prange(len(kind)):
        acc[0] |= kind[i]
        acc[0] |= 64
    return acc


def own_elements(v, out):
    for i in prange(len(v)):
        out[i] += v[i]
        out[i] += 1
    return out


def own_rows(m, out):
    for i in prange(len(m)):
        out[i] += m[i]
        out[i, 0] += 1
    return out


def own_slices(v, out):
    for i in prange(len(v) // 4):
        out[4 * i:4 * i + 4] += v[4 * i:4 * i + 4]
        out[4 * i:][:2] -= 1
    return out


def prange_inside(m, out):
    for i in prange(len(m)):
        for j in prange(m.shape[1]):
            out[j] += m[i, j]
    return out


def to_a_transposed_view(m, out):
    t = out.T
    for i in prange(m.shape[0]):
        t[i % 3] += m[i, 0]
    return out


def with_a_sum_beside(m):
    acc, s, x = np.zeros(m.shape[1]), 0.0, 0.0
    for i in prange(m.shape[0]):
        acc += m[i]
        s += m[i, 0]
        x = m[i, 1]
    return acc, s, x


def fails(m, acc):
    for i in prange(m.shape[0]):
        acc[0] += 1 // (i - m.shape[0] + 1)
    return acc


CASES = [(last, V), (last, V[:0]), (last, V[:1]), (last_of_several, V), (last_of_several, V[:0]), (last_that_is_conditional, V),
         (last_of_a_new_name, V), (last_of_a_new_name, V[:1]), (complex_sum, V), (complex_sum, V[:0]), (complex_swap, V),
         (add_rows, M), (add_rows, M[:0]), (add_rows, M[:, :0]), (add_rows, M.astype(np.float32)), (add_rows, np.asfortranarray(M)),
         (add_rows_to_a_slice, M), (subtract_rows_everywhere, M), (to_one_element, M), (count_kinds, KIND, np.zeros(7, np.int64)),
         (count_kinds, KIND, np.zeros(7)), (count_kinds, KIND, np.zeros(7, np.uint8)), (count_kinds, KIND, np.zeros(14, np.float32)[::2]),
         (count_kinds, KIND, np.zeros(7, np.complex128)), (count_kinds, KIND, np.zeros(2_000_000)), (sums_of_kinds, KIND, M),
         (multiply_rows, M), (bits, KIND), (own_elements, V, np.ones(N)), (own_rows, M, np.ones((N, 5))),
         (own_slices, V, np.ones(N)), (prange_inside, M, np.zeros(5)), (to_a_transposed_view, M, np.zeros((4, 3))), (with_a_sum_beside, M)]


def copies(args):
    return [np.copy(a, order="A") if a.flags.forc else a.copy()[...] if a.base is None else np.zeros(2 * len(a), a.dtype)[::2] for a in args]


def flat(x):
    return [np.asarray(y) for y in (x if isinstance(x, tuple) else (x,))]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0].__name__}-{'-'.join(str(a.dtype) + str(a.shape) for a in c[1:])}")
def test_as_in_python(case):
    f, *args = case
    with np.errstate(over="ignore"):
        want = flat(f(*copies(args)))
    got = flat(njit(f, parallel=True)(*copies(args)))
    for x, y in zip(got, want, strict=True):
        assert x.dtype == y.dtype and np.array_equal(x, y), (x, y)


@pytest.mark.parametrize("f", [last, last_of_several, last_of_a_new_name, complex_sum, add_rows, add_rows_to_a_slice, subtract_rows_everywhere, to_one_element,
                               multiply_rows, with_a_sum_beside])
def test_they_run_on_threads(f):
    text = njit(f, parallel=True).explain("(f8[::1],)" if f in (last, last_of_several, last_of_a_new_name, complex_sum) else "(f8[:, ::1],)")
    assert "runs on all threads" in text and "runs on one thread" not in text


def test_rows_of_its_own_are_not_copied():
    for f in (own_elements, own_slices, own_rows):
        types = "(f8[::1], f8[::1])" if f is not own_rows else "(f8[:, ::1], f8[:, ::1])"
        text = njit(f, parallel=True).explain(types)
        assert "runs on all threads" in text and "copy of its own" not in text


def test_an_error():
    with pytest.raises(UnboundLocalError):
        njit(last_of_a_new_name, parallel=True)(V[:0])
    with pytest.raises(ZeroDivisionError):
        njit(fails, parallel=True)(M, np.zeros(3, np.int64))


SCRIPT = """
import numpy as np, numjit
import test_accumulate as t
x = np.random.default_rng(1).random((40_000, 3))
f, g = (numjit.njit(h, parallel=True) for h in (t.add_rows, t.sums_of_kinds))
want = f(x), g(t.KIND, x)[0]
for n in (1, 2, 3, 7):
    numjit.set_num_threads(n)
    for _ in range(3):
        assert (f(x) == want[0]).all() and (g(t.KIND, x)[0] == want[1]).all(), n
assert np.allclose(want[0], x.sum(axis=0), rtol=1e-13)
print("ok")
"""


def test_the_same_bits_on_any_number_of_threads():
    here = os.path.dirname(__file__)
    env = os.environ | {"NUMJIT_NUM_THREADS": "7", "PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=env, cwd=here, capture_output=True, text=True, timeout=120)
    assert done.stdout == "ok\n", done.stderr


def to_clipped_places(v, out):
    n = len(out)
    for i in prange(len(v)):
        out[min(i, n - 1)] += v[i]
    return out


def to_folded_places(v, out):
    n = len(out)
    for i in prange(2 * n):
        out[i if i < n else 2 * n - i - 1] += v[i]
    return out


def to_neighbours(v, out):
    for i in prange(len(v) - 1):
        flux = v[i] - v[i + 1]
        out[i] -= flux
        out[i + 1] += flux
    return out


def to_rows_of_neighbours(m, out):
    for i in prange(len(m) - 1):
        out[i] += m[i]
        out[i + 1] -= m[i]
    return out


def to_a_row_and_an_element_of_the_next(m, out):
    for i in prange(len(m) - 1):
        out[i] += m[i]
        out[i + 1, 0] -= m[i, 0]
    return out


def to_a_slice_beside(v, out):
    t = out[1:]
    for i in prange(len(v) - 1):
        out[i] += v[i]
        t[i] -= v[i]
    return out


def to_own_columns(m, out):
    for i in prange(len(m)):
        out[i, 0] += m[i, 0]
        out[i, 1] += m[i, 1]
        out[i] += m[i]
    return out


@pytest.mark.parametrize("f, shared", [(to_neighbours, True), (to_rows_of_neighbours, True), (to_a_row_and_an_element_of_the_next, True),
                                       (to_a_slice_beside, True),
                                       (to_own_columns, False)])
def test_several_places_an_iteration(f, shared):
    a = V if f in (to_neighbours, to_a_slice_beside) else M
    fast = njit(f, parallel=True)
    for _ in range(3):
        assert np.array_equal(fast(a, np.ones(a.shape)), f(a, np.ones(a.shape)))
    text = fast.explain("(f8[::1], f8[::1])" if a is V else "(f8[:, ::1], f8[:, ::1])")
    assert ("copy of its own" in text) == shared and "runs on all threads" in text


def to_clipped_rows(m, out):
    for i in prange(len(m)):
        out[min(i, 3)] += m[i]
    return out


def test_rows_that_several_iterations_have():
    assert "copy of its own" in njit(to_clipped_rows, parallel=True).explain("(f8[:, ::1], f8[:, ::1])")
    assert np.array_equal(njit(to_clipped_rows, parallel=True)(M, np.zeros((4, 5))), to_clipped_rows(M, np.zeros((4, 5))))


def to_places_that_come_around(v, out):
    for i in prange(len(v)):
        out[np.int64(i).astype(np.uint8)] += v[i]
    return out


def test_indices_that_several_iterations_have():
    v = np.arange(1.0, 400_001)
    for f, n in ((to_clipped_places, 10), (to_folded_places, 200_000), (to_places_that_come_around, 256)):
        assert "copy of its own" in njit(f, parallel=True).explain("(f8[::1], f8[::1])")
        assert np.array_equal(njit(f, parallel=True)(v, np.zeros(n)), f(v, np.zeros(n))), f.__name__


def to_a_slice_and_its_base(m, out):
    t = out[1:]
    for i in prange(m.shape[0]):
        t[i % 3] += m[i, 0]
        out[0] += m[i, 1]
    return out


def to_rows(m, out):
    for i in prange(m.shape[0]):
        out[i % 3] += m[i]
    return out


def test_rows_and_views():
    m = np.random.default_rng(3).integers(0, 9, (40000, 3)).astype(float)
    for f in (to_a_slice_and_its_base, to_rows, to_a_transposed_view):
        fast = njit(f, parallel=True)
        for shape in ((4, 3), (4, 3)) if f is not to_rows else ((3, 3), (4, 3)):
            for order in "CF":
                out, want = np.zeros(shape, order=order), np.zeros(shape, order=order)
                f(m, want)
                for _ in range(3):
                    out[:] = 0
                    assert np.array_equal(fast(m, out), want), (f.__name__, order)


def from_the_end(v, out, m):
    for i in prange(len(v)):
        out[i - m] += v[i]


def times_something(v, out, m):
    for i in prange(len(v)):
        out[i * m] += v[i]


def to_slices_that_overlap(v, out, m):
    for i in prange(len(out)):
        out[i:i + m] += v[i]


def to_pairs_that_overlap(v, out, m):
    for i in prange(len(out)):
        out[i:i + 2] += v[i]


def backwards(v, out, m):
    for i in prange(len(v)):
        out[m - i - 1] += v[i]


def to_rows_from_the_end(v, out, m):
    for i in prange(len(v)):
        out[i - m] += v[i]


def to_a_slice_from_the_end(v, out, m):
    for i in prange(len(v)):
        out[i - m:i - m + 1] += v[i]


def to_a_row_and_a_column(v, out, m):
    for i in prange(len(out)):
        out[i, m] += v[i]
        out[m, i] -= v[i]


def to_slices_side_by_side(v, out, m):
    for i in prange(len(out) // 50 if m == 0 else len(out) // abs(m)):
        out[i * m:(i + 1) * m] += v[i]


def to_part_of_a_slice(v, out, m):
    for i in prange(len(out) // (2 * m)):
        out[2 * m * i + 1:2 * m * i + m + 1] += v[i]
        out[2 * m * i] -= v[i]


def to_slices_of_another_length(v, out, m):
    for i in prange(len(out) // 20):
        out[i * 20:i * 20 + m] += v[i]
        out[i * m:i * m + 20] -= v[i]


def to_a_flat_table(v, out, m):
    for i in prange(len(out) // 100):
        for j in range(m):
            out[i * m + j] += v[i] + j


def to_parts_of_a_flat_table(v, out, m):
    for i in prange(len(out) // 100):
        for j in range(1, m - 1):
            out[m * i + j] += v[i] + j
            out[j - 1 + i * m] -= v[j]


def to_tables_that_overlap(v, out, m):
    for i in prange(len(out) // 100):
        for j in range(m + 1):
            out[i * m + j] += v[i] + j


def to_tables_that_run_on(v, out, m):
    for i in prange(len(out) // 100):
        j = 0
        while j < m or j < 80:
            out[i * m + j] += v[i] + j
            j += 1


def to_a_flat_table_from_the_end(v, out, m):
    for i in prange(len(out) // abs(m)):
        for j in range(abs(m)):
            out[i * m + j] += v[i] + j


def stored_last(v, out, m):
    for i in prange(len(v)):
        out[i - m] = v[i]


@pytest.mark.parametrize("f, shape, m", [(from_the_end, N // 2, N // 2), (times_something, N, 0), (times_something, N, 1), (to_slices_that_overlap, N, 50),
                                         (to_pairs_that_overlap, N, 0), (backwards, N // 2, N // 2), (to_rows_from_the_end, (N // 2, 3), N // 2),
                                         (to_a_slice_from_the_end, N // 2 + 1, N // 2), (to_a_row_and_a_column, (200, 200), 7), (stored_last, N // 2, N // 2),
                                         *[(to_slices_side_by_side, N, m) for m in (100, 1, 0, -1, -70)], *[(to_part_of_a_slice, N, m) for m in (1, 30)],
                                         *[(to_slices_of_another_length, N, m) for m in (0, 20, 30, -3)],
                                         *[(to_a_flat_table, N, m) for m in (100, 7, 0, -5)], *[(to_parts_of_a_flat_table, N, m) for m in (100, 2, 1)],
                                         *[(to_tables_that_overlap, N, m) for m in (50, 1, 0)], (to_tables_that_run_on, N, 50),
                                         *[(to_a_flat_table_from_the_end, N, m) for m in (50, -50, -1)]])
def test_iterations_that_meet_as_their_indices_come_around(f, shape, m):
    fast, want = njit(f, parallel=True), np.zeros(shape)
    f(V, want, m)
    for _ in range(5):
        out = np.zeros(shape)
        fast(V, out, m)
        assert np.array_equal(out, want)


def add_to_nine(kind, a, b, c, d, e, f, g, h, j):
    for i in prange(len(kind)):
        k = kind[i]
        a[k] += 1
        b[k] += 2
        c[k] += 3
        d[k] += 4
        e[k] += 5
        f[k] += 6
        g[k] += 7
        h[k] += 8
        j[k] += 9


def test_more_arrays_than_have_copies():
    outs = [np.zeros(7, np.int64) for _ in range(9)]
    njit(add_to_nine, parallel=True)(KIND, *outs)
    for k, out in enumerate(outs):
        assert np.array_equal(out, np.bincount(KIND, minlength=7) * (k + 1))


def to_pairs(v, out):
    for i in prange(len(v) // 2):
        out[2 * i] += v[i]
        out[2 * i + 1] -= v[i]
    return out


def test_slices_side_by_side_are_not_copied():
    for f in (to_slices_side_by_side, to_part_of_a_slice, to_a_flat_table, to_parts_of_a_flat_table):
        assert "copy of its own" not in njit(f, parallel=True).explain("(f8[::1], f8[::1], i8)")
    assert "copy of its own" in njit(to_slices_of_another_length, parallel=True).explain("(f8[::1], f8[::1], i8)")


def test_pairs_of_its_own_are_not_copied():
    fast = njit(to_pairs, parallel=True)
    assert "copy of its own" not in fast.explain("(f8[::1], f8[::1])")
    assert np.array_equal(fast(V, np.zeros(N)), to_pairs(V, np.zeros(N)))
