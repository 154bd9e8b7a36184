"""The energy efficiency of the mobile network as an assessment report, by classes of area.

Clauses are those of ITU-T L.1331 (09/2020), which ETSI ES 203 228 shares: 6.3 classes, 7.4 metrics,
9.3 extrapolation, 10 the report. Which class a site is in, and how far it covers, the operator says
in ``<home>/radio/areas.csv``: ``site_code demography topography climate coverage_km2``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.conf import settings
from django.template.loader import render_to_string

from commonweal.catalogue.reading import csv_read
from commonweal.domains.radio.energy_saving.sources import CARRIERS
from commonweal.domains.radio.network.inventory import network
from commonweal.engines.radio.efficiency import (
    coverage_efficiency,
    data_efficiency,
    extrapolate,
    latency_efficiency,
)
from commonweal.errors import DefinitionError, InputError
from commonweal.kernel.compute.activities import ActivityRequest, activities
from commonweal.kernel.disclosure.known import node_get
from commonweal.kernel.org.selectors import subtree_ids
from commonweal.periods import month_add

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from commonweal.periods import Period

NONE: Final = "unclassified"
CLASSES: Final[dict[str, tuple[str, ...]]] = {
    "demography": ("dense urban", "urban", "suburban", "rural", "unpopulated", NONE),
    "topography": ("flat", "rolling", "mountainous", NONE),
    "climate": ("tropical", "arid", "temperate", "cold", "polar", NONE),
}
"""Of clause 6.3; the names are as commonly quoted, the text was not seen."""
_MBIT_PER_TB: Final = 8e6
_DAYS_A_YEAR: Final = 365


@dataclass(frozen=True, slots=True)
class _Site:
    """A site of the network: what it is, and what was measured of it."""

    code: str
    rats: str
    n_cells: int
    area: Mapping[str, str]
    volume_mbit: float | None
    energy_kwh: float | None

    @property
    def is_measured(self) -> bool:
        """Whether both volume and energy are known."""
        return self.volume_mbit is not None and bool(self.energy_kwh)

    @property
    def coverage_km2(self) -> float | None:
        """How far it covers, if anybody said."""
        written = self.area.get("coverage_km2", "")
        return float(written) if written else None


def assessment(
    period: Period,
    *,
    node: str = "",
    as_of: datetime | None = None,
    latency_ms: float | None = None,
) -> dict[str, Any]:
    """Return the assessment report of a period as a document.

    Args:
        period: Whole months.
        node: Only sites below this node; the whole operator if empty.
        as_of: What was known then; None is now.
        latency_ms: Mean latency from end to end in the period, as probes measured it: counters of
            cells tell of the air interface at most. None gives no data.

    Raises:
        InputError: There is no radio network there, nothing was measured, or a latency is none.
        DefinitionError: ``areas.csv`` is wrong.
    """
    if latency_ms is not None and not 0 < latency_ms < np.inf:
        raise InputError(
            f"a mean latency of {latency_ms:g} ms cannot be", hint="give milliseconds above 0"
        )
    months = [period.start_date]
    while (following := month_add(months[-1], 1)) < period.end_date:
        months.append(following)
    where = node_get(node).code
    sites = _sites(where, tuple(months), as_of)
    measured = [site for site in sites if site.is_measured]
    if not measured:
        raise InputError(
            f"no site below {where} has both traffic and energy in {period}",
            hint="ingest cell_counters and element_power, see `commonweal radio coverage`",
        )
    volume = sum(site.volume_mbit or 0.0 for site in measured)
    energy = sum(site.energy_kwh or 0.0 for site in measured)
    n_days = (period.end_date - period.start_date).days
    return {
        "standard": "ITU-T L.1331 (09/2020) / ETSI ES 203 228; 3GPP TS 28.554, 6.7.1",
        "network_under_test": {  # 10.2
            "node": where,
            "period": str(period),
            "n_days": n_days,
            "n_sites": len(sites),
            "n_sites_measured": len(measured),
            "n_cells": sum(site.n_cells for site in sites),
        },
        "metrics": {  # 7.2 to 7.4
            "energy_kwh": energy,
            "data_volume_mbit": volume,
            "data_efficiency_bit_j": data_efficiency(volume, energy),
            "coverage": _coverage(measured, n_days),
            "latency_ms": latency_ms,  # 7.3.3; 8.3.3.5 measures it
            "latency_efficiency_per_s_j": None
            if latency_ms is None
            else latency_efficiency(latency_ms, energy),
        },
        "extrapolation": {name: _extrapolated(sites, name) for name in CLASSES},  # 9.3
        "sites": [_told(site) for site in sites],  # 10.3, 10.4
    }


def assessment_html(document: Mapping[str, Any]) -> str:
    """Return the report as a page that stands alone."""
    return render_to_string("energy_saving/assessment.html", dict(document))


def _sites(node: str, months: tuple[date, ...], as_of: datetime | None) -> list[_Site]:
    last = month_add(months[-1], 1) - timedelta(days=1)
    found = network(at_date=last, as_of=as_of, node_ids=subtree_ids(node, last, as_of))
    if not found.n_sectors:
        raise InputError(f"no cell stands at a site below {node} on {last}")
    ids = np.unique(found.sectors["site_id"].to_numpy()).astype(np.int64)
    told: dict[tuple[int, str], float] = {}
    for part in activities("radio", ActivityRequest(months, as_of, ids)):
        names = np.array(CARRIERS)[part.carrier]
        for site, name, quantity in zip(part.subject_id, names, part.quantity, strict=True):
            told[int(site), str(name)] = told.get((int(site), str(name)), 0.0) + float(quantity)
    areas = _areas()
    codes = dict(zip(found.sectors["site_id"].to_pylist(), found.text("site_code"), strict=True))
    rats: dict[int, list[str]] = {}
    cell_site = found.sectors["site_id"].to_numpy()[found.cell_sector].tolist()
    for site_id, rat in zip(cell_site, found.cells["rat"].to_pylist(), strict=True):
        rats.setdefault(site_id, []).append(rat)
    sites = []
    for site_id, code in sorted(codes.items(), key=lambda item: item[1]):
        volume_tb = told.get((site_id, "radio_traffic"))
        sites.append(
            _Site(
                code,
                " ".join(sorted(set(rats[site_id]))),
                len(rats[site_id]),
                areas.get(code, {}),
                None if volume_tb is None else volume_tb * _MBIT_PER_TB,
                told.get((site_id, "radio_electricity")),
            )
        )
    return sites


def _areas() -> dict[str, dict[str, str]]:
    path = Path(settings.HOME) / "radio" / "areas.csv"
    found: dict[str, dict[str, str]] = {}
    if not path.exists():
        return found
    for where, row in csv_read(path):
        if "site_code" not in row:
            raise DefinitionError(f"{where}: no site_code")
        for name, classes in CLASSES.items():
            if row.get(name, NONE) not in classes:
                raise DefinitionError(
                    f"{where}: {name} is {row[name]!r}", hint=f"write one of {', '.join(classes)}"
                )
        if not row.get("coverage_km2", "0").replace(".", "", 1).isdigit():
            raise DefinitionError(f"{where}: coverage_km2 is {row['coverage_km2']!r}")
        found[row["site_code"]] = dict(row)
    return found


def _coverage(measured: list[_Site], n_days: int) -> dict[str, Any] | None:
    """Return the coverage metric of the sites whose area is known; its energy is of a year."""
    known = [site for site in measured if site.coverage_km2]
    if not known:
        return None
    area_km2 = sum(site.coverage_km2 or 0.0 for site in known)
    energy_kwh = sum(site.energy_kwh or 0.0 for site in known) * _DAYS_A_YEAR / n_days
    return {
        "n_sites": len(known),
        "area_km2": area_km2,
        "energy_kwh_a": energy_kwh,
        "is_scaled_to_a_year": n_days < _DAYS_A_YEAR,
        "coverage_efficiency_m2_j": coverage_efficiency(area_km2, energy_kwh),
    }


def _extrapolated(sites: list[_Site], name: str) -> dict[str, Any]:
    classes = CLASSES[name]
    found = extrapolate(
        np.array([site.volume_mbit or 0.0 for site in sites]),
        np.array([site.energy_kwh or 0.0 for site in sites]),
        np.array([classes.index(site.area.get(name, NONE)) for site in sites]),
        np.array([site.is_measured for site in sites]),
        len(classes),
    )
    rows = [
        {
            "class": each,
            "n_sites": int(found.n_sites[place]),
            "presence_share": float(found.n_sites[place] / len(sites)),
            "n_sites_measured": int(found.n_measured[place]),
            "data_volume_mbit": float(found.volume_mbit[place]),
            "energy_kwh": float(found.energy_kwh[place]),
            "data_efficiency_bit_j": _number(found.by_class[place]),
        }
        for place, each in enumerate(classes)
        if found.n_sites[place]
    ]
    return {
        "classes": rows,
        "by_presence_bit_j": _number(found.by_presence),
        "by_sums_bit_j": _number(found.by_sums),
        "covered_share": found.covered_share,
    }


def _told(site: _Site) -> dict[str, Any]:
    known = site.is_measured
    return {
        "site": site.code,
        "rats": site.rats,
        "n_cells": site.n_cells,
        **{name: site.area.get(name, NONE) for name in CLASSES},
        "coverage_km2": site.coverage_km2,
        "energy_kwh": site.energy_kwh,
        "data_volume_mbit": site.volume_mbit,
        "data_efficiency_bit_j": data_efficiency(site.volume_mbit or 0.0, site.energy_kwh or 0.0)
        if known
        else None,
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
