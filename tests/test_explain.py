"""f.explain(): what passes and LLVM decided, by line. How wide vectors are is the machine's: a # in what is compared."""
import gc
import math
import re
import textwrap
import threading
import time
import weakref

import numpy as np
import pytest

from numjit import TypingError, guvectorize, njit, prange, vectorize


def text(f, *args, **kw):
    """What is said of f, without its head; lines counted from the function's own."""
    first = f.py_func.__code__.co_firstlineno
    out = f.explain(*args, **kw).splitlines()[1:]
    out = [re.sub(r"\(line (\d+)\)", lambda m: f"(line {int(m[1]) - first})", line) for line in out]
    out = [re.sub(r"^ *(\d+)   (?=\S)", lambda m: f"{int(m[1]) - first} ", line) for line in out]
    out = [re.sub(r"\d+ elements at a time(, \d+ vectors in flight)?", "# elements at a time", line) for line in out]
    return [re.sub(r"^ {11}", "  ", line) for line in out]


def lines(want):
    return textwrap.dedent(want).strip("\n").splitlines()


def test_one_loop_for_an_expression():
    @njit
    def f(a, b, c):
        t = a * b
        return np.sqrt(t + c)
    f(*3 * (np.ones(3),))
    assert f.explain().splitlines()[0].endswith(
        "f(array(float64, 1d, C), array(float64, 1d, C), array(float64, 1d, C)) -> array(float64, 1d, C)")
    assert text(f) == lines("""
        2 t = a * b
          fused     `a * b`: computed inside the loop of `np.sqrt(t + c)` (line 3): no array is made for it
        3 return np.sqrt(t + c)
          fused     `np.sqrt(t + c)`: 2 operations in one loop, with no array between them
          memory    `np.sqrt(t + c)`: allocates array(float64, 1d, C)
          vector    `np.sqrt(t + c)`: # elements at a time
    """)


def test_why_not():
    @njit
    def f(a, i):
        s, w = 0.0, a
        for k in range(len(i)):
            s += a[i[k]]
        for k in range(1, len(a)):
            a[k] += a[k - 1]
        for k in range(10):
            w = np.cumsum(a) * k
        return s, w
    assert text(f, "(f8[::1], i8[::1])") == lines("""
        3 for k in range(len(i)):
          vector    none: the loop can be left from inside (break, return, while, or a check that may raise)
        4 s += a[i[k]]
          check     `a[i[k]]`: the index is tested in each iteration: it does not follow from the loop's
        5 for k in range(1, len(a)):
          vector    none: each iteration needs the value of the one before
        8 w = np.cumsum(a) * k
          fused     `np.cumsum(a) * k`: `np.cumsum(a)` is an array in memory: its own loop may raise, or has an order that must be kept
          memory    `np.cumsum(a) * k`: is stored where `np.cumsum(a)` was, which nobody needs any more
          memory    `np.cumsum(a)`: allocates array(float64, 1d, C) in each iteration
                    try: make the array before the loop and assign to x[:]
          vector    `np.cumsum(a) * k`: # elements at a time
          vector    `np.cumsum(a)`: none: each iteration needs the value of the one before
    """)


def test_ufuncs():
    @vectorize
    def scaled(x, y):
        return np.sin(x) * y

    @guvectorize("(n),(n)->()")
    def product(a, b, out):
        s = 0
        for k in range(len(a)):
            s += a[k] * b[k]
        out[0] = s
    with pytest.raises(ValueError, match="call the function first"):
        scaled.explain()
    scaled(np.ones(3), np.ones(3))
    assert "scaled(float64, float64) -> float64" in scaled.explain() and "over the elements: " in scaled.explain()
    scaled(np.ones(3, np.float32), np.ones(3, np.float32))
    assert "scaled(float32, float32) -> float32" in scaled.explain()
    product(np.ones((2, 3), int), np.ones(3, int), np.zeros(2, int))
    assert "for k in range(len(a)):" in product.explain()


def test_a_kernel_is_fused_with_what_feeds_it():
    @vectorize
    def scaled(x, y):
        return np.sqrt(x) * y / 2

    @njit
    def f(a):
        return scaled(a, a + 1) * 2
    text = f.explain("(f8[::1],)")
    assert text.count("allocates") == 1 and "operations in one loop, with no array between them" in text


