"""The tables of the front end hold for the Python that runs this, and it reads whatever this Python compiles."""
import dis
import inspect
import pathlib
import re
import runpy
import subprocess
import sys
import sysconfig
import types

import pytest

import numjit

ROOT = pathlib.Path(__file__).resolve().parent.parent
OPCODES = runpy.run_path(str(ROOT / "tools/opcodes.py"))
TABLE = ROOT / f"src/decode/py{sys.version_info[0]}{sys.version_info[1]}.def"


def rows():
    return {name: int(number) for number, name in re.findall(r"^OP\(\s*(\d+),\s*(\w+),", TABLE.read_text(), re.M)}


def test_every_opcode_has_its_row():
    assert rows() == {name: number for name, number in dis.opmap.items() if OPCODES["in_code"](name, number)}


def test_the_table_is_what_the_script_makes():
    assert OPCODES["table"]() == TABLE.read_text()


@pytest.mark.parametrize("table", sorted((ROOT / "src/decode").glob("py*.def")), ids=lambda p: p.stem)
def test_rules_of_a_table_are_those_of_the_script(table):
    version = (3, int(table.stem[3:]))
    found = re.findall(r"^OP\(\s*\d+,\s*(\w+),\s*\d+,\s*(\w+),\s*(\w+)\)", table.read_text(), re.M)
    rules = OPCODES["parse"](version)
    assert len(found) > 100 and all(rules[name] == (rule, operand) for name, rule, operand in found)


UNKNOWN = """
import ctypes, mmap
import numjit
version = ctypes.c_ulong.in_dll(ctypes.pythonapi, "Py_Version")
page = ctypes.addressof(version) & -mmap.PAGESIZE
assert ctypes.pythonapi.mprotect(ctypes.c_void_p(page), mmap.PAGESIZE, 3) == 0
version.value = 0x03630000
try:
    numjit.njit(lambda x: x)(1)
except numjit.errors.UnsupportedError as error:
    print(error)
"""


def test_an_unknown_version_is_refused():
    run = subprocess.run([sys.executable, "-P", "-c", UNKNOWN], capture_output=True, text=True)
    assert run.stdout.startswith("numjit compiles functions of CPython 3.11 to 3.15, not of 3."), run


def functions(code):
    """Every function in a code object, as a function without its globals."""
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            if inner.co_flags & 2:              # not the body of a class
                yield types.FunctionType(inner, {}, closure=tuple(types.CellType(0) for _ in inner.co_freevars))
            yield from functions(inner)


LIBRARY = ["argparse.py", "ast.py", "asyncio/base_events.py", "collections/__init__.py", "contextlib.py", "copy.py",
           "dataclasses.py", "difflib.py", "enum.py", "fractions.py", "functools.py", "heapq.py", "inspect.py", "pickle.py",
           "random.py", "statistics.py", "string.py", "subprocess.py", "tempfile.py", "textwrap.py", "typing.py"]


@pytest.mark.parametrize("file", LIBRARY)
def test_the_library_of_this_python_is_read(file):
    """Instructions, positions and SSA of code that nobody wrote for us."""
    path = pathlib.Path(sysconfig.get_paths()["stdlib"], file)
    if not path.exists():
        pytest.skip("not in this Python")
    for function in functions(compile(path.read_text(), file, "exec")):
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            continue                    # refused by the decorator
        text = numjit.dump(numjit.njit(function), "bc")
        known = {(p[0] or 0, -1 if p[2] is None else p[2]) for p in function.__code__.co_positions()}
        seen = {(int(line), int(col)) for line, col in re.findall(r"  @(-?\d+):(-?\d+)(?:  handler \S+)?$", text, re.M)}
        assert seen and seen <= known, function.__qualname__
        assert numjit.dump(numjit.njit(function), "ssa")


def traced(a):
    total = 0.0
    for x in a:
        if x > 1.0 and total is not None:
            total += x
    return total


def test_code_that_a_tracer_changed():
    """Only the code as it was compiled counts: a tracer puts opcodes of its own into a function that runs."""
    before = numjit.dump(numjit.njit(traced), "bc")
    for _ in range(100):
        traced([1.0, 2.0, 3.0])                 # specialised now
    assert numjit.dump(numjit.njit(traced), "bc") == before
    old = sys.gettrace()
    sys.settrace(lambda *event: lambda *event: None)
    try:
        traced([1.0, 2.0])
        assert numjit.dump(numjit.njit(traced), "bc") == before
        assert numjit.njit(traced)((1.0, 2.0, 3.0)) == 5.0
    finally:
        sys.settrace(old)
    assert numjit.dump(numjit.njit(traced), "bc") == before


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is of 3.12")
def test_code_that_is_monitored():
    before = numjit.dump(numjit.njit(traced), "bc")
    monitoring = sys.monitoring
    monitoring.use_tool_id(4, "test")
    try:
        events = monitoring.events.LINE | monitoring.events.INSTRUCTION | monitoring.events.BRANCH | monitoring.events.PY_RETURN
        monitoring.set_local_events(4, traced.__code__, events)
        traced([1.0, 2.0])
        assert numjit.dump(numjit.njit(traced), "bc") == before
    finally:
        monitoring.free_tool_id(4)
