"""League of radio units: what each draws and what its modes save, by the model or by meters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from commonweal.domains.radio.network.power.book import power_now

if TYPE_CHECKING:
    from datetime import datetime

_SLEEPS: Final = ("rf_off", "carrier_off", "deep_sleep")


def units_league(as_of: datetime | None = None) -> list[dict[str, Any]]:
    """Return a row for each model, the one that draws most at idle first.

    ``savings`` has, for each mode that the unit has, ``share`` of the idle power, ``interval``
    from meters (None where too few told) and ``metered``.
    """
    book = power_now(as_of)
    told = {each["mode"]: each for each in book.document.get("modes", ())}
    rows = []
    for unit in sorted(book.units.rows, key=lambda each: -each.on_w):
        savings = {}
        for name in _SLEEPS:
            drawn_w = getattr(unit, f"{name}_w")
            if drawn_w is None:
                continue
            promised = 1.0 - drawn_w / unit.on_w
            found = told.get(name, {})
            part, interval = found.get("share"), found.get("interval")
            savings[name] = {
                "share": promised * (1.0 if part is None else part),
                "interval": [promised * end for end in interval] if interval else None,
                "metered": part is not None,
            }
        named = (
            "ru_model",
            "rat",
            "channels",
            "bandwidth_mhz",
            "on_w",
            "full_w",
            "status",
            "source",
        )
        rows.append({name: getattr(unit, name) for name in named} | {"savings": savings})
    return rows
