"""The methods of ufuncs, and the inner loops of those that @vectorize and @guvectorize make."""
import math

import numpy as np


def run_loop(f, *operands):
    """Calls f for each index of the operands' first axes, in order: f writes its results, or it is stored in the last."""
    for k in range(operands[0].shape[0]):
        if getattr(f, "layout", None) is None:
            operands[-1][k] = f(*(x[k] for x in operands[:-1]))
        else:
            f(*(x[k:k + 1] if x.ndim == 1 else x[k] for x in operands))


def loop(f, *operands):
    run_loop(f, *operands)


def _start(f, x):
    """What a reduction of the rows of x starts with, where the ufunc has an identity: None, if it has none."""
    if f is np.logical_and:
        return True
    if f is np.logical_or or f is np.logical_xor:
        return False
    if f is np.bitwise_or or f is np.bitwise_xor or f is np.gcd:
        return np.zeros(1, x.dtype)[0]
    if f is np.bitwise_and:
        return ~np.zeros(1, x.dtype)[0]
    if f is np.logaddexp or f is np.logaddexp2:
        return -np.inf
    if f is np.hypot or f is np.add or f is np.multiply:
        return np.asarray(f(x[:0], x[:0])).dtype.type(1 if f is np.multiply else 0)
    return None


def _fold(f, x, initial, where):
    """f over the first axis of x, in order."""
    start = _start(f, x) if initial is None else initial
    n = x.shape[0]
    if start is None:
        if n == 0:
            raise ValueError(f"zero-size array to reduction operation {f.__name__} which has no identity")
        acc, first = f(x[0], x[0]), 1
        if x.ndim == 1:
            acc = x[0]
        else:
            acc[...] = x[0]
    else:
        first = 0
        if x.ndim == 1:
            acc = start
        else:
            acc = np.empty(x.shape[1:], np.asarray(f(start, x[:0])).dtype)
            acc[...] = start
    for k in range(first, n):
        if where is True:
            acc = f(acc, x[k])
        else:
            acc = np.where(where, f(acc, x[k]), acc)
    return acc


def reduce(f, array, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True):
    """f(...f(f(x0, x1), x2)..., xn) along an axis, several or all (None)."""
    a = np.asarray(array)
    if out is not None:
        out[...] = reduce(f, a, axis, dtype, None, keepdims, initial, where)
        return out
    if f is np.add and initial is None and where is True:
        return np.sum(a, axis, dtype, None, keepdims)
    if f is np.add:
        return np.sum(a, axis, dtype, None, keepdims, 0 if initial is None else initial, where)
    if f is np.multiply and initial is None and where is True:
        return np.prod(a, axis, dtype, None, keepdims)
    if f is np.maximum and initial is None and where is True:
        return np.max(a, axis, None, keepdims)
    if f is np.minimum and initial is None and where is True:
        return np.min(a, axis, None, keepdims)
    if dtype is not None:
        a = a.astype(dtype)
    if axis is None:
        r = _fold(f, np.ravel(a), initial, where)
        return np.asarray(r).reshape((1,) * a.ndim) if keepdims else r
    if isinstance(axis, tuple):
        x = _front(a, axis)
    else:
        x = np.moveaxis(a, axis, 0)
    r = _fold(f, x, initial, where)
    return np.expand_dims(r, axis) if keepdims else r


def _front(a, axis):
    """These axes as one, the first."""
    if len(axis) == 2:
        x = np.moveaxis(a, axis, (0, 1))
    else:
        x = np.moveaxis(a, axis, (0, 1, 2))
    return np.ascontiguousarray(x).reshape((math.prod(x.shape[:len(axis)]),) + x.shape[len(axis):])


def accumulate(f, array, axis=0, dtype=None, out=None):
    """All the results on the way of a reduction along an axis."""
    a = np.asarray(array)
    if out is not None:
        out[...] = accumulate(f, a, axis, dtype)
        return out
    if f is np.add:
        return np.cumsum(a, axis, dtype)
    if f is np.multiply:
        return np.cumprod(a, axis, dtype)
    x = np.moveaxis(a, axis, 0)
    if dtype is None:
        result = np.empty(x.shape, np.asarray(f(x[:0], x[:0])).dtype)
    else:
        result = np.empty(x.shape, dtype)
    if x.shape[0] > 0:
        result[0] = x[0]
    for k in range(1, x.shape[0]):
        result[k] = f(result[k - 1], x[k])
    return np.moveaxis(result, 0, axis)


def outer(f, A, B):
    """f of every pair of an element of A and one of B."""
    a, b = np.asarray(A), np.asarray(B)
    return f(a.reshape(a.shape + (1,) * b.ndim), b)


def reduceat(f, array, indices, axis=0, dtype=None, out=None):
    """Reductions of the parts that begin at the indices; where the next index is not larger, the element itself."""
    x, places = np.moveaxis(np.asarray(array), axis, 0), np.asarray(indices)
    n = x.shape[0]
    if dtype is not None:
        result = np.empty(places.shape + x.shape[1:], dtype)
    elif f is np.add or f is np.multiply:
        result = np.empty(places.shape + x.shape[1:], np.asarray(np.sum(x[:0])).dtype)
    else:
        result = np.empty(places.shape + x.shape[1:], np.asarray(f(x[:0], x[:0])).dtype)
    for k in range(places.size):
        begin = places[k]
        if begin < 0 or begin >= n:
            raise IndexError(f"index {begin} out-of-bounds in {f.__name__}.reduceat [0, {n})")
        end = places[k + 1] if k + 1 < places.size else n
        result[k] = x[begin]
        for j in range(begin + 1, end):
            result[k] = f(result[k], x[j])
    return np.moveaxis(result, 0, axis)


def at(f, a, indices, b=None):
    """a[i] = f(a[i], b) for each of the indices in turn: one that stands there twice is done twice."""
    if isinstance(indices, tuple):
        if len(indices) == 1:
            _at(f, a, np.asarray(indices[0]), b)
        else:
            _at_pairs(f, a, np.asarray(indices[0]), np.asarray(indices[1]), b)
    else:
        _at(f, a, np.asarray(indices), b)


def _at(f, a, places, b):
    if b is None:
        for i in places.flat:
            a[i] = f(a[i])
    else:
        values = np.broadcast_to(np.asarray(b), places.shape + a.shape[1:])
        for k in np.ndindex(places.shape):
            a[places[k]] = f(a[places[k]], values[k])


def _at_pairs(f, a, rows, columns, b):
    if b is None:
        for k in np.ndindex(rows.shape):
            a[rows[k], columns[k]] = f(a[rows[k], columns[k]])
    else:
        values = np.broadcast_to(np.asarray(b), rows.shape)
        for k in np.ndindex(rows.shape):
            a[rows[k], columns[k]] = f(a[rows[k], columns[k]], values[k])
