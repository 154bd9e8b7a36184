"""What lies between two editions: figures restated, new and gone; factors; words."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

from commonweal.errors import InputError
from commonweal.kernel.disclosure.editions.freezing import (
    digests_read,
    file_kept,
    ids_read,
    reports_build,
)
from commonweal.kernel.disclosure.editions.plain import report_text
from commonweal.kernel.disclosure.known import latest_instant
from commonweal.kernel.facts.models import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonweal.kernel.disclosure.editions.edition import Edition
    from commonweal.kernel.disclosure.wording import Language

    Key = tuple[str, str, str]  # indicator, node, period
    Told = tuple[Mapping[Key, Fact], list[str]]  # facts, lines of the text


@dataclass(frozen=True, slots=True)
class Restated:
    """One figure that both editions rest on, with another fact behind it."""

    old: Fact
    new: Fact
    reason: str
    """Said when the new value superseded the old one; empty if neither superseded the other."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A factor of a carrier at a place, and what it was before; a value is empty if none was."""

    indicator: str
    carrier: str
    place: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between two editions."""

    restated: tuple[Restated, ...]
    new: tuple[Fact, ...]
    gone: tuple[Fact, ...]
    n_same: int
    factors: tuple[Exchanged, ...]
    words: tuple[str, ...]
    """Lines of a unified diff of the text in one language."""


def editions_compare(old: Edition, new: Edition | None, *, language: Language) -> Comparison:
    """Compare two editions, figure by figure and line by line.

    Args:
        old: A frozen one.
        new: Another one; a draft is taken as it would be frozen now, and None for ``old`` itself
            as it would be.
        language: Whose text.

    Raises:
        InputError: The old one is a draft, or one has no text in this language.
        StateError: A file of an edition is gone.
    """
    if old.as_of is None:
        raise InputError(f"{old.code} is a draft: nothing is frozen", hint="check it first")
    (before, was), (after, now) = _frozen(old, language), _taken(old, new, language)
    both = sorted(before.keys() & after.keys())
    changed = [(before[key], after[key]) for key in both if before[key].pk != after[key].pk]
    named = (old.code, new.code if new else "now")
    return Comparison(
        restated=tuple(Restated(a, b, _reason(a, b)) for a, b in changed),
        new=tuple(after[key] for key in sorted(after.keys() - before.keys())),
        gone=tuple(before[key] for key in sorted(before.keys() - after.keys())),
        n_same=len(both) - len(changed),
        factors=tuple(_factors(changed)),
        words=tuple(unified_diff(was, now, *named, n=0, lineterm="")),
    )


def _taken(old: Edition, new: Edition | None, language: Language) -> Told:
    if new is not None and new.as_of is not None:
        return _frozen(new, language)
    return _unfrozen(new or old, language)


def _frozen(edition: Edition, language: Language) -> Told:
    digest = digests_read(edition.digests).get(f"{language}.txt")
    if digest is None:
        raise _no_text(edition, language)
    return _facts(ids_read(edition.fact_ids)), file_kept(digest).decode().splitlines()


def _unfrozen(edition: Edition, language: Language) -> Told:
    report = reports_build(edition, latest_instant()).get(language)
    if report is None:
        raise _no_text(edition, language)
    return _facts(entry.fact_id for entry in report.entries), report_text(report).splitlines()


def _no_text(edition: Edition, language: str) -> InputError:
    has = ", ".join(edition.languages.split())
    return InputError(f"{edition.code} has no text in {language}", hint=f"it has {has}")


def _facts(ids: Iterable[int]) -> Mapping[Key, Fact]:
    found = Fact.objects.select_related("supersedes").in_bulk(list(ids))
    return {(each.indicator, each.node, str(each.period)): each for each in found.values()}


def _reason(old: Fact, new: Fact) -> str:
    """Return why: the last of the reasons that lead from the old fact to the new one."""
    step: Fact | None = new
    while step is not None and step.pk != old.pk:
        step = step.supersedes
    return new.reason if step is not None else ""


def _factors(changed: list[tuple[Fact, Fact]]) -> Iterator[Exchanged]:
    seen: set[Exchanged] = set()
    for old, new in changed:
        before, after = _factors_of(old), _factors_of(new)
        for carrier, place in sorted(before.keys() | after.keys()):
            was, now = before.get((carrier, place), ""), after.get((carrier, place), "")
            found = Exchanged(new.indicator, carrier, place, was, now)
            if was != now and found not in seen:
                seen.add(found)
                yield found


def _factors_of(fact: Fact) -> Mapping[tuple[str, str], str]:
    """Return each factor as written, by carrier and place."""
    return {
        (line["carrier"], line["place"]): _written(line["factor"])
        for line in fact.lineage.get("lines", ())
        if line.get("factor")
    }


def _written(factor: Mapping[str, Any]) -> str:
    year = f" ({factor['data_year']})" if factor.get("data_year") else ""
    return f"{factor['value']} {factor['unit']}{year}"
