"""What is dear and stretched over other axes (exp of a row, sin of a column) is computed once: over empty axes, in every layout, and where the
rows and columns are views of what the statement writes."""
import numpy as np
import pytest

import numjit


def row_and_column(a, r, c):
    return np.exp(r) * a + np.exp(c)


def summed(a, r, c):
    return (np.exp(r) + np.sin(c) * a).sum(axis=-1)


def shared(a, r, c):
    return np.exp(r + c) * a, np.exp(r + c) - a


def in_place(a, r, c):
    a += np.exp(r)
    a *= np.sin(c)
    return a


def changed_between(a, r, c):
    t = np.exp(r) + a
    r += 1
    u = np.exp(r) + t
    return t, u, r


def chosen(a, r, c):
    return np.where(a > 0.5, np.exp(r), np.sqrt(c)).max(axis=0)


def powers(a, r, c):
    return np.power(a, np.exp(r)) / np.log(c + 2)


def written_twice(a, r, c):
    a[...] = np.exp(r) + c
    r[...] = a[:r.shape[0], :r.shape[1]] * 2
    b = np.exp(r) + a
    return a, r, b


FUNCTIONS = (row_and_column, summed, shared, in_place, changed_between, chosen, powers, written_twice)
LAYOUTS = {"C": np.copy, "F": np.asfortranarray, "A": lambda x: np.asfortranarray(x.repeat(2, 0).repeat(2, 1))[::2, ::2]}


def shapes(n, m):
    """Of r and c, so that they stretch to n x m, or stand in its stead."""
    return ((1, m), (n, 1)), ((n, m), (1, 1)), ((1, 1), (n, m)), ((n, 1), (1, m)), ((1, m), (1, m)), ((n, m), (n, m))


def outcome(f, args):
    try:
        result = f(*args)
    except Exception as error:
        return type(error), args
    return result if isinstance(result, tuple) else (result,), args


def agree(wanted, got):
    if isinstance(wanted, type) or isinstance(got, type):
        return wanted is got
    return all(x.shape == y.shape and np.allclose(x, y, rtol=1e-12, equal_nan=True) for x, y in zip(wanted, got, strict=True))


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_extents(f, layout):
    random, compiled = np.random.default_rng(0), numjit.njit(f)
    for n, m in ((n, m) for n in (1, 2, 0, 35) for m in (1, 3, 0, 50)):
        for of_row, of_column in shapes(n, m):
            args = [LAYOUTS[layout](random.random(shape)) for shape in ((n, m), of_row, of_column)]
            (wanted, x), (got, y) = outcome(f, [v.copy("K") for v in args]), outcome(compiled, args)
            assert agree(wanted, got), (n, m, of_row, of_column)
            assert isinstance(wanted, type) or agree(x, y), (n, m, of_row, of_column)


VIEWS = (lambda a: (a[:1], a[:, :1]), lambda a: (a[-1:], a[:, 1:2]), lambda a: (a[:1, ::-1], a[::-1, :1]), lambda a: (a, a[:1]),
         lambda a: (a[::-1], a[:, ::-1]))


@pytest.mark.parametrize("f", (in_place, changed_between, written_twice))
@pytest.mark.parametrize("views", VIEWS)
def test_overlap(f, views):
    compiled = numjit.njit(f)
    for shape in ((1, 4), (3, 4), (40, 40)):
        a = np.random.default_rng(1).random(shape)
        b = a.copy()
        (wanted, _), (got, _) = outcome(f, (a, *views(a))), outcome(compiled, (b, *views(b)))
        assert agree(wanted, got) and np.allclose(a, b, rtol=1e-12, equal_nan=True), shape
