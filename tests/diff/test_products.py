"""Matrix and vector products: shapes, stacks, dtypes, errors; through NumPy's own loops."""
import itertools

import numpy as np
import pytest
from differential import same

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


def test_einsum():
    r = np.random.RandomState(0)
    a, b, c, v = r.rand(3, 4), r.rand(4, 5), r.rand(2, 3, 4), r.rand(4)
    cases = [("ij,jk->ik", a, b), ("ij,jk->ki", a, b), ("ji,jk", a.T.copy(), b.T.copy().T), ("ij->ji", a), ("ij->", a), ("i,i", v, v),
             ("i,j->ij", v, v), ("ii->i", a[:, :3]), ("ii", a[:, :3]), ("...j,j->...", c, v), ("...ij->...ji", c), ("bij,bkj->bik", c, c),
             ("ij,j,j->i", a, v, v), ("ij,kj->ik", a, a), ("ij,jk", a + 1j, b), ("ij,jk", (a * 9).astype(int), (b * 9).astype(int)),
             ("ij,j->i", a, v[:1]), ("ij->i", np.empty((3, 0))), ("kij", c)]
    for case in cases:
        text, args = case[0], case[1:]
        f = njit(eval(f"lambda {', '.join('abc'[:len(args)])}: np.einsum({text!r}, {', '.join('abc'[:len(args)])})", {"np": np}))
        want = np.einsum(text, *args)
        got = f(*args)
        assert np.asarray(got).dtype == want.dtype and np.shape(got) == want.shape, text
        np.testing.assert_allclose(got, want, rtol=1e-12, err_msg=text)
    f = njit(lambda a, b: np.einsum("ij,jk->ik", a, b))
    with pytest.raises(ValueError):
        f(a, a)


def test_tensordot_axes():
    r = np.random.RandomState(1)
    a, b = r.rand(2, 3, 4), r.rand(4, 3, 5)
    for f in (lambda a, b: np.tensordot(a, b, ([1, 2], [1, 0])), lambda a, b: np.tensordot(a, b, axes=((2,), (0,))),
              lambda a, b: np.tensordot(a, b, (1, 1)), lambda a, b: np.tensordot(a, b, 1)):
        np.testing.assert_allclose(njit(f)(a, b), f(a, b), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["f8", "f4", "c16"])
def test_products_of_what_lies_backwards_have_numpys_bits(dtype):
    """dot copies it, matmul and vdot do not."""
    rng = np.random.default_rng(0)
    dot, matmul, vdot = (njit(f) for f in (lambda a, b: np.dot(a, b), lambda a, b: a @ b, lambda a, b: np.vdot(a, b)))
    inner = njit(lambda a, b: np.inner(a, b))
    for n in (0, 1, 3, 100, 1000):
        a, b = rng.normal(size=2 * n).astype(dtype), rng.normal(size=2 * n).astype(dtype)
        m = rng.normal(size=(min(n, 100), n)).astype(dtype)
        once = np.broadcast_to(a[:1], (n,)) if n else a
        for x, y in ((a[::-1][:n], b[::-1][:n]), (a[:n][::-1], b[:n]), (a[::2], b[:n]), (a[::-2], b[n:]), (once, b[:n])):
            assert dot(x, y) == np.dot(x, y) and matmul(x, y) == x @ y and inner(x, y) == np.inner(x, y)
            assert dtype == "c16" or vdot(x, y) == np.vdot(x, y)
        for x, y in ((m[::-1], a[:n]), (m[:, ::-1], a[:n]), (m, a[:n][::-1]), (m[::-1], (m + 1).T)):
            assert np.array_equal(dot(x, y), np.dot(x, y)) and np.array_equal(matmul(x, y), x @ y)


def at(x, y):
    return x @ y


def vecdot(x, y):
    return np.vecdot(x, y)


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f2", "f4", "f8", "c16"])
def test_vectors_have_the_bits_of_numpy(dtype):
    rng = np.random.default_rng(3)
    data = [(9 * rng.standard_normal(80) + (1j * rng.standard_normal(80) if dtype == "c16" else 0)).astype(dtype) for _ in range(2)]
    for n in (0, 1, 2, 7, 40):
        for x in (data[0][:n], data[0][:2 * n:2], data[0][:n][::-1], np.broadcast_to(data[0][:1], (n,)), (-np.zeros(n, "f8")).astype(dtype)):
            for f in (at,) if dtype == "c16" else (at, vecdot):      # NumPy has a loop of its own for conjugated ones
                want, got = np.asarray(f(x, data[1][:n])), np.asarray(njit(f)(x, data[1][:n]))
                assert want.astype(got.dtype).tobytes() == got.tobytes()


def test_tensordot_of_nothing():
    z = np.zeros
    for a, b in (z(0), z(0)), (z((2, 0)), z((0, 3))), (z((0, 3)), z((3, 2))), (z((2, 0, 3)), z((3, 4))):
        same(lambda a, b: np.tensordot(a, b, 1), a, b)
