"""Functions of sequences: functools.reduce, min and max with a key, sorted, slice.indices, round of an int."""
import numpy as np


def reduce(function, iterable, initial=None):
    """function(...function(function(initial, x0), x1)..., xn); without initial, x0 of a sequence is it."""
    if initial is None:
        return _reduce_sequence(function, iterable)
    result = initial
    for x in iterable:
        result = function(result, x)
    return result


def _reduce_sequence(function, sequence):
    n = len(sequence)
    if n == 0:
        raise TypeError("reduce() of empty iterable with no initial value")
    result = sequence[0]
    for k in range(1, n):
        result = function(result, sequence[k])
    return result


def min_key(values, key):
    """The first of the values whose key is least."""
    if len(values) == 0:
        raise ValueError("min() arg is an empty sequence")
    first = True
    for x in values:
        k = key(x)
        if first or k < least:
            best, least = x, k
            first = False
    return best


def max_key(values, key):
    """The first of the values whose key is greatest."""
    if len(values) == 0:
        raise ValueError("max() arg is an empty sequence")
    first = True
    for x in values:
        k = key(x)
        if first or k > greatest:
            best, greatest = x, k
            first = False
    return best


def indices(self, length):
    """start, stop, step of the slice for a sequence of this length."""
    if length < 0:
        raise ValueError("length should not be negative")
    step = 1 if self.step is None else self.step
    if step == 0:
        raise ValueError("slice step cannot be zero")
    low = -1 if step < 0 else 0
    high = length - 1 if step < 0 else length
    start = _bound(self.start, length, low, high, high if step < 0 else low)
    return start, _bound(self.stop, length, low, high, low if step < 0 else high), step


def _bound(x, length, low, high, absent):
    if x is None:
        return absent
    if x < 0:
        x += length
    return low if x < low else high if x > high else x


def round_int(x, ndigits):
    """x rounded to a multiple of a power of ten, halves to even ones."""
    if ndigits >= 0:
        return x
    if ndigits < -18:
        return 0
    unit = 10 ** -ndigits
    q = x // unit
    r = x - q * unit
    if 2 * r > unit or (2 * r == unit and q % 2 == 1):
        q += 1
    return q * unit


def sorted_vector(x, reverse=False):
    """The numbers of x in order; those that are equal stay in theirs."""
    if reverse:
        return sorted_vector(x[::-1])[::-1].copy()
    if np.issubdtype(x.dtype, np.complexfloating):
        raise TypeError("'<' not supported between instances of 'complex' and 'complex'")
    return x[np.argsort(x, kind="stable")]


def sorted_by(x, reverse, key):
    """The numbers of x in the order of their keys, which are numbers, or tuples of as many numbers each."""
    if reverse:
        return sorted_by(x[::-1], False, key)[::-1].copy()
    keys = np.array([key(v) for v in x])
    if keys.ndim > 1:
        return x[np.lexsort(keys.T[::-1])]
    return x[np.argsort(keys, kind="stable")]


def count(self, value):
    """list.count()"""
    n = 0
    for x in self:
        n += x == value
    return n


def place_of(values, value, start=0, stop=None):
    """Where value stands first among values[start:stop]; -1: it does not."""
    n = len(values)
    first = max(start + n, 0) if start < 0 else start
    last = n if stop is None else max(stop + n, 0) if stop < 0 else min(stop, n)
    for k in range(first, last):
        if values[k] == value:
            return k
    return -1
