"""f-strings, str(), "%" ... of values: returned, printed, raised."""
import numpy as np
import pytest

import numjit
from differential import same


def pieces(n, x):
    return f"n = {n:>5}, {{x}} = {x:.3f} {x!r}, {n + 1}{n}"


def widths(n, x):
    return f"{x:{n}.{2}f}|{n:0{n}d}|{n:+}"


def calls(n, x):
    return str(n), repr(x), hex(n), oct(n - 7), bin(-n), chr(n + 60), format(x, ".2e"), format(n), ascii(n), str()


def percent(n, x):
    return "%d %5.2f %s%%" % (n, x, n > 2), "%s" % n, "{1} {0:>4}".format(n, x)


def joined(n, x):
    s = f"{n}"
    if x > 2:
        s = s + " is " + f"{x} {{}}"
    return s + "."


def one_of(n, x):
    if n == 3:
        s = "three"
    elif n > 3:
        s = f"{n} and {x}"
    else:
        s = f"few: {n}"
    return f"<{s!r:>20}>", s


def values(n, x):
    t = (n, x, None, True, "a'b", 1j * x)
    return f"{t} {range(n)} {None} {n == 3} {t[2:4]!s}"


def raised(n, x):
    message = f"{n} is not {x:.1f}"
    raise ValueError(message, f"{n}", n)


def asserted(n, x):
    if n >= 0:
        raise AssertionError(f"{n} < 0? {x}")       # pytest rewrites an assert


def printed(n, x):
    print(f"{n}", (f"{x}", 1), sep=f"-{n}-", end="%d\n" % n)


@pytest.mark.parametrize("n, x", [(3, 2.5), (2, -0.0), (12, float("nan")), (5, 1e300)])
@pytest.mark.parametrize("f", [pieces, widths, calls, percent, joined, one_of, values, raised, asserted], ids=lambda f: f.__name__)
def test_texts(f, n, x):
    same(f, n, x)


@pytest.mark.parametrize("s", ["12", " -7 ", "ff", "0x1f", "", "nan", "1e3", "1_000", "x"])
def test_numbers_of_texts(s):
    for f in (lambda s: int(s), lambda s: float(s), lambda s: int(s, 16), lambda s: int(s, base=0)):
        same(f, s)


def test_print(capsys):
    printed(3, 2.5)
    want = capsys.readouterr().out
    numjit.njit(printed)(3, 2.5)
    assert capsys.readouterr().out == want


def test_a_float32_has_its_own_digits(capsys):
    def f(a):
        print(a[0], a[1])
        return f"{a[0]} {a[0]:.3f}"
    a = np.array([0.1, 1e10], np.float32)
    want = f(a), capsys.readouterr().out
    assert (numjit.njit(f)(a), capsys.readouterr().out) == want


def test_constant_texts_decide_branches():
    def f(n):
        mode = "a" + "b"
        return n + 1 if mode == "ab" else None
    assert numjit.njit(f)(1) == 2


def test_what_is_refused():
    with pytest.raises(numjit.errors.UnsupportedError, match=r"a text with an array.*array\(float64"):
        numjit.njit(lambda a: f"{a}")(np.zeros(2))
    with pytest.raises(ValueError, match=r"chr\(\) arg not in range"):
        numjit.njit(lambda n: chr(n))(-1)


def test_digits_of_numpy():
    def digits(x, base, width):
        return np.base_repr(x, base), np.base_repr(x, base, 2), np.binary_repr(x), np.binary_repr(x, width)
    for x in 0, 1, -1, 10, -8, -9, np.int8(-128), np.uint64(2**64 - 1):
        for base, width in (2, 4), (16, 70), (3, 1), (37, 9), (1, 9):
            same(digits, x, base, width)


def test_hex_of_floats():
    for x in 0.0, -0.0, 1.5, np.inf, np.nan, -1e-310, np.float64(3):
        same(lambda x: (x.hex(), f"<{(x * 2).hex():>30}>"), x)


def test_asked_of_texts():
    def asked(s):
        return len(s), hash(s), hash((s, 1)), len(s) > 2

    for s in "", "a", "\xe9", "hello", "\u65e5\u672c\u8a9e", "\U0001f600!":
        same(asked, s)
        same(lambda s: ord(s), s)
    for s in "1+2j", " (2-0.5j) ", "nan-infj", "abc", "":
        same(lambda s: complex(s), s)
    for n in 0, 65, 233, 0x65e5, 0x1f600:
        same(lambda n: (chr(n), ord(chr(n))), n)


def long_text(a, b):
    return f"{a}{b}{a}{b}{a}{b}{a}{b}{a}{b}{a}{b}{a}{b}{a}{b}{a}{b}{a}{b}{a}{b}{a}{b}{a}{b}{a}{b}{a}{b}{a}{b:.3f}"


def test_joined():
    same(long_text, 3, 2.5)         # CPython joins a list where there are more than 30
    same(lambda a: (", ".join([str(a), "b", f"<{a}>"]), "-".join(()), "{".join((str(a), "}"))), 7)
    same(lambda a: (f"a\0b{a}\0", "\0" + str(a)), 7)
