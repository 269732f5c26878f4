"""Compares numjit, Numba and C on the kernels of kernels.py, in one run.

    python benchmarks/bench.py [--kernels a,b] [--engines c,numba,numjit] [--rounds N] [--python] [--out FILE]

Each engine runs in a child process of its own, which prints a line of JSON per kernel. Numba runs in .bench-venv at
the top of the repository, made on demand. C is kernels.c, compiled by $CC (clang) with $CFLAGS (-O3 -march=native
-ffp-contract=off: a product and a sum are rounded one by one, as in Python) and called through ctypes. Writes benchmarks.json.

Run times are the least over all calls in all rounds, with new arguments for each call; C's include the call through
ctypes. Compile time is the first call's less the run time.
"""

import argparse
import ctypes
import json
import math
import os
import platform
import shlex
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
VENV = os.path.join(ROOT, ".bench-venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")

# Compilers that fuse multiplications and additions all the same differ in last digits; orbits near the edge of the Mandelbrot
# set then escape at other times.
TOLERANCE = 1e-6
TOLERANCES = {"mandelbrot": 1e-3}


# Child processes.


def emit(**record):
    print(json.dumps(record), flush=True)


def c_function(library, function, make, result):
    """A callable that passes arrays as a pointer and a shape, as kernels.c takes them."""
    import numpy as np

    entry = getattr(library, function.__name__)
    entry.restype = ctypes.c_double if result == "f" else ctypes.c_int64
    types = []
    for arg in make():
        if isinstance(arg, np.ndarray):
            types += [ctypes.c_void_p] + [ctypes.c_int64] * arg.ndim
        else:
            types.append(ctypes.c_double if isinstance(arg, float) else ctypes.c_int64)
    entry.argtypes = types
    return entry


def flatten(args):
    import numpy as np

    out = []
    for arg in args:
        if isinstance(arg, np.ndarray):
            assert arg.flags.c_contiguous
            out += [arg.ctypes.data, *arg.shape]
        else:
            out.append(arg)
    return out


def digest(result, args):
    """Numbers that stand for what a call returned and left in its arrays."""
    import numpy as np

    return [float(result)] + [float(np.sum(a, dtype=np.float64)) for a in args if isinstance(a, np.ndarray)]


def worker(engine, names, library, budget):
    import kernels

    if engine == "c":
        loaded = ctypes.CDLL(library)
    elif engine == "numjit":
        from numjit import njit
    elif engine == "numba":
        import numba
        from numba import njit

        emit(version=numba.__version__)
    else:
        def njit(function):
            return function

    for name in names:
        emit(begin=name)
        try:
            if name == "calls":
                emit(kernel=name, calls={} if engine == "c" else measure_calls(kernels.CALLS, njit))
                continue
            function, make, result = kernels.KERNELS[name]
            compiled = c_function(loaded, function, make, result) if engine == "c" else njit(function)
            times = []
            until = time.perf_counter() + budget
            while len(times) < 3 or (time.perf_counter() < until and len(times) < 200):
                args = make()
                passed = flatten(args) if engine == "c" else args
                start = time.perf_counter()
                value = compiled(*passed)
                times.append(time.perf_counter() - start)
                if len(times) == 1:
                    check = digest(value, args)
                if engine == "python":
                    break
            run = min(times)
            compiling = engine in ("numba", "numjit")
            emit(kernel=name, run=run, compile=max(times[0] - min(times[1:]), 0.0) if compiling else None, check=check)
        except Exception as error:
            emit(kernel=name, error=f"{type(error).__name__}: {str(error).strip().splitlines()[:1]}")


def measure_calls(calls, njit):
    """Seconds per call of functions that do next to nothing, the loop's own time taken off."""
    out = {}
    count = 100000
    for label, (function, make) in calls.items():
        compiled, args = njit(function), make()
        compiled(*args)
        best, empty = math.inf, math.inf
        for _ in range(5):
            start = time.perf_counter()
            for _ in range(count):
                compiled(*args)
            best = min(best, time.perf_counter() - start)
            start = time.perf_counter()
            for _ in range(count):
                pass
            empty = min(empty, time.perf_counter() - start)
        out[label] = (best - empty) / count
    return out


# The parent.


