"""Claims in words: Chinese numerals that count, and that something did not happen."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.numerals import NUMERAL, numeral_value
from commonweal.engines.claims.reading import ONE, Found
from commonweal.engines.claims.words import UnitWord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.claim import Claim
    from commonweal.engines.claims.reading import Reading

_ROUND: Final = set("十百千万亿")
_COUNTING: Final = {"大", "项", "级", "类", "国", "家", "所", "款", "场", "条", "名", "个", "种"}
_HALF_OF: Final = {"小时", "年", "天"}
_EACH: Final = re.compile(
    r"一(?P<of>村|户|人|站|县|乡|校|店)[^，。；\n]{0,8}?(?P<one>一(?P<unit>[个名所座]))"
)
_LEAST_COUNTED: Final = 3
_OPENING: Final = '「『“"‘('


def in_numerals(reading: Reading) -> Iterator[Claim]:
    """Yield the claims in Chinese numerals, in order."""
    for match in NUMERAL.finditer(reading.folded):
        if reading.hidden[match.start()] or _is_part(reading, match):
            continue
        value = numeral_value(match[0])
        if value is None:
            continue
        claim = _rounded(reading, match) or _counted(reading, match, value)
        if claim is not None:
            yield claim
    for match in _EACH.finditer(reading.folded):
        unit = UnitWord(f"{match['unit']}/{match['of']}", "1/village", ONE, "count")
        found = Found(match.end(), ONE, "", unit, "")
        yield reading.make(match.start("one"), ONE, ONE, found, number="一")


def _is_part(reading: Reading, match: re.Match[str]) -> bool:
    """Whether digits stand before it, whose magnitude it is, or an ordinal."""
    before = reading.folded[max(0, match.start() - 2) : match.start()].rstrip(" *")
    return bool(before) and (before[-1].isdigit() or before[-1] in "第余.")


def _rounded(reading: Reading, match: re.Match[str]) -> Claim | None:
    """Read 近百款, 百餘場, 萬餘人, 億級用戶, 千億交易規模, 數萬套."""
    written = match[0]
    value = numeral_value(written)
    is_round = set(written) <= _ROUND or (len(written) > 1 and written[-1] in "百千万亿")
    if value is None or not is_round:
        return None
    end = match.end()
    comparator, _ = reading.before(match.start())
    if reading.folded.startswith("级", end):
        unit = noun_within(reading, end + 1, 12) or UnitWord("", "1", ONE, "order")
        found = Found(end + 1, ONE, "", unit, "")
        return reading.make(match.start(), value, value, found, number=written, comparator="order")
    found = reading.behind(end)
    is_several = reading.folded[match.start() - 1 : match.start()] == "数"
    says_so = is_several or found.after == ">" or comparator in {">", "<~", "~", ">="}
    if found.unit is not None and says_so:
        how = {"comparator": "several"} if is_several else {}
        return reading.make(match.start(), value, value, found, number=written, **how)
    if len(written) > 1 and written[-1] == "亿" and "规模" in reading.folded[end : end + 6]:
        found = Found(end, ONE, "", UnitWord("", "CNY", ONE, "money"), "")
        return reading.make(match.start(), value, value, found, number=written, comparator="order")
    return None


def noun_within(reading: Reading, at: int, n_letters: int) -> UnitWord | None:
    """Return the first noun that stands within a few letters, to the end of the clause."""
    for position in range(at, min(at + n_letters, len(reading.folded))):
        if reading.folded[position] in "，。；、\n":
            return None
        unit = reading.words.unit_at(reading.folded, position)
        if unit is not None and unit.kind in {"noun", "money"} and len(unit.word) > 1:
            return unit
        if reading.folded.startswith("基金", position):
            return UnitWord("", "CNY", ONE, "money")
    return None


def _counted(reading: Reading, match: re.Match[str], value: Fraction) -> Claim | None:
    """Read 八大樞紐, 四項服務, 十國, 半小時, 三年行動; never what a name or a quotation begins."""
    if reading.text[max(0, match.start() - 1) : match.start()] in _OPENING and match.start():
        return None
    found = reading.behind(match.end())
    unit = found.unit
    if unit is None or found.magnitude_printed:
        return None
    word = unit.word
    if match[0] == "半":
        is_one = word in _HALF_OF
    elif word == "年":
        is_one = value >= _LEAST_COUNTED and _lasts(reading, found.end)
    else:
        if word == "大" and (noun := noun_within(reading, found.end, 8)) is not None:
            found = found._replace(unit=noun)
        is_one = word[0] in _COUNTING and (value >= _LEAST_COUNTED) and not _quotes(reading, found)
    return reading.make(match.start(), value, ONE, found, number=match[0]) if is_one else None


def _lasts(reading: Reading, at: int) -> bool:
    return any(word in reading.folded[at : at + 5] for word in ("行动", "计划", "规划", "工程"))


def _quotes(reading: Reading, found: Found) -> bool:
    """Whether the counted thing is part of a quoted name: 「六項禁令」."""
    ahead = reading.text[found.end : found.end + 6]
    closing = [ahead.find(mark) for mark in "」』”" if mark in ahead]
    return bool(closing) and not any(mark in ahead[: min(closing)] for mark in "「『“")


_TEENS: Final = (
    *("three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen"),
)
_SPELLED: Final = {word: Fraction(value) for value, word in enumerate(_TEENS, 3)} | {
    "twenty": Fraction(20),
    "thirty": Fraction(30),
    "a dozen": Fraction(12),
}
_ENGLISH: Final = re.compile(rf"(?<![a-z\-])(?:{'|'.join(_SPELLED)})(?![a-z\-])")
_HALVES: Final = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_FRACTION: Final = re.compile(
    r"(?<![a-z\-])(?:(?P<n>one|a|two|three|four)[\s\-])?(?P<d>half|third|quarter|fifth|tenth)s?"
    r"(?=\s+of\s+(?!the year|a century|20|fiscal|fy|\d))"
)
_TOPS: Final = {"one": 1, "a": 1, "two": 2, "three": 3, "four": 4}


def in_english(reading: Reading) -> Iterator[Claim]:
    """Yield the claims in English number words: three pillars, two-thirds of our sites."""
    for match in _ENGLISH.finditer(reading.folded):
        found = reading.behind(match.end())
        unit = found.unit
        if unit is None or unit.kind not in {"count", "noun"} or reading.hidden[match.start()]:
            continue
        yield reading.make(match.start(), _SPELLED[match[0]], ONE, found, number=match[0])
    for match in _FRACTION.finditer(reading.folded):
        if match["n"] is None and match["d"] != "half":
            continue
        value = Fraction(_TOPS[match["n"] or "one"], _HALVES[match["d"]])
        found = Found(match.end(), ONE, "", UnitWord("", "1", ONE, "share"), "")
        yield reading.make(match.start(), value, Fraction(1, 50), found, number=match[0])


_NOTHING: Final = re.compile(
    r"(?P<none>未出现|未发生|未发现|没有发生|不存在|无(?=使用|任何|重大|发生|违|强|员工|安全|一起))"
    r"(?P<what>[^。；;\n]{2,30}?(?:事件|问题|情况|事故|案件|投诉|诉讼|行为))"
    r"|(?:no|zero)\s+(?:[a-z\-]+\s+){0,5}?(?:incidents?|cases?|accidents?|fatalities|complaints|breaches|violations)",
)


def of_nothing(reading: Reading) -> Iterator[Claim]:
    """Read that something did not happen: a claim of zero cases."""
    for match in _NOTHING.finditer(reading.folded):
        unit = UnitWord("", "case", ONE, "count")
        found = Found(match.end(), ONE, "", unit, "")
        printed = reading.text[match.start() : match.end()]
        yield reading.make(
            match.start(), Fraction(0), ONE, found, number=printed, comparator="=", subject=printed
        )
