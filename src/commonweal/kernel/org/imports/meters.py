"""Meters from a table, in chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from commonweal.errors import InputError
from commonweal.kernel.org.checks import carrier_check, days_check, positive_check
from commonweal.kernel.org.imports.writing import agrees
from commonweal.kernel.org.models import Meter, Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from commonweal.kernel.org.imports.result import Row
    from commonweal.kernel.org.imports.writing import Change, Check

_UPDATED: Final = ("max_rate_per_h", "installed_date", "removed_date")
_FIXED: Final = ("carrier", "unit", "multiplier", "rollover_at")
_FIXED_HINT: Final = "readings rely on it: replace the meter, or correct it with a reason"


class MeterLoader:
    """Installs new meters, takes over days and limits of known ones."""

    chunk_rows = 5_000

    def __init__(self, change: Change) -> None:
        """Take where to report to."""
        self._change = change

    def load(self, rows: Sequence[Row]) -> None:
        """Write the rows, refuse those that break a rule."""
        codes = [row.code for row in rows]
        meters = Meter.objects.filter(code__in=codes).select_related("site")
        known = {meter.code: meter for meter in meters}
        wanted = {row.values["site"] for row in rows}
        sites = dict(Site.objects.filter(code__in=wanted).values_list("code", "id"))
        updated, installed = [], []
        for row in rows:
            meter = known.get(row.code)
            if not self._change.passes(row, _checks(row, meter, sites)):
                continue
            if meter is None:
                installed.append(row)
            elif self._change.compare("meter", row, meter, _UPDATED):
                updated.append(meter)
        Meter.objects.bulk_update(updated, _UPDATED, batch_size=500)
        self._install(installed, sites)
        self._change.flush()

    def _install(self, rows: Sequence[Row], sites: Mapping[str, int]) -> None:
        columns = (*_FIXED, *_UPDATED)
        for row in rows:
            given = {name: row.values[name] for name in columns if row.values.get(name) is not None}
            self._change.tell("meter", row, "installed", {**given, "site": row.values["site"]})
        Meter.objects.bulk_create(
            Meter(
                code=row.code,
                site_id=sites[row.values["site"]],
                **{name: row.values[name] for name in columns if row.values.get(name) is not None},
            )
            for row in rows
        )
        self._change.count.created += len(rows)


def _checks(row: Row, meter: Meter | None, sites: Mapping[str, int]) -> Iterator[Check]:
    values = row.values
    yield "site", lambda: _site_check(values["site"], sites)
    yield "carrier", lambda: carrier_check(values["carrier"], values["unit"])
    for name in ("multiplier", "rollover_at", "max_rate_per_h"):
        if values.get(name) is not None:
            yield name, lambda name=name: positive_check(values[name], name)  # type: ignore[misc]
    if values.get("installed_date"):
        yield (
            "removed_date",
            lambda: days_check(values["installed_date"], values.get("removed_date")),
        )
    if meter is not None:
        yield "site", lambda: agrees(row, "site", meter.site.code, _FIXED_HINT)
        for name in _FIXED:
            yield name, lambda name=name: agrees(row, name, getattr(meter, name), _FIXED_HINT)  # type: ignore[misc]


def _site_check(code: str, sites: Mapping[str, int]) -> None:
    if code not in sites:
        raise InputError(f"no site {code!r}", hint="import the sites first")
