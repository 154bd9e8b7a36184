"""A printed change and the two levels it is between, wherever the three stand in a sentence.

“120 GWh in 2024 (2023: 100 GWh), up 20%”, “cut by 20%, from 50 kt to 40 kt”, 「較2023年的61.4萬噸
減少7.5%，為56.8萬噸」. The three numbers follow one another, and between them stand only words that
tie them: years, prepositions, words of change. Whatever names another thing unties them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonweal.engines.claims.chapter import Chapter
    from commonweal.engines.claims.claim import Claim

_UP: Final = (
    r"提升|提高|增长|增加|成长|上升|上涨|上调|攀升|扩大|升|增|涨"
    r"|\b(?:r[oi]s(?:e|en|ing)|increas(?:e[ds]?|ing)|gr[eo]wn?|growing|growth|gain(?:ed)?|up|higher"
    r"|climbed|expanded|expansion|jumped|surged|raised|more|above)\b"
)
_DOWN: Final = (
    r"下降|降低|减少|缩短|压降|下滑|下跌|衰退|减量|节省|跌|减|降|低|少"
    r"|\b(?:fell|fall(?:s|en|ing)?|decreas(?:e[ds]?|ing)|declin(?:e[ds]?|ing)|reduc(?:e[ds]?|ing|tions?)"
    r"|cut(?:ting)?|down|drop(?:ped)?|lower(?:ed)?|less|fewer|below|shrank|saving|saved)\b"
)
_EITHER: Final = r"变动|变化|改善|优化|增减|\b(?:improv(?:e[ds]?|ing|ements?)|changed?)\b"
UP: Final = re.compile(
    r"提升|提高|增长|增加|成长|上升|升至|增至|扩大|rose|increase|grew|improved|up\b|gain"
)
DOWN: Final = re.compile(
    r"下降|降低|降至|减少|缩短|压降|减至|fell|decrease|declin|reduc|cut\b|down\b|drop"
)
_YEAR: Final = re.compile(
    r"(?P<full>(?:19|20)\d\d)(?:\s*[-/]\s*\d\d(?!\d))?|\bfy\s*(?P<short>\d\d)(?!\d)"
    r"|(?:民国\s*|(?<![\d.,]))(?P<roc>10[1-9]|11\d)\s*年"
)
_ROC: Final = 1911
_WORDS: Final = (
    r"(?:in|of|from|to|by|at|the|an?|and|or|on|as|was|were|is|are|it|its|this|which|that|represent(?:s|ing)"
    r"|over|years?|year-on-year|year-over-year|yoy|compared|comparing|with|against|versus|vs|than|for|end|period"
    r"|level|figure|base|baseline|previous|prior|preceding|last|earlier|same|fiscal|financial|fy|recorded"
    r"|reported|used|about|approximately|only|just|ha[sd]|have|been|now|equivalent|relative|reach(?:ed|ing)"
    r"|annual(?:ly)?|further|total|respectively|both|us|hk|nt|rmb|cny|eur|usd|gbp)\b"
)
_CHARS: Final = (
    r"同比|相较|较|比|相比|之|与|和|及|上一?年度?|去年同?期?|前一?年度?|同期|基准年?|基期|年度|年末|年底|年|期|末|底|的|为|是|达到|达|至"
    r"|到|由|从|自|了|约|累计|共|水平|水准|则|并|又|全年|数值|数|分别|也|仅|再|即|而|其|幅度|幅|率|民国|新台币|人民币|已|大幅|逐步|进一步"
)
_LINK: Final = re.compile(
    rf"[\s,，、;；()（）:：\-*_/€$£¥'\u2019]+|{_YEAR.pattern}|{_UP}|{_DOWN}|{_EITHER}|{_WORDS}|{_CHARS}"
)
"""What may stand between; taken out word by word, so that a long text costs no more."""
_OF_WHAT: Final = re.compile(r"\s*of(?: (?!which\b|whom\b)[a-z\-]+){1,3}(?=\s*[,(])")
_MOST_BETWEEN: Final = 64
_FILLER: Final = (
    r"(?:幅度?|率|速|量)?(?:了|为|达到?|约|近|超过?|逾|是|by|of|approximately|about|around|over|nearly"
    r"|almost|some|an?|the|further|[\s*_:：(])*$"
)
_BEFORE: Final = re.compile(rf"(?:(?P<up>{_UP})|(?P<down>{_DOWN})|(?P<any>{_EITHER})){_FILLER}")
_VERB: Final = re.compile(rf"(?:(?P<up>{_UP})|(?P<down>{_DOWN}))(?: [a-z0-9\-]+){{1,5}} by\s*$")
_BEHIND: Final = re.compile(
    r"\s*(?:year[- ]o[nv]e?r?[- ]year |relative |annual )?"
    rf"(?:(?P<up>(?:{_UP}))|(?P<down>(?:{_DOWN}))|(?P<any>(?:{_EITHER})))"
)
_EARLIER: Final = re.compile(
    r"(?:\b(?:from|against|versus|vs|than|compared (?:with|to)|previous year|prior year|last year"
    r"|baseline|base year)\b|较|(?<!占)比(?![例重率值])|由|从"
    r"|自|上年|去年|前一?年|同期|基准年?|基期)(?P<rest>.*)$"
)
_EARLIER_BEHIND: Final = re.compile(
    r"\s*(?:in|for|during) (?:the )?(?:previous|prior|last|preceding) "
    r"|\s*(?:a year (?:earlier|ago)|last year|the year before)"
)
_YEAR_BEHIND: Final = re.compile(
    rf"\s*(?:of [a-z ]{{1,20}})?\b(?:in|for|during|at the end of"
    rf"|at year-end)\s+(?:the )?(?:{_YEAR.pattern})"
)
_YEARLY: Final = re.compile(
    r"同比|上一?年|去年|前一?年|同期|年增|年减|year[- ]o[nv]"
    r"|yoy|previous|prior|last year|baseline|基准"
)
_DIFFERS: Final = re.compile(
    r"(?:较|比|同比|年)[^。；;\n]{0,30}(?:增加|减少|增长|下降|净增)了?\s*$"
    r"|\b(?:increase|decrease|rise|fall|reduction|growth) of\s*$|\b(?:up|down|by)\s*$"
)
_BASE_YEAR: Final = re.compile(r"基准|基期|baseline|base year")
_CLAUSE: Final = re.compile(r"[,，。；;、.()（）]")
_LEVELS: Final = frozenset(("points", "rank", "age"))


class Comparison(NamedTuple):
    """Two levels, the earlier one first, and by how much the text says that they differ.

    ``sign`` is 1 for a rise, -1 for a fall, 0 where the words leave it open.
    """

    first: Claim
    last: Claim
    stated: Claim
    sign: int
    is_of_years: bool


class _Level(NamedTuple):
    year: int
    is_base: bool
    in_brackets: bool


def comparisons(chapter: Chapter) -> Iterator[list[Comparison]]:
    """Yield the ways to read each printed change; it is wrong if it is wrong in all of them."""
    for start, end in chapter.sentences:
        claims = chapter.within(start, end)
        if len(claims) < 3 or "\t" in chapter.text[start:end]:  # noqa: PLR2004 - levels and change
            continue
        levels = [_level(chapter, claims, position, start) for position in range(len(claims))]
        for position, stated in enumerate(claims):
            sign = _sign(chapter, claims, position, (start, end))
            if sign is None:
                continue
            found = [
                Comparison(*ordered, stated, sign, _of_years(chapter, (*ordered, stated)))
                for one, two in _pairs(position, len(claims))
                if (ordered := _ordered(chapter, claims, (one, two, position), levels))
            ]
            if found:
                yield found


def is_change(chapter: Chapter, claim: Claim) -> bool:
    """Whether a number is by how much something differs: 較2023年增加200人, of which no part is."""
    before = chapter.folded[max(claim.sentence[0], claim.start - 40) : claim.start]
    return bool(_DIFFERS.search(before))


def _pairs(position: int, n_claims: int) -> Iterator[tuple[int, int]]:
    for one, two in (
        (position - 2, position - 1),
        (position - 1, position + 1),
        (position + 1, position + 2),
    ):
        if one >= 0 and two < n_claims:
            yield one, two


def _sign(
    chapter: Chapter, claims: Sequence[Claim], position: int, sentence: tuple[int, int]
) -> int | None:
    """Return the direction that a claim is said to be a change in; None if it is no change."""
    stated = claims[position]
    since = claims[position - 1].end if position else sentence[0]
    before = chapter.folded[max(since, stated.start - 48) : stated.start]
    until = claims[position + 1].start if position + 1 < len(claims) else sentence[1]
    match = (
        _BEFORE.search(before)
        or _VERB.search(before)
        or (_BEHIND.match(chapter.folded, stated.end, until) if stated.kind == "share" else None)
    )
    if match is None:
        return None
    return 1 if match["up"] else -1 if match["down"] else 0


def _ordered(
    chapter: Chapter,
    claims: Sequence[Claim],
    places: tuple[int, int, int],
    levels: Sequence[_Level],
) -> tuple[Claim, Claim] | None:
    """Return two claims as earlier and later level of a change; None if they are not."""
    one, two, position = claims[places[0]], claims[places[1]], claims[places[2]]
    fits = position.kind in {"share", "points"} or position.measure == one.measure
    if one.measure != two.measure or one.kind != two.kind or one.kind in _LEVELS or not fits:
        return None
    if position.kind == "points" and one.kind != "share":
        return None
    ends = sorted(places)
    if not all(_is_link(chapter, claims[left], claims[left + 1]) for left in ends[:2]):
        return None
    is_first = _is_first(chapter, claims, (places[0], places[1]), levels)
    if is_first is None:
        return None
    first, last = (one, two) if is_first else (two, one)
    return (first, last) if _same_base(chapter, claims, places, levels) else None


def _is_link(chapter: Chapter, left: Claim, right: Claim) -> bool:
    between = chapter.folded[left.end : right.start]
    if len(between) > _MOST_BETWEEN:
        return False
    return not _LINK.sub("", _OF_WHAT.sub(" ", between, count=1))


def _is_first(
    chapter: Chapter, claims: Sequence[Claim], pair: tuple[int, int], levels: Sequence[_Level]
) -> bool | None:
    """Whether the first of two levels in the text is the earlier one; None if nothing tells."""
    one, two = (levels[position] for position in pair)
    if one.is_base and two.is_base:
        return None
    by_year = one.year < two.year if one.year and two.year and one.year != two.year else None
    if one.is_base or two.is_base:
        return one.is_base if by_year in {None, one.is_base} else None
    if by_year is not None:
        return by_year
    if one.in_brackets != two.in_brackets and bool(one.year) != bool(two.year):
        return one.in_brackets
    listed = chapter.folded[claims[pair[0]].sentence[0] : claims[pair[0]].start]
    years = [_number(match) for match in _YEAR.finditer(listed)]
    if re.search(r"分别[为达]?\s*$", listed) and len(years) == 2 and years[0] != years[1]:  # noqa: PLR2004 - a pair
        return years[0] < years[1]
    return None


def _same_base(
    chapter: Chapter,
    claims: Sequence[Claim],
    places: tuple[int, int, int],
    levels: Sequence[_Level],
) -> bool:
    """Whether the change names no year, and no base year, but those of its two levels."""
    stated, ends = claims[places[2]], sorted(places)
    last = ends[-1] == places[2]
    around = chapter.folded[claims[places[2] - 1].end : stated.start] if places[2] else ""
    behind = chapter.folded[stated.end : stated.end + 32]
    around += _CLAUSE.split(behind)[0] if last else ""
    years = {levels[position].year for position in places[:2]}
    named = {_number(match) for match in _YEAR.finditer(around)}
    own = "".join(_prefix(chapter, claims, position) for position in places[:2])
    strange = bool(_BASE_YEAR.search(around)) and not _BASE_YEAR.search(own)
    return named <= years and not strange


def _level(chapter: Chapter, claims: Sequence[Claim], position: int, start: int) -> _Level:
    """Return year and marks of one claim, from the words before and behind it."""
    claim = claims[position]
    before = _prefix(chapter, claims, position, start)
    until = claims[position + 1].start if position + 1 < len(claims) else claim.end + 40
    behind = chapter.folded[claim.end : until]
    marked = _EARLIER.search(before)
    is_base = marked is not None and not _LINK.sub("", marked["rest"])
    years = [_number(match) for match in _YEAR.finditer(before)]
    opened = re.search(r"[(（][^()（）]{0,24}$", before)
    if match := _YEAR_BEHIND.match(behind):
        years.append(_number(match))
    year = years[-1] if years else 0
    return _Level(year, is_base or bool(_EARLIER_BEHIND.match(behind)), bool(opened))


def _prefix(chapter: Chapter, claims: Sequence[Claim], position: int, start: int = 0) -> str:
    """Return the words before a claim that are not those behind the claim before it."""
    since = claims[position - 1].end if position else max(start, claims[position].start - 60)
    words = chapter.folded[since : claims[position].start]
    match = _YEAR_BEHIND.match(words) or _EARLIER_BEHIND.match(words) if position else None
    return words[match.end() :] if match else words


def _number(match: re.Match[str]) -> int:
    if match["full"]:
        return int(match["full"])
    return 2000 + int(match["short"]) if match["short"] else _ROC + int(match["roc"])


def _of_years(chapter: Chapter, claims: Sequence[Claim]) -> bool:
    """Whether a change is one between years, not just from one value to another."""
    first, last = min(each.start for each in claims), max(each.end for each in claims)
    said = chapter.folded[max(claims[0].sentence[0], first - 16) : last + 24]
    return bool(_YEAR.search(said) or _YEARLY.search(said))
