"""@vectorize and @guvectorize: functions of elements, or of arrays, as NumPy ufuncs."""
import re

from . import types
from ._core import Dispatcher, Ufunc

_IDENTITY = {None: -1, "reorderable": -2, 0: 0, 1: 1}       # as numpy/ufuncobject.h has them
_ARGUMENT = re.compile(r"\s*\(([^()]*)\)\s*")


def _attributes(function):
    found = {n: getattr(function, n) for n in ("__name__", "__qualname__", "__module__", "__doc__") if hasattr(function, n)}
    return {**found, "__wrapped__": function, "py_func": function}


def _options(decorator, target, options):
    if target not in ("cpu", "parallel"):
        raise ValueError(f"{decorator}(): the target is 'cpu' or 'parallel', not {target!r}")
    for option in options.keys() & {"parallel", "shapes"}:
        raise TypeError(f"{decorator}() got an unexpected option {option!r}")


def _signatures(given):
    if isinstance(given, (str, tuple, types.Type, types.Signature)):
        return [given]
    return list(given)


def _function(f):
    return f.py_func if isinstance(f, (Dispatcher, Ufunc)) else f


def _dispatcher(function, options):
    return Dispatcher(function, **{"error_model": "numpy", **options})      # as in NumPy's own loops: 1 / 0 is inf


def _finish(ufunc, signatures, recipe):
    ufunc.__dict__["_recipe"] = recipe
    if signatures:
        ufunc._declare(signatures)
    return ufunc


def vectorize(signatures=None, *, identity=None, target="cpu", **options):
    """Makes a NumPy ufunc of a function of numbers: @vectorize, @vectorize(["float64(float64, float64)"], target="parallel").

    signatures: one, or a list of them, whose loops are compiled at once and searched in that order; without any, a loop is
    compiled when the ufunc is first called with operands of new dtypes. identity: 0, 1, None or "reorderable", for reduce.
    target: "cpu" or "parallel". Other options as for jit. Raises TypingError for a function that does not compile, ValueError for
    a bad identity or target, TypeError for an unknown option.
    """
    if callable(signatures) and not isinstance(signatures, (types.Type, types.Signature)):
        return vectorize()(signatures)
    _options("vectorize", target, options)
    if identity not in _IDENTITY or isinstance(identity, bool):
        raise ValueError(f"identity must be 0, 1, None or 'reorderable', not {identity!r}")
    given = [] if signatures is None else _signatures(signatures)

    def decorate(function):
        function = _function(function)
        ufunc = Ufunc(_dispatcher(function, options), function.__code__.co_argcount, 1, None, None, _IDENTITY[identity], target == "parallel", (),
                      _attributes(function))
        return _finish(ufunc, given, (vectorize, (given,), dict(identity=identity, target=target, **options)))
    return decorate


def _parse_layout(layout):
    """"(m,n),(n)->(m)" → the names of the core dimensions of inputs and of results."""
    sides = layout.split("->")
    if len(sides) > 2:
        raise ValueError(f"bad layout {layout!r}")
    parsed = []
    for side in sides:
        operands, at = [], 0
        while at < len(side) and side.strip():
            found = _ARGUMENT.match(side, at)
            if not found or (found.end() < len(side) and side[found.end()] != ","):
                raise ValueError(f"bad layout {layout!r}")
            operands.append(tuple(n.strip() for n in found[1].split(",") if n.strip()))
            at = found.end() + 1
        parsed.append(operands)
    inputs, results = parsed[0], parsed[1] if len(parsed) == 2 else []
    if not inputs:
        raise ValueError(f"bad layout {layout!r}: there is no input")
    known = {n for operand in inputs for n in operand}
    for name in (n for operand in results for n in operand):
        if name not in known:
            raise ValueError(f"bad layout {layout!r}: the size of {name} is not known from an input")
    return inputs, results


def guvectorize(signatures, layout=None, *, writable_args=(), identity=None, target="cpu", **options):
    """Makes a generalized ufunc of a function of arrays that writes its results: @guvectorize(["void(f8[:], f8, f8[:])"], "(n),()->(n)").

    layout: the core dimensions of each operand, results behind the arrow. signatures: as for vectorize; guvectorize(layout) compiles
    for the dtypes of the operands when it is called. writable_args: inputs, by number or name, that the function changes.
    Raises ValueError for a bad layout or target, TypingError where signatures, layout and function do not agree.
    """
    if layout is None:
        signatures, layout = [], signatures
    _options("guvectorize", target, options)
    given = _signatures(signatures)
    inputs, results = _parse_layout(layout)
    number = {}
    cores = tuple(tuple(number.setdefault(n, len(number)) for n in operand) for operand in inputs + results)
    spelled = [",".join("(" + ",".join(operand) + ")" for operand in side) for side in (inputs, results) if side]

    def decorate(function):
        function = _function(function)
        names = function.__code__.co_varnames
        writable = tuple(names.index(a) if isinstance(a, str) else a for a in writable_args)
        ufunc = Ufunc(_dispatcher(function, options), len(inputs), len(results), cores, "->".join(spelled), _IDENTITY[identity],
                      target == "parallel", writable, _attributes(function))
        recipe = (guvectorize, (given, layout), dict(writable_args=writable_args, identity=identity, target=target, **options))
        return _finish(ufunc, given, recipe)
    return decorate


def _reduce(ufunc):
    """What pickle keeps: the name, where that leads back to the ufunc, else the function and how it was decorated."""
    import sys
    found = sys.modules.get(ufunc.__module__)
    for name in ufunc.__qualname__.split("."):
        found = getattr(found, name, None)
    if found is ufunc:
        return ufunc.__qualname__
    return _rebuild, (ufunc.py_func, *ufunc._recipe)


def _rebuild(function, decorator, args, options):
    return decorator(*args, **options)(function)
