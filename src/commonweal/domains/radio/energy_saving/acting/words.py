"""Sentences of ``why`` in three languages, from ``why.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commonweal.errors import InputError
from commonweal.periods import BUSINESS_ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LANGUAGES: Final = ("en", "zh-hant", "zh-hans")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    language: str

    def __post_init__(self) -> None:
        """Refuse a language that we have no words of.

        Raises:
            InputError: It is none of ours.
        """
        if self.language not in LANGUAGES:
            raise InputError(
                f"language {self.language!r} is not known", hint=f"one of {', '.join(LANGUAGES)}"
            )

    def say(self, sentence: str, **values: object) -> str:
        """Return a sentence with its values."""
        return self._of("sentences", sentence).format_map(values)

    def named(self, names: Mapping[Any, str]) -> str:
        """Return a definition's name in this language."""
        return names[self.language]

    def mode(self, name: str) -> str:
        """Return what a mode is called."""
        return self._of("modes", name)

    def answer(self, code: str) -> str:
        """Return what an answer of an adapter is called."""
        return self._of("answers", code)

    def reason(self, written: str) -> str:
        """Return a hold's reason: a guard's code with its numbers in words, else as it stands."""
        code, _, rest = written.partition(":")
        if code not in _texts()["reasons"]:
            return written
        parts = [*rest.split(), "", "", ""]
        return self._of("reasons", code).format(witness=parts[0], value=parts[1], limit=parts[2])

    def _of(self, table: str, key: str) -> str:
        return str(_texts()[table][key][self.language])


def clock(at: datetime) -> str:
    """Return an instant by the business clock, as people read it."""
    return f"{at.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M}"


@cache
def _texts() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("why.toml").read_text("utf-8"))
