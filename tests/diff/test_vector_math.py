"""Floating-point functions in loops: one value per argument wherever it stands, at most 1 ulp, NumPy's special values."""
import math
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

import numjit

ONE = "exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh cbrt sqrt".split()
TWO = "arctan2 power hypot".split()
MATH = "erf erfc gamma lgamma".split()
TYPES = [np.float64, np.float32]
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1e-310, 2.3e-308,
           1e-40, 1.2e-38, 1.7e308, -1.7e308, 1e300, 1e200, 1e155, 1e38, 3e38, 1e22, 1e15, -1e15, 709.5, 710.0, 710.4, -710.4, 711.0,
           -745.0, -746.0, 1023.9, 1024.0, -1074.0, -1075.5, 88.5, 88.8, 89.2, -89.2, 90.0, -103.0, -104.0, 128.0, -150.0, 1e-20]


def compile_one(name):
    return numjit.njit(eval(f"lambda a: np.{name}(a)", {"np": np}))


def compile_two(name):
    return numjit.njit(eval(f"lambda a, b: np.{name}(a, b)", {"np": np}))


def arguments(dtype, n, seed=0):
    """Every exponent, and where functions bend."""
    rng = np.random.default_rng(seed)
    parts = [rng.uniform(-2, 2, n), rng.uniform(-50, 50, n), rng.uniform(-760, 760, n), rng.uniform(-1, 1, n) ** 9]
    bits = rng.integers(0, 2 ** (64 if dtype == np.float64 else 32), n, dtype=np.uint64 if dtype == np.float64 else np.uint32)
    with np.errstate(all="ignore"):
        return np.concatenate([np.concatenate(parts).astype(dtype), bits.view(dtype), np.array(SPECIAL).astype(dtype)])


def bits(a):
    """With one nan."""
    a = np.where(np.isnan(a), np.array(np.nan, a.dtype), a)
    return a.view(f"u{a.itemsize}")


def in_pieces(f, *args):
    """The same elements in arrays of 1 to 33, at many alignments."""
    out, at, n = [], 0, 1
    while at < args[0].size:
        out.append(f(*(a[at:at + n] for a in args)))
        at, n = at + n, n % 33 + 1
    return np.concatenate(out)


def ulps(got, want, dtype):
    """Of results that are finite; want: longdouble, or float64 for float32."""
    with np.errstate(all="ignore"):
        near = want.astype(dtype)
        fine = np.isfinite(near) & np.isfinite(got)
        size = np.maximum(np.spacing(np.abs(near[fine])), np.finfo(dtype).smallest_subnormal)
        return np.abs(got[fine].astype(want.dtype) - want[fine]) / size.astype(want.dtype)


def check(f, reference, args, dtype, limit):
    got, pieces = f(*args), in_pieces(f, *args)
    assert got.dtype == dtype
    assert np.array_equal(bits(got), bits(pieces)), "a value depends on where its argument stands"
    with np.errstate(all="ignore"):
        want = reference(*(a.astype(np.longdouble if dtype == np.float64 else np.float64) for a in args))
        near = want.astype(dtype)
    same_kind = (np.isnan(got) == np.isnan(near)) & ((got == 0) <= (np.abs(near) <= np.finfo(dtype).smallest_subnormal))
    assert same_kind.all(), [a[~same_kind][:5] for a in args]
    finite = np.isfinite(near) == np.isfinite(got)      # at the edge of overflow both are right
    edge = np.abs(np.where(np.isfinite(near), near, got)) > np.finfo(dtype).max * 0.9999999
    assert (finite | edge).all(), [a[~(finite | edge)][:5] for a in args]
    assert (np.signbit(got) == np.signbit(near))[~np.isnan(near) & (got == near)].all()
    worst = ulps(got, want, dtype)
    assert worst.max(initial=0) <= limit, worst.max()


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", ONE)
def test_one_argument(name, dtype):
    limit = 1.1
    check(compile_one(name), getattr(np, name), [arguments(dtype, 20000)], dtype, limit)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", TWO)
def test_two_arguments(name, dtype):
    a, b = arguments(dtype, 20000), arguments(dtype, 20000, 1)
    special = np.array(SPECIAL)
    with np.errstate(all="ignore"):
        a = np.concatenate([a, np.repeat(special, special.size).astype(dtype)])
        b = np.concatenate([b, np.tile(special, special.size).astype(dtype)])
    check(compile_two(name), getattr(np, name), [a, b], dtype, 1.1)


