"""PTX: what kernels there are, that nothing in them is undefined, that ptxas takes them, what is refused and how."""
import math
import os
import pathlib
import re
import shutil
import subprocess

import numpy as np
import pytest

import numjit
from numjit import cuda, prange
from numjit.errors import TypingError, UnsupportedError

ROOT = pathlib.Path(__file__).resolve().parent.parent
PTXAS = shutil.which("ptxas") or shutil.which("ptxas", path="/usr/local/cuda/bin")
HAS_LIBDEVICE = PTXAS is not None
V, M, F = "f8[::1]", "f8[:,::1]", "f4[:]"
GLOBAL = np.arange(3.0)


def fill(out):
    out[:] = 3.0


def axpy(out, a, b, s):
    out[:] = a * s + b


def trig(out, a, b):
    out[:] = np.sin(a) * np.exp(b) + a ** b


def stretched(out, a, b):
    out[...] = a * b + a.T


def dot(out, a, b):
    out[0] = np.sum(a * b)


def places(out, a):
    out[0] = np.argmax(a * 2)
    out[1] = np.argmin(a)


def norms(out, a):
    out[0] = (np.exp(a) * np.sin(a)).sum()
    out[1] = np.log(a * a + 1).max()
    out[2] = np.prod(np.sqrt(np.abs(a) + 1))


def scaled(out, a):
    out[:] = (a - np.min(a)) / (np.max(a) - np.min(a))


def two_steps(out, a, b):
    out[:] = a + 1
    b[:] = out * 2


def by_first(out, a):
    x = a[0]
    a[:] = a / x
    out[0] = x


def chosen(out, a):
    if np.sum(a) > 0:
        out[:] = 1
    else:
        out[:] = 2


def rows(out, a):
    for i in prange(a.shape[0]):
        s = 0.0
        for j in range(a.shape[1]):
            s += a[i, j]
        out[i] = s


def roots(out, a):
    for i in prange(len(a)):
        if a[i] < 0:
            raise ValueError("negative")
        out[i] = math.sqrt(a[i])


def everywhere(out, a):
    for i in range(len(a)):
        out[i] = a[i] * 2


@numjit.njit
def square(x):
    return x * x + 1


def squares(out, a):
    for i in prange(len(a)):
        out[i] = square(a[i])


def quotients(out, a, b):
    out[:] = a // b + a % b


def complexes(out, a):
    out[:] = a * a + 1j


def shifted(a):
    a[1:] = a[:-1] * 2


KERNELS = [      # function, types, how many kernels
    (fill, (V,), 1), (fill, ("f4[:,:]",), 1), (axpy, (V, V, V, "f8"), 1), (trig, (V, V, V), 1), (trig, (F, F, F), 1),
    (trig, ("f2[:]",) * 3, 1), (stretched, ("f4[:,:]", "f4[:,::1]", F), 1), (dot, (V, V, V), 4), (dot, ("i4[:]",) * 3, 4),
    (scaled, (V, V), 4), (two_steps, (V, V, V), 2), (by_first, (V, V), 3), (chosen, (V, V), 4), (rows, (V, M), 1),
    (roots, (V, V), 1), (everywhere, (V, V), 1), (squares, (V, V), 1), (quotients, ("i8[:]",) * 3, 1),
    (quotients, (V, V, V), 1), (complexes, ("c16[:]",) * 2, 1), (shifted, (V,), 1),
    (places, ("i8[::1]", V), 8), (places, ("i8[::1]", "f4[:,:]"), 8), (norms, (V, V), 12), (norms, (F, F), 12)]


def is_here(function):
    return HAS_LIBDEVICE or function not in (trig, quotients, norms)


