"""Signatures, types as users write them, locals, shapes, options."""
import io

import numpy as np
import pytest

import numjit
from numjit import float32, float64, int32, int64, njit, types


def half(x):
    return x / 2


@pytest.mark.parametrize("sig", ["float64(float64)", "f8(f8)", float64(float64), (float64,), [float64(float64)]])
def test_spellings(sig):
    f = njit(sig)(half)
    assert f.nopython_signatures and f(3) == 1.5 and f(np.float32(3)) == 1.5


def test_tuples_of_types():
    assert njit((float64, float64))(lambda x, y: x / y)(3, 2) == 1.5
    assert njit(())(lambda: 5)() == 5


def test_compiled_at_once():
    before = numjit.runtime_stats()["compilations"]
    njit("f8(f8)")(half)
    assert numjit.runtime_stats()["compilations"] == before + 1


def test_compile_takes_a_tuple():
    f = njit(half)
    f.compile((float64,))
    assert len(f.signatures) == 1 and f(3.0) == 1.5


def test_result_type():
    assert njit("int64(float64)")(half)(5.0) == 2
    assert njit(float32(float64))(half)(0.1) == float(np.float32(0.05))
    assert type(njit("c16(f8)")(half)(1.0)) is complex
    assert njit("optional(f8)(f8)")(half)(1.0) == 0.5
    with pytest.raises(numjit.errors.TypingError, match="cannot convert"):
        njit("int64(complex128)")(half)
    with pytest.raises(numjit.errors.TypingError, match="cannot convert"):
        njit("void(f8)")(half)


def test_result_of_recursion():
    @njit("int32(int32)")
    def down(n):
        return down(n - 1)
    assert down.overloads == {("int32",): "int32"}


def test_best_signature():
    @njit([int32(int32), float64(float64), int64(int64)])
    def twice(x):
        return x * 2
    assert type(twice(3)) is int and type(twice(3.5)) is float and twice(2**40) == 2**41
    assert len(twice.signatures) == 3
    with pytest.raises(numjit.errors.TypingError, match="no signature"):
        twice(1j)
    assert len(twice.signatures) == 3


def test_no_float_as_int():
    with pytest.raises(numjit.errors.TypingError, match="no signature"):
        njit("i8(i8)")(half)(1.5)


def test_called_from_compiled_code():
    g = njit("float32(float32)")(half)

    @njit
    def f(x):
        return g(x) + 1
    assert f(0.1) == float(np.float32(0.05)) + 1        # float32 + int is float64


@pytest.mark.parametrize("sig", ["f8(f8", "nothing(f8)", "f8[:,::2](f8)", "(f8, f8)", "f8(f8, f8)", "f8(f8) x", 7])
def test_bad_signatures(sig):
    with pytest.raises((numjit.errors.TypingError, TypeError)) as e:
        njit([sig])(half)
    assert "signature" in str(e.value) and len(str(e.value).splitlines()) <= 8


def test_array_signature():
    @njit("f8(f8[:, ::1])")
    def first(a):
        return a[0, 0]
    assert first(np.ones((2, 2))) == 1.0
    with pytest.raises(numjit.errors.TypingError):
        first(np.ones((2, 2)).T[::2])
    with pytest.raises(numjit.errors.TypingError):
        first(np.ones(2))


def test_type_objects():
    assert repr(types.float64[:, ::1]) == "array(float64, 2d, C)"
    assert repr(float64[3, 3]) == "float64[3, 3]"
    assert numjit.typeof(np.zeros((2, 3))) == "array(float64, 2d, C)"
    assert numjit.typeof(1) == "int" and numjit.typeof((1, 2.0)) == "tuple(int, float)"
    assert float32(0.1) == np.float32(0.1)


def test_locals():
    def acc(a):
        s = 0
        for x in a:
            s += x
        return s
    f = njit(locals={"s": float32})(acc)
    a = np.full(1000, 0.1)
    want = np.float32(0)
    for x in a:
        want = np.float32(want + x)
    assert f(a) == float(want) != acc(a)
    with pytest.raises(numjit.errors.TypingError):
        njit(locals={"s": "no_type"})(acc)
    g = njit(locals={"x": types.int64})(half)
    assert g(7.9) == 3.5


def test_extents_in_a_type():
    @njit("f8(f8[3, 3])")
    def trace(a):
        t = 0.0
        for i in range(a.shape[0]):
            t += a[i, i]
        return t
    assert trace(np.eye(3)) == 3.0
    with pytest.raises(numjit.errors.TypingError, match="axis 1 has 4"):
        trace(np.ones((3, 4)))


