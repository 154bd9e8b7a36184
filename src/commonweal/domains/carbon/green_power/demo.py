"""Synthetic contracts of 2024: traded wind and sun for Beijing, certificates, an own roof.

Amounts are parts of what each unit used, so that they fit a demo of any size. The published claim
of Beijing, 52 GWh, is one of these parts at the scale of a real operator.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from commonweal.kernel.compute.activities import ActivityRequest, activities
from commonweal.kernel.ledger.models import Transfer
from commonweal.kernel.org.selectors import site_nodes, tree
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import Context, Opening, records_act, records_open
from commonweal.kernel.records.intake import source_ingest
from commonweal.periods import BUSINESS_ZONE, month_add

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from commonweal.kernel.accounts.scopes import Scope
    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.models import Record

KNOWN_AT: Final = datetime(2025, 1, 8, 2, 0, tzinfo=UTC)
_MONTHS: Final = tuple(date(2024, number, 1) for number in range(1, 13))
_SAMPLE: Final = date(2024, 6, 1)
_N_PENDING, _N_PARTLY = 2, 2  # months at the year's end that wait, or are claimed by half


_KWH: Final = Decimal("0.001")  # of a MWh
_DEALS: Final = Path(__file__).with_name("demo.csv")
_CERTIFIED_MWH: Final = 10  # smaller months of a small demo are told in kWh, without certificates


@dataclass(frozen=True, slots=True)
class _Deal:
    """A row of ``demo.csv``; ``share`` is of what the unit uses."""

    unit: str
    kind: str
    seller: str
    plant: str
    place: str
    technology: str
    share: str
    price_cny: str
    scheme: str


def build(*, scopes: Mapping[str, Scope], nodes: Mapping[str, Node], folder: Path) -> None:
    """Agree, receive month by month, hand over, claim; one claim is withdrawn."""
    newest = Transfer.objects.order_by("-pk").values_list("recorded_at", flat=True).first()
    people = _People(scopes, max(KNOWN_AT, newest or KNOWN_AT))
    used_kwh = _used_kwh()
    by_place = {node.place: node for node in nodes.values() if node.kind == "province"}
    with _DEALS.open(encoding="utf-8", newline="") as file:
        rows = [_Deal(**row) for row in csv.DictReader(file)]
    deals = [row for row in rows if row.unit in by_place and used_kwh.get(by_place[row.unit].pk)]
    units = [by_place[deal.unit] for deal in deals]
    hourly = [
        _generated_kwh(deal, used_kwh[unit.pk]) for deal, unit in zip(deals, units, strict=True)
    ]
    contracts = _agreed(people, deals, units, hourly)
    told: dict[str, Any] = {"actor": scopes["data_owner"].actor, "now": people.now}
    source_ingest("generation_hourly", _generation_file(folder, contracts, hourly), **told)
    for deal, unit, contract, kwh in zip(deals, units, contracts, hourly, strict=True):
        batches = _received(people, unit, contract, kwh)
        _claimed(people, deal, unit, batches)
    if deals and deals[0].unit == "CN-BJ":
        _handed_over(people, units[0], by_place["CN-TJ"], contracts[0])
        source_ingest("submissions", _award_file(folder, units[0]), **told)


class _People:
    """Who acts, a minute after the one before."""

    def __init__(self, scopes: Mapping[str, Scope], now: datetime) -> None:
        self.scopes, self.now = scopes, now

    def open(self, name: str, openings: Sequence[Opening]) -> list[Record]:
        kind = record_type(f"green_power.{name}")
        self.now += timedelta(minutes=1)
        return list(records_open(kind, openings, scope=self.scopes["data_owner"], now=self.now))

    def act(self, name: str, records: Sequence[Record], *actions: str, comment: str = "") -> None:
        kind = record_type(f"green_power.{name}")
        for action in actions:
            self.now += timedelta(minutes=1)
            spec = kind.spec.transition(action)
            scope = self.scopes[spec.role if spec else ""]
            context = Context(scope, self.now, comment)
            records_act(kind, [each.pk for each in records], action, context=context)


def _agreed(
    people: _People,
    deals: Sequence[_Deal],
    units: Sequence[Node],
    hourly: Sequence[NDArray[np.float64]],
) -> list[Record]:
    openings = [
        Opening(
            node=unit,
            values={
                "kind": deal.kind,
                "seller": deal.seller,
                "plant": deal.plant,
                "place": deal.place,
                "technology": deal.technology,
                "supply_from": "2024-01-01",
                "supply_until": "2025-01-01",
                "energy_mwh": f"{kwh.sum() / 950 + 0.1:.3f}",
                "price_cny_per_mwh": deal.price_cny,
            },
        )
        for deal, unit, kwh in zip(deals, units, hourly, strict=True)
    ]
    contracts = people.open("contract", openings)
    people.act("contract", contracts, "propose", "approve")
    return contracts


def _received(
    people: _People, unit: Node, contract: Record, hourly_kwh: NDArray[np.float64]
) -> list[Record]:
    first_serial = 1
    openings = []
    for month, kwh in zip(_MONTHS, _by_month(hourly_kwh), strict=True):
        values = {"contract": contract, "generated_month": month}
        if kwh < _CERTIFIED_MWH * 1000:
            values |= {"energy_mwh": f"{kwh / 1000 + 0.001:.3f}"}
        else:
            next_serial = first_serial + int(kwh / 1000)
            values |= {
                "energy_mwh": next_serial - first_serial,
                "serial_prefix": f"GEC-{contract.code}-",
                "serial_first": first_serial,
                "serial_last": next_serial - 1,
            }
            first_serial = next_serial
        openings.append(Opening(node=unit, values=values))
    batches = people.open("batch", openings)
    people.act("batch", batches, "propose", "issue")
    return batches


def _claimed(people: _People, deal: _Deal, unit: Node, batches: Sequence[Record]) -> None:
    """Claim each month in its month; the year's last ones wait, those before are half claimed."""
    openings = []
    for i, (month, batch) in enumerate(zip(_MONTHS, batches, strict=True)):
        mwh: Decimal = batch.energy_mwh  # type: ignore[attr-defined] # of a batch
        is_partly = i >= len(_MONTHS) - _N_PENDING - _N_PARTLY and deal.scheme != "ets"
        values: dict[str, Any] = {
            "batch": batch,
            "use_from": month,
            "use_until": month_add(month, 1),
            "energy_mwh": _part(mwh, 2) if is_partly else mwh,
            "scheme": deal.scheme,
        }
        openings.append(Opening(node=unit, values=values))
    claims = people.open("claim", openings)
    people.act("claim", claims, "propose")
    done = claims if deal.scheme == "ets" else claims[:-_N_PENDING]
    people.act("claim", done, "approve")
    if deal.kind == "certificates":
        people.act("claim", done[:1], "withdraw", comment="電表更正後用電量減少（示例）")


