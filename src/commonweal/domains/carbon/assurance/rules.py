"""How a total is frozen, a sample drawn, an item recomputed, and the opinion formed."""

from __future__ import annotations

from decimal import Decimal
from math import fsum
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.carbon.assurance.population import Unit, population, scales_of
from commonweal.domains.carbon.assurance.recompute import recompute, tolerance_of
from commonweal.engines.sampling import (
    Evaluation,
    Selection,
    evaluated,
    evaluated_strata,
    interval_for,
    monetary_unit_sample,
    stratified_sample,
)
from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.selectors import fact_get
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Opening, records_open
from commonweal.periods import period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.domains.carbon.assurance.models import Engagement, Finding, Item
    from commonweal.domains.carbon.assurance.population import Population
    from commonweal.kernel.programmes.services import Context

CONFIDENCE: Final = {"limited": 0.80, "reasonable": 0.95}
"""ISO 14064-3 names two levels and no numbers: these are ours, and stand in the pack."""
CERTAIN: Final = "certain"
_STEP: Final = Decimal("0.000001")


def total_freeze(engagements: Sequence[Engagement], context: Context) -> None:
    """Take the total and its units as they are known now; the sample is drawn from them."""
    for engagement in engagements:
        engagement.known_at = context.now
        found = population_of(engagement)
        engagement.total = found.total.value
        engagement.total_unit = found.total.unit
        engagement.n_units = len(found.units)
        tolerable = abs(float(found.total.value or 0)) * float(engagement.performance_percent) / 100
        confidence = CONFIDENCE[engagement.level]
        engagement.interval = _kept(interval_for(tolerable, confidence))


def population_of(engagement: Engagement) -> Population:
    """Return the units of an engagement's total, as known when it was frozen."""
    return population(
        indicator=engagement.indicator,
        node=engagement.node.code,
        boundary=engagement.boundary,
        period=period(engagement.period_text),
        as_of=engagement.known_at,
    )


def selection_of(engagement: Engagement, found: Population) -> Selection:
    """Draw the sample of an engagement; the same one whenever it is asked for."""
    keys = [unit.key for unit in found.units]
    amounts = np.array([unit.amount for unit in found.units])
    interval, seed = float(engagement.interval or 0), engagement.seed
    if engagement.method == "stratified":
        strata = [unit.fact.indicator for unit in found.units]
        return stratified_sample(keys, amounts, strata, interval=interval, seed=seed)
    return monetary_unit_sample(keys, amounts, interval=interval, seed=seed)


def sample_draw(engagements: Sequence[Engagement], context: Context) -> None:
    """Open an item for each unit drawn."""
    for engagement in engagements:
        found = population_of(engagement)
        drawn = selection_of(engagement, found)
        openings = [
            Opening(
                node=engagement.node,
                values={
                    "engagement": engagement,
                    "fact": (unit := found.units[place]).fact.pk,
                    "unit_key": unit.key,
                    "indicator": unit.fact.indicator,
                    "unit_node": unit.fact.node,
                    "unit_period": str(unit.fact.period),
                    "stratum": CERTAIN if drawn.is_certain[i] else unit.fact.indicator,
                    "is_certain": bool(drawn.is_certain[i]),
                    "hits": int(drawn.hits[i]),
                    "weight": float(drawn.weight[i]),
                    "stated": _kept(unit.amount),
                },
            )
            for i, place in enumerate(drawn.unit.tolist())
        ]
        records_open(record_type("assurance.item"), openings, scope=context.scope, now=context.now)
        engagement.n_items = len(openings)


def unit_of(item: Item) -> Unit:
    """Return the unit that an item was drawn as."""
    fact = fact_get(item.fact)
    scale = scales_of(item.engagement.indicator)[fact.indicator]
    amount = float(item.stated)
    return Unit(fact, amount, scale, float(fact.value or 0) - amount / scale)


def item_recompute(items: Sequence[Item], _context: Context) -> None:
    """Compute what each item adds from its rows, and by how much the statement differs."""
    for item in items:
        item.recomputed, item.difference = item_compared(item)


