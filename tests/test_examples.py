"""The example programs run from beginning to end: each checks its own results."""
import pathlib

import pytest

import child

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent / "examples"


@pytest.mark.not_sanitized
@pytest.mark.parametrize("command", [["terrain.py"], ["photo.py", "--scale", "1"]], ids=lambda c: c[0])
def test_example(command, tmp_path):
    pytest.importorskip("matplotlib")
    out = tmp_path / "picture.png"
    done = child.run([str(EXAMPLES / command[0]), *command[1:], "--out", str(out)], 600, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert out.stat().st_size > 10_000
