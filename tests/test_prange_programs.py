"""Generated loops over prange (prange_programs.py) come to what they come to in order."""
import numpy as np
import prange_programs
import pytest

from numjit import njit, prange

LONG = 30_000           # several chunks


def outcome(f, n, seed):
    args = [x.copy() if isinstance(x, np.ndarray) else x for x in prange_programs.arguments(n, seed)]
    try:
        result = tuple(map(int, f(*args)))
    except IndexError:
        return "IndexError"
    return result, *(x.tolist() for x in args[:7])


@pytest.mark.parametrize("seed", range(60))
def test_as_in_order(seed):
    source = prange_programs.program(seed)
    plain, parallel = {"prange": range}, {"prange": prange}
    exec(source, plain)
    exec(source, parallel)
    fast = njit(parallel["f"], parallel=True)
    for n in (0, 1, 30, LONG, LONG):
        assert outcome(fast, n, seed) == outcome(plain["f"], n, seed), source
