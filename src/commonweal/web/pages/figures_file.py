"""A programme's published figures as a file: every period, with definitions and proofs' numbers."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from commonweal.catalogue import catalogue
from commonweal.kernel.disclosure.known import fact_period
from commonweal.kernel.facts.selectors import facts_as_of
from commonweal.kernel.programmes.safe_cells import line_safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.kernel.programmes.registry import Programme
    from commonweal.web.pages.scope import Scope

_COLUMNS = (
    "indicator",
    "name",
    "node",
    "period",
    "value",
    "unit",
    "decimals",
    "recorded_at",
    "fact",
)


def _rows(programme: Programme, scope: Scope) -> Iterator[dict[str, Any]]:
    facts = facts_as_of(
        boundary=scope.boundary.code,
        indicators=list(programme.spec.indicators),
        nodes=[scope.node.code],
        as_of=scope.as_of,
    ).order_by("indicator", "start_date", "end_date")
    known = catalogue().indicators
    for fact in facts:
        yield {
            "indicator": fact.indicator,
            "name": known[fact.indicator].name[scope.language],
            "node": fact.node,
            "period": str(fact_period(fact)),
            "value": None if fact.value is None else str(fact.value),
            "unit": fact.unit,
            "decimals": fact.decimals,
            "recorded_at": fact.recorded_at.isoformat(),
            "fact": fact.pk,
        }


def figures_csv(programme: Programme, scope: Scope) -> str:
    """Return the figures as CSV; no data is an empty cell."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(line_safe(row[name] for name in _COLUMNS) for row in _rows(programme, scope))
    return file.getvalue()


def figures_json(programme: Programme, scope: Scope) -> str:
    """Return the figures as JSON with the indicators' definitions; no data is null."""
    known = catalogue().indicators
    document = {
        "programme": programme.id,
        "name": dict(programme.spec.name),
        "as_of": scope.as_of.isoformat(),
        "indicators": {
            each: {
                "name": dict(known[each].name),
                "unit": known[each].unit,
                "kind": known[each].kind,
            }
            for each in programme.spec.indicators
        },
        "figures": list(_rows(programme, scope)),
    }
    return json.dumps(document, ensure_ascii=False, indent=2)
