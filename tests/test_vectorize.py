"""@vectorize and @guvectorize from Python and in compiled code."""
import gc
import threading
import weakref

import numpy as np
import pytest

import numjit


def plus(x, y):
    return x + y


def test_exact_types_are_found_whatever_came_first():
    f = numjit.vectorize(plus)
    for dtype in ("f8", "f4", "c16", "i8", "u8", "c8"):
        assert f(np.ones(3, dtype), np.ones(3, dtype)).dtype == dtype
    assert f(np.ones(3, "i2"), np.ones(3, "i2")).dtype == np.int64      # the sum of two integers in the language
    assert f(np.ones(3, "f4"), 2.0).dtype == np.float32         # NEP 50
    f(np.ones(3, "i2"), 2)
    assert "hh->l" in f.types
    assert f(np.ones(3, "i2"), 2.5).dtype == np.float64


@pytest.mark.parametrize("n", [15, 16, 31])
def test_many_operands(n):
    names = [f"a{k}" for k in range(n)]
    space = {"numjit": numjit}
    exec(f"total = numjit.vectorize(lambda {', '.join(names)}: {' + '.join(names)})\n"
         f"use = numjit.njit(lambda x, out: (total({', '.join(['x'] * n)}), total({', '.join(['x'] * n)}, out=out)))", space)
    x = np.arange(3.0)
    for r in *space["use"](x, np.empty(3)), space["total"](*[x] * n):
        np.testing.assert_array_equal(r, n * x)


def test_too_many_operands():
    names = ", ".join(f"a{k}" for k in range(32))
    with pytest.raises(TypeError, match="more than 32 operands and results"):
        numjit.vectorize(eval(f"lambda {names}: a0"))


def test_results_that_overlap_operands():
    f = numjit.vectorize(["f8(f8, f8)"])(plus)
    a = np.arange(9.0)
    want = a[1:] + a[:-1]
    f(a[1:], a[:-1], out=a[1:])
    assert (a[1:] == want).all()
    b = np.arange(50.0)
    assert f.reduce(b) == b.sum() and (f.accumulate(b) == np.add.accumulate(b)).all()
    assert f.reduce(b[::-1]) == b.sum()


def test_errors_have_the_functions_frame():
    @numjit.vectorize(["i8(i8)"])
    def f(x):
        return np.arange(3)[x]
    with pytest.raises(IndexError) as e:
        f(np.arange(1000))
    assert e.traceback[-1].name == "f"
    assert (f(np.arange(3)) == np.arange(3)).all()


@pytest.mark.parametrize("itself", [False, True])
def test_is_freed(itself):
    def make():
        def f(x):
            return x + 1 if not itself or x > 0 else g(x + 1)
        g = numjit.vectorize(f)
        g(np.arange(3.0))
        return weakref.ref(g._dispatcher)
    dead = make()
    gc.collect()
    assert dead() is None


def test_the_ufunc_lives_without_its_maker():
    u = numjit.vectorize(["f8(f8)"])(lambda x: x + 2).ufunc
    gc.collect()
    assert (u(np.arange(3.0)) == np.arange(3.0) + 2).all()


def test_lazy_from_many_threads():
    f = numjit.vectorize(plus)
    wrong = []

    def work(dtype):
        for _ in range(20):
            got = f(np.ones(10, dtype), np.ones(10, dtype))
            if got.dtype != dtype or (got != 2).any():
                wrong.append(dtype)
    threads = [threading.Thread(target=work, args=(d,)) for d in ("f8", "f4", "i8", "u8", "c16")]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_general_in_compiled_code_broadcasts():
    @numjit.guvectorize(["void(f8[:], f8[:], f8[:])"], "(n),(n)->()")
    def dot(a, b, out):
        s = 0.0
        for k in range(a.size):
            s += a[k] * b[k]
        out[0] = s

    @numjit.njit
    def use(a, b):
        return dot(a, b)
    a, b = np.random.rand(4, 3, 5), np.random.rand(3, 5)
    np.testing.assert_allclose(use(a, b), np.einsum("ijk,jk->ij", a, b))
    np.testing.assert_allclose(use(a[0, 0], b[0]), a[0, 0] @ b[0])
    with pytest.raises(ValueError, match="mismatch in its core dimension"):
        use(a, b[:, :4])


def test_elements_in_compiled_code_fuse():
    f = numjit.vectorize(lambda x, y: x * y + 1)

    @numjit.njit
    def use(a, b):
        return f(a, b) * 2 - a
    a, b = np.random.rand(3, 4), np.random.rand(4)
    np.testing.assert_array_equal(use(a, b), (a * b + 1) * 2 - a)
    use(a, a)
    assert numjit.dump(use, "nest", ("f8[:, ::1]", "f8[:, ::1]")).count("nest") < 3


def test_methods_of_ufuncs_with_three_operands_are_refused():
    f = numjit.vectorize(lambda x, y, z: x + y * z)
    a = np.arange(3.0)
    for call in (lambda: f.reduce(a), lambda: f.accumulate(a), lambda: f.outer(a, a), lambda: f.at(a, [0], a[:1])):
        with pytest.raises(ValueError, match="binary"):
            call()


def test_a_function_that_only_raises():
    @numjit.vectorize
    def refused(x):
        raise ValueError("no")

    for x in 1.0, np.zeros(3), np.zeros(2, int):
        for f in refused, numjit.njit(lambda x: refused(x)):
            with pytest.raises(ValueError, match="^no$"):
                f(x)
    assert numjit.njit(lambda x: refused(x))(np.zeros(0)).size == refused(np.zeros(0)).size == 0

    @numjit.vectorize
    def nothing(x):
        pass

    for f in nothing, numjit.njit(lambda x: nothing(x)):
        with pytest.raises(numjit.TypingError, match="returns one number, not none"):
            f(np.zeros(3))


def test_a_docstring_that_is_no_utf8():
    def f(x):
        "doc \udc80"
        return x + 1
    np.testing.assert_array_equal(numjit.vectorize(f)(np.ones(2)), [2, 2])
