"""Differences and integrals of samples."""
import numpy as np


def diff(a, n=1, axis=-1):
    """The n-th differences along axis; the axis is n shorter."""
    if n < 0:
        raise ValueError("order must be non-negative but got " + str(n))
    if n == 0:
        return a
    if axis < 0:
        axis += a.ndim
    return _difference(a, n, axis)


def _difference(a, n, axis):
    if a.ndim == 1:
        out = a[1:] - a[:-1]
    elif axis == a.ndim - 1:
        out = a[..., 1:] - a[..., :-1]
    elif axis == 0:
        out = a[1:] - a[:-1]
    else:
        raise ValueError("axis")
    if n == 1:
        return out
    return _difference(out, n - 1, axis)


def interp(x, xp, fp, left=None, right=None):
    """Values at x (scalar or array) of the piecewise linear function through (xp, fp), xp increasing."""
    return _interp1(x, xp, fp, left, right)


def _interp1(x, xp, fp, left, right):
    n = len(xp)
    if x < xp[0]:
        return fp[0] if left is None else left
    if x > xp[n - 1]:
        return fp[n - 1] if right is None else right
    lo, hi = 0, n - 1
    while hi - lo > 1:
        mid = (lo + hi) // 2
        if xp[mid] <= x:
            lo = mid
        else:
            hi = mid
    if x == xp[hi]:
        return fp[hi]
    return (fp[hi] - fp[lo]) / (xp[hi] - xp[lo]) * (x - xp[lo]) + fp[lo]


def trapezoid(y, x=None, dx=1.0):
    if x is None:
        return (dx * (y[1:] + y[:-1]) / 2.0).sum()
    return ((x[1:] - x[:-1]) * (y[1:] + y[:-1]) / 2.0).sum()
