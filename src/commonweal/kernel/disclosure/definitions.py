"""Report definitions: one TOML file with charts and tables, one text for each language beside it.

The texts must agree: the same sections in the same order, and in each section the same bound
mentions, so that no language says what another does not.

A long report names ``sections`` instead: one file for each section and language, in a folder of
the report's name. Such a file may take a section of another report as it stands, with its charts
and tables: ``[[include donations#given]]``.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

import commonweal
from commonweal.catalogue import catalogue
from commonweal.errors import DefinitionError, InputError
from commonweal.kernel.disclosure.mentions import Mention, Words, line_parse, words_check
from commonweal.kernel.disclosure.parts import included, picture_prefix, text_read, with_parts
from commonweal.kernel.disclosure.wording import LANGUAGES, unit_check

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from commonweal.kernel.disclosure.markup import RawSection, RawText

DOMAINS_ROOT: Final = Path(commonweal.__file__).parent / "domains"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChartSpec(_Strict):
    """What a chart shows: indicators over the months of the period, children or a target's path."""

    id: str
    form: Literal["bar", "line", "ranking", "map"]
    over: Literal["months", "children", "path"]
    indicators: tuple[str, ...]
    title: dict[str, str]
    unit: dict[str, str] = {}
    decimals: int = 0
    compare_year_before: bool = False


class ColumnSpec(_Strict):
    """One column of a table."""

    indicator: str
    unit: dict[str, str] = {}
    decimals: int | None = None


class TableSpec(_Strict):
    """Children of the node in rows, indicators in columns, sorted by one of them."""

    id: str
    title: dict[str, str]
    columns: tuple[ColumnSpec, ...]
    sort: str


_Spec = TypeVar("_Spec", ChartSpec, TableSpec)


class ReportSpec(_Strict):
    """A report's definition file."""

    id: str
    title: dict[str, str] = {}
    """Of a report in files by section."""
    sections: tuple[str, ...] = ()
    magnitude: Literal["auto", "none"] = "none"
    """Whether running text chooses 萬, 億 or million where a mention does not say."""
    gaps: Literal["printed", "listed"] = "printed"
    """Whether a sentence without data says so, or is left out and its figures listed below."""
    charts: tuple[ChartSpec, ...] = ()
    tables: tuple[TableSpec, ...] = ()
    allowed: tuple[str, ...] = ()
    """Names with digits that are not figures, beside those that every text may use."""
    status: dict[str, dict[str, str]]
    """Words for the status of a target, by status and language."""
    directions: dict[str, str]
    """Default words for up, down and unchanged, by language: ``up|down|same``."""


@dataclass(frozen=True)
class ReportDefinition:
    """A definition with its texts, read and checked."""

    spec: ReportSpec
    texts: Mapping[str, RawText]
    files: tuple[Path, ...]
    """Everything the report is made from, for a digest; included reports too."""

    def chart(self, chart_id: str, place: str) -> ChartSpec:
        """Return a chart's definition.

        Raises:
            DefinitionError: The file defines no such chart.
        """
        return _named(self.spec.charts, chart_id, "chart", place)

    def table(self, table_id: str, place: str) -> TableSpec:
        """Return a table's definition.

        Raises:
            DefinitionError: The file defines no such table.
        """
        return _named(self.spec.tables, table_id, "table", place)


def _named(specs: tuple[_Spec, ...], wanted: str, what: str, place: str) -> _Spec:
    for spec in specs:
        if spec.id == wanted:
            return spec
    known = ", ".join(spec.id for spec in specs) or "none"
    raise DefinitionError(f"{place}: no {what} {wanted!r} is defined", hint=f"defined are: {known}")


def report_paths(root: Path = DOMAINS_ROOT) -> dict[str, Path]:
    """Return the definition files by report id."""
    shared = root.parent / "catalogue" / "definitions" / "reports"
    found = (
        *root.glob("*/report/*.toml"),
        *root.glob("*/*/report/*.toml"),
        *shared.glob("*.toml"),
    )
    return {path.stem: path for path in sorted(found)}


