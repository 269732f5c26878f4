"""Matrix and vector products: shapes, stacks, dtypes, errors; through NumPy's own loops."""
import itertools

import numpy as np
import pytest

from numjit import njit

SHAPES = [(3,), (4,), (0,), (2, 3), (3, 2), (5, 2, 3), (1, 3, 3), (2, 5, 3, 2), ()]
FUNCTIONS = {
    "matmul": lambda a, b: a @ b, "dot": lambda a, b: np.dot(a, b), "inner": lambda a, b: np.inner(a, b),
    "vdot": lambda a, b: np.vdot(a, b), "vecdot": lambda a, b: np.vecdot(a, b), "outer": lambda a, b: np.outer(a, b),
}


def filled(shape, dtype, seed):
    x = (np.random.default_rng(seed).random(shape) * 10).astype(dtype)
    return np.asarray(x * (1 + 2j) if dtype == "c16" else x)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_shapes(name):
    f = FUNCTIONS[name]
    g = njit(f)
    for sa, sb in itertools.product(SHAPES, SHAPES):
        for dtype in ("f8", "c16", "i4"):
            a, b = filled(sa, dtype, 1), filled(sb, dtype, 2)
            try:
                want = f(a, b)
            except ValueError:
                with pytest.raises(ValueError):
                    g(a, b)
                continue
            got = g(a, b)
            assert np.shape(got) == np.shape(want) and np.allclose(got, want), (sa, sb, dtype)


def test_strided_operands():
    f = njit(lambda a, b: a @ b)
    a, b = filled((6, 8), "f8", 1), filled((8, 4), "f8", 2)
    for x, y in [(a[::2], b[:, ::-1]), (a.T[:4, :6].T, b[::2]), (np.asfortranarray(a), b)]:
        if x.shape[1] == y.shape[0]:
            assert np.allclose(f(x, y), x @ y)


def test_in_place_and_out():
    def f(a, b, c):
        np.dot(a, b, out=c)
        a @= b
        return a
    a, b = filled((3, 3), "f8", 1), filled((3, 3), "f8", 2)
    x, c, d = a.copy(), np.zeros((3, 3)), np.zeros((3, 3))
    want = f(x, b, c)
    y = a.copy()
    got = njit(f)(y, b, d)
    assert got is y and np.array_equal(got, want) and np.array_equal(c, d)


def test_message():
    f = njit(lambda a, b: a @ b)
    with pytest.raises(ValueError, match="size 3 is different from 2"):
        f(np.ones((2, 2)), np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"shapes \(2,2\) and \(3,2\) not aligned: 2 \(dim 1\) != 3 \(dim 0\)"):
        njit(lambda a, b: np.dot(a, b))(np.ones((2, 2)), np.ones((3, 2)))
