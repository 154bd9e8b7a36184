"""What a page is about: node, period, boundary, and what was known when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from commonweal.errors import InputError, StateError
from commonweal.kernel.disclosure.known import boundary_get, latest_instant, node_get, periods_known
from commonweal.kernel.disclosure.wording import instant_text
from commonweal.kernel.disclosure.wording import period_text as period_words
from commonweal.kernel.facts.models import Batch
from commonweal.periods import Period, PeriodKind, period

if TYPE_CHECKING:
    from collections.abc import Collection

    from commonweal.kernel.disclosure.wording import Language
    from commonweal.kernel.org.models import Boundary, Node

_MOST_INSTANTS: Final = 30


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select element."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that a page's address says, checked."""

    language: Language
    node: Node
    boundary: Boundary
    period: Period
    as_of: datetime
    is_past: bool
    period_choices: tuple[Choice, ...]
    instant_choices: tuple[Choice, ...]

    @property
    def period_value(self) -> str:
        """The period as the address writes it."""
        return str(self.period)

    @property
    def as_of_value(self) -> str:
        """The instant as the address writes it; empty for the latest."""
        return _written(self.as_of) if self.is_past else ""

    @property
    def period_text(self) -> str:
        """The period in words."""
        return period_words(self.period, self.language)

    @property
    def as_of_text(self) -> str:
        """The instant in words."""
        return instant_text(self.as_of, self.language)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant_read(text: str) -> datetime | None:
    """Read an instant from an address; empty means the latest.

    Raises:
        InputError: It is no instant, or has no zone.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InputError(f"{text!r} is not an instant", hint="write 2025-03-18T16:00:00+08:00")
    return at


def scope_build(
    *,
    language: Language,
    node: str = "",
    period_text: str = "",
    as_of_text: str = "",
    indicators: Collection[str] = (),
) -> Scope:
    """Check what an address asks for and offer what else may be asked.

    The periods offered are those with facts of ``indicators``, the main ones if there are none.

    Raises:
        InputError: The node, the period or the instant is unknown or malformed.
        StateError: There are no facts yet.
    """
    asked = instant_read(as_of_text)
    as_of = latest_instant(asked)
    found, boundary = node_get(node), boundary_get()
    known = partial(periods_known, found.code, boundary=boundary.code, as_of=as_of)
    periods = (indicators and known(indicators=indicators)) or known()
    if not periods and not period_text:
        raise StateError(f"{found.code} has no facts as known on {instant_text(as_of, 'en')}")
    years = [each for each in periods if each.kind is PeriodKind.YEAR]
    chosen = period(period_text) if period_text else (years or periods)[0]
    return Scope(
        language=language,
        node=found,
        boundary=boundary,
        period=chosen,
        as_of=as_of,
        is_past=asked is not None,
        period_choices=tuple(Choice(str(each), period_words(each, language)) for each in periods),
        instant_choices=_instants(language),
    )


def _instants(language: Language) -> tuple[Choice, ...]:
    rows = Batch.objects.order_by("-recorded_at").values_list("recorded_at", flat=True)
    instants = sorted(set(rows[:_MOST_INSTANTS]), reverse=True)
    return tuple(Choice(_written(at), instant_text(at, language)) for at in instants)
