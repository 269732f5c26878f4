"""Call forms of every function, method and attribute of NumPy that has a row in src/np: what tests/numpy_sweep.py calls, on operands that it draws.

row(names, forms, ...): `@` in a form is the last part of the name. A name is of the module numpy, `.name` of arrays, `scalar.name` of numbers,
`=name` an assignment to an array's attribute; `ufunc.`, `flags.` and `flat.` as in the tables. Forms stand apart by ` ; `. Operands:

    a b c   arrays: a of the dtypes `dt` and `ranks` of the row, b and c such that they broadcast with it, of another dtype at times
    m       bools of a's shape          out    what the form gives without it, to be written to
    v w     one axis, a's dtype         i      one axis: indices of a's first axis, some from the end, seldom one too far
    s       one axis, sorted            j      indices of a's last axis, of a's shape
    h       one axis, small and whole   x y    numbers of NumPy's, of a's dtype       p    the same as a number of Python
    M P     square, positive definite   B      rows for M                               n q  an int of 0 to 3, a float of 0 to 1

How close: the same bits, unless `ulps` (units in the last place of each element) or `near` (of the largest element) say otherwise.
`plain`: no nan, inf or extremes among the elements, as sums of these in another order, or the algorithm, may give something else.
"""
from collections import namedtuple

Row = namedtuple("Row", "names forms dt ranks ulps near plain shapes")
ROWS = []
EVERY, NUMBERS, REAL, INTS, BITS, FLOATS, INEXACT = "?bBiIlLfdFD", "bBiIlLfdFD", "?bBiIlLfd", "bBiIlL", "?bBiIlL", "fd", "fdFD"


def row(names, forms, dt=EVERY, ranks="0123", ulps=0, near=0, plain=False, shapes=True):
    ROWS.append(Row(names.split(), [form.strip() for form in forms.split(" ; ")], dt, ranks, ulps, near, plain, shapes))


# Ufuncs
UNARY = "np.@(a) ; np.@(x) ; np.@(a, out=out) ; np.@(a, out=out, where=m) ; np.@(a[::-1])"
BINARY = "np.@(a, b) ; np.@(a, x) ; np.@(p, a) ; np.@(x, y) ; np.@(a, b, out=out) ; np.@(a, b, out=out, where=m) ; np.@(a, a)"
row("negative positive sign absolute abs conj conjugate rint isnan isinf isfinite logical_not", UNARY, ulps=1)
row("square", UNARY, REAL)
row("square", UNARY, "FD", near=2, plain=True)
row("floor ceil trunc signbit spacing fabs", UNARY, REAL)
row("sqrt", UNARY, ulps=4)
row("reciprocal", UNARY, ulps=4)
row("invert bitwise_not bitwise_invert", UNARY, BITS)
row("cbrt deg2rad radians rad2deg degrees", UNARY, REAL, ulps=4)
row("exp exp2 expm1 log log2 log10 log1p sin cos tan sinh cosh tanh arcsin asin arccos acos arctan atan arcsinh asinh arccosh acosh "
    "arctanh atanh", UNARY, REAL, ulps=5)
row("exp expm1 log log2 log10 log1p sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh arccosh arctanh", "np.@(a)", "FD", near=16, plain=True)
row("add", BINARY)
row("multiply", BINARY, REAL)
row("multiply", BINARY, "FD", near=2, plain=True)
row("subtract", BINARY, NUMBERS)
row("divide true_divide", BINARY, REAL)
row("divide true_divide", BINARY, "FD", near=4, plain=True)
row("floor_divide remainder mod fmod maximum minimum", BINARY, REAL)
row("fmax fmin", BINARY, REAL, ulps=1)             # the sign of a zero is now the one, now the other
row("maximum minimum fmax fmin", "np.@(a, b)", "FD", ulps=1)
row("less less_equal equal not_equal greater greater_equal logical_and logical_or logical_xor", BINARY)
row("power pow float_power", "np.@(a, b) ; np.@(a, p) ; np.@(x, y) ; np.@(a, 2) ; np.@(a, b, out=out)", REAL, ulps=5)
row("power float_power", "np.@(a, b) ; np.@(a, 2)", "FD", near=64, plain=True)
row("bitwise_and bitwise_or bitwise_xor", BINARY, BITS)
row("left_shift right_shift bitwise_left_shift bitwise_right_shift", "np.@(a, b) ; np.@(a, n) ; np.@(x, y) ; np.@(a, b, out=out)", BITS)
row("gcd lcm", BINARY, INTS)
row("copysign nextafter heaviside", BINARY, REAL)
row("arctan2 atan2 hypot logaddexp logaddexp2", BINARY, REAL, ulps=5)
row("ldexp", "np.@(a, n) ; np.@(x, n) ; np.@(a, h[:1]) ; np.@(a, n, out=out)", FLOATS)
row("divmod", "np.@(a, b) ; np.@(a, x) ; np.@(x, y)", REAL)
row("modf frexp", "np.@(a) ; np.@(x)", FLOATS)
row("bitwise_count", "np.@(a) ; np.@(x)", INTS)
row("matvec", "np.@(a, v)", NUMBERS, "2", near=8, plain=True)
row("vecmat", "np.@(v, a)", NUMBERS, "2", near=8, plain=True)
row("ufunc.reduce", "np.add.@(a) ; np.add.@(a, axis=None) ; np.multiply.@(a, axis=-1, keepdims=True) ; np.maximum.@(a) ; np.logical_or.@(a) ; "
    "np.add.@(a, axis=0, out=out) ; np.minimum.@(a, initial=1)", near=8, plain=True, ranks="123")
