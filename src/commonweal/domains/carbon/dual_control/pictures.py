"""The pictures of the pages: path with fan, map of lights, reasons of change, cost curve."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from commonweal.catalogue import catalogue
from commonweal.domains.carbon.dual_control.naming import language_now
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.pictures import Measure as Width
from commonweal.kernel.disclosure.pictures import Series, Step, fan, plain, steps, waterfall
from commonweal.kernel.disclosure.wording import language_of, rounded, unit_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.domains.carbon.dual_control.explaining import Explained
    from commonweal.domains.carbon.dual_control.outlook import Outlook
    from commonweal.domains.carbon.dual_control.portfolio import Portfolio
    from commonweal.domains.carbon.dual_control.standing import Standing
    from commonweal.kernel.disclosure.tree import Chart
    from commonweal.kernel.targets.selectors import TargetStatus


def _decimal(value: float | None, decimals: int) -> Decimal | None:
    return None if value is None else rounded(Decimal(repr(value)), decimals)


def effect_name(effect: str, by: str) -> str:
    """Return what an effect is called in a picture or a table."""
    return {
        "volume": _("Volume"),
        "structure": _("Mix of carriers") if by == "carrier" else _("Mix of units"),
        "intensity": _("Intensity"),
        "factor": _("Emission factors"),
        "unattributed": _("Not attributed"),
    }[effect]


def change_picture(found: Explained, *, chart_id: str, title: str, language: str) -> Chart:
    """Return the waterfall of a change; its printed steps add up to the printed ends."""
    decimals = found.decimals
    base, end = (rounded(fact.value or Decimal(0), decimals) for fact in (found.base, found.end))
    effects = settled(found.effects, end - base, decimals)
    return waterfall(
        chart_id,
        title=title,
        unit=unit_text(found.unit, language),
        decimals=decimals,
        steps=[
            Step(str(found.base.start_date.year), base, is_total=True),
            *(Step(effect_name(name, found.by), value) for name, value in effects.items() if value),
            Step(str(found.end.start_date.year), end, is_total=True),
        ],
        language=language,
    )


def settled(effects: Mapping[str, float], change: Decimal, decimals: int) -> dict[str, Decimal]:
    """Return effects rounded so that they sum to the rounded change; the largest takes the rest.

    >>> settled({"a": 0.4, "b": 0.4}, Decimal(1), 0)
    {'a': Decimal('1'), 'b': Decimal('0')}
    """
    found = {name: rounded(Decimal(repr(value)), decimals) for name, value in effects.items()}
    largest = max(effects, key=lambda name: abs(effects[name]))
    found[largest] += change - sum(found.values(), Decimal(0))
    return found


def path_picture(status: TargetStatus, actual: Mapping[int, Decimal], seen: Outlook) -> Chart:
    """Return the path from base to target, what was achieved, and the fan of the year's end."""
    language = language_now()
    entry = catalogue().indicators[status.target.indicator]
    path = {each.year: each.value for each in status.path}
    years = sorted({*path, *(year for year in actual if path and year >= min(path)), seen.year})
    before = max((year for year in actual if year < seen.year), default=None)
    ahead = {seen.year: _decimal(seen.value, entry.decimals)}
    low, high = ({seen.year: _decimal(each, entry.decimals)} for each in (seen.low, seen.high))
    known = {year: value for year, value in actual.items() if year < seen.year}
    if before is not None:  # the fan opens where knowledge ends
        ahead[before] = low[before] = high[before] = actual[before]
    lines = (
        (pgettext("a line of a chart", "Actual"), known, False),
        (pgettext("a line of a chart", "Forecast"), ahead, False),
        (_("Target path"), path, True),
    )
    return fan(
        "path",
        title=entry.name[language_of(language)],
        unit=unit_text(entry.unit, language),
        decimals=entry.decimals,
        categories=[str(year) for year in years],
        lines=[
            Series(name, tuple(values.get(year) for year in years), is_reference=is_path)
            for name, values, is_path in lines
        ],
        low=[low.get(year) for year in years],
        high=[high.get(year) for year in years],
        language=language,
    )


def gap_map(rows: Sequence[Standing]) -> Chart:
    """Return a map of how far above the path each unit's outlook lies."""
    language = language_now()
    shown = [row for row in rows if row.gap_share is not None]
    gaps = tuple(_decimal((row.gap_share or 0.0) * 100, 1) for row in shown)
    places = [catalogue().places.get(row.node.place) for row in shown]
    return plain(
        "gaps",
        form="map",
        title=_("Outlook beside the path"),
        unit="%",
        decimals=1,
        categories=[node_name(row.node, language) for row in shown],
        series=[Series(_("Above the path"), gaps)],
        language=language,
        keys=[row.node.code for row in shown],
        regions=[place.adcode if place else "" for place in places],
    )


def cost_picture(found: Portfolio) -> Chart:
    """Return the marginal abatement cost curve."""
    language = language_now()
    return steps(
        "macc",
        title=_("Marginal abatement cost"),
        unit=f"{unit_text('cny', language)}/{unit_text('tco2e', language)}",
        decimals=0,
        measures=[
            Width(
                row.measure.title,
                row.measure.abatement_tco2e_a,
                _decimal(row.cost_cny_t, 0) or Decimal(0),
            )
            for row in found.rows
        ],
        width_unit=_("%(unit)s a year") % {"unit": unit_text("tco2e", language)},
        language=language,
    )
