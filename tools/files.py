"""Which files the repository holds."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def tracked(*patterns: str) -> list[Path]:
    """Return the files git knows or would add, matching the patterns (all without any).

    New files count before they are committed, so a check cannot pass by being run too early.

    Raises:
        LookupError: Nothing matches; a check that sees no file proves nothing.
    """
    listing = [
        "git",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        *patterns,
    ]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    found = [ROOT / name for name in sorted(set(names.split("\0")) - {""})]
    files = [path for path in found if path.is_file()]
    if not files:
        raise LookupError(f"no file matches {patterns}")
    return files
