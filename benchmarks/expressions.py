"""Compares array expressions of numjit, NumPy, numexpr, Numba, Pythran and C, in one run.

    python benchmarks/expressions.py [--cases a,b] [--engines c,numpy,numjit] [--sizes 10,1000] [--out FILE]

Each engine runs in a child process of its own; numexpr, Numba and Pythran in .bench-venv at the top of the repository, made
on demand. C is written here from the same table: loops for clang -O3 -march=native; where an expression has sin or
exp, its vectors call the vector functions of SLEEF, which numjit's compiled code calls too. Every call makes a new result,
in C too. One thread, and two where an engine has threads (numexpr, Numba and numjit with parallel=True, C with OpenMP).

A time is the least of several batches, in nanoseconds an element: of the processor's time for one thread, so that other work on
the machine matters less, of the wall's for two. The ratio is numjit's over that of the fastest other engine with as many
threads. C's include the call through ctypes, about 500 ns. Writes expressions.json.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time

import bench

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = [10, 1_000, 100_000, 10_000_000]
LIBRARY_PYTHON = bench.VENV_PYTHON

TWENTY = "((a * b + c) * (d - a) + (b + 2.5) * (c - 1.5)) * a - (d * 0.5 + b) * (a - c) + (b * d - c * a) * (a + 3.0)"

# Name: expression, arrays it takes. a b c d: n elements; x: 2 n; m p: side * side; r: side; k: side * 1.
CASES = {
    "2 operations": ("a * b + c", "abc"),
    "6 operations": ("(a * b + c) * (d - a) / (b + 2.5)", "abcd"),
    "20 operations": (TWENTY, "abcd"),
    "transcendental": ("np.sin(a) * np.exp(b) + np.sqrt(c)", "abc"),
    "reduction": ("np.sum(a * b + c)", "abc"),
    "broadcast": ("m * r + k", "mrk"),
    "views": ("x[::2] * a + x[1::2]", "xa"),
    "reversed view": ("a[::-1] * b + c", "abc"),
    "transposed": ("m + p.T", "mp"),
}


def arguments(names, size):
    import numpy as np

    random = np.random.default_rng(1)
    side = max(1, math.isqrt(size))
    shapes = {"x": (2 * size,), "m": (side, side), "p": (side, side), "r": (side,), "k": (side, 1)}
    return [random.uniform(0.5, 1.5, shapes.get(name, (size,))) for name in names]


def elements(names, size):
    return math.isqrt(size) ** 2 if "m" in names else size


def function_text(name, expression, names):
    return f"def {name}({', '.join(names)}):\n    return {expression}\n"


# C: the same loops by hand.


def c_element(expression, names):
    """The expression with elements in the place of arrays: of n elements, views of x too, or of rows and columns."""
    if "m" in names:
        at = {"m": "m[i * side + j]", "p.T": "p[j * side + i]", "r": "r[j]", "k": "k[i]"}
    else:
        at = {"x[::2]": "x[2 * i]", "x[1::2]": "x[2 * i + 1]", "a[::-1]": "a[n - 1 - i]"}
        at.update({name: f"{name}[i]" for name in names if name != "x"})
    for k, key in enumerate(sorted(at, key=len, reverse=True)):
        expression = replace_word(expression, key, f"#{k}#")
    for k, key in enumerate(sorted(at, key=len, reverse=True)):
        expression = expression.replace(f"#{k}#", at[key])
    return expression


def replace_word(text, word, by):
    import re

    return re.sub(rf"(?<![\w.]){re.escape(word)}(?![\w\[.])", by, text)


def c_vectors(expression, names, wide):
    """The body of a loop over vectors of 8 or 4 doubles, SLEEF's functions in it."""
    lanes, suffix = (8, "d8_u10avx512f") if wide else (4, "d4_u10avx2")
    for name in names:
        expression = replace_word(expression, name, f"(*(const v *)({name} + i))")
    for f in ("sin", "exp"):
        expression = expression.replace(f"np.{f}(", f"Sleef_{f}{suffix}(")
    return lanes, expression.replace("np.sqrt(", "Sleef_sqrt" + suffix.replace("u10", "") + "(")


