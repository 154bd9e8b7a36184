"""The national page: what every province's plan expects, what holds it back, what was verified."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.domains.radio.energy_saving.chosen import (
    language_now,
    mwh,
    names_of,
    percent,
    plan_chosen,
)
from commonweal.domains.radio.energy_saving.models import holds_touching
from commonweal.domains.radio.energy_saving.page_site import mode_names
from commonweal.domains.radio.energy_saving.planning.store import plan_read
from commonweal.domains.radio.energy_saving.proven import provinces_verified, verified_of
from commonweal.domains.radio.network.places import provinces
from commonweal.engines.radio.sectors import Mode
from commonweal.kernel.disclosure.pictures import Series, plain
from commonweal.kernel.disclosure.wording import number_text
from commonweal.kernel.org.models import Node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.domains.radio.energy_saving.chosen import Chosen
    from commonweal.engines.radio.sectors import Doubles
    from commonweal.kernel.disclosure.tree import Chart
    from commonweal.kernel.programmes.pages import Asked

_MOST_ROWS: Final = 300_000  # sector-days of a province: beyond, the page does not count hours


@dataclass(frozen=True, slots=True)
class ProvinceRow:
    """One province as printed."""

    code: str
    name: str
    n_sites: str
    n_sectors: str
    all_on_mwh: str
    expected_mwh: str
    expected: str
    verified: str
    asleep: str
    gap: str
    n_holds: int
    n_kept: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with what it is."""

    name: str
    value: str
    unit: str = ""
    note: str = ""


def network(asked: Asked) -> Mapping[str, Any]:
    """Return the map and the table of provinces, for the plan asked for."""
    chosen = plan_chosen(asked)
    if chosen is None:
        return {"chosen": None}
    names = names_of([part["code"] for part in chosen.parts])
    verified = provinces_verified(verified_of(asked, chosen.plan))
    holds = _holds(asked, chosen)
    rows = sorted(chosen.parts, key=lambda part: -_saving(part))
    return {
        "chosen": chosen,
        "tiles": _tiles(asked, chosen, sum(holds.values())),
        "map": _map(rows, names) if rows else None,
        "clock": _clock(chosen),
        "has_verified": any(part["code"] in verified for part in rows),
        "rows": [_row(part, names, chosen, verified, holds) for part in rows],
    }


def _saving(part: Mapping[str, Any]) -> float:
    """Return the share that a province's plan saves; 0 where nothing is expected."""
    sums = part["sums"]
    return sums["expected_wh"] / sums["all_on_wh"] if sums["all_on_wh"] else 0.0


def _row(
    part: Mapping[str, Any],
    names: Mapping[str, str],
    chosen: Chosen,
    verified: Mapping[str, float],
    holds: Mapping[str, int],
) -> ProvinceRow:
    sums, code = part["sums"], part["code"]
    gap = 1 - sums["bound_wh"] / sums["cost_wh"] if sums["cost_wh"] else None
    return ProvinceRow(
        code=code,
        name=names.get(code, code),
        n_sites=number_text(Decimal(part["n_sites"]), 0),
        n_sectors=number_text(Decimal(part["n_sectors"]), 0),
        all_on_mwh=mwh(sums["all_on_wh"]),
        expected_mwh=mwh(sums["expected_wh"]),
        expected=percent(_saving(part)),
        verified=mwh(verified.get(code)),
        asleep=percent(_asleep(_doing(chosen, part))),
        gap=percent(gap, 2),
        n_holds=holds.get(code, 0),
        n_kept=number_text(Decimal(sum(part["kept_awake"].values())), 0),
    )


def _doing(chosen: Chosen, part: Mapping[str, Any]) -> Doubles | None:
    if part["n_sectors"] * chosen.plan.days > _MOST_ROWS:
        return None
    return _shares_doing(chosen.plan.folder, part["code"], part["file_sha256"])


