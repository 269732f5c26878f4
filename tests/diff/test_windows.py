"""numpy's windows: equal to NumPy's but for the last bit of a cosine."""
import numpy as np
import pytest

import numjit
from numjit.lib import windows

NAMES = ["bartlett", "hanning", "hamming", "blackman", "kaiser"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("m", [-3, 0, 1, 2, 3, 8, 51, 0.5, 1.0, 1.5, 7.0, 7.3])
def test_window(name, m):
    function, more = getattr(np, name), (8.6,) if name == "kaiser" else ()
    want = function(m, *more)
    for got in (numjit.njit(lambda m, *more: function(m, *more))(m, *more), getattr(windows, name)(m, *more)):
        assert got.dtype == want.dtype and got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("beta", [0, 0.0, 5, 14.5])
def test_beta(beta):
    kaiser = numjit.njit(lambda m, beta: np.kaiser(m, beta))
    np.testing.assert_allclose(kaiser(12, beta), np.kaiser(12, beta), rtol=1e-13)


def test_by_keyword():
    assert np.allclose(numjit.njit(lambda: np.kaiser(M=5, beta=2.0) * np.hanning(M=5))(), np.kaiser(5, 2.0) * np.hanning(5))


def test_bessel_of_a_number():
    got, want = numjit.njit(lambda x: np.i0(x))(5.0), np.i0(5.0)
    assert type(got) is type(want) and np.shape(got) == np.shape(want)
    np.testing.assert_allclose(got, want, rtol=1e-14)
