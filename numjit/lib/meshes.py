"""Grids of coordinates, and arrays put together from pieces: indices, meshgrid, mgrid, r_, block, tile."""
import math

import numpy as np


def _turned(x, axis, ndim):
    """The vector x along one of ndim axes."""
    return x.reshape((1,) * axis + (-1,) + (1,) * (ndim - 1 - axis))


def indices(dimensions, dtype=int, sparse=False):
    """For each axis the index along it: one array, or (sparse) a tuple of those that broadcast to it."""
    n = len(dimensions)
    if sparse:
        axes = ()
        for k, extent in enumerate(dimensions):
            axes = axes + (_turned(np.arange(extent, dtype=dtype), k, n),)
        return axes
    out = np.empty((n,) + dimensions, dtype)
    for k, extent in enumerate(dimensions):
        out[k] = _turned(np.arange(extent, dtype=dtype), k, n)
    return out


def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    """The coordinates of a grid with these along its axes; "xy": the first two axes change places."""
    if indexing != "xy" and indexing != "ij":
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    columns = ()
    for k, x in enumerate(xi):
        columns = columns + (_turned(np.asarray(x).ravel(), len(_place(k, len(xi), indexing)), len(xi)),)
    grid = columns if sparse else np.broadcast_arrays(*columns)
    return _copies(grid) if copy else grid


def _place(k, n, indexing):
    """The axis of the k-th of n vectors, as a tuple of that length: so that it is known when compiling."""
    if indexing == "xy" and n > 1 and k < 2:
        return (0,) * (1 - k)
    return (0,) * k


def _copies(arrays):
    out = ()
    for a in arrays:
        out = out + (a.copy(),)
    return out


def fromfunction(function, shape, *, dtype=float):
    """function of the indices of all elements, an array for each axis."""
    return function(*_rows(indices(shape, dtype), len(shape)))


def _rows(x, n):
    return () if n == 0 else _rows(x, n - 1) + (x[n - 1],)


def mask_indices(n, mask_func, k=0):
    """Where mask_func leaves elements of a matrix of ones."""
    return np.nonzero(mask_func(np.ones((n, n), int), k) != 0)


def mgrid(key):
    """mgrid[...]: a dense grid; steps that are complex count points, the last one included."""
    if isinstance(key, slice):
        return _points(key)
    columns = ogrid(key)
    shape = np.broadcast_shapes(*_shapes(columns))
    out = np.empty((len(columns),) + shape, np.result_type(*columns))
    for k, x in enumerate(columns):
        out[k] = x
    return out


def ogrid(key):
    """ogrid[...]: the same as arrays that broadcast to the grid."""
    if isinstance(key, slice):
        return _points(key)
    columns = ()
    for k, s in enumerate(key):
        columns = columns + (_turned(_points(s), k, len(key)),)
    kind = np.result_type(*columns)
    out = ()
    for x in columns:
        out = out + (x.astype(kind, copy=False),)
    return out


def _shapes(arrays):
    out = ()
    for a in arrays:
        out = out + (a.shape,)
    return out


def _points(s):
    """What a slice stands for."""
    start = 0 if s.start is None else s.start
    step = 1 if s.step is None else s.step
    if np.iscomplexobj(step):
        n = int(abs(step))
        width = (s.stop - start) / float(n - 1) if n != 1 else 1.0
        return np.arange(n) * width + start
    return np.arange(start, s.stop, step)


def r_(key):
    """r_[...]: vectors, slices and scalars one after another."""
    if isinstance(key, tuple):
        pieces, given = (), ()
        for x in key:
            pieces = pieces + (_piece(x),)
            given = given + (_points(x) if isinstance(x, slice) else x,)
        return np.concatenate(pieces, dtype=np.result_type(*given))     # Python's numbers are weak
    return _piece(key)


def c_(key):
    """c_[...]: vectors as the columns of a matrix."""
    if isinstance(key, tuple):
        pieces = ()
        for x in key:
            pieces = pieces + (_column(_piece(x)),)
        return np.concatenate(pieces, -1)
    return _column(_piece(key))


def _piece(x):
    if isinstance(x, slice):
        return _points(x)
    return np.atleast_1d(x)


def _column(x):
    return x.reshape(-1, 1) if x.ndim == 1 else x


def block(arrays):
    """Nested lists of blocks put together, the innermost along the last axis."""
    depth = _depth(arrays)
    return _joined(arrays, depth, _longer(depth, _most(arrays)))


# Numbers that must be known when compiling are the lengths of tuples here: those are part of the type of what is returned.
def _depth(x):
    """How deep the lists are."""
    if isinstance(x, (list, tuple)):
        return (0,) + _depth(x[0])
    return ()


def _most(x):
    """The largest number of axes of a block."""
    if isinstance(x, (list, tuple)):
        most = ()
        for item in x:
            most = _longer(most, _most(item))
        return most
    return (0,) * np.ndim(x)


def _longer(a, b):
    return a if len(a) > len(b) else b


def _joined(x, depth, ndim):
    if isinstance(x, (list, tuple)):
        parts = ()
        for item in x:
            parts = parts + (_joined(item, depth[1:], ndim),)
        return np.concatenate(parts, -len(depth))
    return np.array(x, ndmin=len(ndim))


def tile(A, reps):
    """A repeated so often along each axis."""
    x = np.asarray(A)
    if np.ndim(reps) == 0:
        return tile(x, (reps,))
    n = max(x.ndim, len(reps))
    times = (1,) * (n - len(reps)) + tuple(reps)
    shape = (1,) * (n - x.ndim) + x.shape
    wide, whole, source = (), (), ()
    for t, e in zip(times, shape):
        wide, whole, source = wide + (t, e), whole + (t * e,), source + (1, e)
    return np.broadcast_to(x.reshape(source), wide).copy().reshape(whole)
