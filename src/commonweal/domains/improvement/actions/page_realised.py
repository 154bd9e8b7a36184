"""The page of what came of actions: expected and realised, year by year and one by one."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from commonweal.domains.improvement.actions.models import Action, Outcome
from commonweal.domains.improvement.actions.rules import expected_share
from commonweal.domains.improvement.actions.telling import drawn, language_now, text
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.pictures import Series, plain
from commonweal.kernel.programmes.pages import Asked, record_address
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.values import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from commonweal.kernel.disclosure.tree import Chart

_AHEAD: Final = 3
"""Years after the last verified one for which the expected saving is drawn."""
_IN_USE: Final = ("running", "done", "verified", "closed")


def realised(asked: Asked) -> Mapping[str, Any]:
    """Return expected and realised savings of the actions that may be read."""
    rows = asked.scope.visible(Outcome.objects.filter(state="verified"))
    outcomes = list(rows.select_related("action", "action__node").order_by("action__code", "year"))
    actions = list(asked.scope.visible(Action.objects.filter(state__in=_IN_USE)))
    if not outcomes:
        return {"rows": []}
    expected = sum((each.expected_kwh for each in outcomes), Decimal(0))
    saved = sum((each.realised_kwh or Decimal(0) for each in outcomes), Decimal(0))
    tonnes = sum((each.realised_tco2e or Decimal(0) for each in outcomes), Decimal(0))
    money = sum((each.realised_cny or Decimal(0) for each in outcomes), Decimal(0))
    return {
        "chart": _picture(outcomes, actions),
        "rows": list(_rows(outcomes)),
        "figures": [
            (_("Saved, verified"), text(saved, 0, 1e3), "MWh"),
            (_("Expected of the same years"), text(expected, 0, 1e3), "MWh"),
            (_("Realised"), _percent(saved, expected), "%"),
            (_("Abatement"), text(tonnes), "tCO₂e"),
            (_("Money saved"), text(money, 2, 1e6), _("million CNY")),
        ],
    }


def _percent(part: Decimal, whole: Decimal) -> str:
    return text(part / whole, 1, 0.01) if whole else text(None)


def _picture(outcomes: Sequence[Outcome], actions: Sequence[Action]) -> Chart:
    """Draw what was expected and realised; ahead, what actions in use promise."""
    told: dict[int, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for each in outcomes:
        told[each.year][0] += each.expected_kwh
        told[each.year][1] += each.realised_kwh or Decimal(0)
    last = max(told)
    ahead = {
        year: sum((each.saving_kwh_a * expected_share(each, year) for each in actions), Decimal(0))
        for year in range(last + 1, last + 1 + _AHEAD)
    }
    years = [*sorted(told), *ahead]
    expected = tuple(drawn(told[y][0] if y <= last else ahead[y], 0, 1e3) for y in years)
    saved = tuple(drawn(told[y][1] if y <= last else None, 0, 1e3) for y in years)
    return plain(
        "realised",
        form="bar",
        title=_("Saving by year"),
        unit="MWh",
        decimals=0,
        categories=[str(year) for year in years],
        series=[Series(_("Expected"), expected), Series(_("Realised"), saved)],
        language=language_now(),
    )


def _rows(outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any]]:
    """Yield the actions, those that fell shortest first."""
    of: dict[Action, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        of[each.action].append(each)
    language, spec = language_now(), record_type("actions.action").spec
    found = []
    for action, years in of.items():
        expected = sum((each.expected_kwh for each in years), Decimal(0))
        saved = sum((each.realised_kwh or Decimal(0) for each in years), Decimal(0))
        share = float(saved / expected) if expected else 0.0
        row = {
            "title": action.title,
            "address": record_address(action),
            "node": node_name(action.node, language),
            "state": named(spec.state(action.state).name),
            "n_years": len(years),
            "expected": text(expected, 0, 1e3),
            "saved": text(saved, 0, 1e3),
            "share": _percent(saved, expected),
            "light": "green" if share >= 0.9 else "amber" if share >= 0.75 else "red",  # noqa: PLR2004 - lights
        }
        found.append((share, row))
    yield from (row for _share, row in sorted(found, key=lambda each: each[0]))
