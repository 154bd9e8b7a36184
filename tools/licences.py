"""Licences of what ships with an installation: no copyleft by accident.

Only the runtime lock counts; development tools never reach an operator's machine.
"""

from __future__ import annotations

import re
import subprocess
import sys

from tools.files import ROOT

REFUSED = "GPL;SSPL;BUSL;UNKNOWN"  # partial matches; "GPL" covers AGPL and LGPL too


def runtime_packages() -> list[str]:
    """Return the names in the runtime lock."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    return re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock, flags=re.MULTILINE)


def main() -> int:
    """Print the licences; fail on a refused one."""
    listing = [sys.executable, "-m", "piplicenses", f"--python={sys.executable}", "--from=mixed"]
    listing += ["--partial-match", f"--fail-on={REFUSED}", "--packages", *runtime_packages()]
    return subprocess.run(listing, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
