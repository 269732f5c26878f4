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


def used_after_both(a, k):
    try:
        a[k % a.shape[0]] = 3
    except ZeroDivisionError:
        k += 1
    finally:
        x = a[1 % a.shape[0]]
    return x + k


@pytest.mark.parametrize("n", [0, 1, 3])
def test_computed_in_try_and_needed_after_it(n):
    same(used_after_both, np.arange(n), 4)
