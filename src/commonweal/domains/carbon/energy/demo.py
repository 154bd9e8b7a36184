"""Synthetic sub-meters, panels, tenants and tanks at some sites of the demo operator.

The sub-meters share out what each site's own meter counted. One multiplier is wrong until it is
found, one room lacks a sub-meter, one sub-meter is replaced in the middle of a morning.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np

from commonweal.domains.carbon.energy.services import meter_replace_read
from commonweal.domains.carbon.sources.electricity import metered_use
from commonweal.kernel.compute.activities import ActivityRequest
from commonweal.kernel.org.models import Site, SiteOwnership
from commonweal.kernel.org.services import (
    gap_rule_set,
    meter_expression_set,
    meter_install,
    meter_role_set,
    site_share_set,
)
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open
from commonweal.kernel.records.intake import source_ingest
from commonweal.periods import business_midnight, month_add

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node

KNOWN_AT: Final = datetime(2023, 1, 5, 2, 0, tzinfo=UTC)
_READ_AT: Final = datetime(2025, 1, 16, 2, 0, tzinfo=UTC)
_REPLACED_AT: Final = datetime(2024, 5, 14, 2, 30, tzinfo=UTC)
_FIRST: Final = date(2023, 1, 1)
_MONTHS: Final = tuple(month_add(_FIRST, i) for i in range(24))
_SUN: Final = (5, 6, 8, 9, 10, 11, 12, 11, 9, 8, 6, 5)  # per cent of a year, by month
_ROOFS: Final = 3
_TWICE_EVERY: Final = 6  # months
_WRONG_RATIO: Final = 3.0


@dataclass(frozen=True, slots=True)
class _Part:
    """What a sub-meter counts of its site's use, and from which site of a kind it stands there."""

    suffix: str
    role: str
    share: float


# Parts of a site's use by its kind; round, illustrative. What they leave open is unaccounted.
_PARTS: Final[Mapping[str, tuple[_Part, ...]]] = {
    "data_centre": (
        _Part("IT", "computing", 0.62),
        _Part("TX", "transmission", 0.04),
        _Part("AC", "cooling", 0.27),
        _Part("OF", "office", 0.03),
    ),
    "room": (
        _Part("IN", "reference", 0.72),  # what the rectifiers draw; radio is what they give
        _Part("DC", "radio", 0.66),
        _Part("AC", "cooling", 0.24),
    ),
    "office": (_Part("OF", "office", 0.66), _Part("AC", "cooling", 0.31)),
}
_MOST: Final = {"data_centre": 3, "room": 4, "office": 4, "macro": 12}


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:  # noqa: ARG001 - every programme's contract
    """Install what is out of the ordinary, read it for two years, explain what is open."""
    actor = scopes["data_owner"].actor
    gap_rule_set(method="same_month_last_year", from_date=_FIRST, actor=actor, now=KNOWN_AT)
    sites = {kind: _sites(kind, most) for kind, most in _MOST.items()}
    use = _monthly([site for some in sites.values() for site in some])
    readings: list[tuple[str, datetime, float]] = []
    for number, site in enumerate(sites["office"][:_ROOFS]):
        kept, read = _panels(site, number, use[site.pk], actor)
        readings += read
        use[site.pk][:] = [sum(pair) for pair in zip(use[site.pk], kept, strict=True)]
    for kind, parts in _PARTS.items():
        for number, site in enumerate(sites[kind]):
            readings += _sub_meters(site, number, parts, use[site.pk], actor)
    _others(sites, actor)
    readings += _tenant(sites["room"][:2], use, actor)
    replaced = next((code for code, _, _ in readings if code.endswith("-AC")), "")
    readings = _replacement(replaced, readings, folder, actor)
    rows = [(code, at.isoformat(), f"{register:.2f}") for code, at, register in readings]
    _send("meter_readings", "meter_id,read_at,register", rows, folder, actor)
    _fuels([*sites["room"], *sites["office"]], folder, actor)
    _cases(sites["room"], use, scopes)


def _sites(kind: str, most: int) -> list[Site]:
    return list(Site.objects.filter(kind=kind).order_by("code")[:most])


