"""Facts as known at one instant, loaded once for a page or a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from commonweal.errors import DefinitionError, InputError, StateError
from commonweal.kernel.facts.models import Batch, Fact
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.kernel.org.models import Boundary, Membership, Node, NodeKind
from commonweal.periods import Period, PeriodKind, period

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date, datetime

# Every period that can be shown has facts of at least one of these.
_SIGNS_OF_LIFE: Final = (
    "energy_use",
    "electricity_use",
    "information_traffic",
    "ghg_total_location",
)

Key = tuple[str, str, Period]  # indicator, node, period


def fact_period(fact: Fact) -> Period:
    """Return a fact's period."""
    return Period(fact.start_date, fact.end_date, PeriodKind(fact.period_kind))


@dataclass(frozen=True)
class Known:
    """Facts by indicator, node and period; what is not there is not known."""

    facts: Mapping[Key, Fact]

    def get(self, indicator: str, node: str, period: Period) -> Fact | None:
        """Return the fact, or None: there is no data."""
        return self.facts.get((indicator, node, period))


def known_load(
    wanted: Iterable[tuple[Collection[str], Collection[str], Collection[Period]]],
    *,
    boundary: str,
    as_of: datetime,
) -> Known:
    """Load facts for products of indicators, nodes and periods, in one query for each product."""
    facts: dict[Key, Fact] = {}
    for indicators, nodes, periods in wanted:
        rows = facts_as_of(
            boundary=boundary, indicators=indicators, nodes=nodes, periods=periods, as_of=as_of
        )
        facts |= {(fact.indicator, fact.node, fact_period(fact)): fact for fact in rows}
    return Known(facts)


def latest_instant(as_of: datetime | None = None) -> datetime:
    """Return the asked instant, or the one at which facts were last recorded.

    A report built twice without new facts is the same, so the clock is never asked.

    Raises:
        StateError: No facts are recorded.
    """
    if as_of is not None:
        return as_of
    last = Batch.objects.order_by("-recorded_at").values_list("recorded_at", flat=True).first()
    if last is None:
        raise StateError("no facts are recorded yet", hint="run `commonweal compute` first")
    return last


def periods_known(
    node: str,
    *,
    boundary: str,
    as_of: datetime,
    indicators: Collection[str] = _SIGNS_OF_LIFE,
) -> list[Period]:
    """Return the periods in which a node has such facts, the longest first, then the latest."""
    rows = Fact.objects.filter(
        node=node, boundary=boundary, indicator__in=indicators, recorded_at__lte=as_of
    ).values_list("start_date", "end_date", "period_kind")
    found = {Period(start, end, PeriodKind(kind)) for start, end, kind in rows}
    latest = sorted(found, key=lambda each: each.start_date, reverse=True)
    return sorted(latest, key=lambda each: -len(each.months))


def period_asked(
    written: str, *, node: str = "", boundary: str = "", as_of: datetime | None = None
) -> Period:
    """Return a period as written; without one, the longest and latest that has facts.

    Raises:
        InputError: It is no period.
        StateError: There are no facts.
    """
    if written:
        return period(written)
    found = periods_known(
        node_get(node).code, boundary=boundary_get(boundary).code, as_of=latest_instant(as_of)
    )
    if not found:
        raise StateError("there are no facts to report", hint="run `commonweal compute 2024`")
    return found[0]


def batch_at(as_of: datetime) -> Batch | None:
    """Return the last batch recorded up to an instant: its root covers every fact before."""
    return Batch.objects.filter(recorded_at__lte=as_of).order_by("-tree_size").first()


def node_get(code: str = "") -> Node:
    """Return a node by code; without one, the operator as a whole.

    Raises:
        InputError: There is no such node.
        StateError: There is no organisation yet.
    """
    if code:
        node = Node.objects.filter(code=code).first()
        if node is None:
            raise InputError(
                f"no organisation node {code!r}", hint="`commonweal org tree` shows them"
            )
        return node
    node = Node.objects.filter(kind=NodeKind.GROUP).order_by("pk").first()
    if node is None:
        raise StateError("there is no organisation yet", hint="run `commonweal org import` first")
    return node


def boundary_get(code: str = "") -> Boundary:
    """Return a boundary by code; without one, the first that was defined.

    Raises:
        InputError: There is no such boundary.
        StateError: There is none at all.
    """
    found = Boundary.objects.filter(**({"code": code} if code else {})).order_by("pk").first()
    if found is None and code:
        raise InputError(f"no boundary {code!r}")
    if found is None:
        raise StateError("there is no reporting boundary yet")
    return found


def _valid_at(day: date, as_of: datetime) -> Q:
    return (
        Q(valid_from__lte=day)
        & (Q(valid_to=None) | Q(valid_to__gt=day))
        & Q(recorded_at__lte=as_of)
        & (Q(superseded_at=None) | Q(superseded_at__gt=as_of))
    )


def node_children(code: str, *, at_date: date, as_of: datetime) -> tuple[Node, ...]:
    """Return the nodes that belonged to a node on a day, as known at an instant, by code."""
    rows = Membership.objects.filter(_valid_at(at_date, as_of), parent__code=code)
    return tuple(row.node for row in rows.select_related("node").order_by("node__code"))


def nodes_below(
    named: Mapping[str, str], top: Node, *, at_date: date, as_of: datetime
) -> dict[str, Node]:
    """Return those of some nodes that belonged to another one, directly or not, by code.

    Args:
        named: Codes, and where each is named.
        top: Whom they are to belong to.
        at_date: On that day.
        as_of: As known then.

    Raises:
        DefinitionError: There is no node of that code.
    """
    found = Node.objects.in_bulk(list(named), field_name="code")
    for code, place in named.items():
        if code not in found:
            raise DefinitionError(
                f"{place}: node={code} is no node of the organisation",
                hint="`commonweal org tree` shows them",
            )
    return {
        code: node
        for code, node in sorted(found.items())
        if top in node_trail(node, at_date=at_date, as_of=as_of)
    }


def node_trail(node: Node, *, at_date: date, as_of: datetime) -> tuple[Node, ...]:
    """Return the nodes above a node on a day, the operator first."""
    trail: list[Node] = []
    while len(trail) < 16:  # noqa: PLR2004 - deeper than any operator; a cycle cannot hang a page
        row = (
            Membership.objects.filter(_valid_at(at_date, as_of), node=trail[-1] if trail else node)
            .select_related("parent")
            .first()
        )
        if row is None or row.parent is None:
            break
        trail.append(row.parent)
    return tuple(reversed(trail))


def node_name(node: Node | Boundary, language: str) -> str:
    """Return a node's or a boundary's name in a language."""
    names = {"zh-hant": node.name_zh_hant, "zh-hans": node.name_zh_hans, "en": node.name_en}
    return names[language]
