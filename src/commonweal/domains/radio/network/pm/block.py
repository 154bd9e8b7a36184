"""What a piece of a performance file says, as columns: the one form that both readers give.

Axes: an *info* is one ``measInfo``; a *row* one ``measValue``; a *value* one ``r``, or one word of
``measResults``. Texts stand once in ``strings`` and are numbered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = np.ndarray[Any, Any]

NONE: Final = -1
"""Number of a text, a type or an info that is not there."""
SUSPECT: Final = 1
MISCOUNTED: Final = 2
"""``measResults`` has not as many words as there are types: no word is sure of its counter."""

NO_DATA: Final = 0
NUMBER: Final = 1
OTHER: Final = 2
"""A text that is no plain number; ``others`` has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file says of itself."""

    dn_prefix: str = ""
    sender_dn: str = ""
    begins: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some infos of one file, complete."""

    header: Header
    strings: Sequence[str]
    info_element: Array
    """Text number of the managed element's DN, of each info."""
    info_duration: Array
    info_end: Array
    row_info: Array
    row_object: Array
    row_flags: Array
    type_name: Array
    value_row: Array
    value_type: Array
    """Index into ``type_name``; NONE where the value's ``p`` has no type."""
    values: Array
    value_kind: Array
    others: dict[int, str]
    """Texts of the values whose kind is OTHER, by the value's index."""

    @property
    def n_values(self) -> int:
        """How many values were read."""
        return len(self.values)
