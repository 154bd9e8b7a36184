"""Bound mentions: the only way a number enters a report's text.

    [[energy_use]]                              value and unit of a fact of the report's period
    [[energy_use unit=萬噸標準煤 decimals=1]]     in another unit, at other decimals
    [[energy_use at=year_before]]               of another period (``year_before``, or as ``2023``)
    [[energy_use show=change words="rose by|fell by|did not change"]]   against the year before
    [[energy_use show=difference]]              the same as an amount; of a share, in points
    [[green_power show=share of=energy_use]]    as a share of another indicator
    [[donations show=since from=2019]]          added up over years, up to the report's period
    [[energy_use show=estimated]]               the share of it that rests on estimates
    [[energy_use node=GD]]                      of a part of whom the report is about, by its code
    [[villages magnitude=auto as=over]]         萬, 億 or million, with the comparator that fits:
                                                ``over``, ``more`` (餘), ``nearly``, ``about``
    [[target of=energy_per_traffic show=status]]   or base, base_period, end, path …
    [[rank of=energy_per_traffic place=1]]      the node in that place; with show=value its value
    [[period]] [[node]] [[boundary]] [[as_of]] [[lake show=files]] [[log show=size]]
    [[chart monthly]] [[table provinces]]       alone on a line

A table of a text may also use ``|`` in ``words``: write it there as ``/``.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commonweal.errors import DefinitionError
from commonweal.kernel.disclosure.magnitudes import STYLES
from commonweal.kernel.disclosure.typed import typed_number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from commonweal.kernel.disclosure.markup import Line

_MENTION: Final = re.compile(r"\[\[(.*?)\]\]")
_OPTIONS: Final[Mapping[str, frozenset[str]]] = {
    "period": frozenset({"at"}),
    "node": frozenset({"node"}),
    "boundary": frozenset(),
    "as_of": frozenset(),
    "lake": frozenset({"show"}),
    "log": frozenset({"show"}),
    "target": frozenset({"of", "show", "words", "decimals", "unit"}),
    "rank": frozenset({"of", "place", "show", "unit", "decimals"}),
}
_INDICATOR_OPTIONS: Final = frozenset(
    {"at", "unit", "decimals", "show", "against", "words", "of", "from", "as", "magnitude", "node"}
)
_SHOWS: Final[Mapping[str, frozenset[str]]] = {
    "lake": frozenset({"files", "accepted", "rejected"}),
    "log": frozenset({"size", "root"}),
    "target": frozenset({"status", "base", "base_period", "end", "end_period", "path", "change"}),
    "rank": frozenset({"name", "value"}),
}
_INDICATOR_SHOWS: Final = frozenset(
    {"value", "number", "change", "difference", "share", "since", "estimated"}
)
_NEEDED: Final[Mapping[str, str]] = {"share": "of", "since": "from"}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "as": STYLES,
    "magnitude": ("auto", "none"),
}

# Digits that are names, not figures: standards, scopes, chemical formulas, hash functions, dates.
_NAMES: Final = re.compile(
    r"GB/T\s?\d+(?:[.-]\d+)*|ISO(?:/IEC)?\s?\d+(?:[-:]\d+)*|RFC\s?\d+|GRI\s?\d+(?:-\d+)?"
    r"|SHA-256|CO2e?\b|CO₂e?|[Ss]copes?\s[123](?:\s(?:and|to)\s[123])?|範圍\s?[123一二三]"
    r"|范围\s?[123一二三]|\b\d{4}-\d\d-\d\d\b"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention: what is named, and how it is to be shown."""

    name: str
    options: Mapping[str, str]
    place: str
    """File and line, for messages."""

    def option(self, key: str, default: str = "") -> str:
        """Return an option as written."""
        return self.options.get(key, default)

    @property
    def identity(self) -> tuple[str, ...]:
        """What is said, whatever the unit and the words: the same in every language."""
        said = ("at", "against", "of", "from", "place", "node")
        show = self.options.get("show", "value")
        has_plain = self.name not in _OPTIONS and show in {"value", "number"}  # unit or none
        shown = () if has_plain else (f"show={self.option('show')}",)
        keys = (f"{key}={self.options[key]}" for key in said if key in self.options)
        return (self.name, *shown, *keys)


