"""A compiled function goes through pickle and to other processes as a function does; memory-mapped arrays are arrays."""
import copy
import multiprocessing
import pickle

import numpy as np
import pytest

import numjit


@numjit.njit
def twice(x):
    return x * 2


def plain(x):
    return x // 0


other_name = numjit.njit(error_model="numpy")(plain)


def test_by_name():
    assert pickle.loads(pickle.dumps(twice)) is twice


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_under_another_name(protocol):
    back = pickle.loads(pickle.dumps(other_name, protocol))
    assert back is not other_name and back.py_func is plain
    assert np.isinf(back(1.0))


def test_for_another_target():
    other = twice.on("parallel")
    assert pickle.loads(pickle.dumps(other)) is other and pickle.loads(pickle.dumps(other_name.on("parallel")))(1.0) == np.inf
    fast = numjit.njit(fastmath=True)(twice.py_func)        # the function of twice, but not twice for a target
    with pytest.raises(pickle.PicklingError):
        pickle.dumps(fast)


def test_a_function_without_a_name():
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(numjit.njit(lambda x: x))


def test_copies():
    f = numjit.njit(lambda x: x + 1)
    assert copy.copy(f) is f and copy.deepcopy([f])[0] is f


def test_other_processes():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(twice, range(5)) == [0, 2, 4, 6, 8]
        assert pool.map(other_name, [1.0]) == [np.inf]


def test_memmap(tmp_path):
    a = np.memmap(tmp_path / "numbers", dtype="f8", mode="w+", shape=(4,))

    @numjit.njit
    def fill(a):
        for i in range(len(a)):
            a[i] = i
        return a.sum()
    assert fill(a) == 6.0 and a[3] == 3.0
