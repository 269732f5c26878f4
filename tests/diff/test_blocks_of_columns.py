"""Functions of what is the same for a row, in functions of what is not."""
import numpy as np
import pytest

import numjit


def assigned(a, r):
    a[:] = np.exp(np.exp(r))
    return a


FUNCTIONS = [
    lambda a, r: np.power(a, np.exp(r)),
    lambda a, r: np.power(a, np.exp(r)).sum(axis=1),
    lambda a, r: np.power(np.sin(a) + 2, r / 3) + np.exp(r / 3) * a,
    lambda a, r: np.power(np.exp(r), np.sin(a)) * np.exp(np.cos(r)),
    lambda a, r: np.power(np.exp(r), np.cos(r)) + np.arctan2(a, np.power(r, 2.5)),
    assigned,
]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_columns(f):
    compiled = numjit.njit(f)
    for shape in (1, 1), (2, 3), (3, 1100):
        a = np.linspace(0.1, 2, shape[0] * shape[1]).reshape(shape)
        for r in a[:1, :1], a[:, :1].copy(), a[:1].copy(), a.copy():
            np.testing.assert_allclose(compiled(a.copy(), r.copy()), f(a.copy(), r.copy()), rtol=1e-13)
