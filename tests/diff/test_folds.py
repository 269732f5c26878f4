"""Of two loads that are added or multiplied, the one with an address of its own becomes part of that instruction."""
import platform
import re

import numpy as np
import pytest

import numjit
from differential import same
from numjit import njit

A = np.array([1.5, -0.0, np.inf, -2.0, 1e-310, 7.0, np.nan, 3.0, -1e300, 0.25])


def convolve(a, kernel, out):
    m = kernel.shape[0]
    for i in range(out.shape[0]):
        s = 0.0
        for k in range(m):
            s += a[i + k] * kernel[m - 1 - k]
        out[i] = s


def convolve_turned(a, kernel, out):
    m = kernel.shape[0]
    for i in range(out.shape[0]):
        s = 0.0
        for k in range(m):
            s += kernel[m - 1 - k] * a[i + k]
        out[i] = s


def sums(a, b, out):
    for i in range(out.shape[0]):
        s = out[i]
        for k in range(b.shape[0]):
            s = s * 0.5 - (a[i + k] + b[b.shape[0] - 1 - k])
        out[i] = s


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("f", [convolve, convolve_turned, sums], ids=lambda f: f.__name__)
def test_values(f):
    for m in range(8):
        same(f, A, A[:m], np.arange(float(11 - max(m, 1))))
        if f is not sums:
            same(f, np.arange(10), np.arange(m) - 4, np.zeros(11 - max(m, 1), np.int64))


@pytest.mark.skipif(platform.machine() != "x86_64", reason="instructions of x86")
@pytest.mark.parametrize("f", [convolve, convolve_turned], ids=lambda f: f.__name__)
def test_products_load_without_an_index(f):
    text = numjit.dump(njit(f), "asm", ("f8[::1]",) * 3)
    products = re.findall(r"\bv?mulsd\s+(\S*\(.*\))", text)
    assert products and not [p for p in products if "," in p], products
