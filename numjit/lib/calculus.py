"""Differences, gradients and integrals of samples, and what lies between them."""
import numpy as np


def diff(a, n=1, axis=-1, prepend=None, append=None):
    """The n-th differences along axis; the axis is n shorter."""
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    if n == 0:
        return a
    if n == 1 and axis == 0 and prepend is None and append is None and np.ndim(a) > 0:
        return _difference_of_rows(np.asarray(a))
    x = np.moveaxis(np.asarray(a), axis, -1)
    if prepend is not None:
        x = np.concatenate((_ending(prepend, x, axis), x), -1)
    if append is not None:
        x = np.concatenate((x, _ending(append, x, axis)), -1)
    out = _difference(x)
    if n > 1:
        for _ in range(n - 1):
            out = _difference(out)
    return np.moveaxis(out, -1, axis)


def _difference(x):
    if np.issubdtype(x.dtype, np.bool_):
        return np.ascontiguousarray(x[..., 1:] != x[..., :-1])
    return np.ascontiguousarray(x[..., 1:] - x[..., :-1])


def _difference_of_rows(x):
    if np.issubdtype(x.dtype, np.bool_):
        return x[1:] != x[:-1]
    return x[1:] - x[:-1]


def _ending(value, x, axis):
    if np.ndim(value) == 0:
        return np.full(x.shape[:-1] + (1,), value)
    return np.moveaxis(np.asarray(value), axis, -1)


def ediff1d(ary, to_end=None, to_begin=None):
    """The differences of the flat array, between others."""
    x = np.ravel(ary)
    d = x[1:] - x[:-1]
    begin = 0 if to_begin is None else np.size(to_begin)
    end = 0 if to_end is None else np.size(to_end)
    out = np.empty(begin + d.size + end, d.dtype)
    out[begin:begin + d.size] = d
    if to_begin is not None:
        out[:begin] = np.ravel(to_begin)
    if to_end is not None:
        out[begin + d.size:] = np.ravel(to_end)
    return out


def gradient(f, *varargs, axis=None, edge_order=1):
    """Central differences over the distance of the samples; one-sided ones at both ends. Of several axes: a tuple."""
    x = np.asarray(f)
    if axis is None:
        if x.ndim == 1:
            return _gradient(x, _spacing(x, varargs, 0, 1, 0), 0, edge_order)
        return _gradients(x, varargs, edge_order, 0)
    if isinstance(axis, tuple):
        several = _along_axes(x, varargs, edge_order, axis, 0)
        return several if len(axis) > 1 else several[0]
    return _gradient(x, _spacing(x, varargs, 0, 1, axis), axis, edge_order)


def _along_axes(x, varargs, edge_order, axes, k):
    if k == len(axes):
        return ()
    return (_gradient(x, _spacing(x, varargs, k, len(axes), axes[k]), axes[k], edge_order),) + _along_axes(x, varargs, edge_order, axes, k + 1)


def _spacing(x, varargs, k, n, axis):
    """The distances along the k-th of n axes."""
    if len(varargs) == 0:
        return 1.0
    if len(varargs) == 1 and np.ndim(varargs[0]) == 0:
        return varargs[0]
    if len(varargs) != n:
        raise TypeError("invalid number of arguments")
    h = varargs[k]
    if np.ndim(h) > 1:
        raise ValueError("distances must be either scalars or 1d")
    if np.ndim(h) == 1 and len(h) != x.shape[axis]:
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    return h


def _gradients(x, varargs, edge_order, axis):
    first = (_gradient(x, _spacing(x, varargs, axis, x.ndim, axis), axis, edge_order),)
    if axis == x.ndim - 1:
        return first
    return first + _gradients(x, varargs, edge_order, axis + 1)


def _gradient(f, h, axis, edge_order):
    if f.shape[axis] < edge_order + 1:
        raise ValueError("Shape of array too small to calculate a numerical gradient, "
                         "at least (edge_order + 1) elements are required.")
    y = np.moveaxis(f, axis, -1)
    if not np.issubdtype(y.dtype, np.inexact):
        y = y.astype(np.float64)
    out = np.empty(y.shape, y.dtype)
    if np.ndim(h) == 0:
        _even_gradient(y, h, out, edge_order)
    else:
        _uneven_gradient(y, np.diff(np.asarray(h)), out, edge_order)
    return np.moveaxis(out, -1, axis)


def _even_gradient(y, h, out, edge_order):
    out[..., 1:-1] = (y[..., 2:] - y[..., :-2]) / (2.0 * h)
    if edge_order == 1:
        out[..., 0] = (y[..., 1] - y[..., 0]) / h
        out[..., -1] = (y[..., -1] - y[..., -2]) / h
    else:
        out[..., 0] = -1.5 / h * y[..., 0] + 2.0 / h * y[..., 1] + -0.5 / h * y[..., 2]
        out[..., -1] = 0.5 / h * y[..., -3] + -2.0 / h * y[..., -2] + 1.5 / h * y[..., -1]


