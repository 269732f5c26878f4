"""Generated array programs (array_programs.py) beside NumPy: the same results, exceptions and elements left, for every layout of the arguments."""
import numpy as np
import pytest

import numjit
from array_programs import LAYOUTS, arguments, program
from differential import outcome

OPTIONS = ({}, {}, {"shapes": "exact"}, {"parallel": True})


def close(wanted, got):
    wanted, got = np.asarray(wanted), np.asarray(got)
    return wanted.shape == got.shape and np.allclose(wanted, got, rtol=1e-9, atol=1e-11, equal_nan=True)


def agree(wanted, got):
    """(how it ended, with what): an exception of the same class, or results that are close."""
    if wanted[0] != got[0]:
        return False
    return wanted[1][0] == got[1][0] if wanted[0] == "raised" else all(map(close, wanted[1], got[1]))


@pytest.mark.parametrize("batch", range(6))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_programs(batch):
    ended = []
    for seed in range(12 * batch, 12 * batch + 12):
        space = {"np": np}
        exec(program(seed), space)
        compiled = numjit.njit(**OPTIONS[seed % len(OPTIONS)])(space["f"])
        for k in range(3):
            layout = LAYOUTS[(seed + 2 * k) % len(LAYOUTS)]
            x, y = arguments(layout, seed), arguments(layout, seed)
            wanted, got = outcome(lambda: space["f"](*x)), outcome(lambda: compiled(*y))
            ended.append(wanted[0])
            assert agree(wanted, got) and all(map(close, x, y)), f"seed {seed}, layout {layout}\n{program(seed)}\nwanted {wanted}\ngot {got}"
    assert ended.count("value") > len(ended) // 2
