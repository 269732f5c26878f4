"""The checker of the IR (src/ir/check.c): each rule is broken once, and it says so. A right function passes."""
import pathlib
import re
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent / "src"
CC = shutil.which("cc") or shutil.which("gcc")


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """[(the rule's message, what the checker said)], as tests/check_rules.c prints them."""
    if CC is None or not SOURCE.is_dir():
        pytest.skip("no C compiler, or no sources")
    program = tmp_path_factory.mktemp("checker") / "check_rules"
    files = [str(f) for folder in ("base", "type", "ir") for f in sorted((SOURCE / folder).glob("*.c"))]
    subprocess.run([CC, "-std=gnu11", "-O0", f"-I{SOURCE}", str(HERE / "check_rules.c"), *files, "-lm", "-lpthread", "-o", str(program)],
                   check=True, timeout=300)
    done = subprocess.run([str(program)], capture_output=True, text=True, timeout=60, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_each_rule_is_told(said):
    assert said[0] == ["", ""]          # nothing is wrong
    for rule, text in said[1:]:
        assert text.endswith(rule), (rule, text)


def test_each_rule_has_its_case(said):
    text = (SOURCE / "ir" / "check.c").read_text()
    rules = set(re.findall(r'(?:need|broken|broken_block)\([^;]*?"([^"]+)"\);', text)) | {"blocks cannot be reached"}
    assert len(rules) > 50 and rules == {rule for rule, _ in said if rule}
