"""What is known of the power of radio units and elements at an instant: priors, then meters.

A calibration is two files in ``<home>/radio/power``, named by its instant: ``….parquet`` has the
factor of each element, ``….json`` what was found of the modes, the errors by split and the digest
of the first. Neither is ever written again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from commonweal.domains.radio.network.power.units import Units, layer_power, units_read
from commonweal.engines.radio.sectors import N_MODES, Mode
from commonweal.errors import StateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Texts = NDArray[np.object_]

_STAMP: Final = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, slots=True)
class LayerPowers:
    """What layers draw, a row for each that was asked about.

    Attributes:
        base_w: Without traffic, at the element's meter. Shape (n, mode).
        slope_w: What full load adds. Shape (n,).
        switch_wh: What entering and what leaving a mode costs each. Shape (n, mode).
        modes: Modes that the radio unit has. Shape (n, mode).
    """

    base_w: Doubles
    slope_w: Doubles
    switch_wh: Doubles
    modes: Bools


class PowerBook:
    """Radio units, the factor of each metered element, and what was found of each mode."""

    def __init__(self, units: Units, factors: pa.Table, document: dict[str, Any]) -> None:
        """Keep them; ``factors`` has ``element_dn`` and ``factor``."""
        self.units = units
        self.document = document
        self._elements = factors["element_dn"].combine_chunks()
        self._factor = factors["factor"].to_numpy()
        found = {each["mode"]: each for each in document.get("modes", ())}
        self._saving = np.ones(N_MODES)
        for mode in Mode:
            told = found.get(mode.name.lower())
            if told and told["share"] is not None:  # of what the prior promises; 0: none was found
                self._saving[mode] = told["share"]
        said = {"units": units.sha256, "calibration": document.get("sha256", "")}
        self.sha256 = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def factor_of(self, element_dn: Texts) -> Doubles:
        """Return what each element draws over what its units let expect; 1 if never metered."""
        names = pa.array(element_dn, pa.string())
        at = pc.index_in(names, value_set=self._elements)
        where = pc.fill_null(at, len(self._factor)).to_numpy()
        return np.asarray(np.append(self._factor, 1.0)[where], np.float64)

    def powers(self, ru_model: Texts, bandwidth_mhz: Doubles, element_dn: Texts) -> LayerPowers:
        """Return what such layers draw, each by the factor of its element. All of shape (n,)."""
        base, slope, switch, modes = layer_power(ru_model, bandwidth_mhz, units=self.units)
        saved = (base[:, :1] - base) * self._saving
        factor = self.factor_of(element_dn)
        base = np.maximum(base[:, :1] - saved, 0.0) * factor[:, None]
        return LayerPowers(base, slope * factor, switch * factor[:, None], modes)

    def unknown(self, ru_model: Texts) -> list[str]:
        """Return the models among these that nobody described; their layers stay on."""
        named = pc.unique(pa.array(ru_model, pa.string()))
        return sorted(pc.filter(named, pc.invert(pc.is_in(named, self.units.names))).to_pylist())


def power_folder() -> Path:
    """Return where calibrations lie."""
    return Path(settings.HOME) / "radio" / "power"


def power_write(factors: pa.Table, document: dict[str, Any], *, now: datetime) -> Path:
    """Keep a calibration under its instant; return the path of its document."""
    folder = power_folder()
    folder.mkdir(parents=True, exist_ok=True)
    stem = now.astimezone(UTC).strftime(_STAMP)
    path = folder / f"{stem}.parquet"
    pq.write_table(factors, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    named = folder / f"{stem}.json"
    written = json.dumps(document | {"made_at": now.isoformat(), "sha256": digest}, indent=1)
    partial = named.with_suffix(".part")
    partial.write_text(written, "utf-8")  # a calibration is there once its document is
    partial.rename(named)
    return named


def power_now(as_of: datetime | None = None) -> PowerBook:
    """Return what was known at an instant; None is now. Without a calibration: priors alone.

    Raises:
        DefinitionError: A radio unit is described wrongly.
        StateError: A calibration is not the one that was written.
    """
    units = units_read()
    known = sorted(power_folder().glob("*.json"))
    if as_of is not None:
        known = [path for path in known if _made_at(path) <= as_of]
    if not known:
        none = pa.table({"element_dn": pa.array([], pa.string()), "factor": np.empty(0)})
        return PowerBook(units, none, {})
    document = json.loads(known[-1].read_text("utf-8"))
    path = known[-1].with_suffix(".parquet")
    if hashlib.sha256(path.read_bytes()).hexdigest() != document["sha256"]:
        raise StateError(f"{path.name} is not the calibration that was written", hint="restore it")
    return PowerBook(units, pq.read_table(path, columns=["element_dn", "factor"]), document)


def _made_at(path: Path) -> datetime:
    return datetime.strptime(path.stem, _STAMP).replace(tzinfo=UTC)
