"""What a neighbour lends to a sector on a day, and how the store tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from commonweal.domains.radio.energy_saving.planning.store import SCHEMA
from commonweal.engines.radio.neighbours import ready

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.domains.radio.network.grid import Ints, Texts
    from commonweal.engines.radio.sectors import Bools, Doubles

_COLUMNS: Final = {
    name: SCHEMA.field(name).type
    for name in ("helped_by", "helped_mbit_s", "helped_w_per_mbit_s", "covered_share", "lent")
}


@dataclass(frozen=True, slots=True)
class Help:
    """Help for sectors on one day, after the other; a sector without it has ``by`` empty.

    Attributes:
        by: Who helps, ``site/sector``. Shape (sector,).
        covered_share: Of a sector's traffic, what the helper reaches. Shape (sector,).
        slope_w_per_mbit_s: What it draws for it. Shape (sector,).
        most_mbit_s: The most lent in any slot of the plan. Shape (sector,).
        lent: In which slots of the day. Shape (sector, slot).
        before: Whether it was lent in the slot before. Shape (sector,).
        after: Whether it is in the slot after. Shape (sector,).
    """

    by: Texts
    covered_share: Doubles
    slope_w_per_mbit_s: Doubles
    most_mbit_s: Doubles
    lent: Bools
    before: Bools
    after: Bools

    def __getitem__(self, sectors: Ints | Bools) -> Help:
        """Return some of the sectors."""
        return Help(*(getattr(self, name)[sectors] for name in self.__slots__))

    def ready(self, lead_slots: int) -> Bools:
        """Return the slots in which sectors may rest on it. Shape (sector, slot)."""
        return ready(self.lent, lead_slots, before=self.before, after=self.after)


def help_columns(help_: Help | None, n_sectors: int) -> dict[str, pa.Array]:
    """Return the columns of the store that tell of help; null for who has none on the day."""
    if help_ is None:
        return {name: pa.nulls(n_sectors, kind) for name, kind in _COLUMNS.items()}
    without = np.asarray(~help_.lent.any(axis=1))
    lent = [None if none else row.tolist() for row, none in zip(help_.lent, without, strict=True)]
    values = {
        "helped_by": help_.by.tolist(),
        "helped_mbit_s": help_.most_mbit_s,
        "helped_w_per_mbit_s": help_.slope_w_per_mbit_s,
        "covered_share": help_.covered_share,
        "lent": lent,
    }
    return {name: pa.array(values[name], kind, mask=without) for name, kind in _COLUMNS.items()}


def help_read(
    row: Mapping[str, Any],
    *,
    before: Mapping[str, Any] | None = None,
    following: Mapping[str, Any] | None = None,
) -> Help | None:
    """Return the help of one sector on a day as the store tells it, None if it has none.

    Args:
        row: The sector's row; plans of earlier versions tell nothing.
        before: Its row of the day before, None for the plan's first.
        following: Its row of the day after, None for the plan's last.
    """
    if row.get("helped_by") is None:
        return None
    lent_before = (before or {}).get("lent") or [False]
    lent_after = (row if following is None else following)["lent"] or [False]
    return Help(
        np.array([row["helped_by"]], object),
        np.array([row["covered_share"]]),
        np.array([row["helped_w_per_mbit_s"]]),
        np.array([row["helped_mbit_s"]]),
        np.array([row["lent"]], np.bool_),
        np.array([lent_before[-1]], np.bool_),
        np.array([lent_after[0]], np.bool_),
    )
