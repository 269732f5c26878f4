"""What beginners write: each message names the thing as they know it, and what would work."""
import functools
import math
import random

import numpy as np
import pytest

import numjit

A = np.arange(6.0)


def plain(x):
    return x


part = functools.partial(plain, 1)
many = list(range(5000))


@pytest.mark.parametrize("function, message", [
    (lambda a: plain(a), "plain is a plain Python function: compiled code calls those that are decorated with @njit"),
    (lambda a: part(), "functools.partial object is not a function that numjit compiles"),
    (lambda a: random.random(), "random.Random.random is not a function that numjit compiles"),
    (lambda a: np.polyfit(a, a, 1), "numpy.polyfit is not a function that numjit compiles"),
    (lambda a: math.sqrt(a), "math.sqrt: the argument must be a number (NumPy's functions take arrays), not array(float64, 1d, C)"),
    (lambda a: np.concatenate(a, a), "numpy.concatenate: the argument must be a tuple or a list of arrays"),
    (lambda a: a << 2, "left_shift: no implementation for argument types (array(float64, 1d, C), int); there is no loop for these dtypes"),
    (lambda a: many[int(a[0])], "this list from outside the function cannot be used in compiled code: it is too large, or holds what is not"),
    (lambda a: ~a, "invert: no implementation for argument types (array(float64, 1d, C)); there is no loop for these dtypes"),
])
def test_message(function, message):
    with pytest.raises(numjit.TypingError) as error:
        numjit.njit(function)(A)
    text = str(error.value)
    assert message in text.splitlines()[0] and len(text.splitlines()) <= 8


def test_raising_what_is_no_exception():
    def f():
        raise "no"
    with pytest.raises(TypeError, match="exceptions must derive from BaseException"):
        numjit.njit(f)()


def test_item_of_another_type():
    def f(a):
        a[0] = "x"
    with pytest.raises(numjit.TypingError, match="does not support item assignment: the index is int, the value str"):
        numjit.njit(f)(A)
