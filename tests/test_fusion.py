"""Array expressions: what fuses (on the text after fusion), and that results are NumPy's whatever the layout and overlap."""
import itertools
import re
import traceback
import types

import numpy as np
import pytest
from differential import same

import numjit

V, M = "f8[::1]", "f8[:,::1]"


def shape_of(f, *types):
    """(nests, arrays made) once nests are fused."""
    text = numjit.dump(numjit.njit(f), "nest", types)
    return len(re.findall(r"\bnest body", text)), len(re.findall(r"= new ", text))


def expression(a, b, c):
    return a * b + np.sin(c) * 2 - a / b


def statements(a, b, c):
    t = a * b
    u = t + c
    w = t - c
    return u * w


def also_returned(a, b, c):
    t = a * b
    return t, t + 1


def siblings(a, b, c):
    t = np.exp(a * b)
    return t * 2, t + 1


def into_sum(a, b, c):
    return (a * b + c).sum()


def into_sums(a, b, c):
    t = a - 1
    return t.sum(), (t * t).sum(), t.max()


def into_slice(a, b, c):
    a[:] = b + c * 2


def into_itself(a, b, c):
    a += b * c


def into_out(a, b, c):
    np.add(a * b, c, out=a)


def into_places(a, b, c):
    t = a * b + c
    return t.argmax(), t.argmin(), t.sum()


def into_lanes(a, b, c):
    return np.argmax(a * b + c, axis=-1)


def into_scan(a, b, c):
    return np.cumsum(np.exp(a) * b + c, axis=-1)


def nobody_reads(a, b, c):
    t = a * b
    return c + 1


def casts(a, b, c):
    return a.astype(np.float32) * np.float32(2)


@pytest.mark.parametrize("f, nests, arrays", [
    (expression, 1, 1), (statements, 1, 1), (also_returned, 1, 2), (siblings, 1, 2), (into_sum, 1, 0), (into_sums, 1, 0),
    (into_slice, 1, 0), (into_itself, 1, 0), (into_out, 1, 0), (nobody_reads, 1, 1), (casts, 1, 1)])
@pytest.mark.parametrize("array", [V, M])
def test_one_pass(f, nests, arrays, array):
    assert shape_of(f, array, array, array) == (nests, arrays)


@pytest.mark.parametrize("f, array, nests, arrays", [
    (into_places, V, 1, 0), (into_places, M, 1, 0), (into_lanes, M, 2, 1), (into_scan, V, 1, 1), (into_scan, M, 2, 1)])
def test_places_and_scans_are_fused_with_what_feeds_them(f, array, nests, arrays):
    assert shape_of(f, array, array, array) == (nests, arrays)


def test_a_dear_row_is_computed_once():
    assert shape_of(lambda a, b: np.exp(b) * a, M, V) == (2, 2)


def normalised(a):
    return (a - a.mean(axis=1, keepdims=True)) / a.std(axis=1, keepdims=True)


def test_what_stands_between_may_have_nests():
    assert shape_of(normalised, M) == (10, 4)           # three arrays of rows and the result
    same(normalised, np.random.default_rng(0).random((5, 40)).round(3))


def test_a_dear_row_of_a_table_is_computed_once():
    assert shape_of(lambda a, b: np.exp(a[None, :]) * b, V, M) == (2, 2)
    assert shape_of(lambda a, b: np.exp(a[:, None]) * b, V, M) == (1, 1)
    assert shape_of(lambda a, b: b / np.sqrt(a.max(axis=0, keepdims=True)), M, M) == (4, 3)
    assert shape_of(lambda a, b: b / (a.max(axis=0, keepdims=True) + 1), M, M) == (3, 2)


def of_columns(a, b):
    t = np.exp(a) / (a + 2)
    return t * b, (np.log(t + b) - t).sum(), np.exp(a * 2) * np.exp(b) + np.log(np.exp(a) + 1)


