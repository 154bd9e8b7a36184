"""What a computation would change, before anything is recorded: old and new, fact by fact."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from commonweal.catalogue import catalogue
from commonweal.kernel.compute.services import facts_drafted
from commonweal.kernel.facts.checks import facts_checked
from commonweal.kernel.facts.current import current_facts, says_the_same
from commonweal.kernel.facts.models import PeriodLock
from commonweal.kernel.facts.rows import fact_key
from commonweal.kernel.org.models import NodeKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from commonweal.kernel.compute.evaluation import Computation
    from commonweal.kernel.facts.models import Fact


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that would be recorded; ``old`` is the one that it would supersede, if any."""

    new: Fact
    old: Fact | None
    locked_by: str
    """Who closed the period that it lies in; empty where it may be recorded."""

    @property
    def is_value_changed(self) -> bool:
        """Whether a number would be another one, not only its evidence."""
        return self.old is not None and self.old.value != self.new.value

    @property
    def percent(self) -> Decimal | None:
        """By how much the value would change, percent; None where there is no base."""
        if self.old is None or self.new.value is None or not self.old.value:
            return None
        difference = Decimal(self.new.value) - Decimal(self.old.value)
        return 100 * difference / abs(Decimal(self.old.value))

    @property
    def n_factors_changed(self) -> int:
        """How many lines would take another factor, or the same one with another value."""
        if self.old is None:
            return 0
        before, after = _factors(self.old), _factors(self.new)
        return sum(before.get(line) != factor for line, factor in after.items())


def changes_of(
    done: Computation, *, node_kinds: Collection[str] = tuple(NodeKind.values)
) -> tuple[Change, ...]:
    """Return every fact that recording ``done`` would add or restate.

    Restated values come first, the largest change in percent ahead, then facts whose evidence
    alone differs, then new ones.

    Args:
        done: A computation that was not recorded. Values outside their bounds are taken out.
        node_kinds: Kinds of nodes whose facts would be recorded.
    """
    batch = facts_drafted(done, node_kinds)
    facts = facts_checked(batch, catalogue().indicators)
    current = current_facts(fact_key(fact) for fact in facts)
    locks = list(PeriodLock.objects.filter(unlocked_at=None).order_by("pk"))
    found = []
    for fact in facts:
        old = current.get(fact_key(fact))
        if old is None or not says_the_same(old, fact):
            found.append(Change(fact, old, _locked_by(fact, locks)))
    return tuple(sorted(found, key=_order))


def _order(change: Change) -> tuple[int, Decimal, str, str]:
    size = abs(change.percent or Decimal(0))
    rank = 2 if change.old is None else int(not change.is_value_changed)
    return rank, -size, change.new.indicator, change.new.node


def _locked_by(fact: Fact, locks: Sequence[PeriodLock]) -> str:
    for lock in locks:
        if lock.start_date <= fact.start_date and fact.end_date <= lock.end_date:
            return lock.locked_by
    return ""


def _factors(fact: Fact) -> dict[tuple[str, str, int], tuple[str, str]]:
    return {
        (line["carrier"], line["place"], line["year"]): (
            line["factor"]["id"],
            line["factor"]["value"],
        )
        for line in fact.lineage.get("lines", ())
        if "factor" in line
    }
