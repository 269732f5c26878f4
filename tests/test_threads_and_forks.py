"""Any thread may decorate, compile and call at any time; a forked child compiles and calls."""
import os
import sys
import threading
import warnings

import numpy as np
import pytest

import child
import numjit


def run_all(work, n):
    """work(k) in n threads that begin together; what they raised."""
    errors, begin = [], threading.Barrier(n)

    def run(k):
        begin.wait()
        try:
            work(k)
        except BaseException as e:
            errors.append(e)
    threads = [threading.Thread(target=run, args=(k,)) for k in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return errors


def test_sixteen_threads_decorate_compile_and_call():
    @numjit.njit
    def shared(a):
        return (a * 2).sum()

    def work(k):
        for i in range(3):
            @numjit.njit
            def f(x, n):
                s = x
                for j in range(n):
                    s += shared(np.full(3, j + k))
                return s
            assert f(1, 10) == 1 + sum(6 * (j + k) for j in range(10))
            assert f(1.5, 10) == 1.5 + sum(6 * (j + k) for j in range(10))
            assert shared(np.arange(k + 1)) == k * (k + 1)
    assert run_all(work, 16) == []


def test_one_function_called_first_by_many_threads():
    for _ in range(5):
        @numjit.njit
        def f(a):
            return a[-1] + len(a)
        assert run_all(lambda k: [f(np.arange(1 + k)) for _ in range(100)], 16) == []
        assert f.stats["specializations"] == 1


def test_exceptions_from_many_threads():
    @numjit.njit
    def deep(a, i):
        if i > 3:
            return a[i]
        return deep(a, i + 1)

    @numjit.njit
    def caught(a, i):
        try:
            return deep(a, i)
        except IndexError:
            return -1

    @numjit.njit
    def divide(n):
        s = 0
        for k in range(n):
            s += n // (n - 1 - k)
        return s

    def work(k):
        for i in range(200):
            with pytest.raises(IndexError) as e:
                deep(np.arange(2), i % 5)
            depth, t = 0, e.value.__traceback__
            while t is not None:
                depth += t.tb_frame.f_code.co_name == "deep"
                t = t.tb_next
            assert depth == max(4 - i % 5, 0) + 1
            assert caught(np.arange(2), 0) == -1
            with pytest.raises(ZeroDivisionError):
                divide(50 * k + 1)
            with pytest.raises(numjit.errors.TypingError):
                deep(np.arange(2), "x") if i % 100 == 0 else divide({})
    assert run_all(work, 8) == []


FORK = """
import os, sys, threading, time
import numpy as np
import numjit

def compile_one(k, parallel=False):
    @numjit.njit(parallel=parallel)
    def f(a):
        s = 0.0
        for i in numjit.prange(len(a)):
            for j in range(3):
                s += a[i] * j + k
        return s
    n = 100000 if parallel else 10
    assert f(np.ones(n)) == n * (3 + 3 * k)

compile_one(0)
compile_one(0, True)
stop = False
def busy():
    k = 0
    while not stop:
        k += 1
        compile_one(k, k % 4 == 0)
threads = [threading.Thread(target=busy) for _ in range(2)]
for t in threads:
    t.start()
failed = 0
for n in range(12):
    time.sleep(0.003 * n)
    pid = os.fork()
    if pid == 0:
        try:
            for k in range(2):
                compile_one(1000 + n + k, k == 1)
            os._exit(0)
        except BaseException as e:
            print(repr(e), file=sys.stderr)
            os._exit(1)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            failed += status != 0
            break
        time.sleep(0.002)
    else:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        failed += 1
        print("a child hangs", file=sys.stderr)
        break
stop = True
for t in threads:
    t.join()
sys.exit(failed)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_forked_while_another_thread_compiles():
    done = child.run(["-P", "-W", "ignore", "-c", FORK])
    assert done.returncode == 0, done.stderr


def test_a_compilation_inside_of_a_compilation():
    """What the garbage collector runs while a function is compiled may call others that are not compiled yet, and that one."""
    import gc
    seen = []

    class Last:
        def __del__(self):
            try:
                seen.append(numjit.njit(lambda x: x + 1)(1))
                seen.append(f(1) - 7)
            except BaseException as e:
                seen.append(e)

    @numjit.njit
    def f(x):
        return [x + k for k in (0, 1, 2, 3, 4)][2] + sum([v * 2 for v in (x, x, x)])
    old = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for _ in range(50):
            cycle = Last()
            cycle.self = cycle
        del cycle
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert f(1) == 9
    finally:
        gc.set_threshold(*old)
    gc.collect()
    assert seen == [2] * 100


@pytest.mark.not_sanitized      # the sanitizer's allocator may be locked in the child of a process with threads; make tsan runs this
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_pool_from_many_sides():
    script = os.path.join(os.path.dirname(__file__), "pool_stress.py")
    done = child.run(["-P", script, "3"], 240, os.environ | {"NUMJIT_NUM_THREADS": "5"})
    assert done.stdout == "ok\n", done.stderr


FORK_IN_REGION = """
import os, signal, sys
import numpy as np
import numjit

@numjit.njit(parallel=True)
def f(n):
    out = np.zeros(8)
    for i in numjit.prange(8):
        s = 0.0
        for j in range(n):
            s += np.sin(j + i)
        out[i] = s
    return out

f(10)
pid = None
def on_alarm(*_):
    global pid
    pid = os.fork()
signal.signal(signal.SIGALRM, on_alarm)
signal.setitimer(signal.ITIMER_REAL, 0.03)
try:
    while pid is None:
        got = f(3000000)
except RuntimeError as e:
    os._exit(0 if pid == 0 and "forked" in str(e) else 3)
if pid == 0:            # forked between two calls
    os._exit(0 if (got != 0).all() else 2)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) or not (got != 0).all())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_inside_of_a_parallel_region():
    """By a signal handler: the parent goes on; in the child the threads that had begun chunks are not there."""
    done = child.run(["-P", "-W", "ignore", "-c", FORK_IN_REGION], env=os.environ | {"NUMJIT_NUM_THREADS": "3"})
    assert done.returncode == 0, done.stderr


