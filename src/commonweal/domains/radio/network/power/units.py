"""Radio units by model: what each draws in each mode before any meter has told.

``ru_models.csv`` beside this file has published and assumed ones, each with its status and
source; ``<home>/radio/ru_models.csv`` has the operator's own, in the same columns: a model there
replaces ours. A cell left empty is a mode that the unit does not have.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from pydantic import Field, model_validator

from commonweal.catalogue.reading import Strict, checked, csv_read
from commonweal.engines.radio.power import active_share
from commonweal.engines.radio.sectors import N_MODES, Mode

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Texts = NDArray[np.object_]

_OURS: Final = Path(__file__).parent / "ru_models.csv"
_SLEEPS: Final = ("rf_off", "carrier_off", "deep_sleep")
FALLBACK: Final = "earth-macro"
"""Stands in for a model that nobody described; such a unit stays on."""

Number = Annotated[float, Field(strict=False)]  # a cell of a CSV file is a text
Watts = Annotated[Number, Field(ge=0)]


class Unit(Strict):
    """A row of ``ru_models.csv``: powers in watts at the unit's input, switches in watt-hours."""

    ru_model: Annotated[str, Field(min_length=1)]
    rat: Literal["lte", "nr"]
    channels: Annotated[int, Field(ge=1, strict=False)]
    bandwidth_mhz: Annotated[Number, Field(gt=0)]
    output_w: Watts
    on_w: Annotated[Number, Field(gt=0)]
    rf_off_w: Watts | None = None
    carrier_off_w: Watts | None = None
    deep_sleep_w: Watts | None = None
    full_w: Watts
    switch_rf_off_wh: Watts = 0.0
    switch_carrier_off_wh: Watts = 0.0
    switch_deep_sleep_wh: Watts = 0.0
    status: Literal["published", "scaled", "measured", "assumed"]
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _deeper_draws_no_more(self) -> Unit:
        drawn = [self.full_w, self.on_w, self.rf_off_w, self.carrier_off_w, self.deep_sleep_w]
        said = [each for each in drawn if each is not None]
        if said != sorted(said, reverse=True):
            raise ValueError(f"a deeper mode draws more: {said} W from full load to deep sleep")
        return self

    def base_w(self) -> list[float]:
        """Return the power without traffic in each mode, that of ON where there is no such."""
        asleep = [getattr(self, f"{name}_w") for name in _SLEEPS]
        return [self.on_w, *(self.on_w if each is None else each for each in asleep)]

    def modes(self) -> list[bool]:
        """Return which modes the unit has."""
        return [True, *(getattr(self, f"{name}_w") is not None for name in _SLEEPS)]

    def switch_wh(self) -> list[float]:
        """Return what entering or leaving each mode costs."""
        return [0.0, *(getattr(self, f"switch_{name}_wh") for name in _SLEEPS)]


class Units:
    """Radio units by model, as arrays."""

    def __init__(self, units: list[Unit]) -> None:
        """Keep the units, the fallback last."""
        known = {unit.ru_model: unit for unit in units}  # the operator's come after ours
        rows = [*known.values(), known[FALLBACK]]
        self.rows = tuple(known.values())
        self.names = pa.array(list(known), pa.string())
        self.base_w = np.array([unit.base_w() for unit in rows])
        self.modes = np.array([unit.modes() for unit in rows])
        self.modes[-1, Mode.RF_OFF :] = False
        self.switch_wh = np.array([unit.switch_wh() for unit in rows])
        self.span_w = np.array([unit.full_w - unit.on_w for unit in rows])
        self.bandwidth_mhz = np.array([unit.bandwidth_mhz for unit in rows])
        written = "\n".join(unit.model_dump_json() for unit in self.rows)
        self.sha256 = hashlib.sha256(written.encode()).hexdigest()

    def index(self, ru_model: Texts) -> NDArray[np.int64]:
        """Return the row of each model, the last for one that is not known."""
        found = pc.index_in(pa.array(ru_model, pa.string()), value_set=self.names)
        return np.asarray(pc.fill_null(found, len(self.rows)).to_numpy(), np.int64)

    def slope_w(self, at: NDArray[np.int64], bandwidth_mhz: Doubles) -> Doubles:
        """Return what full load adds to units of these rows, with so much of their bandwidth."""
        return self.span_w[at] * active_share(bandwidth_mhz / self.bandwidth_mhz[at])


def units_read() -> Units:
    """Return our radio units and the operator's.

    Raises:
        DefinitionError: A row is wrong; the message names file and line.
    """
    own = Path(settings.HOME) / "radio" / "ru_models.csv"
    paths = [_OURS, own] if own.exists() else [_OURS]
    return Units([checked(Unit, row, where) for path in paths for where, row in csv_read(path)])


def layer_power(
    ru_model: Texts, bandwidth_mhz: Doubles, *, units: Units | None = None
) -> tuple[Doubles, Doubles, Doubles, Bools]:
    """Return ``base_w``, ``slope_w``, ``switch_wh`` and ``modes`` of layers before calibration.

    Args:
        ru_model: Model of each layer's radio unit. Shape (n,).
        bandwidth_mhz: Of each layer. Shape (n,).
        units: Where to look; read if None.
    """
    units = units or units_read()
    at = units.index(ru_model)
    shape = (len(at), N_MODES)
    base, switch = units.base_w[at].reshape(shape), units.switch_wh[at].reshape(shape)
    return base, units.slope_w(at, np.asarray(bandwidth_mhz, np.float64)), switch, units.modes[at]
