"""Generated programs under numjit and under CPython (model.py): the results, dtypes, exceptions, their lines and the
arguments afterwards must agree.

    python fuzz.py --programs 20000 --seed 1     reports each sort of failure once, with its program made small
    python fuzz.py --show 1:77                   the program 77 of seed 1

The programs run in a process of their own, so that a crash or an endless loop costs one program and is reported with it.
"""
import argparse
import json
import math
import os
import random
import re
import select
import signal
import subprocess
import sys
import time
import traceback

import numpy as np

import model
import programs

FILE = "<program>"
MINE = "numjit."    # module of numjit's own exceptions


# in the worker --------------------------------------------------------------------------------------

class Late(BaseException):
    """A program took too long; not one of the exceptions that programs catch."""


def agree(want, got):
    if isinstance(want, np.ndarray):
        return (isinstance(got, np.ndarray) and want.dtype == got.dtype and want.shape == got.shape
                and all(map(agree, want.ravel().tolist(), got.ravel().tolist())))
    if isinstance(want, tuple):
        return isinstance(got, tuple) and len(want) == len(got) and all(map(agree, want, got))
    if isinstance(want, complex):
        return isinstance(got, complex) and agree(want.real, got.real) and agree(want.imag, got.imag)
    if isinstance(want, float):
        return isinstance(got, float) and (math.isclose(want, got, rel_tol=1e-6 if isinstance(want, model.F32) else 1e-13,
                                                        abs_tol=1e-11)
                                           or (math.isnan(want) and math.isnan(got)))
    return isinstance(got, bool) == isinstance(want, bool) and type(got) in (int, bool, type(want)) and want == got


def lines_of(error):
    return [(f.name, f.lineno) for f in traceback.extract_tb(error.__traceback__) if f.filename == FILE]


