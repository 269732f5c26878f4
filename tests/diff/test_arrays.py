"""Views, dtypes, joining, choosing and laying out: each against NumPy, on arrays of every order, empty ones too."""
import numpy as np
import pytest

from differential import same

CUBE = np.arange(24.0).reshape(2, 3, 4)
ARRAYS = [CUBE[0], np.asfortranarray(CUBE[0]), CUBE[1, ::-1, ::2], np.zeros((0, 3)), np.zeros((3, 0), np.int8), CUBE[0].astype(np.complex64)]

ONE = """np.swapaxes(a, 0, 1); np.moveaxis(a, 0, -1); np.rollaxis(a, 1); np.expand_dims(a, (0, 2)); np.squeeze(a[None], 0)
a.diagonal(); a.diagonal(1); np.diagonal(a, -2); np.flip(a); np.flip(a, 0); np.fliplr(a); np.flipud(a); np.rot90(a); np.rot90(a, 3)
np.broadcast_to(a, (2,) + a.shape); np.broadcast_to(a[:1], (5, a.shape[1])); np.atleast_3d(a); a.view(np.uint8); a.flags.c_contiguous
a.flags.f_contiguous; a.flags["WRITEABLE"]; a.dtype == np.float64; a.dtype.kind; np.concatenate((a, a)); np.concatenate((a, a), axis=1)
np.stack((a, a), axis=-1); np.vstack((a, a[0])); np.hstack((a, a)); np.dstack((a, a)); np.column_stack((a, a[:, 0])); np.append(a, a)
np.array_split(a, 2, axis=1)[0]; np.where(a > 5, a, -a); np.where(True, 2.0, 3.0); np.where(a.size > 2, 1, 0.5); np.where(a)[0]; np.argwhere(a); np.flatnonzero(a); a.clip(2, 5) if a.dtype.kind != "c" else a
np.take(a[:, :0], np.array([], np.int64)); np.take(np.arange(5), np.array([0, -1, 9]), mode="clip"); a.flat[1:3]; a.ravel(order="F"); a.flatten("F"); a.reshape(-1, order="F")
np.roll(a, 1); np.roll(a, -1, axis=1); np.roll(a, (1, -2), (0, 1)); np.roll(a, 2, axis=(1, 0)); np.roll(a, (1, 1, 1), (0, 1)); np.roll(a, (1, 1), 0)
np.repeat(a, np.arange(a.shape[0]), axis=0); np.repeat(a, [2], -1); np.repeat(a, np.arange(5), 1); np.repeat(a, -1); np.repeat(a[:1, 0].sum(), 3); np.repeat(a, 2); np.repeat(a, 3, axis=0); np.tril(a); np.triu(a, 1); np.array([a, a]); a.conj()
np.array(a, ndmin=4); np.asfortranarray(a); np.ascontiguousarray(a); np.zeros_like(a, shape=(2, 2)); np.array(a, order="F", copy=True)
np.extract(a > 3, a); np.compress([False, True], a, axis=0) if a.shape[0] > 1 else a; np.delete(a, 0, axis=1) if a.shape[1] else a"""


@pytest.mark.parametrize("text", [t.strip() for line in ONE.splitlines() for t in line.split(";")])
def test_function(text):
    space = {"np": np}
    exec("def f(a):\n    return " + text, space)
    for a in ARRAYS:
        same(space["f"], a)


def writes(a, b):
    a.real = 3
    a.imag *= 2
    a.flat[1:3] = 9
    np.put(a, np.array([0, -1]), np.array([7]))
    np.putmask(a, b, a * 2)
    np.place(a, b, np.array([1, 2]))
    np.copyto(a, 5, where=~b)
    a.flat = np.array([1, 2, 3])
    return a


def test_writes():
    a = (CUBE[0] + 1j)
    same(writes, a, CUBE[0] > 4)
    same(writes, np.asfortranarray(a), CUBE[0] > 4)


def into_columns(a, b):
    out = np.zeros_like(a)
    to, of = np.swapaxes(out, 0, 1), np.swapaxes(a, 0, 1)
    to[1:] = of[:-1] * 2
    to[:1] = of[-1:]
    np.transpose(b, (2, 1, 0))[::2] += 1
    return out, b


