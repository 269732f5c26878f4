"""Writes docs/features.md: what numjit compiles, from the tables in src/ and from examples that are compiled here.

    python tools/features.py            (with numjit installed)
    python tools/features.py --check    fails where the page is not up to date
"""
import ast
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECEIVERS = {"ARRAY": "array", "SCALAR": "number", "TUPLE": "tuple", "STR": "str", "RANGE": "range", "SLICE": "slice",
             "DTYPE": "dtype", "LIST": "list", "DICT": "dict", "SET": "set"}

# what is written, a function that does it, its arguments
OPERATORS = """+ - * / // % ** << >> & | ^ < <= > >= == !=""".split()
STATEMENTS = {
    "if, elif, else": ("if x > 1:\n return 1\nelif x > 0:\n return 2\nelse:\n return 3", "1"),
    "while ... else, break, continue": ("while x < 5:\n x += 1\n if x == 3:\n  continue\n if x == 4:\n  break\nelse:\n x = 0\nreturn x", "1"),
    "for over range, arrays, tuples, zip, enumerate, reversed": ("s = 0\nfor i in range(x):\n for j in (1, 2):\n  for k, l in zip((1, 2), (3, 4)):\n   for m, n in enumerate((5, 6)):\n    s += i + j + k + l + m + n\nreturn s", "3"),
    "conditional expressions, and, or, not": ("return (1 if x > 1 else 2) and not x or x", "1"),
    "chained comparisons": ("return 0 < x <= 3", "1"),
    "walrus": ("if (y := x + 1) > 1:\n return y\nreturn 0", "1"),
    "unpacking, swapping": ("a, b = x, 2\na, b = b, a\nreturn a - b", "1"),
    "starred unpacking": ("a, *b = (x, 2, 3)\nreturn a + b[0]", "1"),
    "raise with arguments": ("if x > 5:\n raise ValueError('too large', x)\nreturn x", "1"),
    "assert": ("assert x > 0, 'no'\nreturn x", "1"),
    "try, except": ("try:\n y = 1 // x\nexcept ZeroDivisionError:\n y = -1\nreturn y", "1"),
    "try, finally": ("y = 1\ntry:\n y = 1 // x\nfinally:\n y += 1\nreturn y", "1"),
    "inner functions, closures, lambda": ("f = lambda a: a + x\nreturn f(2)", "1"),
    "recursion": ("return 1 if x < 2 else x * f(x - 1)", "5"),
    "default and keyword arguments, *args": ("g = lambda a, b=2, *c: a + b + len(c)\nreturn g(1) + g(a=x) + g(1, 2, 3)", "1"),
    "tuples": ("t = (x, 2.5, True)\nreturn t[0], t[1:]", "1"),
    "lists": ("l = [x, 2]\nl.append(3)\nreturn len(l)", "1"),
    "list comprehensions": ("return len([i * x for i in range(4)])", "1"),
    "dicts": ("d = {1: x}\nd[2] = 3\nreturn len(d)", "1"),
    "sets": ("s = {1, x}\ns.add(3)\nreturn len(s)", "1"),
    "f-strings": ("return f'{x} items'", "1"),
    "string methods": ("return x.upper()", "'a'"),
    "generators": ("def g(n):\n for i in range(n):\n  yield i\ns = 0\nfor v in g(x):\n s += v\nreturn s", "3"),
    "with": ("with open('x'):\n return x", "1"),
    "match": ("match x:\n case 1:\n  return 10\n case _:\n  return 20", "1"),
    "del of a variable": ("y = x\ndel y\nreturn x", "1"),
    "global constants": ("return x + len(NAMES)", "1"),
    "print": ("if x > 5:\n print(x)\nreturn x", "1"),
    "slices, Ellipsis, newaxis": ("return x[1:, ..., None]", "np.ones((2, 3))"),
    "boolean and integer array indices": ("return x[x > 0], x[np.array([0, 1])]", "np.ones(3)"),
    "array expressions with broadcasting": ("return x + x.T * 2", "np.ones((3, 3))"),
    "assignment to slices": ("x[1:] = 2.0\nreturn x", "np.ones(3)"),
}


def rows(pattern):
    text = "".join(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S) for path in sorted((ROOT / "src/np").glob("*.def")))
    return re.findall(pattern, text)


def prelude_signature(module, name):
    tree = ast.parse((ROOT / "numjit/lib" / f"{module}.py").read_text())
    node = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name), None)
    return ast.unparse(node.args) if node else ""


