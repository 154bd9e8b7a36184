"""What an edition is frozen as: the instant, the facts, the texts, and the bytes of its files.

The files are built from nothing else, so that building them again gives the same bytes. They are
kept under their hash, too: what was published can be read even if the program has moved on.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from commonweal import __version__
from commonweal.errors import StateError
from commonweal.kernel.disclosure.definitions import report_definition
from commonweal.kernel.disclosure.editions.plain import report_text
from commonweal.kernel.disclosure.known import latest_instant
from commonweal.kernel.disclosure.renderings.forms import (
    CONTENT_TYPES,
    FORMS,
    Places,
    places,
    report_render,
)
from commonweal.kernel.disclosure.services import report_build
from commonweal.kernel.disclosure.wording import LANGUAGES
from commonweal.kernel.facts.models import Fact
from commonweal.periods import period

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from commonweal.kernel.disclosure.editions.edition import Edition
    from commonweal.kernel.disclosure.tree import Report
    from commonweal.kernel.disclosure.wording import Language

MEDIA: Final = {**CONTENT_TYPES, "txt": "text/plain; charset=utf-8"}
"""The forms of an edition's files, by the end of their names; the text is always there."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """Everything that an edition stands for."""

    as_of: datetime
    program: str
    texts_sha256: str
    fact_ids: tuple[int, ...]
    facts_sha256: str
    tree_size: int
    root_hash: str
    files: Mapping[str, bytes]
    """By name, as ``zh-hant.html``."""

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of each file."""
        return {name: sha256(content).hexdigest() for name, content in sorted(self.files.items())}


def frozen_build(
    edition: Edition, *, as_of: datetime | None = None, at: Places | None = None
) -> Frozen:
    """Build an edition from its freeze, or as things are known now if it is a draft.

    Args:
        edition: Which.
        as_of: Another instant than that of its freeze.
        at: Where typefaces lie and typeset files are kept; the operator's home folder by default.

    Raises:
        DefinitionError: The texts of the report do not hold.
        StateError: There are no facts, or a typeface for a PDF is missing.
    """
    as_of = as_of or edition.as_of or latest_instant()
    at = at or places(settings.HOME)
    reports = reports_build(edition, as_of)
    files: dict[str, bytes] = {}
    for language, report in reports.items():
        files[f"{language}.txt"] = report_text(report).encode()
        for form in FORMS:
            if form in forms_of(edition):
                files[f"{language}.{form}"] = report_render(report, form, at=at)
    ids = sorted({entry.fact_id for report in reports.values() for entry in report.entries})
    first = next(iter(reports.values()))
    return Frozen(
        as_of=as_of,
        program=__version__,
        texts_sha256=texts_digest(edition.report),
        fact_ids=tuple(ids),
        facts_sha256=facts_digest(ids),
        tree_size=first.tree_size,
        root_hash=first.root_hash,
        files=files,
    )


def forms_of(edition: Edition) -> set[str]:
    """Return the forms that an edition was frozen in, or will be."""
    frozen = {name.rpartition(".")[2] for name in digests_read(edition.digests)}
    return frozen or set(edition.forms.split())


def reports_build(edition: Edition, as_of: datetime) -> dict[Language, Report]:
    """Return the report of an edition in each of its languages."""
    wanted = edition.languages.split()
    return {
        language: report_build(
            edition.report,
            period(edition.period_text),
            language=language,
            as_of=as_of,
            node=edition.node.code,
            boundary=edition.boundary,
        )
        for language in LANGUAGES
        if language in wanted
    }


def texts_digest(report_id: str) -> str:
    """Return the SHA-256 over all that a report is written from, each with its name and length."""
    digest = sha256()
    for each in report_definition(report_id).files:
        content = each.read_bytes()
        digest.update(f"{each.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def facts_digest(fact_ids: Collection[int]) -> str:
    """Return the SHA-256 over the leaf hashes of facts, in the order of the log."""
    rows = Fact.objects.filter(pk__in=fact_ids).order_by("leaf_index")
    digest = sha256()
    for leaf in rows.values_list("leaf_hash", flat=True):
        digest.update(bytes(leaf))
    return digest.hexdigest()


def digests_write(digests: Mapping[str, str]) -> str:
    """Write digests as lines ``hash  name``, which ``sha256sum --check`` reads."""
    return "\n".join(f"{digest}  {name}" for name, digest in sorted(digests.items()))


def digests_read(written: str) -> dict[str, str]:
    """Return digests by name of the file."""
    return {name: digest for digest, name in (line.split("  ") for line in written.splitlines())}


def ids_write(fact_ids: Collection[int]) -> str:
    """Write numbers as ranges.

    >>> ids_write([3, 1, 2, 9])
    '1-3 9'
    """
    spans: list[list[int]] = []
    for each in sorted(fact_ids):
        if spans and each == spans[-1][1] + 1:
            spans[-1][1] = each
        else:
            spans.append([each, each])
    return " ".join(f"{a}-{b}" if b > a else f"{a}" for a, b in spans)


def ids_read(written: str) -> Iterator[int]:
    """Yield the numbers of ranges.

    >>> list(ids_read("1-3 9"))
    [1, 2, 3, 9]
    """
    for span in written.split():
        first, _, last = span.partition("-")
        yield from range(int(first), int(last or first) + 1)


def file_keep(content: bytes) -> str:
    """Keep bytes under their hash, whole or not at all; twice is once."""
    digest = sha256(content).hexdigest()
    path = _path(digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
        Path(part.name).replace(path)
    return digest


def file_kept(digest: str) -> bytes:
    """Return bytes that were kept.

    Raises:
        StateError: They are gone, or are not what they were.
    """
    path = _path(digest)
    content = path.read_bytes() if path.exists() else b""
    if sha256(content).hexdigest() != digest:
        raise StateError(
            f"the file {digest[:12]}… of an edition is not as it was kept",
            hint=f"restore {path.parent.name}/{path.name} of the folder `editions` from a backup",
        )
    return content


def _path(digest: str) -> Path:
    return Path(settings.LAKE_ROOT).parent / "editions" / digest[:2] / digest
