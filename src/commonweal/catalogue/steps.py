"""Fallbacks that a factor's lookup took: written into lineage once, read in three languages.

What is written is hashed with the fact and never changes, so it is plain English; the same
patterns read it back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.catalogue.carriers import Place
    from commonweal.catalogue.reading import Language

_PLACE: Final = re.compile(r"place (?P<used>\S+) instead of (?P<asked>\S+)")
_YEAR: Final = re.compile(r"carried forward from (?P<year>\d{4})")
_TABLE: Final = re.compile(r"factor (?P<used>\S+) instead of (?P<asked>\S+)")
_WORDS: Final[dict[str, dict[Language, str]]] = {
    "place": {
        "zh-hant": "以{used}代替{asked}",
        "zh-hans": "以{used}代替{asked}",
        "en": "{used} instead of {asked}",
    },
    "year": {
        "zh-hant": "沿用{year}年",
        "zh-hans": "沿用{year}年",
        "en": "carried forward from {year}",
    },
    "table": {
        "zh-hant": "以因子表{used}代替{asked}",
        "zh-hans": "以因子表{used}代替{asked}",
        "en": "factor {used} instead of {asked}",
    },
}


def place_step(used: str, asked: str) -> str:
    """Return the step of taking another place's row."""
    return f"place {used} instead of {asked}"


def year_step(year: int) -> str:
    """Return the step of carrying an earlier year's value forward."""
    return f"carried forward from {year}"


def table_step(used: str, asked: str) -> str:
    """Return the step of asking another factor table."""
    return f"factor {used} instead of {asked}"


def step_words(step: str, language: Language, places: Mapping[str, Place]) -> str:
    """Return a step as people read it; one that is not known stays as it was written.

    >>> step_words(year_step(2022), "zh-hant", {})
    '沿用2022年'
    """
    if found := _YEAR.fullmatch(step):
        return _WORDS["year"][language].format(year=found["year"])
    if found := _PLACE.fullmatch(step):
        names = {
            part: places[code].name[language] if code in places else code
            for part, code in found.groupdict().items()
        }
        return _WORDS["place"][language].format(**names)
    if found := _TABLE.fullmatch(step):
        return _WORDS["table"][language].format(**found.groupdict())
    return step
