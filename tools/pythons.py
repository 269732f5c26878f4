"""Builds the wheel once, and for each CPython from 3.11 to 3.15 that is found here: installs it into an empty virtual
environment, runs a program with nothing else there but NumPy, then the tests.

    make test-pythons                       every interpreter found
    python tools/pythons.py 3.13 -- -x      these versions; pytest arguments after --

An interpreter is found as python3.N on the PATH, under the versions of pyenv, or where tools/get_python.sh unpacks one.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
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

there = {d.metadata["Name"].lower() for d in importlib.metadata.distributions()}
assert there == {"numpy", "numjit"}, there
assert total(np.arange(5.0)) == 20.0
assert numjit.__file__.startswith(sys.prefix), numjit.__file__
assert numjit._core.__file__.endswith("_core.abi3.so")
"""


def run(*command, **options):
    return subprocess.run(list(map(str, command)), check=True, **options)


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


def tools():
    """An environment with a pip that can install into others."""
    folder = HERE / ".tools"
    if not (folder / "bin/pip").exists():
        run(sys.executable, "-m", "venv", folder)
        run(folder / "bin/pip", "install", "-q", "--upgrade", "pip")
    return folder / "bin"


def build(pip):
    """The wheel, built with what is installed beside this Python: meson-python, ninja, NumPy, LLVM."""
    folder = HERE / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    environment = dict(os.environ, PATH=f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}")
    run(pip / "pip", "--python", sys.executable, "wheel", "-q", "--no-deps", "--no-build-isolation",
        f"-Cbuild-dir={ROOT / '.build-wheel'}", "-w", folder, ROOT, env=environment)
    wheel, = folder.glob("*.whl")
    assert re.fullmatch(r"numjit-[\d.]+-cp311-abi3-\w+\.whl", wheel.name), f"not a wheel of the limited API: {wheel.name}"
    return wheel


def check(pip, wheel, version, interpreter, arguments):
    folder = HERE / "venv" / version
    python = folder / "bin/python"
    run(interpreter, "-m", "venv", "--clear", "--without-pip", folder)
    install = [pip / "pip", "--python", python, "install", "-q"]
    run(*install, wheel)
    run(python, "-I", "-c", PROGRAM)
    run(*install, "pytest", "pytest-xdist", "hypothesis")
    return subprocess.run([str(python), "-P", "-m", "pytest", "-q", "-n", str(os.cpu_count()), "tests", *arguments], cwd=ROOT).returncode == 0


def main(words):
    arguments = words[words.index("--") + 1:] if "--" in words else []
    asked = words[:words.index("--")] if "--" in words else words
    found = {version: find(version) for version in asked or VERSIONS}
    pip = tools()
    wheel = build(pip)
    print(f"== {wheel.name}", flush=True)
    failed = []
    for version, interpreter in found.items():
        if interpreter:
            print(f"== CPython {version}: {interpreter}", flush=True)
            if not check(pip, wheel, version, interpreter, arguments):
                failed.append(version)
    missing = [version for version, interpreter in found.items() if not interpreter]
    if missing:
        print(f"missing: CPython {', '.join(missing)}; `tools/get_python.sh VERSION` unpacks Debian's here")
    print(f"failed: {', '.join(failed)}" if failed else "all of them pass")
    return bool(failed) or bool(asked and missing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
