"""The page of lights: where every unit stands, the path with its fan, shares by each method."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from commonweal.catalogue import catalogue
from commonweal.domains.carbon.dual_control import pictures
from commonweal.domains.carbon.dual_control.allocating import (
    shares_by_node,
    total_propose,
    weights_of,
)
from commonweal.domains.carbon.dual_control.outlook import Light
from commonweal.domains.carbon.dual_control.standing import Standing, standings
from commonweal.engines.allocation import METHODS, apportion
from commonweal.errors import CommonwealError, InputError
from commonweal.kernel.disclosure.known import (
    latest_instant,
    node_children,
    node_get,
    node_name,
)
from commonweal.kernel.disclosure.wording import (
    NO_DATA,
    Language,
    number_text,
    percent_text,
    unit_text,
)
from commonweal.kernel.facts.selectors import fact_series
from commonweal.kernel.targets.selectors import target_status, target_years
from commonweal.periods import PeriodKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from commonweal.kernel.org.models import Node
    from commonweal.kernel.programmes.pages import Asked
    from commonweal.kernel.targets.models import Target

from commonweal.domains.carbon.dual_control.naming import (
    language_now,
    target_name,
    targets_followed,
)

_MARKS: Final = {Light.GREEN: "●", Light.AMBER: "▲", Light.RED: "■", Light.NO_DATA: "–"}


@dataclass(frozen=True, slots=True)
class LightRow:
    """One unit of the table of lights, as printed."""

    node: str
    name: str
    light: str
    mark: str
    word: str
    value: str
    interval: str
    path: str
    gap: str
    is_own: bool
    share: str


def outlook(asked: Asked) -> Mapping[str, Any]:
    """Return lights of all units, the path of the whole with its fan, and shares by each method."""
    language = language_now()
    targets = targets_followed()
    if not targets:
        return {"targets": ()}
    target = next((each for each in targets if each.code == asked.values.get("target")), targets[0])
    base, end = (span.start_date.year for span in target_years(target))
    year = _year(asked.values.get("year", ""), base + 1, end)
    as_of, whole = latest_instant(), node_get(target.node)
    units = node_children(whole.code, at_date=date(year, 12, 1), as_of=as_of)
    through = _month(asked.values.get("through", ""), year)
    rows = standings(target, [whole, *units], year=year, as_of=as_of, through=through)
    status = target_status(target, as_of=as_of, year=year)
    facts = fact_series(
        indicator=target.indicator,
        node=whole.code,
        boundary=target.boundary,
        kind=PeriodKind.YEAR,
        as_of=as_of,
    )
    actual = {fact.start_date.year: fact.value for fact in facts if fact.value is not None}
    shares = shares_by_node(target.indicator, year)
    return {
        "targets": [(each.code, target_name(each, language)) for each in targets],
        "target": target.code,
        "years": range(base + 1, end + 1),
        "year": year,
        "months": range(1, 13),
        "through": through.month if through else "",
        "whole": _row(rows[0], target, language, {}),
        "rows": [_row(row, target, language, shares) for row in sorted(rows[1:], key=_urgency)],
        "counts": [
            (light.value, _MARKS[light], _word(light), sum(row.light is light for row in rows[1:]))
            for light in Light
        ],
        "path": pictures.path_picture(status, actual, rows[0].outlook),
        "map": pictures.gap_map(rows[1:]),
        "shares": _shares(target, units, year, as_of, language),
    }


def _row(row: Standing, target: Target, language: Language, shares: Mapping[str, Any]) -> LightRow:
    entry, seen = catalogue().indicators[target.indicator], row.outlook

    def shown(value: float | None) -> str:
        if value is None:
            return NO_DATA[language]
        return number_text(Decimal(repr(value)), entry.decimals)

    gap = row.gap_share
    interval = "" if seen.low is None else f"{shown(seen.low)} – {shown(seen.high)}"
    share = shares.get(row.node.code)
    return LightRow(
        node=row.node.code,
        name=node_name(row.node, language),
        light=row.light.value,
        mark=_MARKS[row.light],
        word=_word(row.light),
        value=shown(seen.value),
        interval=interval if seen.low != seen.high else "",
        path=shown(row.path),
        gap="" if gap is None else _signed(gap, language),
        is_own=row.is_own,
        share=number_text(share.amount, 2) if share else "",
    )


def _urgency(row: Standing) -> tuple[int, float]:
    """Return what sorts red before amber before green, and the farthest off the path first."""
    order = (Light.RED, Light.AMBER, Light.GREEN, Light.NO_DATA)
    return order.index(row.light), -(row.gap_share or 0.0)


def _word(light: Light) -> str:
    return {
        Light.GREEN: _("keeps the path"),
        Light.AMBER: _("at risk"),
        Light.RED: _("off the path"),
        Light.NO_DATA: _("no data"),
    }[light]


def _signed(share: float, language: str) -> str:
    sign = "+" if share > 0 else ""
    return sign + percent_text(Decimal(repr(share)), 1, language)


def _shares(
    target: Target, units: Sequence[Node], year: int, as_of: datetime, language: str
) -> Mapping[str, Any]:
    """Return what each method would give each unit; empty for targets that are no total."""
    if catalogue().indicators[target.indicator].kind != "flow":
        return {}
    codes = [unit.code for unit in units]
    columns: list[Mapping[str, Decimal]] = []
    base: Mapping[str, Decimal] = {}
    told = ""
    for method in METHODS:
        try:
            total = total_propose(target, year=year, as_of=as_of)
            base, weights = weights_of(method, target, units=codes, total=total, as_of=as_of)
            shares = apportion(total, list(weights.values()), decimals=2)
        except CommonwealError as fault:
            columns.append({})
            told = str(fault)
            continue
        columns.append(dict(zip(weights, shares, strict=True)))
    by_code = {unit.code: node_name(unit, language) for unit in units}
    return {
        "unit": unit_text(catalogue().indicators[target.indicator].unit, language),
        "methods": [
            (_("In proportion")),
            (_("By benchmark")),
            (_("By capability and potential")),
        ],
        "rows": [
            (
                code,
                by_code[code],
                number_text(base[code], 2),
                [number_text(each[code], 2) if code in each else "–" for each in columns],
            )
            for code in base
        ],
        "sums": [
            number_text(sum(each.values(), Decimal(0)), 2) if each else "–" for each in columns
        ],
        "told": told,
    }


def _year(written: str, first: int, last: int) -> int:
    if not written:
        return last
    if not written.isdecimal() or not first <= int(written) <= last:
        raise InputError(f"{written!r} is no year from {first} to {last}")
    return int(written)


def _month(written: str, year: int) -> date | None:
    if not written:
        return None
    if not written.isdecimal() or not 1 <= int(written) <= 12:  # noqa: PLR2004 - months
        raise InputError(f"{written!r} is no month from 1 to 12")
    return date(year, int(written), 1)
