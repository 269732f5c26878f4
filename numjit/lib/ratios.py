"""Methods of numbers: as_integer_ratio."""
import math


def as_integer_ratio(self):
    """A pair of ints, the second one above 0, whose quotient is exactly this number."""
    if isinstance(self, (int, bool)):
        return int(self), 1
    if math.isnan(self):
        raise ValueError("cannot convert NaN to integer ratio")
    if math.isinf(self):
        raise OverflowError("cannot convert Infinity to integer ratio")
    mantissa, exponent = math.frexp(self)
    while mantissa != math.floor(mantissa):
        mantissa *= 2
        exponent -= 1
    if exponent < -62 or not -9223372036854775808.0 <= self < 9223372036854775808.0:
        raise OverflowError("as_integer_ratio(): a part of the ratio does not fit in 64 bits")
    return (int(mantissa) << exponent, 1) if exponent > 0 else (int(mantissa), 1 << -exponent)