def item_compared(item: Item) -> tuple[Decimal, Decimal]:
    """Return what an item's rows give, and stated less that: 0 within the digits that are kept."""
    unit = unit_of(item)
    again = _kept(recompute(unit).value * unit.scale)
    wrong = item.stated - again
    room = Decimal(repr(3 * tolerance_of(unit.fact) * abs(unit.scale)))
    return again, Decimal(0) if abs(wrong) <= room else wrong


def difference_is_found(item: Item, _context: Context) -> bool:
    """Whether an item agrees, or somebody entered a finding about it."""
    return not item.difference or item.findings.exists()


def every_item_checked(engagement: Engagement, _context: Context) -> bool:
    """Whether no item of the sample is left."""
    items = engagement.items.exclude(state="merged")
    return items.exists() and not items.exclude(state="checked").exists()


def every_finding_answered(engagement: Engagement, _context: Context) -> bool:
    """Whether each finding is closed or left uncorrected; an observation needs no more."""
    left = engagement.findings.exclude(state__in=("closed", "standing", "merged"))
    return not left.exclude(kind="observation").exists()


def correction_is_a_fact(finding: Finding, _context: Context) -> bool:
    """Whether a misstatement names the fact that put it right; other findings need none."""
    if finding.kind != "misstatement":
        return True
    fact = Fact.objects.filter(pk=finding.corrected_fact or 0).first()
    return fact is not None and fact.supersedes_id is not None


def opinion_form(engagements: Sequence[Engagement], _context: Context) -> None:
    """Add up what is left uncorrected, project it, and hold it against the materiality."""
    for engagement in engagements:
        found = evaluation_of(engagement)
        engagement.factual = _kept(found.factual)
        engagement.projected = _kept(found.projected)
        engagement.upper_limit = _kept(found.upper_limit)
        engagement.opinion = _opinion(engagement, found)


def evaluation_of(engagement: Engagement) -> Evaluation:
    """Return what the sample says of the misstatement that is left.

    A finding about an item counts as what the item is wrong by; a corrected one counts nothing.
    Findings about the total itself are added as they are: they stand for nothing beyond.
    """
    items = list(engagement.items.exclude(state="merged").order_by("code"))
    left = engagement.findings.filter(kind="misstatement").exclude(state__in=("closed", "merged"))
    wrong_of: dict[object, list[float]] = {}
    for finding in left:
        wrong_of.setdefault(finding.item_id, []).append(float(finding.misstated or 0))
    apart = fsum(wrong_of.pop(None, []))
    drawn = Selection(
        unit=np.arange(len(items)),
        is_certain=np.array([each.is_certain for each in items], dtype=np.bool_),
        hits=np.array([each.hits for each in items], dtype=np.int64),
        weight=np.array([each.weight for each in items]),
        interval=float(engagement.interval or 0),
        rest_amount=_rest(engagement, items),
    )
    book = np.array([float(each.stated) for each in items])
    wrong = np.array([fsum(wrong_of.get(each.pk, [])) for each in items])
    confidence = CONFIDENCE[engagement.level]
    if engagement.method == "stratified":
        strata = [each.stratum for each in items]
        found = evaluated_strata(drawn, book, wrong, strata, confidence=confidence)
    else:
        found = evaluated(drawn, book, wrong, confidence=confidence)
    return Evaluation(found.factual + apart, found.projected, found.upper_limit + abs(apart))


def _rest(engagement: Engagement, items: Sequence[Item]) -> float:
    sizes = fsum(abs(unit.amount) for unit in population_of(engagement).units)
    return sizes - fsum(abs(float(each.stated)) for each in items if each.is_certain)


def _opinion(engagement: Engagement, found: Evaluation) -> str:
    """Return the opinion that follows; a person signs it.

    Adverse: what is likely left uncorrected is material. Disclaimed: it is not, but the sample
    cannot rule it out. Modified: immaterial, but a nonconformity stands. Else unmodified.
    """
    material = abs(float(engagement.total or 0)) * float(engagement.materiality_percent) / 100
    if abs(found.likely) > material:
        return "adverse"
    if found.upper_limit > material * (1 + 1e-9):
        return "disclaimed"
    standing = engagement.findings.filter(kind="nonconformity", state="standing")
    return "modified" if standing.exists() else "unmodified"


def _kept(number: float) -> Decimal:
    return Decimal(repr(float(number))).quantize(_STEP)
