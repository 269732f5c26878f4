"""numjit/lib/meshes.py, spaced.py and pads.py beside NumPy."""
import numpy as np
import pytest

from differential import same
from numjit import njit

X, Y, Z = np.arange(3), np.arange(2.0), np.arange(4)
M = np.arange(6.0).reshape(2, 3)
V = np.arange(6)


@pytest.mark.parametrize("f", [
    lambda n: np.indices((n, 3)), lambda n: np.indices((n, 3), sparse=True), lambda n: np.indices((n,), dtype=np.int32),
    lambda n: np.mgrid[0:n, 0:3], lambda n: np.ogrid[0:n, 0:3], lambda n: np.mgrid[0:1:5j], lambda n: np.mgrid[0:1:5j, -1:n],
    lambda n: np.ogrid[0:1:5j, -1:n:0.5], lambda n: np.mgrid[:n:2], lambda n: np.fromfunction(lambda i, j: i * n + j, (2, 3)),
    lambda n: np.mask_indices(n, np.triu), lambda n: np.mask_indices(n, np.tril, -1)], ids=range(12))
def test_indices(f):
    for n in (0, 1, 4):
        same(f, n)


@pytest.mark.parametrize("f", [
    lambda x, y, z: np.meshgrid(x, y), lambda x, y, z: np.meshgrid(x, y, indexing="ij"), lambda x, y, z: np.meshgrid(x, y, sparse=True),
    lambda x, y, z: np.meshgrid(x, y, z), lambda x, y, z: np.meshgrid(x, y, z, copy=False), lambda x, y, z: np.meshgrid(x),
    lambda x, y, z: np.meshgrid(x, indexing="a"), lambda x, y, z: np.r_[1:4, 7, 9, y], lambda x, y, z: np.r_[y],
    lambda x, y, z: np.c_[y, y], lambda x, y, z: np.c_[y], lambda x, y, z: np.r_[0:1:3j, x]], ids=range(12))
def test_meshes(f):
    same(f, X, Y, Z)


def test_blocks():
    for f in (lambda a: np.block([[a, a], [a, a]]), lambda a: np.block([a, a]), lambda a: np.block(a)):
        for a in (M, Y):
            same(f, a)
    same(lambda a: np.block([[a, a], [1, 2, 3, 4]]), Y)
    for a in (X, M, np.array(1), Y[:0]):
        same(lambda a, n: (np.tile(a, n), np.tile(a, (n, 2)), np.tile(a, (2, 1, n))), a, 2)


def test_spaced():
    for a, b, n in ((0, 1, 5), (1.5, -2, 4), (3, 3, 2), (0, 1, 1), (0, 1, 0), (0j, 1 + 2j, 3), (1, 4e-324, 4), (0.0, 5e-324, 3),
                    (np.array([0, 1.0]), np.array([2.0, 5]), 3)):
        same(lambda a, b, n: np.linspace(a, b, n), a, b, n)
        same(lambda a, b, n: np.linspace(a, b, n, endpoint=False, retstep=True), a, b, n)
    same(lambda n: np.linspace(0, 10, n, dtype=np.int64), 7)
    same(lambda a: np.linspace(a, a + 2, 3, axis=1), X)
    same(lambda a, b: np.linspace(np.float32(a), np.float32(b), 4), 0, 1)
    for f in (lambda a: np.geomspace(1, a, 5), lambda a: np.geomspace(-1, -a, 5), lambda a: np.geomspace(1.0, a, 4, endpoint=False),
              lambda a: np.logspace(0, 2, a), lambda a: np.logspace(0, 2, a, base=2.0, dtype=np.int64)):
        same(f, 8)


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric", "wrap", "mean", "maximum", "minimum", "median", "linear_ramp"])
def test_pad(mode):
    vectors = [V, V * 1.0, V[::-2], V[:1]] + ([V[:0]] if mode == "constant" else [])
    for a in vectors:
        same(lambda a: (np.pad(a, 2, mode), np.pad(a, (1, 9), mode), np.pad(a, (7, 1), mode)), a)
    same(lambda a: np.pad(a, ((1, 1), (2, 0)), mode=mode), M)


def test_pad_arguments():
    same(lambda a: (np.pad(a, 2, constant_values=9), np.pad(a, (2, 1), constant_values=(4, 5))), V)
    same(lambda a: np.pad(a, 2, mode="mean", stat_length=2), M)
    same(lambda a: np.pad(a, 1, mode="linear_ramp", end_values=((1, 2), (3, 4))), M)
    same(lambda a, n: np.pad(a, n), V, -1)
    for value in 300, 2.5, -1, np.int64(129), True:
        same(lambda a, value: np.pad(a, 1, constant_values=value), np.zeros(2, np.int8), value)


def test_insert():
    for a, i, x in ((V, 2, 99), (V, 0, -1), (V, 6, 5), (V, -1, 5), (M, 1, 7), (V, np.array([1, 3]), np.array([70, 80])),
                    (V, np.array([1, 1]), np.array([70, 80])), (V, np.array([2]), 1.5), (V, (1, 3), 8)):
        same(lambda a, i, x: np.insert(a, i, x), a, i, x)
    for f in (lambda a: np.insert(a, 1, 5, axis=0), lambda a: np.insert(a, 1, np.array([8.0, 9]), axis=1),
              lambda a: np.insert(a, (0, 2), 9, axis=1), lambda a: np.insert(a, slice(0, 2), 9, axis=1)):
        same(f, M)
    with pytest.raises(IndexError):
        njit(lambda a: np.insert(a, 7, 1))(V)