def _monthly(sites: Sequence[Site]) -> Mapping[int, list[float]]:
    """Return what each site's own meters counted, month by month, kWh."""
    request = ActivityRequest(_MONTHS, None, np.array(sorted(site.pk for site in sites), np.int64))
    use = metered_use(request)
    found = {site.pk: [0.0] * len(_MONTHS) for site in sites}
    rows = zip(use.meters.site_id[use.meter].tolist(), use.month, use.quantity, strict=True)
    for site, month, quantity in rows:
        found[site][int(month) - request.first_month] += float(quantity)
    return found


def _install(code: str, site: Site, role: str, peak_kwh: float, actor: str) -> None:
    meter_install(
        code=code,
        site=site.code,
        carrier="electricity",
        unit="kWh",
        max_rate_per_h=max(peak_kwh / 100, 1.0),
        rollover_at=1e9,
        installed_date=_FIRST,
        actor=actor,
        now=KNOWN_AT,
    )
    meter_role_set(meter=code, role=role, from_date=_FIRST, actor=actor, now=KNOWN_AT)


def _registers(code: str, amounts: Iterable[float]) -> list[tuple[str, datetime, float]]:
    """Return the register on the first of each month, and of the month after the last."""
    steps = accumulate(amounts, initial=1000.0)
    return [(code, business_midnight(month_add(_FIRST, i)), value) for i, value in enumerate(steps)]


def _sub_meters(
    site: Site, number: int, parts: Sequence[_Part], use: Sequence[float], actor: str
) -> list[tuple[str, datetime, float]]:
    found: list[tuple[str, datetime, float]] = []
    lacks_one = site.kind == "room" and number == 1
    for part in parts[: len(parts) - lacks_one]:
        code = f"E-{site.code}-{part.suffix}"
        _install(code, site, part.role, max(use) * _WRONG_RATIO, actor)
        wave = (1 + 0.02 * ((7 * i + number) % 5 - 2) for i in range(len(use)))
        is_wrong = site.kind == "office" and number == 1 and part.role == "cooling"
        ratio = _WRONG_RATIO if is_wrong else 1.0
        amounts = [kwh * part.share * w * ratio for kwh, w in zip(use, wave, strict=True)]
        found += _registers(code, amounts)
    if site.kind == "room":
        loss = f"E-{site.code}-LOSS"
        _install(loss, site, "rectifier_loss", max(use), actor)
        meter_expression_set(
            meter=loss,
            expression=f"[E-{site.code}-IN] - [E-{site.code}-DC]",
            from_date=_FIRST,
            actor=actor,
            now=KNOWN_AT,
        )
    return found


def _panels(
    site: Site, number: int, use: Sequence[float], actor: str
) -> tuple[list[float], list[tuple[str, datetime, float]]]:
    """Put panels on a roof; the first one feeds a part of the summer's into the grid.

    Returns:
        What the site kept, month by month, and the readings.
    """
    yearly = sum(use) / 2 * (0.1 + 0.05 * number)
    amounts = [yearly * _SUN[i % 12] / 100 for i in range(len(use))]
    code = f"E-{site.code}-PV"
    _install(code, site, "pv", max(amounts), actor)
    found = _registers(code, amounts)
    if number == 0:
        out = f"E-{site.code}-OUT"
        _install(out, site, "export", max(amounts), actor)
        fed = [kwh * 0.2 * (4 <= i % 12 <= 8) for i, kwh in enumerate(amounts)]  # noqa: PLR2004 - May to September
        found += _registers(out, fed)
        amounts = [sum(pair) for pair in zip(amounts, (-kwh for kwh in fed), strict=True)]
    return amounts, found


def _others(sites: Mapping[str, Sequence[Site]], actor: str) -> None:
    """Let the tower company and another operator use a part of some base stations."""
    parties = (
        ("鐵塔公司（示例）", "tower_company", "0.35"),
        ("合作運營商（示例）", "partner_operator", "0.45"),
    )
    for number, site in enumerate(sites["macro"]):
        party, kind, part = parties[number % 2]
        site_share_set(
            code=f"E-SHARE-{number + 1:03}",
            site=site.code,
            party=party,
            party_kind=kind,
            share=Decimal(part),
            from_date=_FIRST if number % 3 else date(2023, 7, 1),
            actor=actor,
            now=KNOWN_AT,
        )


