"""The dtypes of functions of two integers of different types, and values at their edges."""
import numpy as np
import pytest

from differential import same
from numjit import njit
from test_out_of_range import function

PAIRS = [("uint8", "int8"), ("int16", "uint16"), ("bool", "int8"), ("uint32", "int32"), ("int8", "float16"), ("int16", "float16"), ("uint64", "int64")]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["arctan2", "hypot", "logaddexp", "logaddexp2", "copysign", "nextafter", "heaviside"])
def test_dtypes(name):
    f = njit(function(f"return np.{name}(a, v)"))
    for x, y in PAIRS:
        a, b = np.array([0, 1, 7], x), np.array([0, 1, 3], y)
        want, got = f.py_func(a, b), f(a, b)
        assert want.dtype == got.dtype and np.allclose(want, got, rtol=2e-3)
    a = np.array([0, 1, 7], np.int8)
    assert f(a, 1).dtype == f.py_func(a, 1).dtype and f(a, 1.5).dtype == f.py_func(a, 1.5).dtype


@pytest.mark.filterwarnings("ignore")
def test_edges():
    z = np.array([1 + 2j, complex(np.nan, 1), 0j])
    same(lambda a, b: a / b, z, np.array([np.nan, 0.0, np.inf]))
    same(lambda a, b: a / b, z, np.array([complex(np.nan, 0), 0j, complex(0, np.nan)]))
    zeros = np.spacing(np.array([-0.0, 0.0, -1.0]))
    assert np.array_equal(np.signbit(njit(lambda a: np.spacing(a))(np.array([-0.0, 0.0, -1.0]))), np.signbit(zeros))
    b = np.array([0, 3, 2**63, 2**64 - 1], np.uint64)
    same(lambda a, b: a ** b, np.array([7, 3, 5, 7], np.uint64), b)
    for x, want in zip(b, [1, 343, 1, pow(7, 2**64 - 1, 2**64)]):
        assert njit(lambda a, b: a ** b)(np.uint64(7), x) == want and njit(lambda a, b: a ** b)(7, x) % 2**64 == want