@pytest.mark.parametrize("name", MATH)
def test_functions_of_math_called_in_a_function_called_in_a_loop(name):
    g = numjit.njit(eval(f"lambda x: math.{name}(x)", {"math": math}))

    @numjit.njit
    def f(a):
        r = np.empty_like(a)
        for i in range(a.size):
            r[i] = g(a[i])
        return r

    a = np.random.default_rng(2).uniform(0.1, 6, 5000)
    got = f(a)
    assert np.array_equal(got, in_pieces(f, a))
    assert np.allclose(got, [getattr(math, name)(x) for x in a], rtol=1e-14, atol=1e-14)
    assert [g(x) for x in a[:100]] == [getattr(math, name)(x) for x in a[:100]] or name in ("gamma", "lgamma")  # CPython's own


def test_every_layout_has_the_same_bits():
    def f(a):
        return np.sin(a) * np.exp(-a)
    fast, a = numjit.njit(f), np.random.default_rng(3).uniform(-9, 9, (37, 41))
    want = fast(a)
    assert np.array_equal(fast(np.asfortranarray(a)), want)
    assert np.array_equal(fast(a[::-1, ::-2]), want[::-1, ::-2])
    assert np.array_equal(fast(a.T), want.T)
    assert np.array_equal(numjit.njit(parallel=True)(f)(a), want)


def test_scalar_calls_are_those_of_the_c_library():
    @numjit.njit
    def f(x):
        return math.sin(x), math.exp(x), math.log(x), math.pow(x, 1.7), math.tanh(x)

    for x in np.random.default_rng(4).uniform(0.01, 20, 300):
        assert f(x) == (math.sin(x), math.exp(x), math.log(x), math.pow(x, 1.7), math.tanh(x))


def test_a_loop_that_is_no_vector_loop_calls_the_c_library():
    def f(x):
        for _ in range(20):
            x = math.cos(x) + math.pow(x, 1.5)
        return x
    assert numjit.njit(f)(0.3) == f(0.3)


SCRIPT = """
import numpy as np, numjit, hashlib
a = np.random.default_rng(5).uniform(0.01, 30, 1009)
h = hashlib.sha256()
for t in np.float64, np.float32:
    x = a.astype(t)
    for f in FUNCTIONS:
        h.update(numjit.njit(eval("lambda a: " + f, {"np": np}))(x).tobytes())
print(h.hexdigest())
"""


def run_with(features):
    functions = [f"np.{n}(a)" for n in ("exp", "log", "sin", "cos", "tan", "tanh", "log1p", "cosh", "cbrt")]
    functions += ["np.arctan2(a, a[::-1])", "np.power(a, a[::-1])", "a * 2 + np.sin(a) / np.hypot(a, a)"]
    script = SCRIPT.replace("FUNCTIONS", repr(functions))
    environment = dict(os.environ, NUMJIT_CPU_FEATURES=features)
    return subprocess.run([sys.executable, "-P", "-c", script], env=environment, capture_output=True, text=True, check=True).stdout


def test_vectors_of_256_and_512_bits_have_the_same_bits():
    """On a machine without AVX-512, or without the library, both runs are the same."""
    assert run_with("") == run_with("-avx512f")


def test_without_vector_functions():
    """Then they are the C library's, as on a machine without AVX2 or without SLEEF."""
    run_with("-avx2")


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", [n for n in ONE if n != "sqrt"] + TWO)
def test_fastmath_is_within_4_ulp(name, dtype):
    rng = np.random.default_rng(7)
    a, b = rng.uniform(0.01, 0.99, 4001).astype(dtype), rng.uniform(0.5, 3, 4001).astype(dtype)
    if name == "arccosh":
        a = a + dtype(1)
    args = [a, b] if name in TWO else [a]
    f = numjit.njit(fastmath=True)((compile_two if name in TWO else compile_one)(name).py_func)
    with np.errstate(all="ignore"):
        want = getattr(np, name)(*(x.astype(np.longdouble if dtype == np.float64 else np.float64) for x in args))
    assert ulps(f(*args), want, dtype).max() <= 4.1


# ---- functions computed by blocks in array expressions (opt/block.c) ----

def several(a, b, c, d):
    return a * b + np.sin(c) * 2 - np.exp(d) / b


def one_behind_another(a, b, c, d):
    return np.log(np.exp(a) + np.arctan2(a * 2, b)) * np.power(np.abs(c / d), 2.5) + np.exp(a)


