"""Generated functions full of handlers (try_programs.py) beside CPython: the same results, exceptions and elements left."""
import sys

import numpy as np
import pytest

import numjit
from differential import outcome
from try_programs import Elements, program

LINES = 100_000                                  # of Python: a program that runs longer is left out


class TooLong(BaseException):
    pass


def model(f, a, k, n):
    """(what CPython says, the elements left), or None of a program that runs too long."""
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        count += 1
        if count > LINES:
            raise TooLong
        return trace
    a, k = Elements(a.tolist()), Elements(k.tolist())
    before = sys.gettrace()
    sys.settrace(trace)
    result = None
    try:
        result = outcome(lambda: f(a, k, n)), list(a)
    except TooLong:
        pass
    finally:
        sys.settrace(before)
    return result if count <= LINES else None    # a finally of the program may have raised something else in its place


@pytest.mark.parametrize("batch", range(6))
def test_programs(batch):
    compared = 0
    for seed in range(12 * batch, 12 * batch + 12):
        space = {}
        exec(program(seed), space)
        compiled = numjit.njit(space["f"])
        for n in (2, 33):
            r = np.random.RandomState(seed)
            a, k = r.randint(0, 50, 40), r.randint(0, r.choice([40, 42]), 40)
            wanted = model(space["f"], a, k, n)
            if wanted is not None:
                compared += 1
                assert (outcome(lambda: compiled(a, k, n)), a.tolist()) == wanted, f"seed {seed}, n {n}\n{program(seed)}"
    assert compared > 15
