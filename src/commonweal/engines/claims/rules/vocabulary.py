"""Words that do not belong: a missing character, an event that is none of the kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.engines.claims.chapter import Finding

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from commonweal.engines.claims.chapter import Chapter


def findings(
    chapter: Chapter, words: Sequence[tuple[str, re.Pattern[str], str]]
) -> Iterator[Finding]:
    """Yield each word of the list that stands in the text.

    Args:
        chapter: The text.
        words: Rule, pattern over folded text, and what may be meant.
    """
    for rule, pattern, meant in words:
        for match in pattern.finditer(chapter.folded):
            quote = chapter.text[match.start() : match.end()]
            said = {"quote": quote, "meant": meant}
            yield Finding(rule, "warning", match.start(), match.end(), said)
