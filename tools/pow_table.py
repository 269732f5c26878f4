"""Prints src/runtime/pow.def: for each of 128 parts of [0.703, 1.406) the inverse of its middle, and that inverse's -log in two parts.

    python tools/pow_table.py > src/runtime/pow.def
"""
from decimal import Decimal, getcontext
from fractions import Fraction
import struct

getcontext().prec = 60
PARTS, START, STEP = 128, 0x3FE6900000000000, 1 << 45


def of_bits(u):
    return struct.unpack("d", struct.pack("Q", u))[0]


print("/* POW(inverse, high, low): of part k, 1 / its middle, and high + low = -log(inverse); high is a multiple of 2^-42.")
print(" * tools/pow_table.py prints this. */")
for k in range(PARTS):
    low, high = START + k * STEP, START + (k + 1) * STEP
    middle = (Fraction(of_bits(low)) + Fraction(of_bits(high))) / 2
    inverse = 1.0 if of_bits(low) < 1 < of_bits(high) else float(1 / middle)
    log = -Decimal(inverse).ln()
    head = float(round(log * 2**42)) / 2.0**42
    print(f"POW({inverse.hex()}, {head.hex()}, {float(log - Decimal(head)).hex()})")
