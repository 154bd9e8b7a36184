"""A site's day: what was forecast, what stays awake for it, what that draws, and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from commonweal.domains.radio.energy_saving.acting.why import why
from commonweal.domains.radio.energy_saving.chosen import language_now, percent, plan_chosen
from commonweal.domains.radio.energy_saving.page_review import reason_name
from commonweal.domains.radio.energy_saving.site_day import site_day
from commonweal.engines.radio.sectors import Mode
from commonweal.errors import InputError
from commonweal.kernel.disclosure.pictures import Series, fan, plain, timeline
from commonweal.kernel.disclosure.wording import number_text
from commonweal.periods import business_midnight

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from commonweal.domains.radio.energy_saving.planning.store import StoredPlan
    from commonweal.domains.radio.energy_saving.site_day import SiteDay
    from commonweal.engines.radio.sectors import Doubles
    from commonweal.kernel.disclosure.tree import Chart
    from commonweal.kernel.programmes.pages import Asked

_AT_NIGHT: Final = "03:00"
_MOST_SITES: Final = 200  # offered by name; any other may be typed


def site(asked: Asked) -> Mapping[str, Any]:
    """Return the day of the site asked for, of the plan asked for."""
    chosen = plan_chosen(asked, in_part=True)
    if chosen is None or chosen.stored is None:
        return {"chosen": chosen, "found": None}
    stored = chosen.stored
    sites = sites_first(stored, chosen.nodes)
    if not sites:
        return {"chosen": None, "found": None}
    day = _day(asked.values.get("day", ""), stored)
    code = asked.values.get("site", "").strip() or _liveliest(stored, day, chosen.nodes) or sites[0]
    found = site_day(stored, code, day, nodes=chosen.nodes)
    clock = asked.values.get("at", "") or _AT_NIGHT
    at = _instant(found.day, clock)
    cell = _cell(found, asked.values.get("cell", ""), at)
    return {
        "chosen": chosen,
        "found": found,
        "sites": sites,
        "days": [each.isoformat() for each in stored.dates],
        "day": found.day.isoformat(),
        "at": clock,
        "saving": number_text(Decimal(repr(found.expected_wh)) / 1000, 1),
        "share": percent(found.saving_share),
        "kept": sorted({reason_name(each) for each in found.kept_awake if each}),
        "covered": [
            {**each, "mbit_s": number_text(Decimal(repr(each["mbit_s"])), 1)}
            for each in found.covered
        ],
        "demand": _demand(found),
        "layers": _layers(found),
        "power": _power(found),
        "cells": [each["cell_id"] for each in found.cells],
        "cell": cell,
        "sentences": why(cell, at, language_now()).sentences,
    }


def sites_first(stored: StoredPlan, nodes: Collection[int] | None = None) -> Sequence[str]:
    """Return the codes of the first sites of a plan, in its order; of some nodes if they say so."""
    found: dict[str, None] = {}
    for province in stored.provinces:
        rows = _within(stored.sectors(province, columns=["site_code", "node_id"]), nodes)
        found |= dict.fromkeys(rows["site_code"].unique().slice(0, _MOST_SITES).to_pylist())
        if len(found) >= _MOST_SITES:
            break
    return list(found)[:_MOST_SITES]


def _within(rows: pa.Table, nodes: Collection[int] | None) -> pa.Table:
    if nodes is None:
        return rows
    return rows.filter(pc.is_in(rows["node_id"], pa.array(sorted(nodes), pa.int64())))


def _liveliest(stored: StoredPlan, day: date, nodes: Collection[int] | None) -> str:
    """Return the site of the first province to be seen with the greatest saving on a day."""
    columns = ["site_code", "node_id", "expected_wh"]
    for province in stored.provinces:
        rows = _within(stored.sectors(province, day=day, columns=columns), nodes)
        if rows.num_rows:
            break
    else:
        return ""
    sums = rows.group_by("site_code").aggregate([("expected_wh", "sum")])
    ranked = sums.sort_by([("expected_wh_sum", "descending"), ("site_code", "ascending")])
    return str(ranked["site_code"][0].as_py())


def _day(written: str, stored: StoredPlan) -> date:
    days = {each.isoformat(): each for each in stored.dates}
    if written and written not in days:
        raise InputError(
            _("%(day)s is no day of the plan") % {"day": written}, hint=", ".join(days)
        )
    return days.get(written, stored.first_date)


def _instant(day: date, clock: str) -> datetime:
    try:
        at = datetime.strptime(clock, "%H:%M")  # noqa: DTZ007 - a time of day
    except ValueError:
        raise InputError(_("%(clock)s is no time of day, as 03:15") % {"clock": clock}) from None
    return business_midnight(day) + timedelta(hours=at.hour, minutes=at.minute)


def _cell(found: SiteDay, asked: str, at: datetime) -> str:
    """Return the cell asked for, else the first that sleeps then, else the first."""
    ids = [each["cell_id"] for each in found.cells]
    if asked in ids:
        return asked
    slot = (at - business_midnight(found.day)) // timedelta(seconds=found.slot_s)
    asleep = found.mode[:, slot] >= Mode.CARRIER_OFF
    return str(ids[int(asleep.argmax())])


def _clocks(slot_s: int, n_slots: int) -> list[str]:
    minutes = [at * slot_s // 60 for at in range(n_slots + 1)]
    return [f"{each // 60:02d}:{each % 60:02d}" for each in minutes]


def _numbers(values: Doubles, decimals: int = 2) -> tuple[Decimal | None, ...]:
    return tuple(
        None if np.isnan(value) else Decimal(repr(round(value, decimals)))
        for value in values.tolist()
    )


def _demand(found: SiteDay) -> Chart:
    """Return expected demand and what is planned for, beneath the capacity that stays awake."""
    awake = pgettext("a line of a chart", "Capacity awake")
    mean, planned = _numbers(found.mean_mbit_s, 1), _numbers(found.planned_mbit_s, 1)
    return fan(
        "demand",
        title=_("Demand expected and planned for, and the capacity awake"),
        unit="Mbit/s",
        decimals=1,
        categories=_clocks(found.slot_s, len(mean))[:-1],
        lines=[
            Series(pgettext("a line of a chart", "Demand expected"), mean),
            Series(awake, _numbers(found.awake_mbit_s, 1), is_reference=True),
        ],
        low=mean,
        high=planned,
        language=language_now(),
    )


def _layers(found: SiteDay) -> Chart:
    """Return what each layer does, cell by cell."""
    names = [f"{cell['sector']} · {cell['band']} {cell['rat'].upper()}" for cell in found.cells]
    return timeline(
        "layers",
        title=_("What each layer does"),
        categories=_clocks(found.slot_s, found.mode.shape[1]),
        states=mode_names(),
        rows=dict(zip(names, found.mode.tolist(), strict=True)),
        language=language_now(),
    )


def mode_names() -> Sequence[str]:
    """Return what modes of layers are called, from on to deep sleep."""
    return (
        pgettext("mode of a cell", "on"),
        _("RF channels off"),
        _("carrier off"),
        _("deep sleep"),
    )


def _power(found: SiteDay) -> Chart:
    """Return the power of the layers under the plan and with all on, and of the meters."""
    lines = [
        Series(
            pgettext("a line of a chart", "Layers under the plan"), _numbers(found.planned_w, 0)
        ),
        Series(
            pgettext("a line of a chart", "Layers, all on"),
            _numbers(found.all_on_w, 0),
            is_reference=True,
        ),
    ]
    if not np.isnan(found.metered_w).all():
        name = _("Metered, with boards and baseband")
        lines.append(Series(name, _numbers(found.metered_w, 0)))
    return plain(
        "power",
        form="line",
        title=_("Power of the site's radio"),
        unit="W",
        decimals=0,
        categories=_clocks(found.slot_s, len(found.planned_w))[:-1],
        series=lines,
        language=language_now(),
    )