@pytest.mark.parametrize("stretch", [lambda a: a, lambda a: a[:, :1], lambda a: a[:1], lambda a: a[:1, :1], lambda a: a[:, 3:4].copy()])
def test_functions_of_stretched_operands(stretch):
    fast = numjit.njit(of_columns)
    for shape in [(5, 40), (3, 5000), (40, 5)]:
        b = np.random.default_rng(2).random(shape)
        a = stretch(b * 0.5)
        for x, y in ((a, b), (b, a), (np.asfortranarray(a), b), (a, np.asfortranarray(b))):
            for want, got in zip(of_columns(x, y), fast(x, y)):
                assert np.allclose(want, got, rtol=1e-14)
        exact, whole = fast(a, b), fast(np.broadcast_to(a, shape).copy(), b)
        assert all(np.array_equal(p, q) for p, q in zip(exact, whole))      # one value for an argument


def test_a_cheap_row_is_not_stored():
    assert shape_of(lambda a, b: (b + 1) * a, M, V) == (1, 1)


def test_one_test_for_each_operand_however_deep():
    def f(a, b, c):
        return ((a * b + c - a / b) * (a + b) - (c * a - b)) * c
    text = numjit.dump(numjit.njit(f), "nest", (V, V, V))
    body = text[text.index("nest body"):] if "nest body" in text else text
    assert len(re.findall(r"= load ", text)) == 3, body


def test_what_is_written_in_between_keeps_its_order():
    def f(a, b):
        t = a + 1
        a[0] = 7.0
        return t * b
    assert shape_of(f, V, V) == (2, 2)
    same(f, np.arange(5.0), np.ones(5))


def layouts(n, m):
    rng = np.random.default_rng(1)
    c = rng.random((n, m)) + 0.5
    yield c
    yield np.asfortranarray(c)
    yield (rng.random((2 * n, 3 * m)) + 0.5)[::2, ::-3]
    yield (rng.random((m, n)) + 0.5).T
    yield c[:1]
    yield c[:, :1]
    yield c[0] if n else np.ones(m)


def orders(a, b, c):
    """The same arrays broadcast together in every order: later operations know that they fit."""
    t = (a * b + c) / (c * a - b * 2.0) + (b + c * 3.0 - a)
    return t * (c - a) + b * t


ALL = [expression, statements, also_returned, siblings, orders]


@pytest.mark.parametrize("f", ALL)
def test_layouts_and_broadcasting(f):
    fast = numjit.njit(f)
    for n, m in [(3, 4), (1, 5), (0, 3)]:
        for args in itertools.product(layouts(n, m), repeat=3):
            want, got = f(*args), fast(*args)
            for w, g in zip(want, got) if isinstance(want, tuple) else [(want, got)]:
                assert w.shape == g.shape and np.allclose(w, g, rtol=1e-14, atol=1e-14)


def on_two_ways(a, add):
    """The assignment checks what both sums check; the extent that one of them made is not there for the other."""
    t = np.empty(3)
    t[:] = a
    if add:
        s = (a + np.ones(3)).sum()
    else:
        s = (a * np.full(3, 2.0)).sum()
    return s + t.sum()


def test_extents_on_two_ways():
    for a, add in itertools.product((np.arange(3.0), np.ones(1), np.ones(2)), (True, False)):
        same(on_two_ways, a, add)


@pytest.mark.parametrize("f", [into_slice, into_itself, into_out])
def test_overlap(f):
    fast = numjit.njit(f)
    for i, j, s, t in itertools.product((0, 2, 5), (0, 3, 10), (1, -1), (1, -1)):
        want, got = np.arange(20.0), np.arange(20.0)
        for call, x in ((f, want), (fast, got)):
            call(x[i:i + 8][::s], x[j:j + 8][::t], x[1:9])
        assert np.array_equal(want, got), (i, j, s, t)


def shifts(a):
    a[1:] = a[:-1] + 1
    a[1:] += a[:-1]
    a[::-1] += a
    a[:] = a[::-1] * 2


