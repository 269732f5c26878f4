"""numpy.fft: pocketfft through NumPy's own gufuncs."""
import numpy as np
from numpy.fft import _pocketfft_umath as _pfu


def _complex(a):
    x = np.asarray(a)
    if np.iscomplexobj(x):
        return x
    if x.dtype == np.float32:
        return x.astype(np.complex64)
    return x.astype(np.complex128)


def _real(a):
    x = np.asarray(a)
    if np.iscomplexobj(x):
        raise TypeError("ufunc 'rfft_n_even' did not contain a loop with signature matching types")
    if x.dtype == np.float32:
        return x
    return x.astype(np.float64)


def _factor(n, norm, forward):
    """What a transform of n points is multiplied by."""
    if n < 1:
        raise ValueError(f"Invalid number of FFT data points ({n}) specified.")
    if norm is None or norm == "backward":
        return 1.0 if forward else 1.0 / n
    if norm == "ortho":
        return 1.0 / np.sqrt(float(n))
    if norm == "forward":
        return 1.0 / n if forward else 1.0
    raise ValueError('Invalid norm value; should be "backward","ortho" or "forward".')


def _points(x, n):
    return x.shape[-1] if n is None else n


def _scale(x, factor):
    """factor in the real dtype of x."""
    return np.asarray(factor).astype(x.real.dtype)[()]


def fft(a, n=None, axis=-1, norm=None, out=None):
    """The discrete Fourier transform along an axis."""
    x = np.moveaxis(_complex(a), axis, -1)
    points = _points(x, n)
    factor = _factor(points, norm, True)
    result = np.empty(x.shape[:-1] + (points,), x.dtype)
    _pfu.fft(x, _scale(x, factor), out=result)
    return np.moveaxis(result, -1, axis)


def ifft(a, n=None, axis=-1, norm=None, out=None):
    x = np.moveaxis(_complex(a), axis, -1)
    points = _points(x, n)
    factor = _factor(points, norm, False)
    result = np.empty(x.shape[:-1] + (points,), x.dtype)
    _pfu.ifft(x, _scale(x, factor), out=result)
    return np.moveaxis(result, -1, axis)


