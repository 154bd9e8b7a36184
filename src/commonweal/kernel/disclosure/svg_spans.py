"""States over time and values with intervals as SVG, beside the other forms of ``svg``."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Final

from commonweal.kernel.disclosure.svg_pictures import (
    WIDTH_PX,
    scale_over,
    svg_text,
    text_px,
)
from commonweal.kernel.disclosure.wording import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.kernel.disclosure.tree import Chart

_ROW_PX: Final = 26
_NAME_PX: Final = 150
_TOP_PX: Final = 26
_RIGHT_PX: Final = 20
_ROOM_PX: Final = WIDTH_PX - _NAME_PX - _RIGHT_PX


def timeline(chart: Chart) -> tuple[int, list[str]]:
    """Draw a bar for each row, in the tone of its state; the legend names the tones."""
    n_slots = len(chart.categories) - 1
    slot, bottom = _ROOM_PX / max(n_slots, 1), _TOP_PX + _ROW_PX * len(chart.series)
    body, x = [], float(_NAME_PX)
    for tone, name in enumerate(chart.states):
        body.append(f'<rect class="bar {_tone(tone)}" x="{x:.1f}" y="4" width="12" height="8"/>')
        body.append(svg_text(x + 17, 12, name, kind="legend"))
        x += 40 + text_px(name)
    for index, series in enumerate(chart.series):
        y, first = _TOP_PX + _ROW_PX * index, 0
        body.append(svg_text(_NAME_PX - 8, y + 17, series.name, "end"))
        for state, some in groupby(series.values):
            n = len(list(some))
            if state is not None:
                body.append(
                    f'<rect class="bar {_tone(int(state))}" x="{_NAME_PX + first * slot:.1f}"'
                    f' y="{y + 3}" width="{n * slot:.1f}" height="{_ROW_PX - 6}"/>'
                )
            first += n
    every = max(1, -(-n_slots // 8))
    for at in range(0, n_slots + 1, every):
        x = _NAME_PX + at * slot
        body.append(svg_text(x, bottom + 16, chart.categories[at], "middle"))
    return bottom + 24, body


def _tone(state: int) -> str:
    return "idle" if state == 0 else f"tone-{state}"


def intervals(chart: Chart) -> tuple[int, list[str]]:
    """Draw each value as a mark on the line of its interval, over one axis for all."""
    columns = (*(each.values for each in chart.series), chart.low, chart.high)
    known = [float(value) for column in columns for value in column if value is not None]
    ticks = scale_over(min([*known, 0.0]), max([*known, 0.0])).ticks
    room = _ROOM_PX / (ticks[-1] - ticks[0])
    bottom = _TOP_PX + _ROW_PX * len(chart.categories)
    body = [svg_text(0, 12, chart.unit, kind="unit")]

    def x_px(value: Decimal | float) -> float:
        return _NAME_PX + (float(value) - ticks[0]) * room

    step = Decimal(repr(round(ticks[1] - ticks[0], 9))).normalize()
    for tick in ticks:
        shown = number_text(Decimal(repr(round(tick, 9))), max(0, -int(step.as_tuple().exponent)))
        body.append(f'<path class="grid" d="M{x_px(tick):.1f} {_TOP_PX}V{bottom}"/>')
        body.append(svg_text(x_px(tick), bottom + 16, shown, "middle"))
    for index, name in enumerate(chart.categories):
        y = _TOP_PX + _ROW_PX * (index + 0.5)
        body.append(svg_text(_NAME_PX - 8, y + 4, name, "end"))
        low, high = chart.low[index], chart.high[index]
        if low is not None and high is not None:
            body.append(
                f'<path class="line tone-0" d="M{x_px(low):.1f} {y:.1f}H{x_px(high):.1f}"/>'
            )
        for rank, series in enumerate(chart.series):
            if (value := series.values[index]) is not None:
                tone = f"tone-{rank}{' reference' if series.is_reference else ''}"
                body.append(f'<circle class="mark {tone}" cx="{x_px(value):.1f}" cy="{y}" r="5"/>')
    body.extend(_legend(chart))
    return bottom + 24, body


def _legend(chart: Chart) -> Iterator[str]:
    x = float(_NAME_PX)
    for rank, series in enumerate(chart.series):
        tone = f"tone-{rank}{' reference' if series.is_reference else ''}"
        yield f'<circle class="mark {tone}" cx="{x + 6:.1f}" cy="8" r="5"/>'
        yield svg_text(x + 17, 12, series.name, kind="legend")
        x += 40 + text_px(series.name)
