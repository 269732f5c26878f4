"""Functions with bytecode that no compiler made: bytes changed, cut out and moved, tables of handlers, lines and constants
replaced. Compiling one gives a clear exception, or code for what it means; never a crash or an InternalError.

    python garbage.py 1000 seed         prints the number of each before it is compiled
"""
import dis
import opcode
import random
import sys
import types

import numpy as np

import numjit

NAMES = ["a", "b", "", "\udc80", "np"]
# Opcodes that CPython writes into code it runs: code.replace() follows their operands, through NULL, before anyone can refuse them
RUNNING = {*range(getattr(opcode, "MIN_INSTRUMENTED_OPCODE", 256), 256), dis.opmap.get("ENTER_EXECUTOR")}
PADDING = bytes([dis.opmap["NOP"], 0]) * 12     # CPython's own co_code writes past the end where caches are cut off


def loop(a, n):
    s = 0.0
    for i in range(n):
        if a[i] > 2:
            s += a[i] * i
        else:
            s -= 1
    return s


def handlers(a, n):
    try:
        x = a[n]
    except (IndexError, KeyError) as e:
        x = 1.0
        if n:
            raise ValueError from e
    finally:
        n += 1
    return x, n


def closures(a, n):
    def g(y):
        return y * n
    return sum([g(x) for x in a]) + max(n, 3, *(1, 2))


def control(a, n):
    b, (c, d) = 1, (n, 2)
    t = f"{n} {a!r:>3}" if n > 99 else ""
    while n and b < 10:
        b += c
        n -= d
        if b == 7:
            break
    else:
        return len(t)
    return a[1:n].sum() + b


def patterns(a, n, *rest, k=3):
    match n, k:
        case 1, [x, *_]:
            return a.shape[0]
        case _:
            pass
    assert n < 5, "x"
    return a[::2].T @ a[::2] if k is not None and {"x": 1} else len(rest)


FUNCTIONS = [loop, handlers, closures, control, patterns]
CONSTANTS = [None, 1, 2.5, "x", (1, 2), 3j, b"b", ..., object(), np.zeros(2), slice(1, 2), loop.__code__, 2**70, frozenset([1])]


def some_bytes(rng, n):
    return bytes(rng.randrange(256) for _ in range(rng.randrange(n)))


def changed_bytes(rng, code):
    b = bytearray(code.co_code)
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        at = rng.randrange(len(b))
        way = rng.randrange(4)
        if way == 0:
            b[at] = rng.randrange(256)
        elif way == 1:
            b[at] = b[rng.randrange(len(b))]
        elif way == 2:
            b[at & ~1:(at | 1) + 1] = bytes([rng.choice(list(dis.opmap.values())) & 255, rng.randrange(4)])
        else:
            b[at | 1] = rng.choice([0, 1, 2, 3, 127, 255, b[at | 1] ^ 1])
    return bytes(b)


def cut(rng, code):
    n, m = (2 * rng.randrange(len(code.co_code) // 2) for _ in range(2))
    return code.co_code[:n] + code.co_code[m:]


def without_running(code):
    return bytes(dis.opmap["NOP"] if n % 2 == 0 and b in RUNNING else b for n, b in enumerate(code))


def mutation(rng, code):
    """What code.replace() gets."""
    way = rng.randrange(13)
    if way < 7:
        return {"co_code": without_running((changed_bytes if way < 5 else cut)(rng, code)) + PADDING}
    return [{"co_exceptiontable": some_bytes(rng, 12)}, {"co_linetable": some_bytes(rng, 20)},
            {"co_consts": tuple(rng.choice(CONSTANTS) for _ in range(rng.randrange(6)))},
            {"co_names": tuple(rng.choice(NAMES) for _ in range(rng.randrange(3)))},
            {"co_exceptiontable": b"\x80\x40\x02\x01", "co_stacksize": 1},
            {"co_firstlineno": rng.choice([0, 2**31 - 1]), "co_name": "\udc80"}][way - 7]


def mutant(rng):
    """A function, or None where CPython refuses it."""
    f = rng.choice(FUNCTIONS)
    try:
        code = f.__code__.replace(**mutation(rng, f.__code__))
        g = types.FunctionType(code, globals(), f.__name__, f.__defaults__, f.__closure__)
    except (ValueError, SystemError, TypeError):
        return None
    g.__kwdefaults__ = f.__kwdefaults__
    return g


def main(count, seed):
    bad = 0
    for n in range(count):
        f = mutant(random.Random(f"{seed}:{n}"))
        if f is None:
            continue
        print(f"{seed}:{n} {f.__code__.co_name!a}", flush=True)
        try:
            numjit.njit(("f8[:]", "i8"))(f)
        except (SystemError, numjit.errors.InternalError, MemoryError) as error:
            print(f"BAD {seed}:{n}: {type(error).__name__}: {error}")
            bad += 1
        except Exception:
            pass
    return bad > 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