def rows(a):
    a += a[0]
    a -= a[:, :1]
    a[:] = a.T + a


def test_overlap_within_one_array():
    same(shifts, np.arange(10.0))
    same(shifts, np.arange(1.0))
    same(rows, np.arange(16.0).reshape(4, 4))


def test_mismatch_leaves_what_numpy_leaves():
    def f(a, b, c):
        a += b
        a *= c
    same(f, np.ones(4), np.ones(4), np.ones(3))
    same(f, np.ones(4), np.ones(3), np.ones(3))


def test_many_operands_and_axes():
    def f(a, b, c, d, e, g, h, i, j, k):
        return a + b - c * d + e - g * h + i - j * k + a * k - b * j + c - d + e * 2 - g
    same(f, *(np.arange(6.0) + k for k in range(10)))
    same(expression, *(np.full((1, 2, 1, 2, 1, 2, 1, 2), k + 1.0) for k in range(3)))
    same(expression, np.array(1.0), np.array(2.0), np.array(3.0))


def test_many_reductions_in_one_nest():
    def f(a):
        return a.sum(), a.max(), a.min(), a.prod(), (a * a).sum(), (a > 1).sum(), np.any(a > 2), np.all(a > 0), np.mean(a)
    same(f, np.arange(1.0, 9.0))


def test_in_a_parallel_loop():
    def f(a, out):
        for i in numjit.prange(len(out)):
            out[i] = (a[i] * 2 + 1).sum()
            a[i, 1:] = a[i, :-1] + 1
    def g(a, out):
        for i in range(len(out)):
            out[i] = (a[i] * 2 + 1).sum()
            a[i, 1:] = a[i, :-1] + 1
    x, y = np.arange(12.0).reshape(3, 4), np.arange(12.0).reshape(3, 4)
    p, q = np.zeros(3), np.zeros(3)
    numjit.njit(parallel=True)(f)(x, p)
    g(y, q)
    assert np.array_equal(x, y) and np.array_equal(p, q)


def stored_beside_a_sum(a):
    b = a * 2
    s = a.sum()
    return b, s


def stored_beside_a_norm(a):
    b = a + 1
    return b, np.sqrt((a * a).sum()), a.any(), a.max()


@pytest.mark.parametrize("f", [stored_beside_a_sum, stored_beside_a_norm])
def test_what_is_stored_beside_a_sum(f):
    same(f, np.linspace(-1, 1, 300), np.zeros((3, 50), "f4"), np.ones((4, 5), order="F"))


def jacobi_steps(a, b):
    for _ in range(3):
        b[1:-1] = a[:-2] + a[1:-1]
        a[1:-1] = b[:-2] + b[1:-1]


def test_statements_over_the_same_extents():
    for n in (2, 3, 9):
        same(jacobi_steps, np.linspace(-1, 1, n), np.linspace(0, 3, n))


def across(a, b, c):
    return a + b.T * c, (a - b.T).max(), (a > b.T).all()


def turned_into(a, b, c):
    a[:] = b.T + c
    a += b.T


@pytest.mark.parametrize("n, m", [(130, 70), (64, 65), (1, 200), (63, 0)])
def test_arrays_that_lie_across_each_other(n, m):
    def some(k, wide):
        rng = np.random.default_rng(k)
        x = rng.integers(0, 9, (2 * n, 2 * m) if wide else (n, m)).astype(float)
        return x[::2, ::-2] if wide else x
    for k, (p, q, r) in enumerate(itertools.product((False, True), repeat=3)):
        for order in "CF":
            a, b, c = some(k, p), np.array(some(k + 1, q).T, order=order), np.array(some(k + 2, r), order=order)
            if m:
                same(across, a, b, c)
            same(turned_into, a, b, c)
            same(turned_into, a, b[::-1], c)


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4)])
def test_results_have_the_order_of_their_operands(shape):
    f, c, v = np.asfortranarray(np.ones(shape)), np.ones(shape), np.ones(shape[-1])
    one = np.ones(shape[:-1] + (1,), order="F")
    def keeps(x, y, v):
        return -x, x * 2 + v, np.sqrt(x) > v[0], x + y, np.where(x > 1, x, 0), x + v[0] * x.T.T
    for x, y in itertools.product((f, c), repeat=2):
        for got, want in zip(numjit.njit(keeps)(x, y, v), keeps(x, y, v)):
            assert got.flags.f_contiguous == want.flags.f_contiguous and np.array_equal(got, want)
    assert np.array_equal(numjit.njit(lambda x, y: x + y)(f, one), f + one)