row("ufunc.accumulate", "np.add.@(a) ; np.multiply.@(a, axis=-1) ; np.maximum.@(a, axis=0)", near=8, plain=True, ranks="123")
row("ufunc.outer", "np.add.@(a, b) ; np.multiply.@(v, w) ; np.less.@(v, x)", near=2, plain=True)
row("ufunc.reduceat", "np.add.@(v, np.array([0, 1, 0])) ; np.maximum.@(a, np.array([0]), axis=-1)", near=8, plain=True, ranks="123")
row("ufunc.at", "np.add.@(v, i, 1) ; np.maximum.@(v, i, x)", ranks="1", ulps=1)

# Reductions and scans
AXES = "np.@(a) ; np.@(a, axis=0) ; np.@(a, -1) ; np.@(a, axis=None, keepdims=True) ; np.@(a, axis=0, keepdims=True) ; a.@() ; a.@(axis=0)"
MANY = " ; np.@(a, axis=(0, -1)) ; np.@(a, axis=1, out=out)"
WHERE = " ; np.@(a, where=m) ; np.@(a, axis=0, where=m)"
row("sum .sum", "np.@(a) ; a.@()")
row("sum prod .sum .prod", AXES + MANY + WHERE + " ; np.@(a, dtype=np.float64) ; np.@(a, axis=0, dtype=np.int64) ; np.@(a, initial=3) ; "
    "np.@(a, axis=-1, initial=2, where=m)", near=8, plain=True)
row("mean .mean", AXES + MANY + WHERE + " ; np.@(a, axis=0, dtype=np.float32)", near=8, plain=True)
row("var std .var .std", AXES + MANY + WHERE + " ; np.@(a, ddof=1) ; np.@(a, axis=0, ddof=1, dtype=np.float64)", near=32, plain=True)
row("min max .min .max", AXES + MANY + " ; np.@(a, initial=5, where=m) ; np.@(a, axis=0, initial=5)", ulps=1)
row("amin amax nanmin nanmax", "np.@(a) ; np.@(a, axis=0) ; np.@(a, -1, keepdims=True)", ulps=1)
row("any all .any .all", AXES + MANY + WHERE)
row("argmin argmax .argmin .argmax", AXES + " ; np.@(a, axis=1, out=out)")
row("ptp", "np.@(a) ; np.@(a, axis=0) ; np.@(a, axis=-1, keepdims=True)", NUMBERS)
row("count_nonzero", "np.@(a) ; np.@(a, axis=0) ; np.@(a, axis=-1, keepdims=True) ; np.@(a, axis=(0, -1))")
SCANS = "np.@(a) ; np.@(a, axis=0) ; np.@(a, axis=-1) ; np.@(a, axis=0, out=out) ; np.@(a, dtype=np.float64)"
row("cumsum cumprod", SCANS, near=8, plain=True)
row(".cumsum .cumprod", "a.@() ; a.@(axis=0) ; a.@(-1)", near=8, plain=True)
row("cumulative_sum cumulative_prod", "np.@(v) ; np.@(a, axis=0) ; np.@(a, axis=-1, include_initial=True)", near=8, plain=True)
row("nansum nanprod nanmean", "np.@(a) ; np.@(a, axis=0) ; np.@(a, axis=-1, keepdims=True)", near=8, plain=True)
row("nancumsum nancumprod", "np.@(a) ; np.@(a, axis=0)", near=8, plain=True)
row("nanargmin nanargmax", "np.@(a) ; np.@(a, axis=0) ; np.@(a, axis=-1)")
row("nanvar nanstd", "np.@(a) ; np.@(a, axis=0) ; np.@(a, ddof=1)", near=32, plain=True)
row("median nanmedian", "np.@(a) ; np.@(a, axis=0) ; np.@(a, axis=-1, keepdims=True)", REAL, ulps=2, plain=True)
row("quantile", "np.@(a, np.array([0.0, 0.3, 1.0]), axis=-1) ; np.@(a, np.array([0.0, 0.3, 1.0]))", "bBiIlLfd", near=4, plain=True)
row("quantile nanquantile", "np.@(a, q) ; np.@(a, 0.5, axis=0) ",
    "bBiIlLfd", near=4, plain=True)
row("quantile", "np.@(a, q, method='nearest') ; np.@(a, q, 0, method='lower', keepdims=True)", "bBiIlLfd", near=4, plain=True)
row("nanquantile", "np.@(a, q, method='nearest') ; np.@(a, q, 0, method='lower', keepdims=True)", "fd", near=4, plain=True)
row("percentile nanpercentile", "np.@(a, 100 * q) ; np.@(a, 25, axis=0)", "bBiIlLfd", near=4, plain=True)
row("average", "np.@(a) ; np.@(a, axis=0) ; np.@(v, weights=v * v + 1) ; np.@(a, axis=-1, keepdims=True)", near=16, plain=True)

