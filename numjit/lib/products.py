"""Products of arrays that are not a matrix product: those are in src/np/linalg.c."""
import math

import numpy as np


def outer(a, b, out=None):
    """Every product of an element of a with one of b, both flattened: shape (a.size, b.size)."""
    if out is None:
        return np.ravel(a).reshape(-1, 1) * np.ravel(b)
    return np.multiply(np.ravel(a).reshape(-1, 1), np.ravel(b), out)


def kron(a, b):
    """The Kronecker product: b times each element of a, in place of it."""
    x, y = np.asarray(a), np.asarray(b)
    if x.ndim == 0 or y.ndim == 0:
        return np.multiply(a, b)
    if x.ndim < y.ndim:
        return kron(x.reshape((1,) * (y.ndim - x.ndim) + x.shape), y)
    if y.ndim < x.ndim:
        return kron(x, y.reshape((1,) * (x.ndim - y.ndim) + y.shape))
    outer = x.reshape(_spread(x.shape, 0, 1)) * y.reshape(_spread(y.shape, 1, 0))
    return outer.reshape(_spans(x.shape, y.shape))


def _spread(shape, before, behind):
    """shape with so many axes of 1 before and behind each."""
    if len(shape) == 0:
        return ()
    return (1,) * before + shape[:1] + (1,) * behind + _spread(shape[1:], before, behind)


def _spans(shape, times):
    if len(shape) == 0:
        return ()
    return (shape[0] * times[0],) + _spans(shape[1:], times[1:])


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The vector product of vectors of three components, along the last axis or these."""
    if axis is not None:
        return cross(a, b, axis, axis, axis)
    x, y = np.moveaxis(np.asarray(a), axisa, -1), np.moveaxis(np.asarray(b), axisb, -1)
    if x.shape[-1] != 3 or y.shape[-1] != 3:
        raise ValueError("incompatible dimensions for cross product\n(dimension must be 2 or 3)")
    c0 = x[..., 1] * y[..., 2] - x[..., 2] * y[..., 1]
    out = np.empty(np.shape(c0) + (3,), np.result_type(x, y))
    out[..., 0] = c0
    out[..., 1] = x[..., 2] * y[..., 0] - x[..., 0] * y[..., 2]
    out[..., 2] = x[..., 0] * y[..., 1] - x[..., 1] * y[..., 0]
    return np.moveaxis(out, -1, axisc)


def matvec(x1, x2):
    """Matrices times vectors."""
    return np.matmul(x1, np.expand_dims(x2, -1))[..., 0]


def vecmat(x1, x2):
    """Conjugated vectors times matrices."""
    return np.matmul(np.expand_dims(np.conj(x1), -2), x2)[..., 0, :]


def tensordot(a, b, axes=2):
    """Sums of products over the last `axes` axes of a and the first ones of b, or over the axes of two tuples."""
    x, y = np.asarray(a), np.asarray(b)
    if not isinstance(axes, int):
        return _tensordot(x, y, axes[0], axes[1])
    if x.shape[x.ndim - axes:] != y.shape[:axes]:
        raise ValueError("shape-mismatch for sum")
    rest, columns = x.shape[:x.ndim - axes], y.shape[axes:]
    n = math.prod(y.shape[:axes])
    return np.dot(x.reshape(math.prod(rest), n), y.reshape(n, math.prod(columns))).reshape(rest + columns)


def _tensordot(x, y, first, second):
    """Over these axes of x, moved behind the others, and of y, moved before them."""
    if isinstance(first, int):
        return tensordot(np.moveaxis(x, first, -1), np.moveaxis(y, second, 0), 1)
    if len(first) == 1:
        return tensordot(np.moveaxis(x, first, (-1,)), np.moveaxis(y, second, (0,)), 1)
    if len(first) == 2:
        return tensordot(np.moveaxis(x, first, (-2, -1)), np.moveaxis(y, second, (0, 1)), 2)
    return tensordot(np.moveaxis(x, first, (-3, -2, -1)), np.moveaxis(y, second, (0, 1, 2)), 3)


def polyval(p, x):
    """The polynomial with these coefficients, the highest power first, at x."""
    y = np.multiply(x, 0)
    if np.ndim(p) > 1:
        y = y + np.zeros(np.shape(p)[1:], np.result_type(p))
    for c in p:
        y = y * x + c
    return y
