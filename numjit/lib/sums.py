"""math.fsum: a sum that is rounded once."""
import math

import numpy as np


def fsum(seq):
    """Shewchuk's: partials, which do not overlap and grow, add up to the exact sum so far."""
    partial, n, special = np.empty(64), 0, 0.0
    for value in seq:
        x, kept = float(value), 0
        if not math.isfinite(x):
            special += x
            continue
        for k in range(n):
            y = partial[k]
            if abs(x) < abs(y):
                x, y = y, x
            high = x + y
            low = y - (high - x)
            if low != 0.0:
                partial[kept] = low
                kept += 1
            x = high
        partial[kept] = x
        n = kept + 1
    if special != 0.0:
        return special
    return _rounded(partial, n)


def _rounded(partial, n):
    """Their sum, the greatest first; what is half way looks at the next one."""
    if n == 0:
        return 0.0
    n -= 1
    high, low = partial[n], 0.0
    while n > 0 and low == 0.0:
        n -= 1
        x, y = high, partial[n]
        high = x + y
        low = y - (high - x)
    if n > 0 and ((low < 0.0 and partial[n - 1] < 0.0) or (low > 0.0 and partial[n - 1] > 0.0)):
        y = low * 2.0
        x = high + y
        if y == x - high:
            high = x
    return high