# Shape
row("reshape .reshape", "np.@(a, -1) ; np.@(a, (-1, 1)) ; a.@(1, -1) ; a.@((a.size,)) ; np.@(a, -1, order='F') ; a.@(3, -1)")
row("ravel .ravel", "np.@(a) ; a.@() ; np.@(a, 'F') ; a.@(order='A')")
row(".flatten", "a.@() ; a.@('F')")
row("transpose permute_dims .transpose", "np.@(a) ; a.@() ; np.@(a, (1, 0))")
row(".transpose", "a.@(1, 0) ; a.@((-1, 0))", ranks="2")
row(".T", "a.@")
row(".mT", "a.@", ranks="23")
row("matrix_transpose", "np.@(a)", ranks="23")
row("swapaxes .swapaxes", "np.@(a, 0, -1) ; a.@(0, 1) ; a.@(-1, 0)", ranks="123")
row("moveaxis", "np.@(a, 0, -1) ; np.@(a, (0, 1), (-1, 0))")
row("rollaxis", "np.@(a, -1) ; np.@(a, 0, 1)")
row("expand_dims", "np.@(a, 0) ; np.@(a, -1) ; np.@(a, (0, 2))")
row("atleast_1d atleast_2d atleast_3d", "np.@(a) ; np.@(a, b) ; np.@(p)")
row("flip", "np.@(a) ; np.@(a, 0) ; np.@(a, axis=(0, -1))", ranks="123")
row("flipud fliplr", "np.@(a)", ranks="23")
row("rot90", "np.@(a) ; np.@(a, 2) ; np.@(a, k=3, axes=(0, -1)) ; np.@(a, n)", ranks="23")
row("diagonal .diagonal", "np.@(a) ; np.@(a, 1) ; a.@(-1) ; np.@(a, 0, -1, 0)", ranks="23")
row("broadcast_to", "np.@(a, a.shape) ; np.@(a, (2,) + a.shape) ; np.@(x, (2, 3)) ; np.@(a, (4, 3))")
row("broadcast_arrays", "np.@(a, b) ; np.@(a, b, c)")
row("broadcast_shapes", "np.@(a.shape, b.shape) ; np.@(a.shape, (4, 1))")
row("lib.stride_tricks.as_strided", "np.lib.stride_tricks.as_strided(v, (2, v.size), (0, v.strides[0]))")
row("lib.stride_tricks.sliding_window_view", "np.lib.stride_tricks.sliding_window_view(v, 2) ; np.lib.stride_tricks.sliding_window_view(a, 2, axis=0)")
row("concatenate concat", "np.@((a, b)) ; np.@((a, b), axis=-1) ; np.@((a, b, a), axis=None) ; np.@((a, a), 0, out=out) ; "
    "np.@((a, b), dtype=np.float64)")
row("stack", "np.@((a, b)) ; np.@((a, a), axis=-1) ; np.@([a, a, b], axis=1)")
row("hstack vstack dstack column_stack", "np.@((a, b)) ; np.@((a, a))")
row("append", "np.@(a, b) ; np.@(a, a, axis=0) ; np.@(a, p)")
row("split array_split", "np.@(a, 2) ; np.@(a, [1, 2]) ; np.@(a, 3, axis=-1)", ranks="123")
row("hsplit vsplit", "np.@(a, 2) ; np.@(a, (1,))", ranks="123")
row("dsplit", "np.@(a, 2) ; np.@(a, (1,))", ranks="3")
row("unstack", "np.@(np.zeros((3, 2))) ; np.@(np.ones((2, 3)), axis=1)", ranks="1", dt="d")
row("repeat .repeat", "np.@(a, 2) ; np.@(a, n, axis=0) ; a.@(2, axis=-1) ; np.@(v, h)")
row("roll", "np.@(a, 1) ; np.@(a, n, axis=0) ; np.@(a, -2, axis=-1) ; np.@(a, (1, 2), axis=(0, -1))")
row("resize", "np.@(a, (3, 2)) ; np.@(a, 5)")
row("tile", "np.@(a, 2) ; np.@(a, (2, 1)) ; np.@(a, (2, 1, 2))")
row("pad", "np.@(a, 1) ; np.@(a, (1, 2), 'edge') ; np.@(v, (2, 1), mode='wrap') ; np.@(a, 1, constant_values=3) ; np.@(v, 2, 'reflect')", ranks="123")
row("insert", "np.@(v, 0, p) ; np.@(a, 1, x, axis=0) ; np.@(v, np.array([0, 0]), v[:1])", ranks="123")
row("delete", "np.@(v, 0) ; np.@(a, 0, axis=0) ; np.@(a, slice(0, 2), axis=-1) ; np.@(v, i)", ranks="123")
row("trim_zeros", "np.@(v) ; np.@(v, 'f') ; np.@(v, trim='b')")
row("tril triu", "np.@(a) ; np.@(a, 1) ; np.@(a, -1)", ranks="123")
row("tri", "np.@(n) ; np.@(3, 4, 1) ; np.@(n, k=-1, dtype=np.int32)", ranks="1", dt="d")
row("diag diagflat", "np.@(v) ; np.@(v, 1) ; np.@(a, k=-1)", ranks="12")
row("trace .trace", "np.@(a) ; a.@(1) ; np.@(a, -1, 1, 0)", ranks="23", near=4, plain=True)
row("fill_diagonal", "np.@(a, p) ; np.@(a, x, True)", ranks="2")
row("tril_indices triu_indices", "np.@(n) ; np.@(n, 1) ; np.@(3, -1, n)", ranks="1", dt="d")
row("tril_indices_from triu_indices_from", "np.@(a) ; np.@(a, k=1)", ranks="2")
row("diag_indices", "np.@(n) ; np.@(n, 3)", ranks="1", dt="d")
row("diag_indices_from", "np.@(a)", ranks="23")
row("vander", "np.@(v) ; np.@(v, 3, increasing=True)", NUMBERS, ulps=2, plain=True)
row("block", "np.@([[a, a], [b, b]]) ; np.@([a, b])", ranks="12")
row("meshgrid", "np.@(v, w) ; np.@(v, w, indexing='ij') ; np.@(v, w, sparse=True)")
row("indices", "np.@((n, 2)) ; np.@((2, 3), dtype=np.float32) ; np.@((2, n), sparse=True)", ranks="1", dt="d")
row("ix_", "np.@(i, h) ; np.@(v > 0, h)", dt=REAL)
row("mgrid ogrid", "np.@[0:3] ; np.@[0:n, 1:4] ; np.@[0:1:5j]", ranks="1", dt="d", ulps=1)
row("r_ c_", "np.@[v, w] ; np.@[v, x]")
row("r_", "np.@[0:n, v] ; np.@[1, 2.5, v]", NUMBERS)
row("fromfunction", "np.@(lambda i, j: i + 2 * j, (3, n)) ; np.@(lambda i: i * i, (4,), dtype=np.int32)", ranks="1", dt="d")
row("mask_indices", "np.@(n, np.triu) ; np.@(3, np.tril, 1)", ranks="1", dt="d")
row("ndindex", "sum([i * 10 + k for i, k in np.@(2, n)]) ; sum([i * 10 + k for i, k in np.@((n, 3))])", ranks="1", dt="d")
row("ndenumerate", "sum([(i * 10 + k) * e for (i, k), e in np.@(a)])", "ld", "2", near=8, plain=True)
row("apply_along_axis", "np.@(np.sum, 0, a) ; np.@(lambda r: r[::-1] * 2, -1, a)", NUMBERS, "12", near=4, plain=True)
row("apply_over_axes", "np.@(np.sum, a, 0) ; np.@(np.max, a, (0, -1))", NUMBERS, "12", near=4, plain=True)

