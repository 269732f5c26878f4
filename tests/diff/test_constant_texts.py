"""Constant strings: items, parts, characters."""
from differential import same

WORD = "héllo"


def parts():
    return WORD[1], WORD[-1], WORD[1:3], WORD[::-1], "l" in WORD, "ll" in WORD, "z" not in WORD, [c for c in WORD], WORD[0] + "x"


def loop():
    n = 0
    for c in WORD:
        if c == "l":
            n += 1
    return n


def test_texts():
    same(parts)
    same(loop)