@dataclass(frozen=True, slots=True)
class Words:
    """Text between mentions."""

    text: str


def line_parse(
    line: Line, *, indicators: Collection[str], allowed: Collection[str] = ()
) -> Iterator[Words | Mention]:
    """Split a line into words and mentions.

    Raises:
        DefinitionError: A mention is malformed, or a number is not bound to a fact.
    """
    place, end = f"{line.file}:{line.number}", 0
    for found in _MENTION.finditer(line.text):
        if found.start() > end:
            yield words_check(line.text[end : found.start()], place, allowed)
        yield mention_parse(found[1], place=place, indicators=indicators)
        end = found.end()
    if end < len(line.text):
        yield words_check(line.text[end:], place, allowed)


def words_check(text: str, place: str, allowed: Collection[str]) -> Words:
    """Return words in which no number is typed.

    Raises:
        DefinitionError: There is one that is neither a name of ours nor allowed.
    """
    bare = _NAMES.sub("", text)
    for name in allowed:
        bare = bare.replace(name, "")
    if number := typed_number(bare):
        raise DefinitionError(
            f"{place}: {number!r} is a number that no fact stands behind",
            hint="bind it as [[indicator]], or list it under `allowed` if it is a name",
        )
    if "[[" in bare or "]]" in bare:
        raise DefinitionError(f"{place}: brackets do not match in {text.strip()!r}")
    return Words(text)


def mention_parse(written: str, *, place: str, indicators: Collection[str]) -> Mention:
    """Read what stands between the brackets.

    Raises:
        DefinitionError: The name, an option or its value is unknown.
    """
    try:
        name, *rest = shlex.split(written)
        options = dict(part.split("=", 1) for part in rest)
    except ValueError as fault:
        raise DefinitionError(
            f"{place}: [[{written}]] is not a mention: {fault}", hint="write [[name key=value]]"
        ) from fault
    if name not in _OPTIONS and name not in indicators:
        raise DefinitionError(
            f"{place}: [[{name}]] names no indicator of the catalogue",
            hint="`commonweal catalogue list` shows them",
        )
    _check(name, options, place)
    of = options.get("of")
    if of is not None and of not in indicators:
        raise DefinitionError(f"{place}: of={of} names no indicator of the catalogue")
    return Mention(name, options, place)


def _check(name: str, options: Mapping[str, str], place: str) -> None:
    known = _OPTIONS.get(name, _INDICATOR_OPTIONS)
    if unknown := sorted(set(options) - known):
        raise DefinitionError(
            f"{place}: [[{name}]] takes no {unknown[0]!r}",
            hint=f"it takes {', '.join(sorted(known)) or 'no options'}",
        )
    shows, show = _SHOWS.get(name, _INDICATOR_SHOWS), options.get("show")
    if show is not None and show not in shows:
        raise DefinitionError(
            f"{place}: [[{name}]] cannot show {show!r}", hint=f"it shows {', '.join(sorted(shows))}"
        )
    if (needed := _NEEDED.get(show or "")) and needed not in options:
        raise DefinitionError(f"{place}: [[{name} show={show}]] needs {needed}=")
    for key in sorted(_CHOICES.keys() & options.keys()):
        if options[key] not in _CHOICES[key]:
            raise DefinitionError(
                f"{place}: {key}={options[key]} is not known",
                hint=f"write one of {', '.join(_CHOICES[key])}",
            )
    for key in ("decimals", "place"):
        written = options.get(key, "0")
        # Negative decimals round to tens and hundreds.
        if not written.removeprefix("-" if key == "decimals" else "").isdecimal():
            raise DefinitionError(f"{place}: {key}={written} is not a whole number")
    if "words" in options and len(direction_words(options["words"])) != 3:  # noqa: PLR2004 - up, down, same
        raise DefinitionError(
            f'{place}: words must name up, down and unchanged: words="up|down|same"'
        )


def direction_words(written: str) -> list[str]:
    """Split the words for up, down and unchanged."""
    return written.split("|") if "|" in written else written.split("/")
