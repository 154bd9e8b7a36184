"""The league of radio units: what each draws idle and at full load, and what its modes save."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from commonweal.domains.radio.energy_saving.chosen import language_now, percent
from commonweal.domains.radio.energy_saving.page_site import mode_names
from commonweal.domains.radio.network.power import power_now
from commonweal.domains.radio.network.power.league import units_league
from commonweal.engines.radio.sectors import Mode
from commonweal.kernel.disclosure.pictures import Series, intervals
from commonweal.kernel.disclosure.wording import number_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from commonweal.kernel.disclosure.tree import Chart
    from commonweal.kernel.programmes.pages import Asked

_SLEEPS: Final = (Mode.RF_OFF, Mode.CARRIER_OFF, Mode.DEEP_SLEEP)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One radio unit as printed; a dash where it has no such mode."""

    model: str
    kind: str
    idle_w: str
    full_w: str
    savings: tuple[str, ...]
    status: str
    source: str


def league(asked: Asked) -> Mapping[str, Any]:
    """Return the radio units that are known, the thriftiest idle of each technology first."""
    units = sorted(units_league(asked.now), key=lambda each: (each["rat"], each["on_w"]))
    return {
        "modes": mode_names()[1:],
        "rows": [_row(each) for each in units],
        "chart": _chart(units),
        "found": _found(power_now(asked.now).document),
    }


def _row(unit: Mapping[str, Any]) -> UnitRow:
    return UnitRow(
        model=unit["ru_model"],
        kind=f"{unit['rat'].upper()} {unit['channels']}T {unit['bandwidth_mhz']:g} MHz",
        idle_w=_watts(unit["on_w"]),
        full_w=_watts(unit["full_w"]),
        savings=tuple(_saving(unit["savings"].get(mode.name.lower())) for mode in _SLEEPS),
        status=_statuses()[unit["status"]],
        source=unit["source"],
    )


def _saving(told: Mapping[str, Any] | None) -> str:
    """Return a saving, with its interval where meters told it."""
    if told is None:
        return "–"
    if not told["interval"]:
        return percent(told["share"], 0)
    low, high = (percent(end, 0) for end in told["interval"])
    return f"{percent(told['share'], 0)} ({low} – {high})"


def _watts(value_w: float) -> str:
    return number_text(Decimal(repr(value_w)), 0)


def _statuses() -> Mapping[str, str]:
    return {
        "published": _("published"),
        "scaled": _("scaled from published figures"),
        "measured": pgettext("status of a figure", "measured"),
        "assumed": _("assumed"),
    }


def _chart(units: Sequence[Mapping[str, Any]]) -> Chart:
    """Return the span from idle to full power of each unit."""
    idle, full = (
        tuple(Decimal(repr(each[field])) for each in units) for field in ("on_w", "full_w")
    )
    return intervals(
        "league",
        title=_("Power of radio units, from idle to full load"),
        unit="W",
        decimals=0,
        categories=[each["ru_model"] for each in units],
        values=Series(_("Idle"), idle),
        low=idle,
        high=full,
        reference=Series(_("At full load"), full, is_reference=True),
        language=language_now(),
    )


def _found(document: Mapping[str, Any]) -> Chart | None:
    """Return what each mode was found to save of what its units promise, with its interval.

    No mode saves more than there is: the picture ends at 100 %, its table tells what was found.
    """
    told = [each for each in document.get("modes", ()) if each["interval"]]
    if not told:
        return None
    names = dict(zip((each.name.lower() for each in Mode), mode_names(), strict=True))

    def percents(values: Iterable[float]) -> tuple[Decimal, ...]:
        return tuple(Decimal(repr(round(100 * value, 4))) for value in values)

    def drawn(most: float) -> Chart:
        share, low, high = (
            percents(min(value, most) for value in values)
            for values in zip(*((each["share"], *each["interval"]) for each in told), strict=True)
        )
        return intervals(
            "modes",
            title=_("Saving of modes as metered, of what the units promise"),
            unit="%",
            decimals=1,
            categories=[names[each["mode"]] for each in told],
            values=Series(pgettext("a line of a chart", "Found by the meters"), share),
            low=low,
            high=high,
            language=language_now(),
        )

    return replace(drawn(1.0), table=drawn(math.inf).table)
