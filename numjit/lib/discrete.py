"""numpy.random: whole numbers, choices and permutations, with the numbers of NumPy's RandomState: see randoms.py.

Binomial: inversion, or BTPE (Kachitvichyanukul and Schmeiser 1988); hypergeometric: inversion, or HRUA* (Stadlober 1989);
zipf: Devroye; integers in a range: as many bits as it needs, again where they are outside."""
import math

import numpy as np

from numjit.lib.randoms import draw_as, gamma_of, need, next_bits, next_double, poisson_of, random_sample


def draw(f, size, *args):
    return draw_as(np.int64, f, size, args)


def poisson(lam=1.0, size=None):
    need(lam >= 0, "lam < 0 or lam contains NaNs")
    return draw(poisson_of, size, lam)


def _below(n):
    """A number in 0 .. n, every one as likely."""
    mask = n
    for shift in (1, 2, 4, 8, 16, 32):
        mask |= mask >> shift
    while True:
        x = next_bits() if n <= 0xffffffff else next_bits() << 32 | next_bits()
        x &= mask
        if x <= n:
            return x


def _integer(low, width):
    return low + (_below(width) if width > 0 else 0)


def randint(low, high=None, size=None, dtype=int):
    start, stop = (0, low) if high is None else (low, high)
    need(start < stop, "low >= high" if high is not None else "high <= 0")
    return draw(_integer, size, start, stop - start - 1)


def shuffle(x):
    """The items of x along its first axis, in another order, in place."""
    if not x.flags.writeable:
        raise ValueError("array is read-only")
    for i in range(len(x) - 1, 0, -1):
        j = _below(i)
        if i != j:
            _exchange(x, i, j)


def _exchange(x, i, j):
    if x.ndim == 1:
        x[i], x[j] = x[j], x[i]
    else:
        row = x[i].copy()
        x[i] = x[j]
        x[j] = row


def permutation(x):
    if np.ndim(x) == 0:
        out = np.arange(x)
        shuffle(out)
        return out
    a = np.asarray(x)
    if a.ndim == 1:
        out = a.copy()
        shuffle(out)
        return out
    order = np.arange(len(a))
    shuffle(order)
    return np.take(a, order, 0)


def choice(a, size=None, replace=True, p=None):
    """Of the items of a, or of the numbers below it."""
    n = a if np.ndim(a) == 0 else np.asarray(a).shape[0]
    need(n > 0, "a must be greater than 0 unless no samples are taken" if np.ndim(a) == 0 else "'a' cannot be empty unless no samples are taken")
    if p is not None:
        return _picked(a, _by_weight(np.asarray(p), n, size, replace))
    if replace:
        return _picked(a, draw(_integer, size, 0, n - 1))
    return _picked(a, _without_return(n, size))


def _picked(a, index):
    return index if np.ndim(a) == 0 else np.asarray(a)[index]


def _without_return(n, size):
    if size is None:
        return permutation(n)[0]
    out = np.empty(size, np.int64)
    need(out.size <= n, "Cannot take a larger sample than population when 'replace=False'")
    out[...] = permutation(n)[:out.size].reshape(out.shape)
    return out


def _by_weight(p, n, size, replace):
    need(p.size == n, "'a' and 'p' must have same size")
    need(not np.any(p < 0), "probabilities are not non-negative")
    need(abs(p.sum() - 1.0) <= 1.4901161193847656e-08, "probabilities do not sum to 1")
    if not replace:
        raise NotImplementedError("p with replace=False is not compiled")
    cdf = np.cumsum(p)
    cdf /= cdf[-1]
    return np.searchsorted(cdf, random_sample(size), side="right")


def multinomial(n, pvals, size=None):
    p = np.asarray(pvals)
    need(not np.any(p < 0), "pvals < 0, pvals > 1 or pvals contains NaNs")
    need(p[:-1].sum() <= 1.0 + 1e-12, "sum(pvals[:-1]) > 1.0")
    if size is None:
        out = np.zeros(p.size, np.int64)
        _multinomial(n, p, out)
        return out
    shape = size if isinstance(size, tuple) else (size,)
    rows = np.zeros(shape + (p.size,), np.int64)
    for i in np.ndindex(shape):
        _multinomial(n, p, rows[i])
    return rows


def _multinomial(n, p, out):
    rest, left = 1.0, n
    for k in range(p.size - 1):
        out[k] = binomial_of(left, p[k] / rest)
        left -= out[k]
        if left <= 0:
            break
        rest -= p[k]
    if left > 0:
        out[p.size - 1] = left


