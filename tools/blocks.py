"""The code blocks of README and docs: which there are, and what they do when they are run.

A page's blocks run in order, in one folder and one home folder of the page's own:

* ``bash`` runs and must succeed; with ``title="not run: REASON"`` it does not.
* a ``text`` block after it holds lines that must come out, in this order; "…" stands for anything.
* any block with ``title="FILE"`` writes that file.

Blocks of other kinds must be one of ``SHOWN``; they explain and do nothing.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SHOWN = {"toml", "csv", "sql", "json"}
_BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", flags=re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r'title="([^"]*)"')


class Block(NamedTuple):
    """One code block: its language, its title, its text, and the line where it begins."""

    language: str
    title: str
    body: str
    line: int


class BlockError(AssertionError):
    """A block does not do what the page says."""


def blocks(text: str) -> Iterator[Block]:
    """Yield a page's code blocks in order."""
    for found in _BLOCK.finditer(text):
        language, _, options = found["info"].partition(" ")
        title = _TITLE.search(options)
        line = text.count("\n", 0, found.start()) + 1
        yield Block(language, title[1] if title else "", found["body"], line)


def run(page: Path, folder: Path, environment: Mapping[str, str]) -> int:
    """Run a page's blocks in a folder; return how many commands' blocks ran.

    Raises:
        BlockError: A block fails, prints something else, or is of no known kind.
    """
    output, n_run = "", 0
    for block in blocks(page.read_text("utf-8")):
        place = f"{page.name}:{block.line}"
        if block.language == "bash" and block.title:
            if not re.fullmatch(r"not run: \S.*", block.title):
                raise BlockError(f"{place} says {block.title!r}, not why it is not run")
        elif block.language == "bash":
            output, n_run = _output(block, folder, environment, place), n_run + 1
        elif block.title:
            (folder / block.title).write_text(block.body, encoding="utf-8")
        elif block.language == "text":
            compare(block.body, output, place)
        elif block.language not in SHOWN:
            raise BlockError(f"{place} is {block.language!r}; known are bash, text, {SHOWN}")
    return n_run


def _output(block: Block, folder: Path, environment: Mapping[str, str], place: str) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.body],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BlockError(f"{place} ended with {done.returncode}:\n{block.body}\n{done.stdout}")
    return done.stdout


def compare(expected: str, output: str, place: str) -> None:
    """Check that the expected lines come out in order.

    Raises:
        BlockError: One does not; blanks at the edges and runs of blanks do not matter.
    """
    said = [" ".join(line.split()) for line in output.splitlines()]
    position = 0
    for line in filter(str.strip, expected.splitlines()):
        words = " ".join(line.split())
        pattern = re.compile(".*".join(re.escape(part) for part in words.split("…")))
        found = (n for n in range(position, len(said)) if pattern.fullmatch(said[n]))
        position = next(found, -1) + 1
        if not position:
            raise BlockError(f"{place} promises {words!r}; what came out:\n{output}")
