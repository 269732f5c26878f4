"""Python ints on their way into arrays that cannot hold them."""
import linecache

import numpy as np
import pytest
from differential import same

STATEMENTS = """a.flat[0] = v; a.flat[1:3] = v; a.flat[np.array([0, 2])] = (v, v); a.flat = v; a[0] = v; a[:] = v; a[...] = v
a.fill(v); a[a == 0] = v; a[np.array([0, 1])] = v; a[np.array([0, 1])] = (v, 1); a[:] = (v, v, v, v); a[0:2] = [v, 1]
np.put(a, 0, v); a.put([1], [v]); np.copyto(a, v); np.copyto(a, v, where=a == 0); np.place(a, a == 0, v)
np.place(a, a == 0, (v, 1)); np.putmask(a, a == 0, v); np.fill_diagonal(a.reshape(2, 2), v)
np.fill_diagonal(a.reshape(2, 2), (v, 1)); np.put_along_axis(a, np.array([0]), v, 0); a += v; a *= v; a -= v"""
VALUES = """np.full_like(a, v); np.full(3, v, a.dtype); np.full_like(a, [v, v, v, v]); np.where(a == 0, a, v)
np.where(a != 0, a, v); np.where(True, v, a); np.select([a == 1], [a], v); np.clip(a, 0, v); np.clip(a, v, 300)
a + v; a == v; v > a; np.minimum(a, v); np.append(a, v); np.array([v], a.dtype); np.asarray(v, a.dtype); np.insert(a, 0, v)
np.sum(a, initial=v); np.prod(a, initial=v); np.max(a, initial=v); np.min(a, initial=v); np.searchsorted(a, v)
np.add(a, v, dtype=a.dtype)"""


def function(line):
    text = f"def f(a, v):\n    {line}\n"
    linecache.cache["<" + line + ">"] = len(text), None, text.splitlines(True), "<" + line + ">"
    names = {"np": np}
    exec(compile(text, "<" + line + ">", "exec"), names)
    return names["f"]


def lines():
    for s in STATEMENTS.replace("\n", ";").split(";"):
        yield s.strip() + "; return a"
    for s in VALUES.replace("\n", ";").split(";"):
        yield "return " + s.strip()


@pytest.mark.parametrize("line", list(lines()))
def test_out_of_range(line):
    if "np.where" in line and np.lib.NumpyVersion(np.__version__) >= "2.5.0":
        pytest.skip("an OverflowError since NumPy 2.5, a wrapped value before and here")
    f = function(line)
    for dtype in "u1", "i1", "u8":
        for v in 300, -1, -129, 7:
            same(f, np.zeros(4, dtype), v)


ARRAYS = np.array([1.5, 0, 3]), np.array([1, 0, 3]), np.array([1, 2, 3], "u1")
LOOPS = """np.add(a, a, dtype=np.float32); np.greater(a, 1.0, dtype=bool); np.greater(i, 1, dtype=np.bool_)
np.sqrt(i, dtype=np.float32); np.negative(i, dtype=np.int32); np.add(u, 1, dtype=np.uint8); np.isnan(a, dtype=bool)
np.logical_and(a, a, dtype=bool); np.abs(a * 1j, dtype=np.float64); np.add(a, a, dtype=np.complex128)
np.add(a, a, dtype=np.int64, casting='unsafe'); np.equal(u, i, dtype=bool); np.add(i > 1, i > 0, dtype=np.int64)"""


@pytest.mark.parametrize("line", ["return " + s.strip() for s in LOOPS.replace("\n", ";").split(";")])
def test_loop_dtype(line):
    f = function(line)
    names = f.__globals__
    exec(compile(f"def g(a, i, u):\n    {line}\n", f.__code__.co_filename, "exec"), names)
    same(names["g"], *ARRAYS)
