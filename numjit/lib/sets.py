"""Arrays as sets: their distinct elements, in order."""
import math

import numpy as np

from numjit.lib.sorting import _first_place, argsort, sort


def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True,
           sorted=True):
    """The distinct elements (or items along axis), and by request where they stand first, which each is, how many."""
    del sorted
    x = np.asarray(ar)
    if axis is not None:
        return _unique_items(x, return_index, return_inverse, return_counts, axis, equal_nan)
    flat = x.ravel()
    if not return_index and not return_inverse:
        values = sort(flat)
    else:
        order = argsort(flat, kind="stable" if return_index or x.dtype.itemsize <= 2 else "quicksort")    # radix sorts
        values = flat[order]
    first = _firsts(values, equal_nan)
    if not return_index and not return_inverse and not return_counts:
        return values[first]
    if not return_index and not return_inverse:
        return values[first], _places(values, first, x.shape, False, False, True)[0]
    return (values[first],) + _places(order, first, x.shape, return_index, return_inverse, return_counts)


def _firsts(values, equal_nan):
    """Which of the sorted values differ from the one before."""
    first = np.ones(values.size, np.bool_)
    for k in range(1, values.size):
        x, y = values[k - 1], values[k]
        first[k] = x != y and not (equal_nan and x != x and y != y)
    return first


def _unique_items(ar, return_index, return_inverse, return_counts, axis, equal_nan):
    """The same of the items along axis, ordered by their elements. NaNs are equal in vectors alone."""
    if ar.ndim == 1:
        if axis != 0 and axis != -1:
            np.moveaxis(ar, axis, 0)
        return unique(ar, return_index, return_inverse, return_counts, None, equal_nan=equal_nan)
    x = np.moveaxis(ar, axis, 0)
    n = math.prod(x.shape[1:])
    rows = x.reshape(x.shape[0], n)
    order = np.arange(rows.shape[0])
    for k in range(n - 1, -1, -1):
        order = order[argsort(rows[:, k][order], kind="stable")]
    first = np.ones(order.size, np.bool_)
    for k in range(1, order.size):
        first[k] = np.any(rows[order[k]] != rows[order[k - 1]])
    values = np.moveaxis(x[order[first]], 0, axis)
    if not return_index and not return_inverse and not return_counts:
        return values
    return (values,) + _places(order, first, ar.shape[axis], return_index, return_inverse, return_counts)


def _places(order, first, shape, return_index, return_inverse, return_counts):
    """What was asked for of the items in order, of which these are the first of equal ones."""
    result = ()
    if return_index:
        result = result + (order[first],)
    if return_inverse:
        inverse = np.empty(order.size, np.intp)
        inverse[order] = np.cumsum(first) - 1
        result = result + (inverse.reshape(shape),)
    if return_counts:
        result = result + (np.diff(np.append(np.flatnonzero(first), first.size)),)
    return result


def unique_values(x):
    return unique(x)


def unique_counts(x):
    return unique(x, return_counts=True, equal_nan=False)


def unique_inverse(x):
    return unique(x, return_inverse=True, equal_nan=False)


def unique_all(x):
    return unique(x, return_index=True, return_inverse=True, return_counts=True, equal_nan=False)


def isin(element, test_elements, assume_unique=False, invert=False, *, kind=None):
    """Which elements are among the test elements."""
    del assume_unique, kind
    x, values = np.asarray(element), sort(np.ravel(test_elements))
    flat = x.ravel()
    out = np.empty(flat.size, np.bool_)
    for k in range(flat.size):
        at = _first_place(values, flat[k])
        out[k] = (at < values.size and values[at] == flat[k]) != invert
    return out.reshape(x.shape)


def in1d(ar1, ar2, assume_unique=False, invert=False, *, kind=None):
    del kind
    return isin(np.ravel(ar1), ar2, assume_unique, invert)


def _distinct(x, assume_unique):
    if assume_unique:
        return np.ravel(x)
    return unique(x)


def intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    """What is in both; return_indices: with where it stands first in each."""
    if return_indices:
        return _intersect_indices(np.ravel(ar1), np.ravel(ar2))
    both = sort(np.concatenate((_distinct(ar1, assume_unique), _distinct(ar2, assume_unique))))
    return both[:-1][both[1:] == both[:-1]]


def _intersect_indices(x, y):
    a, i = unique(x, return_index=True)
    b, j = unique(y, return_index=True)
    both = np.concatenate((a, b))
    order = argsort(both, kind="stable")
    both = both[order]
    twice = both[1:] == both[:-1]
    return both[:-1][twice], i[order[:-1][twice]], j[order[1:][twice] - a.size]


def union1d(ar1, ar2):
    return unique(np.concatenate((np.ravel(ar1), np.ravel(ar2))))


def setdiff1d(ar1, ar2, assume_unique=False):
    """What is in ar1 and not in ar2."""
    a = _distinct(ar1, assume_unique)
    return a[isin(a, ar2, invert=True)]


def setxor1d(ar1, ar2, assume_unique=False):
    """What is in one of both only."""
    both = sort(np.concatenate((_distinct(ar1, assume_unique), _distinct(ar2, assume_unique))))
    alone = np.ones(both.size, np.bool_)
    for k in range(1, both.size):
        if both[k - 1] == both[k]:
            alone[k - 1] = False
            alone[k] = False
    return both[alone]
