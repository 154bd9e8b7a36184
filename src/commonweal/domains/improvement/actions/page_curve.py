"""The page of the cost curve: what each further tonne of abatement costs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from commonweal.domains.improvement.actions.asking import options_of
from commonweal.domains.improvement.actions.models import Action
from commonweal.domains.improvement.actions.telling import drawn, language_now, number_asked, text
from commonweal.engines import portfolio as engine
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.pictures import Measure, steps
from commonweal.kernel.disclosure.wording import unit_text
from commonweal.kernel.programmes.pages import Asked, record_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonweal.kernel.disclosure.tree import Chart

_RATE_SHARE = 0.06


def curve(asked: Asked) -> Mapping[str, Any]:
    """Return the cost curve of actions that are proposed or assessed."""
    carbon = number_asked(asked, "carbon", most=1e5) or 0.0
    rate = number_asked(asked, "rate", most=100.0)
    rate_share = _RATE_SHARE if rate is None else rate / 100
    rows = asked.scope.visible(Action.objects.filter(state__in=("proposed", "assessed")))
    actions = list(rows.select_related("node", "requires").order_by("code"))
    steps_found = engine.curve(
        options_of(actions, asked.now.year),
        rate_share=rate_share,
        worth_cny={"cny": 1.0, "tco2e": carbon},
    )
    language, reached, shown = language_now(), 0.0, []
    for each in steps_found:
        reached += each.abated_a
        action = actions[each.option]
        shown.append(
            {
                "title": action.title,
                "address": record_address(action),
                "node": node_name(action.node, language),
                "instead": actions[each.instead_of].title if each.instead_of >= 0 else "",
                "abated": text(each.abated_a),
                "cost": text(each.cost_cny_a, 1, 1e4),
                "height": text(each.cost_per_unit),
                "reached": text(reached),
            }
        )
    return {
        "chart": _picture(steps_found, actions) if steps_found else None,
        "rows": shown,
        "carbon": asked.values.get("carbon", ""),
        "rate": asked.values.get("rate", ""),
        "rate_given": text(_RATE_SHARE, 0, 0.01),
        "total": text(sum(each.abated_a for each in steps_found)),
        "paying": text(sum(each.abated_a for each in steps_found if each.cost_cny_a <= 0)),
    }


def _picture(found: tuple[engine.Step, ...], actions: list[Action]) -> Chart:
    language = language_now()
    return steps(
        "macc",
        title=_("Marginal abatement cost"),
        unit=f"{unit_text('cny', language)}/{unit_text('tco2e', language)}",
        decimals=0,
        measures=[
            Measure(
                actions[each.option].title,
                drawn(each.abated_a, 1) or Decimal("0.1"),
                drawn(each.cost_per_unit) or Decimal(0),
            )
            for each in found
        ],
        width_unit=_("%(unit)s a year") % {"unit": unit_text("tco2e", language)},
        language=language,
    )
