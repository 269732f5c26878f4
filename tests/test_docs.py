"""Every example in README.md and docs/*.md runs, and prints what it says."""
import contextlib
import importlib.util
import io
import os
import pathlib
import re
import subprocess
import sys

import pytest

import numjit

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def examples(page):
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), re.M | re.S)


@pytest.mark.parametrize("page", [p for p in PAGES if examples(p)], ids=lambda p: p.name)
def test_examples(page):
    namespace = {}
    for text in examples(page):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(text, page.name, "exec"), namespace)
        promised = re.findall(r"^ *print\(.*?\) +# (.+)$", text, re.M)
        assert printed.getvalue().splitlines() == promised


def test_every_public_name_has_a_docstring():
    named = [getattr(numjit, name) for name in numjit.__all__] + [numjit.Dispatcher]
    missing = [x for x in named if callable(x) and not getattr(x, "__doc__", None)]
    assert not missing


def features():
    spec = importlib.util.spec_from_file_location("features", ROOT / "tools/features.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.page()


def test_features(request):
    """That the page in docs/ is this one, CI checks: tools/features.py --check."""
    page = features()
    if request.config.getoption("--accept"):
        (ROOT / "docs/features.md").write_text(page)
    assert page.count("\n") > 500 and "| sin | `x` |" in page and "not yet" in page


@pytest.mark.not_sanitized
def test_types_of_the_examples():
    pytest.importorskip("mypy")
    package = pathlib.Path(numjit.__file__).parent.parent      # a checker finds it by itself where it is installed
    where = {} if package.name == "site-packages" else {"MYPYPATH": str(package)}
    done = subprocess.run([sys.executable, "-m", "mypy", "--ignore-missing-imports", "--no-error-summary", "--cache-dir=/dev/null",
                           *map(str, sorted((ROOT / "examples").glob("*.py")))],
                          capture_output=True, text=True, env={**os.environ, **where})
    assert done.returncode == 0, done.stdout + done.stderr
