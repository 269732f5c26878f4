"""Generated functions of array expressions: views, broadcasting, reductions, scans, statements in place and buffers that die, over several statements.

program(seed) is the source of f(a, b, c, v, w, n): a, b, c float64[n, n] of any strides, v, w float64[n]; the result is a tuple of arrays. CPython with
NumPy is the model; arguments(layout, seed) makes what it is called with."""
import random

import numpy as np

N = 5                                            # long enough for a vector and a rest
LAYOUTS = ("C", "F", "steps", "steps of F", "reversed", "mixed")
VIEWS = {1: ("", "", "[::-1]", "[:, None]", "[None, :]", "[0]", "[:1]"),
         2: ("", "", "", "", "", "[::-1]", "[:, ::-1]", ".T", "[0]", "[:, 0]", "[:, :1]", "[:1]", "[-1]", "[::-1, ::-1].T")}
PLACES = ("[:]", "[...]", "[1:-1]", "[:, 1:]", "[::2]", "[1:, :-1]")
# {}: an operand; the more often a form stands here, the more often it is chosen
FORMS = 4 * ("({} + {})", "({} * {})") + 2 * ("({} - {})", "np.maximum({}, {})") + (
    "np.hypot({}, {})", "np.sqrt(np.abs({}))", "np.tanh({})", "np.floor({})", "np.square(np.abs({}))", "np.exp(-np.abs({}))", "-{}",
    "np.where({} > 0.3, {}, 0.5)", "np.sum({})", "np.mean({}, axis=0, keepdims=True)", "np.max({}, axis=-1, keepdims=True)", "np.cumsum({}, axis=0)",
    "np.cumsum({}, axis=-1)", "({}).T", "np.roll({}, 1, axis=0)", "np.roll({}, -1, axis=-1)", "(2.0 - {})", "3 * {}")


class Program:
    def __init__(self, seed):
        self.random, self.lines = random.Random(seed), []
        self.ndim = {"a": 2, "b": 2, "c": 2, "v": 1, "w": 1}

    def pick(self, *of):
        return self.random.choice(of)

    def matrix(self):
        return self.pick(*(name for name, ndim in self.ndim.items() if ndim == 2))

    def expression(self, depth):
        if depth == 0:
            name = self.pick(*self.ndim)
            return name + self.pick(*VIEWS[self.ndim[name]])
        form = self.pick(*FORMS)
        return form.format(*(self.expression(self.random.randrange(depth)) for _ in range(form.count("{}"))))

    def square(self, depth):
        """An expression of n x n elements."""
        return f"{self.expression(depth)} + c * 0"

    def new_matrix(self, t):
        self.lines.append(f"{t} = {self.square(3)}")
        self.ndim[t] = 2

    def new_vector(self, t):
        self.lines.append(f"{t} = np.sum({self.square(2)}, axis={self.pick(0, 1)})")
        self.ndim[t] = 1

    def in_place(self, _):
        self.lines.append(f"{self.matrix()}{self.pick(*PLACES)} {self.pick('+=', '-=', '*=')} {self.pick('0.5', 'v[0]', 'b[0, 0]')}")

    def overwritten(self, _):
        self.lines.append(f"{self.matrix()}{self.pick('[:]', '[::-1]', '[:, ::-1]')} = {self.expression(3)}")

    def overlapping(self, _):
        m, o = self.matrix(), self.matrix()
        self.lines.append(self.pick(f"{m}[1:] = {o}[:-1] * 0.5 + {m}[1:]", f"{m}[:, 1:] += {o}[:, :-1]",
                                    f"{m}[1:-1, 1:-1] = ({o}[:-2, 1:-1] + {o}[2:, 1:-1] + {m}[1:-1, :-2]) * 0.25"))

    def looped(self, _):
        m = self.matrix()
        self.lines += ["for k in range(n):", "    " + self.pick(f"{m} = {m} * 0.5 + {self.square(1)}", f"{m}[k] = {self.matrix()}[n - 1 - k] * 0.5 + v")]

    def either(self, _):
        m = self.matrix()
        self.lines += [f"if {m}[0, 0] > 0.5:", f"    {m} = {m} + 1.0", "else:", f"    {m} = {self.square(2)}"]

    def source(self):
        kinds = 3 * (self.new_matrix,) + 2 * (self.new_vector, self.overwritten) + (self.in_place, self.overlapping, self.looped, self.either)
        for k in range(self.random.randint(2, 6)):
            self.pick(*kinds)(f"t{k}")
        results = [*self.ndim, self.expression(1)]
        return "\n    ".join(["def f(a, b, c, v, w, n):", *self.lines, f"return {', '.join(results)}"]) + "\n"


def program(seed):
    return Program(seed).source()


def matrix(layout, r):
    x = r.uniform(-1, 1, (2 * N, 2 * N))
    return {"C": x[:N, :N].copy(), "F": np.asfortranarray(x[:N, :N]), "steps": x[::2, ::2], "steps of F": np.asfortranarray(x)[::2, :N],
            "reversed": x[N - 1::-1, :N]}[layout]


def arguments(layout, seed):
    r, choose = np.random.default_rng(seed), random.Random(seed)
    a, b, c = (matrix(choose.choice(LAYOUTS[:-1]) if layout == "mixed" else layout, r) for _ in range(3))
    return a, b, c, r.uniform(-1, 1, N), r.uniform(-1, 1, 2 * N)[::2], N
