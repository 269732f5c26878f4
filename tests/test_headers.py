"""The tables and headers hold what the program relies on."""
import importlib
import pathlib
import re

import numpy as np

SRC = pathlib.Path(__file__).resolve().parent.parent / "src"


def test_includes_go_one_way():
    order = ["base", "type", "runtime", "ir", "decode", "ssa", "np", "infer", "opt", "lower", "jit", "python"]
    wrong = []
    for file in sorted(SRC.rglob("*.[ch]")):
        here = file.relative_to(SRC).parts[0]
        if here not in order:
            continue
        for folder in re.findall(r'#include "([a-z]+)/[\w./]+"', file.read_text()):
            if order.index(folder) > order.index(here):
                wrong.append(f"{file.name} includes {folder}/")
    assert not wrong, wrong


def test_python_stands_where_it_may():
    """A new CPython can break only these; base, type, ir, opt, lower and jit know nothing of it."""
    files = {str(f.relative_to(SRC)) for f in SRC.rglob("*.[ch]") if "#include <Python.h>" in f.read_text()}
    outside = {f for f in files if f.split("/")[0] not in ("decode", "python")}
    assert outside <= {"driver.h", "infer/resolve.c", "infer/rows.c", "infer/call.c", "infer/constant.c", "infer/except.c", "runtime/call.c", "runtime/catch.c", "runtime/print.c",
                       "runtime/ufunc.c", "runtime/sort.c", "ssa/build.c", "ssa/ops.c", "ssa/locals.c", "np/builtins.c", "np/format.c", "np/number.c",
                       "np/operators.c", "np/print.c", "np/sequence.c"}


def test_ir_rows_are_complete():
    rows = re.findall(r"^IR\((\w+),\s*(-?\d+),\s*(\w+),\s*(\w+)\s*\)", (SRC / "ir/ir.def").read_text(), re.M)
    assert len(rows) == len({row[0] for row in rows}) > 100
    assert {row[2] for row in rows} == {"PY", "NEST", "ANY"}
    assert {row[3] for row in rows} <= {"PURE", "READ", "RAISE", "WRITE"}


# not in every CPython (3.13, 3.15), not in every NumPy (up to 2.3)
NOT_EVERYWHERE = {"math.fma", "math.signbit", "numpy.in1d", "numpy.trapz"}


def rows(kind):
    text = "".join((SRC / "np" / f"{name}.def").read_text() for name in ("np", "array", "lib"))
    return re.findall(rf'^{kind}\((?:(\w+), )?"([\w.]+)"', text, re.M)


def find(path):
    """The object of a dotted path, or None."""
    parts = path.split(".")
    for k in range(len(parts) - 1, 0, -1):
        try:
            x = importlib.import_module(".".join(parts[:k]))
        except ModuleNotFoundError:
            continue
        for name in parts[k:]:
            x = getattr(x, name, None)
        return x
    return None


def test_rows_name_functions_that_exist():
    ufuncs = re.findall(r'^UFUNC\(\w+,\s*"(\w+)"', (SRC / "np/ufunc.def").read_text(), re.M)
    paths = [path for kind in ("FUNC", "LIB") for _, path in rows(kind)] + ["numpy." + name for name in ufuncs]
    assert len(paths) > 200
    missing = {path for path in paths if find(path) is None}
    assert not missing - NOT_EVERYWHERE, missing


def test_rows_of_arrays_name_their_attributes():
    names = {name for kind in ("METHOD", "ATTR", "LIB_METHOD") for of, name in rows(kind) if of == "NP_OF_ARRAY"}
    assert len(names) > 30
    assert {name for name in names if not hasattr(np.ndarray, name)} <= {"ptp"}      # of NumPy 1
