"""Ways of running Python: its options, numjit switched off, processes that are spawned, threads at work when it ends."""
import os

import pytest

import child

USE = """
import pickle, numpy as np
from numjit import njit, prange, runtime_stats, vectorize

@njit
def helper(x, more=1):
    "Adds."
    return x + more

@njit(parallel=True)
def total(a):
    s = 0.0
    for i in prange(len(a)):
        s += helper(a[i])
    return s

@vectorize
def kernel(x):
    return helper(x) * 2

class Box:
    @njit
    def method(self, x):
        return x

    @staticmethod
    @njit
    def static(x):
        return x

assert total(np.ones(100)) == 200 and total.on("cpu")(np.ones(3)) == 6
assert (kernel(np.arange(3)) == [2, 4, 6]).all() and Box.static(2) == 2
assert helper(1, more=4) == helper(*[1], **{"more": 4}) == 5 and helper.py_func(1) == 2
assert pickle.loads(pickle.dumps(helper)) is helper and helper.__name__ == "helper"
try:
    helper()
except TypeError as error:
    assert "helper() missing 1 required positional argument: 'x'" in str(error)
"""
OFF = USE + """
def plain(x):
    return x + 1

assert helper.signatures == [] and Box().method(3) == 3
before = runtime_stats()
other = njit(nogil=True)(plain)
assert type(other).__name__ == type(helper).__name__ == "function"
assert other.py_func is plain and other(1) == 2 and njit("i8(i8)")(plain)(1) == 2
after = runtime_stats()
assert after["interpreted_calls"] == before["interpreted_calls"] + 2 and after["compilations"] == before["compilations"]
"""


def run(program, *options, **environment):
    done = child.run(["-P", *options, "-c", program], 200, {**os.environ, **environment})
    assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("options", [["-W", "error"], ["-X", "dev", "-W", "error"], ["-OO"]], ids=" ".join)
def test_options_of_python(options):
    run(USE, *options)


@pytest.mark.parametrize("options", [["-W", "error"], ["-OO"]], ids=" ".join)
def test_switched_off(options):
    run(OFF, *options, NUMJIT_DISABLE_JIT="1")


PROCESSES = """
import concurrent.futures, multiprocessing, sys
import numpy as np
from numjit import njit, prange

@njit(parallel=True)
def total(a):
    s = 0.0
    for i in prange(len(a)):
        s += a[i]
    return s

@njit
def inverse(n):
    return 1 // n

if __name__ == "__main__":
    a = np.ones(100_000)
    assert total(a) == 100_000
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(sys.argv[1])) as pool:
        assert list(pool.map(total, [a, a * 2])) == [100_000, 200_000]
        try:
            pool.submit(inverse, 0).result()
        except ZeroDivisionError:
            print("well")
"""


@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
def test_processes(start, tmp_path):
    program = tmp_path / "processes.py"
    program.write_text(PROCESSES)
    done = child.run(["-W", "ignore", str(program), start], 200, cwd=tmp_path)
    assert done.stdout == "well\n", done.stdout + done.stderr


ENDING = """
import threading, time
import numpy as np
from numjit import njit, prange

@njit(nogil=True)
def spin(n):
    s = 0
    for i in range(n):
        s += i % 7
    return s

@njit(parallel=True, nogil=True)
def total(a, n):
    s = 0.0
    for k in range(n):
        for i in prange(len(a)):
            s += a[i] * k
    return s

def spins():
    spin(50_000_000)

def totals():
    total(np.ones(100_000), 50)

def compiles():
    njit(lambda a: (a * 2 + 1).sum())(np.ones(4))

def raises():
    try:
        njit(lambda a: a[5])(np.ones(4))
    except IndexError:
        pass

def for_ever(work):
    while True:
        work()

spin(10), total(np.ones(100_000), 2)
for _ in range(3):
    threading.Thread(target=for_ever, args=(WORK,), daemon=True).start()
time.sleep(0.1)
print("end", flush=True)
"""


@pytest.mark.parametrize("work", ["spins", "totals", "compiles", "raises"])
def test_threads_at_work_when_python_ends(work):
    assert run(ENDING.replace("WORK", work)) == "end\n"
