"""Sizes of files and functions: the house rules, measured.

Files aim at 150 lines, are looked at from 300 and refused over 500; functions are refused over 60.
A programme aims at 150 lines of Python and is refused over 200; what makes its demo is not part of
it. Definitions, texts and migrations are data.
A docstring is no code to read through, so it does not count towards its function's length.
"""

from __future__ import annotations

import ast
import sys
from statistics import median, quantiles
from typing import TYPE_CHECKING, NamedTuple

from tools.files import ROOT, tracked

if TYPE_CHECKING:
    from pathlib import Path

_GENERATED = {"commonweal_client.py"}
FILE_LINES = 500
REVIEW_LINES = 300
FUNCTION_LINES = 60
PROGRAMME_LINES = 200
INSTRUMENTS = {"carbon", "improvement", "radio"}
"""Domains whose programmes measure and plan: their calculation is the subject, so that only files
and functions have limits. Everywhere else a programme is records, a flow and a few rules."""


class Size(NamedTuple):
    """One file or function."""

    n_lines: int
    place: str


def files(paths: list[Path]) -> list[Size]:
    """Return the files' sizes, longest first."""
    sizes = (Size(len(path.read_text("utf-8").splitlines()), _place(path)) for path in paths)
    return sorted(sizes, reverse=True)


def functions(paths: list[Path]) -> list[Size]:
    """Return the functions' sizes without their docstrings, longest first."""
    return sorted((size for path in paths for size in _functions(path)), reverse=True)


def _functions(path: Path) -> list[Size]:
    tree = ast.parse(path.read_text("utf-8"))
    found = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return [Size(_length(node), f"{_place(path)}:{node.lineno} {node.name}") for node in found]


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    whole = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is None:
        return whole
    text = node.body[0]
    return whole - ((text.end_lineno or text.lineno) - text.lineno + 1)


def programmes(paths: list[Path]) -> list[Size]:
    """Return how many lines of Python each programme needs without its demo, most first."""
    found = {
        file.parent: 0
        for file in tracked("src/commonweal/domains/*/*/programme.toml")
        if file.parent.parent.name not in INSTRUMENTS
    }
    for path in paths:
        if path.parent in found and not path.name.startswith("demo"):
            found[path.parent] += len(path.read_text("utf-8").splitlines())
    return sorted((Size(n, _place(folder)) for folder, n in found.items()), reverse=True)


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def sources() -> list[Path]:
    """Return every Python file that people read; migrations and the client are generated."""
    found = [path for path in tracked("*.py", "dev") if "migrations" not in path.parts]
    return [path for path in found if path.name not in _GENERATED]


def main() -> int:
    """Print what is long; fail where a limit is passed."""
    paths = sources()
    by_file, by_function = files(paths), functions(paths)
    for title, sizes in (("files", by_file), ("functions", by_function)):
        lengths = [size.n_lines for size in sizes]
        p95 = quantiles(lengths, n=20)[-1]
        typical = f"median {median(lengths):.0f}, p95 {p95:.0f}, longest {lengths[0]} lines"
        print(f"{len(sizes)} {title}: {typical}")
    for size in by_file:
        if size.n_lines > REVIEW_LINES:
            print(f"  look at  {size.n_lines:4} {size.place}")
    by_programme = programmes(paths)
    lines = ", ".join(f"{size.place.rpartition('/')[2]} {size.n_lines}" for size in by_programme)
    print(f"{len(by_programme)} programmes, lines of Python: {lines}")
    broken = [s for s in by_file if s.n_lines > FILE_LINES]
    broken += [s for s in by_function if s.n_lines > FUNCTION_LINES]
    broken += [s for s in by_programme if s.n_lines > PROGRAMME_LINES]
    for size in broken:
        print(f"  too long {size.n_lines:4} {size.place}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
