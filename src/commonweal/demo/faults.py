"""What is planted wrong on purpose, and the list that says so.

``planted.json`` is the ground truth for the quality rules: a *rejected* fault is refused at the
door and kept with its reason; any other comes in and must be flagged by the computation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.demo.streams import N_MONTHS, Options, stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Bills affected in 10,000 meters, at least two of each kind. No meter has two faults.
_BILL_FAULTS: Final = {
    "duplicate_row": 20,
    "missing_bill": 20,
    "negative_value": 10,
    "no_such_day": 10,
    "unit_slip": 10,  # thousandfold or a thousandth, beside a right register
    "unit_slip_no_register": 10,  # only the meter's other bills tell
    "unknown_meter": 10,
    "late_correction": 100,
}
_REJECTED: Final = frozenset(
    {"duplicate_row", "naive_timestamp", "negative_value", "no_such_day", "unknown_meter"}
)
_FEBRUARIES: Final = (1, 13)
CORRECTED_MONTH: Final = 12
"""January 2024: the supplier estimated some meters, and corrects it in March 2025."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One planted fault; ``row`` is the line as a spreadsheet numbers it, the header being 1."""

    kind: str
    dataset: str
    file: str
    code: str
    month: str
    row: int | None = None
    note: str = ""

    @property
    def rejected(self) -> bool:
        """Whether the row is refused at the door."""
        return self.kind in _REJECTED

    def document(self) -> dict[str, object]:
        """The fault as ``planted.json`` lists it."""
        names = ("kind", "dataset", "file", "code", "month", "row", "note")
        return {name: getattr(self, name) for name in names} | {"rejected": self.rejected}


@dataclass(frozen=True, slots=True)
class BillFaults:
    """Which bills are wrong: kind → meters and their months, both shape (fault,)."""

    meter: dict[str, NDArray[np.int64]]
    month: dict[str, NDArray[np.int64]]

    def at(self, kind: str, month: int) -> NDArray[np.int64]:
        """Return the meters with a fault of this kind in one month."""
        return np.asarray(self.meter[kind][self.month[kind] == month])


def bill_faults(options: Options, n_meters: int, spared: NDArray[np.int64]) -> BillFaults:
    """Choose the wrong bills among all meters but the spared ones (those that roll over)."""
    rng = stream(options.seed, "bill faults")
    order = rng.permutation(n_meters)
    order = order[~np.isin(order, spared)]
    meter: dict[str, NDArray[np.int64]] = {}
    month: dict[str, NDArray[np.int64]] = {}
    for kind, per_myriad in _BILL_FAULTS.items():
        n_faults = max(2, n_meters * per_myriad // 10_000)
        chosen, order = order[:n_faults], order[n_faults:]
        meter[kind] = np.sort(chosen)
        month[kind] = rng.integers(0, N_MONTHS, n_faults)
        if kind == "no_such_day":
            month[kind] = np.array(_FEBRUARIES)[np.arange(n_faults) % len(_FEBRUARIES)]
        elif kind == "late_correction":
            month[kind] = np.full(n_faults, CORRECTED_MONTH)
    return BillFaults(meter, month)
