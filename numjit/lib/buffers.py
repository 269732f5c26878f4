"""Arrays as memory: the same bytes read as another dtype or the other way round."""
import numpy as np


def frombuffer(buffer, dtype=float, count=-1, offset=0):
    """The bytes of an array in C order, from offset on, as a vector of dtype: a view."""
    if not buffer.flags.c_contiguous:
        raise ValueError("ndarray is not C-contiguous")
    raw = np.ravel(buffer).view(np.uint8)
    width = np.dtype(dtype).itemsize
    if offset < 0 or offset > raw.size:
        raise ValueError("offset must be non-negative and no greater than buffer length")
    if count < 0 and (raw.size - offset) % width != 0:
        raise ValueError("buffer size must be a multiple of element size")
    n = (raw.size - offset) // width if count < 0 else count
    if n * width > raw.size - offset:
        raise ValueError("buffer is smaller than requested size")
    return raw[offset:offset + n * width].view(dtype)


def byteswap(self, inplace=False):
    """The bytes of each element the other way round."""
    rows = np.copy(self, "C").reshape(-1, 1).view(np.uint8)
    parts = 2 if np.iscomplexobj(self) else 1
    n = self.dtype.itemsize // parts
    swapped = np.ascontiguousarray(rows.reshape(rows.shape[0] * parts, n)[:, ::-1])
    result = swapped.reshape(-1, n * parts).view(self.dtype).reshape(self.shape)
    if not inplace:
        return result
    self[...] = result
    return self


def isfortran(a):
    return a.flags.fnc


def iterable(y):
    return np.ndim(y) > 0


def fromiter(iter, dtype, count=-1):
    """The values of an iterable, at most count of them, as a vector of dtype."""
    x = np.array(list(iter), dtype)
    if count < 0:
        return x
    if x.size < count:
        raise ValueError(f"iterator too short: Expected {count} but iterator had only {x.size} items.")
    return x[:count].copy()
