"""Every C file of a folder stands in its meson.build, once."""
import re
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent / "src"


@pytest.mark.parametrize("build", sorted(SRC.glob("*/meson.build")), ids=lambda p: p.parent.name)
def test_all_files_are_built(build):
    listed = re.findall(r"'([\w/]+\.c)'", build.read_text())
    assert sorted(listed) == sorted(str(p.relative_to(build.parent)) for p in build.parent.rglob("*.c"))
