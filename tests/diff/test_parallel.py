"""The parallel target: the same results as the cpu target, to the bit, on any number of threads; errors; forks; nesting."""
import os
import threading

import numpy as np
import pytest

import child
import numjit
from numjit import njit


def expression(a, b):
    return a * b + np.sqrt(a) / (b + 1.0)


def reductions(a):
    return a.sum(), a.prod(), a.max(), a.min(), (a * a).mean(), (a > 0.5).sum(), np.any(a > 2.0), np.all(a >= 0.0)


def axis_sums(a):
    return a.sum(axis=0), a.sum(axis=1), a.max(axis=0)


def assign(a, b):
    b[1:-1] = a[2:] + a[:-2]
    return b


def shift(a):
    a[1:] = a[:-1] * 2.0
    return a


def pick(a, idx):
    return a[idx]


@pytest.mark.parametrize("f", [expression, assign])
@pytest.mark.parametrize("shape", [(0,), (1,), (7,), (100_000,), (300, 400), (3, 0)])
def test_expressions(f, shape):
    a, b = np.random.default_rng(0).random((2,) + shape)
    want = f(a, b.copy())
    assert np.array_equal(njit(f, parallel=True)(a, b.copy()), want)
    assert np.array_equal(njit(f).on("parallel")(a, b.copy()), want)


@pytest.mark.parametrize("n", [1, 129, 1000, 1_000_003])
def test_reductions_have_the_bits_of_the_cpu(n):
    a = np.random.default_rng(1).random(n)
    f = njit(reductions)
    assert f.on("parallel")(a) == f(a)
    assert f.on("parallel")(a)[0] == a.sum()


def test_axes_and_overlap():
    a = np.random.default_rng(2).random((700, 300))
    for got, want in zip(njit(axis_sums, parallel=True)(a), axis_sums(a), strict=True):
        assert np.allclose(got, want, rtol=1e-14)
    x = np.random.default_rng(3).random(200_000)
    assert np.array_equal(njit(shift, parallel=True)(x.copy()), shift(x.copy()))


def test_on_is_made_once():
    f = njit(expression)
    assert f.on("cpu") is f and f.on("parallel") is f.on("parallel")
    assert f.on("parallel").on("parallel") is f.on("parallel")
    with pytest.raises(ValueError, match="target"):
        f.on("fpga")


def test_number_of_threads():
    assert 1 <= numjit.get_num_threads() <= numjit.config.NUMBA_NUM_THREADS
    for n in (0, -1, 10**30, numjit.config.NUMBA_NUM_THREADS + 1):
        with pytest.raises(ValueError, match="between 1 and"):
            numjit.set_num_threads(n)


def test_the_lowest_error_wins():
    a, idx = np.arange(10.0), np.zeros(500_000, np.int64)
    idx[[400_000, 123_456]] = 77, 55
    f = njit(pick, parallel=True)
    for _ in range(5):
        with pytest.raises(IndexError, match="index 55 is out of bounds for axis 0 with size 10"):
            f(a, idx)
    idx[:] = 3
    assert (f(a, idx) == 3.0).all()


SCRIPT = """
import os, threading, sys
import numpy as np, numjit
from numjit import njit
@njit(parallel=True)
def f(a): return (a * 2.0 + 1.0).sum(), np.sqrt(a).max()
a = np.random.default_rng(4).random(1_000_003)
want = f(a)
for n in (1, 2, 3, 7):
    numjit.set_num_threads(n)
    assert f(a) == want, n
def many():
    for _ in range(20):
        assert f(a) == want
t = [threading.Thread(target=many) for _ in range(4)]
[x.start() for x in t]; [x.join() for x in t]
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        os._exit(0 if f(a) == want else 1)
    assert os.waitpid(pid, 0)[1] == 0
print("ok")
"""


def test_threads_forks_and_many_callers():
    env = os.environ | {"NUMJIT_NUM_THREADS": "7"}
    done = child.run(["-c", SCRIPT], env=env, cwd=os.path.dirname(__file__))
    assert done.stdout == "ok\n", done.stderr


