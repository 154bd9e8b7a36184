"""Builds the demo operator in a home: files first, then everything that came of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from commonweal.demo.accounts import PASSWORD, USER
from commonweal.demo.files import files_write
from commonweal.demo.programmes import demos
from commonweal.demo.steps import ACTOR, home_check, steps
from commonweal.lake.models import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from commonweal.demo.streams import Options


@dataclass(frozen=True, slots=True)
class Done:
    """One step that had to be done, and how long it took."""

    title: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Built:
    """What the home holds now; ``done`` is empty if it held everything before."""

    folder: Path
    done: tuple[Done, ...]
    n_files: int
    n_accepted: int
    n_rejected: int
    user: str = USER
    password: str = PASSWORD


def build(
    options: Options,
    *,
    folder: Path,
    programmes: Collection[str] | None = None,
    tell: Callable[[str, float], object] = lambda _title, _share: None,
) -> Built:
    """Write the demo's files and bring them in as anybody's, unless that was done before.

    Nothing depends on the clock: each file is known from the instant at which it would have come.

    Args:
        options: Size and seed.
        folder: Where the files lie.
        programmes: Whose demos to build; all of them if None.
        tell: Called before each step with its title and the share of steps done.

    Raises:
        InputError: A programme that is named has no demo.
        StateError: The home holds another operator, or the folder another demo.
    """
    done: list[Done] = []
    deque(demos(programmes), maxlen=0)  # a wrong name is refused before anything is written

    def timed(title: str, run: Callable[[], object]) -> None:
        started = perf_counter()
        run()
        done.append(Done(title, round(perf_counter() - started, 3)))

    tell("writing files", 0.0)
    is_new = not (folder / "files.json").exists()
    started = perf_counter()
    manifest = files_write(options, folder)
    if is_new:
        done.append(Done("files", round(perf_counter() - started, 3)))
    home_check(manifest)
    planned = steps(manifest, folder, programmes=programmes)
    for number, step in enumerate(planned):
        if step.is_done():
            continue
        tell(step.title, number / len(planned))
        timed(step.title, step.run)
    sources = Source.objects.filter(actor=ACTOR)
    counts = list(sources.values_list("n_accepted", "n_rejected"))
    return Built(
        folder,
        tuple(done),
        len(counts),
        sum(accepted for accepted, _ in counts),
        sum(rejected for _, rejected in counts),
    )
