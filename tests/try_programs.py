"""Generated functions of loops, branches, handlers and array elements: the control flow that a person would not write by hand.

program(seed) is the source of f(a, k, n): a array of int64 that f changes, k array of int64 of indices, n int; the result is a tuple of four ints.
Elements as Python has them: Elements raises NumPy's IndexError, so that CPython running on it is the model."""
import random

NAMES = ("x", "y", "z", "s")
CAUGHT = ("IndexError", "ZeroDivisionError", "(IndexError, ValueError)", "Exception", "LookupError", "ArithmeticError")


class Elements(list):
    """A list that answers like a 1-d int64 array, wrong indices included."""
    size = property(len)

    def _at(self, i):
        if not -len(self) <= i < len(self):
            raise IndexError(f"index {i} is out of bounds for axis 0 with size {len(self)}")
        return i

    def __getitem__(self, i):
        return list.__getitem__(self, self._at(i))

    def __setitem__(self, i, value):
        list.__setitem__(self, self._at(i), value)


class Program:
    def __init__(self, seed):
        self.random, self.lines, self.counters, self.indices = random.Random(seed), [], 0, ["0"]

    def pick(self, *of):
        return self.random.choice(of)

    def below(self, n):
        return self.random.randrange(n)

    def name(self):
        return self.random.choice(NAMES)

    def counter(self, letter):
        self.counters += 1
        return f"{letter}{self.counters}"

    def index(self):
        return self.pick(f"{self.name()} & 31", f"{self.pick(*self.indices)} + {self.below(3)}", self.pick(*self.indices), f"{self.name()} % 13")

    def expression(self):
        name = self.name()
        return self.pick(f"a[k[{self.index()}]]", f"a[{self.index()}]", f"({name} + {self.below(5)})", f"({name} // ({self.name()} - {self.below(4)}))",
                         f"{name} * 3 % 1009", name, f"({name} & 63)", str(self.below(10)))

    def line(self, indent, text):
        self.lines.append("    " * indent + text)

    def block(self, indent, depth, loop, handler):
        for _ in range(1 + self.below(3)):
            self.statement(indent, depth, loop, handler)

    def statement(self, indent, depth, loop, handler):
        """depth: how many more statements may nest; loop: break and continue stand in one; handler: raise alone stands in one."""
        kinds = (self.assign, self.assign, self.assign, self.store, self.leave)
        if depth > 0:
            kinds += (self.for_loop, self.for_loop, self.while_loop, self.branch) + (self.protected,) * 4
        self.pick(*kinds)(indent, depth, loop, handler)

    def assign(self, indent, *_):
        v = self.name()
        self.line(indent, f"{v} = ({self.pick('', v + ' + ')}{self.expression()}) % 10007")

    def store(self, indent, *_):
        self.line(indent, f"a[{self.index()}] = {self.expression()} & 1023")

    def leave(self, indent, depth, loop, handler):
        ways = [f"if {self.name()} > {self.below(90)}: raise {self.pick('ValueError', 'KeyError')}({self.name()})",
                f"if {self.name()} == {self.below(30)}: return x, y, z, s", "s += 1", "s += 1"]
        if loop:
            ways.append(f"if {self.name()} > {self.below(60)}: {self.pick('break', 'continue')}")
        if handler:
            ways.append(f"if {self.name()} > {self.below(30)}: raise")
        self.line(indent, self.pick(*ways))

    def for_loop(self, indent, depth, loop, handler):
        i = self.counter("i")
        turns = ("3", "n", "12") if depth < 4 else ("len(a)", "k.size", "len(a) + 1", "5000")
        self.line(indent, f"for {i} in range({self.pick(*turns)}):")
        self.indices.append(i)
        self.block(indent + 1, depth - 1, True, handler)
        self.indices.pop()
        if self.below(4) == 0:
            self.line(indent, "else:")
            self.block(indent + 1, depth - 2, loop, handler)

    def while_loop(self, indent, depth, loop, handler):
        w = self.counter("w")
        self.line(indent, f"{w} = 0")
        self.line(indent, f"while {w} < {self.pick('9', 'n')}:")
        self.line(indent + 1, f"{w} += 1")
        self.block(indent + 1, depth - 1, True, handler)

    def branch(self, indent, depth, loop, handler):
        self.line(indent, f"if {self.expression()} > {self.below(40)}:")
        self.block(indent + 1, depth - 1, loop, handler)
        if self.below(2):
            self.line(indent, "else:")
            self.block(indent + 1, depth - 1, loop, handler)

    def protected(self, indent, depth, loop, handler):
        self.line(indent, "try:")
        self.block(indent + 1, depth - 1, loop, handler)
        clauses = self.below(3)
        for e in self.random.sample(CAUGHT, clauses):
            self.line(indent, f"except {e}:")
            self.block(indent + 1, depth - 1, loop, True)
        if clauses and self.below(4) == 0:
            self.line(indent, "else:")
            self.block(indent + 1, depth - 1, loop, handler)
        if clauses == 0 or self.below(3) == 0:
            self.line(indent, "finally:")
            self.block(indent + 1, depth - 2, False, handler)


def program(seed):
    p = Program(seed)
    p.line(0, "def f(a, k, n):")
    p.line(1, "x = y = z = s = 0")
    for _ in range(3):
        p.statement(1, 4, False, False)
    p.line(1, "return x, y, z, s")
    return "\n".join(p.lines)
