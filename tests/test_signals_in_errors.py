"""What a signal's handler raises while an error becomes an exception is not lost."""
import random
import signal
import sys

import numpy as np
import pytest

import numjit


class Alarm(Exception):
    pass


@numjit.njit
def fails(a, i):
    return a[i]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="POSIX")
def test_handler_in_traceback():
    a, ran, seen = np.zeros(3), 0, 0

    def handler(*_):
        nonlocal ran
        ran += 1
        raise Alarm

    had = signal.signal(signal.SIGALRM, handler)
    try:
        for _ in range(300):
            before = ran
            try:
                signal.setitimer(signal.ITIMER_REAL, random.uniform(2e-5, 2e-4))
                while ran == before:
                    try:
                        fails(a, 7)
                    except IndexError:
                        pass
            except Alarm:
                seen += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, had)
    assert seen == ran == 300


def test_no_frame_left_for_a_traceback():
    """An error where Python's recursion limit leaves no room to make a frame is that error."""
    seen = []

    def down(k):
        if k > 0:
            down(k - 1)
            return
        try:
            fails(a, 7)
        except Exception as e:
            seen.append(type(e))
    a, limit = np.zeros(3), sys.getrecursionlimit()
    down(0)
    sys.setrecursionlimit(400)
    try:
        for k in range(200, 400):
            down(k)
    except RecursionError:
        pass
    finally:
        sys.setrecursionlimit(limit)
    assert len(seen) > 1 and set(seen[:-1]) == {IndexError}      # to make the exception is a call too, at the very end


def test_handler_while_a_line_is_read(monkeypatch):
    """A message about code shows its line: what is raised while that is looked up stays."""
    def getline(*_):
        raise Alarm

    monkeypatch.setattr("linecache.getline", getline)
    with pytest.raises(Alarm) as error:
        numjit.njit(lambda a: a.nothing)(np.zeros(3))
    assert isinstance(error.value.__context__, numjit.TypingError)
    f = numjit.njit(lambda a: a + 1)
    f(np.zeros(3))
    with pytest.raises(Alarm):
        f.explain()
    monkeypatch.undo()
    assert "lambda" in f.explain()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="POSIX")
@pytest.mark.parametrize("parallel", [False, True])
def test_handler_while_compiled_code_asks_what_it_caught(parallel):
    """What the signal's handler raises is no part of that: it leaves the call."""
    @numjit.njit(parallel=parallel)
    def texts(a, length):
        for i in numjit.prange(length.size):
            try:
                a[i] += 1
            except IndexError as e:
                length[i] = len(str(e))

    ran = seen = 0

    def handler(*_):
        nonlocal ran
        ran += 1
        raise Alarm

    a, length = np.zeros(2), np.zeros(40)
    texts(a, length)
    had = signal.signal(signal.SIGALRM, handler)
    try:
        for _ in range(200):
            before = ran
            try:
                signal.setitimer(signal.ITIMER_REAL, random.uniform(2e-5, 2e-4))
                while ran == before:
                    texts(a, length)
                    assert (length[2:] > 40).all()
            except Alarm:
                seen += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, had)
    assert seen == ran == 200
