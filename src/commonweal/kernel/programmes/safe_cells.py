"""Cells that a spreadsheet takes for text, whatever they begin with."""

from __future__ import annotations

import re
from typing import Final

_BEGINS: Final = "[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r]"  # the signs and their full-width forms
ESCAPED: Final = re.compile(rf"^'+{_BEGINS}")
"""What ``cell_safe`` writes; one apostrophe is taken off when such a cell is read."""
_FORMULA: Final = re.compile(rf"^'*{_BEGINS}")


def cell_safe(value: object) -> object:
    r"""Return a text with an apostrophe before it if a spreadsheet would run it; numbers stay.

    Source: OWASP, CSV Injection; full-width signs count, spreadsheets of East Asia run them.

    >>> cell_safe('=HYPERLINK("x")'), cell_safe("'=1"), cell_safe("'quoted'"), cell_safe(-5)
    ('\'=HYPERLINK("x")', "''=1", "'quoted'", -5)
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def cell_plain(value: str) -> str:
    """Return what ``cell_safe`` was given.

    >>> cell_plain("'=1"), cell_plain("'quoted'")
    ('=1', "'quoted'")
    """
    return value[1:] if ESCAPED.match(value) else value
