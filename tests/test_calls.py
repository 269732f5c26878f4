"""Which specialization a call takes, whatever came before; what its result is to NumPy."""
import functools
import subprocess
import sys

import numpy as np
import pytest

import numjit
from numjit import njit


def kind(x):
    return x


VALUES = [1, 2**63 - 1, -2**63, True, 1.5, float("nan"), 1j, None, np.float32(2), np.int64(3), (1, 2.0), np.zeros(3), np.zeros(3, "f4"),
          np.zeros(3, ">f8").astype("f8"), np.zeros((2, 3)), np.zeros((2, 3)).T, np.zeros((2, 3))[:, ::2], np.zeros(()), np.zeros((1, 1)),
          np.zeros((0, 3)), np.frombuffer(b"12345678", "i8"), "x"]


def test_every_type_finds_its_own():
    f = njit(kind)
    for order in (VALUES, VALUES[::-1], [v for pair in zip(VALUES, VALUES[::-1]) for v in pair]):
        for v in order:
            got = f(v)
            assert got is v if isinstance(v, np.ndarray) else type(got) is type(f(v))
            assert np.array_equal(got, v, equal_nan=True) if isinstance(v, (np.ndarray, float)) else got == v
    assert len(f.signatures) == len({str(s) for s in f.signatures})
    n = len(f.signatures)
    for v in VALUES:
        f(v)
    assert len(f.signatures) == n


def test_ints_that_do_not_fit():
    f = njit(kind)
    assert f(2**63) == 2**63 and f(5) == 5 and f(2**64 - 1) == 2**64 - 1
    for wrong in (2**64, -2**63 - 1):
        with pytest.raises(OverflowError):
            f(wrong)
    assert f(-1) == -1


def test_the_second_argument_decides():
    f = njit(lambda x, y, z: x + y.sum() if z is None else x + y.sum() + z)
    a, b = np.ones(3), np.ones((2, 2), "i8")
    for _ in range(3):
        assert f(1, a, None) == 4 and f(1, b, None) == 5 and f(1.5, a, 2) == 6.5 and f(1, a, 2.5) == 6.5 and f(1, b, 2) == 7
    assert len(f.signatures) == 5


def test_other_arrays_are_refused_after_usual_ones():
    f = njit(kind)
    f(np.zeros(2))
    for wrong in (np.zeros(2, ">f8"), np.zeros(17, "u1")[1:].view("f8"), np.zeros(2, "M8[s]")):
        with pytest.raises(numjit.errors.TypingError):
            f(wrong)
    assert f(np.zeros(1)).size == 1


def test_extents_given():
    f = njit("float64(float64[3, 3], int64)")(lambda a, k: a[k, k])
    a = np.arange(9.0).reshape(3, 3)
    assert [f(a, k) for k in range(3)] == [0, 4, 8] and f(a, np.int64(1)) == 4
    with pytest.raises(numjit.errors.TypingError):
        f(np.zeros((2, 3)), 0)
    with pytest.raises(IndexError):
        f(a, 3)


@pytest.mark.parametrize("n", [0, 1, 3, 128, 129, 5000])
def test_results_are_the_callers(n):
    f = njit(lambda n, x: np.full(n, x))
    a, b = f(n, 1.5), f(n, 2.5)
    assert a.shape == (n,) and (a == 1.5).all() and (b == 2.5).all() and a.flags.writeable and a.flags.aligned
    a[:] = 3
    assert (b == 2.5).all()


def test_results_that_share_memory_still_do():
    @njit
    def two(n):
        a = np.zeros(n)
        return a, a[1:], a
    a, b, c = two(3)
    a[1] = 5
    assert b[0] == 5 and c[1] == 5


def test_layouts_of_small_results():
    f = njit(lambda a: a + 1)
    for a in (np.zeros((2, 3)), np.zeros((2, 3), order="F"), np.zeros((2, 3)).T, np.zeros((0, 2)), np.zeros((2, 1, 3)).transpose(2, 0, 1)):
        got, want = f(a), a + 1
        assert got.shape == want.shape and np.array_equal(got, want)
        assert got.flags.c_contiguous == want.flags.c_contiguous and got.flags.f_contiguous == want.flags.f_contiguous
    assert numjit.memory_stats()["used_bytes"] >= 0


def test_small_results_leave_nothing():
    f = njit(lambda a: (a + 1, (a * 2)[1:]))
    before = numjit.memory_stats()["used_bytes"]
    for _ in range(100):
        f(np.zeros(4))
    assert numjit.memory_stats()["used_bytes"] == before


def test_compiling_imports_nothing_that_the_program_did_not():
    text = """
import sys
import numpy as np
from numjit import njit
before = set(sys.modules)
assert njit(lambda x: x + 1)(1) == 2
assert not {m for m in set(sys.modules) - before if m.startswith(("numpy", "numjit"))}
import cmath
assert njit(lambda x: np.fft.fft(x)[0] + cmath.sqrt(-1))(np.ones(4)) == 4 + 1j
assert 0 <= njit(lambda: np.random.rand())() < 1
from numpy.linalg import det
assert njit(lambda a: det(a))(np.eye(2)) == 1
"""
    subprocess.run([sys.executable, "-P", "-c", text], check=True)


def test_relative_imports_in_a_function(tmp_path, monkeypatch):
    package = tmp_path / "relatives" / "inner"
    package.mkdir(parents=True)
    (tmp_path / "relatives" / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (tmp_path / "relatives" / "numbers.py").write_text("K = 7\n")
    (package / "user.py").write_text(
        "from .. import numbers\n"
        "def f(x):\n    from ..numbers import K\n    from .. import numbers as n\n    return x * K + n.K\n"
        "def g():\n    from . import nothing\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    user = __import__("relatives.inner.user", fromlist=["f"])
    assert numjit.njit(user.f)(2) == user.f(2)
    space = {"__name__": "alone"}
    exec("def bare():\n    from . import y", space)
    with pytest.raises(ImportError, match="no known parent package"):
        numjit.njit(space["bare"])()


def test_names_can_be_assigned():
    def plain(x):
        "doc of {}"
        return x + 1

    def other(x: int):
        "another"

    f = numjit.njit(plain)
    f.__doc__ = f.__doc__.format("plain")
    f.__name__, f.mark = "renamed", 3
    assert (f.__doc__, f.__name__, f.mark, plain.__name__, f.__wrapped__) == ("doc of plain", "renamed", 3, "plain", plain)
    assert functools.update_wrapper(f, other) is f and f(1) == 2
    assert (f.__name__, f.__doc__, f.__wrapped__, f.__annotations__, f.mark) == ("other", "another", other, {"x": int}, 3)
    del f.__doc__
    assert f.__doc__ == plain.__doc__
    g = numjit.njit(functools.wraps(other)(plain))
    assert g.__wrapped__ is plain and g.__name__ == "other" and g(1) == 2
