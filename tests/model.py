"""What a compiled function means, as plain Python: the source rewritten so that CPython computes it.

Scalar arithmetic is the one place where numjit's meaning is not CPython's: int is int64 and wraps, unsigned integers give
uint64, float32 with float32 stays float32, `math` gives nan or inf where CPython raises. So every operator, call, index
and iteration becomes a call of a function below; the rest of the program is run as it stands, on the same lines.
"""
import ast
import dis
import math
import operator
import re
import types

import numpy as np


class U64(int):
    """A value of an unsigned type."""


class F32(float):
    """A value of float32."""


OPERATORS = {name: getattr(operator, function) for name, function in {
    "Add": "add", "Sub": "sub", "Mult": "mul", "Div": "truediv", "FloorDiv": "floordiv", "Mod": "mod", "Pow": "pow",
    "LShift": "lshift", "RShift": "rshift", "BitAnd": "and_", "BitOr": "or_", "BitXor": "xor",
    "USub": "neg", "UAdd": "pos", "Invert": "invert", "Not": "not_"}.items()}
IN_PLACE = {name: getattr(operator, "i" + function.__name__.strip("_")) for name, function in OPERATORS.items()
            if name not in ("USub", "UAdd", "Invert", "Not") and function.__name__ not in ("and_", "or_")}
IN_PLACE |= {"BitAnd": operator.iand, "BitOr": operator.ior}


def signed(x):
    return (x + 2**63) % 2**64 - 2**63


def scalar(x):
    """A value as compiled code holds it: NumPy's scalars are Python's, integers are in the range of their type."""
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    if isinstance(x, (U64, np.unsignedinteger)):
        return U64(int(x) % 2**64)
    if isinstance(x, (int, np.signedinteger)):
        return signed(int(x))
    if isinstance(x, np.float32):
        return F32(x)
    if isinstance(x, np.floating):
        return float(x)
    if isinstance(x, np.complexfloating):
        return complex(x)
    return tuple(map(scalar, x)) if isinstance(x, tuple) else x


def for_array(x):
    return np.uint64(x) if isinstance(x, U64) else np.float32(x) if isinstance(x, F32) else x


def shift(left, x, n):
    if n < 0:
        raise ValueError("negative shift count")
    n = min(n, 64)
    return x << n if left else x >> n


def on_ints(op, x, y):
    """Exact; the caller wraps."""
    if op == "Div":
        return float(x) / float(y) if y else 1 / 0
    if op in ("LShift", "RShift"):
        return shift(op == "LShift", int(x), y)
    return OPERATORS[op](x, y)


def single(op, *x):
    return F32(np.float32(OPERATORS[op](*map(float, x))))


def both(op, x, y, table=OPERATORS):
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return scalar(table[op](for_array(x), for_array(y)))
    if isinstance(x, int) and isinstance(y, int):
        unsigned = isinstance(x, U64) and isinstance(y, U64)
        if not unsigned:
            x, y = (v if isinstance(v, bool) else signed(int(v)) for v in (x, y))
        r = on_ints(op, x, y)
        return U64(int(r) % 2**64) if unsigned and not isinstance(r, float) else scalar(r)
    if isinstance(x, F32) and isinstance(y, F32):
        return single(op, x, y)
    if op == "Pow" and isinstance(x, float):
        return float(np.power(float(x), y))
    if isinstance(x, (F32, U64)) or isinstance(y, (F32, U64)):
        x, y = (float(v) if isinstance(v, (F32, U64)) else v for v in (x, y))
    return OPERATORS[op](x, y)


def one(op, x):
    if isinstance(x, F32) and op == "USub":
        return F32(-x)
    if isinstance(x, U64) and op != "Not":
        return U64(OPERATORS[op](int(x)) % 2**64)
    return scalar(OPERATORS[op](x))


def update(op, x, y):
    return both(op, x, y, IN_PLACE)


def get(x, key):
    return scalar(x[key])


def items(x):
    return map(scalar, x)


def call(f, *args, **kwargs):
    if getattr(f, "__module__", None) == "math":
        try:
            r = f(*args, **kwargs)
        except ValueError:
            r = math.nan
        except OverflowError:
            r = math.inf
        return F32(np.float32(r)) if isinstance(args[0], F32) and isinstance(r, float) else scalar(r)
    if f is abs and isinstance(args[0], F32):
        return F32(abs(args[0]))
    return scalar(f(*args, **kwargs))


class Rewrite(ast.NodeTransformer):
    def made(self, node, name, *args):
        new = ast.Call(ast.Name(name, ast.Load()), list(args), [])
        return ast.fix_missing_locations(ast.copy_location(new, node))

    def op(self, node):
        return ast.Constant(type(node).__name__)

    def folded(self, node):
        """The constant that CPython makes of an expression of constants, exactly, before anybody compiles it; or None."""
        if any(isinstance(x, (ast.Name, ast.Call)) for x in ast.walk(node)):
            return None
        code = compile(ast.fix_missing_locations(ast.Expression(node)), "", "eval")
        if any(not re.match("RESUME|LOAD_|RETURN_|NOP", x.opname) for x in dis.get_instructions(code)):
            return None
        constant = ast.copy_location(ast.Constant(eval(code)), node)
        return self.made(node, "_unsigned", constant) if type(constant.value) is int and constant.value >> 63 == 1 else constant

    def visit_BinOp(self, node):
        constant = self.folded(node)
        if constant:
            return constant
        self.generic_visit(node)
        return self.made(node, "_both", self.op(node.op), node.left, node.right)

    def visit_UnaryOp(self, node):
        constant = self.folded(node)
        if constant:
            return constant
        self.generic_visit(node)
        return node if isinstance(node.op, ast.Not) else self.made(node, "_one", self.op(node.op), node.operand)

    def visit_AugAssign(self, node):
        load = ast.parse(ast.unparse(node.target), mode="eval").body
        for part in ast.walk(load):
            ast.copy_location(part, node)
        new = self.made(node, "_update", self.op(node.op), self.visit(load), self.visit(node.value))
        return ast.fix_missing_locations(ast.copy_location(ast.Assign([self.visit(node.target)], new), node))

    def visit_Subscript(self, node):
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            return node
        return self.made(node, "_get", node.value, self.key(node.slice))

    def key(self, node):
        """An index as an expression that may stand anywhere."""
        if isinstance(node, ast.Tuple):
            return ast.Tuple([self.key(x) for x in node.elts], ast.Load())
        if isinstance(node, ast.Slice):
            none = ast.Constant(None)
            return ast.Call(ast.Name("slice", ast.Load()), [node.lower or none, node.upper or none, node.step or none], [])
        return node

    def visit_For(self, node):
        self.generic_visit(node)
        node.iter = self.made(node.iter, "_items", node.iter)
        return node

    def visit_comprehension(self, node):
        self.generic_visit(node)
        node.iter = self.made(node.iter, "_items", node.iter)
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id[0] in "_h":
            return node
        return ast.copy_location(ast.Call(ast.Name("_call", ast.Load()), [node.func, *node.args], node.keywords), node)


NAMES = {"_both": both, "_one": one, "_update": update, "_get": get, "_items": items, "_call": call, "_unsigned": U64}


def functions(source, filename):
    """The namespace of source, rewritten."""
    tree = ast.fix_missing_locations(Rewrite().visit(ast.parse(source)))
    namespace = {"np": np, "math": math, "numjit": types.SimpleNamespace(prange=range), **NAMES}
    exec(compile(tree, filename, "exec"), namespace)
    return namespace