# Choosing elements
row("nonzero .nonzero flatnonzero argwhere", "np.@(a) ; a.@()")
row("where", "np.@(m, a, b) ; np.@(m, a, p) ; np.@(a) ; np.@(m, x, y)")
row("select", "np.@([m, a == a], [a, b]) ; np.@([m], [a], default=p)")
row("clip", "np.@(a, x, y) ; np.@(a, b, c) ; np.@(a, None, y) ; np.@(a, 1, 5) ; np.@(a, x, y, out=out) ; np.@(x, 0, 3)", NUMBERS, ulps=1)
row("clip", "np.@(a, 0.5, 2.5)", "fdFD")
row(".clip", "a.@(x, y) ; a.@(max=y) ; a.@(1, 5)", NUMBERS)
row("copyto", "np.@(a, b) ; np.@(a, x) ; np.@(a, b, where=m) ; np.@(a, b, casting='unsafe')", plain=True)
row("take .take", "np.@(v, i) ; np.@(a, i, axis=0) ; a.@(i, axis=-1) ; np.@(a, i) ; np.@(a, 0, axis=0) ; np.@(a, i, axis=0, mode='wrap') ; "
    "np.@(a, i, mode='clip')")
row("extract", "np.@(m, a) ; np.@(a, a)")
row("take_along_axis", "np.@(a, j, axis=-1) ; np.@(a, j, -1)", ranks="123")
row("put_along_axis", "np.@(a, j, x, -1) ; np.@(a, j, a, -1)", ranks="123")
row("place putmask", "np.@(a, m, v[:2]) ; np.@(a, m, b)")
row("diff", "np.@(a) ; np.@(a, 2) ; np.@(a, axis=0) ; np.@(v, prepend=x, append=y)", ulps=1)
row("compress .compress", "np.@(v > 0, v) ; np.@(h > 2, a, axis=0) ; a.@(np.array([True, False]), axis=-1)", REAL, "123")
row("choose .choose", "np.@(h, (v, w, v, x, y)) ; h.@((v, w, v, x, y)) ; np.@(h, (x, y), mode='wrap')")
row("put .put", "np.@(v, i, x) ; v.@(i, w, mode='wrap') ; np.@(a, np.array([0, -1]), x, 'clip')", ranks="123")
row("squeeze .squeeze", "np.@(np.expand_dims(a, 0), 0) ; np.expand_dims(a, -1).@(-1) ; np.expand_dims(a, (0, 2)).@(axis=(0, 2))", ranks="123")
row("gradient", "np.@(v) ; np.@(a, axis=0) ; np.@(v, 2.0) ; np.@(a)", "bilfdFD", "12", near=8, plain=True)
row("interp", "np.@(a, np.array([0.0, 1.0, 3.0]), np.array([1.0, 4.0, 2.0])) ; np.@(v, s, s, left=p, right=7)", "bilfd", near=8, plain=True)
row("cov", "np.@(np.stack((v, v[::-1], v * v))) ; np.@(v, w, bias=True)", "lfdFD", "1", near=64, plain=True)
row("ediff1d", "np.@(a) ; np.@(v, to_end=x, to_begin=y)", NUMBERS, ulps=1)
row("unwrap", "np.@(a) ; np.@(a, axis=0) ; np.@(v, period=4)", "bilfd", "123", near=8, plain=True)
row("trapezoid", "np.@(v) ; np.@(v, w) ; np.@(a, axis=0) ; np.@(a, dx=0.5)", NUMBERS, "123", near=8, plain=True)
row("trapz", "np.trapezoid(v, dx=2)", NUMBERS, "1", near=8, plain=True)

# Creation and attributes
row("zeros ones empty", "np.@(n) ; np.@((n, 2)) ; np.@((2, n), dtype=np.int8) ; np.@(a.shape, a.dtype) ; np.@((2, 3), order='F')", shapes=False)
row("zeros_like ones_like empty_like", "np.@(a) ; np.@(a, dtype=np.int8) ; np.@(a, shape=(2, n)) ; np.@(x)", shapes=False)
row("ndarray", "np.@((n, 2)) ; np.@(3, np.int32)", ranks="1", dt="d", shapes=False)
row("full", "np.@(n, x) ; np.@((2, n), p) ; np.@(3, p, dtype=np.float64) ; np.@(a.shape, x, a.dtype)", plain=True)
row("full_like", "np.@(a, x) ; np.@(a, p) ; np.@(a, 3, dtype=np.float32)", plain=True)
row("arange", "np.@(n) ; np.@(1, 5) ; np.@(0, 1, 0.3) ; np.@(5, -2, -n - 1) ; np.@(n, dtype=np.float32) ; np.@(x)", "bBil", "1", plain=True, ulps=1)
row("eye identity", "np.@(n) ; np.@(3, dtype=np.int8)", ranks="1", dt="d")
row("eye", "np.@(n, 4, 1) ; np.@(3, k=-1)", ranks="1", dt="d")
row("linspace", "np.@(x, y) ; np.@(0, 1, n) ; np.@(x, y, 5, endpoint=False) ; np.@(0, 3, 4, dtype=np.int64) ; np.@(v, w, 3)", NUMBERS, "1", near=4,
    plain=True)
