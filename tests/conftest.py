import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


def pytest_addoption(parser):
    parser.addoption("--accept", action="store_true", help="write what comes out now into golden/*.py and docs/features.md")


def pytest_configure(config):
    config.addinivalue_line("markers", "not_sanitized: weighs memory, takes long or tests another program: not under the sanitizers")


def pytest_collection_modifyitems(items):
    if "libasan" not in os.environ.get("LD_PRELOAD", ""):
        return
    for item in items:
        if item.get_closest_marker("not_sanitized"):
            item.add_marker(pytest.mark.skip(reason="not under the sanitizers"))
