"""The portfolio of green power, and its match with use hour by hour."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from commonweal.domains.carbon.green_power.hourly import hourly_match
from commonweal.domains.carbon.green_power.models import KWH_PER_MWH, Batch, Claim, Contract
from commonweal.domains.carbon.green_power.portfolio import Sums, holdings
from commonweal.domains.carbon.green_power.profiles import month_starts
from commonweal.engines.matching import match
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.pictures import Series, plain
from commonweal.kernel.disclosure.wording import language_of
from commonweal.kernel.programmes.pages import Asked, record_address
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.values import named
from commonweal.periods import business_date, year

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from commonweal.domains.carbon.green_power.hourly import HourlyMatch
    from commonweal.domains.carbon.green_power.portfolio import Held
    from commonweal.kernel.disclosure.tree import Chart
    from commonweal.kernel.org.models import Node

_SOON: Final = timedelta(days=365)
_SHOWN: Final = 50
_SUMS: Final = ("entered", "left", "reserved", "claimed", "expired")


def portfolio(asked: Asked) -> Mapping[str, Any]:
    """Return contracts that supply in the period with sums, claims that wait, what expires next."""
    span = asked.period
    supplying = Contract.objects.filter(
        state__in=("active", "closed"),
        supply_from__lt=span.end_date,
        supply_until__gt=span.start_date,
    )
    contracts = asked.scope.visible(supplying)
    received = Batch.objects.filter(
        generated_month__gte=span.start_date, generated_month__lt=span.end_date
    )
    batches = asked.scope.visible(received.select_related("contract", "node"))
    by_contract: dict[Any, Sums] = defaultdict(Sums)
    held = holdings(batches)
    for each in held:
        by_contract[each.batch.contract_id] += each.sums
    kinds = record_type("green_power.contract").spec.fields["kind"].choices
    rows = [
        {
            "contract": each,
            "address": record_address(each),
            "unit": _unit(each.node),
            "kind": named(kinds[each.kind]),
            "bought": each.energy_mwh.normalize(),
            **_mwh(by_contract[each.pk]),
        }
        for each in contracts.select_related("node").order_by("node__code", "code")
    ]
    waiting = asked.scope.visible(
        Claim.objects.filter(state="proposed", batch__in=[each.batch.pk for each in held])
    )
    return {
        "rows": rows[:_SHOWN],
        "n": len(rows),
        "total": _mwh(sum((each.sums for each in held), Sums())),
        "chart": _became(rows),
        "waiting": [
            {"claim": each, "unit": _unit(each.node), "address": record_address(each)}
            for each in waiting.select_related("batch", "node").order_by("code")[:_SHOWN]
        ],
        "expiring": _expiring(held, asked),
    }


def _expiring(held: list[Held], asked: Asked) -> list[dict[str, Any]]:
    """Return batches of which something is left that can be claimed no more, or not for long."""
    today = business_date(asked.now)
    return [
        {
            "batch": each.batch,
            "unit": _unit(each.batch.node),
            "address": record_address(each.batch),
            "valid_until": each.valid_until,
            "is_over": each.valid_until <= today,
            **_mwh(each.sums),
        }
        for each in held
        if each.sums.left_kwh and each.valid_until <= today + _SOON
    ][:_SHOWN]


def _became(rows: list[dict[str, Any]]) -> Chart:
    words = (
        pgettext("green power", "left"),
        pgettext("green power", "reserved"),
        pgettext("green power", "claimed"),
        pgettext("green power", "expired"),
    )
    series = [
        Series(word, tuple(row[name] for row in rows))
        for word, name in zip(words, _SUMS[1:], strict=True)
    ]
    return plain(
        "green-portfolio",
        form="bar",
        title=_("What became of the power that was entered"),
        unit="MWh",
        decimals=1,
        categories=[f"{row['unit']} {row['contract'].plant}" for row in rows],
        series=series,
        language=language_of(get_language() or ""),
    )


def _unit(node: Node) -> str:
    return node_name(node, language_of(get_language() or ""))


def _mwh(sums: Sums) -> dict[str, Decimal]:
    """Return sums as MWh with at most three decimals."""
    found = {name: Decimal(getattr(sums, f"{name}_kwh")) / KWH_PER_MWH for name in _SUMS}
    return {name: value.quantize(Decimal("0.001")).normalize() + 0 for name, value in found.items()}


def hourly(asked: Asked) -> Mapping[str, Any]:
    """Return the match of each unit in the year of the period, and two pictures of all together."""
    span = year(asked.period.start_date.year)
    made = Claim.objects.filter(
        state="claimed", use_from__gte=span.start_date, use_until__lte=span.end_date
    )
    claims = asked.scope.visible(made.select_related("batch__contract", "node"))
    told = list(claims)
    names = {each.node.code: _unit(each.node) for each in told}
    found = hourly_match(told, span)
    units = [
        {
            "unit": names[each.node],
            "used": _rounded(each.used_kwh.sum() / KWH_PER_MWH, 1),
            "claimed": _rounded((each.claimed_kwh.sum() + each.unknown_kwh) / KWH_PER_MWH, 1),
            "annual": _rounded(each.annual_share * 100, 1),
            "hourly": _rounded(each.hourly_share * 100, 1),
        }
        for each in found.units
    ]
    charts = _charts(found, span.months) if found.units else []
    lacking = [names[code] for code in found.not_computed]
    head = {"year": span.start_date.year, "n_meters": found.n_meters, "not_computed": lacking}
    return {**head, "units": units, "charts": charts}


def _charts(found: HourlyMatch, months: tuple[date, ...]) -> list[Chart]:
    used = sum(each.used_kwh for each in found.units)
    claimed = sum(each.claimed_kwh for each in found.units)
    days = [np.asarray(each).reshape(-1, 24).mean(axis=0) for each in (used, claimed)]
    shares = _shares_by_month(found, months)
    language = language_of(get_language() or "")
    sides = pgettext("green power", "used"), pgettext("green power", "claimed")
    widths = pgettext("green power", "hour by hour"), pgettext("green power", "month by month")
    day = plain(
        "green-day",
        form="line",
        title=_("The average day of the year"),
        unit="kW",
        decimals=1,
        categories=[f"{hour:02d}:00" for hour in range(24)],
        series=[
            Series(word, tuple(_rounded(value, 1) for value in values))
            for word, values in zip(sides, days, strict=True)
        ],
        language=language,
    )
    by_month = plain(
        "green-months",
        form="bar",
        title=_("Share of use that was matched"),
        unit="%",
        decimals=1,
        categories=[f"{first:%Y-%m}" for first in months],
        series=[
            Series(word, tuple(_rounded(float(value) * 100, 1) for value in values))
            for word, values in zip(widths, shares, strict=True)
        ],
        language=language,
    )
    return [day, by_month]


def _shares_by_month(found: HourlyMatch, months: tuple[date, ...]) -> list[NDArray[np.float64]]:
    """Return the share matched hour by hour, and as sums of the month, each (month,), 0 to 1.

    Every unit is matched with what it claimed itself, then they are added.
    """
    starts = month_starts(months)[1:]
    matched, used = np.zeros((2, len(months))), np.zeros(len(months))
    for unit in found.units:
        parts = (np.split(each, starts) for each in (unit.used_kwh, unit.claimed_kwh))
        for place, (used_kwh, claimed_kwh) in enumerate(zip(*parts, strict=True)):
            used[place] += used_kwh.sum()
            for row, windows in enumerate((None, np.array([0]))):
                matched[row, place] += match(used_kwh, claimed_kwh, windows).matched_kwh
    return list(np.divide(matched, used, out=np.zeros_like(matched), where=used > 0))


def _rounded(value: float, places: int) -> Decimal:
    return round(Decimal(value), places) if np.isfinite(value) else Decimal(0)