def assemble(text, cc, folder):
    file = folder / "kernel.ptx"
    file.write_text(text)
    done = subprocess.run([PTXAS, f"-arch=sm_{cc[0]}{cc[1]}", "-o", os.devnull, str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


ELSEWHERE = [row for row in KERNELS if row[0] in (axpy, trig, dot, roots, places, norms)]


@pytest.mark.parametrize("function, types, count, cc",
                         [(*row, (7, 5)) for row in KERNELS] + [(*row, cc) for row in ELSEWHERE for cc in ((9, 0), (10, 0))],
                         ids=lambda x: getattr(x, "__name__", ""))
def test_kernels(function, types, count, cc, tmp_path):
    if not is_here(function):
        pytest.skip("needs libdevice")
    text, result = cuda.compile_ptx(function, types, cc=cc)
    assert result == numjit.types.none
    names = re.findall(r"\.visible \.entry (\w+)\(", text)
    assert names == [function.__name__ + (f"_{k}" if k else "") for k in range(count)]
    assert f".target sm_{cc[0]}{cc[1]}\n" in text
    defined = re.findall(r"^\.func .*?(\w+)\($", text, re.M)
    called = re.findall(r"^\s*call(?:\.uni)?\s+(?:\(\w+\), )?(\w+)", text, re.M)
    assert set(called) <= set(defined) and not re.search(r"\.extern|\btrap\b|prototype", text)
    if PTXAS:
        assemble(text, cc, tmp_path)


def test_parameters_go_by_part():
    text, _ = cuda.compile_ptx(stretched, ("f4[:,:]", "f4[:,::1]", F))
    head = text[text.index("stretched("):text.index("{")]
    assert re.findall(r"\.param \.(\w+) ", head) == ["u64"] * (1 + 4 + 1 + 2 + 1 + 2 + 1)    # the last: the error record
    text, _ = cuda.compile_ptx(axpy, (V, V, V, "f4"))
    assert ".param .f32" in text and "error record of" in text


def test_reductions_say_how_much_memory_they_share():
    text, _ = cuda.compile_ptx(dot, (V, V, V))
    assert int(re.search(r"shared memory: (\d+) bytes", text)[1]) >= 8 * 65536
    assert "shared memory" not in cuda.compile_ptx(fill, (V,))[0]


def test_floats_are_not_contracted():
    text, _ = cuda.compile_ptx(axpy, (V, V, V, "f8"))
    assert "mul.rn.f64" in text and "add.rn.f64" in text and "fma" not in text


def test_checks_are_kept():
    text, _ = cuda.compile_ptx(axpy, (V, V, V, "f8"))
    assert text.count("cas.b32") == 3           # two broadcasts and an overlap


@pytest.mark.parametrize("options", [{"lineinfo": True}, {"debug": True}, {"fastmath": True}, {"opt": 0}], ids=str)
def test_options(options, tmp_path):
    text, _ = cuda.compile_ptx(axpy, (F, F, F, "f4"), **options)
    assert ("\t.loc\t" in text) == ("lineinfo" in options or "debug" in options)
    assert (", debug" in text) == ("debug" in options)
    if PTXAS:
        assemble(text, (7, 5), tmp_path)


def test_device_functions(tmp_path):
    def angle(x, y):
        return math.sqrt(x) + y // 2

    text, result = cuda.compile_ptx(angle, (numjit.float64, numjit.int32), device=True)
    assert result == numjit.float64 and ".entry" not in text and re.search(r"\.visible \.func .*\bangle\(", text)
    if PTXAS:
        assemble(text, (7, 5), tmp_path)


def test_signatures_and_dispatchers():
    assert cuda.compile_ptx(numjit.njit(fill), numjit.types.void(numjit.float64[::1]))[1] == numjit.types.none
    assert ".entry fill" in cuda.compile_ptx(fill, "void(f8[:])")[0]


def new_array(out):
    t = np.zeros(3)
    t[0] = out[0]
    out[:] = t


def prints(out):
    print(out[0])


def tries(out):
    try:
        out[0] = 1 / out[1]
    except ZeroDivisionError:
        out[0] = 2


def loops(out):
    for i in range(3):
        out[:] = out + i


def reads_global(out):
    out[:] = GLOBAL


def powers(out, a):
    for i in range(out.shape[0]):
        out[i] = a[i] ** out[i]


@pytest.mark.parametrize("function, types, words, line", [
    (new_array, (V,), "making an array", 1), (prints, (V,), "print()", 1), (tries, (V,), "try", 2),
    (loops, (V,), "a loop around array expressions", 2), (reads_global, (V,), "an array that is a global", 1),
    (powers, ("i8[:]", "i8[:]"), "a power of integers", 2)], ids=lambda x: getattr(x, "__name__", ""))
def test_refused_with_the_line(function, types, words, line):
    with pytest.raises(UnsupportedError, match=re.escape(words)) as e:
        cuda.compile_ptx(function, types)
    message = str(e.value)
    assert "cannot be compiled for a GPU" in message and f"line {function.__code__.co_firstlineno + line}," in message
    assert len(message.splitlines()) <= 8


def test_refused():
    with pytest.raises(TypingError, match="a kernel returns nothing"):
        cuda.compile_ptx(square.py_func, ("f8",))
    with pytest.raises(UnsupportedError, match="compute capability"):
        cuda.compile_ptx(fill, (V,), cc=(5, 0))
    with pytest.raises(TypeError, match="compute capability such as"):
        cuda.compile_ptx(fill, (V,), cc=75)


def test_without_libdevice(monkeypatch, tmp_path):
    code = ("import numpy as np\nfrom numjit import cuda\ndef f(out): out[:] = np.sin(out)\n"
            "try: cuda.compile_ptx(f, ('f8[:]',))\nexcept cuda.errors.UnsupportedError as e: print(e)")
    monkeypatch.setenv("CUDA_HOME", str(tmp_path))
    import sys
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert "need libdevice.10.bc of the CUDA toolkit" in done.stdout, done.stderr


def test_the_target_is_known_to_few():
    """What stands before opt/ does not know it, nor does np/ or the runtime."""
    knows = {str(f.relative_to(ROOT / "src")) for f in (ROOT / "src").rglob("*.[ch]")
             if re.search(r"TARGET_(GPU|DEVICE)|GpuJob|nvptx", f.read_text())}
    assert {f.split("/")[0] for f in knows} <= {"opt", "lower", "jit", "compile.c", "funcs.c", "show.c", "driver.h", "numjit.h", "python"}
    assert {f for f in knows if f.startswith("python")} <= {"python/inspect.c"}
