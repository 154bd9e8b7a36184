"""What stands behind a report, as plain rows: facts, factors, restatements, standards.

The workbook, the JSON document and the index of the PDF are three looks at these rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime  # noqa: TC003 - pydantic reads annotations
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from commonweal.kernel.disclosure.lineage import (
    entry_build,
    facts_with_inputs,
    indicator_name,
    input_facts,
    nodes_by_code,
)
from commonweal.kernel.disclosure.renderings.standards import StandardIndex, standards_of
from commonweal.kernel.disclosure.renderings.walking import report_figures
from commonweal.kernel.facts.models import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonweal.kernel.disclosure.tree import Entry, Report

_NAMES: Final = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)
_SIGNS: Final = {"*": "×", "/": "÷", "-": "\u2212"}


@dataclass(frozen=True, slots=True)
class InputRow:
    """A fact that entered a formula, under the name that the formula uses."""

    name: str
    indicator: str
    period: str
    fact_id: int | None


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact behind the report; ``value`` is exact, None where there is no data."""

    fact_id: int
    indicator: str
    name: str
    node: str
    node_name: str
    boundary: str
    period: str
    start_date: date
    end_date: date
    """The day after the last."""
    value: Decimal | None
    unit: str
    decimals: int
    method: str
    estimated_share: Decimal | None
    is_printed: bool
    """Whether a number in the report leads to it; the others entered formulas."""
    formula: str
    inputs: tuple[InputRow, ...]
    factors: tuple[str, ...]
    recorded_at: datetime
    leaf_index: int
    leaf_hash: str


@dataclass(frozen=True, slots=True)
class FactorUse:
    """One factor row that facts of the report were made with."""

    id: str
    carrier: str
    value: Decimal
    unit: str
    place: str
    year: str
    data_year: str
    source: str
    steps: tuple[str, ...]
    fact_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A fact of the report that replaced another, and why."""

    fact_id: int
    replaced_id: int
    indicator: str
    name: str
    node: str
    period: str
    unit: str
    value_before: Decimal | None
    value: Decimal | None
    reason: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Annex:
    """All rows behind one report, in the order of fact ids, factor ids and standards."""

    entries: Mapping[int, Entry]
    """How each fact was made, in the report's language."""
    facts: tuple[FactRow, ...]
    factors: tuple[FactorUse, ...]
    changes: tuple[Change, ...]
    standards: tuple[StandardIndex, ...]


def annex_build(report: Report) -> Annex:
    """Gather what stands behind a report that was built with its appendix.

    Figures that the index of standards shows count too, printed or not.
    """
    standards = standards_of(report)
    printed = {fact_id for _, figure in report_figures(report) for fact_id in figure.fact_ids}
    entries = _entries(report, standards)
    rows = Fact.objects.filter(pk__in=entries).select_related("supersedes").order_by("pk")
    facts = {fact.pk: fact for fact in rows}
    inputs = input_facts(facts.values())
    return Annex(
        entries=entries,
        facts=tuple(
            _fact_row(fact, entries[pk], inputs.get(pk, {}), is_printed=pk in printed)
            for pk, fact in facts.items()
        ),
        factors=_factors(entries, facts),
        changes=tuple(_changes(facts, report.language)),
        standards=standards,
    )


def _entries(report: Report, standards: tuple[StandardIndex, ...]) -> dict[int, Entry]:
    """Return how each fact was made: those of the report, and those of its index of standards."""
    entries = {entry.fact_id: entry for entry in report.entries}
    shown = {answer.fact_id for each in standards for answer in each.answers if answer.fact_id}
    facts, inputs = facts_with_inputs(shown - entries.keys())
    nodes = nodes_by_code(fact.node for fact in facts.values())
    for pk, fact in facts.items():
        if pk not in entries:
            entries[pk] = entry_build(
                fact, inputs=inputs.get(pk, {}), nodes=nodes, language=report.language
            )
    return entries


def formula_in_words(formula: str, inputs: Mapping[str, str]) -> str:
    """Return a formula with the names of its inputs and the signs of print.

    >>> formula_in_words("energy / traffic * 2", {"energy": "Energy used", "traffic": "Traffic"})
    'Energy used ÷ Traffic × 2'
    """
    for sign, printed in _SIGNS.items():
        formula = formula.replace(f" {sign} ", f" {printed} ")
    return _NAMES.sub(lambda found: inputs.get(found[0], found[0]), formula)


def _fact_row(fact: Fact, entry: Entry, inputs: Mapping[str, Fact], *, is_printed: bool) -> FactRow:
    return FactRow(
        fact_id=fact.pk,
        indicator=fact.indicator,
        name=entry.name,
        node=fact.node,
        node_name=entry.node_name,
        boundary=fact.boundary,
        period=str(fact.period),
        start_date=fact.start_date,
        end_date=fact.end_date,
        value=fact.value,
        unit=fact.unit,
        decimals=fact.decimals,
        method=fact.method,
        estimated_share=fact.estimated_share,
        is_printed=is_printed,
        formula=entry.formula,
        inputs=tuple(
            InputRow(
                row["name"],
                row["indicator"],
                row["period"],
                inputs[row["name"]].pk if row["name"] in inputs else None,
            )
            for row in fact.lineage.get("inputs", ())
        ),
        factors=tuple(sorted({line.factor_id for line in entry.lines if line.factor_id})),
        recorded_at=fact.recorded_at,
        leaf_index=fact.leaf_index,
        leaf_hash=entry.leaf_hash,
    )


def _factors(entries: Mapping[int, Entry], facts: Mapping[int, Fact]) -> tuple[FactorUse, ...]:
    """Return each factor row once, with every fact that it made."""
    found: dict[tuple[str, ...], FactorUse] = {}
    users: dict[tuple[str, ...], list[int]] = {}
    for entry in entries.values():
        rows = facts[entry.fact_id].lineage.get("lines", ())
        for line, row in zip(entry.lines, rows, strict=True):
            if not line.factor_id:
                continue
            key = (line.factor_id, row["carrier"], line.factor_place, line.year, line.data_year)
            users.setdefault(key, []).append(entry.fact_id)
            found[key] = FactorUse(
                id=line.factor_id,
                carrier=line.carrier,
                value=Decimal(row["factor"]["value"]),
                unit=row["factor"]["unit"],
                place=line.factor_place,
                year=line.year,
                data_year=line.data_year,
                source=line.source,
                steps=line.steps,
                fact_ids=(),
            )
    return tuple(_with_users(found[key], users[key]) for key in sorted(found))


def _with_users(factor: FactorUse, fact_ids: list[int]) -> FactorUse:
    return replace(factor, fact_ids=tuple(sorted(set(fact_ids))))


def _changes(facts: Mapping[int, Fact], language: str) -> Iterator[Change]:
    for fact in facts.values():
        if fact.supersedes is not None:
            yield Change(
                fact_id=fact.pk,
                replaced_id=fact.supersedes.pk,
                indicator=fact.indicator,
                name=indicator_name(fact.indicator, language),
                node=fact.node,
                period=str(fact.period),
                unit=fact.unit,
                value_before=fact.supersedes.value,
                value=fact.value,
                reason=fact.reason,
                recorded_at=fact.recorded_at,
            )