def _uneven_gradient(y, d, out, edge_order):
    p, q = d[:-1], d[1:]
    out[..., 1:-1] = -q / (p * (p + q)) * y[..., :-2] + (q - p) / (p * q) * y[..., 1:-1] + p / (q * (p + q)) * y[..., 2:]
    if edge_order == 1:
        out[..., 0] = (y[..., 1] - y[..., 0]) / d[0]
        out[..., -1] = (y[..., -1] - y[..., -2]) / d[-1]
    else:
        out[..., 0] = _uneven_edge(y[..., 0], y[..., 1], y[..., 2], d[0], d[1])
        out[..., -1] = -_uneven_edge(y[..., -1], y[..., -2], y[..., -3], d[-1], d[-2])


def _uneven_edge(y0, y1, y2, p, q):
    return -(2.0 * p + q) / (p * (p + q)) * y0 + (p + q) / (p * q) * y1 - p / (q * (p + q)) * y2


def interp(x, xp, fp, left=None, right=None, period=None):
    """Values at x (scalar or array) of the piecewise linear function through (xp, fp), xp increasing."""
    px, py = np.asarray(xp), np.asarray(fp)
    if px.size == 0:
        raise ValueError("array of sample points is empty")
    if px.size != py.size:
        raise ValueError("fp and xp are not of the same length.")
    if period is None:
        low = py[0] * 1.0 if left is None else left
        high = py[-1] * 1.0 if right is None else right
        return _interpolated(x, px, py, low, high)
    if period == 0:
        raise ValueError("period must be a non-zero value")
    p = abs(period)
    px = px % p
    order = np.argsort(px)
    px, py = px[order], py[order]
    px = np.concatenate((px[-1:] - p, px, px[:1] + p))
    return _interpolated(np.asarray(x) % p, px, np.concatenate((py[-1:], py, py[:1])), py[0] * 1.0, py[0] * 1.0)


def _interpolated(x, xp, fp, left, right):
    if np.ndim(x) == 0:
        return _at(np.asarray(x)[()], xp, fp, left, right)
    points = np.asarray(x)
    flat = points.ravel()
    out = np.empty(flat.size, np.result_type(fp, np.float64))
    for k in range(flat.size):
        out[k] = _at(flat[k], xp, fp, left, right)
    return out.reshape(points.shape)


def _at(x, xp, fp, left, right):
    n = xp.size
    if x != x and n > 1:
        return x + 0.0 * fp[0]
    if x < xp[0]:
        return left + 0.0
    if x > xp[n - 1]:
        return right + 0.0
    low, high = 0, n
    while high - low > 1:
        mid = (low + high) >> 1
        if xp[mid] <= x:
            low = mid
        else:
            high = mid
    if low == n - 1 or x == xp[low]:
        return fp[low] + 0.0
    return _on_line(x * 1.0, xp[low], xp[low + 1], fp[low], fp[low + 1])


def _on_line(x, x0, x1, y0, y1):
    slope = (y1 - y0) / (x1 - x0)
    y = slope * (x - x0) + y0
    if y != y:
        y = slope * (x - x1) + y1
        if y != y and y0 == y1:
            y = y0 + 0.0
    return y


def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral of samples by the trapezoidal rule."""
    v = np.moveaxis(np.asarray(y), axis, -1)
    if x is None:
        return (dx * (v[..., 1:] + v[..., :-1]) / 2.0).sum(axis=-1)
    if np.ndim(x) == 1:
        return (np.diff(np.asarray(x)) * (v[..., 1:] + v[..., :-1]) / 2.0).sum(axis=-1)
    d = np.diff(np.moveaxis(np.asarray(x), axis, -1))
    return (d * (v[..., 1:] + v[..., :-1]) / 2.0).sum(axis=-1)


trapz = trapezoid                          # its name in NumPy 1


def unwrap(p, discont=None, axis=-1, *, period=2 * np.pi):
    """Steps of more than half a period are taken as the smaller ones the other way round."""
    x = np.moveaxis(np.asarray(p), axis, -1)
    d = np.diff(x)
    whole = np.issubdtype(np.result_type(d, period), np.integer)
    half = period // 2 if whole else period / 2
    step = np.mod(d + half, period) - half
    if not whole or period % 2 == 0:        # half a period either way
        step = np.where((step == -half) & (d > 0), half, step)
    shift = np.where(np.abs(d) < (period / 2 if discont is None else discont), 0, step - d)
    out = x.astype(np.result_type(d, period))
    out[..., 1:] += np.cumsum(shift, -1)
    return np.moveaxis(out, -1, axis)
