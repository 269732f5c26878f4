"""try, except, finally, raise: what is caught, what passes on, and that nothing leaks on the way."""
import signal
import traceback

import numpy as np
import pytest

import numjit
from differential import same


class Problem(ValueError):
    pass


def clauses(k):
    out = 0
    try:
        if k == 0:
            raise ValueError("v")
        if k == 1:
            raise Problem("p", k)
        if k == 2:
            out = 1 // (k - 2)
        if k == 3:
            raise KeyError
    except (Problem, IndexError):
        out += 1
    except ValueError:
        out += 10
    except ArithmeticError:
        out += 100
    else:
        out += 1000
    return out


@pytest.mark.parametrize("k", range(5))
def test_clauses(k):
    same(clauses, k)


def nested(a, i, j):
    log = 0
    try:
        try:
            log = 10 * log + int(a[i])
            try:
                log = 10 * log + 1 // j
            except IndexError:
                log = 10 * log + 9
            finally:
                log = 10 * log + 5
        except ZeroDivisionError:
            log = 10 * log + 7
            if i == 1:
                raise
            log = 10 * log + 8
    except IndexError:
        return log, -1
    return log, 0


@pytest.mark.parametrize("i, j", [(0, 1), (0, 0), (1, 0), (5, 1), (5, 0), (1, 1)])
def test_nested(i, j):
    same(nested, np.array([1.0, 2.0]), i, j)


def loop(a, n):
    good = bad = 0
    for i in range(n):
        try:
            if i % 5 == 4:
                continue
            if i == 17:
                break
            good += 10 // (i % 3)
            b = a * i                       # nests and temporaries inside of a protected range
            b[i % 7] += 1.0
            good += int(b.sum())
        except ZeroDivisionError:
            bad += 1
        except IndexError as e:
            bad += 100
        finally:
            bad += 1000
    return good, bad


@pytest.mark.parametrize("n", [0, 1, 4, 16, 30])
def test_loop(n):
    same(loop, np.arange(5.0), n)


def owned_in_handler(a, k):
    b = a + 1
    try:
        b = b * 2
        c = b[k:] + a
        b = c + 1
    except ValueError:
        return b
    return b


@pytest.mark.parametrize("k", [0, 1, 2])
def test_values_of_the_protected_block(k):
    same(owned_in_handler, np.arange(3.0), k)


def test_nothing_leaks():
    f = numjit.njit(owned_in_handler)
    g = numjit.njit(loop)
    a = np.arange(3.0)
    f(a, 1), g(a, 30)
    before = numjit.runtime_stats()["live_allocations"]
    for _ in range(100):
        f(a, 0), f(a, 1), f(a, 2), g(a, 30)
    assert numjit.runtime_stats()["live_allocations"] == before


def helper(x):
    if x < 0:
        raise Problem("negative", x)
    return x


def from_helper(x):
    try:
        return jitted_helper(x)
    except ValueError:
        try:
            return jitted_helper(x + 1)
        except Problem as e:
            raise e


jitted_helper = numjit.njit(helper)


@pytest.mark.parametrize("x", [3, -1, -2])
def test_from_a_helper(x):
    same(from_helper, x)


def again(x):
    try:
        return 1 // x, 0
    except Exception:
        raise


def test_lines_of_an_exception_that_is_raised_again():
    def lines(f):
        with pytest.raises(ZeroDivisionError) as e:
            f(0)
        return [(t.name, t.lineno) for t in traceback.extract_tb(e.tb)][1:]
    assert lines(numjit.njit(again)) == lines(again)


def spin(n):
    k = 0
    try:
        while k < n:
            k += 1
            if k % 1000 == 0:
                jitted_helper(-k)
    except Exception:
        return k
    except BaseException:
        return -1
    return 0


def test_while_in_try():
    same(spin, 5000)
    same(spin, 10)


def bare():
    raise


def test_raise_alone_outside_a_handler():
    with pytest.raises(numjit.errors.UnsupportedError):
        numjit.njit(bare)()


def bad_class(x):
    try:
        return 1 // x, 0
    except 3:
        return 0


def test_except_of_no_class():
    with pytest.raises(numjit.errors.UnsupportedError):
        numjit.njit(bad_class)(1)


def by_while(a):
    i = 0
    try:
        while True:
            i += 1
            a[0] = i
    except KeyboardInterrupt:
        return i > 1000 and abs(a[0] - i) <= 1


def by_for(a):
    s = 0.0
    try:
        for k in range(10**14):
            s += a[k % 2]
    except:
        return True
    return s < 0


def passes_exception(a):
    try:
        while True:
            a[0] += 1
    except Exception:
        return True


def cleans_up(a):
    try:
        for k in range(10**14):
            a[0] += k % 3
    finally:
        a[1] = 7


@numjit.njit
def long_work(a):
    s = 0.0
    for k in range(10**14):
        s += a[k % 2] * k
    return s


def in_a_callee(a):
    try:
        return long_work(a) < 0
    except BaseException:
        return True


def interrupted(function, a):
    def stop(*_):
        raise KeyboardInterrupt("now")
    had = signal.signal(signal.SIGALRM, stop)
    fast = numjit.njit("(f8[::1],)")(function)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        return fast(a)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, had)


@pytest.mark.parametrize("function", [by_while, by_for, in_a_callee])
def test_interrupts_are_caught(function):
    assert interrupted(function, np.zeros(2)) is True


@pytest.mark.parametrize("function", [passes_exception, cleans_up])
def test_interrupts_that_pass_handlers(function):
    a = np.zeros(2)
    with pytest.raises(KeyboardInterrupt, match="now"):
        interrupted(function, a)
    assert a[0] > 1000 and a[1] == (7 if function is cleans_up else 0)


def value_before_a_loop(n):
    try:
        before = n
        for k in range(3):
            last = k
    except Exception:
        return before
    return last


def test_a_handler_reads_what_was_set_before_a_loop():
    same(value_before_a_loop, 5)


def finally_in_loops(a):
    for v in a:
        k = 0
        while k < 1:
            k += 1
            try:
                a[0] = a[-1] & 63
            finally:
                a[1] = 7
    return a.copy()


def test_finally_in_two_loops():
    same(finally_in_loops, np.arange(3))
    same(finally_in_loops, np.arange(1))


def raise_in_finally_of_a_return(x):
    try:
        return 1 // x, 0
    except ZeroDivisionError:
        try:
            return x, 5
        finally:
            if x > 9:
                raise


def test_what_is_raised_again_in_the_finally_of_a_return():
    same(raise_in_finally_of_a_return, 0)
