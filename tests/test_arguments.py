"""What may be an argument or a constant, and what may not says so."""
import collections
import warnings

import numpy as np
import pytest

import numjit

Point = collections.namedtuple("Point", "x y", defaults=(5,))


class Named(tuple):
    """With names, but not one of collections'."""
    _fields = ("x", "y")


class Listed(tuple):
    _fields = ["x", "y"]


class Numbered(tuple):
    _fields = 5


def nested(depth, make):
    t = make(0)
    for _ in range(depth):
        t = make(t)
    return t


DEEP = nested(100000, lambda x: (x,))
WIDE = nested(3, lambda x: (x,) * 900)


def test_complex64_is_no_cast():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        z = numjit.njit(lambda z: z * 2)(np.complex64(1 + 2j))
    assert z == 2 + 4j


@numjit.njit
def x_of(p):
    return p.x


@numjit.njit
def second(p):
    return p[1]


def test_tuples_with_names():
    assert x_of(Point(1, 2)) == 1 and x_of(Named((1, 2))) == 1
    assert numjit.njit(lambda: Point(3)._replace(x=4))() == Point(4, 5)
    for cls in Listed, Numbered:
        assert second(cls((1, 2))) == 2
        with pytest.raises(numjit.TypingError):
            x_of(cls((1, 2)))
        with pytest.raises(numjit.TypingError):
            numjit.njit(lambda: cls((1, 2)))()
    with pytest.raises(numjit.TypingError):
        x_of(Named((1, 2, 3)))
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'y'"):
        numjit.njit(lambda: Named(1))()
    with pytest.raises(TypeError, match="tuple expected at most 1 argument"):
        numjit.njit(lambda: Named(1, 2))()


@pytest.mark.parametrize("large", [DEEP, WIDE], ids=["deep", "wide"])
def test_tuples_that_are_too_large(large):
    with pytest.raises(numjit.TypingError, match="the tuple is too large"):
        numjit.njit(lambda t: len(t))(large)
    with pytest.raises(numjit.TypingError, match="the tuple is too large"):
        numjit.njit(lambda: len(large))()


@pytest.mark.parametrize("bad", [slice(1.5), slice(slice(1)), slice((1,)), slice(True), nested(100000, slice)], ids=["float", "slice", "tuple", "bool", "deep"])
def test_slices_of_other_things(bad):
    a = np.arange(4)
    with pytest.raises(numjit.TypingError, match="must be integers or None"):
        numjit.njit(lambda s: a[s])(bad)
    assert (numjit.njit(lambda s: a[s])(slice(np.int8(1), None)) == a[1:]).all()
