"""500 generated programs, the same in each run, beside CPython; `make fuzz` runs 20,000 others. See fuzz.py."""
import fuzz


def test_programs():
    said = []
    failures, share = fuzz.bulk(500, seed="tests", report=lambda *text, **_: said.append(*text), seconds=40)
    assert failures == 0, "\n".join(said)
    assert share > 0.8, said[-1]
