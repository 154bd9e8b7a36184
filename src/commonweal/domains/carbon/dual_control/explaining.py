"""Why energy or carbon changed from one period to another, from facts: LMDI over units or carriers.

Units without data in one of the two periods, and what the parent has beside its children, are not
spread over the reasons: they are told apart, so that the steps lead exactly from fact to fact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.catalogue import catalogue
from commonweal.engines.decomposition import decompose, lmdi
from commonweal.errors import InputError, StateError
from commonweal.kernel.disclosure.known import Known, known_load, node_children

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from commonweal.kernel.facts.models import Fact
    from commonweal.kernel.org.models import Node
    from commonweal.periods import Period

    Floats = NDArray[np.float64]

EFFECTS: Final = ("volume", "structure", "intensity", "factor", "unattributed")
_USES: Final = {"energy_use": "", "ghg_total_location": "energy_use", "electricity_use": ""}
"""What may be explained, and the use that it comes of."""
_CARRIERS: Final = {
    "electricity": ("energy_electricity_tce", "scope2_location_electricity"),
    "heat": ("energy_heat_tce", "scope2_location_heat"),
    "fuel": ("energy_fuel_tce", "scope1_combustion"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """The effects of one unit or carrier; they sum to ``end`` less ``base``."""

    key: str
    base: float
    end: float
    effects: dict[str, float]


@dataclass(frozen=True, slots=True)
class Explained:
    """A change told by its reasons: ``effects`` lead from base to end without a remainder."""

    indicator: str
    unit: str
    decimals: int
    by: str
    activity: str
    base: Fact
    end: Fact
    effects: dict[str, float]
    parts: tuple[Part, ...]


def change_explain(
    indicator: str,
    base: Period,
    end: Period,
    *,
    node: Node,
    boundary: str,
    by: str = "node",
    activity: str = "information_traffic",
    as_of: datetime,
) -> Explained:
    """Explain the change of an indicator of a node between two periods.

    Args:
        indicator: ``energy_use``, ``electricity_use`` or ``ghg_total_location``.
        base: The first period.
        end: The second period.
        node: The unit as a whole; by node, its children in either period are the cells.
        boundary: Reporting boundary.
        by: ``node``, or ``carrier``: electricity, heat and fuel, whose mix is the structure.
        activity: The indicator of volume.
        as_of: What was known then.

    Raises:
        InputError: The indicator or ``by`` cannot be explained so.
        StateError: A fact of the whole is missing, or of all its carriers.
    """
    if indicator not in _USES:
        raise InputError(f"{indicator!r} is not explained", hint=f"one of {', '.join(_USES)}")
    if by not in {"node", "carrier"} or (by == "carrier" and indicator == "electricity_use"):
        raise InputError(f"{indicator} by {by!r} is not explained", hint="by node, or by carrier")
    carriers = [each for pair in _CARRIERS.values() for each in pair] if by == "carrier" else []
    wanted = {indicator, _USES[indicator] or indicator, activity, *carriers}
    codes = [node.code, *(_children(node, (base, end), as_of) if by == "node" else ())]
    known = known_load([(wanted, codes, {base, end})], boundary=boundary, as_of=as_of)
    whole = [_fact(known, indicator, node.code, period) for period in (base, end)]
    found = _Cells(known, (base, end), node.code, indicator, activity)
    parts = found.by_node(codes[1:]) if by == "node" else found.by_carrier()
    effects = {name: sum(part.effects[name] for part in parts) for name in EFFECTS}
    change = float((whole[1].value or 0) - (whole[0].value or 0))
    effects["unattributed"] += change - sum(effects.values())
    entry = catalogue().indicators[indicator]
    return Explained(
        indicator,
        entry.unit,
        entry.decimals,
        by,
        activity,
        base=whole[0],
        end=whole[1],
        effects=effects,
        parts=tuple(parts),
    )


def _children(node: Node, periods: Sequence[Period], as_of: datetime) -> list[str]:
    found: dict[str, None] = {}
    for span in periods:
        for child in node_children(node.code, at_date=span.months[-1], as_of=as_of):
            found[child.code] = None
    return sorted(found)


def _fact(known: Known, indicator: str, node: str, period: Period) -> Fact:
    fact = known.get(indicator, node, period)
    if fact is None or fact.value is None:
        raise StateError(
            f"{indicator} of {node} has no data in {period}",
            hint=f"run `commonweal compute {period}` first",
        )
    return fact


@dataclass(frozen=True)
class _Cells:
    """Facts of the two periods as arrays by cell."""

    known: Known
    periods: tuple[Period, Period]
    node: str
    indicator: str
    activity: str

    def _pair(self, indicator: str, codes: Sequence[str]) -> tuple[Floats, Floats]:
        pair = []
        for period in self.periods:
            facts = [self.known.get(indicator, code, period) for code in codes]
            pair.append(
                np.array(
                    [np.nan if f is None or f.value is None else float(f.value) for f in facts],
                    dtype=np.float64,
                )
            )
        return pair[0], pair[1]

    def by_node(self, codes: Sequence[str]) -> list[Part]:
        told = self._pair(self.indicator, codes)
        use = self._pair(_USES[self.indicator] or self.indicator, codes)
        # Who has no data in one of the periods is told apart, with what the parent has beside.
        has = np.isfinite(np.stack([*told, *use])).all(axis=0)
        kept = [code for code, one in zip(codes, np.atleast_1d(has), strict=True) if one]
        told, use = (told[0][has], told[1][has]), (use[0][has], use[1][has])
        done = self._pair(self.activity, kept)
        activity = (np.nan_to_num(done[0]), np.nan_to_num(done[1]))
        found = decompose(
            activity=activity,
            use=use,
            outcome=told if _USES[self.indicator] else None,
        )
        return [
            Part(
                code,
                float(told[0][at]),
                float(told[1][at]),
                {name: float(getattr(found, name)[at]) for name in EFFECTS},
            )
            for at, code in enumerate(kept)
        ]

    def by_carrier(self) -> list[Part]:
        """Return what volume, intensity, the mix of carriers and their factors did."""
        use = [[self._one(pair[0], at) for pair in _CARRIERS.values()] for at in (0, 1)]
        told = [[self._one(pair[1], at) for pair in _CARRIERS.values()] for at in (0, 1)]
        if not _USES[self.indicator]:
            told = use
        volume = [
            float(_fact(self.known, self.activity, self.node, each).value or 0)
            for each in self.periods
        ]
        factors = []
        for at in (0, 1):
            energy, came = np.array(use[at]), np.array(told[at])
            whole = energy.sum()
            if not whole or not volume[at]:
                raise StateError(
                    f"{self.node} has no energy by carrier, or no {self.activity}, "
                    f"in {self.periods[at]}",
                    hint=f"run `commonweal compute {self.periods[at]}` first",
                )
            factors.append(
                np.stack(
                    [
                        np.full(len(energy), volume[at]),
                        np.full(len(energy), whole / volume[at]),
                        energy / whole,
                        np.divide(came, energy, out=np.zeros_like(came), where=energy > 0),
                    ]
                )
            )
        effects = lmdi(factors[0], factors[1])
        names = ("volume", "intensity", "structure", "factor")
        return [
            Part(
                carrier,
                told[0][at],
                told[1][at],
                {**dict(zip(names, map(float, effects[:, at]), strict=True)), "unattributed": 0.0},
            )
            for at, carrier in enumerate(_CARRIERS)
        ]

    def _one(self, indicator: str, at: int) -> float:
        fact = self.known.get(indicator, self.node, self.periods[at])
        return 0.0 if fact is None or fact.value is None else float(fact.value)