def product(a, b, c):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            s = 0.0
            for k in range(a.shape[1]):
                s += a[i, k] * b[k, j]
            c[i, j] = s


def test_exact_shapes():
    f, rng = njit(shapes="exact")(product), np.random.default_rng(1)
    for n in (3, 4):
        a, b, c = rng.random((n, n)), rng.random((n, n)), np.empty((n, n))
        f(a, b, c)
        want = np.empty_like(c)
        product(a, b, want)
        assert np.array_equal(c, want)
    assert len(f.signatures) == 2 and "3x3" in f.signatures[0][0]
    text = f.inspect_asm()[f.signatures[0]]
    assert text.count("mulsd") + text.count("mulpd") + text.count("fmadd") > 8      # unrolled


def triangle(a, x):
    for i in range(x.size - 1, -1, -1):
        s = x[i]
        for j in range(i + 1, x.size):
            s -= a[i, j] * x[j]
        x[i] = s / a[i, i]


def test_loops_between_fixed_extents_unroll():
    f, a, x = njit(shapes="exact")(triangle), np.arange(1.0, 17.0).reshape(4, 4), np.arange(1.0, 5.0)
    want = x.copy()
    triangle(a, want)
    f(a, x)
    assert np.array_equal(x, want)
    assert "poll" not in numjit.dump(f, "opt")
    assert f.inspect_asm()[f.signatures[0]].count("divsd") == 4


def test_exact_shapes_end():
    @njit(shapes="exact")
    def size(a):
        return a.size
    for n in range(80):
        assert size(np.zeros(n)) == n
    assert len(size.signatures) == 65 and size.signatures[-1] == ("array(float64, 1d, C)",)


def test_error_model():
    def divide(x, y):
        return x / y
    assert njit(error_model="numpy")(divide)(1.0, 0.0) == np.inf
    assert np.isnan(njit(error_model="numpy")(divide)(0.0, 0.0))
    with pytest.raises(ZeroDivisionError):
        njit(error_model="python")(divide)(1.0, 0.0)
    with pytest.raises(ValueError, match="error_model"):
        njit(error_model="c")(divide)


def test_fastmath():
    def dot(a, b):
        s = 0.0
        for i in range(a.shape[0]):
            s += a[i] * b[i]
        return s
    a = np.arange(10.0)

    def flags(**options):
        f = njit(**options)(dot)
        f(a, a)
        text = f.inspect_llvm()[f.signatures[0]]
        return "fast" if "fadd fast" in text else "reassoc" if "reassoc" in text else ""
    assert flags() == "" and flags(fastmath=True) == "fast"
    assert flags(fastmath={"reassoc", "nsz"}) == "reassoc"
    assert flags(fastmath={"reassoc": True, "nsz": False}) == "reassoc"
    with pytest.raises(ValueError, match="fastmath"):
        njit(fastmath={"quick"})(dot)


def test_boundscheck_off():
    def get(a, i):
        return a[i]
    f = njit(boundscheck=False)(get)
    assert f(np.arange(3.0), 1) == 1.0 and f(np.arange(3.0), -1) == 2.0
    assert "check" not in numjit.dump(f, "opt")


@pytest.mark.parametrize("options", [
    dict(nopython=True), dict(nogil=True), dict(cache=True), dict(inline="always"), dict(debug=True),
    dict(parallel=True), dict(forceobj=False), dict(looplift=False), dict(no_cpython_wrapper=True),
    dict(no_cfunc_wrapper=True), dict(target="cpu"), dict(boundscheck=None), dict(locals={}), dict(shapes="any"),
    dict(pipeline_class=None), dict(_nrt=True), dict(no_rewrites=True), dict(error_model="python")])
def test_accepted_options(options):
    f = njit(**options)(half)
    assert f(3.0) == 1.5
    assert f.targetoptions == options or options.keys() <= {"target"}


def test_unknown_option():
    with pytest.raises(TypeError, match="quick"):
        njit(quick=True)(half)