def rfft(a, n=None, axis=-1, norm=None, out=None):
    x = np.moveaxis(_real(a), axis, -1)
    points = _points(x, n)
    factor = _factor(points, norm, True)
    result = np.empty(x.shape[:-1] + (points // 2 + 1,), _complex(x[..., :0]).dtype)
    if points % 2 == 0:
        _pfu.rfft_n_even(x, _scale(x, factor), out=result)
    else:
        _pfu.rfft_n_odd(x, _scale(x, factor), out=result)
    return np.moveaxis(result, -1, axis)


def irfft(a, n=None, axis=-1, norm=None, out=None):
    x = np.moveaxis(_complex(a), axis, -1)
    points = 2 * (x.shape[-1] - 1) if n is None else n
    factor = _factor(points, norm, False)
    result = np.empty(x.shape[:-1] + (points,), x.real.dtype)
    _pfu.irfft(x, _scale(x, factor), out=result)
    return np.moveaxis(result, -1, axis)


def hfft(a, n=None, axis=-1, norm=None, out=None):
    x = np.asarray(a)
    points = 2 * (x.shape[axis] - 1) if n is None else n
    if norm is None or norm == "backward":
        return irfft(np.conj(x), points, axis, "forward")
    if norm == "forward":
        return irfft(np.conj(x), points, axis, "backward")
    return irfft(np.conj(x), points, axis, norm)


def ihfft(a, n=None, axis=-1, norm=None, out=None):
    if norm is None or norm == "backward":
        return np.conj(rfft(a, n, axis, "forward"))
    if norm == "forward":
        return np.conj(rfft(a, n, axis, "backward"))
    return np.conj(rfft(a, n, axis, norm))


def _size(s, k):
    return None if s is None else s[k]


def _over(x, s, axes, norm, forward, k):
    """Transforms along axes[k], axes[k - 1] ... axes[0]."""
    if k < 0:
        return x
    if forward:
        return _over(fft(x, _size(s, k), axes[k], norm), s, axes, norm, forward, k - 1)
    return _over(ifft(x, _size(s, k), axes[k], norm), s, axes, norm, forward, k - 1)


def _all_axes(x, s, norm, forward, axis):
    """Transforms along the axes from `axis` to the first of the last ones that s names, or to axis 0."""
    x = fft(x, None if s is None else s[axis], axis, norm) if forward else ifft(x, None if s is None else s[axis], axis, norm)
    if axis == -x.ndim if s is None else axis == -len(s):
        return x
    return _all_axes(x, s, norm, forward, axis - 1)


def fftn(a, s=None, axes=None, norm=None, out=None):
    x = np.asarray(a)
    if axes is None:
        return _all_axes(x, s, norm, True, -1)
    return _over(_complex(x), s, axes, norm, True, len(axes) - 1)


def ifftn(a, s=None, axes=None, norm=None, out=None):
    x = np.asarray(a)
    if axes is None:
        return _all_axes(x, s, norm, False, -1)
    return _over(_complex(x), s, axes, norm, False, len(axes) - 1)


def fft2(a, s=None, axes=None, norm=None, out=None):
    if axes is not None:
        return fftn(a, s, axes, norm)
    if s is None:
        return fft(fft(a, None, -1, norm), None, -2, norm)
    return fft(fft(a, s[1], -1, norm), s[0], -2, norm)


def ifft2(a, s=None, axes=None, norm=None, out=None):
    if axes is not None:
        return ifftn(a, s, axes, norm)
    if s is None:
        return ifft(ifft(a, None, -1, norm), None, -2, norm)
    return ifft(ifft(a, s[1], -1, norm), s[0], -2, norm)


def _before_last(x, s, norm, forward, axis):
    """Transforms along the axes from `axis` on towards the first, those before the last one."""
    if s is None:
        if axis < -x.ndim:
            return x
    elif axis < -len(s):
        return x
    y = fft(x, None if s is None else s[axis], axis, norm) if forward else ifft(x, None if s is None else s[axis], axis, norm)
    return _before_last(y, s, norm, forward, axis - 1)


def rfftn(a, s=None, axes=None, norm=None, out=None):
    if axes is None:
        return _before_last(rfft(a, None if s is None else s[-1], -1, norm), s, norm, True, -2)
    last = len(axes) - 1
    return _over(rfft(a, _size(s, last), axes[last], norm), s, axes, norm, True, last - 1)


def irfftn(a, s=None, axes=None, norm=None, out=None):
    if axes is None:
        return irfft(_before_last(_complex(a), s, norm, False, -2), None if s is None else s[-1], -1, norm)
    last = len(axes) - 1
    return irfft(_over(_complex(a), s, axes, norm, False, last - 1), _size(s, last), axes[last], norm)


def rfft2(a, s=None, axes=None, norm=None, out=None):
    if axes is not None:
        return rfftn(a, s, axes, norm)
    return fft(rfft(a, None if s is None else s[1], -1, norm), None if s is None else s[0], -2, norm)


def irfft2(a, s=None, axes=None, norm=None, out=None):
    if axes is not None:
        return irfftn(a, s, axes, norm)
    return irfft(ifft(a, None if s is None else s[0], -2, norm), None if s is None else s[1], -1, norm)


def fftfreq(n, d=1.0, device=None):
    out, step = np.empty(n), 1.0 / (n * d)
    half = (n - 1) // 2 + 1
    for k in range(half):
        out[k] = k * step
    for k in range(half, n):
        out[k] = (k - n) * step
    return out


def rfftfreq(n, d=1.0, device=None):
    return np.arange(n // 2 + 1) * (1.0 / (n * d))


def _roll_one(x, back, axis):
    n = x.shape[axis]
    return np.roll(x, -(n // 2) if back else n // 2, axis)


def _shift(x, back, k):
    if k == x.ndim:
        return x
    return _shift(_roll_one(x, back, k), back, k + 1)


def fftshift(x, axes=None):
    """The zero frequency in the middle."""
    if axes is None:
        return _shift(np.asarray(x), False, 0)
    if isinstance(axes, tuple):
        y = np.asarray(x)
        for k in axes:
            y = _roll_one(y, False, k)
        return y
    return _roll_one(np.asarray(x), False, axes)


def ifftshift(x, axes=None):
    if axes is None:
        return _shift(np.asarray(x), True, 0)
    if isinstance(axes, tuple):
        y = np.asarray(x)
        for k in axes:
            y = _roll_one(y, True, k)
        return y
    return _roll_one(np.asarray(x), True, axes)
