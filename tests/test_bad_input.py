"""1,000 cases of bad input, in a process of their own: a crash is found, and reported with its case."""
import pathlib
import subprocess
import sys

import pytest


@pytest.mark.parametrize("seed", ["1", "2"])
def test_bad_input(seed):
    script = pathlib.Path(__file__).resolve().parent / "bad_input.py"
    done = subprocess.run([sys.executable, "-W", "ignore", str(script), "500", seed], capture_output=True, text=True, timeout=600)
    bad = [line for line in done.stdout.splitlines() if line.startswith("BAD ")]
    assert done.returncode == 0, "\n".join(bad or [str(done.returncode), *done.stdout.splitlines()[-1:], done.stderr[-2000:]])
