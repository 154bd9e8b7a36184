"""Magnitudes (萬, 億, million) and comparator words (超過, 餘, 近, 約) that follow from the value.

A comparator is never typed: it is chosen by how the printed number was rounded, so that "more than
X" is printed only if the value is above X, and "nearly X" only if it is below X and close to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

from commonweal.kernel.disclosure.wording import (
    number_text,
    quantity_text,
    unit_text,
)

Style = Literal["over", "more", "nearly", "about"]
STYLES: Final = ("over", "more", "nearly", "about")

# What stands before and after the number. "more" is 餘, which Chinese sets behind it.
_WORDS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    ">": {"zh-hant": ("超過 ", ""), "zh-hans": ("超过 ", ""), "en": ("more than ", "")},
    ">>": {"zh-hant": ("", "餘"), "zh-hans": ("", "余"), "en": ("more than ", "")},
    "<": {"zh-hant": ("近 ", ""), "zh-hans": ("近 ", ""), "en": ("nearly ", "")},
    "~": {"zh-hant": ("約 ", ""), "zh-hans": ("约 ", ""), "en": ("about ", "")},
    "=": {"zh-hant": ("", ""), "zh-hans": ("", ""), "en": ("", "")},
}
_SCALES: Final[dict[str, tuple[tuple[int, str], ...]]] = {
    "zh-hant": ((10**8, "億"), (10**4, "萬")),
    "zh-hans": ((10**8, "亿"), (10**4, "万")),
    "en": ((10**9, "billion"), (10**6, "million")),
}
_DIGITS: Final = 4  # significant ones, where a magnitude is chosen
_COUNTED_EXACTLY: Final = 10**6  # below it a whole number is printed to the last one
_NEARLY: Final = Decimal("0.05")  # how far below "nearly X" a value may be, as a share of X


@dataclass(frozen=True, slots=True)
class Magnitude:
    """How a number is scaled: divided by ``scale``, followed by ``word``, at ``decimals``."""

    scale: int
    word: str
    decimals: int


def magnitude(value: Decimal, decimals: int, language: str) -> Magnitude:
    """Return the magnitude in which a value is printed; four digits, without needless noughts.

    A count below a million keeps all its digits, unless a magnitude prints it with one decimal.

    >>> magnitude(Decimal(260000), 0, "zh-hant"), magnitude(Decimal(103778), 0, "zh-hant")
    (Magnitude(scale=10000, word='萬', decimals=0), Magnitude(scale=1, word='', decimals=0))
    """
    for scale, word in _SCALES[language]:
        part = abs(value) / scale
        if part < 1:
            continue
        places = max(0, _DIGITS - len(str(int(part))))
        least = next(n for n in range(places + 1) if n == places or part == round(part, n))
        is_exact = part == round(part, least)
        if decimals == 0 and abs(value) < _COUNTED_EXACTLY and not (is_exact and least <= 1):
            break
        return Magnitude(scale, word, least)
    has_enough = abs(value) >= 10 ** (_DIGITS - 1)
    return Magnitude(1, "", 0 if has_enough else decimals)


def compared(value: Decimal, decimals: int, style: Style) -> tuple[Decimal, str]:
    """Return the number to print and its sign: ``=``, ``>``, ``>>`` (餘), ``<`` or ``~``.

    What is printed exactly has no comparator. Below nought, and where "nearly" would not be near,
    it is rounded and "about".

    >>> compared(Decimal("2755.1"), 0, "over"), compared(Decimal("2755"), 0, "over")
    ((Decimal('2755'), '>'), (Decimal('2755'), '='))
    """
    step = Decimal(1).scaleb(-decimals)
    ways = {"over": ROUND_FLOOR, "more": ROUND_FLOOR, "nearly": ROUND_CEILING}
    printed = value.quantize(step, rounding=ways.get(style, ROUND_HALF_EVEN))
    if printed == value:
        return printed, "="
    near = style != "nearly" or printed - value <= _NEARLY * printed
    if style != "about" and value > 0 and printed and near:
        return printed, {"over": ">", "more": ">>", "nearly": "<"}[style]
    rough = value.quantize(step, rounding=ROUND_HALF_EVEN)
    if not rough:  # "about 0" says nothing: two significant digits instead
        rough = value.quantize(Decimal(1).scaleb(value.adjusted() - 1), rounding=ROUND_HALF_EVEN)
    return rough, "=" if rough == value else "~"


def compared_text(
    value: Decimal, size: Magnitude, style: Style | None, language: str
) -> tuple[str, str]:
    """Return a number with comparator words and magnitude, as what leads and the number itself.

    The first is printed before the number; a unit follows the second.
    """
    part, sign, decimals = value / size.scale, "=", size.decimals
    if style is not None:
        part, sign = compared(part, decimals, style)
        exponent = part.as_tuple().exponent
        assert isinstance(exponent, int)  # noqa: S101 - facts are finite
        decimals = max(decimals, -exponent)
    before, after = _WORDS[sign][language]
    gap = "\u00a0" if language == "en" else " "
    scale_word = f"{gap}{size.word}" if size.word else ""
    after = f" {after}" if after and not size.word else after
    return before, f"{number_text(part, decimals)}{scale_word}{after}"


def sized_text(
    value: Decimal,
    unit: str,
    decimals: int,
    *,
    language: str,
    style: Style | None = None,
    is_scaled: bool = False,
    has_unit: bool = True,
) -> str:
    """Return a value as printed, with comparator, magnitude and unit as asked for.

    >>> users = Decimal(27551000)
    >>> sized_text(users, "household", 0, language="zh-hant", style="over", is_scaled=True)
    '超過 2,755 萬戶'
    """
    is_share = unit in {"percent", "percentage_point"} or not unit_text(unit, language)
    size = Magnitude(1, "", decimals)
    if is_scaled and not is_share:
        size = magnitude(value, decimals, language)
    if style is None and size.scale == 1:
        plain = quantity_text(value, unit, size.decimals, language)
        return plain if has_unit else number_text(value, size.decimals)
    if has_unit and not unit_text(unit, language):
        value, unit = value * 100, "percent"
    before, number = compared_text(value, size, style, language)
    if not has_unit:
        return before + number
    return f"{before}{number}{_gap(number, unit, language)}{unit_text(unit, language)}"


def _gap(number: str, unit: str, language: str) -> str:
    """Return what stands between a number and its unit: nothing after 萬, 億 or 餘."""
    if language == "en":
        return "\u202f" if unit == "percent" else "\u00a0"
    return " " if number[-1].isdecimal() and unit != "percent" else ""