def dirichlet(alpha, size=None):
    a = np.asarray(alpha)
    need(not np.any(a <= 0), "alpha <= 0")
    if size is None:
        out = np.empty(a.size)
        _dirichlet(a, out)
        return out
    shape = size if isinstance(size, tuple) else (size,)
    rows = np.empty(shape + (a.size,))
    for i in np.ndindex(shape):
        _dirichlet(a, rows[i])
    return rows


def _dirichlet(alpha, out):
    total = 0.0
    for k in range(alpha.size):
        out[k] = gamma_of(float(alpha[k]))
        total += out[k]
    scale = 1 / total
    for k in range(alpha.size):
        out[k] *= scale


def binomial_of(n, p):
    if n == 0 or p == 0.0:
        return 0
    if p <= 0.5:
        return _inverted(n, p) if p * n <= 30.0 else _btpe(n, p)
    q = 1.0 - p
    return n - (_inverted(n, q) if q * n <= 30.0 else _btpe(n, q))


def _inverted(n, p):
    q = 1.0 - p
    first = math.exp(n * math.log(q))
    np_ = n * p
    bound = int(min(float(n), np_ + 10.0 * math.sqrt(np_ * q + 1)))
    k, px, u = 0, first, next_double()
    while u > px:
        k += 1
        if k > bound:
            k, px, u = 0, first, next_double()
        else:
            u -= px
            px = ((n - k + 1) * p * px) / (k * q)
    return k


def _btpe(n, p):
    r = min(p, 1.0 - p)
    q = 1.0 - r
    fm = n * r + r
    m = int(math.floor(fm))
    p1 = math.floor(2.195 * math.sqrt(n * r * q) - 4.6 * q) + 0.5
    xm = m + 0.5
    xl, xr = xm - p1, xm + p1
    c = 0.134 + 20.5 / (15.3 + m)
    a = (fm - xl) / (fm - xl * r)
    laml = a * (1.0 + a / 2.0)
    a = (xr - fm) / (xr * q)
    lamr = a * (1.0 + a / 2.0)
    p2 = p1 * (1.0 + 2.0 * c)
    p3 = p2 + c / laml
    p4 = p3 + c / lamr
    nrq = n * r * q
    while True:
        u = next_double() * p4
        v = next_double()
        if u <= p1:                         # the triangle
            return int(math.floor(xm - p1 * v + u))
        if u <= p2:                         # the parallelograms
            x = xl + (u - p1) / c
            v = v * c + 1.0 - abs(m - x + 0.5) / p1
            if v > 1.0:
                continue
            y = int(math.floor(x))
        elif v == 0.0:
            continue
        elif u <= p3:                       # the left tail
            y = int(math.floor(xl + math.log(v) / laml))
            if y < 0:
                continue
            v = v * (u - p2) * laml
        else:                               # the right one
            y = int(math.floor(xr - math.log(v) / lamr))
            if y > n:
                continue
            v = v * (u - p3) * lamr
        if _accepted(n, m, y, v, r, q, nrq, xm):
            return y


def _accepted(n, m, y, v, r, q, nrq, xm):
    k = abs(y - m)
    if k <= 20 or k >= nrq / 2.0 - 1:
        s = r / q
        a = s * (n + 1)
        f = 1.0
        for i in range(m + 1, y + 1):
            f *= a / i - s
        for i in range(y + 1, m + 1):
            f /= a / i - s
        return v <= f
    rho = (k / nrq) * ((k * (k / 3.0 + 0.625) + 0.16666666666666666) / nrq + 0.5)
    t = -k * k / (2 * nrq)
    log_v = math.log(v)
    if log_v < t - rho:
        return True
    if log_v > t + rho:
        return False
    x1, f1, z, w = y + 1.0, m + 1.0, n + 1.0 - m, n - y + 1.0
    return log_v <= (xm * math.log(f1 / x1) + (n - m + 0.5) * math.log(z / w) + (y - m) * math.log(w * r / (x1 * q))
                     + _stirling(f1) + _stirling(z) + _stirling(x1) + _stirling(w))


def _stirling(x):
    x2 = x * x
    return (13680.0 - (462.0 - (132.0 - (99.0 - 140.0 / x2) / x2) / x2) / x2) / x / 166320.0