def functions():
    """(path, parameters) of all functions."""
    found = {path: sig for path, sig in rows(r'FUNC\("([\w.]+)",\s*"(.*?)"')}
    found |= {f"numpy.{name}": "x" if n == "1" else "x1, x2" for name, n in rows(r'UFUNC\(\w+,\s*"(\w+)",\s*(\d)')}
    for path, module in rows(r'\bLIB\("([\w.]+)",\s*"?(\w+)"?'):
        found.setdefault(path, prelude_signature(module, path.rsplit(".", 1)[1]))
    return sorted(found.items())


def attributes():
    """(receivers, name, parameters or None) of all attributes and methods."""
    found = [(kind, name, None) for kind, name in rows(r'\bATTR\(([\w |]+),\s*"(\w+)"')]
    found += rows(r'\bMETHOD\(([\w |]+),\s*"(\w+)",\s*"(.*?)"')
    found += [(kind, name, prelude_signature(module, name).partition(", ")[2])
              for kind, name, module in rows(r'\bLIB_METHOD\(([\w |]+),\s*"(\w+)",\s*"?(\w+)"?')]
    out = []
    for kinds, name, parameters in found:
        for kind in re.findall(r"NP_OF_(\w+)", kinds):
            out.append((RECEIVERS.get(kind, kind.lower()), name, parameters))
    return sorted(out, key=lambda row: row[:2])


def compiles(body, argument):
    import numpy as np

    import numjit
    namespace = {"np": np, "NAMES": ("a", "b")}
    source = "def f(x):\n" + "".join(f"    {line}\n" for line in body.replace("\n ", "\n    ").splitlines())
    exec(compile(source, "<example>", "exec"), namespace)
    namespace["f"] = numjit.njit(namespace["f"])
    try:
        namespace["f"](eval(argument, {"np": np}))
    except numjit.errors.NumbaError:
        return False
    return True


def spelled(parameters):
    return parameters.replace("=None", "=").replace("=", "=…") if parameters is not None else ""


def page():
    out = ["# What numjit compiles", "",
           "Made by `tools/features.py` from the tables in `src/` and from small programs that it compiles. `=…` marks a parameter",
           "that may be left out. Everything else is refused when it is compiled, with the line and the reason.", ""]
    out += ["## Types", "", "| type | bytes |", "|---|---|"]
    for name, size in re.findall(r'^TYPE\(\w+,\s*"([\w]+)",\s*\w+,\s*\d+,\s*(\d+)', (ROOT / "src/type/type.def").read_text(), re.M):
        if name not in ("pointer", "exception"):
            out.append(f"| {name} | {size if size != '0' else 'a number of Python: never in an array'} |")
    out += ["", "Arrays of these of up to 32 dimensions (any strides, read-only too), tuples, str, None, optional, functions.", ""]
    out += ["## Statements and expressions", "", "| | |", "|---|---|"]
    out += [f"| {what} | {'yes' if compiles(*example) else 'not yet'} |" for what, example in STATEMENTS.items()]
    out += ["", "## Operators", "", "| operator | int | float | complex | bool | array |", "|---|---|---|---|---|---|"]
    for op in OPERATORS:
        works = ["yes" if compiles(f"return x {op} x", x) else "" for x in ("2", "2.0", "2j", "True", "np.ones(2)" if op not in
                                                                          ("<<", ">>", "&", "|", "^") else "np.arange(2)")]
        out.append("| `" + op.replace("|", "\\|") + "` | " + " | ".join(works) + " |")
    by_module = {}
    for path, parameters in functions():
        module, name = path.rsplit(".", 1)
        by_module.setdefault(module, []).append(f"| {name} | `{spelled(parameters)}` |".replace("`` ", " "))
    for module, lines in sorted(by_module.items()):
        out += ["", f"## {module}", "", "| function | parameters |", "|---|---|", *lines]
    for receiver in sorted({row[0] for row in attributes()}):
        out += ["", f"## Attributes and methods of {receiver}", "", "| name | parameters |", "|---|---|"]
        out += [f"| {name} | {'attribute' if parameters is None else f'`({spelled(parameters)})`'} |"
                for kind, name, parameters in attributes() if kind == receiver]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    file, text = ROOT / "docs/features.md", page()
    if "--check" in sys.argv:
        sys.exit("docs/features.md is not up to date: run tools/features.py" if file.read_text() != text else 0)
    file.write_text(text)
    print(f"{len(functions())} functions, {len(attributes())} attributes and methods", file=sys.stderr)
