"""Calls of NumPy (numpy_calls.py) beside NumPy's own: value, dtype, shape, what shares memory with what, the class of an exception, and the
operands afterwards.

    python numpy_sweep.py [--types 20] [--draws 6] [--seed 1] [names]      the long run; prints each call before it is made

A call form is compiled for a few types of its operands (dtype, rank, order, read-only), and called with a few draws of each: extents (some 0 or
1), steps through memory, and values (some nan, inf, -0.0 and extremes)."""
import argparse
import ast
import math
import random
import re
import sys
import warnings
from collections import Counter

import numpy as np

import numjit
from numjit.errors import NumbaError
from numpy_calls import ROWS

EXTENTS = (0, 1, 1, 2, 3, 3, 4, 7)
ORDERS = {1: "CCA", 2: "CCFA", 3: "CFA"}
PYTHON = {"b": bool, "i": int, "u": int, "f": float, "c": complex}


class Types:
    """The types of one call's operands, drawn once: a specialization."""

    def __init__(self, row, seed, home=False):
        r = random.Random(seed)
        self.home = home
        self.dtype = np.dtype("d" if home and "d" in row.dt else r.choice(row.dt))
        self.other = np.dtype(self.dtype if home or r.random() < 0.7 else r.choice(row.dt))
        self.rank = int("2" if home and "2" in row.ranks else r.choice(row.ranks.replace("1", "11").replace("2", "222")))
        self.rank_b = self.rank if home or r.random() < 0.7 else r.randint(0, self.rank)
        self.order = {name: "C" if home else r.choice(ORDERS.get(self.rank, "C")) for name in "abcjmMPBvwsih"}
        self.order["out"] = "C" if home else r.choice("CCFA")
        self.readonly = not home and r.random() < 0.1
        self.out_dtype = None if home or r.random() < 0.8 else np.dtype(r.choice("dDlf"))
        self.plain, self.exact = row.plain, not row.ulps and not row.near

    def __str__(self):
        return f"{self.dtype}{'' if self.other == self.dtype else f' with {self.other}'}, rank {self.rank}, {self.order['a']}" + \
            (", read-only" if self.readonly else "")


def elements(r, dtype, n, plain):
    """n elements: small ones, and unless plain some special ones."""
    kind = dtype.kind
    if kind == "b":
        return np.array([r.random() < 0.5 for _ in range(n)], dtype)
    if kind in "iu":
        low = 0 if kind == "u" else -9
        special = () if plain else (np.iinfo(dtype).min, np.iinfo(dtype).max)
        return np.array([r.choice(special) if special and r.random() < 0.2 else r.randint(low, 9) for _ in range(n)], dtype)
    if kind == "c":
        part = np.dtype("f" if dtype == np.complex64 else "d")
        return (elements(r, part, n, plain) + 1j * elements(r, part, n, True)).astype(dtype)
    some = [0.0, -0.0, 1.0, 0.5] + ([] if plain else [np.nan, np.inf, -np.inf, np.finfo(dtype).max, np.finfo(dtype).tiny, 5e-324])
    return np.array([r.choice(some) if r.random() < 0.3 else round(r.uniform(-9, 9), 3) for _ in range(n)], dtype)


def laid_out(r, array, order, readonly):
    """The same elements in the memory order that is asked for."""
    if order == "F":
        array = np.asfortranarray(array)
    elif order == "A" and array.ndim:
        steps = tuple(slice(None, None, r.choice((1, 2, -1, -2))) for _ in array.shape)
        room = np.zeros([n * abs(s.step) for n, s in zip(array.shape, steps)], array.dtype, order=r.choice("CF"))
        room[steps] = array
        array = room[steps]
        if readonly and array.size and r.random() < 0.5:
            array = np.broadcast_to(array[:1], array.shape)
    array.flags.writeable = not readonly
    return array


