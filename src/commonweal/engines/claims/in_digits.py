"""Claims in digits: those that a unit, a table, a currency or the words before give a meaning."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.claim import Claim
from commonweal.engines.claims.in_words import noun_within
from commonweal.engines.claims.numerals import DIGITS, digits_step, digits_value
from commonweal.engines.claims.reading import ONE, Found
from commonweal.engines.claims.tables import cells_of
from commonweal.engines.claims.words import UnitWord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.reading import Reading
    from commonweal.engines.claims.tables import Cell


def in_digits(reading: Reading) -> Iterator[Claim]:
    """Yield the claims in digits, in order."""
    cells = cells_of(reading.text, reading.folded, reading.words)
    matches = [m for m in DIGITS.finditer(reading.folded) if not reading.hidden[m.start()]]
    pending: list[tuple[re.Match[str], str]] = []
    for match, following in zip_longest(matches, matches[1:]):
        joins = _joined(reading, match, following)
        if joins:
            pending.append((match, joins))
            continue
        claim = _claim_of(reading, match, cells.get(match.start()))
        if claim is None and pending and (first := _claim_of(reading, pending[0][0], None)):
            claim = _partner(reading, match, first, pending[0][1])  # PUE 由 1.8 降至 1.28
        for earlier, how in pending:
            if claim is not None and (digits_value(earlier[0]) or how == "range"):
                yield _partner(reading, earlier, claim, how)
        if claim is not None:
            if pending and pending[-1][1] == "range":
                claim = _with(claim, comparator="<=")
            yield claim
        pending = []


_BETWEEN: Final = re.compile(r"\s*(?:-|~|至|到|to|—)\s*")
_FAR: Final = 18
_OF_ALL: Final = re.compile(r"\s*of (?:the |our |its |all |a total of )*")
_FROM_TO: Final = re.compile(
    r"\s*(?:下降|上升|提升|提高|降低|增加|增长|缩短|降|升|增|减少|减)(?:至|到|为)\s*"
)


def _joined(reading: Reading, match: re.Match[str], following: re.Match[str] | None) -> str:
    """Tell whether a number has the unit of the next one: 2-5%, 由1.8降至1.28."""
    if following is None or following.start() - match.end() > _FAR:
        return ""
    between = reading.folded[match.end() : following.start()]
    if _BETWEEN.fullmatch(between):
        said = reading.folded[max(0, match.start() - 6) : match.start()].rstrip()
        return "change" if said.endswith(("from", "由", "从", "自")) else "range"
    return "change" if _FROM_TO.fullmatch(between) or _OF_ALL.fullmatch(between) else ""


def _partner(reading: Reading, match: re.Match[str], claim: Claim, how: str) -> Claim:
    """Return the claim of a number that has its unit from the one it is joined to."""
    value, step = digits_value(match[0]), digits_step(match[0])
    scale = claim.value / digits_value(claim.number) if digits_value(claim.number) else ONE
    return _with(
        claim,
        start=match.start(),
        end=match.end(),
        number=match[0],
        value=value * scale,
        step=step * scale,
        comparator=">=" if how == "range" else reading.before(match.start())[0] or "=",
    )


def _with(claim: Claim, **changed: object) -> Claim:
    fields = {name: getattr(claim, name) for name in Claim.__slots__}
    return Claim(**(fields | changed))


_INDEX: Final = re.compile(
    r"(?<![a-z])(?:pue|wue|cue|power usage effectiveness)(?![a-z])(?P<between>[^。；;\n]{0,72})$"
)
_INDEX_VALUE: Final = re.compile(r"\d\.\d{1,3}")
_TOTALED: Final = re.compile(
    r"(?P<word>[a-z][a-z ]{2,20}[a-z])\s+(?:totall?ed"
    r"|totall?ing|numbered|numbering|amounted to)\s*$"
)
_ENDS: Final = re.compile(
    r"\s*(?:$|[.,;:!?)\n]|and\b|in\b|at\b|by\b|from\b|to\b|worldwide\b|globally\b)"
)
_NUMBER_BEHIND: Final = re.compile(
    r"(?:总?数量?|规模|总量)?(?:已|累计|合计|共)?(?:达到?|为|超过?|逾|近|约|突破|:|：)*\s*\d[\d,.]*\s*[十百千万亿余多]*$"
)
_CHINESE: Final = re.compile(r"[一-鿿](?<![的，和与及至到或])")
_ZERO: Final = re.compile(r"(?:核算|次数|件数|人数|数量|金额|排放量?)为\s*$")
_RANK: Final = re.compile(r"(?:排名|位列|位居|名列|ranked?)\s*(?:第|no\.?|#)?\s*$")


def _claim_of(reading: Reading, match: re.Match[str], cell: Cell | None) -> Claim | None:
    start, end = match.span()
    found = reading.behind(end)
    unit = found.unit
    currency = reading.currency(start)
    if currency and (unit is None or unit.kind == "noun"):
        found = found._replace(unit=UnitWord("", currency, ONE, "money"))
    elif currency and unit is not None and unit.unit == "CNY":
        found = found._replace(unit=replace(unit, unit=currency))  # 新台幣3億元
    elif cell is not None and (unit is None or found.end > cell.end):
        found = Found(cell.end, cell.magnitude, cell.magnitude_printed, cell.unit, "")
    elif unit is None:
        found = found._replace(
            unit=_unit_said_before(reading, match, found) or _things(reading, found)
        )
    if found.unit is None or _is_bare_noun(reading, match[0], start, found):
        return None
    said = {"number": match[0]}
    if cell is not None and cell.subject:
        said["subject"] = cell.subject
    if cell is not None and cell.period:
        said["period"] = cell.period
    return reading.make(start, digits_value(match[0]), digits_step(match[0]), found, **said)


def _is_bare_noun(reading: Reading, number: str, start: int, found: Found) -> bool:
    """Whether a noun follows that only counts beside a magnitude, a comparator or a long number."""
    if found.unit is None or found.unit.kind != "noun":
        return False
    says_more = found.magnitude_printed or found.after or reading.before(start)[0]
    return not says_more and not found.unit.word.isascii() and len(number) < 2  # noqa: PLR2004


def _things(reading: Reading, found: Found) -> UnitWord | None:
    """Return that a number counts, where 萬 or 億 is followed by a noun that no list has."""
    if not found.magnitude_printed:
        return None
    if len(found.magnitude_printed) > 1 and found.magnitude_printed.isascii():
        return (
            UnitWord("", "item", ONE, "count") if _ENDS.match(reading.folded, found.end) else None
        )
    if not _CHINESE.match(reading.folded, found.end):
        return None if found.magnitude_printed.isascii() else _thing_before(reading, found)
    return noun_within(reading, found.end, 8) or UnitWord("", "item", ONE, "count")


def _thing_before(reading: Reading, found: Found) -> UnitWord | None:
    """Return what a number counts that has its noun before it: 用戶超500萬."""
    said = _NUMBER_BEHIND.sub("", reading.folded[max(0, found.end - 32) : found.end])
    return _last_thing(reading, said)


def _index_before(before: str, number: str) -> bool:
    """Whether words make a number an index: PUE 值為1.3, PUE fell from 1.5 in 2023 to 1.4."""
    match = _INDEX.search(before)
    if match is None or before.endswith(("-", "+")):
        return False
    between = match["between"]
    if not any(char.isdigit() or char in ",，." for char in between):
        return len(between) < 32  # noqa: PLR2004 - a clause
    bare = re.sub(r"(?<![\d.])\d\.\d{1,3}(?![\d.])|(?:19|20)\d\d|\bfy\d\d", "", between)
    return bool(_INDEX_VALUE.fullmatch(number)) and not re.search(r"\d|\.\s|[,，].*[,，]", bare)


def _unit_said_before(reading: Reading, match: re.Match[str], found: Found) -> UnitWord | None:
    """Return the unit that words before the number give it: an index, or a line that names it."""
    start = match.start()
    before = reading.folded[max(0, start - 80) : start]
    if _index_before(before, match[0]):
        return UnitWord("PUE", "1", ONE, "index")
    if _RANK.search(before):
        return UnitWord("", "rank", ONE, "rank")
    if _ZERO.search(before) and match[0] == "0" and not found.magnitude_printed:
        return UnitWord("", "item", ONE, "count")
    said = reading.folded[max(0, start - 40) : reading.before(start)[1]]
    if totaled := _TOTALED.search(said):
        return _last_thing(reading, totaled["word"])
    return _unit_of_line(reading, start, found)


def _last_thing(reading: Reading, words: str) -> UnitWord | None:
    """Return the word of measure that some words end with: company employees."""
    for at in range(len(words)):
        unit = reading.words.unit_at(words, at)
        if (
            unit is not None
            and at + len(unit.word) == len(words)
            and unit.kind in {"noun", "count"}
        ):
            return unit
    return None


def _unit_of_line(reading: Reading, start: int, found: Found) -> UnitWord | None:
    """Return what the line above counts, where a number has its line to itself."""
    line_start = reading.folded.rfind("\n", 0, start) + 1
    line_end = reading.folded.find("\n", found.end)
    alone = (
        reading.folded[line_start:start]
        + reading.folded[found.end : line_end if line_end >= 0 else None]
    )
    if not found.magnitude_printed or alone.strip(" *_>|"):
        return None
    above = reading.folded[max(0, line_start - 60) : line_start].strip().rsplit("\n", 1)[-1]
    for at in range(len(above) - 1, -1, -1):
        unit = reading.words.unit_at(above, at)
        if unit is not None and unit.kind in {"noun", "count"} and len(unit.word) > 1:
            return unit
    return UnitWord("", "item", ONE, "count")
