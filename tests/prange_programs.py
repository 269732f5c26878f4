"""Generated loops over prange: numbers that are combined, last values, and arrays of which several iterations change the same elements.

program(seed) is the source of f(a, b, k, o, p, q, r, m, n): a, b, k int64[n] that it reads (k: places), o and p int64[n] that it adds to and
takes the maximum of, q and r of half the length, int64[n // 2 + 1] and [n // 2 + 1, 3], so that places in them come around; m is 0, 1 or 2. The
result is a tuple of ints. With range for prange CPython is the model: integers come to the same in any order."""
import random

import numpy as np

PLACES = ("{v}", "{v}", "{v} % 7", "k[{v}]", "min({v}, 9)", "{v} // 5", "({v} & 3)", "(n - 1 - {v})", "({v} * 3) % n", "abs({v} - 20)",
          "({v} if {v} < 50 else 0)", "({v} - 1)")
HALVES = ("({v} - n // 2)", "({v} - n // 2)", "(n // 2 - {v})", "{v} // 2", "({v} % (n // 2 + 1))", "(-({v} // 2))", "({v} * m // 4)", "({v} - n // 2 - 1)",
          "({v} - n // 2 if {v} > 9 else 0)")
SLICES = ("{v}:{v} + 2", "{v}:{v} + 1", "{v}:{v} + m", "2 * {v}:2 * {v} + 2", "2 * {v}:2 * {v} + 3", "{v} // 2:{v} // 2 + 3", "{v} - 1:{v} + 1",
          "max({v} - 3, 0):max({v} - 2, 0)", "{v}:min({v} + 2, n)", "n - {v}:n - {v} + 2", "3 * {v}:][:3", "3 * {v}:][:4", "{v} - n // 2:{v} - n // 2 + 2",
          "{v} * m:{v} * m + m", "min({v}, 9):min({v}, 9) + 1")
VALUES = ("a[{v}]", "a[{v}]", "(a[{v}] * b[{v}])", "{v}", "2", "(a[{v}] + b[{place}])")
# what is before the loop, and in it; {s}: a name of its own, whose last value is a part of the result; none: nothing is
CARRIED = (("{s} = 5", "{s} += {x}"), ("{s} = 0", "{s} -= {x}"), ("{s} = -100", "{s} = max({s}, {x})"), ("{s} = 50", "{s} = min({s}, {x})"),
           ("{s} = 0", "if {x} > {s}:\n    {s} = i"), ("{s} = -1", "if a[i] > 5:\n    {s} = i"), ("{s} = False", "if a[i] == 3:\n    {s} = True"),
           ("{s} = 0", "if a[i] > b[i]:\n    {s} += {x}\nelse:\n    {s} -= {y}"))
CHANGED = ("o[{place}] += {x}", "o[{place}] -= {x}", "o[{place}] += {x}\no[{other}] -= {y}", "p[{place}] = max(p[{place}], {x})",
           "if {x} > 3:\n    o[{place}] += 1", "for j in range(i % 4):\n    o[j % 2] += a[j]")
WRAPPED = ("q[{half}] += {x}", "q[{half}] += {x}", "q[{half}] += {x}\nq[{other_half}] -= {y}", "q[{half}] = min(q[{half}], {x})", "o[{slice}] += {x}",
           "q[{slice}] -= {x}", "r[{half}] += {x}", "r[{half}, i % 3] += {x}", "r[{half}, 1:] -= {x}", "r[{half}, 0] += {x}\nr[{other_half}, 1] -= {y}",
           "for j in range(3):\n    r[{half}, j] += {x}", "t = r[{half}]\nt[i % 3] += {x}", "if i >= 3:\n    o[i - 3] += {x}", "o[i * m // 2] += {x}",
           "o[i - 1] += {x}", "q[:4][i % 3 - 1] += {x}", "r[{slice}] += {x}", "r[{slice}, i % 2] -= {x}",
           "r[i % 3, {column}] += {x}\nr[{column}, i % 3] -= {y}", "o[1:][i // 2] += {x}", "q[i // 2 + n // 9] += {x}\nq[i // 3] -= {y}",
           "o[1::2][i // 3] += {x}", "o[::-1][{place}] -= {x}")


def program(seed):
    rng = random.Random(seed)

    def place(v):
        return rng.choice(PLACES).format(v=v)

    def value(v):
        return rng.choice(VALUES).format(v=v, place=place(v))
    before, body, names = [], [], []
    for k in range(rng.randrange(1, 5)):
        words = {"s": f"s{k}", "x": value("i"), "y": value("i"), "place": place("i"), "other": place("i"),
                 "half": rng.choice(HALVES).format(v="i"), "other_half": rng.choice(HALVES).format(v="i"), "slice": rng.choice(SLICES).format(v="i"),
                 "column": rng.choice(("1", "i % 3", "2"))}
        if rng.random() < 0.5:
            first, turn = rng.choice(CARRIED)
            before.append(first.format(**words))
            names.append(words["s"])
        else:
            turn = rng.choice(rng.choice((CHANGED, WRAPPED)))
        body += turn.format(**words).splitlines()
    lines = ["def f(a, b, k, o, p, q, r, m, n):", *("    " + x for x in before), "    for i in prange(n):", *("        " + x for x in body),
             f"    return ({''.join(x + ', ' for x in names)})"]
    return "\n".join(lines)


def arguments(n, seed):
    rng = np.random.default_rng(seed)
    return (rng.integers(-5, 10, n), rng.integers(0, 9, n), rng.integers(0, max(n // 100, 1), n), np.zeros(n, int), np.zeros(n, int),
            np.zeros(n // 2 + 1, int), np.zeros((n // 2 + 1, 3), int), seed % 3, n)
