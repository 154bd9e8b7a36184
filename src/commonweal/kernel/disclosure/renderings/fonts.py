"""The typefaces of printed reports: found, or asked for; never replaced by boxes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import typst

from commonweal.errors import StateError

if TYPE_CHECKING:
    from pathlib import Path

HINT: Final = "install them (Debian, Ubuntu: fonts-noto-cjk) or put the files into {folder}"


@dataclass(frozen=True, slots=True)
class Typefaces:
    """Families for running text and for headings, tables and pictures, in order of preference."""

    serif: tuple[str, ...]
    sans: tuple[str, ...]
    lang: str
    region: str


_LATIN: Final = "Libertinus Serif"  # comes with Typst; has the signs that Noto CJK lacks, as in CO₂
_TYPEFACES: Final = {
    "zh-hant": Typefaces(("Noto Serif CJK TC", _LATIN), ("Noto Sans CJK TC", _LATIN), "zh", "TW"),
    "zh-hans": Typefaces(("Noto Serif CJK SC", _LATIN), ("Noto Sans CJK SC", _LATIN), "zh", "CN"),
    "en": Typefaces((_LATIN, "Noto Serif CJK SC"), ("Noto Sans CJK SC", _LATIN), "en", "GB"),
}


@cache
def fonts_found(folder: Path, *, with_system: bool = True) -> typst.Fonts:
    """Return the fonts of the machine and of a folder; looked for once in a process."""
    paths = [folder] if folder.is_dir() else []
    return typst.Fonts(
        include_system_fonts=with_system, include_embedded_fonts=True, font_paths=paths
    )


def typefaces(language: str, fonts: typst.Fonts, folder: Path) -> Typefaces:
    """Return a language's typefaces.

    Raises:
        StateError: A family is not installed; the hint says where from.
    """
    wanted, there = _TYPEFACES[language], set(fonts.families())
    if missing := [each for each in (*wanted.serif, *wanted.sans) if each not in there]:
        raise StateError(
            f"a PDF needs the fonts {' and '.join(missing)}, which this machine has not",
            hint=HINT.format(folder=folder),
        )
    return wanted


def can_typeset(folder: Path) -> bool:
    """Whether every typeface of every language is there."""
    there = set(fonts_found(folder).families())
    return all({*each.serif, *each.sans} <= there for each in _TYPEFACES.values())