def same_operand(a, b, c, d):
    e = a / b
    return np.power(e, e) + np.log(e) * e + np.cosh(np.sinh(e / 4)) + np.where(c < d, np.tan(c), np.log1p(d))


def many(a, b, c, d):
    return (np.exp(a) * np.log(b) + np.cosh(c) * np.tan(d) - np.sinh(a) * np.arctan(b) + np.expm1(c) * np.log10(d) - np.arctan2(a, d)
            + np.cbrt(a * b) - np.arcsinh(c * d) + np.arccosh(a + 1) * np.exp2(b))


@pytest.mark.parametrize("f", [several, one_behind_another, same_operand, many])
@pytest.mark.parametrize("dtype", TYPES)
def test_expressions_of_several_functions(f, dtype):
    rng, fast = np.random.default_rng(8), numjit.njit(f)
    args = [rng.uniform(0.1, 3, 5003).astype(dtype) for _ in range(4)]
    got = fast(*args)
    assert got.dtype == dtype
    assert np.allclose(got, f(*args), rtol=200 * np.finfo(dtype).eps, atol=200 * np.finfo(dtype).eps)
    assert np.array_equal(got, in_pieces(fast, *args))
    assert np.array_equal(got, numjit.njit(parallel=True)(f)(*args))
    assert np.array_equal(got[::-1], fast(*(a[::-1] for a in args)))
    rows = [a[:5000].reshape(50, 100) for a in args]
    assert np.array_equal(got[:5000].reshape(50, 100), fast(*rows))
    assert np.array_equal(got[:5000].reshape(50, 100).T, fast(*(np.asfortranarray(r).T for r in rows)))
    assert np.array_equal(got[:5000].reshape(50, 100)[:, ::3], fast(rows[0][:, ::3], *(np.asfortranarray(r[:, ::3]) for r in rows[1:])))


def in_place(a, b):
    a[:] = np.exp(a)
    b[1:] = np.exp(b[:-1])
    b += np.log1p(a) * b
    return a, b


def twice(a, b):
    r = np.exp(a)
    b[:] = r * 2
    a[:] = np.log(r) + b
    return a, b


def stretched(a, b):
    return np.arctan2(a[:, None], b), np.exp(a)[:, None] + np.log(b), np.power(a, b[0]), np.power(b[0], a)


def reduced(a, b):
    m = np.outer(a, b)
    return np.exp(-m).sum(), np.log1p(m).sum(axis=0), np.log1p(m).sum(axis=1), np.cosh(m).max(axis=0), np.exp(m[::2, ::3]).mean(axis=1)


@pytest.mark.parametrize("f", [in_place, twice, stretched, reduced])
@pytest.mark.parametrize("n", [0, 1, 5, 300, 2500])
def test_blocks_in_other_nests(f, n):
    rng = np.random.default_rng(9)
    m = min(n, 70) if f in (stretched, reduced) else n
    if f in (stretched, reduced) and m == 0:
        m = 1
    a, b = rng.uniform(0.1, 1, m), rng.uniform(0.1, 1, m)
    got, want = numjit.njit(f)(a.copy(), b.copy()), f(a.copy(), b.copy())
    for x, y in zip(got, want):
        assert np.allclose(x, y, rtol=1e-14, atol=1e-14)


def test_results_of_numpys_loops_are_numpys():
    """Where numpy has vector code, an array expression has its bits; elsewhere libm's or SLEEF's, which this does not say."""
    a = np.random.default_rng(10).uniform(0.1, 1, 3000)
    for name in "exp log expm1 arcsinh cosh tan".split():
        f = compile_one(name)
        if "call_block" in numjit.dump(f, "opt", ["f8[::1]"]):
            assert np.array_equal(f(a), getattr(np, name)(a)), name


def test_functions_of_loops_are_not_those_of_blocks():
    """But they have one value each, in every order and on any number of threads."""
    def loop(a, r):
        for i in range(a.size):
            r[i] = math.cosh(a[i])
        return r

    def in_parallel(a, r):
        for i in numjit.prange(a.size):
            r[i] = math.cosh(a[i])
        return r
    a = np.random.default_rng(11).uniform(0.1, 1, 3001)
    want = numjit.njit(loop)(a, np.empty_like(a))
    assert np.array_equal(want, numjit.njit(parallel=True)(in_parallel)(a, np.empty_like(a)))
    assert np.array_equal(want, numjit.njit(in_parallel)(a, np.empty_like(a)))