row("logspace geomspace", "np.@(1, 3, 4) ; np.@(1.5, 2.5, n + 1)", dt="d", ranks="1", ulps=8)
row("array asarray asanyarray", "np.@(a) ; np.@([x, y]) ; np.@(((1, 2), (3, p))) ; np.@(a, dtype=np.complex128) ; np.@(p)")
row("array", "np.@(a, ndmin=3) ; np.@(a, order='F') ; np.@([a, a])")
row("ascontiguousarray asfortranarray", "np.@(a) ; np.@(a, dtype=np.complex128)")
row("asarray_chkfinite", "np.@(a)")
row("require", "np.@(a, None, 'C') ; np.@(a, requirements=['F'])")
row("astype .astype", "np.@(a, np.float64) ; a.@(np.complex64) ; a.@(np.int64) ; a.@(np.uint8) ; a.@(bool) ; np.@(a, np.int8)", REAL, plain=True)
row(".astype", "a.@(np.complex128) ; a.@(bool) ; a.@(np.complex64, copy=False)", "fdFD")
row("copy .copy", "np.@(a) ; a.@() ; a.@(order='F')")
row("shape size ndim", "np.@(a) ; np.@(x)")
row(".shape .size .ndim .itemsize .nbytes .dtype", "a.@")
row(".strides", "np.ones((3, n + 2), a.dtype).@ ; np.ones((3, n + 2, 4), a.dtype).T[::2].@")
row("size", "np.@(a, 0)", ranks="12")
row(".real .imag", "a.@")
row("real imag", "np.@(a) ; np.@(x)", NUMBERS)
row(".conj .conjugate", "a.@()")
row(".flat", "[e for e in a.flat] ; a.flat[0] ; a.flat[1:]", ranks="123")
row("flat.copy", "a.flat.copy()")
row(".fill", "a.@(x) ; a.@(1)")
row(".item", "a.@() ; a.@(0) ; a.@(-1)", ranks="012")
row(".tolist", "a.@()")
row(".dot", "v.@(w) ; a.@(p)", NUMBERS, near=8, plain=True)
row(".view", "a.@(np.int64) ; a.@() ; v.@(np.uint8)", "ld")
row(".byteswap", "a.@() ; a.@(True)")
row("=real", "a.@ = b ; a.@ = 2", NUMBERS, plain=True)
row("=imag", "a.@ = b.real ; a.@ = 2", "FD")
row("=flat", "a.@ = b ; a.@ = p")
row("flags.c_contiguous flags.contiguous flags.f_contiguous flags.fortran flags.writeable flags.aligned flags.fnc flags.forc", "a.flags.@")
row(".flags", "a.flags.c_contiguous and a.flags.writeable")
row("isfortran", "np.@(a) ; np.@(a.T)")
row("iterable isscalar isrealobj iscomplexobj", "np.@(a) ; np.@(a.T) ; np.@(x)")
row("may_share_memory shares_memory", "np.@(v[1:], v[:-1]) ; np.@(a, b)", ranks="123")
row("dtype", "np.@(np.int8) ; a.dtype == np.@(np.float64) ; a.dtype.itemsize")
row("finfo", "np.@(a.dtype).eps ; np.@(np.float32).max ; np.@(a.dtype).tiny", FLOATS)
row("iinfo", "np.@(a.dtype).min ; np.@(np.int8).max", INTS)
row("result_type promote_types", "np.@(a.dtype, b.dtype) ; np.@(np.int8, np.uint8)")
row("result_type", "np.@(a, b) ; np.@(a, 2.5)")
row("can_cast", "np.@(a.dtype, b.dtype) ; np.@(np.int64, a.dtype, casting='same_kind')")
row("issubdtype", "np.@(a.dtype, np.integer) ; np.@(np.float32, np.floating)")
row("isdtype", "np.@(a.dtype, 'integral') ; np.@(a.dtype, ('bool', 'numeric'))")
row("min_scalar_type", "np.@(a)", ranks="1")
row("bool_ int8 int16 int32 int64 longlong uint8 uint16 uint32 uint64 ulonglong float16 float32 float64", "np.@(x) ; np.@(3) ; np.@(a)", REAL, plain=True)
row("complex64 complex128", "np.@(x) ; np.@(p) ; np.@(a)")
row("fromiter", "np.@(v, np.float64) ; np.@((k * k for k in (1, 2)), np.int64)".partition(" ; ")[0], REAL, plain=True)
row("frombuffer", "np.@(v, np.uint8) ; np.@(v) ; np.@(v, np.int32, 1, 4)", "ld")

# Numbers
row("scalar.real scalar.imag", "x.@", NUMBERS)             # of Python's bool they are ints, of NumPy's bools
row("scalar.conjugate scalar.conj", "x.@()", NUMBERS)
row("scalar.ndim scalar.size scalar.dtype scalar.shape scalar.itemsize scalar.nbytes scalar.T scalar.strides", "x.@")
row("scalar.item scalar.copy scalar.squeeze scalar.transpose scalar.flatten scalar.ravel scalar.tolist "
    "scalar.argsort scalar.cumsum scalar.cumprod scalar.sum scalar.prod scalar.mean scalar.min scalar.max scalar.any scalar.all scalar.argmin "
    "scalar.argmax scalar.var scalar.std", "x.@()")
