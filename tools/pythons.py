"""Builds the wheel once, and for each CPython from 3.11 to 3.15 that is found here: installs it into an empty virtual
environment, runs a program with nothing else there but NumPy, then the tests.

    make test-pythons                       every interpreter found
    make test-wheel                         the one that built it, and the program alone
    python tools/pythons.py 3.13 -- -x      these versions; pytest arguments after --, tests among them if not all
    python tools/pythons.py --built 3.13    with the wheel of the last time

What the tests say is in .pythons/VERSION.log too. An interpreter is found as python3.N on the PATH, under the versions of pyenv,
or where tools/get_python.sh unpacks one of Debian's.
"""
import os
import pathlib
import shutil
import subprocess
import sys

import wheel as wheels
from wheel import ROOT, run

HERE = ROOT / ".pythons"
VERSIONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]

PROGRAM = """
import importlib.metadata, sys
import numpy as np, numjit

@numjit.njit
def total(a):
    s = 0.0
    for x in a:
        s += x * 2.0
    return s

@numjit.njit(parallel=True)
def spread(a):
    return np.diff(np.sin(a) * 2.0)

there = {d.metadata["Name"].lower() for d in importlib.metadata.distributions()}
assert there == {"numpy", "numjit"}, there
assert total(np.arange(5.0)) == 20.0
a = np.linspace(0.0, 9.0, 100_000)
assert np.allclose(spread(a), np.diff(np.sin(a) * 2.0), rtol=1e-9, atol=1e-15)
assert "Sleef" in numjit.dump(spread, "asm") or "avx2" not in open("/proc/cpuinfo").read()
assert numjit.__file__.startswith(sys.prefix), numjit.__file__
assert numjit._core.__file__.endswith("_core.abi3.so")
"""


def works(path, version):
    test = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([path, "-c", test], capture_output=True, text=True, timeout=60).stdout.strip() == version
    except OSError:
        return False


def find(version):
    """The path of an interpreter, or None."""
    places = [shutil.which(f"python{version}"), HERE / version / f"usr/bin/python{version}"]
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    places += sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"))
    return next((p for p in places if p and works(p, version)), None)


def install(bin_, wheel, version, interpreter):
    """The Python of an environment with the wheel and NumPy alone, where a program has run."""
    folder = HERE / "venv" / version
    run(interpreter, "-m", "venv", "--clear", "--without-pip", folder)
    run(bin_ / "pip", "--python", folder / "bin/python", "install", "-q", wheel)
    run(folder / "bin/python", "-I", "-c", PROGRAM)
    return folder / "bin/python"


def test(bin_, python, version, arguments):
    run(bin_ / "pip", "--python", python, "install", "-q", "pytest", "pytest-xdist", "pytest-timeout", "hypothesis", "mpmath")
    which = [] if any(a.startswith("tests/") for a in arguments) else ["tests"]
    words = [str(python), "-P", "-m", "pytest", "-q", "-o", "addopts=", "-n", str(os.cpu_count()), *which, *arguments]
    with open(HERE / f"{version}.log", "w") as log, subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as tests:
        for line in tests.stdout:
            print(line, end="", flush=True)
            log.write(line)
    return tests.returncode == 0


def make_wheel():
    wheel = wheels.build(HERE / "wheel")
    wheels.check(wheel)
    return wheel


def main(words):
    arguments = words[words.index("--") + 1:] if "--" in words else []
    asked = words[:words.index("--")] if "--" in words else words
    built = next((HERE / "wheel").glob("*.whl"), None) if "--built" in asked else None
    asked = [a for a in asked if a != "--built"]
    bin_, wheel = wheels.tools(), built or make_wheel()
    print(f"== {wheel.name} ({wheel.stat().st_size / 1e6:.1f} MB)", flush=True)
    if asked == ["--wheel"]:
        install(bin_, wheel, "%d.%d" % sys.version_info[:2], sys._base_executable)
        return 0
    found = {version: find(version) for version in asked or VERSIONS}
    failed = []
    for version, interpreter in found.items():
        if interpreter:
            print(f"== CPython {version}: {interpreter}", flush=True)
            if not test(bin_, install(bin_, wheel, version, interpreter), version, arguments):
                failed.append(version)
    missing = [version for version, interpreter in found.items() if not interpreter]
    if missing:
        print(f"missing: CPython {', '.join(missing)}; `tools/get_python.sh VERSION` unpacks Debian's here")
    print(f"failed: {', '.join(failed)}" if failed else "all of them pass")
    return bool(failed) or bool(asked and missing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
