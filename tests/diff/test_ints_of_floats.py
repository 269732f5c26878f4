"""Floats become ints as in compiled C: constants, scalars, vectors."""
import math
import warnings

import numpy as np
import pytest

from numjit import njit

VALUES = [math.nan, math.inf, -math.inf, 1e300, -1e300, 300.0, -1.0, -300.5, 2.0**63, 2.0**64, -1e10, 1e10, 2.0**31, 3e9, -3e9, 2.0**32, 1e19,
          2.0**31 - 0.5, -2.0**31 - 0.5]


@pytest.mark.parametrize("to", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"])
@pytest.mark.parametrize("of", ["float16", "float32", "float64"])
def test_ints_of_floats(of, to):
    to = np.dtype(to)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        x = np.array(VALUES).astype(of)
        want = np.array([v.astype(to) for v in x])          # NumPy's vectors of uint32 differ from its scalars
        assert np.array_equal(njit(lambda a: a.astype(to))(x), want)
        assert np.array_equal(njit(lambda a: a.astype(to))(np.repeat(x, 2)[::2]), want)
        assert all(njit(lambda v: np.array([v]).astype(to))(v)[0] == w for v, w in zip(x, want))
        for v, w in zip(x, want):
            v = float(v)
            assert njit(lambda: np.array([v]).astype(to))()[0] == w == njit(lambda: np.float64(v).astype(to))()


def test_sums_of_uint64():
    a = np.array([2**63 + 7, 3], np.uint64)
    for f in (lambda a: sum(a), lambda a: sum((a[0], a[1])), lambda a: sum(x for x in a), lambda a: sum([x for x in a]),
              lambda a: sum(a, 0), lambda a: sum(a[:0]), lambda a: sum(x for x in a if x == 5)):
        assert f(a) == njit(f)(a)