def _tenant(
    rooms: Sequence[Site], use: Mapping[int, Sequence[float]], actor: str
) -> list[tuple[str, datetime, float]]:
    """Let a tenant with a sub-meter of its own use a little of some rooms."""
    found = []
    for number, site in enumerate(rooms):
        code = f"E-{site.code}-TEN"
        _install(code, site, "tenant", max(use[site.pk]), actor)
        site_share_set(
            code=f"E-TENANT-{number + 1:03}",
            site=site.code,
            party=f"租戶 {number + 1}（示例）",
            party_kind="tenant",
            meter=code,
            from_date=_FIRST,
            actor=actor,
            now=KNOWN_AT,
        )
        found += _registers(code, [kwh * 0.03 for kwh in use[site.pk]])
    return found


def _replacement(
    meter: str, readings: list[tuple[str, datetime, float]], folder: Path, actor: str
) -> list[tuple[str, datetime, float]]:
    """Replace one sub-meter in the middle of a morning; the new one goes on from 0."""
    mine = [(at, register) for code, at, register in readings if code == meter]
    if not mine:
        return readings
    before = max((at, register) for at, register in mine if at <= _REPLACED_AT)
    after = min((at, register) for at, register in mine if at > _REPLACED_AT)
    part = (_REPLACED_AT - before[0]) / (after[0] - before[0])
    final = round(before[1] + (after[1] - before[1]) * part, 2)
    meter_replace_read(
        meter=meter,
        new_code=f"{meter}2",
        replaced_at=_REPLACED_AT,
        final_register=final,
        first_register=0.0,
        folder=folder,
        actor=actor,
        now=_READ_AT,
    )
    return [
        (f"{code}2", at, register - final)
        if code == meter and at > _REPLACED_AT
        else (code, at, register)
        for code, at, register in readings
    ]


def _fuels(sites: Sequence[Site], folder: Path, actor: str) -> None:
    """Buy diesel for generators twice on some days, count the tanks; buy gas for canteens.

    Their cars' petrol is told as used: bought as well, it would count twice.
    """
    bought, counted = [], []
    for number, site in enumerate(sites):
        is_room = site.kind == "room"
        carrier, purpose = ("diesel", "generator") if is_room else ("lpg", "other")
        for i, month in enumerate(_MONTHS):
            for delivery in range(1 + (is_room and i % _TWICE_EVERY == 0)):
                note = f"DN-{month:%Y%m}-{number}-{delivery}"
                row = (site.code, carrier, month.replace(day=9), note)
                bought.append((*row, 40 + 5 * (i % 4), "kg", purpose))
            if is_room and i % 3 == 0:
                counted.append((site.code, carrier, month, 60 + 10 * (i % 2), "kg"))
    head = "site_id,carrier,delivered_date,delivery_number,quantity,unit,purpose"
    _send("fuel_purchases", head, bought, folder, actor)
    _send("fuel_stock", "site_id,carrier,counted_date,quantity,unit", counted, folder, actor)


def _send(
    dataset: str, head: str, rows: Iterable[Sequence[object]], folder: Path, actor: str
) -> None:
    path = folder / f"{dataset}_energy.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head.split(","))
        writer.writerows(rows)
    source_ingest(dataset, path, actor=actor, now=_READ_AT)


def _cases(
    rooms: Sequence[Site], use: Mapping[int, Sequence[float]], scopes: Mapping[str, Scope]
) -> None:
    """Follow up what the room without a cooling meter leaves open, quarter by quarter."""
    if len(rooms) < 2:  # noqa: PLR2004 - the second room lacks the meter
        return
    room, kind = rooms[1], record_type("energy.case")
    node = SiteOwnership.objects.filter(site=room, superseded_at=None).latest("valid_from").node
    asked = [
        Opening(
            node=node,
            values={
                "site": room.code,
                "month_date": _MONTHS[i],
                "unaccounted_kwh": round(Decimal(use[room.pk][i]) * Decimal("0.25"), 2),
            },
        )
        for i in range(0, 24, 3)
    ]
    ids = [each.pk for each in records_open(kind, asked, scope=scopes["data_owner"], now=_READ_AT)]
    told = {"cause": "missing_meter", "closed_date": date(2025, 1, 18)}
    for action, who, some in (("explain", "data_owner", ids[:6]), ("close", "reviewer", ids[:4])):
        at = datetime(2025, 1, 18 + (action == "close"), 3, tzinfo=UTC)
        values = told if action == "explain" else {}
        records_act(
            kind, some, action, context=Context(scopes[who], at, "空調未分表（示例）", values)
        )
