"""What cannot be: a part above its whole, a share above one, an index below its floor."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from commonweal.engines.claims.arithmetic import shown, shown_interval, summed
from commonweal.engines.claims.chapter import Finding
from commonweal.engines.claims.folding import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.engines.claims.chapter import Chapter
    from commonweal.engines.claims.claim import Claim

_STAFF: Final = re.compile(
    r"\s*(?:名|人|余)*(?:全体|在职)?(?:员工|职工|雇员)|\s*(?:employees|staff)\b"
)
_ALL_STAFF: Final = re.compile(
    r"(?:员工|雇员|职工)(?:总数|总人数|人数|总量)|在职员工数"
    r"|total (?:number of )?employees|headcount|total workforce"
    r"|(?:\b(?:we|group|company|which)\s+(?:now\s+)?(?:ha[sd]"
    r"|have|employ(?:s|ed)?)|\bemploying)\s*(?:a total of\s*)?$"
    r"|(?:^|[，、。；：\s]|末|底|公司|集团|在职|全体|共有|拥有|现有)(?:员工|雇员|职工)(?:共有?|总计|合计|达)?\s*$"
)
_OTHERS: Final = re.compile(r"临时|劳务派遣|市场化用工|外包|temporary|agency|contractors")
_FAMILY: Final = re.compile(r"子女|家属|家庭|children|famil")
_OF_A_WHOLE: Final = re.compile(
    r"占比|比例(?!关系)|(?<!拨备)覆盖率|签订率|签署率|参与率|参加率|出席率|好评率|满意度|满意率|及时率|合格率|回收率|再利用率"
    r"|循环利用率|综合利用率|资源化率|接通率|留任率|完训率|达标率|通过率|回复率|响应率|处置率|可靠[度率]|可用率"
    r"|占[^，。；增减升降]{1,14}的\s*(?:比例|比重)?\s*[约近达]?$"
    r"|share of|proportion|coverage|(?:recycling|recovery"
    r"|reuse|response|participation|attendance|retention"
    r"|completion|compliance|return-to-work) rate"
    r"|(?:made up|accounted for|account for|makes up|comprised|represented|representing)\s*$"
)
_OF_THEM: Final = re.compile(
    r" of (?:all |our |the |its |their )*(?:[a-z\-]+ )?"
    r"(?:employees|staff|workforce|suppliers|sites|customers"
    r"|electricity|energy|waste|contracts|managers|directors|stores|households|population|spend"
    r"|base stations|data cent(?:er|re)s)\b|的(?:员工"
    r"|供应商|客户|电力|用电|站点|基站|家庭|人口|董事|网点)"
)
_RATIO: Final = re.compile(
    r"增长|增加|提升|下降|相当|目标|同期|上年|去年|by\s*$"
    r"|equivalent|increase|(?<!made )up\s*$|grew|target|equal"
)
_LEAST_INDEX: Final = {"pue": Fraction(1), "wue": Fraction(0)}


def staff(chapter: Chapter) -> Iterator[Finding]:
    """Yield more employees taking part than there are."""
    all_staff = [claim for claim in chapter.claims if _is(claim, chapter, _ALL_STAFF)]
    if not all_staff:
        return
    others = [claim for claim in chapter.claims if _is(claim, chapter, _OTHERS)]
    are_all = {claim.start for claim in all_staff}
    most = max(all_staff, key=lambda claim: claim.value)
    whole = summed([most, *others])
    for claim in chapter.claims:
        is_part = claim.kind == "count" and claim.unit == "person" and claim.start not in are_all
        behind = chapter.folded[claim.end : claim.end + 12]
        named = _STAFF.match(behind) or _STAFF.search(chapter.folded[claim.start : claim.end])
        if is_part and named and not _FAMILY.search(behind) and claim.interval.low > whole.high:
            said = {
                "part": chapter.quote(claim),
                "low": shown(claim.interval.low),
                "whole": " + ".join(shown(each.value) for each in (most, *others)),
                "high": shown(whole.high),
            }
            places = tuple((each.start, each.end) for each in (most, *others))
            yield Finding("part_above_whole", "error", claim.start, claim.end, said, places)


def _is(claim: Claim, chapter: Chapter, words: re.Pattern[str]) -> bool:
    said = (
        f"{folded(claim.subject)} "
        + chapter.folded[max(claim.sentence[0], claim.start - 16) : claim.start]
    )
    return claim.unit == "person" and claim.kind == "count" and bool(words.search(said))


def _is_of_a_whole(chapter: Chapter, claim: Claim, before: str) -> bool:
    clause = re.split(r"[，,；;、]", before)[-1]
    said = clause if clause.isascii() else clause[-20:]
    if _RATIO.search(said):
        return False
    return bool(_OF_A_WHOLE.search(said) or _OF_THEM.match(chapter.folded, claim.end))


def bounds(chapter: Chapter) -> Iterator[Finding]:
    """Yield shares of a whole above one, and indices below what physics allows."""
    for claim in chapter.claims:
        before = chapter.folded[max(claim.sentence[0], claim.start - 40) : claim.start]
        said = {"quote": chapter.quote(claim), "value": claim.number}
        if claim.kind == "share" and claim.value > 1 and _is_of_a_whole(chapter, claim, before):
            yield Finding("share_above_one", "error", claim.start, claim.end, said)
        least = _LEAST_INDEX.get(claim.unit_printed.lower())
        if claim.kind == "index" and least is not None and claim.interval.high < least:
            yield Finding(
                "index_below_floor", "error", claim.start, claim.end,
                said | {"interval": shown_interval(claim.interval)},
            )  # fmt: skip
