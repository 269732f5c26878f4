"""Errors in the words of the Python that runs this: they changed in 3.12, 3.13 and 3.14."""
import numpy as np
import pytest

import numjit
from differential import same


def floor_divide(x, y):
    return x // y


def modulo(x, y):
    return x % y


def divide(x, y):
    return x / y


@pytest.mark.parametrize("zero", [0, 0.0])
@pytest.mark.parametrize("function", [floor_divide, modulo, divide])
def test_zero_divisions(function, zero):
    same(function, 7, zero)
    same(function, 7.5, zero)


def test_complex():
    same(divide, 1j, 0j)


def too_many(a):
    x, y = a
    return x + y


def largest():
    return max(())


def first_line(call, *args):
    with pytest.raises(ValueError) as caught:
        call(*args)
    return str(caught.value).split("\n")[0]


def test_unpack():
    for a in (np.arange(1.0), np.arange(3.0)):
        same(too_many, a)


@pytest.mark.parametrize("function, args", [(too_many, ((1,),)), (too_many, ((1, 2, 3),)), (largest, ())])
def test_what_is_known_when_it_is_compiled(function, args):
    assert first_line(numjit.njit(function), *args) == first_line(function, *args)


def to_power(a, k):
    return a ** k, np.power(a, a)


@pytest.mark.parametrize("k", [-1, 3, np.array([1, 2, -3]), np.array([1, 2, 3], np.uint8)], ids=["-1", "3", "array", "uint8"])
def test_negative_integer_powers(k):
    same(to_power, np.array([1, 2, 3]), k)
    same(lambda a: a ** -1, np.array([1, 2, 3], np.int8))
    same(lambda a: a ** -1, np.array([1, 2, 3], float))


def length(x):
    return len(x)


def set_a_global(n):
    global shared
    shared = n


def a_class(n):
    class Local:
        pass
    return n


@pytest.mark.parametrize("function, argument, error, text", [
    (length, 3, TypeError, "object of type int has no len\\(\\)"),
    (length, np.array(3.0), TypeError, "len\\(\\) of unsized object"),
    (lambda a: float(a), np.ones(3), TypeError, "only 0-dimensional arrays can be converted to Python scalars"),
    (set_a_global, 3, numjit.errors.UnsupportedError, "assigning to a global variable is not supported"),
    (a_class, 3, numjit.errors.UnsupportedError, "a class statement is not supported"),
])
def test_words_for_what_is_refused(function, argument, error, text):
    with pytest.raises(error, match=text):
        numjit.njit(function)(argument)


def int_power(x, k):
    return x ** k


def test_ints_to_negative_powers():
    same(int_power, 0, -1)
    same(int_power, 0, 0)
    same(int_power, -3, 5)
    compiled = numjit.njit(int_power)
    assert [compiled(x, k) for x, k in [(1, -5), (-1, -5), (-1, -4), (2, -1), (-7, -3)]] == [1, -1, 1, 0, 0]


MOST = np.zeros((1,) * 32)


@numjit.guvectorize(["(f8, f8[:], f8[:])"], "(),(n)->(n)")
def add_row(x, row, out):
    for k in range(len(row)):
        out[k] = x + row[k]


@pytest.mark.parametrize("function", [lambda a: a[None], lambda a: np.expand_dims(a, 0), lambda a: np.stack((a, a)),
                                      lambda a: np.dot(a, a), lambda a: np.inner(a, a), lambda a: np.add.outer(a, a),
                                      lambda a: a.reshape((1,) * 33), lambda a: add_row(a, np.zeros(2))])
def test_results_of_too_many_dimensions(function):
    with pytest.raises(numjit.TypingError, match="32 dimensions"):
        numjit.njit(function)(MOST)


@pytest.mark.parametrize("function", [lambda a: a // a, lambda a: a % 2, lambda a: np.fmod(a, a), lambda a: divmod(a, a)])
def test_complex_has_no_remainder(function):
    with pytest.raises(numjit.TypingError, match="no loop"):
        numjit.njit(function)(np.ones(3, complex))


class Settings:
    limit = 3


SETTINGS = Settings()


def test_an_attribute_that_an_object_has_not():
    with pytest.raises(numjit.TypingError, match="'Settings' object has no attribute 'limits'"):
        numjit.njit(lambda: SETTINGS.limits)()
