"""Names of Numba's interface: what a program written for it finds, and what it is told of the rest."""
import gc
import sys
import types as python
import weakref

import numpy as np
import pytest

import numjit
from numjit.core import config, errors, types

STEP = 1


def add(x):
    return x + STEP


def test_recompile_reads_globals_again(monkeypatch):
    f, g = numjit.njit(add), numjit.njit("i8(i8)")(add)
    caller = numjit.njit(lambda x: f(x))
    assert (f(1), f(1.5), g(1), caller(1)) == (2, 2.5, 2, 2)
    monkeypatch.setattr(sys.modules[__name__], "STEP", 10)
    assert (f(1), g(1)) == (2, 2)
    f.recompile()
    g.recompile()
    assert (f(1), f(1.5), g(1), caller(1)) == (11, 11.5, 11, 2)
    assert f.signatures == [("int",), ("float",)] and g.signatures == [("int64",)]
    caller.recompile()
    assert caller(1) == 11
    with pytest.raises(numjit.TypingError, match="no signature"):
        g("a")
    for _ in range(5):
        f.recompile()
    gone = weakref.ref(f)
    del f, caller
    gc.collect()
    assert gone() is None


def replaced():
    def no_parameters():
        return 1

    def more(x, y):
        return y

    def star(*x):
        return x

    def other_name(z):
        return z

    def generator(x):
        yield x

    def nowhere(x):
        return not_there(x)         # noqa: F821
    return no_parameters, more, star, other_name, generator, nowhere


@pytest.mark.parametrize("by", replaced(), ids=lambda f: f.__name__)
def test_recompile_that_fails_changes_nothing(by):
    def f(x):
        return x + 1
    compiled = numjit.njit(f)
    assert compiled(1) == 2
    f.__code__ = by.__code__
    with pytest.raises((TypeError, numjit.errors.NumbaError, NameError)):
        compiled.recompile()
    assert compiled(1) == 2 and compiled(1.5) == 2.5 and compiled.signatures == [("int",), ("float",)]
    gone = weakref.ref(compiled)
    del compiled
    gc.collect()
    assert gone() is None


def test_disable_compile():
    f = numjit.njit(add)
    f(1)
    f.disable_compile()
    assert f(2) == 3
    with pytest.raises(numjit.TypingError, match=r"add\(\): compiling is disabled, and nothing compiled before takes \(float\)"):
        f(1.5)
    f.disable_compile(val=False)
    assert f(1.5) == 2.5


def test_modules():
    from numjit.core.errors import NumbaPendingDeprecationWarning, TypingError
    assert TypingError is numjit.TypingError is errors.TypingError and issubclass(NumbaPendingDeprecationWarning, Warning)
    assert types.float64 is numjit.float64 and types.bool is types.boolean and config is numjit.config
    assert numjit.cuda.__name__ == "numjit.cuda"


def test_literals():
    @numjit.njit
    def total(t):
        s = 0.0
        for x in numjit.literal_unroll(t):
            s += numjit.literally(x)
        return s
    assert total((1, 2.5, np.float32(3))) == total.py_func((1, 2.5, np.float32(3))) == 6.5


def test_jit_module():
    module = python.ModuleType("of_functions")
    module.numjit, module.other = numjit, add
    exec("def f(x): return x + 1\ndef g(x): return f(x)\nnumjit.jit_module(nogil=True)\ndef h(x): return x\n", module.__dict__)
    assert module.g(1) == 2 and module.g.targetoptions == {"nogil": True} and module.g.signatures == [("int",)]
    assert module.other is add and not hasattr(module.h, "py_func")


@pytest.mark.parametrize("name", ["stencil", "cfunc", "objmode", "typed"])
def test_what_is_missing_says_so(name):
    assert not hasattr(numjit, name)
    with pytest.raises(AttributeError, match=f"numjit has no {name} yet"):
        getattr(numjit, name)
    with pytest.raises(AttributeError, match="numjit.types has no DictType yet"):
        types.DictType


def test_other_names_are_no_attributes():
    with pytest.raises(AttributeError, match="module 'numjit' has no attribute 'nonsense'"):
        numjit.nonsense


def test_types_are_numbas():
    assert str(numjit.float64[:]) == "array(float64, 1d, A)" and numjit.float64[::1] == types.Array(numjit.float64, 1, "C")
    kinds = [(1, "int64"), (1.5, "float64"), (1j, "complex128"), (None, "none"), ("a", "unicode_type"), (np.float32(1), "float32")]
    assert all(numjit.typeof(x) == getattr(types, name) for x, name in kinds)
    assert numjit.typeof(np.zeros((2, 3))) == numjit.float64[:, ::1] and numjit.typeof((1, 2)) == types.UniTuple(types.int64, 2)
    assert {numjit.int64: 1}[numjit.typeof(1)] == 1 and numjit.int64 != numjit.int32 and numjit.int64 != 1
    f = numjit.njit(add)
    f(1)
    f(np.int64(1))
    assert f.signatures[0] == (numjit.int64,) and len(f.overloads) == 2
    assert [(s.return_type, s.args) for s in f.nopython_signatures] == [(numjit.int64, (numjit.int64,))] * 2
    f = numjit.njit((numjit.float64[:, ::1], numjit.int8[::1, :], types.Optional(numjit.float64[:])))(lambda a, b, c: None)
    assert f.signatures == [("array(float64, 2d, C)", "array(int8, 2d, F)", "optional(array(float64, 1d, A))")]
