"""What a mask picks, computed where it is picked: NumPy's values, bits of sums too, whatever the layout, and no arrays between."""
import re

import numpy as np
import pytest
from differential import same

import numjit

EXPRESSIONS = [
    "a[m].sum()", "a[a > 0].sum()", "np.sum(a[m] * 2)", "(a * b)[m]", "(a * b)[m].sum()", "a[m].mean()", "a[a > b].mean()", "a[m].max(), a[m].min()",
    "(a[m] - 1) * 3", "np.prod(a[m])", "np.any(a[m] > 1), np.all(a[m] > -1)", "np.nonzero(a > 0)", "a[np.abs(a) > 0.5]", "a[m].std()",
    "np.count_nonzero(a[m] > 0)", "a[m].argmax()", "np.exp(a[m]).sum()", "np.exp(a)[m].sum()", "np.cumsum(a[m])", "a[m] + a[m]", "(a + 1)[m][::-1]",
    "np.where(a[m] > 0, 1, a[m])", "a[m].sum() + b[m].sum()", "a[~m].sum(), a[m].sum()", "(a > 0)[m].sum()", "np.argwhere(m).sum()", "a[m].astype(np.float32).sum()",
    "(a[m] / 3).sum(), m.sum()", "np.sqrt(np.abs(a[m])).sum()", "(a * 1j)[m].sum()", "np.median(a[m])", "a[m] % 2",
]
SHAPES = [(0,), (1,), (7,), (129,), (1000,), (30, 40), (0, 3), (300, 7), (3, 4, 50)]


def jit_of(text):
    space = {"np": np}
    exec(f"def f(a, b, m):\n    return {text}\n", space)
    return space["f"]


def arrays(shape, order):
    rng = np.random.default_rng(sum(shape))
    a, b, m = rng.normal(size=shape), rng.normal(size=shape), rng.random(shape) > 0.6
    if order == "strided":
        return np.repeat(a, 2, -1)[..., ::2], b, np.repeat(m, 3, 0)[::3]
    if order == "backwards":
        return a[::-1], b[..., ::-1], m
    return tuple(np.asarray(x, order=order) for x in (a, b, m))


def outcome(f, args):
    try:
        with np.errstate(all="ignore"):
            r = f(*args)
    except Exception as e:
        return type(e), str(e)
    return r if isinstance(r, tuple) else (r,)


def agree(want, got, exact):
    if want and isinstance(want[0], type):
        return want == got
    return len(want) == len(got) and all(np.shape(w) == np.shape(g) and (np.ndim(w) == 0 or w.dtype == g.dtype)
                                         and (np.array_equal(w, g, equal_nan=np.asarray(w).dtype.kind in "fc") if exact
                                              else np.allclose(w, g, rtol=1e-12, equal_nan=True)) for w, g in zip(want, got))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", EXPRESSIONS)
def test_values(text):
    f = jit_of(text)
    fast, wide = numjit.njit(f), numjit.njit(parallel=True)(f)
    exact = "exp" not in text
    for shape in SHAPES:
        for order in ("C", "F", "strided", "backwards"):
            args = arrays(shape, order)
            want = outcome(f, args)
            assert agree(want, outcome(fast, args), exact), (shape, order)
            if order == "C":
                assert agree(want, outcome(wide, args), exact), shape


@pytest.mark.parametrize("density", [0, 0.001, 0.3, 0.999, 1])
def test_density(density):
    f = jit_of("a[m].sum(), a[m].max(initial=-9), (a * b)[m]")
    rng = np.random.default_rng(1)
    for n in (127, 128, 129, 1023, 20000):
        a, b = rng.normal(size=(2, n))
        same(f, a, b, rng.random(n) < density)


@pytest.mark.parametrize("dtype", ["f4", "i4", "u8", "c16", "?", "i1"])
def test_dtypes(dtype):
    rng = np.random.default_rng(2)
    a = (rng.normal(size=500) * 9).astype(dtype)
    for text in ("a[m].sum()", "a[m].min(), a[m].max()", "a[m].prod()", "a[m].any()", "a[a > b].sum()", "a[m].mean()"):
        same(jit_of(text), a[:40], a[:40][::-1], rng.random(40) > 0.4)


def test_special_values():
    f = jit_of("a[m].max(), a[m].min(), a[m].sum()")
    m = np.array([True, False, True, True, False])
    for values in ([0.0, np.nan, -0.0, 1, 2], [np.nan, 0, 1, 2, 3], [np.inf, np.nan, -np.inf, 0, 0], [-np.inf, 5, -np.inf, -np.inf, 5], [-0.0, 7, -0.0, -0.0, 7]):
        same(f, np.array(values), np.array(values), m)


def shape_of(text, *types):
    dump = numjit.dump(numjit.njit(jit_of(text)), "nest", types or ("f8[::1]", "f8[::1]", "b1[::1]"))
    return len(re.findall(r"\bnest body", dump)), len(re.findall(r"= new ", dump))


@pytest.mark.parametrize("text, nests, arrays", [
    ("a[m].sum()", 2, 0), ("a[a > 0].sum()", 2, 0), ("a[m].max()", 1, 0), ("(a * b)[m].mean()", 2, 0), ("(a * b)[m] * 2", 2, 1), ("a[m] > 0", 2, 1),
    ("np.exp(a[m])", 3, 1), ("np.count_nonzero(a[m] > b[0])", 1, 0), ("a[m].sum(), a[m].max()", 2, 0),
])
def test_one_loop(text, nests, arrays):
    assert shape_of(text) == (nests, arrays)


def test_what_is_written_between():
    def f(a, m):
        t = a[m]
        a[:] = 0
        return t.sum(), t
    def g(a, m):
        t = a[m]
        m[:] = True
        return (t * 2).max()
    for h in (f, g):
        same(h, np.arange(9.0), np.arange(9) % 3 == 0)


def into_itself(a, m):
    a[: m.sum()] = a[m] + 1
    return a


def test_overlap():
    for shape in (9, 400):
        same(into_itself, np.arange(float(shape)), np.arange(shape) % 3 == 1)
        same(into_itself, np.arange(float(shape))[::-1], np.arange(shape) % 3 == 1)
