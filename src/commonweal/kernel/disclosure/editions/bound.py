"""Every printed figure read back out of the text and held against the ledger's rows.

The report is printed by one part of the program and read here by another, the linter's: a figure
that says something else than the facts it is bound to is found, whoever made it so. The rows are
asked for by number, and each must still be what its leaf of the log says.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from commonweal.catalogue.claim_rules import chapter_read
from commonweal.engines.claims.arithmetic import reach, shown
from commonweal.engines.claims.claim import Interval
from commonweal.engines.merkle import leaf_hash
from commonweal.errors import InputError
from commonweal.kernel.disclosure.editions.plain import report_marked
from commonweal.kernel.facts.leaves import batch_digest, leaf_content
from commonweal.kernel.facts.models import Fact
from commonweal.units import conversion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from commonweal.engines.claims.claim import Claim
    from commonweal.kernel.disclosure.editions.plain import Mark
    from commonweal.kernel.disclosure.tree import Report

_UNITS: Final = {"1": "dimensionless", "kgCO2": "kgco2e", "kgCO2e": "kgco2e", "CNY": "cny",
                 "person_visit": "visit"}  # fmt: skip
_CHUNK: Final = 500
_NUMBER: Final = re.compile(r"\d[\d,]*(?:\.\d+)?")
_POWERS: Final = range(-12, 4)
"""Of ten: by which units of one kind differ, as a table's head or a picture's title says them."""


@dataclass(frozen=True, slots=True)
class Unbound:
    """A printed figure that its facts do not say."""

    section: str
    printed: str
    said: str


@dataclass(frozen=True, slots=True)
class Held:
    """What comparing a report with the ledger gave."""

    n_figures: int
    """Figures that are bound to facts."""
    n_read: int
    """Those of them that were read back out of the text; the others are names and dates."""
    faults: tuple[Unbound, ...]


def report_held(report: Report) -> Held:
    """Hold every bound figure of a report against the ledger."""
    text, marks = report_marked(report)
    claims = chapter_read(text).claims
    starts = [claim.start for claim in claims]
    bound = [mark for mark in marks if mark.figure.has_data and mark.figure.fact_ids]
    facts = _facts({pk for mark in bound for pk in mark.figure.fact_ids})
    faults, n_read = list(_rows_faults(facts)), 0
    for mark in bound:
        lost = [pk for pk in mark.figure.fact_ids if pk not in facts]
        said = f"there is no fact #{lost[0]}" if lost else ""
        claim = _claim(mark, claims, starts)
        if not said and (mark.figure.indicator or mark.is_cell):
            mine = [facts[pk] for pk in mark.figure.fact_ids]
            n_read += claim is not None or bool(_NUMBER.search(mark.figure.text))
            said = _differs(claim, mark.figure.text, mine)
        if said:
            faults.append(Unbound(mark.section, mark.figure.text, said))
    return Held(len(bound), n_read, tuple(faults))


def _facts(ids: set[int]) -> Mapping[int, Fact]:
    found: dict[int, Fact] = {}
    order = sorted(ids)
    for start in range(0, len(order), _CHUNK):
        rows = Fact.objects.select_related("batch", "supersedes")
        found |= rows.in_bulk(order[start : start + _CHUNK])
    return found


def _rows_faults(facts: Mapping[int, Fact]) -> Iterator[Unbound]:
    digests: dict[int, str] = {}
    for fact in facts.values():
        digest = digests.setdefault(fact.batch_id, "") or batch_digest(fact.batch)
        digests[fact.batch_id] = digest
        older = fact.supersedes.leaf_index if fact.supersedes else None
        content = leaf_content(fact, batch_sha256=digest, superseded_leaf=older)
        if leaf_hash(content) != bytes(fact.leaf_hash):
            told = f"fact #{fact.pk} is not what its leaf {fact.leaf_index} of the log says"
            yield Unbound("", f"{fact.indicator} {fact.node} {fact.period}", told)


def _claim(mark: Mark, claims: Sequence[Claim], starts: Sequence[int]) -> Claim | None:
    """Return the number that is read at a place, if it is just one."""
    first = bisect_left(starts, mark.start)
    found = claims[first : bisect_left(starts, mark.end)]
    return found[0] if len(found) == 1 else None


def _differs(claim: Claim | None, printed: str, facts: Sequence[Fact]) -> str:
    """Return what the facts say where a printed figure cannot be any of it, or nothing."""
    try:
        may = list(_sayings(claim, facts)) if claim else []
    except InputError:  # in a unit of its own, such as points
        may = []
    if claim is None or not may:
        return _digits_differ(printed, facts)
    return "" if any(each.meets(reach(claim)) for each in may) else _said(facts[0])


def _digits_differ(printed: str, facts: Sequence[Fact]) -> str:
    """Return what a fact says where a number whose unit stands elsewhere has other digits."""
    found, fact = _NUMBER.search(printed), facts[0]
    if found is None or fact.value is None or len(facts) > 1:
        return ""
    digits = found[0].replace(",", "")
    half = Fraction(1, 2 * 10 ** len(digits.partition(".")[2]))
    may = [abs(Fraction(fact.value)), Fraction(fact.estimated_share or 0)]
    shifted = (each * Fraction(10) ** power for each in may for power in _POWERS)
    if any(abs(each - Fraction(digits)) <= half for each in shifted):
        return ""
    return _said(fact)


def _said(fact: Fact) -> str:
    value = shown(Fraction(fact.value or 0))
    return f"fact #{fact.pk} says {fact.indicator} {fact.period}: {value} {fact.unit}"


def _sayings(claim: Claim, facts: Sequence[Fact]) -> Iterator[Interval]:
    """Yield all that facts may be printed as, in a claim's unit: value, sum, change, share."""
    known = [_interval(fact) for fact in facts]
    if any(each is None for each in known):
        return
    values = [each for each in known if each is not None]
    first, unit = facts[0], _UNITS.get(claim.unit, claim.unit)
    if claim.kind in {"share", "points"}:
        yield from _shares(values, facts)
    if unit != "dimensionless" or first.unit in {"percent", "dimensionless"}:
        scale = conversion(first.unit, unit)
        yield _scaled(values[0], scale)
        if len(values) > 1:
            yield _scaled(_total(values, 1), scale)
            yield _scaled(_positive(_total(values, -1)), scale)


def _shares(values: Sequence[Interval], facts: Sequence[Fact]) -> Iterator[Interval]:
    if facts[0].estimated_share is not None:
        share = Fraction(facts[0].estimated_share)
        yield Interval(share, share)
    if len(values) > 1 and facts[1].value:
        part, whole = Fraction(facts[0].value or 0), Fraction(facts[1].value)
        whole *= conversion(facts[1].unit, facts[0].unit)
        for share in (part / whole, abs(part - whole) / abs(whole)):
            yield Interval(share, share)


def _interval(fact: Fact) -> Interval | None:
    if fact.value is None:
        return None
    return Interval(Fraction(fact.value), Fraction(fact.value))


def _scaled(found: Interval, scale: Fraction) -> Interval:
    return Interval(found.low * scale, found.high * scale)


def _total(values: Sequence[Interval], sign: int) -> Interval:
    rest = Interval(sum(each.low for each in values[1:]), sum(each.high for each in values[1:]))  # type: ignore[arg-type]
    low, high = (rest.low, rest.high) if sign > 0 else (-rest.high, -rest.low)
    return Interval(values[0].low + low, values[0].high + high)


def _positive(found: Interval) -> Interval:
    return found if found.high > 0 else Interval(-found.high, -found.low)
