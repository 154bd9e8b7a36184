"""What a text does with figures it has no number for: no sentence is left with a hole in it.

A sentence that needs a planned indicator is left out, and the indicator is named in a quiet list
at the end of its part; so is, where a report asks for it, one whose figure has no data. What else
the sentence knew is told by name. The text is written once, and says more as soon as there is more
to say. In a table the cell is marked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from commonweal.kernel.disclosure.lineage import indicator_name
from commonweal.kernel.disclosure.tree import Figure, Paragraph, Span, Spans, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_END: Final = re.compile(r"(?<=[。！？])|(?<=[.!?])(?=\s|$)")
_LEADS: Final = {
    "planned": {
        "zh-hant": "以下指標已列入計劃，尚未計算：",
        "zh-hans": "以下指标已列入计划，尚未计算：",
        "en": "Planned, not yet computed: ",
    },
    "no_data": {
        "zh-hant": "以下指標本期暫無數據：",
        "zh-hans": "以下指标本期暂无数据：",
        "en": "No data for this period: ",
    },
}
_SIGNS: Final = {
    "zh-hant": ("：", "；", "。"),
    "zh-hans": ("：", "；", "。"),
    "en": (": ", "; ", "."),
}
_NO_BLANK: Final = frozenset("萬億餘万亿余")
_MARKS: Final = {"zh-hant": ("、", "。"), "zh-hans": ("、", "。"), "en": ("; ", ".")}


@dataclass
class Gaps:
    """Collects what the sentences of one part could not say."""

    language: str
    lists_no_data: bool
    """Whether a sentence without data is left out, too."""
    found: dict[str, list[Text]] = field(default_factory=lambda: {"planned": [], "no_data": []})

    def filled(self, spans: Iterable[Span]) -> Spans:
        """Return the sentences that can be said, and note what the others lack."""
        kept: list[Span] = []
        for sentence in _sentences(spans):
            lacking = [(role, self._named(span)) for span in sentence if (role := self._role(span))]
            kept += self._rest(sentence) if lacking else sentence
            for role, name in lacking:
                if name not in self.found[role]:
                    self.found[role].append(name)
        return _joined(kept, self.language)

    def _rest(self, sentence: list[Span]) -> Iterator[Span]:
        """Yield what is known of a sentence that cannot be said, each figure by its name."""
        rest = [
            span
            for span in sentence
            if isinstance(span, Figure) and span.indicator and span.has_data
        ]
        colon, gap, end = _SIGNS[self.language]
        for index, span in enumerate(rest):
            name = indicator_name(span.indicator, self.language)
            yield Text(f"{gap if index else ''}{name}{colon}")
            yield span
        if rest:
            yield Text(end)

    def _role(self, span: Span) -> str:
        """Return the list that a span without a number belongs to; empty if it can be said."""
        if isinstance(span, Text):
            return "planned" if span.indicator else ""
        return "no_data" if self.lists_no_data and not span.has_data else ""

    def _named(self, span: Span) -> Text:
        """Return the name of an indicator, or what is said of a figure that is not one."""
        if not span.indicator:
            return Text(span.text)
        return Text(indicator_name(span.indicator, self.language), indicator=span.indicator)

    def told(self) -> Iterator[Paragraph]:
        """Yield the lists of what could not be said, and forget it."""
        gap, end = _MARKS[self.language]
        for role, names in self.found.items():
            spans: list[Span] = []
            for name in names:
                spans.append(Text(gap if spans else _LEADS[role][self.language]))
                spans.append(name)
            if spans:
                yield Paragraph((*spans, Text(end)), role)
            names.clear()


def _sentences(spans: Iterable[Span]) -> Iterator[list[Span]]:
    sentence: list[Span] = []
    for span in spans:
        is_words = isinstance(span, Text) and not span.indicator
        for part in _END.split(span.text) if is_words else [span.text]:
            if part:
                sentence.append(replace(span, text=part) if is_words else span)
                if is_words and _END.search(part):
                    yield sentence
                    sentence = []
    if sentence:
        yield sentence


def _joined(spans: list[Span], language: str) -> Spans:
    """Join words that stand side by side, without the blank left by a sentence before them.

    Chinese sets no blank between 萬, 億 or 餘 and the word that counts.
    """
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if (
            isinstance(span, Text)
            and isinstance(last, Text)
            and span.is_strong == last.is_strong
            and not (span.indicator or last.indicator)
        ):
            joined[-1] = replace(last, text=last.text + span.text)
        elif language != "en" and last is not None and last.text[-1:] in _NO_BLANK:
            joined.append(replace(span, text=span.text.lstrip()))
        else:
            joined.append(span)
    if joined and isinstance(joined[0], Text):
        joined[0] = replace(joined[0], text=joined[0].text.lstrip())
    return tuple(span for span in joined if span.text)
