"""Reductions that leave NaN out."""
import numpy as np

from numjit.lib.statistics import into, keep_all, last_axis, median, quantile


def _instead(a, value):
    """a with value where it is NaN; only floats and complex numbers can be."""
    if np.issubdtype(np.result_type(a), np.inexact):
        return np.where(np.isnan(a), np.result_type(a).type(value), a)
    return np.asarray(a)


def nansum(a, axis=None, dtype=None, out=None, keepdims=False):
    return np.sum(_instead(a, 0), axis, dtype, out, keepdims)


def nanprod(a, axis=None, dtype=None, out=None, keepdims=False):
    return np.prod(_instead(a, 1), axis, dtype, out, keepdims)


def nancumsum(a, axis=None, dtype=None):
    return np.cumsum(_instead(a, 0), axis, dtype)


def nancumprod(a, axis=None, dtype=None):
    return np.cumprod(_instead(a, 1), axis, dtype)


def nanmin(a, axis=None, out=None, keepdims=False):
    """The least element that is not NaN; NaN where there is none."""
    if not np.issubdtype(np.result_type(a), np.inexact):
        return np.min(a, axis, out, keepdims)
    if axis is None and np.size(a) == 0:
        raise ValueError("zero-size array to reduction operation fmin which has no identity")
    least = np.min(_instead(a, np.inf), axis, None, keepdims)
    return into(out, _or_nan(least, np.all(np.isnan(a), axis, None, keepdims)))


def nanmax(a, axis=None, out=None, keepdims=False):
    if not np.issubdtype(np.result_type(a), np.inexact):
        return np.max(a, axis, out, keepdims)
    if axis is None and np.size(a) == 0:
        raise ValueError("zero-size array to reduction operation fmax which has no identity")
    most = np.max(_instead(a, -np.inf), axis, None, keepdims)
    return into(out, _or_nan(most, np.all(np.isnan(a), axis, None, keepdims)))


def _or_nan(x, none):
    """x, but NaN where none."""
    if np.ndim(x) == 0:
        return np.multiply(x, np.nan) if none else x
    return np.where(none, np.nan, x)


def nanargmin(a, axis=None, out=None, *, keepdims=False):
    return np.argmin(_to_compare(a, np.inf, axis), axis, out, keepdims=keepdims)


def nanargmax(a, axis=None, out=None, *, keepdims=False):
    return np.argmax(_to_compare(a, -np.inf, axis), axis, out, keepdims=keepdims)


def _to_compare(a, value, axis):
    if np.any(np.isnan(a).all(axis=axis)):
        raise ValueError("All-NaN slice encountered")
    return _instead(a, value)


def _count(a, axis, keepdims):
    return np.sum(~np.isnan(a), axis, np.intp, None, keepdims)


def nanmean(a, axis=None, dtype=None, out=None, keepdims=False):
    if not np.issubdtype(np.result_type(a), np.inexact):
        return np.mean(a, axis, dtype, out, keepdims)
    total = np.sum(_instead(a, 0), axis, dtype, None, keepdims)
    return into(out, np.divide(total, _count(a, axis, keepdims)).astype(total.dtype))


def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    if not np.issubdtype(np.result_type(a), np.inexact):
        return np.var(a, axis, dtype, out, ddof, keepdims)
    off = np.where(np.isnan(a), np.result_type(a).type(0), a - nanmean(a, axis, dtype, None, True))
    total = np.sum(_squares(off), axis, None, None, keepdims)
    n = _count(a, axis, keepdims) - ddof
    return into(out, _or_nan(np.divide(total, n).astype(total.dtype), n <= 0))


def _squares(x):
    if np.iscomplexobj(x):
        return x.real * x.real + x.imag * x.imag
    return x * x


def nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    return into(out, np.sqrt(nanvar(a, axis, dtype, None, ddof, keepdims)))


def _without_nan(a):
    x = np.ravel(a)
    if np.issubdtype(x.dtype, np.inexact):
        return x[~np.isnan(x)]
    return x


def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    del overwrite_input
    if not np.issubdtype(np.result_type(a), np.inexact):
        return median(a, axis, out, False, keepdims)
    if axis is None:
        return into(out, keep_all(median(_without_nan(a)), a, keepdims))
    return into(out, _of_lanes(np.asarray(a), axis, 0.5, "linear", keepdims))


def nanquantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False):
    del overwrite_input
    if axis is None:
        return into(out, keep_all(_quantile(_without_nan(a), q, method), a, keepdims))
    if np.ndim(q) == 0:
        return into(out, _of_lanes(np.asarray(a), axis, q, method, keepdims))
    flat = np.ravel(q)
    lanes = np.asarray(_of_lanes(np.asarray(a), axis, 0.0, method, keepdims))
    result = np.empty((flat.size,) + lanes.shape, lanes.dtype)
    for k in range(flat.size):
        result[k] = _of_lanes(np.asarray(a), axis, flat[k], method, keepdims)
    return into(out, result.reshape(np.shape(q) + lanes.shape))


def nanpercentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False):
    del overwrite_input
    if np.ndim(q) == 0:
        return nanquantile(a, q / 100, axis, out, False, method, keepdims)
    return nanquantile(a, np.asarray(q) / 100, axis, out, False, method, keepdims)


def _quantile(x, q, method):
    """Of what is no NaN; NaN where nothing is left, unless whole numbers are picked among."""
    if not np.issubdtype(x.dtype, np.inexact):
        if method == "lower" or method == "higher" or method == "nearest" or method == "inverted_cdf" or method == "closest_observation":
            return quantile(x, q, None, None, False, method)
    if x.size == 0:
        return quantile(np.full(1, np.nan, np.result_type(x, 0.0)), q, None, None, False, method)
    return quantile(x, q, None, None, False, method)


def _of_lanes(a, axis, q, method, keepdims):
    x = last_axis(a, axis)
    if x.ndim == 1:
        return keep_all(_quantile(_without_nan(x), q, method), a, keepdims)
    out = np.empty(x.shape[:-1], np.asarray(_quantile(np.ones(1, x.dtype), q, method)).dtype)
    for i in np.ndindex(x.shape[:-1]):
        out[i] = _quantile(_without_nan(x[i]), q, method)
    return np.expand_dims(out, axis) if keepdims else out
