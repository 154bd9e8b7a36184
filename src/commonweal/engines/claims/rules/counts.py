"""A stated number of things beside the list of them: 「創新鏈、產業鏈、資金鏈、人才鏈」四鏈."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.numerals import numeral_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.chapter import Chapter

_NUMBER: Final = r"(?P<number>[二两三四五六七八九十]|\d{1,2})\s*"
_SUMMARY: Final = re.compile(
    rf"{_NUMBER}(?:大(?![于小中写数约半])|类(?!别)|级(?!别)|位一体|个(?:方面|维度|构面|面向|层面|主题|领域|支柱|重点|方向|环节|阶段)|支队伍|字|链|个一体化)"
)
"""Words that sum a list up; a plain 個 may count something else."""
_QUOTED: Final = re.compile(rf"[」』”]{_NUMBER}(?:项|大|个|类|种|级|支|条|链|字|位)")
_QUOTED_LIST: Final = re.compile(r"[「『“]([^「『“」』”\n]{3,120})$")
_LIST_BEFORE: Final = re.compile(r"[^，,。；;：:！？\n\t|「『“」』”]{3,120}$")
_LIST_AFTER: Final = re.compile(
    rf"{_NUMBER}(?:项|大|个|家|类|种|级|条|支|方面)[^，。；：:\d\n、]{{0,14}}"
    r"[，,]?(?P<how>[：:]|分别是|分别为|即)(?P<items>[^。；;：:\n\t|]{3,200})(?=[。；;\n]|$)"
)
_ENGLISH: Final = re.compile(
    r"\b(?P<number>two|three|four|five|six|seven|eight|nine|ten)\s+(?:[a-z\-]+\s+){0,3}[a-z\-]+s"
    r"(?:(?:\s*:|,? namely|, i\.e\.,?|\s+-(?=\s))\s*(?P<items>[^.;:\n\d()]{6,240})(?=[.;\n]|$)"
    r"|\s*\((?P<inside>[^.;:\n\d()]{6,240})\))"
)
_WORDS: Final = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_AND: Final = re.compile(r"以及|[和及与]")
_MORE: Final = re.compile(r"等|\betc|among others|such as|including")
_BRACKETS: Final = re.compile(r"[(（][^()（）]{0,60}[)）]")
_LEAST_ITEMS: Final = 2


def findings(chapter: Chapter) -> Iterator[Finding]:
    """Yield a number that is not how many things are listed."""
    for match, items, how_many in _listed(chapter.folded):
        stated = _value(match["number"])
        fewest, most = how_many
        is_open = bool(_MORE.search(items))
        if stated is None or fewest < _LEAST_ITEMS:
            continue
        if fewest <= stated <= most or (is_open and stated > most):
            continue
        start, end = match.span("number")
        said = {
            "stated": chapter.text[start:end],
            "listed": str(fewest) if fewest == most else f"{fewest}–{most}",
            "items": items.strip(),
        }
        yield Finding("stated_count", "warning", start, end, said)


def _listed(text: str) -> Iterator[tuple[re.Match[str], str, tuple[int, int]]]:
    for match in _QUOTED.finditer(text):
        if found := _QUOTED_LIST.search(text[max(0, match.start() - 122) : match.start()]):
            yield match, found[1], _chinese(found[1])
    for match in _SUMMARY.finditer(text):
        before = text[max(0, match.start() - 120) : match.start()]
        if found := _LIST_BEFORE.search(before):
            yield match, found[0], _chinese(found[0])
    for match in _LIST_AFTER.finditer(text):
        yield match, match["items"], _chinese(match["items"])
    for match in _ENGLISH.finditer(text):
        items = match["items"] or match["inside"]
        yield match, items, _english(items)


def _chinese(items: str) -> tuple[int, int]:
    """Return how many things a list has at least and at most: 和 may join two, or stand in one."""
    bare = _BRACKETS.sub("", items)
    fewest = bare.count("、") + 1
    return fewest, fewest + len(_AND.findall(bare))


def _english(items: str) -> tuple[int, int]:
    bare = _BRACKETS.sub("", items)
    joined = len(re.findall(r",\s*(?:and|or)\b", bare))
    fewest = bare.count(",") + 1
    loose = len(re.findall(r"\b(?:and|or|&)\b", bare)) - joined
    last = bare.rpartition(",")[2]
    if fewest > 1 and not joined and re.search(r"\S\s+(?:and|or)\s+\S", last):
        return fewest + 1, fewest + loose  # without a comma before it, the last and parts two
    return fewest, fewest + loose


def _value(number: str) -> int | None:
    if number in _WORDS:
        return _WORDS.index(number) + 2
    value = int(number) if number.isdigit() else numeral_value(number)
    return int(value) if value is not None else None
