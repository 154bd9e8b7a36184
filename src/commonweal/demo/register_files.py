"""The register as files: nodes, sites and meters, in the columns of ``commonweal org template``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from commonweal.catalogue import catalogue
from commonweal.demo.load import ROLLOVER
from commonweal.demo.organisation import GROUP, KINDS, SITE_TYPES, provinces
from commonweal.demo.streams import FIRST_MONTH

if TYPE_CHECKING:
    from commonweal.demo.world import World

_PEAK: Final = 6  # no meter of a kind draws more than so many times the kind's mean
_NODE_COLUMNS: Final = (
    "code", "kind", "place", "parent", "name_zh_hant", "name_zh_hans", "name_en"
)  # fmt: skip
_Node = tuple[str, str, str, str, str, str, str]
_GROUP_NAMES: Final = (
    "示範運營商（合成數據）",
    "示范运营商（合成数据）",
    "Demo Operator (synthetic data)",
)


def nodes(world: World) -> pa.Table:
    """Return every node, parents first; columns as ``_NODE_COLUMNS`` and the first day."""
    rows: list[_Node] = [(GROUP, "group", "CN", "", *_GROUP_NAMES)]
    rows += [
        (province.short, "province", province.place, GROUP, *_names(province.place))
        for province in provinces()
    ]
    operator = world.operator
    for index, code in enumerate(operator.area_codes()):
        province = provinces()[operator.area_province[index]]
        number = int(operator.area_number[index])
        hant, hans, english = _names(province.place)
        names = (f"{hant}第{number}片區", f"{hans}第{number}片区", f"{english} area {number:02}")
        rows.append((code, "prefecture", province.place, province.short, *names))
    areas = {row[0]: row for row in rows if row[1] == "prefecture"}
    for index, code in enumerate(world.unit_codes):
        area = areas[code.rsplit("-", 1)[0]]
        number = int(operator.unit_number[index])
        names = (f"{area[4]}第{number}單位", f"{area[5]}第{number}单位", f"{area[6]} unit {number}")
        rows.append((code, "unit", area[2], area[0], *names))
    columns = dict(zip(_NODE_COLUMNS, (list(c) for c in zip(*rows, strict=True)), strict=True))
    return pa.table(columns | {"valid_from": [FIRST_MONTH.isoformat()] * len(rows)})


def sites(world: World) -> pa.Table:
    """Return every site with its first owner."""
    operator = world.operator
    kinds = [KINDS[kind] for kind in operator.site_kind.tolist()]
    owners = [world.unit_codes[unit] for unit in operator.site_unit.tolist()]
    n_sites = len(kinds)
    return pa.table(
        {
            "code": list(world.site_codes),
            "name": [f"{owner} {kind}" for owner, kind in zip(owners, kinds, strict=True)],
            "kind": kinds,
            "place": [provinces()[province].place for province in operator.site_province.tolist()],
            "longitude_deg": operator.longitude_deg,
            "latitude_deg": operator.latitude_deg,
            "node": owners,
            "valid_from": [FIRST_MONTH.isoformat()] * n_sites,
        }
    )


def meters(world: World) -> pa.Table:
    """Return every electricity meter."""
    operator = world.operator
    kind = operator.meter_kind
    peak_kw = np.array([site_type.mean_w * _PEAK / 1000.0 for site_type in SITE_TYPES])[kind]
    n_meters = kind.size
    return pa.table(
        {
            "code": list(world.meter_codes),
            "site": [world.site_codes[site] for site in operator.meter_site.tolist()],
            "carrier": ["electricity"] * n_meters,
            "unit": ["kWh"] * n_meters,
            "multiplier": world.registers.multiplier,
            "rollover_at": [ROLLOVER // 100] * n_meters,
            "max_rate_per_h": peak_kw,
            "installed_date": [FIRST_MONTH.isoformat()] * n_meters,
        }
    )


def _names(place: str) -> tuple[str, str, str]:
    names = catalogue().places[place].name
    return names["zh-hant"], names["zh-hans"], names["en"]