def _part(mwh: Decimal, n: int) -> Decimal:
    return (mwh / n).quantize(_KWH, ROUND_DOWN)


def _handed_over(people: _People, unit: Node, to: Node, contract: Record) -> None:
    """Give the neighbor power of the year's beginning that a withdrawn claim set free."""
    claim = record_type("green_power.claim").model
    first = claim._default_manager.filter(batch__contract=contract).order_by("code")[:1]  # type: ignore[misc]  # noqa: SLF001 - public _meta
    people.act("claim", list(first), "withdraw", comment="改由天津使用（示例）")
    batch = first[0].batch  # type: ignore[attr-defined] # a claim
    values = {"batch": batch, "to_node": to, "energy_mwh": _part(batch.energy_mwh, 4)}
    handed = people.open("handover", [Opening(node=unit, values=values)])
    people.act("handover", handed, "propose", "approve")


def _used_kwh() -> Mapping[int, float]:
    """Return what each province used in a month, kWh by node."""
    request = ActivityRequest((_SAMPLE,), carriers=("electricity",))
    owners, held = site_nodes([_SAMPLE]), tree(_SAMPLE)
    found: dict[int, float] = {}
    for part in activities("energy", request):
        is_power = np.array([name == "electricity" for name in part.carriers], np.bool_)[
            part.carrier
        ]
        at = np.searchsorted(owners.site_id, part.subject_id[is_power])
        node_ids, place = np.unique(owners.node_id[at, 0], return_inverse=True)
        sums = np.bincount(place, part.quantity[is_power])
        for node_id, kwh in zip(node_ids.tolist(), sums.tolist(), strict=True):
            if node_id >= 0:
                here = held.index(node_id)
                for above in (here, *held.ancestors(here)):
                    key = int(held.node_id[above])
                    found[key] = found.get(key, 0.0) + kwh
    return found


def _generated_kwh(deal: _Deal, used_kwh: float) -> NDArray[np.float64]:
    """Return a year's generation by hour of the business day, (8784,): sun or wind with weather."""
    rng = np.random.default_rng([2024, *deal.plant.encode()])
    hour = np.arange(366 * 24)
    day, season = hour % 24, np.cos(2 * np.pi * (hour / 24 - 172) / 366)
    weather = np.repeat(rng.uniform(0.3, 1.0, 366), 24)
    shape = np.maximum(0.0, np.sin(np.pi * (day - 6) / 12)) * weather * (1 + 0.25 * season)
    if deal.technology == "wind":
        gusts = np.convolve(rng.normal(size=hour.size + 35), np.ones(36) / 6, "valid")
        shape = np.clip(0.35 + 0.3 * gusts - 0.1 * season + 0.05 * np.cos(day / 3.82), 0.0, 1.0)
    return np.asarray(shape / shape.sum() * used_kwh * 12 * float(deal.share))


def _by_month(hourly_kwh: NDArray[np.float64]) -> NDArray[np.float64]:
    starts = [(month - _MONTHS[0]).days * 24 for month in _MONTHS]
    return np.asarray(np.add.reduceat(hourly_kwh, starts))


def _generation_file(
    folder: Path, contracts: Sequence[Record], hourly: Sequence[NDArray[np.float64]]
) -> Path:
    begin = datetime(2024, 1, 1, tzinfo=BUSINESS_ZONE)
    stamps = [(begin + timedelta(hours=i)).isoformat() for i in range(366 * 24)]
    rows = [
        (contract.code, at, f"{each:.3f}")
        for contract, kwh in zip(contracts, hourly, strict=True)
        for at, each in zip(stamps, kwh.tolist(), strict=True)
    ]
    return _file(folder / "generation_hourly.csv", "contract,started_at,energy_kwh", rows)


def _award_file(folder: Path, unit: Node) -> Path:
    """Return the published award of Beijing as a declared value."""
    row = (unit.code, "beijing_green_power_award", "2024-01-01", "2025-01-01", "500000", "cny")
    head = "node_id,indicator,start_date,end_date,value,unit"
    return _file(folder / "submissions_green_power.csv", head, [row])


def _file(path: Path, head: str, rows: Iterable[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((head.split(","), *rows))
    return path
