"""Order statistics, histograms, averages and covariances of samples."""
import math

import numpy as np

from numjit.lib.sorting import _last_place, sort


def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    """The middle element, or the mean of both middle ones; NaN where one is among them."""
    del overwrite_input
    if axis is None:
        return into(out, keep_all(_median(sort(np.ravel(a))), a, keepdims))
    x = sort(last_axis(np.asarray(a), axis), -1)
    n = x.shape[-1]
    result = np.mean(x[..., max(n - 1, 0) // 2:n // 2 + 1], -1)
    if n > 0:
        last = x[..., -1]
        result = np.where(np.isnan(last), last, result)[()]
    return into(out, np.expand_dims(result, axis) if keepdims else result)


def last_axis(a, axis):
    """a with this axis as its last; of a tuple of axes: with all of them as one."""
    if not isinstance(axis, tuple):
        return np.moveaxis(a, axis, -1)
    if len(axis) == 1:
        return np.moveaxis(a, axis[0], -1)
    if len(axis) == 2:
        x = np.moveaxis(a, axis, (-2, -1))
    elif len(axis) == 3:
        x = np.moveaxis(a, axis, (-3, -2, -1))
    else:
        x = np.moveaxis(a, axis, (-4, -3, -2, -1))
    kept = x.shape[:x.ndim - len(axis)]
    return x.reshape(kept + (math.prod(x.shape[x.ndim - len(axis):]),))


def into(out, result):
    """What out= makes of a result."""
    if out is None:
        return result
    return np.positive(result, out)


def keep_all(x, a, keepdims):
    """A result over all axes of a, each kept as one of length 1, if asked for."""
    return np.asarray(x).reshape(np.shape(x) + (1,) * np.ndim(a)) if keepdims else x


def _median(x):
    n = x.size
    if n == 0:
        return np.mean(x)
    if np.isnan(x[n - 1]):
        return np.mean(x[n - 1:])
    return np.mean(x[(n - 1) // 2:n // 2 + 1])


def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    """The value below which a part q of the elements lies."""
    del overwrite_input
    if np.iscomplexobj(a):
        raise TypeError("a must be an array of real numbers")
    if not np.all((np.asarray(q) >= 0) & (np.asarray(q) <= 1)):
        raise ValueError("Quantiles must be in the range [0, 1]")
    if axis is None:
        return into(out, keep_all(_quantiles(sort(np.ravel(a)), q, method), a, keepdims))
    result = _quantiles(np.moveaxis(sort(last_axis(np.asarray(a), axis), -1), -1, 0), q, method)
    return into(out, _kept(result, axis, np.ndim(q)) if keepdims else result)


def _kept(x, axis, front):
    """x with the axis, or axes, reduced, behind so many axes of its own."""
    if not isinstance(axis, tuple):
        return np.expand_dims(x, axis + front * (axis >= 0))
    if front == 0:
        return np.expand_dims(x, axis)
    if len(axis) == 1:
        return np.expand_dims(x, axis[0] + front * (axis[0] >= 0))
    if len(axis) == 2:
        return np.expand_dims(x, (axis[0] + front * (axis[0] >= 0), axis[1] + front * (axis[1] >= 0)))
    return np.expand_dims(x, (axis[0] + front * (axis[0] >= 0), axis[1] + front * (axis[1] >= 0), axis[2] + front * (axis[2] >= 0)))


def percentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    del overwrite_input
    if not np.all((np.asarray(q) >= 0) & (np.asarray(q) <= 100)):
        raise ValueError("Percentiles must be in the range [0, 100]")
    if np.ndim(q) == 0:
        return quantile(a, q / 100, axis, out, False, method, keepdims)
    return quantile(a, np.asarray(q) / 100, axis, out, False, method, keepdims)


def _quantiles(x, q, method):
    """x: sorted along its first axis."""
    if np.ndim(q) == 0:
        return _quantile(x, q, method)
    flat = np.ravel(q)
    out = np.empty((flat.size,) + x.shape[1:], _quantile(x, flat[0], method).dtype)
    for k in range(flat.size):
        out[k] = _quantile(x, flat[k], method)
    return out.reshape(np.shape(q) + x.shape[1:])


def _quantile(x, q, method):
    n = x.shape[0]
    if method == "lower":
        return _at(x, math.floor((n - 1) * q))
    if method == "higher":
        return _at(x, math.ceil((n - 1) * q))
    if method == "nearest":
        return _at(x, round((n - 1) * q))
    if method == "inverted_cdf":
        return _at(x, math.ceil(n * q) - 1)
    if method == "closest_observation":
        return _at(x, _closest(n * q - 1.5))
    if method == "linear":
        return _between(x, (n - 1) * q)
    if method == "averaged_inverted_cdf":
        return _halfway(x, n * q - 1)
    if method == "midpoint":
        return _between(x, (math.floor((n - 1) * q) + math.ceil((n - 1) * q)) / 2)
    if method == "interpolated_inverted_cdf":
        return _between(x, n * q - 1)
    if method == "hazen":
        return _between(x, n * q - 0.5)
    if method == "weibull":
        return _between(x, n * q + q - 1)
    if method == "median_unbiased":
        return _between(x, n * q + (q + 1) / 3 - 1)
    if method == "normal_unbiased":
        return _between(x, n * q + (q / 4 + 3 / 8) - 1)
    raise ValueError("'" + method + "' is not a valid method")


def _closest(place):
    """The next odd place below where place is whole, else the one above."""
    low = math.floor(place)
    return low if place == low and low % 2 == 1 else low + 1


def _at(x, k):
    return _nan_if_last(x, x[min(max(k, 0), x.shape[0] - 1)])


def _halfway(x, place):
    low = math.floor(place)
    return _interpolated(x, low, 0.5 if place == low else 1.0)


def _between(x, place):
    low = math.floor(place)
    return _interpolated(x, low, place - low)


def _interpolated(x, k, t):
    n = x.shape[0]
    low, high = x[min(max(k, 0), n - 1)], x[min(max(k + 1, 0), n - 1)]
    if t < 0.5:
        return _nan_if_last(x, np.add(low, np.multiply(np.subtract(high, low), t)))
    return _nan_if_last(x, np.subtract(high, np.multiply(np.subtract(high, low), 1 - t)))


def _nan_if_last(x, value):
    """NaN is sorted to the end."""
    if not np.issubdtype(x.dtype, np.inexact):
        return value
    if x.ndim == 1:
        return np.multiply(value, np.nan) if np.isnan(x[x.shape[0] - 1]) else value
    return np.where(np.isnan(x[-1]), x[-1], value)


def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    """The weighted mean, and by request the sum of the weights."""
    x = np.asarray(a)
    if weights is None:
        mean = x.mean(axis=axis, keepdims=keepdims)
        if np.size(mean) == 0:
            raise ZeroDivisionError("division by zero")
        if returned:
            return mean, np.ones_like(mean) * (x.size / np.size(mean))
        return mean
    w = _weights(x, np.asarray(weights), axis)
    scale = w.sum(axis=axis, dtype=np.result_type(x, w, 0.0), keepdims=keepdims)
    if np.any(scale == 0.0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    mean = np.sum(x.astype(np.result_type(x, w, 0.0)) * w, axis, None, None, keepdims) / scale
    if returned:
        return mean, scale
    return mean


def _weights(x, w, axis):
    if x.ndim == w.ndim:
        if x.shape != w.shape:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        return w
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    if w.size != x.shape[axis]:
        raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
    return np.moveaxis(np.broadcast_to(w, np.moveaxis(x, axis, -1).shape), -1, axis)


def bincount(x, weights=None, minlength=0):
    """How often each number from 0 to the greatest is there, or the sum of its weights."""
    if minlength < 0:
        raise ValueError("'minlength' must not be negative")
    if np.ndim(x) > 1:
        raise ValueError("object too deep for desired array")
    values = np.ravel(x)
    if not np.issubdtype(values.dtype, np.unsignedinteger):
        values = values.astype(np.intp, casting="safe", copy=False)
    n = minlength
    for v in values:
        if v < 0:
            raise ValueError("'list' argument must have no negative elements")
        n = max(n, v + 1)
    if weights is None:
        count = np.zeros(n, np.intp)
        for v in values:
            count[v] += 1
        return count
    w = np.asarray(weights)
    if w.size != values.size:
        raise ValueError("The weights and list don't have the same length.")
    total = np.zeros(n)
    for k in range(values.size):
        total[values[k]] += w[k]
    return total


def _outer_edges(x, range):
    if range is not None:
        low, high = float(range[0]), float(range[1])
        if low > high:
            raise ValueError("max must be larger than min in range parameter.")
        what = "supplied"
    elif x.size == 0:
        low, high = 0.0, 1.0
        what = ""
    else:
        low, high = float(x.min()), float(x.max())
        what = "autodetected"
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"{what} range of [{low}, {high}] is not finite")
    if low == high:
        return low - 0.5, high + 0.5
    return low, high


def histogram_bin_edges(a, bins=10, range=None, weights=None):
    """The edges of the bins: bins itself, or so many of one width."""
    del weights
    if np.ndim(bins) == 1:
        edges = np.asarray(bins)
        if np.any(edges[:-1] > edges[1:]):
            raise ValueError("`bins` must increase monotonically, when an array")
        return edges
    if bins < 1:
        raise ValueError("`bins` must be positive, when an integer")
    low, high = _outer_edges(np.ravel(a), range)
    kind = np.result_type(np.asarray(a), 0.0)
    if range is None:
        return np.linspace(kind.type(low), kind.type(high), bins + 1).astype(kind)
    return np.linspace(low, high, bins + 1).astype(kind)


def histogram(a, bins=10, range=None, density=None, weights=None):
    """How many elements (or what weight) each bin holds, and the edges; the last bin holds its upper edge too."""
    x = np.ravel(a)
    if weights is not None:
        if np.shape(weights) != np.shape(a):
            raise ValueError("weights should have the same shape as a.")
    edges = histogram_bin_edges(x, bins, range)
    if weights is None:
        count = np.zeros(edges.size - 1, np.intp)
        _count(x, edges, count, None, np.ndim(bins) == 0)
    else:
        count = np.zeros(edges.size - 1, np.asarray(weights).dtype)
        _count(x, edges, count, np.ravel(weights), np.ndim(bins) == 0)
    if density:
        return count / np.diff(edges) / count.sum(), edges
    return count, edges


def _count(x, edges, count, weights, even):
    for k in range(x.size):
        b = _bin(edges, x[k], even)
        if b >= 0:
            if weights is None:
                count[b] += 1
            else:
                count[b] += weights[k]


def _bin(edges, x, even):
    """The bin of x, or -1."""
    n = edges.size - 1
    low, high = edges[0], edges[n]
    if not (low <= x <= high):
        return -1
    if not even:
        return min(_last_place(edges, x), n) - 1
    b = min(np.intp((x - low) / (high - low) * n), n - 1)
    if x < edges[b]:
        return b - 1
    if x >= edges[b + 1] and b != n - 1:
        return b + 1
    return b


def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    """How many points (x[k], y[k]) each field of a grid holds; the edges of both axes."""
    if len(x) != len(y):
        raise ValueError("x and y must have the same length.")
    xs, ys = (None, None) if range is None else (range[0], range[1])
    px, py = (x, y) if range is None else (np.zeros(0), np.zeros(0))        # of a range the edges are float64
    if np.ndim(bins) == 0:
        ex, ey = histogram_bin_edges(px, bins, xs), histogram_bin_edges(py, bins, ys)
    else:
        ex, ey = histogram_bin_edges(px, bins[0], xs), histogram_bin_edges(py, bins[1], ys)
    count = np.zeros((ex.size - 1, ey.size - 1))
    for k in np.arange(len(x)):
        i, j = _bin(ex, x[k], np.ndim(bins) == 0), _bin(ey, y[k], np.ndim(bins) == 0)
        if i >= 0 and j >= 0:
            count[i, j] += 1 if weights is None else weights[k]
    if density:
        return count / count.sum() / (np.diff(ex).reshape(-1, 1) * np.diff(ey)), ex, ey
    return count, ex, ey


def _observations(m, rowvar):
    """A matrix with a variable a row."""
    x = np.asarray(m)
    if x.ndim == 1:
        return x.reshape(1, -1)
    return x if rowvar else x.T


def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    """The covariances of the variables."""
    if y is None:
        x = _observations(m, rowvar)
    else:
        x = np.concatenate((_observations(m, rowvar), _observations(y, rowvar)), 0)
    x = x.astype(np.result_type(x, np.float64) if dtype is None else dtype)
    lost = ddof if ddof is not None else 0 if bias else 1
    if fweights is None and aweights is None:
        off = x - x.mean(axis=1).reshape(-1, 1)
        c = _scaled(np.dot(off, off.T.conj()), x.shape[1] - lost)
    else:
        c = _weighted_cov(x, fweights, aweights, lost)
    if y is None and np.ndim(m) == 1:
        return c.reshape(())
    return c


def _weighted_cov(x, fweights, aweights, lost):
    w = np.ones(x.shape[1])
    if fweights is not None:
        w = w * fweights
    if aweights is not None:
        w = w * aweights
    total = w.sum()
    off = x - ((x * w).sum(axis=1) / total).reshape(-1, 1)
    c = np.dot(off, (off * w).T.conj())
    if aweights is None:
        return _scaled(c, total - lost)
    return _scaled(c, total - lost * (w * aweights).sum() / total)


def _scaled(c, n):
    if n <= 0:
        return c * np.inf
    return c * (1 / n)


def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    """The correlations of the variables."""
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    s = np.sqrt(np.diagonal(c).real)
    r = c / s.reshape(-1, 1) / s
    if np.iscomplexobj(r):
        return r
    return np.clip(r, -1, 1)


def convolve(a, v, mode="full"):
    """Every sum of products of a with v turned round and shifted."""
    x, y = np.atleast_1d(a), np.atleast_1d(v)
    if x.size == 0:
        raise ValueError("a cannot be empty")
    if y.size == 0:
        raise ValueError("v cannot be empty")
    if y.size > x.size:
        return _convolve(y, x, mode)
    return _convolve(x, y, mode)


def _convolve(x, y, mode):
    n, m = x.size, y.size
    out = np.zeros(n + m - 1, np.result_type(x, y))
    for k in range(m):
        out[k:k + n] += y[k] * x
    if mode == "full":
        return out
    if mode == "same":
        return out[(m - 1) // 2:(m - 1) // 2 + n]
    if mode == "valid":
        return out[m - 1:n]
    raise ValueError("mode must be one of 'valid', 'same', or 'full' (got '" + mode + "')")


def correlate(a, v, mode="valid"):
    """Every sum of products of a with v shifted."""
    x, y = np.atleast_1d(a), np.atleast_1d(v)
    if x.size == 0 or y.size == 0:
        raise ValueError("first array argument cannot be empty" if x.size == 0 else "second array argument cannot be empty")
    if y.size > x.size:
        return _convolve(y, x[::-1].conj(), mode)[::-1].conj()
    return _convolve(x, y[::-1].conj(), mode)
