"""Maxima and minima over prange where there are nans: np.maximum and max(best, x) are the serial ones."""
import numpy as np
import pytest

import numjit
from numjit import prange


def passes_over(x):
    lo, hi = np.inf, -np.inf
    for i in prange(len(x)):
        hi = max(hi, x[i])
        lo = min(lo, x[i])
    return lo, hi


def takes(x):
    lo, hi = np.inf, -np.inf
    for i in prange(len(x)):
        hi = np.maximum(hi, x[i])
        lo = np.minimum(lo, x[i])
    return lo, hi


def begins_again(x):
    hi = -np.inf
    for i in prange(len(x)):
        hi = max(x[i], hi)
    return hi


@pytest.mark.parametrize("at", [0, 1, 20000, 39999, None])
def test_nans(at):
    for x in np.arange(40000.0), np.arange(40000.0)[::-1].copy():
        if at is not None:
            x[at] = np.nan
        for f in passes_over, takes:
            np.testing.assert_array_equal(f(x), numjit.njit(parallel=True)(f)(x))
        got = numjit.njit(parallel=True)(begins_again)(x)
        assert np.isnan(got) if at is not None else got == 39999
