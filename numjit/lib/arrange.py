"""Elements repeated, shifted and laid out anew; matrices by their diagonals."""
import numpy as np
from numpy.exceptions import AxisError


def repeat(a, repeats, axis=None):
    """Each element (or item along axis) repeats times; repeats: an int, or one for each."""
    x = np.atleast_1d(a)
    if axis is None:
        return _repeat(x.ravel(), repeats, 0)
    return _repeat(x, repeats, axis)


def _repeat(x, repeats, axis):
    if axis < -x.ndim or axis >= x.ndim:
        raise AxisError(axis, x.ndim)
    if np.ndim(repeats) > 0:
        return _repeat_each(x, _one_for_each(np.asarray(repeats).astype(np.intp, casting="safe", copy=False), x.shape[axis]), axis)
    if repeats < 0 and x.shape[axis] > 0:
        raise ValueError("negative dimensions are not allowed")
    times = (1,) * (axis % x.ndim) + (max(repeats, 0),) + (1,) * ((-1 - axis) % x.ndim)
    source, wide, whole = (), (), ()
    for n, t in zip(x.shape, times):
        source, wide, whole = source + (n, 1), wide + (n, t), whole + (n * t,)
    return np.broadcast_to(x.reshape(source), wide).copy().reshape(whole)


def _one_for_each(repeats, n):
    if len(repeats) != 1 and len(repeats) != n:
        raise ValueError(f"operands could not be broadcast together with shape ({n},) ({len(repeats)},)")
    return np.broadcast_to(repeats, n)


def _repeat_each(x, counts, axis):
    total = 0
    for c in counts:
        if c < 0:
            raise ValueError("repeats may not contain negative values.")
        total += c
    if x.ndim == 1:
        return _runs(x, counts, total)
    return np.take(x, _runs(np.arange(len(counts)), counts, total), axis)


def _runs(x, counts, total):
    out = np.empty(total, x.dtype)
    k = 0
    for i in range(len(counts)):
        v = x[i]
        for j in range(k, k + counts[i]):
            out[j] = v
        k += counts[i]
    return out


def roll(a, shift, axis=None):
    """The elements shifted along axis (of the flat array where there is none); the last ones come first again."""
    x = np.asarray(a)
    if axis is None:
        return _roll(x.ravel(), _together(shift), 0).reshape(x.shape)
    if isinstance(axis, tuple):
        return _roll_axes(x, shift, axis)
    return _roll(x, _together(shift), axis)


def _together(shift):
    return sum(shift) if isinstance(shift, tuple) else shift


def _roll_axes(x, shift, axis):
    n = np.size(shift)
    if n != 1 and n != len(axis):
        raise ValueError("shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between "
                         f"arg 0 with shape ({n},) and arg 1 with shape ({len(axis)},).")
    steps, k = np.broadcast_to(shift, len(axis)), 0
    out = x.copy() if len(axis) == 0 else x
    for along in axis:
        out = _roll(out, steps[k], along)
        k += 1
    return out


def _roll(x, shift, axis):
    if axis < -x.ndim or axis >= x.ndim:
        raise AxisError(axis, x.ndim)
    k = shift % max(x.shape[axis], 1)
    out = np.empty_like(x)
    to, of = np.swapaxes(out, 0, axis), np.swapaxes(x, 0, axis)
    to[:k] = of[len(of) - k:]
    to[k:] = of[:len(of) - k]
    return out


def resize(a, new_shape):
    """The elements of a over and over, in C order."""
    out = np.empty(new_shape, np.asarray(a).dtype)
    flat, source = out.ravel(), np.asarray(a).ravel()
    n = source.size
    for k in range(flat.size):
        if n == 0:
            flat[k] = 0
        else:
            flat[k] = source[k % n]
    return out


def trim_zeros(filt, trim="fb"):
    first, last = 0, len(filt)
    if trim != "b" and trim != "B":
        while first < last and filt[first] == 0:
            first += 1
    if trim != "f" and trim != "F":
        while last > first and filt[last - 1] == 0:
            last -= 1
    return filt[first:last]


def fill_diagonal(a, val, wrap=False):
    """Writes val down the main diagonal of a, in place."""
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d")
    if a.ndim == 2:
        rows, columns = a.shape
        step = columns + 1
        end = rows * columns if wrap else min(rows, columns) * step
    else:
        step, stride, end = 0, 1, a.size
        for n in a.shape:
            if n != a.shape[0]:
                raise ValueError("All dimensions of input must be of equal length")
        for n in a.shape:
            step += stride
            stride *= n
    values = np.asarray(val, a.dtype).ravel()
    k = 0
    for i in range(0, min(end, a.size), step):
        a.flat[i] = values[k % values.size]
        k += 1


def tri(N, M=None, k=0, dtype=float):
    m = N if M is None else M
    N, m = max(N, 0), max(m, 0)
    out = np.empty((N, m), dtype)
    k = min(max(k, -N), m)              # what is further is the same, and i + k is a number
    for i in range(N):
        for j in range(m):
            out[i, j] = j <= i + k
    return out


def _square(m):
    """A copy of m; of a vector as many rows as it is long."""
    x = np.asarray(m)
    if x.ndim == 1:
        return np.array(np.broadcast_to(x, (x.size, x.size)))
    return np.array(x)


