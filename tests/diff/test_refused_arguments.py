"""What NumPy's functions refuse of their arguments, and what they do with odd ones, is what they do here."""
import numpy as np
import pytest

import numjit

X = np.arange(5.0)
FLOATS, UNSIGNED, SQUARE = np.array([1.0, 2.0]), np.array([1, 2], np.uint64), np.ones((2, 2), bool)
CASES = [(lambda a, d: np.gradient(a, d), (X, X[:4])), (lambda a, d: np.gradient(a, d), (X, np.arange(6.0))), (lambda a, d: np.gradient(a, d), (X, X ** 2)),
         (lambda a, d: np.gradient(a, d), (X[:2], X[:1])), (lambda a, d: np.gradient(a, d), (np.ones((3, 5)), X)),
         (lambda a, d, e: np.gradient(a, d, e), (np.ones((3, 5)), X[:3], X)), (lambda a, d, e: np.gradient(a, d, e), (np.ones((3, 5)), X, X[:3])),
         (lambda a, d: np.gradient(a, d, axis=1), (np.ones((3, 5)), X)), (lambda a, d: np.gradient(a, d, axis=1), (np.ones((3, 5)), X[:3])),
         (lambda a, d: np.gradient(a, d, axis=(0, 1)), (np.ones((3, 5)), 2.0)), (lambda a, d: np.gradient(a, d), (X, np.ones((5, 1)))),
         (lambda x, p, f: np.interp(x, p, f), (np.array([0.0, np.nan, 2.0]), X[:1], X[1:2])),
         (lambda x, p, f: np.interp(x, p, f), (np.array([0.0, np.nan, 2.0]), np.array([0.0, np.nan, 2.0]), X[:3])),
         (lambda a, i: np.put(a, i, 3), (X, FLOATS)), (lambda a, i: np.put(a, i, 3), (X, UNSIGNED)), (lambda a, i: np.put(a, i, 3), (X, FLOATS > 1)),
         (lambda a, i: np.choose(i, (a, a + 1)), (X[:2], FLOATS)), (lambda a, i: np.choose(i, (a, a + 1)), (X[:2], FLOATS > 1)),
         (lambda a, i: np.take(a, i), (X, FLOATS)), (lambda a, i: np.take(a, i), (X, UNSIGNED)), (lambda a, i: np.repeat(a, i), (X[:2], FLOATS)),
         (lambda i: np.bincount(i), (FLOATS,)), (lambda i: np.bincount(i), (UNSIGNED,)), (lambda i: np.bincount(i), (FLOATS > 1,)),
         (lambda c, a: np.compress(c, a), (SQUARE, X)), (lambda c, a: np.compress(c, a), (True, X)), (lambda c, a: a.compress(c), (SQUARE, X)),
         (lambda c, a: np.compress(c, a, axis=0), (SQUARE, np.ones((2, 2)))), (lambda c, a: np.compress(c, a), (FLOATS - 1, X))]


def outcome(f, args):
    args = [np.copy(a) if isinstance(a, np.ndarray) else a for a in args]
    try:
        r = f(*args)
    except Exception as e:
        return type(e), str(e).splitlines()[0]
    return [(np.asarray(x).dtype, np.asarray(x).tolist()) for x in (r if isinstance(r, tuple) else (r,))], [np.asarray(a).tolist() for a in args]


@pytest.mark.parametrize("case", CASES)
def test_as_in_numpy(case):
    f, args = case
    assert repr(outcome(numjit.njit(f), args)) == repr(outcome(f, args))
