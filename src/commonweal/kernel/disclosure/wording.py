"""How numbers, units, periods and instants are written in each language.

Rounding is half-even on decimals at the printed places. 萬 and 億 belong to Chinese pages only.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final, Literal

from commonweal.errors import DefinitionError
from commonweal.periods import BUSINESS_ZONE, Period, PeriodKind
from commonweal.units import conversion

if TYPE_CHECKING:
    from datetime import datetime

Language = Literal["zh-hant", "zh-hans", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh-hant", "zh-hans", "en")

NO_DATA: Final = {"zh-hant": "暫無數據", "zh-hans": "暂无数据", "en": "no data"}
NO_TARGET: Final = {"zh-hant": "未設目標", "zh-hans": "未设目标", "en": "no target is set"}
PLANNED: Final = {"zh-hant": "計劃中", "zh-hans": "计划中", "en": "planned"}
_RATIO_UNITS: Final = {"", "1", "dimensionless"}

# Unit as stored or asked for: (zh-hant, zh-hans, en). What is not here is printed as it is.
_UNITS: Final[dict[str, tuple[str, str, str]]] = {
    "kWh": ("千瓦時", "千瓦时", "kWh"),
    "MWh": ("兆瓦時", "兆瓦时", "MWh"),
    "GWh": ("吉瓦時", "吉瓦时", "GWh"),
    "TWh": ("太瓦時", "太瓦时", "TWh"),
    "GJ": ("吉焦", "吉焦", "GJ"),
    "kg": ("千克", "千克", "kg"),
    "t": ("噸", "吨", "t"),
    "m3": ("立方米", "立方米", "m³"),
    "kgce": ("千克標準煤", "千克标准煤", "kgce"),
    "tce": ("噸標準煤", "吨标准煤", "tce"),
    "ktce": ("千噸標準煤", "千吨标准煤", "thousand tce"),
    "kgce/TB": ("千克標準煤/TB", "千克标准煤/TB", "kgce/TB"),
    "kgco2e": ("千克二氧化碳當量", "千克二氧化碳当量", "kgCO₂e"),
    "tco2e": ("噸二氧化碳當量", "吨二氧化碳当量", "tCO₂e"),
    "ktco2e": ("千噸二氧化碳當量", "千吨二氧化碳当量", "thousand tCO₂e"),
    "kgco2e/TB": ("千克二氧化碳當量/TB", "千克二氧化碳当量/TB", "kgCO₂e/TB"),
    "percent": ("%", "%", "%"),
    "cny": ("元", "元", "CNY"),
    "cny/year": ("元/年", "元/年", "CNY a year"),
    "Mcny": ("百萬元", "百万元", "million CNY"),
    "Tbps": ("Tbit/s", "Tbit/s", "Tbit/s"),
    "percentage_point": ("個百分點", "个百分点", "percentage points"),
    "person": ("人", "人", "people"),
    "visit": ("人次", "人次", "attendances"),
    "event": ("場次", "场次", "events"),
    "case": ("件", "件", "cases"),
    "term": ("期", "期", "terms"),
    "item": ("項", "项", "items"),
    "year": ("年", "年", "years"),
    "hour": ("小時", "小时", "hours"),
    "hour/person": ("小時/人", "小时/人", "hours each"),
    "day": ("天", "天", "days"),
    "organization": ("家", "家", "organisations"),
    "message": ("條", "条", "messages"),
    "site": ("座", "座", "sites"),
    "village": ("個村", "个村", "villages"),
    "household": ("戶", "户", "households"),
    "user": ("戶", "户", "users"),
    "rack": ("架", "架", "racks"),
    "sheet": ("張", "张", "sheets"),
    "transaction": ("次", "次", "transactions"),
}


def language_of(code: str) -> Language:
    """Return one of the three languages; English for anything else."""
    return next((language for language in LANGUAGES if language == code), "en")


def unit_text(unit: str, language: str) -> str:
    """Return a unit as printed; one without a dimension is printed as nothing.

    >>> unit_text("kgco2e/kWh", "en"), unit_text("1", "en")
    ('kgCO₂e/kWh', '')
    """
    if unit in _RATIO_UNITS:
        return ""
    code, at = language_of(language), LANGUAGES.index(language_of(language))
    known = _UNITS.get(unit.replace("CO2", "co2"))
    if known is None and "/" in unit:
        return "/".join(unit_text(part, code) for part in unit.split("/"))
    return known[at] if known else unit


def unit_check(unit: str, language: str, place: str) -> None:
    """Refuse 萬 and 億 outside Chinese.

    Raises:
        DefinitionError: An English text asks for a Chinese unit.
    """
    if language == "en" and any(ord(sign) > 0x2E7F for sign in unit):  # noqa: PLR2004 - CJK begins
        raise DefinitionError(
            f"{place}: unit {unit!r} is Chinese in an English text",
            hint="write a unit such as ktce, GWh or PB",
        )


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Round half-even.

    >>> rounded(Decimal("2.025"), 2), rounded(Decimal("2.035"), 2)
    (Decimal('2.02'), Decimal('2.04'))
    """
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)


