"""math.fsum and math.prod, numpy.fromiter: of arrays, lists, ranges and generators."""
import math
import random

import numpy as np
import pytest
from differential import same

import numjit


def test_fsum():
    r, fast = random.Random(3), numjit.njit(lambda x: math.fsum(x))
    for _ in range(1000):
        x = [r.choice((1, -1)) * r.random() * 10.0 ** r.randint(-20, 20) for _ in range(r.randint(1, 30))]
        x += [1e16, 1.0, -1e16, 2.0 ** -60][:r.randint(0, 4)]
        assert fast(np.array(x)) == fast(x) == math.fsum(x)
    assert fast(np.array([1e100, 1.0, -1e100, 1e-50])) == 1.0 and fast(np.zeros(0)) == 0.0 and fast([0.1] * 10) == 1.0
    assert fast(np.array([np.inf, 1.0])) == np.inf and math.isnan(fast(np.array([np.nan, 1.0]))) and fast(range(5)) == 10.0


@pytest.mark.parametrize("x", [[1, 2, 3], [1.5, 2.0], (2, 3), np.arange(1.0, 4.0), range(1, 5), [2j]], ids=str)
def test_prod(x):
    same(lambda x: (math.prod(x), math.prod(x, start=2), math.prod([v for v in x])), x)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_fromiter(n):
    def f(n):
        return (np.fromiter((i * i for i in range(n)), np.float64, n), np.fromiter([i for i in range(n)], np.int8),
                np.fromiter(range(n), float), np.fromiter((i for i in range(9) if i % 2), "i4", 3))

    def g(n):
        return np.fromiter(range(n), float, 2)
    same(f, n)
    same(g, n)
