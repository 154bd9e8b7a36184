"""What Arelle says of a filing, offline, in words; without Arelle, what to do instead."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commonweal.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CHILD: Final = Path(__file__).parent / "judging.py"
_MARK: Final = "judged: "
_LIMIT_S: Final = 600


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that Arelle says of a file."""

    level: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What Arelle says of one file, and what it read in it."""

    file: str
    told: tuple[Told, ...]
    facts: tuple[Mapping[str, Any], ...]

    @property
    def is_valid(self) -> bool:
        """Whether nothing was found: no error, no warning, no sum or duplicate that disagrees."""
        return not self.told


def arelle_is_here() -> bool:
    """Return whether the extra ``xbrl`` is installed."""
    return find_spec("arelle") is not None


def judge(files: Sequence[Path], *, package: Path) -> tuple[Judgement, ...]:
    """Validate files with Arelle, offline: XBRL 2.1, dimensions, units, Calculations 1.1, OIM.

    Args:
        files: Inline XBRL documents, xBRL-JSON, or the metadata of xBRL-CSV.
        package: The taxonomy package that they refer to.

    Raises:
        StateError: Arelle is not installed, or it broke off.
    """
    if not arelle_is_here():
        raise StateError(
            "Arelle is not installed", hint="install commonweal[xbrl], or validate elsewhere"
        )
    with tempfile.TemporaryDirectory() as home:  # Arelle writes settings; not into a user's
        asked = {"package": str(package), "files": [str(file) for file in files], "home": home}
        try:
            done = subprocess.run(  # noqa: S603 - our own module
                [sys.executable, "-P", str(_CHILD)],  # it needs nothing of ours on its path
                input=json.dumps(asked),
                capture_output=True,
                text=True,
                timeout=_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as fault:
            raise StateError(f"Arelle did not end within {_LIMIT_S} s") from fault
    for line in done.stdout.splitlines():
        if line.startswith(_MARK):
            found = json.loads(line.removeprefix(_MARK))
            return tuple(_judgement(each) for each in found)
    said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
    raise StateError(f"Arelle broke off with {done.returncode}; it said: {said}")


def _judgement(found: Mapping[str, Any]) -> Judgement:
    told = tuple(Told(**each) for each in found["told"])
    return Judgement(found["file"], told, tuple(found["facts"]))
