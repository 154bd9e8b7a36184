"""Which figures answer the paragraphs of disclosure standards, and which nothing answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.kernel.disclosure.renderings.standards import (
    STATES,
    standards_build,
    state_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.kernel.disclosure.renderings.standards import StandardIndex, State
    from commonweal.web.pages.scope import Scope


@dataclass(frozen=True, slots=True)
class Shown:
    """One standard with how many paragraphs are in each state, in words."""

    standard: StandardIndex
    counts: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class StandardsPage:
    """Everything the page of standards shows."""

    scope: Scope
    standards: tuple[Shown, ...]
    words: dict[State, str]


def standards_page(scope: Scope) -> StandardsPage:
    """Build the index tables of the scope's node and period."""
    words = state_words()
    standards = standards_build(
        scope.node.code,
        scope.period,
        boundary=scope.boundary.code,
        as_of=scope.as_of,
        language=scope.language,
    )
    return StandardsPage(
        scope,
        tuple(
            Shown(each, [(words[state], n) for state in STATES if (n := each.count(state))])
            for each in standards
        ),
        words,
    )
