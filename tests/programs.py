"""Random programs for the fuzzer: functions h0, h1, ..., main as text, and calls of main.

build(choose) makes one. choose(n) gives an int in range(n), and 0 is the simplest choice everywhere: so both random numbers
and hypothesis can drive it, and a shorter list of smaller choices is a simpler program.
Every expression has a kind, so that most programs compile: i int, u unsigned, f float, g float32, b bool, c complex,
("t", kinds...) tuple, ("a", dtype, ndim) array.
"""
import contextlib
from dataclasses import dataclass

import numpy as np

DTYPES = ["f8", "i8", "f4", "i4", "u1", "b1", "c16", "i2", "u4", "i1", "u2", "u8"]
KIND_OF = {"f8": "f", "i8": "i", "f4": "g", "i4": "i", "u1": "u", "b1": "b", "c16": "c", "i2": "i", "u4": "u", "i1": "i", "u2": "u", "u8": "u"}
OPTIONS = ["", "", "", "parallel=True", "nogil=True", "shapes='exact'", "parallel=True, nogil=True"]
SCALARS = ["i", "f", "b", "u", "g", "c"]
INTS = ["0", "1", "2", "3", "-1", "5", "7", "-3", "10", "63", "64", "255", "2147483647", "-2147483648",
        "9223372036854775807", "-9223372036854775807 - 1"]
FLOATS = ["0.0", "1.0", "0.5", "2.0", "-1.5", "3.25", "-0.0", "1e10", "1e-8", "float('inf')", "float('nan')", "-1e300"]
PLAIN_FLOATS = [x for x in FLOATS if "(" not in x]
EXCEPTIONS = ["ValueError", "IndexError", "KeyError", "RuntimeError", "ZeroDivisionError"]


@dataclass
class Program:
    source: str
    calls: list         # (kind of call: "right", "count", "types"; arguments as text)