def margins(a):
    return a[:], a[2:], a[:-2], a[1:-1], a[3:-2], a[0:-1], a[-3:], a[:3], a[-3:-1], a[-2:2]


def test_slices_by_their_margins():
    same(margins, *(np.arange(n) for n in range(7)), np.arange(12)[::-2], np.zeros((3, 0)))


def second_difference(a):
    return a[2:] - 2 * a[1:-1] + a[:-2]


def test_slices_with_equal_margins_need_no_test_of_shapes():
    text = numjit.dump(numjit.njit(second_difference), "nest", ("f8[::1]",))
    assert "check" not in text and text.count("\n    nest") == 1
    same(second_difference, *(np.linspace(0, 1, n) ** 2 for n in range(6)))


@numjit.njit
def double_and_one(x):
    return x * 2 + 1


@numjit.njit
def both(x, y):
    z = double_and_one(x) * y
    return z - double_and_one(y)


@numjit.njit
def positive(x):
    return np.sqrt(x) if x > 0 else -1.0


@numjit.njit
def rooted(a, i):
    return positive(a[i])


def through_calls(a, b):
    return both(a, b) + double_and_one(double_and_one(a))


def through_a_call(a, b):
    return double_and_one(a) + b


def roots(a, b):
    out = np.empty(len(a))
    for i in range(len(a)):
        out[i] = rooted(a, i) + rooted(b, len(a) - 1 - i)
    return out


def caught(a, b):
    try:
        return through(a, b), 0
    except ValueError:
        return a[:1] * 1, 1


@numjit.njit
def through(a, b):
    return both(a, b) * 2


@pytest.mark.parametrize("f", [through_calls, through_a_call])
def test_small_functions_are_one_pass(f):
    for array in (V, M):
        assert shape_of(f, array, array) == (1, 1)
        assert " call " not in numjit.dump(numjit.njit(f), "nest", (array, array))
    same(f, np.arange(6.0), np.ones(6))
    same(f, np.ones((2, 3)), np.ones((2, 1)))


def frames(f, *args):
    try:
        f(*args)
    except Exception as e:
        return type(e), str(e), [(x.name, x.lineno, x.colno, x.end_colno) for x in traceback.extract_tb(e.__traceback__)[1:]]


def python_of(f):
    """f and the functions of this file that it calls, run by CPython."""
    names = {k: v.py_func if hasattr(v, "py_func") else v for k, v in globals().items()}
    for k, v in names.items():
        if isinstance(v, types.FunctionType) and v.__globals__ is globals():
            names[k] = types.FunctionType(v.__code__, names, v.__name__, v.__defaults__, v.__closure__)
    return names[f.__name__]


def test_inlined_functions_have_frames():
    for f, args in [(through_calls, (np.ones(3), np.ones(4))), (roots, (np.ones(3), np.ones(2))), (rooted.py_func, (np.ones(3), 5))]:
        want = frames(python_of(f), *args)
        assert want and frames(numjit.njit(f), *args) == want
    for x, y in ((np.ones(3), np.ones(4)), (np.ones(2), np.ones(2))):
        same(caught, x, y)
    same(roots, np.linspace(-1, 1, 9), np.ones(9))


def sizes(x):
    a = np.empty(3)
    a[1] = x
    return a.size + np.array([x, 2 * x]).size + np.ndim(np.asarray(x))


