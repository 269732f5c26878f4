"""Windows: weights for M samples, float64, shape (M,); M may be a float. None for M < 1, one weight of 1 for M = 1."""
import numpy as np


def _places(M):
    """The places from -1 to 1 in steps of 2 / (M - 1), each multiplied by M - 1."""
    return np.arange(1.0 - M, M, 2.0)


def bartlett(M):
    """A triangle, 0 at both ends."""
    if M <= 1:
        return np.ones(int(M == 1))
    n = _places(M)
    return np.where(n <= 0, 1 + n / (M - 1), 1 - n / (M - 1))


def hanning(M):
    """One turn of a cosine, 0 at both ends."""
    return np.ones(int(M == 1)) if M <= 1 else 0.5 + 0.5 * np.cos(np.pi * _places(M) / (M - 1))


def hamming(M):
    """One turn of a cosine, 0.08 at both ends."""
    return np.ones(int(M == 1)) if M <= 1 else 0.54 + 0.46 * np.cos(np.pi * _places(M) / (M - 1))


def blackman(M):
    """One turn of a cosine and two of a smaller one, 0 at both ends."""
    if M <= 1:
        return np.ones(int(M == 1))
    n = _places(M)
    return 0.42 + 0.5 * np.cos(np.pi * n / (M - 1)) + 0.08 * np.cos(2.0 * np.pi * n / (M - 1))


def kaiser(M, beta):
    """The Bessel function i0 over a half circle of radius beta, 1 in the middle."""
    if M == 1:
        return np.ones(1)
    middle = (M - 1) / 2.0
    height = np.sqrt(1 - ((np.arange(0.0, M) - middle) / middle) ** 2.0)
    return np.i0(beta * height) / np.i0(float(beta))
