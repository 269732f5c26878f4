"""Texts of numbers that NumPy makes where they leave compiled code: what it would refuse is found before."""
import numpy as np


def text_of(function, *values):
    """The str that function makes of the values (compiled: src/np/format.c)."""
    return function(*values)


def base_repr(number, base=2, padding=0):
    """The digits of number in that base, and so many zeros before them."""
    if base > 36:
        raise ValueError("Bases greater than 36 not handled in base_repr.")
    if base < 2:
        raise ValueError("Bases less than 2 not handled in base_repr.")
    return text_of(np.base_repr, number, base, padding)


def _binary_width(num):
    """How many bits num needs, a negative one with its sign."""
    if num > 0:
        return int(num).bit_length()
    n = int(-num).bit_length()
    return n if 1 << (n - 1) == -num else n + 1


def binary_repr(num, width=None):
    """The bits of num: with a width, in two's complement."""
    if width is not None and num != 0 and width < _binary_width(num):
        raise ValueError(f"Insufficient bit width={width} provided for binwidth={_binary_width(num)}")
    return text_of(np.binary_repr, num, width)
