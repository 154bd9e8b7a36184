"""What came in: files, rows taken and refused, why, and what the quality rules noticed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Count, Max, Min, Sum

from commonweal.catalogue import catalogue, rule_words
from commonweal.errors import InputError
from commonweal.kernel.compute.noticed import findings_by_rule
from commonweal.kernel.disclosure.wording import instant_text
from commonweal.lake.datasets import datasets
from commonweal.lake.models import Segment, Source
from commonweal.lake.rejects import rejects_read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonweal.kernel.disclosure.wording import Language

_MOST_SOURCES: Final = 100
_MOST_REJECTS: Final = 200


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """One dataset and what is held of it."""

    id: str
    name: str
    n_files: int
    n_rows: int
    n_rejected: int
    months: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One file that was received."""

    pk: int
    name: str
    dataset: str
    sha256: str
    n_accepted: int
    n_rejected: int
    known: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule, how often it was broken, and what to do."""

    rule: str
    name: str
    """Empty where the rule is known by its code only."""
    sentence: str
    hint: str
    count: int


@dataclass(frozen=True, slots=True)
class DataPage:
    """Everything the data page shows."""

    datasets: tuple[DatasetRow, ...]
    sources: tuple[SourceRow, ...]
    n_sources: int
    rules: tuple[RuleRow, ...]
    findings: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True)
class RejectRow:
    """One refused row."""

    source_row: int
    column: str
    value: str
    sentence: str
    hint: str
    raw: str


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One file and the rows that were refused."""

    source: SourceRow
    rules: tuple[RuleRow, ...]
    rejects: tuple[RejectRow, ...]
    n_rejects: int


def data_page(*, language: Language) -> DataPage:
    """Build the page of everything received."""
    sources = list(Source.objects.order_by("-known_at", "-pk")[:_MOST_SOURCES])
    return DataPage(
        datasets=tuple(_datasets(language)),
        sources=tuple(_source(source, language) for source in sources),
        n_sources=Source.objects.count(),
        rules=_rules(Source.objects.filter(n_rejected__gt=0).order_by("-known_at")[:_MOST_SOURCES]),
        findings=tuple(_finding(rule, count, language) for rule, count in findings_by_rule()),
    )


def source_page(pk: int, *, language: Language, shows_content: bool) -> SourcePage:
    """Build the page of one file's refused rows; without ``shows_content``, not what they hold.

    Raises:
        InputError: There is no such file.
        StateError: The rejects cannot be read.
    """
    source = Source.objects.filter(pk=pk).first()
    if source is None:
        raise InputError(f"no source {pk}")
    rejects = rejects_read(source)
    return SourcePage(
        source=_source(source, language),
        rules=_rules([source]),
        rejects=tuple(
            RejectRow(
                row["source_row"],
                row["column"],
                (row["value"] or "") if shows_content else "",
                row["sentence"],
                row["hint"],
                row["raw"] if shows_content else "",
            )
            for row in rejects.slice(0, _MOST_REJECTS).to_pylist()
        ),
        n_rejects=rejects.num_rows,
    )


def _datasets(language: Language) -> Iterator[DatasetRow]:
    received = {
        row["dataset"]: row
        for row in Source.objects.values("dataset").annotate(
            files=Count("pk"), rejected=Sum("n_rejected")
        )
    }
    held = {
        row["dataset"]: row
        for row in Segment.objects.filter(removed_at=None)
        .values("dataset")
        .annotate(rows=Sum("n_rows"), first=Min("month"), last=Max("month"))
    }
    for dataset in datasets().values():
        files, rows = received.get(dataset.id), held.get(dataset.id)
        yield DatasetRow(
            id=dataset.id,
            name=dataset.names[language],
            n_files=files["files"] if files else 0,
            n_rows=rows["rows"] if rows else 0,
            n_rejected=files["rejected"] if files else 0,
            months=f"{rows['first']:%Y-%m} – {rows['last']:%Y-%m}" if rows else "",
        )


def _source(source: Source, language: Language) -> SourceRow:
    names = datasets()
    known = names.get(source.dataset)
    return SourceRow(
        pk=source.pk,
        name=source.name,
        dataset=known.names[language] if known else source.dataset,
        sha256=source.sha256,
        n_accepted=source.n_accepted,
        n_rejected=source.n_rejected,
        known=instant_text(source.known_at, language),
    )


def _finding(rule: str, count: int, language: Language) -> RuleRow:
    words = rule_words(rule, language, catalogue())
    return RuleRow(rule, words.name, words.sentence, words.hint, count)


def _rules(sources: Iterable[Source]) -> tuple[RuleRow, ...]:
    counts: Counter[str] = Counter()
    words: dict[str, tuple[str, str]] = {}
    for source in sources:
        columns = rejects_read(source).select(["rule", "sentence", "hint"]).to_pydict()
        counts.update(columns["rule"])
        for rule, sentence, hint in zip(*columns.values(), strict=True):
            words.setdefault(rule, (sentence, hint))
    return tuple(RuleRow(rule, "", *words[rule], count) for rule, count in counts.most_common())
