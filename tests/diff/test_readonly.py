"""What NumPy says of a read-only array, wherever one is written."""
import numpy as np
import pytest
from differential import outcome

import numjit

STATEMENTS = """a.flat[0] = 1; a.flat[1:3] = 1; a.flat[np.array([0, 2])] = 1; a.flat = 1; a.flat = a; a[0] = 1; a[:] = 1; a.fill(1); a[a == 0] = 1
a[np.array([0])] = 1; np.put(a, 0, 1); a.put([1], [1]); np.copyto(a, 1); np.place(a, a == 0, 1); np.putmask(a, a == 0, 1); a.real = 1
np.fill_diagonal(a.reshape(2, 2), 1); a += 1; a[0] += 1; a.sort(); a[::-1].sort(); a.reshape(2, 2).sort(axis=0); a.partition(1)
np.random.shuffle(a); np.add(a, a, a); a.clip(0, 1, out=a)
np.cumsum(a, out=a); np.sum(np.ones((3, 4)), axis=0, out=a); np.ones((3, 4)).max(axis=0, out=a); np.ones((3, 4)).var(axis=0, out=a)
np.matmul(np.ones((4, 4)), np.ones(4), out=a); np.einsum("ij->i", np.ones((4, 4)), out=a); np.round(np.ones(4), out=a)
np.take(np.ones(4), np.array([0, 1, 2, 3]), out=a); np.argmax(np.ones((4, 4)), axis=0, out=a.view(np.int64))
np.median(np.ones((4, 4)), axis=0, out=a); np.nanmax(np.ones((4, 4)), axis=0, out=a)
np.outer(np.ones(2), np.ones(2), out=a.reshape(2, 2)); np.trace(np.ones((3, 3, 4)), out=a)"""


@pytest.mark.parametrize("line", [s.strip() for s in STATEMENTS.replace("\n", ";").split(";")])
def test_readonly(line):
    names = {"np": np}
    exec(f"def f(a):\n    {line}\n", names)
    f, a = names["f"], np.zeros(4)
    a.flags.writeable = False
    want, got = outcome(lambda: f(a)), outcome(lambda: numjit.njit(f)(a))
    assert want[0] == got[0] == "raised" and want[1][0] == got[1][0] and want[1][1] == got[1][1].split("\n")[0]
    assert not a.any()
