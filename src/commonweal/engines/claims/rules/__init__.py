"""What may be wrong with the numbers of a text: each rule is a function of a chapter.

Sentences, severity, good and bad lines of a rule stand in ``catalogue/definitions/claims/rules``.
"""

from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.rules import (
    changes,
    counts,
    dates,
    groups,
    implied,
    promises,
    ratios,
    repeats,
    stocks,
    sums,
    wholes,
    wording,
    years,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commonweal.engines.claims.chapter import Chapter, Finding

RULES: Final[tuple["Callable[[Chapter], Iterator[Finding]]", ...]] = (
    sums.findings,
    sums.of_shares,
    changes.findings,
    years.in_tables,
    stocks.new_above_stock,
    stocks.parts,
    stocks.parts_in_english,
    ratios.of_two,
    ratios.of_two_in_english,
    ratios.wholes,
    ratios.complements,
    groups.findings,
    counts.findings,
    dates.findings,
    implied.bases,
    wholes.staff,
    wholes.bounds,
    repeats.paragraphs,
    repeats.shares,
    repeats.nouns,
    repeats.facts,
    wording.hedges,
    wording.units,
    wording.periods,
    wording.rates,
    promises.targets,
    promises.constraints,
    promises.factors,
)
"""Every rule that needs nothing but the text."""
