"""Flows, waterfalls, fans and cost steps as SVG, beside the plain forms of ``svg``."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Final

from commonweal.kernel.disclosure.wording import number_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from commonweal.kernel.disclosure.tree import Chart

WIDTH_PX: Final = 720
HEIGHT_PX: Final = 300
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 64, 12, 34, 34
_NODE_PX: Final = 12
_GAP_PX: Final = 18
_LABEL_PX: Final = 150
_N_TONES: Final = 4


def svg_text(x: float, y: float, text: str, anchor: str = "start", kind: str = "tick") -> str:
    """Return one piece of text."""
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """Round ticks, and where a value lies between the lowest and the highest of them."""

    ticks: tuple[float, ...]

    def y_px(self, value: float) -> float:
        """Return the height of a value on the page."""
        low, high = self.ticks[0], self.ticks[-1]
        return TOP_PX + (HEIGHT_PX - TOP_PX - BOTTOM_PX) * (high - value) / (high - low)

    def grid(self, unit: str) -> list[str]:
        """Return the unit, the lines and their numbers."""
        step = Decimal(repr(round(self.ticks[1] - self.ticks[0], 9))).normalize()
        decimals = max(0, -int(step.as_tuple().exponent))
        body = [svg_text(0, 12, unit, kind="unit")]
        for tick in self.ticks:
            y = self.y_px(tick)
            shown = number_text(Decimal(repr(round(tick, 9))), decimals)
            body.append(f'<path class="grid" d="M{LEFT_PX} {y:.1f}H{WIDTH_PX - RIGHT_PX}"/>')
            body.append(svg_text(LEFT_PX - 8, y + 4, shown, "end"))
        return body


def scale_over(low: float, high: float, n_steps: int = 5) -> Scale:
    """Return round ticks from at most ``low`` to at least ``high``.

    >>> scale_over(0.0, 87.0).ticks
    (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
    >>> scale_over(-310.0, 640.0).ticks
    (-400.0, -200.0, 0.0, 200.0, 400.0, 600.0, 800.0)
    """
    if high <= low:
        low, high = min(low, 0.0), max(high, low + 1.0)
    rough, power = (high - low) / n_steps, 1.0
    while power * 10 <= rough:
        power *= 10
    while power > rough:
        power /= 10
    step = next(power * unit for unit in (1, 2, 2.5, 5, 10) if power * unit >= rough)
    first, last = int(low // step), -int(-high // step)
    return Scale(tuple(step * index for index in range(first, last + 1)))


def slot_px(n: int) -> float:
    """Return the width that each of ``n`` categories has."""
    return (WIDTH_PX - LEFT_PX - RIGHT_PX) / max(n, 1)


def _rect(tone: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect class="bar {tone}" x="{x:.1f}" y="{y:.1f}" '
        f'width="{max(width, 1):.1f}" height="{max(height, 1):.1f}"/>'
    )


def waterfall(chart: Chart) -> tuple[int, list[str]]:
    """Draw levels and the changes between them; small changes get an axis that is cut."""
    values = [float(value or 0) for value in chart.series[0].values]
    spans, level = [], 0.0
    for value, is_total in zip(values, chart.totals, strict=True):
        start = 0.0 if is_total else level
        level = start + value
        spans.append((start, level))
    least, most = min(end for _, end in spans), max(end for _, end in spans)
    is_cut = least > 0.6 * most > 0
    scale = scale_over(least - 0.6 * (most - least) if is_cut else min(least, 0.0), max(most, 0.0))
    body, slot = scale.grid(chart.unit), slot_px(len(values))
    ground = scale.ticks[0] if is_cut else 0.0
    for index, ((start, end), is_total) in enumerate(zip(spans, chart.totals, strict=True)):
        top, low = scale.y_px(max(start, end)), scale.y_px(max(min(start, end), ground))
        low = low if is_cut else scale.y_px(min(start, end))
        left = LEFT_PX + slot * index
        tone = "tone-0" if is_total else "tone-2" if end < start else "tone-1"
        body.append(_rect(tone, left + slot * 0.18, top, slot * 0.64, low - top))
        if index + 1 < len(spans):
            y, right = scale.y_px(end), left + slot * 1.18
            body.append(f'<path class="link" d="M{left + slot * 0.82:.1f} {y:.1f}H{right:.1f}"/>')
        shown = chart.series[0].values[index] or Decimal(0)
        said = ("" if is_total or shown <= 0 else "+") + number_text(shown, chart.decimals)
        body.append(svg_text(left + slot / 2, top - 5, said, "middle", "legend"))
        for line, words in enumerate(_lines(chart.categories[index], slot - 6)):
            body.append(svg_text(left + slot / 2, HEIGHT_PX - 18 + 13 * line, words, "middle"))
    return HEIGHT_PX, body


def _lines(name: str, room_px: float) -> list[str]:
    """Break a name into two lines where it is longer than its room."""
    words = name.split(" ")
    if text_px(name) <= room_px or len(words) == 1:
        return [name]
    half = min(range(1, len(words)), key=lambda n: abs(2 * len(" ".join(words[:n])) - len(name)))
    return [" ".join(words[:half]), " ".join(words[half:])]


def fan_band(chart: Chart, y_px: Callable[[float], float]) -> str:
    """Draw the band between low and high, where both are known."""
    slot = slot_px(len(chart.categories))
    known = [
        (LEFT_PX + slot * (index + 0.5), y_px(float(low)), y_px(float(high)))
        for index, (low, high) in enumerate(zip(chart.low, chart.high, strict=True))
        if low is not None and high is not None
    ]
    if not known:
        return ""
    there = [f"{x:.1f} {high:.1f}" for x, _, high in known]
    back = [f"{x:.1f} {low:.1f}" for x, low, _ in reversed(known)]
    return f'<path class="fan" d="M{"L".join([*there, *back])}Z"/>'


def cost_steps(chart: Chart) -> tuple[int, list[str]]:
    """Draw a cost curve: as wide as what a measure saves, as high as that costs."""
    heights = [float(value or 0) for value in chart.series[0].values]
    widths = [float(width) for width in chart.widths]
    scale = scale_over(min(*heights, 0.0), max(*heights, 0.0))
    room = (WIDTH_PX - LEFT_PX - RIGHT_PX) / sum(widths)
    body, x, ground = scale.grid(chart.unit), float(LEFT_PX), scale.y_px(0)
    for index, (height, width) in enumerate(zip(heights, widths, strict=True)):
        y, wide = scale.y_px(height), width * room
        body.append(
            _rect(
                "tone-2" if height < 0 else "tone-1", x, min(y, ground), wide - 1, abs(ground - y)
            )
        )
        name = chart.categories[index]
        if text_px(name) < wide - 6:
            body.append(svg_text(x + 3, ground + (-5 if height < 0 else 14), name, kind="legend"))
        x += wide
    total = number_text(sum(chart.widths, Decimal(0)), 0)
    body.append(svg_text(WIDTH_PX - RIGHT_PX, HEIGHT_PX - 12, f"{total} {chart.width_unit}", "end"))
    return HEIGHT_PX, body


def text_px(text: str) -> float:
    """Return about how long a text is when set at 11 px.

    >>> text_px("abc"), text_px("電力")
    (19.5, 24.0)
    """
    return sum(12 if ord(sign) > 0x2E7F else 6.5 for sign in text)  # noqa: PLR2004 - CJK begins


@dataclass(slots=True)
class _Place:
    """A place of a Sankey picture: its column, what passes it, where its box begins."""

    column: int
    passes: float
    tone: str
    top_px: float = 0.0
    left_px: float = 0.0
    right_px: float = 0.0
    """How far down ribbons reach already, at its left and at its right side."""


def sankey(chart: Chart) -> tuple[int, list[str]]:
    """Draw flows as ribbons between places in columns, each as high as what passes it."""
    places = _places(chart)
    columns = _columns(chart, places)
    height = max(HEIGHT_PX, 40 + 34 * max(len(column) for column in columns))
    room = min(
        (height - 40 - _GAP_PX * (len(column) - 1)) / sum(place.passes for place in column)
        for column in columns
    )
    for column in columns:
        top = 24.0
        for place in column:
            place.top_px = place.left_px = place.right_px = top
            top += place.passes * room + _GAP_PX
    step = (WIDTH_PX - _LABEL_PX - _NODE_PX) / max(len(columns) - 1, 1)
    body = [svg_text(0, 12, chart.unit, kind="unit"), *_ribbons(chart, places, room, step)]
    for name, place in places.items():
        x, high = place.column * step, place.passes * room
        body.append(_rect(place.tone, x, place.top_px, _NODE_PX, high))
        said = f"{name} {number_text(Decimal(repr(place.passes)), chart.decimals)}"
        body.append(svg_text(x + _NODE_PX + 5, place.top_px + high / 2 + 4, said, kind="legend"))
    return height, body


def _places(chart: Chart) -> dict[str, _Place]:
    places: dict[str, _Place] = {}
    for index, name in enumerate(chart.categories):  # such that every flow leads forward
        into = [flow for flow in chart.flows if flow.target == name]
        out = [flow for flow in chart.flows if flow.source == name]
        passes = max(float(sum(flow.value for flow in flows)) for flows in (into, out))
        column = max((places[flow.source].column + 1 for flow in into), default=0)
        places[name] = _Place(column, passes, f"tone-{index % _N_TONES}")
    last = max(place.column for place in places.values())
    sources = {flow.source for flow in chart.flows}
    for name, place in places.items():
        if name not in sources:
            place.column = last
    return places


def _columns(chart: Chart, places: dict[str, _Place]) -> list[list[_Place]]:
    """Return the places by column, in the order of the middle of what flows into them."""
    columns: list[list[_Place]] = []
    rank: dict[str, float] = {}
    for number in range(max(place.column for place in places.values()) + 1):
        here = [name for name, place in places.items() if place.column == number]
        for name in here:
            into = [(rank[f.source], float(f.value)) for f in chart.flows if f.target == name]
            weight = sum(value for _, value in into)
            rank[name] = sum(at * value for at, value in into) / weight if weight else len(rank)
        here.sort(key=lambda name: rank[name])
        for at, name in enumerate(here):
            rank[name] = at / max(len(here), 1)
        columns.append([places[name] for name in here])
    return columns


def _ribbons(chart: Chart, places: dict[str, _Place], room: float, step_px: float) -> Iterator[str]:
    def order(name: str) -> Sequence[float]:
        return places[name].column, places[name].top_px

    for flow in sorted(chart.flows, key=lambda each: (*order(each.source), *order(each.target))):
        start, end = places[flow.source], places[flow.target]
        wide = float(flow.value) * room
        x0, x1 = start.column * step_px + _NODE_PX, end.column * step_px
        y0, y1, middle = start.right_px + wide / 2, end.left_px + wide / 2, (x0 + x1) / 2
        curve = f"{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
        start.right_px += wide
        end.left_px += wide
        yield (
            f'<path class="ribbon {start.tone}" stroke-width="{max(wide, 1):.1f}" '
            f'd="M{x0:.1f} {y0:.1f}C{curve}"/>'
        )
