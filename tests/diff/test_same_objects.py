"""Arrays that come back twice are one object."""
import numpy as np
import pytest

import numjit


def given(a):
    return a, a.T, a


def made(a):
    b = a * 2
    return b, b, b.T


def counted(a):
    b = a * 2
    return b, (b, b), a + 1


@pytest.mark.parametrize("n", [0, 1, 5, 1000])
@pytest.mark.parametrize("f", [given, made, counted])
def test_identity(f, n):
    a = np.arange(float(2 * n)).reshape(2, n)
    for _ in range(3):
        want, got = f(a), numjit.njit(f)(a)
        assert [x is want[0] for x in want] == [x is got[0] for x in got]
        if f is counted:
            assert got[1][0] is got[1][1]
