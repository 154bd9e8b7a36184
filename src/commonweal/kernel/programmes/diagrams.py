"""The flow of a type of record drawn from its table: Mermaid, DOT, or SVG of our own."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.programmes.values import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonweal.kernel.programmes.definitions import TransitionSpec
    from commonweal.kernel.programmes.registry import RecordType

_WIDTH_PX: Final = 130
_HEIGHT_PX: Final = 44
_STEP_PX: Final = 250
_ROW_PX: Final = 150
_MARGIN_PX: Final = 60


def flow_mermaid(kind: RecordType) -> str:
    """Return the flow as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {kind.spec.initial.id}"]
    lines += [f"    {each.id} : {named(each.name)}" for each in kind.spec.states]
    lines += [f"    {start} --> {spec.to} : {_label(spec)}" for start, spec in _edges(kind)]
    lines += [f"    {each.id} --> [*]" for each in kind.spec.states if each.final]
    return "\n".join(lines) + "\n"


def flow_dot(kind: RecordType) -> str:
    """Return the flow in Graphviz's language."""
    lines = [f"digraph {_quoted(kind.id)} {{", "    rankdir=LR; node [shape=box, style=rounded];"]
    for each in kind.spec.states:
        outline = ", peripheries=2" if each.final else ""
        lines.append(f"    {each.id} [label={_quoted(named(each.name))}{outline}];")
    lines += [
        f"    {start} -> {spec.to} [label={_quoted(_label(spec))}];" for start, spec in _edges(kind)
    ]
    return "\n".join([*lines, "}"]) + "\n"


def flow_svg(kind: RecordType) -> str:
    """Return the flow as a drawing: the main way on top, other states where they branch off."""
    places = _places(kind)
    width = max(x for x, _y in places.values()) + _WIDTH_PX // 2 + _MARGIN_PX
    height = max(y for _x, y in places.values()) + _HEIGHT_PX + _MARGIN_PX
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" font-family="sans-serif" font-size="13">'
        ),
        f"<title>{escape(named(kind.spec.name))}</title>",
        (
            '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
            'markerHeight="7" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z"/></marker>'
            "</defs>"
        ),
    ]
    merged: dict[tuple[str, str], list[TransitionSpec]] = {}
    for start, spec in _edges(kind):
        merged.setdefault((start, spec.to), []).append(spec)
    for (start, end), specs in merged.items():
        parts += _arrow(places, start, end, specs)
    for state in kind.spec.states:
        parts += _box(places[state.id], named(state.name), is_final=state.final)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _edges(kind: RecordType) -> Iterator[tuple[str, TransitionSpec]]:
    for spec in kind.spec.transitions:
        for start in spec.start:
            yield start, spec


def _label(spec: TransitionSpec) -> str:
    needed = f" × {spec.approvals}" if spec.approvals > 1 else ""
    return f"{named(spec.name)} ({Role(spec.role).label}{needed})"


def _quoted(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _places(kind: RecordType) -> Mapping[str, tuple[int, int]]:
    """Return the middle of each state's box."""
    way = kind.spec.main_way()
    column = {state: i for i, state in enumerate(way)}
    taken: set[tuple[int, int]] = {(i, 0) for i in range(len(way))}
    cells = {state: (i, 0) for state, i in column.items()}
    for state in (each.id for each in kind.spec.states if each.id not in column):
        before = [
            cells[start][0] for start, spec in _edges(kind) if spec.to == state and start in cells
        ]
        cell = (min(before, default=0), 1)
        while cell in taken:
            cell = (cell[0] + 1, 1)
        taken.add(cell)
        cells[state] = cell
    return {
        state: (
            _MARGIN_PX + _WIDTH_PX // 2 + i * _STEP_PX,
            _MARGIN_PX + _HEIGHT_PX + j * _ROW_PX,
        )
        for state, (i, j) in cells.items()
    }


def _box(place: tuple[int, int], name: str, *, is_final: bool) -> list[str]:
    x, y = place[0] - _WIDTH_PX // 2, place[1] - _HEIGHT_PX // 2
    stroke = 3 if is_final else 1
    return [
        (
            f'<rect x="{x}" y="{y}" width="{_WIDTH_PX}" height="{_HEIGHT_PX}" rx="10" fill="#fff" '
            f'stroke="#333" stroke-width="{stroke}"/>'
        ),
        f'<text x="{place[0]}" y="{place[1] + 4}" text-anchor="middle">{escape(name)}</text>',
    ]


def _arrow(
    places: Mapping[str, tuple[int, int]], start: str, end: str, specs: list[TransitionSpec]
) -> list[str]:
    """Draw one arrow with its actions: straight to the next box, curved over or under others."""
    (x1, y1), (x2, y2) = places[start], places[end]
    half, high = _WIDTH_PX // 2, _HEIGHT_PX // 2
    middle = (x1 + x2) // 2
    if start == end:
        path = (
            f"M{x1 - 20} {y1 - high}C{x1 - 30} {y1 - 70} {x1 + 30} {y1 - 70} {x1 + 20} {y1 - high}"
        )
        label = (x1, y1 - 58)
    elif y1 == y2 and x2 - x1 == _STEP_PX:
        path, label = f"M{x1 + half} {y1}L{x2 - half} {y2}", (middle, y1 - 8)
    elif y1 == y2:
        bend = y1 - high - 30 if x2 > x1 else y1 + high + 40
        edge = y1 - high if x2 > x1 else y1 + high
        path, label = f"M{x1} {edge}Q{middle} {bend} {x2} {edge}", (middle, (bend + edge) // 2 + 4)
    else:
        down = 1 if y2 > y1 else -1
        path = f"M{x1} {y1 + down * high}L{x2} {y2 - down * high}"
        label = ((x1 + 2 * x2) // 3, (y1 + 2 * y2) // 3)
    words = " / ".join(escape(named(each.name)) for each in specs)
    roles = escape(", ".join(dict.fromkeys(str(Role(each.role).label) for each in specs)))
    return [
        f'<path d="{path}" fill="none" stroke="#666" marker-end="url(#arrow)"/>',
        (
            f'<text x="{label[0]}" y="{label[1]}" text-anchor="middle" font-size="11" fill="#333">'
            f"{words}<title>{roles}</title></text>"
        ),
    ]
