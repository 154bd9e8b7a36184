"""A request's rows on the disk before anything is done with them, in bounded memory.

Only so many requests may bring rows at once; one more is told to come again. Who holds a place
holds a lock on its file, so a killed process leaves none behind.
"""

from __future__ import annotations

import fcntl
import hashlib
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

from django.utils.translation import gettext as _

from commonweal.api.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK_BYTES: Final = 1 << 20
_GZIP: Final = 31
"""Of ``zlib``: the largest window, with gzip's own head and tail."""
_RETRY_S: Final = 5


class Readable(Protocol):
    """What a server gives of a request."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes; nothing at the end."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """Rows on the disk."""

    path: Path
    sha256: str
    n_bytes: int


@contextmanager
def place_taken(folder: Path, *, most: int) -> Iterator[Path]:
    """Hold one of the places for rows, and give a folder that is emptied at the end.

    Raises:
        ProblemError: All places are taken.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(most):
        with (folder / f"{number}.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            own = folder / str(number)
            own.mkdir(exist_ok=True)
            _empty(own)  # of who died here
            try:
                yield own
            finally:
                _empty(own)
            return
    raise ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "busy",
        _("%(most)d requests bring rows already") % {"most": most},
        hint=_("come again in %(n)d seconds") % {"n": _RETRY_S},
        headers={"Retry-After": str(_RETRY_S)},
    )


def spool(body: Readable, path: Path, *, gzipped: bool, most_bytes: int) -> Spooled:
    """Write what a request brings to a file, unpacked.

    Raises:
        ProblemError: It is larger than allowed, once unpacked, or is no gzip; or there is none.
    """
    digest, n_bytes = hashlib.sha256(), 0
    with path.open("wb") as file:
        for block in _unpacked(body) if gzipped else _blocks(body):
            n_bytes += len(block)
            if n_bytes > most_bytes:
                raise ProblemError(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    "large",
                    _("the rows have more than %(most)d MB") % {"most": most_bytes // 1_000_000},
                    hint=_("send them in several requests"),
                )
            digest.update(block)
            file.write(block)
    if not n_bytes:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "empty", _("the request brings nothing"))
    return Spooled(path, digest.hexdigest(), n_bytes)


def _blocks(body: Readable) -> Iterator[bytes]:
    while block := body.read(_BLOCK_BYTES):
        yield block


def _unpacked(body: Readable) -> Iterator[bytes]:
    """Yield blocks of at most a block's size, whatever a few packed bytes promise to become."""
    machine, is_open = zlib.decompressobj(_GZIP), False
    try:
        for packed in _blocks(body):
            rest = packed
            while rest:
                is_open = True
                yield machine.decompress(rest, _BLOCK_BYTES)
                rest = machine.unconsumed_tail
                if machine.eof:  # another member may follow
                    rest = machine.unused_data
                    machine, is_open = zlib.decompressobj(_GZIP), False
        while is_open and not machine.eof:
            if not (more := machine.decompress(b"", _BLOCK_BYTES)):
                raise zlib.error("it is cut short")  # noqa: TRY301 - told below like any fault
            yield more
    except zlib.error as fault:
        detail = _("the content is no gzip, as its encoding says: %(fault)s") % {"fault": fault}
        raise ProblemError(HTTPStatus.BAD_REQUEST, "encoding", detail) from fault


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
