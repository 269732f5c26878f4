"""Generated loops over prange: numbers that are combined, last values, and arrays of which several iterations change the same elements.

program(seed) is the source of f(a, b, k, o, p, n): a, b, k int64[n] that it reads (k: places), o and p int64[n] that it adds to and takes the
maximum of; the result is a tuple of ints. With range for prange CPython is the model: integers come to the same in any order."""
import random

import numpy as np

PLACES = ("{v}", "{v}", "{v} % 7", "k[{v}]", "min({v}, 9)", "{v} // 5", "({v} & 3)", "(n - 1 - {v})", "({v} * 3) % n", "abs({v} - 20)",
          "({v} if {v} < 50 else 0)", "({v} - 1)")
VALUES = ("a[{v}]", "a[{v}]", "(a[{v}] * b[{v}])", "{v}", "2", "(a[{v}] + b[{place}])")
# what is before the loop, and in it; {s}: a name of its own, whose last value is a part of the result; none: nothing is
CARRIED = (("{s} = 5", "{s} += {x}"), ("{s} = 0", "{s} -= {x}"), ("{s} = -100", "{s} = max({s}, {x})"), ("{s} = 50", "{s} = min({s}, {x})"),
           ("{s} = 0", "if {x} > {s}:\n    {s} = i"), ("{s} = -1", "if a[i] > 5:\n    {s} = i"), ("{s} = False", "if a[i] == 3:\n    {s} = True"),
           ("{s} = 0", "if a[i] > b[i]:\n    {s} += {x}\nelse:\n    {s} -= {y}"))
CHANGED = ("o[{place}] += {x}", "o[{place}] -= {x}", "o[{place}] += {x}\no[{other}] -= {y}", "p[{place}] = max(p[{place}], {x})",
           "if {x} > 3:\n    o[{place}] += 1", "for j in range(i % 4):\n    o[j % 2] += a[j]")


def program(seed):
    rng = random.Random(seed)

    def place(v):
        return rng.choice(PLACES).format(v=v)

    def value(v):
        return rng.choice(VALUES).format(v=v, place=place(v))
    before, body, names = [], [], []
    for k in range(rng.randrange(1, 5)):
        words = {"s": f"s{k}", "x": value("i"), "y": value("i"), "place": place("i"), "other": place("i")}
        if rng.random() < 0.5:
            first, turn = rng.choice(CARRIED)
            before.append(first.format(**words))
            names.append(words["s"])
        else:
            turn = rng.choice(CHANGED)
        body += turn.format(**words).splitlines()
    lines = ["def f(a, b, k, o, p, n):", *("    " + x for x in before), "    for i in prange(n):", *("        " + x for x in body),
             f"    return ({''.join(x + ', ' for x in names)})"]
    return "\n".join(lines)


def arguments(n, seed):
    rng = np.random.default_rng(seed)
    return rng.integers(-5, 10, n), rng.integers(0, 9, n), rng.integers(0, max(n // 100, 1), n), np.zeros(n, int), np.zeros(n, int), n