def test_sums_keep_their_order():
    def f(a):
        s = 0.0
        for x in a:
            s += x
        return s
    assert text(njit(f), "(f8[::1],)") == lines("""
        2 for x in a:
          vector    none: floats would be added in another order
                    try: fastmath=True allows it
    """)
    assert text(njit(fastmath=True)(f), "(f8[::1],)") == lines("""
        2 for x in a:
          vector    # elements at a time
    """)

    def dear(a):
        s = 0.0
        for x in a:
            s += x * math.exp(-x)
        return s
    assert text(njit(dear), "(f8[::1],)") == lines("""
        2 for x in a:
          vector    # elements at a time
    """)


def test_threads():
    def f(a):
        n, last = 0, 1.0
        for i in prange(len(a)):
            n += 1
        for i in prange(len(a)):
            last = 0.5 * last + a[i]
        return n, last, np.diff(a)
    said = "\n".join(text(njit(parallel=True)(f), "(f8[::1],)"))
    assert "runs on all threads; what they reduce" in said and "runs on one thread: a value of type float64" in said
    assert "`np.diff(a)`: runs on all threads" in said
    assert "prange is range here" in "\n".join(text(njit(f), "(f8[::1],)"))


def test_what_it_calls_has_its_own_section():
    @njit
    def twice(a):
        for i in range(len(a)):
            a[i] *= 2
        return a

    @njit
    def once(a):
        return a * 1

    @njit
    def f(a):
        return twice(once(a)).sum()
    f(np.ones(3))
    assert "call      `once(a)`: compiled where it is called" in f.explain()
    heads = [line for line in f.explain().splitlines() if line.startswith("test_explain.py:")]
    assert [re.sub(r":\d+:", ":", head) for head in heads] == [
        "test_explain.py: f(array(float64, 1d, C)) -> float64",
        "test_explain.py: twice(array(float64, 1d, C)) -> array(float64, 1d, C)"]


def test_all_signatures_or_one(capsys):
    @njit
    def f(a):
        return a + 1
    with pytest.raises(ValueError):
        f.explain()
    f(np.ones(3))
    f(np.ones((2, 2), np.int32))
    assert f.explain().count("-> array") == 2
    assert f.explain("(f4[:],)").count("-> array(float32, 1d, C)") == 1
    assert len(f.signatures) == 2                           # explaining is not compiling
    f.parallel_diagnostics(level=4)
    assert capsys.readouterr().out == f.explain()
    with pytest.raises(TypingError):
        f.explain("(unicode_type,)")
    assert f(np.ones(2)).tolist() == [2, 2]

    @njit
    def g():
        return 1
    assert text(g) == ["  no loops, no arrays"]


def test_nothing_stays():
    @njit
    def f(a):
        return np.diff(a) * 2
    f(np.ones(3))
    before = f.explain()
    assert f.explain() == before
    assert f(np.arange(3.0)).tolist() == [2, 2]
    gone = weakref.ref(f)
    del f
    gc.collect()
    assert gone() is None


def multiplier(k):
    factor = np.full(3, float(k))

    @njit
    def f(a):
        return (a * factor).sum()
    f(np.ones(3))
    return f, weakref.ref(factor)


def test_functions_may_die_meanwhile():
    """Another thread deletes functions while one is explained: what they held goes, and the others stay as they are."""
    stay = [multiplier(k)[0] for k in range(10)]
    go, factor = zip(*[multiplier(k) for k in range(50)])
    go = list(go)

    def delete():
        while go:
            go.pop()
            time.sleep(0.001)
    thread = threading.Thread(target=delete)
    thread.start()
    while thread.is_alive():
        assert "a * factor" in stay[-1].explain()
    thread.join()
    gc.collect()
    assert not any(x() is not None for x in factor)
    for k, f in enumerate(stay):
        assert njit(lambda a: f(a))(np.ones(3)) == 3 * k


def test_what_masks_pick_and_what_came_before():
    @njit
    def f(a):
        u = a.mean()
        return u, a.std()
    @njit
    def g(a):
        return a[a > 0].max()
    for h in (f, g):
        h(np.arange(3.0))
    assert "fused     `a.std()`: what `a.mean()` (line 2) came to: not computed again" in "\n".join(text(f))
    assert "`a[a > 0].max()`: 3 operations in one loop, with no array between them" in g.explain() and "allocates" not in g.explain()