def tril(m, k=0):
    out = _square(m)
    k = min(max(k, -out.shape[-2]), out.shape[-1])
    for i in range(out.shape[-2]):
        out[..., i, max(i + k + 1, 0):] = 0
    return out


def triu(m, k=0):
    out = _square(m)
    k = min(max(k, -out.shape[-2]), out.shape[-1])
    for i in range(out.shape[-2]):
        out[..., i, :max(i + k, 0)] = 0
    return out


def diag(v, k=0):
    """The k-th diagonal of a matrix, or the matrix with the vector v on it."""
    x = np.asarray(v)
    if x.ndim == 2:
        return x.diagonal(k)
    if x.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    return _with_diagonal(x, k)


def diagflat(v, k=0):
    return _with_diagonal(np.asarray(v).ravel(), k)


def _with_diagonal(x, k):
    n = x.size + abs(k)
    out = np.zeros((n, n), x.dtype)
    for i in range(x.size):
        out[i + max(-k, 0), i + max(k, 0)] = x[i]
    return out


def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    return np.diagonal(a, offset, axis1, axis2).sum(axis=-1, dtype=dtype, out=out)


def tril_indices(n, k=0, m=None):
    return np.nonzero(np.tri(n, m, k, bool))


def triu_indices(n, k=0, m=None):
    return np.nonzero(~np.tri(n, m, k - 1, bool))


def tril_indices_from(arr, k=0):
    if arr.ndim != 2:
        raise ValueError("input array must be 2-d")
    return tril_indices(arr.shape[0], k, arr.shape[1])


def triu_indices_from(arr, k=0):
    if arr.ndim != 2:
        raise ValueError("input array must be 2-d")
    return triu_indices(arr.shape[0], k, arr.shape[1])


def diag_indices(n, ndim=2):
    i = np.arange(n)
    if ndim == 1:
        return (i,)
    return (i,) + diag_indices(n, ndim - 1)


def diag_indices_from(arr):
    for n in arr.shape:
        if n != arr.shape[0]:
            raise ValueError("All dimensions of input must be of equal length")
    return diag_indices(arr.shape[0], arr.ndim)


def vander(x, N=None, increasing=False):
    """Columns that are powers of x, the highest first."""
    n = len(x) if N is None else N
    out = np.empty((len(x), n), np.result_type(x, int))
    for i in range(len(x)):
        power = out[i]
        if n > 0:
            power[0] = 1
        if n > 1:
            power[1] = x[i]
        for j in range(2, n):
            power[j] = power[j - 1] * x[i]
    if increasing:
        return out
    return out[:, ::-1]


def around(a, decimals=0, out=None):
    """To so many decimals, halves to even: scaled, rounded, and scaled back, as NumPy does it; of complex numbers each part."""
    if out is not None:
        return np.positive(_round(a, decimals), out)
    return _round(a, decimals)


def _round(a, decimals):
    if np.iscomplexobj(a):
        out = np.empty(np.shape(a), np.result_type(a))
        out.real, out.imag = _round(np.real(a), decimals), _round(np.imag(a), decimals)
        return out[()]
    if np.issubdtype(np.result_type(a), np.integer) or np.issubdtype(np.result_type(a), np.bool_):
        return _round_int(a, decimals)
    if decimals == 0:
        return np.rint(a)
    if decimals > 0:
        return np.divide(np.rint(np.multiply(a, 10.0 ** decimals)), 10.0 ** decimals)
    return np.multiply(np.rint(np.divide(a, 10.0 ** -decimals)), 10.0 ** -decimals)


def _round_int(a, decimals):
    if decimals >= 0:
        return a * 1 if np.result_type(a) == np.bool_ else np.positive(a)
    scale = 10 ** -decimals
    return (np.rint(a / scale) * scale).astype(np.result_type(a))


round = around


def asarray_chkfinite(a, dtype=None):
    x = np.asarray(a, dtype)
    if not np.isfinite(x).all():
        raise ValueError("array must not contain infs or NaNs")
    return x


def delete(arr, obj, axis=None):
    """arr without the items that obj (an int, a slice or indices) names along axis."""
    x = np.asarray(arr)
    if axis is None:
        return _delete(x.ravel(), obj, 0)
    return _delete(x, obj, axis)


def _delete(x, obj, axis):
    keep = np.ones(x.shape[axis], np.bool_)
    keep[obj] = False
    return np.take(x, np.flatnonzero(keep), axis)


def choose(a, choices, out=None, mode="raise"):
    """Of each place the element of the choice that a names there."""
    index = np.asarray(a).astype(np.intp, casting="safe", copy=False)
    n = len(choices)
    if mode == "wrap":
        index = index % n
    elif mode == "clip":
        index = np.clip(index, 0, n - 1)
    elif np.any(index < 0) or np.any(index >= n):
        raise ValueError("invalid entry in choice array")
    result = _chosen(index, choices)
    if out is None:
        return result
    out[...] = result
    return out


def _chosen(index, choices):
    if isinstance(choices, (list, tuple)):
        return _rest(index, choices, 0)
    rows = np.broadcast_to(choices, choices.shape[:1] + np.broadcast_shapes(index.shape, choices.shape[1:]))
    return np.take_along_axis(rows, np.broadcast_to(index, rows.shape[1:])[None], 0)[0]


def _rest(index, choices, k):
    """From the k-th choice on."""
    if k == len(choices) - 1:
        return np.asarray(choices[k])
    return np.where(index == k, choices[k], _rest(index, choices, k + 1))
