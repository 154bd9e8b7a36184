"""How much of the catalogue is computed, by domain; the reference report's figures apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonweal.catalogue.indicators import Indicator
    from commonweal.catalogue.loading import Catalogue


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts of indicators; ``reported`` are figures that the reference report prints."""

    domain: str
    n_computed: int
    n_planned: int
    n_reported_computed: int
    n_reported_planned: int


def coverage(of: Catalogue) -> tuple[Coverage, ...]:
    """Return one row per domain, an operator's own definitions among them, and ``total`` last."""
    everything = of.indicators.values()
    domains = sorted({*of.domains, *(indicator.domain for indicator in everything)})
    rows = (_counted(name, (i for i in everything if i.domain == name)) for name in domains)
    return (*rows, _counted("total", everything))


def _counted(name: str, indicators: Iterable[Indicator]) -> Coverage:
    marks = [(indicator.status == "computed", indicator.reported) for indicator in indicators]
    return Coverage(
        domain=name,
        n_computed=sum(computed for computed, _ in marks),
        n_planned=sum(not computed for computed, _ in marks),
        n_reported_computed=sum(computed and reported for computed, reported in marks),
        n_reported_planned=sum(reported and not computed for computed, reported in marks),
    )
