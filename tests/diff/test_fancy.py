"""Index arrays and masks among the keys, read and written, against NumPy: shapes, values, errors, and what an error leaves."""
import itertools

import numpy as np
import pytest

from differential import same

CUBE = np.arange(24).reshape(2, 3, 4)
I, J = np.array([1, 0, -1]), np.array([2, -3, 0])
KEYS = {
    "i": I, "j": J, "narrow": np.array([1, 0], np.uint8), "matrix": np.array([[0, 1], [-1, 0]]), "none": np.array([], np.int64),
    "mask2": np.array([True, False]), "mask3": np.array([True, False, True]), "one": np.array([1]),
}


def jit_of(body):
    space = {"np": np}
    exec("def f(a, i, j):\n    " + body + "\n", space)
    return space["f"]


GET = ["a[i]", "a[:, i]", "a[..., i]", "a[i, j]", "a[i, :, j]", "a[:, i, j]", "a[i, 0, j]", "a[0, :, i]", "a[i, None, j]", "a[None, i]",
       "a[i, ..., j]", "a[:, i, ..., j]", "a[i, 1:, ::-1]", "a[::-1, i, 1]", "a[i, j, i]", "a[1, i]", "a[i, None, :, None]"]


@pytest.mark.parametrize("text", GET)
def test_get(text):
    f = jit_of("return " + text)
    for a in (CUBE, np.asfortranarray(CUBE), CUBE[::-1, :, ::2], CUBE.astype(np.complex64)):
        same(f, a, I, J)
        same(f, a, np.array([[0], [-1]]), np.array([0, 1, 1]))
        same(f, a, KEYS["none"], KEYS["none"])
        same(f, a, np.array([0, 5]), np.array([0, 1]))
        if text.count("i") < 2:
            same(f, a, np.array([0, 1, 1]), np.array([0, 1]))


@pytest.mark.parametrize("text", GET)
def test_set(text):
    f = jit_of(text + " = 7\n    return a")
    g = jit_of(text + " += 1\n    return a")
    for a in (CUBE, np.asfortranarray(CUBE)):
        for h in (f, g):
            same(h, a, I, J)
            same(h, a, KEYS["none"], KEYS["none"])
            same(h, a, np.array([0, -9]), np.array([0, 1]))


MASKS = [("a[i]", np.array([True, False])), ("a[i]", CUBE[..., 0] % 8 == 0), ("a[i]", CUBE > 9), ("a[:, i]", np.array([True, False, True])),
         ("a[..., i]", np.array([True, False, True, True])), ("a[0, i]", np.array([False, False, False])), ("a[i]", np.array([True])),
         ("a[i, 1]", CUBE[..., 0] > 99), ("a[i, j]", np.array([True, True])), ("a[i, :, j]", np.array([True, True])), ("a[i]", CUBE[::-1] > 9)]


@pytest.mark.parametrize("text, mask", MASKS)
def test_masks(text, mask):
    for a in (CUBE, np.asfortranarray(CUBE), CUBE[:, ::-1], CUBE.astype(np.float32)):
        same(jit_of("return " + text), a, mask, np.array([1, 0]))
        same(jit_of(text + " = -1\n    return a"), a, mask, np.array([1, 0]))
        same(jit_of(text + " *= 2\n    return a"), a, mask, np.array([1, 0]))


def flagged(a, flag):
    return a[flag], a[flag, None], a[..., flag]


def test_bool_scalar():
    for flag in (True, False):
        same(flagged, CUBE, flag)


def assign(a, i, v):
    a[i] = v
    return a


def test_values():
    row, m = np.arange(5.0), np.array([True, False, True, True, False])
    for i, v in itertools.product((m, np.array([3, 1, 3]), np.array([4])),
                                  (np.array([9.0, 8, 7]), np.array([9.0]), np.array([9, 8]), np.array(5.5), np.array([[1.0, 2, 3]]), (1, 2, 3))):
        if i.dtype == bool and np.ndim(v) == 2:
            continue
        same(assign, row, i, v)
    same(assign, CUBE, np.array([1, 1]), CUBE[0])
    same(assign, CUBE, np.array([1, 0]), CUBE[:, :, ::-1])
    same(assign, CUBE, np.array([1, 0]), np.zeros((2, 2, 4)))


def overlapping(a):
    a[a[::-1]] = a[::-1] * 2
    a[:3][a[1:4] > 2] = 0
    return a


def shifted(a, i):
    a[i] = a[1:4]
    return a


def test_overlap():
    same(overlapping, np.arange(6))
    same(shifted, np.arange(6), np.array([2, 3, 4]))


def alias(a, b):
    a[b > 2] = b[:3]
    a[b] = a
    return a


def test_arguments_that_overlap():
    import numjit
    want, got = np.arange(6), np.arange(6)
    alias(want, want)
    numjit.njit(alias)(got, got)
    assert np.array_equal(want, got)
