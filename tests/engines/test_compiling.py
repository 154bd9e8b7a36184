"""Machine code on disk is never older than any part of it."""

import os
import subprocess
import sys
from pathlib import Path

CALLER = """
from numba import njit
from commonweal.engines.compiling import kept
from parts import part
part = njit(part)

def whole(n):
    return part(n) + 1

whole = kept(whole, nogil=True)
print(whole(1), sum(whole.stats.cache_hits.values()))
"""


def _run(folder: Path) -> str:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-B", str(folder / "caller.py")],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def test_what_is_kept_goes_when_a_function_that_it_calls_changes_in_another_file(tmp_path):
    parts = tmp_path / "parts.py"
    (tmp_path / "caller.py").write_text(CALLER, "utf-8")
    parts.write_text("def part(n):\n    return n + 1\n", "utf-8")
    assert _run(tmp_path) == "3 0"
    assert _run(tmp_path) == "3 1"
    parts.write_text("def part(n):\n    return n + 5\n", "utf-8")
    assert _run(tmp_path) == "7 0"
    assert _run(tmp_path) == "7 1"
