"""Numbers as they are written: digits with their marks, and Chinese numerals."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

DIGITS: Final = re.compile(
    r"(?<![\d.,a-z_])(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,18})(?:\.\d{1,12})?(?![\d])(?!,\d{3}(?!\d))"
)
"""A number in digits, in folded text; bounded, so that a page of digits costs no more than text."""

NUMERAL: Final = re.compile(r"[一二两三四五六七八九十百千万亿半]{1,8}")
_DIGIT: Final = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_SMALL: Final = {"十": 10, "百": 100, "千": 1000}
_LARGE: Final = {"万": 10_000, "亿": 100_000_000}


def digits_value(written: str) -> Fraction:
    """Return the value of digits with thousands marks.

    >>> digits_value("2,755.1")
    Fraction(27551, 10)
    """
    return Fraction(written.replace(",", ""))


def digits_step(written: str) -> Fraction:
    """Return the value of one in the last printed digit.

    >>> digits_step("2,755.1"), digits_step("1,200")
    (Fraction(1, 10), Fraction(1, 1))
    """
    decimals = len(written.partition(".")[2])
    return Fraction(1, 10**decimals)


def numeral_value(written: str) -> Fraction | None:
    """Return the value of a Chinese numeral, or None if it is none.

    >>> numeral_value("三十二"), numeral_value("百"), numeral_value("千亿"), numeral_value("半")
    (Fraction(32, 1), Fraction(100, 1), Fraction(100000000000, 1), Fraction(1, 2))
    """
    if written == "半":
        return Fraction(1, 2)
    total, section, digit = 0, 0, None
    for char in written:
        if char in _DIGIT:
            if digit is not None:
                return None  # 一二: an enumeration, no numeral
            digit = _DIGIT[char]
        elif char in _SMALL:
            section += (1 if digit is None else digit) * _SMALL[char]
            digit = None
        elif char in _LARGE:
            total = (total + section + (digit or 0) or 1) * _LARGE[char]
            section, digit = 0, None
        else:
            return None
    return Fraction(total + section + (digit or 0))
