"""Functions of thousands of lines, as programs write them: they compile, and what they take does not grow with the square."""
import numpy as np
import pytest
from differential import same

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
