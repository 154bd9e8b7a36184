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
_TONGUES: Final = ("zh-hant", "zh-hans", "en")
_BASIS: Final = re.compile(
    r"[(（][^()（）]*(?:当量值|等价值|基于位置|基于市场|已核算类别)[^()（）]*[)）]"
    r"|, (?:equivalent basis|supply basis|scopes 1 and 2.*|location-based|market-based"
    r"|categories accounted for)"
)
_SAVED: Final = re.compile(
    r"(?:节约|节省|减少|降低|节|目标)了?$"
    r"|\b(?:sav(?:ed?|ings?)|avoid(?:ed)?|reduc\w+|target(?: for)?)"
    r"(?: (?:in|of|our|the))*\s*$"
)
"""Energy that is saved is none that is used."""
_OF_A_PART: Final = re.compile(
    r"基站|机房|数据中心|办公|营业厅|车辆|其中|人均|每[万百千]"
    r"|\b(?:per|each|of which|base stations?|offices?"
    r"|data cent(?:er|re)s?|fleet|retail)\b(?! unit)"
)
"""What is said of a part, or per head, is not what the fact is of."""
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
    others = [folded(node_name(each, name)) for each in children for name in _TONGUES]
    known = known_load(wanted, boundary=boundary_get(boundary).code, as_of=at)
    ledger = _Ledger(root.code, period, known, others)

    def rule(chapter: Chapter) -> list[Finding]:
        judged = (_judged(chapter, claim, ledger) for claim in chapter.claims)
        return [finding for finding in judged if finding is not None]

    return rule


@cache
def _names() -> Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]:
    """Return names and the indicators they may mean, by the first two letters, the longest first.

    A name without its basis may mean either basis: Scope 2 emissions.
    """
    meant: dict[str, set[str]] = defaultdict(set)
    more = synonyms()
    for indicator_id, indicator in catalogue().indicators.items():
        own = {_plain(name) for name in indicator.name.values()}
        for name in own | {_BASIS.sub("", name) for name in own}:
            meant[name].add(indicator_id)
        for name in more.get(indicator_id, ()):
            meant[_plain(name)].add(indicator_id)
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for name, ids in meant.items():
        if len(name) >= _LEAST_NAME:
            found[name[:2]].append((name, tuple(sorted(ids))))
    return {key: sorted(names, key=lambda each: -len(each[0])) for key, names in found.items()}


def _plain(words: str) -> str:
    """Fold words, and what regions write in their own way; lengths stay."""
    return folded(words).replace("范畴", "范围").replace("范围1", "范围一").replace(
        "范围2", "范围二").replace("范围3", "范围三")  # fmt: skip


def _named(words: str) -> tuple[tuple[str, ...], int]:
    """Return what is named last, as the indicators it may be, and where the name ends."""
    at, ids, end = 0, tuple[str, ...](), -1
    names = _names()
    while at < len(words) - 1:
        near = names.get(words[at : at + 2], ())
        hit = next((each for each in near if _is_here(words, at, each[0])), None)
        if hit:
            end = at + len(hit[0])
            ids = () if _SAVED.search(words[:at]) else hit[1]
        at = end if hit else at + 1
    return ids, end


def _is_here(words: str, at: int, name: str) -> bool:
    """Whether a name stands in words; in Latin letters, it begins and ends where words do."""
    if not words.startswith(name, at) or not name[0].isascii():
        return words.startswith(name, at)
    beside = words[at - 1 : at] + words[at + len(name) : at + len(name) + 1]
    return not any(char.isascii() and char.isalpha() for char in beside)


def _judged(chapter: Chapter, claim: Claim, ledger: _Ledger) -> Finding | None:
    """Return what is wrong with a claim, that it is bound to nothing, or None if it agrees."""
    told = [
        (fact, values)
        for fact in _facts(chapter, claim, ledger)
        if (values := _values(chapter, claim, fact, ledger)) is not None
    ]
    if not told:
        said = {"quote": chapter.quote(claim)}
        return Finding("unbound_claim", "info", claim.start, claim.end, said)
    if any(values.meets(reach(claim)) for _, values in told):
        return None
    fact, values = told[0]
    said = {
        "quote": chapter.quote(claim),
        "fact": str(fact.pk),
        "indicator": fact.indicator,
        "period": str(fact.start_date.year),
        "value": in_units_of((values.low + values.high) / 2, claim),
    }
    return Finding("claim_against_fact", "error", claim.start, claim.end, said)


def _facts(chapter: Chapter, claim: Claim, ledger: _Ledger) -> list[Fact]:
    """Return the facts that a claim may be of: one, or one for each basis."""
    start = claim.sentence[0]
    before = _plain(chapter.folded[start : claim.start])
    indicators, end = _named(before)
    if end < 0:
        before = _plain(claim.subject)
        indicators, end = _named(before)
    elif any(other.start >= start + end for other in chapter.within(start, claim.start)):
        return []  # another number lies between
    if not indicators or any(name in before for name in ledger.others) or _OF_A_PART.search(before):
        return []
    year = _YEAR.search(folded(claim.period))
    asked = period_read(year[0]) if year else ledger.period
    found = (ledger.known.get(each, ledger.node, asked) for each in indicators)
    return [fact for fact in found if fact is not None]


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
