"""Two records side by side before they become one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.kernel.programmes.values import named
from commonweal.web.pages.work.kinds import OfKind
from commonweal.web.pages.work.texts import value_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.kernel.programmes.models import Record
    from commonweal.kernel.programmes.registry import RecordType


@dataclass(frozen=True, slots=True)
class Pair:
    """One field of both."""

    name: str
    label: str
    keep: str
    gone: str
    differs: bool


@dataclass(frozen=True, slots=True)
class MergePage(OfKind):
    """Everything that the preview of a merge shows."""

    keep: Record
    gone: Record
    lines: tuple[Pair, ...]
    may_take: bool
    """Whether fields of the record that stays may change in its state."""
    message: str
    hint: str
    request_key: str


def merge_page(
    kind: RecordType,
    keep: Record,
    gone: Record,
    *,
    language: str,
    request_key: str,
    message: str = "",
    hint: str = "",
) -> MergePage:
    """Build the preview of taking one record into another."""
    return MergePage(
        kind=kind,
        keep=keep,
        gone=gone,
        lines=tuple(_lines(kind, keep, gone, language)),
        may_take=kind.spec.state(keep.state).editable,
        message=message,
        hint=hint,
        request_key=request_key,
    )


def _lines(kind: RecordType, keep: Record, gone: Record, language: str) -> Iterator[Pair]:
    for name, spec in kind.spec.fields.items():
        mine, theirs = getattr(keep, name), getattr(gone, name)
        if mine in (None, "") and theirs in (None, ""):
            continue
        yield Pair(
            name,
            named(spec.name),
            value_text(kind, name, mine, language),
            value_text(kind, name, theirs, language),
            differs=mine != theirs,
        )
