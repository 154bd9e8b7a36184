"""One unit registry; used where definitions are compiled and files enter, never per row.

Coal equivalent and CO2 equivalent are dimensions of their own: a kilowatt-hour does not *convert*
to kgce or tCO2e, it is multiplied by a factor whose name carries its basis (``coal_equivalent`` is
the calorific value 當量值, ``coal_supply`` the coal burnt to supply it 等價值). So an implicit
conversion, the commonest error in published tables, cannot be written.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Final

from pint import PintError, UnitRegistry
from pint.errors import DimensionalityError

from commonweal.errors import InputError

# Printed units, as people write them in forms and reports. 萬, 億 and million are scales.
_SCALES: Final = {
    "萬億": 10**12,
    "万亿": 10**12,
    "億": 10**8,
    "亿": 10**8,
    "萬": 10**4,
    "万": 10**4,
    "thousand ": 10**3,
    "million ": 10**6,
    "billion ": 10**9,
}
_WRITTEN: Final = "write units as kWh, MWh, GJ, t, L, m3, TB, kgce, tce, tCO2e, CNY, 萬噸 …"
_PRINTED: Final = {
    "度": "kWh",
    "千瓦時": "kWh",
    "千瓦时": "kWh",
    "兆瓦時": "MWh",
    "兆瓦时": "MWh",
    "吉焦": "GJ",
    "噸": "t",
    "吨": "t",
    "千克": "kg",
    "公斤": "kg",
    "升": "L",
    "立方米": "m3",
    "元": "cny",
    "噸標準煤": "tce",
    "吨标准煤": "tce",
    "千克標準煤": "kgce",
    "千克标准煤": "kgce",
    "噸二氧化碳當量": "tco2e",
    "吨二氧化碳当量": "tco2e",
    "人": "person",
    "人次": "visit",
    "場次": "event",
    "场次": "event",
    "期": "term",
    "件": "case",
    "小時": "hour",
    "小时": "hour",
    "小時/人": "hour/person",
    "小时/人": "hour/person",
    "CNY": "cny",
    "people": "person",
    "attendances": "visit",
    "": "dimensionless",
}

# What pint may see: it evaluates what it reads, and a cell of a file may ask for 9**9**9. Names,
# products, quotients and powers of one digit; two of these in brackets.
_LETTER: Final = r"A-Za-zµμ\u4e00-\u9fff"
_FACTOR: Final = rf"(?:1|[{_LETTER}][{_LETTER}0-9_]{{0,40}}(?: ?(?:\*\*|\^) ?-?[0-9])?)"
_PRODUCT: Final = rf"{_FACTOR}(?:(?: ?[*/·] ?| ){_FACTOR}){{0,8}}"
_EXPRESSION: Final = re.compile(rf"{_PRODUCT}|\({_PRODUCT}\) \* \({_PRODUCT}\)")


@cache
def registry() -> UnitRegistry[float]:
    """Return the process-wide registry of the units in ``units.txt``, which are few on purpose."""
    definitions = resources.files("commonweal") / "units.txt"
    with resources.as_file(definitions) as path:
        return UnitRegistry(path, non_int_type=Fraction)


@cache
def conversion(source: str, target: str) -> Fraction:
    """Return the exact number that turns a value in ``source`` into ``target``.

    Both may be pint expressions (``kgce/TB``) or printed Chinese units (``萬噸標準煤``).

    Raises:
        InputError: A unit is unknown, or the two have different dimensions.

    >>> conversion("MWh", "kWh")
    Fraction(1000, 1)
    >>> conversion("萬噸標準煤", "tce")
    Fraction(10000, 1)
    >>> conversion("kWh", "kgce")
    Traceback (most recent call last):
    commonweal.errors.InputError: 'kWh' does not convert to 'kgce'
    """
    (source_scale, source_unit), (target_scale, target_unit) = canonical(source), canonical(target)
    units = registry()
    try:
        ratio = units.Quantity(Fraction(1), source_unit).to(target_unit).magnitude
    except DimensionalityError as fault:
        raise InputError(
            f"{source!r} does not convert to {target!r}",
            hint="energy becomes kgce or tCO2e only through a factor with a named basis",
        ) from fault
    except (PintError, AttributeError, SyntaxError, ValueError) as fault:
        raise InputError(
            f"unit {source!r} or {target!r} is unknown: {fault}",
            hint=_WRITTEN,
        ) from fault
    return Fraction(ratio) * source_scale / target_scale


def canonical(printed: str) -> tuple[int, str]:
    """Split a printed unit into its scale and its pint expression.

    >>> canonical("億元"), canonical("kgce/TB"), canonical("million CNY")
    ((100000000, 'cny'), (1, 'kgce/TB'), (1000000, 'cny'))

    Raises:
        InputError: The text is not made of unit names, products, quotients and small powers.
    """
    text = printed.strip()
    if text.upper() == "CNY":
        return 1, "cny"
    if text == "tCO2e":
        return 1, "tco2e"
    for prefix, scale in _SCALES.items():
        rest = text.removeprefix(prefix)
        if rest != text and rest in _PRINTED:
            return scale, _PRINTED[rest]
    expression = _PRINTED.get(text, text)
    if not _EXPRESSION.fullmatch(expression):
        raise InputError(f"{printed[:60]!r} is not a unit", hint=_WRITTEN)
    return 1, expression


def dimension(unit: str) -> str:
    """Return the dimension of a unit as text, for comparing definitions.

    Raises:
        InputError: The unit is unknown.
    """
    try:
        powers = registry().Quantity(1, canonical(unit)[1]).dimensionality
    except (PintError, AttributeError, SyntaxError, ValueError) as fault:
        raise InputError(f"unit {unit!r} is unknown: {fault}") from fault
    # pint's own text fails on Python 3.11, whose fractions take no format
    text = " ".join(f"{name}^{power}" for name, power in sorted(powers.items()))
    return text or "dimensionless"
