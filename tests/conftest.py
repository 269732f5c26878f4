import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


def pytest_addoption(parser):
    parser.addoption("--accept", action="store_true", help="write what comes out now into golden/*.py and docs/features.md")
