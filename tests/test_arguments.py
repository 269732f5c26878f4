"""What may be an argument or a constant, and what may not says so."""
import collections
import types
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


SCALARS = [np.bool_(True), np.int8(-3), np.int16(-300), np.int32(-70000), np.int64(-2**40), np.uint8(200), np.uint16(60000), np.uint32(2**32 - 1),
           np.uint64(2**64 - 1), np.longlong(-5), np.float16(1.5), np.float32(-0.1), np.float64(np.pi), np.complex64(1 - 2j), np.complex128(1e300 - 2j),
           True, False, -7, 2**62, 2**63, 1.25, 3 - 4j, None, "text", "\u00e9t\u00e9"]
ARRAYS = [np.arange(3.0), np.arange(6).reshape(2, 3), np.asfortranarray(np.ones((3, 2))), np.arange(8.0)[::2], np.float32(2) * np.ones((2, 2, 2)), np.array(5),
          np.zeros((0, 3)), np.arange(3, dtype="q"), np.arange(3, dtype=np.dtype("f8").newbyteorder("=")), np.frombuffer(b"12345678", "u1")]
TUPLES = [(1, 2.0), (), (1, (2, None)), Point(1, 2.5), Point(np.arange(2.0), 1), (np.arange(3), "x", True), ((np.float32(1), 1j),)]


@pytest.mark.parametrize("others", [SCALARS, ARRAYS, TUPLES], ids=["scalars", "arrays", "tuples"])
def test_warm_calls_of_every_kind(others):
    """The first call makes the specialization, the second is matched with it; then all kinds meet in one function."""
    def same(x, y):
        if type(x) is tuple or isinstance(x, tuple):
            return type(y) is type(x) and len(x) == len(y) and all(map(same, x, y))
        if isinstance(x, np.ndarray):
            return y is x
        return y == x and isinstance(y, bool) == isinstance(x, (bool, np.bool_))

    def f(x):
        return x
    mixed = numjit.njit(f)
    for x in others:
        alone = numjit.njit(f)
        for g in (alone, alone, alone, mixed):
            assert same(x, g(x)), x
        assert len(alone.signatures) == 1
    for x in others + others[::-1]:
        assert same(x, mixed(x)), x


def test_an_array_of_another_dtype_object():
    """Unpickled arrays have a dtype object of their own."""
    import pickle
    a = pickle.loads(pickle.dumps(np.arange(4.0)))
    f = numjit.njit(lambda a: a[1] + a.size)
    assert [f(np.arange(4.0)), f(a), f(a), f(np.arange(4.0))] == [5.0] * 4
    assert len(f.signatures) == 1


def test_warm_calls_tell_arrays_apart():
    f = numjit.njit(lambda a: a.shape[0] * 100 + a.ndim)
    read_only = np.ones(5)
    read_only.flags.writeable = False
    unaligned = np.frombuffer(bytearray(33), "u1")[1:].view("f8")
    for _ in range(2):
        for a in (np.ones(5), np.ones((5, 5)), np.ones((5, 5)).T, np.ones((5, 5), order="F"), np.ones(10)[::2], read_only, np.ones(5, "i4"), np.ones((5, 3))[:, 1:]):
            assert f(a) == 500 + a.ndim
        for a in (unaligned, np.ones(5, ">f8")):
            with pytest.raises(numjit.TypingError, match="aligned and in native byte order"):
                f(a)


def test_a_function_beside_another_as_an_argument():
    g, h = numjit.njit(lambda x: x + 1), numjit.njit(lambda x: x * 2)
    f = numjit.njit(lambda k, x: k(x))
    assert [f(g, 3), f(g, 3), f(h, 3), f(g, 3), f(h, 3), f(abs, -3), f(g, 3)] == [4, 4, 6, 4, 6, 3, 4]


def test_arguments_of_very_many_parts():
    """They go through the stack: four tuples of 62,500 arrays were a crash."""
    f = numjit.njit(lambda t, u: len(t))
    rows = tuple(tuple(np.ones((2, 2)) for _ in range(250)) for _ in range(250))
    assert f(rows[0], rows[1]) == 250
    with pytest.raises(numjit.TypingError, match="16384 numbers and pointers"):
        f(rows, rows)


@pytest.mark.parametrize("error", [ImportError("no such library"), KeyboardInterrupt(), AttributeError("missing")])
def test_what_a_module_raises_when_it_is_asked(error):
    """A module that imports what it is asked for: what goes wrong there is not taken for a missing attribute."""
    module = types.ModuleType("lazy")

    def get(name):
        raise error

    module.__getattr__ = get
    with pytest.raises(numjit.TypingError if isinstance(error, AttributeError) else type(error)):
        numjit.njit(lambda x: module.anything + x)(1)


class Holder:
    def plus(self, x):
        return x + 1


@pytest.mark.parametrize("what", [Holder().plus, Holder, len, 5, [].append], ids=["method", "class", "builtin", "int", "its method"])
def test_what_is_no_python_function(what):
    with pytest.raises(TypeError, match="numjit compiles Python functions, not"):
        numjit.njit(what)
    assert numjit.njit(Holder.plus)(3, 2) == 3
