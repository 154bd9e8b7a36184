"""Tables that say in words what a picture shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from commonweal.kernel.disclosure.tree import Cell, Figure, Table, Text
from commonweal.kernel.disclosure.wording import NO_DATA, language_of, number_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

_WORDS: Final = {
    "from": {"zh-hant": "來源", "zh-hans": "来源", "en": "From"},
    "to": {"zh-hant": "去向", "zh-hans": "去向", "en": "To"},
    "part": {"zh-hant": "項目", "zh-hans": "项目", "en": "Part"},
    "level": {"zh-hant": "總量", "zh-hans": "总量", "en": "Level"},
    "change": {"zh-hant": "變化", "zh-hans": "变化", "en": "Change"},
    "category": {"zh-hant": "期間", "zh-hans": "期间", "en": "Period"},
    "low": {"zh-hant": "區間下限", "zh-hans": "区间下限", "en": "Low"},
    "high": {"zh-hant": "區間上限", "zh-hans": "区间上限", "en": "High"},
    "measure": {"zh-hant": "措施", "zh-hans": "措施", "en": "Measure"},
    "up_to": {"zh-hant": "累計", "zh-hans": "累计", "en": "Cumulative"},
    "row": {"zh-hant": "對象", "zh-hans": "对象", "en": "Row"},
    "since": {"zh-hant": "自", "zh-hans": "自", "en": "From"},
    "until": {"zh-hant": "至", "zh-hans": "至", "en": "Until"},
    "state": {"zh-hant": "狀態", "zh-hans": "状态", "en": "State"},
    "place": {"zh-hant": "單位", "zh-hans": "单位", "en": "Organisation"},
}


def word(name: str, language: str) -> str:
    """Return one of the tables' own words."""
    return _WORDS[name][language_of(language)]


def with_unit(name: str, unit: str) -> str:
    """Return a name with its unit, if it has one."""
    return f"{name} ({unit})" if unit else name


def words_cell(text: str, node: str = "") -> Cell:
    """Return a cell of words; ``node`` is the organisation node it names."""
    return Cell((Text(text),), node=node)


def number_cell(
    value: Decimal | None, decimals: int, language: str, *, signed: bool = False
) -> Cell:
    """Return a cell of a number; None is told as no data."""
    if value is None:
        shown = Figure(NO_DATA[language_of(language)], has_data=False)
    else:
        sign = "+" if signed and value > 0 else ""
        shown = Figure(sign + number_text(value, decimals), sort_key=value)
    return Cell((shown,), is_numeric=True)


def column_rows(
    categories: Sequence[str],
    columns: Sequence[Sequence[Decimal | None]],
    decimals: int,
    language: str,
    keys: Sequence[str] = (),
) -> list[tuple[Cell, ...]]:
    """Return a row for each category, with one number of each column."""
    return [
        (
            words_cell(name, keys[index] if keys else ""),
            *(number_cell(column[index], decimals, language) for column in columns),
        )
        for index, name in enumerate(categories)
    ]


def table(
    title: str, head: Sequence[str], rows: Iterable[tuple[Cell, ...]], n_words: int = 1
) -> Table:
    """Return a table; the first ``n_words`` columns hold words."""
    cells = (Cell((Text(text),), is_numeric=at >= n_words) for at, text in enumerate(head))
    return Table(title, tuple(cells), tuple(rows))
