"""numpy.random: distributions of real numbers. A program that calls np.random.seed gets the numbers that NumPy's RandomState gives; the
generator is one of compiled code, a thread each, and no call of NumPy outside of it moves it.

The methods are those of the books (Devroye, Non-uniform random variate generation; Marsaglia and Tsang 2000 for gamma), in the form whose
results RandomState has promised to keep. start, next_bits, next_double and next_gauss are the runtime's: src/runtime/random.c."""
import math

import numpy as np


def start(seed):
    np.random.seed(seed)


def next_bits():
    return np.random.randint(0, 2 ** 32)


def next_double():
    return np.random.random()


def next_gauss():
    return np.random.standard_normal()


def seed(seed=None):
    if seed is None:
        start(next_bits())
    elif seed < 0 or seed > 4294967295:
        raise ValueError("Seed must be between 0 and 2**32 - 1")
    else:
        start(seed)


def draw(f, size, *args):
    """f(*args), or an array of such values: of that size, or (parameters that are arrays) for each place of theirs."""
    return draw_as(np.float64, f, size, args)


def draw_as(kind, f, size, args):
    shape = np.broadcast_shapes(*_shapes(args))
    if size is None and len(shape) == 0:
        return f(*args)
    out = _empty(kind, size, shape)
    flat = out.ravel()
    if len(shape) == 0:
        for k in range(flat.size):
            flat[k] = f(*args)
    else:
        columns = _columns(args, out.shape)
        for k in range(flat.size):
            flat[k] = f(*_at(columns, k))
    return out


def _shapes(args):
    shapes = ((),)
    for x in args:
        shapes = shapes + (np.shape(x),)
    return shapes


def _empty(kind, size, shape):
    return np.empty(shape, kind) if size is None else np.empty(size, kind)


def _columns(args, shape):
    columns = ()
    for x in args:
        columns = columns + (np.ravel(np.broadcast_to(np.asarray(x), shape)),)
    return columns


def _at(columns, k):
    values = ()
    for x in columns:
        values = values + (x[k],)
    return values


def need(condition, message):
    if not np.all(condition):
        raise ValueError(message)


def random_sample(size=None):
    return draw(next_double, size)


random = random_sample
ranf = random_sample
sample = random_sample


def rand(*args):
    return next_double() if len(args) == 0 else draw(next_double, args)


def randn(*args):
    return next_gauss() if len(args) == 0 else draw(next_gauss, args)


def standard_normal(size=None):
    return draw(next_gauss, size)


def _normal(loc, scale):
    return loc + scale * next_gauss()


def normal(loc=0.0, scale=1.0, size=None):
    need(scale >= 0, "scale < 0")
    return draw(_normal, size, loc, scale)


def _lognormal(mean, sigma):
    return math.exp(_normal(mean, sigma))


def lognormal(mean=0.0, sigma=1.0, size=None):
    need(sigma >= 0, "sigma < 0")
    return draw(_lognormal, size, mean, sigma)


def _uniform(low, width):
    return low + width * next_double()


def uniform(low=0.0, high=1.0, size=None):
    return draw(_uniform, size, low, high - low)


def _exponential():
    return -math.log(1.0 - next_double())


def standard_exponential(size=None):
    return draw(_exponential, size)


def _scaled_exponential(scale):
    return scale * _exponential()


def exponential(scale=1.0, size=None):
    need(scale >= 0, "scale < 0")
    return draw(_scaled_exponential, size, scale)


def gamma_of(shape):
    """A gamma variate of scale 1."""
    if shape == 1.0:
        return _exponential()
    if shape == 0.0:
        return 0.0
    return _small_gamma(shape) if shape < 1.0 else _large_gamma(shape)


def _small_gamma(shape):
    while True:
        u = next_double()
        v = _exponential()
        if u <= 1.0 - shape:
            x = u ** (1.0 / shape)
            if x <= v:
                return x
        else:
            y = -math.log((1 - u) / shape)
            x = (1.0 - shape + shape * y) ** (1.0 / shape)
            if x <= v + y:
                return x


