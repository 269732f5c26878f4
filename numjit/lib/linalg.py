"""numpy.linalg: LAPACK through NumPy's own gufuncs, in double precision as NumPy computes."""
import math

import numpy as np
from numpy.linalg import LinAlgError, _umath_linalg
from numpy.linalg._linalg import EighResult, EigResult, QRResult, SlogdetResult, SVDResult


def checked(message, ufunc, *args, out=None):
    """ufunc(*args, out=out); LinAlgError(message) where that met an invalid operation."""
    def fail(error, flag):
        raise LinAlgError(message)
    with np.errstate(call=fail, invalid="call", over="ignore", divide="ignore", under="ignore"):
        return ufunc(*args) if out is None else ufunc(*args, out=out)


def written_out(a):
    """Compiled: is a one small matrix whose extents are known? Then a few loops, unrolled, cost less than LAPACK's call alone."""
    return False


def _eliminate(a, x):
    """Upper triangular by row operations, in place; x sees them too. The largest element of a column is its pivot. The sign of
    the permutation; 0 where a pivot is 0."""
    n, sign = a.shape[0], 1.0
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[p, k]):
                p = i
        if a[p, k] == 0:
            return 0.0
        if p != k:
            sign = -sign
            for j in range(n):
                a[k, j], a[p, j] = a[p, j], a[k, j]
            for j in range(x.shape[1]):
                x[k, j], x[p, j] = x[p, j], x[k, j]
        for i in range(k + 1, n):
            m = a[i, k] / a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= m * a[k, j]
            for j in range(x.shape[1]):
                x[i, j] -= m * x[k, j]
    return sign


def _small_solve(a, x):
    """Both are overwritten, x by the solution."""
    n = a.shape[0]
    if _eliminate(a, x) == 0:
        raise LinAlgError("Singular matrix")
    for j in range(x.shape[1]):
        for i in range(n - 1, -1, -1):
            for k in range(i + 1, n):
                x[i, j] -= a[i, k] * x[k, j]
            x[i, j] /= a[i, i]
    return x


def _small_det(a):
    """a is overwritten."""
    product = _eliminate(a, a[:, :0])
    for k in range(a.shape[0]):
        product = product * a[k, k]
    return product


def _double(a):
    """a as float64 or complex128."""
    x = np.asarray(a)
    if x.dtype == np.float64 or x.dtype == np.complex128:
        return x
    if np.iscomplexobj(x):
        return x.astype(np.complex128)
    return x.astype(np.float64)


def _like(x, a):
    """x in single precision if a is."""
    dtype = np.asarray(a).dtype
    if dtype != np.float32 and dtype != np.complex64:
        return x
    if np.iscomplexobj(x):
        return np.asarray(x).astype(np.complex64)[()]
    return np.asarray(x).astype(np.float32)[()]


def _stacked(a):
    if a.ndim < 2:
        raise LinAlgError(f"{a.ndim}-dimensional array given. Array must be at least two-dimensional")


def _square(a):
    _stacked(a)
    if a.shape[-1] != a.shape[-2]:
        raise LinAlgError("Last 2 dimensions of the array must be square")


def _finite(a):
    if not np.all(np.isfinite(a)):
        raise LinAlgError("Array must not contain infs or NaNs")


def inv(a):
    """The inverse of each matrix."""
    x = _double(a)
    _square(x)
    if written_out(x):
        return _like(_small_solve(x.copy(), np.eye(x.shape[0], dtype=x.dtype)), a)
    return _like(checked("Singular matrix", _umath_linalg.inv, x), a)


def det(a):
    x = _double(a)
    _square(x)
    if written_out(x):
        return _like(_small_det(x.copy()), a)
    return _like(_umath_linalg.det(x), a)


def slogdet(a):
    x = _double(a)
    _square(x)
    sign, logdet = _umath_linalg.slogdet(x)
    return SlogdetResult(_like(sign, a), _like(logdet, a))


def _pair(a, b):
    """Both as float64, or both as complex128."""
    x, y = _double(a), _double(b)
    if np.iscomplexobj(x) or np.iscomplexobj(y):
        return x.astype(np.complex128), y.astype(np.complex128)
    return x, y


def solve(a, b):
    """x where a @ x = b."""
    x, y = _pair(a, b)
    _square(x)
    if written_out(x) and y.ndim == 1 and y.shape[0] == x.shape[0]:
        r = _small_solve(x.copy(), y.copy().reshape(x.shape[0], 1)).reshape(x.shape[0])
    elif written_out(x) and y.ndim == 2 and y.shape[0] == x.shape[0]:
        r = _small_solve(x.copy(), y.copy())
    elif y.ndim == 1:
        r = checked("Singular matrix", _umath_linalg.solve1, x, y)
    else:
        r = checked("Singular matrix", _umath_linalg.solve, x, y)
    return _like(r, np.zeros(1, np.result_type(np.asarray(a), np.asarray(b))))