def test_an_array_that_is_only_stored_to_is_not_made():
    same(sizes, 1.5)
    assert " new " not in numjit.dump(numjit.njit(sizes), "opt", ("f8",))


def row_sums(a, b):
    return ((a - b) ** 2).sum(axis=1)


def column_sums(a, b):
    return (a * b).sum(axis=0)


def kept_maxima(a, b):
    return (a - b).max(axis=-1, keepdims=True), np.exp(a * b).prod(axis=0)


@pytest.mark.parametrize("f, arrays", [(row_sums, 1), (column_sums, 1), (kept_maxima, 2)])
def test_reductions_along_axes_make_no_temporary(f, arrays):
    assert shape_of(f, M, M)[1] == arrays
    fast = numjit.njit(f)
    for n, m in [(3, 4), (1, 5), (70, 200)]:
        for x, y in itertools.product(layouts(n, m), repeat=2):
            if x.ndim == 2 or y.ndim == 2:
                want, got = f(x, y), fast(x, y)
                for w, g in zip(want, got) if isinstance(want, tuple) else [(want, got)]:
                    assert w.shape == g.shape and np.allclose(w, g, rtol=1e-12)


def test_a_reduction_with_a_written_array():
    def f(a, b):
        t = a * 2
        a[0, 0] = 7.0
        return t.sum(axis=1), (a + b).sum(axis=0, out=b[0])
    same(f, np.arange(12.0).reshape(3, 4), np.ones((3, 4)))


def cut(a, b, c):
    return (a * b)[1:-1] + c[1:-1]


def stepped(a, b, c):
    return (a * b)[::-2] * 2


def again(a, b, c):
    return ((a * b + c)[1:] * 2)[:-1] - 1


def differences(a, b, c):
    t = a * b
    return t[1:] - t[:-1]


def by_name(a, b, c):
    return np.diff(a * b) + 1


def into_cut(a, b, c):
    a[1:-1] = (a * b)[2:] - (a * b)[:-2]


def into_reversed(a, b, c):
    t = a * b
    a[::-1] = t[::-1] + 1


def cut_sum(a, b, c):
    return np.array([(a * b)[1:].sum(), (a - c)[::2].max()])


def columns(a, b, c):
    return (a * b)[:, None] + c


def reshaped(a, b, c):
    return (a * 2).reshape(1, -1, 1) + (np.arange(12) * 2).reshape(3, 4)[1]


def windows(a, b, c):
    return np.lib.stride_tricks.sliding_window_view(a + b, 1) * 2


def transposed(a, b, c):
    return (a * b).T + c


def inner(a, b, c):
    return (a * b)[1:-1, 1:] - (a * b)[:-2, :-1] * c[1:-1, :-1]


def one_row(a, b, c):
    return (a * b)[-1] + np.flip(c * a)[0, 1:2]


def along_axes(a, b, c):
    return (a + b).T.sum(axis=0) + (a * c)[:, ::-1].max(axis=1)


VECTORS = [cut, stepped, again, differences, by_name, columns, windows, reshaped]
MATRICES = [transposed, inner, one_row]


@pytest.mark.parametrize("f", VECTORS + MATRICES)
def test_views_are_no_arrays(f):
    array = V if f in VECTORS else M
    assert shape_of(f, array, array, array) == (1, 1)


@pytest.mark.parametrize("f", [into_cut, into_reversed])
def test_views_into_their_operand(f):
    assert shape_of(f, V, V, V) == (1, 0)


def test_what_is_read_after_a_new_array_is_stored_is_not_its_place():
    def f():
        stop = np.array((5, 6))
        s = np.zeros(2).astype(np.int64)
        s = s + 1
        return s, np.maximum(s, stop)
    same(f)


def test_room_for_another_array_is_nothing_in_between():
    def f(a, b, c):
        t = a * b
        z = np.zeros((a.shape[0], b.shape[0]))
        return t + c, z
    assert shape_of(f, V, V, V) == (1, 2)


