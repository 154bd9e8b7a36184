"""Reads one untrusted document in a process of its own, which may not do much.

Started as ``python -m commonweal.kernel.disclosure.linting.child KIND NAME`` with the document on
stdin; writes one JSON object to stdout. Address space, processor time and files are limited before
the first byte is read, so a document that is made to exhaust a parser ends this process and no
other.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Final

CPU_LIMIT_S: Final = 60
MEMORY_LIMIT_BYTES: Final = 2 << 30


def main() -> None:
    """Read the document and tell its pieces, or why it was refused."""
    for what, limit in (
        (resource.RLIMIT_CPU, CPU_LIMIT_S),
        (resource.RLIMIT_AS, MEMORY_LIMIT_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))
    kind, name = sys.argv[1:3]
    content = sys.stdin.buffer.read()
    from commonweal.errors import InputError  # noqa: PLC0415 - limits come first
    from commonweal.kernel.disclosure.linting.pieces import pieces_of  # noqa: PLC0415 - as above

    try:
        told: dict[str, object] = {"pieces": list(pieces_of(content, kind, name))}
    except InputError as refusal:
        told = {"refused": str(refusal), "hint": refusal.hint}
    except MemoryError:
        told = {"refused": f"{name} needs more memory than a report may", "hint": ""}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
