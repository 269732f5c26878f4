"""Functions of each element that are no ufuncs of one kernel: parts, tests, replacements, comparisons of whole arrays."""
import math

import numpy as np


def divmod(x1, x2):
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


def _as_float(x):
    """x in the float type that ufuncs of floats compute in: float16 for int8 ..."""
    y = np.asarray(x)
    return y.astype(np.fabs(y).dtype)[()]


def modf(x):
    """The fractional and the whole part, both with the sign of x."""
    y = _as_float(x)
    whole = np.trunc(y)
    return np.copysign(np.where(np.isinf(y), 0.0, y - whole), y)[()], whole


def frexp(x):
    """Mantissa in [0.5, 1) and exponent, x = mantissa * 2**exponent."""
    y = np.asarray(_as_float(x))
    flat = np.ravel(y)
    mantissa, exponent = np.empty(flat.size, flat.dtype), np.empty(flat.size, np.int32)
    for k in range(flat.size):
        m, e = math.frexp(flat[k])
        mantissa[k] = m
        exponent[k] = e
    shape = np.shape(x)
    return mantissa.reshape(shape)[()], exponent.reshape(shape)[()]


def bitwise_count(x):
    """How many bits of |x| are set."""
    y = np.asarray(x)
    flat = y.ravel()
    out = np.empty(flat.size, np.uint8)
    for k in range(flat.size):
        out[k] = flat[k].bit_count()
    return out.reshape(y.shape)[()]


def fix(x):
    return np.trunc(x)


def sinc(x):
    """sin(pi x) / (pi x), 1 at 0."""
    y = np.multiply(math.pi, x)
    return np.where(np.equal(y, 0), 1.0, np.divide(np.sin(y), y))[()]


def i0(x):
    """The modified Bessel function of the first kind, order 0: its power series, all of whose terms are positive."""
    y = np.asarray(np.asarray(x) * 1.0)
    flat = y.ravel()
    out = np.empty(flat.size, flat.dtype)
    for k in range(flat.size):
        out[k] = _i0(float(flat[k]))
    return out.reshape(y.shape)


def _i0(x):
    quarter = x * x / 4
    term, total, k = 1.0, 1.0, 0
    while term > 1e-17 * total and term < np.inf:
        k += 1
        term *= quarter / (k * k)
        total += term
    return x if x != x else total


def real(val):
    return val.real if np.ndim(val) == 0 else np.asarray(val).real


def imag(val):
    return val.imag if np.ndim(val) == 0 else np.asarray(val).imag


def angle(z, deg=False):
    """The argument of a complex number, in radians or degrees."""
    if np.iscomplexobj(z):
        a = np.arctan2(np.imag(z), np.real(z))
    else:
        a = np.arctan2(0, z)
    if deg:
        return a * (180 / math.pi)
    return a


def isposinf(x):
    return np.equal(x, np.inf)


def isneginf(x):
    return np.equal(x, -np.inf)


def iscomplex(x):
    if np.iscomplexobj(x):
        return np.not_equal(np.imag(x), 0)
    return np.not_equal(x, x) & False


def isreal(x):
    return np.logical_not(iscomplex(x))


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """x with numbers in place of NaN and the infinities."""
    if not np.issubdtype(np.result_type(x), np.inexact):
        return np.array(x)[()] if copy else x
    if np.iscomplexobj(x):
        result = _finite(np.real(x), nan, posinf, neginf) + 1j * _finite(np.imag(x), nan, posinf, neginf)
    else:
        result = _finite(x, nan, posinf, neginf)
    if copy:
        return result
    x[...] = result
    return x


def _finite(x, nan, posinf, neginf):
    largest = np.finfo(np.result_type(x)).max
    high = largest if posinf is None else posinf
    low = -largest if neginf is None else neginf
    return np.where(np.isnan(x), nan, np.where(np.equal(x, np.inf), high, np.where(np.equal(x, -np.inf), low, x)))[()]


