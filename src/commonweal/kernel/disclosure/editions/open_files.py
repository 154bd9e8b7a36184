"""The open table as files: CSV, Parquet, a Frictionless data package, a Dataset in JSON-LD."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.catalogue import catalogue
from commonweal.kernel.disclosure.editions.open_figures import COLUMNS, figure_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.catalogue import Indicator
    from commonweal.kernel.disclosure.editions.open_figures import OpenFigure

NAME: Final = "published-indicators"
_TITLE: Final = "Published indicators of the operator"
_ABOUT: Final = (
    "Every figure of the operator's published reports, with its history: each value leads to the"
    " edition that published it and to its place in a tamper-evident log."
)
_TYPES: Final = {
    "string": pa.string(),
    "date": pa.date32(),
    "number": pa.decimal128(38, 9),
    "integer": pa.int64(),
    "datetime": pa.timestamp("us", "UTC"),
    "boolean": pa.bool_(),
}


def figures_csv(figures: Sequence[OpenFigure]) -> bytes:
    """Return the table as CSV (RFC 4180, UTF-8)."""
    target = io.StringIO()
    writer = csv.DictWriter(target, list(COLUMNS), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(figure_row(each) for each in figures)
    return target.getvalue().encode()


def figures_parquet(figures: Sequence[OpenFigure]) -> bytes:
    """Return the table as Parquet: values are exact decimals, instants are UTC."""
    columns = {
        name: pa.array([_cell(each, name) for each in figures], _TYPES[kind])
        for name, (kind, _) in COLUMNS.items()
    }
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target, compression="zstd")
    return target.getvalue()


def _cell(figure: OpenFigure, name: str) -> Any:  # noqa: ANN401 - of the column's type
    value = getattr(figure, name)
    return value.quantize(Decimal("1e-9")) if isinstance(value, Decimal) else value


def data_package(figures: Sequence[OpenFigure], *, licence: str) -> dict[str, Any]:
    """Return the descriptor of the files (Frictionless Data Package 1)."""
    content, fields = figures_csv(figures), []
    for name, (kind, meaning) in COLUMNS.items():
        fields.append({"name": name, "type": kind, "description": meaning})
    return {
        "profile": "tabular-data-package",
        "name": NAME,
        "title": _TITLE,
        "description": _ABOUT,
        **({"licenses": [{"name": licence}]} if licence else {}),
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": NAME,
                "path": "data.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": len(content),
                "hash": f"sha256:{sha256(content).hexdigest()}",
                "schema": {
                    "fields": fields,
                    "missingValues": [""],
                    "primaryKey": ["fact"],
                },
            }
        ],
        "indicators": [_definition(each) for each in _indicators(figures)],
    }


def dataset_jsonld(figures: Sequence[OpenFigure], *, address: str, licence: str) -> dict[str, Any]:
    """Return the table as a schema.org Dataset, which is a DCAT one as well.

    Args:
        figures: What is in it.
        address: Address of the open data page, with a slash at its end.
        licence: SPDX id, or nothing.
    """
    forms = (("data.csv", "text/csv"), ("data.parquet", "application/vnd.apache.parquet"))
    days = [each for figure in figures for each in (figure.start_date, figure.end_date)]
    newest = max((each.published_at for each in figures), default=None)
    return {
        "@context": {"@vocab": "https://schema.org/", "dcat": "http://www.w3.org/ns/dcat#"},
        "@type": ["Dataset", "dcat:Dataset"],
        "@id": address,
        "url": address,
        "name": _TITLE,
        "description": _ABOUT,
        "isAccessibleForFree": True,
        **({"license": f"https://spdx.org/licenses/{licence}.html"} if licence else {}),
        **({"dateModified": newest.isoformat()} if newest else {}),
        **({"temporalCoverage": f"{min(days)}/{max(days)}"} if days else {}),
        "variableMeasured": [
            {
                "@type": "PropertyValue",
                "@id": f"{address}indicators/{each.id}/",
                "propertyID": each.id,
                "name": each.name["en"],
                "alternateName": [each.name["zh-hant"], each.name["zh-hans"]],
                "unitText": each.unit,
            }
            for each in _indicators(figures)
        ],
        "distribution": [
            {
                "@type": ["DataDownload", "dcat:Distribution"],
                "contentUrl": f"{address}{name}",
                "encodingFormat": form,
            }
            for name, form in forms
        ],
    }


def _indicators(figures: Sequence[OpenFigure]) -> list[Indicator]:
    known = catalogue().indicators
    return [known[name] for name in sorted({each.indicator for each in figures}) if name in known]


def _definition(indicator: Indicator) -> dict[str, Any]:
    source = indicator.source
    told = {
        "id": indicator.id,
        "name": dict(indicator.name),
        "unit": indicator.unit,
        "kind": indicator.kind,
    }
    return {**told, "formula": source.formula} if source.kind == "formula" else told


def document(content: object) -> bytes:
    """Write a JSON document for people and programs."""
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
