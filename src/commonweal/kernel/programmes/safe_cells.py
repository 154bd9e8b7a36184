"""Cells that a spreadsheet takes for text, whatever they begin with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_BEGINS: Final = "[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r]"  # the signs and their full-width forms
ESCAPED: Final = re.compile(rf"^'+{_BEGINS}")
"""What ``cell_safe`` writes; one apostrophe is taken off when such a cell is read."""
_NUMBER: Final = re.compile(r"^[+-]?\d+(\.\d+)?$", re.ASCII)
_FORMULA: Final = re.compile(rf"^'*{_BEGINS}")


def cell_safe(value: object) -> object:
    r"""Return a text with an apostrophe before it if a spreadsheet would run it; numbers stay.

    Source: OWASP, CSV Injection; full-width signs count, spreadsheets of East Asia run them.

    >>> cell_safe('=HYPERLINK("x")'), cell_safe("'=1"), cell_safe("'quoted'"), cell_safe(-5)
    ('\'=HYPERLINK("x")', "''=1", "'quoted'", -5)
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def line_safe(cells: Iterable[object]) -> list[object]:
    """Return a line that nobody reads back: texts are safe, and numbers written as text stay.

    >>> line_safe(["=1+1", "-5.20", "@SUM(A1)", "north"])
    ["'=1+1", '-5.20', "'@SUM(A1)", 'north']
    """
    return [
        each if isinstance(each, str) and _NUMBER.match(each) else cell_safe(each) for each in cells
    ]


def cell_plain(value: str) -> str:
    """Return what ``cell_safe`` was given.

    >>> cell_plain("'=1"), cell_plain("'quoted'")
    ('=1', "'quoted'")
    """
    return value[1:] if ESCAPED.match(value) else value
