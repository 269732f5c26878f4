"""A compiled function that nobody holds is freed: its IR, its native code, what it refers to."""
import gc
import os
import weakref

import numpy as np
import pytest

import child
import numjit

PROGRAM = """
import gc, sys
import numpy as np
import numjit

def pages():
    return int(open("/proc/self/statm").read().split()[1])

def code_maps():
    return sum("xp 00000000 00:00 0" in line for line in open("/proc/self/maps"))

def plain(k):
    @numjit.njit
    def f(x):
        return x * 2 + k
    assert f(k) == 3 * k

def recursive(k):
    @numjit.njit
    def f(x):
        return 1 if x < 2 else x * f(x - 1)
    assert f(5) == 120

def closure(k):
    @numjit.njit
    def f(x):
        def g(y):
            return y + x + k
        return g(1) + g(2)
    assert f(k) == 3 + 4 * k

def calls(k):
    @numjit.njit
    def g(x):
        return x + k
    @numjit.njit
    def f(h, x):
        return g(x) * 2 + h(x)
    assert f(g, 3) == 9 + 3 * k

def library(k):
    @numjit.njit
    def f(a):
        return sorted((3, 1, 2), key=lambda v: v * k)[0] + np.diff(a)[0] + sum([v * v for v in a])
    assert f(np.arange(4.0)) == (1 if k > 0 else 3) + 15

def wrong(k):
    @numjit.njit
    def f(x):
        return x.nothing
    try:
        f(k)
    except numjit.errors.TypingError:
        return
    assert False

make = globals()[sys.argv[1]]
for k in range(20):
    make(k)
gc.collect()
before, maps = pages(), code_maps()
for k in range(int(sys.argv[2])):
    make(k)
gc.collect()
assert code_maps() <= maps + 40, (maps, code_maps())
print((pages() - before) * 4096)
"""


@pytest.mark.not_sanitized
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
@pytest.mark.parametrize("kind, n", [("plain", 2000), ("recursive", 150), ("closure", 150), ("calls", 100), ("library", 12),
                                     ("wrong", 300)])
def test_memory_is_bounded(kind, n):
    out = child.run(["-P", "-c", PROGRAM, kind, str(n)], 600)
    assert out.returncode == 0, out.stderr
    assert int(out.stdout) < (40 << 20 if n == 2000 else 8 << 20)


@pytest.mark.not_sanitized
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
def test_a_long_traceback_that_is_caught_is_freed():
    @numjit.njit
    def deep(n):
        if n == 0:
            raise ValueError
        return deep(n - 1) + 1

    @numjit.njit
    def f(n):
        try:
            return deep(n)
        except ValueError:
            return -1

    def grown(n):
        with open("/proc/self/statm") as before, open("/proc/self/statm") as after:
            had = int(before.read().split()[1])
            for _ in range(n):
                assert f(60) == -1
            return int(after.read().split()[1]) - had
    grown(100)
    assert grown(8000) * os.sysconf("SC_PAGESIZE") < 3 << 20


def test_a_function_dies_with_its_last_reference():
    @numjit.njit
    def f(x):
        return x + 1
    assert f(1) == 2
    seen = weakref.ref(f)
    del f
    assert seen() is None


def test_a_caller_keeps_what_it_calls():
    @numjit.njit
    def g(a):
        return a[7]

    def make(h):
        @numjit.njit
        def f(a):
            return h(a) + 1
        return f
    f, seen = make(g), weakref.ref(g)
    assert f(np.arange(8)) == 8
    del g
    gc.collect()
    assert f(np.arange(8)) == 8 and f(np.arange(8.0)) == 8.0
    with pytest.raises(IndexError):
        f(np.arange(3))
    del f
    gc.collect()
    assert seen() is None


def test_functions_that_call_each_other_die():
    def make():
        @numjit.njit
        def even(n):
            return True if n == 0 else odd(n - 1)

        @numjit.njit
        def odd(n):
            return False if n == 0 else even(n - 1)
        return even
    even = make()
    assert even(10) is True
    seen = weakref.ref(even)
    del even
    gc.collect()
    assert seen() is None


def test_arguments_that_are_functions():
    """Another function at the address of one that died is another function."""
    @numjit.njit
    def apply(g, x):
        return g(x)
    for k in range(20):
        @numjit.njit
        def g(x):
            return x + k
        assert apply(g, 1) == 1 + k
        assert apply((lambda h: h)(g), 2) == 2 + k


def test_inner_functions_have_the_options_of_their_own_outer_function():
    def f(a):
        def g(x):
            return x // 0
        return g(a)
    one, two = numjit.njit(f), numjit.njit(error_model="numpy")(f)
    with pytest.raises(ZeroDivisionError):
        one(1.0)
    assert np.isinf(two(1.0))
    with pytest.raises(ZeroDivisionError):
        one(2.0)
