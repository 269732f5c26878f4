"""The example programs run from beginning to end: each checks its own results."""
import pathlib
import subprocess
import sys

import pytest

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent / "examples"


@pytest.mark.not_sanitized
@pytest.mark.parametrize("command", [["terrain.py"], ["photo.py", "--scale", "1"]], ids=lambda c: c[0])
def test_example(command, tmp_path):
    pytest.importorskip("matplotlib")
    out = tmp_path / "picture.png"
    done = subprocess.run([sys.executable, str(EXAMPLES / command[0]), *command[1:], "--out", str(out)], cwd=tmp_path,
                          capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert out.stat().st_size > 10_000
