"""One text being read: what is hidden in it, and which words stand around a number."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from commonweal.engines.claims.claim import Claim
from commonweal.engines.claims.folding import folded
from commonweal.engines.claims.words import UnitWord, alternatives

if TYPE_CHECKING:
    from commonweal.engines.claims.words import Words

_CURRENCIES: Final = {
    "新台币": "TWD", "台币": "TWD", "nt$": "TWD", "ntd": "TWD", "twd": "TWD",
    "rmb": "CNY", "cny": "CNY", "人民币": "CNY", "us$": "USD", "usd": "USD", "hk$": "HKD",
    "hkd": "HKD", "港币": "HKD", "s$": "SGD", "a$": "AUD", "c$": "CAD", "r$": "BRL", "€": "EUR",
    "eur": "EUR", "£": "GBP", "gbp": "GBP", "$": "USD", "₹": "INR", "₩": "KRW", "chf": "CHF",
    "sek": "SEK", "nok": "NOK", "dkk": "DKK", "jpy": "JPY", "¥": "CNY", "￥": "CNY",
}  # fmt: skip
_CODES: Final = "|".join(
    (r"(?<![a-z])" if code[0].isascii() and code[0].isalpha() else "") + re.escape(code)
    for code in sorted(_CURRENCIES, key=lambda code: (-len(code), code))
)
_CURRENCY: Final = re.compile(rf"({_CODES})\s*(?:约|超过?|逾|近|达|共)?\s*$")
_GAP: Final = re.compile(r"(?:[ *_\u2070-\u2079¹²³]|\[\d{1,2}\]){0,6}")
_PER: Final = re.compile(r"\s?/\s?|\s+per\s+|\s+/\s+")
_WORD: Final = re.compile(r"[a-z]{1,16}|[一-鿿]{1,4}")
_SUBJECT_BREAK: Final = re.compile(r"[。！？；;!?\n\t|，、]|,(?!\d{3})|\.(?=\s|$)")
_SENTENCE_BREAK: Final = re.compile(r"[。！？；;!?\n\t|]|\.(?=\s|$)")
_NOT_A_PLURAL: Final = (
    "is|was|has|as|its|us|this|plus|across|thus|versus|years?|basis|less|times|pages?|s"
)
_PLURAL: Final = re.compile(
    rf"(?:[a-z][a-z\-]{{1,20}} ){{0,3}}?(?!(?:{_NOT_A_PLURAL})\b)[a-z][a-z\-]{{2,20}}s\b"
)
"""English counts things of any name: 35 data centres."""
_OTHER_WORD: Final = re.compile(r"[节签合公契履预制]约$|[附最亲]近$|高超$|[一甚夏冬]至$")
"""Words that end like a comparator: 節約 is no 約."""
_SHARE_OF: Final = re.compile(r"(?:%|percent|per cent|points?|pp|times) $")
"""15% less than the 100: of these it says nothing."""
_STOPS: Final = re.compile(
    r"\b(?:of|and|or|to|in|on|by|for|with|from|at|the|our|per|are|were|which|that)\b"
)
_CARBON: Final = re.compile(
    "减碳|降碳|碳排放|碳减排|二氧化碳|温室气体|减排|carbon|emission|co2|ghg"
)
_UNDIVIDED: Final = frozenset(("share", "points", "ambiguous", "rank", "score", "age"))
ONE: Final = Fraction(1)


class Found(NamedTuple):
    """A number with the words behind it: where the last of them ends, and what they say."""

    end: int
    magnitude: Fraction
    magnitude_printed: str
    unit: UnitWord | None
    after: str
    unit_printed: str = ""


class Reading:
    """One text being read."""

    def __init__(self, text: str, words: Words) -> None:
        """Fold the text and hide what is no quantity."""
        self.text, self.words = text, words
        self.folded = folded(text)
        self.hidden, self.periods = self._masked()
        self.is_taiwan = "新台币" in self.folded and "人民币" not in self.folded
        self._before = re.compile(
            rf"({alternatives(words.before)})\s*(?:达到?|至|到|为|是|的|the)?\s*(?:{_CODES})?\s*$"
        )
        self._after = re.compile(alternatives(words.after))
        self._magnitude = re.compile(alternatives(words.magnitudes))

    def _masked(self) -> tuple[bytearray, list[tuple[int, int]]]:
        """Return which positions are hidden, and where dates and years stand."""
        hidden, periods = bytearray(len(self.folded)), []
        for name, pattern in self.words.masks.items():
            for match in pattern.finditer(self.folded):
                start, end = match.span()
                if any(hidden[start:end]):
                    continue
                hidden[start:end] = b"\x01" * (end - start)
                if "year" in name or name in {"day", "reporting period"}:
                    periods.append((start, end))
        return hidden, sorted(periods)

    # --- words behind and before a number --------------------------------------------------
    def behind(self, at: int) -> Found:
        """Read magnitude, comparator and unit that follow a number."""
        magnitude, printed, after = ONE, "", ""
        at_word, end = self._gap(at), at
        for _ in range(2):  # 餘 may stand before or behind the magnitude
            if not after and (match := self._after.match(self.folded, at_word)):
                after, end = self.words.after[match[0]], match.end()
                at_word = self._gap(end)
            if printed or self._unit(at_word) is not None:
                continue
            if match := self._magnitude.match(self.folded, at_word):
                magnitude = self.words.magnitudes[match[0]]
                printed, end = self.text[match.start() : match.end()], match.end()
                at_word = self._gap(end)
        unit = self._unit(at_word)
        if (
            unit is None
            and (noun := _PLURAL.match(self.folded, at_word))
            and not _STOPS.search(noun[0])
        ):
            unit = UnitWord(noun[0], "item", ONE, "count")
        said = ""
        if unit is not None:
            unit, end = self._per(unit, at_word + len(unit.word))
            said = self.text[at_word:end]
            if (match := self._after.match(self.folded, self._gap(end))) and not after:
                after, end = self.words.after[match[0]], match.end()
        return Found(end, magnitude, printed, unit, after, said)

    def _per(self, unit: UnitWord, end: int) -> tuple[UnitWord, int]:
        """Return a unit with what it is divided by: 公斤/度, kWh/GB, tonnes per employee."""
        divides = _PER.match(self.folded, end)
        if divides is None or "/" in unit.word or unit.kind in _UNDIVIDED:
            return unit, end
        at, scale = divides.end(), ONE
        if match := self._magnitude.match(self.folded, at):
            scale, at = self.words.magnitudes[match[0]], match.end()
        under = self._unit(at)
        if under is not None and not (unit.kind == under.kind == "count"):
            factor = unit.factor / under.factor / scale
            name, until = f"{unit.unit}/{under.unit}", at + len(under.word)
        elif under is None and (word := _WORD.match(self.folded, at)):
            factor, name, until = unit.factor / scale, f"{unit.unit}/{word[0]}", word.end()
        else:
            return unit, end
        return UnitWord(self.text[end - len(unit.word) : until], name, factor, "intensity"), until

    def _unit(self, at: int) -> UnitWord | None:
        return self.words.unit_at(self.folded, at, self.text)

    def _gap(self, at: int) -> int:
        match = _GAP.match(self.folded, at)
        return match.end() if match else at

    def before(self, at: int) -> tuple[str, int]:
        """Return the comparator that stands before a number, and where it begins."""
        window = self.folded[max(0, at - 24) : at].replace("*", " ")
        match = self._before.search(window)
        if (
            match
            and not _OTHER_WORD.search(window[: match.start() + 1])
            and not _SHARE_OF.search(window[: match.start()])
        ):
            return self.words.before[match[1]], at - len(window) + match.start()
        return "", at

    def currency(self, at: int) -> str:
        """Return the currency that stands before a number, or nothing."""
        match = _CURRENCY.search(self.folded[max(0, at - 10) : at])
        return _CURRENCIES[match[1]] if match else ""

    # --- claims -----------------------------------------------------------------------------
    def make(self, start: int, value: Fraction, step: Fraction, found: Found, **said: str) -> Claim:
        """Put a claim together."""
        unit = found.unit or UnitWord("", "1", ONE, "number")
        if self.is_taiwan and unit.word.startswith("元"):
            unit = replace(unit, unit=unit.unit.replace("CNY", "TWD"))
        scale = found.magnitude * unit.factor
        before, subject_end = self.before(start)
        comparator = said.get("comparator") or found.after or before or "="
        sentence = self._around(start, found.end)
        subject = said.get("subject") or self._subject(sentence[0], subject_end)
        is_carbon = (
            unit.unit.startswith("kg")
            and unit.kind.startswith("mass")
            and _CARBON.search(folded(subject))
        )
        return Claim(
            start=start,
            end=found.end,
            number=said["number"],
            value=value * scale,
            unit=unit.unit.replace("kg", "kgCO2", 1)
            if is_carbon and "CO2" not in unit.unit
            else unit.unit,
            unit_printed=" ".join(_printed(found, unit))
            if unit.word.isascii()
            else "".join(_printed(found, unit)),
            kind=unit.kind,
            comparator=comparator,
            step=step * scale,
            subject=subject,
            period=said.get("period") or self._period(sentence, start),
            sentence=sentence,
            is_hedged_twice=bool(before and found.after and before != found.after),
        )

    def _around(self, start: int, end: int) -> tuple[int, int]:
        window = self.folded[max(0, start - 400) : start]
        breaks = [match.end() for match in _SENTENCE_BREAK.finditer(window)]
        first = start - len(window) + (breaks[-1] if breaks else 0)
        last = _SENTENCE_BREAK.search(self.folded, end, min(len(self.folded), end + 400))
        return first, last.start() if last else min(len(self.folded), end + 400)

    def _subject(self, first: int, end: int) -> str:
        """Return the clause before a number; at the start of a line, what the line above says."""
        clause = _SUBJECT_BREAK.split(self.text[first:end])[-1].strip(" *-•●·_：:（(")
        if clause or (first and self.text[first - 1] != "\n"):
            return clause
        above = self.text[max(0, first - 200) : first].split("\n")
        said = [line.strip(" *-•●·_#：:") for line in above if line.strip()]
        return said[-1] if said else ""

    def _period(self, sentence: tuple[int, int], at: int) -> str:
        first = bisect_left(self.periods, (sentence[0], 0))
        within = self.periods[first : bisect_left(self.periods, (sentence[1], 0))]
        before = within[: bisect_left(within, (at, 0))] or within
        if not before and not self.text[sentence[0] : at].strip(" *-•●·_"):
            above = self.text.rfind("\n", 0, max(0, sentence[0] - 1)) + 1
            before = self.periods[bisect_left(self.periods, (above, 0)) : first]
        return self.text[before[-1][0] : before[-1][1]].strip() if before else ""


def _printed(found: Found, unit: UnitWord) -> list[str]:
    """Return magnitude and unit as they are printed."""
    return [word for word in (found.magnitude_printed, found.unit_printed or unit.word) if word]
