"""What a handler may use of what its block computed."""
import sys
import traceback

import numpy as np
import pytest

import numjit
from differential import same


def add_either_way(a, b):
    try:
        a += b
    except ValueError:
        b += a[:1]
    return a, b


@pytest.mark.parametrize("n, m", [(3, 3), (1, 3), (3, 1), (2, 3)])
def test_update_in_try_and_handler(n, m):
    same(add_either_way, np.arange(n) + 1j, np.arange(m) * 2j)


def used_after_both(a, k):
    try:
        a[k % a.shape[0]] = 3
    except ZeroDivisionError:
        k += 1
    finally:
        x = a[1 % a.shape[0]]
    return x + k


@pytest.mark.parametrize("n", [0, 1, 3])
def test_computed_in_try_and_needed_after_it(n):
    same(used_after_both, np.arange(n), 4)


def linked(k, x):
    try:
        return 1 // x
    except ZeroDivisionError as e:
        if k == 0:
            raise ValueError("from it", x) from e
        if k == 1:
            raise ValueError("in it")
        if k == 2:
            raise ValueError("from None") from None
        if k == 3:
            raise ValueError("from a new one") from KeyError("k", 2.5)
        if k == 4:
            raise ValueError("from a class") from IndexError
        if k == 5:
            raise e from ValueError("itself")
        if k == 6:
            try:
                raise KeyError("inner")
            except KeyError:
                raise TypeError("third")
        raise e


def chain(e):
    return e and (type(e), e.args, chain(e.__cause__), chain(e.__context__), e.__suppress_context__)


def raised(f, *args):
    try:
        f(*args)
    except Exception as e:
        return e


@pytest.mark.parametrize("k", range(8))
def test_cause_and_context(k):
    fast = numjit.njit(linked)
    assert chain(raised(linked, k, 0)) == chain(raised(fast, k, 0))
    # inside of a handler of Python's own
    try:
        raise RuntimeError
    except RuntimeError:
        inside = raised(fast, k, 0)
    assert type(inside) is type(raised(linked, k, 0))


def test_the_context_has_its_traceback():
    e = raised(numjit.njit(linked), 0, 0)
    assert "return 1 // x" in "".join(traceback.format_exception(e))


def test_links_do_not_leak():
    fast = numjit.njit(linked)
    for k in range(8):
        raised(fast, k, 0)
    before = sys.getrefcount(ZeroDivisionError), numjit.runtime_stats()["live_allocations"]
    for _ in range(100):
        for k in range(8):
            raised(fast, k, 0)
    if before[0] < 2**30:           # from CPython 3.12 on it is immortal, and not everybody counts it
        assert sys.getrefcount(ZeroDivisionError) <= before[0] + 10
    assert numjit.runtime_stats()["live_allocations"] == before[1]


def raised_by_name(again):
    try:
        raise ValueError("first")
    except ValueError as e:
        if again:
            raise e
        raise


@pytest.mark.parametrize("again", [True, False])
def test_lines_of_an_exception_that_is_raised_again(again):
    def lines(f):
        with pytest.raises(ValueError) as error:
            f(again)
        return [entry.lineno for entry in traceback.extract_tb(error.value.__traceback__) if entry.name == "raised_by_name"]
    assert lines(numjit.njit(raised_by_name)) == lines(raised_by_name)
