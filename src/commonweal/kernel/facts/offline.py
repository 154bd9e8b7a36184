"""Scripts that go out with packs: they check them with the standard library alone."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from commonweal.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path

_IMPORT: Final = "from commonweal.engines.proving import climbed, signature_holds\n"
_BEGINS: Final = "import hashlib\n"


def script_alone(path: Path) -> bytes:
    """Return a script with the text of ``engines.proving`` in the place of its import.

    Raises:
        DefinitionError: The script does not import it, or anything else of ours.
    """
    script = path.read_text("utf-8")
    shared = files("commonweal.engines").joinpath("proving.py").read_text("utf-8")
    alone = script.replace(_IMPORT, shared.partition(_BEGINS)[2].strip("\n") + "\n\n")
    if alone == script or "commonweal.engines" in alone:
        raise DefinitionError(
            f"{path.name} is no script that could stand alone",
            hint=f"of ours it may import one line: {_IMPORT.strip()}",
        )
    return alone.encode()
