"""What a handler may use of what its block computed."""
import numpy as np
import pytest
from differential import same


def add_either_way(a, b):
    try:
        a += b
    except ValueError:
        b += a[:1]
    return a, b


@pytest.mark.parametrize("n, m", [(3, 3), (1, 3), (3, 1), (2, 3)])
def test_update_in_try_and_handler(n, m):
    same(add_either_way, np.arange(n) + 1j, np.arange(m) * 2j)