@lru_cache(maxsize=512)
def _shares_doing(folder: str, province: str, _file_sha256: str) -> Doubles:
    """Return how many cells are in each mode in each slot of a day, summed over a plan's days.

    Shape (mode, slot). A file of that digest has but one answer.
    """
    stored = plan_read(folder)
    modes = stored.sectors(province, columns=["modes"])["modes"].combine_chunks().flatten()
    by_slot = modes.to_numpy().reshape(-1, stored.slots_a_day)
    return np.stack([(by_slot == mode).sum(axis=0) for mode in Mode]).astype(np.float64)


def _asleep(doing: Doubles | None) -> float | None:
    """Return the share of the hours of cells that are asleep."""
    if doing is None or not doing.sum():
        return None
    return float(doing[Mode.CARRIER_OFF :].sum() / doing.sum())


def _clock(chosen: Chosen) -> Chart | None:
    """Return what share of all cells is in which mode, by the time of day."""
    found = [each for part in chosen.parts if (each := _doing(chosen, part)) is not None]
    if len(found) < len(chosen.parts) or not found:
        return None
    total = np.sum(found, axis=0)
    shares = 100 * total / np.maximum(total.sum(axis=0), 1)
    slot_min = 1440 // total.shape[1]
    return plain(
        "clock",
        form="line",
        title=_("Cells asleep, by the time of day"),
        unit="%",
        decimals=1,
        categories=[
            f"{at * slot_min // 60:02d}:{at * slot_min % 60:02d}" for at in range(total.shape[1])
        ],
        series=[
            Series(name, tuple(Decimal(repr(round(share, 4))) for share in of_mode.tolist()))
            for name, of_mode in zip(mode_names()[1:], shares[1:], strict=True)
            if of_mode.any()
        ],
        language=language_now(),
    )


def _holds(asked: Asked, chosen: Chosen) -> Counter[str]:
    """Return how many holds touch the plan's days in each province, as the reader may see."""
    rows = asked.scope.visible(holds_touching(chosen.plan)).values_list("node_id", flat=True)
    where = {
        node_id: part.code for part in provinces(chosen.plan.plan_date) for node_id in part.node_ids
    }
    return Counter(where.get(node_id, "") for node_id in rows)


def _tiles(asked: Asked, chosen: Chosen, n_holds: int) -> Sequence[Tile]:
    plan = chosen.plan
    saving = plan.expected_kwh / plan.all_on_kwh if plan.all_on_kwh else None
    found = verified_of(asked, plan)
    interval = f"{mwh(found.low_wh)} – {mwh(found.high_wh)}" if found else ""
    sites = _("%(n)s sites") % {"n": number_text(Decimal(plan.n_sites), 0)}
    return (
        Tile(_("Sectors planned"), number_text(Decimal(plan.n_sectors), 0), note=sites),
        Tile(_("Saving expected"), mwh(float(plan.expected_kwh) * 1000), "MWh", percent(saving)),
        Tile(_("Saving verified"), mwh(found.saved_wh if found else None), "MWh", interval),
        Tile(
            _("Gap to the bound"), percent(plan.gap_share, 2), note=_("no plan is better by more")
        ),
        Tile(
            _("Demand left uncarried"),
            percent(plan.unserved_share, 3),
            note=_("of what is planned for"),
        ),
        Tile(_("Holds in these days"), str(n_holds), note=_("cells or regions kept awake")),
    )


def _map(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Chart:
    places = dict(Node.objects.filter(code__in=names).values_list("code", "place"))
    known = [catalogue().places.get(places.get(part["code"], "")) for part in rows]
    return plain(
        "saving-map",
        form="map",
        title=_("Saving expected, by province"),
        unit="%",
        decimals=1,
        categories=[names.get(part["code"], part["code"]) for part in rows],
        series=[
            Series(
                _("Share of the energy with all layers on"),
                tuple(Decimal(repr(round(_saving(part) * 100, 6))) for part in rows),
            )
        ],
        language=language_now(),
        keys=[part["code"] for part in rows],
        regions=[place.adcode if place else "" for place in known],
    )