def outcome(function, args):
    """("value", result) or ("raised", exception, lines)"""
    signal.setitimer(signal.ITIMER_PROF, 5)       # of work: other programs may be at work here too
    try:
        with np.errstate(all="ignore"):
            return "value", function(*args)
    except (Exception, Late) as error:
        return "raised", error, lines_of(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def compare(want, got, right):
    """None, or why they differ."""
    if got[0] == "raised":
        family = type(got[1]).__module__
        if type(got[1]).__name__ == "InternalError":
            return f"internal error: {got[1]}"
        if family.startswith(MINE):
            return f"refused: {got[1]}" if right else None
    if not right and "raised" in (want[0], got[0]):      # a value of another kind: NumPy's scalars and Python's differ more
        return None
    if want[0] != got[0]:
        return f"wanted {show(want)}, got {show(got)}"
    if want[0] == "value":
        return None if not right or agree(want[1], got[1]) else f"wanted {show(want)}, got {show(got)}"
    if type(want[1]) is not type(got[1]) or str(want[1]) != str(got[1]):
        return f"wanted {show(want)}, got {show(got)}"
    if isinstance(want[1], UnboundLocalError):      # CPython 3.11 names the line before, from the second call on
        return None
    return None if want[2] == got[2] else f"raised at lines: wanted {want[2]}, got {got[2]}"


def show(result):
    return f"{type(result[1]).__name__} {result[1]!r}"


def judge(source, calls):
    """A verdict a call: "" or the reason it differs."""
    import numjit
    slow = model.functions(source, FILE)
    fast = {"np": np, "math": math, "numjit": numjit}
    options = eval(f"dict({source.splitlines()[0][2:]})") if source[0] == "#" else {}
    exec(compile(source, FILE, "exec"), fast)
    for name in re.findall(r"^def (\w+)", source, re.M):
        fast[name] = numjit.njit(**options)(fast[name])
    verdicts = []
    for kind, text in calls:
        slow_args, fast_args = ([*eval(f"({text},)" if text else "()", {"np": np})] for _ in range(2))
        want = outcome(slow["main"], [model.scalar(x) for x in slow_args])
        if want[0] == "raised" and isinstance(want[1], Late):
            continue
        got = outcome(fast["main"], fast_args)
        if kind == "count":
            why = None if (want[0], type(want[1]), str(want[1])) == (got[0], type(got[1]), str(got[1])) \
                else f"wanted {show(want)}, got {show(got)}"
        else:
            why = compare(want, got, kind == "right")
        if not why and kind == "right" and want[0] == "value":
            why = next((f"argument afterwards: wanted {w!r}, got {g!r}" for w, g in zip(slow_args, fast_args)
                        if isinstance(w, np.ndarray) and not agree(w, g)), None)
        verdicts.append(why or "")
    return verdicts


def worker():
    def late(*_):
        raise Late
    signal.signal(signal.SIGPROF, late)
    out = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        try:
            verdicts = judge(*json.loads(line))
        except Exception:
            verdicts = ["the fuzzer failed: " + traceback.format_exc()]
        print(json.dumps(verdicts), file=out, flush=True)


# in the parent --------------------------------------------------------------------------------------

class Worker:
    """Judges programs in a process that is started again when it dies."""

    def __init__(self, limit=120):
        self.limit, self.process = limit, None

    def start(self):
        self.process = subprocess.Popen([sys.executable, __file__, "--worker"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL if not os.environ.get("FUZZ_STDERR") else None, text=True)

    def judge(self, program):
        if self.process is None:
            self.start()
        try:
            self.process.stdin.write(json.dumps([program.source, program.calls]) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        if not select.select([self.process.stdout], [], [], self.limit)[0]:
            return self.ended("no answer")
        line = self.process.stdout.readline()
        return json.loads(line) if line else self.ended("crash")

    def ended(self, how):
        self.process.kill()
        code = self.process.wait()
        self.process.stdin.close(), self.process.stdout.close()
        self.process = None
        return [f"{how} ({code})" if how == "crash" else how]

    def stop(self):
        if self.process:
            self.ended("stop")


def failure(verdicts):
    """The worst of a program's verdicts: None, "refused: ..." or a failure."""
    bad = [v for v in verdicts if v]
    return next((v for v in bad if not v.startswith("refused")), bad[0] if bad else None)


def replay(choices):
    """build() on a list of choices; 0 where it has ended."""
    rest = iter(choices)
    return programs.build(lambda n: min(next(rest, 0), n - 1))


def recorded(rng):
    choices = []

    def choose(n):
        choices.append(rng.randrange(n))
        return choices[-1]
    return programs.build(choose), choices


def sort_of(why):
    """Failures that look the same: numbers and names of variables taken out."""
    if why.startswith("refused"):
        why = why.splitlines()[0]
    why = re.sub(r"\bv\d+\b|\bp\d+\b", "v", why)
    return re.sub(r"[\d.e+-]+|\[.*?\]|\(.*\)", "#", why)[:90]


def shrink(choices, still, seconds=20):
    """Choices whose program fails the same way, fewer and smaller."""
    end, size = time.time() + seconds, max(1, len(choices) // 2)
    while size and time.time() < end:
        at = 0
        while at < len(choices) and time.time() < end:
            shorter = choices[:at] + choices[at + size:]
            zeroed = choices[:at] + [0] * len(choices[at:at + size]) + choices[at + size:]
            if still(shorter):
                choices = shorter
            elif zeroed != choices and still(zeroed):
                choices = zeroed
            else:
                at += size
        size //= 2
    return choices


def without_lines(program, still, seconds=10):
    """The program with the lines dropped that the failure does not need."""
    end, lines, at = time.time() + seconds, program.source.splitlines(), 0
    while at < len(lines) and time.time() < end:
        deep = len(lines[at]) - len(lines[at].lstrip())
        stop = next((k for k in range(at + 1, len(lines)) if len(lines[k]) - len(lines[k].lstrip()) <= deep), len(lines))
        rest = programs.Program("\n".join(lines[:at] + lines[stop:]) + "\n", program.calls)
        if parses(rest.source) and still(rest):
            program, lines = rest, rest.source.splitlines()
        else:
            at += 1
    return program


def parses(source):
    try:
        return "def main" in source and compile(source, FILE, "exec") is not None
    except SyntaxError:
        return False


def bulk(count, seed, first=0, refused=False, report=print, seconds=math.inf):
    """Runs programs, reports each sort of failure once; returns (failures, share of programs that compiled).
    On a slow machine it stops after that many seconds."""
    judge, seen, compiled, began, done = Worker(), {}, 0, time.time(), 0
    for n in range(first, first + count):
        if time.time() - began > seconds:
            break
        done += 1
        program, choices = recorded(random.Random(f"{seed}:{n}"))
        why = failure(judge.judge(program))
        compiled += why is None or not why.startswith("refused")
        if why is None or (why.startswith("refused") and not refused):
            continue
        kind = sort_of(why)
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] > 1:
            continue
        def still(p):
            return sort_of(failure(judge.judge(p)) or "") == kind
        program = without_lines(replay(shrink(choices, lambda c: still(replay(c)))), still)
        why = failure(judge.judge(program)) or why
        report(f"--- {seed}:{n} {why}\n{program.source}" + "".join(f"main({a})\n" for _, a in program.calls), flush=True)
    judge.stop()
    for kind, times in sorted(seen.items(), key=lambda item: -item[1]):
        report(f"{times:6} {kind}")
    report(f"{done} programs, {100 * compiled / done:.1f}% compiled, {sum(seen.values())} failures, {time.time() - began:.0f} s")
    return sum(seen.values()), compiled / done


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", default=None)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--refused", action="store_true", help="report what does not compile too")
    parser.add_argument("--show")
    parser.add_argument("--worker", action="store_true")
    options = parser.parse_args()
    if options.worker:
        return worker()
    if options.show:
        program, _ = recorded(random.Random(options.show))
        print(program.source + "".join(f"main({a})\n" for _, a in program.calls))
        return print(failure(Worker().judge(program)))
    seed = options.seed or str(int(time.time()))
    failures, share = bulk(options.programs, seed, options.first, options.refused)
    return 1 if failures or share < 0.8 else 0


if __name__ == "__main__":
    sys.exit(main())
