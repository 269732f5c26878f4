"""Writes tests/open.txt: the conformance cases not compiled yet, each with its reason, from a run with numjit as installed.

    python tools/open_cases.py FOLDER            FOLDER: that of the conformance cases and their run.py
    python tools/open_cases.py FOLDER --check    only says what differs; fails where a case of the file passes now
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

FILE = pathlib.Path(__file__).resolve().parent.parent / "tests/open.txt"
GROUPS = """promises arithmetic comparisons_logic integers floats_complex control_flow builtin_functions math_module cmath_module
    tuples functions type_unification np_scalars_dtypes np_attributes_methods np_indexing np_iteration np_creation
    np_numerical_algorithms""".split()


def short(why):
    """The reason without the place in the case's own file and what was wanted instead."""
    why = re.sub(r"^call \d+: wanted value .*?, got raised (\w+): ", r"\1: ", why)
    return " ".join(why.split(' File "')[0].split())[:160]


def open_cases(folder):
    with tempfile.TemporaryDirectory() as elsewhere:
        table = pathlib.Path(elsewhere) / "table"
        subprocess.run([sys.executable, str(pathlib.Path(folder).resolve() / "run.py"), *GROUPS, "--tsv", str(table)], check=False, cwd=elsewhere)
        rows = [line.rstrip("\n").split("\t") for line in table.read_text().splitlines()]
    return sorted((group, case, short(why)) for group, case, verb, why in rows if verb != "pass")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    now = open_cases(options.folder)
    if not options.check:
        FILE.write_text("".join(f"{group} {case}: {why}\n" for group, case, why in now))
        return print(f"{len(now)} cases not compiled yet")
    held = {line.split(":")[0] for line in FILE.read_text().splitlines()}
    found = {f"{group} {case}" for group, case, _ in now}
    for name in sorted(held - found):
        print("passes now:", name)
    for name in sorted(found - held):
        print("not in the file:", name)
    return 1 if held - found else 0


if __name__ == "__main__":
    sys.exit(main())
