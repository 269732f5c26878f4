"""What a signal's handler raises while an error of compiled code becomes an exception is not lost."""
import random
import signal

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
