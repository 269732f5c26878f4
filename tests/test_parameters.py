"""Every row that stands for a function of NumPy has NumPy's parameters, in NumPy's places: a call binds as it does there, and what is
not compiled is refused by name."""
import importlib
import inspect
import pathlib
import re

import numpy as np
import pytest

from numjit import njit
from numjit.errors import TypingError

SOURCE = pathlib.Path(__file__).parent.parent / "src" / "np"
TEXT = "".join((SOURCE / name).read_text() for name in ("np.def", "array.def", "lib.def"))
# other names for one thing, or a signature that NumPy does not show
FREE = {"numpy.arange", "numpy.frombuffer", "numpy.nditer", "numpy.clip"}


def find(path):
    owner, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(owner), name)
    except (ModuleNotFoundError, AttributeError):
        return None


def parameters_of_numpy(path):
    f = find(path)
    try:
        return list(inspect.signature(f).parameters.values()) if callable(f) and not isinstance(f, type) else None
    except ValueError:
        return None


def ours_in_c():
    for path, signature in re.findall(r'^FUNC\("(numpy[\w.]*)", "([^"]*)"', TEXT, re.M):
        names, keyword_only = [], False
        for piece in filter(None, map(str.strip, signature.split(","))):
            if piece in "/*":
                keyword_only |= piece == "*"
                continue
            keyword_only |= piece.startswith("*")
            names.append((piece.lstrip("*").split("=")[0], keyword_only))
        yield path, names


def ours_in_python():
    for path, module in re.findall(r'^LIB\("(numpy[\w.]*)", "(\w+)"\)', TEXT, re.M):
        f = getattr(importlib.import_module("numjit.lib." + module), path.rpartition(".")[2])
        kinds = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_POSITIONAL
        yield path, [(p.name, p.kind in kinds) for p in inspect.signature(f).parameters.values()]


@pytest.mark.parametrize("path, ours", sorted({**dict(ours_in_c()), **dict(ours_in_python())}.items()))
def test_parameters(path, ours):
    theirs = parameters_of_numpy(path)
    if theirs is None or path in FREE:
        return
    names = [p.name for p in theirs]
    variadic = any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in theirs)
    for k, (name, keyword_only) in enumerate(ours):
        if variadic and name not in names:
            continue                        # *args and **kwargs go by other names
        assert name in names, f"{path} has no parameter {name}: {names}"
        assert keyword_only or names.index(name) == k, f"{path}: {name} is not parameter {k} of {names}"


def test_what_is_not_compiled_is_refused():
    a = np.arange(6.0).reshape(2, 3)
    for f, name in ((lambda a: np.quantile(a, 0.5, weights=a), "weights"), (lambda a: np.sum(a, bogus=1), "bogus"),
                    (lambda a: np.sort(a, order="x"), "order"), (lambda a: np.partition(a, 0, order="x"), "order")):
        with pytest.raises((TypingError, TypeError), match=name):
            njit(f)(a)


def test_arguments_of_reductions_over_everything():
    from differential import same
    a, out = np.array([[3.0, np.nan, 1.0], [2.0, 5.0, 4.0]]), np.zeros(3)
    for f in (lambda a, out: np.median(a, keepdims=True), lambda a, out: np.quantile(a[1:], 0.5, keepdims=True),
              lambda a, out: np.median(a, axis=0, out=out), lambda a, out: np.quantile(a, 0.25, axis=0, out=out),
              lambda a, out: np.nanstd(a, axis=0, out=out), lambda a, out: np.percentile(a, 25, axis=0, out=out)):
        same(f, a, out)
    same(lambda a: np.histogram2d(a, a, bins=3, range=((0, 4), (0, 3))), np.array([0.5, 1, 2, 3, 3.5]))
