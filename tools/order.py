"""Writes src/jit/order.txt: the functions of LLVM that compilations run, for the linker to put side by side.

    python tools/order.py

LLVM is 45 MB of code, of which a compilation runs a twentieth, from all over it: without an order the first one touches nearly every
page, and each costs a page fault. Needs valgrind and a numjit that is installed with its symbols (make build). To be run again
when LLVM is another one; names that the linker does not know do no harm.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "src", "jit", "order.txt")

# What the first call in every process needs comes first.
FIRST = """
import numpy as np
import numjit

@numjit.njit
def sum2d(a):
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j]
    return total

a = np.ones((10, 10))
sum2d(a)
"""
MORE = FIRST + """
@numjit.njit
def expression(a, b):
    return np.sqrt((a + b) * 2.0 - np.exp(a) / (b + 1.0)), np.sum(a * b), (a > b).any(), np.mean(a, axis=0)

@numjit.njit
def scalar(n, x):
    return n * 2 + 1, x ** 3 - n % 7, n // 3, complex(n, x)

@numjit.njit
def primes(n):
    left = np.ones(n, np.bool_)
    count = 0
    for i in range(2, n):
        if left[i]:
            count += 1
            for j in range(i * i, n, i):
                left[j] = False
    return count

@numjit.njit
def caught(a, k):
    try:
        return a[k]
    except IndexError:
        return -1.0

@numjit.njit
def product(a, b, c):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            s = 0.0
            for k in range(a.shape[1]):
                s += a[i, k] * b[k, j]
            c[i, j] = s
    return np.sort(a[0]), a @ b

@numjit.njit
def bytes_(a, table):
    h = np.uint32(0)
    for x in a:
        h = (h >> np.uint32(8)) ^ table[(h ^ x) & np.uint32(255)]
    return h

@numjit.njit(parallel=True)
def side_by_side(a, out):
    s = 0.0
    for i in numjit.prange(a.shape[0]):
        out[i] = np.sin(a[i]).sum()
        s += out[i]
    return s

@numjit.njit
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

expression(a, a); expression(a, a.T); scalar(3, 2.5); primes(50); caught(a[0], 3); product(a, a, a.copy()); fib(5)
bytes_(a.astype(np.uint8).ravel(), np.arange(256, dtype=np.uint32)); side_by_side(a, a[0].copy())
numjit.vectorize(lambda x, y: x * y + 1.0)(a, 2.0)
"""


def functions(program):
    """Names, as the linker knows them, of the functions of _codegen.so that the program runs."""
    with tempfile.TemporaryDirectory() as folder:
        script, out = os.path.join(folder, "program.py"), os.path.join(folder, "out")
        with open(script, "w") as f:
            f.write(program)
        subprocess.run(["valgrind", "--tool=callgrind", "--demangle=no", "--compress-strings=no", "--callgrind-out-file=" + out,
                        sys.executable, script], check=True, cwd=folder, stderr=subprocess.DEVNULL)
        with open(out) as f:
            lines = f.read().splitlines()
    names, ours = {}, False
    for line in lines:
        if line.startswith("ob="):
            ours = line.endswith("/_codegen.so")
        elif ours and line.startswith("fn=") and not line.startswith("fn=0x"):
            names[re.sub(r"'\d+$", "", line[3:])] = True
    return names


if __name__ == "__main__":
    first = functions(FIRST)
    if len(first) < 1000:
        sys.exit("_codegen.so has no symbols: build numjit without strip")
    names = sorted(first) + sorted(set(functions(MORE)) - set(first))
    with open(OUT, "w") as f:
        f.write("\n".join(names) + "\n")
    print(f"{len(names)} functions, {len(first)} of them for the first call")
