"""Loops inside `try` and with a `try` inside: what a handler sees is what was there when it happened."""
import signal
import threading

import numpy as np
import pytest

import numjit
from differential import same


def gather(a, k):
    s = 0
    try:
        for i in range(len(k)):
            s += a[k[i]]
    except IndexError:
        return -s, i
    return s, -1


def write(a, b, n):
    last = -1
    try:
        for i in range(n):
            a[i] = b[i] * 2 + 1
            last = i
    except IndexError:
        return last, i
    return last, -2


def divide(a, b, out):
    done = 0
    try:
        for i in range(a.size):
            out[i] = int(a[i]) // int(b[i])
            done += 1
    except ZeroDivisionError:
        return done
    return -1


def each_turn(a, k):
    s, bad = 0.0, 0
    for i in range(k.size):
        try:
            s += a[k[i]]
        except IndexError:
            bad += 1
            s -= 1
        finally:
            s += 0.5
    return s, bad


def each_turn_writes(a, b):
    n = 0
    for i in range(a.size):
        try:
            a[i] = 100 // int(b[i])
        except ZeroDivisionError:
            a[i] = -1
            n += i
    return n


def leaves(a, k):
    for i in range(k.size):
        try:
            if a[k[i]] > 90:
                break
            if a[k[i]] == 7:
                continue
        except IndexError:
            return -i
        finally:
            a[0] += 1
    else:
        return 1000
    return i


def rows(a, n):
    s = 0.0
    i = j = -1
    try:
        for i in range(n):
            for j in range(n):
                s += a[i, j]
    except IndexError:
        return s, i, j
    return s, n, n


def while_inside(a, n):
    i, s = 0, 0
    try:
        while i < n:
            s += a[i]
            i += 1
    except IndexError:
        s = -s
    finally:
        s += 1
    return s, i


def expressions(a, b):
    t = 0.0
    try:
        c = a * b + 1
        d = c - b
        t = 1.0
        e = d / a
        return e.sum(), t
    except ValueError:
        return -1.0, t


def handler_sees_array(a, b):
    c = a
    try:
        c = a * 2
        d = c + b
        c = d * b
    except ValueError:
        return c
    return c + 1


@pytest.mark.parametrize("n", [0, 1, 7, 5000, 9000])
@pytest.mark.parametrize("bad", [None, 0, 3, 4095, 4096, 8999])
def test_gather(n, bad):
    a, k = np.arange(100), np.arange(n) % 100
    if bad is not None and bad < n:
        k[bad] = 100
    for f in (gather, each_turn, leaves):
        same(f, a, k)
        same(f, a, k % 50 - 50)


@pytest.mark.parametrize("n", [0, 1, 5, 4096, 4097, 10000])
@pytest.mark.parametrize("short", [0, 1, 1000])
def test_write(n, short):
    a, b = np.zeros(n), np.arange(max(n - short, 0)) * 1.0
    same(write, a, b, n)
    same(write, b, a, n)
    same(write, a[::-1], b, n)
    same(write, a, a, n)


@pytest.mark.parametrize("n", [1, 5, 1024, 1500, 5000])
@pytest.mark.parametrize("at", [(), (0,), (4,), (1023,), (1024, 1400), (4999, 7)])
def test_divide(n, at):
    b = np.arange(1, n + 1)
    b[[k for k in at if k < n]] = 0
    for f in (divide,):
        same(f, np.arange(n) * 7, b, np.zeros(n, np.int64))
        same(f, np.arange(n) * 7.0, b, np.zeros(n))
    same(each_turn_writes, np.zeros(n, np.int64), b)
    same(each_turn_writes, b, b)


def test_rows():
    for n in (0, 1, 3, 4, 70):
        same(rows, np.arange(70.0 * 66).reshape(70, 66), n)
        same(while_inside, np.arange(5), n)


@pytest.mark.parametrize("n, m", [(4, 4), (4, 3), (0, 0), (1, 5)])
def test_array_expressions(n, m):
    a, b = np.arange(n) + 1.0, np.arange(m) + 2.0
    same(expressions, a, b)
    same(handler_sees_array, a, b)


