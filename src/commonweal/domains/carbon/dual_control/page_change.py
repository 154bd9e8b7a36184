"""The page of reasons: why energy and carbon changed, and whether carbon grew slower."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.domains.carbon.dual_control import pictures
from commonweal.domains.carbon.dual_control.explaining import EFFECTS, Explained, change_explain
from commonweal.errors import InputError, StateError
from commonweal.kernel.disclosure.known import (
    boundary_get,
    known_load,
    latest_instant,
    node_children,
    node_get,
    node_name,
)
from commonweal.kernel.disclosure.wording import (
    Language,
    number_text,
    percent_text,
    period_text,
    unit_text,
)
from commonweal.periods import period

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.pages import Asked
    from commonweal.periods import Period

from commonweal.domains.carbon.dual_control.naming import language_now

_ACTIVITIES: Final = ("information_traffic", "telecom_business_volume", "revenue")


def change(asked: Asked) -> Mapping[str, Any]:
    """Return why energy and carbon changed since the year before, and whether carbon grew less."""
    language, as_of = language_now(), latest_instant()
    end = period(str(asked.period.start_date.year))
    activity = asked.values.get("activity", _ACTIVITIES[0])
    if activity not in _ACTIVITIES:
        raise InputError(f"no volume {activity!r}", hint=f"one of {', '.join(_ACTIVITIES)}")
    whole, boundary = node_get(), boundary_get().code
    names = catalogue().indicators
    shown: list[Any] = []
    units: Explained | None = None
    told: dict[str, None] = {}
    for indicator, by in (
        ("energy_use", "node"),
        ("ghg_total_location", "node"),
        ("ghg_total_location", "carrier"),
    ):
        try:
            found = change_explain(
                indicator,
                end.year_before,
                end,
                node=whole,
                boundary=boundary,
                by=by,
                activity=activity,
                as_of=as_of,
            )
        except StateError:
            told[_lacking(names[indicator].name[language], end, language)] = None
            continue
        units = found if indicator == "energy_use" else units
        kind = _("by units") if by == "node" else _("by carriers")
        title = f"{names[indicator].name[language]} · {kind}"
        picture = pictures.change_picture(
            found, chart_id=f"change-{indicator}-{by}", title=title, language=language
        )
        shown.append(picture)
    return {
        "charts": shown,
        "told": tuple(told),
        "activity": activity,
        "activities": [(each, names[each].name[language]) for each in _ACTIVITIES],
        "units": _unit_rows(units, whole, end.months[-1], as_of, language) if units else (),
        "effects": [pictures.effect_name(each, "node") for each in _there(units)],
        "unit": unit_text("tce", language),
        "constraint": _constraint(whole.code, boundary, end, as_of, language),
    }


def _lacking(name: str, end: Period, language: Language) -> str:
    return _(
        "“%(name)s” has no figures for both %(base)s and %(end)s: choose another period, "
        "or have these years computed."
    ) % {
        "name": name,
        "base": period_text(end.year_before, language),
        "end": period_text(end, language),
    }


def _there(found: Explained | None) -> list[str]:
    """Return the effects that any unit has: energy has no emission factors."""
    parts = found.parts if found else ()
    return [name for name in EFFECTS if any(part.effects[name] for part in parts)]


def _unit_rows(
    found: Explained, whole: Node, day: date, as_of: datetime, language: str
) -> list[tuple[str, str, str, list[str]]]:
    """Return each unit's change and effects, the largest change first."""
    names = {
        node.code: node_name(node, language)
        for node in node_children(whole.code, at_date=day, as_of=as_of)
    }

    def signed(value: float) -> str:
        printed = number_text(Decimal(repr(value)), found.decimals)
        return f"+{printed}" if value > 0 else printed

    ordered = sorted(found.parts, key=lambda part: -abs(part.end - part.base))
    return [
        (
            part.key,
            names.get(part.key, part.key),
            signed(part.end - part.base),
            [signed(part.effects[name]) for name in _there(found)],
        )
        for part in ordered
    ]


def _constraint(
    node: str,
    boundary: str,
    end: Period,
    as_of: datetime,
    language: str,
) -> Mapping[str, Any]:
    """Return how energy and carbon grew, and whether carbon grew slower."""
    names = ("energy_use_change_yoy", "ghg_change_yoy", "carbon_growth_over_energy")
    known = known_load([(names, [node], {end})], boundary=boundary, as_of=as_of)
    facts = [known.get(name, node, end) for name in names]
    values = [fact.value if fact else None for fact in facts]
    if any(value is None for value in values):
        return {}
    energy, carbon, apart = (Decimal(value or 0) for value in values)
    return {
        "energy": percent_text(energy / 100, 1, language),
        "carbon": percent_text(carbon / 100, 1, language),
        "apart": number_text(apart, 1),
        "holds": apart < 0,
        "fact": facts[2].pk if facts[2] else None,
    }
