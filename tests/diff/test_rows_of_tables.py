"""All elements of a new array in one row (ravel, reshape(-1), flatten): computed where they are read, NumPy's values and bits."""
import re

import numpy as np
import pytest
from differential import same

import numjit

TEXTS = [
    "(a * b).ravel().sum()", "np.sqrt((a * a).reshape(-1)) + 1", "np.cumsum((a * 2.0).ravel())", "np.cumsum(a + b)", "np.cumprod((a + b).ravel())",
    "np.dot((a - b).reshape(-1), (a + b).ravel())", "(a * b).ravel().max(), (a * b).ravel().min()", "(a - b).ravel()[::-1]", "(a * b).ravel().argmax()",
    "(a + b).flatten() * 2", "(a * b).ravel() + (a + b).ravel()", "np.where((a > b).ravel(), 1, (a - b).ravel())", "(a * b).ravel()[3:]",
    "np.cumsum(np.exp(a - b).ravel())", "(a * b[:1]).ravel() - a.ravel()", "(a * b).T.ravel()", "np.linalg.norm((a - b).ravel())", "(a * b).ravel().mean(), (a * b).ravel().std()",
    "(lambda t: (t, t.sum()))((a * b).ravel())", "(a @ b.T).ravel() * 2", "np.ravel(a * b, order='F')", "(a * b).reshape(-1, 1) + 1", "np.add.accumulate((a * b).ravel())",
]


def jit_of(text):
    space = {"np": np}
    exec(f"def f(a, b):\n    return {text}\n", space)
    return space["f"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", TEXTS)
def test_values(text):
    f = jit_of(text)
    loose = any(word in text for word in ("dot", "norm", "@", "exp"))
    for kind in ({}, {"parallel": True}):
        fast = numjit.njit(**kind)(f)
        for shape in ((3, 4), (1, 7), (7, 1), (40, 130), (0, 3), (3, 0), (600, 3)):
            rng = np.random.default_rng(shape[0])
            for order in "CF":
                a, b = (np.asarray(rng.normal(size=shape), order=order) for _ in range(2))
                try:
                    want = f(a, b)
                except (ValueError, IndexError) as e:
                    with pytest.raises(type(e), match=re.escape(str(e))):
                        fast(a, b)
                    continue
                got = fast(a, b)
                for w, g in zip(*((x if isinstance(x, tuple) else (x,)) for x in (want, got))):
                    assert np.shape(w) == np.shape(g)
                    assert np.allclose(w, g, rtol=1e-12, equal_nan=True) if loose else np.array_equal(w, g, equal_nan=True), (shape, order)


def shape_of(text):
    dump = numjit.dump(numjit.njit(jit_of(text)), "nest", ("f8[:,::1]", "f8[:,::1]"))
    return len(re.findall(r"\bnest body", dump)), len(re.findall(r"= new ", dump))


@pytest.mark.parametrize("text, nests, arrays", [
    ("(a * b).ravel().sum()", 1, 0), ("np.sqrt((a * a).reshape(-1)) + 1", 1, 1), ("np.cumsum((a * 2.0).ravel())", 1, 1),
    ("np.dot((a - b).reshape(-1), (a + b).ravel())", 1, 0), ("(a * b).ravel() + (a + b).ravel()", 1, 1), ("np.linalg.norm(a - b)", 1, 0),
])
def test_one_loop(text, nests, arrays):
    assert shape_of(text) == (nests, arrays)


def test_three_axes():
    a, b = np.random.default_rng(0).normal(size=(2, 5, 6, 7))
    for text in ("np.cumsum((a * b).ravel())", "(a * b).ravel() * 2", "(a - b).reshape(-1).sum()"):
        same(jit_of(text), a, b)


def test_written_between():
    def f(a, b):
        v = (a * b).ravel()
        a[:] = 0
        return v + 1, v.sum()
    same(f, np.ones((3, 4)), np.arange(12.0).reshape(3, 4))
