"""Dumps of golden/*.py beside those in the files: `#> stage function(types)`, the text under it as comments.
`pytest --accept` writes what comes out now; read the diff like code. Lines are counted from the function's own."""
import pathlib
import re
import runpy
import sys

import pytest

import numjit

HERE = pathlib.Path(__file__).resolve().parent
FILES = sorted((HERE / "golden").glob("*.py"))
STAGES = ["bc", "cfg", "ssa", "ir", "nest", "opt", "llvm", "asm"]
HEAD = re.compile(r"#> (\w+) (\w+)\((.*)\)")


def types(text):
    return tuple(part.strip() for part in re.split(r",(?![^\[]*\])", text) if part.strip())


def dump(function, stage, signature):
    first = function.__code__.co_firstlineno - 1
    text = numjit.dump(numjit.njit(function), stage, types(signature))
    text = re.sub(r"@(\d+):", lambda m: f"@{int(m[1]) - first}:", text)
    return [("# " + line).rstrip() for line in text.rstrip().splitlines()]


def rewritten(file):
    """The text of a file with the dumps of now, and the stages it has."""
    lines, out, stages, names = file.read_text().splitlines(), [], set(), runpy.run_path(str(file))
    at = 0
    while at < len(lines):
        out.append(lines[at])
        head = HEAD.fullmatch(lines[at])
        at += 1
        if head:
            stages.add(head[1])
            out += dump(names[head[2]], head[1], head[3])
            while at < len(lines) and lines[at].startswith("#") and not HEAD.match(lines[at]):
                at += 1
    return "\n".join(out) + "\n", stages


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_dumps(file, request):
    if sys.version_info[:2] != (3, 11):
        pytest.skip("the bytecode in these dumps is CPython 3.11's")
    now, _ = rewritten(file)
    if request.config.getoption("--accept"):
        file.write_text(now)
    assert now == file.read_text(), "the dumps are others now: read the diff that `pytest --accept` makes"


def sum2d(a):
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j] / 2
    return total


@pytest.mark.parametrize("stage", STAGES)
def test_the_same_twice_and_without_addresses(stage):
    one, two = (numjit.dump(numjit.njit(sum2d), stage, ("f8[:, :]",)) for _ in range(2))
    if stage in ("llvm", "asm"):        # a number that counts compilations, and constants in memory that code refers to
        one, two = (re.sub(r"\bsum2d\.\d+|\b\d{8,}\b| +;", "#", text) for text in (one, two))     # comments stand behind the longest name
    else:
        assert not re.search(r"0x[0-9a-f]{9,}|\b\d{12,}\b", one), one
    assert one == two


def test_unknown_stage():
    with pytest.raises(ValueError):
        numjit.dump(numjit.njit(sum2d), "soup", ("f8[:, :]",))