row("scalar.numerator scalar.denominator", "x.@", INTS)
row("scalar.__index__ scalar.bit_count", "x.@()", INTS)
row("scalar.bit_length", "p.@()", "l")
row("scalar.is_integer", "x.@()", "bBilfd")
row("scalar.as_integer_ratio scalar.hex", "p.@() ; x.@()", "d", plain=True)
row("scalar.round", "x.@() ; x.@(1)", NUMBERS)
row("scalar.clip", "x.@(1, 3) ; x.@(max=y)", NUMBERS)
row("scalar.repeat", "x.@(3)")
row("scalar.reshape", "x.@(1) ; x.@((1, -1))")
row("scalar.compress", "x.@(np.array([True]))")
row("scalar.astype", "x.@(np.complex128) ; x.@(np.float64)", REAL, plain=True)
row("scalar.view", "x.@(np.int64) ; x.@(np.float64)", "ld")

# Element by element, in the prelude
row("round around", "np.@(a) ; np.@(a, 2) ; np.@(x, 1)", NUMBERS)
row("round around", "np.@(a, -1)", NUMBERS, plain=True)
row("round around", "np.@(a, decimals=1, out=out)", NUMBERS, ulps=1)
row(".round", "a.@() ; a.@(1)", NUMBERS)
row("fix", "np.@(a) ; np.@(x)", REAL)
row("sinc i0", "np.@(a) ; np.@(x)", "bilfd", near=16, plain=True)
row("angle", "np.@(a) ; np.@(a, deg=True)", NUMBERS, ulps=4)
row("isposinf isneginf", "np.@(a) ; np.@(x)", REAL)
row("iscomplex isreal", "np.@(a) ; np.@(x)")
row("nan_to_num", "np.@(a) ; np.@(a, nan=3.0) ; np.@(a, posinf=1.0, neginf=-1.0) ; np.@(x)")
row("nan_to_num", "np.@(a, copy=False)", ranks="123")
row("isclose", "np.@(a, b) ; np.@(a, a) ; np.@(a, b, rtol=0.5, equal_nan=True) ; np.@(x, y)", NUMBERS)
row("allclose array_equal array_equiv", "np.@(a, b) ; np.@(a, a)")
row("array_equal", "np.@(a, a, equal_nan=True)")
row("piecewise", "np.@(a, [m], [1, 2]) ; np.@(a, [m, a == a], [lambda t: t, p])")
row("unravel_index", "np.@(i, (3, 4)) ; np.@(n, (2, n + 1)) ; np.@(h, (4, 2), order='F')", ranks="1", dt="d")
row("ravel_multi_index", "np.@((h, h), (4, 5)) ; np.@((n, 1), (4, 2)) ; np.@((h, h), (2, 2), mode='clip')", ranks="1", dt="d")
row("packbits", "np.@(a) ; np.@(a, axis=-1) ; np.@(a, bitorder='little')", "?B", "123")
row("unpackbits", "np.@(a) ; np.@(a, axis=0) ; np.@(np.append(a, np.uint8(7)), count=5)", "B", "123")

# Products
row("matmul", "np.@(a, b) ; np.@(a, a) ; np.@(v, w) ; np.@(M, M) ; np.@(M, B, out=out)", ranks="123", near=16, plain=True)
row("dot", "np.@(v, w) ; np.@(a, b) ; np.@(M, B) ; np.@(a, x)", ranks="0123", near=16, plain=True)
row("inner", "np.@(v, w) ; np.@(a, a) ; np.@(a, v)", ranks="0123", near=16, plain=True)
row("vdot vecdot", "np.@(v, w) ; np.@(a, a)", near=16, plain=True)
row("einsum", "np.@('i,i', v, w) ; np.@('ij->ji', M) ; np.@('ij,jk->ik', M, M) ; np.@('ii', M) ; np.@('i,j->ij', v, w)", NUMBERS, "1", near=16, plain=True)
row("tensordot", "np.@(a, a, 1) ; np.@(v, w, axes=1) ; np.@(M, M, axes=((0, 1), (1, 0)))", "?bBiIlLfdFD", "12", near=16, plain=True)
row("outer", "np.@(a, b) ; np.@(v, w)", near=2, plain=True)
row("kron", "np.@(a, b) ; np.@(v, w)", ranks="12", near=2, plain=True)
row("cross", "np.@(np.stack((v, v, w), axis=-1), np.stack((w, v, v), axis=-1))", NUMBERS, "1", near=8, plain=True)
row("polyval", "np.@(v, x) ; np.@(v, w) ; np.@(v, a)", NUMBERS, "12", near=64, plain=True)
row("linalg.outer", "np.linalg.@(v, w)", near=2, plain=True)
row("linalg.matmul", "np.linalg.@(M, B)", INEXACT, "1", near=16)
row("linalg.trace linalg.diagonal", "np.linalg.@(a) ; np.linalg.@(a, offset=1)", ranks="23", near=4, plain=True)
row("linalg.cross", "np.linalg.@(np.stack((v, v, w), axis=-1), np.stack((w, v, v), axis=-1))", NUMBERS, "1", near=8, plain=True)
row("linalg.inv linalg.det linalg.slogdet linalg.eigvalsh linalg.svdvals linalg.cond linalg.matrix_rank linalg.cholesky", "np.linalg.@(P)",
    "bilfdFD", "1", near=1000, plain=True)