def test_calls_from_threads_that_share_a_function():
    f = njit(expression, parallel=True)
    a, b = np.random.default_rng(5).random((2, 50_000))
    want, wrong = expression(a, b), []

    def run():
        for _ in range(30):
            if not np.array_equal(f(a, b), want):
                wrong.append(1)
    threads = [threading.Thread(target=run) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def prange_map(a, out):
    for i in numjit.prange(a.shape[0]):
        t = a[i] * 2
        out[i] = t + i
    return out


def prange_sums(a):
    s, n, m, low, p = 0.0, 0, a[0], a[0], 1.0
    for i in numjit.prange(1, len(a)):
        if a[i] > 0.5:
            n += 1
            s -= a[i]
        else:
            for j in range(3):
                s += a[i] * j
        m = max(m, a[i])
        low = a[i] if a[i] < low else low
        p *= 1.0 + a[i] / len(a)
    return s, n, m, low, p


def prange_carries(a):
    x = 1.0
    for i in numjit.prange(len(a)):
        x = x * 0.5 + a[i]
    return x


def prange_rows(a):
    for i in numjit.prange(a.shape[0]):
        row = np.sqrt(a[i] * 2.0)
        a[i] = row / row.sum()
    return a


def prange_count(a, idx):
    for i in numjit.prange(len(idx)):
        a[idx[i]] = i
    return a


@pytest.mark.parametrize("n", [1, 2, 5, 1000, 100_001])
def test_prange(n):
    a = np.random.default_rng(6).random(n)
    assert np.array_equal(njit(prange_map, parallel=True)(a, np.zeros(n)), prange_map(a, np.zeros(n)))
    got = njit(prange_sums, parallel=True)(a)
    assert np.allclose(got, prange_sums(a), rtol=1e-9) and got[1] == prange_sums(a)[1]
    assert njit(prange_carries, parallel=True)(a) == prange_carries(a)


def test_prange_rows_and_errors():
    a = np.random.default_rng(7).random((301, 40))
    assert np.allclose(njit(prange_rows, parallel=True)(a.copy()), prange_rows(a.copy()), rtol=1e-14)
    f = njit(prange_count, parallel=True)
    with pytest.raises(IndexError, match="index 10 is out of bounds for axis 0 with size 10") as e:
        f(np.zeros(10), np.arange(20))
    assert [t.name for t in e.traceback][-1] == "prange_count"


def test_break_out_of_prange():
    def f(a):
        for i in numjit.prange(len(a)):
            if a[i] > 2.0:
                break
        return 1
    assert njit(f)(np.zeros(3)) == 1
    with pytest.raises(numjit.errors.UnsupportedError, match="break or return in a prange loop"):
        njit(f, parallel=True)(np.zeros(3))


def test_threads_of_compiled_code():
    most = numjit.get_num_threads()

    @njit(parallel=True)
    def who(n):
        ids = np.full(n, -1)
        for i in numjit.prange(n):
            ids[i] = numjit.get_thread_id()
        return ids

    @njit
    def choose(n):
        before = numjit.get_num_threads()
        numjit.set_num_threads(n)
        now = numjit.get_num_threads()
        numjit.set_num_threads(before)
        return before, now
    assert numjit.get_thread_id() == 0 and choose(1) == (most, 1)
    assert set(who(100_000).tolist()) <= set(range(numjit.config.NUMBA_NUM_THREADS))
    for n in (0, -1, 10_000):
        with pytest.raises(ValueError, match="between 1 and"):
            choose(n)
    assert numjit.get_num_threads() == most


def test_chunks_of_a_size():
    f = njit(reductions, parallel=True)
    a = np.random.default_rng(7).random(100_000)
    want = f(a)
    for n in (1, 1000, 10**9):
        with numjit.parallel_chunksize(n):
            assert numjit.get_parallel_chunksize() == n
            assert f(a) == want             # the tree of a sum does not depend on where it is cut
    assert numjit.get_parallel_chunksize() == 0
    for wrong in (-1, 2.5, "x"):
        with pytest.raises((ValueError, TypeError)):
            numjit.set_parallel_chunksize(wrong)
