"""The pool of blocks, its limit, the high-water mark; fused expressions hold their results and nothing else."""
import gc
import pickle

import numpy as np
import pytest

import numjit
from numjit import njit

N = 1_000_000


def expression(a, b, c):
    t = a * b
    u = np.sin(c) * 2.0
    return t + u - a / b


def total(a, b):
    return ((a - b) ** 2).sum() / len(a)


def peak_of(f, *args):
    f(*args)
    before = numjit.memory_stats(True)["used_bytes"]
    result = f(*args)
    return numjit.memory_stats()["peak_bytes"] - before, result


def test_an_expression_holds_its_result_alone():
    a, b, c = np.random.default_rng(0).random((3, N)) + 0.1
    peak, result = peak_of(njit(expression), a, b, c)
    assert result.nbytes <= peak < result.nbytes + 4096


def test_a_reduction_holds_nothing():
    a, b = np.random.default_rng(0).random((2, N))
    assert peak_of(njit(total), a, b)[0] == 0


EXPRESSIONS = [
    "a + b", "a * b + c", "np.exp(a * b) - np.sin(c)", "np.sqrt(a * a + b * b) / c", "np.where(a > b, a * c, b - c)", "(a > b) & (b < c)",
    "a.astype(np.float32) * b.astype(np.float32)", "np.clip(a * 3, 0.2, 0.7)", "np.minimum(a, b) + np.maximum(b, c)", "a ** 2 + b ** 0.5",
    "(a + b)[1:] - (a * c)[:-1]", "(a * b)[::2] + c[::2]", "(a - b)[::-1]", "np.abs(a - b) % c", "-(a + 1) * (b - 2) / (c + 3)",
    "((a + b) * (a - b) + (b + c) * (b - c)) / ((a + c) * (a - c) + 1)", "np.hypot(a, b) + np.arctan2(a, c)", "a * (b + 1j)",
    "(a * b).sum()", "np.exp(a - b).max()", "((a - b) ** 2).mean()", "(a * b + c).argmax()", "(a * b > 0.5).any()", "np.count_nonzero(a > b)",
    "(a * 2).min(), (a * 2).max(), (a * 2).sum()", "np.cumsum(a * b)", "np.cumsum(np.exp(a) * b)", "np.dot(a, b) + c",
    "a[a > 0.5].sum()", "(a * b)[b > 0.4]", "np.sum((a - b)[c > 0.6] ** 2)", "a[b > a].max()", "np.dot(a - b, a + b)", "np.linalg.norm(a - b)", "(a * 2) @ b", "(a - a.mean()) / a.std()", "(a.mean(), a.std(), a.max())",
]
TABLES = [
    "a + b.T", "a * b + a[0] - b[:, :1]", "a - a[:, :1] * 2", "(a * b + c).sum(axis=0)", "(a * b + c).sum(axis=1)", "np.exp(a).max(axis=1)",
    "(a * b).argmin(axis=1)", "(a - b).T * c", "(a * b)[1:, 2:].max()", "(a * b)[1:, 2:].sum(axis=1)", "(a * b)[:-1, ::2].sum(axis=0)", "(a + b)[:, ::2] * c[:, ::2]", "np.cumsum(a * b, axis=1)",
    "np.cumsum(a * b, axis=0)", "(a > b).all(axis=1)", "np.cumsum(a * 2)", "np.cumprod((a + b).T[1:, 2:])",
    "(a * b)[1:-1, 1:-1].sum()", "(e := np.exp(a - a.max(axis=1, keepdims=True))) / e.sum(axis=1, keepdims=True)",
    "(a - a.mean(axis=0)) / a.std(axis=0)", "(a - a.mean(axis=1, keepdims=True)) / a.std(axis=1, keepdims=True)", "np.concatenate((a, b)) * 2 - 1",
    "(a * b).T[::2, :-1].mean()", "np.where(a > a[0], a, b)", "(a * b).argmax()", "(a - b).std()", "np.cumsum((a * b).ravel())", "(a * b).ravel() + 1", "np.dot((a - b).ravel(), (a + b).reshape(-1))", "(a * b)[a > b].sum()",
]


@pytest.mark.parametrize("shape, text", [((N,), e) for e in EXPRESSIONS] + [((1000, 1000), e) for e in EXPRESSIONS[:15] + TABLES])
def test_nothing_but_results(shape, text):
    """The most that there was while it ran: the results, a block's class (an eighth), a row or two of accumulators."""
    a, b, c = np.random.default_rng(0).random((3, *shape)) + 0.1
    f = njit(eval(f"lambda a, b, c: ({text})", {"np": np}))
    peak, result = peak_of(f, a, b, c)
    results = result if isinstance(result, tuple) else (result,)
    assert peak <= sum(r.nbytes for r in results if isinstance(r, np.ndarray)) * 9 // 8 + 3 * 8 * 1000 + 4096


def test_a_dear_row_is_made_once():
    """Where the call stretches it along the outer axis: as if it had been an array of its own."""
    a, b = np.random.default_rng(0).random((2, 20, 100_000))
    f = njit(lambda a, b: np.exp(a) * b + np.sqrt(b))
    for part, row in ((a, 0), (a[:1], a[:1].nbytes), (a[:, :1], 0)):
        peak, result = peak_of(f, part, b)
        assert result.nbytes + row <= peak < result.nbytes + row * 9 // 8 + 4096


@pytest.mark.parametrize("text", ["a[:] = a * b + c", "a += b * c - a", "np.multiply(a, b, out=a)", "a[1:] = b[1:] * c[:-1] + 1", "a[...] = b"])
def test_assignments_hold_nothing(text):
    space = {}
    exec(f"import numpy as np\ndef f(a, b, c):\n    {text}\n", space)
    assert peak_of(njit(space["f"]), *np.ones((3, N)))[0] == 0


