"""numpy.linalg and numpy.fft in compiled code and as plain Python beside NumPy's own."""
import importlib
import re

import numpy as np
import pytest

import numjit

R = np.random.RandomState(3)
MATRICES = [R.rand(4, 4) + 4 * np.eye(4), (R.rand(3, 3) + 1j * R.rand(3, 3)), (R.rand(3, 3) + 3 * np.eye(3)).astype("f4"),
            R.rand(2, 5, 3, 3) + 3 * np.eye(3), np.asfortranarray(R.rand(3, 3)), R.rand(6, 6)[::2, ::-2], np.array([[2, 1], [1, 3]]),
            np.empty((0, 3, 3))]


def near(got, want):
    if isinstance(want, tuple):
        assert len(got) == len(want)
        for g, w in zip(got, want):
            near(g, w)
        return
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape and (got.dtype == want.dtype or got.ndim == 0)
    np.testing.assert_allclose(got, want, rtol=1e-4 if want.dtype in ("f4", "c8") else 1e-10, atol=1e-6 if want.dtype in ("f4", "c8") else 1e-12)


@pytest.mark.parametrize("name", ["inv", "det", "slogdet", "eigvalsh", "svdvals"])
def test_of_matrices(name):
    numpys = getattr(np.linalg, name)

    def use(a):
        return numpys(a)
    f, plain = numjit.njit(use), getattr(importlib.import_module("numjit.lib.linalg"), name)
    for a in MATRICES:
        near(tuple(f(a)) if name == "slogdet" else f(a), tuple(numpys(a)) if name == "slogdet" else numpys(a))
        if name != "slogdet":
            near(plain(a), numpys(a))


def test_solve_broadcasts():
    f = numjit.njit(lambda a, b: np.linalg.solve(a, b))
    a, b = R.rand(5, 3, 3) + 3 * np.eye(3), R.rand(3, 2)
    near(f(a, b), np.linalg.solve(a, b))
    near(f(a, b[:, 0]), np.linalg.solve(a, b[:, 0]))
    near(f(a[0], b + 1j), np.linalg.solve(a[0], b + 1j))
    with pytest.raises(ValueError, match="mismatch in its core dimension"):
        f(a, R.rand(4, 2))


@pytest.mark.parametrize("name, message", [("inv", "Singular matrix"), ("cholesky", "Matrix is not positive definite")])
def test_what_fails(name, message):
    numpys = getattr(np.linalg, name)
    f = numjit.njit(lambda a: numpys(a))
    bad = np.stack([np.eye(2), -np.ones((2, 2))])
    for x in (bad, bad[1]):
        with pytest.raises(np.linalg.LinAlgError, match=message):
            f(x)
    near(f(np.eye(2)), np.eye(2))
    assert np.isnan(numjit.njit(lambda a: np.linalg.det(a))(np.full((2, 2), np.nan)))


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
@pytest.mark.parametrize("dtype", ["f8", "f4", "c16", "c8", "i4"])
def test_transforms(name, dtype):
    numpys = getattr(np.fft, name)
    if name in ("rfft", "ihfft") and dtype[0] == "c":
        return
    f = numjit.njit(lambda a: numpys(a))
    for n in (1, 2, 7, 8, 30):
        a = (R.rand(3, n) * 10).astype(dtype)
        if name in ("irfft", "hfft") and n == 1:
            continue
        near(f(a), numpys(a))
        near(f(a[::2, ::-1]), numpys(a[::2, ::-1]))


def test_another_librarys_ufunc():
    """Any ufunc that carries its loops: here one that numjit has no row for."""
    from numpy._core import umath
    frexp_like = umath.clip
    f = numjit.njit(lambda a, lo, hi: frexp_like(a, lo, hi))
    a = R.rand(3, 4)
    near(f(a, 0.25, 0.75), frexp_like(a, 0.25, 0.75))
    near(f(a.T, a.T * 0, 0.5), frexp_like(a.T, a.T * 0, 0.5))
    assert f(3.5, 0.0, 1.0) == 1.0
    near(f(a.astype("f4"), 0.25, 0.75), frexp_like(a.astype("f4"), 0.25, 0.75))


NORMS = {"1": lambda a: np.linalg.norm(a, 1), "2": lambda a: np.linalg.norm(a, 2), "inf": lambda a: np.linalg.norm(a, np.inf),
         "none": lambda a: np.linalg.norm(a), "fro": lambda a: np.linalg.norm(a, "fro"), "nuc": lambda a: np.linalg.norm(a, "nuc"),
         "rank": lambda a: np.linalg.matrix_rank(a), "pinv": lambda a: np.linalg.pinv(a)}


@pytest.mark.parametrize("name", NORMS)
def test_empty_matrices_and_stacks(name):
    f = numjit.njit(NORMS[name])
    for shape in (0, 3), (2, 0), (2, 3, 2), (2, 0, 3), (0,), (3,):
        a = np.arange(float(np.prod(shape))).reshape(shape)
        try:
            wanted = NORMS[name](a)
        except ValueError as e:         # LinAlgError is one
            if shape != (0,) and shape != (3,) or name != "pinv":
                with pytest.raises(type(e), match=re.escape(str(e))):
                    f(a)
        else:
            assert np.shape(f(a)) == np.shape(wanted)
            np.testing.assert_allclose(f(a), wanted, rtol=1e-12, atol=1e-12)


def test_norms_along_axes_that_stay():
    a = np.arange(12.0).reshape(2, 3, 2)
    for f in (lambda a: np.linalg.norm(a, axis=(0, 2), keepdims=True), lambda a: np.linalg.norm(a, 1, axis=(-1, 0), keepdims=True),
              lambda a: np.linalg.norm(a, axis=(1,), keepdims=True)):
        assert numjit.njit(f)(a).shape == f(a).shape
        np.testing.assert_allclose(numjit.njit(f)(a), f(a), rtol=1e-13)