def cholesky(a, /, *, upper=False):
    x = _double(a)
    _square(x)
    if upper:
        return _like(checked("Matrix is not positive definite", _umath_linalg.cholesky_up, x), a)
    return _like(checked("Matrix is not positive definite", _umath_linalg.cholesky_lo, x), a)


def eig(a):
    """Eigenvalues and eigenvectors: always complex, as the type does not depend on the values."""
    x = _double(a)
    _square(x)
    _finite(x)
    w, v = checked("Eigenvalues did not converge", _umath_linalg.eig, x)
    return EigResult(_like(w, a), _like(v, a))


def eigvals(a):
    x = _double(a)
    _square(x)
    _finite(x)
    return _like(checked("Eigenvalues did not converge", _umath_linalg.eigvals, x), a)


def eigh(a, UPLO="L"):
    x = _double(a)
    _square(x)
    if UPLO == "L" or UPLO == "l":
        w, v = checked("Eigenvalues did not converge", _umath_linalg.eigh_lo, x)
    elif UPLO == "U" or UPLO == "u":
        w, v = checked("Eigenvalues did not converge", _umath_linalg.eigh_up, x)
    else:
        raise ValueError("UPLO argument must be 'L' or 'U'")
    return EighResult(_like(w, a), _like(v, a))


def eigvalsh(a, UPLO="L"):
    x = _double(a)
    _square(x)
    if UPLO == "L" or UPLO == "l":
        w = checked("Eigenvalues did not converge", _umath_linalg.eigvalsh_lo, x)
    elif UPLO == "U" or UPLO == "u":
        w = checked("Eigenvalues did not converge", _umath_linalg.eigvalsh_up, x)
    else:
        raise ValueError("UPLO argument must be 'L' or 'U'")
    return _like(w, a)


def qr(a, mode="reduced"):
    """q and r, or r alone with mode="r"."""
    _stacked(np.asarray(a))
    x = _double(a).copy()
    m, n = x.shape[-2], x.shape[-1]
    k = min(m, n)
    tau = np.empty(x.shape[:-2] + (k,), x.dtype)
    _umath_linalg.qr_r_raw(x, out=tau)
    if mode == "r":
        return _like(np.triu(x[..., :k, :]), a)
    if mode == "complete" and m > n:
        q = _umath_linalg.qr_complete(x, tau)
        return QRResult(_like(q, a), _like(np.triu(x), a))
    if mode != "reduced" and mode != "complete":
        raise ValueError("Unrecognized mode")
    q = _umath_linalg.qr_reduced(x, tau)
    return QRResult(_like(q, a), _like(np.triu(x[..., :k, :]), a))


def _real_dtype(x):
    return x.real.dtype


def _singular_values(x):
    s = np.empty(x.shape[:-2] + (min(x.shape[-2], x.shape[-1]),), x.real.dtype)
    return checked("SVD did not converge", _umath_linalg.svd, x, out=s)


def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    x = _double(a)
    _stacked(x)
    if not compute_uv:
        return _like(_singular_values(x), a)
    m, n = x.shape[-2], x.shape[-1]
    k = min(m, n)
    s = np.empty(x.shape[:-2] + (k,), x.real.dtype)
    if full_matrices:
        u, v = np.empty(x.shape[:-2] + (m, m), x.dtype), np.empty(x.shape[:-2] + (n, n), x.dtype)
        checked("SVD did not converge", _umath_linalg.svd_f, x, out=(u, s, v))
    else:
        u, v = np.empty(x.shape[:-2] + (m, k), x.dtype), np.empty(x.shape[:-2] + (k, n), x.dtype)
        checked("SVD did not converge", _umath_linalg.svd_s, x, out=(u, s, v))
    return SVDResult(_like(u, a), _like(s, a), _like(v, a))


def svdvals(x, /):
    return svd(x, compute_uv=False)


