"""numpy.random in compiled code: after a seed the numbers are those of NumPy's RandomState."""
import numpy as np
import pytest

from differential import equal, same
from numjit import njit, prange

DRAWS = {
    "normal": [(0.0, 1.0), (-3, 0.0)], "lognormal": [(0.1, 0.5)], "uniform": [(-1.0, 5), (2, 2)], "exponential": [(2.0,)],
    "standard_gamma": [(0.3,), (1.0,), (2.5,), (0.0,)], "gamma": [(0.5, 2.0), (9, 0.1)], "beta": [(2.0, 3.0), (0.2, 0.7), (1.0, 1.0)],
    "chisquare": [(3.0,), (1,)], "noncentral_chisquare": [(3.0, 1.5), (0.5, 2.0), (2.0, 0.0)], "f": [(4.0, 5.0)],
    "noncentral_f": [(3.0, 4.0, 1.5)], "standard_t": [(3.0,)], "pareto": [(3.0,)], "weibull": [(1.5,), (0.0,)], "power": [(2.5,)],
    "laplace": [(0.5, 2.0)], "gumbel": [(0.5, 2.0)], "logistic": [(0.5, 2.0)], "rayleigh": [(2.0,)], "wald": [(1.0, 2.0)],
    "triangular": [(0.0, 1.0, 4.0), (0, 0, 1)], "vonmises": [(0.5, 2.0), (0.0, 1e-9), (3.0, 1e-6), (3.0, 300.0)],
    "poisson": [(0.0,), (3.5,), (10.0,), (500.0,)], "binomial": [(10, 0.3), (1000, 0.3), (200, 0.8), (50, 1.0), (0, 0.5), (10 ** 5, 0.5)],
    "negative_binomial": [(5, 0.4)], "geometric": [(0.6,), (0.05,), (1.0,)], "logseries": [(0.6,), (0.99,)], "zipf": [(2.5,), (1.3,)],
    "hypergeometric": [(10, 7, 5), (7, 10, 11), (50, 30, 40), (300, 900, 600)],
}


@pytest.mark.parametrize("name", DRAWS)
def test_distribution(name):
    draw = getattr(np.random, name)

    def f(seed, args, n):
        np.random.seed(seed)
        return draw(*args), draw(*args + (n,)), draw(*args + ((2, 2),))
    for args in DRAWS[name]:
        for seed in (0, 4294967295):
            np.random.seed(seed)
            want = f(seed, args, 300)
            got = njit(f)(seed, args, 300)
            assert all(np.allclose(x, y, rtol=1e-14, atol=0, equal_nan=True) for x, y in zip(want, got)), (args, want, got)
            assert [np.asarray(x).dtype for x in want] == [np.asarray(x).dtype for x in got]


@pytest.mark.parametrize("f", [
    lambda: (np.random.rand(), np.random.rand(3), np.random.rand(2, 2), np.random.random(), np.random.random((2, 1)), np.random.ranf()),
    lambda: (np.random.randn(), np.random.randn(3), np.random.standard_normal((2, 2)), np.random.standard_cauchy(), np.random.standard_exponential(2)),
    lambda: (np.random.randint(10), np.random.randint(-5, 100), np.random.randint(0, 2 ** 40), np.random.randint(3, 4), np.random.randint(0, 9, (2, 3))),
    lambda: (np.random.choice(10), np.random.choice(np.arange(5) * 2, 4), np.random.choice(9, 3, replace=False), np.random.choice(3, 5, p=np.array([0.1, 0.6, 0.3]))),
    lambda: (np.random.permutation(7), np.random.permutation(np.arange(6).reshape(3, 2))),
    lambda: (np.random.multinomial(20, np.array([0.2, 0.3, 0.5])), np.random.multinomial(200, np.array([0.2, 0.3, 0.5]), 2)),
    lambda: np.random.dirichlet(np.array([1.0, 2.0, 3.0]), 2)], ids=range(7))
def test_draws(f):
    compiled, seed = njit(f), njit(lambda n: np.random.seed(n))
    for n in (0, 12345):
        np.random.seed(n)
        seed(n)
        assert equal(f(), compiled())


def test_shuffle():
    def f(seed, a):
        np.random.seed(seed)
        np.random.shuffle(a)
    for a in (np.arange(10), np.arange(12).reshape(6, 2), np.arange(3)[:0], np.arange(24.0).reshape(4, 2, 3)[:, ::-1]):
        same(f, 7, a)


def test_bad_arguments():
    for f in (lambda: np.random.normal(0.0, -1.0), lambda: np.random.seed(-1), lambda: np.random.randint(3, 3), lambda: np.random.gamma(-1.0),
              lambda: np.random.triangular(3.0, 1.0, 2.0), lambda: np.random.choice(3, 5, replace=False)):
        same(f)


def test_threads_have_their_own_generators():
    @njit(parallel=True)
    def mean(n):
        total = 0.0
        for i in prange(n):
            total += np.random.random()
        return total / n
    assert abs(mean(100_000) - 0.5) < 0.02


def test_parameters_that_are_arrays():
    def f(seed, m, n):
        np.random.seed(seed)
        return np.random.normal(m, 1.0), np.random.uniform(m, m + 2.0), np.random.poisson(m), np.random.binomial(n, 0.5, 3), np.random.gamma(m, size=(2, 3))
    same(f, 3, np.array([0.5, 20.0, 3.0]), np.array([4, 50, 100]))
    same(lambda m: np.random.normal(m, -m), np.array([1.0, 2.0]))
