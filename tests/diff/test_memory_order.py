"""The order of memory: what np.nditer walks, which reshapes are views, axes that only the call knows."""
import itertools

import numpy as np
import pytest

from differential import same
from numjit import njit

A = np.arange(24.0)
M = np.arange(12.0).reshape(3, 4)
VIEWS = [M[::2, ::-1], M.T, np.asfortranarray(M), np.array(5.0), np.zeros((0, 3)), A.reshape(2, 3, 4)[:, 1, ::-2], np.ones(1),
         A.reshape(2, 3, 4).transpose(1, 2, 0)[::-1]]


def walk(order):
    def in_order(a):
        total, k = 0.0, 1
        for x in np.nditer(a, order=order):
            total += x.item() * k + x[()]
            k += 1
        return total
    return in_order


def test_nditer():
    for order in "KCF":
        f = walk(order)
        for a in VIEWS:
            if a.size:                  # a copy would have another order
                assert njit(f)(a) == f(a)
            else:
                same(f, a)


def test_nditer_of_two():
    def f(a, b):
        total, k = 0.0, 1
        for x, y in np.nditer((a, b)):
            total += k * (x.item() - 3 * y.item())
            k += 1
        return total
    for a in VIEWS:
        same(f, a, a.T.copy().T)
        same(f, a, A[:1])
    same(f, A[:6].reshape(3, 2), A[:2])
    same(f, A[:3], A[:2])


def test_nditer_writes():
    def twice(a):
        for x in np.nditer(a, op_flags=["readwrite"]):
            x[...] = 2 * x

    def into(a, b):
        for x, y in np.nditer([a, b], op_flags=[["readonly"], ["writeonly"]]):
            y[...] = 2 * x + 1
    for a in VIEWS:
        same(twice, a.copy())
        same(into, a, a.copy())
    fixed = A.copy()
    fixed.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        njit(twice)(fixed)


def strides_that_count(a):
    return [step for step, n in zip(a.strides, a.shape) if n > 1]


def shapes_of(n):
    return {(n,), (n, 1), (1, n), (1, n, 1)} | {(k, n // k) for k in (2, 3, 4, 6) if n % k == 0}


def test_reshape_is_a_view_where_there_are_strides():
    f = {"C": njit(lambda a, shape: a.reshape(shape)), "F": njit(lambda a, shape: a.reshape(shape, order="F"))}
    cube = A.reshape(2, 3, 4)
    for a in (cube, cube.T, cube[:, ::-1], cube[:, :, ::2], A[::2], A[::-1], A.reshape(4, 6)[::2], A.reshape(4, 6)[:, :1], A[:0],
              np.asfortranarray(A.reshape(4, 6)), A.reshape(2, 1, 12)[:, :, ::3], A.reshape(24, 1)[::2], np.broadcast_to(A[:3], (4, 3))):
        for shape, order in itertools.product(shapes_of(a.size) | {a.shape, a.shape + (1,)}, "CF"):
            want, got = a.reshape(shape, order=order), f[order](a, shape)
            assert np.array_equal(want, got) and np.shares_memory(want, a) == np.shares_memory(got, a)
            assert not np.shares_memory(want, a) or strides_that_count(want) == strides_that_count(got)


def test_axes_of_the_call():
    for a in (A.reshape(2, 3, 4), M, M.T, A.reshape(2, 3, 4)[:, ::-1]):
        for i, j in itertools.product(range(-4, 4), range(-3, 3)):
            same(lambda a, i, j: np.swapaxes(a, i, j), a, i, j)
            same(lambda a, i, j: np.moveaxis(a, i, j), a, i, j)
        for k in range(-1, 6):
            same(lambda a, k: np.rot90(a, k), a, k)


def test_printing(capfd):
    def f(a):
        print(a, (a[::2], 1.5), a + 1)
    f(M)
    want = capfd.readouterr().out
    njit(f)(M)
    assert capfd.readouterr().out == want


def test_messages_of_out():
    ints, floats = np.zeros(3, int), np.arange(3.0)
    floats.flags.writeable = False

    def add(a, b):
        a += b
    for f, args in ((add, (ints, floats)), (lambda a, b: np.sin(b, out=a), (ints, floats)), (add, (floats, ints))):
        with pytest.raises((TypeError, ValueError)) as want:
            f(*args)
        with pytest.raises((TypeError, ValueError)) as got:
            njit(f)(*args)
        assert str(got.value).splitlines()[0] == str(want.value)


@pytest.mark.parametrize("f", [lambda a: np.add(a, a, order="F"), lambda a: np.add(a, a, order="C"), lambda a: np.add(a, a, order="K"), lambda a: np.sin(a, order="F"),
                               lambda a: np.einsum("ij,ij->ij", a, a, order="F"), lambda a: np.einsum("ij->ji", a), lambda a: a.copy("K"), lambda a: a.copy()])
def test_an_order_asked_for(f):
    for a in (np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3))):
        want, got = f(a), njit(f)(a)
        assert (want.flags.c_contiguous, want.flags.f_contiguous) == (got.flags.c_contiguous, got.flags.f_contiguous)
        assert np.allclose(want, got) and np.shares_memory(want, a) == np.shares_memory(got, a)