def lstsq(a, b, rcond=None):
    """The least-squares solution, the residuals (empty unless a has full rank and more rows than columns), rank, singular values."""
    x, y = _pair(a, b)
    if x.shape[0] != y.shape[0]:
        raise LinAlgError("Incompatible dimensions")
    m, n = x.shape
    columns = y if y.ndim == 2 else np.expand_dims(y, 1)
    solution = np.empty((n, columns.shape[1]), x.dtype)
    residuals = np.empty(columns.shape[1], x.real.dtype)
    rank, s = np.empty((), np.int32), np.empty(min(m, n), x.real.dtype)
    limit = np.finfo(np.float64).eps * max(m, n) if rcond is None else rcond
    if columns.shape[1] == 0:           # LAPACK has no solution of no columns
        checked("SVD did not converge in Linear Least Squares", _umath_linalg.lstsq, x, np.zeros((m, 1), x.dtype), limit,
                out=(np.empty((n, 1), x.dtype), np.empty(1, x.real.dtype), rank, s))
    else:
        checked("SVD did not converge in Linear Least Squares", _umath_linalg.lstsq, x, columns, limit, out=(solution, residuals, rank, s))
    if m == 0:
        solution[...] = 0
    found = rank[()]
    residuals = residuals[:0 if found != n or m <= n else residuals.size]
    if y.ndim == 1:
        return _like(solution[:, 0].copy(), a), _like(residuals, a), found, _like(s, a)
    return _like(solution, a), _like(residuals, a), found, _like(s, a)


def pinv(a, rcond=None, hermitian=False):
    """The generalized inverse; singular values up to rcond times the largest one count as zero."""
    x = _double(a)
    u, s, v = svd(np.conj(x), False)
    limit = 1e-15 if rcond is None else rcond
    keep = s > limit * np.max(s, -1, keepdims=True, initial=0)
    s = np.where(keep, 1 / np.where(keep, s, 1.0), 0.0)
    return _like(np.matmul(np.swapaxes(v, -1, -2), np.expand_dims(s, -1) * np.swapaxes(u, -1, -2)), a)


def matrix_power(a, n):
    """a times itself, n times; of the inverse for n < 0."""
    x = np.asarray(a)
    _square(x)
    if n == 0:
        out = np.empty(x.shape, x.dtype)
        out[...] = np.eye(x.shape[-1], dtype=x.dtype)
        return out
    if x.dtype.kind != "f" and x.dtype.kind != "c":
        if n < 0:
            raise TypeError("a matrix of integers has a power below 0 only as floats: use a.astype(np.float64)")
        return _power(x, n)
    return _power(x.copy() if n > 0 else inv(x), abs(n))


def _power(x, n):
    result = x
    first = True
    while n > 0:
        if n % 2 == 1:
            result = x if first else np.matmul(result, x)
            first = False
        n //= 2
        if n > 0:
            x = np.matmul(x, x)
    return result


def matrix_rank(A, tol=None, hermitian=False, *, rtol=None):
    """How many singular values are above the tolerance."""
    x = np.asarray(A)
    if x.ndim < 2:
        return int(not np.all(x == 0))
    s = svd(x, compute_uv=False)
    if tol is not None:
        return np.sum(s > tol, axis=-1)
    factor = max(x.shape[-2], x.shape[-1]) * np.finfo(s.dtype).eps if rtol is None else rtol
    return np.sum(s > np.max(s, axis=-1, keepdims=True, initial=0) * factor, axis=-1)


def _inexact(x):
    y = np.asarray(x)
    if y.dtype.kind == "f" or y.dtype.kind == "c":
        return y
    return y.astype(np.float64)


def _length(x):
    """The square root of the sum of squares of all elements, in any order: computed where they are read, if they are."""
    if x.ndim == 1 and not np.iscomplexobj(x):
        return np.sqrt(np.einsum("i,i->", x, x))
    if x.ndim == 2 and not np.iscomplexobj(x):
        return np.sqrt(np.einsum("ij,ij->", x, x))
    v = np.ravel(x)
    if np.iscomplexobj(v):
        return np.sqrt(np.dot(v.real, v.real) + np.dot(v.imag, v.imag))
    return np.sqrt(np.dot(v, v))


def norm(x, ord=None, axis=None, keepdims=False):
    """The norm of a vector or a matrix; along one axis, of vectors, along two, of matrices."""
    a = _inexact(x)
    if axis is None:
        if ord is None or isinstance(ord, str) and ord == "fro" and a.ndim == 2:
            r = _length(a)
            return np.reshape(r, (1,) * a.ndim) if keepdims else r
        if a.ndim == 1:
            return _vector_norm(a, ord, 0, keepdims)
        if a.ndim != 2:
            raise ValueError("Improper number of dimensions to norm.")
        return _matrix_norm(a, ord, keepdims)
    if isinstance(axis, tuple) and len(axis) == 1:
        return _vector_norm(a, ord, axis[0], keepdims)
    if isinstance(axis, tuple):
        r = _matrix_norm(np.moveaxis(a, axis, (-2, -1)), ord, False)
        return np.expand_dims(r, axis) if keepdims else r
    return _vector_norm(a, ord, axis, keepdims)


