"""A program that a test runs beside itself: it ends, and all that it starts ends with it."""
import os
import signal
import subprocess
import sys
import tempfile


def stop(process):
    """First so that each of its Pythons says where its threads are."""
    for how, seconds in (signal.SIGABRT, 5), (signal.SIGKILL, 60):
        try:
            os.killpg(process.pid, how)
            process.wait(seconds)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


def run(words, timeout=120, env=os.environ, cwd=None):
    """python `words`, ended: its returncode, stdout and stderr. These are files: a process that it forgot would hold a pipe open."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen([sys.executable, *words], stdout=out, stderr=err, cwd=cwd, start_new_session=True,
                                   env={**env, "PYTHONFAULTHANDLER": "1"})
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            pass
        hangs = process.returncode is None
        if hangs:
            stop(process)
        texts = [(file.seek(0), file.read())[1] for file in (out, err)]
    assert not hangs, f"no end after {timeout} s: {texts[0][-1000:]}{texts[1][-20000:]}"
    return subprocess.CompletedProcess(words, process.returncode, *texts)
