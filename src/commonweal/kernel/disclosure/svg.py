"""Charts as plain SVG for the printed report: no script, the same bytes for the same chart."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Final

from commonweal.kernel.disclosure.wording import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonweal.kernel.disclosure.tree import Chart

_WIDTH_PX: Final = 720
_HEIGHT_PX: Final = 300
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 64, 12, 34, 34
_ROW_PX: Final = 22
_NAME_PX: Final = 150


def chart_svg(chart: Chart) -> str:
    """Draw a chart; a screen reader gets its title, and the table beside it the figures."""
    height, body = _ranking(chart) if chart.form in {"ranking", "map"} else _timed(chart)
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH_PX} {height}" role="img" '
        f'aria-label="{escape(chart.title)}" xmlns="http://www.w3.org/2000/svg">{"".join(body)}</svg>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "tick") -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def axis_steps(top: float, n_steps: int = 5) -> list[float]:
    """Return round tick values from 0 to at least ``top``.

    >>> axis_steps(87.0)
    [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    """
    if top <= 0:
        return [0.0, 1.0]
    rough, scale = top / n_steps, 1.0
    while scale * 10 <= rough:
        scale *= 10
    while scale > rough:
        scale /= 10
    step = next(scale * unit for unit in (1, 2, 2.5, 5, 10) if scale * unit * n_steps >= top)
    count = 1
    while step * count < top:
        count += 1
    return [step * index for index in range(count + 1)]


def _decimals(steps: Sequence[float]) -> int:
    step = Decimal(repr(round(steps[1] - steps[0], 9))).normalize()
    return max(0, -int(step.as_tuple().exponent))


def _timed(chart: Chart) -> tuple[int, list[str]]:
    values = [float(v) for series in chart.series for v in series.values if v is not None]
    steps = axis_steps(max(values, default=0.0))
    plot_px = _HEIGHT_PX - _TOP_PX - _BOTTOM_PX
    slot_px = (_WIDTH_PX - _LEFT_PX - _RIGHT_PX) / max(len(chart.categories), 1)

    def y_px(value: float) -> float:
        return _TOP_PX + plot_px * (1 - value / steps[-1])

    body = [_text(0, 12, chart.unit, kind="unit")]
    for step in steps:
        y = y_px(step)
        body.append(f'<path class="grid" d="M{_LEFT_PX} {y:.1f}H{_WIDTH_PX - _RIGHT_PX}"/>')
        body.append(
            _text(_LEFT_PX - 8, y + 4, number_text(Decimal(str(step)), _decimals(steps)), "end")
        )
    every = -(-len(chart.categories) // 12)
    for index, name in enumerate(chart.categories):
        if index % every == 0:
            shown = name if len(chart.categories) <= 6 else short_name(name)  # noqa: PLR2004 - what fits
            body.append(_text(_LEFT_PX + slot_px * (index + 0.5), _HEIGHT_PX - 12, shown, "middle"))
    for rank, series in enumerate(chart.series):
        tops_px = [None if v is None else y_px(float(v)) for v in series.values]
        tone = f"tone-{rank}{' reference' if series.is_reference else ''}"
        if chart.form == "bar":
            width = slot_px * 0.7 / len(chart.series)
            lefts = [slot_px * (i + 0.15) + rank * width for i in range(len(tops_px))]
            body.extend(_bars(tone, lefts, tops_px, width))
        else:
            body.append(_line(tone, slot_px, tops_px))
    body.extend(_legend(chart))
    return _HEIGHT_PX, body


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
    tone: str, lefts_px: Sequence[float], tops_px: Sequence[float | None], width_px: float
) -> Iterator[str]:
    for left, top in zip(lefts_px, tops_px, strict=True):
        if top is not None:
            yield (
                f'<rect class="bar {tone}" x="{_LEFT_PX + left:.1f}" y="{top:.1f}" '
                f'width="{width_px - 1:.1f}" height="{_HEIGHT_PX - _BOTTOM_PX - top:.1f}"/>'
            )


def _line(tone: str, slot_px: float, tops_px: Sequence[float | None]) -> str:
    """Draw a line, broken where there is no data."""
    path, is_drawing, marks = "", False, ""
    for index, top in enumerate(tops_px):
        if top is None:
            is_drawing = False
            continue
        x = _LEFT_PX + slot_px * (index + 0.5)
        path += f"{'L' if is_drawing else 'M'}{x:.1f} {top:.1f}"
        marks += f'<circle class="mark {tone}" cx="{x:.1f}" cy="{top:.1f}" r="3"/>'
        is_drawing = True
    return f'<path class="line {tone}" d="{path}"/>{marks}'


def _legend(chart: Chart) -> Iterator[str]:
    x = float(_LEFT_PX + 60)
    for rank, series in enumerate(chart.series):
        tone = f"tone-{rank}{' reference' if series.is_reference else ''}"
        yield f'<rect class="bar {tone}" x="{x:.1f}" y="4" width="12" height="8"/>'
        yield _text(x + 17, 12, series.name, kind="legend")
        x += 40 + sum(12 if ord(sign) > 0x2E7F else 6.5 for sign in series.name)  # noqa: PLR2004 - CJK begins


def _ranking(chart: Chart) -> tuple[int, list[str]]:
    values = chart.series[0].values if chart.series else ()
    top = max((float(v) for v in values if v is not None), default=0.0) or 1.0
    room_px = _WIDTH_PX - _NAME_PX - 90
    body = [_text(0, 12, chart.unit, kind="unit")]
    for index, (name, value) in enumerate(zip(chart.categories, values, strict=True)):
        y = 22 + index * _ROW_PX
        body.append(_text(_NAME_PX - 8, y + 14, name, "end"))
        if value is not None:
            width = room_px * float(value) / top
            body.append(
                f'<rect class="bar tone-0" x="{_NAME_PX}" y="{y + 3}" '
                f'width="{width:.1f}" height="{_ROW_PX - 7}"/>'
            )
            body.append(_text(_NAME_PX + width + 6, y + 14, number_text(value, chart.decimals)))
    return 30 + len(chart.categories) * _ROW_PX, body
