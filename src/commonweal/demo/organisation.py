"""Who belongs to whom: group, provinces, areas (prefectures), units; sites and meters.

Places are real provinces; everything below them is numbered, not named, so that no list of real
divisions is copied. Sites scatter around area centres inside the province.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.demo.streams import Options, bell, shares, stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUP: Final = "DEMO"
CLIMATES: Final = ("north", "middle", "south")
_SITES_PER_AREA: Final = 10  # a small demo has fewer areas, not areas without sites
_KM_PER_DEGREE: Final = 111.2


@dataclass(frozen=True, slots=True)
class SiteType:
    """What stands at a site: how common it is, what it draws, how it is metered."""

    kind: str
    per_myriad: int
    """Sites of this kind in 10,000."""
    mean_w: int
    multiplier: int
    """Current-transformer ratio of its meters."""
    meters: int
    """Most meters at one site; sites have one to this many."""
    cooling_permille: int
    """Part of the load that follows the outdoor temperature."""


# Loads: a 4G/5G macro site draws 1 to 4 kW, an aggregation room some 15 kW, an operator's
# smaller data centres some hundreds of kW. Illustrative round figures.
SITE_TYPES: Final = (
    SiteType("macro", 7200, 1_900, 1, 1, 220),
    SiteType("indoor", 1400, 350, 1, 1, 60),
    SiteType("room", 850, 14_000, 40, 2, 300),
    SiteType("data_centre", 40, 560_000, 2_000, 4, 260),
    SiteType("office", 180, 42_000, 80, 2, 420),
    SiteType("hall", 330, 4_200, 20, 1, 500),
)
KINDS: Final = tuple(site_type.kind for site_type in SITE_TYPES)
KIND: Final = {kind: index for index, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Province:
    """One row of ``provinces.csv``: real place, made-up size."""

    place: str
    share: int
    areas: int
    climate: int
    longitude_deg: float
    latitude_deg: float
    radius_km: float

    @property
    def short(self) -> str:
        """The place's letters: ``GD`` of ``CN-GD``."""
        return self.place.removeprefix("CN-")