def _large_gamma(shape):
    b = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9 * b)
    while True:
        x = next_gauss()
        v = 1.0 + c * x
        while v <= 0.0:
            x = next_gauss()
            v = 1.0 + c * x
        v = v * v * v
        u = next_double()
        if u < 1.0 - 0.0331 * (x * x) * (x * x):
            return b * v
        if math.log(u) < 0.5 * x * x + b * (1.0 - v + math.log(v)):
            return b * v


def standard_gamma(shape, size=None):
    need(shape >= 0, "shape < 0")
    return draw(gamma_of, size, shape)


def _scaled_gamma(shape, scale):
    return scale * gamma_of(shape)


def gamma(shape, scale=1.0, size=None):
    need(shape >= 0, "shape < 0")
    need(scale >= 0, "scale < 0")
    return draw(_scaled_gamma, size, shape, scale)


def _beta(a, b):
    if a > 1.0 or b > 1.0:
        x = gamma_of(a)
        return x / (x + gamma_of(b))
    while True:
        u = next_double()
        v = next_double()
        x, y = u ** (1.0 / a), v ** (1.0 / b)
        if x + y <= 1.0:
            if x + y > 0:
                return x / (x + y)
            p, q = math.log(u) / a, math.log(v) / b
            top = max(p, q)
            p, q = p - top, q - top
            return math.exp(p - math.log(math.exp(p) + math.exp(q)))


def beta(a, b, size=None):
    need(a > 0, "a <= 0")
    need(b > 0, "b <= 0")
    return draw(_beta, size, a, b)


def _chisquare(df):
    return 2.0 * gamma_of(df / 2.0)


def chisquare(df, size=None):
    need(df > 0, "df <= 0")
    return draw(_chisquare, size, df)


def poisson_of(lam):
    """A Poisson variate: by a product of uniform ones, or (Hoermann 1993) transformed rejection."""
    if lam == 0:
        return 0
    return _large_poisson(lam) if lam >= 10 else _small_poisson(lam)


def _small_poisson(lam):
    bound, product, k = math.exp(-lam), next_double(), 0
    while product > bound:
        k += 1
        product *= next_double()
    return k


def _large_poisson(lam):
    slam, loglam = math.sqrt(lam), math.log(lam)
    b = 0.931 + 2.53 * slam
    a = -0.059 + 0.02483 * b
    invalpha = 1.1239 + 1.1328 / (b - 3.4)
    vr = 0.9277 - 3.6224 / (b - 2)
    while True:
        u = next_double() - 0.5
        v = next_double()
        us = 0.5 - abs(u)
        k = int(math.floor((2 * a / us + b) * u + lam + 0.43))
        if us >= 0.07 and v <= vr:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        if math.log(v) + math.log(invalpha) - math.log(a / (us * us) + b) <= -lam + k * loglam - math.lgamma(k + 1.0):
            return k


def _noncentral_chisquare(df, nonc):
    if nonc == 0:
        return _chisquare(df)
    if df > 1:
        x = _chisquare(df - 1)
        n = next_gauss() + math.sqrt(nonc)
        return x + n * n
    return _chisquare(df + 2 * poisson_of(nonc / 2.0))


def noncentral_chisquare(df, nonc, size=None):
    need(df > 0, "df <= 0")
    need(nonc >= 0, "nonc < 0")
    return draw(_noncentral_chisquare, size, df, nonc)


def _f(dfnum, dfden):
    x = _chisquare(dfnum) * dfden
    return x / (_chisquare(dfden) * dfnum)


def f(dfnum, dfden, size=None):
    need(dfnum > 0, "dfnum <= 0")
    need(dfden > 0, "dfden <= 0")
    return draw(_f, size, dfnum, dfden)


def _noncentral_f(dfnum, dfden, nonc):
    x = _noncentral_chisquare(dfnum, nonc) * dfden
    return x / (_chisquare(dfden) * dfnum)


def noncentral_f(dfnum, dfden, nonc, size=None):
    need(dfnum > 0, "dfnum <= 0")
    need(dfden > 0, "dfden <= 0")
    need(nonc >= 0, "nonc < 0")
    return draw(_noncentral_f, size, dfnum, dfden, nonc)