# ---- remainders (runtime/vmath.c): exact ----

def remainders(a, b):
    return np.fmod(a, b), a % b, a // b


def remainders_in_a_loop(a, b):
    r, q = np.empty_like(a), np.empty_like(a)
    for i in range(a.size):
        r[i] = math.fmod(a[i], b[i])
        q[i] = a[i] % 0.75
    return r, q


@pytest.mark.parametrize("dtype", TYPES)
def test_remainders_are_exact(dtype):
    special = np.array(SPECIAL)
    a, b = arguments(dtype, 6000), arguments(dtype, 6000, 1)
    near = np.random.default_rng(12).integers(-1000, 1000, a.size)
    with np.errstate(all="ignore"):
        multiple = (b * near.astype(dtype)).astype(dtype)       # quotients that are nearly whole
        a = np.concatenate([a, multiple, np.nextafter(multiple, dtype(0)), np.repeat(special, special.size).astype(dtype)])
        b = np.concatenate([b, b, b, np.tile(special, special.size).astype(dtype)])
        f = numjit.njit(error_model="numpy")(remainders)
        for got, want in zip(f(a, b), remainders(a, b)):
            assert got.dtype == dtype
            assert np.array_equal(bits(got), bits(want)), [(x[bits(got) != bits(want)][:4]) for x in (a, b, got, want)]
        finite = np.isfinite(a) & (b != 0)
        got, want = numjit.njit(error_model="numpy")(remainders_in_a_loop)(a, b), (np.fmod(a, b), a % dtype(0.75))
        for x, y in zip(got, want):
            assert np.array_equal(bits(x)[finite], bits(y)[finite])
        assert all(np.array_equal(bits(x), bits(in_pieces(lambda *p: f(*p)[k], a, b))) for k, x in enumerate(f(a, b)))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("k", [-4, -3, -2, -1, 2, 3, 4, 5, 7, 8, 11, 16, 17, 2.0, 3.0, -2.0, 0.5, 1.5, -0.5, -1.5, 2.5, -2.5, 3.5])
def test_constant_powers_are_rounded_once(k, dtype):
    f = numjit.njit(eval(f"lambda a: a ** {k}"))

    def loop(a, r):
        for i in range(a.size):
            r[i] = a[i] ** K
        return r
    globals()["K"] = k
    rng = np.random.default_rng(13)
    a = np.concatenate([rng.uniform(-3, 3, 2000), np.array(SPECIAL)]).astype(dtype)
    with np.errstate(all="ignore"):
        want = np.power(a.astype(np.longdouble), k)
        for got in f(a), numjit.njit(error_model="numpy")(loop)(a, np.empty_like(a)):
            near = want.astype(dtype)
            if k == 0.5:                                # of arrays it is numpy's sqrt
                got, near = (np.where(np.isinf(a) | (a == 0), dtype(1), x) for x in (got, near))
            normal = (np.abs(near) > np.finfo(dtype).smallest_normal) & (np.abs(a) < np.inf) & (a != 0)
            assert np.array_equal(np.isnan(got), np.isnan(near)) and np.array_equal(np.isinf(got), np.isinf(near))
            assert np.array_equal(np.signbit(got)[~np.isnan(near)], np.signbit(near)[~np.isnan(near)])
            assert ulps(got[normal], want[normal], dtype).max() <= (1.3 if k == 3 else 1)
            usual = normal & (np.abs(a) > 1e-9) & (np.abs(a) < 1e9)
            assert ulps(got[usual], want[usual], dtype).max() <= (1.3 if k == 3 else 1 if k == 17 or (k % 1 and dtype == np.float32) else 0.51)


# ---- division of integers: of narrow ones, in array expressions, by floats ----

def quotients(a, b):
    return a // b, a % b, np.fmod(a, b)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"])
def test_division_of_integers(dtype):
    rng, info, n = np.random.default_rng(14), np.iinfo(dtype), 20000
    a, b = (rng.integers(info.min, info.max, n, dtype=dtype, endpoint=True) for _ in range(2))
    b = (b >> rng.integers(0, info.bits - 1, n).astype(dtype)).astype(dtype)
    with np.errstate(all="ignore"):
        a[::3] = (b * rng.integers(0, 9, n).astype(dtype))[::3]
        a[1::3] = (b * rng.integers(0, 9, n).astype(dtype) - np.array(1, dtype))[1::3]
        some = np.array([0, 1, 2, 3, info.max, info.max - 1, info.min, info.min + 1] + [-1, -2] * (info.min < 0), dtype)
        if info.bits == 8:
            some = np.arange(info.min, info.max + 1).astype(dtype)
        a, b = np.concatenate([a, np.repeat(some, some.size)]), np.concatenate([b, np.tile(some, some.size)])
        for got, want in zip(numjit.njit(error_model="numpy")(quotients)(a, b), quotients(a, b)):
            assert got.dtype == want.dtype and np.array_equal(got, want)


