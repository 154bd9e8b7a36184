"""Statements opened for the units of a campaign, with what their items are compared with."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.domains.carbon.collection.checking import PLACES
from commonweal.domains.carbon.collection.models import Item
from commonweal.kernel.accounts.scopes import owner_scope
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.kernel.org.models import Node
from commonweal.kernel.org.selectors import tree
from commonweal.kernel.org.selectors.nodes import subtree_ids
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Opening, RefusedError, records_open
from commonweal.lake.query import query
from commonweal.lake.views import read
from commonweal.periods import Period, PeriodKind, month_add
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from django.db.models import QuerySet

    from commonweal.catalogue import Indicator
    from commonweal.domains.carbon.collection.models import Campaign
    from commonweal.kernel.programmes.services import Context

    Known = dict[tuple[str, int], Decimal]  # (indicator, node) → amount in the indicator's unit

_STANDS = ("approved", "locked")
_UNDER_WAY = ("due", "submitted", "reviewed", *_STANDS)


def statements_open(campaign: Campaign, context: Context) -> int:
    """Open a statement with its items for every unit of the campaign's level below its node.

    Raises:
        RefusedError: There is no such unit, or one of them is asked for one of the figures already.
    """
    nodes = _nodes(campaign)
    if not nodes or not campaign.asked:
        raise RefusedError(
            _("%(code)s asks nobody for anything: no %(level)s below %(node)s, or no indicator")
            % {"code": campaign.code, "level": campaign.level, "node": campaign.node.code},
            hint=_("choose another level or node, and name indicators"),
        )
    scope = owner_scope(context.scope.actor)
    kind = record_type("collection.statement")
    openings = [Opening(node=node, values={"campaign": campaign}) for node in nodes]
    statements = records_open(kind, openings, scope=scope, now=context.now)
    before = amounts_known(campaign, nodes, period_before(campaign.span))
    here = amounts_known(campaign, nodes, campaign.span)
    parts = _amounts_of_parts(campaign, nodes)
    taken = _declared_otherwise(campaign, nodes)
    items = []
    for statement in statements:
        for name in campaign.asked:
            key, entry = (name, statement.node_id), catalogue().indicators[name]
            is_declared = entry.source.kind == "submission" and key not in taken
            computed = here.get(key, parts.get(key)) if not is_declared else None
            values = {
                "statement": statement,
                "indicator": name,
                "is_declared": is_declared,
                "value_unit": entry.unit,
                "previous_amount": before.get(key),
                "computed_amount": computed,
                "value": computed,
            }
            items.append(Opening(node=statement.node, values=values))
    records_open(record_type("collection.item"), items, scope=scope, now=context.now)
    return len(statements)


def period_before(span: Period) -> Period:
    """Return the period of the same length that ends where this one begins.

    >>> from commonweal.periods import period
    >>> str(period_before(period("2024-H1"))), str(period_before(period("2024")))
    ('2023-H2', '2023')
    """
    first = month_add(span.start_date, -len(span.months))
    return Period(first, span.start_date, span.kind)


def amounts_known(campaign: Campaign, nodes: Sequence[Node], span: Period) -> Known:
    """Return what stands for a period: approved items, and published facts for the others."""
    id_of = {node.code: node.pk for node in nodes}
    facts = facts_as_of(
        boundary=campaign.boundary, indicators=campaign.asked, nodes=list(id_of), periods=[span]
    ).exclude(value=None)
    found: Known = {}
    for fact in facts:
        scale = conversion(fact.unit, catalogue().indicators[fact.indicator].unit)
        amount = fact.value * scale.numerator / scale.denominator
        found[fact.indicator, id_of[fact.node]] = amount.quantize(PLACES)
    rows = _items(campaign, nodes, _STANDS).filter(statement__covers=str(span))
    for name, node_id, amount in rows.values_list("indicator", "node_id", "amount"):
        if amount is not None:
            found[name, node_id] = amount
    return found


def _nodes(campaign: Campaign) -> list[Node]:
    """Return the units asked: those of the level that exist on the period's last month."""
    day = campaign.span.months[-1]
    below = set(subtree_ids(campaign.node.code, day))
    org = tree(day)
    wanted = [
        int(node_id)
        for node_id, kind in zip(org.node_id, org.kind, strict=True)
        if kind == campaign.level and int(node_id) in below
    ]
    rows = Node.objects.in_bulk(wanted)
    return [rows[each] for each in wanted]


def _items(campaign: Campaign, nodes: Sequence[Node], states: Collection[str]) -> QuerySet[Item]:
    """Return the items of these units and figures in statements of these states, amounts known."""
    return Item.objects.filter(
        statement__state__in=states,
        indicator__in=campaign.asked,
        node__in=[node.pk for node in nodes],
    )


def _amounts_of_parts(campaign: Campaign, nodes: Sequence[Node]) -> Known:
    """Return what shorter statements within the period add up to; stocks take the last."""
    span, found = campaign.span, defaultdict[tuple[str, int], list[Decimal]](list)
    rows = _items(campaign, nodes, _STANDS).filter(
        statement__begin_date__gte=span.start_date, statement__begin_date__lt=span.end_date
    )
    ordered = rows.exclude(statement__covers=campaign.covers).order_by("statement__begin_date")
    for name, node_id, amount in ordered.values_list("indicator", "node_id", "amount"):
        found[name, node_id].append(amount or Decimal(0))
    known = catalogue().indicators
    return {key: _added(known[key[0]], amounts) for key, amounts in found.items()}


def _added(entry: Indicator, amounts: Sequence[Decimal]) -> Decimal:
    return amounts[-1] if entry.rollup.over_time == "last" else sum(amounts, Decimal(0))


def _declared_otherwise(campaign: Campaign, nodes: Sequence[Node]) -> set[tuple[str, int]]:
    """Return what is declared for other spans that meet the period: it would count twice.

    Raises:
        RefusedError: Another campaign asks for exactly this, or a file declared it.
    """
    span, rows = campaign.span, _items(campaign, nodes, _UNDER_WAY).filter(is_declared=True)
    found = set()
    others = rows.exclude(statement__campaign=campaign).select_related("statement", "node")
    for item in others:
        other = item.statement.span
        if other == span:
            raise _already(item.indicator, item.node.code, item.statement.code)
        if other.start_date < span.end_date and span.start_date < other.end_date:
            found.add((item.indicator, item.node_id))
    return found | _declared_by_files(campaign, nodes)


def _declared_by_files(campaign: Campaign, nodes: Sequence[Node]) -> set[tuple[str, int]]:
    span = campaign.span
    first = month_add(span.start_date, -12)  # a yearly row is filed under its first month
    relation = read(
        "submissions", months=Period(first, span.end_date, PeriodKind.CUMULATIVE).months
    )
    sql = f"""SELECT DISTINCT indicator, node_id FROM submissions
        WHERE start_date < DATE '{span.end_date}' AND end_date > DATE '{span.start_date}'"""  # noqa: S608 - ours
    ids = np.array([node.pk for node in nodes])
    return {
        (row["indicator"], row["node_id"])
        for row in query(sql, {"submissions": relation}).to_pylist()
        if row["node_id"] in ids and row["indicator"] in campaign.asked
    }


def _already(indicator: str, node: str, where: str) -> RefusedError:
    return RefusedError(
        _("%(node)s is asked for %(indicator)s of this period already, in %(where)s")
        % {"node": node, "indicator": indicator, "where": where},
        hint=_("leave the indicator out, or correct that statement"),
    )