RANDOM = """
import os, sys
import numpy as np
import numjit

@numjit.njit
def draw():
    return np.random.random(), np.random.standard_normal()

@numjit.njit
def seed(n):
    np.random.seed(n)

seed(3)
draw()
seen = set()
for _ in range(3):
    r, w = os.pipe()
    if os.fork() == 0:
        os.write(w, repr(draw()).encode())
        os._exit(0)
    os.wait()
    seen.add(os.read(r, 200))
seen.add(repr(draw()).encode())
sys.exit(len(seen) != 4)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_each_child_has_random_numbers_of_its_own():
    assert child.run(["-P", "-W", "ignore", "-c", RANDOM]).returncode == 0


STOPPED = """
import signal, sys
import numpy as np
import numjit

@numjit.njit(parallel=True, debug=True)
def inner(n):
    s = 0.0
    for i in numjit.prange(400000):
        for j in range(n):
            s += np.sin(j + i)
    return s

@numjit.njit(parallel=True, debug=True)
def outer(a, first, n):
    s = 0.0
    for k in numjit.prange(4):
        if k == 0:
            for j in range(first):
                s += np.sin(j)
            s += a[6 - len(a)]
        else:
            s += inner(n)
    return s

class Stop(Exception):
    pass

def on_alarm(*_):
    raise Stop

outer(np.zeros(4), 3, 3)
numjit.set_parallel_chunksize(1)
signal.signal(signal.SIGALRM, on_alarm)
if sys.argv[1] == "error":                  # of the lowest chunk, while others are in regions of their own
    want, call = IndexError, lambda: outer(np.zeros(3), 3000000, 10**9)
else:                                       # this thread is in a later chunk than another one
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    want, call = Stop, lambda: outer(np.zeros(4), 3, 10**9)
try:
    call()
except want:
    sys.exit(0)
sys.exit(1)
"""


@pytest.mark.parametrize("way", ["error", "signal"])
def test_all_that_is_not_wanted_any_more_is_stopped(way):
    """Chunks in regions of their own, and lower ones where a signal interrupts: without it this would run for days."""
    done = child.run(["-P", "-c", STOPPED, way], env=os.environ | {"NUMJIT_NUM_THREADS": "2"})
    assert done.returncode == 0, done.stderr


UNWANTED = """
import signal, sys
import numpy as np
import numjit

