"""Products of arrays that are not a matrix product: those are in src/np/linalg.c."""
import numpy as np


def outer(a, b, out=None):
    """Every product of an element of a with one of b, both flattened: shape (a.size, b.size)."""
    if out is None:
        return np.ravel(a).reshape(-1, 1) * np.ravel(b)
    out[...] = np.ravel(a).reshape(-1, 1) * np.ravel(b)
    return out


def kron(a, b):
    """The Kronecker product of vectors and matrices."""
    if a.ndim == 1 and b.ndim == 1:
        return (a.reshape(-1, 1) * b).reshape(-1)
    if a.ndim == 1:
        return kron(a.reshape(1, -1), b)
    if b.ndim == 1:
        return kron(a, b.reshape(1, -1))
    m, n = a.shape
    p, q = b.shape
    return (a.reshape(m, 1, n, 1) * b.reshape(1, p, 1, q)).reshape(m * p, n * q)


def cross(a, b):
    """The vector product of vectors of three components, along the last axis."""
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError("incompatible dimensions for cross product\n(dimension must be 2 or 3)")
    c0 = a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1]
    c1 = a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]
    c2 = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    out = np.empty(np.shape(c0) + (3,), (a * b).dtype)
    out[..., 0] = c0
    out[..., 1] = c1
    out[..., 2] = c2
    return out
