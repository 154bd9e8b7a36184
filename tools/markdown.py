"""Pieces of the generated Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def names(by_language: Mapping[Any, str]) -> str:
    """Return a name in its three languages, each spelling once."""
    return " · ".join(dict.fromkeys(by_language[each] for each in ("zh-hant", "zh-hans", "en")))


def table(head: str, rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table; nothing at all without rows."""
    lines = [tuple(head.split(", ")), ("---",) * len(head.split(", ")), *rows]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) if lines[2:] else ""


def page(*parts: str) -> str:
    """Return parts as paragraphs, the empty ones left out."""
    return "\n\n".join(part.strip() for part in parts if part) + "\n"