def test_assignments_to_turned_views():
    for a in ARRAYS:
        if a.size:
            same(into_columns, a, CUBE)


def too_big(n):
    return np.zeros((n, n))


def test_size_overflows():
    same(too_big, 1 << 40)
    same(too_big, -1)
    with pytest.raises(MemoryError):
        __import__("numjit").njit(too_big)(1 << 24)


def mismatch(a, b):
    return np.concatenate((a, b))


def reversed_into(a):
    np.copyto(a[1:], a[:-1])
    return a


def test_errors_and_overlap():
    same(mismatch, np.zeros((2, 3)), np.zeros((2, 4)))
    same(reversed_into, np.arange(6))


def scalars(x):
    return np.float64(x).view(np.int64), np.finfo(np.float32).eps, np.iinfo(np.uint8).max, np.result_type(np.int8, np.uint8).itemsize


def test_scalars_and_dtypes():
    same(scalars, -0.0)
    same(scalars, 1.5)


def by_powers_of_two(a):
    return a // 1, a % 1, a // 2, a % 2, a // 8, a % 8, a // 64, a % 64


def one_by_powers_of_two(n):
    return n // 1, n % 1, n // 2, n % 2, n // 8, n % 8, n // 4611686018427387904, n % 4611686018427387904, divmod(n, 16)


def test_division_by_powers_of_two():
    for t in "bBhHiIlL":
        i = np.iinfo(t)
        same(by_powers_of_two, np.array([0, 1, 5, 7, 8, i.max, i.min, i.max - 3, i.min + 5], t))
        same(by_powers_of_two, np.arange(-70, 70).astype(t))
    for n in (0, 1, -1, 2, -2, 7, -7, -8, 2**63 - 1, -2**63):
        same(one_by_powers_of_two, n)


def by_class(n, a):
    x = np.ndarray((n, 2), dtype=np.float64)
    y = np.ndarray(n, dtype=a.dtype)
    x[:] = 3
    y[:] = 1
    return x, y, isinstance(a, np.ndarray), isinstance(n, np.ndarray)


def test_the_class_of_arrays_makes_one():
    same(by_class, 3, np.ones(2, "f4"))


def put_all(a, b):
    a[...] = b


@pytest.mark.parametrize("to, of", [((1,), (1, 3)), ((3,), (1, 2, 3)), ((3,), (2, 3)), ((3,), (1, 1, 2)), ((2, 3), (1, 1, 2, 2)), ((2, 3), (3, 2)),
                                    ((3,), (1, 1, 3)), ((2, 3), (1, 1, 3))])
def test_leading_axes_of_one_go(to, of):
    same(put_all, np.zeros(to), np.ones(of))


def shaped(a, shape):
    return a.reshape(shape)


@pytest.mark.parametrize("shape", [(2**62, 4), (2**62 + 1, 4), (2**32, 2**32), (0, -1), (-1, 0), (2, -1, 0), (0, 5), (-1, 2), (-1,), (-1, -1)])
@pytest.mark.parametrize("n", [0, 4])
def test_shapes_that_do_not_fit(n, shape):
    same(shaped, np.arange(n), shape)


def broadcast(n):
    return np.broadcast_to(np.ones(1), (n, n)).shape


def test_broadcasting_to_too_many_elements():
    same(broadcast, 2**33)
    same(broadcast, 2**20)


def squeezed(a):
    return a.squeeze(), np.squeeze(a.sum(axis=0, keepdims=True)), np.squeeze(a[:, None])


def test_squeeze_without_axis():
    same(squeezed, CUBE[0])
    same(squeezed, np.zeros((0, 3)))
    with pytest.raises(ValueError, match="axis= is needed where an axis has one element"):
        __import__("numjit").njit(squeezed)(CUBE[0][:1])


def test_transposed_without_axes():
    for a in np.arange(6.0).reshape(2, 3), np.ones(3), np.array(3.0), np.zeros((2, 0, 3)):
        same(lambda a: (np.transpose(a), np.transpose(a, None), np.permute_dims(a), a.transpose(), a.transpose(None), a.T), a)