def long_gather(a, k, state):
    s = 0
    i = -1
    try:
        for t in range(k):
            for i in range(len(a)):
                s += a[i]
                a[i] = s & 3
    finally:
        state[0] = t
        state[1] = i
    return s


def long_while(a, k, state):
    i = 0
    try:
        while i < k:
            a[i & 15] += i
            i += 1
    except KeyboardInterrupt:
        state[0] = i
        return -1
    return 1


@pytest.mark.parametrize("f, raises", [(long_gather, True), (long_while, False)])
def test_interrupts_reach_the_handler(f, raises):
    g = numjit.njit(f)
    a, state = np.zeros(100000, np.int64), np.zeros(2, np.int64)
    g(a, 1, state)
    state[:] = 0
    timer = threading.Timer(0.2, lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT))
    timer.start()
    try:
        assert g(a, 10**10, state) == -1 and not raises
    except KeyboardInterrupt:
        assert raises
    timer.join()
    assert state[0] > 0


def handler_uses_the_loop(a, k):
    s = 0
    for i in range(k.size):
        try:
            s += int(a[k[i]])
        except IndexError:
            raise ValueError("no", i, s)
    return s


def goes_on_after(a, k):
    s = 0
    try:
        for i in range(k.size):
            s += a[k[i]]
    except IndexError:
        pass
    return s


def both_in_a_while(a, n):
    x = z = s = t = 0
    while t < n:
        t += 1
        try:
            a[x % 13] = t // (z - 1)
        except ArithmeticError:
            a[s % 13] = z
    return t


@pytest.mark.parametrize("n", [1, 40, 5000])
@pytest.mark.parametrize("bad", [0, 7, 4500])
def test_what_a_handler_makes_of_the_loop(n, bad):
    a, k = np.arange(100), np.arange(n) % 100
    if bad < n:
        k[bad] = 100
    for f in (handler_uses_the_loop, goes_on_after):
        same(f, a, k)
    same(both_in_a_while, np.arange(13), n)


def prange_inside(a, k, out):
    try:
        for i in numjit.prange(k.size):
            out[i] = a[k[i]]
    except IndexError:
        return -1
    return out.sum()


def prange_sees(a, k, out):
    s = 0
    try:
        for i in numjit.prange(k.size):
            s += a[k[i]]
    except IndexError:
        return s
    return s


def try_in_prange(a, k, out):
    bad = 0
    for i in numjit.prange(k.size):
        x = 0
        try:
            x = 1
            for j in range(3):
                x += a[k[i] + j]
        except (IndexError, ZeroDivisionError):
            out[i] = -x
            bad += 1
        else:
            out[i] = x
        finally:
            out[i] += 1
    return out.sum(), bad


def raise_in_prange(a, k, out):
    n = 0
    try:
        for i in numjit.prange(k.size):
            try:
                out[i] = a[k[i]]
            except IndexError as e:
                raise ValueError(i) from e
        n = 1
    except KeyError:
        n = 2
    return n


@pytest.mark.parametrize("f", [prange_inside, prange_sees, try_in_prange, raise_in_prange], ids=lambda f: f.__name__)
def test_prange_and_try(f):
    g = numjit.njit(parallel=True)(f)
    for n in (0, 1, 10, 5000, 50000):
        for bad in (None, 0, n // 2, n - 1):
            a, k = np.arange(100), np.arange(n) % 97
            if bad is not None and n:
                k[bad] = 5000
            want = got = None
            out = [np.zeros(n, np.int64), np.zeros(n, np.int64)]
            try:
                want = f(a, k, out[0])
            except ValueError as e:
                want = e.args, str(e.__cause__)
            try:
                got = g(a, k, out[1])
            except ValueError as e:
                got = e.args, str(e.__cause__)
            assert want == got
            assert np.array_equal(*out) or f is not try_in_prange
