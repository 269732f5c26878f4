"""Bad input, in a process of its own: a crash is found, and reported with its case."""
import pathlib

import pytest

import child

HERE = pathlib.Path(__file__).resolve().parent


def all_well(script, *words):
    done = child.run(["-W", "ignore", str(HERE / script), *words], 600)
    bad = [line for line in done.stdout.splitlines() if line.startswith("BAD ")]
    assert done.returncode == 0, "\n".join(bad or [str(done.returncode), *done.stdout.splitlines()[-1:], done.stderr[-2000:]])


@pytest.mark.parametrize("seed", ["1", "2"])
def test_bad_input(seed):
    all_well("bad_input.py", "500", seed)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_bytecode_that_no_compiler_made(seed):
    all_well("garbage.py", "700", seed)
