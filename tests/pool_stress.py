"""Works the thread pool from many sides at once, for a number of seconds: callers, nested regions, exceptions, forks.

    python tests/pool_stress.py [seconds]       exit status 0 and "ok", or what went wrong

Run by a test, and by `make tsan` under the thread sanitizer. NUMJIT_NUM_THREADS says how many threads the pool has."""
import os
import random
import sys
import threading
import time
import warnings

import numpy as np

import numjit
from numjit import njit, prange

A = np.random.default_rng(0).random(60_000)


@njit(parallel=True)
def expression(a):
    return (a * 2.0 + 1.0).sum(), np.sqrt(a).max()


@njit(parallel=True)
def inner(a, k):
    s = 0.0
    for i in prange(len(a)):
        s += a[i] * k
    return s


@njit(parallel=True)
def nested(a):
    out = np.zeros(8)
    for k in prange(8):
        out[k] = inner(a, k)
    return out


@njit(parallel=True)
def fails(a, at):
    for i in prange(len(a)):
        for k in range(20):
            if i == at:
                raise ValueError("it is", i)
    return 0


@njit(parallel=True)
def fails_inside(a, at):
    out = np.zeros(8)
    for k in prange(8):
        out[k] = fails(a, at if k == 3 else -1)
    return out


@njit(parallel=True)
def python_error(a, n):
    for i in prange(len(a)):
        if i % 20_000 == 7:
            print(n // (i - i), end="")
    return 0


@njit(parallel=True)
def texts(a, length):
    """Takes of the GIL inside of others, on all threads at once."""
    for i in prange(length.size):
        try:
            try:
                a[i] += 1
            except IndexError as e:
                raise ValueError(str(e))
        except ValueError as e:
            length[i] = len(str(e))


class Kept(ValueError):
    """Calls compiled code as it is made, and as it dies."""

    def __init__(self, i):
        inner(A[:10], i)

    def __del__(self):
        inner(A[:3000], 1)


@njit(parallel=True)
def made(out):
    for i in prange(out.size):
        try:
            if i % 3 == 0:
                raise Kept(i)
            out[i] = float("1.5") + np.full(i % 50, 2.0).sum()
        except Kept:
            out[i] = -1


def texts_sum():
    length = np.zeros(3000)
    texts(A[:1000].copy(), length)
    return length.sum()


def made_sum():
    out = np.zeros(300)
    made(out)
    return out.sum()


WANT = expression(A), [inner(A, k) for k in range(8)], nested(A).tolist(), texts_sum(), made_sum()


def raises(error, f, *args):
    try:
        f(*args)
    except error as e:
        return e
    raise AssertionError(f"no {error.__name__}")


def check(step):
    """One of several pieces of work."""
    if step == 0:
        assert expression(A) == WANT[0]
    elif step == 1:
        assert nested(A).tolist() == WANT[2] == WANT[1]
    elif step == 2:
        at = random.randrange(len(A))
        assert raises(ValueError, fails, A, at).args == ("it is", at)
    elif step == 3:
        assert raises(ValueError, fails_inside, A[:2000], 1999).args == ("it is", 1999)
    elif step == 4:
        raises(ZeroDivisionError, python_error, A, 5)
    elif step == 5:
        assert inner(A, 3) == WANT[1][3]
    elif step == 6:
        assert texts_sum() == WANT[3]
    elif step == 7:
        assert made_sum() == WANT[4]
    else:
        most = numjit.config.NUMBA_NUM_THREADS
        numjit.set_num_threads(random.randint(1, most))
        assert expression(A) == WANT[0]
        numjit.set_num_threads(most)


def caller(until, errors, steps):
    try:
        while time.monotonic() < until and not errors:
            check(random.choice(steps))
    except BaseException as e:
        errors.append(e)


def forked():
    """A child works with a pool of its own; None, or how it ended."""
    pid = os.fork()
    if pid == 0:
        try:
            for step in (0, 1, 2, 3, 6, 7):
                check(step)
            os._exit(0)
        except BaseException as e:
            print("in a child:", repr(e), file=sys.stderr, flush=True)
            os._exit(1)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return None if status == 0 else f"a child ended with status {status}"
        time.sleep(0.01)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return "a child hangs"


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    forks = "--no-forks" not in sys.argv
    # CPython 3.11 forks with the lock of its thread states held, where a thread of the pool makes one to take the GIL: the child hangs
    steps = [0, 1, 2, 3, 5, 8] if forks and sys.version_info < (3, 12) else range(9)
    warnings.simplefilter("ignore", DeprecationWarning)         # CPython's, of forks beside threads
    errors, until = [], time.monotonic() + seconds
    threads = [threading.Thread(target=caller, args=(until, errors, steps)) for _ in range(4)]
    for t in threads:
        t.start()
    while forks and time.monotonic() < until and not errors:
        time.sleep(0.05)
        wrong = forked()
        if wrong:
            errors.append(wrong)
    for t in threads:
        t.join()
    if errors:
        sys.exit(repr(errors[0]))
    print("ok")


if __name__ == "__main__":
    main()