class Operands:
    """The operands of one call, made again from the seed as often as they are needed."""

    def __init__(self, types, seed):
        self.types, self.seed = types, seed
        r = self.random = random.Random(seed)
        self.plain = types.plain or r.random() < 0.5
        self.shape = [3, 4][:types.rank] if types.home else [r.choice(EXTENTS) for _ in range(types.rank)]
        self.n = 3 if types.home else r.choice(EXTENTS)

    def array(self, name, shape, dtype, plain=None, readonly=False):
        r = random.Random(f"{self.seed}{name}")
        size = int(np.prod(shape, dtype=int))
        values = elements(r, np.dtype(dtype), size, self.plain if plain is None else plain).reshape(shape)
        return laid_out(r, values, self.types.order[name], readonly)

    def broadcasting(self, name):
        r = random.Random(f"{self.seed}{name}shape")
        shape = self.shape[len(self.shape) - self.types.rank_b:]
        return [1 if r.random() < 0.15 and not self.types.home else n for n in shape]

    def make(self, name):
        t, r = self.types, random.Random(f"{self.seed}{name}")
        first, last = (self.shape[0], self.shape[-1]) if self.shape else (1, 1)
        match name:
            case "a": return self.array(name, self.shape, t.dtype, readonly=t.readonly)
            case "b" | "c": return self.array(name, self.broadcasting(name), t.other)
            case "m": return self.array(name, self.shape, bool)
            case "v" | "w": return self.array(name, [self.n], t.dtype, readonly=t.readonly and name == "v")
            case "s": return laid_out(r, np.sort(self.array("v", [self.n], t.dtype, plain=True)), t.order["s"], False)
            case "h": return laid_out(r, np.array([r.randint(0, 4) for _ in range(self.n)], np.int64), t.order["h"], False)
            case "i": return np.array([r.randrange(-first, first + (r.random() < 0.02)) for _ in range(3)] if first else [], np.int64)
            case "j": return np.array([r.randrange(-last, last) for _ in range(int(np.prod(self.shape, dtype=int)))], np.int64).reshape(self.shape)
            case "x" | "y": return self.array("a", [1], t.dtype).copy()[0] if r.random() < 0.1 else elements(r, t.dtype, 1, self.plain)[0]
            case "p": return PYTHON[t.dtype.kind](elements(r, t.dtype, 1, True)[0])
            case "n": return r.randint(0, 3)
            case "q": return r.choice((0.0, 0.25, 0.3, 0.5, 1.0))
            case "M": return self.array(name, [self.n, self.n], t.dtype, plain=True)
            case "B": return self.array(name, [self.n, 2], t.dtype, plain=True)
            case "P":
                m = self.array("M", [self.n, self.n], t.dtype, plain=True)
                return laid_out(r, (m @ m.conj().T + 4 * np.eye(self.n)).astype(t.dtype), t.order["P"], False)
        raise NameError(name)

    def out(self, result):
        t, r = self.types, random.Random(f"{self.seed}out")
        dtype = t.out_dtype if t.out_dtype and t.exact and np.can_cast(result.dtype, t.out_dtype, "same_kind") else result.dtype
        return laid_out(r, np.full(np.shape(result), 7, dtype), t.order["out"], False)

    def all(self, names, result=None):
        return [self.out(result) if name == "out" else self.make(name) for name in names]


def described(arguments):
    def one(x):
        if not isinstance(x, np.ndarray):
            return repr(x)
        return f"{x!r} (strides {x.strides}{'' if x.flags.writeable else ', read-only'})".replace("\n", "")
    return ", ".join(map(one, arguments))


class Form:
    """A call form as a function of its operands, and that function compiled."""

    def __init__(self, text):
        self.text = text
        names = {node.id for node in ast.walk(ast.parse(text.replace("return ", ""))) if isinstance(node, ast.Name)}
        self.names = [name for name in (*"abcmvwijshxypnqMPB", "out") if name in names]
        self.plain = self.function(text)
        self.compiled = numjit.njit(self.plain)
        self.without = self.function(text.replace("out=out", "out=None").replace(", where=m", "")) if "out" in names else None

    def function(self, text, wrap="{}"):
        try:
            ast.parse(text, mode="eval")
            body = f"return {wrap.format(text)}"
        except SyntaxError:
            body = text
        space = {"np": np}
        exec(compile(f"def f({', '.join(self.names)}):\n    {body}\n", f"<{text}>", "exec"), space)
        return space["f"]

    def as_array(self):
        """What gives a number of NumPy's gives it as an array, so that its dtype is seen."""
        if self.plain.__name__ != "as_array":
            self.plain = self.function(self.text, "np.asarray({})")
            self.plain.__name__ = "as_array"
            self.compiled = numjit.njit(self.plain)


def outcome(f, arguments):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return "value", f(*arguments)
        except Exception as error:
            return "raised", error


def near_enough(row, want, got):
    if want.dtype.kind not in "fc":
        return np.array_equal(want, got)
    if want.dtype.kind == "c":
        bound = lambda x: np.stack((np.asarray(x).real, np.asarray(x).imag))
        return near_enough(row, bound(want), bound(got))
    same = (want == got) & (np.signbit(want) == np.signbit(got)) | np.isnan(want) & np.isnan(got)
    finite = np.isfinite(want) & np.isfinite(got)
    away = np.abs(np.subtract(want, got, where=finite, out=np.zeros_like(want)))
    if row.near:
        largest = np.max(np.abs(want[finite]), initial=1)
        same |= finite & (away <= row.near * np.finfo(want.dtype).eps * largest)
    elif row.ulps:
        same |= finite & (away <= row.ulps * np.spacing(np.abs(want)))
    return bool(np.all(same))


def differs(row, want, got):
    """What is other, in a word, or None."""
    if isinstance(want, np.ndarray):
        if not isinstance(got, np.ndarray):
            return differs(row, want[()], got) if want.ndim == 0 else "class"
        if want.dtype != got.dtype:
            return "dtype"
        if want.shape != got.shape:
            return "shape"
        return None if not row.shapes or near_enough(row, want, got) else "value"
    if isinstance(want, (tuple, list)):
        if not isinstance(got, (tuple, list)) or len(want) != len(got):
            return "class"
        return next(filter(None, (differs(row, x, y) for x, y in zip(want, got))), None)
    if isinstance(want, (np.generic, bool, int, float, complex)):
        w, g = np.asarray(want), np.asarray(got)
        if w.dtype.kind.replace("u", "i") != g.dtype.kind.replace("u", "i"):
            return "class"
        if w.dtype.kind in "iub":
            return None if int(w) == int(g) else "value"
        return None if near_enough(row, w, g.astype(w.dtype)) else "value"
    return None if type(want) is type(got) and want == got or want is got else "value"


