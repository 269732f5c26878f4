"""A subinterpreter cannot import numjit (nor, where the GIL is not shared, NumPy): an ImportError, after which all goes on."""

import pytest

import child

PROGRAM = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import numpy as np
import numjit

double = numjit.njit(lambda a: a * 2)
double(np.ones(3))
if sys.version_info >= (3, 13):
    one = interpreters.create("legacy" if SHARED else "isolated")
else:
    one = interpreters.create(isolated=not SHARED)
interpreters.run_string(one, '''
try:
    import importlib.util, warnings
    warnings.simplefilter("ignore")
    spec = importlib.util.spec_from_file_location("numjit._core", CORE)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
except ImportError as error:
    assert "does not support loading in subinterpreters" in str(error), error
else:
    raise AssertionError("a subinterpreter imports numjit")
print("refused", flush=True)
'''.replace("CORE", repr(numjit._core.__file__)))
interpreters.destroy(one)
assert (double(np.ones(3)) == 2).all()
assert numjit.njit(lambda n: n + 1)(2) == 3
print("well", flush=True)
"""


@pytest.mark.parametrize("shared", [False, True])
def test_subinterpreter(shared):
    done = child.run(["-W", "ignore", "-P", "-c", PROGRAM.replace("SHARED", str(shared))])
    assert done.stdout.split() == ["refused", "well"], done.stdout + done.stderr
    assert done.returncode == 0
