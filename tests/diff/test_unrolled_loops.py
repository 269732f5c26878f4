"""Loops over values of different types: the body is built once for each."""
import numpy as np
import pytest
from differential import same

from numjit import njit
from numjit.errors import TypingError


def total(t):
    s = 0
    for x in t:
        s += x
    return s


def leave(t):
    s = 0.0
    for i, x in enumerate(t):
        if isinstance(x, str):
            continue
        if i == 3:
            break
        s += x
    else:
        s = -s
    return s


def pairs(t, u):
    s = 0
    for x, y in zip(t, reversed(u)):
        s += x * y
    return s


def find(t):
    for x in t:
        if isinstance(x, str):
            return x
    return None


def functions(x):
    r = 0.0
    for f in (np.sin, np.cos, abs):
        r += f(x)
    return float(r)


def nested(t, n):
    s = 0.0
    for i in range(n):
        for a in t:
            if i == 2:
                continue
            for b in [1, 2.5, a]:
                if b > 3:
                    break
                s += a * b * i
            else:
                s += 100
    return s


def last(t):
    for x in t:
        pass
    return x


def after_break(t):
    while True:
        for x in t:
            if x > 2:
                break
        else:
            return 0.0
        return x + 1.5


def test_unrolled():
    for t in [(1, 2.5, True), (), (1, 2, 3), (2.5,), tuple(range(100)) + (2.5,)]:
        same(total, t)
    for t in [(1, 2.5, "a"), (1, 2.5, "a", 3, 4, 5.5)]:
        same(leave, t)
        same(find, t)
    same(find, (1, 2.0))
    same(pairs, (1, 2.5), (1j, 2))
    same(functions, 0.5)
    same(nested, (1, 2.5, 7), 5)
    same(last, (1, 2.5))
    for t in [(1, 2.5), (1, 2.0)]:
        same(after_break, t)


def test_unbound_after_an_empty_loop():
    same(last, ())


def triple(t):
    s = 0
    for a in t:
        for b in t:
            for c in t:
                s += a * b * c
    return s


def test_limit():
    with pytest.raises(TypingError, match="larger than numjit supports"):
        njit(triple)(tuple(range(60)) + (2.5,))
