"""Finding the claims of a text: every number that measures or counts something, and nothing else.

Positions are those of the text given. Numbers in digits are taken where a word of measure follows,
a table's head or first column has one, a currency stands before, or the line above names what is
counted. Chinese numerals are taken where they count: 八大樞紐, 近百款, 億級用戶.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.engines.claims.in_digits import in_digits
from commonweal.engines.claims.in_words import in_english, in_numerals, of_nothing
from commonweal.engines.claims.reading import Reading

if TYPE_CHECKING:
    from commonweal.engines.claims.claim import Claim
    from commonweal.engines.claims.words import Words


def extract(text: str, words: Words) -> tuple[Claim, ...]:
    """Return the claims of a text in the order in which they stand.

    Args:
        text: Plain text or Markdown; table rows have their cells apart by tabs or bars.
        words: What to look for.
    """
    reading = Reading(text, words)
    claims = [
        *in_digits(reading),
        *in_numerals(reading),
        *in_english(reading),
        *of_nothing(reading),
    ]
    return tuple(sorted(claims, key=lambda claim: (claim.start, claim.end)))