def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Which elements differ from b by no more than atol + rtol |b|."""
    y = np.multiply(b, 1.0)
    near = (np.abs(np.subtract(a, y)) <= atol + rtol * np.abs(y)) & np.isfinite(y) | np.equal(a, y)
    if equal_nan:
        return near | (np.isnan(a) & np.isnan(y))
    return near


def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    return bool(np.all(isclose(a, b, rtol, atol, equal_nan)))


def array_equal(a1, a2, equal_nan=False):
    """Have both the same shape and equal elements?"""
    x, y = np.asarray(a1), np.asarray(a2)
    if x.ndim != y.ndim:
        return False
    if x.shape != y.shape:
        return False
    return _all_equal(x, y, equal_nan)


def _all_equal(x, y, equal_nan):
    if equal_nan:
        return bool(np.all((x == y) | ((x != x) & (y != y))))
    return bool(np.all(x == y))


def array_equiv(a1, a2):
    """Are both equal when they are broadcast?"""
    x, y = np.asarray(a1), np.asarray(a2)
    for k in range(1, min(x.ndim, y.ndim) + 1):
        m, n = x.shape[x.ndim - k], y.shape[y.ndim - k]
        if m != n and m != 1 and n != 1:
            return False
    return bool(np.all(x == y))


def piecewise(x, condlist, funclist):
    """Where the k-th condition holds, the k-th value or function of x; the last one, if there is one more, elsewhere."""
    a = np.asarray(x)
    out = np.zeros(a.shape, a.dtype)
    if len(funclist) == len(condlist) + 1:
        _put(out, a, np.ones(a.shape, np.bool_), funclist[-1])
    for condition, f in zip(condlist, funclist):
        _put(out, a, condition, f)
    return out


def _put(out, x, condition, f):
    if callable(f):
        out[condition] = f(x[condition])
    else:
        out[condition] = f


def _need_ints(x):
    if x.dtype.kind not in "biu":
        raise TypeError("only int indices permitted")


def unravel_index(indices, shape, order="C"):
    """The index along each axis of the flat places."""
    if np.ndim(shape) == 0:
        return unravel_index(indices, (shape,), order)
    _need_ints(np.asarray(indices))
    size = math.prod(shape)
    for k in np.asarray(indices).flat:
        if k < 0 or k >= size:
            raise ValueError(f"index {k} is out of bounds for array with size {size}")
    i = np.asarray(indices).astype(np.intp)[()]
    if order == "F":
        return _unravel(i, shape[::-1])[::-1]
    return _unravel(i, shape)


def _unravel(i, shape):
    if len(shape) == 1:
        return (i,)
    n = max(shape[-1], 1)
    return _unravel(i // n, shape[:-1]) + (i % n,)


def ravel_multi_index(multi_index, dims, mode="raise", order="C"):
    """The flat place of an index along each axis."""
    if order == "F":
        return _ravel_index(multi_index[::-1], dims[::-1], mode)
    return _ravel_index(multi_index, dims, mode)


def _ravel_index(index, dims, mode):
    place = _one_index(index[0], dims[0], mode)
    for k in range(1, len(dims)):
        place = place * dims[k] + _one_index(index[k], dims[k], mode)
    return place


def _one_index(i, n, mode):
    x = np.asarray(i)
    _need_ints(x)
    if mode == "wrap":
        return np.mod(x, n)[()]
    if mode == "clip":
        return np.clip(x, 0, n - 1)[()]
    if np.any(x < 0) or np.any(x >= n):
        raise ValueError("invalid entry in coordinates array")
    return x.astype(np.intp)[()]


def packbits(a, axis=None, bitorder="big"):
    """Eight elements a byte, 1 for each that is not 0."""
    if axis is None:
        return packbits(np.ravel(a), 0, bitorder)
    x = np.moveaxis(np.asarray(a), axis, -1)
    if x.dtype.kind not in "biu":
        raise TypeError("Expected an input array of integer or boolean data type")
    n = x.shape[-1]
    out = np.zeros(x.shape[:-1] + ((n + 7) // 8,), np.uint8)
    for k in range(n):
        bit = k % 8 if bitorder == "little" else 7 - k % 8
        out[..., k // 8] |= (x[..., k] != 0).astype(np.uint8) << np.uint8(bit)
    return np.moveaxis(out, -1, axis)


def unpackbits(a, axis=None, count=None, bitorder="big"):
    """Each byte as eight elements."""
    if axis is None:
        return unpackbits(np.ravel(a), 0, count, bitorder)
    x = np.moveaxis(np.asarray(a), axis, -1)
    if x.dtype != np.uint8:
        raise TypeError("Expected an input array of unsigned byte data type")
    n = x.shape[-1] * 8
    m = n if count is None else count if count >= 0 else n + count
    out = np.zeros(x.shape[:-1] + (m,), np.uint8)
    for k in range(min(n, m)):
        bit = k % 8 if bitorder == "little" else 7 - k % 8
        out[..., k] = (x[..., k // 8] >> np.uint8(bit)) & np.uint8(1)
    return np.moveaxis(out, -1, axis)


def apply_along_axis(func1d, axis, arr):
    """func1d of each vector along axis."""
    x = np.moveaxis(np.asarray(arr), axis, -1)
    n = math.prod(x.shape[:-1])
    if n == 0:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    first = func1d(x.reshape(n, x.shape[-1])[0])
    out = np.empty(x.shape[:-1] + np.shape(first), np.asarray(first).dtype)
    for i in np.ndindex(x.shape[:-1]):
        out[i] = func1d(x[i])
    if np.ndim(first) == 0:
        return out
    return np.moveaxis(out, -1, axis)


def apply_over_axes(func, a, axes):
    """func(a, axis) for one axis after another, each kept as one of length 1."""
    if np.ndim(axes) == 0:
        return apply_over_axes(func, a, (axes,))
    x = np.asarray(a)
    for axis in axes:
        y = func(x, axis)
        x = y if np.ndim(y) == x.ndim else np.expand_dims(y, axis)
    return x
