"""The tables and headers hold what the program relies on."""
import pathlib
import re

SRC = pathlib.Path(__file__).resolve().parent.parent / "src"


def test_includes_go_one_way():
    order = ["base", "type", "runtime", "ir", "decode", "ssa", "np", "infer", "opt", "lower", "jit", "python"]
    wrong = []
    for file in sorted(SRC.rglob("*.[ch]")):
        here = file.relative_to(SRC).parts[0]
        if here not in order:
            continue
        for folder in re.findall(r'#include "([a-z]+)/[\w./]+"', file.read_text()):
            if order.index(folder) > order.index(here) and (here, folder) != ("runtime", "python"):
                wrong.append(f"{file.name} includes {folder}/")
    assert not wrong, wrong


def test_ir_rows_are_complete():
    rows = re.findall(r"^IR\((\w+),\s*(-?\d+),\s*(\w+),\s*(\w+)\s*\)", (SRC / "ir/ir.def").read_text(), re.M)
    assert len(rows) == len({row[0] for row in rows}) > 100
    assert {row[2] for row in rows} == {"PY", "NEST", "ANY"}
    assert {row[3] for row in rows} <= {"PURE", "READ", "RAISE", "WRITE"}