def _vector_norm(a, ord, axis, keepdims):
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    if ord is None:
        return np.sqrt(np.sum((np.conj(a) * a).real, axis=axis, keepdims=keepdims))
    if ord == np.inf:
        return np.max(np.abs(a), axis=axis, keepdims=keepdims, initial=0)
    if ord == -np.inf:
        return np.min(np.abs(a), axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum((a != 0).astype(a.real.dtype), axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(np.abs(a), axis=axis, keepdims=keepdims)
    if ord == 2:
        return np.sqrt(np.sum((np.conj(a) * a).real, axis=axis, keepdims=keepdims))
    return np.power(np.sum(np.abs(a) ** ord, axis=axis, keepdims=keepdims), 1.0 / ord)


def _matrix_norm(x, ord, keepdims):
    """Of the last two axes."""
    if keepdims:
        return np.asarray(_matrix_norm(x, ord, False)).reshape(x.shape[:-2] + (1, 1))
    if isinstance(ord, str):
        return _named_norm(x, ord)
    return _ordered_norm(x, ord)


def _named_norm(x, ord):
    if ord == "fro" or ord == "f":
        return np.sqrt(np.sum((np.conj(x) * x).real, axis=(-2, -1)))
    if ord == "nuc":
        return np.sum(svd(x, compute_uv=False), axis=-1)
    raise ValueError("Invalid norm order for matrices.")


def _ordered_norm(x, ord):
    if ord is None:
        return _named_norm(x, "fro")
    if ord == 2:
        return np.max(svd(x, compute_uv=False), axis=-1, initial=0)
    if ord == -2:
        return np.min(svd(x, compute_uv=False), axis=-1)
    if ord == 1:
        return np.max(np.sum(np.abs(x), axis=-2), axis=-1, initial=0)
    if ord == -1:
        return np.min(np.sum(np.abs(x), axis=-2), axis=-1)
    if ord == np.inf:
        return np.max(np.sum(np.abs(x), axis=-1), axis=-1, initial=0)
    if ord == -np.inf:
        return np.min(np.sum(np.abs(x), axis=-1), axis=-1)
    raise ValueError("Invalid norm order for matrices.")


def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return _matrix_norm(_inexact(x), ord, keepdims)


def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    if axis is None:
        return norm(np.ravel(x), ord)
    return norm(x, ord, axis, keepdims)


def cond(x, p=None):
    """The condition number: the norm times that of the inverse."""
    a = _inexact(x)
    if a.size == 0:
        raise LinAlgError("cond is not defined on empty arrays")
    if p is None:
        s = svd(a, compute_uv=False)
        return s[..., 0] / s[..., -1]
    if not isinstance(p, str):
        if p == 2:
            s = svd(a, compute_uv=False)
            return s[..., 0] / s[..., -1]
        if p == -2:
            s = svd(a, compute_uv=False)
            return s[..., -1] / s[..., 0]
    return _matrix_norm(a, p, False) * _matrix_norm(inv(a), p, False)


def multi_dot(arrays, *, out=None):
    """The product of all of them, of three in the cheaper order."""
    if len(arrays) == 2:
        return np.dot(arrays[0], arrays[1])
    if len(arrays) == 3:
        a, b, c = arrays
        rows = a.shape[0] if a.ndim > 1 else 1
        columns = c.shape[1] if c.ndim > 1 else 1
        if rows * b.shape[1] * (b.shape[0] + columns) < columns * b.shape[0] * (b.shape[1] + rows):
            return np.dot(np.dot(a, b), c)
        return np.dot(a, np.dot(b, c))
    return np.dot(arrays[0], multi_dot(arrays[1:]))


def tensorinv(a, ind=2):
    n = math.prod(a.shape[ind:])
    return inv(a.reshape(n, -1)).reshape(a.shape[ind:] + a.shape[:ind])


def tensorsolve(a, b, axes=None):
    shape = a.shape[b.ndim:]
    n = math.prod(shape)
    return solve(a.reshape(n, n), np.ravel(b)).reshape(shape)


def outer(x1, x2, /):
    return np.outer(x1, x2)


def matmul(x1, x2, /):
    return np.matmul(x1, x2)


def trace(x, /, *, offset=0, dtype=None):
    return np.trace(x, offset, -2, -1)


def diagonal(x, /, *, offset=0):
    return np.diagonal(x, offset, -2, -1)


def cross(x1, x2, /, *, axis=-1):
    return np.cross(x1, x2, axis=axis)
