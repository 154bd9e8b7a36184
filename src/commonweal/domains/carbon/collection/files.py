"""A statement as a workbook: the same statement gives the same bytes."""

from __future__ import annotations

from datetime import datetime
from typing import IO, TYPE_CHECKING, Final

import xlsxwriter
from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.kernel.accounts.scopes import person_of
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.safe_cells import cell_safe
from commonweal.kernel.programmes.values import named
from commonweal.kernel.records.selectors import record_history

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.domains.carbon.collection.models import Item, Statement

    Signature = tuple[str, str, str, str]

_MADE_AT: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - xlsxwriter writes it as it stands
_NUMBERS: Final = ("indicator", "value", "value_unit", "previous_amount", "computed_amount")
_TEXTS: Final = ("method", "reason", "evidence", "odd")
_SIGNED: Final = ("submit", "review", "approve", "lock", "unlock")


def statement_write(
    statement: Statement,
    items: Sequence[Item],
    target: IO[bytes],
    *,
    also_signed: Sequence[Signature] = (),
) -> None:
    """Write a statement in the reader's language: items beside the period before, who did what.

    Args:
        statement: Which.
        items: Its items.
        target: Where the bytes go.
        also_signed: What is being done now, of which the log does not tell yet.
    """
    kind = record_type("collection.item")
    words = {name: named(spec.name) for name, spec in kind.spec.fields.items()}
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE_AT})
        bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        number = book.add_format({"num_format": "#,##0.######"})
        sheet = book.add_worksheet(statement.code[:31])
        for row, line in enumerate(_head(statement)):
            sheet.write_row(row, 0, line, bold)
        top = 6
        sheet.write_row(top, 0, [*(words[name] for name in _NUMBERS), _("Change")], bold)
        sheet.write_row(top, 6, [words[name] for name in _TEXTS], bold)
        ordered = sorted(items, key=lambda each: each.indicator)
        for row, item in enumerate(ordered, top + 1):
            name = named(catalogue().indicators[item.indicator].name)
            sheet.write_string(row, 0, f"{name} ({item.indicator})", wrap)
            for column, field in enumerate(_NUMBERS[1:], 1):
                value = getattr(item, field)
                if field == "value_unit":
                    sheet.write_string(row, column, value)
                elif value is not None:
                    sheet.write_number(row, column, float(value), number)
            sheet.write_string(row, 5, change_text(item))
            for column, field in enumerate(_TEXTS, 6):
                sheet.write_string(row, column, str(cell_safe(getattr(item, field))), wrap)
        top += len(items) + 2
        sheet.write_row(top, 0, [_("Action"), _("By"), _("When"), _("Event")], bold)
        for row, signed in enumerate((*signatures(statement), *also_signed), top + 1):
            sheet.write_row(row, 0, signed)
        sheet.set_column(0, 0, 48)
        sheet.set_column(1, 9, 18)


def change_text(item: Item) -> str:
    """Return the change against the period before, as ``+12.5 %``; empty where there is none."""
    if item.amount is None or not item.previous_amount:
        return ""
    return f"{float(item.amount / item.previous_amount - 1):+.1%}".replace("%", " %")


def signatures(statement: Statement) -> list[Signature]:
    """Return what people did to a statement: action, who, when, and the hash of its event."""
    events = record_history("collection.statement", str(statement.pk))
    return [
        signature(each.action, each.actor, each.happened_at, each.hash)
        for each in events
        if each.action in _SIGNED
    ]


def signature(action: str, actor: str, at: datetime, event: str = "") -> Signature:
    """Return one line of the signatures; ``event`` is the hash under which the log tells it."""
    step = record_type("collection.statement").spec.transition(action)
    return named(step.name) if step else action, person_of(actor), f"{at:%Y-%m-%d %H:%M} UTC", event


def _head(statement: Statement) -> list[tuple[str, str]]:
    return [
        (_("Statement"), f"{statement.code} · {statement.revision}"),
        (_("Campaign"), statement.campaign.title),
        (_("Organisation"), statement.node.code),
        (_("Period"), statement.covers),
        (_("Digest of the content"), statement.content_sha256),
    ]
