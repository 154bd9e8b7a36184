"""Numbers typed into a text: digits of any script, Chinese numerals, number words.

A number that is only a figure of speech is none: 十四五, 一方面, one method of two. Whoever means a
count of things that are not figures, such as 三種語言, may write it with another word than those
that figures are counted with, or list it under ``allowed`` of the report.
"""

from __future__ import annotations

import re
from typing import Final

_CHINESE: Final = "[零〇一二三四五六七八九十百千萬万億亿]+"
_COUNTED: Final = "個个家座場场名所處处次台套省縣县村站戶户款件"
_ONES: Final = "one|two|three|four|five|six|seven|eight|nine|ten"
_TEENS: Final = "eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
_TENS: Final = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_PARTS: Final = (
    # digits of any script, fractions and numbers in circles, brackets and Roman
    r"\d[\d.,]*\s*%?",
    r"[\u00bc-\u00be\u2150-\u218b\u2460-\u24ff\u2776-\u2793]",
    r"[\u3220-\u3229\u3251-\u325f\u3280-\u3289\u32b1-\u32bf]",
    # 三十萬, 近百, 兩千多, 百餘
    "[一二三四五六七八九十百千]+[萬万億亿]",
    "(?:[近超逾約约上數数幾几兩两]|(?<![第十])[一二三四五六七八九])[十百千][十百千萬万億亿]*[餘余多]?",
    "[十百千萬万億亿]+[餘余]",
    # 三分之一, 零點五, 三成, 四倍, 翻一番, 半數, 廿八, 壹佰
    f"{_CHINESE}分之{_CHINESE}",
    "[零〇一二三四五六七八九十]+[點点][零〇一二三四五六七八九]+(?!滴)",
    "(?<![統统單单唯專专第])一成(?![不為为])|[二兩两三四五六七八九]成",
    "[一二兩两三四五六七八九十百千萬万數数幾几]倍|翻(?:[一兩两二三四]番|倍)|[一過过]半|半[數数]",
    "[廿卅]|[壹貳贰叁參肆伍陸陆柒捌玖][拾佰仟萬万億亿]",
    # 十五個, 兩家
    f"(?<!第)(?:[二三四五六七八九]?十[一二三四五六七八九]?|[二兩两三四五六七八九])[{_COUNTED}]",
    # three million, dozens of, fifteen, twenty-eight
    rf"(?i:\b(?:an?|some|several|many|few|{_ONES}) +(?:dozen|hundred|[tmb]\w+(?:sand|llion))s?\b)",
    r"(?i:\b(?:dozens|hundreds|thousands|millions|billions) of\b)",
    rf"(?i:\b(?:{_TEENS}|{_TENS})(?:-\w+)?\b)",
    # tenfold, doubled, twice as, half of, two thirds, one in five, five per cent, nine provinces
    rf"(?i:\b(?:{_ONES}|hundred|thousand)[ -]?fold\b|\b(?:doubl|tripl|quadrupl)(?:ed|ing)\b)",
    r"(?i:\btwice (?:as|the)\b|\bhalf (?:of|the)\b)",
    r"(?i:\b(?:a|one|two|three)[- ](?:third|quarter|fifth|tenth)s?\b)",
    rf"(?i:\bone in (?:{_ONES})\b)",
    rf"(?i:\b(?:{_ONES}) (?:per cent|percent|percentage points?)\b)",
    r"(?i:\b(?:three|four|five|six|seven|eight|nine|ten) (?:\w+ )?\w+s\b)",
)
_TYPED: Final = re.compile("|".join(_PARTS))


def typed_number(text: str) -> str:
    """Return the first number that is typed into a text, or nothing.

    >>> typed_number("能耗下降三成"), typed_number("十四五規劃")
    ('三成', '')
    """
    found = _TYPED.search(text)
    return found[0].strip() if found else ""
