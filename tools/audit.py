"""Known weaknesses of what ships with an installation: the runtime lock, package by package.

Where the index cannot be reached, or knows none of the packages, nothing was audited: that is said,
and is no failure of the code.
"""

from __future__ import annotations

import json
import subprocess
import sys

from tools.files import ROOT

_PATIENCE_S = 120


def main() -> int:
    """Print what is known; fail on a weakness."""
    command = [sys.executable, "-m", "pip_audit", "-r", str(ROOT / "requirements.lock")]
    command += ["--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json"]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=_PATIENCE_S
        )
        found = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError) as fault:
        print(f"skipped: the index of weaknesses did not answer ({type(fault).__name__})")
        return 0
    audited = [each for each in found if "skip_reason" not in each]
    if not audited:
        print(f"skipped: the index that is set knows none of the {len(found)} packages")
        return 0
    weak = [each for each in audited if each["vulns"]]
    for each in weak:
        for one in each["vulns"]:
            mended = ", ".join(one["fix_versions"]) or "no version yet"
            print(f"{each['name']} {each['version']}: {one['id']}, mended in {mended}")
    print(f"{len(audited)} of {len(found)} packages audited, {len(weak)} with a known weakness")
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main())