@cache
def report_definition(report_id: str, root: Path = DOMAINS_ROOT) -> ReportDefinition:
    """Read a report's definition and its three texts, and check them.

    Raises:
        InputError: There is no such report.
        DefinitionError: A file is malformed, a text holds an unbound number, or texts disagree.
    """
    paths = report_paths(root)
    if report_id not in paths:
        known = ", ".join(paths) or "none"
        raise InputError(f"no report {report_id!r}", hint=f"defined are: {known}")
    path = paths[report_id]
    try:
        spec = ReportSpec.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as fault:
        raise DefinitionError(f"{path.name}: {fault}") from fault
    texts: dict[str, RawText] = {}
    files = [path]
    for language in LANGUAGES:
        texts[language], read = text_read(
            path, spec.sections, spec.title.get(language, ""), language
        )
        files += read
    for name in sorted(included(texts.values())):
        part = report_definition(name, root)
        spec, texts = _with_pictures(spec, part.spec), with_parts(texts, name, part.texts)
        files += part.files
    _check(spec, texts)
    return ReportDefinition(spec, texts, tuple(files))


def _with_pictures(spec: ReportSpec, part: ReportSpec) -> ReportSpec:
    """Add the pictures and names of an included report."""
    prefix = picture_prefix(part.id)
    return spec.model_copy(
        update={
            "charts": (*spec.charts, *(_renamed(each, prefix) for each in part.charts)),
            "tables": (*spec.tables, *(_renamed(each, prefix) for each in part.tables)),
            "allowed": (*spec.allowed, *part.allowed),
        }
    )


def _renamed(spec: _Spec, prefix: str) -> _Spec:
    return spec.model_copy(update={"id": f"{prefix}{spec.id}"})


def _check(spec: ReportSpec, texts: Mapping[str, RawText]) -> None:
    indicators = catalogue().indicators.keys()
    for title, place in _titles(spec, texts):
        words_check(title, place, spec.allowed)
    _agree(
        {
            language: {
                section.id: _said(section, language, spec, indicators) for section in text.sections
            }
            for language, text in texts.items()
        },
        spec.id,
    )


def _titles(spec: ReportSpec, texts: Mapping[str, RawText]) -> Iterator[tuple[str, str]]:
    """Yield what is printed besides the texts' lines, each with its place."""
    for language, text in texts.items():
        yield text.title, f"title of {spec.id} in {language}"
        for section in text.sections:
            yield section.title, f"title of {spec.id}#{section.id} in {language}"
    named = [(each.id, each.title) for each in spec.charts]
    named += [(each.id, each.title) for each in spec.tables]
    for picture, titles in named:
        for language, title in titles.items():
            yield title, f"title of {picture} of {spec.id} in {language}"
    for words in (spec.directions, *spec.status.values()):
        for language, word in words.items():
            yield word, f"words of {spec.id} in {language}"


def section_spans(
    section: RawSection, *, spec: ReportSpec, indicators: Collection[str]
) -> Iterator[Words | Mention]:
    """Yield every piece of a section's text, checked; directives are left out."""
    for block in section.blocks:
        if block.kind != "directive":
            for line in (line for row in block.rows for line in row):
                yield from line_parse(line, indicators=indicators, allowed=spec.allowed)


def _said(
    section: RawSection, language: str, spec: ReportSpec, indicators: Collection[str]
) -> Counter[tuple[str, ...]]:
    said: Counter[tuple[str, ...]] = Counter()
    for span in section_spans(section, spec=spec, indicators=indicators):
        if isinstance(span, Mention):
            unit_check(span.option("unit"), language, span.place)
            said[span.identity] += 1
    for block in section.blocks:
        if block.kind == "directive":
            said["directive", " ".join(block.rows[0][0].text.strip("[] ").split())] += 1
    return said


def _agree(said: Mapping[str, Mapping[str, Counter[tuple[str, ...]]]], report_id: str) -> None:
    first, *others = LANGUAGES
    for other in others:
        if list(said[first]) != list(said[other]):
            raise DefinitionError(
                f"report {report_id}: sections in {first} are {', '.join(said[first])}, "
                f"in {other} {', '.join(said[other])}"
            )
        for section, mentions in said[first].items():
            differing = (mentions - said[other][section]) + (said[other][section] - mentions)
            if differing:
                raise DefinitionError(
                    f"report {report_id}, section {section}: {first} and {other} do not say "
                    f"the same: [[{' '.join(next(iter(differing)))}]]",
                    hint="bind the same indicators in every language; units and words may differ",
                )
