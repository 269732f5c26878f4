"""Every function, method and attribute of NumPy with a row in src/np is called, in several forms, beside NumPy's own (numpy_calls.py, numpy_sweep.py)."""
import pathlib
import re

import pytest

import numpy_sweep
from numpy_calls import ELSEWHERE, KNOWN, ROWS

SOURCE = pathlib.Path(__file__).parent.parent / "src" / "np"
KINDS = {"ARRAY": ".", "SCALAR": "scalar.", "UFUNC": "ufunc.", "FLAGS": "flags.", "FLAT": "flat."}
ALL = [(name, row) for row in ROWS for name in row.names]


def names_of_rows():
    text = "".join(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S) for path in sorted(SOURCE.glob("*.def")))
    yield from re.findall(r'\b(?:FUNC|LIB)\("numpy\.([\w.]+)"', text)
    yield from re.findall(r'\bUFUNC\(\w+,\s*"(\w+)"', text)
    yield from (f"={name}" for name in re.findall(r'\bSETTER\(NP_OF_ARRAY, "(\w+)"', text))
    for kinds, name in re.findall(r'\b(?:LIB_METHOD|METHOD|ATTR)\(([\w |]+),\s*"(\w+)"', text):
        yield from (KINDS[kind] + name for kind in re.findall(r"NP_OF_(\w+)", kinds) if kind in KINDS)


def test_every_row_has_call_forms():
    missing = sorted(set(names_of_rows()) - {name for name, _ in ALL} - set(ELSEWHERE))
    assert not missing, f"write call forms of these into tests/numpy_calls.py: {' '.join(missing)}"
    gone = sorted({name for name, _ in ALL} - set(names_of_rows()))
    assert not gone, f"tests/numpy_calls.py calls what has no row: {' '.join(gone)}"


@pytest.mark.parametrize("row, name", [pytest.param(row, name, id=name) for name, row in ALL])
def test_calls(row, name):
    ended, wrong, never = numpy_sweep.calls(row, name, types=1, draws=3, seed="tests", part=0.6)
    assert not wrong, "\n".join(wrong)
    assert ended["same"] + ended["raised"] > 0, f"none of these is compiled: {never}"


@pytest.mark.parametrize("row", [pytest.param(row, marks=pytest.mark.xfail(reason=why, strict=True), id=row.forms[0].replace("@", row.names[0])) for row, why in KNOWN])
def test_known(row):
    ended, wrong, never = numpy_sweep.calls(row, row.names[0], types=4, draws=8, seed="known")
    assert not wrong