def c_source(wide):
    lanes, suffix = (8, "d8_u10avx512f") if wide else (4, "d4_u10avx2")
    out = ["#include <math.h>\n#include <stdint.h>\n",
           f"typedef double v __attribute__((vector_size({8 * lanes}), aligned(8)));\n"]
    for f in ("sin", "exp"):
        out.append(f"v Sleef_{f}{suffix}(v); double Sleef_finz_{f}d1_u10purecfma(double);\n")
    out.append(f"v Sleef_sqrt{suffix.replace('u10', '')}(v);\n")
    for number, (expression, names) in enumerate(CASES.values()):
        arrays = ", ".join(f"const double *restrict {name}" for name in names)
        head = f"double case{number}(int threads, int64_t n, int64_t side, double *restrict out, {arrays})\n{{\n    double sum = 0;\n"
        parallel = "    #pragma omp parallel for num_threads(threads) if (threads > 1) "
        if "np.sum" in expression:
            inner = c_element(expression[len("np.sum("):-1], names)
            body = (f"{parallel}reduction(+:sum)\n    for (int64_t i = 0; i < n; i++) {{\n"
                    f"        #pragma clang fp reassociate(on)\n        sum += {inner};\n    }}\n")
        elif "np." in expression:
            step, vectors = c_vectors(expression, names, wide)
            scalar = c_element(expression, names).replace("np.sqrt", "sqrt")
            for f in ("sin", "exp"):
                scalar = scalar.replace(f"np.{f}(", f"Sleef_finz_{f}d1_u10purecfma(")
            body = (f"{parallel}\n    for (int64_t i = 0; i < n / {step} * {step}; i += {step})\n        *(v *)(out + i) = {vectors};\n"
                    f"    for (int64_t i = n / {step} * {step}; i < n; i++)\n        out[i] = {scalar};\n")
        elif "m" in names and "p.T" in expression:      # in blocks, so that lines of p stay in the cache
            body = (f"{parallel}\n    for (int64_t i0 = 0; i0 < side; i0 += 32)\n    for (int64_t j0 = 0; j0 < side; j0 += 32)\n"
                    "    for (int64_t i = i0; i < i0 + 32 && i < side; i++)\n    for (int64_t j = j0; j < j0 + 32 && j < side; j++)\n"
                    f"        out[i * side + j] = {c_element(expression, names)};\n")
        elif "m" in names:
            body = (f"{parallel}\n    for (int64_t i = 0; i < side; i++)\n    for (int64_t j = 0; j < side; j++)\n"
                    f"        out[i * side + j] = {c_element(expression, names)};\n")
        else:
            body = f"{parallel}\n    for (int64_t i = 0; i < n; i++)\n        out[i] = {c_element(expression, names)};\n"
        out.append(head + body + "    return sum;\n}\n")
    return "".join(out)


def build_c(folder):
    with open("/proc/cpuinfo") as info:
        wide = "avx512f" in info.read()
    source, library = os.path.join(folder, "expressions.c"), os.path.join(folder, "expressions.so")
    with open(source, "w") as out:
        out.write(c_source(wide))
    sleef = subprocess.run(["cc", "-print-file-name=libsleef.so.3"], capture_output=True, text=True).stdout.strip()
    compiler = [os.environ.get("CC", "clang"), *os.environ.get("CFLAGS", "-O3 -march=native").split()]
    subprocess.run([*compiler, "-Wno-psabi", "-fopenmp", "-shared", "-fPIC", "-o", library, source, sleef, "-lm"], check=True)
    return library


def build_pythran(folder):
    """A module with the expressions, by number; what Pythran does not compile is left out."""
    source = os.path.join(folder, "pythran_cases.py")
    lines = ["import numpy as np\n"]
    for number, (expression, names) in enumerate(CASES.values()):
        types = ", ".join("float64[:, :]" if name in "mpk" else "float64[:]" for name in names)
        lines.append(f"#pythran export case{number}({types})\n" + function_text(f"case{number}", expression, names))
    with open(source, "w") as out:
        out.write("".join(lines))
    environment = {**os.environ, "PATH": os.path.dirname(LIBRARY_PYTHON) + os.pathsep + os.environ["PATH"]}
    subprocess.run([LIBRARY_PYTHON, "-m", "pythran.run", "-O3", "-march=native", "-DUSE_XSIMD", source], cwd=folder, check=True,
                   env=environment, capture_output=True)


