"""Functions of thousands of lines, as programs write them: they compile, and what they take does not grow with the square."""
import resource
import threading

import numpy as np
import pytest
from differential import same

import numjit

N = 3000


def make(body, n=N):
    lines = ["def f(a, x):", "    s, t = x, x"]
    for k in range(n):
        lines += ["    " + line for line in body.format(k=k, d=k % 10).splitlines()]
    names = {}
    exec("\n".join([*lines, "    return s"]), {"np": np}, names)
    return names["f"]


@pytest.mark.parametrize("body", [
    "s = (s * {d} + t) % 1000\nt = t - s", "v{k} = s + {k}\ns = v{k} % 7", "if x > {k}:\n    v{k} = s\nelse:\n    v{k} = t\ns += v{k}",
    "s += a[{d}] * t", "a[{d}] = s + {k}\ns = 1.0 * {k}",
], ids=["arithmetic", "locals", "branches", "loads", "stores"])
def test_long(body):
    same(make(body), np.arange(10.0), 3.0)


def test_so_large_that_few_passes_run():
    """1,000 divisions, checks and all, and a loop of vectors behind them: the short list of passes keeps what they mean."""
    lines = "".join(f"    s += (a + {i}) // (b + {i}) - a % (b + {i + 1})\n" for i in range(1000))
    namespace = {}
    exec(f"def f(a, b, x):\n    s = 0\n{lines}    for i in range(len(x)):\n        x[i] += s\n    return s + x.sum()\n", namespace)
    x = np.arange(100.0)
    same(namespace["f"], 12345, 7, x)
    same(namespace["f"], 12345, -500, x)        # ZeroDivisionError, at its line


def chained(n, last):
    """n statements that are one expression."""
    namespace = {}
    lines = "".join("    s = s * b + a\n" for _ in range(n))
    exec(f"def f(a, b):\n    s = a\n{lines}    return {last}\n", {"np": np}, namespace)
    return namespace["f"]


@pytest.mark.parametrize("last", ["s", "np.cosh(s)"])
def test_long_chains_of_arrays(last):
    """Each of 1,000 statements takes memory for what it is, not for all before it: that was 20 GB for 3,000."""
    f = chained(1000, last)
    compiled, a, b = numjit.njit(f), np.linspace(0.1, 2, 50), np.linspace(0.5, 0.9, 50)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert np.allclose(compiled(a, b), f(a, b), rtol=1e-12)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500 << 10      # kilobytes
    assert np.allclose(compiled(a, b[:1]), f(a, b[:1]), rtol=1e-12)


@pytest.mark.parametrize("n", [20, 70, 300])
def test_more_dear_values_than_buffers(n):
    """Shared divisions before a function that is called in blocks: what is kept for a block has to fit its memory."""
    lines = "".join(f"    x{k} = x{k - 1} / (b + {k}.5)\n    s = s + x{k} * x{k}\n" for k in range(1, n + 1))
    namespace = {}
    exec(f"def f(a, b):\n    x0 = a\n    s = a * 0\n{lines}    return np.cosh(s)\n", {"np": np}, namespace)
    f, a, b = namespace["f"], np.linspace(0.1, 2, 3000), np.linspace(0.5, 0.9, 3000)
    assert np.allclose(numjit.njit(f)(a, b), f(a, b), rtol=1e-13)


def test_many_nests_that_stay_apart():
    """Hundreds of reductions, of which few may be one nest: fusing looks at pairs of them, not at all again after each merge."""
    lines = "".join(f"    s += np.argmax(a + {k})\n" for k in range(100))
    namespace = {}
    exec(f"def f(a):\n    s = 0\n{lines}    return s\n", {"np": np}, namespace)
    same(namespace["f"], np.array([1.0, 5.0, 2.0]))


@pytest.mark.parametrize("body", [
    "try:\n    s += a[{d}]\nexcept IndexError as e:\n    s += 1.5", "z = np.zeros(3)\nz[{d} % 3] = x\ns += z[1] + a @ a",
    "if x > {k}:\n    return (s * np.ones(3))[1]\ns += a[a > {d}].sum()",
], ids=["tries", "arrays", "ways out"])
def test_many_places_to_leave_from(body):
    """Each with something else alive: what stands on the way out is written once, and no list of arrays grows with each of them."""
    same(make(body, 100), np.arange(9.0), -1.0)


def test_a_long_chain_of_functions():
    """Typed from its end on, each function once or twice."""
    namespace = {"njit": numjit.njit}
    for k in range(600):
        exec(f"@njit\ndef f{k}(a, i):\n    return a[i] * {k} + " + (f"f{k - 1}(a, i)" if k else "1.0"), namespace)
    assert namespace["f599"](np.arange(3.0), 2) == 2.0 * 599 * 300 + 1


def test_on_a_small_stack():
    """Long functions and chains of them compile and run in a thread of 512 KB: their ways, calls and handlers are not one frame each."""
    branches = make("if x > {k}:\n    s += a[{d}]", 3000)
    handlers = make("try:\n    s += a[{d}]\nexcept IndexError as e:\n    s += 1.5", 250)
    results, size = [], threading.stack_size(512 << 10)
    thread = threading.Thread(target=lambda: [results.append(numjit.njit(f)(np.arange(9.0), 5.0)) for f in (branches, handlers)])
    thread.start()
    thread.join()
    threading.stack_size(size)
    assert results == [branches(np.arange(9.0), 5.0), handlers(np.arange(9.0), 5.0)]


def test_more_is_carried_around_a_loop_than_a_tuple_holds():
    names = [f"v{k}" for k in range(1100)]
    turn = "; ".join(f"{', '.join(n)} = {', '.join(n[1:] + n[:1])}" for n in (names[:550], names[550:]))
    lines = ["def f(a, out):", *(f"    {v} = {k}.0" for k, v in enumerate(names)), "    for i in range(len(a)):",
             "        out[i] = a[i - 1] + v0", f"        {turn}", "    return v0 + v600"]
    space = {}
    exec("\n".join(lines), space)
    same(space["f"], np.arange(50.0), np.zeros(50))