def number_text(value: Decimal, decimals: int) -> str:
    r"""Return a number with thousands marked and a true minus sign.

    >>> ascii(number_text(Decimal("-1234567.125"), 2))
    "'\\u22121,234,567.12'"
    """
    printed = rounded(value, decimals)
    return f"{printed or abs(printed):,f}".replace("-", "\u2212")


def scaled(value: Decimal, source: str, target: str) -> Decimal:
    """Convert between units exactly, before any rounding."""
    if source == target:
        return value
    ratio = conversion(source or "dimensionless", target or "dimensionless")
    return value * ratio.numerator / ratio.denominator


def percent_text(share: Decimal, decimals: int, language: str) -> str:
    """Return a share as a percentage; English typography sets a thin space.

    >>> percent_text(Decimal("0.279"), 1, "zh-hant")
    '27.9%'
    """
    gap = "\u202f" if language == "en" else ""
    return f"{number_text(share * 100, decimals)}{gap}%"


def quantity_text(value: Decimal, unit: str, decimals: int, language: str) -> str:
    """Return a value with its unit; a share is written in per cent."""
    if unit in _RATIO_UNITS:
        return percent_text(value, decimals, language)
    if unit == "percent":
        return percent_text(value / 100, decimals, language)
    gap = "\u00a0" if language == "en" else " "
    return f"{number_text(value, decimals)}{gap}{unit_text(unit, language)}"


def period_text(period: Period, language: str) -> str:  # noqa: PLR0911 - one form each
    """Return a period in words.

    >>> from commonweal.periods import period
    >>> period_text(period("2024-Q1"), "en"), period_text(period("2024-03"), "zh-hant")
    ('Q1 2024', '2024年3月')
    """
    start, last = period.start_date, period.end_date - timedelta(days=1)
    if language == "en":
        return _period_english(period)
    match period.kind:
        case PeriodKind.YEAR:
            return f"{start.year}年"
        case PeriodKind.MONTH:
            return f"{start.year}年{start.month}月"
        case PeriodKind.QUARTER:
            return f"{start.year}年第{(start.month + 2) // 3}季度"
        case PeriodKind.HALF_YEAR:
            return f"{start.year}年{'上' if start.month == 1 else '下'}半年"
        case PeriodKind.PLAN:
            return f"{start.year}–{last.year}年"
        case PeriodKind.CUMULATIVE:
            return f"{start.year}年{start.month}月至{last.year}年{last.month}月"
        case PeriodKind.POINT:
            return f"{start.year}年{start.month}月{start.day}日"


def _period_english(period: Period) -> str:  # noqa: PLR0911 - one form each
    start, last = period.start_date, period.end_date - timedelta(days=1)
    match period.kind:
        case PeriodKind.YEAR:
            return str(start.year)
        case PeriodKind.MONTH:
            return f"{start:%B %Y}"
        case PeriodKind.QUARTER:
            return f"Q{(start.month + 2) // 3} {start.year}"
        case PeriodKind.HALF_YEAR:
            return f"{'first' if start.month == 1 else 'second'} half of {start.year}"
        case PeriodKind.PLAN:
            return f"{start.year}–{last.year}"
        case PeriodKind.CUMULATIVE:
            return f"{start:%B %Y} to {last:%B %Y}"
        case PeriodKind.POINT:
            return f"{start.day} {start:%B %Y}"


def instant_text(at: datetime, language: str) -> str:
    """Return an instant on the business clock, to the second.

    >>> from datetime import datetime, UTC
    >>> instant_text(datetime(2025, 3, 18, 8, tzinfo=UTC), "en")
    '18 March 2025, 16:00:00 (UTC+08:00)'
    """
    local = at.astimezone(BUSINESS_ZONE)
    if language == "en":
        return f"{local.day} {local:%B %Y}, {local:%H:%M:%S} (UTC+08:00)"
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M:%S}（UTC+08:00）"
