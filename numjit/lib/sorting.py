"""Sorted arrays, the places of their elements, and what stands at a place. Rows are sorted by NumPy's own sorts."""
import numpy as np


def sort_rows(a, places=None, stable=False):
    """Sorts each row of the matrix a in place, or else its places (compiled: src/np/sort.c)."""
    if places is None:
        a.sort()
    else:
        places[...] = a.argsort(kind="stable" if stable else "quicksort")


def _sort_each(rows):
    """Sorts each row of the matrix in place; long ones of bytes are counted."""
    if rows.dtype.itemsize == 1 and rows.shape[1] > 200:
        for k in range(rows.shape[0]):
            _sort_bytes(rows[k])
    else:
        sort_rows(rows)


def _sort_bytes(row):
    low = -128 if row.dtype == np.int8 else 0
    count = np.zeros(256, np.int64)
    for x in row:
        count[int(x) - low] += 1
    k = 0
    for i in range(256):
        row[k:k + count[i]] = i + low
        k += count[i]


def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    """A sorted copy of a: along axis, or flat where it is None. NaN goes last."""
    del kind, stable
    if axis is None:
        return sort(np.ravel(a), -1)
    x = np.array(np.moveaxis(np.asarray(a), axis, -1), order="C")
    n = x.shape[-1]
    _sort_each(x.reshape(x.size // max(n, 1), n))
    return np.moveaxis(x, -1, axis)


def argsort(a, axis=-1, kind=None, order=None, *, stable=None):
    """The places of the elements in sorted order."""
    if axis is None:
        return argsort(np.ravel(a), -1, kind, order, stable=stable)
    x = np.ascontiguousarray(np.moveaxis(np.atleast_1d(a), axis, -1))
    n = x.shape[-1]
    places = np.empty(x.shape, np.int64)
    places[...] = np.arange(n)
    shape = (x.size // max(n, 1), n)
    if kind == "stable" or kind == "mergesort" or stable:
        sort_rows(x.reshape(shape), places.reshape(shape), True)
    else:
        sort_rows(x.reshape(shape), places.reshape(shape))
    return np.moveaxis(places, -1, axis)


def lexsort(keys, axis=-1):
    """The places in the order of the last key, then of the one before it, and so on."""
    if np.ndim(keys[0]) == 0:
        return np.intp(0)
    if np.ndim(keys[0]) > 1:
        return _lexsort_along(keys, axis)
    order = np.arange(len(keys[0]))
    for key in keys:
        order = order[argsort(np.asarray(key)[order], kind="stable")]
    return order


def _lexsort_along(keys, axis):
    order = argsort(np.zeros(np.shape(keys[0]), np.int8), axis, kind="stable")
    for key in keys:
        places = argsort(np.take_along_axis(np.asarray(key), order, axis), axis, kind="stable")
        order = np.take_along_axis(order, places, axis)
    return order


def sort_complex(a):
    x = sort(np.asarray(a))
    if x.dtype.kind == "c":
        return x
    return x.astype(np.complex64 if x.dtype.kind in "iu" and x.dtype.itemsize <= 2 else np.complex128)


def _pivot(v, low, high, k):
    """A value of v[low:high] near its k-th, on the far side of it as seen from the nearer end, so that little is left."""
    step = max((high - low) // 64, 1)
    some = v[low:high:step].copy()
    some.sort()
    n = some.size
    near = (k - low) * n // (high - low)
    return some[min(near + 3, n - 1) if 2 * near < n else max(near - 3, 0)]


def _gather(v, places, low, high, pivot, equal):
    """Moves what is below the pivot (equal: not above it) to the front of v[low:high], without a branch; where the rest begins."""
    rest = low
    for k in range(low, high):
        x = v[k]
        v[k] = v[rest]
        v[rest] = x
        if places is not None:
            at = places[k]
            places[k] = places[rest]
            places[rest] = at
        rest += (x <= pivot if equal else x < pivot)
    return rest


def _insertion(v, places, low, high):
    for k in range(low + 1, high):
        x = v[k]
        at = 0 if places is None else places[k]
        i = k
        while i > low and x < v[i - 1]:
            v[i] = v[i - 1]
            if places is not None:
                places[i] = places[i - 1]
            i -= 1
        v[i] = x
        if places is not None:
            places[i] = at


def _select(v, places, low, k):
    """The k-th of v[low:] to its place, nothing above it before, nothing below it behind. NaN goes last."""
    high = v.size
    if v.dtype.kind == "f" and np.isnan(v[low:]).any():
        high = _gather(v, places, low, high, v.dtype.type(np.inf), True)
    if k >= high:
        return
    while high - low > 24:
        pivot = _pivot(v, low, high, k)
        first = _gather(v, places, low, high, pivot, False)
        if k < first:
            high = first
            continue
        low = _gather(v, places, first, high, pivot, True)
        if k < low:
            return
    _insertion(v, places, low, high)


def _partition_rows(rows, places, kth):
    """Each row of the matrix, and of that of places, if there is one."""
    n = rows.shape[1]
    if np.ndim(kth) == 0:
        for r in range(rows.shape[0]):
            _select(rows[r], None if places is None else places[r], 0, kth + n if kth < 0 else kth)
        return
    order = np.sort(np.where(np.asarray(kth) < 0, np.asarray(kth) + n, np.asarray(kth)))
    for r in range(rows.shape[0]):
        low = 0
        for k in order:
            _select(rows[r], None if places is None else places[r], low, k)
            low = k + 1


def _check_kth(kth, n):
    if kth < -n or kth >= n:
        raise ValueError(f"kth(={kth}) out of bounds ({n})")


def _check_all_kth(kth, x, n):
    """n: the extent of x along the axis. Where there is no element, NumPy does not look."""
    if x.size == 0:
        return
    if np.ndim(kth) == 0:
        _check_kth(kth, n)
    else:
        for k in kth:
            _check_kth(k, n)


def partition(a, kth, axis=-1, kind="introselect", order=None):
    """A copy of a with the kth element along axis where it belongs."""
    del kind
    return _partition(a, kth, axis, False)


def argpartition(a, kth, axis=-1, kind="introselect", order=None):
    """The places of the elements as partition() orders them."""
    del kind
    return _partition(a, kth, axis, True)


def _partition(a, kth, axis, places):
    if axis is None:
        return _partition(np.ravel(a), kth, -1, places)
    if np.iscomplexobj(a):
        out = argsort(a, axis) if places else sort(a, axis)
        _check_all_kth(kth, out, out.shape[axis])
        return out
    x = np.array(np.moveaxis(np.atleast_1d(a) if places else np.asarray(a), axis, -1), order="C")
    n = x.shape[-1]
    _check_all_kth(kth, x, n)
    shape = (x.size // max(n, 1), n)
    if not places:
        _partition_rows(x.reshape(shape), None, kth)
        return np.moveaxis(x, -1, axis)
    at = np.empty(x.shape, np.int64)
    at[...] = np.arange(n)
    _partition_rows(x.reshape(shape), at.reshape(shape), kth)
    return np.moveaxis(at, -1, axis)


def _before(x, y):
    """Is x before y in sorted order? Not for NaN, but as a part of complex numbers: those without go first."""
    if not np.iscomplexobj(x) and not np.iscomplexobj(y):
        return x < y
    if x.real < y.real:
        return x.imag == x.imag or y.imag != y.imag
    if x.real > y.real:
        return y.imag != y.imag and x.imag == x.imag
    if x.real == y.real or (x.real != x.real and y.real != y.real):
        return x.imag < y.imag or (y.imag != y.imag and x.imag == x.imag)
    return y.real != y.real


def _not_behind(x, y):
    if not np.iscomplexobj(x) and not np.iscomplexobj(y):
        return x <= y
    return not _before(y, x)


def _is_nan(a, x):
    """Is x a NaN that goes behind all numbers of a?"""
    return x != x and not np.iscomplexobj(a) and not np.iscomplexobj(x)


def _first_place(a, x):
    """How many elements of the sorted a are before x. Looks where NumPy looks, so that an a out of order gives the same."""
    low, high = 0, a.size
    if _is_nan(a, x):
        while low < high:
            middle = low + ((high - low) >> 1)
            before = a[middle] == a[middle]
            high = high if before else middle
            low = middle + 1 if before else low
        return low
    while low < high:
        middle = low + ((high - low) >> 1)
        before = _before(a[middle], x)
        high = high if before else middle
        low = middle + 1 if before else low
    return low


def _last_place(a, x):
    """How many elements of the sorted a are not after x. NaN is after everything."""
    low, high = 0, a.size
    if _is_nan(a, x):
        return high
    while low < high:
        middle = low + ((high - low) >> 1)
        before = _not_behind(a[middle], x)
        high = high if before else middle
        low = middle + 1 if before else low
    return low


def _place(a, x, side):
    if side == "left":
        return np.intp(_first_place(a, x))
    if side == "right":
        return np.intp(_last_place(a, x))
    raise ValueError("search side must be 'left' or 'right' (got '" + side + "')")


def searchsorted(a, v, side="left", sorter=None):
    """Where each element of v goes in the sorted a, before (left) or behind (right) those equal to it."""
    values = np.asarray(a) if sorter is None else np.asarray(a)[sorter]
    if values.ndim != 1:
        raise ValueError("object too deep for desired array")
    if np.ndim(v) == 0:
        return _place(values, v[()] if isinstance(v, np.ndarray) else v, side)
    x = np.asarray(v)
    flat = x.ravel()
    out = np.empty(flat.size, np.intp)
    for k in range(flat.size):
        out[k] = _place(values, flat[k], side)
    return out.reshape(x.shape)


def digitize(x, bins, right=False):
    """The bin of each x; bins: edges that go up or down."""
    edges = np.asarray(bins)
    if np.iscomplexobj(x):
        raise TypeError("x may not be complex")
    if np.all(edges[:-1] <= edges[1:]):
        if right:
            return searchsorted(edges, x, "left")
        return searchsorted(edges, x, "right")
    if np.any(edges[:-1] < edges[1:]):
        raise ValueError("bins must be monotonically increasing or decreasing")
    if right:
        return edges.size - searchsorted(edges[::-1], x, "left")
    return edges.size - searchsorted(edges[::-1], x, "right")
