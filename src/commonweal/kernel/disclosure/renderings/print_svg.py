"""Pictures as they are printed: drawn once for all renderings, with colours and type written in."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from commonweal.kernel.disclosure.svg import chart_svg

if TYPE_CHECKING:
    from commonweal.kernel.disclosure.tree import Chart

_STYLE: Final = Path(__file__).parents[1] / "templates" / "disclosure" / "report.css"
_TOKEN: Final = re.compile(r"--([a-z0-9-]+): ([^;]+);")
_RULE: Final = re.compile(r"(svg [^{}]+)\{([^{}]*)\}")


def chart_print(chart: Chart, family: str) -> str:
    """Return a chart as an SVG file that needs no style sheet beside it."""
    style = _rules() + f'svg text{{font-family:"{family}";font-size:11px}}'
    head, separator, body = chart_svg(chart).partition(">")
    return f"{head}{separator}<style>{style}</style>{body}"


@cache
def _rules() -> str:
    """Return the rules for pictures in the file's style sheet, its light colours put in."""
    css = _STYLE.read_text("utf-8")
    tokens = dict(_TOKEN.findall(css.partition("@media")[0]))
    rules = (
        f"{selector.strip()}{{{_without_font(body)}}}" for selector, body in _RULE.findall(css)
    )
    return re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: tokens[found[1]], "".join(rules))


def _without_font(body: str) -> str:
    return ";".join(part for part in body.split(";") if not part.strip().startswith("font:"))