def test_loops_over_blocks_poll():
    """Not each 4,096 turns, as loops over elements do."""
    text = numjit.dump(compile_one("arcsinh"), "opt", ["f8[::1]"])
    assert "poll" in text and ("call_block" not in text or "4096" not in text)


def powers(x, y):
    out = np.empty(x.size)
    for i in range(x.size):
        out[i] = x[i] ** y[i]
    return out


def one_power(x, y):
    return x**y


def test_powers_in_loops():
    """Within 1 ulp of the C library's, which is called for one; what is exact is exact; signs, zeros, nan and infinities are the same."""
    special = np.array([0, -0.0, 1, -1, 2, -2, 0.5, -0.5, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 1e-310, 2.0**-1022, 1.7e308, -1.7e308,
                        3, -3, 1e300, 1e-300, 1 + 2.0**-52, 1 - 2.0**-53, 1e16, 2.0**53 + 2, 709, -745, 1074, -1074.5])
    rng = np.random.default_rng(5)
    x, y = (a.ravel() for a in np.meshgrid(special, special))
    base = np.concatenate([np.exp(rng.uniform(-20, 20, 2000)), 1 + rng.normal(size=2000) * 1e-3])
    exponent = rng.uniform(-700, 700, 4000) / np.log(base)
    whole, small = rng.integers(-40, 40, 999).astype(float), rng.integers(0, 10, 999).astype(float)
    f, one = numjit.njit(powers), numjit.njit(one_power)
    with np.errstate(all="ignore"):
        for x, y in ((x, y), (base, exponent), (whole, small), (whole[:5], -small[:5])):
            got, want = f(x, y), np.array([one(a, b) for a, b in zip(x, y)])
            assert (np.isnan(got) == np.isnan(want)).all() and (np.signbit(got) == np.signbit(want))[~np.isnan(want)].all()
            near = np.isfinite(want) & (want != 0)
            assert (got[~near & ~np.isnan(want)] == want[~near & ~np.isnan(want)]).all()
            assert (np.abs(got - want)[near] <= np.spacing(np.abs(want[near]))).all()
            if x is whole:
                assert (got == want)[np.abs(want) <= 2**53].all()
            for k in range(0, x.size, 37):
                assert got[k : k + 1].tobytes() == f(x[k : k + 1], y[k : k + 1]).tobytes()


@pytest.mark.parametrize("k", [-64, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 11, 16, 17, 64, 65, 360])
def test_whole_exponents(k):
    """x ** n has one value, in vectors or not, n a constant of few products or not; within 1 ulp of the number (x * x * x within 2); beyond 64
    one alone is libm's."""
    rng = np.random.default_rng(6)
    x = np.concatenate([rng.choice([-1, 1], 200) * rng.uniform(0.5, 2, 200), np.exp(rng.uniform(-700, 700, 40)),
                        [0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 5e-324, -5e-324, 1.7e308, 2.0**-1022]])
    names = {}
    exec(f"def constant(x): return x ** {k}", names)
    constant, one = numjit.njit(names["constant"]), numjit.njit(one_power)
    got = numjit.njit(powers)(x, np.full(x.size, k))
    alone = np.array([one(v, k) for v in x])
    assert abs(k) > 64 or got.tobytes() == alone.tobytes() or (np.isnan(got) == np.isnan(alone)).all() and (got == alone)[~np.isnan(got)].all()
    for v, r, a in zip(x, got, alone):
        if k in range(-4, 17):
            c = constant(v)
            assert np.isnan(r) == np.isnan(c) and (np.isnan(r) or (r, np.signbit(r)) == (c, np.signbit(c)))
        if np.isfinite(v) and v and 1e-290 < abs(r) < 1e300:
            assert abs(k) <= 64 or a == math.pow(v, k)
            assert abs(Fraction(float(r)) - Fraction(float(v)) ** k) <= Fraction(float(np.spacing(abs(r)))) * (2 if k == 3 else 1)
