"""Floating-point functions against exact values (mpmath), complex ones on both sides of their branch cuts, float16 ones on every input."""
import math

import mpmath
import numpy as np
import pytest

import numjit

EXACT = {"exp": mpmath.exp, "exp2": lambda x: mpmath.mpf(2) ** x, "expm1": mpmath.expm1, "log": mpmath.log,
         "log2": lambda x: mpmath.log(x) / mpmath.log(2), "log10": lambda x: mpmath.log(x) / mpmath.log(10), "log1p": mpmath.log1p,
         "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "arcsin": mpmath.asin, "arccos": mpmath.acos, "arctan": mpmath.atan,
         "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh, "arcsinh": mpmath.asinh, "arccosh": mpmath.acosh,
         "arctanh": mpmath.atanh, "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), "sqrt": mpmath.sqrt}
EXACT2 = {"power": mpmath.power, "arctan2": mpmath.atan2, "hypot": mpmath.hypot}
DOMAIN = {"log": (0, np.inf), "log2": (0, np.inf), "log10": (0, np.inf), "log1p": (-1, np.inf), "arcsin": (-1, 1), "arccos": (-1, 1),
          "arccosh": (1, np.inf), "arctanh": (-1, 1), "sqrt": (0, np.inf)}
TYPES = [np.float64, np.float32]


def arguments(name, dtype, seed=0, n=120):
    rng = np.random.default_rng(seed)
    size = 10.0 ** rng.uniform(-12, 12, n) * rng.choice([-1, 1], n)
    a = np.concatenate([rng.uniform(-1, 1, n), rng.uniform(-9, 9, n), 1 + rng.uniform(-.01, .01, n), rng.uniform(-80, 80, n), size])
    a = a.astype(dtype)
    low, high = DOMAIN.get(name, (-np.inf, np.inf))
    return a[(a > low) & (a < high)]


def check(got, exact, dtype, limit):
    assert got.dtype == dtype
    worst = 0
    for x, want in zip(got.tolist(), exact):
        near = dtype(float(want))
        if np.isfinite(near) and abs(near) >= np.finfo(dtype).smallest_normal:
            worst = max(worst, abs(mpmath.mpf(x) - want) / mpmath.mpf(float(np.spacing(abs(near)))))
        elif np.isinf(near):
            assert x == near
    assert worst <= limit, float(worst)


def compiled(name, n):
    return numjit.njit(eval(f"lambda a: np.{name}(a)" if n == 1 else f"lambda a, b: np.{name}(a, b)", {"np": np}))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", EXACT)
def test_one_argument(name, dtype):
    a = arguments(name, dtype)
    with mpmath.workprec(300), np.errstate(all="ignore"):
        exact = [mpmath.re(EXACT[name](mpmath.mpf(float(x)))) for x in a]
        f = compiled(name, 1)
        check(f(a), exact, dtype, 1.0001)
        check(np.array([f(x) for x in a], dtype), exact, dtype, 4)         # the C library's


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", EXACT2)
def test_two_arguments(name, dtype):
    a, b = arguments(name, dtype, 1, 50), arguments(name, dtype, 2, 50)
    a = np.abs(a) if name == "power" else a
    with mpmath.workprec(300), np.errstate(all="ignore"):
        exact = [EXACT2[name](mpmath.mpf(float(x)), mpmath.mpf(float(y))) for x, y in zip(a, b)]
        check(compiled(name, 2)(a, b), exact, dtype, 1.0001)


LOOPS = "exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf".split()


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", LOOPS)
def test_in_a_loop(name, dtype):
    """There the functions of math are SLEEF's or ours, whatever those of array expressions are."""
    space = {"math": math}
    exec(f"def f(a, r):\n    for i in range(a.size):\n        r[i] = math.{name}(a[i])\n    return r", space)
    numpys = name.replace("a", "arc", 1) if name[0] == "a" else name
    a = arguments(numpys, dtype)
    exact_of = EXACT.get(numpys, mpmath.erf)
    with mpmath.workprec(300), np.errstate(all="ignore"):
        exact = [mpmath.re(exact_of(mpmath.mpf(float(x)))) for x in a]
        check(numjit.njit(space["f"])(a, np.empty_like(a)), exact, dtype, 1.0001)


# ---- complex ----

PARTS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, math.inf, -math.inf, math.nan, 1e-320, 1e-20, 710.0, -745.0, 88.9]
COMPLEX = ("exp exp2 expm1 log log2 log10 log1p sqrt sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh "
           "reciprocal absolute sign conjugate rint negative").split()