def test_blocks_are_reused_and_given_back():
    f = njit(lambda a: a + 1.0)
    a = np.zeros(N)
    numjit.free_memory_pool()
    address = f(a).__array_interface__["data"][0]
    stats = numjit.memory_stats()
    if stats["pool_limit"] == 0:
        pytest.skip("built without a pool")
    assert stats["pool_bytes"] >= a.nbytes
    assert f(a).__array_interface__["data"][0] == address
    numjit.free_memory_pool()
    assert numjit.memory_stats()["pool_bytes"] == 0


def test_the_limit():
    limit = numjit.memory_stats()["pool_limit"]
    f = njit(lambda a: a + 1.0)
    try:
        numjit.set_memory_pool_limit(0)
        f(np.zeros(N))
        assert numjit.memory_stats()["pool_bytes"] == 0
        for wrong in (-1, 2**70, "x"):
            with pytest.raises((ValueError, OverflowError, TypeError)):
                numjit.set_memory_pool_limit(wrong)
    finally:
        numjit.set_memory_pool_limit(limit)


def test_a_reused_block_is_zero_where_it_must_be():
    fill = njit(lambda n: np.full(n, 7.0))
    zeros = njit(lambda n: np.zeros(n))
    fill(N)
    assert not zeros(N).any()


def test_memory_ends():
    with pytest.raises(MemoryError):
        njit(lambda n: np.empty(n))(2**58)


def test_an_array_in_a_tuple_is_not_counted_in_a_loop():
    def carried(n):
        pair = np.zeros(3), 0
        for k in range(n):
            pair = pair[0], pair[1] + k
        return pair[1]
    assert "retain" not in numjit.dump(numjit.njit(carried), "opt", ["i8"])
    assert numjit.njit(carried)(10) == 45


def test_threads_count_what_they_make():
    import threading
    make = numjit.njit(lambda n: np.ones(n))
    make(1)
    before = numjit.runtime_stats()["live_allocations"], numjit.memory_stats()["used_bytes"]
    held = []
    for _ in range(3):
        threads = [threading.Thread(target=lambda: held.extend((make(1000), make(10000)))) for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    assert numjit.runtime_stats()["live_allocations"] == before[0] + 24
    assert numjit.memory_stats()["used_bytes"] == before[1] + 12 * 8 * 11000
    held.clear()            # freed by another thread than the one that made them
    assert (numjit.runtime_stats()["live_allocations"], numjit.memory_stats()["used_bytes"]) == before


def test_what_an_exception_that_was_caught_took_along():
    @numjit.njit
    def raises(n):
        raise ValueError(np.ones(n), (np.zeros(n), 3))

    @numjit.njit
    def catches(n):
        caught = 0
        for i in range(n):
            try:
                raises(i + 1)
            except ValueError:
                caught += 1
        return caught

    @numjit.njit(parallel=True)
    def many(n):
        for i in numjit.prange(n):
            raise ValueError(np.ones(3) * i)
    before = numjit.runtime_stats()["live_allocations"]
    assert catches(5) == 5
    was = numjit.set_parallel_chunksize(1)
    for _ in range(50):                         # the errors of several chunks: one is raised
        with pytest.raises(ValueError) as caught:
            many(8)
    numjit.set_parallel_chunksize(was)
    del caught
    gc.collect()
    assert numjit.runtime_stats()["live_allocations"] == before


def test_a_new_array_owns_its_memory():
    """As NumPy's own do: it can be resized, pickled, freed by any thread, and is as large as it shows."""
    before = numjit.runtime_stats()["live_allocations"]
    count = njit(lambda n: np.arange(n) + 0.5)
    for n in (0, 1, 3, 7, 40, 128, 129, 5000):
        a = count(n)
        assert a.base is None and a.flags.owndata and a.flags.writeable and np.array_equal(a, np.arange(n) + 0.5)
        a.resize(n + 9, refcheck=False)
        assert np.array_equal(a[:n], np.arange(n) + 0.5) and not a[n:].any()
        a.resize(n // 2, refcheck=False)
        assert np.array_equal(a, np.arange(n // 2) + 0.5)
        assert np.array_equal(pickle.loads(pickle.dumps(a)), a)
    del a
    assert numjit.runtime_stats()["live_allocations"] == before


def test_parts_of_new_arrays():
    @njit
    def parts(n):
        a = np.arange(n) * 1.0
        return a[2:n - 1]

    @njit
    def both(n):
        a = np.arange(n) * 1.0
        return a, a[1:], a

    @njit
    def turned(n):
        return (np.arange(n) * 2).reshape(2, n // 2).T, np.arange(n)[::-1]

    before = numjit.runtime_stats()["live_allocations"]
    for n in (3, 10, 200, 4000):
        assert np.array_equal(parts(n), np.arange(n)[2:n - 1])
        a, b, c = both(n)
        assert a is c and np.shares_memory(a, b) == (n > 1) and np.array_equal(b, np.arange(n)[1:])
        a[1] = -7.0
        assert b[0] == -7.0
        del a, c
        assert b[0] == -7.0 and b.base is not None
        t, r = turned(n - n % 2)
        assert t.flags.f_contiguous and np.array_equal(t, (np.arange(n - n % 2) * 2).reshape(2, -1).T) and np.array_equal(r, np.arange(n - n % 2)[::-1])
    del b, t, r
    assert numjit.runtime_stats()["live_allocations"] == before
