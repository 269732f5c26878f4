"""iter() and next()."""
import numpy as np
import pytest
from differential import same

import numjit


def with_default(n):
    it = iter(range(n))
    return next(it, -1), next(it, -1), next(it, -0.5)


def shared(r):
    it = iter(r)
    first = next(it)
    total = 0
    for x in it:
        total += x
        if total > 4:
            break
    rest = 0
    for x in it:
        rest += x
    return first, total, rest, next(it, 99)


def pairs(a):
    it = iter(a)
    s = 0.0
    for x in it:
        s += x * next(it, 0.0)
    return s


def past_the_end(a):
    it = iter(a)
    while True:
        next(it)


def stops(a):
    it, n = iter(a), 0
    try:
        while True:
            next(it)
            n += 1
    except StopIteration:
        return n


def in_a_callee(a):
    def take_two(it):
        return next(it) + next(it)
    it = iter(a)
    return take_two(it), next(it), iter(it) is it


def of_other_things(a):
    it = iter(zip(a, reversed(a)))
    x, y = next(it)
    k, z = next(iter(enumerate(a, 5)))
    row = next(iter((1.5, 2, 3)))
    return x, y, k, z, row


def test_iterators():
    for n in (0, 1, 2, 5):
        same(with_default, n)
        same(stops, np.arange(n))
        same(past_the_end, np.arange(n))
        same(pairs, np.arange(1.0 * n))
    same(shared, range(1, 6))
    same(shared, np.arange(1, 7))
    same(in_a_callee, np.arange(4))
    same(of_other_things, np.arange(4))


def test_what_is_no_iterator():
    with pytest.raises(numjit.TypingError, match="what iter"):
        numjit.njit(lambda a: next(a))(np.arange(3))
