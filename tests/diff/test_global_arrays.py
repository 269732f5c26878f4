"""Global arrays: constants from the time of compilation, and what their elements decide is decided while compiling."""
import numpy as np
import pytest

import numjit
from differential import same
from numjit import njit

KINDS = np.array([2, 0, 1], np.int32)
TABLES = [np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(12, dtype="f4").reshape(4, 3)[::-2],
          np.array([[True, False, True]] * 2), np.arange(6, dtype="u1").reshape(2, 3) + 250, np.arange(6, dtype="f2").reshape(2, 3) / 3,
          (np.arange(6) - 2.5j).reshape(2, 3), np.array([[np.nan, -0.0, np.inf]] * 2, "f4"), np.broadcast_to(np.int16(-7), (2, 3)),
          np.array([[2 ** 64 - 1, 2 ** 63, 0]] * 2, "u8"), np.arange(6, dtype="c8").reshape(3, 2).T]


@pytest.mark.parametrize("table", TABLES, ids=lambda t: f"{t.dtype}{t.strides}")
def test_elements(table):
    def elements(i):
        return table[0, 0], table[-1, 2], table[1, i], table[i], table.sum(), table[1, 1:]
    same(elements, 1)
    same(elements, -1)


def test_index_error():
    def past():
        return KINDS[3]

    def before(i):
        return KINDS[-4] if i else 0
    same(past)
    same(before, 1)
    same(before, 0)


def test_zero_dimensions():
    zero, empty = np.array(2.5), np.zeros((0, 3))
    same(lambda: zero[()] + zero.sum())
    same(lambda: (empty.sum(), empty.shape))


def test_what_is_changed_later_is_not_seen():
    table = np.arange(4)

    @njit
    def third(i):
        return table[2], table[i], table.sum(), table * 1

    want = str(third(2))
    table[:] = 7
    assert str(third(2)) == want and third(2)[:3] == (2, 2, 6)
    assert third(2.0 > 1)[0] == 7                   # another specialization is compiled now


def test_the_result_is_the_constant():
    table = np.arange(4)
    f = njit(lambda: table)
    got = f()
    table[0] = 5
    assert got.tolist() == f().tolist() == [0, 1, 2, 3] and not got.flags.writeable


def test_large_arrays_are_not_copied():
    large = np.zeros(1 << 20)
    f = njit(lambda i: large[i] + large[3])
    assert f(3) == 0
    large[3] = 2
    assert f(3) == 4


@njit
def by_kind(kind, a, b, i):
    k = KINDS[kind]
    if k == 0:
        return a[i] - b[i]
    if k == 1:
        low = b[i] if b[i] < a[i] else a[i]
        high = a[i] if b[i] < a[i] else b[i]
        return high - low + abs(a[i] - a[i - 1]) + abs(b[i] - b[i - 1])
    return abs(a[i] - b[i]) / KINDS[0] + (a[i] ** 2 + b[i] ** 2) ** 0.5 / (1 + abs(a[i]) + abs(b[i]))


def sums(a, b):
    s = t = 0.0
    for i in range(1, len(a)):
        s += by_kind(1, a, b, i)
        t += by_kind(2, a, b, i) / by_kind(0, a, b, i)
    return s, t


def test_constant_operands_decide_what_is_inlined():
    same(sums, np.arange(9.0) ** 1.5, np.arange(9.0)[::-1].copy())
    same(sums, np.arange(9.0), np.arange(5.0))
    text = numjit.dump(njit(sums), "opt", ("f8[::1]", "f8[::1]"))
    assert "call" not in text and "readonly" not in text
