"""The same statements without a page: xBRL-JSON and xBRL-CSV (Open Information Model 1.0)."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final

from commonweal.kernel.disclosure.xbrl.measures import PREFIXES, Measure
from commonweal.kernel.disclosure.xbrl.names import AXES, ENTRY_POINT, NAMESPACE, PREFIX

if TYPE_CHECKING:
    from decimal import Decimal

    from commonweal.kernel.disclosure.xbrl.entities import Entity
    from commonweal.kernel.disclosure.xbrl.statements import Context, Statements

_COLUMNS: Final = ("id", "concept", "period", "unit", "node", "boundary", "value", "decimals")


def oim_json(statements: Statements, entity: Entity) -> bytes:
    """Return statements as xBRL-JSON."""
    facts = {}
    for number, each in enumerate(statements.each(), start=1):
        context, unit = each.key.context, each.key.measure.oim
        dimensions = {
            "concept": f"{PREFIX}:{each.key.indicator}",
            "entity": f"entity:{entity.identifier}",
            "period": _period(context),
            **({"unit": unit} if unit else {}),
        }
        if context.node:
            codes = (context.node, context.boundary)
            dimensions |= {f"{PREFIX}:{axis}": code for axis, code in zip(AXES, codes, strict=True)}
        facts[f"f{number}"] = {
            "value": _number(each.value),
            "decimals": each.decimals,
            "dimensions": dimensions,
        }
    kind = "https://xbrl.org/2021/xbrl-json"
    return _json({"documentInfo": _info(kind, statements, entity), "facts": facts})


def oim_csv(statements: Statements, entity: Entity, *, table: str) -> tuple[bytes, bytes]:
    """Return statements as xBRL-CSV: the metadata, and the table that it names by its file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for number, each in enumerate(statements.each(), start=1):
        context = each.key.context
        writer.writerow(
            (
                f"f{number}",
                f"{PREFIX}:{each.key.indicator}",
                _period(context),
                each.key.measure.oim or "#none",
                context.node or "#none",
                context.boundary or "#none",
                _number(each.value),
                each.decimals,
            )
        )
    kind = "https://xbrl.org/2021/xbrl-csv"
    value = {
        "dimensions": {
            "concept": "$concept",
            "entity": f"entity:{entity.identifier}",
            "period": "$period",
            "unit": "$unit",
            f"{PREFIX}:{AXES[0]}": "$node",
            f"{PREFIX}:{AXES[1]}": "$boundary",
        },
        "decimals": "$decimals",
    }
    columns = {name: value if name == "value" else {} for name in _COLUMNS}
    described = {
        "documentInfo": _info(kind, statements, entity),
        "tableTemplates": {"statements": {"rowIdColumn": "id", "columns": columns}},
        "tables": {"statements": {"template": "statements", "url": table}},
    }
    return _json(described), text.getvalue().encode("utf-8")


def _info(kind: str, statements: Statements, entity: Entity) -> dict[str, Any]:
    spaces = {
        PREFIX: NAMESPACE,
        "entity": entity.scheme,
        "xbrl": "https://xbrl.org/2021",
        **{name: PREFIXES[name] for name in _prefixes(statements.measures)},
    }
    return {"documentType": kind, "namespaces": spaces, "taxonomy": [ENTRY_POINT]}


def _prefixes(measures: tuple[Measure, ...]) -> list[str]:
    parts = {part for each in measures if each.oim for part in each.oim.split("/")}
    return sorted({part.partition(":")[0] for part in parts})


def _period(context: Context) -> str:
    end = f"{context.end_date.isoformat()}T00:00:00"
    return end if context.is_instant else f"{context.start_date.isoformat()}T00:00:00/{end}"


def _number(value: Decimal) -> str:
    return f"{value:f}"


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"
