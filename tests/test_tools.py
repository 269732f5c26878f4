"""What profilers and debuggers see of compiled functions."""
import os
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.not_sanitized

PROGRAM = """
import os, numjit, sys
@numjit.njit
def helper(n):
    return 1 if n < 2 else helper(n - 1) + helper(n - 2)

@numjit.njit
def busy(n):
    s = 0
    for k in range(n):
        s += helper(k % 25)
    return s
busy(int(sys.argv[1]))
print(os.getpid())
"""


def run(command, **env):
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env}, timeout=100)


def test_map_for_perf():
    done = run([sys.executable, "-P", "-c", PROGRAM, "3"], NUMJIT_PERF="1")
    path = f"/tmp/perf-{done.stdout.strip()}.map"
    with open(path) as f:
        rows = [line.split(maxsplit=2) for line in f]
    os.unlink(path)
    names = {row[2].split(" (")[0] for row in rows}
    assert {"busy", "helper"} <= names
    spans = sorted((int(at, 16), int(n, 16)) for at, n, _ in rows)
    assert all(n > 0 for _, n in spans)
    assert all(at + n <= next_ for (at, n), (next_, _) in zip(spans, spans[1:]))


@pytest.mark.skipif(shutil.which("perf") is None, reason="needs perf")
def test_perf_names_functions(tmp_path):
    data = tmp_path / "data"
    done = run(["perf", "record", "-q", "-o", data, "--", sys.executable, "-P", "-c", PROGRAM, "4000"], NUMJIT_PERF="1")
    if done.returncode != 0 or not data.exists():
        pytest.skip("perf may not record here")
    report = run(["perf", "report", "-q", "-i", data, "--stdio", "--sort", "symbol"]).stdout
    for path in [f"/tmp/perf-{line}.map" for line in done.stdout.split()]:
        if os.path.exists(path):
            os.unlink(path)
    assert "helper" in report


@pytest.mark.skipif(shutil.which("gdb") is None, reason="needs gdb")
def test_gdb_shows_lines(tmp_path):
    file = tmp_path / "fails.py"
    file.write_text("import numjit\n@numjit.njit\ndef inside(n):\n    print(n)\n    return n\ninside(3)\n")
    done = run(["gdb", "-q", "-batch", "-iex", "set debuginfod enabled off", "-ex", "set breakpoint pending on",
                "-ex", "break rt_print_int", "-ex", "run", "-ex", "backtrace 4", "-ex", "kill", "--args",
                sys.executable, "-P", str(file)], NUMJIT_GDB="1")
    if "Breakpoint 1, " not in done.stdout:
        pytest.skip("gdb cannot run the program here")
    assert "inside" in done.stdout and "fails.py:4" in done.stdout, done.stdout
