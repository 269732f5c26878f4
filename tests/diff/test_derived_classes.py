"""Members of enums, objects of classes derived from int, float, str, and constant containers."""
import enum

import numpy as np
import pytest
from differential import same

import numjit


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 10


class Flags(enum.IntFlag):
    X = 1
    Y = 2


class Color(enum.Enum):
    RED = 1
    GREEN = "g"


class Text(str, enum.Enum):
    READ = "r"


class Int(int):
    pass


class Float(float):
    pass


TABLE = [1, 2, 3]
NESTED = [[1, 2], [3, 4]]
MIXED = {"n": 4, (1, 2): 5}
ITSELF = []
ITSELF.append(ITSELF)
WIDE = np.float64(2.5)


def arithmetic(v):
    return v + 1, v * 2.5, -v, v < Level.HIGH, v == 1, abs(v), float(v)


def result(v):
    return v


def flags(f):
    return bool(f & Flags.X), f | Flags.Y


def index(a, v):
    return a[v], a[:v].sum(), np.zeros(v).shape


def constants():
    return Level.LOW.value, Level.HIGH.name, Level.HIGH + 1, Color.RED.value, Color.GREEN.name, Text.READ == "r", WIDE * 2


def members(c):
    return c is Color.RED, c == Color.GREEN, c.value == 1, c.name, c, (c, Color.GREEN), c == 1, c is None


def chosen(flag):
    c = Color.RED if flag else Color.GREEN
    return c, c.name, c is Color.RED


def all_members():
    return len(Color), [c.name for c in Color], Color["RED"] is Color.RED, sum([v for v in Level])


def containers(k):
    total = 0
    for x in TABLE:
        total += x
    return TABLE[k], total, len(TABLE), k in TABLE, NESTED[1][0], MIXED["n"], MIXED[1, 2], bool(MIXED), len(ITSELF)


@pytest.mark.parametrize("v", [Level.LOW, Level.HIGH, Int(-4), Float(2.5), True])
def test_numbers(v):
    same(arithmetic, v)
    assert numjit.njit(result)(v) == v


def test_flags():
    for f in Flags:
        same(flags, f)


def test_index():
    for v in Level.LOW, Int(2):
        same(index, np.arange(4.0), v)


def test_enums():
    same(constants)
    for c in Color:
        same(members, c)
    same(chosen, True)
    same(chosen, False)
    same(all_members)


def test_containers():
    for k in range(-3, 4):
        same(containers, k)


def test_texts():
    assert numjit.njit(result)(Text.READ) is Text.READ
