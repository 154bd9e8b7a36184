"""What the quality rules noticed: a list to work through, by rule, month and state."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Final, get_args

from django.core.paginator import Paginator

from commonweal.catalogue import catalogue, rule_words
from commonweal.errors import InputError
from commonweal.kernel.compute.noticed import (
    State,
    finding_months,
    findings_by_rule,
    findings_list,
    noticed,
)
from commonweal.kernel.disclosure.wording import number_text, unit_text
from commonweal.kernel.programmes.safe_cells import line_safe
from commonweal.periods import BUSINESS_ZONE, PeriodKind, period
from commonweal.web.pages.scope import Choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from django.core.paginator import Page

    from commonweal.catalogue import RuleWords
    from commonweal.kernel.compute.models import Finding
    from commonweal.kernel.disclosure.wording import Language

_PER_PAGE: Final = 100
_COLUMNS: Final = (
    "rule", "name", "subject_kind", "subject", "month", "quantity", "unit",
    "first_seen_at", "last_seen_at", "cleared_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the list is asked for; empty for everything."""

    rule: str
    month: date | None
    state: State


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding as shown."""

    kind: str
    subject: str
    month: str
    rule: str
    name: str
    quantity: str
    exact: float | None
    first_seen: str
    cleared: str


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """Everything the findings page shows."""

    filters: Filters
    words: RuleWords | None
    """Sentence and hint of the rule asked for."""
    rules: tuple[Choice, ...]
    months: tuple[str, ...]
    rows: tuple[FindingRow, ...]
    paging: Page[Finding]


def filters_read(*, rule: str, month: str, state: str) -> Filters:
    """Check what an address asks for.

    Raises:
        InputError: The month is no month, or the state is unknown.
    """
    known = next((each for each in get_args(State) if each == (state or "open")), None)
    if known is None:
        raise InputError(
            f"no state {state!r} of findings", hint=f"there are {', '.join(get_args(State))}"
        )
    span = period(month) if month else None
    if span and span.kind is not PeriodKind.MONTH:
        raise InputError(f"{month!r} is not a month", hint="write 2024-03")
    return Filters(rule, span.start_date if span else None, known)


def findings_page(filters: Filters, *, number: str, language: Language) -> FindingsPage:
    """Build one page of the list; a number past the end gives the last page."""
    found = findings_list(rule=filters.rule, month=filters.month, state=filters.state)
    paging = Paginator(found, _PER_PAGE).get_page(number)
    counts = findings_by_rule(state=filters.state)
    if filters.rule and filters.rule not in dict(counts):
        counts = [*counts, (filters.rule, 0)]
    return FindingsPage(
        filters=filters,
        words=rule_words(filters.rule, language, catalogue()) if filters.rule else None,
        rules=tuple(Choice(rule, f"{_name(rule, language)} ({n:,})") for rule, n in counts),
        months=tuple(f"{month:%Y-%m}" for month in _months(filters)),
        rows=tuple(_rows(paging, language)),
        paging=paging,
    )


def findings_csv(filters: Filters, *, language: Language) -> Iterator[str]:
    """Yield everything that is asked for as lines of CSV, the first with a mark for Excel."""
    found = findings_list(rule=filters.rule, month=filters.month, state=filters.state)
    yield "\ufeff" + _line(_COLUMNS)
    for each in noticed(found.iterator()):
        row = each.finding
        yield _line(
            (
                row.rule,
                _name(row.rule, language),
                row.subject_kind,
                each.subject,
                f"{row.month:%Y-%m}",
                "" if row.quantity is None else repr(row.quantity),
                each.unit,
                *(_instant(at) for at in (row.first_seen_at, row.last_seen_at, row.cleared_at)),
            )
        )


def _months(filters: Filters) -> Sequence[date]:
    months = finding_months(state=filters.state)
    if filters.month and filters.month not in months:
        return [filters.month, *months]
    return months


def _name(rule: str, language: Language) -> str:
    return rule_words(rule, language, catalogue()).name


def _instant(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _local(at: datetime | None) -> str:
    return f"{at.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M}" if at else ""


def _line(cells: Sequence[str]) -> str:
    line = StringIO()
    csv.writer(line).writerow(line_safe(cells))
    return line.getvalue()


def _rows(findings: Iterable[Finding], language: Language) -> Iterator[FindingRow]:
    for each in noticed(findings):
        row = each.finding
        yield FindingRow(
            kind=row.subject_kind,
            subject=each.subject,
            month=f"{row.month:%Y-%m}",
            rule=row.rule,
            name=_name(row.rule, language),
            quantity="" if row.quantity is None else _quantity(row.quantity, each.unit, language),
            exact=row.quantity,
            first_seen=_local(row.first_seen_at),
            cleared=_local(row.cleared_at),
        )


def _quantity(quantity: float, unit: str, language: Language) -> str:
    return f"{number_text(Decimal(str(quantity)), 2)} {unit_text(unit, language)}".strip()
