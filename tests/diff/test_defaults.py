"""Arguments that a call leaves to their defaults: constants of the specialization. Signatures, conversions, calls from compiled code."""
import numpy as np
import pytest
from differential import same

from numjit import njit


def crc16(data, poly=0xA001, init=0xFFFF):
    c = init
    for b in data:
        c ^= int(b)
        for _ in range(8):
            c = (c >> 1) ^ poly if c & 1 else c >> 1
    return c


def every_kind(a, n=3, x=-0.0, z=2j, text="up", flag=True, pair=(1, (2.5, "q")), nothing=None, *, low=np.float32(0.1), high=2**63, nan=float("nan")):
    return a + n, x, z, text, flag, pair, nothing, low, high, nan, text == "up" and flag


def assigned(a, n=3, x=1):
    for k in range(4):
        n += a
        x = x * 0.5 if k % 2 else x
    return n, x


def may_be_none(a, limit=10, other=None):
    if a > 5:
        limit, other = None, a
    return limit, other


def test_values():
    data = np.arange(40, dtype=np.uint8)
    same(crc16, data)
    same(crc16, data, 0x8408)
    same(crc16, data, 0xA001, 0)
    same(crc16, data[:0])
    same(every_kind, 1)
    same(every_kind, 1, 300, 1.5)
    for a in (1, 2.5, 7):
        same(assigned, a)
        same(assigned, a, 10**9)
        same(may_be_none, a)


def test_signatures_say_what_was_left_out():
    f = njit(crc16)
    data = np.arange(3, dtype=np.uint8)
    assert f(data) == f(data, 0xA001) == f(data, init=0xFFFF) == f(data, poly=0xA001, init=0xFFFF) == crc16(data)
    assert [s[1:] for s in f.signatures] == [
        ("omitted(default=40961)", "omitted(default=65535)"), ("int", "omitted(default=65535)"),
        ("omitted(default=40961)", "int"), ("int", "int")]
    for _ in range(3):
        f(data), f(data, 1), f(data, init=2), f(data, init=0xFFFF)
    assert len(f.signatures) == 4


def overflowing(a, c=300):
    return a + c


def dividing(a, by=0):
    return a // by


def beyond(a, at=9):
    return a[at]


def test_errors_of_constants():
    same(overflowing, np.arange(3, dtype=np.uint8))
    same(overflowing, np.arange(3, dtype=np.int16))
    same(dividing, 7)
    same(beyond, np.arange(4))


def test_declared_types_take_the_value():
    def half(x, by=2, text="t"):
        return x / by, by

    f = njit("(f8, f8, unicode_type)")(half)
    assert f(3) == (1.5, 2.0) and f(3, 4) == (0.75, 4.0) and f.signatures == [("float64", "float64", "str")]
    assert njit(lambda x: f(x))(3.0) == (1.5, 2.0)


def test_calls_from_compiled_code():
    crc = njit(crc16)

    @njit
    def both(data):
        return crc(data), crc(data, 5), crc(data, init=7), crc(data, 0xA001, 0xFFFF)

    data = np.arange(20, dtype=np.uint8)
    assert both(data) == (crc16(data), crc16(data, 5), crc16(data, init=7), crc16(data))
    assert crc(data) == crc16(data)


def count(n, acc=0, *, step=1):
    return acc if n <= 0 else count(n - step, acc + 1)


count_by = njit(lambda n, step=3: count_compiled(n, step=step))
count_compiled = njit(count)


def test_recursion():
    same(count, 10)
    same(count, 10, 5)
    assert njit(lambda n: count_by(n))(10) == count(10, step=3)


def test_defaults_are_those_of_the_function():
    made = [njit(lambda x, k=k: x * k) for k in (2, 3.5, 1000, "ab")]
    assert [f(3) for f in made[:3]] == [6, 10.5, 3000]
    values = (np.float64(0.5), 10**40, 2**64 - 1)
    fs = [njit(lambda x, k=k: k) for k in values]
    assert fs[0](1) == 0.5 and fs[2](1) == 2**64 - 1
    with pytest.raises(OverflowError, match="too large for compiled code"):
        fs[1](1)


def test_an_array_is_an_argument_like_any_other():
    a = np.zeros(3)

    @njit
    def add(x, to=a):
        to += x
        return to

    assert add(2.0) is a and add(1.0)[0] == 3.0
    assert add.signatures == [("float", "array(float64, 1d, C)")]
