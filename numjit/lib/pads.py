"""Arrays with something added: pad, insert."""
import numpy as np


def pad(array, pad_width, mode="constant", *, stat_length=None, constant_values=0, end_values=0, reflect_type="even"):
    """array with so many elements before and after it along each axis."""
    x = np.asarray(array)
    widths = np.broadcast_to(np.asarray(pad_width), (x.ndim, 2))
    if np.any(widths < 0):
        raise ValueError("index can't contain negative values")
    for k in tuple(range(x.ndim)):
        x = _along(x, k, widths[k, 0], widths[k, 1], mode, stat_length, constant_values, end_values, reflect_type)
    return x


def _pair(values, ndim, axis):
    """Those for before and after along axis: of one number, of a pair, or of a pair for each axis."""
    return np.broadcast_to(np.asarray(values), (ndim, 2))[axis]


def _constant(value, dtype):
    """As NumPy puts a number into an array: signed integers do not wrap."""
    return int(value) if np.issubdtype(dtype, np.signedinteger) else value


def _along(x, axis, before, after, mode, stat_length, constant_values, end_values, reflect_type):
    n = x.shape[axis]
    if mode != "constant" and mode != "empty" and n == 0:
        if before + after > 0:
            raise ValueError("can't extend empty axis using modes other than 'constant' or 'empty'")
        return x
    if mode == "edge" or mode == "wrap" or mode == "symmetric" or (mode == "reflect" and reflect_type == "even"):
        return np.take(x, _places(before, n, after, mode), axis)
    out = np.empty(x.shape[:axis] + (before + n + after,) + x.shape[axis + 1:], x.dtype)
    lane, inside = np.moveaxis(out, axis, 0), np.moveaxis(x, axis, 0)
    lane[before:before + n] = inside
    if mode == "constant":
        values = _pair(constant_values, x.ndim, axis)
        lane[:before] = _constant(values[0], x.dtype)
        lane[before + n:] = _constant(values[1], x.dtype)
    elif mode == "linear_ramp":
        ends = _pair(end_values, x.ndim, axis)
        lane[:before] = np.linspace(ends[0], inside[0], before, False, dtype=x.dtype)
        lane[before + n:] = np.linspace(ends[1], inside[-1], after, False, dtype=x.dtype)[::-1]
    elif mode != "empty":
        first, last = n, n
        if stat_length is not None:
            lengths = _pair(stat_length, x.ndim, axis)
            first, last = min(lengths[0], n), min(lengths[1], n)
        lane[:before] = _statistic(inside[:first], mode, x.dtype)
        lane[before + n:] = _statistic(inside[n - last:], mode, x.dtype)
    return out


def _places(before, n, after, mode):
    """Which of n elements stands at each place."""
    i = np.arange(-before, n + after)
    if mode == "edge":
        return np.clip(i, 0, n - 1)
    if mode == "wrap":
        return i % n
    if mode == "symmetric":
        return np.minimum(i % (2 * n), 2 * n - 1 - i % (2 * n))
    period = max(2 * n - 2, 1)
    return np.minimum(i % period, period - i % period) % n


def _statistic(x, mode, dtype):
    if mode == "maximum":
        return np.max(x, axis=0)
    if mode == "minimum":
        return np.min(x, axis=0)
    value = _mean_or_median(x, mode)
    return np.rint(value) if np.issubdtype(dtype, np.integer) else value


def _mean_or_median(x, mode):
    if mode == "mean":
        return np.mean(x, axis=0)
    if mode == "median":
        return np.median(x, axis=0)
    raise ValueError("mode '" + mode + "' is not supported")


def insert(arr, obj, values, axis=None):
    """arr with values before the items that obj (an int, a slice, indices or a mask) names along axis."""
    x = np.asarray(arr)
    if axis is None:
        return _insert(x.ravel(), obj, values, 0)
    return _insert(x, obj, values, axis)


def _insert(x, obj, values, axis):
    if isinstance(obj, slice):
        return _at_each(x, np.arange(x.shape[axis])[obj], values, axis)
    index = np.asarray(obj)
    if np.issubdtype(index.dtype, np.bool_):
        return _at_each(x, np.flatnonzero(index), values, axis)
    new = np.array(values, x.dtype, ndmin=x.ndim)
    if index.ndim == 0:
        return _at_one(x, index[()], np.moveaxis(new, 0, axis), axis)
    if index.size == 1:
        return _at_one(x, index[0], new, axis)
    return _at_each(x, index.astype(np.intp) if index.dtype.kind in "iu" else index, values, axis)


def _extended(x, axis, n):
    return np.empty(x.shape[:axis] + (x.shape[axis] + n,) + x.shape[axis:][1:], x.dtype)


def _at_one(x, index, new, axis):
    n, m = x.shape[axis], new.shape[axis]
    if index < -n or index > n:
        raise IndexError(f"index {index} is out of bounds for axis {axis} with size {n}")
    at = index + n if index < 0 else index
    out = _extended(x, axis, m)
    lane, had = np.moveaxis(out, axis, 0), np.moveaxis(x, axis, 0)
    lane[:at] = had[:at]
    lane[at:at + m] = np.moveaxis(new, axis, 0)
    lane[at + m:] = had[at:]
    return out


def _at_each(x, index, values, axis):
    m = index.size
    places = np.where(index < 0, index + x.shape[axis], index)
    order = np.argsort(places, kind="stable")
    places[order] += np.arange(m)
    old = np.ones(x.shape[axis] + m, np.bool_)
    old[places] = False
    out = _extended(x, axis, m)
    new = np.empty(x.shape[:axis] + (m,) + x.shape[axis:][1:], x.dtype)
    new[...] = values
    lane = np.moveaxis(out, axis, 0)
    lane[places] = np.moveaxis(new, axis, 0)
    lane[old] = np.moveaxis(x, axis, 0)
    return out
