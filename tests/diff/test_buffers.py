"""Casting rules, choices, and arrays as memory, beside NumPy."""
import numpy as np
import pytest

from differential import same
from numjit import njit

A, I = np.arange(6.0).reshape(2, 3), np.zeros((2, 3), int)


@pytest.mark.parametrize("f", [
    lambda a, i: a.astype(np.int64, casting="safe"), lambda a, i: a.astype(np.float32, casting="same_kind"),
    lambda a, i: a.astype(np.int8, casting="unsafe"), lambda a, i: a.astype(np.float64, casting="no"), lambda a, i: np.copyto(i, a),
    lambda a, i: np.copyto(i, a, casting="unsafe"), lambda a, i: np.concatenate((a, a), out=np.zeros((4, 3), np.int64)),
    lambda a, i: np.concatenate((a, i), dtype=np.int32), lambda a, i: np.concatenate((a, i), dtype=np.int32, casting="unsafe"),
    lambda a, i: np.vstack((a, i), dtype=np.float32), lambda a, i: np.stack((a, i), dtype=np.int8)], ids=range(11))
def test_casting(f):
    try:
        f(A, I.copy())
    except TypeError as error:
        with pytest.raises(TypeError) as got:
            njit(f)(A, I.copy())
        assert str(got.value).splitlines()[0] == str(error)
    else:
        same(f, A, I)


def test_choose():
    index = np.array([0, 2, 1, 0])
    choices = np.array([1, 2, 3, 4]), np.array([10, 20, 30, 40]), np.array([5.0, 6, 7, 8])
    same(lambda i, c: i.choose(c), index, choices)
    for shift in (-1, 1):
        same(lambda i, c: np.choose(i, c), index + shift, choices)
        same(lambda i, c: np.choose(i, c, mode="wrap"), index + shift, choices)
        same(lambda i, c: np.choose(i, c, mode="clip"), index + shift, choices)
    same(lambda i, c: np.choose(i, c), index, np.arange(12).reshape(3, 4))
    same(lambda i: np.choose(i, (1, 2, 3)), index)


def test_bytes():
    for dtype in ("u1", "i2", "f8", "c8", "c16"):
        same(lambda a: a.byteswap().view(np.uint8), np.arange(6).astype(dtype).reshape(2, 3))
    same(lambda a: (np.frombuffer(a, np.uint8), np.frombuffer(a, np.int16, 3, 2)), np.arange(4, dtype="i4"))
    same(lambda a: np.frombuffer(a, np.int64, offset=4), np.arange(4, dtype="i4"))
    same(lambda a: (np.isfortran(a), np.isfortran(a.T), np.iterable(a), np.iterable(1)), A)

    def write(a):
        np.frombuffer(a, np.int64)[0] = 5
    same(write, np.arange(4, dtype="i4"))


def test_sharing():
    same(lambda a, b: (np.shares_memory(a, b), np.may_share_memory(a, a[1:]), np.may_share_memory(a[:1], a[1:]), np.shares_memory(a, a),
                       np.may_share_memory(a[:0], a)), A, A.copy())
    same(lambda a: (a.flat.copy(), a.T.flat.copy(), a.flat[1:4]), A)


def test_over_axes():
    same(lambda a: np.apply_over_axes(np.sum, a, (0, 2)), np.arange(24).reshape(2, 3, 4))
    same(lambda a: np.apply_over_axes(np.sum, a, 1), np.arange(24).reshape(2, 3, 4))