@cache
def provinces() -> tuple[Province, ...]:
    """Return the 31 provinces in the order of their administrative codes."""
    text = files("commonweal.demo").joinpath("provinces.csv").read_text("utf-8")
    return tuple(
        Province(
            row["place"],
            int(row["share"]),
            int(row["areas"]),
            CLIMATES.index(row["climate"]),
            float(row["longitude_deg"]),
            float(row["latitude_deg"]),
            float(row["radius_km"]),
        )
        for row in csv.DictReader(text.splitlines())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The organisation on the first day, as arrays.

    Axes: a area, u unit, s site, m meter. Parents come as indices: ``area_province[a]``,
    ``unit_area[u]``, ``site_unit[s]``, ``meter_site[m]``; numbers ``*_number`` count from 1
    inside the parent (areas, units) or the province (sites, meters).
    """

    area_province: NDArray[np.int64]
    area_number: NDArray[np.int64]
    unit_area: NDArray[np.int64]
    unit_number: NDArray[np.int64]
    site_unit: NDArray[np.int64]
    site_number: NDArray[np.int64]
    site_kind: NDArray[np.int64]
    longitude_deg: NDArray[np.float64]
    latitude_deg: NDArray[np.float64]
    meter_site: NDArray[np.int64]
    meter_number: NDArray[np.int64]

    @property
    def site_province(self) -> NDArray[np.int64]:
        """Index of each site's province."""
        return np.asarray(self.area_province[self.unit_area[self.site_unit]])

    @property
    def meter_kind(self) -> NDArray[np.int64]:
        """Index into ``SITE_TYPES`` of each meter's site."""
        return np.asarray(self.site_kind[self.meter_site])

    def area_codes(self) -> list[str]:
        """Codes such as ``GD-03``."""
        found = zip(self.area_province.tolist(), self.area_number.tolist(), strict=True)
        return [f"{provinces()[p].short}-{number:02}" for p, number in found]

    def unit_codes(self) -> list[str]:
        """Codes such as ``GD-03-2``."""
        areas = self.area_codes()
        found = zip(self.unit_area.tolist(), self.unit_number.tolist(), strict=True)
        return [f"{areas[a]}-{number}" for a, number in found]

    def site_codes(self) -> list[str]:
        """Codes such as ``S-GD-000001``."""
        found = zip(self.site_province.tolist(), self.site_number.tolist(), strict=True)
        return [f"S-{provinces()[p].short}-{number:06}" for p, number in found]

    def meter_codes(self) -> list[str]:
        """Codes such as ``M-GD-000001``."""
        owners = self.site_province[self.meter_site].tolist()
        found = zip(owners, self.meter_number.tolist(), strict=True)
        return [f"M-{provinces()[p].short}-{number:06}" for p, number in found]


def operator(options: Options) -> Operator:
    """Generate the organisation of the first day."""
    per_province = _sites_per_province(options.sites)
    area_province, area_number = _areas(per_province)
    unit_area, unit_number = _units(options, area_province.size)
    site_unit = _units_of_sites(per_province, area_province, unit_area)
    site_area = unit_area[site_unit]
    longitude_deg, latitude_deg = _scatter(options, area_province, site_area)
    site_kind = _kinds(options, site_unit.size)
    meter_site = _meters(options, site_kind)
    site_province = area_province[site_area]
    return Operator(
        area_province=area_province,
        area_number=area_number,
        unit_area=unit_area,
        unit_number=unit_number,
        site_unit=site_unit,
        site_number=_number_within(site_province),
        site_kind=site_kind,
        longitude_deg=longitude_deg,
        latitude_deg=latitude_deg,
        meter_site=meter_site,
        meter_number=_number_within(site_province[meter_site]),
    )


def _sites_per_province(n_sites: int) -> NDArray[np.int64]:
    weights = np.array([province.share for province in provinces()], dtype=np.int64)
    return 1 + shares(weights, n_sites - weights.size)  # every province has a site


def _areas(per_province: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    wanted = np.array([province.areas for province in provinces()], dtype=np.int64)
    counts = np.clip(per_province // _SITES_PER_AREA, 1, wanted)
    largest = int(per_province.argmax())
    counts[largest] = max(counts[largest], 2)  # the merger needs a neighbour
    province = np.repeat(np.arange(counts.size), counts)
    return province, _number_within(province)


def _units(options: Options, n_areas: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    counts = stream(options.seed, "units").integers(2, 4, n_areas)
    area = np.repeat(np.arange(n_areas), counts)
    return area, _number_within(area)


def _units_of_sites(
    per_province: NDArray[np.int64],
    area_province: NDArray[np.int64],
    unit_area: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Deal a province's sites over its units in turn; sites come ordered by unit."""
    unit_province = area_province[unit_area]
    dealt = []
    for province, n_sites in enumerate(per_province.tolist()):
        units = np.flatnonzero(unit_province == province)
        dealt.append(np.sort(units[np.arange(n_sites) % units.size]))
    return np.concatenate(dealt)


def _scatter(
    options: Options, area_province: NDArray[np.int64], site_area: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place sites around area centres, inside the province's circle (both offsets add up to it)."""
    rng = stream(options.seed, "places")
    radius_km = np.array([province.radius_km for province in provinces()])[area_province]
    centre_km = (rng.random((2, area_province.size)) * 2.0 - 1.0) * radius_km * 0.55
    spread_km = bell(rng, (2, site_area.size)) * (radius_km * 0.15)[site_area]
    east_km, north_km = centre_km[:, site_area] + spread_km
    province = area_province[site_area]
    latitude = np.array([p.latitude_deg for p in provinces()])[province] + north_km / _KM_PER_DEGREE
    square = (latitude * (3.141592653589793 / 180.0)) ** 2
    cosine = 1.0 - square / 2.0 + square * square / 24.0  # good to 1e-2 up to 50 degrees north
    longitude = np.array([p.longitude_deg for p in provinces()])[province]
    longitude = longitude + east_km / (_KM_PER_DEGREE * cosine)
    return np.round(longitude, 4), np.round(latitude, 4)


def _kinds(options: Options, n_sites: int) -> NDArray[np.int64]:
    """Give every kind its share, and at least one site, in shuffled order."""
    weights = np.array([site_type.per_myriad for site_type in SITE_TYPES], dtype=np.int64)
    counts = 1 + shares(weights, n_sites - weights.size)
    kinds = np.repeat(np.arange(weights.size), counts)
    return stream(options.seed, "kinds").permutation(kinds)


def _meters(options: Options, site_kind: NDArray[np.int64]) -> NDArray[np.int64]:
    most = np.array([site_type.meters for site_type in SITE_TYPES], dtype=np.int64)[site_kind]
    draw = stream(options.seed, "meters").random(site_kind.size)
    counts = np.where(most > 1, 1 + (draw * most).astype(np.int64), 1)
    return np.repeat(np.arange(site_kind.size), counts)


def _number_within(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count members of each (sorted) group from 1."""
    starts = np.searchsorted(group, group, side="left")
    return np.asarray(np.arange(group.size) - starts + 1)
