"""The messages of NumPy's errors, with what they say of shapes, places and sizes."""
import linecache
import math

import numpy as np
import pytest

import numjit

NAMES = "a, v, i, none, n, zero, m, x, nan, inf"
VALUES = (np.arange(6.0).reshape(2, 3), np.arange(3.0), np.arange(3), np.zeros(0), 5, 0, -1, 2.5, math.nan, math.inf)
WRONG = """np.where(a > 0, v[:2], 1.0); np.clip(v, v[:2], n); a + v[:2]; np.diff(v, n=m); np.unravel_index(n * 5, (2, 3))
np.unravel_index(m, (2, 3)); np.fft.fft(v, m); np.fft.irfft(none); np.fft.fft(none); np.linalg.svd(v); np.insert(v, n, 1.0)
np.partition(v, n); np.linspace(0, 1, m); np.histogram(v, range=(nan, 1.0)); np.swapaxes(a, 0, 2); np.moveaxis(a, 0, 2)
np.sort(v, axis=1); np.transpose(a, (0, 0)); np.transpose(a, (0, 1, 2)); np.rot90(v); np.rot90(a, axes=(0, 0))
np.rot90(a, axes=(0, 5)); np.roll(a, 1, axis=2); np.fill_diagonal(v, 1); np.place(v, v >= 0, none); np.repeat(v, m)
np.select([v > 0], [v, v]); np.select([], []); np.searchsorted(a, 1); np.triu_indices_from(v); a.item(n * 2); v.item(n)
a.flat[n * 2]; [1, 2].index(n); math.floor(nan); math.ceil(inf); math.trunc(-inf); zero ** -1; np.empty(2**60, dtype=np.uint8)
np.zeros(2**45); np.empty((2**22, 2**22)); np.full(2**45, 1.5); np.arange(2**50); np.zeros(2**22)[:, None] * np.zeros(2**22)
np.broadcast_to(v, (2**45, 3)).sum(axis=1); np.zeros((2**40, 2**40)); np.pad(v, 1, mode='wrong'); v.sort(axis=1)"""


def function(line):
    text = f"def f({NAMES}):\n    return {line}\n"
    linecache.cache["<" + line + ">"] = len(text), None, text.splitlines(True), "<" + line + ">"
    names = {"np": np, "math": math}
    exec(compile(text, "<" + line + ">", "exec"), names)
    return names["f"]


def error(f):
    with pytest.raises((ValueError, IndexError, TypeError, ArithmeticError, MemoryError)) as caught:
        f(*VALUES)
    return str(caught.value).split("\n")[0]


@pytest.mark.parametrize("line", [s.strip() for s in WRONG.replace("\n", ";").split(";")])
def test_messages(line):
    f = function(line)
    assert error(numjit.njit(f)) == error(f)
