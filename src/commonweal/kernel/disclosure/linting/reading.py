"""A file as a document: plain text here, everything that needs a parser in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from commonweal.errors import InputError
from commonweal.kernel.disclosure.linting.decoding import decoded
from commonweal.kernel.disclosure.linting.document import (
    Document,
    Piece,
    document_of,
    refuse_long,
)

if TYPE_CHECKING:
    from pathlib import Path

FILE_LIMIT_BYTES: Final = 64 << 20
TIME_LIMIT_S: Final = 120
_KINDS: Final = {
    ".txt": "text",
    ".text": "text",
    ".csv": "text",
    ".tsv": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".docx": "docx",
    ".pdf": "pdf",
}
_CONTENTS: Final = {b"%PDF-": "pdf", b"PK\x03\x04": "docx"}


def document_read(path: Path) -> Document:
    """Read a file as text that remembers where it stood.

    A file of at most 64 MB; HTML, DOCX and PDF are read by a process that may use 2 GB of memory
    and 60 seconds of one processor, and may write nothing.

    Raises:
        InputError: There is no such file, it is too large, of no known kind, damaged, or made to
            exhaust whoever reads it.
    """
    if not path.is_file():
        raise InputError(f"{path} is no file", hint="give .txt, .md, .html, .docx or .pdf")
    if (size := path.stat().st_size) > FILE_LIMIT_BYTES:
        raise InputError(
            f"{path.name} has {size:,} bytes, more than {FILE_LIMIT_BYTES:,}",
            hint="no report is that large; save it without pictures, or its text",
        )
    content = path.read_bytes()
    kind = _kind(path, content)
    if kind in {"text", "markdown"}:
        text = decoded(content, path.name)
        refuse_long(path.name, len(text))
        return Document(str(path), kind, text)
    return document_of(str(path), kind, _read_apart(content, kind, path.name))


def _kind(path: Path, content: bytes) -> str:
    for mark, kind in _CONTENTS.items():
        if content.startswith(mark):
            return kind
    kind = _KINDS.get(path.suffix.lower(), "")
    if kind in {"docx", "pdf"}:
        raise InputError(f"{path.name} is named like {kind.upper()} and is none")
    if not kind:
        raise InputError(
            f"{path.name} is of no kind that is read", hint="give .txt, .md, .html, .docx or .pdf"
        )
    return kind


def _read_apart(content: bytes, kind: str, name: str) -> list[Piece]:
    command = [sys.executable, "-m", "commonweal.kernel.disclosure.linting.child", kind, name]
    try:
        done = subprocess.run(  # noqa: S603 - a module of ours
            command, input=content, capture_output=True, check=False, timeout=TIME_LIMIT_S
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"{name} could not be read within {TIME_LIMIT_S} seconds") from None
    if done.returncode:
        raise InputError(
            f"{name} could not be read: its reader was stopped ({done.returncode})",
            hint="it needs more than 60 seconds or 2 GB, or is damaged; save it anew",
        )
    told = json.loads(done.stdout)
    if "refused" in told:
        raise InputError(told["refused"], hint=told["hint"])
    return [Piece(*piece) for piece in told["pieces"]]