# Child processes: a maker takes a case and the number of threads, and gives what is called with the arrays.


def make_c(library):
    import ctypes

    import numpy as np
    loaded = ctypes.CDLL(library)

    def make(number, expression, names, threads):
        entry = getattr(loaded, f"case{number}")
        entry.restype = ctypes.c_double
        entry.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64] + [ctypes.c_void_p] * (1 + len(names))

        def call(*arrays):
            first = arrays[-1]
            addresses = [a.ctypes.data for a in arrays]
            side = arrays[0].shape[0] if "m" in names else 0
            out = np.empty((side, side) if side else first.size)

            def run():
                result = np.empty_like(out)
                total = entry(threads, first.size, side, result.ctypes.data, *addresses)
                return total if "np.sum" in expression else result
            return run
        return call
    return make


def make_python(engine, folder):
    import numpy as np

    if engine == "numjit":
        import numjit as jit
    elif engine == "numba":
        import numba as jit
    elif engine == "numexpr":
        import numexpr
    elif engine == "pythran":
        sys.path.insert(0, folder)
        import pythran_cases

    def make(number, expression, names, threads):
        if engine == "numexpr":
            views = {"x[::2]": ("u", lambda x: x[::2]), "x[1::2]": ("w", lambda x: x[1::2]),
                     "a[::-1]": ("u", lambda a: a[::-1]), "p.T": ("u", lambda p: p.T)}
            text = expression.replace("np.", "")
            used = [(key, *views[key]) for key in views if key in text]
            for key, short, _ in used:
                text = text.replace(key, short)
            numexpr.set_num_threads(threads)

            def call(*arrays):
                values = dict(zip(names, arrays))
                values.update({short: view(values[key[0]]) for key, short, view in used})
                return lambda: numexpr.evaluate(text, values)
            return call
        if engine == "pythran":
            function = getattr(pythran_cases, f"case{number}")
        else:
            namespace = {"np": np}
            exec(function_text("f", expression, names), namespace)
            function = namespace["f"]
            if engine in ("numjit", "numba"):
                jit.set_num_threads(threads)
                function = jit.njit(parallel=threads > 1)(function)
        return lambda *arrays: lambda: function(*arrays)
    return make


def measure(run, budget, clock):
    """Least seconds of a call over batches that fill the budget."""
    run()
    start = clock()
    run()
    once = max(clock() - start, 1e-7)
    count = max(1, int(budget / 10 / once))
    best, until = math.inf, clock() + budget
    while clock() < until or best == math.inf:
        start = clock()
        for _ in range(count):
            run()
        best = min(best, (clock() - start) / count)
    return best


def worker(options):
    import numpy as np

    make = make_c(os.path.join(options.folder, "expressions.so")) if options.worker == "c" else make_python(options.worker, options.folder)
    for threads in options.threads if options.worker in ("c", "numexpr", "numba", "numjit") else [1]:
        for number, (case, (expression, names)) in enumerate(CASES.items()):
            if case not in options.cases:
                continue
            for size in options.sizes:
                bench.emit(begin=[case, size, threads])
                try:
                    arrays = arguments(names, size)
                    run = make(number, expression, names, threads)(*arrays)
                    clock = time.process_time if threads == 1 else time.perf_counter
                    best = measure(run, options.budget, clock)
                    bench.emit(case=case, size=size, threads=threads, seconds=best, check=float(np.sum(run())))
                except Exception as error:
                    bench.emit(case=case, size=size, threads=threads, error=f"{type(error).__name__}: {error}"[:200])


# The parent.


def library_python(engines):
    missing = [e for e in engines if e in ("numexpr", "numba", "pythran")
               and (not os.path.exists(LIBRARY_PYTHON) or subprocess.run([LIBRARY_PYTHON, "-c", f"import {e}"], capture_output=True).returncode)]
    if missing:
        bench.numba_python()
        subprocess.run([LIBRARY_PYTHON, "-m", "pip", "install", "--quiet", *missing], check=True)


