"""The page of savings: verified with their interval, beside the plan, and how far to trust them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from commonweal.domains.radio.energy_saving.chosen import (
    language_now,
    percent,
    stored_of,
)
from commonweal.domains.radio.energy_saving.models import Plan, Verification
from commonweal.domains.radio.energy_saving.replaying import ORACLE, replay_read
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.pictures import Series, intervals, plain
from commonweal.kernel.disclosure.wording import number_text
from commonweal.kernel.programmes.pages import record_address
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.values import named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.kernel.disclosure.tree import Chart
    from commonweal.kernel.programmes.pages import Asked

_MOST: Final = 60
_NOT_STANDING: Final = ("disputed", "withdrawn")
_MWH_KWH: Final = 1000


@dataclass(frozen=True, slots=True)
class SavingRow:
    """One verification as printed."""

    code: str
    address: str
    node: str
    days: str
    state: str
    expected: str
    saved: str
    interval: str
    own: str
    partner: str
    metered: str
    cv_rmse: str
    nmbe: str
    is_accepted: bool | None
    n_holdout: str
    lost: str
    lost_error: str


def savings(asked: Asked) -> Mapping[str, Any]:
    """Return what was verified in the period, and what the plan's days would have given."""
    records = _records(asked)
    standing = [each for each in records if each.state not in _NOT_STANDING]
    return {
        "rows": [_row(each) for each in records],
        "chart": _chart(standing) if standing else None,
        "replay": _replay(asked),
    }


def _records(asked: Asked) -> Sequence[Verification]:
    seen = asked.scope.visible(Verification.objects.exclude(state="merged"))
    within = seen.filter(
        last_date__gte=asked.period.start_date, last_date__lt=asked.period.end_date
    )
    return list(within.select_related("node").order_by("last_date", "node__code")[:_MOST])


def _row(record: Verification) -> SavingRow:
    own = record.saved_kwh - record.partner_kwh
    states = record_type("energy_saving.verification").spec
    return SavingRow(
        code=record.code,
        address=record_address(record),
        node=node_name(record.node, language_now()),
        days=f"{record.first_date:%Y-%m-%d} – {record.last_date:%Y-%m-%d}",
        state=named(states.state(record.state).name),
        expected=_mwh(record.expected_kwh),
        saved=_mwh(record.saved_kwh),
        interval=f"{_mwh(record.low_kwh)} – {_mwh(record.high_kwh)}",
        own=_mwh(own),
        partner=_mwh(record.partner_kwh),
        metered=percent(record.metered_share, 0),
        cv_rmse=percent(record.cv_rmse),
        nmbe=percent(record.nmbe, 2),
        is_accepted=record.is_accepted,
        n_holdout=number_text(Decimal(record.n_holdout), 0),
        lost=percent(record.lost_traffic_share, 3),
        lost_error=percent(record.lost_traffic_error, 3),
    )


def _mwh(kwh: Decimal) -> str:
    return number_text(kwh / _MWH_KWH, 3)


def _chart(records: Sequence[Verification]) -> Chart:
    """Return each saving with its interval, beside what the plan expected."""

    def values(name: str) -> tuple[Decimal, ...]:
        return tuple(getattr(each, name) / _MWH_KWH for each in records)

    language = language_now()
    return intervals(
        "savings",
        title=_("Saved, with its interval"),
        unit="MWh",
        decimals=3,
        categories=[
            f"{node_name(each.node, language)} {each.first_date:%m-%d} – {each.last_date:%m-%d}"
            for each in records
        ],
        values=Series(pgettext("a line of a chart", "Saved"), values("saved_kwh")),
        low=values("low_kwh"),
        high=values("high_kwh"),
        reference=Series(
            pgettext("a line of a chart", "Expected by the plan"),
            values("expected_kwh"),
            is_reference=True,
        ),
        language=language,
    )


def _replay(asked: Asked) -> Mapping[str, Any] | None:
    """Return the newest replay of a plan of the period: what each quantile would have given."""
    seen = asked.scope.visible(Plan.objects.all())
    within = seen.filter(
        plan_date__gte=asked.period.start_date, plan_date__lt=asked.period.end_date
    )
    for plan in within.order_by("-plan_date")[:_MOST]:
        stored = stored_of(plan)
        found = replay_read(stored) if stored else None
        if found:
            return {
                "plan": plan.code,
                "n_sectors": number_text(Decimal(found["n_sectors"]), 0),
                "chart": _safety(found["rows"]),
                "rows": [_replayed(row) for row in found["rows"]],
            }
    return None


def _name(row: Mapping[str, Any]) -> str:
    return _("perfect foresight") if row["name"] == ORACLE else percent(float(row["name"]), 0)


def _replayed(row: Mapping[str, Any]) -> tuple[str, ...]:
    changes = row["changes_a_day"]
    return (
        _name(row),
        percent(row["saving_share"], 2),
        percent(row["unserved_share"], 4),
        percent(row["over_limit_share"], 3),
        "–" if changes is None else number_text(Decimal(repr(changes)), 2),
    )


def _safety(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Return the saving of each quantile on the days as they turned out."""
    return plain(
        "replay",
        form="bar",
        title=_("Saving on the days as they turned out, by what was planned for"),
        unit="%",
        decimals=2,
        categories=[_name(row) for row in rows],
        series=[
            Series(
                _("Saving"),
                tuple(
                    None
                    if row["saving_share"] is None
                    else Decimal(repr(round(row["saving_share"] * 100, 6)))
                    for row in rows
                ),
            )
        ],
        language=language_now(),
    )