def test_an_array_kept_from_what_is_assigned_to_is_one_copy():
    def step(p):
        before = p.copy()
        p[1:-1, 1:-1] = before[1:-1, 2:] + before[:-2, 1:-1] - before[1:-1, 1:-1]
    assert shape_of(step, M) == (2, 1)
    same(step, np.arange(30.0).reshape(5, 6))

    def own_place(p):
        before = p.copy()
        p[1:-1] = before[1:-1] + before[1:-1] ** 2
    assert shape_of(own_place, M) == (1, 0)
    same(own_place, np.arange(30.0).reshape(5, 6))


def test_a_dear_array_read_through_two_views_is_stored():
    def f(a):
        t = np.exp(a)
        return t[1:] - t[:-1]
    assert shape_of(f, V) == (2, 2)
    same(f, np.zeros(5))


@pytest.mark.parametrize("f", VECTORS + [into_cut, into_reversed, cut_sum])
def test_views_of_vectors(f):
    x = np.random.default_rng(3).random(24)
    for n, m in [(6, 6), (1, 6), (6, 1), (1, 1), (0, 1), (0, 0), (2, 2), (3, 2)]:
        for step in (1, -1, 2):
            same(f, x[:2 * n:2 if step == 2 else 1][:n][::step], x[7:7 + m][::step], x[3:3 + n])


@pytest.mark.parametrize("f", MATRICES + [along_axes])
def test_views_of_matrices(f):
    x = np.random.default_rng(4).random((8, 9))
    for shapes in itertools.product([(4, 4), (1, 4), (4, 1), (0, 4)], repeat=3):
        same(f, *(x[:n, :m].copy() for n, m in shapes))
    for arrange in (np.asfortranarray, lambda y: y[::-1, ::-1], lambda y: y.T):
        same(f, *(arrange(x[k:k + 4, :4]) for k in range(3)))


def test_a_name_that_is_another_array_each_time_still_gives_vectors():
    """z is a phi of arrays: LLVM cannot tell it from the new one, and its own test took the parts of a complex number for neighbours."""
    def f(c, n):
        z = np.zeros_like(c)
        for _ in range(n):
            z = np.where(z.real * z.real <= 2, z * z + c, z)
        return z
    c = np.linspace(-2, 1, 9) + 1j * np.linspace(-1, 1, 7)[:, None]
    assert np.allclose(numjit.njit(f)(c, 9), f(c, 9), rtol=1e-12)
    assert "parallel_loop_access" in numjit.dump(numjit.njit(f), "llvm", ("c16[:,::1]", "i8"))


def test_operands_that_are_the_same_elements_or_overlap():
    def add(a, b, c):
        a += b * c

    def mixed(a, b, c):
        a[:] = np.where(b > c, a, c)
        c[1:] = c[:-1] * a[1:] + b[1:]

    rng, fast = np.random.default_rng(5), [(f, numjit.njit(f)) for f in (add, mixed)]
    for _ in range(400):
        n = int(rng.integers(1, 40))
        cuts = [(int(rng.integers(0, 6)), int(rng.choice([1, 1, 2, -1]))) for _ in range(3)]
        base = rng.integers(0, 9, 100).astype(float)
        for f, g in fast:
            want, got = base.copy(), base.copy()
            for call, x in ((f, want), (g, got)):
                call(*(x[at:at + n * abs(step)][::step] for at, step in cuts))
            assert np.array_equal(want, got), (f.__name__, n, cuts)


