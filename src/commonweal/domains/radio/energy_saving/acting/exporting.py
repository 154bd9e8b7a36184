"""Writing a plan out for other systems: one document, requests, and NETCONF by instant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from commonweal.domains.radio.energy_saving.acting.documents import (
    periods_of,
    plan_document,
    plan_edits,
)
from commonweal.domains.radio.energy_saving.acting.nrm import Actuator
from commonweal.domains.radio.energy_saving.acting.reading import schedule_read, stored_plan
from commonweal.domains.radio.energy_saving.acting.running import manner_of
from commonweal.domains.radio.energy_saving.acting.wire import edit_configs, patches, written

if TYPE_CHECKING:
    from pathlib import Path

    from commonweal.domains.radio.energy_saving.models import Plan


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    files: tuple[str, ...]
    n_cells: int
    n_edits: int


def plan_export(
    plan: Plan, folder: Path, *, release: int = 16, actuator: Actuator = Actuator.CONTROL
) -> Exported:
    """Write a plan to a folder.

    ``plan.yaml`` has the managed functions of each cell and their changes, in the part of YAML that
    is JSON; ``edits.jsonl`` a PATCH a line, with not-before and inverse; ``netconf/<instant>/`` the
    same as ``edit-config``, a file for each element.

    Args:
        plan: Its record, in any state: exporting sends nothing.
        folder: Where to; made if need be.
        release: Spelling of enumerations.
        actuator: Which attribute puts a cell to sleep.
    """
    schedule = schedule_read(plan)
    document = plan_document(
        schedule,
        limits=manner_of(schedule).limits,
        periods=periods_of(stored_plan(plan).document["policy"]),
        release=release,
        actuator=actuator,
    )
    edits = plan_edits(schedule)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (folder / "plan.yaml").write_text(text + "\n", "utf-8")
    lines = [json.dumps(each) for each in patches(edits, release=release, actuator=actuator)]
    (folder / "edits.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    names = ["plan.yaml", "edits.jsonl"]
    for at, some in groupby(edits, key=lambda edit: edit.not_before):
        stem = f"netconf/{written(at).replace(':', '')}"
        (folder / stem).mkdir(parents=True, exist_ok=True)
        found = edit_configs(list(some), release=release, actuator=actuator)
        for number, element in enumerate(sorted(found), 1):
            names.append(f"{stem}/{number:04d}.xml")
            (folder / names[-1]).write_bytes(found[element])
    return Exported(tuple(names), len(document["cells"]), len(edits))
