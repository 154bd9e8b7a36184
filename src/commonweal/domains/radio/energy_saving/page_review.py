"""The page for who decides: what a plan comes to, what safety costs, what keeps sectors awake."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from commonweal.domains.radio.energy_saving.chosen import (
    language_now,
    mwh,
    names_of,
    percent,
    plan_chosen,
    stored_of,
)
from commonweal.domains.radio.energy_saving.models import Plan
from commonweal.domains.radio.energy_saving.planning.auditing import audit_read
from commonweal.kernel.disclosure.pictures import Series, plain
from commonweal.kernel.disclosure.wording import number_text
from commonweal.kernel.programmes.registry import type_of
from commonweal.kernel.programmes.services.acting import actions_open
from commonweal.kernel.programmes.values import named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonweal.domains.radio.energy_saving.chosen import Chosen
    from commonweal.kernel.disclosure.tree import Chart
    from commonweal.kernel.programmes.pages import Asked

_MOST_CHANGES: Final = 8
_WAITING: Final = ("proposed", "draft", "approved")


def review(asked: Asked) -> Mapping[str, Any]:
    """Return what somebody needs to know before they say yes to the plan asked for."""
    chosen = plan_chosen(asked, _WAITING)
    if chosen is None:
        return {"chosen": None}
    plan = chosen.plan
    saving = plan.expected_kwh / plan.all_on_kwh if plan.all_on_kwh else None
    at_grid = chosen.totals.get("expected_at_grid_kwh")
    n_helped = chosen.totals.get("n_helped", 0)
    return {
        "chosen": chosen,
        "actions": _actions(asked, plan),
        "saving": percent(saving),
        "expected": mwh(float(plan.expected_kwh) * 1000),
        "all_on": mwh(float(plan.all_on_kwh) * 1000),
        "gap": percent(plan.gap_share, 2),
        "unserved": percent(plan.unserved_share, 3),
        "quantile": percent(plan.quantile, 0),
        "holdout": percent(plan.holdout_share, 0),
        "at_grid": mwh(at_grid * 1000) if at_grid is not None else "",
        "helped": number_text(Decimal(n_helped), 0) if n_helped else "",
        "helped_mwh": mwh(chosen.totals.get("helped_kwh", 0.0) * 1000),
        "curve": _curve(chosen.totals),
        "kept": _kept(chosen.totals),
        "changes": _changes(asked, chosen),
        "audit": _audit(chosen),
    }


def _actions(asked: Asked, plan: Plan) -> Sequence[tuple[str, str, bool]]:
    """Return the actions open to the reader: id, name, and whether something must be filled in."""
    kind = type_of(plan)
    return [
        (each.action, named(each.name), each.comment or bool(each.asks))
        for each in actions_open(kind, plan, asked.scope)
    ]


def _curve(totals: Mapping[str, Any]) -> Chart | None:
    """Return the price of safety: what each quantile saves, and what it risks."""
    rows = totals.get("safety") or ()
    if not rows:
        return None
    names = {
        "saving_share": _("Saving"),
        "unserved_share_at_q99": _("Left uncarried if the 99 % quantile comes everywhere"),
    }
    return plain(
        "safety",
        form="line",
        title=_("The price of safety"),
        unit="%",
        decimals=2,
        categories=[percent(row["quantile"], 0) for row in rows],
        series=[
            Series(name, tuple(_percentage(row[key]) for row in rows))
            for key, name in names.items()
        ],
        language=language_now(),
    )


def _percentage(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(repr(round(share * 100, 6)))


def _audit(chosen: Chosen) -> str:
    """Say what an exact solver found of a random sample; nothing if it was not asked."""
    audit = audit_read(chosen.stored) if chosen.stored else None
    if not audit or not audit["n"]:
        return ""
    return _(
        "%(n)s sectors solved again by HiGHS: our plan is %(mean)s dearer on average, "
        "%(most)s at most."
    ) % {
        "n": number_text(Decimal(audit["n"]), 0),
        "mean": percent(audit["mean_gap_share"], 2),
        "most": percent(audit["greatest_gap_share"], 2),
    }


def _kept(totals: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Return why whole sectors stay awake, and on how many sector-days."""
    counts = totals.get("kept_awake", {})
    return [(reason_name(reason), number_text(Decimal(n), 0)) for reason, n in counts.items()]


def reason_name(reason: str) -> str:
    """Return why a sector is kept awake, in words."""
    return {
        "holdout": _("drawn for comparison (hold-out)"),
        "held": _("a hold is in force"),
        "not_allowed": _("sleep is not allowed at this time"),
        "no_coverage_layer": _("no coverage layer would stay"),
        "nothing_may_sleep": _("every layer is protected, or a partner objects"),
        "no_reports": _("nothing was reported"),
        "few_reports": _("too little was reported to forecast"),
        "no_forecast": _("there is no forecast yet"),
    }.get(reason, reason)


def _changes(asked: Asked, chosen: Chosen) -> Mapping[str, Any] | None:
    """Return where the expected saving differs most from the plan before."""
    seen = asked.scope.visible(Plan.objects.filter(node=chosen.plan.node))
    earlier = seen.filter(plan_date__lt=chosen.plan.plan_date).order_by("-plan_date").first()
    before = stored_of(earlier) if earlier else None
    if earlier is None or before is None or chosen.stored is None:
        return None
    shares = [
        {part["code"]: _share(part["summary"]) for part in stored.document["provinces"]}
        for stored in (before, chosen.stored)
    ]
    both = shares[0].keys() & shares[1].keys()
    moved = sorted(both, key=lambda code: -abs(shares[1][code] - shares[0][code]))
    names = names_of(both)
    rows = [
        (names.get(code, code), percent(shares[0][code]), percent(shares[1][code]))
        for code in moved[:_MOST_CHANGES]
    ]
    return {"before": earlier.code, "rows": rows}


def _share(summary: Mapping[str, Any]) -> float:
    sums = summary["sums"]
    return sums["expected_wh"] / sums["all_on_wh"] if sums["all_on_wh"] else 0.0
