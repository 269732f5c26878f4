"""same(f, *args): f under CPython and under numjit, on copies of the same arguments."""
import copy
import math

import numpy as np

import numjit


def outcome(call):
    try:
        return "value", call()
    except Exception as error:
        return "raised", (type(error), str(error))


def equal(want, got):
    if isinstance(want, np.ndarray):
        return (isinstance(got, np.ndarray) and want.dtype == got.dtype and want.shape == got.shape
                and np.array_equal(want, got, equal_nan=want.dtype.kind in "fc"))
    if isinstance(want, (tuple, list)):
        return type(want) is type(got) and len(want) == len(got) and all(map(equal, want, got))
    if isinstance(want, (float, np.floating)):
        return want == got or (math.isnan(want) and math.isnan(got))
    if isinstance(want, (complex, np.complexfloating)):
        return equal(want.real, got.real) and equal(want.imag, got.imag)
    return bool(want == got)


def compiled_later(run):
    """How many copies of loops run() needs that were not compiled yet."""
    before = numjit.runtime_stats()["compiled_later"]
    run()
    return numjit.runtime_stats()["compiled_later"] - before


def same(function, *args, jit=numjit.njit):
    """Result, exception (class and text) and the arguments afterwards agree."""
    fast, slow_args, fast_args = jit(function), copy.deepcopy(args), copy.deepcopy(args)
    want, got = outcome(lambda: function(*slow_args)), outcome(lambda: fast(*fast_args))
    assert want[0] == got[0], f"wanted {want}, got {got}"
    assert equal(want[1], got[1]) if want[0] == "value" else want[1] == got[1], f"wanted {want}, got {got}"
    assert all(map(equal, slow_args, fast_args)), f"arguments: wanted {slow_args}, got {fast_args}"