def same_part(got, want):
    info = np.finfo(want.dtype)
    with np.errstate(all="ignore"):
        near = (got == want) | (np.abs(got - want) <= 32 * info.eps * np.abs(want) + info.smallest_normal)
    return (np.isnan(got) & np.isnan(want)) | ((np.signbit(got) == np.signbit(want)) & near)


@pytest.mark.parametrize("dtype", [np.complex128, np.complex64])
@pytest.mark.parametrize("name", COMPLEX)
def test_complex_functions_have_numpys_branch_cuts(name, dtype):
    with np.errstate(all="ignore"):
        z = np.array([complex(a, b) for a in PARTS for b in PARTS]).astype(dtype)
        got, want = compiled(name, 1)(z), getattr(np, name)(z)
    assert got.dtype == want.dtype
    same = same_part(got.real, want.real) & same_part(got.imag, want.imag)
    assert same.all(), [(z[k], got[k], want[k]) for k in np.flatnonzero(~same)[:3]]


# ---- float16 ----

HALVES = np.arange(65536, dtype=np.uint16).view(np.float16)
EXACTLY_NUMPYS = ("absolute fabs negative positive square reciprocal sign sqrt floor ceil trunc rint isnan isinf isfinite signbit spacing "
                  "logical_not deg2rad rad2deg radians degrees conjugate").split()


def same_halves(got, want):
    return (got == want) & (np.signbit(got) == np.signbit(want)) | (np.isnan(got) & np.isnan(want)) if got.dtype == np.float16 else got == want


@pytest.mark.parametrize("name", EXACTLY_NUMPYS)
def test_every_float16_has_numpys_value(name):
    with np.errstate(all="ignore"):
        got, want = compiled(name, 1)(HALVES), getattr(np, name)(HALVES)
    assert got.dtype == want.dtype
    same = same_halves(got, want)
    assert same.all(), [(HALVES[k], got[k], want[k]) for k in np.flatnonzero(~same)[:3]]


@pytest.mark.parametrize("name", EXACT)
def test_every_float16_is_rounded_once(name):
    """NumPy rounds to float32 first, and there not always right: a few of its values are the neighbours."""
    with np.errstate(all="ignore"):
        got, want = compiled(name, 1)(HALVES), getattr(np, name)(HALVES)
        assert got.dtype == np.float16
        once = getattr(np, name)(HALVES.astype(np.float64)).astype(np.float16)
    assert same_halves(got, once).all()
    other = ~same_halves(got, want)
    assert other.sum() <= 40 and (np.abs(got[other].view(np.int16) - want[other].view(np.int16)) <= 1).all()


@pytest.mark.parametrize("name", ["nextafter", "copysign", "fmod", "remainder", "floor_divide", "maximum", "fmin", "heaviside", "divide"])
def test_float16_functions_of_two(name):
    rng = np.random.default_rng(0)
    a, b = rng.permutation(HALVES)[:20000], rng.permutation(HALVES)[:20000]
    some = np.array([0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 6e-8, -6e-8, 65504, -65504], np.float16)
    a, b = np.concatenate([a, np.repeat(some, some.size), a[:50]]), np.concatenate([b, np.tile(some, some.size), a[:50]])
    with np.errstate(all="ignore"):
        got, want = numjit.njit(error_model="numpy")(compiled(name, 2).py_func)(a, b), getattr(np, name)(a, b)
    if name == "nextafter":         # of equal ones the second, as C says; float16's was the first before NumPy 2.5
        want = np.where(a == b, b, want)
    same = same_halves(got, want)
    assert same.all(), [(a[k], b[k], got[k], want[k]) for k in np.flatnonzero(~same)[:3]]


def test_functions_of_math_take_a_float16_as_a_float():
    x = np.float16(0.1)
    for name in LOOPS:
        if name != "acosh":
            got = numjit.njit(eval(f"lambda x: math.{name}(x)", {"math": math}))(x)
            assert got == getattr(math, name)(x) or name == "erf" and math.isclose(got, math.erf(x), rel_tol=1e-15)
