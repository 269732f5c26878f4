"""Evenly spaced values, and those with even quotients."""
import numpy as np


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    """num values from start to stop, along axis where those are arrays; retstep: and their distance."""
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    kind = np.result_type(start, stop, 0.0)
    div = num - 1 if endpoint else num
    delta = np.subtract(stop, start, dtype=kind)
    y = np.arange(num).astype(kind).reshape((-1,) + (1,) * np.ndim(delta))
    step = np.divide(delta, max(div, 1))
    if np.any(step == 0):                   # a distance too small for a quotient
        values = y / max(div, 1) * delta + start
    else:
        values = y * step + start
    if endpoint and num > 1:
        values[-1] = stop
    distance = step if div > 0 else step * np.nan
    return _with_step(_as(np.moveaxis(values, 0, axis), dtype), distance, retstep)


def _as(values, dtype):
    if dtype is None:
        return values
    if np.issubdtype(dtype, np.integer):
        return np.floor(values).astype(dtype)
    return values.astype(dtype, copy=False)


def _with_step(values, step, retstep):
    return (values, step) if retstep else values


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    y = np.power(base, linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else y.astype(dtype, copy=False)


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """Values whose quotients are equal, from start to stop."""
    if np.any(np.equal(start, 0)) or np.any(np.equal(stop, 0)):
        raise ValueError("Geometric sequence cannot include zero")
    kind = np.result_type(start, stop, np.float64 if dtype is None else np.result_type(0.0, dtype))
    first, last = np.asarray(start).astype(kind)[()], np.asarray(stop).astype(kind)[()]
    turn = np.sign(first)
    y = logspace(np.log10(first / turn), np.log10(last / turn), num, endpoint, dtype=kind)
    if num > 0:
        y[0] = first / turn
        if num > 1 and endpoint:
            y[-1] = last / turn
    return _as_is(np.moveaxis(y * turn, 0, axis), dtype)


def _as_is(values, dtype):
    return values if dtype is None else values.astype(dtype, copy=False)
