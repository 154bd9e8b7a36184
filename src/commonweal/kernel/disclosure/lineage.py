"""How facts were made, told for people from what the computation stored with them.

A fact made by a formula names its inputs by indicator and period; the input facts are those that
were current at the instant the fact was recorded, whatever was restated since. A fact made from
activities lists lines of quantity, factor and contribution.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q

from commonweal.catalogue import catalogue, step_words
from commonweal.catalogue.sources import source_words
from commonweal.kernel.disclosure.known import fact_period, node_name
from commonweal.kernel.disclosure.tree import Entry, InputLine, SourceLine
from commonweal.kernel.disclosure.wording import (
    NO_DATA,
    language_of,
    number_text,
    period_text,
    quantity_text,
    unit_text,
)
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.org.models import Node
from commonweal.periods import period

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, datetime

    _Key = tuple[str, str, str, date, date, str]


def _key(fact: Fact, indicator: str = "", written: str = "") -> _Key:
    span = period(written) if written else fact_period(fact)
    kind = span.kind.value
    return (
        indicator or fact.indicator,
        fact.node,
        fact.boundary,
        span.start_date,
        span.end_date,
        kind,
    )


def _was_current(fact: Fact, at: datetime) -> bool:
    return fact.recorded_at <= at and (fact.superseded_at is None or fact.superseded_at > at)


def input_facts(facts: Iterable[Fact]) -> dict[int, dict[str, Fact]]:
    """Return, for each fact by id, the facts that entered its formula, by input name.

    One query, whatever the number of facts.
    """
    wanted = {
        fact.pk: {
            row["name"]: _key(fact, row["indicator"], row["period"])
            for row in fact.lineage.get("inputs", ())
            if row["period"]
        }
        for fact in facts
    }
    keys = {key for names in wanted.values() for key in names.values()}
    if not keys:
        return {}
    candidates: dict[_Key, list[Fact]] = {}
    rows = Fact.objects.prefetch_related("batch").filter(_any_of(keys))
    for row in rows:
        candidates.setdefault(_key(row), []).append(row)
    return {
        fact.pk: {
            name: row
            for name, key in wanted[fact.pk].items()
            for row in candidates.get(key, ())
            if _was_current(row, fact.recorded_at)
        }
        for fact in facts
    }


def _any_of(keys: Iterable[_Key]) -> Q:
    """Return a condition that holds for all of the keys and little more: one part a period."""
    parts: dict[tuple[str, date, date, str], tuple[set[str], set[str]]] = {}
    for indicator, node, *span in keys:
        indicators, nodes = parts.setdefault(tuple(span), (set(), set()))  # type: ignore[arg-type]
        indicators.add(indicator)
        nodes.add(node)
    condition = Q()
    for (boundary, start, end, kind), (indicators, nodes) in parts.items():
        condition |= Q(
            boundary=boundary,
            start_date=start,
            end_date=end,
            period_kind=kind,
            indicator__in=indicators,
            node__in=nodes,
        )
    return condition


def facts_with_inputs(
    fact_ids: Iterable[int],
) -> tuple[dict[int, Fact], dict[int, dict[str, Fact]]]:
    """Load facts and all that they were made from, one level of formulas at a time.

    Returns:
        Every fact by id, in order of id; and for each the facts that entered its formula.
    """
    level = list(Fact.objects.prefetch_related("batch").filter(pk__in=set(fact_ids)))
    found = {fact.pk: fact for fact in level}
    inputs: dict[int, dict[str, Fact]] = {}
    while level:
        entered = input_facts(level)
        inputs |= entered
        below = {fact.pk: fact for names in entered.values() for fact in names.values()}
        level = [fact for pk, fact in below.items() if pk not in found]
        found |= below
    return dict(sorted(found.items())), inputs


def value_text(fact: Fact, language: str) -> str:
    """Return a fact's value as printed, or the words for no data."""
    if fact.value is None:
        return NO_DATA[language]
    return quantity_text(fact.value, fact.unit, fact.decimals, language)


def indicator_name(indicator: str, language: str) -> str:
    """Return an indicator's name; one that has left the catalogue keeps its id."""
    known = catalogue().indicators.get(indicator)
    return known.name[language_of(language)] if known else indicator


def entry_build(
    fact: Fact, *, inputs: Mapping[str, Fact], nodes: Mapping[str, Node], language: str
) -> Entry:
    """Tell how one fact was made; ``inputs`` are the facts that entered its formula."""
    lineage, node = fact.lineage, nodes.get(fact.node)
    return Entry(
        fact_id=fact.pk,
        indicator=fact.indicator,
        name=indicator_name(fact.indicator, language),
        node=fact.node,
        node_name=node_name(node, language) if node else fact.node,
        period=period_text(fact_period(fact), language),
        value=value_text(fact, language),
        method=str(fact.get_method_display()),
        estimated_share=fact.estimated_share,
        formula=str(lineage.get("formula", "")),
        inputs=tuple(_inputs(fact, inputs, language)),
        lines=tuple(_lines(fact, language)),
        datasets=tuple(sorted(fact.batch.inputs)),
        engine=f"{fact.batch.engine} {fact.batch.version}",
        recorded_at=fact.recorded_at,
        leaf_index=fact.leaf_index,
        leaf_hash=bytes(fact.leaf_hash).hex(),
        tree_size=fact.batch.tree_size,
        root_hash=fact.batch.root_hash,
    )


def _inputs(fact: Fact, inputs: Mapping[str, Fact], language: str) -> Iterator[InputLine]:
    for row in fact.lineage.get("inputs", ()):
        source = inputs.get(row["name"])
        yield InputLine(
            name=row["name"],
            indicator=indicator_name(row["indicator"], language),
            period=period_text(period(row["period"]), language) if row["period"] else "",
            fact_id=source.pk if source else None,
            printed=value_text(source, language) if source else NO_DATA[language],
        )


def _lines(fact: Fact, language: str) -> Iterator[SourceLine]:
    carriers, places, code = catalogue().carriers, catalogue().places, language_of(language)
    for row in fact.lineage.get("lines", ()):
        carrier, place = carriers.get(row["carrier"]), places.get(row["place"])
        factor = row.get("factor", {})
        factor_place = places.get(factor.get("place", ""))
        unit = unit_text(carrier.unit if carrier else fact.unit, language)
        yield SourceLine(
            carrier=carrier.name[code] if carrier else indicator_name(row["carrier"], language),
            place=place.name[code] if place else row["place"],
            year=str(row["year"]),
            quantity=f"{number_text(Decimal(row['quantity']), 1)} {unit}".strip(),
            estimated=_share(row["estimated"], row["quantity"]),
            factor=f"{factor['value']} {unit_text(factor['unit'], code)}" if factor else "",
            factor_id=str(factor.get("id", "")),
            factor_place=factor_place.name[code] if factor_place else factor.get("place", ""),
            data_year=str(factor.get("data_year") or ""),
            source=source_words(str(factor.get("source", "")), code),
            steps=tuple(step_words(step, code, places) for step in factor.get("steps", ())),
            contribution=number_text(Decimal(row["contribution"]), fact.decimals)
            if "contribution" in row
            else "",
        )


def _share(part: str, whole: str) -> Decimal | None:
    return Decimal(part) / Decimal(whole) if Decimal(whole) else None


def nodes_by_code(codes: Iterable[str]) -> dict[str, Node]:
    """Return nodes by code, in one query."""
    return Node.objects.in_bulk(set(codes), field_name="code")