row("linalg.pinv", "np.linalg.@(P) ; np.linalg.@(B)", "fdFD", "1", near=1000, plain=True)
row("linalg.inv linalg.det linalg.slogdet linalg.matrix_rank linalg.svdvals", "np.linalg.@(M) ; np.linalg.@(np.stack((M, M)))", "lfdFD", "1", near=1000, plain=True)
row("linalg.eigvals", "np.linalg.@(P + 0j)", "fdFD", "1", near=1000, plain=True)
row("linalg.eig", "np.linalg.eig(P + 0j)[0]", "fdFD", "1", near=1000, plain=True)
row("linalg.eigh", "np.linalg.eigh(P)[0]", "fdFD", "1", near=1000, plain=True)
row("linalg.qr", "np.linalg.@(M) ; np.linalg.@(B, mode='r')", "fdFD", "1", near=1000, plain=True)
row("linalg.svd", "np.linalg.@(M)[1] ; np.linalg.@(B, full_matrices=False)[1] ; np.linalg.@(M, compute_uv=False)", "fdFD", "1", near=1000, plain=True)
row("linalg.solve", "np.linalg.@(P, B) ; np.linalg.@(P, B[:, 0])", "lfdFD", "1", near=1000, plain=True)
row("linalg.lstsq", "np.linalg.@(P, B)[0] ; np.linalg.@(P, B[:, 0])[2]", "fdFD", "1", near=1000, plain=True)
row("linalg.matrix_power", "np.linalg.@(M, 0) ; np.linalg.@(M, n + 2)", "lfdFD", "1", near=1000, plain=True)
row("linalg.matrix_power", "np.linalg.@(P, -1)", "fdFD", "1", near=1000, plain=True)
row("linalg.norm", "np.linalg.@(v) ; np.linalg.@(M) ; np.linalg.@(a, axis=0) ; np.linalg.@(v, 1) ; np.linalg.@(v, np.inf) ; np.linalg.@(M, 'fro') ; "
    "np.linalg.@(M, 2) ; np.linalg.@(a, 0, -1) ; np.linalg.@(v, 3)", NUMBERS, "12", near=64, plain=True)
row("linalg.matrix_norm", "np.linalg.@(M) ; np.linalg.@(M, ord=1, keepdims=True)", "lfdFD", "1", near=64, plain=True)
row("linalg.vector_norm", "np.linalg.@(a) ; np.linalg.@(a, axis=0, keepdims=True) ; np.linalg.@(v, ord=1)", "lfdFD", "12", near=64, plain=True)
row("linalg.multi_dot", "np.linalg.@((M, M, B))", "lfdFD", "1", near=1000, plain=True)
row("linalg.tensorinv", "np.linalg.@(P, ind=1)", "fd", "1", near=1000, plain=True)
row("linalg.tensorsolve", "np.linalg.@(P, B[:, 0])", "fd", "1", near=1000, plain=True)
row("fft.fft fft.ifft", "np.fft.@(v) ; np.fft.@(a, axis=0) ; np.fft.@(v, 4) ; np.fft.@(v, norm='ortho')", NUMBERS, "12", near=64, plain=True)
row("fft.rfft fft.ihfft", "np.fft.@(v) ; np.fft.@(a, 4)", "bilfd", "12", near=64, plain=True)
row("fft.irfft fft.hfft", "np.fft.@(v) ; np.fft.@(a, 5, axis=-1)", NUMBERS, "12", near=64, plain=True)
row("fft.fftn fft.ifftn fft.fft2 fft.ifft2", "np.fft.@(a)", NUMBERS, "2", near=64, plain=True)
row("fft.rfftn fft.rfft2", "np.fft.@(a)", "bilfd", "2", near=64, plain=True)
row("fft.irfftn fft.irfft2", "np.fft.@(a)", NUMBERS, "2", near=64, plain=True)
row("fft.fftfreq fft.rfftfreq", "np.fft.@(n) ; np.fft.@(5, 0.5)", ranks="1", dt="d", ulps=1)
row("fft.fftshift fft.ifftshift", "np.fft.@(a) ; np.fft.@(a, axes=0)", ranks="123")

# Sorting, sets, statistics
row("sort", "np.@(a) ; np.@(a, axis=0) ; np.@(a, axis=None)")
row(".sort", "a.@() ; a.@(axis=0)", ranks="123")
row("argsort .argsort", "np.@(a, kind='stable') ; np.@(a, axis=0, kind='stable') ; a.@(stable=True) ; a.@(0, 'stable')")
row("lexsort", "np.@((v, w)) ; np.@((h, h))", REAL)
row("sort_complex", "np.@(a)", NUMBERS, "12")
row("partition", "np.@(np.sort(v), 0)[0] ; np.sort(np.@(v, v.size // 2))", ranks="1")
row(".partition", "v.@(0); v.sort()", ranks="1")
row("argpartition .argpartition", "v[np.@(v, 0)[0]] ; v[v.@(0)[0]]", ranks="1")
row("searchsorted .searchsorted", "np.@(s, v) ; s.@(x) ; s.@(a, 'right') ; np.@(s, a, side='right') ; np.@(s, p)")
row("digitize", "np.@(a, s) ; np.@(v, s, right=True)", REAL)
row("unique", "np.@(a)")
row("unique_values", "np.sort(np.@(a))")                # in what order is NumPy's own affair
row("unique", "np.@(a, return_index=True) ; np.@(v, return_inverse=True, return_counts=True) ; np.@(a, axis=0)")
row("unique_counts unique_inverse unique_all", "np.@(v)")
row("isin", "np.@(a, b) ; np.@(x, v) ; np.@(a, v, invert=True)")
row("in1d", "np.isin(v, w)")
row("intersect1d union1d setdiff1d setxor1d", "np.@(v, w) ; np.@(a, b)")
row("bincount", "np.@(h) ; np.@(h, minlength=6)", ranks="1", dt="d", ulps=1)
row("histogram", "np.@(v) ; np.@(a, bins=4) ; np.@(v, bins=5, range=(-4, 4)) ; np.@(v, np.array([0, 1, 3])) ; np.@(v, 4, density=True)", "bBilfd", "12",
    near=8, plain=True)