class Builder:
    def __init__(self, choose):
        self.choose = choose
        self.lines = []
        self.indent = 1
        self.names = {}         # of the function being written: name → kind
        self.fixed = set()      # names that loops own
        self.helpers = []       # (name, kinds of parameters, kind of result, how many have defaults)
        self.raising = []       # those that only raise
        self.inner = 0          # the functions that are open around what is being written
        self.fresh = 0
        self.loops = 0
        self.budget = 0

    # choices ------------------------------------------------------------------------------------
    def pick(self, options):
        return options[self.choose(len(options))]

    def chance(self, percent):
        return self.choose(100) >= 100 - percent

    def new_name(self):
        self.fresh += 1
        return f"v{self.fresh}"

    def of_kind(self, wanted):
        return [n for n, k in self.names.items() if k == wanted]

    def arrays(self, dtype=None, ndim=None):
        return [n for n, k in self.names.items() if k[0] == "a" and len(k) == 3
                and dtype in (None, k[1]) and ndim in (None, k[2])]

    # expressions --------------------------------------------------------------------------------
    def expr(self, kind, depth=3):
        if kind[0] == "t":
            return self.tuple_of(kind, depth)
        if kind[0] == "a":
            return self.array_of(kind)
        simple = [lambda k: self.pick(self.of_kind(k))] * 4 * bool(self.of_kind(kind)) + [self.literal]
        if depth <= 0 or not self.chance(65):
            return self.pick(simple)(kind)
        return getattr(self, "expr_" + kind)(depth - 1)

    def literal(self, kind):
        if kind == "i":
            return self.pick(INTS[:8]) if not self.chance(20) else f"({self.pick(INTS[:14])})"
        if kind == "u":
            return f"np.{self.pick(['uint8', 'uint64', 'uint32', 'uint16'])}({self.pick(['0', '1', '2', '200'])})"
        if kind == "f":
            return self.pick(PLAIN_FLOATS)
        if kind == "g":
            return f"np.float32({self.pick(['0.0', '1.0', '0.1', '-2.5'])})"
        if kind == "b":
            return self.pick(["True", "False"])
        return self.pick(["1j", "(2+1j)", "(-0.5j)", "(1.5+0j)"])

    def binary(self, ops, left, right, depth):
        return f"({self.expr(left, depth)} {self.pick(ops)} {self.expr(right, depth)})"

    def common(self, kind, depth):
        """Expressions that every kind of scalar has."""
        ways = [lambda: f"({self.expr(kind, depth)} if {self.expr('b', depth)} else {self.expr(kind, depth)})"]
        calls = [h for h in self.helpers if h[2] == kind]
        if calls:
            ways += [lambda: self.call(self.pick(calls), depth)] * 2
        alike = [(f, g) for f in calls for g in calls if f[0] < g[0] and f[1] == g[1]]
        if alike:
            ways += [lambda: self.call_either(*self.pick(alike), depth)] * 2
        loads = [n for d in DTYPES if KIND_OF[d] == kind for n in self.arrays(d)]
        if loads:
            ways += [lambda: self.load(self.pick(loads))] * 3
        tuples = [(n, j) for n, k in self.names.items() if k[0] == "t" for j, item in enumerate(k[1:]) if item == kind]
        if tuples:
            ways += [lambda: "{}[{}]".format(*self.pick(tuples))] * 2
        return self.pick(ways)()

    def call(self, helper, depth):
        name, kinds, _, defaults = helper
        n = len(kinds) - (self.choose(defaults + 1) if defaults else 0)
        args = [self.expr(k, min(depth, 1)) for k in kinds[:n]]
        if args and not name.startswith("hv") and self.chance(15):
            args[-1] = f"p{n - 1}={args[-1]}"
        return f"{name}({', '.join(args)})"

    def call_either(self, f, g, depth):
        args = ", ".join(self.expr(k, 1) for k in f[1])
        return f"({f[0]} if {self.expr('b', depth)} else {g[0]})({args})"

    @contextlib.contextmanager
    def scope(self, own):
        """Names of a comprehension or of an inner function: it sees all others, and they go with it."""
        names, fixed = dict(self.names), set(self.fixed)
        self.names.update(own)
        self.inner += 1
        yield
        self.inner -= 1
        self.names, self.fixed = names, fixed

    def over(self, depth):
        """for x in ...: the text, and what x is."""
        x = self.new_name()
        a = self.arrays(ndim=1)
        if a and self.chance(60):
            a = self.pick(a)
            return f"for {x} in {a}", [(x, KIND_OF[self.names[a][1]])]
        return f"for {x} in range({self.expr('i', depth)} % 5)", [(x, "i")]

    def comprehension(self, kind, depth):
        loop, own = self.over(min(depth, 1))
        with self.scope(own):
            value = self.expr(kind, min(depth, 2))
            test = f" if {self.expr('b', 1)}" if self.chance(30) else ""
        return f"({value} {loop}{test})"

    def index(self, name, axis):
        good = f"{self.expr('i', 1)} % {name}.shape[{axis}]"
        return self.pick(["0", "-1", "1", good, good, self.expr("i", 1)])

    def load(self, name):
        return f"{name}[{', '.join(self.index(name, axis) for axis in range(self.names[name][2]))}]"

    def expr_i(self, depth):
        ways = [lambda: self.binary(["+", "-", "*"], "i", "i", depth)] * 4 + \
               [lambda: self.binary(["//", "%", "&", "|", "^"], "i", "i", depth)] * 3 + \
               [lambda: self.binary(["<<", ">>"], "i", "i", depth),
                lambda: self.binary(["+", "-", "*", "&"], "i", "u", depth),
                lambda: self.binary(["+", "-", "*", "<<"], "b", "i", depth),
                lambda: f"({self.expr('i', depth)} ** {self.pick('0123')})",
                lambda: f"(-{self.expr('i', depth)})", lambda: f"(~{self.expr('i', depth)})",
                lambda: f"abs({self.expr('i', depth)})",
                lambda: f"{self.pick(['min', 'max'])}({self.expr('i', depth)}, {self.expr('i', depth)})",
                lambda: f"divmod({self.expr('i', depth)}, {self.expr('i', depth)})[{self.choose(2)}]",
                lambda: f"{self.pick(['int', 'round'])}({self.expr('f', depth)} % 1000.0)",
                lambda: f"int({self.expr('b', depth)})", lambda: f"sum{self.comprehension('i', depth)}",
                lambda: f"pow({self.expr('i', depth)}, {self.pick('0123')}, {self.expr('i', depth)} % 1000)"]
        if self.arrays():
            ways += [lambda: f"len({self.pick(self.arrays())})", lambda: f"{self.pick(self.arrays())}.size",
                     lambda: f"{self.pick(self.arrays())}.shape[0]"]
            ways += [lambda: self.reduced({"i8": "sum min max argmax argmin prod", "i4": "sum max argmin", "b1": "sum argmax", "u1": "argmax",
                                           "f8": "argmax argmin"}, depth)] * 2
        for d in ("i8", "i4", "b1"):
            if self.arrays(d):
                ways.append(lambda d=d: f"{self.pick(self.arrays(d))}.sum()")
                if d != "b1":
                    ways.append(lambda d=d: f"{self.pick(['np.min', 'np.max', 'np.prod'])}({self.pick(self.arrays(d))})")
        return self.pick([lambda: self.common("i", depth)] * 5 + ways)()

    def expr_u(self, depth):
        return self.pick([lambda: self.common("u", depth),
                          lambda: self.binary(["+", "-", "*", "//", "%", "&", "|", "^", ">>"], "u", "u", depth)])()

    def expr_f(self, depth):
        ways = [lambda: self.binary(["+", "-", "*"], "f", "f", depth)] * 3 + \
               [lambda: self.binary(["/", "//", "%"], "f", "f", depth),
                lambda: self.binary(["+", "-", "*", "/", "//", "%"], "f", "i", depth),
                lambda: self.binary(["+", "*", "/"], "i", "f", depth),
                lambda: self.binary(["/"], "i", "i", depth),
                lambda: self.binary(["+", "-", "*"], "g", "f", depth),
                lambda: f"float({self.expr(self.pick('ib'), depth)})",
                lambda: f"({self.expr('f', depth)} ** {self.pick('012')})",
                lambda: f"(-{self.expr('f', depth)})", lambda: f"abs({self.expr('f', depth)})",
                lambda: f"{self.pick(['min', 'max'])}({self.expr('f', depth)}, {self.expr('f', depth)})",
                lambda: f"math.{self.pick(['sqrt', 'sin', 'exp', 'fabs', 'atan'])}({self.expr('f', depth)})",
                lambda: f"math.{self.pick(['copysign', 'atan2', 'fmod'])}({self.expr('f', depth)}, {self.expr('f', depth)})",
                lambda: f"{self.expr('c', depth)}.{self.pick(['real', 'imag'])}"]
        ways.append(lambda: f"float(sum{self.comprehension('f', depth)})")
        if self.arrays("f8"):
            ways += [lambda: f"{self.pick(self.arrays('f8'))}.{self.pick(['sum', 'min', 'max', 'mean'])}()"] * 2
            ways += [lambda: self.reduced({"f8": "sum min max mean std ptp", "i8": "mean", "b1": "mean"}, depth)]
        return self.pick([lambda: self.common("f", depth)] * 5 + ways)()

    def expr_g(self, depth):
        return self.pick([lambda: self.common("g", depth), lambda: self.binary(["+", "-", "*", "/"], "g", "g", depth)])()

    def expr_c(self, depth):
        return self.pick([lambda: self.common("c", depth), lambda: self.binary(["+", "-", "*"], "c", "c", depth),
                          lambda: self.binary(["+", "*"], "c", "f", depth),
                          lambda: f"complex({self.expr('f', depth)}, {self.expr('f', depth)})",
                          lambda: f"{self.expr('c', depth)}.conjugate()", lambda: f"(-{self.expr('c', depth)})"])()

    def expr_b(self, depth):
        compare = ["<", "<=", ">", ">=", "==", "!="]

        def chain():
            kind = self.pick("iifu")
            return "({} {} {} {} {})".format(self.expr(kind, depth), self.pick(compare), self.expr(kind, depth),
                                             self.pick(compare), self.expr(kind, depth))
        ways = [lambda: self.binary(compare, *[self.pick("iifgu")] * 2, depth)] * 4 + \
               [lambda: self.binary(["==", "!="], *[self.pick("cb")] * 2, depth), chain,
                lambda: self.binary(["and", "or"], "b", "b", depth), lambda: self.binary(["&", "|", "^"], "b", "b", depth),
                lambda: f"(not {self.expr(self.pick('bif'), depth)})", lambda: f"bool({self.expr(self.pick('if'), depth)})",
                lambda: f"({self.expr('i', depth)} in ({self.expr('i', 0)}, {self.expr('i', 0)}))"]
        ways.append(lambda: f"{self.pick(['any', 'all'])}{self.comprehension('b', depth)}")
        if self.arrays():
            ways.append(lambda: self.reduced({"b1": "any all", "i8": "any", "f8": "all"}, depth))
        return self.pick([lambda: self.common("b", depth)] * 3 + ways)()

    def tuple_of(self, kind, depth):
        known = self.of_kind(kind)
        if known and self.chance(60):
            return self.pick(known)
        return f"({', '.join(self.expr(k, depth - 1) for k in kind[1:])},)"

    def reduced(self, functions, depth):
        """A reduction of a whole array expression. functions: dtype → names."""
        x, k = self.array(min(depth, 1))
        if k[1] not in functions:
            return self.literal("b") if "any all" in functions.values() else "1" if "f8" not in functions or "std" not in functions["f8"] else "1.0"
        return f"np.{self.pick(functions[k[1]].split())}({x})"

    # array expressions: text and kind
    def array(self, depth=2):
        names = self.arrays()
        if not names or (depth <= 0 and self.chance(10)):
            return self.pick([("np.zeros(3)", ("a", "f8", 1)), ("np.arange(4)", ("a", "i8", 1)),
                              ("np.ones((2, 3))", ("a", "f8", 2))])
        if depth <= 0 or not self.chance(70):
            name = self.pick(names)
            return name, self.names[name]
        return self.pick([self.array_binary] * 3 + [self.array_unary, self.array_slice, self.array_slice, self.array_picked] + [self.array_call] * 3)(depth - 1)

    def array_of(self, kind):
        known = self.of_kind(kind)
        return self.pick(known) if known else "np.zeros({}, np.dtype('{}'))".format((2,) * kind[2], kind[1])

    def array_binary(self, depth):
        x, kx = self.array(depth)
        if self.chance(50):
            y, ky = self.array(depth)
        else:
            y, ky = self.scalar_for(kx[1]), ("a", None, 0)
        ops = ["+", "*", "-", "<", ">=", "==", "!=", "/", "//", "%", "&", "|", "^"]
        op = self.pick(ops)
        one = np.ones(1, kx[1])
        two = np.ones(1, ky[1]) if ky[1] else eval(self.sample)
        try:
            with np.errstate(all="ignore"):
                result = eval(f"one {op} two", {"one": one, "two": two})
        except TypeError:
            return x, kx
        if result.dtype.str[1:] not in DTYPES:
            return x, kx
        return f"({x} {op} {y})", ("a", result.dtype.str[1:], max(kx[2], ky[2]))

    def scalar_for(self, dtype):
        """A scalar that mixes with an array of dtype; self.sample: one of its type."""
        if dtype in ("f8", "c16") and self.chance(60):
            kind = self.pick("fig")
            self.sample = "1.0"
            return self.expr(kind, 1)
        if dtype == "i8" and self.chance(60):
            self.sample = "1"
            return self.expr("i", 1)
        self.sample = {"b1": "True", "f8": "1.5", "f4": "1.5", "c16": "1.5"}.get(dtype, "1")
        return {"b1": "True", "f8": "2.5", "f4": "2.5", "c16": "0.5"}.get(dtype) or self.pick(["2", "0", "100", "3"])

    def array_unary(self, depth):
        x, k = self.array(depth)
        if k[1] in ("f8", "f4") and self.chance(50):
            way = self.pick(["np.sqrt({})", "np.floor({})", "np.sign({})", "np.square({})", "np.isnan({})", "np.isfinite({})"])
            return way.format(x), ("a", "b1", k[2]) if "is" in way else k
        way = self.pick(["-{}", "abs({})", "~{}", "np.abs({})"])
        if k[1] == "b1" and way != "~{}" or way == "~{}" and k[1][0] in "fc" or k[1] == "c16":
            return x, k
        return f"({way.format(x)})", k

    def array_slice(self, depth):
        names = self.arrays()
        if not names:
            return self.array(0)
        name = self.pick(names)
        _, dtype, ndim = self.names[name]

        def one_slice():
            bounds = [self.pick(["", "1", "-1", "2", self.expr("i", 0)]) for _ in range(2)]
            step = self.pick(["", ":2", ":-1", ":" + self.expr("i", 0)])
            return f"{bounds[0]}:{bounds[1]}{step}"
        if ndim == 1:
            return f"{name}[{one_slice()}]", self.names[name]
        return self.sliced(name, dtype, one_slice)

    def sliced(self, name, dtype, one_slice):
        text, ndim = self.pick([lambda: (f"{name}[{one_slice()}]", 2), lambda: (f"{name}[{self.index(name, 0)}]", 1),
                                lambda: (f"{name}[{one_slice()}, {self.index(name, 1)}]", 1),
                                lambda: (f"{name}[:, {one_slice()}]", 2), lambda: (f"{name}.T", 2)])()
        return text, ("a", dtype, ndim)

    def array_call(self, depth):
        x, k = self.array(depth)
        y, ky = self.array(depth)
        ways = [(f"({x}).copy()", k), (f"np.zeros_like({x})", k)]
        if k[2] == 1:
            ways += [(f"({x})[:, None]", ("a", k[1], 2)), (f"({x})[None]", ("a", k[1], 2))]
        if k[2] == 2:
            ways += self.along_axis(x, k)
        if k[1] in ("i8", "i4", "i2", "f8"):
            ways += [(f"np.cumsum({x}, {self.choose(k[2])})", ("a", "f8" if k[1] == "f8" else "i8", k[2]))]
        if k[1] in ("i8", "f8"):
            ways += [(f"np.clip({x}, {self.choose(3)}, {self.choose(6)})", k), (f"np.diff({x})", k)]
        if k[1] not in ("c16",):
            ways.append((f"({x}).astype(np.float64)", ("a", "f8", k[2])))
        if k == ky and k[1] != "b1":
            ways += [(f"np.where({x} > {y}, {x}, {y})" if k[1] != "c16" else x, k)]
            if k[1] != "c16":
                ways += [(f"np.minimum({x}, {y})", k), (f"np.maximum({x}, {y})", k)]
        return self.pick(ways)

    def array_picked(self, depth):
        """Elements chosen by a mask or by numbers."""
        x, k = self.array(depth)
        if k[2] != 1:
            return self.pick([(f"np.ravel({x})", ("a", k[1], 1)), (f"np.flip({x})", k), (f"np.transpose({x})", k),
                              (f"({x}).reshape(-1)", ("a", k[1], 1)), (f"np.vstack(({x}, {x}))", k)])
        return self.pick([f"({x})[({x}) == ({x})]", f"({x})[np.arange(2) % 2]", f"np.sort({x})", f"np.flip({x})",
                          f"np.roll({x}, {self.expr('i', 0)} % 9)", f"np.repeat({x}, 2)", f"np.concatenate(({x}, {x}))"]), k

    def along_axis(self, x, k):
        axis = self.pick(["0", "1", "-1"])
        ways = [(f"({x}).{self.pick(['min', 'max'])}(axis={axis})", ("a", k[1], 1))] if k[1] != "c16" else []
        if k[1] in ("i8", "i4", "i2", "i1", "f8"):
            ways += [(f"({x}).sum(axis={axis})", ("a", "f8" if k[1] == "f8" else "i8", 1))]
        if k[1] == "b1":
            ways += [(f"({x}).{self.pick(['any', 'all'])}(axis={axis})", ("a", "b1", 1))]
        return ways

    # statements -----------------------------------------------------------------------------------
    def line(self, text):
        self.lines.append("    " * self.indent + text)

    @contextlib.contextmanager
    def block(self, head, own=()):
        self.line(head)
        known, size, helpers = dict(self.names), len(self.lines), list(self.helpers)
        self.names.update(own)
        self.fixed.update(n for n, _ in own)
        self.indent += 1
        yield
        if len(self.lines) == size:
            self.line("pass")
        self.indent -= 1
        self.helpers = helpers
        if not self.chance(8):      # now and then a name stays that may be unbound
            self.names = known

    def body(self, n):
        for _ in range(1 + self.choose(n)):
            self.statement()

    def statement(self):
        self.budget -= 1
        nested = [self.if_, self.if_, self.for_, self.while_, self.try_, self.match_, self.prange_,
                  self.prange_] if self.indent < 4 and self.budget > 0 else []
        if self.inner == 0 and self.indent < 4:
            nested += [self.closure]
        if self.raising:
            nested += [self.call_raising]
        inside = [self.leave] if self.loops else []
        arrays = [self.store, self.store, self.update_array] + [self.assign_array] * 4 if self.arrays() else []
        self.pick([self.assign] * 4 + [self.update] * 2 + [self.unpack, self.raise_, self.assign_tuple]
                  + arrays + nested + inside)()

    def target(self, kind):
        known = [n for n in self.of_kind(kind) if n not in self.fixed]
        return self.pick(known) if known and self.chance(60) else self.new_name()

    def assign(self):
        kind = self.pick(["i"] * 4 + ["f"] * 3 + ["b", "c", "u", "g"])
        text = self.expr(kind)
        name = self.target(kind)
        self.line(f"{name} = {text}")
        self.names[name] = kind

    def assign_tuple(self):
        kind = ("t", *[self.pick(SCALARS) for _ in range(1 + self.choose(3))])
        text = self.expr(kind)
        name = self.target(kind)
        self.line(f"{name} = {text}")
        self.names[name] = kind

    def assign_array(self):
        text, kind = self.array()
        name = self.target(kind)
        self.line(f"{name} = {text}")
        self.names[name] = kind

    def update(self):
        kind, ops = self.pick([("i", ["+", "-", "*", "//", "%", "&", "|", "^", "<<", ">>"]), ("f", ["+", "-", "*", "/"])])
        known = [n for n in self.of_kind(kind) if n not in self.fixed]
        if known:
            self.line(f"{self.pick(known)} {self.pick(ops)}= {self.expr(kind, 2)}")
        else:
            self.assign()

    def unpack(self):
        kinds = [self.pick(SCALARS) for _ in range(2)]
        values = [self.expr(k, 2) for k in kinds]
        names = [self.target(k) for k in kinds]
        if names[0] == names[1]:
            names[1] = self.new_name()
        self.line(f"{names[0]}, {names[1]} = {values[0]}, {values[1]}")
        self.names.update(zip(names, kinds))

    def if_(self):
        test = self.expr("b")
        if self.chance(15):
            name = self.new_name()
            test = f"({name} := {self.expr('i', 2)}) > {self.expr('i', 1)}"
            self.names[name] = "i"
        with self.block(f"if {test}:"):
            self.body(2)
        while self.chance(20):
            with self.block(f"elif {self.expr('b', 2)}:"):
                self.body(2)
        if self.chance(50):
            with self.block("else:"):
                self.body(2)

    def loop(self, head, own=()):
        loops, self.loops = self.loops, self.loops + 1
        with self.block(head, own):
            self.body(3)
        self.loops = loops
        if self.chance(25):
            with self.block("else:"):
                self.body(1)

    def for_(self):
        i = self.new_name()
        small = [f"range({self.pick('3051')})", f"range({self.expr('i', 1)} % 5)",
                 f"range({self.pick('04')}, {self.pick('50')}, {self.pick(['1', '-1', '2', '-2'])})"]
        own = [(i, "i")]
        way = self.choose(8)
        if way >= 6:
            self.for_together(i)
            return
        if way < 4 or not self.arrays(ndim=1):
            self.loop(f"for {i} in {self.pick(small)}:" if way else f"for {i} in range(3):", own)
            return
        two = self.arrays(ndim=2)
        if two and self.chance(30):
            return self.for_axes(i, self.pick(two))
        a = self.pick(self.arrays(ndim=1))
        x = self.new_name()
        own = [(x, KIND_OF[self.names[a][1]])]
        if way == 4:
            self.loop(f"for {x} in {a}:", own)
        else:
            self.loop(f"for {i}, {x} in enumerate({a}):", own + [(i, "i")])

    def for_axes(self, i, a):
        """Over the rows, or over the rows and the columns."""
        j, row = self.new_name(), ("a", self.names[a][1], 1)
        if self.chance(40):
            return self.loop(f"for {j} in {a}:", [(j, row)])
        with self.block(f"for {i} in range({a}.shape[0]):", [(i, "i")]):
            self.loop(f"for {j} in range({a}.shape[1]):", [(j, "i")])

    def prange_(self):
        """A loop whose iterations may run side by side: it stores to its own element and adds ints."""
        a = self.pick(self.arrays(ndim=1) or [""])
        if not a or self.names[a][1] not in ("f8", "i8") or self.loops:
            return self.for_()
        i, s = self.new_name(), self.new_name()
        self.line(f"{s} = {self.expr('i', 1)}")
        had, self.names = self.names, {n: k for n, k in self.names.items() if k[0] != "a"}
        own = [(i, "i")]
        with self.block(f"for {i} in numjit.prange(len({a})):", own):
            value = self.expr("f" if had[a][1] == "f8" else "i", 2)
            self.line(f"{a}[{i}] {self.pick(['=', '+='])} {value}")
            self.line(f"{s} += {self.expr('i', 2)}")
        self.names = {**had, s: "i"}

    def for_together(self, i):
        """Over a tuple, reversed or zipped things."""
        j = self.new_name()
        three = f"({', '.join(self.expr('i', 1) for _ in range(3))})"
        text, own = self.pick([(f"{i} in {three}", [(i, "i")]), (f"{i} in reversed(range({self.expr('i', 1)} % 4))", [(i, "i")]),
                               (f"{i}, {j} in zip(range(3), {three})", [(i, "i"), (j, "i")]),
                               (f"{i}, {j} in enumerate({three}, 5)", [(i, "i"), (j, "i")]),
                               (f"{i} in ({self.expr('i', 1)}, {self.expr('f', 1)})", [])])
        self.loop(f"for {text}:", own)

    def match_(self):
        def cases(patterns):
            with self.block(f"match {subject}:"):
                for pattern in patterns:
                    with self.block(f"case {pattern}:"):
                        self.body(2)
        if self.chance(60):
            subject = self.expr("i", 2)
            name = self.new_name()
            cases([self.pick(["0", "1", "-1", "2 | 3"]), f"{name} if {name} > {self.expr('i', 1)}", "_"])
        else:
            subject = f"({self.expr('i', 2)}, {self.expr('f', 2)})"
            names = self.new_name(), self.new_name()
            cases([f"(0, {names[0]})", f"({names[0]}, {names[1]}) if {self.expr('b', 1)}", f"[{names[0]}, *{names[1]}]"])

    def closure(self):
        """A lambda or an inner function, which reads names of the function around it as they are when it is called."""
        name, result = "h" + self.new_name(), self.pick(SCALARS)
        kinds = [self.pick(SCALARS) for _ in range(self.choose(3))]
        params = [self.new_name() for _ in kinds]
        defaults = 1 if kinds and self.chance(25) else 0
        signature = ", ".join(p + (f"={self.literal(k)}" if n >= len(kinds) - defaults else "")
                              for n, (p, k) in enumerate(zip(params, kinds)))
        with self.scope(zip(params, kinds)):
            if self.chance(50):
                self.line(f"{name} = lambda {signature}: {self.expr(result, 2)}")
            else:
                self.line(f"def {name}({signature}):")
                self.indent += 1
                if self.chance(30):
                    self.line(f"if {self.expr('b', 2)}:")
                    self.line(self.pick([f"    return {self.expr(result, 1)}", "    raise ValueError('inner')"]))
                self.line(f"return {self.expr(result, 2)}")
                self.indent -= 1
        # parameters are not named p0 ... here, so none is passed by name
        self.helpers.append((name, kinds, result, 0))

    def call_raising(self):
        name, kinds = self.pick(self.raising)
        call = f"{name}({', '.join(self.expr(k, 1) for k in kinds)})"
        kind = self.pick(SCALARS)
        known = self.of_kind(kind)
        if known and self.chance(50):
            self.line(f"{self.pick(known)} = {call} if {self.expr('b', 1)} else {self.expr(kind, 1)}")
            return
        with self.block(f"if {self.expr('b', 1)}:"):
            self.line(self.pick([call, f"return {call}", f"{self.new_name()} = {call}"]))

    def while_(self):
        k = self.new_name()
        self.line(f"{k} = 0")
        loops, self.loops = self.loops, self.loops + 1
        with self.block(f"while {k} < {self.pick('3150')} and {self.expr('b', 2)}:" if self.chance(60)
                        else f"while {k} < {self.pick('315')}:", [(k, "i")]):
            self.line(f"{k} += 1")
            self.body(3)
        self.loops = loops
        if self.chance(20):
            with self.block("else:"):
                self.body(1)

    def try_(self):
        with self.block("try:"):
            self.body(3)
            if self.chance(25):
                args = self.pick(["", "'inner'", "'inner', 1"])
                self.line(f"raise {self.pick(EXCEPTIONS)}({args})")
        final = self.chance(25)
        if not final or self.chance(60):
            while True:
                caught = self.pick(["Exception", "ZeroDivisionError", "IndexError", "ValueError", "(IndexError, ZeroDivisionError)",
                                    "ArithmeticError", "LookupError", "KeyError"])
                name = self.new_name() if self.chance(30) else ""
                with self.block(f"except {caught} as {name}:" if name else f"except {caught}:"):
                    self.body(2)
                    if self.chance(25):
                        self.line(self.pick(["raise", "raise RuntimeError('again')", "raise KeyError('none') from None"]
                                            + [f"raise {name}", f"raise ValueError('so', 2) from {name}"] * bool(name)))
                if not self.chance(25):
                    break
            if self.chance(25):
                with self.block("else:"):
                    self.body(1)
        if final:
            with self.block("finally:"):
                self.body(1)

    def leave(self):
        with self.block(f"if {self.expr('b', 2)}:"):
            self.line(self.pick(["continue", "break"]))

    def raise_(self):
        if not self.chance(30):
            return self.assign()
        args = self.pick(["", "'bad'", "'bad', 3", "'x', 1.5"] + [self.expr("i", 1)])
        with self.block(f"if {self.expr('b', 2)}:"):
            self.line(f"raise {self.pick(EXCEPTIONS)}({args})")

    def store(self):
        a = self.pick(self.arrays())
        dtype = self.names[a][1]
        if self.chance(25):
            text, kind = self.array(1)
            if kind[1] == dtype and kind[2] <= self.names[a][2]:
                places = [":", "...", "::-1", "1:", "::2"] + [":, 0", ":, ::-1", "0, :", "1:, 1:"] * (self.names[a][2] == 2)
                self.line(f"{a}[{self.pick(places)}] {self.pick(['=', '=', '+=', '*=']) if dtype != 'b1' else '='} {text}")
                return
        if self.chance(15) and dtype in ("f8", "i8"):
            self.line(f"{a}[{a} {self.pick(['>', '<=', '!='])} {self.expr('i', 0)}] = {self.expr('i', 1)}")
            return
        value = {"f8": lambda: self.expr(self.pick("fi"), 2), "i8": lambda: self.expr("i", 2), "f4": lambda: self.expr("g", 2),
                 "b1": lambda: self.expr("b", 2), "c16": lambda: self.expr("c", 2)}.get(dtype, lambda: f"{self.expr('i', 1)} & 63")()
        op = self.pick(["=", "=", "+="]) if dtype in ("f8", "i8") else "="
        self.line(f"{self.load(a)} {op} {value}")

    def update_array(self):
        a = self.pick(self.arrays())
        text, kind = self.array(1)
        if kind[1] == self.names[a][1] and kind[2] <= self.names[a][2] and kind[1] != "b1":
            self.line(f"{a} {self.pick(['+', '-', '*'])}= {text}")
        else:
            self.assign_array()

    # functions ------------------------------------------------------------------------------------
    def function(self, name, kinds, result, budget, defaults=0):
        helpers = list(self.helpers)
        self.names = {f"p{n}": k for n, k in enumerate(kinds)}
        self.fixed, self.budget = set(), budget
        params = [f"p{n}" + (f"={self.literal(k)}" if n >= len(kinds) - defaults else "") for n, k in enumerate(kinds)]
        self.lines.append(f"def {name}({', '.join(params)}):")
        self.body(3 if name[0] == "h" else 6)
        if self.chance(20) and result not in ("r", None):
            with self.block(f"if {self.expr('b', 2)}:"):
                self.line(f"return {self.expr(result, 2)}")
        self.finish(result)
        self.helpers = helpers

    def finish(self, result):
        """The last line."""
        if result is None:
            self.line(f"raise {self.pick(EXCEPTIONS)}('always')")
            return
        # the body decided which names exist; what is sure at the end is what may be returned
        if result[0] == "r":
            kinds_out = [self.pick(list(self.names)) for _ in range(1 + self.choose(3))]
            self.line(f"return {', '.join(kinds_out)}")
        else:
            self.line(f"return {self.expr(result, 2)}")

    def program(self):
        if self.chance(20):
            kinds = [self.pick(SCALARS)]
            self.function("hr", kinds, None, 3)
            self.raising.append(("hr", kinds))
        for n in range(self.choose(3)):
            kinds = [self.pick(["i", "f", "b", "u", "c", ("a", "f8", 1)]) for _ in range(1 + self.choose(3))]
            result = self.pick(SCALARS)
            scalars = 1 if kinds[-1][0] != "a" and self.chance(25) else 0
            self.function(f"h{n}", kinds, result, 3, scalars)
            self.helpers.append((f"h{n}", kinds, result, scalars))
        kinds = [self.pick(["i", "f", "b", "u", "g", "c"] + [("a", d, 1 + self.choose(2)) for d in DTYPES])
                 for _ in range(1 + self.choose(3))]
        self.function("main", kinds, "r", 6)
        calls = [("right", self.arguments(kinds)) for _ in range(1 + self.choose(4))]
        if self.chance(15):
            calls.append(("count", self.arguments(kinds[1:] if self.chance(50) else kinds + ["i"])))
        if self.chance(15):
            wrong = [self.pick(["None", "'text'", "np.ones(2)", "[1]", "object()", "1j", "(1, 2)", "np", "len"])
                     for _ in kinds]
            calls.append(("types", ", ".join(wrong)))
        options = self.pick(OPTIONS)
        return Program("\n".join(["# " + options] * bool(options) + self.lines) + "\n", calls)

    # arguments ------------------------------------------------------------------------------------
    def arguments(self, kinds):
        return ", ".join(self.argument(k) for k in kinds)

    def argument(self, kind):
        if kind[0] == "a":
            return self.array_argument(kind[1], kind[2])
        if kind == "i":
            return self.pick([self.pick(INTS), f"np.int8({self.pick(['3', '-128', '127'])})",
                              f"np.int32({self.pick(['3', '-2147483648'])})", f"np.int64({self.pick(['3', '-1'])})"])
        if kind == "u":
            return f"np.{self.pick(['uint8', 'uint64', 'uint32'])}({self.pick(['0', '1', '255', '7'])})"
        if kind == "f":
            return self.pick([self.pick(FLOATS), f"np.float64({self.pick(FLOATS)})"])
        if kind == "g":
            return f"np.float32({self.pick(FLOATS)})"
        if kind == "b":
            return self.pick(["True", "False", "np.True_"])
        return self.pick(["1j", "complex(1, -2)", "np.complex128(3)", "complex(float('nan'), 0)"])

    def array_argument(self, dtype, ndim):
        shape = tuple(self.pick([3, 0, 1, 2, 4]) for _ in range(ndim))
        values = self.pick(["np.arange({n})", "(np.arange({n}) - 2)", "np.zeros({n})", "np.full({n}, 100)"])
        if dtype in ("f8", "f4", "c16") and self.chance(40):
            values = self.pick(["(np.arange({n}) / 4)", "np.full({n}, np.nan)", "np.linspace(-1e3, 1e3, {n})"])
        text = f"{values.format(n=int(np.prod(shape)))}.astype('{dtype}').reshape({shape})"
        return text + self.pick(["", "", "", ".copy('F')", "[::-1]", "[::2]", ".T.copy().T"])


def build(choose):
    """A Program."""
    return Builder(choose).program()
