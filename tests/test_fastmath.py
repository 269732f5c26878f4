"""fastmath: what it allows is done, in NumPy's functions too; values stay near."""
import numpy as np
import pytest

import numjit
import numjit.cuda

fast = numjit.njit(fastmath=True)


def powers(x):
    return x ** 5, x ** -7, x ** 12, x ** 1.5, x ** -2.5, x ** 0.5, x ** 40


@pytest.mark.parametrize("x", [0.75, 3.0, 1e-3, np.float32(1.5), np.array([0.5, 2.0, 3.0]), np.array([0.5, 2.0], np.float32)])
def test_powers(x):
    want, got = powers(x), fast(powers)(x)
    for w, g in zip(want, got):
        assert np.asarray(w).dtype == np.asarray(g).dtype or np.ndim(x) == 0
        assert np.allclose(w, g, rtol=1e-5 if np.asarray(x).dtype == np.float32 else 1e-14)


def test_powers_are_products():
    text = numjit.dump(fast(powers), "opt", ("f8",))
    assert "math pow" not in text and "fma" not in text


def sums(a):
    return np.nansum(a), np.nanmean(a[1:]), np.std(a), np.nansum(a.reshape(2, -1), axis=0)


def test_functions_of_numpy():
    a = np.arange(1000.0) / 7
    for want, got in zip(sums(a), fast(sums)(a)):
        assert np.allclose(want, got, rtol=1e-12)
    assert "pairsum" in numjit.dump(numjit.njit(sums), "opt", ("f8[::1]",))
    assert "pairsum" not in numjit.dump(fast(sums), "opt", ("f8[::1]",))


def test_no_way_to_launch_kernels_yet():
    assert numjit.cuda.is_available() is False