def numba_python():
    """The interpreter of .bench-venv, made and filled with Numba where it is missing."""
    if subprocess.run([VENV_PYTHON, "-c", "import numba"], capture_output=True).returncode if os.path.exists(
            VENV_PYTHON) else True:
        print("making .bench-venv", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        with open(os.path.join(VENV, ".gitignore"), "w") as ignore:
            ignore.write("*\n")
        subprocess.run([VENV_PYTHON, "-m", "pip", "install", "--quiet", "numba"], check=True)
    return VENV_PYTHON


def run_engine(engine, python, names, library, budget):
    """Records by kernel. A child that dies takes down the kernel it was at; another goes on with those after it."""
    records, extra = {}, {}
    left = list(names)
    while left:
        command = [python, os.path.abspath(__file__), "--worker", engine, "--kernels", ",".join(left),
                   "--library", library, "--budget", str(budget)]
        child = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        at = None
        for line in child.stdout.splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if "begin" in record:
                at = record["begin"]
            elif "kernel" in record:
                records[record.pop("kernel")] = record
                at = None
            else:
                extra.update(record)
        if child.returncode == 0:
            break
        words = (child.stderr.strip().splitlines() or ["no message"])[-1]
        if at is None:
            # It died before a kernel or after the last.
            for name in left:
                records.setdefault(name, {"error": f"exit status {child.returncode}: {words}"})
            break
        records[at] = {"error": f"exit status {child.returncode}: {words}"}
        left = left[left.index(at) + 1:]
    return records, extra


def import_time(python, module):
    """Seconds that importing takes in a new interpreter, least of five, NumPy's import taken off (both need it)."""
    code = f"import time, numpy; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    times = []
    for _ in range(5):
        # Not from the repository's root, where the sources' numjit would hide the installed one.
        child = subprocess.run([python, "-c", code], cwd=HERE, capture_output=True, text=True)
        if child.returncode:
            return None
        times.append(float(child.stdout.split()[-1]))
    return min(times)


def merge(into, records):
    for name, record in records.items():
        old = into.get(name)
        if old is None or "error" in record:
            into[name] = record
        elif "error" not in old:
            for key in ("run", "compile"):
                if record.get(key) is not None:
                    old[key] = min(old[key], record[key])
            for label, value in record.get("calls", {}).items():
                old["calls"][label] = min(old["calls"][label], value)


def close(a, b, tolerance):
    return len(a) == len(b) and all(math.isclose(x, y, rel_tol=tolerance, abs_tol=tolerance) for x, y in zip(a, b))


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def number(value, scale=1.0, width=10, digits=3):
    return f"{value * scale:{width}.{digits}f}" if value is not None else "-".rjust(width)


def processor():
    try:
        with open("/proc/cpuinfo") as info:
            for line in info:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernels", help="names, with commas between (default: all)")
    parser.add_argument("--engines", default="c,numba,numjit", help="of c, numba, numjit (default: all)")
    parser.add_argument("--rounds", type=int, default=2, help="runs of every engine, in turn (default: 2)")
    parser.add_argument("--budget", type=float, default=0.3, help="seconds for a kernel in a round (default: 0.3)")
    parser.add_argument("--python", action="store_true", help="also CPython, one call of each kernel")
    parser.add_argument("--out", default="benchmarks.json", metavar="FILE")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--library", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(options.worker, options.kernels.split(","), options.library, options.budget)
        return 0

    import kernels

    names = options.kernels.split(",") if options.kernels else list(kernels.KERNELS)
    unknown = [name for name in names if name not in kernels.KERNELS]
    if unknown:
        parser.error("no such kernel: " + ", ".join(unknown))
    engines = options.engines.split(",")
    if not set(engines) <= {"c", "numba", "numjit"}:
        parser.error("engines are c, numba and numjit")
    if options.python:
        engines.append("python")

    pythons = {engine: numba_python() if engine == "numba" else sys.executable for engine in engines}
    compiler = [os.environ.get("CC", "clang"), *shlex.split(os.environ.get("CFLAGS", "-O3 -march=native -ffp-contract=off"))]
    results = {engine: {} for engine in engines}
    extra = {}
    with tempfile.TemporaryDirectory() as folder:
        library = os.path.join(folder, "kernels.so")
        if "c" in engines:
            subprocess.run([*compiler, "-shared", "-fPIC", "-o", library, os.path.join(HERE, "kernels.c"), "-lm"],
                           check=True)
        for turn in range(options.rounds):
            for engine in engines:
                if engine == "python" and turn:
                    continue
                print(f"round {turn + 1}: {engine}", file=sys.stderr)
                work = names if engine == "c" else [*names, "calls"]
                records, more = run_engine(engine, pythons[engine], work, library, options.budget)
                merge(results[engine], records)
                extra.setdefault(engine, {}).update(more)
    imports = {engine: import_time(pythons[engine], engine) for engine in engines if engine in ("numba", "numjit")}
    calls = {engine: results[engine].pop("calls", {}).get("calls", {}) for engine in engines if engine != "c"}

    # Each engine's results against the first engine's that has some, CPython's where it ran.
    order = sorted(engines, key=lambda engine: engine != "python")
    for name in names:
        base = next((results[e][name]["check"] for e in order if "check" in results[e].get(name, {})), None)
        for engine in engines:
            record = results[engine].get(name, {})
            if "check" in record:
                record["agrees"] = close(record["check"], base, TOLERANCES.get(name, TOLERANCE))

    def run(engine, name):
        return results.get(engine, {}).get(name, {}).get("run")

    def ratio(name, over):
        ours, theirs = run("numjit", name), run(over, name)
        return ours / theirs if ours and theirs else None

    print(f"{'kernel':<16}" + "".join(f"{engine + ', ms':>12}" for engine in engines)
          + f"{'numjit/numba':>14}{'numjit/C':>10}{'numba/C':>10}{'compile, ms:':>14} numjit   numba")
    ratios = {"numjit/numba": [], "numjit/c": [], "numba/c": []}
    problems = []
    for name in names:
        nb, cc = run("numba", name), run("c", name)
        row = {"numjit/numba": ratio(name, "numba"), "numjit/c": ratio(name, "c"),
               "numba/c": nb / cc if nb and cc else None}
        for key, value in row.items():
            if value is not None:
                ratios[key].append(value)
        compiles = [results.get(engine, {}).get(name, {}).get("compile") for engine in ("numjit", "numba")]
        print(f"{name:<16}" + "".join(number(run(engine, name), 1e3, 12) for engine in engines)
              + number(row["numjit/numba"], 1, 14, 2) + number(row["numjit/c"], 1, 10, 2)
              + number(row["numba/c"], 1, 10, 2) + " " * 12 + number(compiles[0], 1e3, 9, 1)
              + number(compiles[1], 1e3, 8, 1))
        for engine in engines:
            record = results[engine].get(name, {"error": "no record"})
            if "error" in record:
                problems.append(f"{engine} {name}: {record['error']}")
            elif not record["agrees"]:
                problems.append(f"{engine} {name}: another result, {record['check']}")
    means = {key: geometric_mean(values) for key, values in ratios.items()}
    print("geometric means: " + ", ".join(
        f"{key} {means[key]:.2f} ({len(ratios[key])} kernels)" for key in means if means[key] is not None))
    totals = {}
    for engine in imports:
        times = [r["compile"] for r in results[engine].values() if r.get("compile") is not None]
        totals[engine] = sum(times)
        print(f"{engine}: import {number(imports[engine], 1e3, 0, 1)} ms, compiling {len(times)} kernels "
              f"{totals[engine]:.2f} s")
    for label in kernels.CALLS:
        found = [f"{engine} {times[label] * 1e9:.0f} ns" for engine, times in calls.items() if label in times]
        if found:
            print(f"a call with {label}: " + ", ".join(found))
    for problem in problems:
        print("PROBLEM " + problem)

    with open(options.out, "w") as out:
        json.dump({
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "machine": {"processor": processor(), "cpus": os.cpu_count(), "system": platform.platform(),
                        "python": platform.python_version()},
            "c_command": compiler if "c" in engines else None,
            "versions": extra,
            "rounds": options.rounds,
            "kernels": {name: {engine: results[engine].get(name) for engine in engines} for name in names},
            "geometric_means": means,
            "import_seconds": imports,
            "compile_seconds": totals,
            "call_seconds": calls,
            "problems": problems,
        }, out, indent=1)
        out.write("\n")
    print("wrote", options.out)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
