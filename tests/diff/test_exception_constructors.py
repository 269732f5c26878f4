"""Exceptions whose constructor does more than keep its arguments: it runs when they are raised or caught."""
import pytest
from differential import same


class Needs(Exception):
    def __init__(self, a, b):
        super().__init__(a, b)


class Inherits(Needs):
    pass


class Fails(Exception):
    def __init__(self, a):
        raise KeyError(a)


class NotOne(Exception):
    def __new__(cls):
        return 3


def left():
    raise Needs


def needs():
    try:
        raise Inherits
    except Needs:
        return "caught as itself"
    except TypeError as e:
        return str(e)


def fails():
    try:
        raise Fails(3)
    except Fails:
        return "caught as itself"
    except KeyError as e:
        return str(e)


def not_one():
    try:
        raise NotOne
    except TypeError as e:
        return str(e)


def builtin():
    try:
        raise UnicodeDecodeError
    except UnicodeDecodeError:
        return "caught as itself"
    except TypeError as e:
        return str(e)


def group():
    try:
        raise ExceptionGroup
    except ExceptionGroup:
        return "caught as itself"
    except TypeError as e:
        return str(e)


def cause():
    try:
        raise ValueError from Needs
    except ValueError:
        return "caught without its cause"
    except TypeError as e:
        return str(e)


def in_handler():
    try:
        try:
            raise ValueError
        except ValueError:
            raise Needs
    except Needs:
        return "caught as itself"
    except TypeError as e:
        return str(e)


def fine():
    try:
        raise Needs(1, 2)
    except Needs as e:
        return e.args


@pytest.mark.parametrize("f", [left, needs, fails, not_one, builtin, group, cause, in_handler, fine])
def test_constructors(f):
    same(f)
