"""500 generated programs, the same in each run, beside CPython; `make fuzz` runs 20,000 others. See fuzz.py."""
import time

import fuzz
import programs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SECONDS = 40            # on a slow machine the rest is left out


def test_programs():
    judge, end = fuzz.Worker(), time.time() + SECONDS
    count = {"compiled": 0, "refused": 0}

    @settings(max_examples=500, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data):
        if time.time() > end:
            return
        program = programs.build(lambda n: data.draw(st.integers(0, n - 1)))
        why = fuzz.failure(judge.judge(program))
        refused = why is not None and why.startswith("refused")
        count["refused" if refused else "compiled"] += 1
        assert why is None or refused, f"{why}\n{program.source}" + "".join(f"main({a})\n" for _, a in program.calls)

    try:
        check()
    finally:
        judge.stop()
    assert count["compiled"] > 4 * count["refused"], count