def binomial(n, p, size=None):
    need(n >= 0, "n < 0")
    need(p >= 0, "p < 0, p > 1 or p is NaN")
    need(p <= 1, "p < 0, p > 1 or p is NaN")
    return draw(binomial_of, size, n, p)


def _negative_binomial(n, p):
    return poisson_of((1 - p) / p * gamma_of(n * 1.0))


def negative_binomial(n, p, size=None):
    need(n > 0, "n <= 0")
    need(p > 0, "p <= 0, p > 1 or p contains NaNs")
    need(p <= 1, "p <= 0, p > 1 or p contains NaNs")
    return draw(_negative_binomial, size, n, p)


def _geometric(p):
    if p < 0.333333333333333333333333:
        return int(math.ceil(math.log(1.0 - next_double()) / math.log(1.0 - p)))
    k, total, term, u = 1, p, p, next_double()
    while u > total:
        term *= 1.0 - p
        total += term
        k += 1
    return k


def geometric(p, size=None):
    need(p > 0, "p <= 0, p > 1 or p contains NaNs")
    need(p <= 1, "p <= 0, p > 1 or p contains NaNs")
    return draw(_geometric, size, p)


def _logseries(p):
    r = math.log1p(-p)
    while True:
        v = next_double()
        if v >= p:
            return 1
        q = -math.expm1(r * next_double())
        if v <= q * q:
            k = int(math.floor(1 + math.log(v) / math.log(q))) if v > 0 else 0
            if k >= 1:
                return k
        else:
            return 1 if v >= q else 2


def logseries(p, size=None):
    need(p >= 0, "p < 0, p >= 1 or p contains NaNs")
    need(p < 1, "p < 0, p >= 1 or p contains NaNs")
    return draw(_logseries, size, p)


def _zipf(a):
    am1 = a - 1.0
    b = 2.0 ** am1
    while True:
        u = 1.0 - next_double()
        v = next_double()
        x = math.floor(u ** (-1.0 / am1))
        if x > 9.223372036854775e18 or x < 1.0:
            continue
        t = (1.0 + 1.0 / x) ** am1
        if v * x * (t - 1.0) / (b - 1.0) <= t / b:
            return int(x)


def zipf(a, size=None):
    need(a > 1, "a <= 1 or a contains NaNs")
    return draw(_zipf, size, a)


def _hypergeometric(good, bad, n):
    if n > 10:
        return _hrua(good, bad, n)
    return _hyp(good, bad, n) if n > 0 else 0


def _hyp(good, bad, n):
    d1 = float(bad + good - n)
    d2 = float(min(bad, good))
    y, k = d2, n
    while y > 0.0:
        y -= float(int(math.floor(next_double() + y / (d1 + k))))
        k -= 1
        if k == 0:
            break
    z = int(d2 - y)
    return n - z if good > bad else z


def _hrua(good, bad, n):
    least, most = min(good, bad), max(good, bad)
    size = good + bad
    m = min(n, size - n)
    d4 = least / size
    d5 = 1.0 - d4
    d6 = m * d4 + 0.5
    d7 = math.sqrt(float(size - m) * n * d4 * d5 / (size - 1) + 0.5)
    d8 = 1.7155277699214135 * d7 + 0.8989161620588988
    d9 = int(math.floor(float(m + 1) * (least + 1) / (size + 2)))
    d10 = _log_ways(d9, least, m, most)
    d11 = min(min(m, least) + 1.0, math.floor(d6 + 16 * d7))
    while True:
        x = next_double()
        y = next_double()
        w = d6 + d8 * (y - 0.5) / x
        if w < 0.0 or w >= d11:
            continue
        z = int(math.floor(w))
        t = d10 - _log_ways(z, least, m, most)
        if x * (4.0 - x) - 3.0 <= t:
            break
        if x * (x - t) >= 1:
            continue
        if 2.0 * math.log(x) <= t:
            break
    if good > bad:
        z = m - z
    return good - z if m < n else z


def _log_ways(z, least, m, most):
    return (math.lgamma(z + 1.0) + math.lgamma(least - z + 1.0) + math.lgamma(m - z + 1.0) + math.lgamma(most - m + z + 1.0))


def hypergeometric(ngood, nbad, nsample, size=None):
    need(ngood >= 0, "ngood < 0")
    need(nbad >= 0, "nbad < 0")
    need(nsample >= 1, "nsample < 1")
    need(ngood + nbad >= nsample, "ngood + nbad < nsample")
    return draw(_hypergeometric, size, ngood, nbad, nsample)