row("histogram_bin_edges", "np.@(v) ; np.@(a, bins=4)", "bBilfd", "12", near=8, plain=True)
row("histogram2d", "np.@(v, v)", "bild", "1", near=8, plain=True)
row("histogram2d", "np.@(v, w, bins=3, range=((-3, 3), (-3, 3)))", "bilfd", "1", near=8, plain=True)
row("corrcoef", "np.@(np.stack((v, v[::-1], v * v))) ; np.@(v, v[::-1])", "lfdFD", "1", near=64, plain=True)
row("convolve", "np.@(v, w) ; np.@(v, w, 'same') ; np.@(v, w, mode='valid')", ranks="1", near=16, plain=True)
row("correlate", "np.@(v, w) ; np.@(v, w, 'full') ; np.@(v, w, mode='same')", ranks="1", near=16, plain=True)
row("bartlett hanning hamming blackman", "np.@(n) ; np.@(7)", ranks="1", dt="d", near=4)
row("kaiser", "np.@(n, 2.5) ; np.@(7, 14)", ranks="1", dt="d", near=8)
row("base_repr", "np.@(n) ; np.@(n + 5, 3) ; np.@(-7, base=5, padding=2)", ranks="1", dt="d")
row("binary_repr", "np.@(n) ; np.@(-3, width=6)", ranks="1", dt="d")
row("nditer", "[e.item() for e in np.@(a)]", "ld", "12")

# Random numbers, after a seed those of NumPy's RandomState
SEEDED = "np.random.seed(n); "
row("random.seed random.random random.random_sample random.ranf random.sample", "np.random.seed(n); return np.random.random(), np.random.random_sample((2, n)), "
    "np.random.ranf(3), np.random.sample()", ranks="1", dt="d")
row("random.rand random.randn", SEEDED + "return np.random.@(), np.random.@(3), np.random.@(2, n)", ranks="1", dt="d", ulps=2)
row("random.standard_normal random.standard_exponential random.standard_cauchy", SEEDED + "return np.random.@(), np.random.@(4), np.random.@((2, n))",
    ranks="1", dt="d", ulps=8)
row("random.normal random.lognormal random.uniform random.laplace random.gumbel random.logistic random.wald random.vonmises random.gamma random.beta "
    "random.noncentral_chisquare random.f", SEEDED + "return np.random.@(1.5, 2.5), np.random.@(1.5, 2.5, 4), np.random.@(n + 1, 2.5, size=(2, n))",
    ranks="1", dt="d", ulps=64)
row("random.exponential random.rayleigh random.chisquare random.standard_t random.pareto random.weibull random.power random.standard_gamma",
    SEEDED + "return np.random.@(2.5), np.random.@(n + 1, 4)", ranks="1", dt="d", ulps=64)
row("random.noncentral_f random.triangular", SEEDED + "return np.random.@(1, 2.5, 4), np.random.@(1, 2.5, 4, n)", ranks="1", dt="d", ulps=64)
row("random.poisson", SEEDED + "return np.random.@(2.5), np.random.@(n, 5), np.random.@(50.5, (2, 2))", ranks="1", dt="d")
row("random.binomial random.negative_binomial", SEEDED + "return np.random.@(5, 0.4), np.random.@(n + 1, 0.5, 5)", ranks="1", dt="d")
row("random.geometric random.logseries", SEEDED + "return np.random.@(0.4), np.random.@(0.6, 5)", ranks="1", dt="d")
row("random.zipf", SEEDED + "return np.random.@(2.5), np.random.@(2.5, 5)", ranks="1", dt="d")
row("random.hypergeometric", SEEDED + "return np.random.@(5, 7, 4), np.random.@(50, n + 1, 20, 5)", ranks="1", dt="d")
row("random.randint", SEEDED + "return np.random.@(10), np.random.@(-5, 5, 6), np.random.@(0, 2 ** 40, size=(2, n))", ranks="1", dt="d")
row("random.choice", SEEDED + "return np.random.@(5), np.random.@(v, 3) ; " + SEEDED + "return np.random.@(5, 3, False)", ranks="1", dt="ld")
row("random.shuffle", SEEDED + "np.random.@(a)", ranks="12", dt="ld")
row("random.permutation", SEEDED + "return np.random.@(5), np.random.@(a)", ranks="12", dt="ld")
row("random.multinomial", SEEDED + "return np.random.@(20, np.array([0.2, 0.3, 0.5])), np.random.@(5, np.array([0.5, 0.5]), n)", ranks="1", dt="d")
row("random.dirichlet", SEEDED + "return np.random.@(np.array([1.0, 2.0, 3.0])), np.random.@(np.array([0.5, 1.5]), n)", ranks="1", dt="d", ulps=64)

# What has a row and no form here, and why
ELSEWHERE = {
    ".ptp": "NumPy 2 has no such method, Numba has it",
    "=shape": "refused: an array does not change its shape in place", "=strides": "the same", "=dtype": "the same", ".resize": "the same",
}

# What differs from NumPy, and is to stay visible: why
KNOWN = []


def known(why, names, forms, *more, **options):
    row(names, forms, *more, **options)
    KNOWN.append((ROWS.pop(), why))


known("NumPy leaves out the axis of the quantiles where there are no elements", "nanquantile", "np.@(a, np.array([0.0, 0.3, 1.0]), axis=-1)", "fd", "23",
      near=4, plain=True)
known("the same", "nanpercentile", "np.@(a, (10, 90))", "fd", "12", near=4, plain=True)
known("without elements NumPy gives nan of float64, whatever the type is where there are some", "nanquantile", "np.@(a, 0.5, method='nearest')", INTS, "12")
known("without elements NumPy gives int64, whatever the weights", "bincount", "np.@(h, weights=h * 0.5)", "d", "1")
known("two components beside three are refused when the call runs", "cross", "np.@(np.stack((v, w), axis=-1), np.stack((w, v, v), axis=-1))", "d", "1")
known("of one variable NumPy drops the axes, which no type says", "corrcoef", "np.@(a)", "d", "2", near=64, plain=True)
known("any out= will do; NumPy wants order C and the result's own dtype", "dot", "np.@(M, M, out=out)", "fd", "1", near=16, plain=True)
known("NumPy gives an array of one element in a row any strides; where it is of order C, ours follow from its shape", ".strides", "a.@", "d", "23")