def _t(df):
    x = next_gauss()
    return math.sqrt(df / 2) * x / math.sqrt(gamma_of(df / 2))


def standard_t(df, size=None):
    need(df > 0, "df <= 0")
    return draw(_t, size, df)


def _cauchy():
    x = next_gauss()
    return x / next_gauss()


def standard_cauchy(size=None):
    return draw(_cauchy, size)


def _pareto(a):
    return math.exp(_exponential() / a) - 1


def pareto(a, size=None):
    need(a > 0, "a <= 0")
    return draw(_pareto, size, a)


def _weibull(a):
    return _exponential() ** (1.0 / a) if a != 0 else 0.0


def weibull(a, size=None):
    need(a >= 0, "a < 0")
    return draw(_weibull, size, a)


def _power(a):
    return (1 - math.exp(-_exponential())) ** (1.0 / a)


def power(a, size=None):
    need(a > 0, "a <= 0")
    return draw(_power, size, a)


def _laplace(loc, scale):
    while True:
        u = next_double()
        if u >= 0.5:
            return loc - scale * math.log(2.0 - u - u)
        if u > 0.0:
            return loc + scale * math.log(u + u)


def laplace(loc=0.0, scale=1.0, size=None):
    need(scale >= 0, "scale < 0")
    return draw(_laplace, size, loc, scale)


def _gumbel(loc, scale):
    while True:
        u = 1.0 - next_double()
        if u < 1.0:
            return loc - scale * math.log(-math.log(u))


def gumbel(loc=0.0, scale=1.0, size=None):
    need(scale >= 0, "scale < 0")
    return draw(_gumbel, size, loc, scale)


def _logistic(loc, scale):
    while True:
        u = next_double()
        if u > 0.0:
            return loc + scale * math.log(u / (1.0 - u))


def logistic(loc=0.0, scale=1.0, size=None):
    need(scale >= 0, "scale < 0")
    return draw(_logistic, size, loc, scale)


def _rayleigh(scale):
    return scale * math.sqrt(-2.0 * math.log(1.0 - next_double()))


def rayleigh(scale=1.0, size=None):
    need(scale >= 0, "scale < 0")
    return draw(_rayleigh, size, scale)


def _wald(mean, scale):
    half = mean / (2 * scale)
    y = next_gauss()
    y = mean * y * y
    x = mean + half * (y - math.sqrt(4 * scale * y + y * y))
    return x if next_double() <= mean / (mean + x) else mean * mean / x


def wald(mean, scale, size=None):
    need(mean > 0, "mean <= 0")
    need(scale > 0, "scale <= 0")
    return draw(_wald, size, mean, scale)


def _triangular(left, mode, right):
    base = right - left
    up = mode - left
    u = next_double()
    if u <= up / base:
        return left + math.sqrt(u * (up * base))
    return right - math.sqrt((1.0 - u) * ((right - mode) * base))


def triangular(left, mode, right, size=None):
    need(left <= mode, "left > mode")
    need(mode <= right, "mode > right")
    need(left != right, "left == right")
    return draw(_triangular, size, left, mode, right)


def _vonmises(mu, kappa):
    if kappa < 1e-8:
        return math.pi * (2 * next_double() - 1)
    if kappa < 1e-5:
        s = 1.0 / kappa + kappa
    else:
        r = 1 + math.sqrt(1 + 4 * kappa * kappa)
        rho = (r - math.sqrt(2 * r)) / (2 * kappa)
        s = (1 + rho * rho) / (2 * rho)
    while True:
        z = math.cos(math.pi * next_double())
        w = (1 + s * z) / (s + z)
        y = kappa * (s - w)
        v = next_double()
        if y * (2 - y) - v >= 0 or math.log(y / v) + 1 - y >= 0:
            break
    angle = math.acos(w)
    if next_double() < 0.5:
        angle = -angle
    angle += mu
    folded = math.fmod(abs(angle) + math.pi, 2 * math.pi) - math.pi
    return -folded if angle < 0 else folded


def vonmises(mu, kappa, size=None):
    need(kappa >= 0, "kappa < 0")
    return draw(_vonmises, size, mu, kappa)
