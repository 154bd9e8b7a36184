"""What the holder of a receipt sees: where the record stands, and what may be said to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.kernel.programmes.receipts import (
    receipt_actions,
    receipt_fields,
    receipt_of,
    receipt_timeline,
)
from commonweal.kernel.programmes.registry import type_of
from commonweal.kernel.programmes.values import named
from commonweal.web.pages.work.kinds import OfKind
from commonweal.web.pages.work.path import Step, steps
from commonweal.web.pages.work.record import Line
from commonweal.web.pages.work.texts import instant_short, value_text
from commonweal.web.pages.work.timeline import event_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.kernel.programmes.models import Record
    from commonweal.web.pages.work.record import Refusal


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened, without who did it."""

    at: str
    what: str
    state: str
    comment: str


@dataclass(frozen=True, slots=True)
class Offered:
    """One thing that the holder may do."""

    action: str
    name: str
    to: str
    asks_comment: bool
    comment: str
    error: str
    is_refused: bool


@dataclass(frozen=True, slots=True)
class ReceiptPage(OfKind):
    """Everything that the page of a receipt shows; the receipt goes with its forms alone."""

    receipt: str
    code: str
    version: int
    state: str
    is_final: bool
    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    moments: tuple[Happened, ...]
    actions: tuple[Offered, ...]
    refusal: Refusal | None
    said: str
    request_key: str


def receipt_page(
    record: Record,
    *,
    language: str,
    request_key: str,
    refusal: Refusal | None = None,
    said: str = "",
) -> ReceiptPage:
    """Build the page of a record for the holder of its receipt; ``said`` is what came of a form."""
    kind = type_of(record)
    state = kind.spec.state(record.state)
    return ReceiptPage(
        kind=kind,
        receipt=receipt_of(record),
        code=record.code,
        version=record.version,
        state=named(state.name),
        is_final=state.final,
        steps=steps(kind, record.state),
        lines=tuple(_lines(record, language)),
        moments=tuple(
            Happened(instant_short(each.at), event_words(each.what), each.state, each.comment)
            for each in reversed(receipt_timeline(record))
        ),
        actions=tuple(_offered(record, refusal)),
        refusal=refusal,
        said=said,
        request_key=request_key,
    )


def _lines(record: Record, language: str) -> Iterator[Line]:
    kind = type_of(record)
    for name, value in receipt_fields(record).items():
        if text := value_text(kind, name, value, language):
            yield Line(named(kind.spec.fields[name].name), text, is_long=False)


def _offered(record: Record, refusal: Refusal | None) -> Iterator[Offered]:
    kind = type_of(record)
    for spec in receipt_actions(record):
        said = refusal if refusal is not None and refusal.of == spec.action else None
        yield Offered(
            action=spec.action,
            name=named(spec.name),
            to=named(kind.spec.state(spec.to).name),
            asks_comment=spec.comment,
            comment=said.typed.get("comment", "") if said else "",
            error=said.fields.get("comment", "") if said else "",
            is_refused=said is not None,
        )