def test_a_dear_table_is_computed_once():
    def f(table, kind):
        return (table // 3)[kind]
    def g(table, kind):
        return (table + 3)[kind]
    types = "i8[::1]", "i8[::1]"
    assert shape_of(f, *types)[1] == shape_of(g, *types)[1] + 1
    same(f, np.arange(5), np.array([4, 0, 0, 2]))


def columns_in_place(a, i):
    a[:] = a[:, i]
    return a


def rows_in_place(a, i):
    a[:] = a[i]
    return a


def taken_in_place(a, i):
    a[:] = np.take(a, i, axis=1) + 1
    return a


@pytest.mark.parametrize("f", [columns_in_place, rows_in_place, taken_in_place])
@pytest.mark.parametrize("n", [3, 4, 5, 9])
def test_elements_picked_from_what_is_assigned_to(f, n):
    for a in (np.arange(n * n * 1.0).reshape(n, n), np.arange(n * n).reshape(n, n)[:, ::-1]):
        same(f, a, np.arange(n)[::-1].copy())
        same(f, a, np.arange(1, n + 1) % n)


def memory_of_the_dead(a, b, n):
    e = np.exp(a)
    r = e / e.sum()                     # may lie where e did
    f = np.exp(b)
    kept = f / f.sum(), f               # f goes on
    g = np.exp(a + b)
    h = g / g[::-1].sum() + g[::-1]     # other elements
    v = np.exp(a - b)
    w = v[1:]
    x = v / v.max()
    s = w.sum()                         # through a view
    y = np.exp(a * b)
    for i in range(n):
        z = y / (y.sum() + i)           # again in the next turn
        s += z[0]
    p = np.sqrt(np.abs(a))
    if n > 1:
        q = p / p.sum()
    else:
        q = p * p.sum()
    t = np.exp(a), 1                    # in a tuple
    u = t[0] / t[0].sum()
    m = np.exp(b * 2)
    o = np.log(m) * m.sum() + np.exp(m / m.max())
    return r, kept, h, x, s, q, u, t[0], o


def test_memory_of_the_dead():
    fast = numjit.njit(memory_of_the_dead)
    for n, m in itertools.product((1, 2, 7), (9, 3000)):
        a, b = np.linspace(-1, 1, m), np.linspace(0, 1, m)
        for want, got in zip(memory_of_the_dead(a, b, n), fast(a, b, n)):
            assert np.allclose(want, got, rtol=1e-13)


def test_a_result_lies_where_a_temporary_did():
    def softmax(a):
        e = np.exp(a - a.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)
    def shared(a):
        e = np.exp(a)
        return e / e.sum(), e
    assert shape_of(softmax, M)[1] == 3 and shape_of(shared, V)[1] == 2
    assert shape_of(lambda a: np.concatenate((a, a)) * 2, V)[1] == 1
    for a in np.random.default_rng(0).random((7, 300)), np.zeros((3, 1)), np.asfortranarray(np.eye(4)):
        assert np.allclose(numjit.njit(softmax)(a), softmax(a), rtol=1e-14)


def of_rows(a, b, c, out):
    t = np.exp(a) * 2
    out[...] = np.sin(c)
    return t + b, (t * b + np.log(b * b + 1)).sum(), np.exp(a) * np.exp(b) - np.tanh(c) * b, np.maximum(t - b, c).argmax()


def test_dear_rows_of_any_stretch():
    fast = numjit.njit(of_rows)
    rng = np.random.default_rng(3)
    for shape in [(6, 40), (3, 7, 50), (1, 9), (4, 1), (0, 3), (3, 0)]:
        b = rng.random(shape)
        parts = [b, b[:1], b[..., :1], b[:1, ..., :1], np.asfortranarray(b[:1]), b[:, ::-1][:1], b[:, :1]]
        for a, c, order in itertools.product(parts, parts, "CF"):
            want_out, got_out = np.zeros(shape, order=order), np.zeros(shape, order=order)
            if b.size == 0:
                continue
            want, got = of_rows(a, b, c, want_out), fast(a, b, c, got_out)
            for w, g in zip(want + (want_out,), got + (got_out,)):
                assert np.allclose(w, g, rtol=1e-13), (a.shape, c.shape)


def test_loops_over_views_are_vectors():
    @numjit.njit
    def stencil(u):
        return u[:-2, 1:-1] + u[1:-1, :-2]
    stencil(np.zeros((5, 5)))
    assert "elements at a time" in stencil.explain()
