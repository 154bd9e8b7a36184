"""Charts as plain SVG for the printed report: no script, the same bytes for the same chart."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from commonweal.kernel.disclosure.svg_pictures import (
    HEIGHT_PX,
    LEFT_PX,
    WIDTH_PX,
    cost_steps,
    fan_band,
    sankey,
    scale_over,
    slot_px,
    svg_text,
    text_px,
    waterfall,
)
from commonweal.kernel.disclosure.svg_spans import intervals, timeline
from commonweal.kernel.disclosure.wording import number_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from commonweal.kernel.disclosure.tree import Chart

_ROW_PX: Final = 22
_NAME_PX: Final = 150


def chart_svg(chart: Chart) -> str:
    """Draw a chart; a screen reader gets its title, and the table beside it the figures."""
    draw = _FORMS.get(chart.form, _timed)
    height, body = draw(chart)
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH_PX} {height}" role="img" '
        f'aria-label="{escape(chart.title)}" xmlns="http://www.w3.org/2000/svg">{"".join(body)}</svg>'
    )


def _timed(chart: Chart) -> tuple[int, list[str]]:
    values = [float(v) for series in chart.series for v in series.values if v is not None]
    values += [float(v) for v in (*chart.low, *chart.high) if v is not None]
    is_grounded = chart.form != "fan"
    scale = scale_over(
        min([*values, 0.0] if is_grounded else values, default=0.0), max(values, default=0.0)
    )
    slot = slot_px(len(chart.categories))
    body = scale.grid(chart.unit)
    if chart.form == "fan":
        body.append(fan_band(chart, scale.y_px))
    every = -(-len(chart.categories) // 12)
    for index, name in enumerate(chart.categories):
        if index % every == 0:
            shown = name if len(chart.categories) <= 6 else short_name(name)  # noqa: PLR2004 - what fits
            body.append(svg_text(LEFT_PX + slot * (index + 0.5), HEIGHT_PX - 12, shown, "middle"))
    for rank, series in enumerate(chart.series):
        tops_px = [None if v is None else scale.y_px(float(v)) for v in series.values]
        tone = f"tone-{rank}{' reference' if series.is_reference else ''}"
        if chart.form == "bar":
            width = slot * 0.7 / len(chart.series)
            lefts = [slot * (i + 0.15) + rank * width for i in range(len(tops_px))]
            body.extend(_bars(tone, lefts, tops_px, width, scale.y_px(0)))
        else:
            body.append(_line(tone, slot, tops_px))
    body.extend(_legend(chart))
    return HEIGHT_PX, body


def short_name(name: str) -> str:
    """Leave the year out of a month's name, where there is no room for it.

    >>> short_name("March 2024"), short_name("2024年3月"), short_name("2024")
    ('Mar', '3月', '2024')
    """
    if name.endswith("月"):
        return name.partition("年")[2]
    word, _, rest = name.partition(" ")
    return word[:3] if rest.isdecimal() else name


def _bars(
    tone: str,
    lefts_px: Sequence[float],
    tops_px: Sequence[float | None],
    width_px: float,
    ground_px: float,
) -> Iterator[str]:
    for left, top in zip(lefts_px, tops_px, strict=True):
        if top is not None:
            yield (
                f'<rect class="bar {tone}" x="{LEFT_PX + left:.1f}" y="{min(top, ground_px):.1f}" '
                f'width="{width_px - 1:.1f}" height="{abs(ground_px - top):.1f}"/>'
            )


def _line(tone: str, slot: float, tops_px: Sequence[float | None]) -> str:
    """Draw a line, broken where there is no data."""
    path, is_drawing, marks = "", False, ""
    for index, top in enumerate(tops_px):
        if top is None:
            is_drawing = False
            continue
        x = LEFT_PX + slot * (index + 0.5)
        path += f"{'L' if is_drawing else 'M'}{x:.1f} {top:.1f}"
        marks += f'<circle class="mark {tone}" cx="{x:.1f}" cy="{top:.1f}" r="3"/>'
        is_drawing = True
    return f'<path class="line {tone}" d="{path}"/>{marks}'


def _legend(chart: Chart) -> Iterator[str]:
    x = float(LEFT_PX + 60)
    for rank, series in enumerate(chart.series):
        tone = f"tone-{rank}{' reference' if series.is_reference else ''}"
        yield f'<rect class="bar {tone}" x="{x:.1f}" y="4" width="12" height="8"/>'
        yield svg_text(x + 17, 12, series.name, kind="legend")
        x += 40 + text_px(series.name)


def _ranking(chart: Chart) -> tuple[int, list[str]]:
    values = chart.series[0].values if chart.series else ()
    top = max((float(v) for v in values if v is not None), default=0.0) or 1.0
    room_px = WIDTH_PX - _NAME_PX - 90
    body = [svg_text(0, 12, chart.unit, kind="unit")]
    for index, (name, value) in enumerate(zip(chart.categories, values, strict=True)):
        y = 22 + index * _ROW_PX
        body.append(svg_text(_NAME_PX - 8, y + 14, name, "end"))
        if value is not None:
            width = room_px * float(value) / top
            body.append(
                f'<rect class="bar tone-0" x="{_NAME_PX}" y="{y + 3}" '
                f'width="{width:.1f}" height="{_ROW_PX - 7}"/>'
            )
            body.append(svg_text(_NAME_PX + width + 6, y + 14, number_text(value, chart.decimals)))
    return 30 + len(chart.categories) * _ROW_PX, body


_FORMS: Final[dict[str, Callable[[Chart], tuple[int, list[str]]]]] = {
    "ranking": _ranking,
    "map": _ranking,
    "sankey": sankey,
    "waterfall": waterfall,
    "steps": cost_steps,
    "states": timeline,
    "intervals": intervals,
}
