"""Claims of any text that name an indicator, held against the facts of their year.

A claim is bound where the indicator's name (in one of three languages, or a synonym) stands before
it in its sentence, or is its row's label, and no other number between. It agrees if the fact, with
half its own last digit to either side, meets what the printed number may stand for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Final

from commonweal.catalogue import catalogue
from commonweal.catalogue.claim_rules import synonyms
from commonweal.engines.claims.arithmetic import in_units_of, reach
from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.claim import Interval
from commonweal.engines.claims.folding import folded
from commonweal.engines.claims.rules.comparing import DOWN, UP
from commonweal.errors import InputError
from commonweal.kernel.disclosure.known import (
    boundary_get,
    known_load,
    latest_instant,
    node_children,
    node_get,
    node_name,
)
from commonweal.periods import period as period_read
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from commonweal.engines.claims.chapter import Chapter
    from commonweal.engines.claims.claim import Claim
    from commonweal.kernel.disclosure.known import Known
    from commonweal.kernel.facts.models import Fact
    from commonweal.periods import Period

_LEAST_NAME: Final = 3
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_UNITS: Final = {"1": "dimensionless", "kgCO2": "kgco2e", "kgCO2e": "kgco2e", "CNY": "cny",
                 "person_visit": "visit"}  # fmt: skip


@dataclass(frozen=True)
class _Ledger:
    """Facts of one node, and whose names say that a sentence is about another."""

    node: str
    period: Period
    known: Known
    others: Sequence[str]


def against_facts(
    period: Period, *, node: str = "", boundary: str = "", as_of: datetime | None = None
) -> Callable[[Chapter], list[Finding]]:
    """Return a rule that holds a text against the facts of a node.

    Args:
        period: What the text reports on; claims that name another year are of that year.
        node: Organisation node; the operator as a whole by default.
        boundary: Reporting boundary; the first by default.
        as_of: What was known then; the latest by default.

    Raises:
        InputError: Node or boundary are unknown.
        StateError: There are no facts.
    """
    at, root = latest_instant(as_of), node_get(node)
    years = {period_read(str(year)) for year in range(period.start_date.year - 6, 1 +
             period.start_date.year)} | {period, period.year_before}  # fmt: skip
    wanted = [(set(catalogue().indicators), [root.code], years)]
    children = node_children(root.code, at_date=max(period.start_date, date(2000, 1, 1)), as_of=at)
    others = [folded(node_name(each, name)) for each in children for name in ("zh-hant", "en")]
    known = known_load(wanted, boundary=boundary_get(boundary).code, as_of=at)
    ledger = _Ledger(root.code, period, known, others)

    def rule(chapter: Chapter) -> list[Finding]:
        judged = (_judged(chapter, claim, ledger) for claim in chapter.claims)
        return [finding for finding in judged if finding is not None]

    return rule


@cache
def _names() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return names of indicators and their ids by the first two letters, the longest first."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    more = synonyms()
    for indicator_id, indicator in catalogue().indicators.items():
        for name in {*indicator.name.values(), *more.get(indicator_id, ())}:
            bare = folded(name)
            if len(bare) >= _LEAST_NAME:
                found[bare[:2]].append((bare, indicator_id))
    return {key: sorted(names, key=lambda each: -len(each[0])) for key, names in found.items()}


def _named(words: str) -> tuple[str, int]:
    """Return the indicator that is named last, and where its name ends."""
    at, last = 0, ("", -1)
    names = _names()
    while at < len(words) - 1:
        hit = next((each for each in names.get(words[at : at + 2], ()) if
                    words.startswith(each[0], at)), None)  # fmt: skip
        if hit:
            last = (hit[1], at + len(hit[0]))
        at += len(hit[0]) if hit else 1
    return last


def _judged(chapter: Chapter, claim: Claim, ledger: _Ledger) -> Finding | None:
    """Return what is wrong with a claim, that it is bound to nothing, or None if it agrees."""
    fact = _fact(chapter, claim, ledger)
    values = _values(chapter, claim, fact, ledger) if fact is not None else None
    if fact is None or values is None:
        said = {"quote": chapter.quote(claim)}
        return Finding("unbound_claim", "info", claim.start, claim.end, said)
    if values.meets(reach(claim)):
        return None
    said = {
        "quote": chapter.quote(claim),
        "fact": str(fact.pk),
        "indicator": fact.indicator,
        "period": str(fact.start_date.year),
        "value": in_units_of((values.low + values.high) / 2, claim),
    }
    return Finding("claim_against_fact", "error", claim.start, claim.end, said)


def _fact(chapter: Chapter, claim: Claim, ledger: _Ledger) -> Fact | None:
    start = claim.sentence[0]
    before = chapter.folded[start : claim.start]
    indicator, end = _named(before)
    if end < 0:
        before = folded(claim.subject)
        indicator, end = _named(before)
    elif any(other.start >= start + end for other in chapter.within(start, claim.start)):
        return None  # another number lies between
    if not indicator or any(name in before for name in ledger.others):
        return None
    year = _YEAR.search(folded(claim.period))
    asked = period_read(year[0]) if year else ledger.period
    return ledger.known.get(indicator, ledger.node, asked)


def _values(chapter: Chapter, claim: Claim, fact: Fact, ledger: _Ledger) -> Interval | None:
    """Return what a claim should be, in its unit; None if the two cannot be compared."""
    if fact.value is None:
        return None
    value, half = Fraction(fact.value), Fraction(1, 2 * 10**fact.decimals)
    try:
        scale = conversion(fact.unit, _UNITS.get(claim.unit, claim.unit))
    except InputError:
        return _change(chapter, claim, fact, ledger) if claim.kind == "share" else None
    return Interval((value - half) * scale, (value + half) * scale)


def _change(chapter: Chapter, claim: Claim, fact: Fact, ledger: _Ledger) -> Interval | None:
    """Return by how much a fact changed in a year, where a claim says that it rose or fell."""
    before = chapter.folded[max(claim.sentence[0], claim.start - 12) : claim.start]
    is_up, is_down = bool(UP.search(before)), bool(DOWN.search(before))
    year = period_read(str(fact.start_date.year))
    base = ledger.known.get(fact.indicator, fact.node, year.year_before)
    if is_up == is_down or base is None or not base.value or fact.value is None:
        return None
    if chapter.folded[claim.sentence[0] : claim.start].count("20") > 1:
        return None  # measured from a year that is named
    sign = 1 if is_up else -1
    change = sign * (Fraction(fact.value) - Fraction(base.value)) / Fraction(base.value)
    return Interval(change, change)
