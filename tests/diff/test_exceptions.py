"""What a handler can ask of an exception, what it becomes on its way out: class, args, text, cause, context, lines."""
import traceback

import numpy as np
import pytest

import numjit


class Own(Exception):
    def __init__(self, a, b=3):
        super().__init__(a, b)
        self.a = a


class Silent(Exception):
    def __init__(self, a):
        self.q = a


def describe(e, depth=0):
    if e is None or depth > 4:
        return None
    lines = [(x.name, x.lineno) for x in traceback.extract_tb(e.__traceback__) if x.name not in ("run", "outcome")]
    return type(e), e.args, str(e), lines, describe(e.__cause__, depth + 1), describe(e.__context__, depth + 1), e.__suppress_context__


def outcome(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return describe(e)


def text(n):
    raise ValueError(f"bad {n:>6} of {n + 1!r}", n)


def own(n):
    raise Own(f"own {n}", b=n) if n else Silent(3)


def own_keyword(n):
    raise Own(n, b=7)


def silent(n):
    raise Silent(n)


def cause(n):
    try:
        1 // n
    except ZeroDivisionError as e:
        raise Own("x", n) from e


def args_of(n):
    try:
        raise KeyError(n, "a", 2.5)
    except KeyError as e:
        m, s, x = e.args
        return m + len(e.args), s, x, e.args[0]


def args_by_class(n):
    try:
        if n == 0:
            raise KeyError("text")
        raise ValueError(n, 1)
    except ValueError as e:
        return e.args[0] + e.args[1]
    except KeyError as e:
        return e.args[0] == "text"


def helper(n):
    if n < 3:
        raise ValueError(n * 2)
    return n


def args_of_callee(n):
    try:
        return helper(n)
    except ValueError as e:
        if e.args[0] == 0:
            raise
        return e.args[0]


def texts_of(n):
    try:
        1 // n
    except ZeroDivisionError as e:
        return str(e), f"<{e}> {e!r:>70}", e.args[0]
    return "", "", ""


def text_in_a_raise(n):
    try:
        1 // n
    except Exception as e:
        raise ValueError(f"got {e!r}", str(e)) from None


def saved(n):
    keep = None
    for i in range(4):
        try:
            raise ValueError(i)
        except ValueError as e:
            if i == n:
                keep = e
    raise keep


def saved_in_order(n):
    first = second = None
    for i in range(6):
        try:
            if i % 2:
                raise ValueError(i)
            np.zeros(3)[i + 4]
        except Exception as e:
            first, second = second, e
    if isinstance(first, LookupError) and not isinstance(second, (KeyError, LookupError)):
        raise first if n else second


def chain(n):
    try:
        try:
            1 // n
        except ZeroDivisionError:
            raise KeyError("k")
    except KeyError:
        raise IndexError(n)


def named(n):
    try:
        raise OSError(2, f"no such {n}")
    except FileNotFoundError as e:
        return e.args[0]


def caught_here(n):
    e = Own(n, 2)
    try:
        raise e
    except Own as x:
        raise KeyError(n) from x


def printed(n):
    try:
        helper(n)
    except ValueError as e:
        print("caught", e, e.args[0])
    return n


def context_of_an_error(n):
    try:
        1 // n
    except ZeroDivisionError:
        x = np.zeros(3)
        return x[n + 5]


def context_in_finally(n):
    try:
        try:
            raise ValueError(n)
        finally:
            1 // n
    finally:
        n = 2


def context_in_a_loop(n):
    for i in range(3):
        try:
            try:
                1 // (i - n)
            except ZeroDivisionError:
                if i == 1:
                    raise
                raise KeyError(i)
        except KeyError:
            np.zeros(i + 1)[7]
    return n


def raise_the_outer_one(n):
    try:
        1 // 0
    except ZeroDivisionError as a:
        try:
            raise KeyError(n)
        except KeyError:
            raise a


def raise_from_none(n):
    try:
        raise ArithmeticError
    except (ValueError, ArithmeticError) as e:
        raise e from None


FUNCTIONS = [context_of_an_error, context_in_finally, context_in_a_loop, raise_the_outer_one, raise_from_none, text, own_keyword, silent, cause, args_of, args_by_class, texts_of, text_in_a_raise, saved, saved_in_order,
             chain, named, caught_here]


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("n", [0, 1, 3])
def test_exceptions(f, n):
    assert outcome(f, n) == outcome(numjit.njit(f), n)


@pytest.mark.parametrize("f", [args_of_callee, printed], ids=lambda f: f.__name__)
def test_what_a_callee_raises(f, monkeypatch, capsys):
    for n in (0, 1, 3):
        want = outcome(f, n)
        text = capsys.readouterr().out
        with monkeypatch.context() as m:
            m.setitem(globals(), "helper", numjit.njit(helper))
            assert outcome(numjit.njit(f), n) == want
        assert capsys.readouterr().out == text


def test_raise_none():
    def f(n):
        keep = None
        if n:
            try:
                raise ValueError(n)
            except ValueError as e:
                keep = e
        raise keep
    assert outcome(f, 0)[:3] == outcome(numjit.njit(f), 0)[:3]


def raise_none_at_once(n):
    try:
        n //= n
    except ZeroDivisionError:
        n = None
    raise None


def constant_behind_what_always_raises(n):
    try:
        only_raises(n)
        m = 7
    except ValueError:
        pass
    return (abs(n) - 7,)


def slice_behind_what_may_raise(n):
    a = np.arange(6)
    try:
        n = 1 // n + a[n:4].sum()
    except ZeroDivisionError:
        pass
    return a[n:4]


def only_raises(n):
    raise ValueError(n)


@pytest.mark.parametrize("f", [raise_none_at_once, constant_behind_what_always_raises, slice_behind_what_may_raise], ids=lambda f: f.__name__)
def test_behind_an_op_that_raises(f, monkeypatch):
    for n in (0, 1, 3):
        want = outcome(f, n)
        with monkeypatch.context() as m:
            m.setitem(globals(), "only_raises", numjit.njit(only_raises))
            got = outcome(numjit.njit(f), n)
        assert repr(got[:3]) == repr(want[:3])


def test_texts_in_parallel():
    @numjit.njit(parallel=True)
    def f(a, k):
        for i in numjit.prange(k.size):
            try:
                a[k[i]] += 1
            except IndexError as e:
                raise ValueError(f"{i}: {e}", str(e))
    k = np.arange(20000)
    k[15000:] = 10**6
    with pytest.raises(ValueError, match="15000: index 1000000 is out of bounds for axis 0 with size 20000") as error:
        f(np.zeros(20000), k)
    assert error.value.args[1] == "index 1000000 is out of bounds for axis 0 with size 20000"


def test_texts_from_several_threads_at_once():
    """The calling thread kept the GIL after the first, and waited for the others with it."""
    @numjit.njit(parallel=True)
    def f(a, length):
        for i in numjit.prange(length.size):
            try:
                try:
                    a[i] += 1
                except IndexError as e:
                    raise ValueError(str(e))
            except ValueError as e:
                length[i] = len(str(e))
    length = np.zeros(20000, dtype=np.int64)
    f(np.zeros(1000), length)
    assert length.tolist() == [len(f"index {i} is out of bounds for axis 0 with size 1000") if i >= 1000 else 0 for i in range(20000)]


class Counted(ValueError):
    live = most = 0

    def __init__(self, *args):
        super().__init__(*args)
        Counted.live += 1
        Counted.most = max(Counted.most, Counted.live)

    def __del__(self):
        Counted.live -= 1


@numjit.njit
def catch_one(i):
    try:
        raise Counted(i)
    except Counted:
        return 1


def catches_here(n):
    k = 0
    for i in range(n):
        try:
            raise Counted(i)
        except Counted as e:
            k += e.args[0] >= 0
    return k


def catches_there(n):
    k = 0
    for i in range(n):
        k += catch_one(i)
    return k


def catches_chains(n):
    k = 0
    for i in range(n):
        try:
            try:
                raise Counted(i)
            except Counted:
                raise Counted(-i)
        except Counted:
            k += 1
    return k


def catches_and_keeps(n):
    last = None
    for i in range(n):
        try:
            raise Counted(i)
        except Counted as e:
            if i % 10 == 3:
                last = e
    if last is not None:
        raise last


@pytest.mark.parametrize("function", [catches_here, catches_there, catches_chains])
def test_what_was_caught_goes(function):
    """A call holds what its handlers have caught last, not all there ever was: a kilobyte an exception."""
    Counted.most = Counted.live
    before = Counted.live
    assert numjit.njit(function)(1000) == 1000
    assert Counted.most - before <= 8 and Counted.live == before


def test_what_was_caught_is_kept_where_it_is_wanted():
    """Also behind a loop whose handler has caught others since."""
    with pytest.raises(Counted, match="43"):
        numjit.njit(catches_and_keeps)(50)


@numjit.njit
def returns_caught(i):
    try:
        raise Counted(i)
    except Counted as e:
        return e


@numjit.njit
def returns_caught_in_a_tuple(i):
    try:
        raise Counted(i)
    except Counted as e:
        return e, i


@numjit.njit
def returns_what_it_is_given(*e):
    return e[0]


def raises_the_first(n):
    x = returns_caught(1)
    for i in range(n):
        y = returns_caught(i + 10)
    if n > 100:
        raise y
    raise x


def raises_the_first_of_tuples(n):
    x, y = returns_caught_in_a_tuple(1), returns_caught_in_a_tuple(n)
    if y[1] > 100:
        raise y[0]
    raise x[0]


def raises_what_went_through(n):
    kept = None
    for i in range(n):
        try:
            raise Counted(i)
        except Counted as e:
            if i == 1:
                kept = (returns_what_it_is_given(e), i)
    if kept is not None:
        raise kept[0]


def raises_what_a_closure_has(n):
    def catch(i):
        try:
            raise Counted(i)
        except Counted as e:
            def again():
                raise e
            return again
    first, last = catch(1), catch(n)
    if n > 100:
        last()
    first()


@pytest.mark.parametrize("function", [raises_the_first, raises_the_first_of_tuples, raises_what_went_through, raises_what_a_closure_has])
def test_what_was_caught_leaves_its_handler(function):
    """It was in the frame of its function, which the next call used."""
    with pytest.raises(Counted, match="^1$"):
        numjit.njit(function)(5)