def test_warm_calls_of_declared_functions():
    """With one signature, arguments are converted to its types; with several, they choose. The first call and the later ones agree."""
    f, g, h = numjit.njit("f8(f8)")(lambda x: x / 2), numjit.njit("i8(i8)")(lambda x: x + 1), numjit.njit("f8(f8[:], i8)")(lambda a, k: a[k])
    two = numjit.njit(["i8(i8)", "f8(f8)"])(lambda x: x + 1)
    back = np.arange(6.0)[::-1]
    read_only = np.arange(3.0)
    read_only.flags.writeable = False
    for _ in range(3):
        assert [f(3), f(1.5), f(np.float64(5)), f(np.float32(0.5)), f(True), f(np.int8(-3))] == [1.5, 0.75, 2.5, 0.25, 0.5, -1.5]
        assert [g(3), g(np.int64(-4)), g(np.uint8(255)), g(2**63 - 2)] == [4, -3, 256, 2**63 - 1]
        assert [h(np.arange(3.0), 2), h(back, 0), h(np.ones((2, 3), order="F")[0], np.int64(1)), h(back[:0:-2], 1)] == [2.0, 5.0, 1.0, 2.0]
        assert [two(1), two(1.5), two(np.float64(2)), two(np.int32(4))] == [2, 2.5, 3.0, 5] and type(two(1)) is int
        for bad, args, error in ((f, (1j,), numjit.TypingError), (f, (None,), numjit.TypingError), (g, (2**64,), OverflowError), (h, (np.ones(3, "f4"), 0), numjit.TypingError),
                                 (h, (np.ones((2, 2)), 0), numjit.TypingError), (h, (np.ones(3), 5), IndexError)):
            with pytest.raises(error):
                bad(*args)
    assert [len(x.signatures) for x in (f, g, h, two)] == [1, 1, 1, 2]


def test_names_of_types():
    assert numjit.optional(numjit.float64) == types.Optional(types.float64) and numjit.none == types.none
    assert (numjit.size_t, numjit.ssize_t, numjit.byte) == (types.uint64, types.int64, types.uint8)
    assert [numjit.from_dtype(np.dtype(t)) for t in ("f4", "?", "c16")] == [types.float32, types.boolean, types.complex128]
    for dtype in ("M8[s]", "S3", [("x", "f8")], "O"):
        with pytest.raises(numjit.errors.UnsupportedError, match="is not one that numjit compiles"):
            numjit.from_dtype(np.dtype(dtype))

    @njit(numjit.float64(numjit.float64, numjit.optional(numjit.int64)))
    def scaled(x, n):
        return x if n is None else x * n
    assert (scaled(2.5, None), scaled(2.5, 3)) == (2.5, 7.5)


def test_array_types_by_layout():
    """Of no axes too; a layout that there is not is refused."""
    array = numjit.types.Array
    assert [repr(array(numjit.float64, 2, layout)) for layout in "CFA"] == [f"array(float64, 2d, {layout})" for layout in "CFA"]
    assert numjit.njit([numjit.float64(array(numjit.float64, 0, "C"))])(lambda a: a[()] + 1)(np.array(2.0)) == 3
    with pytest.raises(ValueError, match="layout must be 'C', 'F' or 'A', not 'Z'"):
        array(numjit.float64, 1, "Z")


@pytest.mark.parametrize("t", [types.float32, types.int64, types.uint8, types.boolean, types.complex128, types.intp, numjit.f8, numjit.int_], ids=str)
@pytest.mark.parametrize("x", [300, 2.75, -3, True])
def test_types_convert(t, x):
    dtype = np.dtype(repr(t))
    want = np.array([x]).astype(dtype)[0]

    @njit
    def convert(x):
        return t(x), np.full(2, t(x))
    if isinstance(x, float) or dtype.kind != "u":           # a negative number to an unsigned type: C's
        got, full = convert(x)
        assert got == want and full.dtype == dtype and full[1] == want
    assert njit(lambda x: types.uint8(1 << (x & 7)) | types.uint8(1))(3) == 9


def test_inspection(capsys):
    @njit
    def plus(a, b):
        return a + b
    plus(1, 2), plus(1.0, 2)
    one, two = plus.signatures
    assert "fadd" in plus.inspect_llvm(signature=two) and "fadd" not in plus.inspect_llvm(one)      # (a dump has a name of its own)
    assert "addsd" in plus.inspect_asm(two) and plus.inspect_asm().keys() == {one, two}
    out = io.StringIO()
    assert plus.inspect_types(out) is None and out.getvalue().count("plus(") == 2 and "float" in out.getvalue()
    plus.inspect_types(signature=one)
    assert capsys.readouterr().out.count("plus(") == 1
    with pytest.raises(AttributeError):
        plus.inspect_types(file=3)
    with pytest.raises(TypeError):
        plus.inspect_llvm(one, two)