def shared(result, arguments):
    """Which operands the arrays of a result share memory with."""
    if any(isinstance(x, np.ndarray) and x.ndim > 1 and min(x.shape) < 2 for x in arguments):
        return None                         # in more than one order at once: whether a copy is needed is not seen in the type
    arrays = result if isinstance(result, (tuple, list)) else [result]
    return [[k for k, x in enumerate(arguments) if isinstance(x, np.ndarray) and np.shares_memory(r, x)] for r in arrays
            if isinstance(r, np.ndarray) and r.size and r.ndim]


@np.errstate(all="ignore")
def compared(row, want, got, slow, fast):
    """How a call ended: 'same', 'raised' (as NumPy), 'refused', or what differs. An error found while compiling shows the line."""
    refused = got[0] == "raised" and (isinstance(got[1], NumbaError) or want[0] == "raised" and "\n  File" in str(got[1]))
    if refused and "InternalError" in type(got[1]).__name__:
        return "internal error"
    if want[0] == "raised":
        if refused:
            return "refused"
        if got[0] == "value":
            return f"no {type(want[1]).__name__}"
        return "raised" if isinstance(got[1], type(want[1])) else f"{type(got[1]).__name__} for {type(want[1]).__name__}"
    if refused:
        return "refused"
    if got[0] == "raised":
        return f"{type(got[1]).__name__} for a value"
    what = differs(row, want[1], got[1])
    if what is None and row.shapes and shared(want[1], slow) != shared(got[1], fast):
        what = "shares"
    if what is None and any(differs(row, x, y) for x, y in zip(slow, fast)):
        what = "operand"
    return what or "same"


def one_call(row, form, types, seed):
    """How one call ended, and both outcomes in words."""
    operands = Operands(types, seed)
    result = None
    if form.without:
        ended = outcome(form.without, operands.all([name if name != "out" else "n" for name in form.names]))
        if ended[0] == "raised" or not isinstance(ended[1], (np.ndarray, np.generic)):
            return "no result", ""
        result = ended[1]
    slow = operands.all(form.names, result)
    before = described(slow)
    want = outcome(form.plain, slow)
    if want[0] == "value" and isinstance(want[1], np.generic):
        form.as_array()
        slow = operands.all(form.names, result)
        want = outcome(form.plain, slow)
    fast = operands.all(form.names, result)
    got = outcome(form.compiled, fast)
    how = compared(row, want, got, slow, fast)
    return how, f"{form.text}: {how}\n  {types}: {before}\n  wanted {want[1]!r}\n  got    {got[1]!r}"


FINE = {"same", "raised", "refused", "no result"}


def forms_of(row, name):
    """The row's forms under this name: those of functions for a function, those of methods for a method."""
    function = [bool(re.search(r"\bnp\.[\w.]*@", form)) for form in row.forms]
    wanted = [form for form, is_function in zip(row.forms, function) if is_function != name.startswith(".")]
    return [form.replace("@", name.lstrip(".=").rpartition(".")[2]) for form in wanted or row.forms]


def calls(row, name, types, draws, seed, before=None, part=1):
    """Makes the calls of a row's forms under one name: Counter of how they ended, what differed, forms that never were compiled. The first of
    several types is the usual one: float64, two axes, order C. `part`: of the forms, how many are called."""
    ended, wrong, never = Counter(), [], []
    forms = forms_of(row, name)
    for text in random.Random(f"{seed}/{name}").sample(forms, math.ceil(part * len(forms))):
        form = Form(text)
        compiled = False
        for k in range(types):
            drawn = Types(row, f"{seed}/{text}/{k}", home=k == 0 and types > 1)
            for d in range(draws):
                if before:
                    before(f"{name}: {form.text} [{drawn}] {k} {d}")
                how, words = one_call(row, form, drawn, f"{seed}/{k}/{d}")
                ended[how] += 1
                compiled |= how in ("same", "raised")
                if how not in FINE:
                    wrong.append(words)
                if how == "refused" and d == 0:
                    break
        if not compiled:
            never.append(form.text)
    return ended, wrong, never


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--types", type=int, default=20)
    p.add_argument("--draws", type=int, default=6)
    p.add_argument("--seed", default="1")
    p.add_argument("names", nargs="*")
    given = p.parse_args()
    total, bad = Counter(), 0
    for row in ROWS:
        for name in row.names:
            if given.names and name not in given.names:
                continue
            ended, wrong, never = calls(row, name, given.types, given.draws, given.seed, lambda words: print(words, file=sys.stderr, flush=True))
            total += ended
            bad += len(wrong) + len(never)
            for words in wrong:
                print("BAD", name, words, flush=True)
            for form in never:
                print("BAD", name, form, "is never compiled", flush=True)
    print(dict(total))
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
