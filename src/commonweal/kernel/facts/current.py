"""Which facts stand now, and whether a new one says anything new."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from commonweal.kernel.facts.models import Fact
from commonweal.kernel.facts.rows import FactKey, fact_key

if TYPE_CHECKING:
    from collections.abc import Iterable

_NODES: Final = 400  # in one query

# Where bytes lie, not what they say: compaction rewrites files and changes no fact.
_NOT_MEANING: Final = frozenset({"files", "segments", "snapshot"})


def current_facts(keys: Iterable[FactKey]) -> dict[FactKey, Fact]:
    """Return the current fact of each key that has one; call under ``log_lock``."""
    wanted = set(keys)
    nodes_of: dict[str, set[str]] = defaultdict(set)
    for key in wanted:
        nodes_of[key.indicator].add(key.node)
    boundaries = {key.boundary for key in wanted}
    first_days = {key.start_date for key in wanted}
    found = {}
    for indicator, nodes in nodes_of.items():
        codes = sorted(nodes)
        for start in range(0, len(codes), _NODES):
            for fact in Fact.objects.filter(
                superseded_at=None,
                indicator=indicator,
                node__in=codes[start : start + _NODES],
                boundary__in=boundaries,
                start_date__in=first_days,
            ).iterator(chunk_size=2000):
                if (key := fact_key(fact)) in wanted:
                    found[key] = fact
    return found


def says_the_same(old: Fact, new: Fact) -> bool:
    """Return whether a current fact already means what a new one would."""
    return _meaning(old) == _meaning(new)


def _meaning(fact: Fact) -> tuple[Any, ...]:
    lineage = {key: value for key, value in fact.lineage.items() if key not in _NOT_MEANING}
    return fact.value, fact.unit, fact.decimals, fact.method, fact.estimated_share, lineage
