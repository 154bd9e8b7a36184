"""Charts in pages, as JSON in a script element that the site's own module draws; short names."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django import template
from django.urls import reverse
from django.utils.html import json_script

from commonweal.kernel.disclosure.svg import short_name

if TYPE_CHECKING:
    from decimal import Decimal

    from django.utils.safestring import SafeString

    from commonweal.kernel.disclosure.tree import Chart

register = template.Library()


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


@register.filter
def file_stem(path: str) -> str:
    """Return a file's name without folders and ending."""
    return PurePosixPath(path).stem


@register.simple_tag
def chart_data(chart: Chart) -> SafeString:
    """Return a chart's data as a JSON script element."""
    document = {
        "form": chart.form,
        "unit": chart.unit,
        "decimals": chart.decimals,
        "categories": chart.categories,
        "short": {name: short_name(name) for name in chart.categories},
        "series": [
            {
                "name": series.name,
                "values": [_number(value) for value in series.values],
                "reference": series.is_reference,
            }
            for series in chart.series
        ],
        "links": [reverse("node", args=[key]) for key in chart.keys],
        "regions": chart.regions,
        "flows": [[flow.source, flow.target, _number(flow.value)] for flow in chart.flows],
        "totals": chart.totals,
        "low": [_number(value) for value in chart.low],
        "high": [_number(value) for value in chart.high],
        "widths": [_number(value) for value in chart.widths],
        "widthUnit": chart.width_unit,
        "states": chart.states,
    }
    return json_script(document, f"chart-{chart.id}")