def run_engine(engine, folder, options):
    python = LIBRARY_PYTHON if engine in ("numexpr", "numba", "pythran") else sys.executable
    command = [python, os.path.abspath(__file__), "--worker", engine, "--folder", folder, "--budget", str(options.budget),
               "--cases", ",".join(options.cases), "--sizes", ",".join(map(str, options.sizes)),
               "--threads", ",".join(map(str, options.threads))]
    child = subprocess.run(command, capture_output=True, text=True)
    records = {}
    for line in child.stdout.splitlines():
        record = json.loads(line)
        if "case" in record:
            records[record["case"], record["size"], record["threads"]] = record
    if child.returncode:
        print(f"{engine}: {(child.stderr.strip().splitlines() or ['died'])[-1]}", file=sys.stderr)
    return records


def table(results, engines, options, threads):
    """Prints one, and gives numjit's ratios to the fastest other engine, to C and to Numba."""
    others = [e for e in engines if e != "numjit"]
    print(f"\n{threads} thread{'s' * (threads > 1)}, ns an element" + " " * 9 + "".join(f"{e:>10}" for e in engines) + "   numjit/best  numjit/c")
    ratios = []
    for case in options.cases:
        for size in options.sizes:
            n = elements(CASES[case][1], size)
            time_of = {e: results[e].get((case, size, threads), {}).get("seconds") for e in engines}
            known = [time_of[e] for e in others if time_of[e]]
            if not any(time_of.values()):
                continue
            ours = time_of.get("numjit")
            best = ours / min(known) if ours and known else None
            c = ours / time_of["c"] if ours and time_of.get("c") else None
            ratios.append({"case": case, "size": size, "threads": threads, "over_best": best, "over_c": c,
                           "over_numba": ours / time_of["numba"] if ours and time_of.get("numba") else None})
            print(f"{case:<18}{size:>13,}" + "".join(bench.number(time_of[e], 1e9 / n, 10, 2) for e in engines)
                  + bench.number(best, 1, 14, 2) + bench.number(c, 1, 10, 2))
    return ratios


def disagreements(results):
    wrong = []
    for (case, size, threads), record in results.get("numpy", {}).items():
        for engine, records in results.items():
            for t in (1, 2):
                other = records.get((case, size, t), {})
                if "check" in other and not math.isclose(other["check"], record["check"], rel_tol=1e-9):
                    wrong.append(f"{engine}: {case}, {size}, {t} threads: another result")
    return wrong + [f"{engine}: {key}: {record['error']}" for engine, records in results.items()
                    for key, record in records.items() if "error" in record]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--engines", default="c,numpy,numexpr,numba,pythran,numjit")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--budget", type=float, default=0.1, help="seconds for a case (default: 0.1)")
    parser.add_argument("--out", default="expressions.json", metavar="FILE")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--folder", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.cases, options.sizes = options.cases.split(","), [int(n) for n in options.sizes.split(",")]
    options.threads = [int(n) for n in options.threads.split(",")]
    if options.worker:
        worker(options)
        return 0
    unknown = [case for case in options.cases if case not in CASES]
    if unknown:
        parser.error("no such case: " + ", ".join(unknown))
    engines = options.engines.split(",")
    library_python(engines)
    with tempfile.TemporaryDirectory() as folder:
        if "c" in engines:
            build_c(folder)
        if "pythran" in engines:
            build_pythran(folder)
        results = {}
        for engine in engines:
            print(engine, file=sys.stderr)
            results[engine] = run_engine(engine, folder, options)
    ratios = [ratio for threads in options.threads for ratio in table(results, engines, options, threads)]
    for over in ("over_best", "over_c", "over_numba"):
        values = [r[over] for r in ratios if r[over]]
        if values:
            print(f"geometric mean, {over.replace('_', ' ')}: {bench.geometric_mean(values):.2f} ({len(values)} cases, "
                  f"{sum(v > 1.05 for v in values)} behind by more than 5%)")
    problems = disagreements(results)
    print("\n".join(problems))
    with open(options.out, "w") as out:
        json.dump({"processor": bench.processor(), "cases": {k: v[0] for k, v in CASES.items()}, "ratios": ratios,
                   "results": {e: list(r.values()) for e, r in results.items()}}, out, indent=1)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