@numjit.njit(parallel=True)
def f(began, n):
    for i in numjit.prange(4):
        if i == 0:                              # the caller's: until the other thread is at its own
            while n > 0 and began[0] == 0:
                began[1] += 1
        if i == 2:
            began[0] = 1
            for k in range(n):
                began[2] += np.sin(k)
        if i == 3:                              # the caller's too
            raise ValueError("three")

class Stop(Exception):
    pass

def on_alarm(*_):
    raise Stop

numjit.set_parallel_chunksize(1)
try:
    f(np.zeros(3), 0)
except ValueError:
    pass
signal.signal(signal.SIGALRM, on_alarm)
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    f(np.zeros(3), 10**12)
except Stop:
    sys.exit(0)
sys.exit(1)
"""


def test_a_signal_while_a_chunk_below_the_one_that_failed_runs():
    """The caller waits for it, since its error would win: signals' handlers run, though no chunk of the caller's is wanted any more."""
    done = child.run(["-P", "-c", UNWANTED], env=os.environ | {"NUMJIT_NUM_THREADS": "2"})
    assert done.returncode == 0, done.stderr


FORK_IN_WORKER = """
import os, sys, threading
import numpy as np
import numjit

pids = []
class Forks(ValueError):
    def __init__(self, i):
        if threading.current_thread() is not threading.main_thread() and not pids:
            pids.append(os.fork())

@numjit.njit(parallel=True)
def f(n, began):
    for i in numjit.prange(4):
        while n > 0 and i == 0 and began[0] == 0:
            began[1] += 1
        if n > 0 and i > 1:
            try:
                raise Forks(i)
            except ValueError:
                began[0] = 1

numjit.set_parallel_chunksize(1)
f(0, np.zeros(2))
f(1, np.zeros(2))
sys.exit(len(pids) != 1 or os.waitstatus_to_exitcode(os.waitpid(pids[0], 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork") or sys.version_info < (3, 13), reason="needs fork; before 3.13 CPython cannot take the GIL a second time there")
def test_a_fork_in_a_thread_of_the_pool():
    """The child is that thread alone: it ends with what it is at, as any thread's does."""
    done = child.run(["-P", "-W", "ignore", "-c", FORK_IN_WORKER], env=os.environ | {"NUMJIT_NUM_THREADS": "2"})
    assert done.returncode == 0, done.stderr


AT_THE_END = """
import os, sys, threading, time, types
import numpy as np
import numjit

@numjit.njit(parallel=True)
def texts(a, length):
    for i in numjit.prange(length.size):
        try:
            a[i] += 1
        except IndexError as e:
            length[i] = len(str(e))

class Last:
    def __del__(self, texts=texts, n=np.zeros(20000), a=np.zeros(1000), njit=numjit.njit, write=os.write, ending=sys.is_finalizing):
        texts(a, n)
        try:
            njit(lambda x: x + 1)(1)
        except RuntimeError:                    # a thread that was stopped has the compiler
            pass
        write(1, b"%d %d" % (ending(), sum(n.tolist())))

def regions():
    while True:
        texts(np.zeros(1000), np.zeros(20000))

def compiles():
    k = 0
    while True:
        k += 1
        numjit.njit(lambda a: np.where(a > 1, a + 1, a).sum() + k)(np.ones(k))

texts(np.zeros(1000), np.zeros(20000))
sys.modules["late"] = types.ModuleType("late")
sys.modules["late"].last = Last()
for k in range(2):
    threading.Thread(target=globals()[sys.argv[1]], daemon=True).start()
time.sleep(0.2)
"""


@pytest.mark.parametrize("way", ["regions", "compiles"])
def test_daemon_threads_and_finalizers_at_the_end_of_the_interpreter(way):
    """Threads are stopped where they ask for the GIL, with what they hold; finalizers compile and run regions still, and wait for none."""
    done = child.run(["-P", "-W", "ignore", "-c", AT_THE_END, way], env=os.environ | {"NUMJIT_NUM_THREADS": "4"})
    want = sum(len(f"index {i} is out of bounds for axis 0 with size 1000") for i in range(1000, 20000))
    assert (done.returncode, done.stdout) == (0, f"1 {want}")
