"""Which figures answer which paragraph of a disclosure framework, and where there are gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from django.utils.translation import pgettext

from commonweal.catalogue import catalogue
from commonweal.catalogue.frameworks import frameworks
from commonweal.kernel.disclosure.known import known_load
from commonweal.kernel.disclosure.lineage import value_text
from commonweal.kernel.disclosure.wording import language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from commonweal.catalogue.frameworks import Framework, Paragraph
    from commonweal.kernel.disclosure.tree import Report
    from commonweal.kernel.facts.models import Fact
    from commonweal.periods import Period

State = Literal["reported", "no_data", "planned", "gap", "in_words"]
STATES: Final[tuple[State, ...]] = get_args(State)


@dataclass(frozen=True, slots=True)
class Answer:
    """An indicator that answers a paragraph, with its figure of the period if there is one."""

    indicator: str
    name: str
    is_planned: bool
    fact_id: int | None
    value: str


@dataclass(frozen=True, slots=True)
class ParagraphIndex:
    """One paragraph and what answers it.

    ``reported``: at least one figure stands. ``no_data``: there are indicators and no figure of
    this period. ``planned``: the indicators are not computed yet. ``gap``: figures are asked and
    no indicator answers. ``in_words``: words are asked, and no figure is bound to them.
    """

    id: str
    label: str
    kind: str
    state: State
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class StandardIndex:
    """One framework's paragraphs in its own order."""

    id: str
    name: str
    source: str
    paragraphs: tuple[ParagraphIndex, ...]

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Every answer to every paragraph."""
        return tuple(answer for each in self.paragraphs for answer in each.answers)

    def count(self, state: State) -> int:
        """Return how many paragraphs are in a state."""
        return sum(each.state == state for each in self.paragraphs)


def state_words() -> dict[State, str]:
    """Return what each state is called, in the active language."""
    return {
        "reported": pgettext("of a disclosure", "reported"),
        "no_data": pgettext("of a disclosure", "no data yet"),
        "planned": pgettext("of a disclosure", "planned"),
        "gap": pgettext("of a disclosure", "gap"),
        "in_words": pgettext("of a disclosure", "in words"),
    }


def standards_of(report: Report) -> tuple[StandardIndex, ...]:
    """Return the index tables for a report's node, period and boundary, as known to it."""
    return standards_build(
        report.node,
        report.period,
        boundary=report.boundary,
        as_of=report.as_of,
        language=report.language,
    )


def standards_build(
    node: str, period: Period, *, boundary: str, as_of: datetime, language: str
) -> tuple[StandardIndex, ...]:
    """Return the index tables of a node and a period; one query, whatever the number of tables."""
    naming = _naming()
    named = {indicator for ids in naming.values() for indicator in ids}
    known = known_load([(named, [node], [period])], boundary=boundary, as_of=as_of)
    facts = {indicator: known.get(indicator, node, period) for indicator in named}
    return tuple(_index(each, naming, facts, language) for each in frameworks().values())


def _naming() -> dict[tuple[str, str], list[str]]:
    """Return the indicators that name each paragraph, in the catalogue's order."""
    found: dict[tuple[str, str], list[str]] = {}
    for indicator in catalogue().indicators.values():
        for framework, paragraphs in indicator.frameworks.items():
            for paragraph in paragraphs:
                found.setdefault((framework, paragraph), []).append(indicator.id)
    return found


def _index(
    framework: Framework,
    naming: Mapping[tuple[str, str], list[str]],
    facts: Mapping[str, Fact | None],
    language: str,
) -> StandardIndex:
    return StandardIndex(
        framework.id,
        framework.name[language_of(language)],
        framework.source,
        tuple(
            _paragraph(each, naming.get((framework.id, each.id), ()), facts, language)
            for each in framework.paragraphs
        ),
    )


def _paragraph(
    paragraph: Paragraph,
    indicators: Iterable[str],
    facts: Mapping[str, Fact | None],
    language: str,
) -> ParagraphIndex:
    answers = tuple(_answer(each, facts[each], language) for each in indicators)
    return ParagraphIndex(
        paragraph.id,
        paragraph.label[language_of(language)],
        paragraph.kind,
        _state(paragraph, answers),
        answers,
    )


def _answer(indicator: str, fact: Fact | None, language: str) -> Answer:
    entry = catalogue().indicators[indicator]
    has_value = fact is not None and fact.value is not None
    return Answer(
        indicator,
        entry.name[language_of(language)],
        entry.status == "planned",
        fact.pk if fact and has_value else None,
        value_text(fact, language) if fact and has_value else "",
    )


def _state(paragraph: Paragraph, answers: tuple[Answer, ...]) -> State:
    if any(answer.fact_id for answer in answers):
        return "reported"
    if answers:
        return "planned" if all(answer.is_planned for answer in answers) else "no_data"
    return "in_words" if paragraph.kind == "narrative" else "gap"
